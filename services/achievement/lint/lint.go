// Package lint reads an achievement as a factory owner would and says what is missing or cannot be understood, with the way to mend it.
// The rules are data and none of them stands in the way of handing in. It owns no storage and knows no states.
package lint

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lianbang/services/platform/fault"
)

// Rule is one thing a reader misses. In the texts {word} and {number} stand for what was found and what was asked.
type Rule struct {
	ID       string   `json:"id"`
	Field    string   `json:"field"`
	With     []string `json:"with,omitempty"` // further fields read together with Field
	Severity string   `json:"severity"`       // advice or warning
	Test     string   `json:"test"`
	Number   int      `json:"number,omitempty"`
	Words    []string `json:"words,omitempty"`
	Zh       string   `json:"zh"`
	En       string   `json:"en"`
	MendZh   string   `json:"mendZh"`
	MendEn   string   `json:"mendEn"`
}

// Draft is what the rules read: texts and rows by the field's name in the API.
type Draft struct {
	Texts     map[string]string
	Rows      map[string][]string
	TRL       int
	PriceOpen bool // 面议
	Bridged   bool // a way leads over missing readiness
}

// Finding is one thing missed, with the texts filled in.
type Finding struct{ Rule, Field, Severity, Zh, En, MendZh, MendEn string }

// tests are what a rule can ask. Each answers whether the rule speaks and what {word} stands for.
var tests = map[string]func(r Rule, d Draft) (speaks bool, word string){
	"runes_below": func(r Rule, d Draft) (bool, string) {
		return utf8.RuneCountInString(strings.TrimSpace(d.Texts[r.Field])) < r.Number, ""
	},
	"no_rows": func(r Rule, d Draft) (bool, string) { return len(d.Rows[r.Field]) == 0, "" },
	"each_lacks_number": func(r Rule, d Draft) (bool, string) {
		return slices.ContainsFunc(d.Rows[r.Field], func(s string) bool { return !strings.ContainsFunc(s, unicode.IsNumber) }), ""
	},
	"holds_word": func(r Rule, d Draft) (bool, string) {
		for _, field := range append([]string{r.Field}, r.With...) {
			for _, w := range r.Words {
				if strings.Contains(d.Texts[field], w) {
					return true, w
				}
			}
		}
		return false, ""
	},
	// From level 4 on something was built, and somebody can be shown it.
	"trl_unproved": func(r Rule, d Draft) (bool, string) {
		return d.TRL >= 4 && utf8.RuneCountInString(strings.TrimSpace(d.Texts[r.Field])) < 10, strconv.Itoa(d.TRL)
	},
	"status_is": func(r Rule, d Draft) (bool, string) {
		for _, word := range r.Words {
			if slices.Contains(d.Rows[r.Field+".status"], word) {
				return true, word
			}
		}
		return false, ""
	},
	"trl_far": func(r Rule, d Draft) (bool, string) {
		return d.TRL > 0 && d.TRL < r.Number && !d.Bridged, strconv.Itoa(d.TRL)
	},
	"price_open": func(_ Rule, d Draft) (bool, string) { return d.PriceOpen, "" },
}

//go:embed rules.json
var shipped []byte

// Shipped are the rules the product comes with.
func Shipped() []Rule {
	rules, err := Parse(shipped)
	if err != nil {
		panic("lint: rules.json: " + err.Error())
	}
	return rules
}

// Parse reads and checks rules; it fails with fault Invalid naming the first that cannot hold.
func Parse(data []byte) ([]Rule, error) {
	var rules []Rule
	if err := json.Unmarshal(data, &rules); err != nil {
		return nil, fault.Bad(fault.Field{Path: "rules", Code: "invalid", Detail: err.Error()})
	}
	seen := map[string]bool{}
	for i, r := range rules {
		_, known := tests[r.Test]
		if !known || r.ID == "" || seen[r.ID] || r.Field == "" || r.Zh == "" || r.En == "" || r.MendZh == "" || r.MendEn == "" ||
			r.Severity != "advice" && r.Severity != "warning" || r.Test == "holds_word" && len(r.Words) == 0 {
			return nil, fault.Bad(fault.Field{Path: fmt.Sprintf("rules.%d", i), Code: "invalid", Detail: "a rule needs an id of its own, a field, a known test, a severity and its four texts"})
		}
		seen[r.ID] = true
	}
	return rules, nil
}

// Check reads a draft by the rules: warnings first, otherwise in the rules' order.
func Check(rules []Rule, d Draft) []Finding {
	var found []Finding
	for _, r := range rules {
		speaks, word := tests[r.Test](r, d)
		if !speaks {
			continue
		}
		fill := strings.NewReplacer("{word}", word, "{number}", strconv.Itoa(r.Number)).Replace
		found = append(found, Finding{r.ID, r.Field, r.Severity, fill(r.Zh), fill(r.En), fill(r.MendZh), fill(r.MendEn)})
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return strings.Compare(b.Severity, a.Severity) })
	return found
}
