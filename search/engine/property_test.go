package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// provingGround tells whether the full-size runs are wanted.
func provingGround() bool { return os.Getenv("LIANBANG_PROVE") == "1" }

// The documents of the property test mix what the filters must tell apart:
// numbers and strings under one name, spellings of one value, null, empty,
// missing, arrays and nested objects.
func randomDocument(r *rand.Rand, id int) object {
	doc := object{"id": id}
	pick := func(list ...any) any { return list[r.IntN(len(list))] }
	if r.IntN(10) > 0 {
		doc["kind"] = pick("Alpha", "alpha", "Beta", "gamma ray", "GAMMA RAY", "10", "", nil)
	}
	if r.IntN(10) > 0 {
		doc["price"] = pick(1, 2, 2.5, 10, -3, 1e6, nil, 0, "7")
	}
	switch r.IntN(4) {
	case 0:
		doc["tags"] = []any{}
	case 1:
		doc["tags"] = []any{pick("red", "Red", "blue"), pick("green", 5, true)}
	case 2:
		doc["tags"] = pick("red", "blue", 5)
	}
	doc["flag"] = pick(true, false)
	doc["place"] = object{"city": pick("长沙", "武汉", "Wuhan"), "floor": r.IntN(5)}
	words := []string{"lorem", "ipsum", "dolor", "amet", "新", "能", "源", "car"}
	var text []string
	for range 1 + r.IntN(6) {
		text = append(text, words[r.IntN(len(words))])
	}
	doc["text"] = strings.Join(text, " ")
	return doc
}

var propertyAttributes = []string{"kind", "price", "tags", "flag", "place.city", "place.floor"}

// oracle answers the same questions by looking at every document.
type oracle struct{ docs []object }

func (o oracle) values(doc object, attribute string) (strs []string, nums []float64, present, null, empty bool) {
	var value any = doc
	for _, part := range strings.Split(attribute, ".") {
		inner, ok := value.(object)
		if !ok {
			return nil, nil, false, false, false
		}
		if value, present = inner[part]; !present {
			return nil, nil, false, false, false
		}
	}
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	empty = isList && len(list) == 0
	for _, v := range list {
		switch v := v.(type) {
		case nil:
			null = true
		case bool:
			strs = append(strs, strconv.FormatBool(v))
		case string:
			strs = append(strs, strings.ToLower(strings.TrimSpace(v)))
			empty = empty || v == ""
		case int:
			nums = append(nums, float64(v))
		case float64:
			nums = append(nums, v)
		}
	}
	return strs, nums, true, null, empty
}

// test is a random filter as text and as a predicate.
type test struct {
	text  string
	keeps func(object) bool
}

func (o oracle) randomTest(r *rand.Rand, depth int) test {
	if depth > 0 {
		switch r.IntN(5) {
		case 0, 1:
			a, b := o.randomTest(r, depth-1), o.randomTest(r, depth-1)
			return test{"(" + a.text + " AND " + b.text + ")", func(d object) bool { return a.keeps(d) && b.keeps(d) }}
		case 2, 3:
			a, b := o.randomTest(r, depth-1), o.randomTest(r, depth-1)
			return test{"(" + a.text + " OR " + b.text + ")", func(d object) bool { return a.keeps(d) || b.keeps(d) }}
		case 4:
			a := o.randomTest(r, depth-1)
			return test{"NOT " + a.text, func(d object) bool { return !a.keeps(d) }}
		}
	}
	return o.randomCondition(r)
}

