package same

import (
	"cmp"
	"slices"
)

// Reason is why two achievements may be one.
type Reason string

// The reasons, the strongest first.
const (
	SameNumber Reason = "same_number" // they name the same right
	SameTitle  Reason = "same_title"  // written alike but for width, case, punctuation and the script
	NearTitle  Reason = "near_title"
)

// Subject is what is compared of an achievement.
type Subject struct {
	Title   string
	Numbers []string // of its rights, as typed
}

// Match is one achievement another may be the same as.
type Match struct {
	ID     string
	Reason Reason
	Number string // the key shared, of SameNumber
	Score  int    // of the titles, 0 to 100
	Exact  bool   // the titles are written alike and no numbers speak against it: may be decided together with others
}

// Index holds the achievements a new one is held against. It is filled and asked by one goroutine.
type Index struct {
	all      []entry
	byFlat   map[string][]int32
	byNumber map[string][]int32
	byGram   map[uint64][]int32
	hits     []uint16 // per entry, of the question being answered
	touched  []int32
}

type entry struct {
	id      string
	title   title
	numbers []string
}

// NewIndex is an empty one.
func NewIndex() *Index {
	return &Index{byFlat: map[string][]int32{}, byNumber: map[string][]int32{}, byGram: map[uint64][]int32{}}
}

func keys(numbers []string) []string {
	var all []string
	for _, n := range numbers {
		if k := Number(n); k != "" && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// Add puts one in. An id is added once.
func (x *Index) Add(id string, s Subject) {
	e, at := entry{id, read(s.Title), keys(s.Numbers)}, int32(len(x.all))
	x.all, x.hits = append(x.all, e), append(x.hits, 0)
	x.byFlat[string(e.title.flat)] = append(x.byFlat[string(e.title.flat)], at)
	for _, n := range e.numbers {
		x.byNumber[n] = append(x.byNumber[n], at)
	}
	for _, g := range e.title.grams {
		x.byGram[g] = append(x.byGram[g], at)
	}
}

// maxMatches is how many a person is shown.
const maxMatches = 3

// Find answers which may be the same, the likeliest first, at most three; of equals the one added first.
func (x *Index) Find(s Subject) []Match {
	t, numbers := read(s.Title), keys(s.Numbers)
	found := map[int32]Match{}
	judge := func(at int32) {
		if _, done := found[at]; done {
			return
		}
		e := &x.all[at]
		m := Match{ID: e.id, Score: near(&t, &e.title)}
		i := slices.IndexFunc(numbers, func(n string) bool { return slices.Contains(e.numbers, n) })
		switch {
		case i >= 0:
			m.Reason, m.Number = SameNumber, numbers[i]
		case m.Score == 100:
			m.Reason = SameTitle
		case m.Score > 0:
			m.Reason = NearTitle
		default:
			return
		}
		m.Exact = m.Score == 100 && (i >= 0 || len(numbers) == 0 || len(e.numbers) == 0)
		found[at] = m
	}
	for _, n := range numbers {
		for _, at := range x.byNumber[n] {
			judge(at)
		}
	}
	for _, at := range x.byFlat[string(t.flat)] {
		judge(at)
	}
	for _, at := range x.alike(t.grams) {
		judge(at)
	}
	order := make([]int32, 0, len(found))
	for at := range found {
		order = append(order, at)
	}
	rank := map[Reason]int{SameNumber: 0, SameTitle: 1, NearTitle: 2}
	slices.SortFunc(order, func(a, b int32) int {
		ma, mb := found[a], found[b]
		exact := func(m Match) int {
			if m.Exact {
				return 0
			}
			return 1
		}
		return cmp.Or(exact(ma)-exact(mb), rank[ma.Reason]-rank[mb.Reason], mb.Score-ma.Score, int(a-b))
	})
	var best []Match
	for _, at := range order[:min(len(order), maxMatches)] {
		best = append(best, found[at])
	}
	return best
}

// alike are the entries that share enough neighbours with a title to be worth comparing.
func (x *Index) alike(grams []uint64) []int32 {
	for _, g := range grams {
		for _, at := range x.byGram[g] {
			if x.hits[at] == 0 {
				x.touched = append(x.touched, at)
			}
			x.hits[at]++
		}
	}
	var worth []int32
	for _, at := range x.touched {
		if shared := int(x.hits[at]); shared*4 >= min(len(grams), len(x.all[at].title.grams)) {
			worth = append(worth, at)
		}
		x.hits[at] = 0
	}
	x.touched = x.touched[:0]
	return worth
}
