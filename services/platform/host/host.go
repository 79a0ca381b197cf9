package host

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/seal"
	"lianbang/services/platform/trace"
)

// Module is one service as the wiring lists it.
type Module struct {
	Name  string
	Needs []string // services asked while this one starts; they are started before it
	// Hears names the services whose events this one receives at POST /internal/v1/events.
	Hears []string
	Start func(ctx context.Context, e *Env) (*Running, error)
}

// Running is a started service.
type Running struct {
	App   *fiber.App // nil for a module that serves nothing
	Jobs  []Job
	Ready func(ctx context.Context) error // nil means ready once started
	// Stopping is called when the process begins to stop, before any app does: it ends answers that would otherwise go on, such as
	// streams, so that nothing waits for them.
	Stopping func()
	Close    func() error // after the app and the jobs have ended
}

// Job is background work: it runs until its context ends and is started again, with a growing pause, when it fails.
type Job struct {
	Name string
	Run  func(ctx context.Context) error
}

// Env is what a module is given.
type Env struct {
	Name    string
	Config  Config
	Clock   *Clock
	Log     *slog.Logger
	Metrics prometheus.Registerer
	Keys    Keys
	Network *rest.Network
	Peers   *http.Client // to other services, with an internal token; "http://account/internal/v1/…"
	// Audit is the log of the service's decisions; Store opens it.
	Audit *audit.Log
	// Holder names this process among the replicas of the service, for leases.
	Holder  string
	hearers []string
}

// Keys are the secrets the process was given or made.
type Keys struct {
	Internal access.Key
	Token    access.Key   // signs access tokens; only account has it
	Others   []access.Key // published and believed, do not sign: the next one and the one before, while a key is changed
	Seal     seal.Ring    // keeps sealed content unreadable at rest; only demand has it
}

// Now is the module's time.
func (e *Env) Now() time.Time { return e.Clock.Now() }

// Store opens the module's own database, and in it the log of its decisions.
func (e *Env) Store(ctx context.Context) (*docstore.DB, error) {
	times := newStoreTimes()
	db, err := docstore.Open(ctx, docstore.Options{Name: e.Name, URL: e.Config.StoreOf(e.Name), Now: e.Now, Logger: e.Log, Sole: e.Config.Store == "",
		Observe: func(operation string, took time.Duration) { times.WithLabelValues(operation).Observe(took.Seconds()) }})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(e.Metrics.Register(times), e.Metrics.Register(newStoreVitals(db))); err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	if e.Audit, err = audit.Open(ctx, db, e.Name); err != nil {
		return nil, errors.Join(err, db.Close(context.WithoutCancel(ctx)))
	}
	return db, nil
}

// databaseOf names a service's database in a MongoDB address after the product's name there. The address may list several hosts,
// which a URL parser does not take.
func databaseOf(store, service string) string {
	base, query, asked := strings.Cut(store, "?")
	scheme, rest, _ := strings.Cut(base, "://")
	hosts, product, _ := strings.Cut(rest, "/")
	if product == "" {
		product = "lianbang"
	}
	address := scheme + "://" + hosts + "/" + product + "_" + service
	if asked {
		address += "?" + query
	}
	return address
}

// Files opens the module's attachments: a folder of the configured S3 storage, or of the data directory.
func (e *Env) Files(ctx context.Context) (blob.Store, error) {
	name := e.Name + "-files"
	if c := e.Config; c.S3 != "" {
		files, err := blob.OpenS3(ctx, blob.S3Options{URL: c.S3, Region: c.S3Region, KeyID: c.S3KeyID, Secret: c.S3Secret, Folder: name})
		if err != nil {
			return nil, fmt.Errorf("LIANBANG_S3: %w", err)
		}
		return files, nil
	}
	dir, err := e.Dir(name)
	if err != nil {
		return nil, err
	}
	return blob.OpenDir(dir, 0)
}

// StoreOf is where a module's database is: its file in the data directory, or its database on the MongoDB server.
func (c *Config) StoreOf(module string) string {
	if c.Store != "" {
		return databaseOf(c.Store, module)
	}
	return "sqlite:" + filepath.Join(c.Data, module+".db")
}

// Dir is a directory of the module's own in the data directory, made when missing.
func (e *Env) Dir(name string) (string, error) {
	dir := filepath.Join(e.Config.Data, name)
	return dir, os.MkdirAll(dir, 0o700)
}

// Verifier checks tokens with account's published keys.
func (e *Env) Verifier() *access.Verifier {
	return &access.Verifier{Internal: e.Keys.Internal, Now: e.Now, PeerNow: time.Now, Fetch: e.fetchKeys}
}

