package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Requests are decoded strictly: an unknown field or parameter is refused, a
// value of the wrong type is refused with the code its field is tagged with,
// and a field tagged refuse may only hold what changes nothing.

// decodeBody fills dst, a pointer to a struct, from a JSON object.
func decodeBody(body []byte, dst any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return newError("missing_payload", "A json payload is missing.")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		if wrongType := new(json.UnmarshalTypeError); err == nil || errors.As(err, &wrongType) {
			return newError("bad_request", "Invalid value type: expected an object.")
		}
		return newError("malformed_payload", "The json payload provided is malformed. `%s`.", err)
	}
	return decodeObject(object, dst)
}

func decodeObject(object map[string]json.RawMessage, dst any) error {
	v := reflect.ValueOf(dst).Elem()
	for name, raw := range object {
		i, ok := fieldNamed(v.Type(), name)
		if !ok {
			return newError("bad_request", "Unknown field `%s`: expected one of %s", name, quotedList(fieldNames(v.Type())))
		}
		if isNull(raw) {
			continue
		}
		tag := v.Type().Field(i).Tag
		if code := tag.Get("refuse"); code != "" {
			if !changesNothing(raw) {
				return newError(code, "The parameter `%s` is not served by this engine.", name)
			}
			continue
		}
		if err := json.Unmarshal(raw, v.Field(i).Addr().Interface()); err != nil {
			return newError(tag.Get("code"), "Invalid value type at `.%s`: expected %s, but found %s", name, described(v.Field(i).Type()), shownValue(raw))
		}
	}
	return nil
}

func changesNothing(raw json.RawMessage) bool {
	switch strings.TrimSpace(string(raw)) {
	case "null", "false", "[]", "{}":
		return true
	}
	return false
}

func shownValue(raw json.RawMessage) string {
	text := strings.TrimSpace(string(raw))
	if len(text) > 100 {
		text = text[:100] + "…"
	}
	kind := "a number"
	switch text[0] {
	case '"':
		kind = "a string"
	case '[':
		kind = "an array"
	case '{':
		kind = "an object"
	case 't', 'f':
		kind = "a boolean"
	}
	return kind + ": `" + text + "`"
}

func described(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return described(t.Elem())
	case reflect.Int, reflect.Uint64:
		return "a positive integer"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	}
	return "an array"
}

// decodeQuery fills dst from URL parameters; lists are comma-separated.
func decodeQuery(rawQuery string, dst any) error {
	params, err := url.ParseQuery(rawQuery)
	if err != nil {
		return newError("bad_request", "Invalid query string: %s", err)
	}
	object := make(map[string]json.RawMessage, len(params))
	t := reflect.TypeOf(dst).Elem()
	for name, values := range params {
		i, ok := fieldNamed(t, name)
		if !ok {
			expected := "no parameters are expected"
			if names := fieldNames(t); len(names) > 0 {
				expected = "expected one of " + quotedList(names)
			}
			return newError("bad_request", "Unknown parameter `%s`: %s", name, expected)
		}
		object[name] = asJSON(t.Field(i).Type, values[len(values)-1])
	}
	return decodeObject(object, dst)
}

// asJSON writes a parameter as the JSON its field expects.
func asJSON(t reflect.Type, value string) json.RawMessage {
	quoted := func(s string) json.RawMessage {
		raw, _ := json.Marshal(s)
		return raw
	}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		// A filter is an expression or an array of them in JSON.
		if trimmed := strings.TrimSpace(value); strings.HasPrefix(trimmed, "[") && json.Valid([]byte(trimmed)) {
			return json.RawMessage(trimmed)
		}
		if value == "" || value == "false" || value == "null" {
			return json.RawMessage("null")
		}
		return quoted(value)
	case t == reflect.TypeFor[*time.Time]():
		return quoted(value)
	case t.Kind() == reflect.Pointer:
		return asJSON(t.Elem(), value)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.String:
		list, _ := json.Marshal(strings.Split(value, ","))
		return list
	case t.Kind() == reflect.Slice:
		return json.RawMessage("[" + value + "]")
	case t.Kind() == reflect.String:
		return quoted(value)
	}
	if _, err := strconv.ParseFloat(value, 64); err == nil || value == "true" || value == "false" {
		return json.RawMessage(value)
	}
	return quoted(value) // the wrong type: decoding says so
}

func fieldNamed(t reflect.Type, name string) (int, bool) {
	for i := range t.NumField() {
		if jsonName(t.Field(i)) == name {
			return i, true
		}
	}
	return 0, false
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("refuse") == "" {
			names = append(names, jsonName(f))
		}
	}
	return names
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}
