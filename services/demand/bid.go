package demand

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// BidState is where a bid stands.
type BidState string

// The states of a bid (DOMAIN.md). The word Bid stands before those that a demand has too.
const (
	BidDraft     BidState = "draft"
	BidSubmitted BidState = "submitted"
	FormalCheck  BidState = "formal_check"
	Correction   BidState = "correction"
	Shortlisted  BidState = "shortlisted"
	Won          BidState = "won"
	Lost         BidState = "lost"
	BidWithdrawn BidState = "withdrawn"

	Comparing    BidState = "comparing"     // a quote after the deadline
	TrialOffered BidState = "trial_offered" // scenario: the issuer named period and terms
	Trialling    BidState = "trialling"
	Reported     BidState = "reported"
	Talking      BidState = "talking" // project

	// A consortium member's seat is a bid document of its own, so that no organisation sits twice: see consortium.go.
	Seat         BidState = "seat"
	SeatReleased BidState = "seat_released"
)

// Part says which half of a bid something belongs to.
type Part string

// The 对接表 is open to the issuer at once, the 申请书 is sealed; formal papers are handed in during a correction, papers of a trial or of
// talks while these last.
const (
	Docking     Part = "docking"
	Application Part = "application"
	Formal      Part = "formal"
	Dealings    Part = "dealings"
)

// DockingForm is the 对接表: who is interested.
type DockingForm struct {
	OrganisationName     string `json:"organisationName,omitempty"`
	CreditCode           string `json:"creditCode,omitempty"`
	Province             string `json:"province,omitempty"`
	City                 string `json:"city,omitempty"`
	District             string `json:"district,omitempty"`
	LegalRepresentative  string `json:"legalRepresentative,omitempty"`
	ContactName          string `json:"contactName,omitempty"`
	ContactPhone         string `json:"contactPhone,omitempty"`
	Email                string `json:"email,omitempty"`
	RegisteredCapitalFen int64  `json:"registeredCapitalFen,omitempty"`
	RevenueFen           int64  `json:"revenueFen,omitempty"`
	Employees            int    `json:"employees,omitempty"`
	Brief                string `json:"brief,omitempty"`
}

// ApplicationForm is the 申请书: how, for how much, by when.
type ApplicationForm struct {
	Title          string `json:"title,omitempty"`
	Capability     string `json:"capability,omitempty"`
	Team           string `json:"team,omitempty"`
	Plan           string `json:"plan,omitempty"`
	PriceFen       int64  `json:"priceFen,omitempty"`
	ScheduleMonths int    `json:"scheduleMonths,omitempty"`
	Schedule       string `json:"schedule,omitempty"`
	CooperationWay string `json:"cooperationWay,omitempty"`
	// Shares of a consortium: work and money, each member's, in basis points.
	Shares []MemberShare `json:"shares,omitempty"`
}

// Offer is what a bidder writes: the interest form, and the form of the demand's kind. All but the interest form is the sealed part.
type Offer struct {
	Docking     DockingForm     `json:"docking"`
	Application ApplicationForm `json:"application"`          // rnd
	Quote       QuoteForm       `json:"quote,omitzero"`       // supply, service
	Trial       TrialForm       `json:"trial,omitzero"`       // scenario
	Interest    InterestForm    `json:"interest,omitzero"`    // project
	Achievement AchievementRef  `json:"achievement,omitzero"` // of the bidder's own, that the offer builds on
	Prefilled   []string        `json:"prefilled,omitempty"`
}

// Check is the formal check's outcome.
type Check struct {
	Outcome     string       `json:"outcome"` // pass, correction, fail
	Reason      string       `json:"reason,omitempty"`
	Missing     []string     `json:"missing,omitempty"`
	CorrectBy   when.Instant `json:"correctBy,omitempty"`
	CorrectedAt when.Instant `json:"correctedAt,omitempty"`
	At          when.Instant `json:"at"`
}

// The outcomes of a formal check.
const (
	Pass        = "pass"
	NeedsPapers = "correction"
	Fail        = "fail"
)

