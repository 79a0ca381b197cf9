package demand

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/docstore/docstoretest"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/seal"
	"lianbang/services/platform/when"
)

var quiet = slog.New(slog.DiscardHandler)

// town is a demand service on a real store, with everybody else played.
type town struct {
	t       testing.TB
	s       *Service
	db      *docstore.DB
	url     string // of the store
	files   string
	ring    seal.Ring
	mu      sync.Mutex
	at      time.Time
	orgs    map[string]Organisation
	people  map[string]access.Actor // by token
	matches []Match
	firms   []Firm
	away    bool // search is
	notices map[string]NoticeStanding
	asked   []NoticeAsk // put up so far
	silent  bool        // the notice service is away
	judges  []Judge
	events  []docstore.Event
	http    *resttest.Client
	// operations counts what the database was asked for.
	operations atomic.Int64
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
	if o, ok := w.orgs[id]; ok {
		return o, nil
	}
	return Organisation{}, fault.New(fault.NotFound, "", "no such organisation")
}

// FindFirms plays account and capability, which leave it to the rule.
func (w *town) FindFirms(context.Context, AudienceRule) ([]Firm, error) {
	return slices.Clone(w.firms), nil
}

func (w *town) Calendar(context.Context) (when.Calendar, error) { return when.Default, nil }

func (w *town) City(context.Context) (string, error) { return "澜州市", nil }

func (w *town) Districts(context.Context) ([]Choice, error) {
	return []Choice{{"d1", "海曙区"}, {"d2", "鄞州区"}}, nil
}

func (w *town) Chains(context.Context) ([]Choice, error) {
	return []Choice{{"c1", "高端装备"}, {"c2", "新材料"}}, nil
}

// FindExperts plays account.
func (w *town) FindExperts(_ context.Context, ids []string) ([]Judge, error) {
	var all []Judge
	for _, j := range w.judges {
		if len(ids) == 0 || slices.Contains(ids, j.PersonID) {
			all = append(all, j)
		}
	}
	return all, nil
}

// Match plays search.
func (w *town) Match(_ context.Context, _ string, _ int64, _ *Demand, limit int) ([]Match, string, error) {
	if w.away {
		return nil, "", fault.New(fault.Unavailable, "", "away")
	}
	return w.matches[:min(limit, len(w.matches))], "w1", nil
}

// board plays the notice service for a town.
type board struct{ w *town }

func (b board) Put(_ context.Context, n NoticeAsk) (NoticeStanding, error) {
	w := b.w
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.silent {
		return NoticeStanding{}, fault.New(fault.Unavailable, "", "away")
	}
	if _, ok := w.notices[n.ID]; !ok {
		w.notices[n.ID] = NoticeStanding{State: "open", EndsAt: when.Default.After(now, n.WorkingDays)}
		w.asked = append(w.asked, n)
	}
	return w.notices[n.ID], nil
}

func (b board) Get(_ context.Context, id string) (NoticeStanding, error) {
	w := b.w
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	n, ok := w.notices[id]
	switch {
	case w.silent:
		return n, fault.New(fault.Unavailable, "", "away")
	case !ok:
		return n, fault.New(fault.NotFound, "", "no such notice")
	case n.State == "open" && !now.Before(n.EndsAt):
		n.State = "ended"
		w.notices[id] = n
	}
	return n, nil
}

// becomes moves a demand's award notice at the notice service and has the demand service hear of it.
func (w *town) becomes(demandID string, number int, n NoticeStanding) {
	w.t.Helper()
	id := noticeID(demandID, number)
	w.mu.Lock()
	if n.EndsAt.IsZero() {
		n.EndsAt = w.notices[id].EndsAt
	}
	w.notices[id] = n
	w.mu.Unlock()
	kind := map[string]string{"paused": "notice.paused", "open": "notice.resumed", "ended": "notice.ended", "stopped": "notice.stopped"}[n.State]
	data := fmt.Sprintf(`{"service":"demand","kind":"award","subjectId":%q,"round":%d}`, demandID, number)
	must(w.t, w.s.Receive(context.Background(), docstore.Event{ID: "e", Kind: kind, Data: []byte(data)}))
}

