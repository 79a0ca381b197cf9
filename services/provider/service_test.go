package provider

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// town is a provider service on a real store, with everybody else played.
type town struct {
	t       testing.TB
	s       *Service
	mu      sync.Mutex
	at      time.Time
	people  map[string]access.Actor // by token
	experts map[string]Candidate
	notices map[string]NoticeStanding
	ratings map[string][]RatedRow
	months  map[string][]MonthFacts
	asked   int  // how often a year of ratings was asked for
	away    bool // the notice service is
	http    *resttest.Client
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

// Get plays account.
func (w *town) Get(_ context.Context, id string) (Organisation, error) {
	return Organisation{ID: id, Name: "澜州" + id, CreditCode: "91350100M000100Y43", District: "hightech", Verified: id != "new", Employees: 42, ContactName: "白经理"}, nil
}

// Find plays the register of experts.
func (w *town) Find(_ context.Context, ids []string) ([]Candidate, error) {
	var found []Candidate
	for _, id := range ids {
		if c, ok := w.experts[id]; ok {
			found = append(found, c)
		}
	}
	return found, nil
}

func (w *town) City(context.Context) (string, error) { return "澜州市", nil }

// Calendar is the city's: it has one holiday that the program did not ship with.
func (w *town) Calendar(context.Context) (when.Calendar, error) {
	return when.Calendar{Holidays: append([]string{cityHoliday}, when.Default.Holidays...), Workdays: when.Default.Workdays}, nil
}

const cityHoliday = "2031-05-06"

func TestClocksGoByTheCitysCalendar(t *testing.T) {
	w := newTown(t)
	settings, err := w.s.inForce(t.Context(), w.now())
	if err != nil || settings.Calendar.Working(time.Date(2031, 5, 6, 4, 0, 0, 0, time.UTC)) {
		t.Errorf("the city's holiday counts as a working day (%v)", err)
	}
}

func (w *town) Districts(context.Context) (map[string]string, error) {
	return map[string]string{"hightech": "澜州高新区"}, nil
}

// board plays the notice service.
type board struct{ *town }

func (b board) Put(_ context.Context, n NoticeAsk) (NoticeStanding, error) {
	if b.away {
		return NoticeStanding{}, fault.New(fault.Unavailable, "", "away")
	}
	if _, there := b.notices[n.ID]; !there {
		b.notices[n.ID] = NoticeStanding{State: "open", EndsAt: DefaultSettings().Calendar.After(b.now(), n.WorkingDays)}
	}
	return b.notices[n.ID], nil
}

func (b board) Get(_ context.Context, id string) (NoticeStanding, error) {
	n, ok := b.notices[id]
	if !ok {
		return n, fault.New(fault.NotFound, "", "no such notice")
	}
	return n, nil
}

func (b board) Withdraw(_ context.Context, id, _ string) error {
	b.notices[id] = NoticeStanding{State: "withdrawn"}
	return nil
}

func newTown(t testing.TB) *town {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	w := &town{t: t, at: day0, notices: map[string]NoticeStanding{}, experts: map[string]Candidate{}, people: map[string]access.Actor{
		"city":     {UserID: "u-city", Staff: access.CityOperator},
		"district": {UserID: "u-district", Staff: access.DistrictOperator, District: "hightech"},
		"other":    {UserID: "u-other", Staff: access.DistrictOperator, District: "songlan"},
		"sme":      {UserID: "u-sme", OrgID: "sme", Capacities: []access.Capacity{access.SME}, Verified: true, Role: access.Owner},
	}}
	for _, e := range experts() {
		w.experts[e.PersonID] = e
		w.people[e.PersonID] = access.Actor{UserID: e.PersonID, Staff: access.ExpertStaff}
	}
	for _, id := range []string{"shuzhi", "rival", "new"} {
		w.people[id] = access.Actor{UserID: "u-" + id, OrgID: id, Capacities: []access.Capacity{access.Provider}, Verified: true, Role: access.Owner}
	}
	db, err := docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(dir, "provider.db"), Now: w.now, Sole: true})
	must(t, err)
	t.Cleanup(func() { _ = db.Close(ctx) })
	files, err := blob.OpenDir(filepath.Join(dir, "files"), 1<<20)
	must(t, err)
	decisions, err := audit.Open(ctx, db, "provider")
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	w.s, err = NewService(ctx, Options{DB: db, Organisations: w, Experts: w, Notices: board{w}, Lists: w, Ratings: w, Ledgers: w, Files: files, Audit: decisions, Now: w.now, Log: quiet})
	must(t, err)
	app, err := newApp(w.s, rest.Options{Name: "provider", Now: w.now, Log: quiet, BodyLimit: bodyLimit, Verify: func(_ context.Context, token string) (access.Actor, error) {
		if a, ok := w.people[token]; ok {
			return a, nil
		}
		return access.Actor{}, fault.New(fault.Unauthenticated, "token_invalid", "unknown")
	}})
	must(t, err)
	spec, err := api.GetSpec()
	must(t, err)
	w.http = resttest.New(t, app.Fiber, spec)
	return w
}

