package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A filter is a tree of conditions. The grammar is Meilisearch's:
//
//	filter     = or
//	or         = and { "OR" and }
//	and        = not { "AND" not }
//	not        = "NOT" not | primary
//	primary    = "(" filter ")" | condition
//	condition  = attribute op value | attribute value "TO" value
//	           | attribute ["NOT"] "IN" "[" [ value { "," value } [","] ] "]"
//	           | attribute ["NOT"] ("EXISTS" | "CONTAINS" value | "STARTS WITH" value)
//	           | attribute "IS" ["NOT"] ("NULL" | "EMPTY")
//
// A filter may also be an array: its elements are joined by AND, the elements
// of an array inside it by OR.
type filter interface{ attributes(visit func(condition)) }

type (
	andFilter []filter
	orFilter  []filter
	notFilter struct{ of filter }

	// condition is one test on one attribute.
	condition struct {
		attribute string
		op        filterOp
		values    []string
	}
)

// idFilter keeps documents by their ids; requests give ids beside a filter.
type idFilter []string

func (f idFilter) attributes(func(condition)) {}

func withIDs(f filter, ids []string) filter {
	if f == nil {
		return idFilter(ids)
	}
	return andFilter{f, idFilter(ids)}
}

type filterOp int

const (
	opEqual filterOp = iota
	opGreater
	opGreaterEqual
	opLess
	opLessEqual
	opBetween
	opIn
	opExists
	opNull
	opEmpty
	opContains
	opStartsWith
)

func (f andFilter) attributes(visit func(condition)) {
	for _, child := range f {
		child.attributes(visit)
	}
}

func (f orFilter) attributes(visit func(condition)) {
	for _, child := range f {
		child.attributes(visit)
	}
}

func (f notFilter) attributes(visit func(condition)) { f.of.attributes(visit) }
func (c condition) attributes(visit func(condition)) { visit(c) }

// maxFilterDepth bounds nesting, so that no request can exhaust the stack.
const maxFilterDepth = 200

// parseFilter reads a filter from JSON: a string or arrays of strings. It
// returns nil for an empty filter. Errors carry the given code.
func parseFilter(raw json.RawMessage, code string) (filter, error) {
	if isNull(raw) {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, newError(code, "Invalid syntax for the filter parameter: %s", err)
	}
	f, err := filterFromJSON(value, 0)
	if err != nil {
		return nil, newError(code, "%s", err)
	}
	return f, nil
}

func filterFromJSON(value any, depth int) (filter, error) {
	switch v := value.(type) {
	case string:
		return parseFilterExpression(v)
	case []any:
		if depth > 1 {
			return nil, fmt.Errorf("invalid syntax for the filter parameter: expected a string, found an array")
		}
		var children []filter
		for _, element := range v {
			child, err := filterFromJSON(element, depth+1)
			if err != nil {
				return nil, err
			}
			if child != nil {
				children = append(children, child)
			}
		}
		switch {
		case len(children) == 0:
			return nil, nil
		case len(children) == 1:
			return children[0], nil
		case depth == 0:
			return andFilter(children), nil
		}
		return orFilter(children), nil
	}
	return nil, fmt.Errorf("invalid syntax for the filter parameter: expected `String, Array`, found %T", value)
}

// parseFilterExpression parses one expression; blank text is no filter.
func parseFilterExpression(text string) (filter, error) {
	words, err := scanFilter(text)
	if err != nil || len(words) == 0 {
		return nil, err
	}
	p := &filterParser{words: words}
	f, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if w := p.peek(); w != nil {
		return nil, fmt.Errorf("found unexpected characters at the end of the filter: `%s`. You probably forgot an `OR` or an `AND` rule", w.text)
	}
	return f, nil
}

const expectedOperation = "was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`, `NOT IN`, `TO`, `EXISTS`, `NOT EXISTS`, `IS NULL`, `IS NOT NULL`, `IS EMPTY`, `IS NOT EMPTY`, `CONTAINS`, `NOT CONTAINS`, `STARTS WITH` or `NOT STARTS WITH` at `%s`"

// filterWord is a lexical element: a value, or a symbol such as `>=`.
type filterWord struct {
	text   string
	quoted bool // written in quotes: never a keyword
	symbol bool
}

