package engine

import (
	"slices"
	"sort"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A column holds, in memory, the values that the documents of one segment have
// for one field, as numbers into the sorted list of its terms. Filters are then
// tested, facets counted and hits sorted by reading arrays; reading postings
// and doc values per document costs tens of times more. Segments never change,
// so a column is built once, when first asked for, and lives as long as its
// segment.
type column struct {
	terms []string

	// Where every document has at most one term: by document, its term or none.
	// Empty when no document has any.
	single []uint32
	// Else the terms of each document, in order, one document after the other,
	// and by document where its terms begin; the last entry ends the last.
	list  []uint32
	start []uint32

	orders []uint64 // of orderField instead of all the above: by document, its order
}

const none = ^uint32(0)

// of lists the terms of a document, in order.
func (c *column) of(doc uint32) []uint32 {
	switch {
	case c.start != nil:
		return c.list[c.start[doc]:c.start[doc+1]]
	case len(c.single) == 0 || c.single[doc] == none:
		return nil
	}
	return c.single[doc : doc+1]
}

// from is the number of the first term that is not before text.
func (c *column) from(text string) uint32 {
	return uint32(sort.SearchStrings(c.terms, text))
}

// columns are the columns and marks of a shard's segments.
type columns struct {
	mu       sync.Mutex
	segments map[uint64]map[string]*columnSlot // by segment id and field; marks under marksField and the mark
}

// columnSlot is a column, or the documents of a mark, that is there or being
// built.
type columnSlot struct {
	once   sync.Once
	column *column
	marked markSet
	err    error
}

func (c *columns) slot(r *snapshot, of *scorch.SegmentSnapshot, name string) *columnSlot {
	c.mu.Lock()
	defer c.mu.Unlock()
	slots := c.segments[of.Id()]
	if slots == nil {
		c.forgetGone(r)
		slots = map[string]*columnSlot{}
		c.segments[of.Id()] = slots
	}
	if slots[name] == nil {
		slots[name] = &columnSlot{}
	}
	return slots[name]
}

// of returns a column of one segment of the snapshot.
func (c *columns) of(r *snapshot, at int, field string) (*column, error) {
	of := r.segments[at]
	slot := c.slot(r, of, field)
	slot.once.Do(func() { slot.column, slot.err = buildColumn(of, field) })
	return slot.column, slot.err
}

// marked returns the documents of one segment that carry a mark.
func (c *columns) marked(r *snapshot, at int, mark string) (markSet, error) {
	of := r.segments[at]
	slot := c.slot(r, of, marksField+mark)
	slot.once.Do(func() { slot.marked, slot.err = buildMarks(of, mark) })
	return slot.marked, slot.err
}

// forgetGone drops the columns of segments that were merged away. A search on
// an older snapshot may build one again, for itself.
func (c *columns) forgetGone(r *snapshot) {
	for id := range c.segments {
		if !slices.ContainsFunc(r.segments, func(s *scorch.SegmentSnapshot) bool { return s.Id() == id }) {
			delete(c.segments, id)
		}
	}
}

func buildColumn(s *scorch.SegmentSnapshot, field string) (*column, error) {
	c := &column{}
	if field == orderField {
		c.orders = make([]uint64, s.FullSize())
		return c, eachPosting(s, field, nil, nil, func(term string, doc uint32) {
			c.orders[doc], _ = strconv.ParseUint(term, 16, 64)
		})
	}
	var docs, terms []uint32
	err := eachPosting(s, field, nil, nil, func(term string, doc uint32) {
		if n := len(c.terms); n == 0 || c.terms[n-1] != term {
			c.terms = append(c.terms, term)
		}
		docs, terms = append(docs, doc), append(terms, uint32(len(c.terms)-1))
	})
	if err != nil || len(docs) == 0 {
		return c, err
	}
	start := make([]uint32, s.FullSize()+1)
	most := uint32(0)
	for _, doc := range docs {
		start[doc+1]++
		most = max(most, start[doc+1])
	}
	if most == 1 {
		c.single = make([]uint32, s.FullSize())
		for doc := range c.single {
			c.single[doc] = none
		}
		for i, doc := range docs {
			c.single[doc] = terms[i]
		}
		return c, nil
	}
	for doc := range s.FullSize() {
		start[doc+1] += start[doc]
	}
	c.start, c.list = start, make([]uint32, len(docs))
	next := slices.Clone(start)
	for i, doc := range docs { // terms come in order, so each document's do too
		c.list[next[doc]] = terms[i]
		next[doc]++
	}
	return c, nil
}

// eachPosting visits the terms of a field from one to before another, nil for
// either end, in order, and under each its documents, deleted ones too.
func eachPosting(s *scorch.SegmentSnapshot, field string, from, to []byte, visit func(term string, doc uint32)) error {
	dict, err := s.Segment().Dictionary(field)
	if err != nil {
		return err
	}
	terms := dict.AutomatonIterator(nil, from, to)
	for {
		entry, err := terms.Next()
		if err != nil || entry == nil {
			return err
		}
		term := entry.Term
		list, err := dict.PostingsList([]byte(term), nil, nil)
		if err != nil {
			return err
		}
		postings := list.Iterator(false, false, false, nil)
		for {
			p, err := postings.Next()
			if err != nil {
				return err
			}
			if p == nil {
				break
			}
			visit(term, uint32(p.Number()))
		}
	}
}

// markSet is the documents of a segment that carry a mark, one bit each.
type markSet []uint64

func (m markSet) has(doc uint32) bool { return m[doc/64]&(1<<(doc%64)) != 0 }

func buildMarks(s *scorch.SegmentSnapshot, mark string) (markSet, error) {
	m := make(markSet, s.FullSize()/64+1)
	return m, eachPosting(s, marksField, []byte(mark), []byte(mark+"\x00"), func(_ string, doc uint32) { m[doc/64] |= 1 << (doc % 64) })
}

// place finds a document of the snapshot: its segment and its number there.
func (r *snapshot) place(doc uint64) (segment int, local uint32) {
	segment = sort.Search(len(r.starts), func(i int) bool { return r.starts[i] > doc }) - 1
	return segment, uint32(doc - r.starts[segment])
}

// walker reads columns of a snapshot for documents in ascending order or not;
// it keeps the columns of the segment it is in.
type walker struct {
	r      *snapshot
	fields []string
	at     int // segment, -1 before the first
	cols   []*column
	orders *column
}

func (r *snapshot) walk(fields []string) *walker {
	return &walker{r: r, fields: fields, at: -1, cols: make([]*column, len(fields))}
}

// moveTo makes cols and orders those of the document's segment. It reports
// whether the segment changed.
func (w *walker) moveTo(doc uint64) (local uint32, changed bool, err error) {
	if w.at >= 0 && doc >= w.r.starts[w.at] && (w.at+1 == len(w.r.starts) || doc < w.r.starts[w.at+1]) {
		return uint32(doc - w.r.starts[w.at]), false, nil
	}
	w.at, local = w.r.place(doc)
	for i, f := range w.fields {
		if w.cols[i], err = w.r.columns.of(w.r, w.at, f); err != nil {
			return local, true, err
		}
	}
	w.orders, err = w.r.columns.of(w.r, w.at, orderField)
	return local, true, err
}

// order is the place of the document in the order of insertion.
func (w *walker) order(local uint32) uint64 { return w.orders.orders[local] }
