package engagement

import (
	"cmp"
	"context"
	"slices"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is whether a provider can be newly engaged: its standing in the pool, the categories it was admitted for, and how many of an
// offering's places are taken. What runs already goes on whatever becomes of these.

// engageable refuses a provider that is suspended or removed, and a category it was not admitted for. One that never applied for the
// pool may be engaged: the pool recommends, it does not license.
func (p PoolStanding) engageable(name, category string) error {
	switch p.State {
	case "suspended":
		return fault.Newf(fault.Conflict, "engagement.provider_suspended", "%s is suspended from the pool", name)
	case "removed":
		return fault.Newf(fault.Conflict, "engagement.provider_removed", "%s was removed from the pool", name)
	case "admitted":
		if !slices.Contains(p.Categories, category) {
			return fault.Newf(fault.Conflict, "engagement.category_not_admitted", "%s was not admitted for this category", name)
		}
	}
	return nil
}

// takesEnquiries refuses an enquiry to a provider that cannot be engaged, and one about an offering that is fully booked.
func (s *Service) takesEnquiries(ctx context.Context, provider Party, p PoolStanding, category, offering string) error {
	if err := p.engageable(provider.Name, category); err != nil {
		return err
	}
	capacity := p.Capacity[offering]
	if offering == "" || capacity == 0 {
		return nil
	}
	running, err := s.running(ctx, provider.ID)
	if n := int64(len(running[offering])); err == nil && n >= capacity {
		err = fault.Newf(fault.Conflict, "engagement.offering_full", "%s takes %d of these at a time, and has them", provider.Name, capacity)
	}
	return err
}

// stillEngageable asks anew, before a quote is given or taken, whether an engagement's provider may be engaged in its category.
func (s *Service) stillEngageable(ctx context.Context, e *Engagement) error {
	pool, err := s.o.Pool.Standing(ctx, []string{e.ProviderID})
	if err != nil {
		return err
	}
	return pool[e.ProviderID].engageable(e.ProviderName, e.Category)
}

// atWork are the states in which an engagement takes up capacity: agreed upon, and not yet taken by the client.
var atWork = []State{Accepted, Contracted, Delivering, Delivered, Disputed}

// running reads a provider's engagements at work, by the offering they began from.
func (s *Service) running(ctx context.Context, orgID string) (map[string][]Engagement, error) {
	all := map[string][]Engagement{}
	for _, state := range atWork {
		err := s.engagements.Each(ctx, docstore.Query{Index: "providerState", Equal: []any{orgID, string(state)}}, func(d docstore.Doc[Engagement]) error {
			all[d.Body.OfferingID] = append(all[d.Body.OfferingID], d.Body)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// freeBy is the day on which an engagement at work is expected to give its place back: the end of the contract's or the quote's term, or
// of the client's time to accept. "" when nobody can say: in a dispute, or when that day is past.
func (e *Engagement) freeBy(now time.Time) when.Day {
	var due when.Day
	switch e.State {
	case Accepted:
		if q := e.LastQuote(); q != nil {
			due = when.DayOf(now.AddDate(0, 0, q.Days))
		}
	case Contracted, Delivering:
		due = e.Contract.DeliverBy
	case Delivered:
		due = when.DayOf(e.StepDue.Time())
	}
	if due < when.DayOf(now) {
		return ""
	}
	return due
}

// nextFree is the day on which a fully booked offering is expected to have a place again; "" when there is one, or nobody can say.
func nextFree(running []Engagement, capacity int64, now time.Time) when.Day {
	over := int64(len(running)) - capacity
	if over < 0 {
		return ""
	}
	var days []when.Day
	for i := range running {
		if day := running[i].freeBy(now); day != "" {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	if over >= int64(len(days)) {
		return ""
	}
	return days[over]
}

// GetProviderCapacity shows the places of a provider's offerings; counts only, nothing of whom they are taken by. NotFound for who never
// applied for the pool.
func (s *Service) GetProviderCapacity(ctx context.Context, orgID string) (api.ProviderCapacity, error) {
	v := api.ProviderCapacity{Items: []api.OfferingCapacity{}}
	pool, err := s.o.Pool.Standing(ctx, []string{orgID})
	if err != nil {
		return v, err
	}
	standing, known := pool[orgID]
	if !known {
		return v, fault.New(fault.NotFound, "", "there is no such provider")
	}
	running, err := s.running(ctx, orgID)
	if err != nil {
		return v, err
	}
	for id, capacity := range standing.Capacity {
		if capacity == 0 {
			continue
		}
		n := int64(len(running[id]))
		v.Items = append(v.Items, api.OfferingCapacity{OfferingId: id, Capacity: capacity, Running: n, Free: max(capacity-n, 0),
			FreeFrom: dateView(nextFree(running[id], capacity, s.now()))})
	}
	slices.SortFunc(v.Items, func(a, b api.OfferingCapacity) int { return cmp.Compare(a.OfferingId, b.OfferingId) })
	return v, nil
}
