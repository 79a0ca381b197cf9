// Package text is the one Chinese analysis of the product: what a document's words are, what a typed query asks for,
// and where in a text the query is found. Documents, queries, highlights, suggestions and matching all go through it,
// so they can never disagree about what a word is.
//
// It owns folding (width, case, traditional characters), tokens and their engine-proof encoding, pinyin, synonyms,
// stop words, highlighting and snippets. It refuses to own ranking (package match), index settings and HTTP (package
// search), and it knows no engine: it only hands out strings that no engine will analyse a second time.
//
// # Why the tokens look the way they do
//
// A stock engine folds Chinese to pinyin (景点 then answers 经典) and cuts sentences into words (简单 is then missed
// inside 安装简单). Here a text becomes runs of characters; every neighbouring pair of characters is a token, so a
// substring of two or more characters is a phrase of pairs and is found wherever it stands, and nothing else is.
package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// class is what a folded character is to the tokeniser.
type class uint8

const (
	other  class = iota // punctuation, symbols: ends a run
	space               // ends a run, except between a Han character, a letter and a digit (see runs)
	han                 // one Chinese character (kana and hangul count too: they are written without spaces here)
	letter              // any other letter
	digit               // 0-9 after folding
)

// char is one folded character, the byte range of the original text that it came from, and what it counts in matching.
type char struct {
	r          rune
	class      class
	start, end int
	weight     float64
}

// fold brings a text to the one written form that is compared: NFKC with marks dropped (Ｇ → G, ① → 1, ㎡ → m2,
// é → e), lower case, traditional → simplified. Each folded character remembers its source bytes.
func fold(s string) []char {
	out := make([]char, 0, len(s)/2)
	for i, r := range s {
		end := i + len(string(r))
		if r == unicode.ReplacementChar {
			end = i + 1
		}
		switch {
		case r < 0x80:
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			out = append(out, char{r, classOf(r), i, end, 1})
		case 0x4E00 <= r && r <= 0x9FFF:
			out = append(out, char{simplify(r), han, i, end, 1})
		case 0x3001 <= r && r <= 0x3004 || 0x3008 <= r && r <= 0x3020: // 、。《》【】 and their like fold to themselves
			out = append(out, char{r, other, i, end, 1})
		case 0xFF01 <= r && r <= 0xFF5E: // full width
			r -= 0xFF01 - '!'
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			out = append(out, char{r, classOf(r), i, end, 1})
		default:
			for _, d := range norm.NFKD.String(string(r)) {
				if unicode.Is(unicode.Mn, d) {
					continue
				}
				d = simplify(unicode.ToLower(d))
				out = append(out, char{d, classOf(d), i, end, 1})
			}
		}
	}
	return out
}

func classOf(r rune) class {
	switch {
	case 'a' <= r && r <= 'z':
		return letter
	case '0' <= r && r <= '9':
		return digit
	case r < 0x80:
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			return space
		}
		return other
	case unicode.Is(unicode.Han, r), unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r), unicode.Is(unicode.Hangul, r):
		if !unicode.IsLetter(r) {
			return other // 々〇 are letters; ideographic marks are not
		}
		return han
	case r >= 0x10000:
		return other // scripts we do not serve, pictographs; mathematical letters were folded to ASCII above
	case unicode.IsLetter(r):
		return letter
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// Fold answers the compared form of a text as a string: equal strings are equal for search. Punctuation is kept,
// white space is squeezed to single blanks.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	pending := false
	for _, c := range fold(s) {
		if c.class == space {
			pending = b.Len() > 0
			continue
		}
		if pending {
			b.WriteByte(' ')
			pending = false
		}
		b.WriteRune(c.r)
	}
	return b.String()
}

// runs cuts folded characters where a reader would: at punctuation, and at white space. White space between a Han
// character and a letter or digit, and between a letter and a digit, is only typography ("ISO 14001 认证" is
// "ISO14001认证") and joins.
func runs(cs []char) [][]char {
	out := make([][]char, 0, len(cs)/8+1)
	flat := make([]char, 0, len(cs)) // all runs, one after the other
	from, gap := 0, false
	flush := func() {
		if len(flat) > from {
			out = append(out, flat[from:len(flat):len(flat)])
			from = len(flat)
		}
	}
	for _, c := range cs {
		switch c.class {
		case other:
			flush()
			gap = false
		case space:
			gap = true
		default:
			if gap && len(flat) > from && flat[len(flat)-1].class == c.class {
				flush()
			}
			gap = false
			flat = append(flat, c)
		}
	}
	flush()
	return out
}

// units cuts a run into its smallest searchable wholes: one Han character, one stretch of letters, one stretch of
// digits. "iso14001认证" is iso, 14001, 认, 证.
func units(run []char) [][]char {
	var out [][]char
	for i := 0; i < len(run); {
		j := i + 1
		if run[i].class != han {
			for j < len(run) && run[j].class == run[i].class {
				j++
			}
		}
		out = append(out, run[i:j])
		i = j
	}
	return out
}

func hasHan(run []char) bool {
	for _, c := range run {
		if c.class == han {
			return true
		}
	}
	return false
}

func runeString(cs []char) string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteRune(c.r)
	}
	return b.String()
}
