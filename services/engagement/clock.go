package engagement

import (
	"context"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// tick does what the clock has to do on one engagement. What it tells is written with the change, so each reminder goes out once.
func (s *Service) tick(ctx context.Context, id string) error {
	_, err := s.engagements.Update(docstore.Unwitnessed(ctx), id, func(tx *docstore.Tx[Engagement]) error {
		for _, r := range tx.Body.Tick(tx.Now) {
			if err := tx.Emit(r.Kind, remind(id, tx.Body, r, tx.Now)); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// RunDue takes up, once, everything whose time has come, and says how much that was.
func (s *Service) RunDue(ctx context.Context) (int, error) {
	q := docstore.Query{Index: "due", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 100}
	asked, err := s.enquiries.Find(ctx, q)
	if err != nil {
		return 0, err
	}
	for _, d := range asked.Items {
		if err := s.spread(docstore.Unwitnessed(ctx), d); err != nil && ctx.Err() == nil {
			s.o.Log.Error("an enquiry could not be carried on", "enquiry", d.ID, "error", err)
		}
	}
	due, err := s.engagements.Find(ctx, q)
	if err != nil {
		return len(asked.Items), err
	}
	for _, d := range due.Items {
		if err := s.tick(ctx, d.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("an engagement could not be moved on", "engagement", d.ID, "error", err)
		}
	}
	return len(asked.Items) + len(due.Items), ctx.Err()
}

// overdueCount counts what the clock should have taken up before an instant and has not.
func (s *Service) overdueCount(ctx context.Context, before time.Time) (int64, error) {
	q := docstore.Query{Index: "due", From: when.Instant(1), To: when.At(before)}
	a, err := s.engagements.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	b, err := s.enquiries.Count(ctx, q)
	return a + b, err
}

// Run is the job: it looks once a second, and at once when moved says that the clock jumped.
func (s *Service) Run(ctx context.Context, moved <-chan struct{}) error {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	kept := false
	for {
		if !kept {
			err := s.keepLedgers(ctx)
			if kept = err == nil; !kept && ctx.Err() == nil {
				s.o.Log.Error("the figures could not be made", "error", err)
			}
		}
		if _, err := s.RunDue(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("the clock's work failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		case <-moved:
		}
	}
}

// inspected are the events after which something odd could newly be seen.
var inspected = map[string]bool{contracted: true, delivered: true, rated: true, offlineRecorded: true, offlineConfirmed: true}

// Settled is called with every event of this service before others hear it: the read models follow the engagement it is about. It may be
// called again with the same event.
func (s *Service) Settled(ctx context.Context, e docstore.Event) error {
	if e.Source != "engagements" {
		return nil
	}
	doc, err := s.engagements.Get(ctx, e.DocumentID)
	if err != nil {
		return err
	}
	if err := s.follow(ctx, &doc.Body); err != nil || !inspected[e.Kind] {
		return err
	}
	return s.inspect(ctx, doc.ID, &doc.Body)
}