func (o oracle) randomCondition(r *rand.Rand) test {
	attribute := propertyAttributes[r.IntN(len(propertyAttributes))]
	pool := []string{"alpha", "BETA", "Gamma Ray", "10", "2", "2.5", "-3", "red", "5", "true", "长沙", "0", "7", "zzz", "1000000", "g"}
	value := func() string { return pool[r.IntN(len(pool))] }
	quote := func(v string) string {
		if r.IntN(2) == 0 || strings.ContainsAny(v, " ") {
			return `"` + v + `"`
		}
		return v
	}
	any1 := func(d object, str func(string) bool, num func(float64) bool) bool {
		strs, nums, _, _, _ := o.values(d, attribute)
		for _, s := range strs {
			if str(s) {
				return true
			}
		}
		for _, n := range nums {
			if num != nil && num(n) {
				return true
			}
		}
		return false
	}
	equal := func(d object, v string) bool {
		key := strings.ToLower(v)
		n, err := strconv.ParseFloat(v, 64)
		return any1(d, func(s string) bool { return s == key }, func(f float64) bool { return err == nil && f == n })
	}
	switch r.IntN(9) {
	case 0:
		v := value()
		return test{attribute + " = " + quote(v), func(d object) bool { return equal(d, v) }}
	case 1:
		v := value()
		return test{attribute + " != " + quote(v), func(d object) bool { return !equal(d, v) }}
	case 2:
		var list []string
		var texts []string
		for range r.IntN(4) {
			v := value()
			list, texts = append(list, v), append(texts, quote(v))
		}
		in := func(d object) bool {
			for _, v := range list {
				if equal(d, v) {
					return true
				}
			}
			return false
		}
		if r.IntN(2) == 0 {
			return test{attribute + " NOT IN [" + strings.Join(texts, ",") + "]", func(d object) bool { return !in(d) }}
		}
		return test{attribute + " IN [" + strings.Join(texts, ", ") + "]", in}
	case 3:
		a, b := value(), value()
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		return test{attribute + " " + quote(a) + " TO " + quote(b), func(d object) bool {
			return any1(d, func(s string) bool { return s >= strings.ToLower(a) && s <= strings.ToLower(b) },
				func(f float64) bool { return errX == nil && errY == nil && f >= x && f <= y })
		}}
	case 4:
		v, op := value(), []string{">", ">=", "<", "<="}[r.IntN(4)]
		n, err := strconv.ParseFloat(v, 64)
		holds := func(cmp int) bool {
			return op == ">" && cmp > 0 || op == ">=" && cmp >= 0 || op == "<" && cmp < 0 || op == "<=" && cmp <= 0
		}
		return test{attribute + " " + op + " " + quote(v), func(d object) bool {
			return any1(d, func(s string) bool { return holds(strings.Compare(s, strings.ToLower(v))) }, func(f float64) bool {
				switch {
				case err != nil:
					return false
				case f < n:
					return holds(-1)
				case f > n:
					return holds(1)
				}
				return holds(0)
			})
		}}
	case 5:
		return test{attribute + " EXISTS", func(d object) bool { _, _, present, _, _ := o.values(d, attribute); return present }}
	case 6:
		return test{attribute + " IS NULL", func(d object) bool { _, _, _, null, _ := o.values(d, attribute); return null }}
	case 7:
		return test{attribute + " IS NOT EMPTY", func(d object) bool { _, _, _, _, empty := o.values(d, attribute); return !empty }}
	}
	v := value()
	return test{attribute + " CONTAINS " + quote(v), func(d object) bool {
		return any1(d, func(s string) bool { return strings.Contains(s, strings.ToLower(v)) }, nil)
	}}
}

// sorted orders documents by the sort expressions, then by insertion.
func (o oracle) sorted(docs []object, by []string) []object {
	out := append([]object(nil), docs...)
	sort.SliceStable(out, func(i, j int) bool {
		for _, expression := range by {
			attribute, direction, _ := strings.Cut(expression, ":")
			if cmp := o.compare(out[i], out[j], attribute, direction == "desc"); cmp != 0 {
				return cmp < 0
			}
		}
		return false
	})
	return out
}

