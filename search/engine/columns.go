package engine

import (
	"slices"
	"sort"
	"strconv"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// A column holds, in memory, the values that the documents of one segment have
// for one field, as numbers into the sorted list of its terms. Facets are then
// counted and hits sorted by reading arrays; reading doc values per document
// costs tens of times more. Segments never change, so a column is built once,
// when first asked for, and lives as long as its segment.
type column struct {
	terms []string
	first []uint32            // by document: its first term plus one, 0 for none
	more  map[uint32][]uint32 // by document: its further terms, in order

	orders []uint64 // of orderField instead of all the above: by document, its order
}

// each visits the terms of a document, in order.
func (c *column) each(doc uint32, visit func(term uint32)) {
	if c.first[doc] == 0 {
		return
	}
	visit(c.first[doc] - 1)
	if c.more != nil {
		for _, term := range c.more[doc] {
			visit(term)
		}
	}
}

// columns are the columns of a shard's segments.
type columns struct {
	mu       sync.Mutex
	segments map[uint64]map[string]*columnSlot // by segment id and field
}

// columnSlot is a column that is there or being built.
type columnSlot struct {
	once   sync.Once
	column *column
	err    error
}

// of returns a column of one segment of the snapshot.
func (c *columns) of(r *snapshot, at int, field string) (*column, error) {
	segment := r.segments[at]
	c.mu.Lock()
	fields := c.segments[segment.Id()]
	if fields == nil {
		c.forgetGone(r)
		fields = map[string]*columnSlot{}
		c.segments[segment.Id()] = fields
	}
	slot := fields[field]
	if slot == nil {
		slot = &columnSlot{}
		fields[field] = slot
	}
	c.mu.Unlock()
	slot.once.Do(func() { slot.column, slot.err = buildColumn(segment, field) })
	return slot.column, slot.err
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
	dict, err := s.Segment().Dictionary(field)
	if err != nil {
		return nil, err
	}
	c := &column{}
	if field == orderField {
		c.orders = make([]uint64, s.FullSize())
	} else {
		c.first = make([]uint32, s.FullSize())
	}
	terms := dict.AutomatonIterator(nil, nil, nil)
	for {
		entry, err := terms.Next()
		if err != nil {
			return nil, err
		}
		if entry == nil {
			return c, nil
		}
		term := entry.Term
		list, err := dict.PostingsList([]byte(term), nil, nil)
		if err != nil {
			return nil, err
		}
		postings := list.Iterator(false, false, false, nil)
		for {
			p, err := postings.Next()
			if err != nil {
				return nil, err
			}
			if p == nil {
				break
			}
			c.add(uint32(p.Number()), term)
		}
	}
}

// add gives a document one more term; terms come in order.
func (c *column) add(doc uint32, term string) {
	if c.orders != nil {
		c.orders[doc], _ = strconv.ParseUint(term, 16, 64)
		return
	}
	if n := len(c.terms); n == 0 || c.terms[n-1] != term {
		c.terms = append(c.terms, term)
	}
	number := uint32(len(c.terms) - 1)
	if c.first[doc] == 0 {
		c.first[doc] = number + 1
		return
	}
	if c.more == nil {
		c.more = map[uint32][]uint32{}
	}
	c.more[doc] = append(c.more[doc], number)
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
