// Package provider holds the provider pool (服务机构资源池): who applies for it, who vets them, who is in it, what they offer, how they are
// judged once a year, and how they leave. It owns the membership of an organisation, its service offerings, the yearly evaluation, and
// the flags an operator looks into. It refuses to own who an organisation is (account), the public notice and its objections (notice), the
// dealings a provider has with its clients (engagement), and how people are told (notify).
package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where a membership stands.
type State string

// The states of a membership, exactly DOMAIN.md's. Returned asks for mending; Rejected ends the application.
const (
	Draft         State = "draft"
	Submitted     State = "submitted"
	InitialReview State = "initial_review"
	ExpertReview  State = "expert_review"
	PublicNotice  State = "public_notice"
	Admitted      State = "admitted"
	Suspended     State = "suspended"
	Removed       State = "removed"
	Returned      State = "returned"
	Rejected      State = "rejected"
)

// States lists them all, in the order of the way in and out.
var States = []State{Draft, Submitted, InitialReview, ExpertReview, PublicNotice, Admitted, Suspended, Removed, Returned, Rejected}

// Role is what somebody is to one membership.
type Role string

// The roles. District is an operator of the applicant's district (初审), City one of the city; both review, the city decides.
const (
	Applicant Role = "applicant"
	District  Role = "district"
	City      Role = "city"
	Expert    Role = "expert"
	Drafter   Role = "drafter" // of the staff, who wrote the application and waits for the organisation's word
	Clock     Role = "system"
	Stranger  Role = "stranger"
)

// Roles lists them all.
var Roles = []Role{Applicant, District, City, Expert, Drafter, Clock, Stranger}

// By is who takes a step.
type By struct {
	Role   Role
	UserID string
	Name   string // the organisation's, for the timeline
}

// Action is something that can be done to a membership; its value is the operation id, or the name of a step of the clock.
type Action string

// The actions.
const (
	StartAdmission   Action = "startAdmission"
	EditAdmission    Action = "editAdmission"
	SubmitAdmission  Action = "submitAdmission"
	WithdrawApply    Action = "withdrawAdmission"
	AcceptAdmission  Action = "acceptAdmission"
	ReturnAdmission  Action = "returnAdmission"
	RejectAdmission  Action = "rejectAdmission"
	PassInitial      Action = "passInitialReview"
	AssignExperts    Action = "assignAdmissionExperts"
	ScoreAdmission   Action = "scoreAdmission"
	RecordVisit      Action = "recordSiteVisit"
	PublishNotice    Action = "publishAdmissionNotice"
	NoticeMoved      Action = "admissionNoticeMoved" // the notice was paused, resumed or ended
	NoticeStopped    Action = "admissionNoticeStopped"
	AdmitProvider    Action = "admitProvider"
	WatchProvider    Action = "watchProvider"
	UnwatchProvider  Action = "unwatchProvider"
	AnswerWatch      Action = "answerWatch"
	SuspendProvider  Action = "suspendProvider"
	Reinstate        Action = "reinstateProvider"
	RemoveProvider   Action = "removeProvider"
	AppealDecision   Action = "appealMembership"
	DecideAppeal     Action = "decideMembershipAppeal"
	Reapply          Action = "reapplyAdmission"
	DeclineDraft     Action = "declineAdmissionDraft"
	EditProfile      Action = "editProviderProfile"
	SubmitSelfReport Action = "submitSelfReport"
	ReviewSelfReport Action = "reviewSelfReport"
)

// rule is one row of what may be done when, by whom.
type rule struct {
	Action Action
	From   []State
	By     []Role
}

var (
	reviewers = []Role{District, City}
	inPool    = []State{Admitted, Suspended}
)

