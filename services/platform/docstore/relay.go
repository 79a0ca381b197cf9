package docstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/trace"
)

// RelayOptions say how events are delivered. Only Deliver is required.
type RelayOptions struct {
	// Deliver hands one event to its consumers and returns when they have it for good. An error means: again later. It
	// must be safe for concurrent use, and gets a context that ends after Timeout.
	Deliver     func(ctx context.Context, e Event) error
	Concurrency int           // documents served at once; 0 means 8
	Timeout     time.Duration // for one delivery; 0 means 10 s
	MaxTries    int           // deliveries of one event before it is parked; 0 means 12, about an hour with the default pauses
	MinPause    time.Duration // after the first failure, doubled after each further one; 0 means 500 ms
	MaxPause    time.Duration // 0 means 15 min
	Poll        time.Duration // how often writes of other processes are looked for; 0 means 1 s
	LeaseTTL    time.Duration // how long a dead relay keeps the others waiting; 0 means 10 s
}

// relayLease is the one lease that the relays of a database, one per replica of the service, take turns by.
const relayLease = "relay"

// Relay delivers what outboxes hold: at least once, in order per document, several documents at a time. An event that keeps
// failing is parked, so that it does not hold up the later ones of its document for ever.
type Relay struct {
	db     *DB
	o      RelayOptions
	holder string
	woken  chan struct{}
	log    *slog.Logger
}

// Parked is an event whose delivery was given up, waiting for an operator.
type Parked struct {
	Event    Event  `json:"event"`
	Tries    int    `json:"tries"`
	Error    string `json:"error"` // of the last try
	ParkedAt Millis `json:"parkedAt"`
}

// NewRelay makes a relay; Run makes it work.
func NewRelay(db *DB, o RelayOptions) *Relay {
	o.Concurrency = orDefault(o.Concurrency, 8)
	o.Timeout = orDefault(o.Timeout, 10*time.Second)
	o.MaxTries = orDefault(o.MaxTries, 12)
	o.MinPause = orDefault(o.MinPause, 500*time.Millisecond)
	o.MaxPause = orDefault(o.MaxPause, 15*time.Minute)
	o.Poll = orDefault(o.Poll, time.Second)
	o.LeaseTTL = orDefault(o.LeaseTTL, 10*time.Second)
	r := &Relay{db: db, o: o, holder: uuid.NewString(), woken: make(chan struct{}, 1), log: db.log}
	db.mu.Lock()
	db.wakers = append(db.wakers, r.wake)
	db.mu.Unlock()
	return r
}

// wake makes Run look for due events now.
func (r *Relay) wake() {
	select {
	case r.woken <- struct{}{}:
	default: // it will look anyway
	}
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Run delivers until ctx ends, then waits for deliveries under way (at most Timeout) and gives the lease up. It returns nil
// then; store failures are logged and tried again.
func (r *Relay) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		lease, ours, err := r.db.Lease(ctx, relayLease, r.holder, r.o.LeaseTTL)
		if err != nil && ctx.Err() == nil {
			r.log.Error("the relay's lease could not be asked for", "error", err)
		}
		if ours {
			r.serve(ctx, lease)
			continue
		}
		select {
		case <-time.After(r.o.LeaseTTL / 4):
		case <-ctx.Done():
		}
	}
	return nil
}

// serve delivers while the lease is held.
func (r *Relay) serve(ctx context.Context, lease *Lease) {
	finished := make(chan string, r.o.Concurrency)
	busy := map[string]bool{}
	heart := time.NewTicker(r.o.LeaseTTL / 4)
	poll := time.NewTicker(r.o.Poll)
	defer heart.Stop()
	defer poll.Stop()

	for lease.Held() && ctx.Err() == nil {
		if err := r.start(ctx, busy, finished); err != nil && ctx.Err() == nil {
			r.log.Error("outboxes could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-heart.C:
			if err := lease.Renew(ctx); err != nil && ctx.Err() == nil {
				r.log.Warn("the relay's lease could not be renewed", "error", err)
			}
		case <-poll.C:
		case <-r.woken:
		case key := <-finished:
			delete(busy, key)
		}
	}
	for len(busy) > 0 { // keep the lease until the last delivery has ended
		select {
		case key := <-finished:
			delete(busy, key)
		case <-heart.C:
			_ = lease.Renew(context.WithoutCancel(ctx))
		}
	}
	release, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.o.Timeout)
	defer cancel()
	if err := lease.Release(release); err != nil {
		r.log.Warn("the relay's lease could not be released", "error", err)
	}
}

