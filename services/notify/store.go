package notify

import (
	"context"
	"errors"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// store is everything this service keeps, each in a collection of its own.
type store struct {
	db            *docstore.DB
	messages      *docstore.Collection[Message]
	reads         *docstore.Collection[Read]
	marks         *docstore.Collection[Marks]
	subscriptions *docstore.Collection[Subscriptions]
	outgoing      *docstore.Collection[Outgoing]
	ignored       *docstore.Collection[Ignored]
}

// Read says that a person has read a message, id "<user>/<message id>". Audience and Order are the message's.
type Read struct {
	UserID   string   `json:"userId"`
	Audience Audience `json:"audience"`
	Order    string   `json:"order"`
}

// Marks say up to where a person has read everything, by audience, id "<user>". Reads behind a mark no longer count.
type Marks struct {
	Through map[string]string `json:"through"` // audience → order
}

// Ignored counts the events of a kind that told nobody anything, id "<kind>".
type Ignored struct {
	Count       int64           `json:"count"`
	LastEventID string          `json:"lastEventId"`
	LastAt      docstore.Millis `json:"lastAt"`
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var errs [6]error
	s.messages, errs[0] = docstore.NewCollection[Message](ctx, db, docstore.Spec{Name: "messages", Version: 1, Indexes: []docstore.Index{
		{Name: "byAudience", Fields: []string{"audience", "order"}},
		{Name: "byTopic", Fields: []string{"audience", "topic", "order"}},
	}})
	s.reads, errs[1] = docstore.NewCollection[Read](ctx, db, docstore.Spec{Name: "reads", Version: 1, Indexes: []docstore.Index{
		{Name: "byPerson", Fields: []string{"userId", "audience", "order"}},
	}})
	s.marks, errs[2] = docstore.NewCollection[Marks](ctx, db, docstore.Spec{Name: "marks", Version: 1})
	s.subscriptions, errs[3] = docstore.NewCollection[Subscriptions](ctx, db, docstore.Spec{Name: "subscriptions", Version: 1})
	s.outgoing, errs[4] = docstore.NewCollection[Outgoing](ctx, db, docstore.Spec{Name: "outgoing", Version: 1, Indexes: []docstore.Index{
		{Name: "byTime", Fields: []string{"at"}},
		{Name: "byState", Fields: []string{"state", "at"}},
	}})
	s.ignored, errs[5] = docstore.NewCollection[Ignored](ctx, db, docstore.Spec{Name: "ignored", Version: 1})
	return s, errors.Join(errs[:]...)
}

// throughOf is up to where a person has read everything, by audience.
func (s *store) throughOf(ctx context.Context, userID string) (map[string]string, error) {
	doc, err := s.marks.Get(ctx, userID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return doc.Body.Through, nil
}

// markThrough moves a person's marks forward, never back.
func (s *store) markThrough(ctx context.Context, userID string, to map[string]string) error {
	move := func(m *Marks) {
		if m.Through == nil {
			m.Through = map[string]string{}
		}
		for a, order := range to {
			m.Through[a] = max(m.Through[a], order)
		}
	}
	_, err := s.marks.Update(ctx, userID, func(tx *docstore.Tx[Marks]) error { move(tx.Body); return nil })
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return err
	}
	var first Marks
	move(&first)
	if _, err := s.marks.Insert(ctx, userID, first); fault.KindOf(err) != fault.Duplicate {
		return err
	}
	return s.markThrough(ctx, userID, to) // another request made it in between
}

// unread counts what a person has not read in some audiences.
func (s *store) unread(ctx context.Context, userID string, audiences []Audience) (int64, error) {
	through, err := s.throughOf(ctx, userID)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, a := range audiences {
		from := after(through[string(a)])
		all, err := s.messages.Count(ctx, docstore.Query{Index: "byAudience", Equal: []any{string(a)}, From: from})
		if err != nil {
			return 0, err
		}
		read, err := s.reads.Count(ctx, docstore.Query{Index: "byPerson", Equal: []any{userID, string(a)}, From: from})
		if err != nil {
			return 0, err
		}
		sum += max(all-read, 0)
	}
	return sum, nil
}

// ignore counts an event that told nobody anything.
func (s *store) ignore(ctx context.Context, e docstore.Event) error {
	_, err := s.ignored.Upsert(ctx, e.Kind, func(i *Ignored) error {
		if i.LastEventID != e.ID {
			i.Count++
		}
		i.LastEventID, i.LastAt = e.ID, docstore.Millis(e.At)
		return nil
	})
	return err
}
