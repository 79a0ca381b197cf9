// Package engagement owns two-sided dealings between a client and a service provider, from the first question to the rating: enquiry,
// quote, contract, delivery, acceptance, payment, rating, dispute; what is computed from them (reputation, figures) and what looks odd
// about them (flags). It refuses to own who an organisation is (account), who is in the provider pool (provider), demands and bids
// (demand), and how people are told (notify).
package engagement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where an engagement stands.
type State string

// The states (DOMAIN.md, Engagement).
const (
	Enquiry          State = "enquiry"
	Quoted           State = "quoted"
	Accepted         State = "accepted" // the quote; a contract is next
	Contracted       State = "contracted"
	Delivering       State = "delivering"
	Delivered        State = "delivered"
	AcceptedByClient State = "accepted_by_client"
	Rated            State = "rated"
	Closed           State = "closed"

	Declined  State = "declined"  // one side said no before there was a deal
	Cancelled State = "cancelled" // a deal was called off
	Disputed  State = "disputed"  // the operator mediates
)

// States lists all, in the order of a dealing's life.
var States = []State{Enquiry, Quoted, Accepted, Contracted, Delivering, Delivered, AcceptedByClient, Rated, Closed, Declined, Cancelled, Disputed}

// Ended reports whether nothing more can come of an engagement.
func (s State) Ended() bool { return s == Closed || s == Declined || s == Cancelled }

// Role is what somebody is to an engagement.
type Role string

// The roles.
const (
	Client   Role = "client"
	Provider Role = "provider"
	Operator Role = "operator"
	Clock    Role = "clock"
	Stranger Role = "stranger"
)

// Other is the other side.
func (r Role) Other() Role {
	switch r {
	case Client:
		return Provider
	case Provider:
		return Client
	}
	return r
}

// By is who takes a step.
type By struct {
	Role   Role
	UserID string
	OrgID  string
	Name   string // of the organisation or office, for the timeline
}

// Action names a step; it is the operation's id.
type Action string

// The steps.
const (
	PostMessage     Action = "postEngagementMessage"
	QuoteIt         Action = "quoteEngagement"
	AskRequote      Action = "askForRequote"
	Decline         Action = "declineEngagement"
	AcceptQuote     Action = "acceptQuote"
	ProposeContract Action = "proposeContract"
	ConfirmContract Action = "confirmContract"
	StartDelivery   Action = "startDelivery"
	UpdateMilestone Action = "updateMilestone"
	Deliver         Action = "deliverEngagement"
	AcceptDelivery  Action = "acceptDelivery"
	ReturnDelivery  Action = "returnDelivery"
	RecordPayment   Action = "recordPayment"
	ConfirmPayment  Action = "confirmPayment"
	Rate            Action = "rateEngagement"
	ReplyToRating   Action = "replyToRating"
	Dispute         Action = "disputeEngagement"
	SettleDispute   Action = "settleDispute" // by whoever raised it
	Mediate         Action = "mediateDispute"
	Cancel          Action = "cancelEngagement"
	RefuseCancel    Action = "refuseCancellation"
	ConfirmOffline  Action = "confirmOfflineEngagement"
	RefuseOffline   Action = "refuseOfflineEngagement"
	SetAside        Action = "setAsideRating"
	ContestAside    Action = "contestSetAside"
	DecideAside     Action = "decideSetAside"
	Urge            Action = "urgeProvider" // by the operator, when the first answer is late
	CloseIt         Action = "close"
)

type rule struct {
	Action Action
	From   []State
	By     []Role
}

// live are the states of a deal in the making or at work.
var live = []State{Enquiry, Quoted, Accepted, Contracted, Delivering, Delivered, AcceptedByClient, Rated}

// after are the states behind the client's acceptance, which an offline record begins to share with the others there.
var after = []rule{
	{PostMessage, live, []Role{Client, Provider}},
	{Rate, []State{AcceptedByClient, Rated}, []Role{Client, Provider}},
	{ReplyToRating, []State{Rated, Closed}, []Role{Provider}},
	{SetAside, []State{Rated, Closed}, []Role{Operator}},
	{ContestAside, []State{Rated, Closed}, []Role{Client, Provider}},
	{DecideAside, []State{Rated, Closed}, []Role{Operator}},
	{CloseIt, []State{AcceptedByClient, Rated}, []Role{Clock}},
}

