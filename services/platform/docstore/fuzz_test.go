package docstore_test

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// FuzzCursor: whatever a client sends as a cursor is refused as invalid or is the place that the store gave out.
func FuzzCursor(f *testing.F) {
	c := items(f, place{url: "sqlite:" + filepath.Join(f.TempDir(), "a.db")}.open(f))
	fill(f, c, "d", 20)
	q := docstore.Query{Index: "byStatus", Equal: []any{"open"}, Limit: 3}
	first := ok(c.Find(f.Context(), q))(f)
	for _, seed := range []string{first.Next, "", "e30", "bnVsbA", "eyJzIjoiIiwicCI6W119", "eyJzIjpudWxsLCJwIjpbMSwiYSJdfQ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		q := q
		q.Cursor = cursor
		page, err := c.Find(t.Context(), q)
		switch {
		case err != nil && fault.KindOf(err) != fault.Invalid:
			t.Errorf("%q: %v", cursor, err)
		case err == nil && cursor != "" && cursor != first.Next && cursor != page.Next:
			for _, d := range page.Items { // a later cursor of the same query, found by chance
				if d.Body.Status != "open" {
					t.Errorf("%q leads out of its query", cursor)
				}
			}
		}
	})
}

// FuzzContents: any JSON object in a body comes back as it went in.
func FuzzContents(f *testing.F) {
	c := items(f, place{url: "sqlite:" + filepath.Join(f.TempDir(), "a.db")}.open(f))
	f.Add(`{"a":[1,2.5,null,{"b":"\u0000"}],"n":9007199254740993}`)
	f.Fuzz(func(t *testing.T, text string) {
		var extra map[string]any
		if json.Unmarshal([]byte(text), &extra) != nil || len(extra) == 0 || len(text) > 10_000 {
			t.Skip("not a JSON object")
		}
		it := newItem("one")
		it.Extra = extra
		want := ok(json.Marshal(it))(t)
		_, err := c.Insert(t.Context(), "one", it)
		if fault.KindOf(err) == fault.Duplicate {
			_, err = c.Update(t.Context(), "one", func(tx *docstore.Tx[item]) error { *tx.Body = it; return nil })
		}
		noError(t, err)
		got := ok(json.Marshal(ok(c.Get(t.Context(), "one"))(t).Body))(t)
		var a, b any
		noError(t, json.Unmarshal(want, &a))
		noError(t, json.Unmarshal(got, &b))
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s came back as %s", want, got)
		}
	})
}
