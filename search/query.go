package search

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// Ask is one search.
type Ask struct {
	Actor access.Actor
	Query string
	Type  string // a document type, or "all" or empty for every type
	// Chosen values by facet name; values of one facet are alternatives.
	Chosen                        map[string][]string
	BudgetMin, BudgetMax          int64 // fen; 0 leaves an end open
	DeadlineAfter, DeadlineBefore time.Time
	Closes                        int    // closes today or within so many days; 0 is any time
	Sort                          string // relevance, newest, deadline or nearest; empty is relevance
	Near                          string // a district, for nearest
	ForMe                         bool   // give each hit its match with the actor's organisation
	Page, PageSize                int    // from 1
}

const everyType = "all"

// audience lists the tokens an actor may see documents of.
func audience(a access.Actor) []string {
	seen := []string{everybody}
	if a.OrgID != "" {
		seen = append(seen, a.OrgID)
		if a.Verified {
			seen = append(seen, verifiedOrgs)
		}
	}
	switch {
	case a.Staff == access.CityOperator:
		seen = append(seen, cityOperators)
	case a.Staff == access.DistrictOperator && a.District != "":
		seen = append(seen, districtPrefix+a.District)
	}
	return seen
}

func (e *entry) visibleTo(tokens []string) bool {
	return slices.ContainsFunc(tokens, func(t string) bool { return slices.Contains(e.audience, t) })
}

// conditions are the parts of a filter by the facet they belong to, so that each can be left out when its own values are
// counted.
type conditions struct {
	names []string
	exprs map[string]string
}

func (c *conditions) add(name, expr string) {
	c.names = append(c.names, name)
	c.exprs[name] = expr
}

// filter is all conditions but one; the audience is always among them.
func (c *conditions) filter(without string, more ...string) string {
	var parts []string
	for _, n := range c.names {
		if n != without {
			parts = append(parts, c.exprs[n])
		}
	}
	for _, m := range more {
		if m != "" {
			parts = append(parts, m)
		}
	}
	return strings.Join(parts, " AND ")
}

func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func in(attribute string, values []string) string {
	q := make([]string, len(values))
	for i, v := range values {
		q[i] = quoted(v)
	}
	return attribute + " IN [" + strings.Join(q, ", ") + "]"
}

func (a *Ask) conditions(now time.Time) *conditions {
	c := &conditions{exprs: map[string]string{}}
	c.add("audience", in("audience", audience(a.Actor)))
	if a.Type != "" && a.Type != everyType {
		c.add("type", "type = "+quoted(a.Type))
	}
	for _, f := range facets {
		if v := a.Chosen[f.name]; len(v) > 0 {
			c.add(f.name, in(f.name, v))
		}
	}
	c.addRange("budgetMin", "budgetFen", a.BudgetMin, a.BudgetMax)
	c.addRange("deadlineBefore", "deadline", millisOf(a.DeadlineAfter), millisOf(a.DeadlineBefore))
	if a.Closes > 0 {
		c.addRange(deadlineDay, deadlineDay, dayOf(now), dayOf(now)+int64(a.Closes))
	}
	return c
}

// addRange adds a condition on a number between two ends, both included; 0 leaves an end open.
func (c *conditions) addRange(name, attribute string, from, to int64) {
	var parts []string
	if from > 0 {
		parts = append(parts, attribute+" >= "+strconv.FormatInt(from, 10))
	}
	if to > 0 {
		parts = append(parts, attribute+" <= "+strconv.FormatInt(to, 10))
	}
	if len(parts) > 0 {
		c.add(name, strings.Join(parts, " AND "))
	}
}

func millisOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// tier is a stretch of a sorted result: the documents of the first come before those of the second.
type tier struct {
	filter string
	sort   []string
}

