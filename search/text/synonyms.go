package text

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Synonyms is the operator's table of words that mean the same: 数控机床 ~ CNC. It is data, not code: it is loaded from
// JSON and may be replaced while running; the zero value knows none.
type Synonyms struct {
	groups [][]string // as written
	folded [][]string
	byHead map[rune][]entry // first folded character → words that begin with it
}

type entry struct {
	word  []rune
	group int
}

// ReadSynonyms reads {"groups": [["数控机床", "CNC"], …]}. A group needs two different words; a word may be in several
// groups. The error names the group that is wrong.
func ReadSynonyms(r io.Reader) (*Synonyms, error) {
	var file struct {
		Groups [][]string `json:"groups"`
	}
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("synonyms: %w", err)
	}
	return NewSynonyms(file.Groups...)
}

// NewSynonyms makes the table from groups of words.
func NewSynonyms(groups ...[]string) (*Synonyms, error) {
	s := &Synonyms{byHead: map[rune][]entry{}}
	for i, g := range groups {
		var folded []string
		for _, w := range g {
			f := compact(w)
			if len([]rune(f)) < 2 {
				return nil, fmt.Errorf("synonyms: group %d: %q is too short to be told from its surroundings", i+1, w)
			}
			if slices.Contains(folded, f) {
				return nil, fmt.Errorf("synonyms: group %d: %q is there twice", i+1, w)
			}
			folded = append(folded, f)
		}
		if len(folded) < 2 {
			return nil, fmt.Errorf("synonyms: group %d has fewer than two words", i+1)
		}
		s.groups = append(s.groups, g)
		s.folded = append(s.folded, folded)
		for _, f := range folded {
			word := []rune(f)
			s.byHead[word[0]] = append(s.byHead[word[0]], entry{word, i})
		}
	}
	for _, es := range s.byHead {
		slices.SortStableFunc(es, func(a, b entry) int { return len(b.word) - len(a.word) })
	}
	return s, nil
}

// compact is the folded text without anything but characters, letters and digits: CNC 机床 and cnc机床 are one word.
func compact(s string) string {
	var b strings.Builder
	for _, c := range fold(s) {
		if c.class != other && c.class != space {
			b.WriteRune(c.r)
		}
	}
	return b.String()
}

// Groups answers the table as it was written.
func (s *Synonyms) Groups() [][]string {
	if s == nil {
		return nil
	}
	return s.groups
}

// found answers where words of the table stand in one run, longest first at each place; a Latin word counts only whole.
func (s *Synonyms) found(run []char) []occurrence {
	if s == nil || len(s.byHead) == 0 {
		return nil
	}
	var out []occurrence
	for i := 0; i < len(run); i++ {
		for _, e := range s.byHead[run[i].r] {
			if hasPrefix(run[i:], e.word) && wholeWords(run, i, i+len(e.word)) {
				out = append(out, occurrence{i, i + len(e.word), e.group})
				i += len(e.word) - 1
				break
			}
		}
	}
	return out
}

type occurrence struct{ from, to, group int }

func hasPrefix(cs []char, word []rune) bool {
	if len(cs) < len(word) {
		return false
	}
	for i, r := range word {
		if cs[i].r != r {
			return false
		}
	}
	return true
}

// wholeWords tells whether neither edge of run[from:to] cuts a stretch of letters or of digits.
func wholeWords(run []char, from, to int) bool {
	cuts := func(i int) bool {
		return i > 0 && i < len(run) && run[i].class != han && run[i].class == run[i-1].class
	}
	return !cuts(from) && !cuts(to)
}

// Others answers the words that mean the same as words found in the text and do not stand in it themselves: what a
// projection indexes in a lesser attribute, so that one query with one set of counts answers for all of them.
func (s *Synonyms) Others(text string) []string {
	if s == nil {
		return nil
	}
	whole := compact(text)
	var out []string
	for _, run := range runs(fold(text)) {
		for _, o := range s.found(run) {
			for i, f := range s.folded[o.group] {
				if w := s.groups[o.group][i]; !strings.Contains(whole, f) && !slices.Contains(out, w) {
					out = append(out, w)
				}
			}
		}
	}
	return out
}

// Variants answers the same text with its known words replaced by one of their synonyms, one replacement each, at most
// max texts; the text itself is not among them.
func (s *Synonyms) Variants(text string, max int) []string {
	if s == nil {
		return nil
	}
	var out []string
	for _, run := range runs(fold(text)) {
		for _, o := range s.found(run) {
			from, to := run[o.from].start, run[o.to-1].end
			for i, f := range s.folded[o.group] {
				if f == compact(text[from:to]) {
					continue
				}
				if len(out) == max {
					return out
				}
				out = append(out, text[:from]+s.groups[o.group][i]+text[to:])
			}
		}
	}
	return out
}
