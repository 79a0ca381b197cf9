// Package lint reads a demand as a capable small firm would and says what it would miss, with the way to mend it. The rules
// are data and none of them stands in the way of submitting. The author while writing and the operator while reviewing see the
// same list. It owns no storage and knows no states.
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

// Severity says how much a finding weighs.
type Severity string

// The severities, lightest first.
const (
	Advice  Severity = "advice"
	Warning Severity = "warning"
)

// Rule is one thing a reader misses. In the texts {word}, {days} and {number} stand for what was found and what was asked.
type Rule struct {
	ID    string `json:"id"`
	Field string `json:"field"`
	// With names further fields read together with Field.
	With     []string `json:"with,omitempty"`
	Kinds    []string `json:"kinds,omitempty"` // none: every kind
	Severity Severity `json:"severity"`
	Test     string   `json:"test"`
	Number   int      `json:"number,omitempty"`
	Words    []string `json:"words,omitempty"`
	Zh       string   `json:"zh"`
	En       string   `json:"en"`
	MendZh   string   `json:"mendZh"`
	MendEn   string   `json:"mendEn"`
}

// Draft is what the rules read. Texts and lists go by the field's name in the API.
type Draft struct {
	Kind       string
	Texts      map[string]string
	Lists      map[string][]string
	BudgetOpen bool // 面议
	// DaysToDeadline is the calendar days from now to the deadline, nil while none is planned.
	DaysToDeadline *int
}

// Finding is one thing missed, with the texts filled in.
type Finding struct {
	Rule     string   `json:"rule"`
	Field    string   `json:"field"`
	Severity Severity `json:"severity"`
	Zh       string   `json:"zh"`
	En       string   `json:"en"`
	MendZh   string   `json:"mendZh"`
	MendEn   string   `json:"mendEn"`
}

// tests are what a rule can ask. Each answers whether the rule speaks and what {word} and {days} stand for.
var tests = map[string]func(r Rule, d Draft) (speaks bool, word string, days int){
	"runes_below": func(r Rule, d Draft) (bool, string, int) {
		return utf8.RuneCountInString(strings.Join(r.texts(d), "")) < r.Number, "", 0
	},
	"empty": func(r Rule, d Draft) (bool, string, int) {
		return strings.Join(r.texts(d), "") == "", "", 0
	},
	"each_lacks_number": func(r Rule, d Draft) (bool, string, int) {
		return slices.ContainsFunc(d.Lists[r.Field], func(s string) bool { return !strings.ContainsFunc(s, unicode.IsNumber) }), "", 0
	},
	"holds_word": func(r Rule, d Draft) (bool, string, int) {
		text := strings.Join(r.texts(d), "\n")
		i := slices.IndexFunc(r.Words, func(w string) bool { return strings.Contains(text, w) })
		if i < 0 {
			return false, "", 0
		}
		return true, r.Words[i], 0
	},
	"budget_open": func(_ Rule, d Draft) (bool, string, int) { return d.BudgetOpen, "", 0 },
	"days_below": func(r Rule, d Draft) (bool, string, int) {
		if d.DaysToDeadline == nil {
			return false, "", 0
		}
		return *d.DaysToDeadline < r.Number, "", max(*d.DaysToDeadline, 0)
	},
}

// texts are the trimmed contents of the rule's fields, lists item by item.
func (r Rule) texts(d Draft) []string {
	var out []string
	for _, field := range append([]string{r.Field}, r.With...) {
		out = append(out, strings.TrimSpace(d.Texts[field]))
		out = append(out, d.Lists[field]...)
	}
	return out
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

// Parse reads and checks rules; it fails with fault BadInput naming the first that cannot hold.
func Parse(data []byte) ([]Rule, error) {
	var rules []Rule
	if err := json.Unmarshal(data, &rules); err != nil {
		return nil, fault.Bad(fault.Field{Path: "rules", Code: "invalid", Detail: err.Error()})
	}
	seen := map[string]bool{}
	for i, r := range rules {
		_, known := tests[r.Test]
		whole := known && r.ID != "" && !seen[r.ID] && r.Field != "" && r.Zh != "" && r.En != "" && r.MendZh != "" && r.MendEn != "" &&
			slices.Contains([]Severity{Advice, Warning}, r.Severity) && (r.Test != "holds_word" || len(r.Words) > 0)
		if !whole {
			return nil, fault.Bad(fault.Field{Path: fmt.Sprintf("rules.%d", i), Code: "invalid", Detail: "a rule needs an id of its own, a field, a known test, a severity and its four texts"})
		}
		seen[r.ID] = true
	}
	return rules, nil
}

// Check reads a draft by the rules: the gravest findings first, otherwise in the rules' order.
func Check(rules []Rule, d Draft) []Finding {
	found := []Finding{}
	for _, r := range rules {
		if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, d.Kind) {
			continue
		}
		speaks, word, days := tests[r.Test](r, d)
		if !speaks {
			continue
		}
		fill := strings.NewReplacer("{word}", word, "{days}", strconv.Itoa(days), "{number}", strconv.Itoa(r.Number)).Replace
		found = append(found, Finding{Rule: r.ID, Field: r.Field, Severity: r.Severity, Zh: fill(r.Zh), En: fill(r.En), MendZh: fill(r.MendZh), MendEn: fill(r.MendEn)})
	}
	weight := []Severity{Warning, Advice}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return slices.Index(weight, a.Severity) - slices.Index(weight, b.Severity)
	})
	return found
}
