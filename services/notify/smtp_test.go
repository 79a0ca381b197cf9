package notify

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	"net/http"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"lianbang/services/notify/api"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

// postOffice is a real mail server on a loopback port, with a user that must sign in.
type postOffice struct {
	url, ca string
	ways    []string // of signing in that it offers
	// faults are what it answers to the next letters instead of taking them; errLost takes the letter and hangs up.
	mu      sync.Mutex
	faults  []error
	letters []received
	clear   int // commands that carried something before the connection was encrypted
}

type received struct{ from, to, body string }

var errLost = errors.New("the line goes dead after the letter was taken")

// openPostOffice starts one; implicit is TLS from the first byte, otherwise STARTTLS is offered when tls is set.
func openPostOffice(t *testing.T, implicit, encrypted bool, ways ...string) *postOffice {
	t.Helper()
	o := &postOffice{ways: ways, ca: filepath.Join(t.TempDir(), "ca.pem")}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &counter{o: o, conn: c}, nil }))
	server.Domain, server.ReadTimeout, server.WriteTimeout = "mail.test", time.Minute, time.Minute
	server.ErrorLog = quietLog{}
	certificate := selfSigned(t, o.ca)
	if encrypted {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "smtp"
	if implicit {
		scheme, l = "smtps", tls.NewListener(l, server.TLSConfig)
	}
	o.url = fmt.Sprintf("%s://localhost:%d", scheme, l.Addr().(*net.TCPAddr).Port)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	return o
}

type quietLog struct{}

func (quietLog) Printf(string, ...any) {}
func (quietLog) Println(...any)        {}

// counter is one connection.
type counter struct {
	o        *postOffice
	conn     *smtp.Conn
	in       bool
	from, to string
}

func (c *counter) AuthMechanisms() []string {
	if _, secret := c.conn.TLSConnectionState(); !secret {
		return nil
	}
	return c.o.ways
}

func (c *counter) Auth(way string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "lianbang" || password != "口令 secret" {
			return smtp.ErrAuthFailed
		}
		c.in = true
		return nil
	}
	if way == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return &loginServer{check: check}, nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if _, secret := c.conn.TLSConnectionState(); !secret {
		c.o.mu.Lock()
		c.o.clear++
		c.o.mu.Unlock()
	}
	if !c.in && len(c.o.ways) > 0 {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	if strings.HasPrefix(to, "elsewhere@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relaying denied"}
	}
	c.to = to
	return nil
}

func (c *counter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	c.o.mu.Lock()
	defer c.o.mu.Unlock()
	var fault error
	if len(c.o.faults) > 0 {
		fault, c.o.faults = c.o.faults[0], c.o.faults[1:]
	}
	if fault == nil || errors.Is(fault, errLost) {
		c.o.letters = append(c.o.letters, received{c.from, c.to, string(b)})
	}
	if errors.Is(fault, errLost) {
		_ = c.conn.Conn().Close()
	}
	return fault
}

func (*counter) Reset()        {}
func (*counter) Logout() error { return nil }

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	check func(user, password string) error
	user  *string
}

func (l *loginServer) Next(answer []byte) (question []byte, done bool, err error) {
	switch {
	case answer == nil:
		return []byte("Username:"), false, nil
	case l.user == nil:
		user := string(answer)
		l.user = &user
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check(*l.user, string(answer))
	}
}

func (o *postOffice) got() []received {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]received{}, o.letters...)
}

func (o *postOffice) config() host.Config {
	return host.Config{SMTP: o.url, SMTPUser: "lianbang", SMTPPassword: "口令 secret", SMTPCA: o.ca, MailFrom: "notice@lb.example.cn", PublicURL: "https://lb.example.cn"}
}

// selfSigned makes a certificate for localhost and writes it where a client can be told to trust it.
func selfSigned(t *testing.T, path string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestMailGoesToTheConfiguredServer sends through the whole service: the server is first out of order, then takes the letter and hangs
// up before saying so; what it has in the end is the letter twice under one Message-ID, and the service knows it as sent.
func TestMailGoesToTheConfiguredServer(t *testing.T) {
	o := openPostOffice(t, false, true, sasl.Plain)
	o.faults = []error{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}, errLost}
	e := resttest.Env(t, "notify")
	c := o.config()
	c.Data, c.Target = e.Config.Data, e.Config.Target
	e.Config = c
	b := startIn(t, e)
	b.people.people["wang"] = reachable{ID: "wang", Name: "王工", Email: "wang@example.com"}
	title := "高强铝合金一体化压铸件热处理变形控制" + strings.Repeat("与在线检测", 12)
	b.tell("e1", "bid.won", `{"recipients":[{"userId":"wang"}],"params":{"title":"`+title+`"},"link":"/demands/d1"}`).Want(http.StatusNoContent)
	resttest.Eventually(t, func() error {
		b.env.Clock.Advance(time.Minute) // the pauses between tries are the product's time
		var list struct{ Items []api.Outgoing }
		if b.user(city).Get("/api/v1/outgoing?state=sent").Want(http.StatusOK).Into(&list); len(list.Items) != 1 {
			return fmt.Errorf("sent: %+v, received %d", list.Items, len(o.got()))
		}
		return nil
	})
	letters := o.got()
	if len(letters) != 2 {
		t.Fatalf("%d letters came", len(letters))
	}
	ids := map[string]bool{}
	for _, l := range letters {
		for line := range strings.SplitSeq(l.body, "\r\n") {
			if len(line) > 998 {
				t.Errorf("a line has %d bytes", len(line))
			}
		}
		m, err := netmail.ReadMessage(strings.NewReader(l.body))
		if err != nil {
			t.Fatal(err)
		}
		ids[m.Header.Get("Message-ID")] = true
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "中榜了："+title {
			t.Errorf("the subject reads %q, %v", subject, err)
		}
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != "王工" || to[0].Address != "wang@example.com" || l.to != "wang@example.com" || l.from != "notice@lb.example.cn" {
			t.Errorf("from %s to %s, %v, %v", l.from, l.to, to, err)
		}
		text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
		if err != nil || !strings.Contains(string(text), "公示无异议后可以签约") || !strings.Contains(string(text), "https://lb.example.cn/demands/d1") {
			t.Errorf("the text reads %q, %v", text, err)
		}
	}
	if len(ids) != 1 || !ids["<e1.wang.mail@lb.example.cn>"] {
		t.Errorf("the Message-IDs are %v", ids)
	}
}

