// Package demand holds demands (发榜) and the bids on them (揭榜), from a draft or an imported spreadsheet to the published result.
// It owns what a demand and a bid may become, who may move them, what is sealed from whom, and the public record. It refuses
// to own who an organisation is (account), how well one fits (search), and how people are told (notify).
package demand

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where a demand stands.
type State string

// The states of a demand (DOMAIN.md). InProgress, Accepted and Closed belong to the winners' tasks.
const (
	Draft         State = "draft"
	Submitted     State = "submitted"
	Returned      State = "returned"
	Approved      State = "approved"
	Published     State = "published"
	BiddingClosed State = "bidding_closed"
	Evaluating    State = "evaluating"
	AwardNotice   State = "award_notice"
	Awarded       State = "awarded"
	InProgress    State = "in_progress"
	Accepted      State = "accepted"
	Closed        State = "closed"
	Rejected      State = "rejected"
	NoAward       State = "no_award"
	Terminated    State = "terminated"
	Withdrawn     State = "withdrawn"
)

// Kind is what a demand is about.
type Kind string

// The kinds; each has its own flow, see kinds.go.
const (
	RND         Kind = "rnd"
	Supply      Kind = "supply"
	Scenario    Kind = "scenario"
	Project     Kind = "project"
	ServiceNeed Kind = "service"
)

// Mode is how a demand is awarded.
type Mode string

// The award modes: 竞争立项, 定向委托, 组阁揭榜, 赛马制.
const (
	Open       Mode = "open"
	Directed   Mode = "directed"
	Consortium Mode = "consortium"
	Race       Mode = "race"
)

// Role is what somebody is to one demand, not what they are in general: the same person is Issuer of one and Bidder on another.
type Role string

// The roles. Clock is the passing of time, Stranger anybody else, signed in or not.
const (
	Issuer   Role = "issuer"
	Operator Role = "operator"
	Bidder   Role = "bidder"
	Member   Role = "member"  // of a bidding consortium, not its lead
	Invitee  Role = "invitee" // asked into a consortium
	Expert   Role = "expert"  // on the demand's panel
	Drafter  Role = "drafter" // of the staff, who wrote it for the issuer and waits for its word
	Clock    Role = "system"
	Stranger Role = "stranger"
)

// By is who takes a step.
type By struct {
	Role   Role
	UserID string
	OrgID  string
	Name   string // the organisation's or office's, for the timeline
	// District marks an operator of a district, who decides in the first stage of a review alone.
	District bool
}

// Criterion is one weighted question bids are scored on. The weights of a demand sum to 100.
type Criterion struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	Guide  string `json:"guide,omitempty"`
}

// Contact is whom a verified organisation may ask.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// Attachment is a file kept with a demand or a bid. ID names the blob.
type Attachment struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Size        int64        `json:"size"`
	ContentType string       `json:"contentType"`
	Part        Part         `json:"part,omitempty"`   // bids only
	Sealed      bool         `json:"sealed,omitempty"` // kept unreadable: see sealing.go
	At          when.Instant `json:"at"`
}

// Terms is what the author writes: the union of the national 需求表 and the forms of domain-research §1.3–1.4.
type Terms struct {
	Title            string      `json:"title"`
	Kind             Kind        `json:"kind"`
	Mode             Mode        `json:"mode"`
	ItemNumber       string      `json:"itemNumber"` // the firm's own
	ListName         string      `json:"listName,omitempty"`
	ListID           string      `json:"listId"` // of the list called ListName; where nobody looked it up, the one begun under that name
	NationalCode     string      `json:"nationalCode,omitempty"`
	IndustryCode     string      `json:"industryCode,omitempty"` // GB/T 4754
	Chain            string      `json:"chain"`
	District         string      `json:"district"`
	Brief            string      `json:"brief,omitempty"`
	Background       string      `json:"background,omitempty"`
	Difficulty       string      `json:"difficulty,omitempty"`
	Content          string      `json:"content,omitempty"`
	Targets          []string    `json:"targets,omitempty"`
	BudgetFen        int64       `json:"budgetFen,omitempty"`
	BudgetNegotiable bool        `json:"budgetNegotiable,omitempty"`
	TimeLimitMonths  int         `json:"timeLimitMonths,omitempty"`
	RequiredTRL      int         `json:"requiredTrl,omitempty"` // how far along an answer must be, 1 to 9 (GB/T 37264); 0 not said
	CooperationWays  []string    `json:"cooperationWays,omitempty"`
	IPTerms          string      `json:"ipTerms,omitempty"`
	BidConditions    string      `json:"bidConditions,omitempty"`
	Criteria         []Criterion `json:"criteria,omitempty"`
	MaxWinners       int         `json:"maxWinners,omitempty"`
	Public           bool        `json:"public"`       // anyone may read it
	IssuerPublic     bool        `json:"issuerPublic"` // the issuer's name is public
	// Catalogue offers the demand for the operator's periodic catalogue: once approved, an issue may publish it.
	Catalogue       bool         `json:"catalogue,omitempty"`
	Audience        []string     `json:"audience,omitempty"`
	AudienceRule    AudienceRule `json:"audienceRule,omitzero"`
	PlannedDeadline when.Instant `json:"plannedDeadline,omitempty"`
	Contact         Contact      `json:"contact"`
	Sealed          *bool        `json:"sealed,omitempty"` // nil: as the kind and mode have it
	Payment         Payment      `json:"payment,omitzero"`
	// Achievement is what a counter-demand (订单式研发) starts from; AchievementID repeats its id for the store's index.
	AchievementID string         `json:"achievementId"`
	Achievement   AchievementRef `json:"achievement,omitzero"`

	// What only one kind needs.
	Unit            string `json:"unit,omitempty"` // supply: what Quantity counts
	Quantity        int64  `json:"quantity,omitempty"`
	TrialDays       int    `json:"trialDays,omitempty"`       // scenario: how long a trial may take
	ServiceCategory string `json:"serviceCategory,omitempty"` // service: one of the eight categories
}

