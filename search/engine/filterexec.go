package engine

import (
	"slices"
	"strings"

	"github.com/blevesearch/bleve/v2/search"
	index "github.com/blevesearch/bleve_index_api"
)

// unscored asks Bleve for membership only, which lets it work on bitmaps.
var unscored = search.SearcherOptions{Score: "none"}

// docTest tells whether a document of one segment passes a filter, by its number
// there. It reads columns; no document and no postings are looked at.
type docTest func(doc uint32) bool

// test compiles a filter for one segment: what it compares with becomes
// numbers of that segment's terms.
func (r *snapshot) test(at int, f filter) (docTest, error) {
	switch f := f.(type) {
	case andFilter:
		children, err := r.tests(at, f)
		return func(doc uint32) bool {
			for _, child := range children {
				if !child(doc) {
					return false
				}
			}
			return true
		}, err
	case orFilter:
		children, err := r.tests(at, f)
		return func(doc uint32) bool {
			for _, child := range children {
				if child(doc) {
					return true
				}
			}
			return false
		}, err
	case notFilter:
		of, err := r.test(at, f.of)
		return func(doc uint32) bool { return !of(doc) }, err
	case condition:
		return r.conditionTest(at, f)
	}
	return func(uint32) bool { return true }, nil
}

func (r *snapshot) tests(at int, list []filter) ([]docTest, error) {
	children := make([]docTest, len(list))
	for i, f := range list {
		var err error
		if children[i], err = r.test(at, f); err != nil {
			return nil, err
		}
	}
	return children, nil
}

func (r *snapshot) conditionTest(at int, c condition) (docTest, error) {
	switch c.op {
	case opExists:
		return r.markTest(at, markExists+c.attribute)
	case opNull:
		return r.markTest(at, markNull+c.attribute)
	case opEmpty:
		return r.markTest(at, markEmpty+c.attribute)
	}
	col, err := r.columns.of(r, at, valueField+c.attribute)
	if err != nil {
		return nil, err
	}
	return termTest(col, col.spans(c)), nil
}

func (r *snapshot) markTest(at int, mark string) (docTest, error) {
	marked, err := r.columns.marked(r, at, mark)
	return marked.has, err
}

// span is a stretch of a column's terms: from the first to before the second.
type span struct{ from, to uint32 }

// spans lists the terms that satisfy a condition: those that hold any of its
// values, as a string in any spelling or as a number, or lie within its bounds.
func (c *column) spans(k condition) []span {
	var list []span
	add := func(from, to uint32) {
		if from < to {
			list = append(list, span{from, to})
		}
	}
	str := string(kindString)
	switch k.op {
	case opEqual, opIn:
		for _, value := range k.values {
			key := str + clip(normalizeValue(value))
			add(c.from(key), c.from(key+afterSep))
			if f, ok := parseNumber(value); ok {
				add(c.from(numberTerm(f)), c.from(numberTerm(f)+originalSep))
			}
		}
	case opStartsWith:
		prefix := str + normalizeValue(k.values[0])
		from := c.from(prefix)
		to := from
		for int(to) < len(c.terms) && strings.HasPrefix(c.terms[to], prefix) {
			to++
		}
		add(from, to)
	case opContains:
		wanted := normalizeValue(k.values[0])
		for i := c.from(str); int(i) < len(c.terms); i++ {
			if key, _ := splitStringTerm(c.terms[i]); strings.Contains(key, wanted) {
				add(i, i+1)
			}
		}
	default:
		b := boundsOf(k)
		from, to := c.from(str), uint32(len(c.terms))
		if b.minString != nil {
			from = c.from(str + *b.minString + after(!b.minIncluded))
		}
		if b.maxString != nil {
			to = c.from(str + *b.maxString + after(b.maxIncluded))
		}
		add(from, to)
		if b.numeric {
			from, to = 0, c.from(str)
			if b.minNumber != nil {
				from = c.from(numberTerm(*b.minNumber) + after(!b.minIncluded))
			}
			if b.maxNumber != nil {
				to = c.from(numberTerm(*b.maxNumber) + after(b.maxIncluded))
			}
			add(from, to)
		}
	}
	return list
}

// afterSep follows a value behind all its spellings and before every other.
const afterSep = "\x01"

func after(past bool) string {
	if past {
		return afterSep
	}
	return ""
}

