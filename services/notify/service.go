package notify

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Service is one method per operation.
type Service struct {
	*store
	now      func() time.Time
	log      *slog.Logger
	people   directory
	channels map[string]Channel
	relay    *docstore.Relay
	broker   *broker
	ignoredN *prometheus.CounterVec
	lettersN *prometheus.CounterVec
	stopping chan struct{} // closed when the process begins to stop
}

// Entry is a message as one person sees it.
type Entry struct {
	ID string
	Message
	Read bool
}

// Inbox is a page of entries, newest first. Next is empty on the last page.
type Inbox struct {
	Entries []Entry
	Next    string
	Unread  int64
}

// Filter narrows an inbox.
type Filter struct {
	Unread bool
	Topic  string // "" for all
	Limit  int    // 0 means 20
	Cursor string
}

// Receive takes an event of another service. The same event again changes nothing. A kind without texts, or one addressed to
// nobody, is counted, so that it can be seen. Errors: Invalid "event_malformed".
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	if e.Kind == personErased {
		return s.forget(ctx, e)
	}
	if !known(e.Kind) {
		return s.ignoreEvent(ctx, e)
	}
	made, err := messages(e, s.now())
	if err != nil {
		return err
	}
	if len(made) == 0 {
		return s.ignoreEvent(ctx, e)
	}
	for id, m := range made {
		_, err := s.messages.Insert(ctx, id, m, docstore.Emit(eventRecorded, nil))
		if fault.KindOf(err) == fault.Duplicate {
			continue
		}
		if err != nil {
			return err
		}
		s.broker.wake(m.Audience)
	}
	return nil
}

func (s *Service) ignoreEvent(ctx context.Context, e docstore.Event) error {
	s.ignoredN.WithLabelValues(e.Kind).Inc()
	s.log.Debug("event tells nobody anything", "kind", e.Kind, "event", e.ID)
	return s.ignore(ctx, e)
}

// ListInbox reads a page of the actor's inbox.
func (s *Service) ListInbox(ctx context.Context, f Filter) (Inbox, error) {
	actor := access.From(ctx)
	audiences := audiencesOf(actor)
	if f.Limit == 0 {
		f.Limit = 20
	}
	through, err := s.throughOf(ctx, actor.UserID)
	if err != nil {
		return Inbox{}, err
	}
	var box Inbox
	if box.Unread, err = s.unread(ctx, actor.UserID, audiences); err != nil {
		return Inbox{}, err
	}
	before := f.Cursor
	if before != "" && !strings.Contains(before, "|") {
		return Inbox{}, fault.Bad(fault.Field{Path: "cursor", Code: "invalid", Detail: "not a cursor of this list"})
	}
	for {
		batch, more, err := s.older(ctx, audiences, f.Topic, before, f.Limit+1)
		if err != nil {
			return Inbox{}, err
		}
		entries, err := s.entries(ctx, actor.UserID, through, batch)
		if err != nil {
			return Inbox{}, err
		}
		for _, e := range entries {
			if f.Unread && e.Read {
				continue
			}
			if len(box.Entries) == f.Limit {
				box.Next = place(box.Entries[f.Limit-1])
				return box, nil
			}
			box.Entries = append(box.Entries, e)
		}
		if !more {
			return box, nil
		}
		before = place(entries[len(entries)-1])
	}
}

// place is a message's place among those of several audiences: one event may have made one in each.
func place(e Entry) string { return e.Order + "|" + string(e.Audience) }

// older merges the newest messages of some audiences that come before a place, newest first.
func (s *Service) older(ctx context.Context, audiences []Audience, topic, before string, limit int) ([]docstore.Doc[Message], bool, error) {
	var merged []docstore.Doc[Message]
	more := false
	order, audience, _ := strings.Cut(before, "|")
	for _, a := range audiences {
		q := docstore.Query{Index: "byAudience", Equal: []any{string(a)}, Descending: true, Limit: min(limit, docstore.MaxLimit)}
		if topic != "" {
			q.Index, q.Equal = "byTopic", []any{string(a), topic}
		}
		if before != "" {
			q.To = order
			if string(a) < audience {
				q.To = after(order)
			}
		}
		page, err := s.messages.Find(ctx, q)
		if err != nil {
			return nil, false, err
		}
		merged, more = append(merged, page.Items...), more || page.Next != ""
	}
	slices.SortFunc(merged, func(a, b docstore.Doc[Message]) int {
		if c := strings.Compare(b.Body.Order, a.Body.Order); c != 0 {
			return c
		}
		return strings.Compare(string(b.Body.Audience), string(a.Body.Audience))
	})
	if len(merged) > limit {
		merged, more = merged[:limit], true
	}
	return merged, more, nil
}

