package demand

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// The steps of consortia and of panels in the random histories, in the order and with the checks the service makes around them, and what
// no history of theirs may break. A seat is a document in w.bids, as in the store.

func (w *world) doc(id string) *Bid {
	if i := slices.IndexFunc(w.bids, func(b Bid) bool { return b.ID == id }); i >= 0 {
		return &w.bids[i]
	}
	return nil
}

// on takes a step that changes nothing when it is refused, as a write that is not made.
func (w *world) on(b *Bid, step func(*Bid) error) error {
	trial := *b
	trial.Members = slices.Clone(b.Members) // what steps change in place
	trial.Offer.Application.Shares = slices.Clone(b.Offer.Application.Shares)
	err := step(&trial)
	if err == nil {
		*b = trial
	}
	return err
}

// vacancy is the service's question before it gives a seat away.
func (w *world) vacancy(had *Bid, asMember bool) error {
	lead := &Bid{}
	if had.State == Seat {
		lead = w.doc(had.LeadBid)
	}
	return had.vacant(lead, asMember)
}

// take places a bid of one's own.
func (w *world) take(b Bid) error {
	had := w.doc(b.ID)
	if had == nil {
		w.bids = append(w.bids, b)
		return nil
	}
	if err := w.vacancy(had, false); err != nil {
		return err
	}
	*had = b
	return nil
}

// claim takes a member's seat for a lead's bid.
func (w *world) claim(lead *Bid, by By) error {
	seat := seatOf(lead, by, by.OrgID, w.now)
	had := w.doc(seat.ID)
	switch {
	case had == nil:
		w.bids = append(w.bids, seat)
		return nil
	case had.State == Seat && had.LeadBid == lead.ID:
		return nil
	}
	if err := w.vacancy(had, true); err != nil {
		return err
	}
	had.State, had.LeadBid = Seat, lead.ID
	return nil
}

func (w *world) free(lead *Bid, orgID string) {
	if seat := w.doc(BidID(lead.DemandID, lead.Round, orgID)); seat != nil && seat.State == Seat && seat.LeadBid == lead.ID {
		seat.State, seat.LeadBid = SeatReleased, ""
	}
}

// submit puts a bid in, a consortium's only while every member holds its seat for it.
func (w *world) submit(b *Bid, in map[string]string) error {
	for _, m := range b.Members {
		if m.OrgID == b.OrgID || m.State != SeatAccepted {
			continue
		}
		if seat := w.doc(BidID(b.DemandID, b.Round, m.OrgID)); seat.State != Seat || seat.LeadBid != b.ID {
			return fault.New(fault.Conflict, "consortium.elsewhere", "")
		}
	}
	err := w.on(b, func(b *Bid) error { return b.Submit(By{Role: Bidder, OrgID: b.OrgID}, w.now, &w.d) })
	if err == nil {
		in[b.ID] = b.Digest()
	}
	return err
}

// edit replaces what is offered; shares are whole more often than not.
func (w *world) edit(r *rand.Rand, b *Bid, in map[string]string) error {
	o := goodOffer()
	o.Application.PriceFen += int64(r.IntN(1000))
	left := whole
	for i := range b.Members {
		if m := &b.Members[i]; m.State == SeatAccepted {
			o.Application.Shares = append(o.Application.Shares, MemberShare{OrgID: m.OrgID, WorkBP: left / 2, MoneyBP: left / 2})
			left -= left / 2
		}
	}
	if n := len(o.Application.Shares); n > 0 {
		o.Application.Shares[n-1].WorkBP += left * min(r.IntN(6), 1)
		o.Application.Shares[n-1].MoneyBP += left * min(r.IntN(6), 1)
	}
	err := w.on(b, func(b *Bid) error { return b.Edit(By{Role: Bidder, OrgID: b.OrgID}, w.now, &w.d, o) })
	if err == nil {
		if delete(in, b.ID); b.State == BidSubmitted {
			in[b.ID] = b.Digest()
		}
	}
	return err
}

