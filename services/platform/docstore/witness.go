package docstore

import (
	"context"
	"encoding/json"
)

// Written is one write of a document, as a Witness is told of it before it is stored.
type Written struct {
	Collection string
	ID         string
	Rev        int64           // the revision this write makes
	Body       json.RawMessage // as it will be stored
}

// Witness puts writes on record. What it says of a write is stored in that same write, in the document's outbox, and comes back to
// it through the relay: a crash between the two loses nothing.
type Witness interface {
	// See says whether a write goes on record, and with what data (see Event). It may be asked again for a write that lost its
	// compare-and-swap, so it changes nothing.
	See(ctx context.Context, w Written) (data any, ok bool)
	// Take keeps the record of one write for good. It may be handed the same one again, known by the event's id.
	Take(ctx context.Context, e Event) error
}

// witnessed is the kind of the events a Witness makes; no collection emits it, and no Deliver is given it.
const witnessed = ownPrefix + "witnessed"

// Watch shows every later write to a witness, except those of collections whose Spec says Unwitnessed. Call it before the first write.
func (db *DB) Watch(w Witness) { db.witness = w }

type unwitnessedKey struct{}

// Unwitnessed marks what follows from a decision, or happens to be noticed on its way, as the service's own doing: writes made with the
// context are shown to no Witness.
func Unwitnessed(ctx context.Context) context.Context {
	return context.WithValue(ctx, unwitnessedKey{}, true)
}

// testimony is the event of a write that goes on record, none for others. It stands before the write's own events, so that a consumer of
// those who is away does not hold it up.
func (c *Collection[T]) testimony(ctx context.Context, rec *record) ([]emitted, error) {
	if c.db.witness == nil || c.spec.Unwitnessed || ctx.Value(unwitnessedKey{}) != nil {
		return nil, nil
	}
	data, ok := c.db.witness.See(ctx, Written{Collection: c.spec.Name, ID: rec.id, Rev: rec.rev, Body: rec.body})
	if !ok {
		return nil, nil
	}
	e, err := newEmitted(witnessed, data)
	return []emitted{e}, err
}
