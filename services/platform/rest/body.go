package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/fault"
)

// maxDepth is how deeply a JSON body may be nested: none of ours goes beyond six.
const maxDepth = 32

// plain refuses a packed body: a megabyte of zip unfolds to a gigabyte, and no caller of ours packs.
func plain(c *fiber.Ctx) error {
	if len(c.Request().Header.PeekAll(fiber.HeaderContentEncoding)) > 0 {
		return fault.New(fault.Unsupported, "content_encoding", "send the body as it is, not compressed")
	}
	return nil
}

// takesForm reports whether an operation is sent as a multipart form; its handler reads it as a stream of parts with limits of its own.
func takesForm(op *openapi3.Operation) bool {
	return op.RequestBody != nil && op.RequestBody.Value != nil && op.RequestBody.Value.Content[fiber.MIMEMultipartForm] != nil
}

// propertyNames are the names an operation's JSON body may hold, at any depth, by their folded form.
func propertyNames(op *openapi3.Operation) map[string]string {
	names, seen := map[string]string{}, map[*openapi3.Schema]bool{}
	var walk func(openapi3.SchemaRefs)
	walk = func(refs openapi3.SchemaRefs) {
		for _, ref := range refs {
			if ref == nil || ref.Value == nil || seen[ref.Value] {
				continue
			}
			s := ref.Value
			seen[s] = true
			for name, property := range s.Properties {
				names[fold(name)] = name
				walk(openapi3.SchemaRefs{property})
			}
			walk(openapi3.SchemaRefs{s.Items, s.AdditionalProperties.Schema, s.Not})
			walk(s.AllOf)
			walk(s.AnyOf)
			walk(s.OneOf)
		}
	}
	if op.RequestBody != nil && op.RequestBody.Value != nil {
		if media := op.RequestBody.Value.Content[fiber.MIMEApplicationJSON]; media != nil {
			walk(openapi3.SchemaRefs{media.Schema})
		}
	}
	return names
}

// unambiguous refuses a JSON body that two readers could take for two different things: a name that comes twice in one object, and a name
// that is one of ours but for the case of its letters. The validator tells "Title" from "title" and the decoder does not, so without this
// the one could be shown a good value and the other be given a bad one. It also bounds the nesting.
func unambiguous(body []byte, names map[string]string) error {
	if !utf8.Valid(body) { // the decoder would put a sign of its own in the place of what it cannot read
		return fault.New(fault.Invalid, "malformed", "the body is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var open []object
	for begun := false; ; begun = true {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || begun && len(open) == 0 {
			return fault.New(fault.Invalid, "malformed", "the body is not one JSON value")
		}
		inside := len(open) > 0 && open[len(open)-1].seen != nil
		if inside && open[len(open)-1].named { // the value of a name
			open[len(open)-1].named = false
		} else if name, ok := token.(string); ok && inside {
			in := &open[len(open)-1]
			if ours, known := names[fold(name)]; in.seen[name] || known && ours != name {
				return fault.Bad(fault.Field{Path: name, Code: "unknown_field", Detail: "a name comes twice, or in another case than ours"})
			}
			in.seen[name], in.named = true, true
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, object{seen: map[string]bool{}})
		case json.Delim('['):
			open = append(open, object{})
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		}
		if len(open) > maxDepth {
			return fault.New(fault.Invalid, "malformed", "the body is nested too deeply")
		}
	}
}

// object is one JSON object being read: the names seen, and whether the last one still wants its value. An array has no names.
type object struct {
	seen  map[string]bool
	named bool
}

// fold makes names that encoding/json takes for the same equal.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		return least
	}, s)
}
