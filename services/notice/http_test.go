package notice

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/notice/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

type bench struct {
	*resttest.Client
	t   *testing.T
	env *host.Env

	mu     sync.Mutex
	events []docstore.Event
}

// newBench is the service over its real store, with a hearer that keeps what it is told.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, env: resttest.Env(t, "notice")}
	account := fiber.New(fiber.Config{DisableStartupMessage: true})
	account.Post("/internal/v1/standing", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"stands": true}) })
	resttest.Serve(t, b.env, "account", account)
	r := resttest.Run(t, b.env, host.Module{Name: "notice", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) {
		return startWith(ctx, e, shipped{}, func(_ context.Context, event docstore.Event) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.events = append(b.events, event)
			return nil
		})
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
