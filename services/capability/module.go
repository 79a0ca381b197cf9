package capability

import (
	"context"
	"errors"
	"net/http"
	"slices"

	searchapi "lianbang/search/api"
	accountapi "lianbang/services/account/api"
	"lianbang/services/capability/api"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// bodyLimit is the largest request: a file with its form.
const bodyLimit = blob.DefaultMaxSize + 1<<20

// Module is the capability service.
func Module() host.Module {
	return host.Module{Name: "capability", Needs: []string{"account", "search"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	account, err := newAccount(e.Peers)
	if err != nil {
		return nil, err
	}
	demands, err := demandapi.NewClientWithResponses("http://"+demandPeer, demandapi.WithHTTPClient(e.Peers))
	if err != nil {
		return nil, err
	}
	search, err := searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(e.Peers))
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
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: e.Deliver})
	s, err := NewService(ctx, Options{DB: db, Organisations: account, Lists: account, Demands: demandClient{demands}, Files: files, Relay: relay, Audit: e.Audit, Now: e.Now, Log: e.Log})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	feed := s.feed(search)
	app, err := newApp(s, rest.Options{Name: e.Name, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: bodyLimit, Standing: e.Standing})
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	index := &host.Reconciler[Capability]{Name: "capabilities", DB: db, Collection: s.capabilities, Push: feed.Push, Log: e.Log, Holder: rest.NewID(e.Now()), Metrics: e.Metrics}
	return &host.Running{
		App:   app.Fiber,
		Jobs:  []host.Job{{Name: "relay", Run: relay.Run}, {Name: "index", Run: index.Run}, {Name: "index comparison", Run: feed.Comparing}},
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
	all, err := c.GetMany(ctx, []string{id})
	if err != nil {
		return Organisation{}, err
	}
	org, ok := all[id]
	if !ok {
		return org, fault.New(fault.NotFound, "", "there is no such organisation")
	}
	return org, nil
}

// batch is how many organisations account answers at once.
const batch = 200

// GetMany asks who several organisations are.
func (c *account) GetMany(ctx context.Context, ids []string) (map[string]Organisation, error) {
	all := map[string]Organisation{}
	for some := range slices.Chunk(ids, batch) {
		answer, err := c.api.GetOrganisationsInternalWithResponse(ctx, accountapi.GetOrganisationsInternalJSONRequestBody{Ids: some})
		if err != nil {
			return nil, rest.Away(accountPeer, err)
		}
		if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
			return nil, err
		}
		for _, o := range answer.JSON200.Items {
			org := Organisation{ID: o.Id, Name: o.Name, Verified: o.Verified, District: o.DistrictCode, Chains: o.ChainCodes}
			for _, k := range o.Capacities {
				org.Capacities = append(org.Capacities, access.Capacity(k))
			}
			all[o.Id] = org
		}
	}
	return all, nil
}

// demandClient is the demand service as this one uses it.
type demandClient struct {
	api *demandapi.ClientWithResponses
}

const demandPeer = "demand"

// Supply asks for a supply demand.
func (c demandClient) Supply(ctx context.Context, id string) (demandapi.SupplyDemand, error) {
	answer, err := c.api.GetSupplyDemandInternalWithResponse(ctx, id)
	if err != nil {
		return demandapi.SupplyDemand{}, rest.Away(demandPeer, err)
	}
	if err := rest.PeerError(demandPeer, answer.StatusCode(), answer.Body); err != nil {
		return demandapi.SupplyDemand{}, err
	}
	return *answer.JSON200, nil
}

// awarded are the states of a supply demand whose award was published.
var awarded = []demandapi.DemandState{demandapi.DemandStateAwarded, demandapi.DemandStateInProgress, demandapi.DemandStateAccepted, demandapi.DemandStateClosed}

// Awards asks for all published awards.
func (c demandClient) Awards(ctx context.Context, issuerID string) ([]demandapi.SupplyAward, error) {
	var all []demandapi.SupplyAward
	for _, state := range awarded {
		for cursor, first := "", true; first || cursor != ""; first = false {
			answer, err := c.api.ListSupplyAwardsInternalWithResponse(ctx, &demandapi.ListSupplyAwardsInternalParams{State: state, IssuerId: issuerID, Cursor: cursor})
			if err != nil {
				return nil, rest.Away(demandPeer, err)
			}
			if err := rest.PeerError(demandPeer, answer.StatusCode(), answer.Body); err != nil {
				return nil, err
			}
			all = append(all, answer.JSON200.Items...)
			cursor = answer.JSON200.Next
		}
	}
	return all, nil
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
