package engagement

import (
	"slices"
	"time"

	"lianbang/services/platform/when"
)

// Turn is whose move it is, which, and by when; a zero Due has no clock.
type Turn struct {
	Role   Role
	Action Action
	Due    when.Instant
}

// Turn is what both sides always see. On an ended engagement it is nobody's.
func (e *Engagement) Turn(now time.Time) Turn {
	switch e.State {
	case Enquiry:
		return Turn{Provider, QuoteIt, e.StepDue}
	case Quoted:
		if e.quoteExpired(now) {
			return Turn{Provider, QuoteIt, 0}
		}
		return Turn{Client, AcceptQuote, e.StepDue}
	case Accepted:
		if e.Contract == nil {
			return Turn{Provider, ProposeContract, e.StepDue}
		}
		return Turn{e.Contract.ProposedBy.Other(), ConfirmContract, e.StepDue}
	case Contracted, Delivering:
		switch {
		case e.Asked != nil:
			return Turn{e.Asked.By.Other(), Cancel, 0}
		case e.State == Contracted:
			return Turn{Provider, StartDelivery, e.StepDue}
		}
		return Turn{Provider, Deliver, e.StepDue}
	case Delivered:
		if e.Offline {
			return Turn{Client, ConfirmOffline, e.StepDue}
		}
		return Turn{Client, AcceptDelivery, e.StepDue}
	case AcceptedByClient:
		return Turn{Client, Rate, e.StepDue}
	case Rated:
		if e.Service.Reply == "" {
			return Turn{Provider, ReplyToRating, e.CloseAt}
		}
	case Disputed:
		return Turn{Operator, Mediate, e.StepDue}
	}
	return Turn{}
}

func (e *Engagement) quoteExpired(now time.Time) bool {
	q := e.LastQuote()
	return q != nil && when.At(now) >= endOf(q.ValidUntil)
}

// Allowed lists the steps a role can take now: those the table of rules gives it, less those that only make sense with something
// that is not there.
func (e *Engagement) Allowed(by Role, now time.Time) []Action {
	var all []Action
	for _, r := range e.rules() {
		if slices.Contains(all, r.Action) || !e.can(r.Action, by) || !e.sensible(r.Action, by, now) {
			continue
		}
		all = append(all, r.Action)
	}
	slices.Sort(all)
	return all
}

func (e *Engagement) sensible(a Action, by Role, now time.Time) bool {
	switch a {
	case PostMessage:
		return e.Messages < maxMessages
	case QuoteIt:
		return len(e.Quotes) < maxQuotes
	case Deliver:
		return len(e.Deliveries) < maxReturns
	case Dispute:
		return len(e.Quarrels) < maxQuarrels
	case Urge:
		return e.Escalated && e.AnsweredAt == 0 && !e.urgedOn(now)
	case AcceptQuote:
		return !e.quoteExpired(now)
	case ConfirmContract:
		return e.Contract != nil && e.Contract.ProposedBy != by
	case UpdateMilestone:
		return len(e.Milestones) > 0
	case RecordPayment:
		return len(e.Payments) < maxPayments && e.paid(false) < e.Contract.AmountFen
	case ConfirmPayment:
		return e.paid(true) < e.paid(false)
	case Rate:
		return e.Rating(by) == nil
	case ReplyToRating:
		return e.Service != nil && e.Service.Reply == ""
	case SettleDispute:
		return e.Quarrel().By == by
	case Cancel:
		return e.Asked == nil || e.Asked.By != by
	case RefuseCancel:
		return e.Asked != nil && e.Asked.By != by
	case SetAside:
		return e.Service.Counts() || e.Custom.Counts()
	case ContestAside:
		return e.Service.contestable() || e.Custom.contestable()
	case DecideAside:
		return e.Service.contested() || e.Custom.contested()
	}
	return true
}

func (r *Rating) contestable() bool {
	return r != nil && r.Aside != nil && !r.Aside.Restored && r.Aside.ContestAt == 0
}

// Reminder is something the clock has to tell, once.
type Reminder struct {
	Kind string // an event's
	Due  when.Instant
}

// morning is how long before the end of a day its reminder comes: at nine.
const morning = 15 * time.Hour

// payNotice is how long before the last day of payment the client is reminded.
const payNotice = 3 * 24 * time.Hour

// alarm is one thing the clock will do: at a time, once, known by its key.
type alarm struct {
	key  string
	kind string
	at   when.Instant
	due  when.Instant
	soon bool // passed over when its due time has come too
}

// The kinds of alarms that tell nobody by themselves.
const alarmClose = "close"

// clocks lists the alarms still to go off in the present state.
func (e *Engagement) clocks() []alarm {
	var all []alarm
	add := func(name, kind string, due when.Instant, early time.Duration) {
		if due == 0 {
			return
		}
		key := name + ":" + due.Time().Format("20060102150405")
		if !slices.Contains(e.Reminded, key) {
			all = append(all, alarm{key: key, kind: kind, at: when.At(due.Time().Add(-early)), due: due, soon: early > 0})
		}
	}
	switch {
	case e.State == Enquiry && e.AnsweredAt == 0:
		add("first_soon", firstAnswerSoon, e.FirstDue, morning)
		add("first_late", unanswered, e.FirstDue, 0)
	case e.State == AcceptedByClient:
		add("soon:"+string(e.State), dueSoon, e.StepDue, morning) // silence is no fault: no second word
	case !e.State.Ended() && e.State != Rated:
		step := e.State
		if step == Contracted {
			step = Delivering // one term: the delivery's
		}
		add("soon:"+string(step), dueSoon, e.StepDue, morning)
		add("late:"+string(step), overdue, e.StepDue, 0)
	}
	if e.State == AcceptedByClient || e.State == Rated {
		add(alarmClose, alarmClose, e.CloseAt, 0)
	}
	if c := e.Contract; c != nil && c.PayBy != 0 && e.paid(true) < c.AmountFen && (e.State == AcceptedByClient || e.State == Rated || e.State == Closed) {
		add("pay_soon", paymentSoon, c.PayBy, payNotice)
		add("pay_late", paymentLate, c.PayBy, 0)
	}
	return all
}

// Tick does what is due and says whom to remind of what. It may be called at any time and as often as anybody likes: each alarm goes
// off once, and an early word is left out when its last word is due too (after a standstill or a clock jump).
func (e *Engagement) Tick(now time.Time) []Reminder {
	var told []Reminder
	for {
		all := e.clocks()
		slices.SortStableFunc(all, func(a, b alarm) int { return int(min(max(a.at-b.at, -1), 1)) })
		if len(all) == 0 || all[0].at > when.At(now) {
			e.settle()
			return told
		}
		a := all[0]
		e.Reminded = append(e.Reminded, a.key)
		switch {
		case a.kind == alarmClose:
			e.StepDue = 0
			e.record(CloseIt, By{Role: Clock}, now, Closed, "")
			told = append(told, Reminder{closed, a.due})
		case a.soon && a.due <= when.At(now):
		default:
			if a.kind == unanswered {
				e.Escalated = true
			}
			told = append(told, Reminder{a.kind, a.due})
		}
	}
}
