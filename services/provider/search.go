package provider

import (
	"context"
	"slices"
	"strings"
	"time"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// projection rises when providers are projected differently.
const projection = 1

// project is what search knows of a provider: what its public page says, with everything it offers, so that a sentence about a trouble
// finds who ends it.
func project(id string, rev int64, m *Membership, city string, districts map[string]string) searchapi.SearchDocument {
	a := m.Application
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: m.OrgName, Summary: a.Intro, Url: providerPage(id), Audience: []string{"public"},
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

// searchClient is search as this service uses it: the index it feeds.
type searchClient struct {
	api *searchapi.ClientWithResponses
	s   *Service
}

// push brings providers as they are now into the index, or out of it.
func (c *searchClient) push(ctx context.Context, docs []docstore.Doc[Membership]) error {
	city, err := c.s.o.Lists.City(ctx)
	if err != nil {
		return err
	}
	districts, err := c.s.o.Lists.Districts(ctx)
	if err != nil {
		return err
	}
	var batch searchapi.DocumentBatch
	for _, doc := range docs {
		if doc.Body.listed() {
			batch.Documents = append(batch.Documents, project(doc.ID, doc.Rev, &doc.Body, city, districts))
		} else {
			batch.Remove = append(batch.Remove, doc.ID)
		}
	}
	if batch.Pending, err = c.s.members.Backlog(ctx); err != nil {
		return err
	}
	return c.put(ctx, batch)
}

func (c *searchClient) put(ctx context.Context, batch searchapi.DocumentBatch) error {
	answer, err := c.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeProvider, batch)
	if err != nil {
		return rest.Away(searchPeer, err)
	}
	return rest.PeerError(searchPeer, answer.StatusCode(), answer.Body)
}

// compare holds what the index has to what the store has: what differs is marked for the reconciler, what the store does not know is
// removed. It repairs an index that was lost, restored from an old copy, or filled by an older projection.
func (c *searchClient) compare(ctx context.Context) (repaired int, err error) {
	indexed := map[string]searchapi.DocumentRevision{}
	for cursor := ""; ; {
		answer, err := c.api.ListSearchRevisionsWithResponse(ctx, searchapi.DocumentTypeProvider, &searchapi.ListSearchRevisionsParams{Limit: 1000, Cursor: cursor})
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
	err = c.s.members.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Membership]) error {
		r, there := indexed[doc.ID]
		delete(indexed, doc.ID)
		should := doc.Body.listed()
		if there == should && (!there || r.Rev == doc.Rev && r.Projection == projection) {
			return nil
		}
		repaired++
		return c.s.members.MarkDirty(ctx, doc.ID)
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
			c.s.o.Log.Info("the index differed from the store", "providers", repaired)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
