package notice

import (
	"context"
	"errors"

	"lianbang/services/notice/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Module is the notice service.
func Module() host.Module {
	return host.Module{Name: "notice", Needs: []string{"account"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	return startWith(ctx, e, shipped{}, e.Deliver)
}

func startWith(ctx context.Context, e *host.Env, city City, deliver func(context.Context, docstore.Event) error) (*host.Running, error) {
	db, err := e.Store(ctx)
	if err != nil {
		return nil, err
	}
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: deliver})
	s, err := NewService(ctx, Options{DB: db, City: city, Relay: relay, Audit: e.Audit, Now: e.Now, Log: e.Log})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	if err := e.Overdue("notices", s.overdue); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	return &host.Running{
		App: app.Fiber,
		Jobs: []host.Job{
			{Name: "clock", Run: func(ctx context.Context) error { return s.Run(ctx, moved) }},
			{Name: "relay", Run: relay.Run},
		},
		Close: func() error { return db.Close(context.WithoutCancel(ctx)) },
	}, nil
}

// newApp is the HTTP side over a service.
func newApp(s *Service, o rest.Options) (*rest.App, error) {
	spec, err := api.GetSpec()
	if err != nil {
		return nil, err
	}
	o.Spec = spec
	app, err := rest.New(o)
	if err != nil {
		return nil, err
	}
	api.RegisterHandlersWithOptions(app.Fiber, api.NewStrictHandler(server{s}, nil),
		api.FiberServerOptions{HandlerMiddlewares: []api.HandlerMiddlewareFunc{app.Guard}})
	return app, nil
}

// shipped is a city that counts by the calendar the program ships with.
type shipped struct{}

// Calendar is the shipped calendar.
func (shipped) Calendar(context.Context) (when.Calendar, error) { return when.Default, nil }
