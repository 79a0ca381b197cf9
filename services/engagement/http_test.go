package engagement

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
)

type obj = map[string]any

// town is the service on a real store, with everybody else played.
type town struct {
	t      testing.TB
	s      *Service
	db     *docstore.DB
	url    string
	mu     sync.Mutex
	at     time.Time
	orgs   map[string]Organisation
	firms  map[string]Firm
	pool   map[string]PoolStanding
	people map[string]access.Actor
	heard  []docstore.Event
	stop   func()
	http   *resttest.Client
}

func (w *town) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// Get, Firms and Names play account.
func (w *town) Get(_ context.Context, ids []string) (map[string]Organisation, error) {
	all := map[string]Organisation{}
	for _, id := range ids {
		if o, ok := w.orgs[id]; ok {
			all[id] = o
		}
	}
	return all, nil
}

func (w *town) Firms(context.Context, []string) (map[string]Firm, error) { return w.firms, nil }

func (w *town) Names(context.Context) (districts, categories map[string]string, err error) {
	return map[string]string{"d1": "澜江区", "d2": "云湖区"}, map[string]string{"innovation": "技术创新", "ip": "知识产权"}, nil
}

// Standing plays the provider service.
func (w *town) Standing(context.Context, []string) (map[string]PoolStanding, error) {
	return w.pool, nil
}

// Calendar is the city's: it has one holiday that the program did not ship with.
func (w *town) Calendar(context.Context) (when.Calendar, error) {
	return when.Calendar{Holidays: append([]string{cityHoliday}, when.Default.Holidays...), Workdays: when.Default.Workdays}, nil
}

const cityHoliday = "2031-05-06"

func TestClocksGoByTheCitysCalendar(t *testing.T) {
	w := newTown(t)
	settings, err := w.s.inForce(t.Context())
	if err != nil || settings.Calendar.Working(time.Date(2031, 5, 6, 4, 0, 0, 0, time.UTC)) {
		t.Errorf("the city's holiday counts as a working day (%v)", err)
	}
}

// Parked and Retry play the relay.
func (w *town) Parked(context.Context, string, int) (docstore.Page[docstore.Parked], error) {
	return docstore.Page[docstore.Parked]{Items: []docstore.Doc[docstore.Parked]{{ID: "e1", Body: docstore.Parked{Tries: 12, Error: "no answer"}}}}, nil
}

func (w *town) Retry(_ context.Context, id string) error {
	if id != "e1" {
		return fault.New(fault.NotFound, "", "not parked")
	}
	return nil
}

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{t: t, at: day0, url: "sqlite:" + filepath.Join(t.TempDir(), "engagement.db"), orgs: map[string]Organisation{}, firms: map[string]Firm{}, people: map[string]access.Actor{}}
	org := func(id, name string, provides, verified bool) {
		w.orgs[id] = Organisation{ID: id, Name: name, Verified: verified, Provider: provides, Size: Small, District: "d1", Contact: Contact{Name: name + "的王工", Phone: "1390000" + id}}
		caps := []access.Capacity{access.SME}
		if provides {
			caps = []access.Capacity{access.Provider}
		}
		w.people[id] = access.Actor{UserID: "u-" + id, OrgID: id, Capacities: caps, Role: access.Owner, Verified: verified}
	}
	org("client", "甬江轴承", false, true)
	org("other", "云湖模具", false, true)
	org("new", "新登记企业", false, false)
	for i := range 6 {
		org(fmt.Sprintf("p%d", i), fmt.Sprintf("服务机构%d", i), true, true)
	}
	w.people["city"] = access.Actor{UserID: "u-city", Staff: access.CityOperator}
	w.people["d1"] = access.Actor{UserID: "u-d1", Staff: access.DistrictOperator, District: "d1"}
	w.people["d2"] = access.Actor{UserID: "u-d2", Staff: access.DistrictOperator, District: "d2"}
	w.open()
	t.Cleanup(func() { w.stop() })
	return w
}

