package match

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"

	"lianbang/search/text"
)

// TextWeights shape the symmetric text measure. Each item becomes one vector: its terms, counted with diminishing
// returns, the title's and the text's together. Two items share what their vectors' product is (overlap), and how much
// of either that is (focus).
type TextWeights struct {
	Emphasis text.Emphasis `json:"emphasis"`
	Title    Field         `json:"title"`
	Body     Field         `json:"body"`
	Rarity   float64       `json:"rarity"` // power of a term's rarity
	Single   float64       `json:"single"` // what a single character counts, beside 1 for a pair or a word
	Overlap  float64       `json:"overlap"`
	// FocusSingle and FocusPair are the points for two items with the same characters, and the same pairs and words,
	// in the same proportions.
	FocusSingle float64 `json:"focusSingle"`
	FocusPair   float64 `json:"focusPair"`
}

// Field says how the terms of a part of an item count.
type Field struct {
	Share  float64 `json:"share"`
	K      float64 `json:"k"`      // how late repeating a term stops counting
	B      float64 `json:"b"`      // how much long texts are discounted, 0 to 1
	Length float64 `json:"length"` // pairs and words of a usual text: lengths are measured against it
}

func (w TextWeights) check() error {
	for _, f := range []Field{w.Title, w.Body} {
		if f.Share <= 0 || f.K <= 0 || f.B < 0 || f.B > 1 || f.Length <= 0 {
			return errors.New("weights: a field needs share, k and length above 0 and b within 0 and 1")
		}
	}
	e := w.Emphasis
	if min(w.Rarity, w.Single, w.Overlap, w.FocusSingle, w.FocusPair, e.Vague, e.Plain, e.Bracket, e.Exclusion, e.Means, e.List) <= 0 || e.Related < 0 || e.RelatedSingle < 0 {
		return errors.New("weights: every weight of the text measure must be above 0, those of related words at least 0")
	}
	return nil
}

// stats are the term statistics of one version. They change only when the index refreshes, so that scores of one
// version are comparable whenever they were made.
type stats struct {
	docs   int
	unseen float64 // rarity of a term in no item
}

// rarity is the idf of a term that df of docs items use.
func rarity(docs, df int, power float64) float64 {
	return math.Pow(math.Log(1+(float64(docs-df)+0.5)/(float64(df)+0.5)), power)
}

// weighted is one term of an item: how much the item uses it, without its rarity, which belongs to the statistics. It
// is rounded to float32 once and for all, so that the index may keep it so and yet score exactly as Pair does.
type weighted struct {
	key uint64
	w   float32
}

// vector is what an item is about, sorted by key.
type vector []weighted

// vector reads an item. The title of an organisation is its name, which says little of what it does: it counts as text.
func (w *TextWeights) vector(it *Item) vector {
	if it.Kind == Organisation {
		return merge(w.field(w.Title), w.field(w.Body, it.Text, it.Title))
	}
	return merge(w.field(w.Title, it.Title), w.field(w.Body, it.Text))
}

// field reads one part of an item.
func (w *TextWeights) field(f Field, texts ...string) vector {
	type use struct {
		key uint64
		n   float64
	}
	var uses []use
	length := 0.0
	for _, s := range texts {
		uses = slices.Grow(uses, len(s))
		text.Terms(s, w.Emphasis, func(t text.Term) {
			uses = append(uses, use{t.Key, t.Weight})
			if !t.Single {
				length += t.Weight
			}
		})
	}
	slices.SortFunc(uses, func(a, b use) int { return cmp.Compare(a.key, b.key) })
	norm := f.K * (1 - f.B + f.B*length/f.Length)
	single := math.Sqrt(w.Single)
	out := make(vector, 0, len(uses))
	for i := 0; i < len(uses); {
		key, n := uses[i].key, 0.0
		for ; i < len(uses) && uses[i].key == key; i++ {
			n += uses[i].n
		}
		v := f.Share * n * (f.K + 1) / (n + norm)
		if key < 1<<21 {
			v *= single
		}
		out = append(out, weighted{key, float32(v)})
	}
	return out
}

// merge adds two vectors.
func merge(a, b vector) vector {
	out := make(vector, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].key < b[0].key:
			out, a = append(out, a[0]), a[1:]
		case a[0].key > b[0].key:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, weighted{a[0].key, a[0].w + b[0].w}), a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// amount is a number for single characters and one for pairs and words.
