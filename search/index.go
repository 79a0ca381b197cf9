package search

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
)

// The engine's indexes: the one in use, and the one a reindex builds beside it.
const (
	liveIndex  = "lianbang"
	buildIndex = "lianbang_build"
)

// analysis is the version of what record makes of a document. A document in the index under another version is made again
// by a reindex that starts by itself; raise it when record, the token encoding or the built-in synonyms change.
const analysis = 2

// field is one searchable part of a document. It becomes two attributes: <name>_t holds our tokens, matched exactly, and
// <name>_w Latin words, where the engine allows typos and prefixes.
type field struct {
	name   string
	named  bool // people also type it in pinyin, in <name>_p
	values func(d *api.SearchDocument) []string
}

// fields in the order of their weight.
var fields = []field{
	{"title", true, func(d *api.SearchDocument) []string { return []string{d.Title} }},
	{"org", true, func(d *api.SearchDocument) []string { return []string{d.OrgName} }},
	{"keywords", false, keywordsOf},
	{"summary", false, func(d *api.SearchDocument) []string { return []string{d.Summary} }},
	{"body", false, func(d *api.SearchDocument) []string { return []string{d.Body} }},
}

// keywordsOf is what a document is about in single words: its keywords, and the names of what its facts say.
func keywordsOf(d *api.SearchDocument) []string {
	words := slices.Clone(d.Keywords)
	for _, v := range slices.Concat(d.Facts.Chain, d.Facts.Category, d.Facts.Subservice, one(d.Facts.District)) {
		if name := nameOf(v, d.Labels); name != "" && !slices.Contains(words, name) {
			words = append(words, name)
		}
	}
	return words
}

// nameOf is the name of a fact's value: its label, or itself when it is in Chinese. A bare code has no name.
func nameOf(value string, labels map[string]string) string {
	if name := labels[value]; name != "" {
		return name
	}
	if strings.ContainsFunc(value, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return value
	}
	return ""
}

// facet is one filter people choose values of; its name is the query parameter and the attribute.
type facet struct {
	name   string
	values func(f *api.Facts) []string
}

// facets in the order they are shown.
var facets = []facet{
	{"category", func(f *api.Facts) []string { return f.Category }},
	{"subservice", func(f *api.Facts) []string { return f.Subservice }},
	{"kind", func(f *api.Facts) []string { return one(f.Kind) }},
	{"mode", func(f *api.Facts) []string { return one(f.Mode) }},
	{"chain", func(f *api.Facts) []string { return f.Chain }},
	{"industry", func(f *api.Facts) []string { return f.Industry }},
	{"district", func(f *api.Facts) []string { return one(f.District) }},
	{"tier", func(f *api.Facts) []string { return f.Tier }},
	{"state", func(f *api.Facts) []string { return one(f.State) }},
	{"capacity", func(f *api.Facts) []string { return f.Capacity }},
	{"cooperation", func(f *api.Facts) []string { return f.Cooperation }},
	{"process", func(f *api.Facts) []string { return f.Process }},
	{"certificate", func(f *api.Facts) []string { return f.Certificate }},
	{"trl", nil}, // a number
	{"budget", func(f *api.Facts) []string { return one(band(f.BudgetFen)) }},
}

// bands of budgets and prices, in fen: from the one's floor up to the next one's. Their names are in ten thousand yuan.
var bands = []struct {
	name  string
	floor int64
}{{"0-50", 1}, {"50-100", 50_000_000}, {"100-500", 100_000_000}, {"500-1000", 500_000_000}, {"1000-", 1_000_000_000}}

// band is the band an amount falls into; none for an unknown or negotiable one.
func band(fen int64) string {
	name := ""
	for _, b := range bands {
		if fen >= b.floor {
			name = b.name
		}
	}
	return name
}

// deadlineDay is the attribute of a deadline's day; the `closes` filter and its counts are sums over it.
const deadlineDay = "deadlineDay"

// shanghai is where days are counted. China keeps one time zone, without summer time.
var shanghai = time.FixedZone("CST", 8*60*60)

// dayOf numbers the days of the calendar in Shanghai, for deadlines to be counted by day.
func dayOf(t time.Time) int64 {
	_, offset := t.In(shanghai).Zone()
	return (t.Unix() + int64(offset)) / (24 * 60 * 60)
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// settings is the index's definition.
func settings() *meilisearch.Settings {
	var tokens, words, pinyin []string
	for _, f := range fields {
		tokens = append(tokens, f.name+"_t")
		words = append(words, f.name+"_w")
		if f.named {
			pinyin = append(pinyin, f.name+"_p")
		}
	}
	searchable := make([]string, 0, 2*len(fields)+len(pinyin))
	for i := range fields {
		searchable = append(searchable, tokens[i], words[i])
	}
	filterable := []string{"type", "audience", "budgetFen", "deadline", deadlineDay, "publishedAt", "putAt", "analysis"}
	for _, f := range facets {
		filterable = append(filterable, f.name)
	}
	return &meilisearch.Settings{
		SearchableAttributes: append(searchable, pinyin...),
		FilterableAttributes: filterable,
		SortableAttributes:   []string{"publishedAt", "deadline", "putAt"},
		// A chosen sort decides before everything else. Among equals the engine's own order is stable, which keeps pages apart.
		RankingRules: []string{"sort", "words", "typo", "proximity", "attribute", "exactness"},
		TypoTolerance: &meilisearch.TypoTolerance{
			Enabled: true, MinWordSizeForTypos: meilisearch.MinWordSizeForTypos{OneTypo: 5, TwoTypos: 9},
			DisableOnAttributes: append(tokens, pinyin...),
		},
		Faceting:   &meilisearch.Faceting{MaxValuesPerFacet: 1500, SortFacetValuesBy: map[string]meilisearch.SortFacetType{"*": meilisearch.SortFacetTypeCount}},
		Pagination: &meilisearch.Pagination{MaxTotalHits: 10_000_000}, // counts are exact
	}
}

// define makes an index, or brings an existing one to the settings above.
func (s *Service) define(ctx context.Context, uid string) error {
	if _, err := s.o.Engine.GetIndexWithContext(ctx, uid); err != nil {
		if !isMissing(err) {
			return engineFault(err)
		}
		info, err := s.o.Engine.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: "key"})
		var refused taskError
		if err := s.wait(ctx, info, err); err != nil && (!errors.As(err, &refused) || refused.code != "index_already_exists") {
			return err
		}
	}
	want := settings()
	have, err := s.o.Engine.Index(uid).GetSettingsWithContext(ctx)
	if err != nil {
		return engineFault(err)
	}
	if sameSettings(have, want) {
		return nil // an update would make a server index every document again
	}
	info, err := s.o.Engine.Index(uid).UpdateSettingsWithContext(ctx, want)
	return s.wait(ctx, info, err)
}

