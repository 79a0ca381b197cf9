package match

import (
	"fmt"
	"slices"
	"strings"
)

// factKinds are the reasons that rest on stated facts, in the order they are shown.
var factKinds = [...]ReasonKind{ReasonCategory, ReasonChain, ReasonIndustry, ReasonNear, ReasonTier, ReasonCapacity, ReasonRecord, ReasonTRL, ReasonBudget}

// facts answers what each fact is worth, by the order of factKinds; whatever either side leaves unknown is worth
// nothing. It allocates nothing: it runs over every item of an index.
func (w *Weights) facts(a, b *Item) (points [len(factKinds)]float64) {
	asks, answers, differ := sides(a, b)
	if intersect(asks.Categories, answers.Categories) {
		points[0] = w.Category
	}
	if intersect(asks.Chains, answers.Chains) {
		points[1] = w.Chain
	}
	points[2] = w.Industry[nearestIndustry(asks.Industries, answers.Industries)]
	switch {
	case asks.City == "" || asks.City != answers.City:
	case asks.District != "" && asks.District == answers.District:
		points[3] = w.SameDistrict
	default:
		points[3] = w.SameCity
	}
	if !differ {
		return points
	}
	if t := answers.Tier; t > TierUnknown && int(t) < len(w.Tier) {
		points[4] = w.Tier[t]
	}
	if asks.Quantity > 0 && answers.Quantity > 0 && asks.Unit == answers.Unit {
		points[5] = w.Capacity * min(1, answers.Quantity/asks.Quantity)
	}
	if answers.Delivered > 0 && answers.Rating > 0 {
		// A rating of 3 is neither good nor bad; three deliveries count for half of what many do.
		trust := float64(answers.Delivered) / float64(answers.Delivered+3)
		points[6] = w.Record * trust * (answers.Rating - 3) / 2
	}
	if wanted, _ := w.wanted(asks); wanted > 0 && answers.TRL > 0 {
		if gap := wanted - answers.TRL; gap <= 1 {
			points[7] = w.TRLFit
		} else {
			points[7] = w.TRLGap * float64(gap-1)
		}
	}
	if asks.MoneyFen > 0 && answers.MoneyFen > 0 {
		if over := overBudget(asks, answers); over <= 0 {
			points[8] = w.BudgetFit
		} else {
			points[8] = w.BudgetOver * min(1, over)
		}
	}
	return points
}

// factReasons puts the facts that count in words.
func (w *Weights) factReasons(a, b *Item) []Reason {
	var out []Reason
	for i, value := range w.facts(a, b) {
		if value != 0 {
			terms, detail := w.explain(factKinds[i], a, b)
			r := Reason{Kind: factKinds[i], Value: value, Terms: terms, Detail: detail}
			if asks, answers, _ := sides(a, b); r.Kind == ReasonTRL {
				wanted, _ := w.wanted(asks)
				r.Gap = max(0, wanted-answers.TRL)
			}
			out = append(out, r)
		}
	}
	return out
}

// wanted is the readiness an asker needs: what it states, else what its kind usually needs; 0 is unknown.
func (w *Weights) wanted(asks *Item) (trl int, stated bool) {
	if asks.TRL > 0 {
		return asks.TRL, true
	}
	return w.UsualTRL.of(asks.Need), false
}

func (w *Weights) explain(kind ReasonKind, a, b *Item) (terms []string, detail string) {
	asks, answers, _ := sides(a, b)
	switch kind {
	case ReasonCategory:
		terms = shared(asks.Categories, answers.Categories)
		detail = "同属" + strings.Join(terms, "、")
	case ReasonChain:
		terms = shared(asks.Chains, answers.Chains)
		detail = "同在" + strings.Join(terms, "、") + "产业链"
	case ReasonIndustry:
		n := nearestIndustry(asks.Industries, answers.Industries)
		terms = industryPrefixes(asks.Industries, answers.Industries, n)
		detail = fmt.Sprintf("国民经济行业%s相同（%s）", [...]string{"", "", "大类", "中类", "小类"}[n], strings.Join(terms, "、"))
	case ReasonNear:
		terms = []string{asks.City}
		detail = "同在" + asks.City + "，就近对接"
		if asks.District != "" && asks.District == answers.District {
			terms = []string{asks.District}
			detail = "同在" + asks.District + "，就地就近"
		}
	case ReasonTier:
		detail = [...]string{"", "创新型中小企业", "专精特新中小企业", "专精特新“小巨人”企业"}[answers.Tier]
	case ReasonCapacity:
		detail = fmt.Sprintf("富余产能可满足需求量的 %.0f%%", 100*min(1, answers.Quantity/asks.Quantity))
	case ReasonRecord:
		detail = fmt.Sprintf("已交付 %d 项，客户评价 %.1f 分", answers.Delivered, answers.Rating)
	case ReasonTRL:
		wanted, stated := w.wanted(asks)
		needs := fmt.Sprintf("所需的 %d 级", wanted)
		if !stated {
			needs = fmt.Sprintf("同类需求通常要求的 %d 级", wanted)
		}
		detail = fmt.Sprintf("成熟度 %d 级，满足%s", answers.TRL, needs)
		if gap := wanted - answers.TRL; gap > 1 {
			detail = fmt.Sprintf("成熟度 %d 级，距%s差 %d 级", answers.TRL, needs, gap)
			if gap >= BridgeFrom { // how such a gap is usually crossed
				detail += "，可考虑先使用后付费、中试服务或联合研发"
			}
		}
	case ReasonBudget:
		detail = "报价在预算之内"
		if over := overBudget(asks, answers); over > 0 {
			detail = fmt.Sprintf("报价超出预算 %.0f%%", 100*over)
		}
	}
	return terms, detail
}

// overBudget is the part of the budget by which the price exceeds it; not positive within the budget.
func overBudget(asks, answers *Item) float64 {
	return float64(answers.MoneyFen)/float64(asks.MoneyFen) - 1
}

func intersect(a, b []string) bool {
	for _, x := range a {
		if x != "" && slices.Contains(b, x) {
			return true
		}
	}
	return false
}

func shared(a, b []string) []string {
	var out []string
	for _, x := range a {
		if x != "" && slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	slices.Sort(out) // the same from either side
	return out
}

// nearestIndustry answers the most digits, up to 4, in which codes of the two sides agree. One digit is none: the
// divisions of GB/T 4754 have two.
func nearestIndustry(a, b []string) int {
	best := 0
	for _, x := range a {
		for _, y := range b {
			if n := agreeing(digits(x), digits(y)); n >= 2 {
				best = max(best, n)
			}
		}
	}
	return best
}

func agreeing(x, y string) int {
	n := 0
	for n < min(4, len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}

func industryPrefixes(a, b []string, n int) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			if x, y := digits(x), digits(y); agreeing(x, y) == n && !slices.Contains(out, x[:n]) {
				out = append(out, x[:n])
			}
		}
	}
	slices.Sort(out)
	return out
}

// digits takes the section letter off a code.
func digits(code string) string {
	if code != "" && code[0] >= 'A' && code[0] <= 'T' {
		return code[1:]
	}
	return code
}
