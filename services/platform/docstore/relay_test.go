package docstore_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

func quiet(o *docstore.Options) { o.Logger = slog.New(slog.DiscardHandler) }

// running starts a relay and gives the function that stops it and waits.
func running(t testing.TB, r *docstore.Relay) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("the relay ended with %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("the relay does not stop")
		}
	})
	t.Cleanup(stop)
	return stop
}

// heard collects events and fails as told.
type heard struct {
	mu     sync.Mutex
	events []docstore.Event
}

func (h *heard) add(e docstore.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *heard) kinds(document string) (kinds []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.DocumentID == document {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func (h *heard) len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.events)
}

func relayDelivers(t *testing.T, p place) {
	db := p.open(t, quiet)
	c := items(t, db)
	other := itemSpec
	other.Name = "others"
	d := ok(docstore.NewCollection[item](t.Context(), db, other))(t)
	documents, each := 12, 8
	if p.engine == "ferretdb" {
		documents = 4
	}
	ok(c.Insert(t.Context(), "d0", newItem("d0"), docstore.Emit("0", nil)))(t) // written before the relay runs

	var h heard
	var at, most atomic.Int32
	flaky := map[string]bool{}
	r := docstore.NewRelay(db, docstore.RelayOptions{
		Concurrency: 3, MinPause: time.Millisecond, MaxPause: 5 * time.Millisecond, Poll: time.Minute, LeaseTTL: time.Minute, // so that wake-ups bring it
		Deliver: func(_ context.Context, e docstore.Event) error {
			n := at.Add(1)
			defer at.Add(-1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			h.mu.Lock()
			first := e.Kind == "2" && !flaky[e.DocumentID]
			flaky[e.DocumentID] = flaky[e.DocumentID] || first
			h.mu.Unlock()
			if first {
				return errors.New("not now")
			}
			h.add(e)
			return nil
		},
	})
	running(t, r)
	work := func(i int) error {
		coll := []*docstore.Collection[item]{c, d}[i%2]
		id := fmt.Sprint("d", i)
		if i > 0 {
			if _, err := coll.Insert(t.Context(), id, newItem(id), docstore.Emit("0", nil)); err != nil {
				return err
			}
		}
		for n := 1; n < each; n++ {
			if _, err := coll.Update(t.Context(), id, func(tx *docstore.Tx[item]) error { return tx.Emit(fmt.Sprint(n), n) }); err != nil {
				return err
			}
		}
		return nil
	}
	together(t, documents, work)
	within(t, 20*time.Second, "all events are delivered", func() bool { return ok(r.Backlog(t.Context()))(t) == 0 })
	for i := range documents {
		kinds := h.kinds(fmt.Sprint("d", i))
		if first := slices.Compact(slices.Clone(kinds)); !slices.IsSorted(first) || len(first) != each {
			t.Errorf("document %d: %v", i, kinds)
		}
	}
	if most.Load() > 3 {
		t.Errorf("%d deliveries at a time, at most 3 wanted", most.Load())
	}
	ids := map[string]docstore.Event{}
	for _, e := range h.events {
		ids[e.ID] = e
	}
	if len(ids) != documents*each {
		t.Errorf("%d different events, want %d", len(ids), documents*each)
	}
}

func relayParks(t *testing.T, p place) {
	db := p.open(t, quiet)
	c := items(t, db)
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("poison", "p"), docstore.Emit("panic", nil), docstore.Emit("fine", nil)))(t)

	var h heard
	var healed atomic.Bool
	var tries atomic.Int32
	r := docstore.NewRelay(db, docstore.RelayOptions{
		MaxTries: 3, MinPause: time.Millisecond, MaxPause: 4 * time.Millisecond, Poll: 2 * time.Millisecond,
		Deliver: func(_ context.Context, e docstore.Event) error {
			if !healed.Load() {
				switch e.Kind {
				case "poison":
					tries.Add(1)
					return errors.New("no taste for it")
				case "panic":
					panic("oh")
				}
			}
			h.add(e)
			return nil
		},
	})
	stop := running(t, r)
	within(t, 10*time.Second, "two events are parked and the third delivered", func() bool {
		return len(ok(r.Parked(t.Context(), "", 10))(t).Items) == 2 && h.len() == 1 && ok(r.Backlog(t.Context()))(t) == 0
	})
	if tries.Load() != 3 {
		t.Errorf("%d tries, want 3", tries.Load())
	}
	first := ok(r.Parked(t.Context(), "", 1))(t)
	parked := append(first.Items, ok(r.Parked(t.Context(), first.Next, 1))(t).Items...)
	byKind := map[string]docstore.Doc[docstore.Parked]{}
	for _, d := range parked {
		byKind[d.Body.Event.Kind] = d
	}
	poison := byKind["poison"]
	if poison.Body.Tries != 3 || poison.Body.Error != "no taste for it" || poison.ID != poison.Body.Event.ID || string(poison.Body.Event.Data) != `"p"` ||
		poison.Body.Event.DocumentID != "a" || poison.Body.Event.Rev != 1 || poison.Body.ParkedAt == 0 {
		t.Errorf("parked %+v", poison)
	}
	healed.Store(true)
	noError(t, r.Retry(t.Context(), poison.ID))
	within(t, 10*time.Second, "the retried event is delivered", func() bool { return h.len() == 2 })
	if got := h.events[1]; got.ID != poison.ID || got.Rev != 1 || string(got.Data) != `"p"` {
		t.Errorf("retried %+v", got)
	}
	wantKind(t, r.Retry(t.Context(), poison.ID), fault.NotFound, "")
	stop()
	if left := ok(r.Parked(t.Context(), "", 10))(t).Items; len(left) != 1 || left[0].Body.Event.Kind != "panic" {
		t.Errorf("still parked: %+v", left)
	}
}

