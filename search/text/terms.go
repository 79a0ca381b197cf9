package text

import (
	"cmp"
	_ "embed"
	"hash/fnv"
	"math"
	"slices"
	"strings"
)

// Term is one occurrence of something two texts can share: a Han character, a pair of neighbouring Han characters, a
// Latin word, a number, or the group of related words that a word belongs to (废水 and 污水 share theirs). Characters and
// pairs together beat word segmentation on every labelled set we have.
type Term struct {
	Key    uint64  // identifies the term: equal keys are equal terms
	Single bool    // one Han character, the weaker evidence
	Weight float64 // what the occurrence counts where it stands, 1 unless Emphasis says less
}

// Emphasis says what an occurrence counts by the word and the phrase it stands in; 1 is full.
type Emphasis struct {
	Vague     float64 `json:"vague"`     // in a word of any project: 研究, 关键技术, 提高
	Plain     float64 `json:"plain"`     // in a word for a sort of thing or activity: 设备, 加工
	Bracket   float64 `json:"bracket"`   // inside brackets
	Exclusion float64 `json:"exclusion"` // what a text says it is not: 除…以外, 不包括…
	Means     float64 `json:"means"`     // what something is made from, not what it is: 以…为原料
	List      float64 `json:"list"`      // an item of a list of three or more
	// Related is what the group of a word counts beside the word, RelatedSingle that of a word of one character.
	Related       float64 `json:"related"`
	RelatedSingle float64 `json:"relatedSingle"`
}

// Even counts every occurrence of what is written fully, and no groups.
var Even = Emphasis{Vague: 1, Plain: 1, Bracket: 1, Exclusion: 1, Means: 1, List: 1}

// Terms visits the terms of a text in order.
func Terms(s string, e Emphasis, visit func(Term)) {
	cs := fold(s)
	e.weigh(cs)
	for _, run := range runs(cs) {
		kinds := e.classify(run)
		for i := 0; i < len(run); {
			if run[i].class != han {
				j := i + 1
				for j < len(run) && run[j].class == run[i].class {
					j++
				}
				visit(Term{Key: wordKey(run[i:j]), Weight: run[i].weight})
				i = j
				continue
			}
			visit(Term{Key: uint64(run[i].r), Single: true, Weight: run[i].weight * kinds[i]})
			if i > 0 && run[i-1].class == han {
				k := kinds[i]
				if kinds[i-1] != k {
					k = math.Sqrt(k * kinds[i-1]) // half in one word, half in another
				}
				visit(Term{Key: pairKey(run[i-1].r, run[i].r), Weight: min(run[i].weight, run[i-1].weight) * k})
			}
			i++
		}
		if e.Related > 0 {
			e.groups(run, visit)
		}
	}
}

// groups visits the groups of the words of a run, the longest word at each place.
func (e Emphasis) groups(run []char, visit func(Term)) {
	for i := 0; i < len(run); {
		n := 1
		if w, ok := groupedAt(run, i); ok {
			n = len(w.word)
			weight := e.Related
			if n == 1 {
				weight = e.RelatedSingle
			}
			for _, g := range w.groups {
				visit(Term{Key: groupKey | uint64(g), Weight: weight})
			}
		}
		i += n
	}
}

// groupedAt answers the longest word of a group that stands at run[i].
func groupedAt(run []char, i int) (grouped, bool) {
	for _, w := range related[run[i].r] {
		if hasPrefix(run[i:], w.word) {
			return w, true
		}
	}
	return grouped{}, false
}

// groupKey lies above all pairs and below all words.
const groupKey = 1 << 62

func pairKey(a, b rune) uint64 { return uint64(a)<<21 | uint64(b) }

// wordKey hashes Latin words and numbers into the upper half of the keys, away from characters and pairs.
func wordKey(cs []char) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(runeString(cs))) // a hash never fails to write
	return h.Sum64() | 1<<63
}

//go:embed vague.txt
var vagueWords string

//go:embed plain.txt
var plainWords string

//go:embed related.txt
var relatedWords string

type grouped struct {
	word   []rune
	groups []int
}

