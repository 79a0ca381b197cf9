package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"lianbang/services/account"
	"lianbang/services/platform/host"
)

// TestJourney is the main job over plain HTTP: a chain leader imports a spreadsheet of technology demands and publishes one as a
// challenge; it is found by a Chinese phrase; those it fits are told; two of them bid; after the deadline the issuer scores
// and awards one; the loser learns why; anyone reads the result.
func TestJourney(t *testing.T) { journey(newWorld(t), func() {}) }

// journey is the job, wherever the product runs. halfWay is called once the bids are in.
func journey(w *world, halfWay func()) {
	t := w.t
	t.Helper()
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	// Both work on what the published demand is about, so that they are told of it.
	winner := w.organisation(operator, "甲揭榜", "91330200MA2JXURN02", "sme")
	loser := w.organisation(operator, "乙揭榜", "91330200MA2JXURN03", "sme")
	texts := w.texts()

	// The chain leader imports.
	session := leader.upload("/api/v1/demand-imports", "需求.xlsx", spreadsheet(t, texts))
	if session.num("rowCount") != len(texts) || session.num("errorRows") != 1 {
		t.Fatalf("the import read %v, row 3: %v", session, leader.get("/api/v1/demand-imports/" + session.str("id") + "/rows?limit=1").list("items")[0].list("errors"))
	}
	imported := "/api/v1/demand-imports/" + session.str("id")
	if status, _ := leader.try("POST", imported+"/commit", nil); status != http.StatusConflict {
		t.Fatalf("an import with an error was committed: %d", status)
	}
	wrong := leader.get(imported + "/rows?onlyErrors=true").list("items")[0]
	if field := wrong.list("errors")[0].str("path"); field != "budget" && field != "budgetFen" {
		t.Fatalf("the wrong cell is not named: %v", wrong)
	}
	field := wrong.list("errors")[0].str("path")
	leader.send("PUT", fmt.Sprintf("%s/rows/%d", imported, wrong.num("row")), obj{"cells": obj{field: "150"}})
	leader.send("POST", imported+"/commit", nil)
	w.eventually("the drafts", func() bool { return leader.get(imported).str("state") == "committed" })
	drafts := leader.get("/api/v1/my-demands?state=draft&limit=200").list("items")
	if len(drafts) != len(texts) {
		t.Fatalf("%d drafts of %d rows", len(drafts), len(texts))
	}

	// One of them is reviewed and published.
	demand := find(drafts, "title", texts[0].title)
	path := "/api/v1/demands/" + demand.str("id")
	leader.send("POST", path+"/submit", nil)
	operator.send("POST", path+"/approve", obj{"note": "同意"})
	if status, _ := w.guest().try("GET", path, nil); status != http.StatusNotFound {
		t.Fatalf("an unpublished demand is public: %d", status)
	}
	deadline := w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)
	leader.send("POST", path+"/publish", obj{"deadline": deadline})

	// It is found by a phrase out of the middle of its title, marked as a hit.
	phrase := inner(texts[0].title)
	w.eventually("the demand to be found by "+phrase, func() bool {
		hits := w.guest().get("/api/v1/search?type=demand&q=" + url.QueryEscape(phrase)).list("hits")
		return len(hits) > 0 && hits[0].str("id") == demand.str("id") && len(hits[0].obj("title").list("marks")) > 0
	})
	// Those it fits are told, with reasons that sum to the score.
	for _, bidder := range []*person{winner, loser} {
		w.eventually("the push", func() bool {
			return len(bidder.get("/api/v1/my-pushes").list("items")) == 1 && has(bidder.get("/api/v1/inbox").list("items"), "kind", "demand.matched")
		})
		push := bidder.get("/api/v1/my-pushes").list("items")[0]
		sum := 0.0
		for _, r := range push.list("reasons") {
			sum += r["points"].(float64)
		}
		if score := push["score"].(float64); sum-score > 1e-9 || score-sum > 1e-9 || score <= 0 {
			t.Errorf("the reasons sum to %v, the score is %v", sum, score)
		}
	}

	// Two bid. Their plans and prices are nobody else's before the deadline.
	first := w.bid(winner, path, "双丝杠对称预紧", 96_000_000)
	second := w.bid(loser, path, "单侧补偿绝密方案", 71_000_000)
	if status, body := loser.try("POST", path+"/bids", obj{}); status != http.StatusConflict {
		t.Errorf("a second bid of one organisation: %d %v", status, body)
	}
	for who, p := range map[string]*person{"issuer": leader, "operator": operator, "rival": winner, "guest": w.guest()} {
		for _, secret := range []string{"单侧补偿绝密方案", "71000000"} {
			for _, at := range []string{path + "/bids", "/api/v1/bids/" + url.PathEscape(second), path, path + "/history"} {
				if _, body := p.try("GET", at, nil); strings.Contains(body.text(), secret) {
					t.Errorf("%s reads a sealed bid at %s", who, at)
				}
			}
		}
	}
	if n := w.guest().get(path).num("bidCount"); n != 2 {
		t.Errorf("the public counts %d bids", n)
	}
	if status, _ := leader.try("PUT", "/api/v1/bids/"+url.PathEscape(second)+"/scores", obj{"scores": []obj{{"key": "team", "score": 1, "reason": "早评"}}}); status < 400 {
		t.Error("a sealed bid was scored")
	}

	halfWay()

	// The deadline passes.
	w.clock.Advance(deadline.Add(time.Second).Sub(w.clock.Now())) // the first second after: closed to bidders, not yet recorded as closed
	if status, body := loser.try("POST", "/api/v1/bids/"+url.PathEscape(second)+"/withdraw", nil); status != http.StatusConflict {
		t.Errorf("a bid was withdrawn after the deadline: %d %v", status, body)
	}
	w.clock.Advance(5 * time.Minute)
	w.eventually("the closing", func() bool { return w.guest().get(path).str("state") != "published" })

	// The issuer judges and awards; not before the loser has its reasons.
	criteria := leader.get(path).list("criteria")
	for bid, score := range map[string]int{first: 86, second: 64} {
		at := "/api/v1/bids/" + url.PathEscape(bid)
		leader.send("POST", at+"/check", obj{"outcome": "pass"})
		var scores []obj
		for _, c := range criteria {
			scores = append(scores, obj{"key": c.str("key"), "score": score, "reason": "按" + c.str("name") + "评定"})
		}
		leader.send("PUT", at+"/scores", obj{"scores": scores})
		leader.send("POST", at+"/shortlist", obj{"shortlisted": true})
	}
	leader.send("PUT", path+"/award", obj{"winners": []string{first}, "reason": "方案可验证，总分最高"})
	if status, body := leader.try("POST", path+"/award/publish", nil); status != http.StatusConflict || body.str("code") != "award.feedback_missing" {
		t.Errorf("an award was published while a loser lacks its reason: %d %v", status, body)
	}
	leader.send("PUT", path+"/award", obj{"winners": []string{first}, "reason": "方案可验证，总分最高", "feedback": []obj{{"bidId": second, "reason": "热误差模型缺少验证数据"}}})
	leader.send("POST", path+"/award/publish", nil)

	// The loser learns why.
	feedback := loser.get("/api/v1/bids/" + url.PathEscape(second) + "/feedback")
	if feedback.str("outcome") != "lost" || feedback.str("reason") != "热误差模型缺少验证数据" || len(feedback.list("scores")) != len(criteria) || feedback.num("rank") != 2 {
		t.Errorf("the loser reads %v", feedback)
	}
	w.eventually("the loser's message", func() bool { return has(loser.get("/api/v1/inbox").list("items"), "kind", "bid.lost") })

	// The notice stands, then runs out; anyone reads the result, and nothing of the loser in it.
	w.eventually("the notice", func() bool { return w.guest().get(path).obj("notice").str("state") == "open" })
	w.clock.Advance(30 * 24 * time.Hour)
	w.eventually("the award", func() bool { return w.guest().get(path).str("state") == "awarded" })
	result := w.guest().get(path + "/result")
	bids := result.list("bids")
	if len(bids) != 2 || bids[0]["winner"] != true || bids[0].str("orgName") != winner.org || bids[1].str("orgName") != "" {
		t.Errorf("the public record is %v", result)
	}
	for _, secret := range []string{loser.org, "单侧补偿绝密方案", "71000000", "热误差模型缺少验证数据"} {
		if strings.Contains(result.text(), secret) {
			t.Errorf("the public record tells %s", secret)
		}
	}
}

