// Package notice owns everything the authority puts up for the public: notices (公示) with the clock anybody may object within,
// announcements (公告), which are final, and the objections (异议) themselves. It decides when a notice has ended and what stops its
// clock. It refuses to know what a notice is about: the service that put it up hears how it went and moves its own thing.
package notice

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where a notice stands.
type State string

// The states of a notice; an announcement has the last one. Ended, stopped and withdrawn are final.
const (
	Open      State = "open"      // 公示中
	Paused    State = "paused"    // 异议处理中, the clock stands
	Ended     State = "ended"     // 公示期满
	Stopped   State = "stopped"   // 异议成立, the notice did not lead anywhere
	Withdrawn State = "withdrawn" // taken back by the service that put it up
	Announced State = "announced" // 公告
)

// Notice is one thing put up. Its document id is Key.ID.
type Notice struct {
	Type       Type     `json:"type"`
	Key        Key      `json:"key"`
	State      State    `json:"state"`
	Title      string   `json:"title"`
	Summary    string   `json:"summary,omitempty"`
	Lines      []string `json:"lines,omitempty"`
	Link       string   `json:"link,omitempty"` // of the thing, a path of the front end
	Audience   Audience `json:"audience"`
	District   string   `json:"district,omitempty"` // whose operators handle objections; "" the city's
	Parties    []string `json:"parties,omitempty"`  // organisations it is about, which can never handle an objection
	Term       Term     `json:"term"`
	Board      string   `json:"board"`      // "public" or "": what the public list reads
	Kind       string   `json:"kind"`       // of the key, for the list
	Service    string   `json:"service"`    // of the key, for the list
	PutUpAt    int64    `json:"putUpAt"`    // when.Instant, plain for the index
	RunsFrom   int64    `json:"runsFrom"`   // when the clock last began to run
	EndsAt     int64    `json:"endsAt"`     // as it stands; of a paused notice, as it stood
	FinishedAt int64    `json:"finishedAt"` // ended, stopped or withdrawn
	Left       int      `json:"left,omitempty"`
	Upheld     bool     `json:"upheld,omitempty"` // an objection was upheld, in time or later
	Reason     string   `json:"reason,omitempty"` // why it was stopped or withdrawn
	Cases      []Case   `json:"cases,omitempty"`
	Pauses     []Pause  `json:"pauses,omitempty"`
	History    []Step   `json:"history"`
	DueAt      int64    `json:"dueAt"` // when the clock has something to do; 0 never
}

// Type tells what can be objected to from what is final.
type Type string

// The two types.
const (
	Public       Type = "notice"       // 公示
	Announcement Type = "announcement" // 公告
)

// Key names a notice: the service that put it up, and the subject there. Round tells a second notice on the same thing from the first.
type Key struct {
	Service   string `json:"service"`
	Kind      string `json:"kind"`
	SubjectID string `json:"subjectId"`
	Round     int    `json:"round"`
}

// ID is "<service>:<kind>:<subject id>:<round>".
func (k Key) ID() string {
	return k.Service + ":" + k.Kind + ":" + k.SubjectID + ":" + strconv.Itoa(k.Round)
}

// KeyOf reads an id; the subject's own id may hold colons. Errors: Invalid.
func KeyOf(id string) (Key, error) {
	parts := strings.Split(id, ":")
	n := len(parts)
	if n < 4 || slices.Contains(parts, "") {
		return Key{}, errID
	}
	round, err := strconv.Atoi(parts[n-1])
	if err != nil || round < 1 || strconv.Itoa(round) != parts[n-1] {
		return Key{}, errID
	}
	return Key{Service: parts[0], Kind: parts[1], SubjectID: strings.Join(parts[2:n-1], ":"), Round: round}, nil
}

var errID = fault.Bad(fault.Field{Path: "noticeId", Code: "bad_format", Detail: "<service>:<kind>:<subject id>:<round>, the round from 1"})

// Audience is who may read it: everybody, or the organisations named (and always the parties and the operator).
type Audience struct {
	Public        bool     `json:"public"`
	Organisations []string `json:"organisations,omitempty"`
}

// Term is how long a notice stands: whole working days or whole days, never both. The day it is put up is not counted.
type Term struct {
	WorkingDays int `json:"workingDays,omitempty"`
	Days        int `json:"days,omitempty"`
}

// Count is the number of days, whichever they are.
func (t Term) Count() int { return t.WorkingDays + t.Days }

func (t Term) check() error {
	switch {
	case t.WorkingDays < 0 || t.Days < 0, (t.WorkingDays > 0) == (t.Days > 0):
		return fault.Bad(fault.Field{Path: "workingDays", Code: "invalid", Detail: "say workingDays or days, one of them"})
	case t.Count() > maxTerm:
		return fault.Bad(fault.Field{Path: "workingDays", Code: "too_large", Detail: "at most a year"})
	}
	return nil
}

const maxTerm = 366

// after is the end of the n-th counted day after from's own.
func (t Term) after(from time.Time, n int, c when.Calendar) time.Time {
	if t.WorkingDays > 0 {
		return c.After(from, n)
	}
	y, m, d := from.In(when.China).Date()
	return time.Date(y, m, d+n+1, 0, 0, 0, 0, when.China).UTC()
}

