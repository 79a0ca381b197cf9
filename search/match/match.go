// Package match says how well two things on the platform fit, and why: a demand and a firm, an achievement and a demand,
// a need and a provider.
//
// It owns the score, its reasons and the compact in-memory index that finds the best of many. It refuses to own where
// documents come from (package search feeds it), who may see them (callers pass a filter), and words (package text).
//
// Three rules hold everywhere. The score is the exact sum of the reasons that are shown. A pair has one score, whichever
// side asks. What is unknown counts nothing: no reason is given for it, so a newcomer stands where everyone begins.
package match

// Kind is what an item is. It decides who asks and who answers in a pair.
type Kind string

// The kinds in asking order: of two items the earlier kind asks, the later answers. Facts of the answering side (tier,
// record, price) are weighed against wishes of the asking side (budget, readiness).
const (
	Demand       Kind = "demand"
	Organisation Kind = "organisation"
	Offering     Kind = "offering"
	Achievement  Kind = "achievement"
	Capability   Kind = "capability" // what a firm can supply: asked by supply demands
)

func (k Kind) rank() int {
	switch k {
	case Demand:
		return 0
	case Organisation:
		return 1
	case Offering:
		return 2
	case Achievement:
		return 3
	case Capability:
		return 4
	}
	return 5
}

// Item is everything matching may know of one thing. Zero values mean unknown.
type Item struct {
	ID         string
	Kind       Kind
	Title      string   // name or title
	Text       string   // everything else worth reading: background, products, capabilities, record
	Categories []string // of the eight service categories
	Chains     []string // industry chains
	Industries []string // GB/T 4754 codes, with or without the section letter: "C3425", "3425", "34"
	City       string
	District   string  // within the city
	Tier       Tier    // of an organisation
	Quantity   float64 // needed by a demand, spare at an organisation, both per month
	Unit       string  // of Quantity; quantities in different units are not compared
	Delivered  int     // engagements or tasks completed
	Rating     float64 // mean of its clients' ratings, 1 to 5; 0 is none yet
	TRL        int     // readiness, 1 to 9: wanted by an asker, reached by an answerer
	Need       string  // kind of a demand: what readiness it usually needs when it states none
	MoneyFen   int64   // in fen: the budget of an asker, the price of an answerer; 0 is negotiable or unknown
}

// Tier is an organisation's place in the 专精特新 ladder.
type Tier int

// The ladder, from unknown up.
const (
	TierUnknown Tier = iota
	TierInnovative
	TierSpecialised
	TierLittleGiant
)

// ReasonKind names why; the user interface has a text and an icon for each.
type ReasonKind string

// The reasons there are.
const (
	ReasonText     ReasonKind = "text"     // words that both use
	ReasonFocus    ReasonKind = "focus"    // how much of either the shared words are
	ReasonCategory ReasonKind = "category" // the same service category
	ReasonChain    ReasonKind = "chain"    // the same industry chain
	ReasonIndustry ReasonKind = "industry" // the same or a neighbouring industry
	ReasonNear     ReasonKind = "near"     // 就地就近
	ReasonTier     ReasonKind = "tier"     // 专精特新 tier
	ReasonCapacity ReasonKind = "capacity" // spare capacity against the quantity needed
	ReasonRecord   ReasonKind = "record"   // past delivery and its ratings
	ReasonTRL      ReasonKind = "trl"      // readiness against what is wanted
	ReasonBudget   ReasonKind = "budget"   // price against budget
	ReasonPersonal ReasonKind = "personal" // what the asking person follows; never when personalisation is off
)

// Reason is one addend of a score. Detail is a short Chinese sentence for people; Terms are the words or names it rests
// on, the weightiest first.
type Reason struct {
	Kind   ReasonKind `json:"kind"`
	Value  float64    `json:"value"`
	Terms  []string   `json:"terms,omitempty"`
	Detail string     `json:"detail"`
	Gap    int        `json:"gap,omitempty"` // of readiness: the levels the answerer lacks
}

// BridgeFrom is the gap in readiness from which a bridge is suggested: more than two levels (DOMAIN.md).
const BridgeFrom = 3

// Match is one scored pair, seen from the side that asked. Version names the weights and the term statistics that made
// it: the same version gives the same score again.
type Match struct {
	ID      string   `json:"id"`
	Score   float64  `json:"score"`
	Reasons []Reason `json:"reasons"`
	Version string   `json:"version"`
}

func sum(reasons []Reason) float64 {
	total := 0.0
	for _, r := range reasons {
		total += r.Value
	}
	return total
}

// sides answers the pair in asking order; the bool tells whether the kinds differ, so that one side asks and the other
// answers. Between equals nobody asks: only symmetric reasons are given.
func sides(a, b *Item) (asks, answers *Item, differ bool) {
	ra, rb := a.Kind.rank(), b.Kind.rank()
	if ra > rb || ra == rb && a.ID > b.ID {
		a, b = b, a
	}
	return a, b, ra != rb
}
