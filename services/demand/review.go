package demand

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is the review before publishing: the issuer's district first (初审), then the city (复审), each on its own clock. A district
// that lets its clock run out has the demand taken over by the city; the city may also take one over at any time. While experts write
// their opinions (专家论证) the clock stands still.

// Stage is whose turn a submitted demand is.
type Stage string

// The stages of a review.
const (
	DistrictStage Stage = "district" // 初审
	CityStage     Stage = "city"     // 复审
)

// Review is how far a demand's review has come. What the city returned comes back to the city.
type Review struct {
	Stage       Stage        `json:"stage"`
	StartedAt   when.Instant `json:"startedAt"`          // of the stage
	RemindAt    when.Instant `json:"remindAt,omitempty"` // 0 once reminded
	Late        bool         `json:"late,omitempty"`     // the city's clock ran out, and it was told
	PassedAt    when.Instant `json:"passedAt,omitempty"` // by the district
	EscalatedAt when.Instant `json:"escalatedAt,omitempty"`
	Skipped     bool         `json:"skipped,omitempty"` // a trusted issuer's
	Arguments   []Argument   `json:"arguments,omitempty"`
}

// Argument is one 专家论证: named experts are asked for a written opinion.
type Argument struct {
	Question string       `json:"question"`
	AskedAt  when.Instant `json:"askedAt"`
	DueAt    when.Instant `json:"dueAt"`
	EndedAt  when.Instant `json:"endedAt,omitempty"` // all have written, or their time was over
	Left     int          `json:"left"`              // working days the review had left when its clock stood still
	Opinions []Opinion    `json:"opinions"`
}

// Opinion is what one expert wrote, or is asked to write.
type Opinion struct {
	PersonID string       `json:"personId"`
	Name     string       `json:"name"`
	Employer string       `json:"employer,omitempty"`
	Verdict  Verdict      `json:"verdict,omitempty"`
	Text     string       `json:"text,omitempty"`
	GivenAt  when.Instant `json:"givenAt,omitempty"`
}

// Verdict is an opinion in a word.
type Verdict string

// The verdicts of an expert on a demand under review.
const (
	Supports Verdict = "supports"
	Revise   Verdict = "revise"
	Opposes  Verdict = "opposes"
)

// What one demand's review may hold; it is one document.
const (
	maxArguments = 3
	maxOpinions  = 5
	maxOpinion   = 2000 // characters
)

// The steps of a review beside return, approve and reject. The last five are the clock's.
const (
	AskOpinions    Action = "askDemandOpinions"
	GiveOpinion    Action = "giveDemandOpinion"
	PassDemand     Action = "passDemand" // the district approves; the same operation as the city's
	SkipReview     Action = "skipReview"
	EscalateReview Action = "escalateReview"
	ResumeReview   Action = "resumeReview"
	RemindReview   Action = "remindReview"
	ReviewLate     Action = "reviewLate"
)

// stage is whose turn it is; a demand submitted before there were two stages is the city's.
func (d *Demand) stage() Stage {
	if d.Review == nil {
		return CityStage
	}
	return d.Review.Stage
}

// turn reports whether a reviewer may decide now: the city always, a district in its own stage.
func (d *Demand) turn(a Action, by By) error {
	switch {
	case by.Role != Operator || !by.District:
		return nil
	case a == AskOpinions:
		return fault.New(fault.Forbidden, "", "the city asks experts")
	case d.State == Submitted && d.stage() == CityStage && slices.Contains([]Action{ReturnDemand, ApproveDemand, RejectDemand}, a):
		return fault.New(fault.Conflict, "demand.city_turn", "it is with the city now")
	}
	return nil
}

// beginReview starts the clock of the stage a submitted demand comes to.
func (d *Demand) beginReview(now time.Time, s Settings) {
	stage := d.firstStage(s)
	if d.Review == nil {
		d.Review = &Review{}
	}
	d.enter(stage, now, s)
}

