package demand

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is 专家评审: the issuer (or the operator for it) invites experts once bidding is closed; each declares that nothing ties it to
// anybody in the matter, or says no; each scores every bid alone; when all have handed in, or the issuer closes the scoring, the scores
// become the bids' and the panel may talk. Who is tied to whom is in conflicts.go.

// Panel is a demand's experts. What each wrote is on sheets, documents of their own.
type Panel struct {
	Blind    bool          `json:"blind,omitempty"` // experts see pseudonyms and masked texts
	DueAt    when.Instant  `json:"dueAt"`
	RemindAt when.Instant  `json:"remindAt,omitempty"` // when those who have not handed in are reminded; 0 once done
	Experts  []PanelExpert `json:"experts"`
	ClosedAt when.Instant  `json:"closedAt,omitempty"`
	Reason   string        `json:"reason,omitempty"` // why the scoring was closed before all had handed in
}

// PanelExpert is one of them.
type PanelExpert struct {
	PersonID string       `json:"personId"`
	Name     string       `json:"name"`
	Employer string       `json:"employer,omitempty"`
	State    ExpertState  `json:"state"`
	Note     string       `json:"note,omitempty"` // its declaration, or why it said no
	At       when.Instant `json:"at"`
}

// ExpertState is where an expert stands.
type ExpertState string

// The states of an expert on a panel. Declined and recused ones do not score; recused says that something ties it to the matter.
const (
	ExpertInvited  ExpertState = "invited"
	ExpertAccepted ExpertState = "accepted"
	ExpertDeclined ExpertState = "declined"
	ExpertRecused  ExpertState = "recused"
	ExpertDone     ExpertState = "done" // handed its sheets in; they are frozen
)

// maxPanel bounds a panel; the largest known ones have eleven.
const maxPanel = 15

// Sheet is what one expert wrote on one bid. It is its own until the panel is closed.
type Sheet struct {
	DemandID string       `json:"demandId"`
	Round    int          `json:"round"`
	BidID    string       `json:"bidId"`
	ExpertID string       `json:"expertId"`
	Scores   []Score      `json:"scores"`
	Frozen   bool         `json:"frozen,omitempty"`
	At       when.Instant `json:"at"`
}

// The steps of a panel.
const (
	InvitePanelExpert Action = "invitePanelExpert"
	AnswerPanel       Action = "answerPanel"
	SubmitSheets      Action = "submitSheets"
	ClosePanel        Action = "closePanel"
)

func (p *Panel) expert(personID string) *PanelExpert {
	if p == nil {
		return nil
	}
	for i := range p.Experts {
		if p.Experts[i].PersonID == personID {
			return &p.Experts[i]
		}
	}
	return nil
}

func (d *Demand) panelOpen() error {
	switch {
	case d.Panel == nil:
		return fault.New(fault.Conflict, "panel.none", "no expert is invited")
	case d.Panel.ClosedAt != 0:
		return fault.New(fault.Conflict, "panel.closed", "the scoring is closed")
	}
	return nil
}

// InviteExpert asks an expert onto the panel. conflicts are what ties it to the matter: with one it is not asked. Whether the panel is
// blind and by when it scores is settled with the first.
func (d *Demand) InviteExpert(by By, now time.Time, e PanelExpert, conflicts []ConflictReason, blind bool, due time.Time) error {
	if err := d.may(InvitePanelExpert, by.Role); err != nil {
		return err
	}
	if d.Panel != nil && d.Panel.ClosedAt != 0 {
		return d.panelOpen()
	}
	if had := d.Panel.expert(e.PersonID); had != nil {
		return fault.New(fault.Conflict, "panel.invited", "this expert was asked already")
	}
	if len(conflicts) > 0 {
		return tiedTo(conflicts)
	}
	if d.Panel == nil {
		if !due.After(now) {
			return fault.Bad(fault.Field{Path: "dueAt", Code: "too_soon"})
		}
		d.Panel = &Panel{Blind: blind, DueAt: when.At(due)}
		if at := due.Add(-remindBefore); at.After(now) {
			d.Panel.RemindAt = when.At(at)
		}
	}
	if len(d.Panel.Experts) >= maxPanel {
		return fault.Newf(fault.Conflict, "panel.full", "at most %d experts", maxPanel)
	}
	e.State, e.At = ExpertInvited, when.At(now)
	d.Panel.Experts = append(d.Panel.Experts, e)
	d.ChangedAt = when.At(now)
	d.settle()
	return nil
}