// sameSettings compares what we define; lists the engine keeps sorted are compared as sets.
func sameSettings(have, want *meilisearch.Settings) bool {
	set := func(l []string) []string { return slices.Sorted(slices.Values(l)) }
	return slices.Equal(have.SearchableAttributes, want.SearchableAttributes) &&
		slices.Equal(set(have.FilterableAttributes), set(want.FilterableAttributes)) &&
		slices.Equal(set(have.SortableAttributes), set(want.SortableAttributes)) &&
		slices.Equal(have.RankingRules, want.RankingRules) &&
		have.TypoTolerance != nil && slices.Equal(set(have.TypoTolerance.DisableOnAttributes), set(want.TypoTolerance.DisableOnAttributes)) &&
		have.Pagination != nil && have.Pagination.MaxTotalHits == want.Pagination.MaxTotalHits &&
		have.Faceting != nil && have.Faceting.MaxValuesPerFacet == want.Faceting.MaxValuesPerFacet
}

// The audiences a document can name beside organisations' ids, and those it gets from us. The tilde keeps ours apart from ids.
const (
	everybody      = "public"
	verifiedOrgs   = "verified"
	cityOperators  = "~city"
	districtPrefix = "~district:"
)

// record is a document as the engine keeps it: tokens, filters, and the document itself.
type record map[string]any

// key is a document's primary key, in the characters the engine allows.
func key(kind api.DocumentType, id string) string {
	for _, r := range id {
		if r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return string(kind) + "__" + base64.RawURLEncoding.EncodeToString([]byte(id))
		}
	}
	return string(kind) + "_" + id
}

// newRecord makes what the engine keeps of a document put at an instant.
func newRecord(kind api.DocumentType, d *api.SearchDocument, at time.Time, same *sameness) (record, error) {
	source, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	r := record{
		"key": key(kind, d.Id), "type": kind, "id": d.Id, "rev": d.Rev, "projection": d.Projection, "analysis": analysis,
		"putAt": at.UnixMilli(), "audience": audienceOf(d), "source": string(source),
	}
	for _, f := range fields {
		var t text.Tokens
		if f.named {
			t = text.IndexNamed(f.values(d)...)
			r.text(f.name+"_p", t.Syllables, t.Initials)
		} else {
			t = text.Index(f.values(d)...)
		}
		r.text(f.name+"_t", t.Pairs, t.Units, same.of(t))
		r.text(f.name+"_w", t.Words)
	}
	for _, f := range facets {
		if f.values == nil {
			continue
		}
		if v := f.values(&d.Facts); len(v) > 0 {
			r[f.name] = v
		}
	}
	r.number("trl", int64(d.Facts.Trl))
	r.number("budgetFen", d.Facts.BudgetFen)
	r.instant("deadline", d.Facts.Deadline)
	if !d.Facts.Deadline.IsZero() {
		r[deadlineDay] = dayOf(d.Facts.Deadline)
	}
	r.instant("publishedAt", d.Facts.PublishedAt)
	return r, nil
}

// newTombstone makes what stays of a removed document until housekeeping: nobody may see it, but it is newer.
func newTombstone(kind api.DocumentType, id string, at time.Time) record {
	return record{"key": key(kind, id), "type": kind, "id": id, "rev": 0, "projection": 0, "analysis": analysis,
		"putAt": at.UnixMilli(), "audience": []string{}}
}

// text sets an attribute to streams of tokens, if there are any.
func (r record) text(name string, streams ...string) {
	if s := strings.TrimSpace(strings.Join(streams, " ")); s != "" {
		r[name] = s
	}
}

func (r record) number(name string, n int64) {
	if n != 0 {
		r[name] = n
	}
}

func (r record) instant(name string, t time.Time) {
	if !t.IsZero() {
		r[name] = t.UnixMilli()
	}
}

func audienceOf(d *api.SearchDocument) []string {
	a := append(slices.Clone(d.Audience), cityOperators)
	if d.Facts.District != "" {
		a = append(a, districtPrefix+d.Facts.District)
	}
	slices.Sort(a)
	return slices.Compact(a)
}
