package achievement

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
)

var goodSplit = []Share{{Who: "inventors", BP: 7000}, {Who: "department", BP: 1500}, {Who: "institution", BP: 1500}}

func goodTerms(w Way) DealTerms {
	return DealTerms{Way: w, PriceFen: 400_000_00, Basis: "评估报告 2026-018", TrialDays: 90, PayAfter: 365, Split: goodSplit}
}

func clone[T any](t testing.TB, v T) T {
	t.Helper()
	var c T
	b, err := json.Marshal(v)
	must(t, err)
	must(t, json.Unmarshal(b, &c))
	return c
}

// dealAt makes a deal over a transfer stand in a state.
func dealAt(t testing.TB, state DealState) *Deal {
	t.Helper()
	s := DefaultSettings()
	a := at(t, Published, "")
	d, err := NewDeal(firm(1), day0, "a1", a, InterestForm{Need: "轴颈修复", ContactName: "李工", ContactPhone: "1"}, "d1")
	must(t, err)
	way := Transfer
	switch state {
	case Trial:
		way = TrialFirst
	case OnTerms:
		way = Commissioned
	}
	steps := []func() error{
		func() error { return d.TakeUp(techOffice, day0) },
		func() error { return d.Propose(techOffice, day0, a.Profile.Ways, goodTerms(way), s) },
		func() error { return d.Agree(firm(1), day0, 1, false, "") },
		func() error { return d.Approve(techOffice, day0, "校长办公会纪要〔2026〕12号", s) },
		func() error { return d.EndNotice(day0.Add(16 * 24 * time.Hour)) },
		func() error { return d.Sign(techOffice, day0, "HT-1", 0) },
		func() error { return d.Sign(firm(1), day0, "", 0) },
		func() error { return d.Register(techOffice, day0, "2026330200000001") },
		func() error { return d.Fulfil(techOffice, day0, Outcome{Text: "已投产"}) },
	}
	switch state {
	case Declined:
		must(t, d.Decline(techOffice, day0, "不转化"))
	case Cancelled:
		must(t, d.Cancel(firm(1), day0, "不需要了"))
	}
	for _, step := range steps {
		if d.State == state {
			return &d
		}
		must(t, step())
	}
	if d.State != state {
		t.Fatalf("%s is not reached, it is %s", state, d.State)
	}
	return &d
}