// Demand is one item somebody needs done. Its fields change only through the methods below.
type Demand struct {
	State    State  `json:"state"`
	Round    int    `json:"round"`
	Code     string `json:"code"` // public, "2026Q4-0001"; empty until published
	IssuerID string `json:"issuerId"`
	Issuer   string `json:"issuer"` // the organisation's name when the demand was last written
	// IssuerSize is the issuer's class when the demand was last written: it decides which payment terms are lawful.
	IssuerSize SizeClass `json:"issuerSize,omitempty"`
	// Jurisdiction is the issuer's district; its operators review the demand.
	Jurisdiction string       `json:"jurisdiction"`
	Terms        Terms        `json:"terms"`
	Attachments  []Attachment `json:"attachments,omitempty"`
	ImportID     string       `json:"importId,omitempty"`
	ChangedAt    when.Instant `json:"changedAt"`
	// Drafted says that staff wrote it for the issuer, whose submission confirms it; DraftedBy is its UserID, where the index finds it.
	Drafted   *access.Drafted `json:"drafted,omitempty"`
	DraftedBy string          `json:"draftedBy"`

	Sealed      bool         `json:"sealed"`
	Rolling     bool         `json:"rolling,omitempty"`  // published without a deadline; EndBidding sets one
	Deadline    when.Instant `json:"deadline"`           // 0 while rolling
	RemindAt    when.Instant `json:"remindAt,omitempty"` // when bidders with an unsubmitted draft are reminded; 0 once done
	SubmittedAt when.Instant `json:"submittedAt"`
	ReviewDue   when.Instant `json:"reviewDue,omitempty"`
	PublishedAt when.Instant `json:"publishedAt"`
	ClosedAt    when.Instant `json:"closedAt,omitempty"`
	EndedAt     when.Instant `json:"endedAt,omitempty"` // no_award, terminated
	AwardedAt   when.Instant `json:"awardedAt,omitempty"`
	Review      *Review      `json:"review,omitempty"` // from the first submission on
	Reason      string       `json:"reason,omitempty"` // of the last return, rejection or end

	Reach      *Reach   `json:"reach,omitempty"`      // not public: whom it is for, from publishing on
	Invites    []Invite `json:"invites,omitempty"`    // directed, from publishing on
	MinMembers int      `json:"minMembers,omitempty"` // consortium: fixed at publishing

	Panel    *Panel   `json:"panel,omitempty"`    // the experts who score the bids, once one is invited
	Manifest []Entry  `json:"manifest,omitempty"` // the bids that were in when bidding closed
	Award    *Award   `json:"award,omitempty"`
	Contest  *Contest `json:"contest,omitempty"` // an objection upheld after the notice had ended: see contest.go
	Notice   *Notice  `json:"notice,omitempty"`
	Notices  int      `json:"notices,omitempty"` // put up so far, in all rounds
	Returns  int      `json:"returns,omitempty"`
	Tasks    Tasks    `json:"tasks"`

	Changes     int     `json:"changes,omitempty"`     // since publishing
	SubstanceAt int     `json:"substanceAt,omitempty"` // the count at the last change of substance
	Changing    *Change `json:"changing,omitempty"`    // made, and not yet a document of its own

	History []Step `json:"history"`

	// Board and DueAt exist for the store's indexes and follow from the rest: see settle.
	Board string       `json:"board"`
	DueAt when.Instant `json:"dueAt"`
}

// Entry is one line of the closing manifest: a bid that is in, with the digest of what was submitted.
type Entry struct {
	BidID  string       `json:"bidId"`
	Digest string       `json:"digest"`
	At     when.Instant `json:"at"`
}

// Award is the decision. Until it is published it may be replaced.
type Award struct {
	Winners   []string     `json:"winners"`          // bid ids; none for a 流标
	Shares    []Share      `json:"shares,omitempty"` // quotes taken from several: each one's part
	UserID    string       `json:"userId"`           // who decided
	Reason    string       `json:"reason"`
	Deviation string       `json:"deviation,omitempty"` // why a winner is not among the best scores
	DecidedAt when.Instant `json:"decidedAt"`
	Standings []Ranking    `json:"standings,omitempty"` // frozen when published; the public record
	Published bool         `json:"published,omitempty"`
}

