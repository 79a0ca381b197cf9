package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"

	"lianbang/services/platform/fault"
)

// cost is what one argon2id hash takes.
type cost struct {
	memory uint32 // KiB
	time   uint32
}

// serverCost is about 60 ms on one core of 2026, and 32 MiB while it runs (RFC 9106 asks for 64 MiB where memory allows; a small
// server under a flood does not).
var serverCost = cost{memory: 32 << 10, time: 2}

// passwords makes and checks argon2id hashes, a bounded number at a time, so that a flood of sign-ins costs waiting and not memory.
type passwords struct {
	cost  cost
	slots chan struct{}
	decoy string // what the password of an unknown person is checked against, so that it takes as long as a known one's
}

const passwordWait = 10 * time.Second

func newPasswords(c cost) *passwords {
	p := &passwords{cost: c, slots: make(chan struct{}, max(2, runtime.NumCPU()))}
	p.decoy = p.encode(make([]byte, 16), make([]byte, 32))
	return p
}

// Hash makes a hash with a new salt.
func (p *passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	var key []byte
	err := p.bounded(ctx, func() { key = argon2.IDKey([]byte(password), salt, p.cost.time, p.cost.memory, 1, 32) })
	return p.encode(salt, key), err
}

func (p *passwords) encode(salt, key []byte) string {
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, p.cost.memory, p.cost.time, b64(salt), b64(key))
}

// Check compares a password with a hash. An empty hash is checked like any other and never matches.
func (p *passwords) Check(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		hash = p.decoy
	}
	var c cost
	var version int
	var salt, key []byte
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("account: a stored password hash is not argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=1", &version, &c.memory, &c.time); err != nil {
		return false, fmt.Errorf("account: a stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err == nil {
		key, err = base64.RawStdEncoding.DecodeString(parts[5])
	}
	if err != nil {
		return false, fmt.Errorf("account: a stored password hash: %w", err)
	}
	same := false
	err = p.bounded(ctx, func() {
		got := argon2.IDKey([]byte(password), salt, c.time, c.memory, 1, uint32(len(key))) //nolint:gosec // a key is 32 bytes
		same = subtle.ConstantTimeCompare(got, key) == 1
	})
	return same && known, err
}

// bounded runs work when a slot is free; TooMany when none becomes free in time.
func (p *passwords) bounded(ctx context.Context, work func()) error {
	timer := time.NewTimer(passwordWait)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "", "the request was given up")
	case <-timer.C:
		f := fault.New(fault.TooMany, "auth.busy", "too many people are signing in right now")
		f.RetryAfter = 5
		return f
	}
	defer func() { <-p.slots }()
	work()
	return nil
}