// open starts the service on its store, as a process does.
func (w *town) open() {
	ctx, cancel := context.WithCancel(context.Background())
	quiet := slog.New(slog.DiscardHandler)
	db, err := docstore.Open(ctx, docstore.Options{Name: "engagement", URL: w.url, Now: w.now, Logger: quiet, Sole: true})
	must(w.t, err)
	files, err := blob.OpenDir(w.t.TempDir(), 0)
	must(w.t, err)
	log, err := audit.Open(ctx, db, "engagement")
	must(w.t, err)
	w.db = db
	w.s, err = NewService(ctx, Options{DB: db, Organisations: w, Pool: w, Files: files, Relay: w, Audit: log, Now: w.now, Log: quiet})
	must(w.t, err)
	spec, err := api.GetSpec()
	must(w.t, err)
	app, err := newApp(w.s, rest.Options{Name: "engagement", Now: w.now, Log: quiet, BodyLimit: bodyLimit, Verify: func(_ context.Context, token string) (access.Actor, error) {
		if token == "peer" {
			return access.Actor{Service: "provider"}, nil
		}
		if a, ok := w.people[token]; ok {
			return a, nil
		}
		return access.Actor{}, fault.New(fault.Unauthenticated, "", "unknown token")
	}})
	must(w.t, err)
	w.http = resttest.New(w.t, app.Fiber, spec)
	relay := docstore.NewRelay(db, docstore.RelayOptions{Poll: 5 * time.Millisecond, Deliver: func(ctx context.Context, e docstore.Event) error {
		if err := w.s.Settled(ctx, e); err != nil {
			return err
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.heard = append(w.heard, e)
		return nil
	}})
	done := make(chan struct{})
	go func() { defer close(done); _ = relay.Run(ctx) }()
	w.stop = func() {
		cancel()
		<-done
		must(w.t, db.Close(context.Background()))
	}
}

// settled waits until what was written has been told and the read models followed.
func (w *town) settled(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s", what)
		}
	}
}

func (w *town) told(kind, id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.heard {
		if e.Kind == kind && (id == "" || e.DocumentID == id) {
			n++
		}
	}
	return n
}

func enquiryTo(providers ...string) obj {
	return obj{"providerOrgIds": providers, "category": "技术创新", "subject": "主轴轴承寿命检测", "need": "三种型号各五套", "district": "澜江区", "budgetFen": 10_000_000}
}

func quoteOf(fen int) obj {
	return obj{"scope": "按国标试验并出报告", "priceFen": fen, "days": 30, "validUntil": "2026-12-20", "milestones": []obj{{"name": "报告", "dueDay": 30, "amountFen": fen}}}
}

var serviceMarks = []obj{{"key": "quality", "score": 5}, {"key": "timeliness", "score": 4}, {"key": "value", "score": 5}}

const pdf = "%%PDF-1.4\n%%%s\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF\n"

func (w *town) upload(who, content string) string {
	var f api.EngagementFile
	w.http.As(who).Upload("/api/v1/engagement-files", "合同.pdf", []byte(fmt.Sprintf(pdf, content)), nil).Want(201).Into(&f)
	return f.Id
}

// dealing brings one enquiry to a signed contract and gives its path.
func (w *town) dealing(client, provider string) string {
	var q api.Enquiry
	w.http.As(client).Post("/api/v1/engagements", enquiryTo(provider)).Want(201).Into(&q)
	path := "/api/v1/engagements/" + q.Engagements[0].Id
	w.http.As(provider).Post(path+"/quote", quoteOf(8_000_000)).Want(200)
	w.http.As(client).Post(path+"/accept", obj{"version": 1}).Want(200)
	w.http.As(provider).Post(path+"/contract", obj{"amountFen": 8_000_000, "signedOn": "2026-11-23", "payDays": 30}).Want(200)
	w.http.As(client).Post(path+"/contract/confirm", nil).Want(200)
	w.http.As(provider).Post(path+"/start", nil).Want(200)
	return path
}

