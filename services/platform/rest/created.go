package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// NewID is a time-ordered id (UUIDv7) at the given instant. The clock is the caller's, so that demo data made on a stepped
// clock is ordered by its own time.
func NewID(now time.Time) string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // the system has no randomness
	}
	ms := now.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	return id.String()
}

// Creation names the thing a POST creates. With an Idempotency-Key the id follows from who called, what and the key, so a
// repeat finds the first one; fingerprint then tells the same body from another one (pass it to docstore.Fingerprint).
// Without a key the id is new and the fingerprint empty.
func Creation(ctx context.Context, now time.Time) (id, fingerprint string) {
	r := RequestOf(ctx)
	if r.IdempotencyKey == "" {
		return NewID(now), ""
	}
	a := access.From(ctx)
	sum := sha256.Sum256([]byte(strings.Join([]string{a.UserID, a.OrgID, a.Service, r.Operation, r.IdempotencyKey}, "\x00")))
	var u uuid.UUID
	copy(u[:], sum[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8: the bits are ours
	body := sha256.Sum256([]byte(r.Operation + "\x00" + r.BodyHash))
	return u.String(), hex.EncodeToString(body[:16])
}

// ETag shows a revision as an entity tag.
func ETag(rev int64) string { return `"` + strconv.FormatInt(rev, 10) + `"` }

// Rev reads the revision an edit is conditional on. Without If-Match it is an Unconditional fault, with a malformed one
// Invalid.
func Rev(ctx context.Context) (int64, error) {
	rev, given, err := OptionalRev(ctx)
	if err == nil && !given {
		err = fault.New(fault.Unconditional, "", "send the ETag you last saw as If-Match")
	}
	return rev, err
}

// OptionalRev is Rev for operations where the condition is the caller's choice.
func OptionalRev(ctx context.Context) (rev int64, given bool, err error) {
	tag := RequestOf(ctx).IfMatch
	if tag == "" {
		return 0, false, nil
	}
	rev, err = strconv.ParseInt(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), 10, 64)
	if err != nil {
		return 0, true, fault.Bad(fault.Field{Path: "If-Match", Code: "bad_format", Detail: "not an ETag of ours"})
	}
	return rev, true, nil
}
