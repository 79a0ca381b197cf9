package search

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/search/api"
	"lianbang/services/platform/access"
)

// placed is a document and its type.
type placed struct {
	kind api.DocumentType
	d    api.SearchDocument
}

// texts are what a word is looked for in.
func (p placed) texts() []string {
	return append([]string{p.d.Title, p.d.OrgName, p.d.Summary, p.d.Body}, keywordsOf(&p.d)...)
}

// answers says by plain comparison whether a document answers an ask, leaving one facet out.
func (p placed) answers(a *Ask, without string) bool {
	seen := audience(a.Actor)
	if !slices.ContainsFunc(audienceOf(&p.d), func(t string) bool { return slices.Contains(seen, t) }) {
		return false
	}
	if a.Query != "" && !slices.ContainsFunc(p.texts(), func(s string) bool { return strings.Contains(s, a.Query) }) {
		return false
	}
	if a.Type != "" && a.Type != everyType && without != "type" && string(p.kind) != a.Type {
		return false
	}
	for name, chosen := range a.Chosen {
		if name != without && len(chosen) > 0 && !slices.ContainsFunc(p.values(name), func(v string) bool { return slices.Contains(chosen, v) }) {
			return false
		}
	}
	f := p.d.Facts
	if a.Closes > 0 && without != closesFacet && !slices.Contains(p.values(closesFacet), fmt.Sprint(a.Closes)) {
		return false
	}
	return (a.BudgetMin == 0 || f.BudgetFen >= a.BudgetMin && f.BudgetFen > 0) && (a.BudgetMax == 0 || f.BudgetFen <= a.BudgetMax && f.BudgetFen > 0) &&
		(a.DeadlineAfter.IsZero() || !f.Deadline.IsZero() && !f.Deadline.Before(a.DeadlineAfter)) &&
		(a.DeadlineBefore.IsZero() || !f.Deadline.IsZero() && !f.Deadline.After(a.DeadlineBefore))
}

func (p placed) values(facet string) []string {
	if facet == "trl" {
		if p.d.Facts.Trl == 0 {
			return nil
		}
		return []string{fmt.Sprint(p.d.Facts.Trl)}
	}
	if facet == "type" {
		return []string{string(p.kind)}
	}
	if facet == closesFacet {
		var within []string
		day := func(t time.Time) string { return t.In(shanghai).Format(time.DateOnly) }
		for _, n := range closesWithin {
			if at := p.d.Facts.Deadline; !at.IsZero() && day(at) >= day(now) && day(at) <= day(now.AddDate(0, 0, n)) {
				within = append(within, fmt.Sprint(n))
			}
		}
		return within
	}
	for _, f := range facets {
		if f.name == facet {
			return f.values(&p.d.Facts)
		}
	}
	return nil
}

// sortKey is what a sort compares first; equals may come in any order.
func (p placed) sortKey(sort, near string) string {
	f := p.d.Facts
	inverse := func(t time.Time) string { return fmt.Sprintf("%020d", 1<<62-t.UnixMilli()) }
	switch sort {
	case "newest":
		return inverse(f.PublishedAt)
	case "deadline":
		switch {
		case f.Deadline.IsZero():
			return "3" + inverse(f.PublishedAt)
		case f.Deadline.Before(now):
			return "2" + inverse(f.Deadline)
		}
		return "1" + fmt.Sprintf("%020d", f.Deadline.UnixMilli())
	case "nearest":
		for far, ring := range cityMap.rings(near) {
			if slices.Contains(ring, f.District) {
				return fmt.Sprint(far)
			}
		}
		return "far"
	}
	return ""
}

