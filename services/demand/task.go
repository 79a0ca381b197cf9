package demand

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is the 揭榜项目: one winner's work, from the contract to the acceptance. The parties do the work and decide; the operator
// reads along and verifies what public money may follow from. Costs and payments are in task_money.go.

// TaskState is where a winner's work stands.
type TaskState string

// The states of a task. The word Task stands before those that a demand has too.
const (
	TaskContracting TaskState = "contracting" // the award is final, the contract is not confirmed by both sides yet
	TaskInProgress  TaskState = "in_progress"
	TaskDelivered   TaskState = "delivered" // handed over; the issuer accepts or returns it
	TaskAccepted    TaskState = "accepted"
	TaskClosed      TaskState = "closed"
	TaskFailed      TaskState = "failed" // assessed as 不合格
	TaskTerminated  TaskState = "terminated"
)

// Grade is the issuer's overall judgement on acceptance.
type Grade string

// The grades: 优秀, 良好, 合格, 不合格. How they follow from the score is the issuer's business; no official text binds the two.
const (
	Excellent Grade = "excellent"
	Good      Grade = "good"
	PassGrade Grade = "pass"
	FailGrade Grade = "fail"
)

// Cooperation is one of the seven kinds the national monthly report counts (成效月报).
type Cooperation string

// The kinds: 订单采购, 协作创新, 资源共享, 产融合作, 产业赋能, 专利对接, 其他.
const (
	CoopOrder    Cooperation = "order"
	CoopInnovate Cooperation = "innovation"
	CoopShare    Cooperation = "sharing"
	CoopFinance  Cooperation = "finance"
	CoopEmpower  Cooperation = "empowerment"
	CoopPatent   Cooperation = "patent"
	CoopOther    Cooperation = "other"
)

// Cooperations are all kinds in the order of the report.
var Cooperations = []Cooperation{CoopOrder, CoopInnovate, CoopShare, CoopFinance, CoopEmpower, CoopPatent, CoopOther}

// usualCooperation is the kind a task counts under until its parties say otherwise.
func usualCooperation(k Kind) Cooperation {
	if k == RND {
		return CoopInnovate
	}
	return CoopOrder
}

// The actions on a task; TickTask is the clock's.
const (
	BeginTask              Action = "beginTask"
	RecordTaskContract     Action = "recordTaskContract"
	ConfirmTaskContract    Action = "confirmTaskContract"
	RefuseTaskContract     Action = "refuseTaskContract"
	AddTaskMilestone       Action = "addTaskMilestone"
	MoveTaskMilestone      Action = "moveTaskMilestone"
	AddTaskCost            Action = "addTaskCost"
	WithdrawTaskCost       Action = "withdrawTaskCost"
	JudgeTaskCost          Action = "judgeTaskCost"
	ProposeTaskChange      Action = "proposeTaskChange"
	AnswerTaskChange       Action = "answerTaskChange"
	DeliverTask            Action = "deliverTask"
	ReturnTaskDelivery     Action = "returnTaskDelivery"
	AcceptTask             Action = "acceptTask"
	RateTask               Action = "rateTask"
	RecordTaskOutcome      Action = "recordTaskOutcome"
	RecordTaskPayment      Action = "recordTaskPayment"
	ConfirmTaskPayment     Action = "confirmTaskPayment"
	CloseTask              Action = "closeTask"
	RequestTaskTermination Action = "requestTaskTermination"
	DeclineTaskTermination Action = "declineTaskTermination"
	TerminateTask          Action = "terminateTask"
	RecordTaskProof        Action = "recordTaskProof"
	JudgeTaskProof         Action = "judgeTaskProof"
	DecideTaskReward       Action = "decideTaskReward"
	AddTaskFile            Action = "addTaskFile"
	TickTask               Action = "tickTask"
)

type taskRule struct {
	Action Action
	From   []TaskState
	By     []Role
}

var (
	taskOpen  = []TaskState{TaskContracting, TaskInProgress, TaskDelivered}
	taskUnder = []TaskState{TaskInProgress, TaskDelivered, TaskAccepted, TaskClosed} // a contract stands
	taskOver  = []TaskState{TaskAccepted, TaskClosed, TaskFailed, TaskTerminated}
	taskAll   = []TaskState{TaskContracting, TaskInProgress, TaskDelivered, TaskAccepted, TaskClosed, TaskFailed, TaskTerminated}
	parties   = []Role{Issuer, Bidder}
)

