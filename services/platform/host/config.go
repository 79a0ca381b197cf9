// Package host runs services: it reads the configuration, owns the data directory, the clock and the secrets, starts modules in
// the order they need each other, keeps their background jobs alive and stops everything cleanly. It knows no domain noun.
package host

import (
	"encoding/base64"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Config is everything that can be set, by flag or by environment variable (-search-url is LIANBANG_SEARCH_URL). A flag wins. An
// unknown LIANBANG_ variable is refused, so that a misspelt one cannot be silently without effect.
type Config struct {
	Target         string `name:"target" default:"all" help:"what this process runs: all, gateway, engine, or one service by name"`
	Addr           string `name:"addr" default:"127.0.0.1:8080" help:"address to listen on"`
	MetricsAddr    string `name:"metrics-addr" help:"address for Prometheus metrics; none when empty"`
	Traces         string `name:"traces" help:"OpenTelemetry collector that traces are sent to (OTLP over HTTP: http://host:4318); none when empty"`
	TraceShare     string `name:"trace-share" default:"1" help:"share of the requests that are traced, 0 to 1"`
	Data           string `name:"data" default:"data" help:"directory for the embedded engines, attachments and generated secrets"`
	Store          string `name:"store" help:"MongoDB address (mongodb://host/name?…), one database per service, name_account and so on (lianbang_account without a name); embedded SQLite in the data directory when empty"`
	S3             string `name:"s3" help:"S3-compatible storage for attachments: https://host/bucket; the data directory when empty"`
	S3Region       string `name:"s3-region" default:"us-east-1" help:"the storage's region"`
	S3KeyID        string `name:"s3-key-id" help:"access key id for the storage"`
	S3Secret       string `name:"s3-secret" secret:"true" help:"secret access key for the storage"`
	Peers          string `name:"peers" help:"where other processes run our services: account=host:port,demand=host:port,…; a name with several replicas stands once for each"`
	SearchURL      string `name:"search-url" help:"address of a Meilisearch server; with target all, the embedded one when empty"`
	SearchKey      string `name:"search-key" secret:"true" help:"the search server's API key"`
	InternalKey    string `name:"internal-key" secret:"true" help:"32 bytes in base64 our services sign calls to each other with; made once with target all"`
	TokenKey       string `name:"token-key" secret:"true" help:"32 bytes in base64 access tokens are signed with; made once with target all"`
	NextKey        string `name:"next-token-key" secret:"true" help:"the token key that will sign next: published now, so that every service knows it before it does"`
	PreviousKey    string `name:"previous-token-key" secret:"true" help:"the token key that signed before: still published, until its last token has run out"`
	SealKey        string `name:"seal-key" secret:"true" help:"32 bytes in base64 that keep sealed bids unreadable at rest; made once with target all. Lost, sealed bids are lost with it: keep a copy apart from data and backups"`
	PreviousSeal   string `name:"previous-seal-key" secret:"true" help:"the seal key before this one, while it is changed: what it protects is protected by the new one at start"`
	LostSeal       string `name:"lost-seal-key" help:"id of a seal key that is lost for good: start without the bids it protected"`
	PublicURL      string `name:"public-url" help:"address people reach the product at, for links in mail and the sitemap"`
	MailDir        string `name:"mail-dir" help:"directory mail and text messages are written to; the data directory's outgoing/ when empty"`
	SMTP           string `name:"smtp" help:"mail server: smtp://host:587 (STARTTLS, never in the clear) or smtps://host:465; mail is written to files when empty"`
	SMTPUser       string `name:"smtp-user" help:"user to sign in to the mail server as; none when empty"`
	SMTPPassword   string `name:"smtp-password" secret:"true" help:"that user's password"`
	SMTPCA         string `name:"smtp-ca" help:"PEM file of the authority that signed the mail server's certificate; the system's authorities when empty"`
	MailFrom       string `name:"mail-from" help:"address mail is sent from; no-reply@ the host of the public URL when empty"`
	SMS            string `name:"sms" help:"gateway for text messages: https://host/path, one signed POST each (services/notify/smsgateway.go); messages are written to files when empty"`
	SMSKey         string `name:"sms-key" secret:"true" help:"key the messages to that gateway are signed with"`
	SMSPerHour     string `name:"sms-codes-per-hour" default:"600" help:"sign-in codes the whole product sends an hour at most, and 24 times that a day (待核)"`
	OIDCIssuer     string `name:"oidc-issuer" help:"identity provider people can sign in with (OpenID Connect), as it names itself; none when empty"`
	OIDCClient     string `name:"oidc-client" help:"our client id there; it sends people back to <public-url>/sign-in/return"`
	OIDCSecretFile string `name:"oidc-secret-file" help:"file with our client secret there"`
	OIDCName       string `name:"oidc-name" help:"the provider's name on the sign-in page"`
	City           string `name:"city" help:"JSON file with a city's lists, calendar and rules, which account reads into an empty database; the invented pilot city when empty"`
	SignUpCode     bool   `name:"sign-up-code" default:"true" help:"signing up takes a code sent to the number, so that nobody takes another's or learns whether it is known; false only for rehearsals (a demo does not ask either)"`
	Demo           bool   `name:"demo" help:"fill an empty data directory with invented demo content"`
	Sandbox        bool   `name:"sandbox" help:"let anybody move the clock of a demo directory forward, for rehearsals and tests; never of a real one"`
	LogLevel       string `name:"log-level" default:"info" help:"debug, info, warn or error"`
	TrustProxy     bool   `name:"trust-proxy" help:"believe X-Forwarded-For: only behind a reverse proxy that sets it"`
}

// ParseConfig reads flags and environment ("NAME=value" lines as os.Environ gives them).
func ParseConfig(args, environ []string) (Config, error) {
	var c Config
	fs := flag.NewFlagSet("lianbang", flag.ContinueOnError)
	fs.SetOutput(os.Stderr)
	known := map[string]*flag.Flag{}
	for _, s := range c.settings() {
		switch p := s.value.(type) {
		case *string:
			fs.StringVar(p, s.name, s.def, s.help)
		case *bool:
			fs.BoolVar(p, s.name, s.def == "true", s.help)
		}
		known[s.env()] = fs.Lookup(s.name)
	}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "LIANBANG_") || strings.HasPrefix(name, "LIANBANG_TEST_") || name == "LIANBANG_PROVE" {
			continue
		}
		f, ok := known[name]
		if !ok {
			return c, fmt.Errorf("unknown setting %s; lianbang -h lists the settings", name)
		}
		if err := f.Value.Set(value); err != nil {
			return c, fmt.Errorf("%s: %q is not a value for it", name, value)
		}
	}
	if err := fs.Parse(args); err != nil {
		return c, err
	}
	if fs.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return c, c.check()
}

