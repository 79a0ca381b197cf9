package engine

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// hitShape is how a request wants its hits shown.
type hitShape struct {
	keep       []string // patterns of attributes; nil keeps all
	score      bool
	positions  bool
	highlight  []string
	crop       map[string]int // pattern -> words
	marker     string
	pre, post  string
	terms      []queryTerm
	tokens     *tokenizer
	prefixable bool
	tolerance  *typoTolerance
}

func newHitShape(ix *searchIndex, q *searchRequest, terms []queryTerm) (*hitShape, error) {
	s := &ix.meta.Settings
	h := &hitShape{
		keep:       retrieved(s.DisplayedAttributes, q.AttributesToRetrieve),
		score:      q.ShowRankingScore,
		positions:  q.ShowMatchesPosition,
		highlight:  q.AttributesToHighlight,
		marker:     valueOr(q.CropMarker, defaultCropMarker),
		pre:        valueOr(q.HighlightPreTag, defaultPreTag),
		post:       valueOr(q.HighlightPostTag, defaultPostTag),
		terms:      terms,
		tokens:     ix.tokens,
		prefixable: s.PrefixSearch != "disabled",
		tolerance:  &s.TypoTolerance,
	}
	if len(q.AttributesToCrop) > 0 {
		length := valueOr(q.CropLength, defaultCropLength)
		if length < 0 {
			return nil, newError("invalid_search_crop_length", "Invalid value at `.cropLength`: expected a positive integer, but found `%d`.", length)
		}
		h.crop = map[string]int{}
		for _, a := range q.AttributesToCrop {
			name, own, found := strings.Cut(a, ":")
			h.crop[name] = length
			if found {
				n, err := strconv.Atoi(own)
				if err != nil || n < 0 {
					return nil, newError("invalid_search_attributes_to_crop", "Invalid value at `.attributesToCrop`: `%s`.", a)
				}
				h.crop[name] = n
			}
		}
	}
	return h, nil
}

// retrieved is what may be shown of what is asked for; nil means everything.
func retrieved(displayed, asked []string) []string {
	all := slices.Contains(displayed, "*")
	if asked == nil || slices.Contains(asked, "*") {
		if all {
			return nil
		}
		return displayed
	}
	if all {
		return asked
	}
	kept := []string{}
	for _, a := range asked {
		if matchesAny(displayed, a) {
			kept = append(kept, a)
		}
	}
	return kept
}

// render shows one hit. A whole document is passed on as it is stored.
func (h *hitShape) render(source []byte, score float64) (json.RawMessage, error) {
	formatted := len(h.highlight) > 0 || len(h.crop) > 0
	if !formatted && !h.positions && plainNames(h.keep) {
		return h.cut(source, score), nil
	}
	doc, err := decodeDocument(source)
	if err != nil {
		return nil, err
	}
	shown := doc
	if h.keep != nil {
		shown = pick(doc, h.keep)
	}
	if formatted {
		// _formatted holds what is retrieved and what is named to be formatted.
		base := shown
		if h.keep != nil {
			wanted := append([]string(nil), h.keep...)
			for _, name := range h.highlight {
				if name != "*" {
					wanted = append(wanted, name)
				}
			}
			for name := range h.crop {
				if name != "*" {
					wanted = append(wanted, name)
				}
			}
			base = pick(doc, wanted)
		}
		view := map[string]any{}
		for name, value := range base {
			view[name] = h.format(name, value)
		}
		shown = withField(shown, "_formatted", view)
	}
	if h.positions {
		found := map[string][]position{}
		for name, value := range doc {
			h.locate(found, name, value)
		}
		shown = withField(shown, "_matchesPosition", found)
	}
	if h.score {
		shown = withField(shown, "_rankingScore", score)
	}
	return marshalPlain(shown)
}

// plainNames tells whether patterns name top-level attributes as they are.
func plainNames(patterns []string) bool {
	for _, p := range patterns {
		if strings.ContainsAny(p, ".*") {
			return false
		}
	}
	return true
}

// cut shows a hit without decoding it: most of a document may be text that is
// searched and not shown.
func (h *hitShape) cut(source []byte, score float64) json.RawMessage {
	if h.keep == nil && !h.score {
		return source
	}
	out := make([]byte, 1, min(len(source)+32, 4096))
	out[0] = '{'
	if h.keep == nil {
		out = append(out[:0], source[:len(source)-1]...)
	} else {
		eachField(source, func(name string, field []byte) {
			if slices.Contains(h.keep, name) {
				if len(out) > 1 {
					out = append(out, ',')
				}
				out = append(out, field...)
			}
		})
	}
	if h.score {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, `"_rankingScore":`...)
		out = strconv.AppendFloat(out, score, 'f', -1, 64)
	}
	return append(out, '}')
}

