package docstore_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/docstore/docstoretest"
)

// place is where one case keeps its documents: a database of its own that several processes may open.
type place struct {
	url    string
	engine string // sqlite, mongodb, or ferretdb in its place
}

// open opens the database; it is closed when the test ends.
func (p place) open(t testing.TB, change ...func(*docstore.Options)) *docstore.DB {
	t.Helper()
	o := docstore.Options{URL: p.url}
	for _, c := range change {
		c(&o)
	}
	db, err := docstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// engines are the stores that the suite runs on.
var engines = []struct {
	name string
	at   func(t *testing.T) place
}{
	{"sqlite", func(t *testing.T) place {
		return place{url: "sqlite:" + filepath.Join(t.TempDir(), "it's a test?.db"), engine: "sqlite"}
	}},
	{"mongodb", func(t *testing.T) place {
		p := place{url: docstoretest.Database(t), engine: "mongodb"}
		if docstoretest.IsPeer() {
			p.engine = "ferretdb"
		}
		return p
	}},
}

func TestMain(m *testing.M) {
	if os.Getenv("DOCSTORE_TEST_WRITER") != "" {
		writeUntilKilled()
		return
	}
	os.Exit(m.Run())
}

// within polls until done says yes, and fails the test at the deadline.
func within(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
