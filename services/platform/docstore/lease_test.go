package docstore_test

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

func leaseHasOneHolder(t *testing.T, p place) {
	a, b := p.open(t), p.open(t)
	for round := range 3 {
		var holders atomic.Int32
		var winner atomic.Pointer[docstore.Lease]
		together(t, 32, func(i int) error {
			lease, ours, err := []*docstore.DB{a, b}[i%2].Lease(t.Context(), "work", fmt.Sprint(round, "-", i), time.Minute)
			if ours {
				holders.Add(1)
				winner.Store(lease)
			}
			return err
		})
		if holders.Load() != 1 {
			t.Fatalf("round %d: %d holders", round, holders.Load())
		}
		noError(t, winner.Load().Renew(t.Context()))
		noError(t, winner.Load().Release(t.Context()))
		if winner.Load().Held() {
			t.Error("a released lease is held")
		}
	}
}

func leaseOutlivesHolder(t *testing.T, p place) {
	wall := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	clock := func(o *docstore.Options) { o.Now = func() time.Time { return wall } }
	a, b := p.open(t, clock), p.open(t, clock)
	stepA, stepB := docstore.StepMonotonic(a), docstore.StepMonotonic(b)
	const ttl = 10 * time.Second
	take := func(db *docstore.DB, holder string) *docstore.Lease {
		t.Helper()
		lease, ours, err := db.Lease(t.Context(), "index.demands", holder, ttl)
		noError(t, err)
		if (lease != nil) != ours {
			t.Fatalf("lease %v, ours %v", lease, ours)
		}
		return lease
	}
	first := take(a, "a")
	if first == nil || take(b, "b") != nil {
		t.Fatal("the first asker gets it, the second does not")
	}
	wall = wall.AddDate(1, 0, 0) // the wall clock says nothing
	if take(b, "b") != nil {
		t.Fatal("a clock jump stole the lease")
	}
	for range 5 { // it lives as long as its heart beats
		stepA(ttl * 2 / 3)
		stepB(ttl * 2 / 3)
		noError(t, first.Renew(t.Context()))
		if take(b, "b") != nil {
			t.Fatal("a beating lease was taken")
		}
	}
	stepA(ttl - 1)
	stepB(ttl - 1)
	if !first.Held() || take(b, "b") != nil {
		t.Fatal("the lease ended early")
	}
	stepA(1)
	stepB(1)
	if first.Held() {
		t.Error("the holder still thinks it holds")
	}
	second := take(b, "b")
	if second == nil {
		t.Fatal("a dead holder keeps the lease")
	}
	wantKind(t, first.Renew(t.Context()), fault.Stale, "lease_lost")
	noError(t, first.Release(t.Context())) // must not touch the successor's
	if take(a, "a") != nil || !second.Held() {
		t.Fatal("the loser disturbed the holder")
	}
	noError(t, second.Release(t.Context()))
	if take(a, "a") == nil {
		t.Fatal("a released lease is not free")
	}
}

// With the data directory locked, what a killed predecessor held is void at once.
func TestSoleOwnerVoidsLeases(t *testing.T) {
	p := place{url: "sqlite:" + filepath.Join(t.TempDir(), "a.db")}
	before := p.open(t)
	if _, ours, err := before.Lease(t.Context(), "work", "killed", time.Hour); err != nil || !ours {
		t.Fatal(ours, err)
	}
	after := p.open(t, func(o *docstore.Options) { o.Sole = true })
	if _, ours, err := after.Lease(t.Context(), "work", "next", time.Hour); err != nil || !ours {
		t.Errorf("the lease of a dead process is kept: %v %v", ours, err)
	}
}
