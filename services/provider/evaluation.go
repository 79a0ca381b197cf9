package provider

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// RatedRow is one recorded engagement as its client rated it: a public row of the engagement service, offline ones included once the
// client confirmed them. Client is a pseudonym, the same for one client of this provider.
type RatedRow struct {
	ID      string         `json:"id"`
	Client  string         `json:"client"`
	RatedOn when.Day       `json:"ratedOn"`
	Marks   map[string]int `json:"marks"` // 1–5: quality, timeliness, value
	Offline bool           `json:"offline,omitempty"`
	Aside   string         `json:"aside,omitempty"` // why the rating was set aside; such a row does not count
	// Engagement names the dealing, for the city alone: the public row does not lead to it, and the digest leaves it out.
	Engagement string `json:"engagement,omitempty"`
}

// The dimensions of a rating. What a service achieved shows in its quality; how it went, in time and value.
const (
	effectMark = "quality"
	timeMark   = "timeliness"
	valueMark  = "value"
)

// EvaluationState is where a year's evaluation (优质服务机构评选) stands.
type EvaluationState string

// The states of an evaluation. A notice that an upheld objection stopped brings it back to the draft.
const (
	EvaluationDraft     EvaluationState = "draft"
	EvaluationNotice    EvaluationState = "notice"
	EvaluationPublished EvaluationState = "published"
)

// Adjustment moves a provider's score, with the experts' reason. Points are hundredths.
type Adjustment struct {
	Points int          `json:"points"`
	Reason string       `json:"reason"`
	By     string       `json:"by"`
	At     when.Instant `json:"at"`
}

// Entry is one provider's line. Points are hundredths of a point, 0 to 10,000, before their weight.
type Entry struct {
	OrgID        string       `json:"orgId"`
	OrgName      string       `json:"orgName"`
	Engagements  int          `json:"engagements"`
	Clients      int          `json:"clients"`
	Served       int          `json:"served"`
	Satisfaction int          `json:"satisfaction"`
	Effect       int          `json:"effect"`
	Base         int          `json:"base"`
	Adjustments  []Adjustment `json:"adjustments,omitempty"`
	Total        int          `json:"total"`
	Rank         int          `json:"rank"`
	AwardFen     int64        `json:"awardFen,omitempty"`
	Certificate  string       `json:"certificate,omitempty"`
}

// Evaluation is one year's ranking. Weights and cap are those in force when it was drafted; Digest is the sum of the frozen rows that the
// whole ranking follows from.
type Evaluation struct {
	Year        int             `json:"year"`
	State       EvaluationState `json:"state"`
	Weights     Weights         `json:"weights"`
	CapFen      int64           `json:"capFen"`
	Unverified  bool            `json:"unverified,omitempty"` // 待核
	MaxWinners  int             `json:"maxWinners"`
	Entries     []Entry         `json:"entries,omitempty"`
	Digest      string          `json:"digest,omitempty"`
	ComputedAt  when.Instant    `json:"computedAt"`
	FrozenAt    when.Instant    `json:"frozenAt,omitempty"`
	PublishedAt when.Instant    `json:"publishedAt,omitempty"`
	Notice      *Notice         `json:"notice,omitempty"`
	Notices     int             `json:"notices,omitempty"`
	DueAt       when.Instant    `json:"dueAt"` // while the notice is to be put up
}

// inYear keeps the rows that count towards a year: rated in it, by China's calendar, and not set aside.
func inYear(rows []RatedRow, year int) []RatedRow {
	prefix := string(when.DayOf(time.Date(year, 7, 1, 0, 0, 0, 0, when.China)))[:5]
	return slices.DeleteFunc(slices.Clone(rows), func(r RatedRow) bool { return r.Aside != "" || !strings.HasPrefix(string(r.RatedOn), prefix) })
}

// sums are what a provider's rows come to.
type sums struct {
	rows, clients        int
	effect, satisfaction int // sums of marks; satisfaction of two marks a row
}