// TestDealMatrix tries every action as everybody in every state; what comes of each is reviewed like code.
func TestDealMatrix(t *testing.T) {
	s := DefaultSettings()
	ways := goodProfile().Ways
	later := day0.Add(20 * 24 * time.Hour)
	actions := []struct {
		name Action
		do   func(d *Deal, by By) error
	}{
		{TakeUpDeal, func(d *Deal, by By) error { return d.TakeUp(by, day0) }},
		{DeclineDeal, func(d *Deal, by By) error { return d.Decline(by, day0, "不合适") }},
		{CancelDeal, func(d *Deal, by By) error { return d.Cancel(by, day0, "不合适") }},
		{PostDealMessage, func(d *Deal, by By) error { return d.Say(by, day0, false) }},
		{SignDealNDA, func(d *Deal, by By) error { return d.SignNDA(by, day0) }},
		{ProposeDealTerms, func(d *Deal, by By) error { return d.Propose(by, day0, ways, goodTerms(Transfer), s) }},
		{AgreeDealTerms, func(d *Deal, by By) error {
			version := 1
			if d.Terms != nil {
				version = d.Terms.Version
			}
			return d.Agree(by, day0, version, false, "")
		}},
		{ApproveDeal, func(d *Deal, by By) error { return d.Approve(by, day0, "同意", s) }},
		{RefuseDeal, func(d *Deal, by By) error { return d.Refuse(by, day0, "价格偏低") }},
		{ConcludeTrial, func(d *Deal, by By) error { return d.ReportTrial(by, day0, true, "运行良好") }},
		{SignDeal, func(d *Deal, by By) error { return d.Sign(by, day0, "HT-1", 0) }},
		{RegisterDeal, func(d *Deal, by By) error { return d.Register(by, day0, "2026330200000001") }},
		{RecordPayment, func(d *Deal, by By) error {
			return d.Pay(by, later, Payment{Kind: "upfront", AmountFen: 100, PaidOn: "2026-11-24"})
		}},
		{ConfirmPayment, func(d *Deal, by By) error {
			d.Payments = []Payment{{Number: 1, AmountFen: 100}}
			return d.Confirm(by, day0, 1)
		}},
		{SplitIncome, func(d *Deal, by By) error {
			d.Payments = []Payment{{Number: 1, AmountFen: 100, Confirmed: true}}
			return d.Divide(by, day0, 100, goodSplit, "", s)
		}},
		{FulfilDeal, func(d *Deal, by By) error { return d.Fulfil(by, day0, Outcome{Text: "已投产"}) }},
		{NoticeEnded, func(d *Deal, _ By) error { return d.EndNotice(later) }},
		{NoticeStopped, func(d *Deal, _ By) error { return d.StopNotice(later, "权属有争议") }},
	}
	var b strings.Builder
	fmt.Fprintln(&b, "# state, action, actor: what comes of it. Written by TestDealMatrix -update.")
	for _, state := range []DealState{Interest, Talks, Pricing, OnTerms, InternalApproval, PublicNotice, Trial, ToContract, Signed, Registered, Fulfilled, Declined, Cancelled} {
		base := dealAt(t, state)
		for _, act := range actions {
			for _, who := range []By{techOffice, dept, firm(1), authority, stranger} {
				if (act.name == NoticeEnded || act.name == NoticeStopped) && who.Role != Stranger {
					continue // nobody takes them; the clock does
				}
				d := clone(t, base)
				err := act.do(d, who)
				fmt.Fprintf(&b, "%s %s %s: %s", state, act.name, who.Role, codeOf(err))
				if err == nil {
					fmt.Fprintf(&b, " → %s", d.State)
				}
				fmt.Fprintln(&b)
			}
		}
	}
	golden(t, "deal_matrix.txt", b.String())
}

// TestChains walks each way to its contract and holds the steps to the rules: only what is transferred, licensed or staked by agreement, listing
// or auction is priced, approved and noticed; R&D, advice and services go straight to the contract, 先用后转 by way of a free trial.
func TestChains(t *testing.T) {
	s := DefaultSettings()
	all := []Way{Transfer, Licence, Equity, Joint, Commissioned, TrialFirst, PayLater, Consulting, Services}
	for way, want := range map[Way]string{
		Transfer: "interest talks pricing internal_approval public_notice contract contract signed registered transfer", Licence: "interest talks pricing internal_approval public_notice contract contract signed registered licence",
		Equity: "interest talks pricing internal_approval public_notice contract contract signed registered transfer", Joint: "interest talks terms contract contract signed registered development",
		Commissioned: "interest talks terms contract contract signed registered development", Consulting: "interest talks terms contract contract signed registered consulting",
		Services: "interest talks terms contract contract signed registered service", TrialFirst: "interest talks terms trial contract contract signed registered transfer",
		PayLater: "interest talks terms contract contract signed registered licence",
	} {
		a := at(t, Published, "")
		a.Profile.Ways = all
		d, err := NewDeal(firm(1), day0, "a1", a, InterestForm{Need: "x", ContactName: "x", ContactPhone: "1"}, "d1")
		must(t, err)
		must(t, d.TakeUp(techOffice, day0))
		must(t, d.Propose(techOffice, day0, all, goodTerms(way), s))
		must(t, d.Agree(firm(1), day0, 1, false, ""))
		if d.State == InternalApproval {
			must(t, d.Approve(techOffice, day0, "同意", s))
			if d.Notice.Days < 15 {
				t.Errorf("%s is noticed %d days", way, d.Notice.Days)
			}
			must(t, d.EndNotice(day0.Add(15*24*time.Hour)))
		}
		if d.State == Trial {
			must(t, d.ReportTrial(firm(1), day0, true, "运行良好"))
		}
		if err := d.Sign(firm(1), day0, "", 0); codeOf(err) != "deal.seller_first" {
			t.Errorf("%s: the firm signed first: %v", way, err)
		}
		must(t, d.Sign(techOffice, day0, "HT-1", 0))
		must(t, d.Sign(firm(1), day0, "", 0))
		must(t, d.Register(techOffice, day0, "R-1"))
		if err := d.Register(techOffice, day0, "R-2"); codeOf(err) != "deal.wrong_state" {
			t.Errorf("%s was registered twice", way)
		}
		var steps []string
		for _, h := range d.History {
			steps = append(steps, h.To)
		}
		must(t, d.Fulfil(techOffice, day0, Outcome{Text: "已投产"}))
		passed := []DealState{Interest}
		for _, h := range d.History {
			if to := DealState(h.To); to != passed[len(passed)-1] {
				passed = append(passed, to)
			}
		}
		if !slices.Equal(passed, d.Steps()) {
			t.Errorf("%s is shown as %v and goes %v", way, d.Steps(), passed)
		}
		if got := strings.Join(steps, " ") + " " + string(d.Contract.Kind); got != want {
			t.Errorf("%s goes %s\nwant %s", way, got, want)
		}
	}
	d := dealAt(t, Talks)
	auction := goodTerms(Transfer)
	auction.Method = Auction
	must(t, d.Propose(techOffice, day0, all, auction, s))
	must(t, d.Agree(firm(1), day0, 1, true, "发明人持股 3%"))
	must(t, d.Approve(techOffice, day0, "同意", s))
	if d.Notice.Days != s.ListingNoticeDays {
		t.Error("an auction has the notice of an agreement")
	}
	must(t, d.EndNotice(day0.Add(20*24*time.Hour)))
	if err := d.Sign(techOffice, day0, "HT-2", auction.PriceFen-1); err == nil {
		t.Error("sold below the reserve")
	}
	must(t, d.Sign(techOffice, day0, "HT-2", auction.PriceFen+1))
}

