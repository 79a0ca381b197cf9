package engine

import (
	"context"
	"strings"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
)

// unscored asks Bleve for membership only, which lets it work on bitmaps.
var unscored = search.SearcherOptions{Score: "none"}

// filterSearcher turns a filter into a Bleve searcher over the snapshot. Every
// condition is answered by the index; no document is looked at.
func (r *snapshot) filterSearcher(ctx context.Context, f filter) (search.Searcher, error) {
	switch f := f.(type) {
	case andFilter:
		children, err := r.filterSearchers(ctx, f)
		if err != nil {
			return nil, err
		}
		return searcher.NewConjunctionSearcher(ctx, r.IndexReader, children, unscored)
	case orFilter:
		children, err := r.filterSearchers(ctx, f)
		if err != nil {
			return nil, err
		}
		return searcher.NewDisjunctionSearcher(ctx, r.IndexReader, children, 1, unscored)
	case notFilter:
		if inner, ok := f.of.(notFilter); ok {
			return r.filterSearcher(ctx, inner.of)
		}
		not, err := r.filterSearcher(ctx, f.of)
		if err != nil {
			return nil, err
		}
		all, err := searcher.NewMatchAllSearcher(ctx, r.IndexReader, 1, unscored)
		if err != nil {
			_ = not.Close()
			return nil, err
		}
		return searcher.NewBooleanSearcher(ctx, r.IndexReader, all, nil, not, unscored)
	case condition:
		return r.conditionSearcher(ctx, f)
	case idFilter:
		return searcher.NewDocIDSearcher(ctx, r.IndexReader, f, 1, unscored)
	}
	return searcher.NewMatchAllSearcher(ctx, r.IndexReader, 1, unscored)
}

func (r *snapshot) filterSearchers(ctx context.Context, list []filter) ([]search.Searcher, error) {
	children := make([]search.Searcher, 0, len(list))
	for _, f := range list {
		child, err := r.filterSearcher(ctx, f)
		if err != nil {
			closeAll(children)
			return nil, err
		}
		children = append(children, child)
	}
	return children, nil
}

func closeAll(list []search.Searcher) {
	for _, s := range list {
		_ = s.Close()
	}
}

func (r *snapshot) conditionSearcher(ctx context.Context, c condition) (search.Searcher, error) {
	switch c.op {
	case opExists:
		return r.mark(ctx, markExists+c.attribute)
	case opNull:
		return r.mark(ctx, markNull+c.attribute)
	case opEmpty:
		return r.mark(ctx, markEmpty+c.attribute)
	case opEqual, opIn:
		return r.valuesSearcher(ctx, c)
	case opContains:
		key := normalizeValue(c.values[0])
		return r.termsWhere(ctx, c.attribute, string(kindString), func(term string) bool {
			value, _ := splitStringTerm(term)
			return strings.Contains(value, key)
		})
	case opStartsWith:
		return r.termsWhere(ctx, c.attribute, string(kindString)+normalizeValue(c.values[0]), func(string) bool { return true })
	}
	return r.rangeSearcher(ctx, c)
}

func (r *snapshot) mark(ctx context.Context, mark string) (search.Searcher, error) {
	return searcher.NewTermSearcher(ctx, r.IndexReader, mark, marksField, 1, unscored)
}

// valuesSearcher finds documents that hold any of the values, as a string in
// any case or as a number.
func (r *snapshot) valuesSearcher(ctx context.Context, c condition) (search.Searcher, error) {
	var terms []string
	for _, value := range c.values {
		key := string(kindString) + clip(normalizeValue(value))
		terms = append(terms, key)
		variants, err := r.terms(c.attribute, key+originalSep, nil)
		if err != nil {
			return nil, err
		}
		terms = append(terms, variants...)
		if f, ok := parseNumber(value); ok {
			terms = append(terms, numberTerm(f))
		}
	}
	return searcher.NewMultiTermSearcher(ctx, r.IndexReader, terms, valueField+c.attribute, 1, unscored, false)
}