// Ranking is a bid's place in the published record.
type Ranking struct {
	BidID   string         `json:"bidId"`
	OrgName string         `json:"orgName"`              // shown for winners only
	Points  int            `json:"points"`               // weight × score, so hundredths
	Scores  map[string]int `json:"hundredths,omitempty"` // by criterion, in hundredths
	Passed  bool           `json:"passed"`               // the formal check
	Won     bool           `json:"won"`
	Rank    int            `json:"rank,omitempty"`
}

// Tasks are the follow-up steps that touch other documents and may be cut short by a crash: each stays set until its last
// document is done, and the clock takes it up again.
type Tasks struct {
	OpenBids bool `json:"openBids,omitempty"` // closed: move the manifest's bids into the formal check, end the drafts
	Deciding bool `json:"deciding,omitempty"` // publishing: the bids are being told won or lost; scores and decision are frozen
	Announce bool `json:"announce,omitempty"` // published: send each bidder its outcome
	Reopened bool `json:"reopened,omitempty"` // a new round: tell those who followed the one before
	Reopen   bool `json:"reopen,omitempty"`   // the notice was stopped: take the outcomes back
	EndBids  bool `json:"endBids,omitempty"`  // terminated: end the bids
	Invite   bool `json:"invite,omitempty"`   // published: tell the invited
	Tally    bool `json:"tally,omitempty"`    // the panel is closed: write its scores on the bids
	Push     bool `json:"push,omitempty"`     // published: notify the best-fitting organisations
	Change   bool `json:"change,omitempty"`   // changed: record the version, tell all who follow
	Begin    bool `json:"begin,omitempty"`    // the award is final: begin the winners' tasks
	Contest  bool `json:"contest,omitempty"`  // an objection was upheld late: take the award back, unless a contract stands
	Annul    bool `json:"annul,omitempty"`    // the operator withdrew the award: end its tasks
	// Tries of the push; its pause grows.
	Tries  int          `json:"tries,omitempty"`
	NextAt when.Instant `json:"nextAt,omitempty"`
}

func (t Tasks) any() bool {
	return t.OpenBids || t.Deciding || t.Announce || t.Reopened || t.Reopen || t.EndBids || t.Invite || t.Tally || t.Push || t.Change || t.Begin || t.Contest || t.Annul
}

// Step is one line of the timeline.
type Step struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	From   State        `json:"from"`
	To     State        `json:"to"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId,omitempty"`
	Name   string       `json:"name,omitempty"`
	Reason string       `json:"reason,omitempty"`
}

// Action is something that can be done to a demand or a bid; its value is the operation id, or the name of a step of the clock.
type Action string

// The actions on a demand. CloseBidding is the clock's, and so is what becomes of the award notice: see awardnotice.go.
const (
	EditDemand        Action = "editDemand"
	SubmitDemand      Action = "submitDemand"
	ReturnDemand      Action = "returnDemand"
	ApproveDemand     Action = "approveDemand"
	RejectDemand      Action = "rejectDemand"
	PublishDemand     Action = "publishDemand"
	WithdrawDemand    Action = "withdrawDemand"
	TerminateDemand   Action = "terminateDemand"
	CloseBidding      Action = "closeBidding"
	StartEvaluation   Action = "startEvaluation"
	AwardDemand       Action = "awardDemand"
	PublishAward      Action = "publishAward"
	PauseAwardNotice  Action = "pauseAwardNotice"
	ResumeAwardNotice Action = "resumeAwardNotice"
	RevokeAward       Action = "revokeAward"
	ConcludeNotice    Action = "concludeNotice"
	DeclareNoAward    Action = "declareNoAward"
	CreateDemand      Action = "createDemand"
	EndBidding        Action = "endBidding"
	PublishInIssue    Action = "publishInIssue" // the operator's catalogue publishes it; no operation of its own
	ConcludeDemand    Action = "concludeDemand"
	AcceptInvite      Action = "acceptDemandInvite"
	DeclineInvite     Action = "declineDemandInvite"
)

// rule is one row of what may be done when, by whom.
type rule struct {
	Action Action
	From   []State
	By     []Role
}

// may answers whether a role may take an action in the demand's state: nil, Forbidden (never for this role) or Conflict
// demand.wrong_state.
func (d *Demand) may(a Action, by Role) error {
	for _, r := range d.flow().rules {
		if r.Action != a {
			continue
		}
		if !slices.Contains(r.By, by) {
			return fault.Newf(fault.Forbidden, "", "%s is not for the %s", a, by)
		}
		if !slices.Contains(r.From, d.State) {
			return fault.Newf(fault.Conflict, "demand.wrong_state", "%s is not possible while the demand is %s", a, d.State)
		}
		return nil
	}
	return fault.Newf(fault.Forbidden, "", "%s is no action on a demand of the kind %s", a, d.Terms.Kind)
}

