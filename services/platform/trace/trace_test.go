package trace

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOffCostsNothing: while nothing is traced, following a request allocates nothing.
func TestOffCostsNothing(t *testing.T) {
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		ctx, span := Serve(ctx, "demand", "POST demand", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		_, ask := Ask(ctx, "account")
		ask.Heard(200)
		if Parent(ctx) != "" || ID(ctx) != "" {
			t.Error("there is a trace")
		}
		span.Answered("placeBid", "POST", 201, "id")
		_, delivery := Deliver(ctx, "demand", "bid.placed", "")
		delivery.Ended(1, nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestShare: what is not sampled is not sent, and the peers and the outbox are told so.
func TestShare(t *testing.T) {
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent++ }))
	defer server.Close()
	stop, err := Start(t.Context(), Options{Endpoint: server.URL, Share: 0, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := Serve(t.Context(), "demand", "POST demand", "")
	if parent := Parent(ctx); !strings.HasSuffix(parent, "-00") {
		t.Errorf("the next is told %q", parent)
	}
	_, delivery := Deliver(context.Background(), "demand", "bid.placed", Parent(ctx))
	delivery.Ended(1, nil)
	span.Answered("placeBid", "POST", 201, "id")
	if err := stop(t.Context()); err != nil || sent > 0 || On() {
		t.Errorf("%v, %d sent, on: %v", err, sent, On())
	}
}

func TestEndpointIsChecked(t *testing.T) {
	for _, bad := range []string{"collector:4318", "grpc://collector:4317", "http://"} {
		if _, err := Start(t.Context(), Options{Endpoint: bad}); err == nil || On() {
			t.Errorf("%q was taken", bad)
		}
	}
}

func BenchmarkServe(b *testing.B) {
	b.Run("off", func(b *testing.B) {
		for b.Loop() {
			_, span := Serve(b.Context(), "demand", "POST demand", "")
			span.Answered("placeBid", "POST", 201, "id")
		}
	})
}
