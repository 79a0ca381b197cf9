package achievement

import (
	"context"
	"strings"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
)

// names are the city's lists by code, for what pages show.
type names struct {
	city              string
	districts, chains map[string]string
}

func (s *Service) names(ctx context.Context) (names, error) {
	n := names{districts: map[string]string{}, chains: map[string]string{}}
	var err error
	if n.city, err = s.o.Lists.City(ctx); err != nil {
		return n, err
	}
	for _, l := range []struct {
		into map[string]string
		list func(context.Context) ([]Choice, error)
	}{{n.districts, s.o.Lists.Districts}, {n.chains, s.o.Lists.Chains}} {
		all, err := l.list(ctx)
		if err != nil {
			return n, err
		}
		for _, c := range all {
			l.into[c.Code] = c.Name
		}
	}
	return n, nil
}

// project is what search may know of a published achievement: what anybody may read of it.
func project(id string, a *Achievement, n names) searchapi.SearchDocument {
	p := &a.Profile
	doc := searchapi.SearchDocument{Title: p.Name, Summary: p.Summary, Url: publicPage(id), Audience: []string{"public"},
		OrgId: a.OrgID, OrgName: a.OrgName, Labels: map[string]string{}}
	body := []string{p.Problem, p.Advantage, p.Audience, p.Prospects}
	for _, c := range p.Cases {
		body = append(body, c.Title)
	}
	doc.Body = strings.TrimSpace(strings.Join(body, "\n"))
	for _, k := range []string{p.Field, p.Department, n.chains[p.Chain], n.districts[a.District]} {
		if k != "" {
			doc.Keywords = append(doc.Keywords, k)
		}
	}
	for _, ip := range p.IP {
		if ip.Number != "" {
			doc.Keywords = append(doc.Keywords, ip.Number)
		}
	}
	for code, name := range map[string]string{p.Chain: n.chains[p.Chain], a.District: n.districts[a.District]} {
		if code != "" && name != "" {
			doc.Labels[code] = name
		}
	}
	doc.Facts = searchapi.Facts{City: n.city, District: a.District, State: string(a.State), Trl: p.TRL, BudgetFen: p.PriceFen, PublishedAt: a.PublishedAt.Time()}
	for _, w := range p.Ways {
		doc.Facts.Cooperation = append(doc.Facts.Cooperation, string(w))
	}
	if p.Field != "" {
		doc.Facts.Category = []string{p.Field}
	}
	if p.Chain != "" {
		doc.Facts.Chain = []string{p.Chain}
	}
	if p.IndustryCode != "" {
		doc.Facts.Industry = []string{p.IndustryCode}
	}
	doc.Match.OwnerOrgId = a.OrgID
	return doc
}

// searchable reports whether search holds it: while it is on offer.
func (a *Achievement) searchable() bool { return a.State == Published || a.State == Reserved }

// feed keeps the index of achievements.
func (s *Service) feed(search *searchapi.ClientWithResponses) *searchapi.Feed[Achievement] {
	return &searchapi.Feed[Achievement]{Search: search, Type: searchapi.DocumentTypeAchievement, Collection: s.achievements, Searchable: (*Achievement).searchable, Projection: 1, Log: s.o.Log,
		Project: func(ctx context.Context) (func(docstore.Doc[Achievement]) searchapi.SearchDocument, error) {
			n, err := s.names(ctx)
			return func(doc docstore.Doc[Achievement]) searchapi.SearchDocument { return project(doc.ID, &doc.Body, n) }, err
		}}
}
