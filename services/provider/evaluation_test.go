package provider

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// Rows plays the engagement service.
func (w *town) Rows(_ context.Context, id string) ([]RatedRow, error) { return w.ratings[id], nil }

// Year plays it for many at once.
func (w *town) Year(_ context.Context, ids []string, year int) (map[string][]RatedRow, error) {
	w.asked++
	all := map[string][]RatedRow{}
	for _, id := range ids {
		for _, r := range inYear(w.ratings[id], year) {
			r.Engagement = "e-" + r.ID
			all[id] = append(all[id], r)
		}
	}
	return all, nil
}

func rated(id, client string, marks int, on when.Day) RatedRow {
	return RatedRow{ID: id, Client: client, RatedOn: on, Marks: map[string]int{effectMark: marks, timeMark: marks, valueMark: marks}}
}

// TestRankIsReproducible: the order in which rows and providers come does not matter, and the same rows have the same digest.
func TestRankIsReproducible(t *testing.T) {
	rows, names := map[string][]RatedRow{}, map[string]string{}
	rng := rand.New(rand.NewPCG(1, 2))
	for p := range 40 {
		id := fmt.Sprintf("org%02d", p)
		names[id] = id
		for n := range rng.IntN(30) {
			rows[id] = append(rows[id], rated(fmt.Sprintf("%s-%d", id, n), fmt.Sprint(rng.IntN(12)), 1+rng.IntN(5), "2026-03-01"))
		}
	}
	w := DefaultSettings().Weights
	first, sum := Rank(2026, rows, names, w, nil), digest(rows)
	for range 20 {
		for _, some := range rows {
			rng.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		}
		same(t, first, Rank(2026, rows, names, w, nil))
		if digest(rows) != sum {
			t.Fatal("the digest depends on the order")
		}
	}
	for i, e := range first {
		if e.Rank != i+1 || e.Total < 0 || e.Total > 10_000 || i > 0 && first[i-1].Total < e.Total {
			t.Errorf("line %d is %+v", i, e)
		}
		if want := (w.Served*e.Served + w.Satisfaction*e.Satisfaction + w.Effect*e.Effect) / 100; e.Base != want {
			t.Errorf("%s: %d is not the weighted sum %d", e.OrgID, e.Base, want)
		}
	}
}

// TestRankIsFair: a handful of kind ratings does not outrank many good ones, and what is set aside or of another year does not count.
func TestRankIsFair(t *testing.T) {
	rows := map[string][]RatedRow{"few": {rated("a", "x", 5, "2026-05-01"), rated("b", "x", 5, "2026-05-02")}}
	for i := range 40 {
		rows["many"] = append(rows["many"], rated(fmt.Sprint("m", i), fmt.Sprint("c", i), 4+i%2, "2026-04-01"))
	}
	aside := rated("s", "y", 1, "2026-06-01")
	aside.Aside = "related_party"
	rows["many"] = append(rows["many"], aside, rated("old", "z", 1, "2025-12-31"))
	entries := Rank(2026, rows, nil, DefaultSettings().Weights, nil)
	if entries[0].OrgID != "many" || entries[0].Engagements != 40 || entries[1].Clients != 1 {
		t.Errorf("the ranking is %+v", entries)
	}
	if entries[1].Effect >= 10_000 {
		t.Errorf("two ratings of 5 are worth %d", entries[1].Effect)
	}
}