// order says in which stretches and how each is sorted. One stretch without a filter is everything.
func (s *Service) order(a *Ask) []tier {
	newest := []string{"publishedAt:desc"}
	relevance := newest // nothing is asked for: all are equally relevant
	if strings.TrimSpace(a.Query) != "" {
		relevance = nil
	}
	switch a.Sort {
	case "newest":
		return []tier{{sort: newest}}
	case "deadline":
		now := strconv.FormatInt(s.o.Now().UnixMilli(), 10)
		return []tier{
			{"deadline >= " + now, []string{"deadline:asc"}},
			{"deadline < " + now, []string{"deadline:desc"}},
			{"deadline NOT EXISTS", newest},
		}
	case "nearest":
		if near := s.near(a); near != "" {
			var out []tier
			var placed []string
			for _, ring := range cityMap.rings(near) {
				out, placed = append(out, tier{in("district", ring), relevance}), append(placed, ring...)
			}
			return append(out, tier{"NOT " + in("district", placed), relevance})
		}
	}
	return []tier{{sort: relevance}}
}

// near is the district the reader means: the one asked for, else the operator's, else the organisation's.
func (s *Service) near(a *Ask) string {
	if a.Near != "" || a.Actor.District != "" {
		return cmp.Or(a.Near, a.Actor.District)
	}
	if e := s.memory.get(key(api.DocumentTypeOrganisation, a.Actor.OrgID)); e != nil {
		return e.facts.District
	}
	return ""
}

// words is what the engine is asked for.
type words struct {
	query    string
	strategy meilisearch.MatchingStrategy
	relaxed  api.SearchPageRelaxed
}

// Search answers one page with its counts. All of it is limited to what the actor may see.
func (s *Service) Search(ctx context.Context, a Ask) (api.SearchPage, error) {
	began := time.Now()
	cs, stretches := a.conditions(s.o.Now()), s.order(&a)
	page := api.SearchPage{Query: a.Query, Page: a.Page, PageSize: a.PageSize, Hits: []api.Hit{}, Relaxed: api.None}
	asked := text.Query(a.Query)
	w := words{s.table().same.query(asked.Exact), meilisearch.All, api.None}
	if strings.TrimSpace(a.Query) != "" && asked.Exact == "" { // nothing but punctuation: nothing holds it
		cs.add("nothing", "audience IS EMPTY AND audience IS NOT EMPTY")
	}
	found, nowhere := &answer{}, false
	if !isLong(a.Query) {
		var err error
		if found, err = s.ask(ctx, &a, cs, stretches, w); err != nil {
			return page, err
		}
	}
	if found.total == 0 && asked.Exact != "" {
		relaxed, err := s.relax(ctx, &a, asked)
		if err != nil {
			return page, err
		}
		if relaxed.query != "" && relaxed.query != w.query {
			if found, err = s.ask(ctx, &a, cs, stretches, relaxed); err != nil {
				return page, err
			}
			w = relaxed
		}
		nowhere = relaxed.query == ""
	}
	if found.total == 0 && !nowhere {
		var err error
		if page.Without, err = s.without(ctx, cs, w); err != nil {
			return page, err
		}
	}
	page.Relaxed, page.Total, page.Types = w.relaxed, found.total, found.types()
	page.Facets = found.facets(&a, s.o.Now())
	var shown []*api.SearchDocument
	for _, h := range found.hits {
		d, err := h.document()
		if err != nil {
			return page, err
		}
		if d != nil {
			page.Hits, shown = append(page.Hits, s.hit(&h, d, &a)), append(shown, d)
		}
	}
	page.DidYouMean = s.meant(ctx, &a, w, shown, len(page.Without) > 0)
	if a.ForMe {
		page.WeightsVersion = s.memory.match.Version()
	}
	if a.Page == 1 && w.relaxed == api.None && slices.ContainsFunc(found.hits, s.public) {
		s.popular.note(ctx, a.Actor, a.Query)
	}
	page.TookMs = float64(time.Since(began).Microseconds()) / 1000
	return page, nil
}

