package capability

import (
	"bytes"
	"context"
	"io"

	"lianbang/services/capability/api"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
)

// server is the generated interface in terms of the service: mechanical, one operation after the other.
type server struct{ s *Service }

var _ api.StrictServerInterface = server{}

func capabilityAnswer(c api.Capability) api.CapabilityJSONResponse {
	return api.CapabilityJSONResponse{Body: c, Headers: api.CapabilityResponseHeaders{ETag: rest.ETag(c.Rev)}}
}

type xlsx = api.XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse

func bookAnswer(b *office.Book, name string) (xlsx, error) {
	var buf bytes.Buffer
	n, err := b.WriteTo(&buf)
	return xlsx{Body: io.Reader(&buf), ContentLength: n, Headers: api.XlsxResponseHeaders{ContentDisposition: blob.Disposition(name)}}, err
}

func (h server) CreateCapability(ctx context.Context, r api.CreateCapabilityRequestObject) (api.CreateCapabilityResponseObject, error) {
	v, err := h.s.CreateCapability(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateCapability201JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) GetCapability(ctx context.Context, r api.GetCapabilityRequestObject) (api.GetCapabilityResponseObject, error) {
	v, err := h.s.GetCapability(ctx, r.CapabilityId)
	if err != nil {
		return nil, err
	}
	return api.GetCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) EditCapability(ctx context.Context, r api.EditCapabilityRequestObject) (api.EditCapabilityResponseObject, error) {
	v, err := h.s.EditCapability(ctx, r.CapabilityId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) PublishCapability(ctx context.Context, r api.PublishCapabilityRequestObject) (api.PublishCapabilityResponseObject, error) {
	v, err := h.s.PublishCapability(ctx, r.CapabilityId)
	if err != nil {
		return nil, err
	}
	return api.PublishCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) PauseCapability(ctx context.Context, r api.PauseCapabilityRequestObject) (api.PauseCapabilityResponseObject, error) {
	v, err := h.s.PauseCapability(ctx, r.CapabilityId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.PauseCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) ResumeCapability(ctx context.Context, r api.ResumeCapabilityRequestObject) (api.ResumeCapabilityResponseObject, error) {
	v, err := h.s.ResumeCapability(ctx, r.CapabilityId)
	if err != nil {
		return nil, err
	}
	return api.ResumeCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) WithdrawCapability(ctx context.Context, r api.WithdrawCapabilityRequestObject) (api.WithdrawCapabilityResponseObject, error) {
	v, err := h.s.WithdrawCapability(ctx, r.CapabilityId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.WithdrawCapability200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) RemoveCapabilityFile(ctx context.Context, r api.RemoveCapabilityFileRequestObject) (api.RemoveCapabilityFileResponseObject, error) {
	v, err := h.s.RemoveCapabilityFile(ctx, r.CapabilityId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.RemoveCapabilityFile200JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) AddCapabilityFile(ctx context.Context, r api.AddCapabilityFileRequestObject) (api.AddCapabilityFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.AddCapabilityFile(ctx, r.CapabilityId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddCapabilityFile201JSONResponse{CapabilityJSONResponse: capabilityAnswer(v)}, nil
}

func (h server) GetCapabilityFile(ctx context.Context, r api.GetCapabilityFileRequestObject) (api.GetCapabilityFileResponseObject, error) {
	f, err := h.s.GetCapabilityFile(ctx, r.CapabilityId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetCapabilityFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: api.BinaryApplicationoctetStreamResponse{
		Body: f.Content, ContentLength: f.Ref.Size, Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}}, nil
}

func (h server) ListCapabilities(ctx context.Context, r api.ListCapabilitiesRequestObject) (api.ListCapabilitiesResponseObject, error) {
	v, err := h.s.ListCapabilities(ctx, r.Params.OrgId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListCapabilities200JSONResponse{CapabilityPageJSONResponse: api.CapabilityPageJSONResponse(v)}, nil
}

func (h server) ListMyCapabilities(ctx context.Context, r api.ListMyCapabilitiesRequestObject) (api.ListMyCapabilitiesResponseObject, error) {
	v, err := h.s.ListMyCapabilities(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyCapabilities200JSONResponse{CapabilityPageJSONResponse: api.CapabilityPageJSONResponse(v)}, nil
}

func (h server) GetCapabilityHistory(ctx context.Context, r api.GetCapabilityHistoryRequestObject) (api.GetCapabilityHistoryResponseObject, error) {
	v, err := h.s.GetCapabilityHistory(ctx, r.CapabilityId)
	if err != nil {
		return nil, err
	}
	return api.GetCapabilityHistory200JSONResponse{Items: v}, nil
}

func (h server) ImportCapabilities(ctx context.Context, r api.ImportCapabilitiesRequestObject) (api.ImportCapabilitiesResponseObject, error) {
	_, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.ImportCapabilities(ctx, content, r.Params.Check)
	if err != nil {
		return nil, err
	}
	return api.ImportCapabilities200JSONResponse(v), nil
}

func (h server) ExportMyCapabilities(ctx context.Context, _ api.ExportMyCapabilitiesRequestObject) (api.ExportMyCapabilitiesResponseObject, error) {
	b, err := h.s.ExportMyCapabilities(ctx)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(b, sheetName+".xlsx")
	return api.ExportMyCapabilities200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, err
}

func (h server) DownloadCapabilityTemplate(ctx context.Context, _ api.DownloadCapabilityTemplateRequestObject) (api.DownloadCapabilityTemplateResponseObject, error) {
	b, err := h.s.DownloadCapabilityTemplate(ctx)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(b, sheetName+"模板.xlsx")
	return api.DownloadCapabilityTemplate200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, err
}

func (h server) CapabilityListAudit(ctx context.Context, r api.CapabilityListAuditRequestObject) (api.CapabilityListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.CapabilityListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
}

func (h server) CapabilityListParkedEvents(ctx context.Context, r api.CapabilityListParkedEventsRequestObject) (api.CapabilityListParkedEventsResponseObject, error) {
	items, next, err := h.s.ListParkedEvents(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.CapabilityListParkedEvents200JSONResponse{Items: items, Next: next}, nil
}

func (h server) CapabilityRetryParkedEvent(ctx context.Context, r api.CapabilityRetryParkedEventRequestObject) (api.CapabilityRetryParkedEventResponseObject, error) {
	if err := h.s.RetryParkedEvent(ctx, r.EventId); err != nil {
		return nil, err
	}
	return api.CapabilityRetryParkedEvent204Response{}, nil
}
