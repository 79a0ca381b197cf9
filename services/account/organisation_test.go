package account

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var (
	noon  = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)
	anna  = By{UserID: "anna", Name: "安娜"}
	judge = By{UserID: "judge", Name: "审核员"}
)

func testProfile() Profile {
	return Profile{Name: "澜州精密轴承有限公司", CreditCode: "91350100M000100Y43", Capacities: []access.Capacity{access.SME}, District: "lanjiang"}
}

func registered(t *testing.T) Organisation {
	t.Helper()
	o, err := Register(testProfile(), anna, noon)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// in brings a new organisation into a state, the way a real one gets there.
func in(t *testing.T, state State) Organisation {
	t.Helper()
	o := registered(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if state == Registered {
		return o
	}
	must(o.Attach(Evidence{ID: "e1", Kind: "licence"}, anna, noon))
	must(o.Submit(anna, noon))
	switch state {
	case Returned:
		must(o.Decide("returnOrganisation", "执照不清晰", judge, noon))
	case Rejected:
		must(o.Decide("rejectOrganisation", "不是本市企业", judge, noon))
	case Verified:
		must(o.Verify("", "", judge, noon))
	case Suspended:
		must(o.Verify("", "", judge, noon))
		must(o.Decide("suspendOrganisation", "信用问题", judge, noon))
	}
	if o.State != state {
		t.Fatalf("brought into %s, not %s", o.State, state)
	}
	return o
}

var states = []State{Registered, Submitted, Returned, Verified, Rejected, Suspended}

// do takes a step.
func do(o *Organisation, action string) error {
	switch action {
	case "editOrganisation":
		p := o.Profile
		p.Summary = "做轴承的"
		return o.Edit(p, nil, false, anna, noon)
	case "uploadEvidence":
		return o.Attach(Evidence{ID: "e2"}, anna, noon)
	case "submitOrganisation":
		return o.Submit(anna, noon)
	case "verifyOrganisation":
		return o.Verify("看过执照", "", judge, noon)
	case "addTitle":
		return o.AddTitle(Title{ID: "t1", Kind: "specialised", Issuer: "省经信厅", ValidFrom: "2026-01-01"}, judge, noon)
	case "inviteMember":
		return nil
	}
	return o.Decide(action, "有理由", judge, noon)
}

// TestMatrix writes down every (actor × state × action) of an organisation: ✓ and where it leads, or why it is closed. The file is
// reviewed like code; run with LIANBANG_TEST_GOLDEN=write to write it anew.
func TestMatrix(t *testing.T) {
	actors := []struct {
		name  string
		actor access.Actor
	}{
		{"guest", access.Actor{}},
		{"owner", access.Actor{UserID: "anna", OrgID: "o1", Role: access.Owner}},
		{"admin", access.Actor{UserID: "adam", OrgID: "o1", Role: access.Admin}},
		{"member", access.Actor{UserID: "mia", OrgID: "o1", Role: access.Plain}},
		{"owner, acting for another organisation", access.Actor{UserID: "anna", OrgID: "o2", Role: access.Owner}},
		{"removed, token still says owner", access.Actor{UserID: "gone", OrgID: "o1", Role: access.Owner}},
		{"owner of another", access.Actor{UserID: "otto", OrgID: "o2", Role: access.Owner, Verified: true}},
		{"city operator", access.Actor{UserID: "judge", Staff: access.CityOperator}},
		{"city operator who owns it", access.Actor{UserID: "anna", Staff: access.CityOperator}},
		{"its district operator", access.Actor{UserID: "dora", Staff: access.DistrictOperator, District: "lanjiang"}},
		{"another district's operator", access.Actor{UserID: "dan", Staff: access.DistrictOperator, District: "xiwan"}},
		{"district operator without district", access.Actor{UserID: "dim", Staff: access.DistrictOperator}},
		{"platform staff", access.Actor{UserID: "pia", Staff: access.PlatformStaff}},
		{"expert", access.Actor{UserID: "eve", Staff: access.ExpertStaff}},
	}
	var b strings.Builder
	for _, a := range actors {
		fmt.Fprintf(&b, "## %s\n\n| action |", a.name)
		for _, s := range states {
			fmt.Fprintf(&b, " %s |", s)
		}
		b.WriteString("\n|---" + strings.Repeat("|---", len(states)) + "|\n| *read* |")
		for _, s := range states {
			o := withColleagues(in(t, s))
			fmt.Fprintf(&b, " %s |", map[access.Decision]string{access.Allow: "✓", access.Hide: "404", access.Forbid: "403"}[o.Readable(a.actor)])
		}
		b.WriteString("\n")
		for _, action := range actionOrder {
			fmt.Fprintf(&b, "| %s |", action)
			for _, s := range states {
				o := withColleagues(in(t, s))
				before := len(o.History)
				err := o.Refusal(a.actor, "o1", action)
				if err == nil {
					if err = do(&o, action); err != nil {
						t.Errorf("%s, %s, %s: promised, then refused: %v", a.name, s, action, err)
					}
					if len(o.History) != before+1 && action != "inviteMember" {
						t.Errorf("%s, %s, %s left no trace", a.name, s, action)
					}
					fmt.Fprintf(&b, " ✓ %s |", o.State)
					continue
				}
				f := fault.As(err)
				fmt.Fprintf(&b, " %d %s |", f.Kind.Status(), strings.TrimPrefix(f.Code, "organisation."))
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	golden(t, "matrix.golden.md", "# Who may do what with an organisation, by state\n\nWritten by TestMatrix.\n\n"+b.String())
}

func withColleagues(o Organisation) Organisation {
	o.Members = append(o.Members, Member{UserID: "adam", Role: access.Admin}, Member{UserID: "mia", Role: access.Plain})
	return o
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("LIANBANG_TEST_GOLDEN") == "write" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s does not say what is; if the change is meant, write it anew with LIANBANG_TEST_GOLDEN=write and read the difference", path)
	}
}

// TestStepsWithoutPermission holds the transitions themselves to the state table, whoever asks.
func TestStepsWithoutPermission(t *testing.T) {
	for action, s := range steps {
		for _, state := range states {
			o := in(t, state)
			allowed := slices.Contains(s.from, state)
			if action == "submitOrganisation" && state == Registered {
				allowed = false // no evidence yet
			}
			if action == "editOrganisation" || action == "uploadEvidence" || action == "addTitle" || action == "inviteMember" {
				continue // guarded by Refusal, which TestMatrix walks
			}
			before := o.State
			err := do(&o, action)
			if allowed != (err == nil) {
				t.Errorf("%s from %s: %v", action, state, err)
			}
			if err != nil && o.State != before {
				t.Errorf("%s from %s was refused and moved to %s", action, state, o.State)
			}
		}
	}
}

func TestDecisionsCarryReasons(t *testing.T) {
	for _, action := range []string{"returnOrganisation", "rejectOrganisation"} {
		o := in(t, Submitted)
		if err := o.Decide(action, " \t", judge, noon); fault.KindOf(err) != fault.Invalid || o.State != Submitted {
			t.Errorf("%s without a reason: %v, %s", action, err, o.State)
		}
	}
	o := in(t, Returned)
	if o.Reason != "执照不清晰" {
		t.Errorf("the reason is %q", o.Reason)
	}
	last := o.History[len(o.History)-1]
	if last != (Entry{At: when.At(noon), Action: "returnOrganisation", By: "judge", Name: "审核员", Reason: "执照不清晰"}) {
		t.Errorf("the trace says %+v", last)
	}
	if err := o.Submit(anna, noon); err != nil || o.Reason != "" {
		t.Errorf("submitted again: %v, reason %q", err, o.Reason)
	}
}

func TestFailingCodeNeedsProof(t *testing.T) {
	p := testProfile()
	p.CreditCode = "91350100M000100Y44"
	o, err := Register(p, anna, noon)
	if err != nil || !o.NeedsProof {
		t.Fatalf("a failing code is not refused but marked: %v, %v", err, o.NeedsProof)
	}
	if err := o.Attach(Evidence{ID: "e"}, anna, noon); err != nil {
		t.Fatal(err)
	}
	if err := o.Submit(anna, noon); err != nil {
		t.Fatal(err)
	}
	if err := o.Verify("", " ", judge, noon); fault.As(err).Code != "organisation.proof_missing" || o.State != Submitted {
		t.Errorf("verified without proof: %v, %s", err, o.State)
	}
	if err := o.Verify("", "旧证，市监局函〔2015〕12号", judge, noon); err != nil || o.Proof == "" {
		t.Errorf("with proof: %v", err)
	}
}

func TestRejectedCodeIsFree(t *testing.T) {
	o := in(t, Rejected)
	if o.CreditKey == o.Profile.CreditCode {
		t.Error("a rejected organisation holds its code")
	}
	if err := o.Decide("reinstateOrganisation", "误判", judge, noon); err != nil || o.State != Registered || o.CreditKey != o.Profile.CreditCode {
		t.Errorf("opened again: %v, %s, key %s", err, o.State, o.CreditKey)
	}
	o = in(t, Suspended)
	if err := o.Decide("reinstateOrganisation", "已整改", judge, noon); err != nil || o.State != Verified || o.Reason != "" {
		t.Errorf("reinstated: %v, %s", err, o.State)
	}
}

func TestIdentityIsLocked(t *testing.T) {
	for _, state := range []State{Submitted, Verified} {
		for name, change := range map[string]func(*Profile){
			"name":       func(p *Profile) { p.Name = "别的公司" },
			"code":       func(p *Profile) { p.CreditCode = "000000000000000000" },
			"capacities": func(p *Profile) { p.Capacities = []access.Capacity{access.SME, access.ChainLeader} },
		} {
			o := in(t, state)
			p := o.Profile
			change(&p)
			if err := o.Edit(p, nil, false, anna, noon); fault.As(err) == nil || fault.As(err).Code != "organisation.identity_locked" {
				t.Errorf("%s: the firm changed its %s: %v", state, name, err)
			}
			if err := o.Edit(p, nil, true, judge, noon); err != nil {
				t.Errorf("%s: the operator may not change %s: %v", state, name, err)
			}
		}
		o := in(t, state)
		p := o.Profile
		p.Summary, p.Capacities = "新简介", slices.Clone(p.Capacities)
		if err := o.Edit(p, nil, false, anna, noon); err != nil {
			t.Errorf("%s: a harmless edit: %v", state, err)
		}
	}
}

func TestFactsKeepTheirSource(t *testing.T) {
	o := registered(t)
	edit := func(by By, asOperator bool, facts ...Fact) {
		t.Helper()
		if err := o.Edit(o.Profile, facts, asOperator, by, noon); err != nil {
			t.Fatal(err)
		}
	}
	own, seen := Fact{Key: "patents", Value: "12", AsOf: "2025-12-31"}, Fact{Key: "patents", Value: "11", AsOf: "2025-12-31"}
	edit(anna, false, own)
	edit(judge, true, own, seen) // reading and sending back vouches for nothing
	if len(o.Facts) != 2 || o.Facts[0].Source != SelfReported || o.Facts[1].Source != Vouched || o.Facts[1].RecordedBy != "judge" {
		t.Fatalf("%+v", o.Facts)
	}
	edit(anna, false, seen) // the firm drops its own report; the operator's fact is not the firm's to drop or to own
	if len(o.Facts) != 1 || o.Facts[0].Source != Vouched {
		t.Fatalf("%+v", o.Facts)
	}
	edit(judge, true)
	if len(o.Facts) != 0 {
		t.Fatalf("%+v", o.Facts)
	}
}

func TestEditsInARowAreOneEntry(t *testing.T) {
	o := registered(t)
	for i := range 1000 {
		p := o.Profile
		p.Summary = fmt.Sprint(i)
		if err := o.Edit(p, nil, false, anna, noon); err != nil {
			t.Fatal(err)
		}
	}
	if len(o.History) != 2 {
		t.Errorf("%d entries", len(o.History))
	}
}

func TestTitlesGiveTheTier(t *testing.T) {
	o := registered(t)
	if o.Tier("2026-03-02") != "" {
		t.Error("a tier without a title")
	}
	for i, title := range []Title{
		{Kind: "innovative", ValidFrom: "2023-01-01", ValidTo: "2025-12-31"},
		{Kind: "specialised", ValidFrom: "2025-06-01", ValidTo: "2028-05-31"},
		{Kind: "little_giant", ValidFrom: "2026-07-01"},
		{Kind: "hidden_champion", ValidFrom: "2020-01-01"},
	} {
		title.ID, title.Issuer = fmt.Sprint(i), "省经信厅"
		if err := o.AddTitle(title, judge, noon); err != nil {
			t.Fatal(err)
		}
	}
	for day, want := range map[when.Day]Tier{"2022-12-31": "", "2023-01-01": Innovative, "2025-12-31": Specialised, "2026-03-02": Specialised,
		"2026-07-01": LittleGiant, "2030-01-01": LittleGiant} {
		if got := o.Tier(day); got != want {
			t.Errorf("on %s: %q, want %q", day, got, want)
		}
	}
	if got := o.Tiers("2025-07-01"); !slices.Equal(got, []Tier{Innovative, Specialised}) {
		t.Errorf("in 2025: %v", got)
	}
	again := Title{ID: "9", Kind: "specialised", Issuer: " 省经信厅 ", ValidFrom: "2025-06-01"}
	if err := o.AddTitle(again, judge, noon); fault.As(err).Code != "title.exists" {
		t.Errorf("the same title again: %v", err)
	}
	again.ID = "1" // a repeated request
	if err := o.AddTitle(again, judge, noon); err != nil || len(o.Titles) != 4 {
		t.Errorf("a repeat: %v, %d titles", err, len(o.Titles))
	}
	if err := o.AddTitle(Title{ID: "x", Kind: "high_tech", Issuer: "省科技厅", ValidFrom: "2026-01-01", ValidTo: "2025-01-01"}, judge, noon); fault.KindOf(err) != fault.Invalid {
		t.Errorf("ends before it begins: %v", err)
	}
}

// TestAlwaysAnOwner tries 2,000 random histories of joining, leaving, promoting and demoting: there is an owner after each step, and
// nobody rises above who raised them.
func TestAlwaysAnOwner(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	roles := []access.Role{access.Owner, access.Admin, access.Plain}
	people := []string{"anna", "b", "c", "d", "stranger"}
	for range 2000 {
		o := registered(t)
		for range 40 {
			by, whom, role := By{UserID: people[random.IntN(5)]}, people[random.IntN(5)], roles[random.IntN(3)]
			mine, theirs := o.RoleOf(by.UserID), o.RoleOf(whom)
			var err error
			switch random.IntN(3) {
			case 0:
				if err = o.Join(whom, role, by, noon); err != nil {
					t.Fatal(err)
				}
			case 1:
				if err = o.SetRole(whom, role, by, noon); err == nil && theirs != role && (!adminRole(mine) || (role == access.Owner || theirs == access.Owner) && mine != access.Owner) {
					t.Fatalf("a %q made a %s a %s", mine, theirs, role)
				}
			case 2:
				if err = o.Remove(whom, by, noon); err == nil && whom != by.UserID && (!adminRole(mine) || theirs == access.Owner && mine != access.Owner) {
					t.Fatalf("a %q removed a %s", mine, theirs)
				}
			}
			if o.owners() == 0 {
				t.Fatalf("no owner left: %+v, %v", o.Members, err)
			}
			seen := map[string]bool{}
			for _, m := range o.Members {
				if seen[m.UserID] {
					t.Fatalf("%s is a member twice", m.UserID)
				}
				seen[m.UserID] = true
			}
		}
	}
}

func TestInvitationIsUsedOnce(t *testing.T) {
	i := Invitation{State: inviteOpen, Expires: when.At(noon.Add(time.Hour))}
	if err := i.Take("a", noon); err != nil {
		t.Fatal(err)
	}
	if err := i.Take("a", noon.Add(48*time.Hour)); err != nil {
		t.Errorf("a cut-off acceptance is taken up again: %v", err)
	}
	for _, bad := range []Invitation{{State: inviteJoined, TakenBy: "a"}, {State: inviteWithdrawn, Expires: when.At(noon.Add(time.Hour))}, {State: inviteOpen, Expires: when.At(noon)}, {State: inviteAccepting, TakenBy: "b", Expires: when.At(noon.Add(time.Hour))}} {
		if err := bad.Take("a", noon); fault.As(err) == nil || fault.As(err).Code != "invitation.not_usable" {
			t.Errorf("%+v was taken: %v", bad, err)
		}
	}
}

func TestProfileIsChecked(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Profile)
		path   string
	}{
		"no name":      {func(p *Profile) { p.Name = "  " }, "name"},
		"no capacity":  {func(p *Profile) { p.Capacities = nil }, "capacities"},
		"script link":  {func(p *Profile) { p.Website = "javascript:alert(1)" }, "website"},
		"bare host":    {func(p *Profile) { p.Website = "example.com" }, "website"},
		"bad mail":     {func(p *Profile) { p.Contact.Email = "a@b" }, "contact.email"},
		"short code":   {func(p *Profile) { p.CreditCode = "123" }, "creditCode"},
		"letter in it": {func(p *Profile) { p.CreditCode = "91350100M0OO100Y43" }, "creditCode"},
	} {
		p := testProfile()
		c.change(&p)
		_, err := Register(p, anna, noon)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Fields[0].Path != c.path {
			t.Errorf("%s: %v", name, err)
		}
	}
}
