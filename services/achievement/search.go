package achievement

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
func project(id string, rev int64, a *Achievement, n names) searchapi.SearchDocument {
	p := &a.Profile
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: p.Name, Summary: p.Summary, Url: publicPage(id), Audience: []string{"public"},
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

// searchClient is search as this service uses it.
type searchClient struct {
	api *searchapi.ClientWithResponses
	s   *Service
}

const searchPeer = "search"

func newSearchClient(peers *http.Client, s *Service) (*searchClient, error) {
	c, err := searchapi.NewClientWithResponses("http://"+searchPeer, searchapi.WithHTTPClient(peers))
	return &searchClient{api: c, s: s}, err
}

// push brings achievements as they are now into the index, or out of it.
func (c *searchClient) push(ctx context.Context, docs []docstore.Doc[Achievement]) error {
	n, err := c.s.names(ctx)
	if err != nil {
		return err
	}
	var batch searchapi.DocumentBatch
	for _, doc := range docs {
		if doc.Body.searchable() {
			batch.Documents = append(batch.Documents, project(doc.ID, doc.Rev, &doc.Body, n))
		} else {
			batch.Remove = append(batch.Remove, doc.ID)
		}
	}
	if batch.Pending, err = c.s.achievements.Backlog(ctx); err != nil {
		return err
	}
	return c.put(ctx, batch)
}

func (c *searchClient) put(ctx context.Context, batch searchapi.DocumentBatch) error {
	answer, err := c.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeAchievement, batch)
	if err != nil {
		return rest.Away(searchPeer, err)
	}
	return rest.PeerError(searchPeer, answer.StatusCode(), answer.Body)
}

// compare holds what the index has to what the store has: what differs is marked for the reconciler, what the store does not offer is
// removed. It repairs an index that was lost, restored from an old copy, or filled by an older projection.
func (c *searchClient) compare(ctx context.Context) (repaired int, err error) {
	indexed := map[string]searchapi.DocumentRevision{}
	for cursor := ""; ; {
		answer, err := c.api.ListSearchRevisionsWithResponse(ctx, searchapi.DocumentTypeAchievement, &searchapi.ListSearchRevisionsParams{Limit: 1000, Cursor: cursor})
		if err != nil {
			return 0, rest.Away(searchPeer, err)
		}
		if err := rest.PeerError(searchPeer, answer.StatusCode(), answer.Body); err != nil {
			return 0, err
		}
		for _, r := range answer.JSON200.Items {
			indexed[r.Id] = r
		}
		if cursor = answer.JSON200.Next; cursor == "" {
			break
		}
	}
	err = c.s.achievements.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Achievement]) error {
		r, there := indexed[doc.ID]
		delete(indexed, doc.ID)
		if should := doc.Body.searchable(); there == should && (!there || r.Rev == doc.Rev && r.Projection == projection) {
			return nil
		}
		repaired++
		return c.s.achievements.MarkDirty(ctx, doc.ID)
	})
	if err != nil || len(indexed) == 0 {
		return repaired, err
	}
	var strays searchapi.DocumentBatch
	for id := range indexed {
		if strays.Remove = append(strays.Remove, id); len(strays.Remove) == 500 {
			break // the next comparison goes on
		}
	}
	return repaired + len(strays.Remove), c.put(ctx, strays)
}

// comparePause is the time between two comparisons.
const comparePause = time.Hour

// comparing compares at the start and then every hour. It is a job.
func (c *searchClient) comparing(ctx context.Context) error {
	for {
		pause := comparePause
		repaired, err := c.compare(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			c.s.o.Log.Warn("the index could not be compared", "error", err)
			pause = 30 * time.Second
		case repaired > 0:
			c.s.o.Log.Info("the index differed from the store", "achievements", repaired)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
