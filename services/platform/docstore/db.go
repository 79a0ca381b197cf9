package docstore

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/fault"
)

// Options say which database to open and with which clock.
type Options struct {
	Name   string           // of the service, in traces
	URL    string           // "sqlite:/path/file.db" or "mongodb://host/name?…"
	Now    func() time.Time // the wall clock; nil means time.Now
	NewID  func() string    // ids of events; nil means UUIDv7
	Logger *slog.Logger     // nil means slog.Default
	// Sole says that nobody else has this database open, because the caller holds the lock of its data directory. Leases
	// that a killed predecessor left are then void at once, instead of after their time.
	Sole bool
	// Observe is told how long each operation of the database took; nil for nobody. It must be quick and safe for concurrent use.
	Observe func(operation string, took time.Duration)
	// ReadOnly opens a SQLite file that is there already and changes nothing of it, also while another process writes to it: for
	// checks and backups. Its collections can be read; a write is refused. It has no meaning for MongoDB, where a user's rights do.
	ReadOnly bool
}

// DB is an open database: the documents of one service.
type DB struct {
	name   string
	engine engine
	now    func() time.Time
	newID  func() string
	log    *slog.Logger
	mono   func() time.Duration // monotonic, for leases; tests step it
	lanes  lanes

	mu     sync.Mutex
	tables []*table // the collections, for the relay
	wakers []func()

	witness  Witness
	leases   *Collection[leaseState]
	parked   *Collection[Parked]
	sightsMu sync.Mutex
	sights   map[string]sight
	asked    map[string]*Lease
}

var errClosed = fault.New(fault.Unavailable, "storage_closed", "the database is closed")

// Open opens a database, making it when SQLite has none at that path.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{name: o.Name, now: o.Now, newID: o.NewID, log: o.Logger, sights: map[string]sight{}, asked: map[string]*Lease{}}
	if db.now == nil {
		db.now = time.Now
	}
	if db.newID == nil {
		db.newID = func() string { return uuid.Must(uuid.NewV7()).String() }
	}
	if db.log == nil {
		db.log = slog.Default()
	}
	start := time.Now()
	db.mono = func() time.Duration { return time.Since(start) }

	scheme, rest, _ := strings.Cut(o.URL, ":")
	var err error
	switch scheme {
	case "sqlite":
		if o.ReadOnly {
			db.engine, err = readSQLite(ctx, rest)
		} else {
			db.engine, err = openSQLite(ctx, rest)
		}
	case "mongodb", "mongodb+srv":
		db.engine, err = openMongo(ctx, o.URL)
	default:
		err = errors.New(`docstore: the URL starts with "sqlite:" or "mongodb:"`) // not echoed: it may hold a password
	}
	if err != nil {
		return nil, err
	}
	if o.Observe != nil {
		db.engine = timed{db.engine, o.Observe}
	}
	if o.ReadOnly {
		return db, nil
	}
	if err := db.openOwn(ctx, o.Sole); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	return db, nil
}

// ownPrefix begins the names of the store's own collections.
const ownPrefix = "docstore_"

// openOwn opens the store's own collections.
func (db *DB) openOwn(ctx context.Context, sole bool) (err error) {
	if db.leases, err = newCollection[leaseState](ctx, db, Spec{Name: ownPrefix + "leases", Version: 1, Unwitnessed: true}); err != nil {
		return err
	}
	if db.parked, err = newCollection[Parked](ctx, db, Spec{Name: ownPrefix + "parked", Version: 1, Unwitnessed: true}); err != nil {
		return err
	}
	if sole {
		return db.voidLeases(ctx)
	}
	return nil
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return outward(db.engine.ping(ctx)) }

// Backup writes a consistent copy to a new file while others read and write. SQLite only: with MongoDB it is an Unsupported
// fault, and mongodump does it.
func (db *DB) Backup(ctx context.Context, path string) error {
	return outward(db.engine.backup(ctx, path))
}

// Close waits for writes under way and closes the database. Relays must have been stopped before.
func (db *DB) Close(ctx context.Context) error { return db.engine.close(ctx) }

// nowMillis is the injected clock as stored.
func (db *DB) nowMillis() Millis { return MillisOf(db.now()) }

// register makes a collection known to the relay.
func (db *DB) register(t *table) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, known := range db.tables {
		if known.name == t.name {
			return errors.New("docstore: collection " + t.name + " is declared twice")
		}
	}
	db.tables = append(db.tables, t)
	return nil
}

// collections is a copy of the registered tables.
func (db *DB) collections() []*table {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Clone(db.tables)
}

// wake tells the relays that an outbox has something.
func (db *DB) wake() {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, w := range db.wakers {
		w()
	}
}

// change is what an amendment did to a record.
type change uint8

const (
	nothing  change = iota // no write
	envelope               // outbox, dirty or pendingAt
	body                   // also the body
)

const (
	maxAttempts = 64
	maxPause    = 50 * time.Millisecond
)

// amend is the one read, change and compare-and-swap loop. fn changes the record and says how; it may run several times.
// Within a process amendments of one document queue up, so that the swap is lost only to another process.
func (db *DB) amend(ctx context.Context, t *table, id string, fn func(*record) (change, error)) (record, error) {
	if !validID(id) {
		return record{}, errAbsent
	}
	leave, err := db.lanes.enter(ctx, t.name+"/"+id)
	if err != nil {
		return record{}, err
	}
	defer leave()
	pause := time.Millisecond
	for range maxAttempts {
		stored, err := db.engine.get(ctx, t, id)
		if err != nil {
			return record{}, err
		}
		rec := stored
		did, err := fn(&rec)
		if err != nil || did == nothing {
			return rec, err
		}
		rec.seq = stored.seq + 1
		swapped, err := db.engine.swap(ctx, t, rec, did == body)
		if err != nil {
			return record{}, err
		}
		if swapped {
			if rec.pendingAt != 0 && len(rec.outbox) != len(stored.outbox) {
				db.wake()
			}
			return rec, nil
		}
		select {
		case <-time.After(rand.N(pause) + pause/2):
		case <-ctx.Done():
			return record{}, ctx.Err()
		}
		pause = min(2*pause, maxPause)
	}
	contended := fault.Newf(fault.Unavailable, "contended", "document %s of %s is being written too often; try again", id, t.name)
	contended.RetryAfter = 1
	return record{}, contended
}

// lanes is one queue per document being amended in this process.
type lanes struct {
	mu sync.Mutex
	m  map[string]*lane
}

type lane struct {
	token chan struct{} // holds one while the lane is free
	users int
}

// enter waits for the document's turn and gives the function that ends it.
func (l *lanes) enter(ctx context.Context, key string) (leave func(), err error) {
	l.mu.Lock()
	if l.m == nil {
		l.m = map[string]*lane{}
	}
	a := l.m[key]
	if a == nil {
		a = &lane{token: make(chan struct{}, 1)}
		a.token <- struct{}{}
		l.m[key] = a
	}
	a.users++
	l.mu.Unlock()

	drop := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if a.users--; a.users == 0 {
			delete(l.m, key)
		}
	}
	select {
	case <-a.token:
		return func() { a.token <- struct{}{}; drop() }, nil
	case <-ctx.Done():
		drop()
		return nil, ctx.Err()
	}
}

// outward gives an error the kind callers should see.
func outward(err error) error {
	var taken *takenError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errAbsent):
		return fault.New(fault.NotFound, "", "no such document")
	case errors.As(err, &taken):
		return fault.New(fault.Duplicate, "", "a unique key is taken")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Wrap(err, fault.Unavailable, "timeout", "the store did not answer in the time given")
	}
	return err
}
