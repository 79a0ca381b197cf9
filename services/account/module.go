package account

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	searchapi "lianbang/search/api"
	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// Module is the account service. It needs nobody to start: the search index is fed when search is there.
func Module() host.Module {
	return host.Module{Name: "account", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) { return start(ctx, e, serverCost) }}
}

// maxUpload is the largest request: an evidence file of 20 MiB and its form.
const maxUpload = blob.DefaultMaxSize + 1<<20

func start(ctx context.Context, e *host.Env, c cost) (*host.Running, error) {
	if e.Keys.Token.ID == "" {
		return nil, errors.New("LIANBANG_TOKEN_KEY is missing: account signs access tokens with it")
	}
	db, err := e.Store(ctx)
	if err != nil {
		return nil, err
	}
	running, _, err := startOn(ctx, e, db, c)
	if err != nil {
		return nil, errors.Join(err, db.Close(context.WithoutCancel(ctx)))
	}
	return running, nil
}

func startOn(ctx context.Context, e *host.Env, db *docstore.DB, c cost) (*host.Running, *Service, error) {
	begin, err := readCity(e.Config.City)
	if err != nil {
		return nil, nil, err
	}
	kept, err := openStore(ctx, db, begin)
	if err != nil {
		return nil, nil, err
	}
	files, err := e.Files(ctx)
	if err != nil {
		return nil, nil, err
	}
	secret, err := newCodeSecret(e.Keys.Internal.Private.Seed())
	if err != nil {
		return nil, nil, err
	}
	texts, err := newNotifyTexts(e.Peers)
	if err != nil {
		return nil, nil, err
	}
	codes, err := e.Config.SMSHourly()
	if err != nil {
		return nil, nil, err
	}
	provider, err := newProvider(e.Config)
	if err != nil {
		return nil, nil, err
	}
	flights, err := newFlights(e.Keys.Internal.Private.Seed())
	if err != nil {
		return nil, nil, err
	}
	s := &Service{provider: provider, flights: flights, store: kept, texts: texts, peers: e.Peers, codeSecret: secret, codesPerHour: codes, demo: e.Config.Demo, signUpCode: e.Config.SignUpCode && !e.Config.Demo, keys: append([]access.Key{e.Keys.Token}, e.Keys.Others...), passwords: newPasswords(c), throttle: newThrottle(e.Now), files: files, now: e.Now, log: e.Log, audit: e.Audit,
		relay: docstore.NewRelay(db, docstore.RelayOptions{Deliver: e.Deliver})}
	search, err := searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(e.Peers))
	if err != nil {
		return nil, nil, err
	}
	app, err := newApp(e, s)
	if err != nil {
		return nil, nil, err
	}
	feed := s.feed(search)
	reconciler := &host.Reconciler[Organisation]{Name: "organisations", DB: db, Collection: kept.orgs, Push: feed.Push, Log: e.Log,
		Holder: rest.NewID(e.Now()), Metrics: e.Metrics}
	running := &host.Running{App: app.Fiber, Ready: db.Ping,
		Jobs:  []host.Job{{Name: "delivery", Run: s.relay.Run}, {Name: "search", Run: reconciler.Run}, {Name: "comparison", Run: feed.Comparing}, {Name: "titles", Run: s.turnTitles}, {Name: "title-lists", Run: s.enteringLists}, {Name: "services", Run: s.remindingServices}, {Name: "city-plan", Run: s.enactingCity}, {Name: "claim-texts", Run: s.textingClaimDrafts}, {Name: "claim-deadlines", Run: s.escalatingClaims}, {Name: "erasures", Run: s.erasing}},
		Close: func() error { return db.Close(context.WithoutCancel(ctx)) }}
	return running, s, nil
}

func newApp(e *host.Env, s *Service) (*rest.App, error) {
	spec, err := api.GetSpec()
	if err != nil {
		return nil, err
	}
	app, err := rest.New(rest.Options{Name: e.Name, Spec: spec, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: maxUpload})
	if err != nil {
		return nil, err
	}
	h := &server{s: s}
	if public, err := url.Parse(e.Config.PublicURL); err == nil {
		h.secure, h.host = public.Scheme == "https", public.Host
	}
	api.RegisterHandlersWithOptions(app.Fiber, api.NewStrictHandler(h, nil),
		api.FiberServerOptions{HandlerMiddlewares: []api.HandlerMiddlewareFunc{h.sameSite, app.Guard}})
	return app, nil
}

// BootstrapOperator makes the first city operator through a running account service, with the internal token of client (host.Peers).
// Asked again it changes nothing: a person who has the phone keeps its name and password.
func BootstrapOperator(ctx context.Context, client *http.Client, phone, name, password string) error {
	c, err := api.NewClientWithResponses("http://account", api.WithHTTPClient(client))
	if err != nil {
		return err
	}
	answer, err := c.AddStaffInternalWithResponse(ctx, api.StaffInput{Phone: phone, Name: name, Password: password, Post: api.Post(access.CityOperator)})
	if err != nil {
		return rest.Away("account", err)
	}
	return rest.PeerError("account", answer.StatusCode(), answer.Body)
}