// world is a running product as a test calls it, on a clock the test moves.
type world struct {
	t      testing.TB
	clock  movable
	origin string
	client *http.Client
	// staff makes a city operator who signs in with "a-good-password".
	staff  func(phone, name string)
	pause  time.Duration // between two looks of eventually; 0 means 20 ms
	few    bool          // import our own sample, whatever texts there are
	host   *host.Host    // of newWorld
	data   string
	stop   func() // the product; done at the end anyhow
	people int
}

// movable is a clock a test moves forward.
type movable interface {
	Now() time.Time
	Advance(d time.Duration)
}

// newWorld is the whole product in this process, behind a TCP port, on a clock that stands still. change may set what is not as
// on a laptop.
func newWorld(t testing.TB, change ...func(*host.Config)) *world {
	t.Helper()
	return newLoggedWorld(t, slog.New(slog.DiscardHandler), change...)
}

// newLoggedWorld is newWorld for whoever reads the log.
func newLoggedWorld(t testing.TB, log *slog.Logger, change ...func(*host.Config)) *world {
	t.Helper()
	clock := &host.Clock{}
	clock.Freeze(journeyBegins)
	c := host.Config{Target: "all", Data: t.TempDir()}
	for _, f := range change {
		f(&c)
	}
	return openWorld(t, clock, c, log)
}