// TestFiveWayEnquiry carries one enquiry to five providers to a rated delivery over HTTP, beginning each step with those who may not.
func TestFiveWayEnquiry(t *testing.T) {
	w := newTown(t)
	c := w.http
	buyer, winner, rival, stranger, city := c.As("client"), c.As("p0"), c.As("p1"), c.As("other"), c.As("city")
	c.Post("/api/v1/engagements", enquiryTo("p0")).Refused(401, "unauthenticated")
	c.As("new").Post("/api/v1/engagements", enquiryTo("p0")).Refused(403, "org.not_verified")
	buyer.Post("/api/v1/engagements", enquiryTo("p0", "p1", "p2", "p3", "p4", "p5")).Refused(422, "invalid")
	buyer.Post("/api/v1/engagements", enquiryTo("other")).Refused(422, "invalid").Field("providerOrgIds", "not_a_provider")
	bad := enquiryTo("p0")
	bad["district"] = "月球"
	buyer.Post("/api/v1/engagements", bad).Refused(422, "invalid").Field("district", "not_a_choice")

	var q, again api.Enquiry
	buyer.Key("enquiry-1").Post("/api/v1/engagements", enquiryTo("p0", "p1", "p2", "p3", "p4")).Want(201).Into(&q)
	buyer.Key("enquiry-1").Post("/api/v1/engagements", enquiryTo("p0", "p1", "p2", "p3", "p4")).Want(201).Into(&again)
	if len(q.Engagements) != 5 || again.Id != q.Id || len(again.Engagements) != 5 {
		t.Fatalf("%d engagements, again %d", len(q.Engagements), len(again.Engagements))
	}
	at := map[string]string{}
	for _, e := range q.Engagements {
		at[e.Provider.OrgId] = "/api/v1/engagements/" + e.Id
	}
	path := at["p0"]

	// A provider sees its own, and no trace of the others.
	for _, who := range []*resttest.Client{rival, stranger, c.As("d2")} {
		who.Get(path).Refused(404, "not_found")
	}
	c.Get(path).Refused(401, "unauthenticated")
	answer := winner.Get(path).Want(200)
	var e api.Engagement
	answer.Into(&e)
	if s := string(answer.Body); strings.Contains(s, q.Id) || strings.Contains(s, "服务机构1") || strings.Contains(s, "1390000") {
		t.Errorf("the provider reads %s", s)
	}
	if e.Turn.Role != "provider" || !e.Turn.Mine || e.Turn.WorkingDaysLeft != 2 || e.EnquiryId != "" {
		t.Errorf("%+v", e.Turn)
	}
	winner.Get("/api/v1/engagement-enquiries/"+q.Id).Refused(404, "not_found")
	var page api.EngagementPage
	winner.Get("/api/v1/engagements?side=provider").Want(200).Into(&page)
	if len(page.Items) != 1 {
		t.Errorf("the provider lists %d", len(page.Items))
	}

	// The thread, with a file: only those whose dealing it is.
	file := w.upload("client", "图纸")
	stranger.Post(path+"/messages", obj{"text": "x"}).Refused(404, "not_found")
	winner.Post(path+"/messages", obj{"text": "x", "fileIds": []string{file}}).Refused(422, "invalid").Field("fileIds", "not_in")
	buyer.Post(path+"/messages", obj{"text": "图纸见附件", "fileIds": []string{file}}).Want(201)
	winner.Post(path+"/messages", obj{"text": "收到，今天报价"}).Want(201)
	var thread api.EngagementMessagePage
	buyer.Get(path + "/messages").Want(200).Into(&thread)
	if len(thread.Items) != 2 || !thread.Items[0].Mine || thread.Items[1].Mine {
		t.Errorf("%+v", thread)
	}
	winner.Get(path + "/files/" + file).Want(200)
	rival.Get(at["p1"]+"/files/"+file).Refused(404, "not_found")

	// Quotes, a negotiation, one refusal.
	buyer.Post(path+"/quote", quoteOf(1)).Refused(403, "forbidden")
	wrong := quoteOf(9_000_000)
	wrong["milestones"] = []obj{{"name": "一半", "dueDay": 1, "amountFen": 1}}
	winner.Post(path+"/quote", wrong).Refused(422, "invalid").Field("milestones", "sum")
	winner.Post(path+"/quote", quoteOf(9_000_000)).Want(200)
	rival.Post(at["p1"]+"/quote", quoteOf(7_000_000)).Want(200)
	c.As("p2").Post(at["p2"]+"/decline", obj{"reason": "近期排满"}).Want(200)
	buyer.Post(path+"/requote", obj{"reason": "能否八万以内"}).Want(200)
	winner.Post(path+"/quote", quoteOf(8_000_000)).Want(200)
	buyer.Post(path+"/accept", obj{"version": 1}).Refused(409, "quote.superseded")
	buyer.Get("/api/v1/engagement-enquiries/" + q.Id).Want(200).Into(&again)
	buyer.IfMatch(`"1"`).Post(path+"/accept", obj{"version": 2}).Refused(412, "stale")
	answer = buyer.Post(path+"/accept", obj{"version": 2}).Want(200)
	answer.Into(&e)
	if e.Client.Contact.Phone == "" || e.Provider.Contact.Phone != "1390000p0" || len(e.Quotes) != 2 || e.Quotes[1].Asked != "能否八万以内" {
		t.Errorf("%s", answer.Body)
	}

	// Contract, from the paper of the platform; then the work.
	for _, format := range []string{"docx", "pdf"} {
		if got := buyer.Get(path + "/contract/paper?format=" + format).Want(200); len(got.Body) < 1000 {
			t.Errorf("a contract of %d bytes", len(got.Body))
		}
	}
	winner.Post(path+"/contract/confirm", nil).Refused(409, "contract.not_proposed")
	winner.Post(path+"/contract", obj{"amountFen": 8_000_000, "signedOn": "2026-11-23", "payDays": 30, "fileIds": []string{w.upload("p0", "合同")}}).Want(200)
	winner.Post(path+"/contract/confirm", nil).Refused(409, "contract.not_proposed")
	buyer.Post(path+"/contract/confirm", nil).Want(200)
	winner.Post(path+"/start", nil).Want(200)
	winner.Put(path+"/milestones/0", obj{"state": "delayed"}).Refused(422, "invalid").Field("note", "required")
	winner.Put(path+"/milestones/0", obj{"state": "done"}).Want(200)
	winner.Post(path+"/deliver", obj{}).Refused(422, "invalid").Field("note", "required")
	winner.Post(path+"/deliver", obj{"note": "报告初稿"}).Want(200)
	buyer.Post(path+"/delivery/return", obj{"reason": "缺一种型号"}).Want(200)
	winner.Post(path+"/deliver", obj{"note": "完整报告", "fileIds": []string{w.upload("p0", "报告")}}).Want(200)
	rival.Post(path+"/delivery/accept", nil).Refused(404, "not_found")
	buyer.Post(path+"/rating", obj{"marks": serviceMarks, "text": "很好"}).Refused(409, "engagement.wrong_state")
	buyer.Post(path+"/delivery/accept", nil).Want(200)

	// Money and words.
	buyer.Post(path+"/payments", obj{"amountFen": 9_000_000, "paidOn": "2026-11-23"}).Refused(409, "payment.over_contract")
	buyer.Post(path+"/payments", obj{"amountFen": 8_000_000, "paidOn": "2026-11-23"}).Want(200)
	buyer.Post(path+"/payments/1/confirm", nil).Refused(403, "forbidden")
	winner.Post(path+"/payments/1/confirm", nil).Want(200)
	winner.Post(path+"/rating", obj{"marks": []obj{{"key": "clarity", "score": 5}, {"key": "cooperation", "score": 5}, {"key": "payment", "score": 5}}, "text": "配合顺畅"}).Want(200)
	e = api.Engagement{}
	buyer.Get(path).Want(200).Into(&e)
	if e.Custom.Text != "" {
		t.Error("the client reads how it was rated before it has rated")
	}
	buyer.Post(path+"/rating", obj{"marks": serviceMarks[:2], "text": "很好"}).Refused(422, "invalid")
	buyer.Post(path+"/rating", obj{"marks": serviceMarks, "text": "报告扎实"}).Want(200)
	buyer.Post(path+"/rating", obj{"marks": serviceMarks, "text": "报告扎实"}).Refused(409, "rating.given")
	winner.Post(path+"/rating/reply", obj{"text": "谢谢信任"}).Want(200)

	var rows api.ProviderRatings
	public := c.Get("/api/v1/engagement-ratings/p0").Want(200)
	public.Into(&rows)
	if len(rows.Rows) != 1 || rows.Reputation.Count != 1 || strings.Contains(string(public.Body), "甬江轴承") || strings.Contains(string(public.Body), `"client"`+`:"client"`) {
		t.Errorf("%s", public.Body)
	}
	var list api.ReputationList
	c.As("peer").Post("/internal/v1/engagement-reputations", obj{"orgIds": []string{"p1", "p0"}}).Want(200).Into(&list)
	if len(list.Items) != 2 || list.Items[0].Count != 0 || list.Items[1].Score != rows.Reputation.Score {
		t.Errorf("%+v", list)
	}
	buyer.Post("/internal/v1/engagement-reputations", obj{"orgIds": []string{"p0"}}).Refused(403, "forbidden")

	// The figures follow, and each number is the sum of its rows.
	var f api.Figures
	w.settled("figures of five enquiries", func() bool {
		city.Get("/api/v1/engagement-figures").Want(200).Into(&f)
		return f.Total.Enquiries == 5 && f.Total.Rated == 1 && f.Total.PaidFen == 8_000_000
	})
	buyer.Get("/api/v1/engagement-figures").Refused(403, "forbidden")
	c.As("d1").Get("/api/v1/engagement-figures?district=d2").Refused(403, "forbidden")
	for m, want := range map[string]int64{"enquiries": 5, "quoted": 2, "contractFen": 8_000_000, "marks": 14, "declined": 1, "answeredInTime": 3, "waiting": 2} {
		var sum int64
		var rows api.FigureRowPage
		for cursor := ""; ; cursor = rows.Next {
			city.Get("/api/v1/engagement-figures/rows?limit=2&measure=" + m + "&cursor=" + cursor).Want(200).Into(&rows)
			for _, r := range rows.Items {
				sum += r.Value
			}
			if rows.Next == "" {
				break
			}
		}
		if sum != want {
			t.Errorf("the rows of %s add up to %d, want %d", m, sum, want)
		}
	}
	city.Get("/api/v1/engagement-figures/export").Want(200)

	// Told once each, to whom it concerns.
	w.settled("the events", func() bool { return w.told(rated, "") == 2 && w.told(enquired, "") == 5 })
	for _, e := range w.heard {
		var m message
		must(t, json.Unmarshal(e.Data, &m))
		if len(m.Recipients) == 0 && e.Source == "engagements" {
			t.Errorf("%s is told to nobody", e.Kind)
		}
	}
	var audited api.AuditPage
	city.Get("/api/v1/engagement-audit?limit=200").Want(200).Into(&audited)
	if len(audited.Items) < 15 {
		t.Errorf("only %d decisions are on record", len(audited.Items))
	}
}

