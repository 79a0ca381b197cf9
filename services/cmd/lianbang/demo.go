package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lianbang/seed"
	"lianbang/services/platform/host"
)

// demo is a data directory filled with invented content. Its marker file says so; a directory without one that holds real
// data never gets demo content, and its clock cannot be moved.
type demo struct {
	marked   bool
	justMade bool
}

func markerOf(c host.Config) string { return filepath.Join(c.Data, "DEMO") }
func offsetOf(c host.Config) string { return filepath.Join(c.Data, "sandbox-clock") }

// prepareDemo fills an empty data directory when the configuration asks for it. Filling is resumed when it was cut short:
// the marker is written first, "complete" is written into it last, and loading is idempotent.
func prepareDemo(ctx context.Context, c host.Config, log *slog.Logger, out io.Writer) (demo, error) {
	marker, err := os.ReadFile(markerOf(c))
	switch {
	case err == nil && strings.Contains(string(marker), "complete"):
		return demo{marked: true}, nil
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return demo{}, err
	case !c.Demo:
		if c.Sandbox {
			return demo{}, errors.New("LIANBANG_SANDBOX moves the clock of demo directories only; start with LIANBANG_DEMO=true on an empty one")
		}
		return demo{marked: err == nil}, nil
	}
	if err != nil {
		if entries, readErr := os.ReadDir(c.Data); readErr == nil && len(entries) > 0 {
			return demo{}, fmt.Errorf("the data directory %s is not empty and holds no demo; demo content goes into an empty one", c.Data)
		}
	}
	fmt.Fprintln(out, "filling the data directory with invented demo content…")
	if err := fill(ctx, c, log); err != nil {
		return demo{}, fmt.Errorf("demo content: %w", err)
	}
	return demo{marked: true, justMade: true}, os.WriteFile(markerOf(c), []byte("Invented demo content. complete\n"), 0o600)
}

// fill runs the product on a stepped clock and loads the demo content through its public API.
func fill(ctx context.Context, c host.Config, log *slog.Logger) error {
	clock := &host.Clock{}
	clock.Freeze(seed.Begin(time.Now()))
	h, err := host.New(c, clock, log)
	if err != nil {
		return err
	}
	if err := os.WriteFile(markerOf(c), []byte("Invented demo content, being made.\n"), 0o600); err != nil {
		return errors.Join(err, h.Close())
	}
	modules := everything(c, edge{})
	if err := h.Start(ctx, modules, modules); err != nil {
		return errors.Join(err, h.Close())
	}
	err = seed.Load(ctx, seed.Target{Client: h.Network().Client(nil), Peers: h.Peers("seed"), BaseURL: "http://gateway", Clock: clock, Now: time.Now()})
	return errors.Join(err, h.Close())
}

// setClock takes up the shift a sandbox made before.
func (d demo) setClock(clock *host.Clock, c host.Config) error {
	if !d.marked {
		return nil
	}
	text, err := os.ReadFile(offsetOf(c))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	shift, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", offsetOf(c), err)
	}
	clock.Advance(shift)
	return nil
}

// advance moves a sandbox's clock and remembers how far it is from the world's.
func (d demo) advance(clock *host.Clock, c host.Config) func(time.Duration) error {
	if !d.marked || !c.Sandbox {
		return nil
	}
	return func(by time.Duration) error {
		clock.Advance(by)
		shift := time.Until(clock.Now()).Round(time.Millisecond)
		return os.WriteFile(offsetOf(c), []byte(shift.String()+"\n"), 0o600)
	}
}

// announce prints the demo's accounts.
func (d demo) announce(out io.Writer) {
	if !d.marked {
		return
	}
	fmt.Fprintln(out, "demo content: every organisation, person and figure is invented. Accounts (password", seed.Password+"):")
	for _, a := range seed.Accounts() {
		fmt.Fprintf(out, "  %-12s %s  %s\n", a.Phone, a.Role, a.Name)
	}
}
