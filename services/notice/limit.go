package notice

import (
	"net/netip"
	"sync"
	"time"

	"lianbang/services/platform/fault"
)

// limit counts what an address does within a window of time; each replica counts for itself. A new window forgets all, which bounds the
// memory by what the edge lets through in one.
type limit struct {
	most int
	span time.Duration
	now  func() time.Time

	mu    sync.Mutex
	from  time.Time
	count map[string]int
}

// Take counts one more, or refuses it. Errors: TooMany.
func (l *limit) Take(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.count == nil || now.Sub(l.from) >= l.span {
		l.from, l.count = now, map[string]int{}
	}
	key := network(address)
	if l.count[key] >= l.most {
		f := fault.New(fault.TooMany, "objection.too_often", "too many from this address; try again later")
		f.RetryAfter = int((l.from.Add(l.span).Sub(now) + time.Second - 1) / time.Second) // rounded up
		return f
	}
	l.count[key]++
	return nil
}

// Forgive takes one back: what turned out to be right does not count.
func (l *limit) Forgive(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if key := network(address); l.count[key] > 0 {
		l.count[key]--
	}
}

// network is what an address is counted as: itself, or the /64 an IPv6 user can roam in.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