// everyFilter stands for all filters where leaving out a single one would not do.
const everyFilter = "all"

// without counts, for a search that found nothing, what leaving out each one of its filters would find; those that would find
// something, the most first. When none would, it counts leaving out all of them.
func (s *Service) without(ctx context.Context, cs *conditions, w words) ([]api.FilterCount, error) {
	m := &meilisearch.MultiSearchRequest{}
	var names []string
	for _, name := range cs.names {
		if name != "audience" && name != "nothing" {
			m.Queries, names = append(m.Queries, w.count(cs.filter(name))), append(names, name)
		}
	}
	if len(m.Queries) == 0 {
		return nil, nil
	}
	m.Queries, names = append(m.Queries, w.count(cs.exprs["audience"])), append(names, everyFilter)
	results, err := s.multi(ctx, m)
	if err != nil {
		return nil, err
	}
	var out []api.FilterCount
	for i, r := range results {
		if r.TotalHits == 0 || names[i] == everyFilter && len(out) > 0 {
			continue
		}
		if names[i] == deadlineDay {
			names[i] = closesFacet
		}
		out = append(out, api.FilterCount{Name: names[i], Count: r.TotalHits})
	}
	slices.SortStableFunc(out, func(a, b api.FilterCount) int { return cmp.Compare(b.Count, a.Count) })
	return out, nil
}

// public says whether everybody may see a hit: what only some find must not become popular.
func (s *Service) public(r stored) bool {
	e := s.memory.get(r.Key)
	return e != nil && slices.Contains(e.audience, everybody)
}

// relax looks for another reading of a query that nothing answers, filters apart: with a synonym in it, as pinyin, then by its
// telling parts. Empty words mean that there is none; the query itself, that it does find something, only not with these filters.
func (s *Service) relax(ctx context.Context, a *Ask, asked text.Asked) (words, error) {
	var readings []words
	if !isLong(a.Query) {
		readings = append(readings, words{s.table().same.query(asked.Exact), meilisearch.All, api.None})
		for _, v := range s.table().synonyms.Variants(a.Query, 4) {
			readings = append(readings, words{text.Query(v).Exact, meilisearch.All, api.None})
		}
		for _, p := range asked.Pinyin {
			readings = append(readings, words{p, meilisearch.All, api.Pinyin})
		}
	}
	whole := len(readings)
	parts := terms(asked.Loose)
	for _, t := range parts {
		readings = append(readings, words{s.table().same.query(t), meilisearch.All, api.Some})
	}
	counts, err := s.counts(ctx, a, readings)
	if err != nil {
		return words{}, err
	}
	var telling []string
	for i, n := range counts {
		switch {
		case n == 0:
		case i < whole:
			return readings[i], nil
		default:
			telling = append(telling, readings[i].query)
		}
	}
	if len(telling) == 0 {
		if telling, err = s.rarest(ctx, a, parts); err != nil {
			return words{}, err
		}
	}
	// The engine lets terms go from the last on, never the first: one that nothing holds must not be among them.
	return words{strings.Join(telling, " "), meilisearch.Last, api.Some}, nil
}

// counts is how many documents the actor may see each reading finds, filters apart.
func (s *Service) counts(ctx context.Context, a *Ask, readings []words) ([]int64, error) {
	m := &meilisearch.MultiSearchRequest{}
	for _, w := range readings {
		m.Queries = append(m.Queries, w.count(in("audience", audience(a.Actor))))
	}
	if len(m.Queries) == 0 {
		return nil, nil
	}
	results, err := s.multi(ctx, m)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(results))
	for i, r := range results {
		out[i] = r.TotalHits
	}
	return out, nil
}

const (
	maxParts = 24 // pairs of characters looked at
	keptOnes = 8  // of them asked for, the rarest first
)

