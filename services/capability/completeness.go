package capability

import (
	"cmp"
	"slices"
)

// Unlocks is what filling a gap brings its owner.
type Unlocks string

// What an item gains: people find it, demands are matched to it, buyers can compare it, buyers believe it.
const (
	Found    Unlocks = "found"
	Matched  Unlocks = "matched"
	Compared Unlocks = "compared"
	Trusted  Unlocks = "trusted"
)

// Gap is something left empty; Weight is the percentage points that filling it adds.
type Gap struct {
	Field   string
	Unlocks Unlocks
	Weight  int
}

// fillings are what makes an item complete. The weights add up to 100.
var fillings = []struct {
	Gap
	filled func(c *Capability) bool
}{
	{Gap{"products", Found, 12}, func(c *Capability) bool { return len(c.Terms.Products) > 0 }},
	{Gap{"summary", Found, 6}, func(c *Capability) bool { return c.Terms.Summary != "" }},
	{Gap{"industryCode", Found, 2}, func(c *Capability) bool { return c.Terms.Industry != "" }},
	{Gap{"processes", Matched, 12}, func(c *Capability) bool { return len(c.Terms.Processes) > 0 }},
	{Gap{"materials", Matched, 5}, func(c *Capability) bool { return len(c.Terms.Materials) > 0 }},
	{Gap{"spareQuantity", Compared, 14}, func(c *Capability) bool { return c.Terms.Spare > 0 && c.Terms.Unit != "" }},
	{Gap{"leadTimeDays", Compared, 8}, func(c *Capability) bool { return c.Terms.LeadTimeDays > 0 }},
	{Gap{"toleranceMicrometres", Compared, 6}, func(c *Capability) bool { return c.Terms.Tolerance > 0 || c.Terms.Precision != "" }},
	{Gap{"batchMin", Compared, 4}, func(c *Capability) bool { return c.Terms.BatchMin > 0 || c.Terms.BatchMax > 0 }},
	{Gap{"certificates", Trusted, 14}, func(c *Capability) bool { return len(c.Terms.Certificates) > 0 }},
	{Gap{"equipment", Trusted, 10}, func(c *Capability) bool { return len(c.Terms.Equipment) > 0 }},
	{Gap{"customers", Trusted, 4}, func(c *Capability) bool { return len(c.Terms.Customers) > 0 }},
	{Gap{"files", Trusted, 3}, func(c *Capability) bool { return slices.ContainsFunc(c.Files, File.Picture) }},
}

// Completeness is how much of what a buyer looks for is there, in percent, and what is missing, the weightiest first.
func (c *Capability) Completeness() (percent int, gaps []Gap) {
	for _, f := range fillings {
		if f.filled(c) {
			percent += f.Weight
		} else {
			gaps = append(gaps, f.Gap)
		}
	}
	slices.SortStableFunc(gaps, func(a, b Gap) int { return cmp.Compare(b.Weight, a.Weight) })
	return percent, gaps
}
