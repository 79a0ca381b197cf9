package achievement

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/rest/resttest"
)

// TestHTTP walks achievements through the API, beginning each scenario with those who may not. It visits every operation.
func TestHTTP(t *testing.T) {
	w := newTown(t)
	c := w.http
	guest, uni, dept, other, firm, city, d1, d2 := c, c.As("uni"), c.As("dept"), c.As("other"), c.As("firm1"), c.As("city"), c.As("d1"), c.As("d2")
	var id string

	t.Run("a department writes, the office approves, the operator publishes", func(t *testing.T) {
		in := input(t, goodProfile())
		guest.For(t).Post("/api/v1/achievements", in).Refused(401, "unauthenticated")
		firm.For(t).Post("/api/v1/achievements", in).Refused(403, "forbidden")
		city.For(t).Post("/api/v1/achievements", in).Refused(403, "forbidden")
		dept := dept.For(t)
		dept.Post("/api/v1/achievements", map[string]any{"name": ""}).Refused(422, "invalid").Field("name", "too_short")
		dept.Post("/api/v1/achievements", map[string]any{"name": "x", "state": "published"}).Refused(422, "invalid")
		in.Chain = "没有的链"
		dept.Post("/api/v1/achievements", in).Refused(422, "invalid").Field("chain", "not_a_choice")
		in.Chain, in.Trl = "高端装备", 0
		made := dept.Key("create-0001").Post("/api/v1/achievements", in).Want(201)
		var a api.Achievement
		made.Into(&a)
		id = a.Id
		if a.State != "draft" || a.Profile.Chain != "c1" || a.ChainName != "高端装备产业链" || len(a.Problems) != 1 || a.Problems[0].Path != "trl" {
			t.Errorf("%s", made.Body)
		}
		path := "/api/v1/achievements/" + id
		for _, who := range []*resttest.Client{guest, firm, other, city} { // a draft is its university's alone
			who.For(t).Get(path).Refused(404, "not_found")
		}
		dept.Post(path+"/submit", nil).Refused(422, "invalid").Field("trl", "required")
		dept.Put(path, input(t, goodProfile())).Refused(428, "precondition_required")
		in = input(t, goodProfile())
		in.Chain = "c1"
		dept.IfMatch(made.ETag()).Put(path, in).Want(200)
		dept.IfMatch(made.ETag()).Put(path, in).Refused(412, "stale")

		dept.Upload(path+"/attachments", "a.exe", []byte("MZ\x90\x00program"), nil).Refused(415, "file_type")
		pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
		dept.Upload(path+"/attachments", "检测报告.pdf", pdf, nil).Want(201).Into(&a)
		if got := dept.Get(path + "/attachments/" + a.Attachments[0].Id).Want(200); !bytes.Equal(got.Body, pdf) {
			t.Error("another file came back")
		}
		guest.For(t).Get(path+"/attachments/"+a.Attachments[0].Id).Refused(404, "not_found")
		dept.Delete(path + "/attachments/" + a.Attachments[0].Id).Want(200).Into(&a)
		if len(a.Attachments) != 0 {
			t.Error("still attached")
		}

		dept.Post(path+"/submit", nil).Want(200).Into(&a)
		if a.Desk != "office" {
			t.Errorf("it lies with %s", a.Desk)
		}
		dept.Post(path+"/forward", nil).Refused(403, "forbidden")
		d1.For(t).Get(path).Refused(404, "not_found") // not the operator's business yet
		uni := uni.For(t)
		uni.Post(path+"/return", map[string]any{"reason": "补充检测报告"}).Want(200).Into(&a)
		if a.State != "returned" || a.Reason != "补充检测报告" {
			t.Errorf("%s %s", a.State, a.Reason)
		}
		dept.Post(path+"/submit", nil).Want(200)
		uni.Post(path+"/forward", map[string]any{"note": "同意"}).Want(200)
		uni.Post(path+"/return", map[string]any{"reason": "想想再说"}).Refused(409, "achievement.other_desk")
		d2.For(t).Get(path).Refused(404, "not_found")
		var page api.AchievementPage
		d1.For(t).Get("/api/v1/achievement-reviews").Want(200).Into(&page)
		if len(page.Items) != 1 {
			t.Errorf("%d in the queue", len(page.Items))
		}
		d2.For(t).Get("/api/v1/achievement-reviews").Want(200).Into(&page)
		if len(page.Items) != 0 {
			t.Error("a district sees another's queue")
		}
		d2.For(t).Post(path+"/publish", nil).Refused(404, "not_found")
		d1.For(t).Post(path+"/publish", nil).Want(200).Into(&a)
		if a.State != "published" || len(a.Advice) != 0 {
			t.Errorf("%s %v", a.State, a.Advice)
		}
	})

	t.Run("anybody reads it", func(t *testing.T) {
		path := "/api/v1/achievements/" + id
		var a api.Achievement
		guest.For(t).Get(path).Want(200).Into(&a)
		if a.Profile.Contact.Phone != "" || !a.ContactHidden || a.Profile.Problem == "" || len(a.AllowedActions) != 0 {
			t.Errorf("%+v", a)
		}
		firm.For(t).Get(path).Want(200).Into(&a)
		if a.Profile.Contact.Phone == "" {
			t.Error("a verified firm does not see whom to ask")
		}
		c.As("new").For(t).Get(path).Want(200).Into(&a)
		if a.Profile.Contact.Phone != "" {
			t.Error("an unverified firm sees the contact")
		}
		var page api.AchievementPage
		guest.For(t).Get("/api/v1/achievements?orgId=uni").Want(200).Into(&page)
		if len(page.Items) != 1 || page.Total != 1 || page.Items[0].Profile.Advantage != "" {
			t.Errorf("%+v", page)
		}
		guest.For(t).Get("/api/v1/achievements").Want(200).Into(&page)
		dept.For(t).Get("/api/v1/my-achievements?state=published").Want(200).Into(&page)
		if len(page.Items) != 1 {
			t.Error("not in its university's list")
		}
		var history struct{ Items []api.AchievementStep }
		guest.For(t).Get(path + "/history").Want(200).Into(&history)
		if len(history.Items) != 1 || history.Items[0].Action != "publishAchievement" || history.Items[0].Name != "" {
			t.Errorf("the public reads %+v", history.Items)
		}
		uni.For(t).Get(path + "/history").Want(200).Into(&history)
		if len(history.Items) != 6 {
			t.Errorf("its university reads %+v", history.Items)
		}
		ld := string(guest.For(t).Get(path + "/jsonld").Want(200).Body)
		for _, want := range []string{`"CollegeOrUniversity"`, `"price":"80000.00"`, "ZL202310000001.2", "开放许可"} {
			if !strings.Contains(ld, want) {
				t.Errorf("the JSON-LD lacks %s: %s", want, ld)
			}
		}
		guest.For(t).Post(path+"/views", nil).Want(204)
		firm.For(t).Post(path+"/views", nil).Want(204)
		uni.For(t).Post(path+"/views", nil).Want(204)
		v, err := w.s.views.Get(w.as(""), id)
		must(t, err)
		if v.Body.Total != 2 || v.Body.ByKind["sme"] != 1 || v.Body.ByDistrict["d1"] != 1 {
			t.Errorf("%+v", v.Body)
		}
		readersHTTP(t, w, id)
	})

	t.Run("withdraw", func(t *testing.T) {
		path := "/api/v1/achievements/" + id
		dept.For(t).Post(path+"/withdraw", map[string]any{"reason": "不转了"}).Refused(403, "forbidden")
		other.For(t).Post(path+"/withdraw", map[string]any{"reason": "不转了"}).Refused(403, "forbidden")
		uni.For(t).Post(path+"/withdraw", map[string]any{"reason": "x"}).Refused(422, "invalid").Field("reason", "too_short")
		uni.For(t).Post(path+"/withdraw", map[string]any{"reason": "已在校内使用"}).Want(200)
		guest.For(t).Get(path).Refused(404, "not_found")
		guest.For(t).Get(path+"/jsonld").Refused(404, "not_found")
	})

	t.Run("staff draft", func(t *testing.T) {
		in := input(t, goodProfile())
		in.Chain = "c1"
		firm.For(t).Post("/api/v1/drafted-achievements?onBehalfOf=uni", in).Refused(403, "forbidden")
		d2.For(t).Post("/api/v1/drafted-achievements?onBehalfOf=uni", in).Refused(403, "forbidden")
		var a api.Achievement
		city.For(t).Post("/api/v1/drafted-achievements?onBehalfOf=uni", in).Want(201).Into(&a)
		path := "/api/v1/achievements/" + a.Id
		dept.For(t).Post(path+"/submit", nil).Refused(409, "draft.not_asked")
		d1.For(t).Post(path+"/confirmation", nil).Refused(404, "not_found")
		city.For(t).Post(path+"/confirmation", nil).Want(200)
		city.For(t).Post(path+"/confirmation", nil).Refused(409, "draft.asked")
		uni.For(t).Post(path+"/submit", nil).Want(200).Into(&a)
		if a.Drafted.State != api.DraftStateConfirmed || a.Drafted.AnsweredBy != a.OrgName {
			t.Errorf("confirmed: %+v", a.Drafted)
		}
		city.For(t).Post(path+"/publish", nil).Refused(403, "draft.own")
		var page api.DraftedPage
		if city.For(t).Get("/api/v1/drafted-achievements").Want(200).Into(&page); len(page.Items) != 1 {
			t.Errorf("the desk reads %+v", page.Items)
		}
	})

	t.Run("operations", func(t *testing.T) {
		city.For(t).Get("/api/v1/achievement-audit").Want(200)
		city.For(t).Get("/api/v1/achievement-events/parked").Want(200)
		city.For(t).Post("/api/v1/achievement-events/parked/x/retry", nil).Want(204)
	})

	t.Run("deals", func(t *testing.T) { dealHTTP(t, w) })
	t.Run("won bids", func(t *testing.T) { wonHTTP(t, w) })
	t.Run("lists and figures", func(t *testing.T) { figures(t, w) })
	t.Run("personal data", func(t *testing.T) { personalHTTP(t, w) })
	t.Run("what is published is changed", func(t *testing.T) { versionsHTTP(t, w) })
	t.Run("a table is brought in", func(t *testing.T) { tableHTTP(t, w) })
	t.Run("lists are kept", func(t *testing.T) { listsHTTP(t, w) })

	if left := c.Unvisited(); len(left) > 0 {
		t.Errorf("nobody asked %v", left)
	}
}

