package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
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

// hit is one document in the order of hits.
type hit struct {
	doc   uint64 // number in the snapshot
	match textMatch
	keys  []sortKey // of the byValue rules, in order
	order uint64    // of insertion
	group string    // the distinct value
}

func (h *hit) id() index.IndexInternalID { return index.NewIndexInternalID(nil, h.doc) }

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

	walker  *walker // facets first, then the values to sort by, then the distinct one
	values  []rankRule
	scratch hit
	groups  map[string]*hit
}

// open prepares reading the values the rules and facets need.
func (c *collector) open(r *snapshot) {
	var fields []string
	for _, f := range c.facets {
		fields = append(fields, valueField+f.attribute)
	}
	for _, rule := range c.rules {
		if rule.by == byValue {
			c.values = append(c.values, rule)
			fields = append(fields, valueField+rule.attribute)
		}
	}
	c.scratch.keys = make([]sortKey, len(c.values))
	if c.distinct != "" {
		c.groups = map[string]*hit{}
		fields = append(fields, valueField+c.distinct)
	}
	c.walker = r.walk(fields)
}

// offer takes the value of a term if it sorts before what the key holds.
func (k *sortKey) offer(term string, descending bool) {
	kind, body := term[0], term[1:]
	if kind == kindString {
		body, _ = splitStringTerm(term)
	}
	switch {
	case k.kind == 0 || kind == kindNumber && k.kind == kindString:
	case kind != k.kind:
		return
	case descending != (body > k.key):
		return
	}
	k.kind, k.key = kind, body
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
	for n := 0; ; n++ {
		if n%checkEvery == 0 && ctx.Err() != nil {
			break
		}
		more, err := l.next(sctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if c.threshold != nil && !c.threshold(l.match) {
			continue
		}
		c.total++
		if err := c.read(l); err != nil {
			return err
		}
		c.take()
	}
	for _, f := range c.facets {
		f.endSegment()
	}
	return nil
}

// read fills the scratch hit and counts the facets of the present document.
func (c *collector) read(l *ladder) error {
	doc := l.id.Value()
	local, changed, err := c.walker.moveTo(doc)
	if err != nil {
		return err
	}
	cols := c.walker.cols
	for i, f := range c.facets {
		if changed {
			f.endSegment()
			f.startSegment(cols[i])
		}
		f.count(local)
	}
	c.scratch.doc, c.scratch.match, c.scratch.group = doc, l.match, ""
	c.scratch.order = c.walker.order(local)
	cols = cols[len(c.facets):]
	for i, rule := range c.values {
		key := sortKey{}
		for _, term := range cols[i].of(local) {
			key.offer(cols[i].terms[term], rule.descending)
		}
		c.scratch.keys[i] = key
	}
	if c.groups != nil {
		values := cols[len(c.values)]
		if terms := values.of(local); len(terms) > 0 {
			c.scratch.group = values.terms[terms[0]]
			if c.scratch.group[0] == kindString {
				c.scratch.group, _, _ = strings.Cut(c.scratch.group, originalSep)
			}
		}
	}
	return nil
}

// inOrder lists the documents a ladder keeps in the order of insertion: the
// page at offset, and how many there are. It serves clients that walk a whole
// index page by page, for which ranking each page would cost too much.
func inOrder(r *snapshot, l *ladder, offset, limit int) ([]index.IndexInternalID, int, error) {
	type place struct{ order, doc uint64 }
	var all []place
	w := r.walk(nil)
	sctx := newSearchContext(r, l.poolSize())
	for {
		more, err := l.next(sctx)
		if err != nil {
			return nil, 0, err
		}
		if !more {
			break
		}
		local, _, err := w.moveTo(l.id.Value())
		if err != nil {
			return nil, 0, err
		}
		all = append(all, place{w.order(local), l.id.Value()})
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Compare(a.order, b.order) })
	page := all[min(offset, len(all)):]
	page = page[:min(limit, len(page))]
	ids := make([]index.IndexInternalID, len(page))
	for i, p := range page {
		ids[i] = index.NewIndexInternalID(nil, p.doc)
	}
	return ids, len(all), nil
}

// take keeps the scratch hit if it is among the best so far.
func (c *collector) take() {
	switch {
	case c.groups != nil && c.scratch.group != "":
		c.takeDistinct()
	case c.keep == 0:
	case c.keep < 0 || len(c.hits) < c.keep:
		c.hits = append(c.hits, c.scratch.clone())
		c.up(len(c.hits) - 1)
	case c.before(&c.scratch, c.hits[0]):
		c.hits[0].copyFrom(&c.scratch)
		c.down(0)
	}
}

// takeDistinct keeps the best hit of each group; which hits are wanted is
// known only at the end.
func (c *collector) takeDistinct() {
	present := c.groups[c.scratch.group]
	if present == nil {
		c.groups[c.scratch.group] = c.scratch.clone()
		return
	}
	c.total--
	if c.before(&c.scratch, present) {
		present.copyFrom(&c.scratch)
	}
}

func (h *hit) clone() *hit {
	fresh := &hit{}
	fresh.copyFrom(h)
	return fresh
}

func (h *hit) copyFrom(from *hit) {
	keys := append(h.keys[:0], from.keys...)
	*h = *from
	h.keys = keys
}

// before tells whether a ranks before b; no two documents rank alike.
func (c *collector) before(a, b *hit) bool {
	value := 0
	for _, rule := range c.rules {
		difference := 0
		switch rule.by {
		case byWords:
			difference = b.match.words - a.match.words
		case byTypos:
			difference = a.match.typos - b.match.typos
		case byScore:
			difference = cmp.Compare(b.match.score, a.match.score)
		case byValue:
			difference = compareKeys(a.keys[value], b.keys[value], rule.descending)
			value++
		}
		if difference != 0 {
			return difference < 0
		}
	}
	return a.order < b.order
}

// up and down keep the heap: no hit ranks before its children, so the worst is
// at the top.
func (c *collector) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !c.before(c.hits[parent], c.hits[i]) {
			return
		}
		c.hits[parent], c.hits[i] = c.hits[i], c.hits[parent]
		i = parent
	}
}

func (c *collector) down(i int) {
	for {
		worst := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(c.hits); child++ {
			if c.before(c.hits[worst], c.hits[child]) {
				worst = child
			}
		}
		if worst == i {
			return
		}
		c.hits[i], c.hits[worst] = c.hits[worst], c.hits[i]
		i = worst
	}
}

// ranked empties the heap into the final order and skips the first offset.
func (c *collector) ranked(offset int) []*hit {
	groups := c.groups
	c.groups = nil
	for _, h := range groups {
		c.scratch.copyFrom(h)
		c.take()
	}
	out := make([]*hit, len(c.hits))
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = c.hits[0]
		last := len(c.hits) - 1
		c.hits[0] = c.hits[last]
		c.hits = c.hits[:last]
		c.down(0)
	}
	return out[min(offset, len(out)):]
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