// online is the life of a dealing on the platform.
var online = slices.Concat(after, []rule{
	{QuoteIt, []State{Enquiry, Quoted}, []Role{Provider}},
	{AskRequote, []State{Quoted}, []Role{Client}},
	{Urge, []State{Enquiry}, []Role{Operator}},
	{Decline, []State{Enquiry, Quoted}, []Role{Client, Provider}},
	{AcceptQuote, []State{Quoted}, []Role{Client}},
	{ProposeContract, []State{Accepted}, []Role{Client, Provider}},
	{ConfirmContract, []State{Accepted}, []Role{Client, Provider}},
	{StartDelivery, []State{Contracted}, []Role{Provider}},
	{UpdateMilestone, []State{Contracted, Delivering}, []Role{Provider}},
	{Deliver, []State{Delivering}, []Role{Provider}},
	{AcceptDelivery, []State{Delivered}, []Role{Client}},
	{ReturnDelivery, []State{Delivered}, []Role{Client}},
	{RecordPayment, []State{Contracted, Delivering, Delivered, AcceptedByClient, Rated, Closed}, []Role{Client, Provider}},
	{ConfirmPayment, []State{Contracted, Delivering, Delivered, AcceptedByClient, Rated, Closed}, []Role{Provider}},
	{Dispute, []State{Accepted, Contracted, Delivering, Delivered, AcceptedByClient}, []Role{Client, Provider}},
	{SettleDispute, []State{Disputed}, []Role{Client, Provider}},
	{Mediate, []State{Disputed}, []Role{Operator}},
	{PostMessage, []State{Disputed}, []Role{Client, Provider}},
	{Cancel, []State{Accepted, Contracted, Delivering}, []Role{Client, Provider}},
	{RefuseCancel, []State{Contracted, Delivering}, []Role{Client, Provider}},
})

// offline is the life of a dealing done elsewhere and entered afterwards (补录): it counts once the client confirms it.
var offline = slices.Concat(after, []rule{
	{ConfirmOffline, []State{Delivered}, []Role{Client}},
	{RefuseOffline, []State{Delivered}, []Role{Client}},
	{Cancel, []State{Delivered}, []Role{Provider}},
})

func (e *Engagement) rules() []rule {
	if e.Offline {
		return offline
	}
	return online
}

// Terms is what the client asks for.
type Terms struct {
	Category  string   `json:"category"` // one of the eight (DOMAIN.md), by code
	Subject   string   `json:"subject"`
	Need      string   `json:"need"`
	BudgetFen int64    `json:"budgetFen,omitempty"` // 0: open
	WishedBy  when.Day `json:"wishedBy,omitempty"`
	District  string   `json:"district"` // where the service is needed
}

// File is an uploaded file that the dealing names. SHA256 is what finds the same paper used twice.
type File struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"`
	Type    string       `json:"type"`
	Size    int64        `json:"size"`
	SHA256  string       `json:"sha256"`
	Purpose Purpose      `json:"purpose"`
	By      Role         `json:"by"`
	At      when.Instant `json:"at"`
}

// Purpose says what a file is for.
type Purpose string

// The purposes. Proof is a contract, an invoice, a deliverable: what figures rest on.
const (
	ForEnquiry     Purpose = "enquiry"
	ForMessage     Purpose = "message"
	ForContract    Purpose = "contract"
	ForDeliverable Purpose = "deliverable"
	ForInvoice     Purpose = "invoice"
	ForPayment     Purpose = "payment"
)

// Proof reports whether figures rest on the file, so that finding it twice matters.
func (p Purpose) Proof() bool { return p == ForContract || p == ForDeliverable || p == ForInvoice }

// Step is one line of the timeline.
type Step struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	From   State        `json:"from,omitempty"`
	To     State        `json:"to"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId,omitempty"`
	Name   string       `json:"name,omitempty"`
	Reason string       `json:"reason,omitempty"`
}

// CancelAsk is one side's wish to call a signed deal off; the other must agree.
type CancelAsk struct {
	By     Role         `json:"by"`
	Reason string       `json:"reason"`
	At     when.Instant `json:"at"`
}

