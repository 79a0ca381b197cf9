package docstore

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lianbang/services/platform/fault"
)

// encode is the one way from a Go value to stored JSON.
func encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "", "a document could not be encoded")
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// decode is the one way back. Numbers without a Go type stay json.Number, so that int64 survives.
func decode(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fault.Wrap(err, fault.Internal, "", "a stored document could not be decoded")
	}
	return nil
}

// upgraded lifts a stored body to the version the program writes now.
func upgraded(spec *Spec, rec record) (json.RawMessage, error) {
	if rec.version == spec.Version {
		return rec.body, nil
	}
	if rec.version > spec.Version {
		return nil, fault.Newf(fault.Unavailable, "newer_schema",
			"document %s of %s was written by a newer version of the program (%d, this one knows %d)",
			rec.id, spec.Name, rec.version, spec.Version)
	}
	var body map[string]any
	if err := decode(rec.body, &body); err != nil {
		return nil, err
	}
	for v := rec.version; v < spec.Version; v++ {
		var err error
		if body, err = spec.Upgrade(v, body); err != nil {
			return nil, fault.Wrap(err, fault.Internal, "", fmt.Sprintf("upgrading %s of %s from version %d", rec.id, spec.Name, v))
		}
	}
	return encode(body)
}

// value is a scalar as indexes hold it: a string, an integer or a boolean.
type value struct {
	kind   valueKind
	text   string
	number int64 // also 0 or 1 for a boolean
}

type valueKind uint8

const (
	isText valueKind = iota + 1
	isNumber
	isBool
)

// valueOf takes what a caller put into a Query. Named types go through their JSON form, as they do in a body.
func valueOf(v any) (value, error) {
	switch v := v.(type) {
	case string:
		return value{kind: isText, text: v}, nil
	case int64:
		return value{kind: isNumber, number: v}, nil
	case Millis:
		return value{kind: isNumber, number: int64(v)}, nil
	case time.Time:
		return value{kind: isNumber, number: int64(MillisOf(v))}, nil
	}
	data, err := encode(v)
	if err != nil {
		return value{}, err
	}
	return parseValue(data)
}

// parseValue reads a scalar from JSON.
func parseValue(data []byte) (value, error) {
	var v any
	if err := decode(data, &v); err != nil {
		return value{}, err
	}
	switch v := v.(type) {
	case string:
		return value{kind: isText, text: v}, nil
	case bool:
		if v {
			return value{kind: isBool, number: 1}, nil
		}
		return value{kind: isBool}, nil
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			return value{}, fault.Newf(fault.Internal, "", "%s is not a 64-bit integer, so it cannot be in an index", v)
		}
		return value{kind: isNumber, number: n}, nil
	}
	return value{}, fault.Newf(fault.Internal, "", "%.40s is not a string, an integer or a boolean, so it cannot be in an index", data)
}

// MarshalJSON is the scalar itself.
func (v value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case isText:
		return json.Marshal(v.text)
	case isBool:
		return json.Marshal(v.number == 1)
	}
	return json.Marshal(v.number)
}

// UnmarshalJSON reads a scalar.
func (v *value) UnmarshalJSON(data []byte) (err error) {
	*v, err = parseValue(data)
	return err
}

// less orders values as both engines do: text by bytes, numbers by size.
func (v value) less(w value) bool {
	if v.kind == isText {
		return v.text < w.text
	}
	return v.number < w.number
}

// keyOf reads the value a record has in an index field.
func keyOf(rec record, field string) (value, error) {
	switch field {
	case keyID:
		return value{kind: isText, text: rec.id}, nil
	case keyDirty:
		return value{kind: isNumber, number: rec.dirty}, nil
	case keyPending:
		return value{kind: isNumber, number: rec.pendingAt}, nil
	}
	data := rec.body
	for name := range strings.SplitSeq(field, ".") {
		var object map[string]json.RawMessage
		if err := decode(data, &object); err != nil {
			return value{}, err
		}
		var ok bool
		if data, ok = object[name]; !ok {
			return value{}, fault.Newf(fault.Internal, "", "document %s has no field %s", rec.id, field)
		}
	}
	return parseValue(data)
}

// validID says whether an id can be stored: valid UTF-8 without control characters, not empty, not too long.
func validID(id string) bool {
	return id != "" && len(id) <= MaxID && utf8.ValidString(id) &&
		!strings.ContainsFunc(id, func(r rune) bool { return r < 0x20 || r == 0x7f })
}

var (
	timeType          = reflect.TypeFor[time.Time]()
	jsonMarshalerType = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// checkBody refuses, when the program starts, a body type that would not survive storage or paging: a time.Time anywhere (its
// zone and nanoseconds would not come back), an unsigned integer that does not fit an int64, or an index on a field that is
// not a required scalar.
func checkBody(t reflect.Type, indexes []Index) error {
	if t.Kind() != reflect.Struct {
		return fmt.Errorf("the body %s is not a struct", t)
	}
	if path, why := findUnstorable(t, nil); why != "" {
		return fmt.Errorf("%s%s is %s", t, path, why)
	}
	for _, ix := range indexes {
		for _, field := range ix.Fields {
			if err := checkIndexed(t, field); err != nil {
				return fmt.Errorf("index %s: %w", ix.Name, err)
			}
		}
	}
	return nil
}

// findUnstorable looks for a part of t that has no exact stored form: where it is, and why.
func findUnstorable(t reflect.Type, above []reflect.Type) (path, why string) {
	if t == timeType {
		return "", "a time.Time: store a docstore.Millis"
	}
	if slices.Contains(above, t) || t.Implements(jsonMarshalerType) || reflect.PointerTo(t).Implements(jsonMarshalerType) {
		return "", "" // seen already, or it decides its own form
	}
	above = append(above, t)
	switch t.Kind() {
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return "", "an unsigned integer beyond int64"
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return findUnstorable(t.Elem(), above)
	case reflect.Struct:
		for f := range t.Fields() {
			if f.Tag.Get("json") == "-" || (!f.IsExported() && !f.Anonymous) {
				continue
			}
			if path, why := findUnstorable(f.Type, above); why != "" {
				return "." + f.Name + path, why
			}
		}
	}
	return "", ""
}

func checkIndexed(t reflect.Type, path string) error {
	for name := range strings.SplitSeq(path, ".") {
		if t.Kind() != reflect.Struct {
			return fmt.Errorf("field %s: %s is not a struct", path, t)
		}
		f, options, ok := jsonField(t, name)
		if !ok {
			return fmt.Errorf("field %s: %s has no JSON field %q", path, t, name)
		}
		if strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero") {
			return fmt.Errorf("field %s may be omitted, so it cannot be in an index", path)
		}
		t = f.Type
	}
	if t.Implements(jsonMarshalerType) || t.Implements(textMarshalerType) {
		return nil // judged by value, at the first query
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return nil
	}
	return fmt.Errorf("field %s is a %s, not a string, an integer or a boolean", path, t)
}

// jsonField finds a field by the name encoding/json gives it, embedded structs included.
func jsonField(t reflect.Type, name string) (field reflect.StructField, options string, ok bool) {
	for _, f := range reflect.VisibleFields(t) {
		tag := f.Tag.Get("json")
		tagName, opts, _ := strings.Cut(tag, ",")
		if tag == "-" || (f.Anonymous && tagName == "") || !f.IsExported() {
			continue
		}
		if tagName == "" {
			tagName = f.Name
		}
		if tagName == name {
			return f, opts, true
		}
	}
	return reflect.StructField{}, "", false
}
