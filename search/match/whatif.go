package match

import (
	"cmp"
	"slices"
)

// Change is one thing that would make a match better, tried: Score is what the pair scores with it.
type Change struct {
	Kind   ReasonKind `json:"kind"`
	Detail string     `json:"detail"`
	Gain   float64    `json:"gain"`
	Score  float64    `json:"score"`
	// After is the changed item, so that anyone can try it again.
	After Item `json:"-"`
}

// WhatIf answers what would lift the match of an asked item for the one that asks, the greatest gain first, at most n.
// Only the answering item is changed, and only in what its owner could state or do.
func (x *Index) WhatIf(asks, answers Item, n int) []Change {
	now := x.Pair(asks, answers)
	var out []Change
	try := func(kind ReasonKind, detail string, change func(*Item)) {
		after := answers
		change(&after)
		if m := x.Pair(asks, after); m.Score > now.Score {
			out = append(out, Change{Kind: kind, Detail: detail, Gain: m.Score - now.Score, Score: m.Score, After: after})
		}
	}
	if len(asks.Categories) > 0 {
		try(ReasonCategory, "补充服务类别："+asks.Categories[0], func(it *Item) { it.Categories = with(it.Categories, asks.Categories[0]) })
	}
	if len(asks.Chains) > 0 {
		try(ReasonChain, "标明所在产业链："+asks.Chains[0], func(it *Item) { it.Chains = with(it.Chains, asks.Chains[0]) })
	}
	if len(asks.Industries) > 0 {
		try(ReasonIndustry, "标明国民经济行业："+asks.Industries[0], func(it *Item) { it.Industries = with(it.Industries, asks.Industries[0]) })
	}
	if asks.City != "" {
		try(ReasonNear, "在"+asks.City+asks.District+"设有服务点", func(it *Item) { it.City, it.District = asks.City, asks.District })
	}
	if answers.Kind == Organisation && answers.Tier < TierLittleGiant {
		next := answers.Tier + 1
		try(ReasonTier, "取得"+[...]string{"", "创新型中小企业", "专精特新中小企业", "专精特新“小巨人”企业"}[next]+"称号", func(it *Item) { it.Tier = next })
	}
	if asks.Quantity > 0 {
		try(ReasonCapacity, "富余产能达到需求量", func(it *Item) { it.Quantity, it.Unit = asks.Quantity, asks.Unit })
	}
	if wanted, _ := x.weights.wanted(&asks); wanted > 0 {
		try(ReasonTRL, "成熟度达到所需等级", func(it *Item) { it.TRL = wanted })
	}
	if asks.MoneyFen > 0 {
		try(ReasonBudget, "报价调整到预算之内", func(it *Item) { it.MoneyFen = asks.MoneyFen })
	}
	for _, w := range x.missing(&asks, &answers, 3) {
		try(ReasonText, "如确有此能力，在介绍中写明“"+w+"”", func(it *Item) { it.Text += "\n" + w })
	}
	slices.SortStableFunc(out, func(a, b Change) int { return cmp.Compare(b.Gain, a.Gain) })
	return out[:min(n, len(out))]
}

// with is the list and one more, without touching the list's memory.
func with(list []string, s string) []string { return append(slices.Clip(slices.Clone(list)), s) }
