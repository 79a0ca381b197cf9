package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzEachField holds the scanner of stored documents to encoding/json.
func FuzzEachField(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, `{"a":"x,}\"]","b":[1,{"c":"]"}],"d":{"e":"{"},"é\n":null}`, `{"a":"\\","b":""}`, `{ "a" : [ ] , "b" : -1.5e3 }`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want map[string]json.RawMessage
		if json.Unmarshal(raw, &want) != nil || want == nil {
			return
		}
		got := map[string]json.RawMessage{}
		eachField(compact(raw), func(name string, field []byte) {
			one := map[string]json.RawMessage{}
			if err := json.Unmarshal(append(append([]byte{'{'}, field...), '}'), &one); err != nil {
				t.Fatalf("%s: field %s: %v", raw, field, err)
			}
			for decoded, value := range one {
				got[decoded] = value
			}
		})
		for name, value := range want {
			want[name] = compact(value)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	})
}

// compact leaves out the space between the elements of JSON.
func compact(raw []byte) []byte {
	var out bytes.Buffer
	if err := json.Compact(&out, raw); err != nil {
		return raw
	}
	return out.Bytes()
}
