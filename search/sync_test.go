package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/search/api"
	"lianbang/services/platform/docstore"
)

// TestKilledProcessesLoseNothing has a service write at full speed, kills the engine's process, the service's or both again and
// again, and compares the index with the store in the end.
func TestKilledProcessesLoseNothing(t *testing.T) {
	t.Parallel() // its processes and its store are its own
	updates, kills := 1_500, 6
	if os.Getenv("LIANBANG_PROVE") == "1" {
		updates, kills = 10_000, 40
	}
	r := rand.New(rand.NewPCG(11, 11))
	eng, addr := startEngineApart(t)
	dir := t.TempDir()
	svc := &process{env: []string{serviceDir + "=" + dir, engineAddr + "=" + addr}}
	svc.start(t)
	t.Cleanup(func() { svc.kill() })

	acked := map[string]int64{}
	died := map[string]int{}
	began := time.Now()
	next := updates / kills / 2 // the update after which something is killed
	for i := 0; i < updates; {
		select {
		case line, alive := <-svc.said:
			if !alive { // killed, or it met the engine's death while it started: started again, as whoever runs it would
				svc.kill()
				svc.start(t)
				continue
			}
			if id, rev, ok := acknowledged(line); ok {
				acked[id] = max(acked[id], rev)
				i++
			}
		case <-time.After(time.Minute):
			t.Fatalf("nothing is written any more, after %d of %d updates", i, updates)
		}
		if i < next {
			continue
		}
		next += updates / kills
		time.Sleep(time.Duration(r.IntN(30)) * time.Millisecond) // anywhere in a put
		switch r.IntN(3) {
		case 0:
			eng.kill()
			eng.start(t)
			died["engine"]++
		case 1:
			svc.kill() // what it said before is still read; then it is started again
			died["service"]++
		case 2:
			svc.kill()
			eng.kill()
			eng.start(t)
			died["both"]++
		}
	}
	svc.kill()
	t.Logf("%d updates in %s, killed: %v", updates, time.Since(began).Round(time.Millisecond), died)

	ctx := context.Background()
	n, err := openNotes(ctx, dir, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.db.Close(ctx) }()
	waited := -1
	for deadline := time.Now().Add(2 * time.Minute); ; {
		left, err := n.all.Backlog(ctx)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%d documents are still marked: %v", left, err)
		}
		if waited < 0 {
			waited = int(left)
		}
		if left == 0 {
			break
		}
		_, _ = n.Once(ctx, func() bool { return true })
	}
	t.Logf("%d documents were still to be put after the last kill", waited)
	fresh, err := serviceAt(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	compareWithStore(t, n, fresh, acked)
	compareWithStore(t, n, n.search, acked)
}