// Quarrel is one dispute and how it ended.
type Quarrel struct {
	By      Role         `json:"by"`
	Reason  string       `json:"reason"`
	Wants   string       `json:"wants,omitempty"`
	From    State        `json:"from"`
	At      when.Instant `json:"at"`
	Outcome Outcome      `json:"outcome,omitempty"`
	Finding string       `json:"finding,omitempty"`
	EndedAt when.Instant `json:"endedAt,omitempty"`
}

// Outcome is what a mediation came to.
type Outcome string

// The outcomes: go on where it stood, deliver again, take the delivery as accepted, call it off; settled is the sides' own.
const (
	Resume  Outcome = "resume"
	Redo    Outcome = "redo"
	Take    Outcome = "accept"
	CallOff Outcome = "cancel"
	Settled Outcome = "settled"
)

// Delivery is one handing over.
type Delivery struct {
	Note     string       `json:"note,omitempty"`
	Files    []string     `json:"files,omitempty"`
	At       when.Instant `json:"at"`
	Returned string       `json:"returned,omitempty"` // why the client sent it back
}

// Engagement is one dealing between one client and one provider.
type Engagement struct {
	EnquiryID    string `json:"enquiryId"`
	ClientID     string `json:"clientId"`
	ClientName   string `json:"clientName"`
	ProviderID   string `json:"providerId"`
	ProviderName string `json:"providerName"`
	OfferingID   string `json:"offeringId,omitempty"`
	OfferingName string `json:"offeringName,omitempty"`
	DemandID     string `json:"demandId,omitempty"` // of a service demand whose chosen quote began this
	BidID        string `json:"bidId,omitempty"`
	Offline      bool   `json:"offline,omitempty"`
	Terms        Terms  `json:"terms"`

	State      State        `json:"state"`
	Reason     string       `json:"reason,omitempty"` // of the last refusal, return, cancellation
	FirstDue   when.Instant `json:"firstDue,omitempty"`
	AnsweredAt when.Instant `json:"answeredAt,omitempty"` // first answer by the provider
	Escalated  bool         `json:"escalated,omitempty"`  // no answer within the clock; the operator was told
	UrgedAt    when.Instant `json:"urgedAt,omitempty"`    // last, by the operator
	StepDue    when.Instant `json:"stepDue,omitempty"`    // by when whoever's turn it is should act; 0: no clock
	CloseAt    when.Instant `json:"closeAt,omitempty"`

	Quotes     []Quote      `json:"quotes,omitempty"`
	Requote    string       `json:"requote,omitempty"` // what the client wants otherwise; empties with the next version
	Contract   *Contract    `json:"contract,omitempty"`
	Milestones []Milestone  `json:"milestones,omitempty"`
	Deliveries []Delivery   `json:"deliveries,omitempty"`
	TakenAt    when.Instant `json:"takenAt,omitempty"` // accepted by the client
	Payments   []Payment    `json:"payments,omitempty"`
	Service    *Rating      `json:"service,omitempty"` // the client's rating of the provider
	Custom     *Rating      `json:"custom,omitempty"`  // the provider's rating of the client
	Asked      *CancelAsk   `json:"asked,omitempty"`
	Quarrels   []Quarrel    `json:"quarrels,omitempty"`
	Files      []File       `json:"files,omitempty"`
	Messages   int          `json:"messages"`
	History    []Step       `json:"history"`
	Reminded   []string     `json:"reminded,omitempty"` // keys of reminders that were sent or passed over
	CreatedAt  when.Instant `json:"createdAt"`
	ChangedAt  when.Instant `json:"changedAt"`

	// Derived by settle for the store's indexes.
	Month         string       `json:"month"`    // "2026-11", of the enquiry; of a record entered afterwards, when it was done
	District      string       `json:"district"` // of the terms
	Category      string       `json:"category"`
	Queue         string       `json:"queue"` // why the operator looks at it; "" not at all
	QueueDue      when.Instant `json:"queueDue"`
	DueAt         when.Instant `json:"dueAt"` // when the clock must look again; 0 never
	RatedProvider string       `json:"ratedProvider"`
	RatedAt       when.Instant `json:"ratedAt"`
}

// Bounds that keep an engagement within one document.
const (
	maxQuotes   = 20
	maxFiles    = 80
	maxMessages = 1000
	maxPayments = 60
	maxQuarrels = 10
	maxReturns  = 20
)