// TestEvaluation goes from the draft through notice to the published result.
func TestEvaluation(t *testing.T) {
	w := newTown(t)
	w.admitted("shuzhi")
	w.admitted("rival")
	w.ratings = map[string][]RatedRow{"shuzhi": {rated("1", "a", 5, "2026-11-01"), rated("2", "b", 4, "2026-11-02")}, "rival": {rated("3", "c", 4, "2026-11-03")}}
	city := w.as("city")
	v, err := w.s.DraftEvaluation(city, 2026)
	must(t, err)
	if len(v.Entries) != 2 || v.Entries[0].OrgId != "shuzhi" {
		t.Fatalf("the draft ranks %+v", v.Entries)
	}
	if _, err := w.s.GetEvaluation(w.as("sme"), 2026); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a draft is read by others: %v", err)
	}
	rows, err := w.s.ListEvaluationRows(city, 2026, api.ListEvaluationRowsParams{OrgId: "shuzhi"})
	must(t, err)
	if w.asked != 1 {
		t.Errorf("the engagement service was asked %d times", w.asked)
	}
	if rows.Items[0].Dealing != "e-"+rows.Items[0].EngagementId {
		t.Errorf("the city is led to the dealing %q", rows.Items[0].Dealing)
	}
	if len(rows.Items) != v.Entries[0].Engagements {
		t.Errorf("%d engagements have %d rows", v.Entries[0].Engagements, len(rows.Items))
	}
	if _, err := w.s.AdjustEvaluation(city, 2026, api.AdjustEvaluationJSONRequestBody{OrgId: "rival", Points: 9000, Reason: " "}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("adjusted without a reason: %v", err)
	}
	v, err = w.s.AdjustEvaluation(city, 2026, api.AdjustEvaluationJSONRequestBody{OrgId: "rival", Points: 2000, Reason: "公益服务突出"})
	must(t, err)
	again, err := w.s.DraftEvaluation(city, 2026)
	must(t, err)
	same(t, v.Entries, again.Entries) // a new draft keeps the experts' adjustments
	award := func(fen int64) error {
		_, err := w.s.SetEvaluationAwards(city, 2026, like[api.SetEvaluationAwardsJSONRequestBody](map[string]any{"awards": []map[string]any{{"orgId": "shuzhi", "amountFen": fen}}}))
		return err
	}
	if err := award(500_000_01); code(err) != "evaluation.above_cap" {
		t.Errorf("an award above the cap: %v", err)
	}
	if _, err := w.s.PublishEvaluationNotice(city, 2026); code(err) != "evaluation.no_winner" {
		t.Errorf("a notice without winners: %v", err)
	}
	must(t, award(300_000_00))
	v, err = w.s.PublishEvaluationNotice(city, 2026)
	must(t, err)
	if v.Notice.State != "open" {
		t.Errorf("the notice is %+v", v.Notice)
	}
	if _, err := w.s.DraftEvaluation(city, 2026); code(err) != "evaluation.wrong_state" {
		t.Errorf("drafted anew while frozen: %v", err)
	}
	if rows, err := w.s.ListEvaluationRows(w.as("sme"), 2026, api.ListEvaluationRowsParams{OrgId: "shuzhi"}); err != nil || len(rows.Items) != 2 || rows.Items[0].Dealing != "" {
		t.Errorf("the public reads %+v %v", rows.Items, err)
	}
	if public, err := w.s.GetEvaluation(w.as("sme"), 2026); err != nil || len(public.Entries) != 1 {
		t.Errorf("the public reads %d lines %v", len(public.Entries), err)
	}
	if _, err := w.s.ConcludeEvaluation(city, 2026); code(err) != "admission.notice_running" {
		t.Errorf("concluded while the notice runs: %v", err)
	}
	w.pass(14 * 24 * time.Hour)
	w.notices[evaluationNotice(2026, 1)] = NoticeStanding{State: "ended", EndsAt: w.now()}
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	v, err = w.s.ConcludeEvaluation(city, 2026)
	must(t, err)
	if v.State != "published" || v.Digest != again.Digest {
		t.Errorf("published: %+v", v)
	}
	if said := w.told(evaluationAwarded); said["round"] != 1.0 || fmt.Sprint(said["winners"]) != "[澜州shuzhi]" {
		t.Errorf("the city is told %v", said)
	}
	for _, x := range v.Entries {
		if (x.Certificate != "") != (x.OrgId == "shuzhi") {
			t.Errorf("%s has the certificate %q", x.OrgId, x.Certificate)
		}
	}
}

// TestStoppedEvaluation is a draft again.
func TestStoppedEvaluation(t *testing.T) {
	e := Evaluation{Year: 2026}
	must(t, e.Draft(day0, map[string][]RatedRow{"a": {rated("1", "x", 5, "2026-01-05")}}, nil, DefaultSettings()))
	must(t, e.SetAwards(map[string]int64{"a": 1}))
	must(t, e.PutUp(day0, DefaultSettings()))
	e.NoticeIs(1, "open", day0.AddDate(0, 0, 7), "")
	e.NoticeIs(1, "stopped", time.Time{}, "异议成立")
	if e.State != EvaluationDraft {
		t.Fatalf("it is %s", e.State)
	}
	must(t, e.PutUp(day0, DefaultSettings()))
	e.NoticeIs(1, "ended", day0, "") // a late word of the first
	if e.Notice.Round != 2 || e.Notice.State != "planned" {
		t.Errorf("the second notice is %+v", e.Notice)
	}
}
