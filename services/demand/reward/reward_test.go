package reward

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func fen(n int64) *int64 { return &n }

// good are the facts of a task that meets every criterion of the shipped rule.
func good() Facts {
	return Facts{
		Kind: "rnd", IssuerSize: "large", Titles: []Title{{Kind: "specialised", From: "2024-05-01", To: "2027-04-30"}},
		BidOn: "2026-02-01", AwardOn: "2026-03-10", NationalCode: "Q1-0007", NationalAwardProof: ProofAccepted, VerifiedCostFen: fen(300_000_00),
	}
}

func TestComputeNamesWhatDecides(t *testing.T) {
	rule := Shipped()[0]
	for name, c := range map[string]struct {
		change  func(*Facts)
		key     string
		verdict Verdict
	}{
		"all met":                        {func(*Facts) {}, "", Met},
		"procurement is not research":    {func(f *Facts) { f.Kind = "supply" }, "kind", Unmet},
		"medium issuer":                  {func(f *Facts) { f.IssuerSize = "medium" }, "issuerSize", Unmet},
		"issuer's size unknown":          {func(f *Facts) { f.IssuerSize = "" }, "issuerSize", Unknown},
		"no title":                       {func(f *Facts) { f.Titles = []Title{} }, "title", Unmet},
		"titles unread":                  {func(f *Facts) { f.Titles = nil }, "title", Unknown},
		"title ended the day before":     {func(f *Facts) { f.Titles[0].To = "2026-03-09" }, "title", Unmet},
		"title ends on the day":          {func(f *Facts) { f.Titles[0].To = "2026-03-10" }, "title", Met},
		"title begins the day after":     {func(f *Facts) { f.Titles[0].From = "2026-03-11" }, "title", Unmet},
		"title without an end":           {func(f *Facts) { f.Titles[0].To = "" }, "title", Met},
		"a title the clause omits":       {func(f *Facts) { f.Titles[0].Kind = "little_giant" }, "title", Unmet},
		"not awarded yet":                {func(f *Facts) { f.AwardOn = "" }, "title", Unknown},
		"no national code":               {func(f *Facts) { f.NationalCode = "" }, "nationalPlatform", Unknown},
		"award proof waits for a person": {func(f *Facts) { f.NationalAwardProof = ProofRecorded }, "nationalPlatform", Manual},
		"award proof refused":            {func(f *Facts) { f.NationalAwardProof = ProofRefused }, "nationalPlatform", Unmet},
		"no cost verified":               {func(f *Facts) { f.VerifiedCostFen = nil }, "verifiedCost", Unknown},
		"nothing spent":                  {func(f *Facts) { f.VerifiedCostFen = fen(0) }, "verifiedCost", Unmet},
	} {
		t.Run(name, func(t *testing.T) {
			facts := good()
			c.change(&facts)
			res := Compute(rule, facts, "2026-06-30")
			if res.Verdict != c.verdict || res.Clause == "" || !res.Pending {
				t.Fatalf("%+v", res)
			}
			for _, got := range res.Criteria {
				want := Met
				if got.Key == c.key {
					want = c.verdict
				}
				if got.Verdict != want {
					t.Errorf("%s: %s, want %s", got.Key, got.Verdict, want)
				}
			}
		})
	}
}

func TestAFailedCriterionOutweighsAMissingFact(t *testing.T) {
	facts := good()
	facts.Kind, facts.IssuerSize, facts.NationalAwardProof = "supply", "", ProofRecorded
	if got := Compute(Shipped()[0], facts, "2026-06-30").Verdict; got != Unmet {
		t.Fatal(got)
	}
	facts.Kind = "rnd"
	if got := Compute(Shipped()[0], facts, "2026-06-30").Verdict; got != Unknown {
		t.Fatal(got)
	}
}

func TestAPastDayComputesAsItDid(t *testing.T) {
	old := Shipped()[0]
	raised := old
	raised.Version, raised.From, raised.Until, raised.ShareBasisPoints = 2, "2026-07-01", "", 4000
	rules := []Rule{raised, old}
	for on, want := range map[Date]int{"2023-12-31": 0, "2024-01-01": 1, "2026-06-30": 1, "2026-07-01": 2, "2030-01-01": 2} {
		if got, _ := InForce(rules, old.ID, on); got.Version != want {
			t.Errorf("%s: version %d, want %d", on, got.Version, want)
		}
	}
}

