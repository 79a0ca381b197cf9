package main

import (
	"net/http"
	"testing"
)

// TestStaffDraftForFirms: what staff write for a firm that called is seen by the two alone and counts for nothing until the firm hands it in
// itself; staff do not confirm, nobody decides on what it wrote, and the record names the office and the firm.
func TestStaffDraftForFirms(t *testing.T) {
	w := newWorld(t)
	operator := w.operator()
	firm := w.organisation(operator, "来电", "91330200MA2JXURN01", "sme")
	other := w.organisation(operator, "旁人", "91330200MA2JXURN02", "sme")
	university := w.organisation(operator, "高校", "91330200MA2JXURN03", "university")
	provider := w.organisation(operator, "服务", "91330200MA2JXURN04", "provider")
	desk := &person{w: w, phone: w.phone()}
	operator.send("POST", "/api/v1/staff", obj{"phone": desk.phone, "name": "平台经办", "password": "a-good-password", "post": "platform_staff"})
	refused := func(who string, p *person, method, path string, body obj, want int, code string) {
		t.Helper()
		if status, answer := p.try(method, path, body); status != want || code != "" && answer.str("code") != code {
			t.Errorf("%s: %s %s answers %d %v, not %d %s", who, method, path, status, answer, want, code)
		}
	}

	// A demand, from the call to its confirmation.
	refused("a firm", other, "POST", "/api/v1/drafted-demands?onBehalfOf="+firm.orgID, obj{"title": "冒名的需求"}, http.StatusForbidden, "")
	refused("the desk", desk, "POST", "/api/v1/drafted-demands?onBehalfOf="+university.orgID, obj{"title": "高校不发需求"}, http.StatusUnprocessableEntity, "")
	draft := desk.send("POST", "/api/v1/drafted-demands?onBehalfOf="+firm.orgID, obj{"title": "电话里说的攻关需求", "kind": "rnd"})
	path := "/api/v1/demands/" + draft.str("id")
	for who, p := range map[string]*person{"guest": w.guest(), "another firm": other, "operator": operator} {
		refused(who, p, "GET", path, nil, http.StatusNotFound, "")
	}
	refused("the firm, too early", firm, "POST", path+"/submit", nil, http.StatusUnprocessableEntity, "")
	whole := obj{"title": "电话里说的攻关需求", "kind": "rnd", "mode": "open", "background": "主轴热伸长使孔距超差，影响交付。", "difficulty": "连续运行八小时的热误差在线预测并补偿。",
		"content": "研制在线补偿系统", "targets": []string{"热误差不超过 3 微米"}, "budgetNegotiable": true, "timeLimitMonths": 12, "cooperationWays": []string{"joint"},
		"chain": w.guest().get("/api/v1/reference").list("chains")[0].str("code"), "contact": obj{"name": "联系人", "phone": firm.phone}}
	desk.edit(path, draft.num("rev"), whole)
	refused("the firm, while staff still write", firm, "POST", path+"/submit", nil, http.StatusConflict, "draft.not_asked")
	desk.send("POST", path+"/confirmation", nil)
	refused("the desk", desk, "POST", path+"/submit", nil, http.StatusForbidden, "")
	w.eventually("the firm's message", func() bool { return has(firm.get("/api/v1/inbox").list("items"), "kind", "demand.draft_asked") })
	if m := find(firm.get("/api/v1/inbox").list("items"), "kind", "demand.draft_asked"); m.str("link") != "/work/demands/"+draft.str("id") {
		t.Errorf("the message leads to %v", m)
	}
	seen := firm.get(path)
	if d := seen.obj("drafted"); d.str("state") != "waiting" || d.str("office") == "" || d.str("office") == "平台经办" {
		t.Errorf("the firm reads of its drafter: %v", d)
	}
	// What staff change after asking has to be asked again.
	desk.edit(path, seen.num("rev"), whole)
	refused("the firm, unasked", firm, "POST", path+"/submit", nil, http.StatusConflict, "draft.not_asked")
	desk.send("POST", path+"/confirmation", nil)
	if d := firm.send("POST", path+"/submit", nil); d.str("state") != "submitted" || d.obj("drafted").str("state") != "confirmed" || d.obj("drafted").str("answeredBy") != firm.org {
		t.Errorf("confirmed: %v", d)
	}
	refused("the desk, after the answer", desk, "GET", path, nil, http.StatusNotFound, "")
	if item := find(desk.get("/api/v1/drafted-demands").list("items"), "id", draft.str("id")); item.str("state") != "confirmed" {
		t.Errorf("the desk's list: %v", item)
	}
	w.eventually("the desk's message", func() bool { return has(desk.get("/api/v1/inbox").list("items"), "kind", "demand.draft_confirmed") })
	if steps := operator.get(path + "/history").list("items"); len(steps) < 2 || steps[0].str("actor") != "drafter" || steps[0].str("actorName") == "" || steps[1].str("actor") != "issuer" {
		t.Errorf("the record: %v", steps)
	}

	// An operator who drafts one does not decide on it; the firm that does not want it says why.
	own := operator.send("POST", "/api/v1/drafted-demands?onBehalfOf="+firm.orgID, whole)
	path = "/api/v1/demands/" + own.str("id")
	operator.send("POST", path+"/confirmation", nil)
	firm.send("POST", path+"/submit", nil)
	refused("who drafted it", operator, "POST", path+"/approve", obj{}, http.StatusForbidden, "draft.own")
	unwanted := desk.send("POST", "/api/v1/drafted-demands?onBehalfOf="+firm.orgID, whole)
	path = "/api/v1/demands/" + unwanted.str("id")
	firm.send("POST", path+"/withdraw", obj{"reason": "已经解决了"})
	if item := find(desk.get("/api/v1/drafted-demands").list("items"), "id", unwanted.str("id")); item.str("state") != "declined" || item.str("reason") != "已经解决了" {
		t.Errorf("declined: %v", item)
	}

	// An achievement and an application go the same way.
	work := desk.send("POST", "/api/v1/drafted-achievements?onBehalfOf="+university.orgID, obj{"name": "耐高温尼龙翘曲控制"})
	path = "/api/v1/achievements/" + work.str("id")
	refused("another organisation", other, "GET", path, nil, http.StatusNotFound, "")
	desk.send("POST", path+"/confirmation", nil)
	if d := university.get(path).obj("drafted"); d.str("state") != "waiting" {
		t.Errorf("the university reads %v", d)
	}
	refused("the desk", desk, "POST", path+"/submit", nil, http.StatusForbidden, "")
	university.send("POST", path+"/withdraw", obj{"reason": "尚未结题"})
	if item := find(desk.get("/api/v1/drafted-achievements").list("items"), "id", work.str("id")); item.str("state") != "declined" {
		t.Errorf("the achievement: %v", item)
	}
	path = "/api/v1/admissions/" + desk.send("POST", "/api/v1/admissions/drafted?onBehalfOf="+provider.orgID, nil).str("orgId")
	refused("an operator", operator, "GET", path, nil, http.StatusNotFound, "")
	desk.send("POST", path+"/confirmation", nil)
	provider.send("POST", path+"/decline", obj{"reason": "条件还不够"})
	if m := provider.get(path); m.str("state") != "draft" || m.obj("drafted").str("state") != "declined" {
		t.Errorf("the application stays the provider's own: %v", m)
	}
	refused("the desk, after the answer", desk, "GET", path, nil, http.StatusNotFound, "")
}
