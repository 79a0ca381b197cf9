package match

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// Index finds the best matches among many items. It lives in memory, is fed by whoever keeps the documents, and is safe
// for concurrent use: readers never wait for each other.
type Index struct {
	weights Weights

	mu      sync.RWMutex
	stats   stats
	version string
	slots   []slot
	byID    map[string]int32
	dead    int
	terms   map[uint64]*term
	scratch sync.Pool // *products, one for each running Top
	// turns lets as many Tops run as there are processors: more would only share them, and all would end late.
	turns chan struct{}
}

// products are the products of one query's vector with those of all slots. Singles and pairs lie apart: a term writes
// to one of them only, which then fits a processor's cache better.
type products struct{ single, pair []float64 }

// reset makes room for n slots and clears it.
func (p *products) reset(n int) {
	p.single, p.pair = slices.Grow(p.single[:0], n)[:n], slices.Grow(p.pair[:0], n)[:n]
	clear(p.single)
	clear(p.pair)
}

func (p *products) of(slot int32) amount { return amount{p.single[slot], p.pair[slot]} }

type slot struct {
	item *Item // nil once removed or replaced
	// squares is the squared length of the item's vector under the present statistics.
	squares amount
	facts   outline
}

// term is what the index knows of a term: who uses it, and how rare it was when statistics were last taken.
type term struct {
	rarity float64
	list   []posting
}

type posting struct {
	slot int32
	w    float32
}

// New makes an empty index.
func New(w Weights) *Index {
	x := &Index{weights: w, byID: map[string]int32{}, terms: map[uint64]*term{}, turns: make(chan struct{}, runtime.GOMAXPROCS(0))}
	x.scratch.New = func() any { return new(products) }
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
	x.slots = append(x.slots, slot{&it, x.squares(vec), x.weights.outline(&it)})
	x.byID[it.ID] = n
	for _, t := range vec {
		e := x.terms[t.key]
		if e == nil {
			e = &term{rarity: x.stats.unseen}
			x.terms[t.key] = e
		}
		e.list = append(e.list, posting{n, t.w})
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
		for key, e := range x.terms {
			kept := e.list[:0]
			for _, p := range e.list {
				if n := moved[p.slot]; n >= 0 {
					kept = append(kept, posting{n, p.w})
				}
			}
			if e.list = kept; len(kept) == 0 {
				delete(x.terms, key)
			}
		}
		x.slots, x.dead = live, 0
	}
	power := x.weights.Text.Rarity
	x.stats = stats{docs: len(x.slots), unseen: rarity(len(x.slots), 0, power)}
	for i := range x.slots {
		x.slots[i].squares = amount{}
	}
	var fingerprint uint64
	for _, key := range slices.Sorted(maps.Keys(x.terms)) {
		e := x.terms[key]
		e.rarity = rarity(len(x.slots), len(e.list), power)
		fingerprint = fingerprint*0x9E3779B97F4A7C15 + key ^ uint64(len(e.list))
		for _, p := range e.list {
			x.slots[p.slot].squares.add(key, square(e.rarity, p.w))
		}
	}
	x.version = fmt.Sprintf("%s/%d-%08x", x.weights.Version, len(x.slots), uint32(fingerprint^fingerprint>>32))
}

// rarity is the rarity of a term under the present statistics. The caller holds the lock.
func (x *Index) rarity(key uint64) float64 {
	if e := x.terms[key]; e != nil {
		return e.rarity
	}
	return x.stats.unseen
}

// Filter says which items may be found; nil allows all.
type Filter func(*Item) bool

// Follows is what one person has chosen to follow.
type Follows struct {
	Chains, Categories, Districts []string
}

// shares answers what of it an item has.
func (f Follows) shares(it *Item) []string {
	if len(f.Chains)+len(f.Categories)+len(f.Districts) == 0 {
		return nil
	}
	return slices.Concat(shared(f.Chains, it.Chains), shared(f.Categories, it.Categories), shared(f.Districts, []string{it.District}))
}

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
	va, vb := x.weights.Text.vector(&a), x.weights.Text.vector(&b)
	m := x.match(&a, &b, x.product(va, vb), x.squares(va), x.squares(vb))
	asks, answers, _ := sides(&a, &b)
	x.word(&m, passage(asks), passage(answers))
	return m
}

// match makes the match of b for a; its text reason is yet to be worded.
func (x *Index) match(a, b *Item, product, sa, sb amount) Match {
	reasons := append(x.weights.Text.reasons(product, sa, sb), x.weights.factReasons(a, b)...)
	slices.SortStableFunc(reasons, func(a, b Reason) int { return cmp.Compare(b.Value, a.Value) })
	return Match{ID: b.ID, Score: sum(reasons), Reasons: reasons, Version: x.version}
}

// Top answers the k best matches of an item, best first. The item itself, by ID and kind, is never among them, nor is
// anything that shares neither a word nor a fact with it.
func (x *Index) Top(query Item, k int, allow Filter) []Match {
	return x.TopFor(Follows{}, query, k, allow)
}