func scanFilter(text string) ([]filterWord, error) {
	var words []filterWord
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case strings.ContainsRune("()[],", r):
			words = append(words, filterWord{text: string(r), symbol: true})
			i += size
		case strings.ContainsRune("=!<>", r):
			op := string(r)
			if i+1 < len(text) && text[i+1] == '=' && r != '=' {
				op += "="
			}
			if op == "!" {
				return nil, fmt.Errorf(expectedOperation, text[i:])
			}
			words = append(words, filterWord{text: op, symbol: true})
			i += len(op)
		case r == '"' || r == '\'':
			value, n, err := scanQuoted(text[i:], byte(r))
			if err != nil {
				return nil, err
			}
			words = append(words, filterWord{text: value, quoted: true})
			i += n
		default:
			end := i
			for end < len(text) {
				r, size := utf8.DecodeRuneInString(text[end:])
				if unicode.IsSpace(r) || strings.ContainsRune("()[],=!<>\"'", r) {
					break
				}
				end += size
			}
			words = append(words, filterWord{text: text[i:end]})
			i = end
		}
	}
	return words, nil
}

// scanQuoted reads a quoted value; a backslash escapes the quote and itself.
func scanQuoted(text string, quote byte) (value string, length int, err error) {
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == quote:
			return out.String(), i + 1, nil
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == quote || text[i+1] == '\\'):
			i++
			out.WriteByte(text[i])
		default:
			out.WriteByte(text[i])
		}
	}
	return "", 0, fmt.Errorf("expression `%s` is missing the following closing delimiter: `%c`", text, quote)
}

type filterParser struct {
	words []filterWord
	at    int
}

func (p *filterParser) peek() *filterWord {
	if p.at < len(p.words) {
		return &p.words[p.at]
	}
	return nil
}