// firstStage is whose turn the demand is once it is submitted: its district's, unless it has none, the city goes without, or had it already.
func (d *Demand) firstStage(s Settings) Stage {
	if d.Jurisdiction == "" || s.NoDistrictReview || d.Review != nil && d.Review.Stage == CityStage {
		return CityStage
	}
	return DistrictStage
}

// stageNames are the stages as people say them.
var stageNames = map[Stage]string{DistrictStage: "区县初审", CityStage: "市级审核"}

func (d *Demand) enter(stage Stage, now time.Time, s Settings) {
	days := s.ReviewWorkingDays
	if stage == DistrictStage {
		days = s.DistrictReviewDays
	}
	d.Review.Stage, d.Review.StartedAt = stage, when.At(now)
	d.setReviewClock(now, days, s)
}

// setReviewClock gives the stage so many working days from now, with a reminder before they are over.
func (d *Demand) setReviewClock(now time.Time, days int, s Settings) {
	d.ReviewDue, d.Review.Late, d.Review.RemindAt = when.At(s.Calendar.After(now, days)), false, 0
	if days > s.ReviewRemindDays {
		d.Review.RemindAt = when.At(s.Calendar.After(now, days-s.ReviewRemindDays))
	}
}

// endReview stops the clock, experts' included: it is decided.
func (d *Demand) endReview(now time.Time) {
	d.ReviewDue = 0
	if d.Review == nil {
		return
	}
	d.Review.RemindAt = 0
	if a := d.Review.open(); a != nil {
		a.EndedAt = when.At(now)
	}
}

// open is the argument that is under way, nil when none is.
func (r *Review) open() *Argument {
	if r == nil || len(r.Arguments) == 0 {
		return nil
	}
	if a := &r.Arguments[len(r.Arguments)-1]; a.EndedAt == 0 {
		return a
	}
	return nil
}

// dueAt is when the clock has something to do: the experts' time is over, a reminder, the end of the stage. 0 for nothing.
func (r *Review) dueAt(due when.Instant) when.Instant {
	switch a := r.open(); {
	case r == nil:
		return 0
	case a != nil:
		return a.DueAt
	case r.RemindAt != 0:
		return r.RemindAt
	case r.Late:
		return 0
	}
	return due
}

// Pass is the district's yes: the demand is the city's now.
func (d *Demand) Pass(by By, now time.Time, note string, s Settings) error {
	if err := d.may(ApproveDemand, by.Role); err != nil {
		return err
	}
	if err := d.turn(ApproveDemand, by); err != nil {
		return err
	}
	d.Review.PassedAt = when.At(now)
	d.enter(CityStage, now, s)
	d.record(PassDemand, by, now, Submitted, note)
	return nil
}

// SkipReview lets a trusted issuer's directed purchase go on without a review: it reaches nobody but those it invites.
func (d *Demand) SkipReview(by By, now time.Time) error {
	if err := d.may(SkipReview, by.Role); err != nil {
		return err
	}
	if !d.skippable() {
		return fault.New(fault.Conflict, "demand.not_skippable", "only directed purchases go without a review")
	}
	d.endReview(now)
	d.Reason, d.Review.Skipped = "", true
	d.record(SkipReview, by, now, Approved, "")
	return nil
}

// skippable reports whether a trusted issuer's demand of this kind needs no review.
func (d *Demand) skippable() bool { return d.Terms.Kind == Supply && d.Terms.Mode == Directed }