// taskRules are what may be done to a task when, by whom. Bidder is the winner.
var taskRules = []taskRule{
	{RecordTaskContract, []TaskState{TaskContracting}, parties},
	{ConfirmTaskContract, []TaskState{TaskContracting}, parties},
	{RefuseTaskContract, []TaskState{TaskContracting}, parties},
	{AddTaskMilestone, []TaskState{TaskInProgress}, parties},
	{MoveTaskMilestone, []TaskState{TaskInProgress}, parties},
	{AddTaskCost, []TaskState{TaskInProgress, TaskDelivered, TaskAccepted}, []Role{Bidder}},
	{WithdrawTaskCost, []TaskState{TaskInProgress, TaskDelivered, TaskAccepted}, []Role{Bidder}},
	{JudgeTaskCost, taskUnder, []Role{Issuer, Operator}},
	{ProposeTaskChange, []TaskState{TaskInProgress}, parties},
	{AnswerTaskChange, []TaskState{TaskInProgress}, parties},
	{DeliverTask, []TaskState{TaskInProgress}, []Role{Bidder}},
	{ReturnTaskDelivery, []TaskState{TaskDelivered}, []Role{Issuer}},
	{AcceptTask, []TaskState{TaskDelivered}, []Role{Issuer}},
	{RateTask, taskOver, parties},
	{RecordTaskOutcome, []TaskState{TaskAccepted, TaskClosed}, parties},
	{RecordTaskPayment, []TaskState{TaskInProgress, TaskDelivered, TaskAccepted, TaskClosed, TaskFailed, TaskTerminated}, parties},
	{ConfirmTaskPayment, []TaskState{TaskInProgress, TaskDelivered, TaskAccepted, TaskClosed, TaskFailed, TaskTerminated}, []Role{Bidder}},
	{CloseTask, []TaskState{TaskAccepted}, []Role{Issuer}},
	{RequestTaskTermination, taskOpen, []Role{Bidder}},
	{DeclineTaskTermination, taskOpen, []Role{Issuer}},
	{TerminateTask, taskOpen, []Role{Issuer}},
	{RecordTaskProof, taskAll, parties},
	{JudgeTaskProof, taskAll, []Role{Operator}},
	{DecideTaskReward, []TaskState{TaskAccepted, TaskClosed}, []Role{Operator}},
	{AddTaskFile, taskAll, parties},
	{TickTask, taskAll, []Role{Clock}},
	{HoldTask, []TaskState{TaskContracting}, []Role{Clock}},
	{AnnulTask, taskOpen, []Role{Clock}},
}

// Contract is what both sides signed. Every agreed change makes a new version; an old one is never edited.
type Contract struct {
	Version     int          `json:"version"`
	Number      string       `json:"number,omitempty"`
	SignedOn    when.Day     `json:"signedOn"`
	EndsOn      when.Day     `json:"endsOn"`
	AmountFen   int64        `json:"amountFen"`
	Scope       string       `json:"scope,omitempty"`
	PaymentDays int          `json:"paymentDays,omitempty"` // from delivery; 0: what the law says for the payer
	BackToBack  bool         `json:"backToBack,omitempty"`
	FileID      string       `json:"fileId,omitempty"`
	At          when.Instant `json:"at"`
	Reason      string       `json:"reason,omitempty"` // of the change that made this version
}

// Proposal is a contract one side recorded and the other has not confirmed yet.
type Proposal struct {
	Contract   Contract    `json:"contract"`
	Milestones []Milestone `json:"milestones,omitempty"`
	By         Role        `json:"by"`
	UserID     string      `json:"userId"`
}

// MilestoneState is where a milestone stands.
type MilestoneState string

// The states of a milestone (DOMAIN.md).
const (
	MilestonePending    MilestoneState = "pending"
	MilestoneInProgress MilestoneState = "in_progress"
	MilestoneDone       MilestoneState = "done"
	MilestoneDelayed    MilestoneState = "delayed"
	MilestoneCancelled  MilestoneState = "cancelled"
)

// open reports whether work on the milestone is still to be done.
func (s MilestoneState) open() bool { return s != MilestoneDone && s != MilestoneCancelled }

// Milestone is one step of the work with its day.
type Milestone struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	DueOn      when.Day       `json:"dueOn"`
	State      MilestoneState `json:"state"`
	DoneOn     when.Day       `json:"doneOn,omitempty"`
	Note       string         `json:"note,omitempty"`
	RemindedAt when.Instant   `json:"remindedAt,omitempty"`
	OverdueAt  when.Instant   `json:"overdueAt,omitempty"` // since when the clock calls it overdue; 0 once it is done or has a new day
}

