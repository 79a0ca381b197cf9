package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/trace"
)

// Network is where services listen and find each other: pipes in memory when all run in one process, TCP addresses when each
// runs in its own. Nothing but the dialer differs between the two.
type Network struct {
	mu    sync.Mutex
	local map[string]*fasthttputil.InmemoryListener
	away  map[string]*replicas
}

// NewNetwork makes a network. addresses maps peers that run elsewhere to the host:port of each replica; every other name is in
// this process.
func NewNetwork(addresses map[string][]string) *Network {
	n := &Network{local: map[string]*fasthttputil.InmemoryListener{}, away: map[string]*replicas{}}
	for name, list := range addresses {
		n.away[name] = newReplicas(list)
	}
	return n
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
	if r, ok := n.away[service]; ok {
		return r.dial(ctx)
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

// RoundTrip sends one request, and a second time when its connection broke and asking twice does no harm: the replica that was
// asked has died, and another may answer.
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
	ctx, span := trace.Ask(r.Context(), r.URL.Hostname())
	if span == nil {
		return p.send(r)
	}
	r.Header.Set(trace.Header, trace.Parent(ctx))
	answer, err := p.send(r)
	if err != nil {
		span.Heard(0)
		return nil, err
	}
	span.Heard(answer.StatusCode)
	return answer, nil
}

// send makes the request, a second time when its connection broke and it may be repeated.
func (p *peer) send(r *http.Request) (*http.Response, error) {
	answer, err := p.next.RoundTrip(r)
	if err == nil || !broken(err) || !repeatable(r) || r.Context().Err() != nil {
		return answer, err
	}
	if r.Body != nil && r.Body != http.NoBody {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return p.next.RoundTrip(r)
}

// repeatable says whether a request may be made twice. What our services ask of each other may, also where it is a POST: it reads,
// or puts a state, or brings an event that is known by its id.
func repeatable(r *http.Request) bool {
	if r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
		return false
	}
	return r.Method == http.MethodGet || r.Method == http.MethodHead || strings.HasPrefix(r.URL.Path, "/internal/")
}

// broken tells a connection that ended under a request from a peer that answers too late, who is not to be asked again.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
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