// AskOpinions asks experts for a written opinion until a day; the clock stands still meanwhile. A demand in the district's stage is the
// city's from here on.
func (d *Demand) AskOpinions(by By, now time.Time, question string, experts []Opinion, due time.Time, s Settings) error {
	if err := d.may(AskOpinions, by.Role); err != nil {
		return err
	}
	if err := d.turn(AskOpinions, by); err != nil {
		return err
	}
	if d.Review == nil {
		d.Review = &Review{Stage: CityStage, StartedAt: d.SubmittedAt}
	}
	switch {
	case d.Review.open() != nil:
		return fault.New(fault.Conflict, "opinion.open", "experts are being asked already")
	case len(d.Review.Arguments) >= maxArguments:
		return fault.Newf(fault.Conflict, "opinion.too_often", "at most %d times", maxArguments)
	case len(experts) == 0 || len(experts) > maxOpinions:
		return fault.Bad(fault.Field{Path: "personIds", Code: "count"})
	case !due.After(now):
		return fault.Bad(fault.Field{Path: "dueAt", Code: "too_soon"})
	}
	for i := range experts {
		if slices.ContainsFunc(experts[:i], func(o Opinion) bool { return o.PersonID == experts[i].PersonID }) {
			return fault.Bad(fault.Field{Path: "personIds", Code: "duplicate"})
		}
	}
	if d.Review.Stage == DistrictStage {
		d.enter(CityStage, now, s)
	}
	left := max(1, s.Calendar.Between(now, d.ReviewDue.Time()))
	d.Review.Arguments = append(d.Review.Arguments, Argument{Question: question, AskedAt: when.At(now), DueAt: when.At(due), Left: left,
		Opinions: experts})
	d.record(AskOpinions, by, now, Submitted, question)
	return nil
}

// asked finds what an expert was asked last, nil when it never was.
func (d *Demand) asked(personID string) (*Argument, *Opinion) {
	if d.Review == nil || personID == "" {
		return nil, nil
	}
	for i := len(d.Review.Arguments) - 1; i >= 0; i-- {
		a := &d.Review.Arguments[i]
		for k := range a.Opinions {
			if a.Opinions[k].PersonID == personID {
				return a, &a.Opinions[k]
			}
		}
	}
	return nil, nil
}

// GiveOpinion records an expert's opinion, late ones too as long as nothing is decided. With the last one the clock goes on.
func (d *Demand) GiveOpinion(by By, now time.Time, v Verdict, text string, s Settings) error {
	if err := d.may(GiveOpinion, by.Role); err != nil {
		return err
	}
	a, o := d.asked(by.UserID)
	switch {
	case o == nil:
		return fault.New(fault.NotFound, "", "not asked")
	case o.GivenAt != 0:
		return fault.New(fault.Conflict, "opinion.given", "the opinion is in")
	case v != Supports && v != Revise && v != Opposes:
		return fault.Bad(fault.Field{Path: "verdict", Code: "not_a_choice"})
	case strings.TrimSpace(text) == "":
		return fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	o.Verdict, o.Text, o.GivenAt = v, cutTo(strings.TrimSpace(text), maxOpinion), when.At(now)
	d.record(GiveOpinion, by, now, Submitted, "")
	if a.EndedAt == 0 && !slices.ContainsFunc(a.Opinions, func(o Opinion) bool { return o.GivenAt == 0 }) {
		d.goOn(now, s)
	}
	return nil
}

// goOn ends the argument and lets the review's clock run on with the days it had left.
func (d *Demand) goOn(now time.Time, s Settings) {
	a := d.Review.open()
	a.EndedAt = when.At(now)
	d.setReviewClock(now, a.Left, s)
	d.record(ResumeReview, By{Role: Clock}, now, Submitted, "")
}

// reviewDue reports whether the review's clock has something to do.
func (d *Demand) reviewDue(now when.Instant) bool {
	due := d.Review.dueAt(d.ReviewDue)
	return d.State == Submitted && due != 0 && now >= due
}

// ReviewTime takes the one step the review's clock is due for and says which: ResumeReview, RemindReview, EscalateReview, ReviewLate, or ""
// for none. Each comes once.
func (d *Demand) ReviewTime(now time.Time, s Settings) Action {
	if !d.reviewDue(when.At(now)) {
		return ""
	}
	r := d.Review
	switch {
	case r.open() != nil:
		d.goOn(now, s)
		return ResumeReview
	case when.At(now) < d.ReviewDue:
		r.RemindAt = 0
		d.settle()
		return RemindReview
	case r.Stage == DistrictStage:
		r.EscalatedAt = when.At(now)
		d.enter(CityStage, now, s)
		d.record(EscalateReview, By{Role: Clock}, now, Submitted, "")
		return EscalateReview
	}
	r.Late, r.RemindAt = true, 0
	d.settle()
	return ReviewLate
}
