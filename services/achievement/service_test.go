package achievement

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// town is the service on a real store, with the other services played.
type town struct {
	t      testing.TB
	s      *Service
	http   *resttest.Client
	people map[string]access.Actor
	orgs   map[string]Organisation

	mu      sync.Mutex
	at      time.Time
	notices map[string]NoticeState
	away    bool // the notice service is
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

func newTown(t testing.TB) *town {
	t.Helper()
	w := &town{t: t, at: day0, people: map[string]access.Actor{}, orgs: map[string]Organisation{}, notices: map[string]NoticeState{}}
	w.org("uni", "东澜大学", access.University)
	w.org("other", "西澜研究院", access.University)
	w.org("firm1", "甬江精密", access.SME)
	w.org("firm2", "海曙齿轮", access.SME)
	w.org("new", "新登记企业", access.SME)
	o := w.orgs["new"]
	o.Verified = false
	w.orgs["new"] = o
	a := w.people["new"]
	a.Verified = false
	w.people["new"] = a
	w.people["dept"] = access.Actor{UserID: "u-dept", OrgID: "uni", Capacities: []access.Capacity{access.University}, Verified: true, Role: access.Plain}
	w.people["peer"] = access.Actor{Service: "notice"}
	w.people["city"] = access.Actor{UserID: "u-city", Staff: access.CityOperator}
	w.people["d1"] = access.Actor{UserID: "u-d1", Staff: access.DistrictOperator, District: "d1"}
	w.people["d2"] = access.Actor{UserID: "u-d2", Staff: access.DistrictOperator, District: "d2"}
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	db, err := docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(dir, "achievement.db"), Now: w.now, Sole: true})
	must(t, err)
	t.Cleanup(func() { _ = db.Close(ctx) })
	files, err := blob.OpenDir(filepath.Join(dir, "files"), 1<<20)
	must(t, err)
	decisions, err := audit.Open(ctx, db, "achievement")
	must(t, err)
	w.s, err = NewService(ctx, Options{DB: db, Organisations: w, Lists: w, Files: files, Relay: w, Notices: noticeBoard{w}, Audit: decisions, Now: w.now, Log: quiet})
	must(t, err)
	app, err := newApp(w.s, rest.Options{Name: "achievement", Now: w.now, Log: quiet, BodyLimit: bodyLimit, Verify: func(_ context.Context, token string) (access.Actor, error) {
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

func (w *town) org(id, name string, capacity access.Capacity) {
	w.orgs[id] = Organisation{ID: id, Name: name, Verified: true, Capacities: []access.Capacity{capacity}, District: "d1", Chains: []string{"c1"}}
	w.people[id] = access.Actor{UserID: "u-" + id, OrgID: id, Capacities: []access.Capacity{capacity}, Verified: true, Role: access.Owner}
}

// Get is account's answer.
func (w *town) Get(_ context.Context, id string) (Organisation, error) {
	if o, ok := w.orgs[id]; ok {
		return o, nil
	}
	return Organisation{}, fault.New(fault.NotFound, "", "no such organisation")
}

// City is the city's name.
func (w *town) City(context.Context) (string, error) { return "澜州市", nil }

// Districts are two.
func (w *town) Districts(context.Context) ([]Choice, error) {
	return []Choice{{"d1", "澜江区"}, {"d2", "澜海区"}}, nil
}

// Chains are two.
func (w *town) Chains(context.Context) ([]Choice, error) {
	return []Choice{{"c1", "高端装备产业链"}, {"c2", "新材料产业链"}}, nil
}

// Put is the notice service's answer.
func (w *town) Put(_ context.Context, p Poster) (NoticeState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		return NoticeState{}, fault.New(fault.Unavailable, "", "away")
	}
	if _, there := w.notices[p.ID]; !there {
		w.notices[p.ID] = NoticeState{State: "open"}
	}
	return w.notices[p.ID], nil
}

// Withdraw takes one back.
func (w *town) Withdraw(_ context.Context, id, _ string) error {
	w.stand(id, NoticeState{State: "withdrawn"})
	return nil
}

// stand makes a notice stand otherwise.
func (w *town) stand(id string, state NoticeState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notices[id] = state
}

// noticeBoard is the town as the notice service.
type noticeBoard struct{ *town }

// Get is how a notice stands.
func (w noticeBoard) Get(_ context.Context, id string) (NoticeState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.notices[id], nil
}

// Parked are none.
func (w *town) Parked(context.Context, string, int) (docstore.Page[docstore.Parked], error) {
	return docstore.Page[docstore.Parked]{}, nil
}

// Retry takes any.
func (w *town) Retry(context.Context, string) error { return nil }

// as is a context that speaks for somebody.
func (w *town) as(name string) context.Context {
	if _, ok := w.people[name]; !ok && name != "" {
		w.t.Fatalf("who is %s?", name)
	}
	return access.With(context.Background(), w.people[name])
}

func input(t testing.TB, p Profile) api.AchievementInput {
	t.Helper()
	in, err := as[api.AchievementInput](p)
	must(t, err)
	return in
}

// published is an achievement on offer.
func (w *town) published(p Profile) string {
	w.t.Helper()
	a, err := w.s.CreateAchievement(w.as("uni"), input(w.t, p))
	must(w.t, err)
	_, err = w.s.SubmitAchievement(w.as("uni"), a.Id)
	must(w.t, err)
	_, err = w.s.PublishAchievement(w.as("d1"), a.Id, "")
	must(w.t, err)
	return a.Id
}