// rules is the whole life of a membership.
var rules = []rule{
	{EditAdmission, []State{Draft, Returned}, []Role{Applicant, Drafter}},
	{SubmitAdmission, []State{Draft, Returned}, []Role{Applicant}},
	{DeclineDraft, []State{Draft}, []Role{Applicant}},
	{WithdrawApply, []State{Submitted}, []Role{Applicant}},
	{AcceptAdmission, []State{Submitted}, reviewers},
	{ReturnAdmission, []State{Submitted, InitialReview, ExpertReview}, reviewers},
	{RejectAdmission, []State{Submitted, InitialReview, ExpertReview, PublicNotice}, reviewers},
	{PassInitial, []State{InitialReview}, reviewers},
	{AssignExperts, []State{ExpertReview}, []Role{City}},
	{ScoreAdmission, []State{ExpertReview}, []Role{Expert}},
	{RecordVisit, []State{InitialReview, ExpertReview}, reviewers},
	{PublishNotice, []State{ExpertReview}, []Role{City}},
	{NoticeMoved, []State{PublicNotice}, []Role{Clock}},
	{NoticeStopped, []State{PublicNotice}, []Role{Clock}},
	{AdmitProvider, []State{PublicNotice}, []Role{City}},
	{EditProfile, inPool, []Role{Applicant}},
	{SubmitSelfReport, inPool, []Role{Applicant}},
	{ReviewSelfReport, inPool, reviewers},
	{WatchProvider, inPool, reviewers},
	{UnwatchProvider, inPool, reviewers},
	{AnswerWatch, inPool, []Role{Applicant}},
	{SuspendProvider, []State{Admitted}, []Role{City}},
	{Reinstate, []State{Suspended}, []Role{City}},
	{RemoveProvider, inPool, []Role{City}},
	{AppealDecision, []State{Suspended, Removed, Rejected}, []Role{Applicant}},
	{DecideAppeal, []State{Suspended, Removed, Rejected}, []Role{City}},
	{Reapply, []State{Removed, Rejected}, []Role{Applicant}},
}

// may answers whether a role may take an action in the membership's state: nil, Forbidden (never for this role) or Conflict
// "admission.wrong_state".
func (m *Membership) may(a Action, by Role) error {
	for _, r := range rules {
		if r.Action != a {
			continue
		}
		if !slices.Contains(r.By, by) {
			return fault.Newf(fault.Forbidden, "", "%s is not for the %s", a, by)
		}
		if !slices.Contains(r.From, m.State) {
			return fault.Newf(fault.Conflict, "admission.wrong_state", "%s is not possible while the membership is %s", a, m.State)
		}
		return nil
	}
	return fault.Newf(fault.Forbidden, "", "%s is no action on a membership", a)
}

// Certificate is a qualification the applicant holds. ValidTo is "" when it does not run out.
type Certificate struct {
	Name    string   `json:"name"`
	Number  string   `json:"number,omitempty"`
	ValidTo when.Day `json:"validTo,omitempty"`
}

// Application is what the applicant writes. A figure of nil is not filled in yet, which is neither met nor unmet. Money is fen, shares
// are percent.
type Application struct {
	Categories     []string      `json:"categories,omitempty"`
	Subservices    []string      `json:"subservices,omitempty"`
	Intro          string        `json:"intro,omitempty"`
	FoundedOn      when.Day      `json:"foundedOn,omitempty"` // of the service business
	Staff          *int64        `json:"staff,omitempty"`
	QualifiedShare *int64        `json:"qualifiedShare,omitempty"` // staff with a degree or a professional title
	AssetsFen      *int64        `json:"assetsFen,omitempty"`
	Served         *int64        `json:"served,omitempty"`       // enterprises in the last calendar year
	Satisfaction   *int64        `json:"satisfaction,omitempty"` // of those asked, in the last calendar year
	Certificates   []Certificate `json:"certificates,omitempty"`
	LegalPerson    string        `json:"legalPerson,omitempty"`
	Address        string        `json:"address,omitempty"`
	Website        string        `json:"website,omitempty"`
	ContactName    string        `json:"contactName,omitempty"`
	ContactPhone   string        `json:"contactPhone,omitempty"`
	Districts      []string      `json:"districts,omitempty"` // served; none is the whole city
	// NoRedLine is the declaration that none of the red lines (失信违法, 虚假宣传, 强制使用, 不合理收费) applies.
	NoRedLine bool `json:"noRedLine,omitempty"`
}