// compare puts numbers before strings before nothing; the least value counts
// ascending and the greatest descending.
func (o oracle) compare(a, b object, attribute string, descending bool) int {
	kind := func(d object) (int, float64, string) {
		strs, nums, _, _, _ := o.values(d, attribute)
		sort.Strings(strs)
		sort.Float64s(nums)
		at := func(n int) int {
			if descending {
				return n - 1
			}
			return 0
		}
		switch {
		case len(nums) > 0:
			return 0, nums[at(len(nums))], ""
		case len(strs) > 0:
			return 1, 0, strs[at(len(strs))]
		}
		return 2, 0, ""
	}
	ka, na, sa := kind(a)
	kb, nb, sb := kind(b)
	if ka != kb {
		return ka - kb
	}
	cmp := strings.Compare(sa, sb)
	if na < nb {
		cmp = -1
	} else if na > nb {
		cmp = 1
	}
	if descending {
		return -cmp
	}
	return cmp
}

// facet counts the documents by value; spellings of one value are one.
func (o oracle) facet(docs []object, attribute string) map[string]int {
	counts := map[string]int{}
	for _, d := range docs {
		seen := map[string]bool{}
		strs, nums, _, _, _ := o.values(d, attribute)
		for _, s := range strs {
			seen[s] = true
		}
		for _, n := range nums {
			seen[formatNumber(n)] = true
		}
		for v := range seen {
			counts[v]++
		}
	}
	return counts
}

// stats is the range of the numbers of a facet, if it has any.
func (o oracle) stats(docs []object, attribute string) (out facetStats, any bool) {
	for _, d := range docs {
		_, nums, _, _, _ := o.values(d, attribute)
		for _, n := range nums {
			if !any {
				out, any = facetStats{n, n}, true
			}
			out.Min, out.Max = min(out.Min, n), max(out.Max, n)
		}
	}
	return out, any
}

// TestSearchEqualsLookingAtEveryDocument holds every filter × sort × page ×
// facet combination against a brute-force answer.
func TestSearchEqualsLookingAtEveryDocument(t *testing.T) {
	t.Parallel()
	cases, size := 1_000, 60
	if provingGround() {
		cases, size = 10_000, 400
	}
	seed := uint64(20261122)
	r := rand.New(rand.NewPCG(seed, 1))
	h := newHarness(t)
	h.done("PATCH", "/indexes/p/settings", object{
		"filterableAttributes": propertyAttributes,
		"sortableAttributes":   propertyAttributes,
		"rankingRules":         []string{"sort", "words"},
		"pagination":           object{"maxTotalHits": 100000},
		"faceting":             object{"maxValuesPerFacet": 1000},
		"typoTolerance":        object{"enabled": false},
	})
	o := oracle{}
	// Several batches with replacements and deletions in between leave several
	// segments with holes.
	for len(o.docs) < size {
		var batch []object
		for range size / 5 {
			d := randomDocument(r, len(o.docs))
			o.docs = append(o.docs, d)
			batch = append(batch, d)
		}
		h.done("POST", "/indexes/p/documents", batch)
		for range 3 {
			i := r.IntN(len(o.docs))
			o.docs[i] = randomDocument(r, i)
			h.done("POST", "/indexes/p/documents", o.docs[i])
		}
	}
	for range size / 10 {
		i := r.IntN(len(o.docs))
		h.done("DELETE", fmt.Sprintf("/indexes/p/documents/%v", o.docs[i]["id"]), nil)
		o.docs = append(o.docs[:i], o.docs[i+1:]...)
	}
	for n := range cases {
		o.checkOne(t, h, r, n)
		if t.Failed() {
			t.Fatalf("seed %d, case %d", seed, n)
		}
	}
	t.Logf("%d cases over %d documents", cases, len(o.docs))
}

