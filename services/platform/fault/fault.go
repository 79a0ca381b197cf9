// Package fault is the one way anything in Lianbang fails. It owns the error type, the kinds of failure and the one
// table between kind, HTTP status and problem+json. It owns no texts for users: the front end translates Code.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Kind says what sort of failure it is, and so which HTTP status carries it. The zero Kind is Internal: an error
// nobody classified is our fault, never the caller's.
type Kind uint8

// The kinds. Each has exactly one HTTP status, in statuses below.
const (
	Internal        Kind = iota // our fault; the caller sees no detail
	Invalid                     // the request is malformed or a field breaks a rule
	Unauthenticated             // no valid identity
	Forbidden                   // a known identity that may not
	NotFound                    // absent, or hidden from this identity
	Conflict                    // the state of the thing does not allow it
	Duplicate                   // a unique key is taken
	Stale                       // If-Match or compare-and-swap lost
	Unconditional               // an edit without If-Match
	TooLarge                    // body or file over its limit
	Unsupported                 // a media type or file kind we do not take
	TooMany                     // rate limited; RetryAfter says when
	Unavailable                 // a peer or engine is away; try again
)

var statuses = [...]int{
	Internal: http.StatusInternalServerError, Invalid: http.StatusUnprocessableEntity,
	Unauthenticated: http.StatusUnauthorized, Forbidden: http.StatusForbidden, NotFound: http.StatusNotFound,
	Conflict: http.StatusConflict, Duplicate: http.StatusConflict, Stale: http.StatusPreconditionFailed,
	Unconditional: http.StatusPreconditionRequired, TooLarge: http.StatusRequestEntityTooLarge,
	Unsupported: http.StatusUnsupportedMediaType, TooMany: http.StatusTooManyRequests,
	Unavailable: http.StatusServiceUnavailable,
}

var names = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated", Forbidden: "forbidden",
	NotFound: "not_found", Conflict: "conflict", Duplicate: "duplicate", Stale: "stale",
	Unconditional: "precondition_required", TooLarge: "too_large", Unsupported: "unsupported",
	TooMany: "too_many_requests", Unavailable: "unavailable",
}

// Status is the HTTP status of the kind.
func (k Kind) Status() int {
	if int(k) < len(statuses) {
		return statuses[k]
	}
	return http.StatusInternalServerError
}

// String is the kind's default code.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// KindOfCode is the kind whose default code is code, used to read a peer's problem back where its status is shared by
// two kinds. The second value is false for a code that is not a kind's default.
func KindOfCode(code string) (Kind, bool) {
	for k, n := range names {
		if n == code {
			return Kind(k), true
		}
	}
	return Internal, false
}

// KindOfStatus is the first kind carried by an HTTP status, for reading a peer's answer.
func KindOfStatus(status int) Kind {
	switch status {
	case http.StatusBadRequest:
		return Invalid
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return Unavailable
	case http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return TooLarge
	}
	for k, s := range statuses {
		if s == status {
			return Kind(k)
		}
	}
	return Internal
}

// Field is what is wrong with one field: a path such as "organisation.creditCode" or "rows[3].title", and a code the
// front end translates. Detail is an English sentence for developers.
type Field struct {
	Path   string `json:"path"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// Error is a failure with a stable code. Code is the key the front end translates ("demand.deadline_passed"); when empty
// it is the kind's name. Detail is English and safe to show; the cause is for logs only.
type Error struct {
	Kind       Kind
	Code       string
	Detail     string
	Fields     []Field
	RetryAfter int // seconds, for TooMany and Unavailable
	cause      error
}

// New makes a failure. code may be empty for the kind's own name.
func New(kind Kind, code, detail string) *Error {
	if code == "" {
		code = kind.String()
	}
	return &Error{Kind: kind, Code: code, Detail: detail}
}

// Newf is New with a formatted detail.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return New(kind, code, fmt.Sprintf(format, args...))
}

// Wrap gives an underlying error a kind; the cause stays out of what clients see.
func Wrap(cause error, kind Kind, code, detail string) *Error {
	e := New(kind, code, detail)
	e.cause = cause
	return e
}

// Bad is an Invalid failure about fields.
func Bad(fields ...Field) *Error {
	e := New(Invalid, "invalid", "one or more fields are not acceptable")
	e.Fields = fields
	return e
}

// Error is for logs: it includes the cause.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Detail
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare codes, so that a sentinel made by New matches every error with its code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code && t.Kind == e.Kind
}

// As finds the *Error in err, or classifies err as Internal. nil gives nil.
func As(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return Wrap(err, Internal, "", "something went wrong on our side")
}

// KindOf is the kind of err; Internal for an error that is not ours. KindOf(nil) is Internal too: ask only of errors.
func KindOf(err error) Kind { return As(err).kind() }

func (e *Error) kind() Kind {
	if e == nil {
		return Internal
	}
	return e.Kind
}

// Problem is the problem+json body (RFC 9457) every failing request is answered with.
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Code      string  `json:"code"`
	Detail    string  `json:"detail,omitempty"`
	Fields    []Field `json:"fields,omitempty"`
	RequestID string  `json:"requestId,omitempty"`
}

// Problem renders the failure for a client. An Internal failure says nothing of its cause.
func (e *Error) Problem(requestID string) Problem {
	p := Problem{
		Type: "about:blank", Title: http.StatusText(e.Kind.Status()), Status: e.Kind.Status(), Code: e.Code,
		Detail: e.Detail, Fields: e.Fields, RequestID: requestID,
	}
	return p
}

// FromProblem reads a peer's failure back into an Error, so that it passes through a service unchanged.
func FromProblem(p Problem) *Error {
	kind := KindOfStatus(p.Status)
	if k, ok := KindOfCode(p.Code); ok && k.Status() == p.Status {
		kind = k
	}
	return &Error{Kind: kind, Code: p.Code, Detail: p.Detail, Fields: p.Fields}
}
