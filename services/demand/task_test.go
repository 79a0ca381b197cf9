package demand

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/reward"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// The parties of a task in these tests, beside those of demand_test.go.
var (
	winnerBy = By{Role: Bidder, UserID: "u-0", OrgID: "org0"}
	memberBy = By{Role: Member, UserID: "u-m", OrgID: "orgm"}
)

var taskStates = []TaskState{TaskContracting, TaskInProgress, TaskDelivered, TaskAccepted, TaskClosed, TaskFailed, TaskTerminated}

// bench is one task and its ledger.
type bench struct {
	k     Task
	lines []CostLine
	now   time.Time
}

func (b *bench) clone() *bench {
	var c bench
	roundTrip(b.k, &c.k)
	roundTrip(b.lines, &c.lines)
	c.now = b.now
	return &c
}

func newBench(t testing.TB) *bench {
	t.Helper()
	w := inState(t, Awarded)
	b := &bench{now: w.now, k: NewTask("d1", &w.d, &w.bids[0], w.now)}
	must(t, b.k.AttachFile(winnerBy, Attachment{ID: "file1", Name: "合同.pdf"}))
	return b
}

func (b *bench) day(n int) when.Day { return when.DayOf(b.now.AddDate(0, 0, n)) }

func (b *bench) contract() Contract {
	return Contract{SignedOn: b.day(0), EndsOn: b.day(200), AmountFen: 1_000_000_00, FileID: "file1"}
}