// Amendment is a proposed change of the contract. What is nil or empty stays as it is.
type Amendment struct {
	ID         string       `json:"id"`
	AmountFen  *int64       `json:"amountFen,omitempty"`
	EndsOn     when.Day     `json:"endsOn,omitempty"`
	Scope      string       `json:"scope,omitempty"`
	Reason     string       `json:"reason"`
	By         Role         `json:"by"`
	At         when.Instant `json:"at"`
	State      string       `json:"state"` // proposed, agreed, refused
	Answer     string       `json:"answer,omitempty"`
	AnsweredAt when.Instant `json:"answeredAt,omitempty"`
}

// The states of a change.
const (
	ChangeProposed = "proposed"
	ChangeAgreed   = "agreed"
	ChangeRefused  = "refused"
)

// Acceptance is the issuer's verdict on what was delivered.
type Acceptance struct {
	Score   int          `json:"score"` // 0–100
	Grade   Grade        `json:"grade"`
	Comment string       `json:"comment"`
	UserID  string       `json:"userId"`
	At      when.Instant `json:"at"`
}

// Rating is what one side says of the other. A side that stays silent says nothing, good or bad.
type Rating struct {
	By    Role         `json:"by"`
	Stars int          `json:"stars"` // 1–5
	Text  string       `json:"text,omitempty"`
	At    when.Instant `json:"at"`
}

// Outcome is what came of the work, as the parties report it.
type Outcome struct {
	OrderFen       int64        `json:"orderFen,omitempty"`
	PatentsFiled   int          `json:"patentsFiled,omitempty"`
	PatentsGranted int          `json:"patentsGranted,omitempty"`
	SupplierListed bool         `json:"supplierListed,omitempty"` // entered the issuer's supplier directory
	Note           string       `json:"note,omitempty"`
	By             Role         `json:"by"`
	At             when.Instant `json:"at"`
}

// Task is one winner's work. Its id is the winning bid's, so that there is one however often the award is followed up.
type Task struct {
	DemandID     string       `json:"demandId"`
	Round        int          `json:"round"`
	Code         string       `json:"code,omitempty"` // the demand's public code
	Title        string       `json:"title"`
	Kind         Kind         `json:"kind"`
	Chain        string       `json:"chain,omitempty"`
	District     string       `json:"district,omitempty"`
	IssuerID     string       `json:"issuerId"`
	Issuer       string       `json:"issuer"`
	Jurisdiction string       `json:"jurisdiction"`
	OrgID        string       `json:"orgId"` // the winner's
	OrgName      string       `json:"orgName"`
	Members      []TaskMember `json:"members,omitempty"` // of a winning consortium, the lead left out
	ShareBP      int          `json:"shareBp,omitempty"`
	OfferFen     int64        `json:"offerFen,omitempty"` // what the winning bid asked for
	// Achievement is what the winning bid builds on, DealID the deal of it that the award led to.
	Achievement AchievementRef `json:"achievement,omitzero"`
	DealID      string         `json:"dealId,omitempty"`
	BidOn       when.Day       `json:"bidOn"`
	AwardOn     when.Day       `json:"awardOn"`
	State       TaskState      `json:"state"`
	IssuerSize  SizeClass      `json:"issuerSize,omitempty"` // fixed when the contract is confirmed
	WinnerSize  SizeClass      `json:"winnerSize,omitempty"`
	Cooperation Cooperation    `json:"cooperation"`
	Proposal    *Proposal      `json:"proposal,omitempty"`
	Contracts   []Contract     `json:"contracts,omitempty"` // versions, the one in force last
	Milestones  []Milestone    `json:"milestones,omitempty"`
	Changes     []Amendment    `json:"changes,omitempty"`
	Files       []Attachment   `json:"files,omitempty"`
	Delivery    string         `json:"delivery,omitempty"`
	Acceptance  *Acceptance    `json:"acceptance,omitempty"`
	Ratings     []Rating       `json:"ratings,omitempty"`
	Outcome     *Outcome       `json:"outcome,omitempty"`
	Payments    []TaskPayment  `json:"payments,omitempty"`
	Proofs      []TaskProof    `json:"proofs,omitempty"`
	Rewards     []RewardMade   `json:"rewards,omitempty"`
	Costs       int            `json:"costs,omitempty"`     // lines of the ledger ever drawn; the next one's number follows
	Quitting    string         `json:"quitting,omitempty"`  // why the winner asks to end it
	EndReason   string         `json:"endReason,omitempty"` // why it failed or was terminated
	StartedAt   when.Instant   `json:"startedAt,omitempty"`
	DeliveredAt when.Instant   `json:"deliveredAt,omitempty"`
	AcceptedAt  when.Instant   `json:"acceptedAt,omitempty"`
	EndedAt     when.Instant   `json:"endedAt,omitempty"`
	PaymentDue  when.Day       `json:"paymentDue,omitempty"` // the last day the issuer may pay on; "" when no term binds
	// RemindedAt and OverdueAt belong to the payment; ContractRemindedAt to a contract that does not come.
	RemindedAt         when.Instant `json:"remindedAt,omitempty"`
	OverdueAt          when.Instant `json:"overdueAt,omitempty"`
	ContractRemindedAt when.Instant `json:"contractRemindedAt,omitempty"`
	Follow             bool         `json:"follow,omitempty"` // the demand has not been moved after this task yet
	// Held is the objection for which the contract cannot be confirmed just now; Annulled says that the award was taken back.
	Held      string       `json:"held,omitempty"`
	Annulled  bool         `json:"annulled,omitempty"`
	ChangedAt when.Instant `json:"changedAt"`
	BegunAt   when.Instant `json:"begunAt"`
	DueAt     when.Instant `json:"dueAt"` // when the clock must look again; 0 never
	History   []TaskStep   `json:"history"`
}

