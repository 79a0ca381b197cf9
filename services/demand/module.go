package demand

import (
	"context"
	"errors"
	"net/http"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/demand/api"
	"lianbang/services/demand/reward"
	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// closeGrace is longer than a submission accepted before the deadline can take to be written: it is given three quarters of it.
const closeGrace = 6 * time.Second

// bodyLimit is the largest request: an attachment with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the demand service.
func Module() host.Module {
	return host.Module{Name: "demand", Needs: []string{"account", "search"}, Hears: []string{"notice"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	account, err := newAccount(e.Peers)
	if err != nil {
		return nil, err
	}
	firms, err := newFirms(e.Peers, account.api)
	if err != nil {
		return nil, err
	}
	search, err := newSearchClient(e.Peers)
	if err != nil {
		return nil, err
	}
	notices, err := newNoticeBoard(e.Peers)
	if err != nil {
		return nil, err
	}
	achievements, err := newAchievements(e.Peers)
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
	s, err := NewService(ctx, Options{Looks: looks, DB: db, Organisations: account, Experts: account, Lists: account, Matcher: search, Firms: firms, Titles: account, Achievements: achievements, Notices: notices, Files: files, Seal: e.Keys.Seal, LostSeal: e.Config.LostSeal, Relay: relay, Audit: e.Audit,
		Now: e.Now, Log: e.Log, CloseGrace: closeGrace, Office: account.city.Office})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	search.s = s
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit,
		Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	if err := e.Overdue("demands", s.overdue); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	moved := make(chan struct{}, 1)
	e.Clock.OnMove(func() {
		select {
		case moved <- struct{}{}:
		default: // it will look anyhow
		}
	})
	feed := search.feed()
	index := &host.Reconciler[Demand]{Name: "demands", DB: db, Collection: s.demands, Push: feed.Push, Log: e.Log, Holder: rest.NewID(e.Now()), Metrics: e.Metrics}
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
	org := Organisation{ID: o.Id, Name: o.Name, UpdatedAt: o.UpdatedAt, CreditCode: o.CreditCode, Verified: o.Verified, Size: SizeClass(o.SizeClass), District: o.DistrictCode, Chains: o.ChainCodes,
		Summary: o.Summary, Employees: o.Employees, RevenueFen: o.RevenueFen, Contact: Contact{Name: o.Contact.Name, Phone: o.Contact.Phone, Email: o.Contact.Email}}
	for _, t := range o.Tiers {
		org.Tiers = append(org.Tiers, string(t))
	}
	for _, k := range o.Capacities {
		org.Capacities = append(org.Capacities, access.Capacity(k))
	}
	return org, nil
}

// Titles asks which titles an organisation holds or held.
func (c *account) Titles(ctx context.Context, orgID string) ([]reward.Title, error) {
	answer, err := c.api.ListTitlesWithResponse(ctx, orgID)
	if err != nil {
		return nil, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	titles := []reward.Title{}
	for _, t := range answer.JSON200.Items {
		titles = append(titles, reward.Title{Kind: t.Kind, From: reward.Date(dayOf(t.ValidFrom)), To: reward.Date(dayOf(t.ValidTo))})
	}
	return titles, nil
}

// City is the city's name.
func (c *account) City(ctx context.Context) (string, error) {
	r, err := c.city.Data(ctx)
	return r.CityName, err
}

// Calendar is the city's working days.
func (c *account) Calendar(ctx context.Context) (when.Calendar, error) { return c.city.Calendar(ctx) }

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
