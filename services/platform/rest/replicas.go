package rest

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// replicas are the addresses of one service. New connections go to them in turn; one that does not answer is passed over for a
// while, unless no other does.
type replicas struct {
	mu        sync.Mutex
	addresses []string
	next      int
	downUntil []time.Time
}

const (
	// dialTimeout bounds one try: on one network a replica that lives answers in milliseconds, and one whose machine is gone does
	// not answer at all.
	dialTimeout = time.Second
	downFor     = 2 * time.Second
)

func newReplicas(addresses []string) *replicas {
	return &replicas{addresses: addresses, downUntil: make([]time.Time, len(addresses))}
}

// dial connects to the next replica, or to the one after that. The name of a host with several addresses counts as one replica,
// whose addresses are tried in turn.
func (r *replicas) dial(ctx context.Context) (net.Conn, error) {
	var errs []error
	for _, i := range r.order() {
		conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", r.addresses[i])
		if err == nil {
			r.mark(i, time.Time{})
			return conn, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
		r.mark(i, time.Now().Add(downFor))
	}
	return nil, errors.Join(errs...)
}

// order is the replicas beginning with the next, those that did not answer lately last.
func (r *replicas) order() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	var up, down []int
	for i := range r.addresses {
		i = (r.next + i) % len(r.addresses)
		if r.downUntil[i].After(now) {
			down = append(down, i)
		} else {
			up = append(up, i)
		}
	}
	r.next = (r.next + 1) % len(r.addresses)
	return append(up, down...)
}

func (r *replicas) mark(i int, downUntil time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.downUntil[i] = downUntil
}
