package notify

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianbang/services/notify/api"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

const gatewayKey = "a key the gateway knows too"

// A message reaches the gateway as documented, and its answers mean what is documented.
func TestTextMessageGateway(t *testing.T) {
	status := http.StatusOK
	var got map[string]string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if want := signText([]byte(gatewayKey), r.Header.Get("X-Lianbang-Time"), body); r.Method != http.MethodPost || r.Header.Get("X-Lianbang-Signature") != want {
			t.Errorf("%s with signature %q, want %q", r.Method, r.Header.Get("X-Lianbang-Signature"), want)
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	channel, err := newTextChannel(host.Config{SMS: server.URL + "/send", SMSKey: gatewayKey, PublicURL: "https://lb.example/"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	letter := Letter{ID: "code-1", To: "13800138000", Subject: "验证码 123456", Text: "5 分钟内有效。", Link: "/work/claim/o1"}
	for answer, want := range map[int]string{200: "sent", 202: "sent", 400: "never", 422: "never", 302: "again", 401: "again", 429: "again", 500: "again"} {
		status = answer
		err := channel.Send(t.Context(), letter)
		said := "again"
		if err == nil {
			said = "sent"
		} else if errors.Is(err, errRefused) {
			said = "never"
		}
		if said != want {
			t.Errorf("%d means %s (%v), want %s", answer, said, err, want)
		}
	}
	if got["id"] != letter.ID || got["to"] != letter.To || got["text"] != "【链榜】验证码 123456。5 分钟内有效。 https://lb.example/work/claim/o1" {
		t.Errorf("the gateway got %v", got)
	}
	for _, bad := range []host.Config{{SMS: "http://sms.example/send", SMSKey: gatewayKey}, {SMS: "https://user:word@sms.example/", SMSKey: gatewayKey}, {SMS: "https://sms.example/", SMSKey: "short"}} {
		if _, err := newTextChannel(bad, t.TempDir()); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

// What a peer sends at once goes to the channel and nowhere else: nothing of it is stored.
func TestTextAtOnce(t *testing.T) {
	b := start4test(t)
	text := api.TextMessage{Id: "code-7", Phone: "13800138000", Subject: "验证码 246810", Text: "5 分钟内有效。"}
	b.As(resttest.PeerToken(t, b.env, "account")).Post("/internal/v1/texts", text).Want(http.StatusNoContent)
	b.user(wang).Post("/internal/v1/texts", text).Refused(http.StatusForbidden, "forbidden")
	found := 0
	err := filepath.WalkDir(b.env.Config.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path) //nolint:gosec // the test's own directory
		if err == nil && strings.Contains(string(content), "246810") {
			if found++; filepath.Base(path) != "code-7.txt" {
				t.Errorf("the code stands in %s", path)
			}
		}
		return err
	})
	if err != nil || found != 1 {
		t.Fatalf("found in %d files, %v", found, err)
	}
}
