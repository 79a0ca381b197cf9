package demand

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/reward"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is a task's money and its clock: the ledger of what research cost, payments and their term, the evidence a reward asks for,
// and what the passing of time marks.

// CostCategories are what research money goes to, as the additional-deduction rules for R&D spending group it.
var CostCategories = []string{"labour", "materials", "equipment", "design", "testing", "intangibles", "outsourcing", "other"}

// CostState is how far a line of the ledger is.
type CostState string

// The states of a line. Only a line an operator verified counts towards a reward; the issuer's word is shown beside it.
const (
	CostRecorded  CostState = "recorded"
	CostConfirmed CostState = "confirmed" // by the issuer
	CostVerified  CostState = "verified"  // by an operator
	CostRefused   CostState = "refused"
	CostWithdrawn CostState = "withdrawn"
)

// CostLine is one line of actual research expense, a document of its own. Nothing in it changes but how it is judged.
type CostLine struct {
	TaskID    string         `json:"taskId"`
	Number    int            `json:"number"`
	Category  string         `json:"category"`
	AmountFen int64          `json:"amountFen"`
	SpentOn   when.Day       `json:"spentOn"`
	Note      string         `json:"note"`
	Voucher   string         `json:"voucher,omitempty"` // its number in the books
	FileID    string         `json:"fileId,omitempty"`
	State     CostState      `json:"state"`
	Judged    []CostJudgment `json:"judged,omitempty"`
	At        when.Instant   `json:"at"`
	UserID    string         `json:"userId"`
}

// CostJudgment is one decision on a line; the last one counts.
type CostJudgment struct {
	State  CostState    `json:"state"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId"`
	Reason string       `json:"reason,omitempty"`
	At     when.Instant `json:"at"`
}

// maxCosts bounds one task's ledger.
const maxCosts = 1000

// DrawCost checks a line and draws its number.
func (k *Task) DrawCost(by By, now time.Time, c CostLine) (CostLine, error) {
	if err := k.may(AddTaskCost, by.Role); err != nil {
		return c, err
	}
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(slices.Contains(CostCategories, c.Category), "category", "not_a_choice")
	need(c.AmountFen > 0, "amountFen", "too_small")
	need(!c.SpentOn.Time().IsZero(), "spentOn", "required")
	need(c.SpentOn <= when.DayOf(now), "spentOn", "in_future")
	need(strings.TrimSpace(c.Note) != "", "note", "required")
	need(c.Voucher != "" || c.FileID != "", "voucher", "required")
	need(c.FileID == "" || k.hasFile(c.FileID), "fileId", "not_in")
	if len(f) > 0 {
		return c, fault.Bad(f...)
	}
	if k.Costs >= maxCosts {
		return c, fault.Newf(fault.Conflict, "task.full", "at most %d lines", maxCosts)
	}
	k.Costs++
	c.Number, c.State, c.Judged, c.At, c.UserID = k.Costs, CostRecorded, nil, when.At(now), by.UserID
	k.ChangedAt = when.At(now)
	return c, nil
}

// Judge confirms, verifies or refuses a line. The issuer confirms what was spent for its task, an operator verifies it for the reward; what
// an operator has decided only an operator changes.
func (c *CostLine) Judge(k *Task, by By, now time.Time, accepted bool, reason string) error {
	if err := k.may(JudgeTaskCost, by.Role); err != nil {
		return err
	}
	if c.State == CostWithdrawn {
		return fault.New(fault.Conflict, "task.cost_withdrawn", "the line was withdrawn")
	}
	if by.Role == Issuer && slices.ContainsFunc(c.Judged, func(j CostJudgment) bool { return j.Role == Operator }) {
		return fault.New(fault.Conflict, "task.cost_verified", "the authority has decided on this line")
	}
	to := CostRefused
	switch {
	case !accepted:
		if err := needReason(reason); err != nil {
			return err
		}
	case by.Role == Operator:
		to = CostVerified
	default:
		to = CostConfirmed
	}
	c.State = to
	c.Judged = append(c.Judged, CostJudgment{State: to, Role: by.Role, UserID: by.UserID, Reason: reason, At: when.At(now)})
	return nil
}

// Withdraw takes back a line that no operator has verified.
func (c *CostLine) Withdraw(k *Task, by By, now time.Time, reason string) error {
	if err := k.reasoned(WithdrawTaskCost, by, reason); err != nil {
		return err
	}
	if c.State == CostVerified || c.State == CostWithdrawn {
		return fault.New(fault.Conflict, "task.cost_verified", "the authority has decided on this line")
	}
	c.State = CostWithdrawn
	c.Judged = append(c.Judged, CostJudgment{State: CostWithdrawn, Role: by.Role, UserID: by.UserID, Reason: reason, At: when.At(now)})
	return nil
}