// openWorld is a world on a directory and a clock of the caller's.
func openWorld(t testing.TB, clock *host.Clock, c host.Config, log *slog.Logger) *world {
	t.Helper()
	h, err := host.New(c, clock, log)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: clock, host: h, client: http.DefaultClient, data: c.Data}
	w.staff = func(phone, name string) {
		if err := account.BootstrapOperator(t.Context(), h.Peers("test"), phone, name, "a-good-password"); err != nil {
			t.Fatal(err)
		}
	}
	modules := everything(c, edge{ready: h.Ready, advance: func(time.Duration) error { return nil }})
	if err := h.Start(t.Context(), modules, modules); err != nil {
		t.Fatal(errors.Join(err, h.Close()))
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = h.Serve("gateway", listener) }()
	w.origin = "http://" + listener.Addr().String()
	w.stop = sync.OnceFunc(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

// journeyBegins is an ordinary Monday within the calendar of working days.
var journeyBegins = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// text is one technology demand as somebody wrote it.
type demandText struct{ title, content string }

// texts are real demand texts when the labelled sets are there, else a sample of our own.
func (w *world) texts() []demandText {
	own := []demandText{
		{"高速电主轴热误差在线补偿技术", "加工中心连续运行后主轴热伸长使孔距超差，需要在线预测并补偿热误差。"},
		{"锂电池极片毛刺在线视觉检测", "分切后极片边缘毛刺超过八微米会刺穿隔膜，需要产线速度下的在线检测。"},
		{"耐高温尼龙连接器翘曲控制", "薄壁连接器回流焊后翘曲超差，需要材料与模具协同改进。"},
	}
	if w.few {
		return own
	}
	f, err := os.Open("../../../../shared/eval/t1_demand_to_achievement/queries.dev.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		w.t.Log("the labelled sets are not here: importing our own sample")
		return own
	}
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	texts := own[:1]
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var d struct{ Title, Content string }
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			w.t.Fatal(err)
		}
		if n := len([]rune(d.Title)); n >= 4 && n <= 128 {
			texts = append(texts, demandText{d.Title, d.Content})
		}
	}
	w.t.Logf("importing %d real demand texts of the labelled sets", len(texts)-1)
	return texts
}

