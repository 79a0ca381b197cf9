package demand

import (
	"context"
	"slices"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file shows tasks and ledgers. Everyone involved reads the same; what differs is what each may do next.

func date(d when.Day) types.Date { return types.Date{Time: d.Time()} }

func dayOf(d types.Date) when.Day {
	if d.IsZero() {
		return ""
	}
	return when.Day(d.Format(time.DateOnly))
}

func (s *Service) taskBrief(doc docstore.Doc[Task], r Role) api.TaskBrief {
	k := &doc.Body
	v := api.TaskBrief{Id: doc.ID, DemandId: k.DemandID, Code: k.Code, Title: k.Title, Kind: api.DemandKind(k.Kind), State: api.TaskState(k.State), Chain: k.Chain,
		District: k.District, IssuerId: k.IssuerID, Issuer: k.Issuer, OrgId: k.OrgID, OrgName: k.OrgName, Role: api.TaskRole(r), ChangedAt: k.ChangedAt.Time(),
		NextOn: date(k.Next()), Overdue: k.overdue()}
	if c := k.Contract(); c != nil {
		v.AmountFen = c.AmountFen
	}
	v.TurnFor = k.turn(r)
	v.Turn = v.TurnFor != ""
	return v
}

// overdue reports whether anything of the task is late.
func (k *Task) overdue() bool {
	return k.OverdueAt != 0 && k.owing() ||
		k.State == TaskInProgress && slices.ContainsFunc(k.Milestones, func(m Milestone) bool { return m.State.open() && m.OverdueAt != 0 })
}

// turn says what waits for a role, as a code; "" when nothing does.
func (k *Task) turn(r Role) string {
	unconfirmed := slices.ContainsFunc(k.Payments, func(p TaskPayment) bool { return p.ConfirmedAt == 0 })
	rated := slices.ContainsFunc(k.Ratings, func(x Rating) bool { return x.By == r })
	side := r == Issuer || r == Bidder
	switch {
	case r == Operator:
		if n := len(k.Proofs); n > 0 && k.Proofs[n-1].JudgedAt == 0 {
			return "judgeProof"
		}
		return ""
	case !side:
		return ""
	case k.State == TaskContracting && k.Proposal != nil && k.Proposal.By != r:
		return "confirmContract"
	case k.State == TaskContracting && k.Proposal == nil:
		return "recordContract"
	case k.change() != nil && k.change().By != r:
		return "answerChange"
	case k.Quitting != "" && r == Issuer && !k.State.Ended():
		return "answerTermination"
	case k.State == TaskDelivered && r == Issuer:
		return "accept"
	case k.State == TaskInProgress && r == Bidder:
		return "work"
	case unconfirmed && r == Bidder:
		return "confirmPayment"
	case r == Issuer && k.owing() && k.OverdueAt != 0:
		return "pay"
	case slices.Contains(taskOver, k.State) && k.Contract() != nil && !rated:
		return "rate"
	case k.State == TaskAccepted && r == Issuer:
		return "close"
	}
	return ""
}

func contractView(c Contract) api.Contract {
	return api.Contract{Version: c.Version, Number: c.Number, SignedOn: date(c.SignedOn), EndsOn: date(c.EndsOn), AmountFen: c.AmountFen, Scope: c.Scope,
		PaymentDays: c.PaymentDays, BackToBack: c.BackToBack, FileId: c.FileID, At: c.At.Time(), Reason: c.Reason}
}

func milestonesView(all []Milestone) []api.Milestone {
	out := []api.Milestone{}
	for _, m := range all {
		out = append(out, api.Milestone{Id: m.ID, Name: m.Name, DueOn: date(m.DueOn), State: api.MilestoneState(m.State), DoneOn: date(m.DoneOn), Note: m.Note,
			Overdue: m.OverdueAt != 0 && m.State.open()})
	}
	return out
}

// taskView is a task as everyone involved reads it.
func (s *Service) taskView(_ context.Context, doc docstore.Doc[Task], r Role) (api.Task, error) {
	k := &doc.Body
	v := api.Task{Id: doc.ID, Rev: doc.Rev, DemandId: k.DemandID, Round: k.Round, Code: k.Code, Title: k.Title, Kind: api.DemandKind(k.Kind),
		State: api.TaskState(k.State), Chain: k.Chain, District: k.District, IssuerId: k.IssuerID, Issuer: k.Issuer, OrgId: k.OrgID, OrgName: k.OrgName,
		ShareBp: k.ShareBP, OfferFen: k.OfferFen, Achievement: k.Achievement.view(), DealId: k.DealID, BidOn: date(k.BidOn), AwardOn: date(k.AwardOn), Role: api.TaskRole(r), IssuerSize: string(k.IssuerSize),
		WinnerSize: string(k.WinnerSize), Cooperation: api.Cooperation(k.Cooperation), Milestones: milestonesView(k.Milestones), Delivery: k.Delivery,
		PaidFen: k.PaidFen(), PaymentDue: date(k.PaymentDue), PaymentOverdue: k.OverdueAt != 0 && k.owing(), TerminationAsked: k.Quitting, EndReason: k.EndReason,
		StartedAt: k.StartedAt.Time(), DeliveredAt: k.DeliveredAt.Time(), AcceptedAt: k.AcceptedAt.Time(), EndedAt: k.EndedAt.Time(), BegunAt: k.BegunAt.Time(),
		NextOn: date(k.Next()), Contracts: []api.Contract{}, Changes: []api.TaskChange{}, Files: []api.Attachment{}, Ratings: []api.TaskRating{},
		Payments: []api.TaskPayment{}, Proofs: []api.TaskProof{}, Rewards: []api.RewardMade{}, History: []api.TaskStep{}}
	for _, m := range k.Members {
		v.Members = append(v.Members, api.TaskMember{OrgId: m.OrgID, Name: m.Name})
	}
	if p := k.Proposal; p != nil {
		v.Proposal = api.ContractProposal{Contract: contractView(p.Contract), Milestones: milestonesView(p.Milestones), By: api.TaskRole(p.By)}
	}
	for _, c := range k.Contracts {
		v.Contracts = append(v.Contracts, contractView(c))
		v.Contract = contractView(c)
	}
	for _, c := range k.Changes {
		v.Changes = append(v.Changes, api.TaskChange{Id: c.ID, AmountFen: c.AmountFen, EndsOn: date(c.EndsOn), Scope: c.Scope, Reason: c.Reason,
			By: api.TaskRole(c.By), At: c.At.Time(), State: api.TaskChangeState(c.State), Answer: c.Answer})
	}
	for _, f := range k.Files {
		v.Files = append(v.Files, attachmentView(f))
	}
	if a := k.Acceptance; a != nil {
		v.Acceptance = api.Acceptance{Score: a.Score, Grade: api.Grade(a.Grade), Comment: a.Comment, At: a.At.Time()}
	}
	for _, x := range k.Ratings {
		v.Ratings = append(v.Ratings, api.TaskRating{By: api.TaskRole(x.By), Stars: x.Stars, Text: x.Text, At: x.At.Time()})
	}
	if o := k.Outcome; o != nil {
		v.Outcome = api.Outcome{OrderFen: o.OrderFen, PatentsFiled: o.PatentsFiled, PatentsGranted: o.PatentsGranted, SupplierListed: o.SupplierListed,
			Note: o.Note, By: api.TaskRole(o.By), At: o.At.Time()}
	}
	for _, p := range k.Payments {
		v.Payments = append(v.Payments, api.TaskPayment{Id: p.ID, AmountFen: p.AmountFen, PaidOn: date(p.PaidOn), Note: p.Note, By: api.TaskRole(p.By), Confirmed: p.ConfirmedAt != 0})
	}
	for _, p := range k.Proofs {
		state := api.ProofStateRecorded
		if p.JudgedAt != 0 {
			state = api.ProofStateRefused
			if p.Accepted {
				state = api.ProofStateAccepted
			}
		}
		v.Proofs = append(v.Proofs, api.TaskProof{Code: p.Code, Status: p.Status, FileId: p.FileID, State: state, Reason: p.Reason, At: p.At.Time()})
	}
	for _, m := range k.Rewards {
		v.Rewards = append(v.Rewards, api.RewardMade{Approved: m.Approved, AmountFen: m.AmountFen, ComputedFen: m.ComputedFen, RuleId: m.RuleID,
			Version: m.Version, On: date(m.On), Reason: m.Reason, At: m.At.Time()})
	}
	for _, step := range k.History {
		v.History = append(v.History, api.TaskStep{At: step.At.Time(), Action: string(step.Action), From: api.TaskState(step.From), To: api.TaskState(step.To),
			Actor: api.TaskRole(step.Role), ActorName: k.nameOf(step.Role), About: step.About, Note: step.Note})
	}
	v.AllowedActions = k.actions(r)
	return v, nil
}

// shownActions are those a page offers, the clock's own left out, in the order they are offered.
var shownActions = []Action{RecordTaskContract, ConfirmTaskContract, RefuseTaskContract, AddTaskMilestone, MoveTaskMilestone, DeliverTask, AcceptTask,
	ReturnTaskDelivery, AddTaskCost, WithdrawTaskCost, JudgeTaskCost, ProposeTaskChange, AnswerTaskChange, RecordTaskPayment, ConfirmTaskPayment, RecordTaskOutcome,
	RateTask, CloseTask, RequestTaskTermination, DeclineTaskTermination, TerminateTask, RecordTaskProof, JudgeTaskProof, DecideTaskReward, AddTaskFile}

// actions are what a role could do with the task, with the reason where it is closed to it for now.
func (k *Task) actions(r Role) []api.Action {
	all := []api.Action{}
	for _, a := range shownActions {
		err := k.may(a, r)
		if err == nil {
			err = k.ready(a, r)
		}
		if fault.KindOf(err) == fault.Forbidden && err != nil {
			continue
		}
		v := api.Action{Operation: string(a), Allowed: err == nil}
		if err != nil {
			v.Code = fault.As(err).Code
		}
		all = append(all, v)
	}
	return all
}

// ready says what beyond the state stands in the way of an action.
func (k *Task) ready(a Action, r Role) error {
	closed := func(code string) error { return fault.New(fault.Conflict, code, "not now") }
	switch a {
	case ConfirmTaskContract, RefuseTaskContract:
		if k.Proposal == nil {
			return closed("task.no_contract")
		}
		return answering(r, k.Proposal.By)
	case AnswerTaskChange:
		if k.change() == nil {
			return closed("task.no_change")
		}
	case ProposeTaskChange:
		if k.change() != nil {
			return closed("task.change_open")
		}
	case DeliverTask:
		if k.change() != nil {
			return closed("task.change_open")
		}
		if slices.ContainsFunc(k.Milestones, func(m Milestone) bool { return m.State.open() }) {
			return closed("task.milestones_open")
		}
	case RateTask:
		if slices.ContainsFunc(k.Ratings, func(x Rating) bool { return x.By == r }) {
			return closed("task.rated")
		}
	case RequestTaskTermination:
		if k.Quitting != "" {
			return closed("task.termination_asked")
		}
	case DeclineTaskTermination:
		if k.Quitting == "" {
			return closed("task.no_request")
		}
	case JudgeTaskProof:
		if n := len(k.Proofs); n == 0 || k.Proofs[n-1].JudgedAt != 0 {
			return closed("task.no_proof")
		}
	case ConfirmTaskPayment:
		if !slices.ContainsFunc(k.Payments, func(p TaskPayment) bool { return p.ConfirmedAt == 0 }) {
			return closed("task.payment_confirmed")
		}
	case RecordTaskPayment:
		if k.Contract() == nil {
			return closed("task.no_contract")
		}
	}
	return nil
}

func costView(doc docstore.Doc[CostLine]) api.CostLine {
	c := &doc.Body
	v := api.CostLine{Id: doc.ID, Number: c.Number, Category: api.CostCategory(c.Category), AmountFen: c.AmountFen, SpentOn: date(c.SpentOn), Note: c.Note,
		Voucher: c.Voucher, FileId: c.FileID, State: api.CostState(c.State), At: c.At.Time()}
	v.Judged = []api.CostJudgment{}
	for _, j := range c.Judged {
		v.Judged = append(v.Judged, api.CostJudgment{State: api.CostState(j.State), By: api.TaskRole(j.Role), Reason: j.Reason, At: j.At.Time()})
	}
	return v
}

func ledgerView(docs []docstore.Doc[CostLine], now time.Time) api.CostLedger {
	t := TotalOn(bodies(docs), when.DayOf(now))
	v := api.CostLedger{Items: []api.CostLine{}, RecordedFen: t.Recorded, ConfirmedFen: t.Confirmed, VerifiedFen: t.Verified, RefusedFen: t.Refused, Categories: []api.CategorySum{}}
	for _, doc := range docs {
		v.Items = append(v.Items, costView(doc))
	}
	for _, c := range CostCategories {
		if t.All[c] == 0 {
			continue
		}
		v.Categories = append(v.Categories, api.CategorySum{Category: api.CostCategory(c), AmountFen: t.All[c], VerifiedFen: t.ByCategoryVerified[c]})
	}
	return v
}

// GetDemandOutcome is what came of the present round's award, winner by winner. Whom an issuer of a scored demand chose is public with the
// award; whom a buyer buys from is known to the two and the operator alone.
func (s *Service) GetDemandOutcome(ctx context.Context, id string) (api.DemandOutcome, error) {
	out := api.DemandOutcome{Items: []api.TaskOutcome{}}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return out, err
	}
	d := &doc.Body
	err = s.work.Each(ctx, docstore.Query{Index: "demand", Equal: []any{id, d.Round}}, func(k docstore.Doc[Task]) error {
		inside := taskBy(a, &k.Body).Role != Stranger
		if k.Body.renewable() || !inside && !d.flow().scored {
			return nil
		}
		v := outcomeView(&k.Body)
		if inside {
			v.TaskId = k.ID
		}
		out.Items = append(out.Items, v)
		return nil
	})
	return out, err
}

func outcomeView(k *Task) api.TaskOutcome {
	v := api.TaskOutcome{OrgId: k.OrgID, OrgName: k.OrgName, State: api.TaskState(k.State)}
	if len(k.Contracts) > 0 {
		v.SignedOn = date(k.Contracts[0].SignedOn)
	}
	if k.DeliveredAt != 0 {
		v.DeliveredOn = date(when.DayOf(k.DeliveredAt.Time()))
	}
	if k.Acceptance != nil {
		v.AcceptedOn, v.Grade = date(when.DayOf(k.Acceptance.At.Time())), api.Grade(k.Acceptance.Grade)
	}
	if o := k.Outcome; o != nil {
		v.PatentsFiled, v.PatentsGranted, v.SupplierListed = o.PatentsFiled, o.PatentsGranted, o.SupplierListed
	}
	return v
}