type amount struct{ single, pair float64 }

func (a *amount) add(key uint64, n float64) {
	if key < 1<<21 {
		a.single += n
	} else {
		a.pair += n
	}
}

// square and times are written once, so that every sum has the same addends; sums run in the order of keys, so that
// they are the same to the last bit wherever they are made.
func square(rarity float64, w float32) float64 { return rarity * (float64(w) * float64(w)) }

func times(rarity float64, v, w float32) float64 { return rarity * (float64(v) * float64(w)) }

// squares is the squared length of a vector.
func (x *Index) squares(v vector) (a amount) {
	for _, t := range v {
		a.add(t.key, square(x.rarity(t.key), t.w))
	}
	return a
}

// product is the product of two vectors.
func (x *Index) product(a, b vector) (p amount) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].key < b[j].key:
			i++
		case a[i].key > b[j].key:
			j++
		default:
			p.add(a[i].key, times(x.rarity(a[i].key), a[i].w, b[j].w))
			i++
			j++
		}
	}
	return p
}

// score answers what a product of vectors with these squares is worth, as overlap and as focus.
func (w *TextWeights) score(product, a, b amount) (overlap, focus float64) {
	cs, cp := cosines(product, a, b)
	return w.Overlap * (product.single + product.pair), w.FocusSingle*cs + w.FocusPair*cp
}

func cosines(product, a, b amount) (single, pair float64) {
	if n := a.single * b.single; n > 0 {
		single = product.single / math.Sqrt(n)
	}
	if n := a.pair * b.pair; n > 0 {
		pair = product.pair / math.Sqrt(n)
	}
	return single, pair
}

// reasons puts a product of vectors in words, but for the shared ones: see word.
func (w *TextWeights) reasons(product, a, b amount) []Reason {
	if product.single+product.pair == 0 {
		return nil
	}
	overlap, focus := w.score(product, a, b)
	cs, cp := cosines(product, a, b)
	return []Reason{
		{Kind: ReasonText, Value: overlap},
		{Kind: ReasonFocus, Value: focus, Detail: "主题集中度：" + degree((cs+cp)/2)},
	}
}

func degree(share float64) string {
	switch {
	case share >= 0.3:
		return "高，双方主要在谈同一件事"
	case share >= 0.12:
		return "中，双方谈的事情有相当部分重合"
	}
	return "低，仅有部分内容重合"
}

// word puts the shared words of a match's sides into its text reason: apart from scoring, for it is done only for what
// is shown. The words are taken from the answering side, whichever side asked for the match.
func (x *Index) word(m *Match, asks, answers *text.Passage) {
	for i := range m.Reasons {
		r := &m.Reasons[i]
		if r.Kind != ReasonText {
			continue
		}
		r.Terms, r.Detail = x.weightiest(answers.Common(asks), 6), "用字相近"
		if len(r.Terms) > 0 {
			r.Detail = "共同提到" + strings.Join(r.Terms, "、")
		}
		for i, w := range answers.Related(asks) {
			if i == 2 {
				break
			}
			r.Detail += "；" + w[0] + "与" + w[1] + "相关"
		}
	}
}

func passage(it *Item) *text.Passage { return text.Read(it.Title + "\n" + it.Text) }

// missing answers the words of the asking title that the answering item never uses, the weightiest first, at most n.
func (x *Index) missing(asks, answers *Item, n int) []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.weightiest(text.Read(asks.Title).Missing(passage(answers)), n)
}

// weightiest sorts words by the rarity of their parts together, leaves out those that say nothing, and keeps n.
func (x *Index) weightiest(words []string, n int) []string {
	weights := make(map[string]float64, len(words))
	e := x.weights.Text.Emphasis
	e.Related, e.RelatedSingle = 0, 0 // only what is written
	for _, word := range words {
		text.Terms(word, e, func(t text.Term) {
			if !t.Single && t.Weight > e.Vague {
				weights[word] += x.rarity(t.Key) * t.Weight
			}
		})
	}
	words = slices.DeleteFunc(words, func(w string) bool { return weights[w] == 0 })
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(weights[b], weights[a]) })
	return words[:min(n, len(words))]
}