// Score is one criterion's score, 0–100, with its reason.
type Score struct {
	Key    string `json:"key"`
	Weight int    `json:"weight"`
	Score  int    `json:"score"`
	Reason string `json:"reason"`
	// Hundredths is a panel's mean to two decimals, which Score rounds; 0 where the issuer scored itself.
	Hundredths int `json:"hundredths,omitempty"`
}

// hundredths is the score with two decimals.
func (s *Score) hundredths() int { return cmp.Or(s.Hundredths, 100*s.Score) }

// Bid is one organisation's application to take a demand, in one round.
type Bid struct {
	ID          string       `json:"id"` // BidID(demand, round, organisation)
	DemandID    string       `json:"demandId"`
	Kind        Kind         `json:"kind,omitempty"` // of the demand
	Round       int          `json:"round"`
	OrgID       string       `json:"orgId"`
	OrgName     string       `json:"orgName"`
	State       BidState     `json:"state"`
	Offer       Offer        `json:"offer"`
	Attachments []Attachment `json:"attachments,omitempty"`
	SubmittedAt when.Instant `json:"submittedAt"`

	Sealed bool   `json:"sealed,omitempty"` // the demand's bids are sealed at rest: see sealing.go
	Closed []byte `json:"closed,omitempty"` // the sealed part as it is kept; the offer has it while the bid is open in memory
	opened *opened

	Members []ConsortiumMember `json:"members,omitempty"` // of a consortium, the lead first
	LeadBid string             `json:"leadBid,omitempty"` // of a member's seat: the bid it sits in
	Deal    *Trial             `json:"deal,omitempty"`    // scenario, once offered
	Result  *TalksResult       `json:"result,omitempty"`  // project, once recorded
	Talks   int                `json:"talks,omitempty"`   // messages so far

	Check  *Check  `json:"check,omitempty"`
	Scores []Score `json:"scores,omitempty"`
	// Reason is why it lost or was withdrawn; for a loser it is written before the award and shown after it.
	Reason    string `json:"reason,omitempty"`
	Ended     bool   `json:"ended,omitempty"`     // lost because the demand was terminated: nothing was assessed
	Announced bool   `json:"announced,omitempty"` // the bidder was told the outcome
	Reminded  bool   `json:"reminded,omitempty"`  // the bidder was told that the deadline is near
	// SeenChanges is how many changes of the demand the bidder had before it when it last submitted, edited or confirmed.
	SeenChanges int          `json:"seenChanges,omitempty"`
	ChangedAt   when.Instant `json:"changedAt"`
	History     []BidStep    `json:"history"`
}

// BidStep is one line of a bid's own timeline.
type BidStep struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	From   BidState     `json:"from"`
	To     BidState     `json:"to"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId,omitempty"`
	Note   string       `json:"note,omitempty"`
}

// The actions on a bid; the later ones are steps of the clock or of the demand's decision.
const (
	PlaceBid       Action = "placeBid"
	EditBid        Action = "editBid"
	SubmitBid      Action = "submitBid"
	WithdrawBid    Action = "withdrawBid"
	FormalCheckBid Action = "formalCheckBid"
	CorrectBid     Action = "correctBid"
	ScoreBid       Action = "scoreBid"
	ShortlistBid   Action = "shortlistBid"
	OpenBid        Action = "openBid"
	LapseBid       Action = "lapseBid"
	WinBid         Action = "winBid"
	LoseBid        Action = "loseBid"
	ReopenBid      Action = "reopenBid"
	AnnounceBid    Action = "announceBid"
	EndBid         Action = "endBid"
)

// The steps on a consortium's members, a trial, talks.
const (
	InviteMember   Action = "inviteConsortiumMember"
	RemoveMember   Action = "removeConsortiumMember"
	AcceptSeat     Action = "acceptConsortiumSeat"
	DeclineSeat    Action = "declineConsortiumSeat"
	OfferTrial     Action = "offerTrial"
	AcceptTrial    Action = "acceptTrial"
	RefuseTrial    Action = "refuseTrial"
	ReportTrial    Action = "reportTrial"
	DecidePurchase Action = "decidePurchase"
	OpenTalks      Action = "openTalks"
	PostTalk       Action = "postTalk"
	RecordTalks    Action = "recordTalks"
	DeclineBid     Action = "declineBid"
)

