// Package achievement holds what universities and institutes offer (创新成果), the lists it is published in, and the deals that come of
// it. It owns what an achievement and a deal may become, who may move them, the one exclusive slot of an achievement, and the public
// record. It refuses to own who an organisation is (account), how well a demand fits (search), the public notice's clock and its
// objections (notice), and how people are told (notify).
package achievement

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where an achievement stands.
type State string

// The states of an achievement (DOMAIN.md). Reserved and Transferred follow from the deals that hold it.
const (
	Draft       State = "draft"
	Submitted   State = "submitted"
	Returned    State = "returned"
	Published   State = "published"
	Reserved    State = "reserved"
	Transferred State = "transferred"
	Withdrawn   State = "withdrawn"
)

// Desk is where a submitted achievement lies: first with its university's technology-transfer office, then with the operator.
type Desk string

// The two desks.
const (
	AtOffice   Desk = "office"
	AtOperator Desk = "operator"
)

// Role is what somebody is to one achievement or deal.
type Role string

// The roles. A Department drafts and the Office (an owner or admin of the university) approves and deals; Firm is the other side of a
// deal; Clock is the passing of time and what other services decided; Stranger is anybody else.
const (
	Department Role = "department"
	Office     Role = "office"
	Operator   Role = "operator"
	Drafter    Role = "drafter" // of the staff, who wrote it for the university and waits for its word
	Firm       Role = "firm"
	Clock      Role = "system"
	Stranger   Role = "stranger"
)

// By is who takes a step.
type By struct {
	Role   Role
	UserID string
	OrgID  string
	Name   string // the organisation's, for the timeline
}

// Way is how an achievement may be put to use.
type Way string

// The ways: 转让, 许可, 作价入股, 合作开发, 委托开发, 先用后转, 先使用后付费, 开放许可, 咨询, 服务.
const (
	Transfer     Way = "transfer"
	Licence      Way = "licence"
	Equity       Way = "equity"
	Joint        Way = "joint"
	Commissioned Way = "commissioned"
	TrialFirst   Way = "trial_first"
	PayLater     Way = "pay_later"
	OpenLicence  Way = "open_licence"
	Consulting   Way = "consulting"
	Services     Way = "service"
)

// IP is one intellectual property right.
type IP struct {
	Kind   string `json:"kind"`
	Number string `json:"number,omitempty"`
	Status string `json:"status"`
}

// Member is a place in the team, by role: names of people are not published.
type Member struct {
	Role  string `json:"role"`
	About string `json:"about,omitempty"`
}

// Comparison is one line of the economic comparison with the present way.
type Comparison struct {
	Item    string `json:"item"`
	Present string `json:"present"`
	Ours    string `json:"ours"`
}

// Case is where it was tried or is used.
type Case struct {
	Title  string `json:"title"`
	Result string `json:"result,omitempty"`
}

// Contact is whom a verified organisation may ask.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// OpenTerms are the fixed public terms of an open licence. RoyaltyBP is of net sales.
type OpenTerms struct {
	UpfrontFen int64  `json:"upfrontFen,omitempty"`
	RoyaltyBP  int    `json:"royaltyBp,omitempty"`
	Months     int    `json:"months,omitempty"`
	Scope      string `json:"scope,omitempty"`
}