// TopFor is Top for one person: what the person follows is a reason more. A person who follows nothing, and everyone
// while personalisation is off, gets Top.
func (x *Index) TopFor(person Follows, query Item, k int, allow Filter) []Match {
	return x.TopEach(person, query, k, Wanted{Allow: allow})[0]
}

// Wanted is one list to be filled: of the items of a kind (empty: of any) those that a filter allows (nil: all).
type Wanted struct {
	Kind  Kind
	Allow Filter
}

// TopEach is TopFor for several lists at once, in the order of what is wanted: the query is compared with everything only
// once.
func (x *Index) TopEach(person Follows, query Item, k int, wanted ...Wanted) [][]Match {
	out := make([][]Match, len(wanted))
	if k <= 0 {
		return out
	}
	x.turns <- struct{}{}
	defer func() { <-x.turns }()
	vec := x.weights.Text.vector(&query)
	x.mu.RLock()
	defer x.mu.RUnlock()

	found := x.scratch.Get().(*products)
	defer x.scratch.Put(found)
	x.multiply(vec, found)
	squares := x.squares(vec)
	asked := passage(&query)
	for n, best := range x.shortlists(person, &query, k, wanted, found, squares) {
		for _, c := range best {
			s := &x.slots[c.slot]
			m := x.match(&query, s.item, found.of(c.slot), squares, s.squares)
			if followed := person.shares(s.item); len(followed) > 0 && x.weights.Personal != 0 {
				m.Reasons = append(m.Reasons, Reason{Kind: ReasonPersonal, Value: x.weights.Personal, Terms: followed, Detail: "您关注了" + strings.Join(followed, "、")})
				m.Score = sum(m.Reasons)
			}
			out[n] = append(out[n], m)
		}
		slices.SortFunc(out[n], func(a, b Match) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
		})
		out[n] = out[n][:min(k, len(out[n]))]
		for i := range out[n] {
			it := x.slots[x.byID[out[n][i].ID]].item
			if asks, _, _ := sides(&query, it); asks == it {
				x.word(&out[n][i], passage(it), asked)
			} else {
				x.word(&out[n][i], asked, passage(it))
			}
		}
	}
	return out
}

// multiply makes the products of a vector with those of all slots. The caller holds the lock.
func (x *Index) multiply(vec vector, found *products) {
	found.reset(len(x.slots))
	for _, t := range vec {
		e := x.terms[t.key]
		if e == nil {
			continue
		}
		sums := found.pair
		if t.key < 1<<21 {
			sums = found.single
		}
		for _, p := range e.list {
			sums[p.slot] += times(e.rarity, t.w, p.w)
		}
	}
}

// shortlists are the best candidates for each list. The caller holds the lock.
func (x *Index) shortlists(person Follows, query *Item, k int, wanted []Wanted, found *products, squares amount) []shortlist {
	lists := make([]shortlist, len(wanted))
	for n := range lists {
		lists[n] = make(shortlist, 0, min(k, len(x.slots))+slack)
	}
	limits := x.weights.limits(query)
	personal := max(0, x.weights.Personal)
	for i := range x.slots {
		s, product := &x.slots[i], found.of(int32(i))
		if s.item == nil {
			continue
		}
		score, related := 0.0, product != amount{}
		if related {
			overlap, focus := x.weights.Text.score(product, squares, s.squares)
			score = overlap + focus
		}
		// Most items are done with here, without touching them.
		most := score + limits.most(&s.facts) + personal
		exact := false
		for n := range wanted {
			best := &lists[n]
			full := len(*best) == cap(*best)
			if !wanted[n].of(s) || full && most <= (*best)[0].score {
				continue
			}
			if !exact {
				if s.item.ID == query.ID && s.item.Kind == query.Kind {
					break
				}
				for _, v := range x.weights.facts(query, s.item) {
					score += v
					related = related || v != 0
				}
				if related && len(person.shares(s.item)) > 0 {
					score += x.weights.Personal
				}
				exact = true
			}
			if !related || full && score <= (*best)[0].score || !wanted[n].allows(s.item) {
				continue
			}
			if full {
				(*best)[0] = candidate{int32(i), score}
				heap.Fix(best, 0)
				continue
			}
			heap.Push(best, candidate{int32(i), score})
		}
	}
	return lists
}

// of says whether a slot's item can be wanted, without touching the item.
func (w *Wanted) of(s *slot) bool { return w.Kind == "" || w.Kind.rank() == int(s.facts.rank) }

func (w *Wanted) allows(it *Item) bool {
	return (w.Kind == "" || w.Kind == it.Kind) && (w.Allow == nil || w.Allow(it))
}

// slack is how many more candidates are kept than asked for: a score is the sum of its reasons in the order they are
// shown, and may differ from the sum in any other order by a last bit.
const slack = 16

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
