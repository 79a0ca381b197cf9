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
)

// TestWhoARuleIsAbout: any entry of a list will do, all lists that say something must be met, and a rule that says nothing is about nobody.
func TestWhoARuleIsAbout(t *testing.T) {
	firm := Firm{ID: "a", District: "d1", Chains: []string{"c1", "c2"}, Tiers: []string{"innovative", "specialised"}, Words: []string{"减速机"}}
	for _, c := range []struct {
		name string
		rule AudienceRule
		want string
	}{
		{"nothing asked", AudienceRule{}, "out"},
		{"one of several tiers", AudienceRule{Tiers: []string{"specialised", "little_giant"}}, "tier specialised"},
		{"a tier it does not hold", AudienceRule{Tiers: []string{"little_giant"}}, "out"},
		{"every condition, each with its reasons", AudienceRule{Tiers: []string{"innovative"}, Chains: []string{"c2", "c1"}, Districts: []string{"d1"}, Words: []string{"减速机", "齿轮"}},
			"tier innovative, chain c2, chain c1, district d1, word 减速机"},
		{"one condition of several is not met", AudienceRule{Chains: []string{"c1"}, Districts: []string{"d2"}}, "out"},
		{"a word it does not name", AudienceRule{Words: []string{"齿轮"}}, "out"},
	} {
		why, in := c.rule.why(firm)
		var said []string
		for _, w := range why {
			said = append(said, w.Kind+" "+w.Value)
		}
		got := strings.Join(said, ", ")
		if !in {
			got = "out"
		}
		if got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
	if r := (AudienceRule{Words: []string{" 减速机", "减速机", " "}}).tidy(); !slices.Equal(r.Words, []string{"减速机"}) {
		t.Errorf("tidied to %q", r.Words)
	}
}

// lathes are firms of the town as the rule sees them: two of the tier that can turn, one of another tier, one university, the issuer itself.
func lathes() []Firm {
	sme := []access.Capacity{access.SME}
	return []Firm{
		{ID: "sme1", Name: "专精特新企业1", District: "d1", Tiers: []string{"specialised"}, Capacities: sme, Words: []string{"车削"}},
		{ID: "sme2", Name: "专精特新企业2", District: "d2", Tiers: []string{"specialised", "little_giant"}, Capacities: sme, Words: []string{"车削"}},
		{ID: "sme3", Name: "专精特新企业3", District: "d1", Tiers: []string{"innovative"}, Capacities: sme, Words: []string{"车削"}},
		{ID: "broker", Name: "服务机构", District: "d1", Tiers: []string{"specialised"}, Capacities: []access.Capacity{access.Provider}, Words: []string{"车削"}},
		{ID: "leader", Name: "海曙轴承集团", District: "d1", Tiers: []string{"specialised"}, Capacities: sme, Words: []string{"车削"}},
	}
}

// audienceScenario follows a targeted demand: previewed, kept when published with the reasons, read by nobody else, told to all of it,
// and only ever widened.
func audienceScenario(t *testing.T, w *town) {
	w.firms = lathes()
	w.matches = nil
	w.org("broker", "服务机构", access.Provider)
	leader, city, outsider := w.http.As("leader").For(t), w.http.As("city").For(t), w.http.As("sme3").For(t)
	no := false
	in := goodInput()
	in.DemandPublic, in.AudienceOrgIds = &no, []string{"sme0"}
	in.AudienceRule = api.AudienceRule{Tiers: []api.Tier{api.TierSpecialised}, Words: []string{"车削 ", "车削"}}

	var preview api.Audience
	leader.Post("/api/v1/demand-audience-preview", api.AudienceInput{Kind: in.Kind, AudienceRule: in.AudienceRule, AudienceOrgIds: in.AudienceOrgIds}).Want(200).Into(&preview)
	said := func(a api.Audience) string {
		var all []string
		for _, f := range a.Items {
			line := f.OrgId
			for _, why := range f.Why {
				line += " " + strings.TrimSpace(string(why.Kind)+" "+why.Value)
			}
			all = append(all, line)
		}
		return strings.Join(all, "; ")
	}
	const want = "sme0 named; sme1 tier specialised word 车削; sme2 tier specialised word 车削"
	if said(preview) != want || preview.Count != 3 || !preview.ResolvedAt.IsZero() {
		t.Fatalf("previewed %d: %s", preview.Count, said(preview))
	}
	if fmt.Sprint(preview.ByTier) != "[{1 } {1 little_giant} {1 specialised}]" || fmt.Sprint(preview.ByDistrict) != "[{2 d1} {1 d2}]" {
		t.Errorf("counted %v and %v", preview.ByTier, preview.ByDistrict)
	}
	leader.Post("/api/v1/demand-audience-preview", map[string]any{"kind": "rnd", "audienceRule": map[string]any{"chains": []string{"造船"}}}).Refused(422, "invalid").Field("audienceRule.chains", "not_a_choice")

	var d api.Demand
	leader.Post("/api/v1/demands", in).Want(201).Into(&d)
	path := "/api/v1/demands/" + d.Id
	leader.Post(path+"/submit", nil).Want(200)
	var live api.Audience
	city.Get(path + "/audience").Want(200).Into(&live)
	if said(live) != want || !live.ResolvedAt.IsZero() {
		t.Errorf("the operator's preview is %s", said(live))
	}
	city.Post(path+"/approve", nil).Want(200)
	leader.Post(path+"/publish", map[string]any{"deadline": w.now().Add(10 * 24 * time.Hour)}).Want(200).Into(&d)
	if d.AudienceCount != 3 {
		t.Errorf("reaches %d", d.AudienceCount)
	}

	w.firms = append(w.firms, Firm{ID: "uni", Name: "甬江大学", District: "d1", Tiers: []string{"specialised"}, Capacities: []access.Capacity{access.University}, Words: []string{"车削"}})
	var kept api.Audience
	leader.Get(path + "/audience?limit=2").Want(200).Into(&kept)
	if said(kept) != "sme0 named; sme1 tier specialised word 车削" || kept.Count != 3 || kept.Next == "" || !kept.ResolvedAt.Equal(w.now()) {
		t.Errorf("kept %d: %s", kept.Count, said(kept))
	}
	w.http.As("sme1").For(t).Get(path+"/audience").Refused(403, "forbidden")
	var seen api.Demand
	w.http.As("sme2").For(t).Get(path).Want(200).Into(&seen)
	if len(seen.AudienceRule.Tiers)+len(seen.AudienceOrgIds)+seen.AudienceCount != 0 {
		t.Errorf("one of the audience reads whom else it is for: %+v", seen.AudienceRule)
	}
	outsider.Get(path).Refused(404, "not_found")
	outsider.Get(path+"/audience").Refused(404, "not_found")
	outsider.Post(path+"/bids", goodBid(1)).Refused(404, "not_found")
	doc, err := w.s.demands.Get(context.Background(), d.Id)
	must(t, err)
	if found := project(d.Id, doc.Rev, &doc.Body, names{}); !slices.Equal(found.Audience, []string{"sme0", "sme1", "sme2", "leader"}) {
		t.Errorf("search shows it to %v", found.Audience)
	}
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	w.deliver()
	if to := w.told(demandTargeted); !slices.Equal(to, []string{"sme0", "sme1", "sme2"}) {
		t.Errorf("told %v", to)
	}

	// Wider: a university is one of the tier now, and what was reached stays although the rule no longer finds it.
	w.http.As("sme1").For(t).Put(path+"/watch", nil).Want(200)
	w.firms = w.firms[2:]
	w.events = nil
	in.AudienceRule.Tiers = []api.Tier{api.TierSpecialised, api.TierLittleGiant}
	changed := map[string]any{"terms": in, "reason": "扩大定向范围"}
	leader.Post(path+"/changes", changed).Want(200).Into(&d)
	kept = api.Audience{}
	leader.Get(path + "/audience").Want(200).Into(&kept)
	if said(kept) != "sme0 named; uni tier specialised word 车削; sme1 tier specialised word 车削; sme2 tier specialised word 车削" {
		t.Errorf("after the change: %s", said(kept))
	}
	w.http.As("uni").For(t).Get(path).Want(200)
	var page api.ChangePage
	leader.Get(path + "/changes").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].Substance || len(page.Items[0].Fields) != 1 || page.Items[0].Fields[0].Path != "audienceRule.tiers" {
		t.Errorf("the version is %+v", page.Items)
	}
	page = api.ChangePage{}
	w.http.As("sme1").For(t).Get(path + "/changes").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Errorf("one of the audience reads %+v", page.Items)
	}
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	w.deliver()
	if to := w.told(demandTargeted); !slices.Equal(to, []string{"uni"}) || len(w.heard(demandChanged)) != 0 {
		t.Errorf("told %v of the demand, %v of the change", to, w.heard(demandChanged))
	}
}

