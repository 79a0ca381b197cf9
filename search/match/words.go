package match

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"lianbang/search/text"
)

// TextWeights shape the symmetric text measure.
type TextWeights struct {
	K             float64 `json:"k"`             // how soon repeating a term stops counting
	B             float64 `json:"b"`             // how much long texts are discounted
	TextShare     float64 `json:"textShare"`     // what a term in the text counts, beside 1 in the title
	AverageLength float64 `json:"averageLength"` // weighted terms of a usual item: lengths are measured against it
	Single        float64 `json:"single"`        // what a single character counts, beside 1 for a pair or a word
	Scale         float64 `json:"scale"`         // points per unit
}

func (w TextWeights) check() error {
	if w.K <= 0 || w.B < 0 || w.B > 1 || w.AverageLength <= 0 || w.Scale <= 0 {
		return errors.New("weights: the text measure needs k, averageLength and scale above 0 and b within 0 and 1")
	}
	return nil
}

// stats are the term statistics of one version. They change only on Refresh, so that scores of one version are
// comparable whenever they were made.
type stats struct {
	docs int
	df   map[string]int32
}

func (s *stats) idf(term string) float64 {
	n := float64(s.df[term])
	return math.Log(1 + (float64(s.docs)-n+0.5)/(n+0.5))
}

// weighted is one term of an item: its saturated count, without the rarity, which belongs to the statistics.
type weighted struct {
	term string
	w    float32
}

// vector makes the terms of an item, sorted by term.
func (w *TextWeights) vector(it *Item) []weighted {
	counts := map[string]float64{}
	length := 0.0
	take := func(s string, share float64) {
		text.Terms(s, func(term string, size int) {
			counts[term] += share
			if size != 1 {
				length += share
			}
		})
	}
	take(it.Title, 1)
	take(it.Text, w.TextShare)
	norm := w.K * (1 - w.B + w.B*length/w.AverageLength)
	out := make([]weighted, 0, len(counts))
	for term, n := range counts {
		v := n * (w.K + 1) / (n + norm)
		if size := len([]rune(term)); size == 1 && term[0] >= 0x80 {
			v *= math.Sqrt(w.Single)
		}
		out = append(out, weighted{term, float32(v)})
	}
	slices.SortFunc(out, func(a, b weighted) int { return cmp.Compare(a.term, b.term) })
	return out
}

// readable answers the words that two items share, the weightiest first, at most n.
func (s *stats) readable(a, b *Item, n int) []string {
	asks, answers, _ := sides(a, b)
	all := text.Common(answers.Title+"\n"+answers.Text, asks.Title+"\n"+asks.Text)
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(s.rarity(b), s.rarity(a)) })
	return all[:min(n, len(all))]
}

// overlap is the symmetric text measure: over the terms both texts use, rarity times how much each side uses it.
func (s *stats) overlap(a, b []weighted) float64 {
	total := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].term < b[j].term:
			i++
		case a[i].term > b[j].term:
			j++
		default:
			total += s.idf(a[i].term) * (float64(a[i].w) * float64(b[j].w)) // so grouped, it is the same from either side
			i++
			j++
		}
	}
	return total
}

func overlapDetail(words []string) string {
	if len(words) == 0 {
		return "用字相近"
	}
	return "共同提到" + strings.Join(words, "、")
}

// missing answers the rarest words of the asking title that the answering item never uses, at most n: stretches of the
// title between what both share.
func (x *Index) missing(asks, answers *Item, n int) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	words := text.Missing(asks.Title, answers.Title+"\n"+answers.Text)
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(x.stats.rarity(b), x.stats.rarity(a)) })
	return words[:min(n, len(words))]
}

// rarity is the idf of all pairs and words of a stretch together.
func (s *stats) rarity(stretch string) float64 {
	total := 0.0
	text.Terms(stretch, func(term string, size int) {
		if size != 1 {
			total += s.idf(term)
		}
	})
	return total
}
