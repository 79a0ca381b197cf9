package search

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// The operator's words that mean the same. Every replica reads the groups again every other second and indexes by them at once;
// documents that hold a word of a changed group are then made again, and only when they are do queries go by the new group. So a
// query never asks for what documents do not have yet, and nothing is restarted.

// SynonymGroup is one group of words that mean the same.
type SynonymGroup struct {
	Words   []string `json:"words"`
	Removed bool     `json:"removed"`
	// Version rises with every change, and is what changes are conditional on: taking effect is no change.
	Version int64 `json:"version"`
	// Applied are the words every document that holds them is indexed by for certain: queries go by these. A change takes out what it
	// does away with at once, and what it brings comes in when it has settled. Touched are the words of the states since then.
	Applied   []string        `json:"applied"`
	Touched   []string        `json:"touched,omitempty"`
	Settled   bool            `json:"settled"`
	ChangedAt docstore.Millis `json:"changedAt"`
	// History is every change, the oldest first; the first kept is what a change can at most be undone to.
	History []SynonymChange `json:"history"`
}

// SynonymChange is a change as it left the group. By is a person's id, empty for what came with the program.
type SynonymChange struct {
	At      docstore.Millis `json:"at"`
	By      string          `json:"by,omitempty"`
	Words   []string        `json:"words"`
	Removed bool            `json:"removed,omitempty"`
	Note    string          `json:"note,omitempty"`
}

// SynonymSpec is the collection of groups.
var SynonymSpec = docstore.Spec{Name: "synonyms", Version: 1}

const (
	maxGroups     = 500 // in use
	maxHistory    = 20
	settleAfter   = 3 * followEvery // by then every replica indexes by a change
	previewLimit  = 5000            // documents a word's preview is counted over
	previewTitles = 6
)

// synonymDoc is a group with its envelope.
type synonymDoc = docstore.Doc[SynonymGroup]

// inUse are the words documents are to be indexed by; none for a group that was taken out.
func (g *SynonymGroup) inUse() []string {
	if g.Removed {
		return nil
	}
	return g.Words
}

// change notes a new state of a group.
func (g *SynonymGroup) change(words []string, removed bool, by, note string, now time.Time) {
	g.Version++
	for _, w := range slices.Concat(g.Words, words) {
		if !slices.Contains(g.Touched, w) {
			g.Touched = append(g.Touched, w)
		}
	}
	g.Words, g.Removed, g.ChangedAt, g.Settled = words, removed, docstore.MillisOf(now), false
	g.Applied = slices.DeleteFunc(slices.Clone(g.Applied), func(w string) bool { return !slices.Contains(g.inUse(), w) })
	g.History = append(g.History, SynonymChange{At: g.ChangedAt, By: by, Words: words, Removed: removed, Note: note})
	if over := len(g.History) - maxHistory; over > 0 {
		g.History = slices.Clone(g.History[over:])
	}
}

// settle says that documents are indexed by the group as it is.
func (g *SynonymGroup) settle() { g.Applied, g.Touched, g.Settled = g.inUse(), nil, true }

// undo goes back to the state before the last change. Conflict "search.nothing_to_undo".
func (g *SynonymGroup) undo(by string, now time.Time) error {
	if len(g.History) < 2 {
		return fault.New(fault.Conflict, "search.nothing_to_undo", "this group never changed")
	}
	before := g.History[len(g.History)-2]
	g.change(before.Words, before.Removed, by, "", now)
	return nil
}

// vocabulary is a table of words in use: how queries and documents are read by it.
type vocabulary struct {
	synonyms *text.Synonyms
	same     *sameness
	groups   []synonymDoc // what it was made of; nil for a table that does not change
}

// table is the words in use now.
func (s *Service) table() *vocabulary { return s.words.Load() }

// newVocabulary makes the table of some groups.
func newVocabulary(groups []synonymDoc) (*vocabulary, error) {
	var used [][]string
	applied := map[string]bool{}
	for _, g := range groups {
		if words := g.Body.inUse(); len(words) > 0 {
			used = append(used, words)
		}
		for _, w := range g.Body.Applied {
			applied[text.Query(w).Exact] = true
		}
	}
	synonyms, err := text.NewSynonyms(used...)
	if err != nil {
		return nil, err
	}
	v := &vocabulary{synonyms: synonyms, same: newSameness(synonyms), groups: groups}
	for asked := range v.same.asked {
		if !applied[asked] {
			delete(v.same.asked, asked) // documents may not have its token yet
		}
	}
	return v, nil
}