// Party is one side as account knew it when the dealing began.
type Party struct{ ID, Name string }

// Open begins an enquiry.
func Open(by By, now time.Time, enquiryID string, client, provider Party, t Terms, s Settings) (Engagement, error) {
	if err := t.check(); err != nil {
		return Engagement{}, err
	}
	if client.ID == provider.ID {
		return Engagement{}, fault.Bad(fault.Field{Path: "providerOrgIds", Code: "own_organisation"})
	}
	e := Engagement{EnquiryID: enquiryID, ClientID: client.ID, ClientName: client.Name, ProviderID: provider.ID, ProviderName: provider.Name, Terms: t,
		CreatedAt: when.At(now)}
	e.FirstDue = when.At(s.Calendar.After(now, s.FirstAnswerWorkingDays))
	e.StepDue = e.FirstDue
	e.record("createEnquiry", by, now, Enquiry, "")
	return e, nil
}

func (t *Terms) check() error {
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(strings.TrimSpace(t.Subject) != "", "subject", "required")
	need(strings.TrimSpace(t.Need) != "", "need", "required")
	need(t.Category != "", "category", "required")
	need(t.District != "", "district", "required")
	need(t.BudgetFen >= 0, "budgetFen", "too_small")
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// can reports whether the rules give a role a step now.
func (e *Engagement) can(a Action, by Role) bool {
	return slices.ContainsFunc(e.rules(), func(r rule) bool {
		return r.Action == a && slices.Contains(r.From, e.State) && slices.Contains(r.By, by)
	})
}

// may is can with the reason why not.
func (e *Engagement) may(a Action, by Role) error {
	known, mine := false, false
	for _, r := range e.rules() {
		if r.Action != a {
			continue
		}
		known = true
		if !slices.Contains(r.By, by) {
			continue
		}
		mine = true
		if slices.Contains(r.From, e.State) {
			return nil
		}
	}
	switch {
	case !known && e.Offline:
		return fault.New(fault.Conflict, "engagement.offline", "a dealing entered afterwards has no such step")
	case !mine:
		return fault.Newf(fault.Forbidden, "", "%s is not for the %s", a, by)
	}
	return fault.Newf(fault.Conflict, "engagement.wrong_state", "%s is not possible while the engagement is %s", a, e.State)
}

// mayWith is may for a step that must carry a reason.
func (e *Engagement) mayWith(a Action, by Role, reason, path string) error {
	if err := e.may(a, by); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Bad(fault.Field{Path: path, Code: "required"})
	}
	return nil
}

// record moves the engagement and writes the timeline.
func (e *Engagement) record(a Action, by By, now time.Time, to State, reason string) {
	e.History = append(e.History, Step{At: when.At(now), Action: a, From: e.State, To: to, Role: by.Role, UserID: by.UserID, Name: by.Name, Reason: reason})
	if to == Enquiry && e.State == "" || to != e.State {
		e.Reason = reason
	}
	e.State, e.ChangedAt = to, when.At(now)
	e.settle()
}

// settle derives what the indexes need.
func (e *Engagement) settle() {
	e.Month = e.CreatedAt.Time().In(when.China).Format("2006-01")
	if e.Offline && e.Contract != nil {
		e.Month = string(e.Contract.DeliverBy)[:len("2006-01")] // when it was done, not when it was entered
	}
	e.District, e.Category = e.Terms.District, e.Terms.Category
	e.RatedProvider, e.RatedAt = "", 0
	if e.Service != nil {
		e.RatedProvider, e.RatedAt = e.ProviderID, e.Service.At
	}
	e.Queue, e.QueueDue = "", 0
	switch {
	case e.State == Disputed:
		e.Queue, e.QueueDue = "dispute", e.StepDue
	case e.State == Enquiry && e.Escalated && e.AnsweredAt == 0:
		e.Queue, e.QueueDue = "unanswered", e.FirstDue
	case e.Service.contested() || e.Custom.contested():
		e.Queue, e.QueueDue = "contest", e.ChangedAt
	}
	e.DueAt = 0
	for _, d := range e.clocks() {
		if e.DueAt == 0 || d.at < e.DueAt {
			e.DueAt = d.at
		}
	}
}