// rarest cuts phrases that nothing holds into pairs of characters and answers those that something holds, the rarest, and so the
// most telling, first.
func (s *Service) rarest(ctx context.Context, a *Ask, phrases []string) ([]string, error) {
	var pairs []words
	for _, p := range phrases {
		tokens := strings.Fields(strings.Trim(p, `"`))
		for _, t := range tokens {
			if len(tokens) > 1 && len(pairs) < maxParts {
				pairs = append(pairs, words{`"` + t + `"`, meilisearch.All, api.Some})
			}
		}
	}
	counts, err := s.counts(ctx, a, pairs)
	if err != nil {
		return nil, err
	}
	type pair struct {
		query string
		n     int64
	}
	var held []pair
	for i, n := range counts {
		if n > 0 && !slices.ContainsFunc(held, func(p pair) bool { return p.query == pairs[i].query }) {
			held = append(held, pair{pairs[i].query, n})
		}
	}
	slices.SortStableFunc(held, func(a, b pair) int { return cmp.Compare(a.n, b.n) })
	var out []string
	for _, p := range held[:min(len(held), keptOnes)] {
		out = append(out, p.query)
	}
	return out, nil
}

// isLong says that a query is a description rather than words to be found as they are: beyond the longest title there is.
func isLong(query string) bool { return utf8.RuneCountInString(query) > 128 }

// terms cuts an engine query of text's into its terms.
func terms(query string) []string {
	var out []string
	for query = strings.TrimSpace(query); query != ""; query = strings.TrimSpace(query) {
		if inside, rest, ok := strings.Cut(query[1:], `"`); ok && query[0] == '"' {
			out, query = append(out, `"`+inside+`"`), rest
			continue
		}
		word, rest, _ := strings.Cut(query, " ")
		out, query = append(out, word), rest
	}
	return out
}

// answer is what the engine found.
type answer struct {
	total  int64
	hits   []stored
	counts map[string]map[string]int64 // by facet, by value
}

// ask runs a query, mostly in one request: the page, the counts of facets nothing is chosen of, and one count for each facet
// with a choice (without that choice).
func (s *Service) ask(ctx context.Context, a *Ask, cs *conditions, stretches []tier, w words) (*answer, error) {
	base := w.count(cs.filter(""))
	m := &meilisearch.MultiSearchRequest{Queries: []*meilisearch.SearchRequest{base}}
	alone := []string{""} // which facet each count is about
	for _, name := range facetNames {
		if _, chosen := cs.exprs[name]; !chosen {
			base.Facets = append(base.Facets, name)
			continue
		}
		q := w.count(cs.filter(name))
		q.Facets = []string{name}
		m.Queries, alone = append(m.Queries, q), append(alone, name)
	}
	// The page is asked of the first stretch, where it mostly lies. Of everything it is the base query's own.
	first := base
	if len(stretches) > 1 {
		first = w.count(cs.filter("", stretches[0].filter))
		m.Queries = append(m.Queries, first)
	}
	size := int64(a.PageSize)
	first.HitsPerPage, first.Page, first.Sort = &size, int64(a.Page), stretches[0].sort
	results, err := s.multi(ctx, m)
	if err != nil {
		return nil, err
	}
	found := &answer{total: results[0].TotalHits, counts: map[string]map[string]int64{}}
	for i, name := range alone {
		counts := map[string]map[string]int64{}
		if len(results[i].FacetDistribution) > 0 {
			if err := json.Unmarshal(results[i].FacetDistribution, &counts); err != nil {
				return nil, err
			}
		}
		for facet, values := range counts {
			if name == "" || name == facet {
				found.counts[facet] = values
			}
		}
	}
	paged := results[0]
	if len(stretches) > 1 {
		paged = results[len(results)-1]
	}
	if found.hits, err = decode(paged.Hits); err != nil || len(stretches) == 1 {
		return found, err
	}
	return found, s.goOn(ctx, a, cs, stretches, w, paged.TotalHits, found)
}

