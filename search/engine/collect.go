package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	index "github.com/blevesearch/bleve_index_api"
)

// rankRule is one key of the order of hits.
type rankRule struct {
	by         rankBy
	attribute  string // for byValue
	descending bool
}

type rankBy int

const (
	byWords rankBy = iota
	byTypos
	byScore
	byValue
)

// rankRules turns the index's ranking rules and the request's sort into keys.
// The relevance rules Meilisearch has beside words and typo are one score,
// placed after sort.
func rankRules(s *settings, sort []rankRule, text bool) []rankRule {
	var rules []rankRule
	for _, rule := range s.RankingRules {
		switch rule {
		case "words":
			rules = append(rules, rankRule{by: byWords})
		case "typo":
			rules = append(rules, rankRule{by: byTypos})
		case "sort":
			rules = append(rules, sort...)
		default:
			if m := customRule.FindStringSubmatch(rule); m != nil {
				rules = append(rules, rankRule{by: byValue, attribute: m[1], descending: m[2] == "desc"})
			}
		}
	}
	if text {
		return append(rules, rankRule{by: byScore})
	}
	kept := rules[:0]
	for _, r := range rules {
		if r.by == byValue {
			kept = append(kept, r)
		}
	}
	return kept
}

// hit is one document in the order of hits. Its keys are fetched only when
// they are needed to tell it from another.
type hit struct {
	id    index.IndexInternalID
	match textMatch
	keys  []sortKey // of the byValue rules, in order
	order uint64    // 0 until fetched; orders are kept plus one
	group string    // the distinct value
}

// sortKey is a value to sort by. Numbers come before strings and strings
// before nothing, in both directions.
type sortKey struct {
	kind byte // kindNumber, kindString, or 0 for no value
	key  string
}

// collector keeps the best hits of a ladder and counts facets on the way.
type collector struct {
	rules     []rankRule
	keep      int // how many of the best hits are wanted; -1 for all
	facets    []*facetCount
	distinct  string
	threshold func(textMatch) bool // nil: every match counts

	total int
	hits  []*hit // a heap with the worst kept hit at the top

	orders    index.DocValueReader
	values    index.DocValueReader
	valueKeys []rankRule
	byField   map[string][]func(term []byte)
	scratch   hit
	groups    map[string]*hit
}

// open prepares reading the values the rules and facets need.
func (c *collector) open(r *snapshot) error {
	var err error
	if c.orders, err = r.DocValueReader([]string{orderField}); err != nil {
		return err
	}
	c.byField = map[string][]func([]byte){}
	for _, rule := range c.rules {
		if rule.by != byValue {
			continue
		}
		at := len(c.valueKeys)
		c.valueKeys = append(c.valueKeys, rule)
		c.scratch.keys = append(c.scratch.keys, sortKey{})
		c.byField[valueField+rule.attribute] = append(c.byField[valueField+rule.attribute], func(term []byte) {
			c.scratch.keys[at].offer(term, rule.descending)
		})
	}
	for _, f := range c.facets {
		c.byField[valueField+f.attribute] = append(c.byField[valueField+f.attribute], f.count)
	}
	if c.distinct != "" {
		c.groups = map[string]*hit{}
		c.byField[valueField+c.distinct] = append(c.byField[valueField+c.distinct], func(term []byte) {
			if c.scratch.group == "" {
				key := string(term)
				if term[0] == kindString {
					key, _, _ = strings.Cut(key, originalSep)
				}
				c.scratch.group = key
			}
		})
	}
	if len(c.byField) == 0 {
		return nil
	}
	fields := make([]string, 0, len(c.byField))
	for f := range c.byField {
		fields = append(fields, f)
	}
	c.values, err = r.DocValueReader(fields)
	return err
}

