package provider

import (
	"context"
	"fmt"
	"testing"
	"time"

	"lianbang/services/provider/api"
)

// Months plays the engagement service.
func (w *town) Months(_ context.Context, ids []string, _, _ string) (map[string][]MonthFacts, error) {
	all := map[string][]MonthFacts{}
	for _, id := range ids {
		all[id] = w.months[id]
	}
	return all, nil
}

// Behind plays it too: one dealing for each.
func (w *town) Behind(_ context.Context, id, _, from, _ string) ([]api.WatchRow, error) {
	return []api.WatchRow{{EngagementId: "e-" + id, Month: from, Value: 1}}, nil
}

// record is a year and a half of months before day0's, each part's the same.
func record(recent, past MonthFacts) []MonthFacts {
	var all []MonthFacts
	for n := range 18 {
		m := past
		if n < 6 {
			m = recent
		}
		m.Month = month(day0, -1-n)
		all = append(all, m)
	}
	return all
}

// TestFalls: who falls behind its own past is found with the figures; small samples, a bad past, a newcomer, a slow month and noise are not.
func TestFalls(t *testing.T) {
	long := day0.AddDate(-3, 0, 0)
	good := MonthFacts{Enquiries: 2, InTime: 2, Taken: 1, Rated: 1, Marks: 14}
	worse := func(edit func(*MonthFacts)) MonthFacts { m := good; edit(&m); return m }
	for name, c := range map[string]struct {
		facts    []MonthFacts
		admitted time.Time
		want     string
	}{
		"steady":                     {record(good, good), long, ""},
		"satisfaction falls":         {record(worse(func(m *MonthFacts) { m.Marks = 9 }), good), long, FallSatisfaction},
		"just less than the rule":    {record(worse(func(m *MonthFacts) { m.Marks = 13 }), good), long, ""},
		"answers late":               {record(worse(func(m *MonthFacts) { m.InTime, m.Missed = 1, 1 }), good), long, FallInTime},
		"always was late":            {record(worse(func(m *MonthFacts) { m.InTime, m.Missed = 1, 1 }), worse(func(m *MonthFacts) { m.InTime, m.Missed = 1, 1 })), long, ""},
		"no dealing any more":        {record(MonthFacts{}, good), long, FallIdle},
		"never had many":             {record(MonthFacts{}, MonthFacts{}), long, ""},
		"a newcomer without dealing": {record(MonthFacts{}, good), day0.AddDate(0, -2, 0), ""},
		"one bad rating":             {record(MonthFacts{Enquiries: 1, InTime: 1}, good)[:18], long, ""},
		"few ratings before":         {record(worse(func(m *MonthFacts) { m.Marks = 3 }), MonthFacts{Enquiries: 2, InTime: 2}), long, ""},
		"offline work alone":         {record(MonthFacts{Taken: 1}, good), long, ""},
		"an enquiry this month":      {append(record(MonthFacts{}, good), MonthFacts{Month: month(day0, 0), Enquiries: 1}), long, ""},
		"nobody knows it":            {nil, long, ""},
	} {
		falls := DefaultWatchRule().Falls(c.facts, c.admitted, day0)
		got := ""
		for _, f := range falls {
			got += f.Kind
		}
		if got != c.want {
			t.Errorf("%s: found %+v", name, falls)
		}
	}
	fall := DefaultWatchRule().Falls(record(worse(func(m *MonthFacts) { m.Marks = 9 }), good), long, day0)[0]
	if fall.Recent != (Part{month(day0, -6), month(day0, -1), 54, 18}) || fall.Past != (Part{month(day0, -18), month(day0, -7), 168, 36}) || fall.words() != "满意度 3.00，此前 4.67" {
		t.Errorf("the facts are %+v, %q", fall, fall.words())
	}
}

