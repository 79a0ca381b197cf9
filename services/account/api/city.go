package api

import (
	"context"
	"sync"
	"time"

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
