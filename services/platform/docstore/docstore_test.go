package docstore_test

import (
	"context"
	"path/filepath"
	"testing"

	"lianbang/services/platform/docstore"
)

type item struct {
	Title  string          `json:"title"`
	Status string          `json:"status"`
	Code   string          `json:"code"`
	At     docstore.Millis `json:"at"`
	Amount int64           `json:"amount"`
	Public bool            `json:"public"`
	Owner  owner           `json:"owner"`
	Tags   []string        `json:"tags,omitempty"`
}

type owner struct {
	OrgID string `json:"orgId"`
}

var itemSpec = docstore.Spec{Name: "items", Version: 1, Searchable: true, Indexes: []docstore.Index{
	{Name: "byStatus", Fields: []string{"status", "at"}},
	{Name: "byOwner", Fields: []string{"owner.orgId"}},
	{Name: "byCode", Fields: []string{"code"}, Unique: true},
}}

func TestSmoke(t *testing.T) {
	ctx := context.Background()
	db, err := docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "a b?.db")})
	if err != nil {
		t.Fatal(err)
	}
	c, err := docstore.NewCollection[item](ctx, db, itemSpec)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		if _, err := c.Insert(ctx, id, item{Status: "open", Code: id, At: 5, Public: true}); err != nil {
			t.Fatal(err)
		}
	}
	d, err := c.Update(ctx, "a", func(tx *docstore.Tx[item]) error { tx.Body.Title = "x"; return tx.Emit("k", 1) })
	t.Log(d, err)
	var got []string
	err = c.Each(ctx, docstore.Query{Index: "byStatus", Limit: 2}, func(d docstore.Doc[item]) error { got = append(got, d.ID); return nil })
	t.Log(got, err)
	got = nil
	err = c.Each(ctx, docstore.Query{Index: "byStatus", Equal: []any{"open"}, Descending: true, Limit: 2}, func(d docstore.Doc[item]) error { got = append(got, d.ID); return nil })
	t.Log(got, err)
	_, err = c.Insert(ctx, "z", item{Code: "a"})
	t.Log(err)
	_, err = c.Insert(ctx, "a", item{Code: "n"})
	t.Log(err)
	n, err := c.Backlog(ctx)
	t.Log(n, err)
	dd, err := c.Dirty(ctx, 3)
	t.Log(dd, err)
	r := docstore.NewRelay(db, docstore.RelayOptions{})
	t.Log(r.Backlog(ctx))
	if err := db.Backup(ctx, filepath.Join(t.TempDir(), "x.db")); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