// answered notes the provider's first answer, whatever it was: a message, a quote, a refusal.
func (e *Engagement) answered(by Role, now time.Time) {
	if by == Provider && e.AnsweredAt == 0 && e.FirstDue != 0 {
		e.AnsweredAt = when.At(now)
	}
}

// InTime reports whether the first answer came within the clock.
func (e *Engagement) InTime() bool { return e.AnsweredAt != 0 && e.AnsweredAt < e.FirstDue }

// Say counts a message of the thread and names its files.
func (e *Engagement) Say(by By, now time.Time, files []File, s Settings) error {
	if err := e.may(PostMessage, by.Role); err != nil {
		return err
	}
	if e.Messages >= maxMessages {
		return fault.Newf(fault.Conflict, "thread.full", "at most %d messages", maxMessages)
	}
	if err := e.attach(files, ForMessage, by, now); err != nil {
		return err
	}
	if e.answered(by.Role, now); by.Role == Provider && e.State == Enquiry && e.Requote == "" {
		e.StepDue = max(e.FirstDue, when.At(s.Calendar.After(e.AnsweredAt.Time(), s.RequoteWorkingDays))) // asked back; now the quote
	}
	e.Messages++
	e.ChangedAt = when.At(now)
	e.settle()
	return nil
}

// Urge presses a provider whose first answer is late; at most once on a day in China, so that a queue can be gone through every morning.
func (e *Engagement) Urge(by By, now time.Time, note string) error {
	if err := e.may(Urge, by.Role); err != nil {
		return err
	}
	if !e.Escalated || e.AnsweredAt != 0 {
		return fault.New(fault.Conflict, "engagement.not_late", "the first answer is not late")
	}
	if e.urgedOn(now) {
		return fault.New(fault.Conflict, "engagement.urged", "the provider was urged today already")
	}
	e.UrgedAt = when.At(now)
	e.record(Urge, by, now, e.State, note)
	return nil
}

func (e *Engagement) urgedOn(now time.Time) bool {
	return e.UrgedAt != 0 && when.DayOf(e.UrgedAt.Time()) == when.DayOf(now)
}

// attach names files in the dealing.
func (e *Engagement) attach(files []File, p Purpose, by By, now time.Time) error {
	for _, f := range files {
		if slices.ContainsFunc(e.Files, func(had File) bool { return had.ID == f.ID }) {
			continue
		}
		if len(e.Files) >= maxFiles {
			return fault.Newf(fault.Conflict, "files.full", "at most %d files", maxFiles)
		}
		f.Purpose, f.By, f.At = cmp.Or(f.Purpose, p), by.Role, when.At(now)
		e.Files = append(e.Files, f)
	}
	return nil
}

func ids(files []File) []string {
	all := make([]string, len(files))
	for i, f := range files {
		all[i] = f.ID
	}
	return all
}

// Decline says no before there is a deal, with the reason.
func (e *Engagement) Decline(by By, now time.Time, reason string) error {
	if err := e.mayWith(Decline, by.Role, reason, "reason"); err != nil {
		return err
	}
	e.answered(by.Role, now)
	e.StepDue = 0
	e.record(Decline, by, now, Declined, reason)
	return nil
}

// Cancel calls a deal off. Before the contract either side may; afterwards it asks, and the other side's Cancel agrees. Work that was
// delivered can be returned or disputed, not cancelled.
func (e *Engagement) Cancel(by By, now time.Time, reason string) error {
	if err := e.mayWith(Cancel, by.Role, reason, "reason"); err != nil {
		return err
	}
	if (e.State == Contracted || e.State == Delivering) && (e.Asked == nil || e.Asked.By == by.Role) {
		if e.Asked != nil {
			return fault.New(fault.Conflict, "engagement.cancel_asked", "the other side has been asked already")
		}
		e.Asked = &CancelAsk{By: by.Role, Reason: reason, At: when.At(now)}
		e.record(Cancel, by, now, e.State, reason)
		return nil
	}
	e.Asked, e.StepDue = nil, 0
	e.record(Cancel, by, now, Cancelled, reason)
	return nil
}