// record moves the demand and writes the timeline.
func (d *Demand) record(a Action, by By, now time.Time, to State, reason string) {
	d.History = append(d.History, Step{At: when.At(now), Action: a, From: d.State, To: to, Role: by.Role, UserID: by.UserID,
		Name: by.Name, Reason: reason})
	d.State, d.ChangedAt = to, when.At(now)
	d.settle()
}

// settle derives what the store's indexes need: where the demand shows on the public board, and when the clock must look again.
func (d *Demand) settle() {
	d.Board = ""
	if d.Terms.Public && d.PublishedAt != 0 {
		d.Board = "public"
	}
	d.DueAt = 0
	switch {
	case d.State == Submitted:
		d.DueAt = d.Review.dueAt(d.ReviewDue)
	case d.State == Published:
		d.DueAt = cmp.Or(d.RemindAt, d.Deadline)
	case d.State == AwardNotice && d.Notice != nil:
		d.DueAt = max(d.Notice.AskAt, 1) // 1: at once
	case (d.State == BiddingClosed || d.State == Evaluating) && d.Panel != nil && d.Panel.ClosedAt == 0:
		d.DueAt = d.Panel.RemindAt
	}
	if d.Tasks.any() {
		next := max(d.Tasks.NextAt, 1) // 1: at once
		if d.DueAt == 0 || next < d.DueAt {
			d.DueAt = next
		}
	}
}

// New is a draft of an issuer. Incomplete terms are fine until Submit; impossible ones (weights, counts) are not.
func New(by By, issuer, jurisdiction string, t Terms, now time.Time) (Demand, error) {
	if by.Role != Issuer && by.Role != Drafter || by.OrgID == "" {
		return Demand{}, fault.New(fault.Forbidden, "", "only an organisation posts a demand")
	}
	d := Demand{State: Draft, Round: 1, IssuerID: by.OrgID, Issuer: issuer, Jurisdiction: jurisdiction}
	if err := d.setTerms(t); err != nil {
		return Demand{}, err
	}
	d.record(CreateDemand, by, now, Draft, "")
	return d, nil
}

func (d *Demand) setTerms(t Terms) error {
	t.Title = strings.TrimSpace(t.Title)
	t.Kind, t.Mode = cmp.Or(t.Kind, RND), cmp.Or(t.Mode, Open)
	t.District = cmp.Or(t.District, d.Jurisdiction)
	t.ListName = strings.TrimSpace(t.ListName)
	switch {
	case t.ListName == "":
		t.ListID = ""
	case t.ListID == "":
		t.ListID = listIDOf(d.IssuerID, t.ListName)
	}
	if t.BudgetNegotiable {
		t.BudgetFen = 0
	}
	if !t.targeted() {
		t.AudienceRule = AudienceRule{}
	}
	if t.Kind != RND {
		t.Criteria = nil // answers of other kinds are not scored
	}
	if t.Title == "" {
		return fault.Bad(fault.Field{Path: "title", Code: "required"})
	}
	if len(t.Criteria) > 0 {
		if fields := checkCriteria(t.Criteria); len(fields) > 0 {
			return fault.Bad(fields...)
		}
	}
	d.Terms = t
	return nil
}

// checkCriteria holds criteria to: known once each, weights above zero that sum to 100.
func checkCriteria(criteria []Criterion) []fault.Field {
	var fields []fault.Field
	sum, seen := 0, map[string]bool{}
	for i, c := range criteria {
		if c.Key == "" || seen[c.Key] {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("criteria[%d].key", i), Code: "duplicate"})
		}
		if c.Weight <= 0 {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("criteria[%d].weight", i), Code: "too_small"})
		}
		seen[c.Key] = true
		sum += c.Weight
	}
	if sum != 100 {
		fields = append(fields, fault.Field{Path: "criteria", Code: "weights_sum", Detail: fmt.Sprintf("the weights sum to %d, not 100", sum)})
	}
	return fields
}

// Edit replaces the terms of a draft or a returned demand.
func (d *Demand) Edit(by By, now time.Time, t Terms) error {
	if err := d.writable(by); err != nil {
		return err
	}
	if err := d.setTerms(t); err != nil {
		return err
	}
	d.ChangedAt = when.At(now)
	d.settle()
	return nil
}

// Limits on files, per demand or bid.
const maxAttachments = 10

// Attach adds a file to a draft or a returned demand.
func (d *Demand) Attach(by By, a Attachment) error {
	if err := d.writable(by); err != nil {
		return err
	}
	if len(d.Attachments) >= maxAttachments {
		return fault.Newf(fault.Conflict, "attachment.too_many", "at most %d files", maxAttachments)
	}
	d.Attachments = append(d.Attachments, a)
	return nil
}

