package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// How a document lies in the index. Each attribute gets up to two fields:
//
//	t.<attr>  its words with positions, for searchable attributes
//	v.<attr>  its values as terms, for filterable, sortable and distinct attributes
//
// and every document has
//
//	m  marks: x<attr> the attribute exists, 0<attr> it is null, e<attr> it is empty
//	#  the order of insertion, the last tie-break of every ranking
//	$  the document itself, stored
const (
	textField   = "t."
	valueField  = "v."
	marksField  = "m"
	orderField  = "#"
	sourceField = "$"

	markExists = "x"
	markNull   = "0"
	markEmpty  = "e"

	// A value term starts with its kind. A string term carries the original
	// after originalSep when normalising changed it, so that facets can show it.
	kindNumber  = 'n'
	kindString  = 's'
	originalSep = "\x00"
)

// maxTermBytes bounds a string value as a term, as Meilisearch does (468).
const maxTermBytes = 468

// attribute is everything a document says under one path.
type attribute struct {
	texts   []string
	strings []string
	numbers []float64
	null    bool
	empty   bool
}

// flatten lists the attributes of a document by dotted path. The elements of
// an array share their path; an object is present under its own path and its
// fields under theirs.
func flatten(doc map[string]any) map[string]*attribute {
	flat := map[string]*attribute{}
	for name, value := range doc {
		flattenInto(flat, name, value)
	}
	return flat
}

func flattenInto(flat map[string]*attribute, path string, value any) {
	a := flat[path]
	if a == nil {
		a = &attribute{}
		flat[path] = a
	}
	switch v := value.(type) {
	case nil:
		a.null = true
	case bool:
		text := strconv.FormatBool(v)
		a.texts = append(a.texts, text)
		a.strings = append(a.strings, text)
	case json.Number:
		a.texts = append(a.texts, v.String())
		if f, err := v.Float64(); err == nil {
			a.numbers = append(a.numbers, f)
		}
	case string:
		if v == "" {
			a.empty = true
		}
		a.texts = append(a.texts, v)
		a.strings = append(a.strings, v)
	case []any:
		if len(v) == 0 {
			a.empty = true
		}
		for _, element := range v {
			if element == nil {
				continue // Meilisearch: IS NULL is about the attribute, not its elements
			}
			flattenInto(flat, path, element)
		}
	case map[string]any:
		if len(v) == 0 {
			a.empty = true
		}
		for name, nested := range v {
			flattenInto(flat, path+"."+name, nested)
		}
	}
}

// decodeDocument parses a document keeping numbers as written.
func decodeDocument(raw []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, fmt.Errorf("a document must be an object")
	}
	return doc, nil
}

// indexPlan is what the settings say about writing documents.
type indexPlan struct {
	searchable []string
	values     []string
	tokens     *tokenizer
}

func newIndexPlan(s settings) *indexPlan {
	return &indexPlan{searchable: s.SearchableAttributes, values: s.valuePatterns(), tokens: newTokenizer(s)}
}

// build makes the Bleve document.
func (p *indexPlan) build(id string, order uint64, source []byte, doc map[string]any) *document.Document {
	out := document.NewDocument(id)
	marks := termList{}
	for path, a := range flatten(doc) {
		marks = append(marks, markExists+path)
		if a.null {
			marks = append(marks, markNull+path)
		}
		if a.empty {
			marks = append(marks, markEmpty+path)
		}
		if len(a.texts) > 0 && matchesAny(p.searchable, path) {
			out.AddField(document.NewTextFieldCustom(textField+path, nil, nil,
				index.IndexField|index.IncludeTermVectors, textAnalyzer{p.tokens, a.texts}))
		}
		if !matchesAny(p.values, path) {
			continue
		}
		if terms := valueTerms(a); len(terms) > 0 {
			out.AddField(document.NewTextFieldCustom(valueField+path, nil, nil, index.IndexField|index.SkipFreqNorm, terms))
		}
	}
	out.AddField(document.NewTextFieldCustom(marksField, nil, nil, index.IndexField|index.SkipFreqNorm, marks))
	out.AddField(document.NewTextFieldCustom(orderField, nil, nil, index.IndexField|index.DocValues|index.SkipFreqNorm, termList{encodeOrder(order)}))
	out.AddField(document.NewTextFieldCustom(sourceField, nil, source, index.StoreField, nil))
	return out
}

// valueTerms are the terms of v.<attr>, one per distinct value.
func valueTerms(a *attribute) termList {
	var terms termList
	seen := map[string]bool{}
	for _, n := range a.numbers {
		if term := numberTerm(n); !seen[term] {
			seen[term] = true
			terms = append(terms, term)
		}
	}
	for _, original := range a.strings {
		key := normalizeValue(original)
		if seen[string(kindString)+key] {
			continue
		}
		seen[string(kindString)+key] = true
		terms = append(terms, stringTerm(key, original))
	}
	return terms
}

func stringTerm(key, original string) string {
	key, original = clip(key), strings.ReplaceAll(original, originalSep, "")
	if key == original {
		return string(kindString) + key
	}
	return string(kindString) + key + originalSep + clip(original)
}

// clip cuts a value to maxTermBytes at a rune boundary.
func clip(s string) string {
	if len(s) <= maxTermBytes {
		return s
	}
	cut := maxTermBytes
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut]
}

// numberTerm codes a number so that terms order as numbers do.
func numberTerm(f float64) string {
	if f == 0 {
		f = 0 // -0 is 0
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		bits = ^bits
	} else {
		bits |= 1 << 63
	}
	return fmt.Sprintf("%c%016x", kindNumber, bits)
}

func parseNumberTerm(term string) float64 {
	bits, _ := strconv.ParseUint(term[1:], 16, 64)
	if bits>>63 == 1 {
		bits &^= 1 << 63
	} else {
		bits = ^bits
	}
	return math.Float64frombits(bits)
}

// splitStringTerm returns the comparable form of a string value and the value
// as the document had it.
func splitStringTerm(term string) (key, original string) {
	key, original, found := strings.Cut(term[1:], originalSep)
	if !found {
		return key, key
	}
	return key, original
}

// encodeOrder codes the order of insertion in bytes that sort and that doc
// values can hold (they use 0xff as a separator).
func encodeOrder(n uint64) string {
	return fmt.Sprintf("%012x", n)
}

// textAnalyzer hands Bleve the words of an attribute. The elements of an array
// are kept apart by a gap, so that no phrase spans two of them.
type textAnalyzer struct {
	tokens *tokenizer
	texts  []string
}

const elementGap = 8

func (a textAnalyzer) Analyze([]byte) analysis.TokenStream {
	var words []token
	position := 1
	for _, text := range a.texts {
		words = a.tokens.appendTokens(words, text, position)
		if n := len(words); n > 0 {
			position = words[n-1].Position + elementGap
		}
	}
	// Byte offsets are left out: highlighting cuts the text again, and smaller
	// postings are read faster.
	stream := make(analysis.TokenStream, len(words))
	list := make([]analysis.Token, len(words))
	for i, w := range words {
		list[i] = analysis.Token{Term: []byte(w.Term), Position: w.Position}
		stream[i] = &list[i]
	}
	return stream
}

// termList is an analyzer that yields the terms it holds.
type termList []string

func (l termList) Analyze([]byte) analysis.TokenStream {
	sort.Strings(l)
	stream := make(analysis.TokenStream, len(l))
	for i, term := range l {
		stream[i] = &analysis.Token{Term: []byte(term), Position: i + 1}
	}
	return stream
}
