package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"testing"
	"time"

	"lianbang/seed"
	"lianbang/services/platform/host"
)

// TestDemoContent tells the demo to a whole product, twice: every kind of demand is there for a visitor to see, and the second telling
// changes nothing a visitor could see. It tells a few stories only; with LIANBANG_PROVE=1 all of them.
func TestDemoContent(t *testing.T) {
	c := host.Config{Target: "all", Data: t.TempDir()}
	now := time.Now()
	clock := &host.Clock{}
	clock.Freeze(seed.Begin(now))
	h, err := host.New(c, clock, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	modules := everything(c, edge{})
	if err := h.Start(t.Context(), modules, modules); err != nil {
		t.Fatal(err)
	}
	target := seed.Target{Client: h.Network().Client(nil), Peers: h.Peers("seed"), BaseURL: "http://gateway", Clock: clock, Now: now, Few: os.Getenv("LIANBANG_PROVE") == ""}
	began := time.Now()
	if err := seed.Load(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	t.Logf("told in %v", time.Since(began).Round(time.Millisecond))
	if !clock.Now().Equal(now) {
		t.Errorf("the story ends at %v, not now (%v)", clock.Now(), now)
	}
	first := onBoard(t, target)
	for _, state := range []string{"published", "evaluating", "award_notice", "in_progress", "no_award", "terminated"} {
		if first[state] == 0 {
			t.Errorf("no demand is %s: %v", state, first)
		}
	}
	began = time.Now()
	if err := seed.Load(t.Context(), target); err != nil {
		t.Fatalf("the second telling: %v", err)
	}
	t.Logf("told again in %v", time.Since(began).Round(time.Millisecond))
	if second := onBoard(t, target); !maps.Equal(first, second) {
		t.Errorf("the second telling changes %v to %v", first, second)
	}
}

// onBoard counts the public demands by state, their revisions and their bids.
func onBoard(t *testing.T, target seed.Target) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for cursor := ""; ; {
		answer, err := target.Client.Get(target.BaseURL + "/api/v1/demands?limit=200&cursor=" + cursor)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Items []struct {
				Title, State  string
				Rev, BidCount int
			}
			Next string
		}
		err = json.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status, err)
		}
		for _, d := range page.Items {
			counts[d.State]++
			counts["bids"] += d.BidCount
			counts[fmt.Sprintf("rev of %s", d.Title)] = d.Rev
		}
		if cursor = page.Next; cursor == "" {
			return counts
		}
	}
}
