package account

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// TestLiaisonsKeepTheLedger: operators assign within their reach, the liaison writes, the firm reads what is meant for it, and the year's
// figures open their rows.
func TestLiaisonsKeepTheLedger(t *testing.T) {
	w := newWorld(t)
	firm, other := w.verified("甲厂"), w.verified("乙厂")
	member := w.join(firm, "member")
	city, liaison := w.staff("city_operator", ""), w.staff("platform_staff", "")
	elsewhere := w.staff("district_operator", "xiwan")
	var candidates struct{ Items []api.LiaisonCandidate }
	city.Get("/api/v1/liaisons/candidates").Want(200).Into(&candidates)
	who := ""
	for _, c := range candidates.Items {
		if c.Post == api.PlatformStaff {
			who = c.UserId
		}
	}
	in := map[string]any{"userId": who, "orgIds": []string{firm.orgID, other.orgID}}
	liaison.Post("/api/v1/liaisons", in).Want(403)
	member.Post("/api/v1/liaisons", in).Want(403)
	elsewhere.Post("/api/v1/liaisons", in).Want(403)
	city.Post("/api/v1/liaisons", map[string]any{"userId": member.id, "orgIds": []string{firm.orgID}}).Refused(422, "invalid")
	services := "/api/v1/organisations/" + firm.orgID + "/services"
	liaison.Post(services, map[string]any{"kind": "visit", "summary": "还没有指派"}).Want(404)
	var n struct{ Assigned int }
	if city.Post("/api/v1/liaisons", in).Want(200).Into(&n); n.Assigned != 2 {
		t.Errorf("%d assigned", n.Assigned)
	}
	if city.Post("/api/v1/liaisons", in).Want(200).Into(&n); n.Assigned != 0 {
		t.Errorf("%d assigned again", n.Assigned)
	}

	// A whole district at once; who has a liaison keeps it when only those without are meant.
	third := w.verified("丙厂")
	district, _ := third.org()
	whole := map[string]any{"userId": who, "districtCode": district.DistrictCode, "onlyWithout": true}
	if city.Post("/api/v1/liaisons", whole).Want(200).Into(&n); n.Assigned != 1 {
		t.Errorf("%d of the district were without", n.Assigned)
	}
	elsewhere.Post(services, map[string]any{"kind": "visit", "summary": "别区的人"}).Want(403)
	member.Post(services, map[string]any{"kind": "visit", "summary": "自己写"}).Want(403)
	liaison.Post(services, map[string]any{"kind": "visit", "summary": "上门走访", "outcome": "不该有"}).Refused(422, "invalid")
	liaison.Post(services, map[string]any{"kind": "visit", "summary": "上门走访"}).Want(201)
	var e api.ServiceEntry
	liaison.Post(services, map[string]any{"kind": "difficulty", "summary": "用电容量不足", "visible": true}).Want(201).Into(&e)
	var seen struct {
		Serves  bool
		Liaison api.Liaison
		Entries []api.ServiceEntry
	}
	if member.Get(services).Want(200).Into(&seen); len(seen.Entries) != 1 || seen.Serves || seen.Liaison.Office == "" {
		t.Errorf("the firm reads %+v", seen)
	}
	if liaison.Get(services).Want(200).Into(&seen); len(seen.Entries) != 2 || !seen.Serves {
		t.Errorf("the liaison reads %+v", seen)
	}
	other.Get(services).Want(403)
	w.guest.Get(services).Want(401)
	liaison.Put("/api/v1/service-entries/"+e.Id, map[string]any{"kind": "difficulty", "summary": "用电容量不足", "visible": true, "outcome": "已增容 200 千伏安"}).Want(200).Into(&e)
	if e.SolvedOn.IsZero() {
		t.Errorf("solved, and no day: %+v", e)
	}
	member.Put("/api/v1/service-entries/"+e.Id, map[string]any{"kind": "difficulty", "summary": "改写"}).Want(403)

	var rows struct{ Items []api.LiaisonRow }
	if liaison.Get("/api/v1/liaisons").Want(200).Into(&rows); len(rows.Items) != 3 {
		t.Errorf("the liaison's firms: %+v", rows.Items)
	}
	if elsewhere.Get("/api/v1/liaisons").Want(200).Into(&rows); len(rows.Items) != 0 {
		t.Errorf("another district reads %+v", rows.Items)
	}
	if city.Get("/api/v1/liaisons?short=true").Want(200).Into(&rows); len(rows.Items) != 2 || rows.Items[0].OrgId == firm.orgID || rows.Items[1].OrgId == firm.orgID {
		t.Errorf("with nothing solved: %+v", rows.Items)
	}
	var figures struct{ ByLiaison, ByDistrict []api.ServiceFigure }
	if city.Get("/api/v1/liaisons/figures").Want(200).Into(&figures); len(figures.ByLiaison) != 1 || figures.ByLiaison[0].Firms != 3 || figures.ByLiaison[0].Solved != 1 || figures.ByLiaison[0].Short != 2 || figures.ByLiaison[0].Visited != 1 {
		t.Errorf("the figures are %+v", figures)
	}
	book := city.Get("/api/v1/liaisons/export").Want(200).Body
	lines := 0
	if _, err := office.ReadTable(bytes.NewReader(book), office.Limits{}, func(office.Row) error { lines++; return nil }); err != nil || lines < 2 {
		t.Errorf("%d lines, %v", lines, err)
	}
}

