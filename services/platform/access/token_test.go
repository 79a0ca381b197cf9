package access

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"lianbang/services/platform/fault"
)

var noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

func testKey(t testing.TB, name string) Key {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	k, err := KeyFromSeed(seed[:])
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// verifier believes the keys given and the internal one.
func verifier(t testing.TB, now *time.Time, keys ...Key) *Verifier {
	return &Verifier{Internal: testKey(t, "internal"), Now: func() time.Time { return *now },
		Fetch: func(context.Context) (JWKS, error) { return Publish(keys...), nil }}
}

var owner = Actor{UserID: "u1", SessionID: "s1", OrgID: "o1", Capacities: []Capacity{SME, ChainLeader}, Verified: true, Role: Owner, Staff: DistrictOperator, District: "d1"}

func TestTokensCarryTheActor(t *testing.T) {
	now := noon
	k := testKey(t, "a")
	v := verifier(t, &now, k)
	token, expires, err := Sign(k, owner, now)
	if err != nil || !expires.Equal(now.Add(TokenLife)) {
		t.Fatal(err, expires)
	}
	if got, err := v.Verify(t.Context(), token); err != nil || !reflect.DeepEqual(got, owner) {
		t.Errorf("%+v, %v", got, err)
	}
	token, err = SignInternal(testKey(t, "internal"), "demand", now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.Verify(t.Context(), token); err != nil || !reflect.DeepEqual(got, Actor{Service: "demand"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// forge signs any header and claims with any function.
func forge(header, claims map[string]any, sign func(input string) []byte) string {
	part := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	input := part(header) + "." + part(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(sign(input))
}

// TestAttacks is what people try on tokens; each is one Unauthenticated refusal that says nothing of why.
func TestAttacks(t *testing.T) {
	now := noon
	k, next, internal, stranger := testKey(t, "a"), testKey(t, "next"), testKey(t, "internal"), testKey(t, "stranger")
	v := verifier(t, &now, k, next)
	good := func() map[string]any {
		return map[string]any{"iss": Issuer, "sub": "u1", "aud": []string{AudienceAPI}, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(TokenLife).Unix(), "staff": "city_operator"}
	}
	without := func(claim string) map[string]any { c := good(); delete(c, claim); return c }
	with := func(claim string, value any) map[string]any { c := good(); c[claim] = value; return c }
	by := func(k Key) func(string) []byte {
		return func(in string) []byte { return ed25519.Sign(k.Private, []byte(in)) }
	}
	head := func(alg, kid string) map[string]any { return map[string]any{"alg": alg, "kid": kid, "typ": "JWT"} }
	none := func(string) []byte { return nil }
	mac := func(secret []byte) func(string) []byte {
		return func(in string) []byte { m := hmac.New(sha256.New, secret); m.Write([]byte(in)); return m.Sum(nil) }
	}
	if _, err := v.Verify(t.Context(), forge(head("EdDSA", k.ID), good(), by(k))); err != nil {
		t.Fatalf("the honest token of this test is refused: %v", err)
	}
	if _, err := v.Verify(t.Context(), forge(head("EdDSA", next.ID), good(), by(next))); err != nil {
		t.Fatalf("a token of the key to come is refused: %v", err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	byRSA, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(good())).SignedString(rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	honest := forge(head("EdDSA", k.ID), good(), by(k))
	parts := strings.Split(honest, ".")
	promoted := forge(head("EdDSA", k.ID), with("sub", "admin"), none)
	jwkHead := head("EdDSA", stranger.ID)
	jwkHead["jwk"] = Publish(stranger).Keys[0]
	jkuHead := head("EdDSA", stranger.ID)
	jkuHead["jku"] = "https://evil.example/jwks.json"
	critHead := head("EdDSA", k.ID)
	critHead["crit"] = []string{"b64"}
	critHead["b64"] = false
	attacks := map[string]string{
		"alg none":                        forge(head("none", k.ID), good(), none),
		"alg None":                        forge(head("None", k.ID), good(), none),
		"alg none, signed":                forge(head("none", k.ID), good(), by(k)),
		"no signature":                    forge(head("EdDSA", k.ID), good(), none),
		"hmac over the public key":        forge(head("HS256", k.ID), good(), mac(k.Public())),
		"hmac over the published text":    forge(head("HS256", k.ID), good(), mac([]byte(Publish(k).Keys[0].X))),
		"hmac over the internal key":      forge(head("HS256", internal.ID), good(), mac(internal.Public())),
		"hmac over nothing":               forge(head("HS256", ""), good(), mac(nil)),
		"rsa":                             byRSA,
		"a stranger's key":                forge(head("EdDSA", stranger.ID), good(), by(stranger)),
		"a stranger under our key id":     forge(head("EdDSA", k.ID), good(), by(stranger)),
		"a key brought along":             forge(jwkHead, good(), by(stranger)),
		"a key to be fetched":             forge(jkuHead, good(), by(stranger)),
		"key id as path":                  forge(head("EdDSA", "../../dev/null"), good(), by(stranger)),
		"no key id":                       forge(map[string]any{"alg": "EdDSA"}, good(), by(k)),
		"key id of another type":          forge(map[string]any{"alg": "EdDSA", "kid": 7}, good(), by(k)),
		"critical extension":              forge(critHead, good(), by(stranger)),
		"expired":                         forge(head("EdDSA", k.ID), with("exp", now.Add(-time.Minute).Unix()), by(k)),
		"never expires":                   forge(head("EdDSA", k.ID), without("exp"), by(k)),
		"not yet":                         forge(head("EdDSA", k.ID), with("nbf", now.Add(time.Minute).Unix()), by(k)),
		"issued in the future":            forge(head("EdDSA", k.ID), with("iat", now.Add(time.Minute).Unix()), by(k)),
		"another issuer":                  forge(head("EdDSA", k.ID), with("iss", "elsewhere"), by(k)),
		"no issuer":                       forge(head("EdDSA", k.ID), without("iss"), by(k)),
		"internal audience, person's key": forge(head("EdDSA", k.ID), with("aud", []string{AudienceInternal}), by(k)),
		"api audience, internal key":      forge(head("EdDSA", internal.ID), good(), by(internal)),
		"both audiences":                  forge(head("EdDSA", k.ID), with("aud", []string{AudienceAPI, AudienceInternal}), by(k)),
		"another audience":                forge(head("EdDSA", k.ID), with("aud", "lianbang"), by(k)),
		"no audience":                     forge(head("EdDSA", k.ID), without("aud"), by(k)),
		"nobody":                          forge(head("EdDSA", k.ID), without("sub"), by(k)),
		"empty subject":                   forge(head("EdDSA", k.ID), with("sub", ""), by(k)),
		"tampered claims":                 parts[0] + "." + strings.Split(promoted, ".")[1] + "." + parts[2],
		"tampered header":                 strings.Split(forge(head("EdDSA", next.ID), good(), none), ".")[0] + "." + parts[1] + "." + parts[2],
		"truncated signature":             honest[:len(honest)-4],
		"two tokens":                      honest + "." + honest,
		"padded":                          honest + "=",
		"empty":                           "",
		"dots":                            "..",
		"not a token":                     "Bearer x",
		"very long":                       strings.Repeat("A", 1<<20),
		"deep claims":                     forge(head("EdDSA", k.ID), good(), none) + strings.Repeat("[", 10000),
		"roles as an object":              forge(head("EdDSA", k.ID), with("cap", map[string]any{"$ne": nil}), by(k)),
	}
	for name, token := range attacks {
		a, err := v.Verify(t.Context(), token)
		f := fault.As(err)
		if err == nil || f.Kind != fault.Unauthenticated || f.Code != "token_invalid" || !a.Guest() {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
	for i := range len(honest) { // every single changed character; the last one of a part may be padding bits, so flip a high bit's worth
		c := honest[i]
		if c == '.' || i+1 == len(honest) || honest[i+1] == '.' {
			continue
		}
		other := byte('A')
		if c == 'A' {
			other = 'B'
		}
		if _, err := v.Verify(t.Context(), honest[:i]+string(other)+honest[i+1:]); err == nil {
			t.Fatalf("character %d changed, and believed", i)
		}
	}
}

func TestExpiryAndLeeway(t *testing.T) {
	k := testKey(t, "a")
	token, expires, err := Sign(k, owner, noon)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]bool{noon: true, noon.Add(-leeway): true, noon.Add(-3 * leeway): false, expires: true, expires.Add(leeway + time.Second): false} {
		now := at
		_, err := verifier(t, &now, k).Verify(t.Context(), token)
		if (err == nil) != want {
			t.Errorf("at %s: %v", at.Sub(noon), err)
		}
	}
}

// A key is rotated without signing anybody out: published first, then signing, then withdrawn.
func TestKeyRotation(t *testing.T) {
	now := noon
	old, next := testKey(t, "old"), testKey(t, "next")
	published := []Key{old, next}
	v := &Verifier{Internal: testKey(t, "internal"), Now: func() time.Time { return now }, Fetch: func(context.Context) (JWKS, error) { return Publish(published...), nil }}
	believed := func(k Key) bool {
		t.Helper()
		token, _, err := Sign(k, owner, now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(t.Context(), token)
		return err == nil
	}
	if !believed(old) || !believed(next) {
		t.Error("a published key is not believed")
	}
	published = []Key{next}
	now = now.Add(refetchAlways)
	if believed(old) {
		t.Error("a withdrawn key is believed after five minutes")
	}
	newer := testKey(t, "newer")
	published = []Key{next, newer}
	if believed(newer) {
		t.Error("an unknown key made us fetch again within ten seconds")
	}
	now = now.Add(refetchUnknown)
	if !believed(newer) {
		t.Error("a new key is not believed after ten seconds")
	}
}

func TestUnknownKeysDoNotFloodAccount(t *testing.T) {
	now := noon
	var fetched atomic.Int32
	k := testKey(t, "a")
	v := &Verifier{Internal: testKey(t, "internal"), Now: func() time.Time { return now }, Fetch: func(context.Context) (JWKS, error) {
		fetched.Add(1)
		return Publish(k), nil
	}}
	token, _, err := Sign(testKey(t, "stranger"), owner, now)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			for range 20 {
				if _, err := v.Verify(context.Background(), token); err == nil {
					t.Error("believed")
				}
			}
		})
	}
	group.Wait()
	if n := fetched.Load(); n != 1 {
		t.Errorf("1,000 strange tokens asked for the keys %d times", n)
	}
}

func TestAccountAway(t *testing.T) {
	now, away := noon, true
	k := testKey(t, "a")
	v := &Verifier{Internal: testKey(t, "internal"), Now: func() time.Time { return now }, Fetch: func(context.Context) (JWKS, error) {
		if away {
			return JWKS{}, errors.New("connection refused at 10.1.2.3")
		}
		return Publish(k), nil
	}}
	token, _, err := Sign(k, owner, now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Verify(t.Context(), token)
	if f := fault.As(err); f.Kind != fault.Unavailable || strings.Contains(f.Detail, "10.1.2.3") {
		t.Errorf("keys never read: %v", err)
	}
	peer, err := SignInternal(testKey(t, "internal"), "demand", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), peer); err != nil {
		t.Errorf("a peer needs account: %v", err)
	}
	away = false
	if _, err := v.Verify(t.Context(), token); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("everybody queues behind a service that just failed: %v", err)
	}
	now = now.Add(refetchFailed)
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	away = true
	now = now.Add(refetchAlways - time.Minute)
	token, _, _ = Sign(k, owner, now)
	now = now.Add(2 * time.Minute) // past the refetch
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("account is away for a moment and everybody is signed out: %v", err)
	}
}

func TestAVerifierWithoutInternalKey(t *testing.T) {
	now := noon
	v := verifier(t, &now, testKey(t, "a"))
	v.Internal = Key{}
	token, err := SignInternal(testKey(t, "internal"), "demand", now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), token); err == nil {
		t.Error("a peer was believed")
	}
	if _, err := v.Verify(t.Context(), forge(map[string]any{"alg": "EdDSA", "kid": ""}, map[string]any{"sub": "x"}, func(string) []byte { return make([]byte, 64) })); err == nil {
		t.Error("an empty key id was believed")
	}
}

func TestKeyFromSeed(t *testing.T) {
	if _, err := KeyFromSeed(make([]byte, 31)); err == nil {
		t.Error("a short seed makes a key")
	}
	a, b := testKey(t, "a"), testKey(t, "a")
	if a.ID != b.ID || a.ID == testKey(t, "b").ID {
		t.Error("key ids do not follow from seeds")
	}
	if js, err := json.Marshal(Publish(a)); err != nil || strings.Contains(string(js), base64.RawURLEncoding.EncodeToString(a.Private.Seed())) || !slices.Contains([]string{"OKP"}, Publish(a).Keys[0].Kty) {
		t.Errorf("%s %v", js, err)
	}
}

// FuzzVerify: nothing anybody sends makes Verify panic, or believe what no key of ours signed.
func FuzzVerify(f *testing.F) {
	now := noon
	k := testKey(f, "a")
	v := verifier(f, &now, k)
	token, _, err := Sign(k, owner, now)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{token, "", ".", "a.b.c", token[:len(token)/2], strings.ToUpper(token), forge(map[string]any{"alg": "none"}, map[string]any{"sub": "x"}, func(string) []byte { return nil })} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := v.Verify(context.Background(), s)
		if err == nil && !reflect.DeepEqual(a, owner) {
			t.Fatalf("believed %+v of %q", a, s)
		}
		if err != nil && (fault.KindOf(err) != fault.Unauthenticated || !a.Guest()) {
			t.Fatalf("%q: %+v, %v", s, a, err)
		}
	})
}
