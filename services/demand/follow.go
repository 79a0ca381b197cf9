package demand

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is following a demand (关注), and telling all who follow it: those who bid on it, and those who watch it.

// Watch is one person's following one demand, id "<demand>:<user>".
type Watch struct {
	DemandID string       `json:"demandId"`
	UserID   string       `json:"userId"`
	OrgID    string       `json:"orgId"` // acted for when it began; "" for none
	Active   bool         `json:"active"`
	At       when.Instant `json:"at"`
}

func watchID(demandID, userID string) string { return demandID + ":" + userID }

// Telling is a message on its way to everybody who follows a demand, a page of them at a time: what a crash cuts short the clock carries
// on, and nobody is told twice.
type Telling struct {
	To     string       `json:"to,omitempty"` // bidders first, then watchers; empty: nobody is left
	Cursor string       `json:"cursor,omitempty"`
	Round  int          `json:"round,omitempty"` // whose bidders; 0: the demand's present one
	DueAt  when.Instant `json:"dueAt"`
}

// The stages of telling.
const (
	toBidders  = "bidders"
	toWatchers = "watchers"
)

// begin starts telling from the first one. patience leaves it to the request that began it before the clock takes it up.
func (t *Telling) begin(now time.Time) {
	*t = Telling{To: toBidders, DueAt: when.At(now.Add(patience))}
}

// told is a document with something to tell the followers of its demand.
type told[T any] interface {
	*T
	about() (demandID string, t *Telling)
	message(d *Demand) (kind string, m message) // its recipients have been told already
}

// tell sends what is left to send. It may be repeated, and run in several replicas at once: a page goes out in the write that moves the
// cursor past it.
func tell[T any, P told[T]](ctx context.Context, s *Service, c *docstore.Collection[T], id string) error {
	ctx = docstore.Unwitnessed(ctx)
	for {
		doc, err := c.Get(ctx, id)
		if err != nil {
			return err
		}
		demandID, t := P(&doc.Body).about()
		if t.To == "" {
			return nil
		}
		demand, err := s.demands.Get(ctx, demandID)
		if err != nil {
			return err
		}
		to, next, err := s.followers(ctx, demand, *t)
		if err != nil {
			return err
		}
		if _, err := c.Update(ctx, id, func(tx *docstore.Tx[T]) error {
			_, now := P(tx.Body).about()
			if *now != *t { // another replica was first
				return nil
			}
			*now = next
			kind, m := P(tx.Body).message(&demand.Body)
			heard := m.Recipients
			m.Recipients = slices.DeleteFunc(to, func(r recipient) bool {
				return slices.ContainsFunc(heard, func(h recipient) bool { return h.OrgID == cmp.Or(r.OrgID, r.of) })
			})
			if len(m.Recipients) == 0 {
				return nil
			}
			return tx.Emit(kind, m)
		}); err != nil {
			return err
		}
	}
}

// tellSoon tells right after a request's own write; what fails is left to the clock.
func (s *Service) tellSoon(ctx context.Context, id string, tell func(context.Context) error) {
	if err := tell(ctx); err != nil {
		s.o.Log.Warn("telling the followers is left to the clock", "document", id, "error", err)
	}
}

// followers is one page of those who follow a demand, and where the next one begins. A watcher whose organisation bids hears it as a
// bidder; one who may no longer read the demand hears nothing.
func (s *Service) followers(ctx context.Context, demand docstore.Doc[Demand], t Telling) (to []recipient, next Telling, err error) {
	d := &demand.Body
	next = t
	round := cmp.Or(t.Round, d.Round)
	if t.To == toBidders {
		page, err := s.bids.Find(ctx, docstore.Query{Index: "demand", Equal: []any{demand.ID, round}, Limit: docstore.MaxLimit, Cursor: t.Cursor})
		if err != nil {
			return nil, next, err
		}
		for _, bid := range page.Items {
			if bid.Body.follows() {
				to = append(to, toOrg(bid.Body.OrgID))
			}
		}
		if next.Cursor = page.Next; page.Next == "" {
			next.To = toWatchers
		}
		return to, next, nil
	}
	page, err := s.watches.Find(ctx, docstore.Query{Index: "demand", Equal: []any{demand.ID, true}, Limit: docstore.MaxLimit, Cursor: t.Cursor})
	if err != nil {
		return nil, next, err
	}
	var seats []string
	for _, w := range page.Items {
		seats = append(seats, BidID(demand.ID, round, w.Body.OrgID))
	}
	bids, err := s.bids.GetMany(ctx, seats) // those there are
	if err != nil {
		return nil, next, err
	}
	for _, w := range page.Items {
		bidder := slices.ContainsFunc(bids, func(b docstore.Doc[Bid]) bool { return b.Body.OrgID == w.Body.OrgID && b.Body.follows() })
		if !bidder && (d.Visible(Stranger, w.Body.OrgID) || w.Body.OrgID == d.IssuerID) {
			to = append(to, recipient{UserID: w.Body.UserID, of: w.Body.OrgID})
		}
	}
	if next.Cursor = page.Next; page.Next == "" {
		next = Telling{}
	}
	return to, next, nil
}

// follows reports whether the bid's organisation hears what happens to the demand: it takes part, a consortium's member on its seat.
func (b *Bid) follows() bool { return b.State != BidWithdrawn && b.State != SeatReleased }

// tellDue takes up what telling is left of a collection.
func tellDue[T any, P told[T]](ctx context.Context, s *Service, c *docstore.Collection[T]) (int, error) {
	page, err := c.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 20})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		if err := tell[T, P](ctx, s, c, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("the followers of a demand could not be told", "document", doc.ID, "error", err)
		}
	}
	return len(page.Items), nil
}

// WatchDemand has the caller told of questions, changes and the end of a demand.
func (s *Service) WatchDemand(ctx context.Context, id string, active bool) (api.WatchState, error) {
	_, a, err := s.visible(ctx, id)
	if err != nil {
		return api.WatchState{}, err
	}
	w := Watch{DemandID: id, UserID: a.UserID, OrgID: a.OrgID, Active: active, At: when.At(s.now())}
	_, err = s.watches.Insert(ctx, watchID(id, a.UserID), w)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Duplicate || kind == fault.Conflict) {
		_, err = s.watches.Update(ctx, watchID(id, a.UserID), func(tx *docstore.Tx[Watch]) error {
			if tx.Body.Active != active || tx.Body.OrgID != a.OrgID {
				*tx.Body = w
			}
			return nil
		})
	}
	return api.WatchState{Watching: active}, err
}

// watching reports whether a person watches a demand.
func (s *Service) watching(ctx context.Context, a access.Actor, id string) (bool, error) {
	if a.UserID == "" {
		return false, nil
	}
	doc, err := s.watches.Get(ctx, watchID(id, a.UserID))
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil && doc.Body.Active, err
}

// ListMyWatches are the demands the caller watches, newest watch first; one it may no longer read is left out.
func (s *Service) ListMyWatches(ctx context.Context, limit int, cursor string) (api.DemandPage, error) {
	out := api.DemandPage{Items: []api.Demand{}}
	a := access.From(ctx)
	found, err := s.watches.Find(ctx, docstore.Query{Index: "mine", Equal: []any{a.UserID, true}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return out, err
	}
	out.Next = found.Next
	for _, w := range found.Items {
		id, _, _ := strings.Cut(w.ID, ":")
		doc, _, err := s.visible(ctx, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return out, err
		}
		v, err := s.view(ctx, doc, a)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, brief(v))
	}
	return out, nil
}
