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

// today is the day of the story that is now.
const today = 58

// Span is how long before now the demo's story begins: longer than the longest way of a demand, from its draft to the end of the award
// notice, and shorter than a session may live, so that everybody signs in once.
const Span = today * 24 * time.Hour

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
	// Few tells one story of each outcome only, with the organisations in them: for tests.
	Few bool
}

// Account is a demo account to print.
type Account struct {
	Phone string // signs in, with Password
	Role  string // what it is for, in Chinese
	Name  string // whom it acts for
}

// demoAccount is an account that is offered to visitors; org is the key of its organisation, empty for staff.
type demoAccount struct {
	org, role string
	staff     Account
}

// accounts are one per kind of user; their organisations have stories worth looking at.
var accounts = []demoAccount{
	{staff: Account{Phone: cityOperator, Role: "市级主管部门", Name: "澜州市经济和信息化局 周科长"}},
	{staff: Account{Phone: districtOperator, Role: "区县主管部门", Name: "澜江区 江老师"}},
	{staff: Account{Phone: platformStaff, Role: "平台运营单位（代办、服务专员）", Name: "许专员"}},
	{org: "hengyue", role: "链主企业（有待评分、公示中、待发布的榜单）"},
	{org: "pengyu", role: "中小企业（中榜过，也发过定向需求）"},
	{org: "jietong", role: "中小企业（有中榜、有落榜反馈、有密封中的揭榜）"},
	{org: "lanzhou-tech", role: "高校院所"},
}

// Accounts lists the demo accounts a visitor is offered, one per kind of user.
func Accounts() []Account {
	c, err := read()
	if err != nil {
		panic(err) // embedded; a test reads it
	}
	var all []Account
	for _, a := range accounts {
		if a.org == "" {
			all = append(all, a.staff)
			continue
		}
		o := c.byKey[a.org]
		all = append(all, Account{Phone: o.phone(), Role: a.role, Name: o.Name + " " + o.Contact})
	}
	return all
}

// Load fills the product and leaves its clock at t.Now. It can be cut short and repeated: every creation has a key of its own,
// and every step looks first whether it was taken.
func Load(ctx context.Context, t Target) error {
	c, err := read()
	if err != nil {
		return err
	}
	if t.Few {
		c.shorten()
	}
	l := &loader{caller: &caller{t: t, users: map[string]*session{}}, content: c, begin: Begin(t.Now), now: t.Now, orgIDs: map[string]string{}, made: map[string]string{}}
	l.at(0, 8, 0, l.staff)
	l.at(0, 8, 1, l.mark)
	l.at(0, 8, 2, l.fewerPushes)
	for day := 10; day < today; day += 10 {
		l.at(day, 7, 0, l.keepSessions)
	}
	for i := 0; i < len(c.orgs); i += together {
		some := c.orgs[i:min(i+together, len(c.orgs))]
		l.at(0, 8, 5+4*i, func(ctx context.Context) error { return l.signUps(ctx, some) })
	}
	for i, o := range c.orgs {
		if o.State == "verified" {
			l.at(0, 14, 3*i, func(ctx context.Context) error { return l.review(ctx, o) })
			continue
		}
		l.at(today-4+i%4, 8, 5*i, func(ctx context.Context) error { return l.signUp(ctx, o) })
		if o.State == "returned" {
			l.at(today-1, 13, 3*i, func(ctx context.Context) error { return l.review(ctx, o) })
		}
	}
	l.at(0, 23, 0, l.indexed)
	for i, s := range c.stories {
		l.plan(s, i)
	}
	for i, one := range c.capabilities {
		l.planCapability(one, i)
	}
	l.planAchievements(&c.achievements)
	for i, d := range c.dealings {
		l.planDealing(d, i)
	}
	l.at(today-1, 15, 0, l.following)
	l.planLedger()
	l.planServices()
	l.planRecords()
	l.planWatch()
	l.planPool()
	l.at(quarterDay, 10, 0, func(ctx context.Context) error { return l.issue(ctx, quarterOf(l.time(quarterDay, 10, 0)), true) })
	l.at(halfYearDay, 10, 0, func(ctx context.Context) error { return l.issue(ctx, halfYearOf(l.time(halfYearDay, 10, 0)), false) })
	l.at(workDay, 10, 0, l.contracts)
	l.at(workDay, 18, 0, l.works)
	l.at(workDay, 19, 0, l.wonDeals)
	l.at(claimDay, 9, 7, l.titleList)
	l.at(today-2, 10, 0, l.reportRedLines)
	l.at(today-1, 16, 0, l.objectTo)
	l.at(today+1, 0, 0, l.readOld)
	return l.run(ctx)
}
