package search

import (
	"context"
	"slices"
	"strconv"
	"time"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
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
			"chain": p.Chain, "district": p.District, "tier": p.Tier, "state": p.State, "capacity": p.Capacity, "cooperation": p.Cooperation,
			"process": p.Process, "certificate": p.Certificate, "budget": p.Budget},
		BudgetMin: p.BudgetMin, BudgetMax: p.BudgetMax, DeadlineAfter: p.DeadlineAfter, DeadlineBefore: p.DeadlineBefore, Closes: int(p.Closes),
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

func (h *server) ListSavedSearches(ctx context.Context, _ api.ListSavedSearchesRequestObject) (api.ListSavedSearchesResponseObject, error) {
	docs, err := h.s.ListSaved(ctx)
	answer := api.ListSavedSearches200JSONResponse{Items: []api.SavedSearch{}, Limit: maxSaved}
	for _, d := range docs {
		answer.Items = append(answer.Items, savedView(d))
	}
	return answer, err
}

func savedView(d savedDoc) api.SavedSearch {
	b := &d.Body
	return api.SavedSearch{Id: d.ID, Rev: b.Version, Name: b.Name, Criteria: b.Criteria, Every: api.SavedSearchEvery(b.Every), Paused: b.State == savedPaused,
		Url: b.url(), Told: b.Told, Waiting: len(b.Waiting), LastToldAt: b.LastToldAt.Time(), CreatedAt: d.CreatedAt}
}

func savedAnswer(d savedDoc) api.SavedSearchJSONResponse {
	return api.SavedSearchJSONResponse{Body: savedView(d), Headers: api.SavedSearchResponseHeaders{ETag: rest.ETag(d.Body.Version)}}
}

func (h *server) SaveSearch(ctx context.Context, r api.SaveSearchRequestObject) (api.SaveSearchResponseObject, error) {
	id, fingerprint := rest.Creation(ctx, h.s.o.Now())
	d, err := h.s.SaveSearch(ctx, id, fingerprint, *r.Body)
	return api.SaveSearch201JSONResponse{SavedSearchJSONResponse: savedAnswer(d)}, err
}

func (h *server) EditSavedSearch(ctx context.Context, r api.EditSavedSearchRequestObject) (api.EditSavedSearchResponseObject, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.s.EditSaved(ctx, r.SavedSearchId, rev, *r.Body)
	return api.EditSavedSearch200JSONResponse{SavedSearchJSONResponse: savedAnswer(d)}, err
}

func (h *server) RemoveSavedSearch(ctx context.Context, r api.RemoveSavedSearchRequestObject) (api.RemoveSavedSearchResponseObject, error) {
	return api.RemoveSavedSearch204Response{}, h.s.RemoveSaved(ctx, r.SavedSearchId)
}

func (h *server) ListSynonyms(ctx context.Context, _ api.ListSynonymsRequestObject) (api.ListSynonymsResponseObject, error) {
	docs, err := h.s.ListSynonyms(ctx)
	answer := api.ListSynonyms200JSONResponse{Items: []api.SynonymGroup{}, Limit: maxGroups}
	for _, d := range docs {
		answer.Items = append(answer.Items, synonymView(d))
	}
	return answer, err
}

func synonymView(d synonymDoc) api.SynonymGroup {
	g := &d.Body
	v := api.SynonymGroup{Id: d.ID, Rev: g.Version, Words: g.Words, Removed: g.Removed, Active: g.Settled, ChangedAt: g.ChangedAt.Time(), History: []api.SynonymChange{}}
	for _, c := range slices.Backward(g.History) {
		v.History = append(v.History, api.SynonymChange{At: c.At.Time(), By: c.By, Words: c.Words, Removed: c.Removed, Note: c.Note})
	}
	return v
}

func synonymAnswer(d synonymDoc) api.SynonymGroupJSONResponse {
	return api.SynonymGroupJSONResponse{Body: synonymView(d), Headers: api.SynonymGroupResponseHeaders{ETag: rest.ETag(d.Body.Version)}}
}

func (h *server) AddSynonyms(ctx context.Context, r api.AddSynonymsRequestObject) (api.AddSynonymsResponseObject, error) {
	id, fingerprint := rest.Creation(ctx, h.s.o.Now())
	d, err := h.s.AddSynonyms(ctx, id, fingerprint, *r.Body)
	return api.AddSynonyms201JSONResponse{SynonymGroupJSONResponse: synonymAnswer(d)}, err
}

