package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// settings of an index, complete: what was never set holds its default.
type settings struct {
	DisplayedAttributes  []string            `json:"displayedAttributes"`
	SearchableAttributes []string            `json:"searchableAttributes"`
	FilterableAttributes []filterableRule    `json:"filterableAttributes"`
	SortableAttributes   []string            `json:"sortableAttributes"`
	RankingRules         []string            `json:"rankingRules"`
	StopWords            []string            `json:"stopWords"`
	NonSeparatorTokens   []string            `json:"nonSeparatorTokens"`
	SeparatorTokens      []string            `json:"separatorTokens"`
	Dictionary           []string            `json:"dictionary"`
	Synonyms             map[string][]string `json:"synonyms"`
	DistinctAttribute    *string             `json:"distinctAttribute"`
	ProximityPrecision   string              `json:"proximityPrecision"`
	TypoTolerance        typoTolerance       `json:"typoTolerance"`
	Faceting             faceting            `json:"faceting"`
	Pagination           pagination          `json:"pagination"`
	SearchCutoffMs       *int                `json:"searchCutoffMs"`
	FacetSearch          bool                `json:"facetSearch"`
	PrefixSearch         string              `json:"prefixSearch"`
	fixedSettings
}

// fixedSettings are known and not served: they are shown with the value they
// have in an index that never set them, and no other value is accepted.
type fixedSettings struct {
	LocalizedAttributes []string          `json:"localizedAttributes"`
	Embedders           map[string]string `json:"embedders"`
	Chat                chat              `json:"chat"`
}

type chat struct {
	Description              string         `json:"description"`
	DocumentTemplate         string         `json:"documentTemplate"`
	DocumentTemplateMaxBytes int            `json:"documentTemplateMaxBytes"`
	SearchParameters         map[string]any `json:"searchParameters"`
}

const chatTemplate = "{% for field in fields %}{% if field.is_searchable and field.value != nil %}{{ field.name }}: {{ field.value }}\n{% endif %}{% endfor %}"

type typoTolerance struct {
	Enabled             bool        `json:"enabled"`
	MinWordSizeForTypos minWordSize `json:"minWordSizeForTypos"`
	DisableOnWords      []string    `json:"disableOnWords"`
	DisableOnAttributes []string    `json:"disableOnAttributes"`
	DisableOnNumbers    bool        `json:"disableOnNumbers"`
}

type minWordSize struct {
	OneTypo  int `json:"oneTypo"`
	TwoTypos int `json:"twoTypos"`
}

type faceting struct {
	MaxValuesPerFacet int               `json:"maxValuesPerFacet"`
	SortFacetValuesBy map[string]string `json:"sortFacetValuesBy"`
}

type pagination struct {
	MaxTotalHits int `json:"maxTotalHits"`
}

// filterableRule is one entry of filterableAttributes: a plain attribute, or
// patterns with the features they allow.
type filterableRule struct {
	Patterns    []string
	FacetSearch bool
	Equality    bool
	Comparison  bool
	plain       bool
}

func (r filterableRule) MarshalJSON() ([]byte, error) {
	if r.plain {
		return json.Marshal(r.Patterns[0])
	}
	return json.Marshal(ruleJSON{
		AttributePatterns: r.Patterns,
		Features:          &ruleFeatures{FacetSearch: &r.FacetSearch, Filter: &ruleFilter{Equality: &r.Equality, Comparison: &r.Comparison}},
	})
}

type ruleJSON struct {
	AttributePatterns []string      `json:"attributePatterns"`
	Features          *ruleFeatures `json:"features"`
}

type ruleFeatures struct {
	FacetSearch *bool       `json:"facetSearch"`
	Filter      *ruleFilter `json:"filter"`
}

type ruleFilter struct {
	Equality   *bool `json:"equality"`
	Comparison *bool `json:"comparison"`
}

func (r *filterableRule) UnmarshalJSON(data []byte) error {
	var name string
	if json.Unmarshal(data, &name) == nil {
		*r = filterableRule{Patterns: []string{name}, FacetSearch: true, Equality: true, Comparison: true, plain: true}
		return nil
	}
	var raw ruleJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&raw); err != nil {
		return err
	}
	if len(raw.AttributePatterns) == 0 {
		return fmt.Errorf("missing field `attributePatterns`")
	}
	*r = filterableRule{Patterns: raw.AttributePatterns, Equality: true}
	if f := raw.Features; f != nil {
		setBool(&r.FacetSearch, f.FacetSearch)
		if f.Filter != nil {
			setBool(&r.Equality, f.Filter.Equality)
			setBool(&r.Comparison, f.Filter.Comparison)
		}
	}
	return nil
}

