package demand

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is the operations on tasks, and what the clock does for them.

var taskIndexes = []docstore.Index{
	{Name: "demand", Fields: []string{"demandId", "round"}},
	{Name: "issuer", Fields: []string{"issuerId", "changedAt"}},
	{Name: "winner", Fields: []string{"orgId", "changedAt"}},
	{Name: "district", Fields: []string{"jurisdiction", "changedAt"}},
	{Name: "changed", Fields: []string{"changedAt"}},
	{Name: "due", Fields: []string{"dueAt"}},
}

// tasked reports whether a winner of this kind goes on to a task: a service's dealing goes on as an engagement, talks on a project end
// with their result.
func (k Kind) tasked() bool { return k == RND || k == Supply || k == Scenario }

// beginTasks makes a task of every winning bid of a demand's round. A repeat finds them there.
func (s *Service) beginTasks(ctx context.Context, id string, d *Demand) error {
	if d.Terms.Kind.tasked() {
		winners, err := s.bidsIn(ctx, id, d.Round, Won)
		if err != nil {
			return err
		}
		for i := range winners {
			b := &winners[i]
			if err := s.bids.unseal(ctx, b); err != nil && !errors.Is(err, errSealLost) { // for the price it asks
				return err
			}
			k := NewTask(id, d, b, s.now())
			var err error
			if k.DealID, err = s.wonDeal(ctx, id, d, b); err != nil {
				return err
			}
			_, err = s.work.Insert(ctx, b.ID, k, docstore.Emit(taskBegun, aboutTask(b.ID, &k, k.everyone()...)))
			if err != nil && fault.KindOf(err) == fault.Duplicate {
				err = s.beginAnew(ctx, b.ID, k)
			}
			if err != nil {
				return err
			}
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.Begin = false })
}

// beginAnew begins the task of a winner whose earlier award was taken back before a contract stood; any other is there already.
func (s *Service) beginAnew(ctx context.Context, taskID string, k Task) error {
	_, err := s.work.Update(ctx, taskID, func(tx *docstore.Tx[Task]) error {
		if !tx.Body.renewable() {
			return nil
		}
		k.History = slices.Concat(tx.Body.History, k.History)
		k.Files = tx.Body.Files
		*tx.Body = k
		return tx.Emit(taskBegun, aboutTask(taskID, tx.Body, tx.Body.everyone()...))
	})
	return err
}

// promiseTask notes on the demand that a purchase about to be written leads to a task, if the step is one the caller may take.
func (s *Service) promiseTask(ctx context.Context, bidID string, step func(b *Bid, by By, now time.Time, d *Demand) error) (string, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return "", err
	}
	trial := bid.Body
	trial.History = slices.Clone(trial.History)
	if trial.Deal != nil {
		deal := *trial.Deal
		trial.Deal = &deal
	}
	if err := step(&trial, By{Role: bidRole(a, &trial, &demand.Body), UserID: a.UserID, OrgID: a.OrgID}, s.now(), &demand.Body); err != nil {
		return "", err
	}
	_, err = s.demands.Update(docstore.Unwitnessed(ctx), demand.ID, func(tx *docstore.Tx[Demand]) error {
		tx.Body.Tasks.Begin, tx.Body.Tasks.NextAt = true, max(tx.Body.Tasks.NextAt, when.At(tx.Now.Add(patience)))
		tx.Body.settle()
		return nil
	})
	return demand.ID, err
}

// keepPromise makes the promised task now; what fails is left to the clock.
func (s *Service) keepPromise(ctx context.Context, demandID string) {
	ctx = docstore.Unwitnessed(context.WithoutCancel(ctx))
	doc, err := s.demands.Get(ctx, demandID)
	if err == nil {
		err = s.beginTasks(ctx, demandID, &doc.Body)
	}
	if err != nil {
		s.o.Log.Warn("a task is left to the clock", "demand", demandID, "error", err)
	}
}

