package account

import (
	"context"
	"net/http"
	"strings"
	"time"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// projection rises when project below changes, so that the periodic comparison finds the old ones.
const projection = 1

// project is what search may know of a verified organisation: what anybody may read of it. Facts are codes, which pages show by their
// names; the names are searched too.
func project(id string, rev int64, o *Organisation, city *Reference, today Day) searchapi.SearchDocument {
	p := &o.Profile
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: p.Name, Summary: p.Summary, OrgId: id, OrgName: p.Name,
		Url: "/organisations/" + id, Audience: []string{"public"}}
	var body []string
	body = append(body, p.Products...)
	for _, f := range o.Facts {
		body = append(body, f.Value)
	}
	doc.Body = strings.Join(body, "\n")
	doc.Keywords = append(doc.Keywords, p.Products...)
	doc.Keywords = append(doc.Keywords, p.CreditCode)
	for _, c := range p.Chains {
		doc.Keywords = append(doc.Keywords, nameIn(city.Chains, c))
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

// searchIndex is search as this service uses it.
type searchIndex struct {
	api *searchapi.ClientWithResponses
	s   *Service
}

func newSearchIndex(peers *http.Client, s *Service) (*searchIndex, error) {
	c, err := searchapi.NewClientWithResponses("http://search", searchapi.WithHTTPClient(peers))
	return &searchIndex{c, s}, err
}

// push brings organisations as they are now into the index, or out of it when they are not verified.
func (x *searchIndex) push(ctx context.Context, docs []OrgDoc) error {
	city, err := x.s.city(ctx)
	if err != nil {
		return err
	}
	today := DayOf(x.s.now())
	var batch searchapi.DocumentBatch
	for _, d := range docs {
		if d.Body.State == Verified {
			batch.Documents = append(batch.Documents, project(d.ID, d.Rev, &d.Body, &city.Body, today))
		} else {
			batch.Remove = append(batch.Remove, d.ID)
		}
	}
	if batch.Pending, err = x.s.orgs.Backlog(ctx); err != nil {
		return err
	}
	answer, err := x.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeOrganisation, batch)
	if err != nil {
		return rest.Away("search", err)
	}
	return rest.PeerError("search", answer.StatusCode(), answer.Body)
}

// turnTitles marks the organisations whose titles begin or end with a new day, since their tier in the index changes then. It is a job.
func (s *Service) turnTitles(ctx context.Context) error {
	last := DayOf(s.now().AddDate(0, 0, -1)) // a restart looks a day back
	for {
		if today := DayOf(s.now()); today != last {
			if err := s.markTurned(ctx, last, today); err != nil {
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
func (s *Service) markTurned(ctx context.Context, from, to Day) error {
	return s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(o OrgDoc) error {
		for _, t := range o.Body.Titles {
			if t.InForce(from) != t.InForce(to) {
				return s.orgs.MarkDirty(ctx, o.ID)
			}
		}
		return nil
	})
}
