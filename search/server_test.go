package search

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/services/platform/access"
)

// TestEverythingWeAskOfTheServer goes once through all that this package asks of a search server: on the embedded engine, and the
// same on a real Meilisearch, where LIANBANG_TEST_MEILI_URL says there is one (LIANBANG_TEST_MEILI_KEY is its key). There it uses,
// and so empties, the product's own indexes.
func TestEverythingWeAskOfTheServer(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { askEverything(t, openEmbedded(t, t.TempDir())) })
	t.Run("Meilisearch", func(t *testing.T) {
		if realServer() == "" {
			t.Skip("unverified against a real Meilisearch: LIANBANG_TEST_MEILI_URL names none")
		}
		askEverything(t, open(t, ""))
	})
}

func askEverything(t *testing.T, h *house) {
	ctx := context.Background()
	var all []placed
	t.Run("settings", func(t *testing.T) {
		if v, err := h.o.Engine.VersionWithContext(ctx); err != nil || v.PkgVersion == "" {
			t.Errorf("version %+v: %v", v, err)
		}
		if err := h.ready(ctx); err != nil {
			t.Error(err)
		}
		have, err := h.o.Engine.Index(liveIndex).GetSettingsWithContext(ctx)
		if err != nil || !sameSettings(have, settings()) {
			t.Errorf("the index is defined as %+v: %v", have, err)
		}
		before := h.lastTask(t)
		if err := h.define(ctx, liveIndex); err != nil {
			t.Error(err)
		}
		if after := h.lastTask(t); after != before {
			t.Error("an index that is as it should be was asked to change, which makes a server index everything again")
		}
		var refused taskError
		err = h.write(ctx, liveIndex, []record{{"type": "demand"}})
		if !errors.As(err, &refused) || refused.code != "missing_document_id" {
			t.Errorf("a record without its key: %v", err)
		}
	})
	t.Run("sync", func(t *testing.T) {
		for i, kind := range documentTypes {
			docs := invent(kind, 30, uint64(20+i))
			h.put(t, kind, docs...)
			for j := range docs[:10] { // again, in another state
				docs[j].Rev++
				docs[j].Title = "改过的" + docs[j].Title
				docs[j].Audience = []string{[]string{"org001", verifiedOrgs, everybody}[j%3]}
			}
			h.put(t, kind, docs[:10]...)
			var gone []string
			for _, d := range docs[25:] {
				gone = append(gone, d.Id)
			}
			if err := h.Put(ctx, kind, api.DocumentBatch{Remove: gone}); err != nil {
				t.Fatal(err)
			}
			for _, d := range docs[:25] {
				all = append(all, placed{kind, d})
			}
		}
		h.holds(t, all)
	})
	t.Run("search", func(t *testing.T) {
		r := rand.New(rand.NewPCG(9, 9))
		for range 40 {
			a := Ask{Actor: []access.Actor{{}, member("org001"), city}[r.IntN(3)], Type: []string{"", everyType, "demand", "organisation"}[r.IntN(4)],
				Query: []string{"", some(r, things), some(r, doings), "宁波org0"}[r.IntN(4)], Chosen: map[string][]string{},
				Sort: []string{"", "newest", "deadline", "nearest"}[r.IntN(4)], Near: some(r, districts), Page: 1 + r.IntN(3), PageSize: 5}
			for _, facet := range []string{"district", "chain", "kind"} {
				if r.IntN(4) == 0 {
					a.Chosen[facet] = []string{some(r, map[string][]string{"district": districts, "chain": chains, "kind": demandIn}[facet])}
				}
			}
			if r.IntN(3) == 0 {
				a.BudgetMin = int64(r.IntN(300)) * 1_000_000
			}
			if r.IntN(4) == 0 {
				a.DeadlineAfter = now.Add(time.Duration(r.IntN(600)-300) * time.Hour)
			}
			h.equalsBruteForce(t, a, all)
		}
	})
	t.Run("language", func(t *testing.T) {
		h.put(t, api.DocumentTypeProvider, api.SearchDocument{Id: "words", Rev: 1, Title: "城市景点导览，安装简单", Summary: "Supports Kubernetes and 5G.",
			Audience: []string{everybody}, Url: "/words"})
		for query, found := range map[string]bool{"景点": true, "经典": false, "简单": true, "点": true, "5G": true, "6G": false,
			"kubernetes": true, "kuberntes": true, "kubern": true, "jingdian": true} {
			page := h.find(t, Ask{Query: query, Type: "provider"})
			if got := slices.Contains(ids(page), "words"); got != found {
				t.Errorf("%s: found %v, want %v", query, got, found)
			}
		}
		if err := h.Put(ctx, api.DocumentTypeProvider, api.DocumentBatch{Remove: []string{"words"}}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("suggestions", func(t *testing.T) {
		fresh := New(h.o)
		if err := fresh.Open(ctx); err != nil {
			t.Fatal(err)
		}
		wanted := []rune(all[15].d.Title)
		list := fresh.Suggest(ctx, access.Actor{}, string(wanted[:4]), everyType, 8)
		if len(list) == 0 || !strings.Contains(list[0].Text, string(wanted[:4])) {
			t.Errorf("%s: %+v", string(wanted[:4]), list)
		}
		d := invent(api.DocumentTypeDemand, 1, 77)[0]
		d.Id = "another-process-put-this"
		h.put(t, api.DocumentTypeDemand, d)
		all = append(all, placed{api.DocumentTypeDemand, d})
		if err := fresh.catchUp(ctx); err != nil || fresh.memory.get(key(api.DocumentTypeDemand, d.Id)) == nil {
			t.Errorf("what another process put is not learnt: %v", err)
		}
	})
	t.Run("swap", func(t *testing.T) {
		ended := make(chan struct{})
		var reader sync.WaitGroup
		reader.Go(func() {
			for {
				page, err := h.Search(ctx, Ask{Actor: city, Page: 1, PageSize: 3})
				if err != nil || page.Total != int64(len(all)) {
					t.Errorf("%d of %d documents during a reindex: %v", page.Total, len(all), err)
					return
				}
				select {
				case <-ended:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		})
		if err := h.rebuild(ctx); err != nil {
			t.Error(err)
		}
		close(ended)
		reader.Wait()
		h.holds(t, all)
		if _, err := h.o.Engine.GetIndexWithContext(ctx, buildIndex); !isMissing(err) {
			t.Errorf("the index beside is left behind: %v", err)
		}
	})
	t.Run("housekeeping", func(t *testing.T) {
		if err := h.clean(ctx); err != nil {
			t.Error(err)
		}
		h.holds(t, all)
		b := h.Backlog(ctx)
		if !b.Engine.Reachable || b.Engine.TasksWaiting != 0 || b.Engine.Documents < int64(len(all)) {
			t.Errorf("%+v", b.Engine)
		}
		if err := h.drop(ctx, liveIndex); err != nil {
			t.Error(err)
		}
		if _, err := h.Search(ctx, Ask{Page: 1, PageSize: 1}); err == nil {
			t.Error("an index that is gone answers")
		}
	})
}

// lastTask is the newest task of the server.
func (h *house) lastTask(t *testing.T) int64 {
	t.Helper()
	tasks, err := h.o.Engine.GetTasksWithContext(context.Background(), &meilisearch.TasksQuery{Limit: 1})
	if err != nil || len(tasks.Results) == 0 {
		t.Fatalf("no task: %v", err)
	}
	return tasks.Results[0].UID
}

// holds compares the revisions in the index with those put.
func (h *house) holds(t *testing.T, all []placed) {
	t.Helper()
	have, want := map[string]int64{}, map[string]int64{}
	for _, p := range all {
		want[string(p.kind)+p.d.Id] = p.d.Rev
	}
	for _, kind := range documentTypes {
		for cursor, first := "", true; first || cursor != ""; first = false {
			items, next, err := h.Revisions(context.Background(), kind, 15, cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range items {
				have[string(kind)+it.Id] = it.Rev
			}
			cursor = next
		}
	}
	for id, rev := range want {
		if have[id] != rev {
			t.Errorf("%s: revision %d put, %d in the index", id, rev, have[id])
		}
	}
	if len(have) != len(want) {
		t.Errorf("%d documents in the index, %d put", len(have), len(want))
	}
}

// equalsBruteForce holds a page, its total, its order and its counts to a look at every document.
func (h *house) equalsBruteForce(t *testing.T, a Ask, all []placed) {
	t.Helper()
	page := h.find(t, a)
	if page.Relaxed != api.None { // nothing answers, and something near was looked for
		if slices.ContainsFunc(all, func(p placed) bool { return p.answers(&a, "") }) {
			t.Errorf("%+v: relaxed to %s", a, page.Relaxed)
		}
		return
	}
	byKey := map[string]placed{}
	var keys []string
	for _, p := range all {
		if p.answers(&a, "") {
			byKey[string(p.kind)+p.d.Id] = p
			keys = append(keys, p.sortKey(a.Sort, a.Near))
		}
	}
	slices.Sort(keys)
	from := min((a.Page-1)*a.PageSize, len(keys))
	if page.Total != int64(len(keys)) || len(page.Hits) != min(a.PageSize, len(keys)-from) {
		t.Errorf("%+v: %d found, %d shown, want %d", a, page.Total, len(page.Hits), len(keys))
		return
	}
	for i, hit := range page.Hits {
		p, ok := byKey[string(hit.Type)+hit.Id]
		if !ok || p.sortKey(a.Sort, a.Near) != keys[from+i] {
			t.Errorf("%+v: hit %d is %s, which does not belong there", a, i, hit.Id)
		}
		delete(byKey, string(hit.Type)+hit.Id)
	}
	for _, f := range page.Facets {
		want := map[string]int64{}
		for _, p := range all {
			if p.answers(&a, f.Name) {
				for _, v := range p.values(f.Name) {
					want[v]++
				}
			}
		}
		for _, v := range f.Values {
			if v.Count != want[v.Value] {
				t.Errorf("%+v: %s %s counted %s, want %d", a, f.Name, v.Value, strconv.FormatInt(v.Count, 10), want[v.Value])
			}
		}
	}
}