func (o oracle) checkOne(t *testing.T, h *harness, r *rand.Rand, n int) {
	t.Helper()
	q := object{}
	keep := func(object) bool { return true }
	if r.IntN(8) > 0 {
		f := o.randomTest(r, r.IntN(4))
		q["filter"], keep = f.text, f.keeps
		if r.IntN(4) == 0 {
			g := o.randomTest(r, 1)
			q["filter"] = []any{f.text, []any{g.text, "flag = true"}}
			keep = func(d object) bool { return f.keeps(d) && (g.keeps(d) || d["flag"] == true) }
		}
	}
	text := r.IntN(3) == 0
	if text {
		word := []string{"lorem", "car", "新", "amet"}[r.IntN(4)]
		q["q"] = word
		before := keep
		keep = func(d object) bool {
			return before(d) && strings.Contains(" "+d["text"].(string)+" ", " "+word+" ")
		}
		q["attributesToSearchOn"] = []string{"text"}
	}
	var sortBy []string
	for range r.IntN(3) {
		sortBy = append(sortBy, propertyAttributes[r.IntN(len(propertyAttributes))]+[]string{":asc", ":desc"}[r.IntN(2)])
	}
	if sortBy != nil {
		q["sort"] = sortBy
	}
	facets := propertyAttributes[:r.IntN(len(propertyAttributes)+1)]
	q["facets"] = facets

	var want []object
	for _, d := range o.docs {
		if keep(d) {
			want = append(want, d)
		}
	}
	total := len(want)
	want = o.sorted(want, sortBy)
	offset, limit := r.IntN(total+3), r.IntN(total+3)
	if text { // ties are broken by relevance: look at the whole list
		offset, limit = 0, total+1
	}
	paged := r.IntN(2) == 0 && limit > 0
	if paged {
		page := offset/limit + 1
		offset = (page - 1) * limit
		q["page"], q["hitsPerPage"] = page, limit
	} else {
		q["offset"], q["limit"] = offset, limit
	}
	got := h.search("p", q)

	if paged && *got.TotalHits != total || !paged && *got.EstimatedTotalHits != total {
		t.Errorf("case %d %v: total %v %v, want %d", n, q, got.TotalHits, got.EstimatedTotalHits, total)
	}
	if paged && *got.TotalPages != (total+limit-1)/limit {
		t.Errorf("case %d %v: %d pages", n, q, *got.TotalPages)
	}
	if text {
		if !sameOrderUpToTies(o, got.Hits, want, sortBy) {
			t.Errorf("case %d %v:\ngot  %v\nwant %v up to ties", n, q, ids(got.Hits), ids(want))
		}
	} else {
		page := want[min(offset, total):min(offset+limit, total)]
		if !reflect.DeepEqual(ids(got.Hits), ids(page)) {
			t.Errorf("case %d %v:\ngot  %v\nwant %v", n, q, ids(got.Hits), ids(page))
		}
	}
	if len(got.FacetStats) > len(facets) {
		t.Errorf("case %d %v: stats of %d facets", n, q, len(got.FacetStats))
	}
	for _, f := range facets {
		stats, has := got.FacetStats[f]
		if wanted, any := o.stats(want, f); has != any || stats != wanted {
			t.Errorf("case %d %v: stats of facet %s: got %v (%v), want %v (%v)", n, q, f, stats, has, wanted, any)
		}
		counts := map[string]int{}
		for value, c := range got.FacetDistribution[f] {
			counts[strings.ToLower(strings.TrimSpace(value))] += c
		}
		if wanted := o.facet(want, f); !reflect.DeepEqual(counts, wanted) {
			t.Errorf("case %d %v: facet %s\ngot  %v\nwant %v", n, q, f, counts, wanted)
		}
	}
}

// sameOrderUpToTies tells whether got holds the documents of want in an order
// the sort allows.
func sameOrderUpToTies(o oracle, got, want []object, sortBy []string) bool {
	a, b := ids(got), ids(want)
	byID := map[string]object{}
	for _, d := range want {
		byID[fmt.Sprint(d["id"])] = d
	}
	for i := range got {
		d, ok := byID[a[i]]
		if !ok {
			return false
		}
		got[i] = d
		if i == 0 {
			continue
		}
		for _, expression := range sortBy {
			attribute, direction, _ := strings.Cut(expression, ":")
			cmp := o.compare(got[i-1], got[i], attribute, direction == "desc")
			if cmp > 0 {
				return false
			}
			if cmp < 0 {
				break
			}
		}
	}
	sort.Strings(a)
	sort.Strings(b)
	return reflect.DeepEqual(a, b)
}
