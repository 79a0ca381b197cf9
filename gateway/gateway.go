// Package gateway is the edge: it routes by the first word of the path, limits how fast anybody may ask, sets the security
// headers, serves the front end with its public pages readable before any script runs, and publishes the API's description. It
// holds no data and is trusted by no service: each checks the token itself.
package gateway

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/compress"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// Options are what the wiring tells the gateway.
type Options struct {
	Specs map[string][]byte // service name → its OpenAPI document in JSON
	Site  Site              // the built front end
	Ready func(ctx context.Context) error
	// Demo marks every page: what it shows is invented.
	Demo bool
	// Advance moves the sandbox's clock; nil outside a sandbox.
	Advance func(d time.Duration) error
}

// Module is the gateway as the wiring lists it.
func Module(o Options) host.Module {
	return host.Module{Name: "gateway", Start: func(_ context.Context, e *host.Env) (*host.Running, error) {
		app, err := New(o, e)
		if err != nil {
			return nil, err
		}
		return &host.Running{App: app}, nil
	}}
}

type gateway struct {
	o        Options
	env      *host.Env
	routes   map[string]string // first word after /api/v1/ → service
	upstream map[string]*upstream
	limits   *limits
	bundle   []byte
	verifier *access.Verifier
	guest    *http.Client
	pages    *pages
}

// New makes the gateway's app.
func New(o Options, e *host.Env) (*fiber.App, error) {
	g := &gateway{o: o, env: e, upstream: map[string]*upstream{}, limits: newLimits(), verifier: e.Verifier(), guest: e.Network.Client(nil)}
	var err error
	if g.routes, err = routes(o.Specs); err != nil {
		return nil, err
	}
	if g.bundle, err = Bundle(o.Specs); err != nil {
		return nil, err
	}
	for name := range o.Specs {
		g.upstream[name] = newUpstream(e.Network, name)
	}
	if g.pages, err = newPages(o.Site, g.ask, e.Config.PublicURL, o.Demo); err != nil {
		return nil, err
	}
	app, err := rest.New(rest.Options{Name: "gateway", Now: e.Now, Log: e.Log, Metrics: e.Metrics, BodyLimit: maxBody, Ready: o.Ready, Edge: true})
	if err != nil {
		return nil, err
	}
	f := app.Fiber
	g.bound(f.Server())
	f.Use(secure)
	f.Use(g.limit)
	f.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed, Next: streams}))
	f.Get("/openapi.json", g.openapi)
	f.Get("/.well-known/jwks.json", func(c *fiber.Ctx) error { return g.upstream["account"].forward(c, g.clientAddr(c)) })
	f.All("/api/v1/*", g.route)
	if o.Advance != nil {
		f.Post("/sandbox/clock", g.advance)
		f.Get("/sandbox/clock", g.clock)
	}
	f.Get("/robots.txt", g.pages.robots)
	f.Get("/sitemap.xml", g.pages.sitemap)
	f.Get("/issues/feed.xml", rss(g.pages.issueFeed))
	f.Get("/issues/feed.json", jsonFeed(g.pages.issueFeed))
	f.Get("/notices/feed.xml", rss(g.pages.noticeFeed))
	f.Get("/notices/feed.json", jsonFeed(g.pages.noticeFeed))
	f.Get("/pool/feed.xml", rss(g.pages.poolFeed))
	f.Get("/pool/feed.json", jsonFeed(g.pages.poolFeed))
	f.Get("/*", g.pages.serve)
	return f, nil
}

func (g *gateway) route(c *fiber.Ctx) error {
	service, ok := g.routes[firstSegment(c.Path())]
	if !ok {
		return fault.New(fault.NotFound, "", "there is no such address")
	}
	return g.upstream[service].forward(c, g.clientAddr(c))
}

func (g *gateway) openapi(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(g.bundle)
}

// clock tells the sandbox's time.
func (g *gateway) clock(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"now": g.env.Now().Format(time.RFC3339Nano)})
}

// advance moves the sandbox's clock forward, never back: {"advance":"72h"}.
func (g *gateway) advance(c *fiber.Ctx) error {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := c.BodyParser(&in); err != nil {
		return fault.New(fault.Invalid, "malformed", `send {"advance":"72h"}`)
	}
	d, err := time.ParseDuration(in.Advance)
	if err != nil || d <= 0 || d > 400*24*time.Hour {
		return fault.Bad(fault.Field{Path: "advance", Code: "bad_format", Detail: "a duration of up to 9600h, such as 72h"})
	}
	if err := g.o.Advance(d); err != nil {
		return err
	}
	return g.clock(c)
}

// secure sets the headers every answer carries. Scripts, styles and connections come from here alone.
func secure(c *fiber.Ctx) error {
	h := &c.Response().Header
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "+
		"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=()")
	if c.Secure() || c.Get("X-Forwarded-Proto") == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	return c.Next()
}
