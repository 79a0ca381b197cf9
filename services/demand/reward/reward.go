// Package reward computes what a winner of a challenge may be rewarded with, from rules that are data. It decides nothing:
// it says per criterion what is met, unmet, unknown or for a person to judge, names the clause, and gives the amount that
// would follow. It owns no storage and asks nobody; everything it needs is handed in, so that any past date can be
// computed again.
package reward

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"lianbang/services/platform/fault"
)

// Date is a calendar day, `2006-01-02`; it compares as text.
type Date string

// Rule is one version of one reward, in force from From to Until, both included. A version is never edited: a change of
// policy is a new version, so that an earlier day still computes as it did.
type Rule struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	// Pending (待核) says that the source is a draft or that a figure is not confirmed; shown with every result.
	Pending bool `json:"pending"`
	// Clause names the policy and its paragraph.
	Clause string `json:"clause"`
	From   Date   `json:"from"`
	Until  Date   `json:"until,omitempty"`
	// ShareBasisPoints of the verified actual research cost, 10,000 being all of it.
	ShareBasisPoints int64 `json:"shareBasisPoints"`
	// CapFen is the most that one task is rewarded with, in fen.
	CapFen int64 `json:"capFen"`
	// Kinds of demand that count; IssuerSizes and Titles likewise. An empty list asks nothing.
	Kinds       []string `json:"kinds"`
	IssuerSizes []string `json:"issuerSizes"`
	// Titles of which the winner must hold one on the day TitlesAsOf names.
	Titles     []string `json:"titles"`
	TitlesAsOf AsOf     `json:"titlesAsOf"`
	// NationalPlatform asks that the challenge ran on the national platform: code recorded, award proven.
	NationalPlatform bool `json:"nationalPlatform"`
}

// AsOf is the day on which a title must be held.
type AsOf string

// The days a rule can look at.
const (
	AsOfBid   AsOf = "bid"   // the day the bid was submitted
	AsOfAward AsOf = "award" // the day the award was published
	AsOfClaim AsOf = "claim" // the day the reward is computed for
)

// Title is one that the winner holds or held, valid on both days it names; an empty To has no end.
type Title struct {
	Kind     string
	From, To Date
}

// Proof says how far a fact that only a person can judge has got.
type Proof string

// The stages of proof.
const (
	NoProof       Proof = ""         // nothing recorded
	ProofRecorded Proof = "recorded" // recorded, nobody has judged it
	ProofAccepted Proof = "accepted" // an operator has accepted it
	ProofRefused  Proof = "refused"  // an operator has refused it
)

// Facts are what is known of one winner's task. A nil pointer and an empty text mean unknown, never no.
type Facts struct {
	Kind       string
	IssuerSize string
	// Titles is nil when the winner's titles could not be read; empty when it holds none.
	Titles             []Title
	BidOn, AwardOn     Date
	NationalCode       string
	NationalAwardProof Proof
	// VerifiedCostFen is the actual research cost an operator has verified, in fen.
	VerifiedCostFen *int64
}

// Verdict is what one criterion comes to.
type Verdict string

// The verdicts. Manual waits for a person, Unknown for a fact.
const (
	Met     Verdict = "met"
	Unmet   Verdict = "unmet"
	Unknown Verdict = "unknown"
	Manual  Verdict = "manual"
)

// Criterion is one condition of the clause with what was found and what was asked, both as codes of this product.
type Criterion struct {
	Key     string   `json:"key"`
	Verdict Verdict  `json:"verdict"`
	Found   []string `json:"found"`
	Asked   []string `json:"asked"`
}

// Result is advice to an official. Verdict is Met only when every criterion is; it is never an approval.
type Result struct {
	RuleID   string      `json:"ruleId"`
	Version  int         `json:"version"`
	Pending  bool        `json:"pending"`
	Clause   string      `json:"clause"`
	On       Date        `json:"on"`
	Verdict  Verdict     `json:"verdict"`
	Criteria []Criterion `json:"criteria"`
	// AmountFen is what the verified cost comes to under the share and the cap, in fen, whatever the verdict; nil while no
	// cost is verified.
	AmountFen *int64 `json:"amountFen"`
	Capped    bool   `json:"capped"`
}

//go:embed rules.json
var shipped []byte

// Shipped are the rules the product comes with. They are a draft's and marked so.
func Shipped() []Rule {
	rules, err := Parse(shipped)
	if err != nil {
		panic("reward: rules.json: " + err.Error())
	}
	return rules
}

// Parse reads and checks rules. It fails with fault BadInput naming the first rule that cannot hold.
func Parse(data []byte) ([]Rule, error) {
	var rules []Rule
	if err := json.Unmarshal(data, &rules); err != nil {
		return nil, fault.Bad(fault.Field{Path: "rules", Code: "invalid", Detail: err.Error()})
	}
	for i, r := range rules {
		if field := r.wrong(); field != "" {
			return nil, fault.Bad(fault.Field{Path: fmt.Sprintf("rules.%d.%s", i, field), Code: "invalid", Detail: "this value cannot hold"})
		}
	}
	return rules, nil
}