// Detach takes a file off a draft or a returned demand.
func (d *Demand) Detach(by By, id string) error {
	if err := d.writable(by); err != nil {
		return err
	}
	n := len(d.Attachments)
	d.Attachments = slices.DeleteFunc(d.Attachments, func(a Attachment) bool { return a.ID == id })
	if len(d.Attachments) == n {
		return fault.New(fault.NotFound, "", "there is no such attachment")
	}
	return nil
}

// Problems lists what stands in the way of submitting.
func (d *Demand) Problems(s Settings) []fault.Field { return d.Terms.problems(d.IssuerSize, s) }

// Submit sends a complete draft, or a mended one, to the reviewers, whose clock starts. It confirms what staff drafted.
func (d *Demand) Submit(by By, now time.Time, s Settings) error {
	if err := d.may(SubmitDemand, by.Role); err != nil {
		return err
	}
	if fields := d.Problems(s); len(fields) > 0 {
		return fault.Bad(fields...)
	}
	if len(d.Terms.Criteria) == 0 && d.flow().scored {
		d.Terms.Criteria = slices.Clone(s.Criteria)
	}
	if err := d.Drafted.Confirm(by.UserID, d.Issuer, now); err != nil {
		return err
	}
	d.Terms.MaxWinners = cmp.Or(d.Terms.MaxWinners, s.maxWinners(d.Terms.Kind))
	d.Sealed = d.Terms.sealed()
	d.SubmittedAt = when.At(now)
	d.beginReview(now, s)
	d.record(SubmitDemand, by, now, Submitted, "")
	return nil
}

// maxReturns keeps a demand from going back and forth for ever: after that the operator approves or rejects it.
const maxReturns = 10

// Return sends a submitted demand back for mending.
func (d *Demand) Return(by By, now time.Time, reason string) error {
	if err := d.review(ReturnDemand, by, reason); err != nil {
		return err
	}
	if d.Returns >= maxReturns {
		return fault.Newf(fault.Conflict, "demand.returned_too_often", "it was returned %d times; approve or reject it", d.Returns)
	}
	d.Returns++
	d.endReview(now)
	d.Reason = reason
	d.record(ReturnDemand, by, now, Returned, reason)
	return nil
}

// Reject refuses a submitted demand for good.
func (d *Demand) Reject(by By, now time.Time, reason string) error {
	if err := d.review(RejectDemand, by, reason); err != nil {
		return err
	}
	d.endReview(now)
	d.Reason, d.EndedAt = reason, when.At(now)
	d.record(RejectDemand, by, now, Rejected, reason)
	return nil
}

func (d *Demand) review(a Action, by By, reason string) error {
	if err := d.may(a, by.Role); err != nil {
		return err
	}
	if err := d.turn(a, by); err != nil {
		return err
	}
	return needReason(reason)
}

// needReason enforces that a rejected, returned or ended thing always carries a reason.
func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	return nil
}

// Approve lets the issuer publish. It is the city's; a district's yes is Pass.
func (d *Demand) Approve(by By, now time.Time, note string) error {
	if err := d.may(ApproveDemand, by.Role); err != nil {
		return err
	}
	if err := d.turn(ApproveDemand, by); err != nil {
		return err
	}
	d.endReview(now)
	d.Reason = ""
	d.record(ApproveDemand, by, now, Approved, note)
	return nil
}

// Withdraw takes back a demand nobody relies on yet, or declines what staff drafted.
func (d *Demand) Withdraw(by By, now time.Time, reason string) error {
	if err := d.review(WithdrawDemand, by, reason); err != nil {
		return err
	}
	if d.Drafted.Open() {
		if err := d.Drafted.Decline(d.Issuer, reason, now); err != nil {
			return err
		}
	}
	d.endReview(now)
	d.Reason, d.EndedAt = reason, when.At(now)
	d.record(WithdrawDemand, by, now, Withdrawn, reason)
	return nil
}

// remindBefore is how long before the deadline a bidder who has not submitted yet hears of it.
const remindBefore = 24 * time.Hour

// Publish opens the demand for bids until the deadline, under its public code; a zero deadline keeps it open until EndBidding, where the
// kind and seal allow it. Criteria and weights are fixed from here on. invited are those of a directed demand, by name.
func (d *Demand) Publish(by By, now time.Time, deadline time.Time, code string, invited []Invite, s Settings) error {
	return d.publishAs(PublishDemand, by, now, deadline, code, invited, s)
}

// PublishIn opens bidding as part of the operator's issue, whose number becomes the code, if its issuer offered it.
func (d *Demand) PublishIn(by By, now time.Time, deadline time.Time, number string, invited []Invite, s Settings) error {
	if err := d.may(PublishInIssue, by.Role); err != nil {
		return err
	}
	if !d.Terms.Catalogue {
		return fault.New(fault.Conflict, "issue.not_offered", "its issuer has not offered it for a catalogue")
	}
	return d.publishAs(PublishInIssue, by, now, deadline, number, invited, s)
}