func sumOf(rows []RatedRow) sums {
	var s sums
	clients := map[string]bool{}
	for _, r := range rows {
		s.rows++
		clients[r.Client] = true
		s.effect += r.Marks[effectMark]
		s.satisfaction += r.Marks[timeMark] + r.Marks[valueMark]
	}
	s.clients = len(clients)
	return s
}

// shrink is how many rows of the year's mean are added to everybody's own, so that two kind ratings do not outrank forty good ones.
const shrink = 3

// Rank makes the ranking from the rows of every provider, by organisation. The order of rows and providers does not matter: enterprises
// served count against the most anybody served, marks as a mean drawn towards the year's where there are few, and equal totals go by
// clients, then by the organisation's id.
func Rank(year int, rows map[string][]RatedRow, names map[string]string, w Weights, kept map[string][]Adjustment) []Entry {
	by, most := map[string]sums{}, 0
	var all sums
	for id, some := range rows {
		s := sumOf(inYear(some, year))
		if s.rows == 0 {
			continue
		}
		by[id] = s
		most = max(most, s.clients)
		all.rows, all.effect, all.satisfaction = all.rows+s.rows, all.effect+s.effect, all.satisfaction+s.satisfaction
	}
	var entries []Entry
	for id, s := range by {
		// A mark of 5 is 10,000; sums stay whole numbers until the one division.
		mean := func(own, everybody, perRow int) int {
			return 2000 * (own*all.rows + shrink*everybody) / (perRow * (s.rows + shrink) * all.rows)
		}
		e := Entry{OrgID: id, OrgName: names[id], Engagements: s.rows, Clients: s.clients, Served: 10_000 * s.clients / most,
			Effect: mean(s.effect, all.effect, 1), Satisfaction: mean(s.satisfaction, all.satisfaction, 2), Adjustments: kept[id]}
		e.Base = (w.Served*e.Served + w.Satisfaction*e.Satisfaction + w.Effect*e.Effect) / 100
		entries = append(entries, e)
	}
	order(entries)
	return entries
}

// order brings totals up to date and entries into their places.
func order(entries []Entry) {
	for i := range entries {
		e := &entries[i]
		e.Total = e.Base
		for _, a := range e.Adjustments {
			e.Total += a.Points
		}
		e.Total = min(max(e.Total, 0), 10_000)
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(b.Clients, a.Clients), cmp.Compare(a.OrgID, b.OrgID))
	})
	for i := range entries {
		entries[i].Rank = i + 1
	}
}