// start begins the delivery of due documents up to the limit of concurrency.
func (r *Relay) start(ctx context.Context, busy map[string]bool, finished chan<- string) error {
	tables := r.db.collections()
	rand.Shuffle(len(tables), func(i, j int) { tables[i], tables[j] = tables[j], tables[i] }) // none starves
	for _, t := range tables {
		if len(busy) >= r.o.Concurrency {
			return nil
		}
		due, err := r.due(ctx, t)
		if err != nil {
			return err
		}
		for _, rec := range due {
			key := t.name + "/" + rec.id
			if busy[key] {
				continue
			}
			if len(busy) >= r.o.Concurrency {
				return nil
			}
			busy[key] = true
			go func() {
				defer func() { finished <- key }()
				err := r.deliver(ctx, t, rec)
				if err == nil || ctx.Err() != nil {
					return
				}
				r.log.Error("an outbox could not be written", "collection", t.name, "document", rec.id, "error", err)
				select { // a store that is away must not make us deliver the same again and again
				case <-time.After(r.pause(4)):
				case <-ctx.Done():
				}
			}()
		}
	}
	return nil
}

// due gives documents whose first event may be delivered now. No pause is longer than MaxPause, so a time far ahead was
// written before the clock was put back: that is due as well.
func (r *Relay) due(ctx context.Context, t *table) ([]record, error) {
	now := r.db.nowMillis()
	until := value{kind: isNumber, number: int64(now) + 1}
	far := value{kind: isNumber, number: int64(now) + 2*r.o.MaxPause.Milliseconds()}
	limit := 2 * r.o.Concurrency // so that the busy ones do not hide the others
	due, err := r.db.engine.scan(ctx, t, scan{index: indexPending, to: &until, limit: limit})
	if err != nil || len(due) == limit {
		return due, err
	}
	ahead, err := r.db.engine.scan(ctx, t, scan{index: indexPending, from: &far, limit: limit})
	return append(due, ahead...), err
}

// deliver hands over a document's events in order until one fails, and writes the outcome in one go.
func (r *Relay) deliver(ctx context.Context, t *table, rec record) error {
	outbox, err := outboxOf(rec)
	if err != nil {
		return err
	}
	settled := map[string]bool{}
	var failed *queued
	for _, q := range outbox {
		if ctx.Err() != nil {
			break
		}
		err := r.hand(ctx, event(t, rec.id, q), q)
		if err == nil {
			settled[q.ID] = true
			continue
		}
		if ctx.Err() != nil {
			break // we are stopping; that is no failed try
		}
		q.Tries++
		q.Error = short(err)
		if q.Tries < r.o.MaxTries {
			failed = &q
			r.log.Warn("an event was not delivered", "event", q.ID, "kind", q.Kind, "tries", q.Tries, "error", err)
			break
		}
		if err := r.park(ctx, event(t, rec.id, q), q); err != nil {
			failed = &q // the next try parks it
			r.log.Error("an event could not be parked", "event", q.ID, "error", err)
			break
		}
		settled[q.ID] = true
		r.log.Error("an event was parked", "event", q.ID, "kind", q.Kind, "tries", q.Tries, "error", err)
	}
	return r.settle(context.WithoutCancel(ctx), t, rec.id, settled, failed)
}

// hand makes one try, also of a consumer that panics.
func (r *Relay) hand(ctx context.Context, e Event, q queued) (err error) {
	ctx, cancel := context.WithTimeout(ctx, r.o.Timeout)
	defer cancel()
	ctx, span := trace.Deliver(ctx, r.db.name, e.Kind, q.Trace)
	defer func() { span.Ended(q.Tries+1, err) }()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the consumer panicked: %v", p)
		}
	}()
	if e.Kind == witnessed {
		if r.db.witness == nil {
			return errors.New("nobody keeps the record of this database")
		}
		return r.db.witness.Take(ctx, e)
	}
	return r.o.Deliver(ctx, e)
}

