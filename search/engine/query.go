package engine

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQueryWords is how many words of a query count, as in Meilisearch: the
// rest is not looked at.
const maxQueryWords = 10

// queryTerm is one unit of a query: a word, or words that must follow each
// other.
type queryTerm struct {
	words    []token
	phrase   bool // written in quotes: must match, never by prefix or typo
	adjacent bool // characters of a script without spaces: found as adjacent characters
	prefix   bool // the last word of the query, still being typed
	negative bool // excluded by a leading minus
}

// parseQuery cuts a query: quoted phrases, words, and -excluded ones. The last
// word is a prefix unless something follows it.
func parseQuery(q string, tk *tokenizer) []queryTerm {
	var terms []queryTerm
	budget := maxQueryWords
	add := func(t queryTerm) {
		if len(t.words) > 0 && budget > 0 {
			budget--
			terms = append(terms, t)
		}
	}
	rest := q
	previous := ' '
	for rest != "" {
		r, size := utf8.DecodeRuneInString(rest)
		negative := r == '-' && unicode.IsSpace(previous) && len(rest) > size
		if negative {
			next, _ := utf8.DecodeRuneInString(rest[size:])
			negative = next == '"' || unicode.IsLetter(next) || unicode.IsNumber(next)
		}
		if negative {
			rest = rest[size:]
			r, size = utf8.DecodeRuneInString(rest)
		}
		if r == '"' {
			inside, after, _ := strings.Cut(rest[size:], `"`)
			add(queryTerm{words: tk.tokens(inside), phrase: true, negative: negative})
			rest, previous = after, ' '
			continue
		}
		end := endOfPlain(rest)
		if negative {
			if space := strings.IndexFunc(rest[:end], unicode.IsSpace); space >= 0 {
				end = space
			}
		}
		plain := rest[:end]
		last := end == len(rest)
		for _, t := range plainTerms(plain, tk) {
			t.negative = negative
			t.prefix = last && !negative && !t.adjacent && t.words[len(t.words)-1].End == len(plain)
			add(t)
		}
		previous, _ = utf8.DecodeLastRuneInString(plain)
		rest = rest[end:]
	}
	return terms
}

// endOfPlain is where the text up to the next quote or exclusion ends.
func endOfPlain(text string) int {
	previous := 'x'
	for i, r := range text {
		if r == '"' || r == '-' && i > 0 && unicode.IsSpace(previous) {
			return i
		}
		previous = r
	}
	return len(text)
}

// plainTerms makes one term of each word and one of each run of spaceless
// characters.
func plainTerms(text string, tk *tokenizer) []queryTerm {
	var terms []queryTerm
	for _, w := range tk.tokens(text) {
		if n := len(terms); w.Han && n > 0 && terms[n-1].adjacent {
			if run := terms[n-1].words; run[len(run)-1].End == w.Start {
				terms[n-1].words = append(run, w)
				continue
			}
		}
		terms = append(terms, queryTerm{words: []token{w}, adjacent: w.Han})
	}
	return terms
}

// typos is how many typing errors a word may hold under the settings.
func (t *typoTolerance) typos(word string) int {
	if !t.Enabled {
		return 0
	}
	if t.DisableOnNumbers && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsNumber(r) }) < 0 {
		return 0
	}
	for _, exact := range t.DisableOnWords {
		if fold(exact) == word {
			return 0
		}
	}
	switch n := utf8.RuneCountInString(word); {
	case n >= t.MinWordSizeForTypos.TwoTypos:
		return 2
	case n >= t.MinWordSizeForTypos.OneTypo:
		return 1
	}
	return 0
}
