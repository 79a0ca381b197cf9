package main

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestContactsGoOutToPartiesAlone plants contacts in every dealing there is: a published demand, changed since, and a bid on it; an
// achievement on a list and a deal over it; an engagement that was accepted; an application for the pool. Everything the specifications let be
// read, pages, spreadsheets and papers, is read with their ids: a guest and a verified firm that has no part in any of it read none of them,
// and whatever gives one to the other side or to the authority is shown to its owner.
func TestContactsGoOutToPartiesAlone(t *testing.T) {
	w := newWorld(t)
	w.few = true
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader,provider,university")
	bidder := w.organisation(operator, "揭榜", "91330200MA2JXURN02", "sme")
	stranger := w.organisation(operator, "旁人", "91330200MA2JXURN03", "sme")
	const demandPhone, workPhone, dealPhone, admissionPhone = "13800000001", "13900000901", "13900000902", "13900000903" // the first as the spreadsheet has it
	const newPhone, workMail = "13900000904", "chengguo@example.com"

	// A demand, changed once it is public, and a bid.
	session := leader.upload("/api/v1/demand-imports", "需求.xlsx", spreadsheet(t, w.texts()[:1]))
	imported := "/api/v1/demand-imports/" + session.str("id")
	leader.send("POST", imported+"/commit", nil)
	w.eventually("the draft", func() bool { return leader.get(imported).str("state") == "committed" })
	demand := leader.get("/api/v1/my-demands?state=draft").list("items")[0].str("id")
	path := "/api/v1/demands/" + demand
	leader.send("POST", path+"/submit", nil)
	operator.send("POST", path+"/approve", obj{"note": "同意"})
	leader.send("POST", path+"/publish", obj{"deadline": w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)})
	if got := stranger.get(path).obj("contact").str("phone"); got != "138****0001" {
		t.Errorf("a verified stranger reads %q", got)
	}
	terms := leader.get(path)
	written := obj{"contact": obj{"name": "沈工", "phone": newPhone}}
	for _, field := range []string{"title", "kind", "mode", "chain", "background", "difficulty", "content", "targets", "budgetFen", "timeLimitMonths", "cooperationWays", "public", "issuerPublic"} {
		if v, ok := terms[field]; ok {
			written[field] = v
		}
	}
	leader.send("POST", path+"/changes", obj{"terms": written, "reason": "换了联系人"})
	bid := w.bid(bidder, path, "双丝杠对称预紧", 96_000_000)

	// An achievement on a list, and the bidder's deal over it.
	work := leader.send("POST", "/api/v1/achievements", obj{"name": "激光熔覆修复大型轴颈磨损", "field": "先进制造", "trl": 7, "ways": []string{"licence"}, "summary": "在磨损面熔覆一层合金，恢复尺寸。",
		"problem": "大型轴颈磨损后只能整根更换。", "priceNegotiable": true, "contact": obj{"name": "成果处", "phone": workPhone, "email": workMail}}).str("id")
	leader.send("POST", "/api/v1/achievements/"+work+"/submit", nil)
	operator.send("POST", "/api/v1/achievements/"+work+"/publish", nil)
	list := leader.send("POST", "/api/v1/achievement-lists", obj{"name": "成果目录"}).str("id")
	leader.send("POST", "/api/v1/achievement-lists/"+list+"/items", obj{"ids": []string{work}})
	deal := bidder.send("POST", "/api/v1/achievements/"+work+"/deals", obj{"need": "两台立磨的轴颈要修", "contactName": "采购部", "contactPhone": dealPhone}).str("id")

	// An engagement both agreed to, and an application for the pool.
	asked := bidder.send("POST", "/api/v1/engagements", obj{"providerOrgIds": []string{leader.orgID}, "category": "innovation", "subject": "热误差检测", "need": "按国标试验",
		"district": w.guest().get("/api/v1/reference").list("districts")[0].str("code")})
	engagement := asked.list("engagements")[0].str("id")
	leader.send("POST", "/api/v1/engagements/"+engagement+"/quote", obj{"scope": "按国标试验并出报告", "priceFen": 8_000_000, "days": 30, "validUntil": "2026-03-20"})
	bidder.send("POST", "/api/v1/engagements/"+engagement+"/accept", obj{"version": 1})
	leader.send("POST", "/api/v1/admissions", nil)
	admission := "/api/v1/admissions/" + leader.orgID
	leader.edit(admission, leader.get(admission).num("rev"), obj{"categories": []string{"digital"}, "subservices": []string{"digital-diagnosis", "digital-cloud"}, "intro": "为注塑与机加工企业做轻量级数字化改造",
		"foundedOn": "2016-05-01", "staff": 42, "qualifiedShare": 85, "assetsFen": 500_000_000, "served": 120, "satisfaction": 93, "certificates": []obj{{"name": "信息安全管理体系认证", "validTo": "2028-01-01"}},
		"legalPerson": "高远", "address": "创智路1号", "contactName": "白经理", "contactPhone": admissionPhone, "noRedLine": true})
	leader.upload(admission+"/files?kind=other", "合同.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
	leader.send("POST", admission+"/submit", nil)

	// What nobody else reads, whichever of the two firms they ask about.
	planted := []string{demandPhone, newPhone, workPhone, workMail, dealPhone, admissionPhone, leader.phone, bidder.phone}
	ids := map[string]string{"demandId": demand, "bidId": url.PathEscape(bid), "orgId": leader.orgID, "importId": session.str("id"), "organisationId": bidder.orgID,
		"achievementId": work, "listId": list, "dealId": deal, "engagementId": engagement, "enquiryId": asked.str("id")}
	read := w.readEverything(t, ids, map[string]*person{"a guest": w.guest(), "a stranger": stranger}, func(op, who, body string) {
		for _, secret := range planted {
			if strings.Contains(body, secret) {
				t.Errorf("%s gives %s to %s", op, secret, who)
			}
		}
	})
	for who, p := range map[string]*person{"a guest": w.guest(), "a stranger": stranger} {
		if body := p.text("/api/v1/organisations/" + bidder.orgID); strings.Contains(body, bidder.phone) {
			t.Errorf("the bidder's page gives its number to %s", who)
		}
	}
	if read < 150 {
		t.Errorf("only %d answers were read", read)
	}

	// What shows a contact to the other side or to the authority.
	looks := map[string]string{"getDemand": "demand", "getDemandForm": "demand", "exportDemandForm": "demand", "getBid": "bid", "getBidForm": "bid", "exportBidForm": "bid", "getAchievement": "achievement",
		"getAchievementDeal": "deal", "getEngagement": "engagement", "getContractPaper": "engagement", "getAdmission": "provider", "getOrganisation": "organisation", "listMembers": "organisation"}
	parties := map[string]*person{"the leader": leader, "the bidder": bidder, "the operator": operator}
	owners := map[string]*person{demandPhone: leader, newPhone: leader, workPhone: leader, workMail: leader, admissionPhone: leader, leader.phone: leader, dealPhone: bidder, bidder.phone: bidder}
	shown := map[string]bool{}
	w.readEverything(t, ids, parties, func(op, who, body string) {
		for secret, owner := range owners {
			if parties[who] != owner && strings.Contains(body, secret) {
				if shown[op] = true; looks[op] == "" {
					t.Errorf("%s shows %s to %s; what look does it leave?", op, secret, who)
				}
			}
		}
	})
	// Each leaves its look: read alone on a day of its own, it is what the owner is shown of that day.
	for _, op := range operations(t) {
		kind, ok := looks[op.id]
		if !ok {
			continue
		}
		if !shown[op.id] {
			t.Errorf("%s shows nobody a contact any more", op.id)
		}
		w.clock.Advance(24 * time.Hour)
		address := op.template
		for name, id := range ids {
			address = strings.ReplaceAll(address, "{"+name+"}", id)
		}
		operator.text(address + queries[op.id])
		owner := leader
		if kind == "bid" || kind == "deal" {
			owner = bidder
		}
		newest := owner.get("/api/v1/organisations/" + owner.orgID + "/contact-looks?limit=1").list("items")
		if len(newest) != 1 || newest[0].str("kind") != kind || newest[0]["official"] != true || newest[0].str("at") != w.clock.Now().UTC().Format(time.RFC3339) {
			t.Errorf("%s leaves the owner %v", op.id, newest)
		}
	}
	// What the two sides looked at is told as well, by name.
	if all := leader.get("/api/v1/organisations/" + leader.orgID + "/contact-looks?limit=200").list("items"); !has(all, "orgName", bidder.org) {
		t.Errorf("the leader is shown %v", all)
	}
}

