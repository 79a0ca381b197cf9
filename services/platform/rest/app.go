// Package rest is how every service speaks HTTP: one Fiber app factory, one order of checks (identity, policy, specification),
// one way to answer a failure, one way to name a created thing. It owns no route and no rule.
package rest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/trace"
)

// Options make an app. Spec may be nil for an app without a specification (the gateway).
type Options struct {
	Name      string // service name, in logs and metrics
	Spec      *openapi3.T
	Verify    func(ctx context.Context, token string) (access.Actor, error)
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   prometheus.Registerer
	BodyLimit int           // bytes; 0 means 1 MiB
	Timeout   time.Duration // reading and writing one request; 0 means 30 s
	Ready     func(ctx context.Context) error
	// Standing asks whether what an actor's token says is still so; asked before decisions. Nil where the service itself
	// reads the truth, and asks nobody.
	Standing func(ctx context.Context, a access.Actor) error
	// Edge says that strangers call: a trace begins here, whatever traceparent came with the request.
	Edge bool
}

// App is a service's HTTP side. Register generated handlers on Fiber with Guard as their handler middleware.
type App struct {
	Fiber *fiber.App
	o     Options
	ops   map[string]*operation // "GET /api/v1/demands/:id"
	meter *meter
}

// New makes the app. It fails when the specification is not valid or an operation has no id.
func New(o Options) (*App, error) {
	if o.BodyLimit == 0 {
		o.BodyLimit = 1 << 20
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	a := &App{o: o, ops: map[string]*operation{}}
	if o.Spec != nil {
		if err := a.load(o.Spec); err != nil {
			return nil, fmt.Errorf("rest: the specification of %s: %w", o.Name, err)
		}
	}
	a.Fiber = fiber.New(fiber.Config{
		AppName: o.Name, Immutable: true, // strings taken from a request must outlive its buffers
		BodyLimit: o.BodyLimit, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, IdleTimeout: 2 * time.Minute,
		ReadBufferSize: 16 << 10, DisableStartupMessage: true, ErrorHandler: a.fail,
		StreamRequestBody: false, EnableTrustedProxyCheck: false, DisableDefaultContentType: true,
		DisablePreParseMultipartForm: true, // forms are read part by part, never into temporary files
	})
	a.meter = newMeter(o.Name, o.Metrics)
	a.Fiber.Use(a.around)
	a.Fiber.Get("/healthz", func(c *fiber.Ctx) error { return c.SendStatus(fiber.StatusNoContent) })
	a.Fiber.Get("/readyz", a.ready)
	return a, nil
}

// ready answers whether the service can do its work, for whoever routes requests to it.
func (a *App) ready(c *fiber.Ctx) error {
	if a.o.Ready != nil {
		if err := a.o.Ready(c.UserContext()); err != nil {
			return fault.Wrap(err, fault.Unavailable, "", "not ready: "+err.Error())
		}
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// Request is what a handler may want to know of the HTTP request it serves.
type Request struct {
	ID             string // X-Request-ID, ours when the caller sent none that we accept
	Operation      string
	IfMatch        string
	IdempotencyKey string
	BodyHash       string // SHA-256 of the body in hex, only where an idempotency key came
	Reason         string // what a decision was given as its reason or note, for the audit log
	RemoteAddr     string
	UserAgent      string
}

type requestKey struct{}

// RequestOf is the HTTP request of a handler's context; empty outside one.
func RequestOf(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	if r == nil {
		return Request{}
	}
	return *r
}

// WithRequest puts a request into a context, as every app does for its handlers.
func WithRequest(ctx context.Context, r *Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

// around wraps every request: an id, the identity, a log line, the metrics, and a panic turned into a 500.
func (a *App) around(c *fiber.Ctx) (err error) {
	start := time.Now()
	r := &Request{ID: requestID(c), IfMatch: c.Get(fiber.HeaderIfMatch), IdempotencyKey: c.Get("Idempotency-Key"),
		RemoteAddr: remoteAddr(c), UserAgent: c.Get(fiber.HeaderUserAgent)}
	c.Set(fiber.HeaderXRequestID, r.ID)
	ctx := WithRequest(c.UserContext(), r)
	ctx, span := a.trace(ctx, c)
	c.SetUserContext(ctx)
	defer func() {
		if p := recover(); p != nil {
			a.o.Log.Error("panic", "request", r.ID, "panic", p, "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "", "something went wrong on our side")
		}
		if err != nil { // answered here, so that the status is known to the log and the metrics
			err = a.fail(c, err)
		}
		status, took := c.Response().StatusCode(), time.Since(start)
		a.meter.observe(r.Operation, status, took)
		level := slog.LevelDebug
		if status >= 500 {
			level = slog.LevelError
		}
		span.Answered(r.Operation, c.Method(), status, r.ID)
		a.o.Log.Log(ctx, level, "request", "request", r.ID, "method", c.Method(), "path", c.Path(), "op", r.Operation,
			"status", status, "ms", took.Milliseconds(), "trace", trace.ID(ctx))
	}()
	if err := plain(c); err != nil {
		return err
	}
	if err := a.identify(c); err != nil {
		return err
	}
	return c.Next()
}

// trace begins the span of a request to the API. Health checks and files of the front end are none.
func (a *App) trace(ctx context.Context, c *fiber.Ctx) (context.Context, *trace.Span) {
	if !trace.On() || !strings.HasPrefix(c.Path(), "/api/") && !strings.HasPrefix(c.Path(), "/internal/") {
		return ctx, nil
	}
	parent := c.Get(trace.Header)
	if a.o.Edge {
		parent = ""
	}
	return trace.Serve(ctx, a.o.Name, c.Method()+" "+a.o.Name, parent)
}

// identify reads the bearer token. A bad token is refused even on public operations: the caller believes to be somebody.
func (a *App) identify(c *fiber.Ctx) error {
	header := c.Get(fiber.HeaderAuthorization)
	if header == "" || a.o.Verify == nil {
		return nil
	}
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return fault.New(fault.Unauthenticated, "token_invalid", "the Authorization header is not a bearer token")
	}
	actor, err := a.o.Verify(c.UserContext(), token)
	if err != nil {
		return err
	}
	c.SetUserContext(access.With(c.UserContext(), actor))
	return nil
}

// fail answers every failure as problem+json and logs the ones that are ours.
func (a *App) fail(c *fiber.Ctx, err error) error {
	var fe *fiber.Error
	var f *fault.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &fe):
		f = fault.New(fault.KindOfStatus(fe.Code), "", fe.Message)
		if fe.Code == fiber.StatusMethodNotAllowed || fe.Code == fiber.StatusNotFound {
			f = fault.New(fault.NotFound, "", "there is no such address")
		}
		if fe.Code == fiber.StatusBadRequest {
			f = unreadable(fe.Message)
		}
	default:
		f = fault.As(err)
	}
	if f.Kind == fault.NotFound && f.Code == fault.NotFound.String() {
		f = fault.As(access.Hide.Err()) // absent or hidden: who guesses ids must not learn which exist
	}
	request := RequestOf(c.UserContext())
	id := request.ID
	a.meter.failed(request.Operation, f.Code)
	if f.Kind == fault.Internal {
		a.o.Log.Error("failed", "request", id, "path", c.Path(), "error", err)
	}
	if f.RetryAfter > 0 {
		c.Set(fiber.HeaderRetryAfter, fmt.Sprint(f.RetryAfter))
	}
	c.Status(f.Kind.Status())
	if err := c.JSON(f.Problem(id)); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	return nil
}

// unreadable is the failure of a request the generated code could not take apart. It names the parameter and keeps the rest of
// the generator's words, which speak of Go, to itself.
func unreadable(message string) *fault.Error {
	if after, ok := strings.CutPrefix(message, "Invalid format for parameter "); ok {
		name, _, _ := strings.Cut(after, ":")
		return fault.Bad(fault.Field{Path: name, Code: "bad_format", Detail: "not a value of its kind"})
	}
	return fault.New(fault.Invalid, "malformed", "the request cannot be read")
}

func requestID(c *fiber.Ctx) string {
	id := c.Get(fiber.HeaderXRequestID)
	if len(id) >= 8 && len(id) <= 64 && strings.Trim(id, "0123456789abcdefABCDEFghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ-_") == "" {
		return id
	}
	return uuid.NewString()
}

// remoteAddr is the client's address as the gateway recorded it, or the connection's own.
func remoteAddr(c *fiber.Ctx) string {
	if forwarded := c.Get(HeaderClientAddr); forwarded != "" {
		return forwarded
	}
	return c.IP()
}

// HeaderClientAddr carries the client's address from the gateway, which overwrites whatever came from outside.
const HeaderClientAddr = "X-Lianbang-Client"