// terms lists the value terms of an attribute with a prefix.
func (r *snapshot) terms(attribute, prefix string, keep func(string) bool) ([]string, error) {
	dict, err := r.FieldDictPrefix(valueField+attribute, []byte(prefix))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dict.Close() }()
	var found []string
	for {
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return found, err
		}
		if keep == nil || keep(entry.Term) {
			found = append(found, entry.Term)
		}
	}
}

func (r *snapshot) termsWhere(ctx context.Context, attribute, prefix string, keep func(string) bool) (search.Searcher, error) {
	terms, err := r.terms(attribute, prefix, keep)
	if err != nil {
		return nil, err
	}
	return searcher.NewMultiTermSearcher(ctx, r.IndexReader, terms, valueField+attribute, 1, unscored, false)
}

// rangeSearcher compares numbers as numbers and strings by their characters; a
// bound that is no number says nothing about numbers.
func (r *snapshot) rangeSearcher(ctx context.Context, c condition) (search.Searcher, error) {
	b := boundsOf(c)
	strs, err := r.stringRange(ctx, c.attribute, b)
	if err != nil || !b.numeric {
		return strs, err
	}
	numbers, err := searcher.NewNumericRangeSearcher(ctx, r.IndexReader, b.minNumber, b.maxNumber, &b.minIncluded, &b.maxIncluded,
		numberField+c.attribute, 1, unscored)
	if err != nil {
		_ = strs.Close()
		return nil, err
	}
	return searcher.NewDisjunctionSearcher(ctx, r.IndexReader, []search.Searcher{numbers, strs}, 1, unscored)
}

// bounds of a comparison; a nil bound is open.
type bounds struct {
	minString, maxString     *string
	minNumber, maxNumber     *float64
	numeric                  bool
	minIncluded, maxIncluded bool
}

func boundsOf(c condition) bounds {
	b := bounds{numeric: true, minIncluded: c.op != opGreater, maxIncluded: c.op != opLess}
	setMin := func(value string) {
		key := normalizeValue(value)
		b.minString = &key
		if f, ok := parseNumber(value); ok {
			b.minNumber = &f
		} else {
			b.numeric = false
		}
	}
	setMax := func(value string) {
		key := normalizeValue(value)
		b.maxString = &key
		if f, ok := parseNumber(value); ok {
			b.maxNumber = &f
		} else {
			b.numeric = false
		}
	}
	switch c.op {
	case opGreater, opGreaterEqual:
		setMin(c.values[0])
	case opLess, opLessEqual:
		setMax(c.values[0])
	default:
		setMin(c.values[0])
		setMax(c.values[1])
	}
	return b
}

func (r *snapshot) stringRange(ctx context.Context, attribute string, b bounds) (search.Searcher, error) {
	terms, err := r.terms(attribute, string(kindString), func(term string) bool {
		key, _ := splitStringTerm(term)
		if b.minString != nil && (key < *b.minString || key == *b.minString && !b.minIncluded) {
			return false
		}
		return b.maxString == nil || key < *b.maxString || key == *b.maxString && b.maxIncluded
	})
	if err != nil {
		return nil, err
	}
	return searcher.NewMultiTermSearcher(ctx, r.IndexReader, terms, valueField+attribute, 1, unscored, false)
}

// matching lists the ids of the documents a filter keeps, or of all for nil.
func (r *snapshot) matching(f filter, ix *searchIndex) ([]string, error) {
	if err := checkFilter(f, &ix.meta.Settings, "invalid_document_filter"); err != nil {
		return nil, err
	}
	ctx := context.Background()
	s, err := r.filterSearcher(ctx, f)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	sctx := newSearchContext(r, s.DocumentMatchPoolSize()+16)
	var ids []string
	for {
		hit, err := s.Next(sctx)
		if err != nil || hit == nil {
			return ids, err
		}
		id, err := r.ExternalID(hit.IndexInternalID)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
		sctx.DocumentMatchPool.Put(hit)
	}
}

func newSearchContext(r *snapshot, pool int) *search.SearchContext {
	return &search.SearchContext{
		DocumentMatchPool: search.NewDocumentMatchPool(pool, 0),
		IndexReader:       r.IndexReader,
	}
}
