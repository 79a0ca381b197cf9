package notice

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// City is what this service asks about the city. Errors: Unavailable when account is away and was never asked before.
type City interface {
	Calendar(ctx context.Context) (when.Calendar, error)
	Rules(ctx context.Context) (Rules, error)
}

// People answers which organisations an operator belongs to. Errors: Unavailable when account is away.
type People interface {
	Person(ctx context.Context, userID string) (Person, error)
}

// Relay shows and retries events that could not be delivered.
type Relay interface {
	Parked(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error)
	Retry(ctx context.Context, id string) error
}

// Options are what a Service works with.
type Options struct {
	DB      *docstore.DB
	City    City
	People  People
	Demands Demands
	Files   blob.Store
	Secrets *secrets
	Relay   Relay
	Audit   *audit.Log
	Now     func() time.Time
	Log     *slog.Logger
}

// Service is the notice service: one method per operation.
type Service struct {
	*store
	o                Options
	filings, guesses *limit
}

// NewService opens the collections.
func NewService(ctx context.Context, o Options) (*Service, error) {
	st, err := openStore(ctx, o.DB)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{store: st, o: o, filings: &limit{most: filingsPerHour, span: time.Hour, now: o.Now},
		guesses: &limit{most: guessesPerHour, span: time.Hour, now: o.Now}}, nil
}

func (s *Service) now() time.Time { return s.o.Now() }

// city is the city's rules and calendar as they are now.
func (s *Service) city(ctx context.Context) (Rules, when.Calendar, error) {
	rules, err := s.o.City.Rules(ctx)
	if err != nil {
		return rules, when.Calendar{}, err
	}
	cal, err := s.o.City.Calendar(ctx)
	return rules, cal, err
}

// announcementID keeps an announcement beside the notice it follows, which may have the same key.
func announcementID(id string) string { return "announcement:" + id }

// PutNotice puts a notice up for a peer; one that stands under the id is returned as it is. Errors: Invalid; Forbidden for another
// service's id.
func (s *Service) PutNotice(ctx context.Context, id string, n Notice) (docstore.Doc[Notice], error) {
	if err := ownKey(ctx, id, n.Key); err != nil {
		return docstore.Doc[Notice]{}, err
	}
	if doc, err := s.load(ctx, id); err == nil || fault.KindOf(err) != fault.NotFound {
		return doc, err
	}
	cal, err := s.o.City.Calendar(ctx)
	if err != nil {
		return docstore.Doc[Notice]{}, err
	}
	if n, err = PutUpNotice(n, s.now(), cal); err != nil {
		return docstore.Doc[Notice]{}, err
	}
	return s.put(ctx, id, n)
}

// PutAnnouncement puts an announcement up for a peer; one that stands is returned as it is. Errors: as PutNotice.
func (s *Service) PutAnnouncement(ctx context.Context, id string, n Notice) (docstore.Doc[Notice], error) {
	if err := ownKey(ctx, id, n.Key); err != nil {
		return docstore.Doc[Notice]{}, err
	}
	return s.put(ctx, announcementID(id), Announce(n, s.now()))
}

func (s *Service) put(ctx context.Context, id string, n Notice) (docstore.Doc[Notice], error) {
	doc, err := s.notices.Insert(ctx, id, n)
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		return s.load(ctx, id)
	}
	return doc, err
}

// ownKey holds an id to what it is made of, and a peer to its own notices.
func ownKey(ctx context.Context, id string, k Key) error {
	read, err := KeyOf(id)
	if err != nil {
		return err
	}
	if read.Service != k.Service || read.Kind != k.Kind || read.SubjectID != k.SubjectID {
		return fault.Bad(fault.Field{Path: "noticeId", Code: "invalid", Detail: "the id is not made of this service, kind and subjectId"})
	}
	if access.From(ctx).Service != k.Service {
		return access.Forbid.Err()
	}
	return nil
}

