package docstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"time"

	"lianbang/services/platform/fault"
)

// Collection is the documents of one aggregate.
type Collection[T any] struct {
	db    *DB
	spec  Spec
	table *table
}

var (
	nameForm  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	indexForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,39}$`)
	fieldForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$`)
)

// NewCollection declares a collection: it checks the Spec and the type, and makes the table and its indexes exist. An index
// that is new over documents written at an older Version first rewrites those, so that they are in it.
func NewCollection[T any](ctx context.Context, db *DB, spec Spec) (*Collection[T], error) {
	if strings.HasPrefix(spec.Name, ownPrefix) {
		return nil, fmt.Errorf("docstore: names with %s are the store's own", ownPrefix)
	}
	c, err := newCollection[T](ctx, db, spec)
	if err != nil {
		return nil, err
	}
	return c, db.register(c.table)
}

func newCollection[T any](ctx context.Context, db *DB, spec Spec) (*Collection[T], error) {
	t, err := tableOf(spec, reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("docstore: collection %q: %w", spec.Name, err)
	}
	c := &Collection[T]{db: db, spec: spec, table: t}
	return c, outward(db.engine.define(ctx, t, func() error { return c.rewriteOlder(ctx) }))
}

func tableOf(spec Spec, bodyType reflect.Type) (*table, error) {
	if !nameForm.MatchString(spec.Name) {
		return nil, errors.New("a name is lower-case letters, digits and underscores, at most 40")
	}
	if spec.Version < 1 || (spec.Version > 1 && spec.Upgrade == nil) {
		return nil, errors.New("the version starts at 1 and needs an Upgrade above that")
	}
	t := &table{name: spec.Name, searchable: spec.Searchable}
	names := map[string]bool{}
	for _, ix := range spec.Indexes {
		if !indexForm.MatchString(ix.Name) || ix.Name == "dirty" || ix.Name == "pending" || names[ix.Name] {
			return nil, fmt.Errorf("index name %q is taken or not letters and digits", ix.Name)
		}
		names[ix.Name] = true
		if len(ix.Fields) == 0 {
			return nil, fmt.Errorf("index %s has no field", ix.Name)
		}
		for _, f := range ix.Fields {
			if !fieldForm.MatchString(f) {
				return nil, fmt.Errorf("index %s: field %q is not a dotted path", ix.Name, f)
			}
		}
		fields := append([]string{}, ix.Fields...)
		if !ix.Unique {
			fields = append(fields, keyID)
		}
		t.indexes = append(t.indexes, &index{name: ix.Name, fields: fields, unique: ix.Unique})
	}
	return t, checkBody(bodyType, spec.Indexes)
}

// rewriteOlder writes every body of an older version at the current one.
func (c *Collection[T]) rewriteOlder(ctx context.Context) error {
	if c.spec.Version == 1 {
		return nil
	}
	s := scan{index: indexID, limit: MaxLimit}
	for {
		records, err := c.db.engine.scan(ctx, c.table, s)
		if err != nil {
			return err
		}
		for _, rec := range records {
			if rec.version >= c.spec.Version {
				continue
			}
			if _, err := c.db.amend(ctx, c.table, rec.id, func(rec *record) (change, error) {
				if rec.version >= c.spec.Version {
					return nothing, nil
				}
				doc, err := c.doc(*rec)
				if err != nil {
					return nothing, err
				}
				if rec.body, err = c.encodeBody(doc.Body); err != nil {
					return nothing, err
				}
				rec.version = c.spec.Version // and not rev: the content is the same, nobody's If-Match should break
				return body, nil
			}); err != nil {
				return err
			}
		}
		if len(records) < s.limit {
			return nil
		}
		last := value{kind: isText, text: records[len(records)-1].id}
		s.from, s.after = &last, true
	}
}

// Get reads one document. Errors: NotFound.
func (c *Collection[T]) Get(ctx context.Context, id string) (Doc[T], error) {
	if !validID(id) {
		return Doc[T]{}, outward(errAbsent)
	}
	rec, err := c.db.engine.get(ctx, c.table, id)
	if err != nil {
		return Doc[T]{}, outward(err)
	}
	return c.doc(rec)
}