// offer takes the value if it sorts before what the key holds.
func (k *sortKey) offer(term []byte, descending bool) {
	kind, body := term[0], term[1:]
	if kind == kindString {
		for i, b := range body {
			if b == originalSep[0] {
				body = body[:i]
				break
			}
		}
	}
	switch {
	case k.kind == 0 || kind == kindNumber && k.kind == kindString:
	case kind != k.kind:
		return
	case descending != (string(body) > k.key):
		return
	}
	k.kind, k.key = kind, string(body)
}

func compareKeys(a, b sortKey, descending bool) int {
	if a.kind != b.kind {
		return rankOfKind(a.kind) - rankOfKind(b.kind)
	}
	if descending {
		return strings.Compare(b.key, a.key)
	}
	return strings.Compare(a.key, b.key)
}

func rankOfKind(kind byte) int {
	switch kind {
	case kindNumber:
		return 0
	case kindString:
		return 1
	}
	return 2
}

// checkEvery is how many documents pass between looks at the deadline.
const checkEvery = 1024

// collect runs the ladder to its end, or until ctx ends: an index whose
// settings cut searches off (searchCutoffMs) gets what was found by then.
func (c *collector) collect(ctx context.Context, r *snapshot, l *ladder) error {
	sctx := newSearchContext(r, l.poolSize())
	visit := func(field string, term []byte) {
		for _, f := range c.byField[field] {
			f(term)
		}
	}
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			return nil
		}
		more, err := l.next(sctx)
		if err != nil || !more {
			return err
		}
		if c.threshold != nil && !c.threshold(l.match) {
			continue
		}
		c.total++
		c.scratch.match = l.match
		c.scratch.id = append(c.scratch.id[:0], l.id...)
		c.scratch.order = 0
		c.scratch.group = ""
		for i := range c.scratch.keys {
			c.scratch.keys[i] = sortKey{}
		}
		if c.values != nil {
			if err := c.values.VisitDocValues(l.id, visit); err != nil {
				return err
			}
		}
		if err := c.take(); err != nil {
			return err
		}
	}
}

// inOrder lists the documents a ladder keeps in the order of insertion: the
// page at offset, and how many there are. It serves clients that walk a whole
// index page by page, for which ranking each page would cost too much.
func inOrder(r *snapshot, l *ladder, offset, limit int) ([]index.IndexInternalID, int, error) {
	orders, err := r.DocValueReader([]string{orderField})
	if err != nil {
		return nil, 0, err
	}
	type place struct{ order, id uint64 }
	var all []place
	var order uint64
	visit := func(_ string, term []byte) { order, _ = strconv.ParseUint(string(term), 16, 64) }
	sctx := newSearchContext(r, l.poolSize())
	for {
		more, err := l.next(sctx)
		if err != nil {
			return nil, 0, err
		}
		if !more {
			break
		}
		if err := orders.VisitDocValues(l.id, visit); err != nil {
			return nil, 0, err
		}
		all = append(all, place{order, l.id.Value()})
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.order, b.order) })
	page := all[min(offset, len(all)):]
	page = page[:min(limit, len(page))]
	ids := make([]index.IndexInternalID, len(page))
	for i, p := range page {
		ids[i] = index.NewIndexInternalID(nil, p.id)
	}
	return ids, len(all), nil
}

// take keeps the scratch hit if it is among the best so far.
func (c *collector) take() error {
	if c.groups != nil && c.scratch.group != "" {
		return c.takeDistinct()
	}
	switch {
	case c.keep == 0:
		return nil
	case c.keep < 0 || len(c.hits) < c.keep:
		if err := c.fetchOrder(&c.scratch); err != nil {
			return err
		}
		c.hits = append(c.hits, c.scratch.clone())
		return c.up(len(c.hits) - 1)
	}
	better, err := c.before(&c.scratch, c.hits[0])
	if err != nil || !better {
		return err
	}
	// A kept hit fetches its order now, while the reader is at its place:
	// going back for it later would unpack the same block again.
	if err := c.fetchOrder(&c.scratch); err != nil {
		return err
	}
	c.hits[0].copyFrom(&c.scratch)
	return c.down(0)
}

