package demand

import (
	"slices"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file says how the kinds differ: the life of a demand and of an answer to it, who may answer, and what the author must write.
// What they share (draft, review, publishing, the deadline and its manifest) is in demand.go and bid.go, for all of them alike.

// flow is how demands of one kind go on from their publishing, and the answers to them.
type flow struct {
	rules []rule    // of the demand, after those every kind has
	bids  []bidRule // of an answer
	// opened is what an answer that is in becomes at the deadline; empty leaves it where it stands.
	opened BidState
	// winnable is where an answer must stand to be chosen in a decision among all; empty: each answer is dealt with on its own.
	winnable BidState
	active   []BidState // where an answer that is in may stand while bidding is open
	answers  []access.Capacity
	rolling  bool // may go without a deadline
	scored   bool // answers are scored by the demand's criteria, and the decision stands a public notice
}

// common are the steps every kind has.
var common = []rule{
	{EditDemand, []State{Draft, Returned}, []Role{Issuer, Drafter}},
	{SubmitDemand, []State{Draft, Returned}, []Role{Issuer}},
	{ReturnDemand, []State{Submitted}, []Role{Operator}},
	{ApproveDemand, []State{Submitted}, []Role{Operator}},
	{RejectDemand, []State{Submitted}, []Role{Operator}},
	{AskOpinions, []State{Submitted}, []Role{Operator}},
	{GiveOpinion, []State{Submitted}, []Role{Expert}},
	{SkipReview, []State{Submitted}, []Role{Clock}},
	{PublishDemand, []State{Approved}, []Role{Issuer}},
	{PublishInIssue, []State{Approved}, []Role{Operator}},
	{WithdrawDemand, []State{Draft, Returned, Submitted, Approved}, []Role{Issuer}},
	{ChangeDemand, []State{Published}, []Role{Issuer}},
	{AcceptInvite, []State{Published}, []Role{Bidder}},
	{DeclineInvite, []State{Published}, []Role{Bidder}},
	{CloseBidding, []State{Published}, []Role{Clock}},
}

// bidding are the steps of an answer until the deadline, the same for every kind.
var bidding = []bidRule{
	{EditBid, []BidState{BidDraft, BidSubmitted, BidWithdrawn}, []Role{Bidder}},
	{SubmitBid, []BidState{BidDraft, BidWithdrawn}, []Role{Bidder}},
	{ConfirmBidChange, []BidState{BidSubmitted}, []Role{Bidder}},
	{LapseBid, []BidState{BidDraft}, []Role{Clock}},
}

// A challenge: bids are sealed, checked, scored, shortlisted; the award stands a notice.
var challenge = flow{
	scored: true, opened: FormalCheck, winnable: Shortlisted, active: []BidState{BidSubmitted},
	answers: []access.Capacity{access.SME, access.University},
	rules: []rule{
		{StartEvaluation, []State{BiddingClosed}, []Role{Issuer}},
		{AwardDemand, []State{Evaluating}, []Role{Issuer}},
		{PublishAward, []State{Evaluating}, []Role{Issuer}},
		{PauseAwardNotice, []State{AwardNotice}, []Role{Clock}},
		{ResumeAwardNotice, []State{AwardNotice}, []Role{Clock}},
		{RevokeAward, []State{AwardNotice, Awarded}, []Role{Clock}},
		{ContestAward, []State{Awarded, InProgress, Accepted, Closed}, []Role{Clock}},
		{SettleContest, []State{Awarded, InProgress, Accepted, Closed}, []Role{Operator}},
		{ConcludeNotice, []State{AwardNotice}, []Role{Clock}},
		{DeclareNoAward, []State{BiddingClosed, Evaluating}, []Role{Issuer}},
		{ReopenDemand, []State{NoAward, Terminated}, []Role{Issuer}},
		{TerminateDemand, []State{Published, BiddingClosed, Evaluating}, []Role{Issuer, Operator}},
		{InvitePanelExpert, []State{BiddingClosed, Evaluating}, []Role{Issuer, Operator}},
		{AnswerPanel, []State{BiddingClosed, Evaluating}, []Role{Expert}},
		{SubmitSheets, []State{BiddingClosed, Evaluating}, []Role{Expert}},
		{ClosePanel, []State{BiddingClosed, Evaluating}, []Role{Issuer, Operator}},
	},
	bids: slices.Concat(bidding, []bidRule{
		{WithdrawBid, []BidState{BidDraft, BidSubmitted}, []Role{Bidder}},
		{InviteMember, []BidState{BidDraft}, []Role{Bidder}},
		{RemoveMember, []BidState{BidDraft}, []Role{Bidder}},
		{AcceptSeat, []BidState{BidDraft}, []Role{Invitee}},
		{DeclineSeat, []BidState{BidDraft, BidSubmitted}, []Role{Invitee, Member}},
		{OpenBid, []BidState{BidSubmitted}, []Role{Clock}},
		{FormalCheckBid, []BidState{FormalCheck, Correction}, []Role{Issuer}},
		{CorrectBid, []BidState{Correction}, []Role{Bidder}},
		{ScoreBid, []BidState{FormalCheck, Shortlisted}, []Role{Issuer}},
		{ShortlistBid, []BidState{FormalCheck, Shortlisted}, []Role{Issuer}},
		{WinBid, []BidState{Shortlisted}, []Role{Issuer}},
		{LoseBid, []BidState{FormalCheck, Shortlisted}, []Role{Issuer}},
		{ReopenBid, []BidState{Won, Lost}, []Role{Clock}},
		{AnnounceBid, []BidState{Won, Lost}, []Role{Clock}},
		{EndBid, []BidState{BidDraft, BidSubmitted, FormalCheck, Correction, Shortlisted}, []Role{Clock}},
	}),
}

// Quotes: compared side by side once bidding is over, and one or several are taken, by share.
var quotes = flow{
	opened: Comparing, winnable: Comparing, active: []BidState{BidSubmitted}, rolling: true,
	answers: []access.Capacity{access.SME, access.Provider},
	rules: []rule{
		{EndBidding, []State{Published}, []Role{Issuer}},
		{AwardDemand, []State{BiddingClosed, Evaluating}, []Role{Issuer}},
		{PublishAward, []State{Evaluating}, []Role{Issuer}},
		{DeclareNoAward, []State{BiddingClosed, Evaluating}, []Role{Issuer}},
		{ReopenDemand, []State{NoAward, Terminated}, []Role{Issuer}},
		{TerminateDemand, []State{Published, BiddingClosed, Evaluating}, []Role{Issuer, Operator}},
	},
	bids: slices.Concat(bidding, []bidRule{
		{WithdrawBid, []BidState{BidDraft, BidSubmitted}, []Role{Bidder}},
		{OpenBid, []BidState{BidSubmitted}, []Role{Clock}},
		{WinBid, []BidState{Comparing}, []Role{Issuer}},
		{LoseBid, []BidState{Comparing}, []Role{Issuer}},
		{ReopenBid, []BidState{Won, Lost}, []Role{Clock}},
		{AnnounceBid, []BidState{Won, Lost}, []Role{Clock}},
		{EndBid, []BidState{BidDraft, BidSubmitted, Comparing}, []Role{Clock}},
	}),
}

// oneByOne are the demand's steps where each answer is dealt with on its own, from the day it comes in.
var oneByOne = []rule{
	{EndBidding, []State{Published}, []Role{Issuer}},
	{ConcludeDemand, []State{BiddingClosed}, []Role{Issuer}},
	{TerminateDemand, []State{Published, BiddingClosed}, []Role{Issuer, Operator}},
}

// A scene for trials (先试首用): apply, agree on a trial, report, buy or say why not.
var scenario = flow{
	active: []BidState{BidSubmitted, TrialOffered, Trialling, Reported, Won, Lost}, rolling: true,
	answers: []access.Capacity{access.SME, access.University},
	rules:   oneByOne,
	bids: slices.Concat(bidding, []bidRule{
		{WithdrawBid, []BidState{BidDraft, BidSubmitted, TrialOffered, Trialling}, []Role{Bidder}},
		{OfferTrial, []BidState{BidSubmitted, TrialOffered}, []Role{Issuer}},
		{AcceptTrial, []BidState{TrialOffered}, []Role{Bidder}},
		{RefuseTrial, []BidState{TrialOffered}, []Role{Bidder}},
		{ReportTrial, []BidState{Trialling}, []Role{Bidder}},
		{DecidePurchase, []BidState{Reported}, []Role{Issuer}},
		{DeclineBid, []BidState{BidSubmitted, TrialOffered, Trialling}, []Role{Issuer}},
		{EndBid, []BidState{BidDraft, BidSubmitted, TrialOffered, Trialling, Reported}, []Role{Clock}},
	}),
}

// A project looking for partners: interest, talks, a recorded result.
var partnership = flow{
	active: []BidState{BidSubmitted, Talking, Won, Lost}, rolling: true,
	answers: []access.Capacity{access.SME, access.University, access.Provider},
	rules:   oneByOne,
	bids: slices.Concat(bidding, []bidRule{
		{WithdrawBid, []BidState{BidDraft, BidSubmitted, Talking}, []Role{Bidder}},
		{OpenTalks, []BidState{BidSubmitted}, []Role{Issuer}},
		{PostTalk, []BidState{Talking}, []Role{Issuer, Bidder}},
		{RecordTalks, []BidState{Talking}, []Role{Issuer}},
		{DeclineBid, []BidState{BidSubmitted}, []Role{Issuer}},
		{EndBid, []BidState{BidDraft, BidSubmitted, Talking}, []Role{Clock}},
	}),
}

// serviceQuotes are quotes by providers. What follows the choice (contract, delivery, acceptance) is an engagement, not this service's.
var serviceQuotes = func() flow {
	f := quotes
	f.answers = []access.Capacity{access.Provider}
	return f
}()

var flows = func() map[Kind]*flow {
	all := map[Kind]*flow{RND: &challenge, Supply: &quotes, Scenario: &scenario, Project: &partnership, ServiceNeed: &serviceQuotes}
	for _, f := range all {
		f.rules = slices.Concat(common, f.rules)
	}
	return all
}()

// flowOf is the flow of a kind; a document written before there were others is a challenge.
func flowOf(k Kind) *flow {
	if f, ok := flows[k]; ok {
		return f
	}
	return &challenge
}

func (d *Demand) flow() *flow { return flowOf(d.Terms.Kind) }
func (b *Bid) flow() *flow    { return flowOf(b.Kind) }

// chooses reports whether one decision is taken among all answers, after the deadline.
func (f *flow) chooses() bool { return f.winnable != "" }

// answerable says whether an organisation of these capacities may answer demands of the kind.
func (f *flow) answerable(capacities []access.Capacity) error {
	if slices.ContainsFunc(capacities, func(c access.Capacity) bool { return slices.Contains(f.answers, c) }) {
		return nil
	}
	return fault.New(fault.Forbidden, "org.not_eligible", "organisations of another capacity answer demands of this kind")
}

// sealed reports whether the terms close the application part until the deadline: by default in a challenge that is not directed
// (DOMAIN.md), else as the author says. What is dealt with one by one, or has no deadline, cannot be sealed.
func (t *Terms) sealed() bool {
	if t.Sealed != nil {
		return *t.Sealed
	}
	return t.Kind == RND && t.Mode != Directed
}

// problems lists what stands in the way of submitting: the publish gate of a good demand (迫切、表述精确、指标量化、要素齐全). Each kind asks
// for its own.
func (t *Terms) problems(issuer SizeClass, s Settings) []fault.Field {
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(t.Title != "", "title", "required")
	need(t.Mode != Race, "mode", "race_not_open")
	need(t.Mode != Consortium || t.Kind == RND, "mode", "rnd_only")
	need(t.Kind == ServiceNeed || t.Chain != "", "chain", "required")
	need(t.District != "", "district", "required")
	need(t.Background != "" || t.Brief != "", "background", "required")
	need(t.Contact.Name != "", "contact.name", "required")
	need(t.Contact.Phone != "" || t.Contact.Email != "", "contact.phone", "required")
	need(len(t.Audience) > 0 || t.AudienceRule.asks() || t.Public && t.Mode != Directed, "audienceOrgIds", "required")
	need(len(t.Audience) <= s.MaxInvites, "audienceOrgIds", "too_large")
	need(t.MaxWinners <= s.maxWinners(t.Kind), "maxWinners", "too_large")
	need(!t.sealed() || flowOf(t.Kind).chooses(), "sealed", "not_possible")
	switch t.Kind {
	case RND:
		need(t.Difficulty != "", "difficulty", "required")
		need(len(t.Targets) > 0, "targets", "required")
		need(t.BudgetFen > 0 || t.BudgetNegotiable, "budgetFen", "required")
		need(t.TimeLimitMonths > 0, "timeLimitMonths", "required")
		need(len(t.CooperationWays) > 0, "cooperationWays", "required")
	case Supply:
		need(len(t.Targets) > 0, "targets", "required")
		need(t.Unit != "", "unit", "required")
		need(t.Quantity > 0, "quantity", "required")
		need(t.Payment.Days > 0, "payment.days", "required")
	case Scenario:
		need(t.Content != "", "content", "required")
		need(len(t.Targets) > 0, "targets", "required")
		need(t.TrialDays > 0, "trialDays", "required")
	case Project:
		need(t.Content != "", "content", "required")
		need(len(t.CooperationWays) > 0, "cooperationWays", "required")
	case ServiceNeed:
		need(t.ServiceCategory != "", "serviceCategory", "required")
		need(t.BudgetFen > 0 || t.BudgetNegotiable, "budgetFen", "required")
	}
	for _, w := range CheckPayment(t.Payment, issuer) {
		need(w.Severity != Block, w.Path, w.Code)
	}
	return f
}

// EndBidding ends a demand that has no deadline: from now on nothing comes in, and the clock closes it as any other.
func (d *Demand) EndBidding(by By, now time.Time) error {
	if err := d.may(EndBidding, by.Role); err != nil {
		return err
	}
	if d.Deadline != 0 {
		return fault.New(fault.Conflict, "demand.has_deadline", "bidders rely on the deadline")
	}
	d.Deadline = when.At(now)
	d.record(EndBidding, by, now, Published, "")
	return nil
}

// Dealing reports whether single answers may be dealt with now: where each is dealt with on its own, from publishing to the conclusion.
func (d *Demand) Dealing() error {
	if d.State != Published && d.State != BiddingClosed {
		return fault.Newf(fault.Conflict, "demand.wrong_state", "answers are dealt with while the demand is open; it is %s", d.State)
	}
	return nil
}

// ConcludeDealings ends a demand whose answers were dealt with one by one, when none is left open. bids are the manifest's.
func (d *Demand) ConcludeDealings(by By, now time.Time, summary string, bids []Bid) error {
	if err := d.review(ConcludeDemand, by, summary); err != nil {
		return err
	}
	for i := range bids {
		if !bids[i].State.Ended() {
			return fault.New(fault.Conflict, "demand.answers_open", "some answers are not dealt with yet")
		}
	}
	d.Reason, d.EndedAt = summary, when.At(now)
	d.record(ConcludeDemand, by, now, Closed, summary)
	return nil
}

// Ended reports whether nothing more happens to an answer by itself.
func (s BidState) Ended() bool {
	return s == Won || s == Lost || s == BidWithdrawn || s == SeatReleased
}

// Decline turns an answer down where each is dealt with on its own; its bidder is told why at once.
func (b *Bid) Decline(by By, now time.Time, d *Demand, reason string) error {
	if err := b.dealt(DeclineBid, by, d, reason); err != nil {
		return err
	}
	b.Reason, b.Announced = reason, true
	b.record(DeclineBid, by, now, Lost, reason)
	return nil
}

// dealt is the guard of a step on a single answer that carries a reason.
func (b *Bid) dealt(a Action, by By, d *Demand, reason string) error {
	if err := b.may(a, by.Role); err != nil {
		return err
	}
	if err := d.Dealing(); err != nil {
		return err
	}
	return needReason(reason)
}
