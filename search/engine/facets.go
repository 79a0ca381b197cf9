package engine

import (
	"bytes"
	"encoding/json"
	"sort"
	"strconv"
	"strings"
)

// facetCount counts the documents of a result by the values of an attribute.
type facetCount struct {
	attribute string
	counts    map[string]int // by value term

	column *column // of the segment being counted
	local  []int   // by term of that segment
}

// startSegment begins counting by the terms of a segment's column.
func (f *facetCount) startSegment(c *column) {
	f.column = c
	f.local = make([]int, len(c.terms))
}

// count counts one document of the segment.
func (f *facetCount) count(doc uint32) {
	for _, term := range f.column.of(doc) {
		f.local[term]++
	}
}

// endSegment adds the segment's counts to the whole.
func (f *facetCount) endSegment() {
	if f.column == nil {
		return
	}
	for term, n := range f.local {
		if n > 0 {
			f.counts[f.column.terms[term]] += n
		}
	}
	f.column = nil
}

// facetValue is one value as shown, and how many documents have it.
type facetValue struct {
	key   string // comparable form
	value string
	count int
}

// values merges the spellings of a value and returns all of them unordered. A
// value is shown in the spelling that sorts first.
func (f *facetCount) values() []facetValue {
	merged := map[string]*facetValue{}
	for term, n := range f.counts {
		key, original := "", ""
		if term[0] == kindNumber {
			original = formatNumber(parseNumberTerm(term))
			key = original
		} else {
			key, original = splitStringTerm(term)
		}
		v := merged[key]
		if v == nil {
			merged[key] = &facetValue{key: key, value: original, count: n}
			continue
		}
		v.count += n
		v.value = min(v.value, original)
	}
	list := make([]facetValue, 0, len(merged))
	for _, v := range merged {
		list = append(list, *v)
	}
	return list
}

func formatNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// facetStats is the range of the numbers of a facet.
type facetStats struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

func (f *facetCount) stats() (facetStats, bool) {
	var s facetStats
	found := false
	for term := range f.counts {
		if term[0] != kindNumber {
			continue
		}
		n := parseNumberTerm(term)
		if !found {
			s, found = facetStats{n, n}, true
			continue
		}
		s.Min, s.Max = min(s.Min, n), max(s.Max, n)
	}
	return s, found
}

// distribution is a facet in the order and up to the number the settings say,
// as a JSON object that keeps the order.
type distribution []facetValue

func (d distribution) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, v := range d {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(v.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.WriteString(strconv.Itoa(v.count))
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func (f *facetCount) distribution(s *faceting) distribution {
	values := f.values()
	byCount := s.order(f.attribute) == "count"
	sort.Slice(values, func(i, j int) bool {
		if byCount && values[i].count != values[j].count {
			return values[i].count > values[j].count
		}
		return values[i].key < values[j].key
	})
	if len(values) > s.MaxValuesPerFacet {
		values = values[:s.MaxValuesPerFacet]
	}
	return values
}

func (s *faceting) order(attribute string) string {
	if order, ok := s.SortFacetValuesBy[attribute]; ok {
		return order
	}
	return s.SortFacetValuesBy["*"]
}

// facetsOf resolves the facets a request names; "*" is all filterable ones.
func (r *snapshot) facetsOf(names []string, s *settings) ([]*facetCount, error) {
	var out []*facetCount
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			out = append(out, &facetCount{attribute: name, counts: map[string]int{}})
		}
	}
	for _, name := range names {
		if name != "*" {
			if _, ok := s.filterable(name); !ok {
				return nil, newError("invalid_search_facets", "Invalid facet distribution: Attribute `%s` is not filterable. %s", name, availableFilters(s))
			}
			add(name)
			continue
		}
		for _, rule := range s.FilterableAttributes {
			for _, p := range rule.Patterns {
				if !strings.Contains(p, "*") {
					add(p)
				}
			}
		}
		present, err := r.attributes(valueField)
		if err != nil {
			return nil, err
		}
		for _, p := range present {
			if _, ok := s.filterable(p); ok {
				add(p)
			}
		}
	}
	return out, nil
}
