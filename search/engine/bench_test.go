package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
)

// The benchmarks put the engine beside Bleve used directly: the same texts,
// the same filter and facets, in one run, over 1,000 and 10,000 documents, and
// 100,000 under LIANBANG_PROVE=1.

const (
	benchClients = 8
	benchBatch   = 500
)

// benchDocument has text as the product writes it (a few dozen tokens of
// which some are common) and attributes to filter and count by.
func benchDocument(r *rand.Rand, id int) object {
	word := func() string { return fmt.Sprintf("x%04x", int(rand.NewZipf(r, 1.1, 8, 20_000).Uint64())) }
	var title, body bytes.Buffer
	for range 12 {
		title.WriteString(word() + " ")
	}
	for range 80 {
		body.WriteString(word() + " ")
	}
	return object{
		"id": strconv.Itoa(id), "title": title.String(), "body": body.String(),
		"kind": fmt.Sprintf("kind%d", r.IntN(8)), "district": fmt.Sprintf("district%d", r.IntN(16)),
		"industry": fmt.Sprintf("industry%d", r.IntN(97)), "price": r.IntN(100_000),
		"shown": "the display text of document " + strconv.Itoa(id),
	}
}

func benchDocuments(n int) []object {
	r := rand.New(rand.NewPCG(1, 2))
	docs := make([]object, n)
	for i := range docs {
		docs[i] = benchDocument(r, i)
	}
	return docs
}

// benchQueries are pairs of words that occur, of varied frequency.
func benchQueries() [][2]string {
	r := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(r, 1.1, 8, 20_000)
	out := make([][2]string, 200)
	for i := range out {
		out[i] = [2]string{fmt.Sprintf("x%04x", z.Uint64()), fmt.Sprintf("x%04x", z.Uint64())}
	}
	return out
}

var benchSettings = object{
	"searchableAttributes": []string{"title", "body"},
	"filterableAttributes": []string{"kind", "district", "industry", "price"},
	"sortableAttributes":   []string{"price"},
	"typoTolerance":        object{"enabled": false},
	"prefixSearch":         "disabled",
}

// plainBleve is a static mapping of the same fields, without what the engine
// also disables (_all, doc values of text, term vectors stay for phrases).
func plainBleve(tb testing.TB, dir string) bleve.Index {
	text := bleve.NewTextFieldMapping()
	text.Analyzer, text.Store, text.IncludeInAll, text.DocValues = "words", false, false, false
	value := bleve.NewTextFieldMapping()
	value.Analyzer, value.Store, value.IncludeInAll, value.IncludeTermVectors = keyword.Name, false, false, false
	number := bleve.NewNumericFieldMapping()
	number.Store, number.IncludeInAll = false, false
	shown := bleve.NewTextFieldMapping()
	shown.Index, shown.IncludeInAll, shown.DocValues = false, false, false
	doc := bleve.NewDocumentStaticMapping()
	for _, f := range []string{"title", "body"} {
		doc.AddFieldMappingsAt(f, text)
	}
	for _, f := range []string{"kind", "district", "industry"} {
		doc.AddFieldMappingsAt(f, value)
	}
	doc.AddFieldMappingsAt("price", number)
	doc.AddFieldMappingsAt("source", shown)
	m := mapping.NewIndexMapping()
	m.DefaultMapping = doc
	err := m.AddCustomAnalyzer("words", map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{lowercase.Name},
	})
	if err != nil {
		tb.Fatal(err)
	}
	ix, err := bleve.NewUsing(dir, m, "scorch", "scorch", map[string]any{"bolt_timeout": "1s"})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = ix.Close() })
	return ix
}

// fillEngine adds documents as a client does: batches by HTTP, waiting at the
// end only.
func fillEngine(h *harness, docs []object) time.Duration {
	began := time.Now()
	var last uint64
	for batch := range slices.Chunk(docs, benchBatch) {
		last = h.accepted("POST", "/indexes/b/documents", batch)
	}
	h.ended(last)
	return time.Since(began)
}

func fillBleve(tb testing.TB, ix bleve.Index, docs []object) time.Duration {
	began := time.Now()
	for chunk := range slices.Chunk(docs, benchBatch) {
		batch := ix.NewBatch()
		for _, d := range chunk {
			source, err := json.Marshal(d)
			if err != nil {
				tb.Fatal(err)
			}
			with := object{"source": string(source)}
			for k, v := range d {
				with[k] = v
			}
			if err := batch.Index(d["id"].(string), with); err != nil {
				tb.Fatal(err)
			}
		}
		if err := ix.Batch(batch); err != nil {
			tb.Fatal(err)
		}
	}
	return time.Since(began)
}