// personalHTTP asks what says who a person is: for another service alone, and asking changes nothing.
func personalHTTP(t *testing.T, w *town) {
	const path = "/internal/v1/personal-data"
	in := map[string]any{"who": map[string]any{"userId": "u-firm1", "phones": []string{"0570-1"}}}
	w.http.As("city").For(t).Post(path, in).Refused(403, "forbidden")
	var found, again struct {
		Items   []struct{ Collection string }
		Changed int
	}
	w.http.As("peer").For(t).Post(path, in).Want(200).Into(&found)
	w.http.As("peer").For(t).Post(path, in).Want(200).Into(&again)
	if !slices.ContainsFunc(found.Items, func(x struct{ Collection string }) bool { return x.Collection == "deals" }) || found.Changed != 0 || len(found.Items) != len(again.Items) {
		t.Errorf("%+v, then %+v", found, again)
	}
}

// figures holds every sum to the rows it is the sum of, and a list to its columns.
func figures(t *testing.T, w *town) {
	c := w.http
	p := goodProfile()
	p.Ways = []Way{Transfer}
	p.SourceList, p.SourceIssue, p.Name = "东澜大学成果清单", "2026年第1期", "=危险的名称"
	w.published(p)
	w.pass(tallyPause + time.Second)
	w.due()
	var lists struct{ Items []api.AchievementListFigures }
	c.For(t).Get("/api/v1/achievement-lists").Want(200).Into(&lists)
	if len(lists.Items) != 1 || lists.Items[0].List != p.SourceList || lists.Items[0].Published != 1 || lists.Items[0].Contracts != 0 {
		t.Fatalf("%+v", lists.Items)
	}
	path := "/api/v1/achievement-lists/" + lists.Items[0].Id + "/export"
	got := string(c.For(t).Get(path + "?format=csv").Want(200).Body)
	if !strings.Contains(got, "'=危险的名称") || !strings.Contains(got, "成熟度（TRL 1–9）") || strings.Count(got, "\n") != 2 || strings.Contains(got, "0570-0000") {
		t.Errorf("%q", got)
	}
	if got := c.For(t).Get(path).Want(200).Body; !bytes.HasPrefix(got, []byte("PK")) {
		t.Error("no workbook")
	}
	c.For(t).Get("/api/v1/achievement-lists/none/export").Refused(404, "not_found")
	c.For(t).Get("/api/v1/achievement-figures").Refused(401, "unauthenticated")
	w.heard()
	for _, by := range []string{"university", "chain", "district"} {
		var f api.AchievementFigures
		c.As("city").For(t).Get("/api/v1/achievement-figures?by=" + by).Want(200).Into(&f)
		for _, g := range f.Groups {
			var rows api.AchievementFigures
			c.As("city").For(t).Get("/api/v1/achievement-figures?by=" + by + "&limit=200&key=" + url.QueryEscape(g.Key)).Want(200).Into(&rows)
			var amount, received int64
			for _, r := range rows.Rows {
				amount += r.AmountFen
				received += r.ReceivedFen
			}
			if len(rows.Rows) != g.Interests || amount != g.AmountFen || received != g.ReceivedFen {
				t.Errorf("%s %s: %d rows sum to %d and %d, shown are %+v", by, g.Key, len(rows.Rows), amount, received, g)
			}
		}
	}
	c.As("city").For(t).Get("/api/v1/achievement-figures?measure=served&cursor=nowhere").Refused(422, "invalid").Field("cursor", "invalid")
	var mine api.AchievementFigures
	c.As("other").For(t).Get("/api/v1/achievement-figures").Want(200).Into(&mine)
	if len(mine.Groups) != 0 {
		t.Error("a university sees another's deals")
	}
}
