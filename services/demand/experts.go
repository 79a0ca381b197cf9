package demand

import (
	"context"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/rest"
)

// FindExperts reads the city's experts from account.
func (c *account) FindExperts(ctx context.Context, ids []string) ([]Judge, error) {
	answer, err := c.api.ListExpertsInternalWithResponse(ctx, accountapi.ListExpertsInternalJSONRequestBody{Ids: ids})
	if err != nil {
		return nil, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	var all []Judge
	for _, e := range answer.JSON200.Items {
		all = append(all, Judge{PersonID: e.PersonId, Name: e.Name, Title: e.Title, Fields: e.Fields, EmployerOrgID: e.EmployerOrgId, Employer: e.Employer,
			OrgIDs: e.OrganisationIds, Active: e.Active})
	}
	return all, nil
}