// TestClockOverHTTP: an enquiry nobody answers is escalated once, over a restart and a clock jump.
func TestClockOverHTTP(t *testing.T) {
	w := newTown(t)
	var q api.Enquiry
	w.http.As("client").Post("/api/v1/engagements", enquiryTo("p0")).Want(201).Into(&q)
	id := q.Engagements[0].Id
	w.stop()
	w.pass(30 * 24 * time.Hour)
	w.open()
	for range 3 {
		if _, err := w.s.RunDue(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	w.settled("the word that nobody answered", func() bool { return w.told(unanswered, id) == 1 })
	var page api.EngagementPage
	w.http.As("d1").Get("/api/v1/engagement-queue?queue=unanswered").Want(200).Into(&page)
	if len(page.Items) != 1 || !page.Items[0].Escalated {
		t.Errorf("%+v", page.Items)
	}
	w.http.As("d2").Get("/api/v1/engagement-queue?queue=unanswered").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Error("another district sees it")
	}
	w.http.As("p0").Post("/api/v1/engagements/"+id+"/messages", obj{"text": "抱歉，刚看到"}).Want(201)
	w.http.As("city").Get("/api/v1/engagement-queue").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Error("an answered enquiry is still in the queue")
	}
	w.pass(-60 * 24 * time.Hour)
	if _, err := w.s.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if w.told(unanswered, id) != 1 || w.told(firstAnswerSoon, id) != 0 {
		t.Error("a reminder came again, or too late")
	}
}