// TestEveryCombinationEqualsBruteForce asks random combinations of words, filters, sorts and pages of random readers.
func TestEveryCombinationEqualsBruteForce(t *testing.T) {
	cases := 40
	if os.Getenv("LIANBANG_PROVE") == "1" {
		cases = 10_000
	}
	h := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(3, 3))
	districts := append(slices.Sorted(maps.Keys(cityMap)), "elsewhere")
	var all []placed
	for i, kind := range documentTypes {
		docs := invent(kind, 80, uint64(i))
		for j := range docs {
			switch r.IntN(8) { // some are not for everybody
			case 0:
				docs[j].Audience = []string{"org001"}
			case 1:
				docs[j].Audience = []string{"org001", "org002"}
			case 2:
				docs[j].Audience = []string{verifiedOrgs}
			}
			docs[j].Facts.District = districts[r.IntN(len(districts))]
			all = append(all, placed{kind, docs[j]})
		}
		h.put(t, kind, docs...)
	}
	readers := []access.Actor{{}, member("org001"), member("org002"), {UserID: "u", OrgID: "org001"}, city,
		{UserID: "do", Staff: access.DistrictOperator, District: districts[0]}}
	choices := map[string][]string{"kind": demandIn, "chain": chains, "district": districts, "state": states, "trl": strings.Fields("1 2 3 4 5 6 7 8 9"),
		"mode": {"open", "race"}, "budget": {"0-50", "50-100", "100-500", "500-1000", "1000-"}}
	for n := range cases {
		a := Ask{Actor: readers[r.IntN(len(readers))], Chosen: map[string][]string{}, Page: 1, PageSize: 1 + r.IntN(30), Near: districts[r.IntN(len(districts))],
			Sort: []string{"", "relevance", "newest", "deadline", "nearest"}[r.IntN(5)]}
		if r.IntN(2) == 0 {
			w := []rune([]string{things[r.IntN(len(things))], doings[r.IntN(len(doings))], chains[r.IntN(len(chains))]}[r.IntN(3)])
			from := r.IntN(len(w))
			a.Query = string(w[from : from+1+r.IntN(len(w)-from)])
			if len(h.o.Synonyms.Variants(a.Query, 1)) > 0 {
				a.Query = "" // a synonym finds more than the plain comparison knows
			}
		}
		if r.IntN(2) == 0 {
			a.Type = string(documentTypes[r.IntN(len(documentTypes))])
		}
		for name, values := range choices {
			for r.IntN(4) == 0 {
				if v := values[r.IntN(len(values))]; !slices.Contains(a.Chosen[name], v) {
					a.Chosen[name] = append(a.Chosen[name], v)
				}
			}
		}
		if r.IntN(5) == 0 {
			a.BudgetMin = int64(1+r.IntN(300)) * 1_000_000
		}
		if r.IntN(5) == 0 {
			a.BudgetMax = int64(200+r.IntN(300)) * 1_000_000
		}
		if r.IntN(6) == 0 {
			a.DeadlineBefore = now.Add(time.Duration(r.IntN(1000)) * time.Hour)
		}
		if r.IntN(6) == 0 {
			a.DeadlineAfter = now.Add(-time.Duration(r.IntN(500)) * time.Hour)
		}
		if r.IntN(6) == 0 {
			a.Closes = closesWithin[r.IntN(len(closesWithin))]
		}
		compareWithBruteForce(t, h, all, a, n)
		if t.Failed() {
			t.Fatalf("case %d: %+v", n, a)
		}
	}
}