// TestNoAudience: a rule that finds nobody, or too many, is not published; nor is one whose findings are another rule's.
func TestNoAudience(t *testing.T) {
	d := Demand{Terms: Terms{AudienceRule: AudienceRule{Tiers: []string{"specialised"}}}}
	many := make([]string, maxReach+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for code, reach := range map[string]*Reach{
		"audience.changed":  {Rule: AudienceRule{Tiers: []string{"innovative"}}, OrgIDs: []string{"a"}},
		"audience.empty":    {Rule: d.Terms.AudienceRule},
		"audience.too_wide": {Rule: d.Terms.AudienceRule, OrgIDs: many},
		"":                  {Rule: d.Terms.AudienceRule, OrgIDs: []string{"a"}},
	} {
		d.Reach = reach
		if err := d.reachable(); refusal(err) != code {
			t.Errorf("%v, not %s", err, code)
		}
	}
	d.Reach = nil
	if err := d.reachable(); refusal(err) != "audience.changed" {
		t.Error("published without having looked")
	}
	d.Reach = &Reach{Rule: d.Terms.AudienceRule, OrgIDs: []string{"a", "b"}}
	if err := d.Widen(&Reach{Rule: d.Terms.AudienceRule, OrgIDs: []string{"b", "c"}}); fault.KindOf(err) != fault.Conflict || !d.reaches("a") {
		t.Errorf("one that was reached was left out: %v", err)
	}
	w := newTown(t)
	no := false
	in := goodInput()
	in.DemandPublic, in.AudienceRule = &no, api.AudienceRule{Tiers: []api.Tier{api.TierLittleGiant}}
	v, err := w.s.CreateDemand(w.as("leader"), in)
	must(t, err)
	leader := w.http.As("leader").For(t)
	leader.Post("/api/v1/demands/"+v.Id+"/submit", nil).Want(200)
	w.http.As("city").For(t).Post("/api/v1/demands/"+v.Id+"/approve", nil).Want(200)
	leader.Post("/api/v1/demands/"+v.Id+"/publish", map[string]any{"deadline": w.now().Add(time.Hour)}).Refused(409, "audience.empty")
}
