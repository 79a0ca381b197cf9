package demand

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The people of these tests.
var (
	leader    = By{Role: Issuer, UserID: "u-leader", OrgID: "leader", Name: "海曙轴承集团"}
	authority = By{Role: Operator, UserID: "u-office", Name: "市经信局"}
	clockBy   = By{Role: Clock}
	stranger  = By{Role: Stranger, UserID: "u-x", OrgID: "x"}
)

func bidder(i int) By {
	return By{Role: Bidder, UserID: fmt.Sprintf("u-%d", i), OrgID: fmt.Sprintf("org%d", i)}
}

var day0 = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

func goodTerms() Terms {
	return Terms{Title: "高速主轴轴承润滑技术", Kind: RND, Chain: "高端装备", Background: "现有润滑方式温升过高", Difficulty: "dn值超过200万时油膜破裂",
		Targets: []string{"温升不超过15℃", "寿命不低于10000小时"}, BudgetFen: 300_000_00, TimeLimitMonths: 18, CooperationWays: []string{"joint"},
		Public: true, IssuerPublic: true, Contact: Contact{Name: "王工", Phone: "0574-00000000"}}
}

func goodOffer() Offer {
	return Offer{Docking: DockingForm{OrganisationName: "甬江精密", CreditCode: "91350100M000100Y43", ContactName: "李工", ContactPhone: "1"},
		Application: ApplicationForm{Capability: "有", Plan: "油气润滑方案", PriceFen: 1_000_000, ScheduleMonths: 12}}
}

func allScores(d *Demand, n int) []Score {
	var s []Score
	for _, c := range d.Terms.Criteria {
		s = append(s, Score{Key: c.Key, Score: n, Reason: "依据材料"})
	}
	return s
}

// world is one demand and its bids, driven by the same steps as the service takes.
type world struct {
	d    Demand
	bids []Bid
	past []Bid // of the rounds before
	now  time.Time
	s    Settings
	// sheets are what the experts of its panel wrote.
	sheets []Sheet
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{now: day0, s: DefaultSettings()}
	d, err := New(leader, "海曙轴承集团", "海曙区", goodTerms(), w.now)
	must(t, err)
	w.d = d
	return w
}

func (w *world) clone() *world {
	var c world
	roundTrip(w.d, &c.d)
	roundTrip(w.bids, &c.bids)
	c.now, c.s = w.now, w.s
	return &c
}

func roundTrip[T any](from T, to *T) {
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		panic(err)
	}
}

// close does what the service does at the deadline: manifest, record, open and lapse.
func (w *world) close(t testing.TB) {
	var in []Entry
	for i := range w.bids {
		if w.bids[i].State == BidSubmitted {
			in = append(in, Entry{BidID: w.bids[i].ID, Digest: w.bids[i].Digest(), At: w.bids[i].SubmittedAt})
		}
	}
	must(t, w.d.Close(clockBy, w.now, in))
	for i := range w.bids {
		switch w.bids[i].State {
		case BidSubmitted:
			must(t, w.bids[i].Open(w.now))
		case BidDraft:
			must(t, w.bids[i].Lapse(w.now))
		}
	}
	w.d.Done(func(k *Tasks) { k.OpenBids = false })
}

