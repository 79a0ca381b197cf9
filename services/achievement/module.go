package achievement

import (
	"context"
	"errors"
	"net/http"
	"strings"

	searchapi "lianbang/search/api"
	accountapi "lianbang/services/account/api"
	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// bodyLimit is the largest request: an attachment with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the achievement service.
func Module() host.Module {
	return host.Module{Name: "achievement", Needs: []string{"account", "search"}, Hears: []string{"notice"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	account, err := newAccount(e.Peers)
	if err != nil {
		return nil, err
	}
	notices, err := newNotices(e.Peers)
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
	var s *Service
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: func(ctx context.Context, event docstore.Event) error {
		if err := s.Settled(ctx, event); err != nil {
			return err
		}
		return e.Deliver(ctx, event)
	}})
	s, err = NewService(ctx, Options{Looks: looks, DB: db, Organisations: account, Lists: account, Files: files, Relay: relay, Notices: notices, Audit: e.Audit,
		PublicURL: strings.TrimSuffix(e.Config.PublicURL, "/"), Now: e.Now, Log: e.Log, Office: account.city.Office})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	search, err := searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(e.Peers))
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit,
		Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	feed := s.feed(search)
	push := func(ctx context.Context, docs []docstore.Doc[Achievement]) error {
		for _, doc := range docs { // published, withdrawn: the lists it is on count anew
			if err := s.keepEntries(docstore.Unwitnessed(ctx), doc); err != nil {
				return err
			}
			if err := s.markListsOf(docstore.Unwitnessed(ctx), doc.ID); err != nil {
				return err
			}
		}
		return feed.Push(ctx, docs)
	}
	index := &host.Reconciler[Achievement]{Name: "achievements", DB: db, Collection: s.achievements, Push: push, Log: e.Log, Holder: rest.NewID(e.Now()),
		Metrics: e.Metrics}
	return &host.Running{
		App: app.Fiber,
		Jobs: []host.Job{
			{Name: "clock", Run: func(ctx context.Context) error { return s.Run(ctx, moved) }},
			{Name: "relay", Run: relay.Run},
			{Name: "figures", Run: s.Comparing},
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

// account is the account service as this one uses it. The city's lists are kept for a minute.
type account struct {
	api  *accountapi.ClientWithResponses
	city *accountapi.City
}

const accountPeer = "account"

func newAccount(peers *http.Client) (*account, error) {
	c, err := accountapi.NewClientWithResponses("http://"+accountPeer, accountapi.WithHTTPClient(peers))
	return &account{api: c, city: accountapi.NewCity(c)}, err
}

// Get asks who an organisation is.
func (c *account) Get(ctx context.Context, id string) (Organisation, error) {
	answer, err := c.api.GetOrganisationsInternalWithResponse(ctx, accountapi.GetOrganisationsInternalJSONRequestBody{Ids: []string{id}})
	if err != nil {
		return Organisation{}, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return Organisation{}, err
	}
	if len(answer.JSON200.Items) != 1 {
		return Organisation{}, fault.New(fault.NotFound, "", "there is no such organisation")
	}
	o := answer.JSON200.Items[0]
	org := Organisation{ID: o.Id, Name: o.Name, Verified: o.Verified, District: o.DistrictCode, Chains: o.ChainCodes, Industry: o.IndustryCode, Tier: string(o.Tier)}
	for _, k := range o.Capacities {
		org.Capacities = append(org.Capacities, access.Capacity(k))
	}
	return org, nil
}

// City is the city's name.
func (c *account) City(ctx context.Context) (string, error) {
	r, err := c.city.Data(ctx)
	return r.CityName, err
}

// Districts are the city's districts.
func (c *account) Districts(ctx context.Context) ([]Choice, error) {
	r, err := c.city.Data(ctx)
	return choices(r.Districts), err
}

// Chains are the city's industry chains.
func (c *account) Chains(ctx context.Context) ([]Choice, error) {
	r, err := c.city.Data(ctx)
	return choices(r.Chains), err
}

func choices(in []accountapi.Choice) []Choice {
	var all []Choice
	for _, c := range in {
		all = append(all, Choice{Code: c.Code, Name: c.Name})
	}
	return all
}
