package docstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"lianbang/services/platform/fault"
)

// leaseState is a lease as stored. Its revision is the heartbeat: no time is stored, so no clock is compared.
type leaseState struct {
	Holder string `json:"holder"` // empty when released
	Term   int64  `json:"term"`   // rises with every new holding
	Beat   int64  `json:"beat"`
	TTL    int64  `json:"ttl"` // milliseconds without a heartbeat after which others may take it
}

// sight is when this process first saw a lease at a revision, on its monotonic clock.
type sight struct {
	rev int64
	at  time.Duration
}

// Lease is a right that one holder has at a time, such as feeding one search index. It says who should work, and is no lock
// on data: what is written under it must still be right if two holders overlap, as compare-and-swap makes it.
type Lease struct {
	db        *DB
	name      string
	holder    string
	term      int64
	ttl       time.Duration
	mu        sync.Mutex
	renewedAt time.Duration
	lost      bool
}

var errHeld = errors.New("docstore: the lease is held")

// Lease tries to take a lease for holder, a name no other live process or worker uses. It gives nil and false while another
// holds it: call again, at least every ttl. A holder that stops renewing loses it once an observer in this process has seen
// its heartbeat unchanged for the holder's ttl by the monotonic clock; the wall clock plays no part, so a clock jump cannot
// steal a lease.
func (db *DB) Lease(ctx context.Context, name, holder string, ttl time.Duration) (lease *Lease, held bool, err error) {
	defer func() { db.asks(name, lease) }()
	if holder == "" || ttl < time.Millisecond {
		return nil, false, fault.New(fault.Internal, "", "a lease needs a holder and a time to live")
	}
	start := db.mono()
	fresh := leaseState{Holder: holder, Term: 1, TTL: ttl.Milliseconds()}
	_, err = db.leases.Insert(ctx, name, fresh)
	if err == nil {
		return &Lease{db: db, name: name, holder: holder, term: 1, ttl: ttl, renewedAt: start}, true, nil
	}
	if fault.KindOf(err) != fault.Duplicate {
		return nil, false, err
	}
	doc, err := db.leases.Update(ctx, name, func(tx *Tx[leaseState]) error {
		if tx.Body.Holder != "" && !db.silent(name, tx.Rev, time.Duration(tx.Body.TTL)*time.Millisecond) {
			return errHeld
		}
		*tx.Body = leaseState{Holder: holder, Term: tx.Body.Term + 1, TTL: ttl.Milliseconds()}
		return nil
	})
	if errors.Is(err, errHeld) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return &Lease{db: db, name: name, holder: holder, term: doc.Body.Term, ttl: ttl, renewedAt: start}, true, nil
}

// silent says whether a lease's heartbeat has stood at rev for ttl since this process first saw it there.
func (db *DB) silent(name string, rev int64, ttl time.Duration) bool {
	db.sightsMu.Lock()
	defer db.sightsMu.Unlock()
	now := db.mono()
	seen, ok := db.sights[name]
	if !ok || seen.rev != rev {
		db.sights[name] = sight{rev: rev, at: now}
		return false
	}
	return now-seen.at >= ttl
}

// Renew beats the heart; do it several times per ttl. A lease that another took meanwhile is a Stale fault "lease_lost".
func (l *Lease) Renew(ctx context.Context) error {
	start := l.db.mono()
	_, err := l.db.leases.Update(ctx, l.name, func(tx *Tx[leaseState]) error {
		if tx.Body.Holder != l.holder || tx.Body.Term != l.term {
			return fault.New(fault.Stale, "lease_lost", "the lease "+l.name+" was taken by another holder")
		}
		tx.Body.Beat++
		return nil
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil:
		l.renewedAt = start
	case fault.KindOf(err) == fault.Stale:
		l.lost = true
	}
	return err
}

// Held says whether the lease is surely still ours: it was renewed, counted from before the renewal was sent, less than its
// time ago. No observer can have taken it before that.
func (l *Lease) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost && l.db.mono()-l.renewedAt < l.ttl
}

// Release gives the lease up at once; one that was lost already is no error.
func (l *Lease) Release(ctx context.Context) error {
	l.mu.Lock()
	l.lost = true
	l.mu.Unlock()
	_, err := l.db.leases.Update(ctx, l.name, func(tx *Tx[leaseState]) error {
		if tx.Body.Holder == l.holder && tx.Body.Term == l.term {
			tx.Body.Holder = ""
		}
		return nil
	})
	return err
}

// voidLeases releases every lease, when no other process can hold one.
func (db *DB) voidLeases(ctx context.Context) error {
	return db.leases.Each(ctx, Query{}, func(doc Doc[leaseState]) error {
		_, err := db.leases.Update(ctx, doc.ID, func(tx *Tx[leaseState]) error { tx.Body.Holder = ""; return nil })
		return err
	})
}
