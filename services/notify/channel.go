package notify

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	netmail "net/mail"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lianbang/services/platform/host"
)

// Letter is one mail or text message, ready to send.
type Letter struct {
	ID      string // the same when a delivery is repeated; a channel that can, sends it once
	To      string // e-mail address or phone number
	Name    string
	Subject string
	Text    string
	Link    string // path of the front end, may be empty
	At      time.Time
}

// Channel takes letters to people outside. Send returns when the letter is handed over for good; errRefused means: never again, every
// other error: again later.
type Channel interface {
	Send(ctx context.Context, l Letter) error
}

// fileChannel writes letters into a directory, one file each, named by the letter's id: a repeated letter replaces itself. It is
// what runs where no mail server is configured, and what tests and rehearsals read.
type fileChannel struct {
	dir, extension string
	render         func(Letter) []byte
}

func newFileChannel(dir, extension string, render func(Letter) []byte) (*fileChannel, error) {
	return &fileChannel{dir, extension, render}, os.MkdirAll(dir, 0o700)
}

// Send writes the file under a temporary name first, so that whoever collects the files never meets half of one. The name is the
// letter's own: what a crash leaves half written, the delivery that follows it writes anew.
func (c *fileChannel) Send(_ context.Context, l Letter) error {
	name := strings.ReplaceAll(l.ID, ":", "_") + c.extension
	partial := filepath.Join(c.dir, ".new-"+name)
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(c.render(l))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(partial, filepath.Join(c.dir, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	dir, err := os.Open(c.dir) // the new name must outlast a power cut: after this the letter counts as sent
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// nowhere is the domain of senders where none is configured; no mail can be sent from it (RFC 2606).
const nowhere = "lianbang.invalid"

// sender is the address mail comes from.
func sender(c host.Config) string {
	if c.MailFrom != "" {
		return c.MailFrom
	}
	domain := nowhere
	if u, err := url.Parse(c.PublicURL); err == nil && u.Hostname() != "" {
		domain = u.Hostname()
	}
	return "no-reply@" + domain
}

// mailText renders a letter as an RFC 5322 message from an address. publicURL may be empty; links are then left out. The Message-ID
// is made of the letter's id alone, so that a letter sent twice is known as one.
func mailText(publicURL, from string) func(Letter) []byte {
	_, domain, _ := strings.Cut(from, "@")
	return func(l Letter) []byte {
		var b bytes.Buffer
		header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
		header("Date", l.At.In(shanghai).Format(time.RFC1123Z))
		header("From", (&netmail.Address{Name: "链榜", Address: from}).String())
		header("To", (&netmail.Address{Name: oneLine(l.Name), Address: oneLine(l.To)}).String())
		subject := mime.BEncoding.Encode("utf-8", oneLine(l.Subject))
		header("Subject", strings.ReplaceAll(subject, "?= =?", "?=\r\n =?")) // folded: a line has at most 998 bytes
		header("Message-ID", "<"+strings.ReplaceAll(l.ID, ":", ".")+"@"+domain+">")
		header("MIME-Version", "1.0")
		header("Content-Type", "text/plain; charset=utf-8")
		header("Content-Transfer-Encoding", "base64")
		b.WriteString("\r\n")
		body := base64.StdEncoding.EncodeToString([]byte(l.Text + linkLine(publicURL, l.Link) + "\n"))
		for ; len(body) > 76; body = body[76:] {
			b.WriteString(body[:76] + "\r\n")
		}
		b.WriteString(body + "\r\n")
		return b.Bytes()
	}
}

// smsText renders a letter as the text of one message, with its number on the first line.
func smsText(publicURL string) func(Letter) []byte {
	return func(l Letter) []byte { return []byte(oneLine(l.To) + "\n" + smsLine(publicURL, l) + "\n") }
}

// smsLine is what the receiver reads. The link comes last and after a space, so that phones make it one to tap.
func smsLine(publicURL string, l Letter) string {
	return strings.TrimSpace("【链榜】" + oneLine(l.Subject) + "。" + oneLine(l.Text) + " " + oneLine(linkLine(publicURL, l.Link)))
}

func linkLine(publicURL, link string) string {
	if publicURL == "" || link == "" {
		return ""
	}
	return "\n\n" + strings.TrimSuffix(publicURL, "/") + link
}

// oneLine keeps a value from beginning a header or a line of its own.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