func TestRulesThatCannotHoldAreRefused(t *testing.T) {
	for field, text := range map[string]string{
		"share over all": `[{"id":"a","version":1,"clause":"c","from":"2026-01-01","shareBasisPoints":10001,"capFen":1,"titlesAsOf":"bid"}]`,
		"no cap":         `[{"id":"a","version":1,"clause":"c","from":"2026-01-01","shareBasisPoints":1,"titlesAsOf":"bid"}]`,
		"ends first":     `[{"id":"a","version":1,"clause":"c","from":"2026-01-01","until":"2025-12-31","shareBasisPoints":1,"capFen":1,"titlesAsOf":"bid"}]`,
		"no such day":    `[{"id":"a","version":1,"clause":"c","from":"2026-02-30","shareBasisPoints":1,"capFen":1,"titlesAsOf":"bid"}]`,
		"no clause":      `[{"id":"a","version":1,"from":"2026-01-01","shareBasisPoints":1,"capFen":1,"titlesAsOf":"bid"}]`,
		"not a list":     `{"id":"a"}`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s was accepted", field)
		}
	}
}

// TestTenThousandCasesEqualThePlainReading compares with a second reading of the clause that shares no code with the first:
// plain conditions and rational arithmetic.
func TestTenThousandCasesEqualThePlainReading(t *testing.T) {
	random := rand.New(rand.NewPCG(20260330, 2))
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	day := func() Date {
		if random.IntN(2) == 0 { // often the very day of something else
			return Date(fmt.Sprintf("2026-03-%02d", 28+random.IntN(4)))
		}
		return Date(fmt.Sprintf("%04d-%02d-%02d", 2023+random.IntN(5), 1+random.IntN(12), 1+random.IntN(28)))
	}
	seen := map[Verdict]int{}
	for n := range 10_000 {
		rule := Shipped()[0]
		if random.IntN(3) == 0 {
			rule.ShareBasisPoints, rule.CapFen = 1+random.Int64N(10_000), 1+random.Int64N(500_000_000)
			rule.TitlesAsOf = AsOf(pick("bid", "award", "claim"))
		}
		facts := Facts{
			Kind: pick("rnd", "rnd", "rnd", "supply", "scenario", ""), IssuerSize: pick("large", "large", "large", "medium", ""),
			BidOn: day(), AwardOn: day(), NationalCode: pick("Q1-0001", "Q2-0200", ""),
			NationalAwardProof: Proof(pick("accepted", "accepted", "recorded", "recorded", "refused", "")),
		}
		if random.IntN(10) > 0 {
			facts.Titles = []Title{}
			for range random.IntN(4) {
				title := Title{Kind: pick("specialised", "innovative", "little_giant", "hidden_champion"), From: day()}
				if random.IntN(3) > 0 {
					title.To = day()
				}
				facts.Titles = append(facts.Titles, title)
			}
		}
		if random.IntN(8) > 0 {
			facts.VerifiedCostFen = fen(random.Int64N([]int64{10, 1_000_000, 5_000_000_000, 9_000_000_000_000_000_000}[random.IntN(4)]))
		}
		on := day()

		got := Compute(rule, facts, on)
		seen[got.Verdict]++
		if want := plainVerdict(rule, facts, on); got.Verdict != want {
			t.Fatalf("case %d: %s, the plain reading says %s\n%+v\n%+v", n, got.Verdict, want, facts, got)
		}
		if want := plainAmount(rule, facts); (got.AmountFen == nil) != (want == nil) || want != nil && big.NewInt(*got.AmountFen).Cmp(want) != 0 {
			t.Fatalf("case %d: %v fen, the plain reading says %v", n, got.AmountFen, want)
		}
	}
	for _, v := range []Verdict{Met, Unmet, Unknown, Manual} {
		if seen[v] < 50 {
			t.Errorf("only %d cases came to %s: the cases do not try it", seen[v], v)
		}
	}
}

func plainAmount(r Rule, f Facts) *big.Int {
	if f.VerifiedCostFen == nil {
		return nil
	}
	product := new(big.Int).Mul(big.NewInt(*f.VerifiedCostFen), big.NewInt(r.ShareBasisPoints))
	share := product.Div(product, big.NewInt(10_000))
	if most := big.NewInt(r.CapFen); share.Cmp(most) > 0 {
		return most
	}
	return share
}

func plainVerdict(r Rule, f Facts, on Date) Verdict {
	day := on
	if r.TitlesAsOf == "bid" {
		day = f.BidOn
	}
	if r.TitlesAsOf == "award" {
		day = f.AwardOn
	}
	holds := slices.ContainsFunc(f.Titles, func(t Title) bool {
		return (t.Kind == "specialised" || t.Kind == "innovative") && day >= t.From && (t.To == "" || day <= t.To)
	})
	fails := f.Kind != "" && f.Kind != "rnd" ||
		f.IssuerSize != "" && f.IssuerSize != "large" ||
		f.Titles != nil && !holds ||
		f.NationalAwardProof == ProofRefused ||
		f.VerifiedCostFen != nil && *f.VerifiedCostFen == 0
	missing := f.Kind == "" || f.IssuerSize == "" || f.Titles == nil || f.NationalCode == "" || f.NationalAwardProof == NoProof || f.VerifiedCostFen == nil
	switch {
	case fails:
		return Unmet
	case missing:
		return Unknown
	case f.NationalAwardProof == ProofRecorded:
		return Manual
	}
	return Met
}
