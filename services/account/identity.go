package account

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/when"
)

// Identity ties a subject of the configured identity provider to one person. Its id is a keyed hash of issuer and subject, so a subject
// never becomes two persons; personKey is unique, so a person has one subject of an issuer.
type Identity struct {
	UserID    string       `json:"userId"`
	PersonKey string       `json:"personKey"`
	Linked    when.Instant `json:"linkedAt"`
}

// UsedState marks that a sign-in through the provider came back, which it does once.
type UsedState struct {
	At when.Instant `json:"at"`
}

// Subject is who the provider says came.
type Subject struct {
	Issuer string `json:"iss"`
	ID     string `json:"sub"`
	Name   string `json:"name,omitempty"`
	Phone  string `json:"phone,omitempty"` // only when the provider verified it
}

// provider is an OpenID provider, by configuration: authorisation code with PKCE (S256), state and nonce.
type provider struct {
	name   string // shown on the button
	config oauth2.Config
	issuer string
	client *http.Client

	mu    sync.Mutex
	known *oidc.Provider // read at the first sign-in: a provider that is away must not keep the service from starting
}

const providerTimeout = 10 * time.Second

// newProvider reads the configuration; nil when none is configured.
func newProvider(c host.Config) (*provider, error) {
	if c.OIDCIssuer == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	u, err := url.Parse(c.OIDCIssuer)
	local := err == nil && (u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost")
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("LIANBANG_OIDC_ISSUER: https://host/path, as the provider names itself")
	}
	if c.OIDCClient == "" || c.OIDCSecretFile == "" || c.PublicURL == "" {
		return nil, errors.New("LIANBANG_OIDC_ISSUER needs LIANBANG_OIDC_CLIENT, LIANBANG_OIDC_SECRET_FILE and LIANBANG_PUBLIC_URL, to which the provider sends people back")
	}
	secret, err := os.ReadFile(c.OIDCSecretFile)
	if err != nil {
		return nil, fmt.Errorf("LIANBANG_OIDC_SECRET_FILE: %w", err)
	}
	p := &provider{name: c.OIDCName, issuer: c.OIDCIssuer, client: &http.Client{Timeout: providerTimeout}}
	p.config = oauth2.Config{ClientID: c.OIDCClient, ClientSecret: strings.TrimSpace(string(secret)),
		RedirectURL: strings.TrimSuffix(c.PublicURL, "/") + "/sign-in/return", Scopes: []string{oidc.ScopeOpenID, "profile", "phone"}}
	if p.name == "" {
		p.name = u.Hostname()
	}
	return p, nil
}

// discover reads the provider's addresses and keys, once; keys that come later are fetched when a token names one. The oauth2 settings
// returned are complete.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		known, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.issuer)
		if err != nil {
			return nil, oauth2.Config{}, fault.Wrap(err, fault.Unavailable, "auth.provider_away", "the identity provider does not answer")
		}
		p.known = known
	}
	config := p.config
	config.Endpoint = p.known.Endpoint()
	return p.known, config, nil
}

// errIdentity is the one answer to everything that is not good about what came back.
func errIdentity() error {
	return fault.New(fault.Unauthenticated, "auth.identity_refused", "this sign-in did not succeed; begin it again")
}

// exchange trades what the provider sent back for who came. Errors: errIdentity, Unavailable when the provider is away.
func (p *provider) exchange(ctx context.Context, code string, f flight) (Subject, error) {
	known, config, err := p.discover(ctx)
	if err != nil {
		return Subject{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError:
		return Subject{}, errIdentity()
	case err != nil:
		return Subject{}, fault.Wrap(err, fault.Unavailable, "auth.provider_away", "the identity provider does not answer")
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Subject{}, errIdentity()
	}
	id, err := known.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw) // signature, issuer, audience, expiry
	if err != nil {
		return Subject{}, errIdentity()
	}
	var claims struct {
		Party    string `json:"azp"`
		Name     string `json:"name"`
		Phone    string `json:"phone_number"`
		Verified bool   `json:"phone_number_verified"`
	}
	if err := id.Claims(&claims); err != nil || id.Subject == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return Subject{}, errIdentity()
	}
	if len(id.Audience) > 1 && claims.Party != config.ClientID {
		return Subject{}, errIdentity()
	}
	who := Subject{Issuer: id.Issuer, ID: id.Subject, Name: trimmed(claims.Name)}
	if phone, err := NormalisePhone(claims.Phone); err == nil && claims.Verified {
		who.Phone = phone
	}
	return who, nil
}

// flight is one sign-in under way at the provider, and later who came of it. It travels in a sealed cookie of the browser that began it, so
// nothing is stored for strangers who only begin, and what came back is of no use in another browser.
type flight struct {
	State    string       `json:"state,omitempty"`
	Nonce    string       `json:"nonce,omitempty"`
	Verifier string       `json:"verifier,omitempty"`
	Who      *Subject     `json:"who,omitempty"` // came, and waits to be linked
	Until    when.Instant `json:"until"`
}

// How long somebody may be away at the provider, and how long a subject waits to be linked by signing in once.
const (
	flightLife = 10 * time.Minute
	linkLife   = 30 * time.Minute
)

// flights seals them, by a key all replicas share.
type flights struct{ seal cipher.AEAD }

func newFlights(seed []byte) (flights, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "account: sign-ins at the identity provider", 32)
	if err != nil {
		return flights{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return flights{}, err
	}
	seal, err := cipher.NewGCM(block)
	return flights{seal}, err
}

func (k flights) close(f flight) (string, error) {
	plain, err := json.Marshal(f)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, k.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(k.seal.Seal(nonce, nonce, plain, nil)), nil
}

// open reads a cookie; errIdentity when it is not ours or too old.
func (k flights) open(cookie string, now time.Time) (f flight, err error) {
	sealed, err := base64.RawURLEncoding.DecodeString(cookie)
	if n := k.seal.NonceSize(); err == nil && len(sealed) > n {
		if plain, err := k.seal.Open(nil, sealed[:n], sealed[n:], nil); err == nil {
			if json.Unmarshal(plain, &f) == nil && when.At(now) < f.Until {
				return f, nil
			}
		}
	}
	return flight{}, errIdentity()
}
