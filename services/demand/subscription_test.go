package demand

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
)

// subscriptionScenario: whoever chose a chain or kind hears once of an issue that holds some of it, with how many; nobody hears of items
// that are not for it.
func subscriptionScenario(t *testing.T, w *town) {
	const path = "/api/v1/issue-subscription"
	w.http.For(t).Get(path).Refused(401, "unauthenticated")
	var sub api.IssueSubscription
	w.http.As("sme0").For(t).Get(path).Want(200).Into(&sub)
	if sub.Active {
		t.Error("somebody subscribed who did not")
	}
	w.http.As("sme0").For(t).Put(path, api.IssueSubscription{Active: true}).Want(200)
	w.http.As("sme0").For(t).Put(path, api.IssueSubscription{Active: true, Chains: []string{"造船"}}).Refused(422, "invalid")
	w.http.As("sme1").For(t).Put(path, api.IssueSubscription{Active: true, Chains: []string{"高端装备"}, Kinds: []api.DemandKind{api.Rnd}}).Want(200).Into(&sub)
	if !slices.Equal(sub.Chains, []string{"c1"}) {
		t.Errorf("subscribed to %v", sub.Chains)
	}
	w.http.As("sme2").For(t).Put(path, api.IssueSubscription{Active: true, Chains: []string{"c2"}}).Want(200)
	w.http.As("sme3").For(t).Put(path, api.IssueSubscription{Active: true, Kinds: []api.DemandKind{api.Supply}}).Want(200)
	w.http.As("uni").For(t).Put(path, api.IssueSubscription{Active: true}).Want(200)
	w.http.As("uni").For(t).Put(path, api.IssueSubscription{Active: false}).Want(200)

	w.approved(nil)
	w.approved(func(in *api.DemandInput) {
		no := false
		in.Title, in.Chain, in.DemandPublic, in.AudienceOrgIds = "只给一家", "c2", &no, []string{"sme0"}
	})
	city, period := w.http.As("city").For(t), quarter(w.now())
	city.Post("/api/v1/issues", map[string]any{"period": period}).Want(201)
	city.Post("/api/v1/issues/"+period+"/collect", nil).Want(200)
	city.Post("/api/v1/issues/"+period+"/publish", map[string]any{}).Want(200)
	for range 3 { // the clock finds nothing left to tell
		w.pass(time.Minute)
		_, err := w.s.RunDue(context.Background())
		must(t, err)
	}
	w.deliver()
	var told []string
	for _, e := range w.events {
		if e.Kind == issueForYou {
			told = append(told, string(e.Data))
		}
	}
	if len(told) != 1 || strings.Count(told[0], `"userId"`) != 2 || !strings.Contains(told[0], `"userId":"u-sme0","params":{"count":2}`) || !strings.Contains(told[0], `"userId":"u-sme1","params":{"count":1}`) {
		t.Errorf("told %s", told)
	}
}

// TestExpertsAreReminded once, a day before their sheets are due, when they have not handed in and the panel is open.
func TestExpertsAreReminded(t *testing.T) {
	now := day0
	due := now.Add(72 * time.Hour)
	d := Demand{State: BiddingClosed, Terms: Terms{Kind: RND}, IssuerID: "leader"}
	for _, id := range []string{"asked", "said yes", "done", "declined"} {
		must(t, d.InviteExpert(By{Role: Issuer}, now, PanelExpert{PersonID: id}, nil, false, due))
	}
	for id, state := range map[string]ExpertState{"said yes": ExpertAccepted, "done": ExpertDone, "declined": ExpertDeclined} {
		d.Panel.expert(id).State = state
	}
	if d.DueAt != d.Panel.RemindAt || len(d.RemindPanel(due.Add(-25*time.Hour))) != 0 {
		t.Error("reminded too early, or the clock does not know")
	}
	if got := d.RemindPanel(due.Add(-24 * time.Hour)); !slices.Equal(got, []string{"asked", "said yes"}) {
		t.Errorf("reminded %v", got)
	}
	if got := d.RemindPanel(due.Add(-23 * time.Hour)); len(got) != 0 || d.DueAt != 0 {
		t.Errorf("reminded again: %v", got)
	}
	soon := Demand{State: BiddingClosed, Terms: Terms{Kind: RND}}
	must(t, soon.InviteExpert(By{Role: Issuer}, now, PanelExpert{PersonID: "a"}, nil, false, now.Add(time.Hour)))
	if soon.Panel.RemindAt != 0 {
		t.Error("one who was asked for within the day is reminded too")
	}
}