// Parked and Retry play the relay.
func (w *town) Parked(context.Context, string, int) (docstore.Page[docstore.Parked], error) {
	return docstore.Page[docstore.Parked]{Items: []docstore.Doc[docstore.Parked]{{ID: "e1", Body: docstore.Parked{Tries: 12, Error: "no answer",
		Event: docstore.Event{ID: "e1", Kind: demandPublished, DocumentID: "x"}}}}}, nil
}

func (w *town) Retry(_ context.Context, id string) error {
	if id != "e1" {
		return fault.New(fault.NotFound, "", "not parked")
	}
	return nil
}

func newTown(t testing.TB) *town {
	t.Helper()
	dir := t.TempDir()
	w := &town{t: t, at: day0, url: "sqlite:" + filepath.Join(dir, "demand.db"), files: filepath.Join(dir, "files"), orgs: map[string]Organisation{}, people: map[string]access.Actor{}, notices: map[string]NoticeStanding{}}
	for id, name := range map[string]string{"leader": "海曙轴承集团", "rival": "鄞州重工"} {
		w.org(id, name, access.ChainLeader)
	}
	for i := range 4 {
		w.org(fmt.Sprintf("sme%d", i), fmt.Sprintf("专精特新企业%d", i), access.SME)
	}
	w.org("uni", "甬江大学", access.University)
	w.org("new", "新登记企业", access.SME)
	o := w.orgs["new"]
	o.Verified = false
	w.orgs["new"] = o
	a := w.people["new"]
	a.Verified = false
	w.people["new"] = a
	w.people["city"] = access.Actor{UserID: "u-city", Staff: access.CityOperator}
	w.people["d1"] = access.Actor{UserID: "u-d1", Staff: access.DistrictOperator, District: "d1"}
	w.people["d2"] = access.Actor{UserID: "u-d2", Staff: access.DistrictOperator, District: "d2"}
	w.people["notice"] = access.Actor{Service: "notice"}
	w.ring = seal.Ring{sealKey(t, 1)}
	w.matches = []Match{
		{OrgID: "sme0", Name: "专精特新企业0", Score: 61, Reasons: []MatchReason{{Kind: "text", Points: 41, Words: []string{"轴承"}, Detail: "都提到轴承"}, {Kind: "district", Points: 20, Detail: "同在海曙区"}}},
		{OrgID: "leader", Name: "海曙轴承集团", Score: 60},
		{OrgID: "uni", Name: "甬江大学", Score: 33, Reasons: []MatchReason{{Kind: "text", Points: 33, Detail: "润滑"}}},
	}
	if os.Getenv("LIANBANG_TEST_STORE") == "mongodb" { // the same suite on the other engine
		w.url = docstoretest.Database(t)
	}
	w.open()
	return w
}

func sealKey(t testing.TB, fill byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{fill}, 32))
	must(t, err)
	return k
}

func (w *town) org(id, name string, capacity access.Capacity) {
	w.orgs[id] = Organisation{ID: id, Name: name, CreditCode: "91350100M000100Y43", Verified: true, Capacities: []access.Capacity{capacity}, District: "d1",
		Summary: "简介", Employees: 80, Contact: Contact{Name: "李工", Phone: "0574-1"}}
	w.people[id] = access.Actor{UserID: "u-" + id, OrgID: id, Capacities: []access.Capacity{capacity}, Verified: true, Role: access.Owner}
}

