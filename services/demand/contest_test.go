package demand

import (
	"context"
	"slices"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// upheldLate has an objection against an award's first notice upheld after its end.
func (w *town) upheldLate(id string) {
	w.t.Helper()
	w.becomes(id, 1, NoticeStanding{State: "ended", Upheld: true, Reason: "业绩材料不实"})
	w.due()
}

// TestUpheldLateBeforeAContract takes a final award back: the demand is judged anew, the task ends, and the same winner may win again.
func TestUpheldLateBeforeAContract(t *testing.T) {
	w := newTown(t)
	id, task := w.awarded("sme0", "sme1")
	_, err := w.s.RecordTaskContract(w.as("leader"), task, contractFor(w))
	must(t, err)
	w.upheldLate(id)
	w.upheldLate(id) // told again
	d, err := w.s.GetDemand(w.as(""), id)
	must(t, err)
	if d.State != "evaluating" || d.Contest.Reason != "" || len(d.Award.Winners) != 0 || !d.AwardedAt.IsZero() {
		t.Fatalf("%s, %+v", d.State, d.Contest)
	}
	steps, err := w.s.GetDemandHistory(w.as(""), id)
	must(t, err)
	if last := steps[len(steps)-1]; last.Action != string(RevokeAward) || last.Reason != "业绩材料不实" {
		t.Errorf("%+v", last)
	}
	if k, err := w.s.GetTask(w.as("sme0"), task); err != nil || k.State != "terminated" || k.EndReason != "业绩材料不实" {
		t.Errorf("the task: %s %q, %v", k.State, k.EndReason, err)
	}
	if _, err := w.s.ConfirmTaskContract(w.as("sme0"), task); fault.KindOf(err) != fault.Conflict {
		t.Errorf("its contract was confirmed: %v", err)
	}
	if v, err := w.s.GetDemandOutcome(w.as(""), id); err != nil || len(v.Items) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	w.deliver()
	if to := w.told(awardRevoked); !slices.Equal(to, []string{"leader", "sme0"}) {
		t.Errorf("revoked was told to %v", to)
	}

	// Judged again, with the same outcome: its task begins anew, under a notice of its own.
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{task}, Reason: "复核后仍为第一"})
	must(t, err)
	_, err = w.s.PublishAward(w.as("leader"), id)
	must(t, err)
	w.pass(30 * 24 * time.Hour)
	w.becomes(id, 2, NoticeStanding{State: "ended"})
	w.due()
	k, err := w.s.GetTask(w.as("sme0"), task)
	must(t, err)
	if k.State != "contracting" || len(k.History) < 3 || k.AwardOn.Format("2006-01-02") != string(when.DayOf(w.now())) {
		t.Errorf("%s since %v with %d steps", k.State, k.AwardOn, len(k.History))
	}
	_, err = w.s.RecordTaskContract(w.as("leader"), task, contractFor(w))
	must(t, err)
	_, err = w.s.ConfirmTaskContract(w.as("sme0"), task)
	must(t, err)
	if d, err := w.s.GetDemand(w.as(""), id); err != nil || d.State != "in_progress" {
		t.Errorf("%s, %v", d.State, err)
	}
	w.becomes(id, 1, NoticeStanding{State: "ended", Upheld: true}) // of the notice before
	w.due()
	if d, err := w.s.GetDemand(w.as(""), id); err != nil || d.State != "in_progress" || d.Contest.Reason != "" {
		t.Errorf("an old notice's objection: %s %+v, %v", d.State, d.Contest, err)
	}
}

