package text

import (
	"cmp"
	"slices"
	"strings"
)

// Suggestion is a word or name offered while typing, with what makes it worth offering (how many documents hold it,
// how often it is searched).
type Suggestion struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// Suggester completes what is being typed, by the characters, by full pinyin and by initials. It is immutable: build
// a new one when the words change.
type Suggester struct {
	words []Suggestion
	keys  []key // sorted by text
}

type key struct {
	text string
	word int32
	kind keyKind
}

// keyKind orders completions of the same prefix: what was typed literally beats what was typed in pinyin.
type keyKind uint8

const (
	keyExact keyKind = iota
	keyPinyin
	keyInitials
)

// NewSuggester builds a suggester. Words that fold alike are offered once, with the greatest weight.
func NewSuggester(words []Suggestion) *Suggester {
	s := &Suggester{}
	seen := map[string]int{}
	for _, w := range words {
		k := compact(w.Text)
		if k == "" {
			continue
		}
		if i, ok := seen[k]; ok {
			s.words[i].Weight = max(s.words[i].Weight, w.Weight)
			continue
		}
		i := len(s.words)
		seen[k] = i
		s.words = append(s.words, w)
		add := func(text string, kind keyKind) { s.keys = append(s.keys, key{text, int32(i), kind}) }
		add(k, keyExact)
		if full, first := spellings(w.Text); full != k {
			add(full, keyPinyin)
			add(first, keyInitials)
		}
	}
	slices.SortFunc(s.keys, func(a, b key) int { return cmp.Or(strings.Compare(a.text, b.text), int(a.word-b.word)) })
	return s
}

// spellings answers a text in pinyin and in initials, Latin words and numbers as they are in both.
func spellings(s string) (full, first string) {
	var f, i strings.Builder
	for _, run := range runs(fold(s)) {
		var part []rune
		flush := func() {
			for _, syl := range readings(part) {
				f.WriteString(syl)
				i.WriteByte(syl[0])
			}
			part = nil
		}
		for _, c := range run {
			if c.class == han && readable(c.r) {
				part = append(part, c.r)
				continue
			}
			flush()
			f.WriteRune(c.r)
			i.WriteRune(c.r)
		}
		flush()
	}
	return f.String(), i.String()
}

// Complete answers at most n words that begin with what was typed: literal completions before pinyin, pinyin before
// initials, then by weight, then the shorter. An allow function, when given, says which may be shown.
func (s *Suggester) Complete(typed string, n int, allow func(Suggestion) bool) []Suggestion {
	k := compact(typed)
	if k == "" || n <= 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(s.keys, k, func(a key, k string) int { return strings.Compare(a.text, k) })
	var best []key
	better := func(a, b key) int {
		wa, wb := s.words[a.word], s.words[b.word]
		return cmp.Or(int(a.kind)-int(b.kind), cmp.Compare(wb.Weight, wa.Weight), len(wa.Text)-len(wb.Text), int(a.word-b.word))
	}
	for _, c := range s.keys[from:] {
		if !strings.HasPrefix(c.text, k) {
			break
		}
		if len(best) == n && better(c, best[n-1]) >= 0 {
			continue
		}
		if slices.ContainsFunc(best, func(o key) bool { return o.word == c.word && better(o, c) <= 0 }) {
			continue
		}
		if allow != nil && !allow(s.words[c.word]) {
			continue
		}
		best = slices.DeleteFunc(best, func(o key) bool { return o.word == c.word })
		at, _ := slices.BinarySearchFunc(best, c, better)
		best = slices.Insert(best, at, c)
		best = best[:min(n, len(best))]
	}
	out := make([]Suggestion, len(best))
	for i, c := range best {
		out[i] = s.words[c.word]
	}
	return out
}
