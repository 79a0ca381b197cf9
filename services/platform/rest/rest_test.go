package rest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

const spec = `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{
 "/api/v1/things":{"post":{"operationId":"signUp","requestBody":{"required":true,"content":{"application/json":{"schema":{
   "type":"object","additionalProperties":false,"required":["name"],"properties":{"name":{"type":"string","minLength":1,"maxLength":5},"kind":{"type":"string","enum":["a","b"]},
   "parts":{"type":"array","items":{"type":"object","properties":{"n":{"type":"integer","minimum":1}}}}}}}}},"responses":{"201":{"description":"ok"}}}},
 "/api/v1/closed/{id}":{"get":{"operationId":"nobodyMay","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string","maxLength":4}}],"responses":{"200":{"description":"ok"}}}}}}`

func testApp(t *testing.T, handler fiber.Handler) *App {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(spec))
	if err != nil {
		t.Fatal(err)
	}
	app, err := New(Options{Name: "t", Spec: doc, Now: time.Now, Log: slog.New(slog.DiscardHandler), BodyLimit: 64 << 10,
		Verify: func(_ context.Context, token string) (access.Actor, error) {
			if token != "good" {
				return access.Actor{}, fault.New(fault.Unauthenticated, "token_invalid", "no")
			}
			return access.Actor{UserID: "u", OrgID: "o"}, nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	guarded := func(c *fiber.Ctx) error { return app.Guard(c, handler) }
	app.Fiber.Post("/api/v1/things", guarded)
	app.Fiber.Get("/api/v1/closed/:id", guarded)
	return app
}

func call(t *testing.T, app *App, method, path, body string, headers ...string) (int, fault.Problem, http.Header) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := app.Fiber.Test(r, 5000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p fault.Problem
	_ = json.Unmarshal(b, &p) // an empty answer is no problem
	return answer.StatusCode, p, answer.Header
}

func TestBadInputNamesTheField(t *testing.T) {
	app := testApp(t, func(c *fiber.Ctx) error { return c.SendStatus(201) })
	for _, tc := range []struct{ body, path, code string }{
		{`{}`, "name", "required"},
		{`{"name":""}`, "name", "too_short"},
		{`{"name":"toolong"}`, "name", "too_long"},
		{`{"name":5}`, "name", "wrong_type"},
		{`{"name":"a","kind":"c"}`, "kind", "not_a_choice"},
		{`{"name":"a","parts":[{"n":0}]}`, "parts.0.n", "too_small"},
		{`{"name":"a","staff":"city_operator"}`, "", "unknown_field"},
	} {
		status, p, _ := call(t, app, "POST", "/api/v1/things", tc.body)
		if status != 422 || len(p.Fields) != 1 || p.Fields[0].Path != tc.path || p.Fields[0].Code != tc.code {
			t.Errorf("%s: %d %+v", tc.body, status, p)
		}
	}
	for _, malformed := range []string{``, `{`, `[]`, `null`, "\xff\xfe"} {
		if status, p, _ := call(t, app, "POST", "/api/v1/things", malformed); status != 422 || p.Code == "" {
			t.Errorf("%q: %d %+v", malformed, status, p)
		}
	}
	if status, _, _ := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`); status != 201 {
		t.Errorf("a good body was refused: %d", status)
	}
	if status, p, _ := call(t, app, "POST", "/api/v1/things", `name=a`, "Content-Type", "text/plain"); status < 400 || status >= 500 {
		t.Errorf("another media type: %d %+v", status, p)
	}
}

func TestDenyByDefault(t *testing.T) {
	app := testApp(t, func(c *fiber.Ctx) error { return c.SendStatus(200) })
	if status, p, _ := call(t, app, "GET", "/api/v1/closed/1", ""); status != 401 || p.Code != "unauthenticated" {
		t.Errorf("a guest got %d %+v at an operation without a policy row", status, p)
	}
	if status, _, _ := call(t, app, "GET", "/api/v1/closed/1", "", "Authorization", "Bearer good"); status != 403 {
		t.Errorf("a member got %d", status)
	}
	if status, p, _ := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`, "Authorization", "Bearer bad"); status != 401 || p.Code != "token_invalid" {
		t.Errorf("a bad token passed as a guest: %d %+v", status, p)
	}
	if status, _, _ := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`, "Authorization", "Basic eDp5"); status != 401 {
		t.Errorf("another scheme passed: %d", status)
	}
	if status, p, _ := call(t, app, "GET", "/api/v1/nowhere", ""); status != 404 || p.Code != "not_found" {
		t.Errorf("%d %+v", status, p)
	}
}

func TestFailuresSayNothingOfTheirCause(t *testing.T) {
	app := testApp(t, func(*fiber.Ctx) error { return errors.New("password of the database is hunter2") })
	status, p, header := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`)
	if status != 500 || strings.Contains(p.Detail, "hunter2") || p.RequestID == "" || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %+v %v", status, p, header)
	}
	app = testApp(t, func(*fiber.Ctx) error { panic("boom") })
	if status, p, _ := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`); status != 500 || strings.Contains(p.Detail, "boom") {
		t.Errorf("%d %+v", status, p)
	}
}

func TestUnreadableParametersAreNamed(t *testing.T) {
	app := testApp(t, func(*fiber.Ctx) error {
		return fiber.NewError(400, `Invalid format for parameter limit: strconv.ParseInt: parsing "abc"`)
	})
	status, p, _ := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`)
	if status != 422 || len(p.Fields) != 1 || p.Fields[0].Path != "limit" || strings.Contains(p.Detail+p.Fields[0].Detail, "strconv") {
		t.Errorf("%d %+v", status, p)
	}
}

