package engine

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

// searchRequest is the body of a search. A field tagged refuse is known and
// not served: anything but null, false or an empty list is refused.
type searchRequest struct {
	Q                       *string         `json:"q" code:"invalid_search_q"`
	Offset                  *int            `json:"offset" code:"invalid_search_offset"`
	Limit                   *int            `json:"limit" code:"invalid_search_limit"`
	Page                    *int            `json:"page" code:"invalid_search_page"`
	HitsPerPage             *int            `json:"hitsPerPage" code:"invalid_search_hits_per_page"`
	AttributesToRetrieve    []string        `json:"attributesToRetrieve" code:"invalid_search_attributes_to_retrieve"`
	AttributesToSearchOn    []string        `json:"attributesToSearchOn" code:"invalid_search_attributes_to_search_on"`
	AttributesToCrop        []string        `json:"attributesToCrop" code:"invalid_search_attributes_to_crop"`
	CropLength              *int            `json:"cropLength" code:"invalid_search_crop_length"`
	CropMarker              *string         `json:"cropMarker" code:"invalid_search_crop_marker"`
	AttributesToHighlight   []string        `json:"attributesToHighlight" code:"invalid_search_attributes_to_highlight"`
	HighlightPreTag         *string         `json:"highlightPreTag" code:"invalid_search_highlight_pre_tag"`
	HighlightPostTag        *string         `json:"highlightPostTag" code:"invalid_search_highlight_post_tag"`
	ShowMatchesPosition     bool            `json:"showMatchesPosition" code:"invalid_search_show_matches_position"`
	MatchingStrategy        *string         `json:"matchingStrategy" code:"invalid_search_matching_strategy"`
	Filter                  json.RawMessage `json:"filter" code:"invalid_search_filter"`
	Facets                  []string        `json:"facets" code:"invalid_search_facets"`
	Sort                    []string        `json:"sort" code:"invalid_search_sort"`
	ShowRankingScore        bool            `json:"showRankingScore" code:"invalid_search_show_ranking_score"`
	RankingScoreThreshold   *float64        `json:"rankingScoreThreshold" code:"invalid_search_ranking_score_threshold"`
	Distinct                *string         `json:"distinct" code:"invalid_search_distinct"`
	ShowRankingScoreDetails json.RawMessage `json:"showRankingScoreDetails" refuse:"invalid_search_show_ranking_score_details"`
	ShowPerformanceDetails  json.RawMessage `json:"showPerformanceDetails" refuse:"feature_not_enabled"`
	Vector                  json.RawMessage `json:"vector" refuse:"invalid_search_vector"`
	Hybrid                  json.RawMessage `json:"hybrid" refuse:"invalid_search_hybrid_query"`
	RetrieveVectors         json.RawMessage `json:"retrieveVectors" refuse:"invalid_search_retrieve_vectors"`
	Locales                 json.RawMessage `json:"locales" refuse:"invalid_search_locales"`
	Media                   json.RawMessage `json:"media" refuse:"invalid_search_media"`
}

const (
	defaultLimit      = 20
	defaultCropLength = 10
	defaultCropMarker = "…"
	defaultPreTag     = "<em>"
	defaultPostTag    = "</em>"
)

// searchResponse is the answer to a search; a page request gets totalHits, an
// offset request estimatedTotalHits. Both are exact here, up to the index's
// maxTotalHits.
type searchResponse struct {
	IndexUID           string                  `json:"indexUid,omitempty"`
	Hits               []json.RawMessage       `json:"hits"`
	Query              string                  `json:"query"`
	ProcessingTimeMs   int64                   `json:"processingTimeMs"`
	HitsPerPage        *int                    `json:"hitsPerPage,omitempty"`
	Page               *int                    `json:"page,omitempty"`
	TotalPages         *int                    `json:"totalPages,omitempty"`
	TotalHits          *int                    `json:"totalHits,omitempty"`
	Limit              *int                    `json:"limit,omitempty"`
	Offset             *int                    `json:"offset,omitempty"`
	EstimatedTotalHits *int                    `json:"estimatedTotalHits,omitempty"`
	FacetDistribution  map[string]distribution `json:"facetDistribution,omitempty"`
	FacetStats         map[string]facetStats   `json:"facetStats,omitempty"`
}

