package demand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var district = By{Role: Operator, UserID: "u-d1", Name: "海曙区经信局", District: true}

// reviewTime takes every step the review's clock is due for, and holds each to coming once.
func (w *world) reviewTime(t testing.TB) []Action {
	t.Helper()
	var taken []Action
	for a := w.d.ReviewTime(w.now, w.s); a != ""; a = w.d.ReviewTime(w.now, w.s) {
		if slices.Contains(taken, a) {
			t.Fatalf("%s came twice at one time: %v", a, taken)
		}
		taken = append(taken, a)
	}
	return taken
}

// TestReviewMatrix takes every decision of a review at every stage as everybody who could be meant.
func TestReviewMatrix(t *testing.T) {
	stages := []struct {
		name string
		make func(w *world)
	}{
		{"district", func(*world) {}},
		{"district, late", func(w *world) { w.now = w.now.AddDate(0, 0, 30); w.reviewTime(t) }},
		{"city", func(w *world) { must(t, w.d.Pass(district, w.now, "", w.s)) }},
		{"experts asked", func(w *world) { must(t, w.try(AskOpinions, authority)) }},
		{"returned by city", func(w *world) {
			must(t, w.d.Pass(district, w.now, "", w.s))
			must(t, w.d.Return(authority, w.now, "补充指标"))
			must(t, w.d.Submit(leader, w.now, w.s))
		}},
		{"returned by district", func(w *world) {
			must(t, w.d.Return(district, w.now, "补充指标"))
			must(t, w.d.Submit(leader, w.now, w.s))
		}},
	}
	steps := []struct {
		name string
		take func(w *world, by By) error
	}{
		{"approve", func(w *world, by By) error {
			if by.District {
				return w.d.Pass(by, w.now, "", w.s)
			}
			return w.d.Approve(by, w.now, "")
		}},
		{"return", func(w *world, by By) error { return w.d.Return(by, w.now, "请补充") }},
		{"reject", func(w *world, by By) error { return w.d.Reject(by, w.now, "不受理") }},
		{"ask experts", func(w *world, by By) error { return w.try(AskOpinions, by) }},
		{"give an opinion", func(w *world, by By) error { return w.d.GiveOpinion(by, w.now, Supports, "可行", w.s) }},
	}
	var b strings.Builder
	b.WriteString("What each decision of a review does, by whose turn it is and by who decides.\n→ state (stage): done · conflict: not now · forbidden: never for this one\n")
	for _, step := range steps {
		fmt.Fprintf(&b, "\n%s\n", step.name)
		for _, stage := range stages {
			line := fmt.Sprintf("  %-21s", stage.name)
			for _, who := range []struct {
				name string
				by   By
			}{{"issuer", leader}, {"district", district}, {"city", authority}, {"expert", judgeBy}} {
				w := inState(t, Submitted)
				stage.make(w)
				outcome := ""
				if err := step.take(w, who.by); err != nil {
					outcome = fault.As(err).Kind.String()
				} else if outcome = "→ " + string(w.d.State); w.d.State == Submitted {
					outcome += " (" + string(w.d.stage()) + ")"
				}
				line += fmt.Sprintf("  %-8s %-22s", who.name, outcome)
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "review_matrix.txt", b.String())
}

// TestReviewClock walks both stages' clocks over a weekend: a reminder, the escalation, the city's reminder and its being late, each once.
func TestReviewClock(t *testing.T) {
	w := inState(t, Submitted) // on a Sunday; the district has until the end of Wednesday
	at := func(day, hour int) { w.now = time.Date(2026, 11, day, hour, 0, 0, 0, when.China) }
	for _, step := range []struct {
		day, hour int
		want      []Action
		stage     Stage
	}{
		{24, 12, nil, DistrictStage},
		{25, 1, []Action{RemindReview}, DistrictStage},
		{25, 23, nil, DistrictStage},
		{26, 1, []Action{EscalateReview}, CityStage}, // Thursday; the city has five days, until the end of Thursday, 3 December
		{26, 2, nil, CityStage},
		{31, 12, nil, CityStage},
		{33, 1, []Action{RemindReview}, CityStage},
		{34, 1, []Action{ReviewLate}, CityStage},
		{60, 1, nil, CityStage},
	} {
		at(step.day, step.hour)
		if got := w.reviewTime(t); !slices.Equal(got, step.want) || w.d.stage() != step.stage {
			t.Errorf("on 11-%d %d:00: %v at the %s's, want %v at the %s's", step.day, step.hour, got, w.d.stage(), step.want, step.stage)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(w.d.History), func(s Step) bool { return s.Action != EscalateReview })); n != 1 || w.d.Review.EscalatedAt == 0 {
		t.Errorf("escalated %d times", n)
	}

	// The clock stands still while experts write, and then has the days it had.
	w = inState(t, Submitted)
	at(23, 10)
	must(t, w.d.Pass(district, w.now, "", w.s)) // five days: until Monday the 30th is over
	at(25, 10)
	experts := []Opinion{{PersonID: judgeBy.UserID, Name: "王教授"}, {PersonID: "second", Name: "李研究员"}}
	must(t, w.d.AskOpinions(authority, w.now, "路线可行吗", experts, w.now.AddDate(0, 0, 20), w.s))
	at(35, 10) // the 5th of December, a Saturday
	if got := w.reviewTime(t); got != nil {
		t.Errorf("the clock ran on: %v", got)
	}
	must(t, w.d.GiveOpinion(judgeBy, w.now, Revise, "指标要可测", w.s))
	if w.d.Review.open() == nil {
		t.Error("one opinion of two ended it")
	}
	if err := w.d.GiveOpinion(judgeBy, w.now, Supports, "改主意了", w.s); fault.As(err).Code != "opinion.given" {
		t.Errorf("twice: %v", err)
	}
	must(t, w.d.GiveOpinion(By{Role: Expert, UserID: "second"}, w.now, Supports, "可行", w.s))
	if want := w.s.Calendar.After(w.now, 3); w.d.Review.open() != nil || !w.d.ReviewDue.Time().Equal(want) {
		t.Errorf("three working days were left; it is due %v, want %v", w.d.ReviewDue.Time(), want)
	}

	// Experts who do not write do not hold it for ever.
	must(t, w.d.AskOpinions(authority, w.now, "再论证", []Opinion{{PersonID: "third"}}, w.now.AddDate(0, 0, 3), w.s))
	w.now = w.now.AddDate(0, 0, 4)
	if got := w.reviewTime(t); !slices.Equal(got, []Action{ResumeReview}) {
		t.Errorf("after their time: %v", got)
	}
	must(t, w.d.GiveOpinion(By{Role: Expert, UserID: "third"}, w.now, Opposes, "迟到的意见", w.s))
}

// TestReviewIsTold walks a district that does nothing through the service: each is told once, however often the job looks.
func TestReviewIsTold(t *testing.T) {
	w := newTown(t)
	d, err := w.s.CreateDemand(w.as("leader"), goodInput())
	must(t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(t, err)
	for range 20 {
		w.pass(24 * time.Hour)
		w.due()
		w.due()
	}
	w.deliver()
	count := map[string]int{}
	for _, e := range w.events {
		count[e.Kind]++
	}
	if count[reviewNear] != 2 || count[reviewEscalated] != 2 || count[reviewOverdue] != 1 {
		t.Errorf("%v", count)
	}
	seen, err := w.s.GetDemand(w.as("leader"), d.Id)
	if err != nil || seen.Review.Stage != api.ReviewByCity || seen.Review.EscalatedAt.IsZero() || !seen.ReviewClock.Overdue {
		t.Errorf("the author reads %+v, %+v, %v", seen.Review, seen.ReviewClock, err)
	}
	if n, err := w.s.overdue(context.Background(), w.now()); err != nil || n != 0 {
		t.Errorf("%d wait for the clock, %v", n, err)
	}
}

// opinionScenario has the city ask experts about a demand under review.
func opinionScenario(t *testing.T, w *town) {
	w.judges = append(w.judges, Judge{PersonID: "u-prof", Name: "王教授", Employer: "外地大学", Active: true}, Judge{PersonID: "u-tied", Name: "张工", EmployerOrgID: "leader", Active: true})
	w.people["prof"] = access.Actor{UserID: "u-prof", Staff: access.ExpertStaff}
	w.people["nosy"] = access.Actor{UserID: "u-nosy", Staff: access.ExpertStaff}
	leader, city, d1, prof, nosy := w.http.As("leader").For(t), w.http.As("city").For(t), w.http.As("d1").For(t), w.http.As("prof").For(t), w.http.As("nosy").For(t)
	id := w.draft()
	path := "/api/v1/demands/" + id
	ask := map[string]any{"personIds": []string{"u-prof"}, "question": "技术路线是否可行", "dueAt": w.now().Add(72 * time.Hour)}
	city.Post(path+"/opinions", ask).Refused(404, "not_found") // a draft is its author's
	leader.Post(path+"/submit", nil).Want(200)
	leader.Post(path+"/opinions", ask).Refused(403, "forbidden")
	d1.Post(path+"/opinions", ask).Refused(403, "forbidden")
	prof.Get(path).Refused(404, "not_found")
	tied := map[string]any{"personIds": []string{"u-tied"}, "question": "可行吗", "dueAt": w.now().Add(72 * time.Hour)}
	city.Post(path+"/opinions", tied).Refused(409, "panel.conflict")
	city.Post(path+"/opinions", map[string]any{"personIds": []string{"u-unknown"}, "question": "可行吗", "dueAt": w.now().Add(72 * time.Hour)}).Refused(422, "invalid")
	var d api.Demand
	city.Post(path+"/opinions", ask).Want(200).Into(&d)
	if !d.Review.StandsStill || d.Review.Stage != api.ReviewByCity || len(d.Review.Arguments) != 1 {
		t.Errorf("%+v", d.Review)
	}
	city.Post(path+"/opinions", ask).Refused(409, "opinion.open")
	leader.Get(path).Want(200).Into(&d)
	if !d.Review.StandsStill || d.Review.Arguments != nil {
		t.Errorf("the author reads %+v", d.Review)
	}
	prof.Get(path).Want(200)
	nosy.Get(path).Refused(404, "not_found")
	var mine api.AskedOpinionPage
	prof.Get("/api/v1/my-opinions").Want(200).Into(&mine)
	if len(mine.Items) != 1 || !mine.Items[0].Open || mine.Items[0].Question != "技术路线是否可行" {
		t.Errorf("%+v", mine)
	}
	nosy.Get("/api/v1/my-opinions").Want(200).Into(&mine)
	if len(mine.Items) != 0 {
		t.Errorf("another expert finds %+v", mine)
	}
	leader.Get("/api/v1/my-opinions").Refused(403, "forbidden")
	opinion := map[string]any{"verdict": "revise", "text": "指标应给出测试条件。"}
	nosy.Put(path+"/opinions/mine", opinion).Refused(404, "not_found")
	prof.Put(path+"/opinions/mine", opinion).Want(200)
	prof.Put(path+"/opinions/mine", opinion).Refused(409, "opinion.given")
	city.Get(path).Want(200).Into(&d)
	if d.Review.StandsStill || d.Review.Arguments[0].Opinions[0].Text != "指标应给出测试条件。" || d.Review.Arguments[0].Opinions[0].Verdict != api.OpinionRevise {
		t.Errorf("%+v", d.Review)
	}
}

// trustScenario has the city trust a chain leader: its directed purchases go without a review, and nothing else does.
func trustScenario(t *testing.T, w *town) {
	leader, city, d1 := w.http.As("leader").For(t), w.http.As("city").For(t), w.http.As("d1").For(t)
	trust := "/api/v1/trusted-issuers/leader"
	yes := map[string]any{"trusted": true, "reason": "历年发榜规范"}
	leader.Put(trust, yes).Refused(403, "forbidden")
	d1.Put(trust, yes).Refused(403, "forbidden")
	city.Put(trust, map[string]any{"trusted": true, "reason": ""}).Refused(422, "invalid")
	city.Put("/api/v1/trusted-issuers/sme0", yes).Refused(422, "invalid").Field("orgId", "not_a_choice")
	city.Put("/api/v1/trusted-issuers/nobody", yes).Refused(404, "not_found")
	city.Put(trust, yes).Want(200)
	var list struct{ Items []api.TrustedIssuer }
	d1.Get("/api/v1/trusted-issuers").Want(200).Into(&list)
	if len(list.Items) != 1 || !list.Items[0].Trusted || list.Items[0].OrgName != "海曙轴承集团" {
		t.Errorf("%+v", list)
	}
	submit := func(mode api.AwardMode) api.Demand {
		in := goodInput()
		in.Kind, in.Mode, in.Unit, in.Quantity, in.Payment.Days = "supply", mode, "套", 10, 30
		in.AudienceOrgIds = []string{"sme0"}
		d, err := w.s.CreateDemand(w.as("leader"), in)
		must(t, err)
		leader.Post("/api/v1/demands/"+d.Id+"/submit", nil).Want(200).Into(&d)
		return d
	}
	if d := submit("directed"); d.State != "approved" || !d.Review.Skipped {
		t.Errorf("a trusted issuer's directed purchase is %s: %+v", d.State, d.Review)
	}
	if d := submit("open"); d.State != "submitted" {
		t.Errorf("its open one is %s", d.State)
	}
	city.Put(trust, map[string]any{"trusted": false, "reason": "连续两次退回"}).Want(200)
	if d := submit("directed"); d.State != "submitted" {
		t.Errorf("trusted no more, and yet %s", d.State)
	}
}

// TestWithoutADistrictStage sends what is submitted to the city at once where the city has it so; what is in the first review stays there.
func TestWithoutADistrictStage(t *testing.T) {
	w := inState(t, Submitted)
	if w.d.stage() != DistrictStage {
		t.Fatalf("as shipped it is with the %s", w.d.stage())
	}
	must(t, w.d.Return(district, w.now, "补充指标"))
	w.s.NoDistrictReview = true
	must(t, w.d.Submit(leader, w.now, w.s))
	if w.d.stage() != CityStage || w.d.ReviewDue != when.At(w.s.Calendar.After(w.now, w.s.ReviewWorkingDays)) {
		t.Errorf("it is with the %s until %v", w.d.stage(), w.d.ReviewDue.Time())
	}
	if err := w.d.Pass(district, w.now, "", w.s); fault.As(err).Code != "demand.city_turn" {
		t.Errorf("the district decides: %v", err)
	}
	must(t, w.d.Approve(authority, w.now, ""))
}
