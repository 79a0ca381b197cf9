package notice

import (
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Case is what a notice knows of one objection that was decided on. Every decision on an objection is taken here first, in the same
// write as what it does to the clock, and then carried to the objection's own document: so an accepted objection cannot fail to pause,
// and two decisions on one objection cannot both count.
type Case struct {
	Objection string   `json:"objection"`
	Verdict   Verdict  `json:"verdict"`
	At        int64    `json:"at"`
	Carried   bool     `json:"carried,omitempty"` // the objection's own document says so too
	Decision  Decision `json:"decision"`          // until it is carried
}

// Decision is what a verdict says beside its name.
type Decision struct {
	Reason string `json:"reason,omitempty"`
	By     string `json:"by,omitempty"` // user id
}

// Verdict is what was decided on an objection last.
type Verdict string

// The verdicts. Accepted stands until it is answered by one of the last two.
const (
	Accepted  Verdict = "accepted"
	Refused   Verdict = "refused"
	Dismissed Verdict = "dismissed"
	Upheld    Verdict = "upheld"
)

// maxCases keeps a notice within one document.
const maxCases = 300

func (n *Notice) caseOf(objection string) *Case {
	i := slices.IndexFunc(n.Cases, func(c Case) bool { return c.Objection == objection })
	if i < 0 {
		return nil
	}
	return &n.Cases[i]
}

// inTheWay are the accepted objections that are not answered.
func (n *Notice) inTheWay() int {
	count := 0
	for _, c := range n.Cases {
		if c.Verdict == Accepted {
			count++
		}
	}
	return count
}

// Decide takes a decision on an objection. Accepting pauses an open notice; dismissing the last accepted one lets the clock run on, with
// the days it stood still added; upholding stops it. A notice that is final already stays as it is: an objection filed in time and
// answered late is upheld on record (Upheld), for the service concerned to act on. Errors: Conflict when the objection is not where the
// verdict needs it, or the notice was withdrawn.
func (n *Notice) Decide(objection string, v Verdict, d Decision, now time.Time, cal when.Calendar) error {
	c := n.caseOf(objection)
	switch {
	case n.Type != Public:
		return fault.New(fault.Conflict, "notice.final", "an announcement cannot be objected to")
	case c == nil && (v == Dismissed || v == Upheld):
		return fault.New(fault.Conflict, "objection.not_accepted", "only an accepted objection is answered")
	case c != nil && (c.Verdict != Accepted || v == Accepted || v == Refused):
		return fault.New(fault.Conflict, "objection.decided", "this was decided already")
	case c != nil && !c.Carried:
		return fault.New(fault.Conflict, "objection.decided", "a decision on this is on its way")
	case c == nil && len(n.Cases) >= maxCases:
		return fault.New(fault.Conflict, "objection.too_many", "the notice has as many decided objections as it can hold")
	}
	if c == nil {
		n.Cases = append(n.Cases, Case{Objection: objection})
		c = &n.Cases[len(n.Cases)-1]
	}
	*c = Case{Objection: objection, Verdict: v, At: millis(now), Decision: d}
	switch {
	case v == Accepted && n.State == Open:
		n.pause(objection, now, cal)
	case v == Dismissed && n.State == Paused && n.inTheWay() == 0:
		n.resume(objection, now, cal)
	case v == Upheld:
		n.Upheld = true
		if !n.Final() {
			n.Reason = d.Reason
			n.finish(Stopped, now, Step{Action: Stop, Objection: objection, Reason: d.Reason})
		}
	}
	n.wind()
	return nil
}

func (n *Notice) pause(objection string, now time.Time, cal when.Calendar) {
	n.Left = n.Term.left(at(n.RunsFrom), now, at(n.EndsAt), cal)
	n.State = Paused
	n.Pauses = append(n.Pauses, Pause{From: millis(now)})
	n.record(Step{Action: Accept, At: millis(now), Objection: objection})
}

func (n *Notice) resume(objection string, now time.Time, cal when.Calendar) {
	n.resumePauses(now)
	n.State, n.RunsFrom = Open, millis(now)
	n.EndsAt = millis(n.Term.after(now, n.Left, cal))
	n.Left = 0
	n.record(Step{Action: Resume, At: millis(now), Objection: objection})
}

// carried notes that the objection's own document holds its last decision now.
func (n *Notice) carried(objection string, v Verdict) {
	if c := n.caseOf(objection); c != nil && c.Verdict == v {
		c.Carried, c.Decision = true, Decision{}
	}
	n.wind()
}
