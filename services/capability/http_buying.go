package capability

import (
	"context"

	"lianbang/services/capability/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/rest"
)

// The operations of buyers and their suppliers, as mechanical as those of http.go.

func supplierAnswer(v api.Supplier) api.SupplierJSONResponse {
	return api.SupplierJSONResponse{Body: v, Headers: api.SupplierResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func (h server) GetSupplyRequirements(ctx context.Context, r api.GetSupplyRequirementsRequestObject) (api.GetSupplyRequirementsResponseObject, error) {
	v, err := h.s.GetSupplyRequirements(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplyRequirements200JSONResponse{RequirementsJSONResponse: api.RequirementsJSONResponse(v)}, nil
}

func (h server) PutSupplyRequirements(ctx context.Context, r api.PutSupplyRequirementsRequestObject) (api.PutSupplyRequirementsResponseObject, error) {
	v, err := h.s.PutSupplyRequirements(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PutSupplyRequirements200JSONResponse{RequirementsJSONResponse: api.RequirementsJSONResponse(v)}, nil
}

func (h server) GetDemandRequirements(ctx context.Context, r api.GetDemandRequirementsRequestObject) (api.GetDemandRequirementsResponseObject, error) {
	v, err := h.s.GetDemandRequirements(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandRequirements200JSONResponse{RequirementsJSONResponse: api.RequirementsJSONResponse(v)}, nil
}

func (h server) PutDemandRequirements(ctx context.Context, r api.PutDemandRequirementsRequestObject) (api.PutDemandRequirementsResponseObject, error) {
	v, err := h.s.PutDemandRequirements(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PutDemandRequirements200JSONResponse{RequirementsJSONResponse: api.RequirementsJSONResponse(v)}, nil
}

func (h server) GetSupplyGap(ctx context.Context, r api.GetSupplyGapRequestObject) (api.GetSupplyGapResponseObject, error) {
	v, err := h.s.GetSupplyGap(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplyGap200JSONResponse(v), nil
}

func (h server) GetSupplyComparison(ctx context.Context, r api.GetSupplyComparisonRequestObject) (api.GetSupplyComparisonResponseObject, error) {
	v, err := h.s.GetSupplyComparison(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplyComparison200JSONResponse(v), nil
}

func (h server) ExportSupplyComparison(ctx context.Context, r api.ExportSupplyComparisonRequestObject) (api.ExportSupplyComparisonResponseObject, error) {
	b, err := h.s.ExportSupplyComparison(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(b, "报价比较.xlsx")
	return api.ExportSupplyComparison200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, err
}

func (h server) ProposeSupplier(ctx context.Context, r api.ProposeSupplierRequestObject) (api.ProposeSupplierResponseObject, error) {
	v, err := h.s.ProposeSupplier(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ProposeSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) GetSupplier(ctx context.Context, r api.GetSupplierRequestObject) (api.GetSupplierResponseObject, error) {
	v, err := h.s.GetSupplier(ctx, r.SupplierId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) EditSupplier(ctx context.Context, r api.EditSupplierRequestObject) (api.EditSupplierResponseObject, error) {
	v, err := h.s.EditSupplier(ctx, r.SupplierId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) ConsentSupplier(ctx context.Context, r api.ConsentSupplierRequestObject) (api.ConsentSupplierResponseObject, error) {
	v, err := h.s.ConsentSupplier(ctx, r.SupplierId, r.Body.Public)
	if err != nil {
		return nil, err
	}
	return api.ConsentSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) DeclineSupplier(ctx context.Context, r api.DeclineSupplierRequestObject) (api.DeclineSupplierResponseObject, error) {
	v, err := h.s.DeclineSupplier(ctx, r.SupplierId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) RemoveSupplier(ctx context.Context, r api.RemoveSupplierRequestObject) (api.RemoveSupplierResponseObject, error) {
	v, err := h.s.RemoveSupplier(ctx, r.SupplierId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RemoveSupplier200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) AddSupplierEvidence(ctx context.Context, r api.AddSupplierEvidenceRequestObject) (api.AddSupplierEvidenceResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.AddSupplierEvidence(ctx, r.SupplierId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddSupplierEvidence200JSONResponse{SupplierJSONResponse: supplierAnswer(v)}, nil
}

func (h server) GetSupplierEvidence(ctx context.Context, r api.GetSupplierEvidenceRequestObject) (api.GetSupplierEvidenceResponseObject, error) {
	f, err := h.s.GetSupplierEvidence(ctx, r.SupplierId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplierEvidence200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: api.BinaryApplicationoctetStreamResponse{
		Body: f.Content, ContentLength: f.Ref.Size, Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}}, nil
}

func (h server) ListSuppliers(ctx context.Context, r api.ListSuppliersRequestObject) (api.ListSuppliersResponseObject, error) {
	v, err := h.s.ListSuppliers(ctx, Party(r.Params.Side), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListSuppliers200JSONResponse{SupplierPageJSONResponse: api.SupplierPageJSONResponse(v)}, nil
}

func (h server) ListPublicSuppliers(ctx context.Context, r api.ListPublicSuppliersRequestObject) (api.ListPublicSuppliersResponseObject, error) {
	v, err := h.s.ListPublicSuppliers(ctx, r.OrgId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListPublicSuppliers200JSONResponse{SupplierPageJSONResponse: api.SupplierPageJSONResponse(v)}, nil
}

func (h server) ListSupplierCandidates(ctx context.Context, _ api.ListSupplierCandidatesRequestObject) (api.ListSupplierCandidatesResponseObject, error) {
	v, err := h.s.ListSupplierCandidates(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListSupplierCandidates200JSONResponse{Items: v}, nil
}

func (h server) GetSupplyFigures(ctx context.Context, r api.GetSupplyFiguresRequestObject) (api.GetSupplyFiguresResponseObject, error) {
	v, err := h.s.GetSupplyFigures(ctx, r.Params.Chain, r.Params.District)
	if err != nil {
		return nil, err
	}
	return api.GetSupplyFigures200JSONResponse(v), nil
}
