package demand

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// termsFor are terms that may be submitted, of a kind and mode.
func termsFor(k Kind, m Mode) Terms {
	t := goodTerms()
	t.Kind, t.Mode = k, m
	if m == Directed {
		t.Audience = []string{"org0", "org1", "org2", "org3", "org4"}
	}
	t.Content, t.Unit, t.Quantity, t.TrialDays, t.ServiceCategory, t.Payment = "内容", "套", 1000, 60, "数字化转型", Payment{Days: 60}
	return t
}

// offerFor is an answer that may be submitted, of a kind.
func offerFor(k Kind) Offer {
	o := goodOffer()
	switch k {
	case RND:
		return o
	case Supply, ServiceNeed:
		o.Quote = QuoteForm{UnitPriceFen: 12_50, Unit: "套", Quantity: 1000, LeadTimeDays: 30, MonthlyCapacity: 500, Note: "含上门服务"}
	case Scenario:
		o.Trial = TrialForm{Product: "巡检机器人", Plan: "两台试用", Days: 60}
	case Project:
		o.Interest = InterestForm{Intent: "提供场地与中试线"}
	}
	o.Application = ApplicationForm{}
	return o
}

func newWorldOf(t testing.TB, k Kind, m Mode) *world {
	t.Helper()
	w := &world{now: day0, s: DefaultSettings()}
	d, err := New(leader, "海曙轴承集团", "海曙区", termsFor(k, m), w.now)
	must(t, err)
	w.d = d
	return w
}

// invites are those of a directed test demand.
func (w *world) invites() []Invite {
	var all []Invite
	for _, id := range w.d.Terms.Audience {
		all = append(all, Invite{OrgID: id, OrgName: id, State: SeatInvited})
	}
	return all
}

func (w *world) publish(rolling bool) error {
	deadline := w.now.Add(time.Hour)
	if rolling {
		deadline = time.Time{}
	}
	return w.d.Publish(leader, w.now, deadline, "2026Q4-0001", w.invites(), w.s)
}

// closeAs does at the deadline what the service does, for any kind.
func (w *world) closeAs(t testing.TB) {
	t.Helper()
	var in []Entry
	for i := range w.bids {
		if slices.Contains(w.d.flow().active, w.bids[i].State) {
			in = append(in, Entry{BidID: w.bids[i].ID, Digest: w.bids[i].Digest(), At: w.bids[i].SubmittedAt})
		}
	}
	must(t, w.d.Close(clockBy, w.now, in))
	for i := range w.bids {
		switch b := &w.bids[i]; {
		case b.State == BidSubmitted && w.d.flow().opened != "":
			must(t, b.Open(w.now))
		case b.State == BidDraft:
			must(t, b.Lapse(w.now))
		}
	}
	w.d.Done(func(k *Tasks) { k.OpenBids = false })
}

// pair brings a published demand with two bids that are in.
func pair(t testing.TB, k Kind, m Mode) *world {
	t.Helper()
	w := newWorldOf(t, k, m)
	must(t, w.d.Submit(leader, w.now, w.s))
	must(t, w.d.Approve(authority, w.now, ""))
	must(t, w.publish(false))
	for i := range 2 {
		b, err := Place(bidder(i), fmt.Sprintf("企业%d", i), "d1", &w.d, offerFor(k), w.now)
		must(t, err)
		must(t, b.Submit(bidder(i), w.now, &w.d))
		w.bids = append(w.bids, b)
	}
	return w
}

func declined(t testing.TB, w *world) {
	for i := range w.bids {
		must(t, w.bids[i].Decline(leader, w.now, &w.d, "与场景不符"))
	}
}