// window is the part of the hits a request wants.
type window struct {
	offset, limit     int
	paged             bool
	page, hitsPerPage int
}

func (q *searchRequest) window(maxTotal int) (window, error) {
	for _, v := range []struct {
		value *int
		code  string
	}{
		{q.Offset, "invalid_search_offset"}, {q.Limit, "invalid_search_limit"},
		{q.Page, "invalid_search_page"}, {q.HitsPerPage, "invalid_search_hits_per_page"},
	} {
		if v.value != nil && *v.value < 0 {
			return window{}, newError(v.code, "Invalid value: expected a positive integer, but found `%d`.", *v.value)
		}
	}
	w := window{limit: defaultLimit}
	if q.Page != nil || q.HitsPerPage != nil {
		w.paged, w.page, w.hitsPerPage = true, 1, defaultLimit
		setInt(&w.page, q.Page)
		setInt(&w.hitsPerPage, q.HitsPerPage)
		w.limit = w.hitsPerPage
		w.offset = max(w.page-1, 0) * w.hitsPerPage
		if w.page == 0 {
			w.limit = 0
		}
	} else {
		setInt(&w.offset, q.Offset)
		setInt(&w.limit, q.Limit)
	}
	w.offset = min(w.offset, maxTotal)
	w.limit = min(w.limit, maxTotal-w.offset)
	return w, nil
}

func setInt(dst *int, src *int) {
	if src != nil {
		*dst = *src
	}
}

func valueOr[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// search answers one request on one index.
func (ix *searchIndex) search(ctx context.Context, q *searchRequest) (*searchResponse, error) {
	began := time.Now()
	s := &ix.meta.Settings
	if s.SearchCutoffMs != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(*s.SearchCutoffMs)*time.Millisecond)
		defer cancel()
	}
	w, err := q.window(s.Pagination.MaxTotalHits)
	if err != nil {
		return nil, err
	}
	r, err := ix.reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := ix.textQuery(r, q)
	if err != nil {
		return nil, err
	}
	sortRules, err := parseSort(q.Sort, s)
	if err != nil {
		return nil, err
	}
	c := &collector{rules: rankRules(s, sortRules, len(text.terms) > 0), keep: w.offset + w.limit}
	if w.limit == 0 {
		c.keep = 0
	}
	if c.facets, err = r.facetsOf(q.Facets, s); err != nil {
		return nil, err
	}
	if c.distinct, err = ix.distinct(q); err != nil {
		return nil, err
	}
	words := countedTerms(text.terms)
	if t := q.RankingScoreThreshold; t != nil {
		if *t < 0 || *t > 1 {
			return nil, newError("invalid_search_ranking_score_threshold", "Invalid value at `.rankingScoreThreshold`: the value of `rankingScoreThreshold` is invalid, expected a float between `0.0` and `1.0`.")
		}
		c.threshold = func(m textMatch) bool { return rankingScore(m, words) >= *t }
	}
	hits, err := ix.run(ctx, r, text, c, w.offset)
	if err != nil {
		return nil, err
	}
	out := &searchResponse{Query: valueOr(q.Q, ""), Hits: make([]json.RawMessage, 0, len(hits))}
	shape, err := newHitShape(ix, q, text.terms)
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		source, err := r.source(h.id())
		if err != nil {
			return nil, err
		}
		shown, err := shape.render(source, rankingScore(h.match, words))
		if err != nil {
			return nil, err
		}
		out.Hits = append(out.Hits, shown)
	}
	out.total(w, min(c.total, s.Pagination.MaxTotalHits))
	if q.Facets != nil {
		out.FacetDistribution = map[string]distribution{}
		out.FacetStats = map[string]facetStats{}
		for _, f := range c.facets {
			out.FacetDistribution[f.attribute] = f.distribution(&s.Faceting)
			if stats, ok := f.stats(); ok {
				out.FacetStats[f.attribute] = stats
			}
		}
	}
	out.ProcessingTimeMs = time.Since(began).Milliseconds()
	return out, nil
}

