package host

import (
	"sync"
	"time"
)

// Clock is where every service gets its time from. It runs with the system's clock, shifted by an offset that a sandbox may
// move forward, or it stands still and is stepped, while demo data is made.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	frozen time.Time // not zero: stepped by hand
	moved  []func()
}

// Now is the current instant, UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.frozen.IsZero() {
		return c.frozen
	}
	return time.Now().Add(c.offset).UTC()
}

// Freeze stops the clock at an instant; from then on only Advance and Freeze move it.
func (c *Clock) Freeze(at time.Time) {
	c.mu.Lock()
	c.frozen = at.UTC()
	c.mu.Unlock()
	c.tell()
}

// RunFrom sets the clock to an instant and lets it run on from there.
func (c *Clock) RunFrom(at time.Time) {
	c.mu.Lock()
	c.frozen, c.offset = time.Time{}, time.Until(at)
	c.mu.Unlock()
	c.tell()
}

// Advance moves the clock forward. It never goes back.
func (c *Clock) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	c.mu.Lock()
	if c.frozen.IsZero() {
		c.offset += d
	} else {
		c.frozen = c.frozen.Add(d)
	}
	c.mu.Unlock()
	c.tell()
}

// OnMove calls f after every jump, so that a job waiting for an instant looks again.
func (c *Clock) OnMove(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = append(c.moved, f)
}

func (c *Clock) tell() {
	c.mu.Lock()
	moved := c.moved
	c.mu.Unlock()
	for _, f := range moved {
		f()
	}
}
