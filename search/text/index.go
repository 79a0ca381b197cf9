package text

import (
	"slices"
	"strings"
)

// Tokens is the engine side of one text: five token streams, each a string for one searchable attribute, the tokens in
// text order so that phrases work. Which attributes weigh how much is the index's business; typo tolerance belongs on
// Words alone.
type Tokens struct {
	Units     string // every Han character, Latin word and number: answers single characters, numbers, "5G"
	Pairs     string // every pair of neighbours in runs with Han: answers any substring of two or more characters
	Words     string // Latin words as they are, letters only: typos and prefixes are the engine's
	Syllables string // pinyin, filled by IndexNamed only
	Initials  string // pinyin initials in pairs, filled by IndexNamed only
}

// Index makes the tokens of one document field that may have several values (a title; a list of products).
func Index(values ...string) Tokens { return index(false, values) }

// IndexNamed is Index for names and titles, which people also look for in pinyin: it fills Syllables and Initials too.
func IndexNamed(values ...string) Tokens { return index(true, values) }

func index(named bool, values []string) Tokens {
	var u, p, w, s, n []string
	for _, v := range values {
		for _, run := range runs(fold(v)) {
			for _, unit := range units(run) {
				u = append(u, unitToken(unit))
				if unit[0].class == letter && len(unit) > 1 && ascii(unit) {
					w = append(w, runeString(unit))
				}
			}
			u = append(u, breakToken)
			if hasHan(run) && len(run) > 1 {
				for i := 1; i < len(run); i++ {
					p = append(p, pairToken(run[i-1].r, run[i].r))
				}
				p = append(p, breakToken)
			}
			if named {
				for _, part := range hanParts(run) {
					syllables := readings(part)
					for i, syl := range syllables {
						s = append(s, syllableToken(syl))
						if i > 0 {
							n = append(n, initialsToken(syllables[i-1], syl))
						}
					}
					s = append(s, breakToken)
					n = append(n, breakToken)
				}
			}
		}
	}
	return Tokens{
		Units: strings.Join(u, " "), Pairs: strings.Join(p, " "), Words: strings.Join(w, " "),
		Syllables: strings.Join(s, " "), Initials: strings.Join(n, " "),
	}
}

func ascii(cs []char) bool {
	for _, c := range cs {
		if c.r >= 0x80 {
			return false
		}
	}
	return true
}

// hanParts answers the stretches of Han characters of a run that have a reading.
func hanParts(run []char) [][]rune {
	var out [][]rune
	var part []rune
	for _, c := range run {
		if c.class == han && readable(c.r) {
			part = append(part, c.r)
			continue
		}
		if len(part) > 0 {
			out = append(out, part)
			part = nil
		}
	}
	if len(part) > 0 {
		out = append(out, part)
	}
	return out
}

// Common answers the stretches of doc that also stand in other: two or more Han characters in a row, a Latin word or a
// number, as long as they can be, folded, in doc's order, each once. They are what two texts share in readable form.
func Common(doc, other string) []string { return stretches(doc, other, true) }

// Related answers words of doc and of other that are written differently but belong to one group of related words, in
// doc's order, each word of doc once: 废水 with 污水.
func Related(doc, other string) [][2]string {
	there := groupedWords(other)
	inOther := map[string]bool{}
	of := map[int]string{}
	for _, w := range there {
		inOther[w.word] = true
		for _, g := range w.groups {
			if of[g] == "" {
				of[g] = w.word
			}
		}
	}
	var out [][2]string
	seen := map[string]bool{}
	for _, w := range groupedWords(doc) {
		if seen[w.word] || inOther[w.word] {
			continue
		}
		seen[w.word] = true
		for _, g := range w.groups {
			if o := of[g]; o != "" && !strings.Contains(o, w.word) && !strings.Contains(w.word, o) {
				out = append(out, [2]string{w.word, o})
				break
			}
		}
	}
	return out
}

type groupedWord struct {
	word   string
	groups []int
}

// groupedWords answers the words of two or more characters in a text that belong to groups.
func groupedWords(s string) []groupedWord {
	var out []groupedWord
	for _, run := range runs(fold(s)) {
		for i := 0; i < len(run); {
			n := 1
			if w, ok := groupedAt(run, i); ok {
				if n = len(w.word); n > 1 {
					out = append(out, groupedWord{string(w.word), w.groups})
				}
			}
			i += n
		}
	}
	return out
}

// Missing answers the stretches of doc of which no pair, word or number stands in other, in the form of Common.
func Missing(doc, other string) []string { return stretches(doc, other, false) }

func stretches(doc, other string, want bool) []string {
	there := map[uint64]bool{}
	Terms(other, Even, func(t Term) { there[t.Key] = true })
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, run := range runs(fold(doc)) {
		for i := 0; i < len(run); {
			j := i + 1
			if run[i].class == han {
				for j < len(run) && run[j].class == han && there[pairKey(run[j-1].r, run[j].r)] == want {
					j++
				}
				if j > i+1 {
					add(runeString(run[i:j]))
				}
			} else {
				for j < len(run) && run[j].class == run[i].class {
					j++
				}
				if j > i+1 && there[wordKey(run[i:j])] == want {
					add(runeString(run[i:j]))
				}
			}
			i = j
		}
	}
	return out
}