// RefuseCancel goes on with a deal the other side wanted to call off.
func (e *Engagement) RefuseCancel(by By, now time.Time, reason string) error {
	if err := e.mayWith(RefuseCancel, by.Role, reason, "reason"); err != nil {
		return err
	}
	if e.Asked == nil || e.Asked.By == by.Role {
		return fault.New(fault.Conflict, "engagement.no_cancel", "the other side has not asked to call it off")
	}
	e.Asked = nil
	e.record(RefuseCancel, by, now, e.State, reason)
	return nil
}

// StartDelivery begins the work.
func (e *Engagement) StartDelivery(by By, now time.Time) error {
	if err := e.may(StartDelivery, by.Role); err != nil {
		return err
	}
	e.StepDue = e.deliverBy()
	e.record(StartDelivery, by, now, Delivering, "")
	return nil
}

// deliverBy is the end of the last day of the contract's term; 0 when it names none.
func (e *Engagement) deliverBy() when.Instant {
	if e.Contract == nil || e.Contract.DeliverBy == "" {
		return 0
	}
	return endOf(e.Contract.DeliverBy)
}

// endOf is 24:00 of a day in China.
func endOf(d when.Day) when.Instant {
	t := d.Time()
	if t.IsZero() {
		return 0
	}
	return when.At(time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, when.China))
}

// Deliver hands the work over: files, or a note where there is nothing to send.
func (e *Engagement) Deliver(by By, now time.Time, note string, files []File, s Settings) error {
	if err := e.may(Deliver, by.Role); err != nil {
		return err
	}
	if strings.TrimSpace(note) == "" && len(files) == 0 {
		return fault.Bad(fault.Field{Path: "note", Code: "required"})
	}
	if len(e.Deliveries) >= maxReturns {
		return fault.Newf(fault.Conflict, "delivery.full", "at most %d deliveries; raise a dispute", maxReturns)
	}
	if err := e.attach(files, ForDeliverable, by, now); err != nil {
		return err
	}
	e.Asked = nil
	e.Deliveries = append(e.Deliveries, Delivery{Note: note, Files: ids(files), At: when.At(now)})
	e.StepDue = when.At(s.Calendar.After(now, s.AcceptWorkingDays))
	e.record(Deliver, by, now, Delivered, "")
	return nil
}

// AcceptDelivery takes the work; the payment clock counts from its delivery.
func (e *Engagement) AcceptDelivery(by By, now time.Time, note string, s Settings) error {
	if err := e.may(AcceptDelivery, by.Role); err != nil {
		return err
	}
	e.take(AcceptDelivery, by, now, note, s)
	return nil
}

func (e *Engagement) take(a Action, by By, now time.Time, note string, s Settings) {
	e.TakenAt = when.At(now)
	e.StepDue = when.At(s.Calendar.After(now, s.RateWorkingDays))
	e.CloseAt = e.StepDue
	if e.Contract != nil && len(e.Deliveries) > 0 {
		e.Contract.PayBy = e.Contract.due(e.Deliveries[len(e.Deliveries)-1].At)
	}
	e.record(a, by, now, AcceptedByClient, note)
}

// ReturnDelivery sends the work back, with what is missing.
func (e *Engagement) ReturnDelivery(by By, now time.Time, reason string, s Settings) error {
	if err := e.mayWith(ReturnDelivery, by.Role, reason, "reason"); err != nil {
		return err
	}
	e.redo(now, reason, s)
	e.record(ReturnDelivery, by, now, Delivering, reason)
	return nil
}

func (e *Engagement) redo(now time.Time, reason string, s Settings) {
	if n := len(e.Deliveries); n > 0 {
		e.Deliveries[n-1].Returned = reason
	}
	e.StepDue = when.At(s.Calendar.After(now, s.RedoWorkingDays))
	if e.Contract != nil {
		e.Contract.PayBy = 0
	}
}

// Dispute stops the dealing where it stands until the operator has mediated or whoever raised it settles.
func (e *Engagement) Dispute(by By, now time.Time, reason, wants string, s Settings) error {
	if err := e.mayWith(Dispute, by.Role, reason, "reason"); err != nil {
		return err
	}
	if len(e.Quarrels) >= maxQuarrels {
		return fault.Newf(fault.Conflict, "dispute.full", "at most %d disputes", maxQuarrels)
	}
	e.Quarrels = append(e.Quarrels, Quarrel{By: by.Role, Reason: reason, Wants: wants, From: e.State, At: when.At(now)})
	e.StepDue = when.At(s.Calendar.After(now, s.MediateWorkingDays))
	e.record(Dispute, by, now, Disputed, reason)
	return nil
}