func (w *town) as(name string) context.Context {
	return access.With(context.Background(), w.people[name])
}

// told waits for an event of a kind and gives what it says.
func (w *town) told(kind string) map[string]any {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	said := make(chan map[string]any, 1)
	relay := docstore.NewRelay(w.s.o.DB, docstore.RelayOptions{Poll: time.Millisecond, Deliver: func(_ context.Context, e docstore.Event) error {
		var data struct {
			Params map[string]any `json:"params"`
		}
		if e.Kind != kind {
			return nil
		}
		err := json.Unmarshal(e.Data, &data)
		select {
		case said <- data.Params:
		default: // told before
		}
		return err
	}})
	ended := make(chan error, 1)
	go func() { ended <- relay.Run(ctx) }()
	var params map[string]any
	select {
	case params = <-said:
	case <-ctx.Done():
		w.t.Errorf("nobody was told of %s", kind)
	}
	cancel()
	if err := <-ended; err != nil {
		w.t.Errorf("the relay ended with %v", err)
	}
	return params
}

// pdf is a file the store takes.
func pdf(mark string) string { return "%PDF-1.4\n% " + mark + "\n%%EOF\n" }

// submitted is an application of an organisation, handed in.
func (w *town) submitted(org string) {
	w.t.Helper()
	ctx := w.as(org)
	_, err := w.s.StartAdmission(ctx)
	must(w.t, err)
	_, _, err = w.s.AddAdmissionFile(ctx, org, "served", strings.NewReader(pdf(org)), "合同.pdf")
	must(w.t, err)
	_, err = w.s.members.Update(ctx, org, func(tx *docstore.Tx[Membership]) error { return tx.Body.Edit(as(Applicant), tx.Now, goodApplication()) })
	must(w.t, err)
	_, err = w.s.SubmitAdmission(ctx, org)
	must(w.t, err)
}

// noticed brings an application to its public notice.
func (w *town) noticed(org string) {
	w.t.Helper()
	w.submitted(org)
	_, err := w.s.AcceptAdmission(w.as("district"), org)
	must(w.t, err)
	_, err = w.s.PassInitialReview(w.as("district"), org, "")
	must(w.t, err)
	_, err = w.s.AssignAdmissionExperts(w.as("city"), org, api.AssignAdmissionExpertsJSONRequestBody{PersonIds: []string{"e1", "e2", "e3"}})
	must(w.t, err)
	for _, e := range experts() {
		_, err = w.s.ScoreAdmission(w.as(e.PersonID), org, api.ScoreInput{Scores: full(DefaultSettings(), 80), Comment: "方法扎实", NoConflict: true})
		must(w.t, err)
	}
	_, err = w.s.PublishAdmissionNotice(w.as("city"), org)
	must(w.t, err)
}

// heard brings a word of the notice service.
func (w *town) heard(kind, org string, round int, reason string) {
	w.t.Helper()
	data, err := json.Marshal(map[string]any{"noticeId": noticeID(org, round), "service": "provider", "kind": "admission", "subjectId": org, "round": round, "reason": reason,
		"endsAt": w.now().Format(time.RFC3339)})
	must(w.t, err)
	must(w.t, w.s.Receive(context.Background(), docstore.Event{ID: kind + org, Kind: kind, Data: data}))
}

