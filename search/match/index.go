package match

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
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
	postings map[uint64][]posting
	scratch  sync.Pool // *[]rough, one for each running Top
}

type slot struct {
	item *Item // nil once removed or replaced
	// single and pair are the lengths of the item's vector under the present statistics; for the rough list only.
	single, pair float32
}

type posting struct {
	slot int32
	w    float32
}

// rough is what a running Top adds up for one item: products in single characters and in the rest.
type rough struct{ single, pair float32 }

// New makes an empty index.
func New(w Weights) *Index {
	x := &Index{weights: w, byID: map[string]int32{}, postings: map[uint64][]posting{}}
	x.scratch.New = func() any { return new([]rough) }
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
	single, pair := x.stats.norms(vec)
	x.slots = append(x.slots, slot{&it, float32(single), float32(pair)})
	x.byID[it.ID] = n
	for _, t := range vec {
		x.postings[t.key] = append(x.postings[t.key], posting{n, float32(t.w)})
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
		moved := make([]int32, len(x.slots)) // where each slot goes; -1 is nowhere
		live := make([]slot, 0, len(x.byID))
		for i, s := range x.slots {
			moved[i] = -1
			if s.item != nil {
				moved[i] = int32(len(live))
				x.byID[s.item.ID] = moved[i]
				live = append(live, s)
			}
		}
		for key, list := range x.postings {
			kept := list[:0]
			for _, p := range list {
				if n := moved[p.slot]; n >= 0 {
					kept = append(kept, posting{n, p.w})
				}
			}
			if x.postings[key] = kept; len(kept) == 0 {
				delete(x.postings, key)
			}
		}
		x.slots, x.dead = live, 0
	}
	st := &stats{docs: len(x.slots), power: x.weights.Text.Rarity, df: make(map[uint64]int32, len(x.postings))}
	var fingerprint uint64 // adds up over terms, so that the order of a map does not matter
	for key, list := range x.postings {
		st.df[key] = int32(len(list))
		fingerprint += (key*0x9E3779B97F4A7C15 ^ uint64(len(list))) * 0xBF58476D1CE4E5B9
	}
	x.stats = st
	x.version = fmt.Sprintf("%s/%d-%08x", x.weights.Version, st.docs, uint32(fingerprint^fingerprint>>32))
	norms := make([]struct{ single, pair float64 }, len(x.slots))
	for key, list := range x.postings {
		r := st.rarity(key)
		for _, p := range list {
			if w := float64(p.w); key < 1<<21 {
				norms[p.slot].single += r * w * w
			} else {
				norms[p.slot].pair += r * w * w
			}
		}
	}
	for i, n := range norms {
		x.slots[i].single, x.slots[i].pair = float32(math.Sqrt(n.single)), float32(math.Sqrt(n.pair))
	}
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
	m := x.pair(&a, &b, x.weights.Text.vector(&a), x.weights.Text.vector(&b))
	x.word(&m, &a, &b)
	return m
}

// pair scores; its text reason is yet to be worded.
func (x *Index) pair(a, b *Item, va, vb vector) Match {
	reasons := append(x.textReasons(a, b, va, vb), x.weights.factReasons(a, b)...)
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Value, a.Value) })
	return Match{ID: b.ID, Score: sum(reasons), Reasons: reasons, Version: x.version}
}

// Top answers the k best matches of an item, best first. The item itself, by ID and kind, is never among them, nor is
// anything that shares neither a word nor a fact with it.
func (x *Index) Top(query Item, k int, allow Filter) []Match {
	if k <= 0 {
		return nil
	}
	vec := x.weights.Text.vector(&query)
	x.mu.RLock()
	defer x.mu.RUnlock()

	// A rough list in float32, longer than asked for, then the exact scores that are shown.
	scratch := x.scratch.Get().(*[]rough)
	defer x.scratch.Put(scratch)
	*scratch = slices.Grow((*scratch)[:0], len(x.slots))[:len(x.slots)]
	sums := *scratch
	clear(sums)
	n := vec.singles()
	for i, t := range vec {
		list := x.postings[t.key]
		if len(list) == 0 {
			continue
		}
		q := float32(x.stats.rarity(t.key) * t.w)
		if i < n {
			for _, p := range list {
				sums[p.slot].single += q * p.w
			}
		} else {
			for _, p := range list {
				sums[p.slot].pair += q * p.w
			}
		}
	}
	w := &x.weights.Text
	single, pair := x.stats.norms(vec)
	best := make(shortlist, 0, 2*k+50)
	for i := range x.slots {
		s, r := &x.slots[i], sums[i]
		if s.item == nil || s.item.ID == query.ID && s.item.Kind == query.Kind {
			continue
		}
		score := w.Overlap*float64(r.single+r.pair) +
			w.FocusSingle*cosine(float64(r.single), single*float64(s.single)) +
			w.FocusPair*cosine(float64(r.pair), pair*float64(s.pair))
		related := score != 0
		for _, v := range x.weights.facts(&query, s.item) {
			score += v
			related = related || v != 0
		}
		if !related || len(best) == cap(best) && score <= best[0].score || allow != nil && !allow(s.item) {
			continue
		}
		if len(best) == cap(best) {
			best[0] = candidate{int32(i), score}
			heap.Fix(&best, 0)
			continue
		}
		heap.Push(&best, candidate{int32(i), score})
	}
	slices.SortFunc(best, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	out := make([]Match, 0, k+8)
	for i, c := range best {
		// The rough score errs by far less than this; nothing below can still come up.
		if i >= k && c.score < best[k-1].score-1e-3 {
			break
		}
		it := x.slots[c.slot].item
		out = append(out, x.pair(&query, it, vec, w.vector(it)))
	}
	slices.SortFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	out = out[:min(k, len(out))]
	for i := range out {
		x.word(&out[i], &query, x.slots[x.byID[out[i].ID]].item)
	}
	return out
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
