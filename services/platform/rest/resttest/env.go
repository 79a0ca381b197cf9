package resttest

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/seal"
)

// Start is the instant test environments begin at: a Monday morning in Shanghai.
var Start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// Env is what a module under test is given: an empty data directory, a clock that stands at Start until it is advanced, keys of
// its own, and a network on which peers can be played with Serve.
func Env(t testing.TB, name string) *host.Env {
	t.Helper()
	clock := &host.Clock{}
	clock.Freeze(Start)
	e := &host.Env{Name: name, Config: host.Config{Target: "all", Data: t.TempDir()}, Clock: clock,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: prometheus.NewRegistry(),
		Keys: host.Keys{Internal: key(t, "internal"), Token: key(t, "token"), Seal: seal.Ring{sealKey(t)}}, Network: rest.NewNetwork(nil)}
	e.Peers = e.Network.Client(func() (string, error) { return access.SignInternal(e.Keys.Internal, name, time.Now()) })
	return e
}

func key(t testing.TB, name string) access.Key {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := access.KeyFromSeed(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sealKey(t testing.TB) seal.Key {
	t.Helper()
	secret := sha256.Sum256([]byte("seal"))
	k, err := seal.NewKey(secret[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Run starts a module in the environment, keeps its jobs running, and ends all of it with the test.
func Run(t testing.TB, e *host.Env, m host.Module) *host.Running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r, err := m.Start(ctx, e)
	if err != nil {
		cancel()
		t.Fatalf("%s does not start: %v", m.Name, err)
	}
	ended := make(chan struct{}, len(r.Jobs))
	for _, j := range r.Jobs {
		go func() {
			defer func() { ended <- struct{}{} }()
			if err := j.Run(ctx); err != nil && ctx.Err() == nil {
				t.Errorf("job %s ended: %v", j.Name, err)
			}
		}()
	}
	t.Cleanup(func() {
		cancel()
		for range r.Jobs {
			<-ended
		}
		if r.Close != nil {
			if err := r.Close(); err != nil {
				t.Errorf("close %s: %v", m.Name, err)
			}
		}
	})
	if r.App != nil {
		Serve(t, e, m.Name, r.App)
	}
	return r
}

// Serve lets an app be found under a service's name on the environment's network.
func Serve(t testing.TB, e *host.Env, name string, app *fiber.App) {
	t.Helper()
	listener := e.Network.Listen(name)
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
}

// Token is an access token for a person, as account would sign it now.
func Token(t testing.TB, e *host.Env, a access.Actor) string {
	t.Helper()
	token, _, err := access.Sign(e.Keys.Token, a, e.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// PeerToken is the internal token of another service.
func PeerToken(t testing.TB, e *host.Env, service string) string {
	t.Helper()
	token, err := access.SignInternal(e.Keys.Internal, service, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Eventually polls until check gives nil, and fails with its last error after ten seconds.
func Eventually(t testing.TB, check func() error) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within ten seconds: %v", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