func (b *bench) try(a Action, by By) error {
	k := &b.k
	switch a {
	case RecordTaskContract:
		return k.Propose(by, b.now, b.contract(), []Milestone{{Name: "样机", DueOn: b.day(30)}})
	case ConfirmTaskContract:
		return k.ConfirmContract(by, b.now, Large, Small)
	case RefuseTaskContract:
		return k.RefuseContract(by, b.now, "金额不符")
	case AddTaskMilestone:
		return k.AddMilestone(by, b.now, "小试", b.day(40))
	case MoveTaskMilestone:
		to := MilestoneDone
		if by.Role == Issuer {
			to = MilestoneCancelled
		}
		if !slices.ContainsFunc(k.Milestones, func(m Milestone) bool { return m.State.open() }) {
			if err := k.may(a, by.Role); err != nil {
				return err
			}
			k.Milestones = append(k.Milestones, Milestone{ID: "x", Name: "中试", DueOn: b.day(50), State: MilestonePending})
		}
		i := slices.IndexFunc(k.Milestones, func(m Milestone) bool { return m.State.open() })
		return k.MoveMilestone(by, b.now, k.Milestones[max(i, 0)].ID, to, "", "如期")
	case AddTaskCost:
		line, err := k.DrawCost(by, b.now, CostLine{Category: "materials", AmountFen: 12345, SpentOn: b.day(0), Note: "轴承钢", Voucher: "记-12"})
		if err == nil {
			b.lines = append(b.lines, line)
		}
		return err
	case WithdrawTaskCost, JudgeTaskCost:
		line := CostLine{Category: "materials", AmountFen: 1, State: CostRecorded, SpentOn: b.day(0)}
		if a == WithdrawTaskCost {
			return line.Withdraw(k, by, b.now, "重复")
		}
		return line.Judge(k, by, b.now, true, "")
	case ProposeTaskChange:
		return k.ProposeChange(by, b.now, Amendment{EndsOn: b.day(300), Reason: "材料到货晚"})
	case AnswerTaskChange:
		if k.change() == nil && k.may(a, by.Role) == nil {
			other := leader
			if by.Role == Issuer {
				other = winnerBy
			}
			if err := k.ProposeChange(other, b.now, Amendment{EndsOn: b.day(300), Reason: "材料到货晚"}); err != nil {
				return err
			}
		}
		return k.AnswerChange(by, b.now, "c"+itoa(len(k.Changes)), true, "")
	case DeliverTask:
		return k.Deliver(by, b.now, "样机与报告")
	case ReturnTaskDelivery:
		return k.ReturnDelivery(by, b.now, "缺测试报告")
	case AcceptTask:
		return k.Accept(by, b.now, 92, Excellent, "指标全部达到")
	case RateTask:
		return k.Rate(by, b.now, 5, "配合好")
	case RecordTaskOutcome:
		return k.RecordOutcome(by, b.now, Outcome{OrderFen: 5_000_000_00, PatentsFiled: 2, SupplierListed: true}, CoopInnovate)
	case RecordTaskPayment:
		return k.RecordPayment(by, b.now, TaskPayment{AmountFen: 100_00, PaidOn: b.day(0)})
	case ConfirmTaskPayment:
		if k.may(a, by.Role) == nil && k.Contract() != nil {
			if err := k.RecordPayment(leader, b.now, TaskPayment{AmountFen: 100_00, PaidOn: b.day(0)}); err != nil {
				return err
			}
		}
		return k.ConfirmPayment(by, b.now, "p"+itoa(len(k.Payments)))
	case CloseTask:
		return k.Close(by, b.now)
	case RequestTaskTermination:
		return k.RequestTermination(by, b.now, "技术路线走不通")
	case DeclineTaskTermination:
		if k.may(a, by.Role) == nil && k.Quitting == "" {
			if err := k.RequestTermination(winnerBy, b.now, "技术路线走不通"); err != nil {
				return err
			}
		}
		return k.DeclineTermination(by, b.now, "请先试另一路线")
	case TerminateTask:
		return k.Terminate(by, b.now, "需求取消")
	case RecordTaskProof:
		return k.RecordProof(by, b.now, TaskProof{Code: "Q4-0001", Status: "已揭榜", FileID: "file1"})
	case JudgeTaskProof:
		if k.may(a, by.Role) == nil {
			if err := k.RecordProof(winnerBy, b.now, TaskProof{Code: "Q4-0001", Status: "已揭榜", FileID: "file1"}); err != nil {
				return err
			}
		}
		return k.JudgeProof(by, b.now, true, "")
	case DecideTaskReward:
		amount := int64(100)
		return k.DecideReward(by, b.now, true, 100, "符合条件", reward.Result{Verdict: reward.Met, AmountFen: &amount})
	case AddTaskFile:
		return k.AttachFile(by, Attachment{ID: "f"})
	case HoldTask:
		if err := k.may(a, by.Role); err != nil {
			return err
		}
		if !k.Hold(b.now, "业绩不实") || k.Held == "" {
			return fmt.Errorf("not held")
		}
		return nil
	case AnnulTask:
		if err := k.may(a, by.Role); err != nil {
			return err
		}
		if !k.Annul(b.now, "业绩不实") {
			return fmt.Errorf("not annulled")
		}
		return nil
	case TickTask:
		if err := k.may(a, by.Role); err != nil {
			return err
		}
		k.Tick(b.now)
		return nil
	}
	return fmt.Errorf("no such action: %s", a)
}

// taskIn drives a fresh task to a state.
func taskIn(t testing.TB, want TaskState) *bench {
	t.Helper()
	b := newBench(t)
	for _, s := range []struct {
		at TaskState
		do func()
	}{
		{TaskContracting, func() { must(t, b.try(RecordTaskContract, leader)); must(t, b.try(ConfirmTaskContract, winnerBy)) }},
		{TaskInProgress, func() { must(t, b.try(MoveTaskMilestone, winnerBy)); must(t, b.try(DeliverTask, winnerBy)) }},
		{TaskDelivered, func() {
			if want == TaskFailed {
				must(t, b.k.Accept(leader, b.now, 20, FailGrade, "指标未达到"))
			} else {
				must(t, b.try(AcceptTask, leader))
			}
		}},
		{TaskAccepted, func() { must(t, b.try(CloseTask, leader)) }},
	} {
		if b.k.State == want {
			break
		}
		if want == TaskTerminated && s.at == TaskInProgress {
			must(t, b.try(TerminateTask, leader))
			break
		}
		s.do()
	}
	if b.k.State != want {
		t.Fatalf("the task is %s, not %s", b.k.State, want)
	}
	return b
}

