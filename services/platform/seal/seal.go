// Package seal makes content unreadable where it is kept. A master key, which lives outside every database and its backups, wraps one
// data key for each thing whose content is sealed; a Box seals with that data key, and binds what it seals to where it belongs, so that
// a sealed text moved elsewhere does not open. It knows nobody's rights: the service that holds the thing decides who may open it.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrKey is returned for a data key whose master key is not on the ring.
var ErrKey = errors.New("seal: the master key that wrapped this data key is not here")

// ErrSealed is returned for content that does not open: it was changed, or belongs elsewhere.
var ErrSealed = errors.New("seal: the content does not open with this key in this place")

// keySize is AES-256's, in bytes.
const keySize = 32

// Key is a master key.
type Key struct {
	id   string
	aead cipher.AEAD
}

// NewKey takes 32 secret bytes.
func NewKey(secret []byte) (Key, error) {
	aead, err := aeadOf(secret)
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256(append([]byte("lianbang seal key\x00"), secret...))
	return Key{hex.EncodeToString(sum[:6]), aead}, nil
}

// ID names the key without giving anything of it away; it may stand in a log.
func (k Key) ID() string { return k.id }

// Zero reports whether there is no key.
func (k Key) Zero() bool { return k.aead == nil }

func aeadOf(secret []byte) (cipher.AEAD, error) {
	if len(secret) != keySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, not %d", keySize, len(secret))
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Ring is the master keys at hand. The first wraps; the others, of before a change of keys, only unwrap.
type Ring []Key

// Current is the id of the key that wraps.
func (r Ring) Current() string { return r[0].id }

func (r Ring) find(id string) (Key, bool) {
	for _, k := range r {
		if k.id == id {
			return k, true
		}
	}
	return Key{}, false
}

// Has reports whether a key is on the ring.
func (r Ring) Has(id string) bool {
	_, ok := r.find(id)
	return ok
}

// Wrapped is a data key as it is kept: sealed by the master key of that id.
type Wrapped struct {
	KeyID string `json:"keyId"`
	Key   []byte `json:"key"`
}

// NewBox makes a data key. place says what it is for; it opens for nothing else.
func (r Ring) NewBox(place string) (*Box, Wrapped, error) {
	secret := make([]byte, keySize)
	if _, err := rand.Read(secret); err != nil {
		return nil, Wrapped{}, err
	}
	box, err := boxOf(secret)
	return box, r.wrap(place, secret), err
}

func (r Ring) wrap(place string, secret []byte) Wrapped {
	return Wrapped{r[0].id, r[0].aead.Seal(nil, nil, secret, bound("data key", place))}
}

func (r Ring) unwrap(place string, w Wrapped) ([]byte, error) {
	k, ok := r.find(w.KeyID)
	if !ok {
		return nil, ErrKey
	}
	secret, err := k.aead.Open(nil, nil, w.Key, bound("data key", place))
	if err != nil {
		return nil, ErrSealed
	}
	return secret, nil
}

// Box opens a data key. Errors: ErrKey, ErrSealed.
func (r Ring) Box(place string, w Wrapped) (*Box, error) {
	secret, err := r.unwrap(place, w)
	if err != nil {
		return nil, err
	}
	return boxOf(secret)
}

// Rewrap wraps a data key with the current master key; what it sealed stays as it is. Errors: ErrKey, ErrSealed.
func (r Ring) Rewrap(place string, w Wrapped) (Wrapped, error) {
	secret, err := r.unwrap(place, w)
	if err != nil {
		return w, err
	}
	return r.wrap(place, secret), nil
}

// Box seals and opens with one data key. It may be used from several goroutines.
type Box struct {
	aead  cipher.AEAD
	blind []byte
}

func boxOf(secret []byte) (*Box, error) {
	aead, err := aeadOf(secret)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	_, _ = h.Write([]byte("blind"))
	return &Box{aead, h.Sum(nil)}, nil
}

// Seal makes content unreadable; it opens again in the same place alone.
func (b *Box) Seal(content []byte, place ...string) []byte {
	return b.aead.Seal(nil, nil, content, bound(place...))
}

// Open gives the content back. Errors: ErrSealed.
func (b *Box) Open(sealed []byte, place ...string) ([]byte, error) {
	content, err := b.aead.Open(nil, nil, sealed, bound(place...))
	if err != nil {
		return nil, ErrSealed
	}
	return content, nil
}

// Blind turns a fingerprint of content into one that nobody can try guesses on without the key.
func (b *Box) Blind(fingerprint string) string {
	h := hmac.New(sha256.New, b.blind)
	_, _ = h.Write([]byte(fingerprint))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// bound is the place as associated data. No part of a place holds a zero byte.
func bound(place ...string) []byte { return []byte(strings.Join(place, "\x00")) }