// related holds the related words by first character, longest first.
var related = func() map[rune][]grouped {
	groups := map[string][]int{}
	n := 0
	for line := range strings.Lines(relatedWords) {
		line, _, _ = strings.Cut(line, "#")
		for _, w := range strings.Fields(line) {
			groups[w] = append(groups[w], n)
		}
		n++
	}
	m := map[rune][]grouped{}
	for w, g := range groups {
		r := []rune(w)
		m[r[0]] = append(m[r[0]], grouped{r, g})
	}
	for _, list := range m {
		slices.SortFunc(list, func(a, b grouped) int { return cmp.Or(len(b.word)-len(a.word), slices.Compare(a.word, b.word)) })
	}
	return m
}()

type classified struct {
	word  []rune
	plain bool
}

// lesser holds the vague and the plain words by first character, longest first.
var lesser = func() map[rune][]classified {
	m := map[rune][]classified{}
	add := func(list string, plain bool) {
		for line := range strings.Lines(list) {
			line, _, _ = strings.Cut(line, "#")
			for _, w := range strings.Fields(line) {
				r := []rune(w)
				m[r[0]] = append(m[r[0]], classified{r, plain})
			}
		}
	}
	add(vagueWords, false)
	add(plainWords, true)
	for _, list := range m {
		slices.SortStableFunc(list, func(a, b classified) int { return len(b.word) - len(a.word) })
	}
	return m
}()

// classify answers what each character of a run counts by the word it stands in.
func (e Emphasis) classify(run []char) []float64 {
	out := make([]float64, len(run))
	for i := 0; i < len(run); {
		n, value := 1, 1.0
		for _, c := range lesser[run[i].r] {
			if hasPrefix(run[i:], c.word) {
				n, value = len(c.word), e.Vague
				if c.plain {
					value = e.Plain
				}
				break
			}
		}
		for j := range n {
			out[i+j] = value
		}
		i += n
	}
	return out
}

// weigh sets what each character counts by the phrase it stands in.
func (e Emphasis) weigh(cs []char) {
	lower := func(from, to int, by float64) {
		for i := from; i < to; i++ {
			cs[i].weight *= by
		}
	}
	open := -1
	for i, c := range cs {
		switch c.r {
		case '(':
			open = i
		case ')':
			if open >= 0 {
				lower(open, i, e.Bracket)
			}
			open = -1
		}
	}
	for from := 0; from < len(cs); {
		to := from
		for to < len(cs) && !endsClause(cs[to]) {
			to++
		}
		clause := cs[from:to]
		if i := locate(clause, "除"); i >= 0 {
			for _, end := range []string{"以外", "之外", "外"} {
				if j := locate(clause[i:], end); j > 1 {
					lower(from+i, from+i+j, e.Exclusion)
					break
				}
			}
		}
		for _, not := range []string{"不包括", "不包含", "不含"} {
			if i := locate(clause, not); i >= 0 {
				lower(from+i, to, e.Exclusion)
				break
			}
		}
		if i, j := means(clause); j > i {
			lower(from+i, from+j, e.Means)
		}
		from = to + 1
	}
	// Lists: three or more stretches joined by 、.
	for i := 0; i < len(cs); {
		from, marks := i, 0
		for i < len(cs) && (cs[i].r == '、' || cs[i].class >= han) {
			if cs[i].r == '、' {
				marks++
			}
			i++
		}
		if marks >= 2 {
			lower(from, i, e.List)
		}
		i++
	}
}

func endsClause(c char) bool {
	switch c.r {
	case ',', '。', ';', '(', ')', '\n':
		return true
	}
	return false
}

// means finds 以…为原料 and its like in a clause: what something is made from or of.
func means(clause []char) (from, to int) {
	for _, end := range []string{"原料", "原材料", "材料", "面料", "辅料", "基料"} {
		j := locate(clause, end)
		if j < 0 {
			continue
		}
		for i := range j {
			before := rune(0)
			if i > 0 {
				before = clause[i-1].r
			}
			switch clause[i].r {
			case '以': // not the 以 of 可以, 所以, nor of 以及, 以上, 以下
				if before != '可' && before != '所' && !strings.ContainsRune("及上下外", clause[i+1].r) && locate(clause[i:j], "为") > 0 {
					return i, j
				}
			case '用':
				if locate(clause[i:j], "作") > 0 || locate(clause[i:j], "做") > 0 {
					return i, j
				}
			}
		}
	}
	return 0, 0
}

// locate answers where a word first stands in folded characters, -1 if nowhere.
func locate(cs []char, word string) int {
	w := []rune(word)
	for i := range cs {
		if hasPrefix(cs[i:], w) {
			return i
		}
	}
	return -1
}
