package engagement

import (
	"bytes"
	"cmp"
	"context"
	"io"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
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

func answer(e api.Engagement) api.EngagementJSONResponse {
	return api.EngagementJSONResponse{Body: e, Headers: api.EngagementResponseHeaders{ETag: rest.ETag(e.Rev)}}
}

func settingsAnswer(s api.EngagementSettings) api.SettingsJSONResponse {
	return api.SettingsJSONResponse{Body: s, Headers: api.SettingsResponseHeaders{ETag: rest.ETag(s.Rev)}}
}

func (h server) QuoteEngagement(ctx context.Context, r api.QuoteEngagementRequestObject) (api.QuoteEngagementResponseObject, error) {
	v, err := h.s.QuoteEngagement(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.QuoteEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) AskForRequote(ctx context.Context, r api.AskForRequoteRequestObject) (api.AskForRequoteResponseObject, error) {
	v, err := h.s.AskForRequote(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.AskForRequote200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) UrgeProvider(ctx context.Context, r api.UrgeProviderRequestObject) (api.UrgeProviderResponseObject, error) {
	v, err := h.s.UrgeProvider(ctx, r.EngagementId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.UrgeProvider200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) GetProviderCapacity(ctx context.Context, r api.GetProviderCapacityRequestObject) (api.GetProviderCapacityResponseObject, error) {
	v, err := h.s.GetProviderCapacity(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.GetProviderCapacity200JSONResponse{CapacityJSONResponse: api.CapacityJSONResponse(v)}, nil
}

func (h server) DeclineEngagement(ctx context.Context, r api.DeclineEngagementRequestObject) (api.DeclineEngagementResponseObject, error) {
	v, err := h.s.DeclineEngagement(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) AcceptQuote(ctx context.Context, r api.AcceptQuoteRequestObject) (api.AcceptQuoteResponseObject, error) {
	v, err := h.s.AcceptQuote(ctx, r.EngagementId, r.Body.Version)
	if err != nil {
		return nil, err
	}
	return api.AcceptQuote200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ProposeContract(ctx context.Context, r api.ProposeContractRequestObject) (api.ProposeContractResponseObject, error) {
	v, err := h.s.ProposeContract(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ProposeContract200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ConfirmContract(ctx context.Context, r api.ConfirmContractRequestObject) (api.ConfirmContractResponseObject, error) {
	v, err := h.s.ConfirmContract(ctx, r.EngagementId)
	if err != nil {
		return nil, err
	}
	return api.ConfirmContract200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) StartDelivery(ctx context.Context, r api.StartDeliveryRequestObject) (api.StartDeliveryResponseObject, error) {
	v, err := h.s.StartDelivery(ctx, r.EngagementId)
	if err != nil {
		return nil, err
	}
	return api.StartDelivery200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) UpdateMilestone(ctx context.Context, r api.UpdateMilestoneRequestObject) (api.UpdateMilestoneResponseObject, error) {
	v, err := h.s.UpdateMilestone(ctx, r.EngagementId, r.Index, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.UpdateMilestone200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) DeliverEngagement(ctx context.Context, r api.DeliverEngagementRequestObject) (api.DeliverEngagementResponseObject, error) {
	v, err := h.s.DeliverEngagement(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DeliverEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) AcceptDelivery(ctx context.Context, r api.AcceptDeliveryRequestObject) (api.AcceptDeliveryResponseObject, error) {
	v, err := h.s.AcceptDelivery(ctx, r.EngagementId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.AcceptDelivery200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ReturnDelivery(ctx context.Context, r api.ReturnDeliveryRequestObject) (api.ReturnDeliveryResponseObject, error) {
	v, err := h.s.ReturnDelivery(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ReturnDelivery200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) RecordPayment(ctx context.Context, r api.RecordPaymentRequestObject) (api.RecordPaymentResponseObject, error) {
	v, err := h.s.RecordPayment(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordPayment200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ConfirmPayment(ctx context.Context, r api.ConfirmPaymentRequestObject) (api.ConfirmPaymentResponseObject, error) {
	v, err := h.s.ConfirmPayment(ctx, r.EngagementId, r.Number)
	if err != nil {
		return nil, err
	}
	return api.ConfirmPayment200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) RateEngagement(ctx context.Context, r api.RateEngagementRequestObject) (api.RateEngagementResponseObject, error) {
	v, err := h.s.RateEngagement(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RateEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ReplyToRating(ctx context.Context, r api.ReplyToRatingRequestObject) (api.ReplyToRatingResponseObject, error) {
	v, err := h.s.ReplyToRating(ctx, r.EngagementId, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return api.ReplyToRating200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) DisputeEngagement(ctx context.Context, r api.DisputeEngagementRequestObject) (api.DisputeEngagementResponseObject, error) {
	v, err := h.s.DisputeEngagement(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DisputeEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) SettleDispute(ctx context.Context, r api.SettleDisputeRequestObject) (api.SettleDisputeResponseObject, error) {
	v, err := h.s.SettleDispute(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.SettleDispute200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) MediateDispute(ctx context.Context, r api.MediateDisputeRequestObject) (api.MediateDisputeResponseObject, error) {
	v, err := h.s.MediateDispute(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.MediateDispute200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) CancelEngagement(ctx context.Context, r api.CancelEngagementRequestObject) (api.CancelEngagementResponseObject, error) {
	v, err := h.s.CancelEngagement(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.CancelEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) RefuseCancellation(ctx context.Context, r api.RefuseCancellationRequestObject) (api.RefuseCancellationResponseObject, error) {
	v, err := h.s.RefuseCancellation(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseCancellation200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ConfirmOfflineEngagement(ctx context.Context, r api.ConfirmOfflineEngagementRequestObject) (api.ConfirmOfflineEngagementResponseObject, error) {
	v, err := h.s.ConfirmOfflineEngagement(ctx, r.EngagementId)
	if err != nil {
		return nil, err
	}
	return api.ConfirmOfflineEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) RefuseOfflineEngagement(ctx context.Context, r api.RefuseOfflineEngagementRequestObject) (api.RefuseOfflineEngagementResponseObject, error) {
	v, err := h.s.RefuseOfflineEngagement(ctx, r.EngagementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseOfflineEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) SetAsideRating(ctx context.Context, r api.SetAsideRatingRequestObject) (api.SetAsideRatingResponseObject, error) {
	v, err := h.s.SetAsideRating(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SetAsideRating200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) ContestSetAside(ctx context.Context, r api.ContestSetAsideRequestObject) (api.ContestSetAsideResponseObject, error) {
	v, err := h.s.ContestSetAside(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ContestSetAside200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) DecideSetAside(ctx context.Context, r api.DecideSetAsideRequestObject) (api.DecideSetAsideResponseObject, error) {
	v, err := h.s.DecideSetAside(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DecideSetAside200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) GetEngagement(ctx context.Context, r api.GetEngagementRequestObject) (api.GetEngagementResponseObject, error) {
	v, err := h.s.GetEngagement(ctx, r.EngagementId)
	if err != nil {
		return nil, err
	}
	return api.GetEngagement200JSONResponse{EngagementJSONResponse: answer(v)}, nil
}

func (h server) CreateEnquiry(ctx context.Context, r api.CreateEnquiryRequestObject) (api.CreateEnquiryResponseObject, error) {
	v, err := h.s.CreateEnquiry(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateEnquiry201JSONResponse{EnquiryCreatedJSONResponse: api.EnquiryCreatedJSONResponse(v)}, nil
}

func (h server) GetEnquiry(ctx context.Context, r api.GetEnquiryRequestObject) (api.GetEnquiryResponseObject, error) {
	v, err := h.s.GetEnquiry(ctx, r.EnquiryId)
	if err != nil {
		return nil, err
	}
	return api.GetEnquiry200JSONResponse{EnquiryJSONResponse: api.EnquiryJSONResponse(v)}, nil
}

func (h server) RecordOfflineEngagement(ctx context.Context, r api.RecordOfflineEngagementRequestObject) (api.RecordOfflineEngagementResponseObject, error) {
	v, err := h.s.RecordOfflineEngagement(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordOfflineEngagement201JSONResponse{EngagementCreatedJSONResponse: api.EngagementCreatedJSONResponse{Body: v, Headers: api.EngagementCreatedResponseHeaders{ETag: rest.ETag(v.Rev)}}}, nil
}

func (h server) ListMyEngagements(ctx context.Context, r api.ListMyEngagementsRequestObject) (api.ListMyEngagementsResponseObject, error) {
	v, err := h.s.ListMyEngagements(ctx, string(r.Params.Side), string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyEngagements200JSONResponse{EngagementPageJSONResponse: api.EngagementPageJSONResponse(v)}, nil
}

func (h server) ListEngagementQueue(ctx context.Context, r api.ListEngagementQueueRequestObject) (api.ListEngagementQueueResponseObject, error) {
	v, err := h.s.ListEngagementQueue(ctx, cmp.Or(string(r.Params.Queue), "unanswered"), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListEngagementQueue200JSONResponse{EngagementPageJSONResponse: api.EngagementPageJSONResponse(v)}, nil
}

func (h server) ListEngagementMessages(ctx context.Context, r api.ListEngagementMessagesRequestObject) (api.ListEngagementMessagesResponseObject, error) {
	v, err := h.s.ListEngagementMessages(ctx, r.EngagementId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListEngagementMessages200JSONResponse{MessagePageJSONResponse: api.MessagePageJSONResponse(v)}, nil
}

func (h server) PostEngagementMessage(ctx context.Context, r api.PostEngagementMessageRequestObject) (api.PostEngagementMessageResponseObject, error) {
	v, err := h.s.PostEngagementMessage(ctx, r.EngagementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PostEngagementMessage201JSONResponse{MessageCreatedJSONResponse: api.MessageCreatedJSONResponse(v)}, nil
}

func (h server) ListProviderRatings(ctx context.Context, r api.ListProviderRatingsRequestObject) (api.ListProviderRatingsResponseObject, error) {
	v, err := h.s.ListProviderRatings(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.ListProviderRatings200JSONResponse{RatingsJSONResponse: api.RatingsJSONResponse(v)}, nil
}

func (h server) GetReputationInternal(ctx context.Context, r api.GetReputationInternalRequestObject) (api.GetReputationInternalResponseObject, error) {
	v, err := h.s.GetReputationInternal(ctx, r.Body.OrgIds)
	if err != nil {
		return nil, err
	}
	return api.GetReputationInternal200JSONResponse{ReputationsJSONResponse: api.ReputationsJSONResponse(v)}, nil
}

func (h server) ListRatingsInternal(ctx context.Context, r api.ListRatingsInternalRequestObject) (api.ListRatingsInternalResponseObject, error) {
	v, err := h.s.ListRatingsInternal(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ListRatingsInternal200JSONResponse(v), nil
}

func (h server) ListProviderLedgersInternal(ctx context.Context, r api.ListProviderLedgersInternalRequestObject) (api.ListProviderLedgersInternalResponseObject, error) {
	v, err := h.s.ListProviderLedgersInternal(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ListProviderLedgersInternal200JSONResponse(v), nil
}

func (h server) ListLedgerRowsInternal(ctx context.Context, r api.ListLedgerRowsInternalRequestObject) (api.ListLedgerRowsInternalResponseObject, error) {
	v, err := h.s.ListLedgerRowsInternal(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ListLedgerRowsInternal200JSONResponse{FigureRowPageJSONResponse: api.FigureRowPageJSONResponse(v)}, nil
}

func (h server) RecountFiguresInternal(ctx context.Context, _ api.RecountFiguresInternalRequestObject) (api.RecountFiguresInternalResponseObject, error) {
	n, err := h.s.RecountAll(ctx)
	if err != nil {
		return nil, err
	}
	return api.RecountFiguresInternal200JSONResponse{Counted: n}, nil
}

func (h server) ListEngagementFlags(ctx context.Context, r api.ListEngagementFlagsRequestObject) (api.ListEngagementFlagsResponseObject, error) {
	v, err := h.s.ListEngagementFlags(ctx, string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListEngagementFlags200JSONResponse{FlagPageJSONResponse: api.FlagPageJSONResponse(v)}, nil
}

func (h server) ContestEngagementFlag(ctx context.Context, r api.ContestEngagementFlagRequestObject) (api.ContestEngagementFlagResponseObject, error) {
	v, err := h.s.ContestEngagementFlag(ctx, r.FlagId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ContestEngagementFlag200JSONResponse{FlagJSONResponse: api.FlagJSONResponse(v)}, nil
}

func (h server) DecideEngagementFlag(ctx context.Context, r api.DecideEngagementFlagRequestObject) (api.DecideEngagementFlagResponseObject, error) {
	v, err := h.s.DecideEngagementFlag(ctx, r.FlagId, r.Body.Uphold, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DecideEngagementFlag200JSONResponse{FlagJSONResponse: api.FlagJSONResponse(v)}, nil
}

func (h server) GetEngagementFigures(ctx context.Context, r api.GetEngagementFiguresRequestObject) (api.GetEngagementFiguresResponseObject, error) {
	v, err := h.s.GetEngagementFigures(ctx, Slice{r.Params.From, r.Params.To, r.Params.District, r.Params.Category})
	if err != nil {
		return nil, err
	}
	return api.GetEngagementFigures200JSONResponse{FiguresJSONResponse: api.FiguresJSONResponse(v)}, nil
}

func (h server) ListFigureRows(ctx context.Context, r api.ListFigureRowsRequestObject) (api.ListFigureRowsResponseObject, error) {
	v, err := h.s.ListFigureRows(ctx, Slice{r.Params.From, r.Params.To, r.Params.District, r.Params.Category}, cmp.Or(r.Params.Measure, api.MeasureEnquiries), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListFigureRows200JSONResponse{FigureRowPageJSONResponse: api.FigureRowPageJSONResponse(v)}, nil
}

func (h server) GetServiceDesk(ctx context.Context, r api.GetServiceDeskRequestObject) (api.GetServiceDeskResponseObject, error) {
	v, err := h.s.GetServiceDesk(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetServiceDesk200JSONResponse{DeskJSONResponse: api.DeskJSONResponse(v)}, nil
}

func (h server) GetEngagementSettings(ctx context.Context, r api.GetEngagementSettingsRequestObject) (api.GetEngagementSettingsResponseObject, error) {
	v, err := h.s.GetEngagementSettings(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetEngagementSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) ListEngagementSettings(ctx context.Context, _ api.ListEngagementSettingsRequestObject) (api.ListEngagementSettingsResponseObject, error) {
	v, err := h.s.ListEngagementSettings(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) PreviewEngagementSettings(ctx context.Context, r api.PreviewEngagementSettingsRequestObject) (api.PreviewEngagementSettingsResponseObject, error) {
	v, err := h.s.PreviewEngagementSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewEngagementSettings200JSONResponse(v), nil
}

func (h server) EditEngagementSettings(ctx context.Context, r api.EditEngagementSettingsRequestObject) (api.EditEngagementSettingsResponseObject, error) {
	v, err := h.s.EditEngagementSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditEngagementSettings200JSONResponse{SettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) UploadEngagementFile(ctx context.Context, r api.UploadEngagementFileRequestObject) (api.UploadEngagementFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.UploadEngagementFile(ctx, content, name)
	if err != nil {
		return nil, err
	}
	return api.UploadEngagementFile201JSONResponse{UploadCreatedJSONResponse: api.UploadCreatedJSONResponse(v)}, nil
}

func (h server) GetEngagementFile(ctx context.Context, r api.GetEngagementFileRequestObject) (api.GetEngagementFileResponseObject, error) {
	f, err := h.s.GetEngagementFile(ctx, r.EngagementId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetEngagementFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: api.BinaryApplicationoctetStreamResponse{Body: f.Content,
		ContentLength: f.Ref.Size, Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}}, nil
}

func (h server) GetContractPaper(ctx context.Context, r api.GetContractPaperRequestObject) (api.GetContractPaperResponseObject, error) {
	paper, name, err := h.s.ContractPaper(ctx, r.EngagementId)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	write, end := paper.WriteDOCX, ".docx"
	if r.Params.Format == "pdf" {
		write, end = paper.WritePDF, ".pdf"
	}
	if err := write(&buf); err != nil {
		return nil, err
	}
	return api.GetContractPaper200ApplicationoctetStreamResponse{PaperApplicationoctetStreamResponse: api.PaperApplicationoctetStreamResponse{Body: &buf,
		ContentLength: int64(buf.Len()), Headers: api.PaperResponseHeaders{ContentDisposition: blob.Disposition(name + end)}}}, nil
}

func (h server) ExportEngagementFigures(ctx context.Context, r api.ExportEngagementFiguresRequestObject) (api.ExportEngagementFiguresResponseObject, error) {
	book, err := h.s.ExportEngagementFigures(ctx, Slice{r.Params.From, r.Params.To, r.Params.District, r.Params.Category})
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	n, err := book.WriteTo(&buf)
	if err != nil {
		return nil, err
	}
	return api.ExportEngagementFigures200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{
		XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: api.XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: io.Reader(&buf),
			ContentLength: n, Headers: api.XlsxResponseHeaders{ContentDisposition: blob.Disposition("服务对接统计.xlsx")}}}, nil
}

func (h server) EngagementReceiveEvent(ctx context.Context, r api.EngagementReceiveEventRequestObject) (api.EngagementReceiveEventResponseObject, error) {
	b := r.Body
	return api.EngagementReceiveEvent204Response{}, h.s.Receive(ctx, docstore.Event{ID: b.Id, Kind: b.Kind, Source: b.Source, DocumentID: b.DocumentId, Rev: b.Rev, At: b.At, Data: b.Data})
}

func (h server) EngagementListAudit(ctx context.Context, r api.EngagementListAuditRequestObject) (api.EngagementListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, docstore.PageSize(r.Params.Limit), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	v := api.AuditPageJSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		v.Items = append(v.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return api.EngagementListAudit200JSONResponse{AuditPageJSONResponse: v}, nil
}

func (h server) EngagementListParkedEvents(ctx context.Context, r api.EngagementListParkedEventsRequestObject) (api.EngagementListParkedEventsResponseObject, error) {
	page, err := h.s.o.Relay.Parked(ctx, r.Params.Cursor, docstore.PageSize(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	v := api.ParkedPageJSONResponse{Items: []api.ParkedEvent{}, Next: page.Next}
	for _, d := range page.Items {
		v.Items = append(v.Items, api.ParkedEvent{Id: d.ID, Kind: d.Body.Event.Kind, DocumentId: d.Body.Event.DocumentID, At: docstore.Millis(d.Body.Event.At).Time(),
			Tries: d.Body.Tries, LastError: d.Body.Error})
	}
	return api.EngagementListParkedEvents200JSONResponse{ParkedPageJSONResponse: v}, nil
}

func (h server) EngagementRetryParkedEvent(ctx context.Context, r api.EngagementRetryParkedEventRequestObject) (api.EngagementRetryParkedEventResponseObject, error) {
	return api.EngagementRetryParkedEvent204Response{}, h.s.o.Relay.Retry(ctx, r.EventId)
}