func TestAnUnknownAddressIsDroppedWithItsReason(t *testing.T) {
	o := openPostOffice(t, true, true, sasl.Login)
	e := resttest.Env(t, "notify")
	c := o.config()
	c.Data, c.Target = e.Config.Data, e.Config.Target
	e.Config = c
	b := startIn(t, e)
	b.people.people["wang"] = reachable{ID: "wang", Name: "王工", Email: "nobody@example.com"}
	b.tell("e1", "bid.won", `{"recipients":[{"userId":"wang"}],"params":{"title":"T"}}`).Want(http.StatusNoContent)
	resttest.Eventually(t, func() error {
		var list struct{ Items []api.Outgoing }
		if b.user(city).Get("/api/v1/outgoing?state=dropped").Want(http.StatusOK).Into(&list); len(list.Items) != 1 || list.Items[0].Reason != "address refused" {
			return fmt.Errorf("dropped: %+v", list.Items)
		}
		return nil
	})
}

func TestMailServerWays(t *testing.T) {
	letter := Letter{ID: "e:u:mail", To: "wang@example.com", Name: "王工", Subject: "题", Text: ".一行以点开头\n.\n末行", At: time.UnixMilli(1_772_000_000_000)}
	for name, c := range map[string]struct {
		implicit, encrypted bool
		way                 string
		change              func(*host.Config)
		want                string // part of the error; empty for success
	}{
		"STARTTLS, PLAIN":           {false, true, sasl.Plain, nil, ""},
		"STARTTLS, LOGIN":           {false, true, sasl.Login, nil, ""},
		"TLS, PLAIN":                {true, true, sasl.Plain, nil, ""},
		"TLS, LOGIN":                {true, true, sasl.Login, nil, ""},
		"no encryption":             {false, false, sasl.Plain, nil, "STARTTLS"},
		"a stranger's certificate":  {true, true, sasl.Plain, func(c *host.Config) { c.SMTPCA = "" }, "certificate"},
		"a wrong password":          {false, true, sasl.Plain, func(c *host.Config) { c.SMTPPassword = "x" }, "535"},
		"a wrong password at LOGIN": {false, true, sasl.Login, func(c *host.Config) { c.SMTPPassword = "x" }, "535"},
	} {
		t.Run(name, func(t *testing.T) {
			o := openPostOffice(t, c.implicit, c.encrypted, c.way)
			config := o.config()
			if c.change != nil {
				c.change(&config)
			}
			m, err := newMailServer(config)
			if err != nil {
				t.Fatal(err)
			}
			err = m.Send(t.Context(), letter)
			if c.want == "" && (err != nil || len(o.got()) != 1) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || len(o.got()) != 0) {
				t.Errorf("%v, %d letters", err, len(o.got()))
			}
			if o.clear > 0 {
				t.Error("something was said in the clear")
			}
			relay := letter
			relay.To = "elsewhere@example.com" // the server does not like us: no fault of the address
			if err := m.Send(t.Context(), relay); err == nil || errors.Is(err, errRefused) {
				t.Errorf("a refusal of ours counts as %v", err)
			}
		})
	}
}

// TestASilentMailServerIsGivenUp connects to a port where nobody speaks.
func TestASilentMailServerIsGivenUp(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	m, err := newMailServer(host.Config{SMTP: fmt.Sprintf("smtp://localhost:%d", l.Addr().(*net.TCPAddr).Port), MailFrom: "a@example.cn"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := m.Send(ctx, Letter{To: "b@example.cn"}); err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestMailSettingsAreChecked(t *testing.T) {
	for _, c := range []host.Config{
		{SMTP: "mail.example.cn:587", MailFrom: "a@b.cn"}, {SMTP: "http://mail.example.cn", MailFrom: "a@b.cn"}, {SMTP: "smtp://u:p@mail.example.cn", MailFrom: "a@b.cn"},
		{SMTP: "smtp://mail.example.cn"}, {SMTP: "smtp://mail.example.cn", MailFrom: "nobody"}, {SMTP: "smtp://mail.example.cn", MailFrom: "a@b.cn", SMTPCA: "/none"},
	} {
		if _, err := newMailServer(c); err == nil || !strings.Contains(err.Error(), "LIANBANG_") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	m, err := newMailServer(host.Config{SMTP: "smtps://mail.example.cn", PublicURL: "https://lb.example.cn/"})
	if err != nil || m.address != "mail.example.cn:465" || m.from != "no-reply@lb.example.cn" {
		t.Errorf("%+v, %v", m, err)
	}
}