// TaskMember is a member of the consortium whose bid won.
type TaskMember struct {
	OrgID string `json:"orgId"`
	Name  string `json:"name"`
}

// TaskStep is one line of the timeline, which everyone involved reads.
type TaskStep struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	From   TaskState    `json:"from,omitempty"`
	To     TaskState    `json:"to"`
	Role   Role         `json:"role"`
	UserID string       `json:"userId,omitempty"`
	About  string       `json:"about,omitempty"` // a milestone's name, an amount
	Note   string       `json:"note,omitempty"`
}

// The limits of one task keep it within its document.
const (
	maxMilestones = 60
	maxAmendments = 40
	maxTaskFiles  = 300
	maxTaskSteps  = 300
)

// NewTask begins the work of one winner.
func NewTask(demandID string, d *Demand, b *Bid, now time.Time) Task {
	k := Task{DemandID: demandID, Round: b.Round, Code: d.Code, Title: d.Terms.Title, Kind: d.Terms.Kind, Chain: d.Terms.Chain,
		District: d.Terms.District, IssuerID: d.IssuerID, Issuer: d.Issuer, Jurisdiction: d.Jurisdiction, OrgID: b.OrgID, OrgName: b.OrgName,
		OfferFen: b.priceFen(), Achievement: b.Offer.Achievement, BidOn: when.DayOf(b.SubmittedAt.Time()), AwardOn: when.DayOf(now), State: TaskContracting,
		Cooperation: usualCooperation(d.Terms.Kind), BegunAt: when.At(now)}
	if d.AwardedAt != 0 {
		k.AwardOn = when.DayOf(d.AwardedAt.Time())
	}
	if d.Award != nil {
		k.ShareBP = d.Award.share(b.ID)
	}
	for _, m := range b.Members {
		if m.OrgID != b.OrgID && m.State == SeatAccepted {
			k.Members = append(k.Members, TaskMember{OrgID: m.OrgID, Name: m.OrgName})
		}
	}
	k.record(BeginTask, By{Role: Clock}, now, TaskContracting, "", "")
	return k
}

// priceFen is what an answer asks for in all, whatever its kind; 0 when that is not said.
func (b *Bid) priceFen() int64 {
	switch b.Kind {
	case Supply, ServiceNeed:
		return b.Offer.Quote.UnitPriceFen * max(b.Offer.Quote.Quantity, 1)
	case Scenario:
		if b.Deal != nil && b.Deal.AmountFen > 0 {
			return b.Deal.AmountFen
		}
		return b.Offer.Trial.AfterPriceFen
	}
	return b.Offer.Application.PriceFen
}

// Role is what an organisation is to the task; Stranger when nothing.
func (k *Task) Role(orgID string) Role {
	switch {
	case orgID == "":
	case orgID == k.IssuerID:
		return Issuer
	case orgID == k.OrgID:
		return Bidder
	case slices.ContainsFunc(k.Members, func(m TaskMember) bool { return m.OrgID == orgID }):
		return Member
	}
	return Stranger
}

// Contract is the version in force; nil before there is one.
func (k *Task) Contract() *Contract {
	if len(k.Contracts) == 0 {
		return nil
	}
	return &k.Contracts[len(k.Contracts)-1]
}

// may answers whether a role may take an action in the task's state: nil, Forbidden or Conflict task.wrong_state.
func (k *Task) may(a Action, by Role) error {
	for _, r := range taskRules {
		if r.Action != a {
			continue
		}
		if !slices.Contains(r.By, by) {
			return fault.Newf(fault.Forbidden, "", "%s is not for the %s", a, by)
		}
		if !slices.Contains(r.From, k.State) {
			return fault.Newf(fault.Conflict, "task.wrong_state", "%s is not possible while the task is %s", a, k.State)
		}
		return nil
	}
	return fault.Newf(fault.Forbidden, "", "%s is no action on a task", a)
}

