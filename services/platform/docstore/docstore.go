// Package docstore stores documents: one collection per aggregate, one write per document, two engines behind one API and
// one codec. It owns revisions, compare-and-swap, declared indexes, cursor paging, the outbox and its relay, the dirty mark
// for search, leases and schema versions. It refuses to own joins, ad-hoc queries, transactions over several documents and
// anything of the domain.
//
// # A write
//
// Every write touches exactly one document and is durable when it returns. A document is its body, a T, and an envelope:
//
//	rev        rises when the body changes; shown as the ETag
//	seq        rises at every physical write; what compare-and-swap compares
//	version    schema version of the stored body
//	dirty      when the document was marked for the search reconciler, 0 when the index has it
//	outbox     events not yet delivered, at most 64
//	pendingAt  when the outbox is next due, 0 when it is empty
//
// Body, events and dirty mark are one row or one BSON document, so they are written together or not at all.
//
//	demands, err := docstore.NewCollection[Demand](ctx, db, docstore.Spec{
//		Name: "demands", Version: 1, Searchable: true,
//		Indexes: []docstore.Index{
//			{Name: "byIssuer", Fields: []string{"issuer.orgId", "createdAt"}},
//			{Name: "byCode", Fields: []string{"code"}, Unique: true},
//		},
//	})
//	doc, err := demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
//		if err := tx.Body.Publish(tx.Now); err != nil {
//			return err
//		}
//		return tx.Emit("demand.published", Published{Code: tx.Body.Code})
//	}, docstore.IfRev(rev))
//
// The function given to Update is pure: it may run several times, because a lost compare-and-swap reads the document again.
//
// # A read
//
// Get by id, or Find on one declared index: Equal fixes its leading fields, From and To bound the next one, the order is
// the order of the index, with the id last. There is no other way to ask, so there is no slow way to ask.
//
// # Engines
//
// SQLite (modernc, pure Go) is the embedded default, one file per service: WAL with synchronous=FULL, one writer that puts
// concurrent writes into one commit, a pool of readers. MongoDB is production: ReplaceOne on {_id, seq} with majority write
// concern. One conformance suite holds both to the same behaviour.
//
// # Events
//
// Relay delivers outbox events at least once and in order per document, from one holder of a lease at a time. A failing
// event backs off, is parked after a number of tries and then waits for an operator's Retry; it never holds up the events
// behind it for longer than that.
//
// A Witness (see Watch) puts writes on record: what it says of one is stored with it and comes back to it through the relay.
package docstore

import (
	"encoding/json"
	"time"
)

// Limits that hold on every engine.
const (
	MaxBody   = 256 << 10 // bytes of an encoded body; more is a TooLarge fault "document_too_large"
	MaxEvent  = 16 << 10  // bytes of an event's encoded data
	MaxOutbox = 64        // undelivered events of one document; one more is an Unavailable fault "outbox_full"
	MaxID     = 512       // bytes of a document id
	MaxLimit  = 200       // documents in a page
)

// Spec declares a collection of documents whose body is a T. T is encoded as JSON: times are int64 milliseconds
// (use Millis), money is int64, and an integer never passes through float64.
type Spec struct {
	Name    string  // table or collection name: lower-case letters, digits and underscores
	Version int     // schema version of the body written now, from 1
	Indexes []Index // every query but Get goes through one of these
	// Upgrade lifts a stored body one version up; called on read until it is at Version. Numbers in the map are
	// json.Number. Nil when Version is 1.
	Upgrade func(from int, body map[string]any) (map[string]any, error)
	// Searchable marks the document dirty at every write, for a reconciler that feeds a search index.
	Searchable bool
	// Unwitnessed keeps the writes of this collection from the DB's Witness: counters, sessions, the record itself.
	Unwitnessed bool
}

// Index is an ordered list of required scalar fields of the body (dotted paths, e.g. "issuer.orgId"); the document id is
// always appended, so that paging is total. A Unique index makes a second document with the same values a Duplicate fault.
type Index struct {
	Name   string
	Fields []string
	Unique bool
}

// Doc is one stored document. Rev rises when the body changes and is what the ETag shows.
type Doc[T any] struct {
	ID        string
	Rev       int64
	CreatedAt time.Time
	UpdatedAt time.Time
	Body      T
}

// Event is a fact that leaves the service, written in the same write as the body it is about, delivered at least once.
// Consumers are idempotent by ID. Data must be small (under 16 kB) and hold no sealed or personal content: ids and codes.
type Event struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`   // e.g. "demand.published"
	Source     string          `json:"source"` // collection
	DocumentID string          `json:"documentId"`
	Rev        int64           `json:"rev"`
	At         int64           `json:"at"` // Unix milliseconds, UTC
	Data       json.RawMessage `json:"data"`
}

// Query asks one declared index. Equal fixes its leading fields; From (inclusive) and To (exclusive) bound the field after
// those, nil leaves an end open. Index "" asks by document id. Limit is 1..200, 0 means 20. Values are strings, integers,
// booleans, or a time.Time (meaning its Millis).
type Query struct {
	Index      string
	Equal      []any
	From, To   any
	Descending bool
	Limit      int
	Cursor     string
}

// Page is one page of a Find. Next is empty on the last page; it is opaque and bound to the query it came from.
type Page[T any] struct {
	Items []Doc[T]
	Next  string
}

// Millis is a point in time as stored: Unix milliseconds, UTC.
type Millis int64

// MillisOf converts a time; the zero time gives 0.
func MillisOf(t time.Time) Millis {
	if t.IsZero() {
		return 0
	}
	return Millis(t.UnixMilli())
}

// Time converts back; 0 gives the zero time.
func (m Millis) Time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}