// text is an answer as text, whatever its kind and status; what is packed (a spreadsheet, a paper) is unpacked.
func (p *person) text(path string) string {
	p.w.t.Helper()
	r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.w.origin+path, nil)
	if err != nil {
		p.w.t.Fatal(err)
	}
	if p.phone != "" {
		p.get("/api/v1/me") // a token that is not about to run out
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for {
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			p.w.t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			p.w.t.Fatal(err)
		}
		if answer.StatusCode == http.StatusTooManyRequests {
			time.Sleep(100 * time.Millisecond) // the edge's own limit is not what is tested here
			continue
		}
		if bytes.HasPrefix(body, []byte("%PDF")) {
			return inPDF(p.w.t, body)
		}
		packed, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			return string(body)
		}
		var text strings.Builder
		for _, f := range packed.File {
			part, err := f.Open()
			if err != nil {
				p.w.t.Fatal(err)
			}
			if _, err := io.Copy(&text, io.LimitReader(part, 1<<20)); err != nil {
				p.w.t.Fatal(err)
			}
			_ = part.Close()
		}
		return text.String()
	}
}

// inPDF is what the pages of a paper of ours draw. Numbers and addresses of mail stand in it as they are; Chinese as hexadecimal.
func inPDF(t testing.TB, file []byte) string {
	t.Helper()
	var text strings.Builder
	for _, at := range regexp.MustCompile(`/Filter /FlateDecode >>\nstream\n`).FindAllIndex(file, -1) {
		page, err := zlib.NewReader(bytes.NewReader(file[at[1]:]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, io.LimitReader(page, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}
