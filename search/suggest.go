package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
	"lianbang/services/platform/access"
)

// maxTerms is how many of the suggestions are terms; the rest are titles and names.
const maxTerms = 3

// Suggest completes what is being typed, best first: terms, then titles that begin with it, then titles that hold it. Latin
// letters are also read as pinyin and as its initials. A title the actor may not see is not there.
func (s *Service) Suggest(_ context.Context, actor access.Actor, typed, kind string, limit int) []api.Suggestion {
	wanted := compact(typed)
	if wanted == "" || limit <= 0 {
		return []api.Suggestion{}
	}
	seen := audience(actor)
	terms, titles := s.memory.holding(wanted, limit, s.popular.weights(), func(e *entry) bool {
		return (kind == "" || kind == everyType || kind == string(e.kind)) && e.visibleTo(seen)
	})
	out := make([]api.Suggestion, 0, limit)
	shown := map[string]bool{}
	add := func(sg api.Suggestion) {
		if k := compact(sg.Text); len(out) < limit && !shown[k] {
			shown[k] = true
			out = append(out, sg)
		}
	}
	if kind == "" || kind == everyType {
		for _, t := range terms[:min(len(terms), maxTerms)] {
			add(s.suggestion(t, typed, api.SuggestionKindTerm, ""))
		}
	}
	for _, e := range titles {
		add(s.suggestion(e.title, typed, api.SuggestionKind(e.kind), e.url))
	}
	if len(out) < limit && latin(wanted) {
		for _, sp := range s.memory.spelling().complete(typed, limit, func(e *entry) bool {
			return (kind == "" || kind == everyType || kind == string(e.kind)) && e.visibleTo(seen)
		}) {
			switch {
			case sp.entry != nil:
				add(s.suggestion(sp.entry.title, typed, api.SuggestionKind(sp.entry.kind), sp.entry.url))
			case kind == "" || kind == everyType:
				add(s.suggestion(sp.term, typed, api.SuggestionKindTerm, ""))
			}
		}
	}
	return out
}

func (s *Service) suggestion(t, typed string, kind api.SuggestionKind, url string) api.Suggestion {
	return api.Suggestion{Text: t, Kind: kind, Url: url, Marks: marks(t, text.Highlight(t, typed, nil))}
}

