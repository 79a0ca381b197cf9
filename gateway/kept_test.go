package gateway

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// replica is a service that counts what reaches it and can die at will.
type replica struct {
	address string
	asked   atomic.Int32
	dies    atomic.Bool // in the middle of the next request
	server  *http.Server
}

func newReplica(t *testing.T) *replica {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{address: listener.Addr().String()}
	r.server = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		_, _ = io.Copy(io.Discard, request.Body)
		r.asked.Add(1)
		if r.dies.Load() {
			r.kill()
			panic(http.ErrAbortHandler)
		}
	})}
	go func() { _ = r.server.Serve(listener) }()
	t.Cleanup(r.kill)
	return r
}

func (r *replica) kill() { _ = r.server.Close() }

// through asks a service of two replicas through a gateway's upstream, with everything else of the gateway left out.
func through(t *testing.T, replicas ...*replica) func(method, key string) (status int, body string) {
	t.Helper()
	var addresses []string
	for _, r := range replicas {
		addresses = append(addresses, r.address)
	}
	u := newUpstream(rest.NewNetwork(map[string][]string{"demand": addresses}), "demand")
	app := fiber.New(fiber.Config{ErrorHandler: func(c *fiber.Ctx, err error) error {
		f := fault.As(err)
		return c.Status(f.Kind.Status()).SendString(f.Code)
	}})
	app.All("/*", func(c *fiber.Ctx) error { return u.forward(c, "") })
	return func(method, key string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://lianbang.test/api/v1/demands", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		answer, err := app.Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		b, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(b)
	}
}

// A replica that died between two requests costs nobody anything: what was never sent goes to the other, writes as well as reads.
func TestAReplicaThatDiedIsPassedOver(t *testing.T) {
	a, b := newReplica(t), newReplica(t)
	ask := through(t, a, b)
	for range 4 { // connections are kept to whoever was asked
		if status, _ := ask("POST", ""); status != 200 {
			t.Fatalf("both alive: %d", status)
		}
	}
	before := a.asked.Load() + b.asked.Load()
	first, second := a, b
	if b.asked.Load() > 0 {
		first, second = b, a
	}
	first.kill()
	for i := range 6 {
		if status, body := ask("POST", ""); status != 200 {
			t.Fatalf("request %d after the death of one: %d %s", i, status, body)
		}
	}
	if second.asked.Load() == 0 || a.asked.Load()+b.asked.Load() != before+6 {
		t.Errorf("%d and %d requests arrived", a.asked.Load(), b.asked.Load())
	}
	second.kill()
	if status, body := ask("GET", ""); status != 503 || body != "unavailable" {
		t.Errorf("with none alive: %d %s", status, body)
	}
}

// A replica that dies over a request leaves open whether it was carried out. What may be repeated is; a decision is not made twice.
func TestARequestCutShortIsRepeatedOnlyWhereThatDoesNoHarm(t *testing.T) {
	for _, c := range []struct {
		method, key string
		status      int
		body        string
		arrived     int32
	}{
		{"GET", "", 200, "", 2},
		{"POST", "0123456789abcdef", 200, "", 2},
		{"POST", "", 503, "interrupted", 1},
		{"PUT", "", 503, "interrupted", 1},
	} {
		a, b := newReplica(t), newReplica(t)
		ask := through(t, a, b)
		a.dies.Store(true) // the first connection goes to the first address
		status, body := ask(c.method, c.key)
		if status != c.status || body != c.body || a.asked.Load()+b.asked.Load() != c.arrived {
			t.Errorf("%s %s: %d %s, %d and %d arrived", c.method, c.key, status, body, a.asked.Load(), b.asked.Load())
		}
	}
}