func (d *Demand) publishAs(action Action, by By, now time.Time, deadline time.Time, code string, invited []Invite, s Settings) error {
	if err := d.may(action, by.Role); err != nil {
		return err
	}
	d.Rolling = deadline.IsZero()
	switch {
	case d.Rolling && (!d.flow().rolling || d.Sealed):
		return fault.Bad(fault.Field{Path: "deadline", Code: "required"})
	case d.Rolling:
	case !deadline.After(now) || deadline.Before(now.AddDate(0, 0, s.MinPublishDays)):
		return fault.Bad(fault.Field{Path: "deadline", Code: "too_soon",
			Detail: fmt.Sprintf("at least %d days from now", s.MinPublishDays)})
	case deadline.After(now.AddDate(2, 0, 0)):
		return fault.Bad(fault.Field{Path: "deadline", Code: "too_late", Detail: "at most two years from now"})
	}
	if err := d.reachable(); err != nil {
		return err
	}
	d.Code, d.PublishedAt, d.Deadline = code, when.At(now), when.At(deadline.Truncate(time.Second))
	if at := deadline.Add(-remindBefore); at.After(now) {
		d.RemindAt = when.At(at)
	}
	if d.Terms.Mode == Directed {
		d.Invites, d.Tasks.Invite = invited, true
	}
	if d.Terms.Mode == Consortium {
		d.MinMembers = s.MinMembers
	}
	d.Tasks.Push, d.Tasks.NextAt = d.Terms.Mode != Directed, 0
	d.record(action, by, now, Published, "")
	return nil
}

// Accepting reports whether a bid may come in at now: nil, or the Conflict that says why not.
func (d *Demand) Accepting(now time.Time) error {
	switch {
	case d.State != Published && d.ClosedAt != 0, d.State == Published && d.Deadline != 0 && when.At(now) >= d.Deadline:
		return fault.New(fault.Conflict, "demand.deadline_passed", "the deadline has passed")
	case d.State != Published:
		return fault.Newf(fault.Conflict, "demand.not_open", "bids come in while the demand is published; it is %s", d.State)
	}
	return nil
}

// Close ends bidding of a round, once and for ever: within it ClosedAt never goes back, so no clock jump reopens it. in are the bids submitted before the
// deadline, read after no write from before it can still be on its way (see Service.closeGrace).
func (d *Demand) Close(by By, now time.Time, in []Entry) error {
	if err := d.may(CloseBidding, by.Role); err != nil {
		return err
	}
	if d.Deadline == 0 || when.At(now) < d.Deadline {
		return fault.New(fault.Conflict, "demand.deadline_not_passed", "the deadline has not passed")
	}
	d.ClosedAt, d.Manifest, d.RemindAt = when.At(now), in, 0
	d.Tasks.OpenBids, d.Tasks.NextAt = true, 0
	d.record(CloseBidding, by, now, BiddingClosed, "")
	return nil
}

// In reports whether a bid is in the closing manifest.
func (d *Demand) In(bidID string) bool {
	return slices.ContainsFunc(d.Manifest, func(e Entry) bool { return e.BidID == bidID })
}

// StartEvaluation is taken with the first formal check.
func (d *Demand) StartEvaluation(by By, now time.Time) error {
	if err := d.may(StartEvaluation, by.Role); err != nil {
		return err
	}
	d.record(StartEvaluation, by, now, Evaluating, "")
	return nil
}

// Evaluable reports whether bids may be checked, scored and shortlisted now.
func (d *Demand) Evaluable(by Role) error {
	if by != Issuer {
		return fault.New(fault.Forbidden, "", "the issuer evaluates")
	}
	if d.State != BiddingClosed && d.State != Evaluating {
		return fault.Newf(fault.Conflict, "demand.wrong_state", "bids are evaluated after the deadline; the demand is %s", d.State)
	}
	if d.Tasks.Deciding || d.Tasks.Reopen {
		return fault.New(fault.Conflict, "award.publishing", "the decision is being published")
	}
	return nil
}

// Decision is what an issuer decides: who wins, why, and, for quotes taken from several, each one's share of the whole in basis points.
type Decision struct {
	Winners   []string // bid ids
	Shares    []Share
	Reason    string
	Deviation string // why a winner is not among the best scores; the public record shows it
}

