package provider

import (
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/provider/api"
)

// TestTouchesComeTrue: what a preview says of somebody under way is what the new settings then do, and what it says stays, stays.
func TestTouchesComeTrue(t *testing.T) {
	old, next := DefaultSettings(), DefaultSettings()
	next.Base.Staff, next.PassMark, next.NoticeWorkingDays, next.AppealWorkingDays, next.ReviewWorkingDays = 50, 90, 7, 1, 9 // 42 staff and a mean of 80 no longer do
	now := day0.AddDate(0, 0, 3)
	effects := map[State]map[string]Effect{}
	for _, state := range States {
		m := arrive(t, state)
		m.Application = goodApplication()
		if state == ExpertReview {
			must(t, take(&m, AssignExperts, as(City), day0, old))
			for _, e := range experts() {
				must(t, take(&m, ScoreAdmission, By{Role: Expert, UserID: e.PersonID}, day0, old))
			}
		}
		effects[state] = map[string]Effect{}
		for _, touch := range m.touches(old, next, now) {
			effects[state][touch.Field] = touch.Effect
			after := clone(m)
			switch {
			case touch.Field == "passMark" && obstacle(after.PublishNotice(as(City), now, next)) != touch.After:
				t.Errorf("%s: the notice was to answer %q", state, touch.After)
			case touch.Field == "appealWorkingDays":
				_, err := time.Parse(time.RFC3339, touch.After)
				must(t, err)
				if err := after.AppealAgainst(as(Applicant), now.AddDate(0, 0, 5), "不服", next); err == nil {
					t.Errorf("%s: appealed after %s", state, touch.After)
				}
			case touch.Effect == Keeps && strings.HasPrefix(touch.Field, "thresholds.") && state != Admitted && state != Suspended:
				if c := m.Checks[1]; c.Key != "staff" || c.State != Met {
					t.Errorf("%s: the frozen checks say %+v", state, c)
				}
			}
		}
	}
	for _, want := range []struct {
		state  State
		field  string
		effect Effect
	}{{Draft, "thresholds.staff", Changes}, {Returned, "thresholds.staff", Changes}, {Submitted, "thresholds.staff", Keeps}, {Admitted, "thresholds.staff", Keeps},
		{Submitted, "reviewWorkingDays", Keeps}, {ExpertReview, "passMark", Changes}, {ExpertReview, "noticeWorkingDays", Changes},
		{PublicNotice, "noticeWorkingDays", Keeps}, {Rejected, "appealWorkingDays", Changes}, {Removed, "appealWorkingDays", Changes}, {Rejected, "thresholds.staff", ""}} {
		if got := effects[want.state][want.field]; got != want.effect {
			t.Errorf("%s: %s of %s, want %q", want.state, got, want.field, want.effect)
		}
	}
	m := arrive(t, PublicNotice)
	if all := m.touches(old, old, now); len(all) > 0 {
		t.Errorf("no change touches %+v", all)
	}
	years := Evaluation{Year: 2026, State: EvaluationPublished, Weights: old.Weights, CapFen: old.AwardCapFen, MaxWinners: old.Winners}
	next.Winners = 3
	if all := years.touches(next); len(all) != 1 || all[0].Effect != Keeps {
		t.Errorf("a published year: %+v", all)
	}
}

// TestRulesAreVersions: a preview changes nothing and names nobody's unfinished draft; a change has its author and reason; undone, the old
// rules hold again, as a version of their own.
func TestRulesAreVersions(t *testing.T) {
	w := newTown(t)
	w.submitted("shuzhi")
	_, err := w.s.StartAdmission(w.as("rival"))
	must(t, err)
	_, err = w.s.members.Update(w.as("rival"), "rival", func(tx *docstore.Tx[Membership]) error { return tx.Body.Edit(as(Applicant), tx.Now, goodApplication()) })
	must(t, err)
	answer := w.http.Get("/api/v1/provider-settings").Want(200)
	var first, s map[string]any
	answer.Into(&first)
	answer.Into(&s)
	for _, key := range []string{"rev", "effectiveFrom"} {
		delete(s, key)
		delete(first, key)
	}
	s["base"].(map[string]any)["staff"], s["reason"] = 50, "提高门槛"
	var p api.RulePreview
	w.http.As("district").Post("/api/v1/provider-settings/preview", s).Refused(403, "forbidden")
	w.http.As("city").Post("/api/v1/provider-settings/preview", s).Want(200).Into(&p)
	if p.Changes != 1 || p.Keeps != 1 || p.Items[0].Name != "" || p.Items[0].After != "unmet" || p.Items[1].SubjectId != "shuzhi" {
		t.Errorf("the preview says %+v", p)
	}
	s["weights"].(map[string]any)["served"] = 90
	w.http.As("city").Post("/api/v1/provider-settings/preview", s).Refused(422, "invalid")
	s["weights"].(map[string]any)["served"] = 30
	w.pass(time.Hour)
	w.http.As("city").IfMatch(answer.ETag()).Put("/api/v1/provider-settings", s).Want(200)
	w.pass(time.Hour)
	first["reason"] = "恢复原门槛"
	w.http.As("city").IfMatch(w.http.Get("/api/v1/provider-settings").Want(200).ETag()).Put("/api/v1/provider-settings", first).Want(200)
	var versions struct{ Items []api.ProviderSettings }
	w.http.As("city").Get("/api/v1/provider-settings/versions").Want(200).Into(&versions)
	if v := versions.Items; len(v) != 3 || v[0].Base.Staff != v[2].Base.Staff || v[1].Base.Staff != 50 || v[1].By != "u-city" || v[1].Reason != "提高门槛" || v[0].EffectiveFrom.Before(v[1].EffectiveFrom) {
		t.Errorf("the versions are %+v", versions.Items)
	}
}
