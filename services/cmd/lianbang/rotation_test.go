package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
)

// TestTokenKeyRotation changes the token key as README.md says, through running services that know each other by address: account restarts
// with the next key published, with it signing, and with the old one retired. Whoever is signed in is refused nothing on the way, and
// refreshes before and after each step; in the end the old key signs for nobody.
func TestTokenKeyRotation(t *testing.T) {
	f := &convoy{t: t, clock: &host.Clock{}, data: t.TempDir(), internal: seedOf("internal"), address: map[string]string{}}
	for _, name := range []string{"account", "notify", "gateway"} {
		l := f.listen("127.0.0.1:0")
		f.address[name] = l.Addr().String()
		_ = l.Close()
	}
	before, after := seedOf("before"), seedOf("after")
	account := f.run("account", host.Config{TokenKey: before})
	f.run("notify", host.Config{})
	f.run("gateway", host.Config{})

	p := &signedIn{t: t, origin: "http://" + f.address["gateway"]}
	p.begin()
	p.ask("notify", "/api/v1/inbox", http.StatusOK) // now every service has read the keys
	stop := p.keepAsking()
	restart := func(c host.Config) {
		t.Helper()
		account.close()
		p.ask("notify", "/api/v1/inbox", http.StatusOK) // with account away, by the keys it published
		account = f.run("account", c)
		p.ask("account", "/api/v1/me", http.StatusOK)
		p.ask("notify", "/api/v1/inbox", http.StatusOK)
	}
	old := p.kid()

	// 1. The next key is published and does not sign.
	restart(host.Config{TokenKey: before, NextKey: after})
	p.refresh()
	if p.kid() != old {
		t.Errorf("the next key signs before it should")
	}
	f.clock.Advance(access.TokenLife - time.Minute)
	p.refresh()
	f.clock.Advance(access.TokenLife - time.Minute) // more than five minutes in all: every service has read the keys again
	p.refresh()
	p.ask("notify", "/api/v1/inbox", http.StatusOK)

	// 2. It signs; tokens of the old one are believed to their end.
	restart(host.Config{TokenKey: after, PreviousKey: before})
	if p.kid() != old {
		t.Fatal("the token at hand is not of the old key")
	}
	account.close() // notify cannot ask for keys: it must know the new one already
	account = f.run("account", host.Config{TokenKey: after, PreviousKey: before})
	p.refresh()
	if p.kid() == old {
		t.Error("the new key does not sign")
	}
	account.close()
	p.ask("notify", "/api/v1/inbox", http.StatusOK)
	account = f.run("account", host.Config{TokenKey: after, PreviousKey: before})
	f.clock.Advance(access.TokenLife - time.Minute)
	p.refresh()
	f.clock.Advance(access.TokenLife - time.Minute)
	p.refresh()

	// 3. The old key is retired.
	restart(host.Config{TokenKey: after})
	p.refresh()
	if asked := stop(); asked < 3 {
		t.Errorf("only %d requests were made beside", asked)
	}
	key, err := access.KeyFromSeed(bytesOf(t, before))
	if err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(access.TokenLife + time.Minute)
	p.refresh()
	forged, _, err := access.Sign(key, access.Actor{UserID: "u-nobody", Staff: access.CityOperator}, f.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"account": "/api/v1/staff", "notify": "/api/v1/inbox"} {
		if status, body := p.with(forged, path); status != http.StatusUnauthorized {
			t.Errorf("%s believes the retired key: %d %s", name, status, body)
		}
	}
	p.ask("notify", "/api/v1/inbox", http.StatusOK)
}

func seedOf(name string) string {
	seed := sha256.Sum256([]byte("rotation " + name))
	return base64.StdEncoding.EncodeToString(seed[:])
}

func bytesOf(t *testing.T, seed string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// convoy is several services, each a host of its own, that find each other over TCP.
type convoy struct {
	t        *testing.T
	clock    *host.Clock
	data     string
	internal string
	address  map[string]string
}

type ship struct{ close func() }

func (f *convoy) listen(address string) net.Listener {
	f.t.Helper()
	var l net.Listener
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if l, err = (&net.ListenConfig{}).Listen(context.WithoutCancel(f.t.Context()), "tcp", address); err == nil {
			return l
		}
	}
	f.t.Fatal(err)
	return nil
}