// TestDisputeAndAside: mediation, cancellation by both, a rating set aside, contested and restored.
func TestDisputeAndAside(t *testing.T) {
	w := newTown(t)
	c := w.http
	buyer, seller, district := c.As("client"), c.As("p0"), c.As("d1")
	path := w.dealing("client", "p0")
	buyer.Post(path+"/cancel", obj{"reason": "项目下马"}).Want(200)
	buyer.Post(path+"/cancel", obj{"reason": "项目下马"}).Refused(409, "engagement.cancel_asked")
	seller.Post(path+"/cancel/refuse", obj{"reason": "已备料"}).Want(200)
	seller.Post(path+"/deliver", obj{"note": "报告"}).Want(200)
	buyer.Post(path+"/dispute", obj{"reason": "数据不实", "wants": "重做"}).Want(200)
	seller.Post(path+"/dispute/settle", obj{"reason": "没有的事"}).Refused(409, "dispute.not_yours")
	buyer.Post(path+"/dispute/mediate", obj{"outcome": "redo", "finding": "x2"}).Refused(403, "forbidden")
	c.As("d2").Post(path+"/dispute/mediate", obj{"outcome": "redo", "finding": "应重做"}).Refused(404, "not_found")
	var page api.EngagementPage
	district.Get("/api/v1/engagement-queue?queue=dispute").Want(200).Into(&page)
	if len(page.Items) != 1 {
		t.Fatal("the dispute is in no queue")
	}
	district.Post(path+"/dispute/mediate", obj{"outcome": "redo", "finding": "应重做"}).Want(200)
	seller.Post(path+"/deliver", obj{"note": "新报告"}).Want(200)
	buyer.Post(path+"/dispute", obj{"reason": "还是不行"}).Want(200)
	buyer.Post(path+"/dispute/settle", obj{"reason": "已谈妥"}).Want(200)
	buyer.Post(path+"/delivery/accept", obj{"note": "可以"}).Want(200)
	buyer.Post(path+"/rating", obj{"marks": []obj{{"key": "quality", "score": 1}, {"key": "timeliness", "score": 1}, {"key": "value", "score": 1}}, "text": "很差"}).Want(200)

	score := func() api.Reputation {
		var r api.ProviderRatings
		c.Get("/api/v1/engagement-ratings/p0").Want(200).Into(&r)
		return r.Reputation
	}
	low := score()
	aside := obj{"of": "client", "ground": "retaliation", "reason": "因未满足不合理要求而给低分"}
	buyer.Post(path+"/rating/set-aside", aside).Refused(403, "forbidden")
	district.Post(path+"/rating/set-aside", aside).Want(200)
	if r := score(); r.Count != 0 || r.SetAside != 1 || r.Score <= low.Score {
		t.Errorf("set aside: %+v, before %+v", r, low)
	}
	district.Post(path+"/rating/set-aside/decide", obj{"of": "client", "restore": true, "reason": "x2"}).Refused(409, "rating.not_contested")
	buyer.Post(path+"/rating/set-aside/contest", obj{"of": "client", "reason": "评价属实"}).Want(200)
	district.Get("/api/v1/engagement-queue?queue=contest").Want(200).Into(&page)
	if len(page.Items) != 1 {
		t.Error("the contest is in no queue")
	}
	district.Post(path+"/rating/set-aside/decide", obj{"of": "client", "restore": true, "reason": "查明属实"}).Want(200)
	if r := score(); r.Score != low.Score {
		t.Errorf("restored: %+v, before %+v", r, low)
	}
	path = w.dealing("other", "p0")
	seller.Post(path+"/cancel", obj{"reason": "设备故障"}).Want(200)
	var e api.Engagement
	c.As("other").Post(path+"/cancel", obj{"reason": "同意"}).Want(200).Into(&e)
	if e.State != "cancelled" {
		t.Errorf("both agreed, and it is %s", e.State)
	}
	var desk api.ServiceDesk
	seller.Get("/api/v1/engagement-desk").Want(200).Into(&desk)
	if desk.Reputation.Count != 1 || len(desk.Facts) != 5 {
		t.Errorf("%+v", desk)
	}
	buyer.Get("/api/v1/engagement-desk").Refused(403, "forbidden")
}