// Profile is what the author writes: the column set of real lists (domain-research §3.1) and what a firm asks on top of it. Its JSON is
// the API's AchievementInput.
type Profile struct {
	Name            string       `json:"name"`
	Department      string       `json:"department,omitempty"`
	Team            []Member     `json:"team,omitempty"`
	Field           string       `json:"field,omitempty"`
	IndustryCode    string       `json:"industryCode,omitempty"` // GB/T 4754
	Chain           string       `json:"chain,omitempty"`        // code of the city's list
	TRL             int          `json:"trl,omitempty"`          // 1 to 9 (GB/T 37264), 0 unknown
	TRLEvidence     string       `json:"trlEvidence,omitempty"`
	Novelty         string       `json:"novelty,omitempty"`
	IP              []IP         `json:"ip,omitempty"`
	Ways            []Way        `json:"ways,omitempty"`
	Summary         string       `json:"summary,omitempty"`
	Problem         string       `json:"problem,omitempty"`
	Audience        string       `json:"audience,omitempty"`
	Advantage       string       `json:"advantage,omitempty"`
	Economics       []Comparison `json:"economics,omitempty"`
	Prospects       string       `json:"prospects,omitempty"`
	Needs           string       `json:"needs,omitempty"`
	Cases           []Case       `json:"cases,omitempty"`
	Video           string       `json:"video,omitempty"`
	PriceFen        int64        `json:"priceFen,omitempty"`
	PriceNegotiable bool         `json:"priceNegotiable,omitempty"`
	OpenTerms       OpenTerms    `json:"openTerms,omitzero"`
	Contact         Contact      `json:"contact,omitzero"`
	SourceList      string       `json:"sourceList,omitempty"`
	SourceIssue     string       `json:"sourceIssue,omitempty"`
}

// Attachment is a picture or paper. ID names the blob.
type Attachment struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Size        int64  `json:"size"`
	ContentType string `json:"contentType"`
}

// Achievement is one result a university offers. Its fields change only through the methods below.
type Achievement struct {
	State       State        `json:"state"`
	Desk        Desk         `json:"desk,omitempty"` // while submitted
	OrgID       string       `json:"orgId"`
	OrgName     string       `json:"orgName"`  // when it was last written
	District    string       `json:"district"` // the university's; its operators review
	Profile     Profile      `json:"profile"`
	Attachments []Attachment `json:"attachments,omitempty"`
	Holds       []Hold       `json:"holds,omitempty"`
	OpenNoticed bool         `json:"openNoticed,omitempty"` // the notice of its open licence ended: the licence is on offer
	OpenNotice  *Stand       `json:"openNotice,omitempty"`  // of the open licence's terms
	Reason      string       `json:"reason,omitempty"`
	SubmittedAt when.Instant `json:"submittedAt"`
	PublishedAt when.Instant `json:"publishedAt"`
	ChangedAt   when.Instant `json:"changedAt"`
	ImportID    string       `json:"importId,omitempty"`
	// Drafted says that staff wrote it for the university, whose submission confirms it; DraftedBy is its UserID, for the store's index.
	Drafted      *access.Drafted `json:"drafted,omitempty"`
	DraftedBy    string          `json:"draftedBy"`
	Versions     []VersionLine   `json:"versions,omitempty"` // of the published text after the first, oldest first
	Change       *Change         `json:"change,omitempty"`
	Telling      *Telling        `json:"telling,omitempty"`
	TellAt       when.Instant    `json:"tellAt"` // for the store's index
	History      []Step          `json:"history"`
	ReviewBoard  string          `json:"reviewBoard"` // for the store's index: "operator" while it waits there
	PublicBoard  string          `json:"publicBoard"` // for the store's index: "public" once published
	NoticeTaskAt when.Instant    `json:"noticeTaskAt"`
}

// Step is one line of the timeline.
type Step struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	To     string       `json:"to"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId,omitempty"`
	Name   string       `json:"name,omitempty"`
	Reason string       `json:"reason,omitempty"`
}

// Action is something that can be done; its value is the operation id, or the name of a step of the clock.
type Action string

// The actions on an achievement. HoldAchievement and the ones after it are taken for a deal.
const (
	CreateAchievement   Action = "createAchievement"
	EditAchievement     Action = "editAchievement"
	SubmitAchievement   Action = "submitAchievement"
	ForwardAchievement  Action = "forwardAchievement"
	ReturnAchievement   Action = "returnAchievement"
	PublishAchievement  Action = "publishAchievement"
	WithdrawAchievement Action = "withdrawAchievement"
	ExpressInterest     Action = "expressInterest"
	HoldAchievement     Action = "holdAchievement"
	ReleaseAchievement  Action = "releaseAchievement"
	SettleAchievement   Action = "settleAchievement"
	OpenLicenceOffered  Action = "openLicenceOffered"
	OpenLicenceStopped  Action = "openLicenceStopped"
)

