package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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
	return out
}

func (s *Service) suggestion(t, typed string, kind api.SuggestionKind, url string) api.Suggestion {
	spans := text.Highlight(t, typed, nil)
	if len(spans) == 0 { // a syllable is not finished, or initials run on
		spans = soundSpan(t, compact(typed))
	}
	return api.Suggestion{Text: t, Kind: kind, Url: url, Marks: marks(t, spans)}
}

// soundSpan is the stretch of a name that sounds like, or has the initials of, what is typed.
func soundSpan(name, typed string) []text.Span {
	s := soundOf(name)
	var han [][2]int // begin and end of each character that is spelled
	for i, r := range name {
		if unicode.Is(unicode.Han, r) {
			han = append(han, [2]int{i, i + utf8.RuneLen(r)})
		}
	}
	if len(han) != len(s.starts) || typed == "" {
		return nil // a character nobody reads is among them
	}
	if at, ok := s.spelled(typed); ok {
		last, exact := slices.BinarySearch(s.starts, uint16(at+len(typed)-1))
		if !exact {
			last--
		}
		first, _ := slices.BinarySearch(s.starts, uint16(at))
		return []text.Span{{Start: han[first][0], End: han[last][1]}}
	}
	if at := strings.Index(s.initials, typed); at >= 0 {
		return []text.Span{{Start: han[at][0], End: han[at+len(typed)-1][1]}}
	}
	return nil
}

func latin(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
}

// place is where and how a name holds what is typed; the zero place is the best.
type place struct {
	how  reading
	late bool // not at its beginning
}

// reading is how what is typed was read.
type reading uint8

const (
	literally reading = iota
	asPinyin
	asInitials
	notAtAll
)

// sound is a name in pinyin, for Latin letters to be looked up in.
type sound struct {
	syllables string   // joined
	starts    []uint16 // where each begins
	initials  string
}

// soundOf spells a name; all of it that is Han.
func soundOf(name string) sound {
	var s sound
	var all, first strings.Builder
	for _, syllable := range text.Pinyin(name) {
		s.starts = append(s.starts, uint16(all.Len()))
		all.WriteString(syllable)
		first.WriteByte(syllable[0])
	}
	s.syllables, s.initials = all.String(), first.String()
	return s
}

// find says where a folded name holds what is typed. isLatin: it may be pinyin.
func (s *sound) find(folded, wanted string, isLatin bool) place {
	if at := strings.Index(folded, wanted); at >= 0 {
		return place{literally, at > 0}
	}
	if !isLatin {
		return place{how: notAtAll}
	}
	if at, ok := s.spelled(wanted); ok {
		return place{asPinyin, at > 0}
	}
	if at := strings.Index(s.initials, wanted); at >= 0 && len(wanted) > 1 {
		return place{asInitials, at > 0}
	}
	return place{how: notAtAll}
}

// spelled is where what is typed stands in the syllables, from the beginning of one on.
func (s *sound) spelled(typed string) (at int, ok bool) {
	for from := 0; ; from = at + 1 {
		if at = strings.Index(s.syllables[from:], typed); at < 0 {
			return 0, false
		}
		at += from
		if _, begins := slices.BinarySearch(s.starts, uint16(at)); begins {
			return at, true
		}
	}
}

func (p place) compare(q place) int {
	if c := cmp.Compare(p.how, q.how); c != 0 || p.late == q.late {
		return c
	}
	if p.late {
		return 1
	}
	return -1
}

// holding finds the terms and titles that hold what is typed: literally before in pinyin, at the beginning before inside, the
// more frequent and the shorter before the others, the newer before the older.
func (m *memory) holding(wanted string, limit int, popular map[string]int, allow func(*entry) bool) (terms []string, titles []*entry) {
	type found[T any] struct {
		what T
		at   place
		rank int // greater first
		size int
	}
	isLatin := latin(wanted)
	m.mu.RLock()
	defer m.mu.RUnlock()

	var ts []found[string]
	take := func(t string, rank int) {
		sound, folded := sound{}, compact(t)
		if isLatin {
			sound = soundOf(t)
		}
		if at := sound.find(folded, wanted, isLatin); at.how != notAtAll {
			ts = append(ts, found[string]{t, at, rank, len(folded)})
		}
	}
	for t, n := range popular {
		take(t, 1000+n)
	}
	for t, n := range m.terms {
		take(t, n)
	}
	slices.SortFunc(ts, func(a, b found[string]) int {
		return cmp.Or(a.at.compare(b.at), cmp.Compare(b.rank, a.rank), cmp.Compare(a.size, b.size), strings.Compare(a.what, b.what))
	})
	for _, t := range ts {
		terms = append(terms, t.what)
	}

	var best []found[*entry]
	compare := func(a, b found[*entry]) int {
		return cmp.Or(a.at.compare(b.at), cmp.Compare(a.size, b.size), b.what.facts.PublishedAt.Compare(a.what.facts.PublishedAt),
			strings.Compare(a.what.key, b.what.key))
	}
	first, _ := utf8.DecodeRuneInString(wanted)
	for _, list := range m.names.candidates(wanted, isLatin) {
		for _, n := range list.places {
			if len(best) == limit {
				last := best[limit-1]
				size := int(m.names.heads[n].size)
				if c := m.names.best(list, n, first).compare(last.at); c > 0 || c == 0 && size > last.size {
					continue
				}
			}
			e := m.list[n]
			if e == nil {
				continue
			}
			at := e.sound.find(e.folded, wanted, isLatin)
			if at.how == notAtAll {
				continue
			}
			f := found[*entry]{e, at, 0, len(e.folded)}
			if len(best) == limit && compare(f, best[limit-1]) >= 0 || !allow(e) {
				continue
			}
			n, twice := slices.BinarySearchFunc(best, f, compare)
			if twice {
				continue
			}
			best = slices.Insert(best, n, f)
			best = best[:min(len(best), limit)]
		}
	}
	for _, f := range best {
		titles = append(titles, f.what)
	}
	return terms, titles
}