// left is how many counted days are not wholly behind at an instant: those that lie ahead, and the day itself unless it is the one the
// clock began to run on, which never counted.
func (t Term) left(runsFrom, at, endsAt time.Time, c when.Calendar) int {
	n := 0
	for day := at.In(when.China); ; day = day.AddDate(0, 0, 1) {
		y, m, d := day.Date()
		if !time.Date(y, m, d, 0, 0, 0, 0, when.China).Before(endsAt) {
			return n
		}
		if when.DayOf(day) != when.DayOf(runsFrom) && (t.Days > 0 || c.Working(day)) {
			n++
		}
	}
}

// Pause is a time the clock stood still.
type Pause struct {
	From int64 `json:"from"`
	To   int64 `json:"to,omitempty"` // 0: still
}

// Step is one line of the history. Objection is the id of the objection that caused it.
type Step struct {
	Action    Action `json:"action"`
	At        int64  `json:"at"`
	EndsAt    int64  `json:"endsAt,omitempty"` // as it stood after the step
	Objection string `json:"objection,omitempty"`
	Reason    string `json:"reason,omitempty"`
}

// Action is what happened to a notice.
type Action string

// The actions.
const (
	PutUp    Action = "put_up"
	Accept   Action = "accept" // an objection was accepted; the clock stands from here
	Resume   Action = "resume" // the last objection in the way was dismissed
	Stop     Action = "stop"   // an objection was upheld
	End      Action = "end"    // the clock ran out
	Withdraw Action = "withdraw"
)

// PutUpNotice makes an open notice. Errors: Invalid.
func PutUpNotice(n Notice, now time.Time, c when.Calendar) (Notice, error) {
	if err := n.Term.check(); err != nil {
		return n, err
	}
	n.Type, n.State = Public, Open
	n.RunsFrom = millis(now)
	n.EndsAt = millis(n.Term.after(now, n.Term.Count(), c))
	n.putUp(now)
	return n, nil
}

// Announce makes an announcement.
func Announce(n Notice, now time.Time) Notice {
	n.Type, n.State = Announcement, Announced
	n.putUp(now)
	return n
}

func (n *Notice) putUp(now time.Time) {
	n.PutUpAt, n.Kind, n.Service = millis(now), n.Key.Kind, n.Key.Service
	if n.Audience.Public {
		n.Board = publicBoard
	}
	n.record(Step{Action: PutUp, At: millis(now)})
}

const publicBoard = "public"

// Final reports whether nothing moves the notice any more.
func (n *Notice) Final() bool { return n.State != Open && n.State != Paused }

// Due reports whether the clock has run out and the end is not recorded yet.
func (n *Notice) Due(now time.Time) bool { return n.State == Open && millis(now) >= n.EndsAt }

// Conclude records the end, once and for good. Errors: Conflict when it is not due.
func (n *Notice) Conclude(now time.Time) error {
	if !n.Due(now) {
		return fault.New(fault.Conflict, "notice.not_over", "the notice has not run out")
	}
	n.finish(Ended, now, Step{Action: End})
	return nil
}

// TakeBack withdraws the notice for the service that put it up. Withdrawing it again, or one that was stopped, changes nothing.
// Errors: Conflict once it has ended.
func (n *Notice) TakeBack(now time.Time, reason string) error {
	switch n.State {
	case Withdrawn, Stopped:
		return nil
	case Ended:
		return fault.New(fault.Conflict, "notice.over", "the notice has ended; what it was for stands")
	}
	n.Reason = reason
	n.finish(Withdrawn, now, Step{Action: Withdraw, Reason: reason})
	return nil
}

func (n *Notice) finish(to State, now time.Time, s Step) {
	n.resumePauses(now)
	n.State, n.FinishedAt, n.Left = to, millis(now), 0
	s.At = millis(now)
	n.record(s)
}

func (n *Notice) resumePauses(now time.Time) {
	if last := len(n.Pauses) - 1; last >= 0 && n.Pauses[last].To == 0 {
		n.Pauses[last].To = millis(now)
	}
}

// record adds to the history and sets when the clock looks again.
func (n *Notice) record(s Step) {
	if n.Type == Public {
		s.EndsAt = n.EndsAt
	}
	n.History = append(n.History, s)
	n.wind()
}

// wind sets when the clock has something to do: the end of an open notice, or at once while a decision is not carried to its objection.
func (n *Notice) wind() {
	n.DueAt = 0
	if n.State == Open {
		n.DueAt = n.EndsAt
	}
	for _, c := range n.Cases {
		if !c.Carried {
			n.DueAt = 1
		}
	}
}

// VisibleTo reports whether an organisation ("" for nobody in particular) may read the notice.
func (n *Notice) VisibleTo(orgID string) bool {
	return n.Audience.Public || orgID != "" && (slices.Contains(n.Audience.Organisations, orgID) || slices.Contains(n.Parties, orgID))
}

func millis(t time.Time) int64 { return int64(when.At(t)) }

func at(ms int64) time.Time { return when.Instant(ms).Time() }