// takeDistinct keeps the best hit of each group; which hits are wanted is
// known only at the end.
func (c *collector) takeDistinct() error {
	present := c.groups[c.scratch.group]
	if present == nil {
		c.groups[c.scratch.group] = c.scratch.clone()
		return nil
	}
	c.total--
	better, err := c.before(&c.scratch, present)
	if err == nil && better {
		present.copyFrom(&c.scratch)
	}
	return err
}

func (h *hit) clone() *hit {
	fresh := &hit{}
	fresh.copyFrom(h)
	return fresh
}

func (h *hit) copyFrom(from *hit) {
	h.id = append(h.id[:0], from.id...)
	h.keys = append(h.keys[:0], from.keys...)
	h.match, h.order, h.group = from.match, from.order, from.group
}

// before tells whether a ranks before b; no two documents rank alike.
func (c *collector) before(a, b *hit) (bool, error) {
	value := 0
	for _, rule := range c.rules {
		cmp := 0
		switch rule.by {
		case byWords:
			cmp = b.match.words - a.match.words
		case byTypos:
			cmp = a.match.typos - b.match.typos
		case byScore:
			switch {
			case a.match.score > b.match.score:
				cmp = -1
			case a.match.score < b.match.score:
				cmp = 1
			}
		case byValue:
			cmp = compareKeys(a.keys[value], b.keys[value], rule.descending)
			value++
		}
		if cmp != 0 {
			return cmp < 0, nil
		}
	}
	if err := c.fetchOrder(a); err != nil {
		return false, err
	}
	if err := c.fetchOrder(b); err != nil {
		return false, err
	}
	return a.order < b.order, nil
}

func (c *collector) fetchOrder(h *hit) error {
	if h.order != 0 {
		return nil
	}
	return c.orders.VisitDocValues(h.id, func(_ string, term []byte) {
		n, _ := strconv.ParseUint(string(term), 16, 64)
		h.order = n + 1
	})
}

// up and down keep the heap: no hit ranks before its children, so the worst is
// at the top.
func (c *collector) up(i int) error {
	for i > 0 {
		parent := (i - 1) / 2
		worse, err := c.before(c.hits[parent], c.hits[i])
		if err != nil || !worse {
			return err
		}
		c.hits[parent], c.hits[i] = c.hits[i], c.hits[parent]
		i = parent
	}
	return nil
}

func (c *collector) down(i int) error {
	for {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(c.hits); child++ {
			worse, err := c.before(c.hits[worst], c.hits[child])
			if err != nil {
				return err
			}
			if worse {
				worst = child
			}
		}
		if worst == i {
			return nil
		}
		c.hits[i], c.hits[worst] = c.hits[worst], c.hits[i]
		i = worst
	}
}

// ranked empties the heap into the final order and skips the first offset.
func (c *collector) ranked(offset int) ([]*hit, error) {
	groups := c.groups
	c.groups = nil
	for _, h := range groups {
		c.scratch.copyFrom(h)
		if err := c.take(); err != nil {
			return nil, err
		}
	}
	out := make([]*hit, len(c.hits))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = c.hits[0]
		last := len(c.hits) - 1
		c.hits[0] = c.hits[last]
		c.hits = c.hits[:last]
		if err := c.down(0); err != nil {
			return nil, err
		}
	}
	if offset >= len(out) {
		return nil, nil
	}
	return out[offset:], nil
}

// rankingScore is between 0 and 1: how much of the query was found, how well
// and with how few typos. It falls when a document ranks lower by text.
func rankingScore(m textMatch, terms int) float64 {
	if terms == 0 {
		return 1
	}
	quality := (1 + m.score/(1+m.score)) / 2 * math.Pow(0.9, float64(m.typos))
	return (float64(m.words) - 1 + quality) / float64(terms)
}