// Quarrel is the dispute that is open, or the last one; nil when there was none.
func (e *Engagement) Quarrel() *Quarrel {
	if len(e.Quarrels) == 0 {
		return nil
	}
	return &e.Quarrels[len(e.Quarrels)-1]
}

// Settle takes a dispute back: the two have agreed.
func (e *Engagement) Settle(by By, now time.Time, note string, s Settings) error {
	if err := e.mayWith(SettleDispute, by.Role, note, "reason"); err != nil {
		return err
	}
	if e.Quarrel().By != by.Role {
		return fault.New(fault.Conflict, "dispute.not_yours", "whoever raised a dispute takes it back")
	}
	e.endQuarrel(SettleDispute, by, now, Settled, note, s)
	return nil
}

// Mediate ends a dispute by the operator's finding.
func (e *Engagement) Mediate(by By, now time.Time, o Outcome, finding string, s Settings) error {
	if err := e.mayWith(Mediate, by.Role, finding, "finding"); err != nil {
		return err
	}
	from := e.Quarrel().From
	possible := map[Outcome]bool{Resume: true, CallOff: from != AcceptedByClient, Redo: from == Delivered || from == AcceptedByClient, Take: from == Delivered}
	if !possible[o] {
		return fault.Bad(fault.Field{Path: "outcome", Code: "not_possible"})
	}
	e.endQuarrel(Mediate, by, now, o, finding, s)
	return nil
}

func (e *Engagement) endQuarrel(a Action, by By, now time.Time, o Outcome, finding string, s Settings) {
	q := e.Quarrel()
	q.Outcome, q.Finding, q.EndedAt = o, finding, when.At(now)
	switch o {
	case Take:
		e.take(a, by, now, finding, s)
	case Redo:
		e.redo(now, finding, s)
		e.CloseAt, e.TakenAt = 0, 0
		e.record(a, by, now, Delivering, finding)
	case CallOff:
		e.StepDue, e.Asked = 0, nil
		e.record(a, by, now, Cancelled, finding)
	default: // the clock of the step begins anew: nobody could act meanwhile
		e.StepDue = e.restart(q.From, now, s)
		if q.From == AcceptedByClient {
			e.CloseAt = e.StepDue
		}
		e.record(a, by, now, q.From, finding)
	}
}

func (e *Engagement) restart(at State, now time.Time, s Settings) when.Instant {
	switch at {
	case Accepted:
		return when.At(s.Calendar.After(now, s.ContractWorkingDays))
	case Contracted, Delivering:
		return max(e.deliverBy(), when.At(s.Calendar.After(now, 1)))
	case Delivered:
		return when.At(s.Calendar.After(now, s.AcceptWorkingDays))
	}
	return when.At(s.Calendar.After(now, s.RateWorkingDays))
}

// OfflineRecord is what a provider enters of a dealing done elsewhere.
type OfflineRecord struct {
	From, To  when.Day
	AmountFen int64
	Result    string
}

// OpenOffline records a dealing done elsewhere, to be confirmed by the client. A contract or an invoice must prove it.
func OpenOffline(by By, now time.Time, client, provider Party, t Terms, r OfflineRecord, files []File, s Settings) (Engagement, error) {
	if err := t.check(); err != nil {
		return Engagement{}, err
	}
	var f []fault.Field
	if client.ID == provider.ID {
		f = append(f, fault.Field{Path: "clientOrgId", Code: "own_organisation"})
	}
	if r.AmountFen < 0 {
		f = append(f, fault.Field{Path: "amountFen", Code: "too_small"})
	}
	if r.From == "" || r.To == "" || r.To < r.From {
		f = append(f, fault.Field{Path: "to", Code: "out_of_range"})
	}
	if r.To > when.DayOf(now) {
		f = append(f, fault.Field{Path: "to", Code: "not_yet"})
	}
	if !slices.ContainsFunc(files, func(f File) bool { return f.Purpose == ForContract || f.Purpose == ForInvoice }) {
		f = append(f, fault.Field{Path: "files", Code: "required", Detail: "a contract or an invoice"})
	}
	if len(f) > 0 {
		return Engagement{}, fault.Bad(f...)
	}
	e := Engagement{Offline: true, ClientID: client.ID, ClientName: client.Name, ProviderID: provider.ID, ProviderName: provider.Name, Terms: t, CreatedAt: when.At(now)}
	if err := e.attach(files, ForContract, by, now); err != nil {
		return e, err
	}
	e.Contract = &Contract{AmountFen: r.AmountFen, SignedOn: r.From, DeliverBy: r.To, Files: ids(files), ProposedBy: Provider}
	e.Deliveries = []Delivery{{Note: r.Result, At: endOf(r.To)}}
	e.StepDue = when.At(s.Calendar.After(now, s.AcceptWorkingDays))
	e.record("recordOfflineEngagement", by, now, Delivered, "")
	return e, nil
}

