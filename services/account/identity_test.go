package account

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"lianbang/services/account/api"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

// issuer is an OpenID provider on this machine: discovery, keys, and a token endpoint that signs real tokens, takes a code once and holds
// whoever brings it to the PKCE challenge, the redirect address and the client's secret.
type issuer struct {
	*httptest.Server
	t      *testing.T
	key    *rsa.PrivateKey
	mu     sync.Mutex
	grants map[string]grant
	mend   func(claims jwt.MapClaims, sign *rsa.PrivateKey) (jwt.MapClaims, *rsa.PrivateKey) // what a test spoils
	asked  int
}

type grant struct {
	query  url.Values
	claims jwt.MapClaims
}

const oidcSecret = "the client's secret"

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{t: t, key: key, grants: map[string]grant{}}
	b64 := base64.RawURLEncoding.EncodeToString
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, 200, map[string]any{"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.answer(w, 200, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", i.token)
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Error(err)
	}
}

func (i *issuer) token(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.asked++
	refuse := func(why string) {
		i.answer(w, 400, map[string]string{"error": "invalid_grant", "error_description": why})
	}
	if err := r.ParseForm(); err != nil {
		refuse("form")
		return
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
	}
	unescaped, err := url.QueryUnescape(secret)
	if err != nil || id != "lianbang" || unescaped != oidcSecret && secret != oidcSecret {
		i.answer(w, 401, map[string]string{"error": "invalid_client"})
		return
	}
	g, ok := i.grants[r.Form.Get("code")]
	delete(i.grants, r.Form.Get("code"))
	challenge := sha256.Sum256([]byte(r.Form.Get("code_verifier")))
	switch {
	case !ok:
		refuse("code")
	case g.query.Get("code_challenge_method") != "S256" || base64.RawURLEncoding.EncodeToString(challenge[:]) != g.query.Get("code_challenge"):
		refuse("pkce")
	case r.Form.Get("redirect_uri") != g.query.Get("redirect_uri") || r.Form.Get("grant_type") != "authorization_code":
		refuse("redirect")
	default:
		now := time.Now()
		claims := jwt.MapClaims{"iss": i.URL, "aud": "lianbang", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": g.query.Get("nonce")}
		for k, v := range g.claims {
			claims[k] = v
		}
		key := i.key
		if i.mend != nil {
			claims, key = i.mend(claims, key)
		}
		t := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
		t.Header["kid"] = "one"
		if key != i.key {
			t.Header["kid"] = "two"
		}
		signed, err := t.SignedString(key)
		if err != nil {
			i.t.Error(err)
		}
		i.answer(w, 200, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": signed})
	}
}

// signIn is the provider's own page: somebody proves there who it is, and is sent back with a code.
func (i *issuer) signIn(address string, claims jwt.MapClaims) (state, code string) {
	i.t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Path != "/authorize" || u.Query().Get("response_type") != "code" || u.Query().Get("client_id") != "lianbang" {
		i.t.Fatalf("sent to %s: %v", address, err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	code = fmt.Sprint("code-", len(i.grants), "-", time.Now().UnixNano())
	i.grants[code] = grant{u.Query(), claims}
	return u.Query().Get("state"), code
}

// identityWorld is an account service that knows an issuer.
func identityWorld(t *testing.T) (*world, *issuer) {
	t.Helper()
	w, i := newWorld(t), newIssuer(t)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(oidcSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := newProvider(host.Config{OIDCIssuer: i.URL, OIDCClient: "lianbang", OIDCSecretFile: secret, OIDCName: "市统一身份认证", PublicURL: "https://lianbang.example"})
	if err != nil {
		t.Fatal(err)
	}
	w.service.provider = p
	return w, i
}

// begin starts a sign-in in a browser of its own.
func (w *world) begin() (browser *resttest.Client, address string) {
	w.t.Helper()
	var begun api.IdentityBegun
	a := w.guest.Post("/api/v1/auth/identity/begin", nil).Want(200).Into(&begun)
	cookie, ok := a.Cookie(identityCookie)
	if !ok {
		w.t.Fatal("no cookie")
	}
	return w.guest.With("Cookie", identityCookie+"="+cookie), begun.Address
}

func returned(state, code string) map[string]any { return map[string]any{"state": state, "code": code} }

const finishPath = "/api/v1/auth/identity/finish"

func TestIdentityOfAKnownPhone(t *testing.T) {
	w, i := identityWorld(t)
	p := w.loner("安娜")
	claims := jwt.MapClaims{"sub": "s-1", "name": "安娜", "phone_number": "+86 " + p.phone, "phone_number_verified": true}
	for round := range 2 { // linked, then known
		browser, address := w.begin()
		var done api.IdentityFinished
		a := browser.Post(finishPath, returned(i.signIn(address, claims))).Want(200).Into(&done)
		if done.LinkFirst || done.Session.Me.User.Id != p.id {
			t.Fatalf("round %d: %+v", round, done)
		}
		if _, ok := a.Cookie(refreshCookie); !ok {
			t.Error("no session cookie")
		}
		claims = jwt.MapClaims{"sub": "s-1"} // a subject is a subject, whatever phone it says later
	}
	// Another subject cannot be the same person, nor take it by the phone.
	browser, address := w.begin()
	browser.Post(finishPath, returned(i.signIn(address, jwt.MapClaims{"sub": "s-2", "name": "乙", "phone_number": p.phone, "phone_number_verified": true}))).Refused(409, "auth.identity_taken")
}

func TestIdentityOfSomebodyNew(t *testing.T) {
	w, i := identityWorld(t)
	claims := jwt.MapClaims{"sub": "s-new", "name": "新来的", "phone_number": "13755556666", "phone_number_verified": true}
	ids := make([]string, 6)
	var browsers []*resttest.Client
	var bodies []map[string]any
	for range ids {
		browser, address := w.begin()
		browsers, bodies = append(browsers, browser), append(bodies, returned(i.signIn(address, claims)))
	}
	got := atOnce(len(ids), func(n int) int { // at once: one subject never becomes two persons
		var done api.IdentityFinished
		a := browsers[n].Post(finishPath, bodies[n])
		if a.Status == 200 {
			a.Into(&done)
			ids[n] = done.Session.Me.User.Id
		}
		return a.Status
	})
	if got[200] != len(ids) {
		t.Fatalf("%v", got)
	}
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("one subject is %v", ids)
		}
	}
}

// A number the provider did not verify links nobody: whoever came signs in once here, in the same browser.
func TestIdentityLinkedBySigningInOnce(t *testing.T) {
	w, i := identityWorld(t)
	p, other := w.loner("安娜"), w.loner("别人")
	claims := jwt.MapClaims{"sub": "s-3", "name": "安娜", "phone_number": p.phone}
	browser, address := w.begin()
	var done api.IdentityFinished
	a := browser.Post(finishPath, returned(i.signIn(address, claims))).Want(200).Into(&done)
	if !done.LinkFirst || done.Session.AccessToken != "" {
		t.Fatalf("%+v", done)
	}
	cookie, _ := a.Cookie(identityCookie)
	p.Post("/api/v1/auth/identity/link", nil).Refused(409, "auth.nothing_to_link")
	p.With("Cookie", identityCookie+"=forged").Post("/api/v1/auth/identity/link", nil).Refused(409, "auth.nothing_to_link")
	for range 2 { // again changes nothing
		p.With("Cookie", identityCookie+"="+cookie).Post("/api/v1/auth/identity/link", nil).Want(204)
	}
	other.With("Cookie", identityCookie+"="+cookie).Post("/api/v1/auth/identity/link", nil).Refused(409, "auth.identity_taken")
	browser, address = w.begin()
	browser.Post(finishPath, returned(i.signIn(address, claims))).Want(200).Into(&done)
	if done.Session.Me.User.Id != p.id {
		t.Errorf("%+v", done)
	}
}

func TestWhatTheProviderMustGetRight(t *testing.T) {
	w, i := identityWorld(t)
	p := w.loner("安娜")
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := jwt.MapClaims{"sub": "s-4", "phone_number": p.phone, "phone_number_verified": true}
	set := func(name string, value any) func(jwt.MapClaims, *rsa.PrivateKey) (jwt.MapClaims, *rsa.PrivateKey) {
		return func(c jwt.MapClaims, k *rsa.PrivateKey) (jwt.MapClaims, *rsa.PrivateKey) {
			c[name] = value
			return c, k
		}
	}
	for name, spoil := range map[string]func(jwt.MapClaims, *rsa.PrivateKey) (jwt.MapClaims, *rsa.PrivateKey){
		"wrong nonce":     set("nonce", "another"),
		"no nonce":        set("nonce", ""),
		"wrong audience":  set("aud", "somebody-else"),
		"not the party":   set("aud", []string{"lianbang", "somebody-else"}),
		"wrong issuer":    set("iss", "https://elsewhere.example"),
		"expired":         set("exp", time.Now().Add(-time.Minute).Unix()),
		"without subject": set("sub", ""),
		"unknown key":     func(c jwt.MapClaims, _ *rsa.PrivateKey) (jwt.MapClaims, *rsa.PrivateKey) { return c, stranger },
	} {
		i.mend = spoil
		browser, address := w.begin()
		a := browser.Post(finishPath, returned(i.signIn(address, good)))
		if a.Status != 401 {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	i.mend = nil
	// What came back is for the browser that began it, once, and with its own state.
	browser, address := w.begin()
	stolen, _ := w.begin()
	state, code := i.signIn(address, good)
	stolen.Post(finishPath, returned(state, code)).Refused(401, "auth.identity_refused")
	w.guest.Post(finishPath, returned(state, code)).Refused(401, "auth.identity_refused")
	browser.Post(finishPath, returned("another", code)).Refused(401, "auth.identity_refused")
	browser.Post(finishPath, returned(state, code)).Want(200)
	asked := i.asked
	browser.Post(finishPath, returned(i.signIn(address, good))).Refused(401, "auth.identity_refused") // the state again
	if i.asked != asked {
		t.Error("a state that was used was taken to the provider")
	}
	// A code another sign-in was given does not fit this one's challenge.
	mine, address := w.begin()
	_, second := w.begin()
	_, code = i.signIn(second, good)
	state, _ = i.signIn(address, good)
	mine.Post(finishPath, returned(state, code)).Refused(401, "auth.identity_refused")
	// Away for too long.
	late, address := w.begin()
	w.env.Clock.Advance(flightLife)
	late.Post(finishPath, returned(i.signIn(address, good))).Refused(401, "auth.identity_refused")
	i.Close()
	browser, _ = w.begin() // its addresses are known
	browser.Post(finishPath, returned("s", "c")).Refused(401, "auth.identity_refused")
}

func TestWithoutAProvider(t *testing.T) {
	w := newWorld(t)
	var p struct{ Name string }
	if w.guest.Get("/api/v1/auth/identity").Want(200).Into(&p); p.Name != "" {
		t.Errorf("%+v", p)
	}
	w.guest.Post("/api/v1/auth/identity/begin", nil).Refused(404, "auth.no_provider")
	w.guest.Post(finishPath, returned("s", "c")).Refused(404, "auth.no_provider")
	for _, bad := range []host.Config{{OIDCIssuer: "http://id.example"}, {OIDCIssuer: "https://id.example"}, {OIDCIssuer: "https://id.example", OIDCClient: "c", OIDCSecretFile: "/nowhere", PublicURL: "https://us.example"}} {
		if _, err := newProvider(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
