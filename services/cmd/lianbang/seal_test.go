package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// TestSealedBidsAtRest plants words that cannot be mistaken in every field of two sealed bids, one in, one a draft, and in their files,
// and looks for them before the deadline: in what every operation answers to everybody else, in the log at debug, in every file of the
// data directory (databases and their journals, attachments, the search index, audit heads) and of a backup. Another seal key is refused
// at the start. After a restart and the deadline the issuer reads everything.
func TestSealedBidsAtRest(t *testing.T) {
	kept := &journal{}
	log := slog.New(slog.NewJSONHandler(kept, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w := newLoggedWorld(t, log)
	w.few = true
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	bidder := w.organisation(operator, "甲揭榜", "91330200MA2JXURN02", "sme")
	drafter := w.organisation(operator, "乙揭榜", "91330200MA2JXURN03", "sme")
	rival := w.organisation(operator, "丙揭榜", "91330200MA2JXURN04", "sme")

	chain := w.guest().get("/api/v1/reference").list("chains")[0].str("code")
	made := leader.send("POST", "/api/v1/demands", obj{"title": "密封测试的技术攻关", "kind": "rnd", "chain": chain, "background": "主轴热伸长", "difficulty": "在线预测",
		"targets": []string{"合格率不低于 99.5%"}, "budgetFen": 80_000_000, "timeLimitMonths": 12, "cooperationWays": []string{"joint"},
		"contact": obj{"name": "沈工", "phone": "13800000001"}})
	demand := "/api/v1/demands/" + made.str("id")
	leader.send("POST", demand+"/submit", nil)
	operator.send("POST", demand+"/approve", obj{"note": "同意"})
	leader.send("POST", demand+"/publish", obj{"deadline": w.clock.Now().AddDate(0, 1, 0)})

	var markers []string
	mark := func(field, who string) string {
		m := fmt.Sprintf("记号Zq7%s%s", field, who)
		markers = append(markers, m)
		return m
	}
	price := map[string]int{"甲": 73_519_284_606, "乙": 82_640_395_717}
	bids := map[string]string{}
	files := map[string]string{}
	for who, p := range map[string]*person{"甲": bidder, "乙": drafter} {
		markers = append(markers, fmt.Sprint(price[who]))
		docking := p.get(demand + "/bid-prefill").obj("docking")
		docking["brief"] = "对接表公开Zq7" + who
		whole := obj{"docking": docking, "application": obj{"title": mark("标题", who), "capability": mark("能力", who), "team": mark("团队", who), "plan": mark("方案", who),
			"priceFen": price[who], "scheduleMonths": 11, "schedule": mark("进度", who), "cooperationWay": "joint"}}
		bid := p.send("POST", demand+"/bids", whole)
		bids[who] = bid.str("id")
		path := "/api/v1/bids/" + url.PathEscape(bid.str("id"))
		markers = append(markers, "记号Zq7文件内容"+who)
		pdf := bytes.Replace(onePDF, []byte("\n"), []byte("\n% 记号Zq7文件内容"+who+"\n"), 1)
		files[who] = p.upload(path+"/attachments", mark("文件名", who)+".pdf", pdf).str("id")
		whole["application"].(obj)["plan"] = mark("再改方案", who)
		p.edit(path, p.get(path).num("rev"), whole)
		if who == "甲" {
			p.send("POST", path+"/submit", nil)
		}
		if body := p.get(path).text(); !strings.Contains(body, markers[len(markers)-1]) || !strings.Contains(body, fmt.Sprint(price[who])) {
			t.Errorf("the bidder does not read its own bid: %s", body)
		}
	}

	// Nobody else's answer holds any of it.
	district := &person{w: w, phone: w.phone()}
	operator.send("POST", "/api/v1/staff", obj{"phone": district.phone, "name": "区县", "password": "a-good-password", "post": "district_operator",
		"districtCode": w.guest().get("/api/v1/reference").list("districts")[0].str("code")})
	asked := 0
	for name, p := range map[string]*person{"guest": w.guest(), "issuer": leader, "city": operator, "district": district, "rival": rival} {
		for _, op := range operations(t) {
			if op.method != http.MethodGet {
				continue
			}
			for _, who := range []string{"甲", "乙"} {
				if who == "乙" && !strings.Contains(op.template, "{bidId}") {
					continue
				}
				path := filled(op.path, op.template, map[string]string{"demandId": made.str("id"), "bidId": url.PathEscape(bids[who]), "attachmentId": files[who],
					"orgId": bidder.orgID, "subject": "demand"})
				_, body := p.raw(path)
				if found := holds(body, markers); found != "" {
					t.Errorf("%s reads %s at %s", name, found, path)
				}
				asked++
			}
		}
		if _, body := p.try("GET", "/api/v1/search?q="+url.QueryEscape(markers[1]), nil); len(body.list("hits")) > 0 {
			t.Errorf("%s finds %s: %v", name, markers[1], body)
		}
	}
	if asked < 150 {
		t.Errorf("only %d answers were read", asked)
	}

	// Nothing that lies on a disk or goes into a backup holds any of it, though the open half is there.
	open := []string{"对接表公开Zq7甲"}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := run(t.Context(), &host.Clock{}, []string{"backup", copied, "-data", w.data}, nil, &output{}); err != nil {
		t.Fatal(err)
	}
	for what, dir := range map[string]string{"the running product's data": w.data, "the backup": copied} {
		clear, seen := lookThrough(t, dir, markers, open)
		if clear != "" || !seen {
			t.Errorf("%s: %s (the open half found: %v)", what, clear, seen)
		}
	}
	if _, err := os.Stat(filepath.Join(copied, "seal.key")); err == nil {
		t.Error("the seal key is in the backup")
	}
	w.stop()
	if clear, _ := lookThrough(t, w.data, markers, open); clear != "" {
		t.Errorf("the stopped product's data: %s", clear)
	}
	if found := holds([]byte(kept.String()), markers); found != "" {
		t.Errorf("%s is in the log", found)
	}

	// Another key does not open it, and says so before anything is served.
	wrong := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))
	soon, cancel := context.WithTimeout(t.Context(), 30*time.Second) // it does not run on
	defer cancel()
	if err := run(soon, w.clock.(*host.Clock), []string{"-data", w.data, "-addr", "127.0.0.1:0", "-seal-key", wrong}, nil, &output{}); err == nil || !strings.Contains(err.Error(), "LIANBANG_SEAL_KEY") {
		t.Errorf("with another key it starts: %v", err)
	}

	// Restarted, and past the deadline, the issuer reads all that was handed in.
	w.clock.Advance(32 * 24 * time.Hour)
	again := openWorld(t, w.clock.(*host.Clock), host.Config{Target: "all", Data: w.data}, slog.New(slog.DiscardHandler))
	issuer := &person{w: again, phone: leader.phone, org: leader.org}
	body := issuer.get("/api/v1/bids/" + url.PathEscape(bids["甲"]))
	for _, m := range markers {
		if strings.HasSuffix(m, "甲") && !strings.Contains(m, "文件内容") && !strings.Contains(m, "7方案") && !strings.Contains(body.text(), m) {
			t.Errorf("after the deadline the issuer does not read %s", m)
		}
	}
	if body.obj("application").num("priceFen") != price["甲"] {
		t.Errorf("the price is %v", body.obj("application"))
	}
	status, content := issuer.raw("/api/v1/bids/" + url.PathEscape(bids["甲"]) + "/attachments/" + files["甲"])
	if status != http.StatusOK || !bytes.Contains(content, []byte("记号Zq7文件内容甲")) {
		t.Errorf("the file: %d", status)
	}
	if status, _ := issuer.try("GET", "/api/v1/bids/"+url.PathEscape(bids["乙"]), nil); status != http.StatusNotFound {
		t.Errorf("the issuer reads a draft that was never handed in: %d", status)
	}
	again.stop()
	if clear, _ := lookThrough(t, w.data, markers, open); clear != "" {
		t.Errorf("opened, it lies in the clear: %s", clear)
	}
}