// Host is a process's running modules.
type Host struct {
	config  Config
	clock   *Clock
	log     *slog.Logger
	lock    *os.File
	network *rest.Network
	metrics *prometheus.Registry
	keys    Keys
	holder  string

	stop    context.CancelFunc
	untrace func(context.Context) error
	jobs    sync.WaitGroup
	running []named
}

type named struct {
	name string
	*Running
}

// New takes the data directory and prepares everything modules share. Close it when Start fails.
func New(c Config, clock *Clock, log *slog.Logger) (*Host, error) {
	peers, err := c.PeerAddresses()
	if err != nil {
		return nil, err
	}
	h := &Host{config: c, clock: clock, log: log, network: rest.NewNetwork(peers), metrics: prometheus.NewRegistry(), holder: uuid.NewString()}
	h.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	shared := c.Store != "" && c.Target != "all" && c.Target != "engine"
	if h.lock, err = lockData(c.Data, shared); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(c.Data, restoring)); err == nil {
		_ = h.lock.Close()
		return nil, fmt.Errorf("a restore into %s did not finish; empty it and restore again", c.Data)
	}
	if h.keys, err = loadKeys(c); err != nil {
		_ = h.lock.Close()
		return nil, err
	}
	if c.Traces != "" {
		share, _ := strconv.ParseFloat(c.TraceShare, 64) // checked by ParseConfig
		if h.untrace, err = trace.Start(context.Background(), trace.Options{Endpoint: c.Traces, Share: share, Instance: h.holder, Log: log}); err != nil {
			_ = h.lock.Close()
			return nil, fmt.Errorf("LIANBANG_TRACES: %w", err)
		}
	}
	return h, nil
}

// Network is where this process's services listen.
func (h *Host) Network() *rest.Network { return h.network }

// Peers is a client that calls services with this process's internal token, under a name.
func (h *Host) Peers(name string) *http.Client {
	return h.network.Client(func() (string, error) { return access.SignInternal(h.keys.Internal, name, time.Now()) })
}

// Client calls the services of a configuration's peers from a process that runs none of them, with an internal token under a name.
func Client(c Config, name string) (*http.Client, error) {
	peers, err := c.PeerAddresses()
	if err != nil {
		return nil, err
	}
	keys, err := loadKeys(c)
	if err != nil {
		return nil, err
	}
	return rest.NewNetwork(peers).Client(func() (string, error) { return access.SignInternal(keys.Internal, name, time.Now()) }), nil
}

// Start starts the modules, each after those it needs, and serves each on its in-memory listener. It returns when all are
// ready. all lists every module of the product, so that events find hearers in other processes too.
func (h *Host) Start(ctx context.Context, modules, all []Module) error {
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	ordered, err := inOrder(modules)
	if err != nil {
		return err
	}
	for _, m := range ordered {
		log := h.log.With("service", m.Name)
		e := &Env{Name: m.Name, Config: h.config, Clock: h.clock, Log: log, Keys: h.keys, Network: h.network, Holder: h.holder,
			Peers: h.Peers(m.Name), Metrics: prometheus.WrapRegistererWith(prometheus.Labels{"module": m.Name}, h.metrics)}
		for _, other := range all {
			if slices.Contains(other.Hears, m.Name) {
				e.hearers = append(e.hearers, other.Name)
			}
		}
		r, err := m.Start(ctx, e)
		if err != nil {
			return fmt.Errorf("%s does not start: %w", m.Name, err)
		}
		h.running = append(h.running, named{m.Name, r})
		failures := newJobFailures()
		if err := errors.Join(e.Metrics.Register(ready(r)), e.Metrics.Register(failures)); err != nil {
			return err
		}
		if r.App != nil {
			listener := h.network.Listen(m.Name)
			h.jobs.Go(func() {
				if err := r.App.Listener(listener); err != nil && run.Err() == nil {
					log.Error("stopped serving", "error", err)
				}
			})
		}
		if e.Audit != nil {
			r.Jobs = append(r.Jobs, Job{Name: "audit head", Run: func(ctx context.Context) error {
				return e.Audit.Keep(ctx, h.config.Data, e.Now, log)
			}})
		}
		for _, j := range r.Jobs {
			failed := failures.WithLabelValues(j.Name)
			h.jobs.Go(func() { keep(run, j, log, failed) })
		}
	}
	return h.Ready(ctx)
}