// settle takes delivered and parked events out of the outbox and notes a failed try of the one that is first now. Events
// that were added meanwhile stay.
func (r *Relay) settle(ctx context.Context, t *table, id string, settled map[string]bool, failed *queued) error {
	if len(settled) == 0 && failed == nil {
		return nil
	}
	_, err := r.db.amend(ctx, t, id, func(rec *record) (change, error) {
		outbox, err := outboxOf(*rec)
		if err != nil {
			return nothing, err
		}
		left := outbox[:0]
		for _, q := range outbox {
			if !settled[q.ID] {
				left = append(left, q)
			}
		}
		now := r.db.nowMillis()
		dueAt := int64(now)
		if failed != nil && len(left) > 0 && left[0].ID == failed.ID {
			left[0] = *failed
			pause := r.pause(failed.Tries)
			dueAt += pause.Milliseconds()
			time.AfterFunc(pause+time.Millisecond, r.wake) // sooner than the next look
		}
		return envelope, rec.setOutbox(left, dueAt)
	})
	return err
}

// pause doubles from MinPause to MaxPause, and is then drawn between a half and the whole of that, so that what failed
// together does not come back together.
func (r *Relay) pause(tries int) time.Duration {
	d := r.o.MinPause
	for range tries - 1 {
		if d >= r.o.MaxPause {
			break
		}
		d *= 2
	}
	d = min(d, r.o.MaxPause)
	return d/2 + rand.N(d/2+1)
}

// park puts an event aside. It is stored before it leaves the outbox; a crash between the two parks it twice, under one id.
func (r *Relay) park(ctx context.Context, e Event, q queued) error {
	_, err := r.db.parked.Insert(ctx, e.ID, Parked{Event: e, Tries: q.Tries, Error: q.Error, ParkedAt: r.db.nowMillis()})
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		return nil
	}
	return err
}

// Parked gives one page of parked events, the newest first; Doc.ID is the event's id, for Retry.
func (r *Relay) Parked(ctx context.Context, cursor string, limit int) (Page[Parked], error) {
	return r.db.parked.Find(ctx, Query{Descending: true, Cursor: cursor, Limit: limit})
}

// Retry puts a parked event back at the end of its document's outbox, with all its tries ahead. Errors: NotFound when it is
// not parked, Unavailable "outbox_full".
func (r *Relay) Retry(ctx context.Context, id string) error {
	doc, err := r.db.parked.Get(ctx, id)
	if err != nil {
		return err
	}
	e := doc.Body.Event
	tables := r.db.collections()
	at := slices.IndexFunc(tables, func(t *table) bool { return t.name == e.Source })
	if at < 0 {
		return fault.Newf(fault.Conflict, "collection_gone", "the collection %s is not part of this program any more", e.Source)
	}
	if _, err := r.db.amend(ctx, tables[at], e.DocumentID, func(rec *record) (change, error) {
		outbox, err := outboxOf(*rec)
		if err != nil {
			return nothing, err
		}
		for _, q := range outbox {
			if q.ID == e.ID { // an earlier Retry ended half-way
				return nothing, nil
			}
		}
		if len(outbox) >= MaxOutbox {
			return nothing, fault.New(fault.Unavailable, "outbox_full", "the document has too many events that are not delivered yet")
		}
		dueAt := rec.pendingAt
		if len(outbox) == 0 {
			dueAt = int64(r.db.nowMillis())
		}
		outbox = append(outbox, queued{ID: e.ID, Kind: e.Kind, Rev: e.Rev, At: e.At, Data: e.Data})
		return envelope, rec.setOutbox(outbox, dueAt)
	}); err != nil {
		return outward(err)
	}
	stored, err := r.db.engine.get(ctx, r.db.parked.table, id)
	if errors.Is(err, errAbsent) {
		return nil
	}
	if err == nil {
		_, err = r.db.engine.remove(ctx, r.db.parked.table, id, stored.seq)
	}
	return outward(err)
}

// Backlog is how many documents have events that are not delivered yet; parked events are not among them.
func (r *Relay) Backlog(ctx context.Context) (int64, error) {
	var sum int64
	for _, t := range r.db.collections() {
		n, err := r.db.engine.count(ctx, t, scan{index: indexPending})
		if err != nil {
			return 0, outward(err)
		}
		sum += n
	}
	return sum, nil
}

func event(t *table, id string, q queued) Event {
	return Event{ID: q.ID, Kind: q.Kind, Source: t.name, DocumentID: id, Rev: q.Rev, At: q.At, Data: q.Data}
}

// short keeps an outbox small whatever a consumer says.
func short(err error) string {
	s := err.Error()
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}