func relayTakesOver(t *testing.T, p place) {
	db := p.open(t, quiet)
	c := items(t, db)
	successor := p.open(t, quiet)
	items(t, successor)
	var a, b heard
	options := func(h *heard) docstore.RelayOptions {
		return docstore.RelayOptions{LeaseTTL: 2 * time.Second, Poll: 5 * time.Millisecond,
			Deliver: func(_ context.Context, e docstore.Event) error { h.add(e); return nil }}
	}
	first, second := docstore.NewRelay(db, options(&a)), docstore.NewRelay(successor, options(&b))
	stop := running(t, first)
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("x", nil)))(t)
	within(t, 10*time.Second, "the first relay delivers", func() bool { return a.len() == 1 })
	running(t, second)
	ok(c.Insert(t.Context(), "b", newItem("b"), docstore.Emit("x", nil)))(t)
	within(t, 10*time.Second, "the first relay goes on", func() bool { return a.len() == 2 })
	stop()
	ok(c.Insert(t.Context(), "c", newItem("c"), docstore.Emit("x", nil)))(t)
	within(t, 10*time.Second, "the second relay takes over", func() bool { return b.len() == 1 })
	if a.len() != 2 || b.kinds("c") == nil {
		t.Errorf("first heard %d, second %v", a.len(), b.events)
	}
}

// A clock that is put back must not hold events up until it has caught up.
func TestRelaySurvivesClockPutBack(t *testing.T) {
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	db := engines[0].at(t).open(t, quiet, func(o *docstore.Options) { o.Now = clock })
	c := items(t, db)
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("x", nil)))(t)
	mu.Lock()
	now = now.AddDate(-3, 0, 0)
	mu.Unlock()
	var h heard
	running(t, docstore.NewRelay(db, docstore.RelayOptions{Deliver: func(_ context.Context, e docstore.Event) error { h.add(e); return nil }}))
	within(t, 10*time.Second, "the event is delivered", func() bool { return h.len() == 1 })
}

// Stopping ends a delivery under way, keeps what was delivered and leaves the rest for later.
func TestRelayStopsCleanly(t *testing.T) {
	db := engines[0].at(t).open(t, quiet)
	c := items(t, db)
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("1", nil), docstore.Emit("2", nil)))(t)
	reached := make(chan struct{})
	r := docstore.NewRelay(db, docstore.RelayOptions{Deliver: func(ctx context.Context, e docstore.Event) error {
		if e.Kind == "1" {
			return nil
		}
		close(reached)
		<-ctx.Done()
		return ctx.Err()
	}})
	stop := running(t, r)
	<-reached
	stop()
	events := ok(docstore.Outbox(t.Context(), c, "a"))(t)
	if len(events) != 1 || events[0].Kind != "2" {
		t.Errorf("left in the outbox: %+v", events)
	}
	if _, ours, err := db.Lease(t.Context(), "relay", "next", time.Minute); err != nil || !ours {
		t.Errorf("the lease was not given up: %v %v", ours, err)
	}
}