// eachField visits the top-level fields of a compact, valid JSON object, the
// form documents are stored in; field is the name and the value as written.
func eachField(object []byte, visit func(name string, field []byte)) {
	for at := 1; at < len(object)-1; at++ { // past the brace, or the comma
		start := at
		at = skipString(object, at)
		name := string(object[start+1 : at-1])
		if strings.IndexByte(name, '\\') >= 0 {
			_ = json.Unmarshal(object[start:at], &name) // valid: it was stored
		}
		at++ // the colon
		for depth := 0; at < len(object)-1 && (depth > 0 || object[at] != ','); {
			switch object[at] {
			case '"':
				at = skipString(object, at)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			at++
		}
		visit(name, object[start:at])
	}
}

// skipString returns the end of the JSON string that starts at at.
func skipString(text []byte, at int) int {
	for at++; text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// marshalPlain is JSON without HTML escapes: highlight tags stay readable.
func marshalPlain(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(out.Bytes(), "\n"), nil
}

func withField(doc map[string]any, name string, value any) map[string]any {
	out := make(map[string]any, len(doc)+1)
	for k, v := range doc {
		out[k] = v
	}
	out[name] = value
	return out
}

// pick keeps the attributes the patterns name, nested ones by dotted path.
func pick(doc map[string]any, patterns []string) map[string]any {
	return pickUnder("", doc, patterns)
}

func pickUnder(prefix string, doc map[string]any, patterns []string) map[string]any {
	out := map[string]any{}
	for name, value := range doc {
		path := prefix + name
		if matchesAny(patterns, path) {
			out[name] = value
			continue
		}
		if inner, ok := value.(map[string]any); ok {
			if picked := pickUnder(path+".", inner, patterns); len(picked) > 0 {
				out[name] = picked
			}
		}
	}
	return out
}

// format renders a value as _formatted shows it: scalars become strings.
func (h *hitShape) format(path string, value any) any {
	switch v := value.(type) {
	case string:
		return h.formatText(path, v)
	case json.Number:
		return h.formatText(path, v.String())
	case []any:
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = h.format(path, element)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, inner := range v {
			out[name] = h.format(path+"."+name, inner)
		}
		return out
	}
	return value
}

func (h *hitShape) formatText(path, text string) string {
	words := h.tokens.tokens(text)
	matched := h.matches(words)
	from, to := 0, len(text)
	before, after := "", ""
	if n, ok := h.cropLength(path); ok && n < len(words) && n > 0 {
		first := cropStart(words, matched, n)
		if first > 0 {
			from, before = words[first].Start, h.marker
		}
		if first+n < len(words) {
			to, after = words[first+n-1].End, h.marker
		}
	}
	var out strings.Builder
	out.WriteString(before)
	at := from
	if matchesAny(h.highlight, path) {
		for i, w := range words {
			if !matched[i] || w.Start < from || w.End > to {
				continue
			}
			out.WriteString(text[at:w.Start])
			out.WriteString(h.pre)
			out.WriteString(text[w.Start:w.End])
			out.WriteString(h.post)
			at = w.End
		}
	}
	out.WriteString(text[at:to])
	out.WriteString(after)
	return out.String()
}

func (h *hitShape) cropLength(path string) (int, bool) {
	for pattern, n := range h.crop {
		if matchesAny([]string{pattern}, path) {
			return n, true
		}
	}
	return 0, false
}

// cropStart places a window of n words: the one with the most matches, and the
// first match as near its middle as the text allows.
func cropStart(words []token, matched []bool, n int) int {
	best, bestCount := 0, 0
	count := 0
	for i := range words {
		if matched[i] {
			count++
		}
		if i >= n && matched[i-n] {
			count--
		}
		if count > bestCount {
			best, bestCount = max(i-n+1, 0), count
		}
	}
	if bestCount == 0 {
		return 0
	}
	firstMatch := best
	for !matched[firstMatch] {
		firstMatch++
	}
	lastMatch := min(best+n, len(words)) - 1
	for !matched[lastMatch] {
		lastMatch--
	}
	spare := n - (lastMatch - firstMatch + 1)
	return max(0, min(firstMatch-spare/2, len(words)-n))
}

// matches marks the words of a text that the query found.
func (h *hitShape) matches(words []token) []bool {
	matched := make([]bool, len(words))
	for _, t := range h.terms {
		if t.negative {
			continue
		}
		if len(t.words) > 1 {
			for i := 0; i+len(t.words) <= len(words); i++ {
				if samePhrase(t.words, words[i:]) {
					for j := range t.words {
						matched[i+j] = true
					}
				}
			}
			continue
		}
		want := t.words[0].Term
		for i, w := range words {
			switch {
			case w.Term == want, t.prefix && h.prefixable && strings.HasPrefix(w.Term, want):
				matched[i] = true
			case !t.phrase && !matched[i]:
				matched[i] = withinEdits(want, w.Term, h.tolerance.typos(want))
			}
		}
	}
	return matched
}

func samePhrase(phrase, words []token) bool {
	for i, w := range phrase {
		if words[i].Term != w.Term || words[i].Position-words[0].Position != w.Position-phrase[0].Position {
			return false
		}
	}
	return true
}

// withinEdits tells whether two words are at most n edits apart.
func withinEdits(a, b string, n int) bool {
	if n == 0 {
		return a == b
	}
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > n || len(y)-len(x) > n {
		return false
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, p := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j, q := range y {
			cost := diagonal
			if p != q {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)] <= n
}

// position is where a match lies in a text, in bytes.
type position struct {
	Start  int `json:"start"`
	Length int `json:"length"`
}

func (h *hitShape) locate(found map[string][]position, path string, value any) {
	switch v := value.(type) {
	case string:
		words := h.tokens.tokens(v)
		for i, ok := range h.matches(words) {
			if ok {
				found[path] = append(found[path], position{words[i].Start, words[i].End - words[i].Start})
			}
		}
	case []any:
		for _, element := range v {
			h.locate(found, path, element)
		}
	case map[string]any:
		for name, inner := range v {
			h.locate(found, path+"."+name, inner)
		}
	}
}
