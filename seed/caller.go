package seed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"sync"
	"time"

	accountapi "lianbang/services/account/api"
)

// caller speaks to the public API as one demo user after another. A session is opened once and refreshed with its cookie, since
// every sign-in costs a password hash.
type caller struct {
	t     Target
	mu    sync.Mutex
	users map[string]*session // by phone
}

type session struct {
	token   string
	expires time.Time
	cookie  *http.Cookie
	renewed time.Time
	me      accountapi.Me
}

// failure is an answer that is not a success.
type failure struct {
	call   string
	Status int    `json:"status"`
	Code   string `json:"code"`
	body   string
}

func (f *failure) Error() string { return fmt.Sprintf("seed: %s: %d %s", f.call, f.Status, f.body) }

func isStatus(err error, status int) bool {
	var f *failure
	return errors.As(err, &f) && f.Status == status
}

// do sends a JSON request as the user with the phone ("" for a guest) and reads the JSON answer into out. key, when not empty, is the
// idempotency key.
func (c *caller) do(ctx context.Context, phone, method, path, key string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	_, err := c.send(ctx, phone, method, path, key, "application/json", body, out)
	return err
}

// upload posts a file.
func (c *caller) upload(ctx context.Context, phone, path, name string, file []byte, fields map[string]string) error {
	return c.uploadFor(ctx, phone, path, name, file, fields, nil)
}

// uploadFor sends a file in a form and reads the answer.
func (c *caller) uploadFor(ctx context.Context, phone, path, name string, file []byte, fields map[string]string, out any) error {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			return err
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = c.send(ctx, phone, http.MethodPost, path, "", w.FormDataContentType(), b.Bytes(), out)
	return err
}

func (c *caller) send(ctx context.Context, phone, method, path, key, kind string, body []byte, out any, ifMatch ...string) ([]*http.Cookie, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.t.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", kind)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", "demo-"+key)
	}
	for _, tag := range ifMatch {
		r.Header.Set("If-Match", tag)
	}
	if phone != "" {
		s, err := c.session(ctx, phone)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return c.answer(r, out)
}

// answer reads a success into out and gives the cookies it sets.
func (c *caller) answer(r *http.Request, out any) ([]*http.Cookie, error) {
	answer, err := c.t.Client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		f := &failure{call: r.Method + " " + r.URL.Path, body: string(b)}
		_ = json.Unmarshal(b, f)
		f.Status = answer.StatusCode
		return nil, f
	}
	if out == nil {
		return answer.Cookies(), nil
	}
	return answer.Cookies(), json.Unmarshal(b, out)
}

// cookieLife stays below the two weeks after which a session without use ends.
const cookieLife = 13 * 24 * time.Hour

// session is the user's, with a token that is still good.
func (c *caller) session(ctx context.Context, phone string) (*session, error) {
	c.mu.Lock()
	s := c.users[phone]
	c.mu.Unlock()
	now := c.t.Clock.Now()
	switch {
	case s != nil && now.Add(30*time.Second).Before(s.expires):
		return s, nil
	case s != nil && s.cookie != nil && now.Sub(s.renewed) < cookieLife:
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.t.BaseURL+"/api/v1/auth/refresh", nil)
		if err != nil {
			return nil, err
		}
		r.AddCookie(s.cookie)
		var next accountapi.Session
		cookies, err := c.answer(r, &next)
		if err == nil {
			return c.opened(phone, next, cookies), nil
		}
		if !isStatus(err, http.StatusUnauthorized) {
			return nil, err
		}
	}
	body, err := json.Marshal(accountapi.SignInInput{Login: phone, Password: Password})
	if err != nil {
		return nil, err
	}
	var next accountapi.Session
	cookies, err := c.send(ctx, "", http.MethodPost, "/api/v1/auth/sign-in", "", "application/json", body, &next)
	if err != nil {
		return nil, err
	}
	return c.opened(phone, next, cookies), nil
}

func (c *caller) opened(phone string, started accountapi.Session, cookies []*http.Cookie) *session {
	s := &session{token: started.AccessToken, expires: started.ExpiresAt, renewed: c.t.Clock.Now(), me: started.Me}
	c.mu.Lock()
	defer c.mu.Unlock()
	if before := c.users[phone]; before != nil {
		s.cookie = before.cookie
	}
	for _, cookie := range cookies {
		if cookie.Name == "lb_refresh" && cookie.Value != "" {
			s.cookie = &http.Cookie{Name: cookie.Name, Value: cookie.Value}
		}
	}
	c.users[phone] = s
	return s
}