func (out *searchResponse) total(w window, total int) {
	if !w.paged {
		out.Limit, out.Offset, out.EstimatedTotalHits = &w.limit, &w.offset, &total
		return
	}
	pages := 0
	if w.hitsPerPage > 0 {
		pages = (total + w.hitsPerPage - 1) / w.hitsPerPage
	}
	out.HitsPerPage, out.Page, out.TotalPages, out.TotalHits = &w.hitsPerPage, &w.page, &pages, &total
}

// run collects a query.
func (ix *searchIndex) run(ctx context.Context, r *snapshot, text textQuery, c *collector, offset int) ([]*hit, error) {
	l, err := r.ladder(ctx, text)
	if err != nil {
		return nil, err
	}
	defer l.close()
	c.open(r)
	if err := c.collect(ctx, r, l); err != nil {
		return nil, err
	}
	return c.ranked(offset), nil
}

// textQuery reads what a request says about text and membership.
func (ix *searchIndex) textQuery(r *snapshot, q *searchRequest) (textQuery, error) {
	s := &ix.meta.Settings
	t := textQuery{strategy: valueOr(q.MatchingStrategy, strategyLast), settings: s, tokens: ix.tokens}
	if !slices.Contains([]string{strategyLast, strategyAll, strategyFrequency}, t.strategy) {
		return t, newError("invalid_search_matching_strategy", "Unknown value `%s` at `.matchingStrategy`: expected one of `last`, `all`, `frequency`", t.strategy)
	}
	t.terms = parseQuery(valueOr(q.Q, ""), ix.tokens)
	var err error
	if t.filter, err = parseFilter(q.Filter, "invalid_search_filter"); err != nil {
		return t, err
	}
	if err := checkFilter(t.filter, s, "invalid_search_filter"); err != nil {
		return t, err
	}
	t.attributes, t.weighted, err = r.searched(s, q.AttributesToSearchOn)
	return t, err
}

// searched lists the attributes a query looks in, most important first.
func (r *snapshot) searched(s *settings, only []string) (attributes []string, weighted bool, err error) {
	present, err := r.attributes(textField)
	if err != nil {
		return nil, false, err
	}
	for _, pattern := range s.SearchableAttributes {
		if pattern == "*" {
			attributes = present
			weighted = false
			break
		}
		weighted = true
		for _, a := range present {
			if matchesAny([]string{pattern}, a) && !slices.Contains(attributes, a) {
				attributes = append(attributes, a)
			}
		}
	}
	if only == nil || slices.Contains(only, "*") {
		return attributes, weighted, nil
	}
	for _, name := range only {
		if !strings.Contains(name, "*") && !matchesAny(s.SearchableAttributes, name) {
			return nil, false, newError("invalid_search_attributes_to_search_on", "Attribute `%s` is not searchable. Available searchable attributes are: %s.", name, quotedList(s.SearchableAttributes))
		}
	}
	kept := make([]string, 0, len(attributes))
	for _, a := range attributes {
		if matchesAny(only, a) {
			kept = append(kept, a)
		}
	}
	return kept, weighted, nil
}

func countedTerms(terms []queryTerm) int {
	n := 0
	for _, t := range terms {
		if !t.negative {
			n++
		}
	}
	return n
}

var sortExpression = regexp.MustCompile(`^(.+):(asc|desc)$`)

func parseSort(list []string, s *settings) ([]rankRule, error) {
	if len(list) > 0 && !slices.Contains(s.RankingRules, "sort") {
		return nil, newError("invalid_search_sort", "You must specify where `sort` is listed in the rankingRules setting to use the sort parameter at search time.")
	}
	var rules []rankRule
	for _, expression := range list {
		m := sortExpression.FindStringSubmatch(strings.TrimSpace(expression))
		if m == nil {
			return nil, newError("invalid_search_sort", "Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `%s`.", expression)
		}
		if strings.HasPrefix(m[1], "_geoPoint") {
			return nil, newError("invalid_search_sort", "Sorting by `%s` is not served by this engine.", m[1])
		}
		if !s.sortable(m[1]) {
			available := "This index does not have configured sortable attributes."
			if len(s.SortableAttributes) > 0 {
				available = "Available sortable attributes are: " + quotedList(s.SortableAttributes) + "."
			}
			return nil, newError("invalid_search_sort", "Attribute `%s` is not sortable. %s", m[1], available)
		}
		rules = append(rules, rankRule{by: byValue, attribute: m[1], descending: m[2] == "desc"})
	}
	return rules, nil
}