// count is a query that only counts.
func (w words) count(filter string) *meilisearch.SearchRequest {
	var zero int64
	return &meilisearch.SearchRequest{IndexUID: liveIndex, Query: w.query, MatchingStrategy: w.strategy, Filter: filter,
		HitsPerPage: &zero, Page: 1, AttributesToRetrieve: sourceFields}
}

// goOn fills a page that the first stretch, of a known size, does not fill from the stretches after it.
func (s *Service) goOn(ctx context.Context, a *Ask, cs *conditions, stretches []tier, w words, first int64, found *answer) error {
	before := first
	for i, t := range stretches[1:] {
		from := max(0, int64(a.Page-1)*int64(a.PageSize)-before)
		left := int64(a.PageSize - len(found.hits))
		if left == 0 || before >= found.total {
			return nil
		}
		q := w.count(cs.filter("", t.filter))
		size := found.total - before // all that is left, for the last stretch
		if i+2 < len(stretches) {
			results, err := s.multi(ctx, &meilisearch.MultiSearchRequest{Queries: []*meilisearch.SearchRequest{q}})
			if err != nil {
				return err
			}
			size = results[0].TotalHits
		}
		before += size
		if from >= size {
			continue
		}
		q.HitsPerPage, q.Page, q.Sort, q.Offset, q.Limit = nil, 0, t.sort, from, left
		results, err := s.multi(ctx, &meilisearch.MultiSearchRequest{Queries: []*meilisearch.SearchRequest{q}})
		if err != nil {
			return err
		}
		hits, err := decode(results[0].Hits)
		if err != nil {
			return err
		}
		found.hits = append(found.hits, hits...)
	}
	return nil
}

func (s *Service) multi(ctx context.Context, m *meilisearch.MultiSearchRequest) ([]meilisearch.SearchResponse, error) {
	r, err := s.o.Engine.MultiSearchWithContext(ctx, m)
	if err != nil {
		return nil, engineFault(err)
	}
	if len(r.Results) != len(m.Queries) {
		return nil, errors.New("search engine: some queries were not answered")
	}
	return r.Results, nil
}

