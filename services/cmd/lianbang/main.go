// Command lianbang is the one program of the product. By default it runs everything in one process on embedded engines; with
// -target it runs one service, and a fleet of such processes is the same product.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lianbang/services/platform/host"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, &host.Clock{}, os.Args[1:], os.Environ(), os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lianbang:", err)
		os.Exit(1)
	}
}

// run is the program without its process, so that tests start the same thing, on a clock of theirs.
func run(ctx context.Context, clock *host.Clock, args, environ []string, out io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "settings":
			_, err := io.WriteString(out, host.Describe())
			return err
		case "specs":
			return writeSpecs(out)
		case "operator":
			return addOperator(ctx, args[1:], environ, os.Stdin, out)
		case "backup":
			return backup(ctx, args[1:], environ, out)
		case "recount":
			return recount(ctx, args[1:], environ, out)
		case "restore":
			return restore(ctx, args[1:], environ, out)
		case "audit":
			return auditLog(ctx, args[1:], environ, out)
		case "health":
			return health(ctx, args[1:], environ)
		}
	}
	started := time.Now()
	config, err := host.ParseConfig(args, environ)
	if err != nil {
		return err
	}
	log := logger(config)
	slog.SetDefault(log)
	if config.Target == "all" {
		return runAll(ctx, config, clock, log, out, started)
	}
	return runOne(ctx, config, clock, log, out)
}

func logger(c host.Config) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked by ParseConfig
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// runAll is the whole product in this process.
func runAll(ctx context.Context, c host.Config, clock *host.Clock, log *slog.Logger, out io.Writer, started time.Time) error {
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	demo, err := prepareDemo(ctx, c, log, out)
	if err != nil {
		return err
	}
	if demo.justMade {
		started = time.Now()
	}
	if err := demo.setClock(clock, c); err != nil {
		return err
	}
	h, err := host.New(c, clock, log)
	if err != nil {
		return err
	}
	modules := everything(c, edge{ready: h.Ready, demo: demo.marked, advance: demo.advance(clock, c)})
	if err := h.Start(ctx, modules, modules); err != nil {
		return errors.Join(err, h.Close())
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve("gateway", listener) }()
	stopMetrics, err := serveMetrics(ctx, c, h, log)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	defer stopMetrics()
	fmt.Fprintf(out, "链榜 Lianbang is ready at http://%s (in %d ms)\n", listener.Addr(), time.Since(started).Milliseconds())
	demo.announce(out)
	select {
	case <-ctx.Done():
		fmt.Fprintln(out, "stopping")
		return h.Close()
	case err := <-served:
		return errors.Join(err, h.Close())
	}
}

// runOne is one service, or the gateway, or the search engine, in a process of its own.
func runOne(ctx context.Context, c host.Config, clock *host.Clock, log *slog.Logger, out io.Writer) error {
	listener, err := listen(ctx, c.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	h, err := host.New(c, clock, log)
	if err != nil {
		return err
	}
	all := everything(c, edge{})
	module, err := pick(c, all)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	if err := h.Start(ctx, []host.Module{module}, all); err != nil {
		return errors.Join(err, h.Close())
	}
	served := make(chan error, 1)
	go func() { served <- h.Serve(module.Name, listener) }()
	stopMetrics, err := serveMetrics(ctx, c, h, log)
	if err != nil {
		return errors.Join(err, h.Close())
	}
	defer stopMetrics()
	fmt.Fprintf(out, "lianbang %s is ready at %s\n", module.Name, listener.Addr())
	select {
	case <-ctx.Done():
		return h.Close()
	case err := <-served:
		return errors.Join(err, h.Close())
	}
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken by another program; stop it, or choose another with LIANBANG_ADDR", address)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return l, nil
}

func serveMetrics(ctx context.Context, c host.Config, h *host.Host, log *slog.Logger) (stop func(), err error) {
	if c.MetricsAddr == "" {
		return func() {}, nil
	}
	l, err := listen(ctx, c.MetricsAddr)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", h.MetricsHandler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are no longer served", "error", err)
		}
	}()
	return func() { _ = server.Close() }, nil
}

// health asks the process that listens at the configured address whether it is alive; containers without a shell use it.
func health(ctx context.Context, args, environ []string) error {
	c, err := host.ParseConfig(args, environ)
	if err != nil {
		return err
	}
	at, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(at); at == "" || ip != nil && ip.IsUnspecified() { // it listens everywhere
		at = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(at, port)+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("unhealthy: %s", answer.Status)
	}
	return nil
}
