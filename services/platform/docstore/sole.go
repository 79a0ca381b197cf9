package docstore

import (
	"context"
	"sync"
	"time"

	"lianbang/services/platform/fault"
)

// Sole is a collection of one document that every request reads, such as a city's settings. The document is made when it is first asked for.
type Sole[T any] struct {
	all   *Collection[T]
	first func() T

	mu   sync.Mutex
	kept T
	at   time.Time // of reading it; zero when it must be read again
}

const (
	// soleID is the document's id.
	soleID = "city"
	// soleLife is how long another process may go on by what was changed here.
	soleLife = 2 * time.Second
)

// NewSole opens a collection of one document; first is what it says until somebody changes it.
func NewSole[T any](ctx context.Context, db *DB, spec Spec, first func() T) (*Sole[T], error) {
	all, err := NewCollection[T](ctx, db, spec)
	return &Sole[T]{all: all, first: first}, err
}

// Doc is the document as the store has it.
func (s *Sole[T]) Doc(ctx context.Context) (Doc[T], error) {
	doc, err := s.all.Get(ctx, soleID)
	if fault.KindOf(err) != fault.NotFound {
		return doc, err
	}
	doc, err = s.all.Insert(Unwitnessed(ctx), soleID, s.first()) // nobody's decision
	if fault.KindOf(err) == fault.Duplicate {                    // another request was first
		return s.all.Get(ctx, soleID)
	}
	return doc, err
}

// Read is what the document says, at most two seconds old where another process changed it. It is shared: nobody changes what it holds.
func (s *Sole[T]) Read(ctx context.Context) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() || time.Since(s.at) > soleLife {
		doc, err := s.Doc(ctx)
		if err != nil {
			return doc.Body, err
		}
		s.kept, s.at = doc.Body, time.Now()
	}
	return s.kept, nil
}

// Update changes the document; see Collection.Update. The next reader here sees it.
func (s *Sole[T]) Update(ctx context.Context, fn func(*Tx[T]) error, opts ...UpdateOption) (Doc[T], error) {
	if _, err := s.Doc(ctx); err != nil {
		return Doc[T]{}, err
	}
	doc, err := s.all.Update(ctx, soleID, fn, opts...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = time.Time{}
	return doc, err
}
