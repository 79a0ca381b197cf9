package search

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// searchFound tells a person what came up for a saved search.
const searchFound = "search.found"

const (
	watchEvery = time.Second
	watchAll   = time.Minute // every saved search is looked at this often, also when nothing seems to have changed
	watchLease = 15 * time.Second
	foundPage  = 100
)

// Watching looks for what is new to saved searches and tells it. It is a job; one replica does it at a time.
func (s *Service) Watching(ctx context.Context) error {
	for ctx.Err() == nil {
		lease, held, err := s.o.DB.Lease(ctx, "saved searches", s.o.Holder, watchLease)
		if err != nil {
			return err
		}
		if held {
			err = s.watch(ctx, lease)
			if err := errors.Join(err, lease.Release(context.WithoutCancel(ctx))); err != nil {
				return err
			}
		}
		pause(ctx, watchLease/3)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watch works for as long as the lease lasts.
func (s *Service) watch(ctx context.Context, lease *docstore.Lease) error {
	renewed, looked, seen := time.Now(), time.Time{}, uint64(0)
	for ctx.Err() == nil {
		if time.Since(renewed) > watchLease/3 {
			if err := lease.Renew(ctx); err != nil {
				return nil //nolint:nilerr // another replica holds it now; Watching asks again later
			}
			renewed = time.Now()
		}
		if now := s.memory.changes(); now != seen || time.Since(looked) > watchAll {
			if err := s.lookAll(ctx, lease); err != nil {
				return err
			}
			looked, seen = time.Now(), now
		}
		if err := s.tellDue(ctx); err != nil {
			return err
		}
		pause(ctx, watchEvery)
	}
	return nil
}

// lookAll looks for every active saved search.
func (s *Service) lookAll(ctx context.Context, lease *docstore.Lease) error {
	return s.o.Saved.Each(ctx, docstore.Query{Index: "byDue", Equal: []any{savedActive}, Limit: docstore.MaxLimit}, func(doc savedDoc) error {
		if !lease.Held() {
			return fault.New(fault.Stale, "lease_lost", "another replica looks now")
		}
		return s.look(ctx, doc)
	})
}

// tellDue tells what has waited for its morning.
func (s *Service) tellDue(ctx context.Context) error {
	page, err := s.o.Saved.Find(ctx, docstore.Query{Index: "byDue", Equal: []any{savedActive}, To: s.o.Now().Add(time.Millisecond), Limit: docstore.MaxLimit})
	if err != nil {
		return err
	}
	for _, doc := range page.Items {
		if err := s.note(ctx, doc, nil, doc.Body.Seen); err != nil {
			return err
		}
	}
	return nil
}

// look finds what was put into the index since the last look, was published since the search was saved, and was not told yet.
func (s *Service) look(ctx context.Context, doc savedDoc) error {
	b := &doc.Body
	if err := s.settle(ctx, doc.ID, b.Settling); err != nil {
		return err
	}
	verified := false
	if org := s.memory.get(key(api.DocumentTypeOrganisation, b.OrgID)); org != nil {
		verified = org.verified
	}
	asked := b.ask(verified)
	q := words{s.table().same.query(text.Query(asked.Query).Exact), meilisearch.All, api.None}
	cs := asked.conditions(s.o.Now())
	cs.add("new", "putAt >= "+strconv.FormatInt(b.Seen-followOverlap.Milliseconds(), 10)+" AND publishedAt >= "+strconv.FormatInt(int64(b.Since), 10))
	var fresh []FoundItem
	seen := b.Seen
	for offset := int64(0); len(fresh) < maxWaiting; offset += foundPage {
		r := q.count(cs.filter(""))
		r.HitsPerPage, r.Page, r.Sort, r.Offset, r.Limit = nil, 0, []string{"putAt:asc"}, offset, foundPage
		results, err := s.multi(ctx, &meilisearch.MultiSearchRequest{Queries: []*meilisearch.SearchRequest{r}})
		if err != nil {
			return err
		}
		hits, err := decode(results[0].Hits)
		if err != nil {
			return err
		}
		items, err := s.untold(ctx, doc, hits)
		if err != nil {
			return err
		}
		fresh = append(fresh, items...)
		if len(hits) > 0 {
			seen = max(seen, hits[len(hits)-1].PutAt)
		}
		if len(hits) < foundPage {
			break
		}
	}
	// Moving Seen alone only saves looking again: not worth a write for every put.
	if len(fresh) == 0 && seen-b.Seen < followOverlap.Milliseconds() {
		return nil
	}
	return s.note(ctx, doc, fresh, seen)
}

// untold are those of some hits that were neither told nor wait for it, and that the person may see still.
func (s *Service) untold(ctx context.Context, doc savedDoc, hits []stored) ([]FoundItem, error) {
	if len(hits) == 0 {
		return nil, nil
	}
	var toldIDs []string
	for _, h := range hits {
		toldIDs = append(toldIDs, toldID(doc.ID, h.Key))
	}
	told, err := s.o.Told.GetMany(ctx, toldIDs)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, t := range told {
		known[t.ID] = true
	}
	for _, f := range doc.Body.Waiting {
		known[toldID(doc.ID, f.Key)] = true
	}
	var out []FoundItem
	var stands *bool
	for i := range hits {
		d, err := hits[i].document()
		if err != nil {
			return nil, err
		}
		if d == nil || known[toldIDs[i]] {
			continue
		}
		if !slices.Contains(d.Audience, everybody) {
			if stands == nil {
				is, err := s.stands(ctx, &doc.Body)
				if err != nil {
					return nil, err
				}
				stands = &is
			}
			if !*stands {
				continue
			}
		}
		out = append(out, FoundItem{Key: hits[i].Key, Title: shortened(d.Title), URL: d.Url})
	}
	return out, nil
}

// stands asks whether the person is still who the search was saved for: asked only when something is not for everybody.
func (s *Service) stands(ctx context.Context, b *SavedSearch) (bool, error) {
	if s.o.Standing == nil {
		return false, nil
	}
	err := s.o.Standing(ctx, access.Actor{UserID: b.UserID, OrgID: b.OrgID, Staff: b.Staff, District: b.District})
	if fault.KindOf(err) == fault.Unauthenticated {
		return false, nil
	}
	return err == nil, err
}

// note writes down what was found, and tells what is due, in one write with its message: a crash before it finds the same again, one
// after it has told.
func (s *Service) note(ctx context.Context, doc savedDoc, fresh []FoundItem, seen int64) error {
	if err := s.settle(ctx, doc.ID, doc.Body.Settling); err != nil {
		return err
	}
	after, err := s.o.Saved.Update(ctx, doc.ID, func(tx *docstore.Tx[SavedSearch]) error {
		b := tx.Body
		if b.State != savedActive || len(b.Settling) > 0 {
			return nil // its owner changed it, or another replica told, in between
		}
		if b.Since == doc.Body.Since && sameCriteria(b.Criteria, doc.Body.Criteria) {
			b.find(slices.DeleteFunc(slices.Clone(fresh), func(f FoundItem) bool {
				return slices.ContainsFunc(b.Waiting, func(w FoundItem) bool { return w.Key == f.Key })
			}), s.o.Now())
			b.Seen = max(b.Seen, seen)
		}
		if message, due := b.tell(s.o.Now()); due {
			return tx.Emit(searchFound, message)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.settle(ctx, doc.ID, after.Body.Settling)
}

// settle marks items as told and then forgets that they were to be.
func (s *Service) settle(ctx context.Context, id string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	for _, k := range keys {
		_, err := s.o.Told.Insert(ctx, toldID(id, k), ToldItem{At: docstore.MillisOf(s.o.Now())})
		if err != nil && fault.KindOf(err) != fault.Duplicate {
			return err
		}
	}
	_, err := s.o.Saved.Update(ctx, id, func(tx *docstore.Tx[SavedSearch]) error {
		tx.Body.Settling = slices.DeleteFunc(tx.Body.Settling, func(k string) bool { return slices.Contains(keys, k) })
		return nil
	})
	return err
}

func toldID(saved, key string) string { return saved + "/" + key }

const titleRunes = 80

func shortened(title string) string {
	if r := []rune(title); len(r) > titleRunes {
		return string(r[:titleRunes-1]) + "…"
	}
	return title
}