// entries adds what the person has read.
func (s *Service) entries(ctx context.Context, userID string, through map[string]string, batch []docstore.Doc[Message]) ([]Entry, error) {
	ids := make([]string, 0, len(batch))
	for _, d := range batch {
		ids = append(ids, readID(userID, d.ID))
	}
	docs, err := s.reads.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	read := map[string]bool{}
	for _, d := range docs {
		read[d.ID] = true
	}
	all := make([]Entry, 0, len(batch))
	for _, d := range batch {
		all = append(all, Entry{ID: d.ID, Message: d.Body,
			Read: d.Body.Order <= through[string(d.Body.Audience)] || read[readID(userID, d.ID)]})
	}
	return all, nil
}

func readID(userID, messageID string) string { return userID + "/" + messageID }

// GetUnreadCount counts the actor's unread messages.
func (s *Service) GetUnreadCount(ctx context.Context) (int64, error) {
	actor := access.From(ctx)
	return s.unread(ctx, actor.UserID, audiencesOf(actor))
}

// mine reads a message of the actor's. Errors: NotFound, also for somebody else's.
func (s *Service) mine(ctx context.Context, id string) (docstore.Doc[Message], error) {
	doc, err := s.messages.Get(ctx, id)
	if err == nil && !slices.Contains(audiencesOf(access.From(ctx)), doc.Body.Audience) {
		err = access.Hide.Err()
	}
	return doc, err
}

// ReadMessage marks one message as read and counts what is left.
func (s *Service) ReadMessage(ctx context.Context, id string) (int64, error) {
	doc, err := s.mine(ctx, id)
	if err != nil {
		return 0, err
	}
	userID := access.From(ctx).UserID
	_, err = s.reads.Insert(ctx, readID(userID, id), Read{UserID: userID, Audience: doc.Body.Audience, Order: doc.Body.Order})
	if err != nil && fault.KindOf(err) != fault.Duplicate {
		return 0, err
	}
	s.broker.wake(person(userID)) // the person's other windows show the new count
	return s.GetUnreadCount(ctx)
}

// ReadAllMessages marks everything as read, up to and including a message, or up to now when upTo is empty.
func (s *Service) ReadAllMessages(ctx context.Context, upTo string) (int64, error) {
	actor := access.From(ctx)
	order := orderOf(s.now(), "~") // behind every id
	if upTo != "" {
		doc, err := s.mine(ctx, upTo)
		if err != nil {
			return 0, err
		}
		order = doc.Body.Order
	}
	to := map[string]string{}
	for _, a := range audiencesOf(actor) {
		to[string(a)] = order
	}
	if err := s.markThrough(ctx, actor.UserID, to); err != nil {
		return 0, err
	}
	s.broker.wake(person(actor.UserID))
	return s.GetUnreadCount(ctx)
}

// since reads the actor's messages behind an order, oldest first.
func (s *Service) since(ctx context.Context, actor access.Actor, order string) ([]Entry, error) {
	through, err := s.throughOf(ctx, actor.UserID)
	if err != nil {
		return nil, err
	}
	var all []docstore.Doc[Message]
	for _, a := range audiencesOf(actor) {
		err := s.messages.Each(ctx, docstore.Query{Index: "byAudience", Equal: []any{string(a)}, From: after(order)}, func(d docstore.Doc[Message]) error {
			all = append(all, d)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b docstore.Doc[Message]) int { return strings.Compare(a.Body.Order, b.Body.Order) })
	return s.entries(ctx, actor.UserID, through, all)
}

// ListOutgoing reads mail and text messages, newest first; state "" means all.
func (s *Service) ListOutgoing(ctx context.Context, state, cursor string, limit int) (docstore.Page[Outgoing], error) {
	q := docstore.Query{Index: "byTime", Descending: true, Cursor: cursor, Limit: limit}
	if state != "" {
		q.Index, q.Equal = "byState", []any{state}
	}
	return s.outgoing.Find(ctx, q)
}

// ListParkedEvents reads the deliveries that were given up.
func (s *Service) ListParkedEvents(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error) {
	return s.relay.Parked(ctx, cursor, limit)
}

// RetryParkedEvent queues one of them again.
func (s *Service) RetryParkedEvent(ctx context.Context, id string) error {
	return s.relay.Retry(ctx, id)
}

// ListIgnoredKinds reads what came and told nobody anything, by kind.
func (s *Service) ListIgnoredKinds(ctx context.Context) ([]docstore.Doc[Ignored], error) {
	var all []docstore.Doc[Ignored]
	err := s.ignored.Each(ctx, docstore.Query{}, func(d docstore.Doc[Ignored]) error {
		all = append(all, d)
		return nil
	})
	return all, err
}
