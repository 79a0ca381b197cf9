package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"lianbang/services/platform/fault"
)

// Network is where services listen and find each other: pipes in memory when all run in one process, TCP addresses when each
// runs in its own. Nothing but the dialer differs between the two.
type Network struct {
	mu        sync.Mutex
	local     map[string]*fasthttputil.InmemoryListener
	addresses map[string]string
}

// NewNetwork makes a network. addresses maps peers that run elsewhere to host:port; every other name is in this process.
func NewNetwork(addresses map[string]string) *Network {
	return &Network{local: map[string]*fasthttputil.InmemoryListener{}, addresses: addresses}
}

// Listen is the in-memory listener of a service in this process.
func (n *Network) Listen(service string) net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := fasthttputil.NewInmemoryListener()
	n.local[service] = l
	return l
}

// Dial connects to a service by name. A service that listens nowhere is away at once; nobody waits for it.
func (n *Network) Dial(ctx context.Context, service string) (net.Conn, error) {
	if address, ok := n.addresses[service]; ok {
		return (&net.Dialer{Timeout: 3 * time.Second}).DialContext(ctx, "tcp", address)
	}
	n.mu.Lock()
	l, ok := n.local[service]
	n.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("rest: %s runs neither here nor at a known address", service)
	}
	return l.Dial()
}

// Client is an HTTP client whose hosts are service names ("http://account/…"). token, when not nil, is called for the
// bearer token of each request.
func (n *Network) Client(token func() (string, error)) *http.Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return n.Dial(ctx, host)
		},
		MaxIdleConnsPerHost: 64, ResponseHeaderTimeout: 20 * time.Second,
		IdleConnTimeout: 20 * time.Second, // below the apps' read timeout, which answers a connection nobody spoke on with a 500
	}
	return &http.Client{Transport: &peer{transport, token}, Timeout: 30 * time.Second}
}

// peer signs requests to another service and passes the request id on, so that one id follows a request through the logs.
type peer struct {
	next  http.RoundTripper
	token func() (string, error)
}

// RoundTrip sends one request.
func (p *peer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if p.token != nil && r.Header.Get("Authorization") == "" {
		token, err := p.token()
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if id := RequestOf(r.Context()).ID; id != "" {
		r.Header.Set("X-Request-ID", id)
	}
	return p.next.RoundTrip(r)
}

// PeerError reads a peer's failing answer back into the fault it was, or says that the peer is away. status 2xx gives nil.
func PeerError(service string, status int, body []byte) error {
	if status >= 200 && status < 300 {
		return nil
	}
	var p fault.Problem
	if json.Unmarshal(body, &p) == nil && p.Code != "" {
		p.Status = status
		return fault.FromProblem(p)
	}
	return fault.Newf(fault.Unavailable, "", "%s answered %d", service, status)
}

// Away classifies a transport failure: the peer could not be asked.
func Away(service string, err error) error {
	return fault.Wrap(err, fault.Unavailable, "", fmt.Sprintf("%s cannot be reached right now", service))
}

// Drain reads a bounded body to its end.
func Drain(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, 8<<20)) }
