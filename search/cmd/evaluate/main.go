// Command evaluate measures the product's own matching on labelled data and prints one line of JSON.
//
//	go run ./search/cmd/evaluate -docs docs.jsonl -queries queries.jsonl -qrels qrels.tsv [-pool] [-engine URL] [-weights weights.json]
//
// Documents and queries are JSON lines with id, title (or name, of an organisation), and content; judgements are "query 0
// document grade" in TREC order. With -pool only the judged documents of each query are ranked. nDCG gains 2^grade − 1,
// discounts by log2, and averages over queries that have a grade above 0.
//
// The documents go the product's way: into a search server, back from there into memory, and each query is what a peer
// asks when it publishes a document. The server is an embedded one in a temporary directory, or with -engine the
// Meilisearch at that address (LIANBANG_SEARCH_KEY, or -key, is its key); one that already holds documents of the product
// is refused.
//
// With -train N nothing is put anywhere: text weights are trained in N steps on half of the queries and measured on the
// other half, both ways, to tell what the figures would be on queries nobody has seen; -out writes the weights trained on
// all of them.
package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/search"
	"lianbang/search/api"
	"lianbang/search/match"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "evaluate:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	docs := flags.String("docs", "", "documents, JSON lines")
	queries := flags.String("queries", "", "queries, JSON lines")
	qrels := flags.String("qrels", "", "judgements, TREC order")
	pool := flags.Bool("pool", false, "rank only the judged documents of each query")
	address := flags.String("engine", "", "address of a search server; an embedded one when empty")
	searchKey := flags.String("key", os.Getenv("LIANBANG_SEARCH_KEY"), "key of that server")
	weightsFile := flags.String("weights", "", "weights to try instead of the shipped ones")
	steps := flags.Int("train", 0, "train text weights in so many steps, held against the half not trained on")
	trained := flags.String("out", "", "with -train, where to write the weights trained on all queries")
	if err := flags.Parse(args); err != nil {
		return err
	}
	weights := match.DefaultWeights()
	if *weightsFile != "" {
		data, err := os.ReadFile(*weightsFile)
		if err != nil {
			return err
		}
		if weights, err = match.ReadWeights(data); err != nil {
			return err
		}
	}
	corpus, err := readDocuments(*docs)
	if err != nil {
		return err
	}
	asked, err := readDocuments(*queries)
	if err != nil {
		return err
	}
	grades, err := readGrades(*qrels)
	if err != nil {
		return err
	}
	if *steps > 0 {
		set := newLabelled(corpus, asked, grades)
		return train(&set, *steps, *trained, out)
	}
	ctx := context.Background()
	trial, err := search.NewTrial(ctx, *address, *searchKey, weights)
	if err != nil {
		return err
	}
	report, err := measure(ctx, trial, corpus, asked, grades, *pool)
	if err := errors.Join(err, trial.Close()); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

