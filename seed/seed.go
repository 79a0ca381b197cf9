// Package seed fills an empty product with invented demo content of an invented city: organisations, demands, bids, results. It
// does so as its users would, through the public API, on a clock it moves forward, so that a notice of five working days has
// really stood five working days. It owns texts and a timetable, and refuses to know how anything is stored.
package seed

import (
	"context"
	"net/http"
	"time"
)

// Password is what every demo account signs in with.
const Password = "lianbang-demo"

// Span is how long before now the demo's story begins.
const Span = 75 * 24 * time.Hour

// Begin is the instant the clock must stand at when loading starts: Span before now, at eight in the morning in the pilot city.
func Begin(now time.Time) time.Time {
	at := now.In(city).Add(-Span)
	return time.Date(at.Year(), at.Month(), at.Day(), 8, 0, 0, 0, city).UTC()
}

// city is the pilot city's time zone; China keeps one, without summer time.
var city = time.FixedZone("CST", 8*60*60)

// Clock is the product's clock while demo content is made: it stands still and is moved by Freeze.
type Clock interface {
	Now() time.Time
	Freeze(at time.Time)
}

// Target is the product to fill.
type Target struct {
	Client  *http.Client // reaches BaseURL, keeps no cookies
	Peers   *http.Client // calls a service's internal paths ("http://account/internal/v1/…") with an internal token
	BaseURL string       // of the public API, without a slash at the end
	Clock   Clock
	Now     time.Time // where the story ends
}

// Account is a demo account to print.
type Account struct {
	Phone string // signs in, with Password
	Role  string // what it is for, in Chinese
	Name  string // whom it acts for
}

// Accounts lists the demo accounts a visitor is offered, one per kind of user.
func Accounts() []Account { return nil }

// Load fills the product and leaves its clock at t.Now. It can be cut short and repeated: every creation has a key of its own,
// every step is skipped when it is done.
func Load(_ context.Context, t Target) error {
	t.Clock.Freeze(t.Now)
	return nil
}
