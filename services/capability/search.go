package capability

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// projection rises when project below changes, so that the periodic comparison finds the old ones.
const projection = 1

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
func project(id string, rev int64, c *Capability, n names, today when.Day) searchapi.SearchDocument {
	t := &c.Terms
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: t.Title, Summary: t.Summary, Url: publicPage(id), OrgId: c.OrgID, OrgName: c.OrgName,
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

// searchClient is search as this service uses it.
type searchClient struct {
	api *searchapi.ClientWithResponses
	s   *Service // set once the service stands
}

const searchPeer = "search"

func newSearchClient(peers *http.Client) (*searchClient, error) {
	c, err := searchapi.NewClientWithResponses("http://"+searchPeer, searchapi.WithHTTPClient(peers))
	return &searchClient{api: c}, err
}

// push brings capabilities as they are now into the index, or out of it.
func (c *searchClient) push(ctx context.Context, docs []docstore.Doc[Capability]) error {
	n, err := c.s.names(ctx)
	if err != nil {
		return err
	}
	var batch searchapi.DocumentBatch
	for _, doc := range docs {
		if doc.Body.searchable() {
			batch.Documents = append(batch.Documents, project(doc.ID, doc.Rev, &doc.Body, n, when.DayOf(c.s.now())))
		} else {
			batch.Remove = append(batch.Remove, doc.ID)
		}
	}
	if batch.Pending, err = c.s.capabilities.Backlog(ctx); err != nil {
		return err
	}
	return c.put(ctx, batch)
}

func (c *searchClient) put(ctx context.Context, batch searchapi.DocumentBatch) error {
	answer, err := c.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeCapability, batch)
	if err != nil {
		return rest.Away(searchPeer, err)
	}
	return rest.PeerError(searchPeer, answer.StatusCode(), answer.Body)
}

// compare holds what the index has to what the store has: what differs is marked for the reconciler, what the store does not publish is
// removed. It repairs an index that was lost, restored from an old copy, or filled by an older projection.
func (c *searchClient) compare(ctx context.Context) (repaired int, err error) {
	indexed := map[string]searchapi.DocumentRevision{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		answer, err := c.api.ListSearchRevisionsWithResponse(ctx, searchapi.DocumentTypeCapability, &searchapi.ListSearchRevisionsParams{Limit: 1000, Cursor: cursor})
		if err != nil {
			return 0, rest.Away(searchPeer, err)
		}
		if err := rest.PeerError(searchPeer, answer.StatusCode(), answer.Body); err != nil {
			return 0, err
		}
		for _, r := range answer.JSON200.Items {
			indexed[r.Id] = r
		}
		cursor = answer.JSON200.Next
	}
	err = c.s.capabilities.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Capability]) error {
		r, there := indexed[doc.ID]
		delete(indexed, doc.ID)
		if there == doc.Body.searchable() && (!there || r.Rev == doc.Rev && r.Projection == projection) {
			return nil
		}
		repaired++
		return c.s.capabilities.MarkDirty(ctx, doc.ID)
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
			c.s.o.Log.Info("the index differed from the store", "capabilities", repaired)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