// latencies runs the queries from several clients at once, each query on both
// sides in turn so that whatever else the machine does hits both alike, and
// returns the sorted times.
func latencies(queries [][2]string, clients int, sides ...func(q [2]string)) [][]time.Duration {
	var mu sync.Mutex
	all := make([][]time.Duration, len(sides))
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := range queries {
				q := queries[(i+c*25)%len(queries)]
				for side := range sides {
					side = (side + i) % len(sides)
					began := time.Now()
					sides[side](q)
					d := time.Since(began)
					mu.Lock()
					all[side] = append(all[side], d)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for _, times := range all {
		slices.Sort(times)
	}
	return all
}

func percentile(sorted []time.Duration, p int) float64 {
	return float64(sorted[min(len(sorted)*p/100, len(sorted)-1)].Microseconds()) / 1000
}

func bleveQuery(q [2]string) *bleve.SearchRequest {
	either := func(term string) query.Query {
		title, body := bleve.NewTermQuery(term), bleve.NewTermQuery(term)
		title.SetField("title")
		body.SetField("body")
		return bleve.NewDisjunctionQuery(title, body)
	}
	kind := bleve.NewTermQuery("kind1")
	kind.SetField("kind")
	low := 20_000.0
	price := bleve.NewNumericRangeQuery(&low, nil)
	price.SetField("price")
	b := bleve.NewBooleanQuery()
	b.AddMust(either(q[0]))
	b.AddShould(either(q[1]))
	b.AddFilter(bleve.NewDisjunctionQuery(kind, price))
	req := bleve.NewSearchRequestOptions(b, 20, 0, false)
	req.Fields = []string{"source"}
	for _, f := range []string{"kind", "district", "industry"} {
		req.AddFacet(f, bleve.NewFacetRequest(f, 100))
	}
	return req
}

// BenchmarkBesideBleve reports indexing rate and search latency of the engine
// and of bare Bleve, and their ratios (targets: search p50 ≤1.5, indexing ≥0.7).
func BenchmarkBesideBleve(b *testing.B) {
	sizes := []int{1_000, 10_000}
	if provingGround() {
		sizes = append(sizes, 100_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("docs=%d", n), func(b *testing.B) { benchBesideBleve(b, n) })
	}
}

func benchBesideBleve(b *testing.B, size int) {
	for range b.N {
		docs := benchDocuments(size)
		h := newHarness(b)
		h.patience, h.pause = 30*time.Minute, 2*time.Millisecond
		h.done("PATCH", "/indexes/b/settings", benchSettings)
		plain := plainBleve(b, b.TempDir()+"/plain")

		// In turns, so that whatever else the machine does hits both alike.
		var ours, theirs time.Duration
		for part := range slices.Chunk(docs, max(len(docs)/10, 1000)) {
			ours += fillEngine(h, part)
			theirs += fillBleve(b, plain, part)
		}
		rate := func(d time.Duration) float64 { return float64(len(docs)) / d.Seconds() }
		b.ReportMetric(rate(ours), "docs/s")
		b.ReportMetric(rate(theirs), "bleve-docs/s")
		b.ReportMetric(rate(ours)/rate(theirs), "index-ratio")
		b.ReportMetric(float64(diskSize(h.e.dir))/float64(1<<20), "MiB-disk")

		ix, err := h.e.acquire("b")
		if err != nil {
			b.Fatal(err)
		}
		queries := benchQueries()
		ourSearch := func(q [2]string) {
			text := q[0] + " " + q[1]
			out, err := ix.search(context.Background(), &searchRequest{
				Q: &text, Filter: json.RawMessage(`"kind = kind1 OR price >= 20000"`), Facets: []string{"kind", "district", "industry"},
			})
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := json.Marshal(out); err != nil {
				b.Error(err)
			}
		}
		bleveSearch := func(q [2]string) {
			res, err := plain.Search(bleveQuery(q))
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := json.Marshal(res); err != nil {
				b.Error(err)
			}
		}
		checkSameTotals(b, ix, plain, queries)
		for _, clients := range []int{1, benchClients} {
			times := latencies(queries, clients, ourSearch, bleveSearch)
			mine, bare := times[0], times[1]
			name := fmt.Sprintf("-%dc", clients)
			b.ReportMetric(percentile(mine, 50), "p50ms"+name)
			b.ReportMetric(percentile(mine, 99), "p99ms"+name)
			b.ReportMetric(percentile(bare, 50), "bleve-p50ms"+name)
			b.ReportMetric(percentile(bare, 99), "bleve-p99ms"+name)
			b.ReportMetric(percentile(mine, 50)/percentile(bare, 50), "p50-ratio"+name)
		}
		ix.release()
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapInuse)/float64(1<<20), "MiB-heap")
	}
}

// checkSameTotals makes sure that both sides do the same work.
func checkSameTotals(b *testing.B, ix *searchIndex, plain bleve.Index, queries [][2]string) {
	b.Helper()
	for _, q := range queries[:20] {
		text := q[0] + " " + q[1]
		ours, err := ix.search(context.Background(), &searchRequest{Q: &text, Filter: json.RawMessage(`"kind = kind1 OR price >= 20000"`)})
		if err != nil {
			b.Fatal(err)
		}
		res, err := plain.Search(bleveQuery(q))
		if err != nil {
			b.Fatal(err)
		}
		if uint64(*ours.EstimatedTotalHits) != min(res.Total, 1000) {
			b.Fatalf("%q: %d hits here, %d in bare Bleve", text, *ours.EstimatedTotalHits, res.Total)
		}
	}
}
