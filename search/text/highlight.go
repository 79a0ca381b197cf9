package text

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Span is a part of a text, in bytes: text[Start:End].
type Span struct{ Start, End int }

// Piece is a stretch of text that was found or was not; the pieces of a text, joined, are the text.
type Piece struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}

// Highlight answers where the query stands in the text, in order, without overlap, by the rules that find documents:
// runs anywhere, Latin words whole or begun or with one typo, pinyin when nothing else is found. A long run that is
// not there as a whole is marked by its parts of two characters or more. Synonyms may be nil.
func Highlight(text, query string, synonyms *Synonyms) []Span {
	doc := runs(fold(text))
	asked := runs(fold(query))
	for _, v := range synonyms.Variants(query, 8) {
		asked = append(asked, runs(fold(v))...)
	}
	var found []Span
	for _, q := range asked {
		found = append(found, find(doc, q)...)
	}
	if len(found) == 0 {
		found = findPinyin(doc, asked)
	}
	return merge(found)
}

func find(doc [][]char, q []char) []Span {
	var out []Span
	if !hasHan(q) {
		us := units(q)
		for _, run := range doc {
			du := units(run)
			for i := 0; i+len(us) <= len(du); i++ {
				if sameUnits(du[i:i+len(us)], us) {
					last := du[i+len(us)-1]
					out = append(out, Span{du[i][0].start, last[len(last)-1].end})
				}
			}
		}
		return out
	}
	for _, run := range doc {
		for i := 0; i+len(q) <= len(run); i++ {
			if sameChars(run[i:i+len(q)], q) {
				out = append(out, Span{run[i].start, run[i+len(q)-1].end})
			}
		}
	}
	if len(out) > 0 || len(q) <= 2 {
		return out
	}
	// Not there as a whole: its pairs, and its Latin words and numbers.
	pairs := map[[2]rune]bool{}
	for i := 1; i < len(q); i++ {
		pairs[[2]rune{q[i-1].r, q[i].r}] = q[i-1].class == han && q[i].class == han
	}
	words := map[string]bool{}
	for _, u := range units(q) {
		if u[0].class != han && (len(u) > 1 || u[0].class == digit) {
			words[runeString(u)] = true
		}
	}
	for _, run := range doc {
		for i := 1; i < len(run); i++ {
			if pairs[[2]rune{run[i-1].r, run[i].r}] {
				out = append(out, Span{run[i-1].start, run[i].end})
			}
		}
		for _, u := range units(run) {
			if words[runeString(u)] {
				out = append(out, Span{u[0].start, u[len(u)-1].end})
			}
		}
	}
	return out
}

func sameChars(a, b []char) bool {
	for i := range b {
		if a[i].r != b[i].r {
			return false
		}
	}
	return true
}

// sameUnits compares typed Latin words and numbers with a document's: numbers exactly; words whole, or begun (the last
// one typed), or with one typo from five letters on.
func sameUnits(doc, typed [][]char) bool {
	for i := range typed {
		d, t := runeString(doc[i]), runeString(typed[i])
		if d == t {
			continue
		}
		if doc[i][0].class != letter || typed[i][0].class != letter || len(typed) > 1 {
			return false
		}
		if !strings.HasPrefix(d, t) && (len(t) < 5 || !oneTypo(d, t)) {
			return false
		}
	}
	return true
}

// oneTypo tells whether one letter changed, added, left out or swapped with its neighbour turns a into b.
func oneTypo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		if i == len(a) || a[i+1:] == b[i+1:] {
			return true
		}
		return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return a[i:] == b[i+1:]
}

// findPinyin marks the Han whose syllables, or whose initials, the typed Latin letters spell.
func findPinyin(doc, asked [][]char) []Span {
	var typed string
	for _, q := range asked {
		for _, c := range q {
			if c.class == letter && c.r < 0x80 {
				typed += string(c.r)
			}
		}
	}
	if len(typed) < 2 {
		return nil
	}
	ways := Syllables(typed, 3)
	var out []Span
	for _, run := range doc {
		for i := 0; i < len(run); {
			j := i
			var part []rune
			for j < len(run) && run[j].class == han && readable(run[j].r) {
				part = append(part, run[j].r)
				j++
			}
			if j == i {
				i++
				continue
			}
			spelt := readings(part)
			for _, w := range ways {
				for k := 0; k+len(w) <= len(spelt); k++ {
					if slices.Equal(spelt[k:k+len(w)], w) {
						out = append(out, Span{run[i+k].start, run[i+k+len(w)-1].end})
					}
				}
			}
			if len(ways) == 0 {
				var initials strings.Builder
				for _, s := range spelt {
					initials.WriteByte(s[0])
				}
				for at := 0; ; {
					k := strings.Index(initials.String()[at:], typed)
					if k < 0 {
						break
					}
					k += at
					out = append(out, Span{run[i+k].start, run[i+k+len(typed)-1].end})
					at = k + 1
				}
			}
			i = j
		}
	}
	return out
}

func merge(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return a.Start - b.Start })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// Mark cuts a text into pieces by spans, ready to be shown.
func Mark(text string, spans []Span) []Piece {
	var out []Piece
	at := 0
	for _, s := range spans {
		if s.Start > at {
			out = append(out, Piece{Text: text[at:s.Start]})
		}
		out = append(out, Piece{Text: text[s.Start:s.End], Hit: true})
		at = s.End
	}
	if at < len(text) {
		out = append(out, Piece{Text: text[at:]})
	}
	return out
}

// Snippet answers the passage of at most maxRunes characters that shows most of the query, with its hits; a cut is
// shown by an ellipsis, which counts. Passages begin after punctuation where one is near.
func Snippet(text, query string, maxRunes int, synonyms *Synonyms) (string, []Span) {
	spans := Highlight(text, query, synonyms)
	if utf8.RuneCountInString(text) <= maxRunes {
		return text, spans
	}
	var offsets []int // byte offset of every rune
	for i := range text {
		offsets = append(offsets, i)
	}
	offsets = append(offsets, len(text))
	size := max(1, maxRunes-2)
	runeAt := func(b int) int { i, _ := slices.BinarySearch(offsets, b); return i }
	best, bestValue := 0, 0
	for i, s := range spans {
		from := max(0, min(runeAt(s.Start)-size/6, len(offsets)-1-size))
		value := 0
		seen := map[string]bool{}
		for _, t := range spans[i:] {
			if t.End > offsets[min(from+size, len(offsets)-1)] {
				break
			}
			value += 1 + t.End - t.Start // every hit counts, a new word counts more
			if w := text[t.Start:t.End]; !seen[w] {
				seen[w] = true
				value += 4 * len(w)
			}
		}
		if value > bestValue {
			best, bestValue = from, value
		}
	}
	// Begin after a punctuation mark in the few characters before the first hit.
	if best > 0 {
		for k := best; k < best+size/6 && k > 0; k++ {
			if r, _ := utf8.DecodeRuneInString(text[offsets[k-1]:]); strings.ContainsRune("。；！？，、：.;!?,:\n", r) {
				best = k
				break
			}
		}
	}
	last := min(best+size, len(offsets)-1)
	from, to := offsets[best], offsets[last]
	out := text[from:to]
	shift := -from
	if from > 0 {
		out = "…" + out
		shift += len("…")
	}
	if to < len(text) {
		out += "…"
	}
	var inside []Span
	for _, s := range spans {
		if s.Start >= from && s.End <= to {
			inside = append(inside, Span{s.Start + shift, s.End + shift})
		}
	}
	return out, inside
}
