package notice

import (
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Monday 2 March 2026, nine in the morning in China; no holiday near.
var monday = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func day(d, hour int) time.Time { return time.Date(2026, 3, d, hour, 0, 0, 0, when.China).UTC() }

func open(t *testing.T, term Term) *Notice {
	t.Helper()
	n, err := PutUpNotice(Notice{Key: Key{"demand", "award", "d1", 1}, Title: "定榜公示", Audience: Audience{Public: true}, Term: term}, monday, when.Default)
	if err != nil {
		t.Fatal(err)
	}
	return &n
}

func TestANoticeStandsForItsTerm(t *testing.T) {
	for _, c := range []struct {
		term Term
		ends time.Time
	}{
		{Term{WorkingDays: 5}, day(10, 0)}, // the whole of Tuesday to Friday and Monday
		{Term{WorkingDays: 1}, day(4, 0)},
		{Term{Days: 15}, day(18, 0)},
	} {
		if n := open(t, c.term); at(n.EndsAt) != c.ends {
			t.Errorf("%+v from Monday morning ends %s, not %s", c.term, at(n.EndsAt), c.ends)
		}
	}
	for _, bad := range []Term{{}, {WorkingDays: 3, Days: 3}, {Days: -1}, {WorkingDays: 400}} {
		if _, err := PutUpNotice(Notice{Term: bad}, monday, when.Default); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestOnlyAnAcceptedObjectionStopsTheClock(t *testing.T) {
	n := open(t, Term{WorkingDays: 5})
	decide := func(objection string, v Verdict, at time.Time) {
		t.Helper()
		if err := n.Decide(objection, v, Decision{Reason: "据实"}, at, when.Default); err != nil {
			t.Fatalf("%s %s: %v", v, objection, err)
		}
		n.carried(objection, v)
	}
	decide("o1", Refused, day(3, 10))
	if n.State != Open || at(n.EndsAt) != day(10, 0) {
		t.Fatalf("a refused objection moved the notice: %s until %s", n.State, at(n.EndsAt))
	}
	decide("o2", Accepted, day(4, 10)) // Wednesday: Tuesday is behind, four days are left
	decide("o3", Accepted, day(5, 10))
	if n.State != Paused || n.Left != 4 || n.Due(day(20, 0)) {
		t.Fatalf("accepted: %s, %d days left", n.State, n.Left)
	}
	decide("o2", Dismissed, day(6, 10))
	if n.State != Paused {
		t.Fatal("one of two is answered, and the clock runs")
	}
	decide("o3", Dismissed, day(9, 10)) // Monday: the four days begin on Tuesday
	if n.State != Open || at(n.EndsAt) != day(14, 0) || len(n.Pauses) != 1 || n.Pauses[0].To == 0 {
		t.Fatalf("dismissed: %s until %s, pauses %v", n.State, at(n.EndsAt), n.Pauses)
	}
	if err := n.Conclude(day(13, 23)); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("concluded early: %v", err)
	}
	if err := n.Conclude(day(14, 0)); err != nil || n.State != Ended || !n.Final() {
		t.Fatalf("concluded: %v, %s", err, n.State)
	}
	if err := n.TakeBack(day(15, 0), "更正"); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("an ended notice was withdrawn: %v", err)
	}
}

func TestAPauseOnTheFirstDayCostsNothing(t *testing.T) {
	n := open(t, Term{WorkingDays: 5})
	for _, step := range []struct {
		v  Verdict
		at time.Time
	}{{Accepted, day(2, 10)}, {Dismissed, day(2, 15)}} {
		if err := n.Decide("o1", step.v, Decision{}, step.at, when.Default); err != nil {
			t.Fatal(err)
		}
		n.carried("o1", step.v)
	}
	if at(n.EndsAt) != day(10, 0) {
		t.Errorf("ends %s", at(n.EndsAt))
	}
}

func TestAnUpheldObjectionStops(t *testing.T) {
	n := open(t, Term{Days: 15})
	for _, v := range []Verdict{Accepted, Upheld} {
		if err := n.Decide("o1", v, Decision{Reason: "材料不实"}, day(4, 10), when.Default); err != nil {
			t.Fatal(err)
		}
		n.carried("o1", v)
	}
	if n.State != Stopped || !n.Upheld || n.Reason != "材料不实" || n.FinishedAt == 0 {
		t.Errorf("%+v", n)
	}
	if err := n.TakeBack(day(5, 0), "无须"); err != nil || n.State != Stopped {
		t.Errorf("withdrawing what was stopped: %v, %s", err, n.State)
	}
}

func TestAnObjectionIsDecidedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		before []Verdict
		then   Verdict
		want   string
	}{
		"accepted twice":            {[]Verdict{Accepted}, Accepted, "objection.decided"},
		"refused after acceptance":  {[]Verdict{Accepted}, Refused, "objection.decided"},
		"accepted after refusal":    {[]Verdict{Refused}, Accepted, "objection.decided"},
		"answered unaccepted":       {nil, Dismissed, "objection.not_accepted"},
		"upheld unaccepted":         {nil, Upheld, "objection.not_accepted"},
		"upheld after dismissal":    {[]Verdict{Accepted, Dismissed}, Upheld, "objection.decided"},
		"dismissed after upholding": {[]Verdict{Accepted, Upheld}, Dismissed, "objection.decided"},
	} {
		n := open(t, Term{WorkingDays: 5})
		for _, v := range c.before {
			if err := n.Decide("o1", v, Decision{}, day(3, 10), when.Default); err != nil {
				t.Fatal(err)
			}
			n.carried("o1", v)
		}
		if err := n.Decide("o1", c.then, Decision{}, day(3, 11), when.Default); err == nil || fault.As(err).Code != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADecisionOnItsWayIsNotOvertaken(t *testing.T) {
	n := open(t, Term{WorkingDays: 5})
	if err := n.Decide("o1", Accepted, Decision{}, day(3, 10), when.Default); err != nil || n.DueAt != 1 {
		t.Fatalf("%v, due %d", err, n.DueAt)
	}
	if err := n.Decide("o1", Dismissed, Decision{}, day(3, 11), when.Default); fault.KindOf(err) != fault.Conflict {
		t.Errorf("decided again before the objection knew: %v", err)
	}
}

func TestKeys(t *testing.T) {
	for id, want := range map[string]Key{"demand:award:d1:1": {"demand", "award", "d1", 1}, "provider:admission:a:b:12": {"provider", "admission", "a:b", 12}} {
		if k, err := KeyOf(id); err != nil || k != want || k.ID() != id {
			t.Errorf("%s: %+v, %v", id, k, err)
		}
	}
	for _, bad := range []string{"", "demand:award:1", "demand:award:d1:0", "demand:award:d1:01", "demand::d1:1", "demand:award:d1:x"} {
		if _, err := KeyOf(bad); err == nil {
			t.Errorf("%q is taken for a key", bad)
		}
	}
}
