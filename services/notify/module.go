package notify

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/notify/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// Module is the notify service: it hears what happens to organisations and demands, and what saved searches find.
func Module() host.Module {
	return host.Module{Name: "notify", Needs: []string{"account"}, Hears: []string{"account", "achievement", "capability", "demand", "engagement", "notice", "provider", "search"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	people, err := newAccountDirectory(e.Peers)
	if err != nil {
		return nil, err
	}
	return startWith(ctx, e, people, ordinaryPace)
}

func startWith(ctx context.Context, e *host.Env, people directory, p pace) (*host.Running, error) {
	db, err := e.Store(ctx)
	if err != nil {
		return nil, err
	}
	s, err := newService(ctx, e, db, people, p)
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	spec, err := api.GetSpec()
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	app, err := rest.New(rest.Options{Name: e.Name, Spec: spec, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	api.RegisterHandlersWithOptions(app.Fiber, api.NewStrictHandler(&server{s, p}, nil),
		api.FiberServerOptions{HandlerMiddlewares: []api.HandlerMiddlewareFunc{app.Guard}})
	stop := sync.OnceFunc(func() { close(s.stopping) })
	return &host.Running{App: app.Fiber, Stopping: stop, Jobs: []host.Job{{Name: "delivery", Run: s.relay.Run}}, Close: func() error { return db.Close(context.WithoutCancel(ctx)) }}, nil
}

func newService(ctx context.Context, e *host.Env, db *docstore.DB, people directory, p pace) (*Service, error) {
	kept, err := openStore(ctx, db)
	if err != nil {
		return nil, err
	}
	dir := e.Config.MailDir
	if dir == "" {
		dir = filepath.Join(e.Config.Data, "outgoing")
	}
	mails, err := newMailChannel(e.Config, dir)
	if err != nil {
		return nil, err
	}
	texts, err := newTextChannel(e.Config, dir)
	if err != nil {
		return nil, err
	}
	s := &Service{store: kept, now: e.Now, log: e.Log, people: people, broker: newBroker(), stopping: make(chan struct{}), channels: map[string]Channel{mail: mails, sms: texts},
		ignoredN: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lianbang_notify_ignored_events_total",
			Help: "Events that told nobody anything, by kind."}, []string{"kind"})}
	s.lettersN = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lianbang_letters_total",
		Help: "Mail and text messages handed to their channel, by how that ended; a failed one is tried again."}, []string{"channel", "outcome"})
	for channel := range s.channels {
		for _, outcome := range []string{sent, failed, dropped} {
			s.lettersN.WithLabelValues(channel, outcome)
		}
	}
	if err := errors.Join(e.Metrics.Register(s.ignoredN), e.Metrics.Register(s.lettersN)); err != nil {
		return nil, err
	}
	s.relay = docstore.NewRelay(db, docstore.RelayOptions{Deliver: s.deliver, Poll: p.relay, Timeout: smtpTimeout + 5*time.Second})
	return s, nil
}

// newMailChannel is the configured mail server, or files below dir.
func newMailChannel(c host.Config, dir string) (Channel, error) {
	if c.SMTP != "" {
		return newMailServer(c)
	}
	return newFileChannel(filepath.Join(dir, "mail"), ".eml", mailText(c.PublicURL, sender(c)))
}
