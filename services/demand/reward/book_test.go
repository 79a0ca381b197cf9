package reward

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"lianbang/services/platform/fault"
)

const rewardID = "challenge-reward"

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

// TestTheNextRule: the shipped rule ends with 2026; the operator adds the next, and what it says of earlier days stays.
func TestTheNextRule(t *testing.T) {
	b := NewBook()
	const today = Date("2026-11-22")
	next := Shipped()[0]
	next.Version, next.Clause, next.From, next.Until, next.ShareBasisPoints, next.Pending = 0, "新一轮行动方案", "2027-01-01", "2029-12-31", 2500, false
	set, err := b.Next(rewardID, append(Shipped(), next), today)
	if err != nil || set.Number != 2 || set.Rules[1].Version != 2 {
		t.Fatalf("%+v, %v", set, err)
	}
	if day, differs := Differ(b.Now().Rules, set.Rules, rewardID, today, ""); !differs || day != "2027-01-01" {
		t.Errorf("differs from %q", day)
	}
	b.Put(set, "u", "新政策", time.Now())
	if r, ok := InForce(b.Now().Rules, rewardID, "2027-03-01"); !ok || r.Version != 2 {
		t.Errorf("%+v", r)
	}
	if r, ok := InForce(b.Now().Rules, rewardID, "2026-12-31"); !ok || r.Version != 1 {
		t.Errorf("%+v", r)
	}
}

// TestThePastIsFixed: no change makes an earlier day come to something else.
func TestThePastIsFixed(t *testing.T) {
	const today = Date("2026-11-22")
	edited := func(change func(r *Rule)) []Rule {
		rules := Shipped()
		change(&rules[0])
		return rules
	}
	added := func(from Date) []Rule {
		r := Shipped()[0]
		r.Version, r.From, r.CapFen = 0, from, 1
		return append(Shipped(), r)
	}
	for _, c := range []struct {
		what  string
		rules []Rule
		want  string
	}{
		{"another share of a rule that has begun", edited(func(r *Rule) { r.ShareBasisPoints = 2000 }), "reward.past_fixed"},
		{"another clause of it", edited(func(r *Rule) { r.Clause = "别的条款" }), "reward.past_fixed"},
		{"a rule from yesterday", added("2026-11-21"), "reward.past_fixed"},
		{"it ended before yesterday", edited(func(r *Rule) { r.Until = "2026-11-20" }), "reward.past_fixed"},
		{"it was taken out", nil, "reward.past_fixed"},
		{"a rule from today", added("2026-11-22"), ""},
		{"it ends with yesterday", edited(func(r *Rule) { r.Until = "2026-11-21" }), ""},
		{"it goes on longer", edited(func(r *Rule) { r.Until = "2028-12-31" }), ""},
		{"no clause", edited(func(r *Rule) { r.Clause = "" }), "invalid"},
		{"a share of more than all", edited(func(r *Rule) { r.ShareBasisPoints = 10_001 }), "invalid"},
		{"an end before the beginning", edited(func(r *Rule) { r.Until = "2023-12-31" }), "invalid"},
		{"one version twice", append(Shipped(), Shipped()...), "invalid"},
	} {
		b := NewBook()
		if _, err := b.Next(rewardID, c.rules, today); code(err) != c.want {
			t.Errorf("%s: %v, not %q", c.what, err, c.want)
		}
	}
}

// TestBack puts an earlier set into force again: from that day on everything computes as it would have, before it as it did.
func TestBack(t *testing.T) {
	b := NewBook()
	r := Shipped()[0]
	r.Version, r.From, r.Until, r.CapFen = 0, "2026-12-01", "", 5
	set, err := b.Next(rewardID, append(Shipped(), r), "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	b.Put(set, "u", "改", time.Now())
	back, err := b.Back(rewardID, 1, "2026-12-10")
	if err != nil || back.UndoOf != 1 {
		t.Fatal(err)
	}
	b.Put(back, "u", "撤销", time.Now())
	for day, want := range map[Date]int64{"2026-11-30": 200_000_000, "2026-12-09": 5, "2026-12-10": 200_000_000, "2026-12-31": 200_000_000} {
		if got, ok := InForce(b.Now().Rules, rewardID, day); !ok || got.CapFen != want {
			t.Errorf("on %s the cap is %d, not %d", day, got.CapFen, want)
		}
	}
	if _, ok := InForce(b.Now().Rules, rewardID, "2027-01-01"); ok {
		t.Error("what had no end still holds after it was undone")
	}
	if _, err := b.Back(rewardID, 1, "2026-12-10"); code(err) != "reward.same" {
		t.Errorf("undone twice: %v", err)
	}
	if _, err := b.Back(rewardID, 9, "2026-12-10"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("back to what never was: %v", err)
	}
}

// TestNoChangeReachesBack: whatever is changed and undone day after day, each day still comes to what it came to on that day.
func TestNoChangeReachesBack(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	for range 1000 {
		b := NewBook()
		came := map[Date]Rule{}
		today := Date("2026-11-01")
		for range 40 {
			if random.IntN(4) == 0 {
				rules := slices.Clone(b.Now().Rules)
				r := Shipped()[0]
				r.Version, r.From, r.CapFen = 0, today.plus(random.IntN(10)-3), int64(1+random.IntN(9))
				r.Until = r.From.plus(random.IntN(20))
				rules = append(rules, r)
				if random.IntN(3) == 0 {
					rules[random.IntN(len(rules))].Until = today.plus(random.IntN(8) - 4)
				}
				if set, err := b.Next(rewardID, rules, today); err == nil {
					b.Put(set, "u", "改", time.Now())
				}
			} else if random.IntN(6) == 0 {
				if set, err := b.Back(rewardID, 1+random.IntN(len(b.Sets)), today); err == nil {
					b.Put(set, "u", "撤销", time.Now())
				}
			}
			came[today], _ = InForce(b.Now().Rules, rewardID, today)
			today = today.plus(1)
		}
		for day, was := range came {
			is, _ := InForce(b.Now().Rules, rewardID, day)
			if is.CapFen != was.CapFen || is.Version != was.Version {
				t.Fatalf("%s came to version %d, now to version %d", day, was.Version, is.Version)
			}
		}
	}
}
