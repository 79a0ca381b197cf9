package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/personal"
)

// TestAPersonIsForgottenEverywhere plants one person in every service, as its pages do: as the one who acted, as a contact, in free text, in
// others' inboxes and as somebody who objected. It reads itself in its export; after its erasure nobody reads it anywhere, in pages, exports or
// search, and no service holds it, but what decisions stand under.
func TestAPersonIsForgottenEverywhere(t *testing.T) {
	w := newWorld(t)
	w.few = true
	operator := w.operator()
	firm := w.organisation(operator, "甲方", "91330200MA2JXURN01", "chain_leader,sme,provider,university")
	other := w.organisation(operator, "乙方", "91330200MA2JXURN02", "chain_leader,sme,provider")

	const name, phone = "欧阳问渠", "13900007788"
	mail := phone + "@example.com"
	invitation := firm.send("POST", "/api/v1/organisations/"+firm.orgID+"/invitations", obj{"phone": phone, "name": name, "role": "admin"})
	p := &person{w: w, phone: phone, org: firm.org, orgID: firm.orgID}
	session := w.guest().send("POST", "/api/v1/auth/sign-up", obj{"phone": phone, "email": mail, "name": name, "password": "a-good-password"})
	p.token, p.expires = session.str("accessToken"), w.clock.Now().Add(4*time.Minute)
	session = p.send("POST", "/api/v1/me/invitations/accept", obj{"code": invitation.str("code")})
	p.token, p.expires = session.str("accessToken"), w.clock.Now().Add(4*time.Minute)
	contact := obj{"name": name, "phone": phone, "email": mail}

	// What it writes for its firm.
	chain := w.guest().get("/api/v1/reference").list("chains")[0].str("code")
	demand := p.send("POST", "/api/v1/demands", obj{"title": "高速电主轴热误差补偿", "kind": "rnd", "mode": "open", "background": "孔距超差，影响交付。", "difficulty": "热误差的在线预测并补偿。",
		"content": "有意者电话 139 0000 7788", "targets": []string{"热误差不超过 3 微米"}, "budgetNegotiable": true, "timeLimitMonths": 12, "cooperationWays": []string{"joint"}, "chain": chain, "contact": contact})
	demandPath := "/api/v1/demands/" + demand.str("id")
	p.send("POST", demandPath+"/submit", nil)
	operator.send("POST", demandPath+"/approve", obj{"note": "同意"})
	p.send("POST", demandPath+"/publish", obj{"deadline": w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)})
	achievement := p.send("POST", "/api/v1/achievements", obj{"name": "主轴热误差在线补偿装置", "summary": "样机已在两家试用，联系 " + phone, "trl": 6, "contact": contact})
	p.send("POST", "/api/v1/capabilities", obj{"title": "五轴加工", "summary": "排产请致电" + phone})
	p.send("POST", "/api/v1/admissions", nil)
	admission := p.get("/api/v1/admissions/" + firm.orgID)
	p.edit("/api/v1/admissions/"+firm.orgID, admission.num("rev"), obj{"intro": "从事技术服务", "contactName": name, "contactPhone": phone})
	p.send("POST", "/api/v1/saved-searches", obj{"name": name, "criteria": obj{"type": "demand", "q": "主轴 " + phone}, "every": "daily"})

	// What it writes to others.
	theirs := other.send("POST", "/api/v1/demands", obj{"title": "机床振动抑制", "kind": "rnd", "mode": "open", "background": "振动超差，影响交付。", "difficulty": "振动的在线抑制。",
		"content": "研制系统", "targets": []string{"振幅不超过 3 微米"}, "budgetNegotiable": true, "timeLimitMonths": 12, "cooperationWays": []string{"joint"}, "chain": chain, "contact": obj{"name": "联系人", "phone": other.phone}})
	theirPath := "/api/v1/demands/" + theirs.str("id")
	other.send("POST", theirPath+"/submit", nil)
	operator.send("POST", theirPath+"/approve", obj{"note": "同意"})
	other.send("POST", theirPath+"/publish", obj{"deadline": w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)})
	docking := p.get(theirPath + "/bid-prefill").obj("docking")
	docking["contactName"], docking["contactPhone"], docking["email"] = name, phone, mail
	bid := p.send("POST", theirPath+"/bids", obj{"docking": docking, "application": obj{}}).str("id")

	p.send("POST", "/api/v1/engagements", obj{"providerOrgIds": []string{other.orgID}, "category": "innovation", "subject": "热误差检测", "need": "请联系" + name + "，电话" + phone,
		"district": w.guest().get("/api/v1/reference").list("districts")[0].str("code")})

	// A notice it objects to, in its own name; the objection is refused.
	notice := "demand:award:x:1"
	put, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://notice/internal/v1/notices/"+notice,
		strings.NewReader(`{"service":"demand","kind":"award","subjectId":"x","title":"公示","audience":{"public":true},"workingDays":5}`))
	if err != nil {
		t.Fatal(err)
	}
	put.Header.Set("Content-Type", "application/json")
	if answer, err := w.host.Peers("demand").Do(put); err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("putting a notice up: %v", err)
	}
	var objections []string
	for range 2 {
		objections = append(objections, w.guest().send("POST", "/api/v1/notices/"+notice+"/objections", obj{"text": "公示的业绩与合同不一致，请核查。", "name": name, "phone": phone}).str("id"))
	}
	operator.send("POST", "/api/v1/objections/"+objections[0]+"/refuse", obj{"reason": "材料与公示内容无关"})
	w.eventually("the firm's inbox", func() bool { return strings.Contains(firm.get("/api/v1/inbox").text(), name) })

	// Its export names every service it is in.
	export := p.get("/api/v1/me/data")
	for _, e := range export.list("elsewhere") {
		if e["away"] == true || len(e.list("items")) == 0 {
			t.Errorf("the export has %v", e)
		}
	}
	for _, want := range []string{"欧阳问渠 13900007788", "contactPhone", "params"} { // the sealed contact, the bid's, a message of others
		if !strings.Contains(export.text(), want) {
			t.Errorf("the export lacks %s", want)
		}
	}

	// It is erased. What is open keeps its objector until it is answered.
	code := p.send("POST", "/api/v1/auth/phone-codes", obj{"phone": phone})
	receipt := p.send("POST", "/api/v1/me/erasure", obj{"codeId": code.str("codeId"), "code": w.codeSentTo(phone)})
	status := func() obj { return w.guest().get("/api/v1/erasures/" + receipt.str("id")) }
	w.eventually("all services but the one that holds an objection", func() bool {
		for _, part := range status().list("parts") {
			if want := map[bool]string{true: "held", false: "erased"}[part.str("service") == "notice"]; part.str("state") != want {
				return false
			}
		}
		return true
	})
	if got := operator.send("POST", "/api/v1/objections/"+objections[1]+"/contact", nil).str("name"); got != name {
		t.Errorf("the handler of an open objection reads %q", got)
	}
	operator.send("POST", "/api/v1/objections/"+objections[1]+"/refuse", obj{"reason": "材料与公示内容无关"})
	w.clock.Advance(2 * time.Hour)
	w.eventually("the end", func() bool { return status().str("doneAt") != "" })
	if got := operator.send("POST", "/api/v1/objections/"+objections[1]+"/contact", nil); got.str("name") == name || got.str("phone") != "" {
		t.Errorf("after the answer its handler reads %v", got)
	}

	// Nobody reads it any more: every answer there is, to those who read most.
	w.eventually("search to forget", func() bool {
		return !strings.Contains(w.guest().text("/api/v1/search?type=demand&q="+url.QueryEscape("热误差")), phone)
	})
	ids := map[string]string{"demandId": demand.str("id"), "bidId": url.PathEscape(bid), "orgId": firm.orgID, "organisationId": firm.orgID, "achievementId": achievement.str("id"),
		"objectionId": objections[0], "noticeId": notice, "erasureId": receipt.str("id")}
	w.readEverything(t, ids, map[string]*person{"the firm": firm, "the operator": operator}, func(op, who, body string) {
		for _, secret := range []string{name, phone, mail, "139 0000 7788"} {
			if strings.Contains(body, secret) {
				at := strings.Index(body, secret)
				t.Errorf("%s gives %s to %s: …%s…", op, secret, who, body[max(0, at-120):min(len(body), at+80)])
			}
		}
	})
	// Nor does any service hold it, whoever might ask.
	for _, service := range personal.Holders {
		r := personal.Request{Who: personal.Who{UserID: receipt.str("userId"), Names: []string{name}, Phones: []string{phone}, Emails: []string{mail}, Organisations: []string{firm.orgID}}}
		a, err := personal.Ask(t.Context(), w.host.Peers("account"), service, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Items {
			if strings.Contains(f.Value, name) || strings.Contains(f.Value, phone) {
				t.Errorf("%s still holds %+v", service, f)
			}
		}
	}
	// That there was somebody stands, under the pseudonym.
	if o := firm.get("/api/v1/organisations/" + firm.orgID); !strings.Contains(o.text(), personal.Erased) {
		t.Errorf("the firm's record: %v", o)
	}
}