func (r Rule) wrong() string {
	switch {
	case r.ID == "":
		return "id"
	case r.Version < 1:
		return "version"
	case r.Clause == "":
		return "clause"
	case !r.From.valid():
		return "from"
	case r.Until != "" && (!r.Until.valid() || r.Until < r.From):
		return "until"
	case r.ShareBasisPoints < 1 || r.ShareBasisPoints > whole:
		return "shareBasisPoints"
	case r.CapFen < 1:
		return "capFen"
	case !slices.Contains([]AsOf{AsOfBid, AsOfAward, AsOfClaim}, r.TitlesAsOf):
		return "titlesAsOf"
	}
	return ""
}

func (d Date) valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// whole is all of an amount, in basis points.
const whole = 10_000

// InForce finds the version of the named reward that holds on the day: of those whose span includes it the latest version.
func InForce(rules []Rule, id string, on Date) (Rule, bool) {
	var best Rule
	for _, r := range rules {
		if r.ID == id && r.From <= on && (r.Until == "" || on <= r.Until) && r.Version > best.Version {
			best = r
		}
	}
	return best, best.Version > 0
}

// Compute judges the facts under a rule as of the day.
func Compute(r Rule, f Facts, on Date) Result {
	res := Result{RuleID: r.ID, Version: r.Version, Pending: r.Pending, Clause: r.Clause, On: on, Verdict: Met, Criteria: []Criterion{
		oneOf("kind", f.Kind, r.Kinds),
		oneOf("issuerSize", f.IssuerSize, r.IssuerSizes),
		r.titleHeld(f, on),
		r.onNationalPlatform(f),
		costVerified(f),
	}}
	for _, c := range res.Criteria {
		res.Verdict = worse(res.Verdict, c.Verdict)
	}
	if f.VerifiedCostFen != nil {
		amount, capped := r.amount(*f.VerifiedCostFen)
		res.AmountFen, res.Capped = &amount, capped
	}
	return res
}

// worse keeps the verdict that stands most in the way: a criterion that fails settles it, a missing fact comes before what
// a person has yet to judge.
func worse(a, b Verdict) Verdict {
	order := []Verdict{Met, Manual, Unknown, Unmet}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// amount is the share of the cost, rounded down to the fen so that it is never more than the share, up to the cap. It is
// taken in two parts, since cost times share can pass what 64 bits hold.
func (r Rule) amount(costFen int64) (fen int64, capped bool) {
	costFen = max(costFen, 0)
	fen = costFen/whole*r.ShareBasisPoints + costFen%whole*r.ShareBasisPoints/whole
	return min(fen, r.CapFen), fen > r.CapFen
}

func oneOf(key, found string, asked []string) Criterion {
	c := Criterion{Key: key, Verdict: Met, Asked: asked, Found: []string{}}
	if found != "" {
		c.Found = []string{found}
	}
	switch {
	case len(asked) == 0:
	case found == "":
		c.Verdict = Unknown
	case !slices.Contains(asked, found):
		c.Verdict = Unmet
	}
	return c
}

func (r Rule) titleHeld(f Facts, on Date) Criterion {
	c := Criterion{Key: "title", Verdict: Met, Asked: r.Titles, Found: []string{}}
	if len(r.Titles) == 0 {
		return c
	}
	day := map[AsOf]Date{AsOfBid: f.BidOn, AsOfAward: f.AwardOn, AsOfClaim: on}[r.TitlesAsOf]
	if day == "" || f.Titles == nil {
		c.Verdict = Unknown
		return c
	}
	c.Verdict = Unmet
	for _, t := range f.Titles {
		if t.From > day || t.To != "" && t.To < day {
			continue
		}
		c.Found = append(c.Found, t.Kind)
		if slices.Contains(r.Titles, t.Kind) {
			c.Verdict = Met
		}
	}
	return c
}

func (r Rule) onNationalPlatform(f Facts) Criterion {
	c := Criterion{Key: "nationalPlatform", Verdict: Met, Asked: []string{}, Found: []string{}}
	if !r.NationalPlatform {
		return c
	}
	c.Asked = []string{"code", "award"}
	if f.NationalCode != "" {
		c.Found = append(c.Found, "code")
	}
	if f.NationalAwardProof == ProofAccepted {
		c.Found = append(c.Found, "award")
	}
	switch {
	case f.NationalAwardProof == ProofRefused:
		c.Verdict = Unmet
	case f.NationalCode == "" || f.NationalAwardProof == NoProof:
		c.Verdict = Unknown
	case f.NationalAwardProof == ProofRecorded:
		c.Verdict = Manual
	}
	return c
}

func costVerified(f Facts) Criterion {
	c := Criterion{Key: "verifiedCost", Verdict: Unknown, Asked: []string{}, Found: []string{}}
	if f.VerifiedCostFen == nil {
		return c
	}
	c.Verdict = Met
	if *f.VerifiedCostFen <= 0 {
		c.Verdict = Unmet
	}
	return c
}