func latin(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// holding finds the terms and titles that hold what is typed: those that begin with it first, the shorter before the longer,
// the newer before the older.
func (m *memory) holding(wanted string, limit int, popular map[string]int, allow func(*entry) bool) (terms []string, titles []*entry) {
	type found[T any] struct {
		what T
		at   int // where it holds what is typed
		rank int // greater first
		size int
	}
	better := func(aAt, bAt, aRank, bRank, aSize, bSize int) int {
		return cmp.Or(cmp.Compare(min(aAt, 1), min(bAt, 1)), cmp.Compare(bRank, aRank), cmp.Compare(aSize, bSize))
	}
	m.mu.RLock()
	defer m.mu.RUnlock()

	var ts []found[string]
	take := func(t string, rank int) {
		if f := compact(t); f != wanted || rank > 0 {
			if at := strings.Index(f, wanted); at >= 0 {
				ts = append(ts, found[string]{t, at, rank, len(f)})
			}
		}
	}
	for t, n := range popular {
		take(t, 1000+n)
	}
	for t, n := range m.terms {
		take(t, n)
	}
	slices.SortFunc(ts, func(a, b found[string]) int {
		return cmp.Or(better(a.at, b.at, a.rank, b.rank, a.size, b.size), strings.Compare(a.what, b.what))
	})
	for _, t := range ts {
		terms = append(terms, t.what)
	}

	var best []found[*entry]
	compare := func(a, b found[*entry]) int {
		return cmp.Or(better(a.at, b.at, 0, 0, a.size, b.size), b.what.facts.PublishedAt.Compare(a.what.facts.PublishedAt),
			strings.Compare(a.what.key, b.what.key))
	}
	for _, e := range m.list {
		if e == nil {
			continue
		}
		at := strings.Index(e.folded, wanted)
		if at < 0 {
			continue
		}
		f := found[*entry]{e, at, 0, len(e.folded)}
		if len(best) == limit && compare(f, best[limit-1]) >= 0 || !allow(e) {
			continue
		}
		n, _ := slices.BinarySearchFunc(best, f, compare)
		best = slices.Insert(best, n, f)[:min(len(best)+1, limit)]
	}
	for _, f := range best {
		titles = append(titles, f.what)
	}
	return terms, titles
}

// spelling completes what is typed in pinyin. It is made of the memory as it was, and made again when that has changed.
type spelling struct {
	suggester *text.Suggester
	byText    map[string][]*entry // by folded title
	terms     map[string]string   // by folded term
	of        uint64              // the memory's state
}

// spellings holds the latest spelling and makes the next one.
type spellings struct {
	mu      sync.Mutex
	now     *spelling
	made    time.Time
	took    time.Duration
	pending bool
}

// cheap is how long making a spelling may keep a reader waiting; beyond that it is made in the background, and not so often
// that it takes more than a twentieth of the time.
const cheap = 20 * time.Millisecond

// spelling is the memory's latest spelling, made now when that is cheap.
func (m *memory) spelling() *spelling {
	sp := &m.spellings
	sp.mu.Lock()
	defer sp.mu.Unlock()
	changed := m.changes()
	switch {
	case sp.now != nil && (sp.now.of == changed || sp.pending || time.Since(sp.made) < 20*sp.took):
	case sp.now == nil || sp.took < cheap:
		sp.set(m.spell())
	default:
		sp.pending = true
		go func() {
			now, took := m.spell()
			sp.mu.Lock()
			defer sp.mu.Unlock()
			sp.set(now, took)
			sp.pending = false
		}()
	}
	return sp.now
}

func (sp *spellings) set(now *spelling, took time.Duration) {
	sp.now, sp.took, sp.made = now, took, time.Now()
}

func (m *memory) spell() (*spelling, time.Duration) {
	began := time.Now()
	sp := &spelling{byText: map[string][]*entry{}, terms: map[string]string{}}
	var words []text.Suggestion
	m.mu.RLock()
	sp.of = m.changed
	for t, n := range m.terms {
		sp.terms[compact(t)] = t
		words = append(words, text.Suggestion{Text: t, Weight: 1000 + float64(n)})
	}
	for _, e := range m.list {
		if e != nil && e.folded != "" {
			if len(sp.byText[e.folded]) == 0 {
				words = append(words, text.Suggestion{Text: e.title})
			}
			sp.byText[e.folded] = append(sp.byText[e.folded], e)
		}
	}
	m.mu.RUnlock()
	sp.suggester = text.NewSuggester(words)
	return sp, time.Since(began)
}

type spelt struct {
	entry *entry
	term  string
}

func (sp *spelling) complete(typed string, n int, allow func(*entry) bool) []spelt {
	var out []spelt
	visible := func(sg text.Suggestion) (spelt, bool) {
		k := compact(sg.Text)
		if t, ok := sp.terms[k]; ok {
			return spelt{term: t}, true
		}
		if i := slices.IndexFunc(sp.byText[k], allow); i >= 0 {
			return spelt{entry: sp.byText[k][i]}, true
		}
		return spelt{}, false
	}
	for _, sg := range sp.suggester.Complete(typed, n, func(sg text.Suggestion) bool { _, ok := visible(sg); return ok }) {
		if s, ok := visible(sg); ok {
			out = append(out, s)
		}
	}
	return out
}

// didYouMean is what sounds like the words typed and stands in a title or a name the actor may see; empty when nothing does.
func (s *Service) didYouMean(ctx context.Context, a *Ask) string {
	typed := []rune(compact(a.Query))
	if len(typed) < 2 || len(typed) > 12 {
		return ""
	}
	sound := text.Pinyin(string(typed))
	if len(sound) != len(typed) { // letters or digits are among them
		return ""
	}
	m := &meilisearch.MultiSearchRequest{}
	for _, q := range text.Query(strings.Join(sound, "")).Pinyin {
		m.Queries = append(m.Queries, &meilisearch.SearchRequest{IndexUID: liveIndex, Query: q, MatchingStrategy: meilisearch.All,
			Filter: in("audience", audience(a.Actor)), Limit: 10, AttributesToRetrieve: sourceFields})
	}
	if len(m.Queries) == 0 {
		return ""
	}
	results, err := s.multi(ctx, m)
	if err != nil {
		return "" // a nicety: the search itself has been answered
	}
	votes := map[string]int{}
	for _, r := range results {
		hits, err := decode(r.Hits)
		if err != nil {
			return ""
		}
		for _, h := range hits {
			d, err := h.document()
			if err != nil || d == nil {
				continue
			}
			for _, name := range []string{d.Title, d.OrgName} {
				letters := []rune(compact(name))
				for i := 0; i+len(typed) <= len(letters); i++ {
					if w := string(letters[i : i+len(typed)]); slices.Equal(text.Pinyin(w), sound) {
						votes[w]++
					}
				}
			}
		}
	}
	delete(votes, string(typed))
	best := ""
	for w, n := range votes {
		if best == "" || n > votes[best] || n == votes[best] && w < best {
			best = w
		}
	}
	return best
}
