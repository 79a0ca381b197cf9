// Package personal finds what says who a person is in whatever a service stores, and takes it out. Every service answers the same question
// through it, so that a person is shown, or erased, everywhere, in collections somebody adds tomorrow too.
//
// It knows values, not meanings: the person's id stays (a pseudonym decisions are kept under), its name, numbers and addresses go. It refuses to
// know which documents there are, to read what is sealed (a service that seals adds that itself), and to touch the log of decisions, which holds
// ids and reasons and proves itself by its hashes.
package personal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Erased stands where a name stood.
const Erased = "已注销用户"

// removed stands where a number or an address stood within a text.
const removed = "［已删除］"

// Who is a person: the id, and everything it was called and reached by, earlier values included. Organisations are those it is or was a member of:
// in a document of theirs its name alone is it.
type Who struct {
	UserID        string   `json:"userId"`
	Names         []string `json:"names,omitempty"`
	Phones        []string `json:"phones,omitempty"`
	Emails        []string `json:"emails,omitempty"` // lower case
	Organisations []string `json:"organisations,omitempty"`
}

// Found is one place that says who a person is, or what it did.
type Found struct {
	Collection string `json:"collection"`
	ID         string `json:"id"`
	Path       string `json:"path"`
	Value      string `json:"value"`
}

// Is says whether a value is one of the person's numbers or addresses.
func (w Who) Is(value string) bool {
	return value != "" && (slices.Contains(w.Phones, value) || slices.Contains(w.Emails, strings.ToLower(value)))
}

// named says whether a value is the person's name.
func (w Who) named(value string) bool { return value != "" && slices.Contains(w.Names, value) }

// in says whether a document is about the person at all.
func (w Who) in(body []byte) bool {
	holds := func(values []string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return v != "" && bytes.Contains(body, []byte(v)) })
	}
	return w.UserID != "" && bytes.Contains(body, []byte(w.UserID)) || holds(w.Phones) || holds(w.Names) && holds(w.Organisations) ||
		len(w.Emails) > 0 && holds(w.Emails) || len(w.Emails) > 0 && bytes.IndexByte(body, '@') >= 0 && w.mailIn(body)
}

// mailIn looks for an address however it was written.
func (w Who) mailIn(body []byte) bool {
	low := bytes.ToLower(body)
	return slices.ContainsFunc(w.Emails, func(m string) bool { return m != "" && bytes.Contains(low, []byte(m)) })
}

// Take takes the person out of one document. It gives the new body, nil when there was nothing to take out.
func Take(w Who, body json.RawMessage) (json.RawMessage, error) {
	k, tree, err := w.walk(body)
	if err != nil || k == nil || !k.changed {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // as it was
	if err := e.Encode(tree); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// Find lists where a document says who the person is and what it did.
func Find(w Who, body json.RawMessage) ([]Found, error) {
	k, _, err := w.walk(body)
	if err != nil || k == nil {
		return nil, err
	}
	return k.found, nil
}

// walk goes through a document that is about the person; nil for others.
func (w Who) walk(body json.RawMessage) (*walker, any, error) {
	if !w.in(body) {
		return nil, nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, nil, fmt.Errorf("personal: a document cannot be read: %w", err)
	}
	k := &walker{who: w}
	tree = k.value("", tree)
	return k, tree, nil
}

// walker changes a document in place, noting what it found.
type walker struct {
	who     Who
	found   []Found
	changed bool
}

func (k *walker) note(path, value string) { k.found = append(k.found, Found{Path: path, Value: value}) }

func (k *walker) value(path string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		k.object(path, v)
	case []any:
		for i := range v {
			v[i] = k.value(fmt.Sprintf("%s[%d]", path, i), v[i])
		}
	case string:
		return k.text(path, v)
	}
	return v
}

// contactKeys are how a contact's members are called; with one of them the person's, the others are too.
var contactKeys = []string{"contactName", "contactPhone", "contactEmail", "contactPosition", "phone", "email", "wechat", "position"}

// deedKeys are what tells what somebody did, beside its id; shown to the person, never changed.
var deedKeys = []string{"action", "kind", "state", "role", "at", "reason", "title", "text", "fileName"}

func (k *walker) object(path string, o map[string]any) {
	if k.contact(o) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			text, ok := o[key].(string)
			if ok && text != "" && (slices.Contains(contactKeys, key) || key == "name" && alone(o)) {
				k.note(join(path, key), text)
				o[key], k.changed = "", true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if id, ok := o[key].(string); ok && id == k.who.UserID && id != "" {
			k.note(join(path, key), deed(o))
			continue
		}
		o[key] = k.value(join(path, key), o[key])
	}
}

// contact says whether an object's number or address is the person's.
func (k *walker) contact(o map[string]any) bool {
	return slices.ContainsFunc(contactKeys, func(key string) bool { text, ok := o[key].(string); return ok && k.who.Is(text) })
}

// alone says whether an object is nothing but a contact, so that its "name" is a person's.
func alone(o map[string]any) bool {
	for key := range o {
		if key != "name" && !slices.Contains(contactKeys, key) {
			return false
		}
	}
	return true
}

// deed is what an object says somebody did.
func deed(o map[string]any) string {
	told := map[string]any{}
	for _, key := range deedKeys {
		switch v := o[key].(type) {
		case string, json.Number:
			told[key] = v
		}
	}
	b, err := json.Marshal(told)
	if err != nil || len(told) == 0 {
		return ""
	}
	return string(b)
}

// plainName is how many characters a name has that is no ordinary word: 李明 stands in 李明确认 by chance, 欧阳问渠 does not.
const plainName = 3

// text takes the person out of a text: a whole name, number or address; a number, an address or a name that is no ordinary word within others;
// and the same inside JSON that is kept as text.
func (k *walker) text(path, s string) string {
	switch {
	case k.who.named(s):
		k.note(path, s)
		k.changed = true
		return Erased
	case k.who.Is(s):
		k.note(path, s)
		k.changed = true
		return ""
	}
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		if inner, ok := k.packed(path, s); ok {
			return inner
		}
	}
	clean := s
	for _, phone := range k.who.Phones {
		clean = written(phone).ReplaceAllString(clean, "${1}"+removed+"${2}")
	}
	for _, name := range k.who.Names {
		if utf8.RuneCountInString(name) >= plainName {
			clean = strings.ReplaceAll(clean, name, Erased)
		}
	}
	for _, mail := range k.who.Emails {
		clean = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(mail)).ReplaceAllString(clean, removed)
	}
	if clean != s {
		k.note(path, s)
		k.changed = true
	}
	return clean
}

// packed walks through JSON kept as text.
func (k *walker) packed(path, s string) (string, bool) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var tree any
	if d.Decode(&tree) != nil || d.More() {
		return "", false
	}
	inner := &walker{who: k.who}
	tree = inner.value(path, tree)
	k.found = append(k.found, inner.found...)
	if !inner.changed {
		return s, true
	}
	b, err := json.Marshal(tree)
	if err != nil {
		return "", false
	}
	k.changed = true
	return string(b), true
}

// written matches a number however people write it, 138 0013-8000, and not within a longer one.
func written(phone string) *regexp.Regexp {
	if len(phone) < 7 { // what stands for a number that is gone
		return regexp.MustCompile(`()` + regexp.QuoteMeta(phone) + `()`)
	}
	digits := strings.Split(phone, "")
	for i := range digits {
		digits[i] = regexp.QuoteMeta(digits[i])
	}
	return regexp.MustCompile(`(^|\D)` + strings.Join(digits, `[ -]?`) + `(\D|$)`)
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