// tiedTo says what ties an expert to the matter it was to be asked in.
func tiedTo(conflicts []ConflictReason) error {
	f := fault.New(fault.Conflict, "panel.conflict", "something ties this expert to the matter")
	for _, c := range conflicts {
		f.Fields = append(f.Fields, fault.Field{Path: "personId", Code: string(c.Kind), Detail: c.With})
	}
	return f
}

// panelRemindable reports whether the experts' reminder is due.
func (d *Demand) panelRemindable(now time.Time) bool {
	p := d.Panel
	return p != nil && p.ClosedAt == 0 && p.RemindAt != 0 && when.At(now) >= p.RemindAt
}

// RemindPanel names the experts whose sheets are missing shortly before they are due, once.
func (d *Demand) RemindPanel(now time.Time) (personIDs []string) {
	if !d.panelRemindable(now) {
		return nil
	}
	for _, e := range d.Panel.Experts {
		if (e.State == ExpertInvited || e.State == ExpertAccepted) && when.At(now) < d.Panel.DueAt {
			personIDs = append(personIDs, e.PersonID)
		}
	}
	d.Panel.RemindAt = 0
	d.settle()
	return personIDs
}

// AnswerPanel is the expert's yes, with its declaration that nothing ties it to anybody in the matter, or its no. Something that does,
// found meanwhile, makes a yes impossible.
func (d *Demand) AnswerPanel(by By, now time.Time, answer ExpertState, note string, conflicts []ConflictReason) error {
	e, err := d.judging(AnswerPanel, by)
	if err != nil {
		return err
	}
	if e.State != ExpertInvited && (e.State != ExpertAccepted || answer == ExpertAccepted) {
		return fault.Newf(fault.Conflict, "panel.answered", "the expert is %s", e.State)
	}
	switch answer {
	case ExpertAccepted:
		if len(conflicts) > 0 {
			return fault.New(fault.Conflict, "panel.conflict", "something ties this expert to the matter")
		}
	case ExpertDeclined, ExpertRecused:
	default:
		return fault.Bad(fault.Field{Path: "answer", Code: "not_a_choice"})
	}
	if err := needReason(note); err != nil {
		return fieldNamed(err, "note")
	}
	e.State, e.Note, e.At = answer, strings.TrimSpace(note), when.At(now)
	d.ChangedAt = when.At(now)
	d.closeWhenAllDone(now)
	return nil
}

// judging finds the caller on an open panel.
func (d *Demand) judging(a Action, by By) (*PanelExpert, error) {
	if err := d.may(a, by.Role); err != nil {
		return nil, err
	}
	if err := d.panelOpen(); err != nil {
		return nil, err
	}
	e := d.Panel.expert(by.UserID)
	if e == nil {
		return nil, fault.New(fault.NotFound, "", "not on this panel")
	}
	return e, nil
}

// Scoring finds the caller as one who may write on its sheets now.
func (d *Demand) Scoring(by By) (*PanelExpert, error) {
	e, err := d.judging(SubmitSheets, by)
	if err == nil && e.State != ExpertAccepted {
		err = fault.Newf(fault.Conflict, "panel.not_scoring", "the expert is %s", e.State)
	}
	return e, err
}

// HandIn records that an expert's sheets, complete and frozen, are in. sheets are its own, bids those of the manifest.
func (d *Demand) HandIn(by By, now time.Time, sheets []Sheet, bids []Bid) error {
	e, err := d.judging(SubmitSheets, by)
	if err != nil {
		return err
	}
	if e.State == ExpertDone {
		return nil // said before
	}
	if e.State != ExpertAccepted {
		return fault.Newf(fault.Conflict, "panel.not_scoring", "the expert is %s", e.State)
	}
	if err := unchecked(bids); err != nil {
		return err
	}
	names := pseudonyms(d)
	var missing []fault.Field
	for i := range bids {
		if bids[i].passed() && !slices.ContainsFunc(sheets, func(s Sheet) bool { return s.BidID == bids[i].ID && s.Frozen }) {
			missing = append(missing, fault.Field{Path: "bids." + names[bids[i].ID], Code: "scores_missing"})
		}
	}
	if len(missing) > 0 {
		return fault.Bad(missing...)
	}
	e.State, e.At = ExpertDone, when.At(now)
	d.ChangedAt = when.At(now)
	d.closeWhenAllDone(now)
	return nil
}