// Decide records the winners (定榜). bids are the manifest's. Winners must stand where the kind chooses from (shortlisted, or compared)
// and be at most MaxWinners; one who is not among the best scores needs a deviation reason.
func (d *Demand) Decide(by By, now time.Time, c Decision, bids []Bid) error {
	if err := d.review(AwardDemand, by, c.Reason); err != nil {
		return err
	}
	if d.Tasks.Deciding || d.Tasks.Reopen {
		return fault.New(fault.Conflict, "award.publishing", "the decision is being published")
	}
	winners := c.Winners
	if len(winners) == 0 || len(winners) > d.Terms.MaxWinners {
		return fault.Bad(fault.Field{Path: "winners", Code: "count", Detail: fmt.Sprintf("1 to %d winners", d.Terms.MaxWinners)})
	}
	lowest := 0
	for i, id := range winners {
		at := fmt.Sprintf("winners[%d]", i)
		k := slices.IndexFunc(bids, func(b Bid) bool { return b.ID == id })
		switch {
		case slices.Contains(winners[:i], id):
			return fault.Bad(fault.Field{Path: at, Code: "duplicate"})
		case k < 0 || !d.In(id):
			return fault.Bad(fault.Field{Path: at, Code: "not_in", Detail: "the bid is not in the closing manifest"})
		case bids[k].State != d.flow().winnable:
			return fault.Bad(fault.Field{Path: at, Code: "not_shortlisted"})
		case bids[k].Expired(now):
			return fault.Bad(fault.Field{Path: at, Code: "quote_expired"})
		}
		if points := bids[k].Points(); i == 0 || points < lowest {
			lowest = points
		}
	}
	if strings.TrimSpace(c.Deviation) == "" {
		for _, b := range bids {
			if !slices.Contains(winners, b.ID) && b.Scored() && b.Points() > lowest {
				return fault.Bad(fault.Field{Path: "deviationReason", Code: "required",
					Detail: "a bid with a better score does not win; say why"})
			}
		}
	}
	shares, err := d.shares(c)
	if err != nil {
		return err
	}
	d.Award = &Award{Winners: slices.Clone(winners), Shares: shares, UserID: by.UserID, Reason: c.Reason, Deviation: c.Deviation, DecidedAt: when.At(now)}
	d.record(AwardDemand, by, now, Evaluating, c.Reason)
	return nil
}

// FeedbackMissing lists the bids that may not be told yet that they lost: the no-black-hole rule.
func (d *Demand) FeedbackMissing(bids []Bid, winners []string) []fault.Field {
	var fields []fault.Field
	for _, e := range d.Manifest {
		if slices.Contains(winners, e.BidID) {
			continue
		}
		k := slices.IndexFunc(bids, func(b Bid) bool { return b.ID == e.BidID })
		if k < 0 || bids[k].feedbackMissing() != "" {
			code := "missing"
			if k >= 0 {
				code = bids[k].feedbackMissing()
			}
			fields = append(fields, fault.Field{Path: "bids." + e.BidID, Code: code})
		}
	}
	return fields
}

// patience is how long a publication under way is left to the request that began it, before the clock takes it up.
const patience = 30 * time.Second

// BeginPublishing freezes decision and scores, after which every bid is told won or lost and FinishPublishing follows.
func (d *Demand) BeginPublishing(by By, now time.Time, bids []Bid) error {
	if err := d.may(PublishAward, by.Role); err != nil {
		return err
	}
	if d.Award == nil {
		return fault.New(fault.Conflict, "award.not_decided", "decide the winners first")
	}
	if d.Tasks.Reopen {
		return fault.New(fault.Conflict, "award.publishing", "the former decision is still being taken back")
	}
	if fields := d.FeedbackMissing(bids, d.Award.Winners); len(fields) > 0 {
		e := fault.New(fault.Conflict, "award.feedback_missing", "every losing bid needs its scores and a reason first")
		e.Fields = fields
		return e
	}
	d.Tasks.Deciding, d.Tasks.NextAt = true, when.At(now.Add(patience))
	d.settle()
	return nil
}

// CancelPublishing unfreezes after a bid could not be told (its feedback went missing in between).
func (d *Demand) CancelPublishing() {
	d.Tasks.Deciding, d.Tasks.Reopen, d.Tasks.NextAt = false, true, 0
	if d.Award != nil && len(d.Award.Winners) == 0 {
		d.Award = nil // a 流标 that did not come about
	}
	d.settle()
}

// FinishPublishing has the award notice put up. bids are the manifest's, every one of them won or lost.
func (d *Demand) FinishPublishing(by By, now time.Time, s Settings, bids []Bid) error {
	if err := d.may(PublishAward, by.Role); err != nil {
		return err
	}
	if !d.Tasks.Deciding || d.Award == nil {
		return fault.New(fault.Conflict, "award.not_decided", "the decision is not being published")
	}
	standings, err := d.standings(bids)
	if err != nil {
		return err
	}
	d.Award.Standings, d.Award.Published = standings, true
	d.Tasks.Deciding, d.Tasks.Announce, d.Tasks.NextAt = false, true, 0
	if !d.flow().scored { // a purchase: the buyer's choice stands no public notice
		d.AwardedAt, d.Tasks.Begin = when.At(now), d.Terms.Kind.tasked()
		d.record(PublishAward, by, now, Awarded, d.Award.Reason)
		return nil
	}
	d.planNotice(now, s)
	d.record(PublishAward, by, now, AwardNotice, d.Award.Reason)
	return nil
}

