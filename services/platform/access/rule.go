package access

import (
	"maps"
	"slices"

	"lianbang/services/platform/fault"
)

// Who is one kind of identity an operation is open to. A Rule opens an operation to any of several.
type Who func(Actor) bool

// Rule is one row of the policy table. On is what the operation touches and is documentation for the reader of the matrix;
// the service that holds the thing enforces it as an instance rule.
type Rule struct {
	Who []Who
	On  On
	// Decision marks what cannot wait for a token to run out: the session, the role and the post behind it are asked for
	// again before it is done, so that somebody removed a minute ago decides nothing; and it goes into the audit log.
	Decision bool
}

// On says which things an operation reaches.
type On string

// The reaches an operation can have.
const (
	Public       On = "public"       // what anybody may see
	Self         On = "self"         // the person
	OwnOrg       On = "own"          // the actor's organisation's
	Party        On = "party"        // a dealing the actor is a side of
	Jurisdiction On = "jurisdiction" // the operator's city or district
	Everything   On = "any"
)

// Anyone is open without signing in.
func Anyone(Actor) bool { return true }

// SignedIn is any person.
func SignedIn(a Actor) bool { return a.UserID != "" }

// Member is any person acting for an organisation.
func Member(a Actor) bool { return a.UserID != "" && a.OrgID != "" }

// OrgAdmin is an owner or admin of an organisation.
func OrgAdmin(a Actor) bool { return Member(a) && (a.Role == Owner || a.Role == Admin) }

// Operator is the authority's deciding staff, city or district.
func Operator(a Actor) bool { return a.Staff == CityOperator || a.Staff == DistrictOperator }

// City is the authority's city staff.
func City(a Actor) bool { return a.Staff == CityOperator }

// Expert is on the authority's register of experts; what it may see and score is what it was asked to.
func Expert(a Actor) bool { return a.Staff == ExpertStaff }

// Peer is another service of ours.
func Peer(a Actor) bool { return a.Service != "" }

// As is a member of an organisation that holds one of the capacities, verified or not.
func As(caps ...Capacity) Who {
	return func(a Actor) bool { return Member(a) && slices.ContainsFunc(caps, a.Has) }
}

// Check answers whether the actor may call the operation: nil, Unauthenticated for a guest, Forbidden otherwise. An operation
// without a row is denied to everybody.
func Check(a Actor, operation string) error {
	rule, ok := Policy[operation]
	if ok && slices.ContainsFunc(rule.Who, func(w Who) bool { return w(a) }) {
		return nil
	}
	if a.Guest() {
		return fault.New(fault.Unauthenticated, "", "sign in to do this")
	}
	return fault.New(fault.Forbidden, "", "this identity may not call "+operation)
}

// Allowed lists, in order, the operations the actor may call; peers' operations are not listed to people. The front end
// draws its menus from it.
func Allowed(a Actor) []string {
	var ops []string
	for _, op := range slices.Sorted(maps.Keys(Policy)) {
		if Check(a, op) == nil {
			ops = append(ops, op)
		}
	}
	return ops
}

func table(parts ...map[string]Rule) map[string]Rule {
	all := map[string]Rule{}
	for _, p := range parts {
		for op, r := range p {
			if _, twice := all[op]; twice {
				panic("access: operation " + op + " has two policy rows")
			}
			all[op] = r
		}
	}
	return all
}

// to starts a row: who may call.
func to(who ...Who) Rule { return Rule{Who: who} }

// deciding marks a row as a decision.
func (r Rule) deciding() Rule {
	r.Decision = true
	return r
}

// on finishes a row: what it reaches.
func (r Rule) on(o On) Rule {
	r.On = o
	return r
}
