package engine

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// token is one word of a text. Start and End are byte offsets into the text it
// was cut from.
type token struct {
	Term       string
	Position   int
	Start, End int
	Han        bool // one character of a script written without spaces
}

// tokenizer cuts text into words the same way for documents and for queries.
// A word is a run of letters and digits, or one character of a script written
// without spaces. Words are folded: compatibility forms, case and the accents
// of Latin letters do not count.
type tokenizer struct {
	separators    []string // longest first
	nonSeparators []string // longest first
	dictionary    []string // longest first; kept whole
	stopWords     map[string]bool
}

// maxWordBytes is the longest word that can be found, as in Meilisearch; what
// is longer is no word of any language.
const maxWordBytes = 250

func newTokenizer(s settings) *tokenizer {
	tk := &tokenizer{
		separators:    longestFirst(s.SeparatorTokens),
		nonSeparators: longestFirst(s.NonSeparatorTokens),
		dictionary:    longestFirst(s.Dictionary),
		stopWords:     map[string]bool{},
	}
	for _, w := range s.StopWords {
		tk.stopWords[fold(w)] = true
	}
	return tk
}

func longestFirst(list []string) []string {
	out := append([]string(nil), list...)
	sort.SliceStable(out, func(i, j int) bool { return len(out[i]) > len(out[j]) })
	return out
}

// tokens cuts text. Stop words are left out but keep their position.
func (tk *tokenizer) tokens(text string) []token {
	return tk.appendTokens(nil, text, 1)
}

func (tk *tokenizer) appendTokens(out []token, text string, position int) []token {
	start := -1
	flush := func(end int) {
		if start < 0 {
			return
		}
		term := fold(text[start:end])
		if term != "" {
			if !tk.stopWords[term] && len(term) <= maxWordBytes {
				out = append(out, token{Term: term, Position: position, Start: start, End: end})
			}
			position++
		}
		start = -1
	}
	for i := 0; i < len(text); {
		if w := hasAnyPrefix(text[i:], tk.dictionary); w != "" && start < 0 {
			start = i
			flush(i + len(w))
			i += len(w)
			continue
		}
		if w := hasAnyPrefix(text[i:], tk.separators); w != "" {
			flush(i)
			i += len(w)
			continue
		}
		if w := hasAnyPrefix(text[i:], tk.nonSeparators); w != "" {
			if start < 0 {
				start = i
			}
			i += len(w)
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case spaceless(r):
			flush(i)
			term := fold(text[i : i+size])
			if !tk.stopWords[term] {
				out = append(out, token{Term: term, Position: position, Start: i, End: i + size, Han: true})
			}
			position++
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.M, r):
			if start < 0 {
				start = i
			}
		default:
			flush(i)
		}
		i += size
	}
	flush(len(text))
	return out
}

// spaceless tells whether r belongs to a script written without spaces.
func spaceless(r rune) bool {
	return r >= 0x2E80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

func hasAnyPrefix(text string, list []string) string {
	for _, p := range list {
		if p != "" && strings.HasPrefix(text, p) {
			return p
		}
	}
	return ""
}

// fold makes words comparable: compatibility decomposition, lower case, and no
// combining marks.
func fold(word string) string {
	if ascii(word) {
		return strings.ToLower(word)
	}
	decomposed := norm.NFKD.String(word)
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if r < 0x0370 && unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, decomposed))
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// normalizeValue makes string values comparable for filters, facets and sort:
// trimmed, compatibility decomposed, lower case. This is Meilisearch's
// facet normalisation, less NUL, which separates parts of our terms.
func normalizeValue(value string) string {
	value = strings.TrimSpace(strings.ReplaceAll(value, originalSep, ""))
	if ascii(value) {
		return strings.ToLower(value)
	}
	return strings.ToLower(norm.NFKD.String(value))
}
