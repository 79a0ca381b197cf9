package notify

import (
	"context"
	"net/http"
	"slices"
	"strings"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/rest"
)

// reachable is a person with where to reach them.
type reachable struct {
	ID, Name, Phone, Email string
	staff                  access.Staff
	district               string
}

func (p reachable) address(channel string) string {
	if channel == sms {
		return p.Phone
	}
	return p.Email
}

// directory knows who belongs to an audience now, and how to reach people.
type directory interface {
	members(ctx context.Context, a Audience) ([]reachable, error)
	byID(ctx context.Context, ids ...string) ([]reachable, error)
}

// accountDirectory asks the account service.
type accountDirectory struct {
	api accountapi.ClientWithResponsesInterface
}

func newAccountDirectory(peers *http.Client) (*accountDirectory, error) {
	c, err := accountapi.NewClientWithResponses("http://account", accountapi.WithHTTPClient(peers))
	return &accountDirectory{c}, err
}

func (d *accountDirectory) members(ctx context.Context, a Audience) ([]reachable, error) {
	class, id, _ := strings.Cut(string(a), ":")
	switch class {
	case "u":
		return d.byID(ctx, id)
	case "o":
		answer, err := d.api.GetOrganisationsInternalWithResponse(ctx, accountapi.GetOrganisationsInternalJSONRequestBody{Ids: []string{id}})
		if err != nil {
			return nil, rest.Away("account", err)
		}
		if answer.JSON200 == nil {
			return nil, rest.PeerError("account", answer.StatusCode(), answer.Body)
		}
		var ids []string
		for _, o := range answer.JSON200.Items {
			ids = append(ids, o.MemberIds...)
		}
		return d.byID(ctx, ids...)
	}
	held, district, _ := strings.Cut(id, ":")
	answer, err := d.api.GetOperatorsInternalWithResponse(ctx, &accountapi.GetOperatorsInternalParams{District: district})
	if err != nil {
		return nil, rest.Away("account", err)
	}
	if answer.JSON200 == nil {
		return nil, rest.PeerError("account", answer.StatusCode(), answer.Body)
	}
	all, err := d.byID(ctx, answer.JSON200.UserIds...)
	return slices.DeleteFunc(all, func(p reachable) bool { // the answer holds the city's operators for every district
		return string(p.staff) != held || district != "" && p.district != district
	}), err
}

func (d *accountDirectory) byID(ctx context.Context, ids ...string) ([]reachable, error) {
	var all []reachable
	for chunk := range slices.Chunk(ids, 200) {
		answer, err := d.api.GetPeopleInternalWithResponse(ctx, accountapi.GetPeopleInternalJSONRequestBody{Ids: chunk})
		if err != nil {
			return nil, rest.Away("account", err)
		}
		if answer.JSON200 == nil {
			return nil, rest.PeerError("account", answer.StatusCode(), answer.Body)
		}
		for _, p := range answer.JSON200.Items {
			all = append(all, reachable{ID: p.Id, Name: p.Name, Phone: p.Phone, Email: p.Email,
				staff: access.Staff(p.Staff.Post), district: p.Staff.DistrictCode})
		}
	}
	return all, nil
}
