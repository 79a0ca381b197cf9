package fault

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

var kinds = []Kind{Internal, Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Duplicate, Stale, Unconditional, TooLarge, Unsupported, TooMany, Unavailable}

func TestEveryKindHasItsPlace(t *testing.T) {
	for what, n := range map[string]int{"statuses": len(statuses), "names": len(names)} {
		if n != len(kinds) {
			t.Fatalf("%d kinds, %d %s", len(kinds), n, what)
		}
	}
	seen := map[string]bool{}
	for _, k := range kinds {
		if k.Status() < 400 || http.StatusText(k.Status()) == "" || k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d: status %d, name %q", k, k.Status(), k)
		}
		seen[k.String()] = true
		if back, ok := KindOfCode(k.String()); !ok || back != k {
			t.Errorf("%s reads back as %s", k, back)
		}
		if back := KindOfStatus(k.Status()); back.Status() != k.Status() {
			t.Errorf("%d reads back as %d", k.Status(), back.Status())
		}
	}
	if Kind(99).Status() != http.StatusInternalServerError || Kind(99).String() != "internal" {
		t.Error("an unknown kind is not internal")
	}
	if _, ok := KindOfCode("demand.deadline_passed"); ok {
		t.Error("a code of a service is a kind")
	}
	for status, want := range map[int]Kind{400: Invalid, 502: Unavailable, 504: Unavailable, 418: Internal, 409: Conflict} {
		if got := KindOfStatus(status); got != want {
			t.Errorf("%d is %s", status, got)
		}
	}
}

// A failure passes from service to service unchanged: problem and back.
func TestProblemThereAndBack(t *testing.T) {
	for _, k := range kinds {
		for _, code := range []string{"", "demand.deadline_passed"} {
			e := New(k, code, "why")
			e.Fields = []Field{{Path: "rows[3].title", Code: "too_long", Detail: "at most 128"}}
			p := e.Problem("r1")
			if p.RequestID != "r1" || p.Status != k.Status() || p.Title == "" || p.Type == "" {
				t.Errorf("%s: %+v", k, p)
			}
			back := FromProblem(p)
			if back.Code != e.Code || back.Detail != e.Detail || !reflect.DeepEqual(back.Fields, e.Fields) || back.Kind.Status() != k.Status() || code == "" && back.Kind != k {
				t.Errorf("%s %q came back as %+v", k, code, back)
			}
		}
	}
}

func TestCausesStayInside(t *testing.T) {
	secret := errors.New("dial tcp 10.1.2.3:27017: password=hunter2")
	for _, err := range []error{secret, fmt.Errorf("while saving: %w", secret), Wrap(secret, Unavailable, "", "try again")} {
		e := As(err)
		if p := fmt.Sprintf("%+v", e.Problem("r")); strings.Contains(p, "hunter2") {
			t.Errorf("a client reads %s", p)
		}
		if !strings.Contains(e.Error(), "hunter2") || !errors.Is(e, secret) {
			t.Errorf("the log does not: %s", e)
		}
	}
}

func TestAs(t *testing.T) {
	if As(nil) != nil || KindOf(nil) != Internal {
		t.Error("no failure is a failure")
	}
	deep := fmt.Errorf("a: %w", fmt.Errorf("b: %w", New(Stale, "", "old")))
	if KindOf(deep) != Stale || As(deep).Code != "stale" {
		t.Errorf("%v", As(deep))
	}
	if KindOf(io.EOF) != Internal {
		t.Error("a stranger's error is not ours")
	}
	taken := New(Duplicate, "phone_taken", "x")
	if !errors.Is(fmt.Errorf("y: %w", taken), New(Duplicate, "phone_taken", "another text")) || errors.Is(taken, New(Duplicate, "mail_taken", "x")) || errors.Is(taken, New(Conflict, "phone_taken", "x")) {
		t.Error("sentinels compare by kind and code")
	}
	if b := Bad(Field{Path: "a", Code: "required"}, Field{Path: "b", Code: "too_long"}); b.Kind != Invalid || len(b.Fields) != 2 {
		t.Errorf("%+v", b)
	}
	if f := Newf(NotFound, "", "no %s", "thing"); f.Detail != "no thing" || f.Code != "not_found" {
		t.Errorf("%+v", f)
	}
}