func (h *server) EditSynonyms(ctx context.Context, r api.EditSynonymsRequestObject) (api.EditSynonymsResponseObject, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.s.EditSynonyms(ctx, r.SynonymsId, rev, *r.Body)
	return api.EditSynonyms200JSONResponse{SynonymGroupJSONResponse: synonymAnswer(d)}, err
}

func (h *server) RemoveSynonyms(ctx context.Context, r api.RemoveSynonymsRequestObject) (api.RemoveSynonymsResponseObject, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.s.RemoveSynonyms(ctx, r.SynonymsId, rev)
	return api.RemoveSynonyms200JSONResponse{SynonymGroupJSONResponse: synonymAnswer(d)}, err
}

func (h *server) UndoSynonyms(ctx context.Context, r api.UndoSynonymsRequestObject) (api.UndoSynonymsResponseObject, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return nil, err
	}
	d, err := h.s.UndoSynonyms(ctx, r.SynonymsId, rev)
	return api.UndoSynonyms200JSONResponse{SynonymGroupJSONResponse: synonymAnswer(d)}, err
}

func (h *server) PreviewSynonyms(ctx context.Context, r api.PreviewSynonymsRequestObject) (api.PreviewSynonymsResponseObject, error) {
	p, err := h.s.PreviewSynonyms(ctx, r.Body.Words, r.Body.Replaces)
	return api.PreviewSynonyms200JSONResponse(p), err
}

func (h *server) MatchText(ctx context.Context, r api.MatchTextRequestObject) (api.MatchTextResponseObject, error) {
	b := r.Body
	return api.MatchText200JSONResponse(h.s.MatchText(access.From(ctx), b.Text, b.Types, b.Chain, b.District, or(b.Limit, 6))), nil
}

func (h *server) MatchDemand(ctx context.Context, r api.MatchDemandRequestObject) (api.MatchDemandResponseObject, error) {
	list, err := h.s.MatchDocument(access.From(ctx), api.DocumentTypeDemand, r.DemandId, match.Follows{}, r.Params.Types, or(r.Params.Limit, 20))
	return api.MatchDemand200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) MatchOrganisation(ctx context.Context, r api.MatchOrganisationRequestObject) (api.MatchOrganisationResponseObject, error) {
	var follows match.Follows
	if r.Params.Personal {
		var err error
		if follows, err = h.s.follows(ctx, access.From(ctx).UserID); err != nil {
			return nil, err
		}
	}
	list, err := h.s.MatchDocument(access.From(ctx), api.DocumentTypeOrganisation, r.OrganisationId, follows, r.Params.Types, or(r.Params.Limit, 20))
	return api.MatchOrganisation200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) MatchCapability(ctx context.Context, r api.MatchCapabilityRequestObject) (api.MatchCapabilityResponseObject, error) {
	list, err := h.s.MatchDocument(access.From(ctx), api.DocumentTypeCapability, r.CapabilityId, match.Follows{}, nil, or(r.Params.Limit, 20))
	return api.MatchCapability200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) MatchDemandAchievements(ctx context.Context, r api.MatchDemandAchievementsRequestObject) (api.MatchDemandAchievementsResponseObject, error) {
	list, err := h.s.MatchPublic(access.From(ctx), api.DocumentTypeDemand, r.DemandId, []api.DocumentType{api.DocumentTypeAchievement}, or(r.Params.Limit, 20))
	return api.MatchDemandAchievements200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) MatchAchievement(ctx context.Context, r api.MatchAchievementRequestObject) (api.MatchAchievementResponseObject, error) {
	types := []api.DocumentType{api.DocumentTypeDemand, api.DocumentTypeOrganisation}
	list, err := h.s.MatchPublic(access.From(ctx), api.DocumentTypeAchievement, r.AchievementId, types, or(r.Params.Limit, 20))
	return api.MatchAchievement200JSONResponse{MatchListJSONResponse: api.MatchListJSONResponse(list)}, err
}

func (h *server) ExplainMatch(ctx context.Context, r api.ExplainMatchRequestObject) (api.ExplainMatchResponseObject, error) {
	p := r.Params
	x, err := h.s.Explain(access.From(ctx), key(p.LeftType, p.LeftId), key(p.RightType, p.RightId))
	return api.ExplainMatch200JSONResponse{Left: x.Left, Right: x.Right, Score: x.Match.Score, Reasons: h.s.reasons(x.Match.Reasons),
		Changes: x.Changes, WeightsVersion: x.WeightsVersion}, err
}

func (h *server) SearchListAudit(ctx context.Context, r api.SearchListAuditRequestObject) (api.SearchListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.SearchListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
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