func (ix *searchIndex) distinct(q *searchRequest) (string, error) {
	s := &ix.meta.Settings
	if q.Distinct != nil {
		if _, ok := s.filterable(*q.Distinct); !ok {
			return "", newError("invalid_search_distinct", "Attribute `%s` is not filterable and thus, cannot be used as distinct attribute. %s", *q.Distinct, availableFilters(s))
		}
		return *q.Distinct, nil
	}
	return valueOr(s.DistinctAttribute, ""), nil
}

// facetSearchRequest looks for values of one facet.
type facetSearchRequest struct {
	FacetName            *string         `json:"facetName" code:"invalid_facet_search_facet_name"`
	FacetQuery           *string         `json:"facetQuery" code:"invalid_facet_search_query"`
	Q                    *string         `json:"q" code:"invalid_search_q"`
	Filter               json.RawMessage `json:"filter" code:"invalid_search_filter"`
	MatchingStrategy     *string         `json:"matchingStrategy" code:"invalid_search_matching_strategy"`
	AttributesToSearchOn []string        `json:"attributesToSearchOn" code:"invalid_search_attributes_to_search_on"`
	ExhaustiveFacetCount bool            `json:"exhaustiveFacetCount" code:"invalid_facet_search_exhaustive_facet_count"` // always exhaustive here
}

type facetHit struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

type facetSearchResponse struct {
	FacetHits        []facetHit `json:"facetHits"`
	FacetQuery       *string    `json:"facetQuery"`
	ProcessingTimeMs int64      `json:"processingTimeMs"`
}

// facetSearch lists the values of a facet that start with the facet query.
func (ix *searchIndex) facetSearch(ctx context.Context, q *facetSearchRequest) (*facetSearchResponse, error) {
	began := time.Now()
	s := &ix.meta.Settings
	if q.FacetName == nil || *q.FacetName == "" {
		return nil, newError("missing_facet_search_facet_name", "Missing field `facetName`")
	}
	if !s.FacetSearch {
		return nil, newError("facet_search_disabled", "The facet search is disabled for this index")
	}
	rule, ok := s.filterable(*q.FacetName)
	if !ok || !rule.FacetSearch {
		return nil, newError("invalid_facet_search_facet_name", "Attribute `%s` is not facet-searchable. %s", *q.FacetName, availableFilters(s))
	}
	r, err := ix.reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	text, err := ix.textQuery(r, &searchRequest{
		Q: q.Q, Filter: q.Filter, MatchingStrategy: q.MatchingStrategy, AttributesToSearchOn: q.AttributesToSearchOn,
	})
	if err != nil {
		return nil, err
	}
	facet := &facetCount{attribute: *q.FacetName, counts: map[string]int{}}
	if _, err := ix.run(ctx, r, text, &collector{facets: []*facetCount{facet}}, 0); err != nil {
		return nil, err
	}
	out := &facetSearchResponse{FacetHits: []facetHit{}, FacetQuery: q.FacetQuery}
	wanted := normalizeValue(valueOr(q.FacetQuery, ""))
	all := faceting{MaxValuesPerFacet: len(facet.counts), SortFacetValuesBy: s.Faceting.SortFacetValuesBy}
	for _, v := range facet.distribution(&all) {
		if len(out.FacetHits) == s.Faceting.MaxValuesPerFacet {
			break
		}
		if startsAnyWord(v.key, wanted) {
			out.FacetHits = append(out.FacetHits, facetHit{v.value, v.count})
		}
	}
	out.ProcessingTimeMs = time.Since(began).Milliseconds()
	return out, nil
}

// startsAnyWord tells whether a word of value starts with prefix.
func startsAnyWord(value, prefix string) bool {
	if strings.HasPrefix(value, prefix) {
		return true
	}
	for _, word := range strings.Fields(value) {
		if strings.HasPrefix(word, prefix) {
			return true
		}
	}
	return false
}