func (w *world) consortiumSteps(r *rand.Rand, lead *Bid, in map[string]string) []func() error {
	d := &w.d
	org := bidder(r.IntN(6)).OrgID
	mine := By{Role: Bidder, OrgID: lead.OrgID}
	ask := func(org string) error {
		return w.on(lead, func(b *Bid) error {
			return b.Invite(mine, w.now, d, Organisation{ID: org, Name: org, Verified: true, Capacities: []access.Capacity{access.SME}}, "试制")
		})
	}
	join := func(org string) error {
		id, by := lead.ID, By{Role: Invitee, OrgID: org}
		trial := *lead
		if err := w.on(&trial, func(b *Bid) error { return b.Sit(by, w.now, d) }); err != nil { // before a seat is claimed
			return err
		}
		if err := w.claim(lead, by); err != nil {
			return err
		}
		lead = w.doc(id) // claiming may have moved it
		err := w.on(lead, func(b *Bid) error { return b.Sit(by, w.now, d) })
		if err != nil {
			w.free(lead, org)
		}
		return err
	}
	return []func() error{
		func() error { return ask(org) },
		func() error { return join(org) },
		func() error {
			by := By{Role: Invitee, OrgID: org}
			if m := lead.member(org); m != nil && m.State == SeatAccepted {
				by.Role = Member
			}
			err := w.on(lead, func(b *Bid) error { return b.Leave(by, w.now, d, "产能已满") })
			if err == nil {
				if w.free(lead, org); lead.State != BidSubmitted {
					delete(in, lead.ID)
				}
			}
			return err
		},
		func() error {
			err := w.on(lead, func(b *Bid) error { return b.Remove(mine, w.now, d, org) })
			if err == nil {
				w.free(lead, org)
			}
			return err
		},
		func() error { // a lead that knows its way
			for _, member := range []string{org, bidder(r.IntN(6)).OrgID} {
				if ask(member) == nil {
					_ = join(member)
				}
			}
			_ = w.edit(r, lead, in)
			return w.submit(lead, in)
		},
	}
}

// nobodySitsTwice: a member holds the seat of the one consortium it accepted, which is also where a bid of its own would stand; and what
// is in is whole.
func (w *world) nobodySitsTwice(t *testing.T) {
	t.Helper()
	if w.d.ClosedAt != 0 {
		return // nobody can join any more
	}
	in := map[string]string{} // by organisation, the bid it takes part in
	for i := range w.bids {
		b := &w.bids[i]
		if b.seat() || b.State == BidWithdrawn {
			continue
		}
		for _, m := range b.Members {
			if m.State != SeatAccepted {
				continue
			}
			if other := in[m.OrgID]; other != "" {
				t.Errorf("%s takes part in %s and in %s", m.OrgID, other, b.ID)
			}
			in[m.OrgID] = b.ID
			if seat := w.doc(BidID(b.DemandID, b.Round, m.OrgID)); m.OrgID != b.OrgID && (seat == nil || seat.State != Seat || seat.LeadBid != b.ID) {
				t.Errorf("%s is in %s without holding its seat", m.OrgID, b.ID)
			}
		}
		if b.State != BidSubmitted || w.d.Terms.Mode != Consortium {
			continue
		}
		work, money := 0, 0
		for _, s := range b.Offer.Application.Shares {
			work, money = work+s.WorkBP, money+s.MoneyBP
		}
		if n := len(b.Offer.Application.Shares); work != whole || money != whole || n < w.d.MinMembers {
			t.Errorf("%s is in with %d members, shares of %d and %d", b.ID, n, work, money)
		}
	}
}

// tied is the one expert something ties to the matter.
const tied = "judge3"