func setBool(dst *bool, src *bool) {
	if src != nil {
		*dst = *src
	}
}

func defaultSettings() settings {
	return settings{
		DisplayedAttributes:  []string{"*"},
		SearchableAttributes: []string{"*"},
		FilterableAttributes: []filterableRule{},
		SortableAttributes:   []string{},
		RankingRules:         []string{"words", "typo", "proximity", "attributeRank", "sort", "wordPosition", "exactness"},
		StopWords:            []string{},
		NonSeparatorTokens:   []string{},
		SeparatorTokens:      []string{},
		Dictionary:           []string{},
		Synonyms:             map[string][]string{},
		ProximityPrecision:   "byWord",
		TypoTolerance: typoTolerance{
			Enabled:             true,
			MinWordSizeForTypos: minWordSize{OneTypo: 5, TwoTypos: 9},
			DisableOnWords:      []string{},
			DisableOnAttributes: []string{},
		},
		Faceting:     faceting{MaxValuesPerFacet: 100, SortFacetValuesBy: map[string]string{"*": "alpha"}},
		Pagination:   pagination{MaxTotalHits: 1000},
		FacetSearch:  true,
		PrefixSearch: "indexingTime",
		fixedSettings: fixedSettings{
			Embedders: map[string]string{},
			Chat:      chat{DocumentTemplate: chatTemplate, DocumentTemplateMaxBytes: 400, SearchParameters: map[string]any{}},
		},
	}
}

// setting is one served setting: how to take a value (never JSON null), how to
// return to the default, and how to show it. The keys of settingTable are the
// names in JSON; the routes use them in kebab-case.
type setting struct {
	code string // the error code of a bad value
	set  func(s *settings, raw json.RawMessage) error
	get  func(s *settings) any
	copy func(dst, src *settings)
}

var settingTable = map[string]setting{
	"displayedAttributes": field("invalid_settings_displayed_attributes", func(s *settings) *[]string { return &s.DisplayedAttributes }),
	"searchableAttributes": field("invalid_settings_searchable_attributes",
		func(s *settings) *[]string { return &s.SearchableAttributes }),
	"filterableAttributes": field("invalid_settings_filterable_attributes",
		func(s *settings) *[]filterableRule { return &s.FilterableAttributes }),
	"sortableAttributes": field("invalid_settings_sortable_attributes", func(s *settings) *[]string { return &s.SortableAttributes }, sortedSet),
	"rankingRules":       field("invalid_settings_ranking_rules", func(s *settings) *[]string { return &s.RankingRules }, checkRankingRules),
	"stopWords":          field("invalid_settings_stop_words", func(s *settings) *[]string { return &s.StopWords }, sortedSet),
	"nonSeparatorTokens": field("invalid_settings_non_separator_tokens", func(s *settings) *[]string { return &s.NonSeparatorTokens }, sortedSet),
	"separatorTokens":    field("invalid_settings_separator_tokens", func(s *settings) *[]string { return &s.SeparatorTokens }, sortedSet),
	"dictionary":         field("invalid_settings_dictionary", func(s *settings) *[]string { return &s.Dictionary }, sortedSet),
	"synonyms":           field("invalid_settings_synonyms", func(s *settings) *map[string][]string { return &s.Synonyms }),
	"distinctAttribute":  field("invalid_settings_distinct_attribute", func(s *settings) **string { return &s.DistinctAttribute }),
	"proximityPrecision": field("invalid_settings_proximity_precision",
		func(s *settings) *string { return &s.ProximityPrecision }, oneOf("byWord")),
	"typoTolerance":  field("invalid_settings_typo_tolerance", func(s *settings) *typoTolerance { return &s.TypoTolerance }, checkTypoTolerance),
	"faceting":       field("invalid_settings_faceting", func(s *settings) *faceting { return &s.Faceting }, checkFaceting),
	"pagination":     field("invalid_settings_pagination", func(s *settings) *pagination { return &s.Pagination }, checkPagination),
	"searchCutoffMs": field("invalid_settings_search_cutoff_ms", func(s *settings) **int { return &s.SearchCutoffMs }, checkCutoff),
	"facetSearch":    field("invalid_settings_facet_search", func(s *settings) *bool { return &s.FacetSearch }),
	"prefixSearch": field("invalid_settings_prefix_search",
		func(s *settings) *string { return &s.PrefixSearch }, oneOf("indexingTime", "disabled")),
	"localizedAttributes": fixed("invalid_settings_localized_attributes", func(s *settings) any { return s.LocalizedAttributes }),
	"embedders":           fixed("invalid_settings_embedders", func(s *settings) any { return s.Embedders }),
	"chat":                fixed("invalid_settings_index_chat", func(s *settings) any { return s.Chat }),
}

