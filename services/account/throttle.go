package account

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"lianbang/services/platform/fault"
)

// throttle slows guessing down: every key (a login, an address, a pair of them) has some free failures, then each further one doubles
// the pause until the next try, up to a limit. Keys are counted whether or not somebody has that login, so the pause says nothing. Memory
// is bounded: the keys longest unused are forgotten first. Each replica counts for itself.
type throttle struct {
	mu   sync.Mutex
	now  func() time.Time
	keys map[string]*list.Element
	used *list.List // *failures, most recently used first
	most int
}

type failures struct {
	key   string
	count int
	last  time.Time
	until time.Time // no try before
}

// pace is how one kind of key is slowed.
type pace struct {
	prefix string
	free   int           // failures before there is a pause
	first  time.Duration // the first pause
	limit  time.Duration // the longest
	forget time.Duration // without a failure for so long, the count starts again
}

// The paces of signing in. A stranger who guesses at an account slows down quickly; the account's own person, from elsewhere, is held
// up for a minute at most; an office behind one address has room for its slips.
var (
	pairPace    = pace{prefix: "pair:", free: 5, first: time.Second, limit: 15 * time.Minute, forget: time.Hour}
	loginPace   = pace{prefix: "login:", free: 20, first: time.Second, limit: time.Minute, forget: time.Hour}
	addressPace = pace{prefix: "address:", free: 50, first: time.Second, limit: 5 * time.Minute, forget: time.Hour}
	signUpPace  = pace{prefix: "sign-up:", free: 200, first: time.Second, limit: time.Minute, forget: time.Hour}
)

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, keys: map[string]*list.Element{}, used: list.New(), most: 50000}
}

// try is one attempt, counted as a failure until it is forgiven: so a thousand attempts at once do not all count as the first.
type try struct {
	t    *throttle
	keys []string
}

// Begin counts an attempt against keys, or refuses it with TooMany when one of them has to wait; then none is counted.
func (t *throttle) Begin(keys map[pace]string) (*try, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	var wait time.Duration
	for p, k := range keys {
		if e, ok := t.keys[p.prefix+k]; ok {
			wait = max(wait, e.Value.(*failures).until.Sub(now))
		}
	}
	if wait > 0 {
		f := fault.New(fault.TooMany, "auth.too_many_attempts", "too many attempts; wait before the next")
		f.RetryAfter = int((wait + time.Second - 1) / time.Second)
		return nil, f
	}
	begun := &try{t: t}
	for p, k := range keys {
		t.count(p, p.prefix+k, now)
		begun.keys = append(begun.keys, p.prefix+k)
	}
	return begun, nil
}

func (t *throttle) count(p pace, key string, now time.Time) {
	e, ok := t.keys[key]
	if !ok {
		e = t.used.PushFront(&failures{key: key})
		t.keys[key] = e
		for t.used.Len() > t.most {
			oldest := t.used.Back()
			delete(t.keys, oldest.Value.(*failures).key)
			t.used.Remove(oldest)
		}
	}
	t.used.MoveToFront(e)
	f := e.Value.(*failures)
	if now.Sub(f.last) > p.forget {
		f.count = 0
	}
	f.count++
	f.last = now
	if over := f.count - p.free; over > 0 {
		f.until = now.Add(min(p.limit, p.first<<min(over-1, 20)))
	}
}

// Forgive takes the attempt's count back and, for the keys that belong to the person alone, all counts before it.
func (t *try) Forgive() {
	t.t.mu.Lock()
	defer t.t.mu.Unlock()
	for _, key := range t.keys {
		e, ok := t.t.keys[key]
		if !ok {
			continue
		}
		if f := e.Value.(*failures); len(key) > len(addressPace.prefix) && key[:len(addressPace.prefix)] == addressPace.prefix {
			f.count, f.until = f.count-1, time.Time{} // one good password does not excuse an address's other guesses
		} else {
			delete(t.t.keys, key)
			t.t.used.Remove(e)
		}
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