// compareWithStore holds an index, and what a service remembers of it, to the store.
func compareWithStore(t *testing.T, n *notes, s *Service, acked map[string]int64) {
	t.Helper()
	ctx := context.Background()
	have := map[string]stored{}
	err := s.each(ctx, liveIndex, "audience IS NOT EMPTY", sourceFields, func(records []stored) error {
		for _, r := range records {
			have[r.ID] = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	live := 0
	err = n.all.Each(ctx, docstore.Query{}, func(d docstore.Doc[note]) error {
		r, there := have[d.ID]
		delete(have, d.ID)
		switch {
		case d.Rev < acked[d.ID]:
			t.Errorf("%s: revision %d was acknowledged, the store has %d", d.ID, acked[d.ID], d.Rev)
		case there == d.Body.Removed:
			t.Errorf("%s: removed in the store %v, in the index %v", d.ID, d.Body.Removed, there)
		case there && (r.Rev != d.Rev || !strings.Contains(r.Source, d.Body.Title)):
			t.Errorf("%s: revision %d %s in the store, %d %s in the index", d.ID, d.Rev, d.Body.Title, r.Rev, r.Source)
		}
		e := s.memory.get(key(api.DocumentTypeDemand, d.ID))
		if (e == nil) != d.Body.Removed || e != nil && e.title != d.Body.Title {
			t.Errorf("%s: memory says otherwise", d.ID)
		}
		if !d.Body.Removed {
			live++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range have {
		t.Errorf("the index has %s, which the store never had", id)
	}
	page, err := s.Search(ctx, Ask{Page: 1, PageSize: 1})
	if err != nil || page.Total != int64(live) || s.memory.len() != int64(live) {
		t.Errorf("%d found and %d remembered of %d: %v", page.Total, s.memory.len(), live, err)
	}
	if last := s.puts.of(api.DocumentTypeDemand); last.pending != 0 {
		t.Errorf("%d documents are shown as waiting, none does", last.pending)
	}
}

// TestReindexHasNoEmptyMoment polls from several sides and puts while the index is built again and swapped: no reader ever finds
// fewer documents than there are, in the total, in a facet's counts, in the listing or in memory.
func TestReindexHasNoEmptyMoment(t *testing.T) {
	h := open(t, t.TempDir())
	documents, rounds := 100, 1
	if os.Getenv("LIANBANG_PROVE") == "1" {
		documents, rounds = 2_000, 5
	}
	docs := invent(api.DocumentTypeDemand, documents, 2)
	h.put(t, api.DocumentTypeDemand, docs...)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var jobs, readers sync.WaitGroup
	jobs.Go(func() { _ = h.Reindexing(ctx) })
	all := int64(len(docs))
	ended := make(chan struct{})
	reads := make([]int, 3)
	for i, look := range []func() (string, int64, error){
		func() (string, int64, error) {
			page, err := h.Search(ctx, Ask{Page: 1, PageSize: 5})
			return "search", page.Total, err
		},
		func() (string, int64, error) {
			page, err := h.Search(ctx, Ask{Page: 1, PageSize: 1, Sort: "newest"})
			n := int64(0)
			for _, c := range page.Types {
				if c.Type == string(api.DocumentTypeDemand) {
					n = c.Count
				}
			}
			return "count of the type", n, err
		},
		func() (string, int64, error) {
			revs, _, err := h.Revisions(ctx, api.DocumentTypeDemand, 10_000, "")
			return "list of revisions", min(int64(len(revs)), h.memory.len()), err
		},
	} {
		readers.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				if what, n, err := look(); err != nil || n != all {
					t.Errorf("%s: %d of %d documents during a reindex: %v", what, n, all, err)
					return
				}
				reads[i]++
				time.Sleep(5 * time.Millisecond) // between polls, so that the reindex moves too
			}
		})
	}
	puts := 0
	for range rounds {
		if err := h.StartReindex(); err != nil {
			t.Fatal(err)
		}
		if err := h.StartReindex(); err == nil {
			t.Error("two reindexes at once")
		}
		for deadline := time.Now().Add(2 * time.Minute); h.reindex.now().State == api.Running; puts++ {
			if time.Now().After(deadline) {
				t.Fatal("the reindex does not end")
			}
			d := &docs[puts%len(docs)]
			d.Rev++
			d.Title = fmt.Sprintf("新题目%d", d.Rev)
			h.put(t, api.DocumentTypeDemand, *d)
		}
		if state := h.reindex.now(); state.State != api.Finished || state.Done != all {
			t.Fatalf("the reindex ended as %+v", state)
		}
	}
	close(ended)
	readers.Wait()
	stop()
	jobs.Wait()
	t.Logf("%d reindexes, %d puts and %v reads meanwhile", rounds, puts, reads)
	for _, n := range reads {
		if n < rounds {
			t.Errorf("a reader looked %d times: the test tests little", n)
		}
	}
	revs, _, err := h.Revisions(context.Background(), api.DocumentTypeDemand, 10_000, "")
	if err != nil || len(revs) != len(docs) {
		t.Fatalf("%d documents after the reindex, %v", len(revs), err)
	}
	have := map[string]int64{}
	for _, r := range revs {
		have[r.Id] = r.Rev
	}
	for _, d := range docs {
		if have[d.Id] != d.Rev {
			t.Errorf("%s: revision %d put, %d in the index", d.Id, d.Rev, have[d.Id])
		}
	}
}

// TestReindexIsCutShort kills the engine in the middle of reindexes: the index in use is whole after each, and the next
// reindex clears away what the one before left.
func TestReindexIsCutShort(t *testing.T) {
	t.Parallel() // its process is its own
	rounds := 2
	if os.Getenv("LIANBANG_PROVE") == "1" {
		rounds = 25
	}
	r := rand.New(rand.NewPCG(5, 5))
	eng, addr := startEngineApart(t)
	ctx := context.Background()
	s, err := serviceAt(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	docs := invent(api.DocumentTypeDemand, 200, 6)
	if err := s.Put(ctx, api.DocumentTypeDemand, api.DocumentBatch{Documents: docs}); err != nil {
		t.Fatal(err)
	}
	whole := func() {
		t.Helper()
		s, err := serviceAt(ctx, addr)
		if err != nil {
			t.Fatal(err)
		}
		revs, _, err := s.Revisions(ctx, api.DocumentTypeDemand, 1000, "")
		if err != nil || len(revs) != len(docs) || s.memory.len() != int64(len(docs)) {
			t.Fatalf("%d listed and %d remembered of %d: %v", len(revs), s.memory.len(), len(docs), err)
		}
	}
	cut := 0
	for range rounds {
		ended := make(chan error)
		go func() { ended <- s.rebuild(ctx) }()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(time.Duration(r.IntN(300)) * time.Millisecond):
			eng.kill()
			if <-ended != nil {
				cut++
			}
			eng.start(t)
		}
		whole()
	}
	if err := s.rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	whole()
	t.Logf("%d of %d reindexes were cut short", cut, rounds)
}

// TestBacklogIsSeen reads the metric: it grows while the engine is away, which is when it matters, and ends at nothing.
func TestBacklogIsSeen(t *testing.T) {
	h := openEmbedded(t, t.TempDir())
	metrics := prometheus.NewRegistry()
	if err := h.measure(metrics); err != nil {
		t.Fatal(err)
	}
	seen := func(name string) float64 {
		t.Helper()
		families, err := metrics.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == name && m.GetLabel()[0].GetValue() == string(api.DocumentTypeDemand) {
					return m.GetGauge().GetValue()
				}
			}
		}
		t.Fatalf("no metric %s", name)
		return 0
	}
	docs := invent(api.DocumentTypeDemand, 5, 8)
	away, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.Put(away, api.DocumentTypeDemand, api.DocumentBatch{Documents: docs[:2], Pending: 5}); err == nil {
		t.Fatal("a put succeeded without the engine")
	}
	if n := seen("lianbang_search_pending"); n != 5 {
		t.Errorf("%v documents wait while the engine is away, not 5", n)
	}
	for i, left := range []float64{3, 0} {
		batch := api.DocumentBatch{Documents: docs[:2], Pending: int64(5 - 2*i)}
		if i == 1 {
			batch.Documents = docs[2:]
		}
		if err := h.Put(context.Background(), api.DocumentTypeDemand, batch); err != nil {
			t.Fatal(err)
		}
		if n := seen("lianbang_search_pending"); n != left {
			t.Errorf("%v documents wait after put %d, not %v", n, i, left)
		}
	}
	if n := seen("lianbang_search_documents"); n != 5 {
		t.Errorf("%v documents are indexed, not 5", n)
	}
}

// TestOlderAnalysisIsMadeAgain opens a service over documents an older version of it has put.
func TestOlderAnalysisIsMadeAgain(t *testing.T) {
	h := open(t, t.TempDir())
	docs := invent(api.DocumentTypeDemand, 5, 1)
	h.put(t, api.DocumentTypeDemand, docs...)
	old, err := newRecord(api.DocumentTypeDemand, &docs[0], h.puts.next(), nil)
	if err != nil {
		t.Fatal(err)
	}
	old["analysis"] = 0
	for _, f := range fields {
		delete(old, f.name+"_t")
	}
	if err := h.write(context.Background(), liveIndex, []record{old}); err != nil {
		t.Fatal(err)
	}
	finds := func(h *house) bool {
		got := h.find(t, Ask{Query: docs[0].Title})
		return got.Relaxed == api.None && got.Total > 0
	}
	if finds(h) {
		t.Fatal("the old record is found by its title: the test tests nothing")
	}
	next := &house{Service: New(h.o)}
	if err := next.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { _ = next.Reindexing(ctx) }()
	for deadline := time.Now().Add(time.Minute); next.reindex.now().State != api.Finished; {
		if time.Now().After(deadline) {
			t.Fatalf("the index is not made again: %+v", next.reindex.now())
		}
	}
	if !finds(next) {
		t.Errorf("the record is not found by its title after the reindex")
	}
}

// TestReplicasLearnFromTheEngine has two services over one engine.
func TestReplicasLearnFromTheEngine(t *testing.T) {
	h := open(t, t.TempDir())
	other := New(h.o)
	if err := other.Open(context.Background()); err != nil {
		t.Fatal(err)
	}
	docs := invent(api.DocumentTypeOrganisation, 3, 1)
	h.put(t, api.DocumentTypeOrganisation, docs...)
	if err := h.Put(context.Background(), api.DocumentTypeOrganisation, api.DocumentBatch{Remove: []string{docs[0].Id}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := other.catchUp(context.Background()); err != nil {
			t.Fatal(err)
		}
		if other.memory.len() != 2 || other.memory.match.Len() != 2 {
			t.Errorf("the replica knows %d documents and matches %d, not 2", other.memory.len(), other.memory.match.Len())
		}
	}
	if err := h.clean(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestEverythingAtOnce puts, searches, suggests and matches from several sides; the race detector and a deadline watch.
func TestEverythingAtOnce(t *testing.T) {
	h := open(t, t.TempDir())
	docs := invent(api.DocumentTypeDemand, 60, 4)
	firms := invent(api.DocumentTypeOrganisation, 60, 4)
	h.put(t, api.DocumentTypeOrganisation, firms...)
	var all sync.WaitGroup
	ended := make(chan struct{})
	for n := range 4 {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(n), 4))
			for i := range 30 {
				switch n {
				case 0:
					h.put(t, api.DocumentTypeDemand, docs[r.IntN(60)])
				case 1:
					if err := h.Put(context.Background(), api.DocumentTypeDemand, api.DocumentBatch{Remove: []string{docs[r.IntN(60)].Id}}); err != nil {
						t.Error(err)
					}
					h.memory.match.Refresh()
				case 2:
					h.find(t, Ask{Actor: member("org001"), Query: some(r, things), ForMe: true})
					h.Suggest(context.Background(), member("x"), []string{"数", "shukong"}[i%2], everyType, 8)
				case 3:
					h.MatchText(member("org001"), docs[r.IntN(60)].Body, nil, "", "", 5)
					if err := h.catchUp(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	go func() { all.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("they wait for each other")
	}
}