func (w *world) panelSteps(t *testing.T, r *rand.Rand, b *Bid) []func() error {
	t.Helper()
	d := &w.d
	person := fmt.Sprintf("judge%d", r.IntN(4))
	ask := func(person string) error {
		var ties []ConflictReason
		if person == tied {
			ties = []ConflictReason{{Kind: EmployedByBidder, With: "某企业"}}
		}
		return d.InviteExpert(leader, w.now, PanelExpert{PersonID: person, Name: person}, ties, true, w.now.Add(48*time.Hour))
	}
	answer := func(person string, yes ExpertState) error {
		return d.AnswerPanel(By{Role: Expert, UserID: person}, w.now, yes, "与各方无利害关系", nil)
	}
	write := func(person string, b *Bid) error {
		if _, err := d.Scoring(By{Role: Expert, UserID: person}); err != nil || !b.passed() || !d.In(b.ID) {
			return err
		}
		i := slices.IndexFunc(w.sheets, func(s Sheet) bool { return s.BidID == b.ID && s.ExpertID == person })
		if i < 0 {
			i, w.sheets = len(w.sheets), append(w.sheets, Sheet{Round: d.Round, BidID: b.ID, ExpertID: person})
		}
		return w.sheets[i].write(d, w.now, allScores(d, r.IntN(101)))
	}
	handIn := func(person string) error {
		var own []Sheet
		for _, s := range w.sheets {
			if s.Frozen = true; s.ExpertID == person {
				own = append(own, s)
			}
		}
		if err := d.HandIn(By{Role: Expert, UserID: person}, w.now, own, w.manifested()); err != nil {
			return err
		}
		for i := range w.sheets {
			w.sheets[i].Frozen = w.sheets[i].Frozen || w.sheets[i].ExpertID == person
		}
		return nil
	}
	// What a closed panel scored goes on the bids.
	tally := func(err error) error {
		if !d.Tasks.Tally {
			return err
		}
		for i := range w.bids {
			if w.d.In(w.bids[i].ID) {
				w.bids[i].TakeScores(w.now, w.scored(w.bids[i].ID))
			}
		}
		d.Done(func(k *Tasks) { k.Tally = false })
		return err
	}
	rarely := func(step func() error) func() error {
		return func() error {
			if r.IntN(6) > 0 {
				return nil
			}
			return step()
		}
	}
	return []func() error{
		rarely(func() error { return ask(person) }),
		func() error {
			return tally(answer(person, []ExpertState{ExpertAccepted, ExpertAccepted, ExpertAccepted, ExpertDeclined, ExpertRecused, "maybe"}[r.IntN(6)]))
		},
		func() error { return write(person, b) },
		func() error { return tally(handIn(person)) },
		rarely(func() error { return tally(d.ClosePanel(leader, w.now, "一位专家因病缺席", w.manifested())) }),
		func() error { // experts that know their way, and an issuer that follows them
			for i := range w.bids {
				_ = w.bids[i].Checked(leader, w.now, d, Check{Outcome: Pass}, w.s)
			}
			for _, person := range []string{person, "judge0"} {
				_, _ = ask(person), answer(person, ExpertAccepted)
				for i := range w.bids {
					if r.IntN(12) > 0 { // one forgotten, now and then
						_ = write(person, &w.bids[i])
					}
				}
				_ = tally(handIn(person))
			}
			for i := range w.bids {
				_ = w.bids[i].GiveReason(leader, w.now, d, "不及他人")
				_ = w.bids[i].Shortlist(leader, w.now, d, true, "")
			}
			return w.awardTheBest(t)
		},
	}
}

// awardTheBest decides for whoever has most points and publishes that.
func (w *world) awardTheBest(t *testing.T) error {
	t.Helper()
	best := -1
	for i := range w.bids {
		if w.bids[i].State == Shortlisted && (best < 0 || w.bids[i].Points() > w.bids[best].Points()) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	if err := w.d.Decide(leader, w.now, Decision{Winners: []string{w.bids[best].ID}, Reason: "定榜"}, w.bids); err != nil {
		return err
	}
	return w.publishAward(t)
}

// publishAward takes the service's steps from a decision to its notice.
func (w *world) publishAward(t *testing.T) error {
	t.Helper()
	if err := w.d.BeginPublishing(leader, w.now, w.bids); err != nil {
		return err
	}
	if err := w.settle(); err != nil {
		w.d.CancelPublishing()
		w.reopen(t)
		return err
	}
	must(t, w.d.FinishPublishing(leader, w.now, w.s, w.bids))
	return nil
}

// scored is the panel's score of a bid.
func (w *world) scored(bidID string) []Score {
	var own []Sheet
	for _, s := range w.d.Panel.ordered(w.sheets) {
		if s.BidID == bidID {
			own = append(own, s)
		}
	}
	return Tally(w.d.Terms.Criteria, own)
}

// panelIsFair: nobody tied to the matter scores; a sheet counts only whole, handed in, and of one who declared; and once the scoring is
// closed the bids' points are the experts' and nobody else's.
func (w *world) panelIsFair(t *testing.T) {
	t.Helper()
	p := w.d.Panel
	if p == nil {
		return
	}
	if p.expert(tied) != nil {
		t.Error("an expert with a conflict of interest is on the panel")
	}
	for _, s := range w.sheets {
		switch e := p.expert(s.ExpertID); {
		case e == nil, s.Frozen != (e.State == ExpertDone):
			t.Errorf("a sheet of %s, frozen: %t, who is %+v", s.ExpertID, s.Frozen, e)
		}
	}
	for i := range w.bids {
		b := &w.bids[i]
		for _, person := range p.done() {
			if w.d.In(b.ID) && b.passed() && !slices.ContainsFunc(w.sheets, func(s Sheet) bool { return s.BidID == b.ID && s.ExpertID == person && s.Frozen }) {
				t.Errorf("%s handed in without a sheet on %s", person, b.ID)
			}
		}
	}
	if p.ClosedAt == 0 {
		return
	}
	if len(p.done()) == 0 {
		t.Error("the scoring was closed without a sheet")
	}
	for i := range w.bids {
		b := &w.bids[i]
		if !w.d.In(b.ID) || !b.passed() {
			continue
		}
		if want := w.scored(b.ID); len(want) == 0 || !slices.Equal(b.Scores, want) {
			t.Errorf("bid %s has the scores %v, the experts gave %v", b.ID, b.Scores, want)
		}
	}
}