// rule is one row of what may be done when, by whom.
type rule struct {
	Action Action
	From   []State
	By     []Role
}

var rules = []rule{
	{EditAchievement, []State{Draft, Returned}, []Role{Department, Office, Drafter}},
	{SubmitAchievement, []State{Draft, Returned}, []Role{Department, Office}},
	{ForwardAchievement, []State{Submitted}, []Role{Office}},
	{ReturnAchievement, []State{Submitted}, []Role{Office, Operator}},
	{PublishAchievement, []State{Submitted}, []Role{Operator}},
	{WithdrawAchievement, []State{Draft, Submitted, Returned, Published}, []Role{Office}},
	{ChangeAchievement, []State{Published, Reserved}, []Role{Department, Office}},
	{ApproveAchievementChange, []State{Published, Reserved}, []Role{Office, Operator}},
	{ReturnAchievementChange, []State{Published, Reserved}, []Role{Office, Operator}},
	{ExpressInterest, []State{Published, Reserved}, []Role{Firm}},
	{HoldAchievement, []State{Published, Reserved}, []Role{Firm, Clock}},
	{ReleaseAchievement, []State{Published, Reserved}, []Role{Clock}},
	{SettleAchievement, []State{Published, Reserved}, []Role{Clock}},
}

// May answers whether a role may take an action now: nil, Forbidden (never for this role) or Conflict achievement.wrong_state.
func (a *Achievement) May(act Action, by Role) error {
	i := slices.IndexFunc(rules, func(r rule) bool { return r.Action == act })
	if i < 0 {
		return fault.Newf(fault.Forbidden, "", "%s is no action on an achievement", act)
	}
	r := rules[i]
	if !slices.Contains(r.By, by) {
		return fault.Newf(fault.Forbidden, "", "%s is not for the %s", act, by)
	}
	if !slices.Contains(r.From, a.State) {
		return fault.Newf(fault.Conflict, "achievement.wrong_state", "%s is not possible while the achievement is %s", act, a.State)
	}
	// Who returns and who sends on is who has it on the desk.
	if a.State == Submitted && (act == ReturnAchievement || act == ForwardAchievement || act == PublishAchievement) && (a.Desk == AtOperator) != (by == Operator) {
		return fault.New(fault.Conflict, "achievement.other_desk", "it lies on another desk")
	}
	return nil
}

func (a *Achievement) record(act Action, by By, now time.Time, to State, reason string) {
	a.History = append(a.History, Step{At: when.At(now), Action: act, To: string(to), Role: by.Role, UserID: by.UserID, Name: by.Name, Reason: reason})
	if extra := len(a.History) - maxHistory; extra > 0 {
		a.History = slices.Delete(a.History, 1, 1+extra) // the first line, its making, stays
	}
	a.State, a.ChangedAt = to, when.At(now)
	if to != Submitted {
		a.Desk = ""
	}
	if to != Published && to != Reserved {
		a.Change = nil
	}
	a.ReviewBoard, a.PublicBoard = "", ""
	if a.Desk == AtOperator || a.Change != nil && a.Change.Desk == AtOperator {
		a.ReviewBoard = "operator"
	}
	if a.Public() {
		a.PublicBoard = "public"
	}
}

// maxHistory keeps the timeline within one document.
const maxHistory = 300

// Public reports whether anybody may read it: from its publishing on, a transferred one too, a withdrawn one no more.
func (a *Achievement) Public() bool {
	return a.PublishedAt != 0 && a.State != Withdrawn
}

// Visible reports whether a role may know of it.
func (a *Achievement) Visible(by Role) bool {
	switch by {
	case Department, Office, Clock, Drafter:
		return true
	case Operator:
		return a.Desk == AtOperator || a.PublishedAt != 0 || a.State == Returned && a.SubmittedAt != 0
	}
	return a.Public()
}

// New is a draft of a university.
func New(by By, orgName, district string, p Profile, now time.Time) (Achievement, error) {
	if by.Role != Department && by.Role != Office && by.Role != Drafter {
		return Achievement{}, fault.New(fault.Forbidden, "", "a university offers achievements")
	}
	a := Achievement{OrgID: by.OrgID, OrgName: orgName, District: district}
	if err := a.set(p); err != nil {
		return Achievement{}, err
	}
	a.record(CreateAchievement, by, now, Draft, "")
	return a, nil
}

