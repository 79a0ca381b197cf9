package notice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/notice/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
)

type bench struct {
	*resttest.Client
	t   *testing.T
	env *host.Env

	service *Service

	mu     sync.Mutex
	events []docstore.Event
}

// newBench is the service over its real store, with a hearer that keeps what it is told.
func newBench(t *testing.T) *bench {
	t.Helper()
	t.Parallel()
	b := &bench{t: t, env: resttest.Env(t, "notice")}
	account := fiber.New(fiber.Config{DisableStartupMessage: true})
	account.Post("/internal/v1/standing", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"stands": true}) })
	resttest.Serve(t, b.env, "account", account)
	r := resttest.Run(t, b.env, host.Module{Name: "notice", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) {
		s, r, err := startWith(ctx, e, neighbours{shipped{}, staff{}, demandsOf{"public": true}}, func(_ context.Context, event docstore.Event) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, event)
			return nil
		})
		b.service = s
		return r, err
	}})
	spec, err := api.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	b.Client = resttest.New(t, r.App, spec)
	return b
}

func (b *bench) peer(service string) *resttest.Client {
	return b.As(resttest.PeerToken(b.t, b.env, service))
}

func (b *bench) user(a access.Actor) *resttest.Client { return b.As(resttest.Token(b.t, b.env, a)) }

// told waits until so many events of a kind have come, and gives the last.
func (b *bench) told(kind string, n int) docstore.Event {
	b.t.Helper()
	var last docstore.Event
	resttest.Eventually(b.t, func() error {
		b.mu.Lock()
		defer b.mu.Unlock()
		count := 0
		for _, e := range b.events {
			if e.Kind == kind {
				count, last = count+1, e
			}
		}
		if count != n {
			return fmt.Errorf("%d events %s, not %d", count, kind, n)
		}
		return nil
	})
	return last
}

const award = "demand:award:d1:1"

func input(public bool, more ...string) string {
	extra := ""
	for _, m := range more {
		extra += "," + m
	}
	return fmt.Sprintf(`{"service":"demand","kind":"award","subjectId":"d1","title":"谐波减速器攻关 定榜公示","summary":"拟由两家单位中榜","lines":["明州精密"],
		"link":"/demands/d1","audience":{"public":%t,"organisationIds":["guest-org"]},"district":"north","partyIds":["winner"],"workingDays":5%s}`, public, extra)
}

func standingOf(a *resttest.Answer) api.NoticeStanding {
	var s api.NoticeStanding
	a.Want(http.StatusOK).Into(&s)
	return s
}

func TestAPeerPutsANoticeUpOnce(t *testing.T) {
	b := newBench(t)
	path := "/internal/v1/notices/" + award
	first := standingOf(b.peer("demand").Put(path, input(true)))
	if first.State != "open" || !first.EndsAt.Equal(day(10, 0)) || first.Upheld {
		t.Fatalf("put up: %+v", first)
	}
	b.env.Clock.Advance(48 * time.Hour)
	if again := standingOf(b.peer("demand").Put(path, input(false))); again != first {
		t.Errorf("put up again: %+v", again)
	}
	b.peer("provider").Put(path, input(true)).Refused(http.StatusForbidden, "forbidden")
	b.user(access.Actor{UserID: "u", Staff: access.CityOperator}).Put(path, input(true)).Refused(http.StatusForbidden, "forbidden")
	b.peer("demand").Put("/internal/v1/notices/demand:award:other:1", input(true)).Refused(http.StatusUnprocessableEntity, "invalid")
	b.peer("demand").Put("/internal/v1/notices/demand:award:d1:2", input(true, `"days":3`)).Refused(http.StatusUnprocessableEntity, "invalid")
	b.peer("demand").Get("/internal/v1/notices/demand:award:d9:1").Refused(http.StatusNotFound, "not_found")
}