type bidRule struct {
	Action Action
	From   []BidState
	By     []Role
}

// BidID is the seat of an organisation on a demand in a round: there can be one bid on it.
func BidID(demandID string, round int, orgID string) string {
	return fmt.Sprintf("%s:%d:%s", demandID, round, orgID)
}

func (b *Bid) may(a Action, by Role) error {
	for _, r := range b.flow().bids {
		if r.Action != a {
			continue
		}
		if !slices.Contains(r.By, by) {
			return fault.Newf(fault.Forbidden, "", "%s is not for the %s", a, by)
		}
		if !slices.Contains(r.From, b.State) {
			return fault.Newf(fault.Conflict, "bid.wrong_state", "%s is not possible while the bid is %s", a, b.State)
		}
		return nil
	}
	return fault.Newf(fault.Forbidden, "", "%s is no action on a bid", a)
}

// maxBidSteps bounds the timeline: past it, an edit or a new score is not written down any more, a change of state always is.
const maxBidSteps = 100

func (b *Bid) record(a Action, by By, now time.Time, to BidState, note string) {
	b.ChangedAt = when.At(now)
	if to != b.State || len(b.History) < maxBidSteps {
		b.History = append(b.History, BidStep{At: when.At(now), Action: a, From: b.State, To: to, Role: by.Role, UserID: by.UserID, Note: note})
	}
	b.State = to
}

// Place takes the organisation's seat with a draft.
func Place(by By, orgName, demandID string, d *Demand, offer Offer, now time.Time) (Bid, error) {
	if by.OrgID == "" {
		return Bid{}, fault.New(fault.Forbidden, "", "only an organisation bids")
	}
	if by.OrgID == d.IssuerID {
		return Bid{}, fault.New(fault.Forbidden, "demand.own_demand", "an organisation does not bid on its own demand")
	}
	if err := d.Accepting(now); err != nil {
		return Bid{}, err
	}
	if err := d.mayAnswer(by.OrgID); err != nil {
		return Bid{}, err
	}
	b := Bid{ID: BidID(demandID, d.Round, by.OrgID), DemandID: demandID, Kind: d.Terms.Kind, Round: d.Round, OrgID: by.OrgID, OrgName: orgName, Offer: offer, Sealed: d.Sealed}
	if d.Terms.Mode == Consortium {
		b.Members = []ConsortiumMember{{OrgID: by.OrgID, OrgName: orgName, Role: LeadRole, State: SeatAccepted, At: when.At(now)}}
	}
	b.record(PlaceBid, by, now, BidDraft, "")
	return b, nil
}

// Edit replaces what was offered, until the deadline. A submitted bid stays in and must stay complete; a withdrawn one becomes a
// draft.
func (b *Bid) Edit(by By, now time.Time, d *Demand, offer Offer) error {
	if err := b.editable(by, now, d); err != nil {
		return err
	}
	b.Offer, b.SeenChanges = offer, d.Changes
	to := BidDraft
	if b.State == BidWithdrawn {
		b.inviteAgain(now)
	}
	if b.State == BidSubmitted {
		if fields := b.Problems(d, now); len(fields) > 0 {
			return fault.Bad(fields...)
		}
		to = BidSubmitted
	}
	if to == b.State { // drafts are saved as they are typed; that is no history
		b.ChangedAt = when.At(now)
		return nil
	}
	b.record(EditBid, by, now, to, "")
	return nil
}

func (b *Bid) editable(by By, now time.Time, d *Demand) error {
	if err := b.may(EditBid, by.Role); err != nil {
		return err
	}
	return d.Accepting(now)
}

