package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Session is one sign-in: a family of refresh tokens of which the newest is good. What is stored cannot be turned back into a token:
// hashes, and salts that only the holder of a token can use.
//
// A token is "<session id>.<generation>.<family key>.<secret>". The family key is the same in all generations and proves that a token
// was ours once; the secret of generation n+1 is HMAC(secret of n, salt n). So a second tab that comes late with generation n is given
// the very successor the first tab got, without a successor being stored anywhere.
type Session struct {
	UserID     string       `json:"userId"`
	OrgID      string       `json:"orgId,omitempty"` // acted for
	Created    when.Instant `json:"createdAt"`
	LastUsed   when.Instant `json:"lastUsedAt"`
	Expires    when.Instant `json:"expiresAt"` // moved on by use, never past Created+SessionLife
	UserAgent  string       `json:"userAgent,omitempty"`
	Address    string       `json:"address,omitempty"`
	FamilyHash string       `json:"familyHash"`
	Generation int64        `json:"generation"`
	Secret     string       `json:"secretHash"` // of the newest generation
	Before     string       `json:"beforeHash"` // of the one before it
	Salt       string       `json:"salt"`       // leads from the one before to the newest
	Rotated    when.Instant `json:"rotatedAt"`  // when the newest was made
	Ended      when.Instant `json:"endedAt"`    // 0 while it is open
	Why        string       `json:"why,omitempty"`
}

// How long sessions live. TabGrace is how long the last generation still gets its successor.
const (
	SessionIdle = 14 * 24 * time.Hour
	SessionLife = 60 * 24 * time.Hour
	TabGrace    = 10 * time.Second
)

// Why a session ended.
const (
	whySignedOut = "signed_out"
	whyElsewhere = "signed_out_elsewhere"
	whyPassword  = "password_changed"
	whyReuse     = "token_reused"
	whyProved    = "phone_proved" // the number's holder came; whoever was signed in before may be somebody else
	whyRecovered = "recovered"    // the account was given a new number
	whyErased    = "erased"
	whyRevoked   = "revoked" // the person left the organisation or the staff
)

// errSessionEnded is the one answer to every token that is not good, so that it says nothing about why.
func errSessionEnded() error {
	return fault.New(fault.Unauthenticated, "auth.session_ended", "sign in again")
}

// refreshToken is a token taken apart.
type refreshToken struct {
	session    string
	generation int64
	family     []byte
	secret     []byte
}

func (t refreshToken) String() string {
	b64 := base64.RawURLEncoding.EncodeToString
	return t.session + "." + strconv.FormatInt(t.generation, 10) + "." + b64(t.family) + "." + b64(t.secret)
}

func readRefreshToken(s string) (refreshToken, error) {
	parts := strings.Split(s, ".")
	if len(s) > 300 || len(parts) != 4 {
		return refreshToken{}, errSessionEnded()
	}
	t := refreshToken{session: parts[0]}
	var errs [3]error
	t.generation, errs[0] = strconv.ParseInt(parts[1], 10, 64)
	t.family, errs[1] = base64.RawURLEncoding.DecodeString(parts[2])
	t.secret, errs[2] = base64.RawURLEncoding.DecodeString(parts[3])
	if errs != [3]error{} || t.session == "" || len(t.session) > 64 || len(t.family) != 16 || len(t.secret) != 32 || t.String() != s {
		return refreshToken{}, errSessionEnded()
	}
	return t, nil
}

func hashOf(secret []byte) string {
	sum := sha256.Sum256(secret)
	return hex.EncodeToString(sum[:])
}

func sameHash(secret []byte, hash string) bool {
	return hash != "" && subtle.ConstantTimeCompare([]byte(hashOf(secret)), []byte(hash)) == 1
}

// openSession begins a family and gives its first token.
func openSession(id, userID, orgID string, now time.Time) (Session, refreshToken, error) {
	t := refreshToken{session: id, generation: 1, family: make([]byte, 16), secret: make([]byte, 32)}
	for _, b := range [][]byte{t.family, t.secret} {
		if _, err := rand.Read(b); err != nil {
			return Session{}, t, err
		}
	}
	s := Session{UserID: userID, OrgID: orgID, Created: when.At(now), FamilyHash: hashOf(t.family), Generation: 1, Secret: hashOf(t.secret), Rotated: when.At(now)}
	s.touch(now)
	return s, t, nil
}

func (s *Session) touch(now time.Time) {
	s.LastUsed = when.At(now)
	s.Expires = min(when.At(now.Add(SessionIdle)), when.At(s.Created.Time().Add(SessionLife)))
}

// Open reports whether the session can still be used.
func (s *Session) Open(now time.Time) bool { return s.Ended == 0 && when.At(now) < s.Expires }

// End ends an open session.
func (s *Session) End(why string, now time.Time) {
	if s.Ended == 0 {
		s.Ended, s.Why = when.At(now), why
	}
}

// Rotate trades a token for its successor. salt is fresh randomness, used if this is the trade that makes the successor. A token of
// our own that was traded before, and not just now, ends the session: it has been in two hands. reused reports that; the session must
// then be stored all the same.
func (s *Session) Rotate(t refreshToken, salt []byte, now time.Time) (next refreshToken, reused bool, err error) {
	if !sameHash(t.family, s.FamilyHash) || !s.Open(now) {
		return refreshToken{}, false, errSessionEnded()
	}
	next = refreshToken{session: t.session, generation: t.generation + 1, family: t.family}
	switch {
	case t.generation == s.Generation && sameHash(t.secret, s.Secret):
		next.secret = successor(t.secret, salt)
		s.Before, s.Secret, s.Salt = s.Secret, hashOf(next.secret), hex.EncodeToString(salt)
		s.Generation, s.Rotated = next.generation, when.At(now)
		s.touch(now)
		return next, false, nil
	case t.generation == s.Generation-1 && sameHash(t.secret, s.Before) && now.Sub(s.Rotated.Time()) <= TabGrace:
		salt, err := hex.DecodeString(s.Salt)
		if err != nil {
			return refreshToken{}, false, err
		}
		next.secret = successor(t.secret, salt)
		return next, false, nil
	default:
		s.End(whyReuse, now)
		return refreshToken{}, true, nil
	}
}

func successor(secret, salt []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write(salt)
	return mac.Sum(nil)
}