// standings freezes the record and holds it to the invariants: every bid of the manifest has an outcome, the winners are the decided
// ones, and no loser lacks feedback.
func (d *Demand) standings(bids []Bid) ([]Ranking, error) {
	var all []Ranking
	for _, e := range d.Manifest {
		k := slices.IndexFunc(bids, func(b Bid) bool { return b.ID == e.BidID })
		if k < 0 || bids[k].State != Won && bids[k].State != Lost {
			return nil, fault.Newf(fault.Conflict, "award.feedback_missing", "bid %s has no outcome", e.BidID)
		}
		b := &bids[k]
		won := d.Award != nil && slices.Contains(d.Award.Winners, b.ID)
		if won != (b.State == Won) || !won && b.feedbackMissing() != "" {
			return nil, fault.Newf(fault.Conflict, "award.feedback_missing", "bid %s does not fit the decision", e.BidID)
		}
		r := Ranking{BidID: b.ID, OrgName: b.OrgName, Passed: b.passed(), Won: won}
		if b.Scored() {
			r.Points, r.Scores = b.Points(), map[string]int{}
			for i := range b.Scores {
				r.Scores[b.Scores[i].Key] = b.Scores[i].hundredths()
			}
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b Ranking) int {
		return cmp.Or(-cmp.Compare(btoi(a.Scores != nil), btoi(b.Scores != nil)), -cmp.Compare(a.Points, b.Points), cmp.Compare(a.BidID, b.BidID))
	})
	for i := range all {
		if all[i].Scores == nil {
			continue
		}
		all[i].Rank = i + 1
		if i > 0 && all[i-1].Points == all[i].Points {
			all[i].Rank = all[i-1].Rank // equal scores share a rank
		}
	}
	return all, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// BeginNoAward freezes the scores before a 流标, under the same rule: nobody loses without feedback.
func (d *Demand) BeginNoAward(by By, now time.Time, reason string, bids []Bid) error {
	if err := d.review(DeclareNoAward, by, reason); err != nil {
		return err
	}
	if d.Tasks.Deciding || d.Tasks.Reopen {
		return fault.New(fault.Conflict, "award.publishing", "a decision is being published")
	}
	if fields := d.FeedbackMissing(bids, nil); len(fields) > 0 {
		e := fault.New(fault.Conflict, "award.feedback_missing", "every bid needs its scores and a reason first")
		e.Fields = fields
		return e
	}
	d.Award = &Award{UserID: by.UserID, Reason: reason, DecidedAt: when.At(now)}
	d.Tasks.Deciding, d.Tasks.NextAt = true, when.At(now.Add(patience))
	d.settle()
	return nil
}

// FinishNoAward ends the demand without a winner.
func (d *Demand) FinishNoAward(by By, now time.Time, bids []Bid) error {
	if err := d.may(DeclareNoAward, by.Role); err != nil {
		return err
	}
	if !d.Tasks.Deciding || d.Award == nil || len(d.Award.Winners) > 0 {
		return fault.New(fault.Conflict, "award.not_decided", "no such decision is being published")
	}
	standings, err := d.standings(bids)
	if err != nil {
		return err
	}
	d.Award.Standings, d.Award.Published = standings, true
	d.Reason, d.EndedAt = d.Award.Reason, when.At(now)
	d.Tasks.Deciding, d.Tasks.Announce, d.Tasks.NextAt = false, true, 0
	d.record(DeclareNoAward, by, now, NoAward, d.Reason)
	return nil
}

// Terminate ends a published demand. Its bids end with it, and each bidder is told the reason; what was sealed stays sealed.
func (d *Demand) Terminate(by By, now time.Time, reason string) error {
	if err := d.review(TerminateDemand, by, reason); err != nil {
		return err
	}
	if d.Tasks.Deciding {
		return fault.New(fault.Conflict, "award.publishing", "the decision is being published")
	}
	d.Reason, d.EndedAt, d.Award = reason, when.At(now), nil
	d.Tasks = Tasks{EndBids: true}
	d.record(TerminateDemand, by, now, Terminated, reason)
	return nil
}

// Remindable reports whether the reminder is due.
func (d *Demand) Remindable(now time.Time) bool {
	return d.State == Published && d.RemindAt != 0 && when.At(now) >= d.RemindAt && when.At(now) < d.Deadline
}

// RemindedAll clears the reminder.
func (d *Demand) RemindedAll() {
	d.RemindAt = 0
	d.settle()
}

// Done clears a follow-up task whose last document is done.
func (d *Demand) Done(task func(*Tasks)) {
	task(&d.Tasks)
	if !d.Tasks.any() {
		d.Tasks = Tasks{}
	}
	d.settle()
}

// Ended reports whether nothing more will happen to the demand here.
func (s State) Ended() bool {
	return s == Rejected || s == NoAward || s == Terminated || s == Withdrawn || s == Closed
}

// Visible reports whether a reader may know of the demand. orgID is the reader's organisation, empty when none.
func (d *Demand) Visible(role Role, orgID string) bool {
	switch role {
	case Issuer, Clock, Drafter:
		return true
	case Operator:
		return d.SubmittedAt != 0 // what was never submitted is the author's alone
	}
	if d.PublishedAt == 0 {
		return false
	}
	return d.Terms.Public || orgID != "" && d.reaches(orgID)
}
