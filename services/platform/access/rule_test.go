package access

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"lianbang/services/platform/fault"
)

// identities are one actor of each kind.
var identities = map[string]Actor{
	"guest":                {},
	"person":               {UserID: "u"},
	"member":               {UserID: "u", OrgID: "o", Role: Plain, Capacities: []Capacity{SME}},
	"verified member":      {UserID: "u", OrgID: "o", Role: Plain, Capacities: []Capacity{SME}, Verified: true},
	"admin":                {UserID: "u", OrgID: "o", Role: Admin, Capacities: []Capacity{ChainLeader}},
	"owner":                {UserID: "u", OrgID: "o", Role: Owner, Capacities: []Capacity{University, Provider}, Verified: true},
	"city operator":        {UserID: "u", Staff: CityOperator},
	"district operator":    {UserID: "u", Staff: DistrictOperator, District: "d"},
	"platform staff":       {UserID: "u", Staff: PlatformStaff},
	"expert":               {UserID: "u", Staff: ExpertStaff},
	"peer":                 {Service: "demand"},
	"forged peer person":   {UserID: "u", Role: Owner}, // a role without an organisation
	"capacity without org": {UserID: "u", Capacities: []Capacity{ChainLeader}, Verified: true},
}

func TestWho(t *testing.T) {
	for name, c := range map[string]struct {
		who  Who
		open []string
	}{
		"anyone":        {Anyone, slices.Collect(maps.Keys(identities))},
		"signed in":     {SignedIn, []string{"person", "member", "verified member", "admin", "owner", "city operator", "district operator", "platform staff", "expert", "forged peer person", "capacity without org"}},
		"member":        {Member, []string{"member", "verified member", "admin", "owner"}},
		"admin":         {OrgAdmin, []string{"admin", "owner"}},
		"operator":      {Operator, []string{"city operator", "district operator"}},
		"city":          {City, []string{"city operator"}},
		"peer":          {Peer, []string{"peer"}},
		"sme":           {As(SME), []string{"member", "verified member"}},
		"sme or leader": {As(SME, ChainLeader), []string{"member", "verified member", "admin"}},
		"no capacity":   {As(), nil},
	} {
		var open []string
		for id, a := range identities {
			if c.who(a) {
				open = append(open, id)
			}
		}
		slices.Sort(open)
		slices.Sort(c.open)
		if !slices.Equal(open, c.open) {
			t.Errorf("%s is open to %v, want %v", name, open, c.open)
		}
	}
}

func TestCheckDeniesByDefault(t *testing.T) {
	for id, a := range identities {
		for _, op := range []string{"noSuchOperation", "", "GetMe", "getMe "} {
			if err := Check(a, op); err == nil {
				t.Errorf("%s may call %q", id, op)
			}
		}
	}
	if err := Check(Actor{}, "verifyOrganisation"); fault.KindOf(err) != fault.Unauthenticated {
		t.Errorf("a guest: %v", err)
	}
	if err := Check(identities["owner"], "verifyOrganisation"); fault.KindOf(err) != fault.Forbidden {
		t.Errorf("an owner: %v", err)
	}
	if err := Check(identities["city operator"], "verifyOrganisation"); err != nil {
		t.Errorf("the city: %v", err)
	}
}

// TestPolicyRows holds every row to what all rows must be.
func TestPolicyRows(t *testing.T) {
	for op, row := range Policy {
		if len(row.Who) == 0 || row.On == "" {
			t.Errorf("%s says not to whom or on what", op)
		}
		if strings.HasSuffix(op, "Internal") {
			for id, a := range identities {
				if id != "peer" && Check(a, op) == nil {
					t.Errorf("%s is open to a %s", op, id)
				}
			}
		}
		// What needs a verified organisation, an operator or an admin is never open to a guest: a row with Anyone has no other purpose.
		if len(row.Who) > 1 && row.Who[0](Actor{}) {
			t.Errorf("%s is open to anyone, so the rest of its row says nothing", op)
		}
	}
}

func TestAllowed(t *testing.T) {
	if ops := Allowed(Actor{}); !slices.Contains(ops, "signIn") || slices.Contains(ops, "getMe") || !slices.IsSorted(ops) {
		t.Errorf("a guest: %v", ops)
	}
	for id, a := range identities {
		for _, op := range Allowed(a) {
			if strings.HasSuffix(op, "Internal") && id != "peer" {
				t.Errorf("a %s is shown %s", id, op)
			}
		}
	}
}

func TestTwoRowsPanic(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an operation with two rows was taken")
		}
	}()
	table(map[string]Rule{"a": to(Anyone)}, map[string]Rule{"a": to(City)})
}

func TestActor(t *testing.T) {
	city, home, lost := identities["city operator"], identities["district operator"], Actor{UserID: "u", Staff: DistrictOperator}
	for _, c := range []struct {
		a        Actor
		district string
		want     bool
	}{{city, "d", true}, {city, "", true}, {home, "d", true}, {home, "e", false}, {home, "", false}, {lost, "", false}, {lost, "d", false},
		{identities["platform staff"], "d", false}, {identities["expert"], "", false}, {Actor{}, "", false}, {Actor{District: "d"}, "d", false}} {
		if got := c.a.Operates(c.district); got != c.want {
			t.Errorf("%+v operates %q: %v", c.a, c.district, got)
		}
	}
	if !(Actor{}).Guest() || (Actor{UserID: "u"}).Guest() || (Actor{Service: "s"}).Guest() {
		t.Error("guests")
	}
	if got := From(t.Context()); !got.Guest() {
		t.Errorf("a context without an actor: %+v", got)
	}
	if got := From(With(t.Context(), home)); got.District != "d" {
		t.Errorf("%+v", got)
	}
	for d, want := range map[Decision]fault.Kind{Hide: fault.NotFound, Forbid: fault.Forbidden, Decision(9): fault.NotFound} {
		if err := d.Err(); fault.KindOf(err) != want {
			t.Errorf("%d: %v", d, err)
		}
	}
	if Allow.Err() != nil {
		t.Error("allow refuses")
	}
}
