package provider

import (
	"bytes"
	"context"
	"io"

	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/provider/api"
)

// server is the generated interface in terms of the service: mechanical, one operation after the other.
type server struct{ s *Service }

var _ api.StrictServerInterface = server{}

func note(in *api.NoteInput) string {
	if in == nil {
		return ""
	}
	return in.Note
}

func membershipAnswer(v api.Membership) api.MembershipJSONResponse {
	return api.MembershipJSONResponse{Body: v, Headers: api.MembershipResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func offeringAnswer(v api.Offering) api.OfferingJSONResponse {
	return api.OfferingJSONResponse{Body: v, Headers: api.OfferingResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func evaluationAnswer(v api.Evaluation) api.EvaluationJSONResponse {
	return api.EvaluationJSONResponse{Body: v, Headers: api.EvaluationResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func settingsAnswer(v api.ProviderSettings) api.SettingsJSONResponse {
	return api.SettingsJSONResponse{Body: v, Headers: api.SettingsResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func storedFileAnswer(v api.StoredFile, rev int64) api.StoredFileJSONResponse {
	return api.StoredFileJSONResponse{Body: v, Headers: api.StoredFileResponseHeaders{ETag: rest.ETag(rev)}}
}

type binary = api.BinaryApplicationoctetStreamResponse

func fileAnswer(f Download) binary {
	return binary{Body: f.Content, ContentLength: f.Ref.Size, Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}
}

func bufferAnswer(b *bytes.Buffer, name string) binary {
	return binary{Body: io.Reader(b), ContentLength: int64(b.Len()), Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(name)}}
}

func bookAnswer(b *office.Book, err error, name string) (binary, error) {
	var out bytes.Buffer
	if err == nil {
		_, err = b.WriteTo(&out)
	}
	return bufferAnswer(&out, name), err
}

func paperAnswer(p office.Paper, err error, name string) (binary, error) {
	var out bytes.Buffer
	if err == nil {
		err = p.WritePDF(&out)
	}
	return bufferAnswer(&out, name), err
}

func (h server) AddAdmissionFile(ctx context.Context, r api.AddAdmissionFileRequestObject) (api.AddAdmissionFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, rev, err := h.s.AddAdmissionFile(ctx, r.OrgId, string(r.Params.Kind), content, name)
	if err != nil {
		return nil, err
	}
	return api.AddAdmissionFile201JSONResponse{StoredFileJSONResponse: storedFileAnswer(v, rev)}, nil
}

func (h server) GetAdmissionFile(ctx context.Context, r api.GetAdmissionFileRequestObject) (api.GetAdmissionFileResponseObject, error) {
	f, err := h.s.GetAdmissionFile(ctx, r.OrgId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetAdmissionFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}

func (h server) ExportPool(ctx context.Context, r api.ExportPoolRequestObject) (api.ExportPoolResponseObject, error) {
	var v binary
	var err error
	if r.Params.Format == api.ExportPoolParamsFormatPdf {
		p, failed := h.s.PoolPaper(ctx)
		v, err = paperAnswer(p, failed, "服务机构资源池名单.pdf")
	} else {
		b, failed := h.s.PoolBook(ctx)
		v, err = bookAnswer(b, failed, "服务机构资源池名单.xlsx")
	}
	if err != nil {
		return nil, err
	}
	return api.ExportPool200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, nil
}

func (h server) ExportPoolDashboard(ctx context.Context, r api.ExportPoolDashboardRequestObject) (api.ExportPoolDashboardResponseObject, error) {
	var v binary
	var err error
	if r.Params.Format == api.ExportPoolDashboardParamsFormatCsv {
		var out bytes.Buffer
		err = h.s.WriteDashboardRows(ctx, &out)
		v = bufferAnswer(&out, "资源池明细.csv")
	} else {
		b, failed := h.s.DashboardBook(ctx)
		v, err = bookAnswer(b, failed, "资源池概览.xlsx")
	}
	if err != nil {
		return nil, err
	}
	return api.ExportPoolDashboard200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, nil
}

func (h server) RecountPoolInternal(ctx context.Context, _ api.RecountPoolInternalRequestObject) (api.RecountPoolInternalResponseObject, error) {
	n, err := h.s.Recount(ctx)
	if err != nil {
		return nil, err
	}
	return api.RecountPoolInternal200JSONResponse{Counted: n}, nil
}

func (h server) DownloadCertificate(ctx context.Context, r api.DownloadCertificateRequestObject) (api.DownloadCertificateResponseObject, error) {
	p, failed := h.s.CertificatePaper(ctx, r.Code)
	v, err := paperAnswer(p, failed, "入库证书.pdf")
	if err != nil {
		return nil, err
	}
	return api.DownloadCertificate200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, nil
}

func (h server) GetProviderCategories(context.Context, api.GetProviderCategoriesRequestObject) (api.GetProviderCategoriesResponseObject, error) {
	return api.GetProviderCategories200JSONResponse{Items: like[[]api.Category](Categories)}, nil
}

func (h server) ProviderListAudit(ctx context.Context, r api.ProviderListAuditRequestObject) (api.ProviderListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, docstore.PageSize(r.Params.Limit), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.ProviderListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
}

func (h server) ProviderListParkedEvents(ctx context.Context, r api.ProviderListParkedEventsRequestObject) (api.ProviderListParkedEventsResponseObject, error) {
	page, err := h.s.o.Relay.Parked(ctx, r.Params.Cursor, docstore.PageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	answer := api.ProviderListParkedEvents200JSONResponse{Items: []api.ParkedEvent{}, Next: page.Next}
	for _, doc := range page.Items {
		p := doc.Body
		answer.Items = append(answer.Items, api.ParkedEvent{Id: doc.ID, Kind: p.Event.Kind, DocumentId: p.Event.DocumentID, At: docstore.Millis(p.Event.At).Time(),
			Tries: p.Tries, LastError: p.Error})
	}
	return answer, nil
}

func (h server) ProviderRetryParkedEvent(ctx context.Context, r api.ProviderRetryParkedEventRequestObject) (api.ProviderRetryParkedEventResponseObject, error) {
	return api.ProviderRetryParkedEvent204Response{}, h.s.o.Relay.Retry(ctx, r.EventId)
}

func (h server) ProviderReceiveEvent(ctx context.Context, r api.ProviderReceiveEventRequestObject) (api.ProviderReceiveEventResponseObject, error) {
	e := docstore.Event{ID: r.Body.Id, Kind: r.Body.Kind, Source: r.Body.Source, DocumentID: r.Body.DocumentId, Rev: r.Body.Rev, At: r.Body.At, Data: r.Body.Data}
	return api.ProviderReceiveEvent204Response{}, h.s.Receive(ctx, e)
}

func (h server) CheckAdmission(ctx context.Context, r api.CheckAdmissionRequestObject) (api.CheckAdmissionResponseObject, error) {
	v, err := h.s.CheckAdmission(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) ListAdmissions(ctx context.Context, r api.ListAdmissionsRequestObject) (api.ListAdmissionsResponseObject, error) {
	v, err := h.s.ListAdmissions(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListAdmissions200JSONResponse{MembershipPageJSONResponse: api.MembershipPageJSONResponse(v)}, nil
}

func (h server) StartAdmission(ctx context.Context, _ api.StartAdmissionRequestObject) (api.StartAdmissionResponseObject, error) {
	v, err := h.s.StartAdmission(ctx)
	if err != nil {
		return nil, err
	}
	return api.StartAdmission201JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) DecideAdmissions(ctx context.Context, r api.DecideAdmissionsRequestObject) (api.DecideAdmissionsResponseObject, error) {
	v, err := h.s.DecideAdmissions(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) ListMyPanels(ctx context.Context, _ api.ListMyPanelsRequestObject) (api.ListMyPanelsResponseObject, error) {
	v, err := h.s.ListMyPanels(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListMyPanels200JSONResponse{MembershipPageJSONResponse: api.MembershipPageJSONResponse(v)}, nil
}

func (h server) GetAdmission(ctx context.Context, r api.GetAdmissionRequestObject) (api.GetAdmissionResponseObject, error) {
	v, err := h.s.GetAdmission(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.GetAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) EditAdmission(ctx context.Context, r api.EditAdmissionRequestObject) (api.EditAdmissionResponseObject, error) {
	v, err := h.s.EditAdmission(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) SubmitAdmission(ctx context.Context, r api.SubmitAdmissionRequestObject) (api.SubmitAdmissionResponseObject, error) {
	v, err := h.s.SubmitAdmission(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.SubmitAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) WithdrawAdmission(ctx context.Context, r api.WithdrawAdmissionRequestObject) (api.WithdrawAdmissionResponseObject, error) {
	v, err := h.s.WithdrawAdmission(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.WithdrawAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) RemoveAdmissionFile(ctx context.Context, r api.RemoveAdmissionFileRequestObject) (api.RemoveAdmissionFileResponseObject, error) {
	v, err := h.s.RemoveAdmissionFile(ctx, r.OrgId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.RemoveAdmissionFile200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) AcceptAdmission(ctx context.Context, r api.AcceptAdmissionRequestObject) (api.AcceptAdmissionResponseObject, error) {
	v, err := h.s.AcceptAdmission(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.AcceptAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ReturnAdmission(ctx context.Context, r api.ReturnAdmissionRequestObject) (api.ReturnAdmissionResponseObject, error) {
	v, err := h.s.ReturnAdmission(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReturnAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) RejectAdmission(ctx context.Context, r api.RejectAdmissionRequestObject) (api.RejectAdmissionResponseObject, error) {
	v, err := h.s.RejectAdmission(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RejectAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) PassInitialReview(ctx context.Context, r api.PassInitialReviewRequestObject) (api.PassInitialReviewResponseObject, error) {
	v, err := h.s.PassInitialReview(ctx, r.OrgId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.PassInitialReview200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) AssignAdmissionExperts(ctx context.Context, r api.AssignAdmissionExpertsRequestObject) (api.AssignAdmissionExpertsResponseObject, error) {
	v, err := h.s.AssignAdmissionExperts(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AssignAdmissionExperts200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ScoreAdmission(ctx context.Context, r api.ScoreAdmissionRequestObject) (api.ScoreAdmissionResponseObject, error) {
	v, err := h.s.ScoreAdmission(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ScoreAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) RecordSiteVisit(ctx context.Context, r api.RecordSiteVisitRequestObject) (api.RecordSiteVisitResponseObject, error) {
	v, err := h.s.RecordSiteVisit(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordSiteVisit200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) PublishAdmissionNotice(ctx context.Context, r api.PublishAdmissionNoticeRequestObject) (api.PublishAdmissionNoticeResponseObject, error) {
	v, err := h.s.PublishAdmissionNotice(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.PublishAdmissionNotice200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) AdmitProvider(ctx context.Context, r api.AdmitProviderRequestObject) (api.AdmitProviderResponseObject, error) {
	v, err := h.s.AdmitProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AdmitProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ReapplyAdmission(ctx context.Context, r api.ReapplyAdmissionRequestObject) (api.ReapplyAdmissionResponseObject, error) {
	v, err := h.s.ReapplyAdmission(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.ReapplyAdmission200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) AppealMembership(ctx context.Context, r api.AppealMembershipRequestObject) (api.AppealMembershipResponseObject, error) {
	v, err := h.s.AppealMembership(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AppealMembership200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) DecideMembershipAppeal(ctx context.Context, r api.DecideMembershipAppealRequestObject) (api.DecideMembershipAppealResponseObject, error) {
	v, err := h.s.DecideMembershipAppeal(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DecideMembershipAppeal200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) WatchProvider(ctx context.Context, r api.WatchProviderRequestObject) (api.WatchProviderResponseObject, error) {
	v, err := h.s.WatchProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.WatchProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) UnwatchProvider(ctx context.Context, r api.UnwatchProviderRequestObject) (api.UnwatchProviderResponseObject, error) {
	v, err := h.s.UnwatchProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.UnwatchProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) AnswerWatch(ctx context.Context, r api.AnswerWatchRequestObject) (api.AnswerWatchResponseObject, error) {
	v, err := h.s.AnswerWatch(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AnswerWatch200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ListWatchRows(ctx context.Context, r api.ListWatchRowsRequestObject) (api.ListWatchRowsResponseObject, error) {
	v, err := h.s.ListWatchRows(ctx, r.OrgId, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) ListWatched(ctx context.Context, r api.ListWatchedRequestObject) (api.ListWatchedResponseObject, error) {
	v, err := h.s.ListWatched(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListWatched200JSONResponse(v), nil
}

func (h server) LookForFalling(ctx context.Context, _ api.LookForFallingRequestObject) (api.LookForFallingResponseObject, error) {
	v, err := h.s.LookForFalling(ctx)
	if err != nil {
		return nil, err
	}
	return api.LookForFalling200JSONResponse(v), nil
}

func (h server) ListSelfReports(ctx context.Context, r api.ListSelfReportsRequestObject) (api.ListSelfReportsResponseObject, error) {
	v, err := h.s.ListSelfReports(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListSelfReports200JSONResponse(v), nil
}

func (h server) ReviewSelfReports(ctx context.Context, r api.ReviewSelfReportsRequestObject) (api.ReviewSelfReportsResponseObject, error) {
	v, err := h.s.ReviewSelfReports(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) SuspendProvider(ctx context.Context, r api.SuspendProviderRequestObject) (api.SuspendProviderResponseObject, error) {
	v, err := h.s.SuspendProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SuspendProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ReinstateProvider(ctx context.Context, r api.ReinstateProviderRequestObject) (api.ReinstateProviderResponseObject, error) {
	v, err := h.s.ReinstateProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReinstateProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) RemoveProvider(ctx context.Context, r api.RemoveProviderRequestObject) (api.RemoveProviderResponseObject, error) {
	v, err := h.s.RemoveProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RemoveProvider200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) EditProviderProfile(ctx context.Context, r api.EditProviderProfileRequestObject) (api.EditProviderProfileResponseObject, error) {
	v, err := h.s.EditProviderProfile(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditProviderProfile200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ListProviders(ctx context.Context, r api.ListProvidersRequestObject) (api.ListProvidersResponseObject, error) {
	v, err := h.s.ListProviders(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListProviders200JSONResponse(v), nil
}

func (h server) GetProvider(ctx context.Context, r api.GetProviderRequestObject) (api.GetProviderResponseObject, error) {
	v, err := h.s.GetProvider(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.GetProvider200JSONResponse(v), nil
}

func (h server) GetPool(ctx context.Context, _ api.GetPoolRequestObject) (api.GetPoolResponseObject, error) {
	v, err := h.s.GetPool(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetPool200JSONResponse(v), nil
}

func (h server) GetPoolFeed(ctx context.Context, _ api.GetPoolFeedRequestObject) (api.GetPoolFeedResponseObject, error) {
	v, err := h.s.GetPoolFeed(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetPoolFeed200JSONResponse(v), nil
}

func (h server) VerifyCertificate(ctx context.Context, r api.VerifyCertificateRequestObject) (api.VerifyCertificateResponseObject, error) {
	v, err := h.s.VerifyCertificate(ctx, r.Code)
	if err != nil {
		return nil, err
	}
	return api.VerifyCertificate200JSONResponse(v), nil
}

func (h server) GetProviderSettings(ctx context.Context, _ api.GetProviderSettingsRequestObject) (api.GetProviderSettingsResponseObject, error) {
	v, err := h.s.GetProviderSettings(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetProviderSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) ListAdmissionFlags(ctx context.Context, r api.ListAdmissionFlagsRequestObject) (api.ListAdmissionFlagsResponseObject, error) {
	v, err := h.s.ListAdmissionFlags(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) GetAdmissionFlags(ctx context.Context, r api.GetAdmissionFlagsRequestObject) (api.GetAdmissionFlagsResponseObject, error) {
	v, err := h.s.GetAdmissionFlags(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) ContestAdmissionFlag(ctx context.Context, r api.ContestAdmissionFlagRequestObject) (api.ContestAdmissionFlagResponseObject, error) {
	v, err := h.s.ContestAdmissionFlag(ctx, r.FlagId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ContestAdmissionFlag200JSONResponse(v), nil
}

func (h server) DecideAdmissionFlag(ctx context.Context, r api.DecideAdmissionFlagRequestObject) (api.DecideAdmissionFlagResponseObject, error) {
	v, err := h.s.DecideAdmissionFlag(ctx, r.FlagId, r.Body.Uphold, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DecideAdmissionFlag200JSONResponse(v), nil
}

func (h server) ListProviderSettings(ctx context.Context, _ api.ListProviderSettingsRequestObject) (api.ListProviderSettingsResponseObject, error) {
	v, err := h.s.ListProviderSettings(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) PreviewProviderSettings(ctx context.Context, r api.PreviewProviderSettingsRequestObject) (api.PreviewProviderSettingsResponseObject, error) {
	v, err := h.s.PreviewProviderSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewProviderSettings200JSONResponse(v), nil
}

func (h server) EditProviderSettings(ctx context.Context, r api.EditProviderSettingsRequestObject) (api.EditProviderSettingsResponseObject, error) {
	v, err := h.s.EditProviderSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditProviderSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) GetProvidersInternal(ctx context.Context, r api.GetProvidersInternalRequestObject) (api.GetProvidersInternalResponseObject, error) {
	v, err := h.s.GetProvidersInternal(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) AddOfferingFile(ctx context.Context, r api.AddOfferingFileRequestObject) (api.AddOfferingFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, rev, err := h.s.AddOfferingFile(ctx, r.OfferingId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddOfferingFile201JSONResponse{StoredFileJSONResponse: storedFileAnswer(v, rev)}, nil
}

func (h server) GetOfferingFile(ctx context.Context, r api.GetOfferingFileRequestObject) (api.GetOfferingFileResponseObject, error) {
	f, err := h.s.GetOfferingFile(ctx, r.OfferingId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetOfferingFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}

func (h server) ListFavourites(ctx context.Context, _ api.ListFavouritesRequestObject) (api.ListFavouritesResponseObject, error) {
	v, err := h.s.ListFavourites(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListFavourites200JSONResponse(v), nil
}

func (h server) ListSimilarProviders(ctx context.Context, r api.ListSimilarProvidersRequestObject) (api.ListSimilarProvidersResponseObject, error) {
	v, err := h.s.ListSimilarProviders(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.ListSimilarProviders200JSONResponse(v), nil
}

func (h server) AddFavourite(ctx context.Context, r api.AddFavouriteRequestObject) (api.AddFavouriteResponseObject, error) {
	return api.AddFavourite204Response{}, h.s.AddFavourite(ctx, r.OrgId)
}

func (h server) RemoveFavourite(ctx context.Context, r api.RemoveFavouriteRequestObject) (api.RemoveFavouriteResponseObject, error) {
	return api.RemoveFavourite204Response{}, h.s.RemoveFavourite(ctx, r.OrgId)
}

func (h server) ReportProvider(ctx context.Context, r api.ReportProviderRequestObject) (api.ReportProviderResponseObject, error) {
	v, err := h.s.ReportProvider(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReportProvider201JSONResponse(v), nil
}

func (h server) ListProviderReports(ctx context.Context, r api.ListProviderReportsRequestObject) (api.ListProviderReportsResponseObject, error) {
	v, err := h.s.ListProviderReports(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) DecideProviderReport(ctx context.Context, r api.DecideProviderReportRequestObject) (api.DecideProviderReportResponseObject, error) {
	v, err := h.s.DecideProviderReport(ctx, r.ReportId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DecideProviderReport200JSONResponse(v), nil
}

func (h server) GetProviderReport(ctx context.Context, r api.GetProviderReportRequestObject) (api.GetProviderReportResponseObject, error) {
	v, err := h.s.GetProviderReport(ctx, r.ReportId)
	if err != nil {
		return nil, err
	}
	return api.GetProviderReport200JSONResponse(v), nil
}

func (h server) GetPoolDashboard(ctx context.Context, _ api.GetPoolDashboardRequestObject) (api.GetPoolDashboardResponseObject, error) {
	v, err := h.s.GetPoolDashboard(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetPoolDashboard200JSONResponse(v), nil
}

func (h server) ListPoolRows(ctx context.Context, r api.ListPoolRowsRequestObject) (api.ListPoolRowsResponseObject, error) {
	v, err := h.s.ListPoolRows(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) ListOfferings(ctx context.Context, r api.ListOfferingsRequestObject) (api.ListOfferingsResponseObject, error) {
	v, err := h.s.ListOfferings(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) CreateOffering(ctx context.Context, r api.CreateOfferingRequestObject) (api.CreateOfferingResponseObject, error) {
	v, err := h.s.CreateOffering(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateOffering201JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) GetOffering(ctx context.Context, r api.GetOfferingRequestObject) (api.GetOfferingResponseObject, error) {
	v, err := h.s.GetOffering(ctx, r.OfferingId)
	if err != nil {
		return nil, err
	}
	return api.GetOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) EditOffering(ctx context.Context, r api.EditOfferingRequestObject) (api.EditOfferingResponseObject, error) {
	v, err := h.s.EditOffering(ctx, r.OfferingId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) PublishOffering(ctx context.Context, r api.PublishOfferingRequestObject) (api.PublishOfferingResponseObject, error) {
	v, err := h.s.PublishOffering(ctx, r.OfferingId)
	if err != nil {
		return nil, err
	}
	return api.PublishOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) ResumeOffering(ctx context.Context, r api.ResumeOfferingRequestObject) (api.ResumeOfferingResponseObject, error) {
	v, err := h.s.ResumeOffering(ctx, r.OfferingId)
	if err != nil {
		return nil, err
	}
	return api.ResumeOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) PauseOffering(ctx context.Context, r api.PauseOfferingRequestObject) (api.PauseOfferingResponseObject, error) {
	v, err := h.s.PauseOffering(ctx, r.OfferingId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.PauseOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) WithdrawOffering(ctx context.Context, r api.WithdrawOfferingRequestObject) (api.WithdrawOfferingResponseObject, error) {
	v, err := h.s.WithdrawOffering(ctx, r.OfferingId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.WithdrawOffering200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) RemoveOfferingFile(ctx context.Context, r api.RemoveOfferingFileRequestObject) (api.RemoveOfferingFileResponseObject, error) {
	v, err := h.s.RemoveOfferingFile(ctx, r.OfferingId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.RemoveOfferingFile200JSONResponse{OfferingJSONResponse: offeringAnswer(v)}, nil
}

func (h server) ExportEvaluation(ctx context.Context, r api.ExportEvaluationRequestObject) (api.ExportEvaluationResponseObject, error) {
	b, failed := h.s.EvaluationBook(ctx, r.Year)
	v, err := bookAnswer(b, failed, "优质服务机构评选.xlsx")
	if err != nil {
		return nil, err
	}
	return api.ExportEvaluation200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, nil
}

func (h server) PrefillSelfReport(ctx context.Context, r api.PrefillSelfReportRequestObject) (api.PrefillSelfReportResponseObject, error) {
	v, err := h.s.PrefillSelfReport(ctx, r.OrgId, r.Params)
	if err != nil {
		return nil, err
	}
	return api.PrefillSelfReport200JSONResponse(v), nil
}

func (h server) SubmitSelfReport(ctx context.Context, r api.SubmitSelfReportRequestObject) (api.SubmitSelfReportResponseObject, error) {
	v, err := h.s.SubmitSelfReport(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SubmitSelfReport200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ReviewSelfReport(ctx context.Context, r api.ReviewSelfReportRequestObject) (api.ReviewSelfReportResponseObject, error) {
	v, err := h.s.ReviewSelfReport(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReviewSelfReport200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ListEvaluations(ctx context.Context, _ api.ListEvaluationsRequestObject) (api.ListEvaluationsResponseObject, error) {
	v, err := h.s.ListEvaluations(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) GetEvaluation(ctx context.Context, r api.GetEvaluationRequestObject) (api.GetEvaluationResponseObject, error) {
	v, err := h.s.GetEvaluation(ctx, r.Year)
	if err != nil {
		return nil, err
	}
	return api.GetEvaluation200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) DraftEvaluation(ctx context.Context, r api.DraftEvaluationRequestObject) (api.DraftEvaluationResponseObject, error) {
	v, err := h.s.DraftEvaluation(ctx, r.Year)
	if err != nil {
		return nil, err
	}
	return api.DraftEvaluation200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) ListEvaluationRows(ctx context.Context, r api.ListEvaluationRowsRequestObject) (api.ListEvaluationRowsResponseObject, error) {
	v, err := h.s.ListEvaluationRows(ctx, r.Year, r.Params)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) AdjustEvaluation(ctx context.Context, r api.AdjustEvaluationRequestObject) (api.AdjustEvaluationResponseObject, error) {
	v, err := h.s.AdjustEvaluation(ctx, r.Year, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AdjustEvaluation200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) SetEvaluationAwards(ctx context.Context, r api.SetEvaluationAwardsRequestObject) (api.SetEvaluationAwardsResponseObject, error) {
	v, err := h.s.SetEvaluationAwards(ctx, r.Year, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SetEvaluationAwards200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) PublishEvaluationNotice(ctx context.Context, r api.PublishEvaluationNoticeRequestObject) (api.PublishEvaluationNoticeResponseObject, error) {
	v, err := h.s.PublishEvaluationNotice(ctx, r.Year)
	if err != nil {
		return nil, err
	}
	return api.PublishEvaluationNotice200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) ConcludeEvaluation(ctx context.Context, r api.ConcludeEvaluationRequestObject) (api.ConcludeEvaluationResponseObject, error) {
	v, err := h.s.ConcludeEvaluation(ctx, r.Year)
	if err != nil {
		return nil, err
	}
	return api.ConcludeEvaluation200JSONResponse{EvaluationJSONResponse: evaluationAnswer(v)}, nil
}

func (h server) AskAdmissionConfirmation(ctx context.Context, r api.AskAdmissionConfirmationRequestObject) (api.AskAdmissionConfirmationResponseObject, error) {
	v, err := h.s.AskAdmissionConfirmation(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.AskAdmissionConfirmation200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) DeclineAdmissionDraft(ctx context.Context, r api.DeclineAdmissionDraftRequestObject) (api.DeclineAdmissionDraftResponseObject, error) {
	v, err := h.s.DeclineAdmissionDraft(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DeclineAdmissionDraft200JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}

func (h server) ListDraftedAdmissions(ctx context.Context, r api.ListDraftedAdmissionsRequestObject) (api.ListDraftedAdmissionsResponseObject, error) {
	v, err := h.s.ListDraftedAdmissions(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDraftedAdmissions200JSONResponse(v), nil
}

func (h server) DraftAdmission(ctx context.Context, r api.DraftAdmissionRequestObject) (api.DraftAdmissionResponseObject, error) {
	v, err := h.s.DraftAdmission(ctx, r.Params.OnBehalfOf)
	if err != nil {
		return nil, err
	}
	return api.DraftAdmission201JSONResponse{MembershipJSONResponse: membershipAnswer(v)}, nil
}