// TestTerms holds what may be put on the table.
func TestTerms(t *testing.T) {
	s := DefaultSettings()
	for name, c := range map[string]struct {
		spoil func(*DealTerms)
		path  string
	}{
		"a way not offered":          {func(x *DealTerms) { x.Way = Equity }, "way"},
		"no price":                   {func(x *DealTerms) { x.PriceFen = 0 }, "priceFen"},
		"no ground for the price":    {func(x *DealTerms) { x.Basis = "" }, "basis"},
		"related, nothing said":      {func(x *DealTerms) { x.Related = true }, "relatedNote"},
		"shares of 90%":              {func(x *DealTerms) { x.Split = []Share{{Who: "inventors", BP: 9000}} }, "split"},
		"inventors with too little":  {func(x *DealTerms) { x.Split = []Share{{Who: "inventors", BP: 6999}, {Who: "institution", BP: 3001}} }, "split"},
		"an open licence negotiated": {func(x *DealTerms) { x.Way = OpenLicence }, "way"},
		"a trial without end":        {func(x *DealTerms) { x.Way, x.TrialDays = TrialFirst, 5000 }, "trialDays"},
	} {
		terms := goodTerms(Transfer)
		c.spoil(&terms)
		d := dealAt(t, Talks)
		if err := d.Propose(techOffice, day0, goodProfile().Ways, terms, s); !strings.Contains(fmt.Sprintf("%+v", problemPaths(err)), c.path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for needs, code := range map[int]string{9: "not_a_choice", 0: "not_a_choice", 8: ""} { // level 5 offered: two ways over a gap of more than two
		a := at(t, Published, "")
		a.Profile.TRL = 5
		if needs == 9 {
			a.Profile.TRL = 7
		}
		for _, way := range []Way{PayLater, Joint} {
			ask := InterestForm{Need: "x", ContactName: "x", ContactPhone: "1", RequiredTRL: needs, Way: way}
			if d, err := NewDeal(firm(1), day0, "a1", a, ask, "d1"); code == "" {
				must(t, err)
				must(t, d.TakeUp(techOffice, day0))
				must(t, d.Propose(techOffice, day0, a.Profile.Ways, goodTerms(way), s))
			} else if err == nil || fault.As(err).Fields[0].Code != code {
				t.Errorf("%s from level %d to %d: %v", way, a.Profile.TRL, needs, err)
			}
		}
	}
	d := dealAt(t, Pricing)
	must(t, d.Propose(techOffice, day0, goodProfile().Ways, goodTerms(Licence), s))
	if err := d.Agree(firm(1), day0, 1, false, ""); codeOf(err) != "deal.terms_changed" {
		t.Errorf("agreed to terms that were replaced: %v", err)
	}
	if err := d.Say(firm(1), day0, true); codeOf(err) != "deal.nda_missing" {
		t.Error("a secret was told before the agreement")
	}
	must(t, d.SignNDA(techOffice, day0))
	must(t, d.SignNDA(firm(1), day0))
	must(t, d.Say(firm(1), day0, true))
}

// TestMoney holds what may be recorded as paid, and when 先使用后付费 falls due.
func TestMoney(t *testing.T) {
	s := DefaultSettings()
	d := dealAt(t, Signed)
	royalty := Payment{Kind: "royalty", AmountFen: 100, Basis: "本季净销售额 1 万元", PaidOn: "2026-11-20"}
	if err := d.Pay(firm(1), day0.AddDate(1, 0, 0), royalty); !slices.Contains(problemPaths(err), "kind") {
		t.Errorf("a royalty on a contract without one: %v", err)
	}
	d.Contract.RoyaltyBP = 150
	must(t, d.Pay(firm(1), day0.AddDate(1, 0, 0), royalty))
	royalty.Basis = ""
	if err := d.Pay(firm(1), day0.AddDate(1, 0, 0), royalty); !slices.Contains(problemPaths(err), "basis") {
		t.Errorf("a royalty on nothing: %v", err)
	}

	later := dealAt(t, Talks)
	must(t, later.Propose(techOffice, day0, []Way{PayLater}, goodTerms(PayLater), s))
	must(t, later.Agree(firm(1), day0, 1, false, ""))
	if later.PaymentDue() != 0 {
		t.Error("a payment falls due before the licence is signed")
	}
	must(t, later.Sign(techOffice, day0, "HT-1", 0))
	must(t, later.Sign(firm(1), day0, "", 0))
	due := day0.Add(365 * 24 * time.Hour)
	if later.PaymentDue().Time() != due.UTC() || later.Remind(due.Add(-time.Hour)) {
		t.Errorf("due on %s", later.PaymentDue().Time())
	}
	later.Follow = Follow{}
	later.settle()
	if later.DueAt != later.PaymentDue() || !later.Remind(due) || later.Remind(due.Add(time.Hour)) || later.DueAt != 0 {
		t.Errorf("reminded once, on the day: due %d, reminded %d", later.DueAt, later.Reminded)
	}
	must(t, later.Pay(firm(1), due, Payment{Kind: "upfront", AmountFen: 100, PaidOn: "2026-11-20"}))
	if later.PaymentDue() != 0 {
		t.Error("what is paid is due still")
	}
}

// TestDivide sums to the fen.
func TestDivide(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := 1 + r.IntN(6)
		shares, left := make([]Share, n), whole
		for i := range n {
			shares[i] = Share{Who: "inventors", BP: left}
			if i < n-1 {
				shares[i].BP = 1 + r.IntN(left-(n-i-1))
			}
			left -= shares[i].BP
		}
		fen := r.Int64N(1_000_000_000_000_00) + 1
		var sum int64
		for i, p := range divide(fen, shares) {
			sum += p.AmountFen
			if exact := float64(fen) * float64(shares[i].BP) / whole; float64(p.AmountFen)-exact > 1.5 || exact-float64(p.AmountFen) > 1.5 {
				t.Fatalf("%d × %d is %d", fen, shares[i].BP, p.AmountFen)
			}
		}
		if sum != fen {
			t.Fatalf("%d was split into %d", fen, sum)
		}
	}
}

// TestHistories lets firms and a university do anything in any order, and holds what comes of it to the rules that nothing may break:
// never two exclusive rights, a notice never shorter than its days net of pauses, splits to the fen, a registration once.
func TestHistories(t *testing.T) {
	n := 1000
	if os.Getenv("LIANBANG_PROVE") == "1" {
		n = 100_000
	}
	reached := map[DealState]int{}
	for seed := range n {
		h := &history{r: rand.New(rand.NewPCG(uint64(seed), 7)), now: day0, a: at(t, Published, ""), s: DefaultSettings()}
		h.a.Profile.Ways = []Way{Transfer, Licence, Equity, Joint, Commissioned, TrialFirst, PayLater, OpenLicence}
		for i := range 4 {
			d, err := NewDeal(firm(i), h.now, "a1", h.a, InterestForm{Need: "x", ContactName: "x", ContactPhone: "1"}, "d1")
			must(t, err)
			h.deals = append(h.deals, &d)
		}
		for range 90 {
			h.step()
			if why := h.broken(); why != "" {
				t.Fatalf("seed %d: %s", seed, why)
			}
		}
		for _, d := range h.deals {
			reached[d.State]++
		}
	}
	for _, state := range []DealState{PublicNotice, Trial, ToContract, Signed, Registered, Fulfilled, Declined, Cancelled} {
		if reached[state] == 0 {
			t.Errorf("no history ends at %s: %v", state, reached)
		}
	}
}

// history is one random course of events, by the same steps the service takes.
type history struct {
	r     *rand.Rand
	now   time.Time
	a     *Achievement
	deals []*Deal
	s     Settings
	still [4]time.Duration // how long each notice stood still, counted apart
	since [4]time.Time
	begun [4]time.Time
	ended [4]bool // a notice ended, to be looked at
}

func (h *history) step() {
	i := h.r.IntN(len(h.deals))
	d, id := h.deals[i], fmt.Sprint("deal", i)
	h.now = h.now.Add(time.Duration(h.r.IntN(72)) * time.Hour)
	who := []By{techOffice, firm(i), dept, firm(i + 1)}[h.r.IntN(4)]
	if who.OrgID != firm(i).OrgID && who.Role == Firm {
		who.Role = Stranger // another firm is nobody here
	}
	do := func(err error) bool { return err == nil }
	choice := h.r.IntN(20)
	if h.r.IntN(3) > 0 { // mostly, what is next, by whoever may
		choice, who = h.next(d, i)
	}
	switch choice {
	case 0, 1:
		do(d.TakeUp(who, h.now))
	case 2, 3:
		terms := goodTerms(h.a.Profile.Ways[h.r.IntN(len(h.a.Profile.Ways))])
		terms.Exclusive, terms.Method = h.r.IntN(2) == 0, []Method{Agreement, Listing, Auction}[h.r.IntN(3)]
		do(d.Propose(who, h.now, h.a.Profile.Ways, terms, h.s))
	case 4, 5, 6:
		if d.Terms == nil || d.Agreeable(who, d.Terms.Version) != nil {
			return
		}
		if hold, claims := d.Claim(id); claims && h.a.Hold(who, h.now, hold) != nil {
			return
		}
		do(d.Agree(who, h.now, d.Terms.Version, false, ""))
	case 7, 8:
		if do(d.Approve(who, h.now, "同意", h.s)) {
			h.begun[i], h.still[i], h.since[i] = h.now, 0, time.Time{}
		}
	case 9:
		do(d.Refuse(who, h.now, "价格偏低"))
	case 10:
		if d.State == PublicNotice && h.since[i].IsZero() && d.Notice.EndedAt == 0 {
			d.Notice.Pause(h.now, "YY-1", "核实")
			h.since[i] = h.now
		}
	case 11:
		if d.State == PublicNotice && !h.since[i].IsZero() {
			d.Notice.Resume(h.now)
			h.still[i] += h.now.Sub(h.since[i])
			h.since[i] = time.Time{}
		}
	case 12, 13:
		h.ended[i] = do(d.EndNotice(h.now))
	case 14:
		if h.r.IntN(6) == 0 {
			do(d.StopNotice(h.now, "权属有争议"))
		}
	case 15:
		do(d.ReportTrial(who, h.now, h.r.IntN(4) > 0, "试用报告"))
	case 16, 17:
		do(d.Sign(who, h.now, "HT-1", goodTerms(Transfer).PriceFen))
	case 18:
		do(d.Register(who, h.now, "R-"+id))
		do(d.Pay(who, h.now, Payment{Kind: "instalment", AmountFen: 1 + h.r.Int64N(1_000_000), PaidOn: "2026-11-20"}))
		do(d.Divide(who, h.now, 1+h.r.Int64N(1_000_000), goodSplit, "", h.s))
	case 19:
		switch h.r.IntN(8) {
		case 0:
			do(d.Cancel(who, h.now, "不需要了"))
		case 1:
			do(d.Decline(who, h.now, "不转化"))
		default:
			do(d.Fulfil(who, h.now, Outcome{Text: "已投产"}))
		}
	}
	// The steps on other documents follow, at once or later.
	if d.Follow.Settle && h.r.IntN(2) == 0 && h.a.Settle(h.now, id) == nil {
		d.Done(func(f *Follow) { f.Settle = false })
	}
	if d.Follow.Tell && h.r.IntN(2) == 0 {
		for _, other := range h.deals {
			if other != d {
				other.Overtake(h.now)
			}
		}
		d.Done(func(f *Follow) { f.Tell = false })
	}
	if d.Follow.PutNotice && h.r.IntN(2) == 0 {
		d.Done(func(f *Follow) { f.PutNotice = false })
	}
	if d.Follow.Release && h.r.IntN(2) == 0 && h.a.Release(h.now, id) == nil {
		d.Done(func(f *Follow) { f.Release = false })
	}
}

// next is the step that leads on, by whom.
func (h *history) next(d *Deal, i int) (choice int, who By) {
	switch d.State {
	case Interest:
		return 0, techOffice
	case Talks:
		return 2, techOffice
	case Pricing, OnTerms:
		return 4, firm(i)
	case InternalApproval:
		return 7, techOffice
	case PublicNotice:
		return 12, techOffice
	case Trial:
		return 15, firm(i)
	case ToContract:
		if d.Contract == nil || d.Contract.SellerAt == 0 {
			return 16, techOffice
		}
		return 16, firm(i)
	case Registered:
		if h.r.IntN(2) == 0 {
			return 19, firm(i)
		}
	}
	return 18, techOffice
}

// broken names a rule that does not hold.
func (h *history) broken() string {
	exclusive, others := 0, 0
	for i, d := range h.deals {
		signed := slices.Contains(binding, d.State)
		if signed && d.Terms.Way.claims() {
			if d.Terms.Exclusive {
				exclusive++
			} else {
				others++
			}
			if !slices.ContainsFunc(h.a.Holds, func(x Hold) bool { return x.DealID == fmt.Sprint("deal", i) }) {
				return "a signed deal does not hold the achievement"
			}
		}
		if h.ended[i] {
			h.ended[i] = false
			if stood := h.now.Sub(h.begun[i]) - h.still[i]; stood < time.Duration(d.Notice.Days)*24*time.Hour {
				return fmt.Sprintf("a notice of %d days stood %s", d.Notice.Days, stood)
			}
		}
		var divided int64
		for _, s := range d.Splits {
			var sum int64
			for _, p := range s.Parts {
				sum += p.AmountFen
			}
			if sum != s.AmountFen {
				return "a split does not sum to its amount"
			}
			divided += sum
		}
		if divided > d.Received() {
			return "more was split than came in"
		}
		if signed && d.Terms.Way.priced() && (d.Notice == nil || d.Notice.EndedAt == 0) {
			return "signed without its notice"
		}
	}
	if exclusive > 1 {
		return "two exclusive rights were signed"
	}
	holds := 0
	for _, x := range h.a.Holds {
		if x.Exclusive {
			holds++
		}
	}
	if holds > 1 {
		return "two exclusive holds"
	}
	return ""
}

// problemPaths are the fields an error blames.
func problemPaths(err error) (paths []string) {
	if err == nil {
		return nil
	}
	for _, f := range fault.As(err).Fields {
		paths = append(paths, f.Path)
	}
	return paths
}
