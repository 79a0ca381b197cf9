package achievement

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/docstore"
)

// TestEveryFieldIsInAVersion changes each field of a text in turn: none may change unseen.
func TestEveryFieldIsInAVersion(t *testing.T) {
	kind := reflect.TypeFor[Profile]()
	for i := range kind.NumField() {
		before, after := Profile{}, Profile{}
		field := reflect.ValueOf(&after).Elem().Field(i)
		switch v := field.Addr().Interface().(type) {
		case *string:
			*v = "x"
		case *int:
			*v = 5
		case *int64:
			*v = 100_00
		case *bool:
			*v = true
		case *[]Member:
			*v = []Member{{Role: "x"}}
		case *[]IP:
			*v = []IP{{Kind: "invention", Status: "granted"}}
		case *[]Way:
			*v = []Way{Transfer}
		case *[]Comparison:
			*v = []Comparison{{"x", "y", "z"}}
		case *[]Case:
			*v = []Case{{Title: "x"}}
		case *OpenTerms:
			*v = OpenTerms{Months: 12}
		case *Contact:
			*v = Contact{Name: "x"}
		default:
			t.Fatalf("no value for %s", kind.Field(i).Name)
		}
		if got := differences(&before, &after); len(got) != 1 {
			t.Errorf("%s changed, seen is %v", kind.Field(i).Name, got)
		}
	}
}

// TestOpenTermsStandAnew holds a changed open licence to a notice of its own, and keeps terms still while they are in notice.
func TestOpenTermsStandAnew(t *testing.T) {
	s := DefaultSettings()
	a := at(t, Published, "")
	p := goodProfile()
	p.OpenTerms.RoyaltyBP++
	if err := a.Propose(techOffice, day0, "v2", "提成调整", p, s); codeOf(err) != "achievement.notice_stands" {
		t.Fatalf("terms in notice were changed: %v", err)
	}
	later := day0.Add(time.Duration(s.OpenNoticeDays) * 24 * time.Hour)
	must(t, a.EndOpenNotice(later))
	must(t, a.Propose(techOffice, later, "v2", "提成调整", p, s))
	must(t, a.Approve(authority, later, "v2", "", p, s))
	if a.OpenOnOffer() || a.OpenNotice.Round != 2 || a.OpenNotice.EndedAt != 0 {
		t.Errorf("the new terms did not stand in notice: %+v", a.OpenNotice)
	}
	p.Summary += "补充说明。"
	must(t, a.Propose(techOffice, later, "v3", "说明更清楚", p, s))
	if a.OpenNotice.Round != 2 || len(a.Versions) != 2 {
		t.Error("a better wording began another notice")
	}
}

