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
	late, err := s.objections.Find(ctx, dueBy(s.now()))
	if err != nil {
		return len(page.Items), err
	}
	for _, doc := range late.Items {
		if err := s.escalate(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("a deadline could not be escalated", "objection", doc.ID, "error", err)
		}
	}
	return len(page.Items) + len(late.Items), ctx.Err()
}

func dueBy(now time.Time) docstore.Query {
	return docstore.Query{Index: "due", From: when.Instant(1), To: when.At(now) + 1, Limit: 100}
}

// advance takes every step of a notice that is due.
func (s *Service) advance(ctx context.Context, id string) error {
	ctx = docstore.Unwitnessed(ctx)
	if _, err := s.notices.Update(ctx, id, conclude); err != nil {
		return err
	}
	return s.carry(ctx, id)
}

// overdue counts what time should have moved on before an instant.
func (s *Service) overdue(ctx context.Context, before time.Time) (int64, error) {
	q := docstore.Query{Index: "due", From: when.Instant(1), To: when.At(before)}
	notices, err := s.notices.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	objections, err := s.objections.Count(ctx, q)
	return notices + objections, err
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