// record moves the task and writes the timeline; past the limit only changes of state are written.
func (k *Task) record(a Action, by By, now time.Time, to TaskState, about, note string) {
	if to != k.State {
		k.Follow = true
	}
	if to != k.State || len(k.History) < maxTaskSteps {
		k.History = append(k.History, TaskStep{At: when.At(now), Action: a, From: k.State, To: to, Role: by.Role, UserID: by.UserID, About: about, Note: note})
	}
	k.State, k.ChangedAt = to, when.At(now)
	k.settle()
}

// Propose records the contract one side holds signed in its hands; it stands once the other side confirms it. Before that it may be
// replaced by either.
func (k *Task) Propose(by By, now time.Time, c Contract, milestones []Milestone) error {
	if err := k.may(RecordTaskContract, by.Role); err != nil {
		return err
	}
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	today := when.DayOf(now)
	need(!c.SignedOn.Time().IsZero(), "signedOn", "required")
	need(c.SignedOn <= today, "signedOn", "in_future")
	need(c.EndsOn > c.SignedOn, "endsOn", "before_start")
	need(c.AmountFen >= 0, "amountFen", "too_small")
	need(c.PaymentDays >= 0 && c.PaymentDays <= 3650, "paymentDays", "out_of_range")
	need(c.FileID == "" || k.hasFile(c.FileID), "fileId", "not_in")
	need(len(milestones) <= maxMilestones, "milestones", "too_large")
	for i, m := range milestones {
		need(strings.TrimSpace(m.Name) != "", "milestones."+itoa(i)+".name", "required")
		need(m.DueOn >= c.SignedOn && m.DueOn <= c.EndsOn, "milestones."+itoa(i)+".dueOn", "out_of_range")
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	for i := range milestones {
		milestones[i].ID, milestones[i].State = "m"+itoa(i+1), MilestonePending
	}
	c.Version, c.At = 1, when.At(now)
	k.Proposal = &Proposal{Contract: c, Milestones: milestones, By: by.Role, UserID: by.UserID}
	k.record(RecordTaskContract, by, now, k.State, office.Money(c.AmountFen), "")
	return nil
}

// answering is the guard of a side's answer to what the other side proposed.
func answering(by, proposer Role) error {
	if by == proposer {
		return fault.New(fault.Forbidden, "task.own_proposal", "the other side answers")
	}
	return nil
}

// ConfirmContract makes the recorded contract stand: the work begins. The size classes of both sides are fixed here, since they decide
// the payment term and the reward; payment terms the law forbids are refused.
func (k *Task) ConfirmContract(by By, now time.Time, issuer, winner SizeClass) error {
	if err := k.may(ConfirmTaskContract, by.Role); err != nil {
		return err
	}
	if k.Proposal == nil {
		return fault.New(fault.Conflict, "task.no_contract", "no contract waits to be confirmed")
	}
	if err := answering(by.Role, k.Proposal.By); err != nil {
		return err
	}
	if k.Held != "" {
		return fault.New(fault.Conflict, "task.award_contested", "an objection against the award was upheld")
	}
	c := k.Proposal.Contract
	for _, w := range CheckPayment(Payment{Days: c.PaymentDays, BackToBack: c.BackToBack}, issuer) {
		if w.Severity == Block && (winner != Large && winner != PublicBody) {
			return fault.Bad(fault.Field{Path: strings.TrimPrefix(w.Path, "payment."), Code: w.Code})
		}
	}
	k.IssuerSize, k.WinnerSize = issuer, winner
	k.Contracts, k.Milestones, k.Proposal, k.StartedAt, k.Quitting = []Contract{c}, k.Proposal.Milestones, nil, when.At(now), ""
	k.record(ConfirmTaskContract, by, now, TaskInProgress, office.Money(c.AmountFen), "")
	return nil
}

// RefuseContract sends the recorded contract back to the side that recorded it.
func (k *Task) RefuseContract(by By, now time.Time, reason string) error {
	if err := k.reasoned(RefuseTaskContract, by, reason); err != nil {
		return err
	}
	if k.Proposal == nil {
		return fault.New(fault.Conflict, "task.no_contract", "no contract waits to be confirmed")
	}
	if err := answering(by.Role, k.Proposal.By); err != nil {
		return err
	}
	k.Proposal = nil
	k.record(RefuseTaskContract, by, now, k.State, "", reason)
	return nil
}

func (k *Task) reasoned(a Action, by By, reason string) error {
	if err := k.may(a, by.Role); err != nil {
		return err
	}
	return needReason(reason)
}

// AddMilestone adds one to work under way.
func (k *Task) AddMilestone(by By, now time.Time, name string, due when.Day) error {
	if err := k.may(AddTaskMilestone, by.Role); err != nil {
		return err
	}
	switch {
	case strings.TrimSpace(name) == "":
		return fault.Bad(fault.Field{Path: "name", Code: "required"})
	case due < when.DayOf(now) || due > k.Contract().EndsOn:
		return fault.Bad(fault.Field{Path: "dueOn", Code: "out_of_range"})
	case len(k.Milestones) >= maxMilestones:
		return fault.Newf(fault.Conflict, "task.full", "at most %d milestones", maxMilestones)
	}
	k.Milestones = append(k.Milestones, Milestone{ID: "m" + itoa(len(k.Milestones)+1), Name: name, DueOn: due, State: MilestonePending})
	k.record(AddTaskMilestone, by, now, k.State, name, "")
	return nil
}

// MoveMilestone says how far one is. The winner begins, finishes and delays it (a delay names the new day and why); the issuer cancels
// it, with a reason.
func (k *Task) MoveMilestone(by By, now time.Time, id string, to MilestoneState, due when.Day, note string) error {
	if err := k.may(MoveTaskMilestone, by.Role); err != nil {
		return err
	}
	i := slices.IndexFunc(k.Milestones, func(m Milestone) bool { return m.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no such milestone")
	}
	if (by.Role == Issuer) != (to == MilestoneCancelled) {
		return fault.New(fault.Forbidden, "task.not_your_step", "the winner works on milestones, the issuer cancels them")
	}
	m := &k.Milestones[i]
	if !m.State.open() || to == m.State && to != MilestoneDelayed || to == MilestonePending {
		return fault.Newf(fault.Conflict, "task.milestone_state", "a milestone that is %s does not become %s", m.State, to)
	}
	if to == MilestoneDelayed || to == MilestoneCancelled {
		if err := needReason(note); err != nil {
			return fieldNamed(err, "note")
		}
	}
	switch to {
	case MilestoneDelayed:
		if due <= m.DueOn || due <= when.DayOf(now) || due > k.Contract().EndsOn {
			return fault.Bad(fault.Field{Path: "dueOn", Code: "out_of_range"})
		}
		m.DueOn, m.RemindedAt, m.OverdueAt = due, 0, 0
	case MilestoneDone:
		m.DoneOn, m.OverdueAt = when.DayOf(now), 0
	case MilestoneCancelled:
		m.OverdueAt = 0
	}
	m.State, m.Note = to, note
	k.record(MoveTaskMilestone, by, now, k.State, m.Name+" · "+string(to), note)
	return nil
}

// ProposeChange asks the other side for another amount, end or scope. One is open at a time.
func (k *Task) ProposeChange(by By, now time.Time, c Amendment) error {
	if err := k.reasoned(ProposeTaskChange, by, c.Reason); err != nil {
		return err
	}
	if k.change() != nil {
		return fault.New(fault.Conflict, "task.change_open", "a change waits to be answered")
	}
	if len(k.Changes) >= maxAmendments {
		return fault.Newf(fault.Conflict, "task.full", "at most %d changes", maxAmendments)
	}
	if c.AmountFen == nil && c.EndsOn == "" && c.Scope == "" {
		return fault.Bad(fault.Field{Path: "scope", Code: "required", Detail: "nothing changes"})
	}
	if c.AmountFen != nil && *c.AmountFen < 0 {
		return fault.Bad(fault.Field{Path: "amountFen", Code: "too_small"})
	}
	if c.EndsOn != "" && c.EndsOn <= when.DayOf(now) {
		return fault.Bad(fault.Field{Path: "endsOn", Code: "too_soon"})
	}
	c.ID, c.By, c.At, c.State = "c"+itoa(len(k.Changes)+1), by.Role, when.At(now), ChangeProposed
	k.Changes = append(k.Changes, c)
	k.record(ProposeTaskChange, by, now, k.State, "", c.Reason)
	return nil
}

// change is the open one, if any.
func (k *Task) change() *Amendment {
	if n := len(k.Changes); n > 0 && k.Changes[n-1].State == ChangeProposed {
		return &k.Changes[n-1]
	}
	return nil
}

// AnswerChange takes the open change or not; the side that proposed it may only take it back. A taken one makes the contract's next
// version.
func (k *Task) AnswerChange(by By, now time.Time, id string, agrees bool, note string) error {
	if err := k.may(AnswerTaskChange, by.Role); err != nil {
		return err
	}
	c := k.change()
	if c == nil || c.ID != id {
		return fault.New(fault.Conflict, "task.no_change", "no such change waits to be answered")
	}
	if agrees {
		if err := answering(by.Role, c.By); err != nil {
			return err
		}
	} else if err := needReason(note); err != nil {
		return fieldNamed(err, "note")
	}
	c.Answer, c.AnsweredAt, c.State = note, when.At(now), ChangeRefused
	if agrees {
		c.State = ChangeAgreed
		next := *k.Contract()
		next.Version, next.At, next.Reason = next.Version+1, when.At(now), c.Reason
		if c.AmountFen != nil {
			next.AmountFen = *c.AmountFen
		}
		if c.EndsOn != "" {
			next.EndsOn = c.EndsOn
		}
		if c.Scope != "" {
			next.Scope = c.Scope
		}
		k.Contracts = append(k.Contracts, next)
	}
	k.record(AnswerTaskChange, by, now, k.State, c.State, note)
	return nil
}

// Deliver hands the work over. No milestone may be left open and no change unanswered.
func (k *Task) Deliver(by By, now time.Time, note string) error {
	if err := k.reasoned(DeliverTask, by, note); err != nil {
		return fieldNamed(err, "note")
	}
	if slices.ContainsFunc(k.Milestones, func(m Milestone) bool { return m.State.open() }) {
		return fault.New(fault.Conflict, "task.milestones_open", "some milestones are neither done nor cancelled")
	}
	if k.change() != nil {
		return fault.New(fault.Conflict, "task.change_open", "a change waits to be answered")
	}
	k.Delivery, k.DeliveredAt = note, when.At(now)
	k.PaymentDue = k.paymentDue(now)
	k.record(DeliverTask, by, now, TaskDelivered, "", note)
	return nil
}

// ReturnDelivery sends the work back with what is missing; the payment clock begins anew with the next delivery.
func (k *Task) ReturnDelivery(by By, now time.Time, reason string) error {
	if err := k.reasoned(ReturnTaskDelivery, by, reason); err != nil {
		return err
	}
	k.DeliveredAt, k.PaymentDue, k.RemindedAt, k.OverdueAt = 0, "", 0, 0
	k.record(ReturnTaskDelivery, by, now, TaskInProgress, "", reason)
	return nil
}

// Accept concludes the work with the issuer's score and grade; 不合格 ends it as failed, and the comment is the reason.
func (k *Task) Accept(by By, now time.Time, score int, grade Grade, comment string) error {
	if err := k.may(AcceptTask, by.Role); err != nil {
		return err
	}
	switch {
	case score < 0 || score > 100:
		return fault.Bad(fault.Field{Path: "score", Code: "out_of_range", Detail: "0 to 100"})
	case !slices.Contains([]Grade{Excellent, Good, PassGrade, FailGrade}, grade):
		return fault.Bad(fault.Field{Path: "grade", Code: "required"})
	case strings.TrimSpace(comment) == "":
		return fault.Bad(fault.Field{Path: "comment", Code: "required"})
	}
	k.Acceptance = &Acceptance{Score: score, Grade: grade, Comment: comment, UserID: by.UserID, At: when.At(now)}
	if grade == FailGrade {
		k.EndReason, k.EndedAt = comment, when.At(now)
		k.PaymentDue = ""
		k.record(AcceptTask, by, now, TaskFailed, itoa(score), comment)
		return nil
	}
	k.AcceptedAt, k.Quitting = when.At(now), ""
	k.record(AcceptTask, by, now, TaskAccepted, itoa(score), comment)
	return nil
}

// Rate says what one side thinks of the other, once.
func (k *Task) Rate(by By, now time.Time, stars int, text string) error {
	if err := k.may(RateTask, by.Role); err != nil {
		return err
	}
	if stars < 1 || stars > 5 {
		return fault.Bad(fault.Field{Path: "stars", Code: "out_of_range", Detail: "1 to 5"})
	}
	if slices.ContainsFunc(k.Ratings, func(r Rating) bool { return r.By == by.Role }) {
		return fault.New(fault.Conflict, "task.rated", "this side has rated already")
	}
	k.Ratings = append(k.Ratings, Rating{By: by.Role, Stars: stars, Text: text, At: when.At(now)})
	k.record(RateTask, by, now, k.State, itoa(stars), text)
	return nil
}

// RecordOutcome writes down what came of the work; the last word counts, the timeline keeps who said what.
func (k *Task) RecordOutcome(by By, now time.Time, o Outcome, c Cooperation) error {
	if err := k.may(RecordTaskOutcome, by.Role); err != nil {
		return err
	}
	if o.OrderFen < 0 || o.PatentsFiled < 0 || o.PatentsGranted < 0 {
		return fault.Bad(fault.Field{Path: "orderFen", Code: "too_small"})
	}
	if c != "" {
		if !slices.Contains(Cooperations, c) {
			return fault.Bad(fault.Field{Path: "cooperation", Code: "not_a_choice"})
		}
		k.Cooperation = c
	}
	o.By, o.At = by.Role, when.At(now)
	k.Outcome = &o
	k.record(RecordTaskOutcome, by, now, k.State, office.Money(o.OrderFen), o.Note)
	return nil
}

// Close ends an accepted task; the payment clock runs on.
func (k *Task) Close(by By, now time.Time) error {
	if err := k.may(CloseTask, by.Role); err != nil {
		return err
	}
	k.EndedAt = when.At(now)
	k.record(CloseTask, by, now, TaskClosed, "", "")
	return nil
}

// RequestTermination asks the issuer to end the task by agreement.
func (k *Task) RequestTermination(by By, now time.Time, reason string) error {
	if err := k.reasoned(RequestTaskTermination, by, reason); err != nil {
		return err
	}
	if k.Quitting != "" {
		return fault.New(fault.Conflict, "task.termination_asked", "the issuer has been asked already")
	}
	k.Quitting = reason
	k.record(RequestTaskTermination, by, now, k.State, "", reason)
	return nil
}

// DeclineTermination does not agree to end it.
func (k *Task) DeclineTermination(by By, now time.Time, reason string) error {
	if err := k.reasoned(DeclineTaskTermination, by, reason); err != nil {
		return err
	}
	if k.Quitting == "" {
		return fault.New(fault.Conflict, "task.no_request", "the winner has not asked to end the task")
	}
	k.Quitting = ""
	k.record(DeclineTaskTermination, by, now, k.State, "", reason)
	return nil
}

// Terminate ends the task: by agreement when the winner asked for it, else by the issuer alone, always with the reason.
func (k *Task) Terminate(by By, now time.Time, reason string) error {
	if err := k.reasoned(TerminateTask, by, reason); err != nil {
		return err
	}
	about := "by_issuer"
	if k.Quitting != "" {
		about = "by_agreement"
	}
	k.EndReason, k.EndedAt, k.Proposal = reason, when.At(now), nil
	k.PaymentDue = ""
	k.record(TerminateTask, by, now, TaskTerminated, about, reason)
	return nil
}

// AttachFile keeps a file with the task: a contract, a report, a voucher.
func (k *Task) AttachFile(by By, a Attachment) error {
	if err := k.may(AddTaskFile, by.Role); err != nil {
		return err
	}
	if len(k.Files) >= maxTaskFiles {
		return fault.Newf(fault.Conflict, "attachment.too_many", "at most %d files", maxTaskFiles)
	}
	k.Files = append(k.Files, a)
	return nil
}

func (k *Task) hasFile(id string) bool {
	return slices.ContainsFunc(k.Files, func(a Attachment) bool { return a.ID == id })
}

// Ended reports whether the work is over, well or badly.
func (s TaskState) Ended() bool { return s == TaskClosed || s == TaskFailed || s == TaskTerminated }

// FollowTasks is where the demand stands after its winners' tasks: in progress with the first confirmed contract, accepted when none is
// at work any more and one was accepted, closed when all are over; terminated when all came to nothing. It never goes back. It reports
// whether the demand moved.
func (d *Demand) FollowTasks(now time.Time, tasks []TaskState) bool {
	if d.State != Awarded && d.State != InProgress && d.State != Accepted || len(tasks) == 0 || d.Tasks.Contest {
		return false
	}
	working, good, over, begun := 0, 0, 0, false
	for _, s := range tasks {
		switch s {
		case TaskContracting:
			working++
		case TaskInProgress, TaskDelivered:
			working++
			begun = true
		case TaskAccepted:
			good++
		case TaskClosed:
			good++
			over++
		default:
			over++
		}
	}
	to := d.State
	switch {
	case over == len(tasks) && good == 0:
		to = Terminated
	case over == len(tasks):
		to = Closed
	case working == 0:
		to = Accepted
	case begun || good > 0:
		to = InProgress
	}
	order := []State{Awarded, InProgress, Accepted, Closed, Terminated}
	if slices.Index(order, to) <= slices.Index(order, d.State) {
		return false
	}
	reason := ""
	if to == Terminated {
		reason = "所有揭榜项目均未完成"
		d.Reason = reason
	}
	if to == Closed || to == Terminated {
		d.EndedAt = when.At(now)
	}
	d.record(FollowTask, By{Role: Clock}, now, to, reason)
	return true
}

// FollowTask is the demand's step after its tasks.
const FollowTask Action = "followTasks"
