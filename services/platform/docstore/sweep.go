package docstore

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Stored is a document as it lies in the store, whatever its type.
type Stored struct {
	Collection string
	ID         string
	Body       json.RawMessage
}

// MaxSweep is how many documents one Sweep looks at, at most.
const MaxSweep = 2000

// Sweep goes through the documents of all collections, by collection and id, from behind a place on, and gives the place where it stopped:
// "" at the end. fn gives the body that takes a document's place, or nil to leave it; it is asked about the events in a document's outbox,
// which are still to be told, in the same way, and may be asked again. What is replaced has changed like any other document (revision,
// search), and no Witness is told. A collection named in except is left out.
//
// It is for what holds for every document there is, those of collections nobody has thought of yet included; it is no way to query.
func (db *DB) Sweep(ctx context.Context, after string, except []string, fn func(Stored) (json.RawMessage, error)) (next string, err error) {
	tables := append(db.collections(), db.parked.table)
	slices.SortFunc(tables, func(a, b *table) int { return strings.Compare(a.name, b.name) })
	from, afterID, _ := strings.Cut(after, "/")
	left := MaxSweep
	for _, t := range tables {
		if t.name < from || slices.Contains(except, t.name) {
			continue
		}
		s := scan{index: indexID}
		if t.name == from && afterID != "" {
			s.from, s.after = &value{kind: isText, text: afterID}, true
		}
		for {
			s.limit = min(left, MaxLimit)
			records, err := db.engine.scan(ctx, t, s)
			if err != nil {
				return "", outward(err)
			}
			for _, rec := range records {
				if err := db.replace(ctx, t, rec, fn); err != nil {
					return "", err
				}
			}
			if len(records) < s.limit {
				break
			}
			last := records[len(records)-1].id
			if left -= len(records); left == 0 {
				return t.name + "/" + last, nil
			}
			s.from, s.after = &value{kind: isText, text: last}, true
		}
	}
	return "", nil
}

// replace puts what fn gives in a record's place; one it leaves as it is is not read again.
func (db *DB) replace(ctx context.Context, t *table, seen record, fn func(Stored) (json.RawMessage, error)) error {
	swap := func(rec *record) (change, error) {
		content, err := fn(Stored{Collection: t.name, ID: rec.id, Body: rec.body})
		if err != nil {
			return nothing, err
		}
		did := nothing
		if len(rec.outbox) > 0 {
			events, err := fn(Stored{Collection: t.name, ID: rec.id, Body: rec.outbox})
			if err != nil {
				return nothing, err
			}
			if events != nil {
				rec.outbox, did = events, envelope
			}
		}
		if content != nil {
			now := db.nowMillis()
			rec.body, rec.updated, did = content, int64(now), body
			rec.rev++
			if t.searchable {
				rec.dirty = max(int64(now), 1)
			}
		}
		return did, nil
	}
	trial := seen
	if did, err := swap(&trial); err != nil || did == nothing {
		return err
	}
	_, err := db.amend(ctx, t, seen.id, swap)
	if errors.Is(err, errAbsent) { // gone since
		return nil
	}
	return outward(err)
}
