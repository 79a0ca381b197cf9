package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestLogsHoldNothingPersonal runs the main job with everything logged, at debug, and looks for what must not be there: secrets, what
// identifies a person, what is sealed. Every line is one JSON object, whatever a caller sent.
func TestLogsHoldNothingPersonal(t *testing.T) {
	kept := &journal{}
	w := newLoggedWorld(t, slog.New(slog.NewJSONHandler(kept, &slog.HandlerOptions{Level: slog.LevelDebug})))
	w.few = true
	journey(w, func() {})

	// What the journey leaves out: a browser's session, a code by invitation, a mail address, and mistakes with all of them.
	secrets := map[string]string{"password": "a-good-password", "phone": "1380000", "contact's phone": "13800000001", "contact": "沈工",
		"sealed plan": "单侧补偿绝密方案", "winner's plan": "双丝杠对称预紧", "price": "71000000", "other price": "96000000", "reason for a bid": "热误差模型缺少验证数据",
		"header": "Bearer ", "header's name": "uthorization", "cookie's name": refreshName, "another password": "wrong-password-1", "mail": "anna@example.com"}
	operator := w.operator()
	owner := w.organisation(operator, "档案", "91330200MA2JXURN05", "sme")
	org := owner.get("/api/v1/me").obj("organisation").str("orgId")
	secrets["invitation"] = owner.send("POST", "/api/v1/organisations/"+org+"/invitations", obj{"phone": "13900000001", "name": "受邀人", "role": "member"}).str("code")
	secrets["invited phone"], secrets["invited name"] = "13900000001", "受邀人"
	owner.edit("/api/v1/me", owner.get("/api/v1/me").obj("user").num("rev"), obj{"name": "安娜·测试", "email": "anna@example.com"})
	secrets["person's name"] = "安娜·测试"
	for body, want := range map[string]int{`{"login":"` + owner.phone + `","password":"a-good-password"}`: http.StatusOK,
		`{"login":"` + owner.phone + `","password":"wrong-password-1"}`: http.StatusUnauthorized, `{"login":"anna@example.com`: http.StatusUnprocessableEntity} {
		answer, err := w.client.Post(w.origin+"/api/v1/auth/sign-in", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("sign-in answers %d, not %d", answer.StatusCode, want)
		}
		for _, c := range answer.Cookies() {
			secrets["cookie"] = c.Value
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.origin+"/api/v1/auth/refresh", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.AddCookie(c)
			if status, body := ask(t, r); status != http.StatusOK {
				t.Errorf("refresh: %d %s", status, body)
			}
		}
	}
	(&person{w: w, token: "eyJ.not.a-token"}).try("GET", "/api/v1/me", nil)
	w.guest().try("GET", "/api/v1/search?q="+owner.phone, nil)
	owner.get("/api/v1/me") // with its own token
	secrets["token"] = owner.token
	w.stop()

	text := kept.String()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	requests := 0
	for _, line := range lines {
		var entry struct{ Msg, Op string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("not a JSON line: %s", line)
		}
		if entry.Msg == "request" && entry.Op != "" {
			requests++
		}
	}
	if requests < 100 || !strings.Contains(text, `"op":"signIn"`) {
		t.Fatalf("only %d requests were logged", requests)
	}
	for what, secret := range secrets {
		if secret == "" {
			t.Errorf("there was no %s", what)
			continue
		}
		if at := strings.Index(text, secret); at >= 0 {
			begin := strings.LastIndexByte(text[:at], '\n') + 1
			t.Errorf("%s is in the log: %.400s", what, text[begin:])
		}
	}
	if found := regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}`).FindString(text); found != "" {
		t.Errorf("a token is in the log: %s", found)
	}
	t.Logf("%d lines, %d requests", len(lines), requests)
}

const refreshName = "lb_refresh"
