// Package access says who is asking and what they may do. It owns the Actor, the tokens that carry one between processes,
// and policy.go, the one table of permissions. It refuses to know what any operation does: whether this demand is this
// organisation's is an instance rule of the service that holds the demand.
package access

import (
	"context"
	"slices"

	"lianbang/services/platform/fault"
)

// Capacity is what an organisation may act as; one organisation can hold several (DOMAIN.md, Organisation).
type Capacity string

// The four capacities.
const (
	SME         Capacity = "sme"
	Provider    Capacity = "provider"
	ChainLeader Capacity = "chain_leader"
	University  Capacity = "university"
)

// Role is a member's standing inside an organisation.
type Role string

// Owner hands the organisation over, Admin manages members and the dossier, Plain works on its business.
const (
	Owner Role = "owner"
	Admin Role = "admin"
	Plain Role = "member"
)

// Staff is a person's post on the authority's side; empty for everybody else.
type Staff string

// CityOperator decides for the whole city, DistrictOperator for its district (初审), PlatformStaff drafts on a firm's behalf
// and decides nothing (平台运营单位), ExpertStaff scores what it is invited to.
const (
	CityOperator     Staff = "city_operator"
	DistrictOperator Staff = "district_operator"
	PlatformStaff    Staff = "platform_staff"
	ExpertStaff      Staff = "expert"
)

// Actor is whoever a request speaks for. The zero Actor is a guest.
type Actor struct {
	UserID     string
	SessionID  string // the refresh-token family; empty for peers
	OrgID      string // the organisation being acted for; empty when none
	Capacities []Capacity
	Verified   bool // the organisation was verified when the token was made (at most five minutes ago)
	Role       Role // in OrgID
	Staff      Staff
	District   string // a district operator's jurisdiction
	Service    string // set for a peer service calling with an internal token
}

// Guest reports whether nobody is signed in.
func (a Actor) Guest() bool { return a.UserID == "" && a.Service == "" }

// Has reports whether the actor's organisation holds the capacity.
func (a Actor) Has(c Capacity) bool { return slices.Contains(a.Capacities, c) }

// Operates reports whether the actor decides as the authority over the district: the city everywhere, a district operator
// at home. An empty district belongs to the city alone.
func (a Actor) Operates(district string) bool {
	return a.Staff == CityOperator || a.Staff == DistrictOperator && district != "" && a.District == district
}

type actorKey struct{}

// With puts the actor into a context.
func With(ctx context.Context, a Actor) context.Context { return context.WithValue(ctx, actorKey{}, a) }

// From is the actor of a context; a guest when there is none.
func From(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// Decision is what an instance rule answers.
type Decision uint8

// Hide and Forbid both refuse; Hide does not even admit that the thing exists. The zero Decision is Hide: deny by default.
const (
	Hide Decision = iota
	Forbid
	Allow
)

// Err is nil for Allow, a NotFound fault for Hide and a Forbidden one for Forbid.
func (d Decision) Err() error {
	switch d {
	case Allow:
		return nil
	case Forbid:
		return fault.New(fault.Forbidden, "", "this identity may not do that")
	default:
		return fault.New(fault.NotFound, "", "there is no such thing, or it is not visible to this identity")
	}
}