// open starts the service on the town's database; called again, it is a restart.
func (w *town) open() {
	w.t.Helper()
	ctx := context.Background()
	db, err := docstore.Open(ctx, docstore.Options{URL: w.url, Now: w.now, Sole: true, Observe: func(string, time.Duration) { w.operations.Add(1) }})
	must(w.t, err)
	w.db = db
	w.t.Cleanup(func() { _ = db.Close(ctx) })
	files, err := blob.OpenDir(w.files, 1<<20)
	must(w.t, err)
	decisions, err := audit.Open(ctx, db, "demand")
	must(w.t, err)
	w.s, err = NewService(ctx, Options{DB: db, Organisations: w, Experts: w, Lists: w, Matcher: w, Firms: w, Titles: w, Notices: board{w}, Files: files, Seal: w.ring, Relay: w, Audit: decisions, Now: w.now, Log: quiet, CloseGrace: closeGrace})
	must(w.t, err)
	app, err := newApp(w.s, rest.Options{Name: "demand", Now: w.now, Log: quiet, BodyLimit: bodyLimit, Verify: func(_ context.Context, token string) (access.Actor, error) {
		if a, ok := w.people[token]; ok {
			return a, nil
		}
		return access.Actor{}, fault.New(fault.Unauthenticated, "token_invalid", "unknown")
	}})
	must(w.t, err)
	spec, err := api.GetSpec()
	must(w.t, err)
	w.http = resttest.New(w.t, app.Fiber, spec)
}

// as is a context that speaks for somebody.
func (w *town) as(name string) context.Context {
	if _, ok := w.people[name]; !ok && name != "" {
		w.t.Fatalf("who is %s?", name)
	}
	return access.With(context.Background(), w.people[name])
}

// deliver hands over what the outboxes hold.
func (w *town) deliver() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	relay := docstore.NewRelay(w.db, docstore.RelayOptions{Deliver: func(_ context.Context, e docstore.Event) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
		return nil
	}})
	done := make(chan struct{})
	go func() { defer close(done); _ = relay.Run(ctx) }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		n, err := relay.Backlog(ctx)
		must(w.t, err)
		if n == 0 {
			break
		}
		if time.Now().After(deadline) {
			w.t.Fatal("the outboxes do not empty")
		}
	}
	cancel()
	<-done
}