// fixed is a setting that may only keep the value it has.
func fixed(code string, get func(*settings) any) setting {
	return setting{
		code: code,
		set: func(s *settings, raw json.RawMessage) error {
			present, err := json.Marshal(get(s))
			if err == nil && !sameJSON(present, raw) && !changesNothing(raw) {
				err = errors.New("this setting is not served by this engine and cannot be changed")
			}
			return err
		},
		get:  get,
		copy: func(*settings, *settings) {},
	}
}

func sameJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// field builds a setting from the place it is stored at. Objects are merged
// into the present value, as Meilisearch's PATCH does: decoding starts from a
// copy of it.
func field[T any](code string, at func(*settings) *T, checks ...func(*T) error) setting {
	return setting{
		code: code,
		set: func(s *settings, raw json.RawMessage) error {
			value, err := merged(*at(s), raw)
			if err != nil {
				return err
			}
			for _, check := range checks {
				if err := check(&value); err != nil {
					return err
				}
			}
			*at(s) = value
			return nil
		},
		get:  func(s *settings) any { return *at(s) },
		copy: func(dst, src *settings) { *at(dst) = *at(src) },
	}
}

// merged decodes raw strictly. A struct keeps the fields raw does not name;
// lists and plain maps are replaced.
func merged[T any](present T, raw json.RawMessage) (T, error) {
	var value T
	switch any(value).(type) {
	case typoTolerance, faceting, pagination:
		// A deep copy, so that decoding cannot write into a shared map.
		data, err := json.Marshal(present)
		if err != nil {
			return value, err
		}
		if err := json.Unmarshal(data, &value); err != nil {
			return value, err
		}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	return value, dec.Decode(&value)
}

func sortedSet(list *[]string) error {
	sort.Strings(*list)
	*list = slices.Compact(*list)
	return nil
}

func oneOf(allowed ...string) func(*string) error {
	return func(value *string) error {
		if !slices.Contains(allowed, *value) {
			return fmt.Errorf("unknown value `%s`: expected one of `%s`", *value, strings.Join(allowed, "`, `"))
		}
		return nil
	}
}

var builtinRules = []string{"words", "typo", "proximity", "attribute", "attributeRank", "wordPosition", "sort", "exactness"}

var customRule = regexp.MustCompile(`^(.+):(asc|desc)$`)

func checkRankingRules(rules *[]string) error {
	for _, rule := range *rules {
		if !slices.Contains(builtinRules, rule) && !customRule.MatchString(rule) {
			return fmt.Errorf("`%s` ranking rule is invalid. Valid ranking rules are words, typo, sort, proximity, attribute, attributeRank, wordPosition, exactness and custom ranking rules", rule)
		}
	}
	return nil
}

func checkTypoTolerance(t *typoTolerance) error {
	one, two := t.MinWordSizeForTypos.OneTypo, t.MinWordSizeForTypos.TwoTypos
	if one < 0 || two > 255 || one > two {
		return fmt.Errorf("`minWordSizeForTypos` setting is invalid. `oneTypo` and `twoTypos` fields should be between `0` and `255`, and `twoTypos` should be greater or equals to `oneTypo` but found `oneTypo: %d` and twoTypos: %d`", one, two)
	}
	_ = sortedSet(&t.DisableOnWords)
	return sortedSet(&t.DisableOnAttributes)
}

func checkFaceting(f *faceting) error {
	if f.MaxValuesPerFacet < 0 {
		return fmt.Errorf("`maxValuesPerFacet` must not be negative")
	}
	for _, order := range f.SortFacetValuesBy {
		if order != "alpha" && order != "count" {
			return fmt.Errorf("unknown value `%s`: expected one of `alpha`, `count`", order)
		}
	}
	if f.SortFacetValuesBy == nil {
		f.SortFacetValuesBy = map[string]string{}
	}
	if _, ok := f.SortFacetValuesBy["*"]; !ok {
		f.SortFacetValuesBy["*"] = "alpha"
	}
	return nil
}

func checkPagination(p *pagination) error {
	if p.MaxTotalHits < 0 {
		return fmt.Errorf("`maxTotalHits` must not be negative")
	}
	return nil
}

func checkCutoff(ms **int) error {
	if *ms != nil && **ms < 0 {
		return fmt.Errorf("must not be negative")
	}
	return nil
}

// patch applies a JSON object of settings; null returns a setting to its
// default. It changes s only when the whole object is valid.
func (s *settings) patch(raw json.RawMessage) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil || object == nil {
		return newError("bad_request", "Invalid value type: expected an object.")
	}
	next := *s
	defaults := defaultSettings()
	for name, value := range object {
		known, ok := settingTable[name]
		if !ok {
			return newError("bad_request", "Unknown field `%s`: expected one of %s", name, quotedList(settingNames()))
		}
		if isNull(value) {
			known.copy(&next, &defaults)
			continue
		}
		if err := known.set(&next, value); err != nil {
			return newError(known.code, "Invalid value at `.%s`: %s.", name, strings.TrimPrefix(err.Error(), "json: "))
		}
	}
	*s = next
	return nil
}