// digest is the sum of the rows of all providers, in an order of its own: the same rows give the same sum whoever computes it.
func digest(rows map[string][]RatedRow) string {
	type line struct {
		Org string   `json:"org"`
		Row RatedRow `json:"row"`
	}
	var lines []line
	for id, some := range rows {
		for _, r := range some {
			r.Engagement = ""
			lines = append(lines, line{id, r})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.Org, b.Org), cmp.Compare(a.Row.ID, b.Row.ID)) })
	b, err := json.Marshal(lines)
	if err != nil {
		panic(err) // plain values
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (e *Evaluation) drafting() error {
	if e.State != EvaluationDraft {
		return fault.Newf(fault.Conflict, "evaluation.wrong_state", "the evaluation is %s", e.State)
	}
	return nil
}

// Draft computes the ranking, or computes it anew: adjustments stay, awards are given again.
func (e *Evaluation) Draft(now time.Time, rows map[string][]RatedRow, names map[string]string, s Settings) error {
	if e.State == "" {
		e.State = EvaluationDraft
	}
	if err := e.drafting(); err != nil {
		return err
	}
	kept := map[string][]Adjustment{}
	for _, old := range e.Entries {
		kept[old.OrgID] = old.Adjustments
	}
	e.Weights, e.CapFen, e.MaxWinners, e.Unverified = s.Weights, s.AwardCapFen, s.Winners, slices.Contains(s.Unverified, "awardCapFen")
	e.Entries, e.Digest, e.ComputedAt = Rank(e.Year, rows, names, e.Weights, kept), digest(rows), when.At(now)
	return nil
}

// Adjust moves one provider's score, with the reason.
func (e *Evaluation) Adjust(now time.Time, by, orgID string, points int, reason string) error {
	if err := e.drafting(); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	i := slices.IndexFunc(e.Entries, func(x Entry) bool { return x.OrgID == orgID })
	if i < 0 {
		return fault.New(fault.NotFound, "", "this provider is not ranked")
	}
	if points == 0 {
		return fault.Bad(fault.Field{Path: "points", Code: "required"})
	}
	e.Entries[i].Adjustments = append(e.Entries[i].Adjustments, Adjustment{Points: points, Reason: reason, By: by, At: when.At(now)})
	order(e.Entries)
	return nil
}

// SetAwards says who is awarded and how much: ranked providers only, no more than the settings allow, each within the cap.
func (e *Evaluation) SetAwards(fen map[string]int64) error {
	if err := e.drafting(); err != nil {
		return err
	}
	if len(fen) > e.MaxWinners {
		return fault.Newf(fault.Conflict, "evaluation.too_many_winners", "at most %d are awarded", e.MaxWinners)
	}
	for id, amount := range fen {
		if amount < 0 || amount > e.CapFen {
			return fault.Newf(fault.Conflict, "evaluation.above_cap", "an award is at most %d fen", e.CapFen)
		}
		if !slices.ContainsFunc(e.Entries, func(x Entry) bool { return x.OrgID == id }) {
			return fault.New(fault.NotFound, "", "this provider is not ranked")
		}
	}
	for i := range e.Entries {
		amount, won := fen[e.Entries[i].OrgID]
		e.Entries[i].AwardFen, e.Entries[i].Certificate = amount, ""
		if won {
			e.Entries[i].Certificate = "pending" // numbered when published
		}
	}
	return nil
}

// winners are the awarded entries, by rank.
func (e *Evaluation) winners() []Entry {
	return slices.DeleteFunc(slices.Clone(e.Entries), func(x Entry) bool { return x.Certificate == "" })
}

// PutUp freezes the ranking and has the result put up for notice.
func (e *Evaluation) PutUp(now time.Time, s Settings) error {
	if err := e.drafting(); err != nil {
		return err
	}
	if len(e.winners()) == 0 {
		return fault.New(fault.Conflict, "evaluation.no_winner", "nobody is awarded")
	}
	e.Notices++
	e.State, e.FrozenAt = EvaluationNotice, when.At(now)
	e.Notice = &Notice{Round: e.Notices, State: "planned", WorkingDays: s.NoticeWorkingDays, StartsAt: when.At(now)}
	e.DueAt = 1
	return nil
}

// NoticeIs takes over how its notice stands. Stopped, the evaluation is a draft again; a word about an earlier notice changes nothing.
func (e *Evaluation) NoticeIs(round int, state string, ends time.Time, reason string) {
	n := e.Notice
	if e.State != EvaluationNotice || n == nil || n.Round != round {
		return
	}
	n.State, n.Reason, e.DueAt = state, reason, 0
	if !ends.IsZero() {
		n.EndsAt = when.At(ends)
	}
	if state == "open" {
		e.DueAt = n.EndsAt // asked then, should its word be lost
	}
	if state == "stopped" || state == "withdrawn" {
		e.State, e.FrozenAt = EvaluationDraft, 0
	}
}

// Conclude publishes the result once the notice has ended. certificate numbers the winners by rank.
func (e *Evaluation) Conclude(now time.Time, certificate func(rank int) string) error {
	if e.State != EvaluationNotice {
		return fault.Newf(fault.Conflict, "evaluation.wrong_state", "the evaluation is %s", e.State)
	}
	if e.Notice.State != "ended" {
		return fault.New(fault.Conflict, "admission.notice_running", "the public notice has not ended")
	}
	for i := range e.Entries {
		if e.Entries[i].Certificate != "" {
			e.Entries[i].Certificate = certificate(e.Entries[i].Rank)
		}
	}
	e.State, e.PublishedAt, e.DueAt = EvaluationPublished, when.At(now), 0
	return nil
}
