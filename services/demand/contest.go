package demand

import (
	"context"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is an objection that was filed in time and upheld after the award notice had ended. While no winner's contract is signed by
// both sides the award is taken back as it would have been within the notice. Once one is, two firms are bound, so nothing is taken back by
// itself: it is on record, everyone concerned is told, and the operator says whether the award stands.

// Contest is an objection that was upheld after the end of the award's notice, and what came of it.
type Contest struct {
	Notice    int            `json:"notice"` // the notice's number
	Reason    string         `json:"reason"`
	At        when.Instant   `json:"at"`
	Signed    bool           `json:"signed,omitempty"`  // a contract stood already: the operator decides
	Outcome   ContestOutcome `json:"outcome,omitempty"` // empty until decided
	Decision  string         `json:"decision,omitempty"`
	DecidedAt when.Instant   `json:"decidedAt,omitempty"`
}

// ContestOutcome is what the operator decides of a contested award.
type ContestOutcome string

// The award stands, or is withdrawn: its unfinished tasks end, and the issuer may open the demand anew.
const (
	AwardStands    ContestOutcome = "stands"
	AwardWithdrawn ContestOutcome = "withdrawn"
)

// The steps of a contested award. ContestAward is the clock's, on the notice service's word; AnnulTask is what follows on a winner's task.
const (
	ContestAward  Action = "contestAward"
	SettleContest Action = "settleAwardObjection"
	HoldTask      Action = "holdTask"
	AnnulTask     Action = "annulTask"
)

// awardContested tells the parties and the operator that an objection was upheld although a contract stands; awardSettled, what the
// operator decided.
const (
	awardContested = "award.contested"
	awardSettled   = "award.objection_settled"
)

// Contested records that an objection against the notice of a number was upheld after its end. Said again, or of another notice, it
// changes nothing and answers false.
func (d *Demand) Contested(now time.Time, number int, reason string) bool {
	if d.may(ContestAward, Clock) != nil || d.Notice == nil || d.Notice.Number != number || d.Contest != nil {
		return false
	}
	d.Contest = &Contest{Notice: number, Reason: upheldReason(reason), At: when.At(now)}
	d.Tasks.Contest, d.Tasks.NextAt = true, 0
	d.record(ContestAward, By{Role: Clock}, now, d.State, d.Contest.Reason)
	return true
}

// ContestSigned leaves a contested award to the operator: a contract stands.
func (d *Demand) ContestSigned() {
	d.Contest.Signed, d.Tasks.Contest = true, false
	d.settle()
}

// SettleContest is the operator's word on a contested award. It is withdrawn only while work goes on: what the issuer accepted is done.
func (d *Demand) SettleContest(by By, now time.Time, outcome ContestOutcome, reason string) error {
	if err := d.review(SettleContest, by, reason); err != nil {
		return err
	}
	switch {
	case d.Contest == nil || !d.Contest.Signed:
		return fault.New(fault.Conflict, "award.not_contested", "no objection against it waits for a decision")
	case d.Contest.Outcome != "":
		return fault.New(fault.Conflict, "award.settled", "it is decided")
	case outcome != AwardStands && outcome != AwardWithdrawn:
		return fault.Bad(fault.Field{Path: "outcome", Code: "not_a_choice"})
	case outcome == AwardWithdrawn && d.State != Awarded && d.State != InProgress:
		return fault.New(fault.Conflict, "award.work_accepted", "the work is accepted; the award can only stand")
	}
	d.Contest.Outcome, d.Contest.Decision, d.Contest.DecidedAt = outcome, reason, when.At(now)
	d.Tasks.Annul, d.Tasks.NextAt = outcome == AwardWithdrawn, 0
	d.record(SettleContest, by, now, d.State, reason)
	return nil
}

// Hold keeps a task's contract from being confirmed while an objection against the award is looked at. It reports whether no contract
// stands; one that ended before its contract has none either.
func (k *Task) Hold(now time.Time, reason string) bool {
	if k.StartedAt != 0 {
		return false
	}
	if k.State == TaskContracting && k.Held == "" {
		k.Held = reason
		k.record(HoldTask, By{Role: Clock}, now, k.State, "", reason)
	}
	return true
}

// Release lets the contract be confirmed again.
func (k *Task) Release() {
	k.Held = ""
	k.settle()
}

// Annul ends a task because its award was taken back. Before a contract stood it may be begun anew by another award.
func (k *Task) Annul(now time.Time, reason string) bool {
	if k.may(AnnulTask, Clock) != nil {
		return false
	}
	k.Annulled, k.EndReason, k.EndedAt, k.Proposal, k.Held, k.PaymentDue = true, reason, when.At(now), nil, "", ""
	k.record(AnnulTask, By{Role: Clock}, now, TaskTerminated, "", reason)
	return true
}

// renewable reports whether the task ended with an award that was taken back before a contract stood.
func (k *Task) renewable() bool { return k.Annulled && k.StartedAt == 0 }

// contest follows an upheld objection up: every task is held first, so that no contract is confirmed between the question whether one is
// and the answer. Every step may be repeated.
func (s *Service) contest(ctx context.Context, id string, d *Demand) error {
	if d.Tasks.Begin { // the winners are about to have their tasks: those are held too
		if err := s.beginTasks(ctx, id, d); err != nil {
			return err
		}
	}
	free := true
	err := s.stepTasks(ctx, id, d.Round, func(tx *docstore.Tx[Task]) error {
		free = tx.Body.Hold(tx.Now, d.Contest.Reason) && free
		return nil
	})
	if err != nil {
		return err
	}
	if !free {
		if err := s.stepTasks(ctx, id, d.Round, func(tx *docstore.Tx[Task]) error {
			tx.Body.Release()
			return nil
		}); err != nil {
			return err
		}
		_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
			d := tx.Body
			if !d.Tasks.Contest {
				return nil
			}
			d.ContestSigned()
			return tx.Emit(awardContested, about(id, d, evaluatePage(id), s.contestants(d)...).with("reason", d.Contest.Reason))
		})
		return err
	}
	if err := s.annul(ctx, id, d.Round, d.Contest.Reason); err != nil {
		return err
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if !d.Tasks.Contest {
			return nil
		}
		to, reason := s.noticed(d), d.Contest.Reason
		if err := d.Revoke(By{Role: Clock}, tx.Now, reason); err != nil {
			return err
		}
		return tx.Emit(awardRevoked, about(id, d, publicPage(id), to...).with("reason", reason))
	})
	return err
}

