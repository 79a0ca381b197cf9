// Package trace follows a request through the product: the gateway, the service, the peers it asks, and the deliveries of the events it
// caused, however much later those are. Spans go to an OpenTelemetry collector (OTLP over HTTP); between processes, and in the outbox,
// the W3C traceparent says which trace goes on. It owns the vocabulary of spans. No span carries a value out of a request or a document:
// operations, services, statuses and the request id, which leads to the log.
//
// Nothing is traced until Start, and then every function here costs one atomic load.
package trace

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// Header is where a traceparent travels.
const Header = "traceparent"

// Options say where spans go.
type Options struct {
	Endpoint string  // http(s)://host:port; the path /v1/traces is meant when there is none
	Share    float64 // of the requests that are traced, 0 to 1
	Instance string  // names the process among its replicas
	Log      *slog.Logger
}

// tracing is what Start made. Each service has a provider of its own, also when several run in one process, so that a trace shows
// them apart; all share one exporter.
type tracing struct {
	o         Options
	processor sdktrace.SpanProcessor
	mu        sync.Mutex
	tracers   map[string]oteltrace.Tracer
}

var current atomic.Pointer[tracing]

// Start begins to trace in this process. stop sends what is left, for as long as its context lasts, and ends it.
func Start(ctx context.Context, o Options) (stop func(context.Context) error, err error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the address traces are sent to is http://host:port or https://host:port")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithTimeout(10*time.Second))
	if err != nil {
		return nil, err
	}
	var told atomic.Int64 // a collector that is away is worth one line a minute
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		now := time.Now().Unix()
		if last := told.Load(); now-last >= 60 && told.CompareAndSwap(last, now) {
			o.Log.Warn("traces are not delivered", "error", err)
		}
	}))
	t := &tracing{o: o, processor: sdktrace.NewBatchSpanProcessor(exporter, sdktrace.WithBatchTimeout(2*time.Second)), tracers: map[string]oteltrace.Tracer{}}
	current.Store(t)
	return func(ctx context.Context) error {
		current.CompareAndSwap(t, nil)
		return t.processor.Shutdown(ctx)
	}, nil
}

// On reports whether this process traces.
func On() bool { return current.Load() != nil }

func (t *tracing) tracer(service string) oteltrace.Tracer {
	t.mu.Lock()
	defer t.mu.Unlock()
	tracer, ok := t.tracers[service]
	if !ok {
		provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(t.processor),
			sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(t.o.Share))),
			sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service), attribute.String("service.namespace", "lianbang"),
				attribute.String("service.instance.id", t.o.Instance))))
		tracer = provider.Tracer("lianbang")
		t.tracers[service] = tracer
	}
	return tracer
}

// Span is a part of a trace that has begun. A nil one, as there is while nothing is traced, does nothing.
type Span struct{ span oteltrace.Span }

type serviceKey struct{}

// Serve begins the span of a request that a service answers. parent is the caller's traceparent; a stranger's is not to be passed on.
func Serve(ctx context.Context, service, name, parent string) (context.Context, *Span) {
	t := current.Load()
	if t == nil {
		return ctx, nil
	}
	return t.begin(ctx, service, name, parent, oteltrace.SpanKindServer)
}

// Deliver begins the span of a delivery. parent is the traceparent of the write that caused the event.
func Deliver(ctx context.Context, service, event, parent string) (context.Context, *Span) {
	t := current.Load()
	if t == nil {
		return ctx, nil
	}
	return t.begin(ctx, service, "deliver "+event, parent, oteltrace.SpanKindProducer)
}

func (t *tracing) begin(ctx context.Context, service, name, parent string, kind oteltrace.SpanKind) (context.Context, *Span) {
	if parent != "" {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{Header: parent})
	}
	ctx, span := t.tracer(service).Start(context.WithValue(ctx, serviceKey{}, service), name, oteltrace.WithSpanKind(kind))
	return ctx, &Span{span}
}

// Ask begins the span of a question to a peer. Outside a span there is none: what a background job asks every second is no trace.
func Ask(ctx context.Context, peer string) (context.Context, *Span) {
	t := current.Load()
	if t == nil {
		return ctx, nil
	}
	service, ok := ctx.Value(serviceKey{}).(string)
	if !ok {
		return ctx, nil
	}
	ctx, span := t.tracer(service).Start(ctx, peer, oteltrace.WithSpanKind(oteltrace.SpanKindClient),
		oteltrace.WithAttributes(attribute.String("peer.service", peer)))
	return ctx, &Span{span}
}

// Parent is the traceparent for what the context's span causes; empty outside one.
func Parent(ctx context.Context) string {
	if current.Load() == nil {
		return ""
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[Header]
}

// ID is the trace's id, for the log; empty outside one.
func ID(ctx context.Context) string {
	if current.Load() == nil {
		return ""
	}
	if id := oteltrace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		return id.String()
	}
	return ""
}

// Answered ends the span of a request: its operation, how it was answered, and the id it has in the log.
func (s *Span) Answered(operation, method string, status int, request string) {
	if s == nil {
		return
	}
	if operation != "" {
		s.span.SetName(operation)
	}
	s.span.SetAttributes(attribute.String("http.request.method", method), attribute.Int("http.response.status_code", status), attribute.String("lianbang.request", request))
	if status >= 500 {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// Heard ends the span of a question with the answer's status; 0 when none came.
func (s *Span) Heard(status int) {
	if s == nil {
		return
	}
	s.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status == 0 || status >= 500 {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

// Ended ends the span of a delivery. An error's text stays in the log.
func (s *Span) Ended(tries int, err error) {
	if s == nil {
		return
	}
	s.span.SetAttributes(attribute.Int("lianbang.try", tries))
	if err != nil {
		s.span.SetStatus(codes.Error, "not delivered")
	}
	s.span.End()
}
