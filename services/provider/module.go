package provider

import (
	"context"
	"errors"
	"net/http"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/provider/api"
)

// bodyLimit is the largest request: a file with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the provider service.
func Module() host.Module {
	return host.Module{Name: "provider", Needs: []string{"account", "engagement", "notice", "search"}, Hears: []string{"notice"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	p, err := newPeers(e.Peers)
	if err != nil {
		return nil, err
	}
	files, err := e.Files(ctx)
	if err != nil {
		return nil, err
	}
	db, err := e.Store(ctx)
	if err != nil {
		return nil, err
	}
	looks, err := accountapi.NewLooks(e.Peers)
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: e.Deliver})
	s, err := NewService(ctx, Options{Looks: looks, DB: db, Organisations: p, Experts: p, Notices: noticeBoard{p}, Lists: p, Ratings: p, Ledgers: p, Files: files, Relay: relay, Audit: e.Audit, Now: e.Now, Log: e.Log, Office: p.city.Office})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit, Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	if err := e.Overdue("members", s.overdue); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	feed := s.feed(p.search)
	index := &host.Reconciler[Membership]{Name: "providers", DB: db, Collection: s.members, Push: feed.Push, Log: e.Log, Holder: rest.NewID(e.Now()), Metrics: e.Metrics}
	return &host.Running{
		App: app.Fiber,
		Jobs: []host.Job{
			{Name: "clock", Run: func(ctx context.Context) error { return s.Run(ctx, moved) }},
			{Name: "relay", Run: relay.Run},
			{Name: "index", Run: index.Run},
			{Name: "index comparison", Run: feed.Comparing},
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
		api.FiberServerOptions{HandlerMiddlewares: []api.HandlerMiddlewareFunc{app.GuardOptional}})
	return app, nil
}

// RecountFigures asks the provider service to make its figures anew and says how many it counted.
func RecountFigures(ctx context.Context, client *http.Client) (int64, error) {
	c, err := api.NewClientWithResponses("http://provider", api.WithHTTPClient(client))
	if err != nil {
		return 0, err
	}
	answer, err := c.RecountPoolInternalWithResponse(ctx)
	if err != nil {
		return 0, rest.Away("provider", err)
	}
	if err := rest.PeerError("provider", answer.StatusCode(), answer.Body); err != nil {
		return 0, err
	}
	return answer.JSON200.Counted, nil
}