func TestRequestID(t *testing.T) {
	var seen string
	app := testApp(t, func(c *fiber.Ctx) error {
		seen = RequestOf(c.UserContext()).ID
		return c.SendStatus(201)
	})
	_, _, header := call(t, app, "POST", "/api/v1/things", `{"name":"a"}`, "X-Request-ID", "abcdefgh-1234")
	if seen != "abcdefgh-1234" || header.Get("X-Request-ID") != seen {
		t.Errorf("%q %q", seen, header.Get("X-Request-ID"))
	}
	for _, forged := range []string{"short", "has space in it", strings.Repeat("a", 65), "line\tbreak-long"} {
		if call(t, app, "POST", "/api/v1/things", `{"name":"a"}`, "X-Request-ID", forged); seen == forged {
			t.Errorf("%q went into the log", forged)
		}
	}
}

func TestCreationFollowsTheKey(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	context := func(user, key, body string) context.Context {
		ctx := access.With(context.Background(), access.Actor{UserID: user})
		return contextWith(ctx, Request{Operation: "createDemand", IdempotencyKey: key, BodyHash: body})
	}
	id, print := Creation(context("u1", "k", "b1"), now)
	again, samePrint := Creation(context("u1", "k", "b1"), now.Add(time.Hour))
	other, otherPrint := Creation(context("u1", "k", "b2"), now)
	if id != again || print != samePrint || id != other || print == otherPrint {
		t.Error("a key does not fix the id, or a body not the fingerprint")
	}
	if stranger, _ := Creation(context("u2", "k", "b1"), now); stranger == id {
		t.Error("two people's keys meet")
	}
	if fresh, none := Creation(context("u1", "", ""), now); fresh == id || none != "" {
		t.Error("without a key the id is not new")
	}
}

func contextWith(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, &r)
}

func TestIDsAreOrderedByTheGivenClock(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if early, late := NewID(at), NewID(at.Add(time.Millisecond)); early >= late {
		t.Errorf("%s is not before %s", early, late)
	}
}