// codeSentTo is the code in the last message to a number.
func (w *world) codeSentTo(phone string) string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.data, "outgoing", "sms", "code-*"))
	if err != nil {
		w.t.Fatal(err)
	}
	last, code := time.Time{}, ""
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			w.t.Fatal(err)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		found := regexp.MustCompile(`验证码 (\d{6})`).FindSubmatch(b)
		if strings.Contains(string(b), phone) && found != nil && !info.ModTime().Before(last) {
			last, code = info.ModTime(), string(found[1])
		}
	}
	if code == "" {
		w.t.Fatalf("no code was sent to %s", phone)
	}
	return code
}

// readEverything asks everything the specifications let be read, with the ids of what a test made, as each of some people.
func (w *world) readEverything(t *testing.T, ids map[string]string, people map[string]*person, read func(operation, who, body string)) (asked int) {
	t.Helper()
	for _, op := range operations(t) {
		if op.method != http.MethodGet || strings.HasSuffix(op.template, "/stream") {
			continue
		}
		address := op.template
		for parameter, id := range ids {
			address = strings.ReplaceAll(address, "{"+parameter+"}", id)
		}
		address = parameter.ReplaceAllString(address, ids["demandId"]) + queries[op.id]
		for who, p := range people {
			read(op.id, who, p.text(address))
			asked++
		}
	}
	return asked
}
