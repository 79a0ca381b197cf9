package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/access"
)

// forge makes a token of any kind: what the library would refuse to make, an attacker makes by hand.
func forge(t *testing.T, header, claims obj, sign func(signed []byte) []byte) string {
	t.Helper()
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64(mustJSON(t, header)) + "." + b64(mustJSON(t, claims))
	return signed + "." + b64(sign([]byte(signed)))
}

// forgedTokens: only an access token as account signs it opens anything, and a peer's token opens nothing of a person's.
func forgedTokens(t *testing.T, s *siege) {
	now := s.clock.Now()
	claims := func(change obj) obj {
		c := obj{"iss": access.Issuer, "sub": "m-city", "aud": access.AudienceAPI, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(4 * time.Minute).Unix(), "staff": "city_operator"}
		for k, v := range change {
			if c[k] = v; v == nil {
				delete(c, k)
			}
		}
		return c
	}
	header := func(alg, kid string) obj { return obj{"alg": alg, "typ": "JWT", "kid": kid} }
	ours := func(b []byte) []byte { return ed25519.Sign(s.key.Private, b) }
	peers := func(b []byte) []byte { return ed25519.Sign(s.internal.Private, b) }
	with := func(secret []byte) func([]byte) []byte {
		return func(b []byte) []byte {
			h := hmac.New(sha256.New, secret)
			h.Write(b)
			return h.Sum(nil)
		}
	}
	none := func([]byte) []byte { return nil }
	_, another, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	kid, public := s.key.ID, s.key.Public()
	good := forge(t, header("EdDSA", kid), claims(nil), ours)
	parts := strings.Split(good, ".")
	raised := base64.RawURLEncoding.EncodeToString(mustJSON(t, claims(obj{"sub": "somebody-else"})))
	const path = "/api/v1/organisations"
	call := func(token string) answer { return s.ask(&person{w: s.world, token: token}, "GET", path, "", nil) }
	if got := call(good); got.status != http.StatusOK {
		t.Fatalf("a good token: %d %s", got.status, got.body)
	}
	for name, bad := range map[string]string{
		"alg none":                       forge(t, header("none", kid), claims(nil), none),
		"alg None":                       forge(t, header("None", kid), claims(nil), none),
		"alg nOnE with our signature":    forge(t, header("nOnE", kid), claims(nil), ours),
		"no alg":                         forge(t, obj{"kid": kid}, claims(nil), ours),
		"HMAC over the public key":       forge(t, header("HS256", kid), claims(nil), with(public)),
		"HMAC over the published text":   forge(t, header("HS256", kid), claims(nil), with([]byte(base64.RawURLEncoding.EncodeToString(public)))),
		"HMAC with an empty key":         forge(t, header("HS256", ""), claims(nil), with(nil)),
		"an alg of another family":       forge(t, header("ES256", kid), claims(nil), ours),
		"expired":                        forge(t, header("EdDSA", kid), claims(obj{"exp": now.Add(-time.Minute).Unix()}), ours),
		"without an end":                 forge(t, header("EdDSA", kid), claims(obj{"exp": nil}), ours),
		"not valid yet":                  forge(t, header("EdDSA", kid), claims(obj{"nbf": now.Add(time.Hour).Unix()}), ours),
		"from the future":                forge(t, header("EdDSA", kid), claims(obj{"iat": now.Add(time.Hour).Unix()}), ours),
		"another audience":               forge(t, header("EdDSA", kid), claims(obj{"aud": "elsewhere"}), ours),
		"two audiences":                  forge(t, header("EdDSA", kid), claims(obj{"aud": []string{access.AudienceAPI, "elsewhere"}}), ours),
		"no audience":                    forge(t, header("EdDSA", kid), claims(obj{"aud": nil}), ours),
		"another issuer":                 forge(t, header("EdDSA", kid), claims(obj{"iss": "https://lianbang.example"}), ours),
		"nobody's":                       forge(t, header("EdDSA", kid), claims(obj{"sub": ""}), ours),
		"the peers' audience, our key":   forge(t, header("EdDSA", kid), claims(obj{"aud": access.AudienceInternal}), ours),
		"our audience, the peers' key":   forge(t, header("EdDSA", s.internal.ID), claims(nil), peers),
		"our kid, the peers' key":        forge(t, header("EdDSA", kid), claims(nil), peers),
		"another's key":                  forge(t, header("EdDSA", kid), claims(nil), func(b []byte) []byte { return ed25519.Sign(another, b) }),
		"an unknown kid":                 forge(t, header("EdDSA", "unknown"), claims(nil), ours),
		"no kid":                         forge(t, obj{"alg": "EdDSA"}, claims(nil), ours),
		"a kid that is a path":           forge(t, header("EdDSA", "../../dev/null"), claims(nil), ours),
		"a kid that is no text":          forge(t, obj{"alg": "EdDSA", "kid": obj{"$ne": ""}}, claims(nil), ours),
		"a key of its own in the header": forge(t, obj{"alg": "EdDSA", "kid": "own", "jwk": obj{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(another.Public().(ed25519.PublicKey))}}, claims(nil), func(b []byte) []byte { return ed25519.Sign(another, b) }),
		"a key elsewhere":                forge(t, obj{"alg": "EdDSA", "kid": "own", "jku": "http://127.0.0.1:1/keys"}, claims(nil), func(b []byte) []byte { return ed25519.Sign(another, b) }),
		"tampered":                       parts[0] + "." + raised + "." + parts[2],
		"cut":                            good[:len(good)-6],
		"without a signature":            parts[0] + "." + parts[1] + ".",
		"four parts":                     good + "." + parts[2],
		"no token":                       "x",
		"a long one":                     strings.Repeat("e", 9000) + ".e.e",
	} {
		if got := call(bad); got.status != http.StatusUnauthorized || !strings.Contains(got.body, "token_invalid") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	// A peer's token is nobody's; a person's opens nothing between services.
	peer, err := access.SignInternal(s.internal, "demand", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, closed := range []string{"/api/v1/me", "/api/v1/inbox", path, "/api/v1/my-demands"} {
		if got := s.ask(&person{w: s.world, token: peer}, "GET", closed, "", nil); got.status != http.StatusForbidden {
			t.Errorf("a peer's token at %s: %d %s", closed, got.status, got.body)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://account/internal/v1/operators", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+good)
	inside, err := s.host.Peers("attacker").Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = inside.Body.Close()
	if inside.StatusCode != http.StatusForbidden {
		t.Errorf("a person's token between services: %d", inside.StatusCode)
	}
	revokedMember(t, s)
}

// revokedMember: who was removed decides nothing from that moment on, and reads until the token runs out.
func revokedMember(t *testing.T, s *siege) {
	org := "/api/v1/organisations/" + s.orgID(s.leader)
	member := &person{w: s.world, phone: s.phone()}
	invitation := s.leader.send("POST", org+"/invitations", obj{"phone": member.phone, "role": "member"})
	session := s.guest().send("POST", "/api/v1/auth/sign-up", obj{"phone": member.phone, "name": "前员工", "password": "a-good-password"})
	member.token, member.expires = session.str("accessToken"), s.clock.Now().Add(4*time.Minute)
	member.send("POST", "/api/v1/me/invitations/accept", obj{"code": invitation.str("code")})
	member.expires = time.Time{}
	demand := member.send("POST", "/api/v1/demands", s.terms("离职前的草稿"))
	at := "/api/v1/demands/" + demand.str("id")
	old := &person{w: s.world, token: member.token}
	s.leader.send("DELETE", org+"/members/"+session.obj("me").obj("user").str("id"), nil)
	if status, body := old.try("POST", at+"/submit", nil); status != http.StatusUnauthorized || body.str("code") != "auth.session_ended" {
		t.Errorf("a decision of a removed member: %d %v", status, body)
	}
	member.expires = time.Time{}
	if status, body := member.try("GET", at, nil); status != http.StatusNotFound {
		t.Errorf("a removed member, signed in anew, reads: %d %v", status, body)
	}
	if state := s.leader.get(at).str("state"); state != "draft" {
		t.Errorf("the demand is %s", state)
	}
}

// refreshCookie: no other site's page can use it, no script can read it, and it opens nothing but the next token.
func refreshCookie(t *testing.T, s *siege) {
	const refresh = "/api/v1/auth/refresh"
	signIn := s.ask(s.guest(), "POST", "/api/v1/auth/sign-in", "application/json", mustJSON(t, obj{"login": s.stranger.phone, "password": "a-good-password"}))
	cookies := signIn.raw.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies: %s", len(cookies), signIn.body)
	}
	c := cookies[0]
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/v1/auth" || c.Domain != "" || strings.Contains(signIn.body, c.Value) {
		t.Errorf("the cookie: %+v", c)
	}
	kept := c.Name + "=" + c.Value
	for name, headers := range map[string][]string{
		"another site":                 {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a sister site":                {"Sec-Fetch-Site", "same-site", "Origin", "https://other.lianbang.example"},
		"another site, an old browser": {"Origin", "https://evil.example"},
		"a page of no origin":          {"Origin", "null"},
		"a name that begins like ours": {"Origin", "https://lianbang.example.evil.example"},
		"our name as the user":         {"Origin", "https://lianbang.example@evil.example"},
		"two origins":                  {"Origin", "https://lianbang.example, https://evil.example"},
		"a claim beside the fact":      {"Sec-Fetch-Site", "cross-site", "Origin", "https://lianbang.example"},
	} {
		for _, path := range []string{refresh, "/api/v1/auth/sign-out"} {
			got := s.ask(s.guest(), "POST", path, "", nil, append(headers, "Cookie", kept)...)
			if got.status != http.StatusForbidden || !strings.Contains(got.body, "auth.cross_site") || got.raw.Header.Get("Set-Cookie") != "" || got.raw.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s at %s: %d %s %v", name, path, got.status, got.body, got.raw.Header)
			}
		}
	}
	if got := s.ask(s.guest(), "GET", refresh, "", nil, "Cookie", kept); got.status != http.StatusNotFound {
		t.Errorf("by GET: %d", got.status)
	}
	for _, path := range []string{"/api/v1/me", "/api/v1/my-demands", "/api/v1/inbox"} {
		if got := s.ask(s.guest(), "GET", path, "", nil, "Cookie", kept); got.status != http.StatusUnauthorized {
			t.Errorf("the cookie alone at %s: %d", path, got.status)
		}
	}
	if got := s.ask(s.guest(), "OPTIONS", refresh, "", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST"); got.raw.Header.Get("Access-Control-Allow-Origin") != "" || got.status < 400 {
		t.Errorf("a preflight: %d %v", got.status, got.raw.Header)
	}
	if got := s.ask(s.guest(), "POST", refresh, "", nil, "Cookie", kept, "Sec-Fetch-Site", "same-origin", "Origin", "https://lianbang.example"); got.status != http.StatusOK {
		t.Errorf("our own page: %d %s", got.status, got.body)
	}
	for _, forged := range []string{"", "x", "lb.x.y", c.Value[:len(c.Value)-4] + "AAAA", strings.Repeat("a", 300)} {
		if got := s.ask(s.guest(), "POST", refresh, "", nil, "Cookie", c.Name+"="+forged); got.status != http.StatusUnauthorized {
			t.Errorf("the cookie %.20q: %d %s", forged, got.status, got.body)
		}
	}
}

// keysAndCursors: another's idempotency key gives nothing of its holder's, another's cursor leads nowhere.
func keysAndCursors(t *testing.T, s *siege) {
	body := mustJSON(t, s.terms("同一把钥匙"))
	create := func(p *person, body []byte) (int, obj) {
		got := s.ask(p, "POST", "/api/v1/demands", "application/json", body, "Idempotency-Key", "the-same-key")
		out := obj{}
		if err := json.Unmarshal([]byte(got.body), &out); err != nil {
			t.Fatalf("%d %s", got.status, got.body)
		}
		return got.status, out
	}
	_, first := create(s.leader, body)
	if status, again := create(s.leader, body); status != http.StatusCreated || again.str("id") != first.str("id") {
		t.Errorf("a repeat: %d %v", status, again)
	}
	if status, other := create(s.leader, mustJSON(t, s.terms("另一件事"))); status != http.StatusConflict || strings.Contains(other.text(), first.str("id")) {
		t.Errorf("the key for something else: %d %v", status, other)
	}
	if status, stolen := create(s.stranger, body); status != http.StatusCreated || stolen.str("id") == first.str("id") || stolen.obj("issuer").str("orgId") == first.obj("issuer").str("orgId") {
		t.Errorf("another's key: %d %v", status, stolen)
	}
	s.leader.send("POST", "/api/v1/demands", s.terms("第二条"))
	cursor := s.leader.get("/api/v1/my-demands?limit=1").str("next")
	if cursor == "" {
		t.Fatal("one page holds all")
	}
	if got := s.ask(s.leader, "GET", "/api/v1/my-demands?limit=1&cursor="+cursor, "", nil); got.status != http.StatusOK {
		t.Errorf("one's own cursor: %d", got.status)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		t.Fatal(err)
	}
	moved := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(decoded), s.orgID(s.leader), s.orgID(s.stranger), 1)))
	for name, try := range map[string]struct {
		who  *person
		path string
	}{
		"another's cursor":            {s.stranger, "/api/v1/my-demands?cursor=" + cursor},
		"of another list":             {s.leader, "/api/v1/demands?cursor=" + cursor},
		"of another filter":           {s.leader, "/api/v1/my-demands?state=draft&cursor=" + cursor},
		"in the inbox":                {s.leader, "/api/v1/inbox?cursor=" + cursor},
		"in the operator's queue":     {s.operator, "/api/v1/demand-reviews?cursor=" + cursor},
		"cut":                         {s.leader, "/api/v1/my-demands?cursor=" + cursor[:len(cursor)/2]},
		"of nothing":                  {s.leader, "/api/v1/my-demands?cursor=e30"},
		"with a place of its own":     {s.leader, "/api/v1/my-demands?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"s":"","p":[{"kind":0}]}`))},
		"with another's organisation": {s.stranger, "/api/v1/my-demands?cursor=" + moved},
	} {
		if got := s.ask(try.who, "GET", try.path, "", nil); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %.200s", name, got.status, got.body)
		}
	}
}