// ConfirmOffline is the client's word that it was so; from now on it counts.
func (e *Engagement) ConfirmOffline(by By, now time.Time, s Settings) error {
	if err := e.may(ConfirmOffline, by.Role); err != nil {
		return err
	}
	e.Contract.ConfirmedAt = when.At(now)
	e.take(ConfirmOffline, by, now, "", s)
	return nil
}

// RefuseOffline is the client's word that it was not so, with why.
func (e *Engagement) RefuseOffline(by By, now time.Time, reason string) error {
	if err := e.mayWith(RefuseOffline, by.Role, reason, "reason"); err != nil {
		return err
	}
	e.StepDue = 0
	e.record(RefuseOffline, by, now, Declined, reason)
	return nil
}

// HandOver begins an engagement with a quote that was chosen on a service demand: it starts as accepted.
func HandOver(now time.Time, client, provider Party, t Terms, demandID, bidID string, q Quote, s Settings) (Engagement, error) {
	if err := t.check(); err != nil {
		return Engagement{}, err
	}
	e := Engagement{EnquiryID: demandID, ClientID: client.ID, ClientName: client.Name, ProviderID: provider.ID, ProviderName: provider.Name,
		Terms: t, DemandID: demandID, BidID: bidID, CreatedAt: when.At(now)}
	q.Version, q.At = 1, when.At(now)
	e.Quotes = []Quote{q}
	e.agree(now, s)
	e.record(AcceptQuote, By{Role: Client, OrgID: client.ID, Name: client.Name}, now, Accepted, "")
	return e, nil
}

// Check holds what must be true of an engagement at any time; the tests ask it after every step.
func (e *Engagement) Check() error {
	bad := func(format string, args ...any) error { return fmt.Errorf("engagement: "+format, args...) }
	behind := func(states ...State) bool {
		return slices.ContainsFunc(e.History, func(s Step) bool { return slices.Contains(states, s.To) })
	}
	switch {
	case !slices.Contains(States, e.State):
		return bad("state %q", e.State)
	case (e.State == Declined || e.State == Cancelled) && e.Reason == "":
		return bad("%s without a reason", e.State)
	case behind(Contracted) && (e.Contract == nil || e.Contract.ConfirmedAt == 0):
		return bad("contracted without a confirmed contract")
	case behind(Accepted) && len(e.Quotes) == 0:
		return bad("accepted without a quote")
	case e.State == Disputed && (e.Quarrel() == nil || e.Quarrel().EndedAt != 0):
		return bad("disputed without an open dispute")
	case e.State != Disputed && e.Quarrel() != nil && e.Quarrel().EndedAt == 0:
		return bad("an open dispute while %s", e.State)
	case e.Service != nil && e.TakenAt == 0:
		return bad("rated before it was accepted")
	case e.State == Rated && e.Service == nil:
		return bad("rated without a rating")
	case e.Contract == nil && len(e.Payments) > 0:
		return bad("a payment without a contract")
	case e.Contract != nil && e.paid(false) > e.Contract.AmountFen:
		return bad("paid more than agreed")
	case e.State.Ended() && e.DueAt != 0 && e.State != Closed:
		return bad("a clock runs on an ended engagement")
	case len(e.History) == 0 || e.History[len(e.History)-1].To != e.State:
		return bad("the timeline ends elsewhere")
	}
	for i := 1; i < len(e.History); i++ {
		if e.History[i].From != e.History[i-1].To {
			return bad("the timeline has a gap at %d", i)
		}
	}
	return nil
}
