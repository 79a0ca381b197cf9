// Package resttest lets tests talk to a service's app as its callers do, and holds every answer to the specification: an answer
// with a field of the wrong type, a status or a header the specification does not know fails the test that caused it.
package resttest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/rest"
)

func init() { // bodies that are files or streams have no schema worth decoding
	for _, kind := range []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/event-stream", "application/pdf", "application/rss+xml"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
}

// Client calls one app, as one identity.
type Client struct {
	t       testing.TB
	app     *fiber.App
	spec    *openapi3.T
	headers map[string]string
	calls   *calls
}

type calls struct {
	mu  sync.Mutex
	ops map[string]bool
}

var naming sync.Mutex

// New makes a client that is a guest.
func New(t testing.TB, app *fiber.App, spec *openapi3.T) *Client {
	t.Helper()
	naming.Lock() // parallel tests share the specification
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			if id := rest.OperationID(op.OperationID); id != op.OperationID {
				op.OperationID = id
			}
		}
	}
	naming.Unlock()
	return &Client{t: t, app: app, spec: spec, calls: &calls{ops: map[string]bool{}}}
}

// For is the client for a subtest, so that failures are the subtest's.
func (c *Client) For(t testing.TB) *Client {
	d := *c
	d.t = t
	return &d
}

// As is the client with a bearer token; with "" it is a guest.
func (c *Client) As(token string) *Client {
	if token == "" {
		return c.With("Authorization", "")
	}
	return c.With("Authorization", "Bearer "+token)
}

// With is the client with one more header on every request; an empty value takes the header away.
func (c *Client) With(header, value string) *Client {
	d := *c
	d.headers = map[string]string{}
	for k, v := range c.headers {
		d.headers[k] = v
	}
	if value == "" {
		delete(d.headers, header)
	} else {
		d.headers[header] = value
	}
	return &d
}

// IfMatch is With for the revision an edit is conditional on.
func (c *Client) IfMatch(etag string) *Client { return c.With("If-Match", etag) }

// Key is With for an idempotency key.
func (c *Client) Key(key string) *Client { return c.With("Idempotency-Key", key) }

// Get asks for a path.
func (c *Client) Get(path string) *Answer { c.t.Helper(); return c.Do(http.MethodGet, path, nil) }

// Post sends a JSON body, or none when body is nil.
func (c *Client) Post(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(http.MethodPost, path, body)
}

// Put sends a JSON body.
func (c *Client) Put(path string, body any) *Answer {
	c.t.Helper()
	return c.Do(http.MethodPut, path, body)
}

// Delete deletes.
func (c *Client) Delete(path string) *Answer { c.t.Helper(); return c.Do(http.MethodDelete, path, nil) }

// Do sends a request. body is marshalled as JSON; a []byte or string goes as it is, still called JSON.
func (c *Client) Do(method, path string, body any) *Answer {
	c.t.Helper()
	var r io.Reader
	kind := ""
	if body != nil {
		kind = fiber.MIMEApplicationJSON
		switch b := body.(type) {
		case []byte:
			r = bytes.NewReader(b)
		case string:
			r = strings.NewReader(b)
		default:
			j, err := json.Marshal(body)
			if err != nil {
				c.t.Fatalf("marshal the request: %v", err)
			}
			r = bytes.NewReader(j)
		}
	}
	return c.send(method, path, kind, r)
}

// Upload posts a multipart form with one file named "file" after the plain fields.
func (c *Client) Upload(path, name string, content []byte, fields map[string]string) *Answer {
	c.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			c.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return c.send(http.MethodPost, path, w.FormDataContentType(), &b)
}

func (c *Client) send(method, path, kind string, body io.Reader) *Answer {
	c.t.Helper()
	request := httptest.NewRequest(method, path, body)
	if kind != "" {
		request.Header.Set(fiber.HeaderContentType, kind)
	}
	for k, v := range c.headers {
		request.Header.Set(k, v)
	}
	response, err := c.app.Test(request, -1)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	content, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		c.t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	a := &Answer{t: c.t, call: method + " " + path, Status: response.StatusCode, Header: response.Header, Body: content}
	c.hold(request, a)
	return a
}

