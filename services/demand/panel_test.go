package demand

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
)

var judgeBy = By{Role: Expert, UserID: "judge"}

// tryPanel takes a panel's step with a panel that fits it.
func (w *world) tryPanel(a Action, by By) (err error) {
	d := &w.d
	defer func(before world) {
		if err != nil {
			*w = before
		}
	}(*w.clone())
	d.Panel = &Panel{DueAt: when.At(w.now.Add(time.Hour)), Experts: []PanelExpert{{PersonID: "judge", State: ExpertAccepted}, {PersonID: "other", State: ExpertDone}}}
	for i := range w.bids {
		w.bids[i].Check = &Check{Outcome: Pass}
	}
	var sheets []Sheet
	for i := range w.bids {
		sheets = append(sheets, Sheet{BidID: w.bids[i].ID, ExpertID: "judge", Frozen: true})
	}
	switch a {
	case AnswerPanel:
		d.Panel.Experts[0].State = ExpertInvited
		return d.AnswerPanel(by, w.now, ExpertAccepted, "与各方无利害关系", nil)
	case SubmitSheets:
		return d.HandIn(by, w.now, sheets, w.bids)
	default:
		return d.ClosePanel(by, w.now, "一位专家因病缺席", w.bids)
	}
}

func TestTally(t *testing.T) {
	criteria := []Criterion{{Key: "team", Weight: 60}, {Key: "plan", Weight: 40}}
	sheet := func(team, plan int) Sheet {
		return Sheet{Scores: []Score{{Key: "team", Score: team, Reason: "甲"}, {Key: "plan", Score: plan, Reason: "乙"}}}
	}
	for _, c := range []struct {
		sheets         []Sheet
		team, plan     int // hundredths
		points, shown  int
		feedbackSample string
	}{
		{[]Sheet{sheet(90, 80)}, 9000, 8000, 8600, 90, "专家1：甲"},
		{[]Sheet{sheet(90, 80), sheet(91, 80), sheet(91, 81)}, 9067, 8033, 8653, 91, "专家1：甲；专家2：甲；专家3：甲"}, // 90.666… and 80.333…
		{[]Sheet{sheet(0, 0), sheet(1, 0)}, 50, 0, 30, 1, "专家1：甲；专家2：甲"},
		{[]Sheet{sheet(100, 100), sheet(100, 100)}, 10000, 10000, 10000, 100, "专家1：甲；专家2：甲"},
	} {
		b := Bid{Scores: Tally(criteria, c.sheets)}
		if b.Scores[0].Hundredths != c.team || b.Scores[1].Hundredths != c.plan || b.Points() != c.points || b.Scores[0].Score != c.shown || b.Scores[0].Reason != c.feedbackSample {
			t.Errorf("%+v: %+v, %d points", c, b.Scores, b.Points())
		}
	}
	if Tally(criteria, nil) != nil {
		t.Error("no sheet is a score")
	}
}