// spreadsheet is a workbook a procurement manager could have: real texts, a title line above the header, and one bad amount.
func spreadsheet(t testing.TB, texts []demandText) []byte {
	t.Helper()
	book := excelize.NewFile()
	rows := [][]any{{"2026年技术攻关需求汇总"}, {"需求名称", "所属产业链", "需求背景", "主要技术难点", "主要技术指标", "预期投入（万元）", "完成时限（月）", "合作方式", "联系人", "联系电话"}}
	for i, d := range texts {
		amount := any(80 + i)
		if i == 1 {
			amount = "大约一百多"
		}
		content := d.content
		if runes := []rune(content); len(runes) > 4000 {
			content = string(runes[:4000])
		}
		if strings.TrimSpace(content) == "" {
			content = d.title
		}
		rows = append(rows, []any{d.title, "工业母机", content, "现有办法在连续生产中不稳定，需要新的原理或结构。", "合格率不低于 99.5%", amount, 12, "联合研发", "沈工", "13800000001"})
	}
	for i, row := range rows {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inner is a phrase out of the middle of a title.
func inner(title string) string {
	runes := []rune(title)
	return string(runes[2:min(len(runes), 7)])
}

func (w *world) guest() *person { return &person{w: w} }

func (w *world) operator() *person {
	w.t.Helper()
	p := &person{w: w, phone: w.phone()}
	w.staff(p.phone, "主管")
	return p
}

// organisation signs up, proves itself and is verified.
func (w *world) organisation(operator *person, name, code, capacity string) *person {
	w.t.Helper()
	p := &person{w: w, phone: w.phone(), org: name + "演示有限公司"}
	session := w.guest().send("POST", "/api/v1/auth/sign-up", obj{"phone": p.phone, "email": p.phone + "@example.com", "name": name, "password": "a-good-password",
		"organisation": p.profile(code, capacity, "从事高速电主轴与数控机床热误差补偿的研发和制造。")})
	p.token, p.expires = session.str("accessToken"), w.clock.Now().Add(4*time.Minute)
	p.orgID = session.obj("me").obj("organisation").str("orgId")
	org := "/api/v1/organisations/" + p.orgID
	p.upload(org+"/evidence", "营业执照.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"))
	p.send("POST", org+"/submit", nil)
	operator.send("POST", org+"/verify", obj{"proof": "查验原件"})
	p.expires = time.Time{} // the next token says that it is verified
	w.eventually(name+" to be indexed", func() bool {
		return has(w.guest().get("/api/v1/search?type=organisation&q="+url.QueryEscape(p.org)).list("hits"), "id", strings.TrimPrefix(org, "/api/v1/organisations/"))
	})
	return p
}

// profile is what the person's organisation says of itself.
func (p *person) profile(code, capacity, summary string) obj {
	p.w.t.Helper()
	reference := p.w.guest().get("/api/v1/reference")
	chain := find(reference.list("chains"), "name", "工业母机")
	if chain == nil {
		chain = reference.list("chains")[0]
	}
	return obj{"name": p.org, "creditCode": code, "capacities": strings.Split(capacity, ","), "districtCode": reference.list("districts")[0].str("code"),
		"chainCodes": []string{chain.str("code")}, "sizeClass": "small", "employees": 80, "summary": summary, "products": []string{"电主轴", "热误差补偿"},
		"contact": obj{"name": "联系人", "phone": p.phone}}
}

// bid fills in both parts and submits.
func (w *world) bid(p *person, demand, plan string, priceFen int64) string {
	w.t.Helper()
	docking := p.get(demand + "/bid-prefill").obj("docking")
	if docking.str("organisationName") != p.org {
		w.t.Errorf("the interest form is not filled from the dossier: %v", docking)
	}
	bid := p.send("POST", demand+"/bids", obj{"docking": docking, "application": obj{"title": plan, "capability": "十年经验", "team": "五人", "plan": plan, "priceFen": priceFen,
		"scheduleMonths": 10, "schedule": "分三个阶段", "cooperationWay": "joint"}})
	p.send("POST", "/api/v1/bids/"+url.PathEscape(bid.str("id"))+"/submit", nil)
	return bid.str("id")
}

func (w *world) phone() string {
	w.people++
	return fmt.Sprintf("138000001%02d", w.people)
}

func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(max(w.pause, 20*time.Millisecond)) {
		if ok() {
			return
		}
	}
	w.t.Fatalf("waited in vain for %s", what)
}

// person calls the API as somebody; without a phone, as a guest.
type person struct {
	w       *world
	phone   string
	org     string // its name
	orgID   string
	token   string
	expires time.Time
}

type obj map[string]any