// WithdrawNotice takes a notice back for the service that put it up. Errors: NotFound, Conflict once it has ended.
func (s *Service) WithdrawNotice(ctx context.Context, id, reason string) (docstore.Doc[Notice], error) {
	key, err := KeyOf(id)
	if err != nil {
		return docstore.Doc[Notice]{}, err
	}
	if access.From(ctx).Service != key.Service {
		return docstore.Doc[Notice]{}, access.Forbid.Err()
	}
	if _, err := s.load(ctx, id); err != nil {
		return docstore.Doc[Notice]{}, err
	}
	return s.notices.Update(ctx, id, func(tx *docstore.Tx[Notice]) error {
		if tx.Body.Due(tx.Now) {
			return overNow
		}
		return tx.Body.TakeBack(tx.Now, reason)
	})
}

var overNow = fault.New(fault.Conflict, "notice.over", "the notice has ended; what it was for stands")

// NoticeStanding is how a notice stands now, for a peer. Errors: NotFound.
func (s *Service) NoticeStanding(ctx context.Context, id string) (docstore.Doc[Notice], error) {
	return s.load(ctx, id)
}

// load reads a notice as it is now: an end that is due is recorded first, so that what is read is right after a restart or a clock
// jump too.
func (s *Service) load(ctx context.Context, id string) (docstore.Doc[Notice], error) {
	doc, err := s.notices.Get(ctx, id)
	if err != nil || !doc.Body.Due(s.now()) {
		return doc, err
	}
	return s.notices.Update(docstore.Unwitnessed(ctx), id, conclude)
}

// visible loads a notice the reader may know of; NotFound otherwise.
func (s *Service) visible(ctx context.Context, id string) (docstore.Doc[Notice], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.load(ctx, id)
	if err == nil && !doc.Body.VisibleTo(a.OrgID) && !a.Operates(doc.Body.District) {
		err = access.Hide.Err()
	}
	return doc, a, err
}

// GetNotice is one notice or announcement the reader may know of. Errors: NotFound.
func (s *Service) GetNotice(ctx context.Context, id string) (docstore.Doc[Notice], error) {
	doc, _, err := s.visible(ctx, id)
	return doc, err
}

// Filter narrows the public list; empty fields do not.
type Filter struct {
	Type     Type
	State    State
	Kind     string
	District string
	Words    string
	Limit    int
	Cursor   string
}

// ListNotices is the public list, newest first.
func (s *Service) ListNotices(ctx context.Context, f Filter) (docstore.Page[Notice], error) {
	q := docstore.Query{Index: "board", Equal: []any{publicBoard}, Descending: true, Limit: f.Limit, Cursor: f.Cursor}
	switch {
	case f.State != "":
		q.Index, q.Equal = "boardState", []any{publicBoard, string(f.State)}
	case f.Kind != "":
		q.Index, q.Equal = "boardKind", []any{publicBoard, f.Kind}
	case f.Type != "":
		q.Index, q.Equal = "boardType", []any{publicBoard, string(f.Type)}
	}
	page, err := s.notices.Find(ctx, q)
	if err != nil {
		return page, err
	}
	now := s.now()
	page.Items = slices.DeleteFunc(page.Items, func(d docstore.Doc[Notice]) bool { return !f.fits(&d.Body, now) })
	return page, nil
}

// fits holds a notice to the whole filter; one whose end is due counts as ended.
func (f Filter) fits(n *Notice, now time.Time) bool {
	state := n.State
	if n.Due(now) {
		state = Ended
	}
	if f.Type != "" && n.Type != f.Type || f.State != "" && state != f.State || f.Kind != "" && n.Kind != f.Kind || f.District != "" && n.District != f.District {
		return false
	}
	text := strings.ToLower(n.Title + "\n" + n.Summary + "\n" + strings.Join(n.Lines, "\n"))
	for _, word := range strings.Fields(strings.ToLower(f.Words)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// ListParkedEvents reads the deliveries that were given up.
func (s *Service) ListParkedEvents(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error) {
	return s.o.Relay.Parked(ctx, cursor, limit)
}

// RetryParkedEvent queues one of them again.
func (s *Service) RetryParkedEvent(ctx context.Context, id string) error {
	return s.o.Relay.Retry(ctx, id)
}