// loadWords reads the groups, and puts in those that came with the program when there are none.
func (s *Service) loadWords(ctx context.Context) error {
	if s.o.Groups == nil {
		return nil
	}
	groups, err := s.readGroups(ctx)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		for i, words := range s.o.Synonyms.Groups() {
			var g SynonymGroup
			g.change(words, false, "", "", s.o.Now())
			g.settle()
			if _, err := s.o.Groups.Insert(ctx, fmt.Sprintf("shipped-%03d", i+1), g); err != nil && fault.KindOf(err) != fault.Duplicate {
				return err
			}
		}
		if groups, err = s.readGroups(ctx); err != nil {
			return err
		}
	}
	return s.useGroups(groups)
}

func (s *Service) readGroups(ctx context.Context) ([]synonymDoc, error) {
	var all []synonymDoc
	err := s.o.Groups.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(g synonymDoc) error {
		all = append(all, g)
		return nil
	})
	return all, err
}

// useGroups goes by some groups from now on, when they differ from those in use.
func (s *Service) useGroups(groups []synonymDoc) error {
	if slices.EqualFunc(groups, s.table().groups, func(a, b synonymDoc) bool { return a.ID == b.ID && a.Rev == b.Rev }) {
		return nil
	}
	v, err := newVocabulary(groups)
	if err != nil {
		return err
	}
	s.words.Store(v)
	return nil
}

// Wording keeps the words in use up with the operator's table. It is a job.
func (s *Service) Wording(ctx context.Context) error {
	tick := time.NewTicker(s.o.wordsEvery)
	defer tick.Stop()
	var lease *docstore.Lease
	first := map[string]time.Time{} // when each unsettled change was first seen here
	for {
		select {
		case <-ctx.Done():
			if lease != nil {
				return lease.Release(context.WithoutCancel(ctx))
			}
			return nil
		case <-tick.C:
		}
		groups, err := s.readGroups(ctx)
		if err == nil {
			err = s.useGroups(groups)
		}
		if err != nil {
			return err
		}
		if lease, err = s.keepLease(ctx, lease); err != nil {
			return err
		}
		var due []synonymDoc
		for _, g := range groups {
			change := g.ID + "@" + strconv.FormatInt(g.Rev, 10)
			if g.Body.Settled {
				continue
			}
			if first[change].IsZero() {
				first[change] = time.Now()
			}
			if time.Since(first[change]) >= s.o.settleAfter {
				due = append(due, g)
			}
		}
		if lease == nil || len(due) == 0 {
			continue
		}
		clear(first)
		if err := s.settleWords(ctx, due); err != nil {
			return err
		}
	}
}

// keepLease renews the lease under which documents are made again, or asks for it; nil while another replica holds it.
func (s *Service) keepLease(ctx context.Context, lease *docstore.Lease) (*docstore.Lease, error) {
	if lease != nil && lease.Renew(ctx) == nil {
		return lease, nil
	}
	lease, _, err := s.o.DB.Lease(ctx, "synonyms", s.o.Holder, watchLease)
	return lease, err
}