func (c *Config) check() error {
	if _, err := c.PeerAddresses(); err != nil {
		return err
	}
	for _, need := range []struct {
		env, value string
		by         []string // targets; nil for all single services
	}{
		{"LIANBANG_INTERNAL_KEY", c.InternalKey, nil},
		{"LIANBANG_TOKEN_KEY", c.TokenKey, []string{"account"}},
		{"LIANBANG_SEAL_KEY", c.SealKey, []string{"demand"}},
		{"LIANBANG_SEARCH_URL", c.SearchURL, []string{"search"}},
		{"LIANBANG_SEARCH_KEY", c.SearchKey, []string{"engine"}},
	} {
		asked := need.by == nil && c.Target != "all" && c.Target != "engine" || slices.Contains(need.by, c.Target)
		if asked && need.value == "" {
			return fmt.Errorf("%s has no default outside target all", need.env)
		}
	}
	for _, s := range []struct{ env, value string }{{"LIANBANG_INTERNAL_KEY", c.InternalKey}, {"LIANBANG_TOKEN_KEY", c.TokenKey}, {"LIANBANG_NEXT_TOKEN_KEY", c.NextKey},
		{"LIANBANG_PREVIOUS_TOKEN_KEY", c.PreviousKey}, {"LIANBANG_SEAL_KEY", c.SealKey}, {"LIANBANG_PREVIOUS_SEAL_KEY", c.PreviousSeal}} {
		if s.value == "" {
			continue
		}
		if seed, err := base64.StdEncoding.DecodeString(s.value); err != nil || len(seed) != 32 {
			return fmt.Errorf("%s must be 32 bytes in base64 (openssl rand -base64 32)", s.env)
		}
	}
	if share, err := strconv.ParseFloat(c.TraceShare, 64); c.Traces != "" && (err != nil || math.IsNaN(share) || share < 0 || share > 1) {
		return fmt.Errorf("LIANBANG_TRACE_SHARE: %q is not a share between 0 and 1", c.TraceShare)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return fmt.Errorf("LIANBANG_LOG_LEVEL: %q is not debug, info, warn or error", c.LogLevel)
	}
	return nil
}

// SMSHourly reads SMSPerHour; 600 where no configuration was parsed.
func (c *Config) SMSHourly() (int64, error) {
	if c.SMSPerHour == "" {
		return 600, nil
	}
	n, err := strconv.ParseInt(c.SMSPerHour, 10, 64)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("LIANBANG_SMS_CODES_PER_HOUR: %q is not a number of messages", c.SMSPerHour)
	}
	return n, nil
}

// PeerAddresses reads Peers: the address of each replica, by service.
func (c *Config) PeerAddresses() (map[string][]string, error) {
	peers := map[string][]string{}
	for part := range strings.SplitSeq(c.Peers, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, address, ok := strings.Cut(part, "=")
		if _, port, found := strings.Cut(address, ":"); !ok || !found || name == "" || !isPort(port) {
			return nil, fmt.Errorf("LIANBANG_PEERS: %q is not name=host:port", part)
		}
		peers[name] = append(peers[name], address)
	}
	return peers, nil
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n > 0 && n < 65536
}