// keyword consumes an unquoted word, in upper case as Meilisearch wants it.
func (p *filterParser) keyword(text string) bool {
	if w := p.peek(); w != nil && !w.quoted && !w.symbol && w.text == text {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) symbol(text string) bool {
	if w := p.peek(); w != nil && w.symbol && w.text == text {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) or(depth int) (filter, error) {
	first, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	children := []filter{first}
	for p.keyword("OR") {
		next, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		children = append(children, next)
	}
	if len(children) == 1 {
		return first, nil
	}
	return orFilter(children), nil
}

func (p *filterParser) and(depth int) (filter, error) {
	first, err := p.not(depth)
	if err != nil {
		return nil, err
	}
	children := []filter{first}
	for p.keyword("AND") {
		next, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		children = append(children, next)
	}
	if len(children) == 1 {
		return first, nil
	}
	return andFilter(children), nil
}

func (p *filterParser) not(depth int) (filter, error) {
	if depth > maxFilterDepth {
		return nil, fmt.Errorf("too many filter conditions, can't process more than %d levels", maxFilterDepth)
	}
	if p.keyword("NOT") {
		of, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return notFilter{of}, nil
	}
	if p.symbol("(") {
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.symbol(")") {
			return nil, fmt.Errorf("expression is missing the following closing delimiter: `)`")
		}
		return inner, nil
	}
	return p.condition()
}

func (p *filterParser) condition() (filter, error) {
	attribute, err := p.value("an attribute")
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(attribute, "_geo") {
		return nil, fmt.Errorf("`%s` is a reserved keyword and thus can't be used as a filter expression: geo search is not served", attribute)
	}
	switch {
	case p.symbol("="):
		return p.one(attribute, opEqual)
	case p.symbol("!="):
		return negated(p.one(attribute, opEqual))
	case p.symbol(">"):
		return p.one(attribute, opGreater)
	case p.symbol(">="):
		return p.one(attribute, opGreaterEqual)
	case p.symbol("<"):
		return p.one(attribute, opLess)
	case p.symbol("<="):
		return p.one(attribute, opLessEqual)
	case p.keyword("NOT"):
		return negated(p.wordCondition(attribute))
	case p.keyword("IS"):
		not := p.keyword("NOT")
		var c filter
		switch {
		case p.keyword("NULL"):
			c = condition{attribute: attribute, op: opNull}
		case p.keyword("EMPTY"):
			c = condition{attribute: attribute, op: opEmpty}
		default:
			return nil, fmt.Errorf("was expecting `NULL` or `EMPTY` after `%s IS`", attribute)
		}
		if not {
			return notFilter{c}, nil
		}
		return c, nil
	}
	return p.wordCondition(attribute)
}

// wordCondition parses the conditions that start with a keyword and TO.
func (p *filterParser) wordCondition(attribute string) (filter, error) {
	switch {
	case p.keyword("EXISTS"):
		return condition{attribute: attribute, op: opExists}, nil
	case p.keyword("CONTAINS"):
		return p.one(attribute, opContains)
	case p.keyword("STARTS"):
		if !p.keyword("WITH") {
			return nil, fmt.Errorf("was expecting `WITH` after `%s STARTS`", attribute)
		}
		return p.one(attribute, opStartsWith)
	case p.keyword("IN"):
		values, err := p.list()
		if err != nil {
			return nil, err
		}
		return condition{attribute: attribute, op: opIn, values: values}, nil
	}
	from, err := p.value("an operation after `" + attribute + "`")
	if err != nil {
		return nil, err
	}
	if !p.keyword("TO") {
		return nil, fmt.Errorf(expectedOperation, attribute+" "+from)
	}
	to, err := p.value("a value after `TO`")
	if err != nil {
		return nil, err
	}
	return condition{attribute: attribute, op: opBetween, values: []string{from, to}}, nil
}

func (p *filterParser) one(attribute string, op filterOp) (filter, error) {
	value, err := p.value("a value")
	if err != nil {
		return nil, err
	}
	return condition{attribute: attribute, op: op, values: []string{value}}, nil
}

func negated(f filter, err error) (filter, error) {
	if err != nil {
		return nil, err
	}
	return notFilter{f}, nil
}

func (p *filterParser) list() ([]string, error) {
	if !p.symbol("[") {
		return nil, fmt.Errorf("expected `[` after `IN` keyword")
	}
	values := []string{}
	for {
		if p.symbol("]") {
			return values, nil
		}
		value, err := p.value("only comma-separated field names inside `IN[..]`")
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		if !p.symbol(",") {
			if p.symbol("]") {
				return values, nil
			}
			return nil, fmt.Errorf("expected only comma-separated field names inside `IN[..]`")
		}
	}
}

// reservedWords cannot be values unless quoted.
var reservedWords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "IN": true, "TO": true, "EXISTS": true, "IS": true, "NULL": true, "EMPTY": true,
	"CONTAINS": true, "STARTS": true, "WITH": true,
}

func (p *filterParser) value(what string) (string, error) {
	w := p.peek()
	switch {
	case w == nil:
		return "", fmt.Errorf("was expecting %s but instead got nothing", what)
	case w.symbol:
		return "", fmt.Errorf("was expecting %s but instead got `%s`", what, w.text)
	case !w.quoted && reservedWords[w.text]:
		return "", fmt.Errorf("was expecting %s but instead got `%s`, which is a reserved keyword. To use it as a value, surround it by quotes", what, w.text)
	}
	p.at++
	return w.text, nil
}

// parseNumber reads a filter value as a number, as Meilisearch does: finite.
func parseNumber(value string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return 0, false
	}
	return f, true
}

// checkFilter refuses attributes that are not filterable, or not in this way.
func checkFilter(f filter, s *settings, code string) error {
	if f == nil {
		return nil
	}
	var err error
	f.attributes(func(c condition) {
		if err != nil {
			return
		}
		rule, ok := s.filterable(c.attribute)
		switch {
		case !ok:
			err = newError(code, "Attribute `%s` is not filterable. %s", c.attribute, availableFilters(s))
		case c.op >= opGreater && c.op <= opBetween && !rule.Comparison, (c.op == opEqual || c.op == opIn) && !rule.Equality:
			err = newError(code, "Filter operator is not allowed for the attribute `%s`: the filterable attribute rule does not enable it.", c.attribute)
		}
	})
	return err
}

func availableFilters(s *settings) string {
	var names []string
	for _, r := range s.FilterableAttributes {
		names = append(names, r.Patterns...)
	}
	if len(names) == 0 {
		return "This index does not have configured filterable attributes."
	}
	_ = sortedSet(&names)
	return "Available filterable attribute patterns are: " + quotedList(names) + "."
}