// TestTaskMatrix tries every action in every state as everybody and keeps the outcome as a table to read.
func TestTaskMatrix(t *testing.T) {
	var out strings.Builder
	for _, state := range taskStates {
		fmt.Fprintf(&out, "%s\n", state)
		for _, rule := range taskRules {
			line := fmt.Sprintf("  %-24s", rule.Action)
			for _, by := range []By{leader, winnerBy, memberBy, authority, clockBy, stranger} {
				b := taskIn(t, state)
				if state == TaskContracting && (rule.Action == ConfirmTaskContract || rule.Action == RefuseTaskContract) {
					other := leader
					if by.Role == Issuer {
						other = winnerBy
					}
					must(t, b.try(RecordTaskContract, other))
				}
				if state == TaskInProgress && rule.Action == DeliverTask {
					must(t, b.try(MoveTaskMilestone, winnerBy))
				}
				before := b.clone()
				err := b.try(rule.Action, by)
				outcome := string(b.k.State)
				switch {
				case fault.KindOf(err) == fault.Forbidden && err != nil:
					outcome = "-"
				case err != nil:
					outcome = "closed"
				case outcome == string(state):
					outcome = "ok"
				}
				if allowed := slices.Contains(rule.From, state) && slices.Contains(rule.By, by.Role); allowed != (err == nil) {
					t.Errorf("%s by %s while %s: %v", rule.Action, by.Role, state, err)
				}
				if err != nil && before.k.State != b.k.State {
					t.Errorf("a refused %s moved the task", rule.Action)
				}
				line += fmt.Sprintf("  %-8s %-11s", by.Role, outcome)
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "task_matrix.txt", out.String())
}

// TestTaskHistories walks random histories and holds each step to what no history may break.
func TestTaskHistories(t *testing.T) {
	n := 3_000
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 100_000
	}
	reached := map[TaskState]int{}
	for seed := range n {
		b := taskHistory(t, rand.New(rand.NewPCG(uint64(seed), 5)))
		reached[b.k.State]++
		if t.Failed() {
			t.Fatalf("history %d: %s", seed, b.k.State)
		}
	}
	for _, s := range taskStates {
		if reached[s] == 0 {
			t.Errorf("no history ends %s: %v", s, reached)
		}
	}
}

func taskHistory(t *testing.T, r *rand.Rand) *bench {
	b := newBench(t)
	k := &b.k
	told := map[string]int{}
	people := []By{leader, winnerBy, winnerBy, leader, authority, memberBy, stranger}
	for range 20 + r.IntN(60) {
		by := people[r.IntN(len(people))]
		a := taskRules[r.IntN(len(taskRules)-1)].Action
		if r.IntN(3) == 0 { // the parties want to get on
			on := map[TaskState]Action{TaskContracting: ConfirmTaskContract, TaskInProgress: DeliverTask, TaskDelivered: AcceptTask, TaskAccepted: CloseTask}
			if next, ok := on[k.State]; ok {
				a = next
			}
			if a == ConfirmTaskContract && k.Proposal == nil {
				a = RecordTaskContract
			}
		}
		if (a == TerminateTask || a == RequestTaskTermination) && r.IntN(10) > 0 {
			continue
		}
		versions, state := len(k.Contracts), k.State
		switch {
		case a == AcceptTask && r.IntN(5) == 0:
			_ = k.Accept(by, b.now, r.IntN(60), FailGrade, "未达到")
		case a == JudgeTaskCost && len(b.lines) > 0:
			_ = b.lines[r.IntN(len(b.lines))].Judge(k, by, b.now, r.IntN(3) > 0, "依据不足")
		case a == WithdrawTaskCost && len(b.lines) > 0:
			_ = b.lines[r.IntN(len(b.lines))].Withdraw(k, by, b.now, "重复")
		case a == ProposeTaskChange && r.IntN(2) == 0:
			amount := int64(r.IntN(2_000_000_00))
			_ = k.ProposeChange(by, b.now, Amendment{AmountFen: &amount, Reason: "调价"})
		case a == MoveTaskMilestone && len(k.Milestones) > 0:
			to := []MilestoneState{MilestoneInProgress, MilestoneDone, MilestoneDone, MilestoneDelayed, MilestoneCancelled, MilestonePending}[r.IntN(6)]
			_ = k.MoveMilestone(by, b.now, k.Milestones[r.IntN(len(k.Milestones))].ID, to, b.day(60), "说明")
		default:
			_ = b.try(a, by)
		}
		if len(k.Contracts) > versions+1 || len(k.Contracts) < versions {
			t.Errorf("%s made %d versions of %d", a, len(k.Contracts), versions)
		}
		if r.IntN(3) == 0 {
			b.now = b.now.Add(time.Duration(r.IntN(20*24)) * time.Hour)
			for _, x := range k.Tick(b.now) {
				told[x.Event+x.About+string(x.Day)]++
			}
			if again := k.Tick(b.now); len(again) > 0 {
				t.Errorf("%v is told twice", again)
			}
		}
		taskInvariants(t, b, state)
	}
	for what, n := range told {
		if n > 1 && !strings.HasPrefix(what, taskPaymentDue) && !strings.HasPrefix(what, taskPaymentOverdue) && !strings.Contains(what, "小试") && !strings.Contains(what, "中试") {
			t.Errorf("%s was told %d times", what, n)
		}
	}
	return b
}

// taskInvariants are what no history may break.
func taskInvariants(t *testing.T, b *bench, was TaskState) {
	t.Helper()
	k := &b.k
	if k.State == TaskAccepted && (k.DeliveredAt == 0 || k.Acceptance == nil || k.Acceptance.Grade == FailGrade) {
		t.Error("accepted without a delivery or a verdict")
	}
	if (k.State == TaskFailed || k.State == TaskTerminated) && k.EndReason == "" {
		t.Errorf("%s without a reason", k.State)
	}
	if k.State != TaskContracting && k.State != TaskTerminated && (k.Contract() == nil || k.IssuerSize == "") {
		t.Errorf("%s without a contract that fixes the sizes", k.State)
	}
	if was.Ended() && k.State != was {
		t.Errorf("%s became %s", was, k.State)
	}
	if !k.State.Ended() && !slices.ContainsFunc(taskRules, func(r taskRule) bool {
		return slices.Contains(r.From, k.State) && slices.Contains([]Action{ConfirmTaskContract, DeliverTask, AcceptTask, CloseTask}, r.Action)
	}) {
		t.Errorf("no way on from %s", k.State)
	}
	for i, c := range k.Contracts {
		if c.Version != i+1 {
			t.Errorf("version %d stands at place %d", c.Version, i)
		}
	}
	var all, paid int64
	for _, l := range b.lines {
		if l.State != CostWithdrawn {
			all += l.AmountFen
		}
	}
	sums := TotalOn(b.lines, when.DayOf(b.now))
	if sums.Recorded+sums.Confirmed+sums.Verified+sums.Refused != all {
		t.Errorf("the ledger sums to %+v, not %d", sums, all)
	}
	var byCategory int64
	for _, fen := range sums.All {
		byCategory += fen
	}
	if byCategory != all-sums.Refused {
		t.Errorf("the categories sum to %d of %d", byCategory, all-sums.Refused)
	}
	for _, p := range k.Payments {
		if p.ConfirmedAt != 0 {
			paid += p.AmountFen
		}
	}
	if paid != k.PaidFen() {
		t.Errorf("%d was paid, not %d", paid, k.PaidFen())
	}
	if k.Follow && k.DueAt != 1 {
		t.Error("the demand has to follow and the clock is not set")
	}
}

func TestTheClockRemindsOnceAndMarksWhatIsLate(t *testing.T) {
	b := taskIn(t, TaskInProgress)
	k, start := &b.k, b.now
	at := func(days int) []string {
		b.now = start.AddDate(0, 0, days)
		var told []string
		for _, r := range k.Tick(b.now) {
			told = append(told, r.Event)
		}
		return told
	}
	if got := at(22); len(got) != 0 {
		t.Errorf("too early: %v", got)
	}
	if got := at(23); !slices.Equal(got, []string{taskMilestoneDue}) {
		t.Errorf("seven days before: %v", got)
	}
	if got := at(30); len(got) != 0 || k.Milestones[0].OverdueAt != 0 {
		t.Errorf("on the day itself: %v", got)
	}
	if got := at(31); !slices.Equal(got, []string{taskMilestoneOverdue}) || !k.overdue() {
		t.Errorf("the day after: %v", got)
	}
	must(t, k.MoveMilestone(winnerBy, b.now, "m1", MilestoneDelayed, b.day(30), "设备到货晚"))
	if k.overdue() {
		t.Error("a milestone with a new day is still overdue")
	}
	if got := at(55); !slices.Equal(got, []string{taskMilestoneDue}) {
		t.Errorf("before the new day: %v", got)
	}
	must(t, b.try(MoveTaskMilestone, winnerBy))
	must(t, b.try(DeliverTask, winnerBy))
	if k.PaymentDue != b.day(60) {
		t.Errorf("a large enterprise pays a small one within 60 days: %s", k.PaymentDue)
	}
	if got := at(55 + 53); !slices.Equal(got, []string{taskPaymentDue}) {
		t.Errorf("before the last day to pay: %v", got)
	}
	if got := at(55 + 61); !slices.Equal(got, []string{taskPaymentOverdue}) {
		t.Errorf("after it: %v", got)
	}
	must(t, k.RecordPayment(leader, b.now, TaskPayment{AmountFen: k.Contract().AmountFen, PaidOn: b.day(0)}))
	if !k.overdue() {
		t.Error("a payment nobody confirmed took the mark off")
	}
	must(t, k.ConfirmPayment(winnerBy, b.now, "p1"))
	if k.overdue() || k.DueAt != 1 {
		t.Errorf("paid and still overdue, or due at %d", k.DueAt)
	}
}

func TestPaymentTermFollowsWhoPaysWhom(t *testing.T) {
	for _, c := range []struct {
		issuer, winner SizeClass
		days           int
		backToBack     bool
		want           int // days from delivery; 0 none; -1 refused
	}{
		{Large, Small, 0, false, 60}, {PublicBody, Micro, 0, false, 30}, {Medium, Small, 0, false, 0}, {Medium, Small, 45, false, 45},
		{Large, Large, 0, false, 0}, {PublicBody, Small, 61, false, -1}, {PublicBody, Small, 45, false, 45}, {Large, Small, 90, false, 90},
		{Large, Small, 30, true, -1}, {Medium, Small, 30, true, 30},
	} {
		b := newBench(t)
		contract := b.contract()
		contract.PaymentDays, contract.BackToBack = c.days, c.backToBack
		must(t, b.k.Propose(leader, b.now, contract, nil))
		err := b.k.ConfirmContract(winnerBy, b.now, c.issuer, c.winner)
		if c.want < 0 {
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", c, err)
			}
			continue
		}
		must(t, err)
		must(t, b.try(DeliverTask, winnerBy))
		want := when.Day("")
		if c.want > 0 {
			want = b.day(c.want)
		}
		if b.k.PaymentDue != want {
			t.Errorf("%+v: due %s, want %s", c, b.k.PaymentDue, want)
		}
	}
}