// settleWords makes the documents again that hold a word of changed groups, and then lets queries go by these groups.
func (s *Service) settleWords(ctx context.Context, changed []synonymDoc) error {
	var affected []string
	for _, g := range changed {
		affected = append(affected, g.Body.Touched...)
	}
	slices.Sort(affected)
	keys := map[string]api.DocumentType{}
	for _, w := range slices.Compact(affected) {
		found, err := s.holders(ctx, text.Query(w).Exact, nil, -1)
		if err != nil {
			return err
		}
		for _, r := range found {
			keys[r.Key] = r.Type
		}
	}
	if err := s.remake(ctx, keys); err != nil {
		return err
	}
	for _, g := range changed {
		_, err := s.o.Groups.Update(ctx, g.ID, func(tx *docstore.Tx[SynonymGroup]) error {
			if tx.Body.Version == g.Body.Version { // else it changed again, and is to be settled again
				tx.Body.settle()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	groups, err := s.readGroups(ctx)
	if err != nil {
		return err
	}
	return s.useGroups(groups)
}

// holders are the documents that hold what an engine query asks for, about limit of them at most (all when negative). A nil audience
// is everybody's and nobody's: the whole index.
func (s *Service) holders(ctx context.Context, query string, seen []string, limit int) ([]stored, error) {
	filter := ""
	if seen != nil {
		filter = in("audience", seen)
	}
	var out []stored
	for {
		r := words{query, meilisearch.All, api.None}.count(filter)
		r.HitsPerPage, r.Page, r.Sort, r.Offset, r.Limit = nil, 0, []string{"putAt:asc"}, int64(len(out)), 500
		r.AttributesToRetrieve = []string{"key", "type"}
		results, err := s.multi(ctx, &meilisearch.MultiSearchRequest{Queries: []*meilisearch.SearchRequest{r}})
		if err != nil {
			return nil, err
		}
		hits, err := decode(results[0].Hits)
		if err != nil {
			return nil, err
		}
		out = append(out, hits...)
		if len(hits) < 500 || limit >= 0 && len(out) >= limit {
			return out, nil
		}
	}
}

// remake makes records again by the words in use. Each lot is read and written while puts of its type wait, so that nothing newer
// is overwritten.
func (s *Service) remake(ctx context.Context, keys map[string]api.DocumentType) error {
	byType := map[api.DocumentType][]string{}
	for k, t := range keys {
		byType[t] = append(byType[t], k)
	}
	for kind, all := range byType {
		for lot := range slices.Chunk(all, 200) {
			if err := s.remakeLot(ctx, kind, lot); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) remakeLot(ctx context.Context, kind api.DocumentType, keys []string) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	lane := s.puts.lane(kind)
	lane.Lock()
	defer lane.Unlock()
	old, _, err := s.page(ctx, liveIndex, meilisearch.DocumentsQuery{Ids: keys, Limit: int64(len(keys)), Fields: sourceFields})
	if err != nil || len(old) == 0 {
		return err
	}
	records := make([]record, 0, len(old))
	for i := range old {
		r, err := s.again(&old[i])
		if err != nil {
			return err
		}
		records = append(records, r)
	}
	return s.write(ctx, liveIndex, records)
}

// checkWords refuses words that cannot be told from their surroundings, and trims the others. Errors: Invalid, by word.
func checkWords(given []string) ([]string, error) {
	var out []string
	var bad []fault.Field
	seen := map[string]bool{}
	for i, w := range given {
		w = strings.Join(strings.Fields(w), " ")
		asked, path := text.Query(w).Exact, "words."+strconv.Itoa(i)
		switch folded := compact(w); {
		case utf8.RuneCountInString(folded) < 2:
			bad = append(bad, fault.Field{Path: path, Code: "too_short", Detail: "at least two characters"})
		case len(terms(asked)) != 1:
			bad = append(bad, fault.Field{Path: path, Code: "not_one_word", Detail: "punctuation or a space cuts it in two"})
		case seen[folded]:
			bad = append(bad, fault.Field{Path: path, Code: "repeated"})
		default:
			seen[folded] = true
		}
		out = append(out, w)
	}
	if len(bad) > 0 {
		return nil, fault.Bad(bad...)
	}
	return out, nil
}

// sameWords says whether two groups have the same words, in any order and spelling that reads alike.
func sameWords(a, b []string) bool {
	folded := func(words []string) []string {
		var out []string
		for _, w := range words {
			out = append(out, compact(w))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(folded(a), folded(b))
}

// ListSynonyms lists every group, the most recently changed first.
func (s *Service) ListSynonyms(ctx context.Context) ([]synonymDoc, error) {
	groups, err := s.readGroups(ctx)
	slices.SortStableFunc(groups, func(a, b synonymDoc) int {
		return cmp.Or(cmp.Compare(b.Body.ChangedAt, a.Body.ChangedAt), strings.Compare(a.ID, b.ID))
	})
	return groups, err
}

// freeFor refuses words another group has. id is the group they are for.
func (s *Service) freeFor(ctx context.Context, id string, words []string) error {
	groups, err := s.readGroups(ctx)
	if err != nil {
		return err
	}
	used := 0
	for _, g := range groups {
		if g.Body.Removed || g.ID == id {
			continue
		}
		used++
		if sameWords(g.Body.Words, words) {
			return fault.New(fault.Conflict, "search.synonyms_known", "a group has exactly these words")
		}
	}
	if used >= maxGroups {
		return fault.New(fault.Conflict, "search.too_many_synonyms", "at most "+strconv.Itoa(maxGroups)+" groups can be in use")
	}
	return nil
}

// AddSynonyms adds a group.
func (s *Service) AddSynonyms(ctx context.Context, id, fingerprint string, in api.SynonymInput) (synonymDoc, error) {
	words, err := checkWords(in.Words)
	if err != nil {
		return synonymDoc{}, err
	}
	if err := s.freeFor(ctx, id, words); err != nil {
		return synonymDoc{}, err
	}
	var g SynonymGroup
	g.change(words, false, access.From(ctx).UserID, in.Note, s.o.Now())
	return s.o.Groups.Insert(ctx, id, g, docstore.Fingerprint(fingerprint))
}

// EditSynonyms replaces a group's words, if it is still at a version.
func (s *Service) EditSynonyms(ctx context.Context, id string, version int64, in api.SynonymInput) (synonymDoc, error) {
	words, err := checkWords(in.Words)
	if err != nil {
		return synonymDoc{}, err
	}
	if err := s.freeFor(ctx, id, words); err != nil {
		return synonymDoc{}, err
	}
	return s.changeGroup(ctx, id, version, func(g *SynonymGroup, by string, now time.Time) error {
		g.change(words, false, by, in.Note, now)
		return nil
	})
}

// RemoveSynonyms takes a group out of use, if it is still at a version.
func (s *Service) RemoveSynonyms(ctx context.Context, id string, version int64) (synonymDoc, error) {
	return s.changeGroup(ctx, id, version, func(g *SynonymGroup, by string, now time.Time) error {
		g.change(g.Words, true, by, "", now)
		return nil
	})
}

// UndoSynonyms undoes the last change of a group, if it is still at a version.
func (s *Service) UndoSynonyms(ctx context.Context, id string, version int64) (synonymDoc, error) {
	return s.changeGroup(ctx, id, version, (*SynonymGroup).undo)
}

func (s *Service) changeGroup(ctx context.Context, id string, version int64, change func(*SynonymGroup, string, time.Time) error) (synonymDoc, error) {
	return s.o.Groups.Update(ctx, id, func(tx *docstore.Tx[SynonymGroup]) error {
		if tx.Body.Version != version {
			return fault.Newf(fault.Stale, "", "the group is at version %d, not %d", tx.Body.Version, version)
		}
		return change(tx.Body, access.From(ctx).UserID, s.o.Now())
	})
}

// PreviewSynonyms counts what each word finds now, and would find if the words meant the same. replaces is the group they would
// replace; empty for a new one.
func (s *Service) PreviewSynonyms(ctx context.Context, given []string, replaces string) (api.SynonymPreview, error) {
	p := api.SynonymPreview{Words: []api.SynonymPreviewWord{}, Examples: []api.SynonymPreviewExample{}}
	proposed, err := checkWords(given)
	if err != nil {
		return p, err
	}
	groups := [][]string{proposed}
	for _, g := range s.table().groups {
		if g.ID != replaces && !g.Body.Removed {
			groups = append(groups, g.Body.Words)
		}
	}
	seen := audience(access.From(ctx))
	held := map[string][]string{} // by word, folded: the documents that hold it
	holding := func(w string) ([]string, error) {
		if keys, known := held[compact(w)]; known {
			return keys, nil
		}
		found, err := s.holders(ctx, text.Query(w).Exact, seen, previewLimit)
		keys := []string{}
		for _, r := range found {
			keys = append(keys, r.Key)
		}
		held[compact(w)] = keys
		return keys, err
	}
	gained := map[string]string{} // document → the word it holds
	for _, w := range proposed {
		now, err := s.holders(ctx, s.table().same.query(text.Query(w).Exact), seen, previewLimit)
		if err != nil {
			return p, err
		}
		found := map[string]bool{}
		for _, group := range groups {
			if !slices.ContainsFunc(group, func(o string) bool { return compact(o) == compact(w) }) {
				continue
			}
			for _, other := range group {
				keys, err := holding(other)
				if err != nil {
					return p, err
				}
				for _, k := range keys {
					found[k] = true
					if !slices.ContainsFunc(now, func(r stored) bool { return r.Key == k }) && gained[k] == "" {
						gained[k] = other
					}
				}
			}
		}
		p.Words = append(p.Words, api.SynonymPreviewWord{Word: w, Now: int64(len(now)), Then: int64(len(found))})
	}
	for k, w := range gained {
		if e := s.memory.get(k); e != nil && e.visibleTo(seen) {
			p.Examples = append(p.Examples, api.SynonymPreviewExample{Title: e.title, Holds: w, Url: e.url})
		}
	}
	slices.SortFunc(p.Examples, func(a, b api.SynonymPreviewExample) int {
		return cmp.Or(strings.Compare(a.Holds, b.Holds), strings.Compare(a.Title, b.Title))
	})
	p.Examples = p.Examples[:min(previewTitles, len(p.Examples))]
	return p, nil
}
