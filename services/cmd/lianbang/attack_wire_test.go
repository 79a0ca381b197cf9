package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// theWire: what is no proper request is refused, breaks nothing and writes nothing of its own into the log.
func theWire(t *testing.T, s *siege) {
	address := strings.TrimPrefix(s.origin, "http://")
	// send writes bytes as they are and gives the status of the answer; 0 when the connection was closed without one.
	send := func(text string) int {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		_ = connection.SetDeadline(time.Now().Add(45 * time.Second))
		_, _ = connection.Write([]byte(text)) // it may be closed under our hands
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			return 0
		}
		_ = answer.Body.Close()
		if answer.Header.Get("X-Injected") != "" || strings.Contains(answer.Header.Get("Set-Cookie"), "injected") {
			t.Errorf("%.60q brought a header of its own: %v", text, answer.Header)
		}
		return answer.StatusCode
	}
	const line, end = "GET /api/v1/reference HTTP/1.1\r\nHost: x\r\n", "\r\n"
	if status := send(line + end); status != http.StatusOK {
		t.Fatalf("a proper request: %d", status)
	}
	forged := `{\"level\":\"INFO\",\"msg\":\"forged\"}`
	for name, text := range map[string]string{
		"a header too long":          line + "X-Long: " + strings.Repeat("x", 64<<10) + "\r\n" + end,
		"too many headers":           line + strings.Repeat("X-Many: 1\r\n", 20_000) + end,
		"an address too long":        "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a query too long":           "GET /api/v1/search?q=" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body beyond all":          "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000000000000000000\r\n\r\n{",
		"a large body announced":     "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 33554432\r\n\r\n{",
		"a negative length":          "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}",
		"a chunk of no size":         "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
		"a chunk beyond all":         "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n",
		"another language":           "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"no method":                  " / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a break in a header":        line + "X-Request-ID: aaaaaaaa\rX-Injected: 1\r\n" + end,
		"a method nobody knows":      "BREW /api/v1/reference HTTP/1.1\r\nHost: x\r\n\r\n",
		"a way through":              "CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body in another language": "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
	} {
		if status := send(text); status >= 500 || status > 0 && status < 400 && name != "a break in a header" {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, text := range []string{
		"GET /api/v1/reference HTTP/1.1\r\nHost: x\r\nUser-Agent: x\"}\n" + forged + "\r\n\r\n",
		"GET /api/v1/demands/%0d%0a" + url.PathEscape(forged) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v1/demands/x%0d%0aX-Injected:%201 HTTP/1.1\r\nHost: x\r\n\r\n",
		line + "X-Request-ID: aaaaaaaa\n" + forged + "\r\n" + end,
		line + "Idempotency-Key: x\"," + forged + "\r\n" + end,
		"GET http://elsewhere.example/internal/v1/operators HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
	} {
		if status := send(text); status >= 500 {
			t.Errorf("%.60q: %d", text, status)
		}
	}
	for _, record := range strings.Split(strings.TrimSpace(s.log.String()), "\n") {
		var entry obj
		if json.Unmarshal([]byte(record), &entry) != nil || entry.str("msg") == "forged" {
			t.Errorf("a line of the log is not ours: %.300s", record)
		}
	}
	for name, body := range map[string]string{
		"a thousand levels":  `{"title":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `,"kind":"rnd"}`,
		"half a million":     strings.Repeat(`[`, 500_000),
		"a name twice":       `{"title":"a","kind":"rnd","title":"b"}`,
		"a name in capitals": `{"title":"a","kind":"rnd","Title":"` + strings.Repeat("长", 200) + `"}`,
		"a number too large": `{"title":"a","kind":"rnd","budgetFen":1e400}`,
		"beyond an integer":  `{"title":"a","kind":"rnd","budgetFen":9223372036854775808}`,
		"a fraction":         `{"title":"a","kind":"rnd","budgetFen":0.5}`,
		"no text at all":     "{\"title\":\"a\xff\xfe\",\"kind\":\"rnd\"}",
		"a mark in front":    "\ufeff" + `{"title":"a","kind":"rnd"}`,
		"more behind":        `{"title":"a","kind":"rnd"} x`,
	} {
		if got := s.ask(s.leader, "POST", "/api/v1/demands", "application/json", []byte(body)); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %.200s", name, got.status, got.body)
		}
	}
	slowCallers(t, s, address)
}

// slowCallers: hundreds who never finish their sentence keep nobody else waiting.
func slowCallers(t *testing.T, s *siege, address string) {
	var open []net.Conn
	defer func() {
		for _, c := range open {
			_ = c.Close()
		}
	}()
	for i := range 400 {
		connection, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 200, byte(1+i%200))}}).Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, connection)
		begin := "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: "
		if i%2 == 0 {
			begin = "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
		}
		if _, err := connection.Write([]byte(begin)); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for range 10 {
		if got := s.ask(s.guest(), "GET", "/api/v1/reference", "", nil); got.status != http.StatusOK {
			t.Errorf("beside 400 slow callers: %d", got.status)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("beside 400 slow callers ten requests took %v", took)
	}
}

// hostileFiles: a file is what its content says and is called what is safe; what is no kind of ours is not kept; nothing is written
// anywhere but where attachments live; and no browser opens what it is given.
func hostileFiles(t *testing.T, s *siege) {
	outside := listing(t, filepath.Dir(s.data), s.data)
	draft := s.leader.send("POST", "/api/v1/demands", s.terms("带附件的需求"))
	places := []string{"/api/v1/demands/" + draft.str("id") + "/attachments", "/api/v1/organisations/" + s.orgID(s.leader) + "/evidence"}
	upload := func(place, disposition string, content []byte) answer {
		var b bytes.Buffer
		form := multipart.NewWriter(&b)
		part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {"application/pdf"}})
		if err == nil {
			_, err = part.Write(content)
		}
		if err == nil {
			err = form.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return s.ask(s.leader, "POST", place, form.FormDataContentType(), b.Bytes())
	}
	for _, name := range []string{"../../../../etc/cron.d/evil.pdf", `..\\..\\evil.pdf`, "/etc/passwd", "a\x00.pdf.exe", "发票\u202efdp.exe", strings.Repeat("长", 2000) + ".pdf", "CON.pdf",
		`<img src=x onerror=alert(1)>.pdf`, "....//....//evil.pdf", "%2e%2e%2fevil.pdf", "\uff0e\uff0e\uff0fevil.pdf", ".htaccess", "~", "$(id).pdf"} {
		got := upload(places[0], `form-data; name="file"; filename="`+strings.ReplaceAll(name, `"`, "")+`"`, onePDF)
		if got.status == http.StatusUnprocessableEntity { // a name no form may hold
			continue
		}
		var file obj
		if err := json.Unmarshal([]byte(got.body), &file); err != nil || got.status != http.StatusCreated {
			t.Errorf("%.30q: %d %s", name, got.status, got.body)
			continue
		}
		if kept := file.str("name"); kept == "" || strings.ContainsAny(kept, "/\\<>\x00\u202e") || !strings.HasSuffix(kept, ".pdf") || len(kept) > 255 {
			t.Errorf("%.30q is kept as %q", name, kept)
		}
		at := places[0] + "/" + file.str("id")
		back := s.ask(s.leader, "GET", at, "", nil)
		h := back.raw.Header
		if back.status != http.StatusOK || back.body != string(onePDF) || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Content-Type") != "application/octet-stream" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%.30q comes back as %d %v", name, back.status, h)
		}
		s.leader.send("DELETE", at, nil)
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for name, content := range map[string]string{
		"a program called a paper": "MZ\x90\x00" + strings.Repeat("x", 500), "an ELF": "\x7fELF\x02\x01\x01", "a script": "#!/bin/sh\nid\n", "a drawing with a script": svg, "xml": `<?xml version="1.0"?>` + svg,
		"a page": "<!doctype html><script>alert(1)</script>", "a paper that is a page": "%PDF-1.4\n<html><script>alert(1)</script></html>\n%%EOF\n", "a paper that is an archive": string(onePDF) + "PK\x05\x06" + strings.Repeat("\x00", 18),
		"half a paper": "%PDF-1.4\n", "an archive": "PK\x03\x04" + strings.Repeat("\x00", 60), "words": "只是文字", "a picture cut short": "\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "a moving picture": "GIF89a" + strings.Repeat("\x00", 30),
	} {
		for _, place := range places {
			if got := upload(place, `form-data; name="file"; filename="合同.pdf"`, []byte(content)); got.status != http.StatusUnsupportedMediaType {
				t.Errorf("%s at %s: %d %s", name, place, got.status, got.body)
			}
		}
	}
	for name, body := range map[string]string{
		"no end":           "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.4",
		"no beginning":     "--x--\r\n",
		"a thousand parts": strings.Repeat("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n", 1000) + "--x--\r\n",
		"endless headers":  "--x\r\n" + strings.Repeat("X-Many: 1\r\n", 20_000) + "\r\n\r\n--x--\r\n",
	} {
		if got := s.ask(s.leader, "POST", places[0], "multipart/form-data; boundary=x", []byte(body)); got.status < 400 || got.status >= 500 {
			t.Errorf("a form with %s: %d %s", name, got.status, got.body)
		}
	}
	if now := listing(t, filepath.Dir(s.data), s.data); now != outside {
		t.Errorf("something was written outside the data directory:\n%s\n%s", outside, now)
	}
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err == nil && (strings.Contains(d.Name(), "evil") || strings.Contains(d.Name(), "passwd") || strings.Contains(d.Name(), "htaccess")) {
			t.Errorf("a name from outside became a file: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// listing names all below a directory, but for what is below except.
func listing(t *testing.T, dir, except string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if path == except {
			return fs.SkipDir
		}
		fmt.Fprintln(&all, path)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all.String()
}