// Edit replaces the profile.
func (a *Achievement) Edit(by By, now time.Time, p Profile) error {
	if err := a.writable(by); err != nil {
		return err
	}
	if err := a.set(p); err != nil {
		return err
	}
	a.ChangedAt = when.At(now)
	return nil
}

// set refuses what can never be right; what is only missing waits for Submit.
func (a *Achievement) set(p Profile) error {
	p.Name = strings.TrimSpace(p.Name)
	if p.PriceNegotiable {
		p.PriceFen = 0
	}
	var f []fault.Field
	if p.Name == "" {
		f = append(f, fault.Field{Path: "name", Code: "required"})
	}
	if p.TRL < 0 || p.TRL > 9 {
		f = append(f, fault.Field{Path: "trl", Code: "out_of_range"})
	}
	if p.Video != "" {
		if u, err := url.Parse(p.Video); err != nil || u.Scheme != "https" || u.Host == "" {
			f = append(f, fault.Field{Path: "video", Code: "not_https"})
		}
	}
	seen := map[Way]bool{}
	for i, w := range p.Ways {
		if seen[w] {
			f = append(f, fault.Field{Path: fmt.Sprintf("ways[%d]", i), Code: "duplicate"})
		}
		seen[w] = true
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	a.Profile = p
	return nil
}

// Problems lists what stands in the way of handing it in: what every firm asks first.
func (p *Profile) Problems(s Settings) []fault.Field {
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(p.Name != "", "name", "required")
	need(p.Field != "", "field", "required")
	need(p.TRL > 0, "trl", "required")
	need(len(p.Ways) > 0, "ways", "required")
	need(p.Summary != "", "summary", "required")
	need(p.Problem != "", "problem", "required")
	need(p.PriceFen > 0 || p.PriceNegotiable || slices.Contains(p.Ways, OpenLicence), "priceFen", "required")
	need(p.Contact.Name != "", "contact.name", "required")
	need(p.Contact.Phone != "" || p.Contact.Email != "", "contact.phone", "required")
	for i, ip := range p.IP {
		need(ip.Number != "" || ip.Status == "planned" || ip.Status == "none" || ip.Kind == "secret", fmt.Sprintf("ip[%d].number", i), "required")
	}
	if slices.Contains(p.Ways, OpenLicence) {
		t := p.OpenTerms
		need(slices.ContainsFunc(p.IP, func(ip IP) bool { return ip.Status == "granted" }), "ip", "open_needs_granted") // 专利法 §50: a granted patent
		need(t.UpfrontFen > 0 || t.RoyaltyBP > 0, "openTerms.upfrontFen", "required")
		need(t.Months > 0, "openTerms.months", "required")
		need(t.UpfrontFen <= s.OpenFeeCapFen, "openTerms.upfrontFen", "too_large")
		need(t.RoyaltyBP <= s.OpenRoyaltyCapBP, "openTerms.royaltyBp", "too_large")
	}
	return f
}

// Submit hands in a complete draft: a department's lies with the office first. It confirms what staff drafted.
func (a *Achievement) Submit(by By, now time.Time, s Settings) error {
	if err := a.May(SubmitAchievement, by.Role); err != nil {
		return err
	}
	if f := a.Profile.Problems(s); len(f) > 0 {
		return fault.Bad(f...)
	}
	if err := a.Drafted.Confirm(by.UserID, a.OrgName, now); err != nil {
		return err
	}
	a.Reason = ""
	a.Desk = AtOffice
	if by.Role == Office {
		a.Desk, a.SubmittedAt = AtOperator, when.At(now)
	}
	a.record(SubmitAchievement, by, now, Submitted, "")
	return nil
}

// Forward is the office's approval of what a department handed in.
func (a *Achievement) Forward(by By, now time.Time, note string) error {
	if err := a.May(ForwardAchievement, by.Role); err != nil {
		return err
	}
	a.Desk, a.SubmittedAt = AtOperator, when.At(now)
	a.record(ForwardAchievement, by, now, Submitted, note)
	return nil
}

// Return sends it back with the reason.
func (a *Achievement) Return(by By, now time.Time, reason string) error {
	if err := a.May(ReturnAchievement, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	a.Reason = reason
	a.record(ReturnAchievement, by, now, Returned, reason)
	return nil
}

// Publish makes it public. An open licence in it is on offer only once its notice has ended.
func (a *Achievement) Publish(by By, now time.Time, note string, s Settings) error {
	if err := a.May(PublishAchievement, by.Role); err != nil {
		return err
	}
	a.PublishedAt = when.At(now)
	a.putOpenNotice(now, a.Profile.Ways, s)
	a.record(PublishAchievement, by, now, Published, note)
	return nil
}

// putOpenNotice begins the public notice of an open licence's terms, if the ways have one: it is on offer only after.
func (a *Achievement) putOpenNotice(now time.Time, ways []Way, s Settings) {
	if !slices.Contains(ways, OpenLicence) {
		return
	}
	round := 1
	if a.OpenNotice != nil {
		round = a.OpenNotice.Round + 1
	}
	a.OpenNotice, a.OpenNoticed, a.NoticeTaskAt = &Stand{Days: s.OpenNoticeDays, OpenedAt: when.At(now), Round: round}, false, 1
}

// EndOpenNotice puts the open licence on offer once its notice has stood its days. Told again, by the notice's event or by the clock,
// it changes nothing.
func (a *Achievement) EndOpenNotice(now time.Time) error {
	if a.OpenNotice != nil && a.OpenNoticed {
		return nil
	}
	if a.OpenNotice == nil {
		return fault.New(fault.Conflict, "achievement.wrong_state", "no notice of an open licence stands")
	}
	if err := a.OpenNotice.End(now); err != nil {
		return err
	}
	a.OpenNoticed, a.NoticeTaskAt = true, 0
	a.record(OpenLicenceOffered, By{Role: Clock}, now, a.State, "")
	return nil
}

// StopOpenNotice keeps the open licence off the offer: an objection was upheld.
func (a *Achievement) StopOpenNotice(now time.Time, reason string) {
	a.OpenNotice.EndedAt, a.OpenNotice.Reason, a.NoticeTaskAt = when.At(now), reason, 0
	a.record(OpenLicenceStopped, By{Role: Clock}, now, a.State, reason)
}

// Withdraw takes it back, unless a deal holds it.
func (a *Achievement) Withdraw(by By, now time.Time, reason string) error {
	if err := a.May(WithdrawAchievement, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	if slices.ContainsFunc(a.Holds, func(h Hold) bool { return !h.Final }) {
		return fault.New(fault.Conflict, "achievement.held", "a deal holds it; end the deal first")
	}
	if a.Drafted.Open() {
		if err := a.Drafted.Decline(a.OrgName, reason, now); err != nil {
			return err
		}
	}
	a.Reason = reason
	a.record(WithdrawAchievement, by, now, Withdrawn, reason)
	return nil
}

// maxAttachments bounds the files of one achievement.
const maxAttachments = 10

// Attach adds a file while it is being written.
func (a *Achievement) Attach(by By, file Attachment) error {
	if err := a.writable(by); err != nil {
		return err
	}
	if len(a.Attachments) >= maxAttachments {
		return fault.Newf(fault.Conflict, "attachments_full", "at most %d files", maxAttachments)
	}
	if file.ID != "" {
		a.Attachments = append(a.Attachments, file)
	}
	return nil
}

// Detach takes a file off.
func (a *Achievement) Detach(by By, id string) error {
	if err := a.writable(by); err != nil {
		return err
	}
	i := slices.IndexFunc(a.Attachments, func(f Attachment) bool { return f.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no such file")
	}
	a.Attachments = slices.Delete(a.Attachments, i, i+1)
	return nil
}

func needReason(reason string) error {
	if len([]rune(strings.TrimSpace(reason))) < 2 {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	return nil
}
