package reward

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"lianbang/services/platform/fault"
)

// Book is every set of rules the city ever kept, oldest first. A set is never edited: a change is a new one, and none changes what an
// earlier day came to, so that any past day computes as it did.
type Book struct {
	Sets []Set `json:"sets"`
}

// Set is the rules as somebody put them, and why.
type Set struct {
	Number int    `json:"number"`
	Rules  []Rule `json:"rules"`
	AtMs   int64  `json:"at,omitempty"` // Unix milliseconds; 0 for what the product came with
	UserID string `json:"userId,omitempty"`
	Reason string `json:"reason,omitempty"`
	UndoOf int    `json:"undoOf,omitempty"` // the set it was put back from
}

// maxSets and maxRules keep the book within one document.
const (
	maxSets  = 100
	maxRules = 40
)

// NewBook begins with the rules the product comes with.
func NewBook() Book { return Book{Sets: []Set{{Number: 1, Rules: Shipped()}}} }

// Now is the set in force.
func (b *Book) Now() Set { return b.Sets[len(b.Sets)-1] }

// Numbered finds a set by its number.
func (b *Book) Numbered(n int) (Set, bool) {
	i := slices.IndexFunc(b.Sets, func(s Set) bool { return s.Number == n })
	if i < 0 {
		return Set{}, false
	}
	return b.Sets[i], true
}

// Next is the set that rules as an operator wrote them make, not yet put. A rule without a version gets the next one. today is the first
// day that may still change. Errors: Invalid; Conflict reward.past_fixed when an earlier day would come to something else.
func (b *Book) Next(id string, rules []Rule, today Date) (Set, error) {
	now := b.Now()
	next := Set{Number: now.Number + 1, Rules: slices.Clone(rules)}
	last := 0
	for _, r := range now.Rules {
		last = max(last, r.Version)
	}
	seen := map[int]bool{}
	for i := range next.Rules {
		r := &next.Rules[i]
		r.ID = id
		if r.Version == 0 {
			last++
			r.Version = last
		}
		field := r.wrong()
		if field == "" && seen[r.Version] {
			field = "version"
		}
		if field != "" {
			return next, fault.Bad(fault.Field{Path: fmt.Sprintf("rules.%d.%s", i, field), Code: "invalid", Detail: "this value cannot hold"})
		}
		seen[r.Version] = true
	}
	switch {
	case len(next.Rules) > maxRules:
		return next, fault.Bad(fault.Field{Path: "rules", Code: "too_many"})
	case len(b.Sets) >= maxSets:
		return next, fault.New(fault.Conflict, "reward.book_full", "too many changes")
	}
	if day, differs := differ(now.Rules, next.Rules, id, "", today.Before(), true); differs {
		return next, fault.Newf(fault.Conflict, "reward.past_fixed", "the change would reach back to %s; rules change from today on", day)
	}
	return next, nil
}

// Back is the set that puts an earlier one into force again from today on: what held until yesterday stays, what the earlier set says of
// today and later follows as new versions.
func (b *Book) Back(id string, number int, today Date) (Set, error) {
	target, ok := b.Numbered(number)
	if !ok {
		return Set{}, fault.New(fault.NotFound, "", "there is no such set of rules")
	}
	var rules []Rule
	for _, r := range b.Now().Rules {
		if r.From >= today {
			continue
		}
		if r.Until == "" || r.Until >= today {
			r.Until = today.Before()
		}
		rules = append(rules, r)
	}
	again := slices.Clone(target.Rules)
	slices.SortFunc(again, func(a, b Rule) int { return cmp.Compare(a.Version, b.Version) })
	for _, r := range again {
		if r.Until != "" && r.Until < today {
			continue
		}
		r.From, r.Version = max(r.From, today), 0
		rules = append(rules, r)
	}
	if _, differs := Differ(b.Now().Rules, target.Rules, id, today, ""); !differs {
		return Set{}, fault.New(fault.Conflict, "reward.same", "these rules are in force already")
	}
	next, err := b.Next(id, rules, today)
	next.UndoOf = number
	return next, err
}

// Put makes a set the one in force.
func (b *Book) Put(next Set, userID, reason string, now time.Time) {
	next.AtMs, next.UserID, next.Reason = now.UnixMilli(), userID, reason
	b.Sets = append(b.Sets, next)
}

// Before is the day before.
func (d Date) Before() Date { return d.plus(-1) }

func (d Date) plus(days int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return d
	}
	return Date(t.AddDate(0, 0, days).Format(time.DateOnly))
}

// Differ finds the first day from one to another, both included, on which two sets of rules say something different of a reward. An empty
// from looks from the beginning, an empty to without end. Between two days on which some rule begins or has ended nothing changes.
func Differ(a, b []Rule, id string, from, to Date) (Date, bool) {
	return differ(a, b, id, from, to, false)
}

// differ minds, when exact, the number of the version as well: decisions of earlier days name it.
func differ(a, b []Rule, id string, from, to Date, exact bool) (Date, bool) {
	days := []Date{}
	if from != "" {
		days = append(days, from)
	}
	for _, r := range slices.Concat(a, b) {
		days = append(days, r.From)
		if r.Until != "" {
			days = append(days, r.Until.plus(1))
		}
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		if day < from || to != "" && day > to {
			continue
		}
		x, was := InForce(a, id, day)
		y, is := InForce(b, id, day)
		x.From, x.Until, y.From, y.Until = "", "", "", "" // the same rule, cut or prolonged, says the same of this day
		if !exact {
			x.Version, y.Version = 0, 0
		}
		if was != is || !reflect.DeepEqual(x, y) {
			return day, true
		}
	}
	return "", false
}
