package match

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
)

// Weights are the points each reason can bring. They are data: an operator may load others, under another version.
type Weights struct {
	// Version names this set of weights; every stored or pushed match carries it.
	Version string      `json:"version"`
	Text    TextWeights `json:"text"`
	// Category and Chain are brought once, however many are shared.
	Category float64 `json:"category"`
	Chain    float64 `json:"chain"`
	// Industry[n] is for the first n digits of the GB/T 4754 codes agreeing, n from 0 to 4.
	Industry     [5]float64 `json:"industry"`
	SameDistrict float64    `json:"sameDistrict"`
	SameCity     float64    `json:"sameCity"`
	// Tier is by the answering organisation's tier, unknown first, whose weight must be 0.
	Tier     [4]float64 `json:"tier"`
	Capacity float64    `json:"capacity"` // spare capacity covers the need; in proportion below
	Record   float64    `json:"record"`   // the best possible record; a bad one takes as much away
	TRLFit   float64    `json:"trlFit"`   // as ready as wanted, or one level short
	TRLGap   float64    `json:"trlGap"`   // per level short beyond that; not positive
	UsualTRL UsualTRL   `json:"usualTrl"`
	// BudgetFit is for a price within the budget, BudgetOver (not positive) for twice the budget or more.
	BudgetFit  float64 `json:"budgetFit"`
	BudgetOver float64 `json:"budgetOver"`
	Personal   float64 `json:"personal"`
}

// UsualTRL is the readiness a demand of a kind usually needs, for one that states none. Other kinds ask for none: what is bought is
// finished.
type UsualTRL struct {
	RND      int `json:"rnd"`
	Scenario int `json:"scenario"`
	Project  int `json:"project"`
}

func (u UsualTRL) of(kind string) int {
	switch kind {
	case "rnd":
		return u.RND
	case "scenario":
		return u.Scenario
	case "project":
		return u.Project
	}
	return 0
}

//go:embed weights.json
var defaultWeights []byte

// DefaultWeights answers the weights we ship. Those of text were found by random search over a few hundred settings on
// labelled pairs of demands and achievements, held against three other labelled sets; those of facts are a first
// judgement, to be revised by outcomes.
//
// What was tried for the text measure and did not carry over from one set to the next, so is not here: triples and
// skipped pairs of characters, more groups of related words, weighing a sentence by what it shares with the title, raising
// or lowering the end of a title (where Chinese names the thing), lowering what stands between 用于 and 的, the share of the
// shorter text that is covered, a ranker over products of title and text apart, and the nearness of word vectors.
func DefaultWeights() Weights {
	w, err := ReadWeights(defaultWeights)
	if err != nil {
		panic(err) // our own file, read by every test
	}
	return w
}

// ReadWeights reads weights from JSON and refuses what would break a rule of the package: unknown must be worth 0.
func ReadWeights(data []byte) (Weights, error) {
	var w Weights
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return Weights{}, fmt.Errorf("weights: %w", err)
	}
	switch {
	case w.Version == "":
		return Weights{}, errors.New("weights: no version")
	case w.Tier[TierUnknown] != 0 || w.Industry[0] != 0:
		return Weights{}, errors.New("weights: an unknown tier or industry must be worth 0")
	case w.TRLGap > 0 || w.BudgetOver > 0:
		return Weights{}, errors.New("weights: a gap in readiness or money must not be worth points")
	}
	return w, w.Text.check()
}