// annul ends the tasks of a round that are not over.
func (s *Service) annul(ctx context.Context, id string, round int, reason string) error {
	return s.stepTasks(ctx, id, round, func(tx *docstore.Tx[Task]) error {
		if !tx.Body.Annul(tx.Now, reason) {
			return nil
		}
		return tx.Emit(taskTerminated, aboutTask(tx.ID, tx.Body, tx.Body.everyone()...).with("reason", reason))
	})
}

// stepTasks takes a step on every task of a demand's round, one write each.
func (s *Service) stepTasks(ctx context.Context, id string, round int, step func(tx *docstore.Tx[Task]) error) error {
	var ids []string
	err := s.work.Each(ctx, docstore.Query{Index: "demand", Equal: []any{id, round}}, func(k docstore.Doc[Task]) error {
		ids = append(ids, k.ID)
		return nil
	})
	for _, taskID := range ids {
		if err == nil {
			_, err = s.work.Update(ctx, taskID, step)
		}
	}
	return err
}

// contestants are those a contested award concerns: the issuer, the winners, and who decides.
func (s *Service) contestants(d *Demand) []recipient {
	return append(s.noticed(d), toStaff(d.Jurisdiction))
}

// SettleAwardObjection records the operator's word on an award that was contested after a contract stood.
func (s *Service) SettleAwardObjection(ctx context.Context, id string, in api.ContestDecision) (api.Demand, error) {
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if err := d.SettleContest(by, tx.Now, ContestOutcome(in.Outcome), in.Reason); err != nil {
			return err
		}
		return tx.Emit(awardSettled, about(id, d, resultPage(id), s.contestants(d)...).with("outcome", string(d.Contest.Outcome)).with("reason", in.Reason))
	})
	if err == nil {
		s.tryTasks(ctx, id)
	}
	return v, err
}

// annulWithdrawn ends the work of an award the operator withdrew; the demand follows its tasks.
func (s *Service) annulWithdrawn(ctx context.Context, id string, d *Demand) error {
	if err := s.annul(ctx, id, d.Round, d.Contest.Decision); err != nil {
		return err
	}
	return s.done(ctx, id, func(t *Tasks) { t.Annul = false })
}

func contestView(c *Contest) api.AwardContest {
	if c == nil {
		return api.AwardContest{}
	}
	return api.AwardContest{Reason: c.Reason, At: c.At.Time(), Signed: c.Signed, Outcome: api.ContestOutcome(c.Outcome), Decision: c.Decision, DecidedAt: c.DecidedAt.Time()}
}
