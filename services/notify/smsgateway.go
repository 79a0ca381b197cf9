package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"lianbang/services/platform/host"
)

// smsGateway hands text messages to an HTTP gateway: one signed POST a message, which a few lines in front of any provider's own API
// can take.
//
//	POST <LIANBANG_SMS>
//	Content-Type: application/json
//	X-Lianbang-Time: <seconds since 1970>
//	X-Lianbang-Signature: <hex of HMAC-SHA256(LIANBANG_SMS_KEY, time + "." + body)>
//
//	{"id": "…", "to": "13800138000", "text": "【链榜】…"}
//
// 2xx: taken; the gateway sends a message once, however often its id comes. 400, 404 and 422: this number will never do. Everything
// else: again later.
type smsGateway struct {
	address   string
	publicURL string
	key       []byte
	client    *http.Client
}

const gatewayTimeout = 10 * time.Second

// newTextChannel is the configured gateway, or files below dir.
func newTextChannel(c host.Config, dir string) (Channel, error) {
	if c.SMS == "" {
		return newFileChannel(filepath.Join(dir, "sms"), ".txt", smsText(c.PublicURL))
	}
	u, err := url.Parse(c.SMS)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("LIANBANG_SMS: https://host/path; plain http only on this machine")
	}
	if len(c.SMSKey) < 16 {
		return nil, errors.New("LIANBANG_SMS_KEY: messages to the gateway are signed with it; at least 16 characters")
	}
	return &smsGateway{address: c.SMS, publicURL: c.PublicURL, key: []byte(c.SMSKey), client: &http.Client{Timeout: gatewayTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil // a redirect would take the message elsewhere
}

func loopback(name string) bool { return name == "localhost" || name == "127.0.0.1" || name == "::1" }

// Send posts one message.
func (g *smsGateway) Send(ctx context.Context, l Letter) error {
	body, err := json.Marshal(map[string]string{"id": l.ID, "to": oneLine(l.To), "text": smsLine(g.publicURL, l)})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10) // the real time: the other side compares it with its own
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Lianbang-Time", at)
	r.Header.Set("X-Lianbang-Signature", signText(g.key, at, body))
	answer, err := g.client.Do(r)
	if err != nil {
		return fmt.Errorf("text message gateway: %w", err)
	}
	_ = answer.Body.Close()
	switch {
	case answer.StatusCode/100 == 2:
		return nil
	case answer.StatusCode == http.StatusBadRequest, answer.StatusCode == http.StatusNotFound, answer.StatusCode == http.StatusUnprocessableEntity:
		return errRefused
	}
	return fmt.Errorf("text message gateway: it answered %d", answer.StatusCode)
}

func signText(key []byte, at string, body []byte) string {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte(at + ".")) // a hash takes everything
	_, _ = m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}