func compareWithBruteForce(t *testing.T, h *house, all []placed, a Ask, n int) {
	t.Helper()
	var wanted []placed
	for _, p := range all {
		if p.answers(&a, "") {
			wanted = append(wanted, p)
		}
	}
	byKey := map[string]placed{}
	for _, p := range wanted {
		byKey[key(p.kind, p.d.Id)] = p
	}
	slices.SortStableFunc(wanted, func(x, y placed) int { return cmp.Compare(x.sortKey(a.Sort, a.Near), y.sortKey(a.Sort, a.Near)) })

	pages := (len(wanted) + a.PageSize - 1) / a.PageSize
	asked := []int{1, max(1, pages), pages + 1}
	if n%10 == 0 { // now and then every page, which must hold each document once
		asked = nil
		for i := range pages + 1 {
			asked = append(asked, i+1)
		}
	}
	seen := map[string]bool{}
	for _, number := range slices.Compact(asked) {
		a.Page = number
		page := h.find(t, a)
		if page.Total != int64(len(wanted)) {
			t.Errorf("total %d, not %d", page.Total, len(wanted))
			return
		}
		from := min(len(wanted), (number-1)*a.PageSize)
		expected := wanted[from:min(len(wanted), from+a.PageSize)]
		if len(page.Hits) != len(expected) {
			t.Errorf("page %d has %d hits, not %d", number, len(page.Hits), len(expected))
			return
		}
		for i, hit := range page.Hits {
			k := key(hit.Type, hit.Id)
			p, ok := byKey[k]
			if !ok || seen[k] {
				t.Errorf("page %d shows %s, which does not belong there", number, k)
				continue
			}
			seen[k] = true
			if got, want := p.sortKey(a.Sort, a.Near), expected[i].sortKey(a.Sort, a.Near); got != want {
				t.Errorf("page %d, place %d: sorted by %s, not %s", number, i, got, want)
			}
		}
		counts, total := count(all, &a), int64(0)
		for _, c := range page.Types[1:] {
			total += c.Count
			if c.Count != counts["type"][c.Type] {
				t.Errorf("tab %s counts %d, not %d", c.Type, c.Count, counts["type"][c.Type])
			}
		}
		if page.Types[0].Count != total {
			t.Errorf("the tab of everything counts %d, not %d", page.Types[0].Count, total)
		}
		for _, f := range page.Facets {
			for _, v := range f.Values {
				if v.Count != counts[f.Name][v.Value] {
					t.Errorf("%s %s counts %d, not %d", f.Name, v.Value, v.Count, counts[f.Name][v.Value])
				}
				delete(counts[f.Name], v.Value)
			}
		}
		if page.Total == 0 {
			expectWithout(t, all, a, page.Without)
		} else if page.Without != nil {
			t.Errorf("something is found, and still filters are to be left out: %v", page.Without)
		}
		delete(counts, "type")
		for name, left := range counts {
			for v, c := range left {
				t.Errorf("%s %s should count %d and is not there", name, v, c)
			}
		}
	}
}

// expectWithout holds what leaving a filter out would find to the plain comparison.
func expectWithout(t *testing.T, all []placed, a Ask, shown []api.FilterCount) {
	t.Helper()
	got, want := map[string]int64{}, map[string]int64{}
	for _, w := range shown {
		got[w.Name] = w.Count
	}
	try := func(name string, active bool, drop func(a *Ask)) {
		less := a
		less.Chosen = maps.Clone(a.Chosen)
		drop(&less)
		for _, p := range all {
			if active && p.answers(&less, "") {
				want[name]++
			}
		}
	}
	for name, values := range a.Chosen {
		try(name, len(values) > 0, func(a *Ask) { delete(a.Chosen, name) })
	}
	try("type", a.Type != "", func(a *Ask) { a.Type = "" })
	try(closesFacet, a.Closes > 0, func(a *Ask) { a.Closes = 0 })
	try("budgetMin", a.BudgetMin+a.BudgetMax > 0, func(a *Ask) { a.BudgetMin, a.BudgetMax = 0, 0 })
	try("deadlineBefore", !a.DeadlineAfter.IsZero() || !a.DeadlineBefore.IsZero(), func(a *Ask) { a.DeadlineAfter, a.DeadlineBefore = time.Time{}, time.Time{} })
	filtered := a.Type != "" || a.Closes+int(a.BudgetMin+a.BudgetMax) > 0 || !a.DeadlineAfter.IsZero() || !a.DeadlineBefore.IsZero() || len(a.Chosen) > 0
	if len(want) == 0 { // no single one would do
		try(everyFilter, filtered, func(a *Ask) { *a = Ask{Actor: a.Actor, Query: a.Query} })
	}
	if !maps.Equal(got, want) {
		t.Errorf("without a filter: %v, not %v", got, want)
	}
}

// count is what every value of every facet would find with the other filters as they are.
func count(all []placed, a *Ask) map[string]map[string]int64 {
	counts := map[string]map[string]int64{}
	for _, name := range append([]string{closesFacet}, facetNames...) {
		if name == deadlineDay {
			continue // what `closes` is counted from
		}
		counts[name] = map[string]int64{}
		for _, p := range all {
			if p.answers(a, name) {
				for _, v := range p.values(name) {
					counts[name][v]++
				}
			}
		}
	}
	return counts
}