// told are the organisations (or "staff") that an event of a kind reached.
func (w *town) told(kind string) []string {
	var to []string
	for _, e := range w.events {
		if e.Kind != kind {
			continue
		}
		for _, part := range strings.Split(string(e.Data), `"orgId":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			to = append(to, id)
		}
		if strings.Contains(string(e.Data), `"staff"`) {
			to = append(to, "staff")
		}
	}
	slices.Sort(to)
	return slices.Compact(to)
}

func goodInput() api.DemandInput {
	return api.DemandInput{Title: "高速主轴轴承润滑技术", Kind: api.Rnd, Chain: "高端装备", Background: "现有润滑方式温升过高", Difficulty: "油膜破裂",
		Targets: []string{"温升不超过15℃"}, BudgetFen: 30_000_000, TimeLimitMonths: 18, CooperationWays: []api.CooperationWay{api.Joint},
		Contact: api.Contact{Name: "王工", Phone: "0574-00000000"}}
}

func goodBid(price int64) api.BidInput {
	return api.BidInput{Docking: api.DockingForm{OrganisationName: "甬江精密", CreditCode: "91350100M000100Y43", ContactName: "李工", ContactPhone: "1"},
		Application: api.ApplicationForm{Capability: "有同类经验", Plan: "SECRET-PLAN 油气润滑", PriceFen: price, ScheduleMonths: 12}}
}

// published is a demand open for an hour.
func (w *town) published() string {
	w.t.Helper()
	d, err := w.s.CreateDemand(w.as("leader"), goodInput())
	must(w.t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(w.t, err)
	for _, reviewer := range []string{"d1", "city"} {
		_, err = w.s.ApproveDemand(w.as(reviewer), d.Id, "")
		must(w.t, err)
	}
	_, err = w.s.PublishDemand(w.as("leader"), d.Id, w.now().Add(time.Hour))
	must(w.t, err)
	return d.Id
}

func (w *town) bid(demandID, org string, submit bool) string {
	w.t.Helper()
	b, err := w.s.PlaceBid(w.as(org), demandID, goodBid(1_000_000))
	must(w.t, err)
	if submit {
		_, err = w.s.SubmitBid(w.as(org), b.Id)
		must(w.t, err)
	}
	return b.Id
}

// judged takes a closed demand's bids through check, scores and shortlist.
func (w *town) judged(points map[string]int) {
	w.t.Helper()
	for id, n := range points {
		_, err := w.s.FormalCheckBid(w.as("leader"), id, api.FormalCheckInput{Outcome: api.FormalCheckInputOutcomePass})
		must(w.t, err)
		_, err = w.s.ScoreBid(w.as("leader"), id, scores(n))
		must(w.t, err)
		_, err = w.s.ShortlistBid(w.as("leader"), id, true, "")
		must(w.t, err)
	}
}

func scores(n int) api.ScoreInput {
	var in api.ScoreInput
	for _, key := range []string{"team", "rnd", "plan", "fit"} {
		in.Scores = append(in.Scores, struct {
			Key    string `json:"key"`
			Reason string `json:"reason"`
			Score  int    `json:"score"`
		}{Key: key, Score: n, Reason: "依据申请书"})
	}
	return in
}

// TestRush lets many bidders submit in the last moments, and holds what was acknowledged to what is in.
func TestRush(t *testing.T) {
	w := newTown(t)
	id := w.published()
	const n = 200
	var bids []string
	for i := range n {
		org := fmt.Sprintf("rush%d", i)
		w.org(org, org, access.SME)
		bids = append(bids, w.bid(id, org, false))
	}
	w.pass(time.Hour - 2*time.Second)
	var acknowledged sync.Map
	var late, again atomic.Int32
	var all sync.WaitGroup
	connections := make(chan struct{}, 4)
	for i := range 2 * n { // everybody's colleague presses the button, too
		bid := bids[i/2]
		all.Go(func() {
			connections <- struct{}{}
			defer func() { <-connections }()
			_, err := w.s.SubmitBid(w.as(fmt.Sprintf("rush%d", i/2)), bid)
			w.pass(9 * time.Millisecond) // the deadline falls into the rush
			switch {
			case err == nil:
				if _, twice := acknowledged.LoadOrStore(bid, true); twice {
					t.Errorf("%s was acknowledged twice", bid)
				}
			case fault.As(err).Code == "demand.deadline_passed":
				late.Add(1)
			case fault.As(err).Code == "bid.wrong_state":
				again.Add(1)
			default:
				t.Errorf("%s: %v", bid, err)
			}
		})
	}
	all.Wait()
	w.pass(time.Minute)
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	if doc.Body.State != BiddingClosed {
		t.Fatalf("it is %s", doc.Body.State)
	}
	in := 0
	acknowledged.Range(func(bid, _ any) bool {
		in++
		if !doc.Body.In(bid.(string)) {
			t.Errorf("%s was acknowledged and is not in", bid)
		}
		return true
	})
	if in != len(doc.Body.Manifest) || in+int(late.Load()+again.Load()) != 2*n || in == 0 || late.Load() == 0 {
		t.Errorf("%d acknowledged, %d too late, %d said twice, %d in the manifest, of %d", in, late.Load(), again.Load(), len(doc.Body.Manifest), n)
	}
	for _, e := range doc.Body.Manifest {
		if e.At >= doc.Body.Deadline {
			t.Errorf("%s came in at %v, after the deadline", e.BidID, e.At.Time())
		}
	}
	left, err := w.s.bidsIn(context.Background(), id, 1, BidDraft, BidSubmitted)
	must(t, err)
	if len(left) > 0 {
		t.Errorf("%d bids are neither in nor out", len(left))
	}
	t.Logf("%d in, %d too late", in, late.Load())
}

// TestRestart closes a demand whose deadline passed while nothing ran, and takes up follow-ups that a crash cut short.
func TestRestart(t *testing.T) {
	w := newTown(t)
	id := w.published()
	first, second := w.bid(id, "sme0", true), w.bid(id, "sme1", true)
	w.bid(id, "sme2", false)
	must(t, w.db.Close(context.Background()))
	w.pass(48 * time.Hour)
	w.open()
	if n, err := w.s.RunDue(context.Background()); err != nil || n != 1 {
		t.Fatalf("%d touched, %v", n, err)
	}
	got, err := w.s.GetDemand(w.as("leader"), id)
	must(t, err)
	if got.State != "bidding_closed" || got.BidCount != 2 {
		t.Fatalf("%s with %d bids", got.State, got.BidCount)
	}
	mine, err := w.s.GetMyBid(w.as("sme2"), id)
	must(t, err)
	if mine.State != "withdrawn" || mine.Reason != NotSubmitted {
		t.Errorf("the draft is %s: %s", mine.State, mine.Reason)
	}

	w.judged(map[string]int{first: 90, second: 70})
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{first}, Reason: "第一", Feedback: []api.LossReason{{BidId: second, Reason: "指标偏低"}}})
	must(t, err)
	// The process dies after the decision was frozen and one bid told.
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	bids, err := w.s.manifest(context.Background(), &doc.Body)
	must(t, err)
	_, err = w.s.demands.Update(context.Background(), id, func(tx *docstore.Tx[Demand]) error { return tx.Body.BeginPublishing(leader, tx.Now, bids) })
	must(t, err)
	_, err = w.s.bids.Update(context.Background(), first, func(tx *docstore.Tx[Bid]) error { return tx.Body.Win(leader, tx.Now) })
	must(t, err)
	must(t, w.db.Close(context.Background()))
	w.open()
	if seen, err := w.s.GetBid(w.as("sme0"), first); err != nil || seen.State != "formal_check" || seen.Scores != nil {
		t.Errorf("the winner already sees %s %v, %v", seen.State, seen.Scores, err)
	}
	w.pass(patience + time.Second)
	if _, err := w.s.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, err = w.s.GetDemand(w.as(""), id); err != nil || got.State != "award_notice" {
		t.Fatalf("%s, %v", got.State, err)
	}
	w.deliver()
	if to := w.told(bidWon); !slices.Equal(to, []string{"sme0"}) {
		t.Errorf("won was told to %v", to)
	}
	if to := w.told(bidLost); !slices.Equal(to, []string{"sme1"}) {
		t.Errorf("lost was told to %v", to)
	}
	w.pass(10 * 24 * time.Hour)
	if _, err := w.s.RunDue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got, err = w.s.GetDemand(w.as(""), id); err != nil || got.State != "awarded" {
		t.Errorf("%s, %v", got.State, err)
	}
	if n, err := w.s.RunDue(context.Background()); n != 0 || err != nil {
		t.Errorf("the clock still finds %d due, %v", n, err)
	}
}

// TestTwoOfficials lets two people decide at once: one wins, the other gets a clear conflict.
func TestTwoOfficials(t *testing.T) {
	w := newTown(t)
	id := w.published()
	a, b := w.bid(id, "sme0", true), w.bid(id, "sme1", true)
	w.pass(2 * time.Hour)
	w.judged(map[string]int{a: 80, b: 80})
	_, err := w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{a}, Reason: "并列，择近", Feedback: []api.LossReason{{BidId: b, Reason: "距离较远"}}})
	must(t, err)
	var wins, conflicts atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := w.s.PublishAward(w.as("leader"), id)
			switch {
			case err == nil:
				wins.Add(1)
			case fault.KindOf(err) == fault.Conflict:
				conflicts.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	published := 0
	for _, step := range doc.Body.History {
		if step.Action == PublishAward {
			published++
		}
	}
	if published != 1 || doc.Body.State != AwardNotice || wins.Load() < 1 {
		t.Errorf("published %d times, %d told it worked, %d a conflict, now %s", published, wins.Load(), conflicts.Load(), doc.Body.State)
	}
}

// TestTwoOfficialsDisagree: two officials who look at the same page, one for each bidder, decide and publish at once. One of them gets
// through, whole; the other is told of the conflict, and nothing of its decision is left anywhere.
func TestTwoOfficialsDisagree(t *testing.T) {
	w := newTown(t)
	id := w.published()
	bids := []string{w.bid(id, "sme0", true), w.bid(id, "sme1", true)}
	w.pass(2 * time.Hour)
	w.judged(map[string]int{bids[0]: 80, bids[1]: 80})
	path := "/api/v1/demands/" + id
	atOnce := func(act func(official int) *resttest.Answer) int {
		t.Helper()
		var statuses [2]int
		var all sync.WaitGroup
		for i := range bids {
			all.Go(func() { statuses[i] = act(i).Status })
		}
		all.Wait()
		first := slices.Index(statuses[:], 200)
		if first < 0 || statuses[1-first] != 412 && statuses[1-first] != 409 {
			t.Fatalf("the two are answered %v", statuses)
		}
		return first
	}
	leader := w.http.As("leader").For(t)
	seen := leader.IfMatch(leader.Get(path).Want(200).ETag())
	told := func(i int) string { // what is said to a bidder
		bid, err := w.s.bids.Get(context.Background(), bids[i])
		must(t, err)
		return bid.Body.Reason
	}
	won := atOnce(func(i int) *resttest.Answer {
		return seen.Put(path+"/award", map[string]any{"winners": []string{bids[i]}, "reason": fmt.Sprintf("理由%d", i), "feedback": []map[string]any{{"bidId": bids[1-i], "reason": fmt.Sprintf("官员%d说", i)}}})
	})
	if told(won) != "" || told(1-won) != fmt.Sprintf("官员%d说", won) {
		t.Errorf("official %d got through, and the bidders read %q and %q", won, told(0), told(1))
	}
	seen = leader.IfMatch(leader.Get(path).Want(200).ETag())
	last := atOnce(func(i int) *resttest.Answer {
		if i == won {
			return seen.Post(path+"/award/publish", nil)
		}
		return seen.Put(path+"/award", map[string]any{"winners": []string{bids[i]}, "reason": fmt.Sprintf("理由%d", i), "feedback": []map[string]any{{"bidId": bids[1-i], "reason": fmt.Sprintf("官员%d说", i)}}})
	})
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	if published := doc.Body.State == AwardNotice; doc.Body.Award.Winners[0] != bids[last] || doc.Body.Award.Reason != fmt.Sprintf("理由%d", last) || published != (last == won) {
		t.Errorf("official %d got through, the award is %+v and the demand %s", last, doc.Body.Award, doc.Body.State)
	}
}

// TestPushWaitsForSearch pushes once search is back, to everyone who fits but the issuer, once.
func TestPushWaitsForSearch(t *testing.T) {
	w := newTown(t)
	w.away = true
	id := w.published()
	run := func() {
		if _, err := w.s.RunDue(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	run()
	list, err := w.s.ListDemandMatches(w.as("leader"), id, 10)
	if err != nil || list.Available {
		t.Errorf("with search away: %+v, %v", list, err)
	}
	w.away = false
	run() // too early to ask again
	w.pass(time.Minute)
	run()
	run()
	page, err := w.s.ListDemandPushes(w.as("leader"), id, 10, "")
	must(t, err)
	if len(page.Items) != 2 || page.Items[0].OrgId != "sme0" || page.Items[0].Score != 61 || page.Items[1].OrgId != "uni" {
		t.Errorf("pushed %+v", page.Items)
	}
	w.deliver()
	if to := w.told(demandMatched); !slices.Equal(to, []string{"sme0", "uni"}) {
		t.Errorf("told %v", to)
	}
	mine, err := w.s.ListMyPushes(w.as("uni"), 10, "")
	if err != nil || len(mine.Items) != 1 || mine.Items[0].DemandId != id {
		t.Errorf("%+v, %v", mine, err)
	}
}

// TestReminder tells those who have not submitted yet, once, a day before the deadline.
func TestReminder(t *testing.T) {
	w := newTown(t)
	d, err := w.s.CreateDemand(w.as("leader"), goodInput())
	must(t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(t, err)
	_, err = w.s.ApproveDemand(w.as("city"), d.Id, "")
	must(t, err)
	_, err = w.s.PublishDemand(w.as("leader"), d.Id, w.now().Add(72*time.Hour))
	must(t, err)
	w.bid(d.Id, "sme0", true)
	w.bid(d.Id, "sme1", false)
	for range 4 {
		if _, err := w.s.RunDue(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.deliver()
		if to := w.told(demandClosing); w.now().Before(day0.Add(48*time.Hour)) && to != nil || !w.now().Before(day0.Add(48*time.Hour)) && !slices.Equal(to, []string{"sme1"}) {
			t.Errorf("after %v told %v", w.now().Sub(day0), to)
		}
		w.pass(23 * time.Hour)
	}
	got, err := w.s.GetDemand(w.as(""), d.Id)
	if err != nil || got.State != "bidding_closed" {
		t.Errorf("%s, %v", got.State, err)
	}
}

// TestTermination ends the bids with their demand and opens nothing.
func TestTermination(t *testing.T) {
	w := newTown(t)
	id := w.published()
	in, draft := w.bid(id, "sme0", true), w.bid(id, "sme1", false)
	_, err := w.s.TerminateDemand(w.as("d1"), id, api.ReasonInput{Reason: "需求方停产"})
	must(t, err)
	for bid, want := range map[string]string{in: "lost", draft: "withdrawn"} {
		doc, err := w.s.bids.Get(context.Background(), bid)
		must(t, err)
		if string(doc.Body.State) != want || doc.Body.Reason != "需求方停产" {
			t.Errorf("%s is %s: %s", bid, doc.Body.State, doc.Body.Reason)
		}
	}
	seen, err := w.s.GetBid(w.as("leader"), in)
	if err != nil || !seen.Sealed || seen.Application.Plan != "" {
		t.Errorf("the seal of a terminated demand: %+v, %v", seen, err)
	}
	f, err := w.s.GetBidFeedback(w.as("sme0"), in)
	if err != nil || f.Reason != "需求方停产" || len(f.Scores) != 4 || f.Scores[0].Assessed {
		t.Errorf("%+v, %v", f, err)
	}
	w.deliver()
	if to := w.told(bidEnded); !slices.Equal(to, []string{"sme0", "sme1"}) {
		t.Errorf("told %v", to)
	}
}

// TestNothingLeaks looks for the plan of a sealed bid in everything that leaves the service before the deadline.
func TestNothingLeaks(t *testing.T) {
	w := newTown(t)
	id := w.published()
	bid := w.bid(id, "sme0", true)
	w.deliver()
	for _, e := range w.events {
		if strings.Contains(string(e.Data), "SECRET-PLAN") {
			t.Errorf("event %s holds the plan", e.Kind)
		}
	}
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	if projected := project(id, doc.Rev, &doc.Body, names{}); strings.Contains(fmt.Sprint(projected), "SECRET-PLAN") {
		t.Error("the search projection holds the plan")
	}
	for who := range w.people {
		if who == "sme0" {
			continue
		}
		for _, path := range []string{"/api/v1/demands/" + id, "/api/v1/demands/" + id + "/bids", "/api/v1/bids/" + bid, "/api/v1/demands/" + id + "/history",
			"/api/v1/demands/" + id + "/result", "/api/v1/bids/" + bid + "/feedback", "/api/v1/my-bids", "/api/v1/demands"} {
			if a := w.http.As(who).Get(path); strings.Contains(string(a.Body), "SECRET-PLAN") || strings.Contains(string(a.Body), "1000000") {
				t.Errorf("%s reads the plan or price at %s", who, path)
			}
		}
	}
}

// TestSettings brings a shorter notice into force and leaves the past alone.
func TestSettings(t *testing.T) {
	w := newTown(t)
	city := w.http.As("city")
	get := w.http.Get("/api/v1/demand-settings").Want(200)
	in := map[string]any{"noticeWorkingDays": 3, "minPublishDays": 7, "reviewWorkingDays": 2, "correctionWorkingDays": 2, "pushLimit": 5, "maxWinners": 2,
		"criteria": []map[string]any{{"key": "all", "name": "综合", "weight": 100}}, "reason": "市里新规"}
	w.http.As("d1").IfMatch(get.ETag()).Put("/api/v1/demand-settings", in).Refused(403, "forbidden")
	city.Put("/api/v1/demand-settings", in).Refused(428, "precondition_required")
	city.IfMatch(get.ETag()).Put("/api/v1/demand-settings", in).Want(200)
	city.IfMatch(get.ETag()).Put("/api/v1/demand-settings", in).Refused(412, "stale")
	in["criteria"] = []map[string]any{{"key": "all", "name": "综合", "weight": 99}}
	city.IfMatch(`"2"`).Put("/api/v1/demand-settings", in).Refused(422, "invalid").Field("criteria", "weights_sum")
	book, err := w.s.settings.Doc(context.Background())
	must(t, err)
	if old := book.Body.InForce(day0.Add(-time.Hour)); old.NoticeWorkingDays != 5 {
		t.Errorf("the past had a notice of %d days", old.NoticeWorkingDays)
	}
	d, err := w.s.CreateDemand(w.as("leader"), goodInput())
	must(t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(t, err)
	_, err = w.s.ApproveDemand(w.as("city"), d.Id, "")
	must(t, err)
	var f *fault.Error
	if _, err := w.s.PublishDemand(w.as("leader"), d.Id, w.now().Add(6*24*time.Hour)); !errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Code != "too_soon" {
		t.Errorf("published for six days: %v", err)
	}
}

// TestSettingsSayWhomTheyTouch: a preview names what changes and what keeps its promised day and writes nothing; a version may lie ahead; each
// is listed with who and why.
func TestSettingsSayWhomTheyTouch(t *testing.T) {
	w := newTown(t)
	city := w.http.As("city")
	submitted, err := w.s.CreateDemand(w.as("leader"), goodInput())
	must(t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), submitted.Id)
	must(t, err)
	draft := goodInput()
	draft.Title = "还没提交的需求"
	_, err = w.s.CreateDemand(w.as("leader"), draft)
	must(t, err)
	in := map[string]any{"noticeWorkingDays": 5, "minPublishDays": 0, "districtReviewDays": 9, "reviewWorkingDays": 9, "correctionWorkingDays": 3, "pushLimit": 20, "maxWinners": 1,
		"criteria": []map[string]any{{"key": "all", "name": "综合", "weight": 100}}, "reason": "市里新规"}
	w.http.As("d1").Post("/api/v1/demand-settings/preview", in).Refused(403, "forbidden")
	w.http.As("d1").Get("/api/v1/demand-settings/versions").Refused(403, "forbidden")
	var v api.RulePreview
	a := city.Post("/api/v1/demand-settings/preview", in).Want(200).Into(&v)
	if v.Looked != 2 || v.Changes != 1 || v.Keeps != 1 || v.Items[0].Field != "maxWinners" || v.Items[0].After != "1" || v.Items[1].SubjectId != submitted.Id || v.Items[1].Before >= v.Items[1].After {
		t.Errorf("the preview is %+v", v)
	}
	if strings.Contains(string(a.Body), draft.Title) {
		t.Error("the preview names a draft nobody has handed in")
	}
	in["districtReview"] = false
	city.Post("/api/v1/demand-settings/preview", in).Want(200).Into(&v)
	if v.Changes != 2 || !slices.ContainsFunc(v.Items, func(x api.RuleTouch) bool {
		return x.Field == "districtReview" && x.After == "市级审核" && x.Name == ""
	}) {
		t.Errorf("without a first review it is %+v", v)
	}
	delete(in, "districtReview")

	get := city.Get("/api/v1/demand-settings").Want(200)
	from := w.now().Add(72 * time.Hour)
	in["effectiveFrom"] = from
	city.IfMatch(get.ETag()).Put("/api/v1/demand-settings", in).Want(200)
	for _, c := range []struct {
		at   time.Time
		want int
	}{{w.now(), 3}, {from.Add(-time.Second), 3}, {from, 1}} {
		if s, err := w.s.inForce(t.Context(), c.at); err != nil || s.MaxWinners != c.want {
			t.Errorf("at %v there may be %d winners, want %d: %v", c.at, s.MaxWinners, c.want, err)
		}
	}
	var versions struct{ Items []api.DemandSettings }
	if city.Get("/api/v1/demand-settings/versions").Want(200).Into(&versions); len(versions.Items) != 2 || versions.Items[0].Reason != "市里新规" || versions.Items[0].By == "" || versions.Items[1].MaxWinners != 3 {
		t.Errorf("the versions are %+v", versions.Items)
	}
}
