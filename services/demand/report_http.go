package demand

import (
	"bytes"
	"context"
	"io"

	"lianbang/services/demand/api"
	"lianbang/services/platform/blob"
)

// The operations on forms and figures, as mechanical as those of http.go.

func docxAnswer(f NationalForm) (api.BinaryApplicationoctetStreamResponse, error) {
	var out bytes.Buffer
	err := f.Paper().WriteDOCX(&out)
	return api.BinaryApplicationoctetStreamResponse{Body: io.Reader(&out), ContentLength: int64(out.Len()),
		Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Title + ".docx")}}, err
}

func (h server) GetDemandForm(ctx context.Context, r api.GetDemandFormRequestObject) (api.GetDemandFormResponseObject, error) {
	f, err := h.s.DemandForm(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandForm200JSONResponse(formView(f)), nil
}

func (h server) ExportDemandForm(ctx context.Context, r api.ExportDemandFormRequestObject) (api.ExportDemandFormResponseObject, error) {
	f, err := h.s.DemandForm(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	v, err := docxAnswer(f)
	return api.ExportDemandForm200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, err
}

func (h server) GetBidForm(ctx context.Context, r api.GetBidFormRequestObject) (api.GetBidFormResponseObject, error) {
	f, err := h.s.BidForm(ctx, r.BidId, Part(r.Params.Part))
	if err != nil {
		return nil, err
	}
	return api.GetBidForm200JSONResponse(formView(f)), nil
}

func (h server) ExportBidForm(ctx context.Context, r api.ExportBidFormRequestObject) (api.ExportBidFormResponseObject, error) {
	f, err := h.s.BidForm(ctx, r.BidId, Part(r.Params.Part))
	if err != nil {
		return nil, err
	}
	v, err := docxAnswer(f)
	return api.ExportBidForm200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: v}, err
}

func (h server) GetCooperationReport(ctx context.Context, r api.GetCooperationReportRequestObject) (api.GetCooperationReportResponseObject, error) {
	v, err := h.s.CooperationReport(ctx, r.Params.Month)
	if err != nil {
		return nil, err
	}
	return api.GetCooperationReport200JSONResponse(v), nil
}

func (h server) ExportCooperationReport(ctx context.Context, r api.ExportCooperationReportRequestObject) (api.ExportCooperationReportResponseObject, error) {
	book, err := h.s.CooperationBook(ctx, r.Params.Month)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(book, "成效月报 "+r.Params.Month+".xlsx")
	return api.ExportCooperationReport200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, err
}

func (h server) GetDemandFunnel(ctx context.Context, r api.GetDemandFunnelRequestObject) (api.GetDemandFunnelResponseObject, error) {
	v, err := h.s.DemandFunnel(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.GetDemandFunnel200JSONResponse(v), nil
}
