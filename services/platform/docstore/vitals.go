package docstore

import (
	"context"
	"time"
)

// Vitals are what an operator watches of a database.
type Vitals struct {
	Undelivered int64         // documents with events that are not delivered yet
	Late        time.Duration // how long the first of them has been due; 0 when none is
	Parked      int64         // events whose delivery was given up
	// Leases are the leases this process asked for since it began, and whether it holds them now.
	Leases map[string]bool
}

// Vitals reads them; three short index reads.
func (db *DB) Vitals(ctx context.Context) (Vitals, error) {
	v := Vitals{Leases: map[string]bool{}}
	now := int64(db.nowMillis())
	for _, t := range db.collections() {
		n, err := db.engine.count(ctx, t, scan{index: indexPending})
		if err != nil {
			return v, outward(err)
		}
		if v.Undelivered += n; n == 0 {
			continue
		}
		first, err := db.engine.scan(ctx, t, scan{index: indexPending, limit: 1})
		if err != nil {
			return v, outward(err)
		}
		for _, rec := range first {
			v.Late = max(v.Late, time.Duration(now-rec.pendingAt)*time.Millisecond)
		}
	}
	var err error
	if v.Parked, err = db.engine.count(ctx, db.parked.table, scan{index: indexID}); err != nil {
		return v, outward(err)
	}
	db.sightsMu.Lock()
	defer db.sightsMu.Unlock()
	for name, l := range db.asked {
		v.Leases[name] = l != nil && l.Held()
	}
	return v, nil
}

// asks notes which leases this process works for; l is nil while another holds it.
func (db *DB) asks(name string, l *Lease) {
	db.sightsMu.Lock()
	defer db.sightsMu.Unlock()
	db.asked[name] = l
}

// timed is an engine whose every operation is told to an observer.
type timed struct {
	engine
	observe func(operation string, took time.Duration)
}

func (e timed) end(operation string, began time.Time) { e.observe(operation, time.Since(began)) }

func (e timed) get(ctx context.Context, t *table, id string) (record, error) {
	defer e.end("get", time.Now())
	return e.engine.get(ctx, t, id)
}

func (e timed) rev(ctx context.Context, t *table, id string) (int64, error) {
	defer e.end("rev", time.Now())
	return e.engine.rev(ctx, t, id)
}

func (e timed) getMany(ctx context.Context, t *table, ids []string) ([]record, error) {
	defer e.end("get_many", time.Now())
	return e.engine.getMany(ctx, t, ids)
}

func (e timed) insert(ctx context.Context, t *table, rec record) error {
	defer e.end("insert", time.Now())
	return e.engine.insert(ctx, t, rec)
}

func (e timed) swap(ctx context.Context, t *table, rec record, bodyChanged bool) (bool, error) {
	defer e.end("swap", time.Now())
	return e.engine.swap(ctx, t, rec, bodyChanged)
}

func (e timed) scan(ctx context.Context, t *table, s scan) ([]record, error) {
	defer e.end("scan", time.Now())
	return e.engine.scan(ctx, t, s)
}

func (e timed) tally(ctx context.Context, t *table, ix *index, ranges [][]value) (map[string]int64, error) {
	defer e.end("tally", time.Now())
	return e.engine.tally(ctx, t, ix, ranges)
}

func (e timed) count(ctx context.Context, t *table, s scan) (int64, error) {
	defer e.end("count", time.Now())
	return e.engine.count(ctx, t, s)
}