// termTest keeps the documents that have a term in one of the spans.
func termTest(c *column, spans []span) docTest {
	switch {
	case len(spans) == 0:
		return func(uint32) bool { return false }
	case len(spans) == 1 && c.start == nil:
		from, size := spans[0].from, spans[0].to-spans[0].from
		return func(doc uint32) bool { return c.single[doc]-from < size }
	case len(spans) == 1:
		from, size := spans[0].from, spans[0].to-spans[0].from
		return func(doc uint32) bool {
			for _, term := range c.of(doc) {
				if term-from < size {
					return true
				}
			}
			return false
		}
	}
	wanted := make([]bool, len(c.terms))
	for _, s := range spans {
		for term := s.from; term < s.to; term++ {
			wanted[term] = true
		}
	}
	return func(doc uint32) bool {
		for _, term := range c.of(doc) {
			if wanted[term] {
				return true
			}
		}
		return false
	}
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

// filterCursor tests documents against a filter, or walks those that pass it;
// either way in ascending order.
type filterCursor struct {
	r    *snapshot
	of   filter   // nil: everything passes
	only []uint64 // when not nil, the documents to walk

	at   int // the segment that pass is compiled for, -1 before the first
	pass docTest

	id    index.IndexInternalID
	doc   uint64 // to look at next
	total uint64
}

// filtered opens a filter; nil keeps all documents.
func (r *snapshot) filtered(f filter) (*filterCursor, error) {
	c := &filterCursor{r: r, of: f, at: -1}
	if n := len(r.segments); n > 0 {
		c.total = r.starts[n-1] + uint64(r.segments[n-1].FullSize())
	}
	ids, ok := f.(idFilter)
	if and, both := f.(andFilter); both && !ok { // as withIDs joins them
		if ids, ok = and[len(and)-1].(idFilter); ok {
			c.of = and[:len(and)-1]
		}
	}
	if !ok {
		return c, nil
	}
	c.only = []uint64{}
	for _, id := range ids {
		internal, err := r.InternalID(id)
		if err != nil {
			return nil, err
		}
		if len(internal) > 0 {
			c.only = append(c.only, internal.Value())
		}
	}
	slices.Sort(c.only)
	c.only = slices.Compact(c.only)
	return c, nil
}

// keeps tests one document.
func (c *filterCursor) keeps(doc uint64) (bool, error) {
	if c.of == nil {
		return true, nil
	}
	at, local := c.r.place(doc)
	if at != c.at {
		var err error
		if c.pass, err = c.r.test(at, c.of); err != nil {
			return false, err
		}
		c.at = at
	}
	return c.pass(local), nil
}

// next walks to the next document that passes, nil at the end.
func (c *filterCursor) next() (index.IndexInternalID, error) {
	for {
		doc, ok := c.candidate()
		if !ok {
			return nil, nil
		}
		kept, err := c.keeps(doc)
		if err != nil {
			return nil, err
		}
		if kept {
			c.id = index.NewIndexInternalID(c.id, doc)
			return c.id, nil
		}
	}
}

// candidate is the next document that is not deleted.
func (c *filterCursor) candidate() (uint64, bool) {
	if c.only != nil {
		if len(c.only) == 0 {
			return 0, false
		}
		doc := c.only[0]
		c.only = c.only[1:]
		return doc, true
	}
	for c.doc < c.total {
		doc := c.doc
		c.doc++
		at, local := c.r.place(doc)
		if deleted := c.r.segments[at].Deleted(); deleted == nil || !deleted.Contains(local) {
			return doc, true
		}
	}
	return 0, false
}

// matching lists the ids of the documents a filter keeps, or of all for nil.
func (r *snapshot) matching(f filter, ix *searchIndex) ([]string, error) {
	if err := checkFilter(f, &ix.meta.Settings, "invalid_document_filter"); err != nil {
		return nil, err
	}
	c, err := r.filtered(f)
	if err != nil {
		return nil, err
	}
	var ids []string
	for {
		internal, err := c.next()
		if err != nil || internal == nil {
			return ids, err
		}
		id, err := r.ExternalID(internal)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
}

func closeAll(list []search.Searcher) {
	for _, s := range list {
		_ = s.Close()
	}
}

func newSearchContext(r *snapshot, pool int) *search.SearchContext {
	return &search.SearchContext{
		DocumentMatchPool: search.NewDocumentMatchPool(pool, 0),
		IndexReader:       r.IndexReader,
	}
}
