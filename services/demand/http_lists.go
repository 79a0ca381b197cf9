package demand

import (
	"context"

	"lianbang/services/demand/api"
	"lianbang/services/platform/rest"
)

// The operations on named lists and on many demands at once, as mechanical as those of http.go.

func listAnswer(l api.DemandList) api.DemandListJSONResponse {
	return api.DemandListJSONResponse{Body: l, Headers: api.DemandListResponseHeaders{ETag: rest.ETag(l.Rev)}}
}

func listCreated(l api.DemandList) api.DemandListCreatedJSONResponse {
	return api.DemandListCreatedJSONResponse{Body: l, Headers: api.DemandListCreatedResponseHeaders{ETag: rest.ETag(l.Rev)}}
}

func (h server) ListDemandLists(ctx context.Context, r api.ListDemandListsRequestObject) (api.ListDemandListsResponseObject, error) {
	v, err := h.s.ListDemandLists(ctx, r.Params)
	if err != nil {
		return nil, err
	}
	return api.ListDemandLists200JSONResponse{DemandListPageJSONResponse: api.DemandListPageJSONResponse(v)}, nil
}

func (h server) ListMyDemandLists(ctx context.Context, r api.ListMyDemandListsRequestObject) (api.ListMyDemandListsResponseObject, error) {
	v, err := h.s.ListMyDemandLists(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyDemandLists200JSONResponse{DemandListPageJSONResponse: api.DemandListPageJSONResponse(v)}, nil
}

func (h server) CreateDemandList(ctx context.Context, r api.CreateDemandListRequestObject) (api.CreateDemandListResponseObject, error) {
	v, err := h.s.CreateDemandList(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateDemandList201JSONResponse{DemandListCreatedJSONResponse: listCreated(v)}, nil
}

func (h server) GetDemandList(ctx context.Context, r api.GetDemandListRequestObject) (api.GetDemandListResponseObject, error) {
	v, err := h.s.GetDemandList(ctx, r.ListId)
	if err != nil {
		return nil, err
	}
	return api.GetDemandList200JSONResponse{DemandListJSONResponse: listAnswer(v)}, nil
}

func (h server) EditDemandList(ctx context.Context, r api.EditDemandListRequestObject) (api.EditDemandListResponseObject, error) {
	v, err := h.s.EditDemandList(ctx, r.ListId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditDemandList200JSONResponse{DemandListJSONResponse: listAnswer(v)}, nil
}

func (h server) ListDemandsOfList(ctx context.Context, r api.ListDemandsOfListRequestObject) (api.ListDemandsOfListResponseObject, error) {
	v, err := h.s.ListDemandsOfList(ctx, r.ListId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDemandsOfList200JSONResponse{DemandPageJSONResponse: api.DemandPageJSONResponse(v)}, nil
}

func (h server) ExportDemandList(ctx context.Context, r api.ExportDemandListRequestObject) (api.ExportDemandListResponseObject, error) {
	book, name, err := h.s.ExportDemandList(ctx, r.ListId)
	if err != nil {
		return nil, err
	}
	v, err := bookAnswer(book, name+".xlsx")
	if err != nil {
		return nil, err
	}
	return api.ExportDemandList200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{XlsxApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse: v}, nil
}

func (h server) CloneDemandList(ctx context.Context, r api.CloneDemandListRequestObject) (api.CloneDemandListResponseObject, error) {
	v, err := h.s.CloneDemandList(ctx, r.ListId, r.Body.Name)
	if err != nil {
		return nil, err
	}
	return api.CloneDemandList201JSONResponse{DemandListCreatedJSONResponse: listCreated(v)}, nil
}

func (h server) CloneDemand(ctx context.Context, r api.CloneDemandRequestObject) (api.CloneDemandResponseObject, error) {
	v, err := h.s.CloneDemand(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.CloneDemand201JSONResponse{DemandCreatedJSONResponse: api.DemandCreatedJSONResponse{Body: v, Headers: api.DemandCreatedResponseHeaders{ETag: rest.ETag(v.Rev)}}}, nil
}

func (h server) BulkEditDemands(ctx context.Context, r api.BulkEditDemandsRequestObject) (api.BulkEditDemandsResponseObject, error) {
	v, err := h.s.BulkEditDemands(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.BulkEditDemands200JSONResponse(v), nil
}

func (h server) MapImportColumns(ctx context.Context, r api.MapImportColumnsRequestObject) (api.MapImportColumnsResponseObject, error) {
	v, err := h.s.MapImportColumns(ctx, r.ImportId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.MapImportColumns200JSONResponse{ImportSessionJSONResponse: importAnswer(v)}, nil
}