// unchecked refuses while a formal check is open: experts score all bids that passed, and none later.
func unchecked(bids []Bid) error {
	for i := range bids {
		if !bids[i].passed() && !bids[i].failed() {
			return fault.New(fault.Conflict, "panel.checks_open", "finish the formal check of every bid first")
		}
	}
	return nil
}

// closeWhenAllDone closes the scoring once everybody who did not say no has handed in.
func (d *Demand) closeWhenAllDone(now time.Time) {
	done := 0
	for _, e := range d.Panel.Experts {
		switch e.State {
		case ExpertInvited, ExpertAccepted:
			return
		case ExpertDone:
			done++
		}
	}
	if done > 0 {
		d.tally(now)
	}
}

func (d *Demand) tally(now time.Time) {
	d.Panel.ClosedAt = when.At(now)
	d.Tasks.Tally, d.Tasks.NextAt = true, 0
	d.settle()
}

// ClosePanel ends the scoring before all have handed in, with the reason. Sheets that are not in do not count. It takes at least one.
func (d *Demand) ClosePanel(by By, now time.Time, reason string, bids []Bid) error {
	if err := d.review(ClosePanel, by, reason); err != nil {
		return err
	}
	if err := d.panelOpen(); err != nil {
		return err
	}
	if err := unchecked(bids); err != nil {
		return err
	}
	if len(d.Panel.done()) == 0 {
		return fault.New(fault.Conflict, "panel.no_sheets", "no expert has handed in yet")
	}
	d.Panel.Reason = reason
	d.tally(now)
	d.record(ClosePanel, by, now, d.State, reason)
	return nil
}

// done are the experts whose sheets count, in a fixed order: 专家1, 专家2, … in the public record.
func (p *Panel) done() []string {
	var ids []string
	if p != nil {
		for _, e := range p.Experts {
			if e.State == ExpertDone {
				ids = append(ids, e.PersonID)
			}
		}
	}
	return ids
}

// Tally is the panel's score of one bid, a pure function of the sheets that anybody can repeat: of each criterion the mean of the
// experts' scores, in hundredths, half up. sheets are one bid's, in the experts' order; their reasons go into the feedback.
func Tally(criteria []Criterion, sheets []Sheet) []Score {
	if len(sheets) == 0 {
		return nil
	}
	var all []Score
	for _, c := range criteria {
		s := Score{Key: c.Key, Weight: c.Weight}
		var reasons []string
		for n, sheet := range sheets {
			for _, given := range sheet.Scores {
				if given.Key == c.Key {
					s.Hundredths += 100 * given.Score
					reasons = append(reasons, fmt.Sprintf("专家%d：%s", n+1, given.Reason))
				}
			}
		}
		s.Hundredths = halfUp(s.Hundredths, len(sheets))
		s.Score, s.Reason = halfUp(s.Hundredths, 100), strings.Join(reasons, "；")
		all = append(all, s)
	}
	return all
}

func halfUp(n, by int) int { return (2*n + by) / (2 * by) }

// TakeScores writes the panel's scores on a bid that passed the formal check.
func (b *Bid) TakeScores(now time.Time, scores []Score) {
	if !b.passed() || len(scores) == 0 {
		return
	}
	b.Scores = scores
	b.record(ScoreBid, By{Role: Clock}, now, b.State, "")
}

// write puts an expert's scores on its sheet, each criterion once, with a reason.
func (s *Sheet) write(d *Demand, now time.Time, given []Score) error {
	if s.Frozen {
		return fault.New(fault.Conflict, "panel.frozen", "the sheets are handed in")
	}
	scores, err := d.criterionScores(given)
	if err != nil {
		return err
	}
	s.Scores, s.At = scores, when.At(now)
	return nil
}

// ordered sorts sheets by the experts' order and drops those that do not count.
func (p *Panel) ordered(sheets []Sheet) []Sheet {
	place := map[string]int{}
	for i, id := range p.done() {
		place[id] = i + 1
	}
	var in []Sheet
	for _, s := range sheets {
		if place[s.ExpertID] != 0 && s.Frozen {
			in = append(in, s)
		}
	}
	slices.SortFunc(in, func(x, y Sheet) int { return cmp.Compare(place[x.ExpertID], place[y.ExpertID]) })
	return in
}
