package docstore_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
)

// TestVitals: what is late, what was given up and who works can be seen, and every operation is timed.
func TestVitals(t *testing.T) {
	var offset atomic.Int64
	var mu sync.Mutex
	timed := map[string]int{}
	db := place{url: "sqlite:" + filepath.Join(t.TempDir(), "vitals.db")}.open(t, quiet, func(o *docstore.Options) {
		o.Now = func() time.Time { return time.UnixMilli(1_772_000_000_000 + offset.Load()) }
		o.Observe = func(operation string, took time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			timed[operation]++
			if took <= 0 {
				t.Errorf("%s took %v", operation, took)
			}
		}
	})
	c := items(t, db)
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("one", nil)))(t)
	ok(c.Update(t.Context(), "a", increment))(t)
	offset.Store(time.Minute.Milliseconds())
	if v := ok(db.Vitals(t.Context()))(t); v.Undelivered != 1 || v.Late != time.Minute || v.Parked != 0 || len(v.Leases) != 0 {
		t.Errorf("%+v", v)
	}
	lease, _, err := db.Lease(t.Context(), "work", "me", time.Hour)
	noError(t, err)
	if v := ok(db.Vitals(t.Context()))(t); !v.Leases["work"] {
		t.Errorf("we work, and are seen as %+v", v)
	}
	noError(t, lease.Release(t.Context()))
	other, _, err := db.Lease(t.Context(), "other", "them", time.Hour)
	noError(t, err)
	if _, held, err := db.Lease(t.Context(), "other", "me", time.Hour); held || err != nil {
		t.Fatal(held, err)
	}
	if v := ok(db.Vitals(t.Context()))(t); v.Leases["work"] || v.Leases["other"] || len(v.Leases) != 2 {
		t.Errorf("we work for nothing, and are seen as %+v", v)
	}
	noError(t, other.Release(t.Context()))
	running(t, docstore.NewRelay(db, docstore.RelayOptions{MaxTries: 1, Deliver: func(context.Context, docstore.Event) error { return errors.New("no") }}))
	within(t, time.Minute, "the event to be parked", func() bool {
		v := ok(db.Vitals(t.Context()))(t)
		return v.Parked == 1 && v.Undelivered == 0 && v.Late == 0 && v.Leases["relay"]
	})
	mu.Lock()
	defer mu.Unlock()
	for _, operation := range []string{"get", "insert", "swap", "scan", "count"} {
		if timed[operation] == 0 {
			t.Errorf("%s was not timed: %v", operation, timed)
		}
	}
}