// run starts one service at its address; closed with the test at the latest.
func (f *convoy) run(name string, c host.Config) *ship {
	f.t.Helper()
	c.Target, c.InternalKey, c.Data = name, f.internal, f.data+"/"+name
	var peers []string
	for other, address := range f.address {
		if other != name {
			peers = append(peers, other+"="+address)
		}
	}
	c.Peers = strings.Join(peers, ",")
	h, err := host.New(c, f.clock, slog.New(slog.DiscardHandler))
	if err != nil {
		f.t.Fatal(err)
	}
	all := everything(c, edge{})
	module, err := pick(c, all)
	if err == nil {
		err = h.Start(f.t.Context(), []host.Module{module}, all)
	}
	if err != nil {
		f.t.Fatal(errors.Join(err, h.Close()))
	}
	l := f.listen(f.address[name])
	go func() { _ = h.Serve(name, l) }()
	s := &ship{close: sync.OnceFunc(func() {
		if err := h.Close(); err != nil {
			f.t.Errorf("%s: %v", name, err)
		}
	})}
	f.t.Cleanup(s.close)
	return s
}

// signedIn is somebody with a session, as a browser holds it.
type signedIn struct {
	t      *testing.T
	origin string
	jar    http.Client
	mu     sync.Mutex
	token  string
}

func (p *signedIn) begin() {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.jar.Jar = jar
	p.start("/api/v1/auth/sign-up", `{"phone":"13800000177","name":"安娜","password":"a-good-password"}`)
}

func (p *signedIn) refresh() { p.t.Helper(); p.start("/api/v1/auth/refresh", "") }

func (p *signedIn) start(path, body string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.origin+path, bytes.NewReader([]byte(body)))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := p.jar.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var session struct {
		AccessToken string `json:"accessToken"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&session); err != nil || session.AccessToken == "" {
		p.t.Fatalf("%s: %d (%v)", path, answer.StatusCode, err)
	}
	p.mu.Lock()
	p.token = session.AccessToken
	p.mu.Unlock()
}

// kid is the id of the key the token at hand was signed with.
func (p *signedIn) kid() string {
	p.t.Helper()
	head, _, _ := strings.Cut(p.token, ".")
	var header struct{ Kid string }
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil {
		err = json.Unmarshal(b, &header)
	}
	if err != nil || header.Kid == "" {
		p.t.Fatalf("the token has no key id (%v)", err)
	}
	return header.Kid
}

func (p *signedIn) ask(service, path string, want int) {
	p.t.Helper()
	p.mu.Lock()
	token := p.token
	p.mu.Unlock()
	if status, body := p.with(token, path); status != want {
		p.t.Errorf("%s: %d %s", service, status, body)
	}
}

func (p *signedIn) with(token, path string) (int, string) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.origin+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return ask(p.t, r)
}

// keepAsking makes requests beside until stopped: while account restarts it may be away, but nobody is ever told to sign in.
func (p *signedIn) keepAsking() (stop func() int) {
	ctx, cancel := context.WithCancel(p.t.Context())
	ended := make(chan int, 1)
	go func() {
		asked := 0
		for ctx.Err() == nil {
			p.mu.Lock()
			token := p.token
			p.mu.Unlock()
			for _, path := range []string{"/api/v1/me", "/api/v1/inbox"} {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.origin+path, nil)
				if err != nil {
					continue
				}
				r.Header.Set("Authorization", "Bearer "+token)
				answer, err := http.DefaultClient.Do(r)
				if err != nil {
					continue
				}
				_ = answer.Body.Close()
				p.mu.Lock()
				same := p.token == token // else it may have run out meanwhile
				p.mu.Unlock()
				if same && answer.StatusCode == http.StatusUnauthorized {
					p.t.Error(fmt.Errorf("%s told a signed-in person to sign in", path))
				}
				asked++
			}
			time.Sleep(20 * time.Millisecond)
		}
		ended <- asked
	}()
	return func() int { cancel(); return <-ended }
}