// File is a piece of evidence. ID names the blob; SHA256 shows the same file handed in twice.
type File struct {
	ID     string       `json:"id"`
	Kind   string       `json:"kind"` // years, staff, assets, served, satisfaction, certificate, other
	Name   string       `json:"name"`
	Size   int64        `json:"size"`
	Type   string       `json:"type"`
	SHA256 string       `json:"sha256"`
	At     when.Instant `json:"at"`
}

// FileKinds are what a piece of evidence may prove.
var FileKinds = []string{"years", "staff", "assets", "served", "satisfaction", "certificate", "other"}

const maxFiles = 20

// Panelist is an expert asked to score, and the scores once given.
type Panelist struct {
	PersonID string         `json:"personId"`
	Name     string         `json:"name"`
	Employer string         `json:"employer,omitempty"`
	Scores   map[string]int `json:"scores,omitempty"` // 0–100 by criterion key
	Comment  string         `json:"comment,omitempty"`
	ScoredAt when.Instant   `json:"scoredAt,omitempty"`
	Recused  string         `json:"recused,omitempty"` // why the expert stood aside
}

// Visit is a note of an inspection on the spot.
type Visit struct {
	On   when.Day     `json:"on"`
	Note string       `json:"note"`
	By   string       `json:"by"`
	At   when.Instant `json:"at"`
}

// Notice is the admission notice as the notice service last told of it.
type Notice struct {
	Round       int          `json:"round"`
	State       string       `json:"state"` // planned (not put up yet), open, paused, ended, stopped
	WorkingDays int          `json:"workingDays"`
	StartsAt    when.Instant `json:"startsAt"`
	EndsAt      when.Instant `json:"endsAt,omitempty"`
	Reason      string       `json:"reason,omitempty"` // why it was paused or stopped
}

// Appeal asks the city to look at a suspension, removal or rejection again.
type Appeal struct {
	Text      string       `json:"text"`
	At        when.Instant `json:"at"`
	DueAt     when.Instant `json:"dueAt"`
	Against   State        `json:"against"`
	Upheld    bool         `json:"upheld,omitempty"`
	Answer    string       `json:"answer,omitempty"`
	DecidedAt when.Instant `json:"decidedAt,omitempty"`
}

// Membership is an organisation's place in, or on its way into, the pool. Its id is the organisation's. Its fields change only through
// the methods below.
type Membership struct {
	State        State  `json:"state"`
	Round        int    `json:"round"` // of applying, from 1
	OrgID        string `json:"orgId"`
	OrgName      string `json:"orgName"`
	CreditCode   string `json:"creditCode,omitempty"`
	Jurisdiction string `json:"jurisdiction"` // the organisation's district; its operators review first

	// Drafted says that staff wrote the application, which its submission confirms; DraftedBy is its UserID, for the store's index.
	Drafted   *access.Drafted `json:"drafted,omitempty"`
	DraftedBy string          `json:"draftedBy"`

	Application Application  `json:"application"`
	Files       []File       `json:"files,omitempty"`
	Checks      []Check      `json:"checks,omitempty"` // frozen when submitted, with the rule of that day
	SubmittedAt when.Instant `json:"submittedAt"`
	ReviewDue   when.Instant `json:"reviewDue,omitempty"` // the office's clock: initial review, later expert review
	FirstDue    when.Instant `json:"firstDue,omitempty"`  // until when the initial review was promised
	Panel       []Panelist   `json:"panel,omitempty"`
	Visits      []Visit      `json:"visits,omitempty"`
	Notice      *Notice      `json:"notice,omitempty"`
	Notices     int          `json:"notices,omitempty"` // put up so far, over all rounds: each has a number of its own
	Reason      string       `json:"reason,omitempty"`  // of the last return, rejection, suspension or removal

	Number      string       `json:"number"`      // in the pool, "ZY2026-0001"; kept for life
	Certificate string       `json:"certificate"` // the code anyone verifies the admission certificate with
	AdmittedAt  when.Instant `json:"admittedAt"`
	EndedAt     when.Instant `json:"endedAt,omitempty"`   // rejected or removed
	BarUntil    when.Instant `json:"barUntil,omitempty"`  // no new application before
	Watch       *Watch       `json:"watch,omitempty"`     // the office keeps an eye on it
	WatchRest   when.Instant `json:"watchRest,omitempty"` // the rule does not pick it before
	Appeal      *Appeal      `json:"appeal,omitempty"`
	SelfReports []SelfReport `json:"selfReports,omitempty"`

	Offers []Offer `json:"offers,omitempty"` // its published offerings in short, kept by the service

	ChangedAt when.Instant `json:"changedAt"`
	History   []Step       `json:"history"`
	Tasks     Tasks        `json:"tasks"`

	// Board and DueAt exist for the store's indexes and follow from the rest: see settle.
	Board      string       `json:"board"`
	DueAt      when.Instant `json:"dueAt"`
	WatchedAt  when.Instant `json:"watchedAt"`  // since when it is watched
	ReportedAt when.Instant `json:"reportedAt"` // when the oldest self-report that waits for its review was handed in
}

