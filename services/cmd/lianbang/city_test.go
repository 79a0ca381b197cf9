package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianbang/services/platform/host"
)

// secondCity is another pilot city: names, districts, chains, titles, working days and periods of its own. Nothing else of it exists.
const secondCity = `{"cityCode":"390100","cityName":"青屿市","authorityName":"青屿市工业和信息化局",
 "districts":[{"code":"donggang","name":"东港区"},{"code":"xiling","name":"西岭县"}],
 "chains":[{"code":"marine","name":"海工装备"},{"code":"seafood","name":"海洋食品"}],
 "titleKinds":[{"code":"innovative","name":"创新型中小企业"},{"code":"navigator","name":"市级领航企业"}],
 "calendar":{"holidays":["2026-03-03","2026-03-04"],"workdays":["2026-03-07"],"source":"市政府办公厅通知","verified":true},
 "rules":{"objectionDecideWorkingDays":1,"objectionAnswerWorkingDays":3}}`

// TestASecondCityIsOnlyData brings the product up with a file of another city's data and uses it there.
func TestASecondCityIsOnlyData(t *testing.T) {
	file := filepath.Join(t.TempDir(), "city.json")
	if err := os.WriteFile(file, []byte(secondCity), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *host.Config) { c.City = file })
	if os.Getenv("LIANBANG_PROVE") != "" {
		journey(w, func() {})
		return
	}
	reference := w.guest().get("/api/v1/reference")
	if reference.str("cityName") != "青屿市" || reference.str("authorityName") != "青屿市工业和信息化局" || len(reference.list("districts")) != 2 || len(reference.list("chains")) != 2 ||
		len(reference.list("titleKinds")) != 2 || reference.obj("rules").num("objectionAnswerWorkingDays") != 3 || reference.obj("rules").num("objectionDecideWorkingDays") != 1 {
		t.Fatalf("the city is %v", reference)
	}
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader") // in the first district and chain the city has

	demand := leader.send("POST", "/api/v1/demands", obj{"title": "深水阀门密封件攻关", "kind": "rnd", "mode": "open", "chain": "海工装备", "district": "西岭县"})
	if demand.str("chain") != "marine" || demand.str("district") != "xiling" {
		t.Errorf("the demand is in %s of %s", demand.str("chain"), demand.str("district"))
	}
	if status, _ := leader.try("POST", "/api/v1/demands", obj{"title": "电主轴攻关", "kind": "rnd", "mode": "open", "chain": "machine-tools"}); status != http.StatusUnprocessableEntity {
		t.Errorf("a chain of the first city was taken: %d", status)
	}

	// Its own titles are given, and no other city's.
	titles := "/api/v1/organisations/" + leader.orgID + "/titles"
	operator.send("POST", titles, obj{"kind": "navigator", "issuer": "青屿市工业和信息化局", "validFrom": "2026-01-01", "validTo": "2028-12-31"})
	if status, _ := operator.try("POST", titles, obj{"kind": "little_giant", "issuer": "工业和信息化部", "validFrom": "2026-01-01"}); status != http.StatusUnprocessableEntity {
		t.Errorf("a title this city does not know was given: %d", status)
	}
	thresholdsOfTheCity(t, w, operator)

	// A notice counts the city's own working days: two days off begin on the next.
	body := `{"service":"demand","kind":"award","subjectId":"x","title":"公示","audience":{"public":true},"workingDays":1}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://notice/internal/v1/notices/demand:award:x:1", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := w.host.Peers("demand").Do(r)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("putting a notice up: %v, %d", err, answer.StatusCode)
	}
	notice := w.guest().get("/api/v1/notices/demand:award:x:1")
	if got := notice.str("endsAt"); got != "2026-03-05T16:00:00Z" {
		t.Errorf("put up at %s, it ends %s", w.clock.Now(), got)
	}
	receipt := w.guest().send("POST", "/api/v1/notices/demand:award:x:1/objections", obj{"text": "公示的业绩与合同不一致，请核查。", "name": "李明远", "phone": "13800138000"})
	operator.send("POST", "/api/v1/objections/"+receipt.str("id")+"/accept", nil)
	// Three working days after Monday: neither Tuesday nor Wednesday, but Thursday, Friday and the Saturday that is worked.
	if o := operator.get("/api/v1/objections/" + receipt.str("id")); o.str("stage") != "accepted" || o.str("answerBy") != "2026-03-07T16:00:00Z" {
		t.Errorf("the objection is %v", o)
	}

	// What a visitor is served before any script runs speaks of this city, in its names.
	for path, wants := range map[string][]string{"/": {"青屿市"}, "/organisations/" + leader.orgID: {"东港区", "市级领航企业"}} {
		status, html := w.guest().raw(path)
		for _, want := range wants {
			if status != http.StatusOK || !strings.Contains(string(html), want) {
				t.Errorf("%s (%d) does not say %s", path, status, want)
			}
		}
		for _, not := range []string{"澜州", "澜江", "donggang", "navigator"} {
			if strings.Contains(string(html), not) {
				t.Errorf("%s says %s", path, not)
			}
		}
	}
}

// thresholdsOfTheCity sets the city's own thresholds and periods, and meets them.
func thresholdsOfTheCity(t *testing.T, w *world, operator *person) {
	t.Helper()
	staff := func() obj {
		checks := w.guest().send("POST", "/api/v1/admission-check", obj{"categories": []string{"digital"}, "staff": 5}).list("items")
		return find(checks, "key", "staff")
	}
	if c := staff(); c.str("state") != "unmet" {
		t.Errorf("before the city has its own: %v", c)
	}
	pool := operator.get("/api/v1/provider-settings")
	change := obj{"reason": "青屿市服务机构资源池管理办法"}
	for _, k := range []string{"base", "byCategory", "reviewWorkingDays", "expertWorkingDays", "noticeWorkingDays", "appealWorkingDays", "minExperts", "passMark", "criteria", "rejectedBarMonths",
		"removedBarMonths", "redLineBarMonths", "poolTarget", "weights", "awardCapFen", "winners", "watch", "unverified"} {
		change[k] = pool[k]
	}
	pool.obj("base")["staff"] = 4
	operator.edit("/api/v1/provider-settings", pool.num("rev"), change)
	if c := staff(); c.str("state") != "met" || c.num("need") != 4 {
		t.Errorf("the city asks for four: %v", c)
	}

	settings := operator.get("/api/v1/demand-settings")
	change = obj{"reason": "青屿市揭榜挂帅实施细则"}
	for _, k := range []string{"noticeWorkingDays", "minPublishDays", "reviewWorkingDays", "correctionWorkingDays", "pushLimit", "maxWinners", "criteria", "unverified"} {
		change[k] = settings[k]
	}
	change["minPublishDays"] = 45
	operator.edit("/api/v1/demand-settings", settings.num("rev"), change)
	if got := w.guest().get("/api/v1/demand-settings").num("minPublishDays"); got != 45 {
		t.Errorf("demands stay open %d days at least, not 45", got)
	}
}