func TestTheLedgerKeepsWhatWasJudgedWhen(t *testing.T) {
	b := taskIn(t, TaskInProgress)
	must(t, b.try(AddTaskCost, winnerBy))
	line := &b.lines[0]
	b.now = b.now.AddDate(0, 0, 1)
	must(t, line.Judge(&b.k, leader, b.now, true, ""))
	b.now = b.now.AddDate(0, 0, 1)
	must(t, line.Judge(&b.k, authority, b.now, true, ""))
	if err := line.Judge(&b.k, leader, b.now, false, "不认"); fault.As(err).Code != "task.cost_verified" {
		t.Errorf("the issuer overrules the authority: %v", err)
	}
	if err := line.Withdraw(&b.k, winnerBy, b.now, "重复"); fault.As(err).Code != "task.cost_verified" {
		t.Errorf("a verified line is withdrawn: %v", err)
	}
	for days, want := range map[int]CostTotals{-3: {}, -2: {Recorded: 12345}, -1: {Confirmed: 12345}, 0: {Verified: 12345}} {
		got := TotalOn(b.lines, b.day(days))
		if got.Recorded != want.Recorded || got.Confirmed != want.Confirmed || got.Verified != want.Verified {
			t.Errorf("%d days from now: %+v", days, got)
		}
		facts := b.k.RewardFacts(b.day(days), "", nil, b.lines)
		if (facts.VerifiedCostFen != nil) != (want.Verified > 0) {
			t.Errorf("%d days from now a reward sees %v", days, facts.VerifiedCostFen)
		}
	}
}