// TestUpheldLateAfterAContract leaves a signed award to the operator, who says that it stands, or withdraws it: the task ends and the
// issuer may open the demand anew.
func TestUpheldLateAfterAContract(t *testing.T) {
	for _, outcome := range []api.ContestOutcome{api.AwardStanding, api.AwardTakenBack} {
		w := newTown(t)
		id, task := w.awarded("sme0", "sme1")
		_, err := w.s.SettleAwardObjection(w.as("city"), id, api.ContestDecision{Outcome: outcome, Reason: "无"})
		if fault.As(err).Code != "award.not_contested" {
			t.Errorf("nothing is contested: %v", err)
		}
		_, err = w.s.RecordTaskContract(w.as("leader"), task, contractFor(w))
		must(t, err)
		_, err = w.s.ConfirmTaskContract(w.as("sme0"), task)
		must(t, err)
		w.upheldLate(id)
		d, err := w.s.GetDemand(w.as(""), id)
		must(t, err)
		if d.State != "in_progress" || !d.Contest.Signed || d.Contest.Reason != "业绩材料不实" || d.Contest.Outcome != "" {
			t.Fatalf("%s, %+v", d.State, d.Contest)
		}
		w.deliver()
		if to := w.told(awardContested); !slices.Equal(to, []string{"leader", "sme0", "staff"}) {
			t.Errorf("contested was told to %v", to)
		}
		for _, who := range []string{"leader", "sme0"} {
			if _, err := w.s.SettleAwardObjection(w.as(who), id, api.ContestDecision{Outcome: outcome, Reason: "无"}); fault.KindOf(err) != fault.Forbidden {
				t.Errorf("%s settles it: %v", who, err)
			}
		}
		d, err = w.s.SettleAwardObjection(w.as("city"), id, api.ContestDecision{Outcome: outcome, Reason: "经复核，材料瑕疵属实"})
		must(t, err)
		if d.Contest.Outcome != outcome || d.Contest.Decision == "" || d.Contest.DecidedAt.IsZero() {
			t.Errorf("%+v", d.Contest)
		}
		if _, err := w.s.SettleAwardObjection(w.as("city"), id, api.ContestDecision{Outcome: outcome, Reason: "再定"}); fault.As(err).Code != "award.settled" {
			t.Errorf("settled twice: %v", err)
		}
		w.due()
		k, err := w.s.GetTask(w.as("sme0"), task)
		must(t, err)
		d, err = w.s.GetDemand(w.as("leader"), id)
		must(t, err)
		if outcome == api.AwardStanding {
			if k.State != "in_progress" || d.State != "in_progress" {
				t.Errorf("it stands, and is %s, %s", d.State, k.State)
			}
			continue
		}
		if k.State != "terminated" || d.State != "terminated" || d.Reason == "" {
			t.Errorf("withdrawn, and is %s (%s), %s", d.State, d.Reason, k.State)
		}
		d, err = w.s.ReopenDemand(w.as("leader"), id, w.now().Add(48*time.Hour), "重新征集")
		if err != nil || d.State != "published" || d.Contest.Reason != "" {
			t.Errorf("opened anew: %s %+v, %v", d.State, d.Contest, err)
		}
	}
}

// TestAContractHeld: while the question is open whether a contract stands, none is confirmed; and when one stood after all, the others' may be.
func TestAContractHeld(t *testing.T) {
	w := newTown(t)
	id, task := w.awarded("sme0", "sme1")
	_, err := w.s.RecordTaskContract(w.as("leader"), task, contractFor(w))
	must(t, err)
	_, err = w.s.work.Update(context.Background(), task, func(tx *docstore.Tx[Task]) error {
		if !tx.Body.Hold(tx.Now, "业绩材料不实") {
			t.Error("a contract stands")
		}
		return nil
	})
	must(t, err)
	if _, err := w.s.ConfirmTaskContract(w.as("sme0"), task); fault.As(err).Code != "task.award_contested" {
		t.Errorf("confirmed meanwhile: %v", err)
	}
	_, err = w.s.work.Update(context.Background(), task, func(tx *docstore.Tx[Task]) error { tx.Body.Release(); return nil })
	must(t, err)
	if _, err := w.s.ConfirmTaskContract(w.as("sme0"), task); err != nil {
		t.Error(err)
	}
	if d, err := w.s.GetDemand(w.as(""), id); err != nil || d.State != "in_progress" {
		t.Errorf("%s, %v", d.State, err)
	}
}

// TestWhatCameOfADemand shows a winner's work to everybody without its amounts or address, and to those in it with the way to it.
func TestWhatCameOfADemand(t *testing.T) {
	w := newTown(t)
	id, task := w.awarded("sme0", "sme1")
	_, err := w.s.RecordTaskContract(w.as("leader"), task, contractFor(w))
	must(t, err)
	_, err = w.s.ConfirmTaskContract(w.as("sme0"), task)
	must(t, err)
	for who, link := range map[string]string{"": "", "sme1": "", "sme0": task, "leader": task, "city": task} {
		v, err := w.s.GetDemandOutcome(w.as(who), id)
		must(t, err)
		if len(v.Items) != 1 || v.Items[0].OrgId != "sme0" || v.Items[0].State != "in_progress" || v.Items[0].SignedOn.IsZero() || v.Items[0].TaskId != link {
			t.Errorf("%q sees %+v", who, v.Items)
		}
	}
}

// contractFor is a contract signed today, without milestones.
func contractFor(w *town) api.ContractInput {
	return api.ContractInput{SignedOn: date(when.DayOf(w.now())), EndsOn: date(when.DayOf(w.now().AddDate(1, 0, 0))), AmountFen: 900_000_00}
}
