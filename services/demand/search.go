package demand

import (
	"context"
	"net/http"
	"slices"
	"strings"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// projection rises when project below changes, so that the periodic comparison finds the old ones.
const projection = 1

// project is what search may know of a demand: what its audience may read, and nothing of any bid.
func project(id string, rev int64, d *Demand) searchapi.SearchDocument {
	t := &d.Terms
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: t.Title, Summary: t.Brief, Url: publicPage(id),
		Audience: []string{"public"}, Body: strings.Join(slices.DeleteFunc([]string{t.Background, t.Difficulty, t.Content,
			strings.Join(t.Targets, "\n"), t.IPTerms, t.BidConditions}, func(s string) bool { return s == "" }), "\n")}
	if !t.Public {
		doc.Audience = append(slices.Clone(t.Audience), d.IssuerID)
	}
	for _, k := range []string{d.Code, t.NationalCode, t.ListName} {
		if k != "" {
			doc.Keywords = append(doc.Keywords, k)
		}
	}
	if t.IssuerPublic {
		doc.OrgId, doc.OrgName = d.IssuerID, d.Issuer
	}
	doc.Facts = searchapi.Facts{Kind: string(t.Kind), Mode: string(t.Mode), District: t.District, State: string(d.State),
		Cooperation: t.CooperationWays, BudgetFen: t.BudgetFen, Deadline: d.Deadline.Time(), PublishedAt: d.PublishedAt.Time()}
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
}

func newSearchClient(peers *http.Client) (*searchClient, error) {
	c, err := searchapi.NewClientWithResponses("http://search", searchapi.WithHTTPClient(peers))
	return &searchClient{c}, err
}

const searchPeer = "search"

// push brings demands as they are now into the index, or out of it.
func (c *searchClient) push(ctx context.Context, docs []docstore.Doc[Demand]) error {
	var batch searchapi.DocumentBatch
	for _, doc := range docs {
		if doc.Body.searchable() {
			batch.Documents = append(batch.Documents, project(doc.ID, doc.Rev, &doc.Body))
		} else {
			batch.Remove = append(batch.Remove, doc.ID)
		}
	}
	answer, err := c.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeDemand, batch)
	if err != nil {
		return rest.Away(searchPeer, err)
	}
	return rest.PeerError(searchPeer, answer.StatusCode(), answer.Body)
}

// Match asks for the verified organisations that fit best.
func (c *searchClient) Match(ctx context.Context, id string, rev int64, d *Demand, limit int) ([]Match, string, error) {
	answer, err := c.api.MatchInternalWithResponse(ctx, searchapi.MatchInternalJSONRequestBody{Type: searchapi.DocumentTypeDemand,
		Document: project(id, rev, d), Types: []searchapi.DocumentType{searchapi.DocumentTypeOrganisation}, VerifiedOnly: true, Limit: limit})
	if err != nil {
		return nil, "", rest.Away(searchPeer, err)
	}
	if err := rest.PeerError(searchPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, "", err
	}
	var matches []Match
	for _, m := range answer.JSON200.Items {
		match := Match{OrgID: m.Id, Name: m.Title, District: m.District, Score: m.Score}
		for _, r := range m.Reasons {
			match.Reasons = append(match.Reasons, MatchReason{Kind: r.Kind, Points: r.Points, Words: r.Words, Detail: r.Detail})
		}
		matches = append(matches, match)
	}
	return matches, answer.JSON200.WeightsVersion, nil
}
