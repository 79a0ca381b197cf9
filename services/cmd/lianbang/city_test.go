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
 "titleKinds":[{"code":"innovative","name":"创新型中小企业"}],
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
	if reference.str("cityName") != "青屿市" || len(reference.list("districts")) != 2 || reference.obj("rules").num("objectionAnswerWorkingDays") != 3 {
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
	if o := operator.get("/api/v1/objections/" + receipt.str("id")); o.str("stage") != "accepted" || o.str("answerBy") == "" {
		t.Errorf("the objection is %v", o)
	}
}