// inStateOf drives a demand of another kind than rnd to a state.
func inStateOf(t testing.TB, k Kind, want State) *world {
	t.Helper()
	w := newWorldOf(t, k, Open)
	d := &w.d
	switch want {
	case Draft:
		return w
	case Withdrawn:
		must(t, d.Withdraw(leader, w.now, "计划有变"))
		return w
	}
	if slices.Contains([]State{Submitted, Returned, Approved, Rejected}, want) {
		must(t, d.Submit(leader, w.now, w.s))
		switch want {
		case Returned:
			must(t, d.Return(authority, w.now, "补充"))
		case Rejected:
			must(t, d.Reject(authority, w.now, "不受理"))
		case Approved:
			must(t, d.Approve(authority, w.now, ""))
		}
		return w
	}
	w = pair(t, k, Open)
	d = &w.d
	if want == Published {
		return w
	}
	if want == Terminated {
		must(t, d.Terminate(leader, w.now, "取消"))
		return w
	}
	w.now = w.now.Add(2 * time.Hour)
	w.closeAs(t)
	if want == BiddingClosed {
		return w
	}
	if want == Closed {
		declined(t, w)
		must(t, d.ConcludeDealings(leader, w.now, "没有合适的产品", w.bids))
		return w
	}
	if want == NoAward {
		for i := range w.bids {
			must(t, w.bids[i].GiveReason(leader, w.now, d, "价格偏高"))
		}
		must(t, d.BeginNoAward(leader, w.now, "都不合适", w.bids))
		must(t, w.settle())
		must(t, d.FinishNoAward(leader, w.now, w.bids))
		return w
	}
	must(t, w.bids[1].GiveReason(leader, w.now, d, "交期偏长"))
	must(t, d.Decide(leader, w.now, Decision{Winners: []string{w.bids[0].ID}, Reason: "价格与交期最优"}, w.bids))
	if want == Awarded {
		must(t, d.BeginPublishing(leader, w.now, w.bids))
		must(t, w.settle())
		must(t, d.FinishPublishing(leader, w.now, w.s, w.bids))
	}
	if d.State != want {
		t.Fatalf("the demand is %s, not %s", d.State, want)
	}
	return w
}

// bidInState drives the second bid of a pair to a state.
func bidInState(t testing.TB, k Kind, want BidState) *world {
	t.Helper()
	w := pair(t, k, Open)
	d, b, me := &w.d, &w.bids[1], bidder(1)
	talk := func() { must(t, b.OpenTalks(leader, w.now, d)) }
	offer := func() {
		must(t, b.OfferTrial(leader, w.now, d, when.At(w.now), when.At(w.now.AddDate(0, 1, 0)), "两台设备，一个月"))
	}
	switch want {
	case BidDraft, BidWithdrawn:
		must(t, b.Withdraw(me, w.now, d, ""))
		if want == BidDraft {
			must(t, b.Edit(me, w.now, d, offerFor(k)))
		}
	case Comparing:
		w.now = w.now.Add(2 * time.Hour)
		w.closeAs(t)
	case TrialOffered, Trialling, Reported:
		offer()
		if want != TrialOffered {
			must(t, b.AcceptTrial(me, w.now, d))
		}
		if want == Reported {
			must(t, b.ReportTrial(me, w.now, d, "两项指标达到", []int{0}))
		}
	case Talking:
		talk()
	case Won, Lost:
		switch k {
		case Scenario:
			offer()
			must(t, b.AcceptTrial(me, w.now, d))
			must(t, b.ReportTrial(me, w.now, d, "达到", nil))
			must(t, b.DecidePurchase(leader, w.now, d, want == Won, 0, "试用结论"))
		case Project:
			talk()
			must(t, b.RecordTalks(leader, w.now, d, TalksResult{Agreed: want == Won, Summary: "结论"}))
		default:
			w = inStateOf(t, k, Awarded)
			if want == Won {
				w.bids[0], w.bids[1] = w.bids[1], w.bids[0]
			}
			b = &w.bids[1]
		}
	}
	if w.bids[1].State != want {
		t.Fatalf("the bid is %s, not %s", w.bids[1].State, want)
	}
	return w
}

// tryBid takes an action on a world's second bid with arguments that fit.
func (w *world) tryBid(a Action, by By) error {
	b, d := &w.bids[1], &w.d
	switch a {
	case EditBid:
		return b.Edit(by, w.now, d, offerFor(d.Terms.Kind))
	case SubmitBid:
		return b.Submit(by, w.now, d)
	case WithdrawBid:
		return b.Withdraw(by, w.now, d, "")
	case ConfirmBidChange:
		return b.ConfirmChange(by, w.now, d)
	case WinBid:
		return b.Win(by, w.now)
	case LoseBid:
		if err := b.may(LoseBid, by.Role); err != nil {
			return err
		}
		b.Reason = "未选用"
		return b.Lose(by, w.now)
	case DeclineBid:
		return b.Decline(by, w.now, d, "与场景不符")
	case OfferTrial:
		return b.OfferTrial(by, w.now, d, when.At(w.now), when.At(w.now.AddDate(0, 1, 0)), "一个月")
	case AcceptTrial:
		return b.AcceptTrial(by, w.now, d)
	case RefuseTrial:
		return b.RefuseTrial(by, w.now, d, "时间太短")
	case ReportTrial:
		return b.ReportTrial(by, w.now, d, "达到指标", []int{0})
	case DecidePurchase:
		return b.DecidePurchase(by, w.now, d, true, 100, "达到指标")
	case OpenTalks:
		return b.OpenTalks(by, w.now, d)
	case PostTalk:
		return b.Say(by, w.now, d, nil)
	case RecordTalks:
		return b.RecordTalks(by, w.now, d, TalksResult{Agreed: true, Summary: "达成合作"})
	case InviteMember:
		return b.Invite(by, w.now, d, Organisation{ID: "m9", Name: "新成员", Verified: true, Capacities: challenge.answers}, "检测")
	case RemoveMember:
		return b.Remove(by, w.now, d, "m1")
	case AcceptSeat:
		return b.Sit(by, w.now, d)
	case DeclineSeat:
		return b.Leave(by, w.now, d, "产能已满")
	}
	if by.Role != Clock {
		return b.may(a, by.Role)
	}
	switch a {
	case OpenBid:
		return b.Open(w.now)
	case LapseBid:
		return b.Lapse(w.now)
	case ReopenBid:
		return b.Reopen(w.now)
	case AnnounceBid:
		return b.Announce(w.now)
	case EndBid:
		return b.End(w.now, "需求终止")
	}
	return fmt.Errorf("no such action %s", a)
}

