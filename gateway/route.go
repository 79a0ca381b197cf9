package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/trace"
)

const prefix = "/api/v1/"

// firstSegment is the first word after the API prefix.
func firstSegment(path string) string {
	rest, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return ""
	}
	word, _, _ := strings.Cut(rest, "/")
	return word
}

// routes reads from the specifications which service answers which first word. A word two services claim is a mistake found
// at start. Internal paths get no route, so that nothing outside reaches them.
func routes(specs map[string][]byte) (map[string]string, error) {
	all := map[string]string{}
	for service, spec := range specs {
		var doc struct {
			Paths map[string]json.RawMessage `json:"paths"`
		}
		if err := json.Unmarshal(spec, &doc); err != nil {
			return nil, fmt.Errorf("gateway: the specification of %s: %w", service, err)
		}
		for path := range doc.Paths {
			word := firstSegment(path)
			if word == "" {
				continue
			}
			if other, taken := all[word]; taken && other != service {
				return nil, fmt.Errorf("gateway: /api/v1/%s is claimed by %s and %s", word, other, service)
			}
			all[word] = service
		}
	}
	return all, nil
}

// upstream is one service as seen from here. Answers are read whole, but for the few that never end.
type upstream struct {
	name           string
	whole, streams *fasthttp.HostClient
}

func newUpstream(n *rest.Network, name string) *upstream {
	client := func(stream bool) *fasthttp.HostClient {
		c := &fasthttp.HostClient{
			Addr: name, NoDefaultUserAgentHeader: true, DisablePathNormalizing: true, DisableHeaderNamesNormalizing: false,
			MaxConns: 512, MaxConnWaitTimeout: 2 * time.Second, MaxIdleConnDuration: time.Minute, ReadTimeout: 30 * time.Second,
			WriteTimeout: 30 * time.Second, MaxResponseBodySize: 64 << 20, ReadBufferSize: 16 << 10, StreamResponseBody: stream,
			RetryIf: repeatable, Transport: careful{},
			Dial: func(string) (net.Conn, error) {
				ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
				defer cancel()
				conn, err := n.Dial(ctx, name)
				return keep(conn), err
			},
		}
		if stream {
			c.ReadTimeout = 0 // the service ends its streams itself
		}
		return c
	}
	return &upstream{name: name, whole: client(false), streams: client(true)}
}

// streams reports whether an answer is an endless stream, which must neither be buffered nor compressed.
func streams(c *fiber.Ctx) bool { return strings.HasSuffix(c.Path(), "/stream") }

// hopByHop belong to one connection and go no further (RFC 9110, 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// forward hands the request on and the answer back.
func (u *upstream) forward(c *fiber.Ctx, addr string) error {
	request, answer := c.Request(), c.Response()
	for _, h := range hopByHop {
		request.Header.Del(h)
	}
	request.Header.Del(fiber.HeaderAcceptEncoding) // compressed once, at the edge
	request.Header.Set(fiber.HeaderXRequestID, rest.RequestOf(c.UserContext()).ID)
	request.Header.Set(rest.HeaderClientAddr, addr)
	// The headers set so far on the answer would be replaced by the service's.
	kept := map[string]string{}
	answer.Header.VisitAll(func(k, v []byte) { kept[string(k)] = string(v) })
	client := u.whole
	if streams(c) {
		client = u.streams
	}
	ctx, span := trace.Ask(c.UserContext(), u.name)
	request.Header.Del(trace.Header) // a stranger's says nothing to us
	if span != nil {
		request.Header.Set(trace.Header, trace.Parent(ctx))
	}
	if err := client.Do(request, answer); err != nil {
		span.Heard(0)
		answer.Reset()
		for k, v := range kept {
			answer.Header.Set(k, v)
		}
		if interrupted(err) {
			return fault.Wrap(err, fault.Unavailable, "interrupted", u.name+" did not finish its answer: look whether it was done before asking again")
		}
		return fault.Wrap(err, fault.Unavailable, "", u.name+" cannot be reached right now")
	}
	span.Heard(answer.StatusCode())
	for _, h := range hopByHop {
		answer.Header.Del(h)
	}
	for k, v := range kept {
		if k != fiber.HeaderContentType && k != fiber.HeaderContentLength {
			answer.Header.Set(k, v)
		}
	}
	return nil
}

// ask reads public data as a guest, for the pages rendered here.
func (g *gateway) ask(ctx context.Context, path string, out any) error {
	service, ok := g.routes[firstSegment(strings.SplitN(path, "?", 2)[0])]
	if !ok {
		return fault.New(fault.NotFound, "", "there is no such address")
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+service+path, nil)
	if err != nil {
		return err
	}
	answer, err := g.guest.Do(r)
	if err != nil {
		return rest.Away(service, err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := rest.Drain(answer.Body)
	if err != nil {
		return rest.Away(service, err)
	}
	if err := rest.PeerError(service, answer.StatusCode, b); err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}
