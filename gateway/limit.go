package gateway

import (
	"context"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// rate is a token bucket: burst at once, then perSecond.
type rate struct {
	perSecond, burst float64
}

// What one address and one person may ask. An address is often a whole office behind one router, so it gets more than a
// person; signing in is slower still, beside the account's own throttle.
var (
	perAddress = rate{100, 400}
	perPerson  = rate{40, 200}
	perSignIn  = rate{1, 30}
)

// How much one request may bring, and how many may be under way. A body is held in memory until it is whole, so only a signed-in person's
// file may be large, and slow to arrive.
const (
	maxBody        = 1 << 20
	maxUpload      = 32 << 20
	uploadTime     = 2 * time.Minute
	maxConnections = 8192
)

// bound sets on the server what one request may bring, by its header.
func (g *gateway) bound(server *fasthttp.Server) {
	server.Concurrency = maxConnections
	server.HeaderReceived = func(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
		form := strings.HasPrefix(strings.ToLower(string(h.ContentType())), fiber.MIMEMultipartForm)
		token, ok := strings.CutPrefix(string(h.Peek(fiber.HeaderAuthorization)), "Bearer ")
		if form && ok {
			if actor, err := g.verifier.Verify(context.Background(), token); err == nil && actor.UserID != "" {
				return fasthttp.RequestConfig{MaxRequestBodySize: maxUpload, ReadTimeout: uploadTime}
			}
		}
		return fasthttp.RequestConfig{MaxRequestBodySize: maxBody}
	}
}

// limits holds buckets in two generations, so that memory is bounded by who came in the last few minutes.
type limits struct {
	mu          sync.Mutex
	young, aged map[string]*bucket
	turned      time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

// inProcess is the address of a caller in this very process (the demo content's loader): no TCP connection has it.
const inProcess = "0.0.0.0"

const (
	generation = 5 * time.Minute
	mostKeys   = 200_000
)

func newLimits() *limits { return &limits{young: map[string]*bucket{}, turned: time.Now()} }

// take spends one token; when there is none it says in how many seconds there will be.
func (l *limits) take(key string, r rate, now time.Time) (wait int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.turned) > generation || len(l.young) > mostKeys {
		l.young, l.aged, l.turned = map[string]*bucket{}, l.young, now
	}
	b := l.young[key]
	if b == nil {
		if b = l.aged[key]; b == nil {
			b = &bucket{tokens: r.burst, at: now}
		}
		l.young[key] = b
	}
	b.tokens = min(r.burst, b.tokens+now.Sub(b.at).Seconds()*r.perSecond)
	b.at = now
	if b.tokens < 1 {
		return int((1-b.tokens)/r.perSecond) + 1, false
	}
	b.tokens--
	return 0, true
}

// limit counts by address for everybody and by person for those signed in. Files of the front end are not counted.
func (g *gateway) limit(c *fiber.Ctx) error {
	path := c.Path()
	now, address := time.Now(), g.clientAddr(c)
	if !strings.HasPrefix(path, "/api/") || address == inProcess {
		return c.Next()
	}
	if err := g.spend("a:"+address, perAddress, now); err != nil {
		return err
	}
	if g.o.Advance == nil && (strings.HasPrefix(path, prefix+"auth/sign") || strings.HasPrefix(path, prefix+"auth/phone-codes")) && c.Method() == fiber.MethodPost {
		if err := g.spend("s:"+address, perSignIn, now); err != nil {
			return err
		}
	}
	if token, ok := strings.CutPrefix(c.Get(fiber.HeaderAuthorization), "Bearer "); ok {
		// Only a verified token names a bucket, so that nobody can spend another person's.
		if actor, err := g.verifier.Verify(c.UserContext(), token); err == nil && actor.UserID != "" {
			if err := g.spend("u:"+actor.UserID, perPerson, now); err != nil {
				return err
			}
			c.SetUserContext(access.With(c.UserContext(), actor))
		}
	}
	return c.Next()
}

func (g *gateway) spend(key string, r rate, now time.Time) error {
	wait, ok := g.limits.take(key, r, now)
	if ok {
		return nil
	}
	f := fault.New(fault.TooMany, "", "too many requests; wait a moment")
	f.RetryAfter = wait
	return f
}

// clientAddr is who is asking: the connection's address, or what our own reverse proxy says when it is trusted. Addresses of
// one IPv6 customer (/64) count as one.
func (g *gateway) clientAddr(c *fiber.Ctx) string {
	address := c.IP()
	if g.env.Config.TrustProxy {
		if hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ","); strings.TrimSpace(hops[len(hops)-1]) != "" {
			address = strings.TrimSpace(hops[len(hops)-1])
		}
	}
	if ip := net.ParseIP(address); ip != nil && ip.To4() == nil {
		return ip.Mask(net.CIDRMask(64, 128)).String()
	}
	return address
}
