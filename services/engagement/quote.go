package engagement

import (
	"fmt"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Quote is one version of what the provider offers. Money is fen, tax included.
type Quote struct {
	Version    int          `json:"version"` // from 1
	Scope      string       `json:"scope"`
	PriceFen   int64        `json:"priceFen"`
	Milestones []Milestone  `json:"milestones,omitempty"`
	Days       int          `json:"days"` // calendar days from the contract to the delivery
	PayDays    int          `json:"payDays,omitempty"`
	Terms      string       `json:"terms,omitempty"`
	ValidUntil when.Day     `json:"validUntil"`
	Asked      string       `json:"asked,omitempty"` // what the client had wanted otherwise
	At         when.Instant `json:"at"`
}

// Milestone is a part of the work. AmountFen is what is due with it.
type Milestone struct {
	Name      string         `json:"name"`
	DueDay    int            `json:"dueDay"` // calendar days from the contract
	DueOn     when.Day       `json:"dueOn,omitempty"`
	AmountFen int64          `json:"amountFen,omitempty"`
	State     MilestoneState `json:"state,omitempty"`
	Note      string         `json:"note,omitempty"`
	DoneAt    when.Instant   `json:"doneAt,omitempty"`
}

// MilestoneState is how a milestone stands.
type MilestoneState string

// The states of a milestone (DOMAIN.md, Task).
const (
	Pending    MilestoneState = "pending"
	InProgress MilestoneState = "in_progress"
	Done       MilestoneState = "done"
	Delayed    MilestoneState = "delayed"
	Dropped    MilestoneState = "cancelled"
)

// Contract is what the two signed. The size classes are those on the day of signing, for the payment clock depends on them.
type Contract struct {
	AmountFen     int64        `json:"amountFen"`
	SignedOn      when.Day     `json:"signedOn"`
	DeliverBy     when.Day     `json:"deliverBy,omitempty"`
	PayDays       int          `json:"payDays,omitempty"` // days from delivery; 0: the contract names none
	BackToBack    bool         `json:"backToBack,omitempty"`
	Note          string       `json:"note,omitempty"`
	Files         []string     `json:"files,omitempty"` // empty: the standard contract
	ProposedBy    Role         `json:"proposedBy"`
	ProposedAt    when.Instant `json:"proposedAt,omitempty"`
	ConfirmedAt   when.Instant `json:"confirmedAt,omitempty"`
	ClientClass   SizeClass    `json:"clientClass,omitempty"`
	ProviderClass SizeClass    `json:"providerClass,omitempty"`
	PayBy         when.Instant `json:"payBy,omitempty"` // since delivery was accepted; 0: no clock
}

// Payment is money on its way. What the client records counts once the provider confirms it came.
type Payment struct {
	Number      int          `json:"number"`
	AmountFen   int64        `json:"amountFen"`
	PaidOn      when.Day     `json:"paidOn"`
	Note        string       `json:"note,omitempty"`
	Files       []string     `json:"files,omitempty"`
	By          Role         `json:"by"`
	At          when.Instant `json:"at"`
	ConfirmedAt when.Instant `json:"confirmedAt,omitempty"`
}

func (q *Quote) check(now time.Time) error {
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(strings.TrimSpace(q.Scope) != "", "scope", "required")
	need(q.PriceFen >= 0, "priceFen", "too_small")
	need(q.Days > 0, "days", "required")
	need(q.ValidUntil >= when.DayOf(now), "validUntil", "too_soon")
	var sum int64
	for i, m := range q.Milestones {
		need(m.Name != "", fmt.Sprintf("milestones[%d].name", i), "required")
		need(m.DueDay >= 0 && m.DueDay <= q.Days, fmt.Sprintf("milestones[%d].dueDay", i), "out_of_range")
		need(m.AmountFen >= 0, fmt.Sprintf("milestones[%d].amountFen", i), "too_small")
		sum += m.AmountFen
	}
	need(sum == 0 || sum == q.PriceFen, "milestones", "sum")
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// Quote offers, or offers anew while the client has not decided; earlier versions stay to be read.
func (e *Engagement) Quote(by By, now time.Time, q Quote) error {
	if err := e.may(QuoteIt, by.Role); err != nil {
		return err
	}
	if err := q.check(now); err != nil {
		return err
	}
	if len(e.Quotes) >= maxQuotes {
		return fault.Newf(fault.Conflict, "quote.full", "at most %d versions", maxQuotes)
	}
	e.answered(by.Role, now)
	q.Version, q.At, q.Asked = len(e.Quotes)+1, when.At(now), e.Requote
	e.Quotes, e.Requote = append(e.Quotes, q), ""
	e.StepDue = endOf(q.ValidUntil)
	e.record(QuoteIt, by, now, Quoted, "")
	return nil
}

// LastQuote is the version on the table; nil when there is none.
func (e *Engagement) LastQuote() *Quote {
	if len(e.Quotes) == 0 {
		return nil
	}
	return &e.Quotes[len(e.Quotes)-1]
}

// AskRequote wants the quote otherwise; the provider writes the next version.
func (e *Engagement) AskRequote(by By, now time.Time, wants string, s Settings) error {
	if err := e.mayWith(AskRequote, by.Role, wants, "reason"); err != nil {
		return err
	}
	e.Requote = wants
	e.StepDue = when.At(s.Calendar.After(now, s.RequoteWorkingDays))
	e.record(AskRequote, by, now, Enquiry, wants)
	return nil
}

// AcceptQuote takes the version on the table; version says which one the client read, so that none is taken unread.
func (e *Engagement) AcceptQuote(by By, now time.Time, version int, s Settings) error {
	if err := e.may(AcceptQuote, by.Role); err != nil {
		return err
	}
	q := e.LastQuote()
	if q.Version != version {
		return fault.New(fault.Conflict, "quote.superseded", "there is a newer version of the quote")
	}
	if when.At(now) >= endOf(q.ValidUntil) {
		return fault.New(fault.Conflict, "quote.expired", "the quote is no longer valid; ask for a new one")
	}
	e.agree(now, s)
	e.record(AcceptQuote, by, now, Accepted, "")
	return nil
}

func (e *Engagement) agree(now time.Time, s Settings) {
	for _, m := range e.LastQuote().Milestones {
		m.State = Pending
		e.Milestones = append(e.Milestones, m)
	}
	e.StepDue = when.At(s.Calendar.After(now, s.ContractWorkingDays))
}

// ContractForm is what one side puts forward to be signed.
type ContractForm struct {
	AmountFen  int64
	SignedOn   when.Day
	DeliverBy  when.Day
	PayDays    int
	BackToBack bool
	Note       string
}

// ProposeContract puts a contract forward: an uploaded paper, or the standard contract made from the quote. Terms that regulation 802
// forbids the client, by its class, are refused. A new proposal takes the place of the one before.
func (e *Engagement) ProposeContract(by By, now time.Time, c ContractForm, files []File, client SizeClass, s Settings) error {
	if err := e.may(ProposeContract, by.Role); err != nil {
		return err
	}
	var f []fault.Field
	if c.AmountFen < 0 {
		f = append(f, fault.Field{Path: "amountFen", Code: "too_small"})
	}
	if c.SignedOn == "" {
		f = append(f, fault.Field{Path: "signedOn", Code: "required"})
	}
	if c.DeliverBy != "" && c.DeliverBy < c.SignedOn {
		f = append(f, fault.Field{Path: "deliverBy", Code: "too_soon"})
	}
	for _, w := range CheckPayment(PaymentTerms{Days: c.PayDays, BackToBack: c.BackToBack}, client) {
		if w.Severity == Block {
			f = append(f, fault.Field{Path: w.Path, Code: w.Code})
		}
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	if err := e.attach(files, ForContract, by, now); err != nil {
		return err
	}
	e.Contract = &Contract{AmountFen: c.AmountFen, SignedOn: c.SignedOn, DeliverBy: c.DeliverBy, PayDays: c.PayDays, BackToBack: c.BackToBack, Note: c.Note,
		Files: ids(files), ProposedBy: by.Role, ProposedAt: when.At(now)}
	e.StepDue = when.At(s.Calendar.After(now, s.ContractWorkingDays))
	e.record(ProposeContract, by, now, Accepted, "")
	return nil
}

// ConfirmContract is the other side's signature. The size classes are fixed here.
func (e *Engagement) ConfirmContract(by By, now time.Time, client, provider SizeClass) error {
	if err := e.may(ConfirmContract, by.Role); err != nil {
		return err
	}
	c := e.Contract
	if c == nil || c.ProposedBy == by.Role {
		return fault.New(fault.Conflict, "contract.not_proposed", "the other side has not put a contract forward")
	}
	for _, w := range CheckPayment(PaymentTerms{Days: c.PayDays, BackToBack: c.BackToBack}, client) {
		if w.Severity == Block {
			return fault.Newf(fault.Conflict, "contract.unlawful_payment", "the payment terms are not lawful for the client's class: %s", w.Code)
		}
	}
	c.ConfirmedAt, c.ClientClass, c.ProviderClass = when.At(now), client, provider
	for i := range e.Milestones {
		e.Milestones[i].DueOn = when.DayOf(c.SignedOn.Time().AddDate(0, 0, e.Milestones[i].DueDay))
	}
	if q := e.LastQuote(); c.DeliverBy == "" && q != nil && q.Days > 0 {
		c.DeliverBy = when.DayOf(c.SignedOn.Time().AddDate(0, 0, q.Days))
	}
	e.StepDue = e.deliverBy()
	e.record(ConfirmContract, by, now, Contracted, "")
	return nil
}

// UpdateMilestone notes how a milestone stands.
func (e *Engagement) UpdateMilestone(by By, now time.Time, index int, to MilestoneState, note string) error {
	if err := e.may(UpdateMilestone, by.Role); err != nil {
		return err
	}
	if index < 0 || index >= len(e.Milestones) {
		return fault.New(fault.NotFound, "", "there is no such milestone")
	}
	if (to == Delayed || to == Dropped) && strings.TrimSpace(note) == "" {
		return fault.Bad(fault.Field{Path: "note", Code: "required"})
	}
	m := &e.Milestones[index]
	m.State, m.Note, m.DoneAt = to, note, 0
	if to == Done {
		m.DoneAt = when.At(now)
	}
	e.record(UpdateMilestone, by, now, e.State, m.Name)
	return nil
}

// paid sums the payments; confirmed only, or those still to be confirmed too.
func (e *Engagement) paid(confirmed bool) int64 {
	var sum int64
	for _, p := range e.Payments {
		if !confirmed || p.ConfirmedAt != 0 {
			sum += p.AmountFen
		}
	}
	return sum
}

// RecordPayment notes money paid (by the client, to be confirmed) or received (by the provider).
func (e *Engagement) RecordPayment(by By, now time.Time, amount int64, on when.Day, note string, files []File) error {
	if err := e.may(RecordPayment, by.Role); err != nil {
		return err
	}
	var f []fault.Field
	if amount <= 0 {
		f = append(f, fault.Field{Path: "amountFen", Code: "required"})
	}
	if on == "" || on > when.DayOf(now) {
		f = append(f, fault.Field{Path: "paidOn", Code: "not_yet"})
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	if len(e.Payments) >= maxPayments {
		return fault.Newf(fault.Conflict, "payments.full", "at most %d payments", maxPayments)
	}
	if e.paid(false)+amount > e.Contract.AmountFen {
		return fault.New(fault.Conflict, "payment.over_contract", "that is more than the contract's amount")
	}
	if err := e.attach(files, ForPayment, by, now); err != nil {
		return err
	}
	p := Payment{Number: len(e.Payments) + 1, AmountFen: amount, PaidOn: on, Note: note, Files: ids(files), By: by.Role, At: when.At(now)}
	if by.Role == Provider {
		p.ConfirmedAt = when.At(now)
	}
	e.Payments = append(e.Payments, p)
	e.record(RecordPayment, by, now, e.State, "")
	return nil
}

// ConfirmPayment is the provider's word that money came.
func (e *Engagement) ConfirmPayment(by By, now time.Time, number int) error {
	if err := e.may(ConfirmPayment, by.Role); err != nil {
		return err
	}
	if number < 1 || number > len(e.Payments) {
		return fault.New(fault.NotFound, "", "there is no such payment")
	}
	p := &e.Payments[number-1]
	if p.ConfirmedAt != 0 {
		return fault.New(fault.Conflict, "payment.confirmed", "it is confirmed already")
	}
	p.ConfirmedAt = when.At(now)
	e.record(ConfirmPayment, by, now, e.State, "")
	return nil
}
