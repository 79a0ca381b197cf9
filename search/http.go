package search

import (
	"context"
	"strconv"
	"time"

	"lianbang/search/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// server is the generated interface over Service.
type server struct{ s *Service }

var _ api.StrictServerInterface = (*server)(nil)

// or is a value, or what the specification says when it is absent.
func or[T comparable](v, absent T) T {
	var zero T
	if v == zero {
		return absent
	}
	return v
}

func (h *server) Search(ctx context.Context, r api.SearchRequestObject) (api.SearchResponseObject, error) {
	p := r.Params
	a := Ask{
		Actor: access.From(ctx), Query: p.Q, Type: string(or(p.Type, api.SearchParamsTypeAll)),
		Chosen: map[string][]string{"category": p.Category, "subservice": p.Subservice, "kind": p.Kind, "mode": p.Mode, "industry": p.Industry,
			"chain": p.Chain, "district": p.District, "tier": p.Tier, "state": p.State, "capacity": p.Capacity, "cooperation": p.Cooperation},
		BudgetMin: p.BudgetMin, BudgetMax: p.BudgetMax, DeadlineAfter: p.DeadlineAfter, DeadlineBefore: p.DeadlineBefore,
		Sort: string(p.Sort), Near: p.Near, ForMe: p.ForMe, Page: or(p.Page, 1), PageSize: or(p.PageSize, 20),
	}
	for _, n := range p.Trl {
		a.Chosen["trl"] = append(a.Chosen["trl"], strconv.Itoa(n))
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	page, err := h.s.Search(ctx, a)
	return api.Search200JSONResponse(page), err
}

func (h *server) Suggest(ctx context.Context, r api.SuggestRequestObject) (api.SuggestResponseObject, error) {
	began := time.Now()
	items := h.s.Suggest(ctx, access.From(ctx), r.Params.Q, string(r.Params.Type), or(r.Params.Limit, 8))
	return api.Suggest200JSONResponse{Items: items, TookMs: float64(time.Since(began).Microseconds()) / 1000}, nil
}

func (h *server) ListPopularSearches(_ context.Context, r api.ListPopularSearchesRequestObject) (api.ListPopularSearchesResponseObject, error) {
	return api.ListPopularSearches200JSONResponse{Items: h.s.popular.top(or(r.Params.Limit, 10))}, nil
}

func (h *server) MatchText(ctx context.Context, r api.MatchTextRequestObject) (api.MatchTextResponseObject, error) {
	b := r.Body
	return api.MatchText200JSONResponse(h.s.MatchText(access.From(ctx), b.Text, b.Types, b.Chain, b.District, or(b.Limit, 6))), nil
}

func (h *server) MatchDemand(ctx context.Context, r api.MatchDemandRequestObject) (api.MatchDemandResponseObject, error) {
	list, err := h.s.MatchDocument(access.From(ctx), api.DocumentTypeDemand, r.DemandId, r.Params.Types, or(r.Params.Limit, 20))
	return api.MatchDemand200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) MatchOrganisation(ctx context.Context, r api.MatchOrganisationRequestObject) (api.MatchOrganisationResponseObject, error) {
	list, err := h.s.MatchDocument(access.From(ctx), api.DocumentTypeOrganisation, r.OrganisationId, r.Params.Types, or(r.Params.Limit, 20))
	return api.MatchOrganisation200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) ExplainMatch(ctx context.Context, r api.ExplainMatchRequestObject) (api.ExplainMatchResponseObject, error) {
	p := r.Params
	x, err := h.s.Explain(access.From(ctx), key(p.LeftType, p.LeftId), key(p.RightType, p.RightId))
	return api.ExplainMatch200JSONResponse{Left: x.Left, Right: x.Right, Score: x.Match.Score, Reasons: h.s.reasons(x.Match.Reasons),
		Changes: x.Changes, WeightsVersion: x.WeightsVersion}, err
}

func (h *server) GetSearchBacklog(ctx context.Context, _ api.GetSearchBacklogRequestObject) (api.GetSearchBacklogResponseObject, error) {
	return api.GetSearchBacklog200JSONResponse(h.s.Backlog(ctx)), nil
}

func (h *server) Reindex(_ context.Context, _ api.ReindexRequestObject) (api.ReindexResponseObject, error) {
	if err := h.s.StartReindex(); err != nil {
		return nil, err
	}
	return api.Reindex202JSONResponse(h.s.reindex.now()), nil
}

func (h *server) PutSearchDocuments(ctx context.Context, r api.PutSearchDocumentsRequestObject) (api.PutSearchDocumentsResponseObject, error) {
	if err := h.s.Put(ctx, r.Type, *r.Body); err != nil {
		return nil, err
	}
	return api.PutSearchDocuments200JSONResponse{Put: len(r.Body.Documents), Removed: len(r.Body.Remove)}, nil
}

func (h *server) ListSearchRevisions(ctx context.Context, r api.ListSearchRevisionsRequestObject) (api.ListSearchRevisionsResponseObject, error) {
	items, next, err := h.s.Revisions(ctx, r.Type, or(r.Params.Limit, 500), r.Params.Cursor)
	return api.ListSearchRevisions200JSONResponse{Items: items, Next: next}, err
}

func (h *server) MatchInternal(_ context.Context, r api.MatchInternalRequestObject) (api.MatchInternalResponseObject, error) {
	if r.Body == nil {
		return nil, fault.New(fault.Invalid, "", "a body is needed")
	}
	b := *r.Body
	b.Limit = or(b.Limit, 20)
	return api.MatchInternal200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(h.s.MatchFor(b))}, nil
}
