package notice

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"

	"lianbang/services/platform/fault"
)

// secrets seals contacts and makes query codes, by keys that follow from the one secret all replicas share.
type secrets struct {
	seal cipher.AEAD
	code []byte
}

func newSecrets(seed []byte) (*secrets, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "notice: contact of an objection", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s := &secrets{}
	if s.seal, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	s.code, err = hkdf.Key(sha256.New, seed, nil, "notice: query code of an objection", 32)
	return s, err
}

// Seal encrypts a contact for one objection; sealed text moved to another does not open.
func (s *secrets) Seal(objection string, c Contact) (string, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.seal.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(s.seal.Seal(nonce, nonce, plain, []byte(objection))), nil
}

// Open decrypts a contact.
func (s *secrets) Open(objection, sealed string) (Contact, error) {
	var c Contact
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < s.seal.NonceSize() {
		return c, fault.New(fault.Internal, "", "a sealed contact is damaged")
	}
	plain, err := s.seal.Open(nil, b[:s.seal.NonceSize()], b[s.seal.NonceSize():], []byte(objection))
	if err != nil {
		return c, fault.Wrap(err, fault.Internal, "", "a sealed contact does not open with this key")
	}
	return c, json.Unmarshal(plain, &c)
}

// letters of query codes: no I, L, O, U, which are read as others.
var letters = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// Code is an objection's query code: 80 bits nobody can guess, the same for the same objection, so that a repeated request gets the same
// receipt. Only its hash is stored.
func (s *secrets) Code(objection string) string {
	mac := hmac.New(sha256.New, s.code)
	mac.Write([]byte(objection))
	c := letters.EncodeToString(mac.Sum(nil)[:10])
	return c[:4] + "-" + c[4:8] + "-" + c[8:12] + "-" + c[12:]
}

// hashOf is what a code is found by, however it was typed.
func hashOf(code string) string {
	code = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
	sum := sha256.Sum256([]byte("objection code " + code))
	return hex.EncodeToString(sum[:])
}