func (w *town) admitted(org string) {
	w.t.Helper()
	w.noticed(org)
	w.heard("notice.ended", org, 1, "")
	_, err := w.s.AdmitProvider(w.as("city"), org, api.ReasonInput{Reason: "公示期满无异议"})
	must(w.t, err)
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

// TestAdmission goes the whole way, to the number, the certificate and the public list.
func TestAdmission(t *testing.T) {
	w := newTown(t)
	if _, err := w.s.StartAdmission(w.as("new")); code(err) != "org.not_verified" {
		t.Errorf("an unverified organisation applies: %v", err)
	}
	w.noticed("shuzhi")
	if _, err := w.s.GetProvider(w.as("sme"), "shuzhi"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an applicant shows in the pool: %v", err)
	}
	m, err := w.s.GetAdmission(w.as("shuzhi"), "shuzhi")
	must(t, err)
	if m.Notice.State != "open" || len(m.Panel) != 0 {
		t.Errorf("the applicant sees %+v of the notice and %d sheets", m.Notice, len(m.Panel))
	}
	// A bare end of time does not conclude the notice: the notice service's word does.
	w.pass(14 * 24 * time.Hour)
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	if _, err := w.s.AdmitProvider(w.as("city"), "shuzhi", api.ReasonInput{Reason: "同意"}); code(err) != "admission.notice_running" {
		t.Errorf("admitted on the clock's word: %v", err)
	}
	w.notices[noticeID("shuzhi", 1)] = NoticeStanding{State: "ended", EndsAt: w.now()}
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	m, err = w.s.AdmitProvider(w.as("city"), "shuzhi", api.ReasonInput{Reason: "公示期满无异议"})
	must(t, err)
	if m.Number != "ZY2026-0001" || len(m.Certificate) != 12 {
		t.Errorf("number %q, certificate %q", m.Number, m.Certificate)
	}
	c, err := w.s.VerifyCertificate(context.Background(), strings.ToLower(m.Certificate))
	must(t, err)
	if !c.Valid || c.Number != m.Number {
		t.Errorf("the certificate says %+v", c)
	}
	_, err = w.s.SuspendProvider(w.as("city"), "shuzhi", api.ReasonInput{Reason: "核查中"})
	must(t, err)
	if c, err = w.s.VerifyCertificate(context.Background(), m.Certificate); err != nil || c.Valid {
		t.Errorf("suspended, the certificate says %+v %v", c, err)
	}
	if pool, err := w.s.GetPool(context.Background()); err != nil || pool.Total != 0 {
		t.Errorf("suspended, the pool counts %d %v", pool.Total, err)
	}
}

// TestNoticeAwayAndStopped: a notice that cannot be put up is put up later; an upheld objection brings the application back.
func TestNoticeAwayAndStopped(t *testing.T) {
	w := newTown(t)
	w.away = true
	w.noticed("shuzhi")
	m, err := w.s.GetAdmission(w.as("city"), "shuzhi")
	must(t, err)
	if m.Notice.State != "planned" {
		t.Fatalf("the notice is %s while its service is away", m.Notice.State)
	}
	w.away = false
	w.pass(patience + time.Second)
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	if m, err = w.s.GetAdmission(w.as("city"), "shuzhi"); err != nil || m.Notice.State != "open" {
		t.Fatalf("the notice is %s %v", m.Notice.State, err)
	}
	w.heard("notice.paused", "shuzhi", 1, "受理异议")
	w.heard("notice.paused", "shuzhi", 1, "受理异议") // delivered twice
	w.heard("notice.stopped", "shuzhi", 1, "业绩不实")
	m, err = w.s.GetAdmission(w.as("city"), "shuzhi")
	must(t, err)
	steps := 0
	for _, s := range m.History {
		if s.Action == "admissionNoticeMoved" {
			steps++
		}
	}
	if m.State != "expert_review" || steps != 1 {
		t.Errorf("after the objection it is %s with %d steps of the notice", m.State, steps)
	}
	w.heard("notice.ended", "shuzhi", 1, "") // a late word of the stopped notice
	if _, err := w.s.AdmitProvider(w.as("city"), "shuzhi", api.ReasonInput{Reason: "同意"}); code(err) != "admission.wrong_state" {
		t.Errorf("admitted on a stopped notice: %v", err)
	}
}

// TestOfferingsShowWithTheirProvider: what is published shows on the provider, and goes with it.
func TestOfferingsShowWithTheirProvider(t *testing.T) {
	w := newTown(t)
	w.submitted("shuzhi")
	in := api.OfferingInput{Title: "设备联网诊断", Category: "digital", Subservice: "digital-diagnosis", Solves: "设备状态看不见", Method: "两天驻场", Deliverables: []string{"诊断报告"},
		DurationDays: 10, Price: api.Price{Model: "fixed", FromFen: 20_000_00}}
	o, err := w.s.CreateOffering(w.as("shuzhi"), in)
	must(t, err)
	if _, err := w.s.PublishOffering(w.as("shuzhi"), o.Id); code(err) != "offering.not_admitted" {
		t.Errorf("an applicant publishes: %v", err)
	}
	w = newTown(t)
	w.admitted("shuzhi")
	o, err = w.s.CreateOffering(w.as("shuzhi"), in)
	must(t, err)
	if _, err := w.s.GetOffering(w.as("sme"), o.Id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a draft shows: %v", err)
	}
	_, err = w.s.PublishOffering(w.as("shuzhi"), o.Id)
	must(t, err)
	p, err := w.s.GetProvider(w.as("sme"), "shuzhi")
	must(t, err)
	if len(p.Offers) != 1 || p.Offers[0].Title != in.Title || p.ContactName == "" {
		t.Errorf("the provider's page is %+v", p)
	}
	if p, err = w.s.GetProvider(context.Background(), "shuzhi"); err != nil || p.ContactName != "" {
		t.Errorf("a guest reads the contact %q %v", p.ContactName, err)
	}
	if _, err := w.s.PauseOffering(w.as("rival"), o.Id, ""); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("another provider pauses it: %v", err)
	}
	_, err = w.s.PauseOffering(w.as("shuzhi"), o.Id, "满单")
	must(t, err)
	if p, err = w.s.GetProvider(w.as("sme"), "shuzhi"); err != nil || len(p.Offers) != 0 {
		t.Errorf("a paused offering shows: %d %v", len(p.Offers), err)
	}
	_, err = w.s.ResumeOffering(w.as("shuzhi"), o.Id)
	must(t, err)
	_, err = w.s.RemoveProvider(w.as("city"), "shuzhi", api.RedLineReason{Reason: "虚假宣传", RedLine: true})
	must(t, err)
	if _, err := w.s.GetOffering(w.as("sme"), o.Id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an offering of a removed provider shows: %v", err)
	}
}