func TestRev(t *testing.T) {
	with := func(tag string) context.Context { return contextWith(context.Background(), Request{IfMatch: tag}) }
	if rev, err := Rev(with(ETag(7))); rev != 7 || err != nil {
		t.Errorf("%d %v", rev, err)
	}
	if _, err := Rev(with("")); fault.KindOf(err) != fault.Unconditional {
		t.Errorf("%v", err)
	}
	if _, err := Rev(with(`"x"`)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
}

func TestPeerErrorsPassThrough(t *testing.T) {
	body, err := json.Marshal(fault.New(fault.Duplicate, "organisation.credit_code_taken", "taken").Problem(""))
	if err != nil {
		t.Fatal(err)
	}
	got := fault.As(PeerError("account", 409, body))
	if got.Code != "organisation.credit_code_taken" || got.Kind.Status() != 409 {
		t.Errorf("%+v", got)
	}
	if k := fault.KindOf(PeerError("account", 502, []byte("<html>"))); k != fault.Unavailable {
		t.Errorf("%v", k)
	}
	if err := PeerError("account", 204, nil); err != nil {
		t.Error(err)
	}
}

// What the generated code would read past the specification never reaches it.
func TestBodiesAreReadOneWay(t *testing.T) {
	reached := 0
	app := testApp(t, func(c *fiber.Ctx) error { reached++; return c.SendStatus(201) })
	for name, tc := range map[string]struct {
		body    string
		headers []string
		status  int
	}{
		"a name twice":                   {`{"name":"a","name":"muchtoolong"}`, nil, 422},
		"ours in capitals too":           {`{"name":"a","NAME":"muchtoolong"}`, nil, 422},
		"ours in capitals alone":         {`{"name":"a","Kind":"c"}`, nil, 422},
		"a letter that folds to ours":    {`{"name":"a","` + "\u212aind" + `":"c"}`, nil, 422},
		"a name twice further in":        {`{"name":"a","parts":[{"n":1,"n":0}]}`, nil, 422},
		"an escaped name":                {`{"name":"a","na\u006de":"muchtoolong"}`, nil, 422},
		"two values":                     {`{"name":"a"}{"name":"muchtoolong"}`, nil, 422},
		"a thousand levels":              {`{"name":"a","parts":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`, nil, 422},
		"twenty thousand levels, open":   {strings.Repeat(`{"parts":[`, 6000), nil, 422},
		"a number beyond all":            {`{"name":"a","parts":[{"n":1e999999999}]}`, nil, 422},
		"a form instead":                 {"--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nmuchtoolong\r\n--x--\r\n", []string{"Content-Type", "multipart/form-data; boundary=x"}, 422},
		"a form in capitals":             {"--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nmuchtoolong\r\n--x--\r\n", []string{"Content-Type", "Multipart/Form-Data; boundary=x"}, 422},
		"a url-encoded form":             {"name=muchtoolong", []string{"Content-Type", "application/x-www-form-urlencoded"}, 422},
		"xml":                            {"<x><name>muchtoolong</name></x>", []string{"Content-Type", "application/xml"}, 422},
		"packed":                         {`{"name":"a"}`, []string{"Content-Encoding", "gzip"}, 415},
		"packed, said in lower case":     {`{"name":"a"}`, []string{"content-encoding", "deflate, br"}, 415},
		"a vendor's kind of JSON":        {`{"name":"muchtoolong"}`, []string{"Content-Type", "application/vnd.x+json"}, 422},
		"a good body in another charset": {`{"name":"muchtoolong"}`, []string{"Content-Type", "application/json; charset=utf-7"}, 422},
	} {
		if status, p, _ := call(t, app, "POST", "/api/v1/things", tc.body, tc.headers...); status != tc.status || p.Code == "" {
			t.Errorf("%s: %d %+v", name, status, p)
		}
	}
	if reached != 0 {
		t.Errorf("%d of them reached the handler", reached)
	}
}

// TestSlowCallersAreDropped: who sends a byte now and then holds a connection no longer than a request may last.
func TestSlowCallersAreDropped(t *testing.T) {
	app, err := New(Options{Name: "t", Now: time.Now, Log: slog.New(slog.DiscardHandler), Timeout: 400 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Fiber.Listener(listener) }()
	t.Cleanup(func() { _ = app.Fiber.ShutdownWithTimeout(time.Second) })
	for name, begin := range map[string]string{
		"in the header": "POST /healthz HTTP/1.1\r\nHost: x\r\n",
		"in the body":   "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
	} {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			_, _ = io.Copy(io.Discard, connection)
		}()
		_, _ = io.WriteString(connection, begin)
		drip := time.NewTicker(20 * time.Millisecond)
		for dripping := true; dripping; {
			select {
			case <-closed:
				dripping = false
			case <-drip.C:
				_, _ = io.WriteString(connection, "x")
				if time.Since(began) > 30*time.Second {
					t.Fatalf("%s: still connected after %v", name, time.Since(began))
				}
			}
		}
		drip.Stop()
		_ = connection.Close()
	}
}
