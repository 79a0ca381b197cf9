package provider

import (
	"context"
	"slices"
	"strings"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
)

// project is what search knows of a provider: what its public page says, with everything it offers, so that a sentence about a trouble
// finds who ends it.
func project(id string, m *Membership, city string, districts map[string]string) searchapi.SearchDocument {
	a := m.Application
	doc := searchapi.SearchDocument{Title: m.OrgName, Summary: a.Intro, Url: providerPage(id), Audience: []string{"public"},
		OrgId: id, OrgName: m.OrgName, Labels: map[string]string{}}
	doc.Facts = searchapi.Facts{Category: a.Categories, Subservice: a.Subservices, City: city, District: m.Jurisdiction, State: string(m.State), PublishedAt: m.AdmittedAt.Time()}
	doc.Keywords = []string{m.Number}
	for _, code := range slices.Concat(a.Categories, a.Subservices) {
		doc.Labels[code] = nameOfCode(code)
		doc.Keywords = append(doc.Keywords, nameOfCode(code))
	}
	if name := districts[m.Jurisdiction]; name != "" {
		doc.Labels[m.Jurisdiction] = name
		doc.Keywords = append(doc.Keywords, name)
	}
	var body []string
	for _, o := range m.Offers {
		doc.Keywords = append(doc.Keywords, o.Title)
		body = append(body, o.Title, o.Solves)
		if o.Price.FromFen > 0 && (doc.Facts.BudgetFen == 0 || o.Price.FromFen < doc.Facts.BudgetFen) {
			doc.Facts.BudgetFen = o.Price.FromFen
		}
	}
	for _, c := range a.Certificates {
		doc.Keywords = append(doc.Keywords, c.Name)
	}
	if len(doc.Keywords) > 200 {
		doc.Keywords = doc.Keywords[:200]
	}
	doc.Body = strings.Join(slices.DeleteFunc(body, func(s string) bool { return s == "" }), "\n")
	doc.Match.OwnerOrgId, doc.Match.Verified = id, true
	return doc
}

// feed keeps the index of providers.
func (s *Service) feed(search *searchapi.ClientWithResponses) *searchapi.Feed[Membership] {
	return &searchapi.Feed[Membership]{Search: search, Type: searchapi.DocumentTypeProvider, Collection: s.members, Searchable: (*Membership).listed, Projection: 1, Log: s.o.Log,
		Project: func(ctx context.Context) (func(docstore.Doc[Membership]) searchapi.SearchDocument, error) {
			city, err := s.o.Lists.City(ctx)
			if err != nil {
				return nil, err
			}
			districts, err := s.o.Lists.Districts(ctx)
			if err != nil {
				return nil, err
			}
			return func(doc docstore.Doc[Membership]) searchapi.SearchDocument {
				return project(doc.ID, &doc.Body, city, districts)
			}, nil
		}}
}