// TestWatchList: the rule picks who falls, once, and tells it why; it answers; the office takes it off with a reason and the rule lets it
// rest; the office adds with a reason; nothing of it moves the membership.
func TestWatchList(t *testing.T) {
	w := newTown(t)
	w.admitted("shuzhi")
	w.admitted("rival")
	w.pass(40 * 24 * time.Hour)
	now := w.now()
	w.months = map[string][]MonthFacts{}
	for n := range 18 {
		m := MonthFacts{Month: month(now, -1-n), Enquiries: 3, InTime: 3, Rated: 2, Marks: 28}
		w.months["rival"] = append(w.months["rival"], m)
		if n < 6 {
			m.Marks, m.InTime, m.Missed = 15, 1, 2
		}
		w.months["shuzhi"] = append(w.months["shuzhi"], m)
	}
	must(t, w.s.lookMonthly(t.Context()))
	must(t, w.s.lookMonthly(t.Context())) // once a month
	look, err := w.s.LookForFalling(t.Context())
	must(t, err)
	if look.Looked != 2 || look.Picked != 0 {
		t.Errorf("looked again: %+v", look)
	}
	var page api.WatchPage
	w.http.As("district").Get("/api/v1/watch-list").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].OrgId != "shuzhi" || len(page.Items[0].Watch.Falls) != 2 || page.Items[0].Watch.Source != "rule" || !page.RuleUnverified {
		t.Fatalf("the list is %+v", page)
	}
	if v, err := w.s.GetPoolDashboard(w.as("city")); err != nil || v.Watched != 1 || v.Admitted != 2 {
		t.Errorf("the dashboard counts %d watched of %d %v", v.Watched, v.Admitted, err)
	}
	w.http.As("other").Get("/api/v1/watch-list").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Errorf("another district reads %+v", page.Items)
	}
	var own api.Membership
	w.http.As("shuzhi").Get("/api/v1/admissions/shuzhi").Want(200).Into(&own)
	if own.State != "admitted" || len(own.Watch.Falls) != 2 {
		t.Errorf("the provider is %s and sees %+v", own.State, own.Watch)
	}
	from := fmt.Sprintf("/api/v1/admissions/shuzhi/watch/rows?measure=marks&from=%s&to=%s", month(now, -6), month(now, -1))
	w.http.As("shuzhi").Get(from).Want(200)
	w.http.As("district").Get(from).Want(200)
	w.http.As("rival").Get(from).Refused(404, "not_found")
	w.http.As("shuzhi").Post("/api/v1/admissions/shuzhi/watch/answer", map[string]any{"reason": "两位工程师离职，已补齐"}).Want(200)
	w.http.As("rival").Post("/api/v1/admissions/rival/watch/answer", map[string]any{"reason": "无事"}).Refused(409, "watch.none")

	w.months["shuzhi"] = w.months["rival"] // it recovers; the entry stays the office's to close
	_, err = w.s.LookForFalling(t.Context())
	must(t, err)
	m, err := w.s.GetAdmission(w.as("city"), "shuzhi")
	must(t, err)
	if m.Watch.RecoveredAt.IsZero() || m.Watch.Answer == "" || len(m.Watch.Falls) != 2 {
		t.Errorf("recovered, the entry is %+v", m.Watch)
	}
	w.http.As("district").Post("/api/v1/admissions/shuzhi/unwatch", map[string]any{"reason": ""}).Want(422)
	var done struct {
		Done   []string
		Failed []api.BulkFailure
	}
	w.http.As("district").Post("/api/v1/admissions/decisions", map[string]any{"orgIds": []string{"shuzhi", "rival"}, "decision": "unwatch", "reason": "已整改"}).Want(200).Into(&done)
	if len(done.Done) != 1 || len(done.Failed) != 1 || done.Failed[0].Code != "watch.none" {
		t.Errorf("taken off: %+v", done)
	}
	w.months["shuzhi"] = w.months["shuzhi"][6:] // and falls silent: the rule lets it rest
	if look, err = w.s.LookForFalling(t.Context()); err != nil || look.Picked != 0 {
		t.Errorf("picked while it rests: %+v %v", look, err)
	}
	w.http.As("district").Post("/api/v1/admissions/shuzhi/watch", map[string]any{"reason": ""}).Want(422)
	w.http.As("district").Post("/api/v1/admissions/shuzhi/watch", map[string]any{"reason": "群众反映"}).Want(200).Into(&own)
	if own.Watch.Source != "office" || own.State != "admitted" {
		t.Errorf("the office's entry is %+v of one %s", own.Watch, own.State)
	}
}

// TestSelfReportsAreReviewedTogether: the queue shows who waits; one verdict on several is given on each by itself.
func TestSelfReportsAreReviewedTogether(t *testing.T) {
	w := newTown(t)
	for _, id := range []string{"shuzhi", "rival"} {
		w.admitted(id)
		_, err := w.s.SubmitSelfReport(w.as(id), id, api.SelfReportInput{Year: 2026, Served: 3, Staff: 9, Highlights: "做成三件事"})
		must(t, err)
	}
	var page api.WaitingReportPage
	w.http.As("district").Get("/api/v1/self-reports").Want(200).Into(&page)
	if len(page.Items) != 2 {
		t.Fatalf("%d reports wait", len(page.Items))
	}
	var done struct {
		Done   []string
		Failed []api.BulkFailure
	}
	body := map[string]any{"orgIds": []string{"shuzhi", "nobody", "rival"}, "year": 2026, "verdict": "pass"}
	w.http.As("district").Post("/api/v1/self-reports/reviews", body).Want(200).Into(&done)
	if len(done.Done) != 2 || len(done.Failed) != 1 || done.Failed[0].OrgId != "nobody" {
		t.Errorf("reviewed: %+v", done)
	}
	w.http.As("district").Get("/api/v1/self-reports").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Errorf("%d reports wait once reviewed", len(page.Items))
	}
}
