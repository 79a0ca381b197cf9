package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/text"
)

// What was probably meant. It is offered beside the results of what was typed and never put in its place; a word only
// documents hold that the actor may not see is never offered.

// meant is what the reader of a page probably meant; empty when there is nothing better to offer. read says how the query was
// answered, docs are what is shown; filtered says that something answers it, only not with these filters.
func (s *Service) meant(ctx context.Context, a *Ask, read words, docs []*api.SearchDocument, filtered bool) string {
	switch {
	case strings.TrimSpace(a.Query) == "" || a.Page != 1 || isLong(a.Query) || filtered:
		return ""
	case read.relaxed == api.Pinyin:
		return spelledBy(docs, compact(a.Query))
	case len(docs) == 0 || read.relaxed == api.Some:
		if sounds := s.homophone(ctx, a); sounds != "" {
			return sounds
		}
	}
	return s.respelled(a.Query, docs)
}

// commonest is the text with the most votes.
func commonest(votes map[string]int) string {
	best := ""
	for w, n := range votes {
		if best == "" || n > votes[best] || n == votes[best] && w < best {
			best = w
		}
	}
	return best
}

// spelledBy is the stretch of the titles and names shown that the letters typed spell.
func spelledBy(docs []*api.SearchDocument, typed string) string {
	votes := map[string]int{}
	for _, d := range docs {
		for _, name := range []string{d.Title, d.OrgName} {
			for _, span := range soundSpan(name, typed) {
				votes[name[span.Start:span.End]]++
			}
		}
	}
	return commonest(votes)
}

// homophone is what sounds like the words typed and stands in a title or a name the actor may see.
func (s *Service) homophone(ctx context.Context, a *Ask) string {
	typed := []rune(compact(a.Query))
	if len(typed) < 2 || len(typed) > 12 {
		return ""
	}
	sound := text.Pinyin(string(typed))
	if len(sound) != len(typed) { // letters or digits are among them
		return ""
	}
	m := &meilisearch.MultiSearchRequest{}
	for _, q := range text.Query(strings.Join(sound, "")).Pinyin {
		m.Queries = append(m.Queries, &meilisearch.SearchRequest{IndexUID: liveIndex, Query: q, MatchingStrategy: meilisearch.All,
			Filter: in("audience", audience(a.Actor)), Limit: 10, AttributesToRetrieve: sourceFields})
	}
	if len(m.Queries) == 0 {
		return ""
	}
	results, err := s.multi(ctx, m)
	if err != nil {
		return "" // a nicety: the search itself has been answered
	}
	votes := map[string]int{}
	for _, r := range results {
		hits, err := decode(r.Hits)
		if err != nil {
			return ""
		}
		for _, h := range hits {
			d, err := h.document()
			if err != nil || d == nil {
				continue
			}
			for _, name := range []string{d.Title, d.OrgName} {
				letters := []rune(compact(name))
				for i := 0; i+len(typed) <= len(letters); i++ {
					if w := string(letters[i : i+len(typed)]); slices.Equal(text.Pinyin(w), sound) {
						votes[w]++
					}
				}
			}
		}
	}
	delete(votes, string(typed))
	return commonest(votes)
}

// respelled is the query with its misspelt Latin words put right: words nothing shown holds, and that are a slip away from one
// that public titles and keywords use.
func (s *Service) respelled(query string, docs []*api.SearchDocument) string {
	var shown strings.Builder
	changed := false
	for _, part := range latinParts(query) {
		word := strings.ToLower(part.text)
		if !part.latin || len(word) < shortestMisspelt || slices.ContainsFunc(docs, func(d *api.SearchDocument) bool { return holdsWord(d, word) }) {
			shown.WriteString(part.text)
			continue
		}
		better := s.memory.nearestWord(word)
		if better == "" {
			shown.WriteString(part.text)
			continue
		}
		shown.WriteString(better)
		changed = true
	}
	if !changed {
		return ""
	}
	return shown.String()
}

const shortestMisspelt = 4 // letters; shorter words are a slip away from too many others

type latinPart struct {
	text  string
	latin bool
}

// latinParts cuts a text into stretches of Latin letters and what is between them.
func latinParts(s string) []latinPart {
	var out []latinPart
	for _, r := range s {
		is := r < 0x80 && (r|0x20 >= 'a' && r|0x20 <= 'z')
		if n := len(out); n > 0 && out[n-1].latin == is {
			out[n-1].text += string(r)
		} else {
			out = append(out, latinPart{string(r), is})
		}
	}
	return out
}

// latinWords are the different Latin words of texts worth offering, as written.
func latinWords(texts ...string) []string {
	var out []string
	for _, t := range texts {
		for _, p := range latinParts(t) {
			if p.latin && len(p.text) >= shortestMisspelt && !slices.Contains(out, p.text) {
				out = append(out, p.text)
			}
		}
	}
	return out
}

// holdsWord says whether a document's texts hold a Latin word, or one that begins with it.
func holdsWord(d *api.SearchDocument, word string) bool {
	return slices.ContainsFunc(slices.Concat([]string{d.Title, d.OrgName, d.Summary, d.Body}, d.Keywords), func(t string) bool {
		return slices.ContainsFunc(latinParts(t), func(p latinPart) bool { return p.latin && strings.HasPrefix(strings.ToLower(p.text), word) })
	})
}

// nearestWord is the word of the vocabulary one slip away, two for a long one; the nearer, then the more frequent.
func (m *memory) nearestWord(typed string) string {
	allowed := 1
	if len(typed) >= 8 {
		allowed = 2
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	best, slips := "", allowed+1
	for w, n := range m.latin {
		if d := slipsBetween(typed, strings.ToLower(w), allowed); d == 0 {
			return "" // it is a word of its own
		} else if d <= allowed && (best == "" || cmp.Or(cmp.Compare(d, slips), cmp.Compare(m.latin[best], n), strings.Compare(w, best)) < 0) {
			best, slips = w, d
		}
	}
	return best
}

// slipsBetween counts the letters to add, drop, change or swap with their neighbour to make one word of the other; more than
// allowed is only known to be more.
func slipsBetween(a, b string, allowed int) int {
	if len(a)-len(b) > allowed || len(b)-len(a) > allowed {
		return allowed + 1
	}
	var before, last, row []int
	for j := range len(b) + 1 {
		last = append(last, j)
	}
	for i := 1; i <= len(a); i++ {
		row = append(make([]int, 0, len(b)+1), i)
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			d := min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row = append(row, d)
		}
		before, last = last, row
	}
	return last[len(b)]
}