func TestAChangeNeedsBothSides(t *testing.T) {
	b := taskIn(t, TaskInProgress)
	k := &b.k
	amount := int64(1_200_000_00)
	must(t, k.ProposeChange(winnerBy, b.now, Amendment{AmountFen: &amount, EndsOn: b.day(260), Reason: "增加一轮试验"}))
	if err := k.AnswerChange(winnerBy, b.now, "c1", true, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("one side agreed with itself: %v", err)
	}
	must(t, k.AnswerChange(leader, b.now, "c1", true, ""))
	if c := k.Contract(); c.Version != 2 || c.AmountFen != amount || c.EndsOn != b.day(260) || k.Contracts[0].AmountFen != 1_000_000_00 {
		t.Errorf("%+v", k.Contracts)
	}
	must(t, k.ProposeChange(leader, b.now, Amendment{Scope: "减少一项指标", Reason: "产品换代"}))
	must(t, k.AnswerChange(leader, b.now, "c2", false, "收回"))
	if len(k.Contracts) != 2 {
		t.Error("a refused change made a version")
	}
}

func TestTheDemandFollowsItsTasks(t *testing.T) {
	for _, c := range []struct {
		tasks []TaskState
		want  State
	}{
		{[]TaskState{TaskContracting, TaskContracting}, Awarded},
		{[]TaskState{TaskInProgress, TaskContracting}, InProgress},
		{[]TaskState{TaskTerminated, TaskContracting}, Awarded},
		{[]TaskState{TaskAccepted, TaskDelivered}, InProgress},
		{[]TaskState{TaskAccepted, TaskContracting}, InProgress},
		{[]TaskState{TaskAccepted, TaskTerminated}, Accepted},
		{[]TaskState{TaskAccepted, TaskClosed}, Accepted},
		{[]TaskState{TaskClosed, TaskFailed}, Closed},
		{[]TaskState{TaskTerminated, TaskFailed}, Terminated},
	} {
		w := inState(t, Awarded)
		w.d.FollowTasks(w.now, c.tasks)
		if w.d.State != c.want {
			t.Errorf("%v: %s, want %s", c.tasks, w.d.State, c.want)
		}
		if w.d.FollowTasks(w.now, []TaskState{TaskContracting}) {
			t.Errorf("%v: it went back to %s", c.tasks, w.d.State)
		}
		if w.d.State.Ended() && w.d.EndedAt == 0 {
			t.Errorf("%v: ended without a time", c.tasks)
		}
	}
}
