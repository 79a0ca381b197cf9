package docstore

import (
	"context"
	"encoding/json"
	"errors"
)

// engine is what a database must give; everything else (codec, outbox, dirty mark, leases, paging) is written once above it.
type engine interface {
	// define makes the table and its indexes exist as declared. When an index is about to be built over documents that
	// are already there, beforeIndexing runs first, so that older bodies have the field.
	define(ctx context.Context, t *table, beforeIndexing func() error) error
	// get gives the record, or errAbsent.
	get(ctx context.Context, t *table, id string) (record, error)
	// rev gives the record's revision alone, or errAbsent.
	rev(ctx context.Context, t *table, id string) (int64, error)
	// getMany gives the records that exist, in any order.
	getMany(ctx context.Context, t *table, ids []string) ([]record, error)
	// insert stores a new record, durably; a taken id or unique key is a *takenError.
	insert(ctx context.Context, t *table, rec record) error
	// swap replaces the record whose seq is rec.seq-1, durably, and says whether it was there; a taken unique key is a
	// *takenError. When bodyChanged is false only the envelope differs.
	swap(ctx context.Context, t *table, rec record, bodyChanged bool) (bool, error)
	// remove deletes the record if its seq is seq. Only the store's own bookkeeping is ever removed.
	remove(ctx context.Context, t *table, id string, seq int64) (bool, error)
	// scan reads a range of one index in its order.
	scan(ctx context.Context, t *table, s scan) ([]record, error)
	// count counts a range of one index; s.limit is ignored.
	count(ctx context.Context, t *table, s scan) (int64, error)
	// tally counts, by the value of the index's first field, the records in any of several ranges, each given by its leading fields.
	tally(ctx context.Context, t *table, ix *index, ranges [][]value) (map[string]int64, error)
	// backup writes a consistent copy to a file while others write.
	backup(ctx context.Context, path string) error
	ping(ctx context.Context) error
	close(ctx context.Context) error
}

// record is a document as an engine stores it. Times are Unix milliseconds.
type record struct {
	id          string
	rev, seq    int64
	version     int
	created     int64
	updated     int64
	dirty       int64
	pendingAt   int64
	fingerprint string
	outbox      json.RawMessage // []queued, empty when there is none
	body        json.RawMessage
}

// table is a collection as an engine sees it.
type table struct {
	name       string
	indexes    []*index
	searchable bool // its Spec says so
}

// index is a declared index or one of the built-in ones. Fields are body paths, or the reserved keys below.
type index struct {
	name   string
	fields []string
	unique bool
}

// Reserved keys of the envelope; a body path never starts with "@".
const (
	keyID      = "@id"
	keyDirty   = "@dirty"
	keyPending = "@pendingAt"
)

// The indexes every table has. The last two hold only the documents that wait.
var (
	indexID      = &index{fields: []string{keyID}, unique: true}
	indexDirty   = &index{name: "@dirty", fields: []string{keyDirty}}
	indexPending = &index{name: "@pending", fields: []string{keyPending}}
)

// scan is a range of one index: the leading fields fixed, the next one bounded.
type scan struct {
	index      *index
	equal      []value
	from, to   *value
	after      bool // from itself is not in the range; to never is
	descending bool
	limit      int
}

// rest is the fields that are not fixed, which are also the order of the result.
func (s scan) rest() []string { return s.index.fields[len(s.equal):] }

var errAbsent = errors.New("docstore: no such document")

// takenError says which unique index refused a write; index is empty when it was the id.
type takenError struct{ index string }

func (e *takenError) Error() string { return "docstore: unique key taken: " + e.index }
