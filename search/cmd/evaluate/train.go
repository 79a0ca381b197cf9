package main

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"lianbang/search/match"
)

// Trained is what training prints: how good the shipped weights are on these labels, how good weights trained on half of
// the labels are on the other half, and how good weights trained on all of them are on these. The second is what to expect
// of queries nobody has seen; the first and the third are flattered by having seen them.
type Trained struct {
	Shipped        Measured `json:"shipped"`
	CrossValidated Measured `json:"crossvalidated"`
	OnAll          Measured `json:"trained_on_all"`
	Queries        int      `json:"queries"`
	Steps          int      `json:"steps"`
}

// Measured are the figures of one set of weights: over the whole corpus, and over the judged documents of each query.
type Measured struct {
	NDCG10     float64 `json:"ndcg@10"`
	PoolNDCG10 float64 `json:"pool_ndcg@10"`
}

// neutral is where training begins: no occurrence counts less than another, and the usual constants of BM25. It must not
// be the shipped weights, which have seen labels.
func neutral() match.Weights {
	w := match.DefaultWeights()
	t := &w.Text
	e := &t.Emphasis
	e.Vague, e.Plain, e.Bracket, e.Exclusion, e.Means, e.List, e.Related, e.RelatedSingle = 0.8, 1, 1, 0.8, 1, 1, 1, 0.5
	t.Title.K, t.Title.B, t.Body.Share, t.Body.K, t.Body.B = 1.2, 0.75, 0.3, 1.2, 0.75
	t.Rarity, t.Single, t.Overlap, t.FocusSingle, t.FocusPair = 1, 1, 0.25, 15, 15
	w.Version = "neutral"
	return w
}

// knobs are the numbers training turns.
func knobs(w *match.Weights) []*float64 {
	t := &w.Text
	e := &t.Emphasis
	return []*float64{&e.Vague, &e.Plain, &e.Bracket, &e.Exclusion, &e.Means, &e.List, &e.Related, &e.RelatedSingle,
		&t.Title.K, &t.Title.B, &t.Body.Share, &t.Body.K, &t.Body.B, &t.Rarity, &t.Single, &t.Overlap, &t.FocusSingle, &t.FocusPair}
}

// turned is the weights with a few knobs turned a little.
func turned(w match.Weights, r *rand.Rand) match.Weights {
	for _, k := range knobs(&w) {
		if r.IntN(4) == 0 {
			*k *= math.Exp(0.35 * r.NormFloat64())
		}
	}
	w.Text.Title.B, w.Text.Body.B = min(1, w.Text.Title.B), min(1, w.Text.Body.B)
	return w
}

// labelled is what training works on.
type labelled struct {
	docs, queries []match.Item
	grades        []map[string]int // of each query
}

func newLabelled(docs, queries []document, grades map[string]map[string]int) labelled {
	var l labelled
	for i := range docs {
		l.docs = append(l.docs, docs[i].item())
	}
	for i := range queries {
		for _, g := range grades[queries[i].ID] {
			if g > 0 {
				l.queries, l.grades = append(l.queries, queries[i].item()), append(l.grades, grades[queries[i].ID])
				break
			}
		}
	}
	return l
}

// half puts a query into one of the two folds, always the same.
func half(id string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // a hash never fails to write
	return int(h.Sum32() >> 7 & 1)
}

// measure are the figures of each query.
func (l *labelled) measure(w match.Weights) []Measured {
	x := match.New(w)
	for _, d := range l.docs {
		x.Upsert(d)
	}
	x.Refresh()
	out := make([]Measured, len(l.queries))
	for i, q := range l.queries {
		judged := l.grades[i]
		out[i].NDCG10 = ndcg(graded(x.Top(q, 10, nil), judged, nil), judged, 10)
		pool := slices.DeleteFunc(slices.Collect(maps.Keys(judged)), func(id string) bool { _, there := x.Get(id); return !there })
		among := x.Top(q, 10, func(it *match.Item) bool { return slices.Contains(pool, it.ID) })
		out[i].PoolNDCG10 = ndcg(graded(among, judged, pool), judged, 10)
	}
	return out
}

// graded are the grades of what was found, and after it of those of a pool that were not.
func graded(found []match.Match, judged map[string]int, pool []string) (grades []int) {
	slices.Sort(pool)
	for _, m := range found {
		grades = append(grades, judged[m.ID])
		pool = slices.DeleteFunc(pool, func(id string) bool { return id == m.ID })
	}
	for _, id := range pool {
		grades = append(grades, judged[id])
	}
	return grades
}

// mean is over the queries of a fold, or of both when it is negative.
func (l *labelled) mean(ms []Measured, fold int) (mean Measured) {
	n := 0.0
	for i, m := range ms {
		if fold < 0 || half(l.queries[i].ID) == fold {
			n++
			mean.NDCG10 += m.NDCG10
			mean.PoolNDCG10 += m.PoolNDCG10
		}
	}
	return Measured{mean.NDCG10 / n, mean.PoolNDCG10 / n}
}

// climb takes steps from the neutral weights, keeping each that ranks the queries of a fold better, and answers the best
// weights and what they measure for each query.
func (l *labelled) climb(fold, steps int) (match.Weights, []Measured) {
	r := rand.New(rand.NewPCG(uint64(fold+2), 1))
	aim := func(ms []Measured) float64 { m := l.mean(ms, fold); return m.NDCG10 + m.PoolNDCG10 }
	best := neutral()
	have := l.measure(best)
	for range steps {
		try := turned(best, r)
		if ms := l.measure(try); aim(ms) > aim(have) {
			best, have = try, ms
		}
	}
	return best, have
}

// train measures the shipped weights, weights trained on each half, and weights trained on all, which it answers too.
func (l *labelled) train(steps int) (Trained, match.Weights, error) {
	folds := [2]int{}
	for _, q := range l.queries {
		folds[half(q.ID)]++
	}
	if folds[0] == 0 || folds[1] == 0 {
		return Trained{}, match.Weights{}, fmt.Errorf("%d queries with a relevant document are too few to hold half of them out", len(l.queries))
	}
	out := Trained{Queries: len(l.queries), Steps: steps, Shipped: l.mean(l.measure(match.DefaultWeights()), -1)}
	heldOut := make([]Measured, len(l.queries))
	for fold := range 2 {
		_, ms := l.climb(1-fold, steps)
		for i, q := range l.queries {
			if half(q.ID) == fold {
				heldOut[i] = ms[i]
			}
		}
	}
	out.CrossValidated = l.mean(heldOut, -1)
	best, ms := l.climb(-1, steps)
	out.OnAll = l.mean(ms, -1)
	return out, best, nil
}
