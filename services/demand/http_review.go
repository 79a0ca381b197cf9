package demand

import (
	"context"

	"lianbang/services/demand/api"
)

// This file is the review's operations, in terms of the service.

func (h server) AskDemandOpinions(ctx context.Context, r api.AskDemandOpinionsRequestObject) (api.AskDemandOpinionsResponseObject, error) {
	v, err := h.s.AskDemandOpinions(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AskDemandOpinions200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) GiveDemandOpinion(ctx context.Context, r api.GiveDemandOpinionRequestObject) (api.GiveDemandOpinionResponseObject, error) {
	v, err := h.s.GiveDemandOpinion(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.GiveDemandOpinion200JSONResponse(v), nil
}

func (h server) ListMyDemandOpinions(ctx context.Context, r api.ListMyDemandOpinionsRequestObject) (api.ListMyDemandOpinionsResponseObject, error) {
	v, err := h.s.ListMyDemandOpinions(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyDemandOpinions200JSONResponse(v), nil
}

func (h server) ListTrustedIssuers(ctx context.Context, _ api.ListTrustedIssuersRequestObject) (api.ListTrustedIssuersResponseObject, error) {
	items, err := h.s.ListTrustedIssuers(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListTrustedIssuers200JSONResponse{Items: items}, nil
}

func (h server) SetTrustedIssuer(ctx context.Context, r api.SetTrustedIssuerRequestObject) (api.SetTrustedIssuerResponseObject, error) {
	v, err := h.s.SetTrustedIssuer(ctx, r.OrgId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SetTrustedIssuer200JSONResponse(v), nil
}
