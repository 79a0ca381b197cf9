package api

import (
	"context"
	"sync"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// City is the city's data as the other services read it: lists, working days, periods. It is asked for at most once a minute, and an old
// copy serves while the account service is away.
type City struct {
	client *ClientWithResponses

	mu   sync.Mutex
	kept *Reference
	read time.Time
}

// cityLife is how long a copy is good.
const cityLife = time.Minute

// NewCity reads through a client of the account service.
func NewCity(c *ClientWithResponses) *City { return &City{client: c} }

// Data is the city's data. Errors: Unavailable when account is away and nothing was read before.
func (c *City) Data(ctx context.Context) (Reference, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != nil && time.Since(c.read) < cityLife {
		return *c.kept, nil
	}
	answer, err := c.client.GetReferenceWithResponse(ctx)
	if err == nil {
		err = rest.PeerError("account", answer.StatusCode(), answer.Body)
	} else {
		err = rest.Away("account", err)
	}
	if err != nil {
		if c.kept != nil {
			return *c.kept, nil
		}
		return Reference{}, err
	}
	c.kept, c.read = answer.JSON200, time.Now()
	return *c.kept, nil
}

// Calendar is the city's working days.
func (c *City) Calendar(ctx context.Context) (when.Calendar, error) {
	r, err := c.Data(ctx)
	return when.Calendar{Holidays: r.Calendar.Holidays, Workdays: r.Calendar.Workdays, Source: r.Calendar.Source, Verified: r.Calendar.Verified}, err
}

// Office names the desk that staff write at, as the record shows it: the authority, its office in a district, or the operating unit
// (平台运营单位). It never names the person. Errors: those of Data.
func (c *City) Office(ctx context.Context, a access.Actor) (string, error) {
	r, err := c.Data(ctx)
	if err != nil {
		return "", err
	}
	switch a.Staff {
	case access.CityOperator:
		return r.AuthorityName, nil
	case access.DistrictOperator:
		for _, d := range r.Districts {
			if d.Code == a.District {
				return d.Name + "主管部门", nil
			}
		}
		return r.AuthorityName, nil
	}
	return r.CityName + "平台运营单位", nil
}
