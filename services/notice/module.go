package notice

import (
	"context"
	"errors"
	"net/http"

	accountapi "lianbang/services/account/api"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/notice/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// bodyLimit is the largest request: a file with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the notice service.
func Module() host.Module {
	return host.Module{Name: "notice", Needs: []string{"account"}, Hears: []string{"account", "demand", "provider"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	account, err := newAccount(e.Peers)
	if err != nil {
		return nil, err
	}
	demands, err := newDemands(e.Peers)
	if err != nil {
		return nil, err
	}
	_, r, err := startWith(ctx, e, neighbours{account, account, demands}, e.Deliver)
	return r, err
}

// neighbours are the services this one asks.
type neighbours struct {
	City
	People
	Demands
}

func startWith(ctx context.Context, e *host.Env, n neighbours, deliver func(context.Context, docstore.Event) error) (*Service, *host.Running, error) {
	secrets, err := newSecrets(e.Keys.Internal.Private.Seed())
	if err != nil {
		return nil, nil, err
	}
	files, err := e.Files(ctx)
	if err != nil {
		return nil, nil, err
	}
	db, err := e.Store(ctx)
	if err != nil {
		return nil, nil, err
	}
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: deliver})
	s, err := NewService(ctx, Options{DB: db, City: n.City, People: n.People, Demands: n.Demands, Files: files, Secrets: secrets, Relay: relay, Audit: e.Audit, Now: e.Now, Log: e.Log})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close(ctx))
	}
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit,
		Standing: e.Standing})
	if err != nil {
		return nil, nil, errors.Join(err, db.Close(ctx))
	}
	if err := e.Overdue("notices", s.overdue); err != nil {
		return nil, nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	return s, &host.Running{
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

// account is the account service as this one uses it. The city's data is kept for a minute.
type account struct {
	api  *accountapi.ClientWithResponses
	city *accountapi.City
}

const accountPeer = "account"

func newAccount(peers *http.Client) (*account, error) {
	c, err := accountapi.NewClientWithResponses("http://"+accountPeer, accountapi.WithHTTPClient(peers))
	return &account{api: c, city: accountapi.NewCity(c)}, err
}

// Calendar is the city's working days.
func (c *account) Calendar(ctx context.Context) (when.Calendar, error) { return c.city.Calendar(ctx) }

// Rules are how the city handles objections.
func (c *account) Rules(ctx context.Context) (Rules, error) {
	r, err := c.city.Data(ctx)
	return Rules{DecideWorkingDays: r.Rules.ObjectionDecideWorkingDays, AnswerWorkingDays: r.Rules.ObjectionAnswerWorkingDays}, err
}

// Person asks which organisations somebody belongs to.
func (c *account) Person(ctx context.Context, userID string) (Person, error) {
	answer, err := c.api.GetPeopleInternalWithResponse(ctx, accountapi.GetPeopleInternalJSONRequestBody{Ids: []string{userID}})
	if err != nil {
		return Person{}, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil || len(answer.JSON200.Items) == 0 {
		return Person{}, err
	}
	p := answer.JSON200.Items[0]
	return Person{OrgIDs: p.OrgIds, Phone: p.Phone, Email: p.Email}, nil
}

// demands is the demand service as this one uses it.
type demands struct {
	api *demandapi.ClientWithResponses
}

const demandPeer = "demand"

func newDemands(peers *http.Client) (*demands, error) {
	c, err := demandapi.NewClientWithResponses("http://"+demandPeer, demandapi.WithHTTPClient(peers))
	return &demands{api: c}, err
}

// Public asks for the demand as nobody in particular: what is not public is not there.
func (c *demands) Public(ctx context.Context, demandID string) (bool, error) {
	answer, err := c.api.GetDemandWithResponse(ctx, demandID)
	if err != nil {
		return false, rest.Away(demandPeer, err)
	}
	if answer.StatusCode() == http.StatusNotFound {
		return false, nil
	}
	return true, rest.PeerError(demandPeer, answer.StatusCode(), answer.Body)
}