// Tasks are the follow-up steps on other documents and services, which a crash may cut short: each stays set until it is done, and the
// clock takes it up again.
type Tasks struct {
	Notice bool         `json:"notice,omitempty"` // put the admission notice up
	Offers bool         `json:"offers,omitempty"` // show or hide the offerings with the provider
	Look   bool         `json:"look,omitempty"`   // compare what was handed in with other applicants
	Count  bool         `json:"count,omitempty"`  // bring the figures of the pool up to date
	NextAt when.Instant `json:"nextAt,omitempty"` // not tried again before
}

// waiting reports whether any of them is left to do.
func (t Tasks) waiting() bool { return t.Notice || t.Offers || t.Look || t.Count }

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

// maxSteps keeps a long life within one document; the oldest steps of a former round go first, and the audit log keeps them all.
const maxSteps = 120

func (m *Membership) record(a Action, by By, now time.Time, to State, reason string) {
	m.History = append(m.History, Step{At: when.At(now), Action: a, From: m.State, To: to, Role: by.Role, UserID: by.UserID, Name: by.Name, Reason: reason})
	if extra := len(m.History) - maxSteps; extra > 0 {
		m.History = slices.Delete(m.History, 0, extra)
	}
	if m.State != to && (m.listed() || to == Admitted || to == Suspended) {
		m.Tasks.Offers = true
	}
	m.Tasks.Count = m.SubmittedAt != 0
	m.State, m.ChangedAt = to, when.At(now)
	m.settle()
}

// listed reports whether the provider is in the public pool: a suspended one is not offered to anybody.
func (m *Membership) listed() bool { return m.State == Admitted }

// settle derives what the store's indexes need: whether the provider is on the public list, and when the clock must look again.
func (m *Membership) settle() {
	m.Board = ""
	if m.listed() {
		m.Board = "public"
	}
	m.WatchedAt, m.ReportedAt = 0, 0
	if m.Watch != nil {
		m.WatchedAt = m.Watch.Since
	}
	for _, r := range m.SelfReports {
		if r.Verdict == "" && (m.ReportedAt == 0 || r.At < m.ReportedAt) {
			m.ReportedAt = r.At
		}
	}
	m.DueAt = 0
	if m.Tasks.waiting() {
		m.DueAt = max(m.Tasks.NextAt, 1)
	} else if m.State == PublicNotice && m.Notice != nil && m.Notice.State == "open" {
		m.DueAt = m.Notice.EndsAt
	}
}

