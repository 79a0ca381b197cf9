package docstore

import (
	"context"
	"encoding/json"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/trace"
)

// queued is an event in a document's outbox. Only the first can have been tried: order is kept per document.
type queued struct {
	ID    string          `json:"id"`
	Kind  string          `json:"kind"`
	Rev   int64           `json:"rev"`
	At    int64           `json:"at"`
	Data  json.RawMessage `json:"data"`
	Tries int             `json:"tries,omitempty"`
	Error string          `json:"error,omitempty"`
	Trace string          `json:"trace,omitempty"` // W3C traceparent of the write, when it was traced
}

// emitted is an event before its write decides id, revision and time.
type emitted struct {
	kind string
	data json.RawMessage
}

func newEmitted(kind string, data any) (emitted, error) {
	if kind == "" {
		return emitted{}, fault.New(fault.Internal, "", "an event needs a kind")
	}
	encoded, err := encode(data)
	if err != nil {
		return emitted{}, err
	}
	if len(encoded) > MaxEvent {
		return emitted{}, fault.Newf(fault.TooLarge, "event_too_large", "event %s has %d bytes of data, more than %d", kind, len(encoded), MaxEvent)
	}
	return emitted{kind: kind, data: encoded}, nil
}

// outboxOf reads a record's outbox.
func outboxOf(rec record) (events []queued, err error) {
	if len(rec.outbox) == 0 {
		return nil, nil
	}
	return events, decode(rec.outbox, &events)
}

// setOutbox stores the outbox and when it is due; an empty one is never due.
func (rec *record) setOutbox(events []queued, dueAt int64) (err error) {
	rec.outbox, rec.pendingAt = nil, 0
	if len(events) == 0 {
		return nil
	}
	rec.pendingAt = max(dueAt, 1)
	rec.outbox, err = encode(events)
	return err
}

// enqueue adds events to a record that is about to be written at now.
func (db *DB) enqueue(ctx context.Context, rec *record, now Millis, events []emitted) error {
	if len(events) == 0 {
		return nil
	}
	outbox, err := outboxOf(*rec)
	if err != nil {
		return err
	}
	if len(outbox)+len(events) > MaxOutbox {
		full := fault.Newf(fault.Unavailable, "outbox_full", "document %s has %d events that are not delivered yet", rec.id, len(outbox))
		full.RetryAfter = 5
		return full
	}
	dueAt := rec.pendingAt // a failing first event keeps its pause
	if len(outbox) == 0 {
		dueAt = int64(now)
	}
	for _, e := range events {
		outbox = append(outbox, queued{ID: db.newID(), Kind: e.kind, Rev: rec.rev, At: int64(now), Data: e.data, Trace: trace.Parent(ctx)})
	}
	return rec.setOutbox(outbox, dueAt)
}
