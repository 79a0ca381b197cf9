package demand

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// projection rises when project below changes, so that the periodic comparison finds the old ones.
const projection = 2

// names are the city's lists by code. Facts are codes, which pages show by their names; the names are searched too.
type names struct {
	city              string
	districts, chains map[string]string
}

func (s *Service) names(ctx context.Context) (names, error) {
	n := names{districts: map[string]string{}, chains: map[string]string{}}
	if s.o.Lists == nil {
		return n, nil
	}
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

// project is what search may know of a demand: what its audience may read, and nothing of any bid.
func project(id string, rev int64, d *Demand, n names) searchapi.SearchDocument {
	t := &d.Terms
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: t.Title, Summary: t.Brief, Url: publicPage(id),
		Audience: []string{"public"}, Body: strings.Join(slices.DeleteFunc([]string{t.Background, t.Difficulty, t.Content,
			strings.Join(t.Targets, "\n"), t.IPTerms, t.BidConditions}, func(s string) bool { return s == "" }), "\n")}
	if !t.Public {
		doc.Audience = append(slices.Clone(d.audience()), d.IssuerID)
	}
	for _, k := range []string{d.Code, t.NationalCode, t.ListName, n.chains[t.Chain], n.districts[t.District]} {
		if k != "" {
			doc.Keywords = append(doc.Keywords, k)
		}
	}
	doc.Labels = map[string]string{}
	for code, name := range map[string]string{t.Chain: n.chains[t.Chain], t.District: n.districts[t.District]} {
		if name != "" {
			doc.Labels[code] = name
		}
	}
	if t.IssuerPublic {
		doc.OrgId, doc.OrgName = d.IssuerID, d.Issuer
	}
	doc.Facts = searchapi.Facts{Kind: string(t.Kind), Mode: string(t.Mode), City: n.city, District: t.District, State: string(d.State),
		Cooperation: t.CooperationWays, Trl: t.RequiredTRL, BudgetFen: t.BudgetFen, Deadline: d.Deadline.Time(), PublishedAt: d.PublishedAt.Time()}
	if t.IndustryCode != "" {
		doc.Facts.Industry = []string{t.IndustryCode}
	}
	if t.Chain != "" {
		doc.Facts.Chain = []string{t.Chain}
	}
	doc.Match.OwnerOrgId = d.IssuerID
	return doc
}

// searchable reports whether search holds the demand at all: from its publishing on.
func (d *Demand) searchable() bool { return d.PublishedAt != 0 }

// searchClient is search as this service uses it: the index it feeds and the matches it asks for.
type searchClient struct {
	api *searchapi.ClientWithResponses
	s   *Service // set once the service stands
}

func newSearchClient(peers *http.Client) (*searchClient, error) {
	c, err := searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(peers))
	return &searchClient{api: c}, err
}

// feed keeps the index of demands.
func (c *searchClient) feed() *searchapi.Feed[Demand] {
	return &searchapi.Feed[Demand]{Search: c.api, Type: searchapi.DocumentTypeDemand, Collection: c.s.demands, Searchable: (*Demand).searchable, Projection: projection, Log: c.s.o.Log,
		Project: func(ctx context.Context) (func(docstore.Doc[Demand]) searchapi.SearchDocument, error) {
			n, err := c.s.names(ctx)
			return func(doc docstore.Doc[Demand]) searchapi.SearchDocument { return project(doc.ID, doc.Rev, &doc.Body, n) }, err
		}}
}

// Match asks for the verified organisations that fit best; once a demand that is not public is published, among those it is for.
func (c *searchClient) Match(ctx context.Context, id string, rev int64, d *Demand, limit int) ([]Match, string, error) {
	n, err := c.s.names(ctx)
	if err != nil {
		return nil, "", err
	}
	asked := searchapi.MatchInternalJSONRequestBody{Type: searchapi.DocumentTypeDemand, Document: project(id, rev, d, n),
		Types: []searchapi.DocumentType{searchapi.DocumentTypeOrganisation}, VerifiedOnly: true, Limit: limit}
	if d.Terms.Kind == Supply { // what firms say they can supply speaks for them, where it fits better than who they are
		asked.Types = append(asked.Types, searchapi.DocumentTypeCapability)
	}
	if !d.Terms.Public && d.searchable() {
		asked.OnlyIds = d.audience()
	}
	answer, err := c.api.MatchInternalWithResponse(ctx, asked)
	if err != nil {
		return nil, "", rest.Away(searchapi.Peer, err)
	}
	if err := rest.PeerError(searchapi.Peer, answer.StatusCode(), answer.Body); err != nil {
		return nil, "", err
	}
	var matches []Match
	for _, m := range answer.JSON200.Items {
		match := Match{OrgID: m.Id, Name: m.Title, District: m.District, Score: m.Score}
		if m.Type == searchapi.DocumentTypeCapability {
			match.OrgID, match.Name = m.OrgId, m.OrgName
			match.Capability.ID, match.Capability.Title = m.Id, m.Title
		}
		for _, r := range m.Reasons {
			match.Reasons = append(match.Reasons, MatchReason{Kind: r.Kind, Points: r.Points, Words: r.Words, Detail: r.Detail})
		}
		matches = append(matches, match)
	}
	if d.Terms.Kind == Supply {
		matches = bestOfEach(matches, limit)
	}
	return matches, answer.JSON200.WeightsVersion, nil
}

// bestOfEach keeps the best match of each organisation, best first, at most limit.
func bestOfEach(matches []Match, limit int) []Match {
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	seen := map[string]bool{}
	matches = slices.DeleteFunc(matches, func(m Match) bool {
		again := seen[m.OrgID]
		seen[m.OrgID] = true
		return again
	})
	return matches[:min(limit, len(matches))]
}
