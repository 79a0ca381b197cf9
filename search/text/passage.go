package text

import (
	"slices"
	"strings"
	"sync"
)

// Passage is a text read for comparing with others: read once, compared often.
type Passage struct {
	runs  [][]char
	keys  func() map[uint64]bool // pairs, words and numbers, read when first asked for
	known func() groupedWords
}

// Read reads a text.
func Read(s string) *Passage {
	p := &Passage{runs: runs(fold(s))}
	p.keys = sync.OnceValue(p.readKeys)
	p.known = sync.OnceValue(p.readKnown)
	return p
}

func (p *Passage) readKeys() map[uint64]bool {
	keys := map[uint64]bool{}
	for _, run := range p.runs {
		for _, u := range units(run) {
			if u[0].class != han {
				keys[wordKey(u)] = true
			}
		}
		for i := 1; i < len(run); i++ {
			if run[i-1].class == han && run[i].class == han {
				keys[pairKey(run[i-1].r, run[i].r)] = true
			}
		}
	}
	return keys
}

// Common answers the stretches of the passage that also stand in the other: two or more Han characters in a row, a
// Latin word or a number, as long as they can be, folded, in order, each once. They are what two texts share in
// readable form.
func (p *Passage) Common(other *Passage) []string { return p.stretches(other, true) }

// Missing answers the stretches of which no pair, word or number stands in the other, in the form of Common.
func (p *Passage) Missing(other *Passage) []string { return p.stretches(other, false) }

func (p *Passage) stretches(other *Passage, want bool) []string {
	there := other.keys()
	var out []string
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for _, run := range p.runs {
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

// groupedWords are the words of a passage that belong to groups of related words.
type groupedWords struct {
	inOrder []grouped
	has     map[string]bool
	of      map[int]string // the first word of each group
}

func (p *Passage) readKnown() groupedWords {
	out := groupedWords{has: map[string]bool{}, of: map[int]string{}}
	for _, run := range p.runs {
		for i := 0; i < len(run); {
			w, ok := groupedAt(run, i)
			if !ok {
				i++
				continue
			}
			i += len(w.word)
			if s := string(w.word); len(w.word) > 1 && !out.has[s] {
				out.has[s] = true
				out.inOrder = append(out.inOrder, w)
				for _, g := range w.groups {
					if out.of[g] == "" {
						out.of[g] = s
					}
				}
			}
		}
	}
	return out
}

// Related answers words of the passage and of the other that are written differently but belong to one group of
// related words, in the passage's order, each of its words once: 废水 with 污水.
func (p *Passage) Related(other *Passage) [][2]string {
	there := other.known()
	var out [][2]string
	for _, w := range p.known().inOrder {
		s := string(w.word)
		if there.has[s] {
			continue
		}
		for _, g := range w.groups {
			if o := there.of[g]; o != "" && !strings.Contains(o, s) && !strings.Contains(s, o) {
				out = append(out, [2]string{s, o})
				break
			}
		}
	}
	return out
}