func needReason(reason string) error {
	if len([]rune(strings.TrimSpace(reason))) < 2 {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	return nil
}

// New is the empty draft of a provider, filled with what is known of the organisation.
func New(by By, orgID, name, creditCode, district string, known Application, now time.Time) (Membership, error) {
	if by.Role != Applicant && by.Role != Drafter || orgID == "" {
		return Membership{}, fault.New(fault.Forbidden, "", "only an organisation applies for the pool")
	}
	m := Membership{State: Draft, Round: 1, OrgID: orgID, OrgName: name, CreditCode: creditCode, Jurisdiction: district, Application: known}
	m.record(StartAdmission, by, now, Draft, "")
	return m, nil
}

// Edit replaces what the applicant wrote. Anything may still be missing; what cannot be (a category nobody has) is refused.
func (m *Membership) Edit(by By, now time.Time, in Application) error {
	if err := m.writable(by); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	m.Application, m.ChangedAt = in, when.At(now)
	return nil
}

// check refuses what no application can say.
func (a Application) check() error {
	var fields []fault.Field
	for i, c := range a.Categories {
		if !slices.Contains(CategoryCodes(), c) || slices.Contains(a.Categories[:i], c) {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("categories[%d]", i), Code: "not_a_choice"})
		}
	}
	for i, s := range a.Subservices {
		if c := categoryOf(s); c == "" || !slices.Contains(a.Categories, c) {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("subservices[%d]", i), Code: "not_a_choice"})
		}
	}
	for path, v := range map[string]*int64{"qualifiedShare": a.QualifiedShare, "satisfaction": a.Satisfaction} {
		if v != nil && (*v < 0 || *v > 100) {
			fields = append(fields, fault.Field{Path: path, Code: "out_of_range", Detail: "0 to 100"})
		}
	}
	for path, v := range map[string]*int64{"staff": a.Staff, "assetsFen": a.AssetsFen, "served": a.Served} {
		if v != nil && *v < 0 {
			fields = append(fields, fault.Field{Path: path, Code: "too_small"})
		}
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return fault.Bad(fields...)
	}
	return nil
}

// complete says what is missing before an application can be submitted. That a threshold is not met does not stop it: the office decides.
func (a Application) complete(files []File) []fault.Field {
	var missing []fault.Field
	need := func(ok bool, path string) {
		if !ok {
			missing = append(missing, fault.Field{Path: path, Code: "required"})
		}
	}
	need(len(a.Categories) > 0, "categories")
	need(len(a.Subservices) > 0, "subservices")
	need(strings.TrimSpace(a.Intro) != "", "intro")
	need(a.FoundedOn != "", "foundedOn")
	need(a.Staff != nil, "staff")
	need(a.AssetsFen != nil, "assetsFen")
	need(a.Served != nil, "served")
	need(a.LegalPerson != "", "legalPerson")
	need(a.ContactName != "", "contactName")
	need(a.ContactPhone != "", "contactPhone")
	need(a.NoRedLine, "noRedLine")
	need(len(files) > 0, "files")
	return missing
}

// Attach keeps a file with a draft or returned application.
func (m *Membership) Attach(by By, now time.Time, f File) error {
	if err := m.writable(by); err != nil {
		return err
	}
	if !slices.Contains(FileKinds, f.Kind) {
		return fault.Bad(fault.Field{Path: "kind", Code: "not_a_choice"})
	}
	if len(m.Files) >= maxFiles {
		return fault.Newf(fault.Conflict, "admission.too_many_files", "at most %d files", maxFiles)
	}
	if f.SHA256 != "" && slices.ContainsFunc(m.Files, func(o File) bool { return o.SHA256 == f.SHA256 }) {
		return fault.New(fault.Conflict, "admission.same_file", "this very file is there already")
	}
	m.Files, m.ChangedAt = append(m.Files, f), when.At(now)
	return nil
}

// Detach takes a file off a draft or returned application.
func (m *Membership) Detach(by By, now time.Time, id string) error {
	if err := m.writable(by); err != nil {
		return err
	}
	if !slices.ContainsFunc(m.Files, func(f File) bool { return f.ID == id }) {
		return fault.New(fault.NotFound, "", "there is no such file")
	}
	m.Files = slices.DeleteFunc(m.Files, func(f File) bool { return f.ID == id })
	m.ChangedAt = when.At(now)
	return nil
}