// TestSeveralIdsAreRead as the front end sends them: the parameter once for each.
func TestSeveralIdsAreRead(t *testing.T) {
	w := newTown(t)
	w.admitted("shuzhi")
	w.admitted("rival")
	var page api.ProviderPage
	w.http.Get("/api/v1/providers?ids=shuzhi&ids=rival").Want(200).Into(&page)
	if len(page.Items) != 2 {
		t.Errorf("two ids give %d providers", len(page.Items))
	}
}

// TestDashboardFiguresHaveTheirRows: every count of the dashboard is the number of the rows behind it, and a district sees its own.
func TestDashboardFiguresHaveTheirRows(t *testing.T) {
	w := newTown(t)
	w.admitted("shuzhi")
	w.submitted("rival")
	w.pass(30 * 24 * time.Hour)
	v, err := w.s.GetPoolDashboard(w.as("city"))
	must(t, err)
	if v.Admitted != 1 || v.Overdue != 1 || v.Reviewed != 1 || v.ReviewedInTime != 1 {
		t.Errorf("the dashboard says %+v", v)
	}
	for _, c := range v.States {
		rows, err := w.s.ListPoolRows(w.as("city"), api.ListPoolRowsParams{State: api.MembershipState(c.Key)})
		must(t, err)
		if int64(len(rows.Items)) != c.Count {
			t.Errorf("%s counts %d and has %d rows", c.Key, c.Count, len(rows.Items))
		}
	}
	for _, c := range v.Cells {
		rows, err := w.s.ListPoolRows(w.as("city"), api.ListPoolRowsParams{State: "admitted", Category: api.CategoryCode(c.Category), District: c.District})
		must(t, err)
		if int64(len(rows.Items)) != c.Count {
			t.Errorf("%+v has %d rows", c, len(rows.Items))
		}
	}
	if other, err := w.s.GetPoolDashboard(w.as("other")); err != nil || other.Admitted != 0 {
		t.Errorf("another district counts %d %v", other.Admitted, err)
	}
}

