package engine

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestFilterGrammar(t *testing.T) {
	t.Parallel()
	is := func(attribute string, op filterOp, values ...string) condition {
		return condition{attribute: attribute, op: op, values: values}
	}
	for text, want := range map[string]filter{
		``:                             nil,
		`  `:                           nil,
		`a = 1`:                        is("a", opEqual, "1"),
		`a=1`:                          is("a", opEqual, "1"),
		`a != "b c"`:                   notFilter{is("a", opEqual, "b c")},
		`'a b' = 'it\'s'`:              is("a b", opEqual, "it's"),
		`a >= 1 AND b<2`:               andFilter{is("a", opGreaterEqual, "1"), is("b", opLess, "2")},
		`a > 1 OR b <= 2 AND c = 3`:    orFilter{is("a", opGreater, "1"), andFilter{is("b", opLessEqual, "2"), is("c", opEqual, "3")}},
		`(a > 1 OR b = 2) AND c = 3`:   andFilter{orFilter{is("a", opGreater, "1"), is("b", opEqual, "2")}, is("c", opEqual, "3")},
		`NOT a = 1`:                    notFilter{is("a", opEqual, "1")},
		`NOT NOT a = 1`:                notFilter{notFilter{is("a", opEqual, "1")}},
		`NOT (a = 1 AND b = 2)`:        notFilter{andFilter{is("a", opEqual, "1"), is("b", opEqual, "2")}},
		`a 1 TO 5`:                     is("a", opBetween, "1", "5"),
		`a -1.5 TO 5e3`:                is("a", opBetween, "-1.5", "5e3"),
		`a IN []`:                      condition{attribute: "a", op: opIn, values: []string{}},
		`a IN [x, "y z",]`:             is("a", opIn, "x", "y z"),
		`a NOT IN [x]`:                 notFilter{is("a", opIn, "x")},
		`a EXISTS`:                     is("a", opExists),
		`a NOT EXISTS`:                 notFilter{is("a", opExists)},
		`a IS NULL`:                    is("a", opNull),
		`a IS NOT NULL AND b IS EMPTY`: andFilter{notFilter{is("a", opNull)}, is("b", opEmpty)},
		`a CONTAINS x`:                 is("a", opContains, "x"),
		`a NOT STARTS WITH x`:          notFilter{is("a", opStartsWith, "x")},
		`a = "AND" AND b = '('`:        andFilter{is("a", opEqual, "AND"), is("b", opEqual, "(")},
		`地区 = 长沙`:                      is("地区", opEqual, "长沙"),
		`place.city = "a\\b"`:          is("place.city", opEqual, `a\b`),
		`a = 2026-11-22T00:00:00Z`:     is("a", opEqual, "2026-11-22T00:00:00Z"),
		"a = 1\n\tAND\nb = 2":          andFilter{is("a", opEqual, "1"), is("b", opEqual, "2")},
	} {
		got, err := parseFilterExpression(text)
		if err != nil || !reflect.DeepEqual(normal(got), normal(want)) {
			t.Errorf("%q: got %#v, %v; want %#v", text, got, err, want)
		}
	}
	for _, text := range []string{
		`a`, `a =`, `= 1`, `a = 1 AND`, `a = 1 b = 2`, `(a = 1`, `a = 1)`, `a = "x`, `a IN x`, `a IN [x y]`, `a IN [`, `a IS`, `a IS 1`,
		`a 1 TO`, `a ! 1`, `AND = 1`, `a = OR`, `a STARTS x`, `NOT`, `()`, `_geoRadius(1,2,3)`, `a == 1`,
		strings.Repeat("(", 300) + "a = 1" + strings.Repeat(")", 300),
	} {
		if got, err := parseFilterExpression(text); err == nil {
			t.Errorf("%q was parsed as %#v", text, got)
		}
	}
}

// normal makes empty and missing value lists alike.
func normal(f filter) filter {
	switch f := f.(type) {
	case condition:
		if len(f.values) == 0 {
			f.values = nil
		}
		return f
	case andFilter:
		out := andFilter{}
		for _, c := range f {
			out = append(out, normal(c))
		}
		return out
	case orFilter:
		out := orFilter{}
		for _, c := range f {
			out = append(out, normal(c))
		}
		return out
	case notFilter:
		return notFilter{normal(f.of)}
	}
	return f
}

func TestFilterArrays(t *testing.T) {
	t.Parallel()
	a, b, c := condition{"a", opEqual, []string{"1"}}, condition{"b", opEqual, []string{"2"}}, condition{"c", opEqual, []string{"3"}}
	for raw, want := range map[string]filter{
		`null`:                          nil,
		`[]`:                            nil,
		`[[]]`:                          nil,
		`""`:                            nil,
		`["a = 1", "b = 2"]`:            andFilter{a, b},
		`["a = 1", ["b = 2", "c = 3"]]`: andFilter{a, orFilter{b, c}},
		`[["a = 1"], ""]`:               a,
	} {
		got, err := parseFilter(json.RawMessage(raw), "invalid_search_filter")
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v", raw, got, err, want)
		}
	}
	for _, raw := range []string{`1`, `{}`, `[1]`, `[[["a = 1"]]]`, `["a ="]`} {
		_, err := parseFilter(json.RawMessage(raw), "invalid_search_filter")
		var api *apiError
		if !errors.As(err, &api) || api.Code != "invalid_search_filter" {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// FuzzFilter looks for input that crashes the parser, or that parses to
// something which does not mean itself when written out again.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`a = 1`, `a IN [x, "y"] AND NOT (b 1 TO 2 OR c IS NOT NULL)`, `a CONTAINS 'x' OR b STARTS WITH "\"" AND c NOT EXISTS`, `地区 != 长沙`, "a\x00=\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := parseFilterExpression(text)
		if err != nil || first == nil {
			return
		}
		again, err := parseFilterExpression(written(first))
		if err != nil || !reflect.DeepEqual(normal(first), normal(again)) {
			t.Errorf("%q: parsed as %#v, written as %q, parsed again as %#v, %v", text, first, written(first), again, err)
		}
	})
}

// written is a filter as text, everything quoted.
func written(f filter) string {
	quote := func(s string) string {
		return `"` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
	}
	join := func(list []filter, word string) string {
		parts := make([]string, len(list))
		for i, c := range list {
			parts[i] = "(" + written(c) + ")"
		}
		return strings.Join(parts, word)
	}
	switch f := f.(type) {
	case andFilter:
		return join(f, " AND ")
	case orFilter:
		return join(f, " OR ")
	case notFilter:
		return "NOT (" + written(f.of) + ")"
	case condition:
		a := quote(f.attribute)
		switch f.op {
		case opBetween:
			return a + " " + quote(f.values[0]) + " TO " + quote(f.values[1])
		case opIn:
			values := make([]string, len(f.values))
			for i, v := range f.values {
				values[i] = quote(v)
			}
			return a + " IN [" + strings.Join(values, ",") + "]"
		case opExists:
			return a + " EXISTS"
		case opNull:
			return a + " IS NULL"
		case opEmpty:
			return a + " IS EMPTY"
		}
		word := map[filterOp]string{
			opEqual: "=", opGreater: ">", opGreaterEqual: ">=", opLess: "<", opLessEqual: "<=", opContains: "CONTAINS", opStartsWith: "STARTS WITH",
		}[f.op]
		return a + " " + word + " " + quote(f.values[0])
	}
	return ""
}
