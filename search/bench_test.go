package search

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
)

// The benchmarks run on LIANBANG_TEST_DOCS documents (10,000 when unset), half demands and half organisations.
func benchHouse(b *testing.B) *house {
	b.Helper()
	benchOnce.Do(func() {
		n := 10_000
		if v, err := strconv.Atoi(os.Getenv("LIANBANG_TEST_DOCS")); err == nil {
			n = v
		}
		dir, err := os.MkdirTemp("", "lianbang-bench")
		if err != nil {
			b.Fatal(err)
		}
		h := open(detached{b}, dir)
		began := time.Now()
		for _, kind := range []api.DocumentType{api.DocumentTypeDemand, api.DocumentTypeOrganisation} {
			h.put(b, kind, invent(kind, n/2, 1)...)
		}
		h.memory.match.Refresh()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.Logf("%d documents put in %s (%.0f/s), %d MB on disk, %d MB of heap", n, time.Since(began).Round(time.Millisecond),
			float64(n)/time.Since(began).Seconds(), size(dir)>>20, m.HeapAlloc>>20)
		bench = h
	})
	return bench
}

var (
	benchOnce sync.Once
	bench     *house
)

// detached is a benchmark that cleans nothing up: its engine serves the benchmarks after it.
type detached struct{ *testing.B }

func (detached) Cleanup(func()) {}

func size(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}

// percentiles runs f b.N times from several clients and reports the median and the 99th percentile.
func percentiles(b *testing.B, clients int, f func(r *rand.Rand)) {
	b.Helper()
	var mu sync.Mutex
	var took []time.Duration
	var wait sync.WaitGroup
	b.ResetTimer()
	for c := range clients {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 1))
			for range max(1, b.N/clients) {
				began := time.Now()
				f(r)
				d := time.Since(began)
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
}

func some(r *rand.Rand, words []string) string { return words[r.IntN(len(words))] }

func BenchmarkSearchFilteredWithFacets(b *testing.B) {
	h := benchHouse(b)
	for _, clients := range []int{1, 8} {
		b.Run(strconv.Itoa(clients)+"clients", func(b *testing.B) {
			percentiles(b, clients, func(r *rand.Rand) {
				h.find(b, Ask{Query: some(r, things), Type: everyType, Chosen: map[string][]string{"district": {some(r, districts)}}})
			})
		})
	}
}

func BenchmarkSearchEverything(b *testing.B) {
	h := benchHouse(b)
	percentiles(b, 1, func(*rand.Rand) { h.find(b, Ask{}) })
}

func BenchmarkSearchByDeadline(b *testing.B) {
	h := benchHouse(b)
	percentiles(b, 1, func(r *rand.Rand) { h.find(b, Ask{Query: some(r, doings), Sort: "deadline"}) })
}

func BenchmarkSuggest(b *testing.B) {
	h := benchHouse(b)
	for _, typed := range []struct{ name, text string }{{"han", "伺服"}, {"inner", "寿命预"}, {"pinyin", "sifudian"}, {"nothing", "没有的词"}} {
		b.Run(typed.name, func(b *testing.B) {
			percentiles(b, 8, func(*rand.Rand) { h.Suggest(context.Background(), access.Actor{}, typed.text, everyType, 8) })
		})
	}
}

func BenchmarkMatchDemand(b *testing.B) {
	h := benchHouse(b)
	docs := invent(api.DocumentTypeDemand, 100, 9)
	percentiles(b, 1, func(r *rand.Rand) {
		h.matches(match.Item{Kind: match.Demand, Title: docs[r.IntN(100)].Title, Text: docs[r.IntN(100)].Body, Chains: []string{some(r, chains)}},
			candidates{types: []api.DocumentType{api.DocumentTypeOrganisation}, limit: 20})
	})
}
