package search

import (
	"hash/fnv"
	"slices"
	"strings"

	"lianbang/search/text"
)

// sameness puts the operator's synonyms to work. A document that holds a word gets a token for every word that means the same,
// in the attribute where the word stands; a query that is exactly one of these words asks for its token. So one query with one
// set of counts answers for all of them, and nothing else changes: a part of a synonym that does not stand in a document does
// not find it.
type sameness struct {
	words []sameWord
	first map[string][]int  // the words that begin with a token
	asked map[string]string // the engine's query for a word → the query for its token
}

// sameWord is a word as it stands in a stream of tokens, and the tokens it brings.
type sameWord struct {
	latin  bool   // stands in Words, else in Pairs or Units
	phrase string // its tokens
	tokens []string
}

func newSameness(table *text.Synonyms) *sameness {
	s := &sameness{first: map[string][]int{}, asked: map[string]string{}}
	at := map[string]int{}
	for _, group := range table.Groups() {
		for _, w := range group {
			asked := text.Query(w).Exact
			phrase, isPhrase := strings.CutPrefix(asked, `"`)
			if asked == "" || isPhrase && strings.Count(asked, `"`) != 2 || !isPhrase && strings.Contains(asked, " ") {
				continue // punctuation inside: more than one run
			}
			i, known := at[asked]
			if !known {
				i, at[asked] = len(s.words), len(s.words)
				phrase = strings.TrimSuffix(phrase, `"`)
				first, _, _ := strings.Cut(phrase, " ")
				s.words = append(s.words, sameWord{latin: !isPhrase, phrase: phrase})
				s.first[first] = append(s.first[first], i)
				s.asked[asked] = `"` + sameToken(asked) + `"`
			}
			for _, other := range group {
				if t := sameToken(text.Query(other).Exact); !slices.Contains(s.words[i].tokens, t) {
					s.words[i].tokens = append(s.words[i].tokens, t)
				}
			}
		}
	}
	return s
}

// sameToken stands for a word and all that means the same. Like text's tokens it is lower-case letters beginning with vq, and
// the e after these is its own.
func sameToken(asked string) string {
	const letters = "bcdfghjklmnpqrst"
	h := fnv.New64a()
	_, _ = h.Write([]byte(asked))
	token := []byte("vqe")
	for sum, i := h.Sum64(), 0; i < 16; i++ {
		token = append(token, letters[sum>>(4*i)&15])
	}
	return string(token)
}

// of is the tokens a text brings.
func (s *sameness) of(t text.Tokens) string {
	if s == nil {
		return ""
	}
	var out []string
	for _, stream := range []struct {
		tokens string
		latin  bool
	}{{t.Pairs, false}, {t.Units, false}, {t.Words, true}} {
		for at := 0; at < len(stream.tokens); {
			rest := stream.tokens[at:]
			token, _, _ := strings.Cut(rest, " ")
			for _, i := range s.first[token] {
				w := &s.words[i]
				if w.latin == stream.latin && (rest == w.phrase || strings.HasPrefix(rest, w.phrase+" ")) {
					for _, token := range w.tokens {
						if !slices.Contains(out, token) {
							out = append(out, token)
						}
					}
				}
			}
			at += len(token) + 1
		}
	}
	return strings.Join(out, " ")
}

// query is what to ask the engine instead: the token when the query is exactly a word of the table.
func (s *sameness) query(exact string) string {
	if s == nil {
		return exact
	}
	if token, ok := s.asked[exact]; ok {
		return token
	}
	return exact
}
