package search

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/meilisearch/meilisearch-go"
	"github.com/valyala/fasthttp"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/search/text"
	"lianbang/services/platform/access"
)

// The benchmarks put the embedded engine, as the product uses it, beside Bleve used directly: the same records, the same terms,
// filter and facets, in turns in one run, so that whatever else the machine does hits both alike. The documents are the real
// texts of the labelled sets under LIANBANG_TEST_EVAL, repeated with variation, or invented ones; the log says which.

const (
	benchClients = 8
	benchBatch   = 500
)

// benchSizes are how many documents there are. -benchtime 1x asks for a short run.
func benchSizes() []int {
	if f := flag.Lookup("test.benchtime"); f != nil && f.Value.String() == "1x" {
		return []int{500, 2_000}
	}
	return []int{1_000, 10_000, 100_000}
}

// benchDocuments makes n documents, half demands and half organisations. Texts that come again are other pairs of title and
// body, each under its own number.
func benchDocuments(b *testing.B, n int) (docs []api.SearchDocument, from string) {
	docs, from = invent(api.DocumentTypeDemand, n, 1), "invented texts"
	if evalDir() == "" {
		return docs, from
	}
	real := realTexts(b, "t1_demand_to_achievement", "t1r_achievement_to_demand", "t3_demand_to_provider", "t5_description_to_gbt4754")
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range docs {
		title, body := &real[i%len(real)], &real[r.IntN(len(real))]
		if i < len(real) {
			body = title
		}
		docs[i].Title, docs[i].Body, docs[i].Summary = title.Title, body.Body, ""
		if i >= len(real) {
			docs[i].Title = fmt.Sprintf("%s（第%d批）", title.Title, i)
		}
	}
	return docs, fmt.Sprintf("%d real texts, repeated with variation", len(real))
}

// benchQueries are what people type: pieces of two to six Chinese characters out of the documents, some of them two at once.
func benchQueries(docs []api.SearchDocument) []string {
	r := rand.New(rand.NewPCG(3, 4))
	piece := func() string {
		for {
			d := &docs[r.IntN(len(docs))]
			source := []rune(text.Fold([]string{d.Title, d.Body}[r.IntN(2)]))
			size := 2 + r.IntN(5)
			if len(source) <= size {
				continue
			}
			at := r.IntN(len(source) - size)
			if s := string(source[at : at+size]); !strings.ContainsFunc(s, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
				return s
			}
		}
	}
	out := make([]string, 200)
	for i := range out {
		if out[i] = piece(); i%4 == 0 {
			out[i] = string([]rune(out[i])[:2]) + " " + string([]rune(piece())[:2])
		}
	}
	return out
}

// ground is what is measured at one size.
type ground struct {
	*house
	serve            fasthttp.RequestHandler // the engine
	plain            bleve.Index
	docs             []api.SearchDocument
	queries          []string
	ours, theirs     time.Duration // of indexing the records
	analysed, fed    time.Duration // of making the records, and of taking the documents into memory
	heapMiB, diskMiB float64
}

// prepare fills the engine and bare Bleve in turns, with the batches the sync puts, each waited for.
func prepare(b *testing.B, size int) *ground {
	b.Helper()
	g := &ground{house: openEmbedded(b, b.TempDir()), plain: plainBleve(b, filepath.Join(b.TempDir(), "plain"))}
	g.serve = g.engine.App().Handler()
	docs, from := benchDocuments(b, size)
	g.docs, g.queries = docs, benchQueries(docs)
	b.Logf("%d documents: %s", size, from)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	timed := func(sum *time.Duration, f func()) {
		began := time.Now()
		f()
		*sum += time.Since(began)
	}
	kinds := []api.DocumentType{api.DocumentTypeDemand, api.DocumentTypeOrganisation}
	for i := 0; i < size; i += benchBatch {
		part, kind := docs[i:min(i+benchBatch, size)], kinds[i/benchBatch%2]
		records := make([]record, len(part))
		timed(&g.analysed, func() {
			for j := range part {
				var err error
				if records[j], err = newRecord(kind, &part[j], g.puts.next(), g.table().same); err != nil {
					b.Fatal(err)
				}
			}
		})
		sides := []func(){
			func() {
				timed(&g.ours, func() {
					if err := g.write(context.Background(), liveIndex, records); err != nil {
						b.Fatal(err)
					}
				})
			},
			func() { timed(&g.theirs, func() { fillPlain(b, g.plain, records) }) },
		}
		for turn := range sides {
			sides[(turn+i/benchBatch)%2]()
		}
		timed(&g.fed, func() {
			for j := range part {
				g.memory.put(kind, &part[j], time.Now().UnixMilli())
			}
		})
	}
	g.memory.match.Refresh()
	runtime.GC()
	runtime.ReadMemStats(&after)
	g.heapMiB = float64(after.HeapAlloc-before.HeapAlloc) / (1 << 20)
	g.diskMiB = float64(diskSize(g.dir)) / (1 << 20)
	return g
}