// guessedPasswords: a flood of guesses at one account, from many addresses, gets nearly nowhere, and its owner still comes in: at once from
// where nobody guesses, but for the minute at most that an account under attack makes everybody wait.
func guessedPasswords(t *testing.T, s *siege) {
	guesses := 1000
	if os.Getenv("LIANBANG_PROVE") != "" {
		guesses = 10_000
	}
	body := func(password string) []byte { return mustJSON(t, obj{"login": s.stranger.phone, "password": password}) }
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tried, slowed := 0, 0
	for i := 0; i < guesses; i += 50 {
		client := from(fmt.Sprintf("127.0.%d.%d", 100+i/12_500, 1+i/50%250))
		for j := range 50 {
			r, err := http.NewRequestWithContext(t.Context(), "POST", s.origin+"/api/v1/auth/sign-in", strings.NewReader(string(body(fmt.Sprintf("wrong-password-%d", i+j)))))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			got, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, got.Body)
			_ = got.Body.Close()
			switch got.StatusCode {
			case http.StatusUnauthorized:
				tried++
			case http.StatusTooManyRequests:
				slowed++
			default:
				t.Fatalf("guess %d: %d", i+j, got.StatusCode)
			}
		}
		client.CloseIdleConnections()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if tried > 25 || tried+slowed != guesses {
		t.Errorf("%d of %d guesses were looked at", tried, guesses)
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("the flood left %d MB", grown>>20)
	}
	t.Logf("%d guesses: %d looked at, %d turned away", guesses, tried, slowed)
	got := s.ask(s.guest(), "POST", "/api/v1/auth/sign-in", "application/json", body("a-good-password"))
	if got.status == http.StatusTooManyRequests {
		wait, err := strconv.Atoi(got.raw.Header.Get("Retry-After"))
		if err != nil || wait > 60 {
			t.Errorf("the owner is to wait %q seconds", got.raw.Header.Get("Retry-After"))
		}
		s.clock.Advance(time.Duration(wait) * time.Second)
		got = s.ask(s.guest(), "POST", "/api/v1/auth/sign-in", "application/json", body("a-good-password"))
	}
	if got.status != http.StatusOK {
		t.Errorf("the owner: %d %s", got.status, got.body)
	}
}
