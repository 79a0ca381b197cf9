package engine

import (
	"context"
	"sort"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// textMatch says how a document answers the words of a query.
type textMatch struct {
	words int     // query terms found
	typos int     // typing errors forgiven
	score float64 // BM25 of what was found as written
}

// cursor walks the documents of one Bleve searcher in order and remembers the
// present one.
type cursor struct {
	s     search.Searcher
	typos int
	cur   *search.DocumentMatch
	done  bool
}

// seek moves to the first document at or after id; nil id means the next one.
func (c *cursor) seek(ctx *search.SearchContext, id index.IndexInternalID) error {
	if c.done || c.cur != nil && id != nil && c.cur.IndexInternalID.Compare(id) >= 0 {
		return nil
	}
	if c.cur != nil {
		ctx.DocumentMatchPool.Put(c.cur)
		c.cur = nil
	}
	var err error
	if id == nil {
		c.cur, err = c.s.Next(ctx)
	} else {
		c.cur, err = c.s.Advance(ctx, id)
	}
	c.done = c.cur == nil
	return err
}

// termCursor finds the documents of one query term: as written, by prefix, by
// synonym, or with typos.
type termCursor struct {
	ways []*cursor
}

// seek moves every way to id and returns the first document at or after it, or
// nil. Ways with more typos count only where no better one matches.
func (t *termCursor) seek(ctx *search.SearchContext, id index.IndexInternalID) (index.IndexInternalID, error) {
	var first index.IndexInternalID
	for _, way := range t.ways {
		if err := way.seek(ctx, id); err != nil {
			return nil, err
		}
		if way.cur != nil && (first == nil || way.cur.IndexInternalID.Compare(first) < 0) {
			first = way.cur.IndexInternalID
		}
	}
	return first, nil
}

// step moves past id.
func (t *termCursor) step(ctx *search.SearchContext, id index.IndexInternalID) (index.IndexInternalID, error) {
	for _, way := range t.ways {
		if way.cur != nil && way.cur.IndexInternalID.Equals(id) {
			if err := way.seek(ctx, nil); err != nil {
				return nil, err
			}
		}
	}
	var first index.IndexInternalID
	for _, way := range t.ways {
		if way.cur != nil && (first == nil || way.cur.IndexInternalID.Compare(first) < 0) {
			first = way.cur.IndexInternalID
		}
	}
	return first, nil
}

// at reads how the term matches the document the ways stand on.
func (t *termCursor) at(id index.IndexInternalID) (typos int, score float64) {
	best := -1
	for _, way := range t.ways {
		if way.cur == nil || !way.cur.IndexInternalID.Equals(id) {
			continue
		}
		if best < 0 || way.typos < best {
			best = way.typos
		}
		if way.cur.Score > score {
			score = way.cur.Score
		}
	}
	return best, score
}

func (t *termCursor) count() uint64 {
	var n uint64
	for _, way := range t.ways {
		n += way.s.Count()
	}
	return n
}

func (t *termCursor) close() {
	for _, way := range t.ways {
		_ = way.s.Close()
	}
}

// ladder joins the terms of a query by a matching strategy. Required terms
// must all be found. The optional ones are rungs: each counts only when the
// ones before it are found, which is what dropping words from the end means.
// The filter and the excluded terms only decide membership.
type ladder struct {
	required []*termCursor
	rungs    []*termCursor
	filter   *filterCursor // walks by itself when there is no term
	excluded *cursor       // nil: nothing is excluded
	started  bool
	id       index.IndexInternalID // of the present document
	target   index.IndexInternalID // scratch of next
	match    textMatch
}

// next moves to the next matching document and reports whether there is one.
func (l *ladder) next(ctx *search.SearchContext) (bool, error) {
	id, err := l.candidate(ctx)
	for err == nil && id != nil {
		agreed := id
		for _, t := range l.required[min(1, len(l.required)):] {
			if agreed, err = t.seek(ctx, id); err != nil || agreed == nil {
				return false, err
			}
			if !agreed.Equals(id) {
				break
			}
		}
		// Copied: seeking recycles the matches that own id and agreed.
		l.target = append(l.target[:0], agreed...)
		if !agreed.Equals(id) {
			id, err = l.lead(ctx, l.target)
			continue
		}
		kept, err := l.keeps(ctx, l.target)
		if err != nil {
			return false, err
		}
		if kept {
			l.id = append(l.id[:0], l.target...)
			return true, l.climb(ctx)
		}
		if id, err = l.follow(ctx, l.target); err != nil {
			return false, err
		}
	}
	return false, err
}

// keeps tells whether the filter keeps a document and nothing excludes it.
func (l *ladder) keeps(ctx *search.SearchContext, id index.IndexInternalID) (bool, error) {
	if len(l.required) > 0 && l.filter != nil {
		if kept, err := l.filter.keeps(id.Value()); err != nil || !kept {
			return false, err
		}
	}
	if l.excluded == nil {
		return true, nil
	}
	err := l.excluded.seek(ctx, id)
	return l.excluded.cur == nil || !l.excluded.cur.IndexInternalID.Equals(id), err
}

// candidate is the next document of the leading term, or of the filter when
// there is no term.
func (l *ladder) candidate(ctx *search.SearchContext) (index.IndexInternalID, error) {
	if !l.started {
		l.started = true
		return l.lead(ctx, nil)
	}
	return l.follow(ctx, l.id)
}

// lead moves to the first candidate at or after id; nil id means the first.
func (l *ladder) lead(ctx *search.SearchContext, id index.IndexInternalID) (index.IndexInternalID, error) {
	if len(l.required) > 0 {
		return l.required[0].seek(ctx, id)
	}
	return l.filter.next()
}

// follow moves to the candidate after id.
func (l *ladder) follow(ctx *search.SearchContext, id index.IndexInternalID) (index.IndexInternalID, error) {
	if len(l.required) > 0 {
		return l.required[0].step(ctx, id)
	}
	return l.filter.next()
}

// climb fills match for the present document.
func (l *ladder) climb(ctx *search.SearchContext) error {
	l.match = textMatch{}
	for _, t := range l.required {
		typos, score := t.at(l.id)
		l.match.words++
		l.match.typos += typos
		l.match.score += score
	}
	for _, t := range l.rungs {
		found, err := t.seek(ctx, l.id)
		if err != nil {
			return err
		}
		if found == nil || !found.Equals(l.id) {
			break
		}
		typos, score := t.at(l.id)
		l.match.words++
		l.match.typos += typos
		l.match.score += score
	}
	return nil
}

func (l *ladder) close() {
	for _, t := range l.required {
		t.close()
	}
	for _, t := range l.rungs {
		t.close()
	}
	if l.excluded != nil {
		_ = l.excluded.s.Close()
	}
}

// textQuery is what a ladder is built from.
type textQuery struct {
	terms      []queryTerm
	strategy   string
	attributes []string // searched, most important first
	weighted   bool     // earlier attributes weigh more
	filter     filter
	settings   *settings
	tokens     *tokenizer
}

// ladder opens the searchers of a query.
func (r *snapshot) ladder(ctx context.Context, q textQuery) (*ladder, error) {
	ctx = context.WithValue(ctx, search.GetScoringModelCallbackKey, search.GetScoringModelCallbackFn(bm25))
	l := &ladder{}
	ok := false
	defer func() {
		if !ok {
			l.close()
		}
	}()
	var excluded []search.Searcher
	defer func() { closeAll(excluded) }()
	var words []*termCursor
	for _, t := range q.terms {
		if t.negative {
			s, err := r.exactSearcher(ctx, q, t.words, unscored)
			if err != nil {
				return nil, err
			}
			excluded = append(excluded, s)
			continue
		}
		tc, err := r.termCursor(ctx, q, t)
		if err != nil {
			return nil, err
		}
		if t.phrase || q.strategy == strategyAll {
			l.required = append(l.required, tc)
		} else {
			l.rungs = append(l.rungs, tc)
			words = append(words, tc)
		}
	}
	if q.strategy == strategyFrequency {
		sort.SliceStable(words, func(i, j int) bool { return words[i].count() < words[j].count() })
		l.rungs = words
	}
	if len(l.required) == 0 && len(l.rungs) > 0 {
		l.required, l.rungs = l.rungs[:1], l.rungs[1:]
	}
	// The rarest required term leads: fewest candidates to check.
	sort.SliceStable(l.required, func(i, j int) bool { return l.required[i].count() < l.required[j].count() })
	if q.filter != nil || len(l.required) == 0 {
		var err error
		if l.filter, err = r.filtered(q.filter); err != nil {
			return nil, err
		}
	}
	if len(excluded) > 0 {
		s, err := searcher.NewDisjunctionSearcher(ctx, r.IndexReader, excluded, 1, unscored)
		if err != nil {
			return nil, err
		}
		excluded, l.excluded = nil, &cursor{s: s}
	}
	ok = true
	return l, nil
}

func bm25() string { return index.BM25Scoring }

var scored = search.SearcherOptions{}

// termCursor opens every way a term may be found.
func (r *snapshot) termCursor(ctx context.Context, q textQuery, t queryTerm) (*termCursor, error) {
	tc := &termCursor{}
	add := func(s search.Searcher, err error, typos int) error {
		if err != nil {
			tc.close()
			return err
		}
		s.SetQueryNorm(1)
		tc.ways = append(tc.ways, &cursor{s: s, typos: typos})
		return nil
	}
	s, err := r.exactSearcher(ctx, q, t.words, scored)
	if err := add(s, err, 0); err != nil {
		return nil, err
	}
	if t.phrase {
		return tc, nil
	}
	for _, synonym := range q.synonyms(t) {
		s, err := r.exactSearcher(ctx, q, synonym, scored)
		if err := add(s, err, 0); err != nil {
			return nil, err
		}
	}
	if t.adjacent {
		return tc, nil
	}
	word := t.words[0].Term
	if t.prefix && q.settings.PrefixSearch != "disabled" {
		s, err := r.acrossAttributes(ctx, q.attributes, unscored, func(field string, _ float64) (search.Searcher, error) {
			return searcher.NewTermPrefixSearcher(ctx, r.IndexReader, word, field, 1, unscored)
		})
		if err := add(s, err, 0); err != nil {
			return nil, err
		}
	}
	tolerant := q.tolerantAttributes()
	if len(tolerant) == 0 {
		return tc, nil
	}
	for typos := 1; typos <= q.settings.TypoTolerance.typos(word); typos++ {
		s, err := r.acrossAttributes(ctx, tolerant, unscored, func(field string, _ float64) (search.Searcher, error) {
			return r.fuzzySearcher(ctx, word, field, typos)
		})
		if err := add(s, err, typos); err != nil {
			return nil, err
		}
	}
	return tc, nil
}

// fuzzySearcher finds words within an edit distance. The first letter must be
// right unless two typos are allowed: Meilisearch counts a wrong first letter
// twice.
func (r *snapshot) fuzzySearcher(ctx context.Context, word, field string, typos int) (search.Searcher, error) {
	keep := 1
	if typos > 1 {
		keep = 0
	}
	return searcher.NewFuzzySearcher(ctx, r.IndexReader, word, keep, typos, field, 1, unscored)
}

// tolerantAttributes are the searched attributes in which typos are forgiven.
func (q *textQuery) tolerantAttributes() []string {
	var list []string
	for _, a := range q.attributes {
		if !matchesAny(q.settings.TypoTolerance.DisableOnAttributes, a) {
			list = append(list, a)
		}
	}
	return list
}

// synonyms of a term, each as the words that must follow each other.
func (q *textQuery) synonyms(t queryTerm) [][]token {
	var found [][]token
	said := joinTerms(t.words)
	for word, list := range q.settings.Synonyms {
		if joinTerms(q.tokens.tokens(word)) != said {
			continue
		}
		for _, synonym := range list {
			if words := q.tokens.tokens(synonym); len(words) > 0 {
				found = append(found, words)
			}
		}
	}
	return found
}

func joinTerms(words []token) string {
	out := ""
	for _, w := range words {
		out += " " + w.Term
	}
	return out
}

// exactSearcher finds one word, or several that follow each other in one
// attribute at the distances of the query.
func (r *snapshot) exactSearcher(ctx context.Context, q textQuery, words []token, options search.SearcherOptions) (search.Searcher, error) {
	return r.acrossAttributes(ctx, q.attributes, options, func(field string, weight float64) (search.Searcher, error) {
		if !q.weighted {
			weight = 1
		}
		if len(words) == 1 {
			return searcher.NewTermSearcher(ctx, r.IndexReader, words[0].Term, field, weight, options)
		}
		if there, err := r.holds(field, words); err != nil || !there {
			return nil, err
		}
		// A stop word inside a phrase leaves a hole: any word may stand there.
		var terms []string
		for i, w := range words {
			for i > 0 && len(terms) < w.Position-words[0].Position {
				terms = append(terms, "")
			}
			terms = append(terms, w.Term)
		}
		return searcher.NewPhraseSearcher(ctx, r.IndexReader, terms, 0, false, field, weight, options)
	})
}

// holds tells whether some segment has all the words in a field. Most fields
// do not, and looking costs less than opening a phrase.
func (r *snapshot) holds(field string, words []token) (bool, error) {
	for _, s := range r.segments {
		dict, err := s.Segment().Dictionary(field)
		if err != nil {
			return false, err
		}
		all := true
		for i := 0; i < len(words) && all; i++ {
			if all, err = dict.Contains([]byte(words[i].Term)); err != nil {
				return false, err
			}
		}
		if all {
			return true, nil
		}
	}
	return false, nil
}

// acrossAttributes unites a searcher over attributes; the weight falls with
// the rank of the attribute. What opens as nil finds nothing.
func (r *snapshot) acrossAttributes(ctx context.Context, attributes []string, options search.SearcherOptions,
	open func(field string, weight float64) (search.Searcher, error),
) (search.Searcher, error) {
	list := make([]search.Searcher, 0, len(attributes))
	for rank, a := range attributes {
		s, err := open(textField+a, 1/(1+float64(rank)/2))
		if err != nil {
			closeAll(list)
			return nil, err
		}
		if s == nil {
			continue
		}
		// A field that holds none of it only slows the union. (Searchers that
		// do not score may be bitmaps, which do not know their count.)
		if options.Score != unscored.Score && s.Count() == 0 {
			if err := s.Close(); err != nil {
				closeAll(list)
				return nil, err
			}
			continue
		}
		list = append(list, s)
	}
	switch len(list) {
	case 0:
		return searcher.NewMatchNoneSearcher(r.IndexReader)
	case 1:
		return list[0], nil
	}
	return searcher.NewDisjunctionSearcher(ctx, r.IndexReader, list, 1, options)
}

// Matching strategies, as Meilisearch names them.
const (
	strategyLast      = "last"
	strategyAll       = "all"
	strategyFrequency = "frequency"
)

// poolSize is how many matches the ladder's searchers may hold at once.
func (l *ladder) poolSize() int {
	n := 16
	for _, list := range [][]*termCursor{l.required, l.rungs} {
		for _, t := range list {
			for _, way := range t.ways {
				n += way.s.DocumentMatchPoolSize() + 1
			}
		}
	}
	if l.excluded != nil {
		n += l.excluded.s.DocumentMatchPoolSize() + 1
	}
	return n
}