// plainBleve maps the same attributes as settings does, and keeps the document.
func plainBleve(b *testing.B, dir string) bleve.Index {
	words := bleve.NewTextFieldMapping()
	words.Analyzer, words.Store, words.IncludeInAll, words.DocValues = "words", false, false, false
	value := bleve.NewTextFieldMapping()
	value.Analyzer, value.Store, value.IncludeInAll, value.IncludeTermVectors = keyword.Name, false, false, false
	number := bleve.NewNumericFieldMapping()
	number.Store, number.IncludeInAll = false, false
	kept := bleve.NewTextFieldMapping()
	kept.Index, kept.IncludeInAll, kept.DocValues = false, false, false
	doc := bleve.NewDocumentStaticMapping()
	want := settings()
	for _, a := range want.SearchableAttributes {
		doc.AddFieldMappingsAt(a, words)
	}
	for _, a := range want.FilterableAttributes {
		switch a {
		case "budgetFen", "deadline", deadlineDay, "publishedAt", "putAt", "analysis", "trl":
			doc.AddFieldMappingsAt(a, number)
		default:
			doc.AddFieldMappingsAt(a, value)
		}
	}
	doc.AddFieldMappingsAt("source", kept)
	m := mapping.NewIndexMapping()
	m.DefaultMapping = doc
	if err := m.AddCustomAnalyzer("words", map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}); err != nil {
		b.Fatal(err)
	}
	ix, err := bleve.NewUsing(dir, m, "scorch", "scorch", map[string]any{"bolt_timeout": "1s"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = ix.Close() })
	return ix
}

func fillPlain(b *testing.B, ix bleve.Index, records []record) {
	batch := ix.NewBatch()
	for _, r := range records {
		plain := map[string]any{}
		for name, v := range r {
			switch v := v.(type) {
			case int64:
				plain[name] = float64(v)
			case int:
				plain[name] = float64(v)
			case api.DocumentType:
				plain[name] = string(v)
			default:
				plain[name] = v
			}
		}
		if err := batch.Index(r["key"].(string), plain); err != nil {
			b.Fatal(err)
		}
	}
	if err := ix.Batch(batch); err != nil {
		b.Fatal(err)
	}
}

// The filter and the facets of the measured search.
const (
	benchFilter    = `audience IN ["public"] AND (district = "海曙区" OR budgetFen >= 200000000)`
	benchFilterLow = 200_000_000.0
)

var benchFacets = []string{"district", "chain", "kind"}

// askOurs has the engine answer as the product asks it: the request decoded, the answer encoded. Only the way there and back is
// left out, which bare Bleve does not have.
func (g *ground) askOurs(b *testing.B, asked string) int64 {
	size := int64(20)
	body, err := json.Marshal(&meilisearch.SearchRequest{Query: asked, MatchingStrategy: meilisearch.All, Filter: benchFilter, Facets: benchFacets,
		HitsPerPage: &size, Page: 1, AttributesToRetrieve: sourceFields})
	if err != nil {
		b.Error(err)
		return 0
	}
	var c fasthttp.RequestCtx
	c.Request.Header.SetMethod("POST")
	c.Request.SetRequestURI("/indexes/" + liveIndex + "/search")
	c.Request.Header.Set("Authorization", "Bearer key")
	c.Request.SetBody(body)
	g.serve(&c)
	var answer struct{ TotalHits int64 }
	if c.Response.StatusCode() != 200 || json.Unmarshal(c.Response.Body(), &answer) != nil {
		b.Errorf("%s: %s", asked, c.Response.Body())
	}
	return answer.TotalHits
}

// askPlain asks Bleve for the same terms in the attributes that hold them.
func (g *ground) askPlain(b *testing.B, asked string) int64 {
	res, err := g.plain.Search(plainRequest(asked))
	if err != nil {
		b.Error(err)
		return 0
	}
	return int64(res.Total)
}

func plainRequest(asked string) *bleve.SearchRequest {
	all := bleve.NewBooleanQuery()
	for _, term := range terms(asked) {
		tokens := strings.Fields(strings.Trim(term, `"`))
		var anywhere []query.Query
		for _, f := range fields {
			anywhere = append(anywhere, query.NewPhraseQuery(tokens, f.name+"_t"))
		}
		all.AddMust(bleve.NewDisjunctionQuery(anywhere...))
	}
	is := func(attribute, value string) query.Query {
		q := bleve.NewTermQuery(value)
		q.SetField(attribute)
		return q
	}
	low := benchFilterLow
	budget := bleve.NewNumericRangeQuery(&low, nil)
	budget.SetField("budgetFen")
	all.AddFilter(bleve.NewConjunctionQuery(is("audience", everybody), bleve.NewDisjunctionQuery(is("district", "海曙区"), budget)))
	req := bleve.NewSearchRequestOptions(all, 20, 0, false)
	req.Fields = []string{"source"}
	for _, f := range benchFacets {
		req.AddFacet(f, bleve.NewFacetRequest(f, 100))
	}
	return req
}

// measured is something to time on one query.
type measured func(b *testing.B, typed string)