// holds says which marker some bytes hold, as they are or in base64 at any offset.
func holds(b []byte, markers []string) string {
	for _, m := range markers {
		for _, form := range forms(m) {
			if bytes.Contains(b, form) {
				return m
			}
		}
	}
	return ""
}

func forms(m string) [][]byte {
	all := [][]byte{[]byte(m)}
	if len(m) < 15 { // a number; base64 of its middle would be too short to tell
		return all
	}
	for offset := range 3 {
		coded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", offset) + m))
		all = append(all, []byte(coded[4:len(coded)-4]))
	}
	return all
}

// lookThrough looks for markers in every file below a directory.
func lookThrough(t *testing.T, dir string, secret, open []string) (found string, seen bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if m := holds(b, secret); m != "" {
			found = m + " is in " + path
		}
		seen = seen || holds(b, open) != ""
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found, seen
}

// filled puts real ids where an operation's path names them.
func filled(path, template string, ids map[string]string) string {
	query := ""
	if _, q, ok := strings.Cut(path, "?"); ok {
		query = "?" + q
	}
	return parameter.ReplaceAllStringFunc(template, func(name string) string {
		if id, ok := ids[strings.Trim(name, "{}")]; ok {
			return id
		}
		return "2"
	}) + query
}

// raw asks for something that need not be JSON. A stream is not read: it does not end.
func (p *person) raw(path string) (int, []byte) {
	p.w.t.Helper()
	if p.phone != "" && p.token == "" {
		p.try(http.MethodGet, "/api/v1/me", nil) // signs in
	}
	for {
		r, err := http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.w.origin+path, nil)
		if err != nil {
			p.w.t.Fatal(err)
		}
		if p.token != "" {
			r.Header.Set("Authorization", "Bearer "+p.token)
		}
		answer, err := p.w.client.Do(r)
		if err != nil {
			p.w.t.Fatal(err)
		}
		var b []byte
		if !strings.Contains(answer.Header.Get("Content-Type"), "event-stream") {
			b, err = io.ReadAll(answer.Body)
		}
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			p.w.t.Fatal(err)
		}
		if answer.StatusCode != http.StatusTooManyRequests {
			return answer.StatusCode, b
		}
		time.Sleep(200 * time.Millisecond) // the edge's own limit
	}
}