// Submit hands the application in. The checks are frozen with the thresholds of the day.
func (m *Membership) Submit(by By, now time.Time, s Settings) error {
	if err := m.may(SubmitAdmission, by.Role); err != nil {
		return err
	}
	if missing := m.Application.complete(m.Files); len(missing) > 0 {
		return fault.Bad(missing...)
	}
	if m.Drafted.State() != access.DraftDeclined { // what it declined and then wrote itself is its own
		if err := m.Drafted.Confirm(by.UserID, m.OrgName, now); err != nil {
			return err
		}
	}
	m.Checks = s.Check(m.Application, now)
	m.SubmittedAt = when.At(now)
	m.ReviewDue = when.At(s.Calendar.After(now, s.ReviewWorkingDays))
	m.FirstDue = m.ReviewDue
	m.Panel, m.Notice, m.Tasks.Look = nil, nil, true
	m.record(SubmitAdmission, by, now, Submitted, "")
	return nil
}

// Withdraw takes a submitted application back into the draft, while the office has not taken it up.
func (m *Membership) Withdraw(by By, now time.Time) error {
	if err := m.may(WithdrawApply, by.Role); err != nil {
		return err
	}
	m.ReviewDue = 0
	m.record(WithdrawApply, by, now, Draft, "")
	return nil
}

// Accept takes a submitted application up (受理).
func (m *Membership) Accept(by By, now time.Time) error {
	if err := m.may(AcceptAdmission, by.Role); err != nil {
		return err
	}
	m.record(AcceptAdmission, by, now, InitialReview, "")
	return nil
}

