package capability

import (
	"context"
	"slices"
	"strconv"
	"strings"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// names are the city's lists by code. Facts are codes, which pages show by their names; the names are searched too.
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

// searchable reports whether search holds the capability: while it takes orders.
func (c *Capability) searchable() bool { return c.State == Published }

// project is what search may know of a capability: what anybody may read of it. Certificates that ran out are no facet.
func project(id string, c *Capability, n names, today when.Day) searchapi.SearchDocument {
	t := &c.Terms
	doc := searchapi.SearchDocument{Title: t.Title, Summary: t.Summary, Url: publicPage(id), OrgId: c.OrgID, OrgName: c.OrgName,
		Audience: []string{"public"}, Labels: map[string]string{}}
	machines := make([]string, len(t.Equipment))
	for i, e := range t.Equipment {
		machines[i] = e.Name
	}
	body := []string{strings.Join(machines, "、"), strings.Join(t.Materials, "、"), t.Precision, strings.Join(t.Customers, "、")}
	if t.Spare > 0 {
		body = append(body, "月富余产能"+strconv.FormatInt(t.Spare, 10)+t.Unit)
	}
	doc.Body = strings.Join(slices.DeleteFunc(body, func(s string) bool { return s == "" }), "\n")
	doc.Keywords = slices.Concat(t.Products, t.Processes)
	for _, cert := range t.Certificates {
		if cert.ValidOn(today) && !slices.Contains(doc.Facts.Certificate, cert.Name) {
			doc.Facts.Certificate = append(doc.Facts.Certificate, cert.Name)
		}
	}
	doc.Keywords = append(doc.Keywords, doc.Facts.Certificate...)
	for code, name := range map[string]string{t.Chain: n.chains[t.Chain], c.District: n.districts[c.District]} {
		if name != "" {
			doc.Keywords = append(doc.Keywords, name)
			doc.Labels[code] = name
		}
	}
	slices.Sort(doc.Keywords) // the same document whatever the order of the maps above
	doc.Keywords = slices.Compact(doc.Keywords)
	doc.Facts.Process, doc.Facts.City, doc.Facts.District, doc.Facts.PublishedAt = t.Processes, n.city, c.District, c.PublishedAt.Time()
	if t.Chain != "" {
		doc.Facts.Chain = []string{t.Chain}
	}
	if t.Industry != "" {
		doc.Facts.Industry = []string{t.Industry}
	}
	doc.Match = searchapi.MatchFacts{OwnerOrgId: c.OrgID, Verified: true, Quantity: float64(t.Spare), Unit: t.Unit}
	return doc
}

func publicPage(id string) string { return "/capabilities/" + id }

// feed keeps the index of capabilities.
func (s *Service) feed(search *searchapi.ClientWithResponses) *searchapi.Feed[Capability] {
	return &searchapi.Feed[Capability]{Search: search, Type: searchapi.DocumentTypeCapability, Collection: s.capabilities, Searchable: (*Capability).searchable, Projection: 1, Log: s.o.Log,
		Project: func(ctx context.Context) (func(docstore.Doc[Capability]) searchapi.SearchDocument, error) {
			n, err := s.names(ctx)
			today := when.DayOf(s.now())
			return func(doc docstore.Doc[Capability]) searchapi.SearchDocument {
				return project(doc.ID, &doc.Body, n, today)
			}, err
		}}
}
