package demand

import (
	"context"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

func reasonsView(reasons []MatchReason) []api.MatchReason {
	all := []api.MatchReason{}
	for _, r := range reasons {
		all = append(all, api.MatchReason{Kind: r.Kind, Points: r.Points, Words: r.Words, Detail: r.Detail})
	}
	return all
}

// ListDemandMatches shows issuer and operator the organisations that fit best, of a draft too. With search away the list is empty and
// says so, since a demand is edited and submitted without it.
func (s *Service) ListDemandMatches(ctx context.Context, id string, limit int) (api.MatchList, error) {
	list := api.MatchList{Items: []api.Match{}}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return list, err
	}
	if role(a, &doc.Body) == Stranger {
		return list, access.Forbid.Err()
	}
	if s.o.Matcher == nil {
		return list, nil
	}
	matches, version, err := s.o.Matcher.Match(ctx, id, doc.Rev, &doc.Body, docstore.PageSize(limit))
	if err != nil {
		if fault.KindOf(err) == fault.Unavailable {
			return list, nil
		}
		return list, err
	}
	list.Available, list.WeightsVersion = true, version
	for _, m := range matches {
		if m.OrgID == doc.Body.IssuerID {
			continue
		}
		list.Items = append(list.Items, api.Match{OrgId: m.OrgID, Name: m.Name, District: m.District, Score: m.Score, Reasons: reasonsView(m.Reasons),
			CapabilityId: m.Capability.ID, CapabilityTitle: m.Capability.Title})
	}
	return list, nil
}

// ListDemandPushes shows issuer and operator who was told of the demand, and why, best first.
func (s *Service) ListDemandPushes(ctx context.Context, id string, limit int, cursor string) (api.PushPage, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.PushPage{}, err
	}
	if role(a, &doc.Body) == Stranger {
		return api.PushPage{}, access.Forbid.Err()
	}
	return s.pushPage(ctx, docstore.Query{Index: "demand", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor}, doc.Body.Round)
}

// ListMyPushes shows an organisation the demands it was told of, newest first.
func (s *Service) ListMyPushes(ctx context.Context, limit int, cursor string) (api.PushPage, error) {
	a := access.From(ctx)
	return s.pushPage(ctx, docstore.Query{Index: "org", Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}, 0)
}

// pushPage is a page of pushes, of one round of a demand unless round is 0.
func (s *Service) pushPage(ctx context.Context, q docstore.Query, round int) (api.PushPage, error) {
	page := api.PushPage{Items: []api.Push{}}
	found, err := s.pushes.Find(ctx, q)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	demands := map[string]docstore.Doc[Demand]{}
	for _, p := range found.Items {
		if round != 0 && p.Body.Round != round {
			continue
		}
		demand, ok := demands[p.Body.DemandID]
		if !ok {
			if demand, err = s.demands.Get(ctx, p.Body.DemandID); err != nil {
				return page, err
			}
			demands[demand.ID] = demand
		}
		d := &demand.Body
		page.Items = append(page.Items, api.Push{DemandId: demand.ID, Code: d.Code, Title: d.Terms.Title, Deadline: d.Deadline.Time(),
			State: api.DemandState(d.State), OrgId: p.Body.OrgID, OrgName: p.Body.OrgName, Score: p.Body.Score,
			Reasons: reasonsView(p.Body.Reasons), WeightsVersion: p.Body.WeightsVersion, At: p.Body.At.Time()})
	}
	return page, nil
}
