package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// project is what search may know of a verified organisation: what anybody may read of it. Facts are codes, which pages show by their
// names; the names are searched too.
func project(id string, o *Organisation, city *Reference, today when.Day) searchapi.SearchDocument {
	p := &o.Profile
	doc := searchapi.SearchDocument{Title: p.Name, Summary: p.Summary, OrgId: id, OrgName: p.Name,
		Url: "/organisations/" + id, Audience: []string{"public"}, Labels: map[string]string{p.District: nameIn(city.Districts, p.District)}}
	var body []string
	body = append(body, p.Products...)
	for _, f := range o.Facts {
		if f.Public() {
			body = append(body, f.Value)
		}
	}
	doc.Body = strings.Join(body, "\n")
	doc.Keywords = append(doc.Keywords, p.Products...)
	doc.Keywords = append(doc.Keywords, p.CreditCode, nameIn(city.Districts, p.District))
	for _, c := range p.Chains {
		doc.Keywords = append(doc.Keywords, nameIn(city.Chains, c))
		doc.Labels[c] = nameIn(city.Chains, c)
	}
	doc.Keywords = append(doc.Keywords, capacityNames(p.Capacities)...)
	for _, t := range o.Titles {
		if t.InForce(today) {
			doc.Keywords = append(doc.Keywords, nameIn(city.TitleKinds, t.Kind))
		}
	}
	doc.Facts = searchapi.Facts{City: city.CityName, District: p.District, Chain: p.Chains, State: string(o.State), PublishedAt: o.VerifiedAt.Time()}
	if p.Industry != "" {
		doc.Facts.Industry = []string{p.Industry}
	}
	for _, c := range p.Capacities {
		doc.Facts.Capacity = append(doc.Facts.Capacity, string(c))
	}
	for _, t := range o.Tiers(today) {
		doc.Facts.Tier = append(doc.Facts.Tier, string(t))
	}
	doc.Match = searchapi.MatchFacts{OwnerOrgId: id, Verified: o.State == Verified}
	return doc
}

// feed keeps the index of verified organisations.
func (s *Service) feed(search *searchapi.ClientWithResponses) *searchapi.Feed[Organisation] {
	return &searchapi.Feed[Organisation]{Search: search, Type: searchapi.DocumentTypeOrganisation, Collection: s.orgs, Walk: docstore.Query{Index: "byState", Equal: []any{Verified}},
		Searchable: func(o *Organisation) bool { return o.State == Verified }, Projection: 1, Log: s.log,
		Project: func(ctx context.Context) (func(OrgDoc) searchapi.SearchDocument, error) {
			city, err := s.city(ctx)
			today := when.DayOf(s.now())
			return func(o OrgDoc) searchapi.SearchDocument { return project(o.ID, &o.Body, &city.Body, today) }, err
		}}
}

// turnTitles marks the organisations whose titles begin or end with a new day, since their tier in the index changes then, and tells
// those whose titles end soon. It is a job.
func (s *Service) turnTitles(ctx context.Context) error {
	last := when.DayOf(s.now().AddDate(0, 0, -1)) // a restart looks a day back
	for {
		if today := when.DayOf(s.now()); today != last {
			if err := errors.Join(s.markTurned(ctx, last, today), s.warnOfEnds(ctx), s.remindOfDossiers(ctx)); err != nil {
				return err
			}
			last = today
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Minute):
		}
	}
}

// markTurned marks organisations with a title that began, or whose last day was, after from and up to to.
func (s *Service) markTurned(ctx context.Context, from, to when.Day) error {
	return s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(o OrgDoc) error {
		for _, t := range o.Body.Titles {
			if t.InForce(from) != t.InForce(to) {
				return s.orgs.MarkDirty(ctx, o.ID)
			}
		}
		return nil
	})
}

// warnOfEnds tells organisations, once per title, that it ends soon.
func (s *Service) warnOfEnds(ctx context.Context) error {
	city, err := s.city(ctx)
	if err != nil {
		return err
	}
	return s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(o OrgDoc) error {
		if !slices.ContainsFunc(o.Body.Titles, func(t Title) bool { return t.Ending(s.now(), city.Body.Rules) }) {
			return nil
		}
		_, err := s.orgs.Update(ctx, o.ID, func(tx *docstore.Tx[Organisation]) error {
			tx.Body.Titles = slices.Clone(tx.Body.Titles)
			for i, t := range tx.Body.Titles {
				if !t.Ending(tx.Now, city.Body.Rules) {
					continue
				}
				tx.Body.Titles[i].Warned = true
				if err := tx.Emit(titleExpiring, about(o.ID, tx.Body, ownPage, toOrg(o.ID)).with("title", nameIn(city.Body.TitleKinds, t.Kind)).with("validTo", string(t.ValidTo))); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	})
}
