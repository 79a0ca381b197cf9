package search

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
)

const engineDir, engineAddr = "LIANBANG_TEST_ENGINE_DIR", "LIANBANG_TEST_ENGINE_ADDR"

// TestMain is also the engine that tests kill: this binary with a directory and an address in its environment.
func TestMain(m *testing.M) {
	if dir := os.Getenv(engineDir); dir != "" {
		serveEngine(dir, os.Getenv(engineAddr))
		return
	}
	os.Exit(m.Run())
}

func serveEngine(dir, addr string) {
	eng, err := engine.Open(dir, engine.Options{MasterKey: "key"})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		panic(err)
	}
	panic(eng.App().Listener(listener))
}

// process is an engine in a process of its own.
type process struct {
	dir, addr string
	cmd       *exec.Cmd
}

func startProcess(t *testing.T) *process {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{dir: t.TempDir(), addr: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	t.Cleanup(func() { p.kill() })
	return p
}

func (p *process) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), engineDir+"="+p.dir, engineAddr+"="+p.addr)
	p.cmd.Stderr = os.Stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// service is a fresh search service over the process, as after a restart.
func (p *process) service(t *testing.T) *Service {
	t.Helper()
	s := New(Options{Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Weights: match.DefaultWeights(),
		Engine: meilisearch.New("http://"+p.addr, meilisearch.WithAPIKey("key"), meilisearch.DisableRetries(),
			meilisearch.WithCustomClient(&http.Client{Timeout: 5 * time.Second}))})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := s.Open(ctx); err != nil {
		t.Fatal(err)
	}
	return s
}

// store is a service's documents with their marks, as docstore keeps them.
type store struct {
	mu    sync.Mutex
	docs  map[string]api.SearchDocument // without a title: removed
	dirty map[string]bool
}

func (s *store) write(id string, removed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.docs[id]
	d.Id, d.Rev, d.Audience, d.Url, d.Title = id, d.Rev+1, []string{everybody}, "/"+id, ""
	if !removed {
		d.Title = fmt.Sprintf("需求%s第%d版", id, d.Rev)
	}
	s.docs[id] = d
	s.dirty[id] = true
}

func (s *store) marked(limit int) []api.SearchDocument {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []api.SearchDocument
	for id := range s.dirty {
		if len(out) == limit {
			break
		}
		out = append(out, s.docs[id])
	}
	return out
}

func (s *store) clear(docs []api.SearchDocument) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range docs {
		if s.docs[d.Id].Rev == d.Rev {
			delete(s.dirty, d.Id)
		}
	}
}

// TestKilledEngineLosesNothing writes at full speed, kills the engine and replaces the search service in between, and compares
// the index with the store in the end.
func TestKilledEngineLosesNothing(t *testing.T) {
	updates, kills := 600, 3
	if os.Getenv("LIANBANG_PROVE") == "1" {
		updates, kills = 10_000, 10
	}
	p := startProcess(t)
	s := p.service(t)
	st := &store{docs: map[string]api.SearchDocument{}, dirty: map[string]bool{}}
	r := rand.New(rand.NewPCG(11, 11))

	reconcile := func() bool { // one batch; false when it failed
		docs := st.marked(100)
		var batch api.DocumentBatch
		for _, d := range docs {
			if d.Title == "" {
				batch.Remove = append(batch.Remove, d.Id)
			} else {
				batch.Documents = append(batch.Documents, d)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Put(ctx, api.DocumentTypeDemand, batch); err != nil {
			return false
		}
		st.clear(docs)
		return true
	}
	failed := 0
	for i := range updates {
		st.write(fmt.Sprintf("d%03d", r.IntN(300)), r.IntN(10) == 0)
		if i%50 == 49 && !reconcile() {
			failed++
		}
		if i%(updates/kills) == updates/kills/2 {
			done := make(chan bool)
			go func() { done <- reconcile() }()
			time.Sleep(time.Duration(r.IntN(15)) * time.Millisecond) // somewhere in the put
			p.kill()
			if !<-done {
				failed++
			}
			p.start(t)
			s = p.service(t)
		}
	}
	for deadline := time.Now().Add(time.Minute); len(st.marked(1)) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the marks are not cleared")
		}
		reconcile()
	}
	t.Logf("%d updates, %d kills, %d puts failed", updates, kills, failed)

	have := map[string]int64{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		items, next, err := s.Revisions(context.Background(), api.DocumentTypeDemand, 100, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			have[it.Id] = it.Rev
		}
		cursor = next
	}
	for id, d := range st.docs {
		switch rev, there := have[id]; {
		case there != (d.Title != ""):
			t.Errorf("%s: in the store %v, in the index %v", id, d.Title != "", there)
		case there && rev != d.Rev:
			t.Errorf("%s: revision %d in the store, %d in the index", id, d.Rev, rev)
		}
		delete(have, id)
		if e := s.memory.get(key(api.DocumentTypeDemand, id)); (e != nil) != (d.Title != "") || e != nil && e.title != d.Title {
			t.Errorf("%s: memory says otherwise", id)
		}
	}
	if len(have) > 0 {
		t.Errorf("the index has what the store never had: %v", have)
	}
}

// TestReindexHasNoEmptyMoment searches and puts while the index is built again and swapped.
func TestReindexHasNoEmptyMoment(t *testing.T) {
	h := open(t, t.TempDir())
	docs := invent(api.DocumentTypeDemand, 150, 2)
	h.put(t, api.DocumentTypeDemand, docs...)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { _ = h.Reindexing(ctx) }()
	if err := h.StartReindex(); err != nil {
		t.Fatal(err)
	}
	if err := h.StartReindex(); err == nil {
		t.Error("two reindexes at once")
	}
	puts := 0
	for deadline := time.Now().Add(2 * time.Minute); h.reindex.now().State == api.Running; puts++ {
		if time.Now().After(deadline) {
			t.Fatal("the reindex does not end")
		}
		d := &docs[puts%len(docs)]
		d.Rev++
		d.Title = fmt.Sprintf("新题目%d", d.Rev)
		h.put(t, api.DocumentTypeDemand, *d)
		if page := h.find(t, Ask{}); page.Total != int64(len(docs)) {
			t.Fatalf("%d of %d documents are found during the reindex", page.Total, len(docs))
		}
	}
	if state := h.reindex.now(); state.State != api.Finished || state.Done != int64(len(docs)) {
		t.Fatalf("the reindex ended as %+v", state)
	}
	t.Logf("%d puts during the reindex", puts)
	revs, _, err := h.Revisions(ctx, api.DocumentTypeDemand, 1000, "")
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