// TestWhoSeesAnApplication: its applicant, the authority, the named experts; nobody else.
func TestWhoSeesAnApplication(t *testing.T) {
	w := newTown(t)
	w.noticed("shuzhi")
	for name, sees := range map[string]bool{"shuzhi": true, "city": true, "district": true, "e1": true, "other": false, "rival": false, "sme": false} {
		v, err := w.s.GetAdmission(w.as(name), "shuzhi")
		if (err == nil) != sees {
			t.Errorf("%s sees it: %v", name, err)
		}
		if name == "e1" && (len(v.Panel) != 1 || v.Panel[0].PersonId != "e1") {
			t.Errorf("an expert sees %d sheets", len(v.Panel))
		}
	}
	_, _, err := w.s.AddAdmissionFile(w.as("shuzhi"), "shuzhi", "other", strings.NewReader(pdf("x")), "x.pdf")
	if code(err) != "admission.wrong_state" {
		t.Errorf("a file is added during the notice: %v", err)
	}
}

// TestReportsAndFavourites: anyone reports, the answer goes to who holds the code; favourites are one's own.
func TestReportsAndFavourites(t *testing.T) {
	w := newTown(t)
	w.admitted("shuzhi")
	r, err := w.s.ReportProvider(context.Background(), "shuzhi", api.ReportInput{Line: "forced", Text: "要求先交会费才能办理补贴", Name: "王女士", Contact: "13800000000"})
	must(t, err)
	if _, err := w.s.DecideProviderReport(w.as("other"), r.Id, api.DecideProviderReportJSONRequestBody{Upheld: true, Answer: "属实"}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another district answers: %v", err)
	}
	_, err = w.s.DecideProviderReport(w.as("district"), r.Id, api.DecideProviderReportJSONRequestBody{Upheld: true, Answer: "属实，已责令改正"})
	must(t, err)
	if got, err := w.s.GetProviderReport(context.Background(), strings.ToLower(r.Id)); err != nil || got.State != "upheld" || got.Answer == "" {
		t.Errorf("the receipt says %+v %v", got, err)
	}
	must(t, w.s.AddFavourite(w.as("sme"), "shuzhi"))
	must(t, w.s.AddFavourite(w.as("sme"), "shuzhi"))
	if mine, err := w.s.ListFavourites(w.as("sme")); err != nil || len(mine.Items) != 1 {
		t.Errorf("the favourites are %d %v", len(mine.Items), err)
	}
	must(t, w.s.RemoveFavourite(w.as("sme"), "shuzhi"))
	if mine, err := w.s.ListFavourites(w.as("sme")); err != nil || len(mine.Items) != 0 {
		t.Errorf("dropped, the favourites are %d %v", len(mine.Items), err)
	}
}

// TestShapesAgree holds the domain's plain values and the API's to each other: what goes through the other side comes back whole.
func TestShapesAgree(t *testing.T) {
	a := goodApplication()
	a.Website, a.Districts = "https://example.com", []string{"hightech"}
	same(t, a, like[Application](like[api.AdmissionInput](a)))
	o := OfferingTerms{Title: "t", Category: "ip", Subservice: "ip-agency", Solves: "s", Method: "m", Deliverables: []string{"d"}, DurationDays: 3,
		Price: Price{Model: PriceUnit, FromFen: 5, Unit: "件"}, Special: "x", Districts: []string{"y"}, Capacity: 4, Cases: []string{"c"}, Certificates: []string{"z"}}
	same(t, o, like[OfferingTerms](like[api.OfferingInput](o)))
	s := DefaultSettings()
	same(t, s.ByCategory, like[map[string]Thresholds](settingsView(1, s).ByCategory))
	same(t, s.Criteria, like[[]Criterion](settingsView(1, s).Criteria))
	for _, c := range s.Check(Application{}, day0) {
		same(t, c, like[Check](like[api.Check](c)))
	}
}

func same(t *testing.T, a, b any) {
	t.Helper()
	x, err := json.Marshal(a)
	must(t, err)
	y, err := json.Marshal(b)
	must(t, err)
	if string(x) != string(y) {
		t.Errorf("differs after the other side:\n%s\n%s", x, y)
	}
}