// settle does what the service does between the freezing and the publishing of a decision.
func (w *world) settle() error {
	for i := range w.bids {
		b := &w.bids[i]
		if !w.d.In(b.ID) {
			continue
		}
		var err error
		if slices.Contains(w.d.Award.Winners, b.ID) {
			err = b.Win(leader, w.now)
		} else {
			err = b.Lose(leader, w.now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) reopen(t testing.TB) {
	for i := range w.bids {
		if w.bids[i].State == Won || w.bids[i].State == Lost {
			must(t, w.bids[i].Reopen(w.now))
		}
	}
	w.d.Done(func(k *Tasks) { k.Reopen = false })
}

// up has a planned notice put up, as the notice service would.
func (w *world) up() {
	if n := w.d.Notice; n != nil {
		w.d.NoticeUp(w.now, n.Number, w.s.Calendar.After(w.now, n.WorkingDays))
	}
}

// settled has the bidders of an ended demand told, as the clock would, and reports whether it has ended.
func (w *world) settled() bool {
	if w.d.State != NoAward && w.d.State != Terminated {
		return false
	}
	w.d.Done(func(k *Tasks) { *k = Tasks{} })
	return true
}

// inState drives a fresh demand with two bids to a state.
func inState(t testing.TB, want State) *world {
	t.Helper()
	w := newWorld(t)
	d := &w.d
	steps := []func(){
		func() { must(t, d.Submit(leader, w.now, w.s)) },
		func() { must(t, d.Approve(authority, w.now, "")) },
		func() {
			must(t, d.Publish(leader, w.now, w.now.Add(time.Hour), "2026Q4-0001", nil, w.s))
			for i := range 2 {
				b, err := Place(bidder(i), fmt.Sprintf("企业%d", i), "d1", d, goodOffer(), w.now)
				must(t, err)
				must(t, b.Submit(bidder(i), w.now, d))
				w.bids = append(w.bids, b)
			}
		},
		func() { w.now = w.now.Add(2 * time.Hour); w.close(t) },
		func() {
			must(t, d.StartEvaluation(leader, w.now))
			for i := range w.bids {
				must(t, w.bids[i].Checked(leader, w.now, d, Check{Outcome: Pass}, w.s))
				must(t, w.bids[i].ScoreCriteria(leader, w.now, d, allScores(d, 90-10*i)))
				must(t, w.bids[i].Shortlist(leader, w.now, d, true, ""))
			}
			must(t, w.bids[1].GiveReason(leader, w.now, d, "方案指标未覆盖寿命要求"))
			must(t, d.Decide(leader, w.now, Decision{Winners: []string{w.bids[0].ID}, Reason: "综合评分第一", Deviation: ""}, w.bids))
		},
		func() {
			must(t, d.BeginPublishing(leader, w.now, w.bids))
			must(t, w.settle())
			must(t, d.FinishPublishing(leader, w.now, w.s, w.bids))
		},
		func() { w.up(); w.now = d.Notice.EndsAt.Time(); must(t, d.Conclude(clockBy, w.now)) },
	}
	switch want {
	case Returned:
		steps[0]()
		must(t, d.Return(authority, w.now, "指标不可量化"))
	case Rejected:
		steps[0]()
		must(t, d.Reject(authority, w.now, "不属于受理范围"))
	case Withdrawn:
		must(t, d.Withdraw(leader, w.now, "计划有变"))
	case NoAward:
		for _, step := range steps[:5] {
			step()
		}
		must(t, w.bids[0].GiveReason(leader, w.now, d, "未达到要求"))
		must(t, d.BeginNoAward(leader, w.now, "无合适方案", w.bids))
		must(t, w.settle())
		must(t, d.FinishNoAward(leader, w.now, w.bids))
	case Terminated:
		for _, step := range steps[:4] {
			step()
		}
		must(t, d.Terminate(authority, w.now, "需求取消"))
	default:
		for _, step := range steps {
			if d.State == want {
				break
			}
			step()
		}
	}
	if d.State != want {
		t.Fatalf("the demand is %s, not %s", d.State, want)
	}
	return w
}

var states = []State{Draft, Submitted, Returned, Approved, Published, BiddingClosed, Evaluating, AwardNotice, Awarded, Rejected, NoAward,
	Terminated, Withdrawn}

// try takes an action with arguments that fit, as late as the action needs.
func (w *world) try(a Action, by By) error {
	d := &w.d
	switch a {
	case EditDemand:
		return d.Edit(by, w.now, termsFor(d.Terms.Kind, d.Terms.Mode))
	case SubmitDemand:
		return d.Submit(by, w.now, w.s)
	case ReturnDemand:
		return d.Return(by, w.now, "请补充")
	case ApproveDemand:
		return d.Approve(by, w.now, "")
	case RejectDemand:
		return d.Reject(by, w.now, "不受理")
	case AskOpinions:
		return d.AskOpinions(by, w.now, "路线可行吗", []Opinion{{PersonID: judgeBy.UserID, Name: "王教授"}}, w.now.Add(48*time.Hour), w.s)
	case GiveOpinion:
		if by.Role == Expert && d.State == Submitted {
			if _, o := d.asked(by.UserID); o == nil {
				if err := w.try(AskOpinions, authority); err != nil {
					return err
				}
			}
		}
		return d.GiveOpinion(by, w.now, Supports, "可行", w.s)
	case SkipReview:
		kind, mode := d.Terms.Kind, d.Terms.Mode
		if by.Role == Clock && d.State == Submitted {
			d.Terms.Kind, d.Terms.Mode = Supply, Directed
		}
		err := d.SkipReview(by, w.now)
		d.Terms.Kind, d.Terms.Mode = kind, mode
		return err
	case PublishDemand:
		return d.Publish(by, w.now, w.now.Add(time.Hour), "2026Q4-0001", nil, w.s)
	case PublishInIssue:
		was := d.Terms.Catalogue
		d.Terms.Catalogue = true
		err := d.PublishIn(by, w.now, w.now.Add(time.Hour), "2026Q4-0001", nil, w.s)
		d.Terms.Catalogue = was
		return err
	case WithdrawDemand:
		return d.Withdraw(by, w.now, "不做了")
	case TerminateDemand:
		return d.Terminate(by, w.now, "终止")
	case ReopenDemand:
		if by.Role == Issuer && w.settled() {
			return d.Reopen(by, w.now, w.now.Add(time.Hour), "再次征集", nil, w.s)
		}
		return d.may(a, by.Role)
	case ChangeDemand:
		terms := d.Terms
		terms.Targets = append(slices.Clone(terms.Targets), "噪声不超过70dB")
		_, err := d.Change(by, w.now, terms, time.Time{}, "补充指标", w.s)
		return err
	case CloseBidding:
		return d.Close(by, w.now.Add(2*time.Hour), nil)
	case EndBidding:
		if d.State == Published {
			d.Deadline = 0 // as if it had been published without one
		}
		return d.EndBidding(by, w.now)
	case ConcludeDemand:
		return d.ConcludeDealings(by, w.now, "已全部办结", nil)
	case AcceptInvite, DeclineInvite:
		return d.AnswerInvite(by, w.now, a == AcceptInvite, "产能已满")
	case StartEvaluation:
		return d.StartEvaluation(by, w.now)
	case AwardDemand:
		var winners []string
		if len(w.bids) > 0 {
			winners = []string{w.bids[0].ID}
		}
		return d.Decide(by, w.now, Decision{Winners: winners, Reason: "最优", Deviation: ""}, w.bids)
	case PublishAward:
		if err := d.BeginPublishing(by, w.now, w.bids); err != nil {
			return err
		}
		if err := w.settle(); err != nil {
			return err
		}
		return d.FinishPublishing(by, w.now, w.s, w.bids)
	case InvitePanelExpert:
		return d.InviteExpert(by, w.now, PanelExpert{PersonID: "another", Name: "李教授"}, nil, true, w.now.Add(time.Hour))
	case AnswerPanel, SubmitSheets, ClosePanel:
		return w.tryPanel(a, by)
	case PauseAwardNotice:
		return d.Pause(by, w.now)
	case ResumeAwardNotice:
		return d.Resume(by, w.now, w.now.AddDate(0, 0, 3))
	case RevokeAward:
		if by.Role == Clock && d.State == Awarded {
			d.Contested(w.now, d.Notice.Number, "业绩不实")
		}
		return d.Revoke(by, w.now, "异议成立")
	case ContestAward:
		if err := d.may(a, by.Role); err != nil {
			return err
		}
		if !d.Contested(w.now, d.Notice.Number, "业绩不实") {
			return fmt.Errorf("%s was not recorded", a)
		}
		return nil
	case SettleContest:
		if by.Role == Operator && d.Contested(w.now, 1, "业绩不实") {
			d.ContestSigned()
		}
		return d.SettleContest(by, w.now, AwardStands, "不影响结果")
	case ConcludeNotice:
		if by.Role == Clock {
			w.up() // a planned one has not begun
		}
		return d.Conclude(by, w.now.AddDate(0, 1, 0))
	case DeclareNoAward:
		for i := range w.bids {
			if w.bids[i].State != Lost && w.bids[i].State != Won {
				w.bids[i].Check = &Check{Outcome: Fail, Reason: "缺少资质"}
				w.bids[i].State = FormalCheck
			}
		}
		if err := d.BeginNoAward(by, w.now, "流标", w.bids); err != nil {
			return err
		}
		if err := w.settle(); err != nil {
			return err
		}
		return d.FinishNoAward(by, w.now, w.bids)
	}
	return fmt.Errorf("no such action %s", a)
}

// TestDemandMatrix takes every action in every state as everybody and holds the outcome to the reviewed table.
func TestDemandMatrix(t *testing.T) {
	var b strings.Builder
	made := map[State]*world{}
	for _, s := range states {
		made[s] = inState(t, s)
	}
	fmt.Fprintf(&b, "What each action does to a demand, by its state and by who takes it.\n→ state: done · conflict: not in this state · forbidden: never for this one\n")
	for _, r := range flowOf(RND).rules {
		if r.Action == AcceptInvite || r.Action == DeclineInvite {
			continue // of directed demands: see TestModeMatrices
		}
		fmt.Fprintf(&b, "\n%s\n", r.Action)
		for _, s := range states {
			line := fmt.Sprintf("  %-15s", s)
			for _, by := range []By{leader, authority, bidder(1), judgeBy, clockBy, stranger} {
				before, w := made[s], made[s].clone()
				err := w.try(r.Action, by)
				outcome := "→ " + string(w.d.State)
				if err != nil {
					if outcome = fault.As(err).Kind.String(); fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.Conflict {
						t.Errorf("%s in %s by %s: %v", r.Action, s, by.Role, err)
					}
					if r.Action != DeclareNoAward && !same(before.d, w.d) {
						t.Errorf("%s in %s by %s failed and changed the demand", r.Action, s, by.Role)
					}
				}
				line += fmt.Sprintf("  %-9s %-16s", by.Role, outcome)
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "demand_matrix.txt", b.String())
}

func same(a, b Demand) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if string(want) != got {
		t.Errorf("%s differs; look at the change and run with -update\n%s", path, got)
	}
}

// TestBidMatrix does the same for a bid.
func TestBidMatrix(t *testing.T) {
	type made struct {
		w *world
		b *Bid
	}
	in := func(s BidState) made {
		var w *world
		switch s {
		case BidDraft, BidSubmitted, BidWithdrawn:
			w = inState(t, Published)
			b := &w.bids[1]
			if s != BidSubmitted {
				must(t, b.Withdraw(bidder(1), w.now, &w.d, ""))
			}
			if s == BidDraft {
				must(t, b.Edit(bidder(1), w.now, &w.d, goodOffer()))
			}
		case FormalCheck:
			w = inState(t, Evaluating)
			must(t, w.bids[1].Shortlist(leader, w.now, &w.d, false, ""))
		case Correction:
			w = inState(t, BiddingClosed)
			must(t, w.d.StartEvaluation(leader, w.now))
			must(t, w.bids[1].Checked(leader, w.now, &w.d, Check{Outcome: NeedsPapers, Reason: "缺营业执照", Missing: []string{"营业执照"}}, w.s))
			must(t, w.bids[1].Attach(bidder(1), w.now, &w.d, Attachment{ID: "p", Part: Formal}))
		case Shortlisted:
			w = inState(t, Evaluating)
		case Won, Lost:
			w = inState(t, AwardNotice)
			if s == Won {
				w.bids[0], w.bids[1] = w.bids[1], w.bids[0]
			}
		}
		if w.bids[1].State != s {
			t.Fatalf("the bid is %s, not %s", w.bids[1].State, s)
		}
		return made{w, &w.bids[1]}
	}
	try := func(m made, a Action, by By) error {
		w, b := m.w, m.b
		switch a {
		case EditBid:
			return b.Edit(by, w.now, &w.d, goodOffer())
		case SubmitBid:
			return b.Submit(by, w.now, &w.d)
		case WithdrawBid:
			return b.Withdraw(by, w.now, &w.d, "")
		case ConfirmBidChange:
			return b.ConfirmChange(by, w.now, &w.d)
		case FormalCheckBid:
			return b.Checked(by, w.now.AddDate(0, 0, 20), &w.d, Check{Outcome: Fail, Reason: "逾期未补正"}, w.s)
		case CorrectBid:
			return b.Correct(by, w.now, "")
		case ScoreBid:
			return b.ScoreCriteria(by, w.now, &w.d, allScores(&w.d, 60))
		case ShortlistBid:
			return b.Shortlist(by, w.now, &w.d, b.State != Shortlisted, "")
		case WinBid:
			return b.Win(by, w.now)
		case LoseBid:
			return b.Lose(by, w.now)
		}
		if by.Role != Clock { // the clock's steps take nobody's name
			return b.may(a, by.Role)
		}
		switch a {
		case OpenBid:
			return b.Open(w.now)
		case LapseBid:
			return b.Lapse(w.now)
		case ReopenBid:
			return b.Reopen(w.now)
		case AnnounceBid:
			return b.Announce(w.now)
		case EndBid:
			return b.End(w.now, "需求终止")
		}
		return fmt.Errorf("no such action %s", a)
	}
	var out strings.Builder
	out.WriteString("What each action does to a bid, by its state and by who takes it.\n")
	for _, r := range flowOf(RND).bids {
		if slices.Contains([]Action{InviteMember, RemoveMember, AcceptSeat, DeclineSeat}, r.Action) {
			continue // of consortia: see TestModeMatrices
		}
		fmt.Fprintf(&out, "\n%s\n", r.Action)
		for _, s := range []BidState{BidDraft, BidSubmitted, FormalCheck, Correction, Shortlisted, Won, Lost, BidWithdrawn} {
			line := fmt.Sprintf("  %-13s", s)
			for _, by := range []By{bidder(1), leader, authority, clockBy, stranger} {
				m := in(s)
				outcome := ""
				if err := try(m, r.Action, by); err != nil {
					outcome = fault.As(err).Kind.String()
				} else {
					outcome = "→ " + string(m.b.State)
				}
				line += fmt.Sprintf("  %-9s %-14s", by.Role, outcome)
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "bid_matrix.txt", out.String())
}

// TestSeal reads both parts of a bid as everybody, before and after the deadline.
func TestSeal(t *testing.T) {
	before, after := inState(t, Published), inState(t, BiddingClosed)
	ended := inState(t, Published)
	must(t, ended.d.Terminate(leader, ended.now, "取消"))
	for _, c := range []struct {
		name string
		w    *world
		role Role
		part Part
		want bool
	}{
		{"the bidder reads its own", before, Bidder, Application, true},
		{"the issuer sees who is interested", before, Issuer, Docking, true},
		{"the issuer waits for the deadline", before, Issuer, Application, false},
		{"so does the operator", before, Operator, Application, false},
		{"strangers read nothing", before, Stranger, Docking, false},
		{"the issuer reads after it", after, Issuer, Application, true},
		{"the operator reads after it", after, Operator, Application, true},
		{"strangers still read nothing", after, Stranger, Application, false},
		{"a demand terminated while open never opens", ended, Issuer, Application, false},
	} {
		if got := c.w.bids[0].Readable(c.part, c.role, &c.w.d); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	late := inState(t, Published)
	b, err := Place(bidder(7), "迟到企业", "d1", &late.d, goodOffer(), late.now)
	must(t, err)
	late.now = late.d.Deadline.Time()
	if err := b.Submit(bidder(7), late.now, &late.d); fault.As(err).Code != "demand.deadline_passed" {
		t.Errorf("a bid at the very deadline: %v", err)
	}
	if err := late.bids[0].Edit(bidder(0), late.now, &late.d, goodOffer()); fault.As(err).Code != "demand.deadline_passed" {
		t.Errorf("an edit at the very deadline: %v", err)
	}
	late.close(t)
	late.now = day0 // the clock jumps back
	if err := b.Submit(bidder(7), late.now, &late.d); err == nil {
		t.Error("a closed demand took a bid after the clock went back")
	}
	if late.d.In(b.ID) || b.Readable(Application, Issuer, &late.d) {
		t.Error("a bid that was not in can be read")
	}
}

// TestNoticeClock walks the award notice as the notice service moves it, and holds it to the last end that service gave.
func TestNoticeClock(t *testing.T) {
	w := inState(t, AwardNotice)
	n := w.d.Notice
	// Sunday 22 November 2026, 12:00 in China: five working days, Monday to Friday, end with Friday.
	if want := time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC); !n.EndsAt.Time().Equal(want) {
		t.Fatalf("ends %v, want %v", n.EndsAt.Time(), want)
	}
	if err := w.d.Conclude(clockBy, w.now.AddDate(1, 0, 0)); fault.As(err).Code != "notice.running" {
		t.Errorf("a notice nobody could read ran out: %v", err)
	}
	if w.d.DueAt != 1 || !w.d.noticeDue(when.At(w.now)) {
		t.Error("a planned notice does not wait for the clock")
	}
	ends := n.EndsAt.Time()
	if w.d.NoticeUp(w.now, n.Number+1, ends) || !w.d.NoticeUp(w.now, n.Number, ends) || w.d.NoticeUp(w.now, n.Number, ends.AddDate(0, 0, 9)) {
		t.Error("a notice is put up once, and only the one that was planned")
	}
	if n.AskAt != when.At(ends) {
		t.Errorf("asked about at %v", n.AskAt.Time())
	}
	must(t, w.d.Pause(clockBy, ends.Add(-24*time.Hour)))
	must(t, w.d.Pause(clockBy, ends.Add(-23*time.Hour))) // asked again
	if got := w.d.History[len(w.d.History)-2:]; got[0].Action == got[1].Action {
		t.Error("a pause is told twice")
	}
	if err := w.d.Conclude(clockBy, ends.AddDate(1, 0, 0)); err == nil {
		t.Error("a paused notice ran out")
	}
	must(t, w.d.Resume(clockBy, ends.Add(24*time.Hour), ends.Add(48*time.Hour)))
	if err := w.d.Conclude(clockBy, ends.Add(47*time.Hour)); fault.As(err).Code != "notice.running" {
		t.Errorf("it ended before the end it was given last: %v", err)
	}
	must(t, w.d.Conclude(clockBy, ends.Add(48*time.Hour)))
	// National Day 2026: 1–7 October are off, Saturday 10 October is worked.
	from := time.Date(2026, 9, 30, 2, 0, 0, 0, time.UTC)
	if got, want := when.Default.After(from, 3), time.Date(2026, 10, 10, 16, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("three working days after 30 September end %v, want %v", got, want)
	}
	if got := when.Default.Between(from, time.Date(2026, 10, 10, 15, 59, 59, 0, time.UTC)); got != 3 {
		t.Errorf("%d working days between", got)
	}
}

// TestAwardRules walks the ways an award can be wrong.
func TestAwardRules(t *testing.T) {
	w := inState(t, Evaluating)
	d := &w.d
	second := []string{w.bids[1].ID}
	if err := d.Decide(leader, w.now, Decision{Winners: second, Reason: "更合适", Deviation: ""}, w.bids); fault.As(err).Fields[0].Path != "deviationReason" {
		t.Errorf("the second-best wins without saying why: %v", err)
	}
	must(t, d.Decide(leader, w.now, Decision{Winners: second, Reason: "更合适", Deviation: "交付地点更近"}, w.bids))
	if err := d.BeginPublishing(leader, w.now, w.bids); fault.As(err).Code != "award.feedback_missing" {
		t.Errorf("published without telling the loser why: %v", err)
	}
	for _, winners := range [][]string{nil, {"nobody"}, {w.bids[0].ID, w.bids[0].ID}, {w.bids[0].ID, w.bids[1].ID, "c", "d"}} {
		if err := d.Decide(leader, w.now, Decision{Winners: winners, Reason: "x", Deviation: "y"}, w.bids); fault.KindOf(err) != fault.Invalid {
			t.Errorf("winners %v: %v", winners, err)
		}
	}
	must(t, d.Decide(leader, w.now, Decision{Winners: []string{w.bids[0].ID}, Reason: "第一", Deviation: ""}, w.bids))
	must(t, d.BeginPublishing(leader, w.now, w.bids))
	if err := w.bids[0].ScoreCriteria(leader, w.now, d, allScores(d, 1)); fault.As(err).Code != "award.publishing" {
		t.Errorf("a score changed while the decision is published: %v", err)
	}
	if err := d.Decide(leader, w.now, Decision{Winners: second, Reason: "换一个", Deviation: "理由"}, w.bids); fault.As(err).Code != "award.publishing" {
		t.Errorf("the decision changed while it is published: %v", err)
	}
}

// TestHistories walks random histories and holds every one to the invariants. LIANBANG_PROVE=1 walks 100,000.
func TestHistories(t *testing.T) {
	n := 1_000
	if os.Getenv("LIANBANG_PROVE") == "1" {
		n = 100_000
	}
	reached := map[string]int{}
	for i := range n {
		w := walk(t, uint64(i))
		reached[string(w.d.State)]++
		if w.d.State == Awarded && w.d.Terms.Mode == Consortium {
			reached["awarded to a consortium"]++
		}
		if w.d.State == Awarded && w.d.Panel != nil {
			reached["awarded by experts' scores"]++
		}
		if t.Failed() {
			t.Fatalf("in history %d", i)
		}
	}
	for _, s := range []string{string(Awarded), string(Rejected), string(NoAward), string(Terminated), string(Withdrawn), "awarded to a consortium", "awarded by experts' scores"} {
		if reached[s] == 0 {
			t.Errorf("no history of %d ended %s: %v", n, s, reached)
		}
	}
	t.Logf("%d histories ended %v", n, reached)
}

func walk(t *testing.T, seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := newWorldOf(t, RND, []Mode{Open, Open, Consortium}[seed%3])
	d := &w.d
	published := map[string]string{} // bid id → digest of what was last acknowledged as in
	var closedAt when.Instant
	for range 120 {
		w.now = w.now.Add(time.Duration(r.IntN(90)) * time.Minute)
		pick := func(of ...func() error) { _ = of[r.IntN(len(of))]() } // refusals are part of a history
		b := func() *Bid {
			if len(w.bids) == 0 {
				return &Bid{State: Lost}
			}
			return &w.bids[r.IntN(len(w.bids))]
		}
		for range 2 {
			x := b() // anew each time: placing a bid may move the slice
			mine := By{Role: Bidder, OrgID: x.OrgID}
			var more []func() error
			if d.Terms.Mode == Consortium {
				more = w.consortiumSteps(r, x, published)
			}
			if seed%2 == 0 {
				more = append(more, w.panelSteps(t, r, x)...)
			}
			pick(append(more,
				func() error { return w.try(SubmitDemand, leader) },
				func() error {
					if r.IntN(4) > 0 {
						return nil
					}
					return w.try(ReturnDemand, authority)
				},
				func() error { return d.Pass(district, w.now, "", w.s) },
				func() error {
					if r.IntN(3) == 0 {
						return w.try(AskOpinions, authority)
					}
					return d.GiveOpinion(judgeBy, w.now, Revise, "补充指标", w.s)
				},
				func() error {
					if d.State == Submitted && r.IntN(3) == 0 {
						w.now = w.now.AddDate(0, 0, r.IntN(4))
					}
					w.reviewTime(t)
					return nil
				},
				func() error { return w.try(ApproveDemand, authority) },
				func() error {
					if r.IntN(20) > 0 {
						return nil
					}
					return w.try(RejectDemand, authority)
				},
				func() error {
					return d.Publish(leader, w.now, w.now.Add(time.Duration(1+r.IntN(48))*time.Hour), "2026Q4-0001", nil, w.s)
				},
				func() error {
					if r.IntN(40) > 0 {
						return nil
					}
					return w.try(WithdrawDemand, leader)
				},
				func() error {
					if r.IntN(60) > 0 {
						return nil
					}
					if err := d.Terminate(authority, w.now, "终止"); err != nil {
						return err
					}
					for i := range w.bids {
						_ = w.bids[i].End(w.now, "终止")
					}
					d.Done(func(k *Tasks) { k.EndBids = false })
					return nil
				},
				func() error {
					org := r.IntN(5)
					nb, err := Place(bidder(org), "企业", "d1", d, goodOffer(), w.now)
					if err != nil {
						return err
					}
					return w.take(nb)
				},
				func() error { return w.submit(x, published) },
				func() error { return w.edit(r, x, published) },
				func() error {
					err := x.Withdraw(mine, w.now, d, "")
					if err == nil {
						delete(published, x.ID)
						for _, m := range x.Members {
							w.free(x, m.OrgID)
						}
					}
					return err
				},
				func() error {
					if d.State == Published && when.At(w.now) >= d.Deadline {
						w.close(t)
					}
					return nil
				},
				func() error {
					if r.IntN(30) > 0 {
						return nil
					}
					return w.changeAtRandom(t, r)
				},
				func() error { return x.ConfirmChange(mine, w.now, d) },
				func() error { return w.try(StartEvaluation, leader) },
				func() error {
					outcome := []string{Pass, Pass, Pass, NeedsPapers, Fail}[r.IntN(5)]
					return x.Checked(leader, w.now, d, Check{Outcome: outcome, Reason: "理由", Missing: []string{"执照"}}, w.s)
				},
				func() error {
					_ = x.Attach(mine, w.now, d, Attachment{ID: "a", Part: Formal})
					return x.Correct(mine, w.now, "")
				},
				func() error { return x.ScoreCriteria(leader, w.now, d, allScores(d, r.IntN(101))) },
				func() error { return x.Shortlist(leader, w.now, d, r.IntN(5) > 0, "") },
				func() error { return x.GiveReason(leader, w.now, d, "不及他人") },
				func() error {
					if r.IntN(3) > 0 || !w.settled() {
						return nil
					}
					if err := d.Reopen(leader, w.now, w.now.Add(time.Hour), "再次征集", nil, w.s); err != nil {
						return err
					}
					w.past, w.bids, w.sheets, closedAt = append(w.past, w.bids...), nil, nil, 0
					clear(published)
					d.Done(func(k *Tasks) { k.Reopened = false })
					return nil
				},
				func() error { // a diligent issuer takes all bids in one go
					_ = w.try(StartEvaluation, leader)
					for i := range w.bids {
						_ = w.bids[i].Checked(leader, w.now, d, Check{Outcome: Pass}, w.s)
						_ = w.bids[i].ScoreCriteria(leader, w.now, d, allScores(d, r.IntN(101)))
						_ = w.bids[i].GiveReason(leader, w.now, d, "不及他人")
						_ = w.bids[i].Shortlist(leader, w.now, d, true, "")
					}
					if r.IntN(2) == 0 {
						return w.awardTheBest(t)
					}
					return nil
				},
				func() error {
					var winners []string
					for i := range w.bids {
						if w.bids[i].State == Shortlisted && r.IntN(2) == 0 {
							winners = append(winners, w.bids[i].ID)
						}
					}
					return d.Decide(leader, w.now, Decision{Winners: winners, Reason: "定榜", Deviation: []string{"", "另有考虑"}[r.IntN(2)]}, w.bids)
				},
				func() error {
					return w.publishAward(t)
				},
				func() error {
					if r.IntN(10) > 0 {
						return nil
					}
					if err := d.BeginNoAward(leader, w.now, "流标", w.bids); err != nil {
						return err
					}
					must(t, w.settle())
					must(t, d.FinishNoAward(leader, w.now, w.bids))
					return nil
				},
				func() error {
					if r.IntN(8) > 0 {
						return nil
					}
					if err := d.Revoke(clockBy, w.now, "异议成立"); err != nil {
						return err
					}
					w.reopen(t)
					return nil
				},
				func() error { // upheld after the end; no contract stands yet
					if r.IntN(8) > 0 || d.Notice == nil || !d.Contested(w.now, d.Notice.Number, "") {
						return nil
					}
					must(t, d.Revoke(clockBy, w.now, d.Contest.Reason))
					w.reopen(t)
					return nil
				},
				func() error { w.up(); return nil },
				func() error { return w.try(PauseAwardNotice, clockBy) },
				func() error { return d.Resume(clockBy, w.now, w.now.AddDate(0, 0, r.IntN(3))) },
				func() error {
					if d.State == AwardNotice {
						w.now = w.now.AddDate(0, 0, 3)
					}
					return d.Conclude(clockBy, w.now)
				},
			)...)
		}
		invariants(t, w, published, &closedAt)
		w.nobodySitsTwice(t)
		w.panelIsFair(t)
	}
	return w
}

// invariants are what no history may break.
func invariants(t *testing.T, w *world, in map[string]string, closedAt *when.Instant) {
	t.Helper()
	d := &w.d
	if d.ClosedAt != 0 && *closedAt == 0 { // no lost bid: the manifest is what was acknowledged, no more, no less
		*closedAt = d.ClosedAt
		if len(d.Manifest) != len(in) {
			t.Errorf("%d bids were acknowledged, %d are in", len(in), len(d.Manifest))
		}
		for _, e := range d.Manifest {
			if in[e.BidID] != e.Digest {
				t.Errorf("bid %s is in with another content than was acknowledged", e.BidID)
			}
		}
	}
	if d.ClosedAt != *closedAt || d.ClosedAt != 0 && d.State == Published {
		t.Error("a closed demand was reopened or closed again")
	}
	for i := range w.past {
		if b := &w.past[i]; b.Round >= d.Round || b.State != Lost && b.State != BidWithdrawn && !b.seat() || d.In(b.ID) {
			t.Errorf("bid %s of round %d is %s in round %d", b.ID, b.Round, b.State, d.Round)
		}
	}
	won := 0
	for i := range w.bids {
		b := &w.bids[i]
		if b.State == Won {
			won++
		}
		if b.State == Lost && !b.Ended && (b.Reason == "" || b.feedbackMissing() != "") {
			t.Errorf("bid %s lost without scores and a reason", b.ID)
		}
		if d.ClosedAt == 0 && d.PublishedAt != 0 {
			for _, role := range []Role{Issuer, Operator, Stranger} {
				if b.Readable(Application, role, d) {
					t.Errorf("the %s reads a sealed bid while the demand is %s", role, d.State)
				}
			}
		}
		if d.In(b.ID) && b.Digest() != entry(d, b.ID).Digest {
			t.Errorf("bid %s changed after the deadline", b.ID)
		}
		if d.State.Ended() && b.State != Won && b.State != Lost && b.State != BidWithdrawn && !b.seat() {
			t.Errorf("the demand is %s and a bid still %s", d.State, b.State)
		}
	}
	if won > d.Terms.MaxWinners {
		t.Errorf("%d winners of %d", won, d.Terms.MaxWinners)
	}
	if (d.State == AwardNotice || d.State == Awarded) && (won == 0 || len(d.Award.Standings) != len(d.Manifest)) {
		t.Errorf("%s with %d winners and %d standings of %d bids", d.State, won, len(d.Award.Standings), len(d.Manifest))
	}
	if (d.State == Rejected || d.State == Returned || d.State == NoAward || d.State == Terminated || d.State == Withdrawn) && d.Reason == "" {
		t.Errorf("%s without a reason", d.State)
	}
	if !d.State.Ended() && d.State != Awarded && !slices.ContainsFunc(d.flow().rules, func(r rule) bool { return slices.Contains(r.From, d.State) }) {
		t.Errorf("no way on from %s", d.State)
	}
	if d.State == Submitted && d.DueAt == 0 && !d.Review.Late {
		t.Error("under review, and no clock runs")
	}
	if d.State == Published && d.DueAt == 0 || d.State == AwardNotice && d.DueAt == 0 {
		t.Errorf("%s and the clock is not set", d.State)
	}
}

func entry(d *Demand, id string) Entry {
	for _, e := range d.Manifest {
		if e.BidID == id {
			return e
		}
	}
	return Entry{}
}