// adoptAwards promises tasks to demands that were awarded before there were any.
func (s *Service) adoptAwards(ctx context.Context) error {
	ctx = docstore.Unwitnessed(ctx)
	var ids []string
	err := s.demands.Each(ctx, docstore.Query{Index: "review", Equal: []any{Awarded}}, func(doc docstore.Doc[Demand]) error {
		n, err := s.work.Count(ctx, docstore.Query{Index: "demand", Equal: []any{doc.ID, doc.Body.Round}})
		if err == nil && n == 0 && doc.Body.Terms.Kind.tasked() {
			ids = append(ids, doc.ID)
		}
		return err
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
			tx.Body.Tasks.Begin = true
			tx.Body.settle()
			return nil
		})
	}
	return err
}

// runTasks takes up the tasks whose time has come.
func (s *Service) runTasks(ctx context.Context) (int, error) {
	page, err := s.work.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 50})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		if err := s.carryTask(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("a task could not be carried on", "task", doc.ID, "error", err)
		}
	}
	return len(page.Items), ctx.Err()
}

// carryTask marks what the clock has reached and moves the demand after its tasks. It may be repeated and run in several replicas.
func (s *Service) carryTask(ctx context.Context, id string) error {
	ctx = docstore.Unwitnessed(ctx)
	doc, err := s.work.Update(ctx, id, func(tx *docstore.Tx[Task]) error {
		for _, r := range tx.Body.Tick(tx.Now) {
			m := aboutTask(id, tx.Body, tx.Body.to(r.To...)...).with("about", r.About).with("day", string(r.Day))
			if err := tx.Emit(r.Event, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !doc.Body.Follow {
		return err
	}
	var states []TaskState
	if err := s.work.Each(ctx, docstore.Query{Index: "demand", Equal: []any{doc.Body.DemandID, doc.Body.Round}}, func(k docstore.Doc[Task]) error {
		if !k.Body.renewable() { // of an award that was taken back: no work of this one
			states = append(states, k.Body.State)
		}
		return nil
	}); err != nil {
		return err
	}
	if _, err := s.demands.Update(ctx, doc.Body.DemandID, func(tx *docstore.Tx[Demand]) error {
		if tx.Body.Round == doc.Body.Round {
			tx.Body.FollowTasks(tx.Now, states)
		}
		return nil
	}); err != nil {
		return err
	}
	_, err = s.work.Update(ctx, id, func(tx *docstore.Tx[Task]) error {
		if tx.Body.State == doc.Body.State { // else it moved on meanwhile and the demand has to be looked at again
			tx.Body.Follow = false
			tx.Body.settle()
		}
		return nil
	})
	return err
}

// involved loads a task the reader has to do with; NotFound otherwise.
func (s *Service) involved(ctx context.Context, id string) (docstore.Doc[Task], By, error) {
	a := access.From(ctx)
	doc, err := s.work.Get(ctx, id)
	if err != nil {
		return doc, By{}, err
	}
	b := taskBy(a, &doc.Body)
	if b.Role == Stranger {
		err = access.Hide.Err()
	}
	return doc, b, err
}

func taskBy(a access.Actor, k *Task) By {
	b := By{Role: k.Role(a.OrgID), UserID: a.UserID, OrgID: a.OrgID}
	if b.Role == Stranger && a.Operates(k.Jurisdiction) {
		b.Role = Operator
	}
	return b
}

// changeTask is the one way a task is changed by a person: a pure step, and whoever is on the other side told of it.
func (s *Service) changeTask(ctx context.Context, id, event string, step func(k *Task, by By, now time.Time) error) (api.Task, error) {
	_, b, err := s.involved(ctx, id)
	if err != nil {
		return api.Task{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Task{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.work.Update(ctx, id, func(tx *docstore.Tx[Task]) error {
		k, before := tx.Body, len(tx.Body.History)
		if err := step(k, b, tx.Now); err != nil {
			return err
		}
		if event == "" {
			return nil
		}
		m := aboutTask(id, k, k.others(b.Role)...).with("actor", k.nameOf(b.Role))
		if len(k.History) > before {
			last := k.History[len(k.History)-1]
			m.with("about", last.About).with("reason", last.Note)
		}
		return tx.Emit(outcomeEvent(event, k), m)
	}, opts...)
	if err != nil {
		return api.Task{}, err
	}
	if doc.Body.Follow {
		if err := s.carryTask(ctx, id); err != nil {
			s.o.Log.Warn("a task's demand is left to the clock", "task", id, "error", err)
		} else if doc, err = s.work.Get(ctx, id); err != nil {
			return api.Task{}, err
		}
	}
	return s.taskView(ctx, doc, b.Role)
}

// outcomeEvent is what an acceptance comes to be told as.
func outcomeEvent(event string, k *Task) string {
	if event == taskAccepted && k.State == TaskFailed {
		return taskFailed
	}
	return event
}

// to are the recipients behind some roles.
func (k *Task) to(roles ...Role) []recipient {
	var all []recipient
	for _, r := range roles {
		switch r {
		case Issuer:
			all = append(all, toOrg(k.IssuerID))
		case Bidder:
			all = append(all, toOrg(k.OrgID))
			for _, m := range k.Members {
				all = append(all, toOrg(m.OrgID))
			}
		case Operator:
			all = append(all, toStaff(k.Jurisdiction))
		}
	}
	return all
}

func (k *Task) everyone() []recipient { return k.to(Issuer, Bidder) }

// others are the parties but the one who acted; an operator's step is told to both.
func (k *Task) others(by Role) []recipient {
	switch by {
	case Issuer:
		return k.to(Bidder)
	case Bidder:
		return k.to(Issuer)
	}
	return k.everyone()
}

func (k *Task) nameOf(r Role) string {
	switch r {
	case Issuer:
		return k.Issuer
	case Bidder:
		return k.OrgName
	}
	return ""
}

func aboutTask(id string, k *Task, to ...recipient) message {
	return message{Recipients: to, Link: taskPage(id), Params: map[string]any{"taskId": id, "title": k.Title, "orgName": k.OrgName, "issuerName": k.Issuer}}
}

// GetTask is one task, for those who have to do with it.
func (s *Service) GetTask(ctx context.Context, id string) (api.Task, error) {
	doc, b, err := s.involved(ctx, id)
	if err != nil {
		return api.Task{}, err
	}
	return s.taskView(ctx, doc, b.Role)
}

// ListTasks are the tasks the caller has to do with, last changed first: the ones it gave (side issuer) or won (winner), or, for an
// operator, those of the district or city. demandID narrows to one demand.
func (s *Service) ListTasks(ctx context.Context, p api.ListTasksParams) (api.TaskPage, error) {
	a := access.From(ctx)
	q := docstore.Query{Index: "winner", Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	switch {
	case a.Staff == access.CityOperator && p.District == "":
		q.Index, q.Equal = "changed", nil
	case a.Staff == access.CityOperator:
		q.Index, q.Equal = "district", []any{p.District}
	case a.Staff == access.DistrictOperator:
		q.Index, q.Equal = "district", []any{a.District}
	case p.Side == api.TaskSideIssuer:
		q.Index = "issuer"
	}
	if p.DemandId != "" {
		doc, _, err := s.visible(ctx, p.DemandId)
		if err != nil {
			return api.TaskPage{}, err
		}
		q.Index, q.Equal = "demand", []any{p.DemandId, doc.Body.Round}
	}
	out := api.TaskPage{Items: []api.TaskBrief{}}
	for seen := 0; ; {
		page, err := s.work.Find(ctx, q)
		if err != nil {
			return out, err
		}
		for _, doc := range page.Items {
			b := taskBy(a, &doc.Body)
			if b.Role == Stranger || p.State != "" && string(p.State) != string(doc.Body.State) {
				continue
			}
			out.Items = append(out.Items, s.taskBrief(doc, b.Role))
		}
		seen += len(page.Items)
		out.Next = page.Next
		if page.Next == "" || len(out.Items) >= docstore.PageSize(p.Limit) || seen >= stretch {
			return out, nil
		}
		q.Cursor, q.Limit = page.Next, docstore.PageSize(p.Limit)-len(out.Items)
	}
}

// RecordTaskContract writes down the signed contract for the other side to confirm.
func (s *Service) RecordTaskContract(ctx context.Context, id string, in api.ContractInput) (api.Task, error) {
	c := Contract{Number: in.Number, SignedOn: dayOf(in.SignedOn), EndsOn: dayOf(in.EndsOn), AmountFen: in.AmountFen, Scope: in.Scope,
		PaymentDays: in.PaymentDays, BackToBack: in.BackToBack, FileID: in.FileId}
	return s.changeTask(ctx, id, taskContract, func(k *Task, by By, now time.Time) error {
		var milestones []Milestone
		for _, m := range in.Milestones {
			milestones = append(milestones, Milestone{Name: m.Name, DueOn: dayOf(m.DueOn)})
		}
		return k.Propose(by, now, c, milestones)
	})
}

// ConfirmTaskContract makes it stand. The size classes are account's of this moment; an organisation account does not know is of none.
func (s *Service) ConfirmTaskContract(ctx context.Context, id string) (api.Task, error) {
	doc, _, err := s.involved(ctx, id)
	if err != nil {
		return api.Task{}, err
	}
	issuer, err := s.o.Organisations.Get(ctx, doc.Body.IssuerID)
	if err != nil {
		return api.Task{}, err
	}
	winner, err := s.o.Organisations.Get(ctx, doc.Body.OrgID)
	if err != nil {
		return api.Task{}, err
	}
	return s.changeTask(ctx, id, taskStarted, func(k *Task, by By, now time.Time) error { return k.ConfirmContract(by, now, issuer.Size, winner.Size) })
}

// RefuseTaskContract sends it back to the side that recorded it.
func (s *Service) RefuseTaskContract(ctx context.Context, id, reason string) (api.Task, error) {
	return s.changeTask(ctx, id, taskContractRefused, func(k *Task, by By, now time.Time) error { return k.RefuseContract(by, now, reason) })
}

// AddTaskMilestone adds a milestone to work under way.
func (s *Service) AddTaskMilestone(ctx context.Context, id string, in api.MilestoneInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskMilestoneMoved, func(k *Task, by By, now time.Time) error { return k.AddMilestone(by, now, in.Name, dayOf(in.DueOn)) })
}

// MoveTaskMilestone says how far a milestone is.
func (s *Service) MoveTaskMilestone(ctx context.Context, id, milestone string, in api.MilestoneMove) (api.Task, error) {
	return s.changeTask(ctx, id, taskMilestoneMoved, func(k *Task, by By, now time.Time) error {
		return k.MoveMilestone(by, now, milestone, MilestoneState(in.State), dayOf(in.DueOn), in.Note)
	})
}

// ProposeTaskChange asks the other side to change the contract.
func (s *Service) ProposeTaskChange(ctx context.Context, id string, in api.AmendmentInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskChangeProposed, func(k *Task, by By, now time.Time) error {
		return k.ProposeChange(by, now, Amendment{AmountFen: in.AmountFen, EndsOn: dayOf(in.EndsOn), Scope: in.Scope, Reason: in.Reason})
	})
}

// AnswerTaskChange takes the proposed change or not.
func (s *Service) AnswerTaskChange(ctx context.Context, id, change string, in api.AnswerInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskChangeAnswered, func(k *Task, by By, now time.Time) error {
		return k.AnswerChange(by, now, change, in.Accepted, in.Reason)
	})
}

// DeliverTask hands the work over.
func (s *Service) DeliverTask(ctx context.Context, id, note string) (api.Task, error) {
	return s.changeTask(ctx, id, taskDelivered, func(k *Task, by By, now time.Time) error { return k.Deliver(by, now, note) })
}

// ReturnTaskDelivery sends it back.
func (s *Service) ReturnTaskDelivery(ctx context.Context, id, reason string) (api.Task, error) {
	return s.changeTask(ctx, id, taskReturned, func(k *Task, by By, now time.Time) error { return k.ReturnDelivery(by, now, reason) })
}

// AcceptTask concludes with score and grade.
func (s *Service) AcceptTask(ctx context.Context, id string, in api.AcceptanceInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskAccepted, func(k *Task, by By, now time.Time) error {
		return k.Accept(by, now, in.Score, Grade(in.Grade), in.Comment)
	})
}

// RateTask says what one side thinks of the other.
func (s *Service) RateTask(ctx context.Context, id string, in api.RatingInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskRated, func(k *Task, by By, now time.Time) error { return k.Rate(by, now, in.Stars, in.Text) })
}

// RecordTaskOutcome writes down what came of it.
func (s *Service) RecordTaskOutcome(ctx context.Context, id string, in api.OutcomeInput) (api.Task, error) {
	return s.changeTask(ctx, id, "", func(k *Task, by By, now time.Time) error {
		return k.RecordOutcome(by, now, Outcome{OrderFen: in.OrderFen, PatentsFiled: in.PatentsFiled, PatentsGranted: in.PatentsGranted,
			SupplierListed: in.SupplierListed, Note: in.Note}, Cooperation(in.Cooperation))
	})
}

// RecordTaskPayment writes a payment down.
func (s *Service) RecordTaskPayment(ctx context.Context, id string, in api.PaymentInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskPaymentRecorded, func(k *Task, by By, now time.Time) error {
		return k.RecordPayment(by, now, TaskPayment{AmountFen: in.AmountFen, PaidOn: dayOf(in.PaidOn), Note: in.Note})
	})
}

// ConfirmTaskPayment is the payee's word.
func (s *Service) ConfirmTaskPayment(ctx context.Context, id, payment string) (api.Task, error) {
	return s.changeTask(ctx, id, taskPaymentRecorded, func(k *Task, by By, now time.Time) error { return k.ConfirmPayment(by, now, payment) })
}

// CloseTask ends an accepted task.
func (s *Service) CloseTask(ctx context.Context, id string) (api.Task, error) {
	return s.changeTask(ctx, id, taskClosed, func(k *Task, by By, now time.Time) error { return k.Close(by, now) })
}

// RequestTaskTermination asks the issuer to end it by agreement.
func (s *Service) RequestTaskTermination(ctx context.Context, id, reason string) (api.Task, error) {
	return s.changeTask(ctx, id, taskQuitAsked, func(k *Task, by By, now time.Time) error { return k.RequestTermination(by, now, reason) })
}

// DeclineTaskTermination does not agree.
func (s *Service) DeclineTaskTermination(ctx context.Context, id, reason string) (api.Task, error) {
	return s.changeTask(ctx, id, taskQuitDeclined, func(k *Task, by By, now time.Time) error { return k.DeclineTermination(by, now, reason) })
}

// TerminateTask ends it.
func (s *Service) TerminateTask(ctx context.Context, id, reason string) (api.Task, error) {
	return s.changeTask(ctx, id, taskTerminated, func(k *Task, by By, now time.Time) error { return k.Terminate(by, now, reason) })
}

// AddTaskFile keeps a file with a task.
func (s *Service) AddTaskFile(ctx context.Context, id string, content io.Reader, name string) (api.Attachment, int64, error) {
	doc, b, err := s.involved(ctx, id)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	trial := doc.Body
	if err := trial.AttachFile(b, Attachment{}); err != nil { // before a large file is taken in
		return api.Attachment{}, 0, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	kept := Attachment{ID: ref.ID, Name: ref.Name, Size: ref.Size, ContentType: ref.Type, At: when.At(s.now())}
	v, err := s.changeTask(ctx, id, "", func(k *Task, by By, _ time.Time) error { return k.AttachFile(by, kept) })
	if err != nil {
		s.drop(ctx, ref.ID)
		return api.Attachment{}, 0, err
	}
	return attachmentView(kept), v.Rev, nil
}

// GetTaskFile is for those who have to do with the task.
func (s *Service) GetTaskFile(ctx context.Context, id, file string) (File, error) {
	doc, _, err := s.involved(ctx, id)
	if err != nil {
		return File{}, err
	}
	return s.open(ctx, doc.Body.Files, file)
}