func TestTheEndIsRecordedOnceWhoeverLooksFirst(t *testing.T) {
	b := newBench(t)
	path := "/internal/v1/notices/" + award
	b.peer("demand").Put(path, input(true))
	b.env.Clock.Advance(8 * 24 * time.Hour)
	if s := standingOf(b.peer("demand").Get(path)); s.State != "ended" {
		t.Fatalf("after its days: %+v", s)
	}
	e := b.told(noticeEnded, 1)
	if e.DocumentID != award {
		t.Errorf("told of %s", e.DocumentID)
	}
	b.peer("demand").Post(path+"/withdraw", `{"reason":"更正"}`).Refused(http.StatusConflict, "notice.over")

	other := "/internal/v1/notices/demand:award:d1:2"
	b.peer("demand").Put(other, input(true))
	for range 2 { // again changes nothing
		if s := standingOf(b.peer("demand").Post(other+"/withdraw", `{"reason":"更正"}`)); s.State != "withdrawn" {
			t.Fatalf("withdrawn: %+v", s)
		}
	}
	b.env.Clock.Advance(30 * 24 * time.Hour)
	if s := standingOf(b.peer("demand").Get(other)); s.State != "withdrawn" {
		t.Errorf("a withdrawn notice moved: %+v", s)
	}
	b.told(noticeEnded, 1)
}

