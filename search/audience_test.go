package search

import (
	"context"
	"slices"
	"strings"
	"testing"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
)

// TestNothingLeaks puts one demand for two firms among public ones and looks for it from everywhere.
func TestNothingLeaks(t *testing.T) {
	h := open(t, t.TempDir())
	h.put(t, api.DocumentTypeDemand, invent(api.DocumentTypeDemand, 20, 5)...)
	h.put(t, api.DocumentTypeOrganisation,
		api.SearchDocument{Id: "org900", Rev: 1, Title: "深海钻井装备有限公司", Keywords: []string{"量子陀螺仪"}, Audience: []string{everybody}, Url: "/o/900"},
		api.SearchDocument{Id: "org901", Rev: 1, Title: "旁观者有限公司", Keywords: []string{"量子陀螺仪"}, Audience: []string{everybody}, Url: "/o/901"})
	secret := api.SearchDocument{Id: "secret", Rev: 1, Title: "量子陀螺仪定向攻关", Summary: "保密项目代号玄武。", Body: "量子陀螺仪的低温封装。", Url: "/demands/secret",
		Audience: []string{"org900", "org902"}, Facts: api.Facts{District: "象山县", Chain: []string{"量子信息"}, Kind: "rnd", State: "published"},
		Match: api.MatchFacts{OwnerOrgId: "org800"}}
	h.put(t, api.DocumentTypeDemand, secret)

	may := []access.Actor{member("org900"), member("org902"), city, {UserID: "d", Staff: access.DistrictOperator, District: "象山县"}}
	mayNot := []access.Actor{{}, member("org901"), {UserID: "x"}, {UserID: "d", Staff: access.DistrictOperator, District: "海曙区"},
		{UserID: "p", Staff: access.PlatformStaff}, {UserID: "e", Staff: access.ExpertStaff}}
	for _, who := range may {
		if page := h.find(t, Ask{Actor: who, Query: "量子陀螺仪定向"}); page.Total != 1 {
			t.Errorf("%+v finds %d", who, page.Total)
		}
		if !suggests(h, who, "量子陀螺", "量子陀螺仪定向攻关") || !suggests(h, who, "liangzituoluo", "量子陀螺仪定向攻关") {
			t.Errorf("%+v is not offered the title", who)
		}
	}
	for _, who := range mayNot {
		for _, a := range []Ask{{Query: "定向攻关"}, {Query: "玄武"}, {Query: "低温封装"}, {Query: "liangzituoluoyidingxiang"},
			{Chosen: map[string][]string{"district": {"象山县"}}}, {Chosen: map[string][]string{"chain": {"量子信息"}}},
			{Query: "保密的项目代号是玄武吗", Sort: "deadline"}} {
			a.Actor = who
			page := h.find(t, a)
			if slices.Contains(ids(page), "secret") || page.DidYouMean != "" && strings.Contains(secret.Title, page.DidYouMean) {
				t.Errorf("%+v finds it by %+v", who, a)
			}
			for _, f := range page.Facets {
				for _, v := range f.Values {
					if (v.Value == "象山县" || v.Value == "量子信息") && v.Count != 0 {
						t.Errorf("%+v sees %s %s counted by %+v", who, f.Name, v.Value, a)
					}
				}
			}
		}
		everything := h.find(t, Ask{Actor: who})
		if everything.Total != 22 || everything.Types[1].Count != 20 {
			t.Errorf("%+v sees %d documents, %v", who, everything.Total, everything.Types)
		}
		for _, typed := range []string{"量子", "定向攻关", "liangzi", "lztly", "量子信息"} {
			for _, s := range h.Suggest(context.Background(), who, typed, everyType, 8) {
				if s.Text == secret.Title || s.Text == "量子信息" {
					t.Errorf("%+v is offered %s for %s", who, s.Text, typed)
				}
			}
		}
		if list := h.MatchText(who, "量子陀螺仪低温封装", nil, "", "", 10); slices.ContainsFunc(list.Items, isSecret) {
			t.Errorf("%+v is shown it as a match", who)
		}
		if _, err := h.Explain(who, "demand_secret", "organisation_org900"); err == nil {
			t.Errorf("%+v is told why it matches", who)
		}
		if _, err := h.MatchDocument(who, api.DocumentTypeDemand, "secret", match.Follows{}, nil, 5); err == nil {
			t.Errorf("%+v sees its matches", who)
		}
	}
	list, err := h.MatchDocument(member("org901"), api.DocumentTypeOrganisation, "org901", match.Follows{}, nil, 10)
	if err != nil || slices.ContainsFunc(list.Items, isSecret) {
		t.Errorf("a firm outside the audience is shown it: %v", err)
	}
	if list, err = h.MatchDocument(member("org900"), api.DocumentTypeOrganisation, "org900", match.Follows{}, nil, 10); err != nil || !slices.ContainsFunc(list.Items, isSecret) {
		t.Errorf("a firm of the audience is not shown it: %v", err)
	}
	// The owner of a demand whose name is hidden is nowhere in what others see of it.
	page := h.find(t, Ask{Actor: member("org900"), Query: "量子陀螺仪定向"})
	if hit := page.Hits[0]; hit.OrgId != "" || hit.OrgName.Text != "" {
		t.Errorf("the hidden owner shows: %+v", hit)
	}
	// Found by those who may, it does not become a popular search of everybody.
	for _, who := range may {
		h.find(t, Ask{Actor: who, Query: "量子陀螺仪定向"})
	}
	if got := h.popular.top(10); slices.Contains(got, "量子陀螺仪定向") {
		t.Errorf("popular searches tell of it: %v", got)
	}
}

func isSecret(m api.Match) bool { return m.Id == "secret" }

func suggests(h *house, who access.Actor, typed, wanted string) bool {
	return slices.ContainsFunc(h.Suggest(context.Background(), who, typed, everyType, 8), func(s api.Suggestion) bool { return s.Text == wanted })
}

func TestPopularSearchesNeedSeveralPeople(t *testing.T) {
	h := open(t, t.TempDir())
	h.put(t, api.DocumentTypeDemand, invent(api.DocumentTypeDemand, 20, 5)...)
	for range 3 {
		h.find(t, Ask{Actor: access.Actor{UserID: "one"}, Query: "技术"})
	}
	if got := h.popular.top(5); len(got) != 0 {
		t.Errorf("one person alone makes %v popular", got)
	}
	h.find(t, Ask{Actor: access.Actor{UserID: "two"}, Query: "技术"})
	h.find(t, Ask{Actor: access.Actor{UserID: "two"}, Query: "没有这样的词"})
	if got := h.popular.top(5); !slices.Equal(got, []string{"技术"}) {
		t.Errorf("popular: %v", got)
	}
	if got := h.Suggest(context.Background(), access.Actor{}, "技", everyType, 8); len(got) == 0 || got[0].Text != "技术" || got[0].Kind != api.SuggestionKindTerm {
		t.Errorf("the popular term is not offered first: %v", got)
	}
}
