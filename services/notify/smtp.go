package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/host"
)

// mailServer submits letters to a mail server, one connection a letter. The connection is always encrypted and the server's
// certificate always checked: letters hold names, and the password goes over it.
//
// A letter may come twice when the process dies between the server's answer and our note of it, or the answer is lost. Both copies then
// carry one Message-ID, by which the receiving side knows them as one.
type mailServer struct {
	address  string // host:port
	implicit bool   // TLS from the first byte (RFC 8314); otherwise STARTTLS, and nothing is said before it
	tls      *tls.Config
	user     string // empty: no sign-in
	password string
	from     string // envelope sender
	render   func(Letter) []byte
}

// errRefused says that a letter will never be taken, however often it is sent.
var errRefused = errors.New("the address is refused for good")

// smtpTimeout is for a whole letter, unless the caller's context ends sooner.
const smtpTimeout = 25 * time.Second

// newMailServer reads the configuration. It does not connect: a mail server that is away must not keep the service from starting.
func newMailServer(c host.Config) (*mailServer, error) {
	u, err := url.Parse(c.SMTP)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("LIANBANG_SMTP: smtp://host:587 or smtps://host:465; user and password are settings of their own")
	}
	m := &mailServer{implicit: u.Scheme == "smtps", user: c.SMTPUser, password: c.SMTPPassword, tls: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	port := u.Port()
	if port == "" {
		port = "587"
		if m.implicit {
			port = "465"
		}
	}
	m.address = net.JoinHostPort(u.Hostname(), port)
	from, err := netmail.ParseAddress(sender(c))
	if err != nil || strings.HasSuffix(from.Address, "@"+nowhere) {
		return nil, errors.New("LIANBANG_MAIL_FROM: mail needs a sender's address; without one, LIANBANG_PUBLIC_URL gives its domain")
	}
	m.from, m.render = from.Address, mailText(c.PublicURL, from.Address)
	if c.SMTPCA != "" {
		pem, err := os.ReadFile(c.SMTPCA)
		if err != nil {
			return nil, fmt.Errorf("LIANBANG_SMTP_CA: %w", err)
		}
		m.tls.RootCAs = x509.NewCertPool()
		if !m.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("LIANBANG_SMTP_CA: there is no certificate in the file")
		}
	}
	return m, nil
}

// Send returns once the server has taken the letter (its answer to the end of DATA). errRefused: the server does not know the
// address; every other error means: again later.
func (m *mailServer) Send(ctx context.Context, l Letter) error {
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	client, err := m.connect(ctx)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Mail(m.from); err != nil {
		return fmt.Errorf("mail server: sender: %w", err)
	}
	if err := client.Rcpt(oneLine(l.To)); err != nil {
		if unknownAddress(err) {
			return errRefused
		}
		return fmt.Errorf("mail server: recipient: %w", err)
	}
	w, err := client.Data()
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	if _, err := w.Write(m.render(l)); err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	_ = client.Quit() // the letter is theirs; how the farewell goes changes nothing
	return nil
}

// connect gives a connection that is encrypted and signed in. It ends with the context.
func (m *mailServer) connect(ctx context.Context) (_ *smtp.Client, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", m.address)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // the caller stops sooner
	if m.implicit {
		conn = tls.Client(conn, m.tls)
	}
	client, err := smtp.NewClient(conn, m.tls.ServerName)
	if err != nil {
		return nil, err
	}
	if !m.implicit {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, errors.New("it does not offer STARTTLS, and nothing is sent in the clear")
		}
		if err := client.StartTLS(m.tls); err != nil {
			return nil, err
		}
	}
	if m.user == "" {
		return client, nil
	}
	_, offered := client.Extension("AUTH")
	ways := strings.Fields(offered)
	switch {
	case slices.Contains(ways, "PLAIN"):
		err = client.Auth(smtp.PlainAuth("", m.user, m.password, m.tls.ServerName))
	case slices.Contains(ways, "LOGIN"):
		err = client.Auth(&loginAuth{m.user, m.password})
	default:
		err = errors.New("it offers neither AUTH PLAIN nor AUTH LOGIN")
	}
	return client, err
}

// loginAuth is AUTH LOGIN, which some servers have alone: the server asks for the user, then for the password.
type loginAuth struct{ user, password string }

// Start begins; net/smtp has checked nothing for us, but we only come here over TLS.
func (a *loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }

// Next answers a question.
func (a *loginAuth) Next(question []byte, more bool) ([]byte, error) {
	switch asked := strings.ToLower(string(question)); {
	case !more:
		return nil, nil
	case strings.HasPrefix(asked, "user"):
		return []byte(a.user), nil
	case strings.HasPrefix(asked, "pass"):
		return []byte(a.password), nil
	default:
		return nil, fmt.Errorf("AUTH LOGIN asks for %q", question)
	}
}

// unknownAddress reports whether a refusal is about the recipient's address itself (RFC 3463: 5.1.1 to 5.1.3, 5.1.6, 5.1.10). A refusal
// without such a code may as well be about us (no relaying, a full mailbox), so it is tried again and in the end shown to an operator.
func unknownAddress(err error) bool {
	var answer *textproto.Error
	if !errors.As(err, &answer) || answer.Code < 500 {
		return false
	}
	code, _, _ := strings.Cut(answer.Msg, " ")
	return slices.Contains([]string{"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}, code)
}