// stateOn is where the line stood at the end of a day; "" before it was written.
func (c *CostLine) stateOn(on when.Day) CostState {
	if when.DayOf(c.At.Time()) > on {
		return ""
	}
	state := CostRecorded
	for _, j := range c.Judged {
		if when.DayOf(j.At.Time()) <= on {
			state = j.State
		}
	}
	return state
}

// CostTotals are a ledger's sums in fen; every line counts in exactly one of the four.
type CostTotals struct {
	Recorded, Confirmed, Verified, Refused int64
	ByCategoryVerified                     map[string]int64 // by category
	All                                    map[string]int64 // by category, refused and withdrawn lines left out
}

// TotalOn adds a ledger up as it stood at the end of a day.
func TotalOn(lines []CostLine, on when.Day) CostTotals {
	t := CostTotals{ByCategoryVerified: map[string]int64{}, All: map[string]int64{}}
	for i := range lines {
		c := &lines[i]
		switch c.stateOn(on) {
		case CostRecorded:
			t.Recorded += c.AmountFen
		case CostConfirmed:
			t.Confirmed += c.AmountFen
		case CostVerified:
			t.Verified += c.AmountFen
			t.ByCategoryVerified[c.Category] += c.AmountFen
		case CostRefused:
			t.Refused += c.AmountFen
			continue
		default: // not there yet, or withdrawn
			continue
		}
		t.All[c.Category] += c.AmountFen
	}
	return t
}

// TaskPayment is money that went from the issuer to the winner. What the payee itself records is confirmed with that.
type TaskPayment struct {
	ID          string       `json:"id"`
	AmountFen   int64        `json:"amountFen"`
	PaidOn      when.Day     `json:"paidOn"`
	Note        string       `json:"note,omitempty"`
	By          Role         `json:"by"`
	At          when.Instant `json:"at"`
	ConfirmedAt when.Instant `json:"confirmedAt,omitempty"`
}

const maxPayments = 60

// paymentDue is the last day to pay for what is delivered now: the contract's term, or what regulation 802 sets where the contract is
// silent (a public body 30 days, a large enterprise 60). A payer the regulation does not bind has the contract's term only.
func (k *Task) paymentDue(now time.Time) when.Day {
	days := k.Contract().PaymentDays
	bound := k.WinnerSize != Large && k.WinnerSize != PublicBody
	if days == 0 && bound {
		days = map[SizeClass]int{PublicBody: publicDays, Large: largeDays}[k.IssuerSize]
	}
	if days == 0 || k.Contract().AmountFen == 0 {
		return ""
	}
	return when.DayOf(now.AddDate(0, 0, days))
}

// RecordPayment writes a payment down.
func (k *Task) RecordPayment(by By, now time.Time, p TaskPayment) error {
	if err := k.may(RecordTaskPayment, by.Role); err != nil {
		return err
	}
	if k.Contract() == nil { // terminated before there was one
		return fault.New(fault.Conflict, "task.no_contract", "there is no contract to pay for")
	}
	switch {
	case p.AmountFen <= 0:
		return fault.Bad(fault.Field{Path: "amountFen", Code: "too_small"})
	case p.PaidOn.Time().IsZero():
		return fault.Bad(fault.Field{Path: "paidOn", Code: "required"})
	case p.PaidOn > when.DayOf(now):
		return fault.Bad(fault.Field{Path: "paidOn", Code: "in_future"})
	case len(k.Payments) >= maxPayments:
		return fault.Newf(fault.Conflict, "task.full", "at most %d payments", maxPayments)
	}
	p.ID, p.By, p.At, p.ConfirmedAt = "p"+itoa(len(k.Payments)+1), by.Role, when.At(now), 0
	if by.Role == Bidder {
		p.ConfirmedAt = when.At(now)
	}
	k.Payments = append(k.Payments, p)
	k.paid()
	k.record(RecordTaskPayment, by, now, k.State, office.Money(p.AmountFen), p.Note)
	return nil
}

