package text

import "strings"

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