// TestLiaisonsAreRemindedOnce: a due day reminds when it comes near, once, and not when it is solved.
func TestLiaisonsAreRemindedOnce(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	e := ServiceEntry{}
	if err := e.Write(ServiceWords{Kind: Difficulty, Summary: "融资难", DueOn: "2026-11-20"}, "recordService", By{UserID: "u"}, defaultRules, at); err != nil || e.DueAt == 0 || e.DueAt.Time().After(when.Day("2026-11-20").Time()) {
		t.Fatalf("%v: %+v", err, e)
	}
	e.DueAt = 0 // reminded
	if err := e.Write(ServiceWords{Kind: Difficulty, Summary: "融资难，已联系银行", DueOn: "2026-11-20"}, "editService", By{UserID: "u"}, defaultRules, at); err != nil || e.DueAt != 0 {
		t.Errorf("a correction reminds again: %v, %v", err, e.DueAt)
	}
	if e.Overdue("2026-11-20") || !e.Overdue("2026-11-21") {
		t.Error("overdue on the wrong day")
	}
	if err := e.Write(ServiceWords{Kind: Difficulty, Summary: "融资难", DueOn: "2026-12-20", Outcome: "已放款"}, "editService", By{UserID: "u"}, defaultRules, at); err != nil || e.DueAt != 0 || e.Open() {
		t.Errorf("solved, and still waited for: %v %+v", err, e)
	}
	for _, w := range []ServiceWords{{Kind: "chat", Summary: "x"}, {Kind: Visit}, {Kind: Visit, Summary: "x", On: "2026-11-03"}, {Kind: Visit, Summary: "x", DueOn: "2026-11-20"}, {Kind: Difficulty, Summary: "x", DueOn: "2026-11-01"}} {
		if err := (&ServiceEntry{}).Write(w, "recordService", By{}, defaultRules, at); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", w, err)
		}
	}
}

// TestDossierKeepsWhatFactsSaid: a replaced fact stays readable, a vouched one says who vouched and what was seen, and only the firm and its
// operators read either; the yearly reminder comes once.
func TestDossierKeepsWhatFactsSaid(t *testing.T) {
	w := newWorld(t)
	firm := w.verified("档案厂")
	o, _ := firm.org()
	path := "/api/v1/organisations/" + firm.orgID
	fact := func(value string) map[string]any {
		in := w.orgInput(o.Name)
		in["creditCode"] = o.CreditCode
		in["facts"] = []map[string]any{{"key": "certificates", "value": value}}
		return in
	}
	for _, value := range []string{"ISO 9001", "ISO 9001；IATF 16949"} {
		_, tag := firm.org()
		firm.IfMatch(tag).Put(path, fact(value)).Want(200)
	}
	var d api.Dossier
	if firm.Get(path + "/dossier").Want(200).Into(&d); len(d.Past) != 1 || d.Past[0].Fact.Value != "ISO 9001" || d.Past[0].EndedBy == "" || d.Percent == 0 || d.DueAt.IsZero() {
		t.Errorf("the dossier is %+v", d)
	}
	city := w.staff("city_operator", "")
	w.verified("旁观").Get(path + "/dossier").Want(403)
	vouch := map[string]any{"key": "certificates", "value": "ISO 9001；IATF 16949", "proof": "核对证书原件"}
	firm.Post(path+"/dossier/vouch", vouch).Want(403)
	city.Post(path+"/dossier/vouch", vouch).Want(200).Into(&d)
	city.Post(path+"/dossier/vouch", vouch).Refused(409, "fact.vouched")
	if len(d.Past) != 2 {
		t.Errorf("what was self-reported until then is gone: %+v", d.Past)
	}
	if now, _ := firm.org(); now.Facts[0].Source != api.FactSourceVerified || now.Facts[0].Proof == "" || now.Facts[0].ByName == "" {
		t.Errorf("the fact is %+v", now.Facts[0])
	}
	firm.Post(path+"/dossier", nil).Want(200)

	o2 := Organisation{State: Verified, VerifiedAt: 1}
	for i := range 3000 {
		o2.retire(Fact{Key: "k", Value: fmt.Sprint("a value of some length, number ", i)}, By{}, time.Unix(int64(i), 0))
	}
	if n := len(o2.PastFacts); n < 100 || n > 600 || o2.PastFacts[n-1].Value != "a value of some length, number 2999" {
		t.Errorf("%d former facts are kept", n)
	}
	if o2.DossierDue(defaultRules) != when.At(o2.VerifiedAt.Time().AddDate(1, 0, 0)) {
		t.Errorf("due %v", o2.DossierDue(defaultRules).Time())
	}
}