func train(set *labelled, steps int, path string, out io.Writer) error {
	result, weights, err := set.train(steps)
	if err != nil {
		return err
	}
	if path != "" {
		data, err := json.MarshalIndent(weights, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(result)
}

// Report is the one line that is printed. Times are for one query, over the whole corpus.
type Report struct {
	NDCG10   float64 `json:"ndcg@10"`
	MRR10    float64 `json:"mrr@10"`
	Recall10 float64 `json:"recall@10"`
	Recall50 float64 `json:"recall@50"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Queries  int     `json:"queries"`
	Version  string  `json:"version"`
}

// deepest is how many results are looked at.
const deepest = 50

// measure ranks the documents for every query that has a relevant one, and checks on the way that each score is the sum of
// its reasons.
func measure(ctx context.Context, trial *search.Trial, docs, queries []document, grades map[string]map[string]int, pool bool) (Report, error) {
	there := map[string]bool{}
	var types []api.DocumentType
	for _, kind := range []api.DocumentType{api.DocumentTypeOrganisation, api.DocumentTypeAchievement} {
		var batch []api.SearchDocument
		for i := range docs {
			if docs[i].kind() == kind {
				batch = append(batch, docs[i].published())
				there[docs[i].ID] = true
			}
		}
		if len(batch) > 0 {
			types = append(types, kind)
			if err := trial.Load(ctx, kind, batch); err != nil {
				return Report{}, err
			}
		}
	}
	var report Report
	var times []float64
	for i := range queries {
		q := &queries[i]
		judged := grades[q.ID]
		relevant := 0
		for _, g := range judged {
			if g > 0 {
				relevant++
			}
		}
		if relevant == 0 {
			continue
		}
		asked := api.MatchInternalJSONRequestBody{Type: api.DocumentTypeDemand, Document: q.published(), Types: types, Limit: deepest}
		var rest []string // judged documents, those not found last
		for id := range judged {
			if pool && there[id] {
				rest = append(rest, id)
			}
		}
		asked.OnlyIds = rest
		start := time.Now()
		found := trial.MatchFor(asked)
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		report.Version = found.WeightsVersion
		slices.SortStableFunc(found.Items, func(a, b api.Match) int { return cmp.Compare(b.Score, a.Score) })
		var ranked []int
		for _, m := range found.Items[:min(deepest, len(found.Items))] {
			total := 0.0
			for _, r := range m.Reasons {
				total += r.Points
			}
			if math.Abs(total-m.Score) > 1e-9 {
				return Report{}, fmt.Errorf("query %s, document %s: the reasons add up to %g, the score is %g", q.ID, m.Id, total, m.Score)
			}
			ranked = append(ranked, judged[m.Id])
			rest = slices.DeleteFunc(rest, func(id string) bool { return id == m.Id })
		}
		slices.Sort(rest)
		for _, id := range rest[:min(len(rest), deepest-len(ranked))] {
			ranked = append(ranked, judged[id])
		}
		report.Queries++
		report.NDCG10 += ndcg(ranked, judged, 10)
		report.MRR10 += reciprocalRank(ranked, 10)
		report.Recall10 += float64(count(ranked, 10)) / float64(relevant)
		report.Recall50 += float64(count(ranked, deepest)) / float64(relevant)
	}
	if report.Queries == 0 {
		return Report{}, errors.New("no query has a relevant document")
	}
	n := float64(report.Queries)
	report.NDCG10 /= n
	report.MRR10 /= n
	report.Recall10 /= n
	report.Recall50 /= n
	slices.Sort(times)
	report.P50, report.P99 = times[len(times)/2], times[len(times)*99/100]
	return report, nil
}

func ndcg(ranked []int, judged map[string]int, k int) float64 {
	ideal := make([]int, 0, len(judged))
	for _, g := range judged {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	return gain(ranked, k) / gain(ideal, k)
}

func gain(grades []int, k int) float64 {
	total := 0.0
	for i, g := range grades[:min(k, len(grades))] {
		total += (math.Exp2(float64(g)) - 1) / math.Log2(float64(i)+2)
	}
	return total
}

func reciprocalRank(grades []int, k int) float64 {
	for i, g := range grades[:min(k, len(grades))] {
		if g > 0 {
			return 1 / float64(i+1)
		}
	}
	return 0
}

func count(grades []int, k int) int {
	n := 0
	for _, g := range grades[:min(k, len(grades))] {
		if g > 0 {
			n++
		}
	}
	return n
}

// document is a line of a labelled set. One with a name is an organisation.
type document struct{ ID, Title, Name, Content string }

func (d *document) kind() api.DocumentType {
	if d.Name != "" {
		return api.DocumentTypeOrganisation
	}
	return api.DocumentTypeAchievement
}

// published is the document as a service would put it.
func (d *document) published() api.SearchDocument {
	return api.SearchDocument{Id: d.ID, Rev: 1, Title: d.Title + d.Name, Body: d.Content, Audience: []string{"public"}, Url: "/" + d.ID}
}

// item is the document as matching sees it once it is published.
func (d *document) item() match.Item {
	if d.Name != "" {
		return match.Item{ID: d.ID, Kind: match.Organisation, Title: d.Name, Text: d.Content}
	}
	return match.Item{ID: d.ID, Title: d.Title, Text: d.Content}
}

func readDocuments(path string) ([]document, error) {
	var out []document
	err := eachLine(path, func(line string) error {
		var d document
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			return err
		}
		out = append(out, d)
		return nil
	})
	return out, err
}

func readGrades(path string) (map[string]map[string]int, error) {
	out := map[string]map[string]int{}
	err := eachLine(path, func(line string) error {
		f := strings.Fields(line)
		if len(f) != 4 {
			return fmt.Errorf("want 4 columns, have %q", line)
		}
		grade, err := strconv.Atoi(f[3])
		if err != nil {
			return err
		}
		if out[f[0]] == nil {
			out[f[0]] = map[string]int{}
		}
		out[f[0]][f[2]] = grade
		return nil
	})
	return out, err
}

func eachLine(path string, visit func(string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" {
			continue
		}
		if err := visit(lines.Text()); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return lines.Err()
}