// TestOfflineAndFlags: a dealing entered afterwards counts once the client confirms; the same invoice twice is flagged, contestable and
// without effect.
func TestOfflineAndFlags(t *testing.T) {
	w := newTown(t)
	c := w.http
	seller, city := c.As("p0"), c.As("city")
	w.firms = map[string]Firm{"p0": {Address: "澜江区一号"}, "other": {Address: "澜江区 一号"}}
	in := func(client, invoice string) obj {
		return obj{"clientOrgId": client, "category": "ip", "subject": "专利布局", "need": "十件专利", "district": "d1", "from": "2026-03-01", "to": "2026-05-01", "amountFen": 5_000_000,
			"result": "完成", "invoiceFileIds": []string{invoice}}
	}
	without := in("client", "")
	delete(without, "invoiceFileIds")
	seller.Post("/api/v1/engagement-records", without).Refused(422, "invalid").Field("files", "required")
	c.As("client").Post("/api/v1/engagement-records", without).Refused(403, "forbidden")
	var first, second api.Engagement
	seller.Post("/api/v1/engagement-records", in("client", w.upload("p0", "发票"))).Want(201).Into(&first)
	seller.Post("/api/v1/engagement-records", in("other", w.upload("p0", "发票"))).Want(201).Into(&second)
	path := "/api/v1/engagements/" + first.Id
	total := func() int64 {
		var f api.Figures
		city.Get("/api/v1/engagement-figures").Want(200).Into(&f)
		return f.Total.ContractFen
	}
	w.settled("the records are told", func() bool { return w.told(offlineRecorded, "") == 2 })
	if total() != 0 {
		t.Error("an unconfirmed record counts")
	}
	seller.Post(path+"/offline/confirm", nil).Refused(403, "forbidden")
	c.As("client").Post(path+"/delivery/accept", nil).Refused(409, "engagement.offline")
	c.As("client").Post(path+"/offline/confirm", nil).Want(200)
	c.As("other").Post("/api/v1/engagements/"+second.Id+"/offline/refuse", obj{"reason": "没有这项服务"}).Want(200)
	w.settled("the confirmed record counts", func() bool { return total() == 5_000_000 })

	var flags api.FlagPage
	kinds := map[string]api.Flag{}
	w.settled("two flags", func() bool {
		city.Get("/api/v1/engagement-flags").Want(200).Into(&flags)
		for _, f := range flags.Items {
			kinds[string(f.Kind)] = f
		}
		return len(kinds) == 2
	})
	dup := kinds["duplicate_evidence"]
	if related := kinds["related_party"]; len(dup.EngagementIds) != 2 || related.Detail != "address" {
		t.Errorf("%+v", kinds)
	}
	at := "/api/v1/engagement-flags/" + dup.Id
	c.As("p3").Post(at+"/contest", obj{"reason": "与我无关"}).Refused(404, "not_found")
	c.As("d2").Post(at+"/decide", obj{"uphold": true, "reason": "x2"}).Refused(404, "not_found")
	seller.Post(at+"/contest", obj{"reason": "一张发票开了两项服务"}).Want(200)
	seller.Post(at+"/contest", obj{"reason": "再说一次"}).Refused(409, "flag.wrong_state")
	c.As("d1").Post(at+"/decide", obj{"uphold": false, "reason": "解释合理"}).Want(200)
	if total() != 5_000_000 {
		t.Error("a flag had an effect by itself")
	}
}

// TestHandover: a service demand's chosen quote opens an accepted engagement, once.
func TestHandover(t *testing.T) {
	w := newTown(t)
	data, err := json.Marshal(obj{"recipients": []obj{{"orgId": "p0"}}, "link": "/x", "params": obj{"demandId": "dem1", "title": "数字化诊断", "handover": obj{"clientId": "client",
		"clientName": "甬江轴承", "providerId": "p0", "providerName": "服务机构0", "category": "innovation", "district": "d1", "need": "", "scope": "两轮诊断", "priceFen": 3_000_000, "days": 20}}})
	must(t, err)
	event := obj{"id": "ev1", "kind": "bid.chosen", "source": "bids", "documentId": "dem1:1:p0", "rev": 3, "at": day0.UnixMilli(), "data": json.RawMessage(data)}
	for range 2 {
		w.http.As("peer").Post("/internal/v1/events", event).Want(204)
	}
	w.http.As("client").Post("/internal/v1/events", event).Refused(403, "forbidden")
	var page api.EngagementPage
	w.http.As("client").Get("/api/v1/engagements").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].State != "accepted" || page.Items[0].Quotes[0].PriceFen != 3_000_000 {
		t.Fatalf("%+v", page.Items)
	}
	w.http.As("p0").Post("/api/v1/engagements/"+page.Items[0].Id+"/contract", obj{"amountFen": 3_000_000, "signedOn": "2026-11-23"}).Want(200)
}