func TestWhoReadsANotice(t *testing.T) {
	b := newBench(t)
	b.peer("demand").Put("/internal/v1/notices/"+award, input(false)).Want(http.StatusOK)
	b.peer("demand").Put("/internal/v1/notices/demand:award:d1:2", input(true)).Want(http.StatusOK)
	b.peer("demand").Put("/internal/v1/announcements/"+award, `{"service":"demand","kind":"award","subjectId":"d1","title":"定榜公告","audience":{"public":true}}`).Want(http.StatusOK)
	for name, c := range map[string]struct {
		who   access.Actor
		reads bool
	}{
		"guest":             {access.Actor{}, false},
		"stranger":          {access.Actor{UserID: "u", OrgID: "stranger"}, false},
		"audience":          {access.Actor{UserID: "u", OrgID: "guest-org"}, true},
		"party":             {access.Actor{UserID: "u", OrgID: "winner"}, true},
		"its operator":      {access.Actor{UserID: "u", Staff: access.DistrictOperator, District: "north"}, true},
		"another operator":  {access.Actor{UserID: "u", Staff: access.DistrictOperator, District: "south"}, false},
		"the city operator": {access.Actor{UserID: "u", Staff: access.CityOperator}, true},
	} {
		client := b.As("")
		if name != "guest" {
			client = b.user(c.who)
		}
		answer := client.For(t).Get("/api/v1/notices/" + award)
		if (answer.Status == http.StatusOK) != c.reads || !c.reads && answer.Status != http.StatusNotFound {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	list := func(query string) int {
		var page api.NoticePage
		b.As("").Get("/api/v1/notices" + query).Want(http.StatusOK).Into(&page)
		return len(page.Items)
	}
	for query, want := range map[string]int{"": 2, "?type=announcement": 1, "?state=open": 1, "?state=ended": 0, "?kind=award&type=notice": 1, "?q=%E8%B0%90%E6%B3%A2": 1,
		"?q=%E8%B0%90%E6%B3%A2%20%E6%97%A0": 0, "?district=south": 0} {
		if got := list(query); got != want {
			t.Errorf("%q lists %d, not %d", query, got, want)
		}
	}
	var a api.Notice
	b.As("").Get("/api/v1/notices/announcement:" + award).Want(http.StatusOK).Into(&a)
	if a.State != "announced" || a.Type != "announcement" {
		t.Errorf("the announcement reads %+v", a)
	}
}

const (
	citizen = `{"text":"公示的中榜单位所报业绩与公开的合同信息不一致。","basis":"合同公告","name":"李明远","phone":"13800138000"}`
	refusal = `{"reason":"所附材料不能证明所述事实"}`
	answerD = `{"verdict":"dismissed","reason":"经核查，业绩材料属实"}`
	answerU = `{"verdict":"upheld","reason":"经核查，业绩材料不实"}`
)

var (
	north     = access.Actor{UserID: "north", Staff: access.DistrictOperator, District: "north"}
	south     = access.Actor{UserID: "south", Staff: access.DistrictOperator, District: "south"}
	cityWide  = access.Actor{UserID: "city", Staff: access.CityOperator}
	biased    = access.Actor{UserID: "biased", Staff: access.DistrictOperator, District: "north"} // works for the winner too
	objecting = access.Actor{UserID: "objector", Staff: access.CityOperator}                      // filed it
	platform  = access.Actor{UserID: "platform", Staff: access.PlatformStaff}
)

// staff plays account: who the operators are.
type staff struct{}

func (staff) Person(_ context.Context, userID string) (Person, error) {
	return map[string]Person{"biased": {OrgIDs: []string{"winner"}}, "objector": {Phone: "13800138000"}}[userID], nil
}

func (b *bench) putUp() {
	b.t.Helper()
	b.peer("demand").Put("/internal/v1/notices/"+award, input(true)).Want(http.StatusOK)
}

func (b *bench) file() api.ObjectionReceipt {
	b.t.Helper()
	var r api.ObjectionReceipt
	b.As("").Post("/api/v1/notices/"+award+"/objections", citizen).Want(http.StatusCreated).Into(&r)
	return r
}

func (b *bench) query(r api.ObjectionReceipt) api.Objection {
	b.t.Helper()
	var o api.Objection
	b.As("").Post("/api/v1/objections/query", map[string]string{"code": r.Code, "tail": "8000"}).Want(http.StatusOK).Into(&o)
	return o
}

func (b *bench) public() api.Notice {
	b.t.Helper()
	var n api.Notice
	b.As("").Get("/api/v1/notices/" + award).Want(http.StatusOK).Into(&n)
	return n
}

func TestAnObjectionFromFilingToItsAnswer(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	if !r.DecideBy.Equal(day(5, 0)) {
		t.Errorf("the decision is due %s", r.DecideBy)
	}
	b.told(objectionFiled, 1)
	if n := b.public(); n.State != "open" || len(n.Objections) != 1 || n.Objections[0].Stage != "filed" {
		t.Fatalf("filed: %+v", n)
	}
	b.env.Clock.Advance(48 * time.Hour) // Wednesday
	b.user(north).Post("/api/v1/objections/"+r.Id+"/accept", nil).Want(http.StatusOK)
	b.told(noticePaused, 1)
	if n := b.public(); n.State != "paused" || n.DaysLeft != 4 || n.PausedAt.IsZero() {
		t.Fatalf("accepted: %+v", n)
	}
	if o := b.query(r); o.Stage != "accepted" || !o.AnswerBy.Equal(day(14, 0)) {
		t.Errorf("the objector reads %+v", o)
	}
	b.env.Clock.Advance(48 * time.Hour) // Friday
	b.user(north).Post("/api/v1/objections/"+r.Id+"/answer", `{"verdict":"dismissed","reason":"李明远反映的情况不属实"}`).Refused(http.StatusUnprocessableEntity, "invalid")
	b.user(north).Post("/api/v1/objections/"+r.Id+"/answer", answerD).Want(http.StatusOK)
	b.told(noticeResumed, 1)
	n := b.public()
	if n.State != "open" || !n.EndsAt.Equal(day(13, 0)) || n.Objections[0].Reason != "经核查，业绩材料属实" {
		t.Fatalf("dismissed: %+v", n)
	}
	if o := b.query(r); o.Stage != "dismissed" || o.Reason != "经核查，业绩材料属实" {
		t.Errorf("the objector reads %+v", o)
	}

	second := b.file()
	b.user(cityWide).Post("/api/v1/objections/"+second.Id+"/accept", nil).Want(http.StatusOK)
	b.user(cityWide).Post("/api/v1/objections/"+second.Id+"/answer", answerU).Want(http.StatusOK)
	if e := b.told(noticeStopped, 1); !strings.Contains(string(e.Data), `"reason":"经核查，业绩材料不实"`) || !strings.Contains(string(e.Data), second.Id) {
		t.Errorf("told %s", e.Data)
	}
	b.As("").Post("/api/v1/notices/"+award+"/objections", citizen).Refused(http.StatusConflict, "objection.late")
}

// TestObjectionMatrix writes down every (stage × action × actor) of an objection over HTTP: where it leads, or why it is refused. The file is
// reviewed like code; LIANBANG_TEST_GOLDEN=write writes it anew.
func TestObjectionMatrix(t *testing.T) {
	b := newBench(t)
	b.service.filings.most = 1000 // floods have a test of their own
	steps := map[string][2]string{"accept": {"/accept", "{}"}, "refuse": {"/refuse", refusal}, "dismiss": {"/answer", answerD}, "uphold": {"/answer", answerU}}
	round := 0
	bring := func(path ...string) api.ObjectionReceipt { // an objection of its own notice, so that none is in another's way
		round++
		notice := fmt.Sprintf("demand:award:d1:%d", round)
		b.peer("demand").Put("/internal/v1/notices/"+notice, input(true)).Want(http.StatusOK)
		var r api.ObjectionReceipt
		b.As("").Post("/api/v1/notices/"+notice+"/objections", citizen).Want(http.StatusCreated).Into(&r)
		for _, s := range path {
			b.user(cityWide).Post("/api/v1/objections/"+r.Id+steps[s][0], steps[s][1]).Want(http.StatusOK)
		}
		return r
	}
	who := []struct {
		name  string
		actor *access.Actor
	}{
		{"guest", nil}, {"any signed-in person", &access.Actor{UserID: "u", OrgID: "some-org", Role: access.Owner, Verified: true}}, {"platform staff", &platform},
		{"its district's operator", &north}, {"another district's operator", &south}, {"city operator", &cityWide},
		{"operator of a party", &biased}, {"operator who objected", &objecting},
	}
	var m strings.Builder
	m.WriteString("# Who may do what with an objection, by stage\n\nWritten by TestObjectionMatrix. Whoever filed it has no account: the receipt's code opens it.\n")
	for _, stage := range []struct {
		name string
		path []string
	}{{"filed", nil}, {"accepted", []string{"accept"}}, {"refused", []string{"refuse"}}, {"dismissed", []string{"accept", "dismiss"}}, {"upheld", []string{"accept", "uphold"}}} {
		fmt.Fprintf(&m, "\n## %s\n\n| actor | read | contact | accept | refuse | dismiss | uphold |\n|---|---|---|---|---|---|---|\n", stage.name)
		r := bring(stage.path...)
		for _, w := range who {
			client := b.As("")
			if w.actor != nil {
				client = b.user(*w.actor)
			}
			fmt.Fprintf(&m, "| %s |", w.name)
			path := "/api/v1/objections/" + r.Id
			for _, look := range []*resttest.Answer{client.Get(path), client.Post(path+"/contact", nil)} {
				fmt.Fprintf(&m, " %s |", outcome(look))
			}
			for _, step := range []string{"accept", "refuse", "dismiss", "uphold"} {
				got := client.Post("/api/v1/objections/"+r.Id+steps[step][0], steps[step][1])
				fmt.Fprintf(&m, " %s", outcome(got))
				now := string(b.query(r).Stage)
				if got.Status == http.StatusOK {
					m.WriteString(" " + now)
					r = bring(stage.path...)
				} else if now != stage.name {
					t.Errorf("refused, and yet %s by %s moved it from %s to %s", step, w.name, stage.name, now)
				}
				m.WriteString(" |")
			}
			m.WriteString("\n")
		}
		var f api.ObjectionFile
		file := b.As("").With("Objection-Code", r.Code).Upload("/api/v1/objections/"+r.Id+"/files", "合同.png", pixel, nil)
		if file.Status == http.StatusCreated {
			file.Into(&f)
		}
		fmt.Fprintf(&m, "\nOne more file with the receipt's code: %s. The receipt reads: %s.\n", outcome(file), b.query(r).Stage)
	}
	golden(t, "objection_matrix.md", m.String())
}

// outcome is an answer in a matrix: a tick, or the status and why.
func outcome(a *resttest.Answer) string {
	if a.Status < http.StatusBadRequest {
		return "✓"
	}
	var problem struct{ Code string }
	a.Into(&problem)
	return fmt.Sprint(a.Status, " ", strings.TrimPrefix(problem.Code, "objection."))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("LIANBANG_TEST_GOLDEN") == "write" {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s does not say what is (%v); if the change is meant, write it anew with LIANBANG_TEST_GOLDEN=write and read the difference. It is\n%s", path, err, got)
	}
}

func TestWhoObjectedIsTheHandlersAlone(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	answers := []*resttest.Answer{b.As("").Get("/api/v1/notices/" + award), b.As("").Get("/api/v1/notices"), b.user(north).Get("/api/v1/objections"),
		b.user(north).Get("/api/v1/objections/" + r.Id), b.user(cityWide).Get("/api/v1/notice-audit"),
		b.As("").Post("/api/v1/objections/query", map[string]string{"code": r.Code, "tail": "8000"})}
	for _, a := range answers {
		if body := string(a.Want(http.StatusOK).Body); strings.Contains(body, "李明远") || strings.Contains(body, "13800138000") {
			t.Errorf("an answer says who objected: %s", body)
		}
	}
	stored, err := os.ReadFile(filepath.Join(b.env.Config.Data, "notice.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(stored), "李明远") || strings.Contains(string(stored), "13800138000") || strings.Contains(string(stored), r.Code) {
		t.Error("the store says who objected")
	}
	var c api.ObjectorContact
	b.user(north).Post("/api/v1/objections/"+r.Id+"/contact", nil).Want(http.StatusOK).Into(&c)
	if c.Name != "李明远" || c.Phone != "13800138000" {
		t.Errorf("the handler reads %+v", c)
	}
	if o := b.query(r); len(o.Looks) != 1 {
		t.Errorf("the objector sees %d looks", len(o.Looks))
	}
	var mine struct{ Items []api.Objection }
	b.user(south).Get("/api/v1/objections").Want(http.StatusOK).Into(&mine)
	if len(mine.Items) != 0 {
		t.Error("another district lists it")
	}
}

func TestDeadlinesAreEscalatedOnce(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	b.env.Clock.Advance(3 * 24 * time.Hour)
	b.told(objectionOverdue, 1)
	if o := b.query(r); !o.Late || o.Stage != "filed" {
		t.Errorf("overdue: %+v", o)
	}
	b.user(cityWide).Post("/api/v1/objections/"+r.Id+"/accept", nil).Want(http.StatusOK)
	b.env.Clock.Advance(30 * 24 * time.Hour)
	b.told(objectionOverdue, 2)
	if n := b.public(); n.State != "paused" {
		t.Errorf("an unanswered objection let the notice go on: %s", n.State)
	}
}

func TestAnObjectionUndecidedAtTheEndPausesNothing(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	b.env.Clock.Advance(9 * 24 * time.Hour)
	if n := b.public(); n.State != "ended" {
		t.Fatalf("it is %s", n.State)
	}
	b.user(cityWide).Post("/api/v1/objections/"+r.Id+"/accept", nil).Want(http.StatusOK)
	b.user(cityWide).Post("/api/v1/objections/"+r.Id+"/answer", answerU).Want(http.StatusOK)
	if s := standingOf(b.peer("demand").Get("/internal/v1/notices/" + award)); s.State != "ended" || !s.Upheld {
		t.Errorf("upheld late: %+v", s)
	}
	b.told(noticeUpheldLate, 1)
	b.told(noticeStopped, 0)
}

func TestReceiptsAreNotGuessedAndFloodsEnd(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	try := func(code, tail string) *resttest.Answer {
		return b.As("").Post("/api/v1/objections/query", map[string]string{"code": code, "tail": tail})
	}
	try(r.Code, "8001").Refused(http.StatusNotFound, "not_found")
	try("0000-0000-0000-0000", "8000").Refused(http.StatusNotFound, "not_found")
	for range guessesPerHour {
		try("0000-0000-0000-0000", "8000")
	}
	try("0000-0000-0000-0000", "8000").Refused(http.StatusTooManyRequests, "objection.too_often")
	var again api.ObjectionReceipt
	same := b.As("").Key("one-key")
	same.Post("/api/v1/notices/"+award+"/objections", citizen).Want(http.StatusCreated).Into(&r)
	same.Post("/api/v1/notices/"+award+"/objections", citizen).Want(http.StatusCreated).Into(&again)
	if again != r {
		t.Error("a repeated request got another receipt")
	}
	for range filingsPerHour {
		b.As("").Post("/api/v1/notices/"+award+"/objections", citizen)
	}
	b.As("").Post("/api/v1/notices/"+award+"/objections", citizen).Refused(http.StatusTooManyRequests, "objection.too_often")
}

// TestObjectionsUnderAttack: a body too large or too long is refused with a word, guesses count per network and a guesser is told when to come
// again while others are served, and nothing that leaves the service says who objected.
func TestObjectionsUnderAttack(t *testing.T) {
	b := newBench(t)
	b.putUp()
	path := "/api/v1/notices/" + award + "/objections"
	long := func(letters int) string {
		return strings.Replace(citizen, "合同公告", strings.Repeat("长", letters), 1)
	}
	b.As("").Post(path, long(20_000)).Refused(http.StatusUnprocessableEntity, "invalid").Field("basis", "too_long")
	b.As("").Post(path, long(1<<20)).Refused(http.StatusUnprocessableEntity, "invalid") // three megabytes; what is larger ends at the gateway
	if n := b.public(); len(n.Objections) != 0 {
		t.Fatalf("something was filed: %+v", n.Objections)
	}
	r := b.file()

	from := func(address string) *resttest.Client {
		return b.As("").With(rest.HeaderClientAddr, address)
	}
	right, wrong := map[string]string{"code": r.Code, "tail": "8000"}, map[string]string{"code": "0000-0000-0000-0000", "tail": "8000"}
	for i := range guessesPerHour {
		from(fmt.Sprintf("2001:db8:0:1::%x", i)).Post("/api/v1/objections/query", wrong).Refused(http.StatusNotFound, "not_found")
	}
	for _, guess := range []map[string]string{wrong, right} { // a right one tells a guesser nothing either
		a := from("2001:db8:0:1::ffff").Post("/api/v1/objections/query", guess).Refused(http.StatusTooManyRequests, "objection.too_often")
		if after, err := strconv.Atoi(a.Header.Get("Retry-After")); err != nil || after < 1 || after > 3600 {
			t.Errorf("told to come again after %q", a.Header.Get("Retry-After"))
		}
	}
	from("2001:db8:0:2::1").Post("/api/v1/objections/query", right).Want(http.StatusOK)
	b.env.Clock.Advance(time.Hour)
	from("2001:db8:0:1::ffff").Post("/api/v1/objections/query", right).Want(http.StatusOK)

	b.user(north).Post("/api/v1/objections/"+r.Id+"/accept", nil).Want(http.StatusOK)
	b.told(noticePaused, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.events {
		if text := string(e.Data); strings.Contains(text, "李明远") || strings.Contains(text, "13800138000") || strings.Contains(text, r.Code) {
			t.Errorf("%s says who objected: %s", e.Kind, text)
		}
	}
}

// pixel is a small picture.
var pixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82")

func TestEvidence(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	path := "/api/v1/objections/" + r.Id + "/files"
	b.As("").With("Objection-Code", "0000-0000-0000-0000").Upload(path, "合同.png", pixel, nil).Refused(http.StatusNotFound, "not_found")
	var f api.ObjectionFile
	b.As("").With("Objection-Code", r.Code).Upload(path, "合同.png", pixel, nil).Want(http.StatusCreated).Into(&f)
	if got := b.user(north).Get(path + "/" + f.Id).Want(http.StatusOK).Body; string(got) != string(pixel) {
		t.Error("the handler reads another file")
	}
	b.user(south).Get(path+"/"+f.Id).Refused(http.StatusNotFound, "not_found")
	b.user(north).Post("/api/v1/objections/"+r.Id+"/refuse", refusal).Want(http.StatusOK)
	b.As("").With("Objection-Code", r.Code).Upload(path, "合同.png", pixel, nil).Refused(http.StatusConflict, "objection.decided")
}

// TestADecisionSurvivesACrash stops between the two writes of a decision: the notice knows, the objection not yet.
func TestADecisionSurvivesACrash(t *testing.T) {
	b := newBench(t)
	b.putUp()
	r := b.file()
	if _, err := b.service.notices.Update(t.Context(), award, func(tx *docstore.Tx[Notice]) error {
		return decide(tx, r.Id, Accepted, Decision{By: "north"}, when.Default)
	}); err != nil {
		t.Fatal(err)
	}
	resttest.Eventually(t, func() error {
		o, err := b.service.objections.Get(t.Context(), r.Id)
		if err == nil && (o.Body.Standing != WasAccepted || o.Body.Handler != "north") {
			err = fmt.Errorf("the objection is %s by %q", o.Body.Standing, o.Body.Handler)
		}
		return err
	})
	resttest.Eventually(t, func() error {
		n, err := b.service.notices.Get(t.Context(), award)
		if err == nil && (n.Body.DueAt != 0 || n.Body.State != Paused) {
			err = fmt.Errorf("the notice is %s, due %d", n.Body.State, n.Body.DueAt)
		}
		return err
	})
}

// demandsOf plays the demand service: which demands anybody may read.
type demandsOf map[string]bool

func (d demandsOf) Public(_ context.Context, id string) (bool, error) { return d[id], nil }

func TestResultsAndCataloguesAreAnnounced(t *testing.T) {
	b := newBench(t)
	hear := func(kind, document, data string) {
		t.Helper()
		b.peer("demand").Post("/internal/v1/events", fmt.Sprintf(`{"id":"e-%s","kind":%q,"source":"demands","documentId":%q,"at":1,"data":%s}`, document, kind, document, data)).Want(http.StatusNoContent)
	}
	for range 2 { // again changes nothing
		hear(awardPublished, "public", `{"params":{"demandId":"public","title":"谐波减速器","code":"2026Q1-0001","winners":["明州精密"]},"link":"/demands/public/result"}`)
	}
	hear(awardPublished, "hidden", `{"params":{"demandId":"hidden","title":"不公开"},"link":"/demands/hidden/result"}`)
	hear(issuePublished, "2026Q1", `{"params":{"title":"第一季度供需目录","items":3},"link":"/issues/2026Q1"}`)
	hear("demand.published", "other", `{"params":[]}`)
	var page api.NoticePage
	b.As("").Get("/api/v1/notices?type=announcement").Want(http.StatusOK).Into(&page)
	if len(page.Items) != 2 {
		t.Fatalf("%d announcements: %+v", len(page.Items), page.Items)
	}
	var result api.Notice
	b.As("").Get("/api/v1/notices/announcement:demand:award:public:1").Want(http.StatusOK).Into(&result)
	if result.Title != "2026Q1-0001 谐波减速器 定榜公告" || len(result.Lines) != 1 || result.Link != "/demands/public/result" {
		t.Errorf("%+v", result)
	}
}

func TestWhatProvidersAndTitleListsComeToIsAnnounced(t *testing.T) {
	b := newBench(t)
	hear := func(kind, document string, rev int, params string) {
		t.Helper()
		for range 2 { // again changes nothing
			b.peer("provider").Post("/internal/v1/events", fmt.Sprintf(`{"id":"e-%s-%d","kind":%q,"source":"x","documentId":%q,"rev":%d,"at":1,"data":{"params":%s}}`, document, rev, kind, document, rev, params)).Want(http.StatusNoContent)
		}
	}
	firm := `{"orgId":"p1","orgName":"甬智咨询","number":"NB-0001","reason":"内部所见","restored":%t}`
	hear(evaluationAwarded, "2026", 9, `{"year":2026,"round":2,"winners":["甬智咨询"]}`)
	hear(providerSuspended, "p1", 4, fmt.Sprintf(firm, false))
	hear(providerReinstated, "p1", 5, fmt.Sprintf(firm, false))
	hear(providerRemoved, "p1", 6, fmt.Sprintf(firm, false))
	hear(appealDecided, "p1", 8, fmt.Sprintf(firm, true))
	hear(providerRemoved, "p1", 9, fmt.Sprintf(firm, false)) // out a second time: a second announcement
	hear(appealDecided, "p2", 3, fmt.Sprintf(firm, false))   // dismissed: nothing changes
	hear(titleListEntered, "l1", 3, `{"kind":"省级专精特新中小企业","batch":"2026年第一批","issuer":"省经信厅","titles":12}`)
	hear(titleListEntered, "l2", 3, `{"batch":"2026年第一批","titles":0}`) // brought in again
	var page api.NoticePage
	b.As("").Get("/api/v1/notices?type=announcement&limit=50").Want(http.StatusOK).Into(&page)
	got := map[string]string{}
	for _, n := range page.Items {
		got[n.Id] = n.Title
		if strings.Contains(n.Summary, "内部所见") {
			t.Errorf("%s tells everybody why", n.Id)
		}
	}
	want := map[string]string{"announcement:provider:evaluation:2026:2": "2026年度优质服务机构评选结果公告", "announcement:provider:suspension:p1:4": "关于甬智咨询暂停展示的公告",
		"announcement:provider:reinstatement:p1:5": "关于甬智咨询恢复在库的公告", "announcement:provider:removal:p1:6": "关于甬智咨询出库的公告",
		"announcement:provider:reinstatement:p1:8": "关于甬智咨询恢复在库的公告", "announcement:provider:removal:p1:9": "关于甬智咨询出库的公告",
		"announcement:account:title:l1:1": "2026年第一批 省级专精特新中小企业名单公告"}
	if !maps.Equal(got, want) {
		t.Errorf("announced %v", got)
	}
}

// shipped is a city that goes by the calendar the program ships with.
type shipped struct{}

func (shipped) Calendar(context.Context) (when.Calendar, error) { return when.Default, nil }

func (shipped) Rules(context.Context) (Rules, error) { return rules, nil }
