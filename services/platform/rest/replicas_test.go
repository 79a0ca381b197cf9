package rest

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// mortal serves on an address of its own until the request that kills it.
func mortal(t *testing.T, asked *atomic.Int32, killedBy string) (address string, kill func()) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		asked.Add(1)
		if killedBy != "" && strings.Contains(string(b), killedBy) {
			_ = server.Close()
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(b)
	})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String(), func() { _ = server.Close() }
}

func TestPeersFailOver(t *testing.T) {
	var asked atomic.Int32
	a, _ := mortal(t, &asked, "fatal")
	b, killB := mortal(t, &asked, "")
	peers := NewNetwork(map[string][]string{"notify": {a, b}}).Client(nil)
	post := func(path, body string) (string, error) {
		answer, err := peers.Post("http://notify"+path, "text/plain", strings.NewReader(body))
		if err != nil {
			return "", err
		}
		defer func() { _ = answer.Body.Close() }()
		got, err := io.ReadAll(answer.Body)
		return string(got), err
	}
	// What services ask of each other may arrive twice, so the death of the one asked is not noticed.
	if got, err := post("/internal/v1/events", "fatal"); err != nil || got != "fatal" || asked.Load() != 2 {
		t.Fatalf("an event whose receiver died: %q %v after %d", got, err, asked.Load())
	}
	for range 3 {
		if got, err := post("/internal/v1/events", "x"); err != nil || got != "x" {
			t.Fatalf("with one replica left: %q %v", got, err)
		}
	}
	killB()
	if _, err := post("/internal/v1/events", "x"); err == nil {
		t.Error("nobody is there, and an answer came")
	}
}

func TestPeersDoNotRepeatWhatAPersonDid(t *testing.T) {
	var asked atomic.Int32
	a, _ := mortal(t, &asked, "fatal")
	b, _ := mortal(t, &asked, "")
	answer, err := NewNetwork(map[string][]string{"demand": {a, b}}).Client(nil).Post("http://demand/api/v1/demands", "text/plain", strings.NewReader("fatal"))
	if err == nil {
		_ = answer.Body.Close()
	}
	if err == nil || asked.Load() != 1 {
		t.Errorf("%v after %d", err, asked.Load())
	}
}
