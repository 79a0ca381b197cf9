package provider

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

var day0 = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // a Monday morning

func as(r Role) By {
	by := By{Role: r, UserID: "u-" + string(r)}
	if r == Expert {
		by.UserID = "e1"
	}
	return by
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func n(v int64) *int64 { return &v }

func goodApplication() Application {
	return Application{Categories: []string{"digital"}, Subservices: []string{"digital-diagnosis", "digital-cloud"}, Intro: "为注塑与机加工企业做轻量级数字化改造",
		FoundedOn: "2016-05-01", Staff: n(42), QualifiedShare: n(85), AssetsFen: n(5_000_000_00), Served: n(120), Satisfaction: n(93),
		Certificates: []Certificate{{Name: "信息安全管理体系认证", ValidTo: "2028-01-01"}}, LegalPerson: "高远", Address: "澜州高新区创智路1号",
		ContactName: "白经理", ContactPhone: "0570-1", NoRedLine: true}
}

func experts() []Candidate {
	return []Candidate{{PersonID: "e1", Name: "甲"}, {PersonID: "e2", Name: "乙"}, {PersonID: "e3", Name: "丙", Organisations: []string{"other"}}}
}

func full(s Settings, points int) map[string]int {
	all := map[string]int{}
	for _, c := range s.Criteria {
		all[c.Key] = points
	}
	return all
}

// take does one action with arguments that are right for it.
func take(m *Membership, a Action, by By, now time.Time, s Settings) error {
	const why = "依据材料"
	switch a {
	case EditAdmission:
		return m.Edit(by, now, goodApplication())
	case SubmitAdmission:
		return m.Submit(by, now, s)
	case WithdrawApply:
		return m.Withdraw(by, now)
	case AcceptAdmission:
		return m.Accept(by, now)
	case ReturnAdmission:
		return m.Return(by, now, why)
	case RejectAdmission:
		return m.Reject(by, now, why, false, s)
	case PassInitial:
		return m.PassInitial(by, now, why, s)
	case AssignExperts:
		return m.Assign(by, now, experts())
	case ScoreAdmission:
		return m.Score(by, now, full(s, 80), "可行", "", true, s)
	case RecordVisit:
		return m.Visit(by, now, when.DayOf(now), why)
	case PublishNotice:
		return m.PublishNotice(by, now, s)
	case NoticeMoved:
		return m.NoticeNow(by, now, m.Notices, "ended", now, "")
	case NoticeStopped:
		return m.NoticeStopped(by, now, m.Notices, why, s)
	case AdmitProvider:
		return m.Admit(by, now, why, "ZY2026-0001", "CODE")
	case WatchProvider:
		return m.Watching(by, now, why)
	case UnwatchProvider:
		if m.Watch == nil && m.may(a, by.Role) == nil {
			m.watch(now, "office", why)
		}
		return m.Unwatch(by, now, why, s.Watch)
	case AnswerWatch:
		if m.Watch == nil && m.may(a, by.Role) == nil {
			m.watch(now, "office", why)
		}
		return m.AnswerWatch(by, now, why)
	case SuspendProvider:
		return m.Suspend(by, now, why)
	case Reinstate:
		return m.Reinstate(by, now, why)
	case RemoveProvider:
		return m.Remove(by, now, why, false, s)
	case AppealDecision:
		return m.AppealAgainst(by, now, why, s)
	case DecideAppeal:
		return m.DecideAppeal(by, now, true, why, s)
	case Reapply:
		return m.Reapply(by, now)
	case EditProfile:
		return m.Amend(by, now, "新的介绍", "", "", "", nil)
	case SubmitSelfReport:
		return m.Report(by, now, SelfReport{Year: now.Year(), Highlights: why})
	case ReviewSelfReport:
		return m.Review(by, now, now.Year(), "pass", "")
	}
	return fmt.Errorf("no arguments for %s", a)
}

// arrive brings a membership to a state by the shortest way.
func arrive(t testing.TB, to State) Membership {
	t.Helper()
	s := DefaultSettings()
	m, err := New(as(Applicant), "org", "澜州数智通", "91350100M000100Y43", "hightech", Application{}, day0)
	must(t, err)
	do := func(a Action, r Role) { t.Helper(); must(t, take(&m, a, as(r), day0, s)) }
	ways := map[State]func(){
		Returned: func() { do(ReturnAdmission, District) }, Rejected: func() { do(RejectAdmission, District) },
		Suspended: func() { do(SuspendProvider, City) }, Removed: func() { do(RemoveProvider, City) },
	}
	if to == Draft {
		return m
	}
	must(t, m.Edit(as(Applicant), day0, goodApplication()))
	must(t, m.Attach(as(Applicant), day0, File{ID: "f1", Kind: "years", SHA256: "aa"}))
	do(SubmitAdmission, Applicant)
	if to == Submitted {
		return m
	}
	if to == Returned || to == Rejected {
		ways[to]()
		return m
	}
	do(AcceptAdmission, District)
	if to == InitialReview {
		return m
	}
	do(PassInitial, District)
	if to == ExpertReview {
		return m
	}
	do(AssignExperts, City)
	for _, e := range experts() {
		must(t, m.Score(By{Role: Expert, UserID: e.PersonID}, day0, full(s, 80), "", "", true, s))
	}
	do(PublishNotice, City)
	m.NoticeUp(m.Notice.Round, s.Calendar.After(day0, s.NoticeWorkingDays))
	if to == PublicNotice {
		return m
	}
	do(NoticeMoved, Clock)
	do(AdmitProvider, City)
	if to != Admitted {
		ways[to]()
	}
	return m
}

func clone(m Membership) Membership { return like[Membership](m) }

// TestMembershipMatrix does every action in every state as everybody, and holds what comes of it to the reviewed table.
func TestMembershipMatrix(t *testing.T) {
	var out strings.Builder
	out.WriteString("# what comes of an action in a state, by who takes it; regenerate with go test -run TestMembershipMatrix -update\n")
	s := DefaultSettings()
	for _, state := range States {
		there := arrive(t, state)
		for _, rule := range rules {
			fmt.Fprintf(&out, "%-15s %-24s", state, rule.Action)
			for _, r := range Roles {
				m := clone(there)
				err := take(&m, rule.Action, as(r), day0.Add(time.Hour), s)
				said := "→ " + string(m.State)
				if err != nil {
					said = fault.As(err).Code
					before, _ := json.Marshal(there)
					if after, _ := json.Marshal(m); string(before) != string(after) {
						t.Errorf("%s in %s as %s was refused and changed the membership all the same", rule.Action, state, r)
					}
				}
				fmt.Fprintf(&out, " %s: %s;", r, said)
			}
			out.WriteString("\n")
		}
	}
	golden(t, "membership_matrix.txt", out.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if string(want) != got {
		t.Errorf("%s differs; read the difference, then -update", path)
	}
}

// TestRandomHistories lets everybody try everything in any order and holds every membership to its invariants. 100,000 with
// LIANBANG_PROVE=1.
func TestRandomHistories(t *testing.T) {
	histories := 2000
	if os.Getenv("LIANBANG_PROVE") != "" {
		histories = 100_000
	}
	s := DefaultSettings()
	seen := map[State]int{}
	for h := range histories {
		rng := rand.New(rand.NewPCG(uint64(h), 6))
		m := arrive(t, States[rng.IntN(len(States))])
		now, number := day0, m.Number
		for range 30 {
			now = now.Add(time.Duration(rng.IntN(24*20)) * time.Hour)
			rule := rules[rng.IntN(len(rules))]
			by := as(Roles[rng.IntN(len(Roles))])
			if rng.IntN(3) > 0 { // otherwise most tries are refused
				by = as(rule.By[rng.IntN(len(rule.By))])
			}
			before := m
			if m.Notice != nil {
				notice := *m.Notice
				before.Notice = &notice
			}
			err := take(&m, rule.Action, by, now, s)
			seen[m.State]++
			if why := broken(&before, &m, rule.Action, by, err, now); why != "" {
				t.Fatalf("history %d: %s by %s in %s: %s (%v)", h, rule.Action, by.Role, before.State, why, err)
			}
			if number != "" && m.Number != number {
				t.Fatalf("history %d: the number changed from %s to %s", h, number, m.Number)
			}
			number = m.Number
		}
	}
	for _, state := range States {
		if seen[state] == 0 {
			t.Errorf("no history came to %s", state)
		}
	}
}

// broken says which invariant a step broke; "" when none.
func broken(before, m *Membership, a Action, by By, err error, now time.Time) string {
	moved := before.State != m.State
	last := Step{}
	if len(m.History) > 0 {
		last = m.History[len(m.History)-1]
	}
	switch {
	case err != nil && moved:
		return "a refused action moved it"
	case !slices.Contains(States, m.State):
		return "a state nobody knows"
	case moved && (last.From != before.State || last.To != m.State || last.Action != a || last.At != when.At(now)):
		return "the move is not on the timeline"
	case m.State == Admitted && (m.Number == "" || m.Certificate == "" || m.AdmittedAt == 0):
		return "admitted without number, certificate or date"
	case moved && m.State == Admitted && before.State == PublicNotice && before.Notice.State != "ended":
		return "admitted while its notice ran"
	case moved && m.State == PublicNotice && m.Notice.Round <= len(noticesOf(before)):
		return "a notice has the number of an earlier one"
	case slices.Contains([]State{Returned, Rejected, Suspended, Removed}, m.State) && m.Reason == "":
		return "no reason"
	case moved && m.State == Draft && before.State == Removed && before.BarUntil > when.At(now):
		return "applied again while barred"
	case (m.Board == "public") != (m.State == Admitted):
		return "the public list and the state differ"
	case moved && (m.State == Admitted || m.State == Suspended || m.State == Removed) && by.Role != City:
		return "somebody else than the city decided"
	}
	return ""
}

func noticesOf(m *Membership) []int { return make([]int, m.Notices) }

func TestChecks(t *testing.T) {
	s := DefaultSettings()
	state := func(a Application, key string) CheckState {
		for _, c := range s.Check(a, day0) {
			if c.Key == key {
				return c.State
			}
		}
		return "absent"
	}
	a := goodApplication()
	for _, key := range []string{"years", "staff", "qualifiedShare", "assetsFen", "served", "satisfaction", "redLine"} {
		if got := state(a, key); got != Met {
			t.Errorf("%s is %s", key, got)
		}
	}
	a.Staff, a.Served = n(9), nil
	if state(a, "staff") != Unmet || state(a, "served") != Unknown {
		t.Errorf("staff %s, served %s", state(a, "staff"), state(a, "served"))
	}
	// The boundary is met, and the strictest of several categories counts.
	a.Staff, a.AssetsFen = n(10), n(2_000_000_00)
	if state(a, "staff") != Met || state(a, "assetsFen") != Met {
		t.Error("the boundary is not met")
	}
	a.Categories = []string{"digital", "innovation"}
	if state(a, "assetsFen") != Unmet {
		t.Error("a category's own threshold does not count")
	}
	// Exactly two years today, and a day short of them.
	a.FoundedOn = "2024-11-23"
	if state(a, "years") != Met {
		t.Error("two years to the day are not two years")
	}
	if a.FoundedOn = "2024-11-24"; state(a, "years") != Unmet {
		t.Error("a day short of two years is two years")
	}
	s.ByCategory["digital"] = Thresholds{Certificates: []string{"信息安全管理体系"}}
	if a = goodApplication(); state(a, "certificate") != Met {
		t.Error("a certificate that is held is not found")
	}
	if a.Certificates[0].ValidTo = "2026-11-22"; state(a, "certificate") != Unmet {
		t.Error("a certificate that ran out yesterday is good")
	}
}

func TestSettingsTakeEffectOnTheirDay(t *testing.T) {
	var b SettingsBook
	later := DefaultSettings()
	later.PassMark, later.EffectiveFrom = 70, when.At(day0.AddDate(0, 1, 0))
	must(t, b.Change(later, By{Role: City}, day0, "自下月起"))
	now := DefaultSettings()
	now.PassMark, now.EffectiveFrom = 65, 0
	must(t, b.Change(now, By{Role: City}, day0.Add(time.Hour), "即日起"))
	for at, want := range map[time.Time]int{day0: 60, day0.Add(time.Hour): 65, day0.AddDate(0, 1, 0): 70} {
		if got := b.InForce(at).PassMark; got != want {
			t.Errorf("at %s the pass mark is %d, not %d", at, got, want)
		}
	}
	bad := DefaultSettings()
	bad.AwardCapFen, bad.Weights.Effect = 500_000_01, 36
	if err := b.Change(bad, By{Role: City}, day0, "试试"); fault.KindOf(err) != fault.Invalid || len(fault.As(err).Fields) != 2 {
		t.Errorf("settings beyond the cap with weights of 101 were answered %v", err)
	}
}

// TestRefusals are the rules the matrix does not show, because it always brings the right arguments.
func TestRefusals(t *testing.T) {
	s := DefaultSettings()
	for name, c := range map[string]struct {
		in   State
		do   func(m *Membership) error
		code string
	}{
		"a return without a reason": {Submitted, func(m *Membership) error { return m.Return(as(City), day0, " ") }, "invalid"},
		"an incomplete application": {Draft, func(m *Membership) error { return m.Submit(as(Applicant), day0, s) }, "invalid"},
		"an expert of the applicant": {ExpertReview, func(m *Membership) error {
			return m.Assign(as(City), day0, []Candidate{{PersonID: "x", Organisations: []string{"org"}}})
		}, "admission.expert_conflict"},
		"a score without the declaration": {ExpertReview, func(m *Membership) error {
			_ = m.Assign(as(City), day0, experts())
			return m.Score(as(Expert), day0, full(s, 80), "", "", false, s)
		}, "invalid"},
		"a score of somebody not asked":       {ExpertReview, func(m *Membership) error { return m.Score(as(Expert), day0, full(s, 80), "", "", true, s) }, "forbidden"},
		"a notice without enough sheets":      {ExpertReview, func(m *Membership) error { return m.PublishNotice(as(City), day0, s) }, "admission.scores_missing"},
		"an admission while the notice runs":  {PublicNotice, func(m *Membership) error { return m.Admit(as(City), day0, "同意", "N", "C") }, "admission.notice_running"},
		"a district's refusal of a notice":    {PublicNotice, func(m *Membership) error { return m.Reject(as(District), day0, "不同意", false, s) }, "forbidden"},
		"a second application within the bar": {Removed, func(m *Membership) error { return m.Reapply(as(Applicant), day0.AddDate(0, 11, 0)) }, "admission.barred"},
		"an appeal after its time":            {Removed, func(m *Membership) error { return m.AppealAgainst(as(Applicant), day0.AddDate(0, 2, 0), "不服", s) }, "admission.appeal_late"},
		"a report of a year to come": {Admitted, func(m *Membership) error {
			return m.Report(as(Applicant), day0, SelfReport{Year: 2027, Highlights: "好"})
		}, "invalid"},
		"the same file twice": {Returned, func(m *Membership) error {
			return m.Attach(as(Applicant), day0, File{ID: "f2", Kind: "staff", SHA256: "aa"})
		}, "admission.same_file"},
	} {
		m := arrive(t, c.in)
		if err := c.do(&m); err == nil || fault.As(err).Code != c.code {
			t.Errorf("%s is answered %v, not %s", name, err, c.code)
		}
	}
	low := arrive(t, ExpertReview)
	must(t, low.Assign(as(City), day0, experts()))
	for _, e := range experts() {
		must(t, low.Score(By{Role: Expert, UserID: e.PersonID}, day0, full(s, 59), "", "", true, s))
	}
	if err := low.PublishNotice(as(City), day0, s); err == nil || fault.As(err).Code != "admission.below_pass_mark" {
		t.Errorf("a mean of 59 is answered %v", err)
	}
	unmet := arrive(t, Draft)
	a := goodApplication()
	a.Staff = n(3)
	must(t, unmet.Edit(as(Applicant), day0, a))
	must(t, unmet.Attach(as(Applicant), day0, File{ID: "f", Kind: "staff"}))
	must(t, unmet.Submit(as(Applicant), day0, s))
	must(t, unmet.Accept(as(District), day0))
	if err := unmet.PassInitial(as(District), day0, "", s); fault.KindOf(err) != fault.Invalid {
		t.Errorf("passing an unmet threshold without a word is answered %v", err)
	}
	must(t, unmet.PassInitial(as(District), day0, "专精团队，人均服务量高", s))
	barred := arrive(t, Removed)
	must(t, barred.Reapply(as(Applicant), day0.AddDate(0, 12, 0)))
	if barred.Round != 2 || barred.Number == "" || barred.Application.NoRedLine {
		t.Errorf("applying again gives %+v", barred)
	}
}

// TestStoppedNotice: an upheld objection puts the application back, and its next notice is another one.
func TestStoppedNotice(t *testing.T) {
	s := DefaultSettings()
	m := arrive(t, PublicNotice)
	must(t, m.NoticeStopped(as(Clock), day0, 1, "业绩材料不实", s))
	if m.State != ExpertReview || m.ReviewDue == 0 {
		t.Fatalf("it is %s, due %d", m.State, m.ReviewDue)
	}
	must(t, m.PublishNotice(as(City), day0, s))
	must(t, m.NoticeNow(as(Clock), day0, 1, "ended", day0, "")) // late word of the first
	if m.Notice.State != "planned" || m.Notice.Round != 2 {
		t.Errorf("the second notice is %+v", m.Notice)
	}
}

func TestOfferingVersions(t *testing.T) {
	terms := OfferingTerms{Title: "设备联网诊断", Category: "digital", Subservice: "digital-diagnosis", Solves: "设备状态看不见", Method: "两天驻场", Deliverables: []string{"诊断报告"},
		DurationDays: 10, Price: Price{Model: PriceFixed, FromFen: 20_000_00, ToFen: 9}}
	o, err := NewOffering("org", "数智通", terms, day0)
	must(t, err)
	if o.Terms.Price.ToFen != 0 {
		t.Error("a fixed price has an end")
	}
	if err := o.Publish(day0, []string{"ip"}); err == nil || fault.As(err).Code != "offering.category_not_admitted" {
		t.Errorf("publishing in a category it is not admitted for is answered %v", err)
	}
	must(t, o.Publish(day0, []string{"digital"}))
	terms.Title = "设备联网诊断（升级）"
	must(t, o.Edit(day0, terms))
	if o.Public.Title == terms.Title {
		t.Error("an edit shows before it is published")
	}
	must(t, o.Publish(day0.Add(time.Hour), []string{"digital"}))
	if o.Version != 2 || len(o.Versions) != 1 || o.Versions[0].Terms.Title != "设备联网诊断" || !o.Tell {
		t.Errorf("after the second publication: %+v", o)
	}
	must(t, o.Pause(day0, "满单"))
	must(t, o.Resume(day0))
	must(t, o.Withdraw(day0, ""))
	if err := o.Edit(day0, terms); fault.KindOf(err) != fault.Conflict {
		t.Errorf("editing a withdrawn offering is answered %v", err)
	}
	if err := (OfferingTerms{Title: "x", Category: "digital", Price: Price{Model: "gift"}}).check(false); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a price model nobody knows is answered %v", err)
	}
}

// TestCategories holds the eight and their order to the policy.
func TestCategories(t *testing.T) {
	var all []string
	for _, c := range Categories {
		all = append(all, c.Name)
		for _, s := range c.Subservices {
			if categoryOf(s.Code) != c.Code {
				t.Errorf("%s is in two categories", s.Code)
			}
		}
	}
	if got := strings.Join(all, " "); got != "技术创新 知识产权 数字化转型 节能降碳 投融资 市场拓展 管理咨询 产业对接" {
		t.Errorf("the categories are %s", got)
	}
}