func decode(hits meilisearch.Hits) ([]stored, error) {
	out := make([]stored, len(hits))
	for i, h := range hits {
		if err := h.DecodeInto(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var facetNames = func() []string {
	names := []string{"type", deadlineDay}
	for _, f := range facets {
		names = append(names, f.name)
	}
	return names
}()

// documentTypes in the order of their tabs.
var documentTypes = []api.DocumentType{api.DocumentTypeDemand, api.DocumentTypeProvider, api.DocumentTypeAchievement, api.DocumentTypeCapability, api.DocumentTypeOrganisation}

type typeCount = struct {
	Count int64  `json:"count"`
	Type  string `json:"type"`
}

func (r *answer) types() []typeCount {
	all := typeCount{Type: everyType}
	out := []typeCount{all}
	for _, t := range documentTypes {
		n := r.counts["type"][string(t)]
		out = append(out, typeCount{Type: string(t), Count: n})
		out[0].Count += n
	}
	return out
}

// closesFacet is the filter over deadlineDay; its values are numbers of days, each holding the ones before it.
const closesFacet = "closes"

var closesWithin = []int{7, 30, 90}

// closes counts what closes today or within each number of days.
func (r *answer) closes(chosen int, now time.Time) api.Facet {
	shown := api.Facet{Name: closesFacet}
	for _, days := range closesWithin {
		var sum int64
		for day, n := range r.counts[deadlineDay] {
			if at, err := strconv.ParseInt(day, 10, 64); err == nil && at >= dayOf(now) && at <= dayOf(now)+int64(days) {
				sum += n
			}
		}
		if sum > 0 || chosen == days {
			shown.Values = append(shown.Values, api.FacetValue{Value: strconv.Itoa(days), Count: sum, Selected: chosen == days})
		}
	}
	return shown
}

func (r *answer) facets(a *Ask, now time.Time) []api.Facet {
	chosen := a.Chosen
	out := make([]api.Facet, 0, len(facets))
	for _, f := range facets {
		shown := api.Facet{Name: f.name}
		add := func(v string, n int64, selected bool) {
			shown.Values = append(shown.Values, api.FacetValue{Value: v, Count: n, Selected: selected})
		}
		counts := r.counts[f.name]
		for v, n := range counts {
			add(v, n, slices.Contains(chosen[f.name], v))
		}
		for _, v := range chosen[f.name] {
			if _, there := counts[v]; !there {
				add(v, 0, true)
			}
		}
		if len(shown.Values) == 0 {
			continue
		}
		slices.SortFunc(shown.Values, func(a, b api.FacetValue) int {
			return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
		})
		out = append(out, shown)
	}
	if closes := r.closes(a.Closes, now); len(closes.Values) > 0 {
		out = append(out, closes)
	}
	return out
}

const snippetRunes = 120

// hit shows a document as a result.
func (s *Service) hit(r *stored, d *api.SearchDocument, a *Ask) api.Hit {
	h := api.Hit{Type: r.Type, Id: d.Id, Rev: d.Rev, OrgId: d.OrgId, Url: d.Url, Facts: d.Facts,
		Title: s.marked(d.Title, a.Query), Snippet: s.snippet(d, a.Query)}
	if d.OrgName != "" {
		h.OrgName = s.marked(d.OrgName, a.Query)
	}
	if a.ForMe && a.Actor.OrgID != "" {
		if m, ok := s.pair(key(api.DocumentTypeOrganisation, a.Actor.OrgID), r.Key); ok {
			h.Match.Score, h.Match.Reasons = m.Score, s.reasons(m.Reasons)
		}
	}
	return h
}

func (s *Service) marked(t, query string) api.MarkedText {
	return api.MarkedText{Text: t, Marks: marks(t, text.Highlight(t, query, s.table().synonyms))}
}

// snippet is the one of summary, body and keywords that shows the longest part of the query, or the beginning of what there is.
func (s *Service) snippet(d *api.SearchDocument, query string) api.MarkedText {
	shown, first := api.MarkedText{Marks: []api.Mark{}}, ""
	longest := 0
	for _, t := range []string{d.Summary, d.Body, strings.Join(keywordsOf(d), "、")} {
		first = cmp.Or(first, t)
		if t == "" || query == "" {
			continue
		}
		part, spans := text.Snippet(t, query, snippetRunes, s.table().synonyms)
		for _, sp := range spans {
			if n := sp.End - sp.Start; n > longest {
				longest, shown = n, api.MarkedText{Text: part, Marks: marks(part, spans)}
			}
		}
	}
	if longest == 0 {
		shown.Text, _ = text.Snippet(first, "", snippetRunes, nil)
	}
	return shown
}

// marks turns byte spans into the UTF-16 positions JavaScript counts in.
func marks(t string, spans []text.Span) []api.Mark {
	out := make([]api.Mark, 0, len(spans))
	at, units := 0, 0
	advance := func(to int) int {
		for at < to {
			r, size := utf8.DecodeRuneInString(t[at:])
			at += size
			units += max(1, runeUnits(r))
		}
		return units
	}
	for _, s := range spans {
		start := advance(s.Start)
		out = append(out, api.Mark{Start: start, Length: advance(s.End) - start})
	}
	return out
}

// runeUnits is how many UTF-16 code units a character takes.
func runeUnits(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Refuse page depths nobody reads before the engine spends time on them.
const deepest = 100_000

func (a *Ask) check() error {
	if a.Page*a.PageSize > deepest {
		return fault.Bad(fault.Field{Path: "page", Code: "too_large", Detail: "at most " + strconv.Itoa(deepest) + " results can be paged through"})
	}
	return nil
}
