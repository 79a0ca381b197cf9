package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"lianbang/services/platform/access"
)

// broker wakes the streams of this process when something came for their audience. It carries no content: a stream reads the
// store, so that it shows the same whichever process took the event; streams elsewhere find it at their next poll.
type broker struct {
	mu      sync.Mutex
	streams map[Audience]map[chan struct{}]bool
}

func newBroker() *broker { return &broker{streams: map[Audience]map[chan struct{}]bool{}} }

// join makes a channel that is signalled when any of the audiences got something; leave ends it.
func (b *broker) join(audiences []Audience) (woken chan struct{}, leave func()) {
	woken = make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range audiences {
		if b.streams[a] == nil {
			b.streams[a] = map[chan struct{}]bool{}
		}
		b.streams[a][woken] = true
	}
	return woken, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, a := range audiences {
			delete(b.streams[a], woken)
			if len(b.streams[a]) == 0 {
				delete(b.streams, a)
			}
		}
	}
}

func (b *broker) wake(a Audience) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for woken := range b.streams[a] {
		select {
		case woken <- struct{}{}:
		default: // it will look anyway
		}
	}
}

// pace says how a stream keeps time, and how often the relay looks at its outbox. life stays below the write timeout of every app on the
// way, so that a stream ends whole.
type pace struct{ life, poll, heartbeat, relay time.Duration }

var ordinaryPace = pace{life: 25 * time.Second, poll: 3 * time.Second, heartbeat: 8 * time.Second, relay: time.Second}

// overlap is how far back a stream looks again for messages that were placed before the last one it saw but stored after it: two
// processes, or two events within a millisecond.
const overlap = 2 * time.Second

// follower is a stream's place in the inbox.
type follower struct {
	last string            // the order of the newest message it told of
	seen map[string]string // message id → order, within the overlap
}

// follow starts behind an order a client saw before, or, when there is none, behind everything there is now.
func (s *Service) follow(ctx context.Context, actor access.Actor, lastEventID string) (*follower, error) {
	f := &follower{last: orderOf(s.now(), ""), seen: map[string]string{}}
	resumed := false
	if _, ok := orderTime(lastEventID); ok {
		f.last, resumed = lastEventID, true
	}
	recent, err := s.since(ctx, actor, f.window())
	for _, e := range recent {
		if !resumed || e.Order <= f.last {
			f.note(e)
		}
	}
	return f, err
}

// fresh reads what the stream has not told of.
func (s *Service) fresh(ctx context.Context, actor access.Actor, f *follower) ([]Entry, error) {
	recent, err := s.since(ctx, actor, f.window())
	if err != nil {
		return nil, err
	}
	var news []Entry
	for _, e := range recent {
		if _, known := f.seen[e.ID]; !known {
			news = append(news, e)
			f.note(e)
		}
	}
	for id, order := range f.seen {
		if order < f.window() {
			delete(f.seen, id)
		}
	}
	return news, nil
}

func (f *follower) note(e Entry) {
	f.seen[e.ID] = e.Order
	f.last = max(f.last, e.Order)
}

// window is the order from which a follower reads again.
func (f *follower) window() string {
	at, _ := orderTime(f.last)
	return orderOf(at.Add(-overlap), "")
}

// orderTime reads the instant in an order.
func orderTime(order string) (time.Time, bool) {
	digits, _, ok := strings.Cut(order, "-")
	ms, err := strconv.ParseInt(digits, 10, 64)
	return time.UnixMilli(ms), ok && err == nil && len(digits) == 13
}

// flusher is what a stream is written to; a reader that went away shows as a failing Flush.
type flusher interface {
	io.Writer
	Flush() error
}

// Stream writes the actor's inbox as it grows (server-sent events) until its life is over, the reader leaves, or done closes.
// render turns an entry into the API's message.
func (s *Service) Stream(ctx context.Context, actor access.Actor, f *follower, p pace, done <-chan struct{}, w flusher, render func(Entry) any) error {
	audiences := audiencesOf(actor)
	woken, leave := s.broker.join(audiences)
	defer leave()
	end, poll, beat := time.NewTimer(p.life), time.NewTicker(p.poll), time.NewTicker(p.heartbeat)
	defer end.Stop()
	defer poll.Stop()
	defer beat.Stop()
	if _, err := io.WriteString(w, "retry: 1000\n"); err != nil {
		return err
	}
	shown, told := int64(-1), false
	for {
		count, err := s.unread(ctx, actor.UserID, audiences) // before looking for news: what is counted is then told first
		if err != nil {
			return err
		}
		news, err := s.fresh(ctx, actor, f)
		if err != nil {
			return err
		}
		for _, e := range news {
			if err := event(w, "message", e.Order, render(e)); err != nil {
				return err
			}
		}
		if len(news) > 0 {
			told = true
			continue // the count is from before them
		}
		if count != shown || told {
			if err := event(w, "unread", f.last, map[string]int64{"unread": count}); err != nil {
				return err
			}
			shown, told = count, false
		}
		if err := w.Flush(); err != nil {
			return err
		}
		select {
		case <-woken:
		case <-poll.C:
		case <-beat.C:
			if _, err := io.WriteString(w, ":\n\n"); err != nil {
				return err
			}
		case <-end.C:
			return nil
		case <-done:
			return nil
		case <-s.stopping:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// event writes one server-sent event. JSON has no line breaks of its own, so the data is one line.
func event(w io.Writer, kind, id string, data any) error {
	b, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "event: %s\nid: %s\ndata: %s\n\n", kind, id, b)
	return err
}
