package match

import (
	"cmp"
	"container/heap"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
)

// Index finds the best matches among many items. It lives in memory, is fed by whoever keeps the documents, and is safe
// for concurrent use: readers never wait for each other.
type Index struct {
	weights Weights

	mu       sync.RWMutex
	stats    *stats
	version  string
	slots    []slot
	byID     map[string]int32
	dead     int
	postings map[string][]posting
	scratch  sync.Pool // *[]float32, one accumulator for each running Top
}

type slot struct {
	item *Item // nil once removed or replaced
	vec  []weighted
}

type posting struct {
	slot int32
	w    float32
}

// New makes an empty index.
func New(w Weights) *Index {
	x := &Index{weights: w, byID: map[string]int32{}, postings: map[string][]posting{}}
	x.scratch.New = func() any { return new([]float32) }
	x.freeze()
	return x
}

// Version names the weights and the term statistics in use.
func (x *Index) Version() string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.version
}

// Len is the number of items.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.byID)
}

// Upsert puts an item in, replacing the one with its ID. The item's slices must not be changed afterwards. Scores of
// other pairs do not change: term statistics stay as they are until Refresh.
func (x *Index) Upsert(it Item) {
	vec := x.weights.Text.vector(&it)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(it.ID)
	n := int32(len(x.slots))
	x.slots = append(x.slots, slot{&it, vec})
	x.byID[it.ID] = n
	for _, t := range vec {
		x.postings[t.term] = append(x.postings[t.term], posting{n, t.w})
	}
	// Statistics of an index that has since doubled say little; and the dead must not outweigh the living.
	if live := len(x.byID); live >= 64 && live > 2*x.stats.docs || x.dead > live+1024 {
		x.freeze()
	}
}

// Remove takes an item out; an unknown ID is no error.
func (x *Index) Remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

func (x *Index) remove(id string) {
	if n, ok := x.byID[id]; ok {
		x.slots[n] = slot{}
		delete(x.byID, id)
		x.dead++
	}
}

// Refresh takes new term statistics from the items that are in now, and with them a new version. Call it after loading
// and then now and then, not with every change.
func (x *Index) Refresh() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.freeze()
}

// freeze drops the dead and takes statistics. The caller holds the lock.
func (x *Index) freeze() {
	if x.dead > 0 {
		live := make([]slot, 0, len(x.byID))
		x.postings = make(map[string][]posting, len(x.postings))
		for _, s := range x.slots {
			if s.item == nil {
				continue
			}
			n := int32(len(live))
			live = append(live, s)
			x.byID[s.item.ID] = n
			for _, t := range s.vec {
				x.postings[t.term] = append(x.postings[t.term], posting{n, t.w})
			}
		}
		x.slots, x.dead = live, 0
	}
	st := &stats{docs: len(x.slots), df: make(map[string]int32, len(x.postings))}
	// The fingerprint adds up over terms, so that it does not depend on the order of a map.
	var print uint64
	for term, list := range x.postings {
		st.df[term] = int32(len(list))
		h := fnv.New64a()
		fmt.Fprintf(h, "%s %d", term, len(list))
		print += h.Sum64()
	}
	x.stats = st
	x.version = fmt.Sprintf("%s/%d-%08x", x.weights.Version, st.docs, uint32(print^print>>32))
}

// Filter says which items may be found; nil allows all.
type Filter func(*Item) bool

// Get answers an item of the index.
func (x *Index) Get(id string) (Item, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n, ok := x.byID[id]
	if !ok {
		return Item{}, false
	}
	return *x.slots[n].item, true
}

// Pair scores two items, in the index or not. Pair(a, b) and Pair(b, a) have the same score and the same reasons; ID is
// b's.
func (x *Index) Pair(a, b Item) Match {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.pair(&a, &b, x.weights.Text.vector(&a), x.weights.Text.vector(&b))
}

func (x *Index) pair(a, b *Item, va, vb []weighted) Match {
	var reasons []Reason
	if v := x.stats.overlap(va, vb); v > 0 {
		words := x.stats.readable(a, b, 6)
		reasons = append(reasons, Reason{Kind: ReasonText, Value: v * x.weights.Text.Scale, Terms: words, Detail: overlapDetail(words)})
	}
	reasons = append(reasons, x.weights.factReasons(a, b)...)
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Value, a.Value) })
	return Match{ID: b.ID, Score: sum(reasons), Reasons: reasons, Version: x.version}
}

// Top answers the k best matches of an item, best first. The item itself, by ID, is never among them, nor is anything
// that neither shares a word with it nor any fact.
func (x *Index) Top(query Item, k int, allow Filter) []Match {
	if k <= 0 {
		return nil
	}
	vec := x.weights.Text.vector(&query)
	x.mu.RLock()
	defer x.mu.RUnlock()

	acc := x.scratch.Get().(*[]float32)
	defer x.scratch.Put(acc)
	*acc = slices.Grow((*acc)[:0], len(x.slots))[:len(x.slots)]
	clear(*acc)
	scores := *acc
	for _, t := range vec {
		idf := x.stats.idf(t.term)
		q := float32(idf) * t.w
		for _, p := range x.postings[t.term] {
			scores[p.slot] += q * p.w
		}
	}
	// A rough list in float32, longer than asked for, then the exact scores that are shown.
	rough := make(shortlist, 0, max(3*k, k+50))
	for n := range x.slots {
		it := x.slots[n].item
		if it == nil || it.ID == query.ID && it.Kind == query.Kind {
			continue
		}
		score := float64(scores[n]) * x.weights.Text.Scale
		for _, v := range x.weights.facts(&query, it) {
			score += v
		}
		if score == 0 || len(rough) == cap(rough) && score <= rough[0].score {
			continue
		}
		if allow != nil && !allow(it) {
			continue
		}
		if len(rough) == cap(rough) {
			rough[0] = candidate{int32(n), score}
			heap.Fix(&rough, 0)
			continue
		}
		heap.Push(&rough, candidate{int32(n), score})
	}
	out := make([]Match, 0, len(rough))
	slices.SortFunc(rough, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	for i, c := range rough {
		// float32 sums err by far less than a part in ten thousand: nothing below can still come up.
		if i >= k && c.score < rough[k-1].score*(1-1e-4) {
			break
		}
		s := x.slots[c.slot]
		out = append(out, x.pair(&query, s.item, vec, s.vec))
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(k, len(out))]
}

type candidate struct {
	slot  int32
	score float64
}

// shortlist is a heap with the worst candidate on top.
type shortlist []candidate

func (s shortlist) Len() int           { return len(s) }
func (s shortlist) Less(i, j int) bool { return s[i].score < s[j].score }
func (s shortlist) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

// Push is for package heap.
func (s *shortlist) Push(c any) { *s = append(*s, c.(candidate)) }

// Pop is for package heap.
func (s *shortlist) Pop() any {
	c := (*s)[len(*s)-1]
	*s = (*s)[:len(*s)-1]
	return c
}