// inTurns has several clients run every query on each side in turn, and gives the sorted times of each side.
func inTurns(b *testing.B, clients int, typed []string, sides ...measured) [][]time.Duration {
	var mu sync.Mutex
	all := make([][]time.Duration, len(sides))
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for i := c; i < len(typed); i += clients {
				for turn := range sides {
					at := (turn + i) % len(sides)
					began := time.Now()
					sides[at](b, typed[i])
					took := time.Since(began)
					mu.Lock()
					all[at] = append(all[at], took)
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

func at(sorted []time.Duration, percent int) float64 {
	return float64(sorted[min(len(sorted)*percent/100, len(sorted)-1)].Microseconds()) / 1000
}

// reportTimes runs one side from several clients and reports its median and 99th percentile.
func reportTimes(b *testing.B, typed []string, f measured) {
	b.Helper()
	for range b.N {
		times := inTurns(b, benchClients, typed, f)[0]
		b.ReportMetric(at(times, 50), "p50-ms")
		b.ReportMetric(at(times, 99), "p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSearch measures at every size: indexing and a filtered search with three facets beside bare Bleve (aims: a rate of
// at least 0.7, a median of at most 1.5), the product's own search page, suggestions (aim: 50 ms at the 99th percentile), and
// matching.
func BenchmarkSearch(b *testing.B) {
	for _, size := range benchSizes() {
		b.Run(fmt.Sprintf("docs=%d", size), func(b *testing.B) {
			g := prepare(b, size)
			b.Run("index", g.index)
			b.Run("filtered", g.filtered)
			b.Run("page", func(b *testing.B) {
				reportTimes(b, g.queries, func(b *testing.B, typed string) {
					g.find(b, Ask{Query: typed, Chosen: map[string][]string{"district": {"海曙区"}}})
				})
			})
			b.Run("everything", func(b *testing.B) {
				reportTimes(b, g.queries[:40], func(b *testing.B, _ string) { g.find(b, Ask{Sort: "deadline"}) })
			})
			b.Run("suggest", func(b *testing.B) {
				reportTimes(b, append(typing(g.queries), "shukong", "sifudianji", "zhuanjing", "没有的词"), func(_ *testing.B, typed string) {
					g.Suggest(context.Background(), access.Actor{}, typed, everyType, 8)
				})
			})
			b.Run("match", func(b *testing.B) {
				reportTimes(b, g.queries, func(_ *testing.B, typed string) {
					d := &g.docs[len(typed)*31%len(g.docs)]
					g.matches(match.Item{Kind: match.Demand, Title: typed, Text: d.Body, Chains: d.Facts.Chain}, "",
						candidates{types: []api.DocumentType{api.DocumentTypeOrganisation}, limit: 20})
				})
			})
		})
	}
}

// typing is every query letter by letter, as a box that suggests gets it.
func typing(queries []string) []string {
	var out []string
	for _, q := range queries {
		letters := []rune(q)
		for n := range letters {
			out = append(out, string(letters[:n+1]))
		}
	}
	return out
}

func (g *ground) index(b *testing.B) {
	for range b.N {
		rate := func(d time.Duration) float64 { return float64(len(g.docs)) / d.Seconds() }
		b.ReportMetric(rate(g.ours), "docs/s")
		b.ReportMetric(rate(g.theirs), "bleve-docs/s")
		b.ReportMetric(rate(g.ours)/rate(g.theirs), "rate-ratio")
		b.ReportMetric(rate(g.ours+g.analysed+g.fed), "put-docs/s") // all of a put: analysis, engine, memory
		b.ReportMetric(g.heapMiB, "MiB-heap")                       // the engine's, bare Bleve's and the memory of documents
		b.ReportMetric(g.diskMiB, "MiB-disk")
	}
	b.ReportMetric(0, "ns/op")
}

func (g *ground) filtered(b *testing.B) {
	asked := make([]string, len(g.queries))
	for i, q := range g.queries {
		asked[i] = text.Query(q).Exact
	}
	for _, q := range asked[:40] { // both do the same work; this warms both, too
		if ours, theirs := g.askOurs(b, q), g.askPlain(b, q); ours != theirs {
			b.Fatalf("%s: %d found, %d by bare Bleve", q, ours, theirs)
		}
	}
	for range b.N {
		for _, clients := range []int{1, benchClients} {
			times := inTurns(b, clients, asked, func(b *testing.B, q string) { g.askOurs(b, q) }, func(b *testing.B, q string) { g.askPlain(b, q) })
			name := fmt.Sprintf("-%dc", clients)
			b.ReportMetric(at(times[0], 50), "p50-ms"+name)
			b.ReportMetric(at(times[0], 99), "p99-ms"+name)
			b.ReportMetric(at(times[1], 50), "bleve-p50-ms"+name)
			b.ReportMetric(at(times[1], 99), "bleve-p99-ms"+name)
			b.ReportMetric(at(times[0], 50)/at(times[1], 50), "p50-ratio"+name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

func diskSize(dir string) (n int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			n += info.Size()
		}
		return nil
	})
	return n
}
