// Package audit keeps the log of decisions: who decided what on which document, when, why, and with what outcome. One log per
// service, in its own database, each entry holding the hash of the one before, so that an entry that was edited, taken out, put
// elsewhere or added afterwards shows (Verify). Nothing in the product changes an entry.
//
// A service does nothing for it: an operation the permission table marks as deciding is recorded in the same write as the decision
// (docstore.Witness), and the relay brings the record here, under the lease one relay per service holds. It owns the log, its checking
// and its heads; it refuses to know what any decision means.
//
// A chain proves nothing about its own end, and whoever can write the database can compute it anew. So its head is written down elsewhere
// every day: a line in audit-heads/<service>.jsonl of the data directory and a line of the process's log (Keep).
package audit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// Decision is what is recorded of one write that a deciding operation made.
type Decision struct {
	Operation  string `json:"operation"`
	Actor      Actor  `json:"actor"`
	Collection string `json:"collection"`
	Subject    string `json:"subject"`           // id of the document decided on
	Rev        int64  `json:"rev"`               // of the document after the decision
	Outcome    string `json:"outcome,omitempty"` // the state it is in after it, or the post a person has
	Reason     string `json:"reason,omitempty"`  // as given with the request, cut at maxReason characters
	RequestID  string `json:"requestId,omitempty"`
}

// Actor is who decided: ids, no names.
type Actor struct {
	UserID  string       `json:"userId"`
	OrgID   string       `json:"orgId,omitempty"`
	Role    access.Role  `json:"role,omitempty"`
	Staff   access.Staff `json:"staff,omitempty"`
	Service string       `json:"service,omitempty"` // instead of a person: one of our services, or the command line
}

// Entry is one link of the chain. Its JSON form, with Hash empty, is what Hash is the SHA-256 of: fields may be added at the end, with
// omitempty, and never changed.
type Entry struct {
	Seq int64           `json:"seq"` // from 1, without gaps
	At  docstore.Millis `json:"at"`  // when the decision was written
	Decision
	Root    string `json:"root"`    // the subject up to its first colon: a bid's demand
	EventID string `json:"eventId"` // what it is recorded once by
	Prev    string `json:"prev"`    // hash of entry Seq-1; of the first, the hash of the log's name
	Hash    string `json:"hash"`
}

const maxReason = 1000

// sum is the hash an entry should have.
func (e Entry) sum() (string, error) {
	e.Hash = ""
	b, err := json.Marshal(e)
	return digest(b), err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// genesis stands before the first entry, so that one service's log does not pass for another's.
func genesis(service string) string { return digest([]byte("lianbang audit log of " + service)) }

// Log is one service's chain.
type Log struct {
	service string
	entries *docstore.Collection[Entry]
	mu      sync.Mutex // appends in this process queue up; other processes are kept off by the unique id
}

// collection declares where the entries are. An entry's id is its number, so that the same place cannot be taken twice.
func collection(ctx context.Context, db *docstore.DB) (*docstore.Collection[Entry], error) {
	return docstore.NewCollection[Entry](ctx, db, docstore.Spec{Name: "audit_log", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "byEvent", Fields: []string{"eventId"}, Unique: true},
		{Name: "byRoot", Fields: []string{"root"}},
		{Name: "bySubject", Fields: []string{"subject"}},
		{Name: "byPerson", Fields: []string{"actor.userId"}},
	}})
}

// Open opens the service's log in its database and begins to watch its writes. The database needs a relay that runs.
func Open(ctx context.Context, db *docstore.DB, service string) (*Log, error) {
	entries, err := collection(ctx, db)
	if err != nil {
		return nil, err
	}
	l := &Log{service: service, entries: entries}
	db.Watch(l)
	return l, nil
}

func idOf(seq int64) string { return fmt.Sprintf("%016d", seq) }

// See records what a deciding operation writes (docstore.Witness).
func (l *Log) See(ctx context.Context, w docstore.Written) (any, bool) {
	r := rest.RequestOf(ctx)
	if !access.Policy[r.Operation].Decision {
		return nil, false
	}
	a := access.From(ctx)
	var now struct {
		State string `json:"state"`
		Staff string `json:"staff"`
	}
	_ = json.Unmarshal(w.Body, &now) // a document without either has no outcome to tell
	return Decision{Operation: r.Operation, Collection: w.Collection, Subject: w.ID, Rev: w.Rev, Outcome: cmp.Or(now.State, now.Staff),
		Reason: cut(r.Reason), RequestID: r.ID,
		Actor: Actor{UserID: a.UserID, OrgID: a.OrgID, Role: a.Role, Staff: a.Staff, Service: a.Service}}, true
}

func cut(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if utf8.RuneCountInString(s) <= maxReason {
		return s
	}
	return string([]rune(s)[:maxReason])
}

// Take appends a recorded decision, once (docstore.Witness).
func (l *Log) Take(ctx context.Context, event docstore.Event) error {
	var d Decision
	if err := json.Unmarshal(event.Data, &d); err != nil {
		return fmt.Errorf("audit: event %s cannot be read: %w", event.ID, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		head, err := l.Head(ctx)
		if err != nil {
			return err
		}
		root, _, _ := strings.Cut(d.Subject, ":")
		e := Entry{Seq: head.Seq + 1, At: docstore.Millis(event.At), Decision: d, Root: root, EventID: event.ID, Prev: head.Hash}
		if e.Hash, err = e.sum(); err != nil {
			return err
		}
		_, err = l.entries.Insert(ctx, idOf(e.Seq), e)
		if err == nil || fault.KindOf(err) != fault.Duplicate {
			return err
		}
		// Either this event is in already, or another process took the place.
		page, err := l.entries.Find(ctx, docstore.Query{Index: "byEvent", Equal: []any{event.ID}, Limit: 1})
		if err != nil || len(page.Items) > 0 {
			return err
		}
	}
}

// Head is the number and the hash of the last entry; of an empty log 0 and what the first will follow.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Head reads the end of the chain.
func (l *Log) Head(ctx context.Context) (Head, error) {
	page, err := l.entries.Find(ctx, docstore.Query{Descending: true, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return Head{Hash: genesis(l.service)}, err
	}
	return Head{page.Items[0].Body.Seq, page.Items[0].Body.Hash}, nil
}

// Filter narrows a List; at most one of the two.
type Filter struct {
	Subject string // a document's id; a demand's finds the decisions on its bids too
	UserID  string // who decided
}

// List gives one page of entries, the newest first.
func (l *Log) List(ctx context.Context, f Filter, limit int, cursor string) (docstore.Page[Entry], error) {
	q := docstore.Query{Descending: true, Limit: limit, Cursor: cursor}
	switch {
	case f.Subject != "" && f.UserID != "":
		return docstore.Page[Entry]{}, fault.Bad(fault.Field{Path: "person", Code: "not_with_subject", Detail: "ask by subject or by person, not both"})
	case strings.Contains(f.Subject, ":"):
		q.Index, q.Equal = "bySubject", []any{f.Subject}
	case f.Subject != "":
		q.Index, q.Equal = "byRoot", []any{f.Subject}
	case f.UserID != "":
		q.Index, q.Equal = "byPerson", []any{f.UserID}
	}
	return l.entries.Find(ctx, q)
}
