package access

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"lianbang/services/platform/fault"
)

// The names tokens carry. People's tokens and peers' tokens differ in audience, so that neither passes for the other.
const (
	Issuer           = "lianbang"
	AudienceAPI      = "lianbang-api"
	AudienceInternal = "internal"
	// TokenLife is how long an access token lives, and so how long a revocation may take to bite.
	TokenLife = 5 * time.Minute
)

// Key is an Ed25519 signing key with its id.
type Key struct {
	ID      string
	Private ed25519.PrivateKey
}

// KeyFromSeed makes a key from a 32-byte seed; its id is derived from the public half, so that the same seed has the same id
// in every process.
func KeyFromSeed(seed []byte) (Key, error) {
	if len(seed) != ed25519.SeedSize {
		return Key{}, fmt.Errorf("access: a key seed has %d bytes, not %d", ed25519.SeedSize, len(seed))
	}
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	return Key{ID: base64.RawURLEncoding.EncodeToString(public[:9]), Private: private}, nil
}

// Public is the verifying half.
func (k Key) Public() ed25519.PublicKey { return k.Private.Public().(ed25519.PublicKey) }

type claims struct {
	jwt.RegisteredClaims
	SessionID  string     `json:"sid,omitempty"`
	OrgID      string     `json:"org,omitempty"`
	Capacities []Capacity `json:"cap,omitempty"`
	Verified   bool       `json:"ver,omitempty"`
	Role       Role       `json:"role,omitempty"`
	Staff      Staff      `json:"staff,omitempty"`
	District   string     `json:"dist,omitempty"`
}

// Sign issues a person's access token, valid from now for TokenLife.
func Sign(k Key, a Actor, now time.Time) (token string, expires time.Time, err error) {
	expires = now.Add(TokenLife)
	c := claims{
		RegisteredClaims: registered(a.UserID, AudienceAPI, now, expires),
		SessionID:        a.SessionID, OrgID: a.OrgID, Capacities: a.Capacities, Verified: a.Verified, Role: a.Role,
		Staff: a.Staff, District: a.District,
	}
	token, err = signed(k, c)
	return token, expires, err
}

// SignInternal issues a peer's token, valid for one minute.
func SignInternal(k Key, service string, now time.Time) (string, error) {
	return signed(k, claims{RegisteredClaims: registered(service, AudienceInternal, now, now.Add(time.Minute))})
}

func registered(subject, audience string, now, expires time.Time) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{
		Issuer: Issuer, Subject: subject, Audience: jwt.ClaimStrings{audience},
		IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now.Add(-leeway)), ExpiresAt: jwt.NewNumericDate(expires),
	}
}

func signed(k Key, c claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	t.Header["kid"] = k.ID
	return t.SignedString(k.Private)
}

// leeway is how far two machines' clocks may differ.
const leeway = 5 * time.Second

// JWK is one verifying key as published (RFC 8037).
type JWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	Kid string `json:"kid"`
	Use string `json:"use"`
	Alg string `json:"alg"`
	X   string `json:"x"`
}

// JWKS is the document at /.well-known/jwks.json.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// Publish is the JWKS of some keys, the next one included before it signs.
func Publish(keys ...Key) JWKS {
	var s JWKS
	for _, k := range keys {
		s.Keys = append(s.Keys, JWK{Kty: "OKP", Crv: "Ed25519", Kid: k.ID, Use: "sig", Alg: "EdDSA",
			X: base64.RawURLEncoding.EncodeToString(k.Public())})
	}
	return s
}

// Verifier checks tokens in every service. It asks Fetch for the published keys when it meets a key id it does not know, at
// most once every ten seconds, and every five minutes anyhow, so that a withdrawn key stops being believed.
type Verifier struct {
	Fetch    func(context.Context) (JWKS, error)
	Internal Key // verifies peers; shared by our services alone
	Now      func() time.Time
	PeerNow  func() time.Time // for peers' tokens; nil means Now. The product's clock may jump while a call is under way, the world's does not

	mu      sync.Mutex
	keys    map[string]ed25519.PublicKey
	fetched time.Time
	failed  time.Time // when the last fetch did; zero after a success
}

var errAway = errors.New("access: the signing keys could not be read a moment ago")

const (
	refetchUnknown = 10 * time.Second
	refetchFailed  = time.Second
	refetchAlways  = 5 * time.Minute
)

// Verify reads a bearer token into an Actor. Every refusal is one Unauthenticated fault; its cause says why, for logs.
func (v *Verifier) Verify(ctx context.Context, token string) (Actor, error) {
	var c claims
	var internal bool
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(Issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time {
			if internal && v.PeerNow != nil {
				return v.PeerNow()
			}
			return v.Now()
		}))
	_, err := parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if internal = kid == v.Internal.ID && kid != ""; internal {
			return v.Internal.Public(), nil
		}
		return v.key(ctx, kid)
	})
	if err != nil {
		if fault.KindOf(err) == fault.Unavailable {
			return Actor{}, fault.Wrap(err, fault.Unavailable, "", "identities cannot be checked right now")
		}
		return Actor{}, fault.Wrap(err, fault.Unauthenticated, "token_invalid", "the access token is not valid")
	}
	want := AudienceAPI
	if internal {
		want = AudienceInternal
	}
	if len(c.Audience) != 1 || c.Audience[0] != want || c.Subject == "" {
		return Actor{}, fault.New(fault.Unauthenticated, "token_invalid", "the access token is for somewhere else")
	}
	if internal {
		return Actor{Service: c.Subject}, nil
	}
	return Actor{UserID: c.Subject, SessionID: c.SessionID, OrgID: c.OrgID, Capacities: c.Capacities, Verified: c.Verified,
		Role: c.Role, Staff: c.Staff, District: c.District}, nil
}

func (v *Verifier) key(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.Now()
	age := now.Sub(v.fetched)
	known, ok := v.keys[kid]
	if ok && age >= 0 && age < refetchAlways {
		return known, nil
	}
	if !ok && age >= 0 && age < refetchUnknown {
		return nil, errors.New("unknown key id")
	}
	var set JWKS
	err := errAway
	if wait := now.Sub(v.failed); wait < 0 || wait >= refetchFailed { // nobody queues behind a service known to be away
		set, err = v.Fetch(ctx)
	}
	if err != nil {
		if !errors.Is(err, errAway) {
			v.failed = now
		}
		if ok { // an account service that is away for a moment signs nobody out
			return known, nil
		}
		return nil, fault.Wrap(err, fault.Unavailable, "", "the signing keys cannot be read")
	}
	v.keys, v.fetched, v.failed = map[string]ed25519.PublicKey{}, now, time.Time{}
	for _, k := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k.X)
		if err == nil && k.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			v.keys[k.Kid] = x
		}
	}
	if known, ok = v.keys[kid]; ok {
		return known, nil
	}
	return nil, errors.New("unknown key id")
}