func outcome(err error, state string) string {
	if err != nil {
		return fault.As(err).Kind.String()
	}
	return "→ " + state
}

// TestKindMatrices takes every action in every state as everybody, for each kind beside rnd (whose tables are demand_matrix.txt and
// bid_matrix.txt), and holds the outcome to the reviewed tables.
func TestKindMatrices(t *testing.T) {
	before := []State{Draft, Submitted, Returned, Approved, Published, BiddingClosed}
	choosing, single := []State{Evaluating, Awarded, NoAward}, []State{Closed}
	ended := []State{Rejected, Terminated, Withdrawn}
	for kind, of := range map[Kind]struct {
		states []State
		bids   []BidState
	}{
		Supply:      {slices.Concat(before, choosing, ended), []BidState{BidDraft, BidSubmitted, Comparing, Won, Lost, BidWithdrawn}},
		ServiceNeed: {slices.Concat(before, choosing, ended), []BidState{BidDraft, BidSubmitted, Comparing, Won, Lost, BidWithdrawn}},
		Scenario:    {slices.Concat(before, single, ended), []BidState{BidDraft, BidSubmitted, TrialOffered, Trialling, Reported, Won, Lost, BidWithdrawn}},
		Project:     {slices.Concat(before, single, ended), []BidState{BidDraft, BidSubmitted, Talking, Won, Lost, BidWithdrawn}},
	} {
		var out strings.Builder
		fmt.Fprintf(&out, "What each action does to a demand of the kind %s, by its state and by who takes it.\n", kind)
		for _, r := range flowOf(kind).rules {
			if r.Action == AcceptInvite || r.Action == DeclineInvite {
				continue
			}
			fmt.Fprintf(&out, "\n%s\n", r.Action)
			for _, s := range of.states {
				line := fmt.Sprintf("  %-15s", s)
				for _, by := range []By{leader, authority, bidder(1), clockBy, stranger} {
					w := inStateOf(t, kind, s)
					line += fmt.Sprintf("  %-9s %-16s", by.Role, outcome(w.try(r.Action, by), string(w.d.State)))
				}
				out.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
		fmt.Fprintf(&out, "\nWhat each action does to an answer.\n")
		for _, r := range flowOf(kind).bids {
			fmt.Fprintf(&out, "\n%s\n", r.Action)
			for _, s := range of.bids {
				line := fmt.Sprintf("  %-14s", s)
				for _, by := range []By{bidder(1), leader, authority, clockBy, stranger} {
					w := bidInState(t, kind, s)
					line += fmt.Sprintf("  %-9s %-16s", by.Role, outcome(w.tryBid(r.Action, by), string(w.bids[1].State)))
				}
				out.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
		golden(t, string(kind)+"_matrix.txt", out.String())
	}
}

// consortium is a published consortium demand whose second bid is a lead's with two members, one of them accepted.
func consortium(t testing.TB) *world {
	t.Helper()
	w := newWorldOf(t, RND, Consortium)
	must(t, w.d.Submit(leader, w.now, w.s))
	must(t, w.d.Approve(authority, w.now, ""))
	must(t, w.publish(false))
	for i := range 2 {
		b, err := Place(bidder(i), fmt.Sprintf("企业%d", i), "d1", &w.d, goodOffer(), w.now)
		must(t, err)
		w.bids = append(w.bids, b)
	}
	b := &w.bids[1]
	for _, id := range []string{"m1", "m2"} {
		must(t, b.Invite(bidder(1), w.now, &w.d, Organisation{ID: id, Name: id, Verified: true, Capacities: challenge.answers}, "试制"))
	}
	must(t, b.Sit(By{Role: Invitee, OrgID: "m1"}, w.now, &w.d))
	return w
}

// TestModeMatrices does the same for what only a directed demand, or a consortium, has.
func TestModeMatrices(t *testing.T) {
	var out strings.Builder
	out.WriteString("What the invited of a directed demand may do, by the demand's state.\n")
	for _, a := range []Action{AcceptInvite, DeclineInvite} {
		fmt.Fprintf(&out, "\n%s\n", a)
		for _, s := range []State{Approved, Published, BiddingClosed} {
			line := fmt.Sprintf("  %-15s", s)
			for _, by := range []By{leader, authority, bidder(1), bidder(9), clockBy, stranger} {
				w := newWorldOf(t, RND, Directed)
				must(t, w.d.Submit(leader, w.now, w.s))
				must(t, w.d.Approve(authority, w.now, ""))
				if s != Approved {
					must(t, w.publish(false))
				}
				if s == BiddingClosed {
					w.now = w.now.Add(2 * time.Hour)
					w.closeAs(t)
				}
				err := w.try(a, by)
				state := ""
				if i := w.d.invite(by.OrgID); i != nil {
					state = string(i.State)
				}
				who := string(by.Role)
				if by.OrgID == "org9" {
					who = "uninvited"
				}
				line += fmt.Sprintf("  %-9s %-12s", who, outcome(err, state))
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	out.WriteString("\nWhat each may do about the members of a consortium, by the lead's bid's state.\n")
	member, invitee := By{Role: Member, OrgID: "m1"}, By{Role: Invitee, OrgID: "m2"}
	for _, a := range []Action{InviteMember, RemoveMember, AcceptSeat, DeclineSeat} {
		fmt.Fprintf(&out, "\n%s\n", a)
		for _, s := range []BidState{BidDraft, BidSubmitted, BidWithdrawn} {
			line := fmt.Sprintf("  %-10s", s)
			for _, by := range []By{bidder(1), member, invitee, leader, authority, stranger} {
				w := consortium(t)
				switch b := &w.bids[1]; s {
				case BidSubmitted:
					must(t, b.Sit(By{Role: Invitee, OrgID: "m2"}, w.now, &w.d))
					b.Offer.Application.Shares = []MemberShare{{"org1", 5000, 4000}, {"m1", 3000, 3000}, {"m2", 2000, 3000}}
					must(t, b.Submit(bidder(1), w.now, &w.d))
				case BidWithdrawn:
					must(t, b.Withdraw(bidder(1), w.now, &w.d, ""))
				}
				line += fmt.Sprintf("  %-9s %-14s", by.Role, outcome(w.tryBid(a, by), string(w.bids[1].State)))
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "mode_matrix.txt", out.String())
}

// TestConsortiumShares holds a consortium's bid to its rules before it goes in.
func TestConsortiumShares(t *testing.T) {
	full := []MemberShare{{"org1", 6000, 5000}, {"m1", 4000, 5000}}
	for _, c := range []struct {
		name   string
		change func(b *Bid)
		want   string
	}{
		{"all is well", func(*Bid) {}, ""},
		{"somebody has not answered", func(b *Bid) { b.Members[2].State = SeatInvited }, "members unanswered"},
		{"nobody joined", func(b *Bid) { b.Members[1].State = SeatDeclined }, "members too_few"},
		{"the work does not sum", func(b *Bid) { b.Offer.Application.Shares[0].WorkBP-- }, "application.shares work_sum"},
		{"the money does not sum", func(b *Bid) { b.Offer.Application.Shares[1].MoneyBP++ }, "application.shares money_sum"},
		{"a share for nobody", func(b *Bid) { b.Offer.Application.Shares[1].OrgID = "m2" }, "application.shares[1] not_in"},
		{"a member without a share", func(b *Bid) { b.Offer.Application.Shares = []MemberShare{{"org1", 10000, 10000}} }, "application.shares incomplete"},
		{"twice the same", func(b *Bid) {
			b.Offer.Application.Shares = []MemberShare{{"org1", 3000, 5000}, {"org1", 3000, 0}, {"m1", 4000, 5000}}
		}, "application.shares[1] not_in"},
		{"a share below nothing", func(b *Bid) {
			b.Offer.Application.Shares = []MemberShare{{"org1", 11000, 5000}, {"m1", -1000, 5000}}
		}, "application.shares[1] too_small"},
	} {
		w := consortium(t)
		b := &w.bids[1]
		must(t, b.Leave(By{Role: Invitee, OrgID: "m2"}, w.now, &w.d, "产能已满"))
		b.Offer.Application.Shares = slices.Clone(full)
		c.change(b)
		var got []string
		for _, f := range b.Problems(&w.d, w.now) {
			got = append(got, f.Path+" "+f.Code)
		}
		if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// A member that leaves takes the bid back to a draft, and its share with it.
	w := consortium(t)
	b := &w.bids[1]
	must(t, b.Leave(By{Role: Invitee, OrgID: "m2"}, w.now, &w.d, "产能已满"))
	b.Offer.Application.Shares = slices.Clone(full)
	must(t, b.Submit(bidder(1), w.now, &w.d))
	must(t, b.Leave(By{Role: Member, OrgID: "m1"}, w.now, &w.d, "人员变动"))
	if b.State != BidDraft || len(b.Offer.Application.Shares) != 1 {
		t.Errorf("%s with %d shares", b.State, len(b.Offer.Application.Shares))
	}
	if b.Readable(Application, Invitee, &w.d) || !b.Readable(Application, Member, &w.d) || b.Readable(Application, Issuer, &w.d) {
		t.Error("the plan of a consortium is read by the wrong ones")
	}
}

// TestQuoteShares holds a choice among quotes to shares that make a whole, and to quotes that still stand.
func TestQuoteShares(t *testing.T) {
	w := inStateOf(t, Supply, BiddingClosed)
	d, a, b := &w.d, w.bids[0].ID, w.bids[1].ID
	for _, c := range []struct {
		shares []Share
		want   string
	}{
		{nil, "shares"}, {[]Share{{a, 5000}}, "shares"}, {[]Share{{a, 5000}, {b, 4999}}, "shares"}, {[]Share{{a, 10000}, {b, 0}}, "shares[1]"},
		{[]Share{{a, 5000}, {a, 5000}}, "shares[1]"}, {[]Share{{a, 5000}, {"x", 5000}}, "shares[1]"}, {[]Share{{a, 6500}, {b, 3500}}, ""},
	} {
		err := d.Decide(leader, w.now, Decision{Winners: []string{a, b}, Shares: c.shares, Reason: "两家分供"}, w.bids)
		if c.want == "" && err != nil || c.want != "" && (err == nil || fault.As(err).Fields[0].Path != c.want) {
			t.Errorf("%v: %v", c.shares, err)
		}
	}
	if d.Award.share(b) != 3500 || percent(3500) != "35%" || percent(3333) != "33.33%" || percent(0) != "" {
		t.Errorf("the shares are %v", d.Award.Shares)
	}
	w.bids[0].Offer.Quote.ValidUntil = when.At(w.now)
	if err := d.Decide(leader, w.now, Decision{Winners: []string{a}, Reason: "低价"}, w.bids); fault.As(err).Fields[0].Code != "quote_expired" {
		t.Errorf("a quote past its validity was taken: %v", err)
	}
	must(t, d.Decide(leader, w.now, Decision{Winners: []string{b}, Reason: "交期"}, w.bids))
	if err := d.BeginPublishing(leader, w.now, w.bids); fault.As(err).Code != "award.feedback_missing" {
		t.Errorf("a quote was passed over without a word: %v", err)
	}
}

// TestRolling takes quotes without a deadline until the issuer ends it.
func TestRolling(t *testing.T) {
	w := newWorldOf(t, Supply, Open)
	d := &w.d
	must(t, d.Submit(leader, w.now, w.s))
	must(t, d.Approve(authority, w.now, ""))
	must(t, w.publish(true))
	b, err := Place(bidder(1), "企业1", "d1", d, offerFor(Supply), w.now)
	must(t, err)
	if err := b.Submit(bidder(1), w.now, d); fault.As(err).Fields[0].Path != "quote.validUntil" {
		t.Errorf("a rolling quote without validity: %v", err)
	}
	b.Offer.Quote.ValidUntil = when.At(w.now.AddDate(0, 1, 0))
	must(t, b.Submit(bidder(1), w.now, d))
	w.now = w.now.AddDate(1, 0, 0)
	if d.DueAt != 0 && !d.Tasks.any() || d.Accepting(w.now) != nil || d.Close(clockBy, w.now, nil) == nil || !b.Expired(w.now) {
		t.Error("a demand without a deadline closed by itself, or a quote stands for ever")
	}
	must(t, d.EndBidding(leader, w.now))
	if d.Accepting(w.now) == nil || d.DueAt == 0 {
		t.Error("bidding goes on after it was ended")
	}
	must(t, d.Close(clockBy, w.now, nil))
	other := newWorldOf(t, RND, Open)
	must(t, other.d.Submit(leader, w.now, w.s))
	must(t, other.d.Approve(authority, w.now, ""))
	if err := other.publish(true); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a sealed challenge without a deadline: %v", err)
	}
}

// TestGate asks of each kind and mode what it needs before review.
func TestGate(t *testing.T) {
	yes := true
	for _, c := range []struct {
		name   string
		kind   Kind
		mode   Mode
		change func(t *Terms)
		want   string
	}{
		{"race is not open yet", RND, Race, func(*Terms) {}, "mode race_not_open"},
		{"a consortium quotes", Supply, Consortium, func(*Terms) {}, "mode rnd_only"},
		{"nobody invited", RND, Directed, func(t *Terms) { t.Audience = nil }, "audienceOrgIds required"},
		{"no quantity", Supply, Open, func(t *Terms) { t.Quantity = 0 }, "quantity required"},
		{"no payment term", Supply, Open, func(t *Terms) { t.Payment.Days = 0 }, "payment.days required"},
		{"back to back", Supply, Open, func(t *Terms) { t.Payment.BackToBack = true }, "payment.backToBack back_to_back"},
		{"no trial period", Scenario, Open, func(t *Terms) { t.TrialDays = 0 }, "trialDays required"},
		{"sealed applications for a trial", Scenario, Open, func(t *Terms) { t.Sealed = &yes }, "sealed not_possible"},
		{"no way of cooperation", Project, Open, func(t *Terms) { t.CooperationWays = nil }, "cooperationWays required"},
		{"no category", ServiceNeed, Open, func(t *Terms) { t.ServiceCategory = "" }, "serviceCategory required"},
		{"a service needs no chain", ServiceNeed, Open, func(t *Terms) { t.Chain = "" }, ""},
		{"sealed quotes", Supply, Open, func(t *Terms) { t.Sealed = &yes }, ""},
		{"directed quotes", Supply, Directed, func(*Terms) {}, ""},
	} {
		terms := termsFor(c.kind, c.mode)
		terms.District = "海曙区"
		c.change(&terms)
		var got []string
		for _, f := range terms.problems(Large, DefaultSettings()) {
			got = append(got, f.Path+" "+f.Code)
		}
		if want := strings.Fields(c.want); strings.Join(got, ",") != strings.Join(want, " ") {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for _, c := range []struct {
		kind Kind
		mode Mode
		want bool
	}{{RND, Open, true}, {RND, Consortium, true}, {RND, Directed, false}, {Supply, Open, false}, {Scenario, Open, false}} {
		terms := termsFor(c.kind, c.mode)
		if terms.sealed() != c.want {
			t.Errorf("%s %s sealed: %v", c.kind, c.mode, terms.sealed())
		}
	}
}

// TestPaymentClock is regulation 802 as a table.
func TestPaymentClock(t *testing.T) {
	for _, c := range []struct {
		payer SizeClass
		terms Payment
		want  string
	}{
		{Large, Payment{Days: 60}, ""}, {Large, Payment{Days: 61}, "over_60_days warn"}, {Large, Payment{Days: 30, BackToBack: true}, "back_to_back block"},
		{Large, Payment{Days: 90, BackToBack: true}, "back_to_back block,over_60_days warn"},
		{PublicBody, Payment{Days: 30}, ""}, {PublicBody, Payment{Days: 31}, "over_30_days warn"}, {PublicBody, Payment{Days: 61}, "over_60_days block"},
		{Medium, Payment{Days: 180, BackToBack: true}, ""}, {Small, Payment{Days: 90}, ""}, {"", Payment{Days: 90, BackToBack: true}, ""},
	} {
		var got []string
		for _, f := range CheckPayment(c.terms, c.payer) {
			got = append(got, f.Code+" "+string(f.Severity))
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s %+v: %v", c.payer, c.terms, got)
		}
	}
}

// TestKindHistories walks random histories of the other kinds and modes and holds every one to the invariants; rnd's are TestHistories.
// LIANBANG_PROVE=1 walks 100,000.
func TestKindHistories(t *testing.T) {
	n := 10_000
	if os.Getenv("LIANBANG_PROVE") == "1" {
		n = 100_000
	}
	kinds := []Kind{Supply, Scenario, Project, ServiceNeed}
	reached := map[string]int{}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 11))
		w := newWorldOf(t, kinds[i%len(kinds)], []Mode{Open, Directed}[r.IntN(2)])
		w.walkKind(t, r)
		reached[string(w.d.Terms.Kind)+" "+string(w.d.State)]++
		if t.Failed() {
			t.Fatalf("in history %d of the kind %s", i, w.d.Terms.Kind)
		}
	}
	for _, want := range []string{"supply awarded", "supply no_award", "service awarded", "scenario closed", "project closed", "scenario terminated", "supply withdrawn"} {
		if reached[want] == 0 {
			t.Errorf("no history of %d ended %s: %v", n, want, reached)
		}
	}
	t.Logf("%d histories ended %v", n, reached)
}

// walkKind takes random steps; refusals are part of a history.
func (w *world) walkKind(t *testing.T, r *rand.Rand) {
	d := &w.d
	acknowledged, manifest := map[string]bool{}, 0
	rarely := func(n int, do func() error) func() error {
		return func() error {
			if r.IntN(n) > 0 {
				return nil
			}
			return do()
		}
	}
	var me By // somebody, and its answer if it has one, anew before each step
	var b *Bid
	at := -1
	steps := []func() error{
		func() error { return w.try(SubmitDemand, leader) },
		func() error { return w.try(ApproveDemand, authority) },
		rarely(5, func() error { return w.try(ReturnDemand, authority) }),
		rarely(30, func() error { return w.try(RejectDemand, authority) }),
		rarely(40, func() error { return w.try(WithdrawDemand, leader) }),
		func() error {
			deadline := w.now.Add(time.Duration(1+r.IntN(120)) * time.Hour)
			if r.IntN(2) == 0 {
				deadline = time.Time{}
			}
			return d.Publish(leader, w.now, deadline, "2026Q4-0001", w.invites(), w.s)
		},
		func() error { return d.AnswerInvite(me, w.now, r.IntN(3) > 0, "产能已满") },
		func() error {
			o := offerFor(d.Terms.Kind)
			o.Quote.ValidUntil = when.At(w.now.AddDate(0, 0, 10+r.IntN(20)))
			nb, err := Place(me, me.OrgID, "d1", d, o, w.now)
			if err != nil || at >= 0 {
				return err
			}
			if d.Terms.Mode == Directed && d.invite(me.OrgID) == nil {
				t.Errorf("an uninvited organisation bids")
			}
			if r.IntN(2) == 0 && nb.Submit(me, w.now, d) == nil {
				acknowledged[nb.ID] = true
			}
			w.bids = append(w.bids, nb)
			return nil
		},
		func() error {
			err := b.Submit(me, w.now, d)
			if err == nil {
				acknowledged[b.ID] = true
			}
			return err
		},
		func() error {
			o := offerFor(d.Terms.Kind)
			o.Quote.UnitPriceFen += int64(r.IntN(100))
			o.Quote.ValidUntil = when.At(w.now.AddDate(0, 0, 5+r.IntN(20)))
			return b.Edit(me, w.now, d, o)
		},
		rarely(4, func() error {
			err := b.Withdraw(me, w.now, d, "")
			if err == nil {
				delete(acknowledged, b.ID)
			}
			return err
		}),
		rarely(8, func() error { return d.EndBidding(leader, w.now) }),
		rarely(20, func() error { return w.changeAtRandom(t, r) }),
		func() error { return b.ConfirmChange(me, w.now, d) },
		func() error {
			if d.State == Published && d.Deadline != 0 && when.At(w.now) >= d.Deadline {
				w.closeAs(t)
				manifest = len(d.Manifest)
				for id := range acknowledged {
					if !d.In(id) {
						t.Errorf("%s was acknowledged and is not in", id)
					}
				}
			}
			return nil
		},
		rarely(80, func() error {
			if err := d.Terminate(authority, w.now, "终止"); err != nil {
				return err
			}
			for i := range w.bids {
				_ = w.bids[i].End(w.now, "终止")
			}
			d.Done(func(k *Tasks) { k.EndBids = false })
			return nil
		}),
	}
	for _, a := range []Action{OfferTrial, OpenTalks, RecordTalks, DecidePurchase, DeclineBid, PostTalk} {
		steps = append(steps, func() error { return w.tryOn(b, a, leader) })
	}
	for _, a := range []Action{AcceptTrial, RefuseTrial, ReportTrial} {
		steps = append(steps, func() error { return w.tryOn(b, a, me) })
	}
	steps = append(steps,
		func() error { // a diligent issuer writes to all
			for i := range w.bids {
				_ = w.bids[i].GiveReason(leader, w.now, d, "价格偏高")
			}
			return nil
		},
		func() error {
			c := Decision{Reason: "比选结论"}
			left := whole
			for i := range w.bids {
				if w.bids[i].State == Comparing && r.IntN(2) == 0 {
					c.Winners = append(c.Winners, w.bids[i].ID)
					part := left / 2
					left -= part
					c.Shares = append(c.Shares, Share{w.bids[i].ID, part})
				}
			}
			if n := len(c.Shares); n > 0 {
				c.Shares[n-1].BP += left
			}
			if d.Terms.Kind != Supply {
				c.Shares = nil
			}
			return d.Decide(leader, w.now, c, w.bids)
		},
		func() error {
			if err := d.BeginPublishing(leader, w.now, w.bids); err != nil {
				return err
			}
			must(t, w.settle())
			must(t, d.FinishPublishing(leader, w.now, w.s, w.bids))
			return nil
		},
		rarely(20, func() error {
			if err := d.BeginNoAward(leader, w.now, "流标", w.bids); err != nil {
				return err
			}
			must(t, w.settle())
			must(t, d.FinishNoAward(leader, w.now, w.bids))
			return nil
		}),
		func() error { return d.ConcludeDealings(leader, w.now, "已办结", w.manifested()) },
	)
	for range 110 {
		w.now = w.now.Add(time.Duration(r.IntN(200)) * time.Minute)
		me = people[r.IntN(len(people))]
		at = slices.IndexFunc(w.bids, func(b Bid) bool { return b.OrgID == me.OrgID })
		b = &Bid{State: Lost, Kind: d.Terms.Kind}
		if at >= 0 {
			b = &w.bids[at]
		}
		if steps[r.IntN(len(steps))]() == nil { // a refusal changes nothing: TestDemandMatrix
			w.invariantsOfKind(t, manifest)
		}
	}
}

// people may answer; the sixth is not among a directed demand's invited.
var people = []By{bidder(0), bidder(1), bidder(2), bidder(3), bidder(4), bidder(5)}

// tryOn is tryBid on any bid.
func (w *world) tryOn(b *Bid, a Action, by By) error {
	v := world{d: w.d, bids: []Bid{{}, *b}, now: w.now, s: w.s}
	err := v.tryBid(a, by)
	if err == nil {
		*b = v.bids[1]
	}
	return err
}

func (w *world) manifested() []Bid {
	var in []Bid
	for _, b := range w.bids {
		if w.d.In(b.ID) {
			in = append(in, b)
		}
	}
	return in
}

// invariantsOfKind are what no history of any kind may break.
func (w *world) invariantsOfKind(t *testing.T, manifest int) {
	t.Helper()
	d := &w.d
	won, shares := 0, 0
	for i := range w.bids {
		b := &w.bids[i]
		if b.State == Won {
			won++
		}
		if (b.State == Lost || b.State == Won && !d.flow().chooses()) && strings.TrimSpace(b.Reason) == "" {
			t.Errorf("%s is %s without a word", b.ID, b.State)
		}
		if d.State.Ended() && !b.State.Ended() {
			t.Errorf("the demand is %s and an answer still %s", d.State, b.State)
		}
		if !b.State.Ended() && (d.State == Published || d.State == BiddingClosed || d.State == Evaluating) &&
			!slices.ContainsFunc(b.flow().bids, func(r bidRule) bool { return r.Action != EndBid && slices.Contains(r.From, b.State) }) {
			t.Errorf("no way on for an answer that is %s", b.State)
		}
		if d.Sealed && d.ClosedAt == 0 && d.PublishedAt != 0 && b.Readable(Application, Issuer, d) {
			t.Error("a sealed answer is read")
		}
	}
	if d.flow().chooses() && won > d.Terms.MaxWinners {
		t.Errorf("%d winners of %d", won, d.Terms.MaxWinners)
	}
	if d.State == Awarded {
		for _, s := range d.Award.Shares {
			shares += s.BP
		}
		if won == 0 || d.Terms.Kind == Supply && shares != whole {
			t.Errorf("awarded to %d with shares of %d", won, shares)
		}
	}
	if d.ClosedAt != 0 && len(d.Manifest) != manifest {
		t.Errorf("the manifest changed after the closing")
	}
	if !d.State.Ended() && d.State != Awarded && !slices.ContainsFunc(d.flow().rules, func(r rule) bool { return slices.Contains(r.From, d.State) }) {
		t.Errorf("no way on from %s", d.State)
	}
	if d.State == Published && d.Deadline != 0 && d.DueAt == 0 {
		t.Error("a deadline the clock does not know of")
	}
}