// versionsHTTP changes what is published: wording at once, substance over the desks, each version to be read and told to who asked.
func versionsHTTP(t *testing.T, w *town) {
	c := w.http
	guest, dept, uni, other, firm, d1, d2 := c.For(t), c.As("dept").For(t), c.As("uni").For(t), c.As("other").For(t), c.As("firm1").For(t), c.As("d1").For(t), c.As("d2").For(t)
	p := goodProfile()
	p.Name, p.Ways, p.IP = "深孔钻削断屑在线监测", []Way{Licence}, []IP{{"invention", "ZL202210000077.4", "granted"}}
	id := w.published(p)
	path := "/api/v1/achievements/" + id
	firm.Post(path+"/deals", map[string]any{"need": "断屑", "contactName": "王厂长", "contactPhone": "0570-1"}).Want(201)
	change := func(p Profile) map[string]any {
		return map[string]any{"profile": input(t, p), "reason": "补充说明"}
	}
	wording := p
	wording.Summary += "适合长径比 20 以上的深孔。"
	dearer := wording
	dearer.PriceFen, dearer.Contact.Phone = 90_000_00, "0570-9999"

	guest.Post(path+"/versions", change(wording)).Refused(401, "unauthenticated")
	firm.Post(path+"/versions", change(wording)).Refused(403, "forbidden")
	other.Post(path+"/versions", change(wording)).Refused(403, "forbidden")
	uni.Post(path+"/versions", change(p)).Refused(409, "achievement.nothing_changed")
	bad := p
	bad.Problem = ""
	uni.Post(path+"/versions", change(bad)).Refused(422, "invalid").Field("problem", "required")

	var seen api.AchievementVersion
	uni.Post(path+"/versions/preview", change(dearer)).Want(200).Into(&seen)
	if !seen.Substance || seen.Desk != "operator" || len(seen.Fields) != 3 {
		t.Errorf("the preview says %+v", seen)
	}
	var a api.Achievement
	key := uni.Key("change-wording-01")
	key.Post(path+"/versions", change(wording)).Want(200).Into(&a)
	key.Post(path+"/versions", change(wording)).Want(200) // sent twice, it is one version
	if a.Version != 2 || a.Change.Id != "" || !strings.Contains(a.Profile.Summary, "长径比") {
		t.Fatalf("the office's wording does not hold: version %d, %+v", a.Version, a.Change)
	}

	dept.Post(path+"/versions", change(dearer)).Want(200).Into(&a)
	if a.Change.Desk != "office" || a.Profile.PriceFen != p.PriceFen {
		t.Fatalf("%+v, priced %d", a.Change, a.Profile.PriceFen)
	}
	at := path + "/versions/" + a.Change.Id
	var public api.Achievement
	guest.Get(path).Want(200).Into(&public)
	if public.Change.Id != "" {
		t.Error("anybody reads what is not agreed")
	}
	dept.Post(at+"/approve", nil).Refused(403, "forbidden")
	d1.Post(at+"/approve", nil).Refused(409, "achievement.other_desk")
	uni.Post(path+"/versions/none/approve", nil).Refused(404, "not_found")
	uni.Post(at+"/approve", nil).Want(200).Into(&a)
	if a.Change.Desk != "operator" || a.Profile.PriceFen != p.PriceFen {
		t.Fatalf("substance held without the operator: %+v", a.Change)
	}
	dept.Post(path+"/versions", change(wording)).Refused(409, "achievement.nothing_changed")
	wording.Audience = "深孔加工车间"
	dept.Post(path+"/versions", change(wording)).Refused(409, "achievement.change_waits")
	var queue api.AchievementPage
	d1.Get("/api/v1/achievement-reviews").Want(200).Into(&queue)
	if i := len(queue.Items) - 1; i < 0 || queue.Items[i].Id != id || queue.Items[i].Change.Number != 3 {
		t.Fatalf("the operator's queue is %+v", queue.Items)
	}
	d2.Post(at+"/return", map[string]any{"reason": "缺报价依据"}).Refused(403, "forbidden")
	d1.Post(at+"/return", map[string]any{"reason": "缺报价依据"}).Want(200)
	d1.Post(at+"/approve", nil).Refused(409, "achievement.no_change")
	uni.Get(path).Want(200).Into(&a)
	if a.Change.Returned != "缺报价依据" || a.Change.Profile.PriceFen != dearer.PriceFen || len(a.Change.Fields) != 2 {
		t.Errorf("what came back: %+v", a.Change)
	}
	uni.Post(path+"/versions", change(dearer)).Want(200).Into(&a)
	d1.Post(path+"/versions/"+a.Change.Id+"/approve", nil).Want(200).Into(&a)
	if a.Version != 3 || a.Profile.PriceFen != dearer.PriceFen {
		t.Fatalf("version %d, priced %d", a.Version, a.Profile.PriceFen)
	}

	var list struct{ Items []api.AchievementVersion }
	raw := guest.Get(path + "/versions").Want(200)
	raw.Into(&list)
	if len(list.Items) != 3 || list.Items[0].Number != 3 || !list.Items[0].Substance || len(list.Items[0].Fields) != 1 || len(list.Items[2].Fields) != 0 {
		t.Errorf("anybody reads %s", raw.Body)
	}
	if bytes.Contains(raw.Body, []byte("0570")) {
		t.Error("anybody reads whom to call in the versions")
	}
	doc, err := w.s.achievements.Get(w.as(""), id)
	must(t, err)
	if doc.Body.Telling != nil {
		t.Error("the firms are not told")
	}

	// A row of a table that merges into it is a version too, reviewed when it is of substance.
	var in api.AchievementImport
	dept.Upload("/api/v1/achievement-imports", "改价.csv", table(t, []string{"成果名称", "价格", "简介"}, []string{p.Name, "7.5", p.Summary}), nil).Want(201).Into(&in)
	dept.Post("/api/v1/achievement-imports/"+in.Id+"/decide", map[string]any{"decision": "merge"}).Want(200)
	dept.Post("/api/v1/achievement-imports/"+in.Id+"/commit", nil).Want(202).Into(&in)
	uni.Get(path).Want(200).Into(&a)
	if in.Merged != 1 || a.Change.Desk != "office" || a.Change.Profile.PriceFen != 75_000_00 || a.Profile.PriceFen != dearer.PriceFen {
		t.Errorf("merged %d; the change is %+v", in.Merged, a.Change)
	}
}

// TestTheFirmsAreToldOnce tells of one version from two places at the same time.
func TestTheFirmsAreToldOnce(t *testing.T) {
	w := newTown(t)
	p := goodProfile()
	p.Ways = []Way{Licence}
	id := w.published(p)
	for _, firm := range []string{"firm1", "firm2"} {
		_, err := w.s.ExpressInterest(w.as(firm), id, api.InterestInput{Need: "修复", ContactName: "厂长", ContactPhone: "0570-1"})
		must(t, err)
	}
	_, err := w.s.achievements.Update(w.as("uni"), id, func(tx *docstore.Tx[Achievement]) error {
		p.Summary += "。"
		return tx.Body.Propose(techOffice, tx.Now, "v2", "补充说明", p, DefaultSettings())
	})
	must(t, err)
	before, err := w.s.achievements.Get(w.as("uni"), id)
	must(t, err)
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- w.s.tell(docstore.Unwitnessed(w.as("uni")), id) }()
	}
	must(t, <-done)
	must(t, <-done)
	after, err := w.s.achievements.Get(w.as("uni"), id)
	must(t, err)
	if after.Body.Telling != nil || after.Rev != before.Rev+1 {
		t.Errorf("told in %d writes: %+v", after.Rev-before.Rev, after.Body.Telling)
	}
}
