package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// harness talks to an engine through its HTTP application.
type harness struct {
	t        testing.TB
	e        *Engine
	patience time.Duration // with one task; 0 means a minute
	pause    time.Duration // between looks at a task
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	return openHarness(t, t.TempDir())
}

func openHarness(t testing.TB, dir string) *harness {
	t.Helper()
	h := openHarnessOnce(t, dir)
	t.Cleanup(func() {
		if err := h.e.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// openHarnessOnce leaves closing to the caller.
func openHarnessOnce(t testing.TB, dir string) *harness {
	t.Helper()
	e, err := Open(dir, Options{MasterKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	return &harness{t: t, e: e}
}

// send makes a request and returns the status and body. A body that is not
// bytes is sent as JSON.
func (h *harness) send(method, path string, body any) (int, []byte) {
	h.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case string:
		r = bytes.NewReader([]byte(b))
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequest(method, path, r)
	req.Header.Set("Authorization", "Bearer "+testKey)
	if r != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return h.do(req)
}

func (h *harness) do(req *http.Request) (int, []byte) {
	h.t.Helper()
	resp, err := h.e.App().Test(req, -1)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, out
}

// get decodes an answer that must be 200.
func (h *harness) ok(method, path string, body, out any) {
	h.t.Helper()
	status, raw := h.send(method, path, body)
	if status != http.StatusOK {
		h.t.Fatalf("%s %s %v: status %d: %s", method, path, body, status, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			h.t.Fatalf("%s %s: %s: %v", method, path, raw, err)
		}
	}
}

// refused expects an error of the code in Meilisearch's shape.
func (h *harness) refused(method, path string, body any, code string) {
	h.t.Helper()
	status, raw := h.send(method, path, body)
	var e apiError
	if err := json.Unmarshal(raw, &e); err != nil {
		h.t.Fatalf("%s %s: %d %s: %v", method, path, status, raw, err)
	}
	if status < 400 || e.Code != code || e.Message == "" || e.Type == "" || e.Link == "" {
		h.t.Errorf("%s %s %v: got %d %s, want code %s", method, path, body, status, raw, code)
	}
}

// accepted expects 202 and returns the uid of the task.
func (h *harness) accepted(method, path string, body any) uint64 {
	h.t.Helper()
	status, raw := h.send(method, path, body)
	var s taskSummary
	if err := json.Unmarshal(raw, &s); err != nil || status != http.StatusAccepted {
		h.t.Fatalf("%s %s: %d %s", method, path, status, raw)
	}
	return s.TaskUID
}

// ended waits until a task has ended.
func (h *harness) ended(uid uint64) taskView {
	h.t.Helper()
	deadline := time.Now().Add(max(h.patience, time.Minute))
	for {
		var v taskView
		h.ok("GET", fmt.Sprintf("/tasks/%d", uid), nil, &v)
		if v.Status != statusEnqueued && v.Status != statusProcessing {
			return v
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("task %d is still %s", uid, v.Status)
		}
		time.Sleep(200*time.Microsecond + h.pause)
	}
}

// done makes a write and waits until it succeeded.
func (h *harness) done(method, path string, body any) taskView {
	h.t.Helper()
	v := h.ended(h.accepted(method, path, body))
	if v.Status != statusSucceeded {
		h.t.Fatalf("%s %s: task %s: %+v", method, path, v.Status, v.Error)
	}
	return v
}

// failed makes a write whose task must fail with the code.
func (h *harness) failed(method, path string, body any, code string) {
	h.t.Helper()
	v := h.ended(h.accepted(method, path, body))
	if v.Status != statusFailed || v.Error == nil || v.Error.Code != code {
		h.t.Errorf("%s %s: task %s %+v, want failed with %s", method, path, v.Status, v.Error, code)
	}
}

type object = map[string]any

// found is a search answer with its hits decoded.
type found struct {
	searchResponse
	Hits              []object                  `json:"hits"`
	FacetDistribution map[string]map[string]int `json:"facetDistribution"`
}

func (h *harness) search(index string, q object) found {
	h.t.Helper()
	var out found
	h.ok("POST", "/indexes/"+index+"/search", q, &out)
	return out
}

// ids lists the ids of hits as text, in order.
func ids(hits []object) []string {
	out := make([]string, len(hits))
	for i, hit := range hits {
		out[i] = fmt.Sprint(hit["id"])
	}
	return out
}
