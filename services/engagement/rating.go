package engagement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Rating is what one side says of the other: a mark from 1 to 5 for each dimension, and a text.
type Rating struct {
	Marks   []Mark       `json:"marks"`
	Text    string       `json:"text"`
	At      when.Instant `json:"at"`
	Reply   string       `json:"reply,omitempty"`
	ReplyAt when.Instant `json:"replyAt,omitempty"`
	Aside   *Aside       `json:"aside,omitempty"`
}

// Mark is one dimension's mark.
type Mark struct {
	Key   string `json:"key"`
	Score int    `json:"score"`
}

// The dimensions: of a provider's service 质量、时效、性价比; of a client 需求清楚、配合、付款守信.
var (
	ServiceDimensions = []string{"quality", "timeliness", "value"}
	CustomDimensions  = []string{"clarity", "cooperation", "payment"}
)

// Aside says that the operator took a rating out of the reputation, why, and how a contest of that went. The rating stays to be read.
type Aside struct {
	Ground    Ground       `json:"ground"`
	Reason    string       `json:"reason"`
	At        when.Instant `json:"at"`
	ContestBy Role         `json:"contestBy,omitempty"`
	Contest   string       `json:"contest,omitempty"`
	ContestAt when.Instant `json:"contestAt,omitempty"`
	Decision  string       `json:"decision,omitempty"` // on the contest
	DecidedAt when.Instant `json:"decidedAt,omitempty"`
	Restored  bool         `json:"restored,omitempty"`
}

// Ground is why a rating is set aside.
type Ground string

// The grounds.
const (
	Related     Ground = "related_party"
	Retaliation Ground = "retaliation"
	Exchanged   Ground = "exchange" // two firms rating each other
)

// Counts reports whether a rating is part of the reputation.
func (r *Rating) Counts() bool { return r != nil && (r.Aside == nil || r.Aside.Restored) }

func (r *Rating) contested() bool {
	return r != nil && r.Aside != nil && r.Aside.ContestAt != 0 && r.Aside.DecidedAt == 0
}

func checkMarks(marks []Mark, dimensions []string) error {
	var f []fault.Field
	for i, m := range marks {
		if !slices.Contains(dimensions, m.Key) || m.Score < 1 || m.Score > 5 {
			f = append(f, fault.Field{Path: fmt.Sprintf("marks[%d]", i), Code: "out_of_range"})
		}
	}
	for _, d := range dimensions {
		if n := len(slices.DeleteFunc(slices.Clone(marks), func(m Mark) bool { return m.Key != d })); n != 1 {
			f = append(f, fault.Field{Path: "marks", Code: "required", Detail: "one mark for each dimension: " + d})
		}
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// Rate is one side's rating of the other, once. The client's makes the engagement rated.
func (e *Engagement) Rate(by By, now time.Time, marks []Mark, text string, s Settings) error {
	if err := e.may(Rate, by.Role); err != nil {
		return err
	}
	dimensions, mine := ServiceDimensions, &e.Service
	if by.Role == Provider {
		dimensions, mine = CustomDimensions, &e.Custom
	}
	if *mine != nil {
		return fault.New(fault.Conflict, "rating.given", "a rating is given once")
	}
	if err := checkMarks(marks, dimensions); err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	*mine = &Rating{Marks: marks, Text: text, At: when.At(now)}
	to := e.State
	if by.Role == Client {
		to = Rated
		e.StepDue, e.CloseAt = 0, when.At(s.Calendar.After(now, s.RateWorkingDays))
	}
	e.record(Rate, by, now, to, "")
	return nil
}

// Reply is the provider's answer to the client's rating, once.
func (e *Engagement) Reply(by By, now time.Time, text string) error {
	if err := e.mayWith(ReplyToRating, by.Role, text, "text"); err != nil {
		return err
	}
	if e.Service == nil {
		return fault.New(fault.Conflict, "rating.none", "there is no rating to reply to")
	}
	if e.Service.Reply != "" {
		return fault.New(fault.Conflict, "rating.replied", "a reply is given once")
	}
	e.Service.Reply, e.Service.ReplyAt = text, when.At(now)
	e.record(ReplyToRating, by, now, e.State, "")
	return nil
}

// Rating is the rating that a side gave; nil when it gave none.
func (e *Engagement) Rating(by Role) *Rating {
	if by == Provider {
		return e.Custom
	}
	return e.Service
}

// SetAside takes the rating a side gave out of the reputation.
func (e *Engagement) SetAside(by By, now time.Time, of Role, g Ground, reason string) error {
	if err := e.mayWith(SetAside, by.Role, reason, "reason"); err != nil {
		return err
	}
	r := e.Rating(of)
	if r == nil {
		return fault.New(fault.Conflict, "rating.none", "there is no such rating")
	}
	if !r.Counts() {
		return fault.New(fault.Conflict, "rating.aside", "it is set aside already")
	}
	r.Aside = &Aside{Ground: g, Reason: reason, At: when.At(now)}
	e.record(SetAside, by, now, e.State, reason)
	return nil
}

// ContestAside is either side's objection to a setting aside, once.
func (e *Engagement) ContestAside(by By, now time.Time, of Role, reason string) error {
	if err := e.mayWith(ContestAside, by.Role, reason, "reason"); err != nil {
		return err
	}
	r := e.Rating(of)
	if r == nil || r.Aside == nil || r.Aside.Restored {
		return fault.New(fault.Conflict, "rating.not_aside", "no rating is set aside")
	}
	if r.Aside.ContestAt != 0 {
		return fault.New(fault.Conflict, "rating.contested", "it was contested already")
	}
	r.Aside.Contest, r.Aside.ContestBy, r.Aside.ContestAt = reason, by.Role, when.At(now)
	e.record(ContestAside, by, now, e.State, reason)
	return nil
}

// DecideAside answers a contest: the rating counts again, or stays aside.
func (e *Engagement) DecideAside(by By, now time.Time, of Role, restore bool, reason string) error {
	if err := e.mayWith(DecideAside, by.Role, reason, "reason"); err != nil {
		return err
	}
	r := e.Rating(of)
	if !r.contested() {
		return fault.New(fault.Conflict, "rating.not_contested", "nothing is contested")
	}
	r.Aside.Restored, r.Aside.Decision, r.Aside.DecidedAt = restore, reason, when.At(now)
	e.record(DecideAside, by, now, e.State, reason)
	return nil
}
