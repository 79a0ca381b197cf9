package match

import "hash/maphash"

// outline is what can be told of an item's facts without looking at the item: enough to say what they could be worth
// at most. It lies beside the scores, so that a Top over many items touches few of them.
type outline struct {
	categories, chains, divisions uint64 // one bit for each, by hash: no common bit, nothing in common
	city                          uint64
	rank                          uint8   // of the kind
	own                           float64 // the most that tier, capacity, record, readiness and price can bring
}

var seed = maphash.MakeSeed()

func bit(s string) uint64 { return 1 << (maphash.String(seed, s) % 64) }

func (w *Weights) outline(it *Item) outline {
	o := outline{rank: uint8(it.Kind.rank())}
	for _, c := range it.Categories {
		o.categories |= bit(c)
	}
	for _, c := range it.Chains {
		o.chains |= bit(c)
	}
	for _, c := range it.Industries {
		if d := digits(c); len(d) >= 2 {
			o.divisions |= bit(d[:2])
		}
	}
	if it.City != "" {
		o.city = maphash.String(seed, it.City) | 1
	}
	if it.Tier > TierUnknown && int(it.Tier) < len(w.Tier) {
		o.own += max(0, w.Tier[it.Tier])
	}
	if it.Quantity > 0 {
		o.own += max(0, w.Capacity)
	}
	if it.Delivered > 0 {
		o.own += max(0, w.Record)
	}
	if it.TRL > 0 {
		o.own += max(0, w.TRLFit)
	}
	if it.MoneyFen > 0 {
		o.own += max(0, w.BudgetFit)
	}
	return o
}

// limits are what the facts of one query can bring at most.
type limits struct {
	outline
	category, chain, industry, near float64
}

func (w *Weights) limits(query *Item) limits {
	l := limits{outline: w.outline(query), category: max(0, w.Category), chain: max(0, w.Chain), near: max(0, w.SameDistrict, w.SameCity)}
	for _, v := range w.Industry {
		l.industry = max(l.industry, v)
	}
	return l
}

// most is the most that the facts of an item can be worth to the query. Tier, capacity, record, readiness and price are
// those of whichever side answers.
func (l *limits) most(o *outline) float64 {
	total := max(l.own, o.own)
	if l.categories&o.categories != 0 {
		total += l.category
	}
	if l.chains&o.chains != 0 {
		total += l.chain
	}
	if l.divisions&o.divisions != 0 {
		total += l.industry
	}
	if l.city != 0 && l.city == o.city {
		total += l.near
	}
	return total
}
