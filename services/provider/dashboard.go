package provider

import (
	"context"
	"slices"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// tally is the pool counted once, over the operator's own jurisdiction; every figure of the dashboard is one of its counts, and its rows
// are what was counted.
type tally struct {
	states, categories, districts map[string]int64
	cells                         map[[2]string]int64
	admitted, overdue, watched    int64
	reviewed, inTime, offerings   int64
}

// add counts one membership. Drafts nobody handed in are not the authority's to see.
func (t *tally) add(m *Membership, now when.Instant, s Settings) {
	if m.SubmittedAt == 0 {
		return
	}
	t.states[string(m.State)]++
	if m.ReviewDue != 0 && m.ReviewDue < now && slices.Contains([]State{Submitted, InitialReview, ExpertReview}, m.State) {
		t.overdue++
	}
	if decided, ok := m.firstReview(); ok {
		t.reviewed++
		if decided <= when.At(s.Calendar.After(m.SubmittedAt.Time(), s.ReviewWorkingDays)) {
			t.inTime++
		}
	}
	if m.Watched != "" {
		t.watched++
	}
	if m.State != Admitted {
		return
	}
	t.admitted++
	t.offerings += int64(len(m.Offers))
	t.districts[m.Jurisdiction]++
	for _, c := range m.Application.Categories {
		t.categories[c]++
		t.cells[[2]string{c, m.Jurisdiction}]++
	}
}

// firstReview is when the initial review of what was last handed in was decided; false while it is not.
func (m *Membership) firstReview() (when.Instant, bool) {
	for _, step := range m.History {
		if step.At >= m.SubmittedAt && slices.Contains([]Action{PassInitial, ReturnAdmission, RejectAdmission}, step.Action) {
			return step.At, true
		}
	}
	return 0, false
}

// inJurisdiction calls fn for every membership the reader decides on.
func (s *Service) inJurisdiction(ctx context.Context, fn func(*Membership)) error {
	a := access.From(ctx)
	return s.members.Each(ctx, docstore.Query{Index: "changed", Descending: true}, func(doc docstore.Doc[Membership]) error {
		if a.Operates(doc.Body.Jurisdiction) {
			fn(&doc.Body)
		}
		return nil
	})
}

// GetPoolDashboard is the operator's figures.
func (s *Service) GetPoolDashboard(ctx context.Context) (api.PoolDashboard, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.PoolDashboard{}, err
	}
	t := tally{states: map[string]int64{}, categories: map[string]int64{}, districts: map[string]int64{}, cells: map[[2]string]int64{}}
	if err := s.inJurisdiction(ctx, func(m *Membership) { t.add(m, when.At(s.now()), settings) }); err != nil {
		return api.PoolDashboard{}, err
	}
	v := api.PoolDashboard{Target: int64(settings.PoolTarget), Admitted: t.admitted, States: []api.PoolCount{}, Categories: []api.PoolCount{}, Districts: counts(t.districts),
		Overdue: t.overdue, Watched: t.watched, Reviewed: t.reviewed, ReviewedInTime: t.inTime, Offerings: t.offerings}
	for _, state := range States[1:] {
		v.States = append(v.States, api.PoolCount{Key: string(state), Count: t.states[string(state)]})
	}
	for _, c := range CategoryCodes() {
		v.Categories = append(v.Categories, api.PoolCount{Key: c, Count: t.categories[c]})
	}
	cells := []map[string]any{}
	for cell, n := range t.cells {
		cells = append(cells, map[string]any{"category": cell[0], "district": cell[1], "count": n})
	}
	slices.SortFunc(cells, func(a, b map[string]any) int {
		return strings.Compare(a["category"].(string)+a["district"].(string), b["category"].(string)+b["district"].(string))
	})
	v.Cells = like[api.PoolDashboard](map[string]any{"cells": cells}).Cells
	return v, nil
}

// ListPoolRows are the memberships behind one figure.
func (s *Service) ListPoolRows(ctx context.Context, p api.ListPoolRowsParams) (api.ListPoolRows200JSONResponse, error) {
	out := api.ListPoolRows200JSONResponse{Items: []api.PoolRow{}}
	err := s.inJurisdiction(ctx, func(m *Membership) {
		if m.SubmittedAt == 0 || p.State != "" && string(m.State) != string(p.State) || p.District != "" && m.Jurisdiction != p.District ||
			p.Category != "" && !slices.Contains(m.Application.Categories, string(p.Category)) {
			return
		}
		out.Items = append(out.Items, api.PoolRow{OrgId: m.OrgID, Name: m.OrgName, State: api.MembershipState(m.State), District: m.Jurisdiction,
			Categories: list(m.Application.Categories), Number: m.Number, Offerings: int64(len(m.Offers)), ReviewDue: m.ReviewDue.Time(), Watched: m.Watched, AdmittedAt: m.AdmittedAt.Time()})
	})
	return out, err
}