// TestWhoMayBeAsked: a provider that left the pool is not asked, nor is an offering that is fully booked; there is room again when one is
// taken by its client.
func TestWhoMayBeAsked(t *testing.T) {
	w := newTown(t)
	w.pool = map[string]PoolStanding{"p0": {State: "suspended"}, "p1": {State: "removed"}, "p2": {State: "admitted", Categories: []string{"innovation"}, Capacity: map[string]int64{"o": 1}}}
	client := w.http.As("client")
	client.Post("/api/v1/engagements", enquiryTo("p3", "p0")).Refused(409, "engagement.provider_suspended")
	client.Post("/api/v1/engagements", enquiryTo("p1")).Refused(409, "engagement.provider_removed")
	of := func() obj {
		in := enquiryTo("p2")
		in["offeringId"] = "o"
		return in
	}
	var q api.Enquiry
	client.Post("/api/v1/engagements", of()).Want(201).Into(&q)
	client.Post("/api/v1/engagements", of()).Want(201) // asked is not taken on
	_, err := w.s.engagements.Update(t.Context(), q.Engagements[0].Id, func(tx *docstore.Tx[Engagement]) error {
		must(t, tx.Body.try(QuoteIt, By{Role: Provider}, tx.Now))
		return tx.Body.try(AcceptQuote, By{Role: Client}, tx.Now)
	})
	must(t, err)
	client.Post("/api/v1/engagements", of()).Refused(409, "engagement.offering_full")
	client.Post("/api/v1/engagements", enquiryTo("p2")).Want(201) // about something else
	_, err = w.s.engagements.Update(t.Context(), q.Engagements[0].Id, func(tx *docstore.Tx[Engagement]) error {
		return tx.Body.try(Cancel, By{Role: Client}, tx.Now)
	})
	must(t, err)
	client.Post("/api/v1/engagements", of()).Want(201)
}

// TestCategoriesAdmitted: nobody is newly engaged in a category it was not admitted for, be it asked, quoting or taken at its quote; what
// was agreed before goes on.
func TestCategoriesAdmitted(t *testing.T) {
	w := newTown(t)
	as := func(state string, categories ...string) {
		w.pool = map[string]PoolStanding{"p0": {State: state, Categories: categories}}
	}
	client, seller := w.http.As("client"), w.http.As("p0")
	ask := func() string {
		var q api.Enquiry
		client.Post("/api/v1/engagements", enquiryTo("p0")).Want(201).Into(&q)
		return "/api/v1/engagements/" + q.Engagements[0].Id
	}
	quote := obj{"scope": "疲劳寿命试验", "priceFen": 8_000_000, "days": 30, "validUntil": "2026-12-20"}

	as("admitted", "ip")
	client.Post("/api/v1/engagements", enquiryTo("p0")).Refused(409, "engagement.category_not_admitted")
	as("admitted", "innovation", "ip")
	early, late, agreed := ask(), ask(), ask()
	for _, path := range []string{late, agreed} {
		seller.Post(path+"/quote", quote).Want(200)
	}
	client.Post(agreed+"/accept", obj{"version": 1}).Want(200)

	as("admitted", "ip")
	seller.Post(early+"/quote", quote).Refused(409, "engagement.category_not_admitted")
	client.Post(late+"/accept", obj{"version": 1}).Refused(409, "engagement.category_not_admitted")
	as("suspended", "innovation")
	client.Post(late+"/accept", obj{"version": 1}).Refused(409, "engagement.provider_suspended")
	seller.Post(agreed+"/contract", obj{"amountFen": 8_000_000, "signedOn": "2026-11-23"}).Want(200)
}

