package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

func newKey(t *testing.T, name string) access.Key {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := access.KeyFromSeed(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestKeyRotationSignsNobodyOut restarts the service on its data with the next key: sessions go on, and tokens of either key are believed
// while both are published.
func TestKeyRotationSignsNobodyOut(t *testing.T) {
	e := resttest.Env(t, "account")
	now, next := newKey(t, "now"), newKey(t, "next")
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	run := func(signs access.Key, published []access.Key, f func(c *resttest.Client)) {
		e.Keys.Token, e.Keys.Others = signs, published
		e.Metrics = resttest.Env(t, "account").Metrics
		r, err := start(t.Context(), e, testCost)
		if err != nil {
			t.Fatal(err)
		}
		f(resttest.New(t, r.App, spec))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var cookie, token string
	take := func(a *resttest.Answer) {
		var s api.Session
		a.Into(&s)
		token = s.AccessToken
		cookie, _ = a.Cookie("lb_refresh")
	}
	run(now, []access.Key{next}, func(c *resttest.Client) {
		take(c.Post("/api/v1/auth/sign-up", map[string]any{"phone": "13800138000", "name": "安娜", "password": password}).Want(201))
		var keys api.JWKS
		c.Get("/.well-known/jwks.json").Want(200).Into(&keys)
		if len(keys.Keys) != 2 || keys.Keys[0].Kid != now.ID || keys.Keys[1].Kid != next.ID {
			t.Errorf("%+v", keys)
		}
	})
	run(next, nil, func(c *resttest.Client) {
		c.As(token).Get("/api/v1/me").Refused(401, "token_invalid") // the browser answers by refreshing
		take(c.With("Cookie", "lb_refresh="+cookie).Post("/api/v1/auth/refresh", nil).Want(200))
		c.As(token).Get("/api/v1/me").Want(200)
	})
}

func TestStartNeedsAKey(t *testing.T) {
	e := resttest.Env(t, "account")
	e.Keys.Token = access.Key{}
	if _, err := Module().Start(t.Context(), e); err == nil || !strings.Contains(err.Error(), "LIANBANG_TOKEN_KEY") {
		t.Errorf("started: %v", err)
	}
}

func TestHTTPSCookieIsSecure(t *testing.T) {
	e := resttest.Env(t, "account")
	e.Config.PublicURL = "https://lianbang.example"
	r := resttest.Run(t, e, host.Module{Name: "account", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) { return start(ctx, e, testCost) }})
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	a := resttest.New(t, r.App, spec).Post("/api/v1/auth/sign-up", map[string]any{"phone": "13800138000", "name": "安娜", "password": password}).Want(201)
	if !strings.Contains(a.Header.Get("Set-Cookie"), "; Secure") {
		t.Error(a.Header.Get("Set-Cookie"))
	}
	cookie, _ := a.Cookie("lb_refresh")
	c := resttest.New(t, r.App, spec).With("Cookie", "lb_refresh="+cookie)
	c.With("Origin", "https://lianbang.example").Post("/api/v1/auth/refresh", nil).Want(200)
	c.With("Origin", "https://lianbang.example.evil.example").Post("/api/v1/auth/refresh", nil).Refused(403, "auth.cross_site")
}

// lines collects a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// TestLogsHoldNoSecrets signs up, in and out, fails, is thrown out, and reads the whole log at its most talkative.
func TestLogsHoldNoSecrets(t *testing.T) {
	var log lines
	e := resttest.Env(t, "account")
	e.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r := resttest.Run(t, e, host.Module{Name: "account", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) { return start(ctx, e, testCost) }})
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	c := resttest.New(t, r.App, spec)
	body := map[string]any{"phone": "13800138000", "email": "anna@example.com", "name": "安娜", "password": password,
		"organisation": map[string]any{"name": "安家", "creditCode": "91350100M000100Y43", "capacities": []string{"sme"}, "districtCode": "lanjiang", "contact": map[string]any{"phone": "13700001111"}}}
	a := c.Post("/api/v1/auth/sign-up", body).Want(201)
	var s api.Session
	a.Into(&s)
	cookie, _ := a.Cookie("lb_refresh")
	c.Post("/api/v1/auth/sign-up", body).Want(409)
	c.Post("/api/v1/auth/sign-in", map[string]any{"login": "13800138000", "password": "wrong password"}).Want(401)
	c.Post("/api/v1/auth/sign-in", map[string]any{"login": "anna@example.com", "password": password}).Want(200)
	p := c.As(s.AccessToken)
	var i api.Invitation
	p.Post("/api/v1/organisations/"+s.Me.Organisation.OrgId+"/invitations", map[string]any{"phone": "13600002222", "role": "member"}).Want(201).Into(&i)
	p.Post("/api/v1/me/invitations/accept", map[string]any{"code": i.Code}).Want(200)
	r2 := c.With("Cookie", "lb_refresh="+cookie)
	r2.Post("/api/v1/auth/refresh", nil).Want(200)
	e.Clock.Advance(TabGrace * 2)
	r2.Post("/api/v1/auth/refresh", nil).Want(401)
	c.As(s.AccessToken + "x").Get("/api/v1/me").Want(401)
	log.mu.Lock()
	defer log.mu.Unlock()
	text := log.b.String()
	for _, secret := range []string{"13800138000", "13700001111", "13600002222", "anna@example", "安娜", password, "wrong password", cookie, strings.Split(cookie, ".")[3], s.AccessToken, i.Code} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(text, `"op":"signIn"`) || !strings.Contains(text, "used twice") {
		t.Errorf("the log does not tell what happened: %s", text)
	}
}