// Problems lists what stands in the way of submitting.
func (b *Bid) Problems(d *Demand, now time.Time) []fault.Field {
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	dock := &b.Offer.Docking
	need(dock.OrganisationName != "", "docking.organisationName", "required")
	need(dock.CreditCode != "", "docking.creditCode", "required")
	need(dock.ContactName != "", "docking.contactName", "required")
	need(dock.ContactPhone != "" || dock.Email != "", "docking.contactPhone", "required")
	switch d.Terms.Kind {
	case Supply, ServiceNeed:
		b.Offer.Quote.problems(d, now, need)
	case Scenario:
		b.Offer.Trial.problems(need)
	case Project:
		need(b.Offer.Interest.Intent != "", "interest.intent", "required")
	default:
		app := &b.Offer.Application
		need(app.Capability != "", "application.capability", "required")
		need(app.Plan != "", "application.plan", "required")
		need(app.PriceFen > 0, "application.priceFen", "required")
		need(app.ScheduleMonths > 0, "application.scheduleMonths", "required")
		b.consortiumProblems(d, need)
	}
	return f
}

// Submit puts the bid in. now is the server's; a bid at or after the deadline is out.
func (b *Bid) Submit(by By, now time.Time, d *Demand) error {
	if err := b.may(SubmitBid, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if fields := b.Problems(d, now); len(fields) > 0 {
		return fault.Bad(fields...)
	}
	b.SubmittedAt, b.Reason, b.SeenChanges = when.At(now), "", d.Changes
	b.record(SubmitBid, by, now, BidSubmitted, "")
	return nil
}

// Withdraw takes the bid back, until the deadline. Its seat stays the organisation's.
func (b *Bid) Withdraw(by By, now time.Time, d *Demand, note string) error {
	if err := b.may(WithdrawBid, by.Role); err != nil {
		return err
	}
	if err := b.withdrawable(d, now); err != nil {
		return err
	}
	b.Reason = note
	b.record(WithdrawBid, by, now, BidWithdrawn, note)
	return nil
}

// withdrawable: until the deadline where one decision is taken among all; as long as it is dealt with where each stands on its own.
func (b *Bid) withdrawable(d *Demand, now time.Time) error {
	if d.flow().chooses() {
		return d.Accepting(now)
	}
	return d.Dealing()
}

// Attach adds a file: either part until the deadline, formal papers alone during a correction, papers of the dealings by both sides.
func (b *Bid) Attach(by By, now time.Time, d *Demand, a Attachment) error {
	switch a.Part {
	case Dealings:
		if err := b.dealing(by, d); err != nil {
			return err
		}
	case Formal:
		if err := b.may(CorrectBid, by.Role); err != nil {
			return err
		}
		if b.Check == nil || when.At(now) >= b.Check.CorrectBy {
			return fault.New(fault.Conflict, "bid.correction_over", "the time for the correction is over")
		}
	default:
		if err := b.editable(by, now, d); err != nil {
			return err
		}
	}
	written := func(p Part) bool { return p != Formal && p != Dealings }
	n := 0
	for _, had := range b.Attachments {
		if had.Part == a.Part || written(had.Part) && written(a.Part) { // papers asked for later have room of their own
			n++
		}
	}
	if n >= maxAttachments {
		return fault.Newf(fault.Conflict, "attachment.too_many", "at most %d files", maxAttachments)
	}
	b.Attachments = append(b.Attachments, a)
	b.ChangedAt = when.At(now)
	return nil
}

// Detach takes a file off, until the deadline.
func (b *Bid) Detach(by By, now time.Time, d *Demand, id string) error {
	if err := b.editable(by, now, d); err != nil {
		return err
	}
	n := len(b.Attachments)
	b.Attachments = slices.DeleteFunc(b.Attachments, func(a Attachment) bool { return a.ID == id })
	if len(b.Attachments) == n {
		return fault.New(fault.NotFound, "", "there is no such attachment")
	}
	b.ChangedAt = when.At(now)
	return nil
}

// Digest is the SHA-256 of what was offered, files included by id, as the closing manifest lists it. Formal papers of a later
// correction do not change it.
func (b *Bid) Digest() string {
	var files []Attachment
	for _, a := range b.Attachments {
		if a.Part != Formal && a.Part != Dealings {
			files = append(files, a)
		}
	}
	var members []string
	for _, m := range b.Members {
		if m.State == SeatAccepted {
			members = append(members, m.OrgID)
		}
	}
	content, err := json.Marshal(struct {
		Docking     DockingForm
		Application ApplicationForm
		Files       []Attachment
		Quote       QuoteForm    `json:",omitzero"`
		Trial       TrialForm    `json:",omitzero"`
		Interest    InterestForm `json:",omitzero"`
		Members     []string     `json:",omitempty"`
		Achievement string       `json:",omitempty"`
		Closed      []byte       `json:",omitempty"` // of a bid whose key is lost
	}{b.Offer.Docking, b.Offer.Application, files, b.Offer.Quote, b.Offer.Trial, b.Offer.Interest, members, b.Offer.Achievement.ID, b.Closed})
	if err != nil {
		panic(err) // plain structs always marshal
	}
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Open is the clock's: the deadline has passed and the bid is in the manifest.
func (b *Bid) Open(now time.Time) error {
	if err := b.may(OpenBid, Clock); err != nil {
		return err
	}
	b.record(OpenBid, By{Role: Clock}, now, b.flow().opened, "")
	return nil
}

// NotSubmitted is the reason of a bid whose deadline passed while it was a draft.
const NotSubmitted = "bid.not_submitted_in_time"

// Lapse ends a draft whose deadline has passed.
func (b *Bid) Lapse(now time.Time) error {
	if err := b.may(LapseBid, Clock); err != nil {
		return err
	}
	b.Reason = NotSubmitted
	b.record(LapseBid, By{Role: Clock}, now, BidWithdrawn, NotSubmitted)
	return nil
}

// Checked records the formal check. A correction asks for missing formal papers only, within the setting's working days; once that
// time is over, or the papers are in, the issuer checks again and lets it pass or fail.
func (b *Bid) Checked(by By, now time.Time, d *Demand, c Check, s Settings) error {
	if err := b.assess(FormalCheckBid, by, d); err != nil {
		return err
	}
	if b.State == Correction && when.At(now) < b.Check.CorrectBy {
		return fault.New(fault.Conflict, "bid.correction_running", "the bidder still has time to hand in the papers")
	}
	if c.Outcome != Pass {
		if err := needReason(c.Reason); err != nil {
			return err
		}
	}
	if c.Outcome == Pass && !b.passed() && d.Panel != nil && d.Panel.ClosedAt != 0 {
		return fault.New(fault.Conflict, "panel.closed", "the experts have scored; a bid that passes now would have no score")
	}
	c.At, c.CorrectBy, c.CorrectedAt = when.At(now), 0, 0
	to := FormalCheck
	switch c.Outcome {
	case Pass:
		c.Missing = nil
	case Fail:
		b.Scores = nil
	case NeedsPapers:
		if len(c.Missing) == 0 {
			return fault.Bad(fault.Field{Path: "missing", Code: "required"})
		}
		if b.Check != nil {
			return fault.New(fault.Conflict, "bid.corrected_once", "papers are asked for once; let it pass or fail")
		}
		c.CorrectBy = when.At(s.Calendar.After(now, s.CorrectionWorkingDays))
		to = Correction
	default:
		return fault.Bad(fault.Field{Path: "outcome", Code: "not_a_choice"})
	}
	if b.Check != nil {
		c.CorrectedAt = b.Check.CorrectedAt
	}
	b.Check = &c
	b.record(FormalCheckBid, by, now, to, c.Outcome+": "+c.Reason)
	return nil
}

func (b *Bid) assess(a Action, by By, d *Demand) error {
	if err := b.may(a, by.Role); err != nil {
		return err
	}
	return d.Evaluable(by.Role)
}

// Correct hands in the papers that were asked for. Plan and price stay as they are.
func (b *Bid) Correct(by By, now time.Time, note string) error {
	if err := b.may(CorrectBid, by.Role); err != nil {
		return err
	}
	if when.At(now) >= b.Check.CorrectBy {
		return fault.New(fault.Conflict, "bid.correction_over", "the time for the correction is over")
	}
	if !slices.ContainsFunc(b.Attachments, func(a Attachment) bool { return a.Part == Formal }) {
		return fault.Bad(fault.Field{Path: "attachments", Code: "required", Detail: "attach the missing papers first"})
	}
	b.Check.CorrectedAt = when.At(now)
	b.record(CorrectBid, by, now, FormalCheck, note)
	return nil
}

func (b *Bid) passed() bool { return b.Check != nil && b.Check.Outcome == Pass }
func (b *Bid) failed() bool { return b.Check != nil && b.Check.Outcome == Fail }

// Scored reports whether every criterion has a score.
func (b *Bid) Scored() bool { return len(b.Scores) > 0 }

// Points is the weighted total in hundredths, 0–10,000: the sum of weight × score, half up where a panel's means have decimals.
func (b *Bid) Points() int {
	sum := 0
	for i := range b.Scores {
		sum += b.Scores[i].Weight * b.Scores[i].hundredths()
	}
	return halfUp(sum, 100)
}

// ScoreCriteria scores the bid against each of the demand's criteria, once each, with a reason.
func (b *Bid) ScoreCriteria(by By, now time.Time, d *Demand, given []Score) error {
	if err := b.assess(ScoreBid, by, d); err != nil {
		return err
	}
	if !b.passed() {
		return fault.New(fault.Conflict, "bid.not_checked", "only a bid that passed the formal check is scored")
	}
	if d.Panel != nil {
		return expertsScore
	}
	scores, err := d.criterionScores(given)
	if err != nil {
		return err
	}
	note := ""
	if b.Scored() {
		note = "was " + Total(b.Points())
	}
	b.Scores = scores
	b.record(ScoreBid, by, now, b.State, note)
	return nil
}

var expertsScore = fault.New(fault.Conflict, "panel.scores", "the experts score this demand's bids")

// criterionScores holds scores to the criteria: each once, 0 to 100, with a reason.
func (d *Demand) criterionScores(given []Score) ([]Score, error) {
	var scores []Score
	var fields []fault.Field
	for _, c := range d.Terms.Criteria {
		k := slices.IndexFunc(given, func(s Score) bool { return s.Key == c.Key })
		switch {
		case k < 0:
			fields = append(fields, fault.Field{Path: "scores." + c.Key, Code: "required"})
			continue
		case given[k].Score < 0 || given[k].Score > 100:
			fields = append(fields, fault.Field{Path: "scores." + c.Key + ".score", Code: "too_large"})
		case strings.TrimSpace(given[k].Reason) == "":
			fields = append(fields, fault.Field{Path: "scores." + c.Key + ".reason", Code: "required"})
		}
		scores = append(scores, Score{Key: c.Key, Weight: c.Weight, Score: given[k].Score, Reason: strings.TrimSpace(given[k].Reason)})
	}
	if len(given) > len(d.Terms.Criteria) {
		fields = append(fields, fault.Field{Path: "scores", Code: "unknown_field", Detail: "a score for no criterion, or one twice"})
	}
	if len(fields) > 0 {
		return nil, fault.Bad(fields...)
	}
	return scores, nil
}

// Total shows points as the score people read: two decimals.
func Total(points int) string { return fmt.Sprintf("%d.%02d", points/100, points%100) }

// Shortlist puts a scored bid on the shortlist, or takes it off.
func (b *Bid) Shortlist(by By, now time.Time, d *Demand, on bool, note string) error {
	if err := b.assess(ShortlistBid, by, d); err != nil {
		return err
	}
	to := FormalCheck
	if on {
		if !b.passed() || !b.Scored() {
			return fault.New(fault.Conflict, "bid.not_scored", "only a scored bid goes on the shortlist")
		}
		to = Shortlisted
	}
	if to == b.State {
		return nil
	}
	b.record(ShortlistBid, by, now, to, note)
	return nil
}

// GiveReason writes what a loser will be told; it stays hidden until the award is published.
func (b *Bid) GiveReason(by By, now time.Time, d *Demand, reason string) error {
	if err := b.may(LoseBid, by.Role); err != nil {
		return err
	}
	if err := d.Evaluable(by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	b.Reason, b.ChangedAt = reason, when.At(now)
	return nil
}

// feedbackMissing is the code of what a loser would miss; empty when nothing. A bid that failed the formal check was not assessed,
// and the check's reason is its feedback.
func (b *Bid) feedbackMissing() string {
	switch {
	case b.failed():
		return ""
	case b.flow().scored && !b.Scored():
		return "scores_missing"
	case strings.TrimSpace(b.Reason) == "":
		return "reason_missing"
	}
	return ""
}

// Win ends the bid as one of the winners.
func (b *Bid) Win(by By, now time.Time) error {
	if err := b.may(WinBid, by.Role); err != nil {
		return err
	}
	b.Reason = ""
	b.record(WinBid, by, now, Won, "")
	return nil
}

// Lose ends the bid, never without criterion-level scores and a reason.
func (b *Bid) Lose(by By, now time.Time) error {
	if err := b.may(LoseBid, by.Role); err != nil {
		return err
	}
	if code := b.feedbackMissing(); code != "" {
		return fault.Newf(fault.Conflict, "award.feedback_missing", "bid %s: %s", b.ID, code)
	}
	if b.failed() && b.Reason == "" {
		b.Reason = b.Check.Reason
	}
	b.record(LoseBid, by, now, Lost, "")
	return nil
}

// Reopen takes the outcome back after a revoked or failed publication: the bid stands where it stood before.
func (b *Bid) Reopen(now time.Time) error {
	if err := b.may(ReopenBid, Clock); err != nil {
		return err
	}
	to := FormalCheck
	for _, step := range slices.Backward(b.History) {
		if step.Action == WinBid || step.Action == LoseBid {
			to = step.From
			break
		}
	}
	b.Announced = false
	b.record(ReopenBid, By{Role: Clock}, now, to, "")
	return nil
}

// Announce marks that the bidder was told.
func (b *Bid) Announce(now time.Time) error {
	if err := b.may(AnnounceBid, Clock); err != nil {
		return err
	}
	b.Announced = true
	b.record(AnnounceBid, By{Role: Clock}, now, b.State, "")
	return nil
}

// End ends the bid because its demand was terminated. A draft is withdrawn; a bid that was in is lost with the termination's reason.
func (b *Bid) End(now time.Time, reason string) error {
	if err := b.may(EndBid, Clock); err != nil {
		return err
	}
	b.Reason = reason
	if b.State == BidDraft {
		b.record(EndBid, By{Role: Clock}, now, BidWithdrawn, reason)
		return nil
	}
	b.Ended, b.Announced = true, true
	b.record(EndBid, By{Role: Clock}, now, Lost, reason)
	return nil
}

// Visible reports whether a reader may know of the bid. Drafts and withdrawn bids are nobody's business but the bidder's.
func (b *Bid) Visible(role Role) bool {
	switch role {
	case Bidder, Member, Invitee, Clock:
		return true
	case Issuer, Operator, Expert:
		return b.State != BidDraft && (b.State != BidWithdrawn || b.Deal != nil || b.Talks > 0) && b.LeadBid == ""
	}
	return false
}

// Readable reports whether a reader may read a part of the bid: the seal. The bidder reads its own at any time. Where the demand is
// sealed, issuer and operator read the application only after bidding was recorded closed, and only of a bid in the manifest; a
// demand terminated before that never opens.
func (b *Bid) Readable(part Part, role Role, d *Demand) bool {
	if role == Bidder || role == Member {
		return true
	}
	if role == Invitee {
		return part == Docking
	}
	if !b.Visible(role) {
		return false
	}
	if part == Docking || !d.Sealed {
		return true
	}
	return d.ClosedAt != 0 && d.In(b.ID)
}