// ConfirmPayment is the payee's word that the money came.
func (k *Task) ConfirmPayment(by By, now time.Time, id string) error {
	if err := k.may(ConfirmTaskPayment, by.Role); err != nil {
		return err
	}
	i := slices.IndexFunc(k.Payments, func(p TaskPayment) bool { return p.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no such payment")
	}
	if k.Payments[i].ConfirmedAt != 0 {
		return fault.New(fault.Conflict, "task.payment_confirmed", "it is confirmed already")
	}
	k.Payments[i].ConfirmedAt = when.At(now)
	k.paid()
	k.record(ConfirmTaskPayment, by, now, k.State, office.Money(k.Payments[i].AmountFen), "")
	return nil
}

// PaidFen is what has come for certain.
func (k *Task) PaidFen() int64 {
	var sum int64
	for _, p := range k.Payments {
		if p.ConfirmedAt != 0 {
			sum += p.AmountFen
		}
	}
	return sum
}

// paid takes the overdue mark off once nothing is owed.
func (k *Task) paid() {
	if k.PaidFen() >= k.Contract().AmountFen {
		k.OverdueAt = 0
	}
}

// owing reports whether the payment clock runs.
func (k *Task) owing() bool {
	return k.PaymentDue != "" && k.Contract() != nil && k.PaidFen() < k.Contract().AmountFen
}

// TaskProof is evidence that the award went through the national platform, and what an operator found.
type TaskProof struct {
	Code     string       `json:"code"` // 公开码
	Status   string       `json:"status"`
	FileID   string       `json:"fileId"`
	At       when.Instant `json:"at"`
	Accepted bool         `json:"accepted,omitempty"`
	Reason   string       `json:"reason,omitempty"`
	JudgedAt when.Instant `json:"judgedAt,omitempty"`
}

const maxProofs = 20

// RecordProof hands evidence in; the last one counts.
func (k *Task) RecordProof(by By, now time.Time, p TaskProof) error {
	if err := k.may(RecordTaskProof, by.Role); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(p.Code) == "":
		return fault.Bad(fault.Field{Path: "code", Code: "required"})
	case !k.hasFile(p.FileID):
		return fault.Bad(fault.Field{Path: "fileId", Code: "not_in"})
	case len(k.Proofs) >= maxProofs:
		return fault.Newf(fault.Conflict, "task.full", "at most %d proofs", maxProofs)
	}
	p.At, p.JudgedAt, p.Accepted, p.Reason = when.At(now), 0, false, ""
	k.Proofs = append(k.Proofs, p)
	k.record(RecordTaskProof, by, now, k.State, p.Code, "")
	return nil
}

// JudgeProof is the operator's finding on the evidence handed in last.
func (k *Task) JudgeProof(by By, now time.Time, accepted bool, reason string) error {
	if err := k.may(JudgeTaskProof, by.Role); err != nil {
		return err
	}
	if len(k.Proofs) == 0 || k.Proofs[len(k.Proofs)-1].JudgedAt != 0 {
		return fault.New(fault.Conflict, "task.no_proof", "no evidence waits to be judged")
	}
	if !accepted {
		if err := needReason(reason); err != nil {
			return err
		}
	}
	p := &k.Proofs[len(k.Proofs)-1]
	p.Accepted, p.Reason, p.JudgedAt = accepted, reason, when.At(now)
	about := "refused"
	if accepted {
		about = "accepted"
	}
	k.record(JudgeTaskProof, by, now, k.State, about, reason)
	return nil
}

// RewardMade is an operator's decision on the reward: its own, beside what the rules compute.
type RewardMade struct {
	Approved    bool         `json:"approved"`
	AmountFen   int64        `json:"amountFen"`
	ComputedFen *int64       `json:"computedFen,omitempty"`
	RuleID      string       `json:"ruleId"`
	Version     int          `json:"version"`
	On          when.Day     `json:"on"`
	Reason      string       `json:"reason"`
	UserID      string       `json:"userId"`
	At          when.Instant `json:"at"`
}

// DecideReward writes an operator's decision down with the advice it was taken on. An approval needs every criterion met and never exceeds
// the computed amount.
func (k *Task) DecideReward(by By, now time.Time, approved bool, amountFen int64, reason string, advice reward.Result) error {
	if err := k.reasoned(DecideTaskReward, by, reason); err != nil {
		return err
	}
	if approved {
		switch {
		case advice.Verdict != reward.Met:
			return fault.New(fault.Conflict, "task.reward_not_met", "some criteria are not met")
		case amountFen <= 0 || advice.AmountFen == nil || amountFen > *advice.AmountFen:
			return fault.Bad(fault.Field{Path: "amountFen", Code: "out_of_range", Detail: "above zero, at most what the rules give"})
		}
	} else {
		amountFen = 0
	}
	if len(k.Rewards) >= maxProofs {
		return fault.Newf(fault.Conflict, "task.full", "at most %d decisions", maxProofs)
	}
	k.Rewards = append(k.Rewards, RewardMade{Approved: approved, AmountFen: amountFen, ComputedFen: advice.AmountFen, RuleID: advice.RuleID,
		Version: advice.Version, On: when.Day(advice.On), Reason: reason, UserID: by.UserID, At: when.At(now)})
	k.record(DecideTaskReward, by, now, k.State, office.Money(amountFen), reason)
	return nil
}