// Return sends the application back for mending, with what to mend. It is no refusal: the applicant hands in again.
func (m *Membership) Return(by By, now time.Time, reason string) error {
	if err := m.may(ReturnAdmission, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Reason, m.ReviewDue = reason, 0
	m.record(ReturnAdmission, by, now, Returned, reason)
	return nil
}

// Reject refuses the application, with the reason; a new one may come once the bar has passed. redLine says a red line is why, which bars
// for longer.
func (m *Membership) Reject(by By, now time.Time, reason string, redLine bool, s Settings) error {
	if err := m.may(RejectAdmission, by.Role); err != nil {
		return err
	}
	if m.State == PublicNotice && by.Role != City {
		return fault.New(fault.Forbidden, "", "what the city has put up for notice is the city's to refuse")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Reason, m.ReviewDue, m.EndedAt, m.Appeal = reason, 0, when.At(now), nil
	m.BarUntil = when.At(now.AddDate(0, s.barMonths(redLine, s.RejectedBarMonths), 0))
	m.Tasks.Notice = false
	m.record(RejectAdmission, by, now, Rejected, reason)
	return nil
}

// PassInitial ends the initial review in favour. Where a threshold is not met or not known, the office says why it passes all the same.
func (m *Membership) PassInitial(by By, now time.Time, note string, s Settings) error {
	if err := m.may(PassInitial, by.Role); err != nil {
		return err
	}
	if !m.Application.NoRedLine {
		return fault.New(fault.Conflict, "admission.red_line", "a red line bars admission")
	}
	if slices.ContainsFunc(m.Checks, func(c Check) bool { return c.State != Met }) && len([]rune(strings.TrimSpace(note))) < 2 {
		return fault.Bad(fault.Field{Path: "note", Code: "required", Detail: "a threshold is not met: say why it passes"})
	}
	m.ReviewDue = when.At(s.Calendar.After(now, s.ExpertWorkingDays))
	m.record(PassInitial, by, now, ExpertReview, note)
	return nil
}

// Candidate is an expert as the registry knows them, with the organisations they belong to.
type Candidate struct {
	PersonID, Name, Employer string
	Organisations            []string // member of, employed by
}

// conflict reports whether the expert stands too near the applicant.
func (c Candidate) conflict(orgID string) bool { return slices.Contains(c.Organisations, orgID) }

// Assign names the panel. Who has scored stays; an expert who belongs to the applicant is refused with Conflict "admission.expert_conflict".
func (m *Membership) Assign(by By, now time.Time, experts []Candidate) error {
	if err := m.may(AssignExperts, by.Role); err != nil {
		return err
	}
	if len(experts) == 0 || len(experts) > 9 {
		return fault.Bad(fault.Field{Path: "personIds", Code: "out_of_range", Detail: "1 to 9 experts"})
	}
	var panel []Panelist
	for _, e := range experts {
		if e.conflict(m.OrgID) {
			return fault.Newf(fault.Conflict, "admission.expert_conflict", "%s belongs to the applicant", e.Name)
		}
		if !slices.ContainsFunc(m.Panel, func(p Panelist) bool { return p.PersonID == e.PersonID }) {
			panel = append(panel, Panelist{PersonID: e.PersonID, Name: e.Name, Employer: e.Employer})
		}
	}
	asked := func(id string) bool {
		return slices.ContainsFunc(experts, func(e Candidate) bool { return e.PersonID == id })
	}
	m.Panel = append(slices.DeleteFunc(m.Panel, func(p Panelist) bool { return p.ScoredAt == 0 && p.Recused == "" && !asked(p.PersonID) }), panel...)
	m.record(AssignExperts, by, now, ExpertReview, "")
	return nil
}

// Score is one expert's sheet: every criterion, with the declaration that nothing ties the expert to the applicant. recuse, when not
// empty, says why the expert stands aside instead.
func (m *Membership) Score(by By, now time.Time, scores map[string]int, comment, recuse string, noConflict bool, s Settings) error {
	if err := m.may(ScoreAdmission, by.Role); err != nil {
		return err
	}
	i := slices.IndexFunc(m.Panel, func(p Panelist) bool { return p.PersonID == by.UserID })
	if i < 0 || m.Panel[i].Recused != "" {
		return fault.New(fault.Forbidden, "", "this expert is not on the panel")
	}
	p := &m.Panel[i]
	if recuse = strings.TrimSpace(recuse); recuse != "" {
		p.Recused, p.Scores, p.Comment = recuse, nil, ""
		m.record(ScoreAdmission, by, now, ExpertReview, "")
		return nil
	}
	if !noConflict {
		return fault.Bad(fault.Field{Path: "noConflict", Code: "required"})
	}
	var fields []fault.Field
	for _, c := range s.Criteria {
		if n, ok := scores[c.Key]; !ok || n < 0 || n > 100 {
			fields = append(fields, fault.Field{Path: "scores." + c.Key, Code: "out_of_range", Detail: "0 to 100"})
		}
	}
	if len(scores) > len(s.Criteria) {
		fields = append(fields, fault.Field{Path: "scores", Code: "not_a_choice"})
	}
	if len(fields) > 0 {
		return fault.Bad(fields...)
	}
	p.Scores, p.Comment, p.ScoredAt = scores, strings.TrimSpace(comment), when.At(now)
	m.record(ScoreAdmission, by, now, ExpertReview, "")
	return nil
}

// Mean is the panel's weighted mean in hundredths of a point, and how many sheets it is of.
func (m *Membership) Mean(criteria []Criterion) (hundredths, sheets int) {
	sum := 0
	for _, p := range m.Panel {
		if p.ScoredAt == 0 || p.Recused != "" {
			continue
		}
		sheets++
		for _, c := range criteria {
			sum += c.Weight * p.Scores[c.Key]
		}
	}
	if sheets == 0 {
		return 0, 0
	}
	return sum / sheets, sheets
}

// Visit notes an inspection on the spot.
func (m *Membership) Visit(by By, now time.Time, on when.Day, note string) error {
	if err := m.may(RecordVisit, by.Role); err != nil {
		return err
	}
	if strings.TrimSpace(note) == "" || on == "" {
		return fault.Bad(fault.Field{Path: "note", Code: "required"})
	}
	if on > when.DayOf(now) {
		return fault.Bad(fault.Field{Path: "on", Code: "in_future"})
	}
	m.Visits = append(m.Visits, Visit{On: on, Note: note, By: by.UserID, At: when.At(now)})
	m.record(RecordVisit, by, now, m.State, "")
	return nil
}

// PublishNotice puts the admission up for public notice, once enough experts scored it and their mean passes. The notice itself is put up
// by a task.
func (m *Membership) PublishNotice(by By, now time.Time, s Settings) error {
	if err := m.may(PublishNotice, by.Role); err != nil {
		return err
	}
	mean, sheets := m.Mean(s.Criteria)
	if sheets < s.MinExperts {
		return fault.Newf(fault.Conflict, "admission.scores_missing", "%d of %d score sheets are in", sheets, s.MinExperts)
	}
	if mean < s.PassMark*100 {
		return fault.Newf(fault.Conflict, "admission.below_pass_mark", "the panel's mean is below %d", s.PassMark)
	}
	m.Notices++
	m.Notice = &Notice{Round: m.Notices, State: "planned", WorkingDays: s.NoticeWorkingDays, StartsAt: when.At(now)}
	m.ReviewDue, m.Tasks.Notice = 0, true
	m.record(PublishNotice, by, now, PublicNotice, "")
	return nil
}

// NoticeUp records that the notice is up, and until when.
func (m *Membership) NoticeUp(round int, ends time.Time) {
	if m.State != PublicNotice || m.Notice == nil || m.Notice.Round != round || !m.Tasks.Notice {
		return
	}
	m.Notice.State, m.Notice.EndsAt, m.Tasks = "open", when.At(ends), Tasks{Offers: m.Tasks.Offers, Look: m.Tasks.Look, Count: m.Tasks.Count}
	m.settle()
}

// NoticeNow takes over what the notice service says of the notice of a round: open (resumed, with its new end), paused or ended. A word
// about an earlier round changes nothing.
func (m *Membership) NoticeNow(by By, now time.Time, round int, state string, ends time.Time, reason string) error {
	if err := m.may(NoticeMoved, by.Role); err != nil {
		return err
	}
	n := m.Notice
	if n == nil || n.Round != round || n.State == state && n.EndsAt == when.At(ends) {
		return nil
	}
	m.Tasks.Notice = false
	n.State, n.Reason = state, reason
	if !ends.IsZero() {
		n.EndsAt = when.At(ends)
	}
	m.record(NoticeMoved, by, now, PublicNotice, strings.TrimSpace(state+" "+reason))
	return nil
}

// NoticeStopped records that an upheld objection stopped the notice: the application is back with the experts and the office, which may
// refuse it, return it, or answer and put it up again.
func (m *Membership) NoticeStopped(by By, now time.Time, round int, reason string, s Settings) error {
	if err := m.may(NoticeStopped, by.Role); err != nil {
		return err
	}
	if m.Notice == nil || m.Notice.Round != round {
		return nil
	}
	m.Notice.State, m.Notice.Reason, m.Tasks.Notice = "stopped", reason, false
	m.ReviewDue = when.At(s.Calendar.After(now, s.ReviewWorkingDays))
	m.record(NoticeStopped, by, now, ExpertReview, reason)
	return nil
}

// Admit takes the applicant into the pool, once its notice has ended. number and code are kept for life: a provider that comes back has
// them again.
func (m *Membership) Admit(by By, now time.Time, reason, number, code string) error {
	if err := m.may(AdmitProvider, by.Role); err != nil {
		return err
	}
	if m.Notice == nil || m.Notice.State != "ended" {
		return fault.New(fault.Conflict, "admission.notice_running", "the public notice has not ended")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	if m.Number == "" {
		m.Number, m.Certificate = number, code
	}
	m.AdmittedAt, m.EndedAt, m.BarUntil, m.Reason = when.At(now), 0, 0, ""
	m.record(AdmitProvider, by, now, Admitted, reason)
	return nil
}
