package demand

import (
	"context"
	"net/http"

	accountapi "lianbang/services/account/api"
	capabilityapi "lianbang/services/capability/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/rest"
)

// The operations on audiences, as mechanical as those of http.go, and the peers that know the firms.

func (h server) PreviewAudience(ctx context.Context, r api.PreviewAudienceRequestObject) (api.PreviewAudienceResponseObject, error) {
	v, err := h.s.PreviewAudience(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewAudience200JSONResponse{AudienceJSONResponse: api.AudienceJSONResponse(v)}, nil
}

func (h server) GetDemandAudience(ctx context.Context, r api.GetDemandAudienceRequestObject) (api.GetDemandAudienceResponseObject, error) {
	v, err := h.s.GetDemandAudience(ctx, r.DemandId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.GetDemandAudience200JSONResponse{AudienceJSONResponse: api.AudienceJSONResponse(v)}, nil
}

const capabilityPeer = "capability"

// firms asks account who is of which tier, chain and district, and capability who can supply what.
type firms struct {
	account    *accountapi.ClientWithResponses
	capability *capabilityapi.ClientWithResponses
}

func newFirms(peers *http.Client, account *accountapi.ClientWithResponses) (firms, error) {
	c, err := capabilityapi.NewClientWithResponses("http://"+capabilityPeer, capabilityapi.WithHTTPClient(peers))
	return firms{account, c}, err
}

// FindFirms are the verified organisations of the rule's tiers, chains and districts, with the words their capabilities name.
func (f firms) FindFirms(ctx context.Context, r AudienceRule) ([]Firm, error) {
	words := map[string][]string{}
	if len(r.Words) > 0 {
		answer, err := f.capability.FindSuppliersInternalWithResponse(ctx, capabilityapi.FindSuppliersInternalJSONRequestBody{Words: r.Words})
		if err != nil {
			return nil, rest.Away(capabilityPeer, err)
		}
		if err := rest.PeerError(capabilityPeer, answer.StatusCode(), answer.Body); err != nil {
			return nil, err
		}
		for _, s := range answer.JSON200.Items {
			words[s.OrgId] = s.Words
		}
	}
	asked := accountapi.FindOrganisationsInternalJSONRequestBody{Chains: r.Chains, Districts: r.Districts}
	for _, t := range r.Tiers {
		asked.Tiers = append(asked.Tiers, accountapi.Tier(t))
	}
	var all []Firm
	for {
		answer, err := f.account.FindOrganisationsInternalWithResponse(ctx, asked)
		if err != nil {
			return nil, rest.Away(accountPeer, err)
		}
		if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
			return nil, err
		}
		for _, o := range answer.JSON200.Items {
			firm := Firm{ID: o.Id, Name: o.Name, District: o.DistrictCode, Chains: o.ChainCodes, Words: words[o.Id]}
			for _, t := range o.Tiers {
				firm.Tiers = append(firm.Tiers, string(t))
			}
			for _, c := range o.Capacities {
				firm.Capacities = append(firm.Capacities, access.Capacity(c))
			}
			all = append(all, firm)
		}
		if asked.Cursor = answer.JSON200.Next; asked.Cursor == "" {
			return all, nil
		}
	}
}
