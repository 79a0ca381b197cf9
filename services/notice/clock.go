package notice

import (
	"context"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// RunDue takes up, once, everything whose time has come, and says how many documents it touched. All of it may be repeated and may run
// in several replicas at once.
func (s *Service) RunDue(ctx context.Context) (int, error) {
	page, err := s.notices.Find(ctx, dueBy(s.now()))
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		if err := s.advance(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("a notice could not be moved on", "notice", doc.ID, "error", err)
		}
	}
	return len(page.Items), ctx.Err()
}

func dueBy(now time.Time) docstore.Query {
	return docstore.Query{Index: "due", From: when.Instant(1), To: when.At(now) + 1, Limit: 100}
}

// advance takes every step of a notice that is due.
func (s *Service) advance(ctx context.Context, id string) error {
	_, err := s.notices.Update(docstore.Unwitnessed(ctx), id, conclude)
	return err
}

// overdue counts what time should have moved on before an instant.
func (s *Service) overdue(ctx context.Context, before time.Time) (int64, error) {
	return s.notices.Count(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: when.At(before)})
}

// Run is the job: it looks once a second, and at once when moved says that the clock jumped.
func (s *Service) Run(ctx context.Context, moved <-chan struct{}) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := s.RunDue(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("the clock's work failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-moved:
		}
	}
}
