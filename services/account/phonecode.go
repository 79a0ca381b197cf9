package account

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// What a code sent to a phone is held to. A stranger who guesses has CodeTries guesses at each of CodesADay codes of a number, each one
// right with a chance of one in a million: at most 50 in a day, so 1 in 20,000 a day for one number.
const (
	CodeLife  = 5 * time.Minute
	CodeTries = 5           // wrong ones end a code
	CodeGap   = time.Minute // between two codes to a number
	CodesHour = 5           // to a number
	CodesADay = 10
	// ProofLife is how long a right code of a number without an account can be signed up with.
	ProofLife = 30 * time.Minute
)

// CodesSent is what one phone number was sent in the last day. It holds no number and no code, only what proves one that is brought: so
// the number's limits and the state of its codes change in one write, and outlive a restart.
type CodesSent struct {
	Codes []Code `json:"codes"` // oldest first
}

// Code is one code that was sent: open → used, or open → proved → used when nobody has the number yet. Each request has its own, so
// that a stranger who asks for codes spoils none of those the number's holder asked for.
type Code struct {
	ID     string       `json:"id"`
	Hash   string       `json:"hash"`
	At     when.Instant `json:"at"`
	Tries  int64        `json:"tries"` // wrong ones
	Sent   bool         `json:"sent"`  // handed over to go out
	Proved when.Instant `json:"provedAt,omitempty"`
	Used   when.Instant `json:"usedAt,omitempty"`
	For    string       `json:"for,omitempty"` // what it was used for, so that a cut-off sign-up can be taken up
}

// Add notes a code about to be sent, or renews one of the same id that never went out. again: it did go out, and is not sent a second time.
// TooMany when the number was sent enough.
func (c *CodesSent) Add(id, hash string, now time.Time) (again bool, err error) {
	if i := c.find(id); i >= 0 {
		if c.Codes[i].Sent {
			return true, nil
		}
		c.Codes[i].Hash, c.Codes[i].At = hash, when.At(now)
		return false, nil
	}
	c.Codes = slices.DeleteFunc(c.Codes, func(k Code) bool { return now.Sub(k.At.Time()) >= 24*time.Hour })
	if wait := c.wait(now); wait > 0 {
		return false, tooManyCodes(wait)
	}
	c.Codes = append(c.Codes, Code{ID: id, Hash: hash, At: when.At(now)})
	return false, nil
}

// wait is how long the number must wait for its next code.
func (c *CodesSent) wait(now time.Time) time.Duration {
	wait := time.Duration(0)
	for _, limit := range []struct {
		codes int
		in    time.Duration
	}{{1, CodeGap}, {CodesHour, time.Hour}, {CodesADay, 24 * time.Hour}} {
		if n := len(c.Codes); n >= limit.codes {
			wait = max(wait, limit.in-now.Sub(c.Codes[n-limit.codes].At.Time()))
		}
	}
	return wait
}

func (c *CodesSent) find(id string) int {
	return slices.IndexFunc(c.Codes, func(k Code) bool { return k.ID == id })
}

// Sent notes that a code went out.
func (c *CodesSent) Sent(id string) {
	if i := c.find(id); i >= 0 {
		c.Codes[i].Sent = true
	}
}

// Try is one attempt with a code. Everything that makes it no good is the same false, and a wrong one is counted: the document must be
// stored either way. A right one is used up for its purpose; without one it is only proved.
func (c *CodesSent) Try(id, hash, purpose string, now time.Time) bool {
	i := c.find(id)
	if i < 0 {
		return false
	}
	k := &c.Codes[i]
	if k.Used != 0 && (purpose == "" || k.For != purpose) || k.Tries >= CodeTries || !k.alive(now) {
		return false
	}
	if !hmac.Equal([]byte(k.Hash), []byte(hash)) {
		k.Tries++
		return false
	}
	if k.Proved == 0 {
		k.Proved = when.At(now)
	}
	if purpose != "" && k.Used == 0 {
		k.Used, k.For = when.At(now), purpose
	}
	return true
}

func (k *Code) alive(now time.Time) bool {
	if k.Proved != 0 {
		return now.Sub(k.Proved.Time()) < ProofLife
	}
	return now.Sub(k.At.Time()) < CodeLife
}

func tooManyCodes(wait time.Duration) error {
	f := fault.New(fault.TooMany, "auth.too_many_codes", "too many codes; wait before the next")
	f.RetryAfter = int((wait + time.Second - 1) / time.Second)
	return f
}

// Quota counts codes by the hour and by the day, for an address and for the whole product.
type Quota struct {
	Hour   int64 `json:"hour"` // since 1970
	InHour int64 `json:"inHour"`
	Day    int64 `json:"day"`
	InDay  int64 `json:"inDay"`
}

// What one address may ask for: an office has room, a flood has not.
const (
	addressCodesHour = 30
	addressCodesDay  = 100
)

// Take counts one more, or refuses with TooMany.
func (q *Quota) Take(hourly, daily int64, now time.Time) error {
	if err := q.Room(hourly, daily, now); err != nil {
		return err
	}
	q.InHour++
	q.InDay++
	return nil
}

// Room refuses like Take and counts nothing.
func (q *Quota) Room(hourly, daily int64, now time.Time) error {
	hour, day := now.Unix()/3600, now.Unix()/86400
	if q.Hour != hour {
		q.Hour, q.InHour = hour, 0
	}
	if q.Day != day {
		q.Day, q.InDay = day, 0
	}
	switch {
	case q.InDay >= daily:
		return tooManyCodes(time.Unix((day+1)*86400, 0).Sub(now))
	case q.InHour >= hourly:
		return tooManyCodes(time.Unix((hour+1)*3600, 0).Sub(now))
	}
	return nil
}

// codeSecret makes what is stored instead of numbers and codes, by a key all replicas share: a copy of the database alone gives neither,
// although both are short enough to be tried through.
type codeSecret []byte

func newCodeSecret(seed []byte) (codeSecret, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "account: codes sent to phones", 32)
	return key, err
}

func (s codeSecret) mac(parts ...string) string {
	m := hmac.New(sha256.New, s)
	_, _ = m.Write([]byte(strings.Join(parts, "\x00"))) // a hash takes everything
	return hex.EncodeToString(m.Sum(nil)[:20])
}