// TestCapacity: anybody reads how many places are taken and, while none is free, when the next is due; nothing of whom by.
func TestCapacity(t *testing.T) {
	w := newTown(t)
	w.pool = map[string]PoolStanding{"p0": {State: "admitted", Categories: []string{"innovation"}, Capacity: map[string]int64{"o": 2, "any": 0}}}
	places := func() api.OfferingCapacity {
		var v api.ProviderCapacity
		w.http.Get("/api/v1/engagement-capacity/p0").Want(200).Into(&v)
		if len(v.Items) != 1 || v.Items[0].OfferingId != "o" {
			t.Fatalf("the offerings that name a capacity are %+v", v.Items)
		}
		return v.Items[0]
	}
	for i, days := range []int{30, 10} {
		in := enquiryTo("p0")
		in["offeringId"] = "o"
		var q api.Enquiry
		w.http.As("client").Post("/api/v1/engagements", in).Want(201).Into(&q)
		path := "/api/v1/engagements/" + q.Engagements[0].Id
		w.http.As("p0").Post(path+"/quote", obj{"scope": "疲劳寿命试验", "priceFen": 8_000_000, "days": days, "validUntil": "2026-12-20"}).Want(200)
		if v := places(); v.Running != int64(i) || !v.FreeFrom.IsZero() {
			t.Errorf("before the quote is taken: %+v", v)
		}
		w.http.As("client").Post(path+"/accept", obj{"version": 1}).Want(200)
	}
	if v := places(); v.Free != 0 || v.Running != 2 || v.FreeFrom.Format("2006-01-02") != "2026-12-03" {
		t.Errorf("fully booked: %+v", v)
	}
	w.http.Get("/api/v1/engagement-capacity/nobody").Want(404)
}

// TestUrge: the operator presses a provider whose first answer is late, once a day, and the provider is told.
func TestUrge(t *testing.T) {
	w := newTown(t)
	var q api.Enquiry
	w.http.As("client").Post("/api/v1/engagements", enquiryTo("p0")).Want(201).Into(&q)
	path := "/api/v1/engagements/" + q.Engagements[0].Id + "/urge"
	city := w.http.As("city")
	city.Post(path, nil).Refused(409, "engagement.not_late")
	w.pass(4 * 24 * time.Hour)
	w.http.As("client").Post(path, nil).Refused(403, "forbidden")
	w.http.As("d2").Post(path, nil).Refused(404, "not_found")
	city.Post(path, obj{"note": "已超时"}).Want(200)
	w.settled("word of the urging", func() bool { return w.told(urged, "") == 1 })
	city.Post(path, nil).Refused(409, "engagement.urged")
	w.pass(24 * time.Hour)
	city.Post(path, nil).Want(200)
}

// TestSettings: versions with their authors, in force from now on and leaving running clocks alone; the parked events.
func TestSettings(t *testing.T) {
	w := newTown(t)
	city := w.http.As("city")
	answer := w.http.Get("/api/v1/engagement-settings").Want(200)
	var s obj
	answer.Into(&s)
	for _, k := range []string{"rev", "effectiveFrom"} {
		delete(s, k)
	}
	s["reason"], s["firstAnswerWorkingDays"] = "两天太短", 3
	city.Put("/api/v1/engagement-settings", s).Refused(428, "precondition_required")
	w.http.As("d1").IfMatch(answer.ETag()).Put("/api/v1/engagement-settings", s).Refused(403, "forbidden")
	var before api.Enquiry
	w.http.As("client").Post("/api/v1/engagements", enquiryTo("p1")).Want(201).Into(&before)
	s["priorMean"] = 3.0
	var p api.RulePreview
	w.http.As("d1").Post("/api/v1/engagement-settings/preview", s).Refused(403, "forbidden")
	city.Post("/api/v1/engagement-settings/preview", s).Want(200).Into(&p)
	if p.Keeps != 1 || p.Changes != 0 || p.Items[0].Field != "firstAnswerWorkingDays" || p.Items[0].SubjectId != before.Engagements[0].Id || p.Items[0].Before >= p.Items[0].After {
		t.Errorf("the preview says %+v", p)
	}
	city.IfMatch(answer.ETag()).Put("/api/v1/engagement-settings", s).Want(200)
	var kept api.Engagement
	w.http.As("client").Get("/api/v1/engagements/" + before.Engagements[0].Id).Want(200).Into(&kept)
	if !kept.Turn.DueAt.Equal(before.Engagements[0].Turn.DueAt) {
		t.Errorf("a running clock moved to %s", kept.Turn.DueAt)
	}
	var versions struct{ Items []api.EngagementSettings }
	city.Get("/api/v1/engagement-settings/versions").Want(200).Into(&versions)
	if v := versions.Items; len(v) != 2 || v[0].By != "u-city" || v[0].Reason != "两天太短" || v[1].FirstAnswerWorkingDays != 2 {
		t.Errorf("the versions are %+v", versions.Items)
	}
	var q api.Enquiry
	w.http.As("client").Post("/api/v1/engagements", enquiryTo("p0")).Want(201).Into(&q)
	if left := q.Engagements[0].Turn.WorkingDaysLeft; left != 3 {
		t.Errorf("%d working days", left)
	}
	city.Get("/api/v1/engagement-events/parked").Want(200)
	city.Post("/api/v1/engagement-events/parked/e1/retry", nil).Want(204)
	city.Post("/api/v1/engagement-events/parked/e2/retry", nil).Refused(404, "not_found")
}
