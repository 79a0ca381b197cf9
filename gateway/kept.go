package gateway

import (
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/valyala/fasthttp"
)

// errGone is a kept connection whose service had closed it before anything was sent: whatever the request is, it did not arrive,
// and may be sent on another connection.
var errGone = errors.New("gateway: the service closed the connection before it was asked")

// kept is a TCP connection used for one request after another. Before each it looks whether the service has gone meanwhile: without
// that look, a request written to a replica that had died cannot be told from one that died while answering it.
type kept struct {
	net.Conn
	raw      syscall.RawConn
	answered bool // something was read since the last write: the next write begins a request
}

// keep watches a TCP connection. A pipe in memory needs no watching: both of its ends live and die together.
func keep(conn net.Conn) net.Conn {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return conn
	}
	return &kept{Conn: conn, raw: raw}
}

// Read reads an answer.
func (k *kept) Read(b []byte) (int, error) {
	n, err := k.Conn.Read(b)
	k.answered = k.answered || n > 0
	return n, err
}

// Write begins or continues a request.
func (k *kept) Write(b []byte) (int, error) {
	if k.answered {
		k.answered = false
		if k.gone() {
			return 0, errGone
		}
	}
	return k.Conn.Write(b)
}

// gone looks without waiting. Between two requests there is nothing to read from a service that lives; an end, or bytes nobody
// asked for, make it no connection to ask on.
func (k *kept) gone() bool {
	gone := true
	err := k.raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, err := syscall.Read(int(fd), one[:])
		gone = !errors.Is(err, syscall.EAGAIN)
		return true
	})
	return gone || err != nil
}

// careful sends a request, and sends it again only when that does no harm. fasthttp by itself repeats every request whose
// connection ends without an answer; a service that dies in the middle of a decision would then find it made twice.
type careful struct{}

// RoundTrip sends one request; retry tells the client whether to try once more.
func (careful) RoundTrip(c *fasthttp.HostClient, request *fasthttp.Request, answer *fasthttp.Response) (retry bool, err error) {
	for {
		retry, err = fasthttp.DefaultTransport.RoundTrip(c, request, answer)
		if !errors.Is(err, errGone) {
			break // each connection found dead is dropped, so the loop ends with the last of them
		}
	}
	return retry && repeatable(request) && !errors.Is(err, fasthttp.ErrTimeout), err
}

// repeatable says whether a request may reach a service twice: it reads, or carries the key that makes its second arrival find what
// the first created.
func repeatable(r *fasthttp.Request) bool {
	return r.Header.IsGet() || r.Header.IsHead() || r.Header.IsPost() && len(r.Header.Peek("Idempotency-Key")) > 0
}

// interrupted says whether an error leaves open if the service has done what it was asked.
func interrupted(err error) bool {
	return errors.Is(err, fasthttp.ErrConnectionClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, fasthttp.ErrTimeout) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