func (o obj) str(k string) string { s, _ := o[k].(string); return s }
func (o obj) num(k string) int    { n, _ := o[k].(float64); return int(n) }
func (o obj) obj(k string) obj    { m, _ := o[k].(map[string]any); return m }
func (o obj) text() string        { b, _ := json.Marshal(o); return string(b) } //nolint:errchkjson // it came as JSON
func (o obj) list(k string) []obj {
	all, _ := o[k].([]any)
	list := make([]obj, len(all))
	for i, item := range all {
		list[i], _ = item.(map[string]any)
	}
	return list
}

func find(list []obj, key, value string) obj {
	for _, o := range list {
		if o.str(key) == value {
			return o
		}
	}
	return nil
}

func has(list []obj, key, value string) bool { return find(list, key, value) != nil }

func (p *person) get(path string) obj { p.w.t.Helper(); return p.send("GET", path, nil) }

// send expects success.
func (p *person) send(method, path string, body any) obj {
	p.w.t.Helper()
	status, answer := p.try(method, path, body)
	if status >= 300 {
		p.w.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

func (p *person) try(method, path string, body any) (int, obj) {
	p.w.t.Helper()
	return p.do(method, path, "application/json", encoded(p.w.t, body))
}

func (p *person) upload(path, name string, file []byte) obj {
	p.w.t.Helper()
	kind, body := form(p.w.t, name, file)
	status, answer := p.do("POST", path, kind, body)
	if status >= 300 {
		p.w.t.Fatalf("upload to %s: %d %v", path, status, answer)
	}
	return answer
}

// form is a file as a browser sends it.
func form(t testing.TB, name string, file []byte) (kind string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = part.Write(file)
	if err = errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), b.Bytes()
}

func encoded(t testing.TB, body any) []byte {
	t.Helper()
	if body == nil {
		return nil
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (p *person) do(method, path, kind string, body []byte) (int, obj) {
	p.w.t.Helper()
	if p.phone != "" && !p.w.clock.Now().Before(p.expires) {
		session := p.w.guest().send("POST", "/api/v1/auth/sign-in", obj{"login": p.phone, "password": "a-good-password"})
		p.token, p.expires = session.str("accessToken"), p.w.clock.Now().Add(4*time.Minute)
	}
	for limit := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		status, _, answer, err := p.attempt(method, path, kind, body, nil)
		if err != nil {
			p.w.t.Fatal(err)
		}
		// The edge's own limit is tested at the edge; a journey waits as it is told to.
		if status != http.StatusTooManyRequests || answer.str("code") != "too_many_requests" || time.Now().After(limit) {
			return status, answer
		}
	}
}

// attempt is one request that may find nobody there.
func (p *person) attempt(method, path, kind string, body []byte, headers map[string]string) (int, http.Header, obj, error) {
	r, err := http.NewRequestWithContext(p.w.t.Context(), method, p.w.origin+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", kind)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := p.w.client.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, nil, nil, err
	}
	out := obj{}
	if len(b) > 0 {
		if err := json.Unmarshal(b, &out); err != nil {
			return 0, nil, nil, fmt.Errorf("%s %s answered no JSON: %s", method, path, b)
		}
	}
	return answer.StatusCode, answer.Header, out, nil
}

// TestDecisionsEndWithTheSession: a token is good for minutes, a decision is not: who signed out everywhere decides nothing more with
// the token still at hand, and reads on until it runs out.
func TestDecisionsEndWithTheSession(t *testing.T) {
	w := newWorld(t)
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	demand := leader.send("POST", "/api/v1/demands", obj{"title": "热误差补偿", "kind": "rnd"})
	path := "/api/v1/demands/" + demand.str("id")
	leader.get("/api/v1/me")
	stolen := &person{w: w, token: leader.token}
	leader.send("POST", "/api/v1/auth/sign-out-everywhere", nil)
	if status, body := stolen.try("POST", path+"/withdraw", obj{"reason": "不再需要"}); status != http.StatusUnauthorized || body.str("code") != "auth.session_ended" {
		t.Errorf("a decision with the token of an ended session: %d %v", status, body)
	}
	if status, _ := stolen.try("GET", path, nil); status != http.StatusOK {
		t.Errorf("reading until the token runs out: %d", status)
	}
	if got := leader.get(path).str("state"); got != "draft" {
		t.Errorf("the demand is %s", got)
	}
}