func TestConflicts(t *testing.T) {
	issuer := Party{OrgID: "leader", Name: "海曙轴承集团"}
	bidders := []Party{{OrgID: "b1", Name: "甲精密（澜州）有限公司"}, {OrgID: "b2", Name: "乙大学"}, {OrgID: "b3", Name: "丙材料", Consortium: true}}
	now := when.At(day0)
	for name, c := range map[string]struct {
		j    Judge
		did  []Dealing
		want []ConflictKind
	}{
		"a stranger":              {j: Judge{Employer: "外地大学", OrgIDs: []string{"x"}}},
		"the issuer's":            {j: Judge{EmployerOrgID: "leader"}, want: []ConflictKind{EmployedByIssuer}},
		"by name alone":           {j: Judge{Employer: "甲精密(澜州) 有限公司"}, want: []ConflictKind{EmployedByBidder}},
		"the issuer's member":     {j: Judge{OrgIDs: []string{"leader"}}, want: []ConflictKind{MemberOfIssuer}},
		"a bidder's member":       {j: Judge{OrgIDs: []string{"b2"}}, want: []ConflictKind{MemberOfBidder}},
		"its own consortium":      {j: Judge{EmployerOrgID: "b3"}, want: []ConflictKind{InConsortium}},
		"dealt with the issuer":   {did: []Dealing{{"leader", now}}, want: []ConflictKind{DealtWithIssuer}},
		"dealt with a bidder":     {did: []Dealing{{"b1", now}}, want: []ConflictKind{DealtWithBidder}},
		"dealt long ago":          {did: []Dealing{{"b1", now - 2}}},
		"dealt with somebody":     {did: []Dealing{{"x", now}}},
		"two ties":                {j: Judge{EmployerOrgID: "b1", OrgIDs: []string{"b2"}}, want: []ConflictKind{EmployedByBidder, MemberOfBidder}},
		"nobody's empty employer": {j: Judge{Employer: ""}},
	} {
		var got []ConflictKind
		for _, r := range Conflicts(c.j, issuer, bidders, c.did, now-1) {
			got = append(got, r.Kind)
			if r.With == "" {
				t.Errorf("%s: a reason without a name", name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMasked(t *testing.T) {
	b := &Bid{OrgName: "甬江精密制造有限公司", Members: []ConsortiumMember{{OrgName: "澜州大学"}}}
	b.Offer.Docking = DockingForm{ContactName: "李工", ContactPhone: "13800000000", CreditCode: "91350100M000100Y43"}
	got := masked("甬江精密制造有限公司（甬江精密制造）与澜州大学合作，联系李工 13800000000，代码 91350100M000100Y43。", b)
	for _, word := range []string{"甬江", "澜州", "李工", "1380", "9135"} {
		if strings.Contains(got, word) {
			t.Errorf("%s is left in %s", word, got)
		}
	}
	if !strings.Contains(got, "合作") {
		t.Error(got)
	}
}

// panelScenario walks an evaluation by experts over HTTP: a tied one is refused with the reason, one recuses itself, two score blind and
// alone, and anybody computes the ranking again from the public record.
func panelScenario(t *testing.T, w *town) {
	id := w.published()
	bids := []string{w.bid(id, "sme0", true), w.bid(id, "sme1", true), w.bid(id, "uni", true)}
	w.pass(time.Hour + time.Minute)
	experts := []string{"e1", "e2", "e3", "tied"}
	for _, e := range experts {
		w.people[e] = access.Actor{UserID: "u-" + e, Staff: access.ExpertStaff}
		w.judges = append(w.judges, Judge{PersonID: "u-" + e, Name: "专家" + e, Employer: "外地大学", Fields: []string{"轴承"}, Active: true})
	}
	w.judges[3].OrgIDs = []string{"sme1"}
	c := w.http
	panel := "/api/v1/demands/" + id + "/panel"
	leader, city := c.As("leader"), c.As("city")
	leader.Get(panel).Refused(404, "panel.none")
	c.As("rival").Get(panel).Refused(403, "forbidden")
	c.As("e1").Get(panel).Refused(403, "forbidden")
	c.As("sme0").Get(panel+"/candidates").Refused(403, "forbidden")

	var candidates struct{ Items []api.PanelCandidate }
	city.Get(panel + "/candidates").Want(200).Into(&candidates)
	if len(candidates.Items) != 4 || len(candidates.Items[0].Conflicts) != 0 || len(candidates.Items[3].Conflicts) != 1 || candidates.Items[3].Conflicts[0].With != "专精特新企业1" {
		t.Fatalf("%+v", candidates)
	}
	due := w.now().Add(72 * time.Hour)
	leader.Post(panel+"/experts", map[string]any{"personId": "u-tied", "dueAt": due}).Refused(409, "panel.conflict").Field("personId", "member_of_bidder")
	leader.Post(panel+"/experts", map[string]any{"personId": "nobody", "dueAt": due}).Refused(422, "invalid").Field("personId", "not_a_choice")
	leader.Post(panel+"/experts", map[string]any{"personId": "u-e1"}).Refused(422, "invalid").Field("dueAt", "too_soon")
	for _, e := range []string{"e1", "e2", "e3"} {
		leader.Post(panel+"/experts", map[string]any{"personId": "u-" + e, "blind": true, "dueAt": due}).Want(201)
	}
	leader.Post(panel+"/experts", map[string]any{"personId": "u-e1"}).Refused(409, "panel.invited")

	// Before it declares, an expert reads nothing; one recuses itself; one has come to be tied.
	c.As("e1").Get(panel+"/bids").Refused(409, "panel.not_scoring")
	c.As("tied").Post(panel+"/answer", map[string]any{"answer": "accepted", "note": "无利害关系"}).Refused(404, "not_found")
	c.As("e3").Post(panel+"/answer", map[string]any{"answer": "recused", "note": "与一家单位有合作"}).Want(200)
	w.judges[0].EmployerOrgID = "uni"
	c.As("e1").Post(panel+"/answer", map[string]any{"answer": "accepted", "note": "无利害关系"}).Refused(409, "panel.conflict")
	w.judges[0].EmployerOrgID = ""
	for _, e := range []string{"e1", "e2"} {
		c.As(e).Post(panel+"/answer", map[string]any{"answer": "accepted", "note": "与各方无利害关系"}).Want(200)
	}

	// The issuer checks the papers; it does not score where experts do.
	for i, bid := range bids {
		check := map[string]any{"outcome": "pass"}
		if i == 2 {
			check = map[string]any{"outcome": "fail", "reason": "未盖章"}
		}
		if i == 1 {
			c.As("e1").Post(panel+"/submit", nil).Refused(409, "panel.checks_open")
			leader.Post(panel+"/close", map[string]any{"reason": "提前结束"}).Refused(409, "panel.checks_open")
		}
		leader.Post("/api/v1/bids/"+bid+"/check", check).Want(200)
	}
	leader.Put("/api/v1/bids/"+bids[0]+"/scores", scores(90)).Refused(409, "panel.scores")

	read := func(e string) map[string]api.PanelBid {
		t.Helper()
		var list struct{ Items []api.PanelBid }
		a := c.As(e).Get(panel + "/bids").Want(200).Into(&list)
		for _, word := range []string{"专精特新企业", "甬江精密", "sme0", "91350100M000100Y43", "李工"} {
			if strings.Contains(string(a.Body), word) {
				t.Errorf("blind, %s reads %s", e, word)
			}
		}
		all := map[string]api.PanelBid{}
		for _, b := range list.Items {
			all[b.Label] = b
		}
		return all
	}
	labels := read("e1")
	if len(labels) != 2 {
		t.Fatalf("%+v", labels)
	}
	given := map[string]int{}
	for label, b := range labels {
		if b.Plan == "" || b.PriceFen == 0 || len(b.Files) > 0 {
			t.Errorf("%+v", b)
		}
		given[label] = 70 + len(given)*20
	}
	c.As("e1").Get(panel+"/bids/A/files/x").Refused(404, "not_found")
	short := scores(80)
	short.Scores = short.Scores[:2]
	first := slices.Sorted(func(yield func(string) bool) {
		for l := range labels {
			if !yield(l) {
				return
			}
		}
	})[0]
	c.As("e1").Put(panel+"/bids/"+first, short).Refused(422, "invalid").Field("scores.plan", "required")
	c.As("e1").Put(panel+"/bids/ZZ", scores(80)).Refused(404, "not_found")
	c.As("e3").Put(panel+"/bids/"+first, scores(80)).Refused(409, "panel.not_scoring")
	for n, e := range []string{"e1", "e2"} {
		for label, points := range given {
			c.As(e).Put(panel+"/bids/"+label, scores(points+n)).Want(200)
		}
		if n == 0 {
			c.As(e).Post(panel+"/submit", nil).Want(200)
			c.As(e).Put(panel+"/bids/"+first, scores(1)).Refused(409, "panel.not_scoring")
			var p api.Panel
			for _, who := range []*resttest.Client{leader, c.As("e1"), c.As("e2")} { // alone until all are in
				who.Get(panel).Want(200).Into(&p)
				if len(p.Sheets) != 0 || p.HandedIn != 1 || p.Total != 3 {
					t.Errorf("%+v", p)
				}
			}
			for _, b := range read("e2") {
				if len(b.Scores) > 0 {
					t.Errorf("e2 reads another's sheet: %+v", b)
				}
			}
		}
	}
	c.As("e2").Post(panel+"/submit", nil).Want(200)
	var p api.Panel
	c.As("e1").Get(panel).Want(200).Into(&p)
	if len(p.Sheets) != 4 || p.ClosedAt.IsZero() || len(p.Experts) != 1 {
		t.Errorf("closed: %+v", p)
	}
	c.As("e3").Get(panel).Want(200).Into(&p)
	if len(p.Sheets) != 0 {
		t.Error("one that recused itself reads the sheets")
	}
	leader.Post(panel+"/experts", map[string]any{"personId": "u-tied"}).Refused(409, "panel.closed")
	var mine api.PanelPage
	c.As("e2").Get("/api/v1/my-demand-panels").Want(200).Into(&mine)
	if len(mine.Items) != 1 || mine.Items[0].Mine != "done" {
		t.Errorf("%+v", mine)
	}

	// The better of the two does not win: that takes an explanation, which is published.
	var page api.BidPage
	leader.Get("/api/v1/demands/" + id + "/bids").Want(200).Into(&page)
	best, other := page.Items[0], page.Items[1]
	if best.Total != 90.5 || other.Total != 70.5 || len(best.Scores) != 4 || best.Scores[0].Score != 90.5 || !strings.Contains(best.Scores[0].Reason, "专家2：") {
		t.Fatalf("%v %v %+v", best.Total, other.Total, best.Scores)
	}
	for _, b := range []api.Bid{best, other} {
		leader.Post("/api/v1/bids/"+b.Id+"/shortlist", map[string]any{"shortlisted": true}).Want(200)
	}
	award := map[string]any{"winners": []string{other.Id}, "reason": "交付保障更强", "feedback": []map[string]any{{"bidId": best.Id, "reason": "报价超出预算"}}}
	leader.Put("/api/v1/demands/"+id+"/award", award).Refused(422, "invalid").Field("deviationReason", "required")
	award["deviationReason"] = "得分第一的方案超出预算"
	leader.Put("/api/v1/demands/"+id+"/award", award).Want(200)
	leader.Post("/api/v1/demands/"+id+"/award/publish", nil).Want(200)
	a := c.As("").Get("/api/v1/demands/" + id + "/result").Want(200)
	recompute(t, a.Body)
	for _, secret := range []string{"SECRET-PLAN", best.OrgName, "专家e1", "依据申请书", "u-e1"} {
		if strings.Contains(string(a.Body), secret) {
			t.Errorf("the public record holds %s", secret)
		}
	}
	if !strings.Contains(string(a.Body), "得分第一的方案超出预算") {
		t.Error("the explanation is not published")
	}
	w.deliver()
	if !slices.ContainsFunc(w.events, func(e docstore.Event) bool { return e.Kind == panelInvited && strings.Contains(string(e.Data), "u-e1") }) {
		t.Error("the expert was not told")
	}
}

// recompute does what anybody can with the public record alone: the weighted means of the sheets, and the ranking.
func recompute(t *testing.T, record []byte) {
	t.Helper()
	var r struct {
		Criteria []struct {
			Key    string
			Weight int
		}
		Bids []struct {
			Pseudonym  string
			FormalPass bool
			Total      float64
			Rank       int
		}
		Sheets []struct {
			Expert int
			Bid    string
			Scores []struct {
				Key   string
				Score int
			}
		}
	}
	must(t, json.Unmarshal(record, &r))
	if len(r.Sheets) == 0 {
		t.Fatal("no sheets are public")
	}
	totals := map[string]float64{}
	for _, b := range r.Bids {
		for _, c := range r.Criteria {
			sum, n := 0, 0
			for _, s := range r.Sheets {
				for _, g := range s.Scores {
					if s.Bid == b.Pseudonym && g.Key == c.Key {
						sum, n = sum+g.Score, n+1
					}
				}
			}
			if n > 0 {
				totals[b.Pseudonym] += float64(c.Weight) * math.Floor(100*float64(sum)/float64(n)+0.5) / 100
			}
		}
	}
	for _, b := range r.Bids {
		if got := math.Floor(totals[b.Pseudonym]+0.5) / 100; b.FormalPass && math.Abs(got-b.Total) > 1e-9 && math.Abs(totals[b.Pseudonym]/100-b.Total) > 0.0051 {
			t.Errorf("%s: %v computed, %v published", b.Pseudonym, got, b.Total)
		}
		rank := 1
		for _, o := range r.Bids {
			if totals[o.Pseudonym] > totals[b.Pseudonym] {
				rank++
			}
		}
		if b.FormalPass && b.Rank != rank {
			t.Errorf("%s: rank %d computed, %d published", b.Pseudonym, rank, b.Rank)
		}
	}
}

// TestPanelAfterACrash: the last expert's sheets closed the scoring and the process died before the bids had their scores.
func TestPanelAfterACrash(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	id := w.published()
	bid := w.bid(id, "sme0", true)
	w.pass(time.Hour + time.Minute)
	w.people["e1"] = access.Actor{UserID: "u-e1", Staff: access.ExpertStaff}
	w.judges = []Judge{{PersonID: "u-e1", Name: "专家", Employer: "外地大学", Active: true}, {PersonID: "u-e2", Name: "缺席", Employer: "外地大学", Active: true}}
	for _, j := range w.judges {
		_, err := w.s.InvitePanelExpert(w.as("leader"), id, api.PanelInvite{PersonId: j.PersonID, DueAt: w.now().Add(time.Hour)})
		must(t, err)
	}
	_, err := w.s.AnswerPanel(w.as("e1"), id, api.PanelAnswer{Answer: api.PanelAnswerAnswerAccepted, Note: "无利害关系"})
	must(t, err)
	_, err = w.s.FormalCheckBid(w.as("leader"), bid, api.FormalCheckInput{Outcome: api.FormalCheckInputOutcomePass})
	must(t, err)
	list, err := w.s.ListPanelBids(w.as("e1"), id)
	must(t, err)
	if list[0].OrgName == "" {
		t.Error("a panel that is not blind hides who bids")
	}
	_, err = w.s.WriteSheet(w.as("e1"), id, list[0].Label, scores(77))
	must(t, err)
	if _, err := w.s.ClosePanel(w.as("leader"), id, "另一位缺席"); fault.As(err).Code != "panel.no_sheets" {
		t.Errorf("closed without a sheet: %v", err)
	}
	_, err = w.s.SubmitSheets(w.as("e1"), id)
	must(t, err)
	bids, err := w.s.bidsIn(ctx, id, 1, FormalCheck)
	must(t, err)
	doc, err := w.s.demands.Get(ctx, id)
	must(t, err)
	d := doc.Body
	must(t, d.ClosePanel(leaderOf(&d), w.now(), "另一位缺席", bids))
	d.settle()
	_, err = w.s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error { *tx.Body = d; return nil })
	must(t, err)
	_, err = w.s.RunDue(ctx)
	must(t, err)
	v, err := w.s.GetBid(w.as("leader"), bid)
	must(t, err)
	if v.Total != 77 {
		t.Errorf("after the crash the bid has %v", v.Total)
	}
	if fmt.Sprint(d.Panel.done()) != "[u-e1]" {
		t.Errorf("%v", d.Panel.done())
	}
}

func leaderOf(d *Demand) By { return By{Role: Issuer, UserID: "u-leader", OrgID: d.IssuerID} }
