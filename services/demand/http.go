package demand

import (
	"bytes"
	"context"
	"io"

	"lianbang/services/demand/api"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/office"
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

func demandAnswer(d api.Demand) api.DemandJSONResponse {
	return api.DemandJSONResponse{Body: d, Headers: api.DemandResponseHeaders{ETag: rest.ETag(d.Rev)}}
}

func bidAnswer(b api.Bid) api.BidJSONResponse {
	return api.BidJSONResponse{Body: b, Headers: api.BidResponseHeaders{ETag: rest.ETag(b.Rev)}}
}

func importAnswer(i api.ImportSession) api.ImportSessionJSONResponse {
	return api.ImportSessionJSONResponse{Body: i, Headers: api.ImportSessionResponseHeaders{ETag: rest.ETag(i.Rev)}}
}

func attachmentAnswer(a api.Attachment, rev int64) api.AttachmentCreatedJSONResponse {
	return api.AttachmentCreatedJSONResponse{Body: a, Headers: api.AttachmentCreatedResponseHeaders{ETag: rest.ETag(rev)}}
}

func settingsAnswer(s api.DemandSettings) api.DemandSettingsJSONResponse {
	return api.DemandSettingsJSONResponse{Body: s, Headers: api.DemandSettingsResponseHeaders{ETag: rest.ETag(s.Rev)}}
}

func fileAnswer(f File) api.BinaryApplicationoctetStreamResponse {
	return api.BinaryApplicationoctetStreamResponse{Body: f.Content, ContentLength: f.Ref.Size,
		Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}
}

type xlsx = api.XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse

func bookAnswer(b *office.Book, name string) (xlsx, error) {
	var buf bytes.Buffer
	n, err := b.WriteTo(&buf)
	return xlsx{Body: io.Reader(&buf), ContentLength: n, Headers: api.XlsxResponseHeaders{ContentDisposition: blob.Disposition(name)}}, err
}

func (h server) SubmitDemand(ctx context.Context, r api.SubmitDemandRequestObject) (api.SubmitDemandResponseObject, error) {
	v, err := h.s.SubmitDemand(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.SubmitDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ReturnDemand(ctx context.Context, r api.ReturnDemandRequestObject) (api.ReturnDemandResponseObject, error) {
	v, err := h.s.ReturnDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReturnDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ApproveDemand(ctx context.Context, r api.ApproveDemandRequestObject) (api.ApproveDemandResponseObject, error) {
	v, err := h.s.ApproveDemand(ctx, r.DemandId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.ApproveDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) RejectDemand(ctx context.Context, r api.RejectDemandRequestObject) (api.RejectDemandResponseObject, error) {
	v, err := h.s.RejectDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RejectDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) PublishDemand(ctx context.Context, r api.PublishDemandRequestObject) (api.PublishDemandResponseObject, error) {
	v, err := h.s.PublishDemand(ctx, r.DemandId, r.Body.Deadline)
	if err != nil {
		return nil, err
	}
	return api.PublishDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) WithdrawDemand(ctx context.Context, r api.WithdrawDemandRequestObject) (api.WithdrawDemandResponseObject, error) {
	v, err := h.s.WithdrawDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.WithdrawDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) TerminateDemand(ctx context.Context, r api.TerminateDemandRequestObject) (api.TerminateDemandResponseObject, error) {
	v, err := h.s.TerminateDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.TerminateDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) GetDemandOutcome(ctx context.Context, r api.GetDemandOutcomeRequestObject) (api.GetDemandOutcomeResponseObject, error) {
	v, err := h.s.GetDemandOutcome(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandOutcome200JSONResponse(v), nil
}

func (h server) SettleAwardObjection(ctx context.Context, r api.SettleAwardObjectionRequestObject) (api.SettleAwardObjectionResponseObject, error) {
	v, err := h.s.SettleAwardObjection(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SettleAwardObjection200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) GetDemand(ctx context.Context, r api.GetDemandRequestObject) (api.GetDemandResponseObject, error) {
	v, err := h.s.GetDemand(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) EditDemand(ctx context.Context, r api.EditDemandRequestObject) (api.EditDemandResponseObject, error) {
	v, err := h.s.EditDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) RemoveDemandAttachment(ctx context.Context, r api.RemoveDemandAttachmentRequestObject) (api.RemoveDemandAttachmentResponseObject, error) {
	v, err := h.s.RemoveDemandAttachment(ctx, r.DemandId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.RemoveDemandAttachment200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) AwardDemand(ctx context.Context, r api.AwardDemandRequestObject) (api.AwardDemandResponseObject, error) {
	v, err := h.s.AwardDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AwardDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) PublishAward(ctx context.Context, r api.PublishAwardRequestObject) (api.PublishAwardResponseObject, error) {
	v, err := h.s.PublishAward(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.PublishAward200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ReopenDemand(ctx context.Context, r api.ReopenDemandRequestObject) (api.ReopenDemandResponseObject, error) {
	v, err := h.s.ReopenDemand(ctx, r.DemandId, r.Body.Deadline, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ReopenDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ListDemandRounds(ctx context.Context, r api.ListDemandRoundsRequestObject) (api.ListDemandRoundsResponseObject, error) {
	items, err := h.s.ListDemandRounds(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.ListDemandRounds200JSONResponse{Items: items}, nil
}

func (h server) DemandReceiveEvent(ctx context.Context, r api.DemandReceiveEventRequestObject) (api.DemandReceiveEventResponseObject, error) {
	e := docstore.Event{ID: r.Body.Id, Kind: r.Body.Kind, Source: r.Body.Source, DocumentID: r.Body.DocumentId, Rev: r.Body.Rev, At: r.Body.At, Data: r.Body.Data}
	return api.DemandReceiveEvent204Response{}, h.s.Receive(ctx, e)
}

func (h server) DeclareNoAward(ctx context.Context, r api.DeclareNoAwardRequestObject) (api.DeclareNoAwardResponseObject, error) {
	v, err := h.s.DeclareNoAward(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DeclareNoAward200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) GetBid(ctx context.Context, r api.GetBidRequestObject) (api.GetBidResponseObject, error) {
	v, err := h.s.GetBid(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.GetBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) EditBid(ctx context.Context, r api.EditBidRequestObject) (api.EditBidResponseObject, error) {
	v, err := h.s.EditBid(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) SubmitBid(ctx context.Context, r api.SubmitBidRequestObject) (api.SubmitBidResponseObject, error) {
	v, err := h.s.SubmitBid(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.SubmitBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) WithdrawBid(ctx context.Context, r api.WithdrawBidRequestObject) (api.WithdrawBidResponseObject, error) {
	v, err := h.s.WithdrawBid(ctx, r.BidId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.WithdrawBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) CorrectBid(ctx context.Context, r api.CorrectBidRequestObject) (api.CorrectBidResponseObject, error) {
	v, err := h.s.CorrectBid(ctx, r.BidId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.CorrectBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) GetMyBid(ctx context.Context, r api.GetMyBidRequestObject) (api.GetMyBidResponseObject, error) {
	v, err := h.s.GetMyBid(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetMyBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) RemoveBidAttachment(ctx context.Context, r api.RemoveBidAttachmentRequestObject) (api.RemoveBidAttachmentResponseObject, error) {
	v, err := h.s.RemoveBidAttachment(ctx, r.BidId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.RemoveBidAttachment200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) FormalCheckBid(ctx context.Context, r api.FormalCheckBidRequestObject) (api.FormalCheckBidResponseObject, error) {
	v, err := h.s.FormalCheckBid(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.FormalCheckBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) ScoreBid(ctx context.Context, r api.ScoreBidRequestObject) (api.ScoreBidResponseObject, error) {
	v, err := h.s.ScoreBid(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ScoreBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) ShortlistBid(ctx context.Context, r api.ShortlistBidRequestObject) (api.ShortlistBidResponseObject, error) {
	v, err := h.s.ShortlistBid(ctx, r.BidId, r.Body.Shortlisted, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return api.ShortlistBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) CreateDemand(ctx context.Context, r api.CreateDemandRequestObject) (api.CreateDemandResponseObject, error) {
	v, err := h.s.CreateDemand(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateDemand201JSONResponse{DemandCreatedJSONResponse: api.DemandCreatedJSONResponse{Body: v,
		Headers: api.DemandCreatedResponseHeaders{ETag: rest.ETag(v.Rev)}}}, nil
}

func (h server) PlaceBid(ctx context.Context, r api.PlaceBidRequestObject) (api.PlaceBidResponseObject, error) {
	v, err := h.s.PlaceBid(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PlaceBid201JSONResponse{BidCreatedJSONResponse: api.BidCreatedJSONResponse{Body: v,
		Headers: api.BidCreatedResponseHeaders{ETag: rest.ETag(v.Rev)}}}, nil
}

func (h server) ListDemands(ctx context.Context, r api.ListDemandsRequestObject) (api.ListDemandsResponseObject, error) {
	v, err := h.s.ListDemands(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListDemands200JSONResponse{DemandPageJSONResponse: api.DemandPageJSONResponse(v)}, nil
}

func (h server) ListMyDemands(ctx context.Context, r api.ListMyDemandsRequestObject) (api.ListMyDemandsResponseObject, error) {
	v, err := h.s.ListMyDemands(ctx, string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyDemands200JSONResponse{DemandPageJSONResponse: api.DemandPageJSONResponse(v)}, nil
}

func (h server) ListReviewDemands(ctx context.Context, r api.ListReviewDemandsRequestObject) (api.ListReviewDemandsResponseObject, error) {
	v, err := h.s.ListReviewDemands(ctx, string(r.Params.State), r.Params.District, Stage(r.Params.Stage), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListReviewDemands200JSONResponse{DemandPageJSONResponse: api.DemandPageJSONResponse(v)}, nil
}

func (h server) ListBids(ctx context.Context, r api.ListBidsRequestObject) (api.ListBidsResponseObject, error) {
	v, err := h.s.ListBids(ctx, r.DemandId, string(r.Params.State), r.Params.Round, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListBids200JSONResponse{BidPageJSONResponse: api.BidPageJSONResponse(v)}, nil
}

func (h server) ListMyBids(ctx context.Context, r api.ListMyBidsRequestObject) (api.ListMyBidsResponseObject, error) {
	v, err := h.s.ListMyBids(ctx, string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyBids200JSONResponse{BidPageJSONResponse: api.BidPageJSONResponse(v)}, nil
}

func (h server) ListDemandPushes(ctx context.Context, r api.ListDemandPushesRequestObject) (api.ListDemandPushesResponseObject, error) {
	v, err := h.s.ListDemandPushes(ctx, r.DemandId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDemandPushes200JSONResponse{PushPageJSONResponse: api.PushPageJSONResponse(v)}, nil
}

func (h server) ListMyPushes(ctx context.Context, r api.ListMyPushesRequestObject) (api.ListMyPushesResponseObject, error) {
	v, err := h.s.ListMyPushes(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyPushes200JSONResponse{PushPageJSONResponse: api.PushPageJSONResponse(v)}, nil
}

func (h server) ListDemandMatches(ctx context.Context, r api.ListDemandMatchesRequestObject) (api.ListDemandMatchesResponseObject, error) {
	v, err := h.s.ListDemandMatches(ctx, r.DemandId, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	return api.ListDemandMatches200JSONResponse(v), nil
}

func (h server) GetResult(ctx context.Context, r api.GetResultRequestObject) (api.GetResultResponseObject, error) {
	v, err := h.s.GetResult(ctx, r.DemandId, r.Params.Round)
	if err != nil {
		return nil, err
	}
	return api.GetResult200JSONResponse(v), nil
}

func (h server) PrefillBid(ctx context.Context, r api.PrefillBidRequestObject) (api.PrefillBidResponseObject, error) {
	v, err := h.s.PrefillBid(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.PrefillBid200JSONResponse(v), nil
}

func (h server) GetBidFeedback(ctx context.Context, r api.GetBidFeedbackRequestObject) (api.GetBidFeedbackResponseObject, error) {
	v, err := h.s.GetBidFeedback(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.GetBidFeedback200JSONResponse(v), nil
}

func (h server) GetDemandHistory(ctx context.Context, r api.GetDemandHistoryRequestObject) (api.GetDemandHistoryResponseObject, error) {
	v, err := h.s.GetDemandHistory(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandHistory200JSONResponse{Items: v}, nil
}

func (h server) AddDemandAttachment(ctx context.Context, r api.AddDemandAttachmentRequestObject) (api.AddDemandAttachmentResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, rev, err := h.s.AddDemandAttachment(ctx, r.DemandId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddDemandAttachment201JSONResponse{AttachmentCreatedJSONResponse: attachmentAnswer(v, rev)}, nil
}

func (h server) AddBidAttachment(ctx context.Context, r api.AddBidAttachmentRequestObject) (api.AddBidAttachmentResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, rev, err := h.s.AddBidAttachment(ctx, r.BidId, Part(r.Params.Part), content, name)
	if err != nil {
		return nil, err
	}
	return api.AddBidAttachment201JSONResponse{AttachmentCreatedJSONResponse: attachmentAnswer(v, rev)}, nil
}

func (h server) GetDemandAttachment(ctx context.Context, r api.GetDemandAttachmentRequestObject) (api.GetDemandAttachmentResponseObject, error) {
	f, err := h.s.GetDemandAttachment(ctx, r.DemandId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandAttachment200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}

func (h server) GetBidAttachment(ctx context.Context, r api.GetBidAttachmentRequestObject) (api.GetBidAttachmentResponseObject, error) {
	f, err := h.s.GetBidAttachment(ctx, r.BidId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.GetBidAttachment200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}

func (h server) DownloadImportTemplate(ctx context.Context, _ api.DownloadImportTemplateRequestObject) (api.DownloadImportTemplateResponseObject, error) {
	book, err := h.s.DownloadImportTemplate(ctx)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(book, "需求清单模板.xlsx")
	if err != nil {
		return nil, err
	}
	return api.DownloadImportTemplate200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, nil
}

func (h server) ExportMyDemands(ctx context.Context, r api.ExportMyDemandsRequestObject) (api.ExportMyDemandsResponseObject, error) {
	book, err := h.s.ExportMyDemands(ctx, string(r.Params.State))
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(book, "需求清单.xlsx")
	if err != nil {
		return nil, err
	}
	return api.ExportMyDemands200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, nil
}

func (h server) ImportDemands(ctx context.Context, r api.ImportDemandsRequestObject) (api.ImportDemandsResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.ImportDemands(ctx, content, name, r.Params.ListId)
	if err != nil {
		return nil, err
	}
	return api.ImportDemands201JSONResponse{Body: v, Headers: api.ImportDemands201ResponseHeaders{ETag: rest.ETag(v.Rev)}}, nil
}

func (h server) GetImport(ctx context.Context, r api.GetImportRequestObject) (api.GetImportResponseObject, error) {
	v, err := h.s.GetImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.GetImport200JSONResponse{ImportSessionJSONResponse: importAnswer(v)}, nil
}

func (h server) CommitImport(ctx context.Context, r api.CommitImportRequestObject) (api.CommitImportResponseObject, error) {
	v, err := h.s.CommitImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.CommitImport202JSONResponse{ImportSessionJSONResponse: importAnswer(v)}, nil
}

func (h server) DiscardImport(ctx context.Context, r api.DiscardImportRequestObject) (api.DiscardImportResponseObject, error) {
	v, err := h.s.DiscardImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.DiscardImport200JSONResponse{ImportSessionJSONResponse: importAnswer(v)}, nil
}

func (h server) ListImports(ctx context.Context, r api.ListImportsRequestObject) (api.ListImportsResponseObject, error) {
	items, next, err := h.s.ListImports(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListImports200JSONResponse{Items: items, Next: next}, nil
}

func (h server) ListImportRows(ctx context.Context, r api.ListImportRowsRequestObject) (api.ListImportRowsResponseObject, error) {
	items, next, err := h.s.ListImportRows(ctx, r.ImportId, r.Params.OnlyErrors, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListImportRows200JSONResponse{Items: items, Next: next}, nil
}

func (h server) EditImportRow(ctx context.Context, r api.EditImportRowRequestObject) (api.EditImportRowResponseObject, error) {
	v, err := h.s.EditImportRow(ctx, r.ImportId, r.Row, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditImportRow200JSONResponse{Body: v, Headers: api.EditImportRow200ResponseHeaders{ETag: rest.ETag(v.Rev)}}, nil
}

func (h server) GetDemandSettings(ctx context.Context, _ api.GetDemandSettingsRequestObject) (api.GetDemandSettingsResponseObject, error) {
	v, err := h.s.GetDemandSettings(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetDemandSettings200JSONResponse{DemandSettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) ListDemandSettings(ctx context.Context, _ api.ListDemandSettingsRequestObject) (api.ListDemandSettingsResponseObject, error) {
	v, err := h.s.ListDemandSettings(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (h server) PreviewDemandSettings(ctx context.Context, r api.PreviewDemandSettingsRequestObject) (api.PreviewDemandSettingsResponseObject, error) {
	v, err := h.s.PreviewDemandSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewDemandSettings200JSONResponse(v), nil
}

func (h server) EditDemandSettings(ctx context.Context, r api.EditDemandSettingsRequestObject) (api.EditDemandSettingsResponseObject, error) {
	v, err := h.s.EditDemandSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditDemandSettings200JSONResponse{DemandSettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) DemandListAudit(ctx context.Context, r api.DemandListAuditRequestObject) (api.DemandListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, docstore.PageSize(r.Params.Limit), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.DemandListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
}

func (h server) DemandListParkedEvents(ctx context.Context, r api.DemandListParkedEventsRequestObject) (api.DemandListParkedEventsResponseObject, error) {
	items, next, err := h.s.ListParkedEvents(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.DemandListParkedEvents200JSONResponse{Items: items, Next: next}, nil
}

func (h server) DemandRetryParkedEvent(ctx context.Context, r api.DemandRetryParkedEventRequestObject) (api.DemandRetryParkedEventResponseObject, error) {
	if err := h.s.RetryParkedEvent(ctx, r.EventId); err != nil {
		return nil, err
	}
	return api.DemandRetryParkedEvent204Response{}, nil
}

func (h server) AskDemandConfirmation(ctx context.Context, r api.AskDemandConfirmationRequestObject) (api.AskDemandConfirmationResponseObject, error) {
	v, err := h.s.AskDemandConfirmation(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.AskDemandConfirmation200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ListDraftedDemands(ctx context.Context, r api.ListDraftedDemandsRequestObject) (api.ListDraftedDemandsResponseObject, error) {
	v, err := h.s.ListDraftedDemands(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDraftedDemands200JSONResponse(v), nil
}

func (h server) DraftDemand(ctx context.Context, r api.DraftDemandRequestObject) (api.DraftDemandResponseObject, error) {
	v, err := h.s.DraftDemand(ctx, r.Params.OnBehalfOf, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DraftDemand201JSONResponse{DemandCreatedJSONResponse: api.DemandCreatedJSONResponse{Body: v,
		Headers: api.DemandCreatedResponseHeaders{ETag: rest.ETag(v.Rev)}}}, nil
}
