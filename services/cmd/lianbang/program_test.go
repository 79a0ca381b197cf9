package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// output is a program's standard output, read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// program is a running one.
type program struct {
	out    output
	stop   context.CancelFunc
	ended  chan error
	origin string
}

func start(t *testing.T, environ ...string) *program {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	p := &program{stop: stop, ended: make(chan error, 1)}
	go func() {
		p.ended <- run(ctx, &host.Clock{}, nil, append(environ, "LIANBANG_LOG_LEVEL=error", "LIANBANG_SIGN_UP_CODE=false"), &p.out)
	}()
	t.Cleanup(stop)
	ready := regexp.MustCompile(`ready at (http://\S+)`)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := ready.FindStringSubmatch(p.out.String()); found != nil {
			p.origin = found[1]
			return p
		}
		select {
		case err := <-p.ended:
			t.Fatalf("the program ended: %v\n%s", err, p.out.String())
		default:
		}
	}
	t.Fatalf("not ready:\n%s", p.out.String())
	return nil
}

// end stops the program as Ctrl-C does and expects it to end without an error.
func (p *program) end(t *testing.T) {
	t.Helper()
	p.stop()
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("it did not stop cleanly: %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it does not stop")
	}
}

func TestProgramStartsStopsAndKeepsItsData(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "LIANBANG_DATA="+data, "LIANBANG_ADDR=127.0.0.1:0")
	for _, path := range []string{"/healthz", "/readyz", "/api/v1/reference", "/openapi.json"} {
		answer, err := http.Get(p.origin + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode >= 300 {
			t.Errorf("%s answers %d", path, answer.StatusCode)
		}
	}
	answer, err := http.Post(p.origin+"/api/v1/auth/sign-up", "application/json", strings.NewReader(`{"phone":"13800000199","name":"某人","password":"a-good-password"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up answers %d", answer.StatusCode)
	}

	err = run(t.Context(), &host.Clock{}, nil, []string{"LIANBANG_DATA=" + data, "LIANBANG_ADDR=127.0.0.1:0"}, &output{})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second process on the directory: %v", err)
	}
	err = run(t.Context(), &host.Clock{}, nil, []string{"LIANBANG_DATA=" + t.TempDir(), "LIANBANG_ADDR=" + strings.TrimPrefix(p.origin, "http://")}, &output{})
	if err == nil || !strings.Contains(err.Error(), "LIANBANG_ADDR") {
		t.Errorf("a busy port: %v", err)
	}
	p.end(t)

	again := start(t, "LIANBANG_DATA="+data, "LIANBANG_ADDR=127.0.0.1:0")
	answer, err = http.Post(again.origin+"/api/v1/auth/sign-in", "application/json", strings.NewReader(`{"login":"13800000199","password":"a-good-password"}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("after a restart the account is gone: %d", answer.StatusCode)
	}
	again.end(t)
}

func TestProgramRefusesWhatCannotWork(t *testing.T) {
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "something"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	for want, environ := range map[string][]string{
		"unknown setting LIANBANG_DTAA":            {"LIANBANG_DTAA=x"},
		"not empty and holds no demo":              {"LIANBANG_DATA=" + used, "LIANBANG_DEMO=true", "LIANBANG_ADDR=127.0.0.1:0"},
		"moves the clock of demo directories only": {"LIANBANG_DATA=" + t.TempDir(), "LIANBANG_SANDBOX=true", "LIANBANG_ADDR=127.0.0.1:0"},
		"is taken by another program":              {"LIANBANG_DATA=" + t.TempDir(), "LIANBANG_ADDR=" + busy.Addr().String()},
		"has no default outside target all":        {"LIANBANG_TARGET=demand"},
		"is not one of all":                        {"LIANBANG_TARGET=nothing", "LIANBANG_INTERNAL_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "LIANBANG_DATA=" + t.TempDir(), "LIANBANG_ADDR=127.0.0.1:0"},
	} {
		if err := run(t.Context(), &host.Clock{}, nil, environ, &output{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, not %q", environ, err, want)
		}
	}
}

func TestTheFirstOperator(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	environ := []string{"LIANBANG_DATA=" + data, "LIANBANG_ADDR=127.0.0.1:0"}
	for _, bad := range [][]string{{}, {"13800000188"}, {"-data", "x"}} {
		if err := addOperator(t.Context(), bad, environ, strings.NewReader("a-good-password\n"), &output{}); err == nil {
			t.Errorf("%v made an operator", bad)
		}
	}
	if err := addOperator(t.Context(), []string{"13800000188", "周科长"}, environ, strings.NewReader("\n"), &output{}); err == nil {
		t.Error("an operator without a password was made")
	}
	if err := addOperator(t.Context(), []string{"13800000188", "周科长"}, environ, strings.NewReader("a-good-password\n"), &output{}); err != nil {
		t.Fatal(err)
	}
	var said output // the same way, on the stopped product, the figures are made anew
	if err := recount(t.Context(), nil, environ, &said); err != nil || !strings.Contains(said.String(), "from 0 memberships and 0 engagements") {
		t.Errorf("the figures: %q %v", said.String(), err)
	}
	p := start(t, environ...)
	answer, err := http.Post(p.origin+"/api/v1/auth/sign-in", "application/json", strings.NewReader(`{"login":"13800000188","password":"a-good-password"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	var session struct {
		Me struct {
			Staff struct{ Post string }
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&session); err != nil || session.Me.Staff.Post != "city_operator" {
		t.Errorf("the first operator signs in as %+v (%v)", session, err)
	}
	p.end(t)
}
