package account

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	searchapi "lianbang/search/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// projection rises when project below changes, so that the periodic comparison finds the old ones.
const projection = 1

// project is what search may know of a verified organisation: what anybody may read of it. Facts are codes, which pages show by their
// names; the names are searched too.
func project(id string, rev int64, o *Organisation, city *Reference, today when.Day) searchapi.SearchDocument {
	p := &o.Profile
	doc := searchapi.SearchDocument{Id: id, Rev: rev, Projection: projection, Title: p.Name, Summary: p.Summary, OrgId: id, OrgName: p.Name,
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
	today := when.DayOf(x.s.now())
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
	return x.put(ctx, batch)
}

func (x *searchIndex) put(ctx context.Context, batch searchapi.DocumentBatch) error {
	answer, err := x.api.PutSearchDocumentsWithResponse(ctx, searchapi.DocumentTypeOrganisation, batch)
	if err != nil {
		return rest.Away("search", err)
	}
	return rest.PeerError("search", answer.StatusCode(), answer.Body)
}

// compare holds what the index has to what the store has: what differs is marked for the reconciler, what the store does not publish is
// removed. It repairs an index that was lost, restored from an old copy, or filled by an older projection.
func (x *searchIndex) compare(ctx context.Context) (repaired int, err error) {
	indexed := map[string]searchapi.DocumentRevision{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		answer, err := x.api.ListSearchRevisionsWithResponse(ctx, searchapi.DocumentTypeOrganisation, &searchapi.ListSearchRevisionsParams{Limit: 1000, Cursor: cursor})
		if err != nil {
			return 0, rest.Away("search", err)
		}
		if err := rest.PeerError("search", answer.StatusCode(), answer.Body); err != nil {
			return 0, err
		}
		for _, r := range answer.JSON200.Items {
			indexed[r.Id] = r
		}
		cursor = answer.JSON200.Next
	}
	err = x.s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(o OrgDoc) error {
		r, there := indexed[o.ID]
		delete(indexed, o.ID)
		if there && r.Rev == o.Rev && r.Projection == projection {
			return nil
		}
		repaired++
		return x.s.orgs.MarkDirty(ctx, o.ID)
	})
	if err != nil || len(indexed) == 0 {
		return repaired, err
	}
	// What is left is not verified, or was not when the store was walked: the reconciler, which reads it again, decides. Only what the
	// store has never had is removed here.
	var strays searchapi.DocumentBatch
	for id := range indexed {
		switch err := x.s.orgs.MarkDirty(ctx, id); {
		case err == nil:
		case fault.KindOf(err) == fault.NotFound:
			strays.Remove = append(strays.Remove, id)
		default:
			return repaired, err
		}
		if repaired++; len(strays.Remove) == 500 {
			break // the next comparison goes on
		}
	}
	if len(strays.Remove) == 0 {
		return repaired, nil
	}
	return repaired, x.put(ctx, strays)
}

// comparePause is the time between two comparisons.
const comparePause = time.Hour

// comparing compares at the start and then every hour. It is a job.
func (x *searchIndex) comparing(ctx context.Context) error {
	for {
		pause := comparePause
		repaired, err := x.compare(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			x.s.log.Warn("the index could not be compared", "error", err)
			pause = 30 * time.Second
		case repaired > 0:
			x.s.log.Info("the index differed from the store", "organisations", repaired)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
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
		if !slices.ContainsFunc(o.Body.Titles, func(t Title) bool { return t.Ending(s.now()) }) {
			return nil
		}
		_, err := s.orgs.Update(ctx, o.ID, func(tx *docstore.Tx[Organisation]) error {
			tx.Body.Titles = slices.Clone(tx.Body.Titles)
			for i, t := range tx.Body.Titles {
				if !t.Ending(tx.Now) {
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