func settingNames() []string {
	names := make([]string, 0, len(settingTable))
	for name := range settingTable {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func isNull(raw json.RawMessage) bool {
	trimmed := bytes.TrimSpace(raw)
	return len(trimmed) == 0 || string(trimmed) == "null"
}

func quotedList(names []string) string {
	return "`" + strings.Join(names, "`, `") + "`"
}

// shape is the part of the settings that decides what is written to the index;
// when it is the same, a change of settings needs no rebuild.
func (s *settings) shape() string {
	searchable := append([]string(nil), s.SearchableAttributes...)
	sort.Strings(searchable)
	patterns := []string{}
	for _, r := range s.FilterableAttributes {
		patterns = append(patterns, r.Patterns...)
	}
	sort.Strings(patterns)
	shape, _ := json.Marshal([]any{
		searchable, patterns, s.valuePatterns(), s.StopWords, s.SeparatorTokens, s.NonSeparatorTokens, s.Dictionary,
	})
	return string(shape)
}

// valuePatterns are the attributes whose values must be readable per document:
// filterable, sortable, ranked by, and the distinct one.
func (s *settings) valuePatterns() []string {
	set := append([]string(nil), s.SortableAttributes...)
	for _, r := range s.FilterableAttributes {
		set = append(set, r.Patterns...)
	}
	for _, rule := range s.RankingRules {
		if m := customRule.FindStringSubmatch(rule); m != nil {
			set = append(set, m[1])
		}
	}
	if s.DistinctAttribute != nil {
		set = append(set, *s.DistinctAttribute)
	}
	_ = sortedSet(&set)
	return set
}

// filterable finds the first rule that names the attribute.
func (s *settings) filterable(attribute string) (filterableRule, bool) {
	for _, r := range s.FilterableAttributes {
		if matchesAny(r.Patterns, attribute) {
			return r, true
		}
	}
	return filterableRule{}, false
}

func (s *settings) sortable(attribute string) bool {
	return matchesAny(s.SortableAttributes, attribute)
}

// matchesAny tells whether one of the patterns names the attribute: exactly,
// as the parent of a nested one, or by a leading or trailing `*`.
func matchesAny(patterns []string, attribute string) bool {
	for _, p := range patterns {
		if p == "*" || p == attribute ||
			strings.HasPrefix(attribute, p) && attribute[len(p)] == '.' ||
			strings.HasSuffix(p, "*") && strings.HasPrefix(attribute, p[:len(p)-1]) ||
			strings.HasPrefix(p, "*") && strings.HasSuffix(attribute, p[1:]) {
			return true
		}
	}
	return false
}