// Rev reads the revision alone: whether a document is still what was read before. Errors: NotFound.
func (c *Collection[T]) Rev(ctx context.Context, id string) (int64, error) {
	if !validID(id) {
		return 0, outward(errAbsent)
	}
	rev, err := c.db.engine.rev(ctx, c.table, id)
	return rev, outward(err)
}

// GetMany reads the documents that exist, in the order of ids.
func (c *Collection[T]) GetMany(ctx context.Context, ids []string) ([]Doc[T], error) {
	docs := make([]Doc[T], 0, len(ids))
	if len(ids) == 0 {
		return docs, nil
	}
	records, err := c.db.engine.getMany(ctx, c.table, ids)
	if err != nil {
		return nil, outward(err)
	}
	byID := make(map[string]record, len(records))
	for _, rec := range records {
		byID[rec.id] = rec
	}
	for _, id := range ids {
		rec, ok := byID[id]
		if !ok {
			continue
		}
		doc, err := c.doc(rec)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// InsertOption adds to an Insert.
type InsertOption func(*insertion) error

type insertion struct {
	events      []emitted
	fingerprint string
}

// Emit writes an event with the document.
func Emit(kind string, data any) InsertOption {
	return func(in *insertion) error {
		e, err := newEmitted(kind, data)
		in.events = append(in.events, e)
		return err
	}
}

// Fingerprint makes an Insert repeatable: hash stands for the request, whose idempotency key fixed the id. When the id is
// there already with the same hash, Insert gives the stored document; with another one, a Conflict fault
// "idempotency_key_reused".
func Fingerprint(hash string) InsertOption {
	return func(in *insertion) error { in.fingerprint = hash; return nil }
}

// Insert stores a new document at revision 1. Errors: Duplicate when the id or a unique key is taken (Fields then name the
// index's fields), Conflict by Fingerprint, TooLarge, Invalid for an id that cannot be stored.
func (c *Collection[T]) Insert(ctx context.Context, id string, content T, opts ...InsertOption) (Doc[T], error) {
	var in insertion
	for _, opt := range opts {
		if err := opt(&in); err != nil {
			return Doc[T]{}, err
		}
	}
	if !validID(id) {
		return Doc[T]{}, fault.Bad(fault.Field{Path: "id", Code: "invalid",
			Detail: fmt.Sprintf("an id is 1 to %d bytes of text without control characters", MaxID)})
	}
	encoded, err := c.encodeBody(content)
	if err != nil {
		return Doc[T]{}, err
	}
	now := c.db.nowMillis()
	rec := record{id: id, rev: 1, seq: 1, version: c.spec.Version, created: int64(now), updated: int64(now),
		fingerprint: in.fingerprint, body: encoded}
	c.markWritten(&rec, now)
	seen, err := c.testimony(ctx, &rec)
	if err != nil {
		return Doc[T]{}, err
	}
	if err := c.db.enqueue(ctx, &rec, now, append(seen, in.events...)); err != nil {
		return Doc[T]{}, err
	}
	err = c.db.engine.insert(ctx, c.table, rec)
	var taken *takenError
	if errors.As(err, &taken) {
		return c.replay(ctx, rec, taken)
	}
	if err != nil {
		return Doc[T]{}, outward(err)
	}
	if rec.pendingAt != 0 {
		c.db.wake()
	}
	return c.doc(rec)
}

// replay decides what a taken id means: the same request again, another one under its key, or just a taken id.
func (c *Collection[T]) replay(ctx context.Context, rec record, taken *takenError) (Doc[T], error) {
	stored, err := c.db.engine.get(ctx, c.table, rec.id)
	switch {
	case errors.Is(err, errAbsent):
		return Doc[T]{}, c.takenFault(taken)
	case err != nil:
		return Doc[T]{}, outward(err)
	case rec.fingerprint == "":
		return Doc[T]{}, c.takenFault(&takenError{})
	case rec.fingerprint != stored.fingerprint:
		return Doc[T]{}, fault.New(fault.Conflict, "idempotency_key_reused", "the idempotency key was used for another request")
	}
	return c.doc(stored)
}

// takenFault names the fields whose values are taken.
func (c *Collection[T]) takenFault(taken *takenError) error {
	f := fault.New(fault.Duplicate, "", "a document with these values is there already")
	if taken.index == "" {
		f.Fields = []fault.Field{{Path: "id", Code: "taken"}}
	}
	for _, ix := range c.spec.Indexes {
		if ix.Name != taken.index {
			continue
		}
		for _, field := range ix.Fields {
			f.Fields = append(f.Fields, fault.Field{Path: field, Code: "taken"})
		}
	}
	return f
}

// Tx is one run of an Update's function: change Body, emit events, or return an error to write nothing.
type Tx[T any] struct {
	ID     string
	Rev    int64     // before the change
	Now    time.Time // of this write, UTC, in milliseconds
	Body   *T
	events []emitted
}

// Emit writes an event with the change. It fails when data is too large or cannot be encoded.
func (tx *Tx[T]) Emit(kind string, data any) error {
	e, err := newEmitted(kind, data)
	if err == nil {
		tx.events = append(tx.events, e)
	}
	return err
}

// UpdateOption adds to an Update.
type UpdateOption func(*amendment)

type amendment struct {
	ifRev int64
	guard bool
}

// IfRev makes an Update fail with a Stale fault unless the document is at this revision.
func IfRev(rev int64) UpdateOption {
	return func(a *amendment) { a.ifRev, a.guard = rev, true }
}

// Upsert changes a document, or makes it out of T's zero value when there is none. fn runs after the document was read, and again when
// somebody wrote between, here or in another process: what it reads of other documents is never older than what is written over. Errors:
// those of Update but NotFound.
func (c *Collection[T]) Upsert(ctx context.Context, id string, fn func(*T) error) (Doc[T], error) {
	update := func() (Doc[T], error) {
		return c.Update(ctx, id, func(tx *Tx[T]) error { return fn(tx.Body) })
	}
	doc, err := update()
	if fault.KindOf(err) != fault.NotFound {
		return doc, err
	}
	var fresh T
	if err := fn(&fresh); err != nil {
		return Doc[T]{}, err
	}
	if doc, err = c.Insert(ctx, id, fresh); fault.KindOf(err) == fault.Duplicate { // somebody was first
		return update()
	}
	return doc, err
}

// Update changes a document by a pure function, which may run several times. An unchanged body without events is not
// written. Errors: NotFound; Stale by IfRev; whatever fn returns, as it is; Duplicate when a unique key is taken; TooLarge;
// Unavailable "outbox_full" or "contended".
func (c *Collection[T]) Update(ctx context.Context, id string, fn func(*Tx[T]) error, opts ...UpdateOption) (Doc[T], error) {
	var a amendment
	for _, opt := range opts {
		opt(&a)
	}
	rec, err := c.db.amend(ctx, c.table, id, func(rec *record) (change, error) {
		// fn first: its refusals (this document is not yours) tell less than a revision would.
		rev := rec.rev
		ch, err := c.apply(ctx, rec, fn)
		if err == nil && a.guard && rev != a.ifRev {
			return nothing, fault.Newf(fault.Stale, "", "the document is at revision %d, not %d", rev, a.ifRev)
		}
		return ch, err
	})
	var taken *takenError
	if errors.As(err, &taken) {
		return Doc[T]{}, c.takenFault(taken)
	}
	if err != nil {
		return Doc[T]{}, outward(err)
	}
	return c.doc(rec)
}

// apply runs fn on a record.
func (c *Collection[T]) apply(ctx context.Context, rec *record, fn func(*Tx[T]) error) (change, error) {
	doc, err := c.doc(*rec)
	if err != nil {
		return nothing, err
	}
	// Compared with what the same type writes, not with what is stored: an upgrade on read is no change.
	before, err := encode(doc.Body)
	if err != nil {
		return nothing, err
	}
	now := c.db.nowMillis()
	tx := &Tx[T]{ID: rec.id, Rev: rec.rev, Now: now.Time(), Body: &doc.Body}
	if err := fn(tx); err != nil {
		return nothing, err
	}
	encoded, err := c.encodeBody(doc.Body)
	if err != nil {
		return nothing, err
	}
	did := nothing
	if len(tx.events) > 0 {
		did = envelope
	}
	if !bytes.Equal(before, encoded) {
		did = body
		rec.rev++
		rec.body, rec.version, rec.updated = encoded, c.spec.Version, int64(now)
		c.markWritten(rec, now)
	}
	if did == nothing {
		return nothing, nil
	}
	seen, err := c.testimony(ctx, rec)
	if err != nil {
		return nothing, err
	}
	return did, c.db.enqueue(ctx, rec, now, append(seen, tx.events...))
}

// markWritten marks a changed document for the search reconciler.
func (c *Collection[T]) markWritten(rec *record, now Millis) {
	if c.spec.Searchable {
		rec.dirty = max(int64(now), 1)
	}
}

// Find reads one page. Errors: Invalid for a cursor that does not belong to the query or a limit out of range; a query that
// names no declared index is an internal error.
func (c *Collection[T]) Find(ctx context.Context, q Query) (Page[T], error) {
	if q.Limit == 0 {
		q.Limit = 20
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return Page[T]{}, fault.Bad(fault.Field{Path: "limit", Code: "out_of_range", Detail: fmt.Sprintf("limit is 1 to %d", MaxLimit)})
	}
	s, err := c.scanOf(q)
	if err != nil {
		return Page[T]{}, err
	}
	parts := []scan{s}
	if q.Cursor != "" {
		place, err := placeOf(c.table, s, q.Cursor)
		if err != nil {
			return Page[T]{}, err
		}
		parts = s.continued(place)
	}
	var records []record
	for _, part := range parts {
		part.limit = q.Limit + 1 - len(records) // one more than asked tells whether there is a next page
		if part.limit == 0 {
			break
		}
		more, err := c.db.engine.scan(ctx, c.table, part)
		if err != nil {
			return Page[T]{}, outward(err)
		}
		records = append(records, more...)
	}
	var page Page[T]
	if len(records) > q.Limit {
		records = records[:q.Limit]
		if page.Next, err = cursorAfter(c.table, s, records[q.Limit-1]); err != nil {
			return Page[T]{}, err
		}
	}
	page.Items, err = c.docs(records)
	return page, err
}

// Count counts what the query gives in all; Limit and Cursor are ignored.
func (c *Collection[T]) Count(ctx context.Context, q Query) (int64, error) {
	s, err := c.scanOf(q)
	if err != nil {
		return 0, err
	}
	n, err := c.db.engine.count(ctx, c.table, s)
	return n, outward(err)
}

// Tally counts in one read what lies in any of several ranges of an index, each given by the values of its leading fields, and sums by the
// first of them, which is text. What has nothing is missing from the result. All ranges have equally many values, and none lies in another.
func (c *Collection[T]) Tally(ctx context.Context, by string, ranges [][]any) (map[string]int64, error) {
	if len(ranges) == 0 {
		return nil, nil
	}
	var ix *index
	known := make([][]value, len(ranges))
	for i, r := range ranges {
		s, err := c.scanOf(Query{Index: by, Equal: r})
		if err != nil {
			return nil, err
		}
		if len(r) == 0 || len(r) != len(ranges[0]) || s.equal[0].kind != isText {
			return nil, fault.Newf(fault.Internal, "", "a tally of %s takes ranges of one length that begin with a text", c.spec.Name)
		}
		ix, known[i] = s.index, s.equal
	}
	sums, err := c.db.engine.tally(ctx, c.table, ix, known)
	return sums, outward(err)
}

// Each calls fn for every document of the query, page by page, until fn fails. It is no snapshot: a document that fn moves
// within the index may come again.
func (c *Collection[T]) Each(ctx context.Context, q Query, fn func(Doc[T]) error) error {
	if q.Limit == 0 {
		q.Limit = MaxLimit
	}
	for {
		page, err := c.Find(ctx, q)
		if err != nil {
			return err
		}
		for _, doc := range page.Items {
			if err := fn(doc); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.Cursor = page.Next
	}
}

func (c *Collection[T]) scanOf(q Query) (scan, error) {
	s := scan{index: indexID, descending: q.Descending, limit: q.Limit}
	if q.Index != "" {
		s.index = nil
		for _, ix := range c.table.indexes {
			if ix.name == q.Index {
				s.index = ix
			}
		}
		if s.index == nil {
			return s, fault.Newf(fault.Internal, "", "collection %s has no index %s", c.spec.Name, q.Index)
		}
	}
	if len(q.Equal) > len(s.index.fields) {
		return s, fault.Newf(fault.Internal, "", "index %s of %s has fewer fields than values were given", q.Index, c.spec.Name)
	}
	for _, v := range q.Equal {
		known, err := valueOf(v)
		if err != nil {
			return s, err
		}
		s.equal = append(s.equal, known)
	}
	if (q.From != nil || q.To != nil) && len(s.rest()) == 0 {
		return s, fault.Newf(fault.Internal, "", "index %s of %s has no field left to bound", q.Index, c.spec.Name)
	}
	for _, bound := range []struct {
		asked any
		into  **value
	}{{q.From, &s.from}, {q.To, &s.to}} {
		if bound.asked == nil {
			continue
		}
		known, err := valueOf(bound.asked)
		if err != nil {
			return s, err
		}
		*bound.into = &known
	}
	return s, nil
}

// Dirty gives documents that the search index may not have in their present state, those marked longest ago first.
func (c *Collection[T]) Dirty(ctx context.Context, limit int) ([]Doc[T], error) {
	records, err := c.db.engine.scan(ctx, c.table, scan{index: indexDirty, limit: min(max(limit, 1), MaxLimit)})
	if err != nil {
		return nil, outward(err)
	}
	return c.docs(records)
}

// ClearDirty takes the mark off if the document is still at rev, and says whether it did. Call it only after the index
// confirmed that revision.
func (c *Collection[T]) ClearDirty(ctx context.Context, id string, rev int64) (bool, error) {
	cleared := false
	_, err := c.db.amend(ctx, c.table, id, func(rec *record) (change, error) {
		if cleared = rec.rev == rev && rec.dirty != 0; !cleared {
			return nothing, nil
		}
		rec.dirty = 0
		return envelope, nil
	})
	return cleared && err == nil, outward(err)
}

// MarkDirty marks a document, or moves it to the end of the queue if it is marked. Errors: NotFound.
func (c *Collection[T]) MarkDirty(ctx context.Context, id string) error {
	_, err := c.db.amend(ctx, c.table, id, func(rec *record) (change, error) {
		rec.dirty = max(int64(c.db.nowMillis()), 1)
		return envelope, nil
	})
	return outward(err)
}

// Backlog is how many documents are marked dirty.
func (c *Collection[T]) Backlog(ctx context.Context) (int64, error) {
	n, err := c.db.engine.count(ctx, c.table, scan{index: indexDirty})
	return n, outward(err)
}

func (c *Collection[T]) encodeBody(content T) ([]byte, error) {
	encoded, err := encode(content)
	if err != nil {
		return nil, err
	}
	if len(encoded) > MaxBody {
		return nil, fault.Newf(fault.TooLarge, "document_too_large", "the document has %d bytes, more than %d", len(encoded), MaxBody)
	}
	return encoded, nil
}

func (c *Collection[T]) doc(rec record) (Doc[T], error) {
	doc := Doc[T]{ID: rec.id, Rev: rec.rev, CreatedAt: Millis(rec.created).Time(), UpdatedAt: Millis(rec.updated).Time()}
	data, err := upgraded(&c.spec, rec)
	if err != nil {
		return doc, err
	}
	return doc, decode(data, &doc.Body)
}

func (c *Collection[T]) docs(records []record) ([]Doc[T], error) {
	docs := make([]Doc[T], 0, len(records))
	for _, rec := range records {
		doc, err := c.doc(rec)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}
