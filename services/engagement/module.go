package engagement

import (
	"context"
	"errors"
	"net/http"
	"slices"

	accountapi "lianbang/services/account/api"
	"lianbang/services/engagement/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	providerapi "lianbang/services/provider/api"
)

// bodyLimit is the largest request: an attachment with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the engagement service: it hears which quotes are chosen on service demands.
func Module() host.Module {
	return host.Module{Name: "engagement", Needs: []string{"account"}, Hears: []string{"demand"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	orgs, err := newAccount(e.Peers)
	if err != nil {
		return nil, err
	}
	providers, err := providerapi.NewClientWithResponses("http://"+providerPeer, providerapi.WithHTTPClient(e.Peers))
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
	if s, err = NewService(ctx, Options{Looks: looks, DB: db, Organisations: orgs, Pool: pool{providers}, Files: files, Relay: relay, Audit: e.Audit, Now: e.Now, Log: e.Log}); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit, Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	if err := e.Overdue("engagements", s.overdueCount); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	return &host.Running{App: app.Fiber, Jobs: []host.Job{
		{Name: "clock", Run: func(ctx context.Context) error { return s.Run(ctx, moved) }},
		{Name: "relay", Run: relay.Run},
	}, Close: func() error { return db.Close(context.WithoutCancel(ctx)) }}, nil
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

// providerPeer is asked where a provider stands. It is not among what this service needs to start: it needs this one for its ratings.
const providerPeer = "provider"

// pool is the provider service as this one uses it.
type pool struct {
	api *providerapi.ClientWithResponses
}

// Standing reads where organisations stand in the pool; those it has never heard of are left out.
func (p pool) Standing(ctx context.Context, ids []string) (map[string]PoolStanding, error) {
	answer, err := p.api.GetProvidersInternalWithResponse(ctx, providerapi.GetProvidersInternalJSONRequestBody{Ids: ids})
	if err != nil {
		return nil, rest.Away(providerPeer, err)
	}
	if err := rest.PeerError(providerPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	all := map[string]PoolStanding{}
	for _, p := range answer.JSON200.Items {
		s := PoolStanding{Number: p.Number, State: string(p.State), Categories: p.Categories, Capacity: map[string]int64{},
			LegalPerson: p.LegalPerson, Address: p.Address, Phone: p.ContactPhone}
		for _, o := range p.Offerings {
			s.Capacity[o.Id] = o.Capacity
		}
		all[p.OrgId] = s
	}
	return all, nil
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

func (c *account) batch(ctx context.Context, ids []string) ([]accountapi.OrganisationInternal, error) {
	answer, err := c.api.GetOrganisationsInternalWithResponse(ctx, accountapi.GetOrganisationsInternalJSONRequestBody{Ids: ids})
	if err != nil {
		return nil, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	return answer.JSON200.Items, nil
}

// Get reads organisations.
func (c *account) Get(ctx context.Context, ids []string) (map[string]Organisation, error) {
	items, err := c.batch(ctx, ids)
	all := map[string]Organisation{}
	for _, o := range items {
		all[o.Id] = Organisation{ID: o.Id, Name: o.Name, CreditCode: o.CreditCode, Verified: o.Verified, Provider: slices.Contains(o.Capacities, accountapi.Provider),
			Size: SizeClass(o.SizeClass), District: o.DistrictCode, Contact: Contact{Name: o.Contact.Name, Phone: o.Contact.Phone, Email: o.Contact.Email}}
	}
	return all, err
}

// Firms reads what the checks compare: what account knows of it.
func (c *account) Firms(ctx context.Context, ids []string) (map[string]Firm, error) {
	items, err := c.batch(ctx, ids)
	all := map[string]Firm{}
	for _, o := range items {
		all[o.Id] = Firm{Address: o.Address, Phones: []string{o.Contact.Phone}, Members: o.MemberIds}
	}
	return all, err
}

// Names reads the city's lists.
func (c *account) Names(ctx context.Context) (districts, categories map[string]string, err error) {
	r, err := c.city.Data(ctx)
	return named(r.Districts), named(r.ServiceCategories), err
}

// Calendar is the city's working days.
func (c *account) Calendar(ctx context.Context) (when.Calendar, error) { return c.city.Calendar(ctx) }

func named(list []accountapi.Choice) map[string]string {
	all := map[string]string{}
	for _, c := range list {
		all[c.Code] = c.Name
	}
	return all
}

// RecountFigures asks the engagement service to make its figures anew and says how many it counted.
func RecountFigures(ctx context.Context, client *http.Client) (int64, error) {
	c, err := api.NewClientWithResponses("http://engagement", api.WithHTTPClient(client))
	if err != nil {
		return 0, err
	}
	answer, err := c.RecountFiguresInternalWithResponse(ctx)
	if err != nil {
		return 0, rest.Away("engagement", err)
	}
	if err := rest.PeerError("engagement", answer.StatusCode(), answer.Body); err != nil {
		return 0, err
	}
	return answer.JSON200.Counted, nil
}