// hold checks an answer against the specification. An address the specification does not know may only be answered with a
// problem.
func (c *Client) hold(request *http.Request, a *Answer) {
	c.t.Helper()
	route, params := find(c.spec, request.Method, request.URL.Path)
	if route == nil {
		if a.Status < 400 || a.Header.Get(fiber.HeaderContentType) != "application/problem+json" {
			c.t.Errorf("%s is in no specification, yet answered %d %s", a.call, a.Status, a.Header.Get(fiber.HeaderContentType))
		}
		return
	}
	c.calls.mu.Lock()
	c.calls.ops[route.Operation.OperationID] = true
	c.calls.mu.Unlock()
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route},
		Status:                 a.Status, Header: a.Header,
		Options: &openapi3filter.Options{MultiError: true, IncludeResponseStatus: true},
	}
	input.SetBodyBytes(a.Body)
	if err := openapi3filter.ValidateResponse(request.Context(), input); err != nil {
		c.t.Errorf("%s answered %d against its specification: %v\n%s", a.call, a.Status, err, a.Body)
	}
}

// Unvisited lists the operations of the specification no request of this client, or of one made from it, has reached.
func (c *Client) Unvisited() []string {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	var left []string
	for _, item := range c.spec.Paths.Map() {
		for _, op := range item.Operations() {
			if !c.calls.ops[op.OperationID] {
				left = append(left, op.OperationID)
			}
		}
	}
	return left
}

// find is the operation of a request. A literal part of a path wins over a parameter.
func find(spec *openapi3.T, method, path string) (*routers.Route, map[string]string) {
	parts := strings.Split(path, "/")
	var found *routers.Route
	var params map[string]string
	best := -1
	for template, item := range spec.Paths.Map() {
		op := item.GetOperation(method)
		pattern := strings.Split(template, "/")
		if op == nil || len(pattern) != len(parts) {
			continue
		}
		literals, values := 0, map[string]string{}
		for i, p := range pattern {
			if name, ok := strings.CutPrefix(p, "{"); ok {
				values[strings.TrimSuffix(name, "}")] = parts[i]
			} else if p == parts[i] {
				literals++
			} else {
				literals = -1
				break
			}
		}
		if literals > best {
			best, params = literals, values
			found = &routers.Route{Spec: spec, Path: template, PathItem: item, Method: method, Operation: op}
		}
	}
	return found, params
}

// Answer is what came back.
type Answer struct {
	t      testing.TB
	call   string
	Status int
	Header http.Header
	Body   []byte
}

// Want fails the test unless the status is this one.
func (a *Answer) Want(status int) *Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s answered %d, want %d: %s", a.call, a.Status, status, a.Body)
	}
	return a
}

// Refused fails the test unless the answer is a problem with this status and code.
func (a *Answer) Refused(status int, code string) *Answer {
	a.t.Helper()
	a.Want(status)
	var p struct {
		Code string `json:"code"`
	}
	a.Into(&p)
	if p.Code != code {
		a.t.Fatalf("%s was refused as %q, want %q: %s", a.call, p.Code, code, a.Body)
	}
	return a
}

// Field fails the test unless the problem blames the field with the code.
func (a *Answer) Field(path, code string) *Answer {
	a.t.Helper()
	var p struct {
		Fields []struct{ Path, Code string }
	}
	a.Into(&p)
	for _, f := range p.Fields {
		if f.Path == path && f.Code == code {
			return a
		}
	}
	a.t.Fatalf("%s blames no field %s with %s: %s", a.call, path, code, a.Body)
	return a
}

// Into reads the JSON body; nothing of what v held before is left.
func (a *Answer) Into(v any) *Answer {
	a.t.Helper()
	reflect.ValueOf(v).Elem().SetZero()
	if err := json.Unmarshal(a.Body, v); err != nil {
		a.t.Fatalf("%s: %v in %s", a.call, err, a.Body)
	}
	return a
}

// ETag is the revision the answer carries.
func (a *Answer) ETag() string { return a.Header.Get(fiber.HeaderETag) }

// Cookie is the value of a cookie the answer sets, and whether it sets it.
func (a *Answer) Cookie(name string) (string, bool) {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}