// Ready asks every module; the first that is not answers why.
func (h *Host) Ready(ctx context.Context) error {
	for _, r := range h.running {
		if r.Ready == nil {
			continue
		}
		if err := r.Ready(ctx); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// Serve listens on TCP for a module's app, in a process of its own or for the gateway.
func (h *Host) Serve(name string, listener net.Listener) error {
	for _, r := range h.running {
		if r.name == name {
			return r.App.Listener(listener)
		}
	}
	return fmt.Errorf("host: %s does not run here", name)
}

// MetricsHandler serves Prometheus.
func (h *Host) MetricsHandler() http.Handler {
	return promhttp.HandlerFor(h.metrics, promhttp.HandlerOpts{})
}

// Close ends the apps, then the jobs, then the stores, and lets the data directory go. What was acknowledged is durable
// already, so a Close that is cut short loses nothing.
func (h *Host) Close() error {
	var errs []error
	for _, r := range h.running {
		if r.Stopping != nil {
			r.Stopping()
		}
	}
	for _, r := range slices.Backward(h.running) {
		if r.App != nil {
			err := r.App.ShutdownWithTimeout(10 * time.Second)
			if errors.Is(err, context.DeadlineExceeded) { // a request that will not end is cut; nothing acknowledged is lost
				h.log.Warn("requests were cut short", "service", r.name)
				err = nil
			}
			errs = append(errs, err)
		}
	}
	if h.stop != nil {
		h.stop()
	}
	h.jobs.Wait()
	for _, r := range slices.Backward(h.running) {
		if r.Close != nil {
			errs = append(errs, r.Close())
		}
	}
	if h.untrace != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := h.untrace(ctx); err != nil {
			h.log.Warn("the last traces were not delivered", "error", err)
		}
	}
	return errors.Join(append(errs, h.lock.Close())...)
}

func keep(ctx context.Context, j Job, log *slog.Logger, failed prometheus.Counter) {
	for pause := 100 * time.Millisecond; ctx.Err() == nil; pause = min(2*pause, time.Minute) {
		began := time.Now()
		err := j.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			pause = 100 * time.Millisecond
		}
		failed.Inc()
		log.Warn("job ended, starting it again", "job", j.Name, "error", err, "pause", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// inOrder sorts modules so that each comes after those it needs, keeping the listed order otherwise. A need that is not in the
// list runs in another process.
func inOrder(modules []Module) ([]Module, error) {
	byName := map[string]Module{}
	for _, m := range modules {
		byName[m.Name] = m
	}
	var ordered []Module
	state := map[string]int{} // 1 being placed, 2 placed
	var place func(m Module) error
	place = func(m Module) error {
		switch state[m.Name] {
		case 1:
			return fmt.Errorf("host: %s needs itself through others", m.Name)
		case 2:
			return nil
		}
		state[m.Name] = 1
		for _, need := range m.Needs {
			if other, here := byName[need]; here {
				if err := place(other); err != nil {
					return err
				}
			}
		}
		state[m.Name] = 2
		ordered = append(ordered, m)
		return nil
	}
	for _, m := range modules {
		if err := place(m); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}

// loadKeys takes the secrets from the configuration; with target all, missing ones are made once into the data directory.
func loadKeys(c Config) (Keys, error) {
	var k Keys
	var err error
	if k.Internal, err = signingKey(c, "internal.key", c.InternalKey); err != nil {
		return k, err
	}
	if k.Token, err = signingKey(c, "token.key", c.TokenKey); err != nil {
		return k, err
	}
	for _, other := range []struct{ name, value string }{{"next-token.key", c.NextKey}, {"previous-token.key", c.PreviousKey}} {
		if other.value == "" {
			continue
		}
		key, err := signingKey(c, other.name, other.value)
		if err != nil {
			return k, err
		}
		k.Others = append(k.Others, key)
	}
	for i, s := range []struct{ name, value string }{{"seal.key", c.SealKey}, {"previous-seal.key", c.PreviousSeal}} {
		if i > 0 && s.value == "" {
			continue
		}
		secret, err := secretOf(c, s.name, s.value)
		if err != nil {
			return k, err
		}
		if secret == nil { // a service of its own that seals nothing
			break
		}
		key, err := seal.NewKey(secret)
		if err != nil {
			return k, fmt.Errorf("%s: %w", s.name, err)
		}
		k.Seal = append(k.Seal, key)
	}
	return k, nil
}

func signingKey(c Config, name, value string) (access.Key, error) {
	seed, err := secretOf(c, name, value)
	if err != nil || seed == nil {
		return access.Key{}, err
	}
	return access.KeyFromSeed(seed)
}

// secretOf reads a secret from its setting, or with target all from its file in the data directory, which is made the first time.
// It is nil where there is none.
func secretOf(c Config, name, value string) ([]byte, error) {
	if value == "" {
		if c.Target != "all" {
			return nil, nil
		}
		made, err := secretFile(filepath.Join(c.Data, name))
		if err != nil {
			return nil, err
		}
		value = made
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return nil, fmt.Errorf("%s is not base64: %w", name, err)
	}
	return secret, nil
}

// secretFile reads a secret, making it the first time, readable by its owner alone.
func secretFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err == nil {
		return string(b), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return "", err
	}
	value := base64.StdEncoding.EncodeToString(seed)
	return value, os.WriteFile(path, []byte(value+"\n"), 0o600)
}