// RewardFacts are what the records say of the task as of a day. titles is nil when they could not be read.
func (k *Task) RewardFacts(on when.Day, demandCode string, titles []reward.Title, lines []CostLine) reward.Facts {
	f := reward.Facts{Kind: string(k.Kind), Titles: titles, BidOn: reward.Date(k.BidOn), AwardOn: reward.Date(k.AwardOn), NationalCode: demandCode}
	if k.StartedAt != 0 && when.DayOf(k.StartedAt.Time()) <= on {
		f.IssuerSize = string(k.IssuerSize)
	}
	for _, p := range k.Proofs {
		if when.DayOf(p.At.Time()) > on {
			continue
		}
		f.NationalCode, f.NationalAwardProof = p.Code, reward.ProofRecorded
		if p.JudgedAt != 0 && when.DayOf(p.JudgedAt.Time()) <= on {
			f.NationalAwardProof = reward.ProofRefused
			if p.Accepted {
				f.NationalAwardProof = reward.ProofAccepted
			}
		}
	}
	if t := TotalOn(lines, on); t.Verified > 0 || t.Refused > 0 {
		f.VerifiedCostFen = &t.Verified
	}
	return f
}

// How long before a day people hear of it, and how long an award may wait for its contract before both sides do.
const (
	remindDays       = 7
	contractPatience = 30
)

// begins and ends of days in China.
func dawn(d when.Day) time.Time {
	return time.Date(d.Time().Year(), d.Time().Month(), d.Time().Day(), 0, 0, 0, 0, when.China)
}
func reminderAt(d when.Day) time.Time { return dawn(d).AddDate(0, 0, -remindDays) }
func overdueAt(d when.Day) time.Time  { return dawn(d).AddDate(0, 0, 1) }

// Reached is something the clock came to: what, whose day, and whom it concerns.
type Reached struct {
	Event string
	About string
	Day   when.Day
	To    []Role
}

// settle derives when the clock must look again.
func (k *Task) settle() {
	k.DueAt = 0
	look := func(t time.Time) {
		if at := max(when.At(t), 1); k.DueAt == 0 || at < k.DueAt {
			k.DueAt = at
		}
	}
	if k.Follow {
		k.DueAt = 1
	}
	if k.State == TaskContracting && k.ContractRemindedAt == 0 {
		look(k.BegunAt.Time().AddDate(0, 0, contractPatience))
	}
	if k.State == TaskInProgress {
		for _, m := range k.Milestones {
			if m.State.open() && m.RemindedAt == 0 {
				look(reminderAt(m.DueOn))
			} else if m.State.open() && m.OverdueAt == 0 {
				look(overdueAt(m.DueOn))
			}
		}
	}
	if k.owing() {
		if k.RemindedAt == 0 {
			look(reminderAt(k.PaymentDue))
		} else if k.OverdueAt == 0 {
			look(overdueAt(k.PaymentDue))
		}
	}
}

// Tick marks everything the clock has reached and returns it: each reminder and each overdue mark once for each day it is about.
func (k *Task) Tick(now time.Time) []Reached {
	var all []Reached
	reached := func(mark *when.Instant, at time.Time, r Reached) {
		if *mark == 0 && !now.Before(at) {
			*mark = when.At(now)
			all = append(all, r)
		}
	}
	if k.State == TaskContracting {
		reached(&k.ContractRemindedAt, k.BegunAt.Time().AddDate(0, 0, contractPatience), Reached{taskContractLate, "", "", parties})
	}
	if k.State == TaskInProgress {
		for i := range k.Milestones {
			m := &k.Milestones[i]
			if !m.State.open() {
				continue
			}
			reached(&m.RemindedAt, reminderAt(m.DueOn), Reached{taskMilestoneDue, m.Name, m.DueOn, []Role{Bidder}})
			reached(&m.OverdueAt, overdueAt(m.DueOn), Reached{taskMilestoneOverdue, m.Name, m.DueOn, parties})
		}
	}
	if k.owing() {
		reached(&k.RemindedAt, reminderAt(k.PaymentDue), Reached{taskPaymentDue, "", k.PaymentDue, []Role{Issuer}})
		reached(&k.OverdueAt, overdueAt(k.PaymentDue), Reached{taskPaymentOverdue, "", k.PaymentDue, parties})
	}
	k.settle()
	return all
}

// Next is the day the one whose turn it is has to mind; "" when there is none.
func (k *Task) Next() when.Day {
	var next when.Day
	for _, m := range k.Milestones {
		if m.State.open() && (next == "" || m.DueOn < next) {
			next = m.DueOn
		}
	}
	switch k.State {
	case TaskInProgress:
		return cmp.Or(next, k.Contract().EndsOn)
	case TaskDelivered, TaskAccepted, TaskClosed:
		if k.owing() {
			return k.PaymentDue
		}
	}
	return ""
}
