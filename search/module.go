package search

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"
	"github.com/prometheus/client_golang/prometheus"

	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
	"lianbang/search/text"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// synonyms are the words that mean the same, as shipped.
//
//go:embed synonyms.json
var synonyms string

// openTimeout is how long the service waits for a search server that is still starting.
const openTimeout = 30 * time.Second

// patience is how often a message that notify does not take is tried, a quarter of an hour apart in the end: ten days.
const patience = 1000

// Module is the search service. It uses the server at SearchURL; with none configured, the engine module of this process.
func Module() host.Module {
	return host.Module{Name: "search", Needs: []string{"engine"}, Start: start}
}

func start(ctx context.Context, e *host.Env) (*host.Running, error) {
	same, err := text.ReadSynonyms(strings.NewReader(synonyms))
	if err != nil {
		return nil, err
	}
	db, err := e.Store(ctx)
	if err != nil {
		return nil, err
	}
	running, err := startWith(ctx, e, db, same)
	if err != nil {
		return nil, errors.Join(err, db.Close(context.WithoutCancel(ctx)))
	}
	return running, nil
}

func startWith(ctx context.Context, e *host.Env, db *docstore.DB, same *text.Synonyms) (*host.Running, error) {
	days, err := docstore.NewCollection[PopularDay](ctx, db, PopularSpec)
	if err != nil {
		return nil, err
	}
	groups, err := docstore.NewCollection[SynonymGroup](ctx, db, SynonymSpec)
	if err != nil {
		return nil, err
	}
	saved, err := docstore.NewCollection[SavedSearch](ctx, db, SavedSpec)
	if err != nil {
		return nil, err
	}
	told, err := docstore.NewCollection[ToldItem](ctx, db, ToldSpec)
	if err != nil {
		return nil, err
	}
	relay := docstore.NewRelay(db, docstore.RelayOptions{Deliver: e.Deliver, MaxTries: patience})
	o := Options{Engine: client(e), Now: e.Now, Log: e.Log, Popular: days, Weights: match.DefaultWeights(), Synonyms: same, Groups: groups,
		Saved: saved, Told: told, DB: db, Holder: rest.NewID(e.Now()), Standing: e.Standing, Audit: e.Audit}
	if e.Config.Store == "" {
		o.settleAfter = time.Nanosecond // no other replica has to know of a change first
	}
	s := New(o)
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	if err := s.Open(opening); err != nil {
		return nil, err
	}
	if err := s.measure(e.Metrics); err != nil {
		return nil, err
	}
	spec, err := api.GetSpec()
	if err != nil {
		return nil, err
	}
	app, err := rest.New(rest.Options{Name: e.Name, Spec: spec, Verify: e.Verifier().Verify, Now: e.Now, Log: e.Log, Metrics: e.Metrics,
		BodyLimit: 64 << 20, Ready: s.ready, Standing: e.Standing})
	if err != nil {
		return nil, err
	}
	api.RegisterHandlersWithOptions(app.Fiber, api.NewStrictHandler(&server{s}, nil),
		api.FiberServerOptions{HandlerMiddlewares: []api.HandlerMiddlewareFunc{app.Guard}})
	return &host.Running{App: app.Fiber, Jobs: []host.Job{{Name: "follow", Run: s.Follow}, {Name: "reindex", Run: s.Reindexing},
		{Name: "synonyms", Run: s.Wording}, {Name: "saved searches", Run: s.Watching}, {Name: "relay", Run: relay.Run}}, Ready: s.ready, Close: func() error {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return errors.Join(s.popular.flush(ending), db.Close(ending))
	}}, nil
}

// ready asks whether the engine answers.
func (s *Service) ready(ctx context.Context) error {
	if _, err := s.o.Engine.HealthWithContext(ctx); err != nil {
		return fault.Wrap(err, fault.Unavailable, "search.engine_away", "the search engine cannot be asked right now")
	}
	return nil
}

// client speaks to the configured server, or through memory to the engine of this process.
func client(e *host.Env) meilisearch.ServiceManager {
	if e.Config.SearchURL != "" {
		return meilisearch.New(e.Config.SearchURL, meilisearch.WithAPIKey(e.Config.SearchKey),
			meilisearch.WithCustomClient(&http.Client{Timeout: 30 * time.Second}))
	}
	return meilisearch.New("http://engine", meilisearch.WithAPIKey(engineKey(e)), meilisearch.WithCustomClient(e.Network.Client(nil)))
}

// engineKey is the configured key; in one process the engine and its client both derive it from the process's own secret.
func engineKey(e *host.Env) string {
	if e.Config.SearchKey != "" || len(e.Keys.Internal.Private) == 0 {
		return e.Config.SearchKey
	}
	sum := sha256.Sum256(append([]byte("search engine\x00"), e.Keys.Internal.Private...))
	return hex.EncodeToString(sum[:])
}

// EngineModule is the embedded search server: in the one process of target all, or in a process of its own.
func EngineModule() host.Module {
	return host.Module{Name: "engine", Start: func(_ context.Context, e *host.Env) (*host.Running, error) {
		key := engineKey(e)
		if key == "" {
			return nil, errors.New("LIANBANG_SEARCH_KEY has no default outside target all")
		}
		dir, err := e.Dir("search-engine")
		if err != nil {
			return nil, err
		}
		eng, err := engine.Open(dir, engine.Options{MasterKey: key, Logger: e.Log})
		if err != nil {
			return nil, err
		}
		return &host.Running{App: eng.App(), Close: eng.Close}, nil
	}}
}

// measure publishes what an operator watches.
func (s *Service) measure(r prometheus.Registerer) error {
	if r == nil {
		return nil
	}
	for _, t := range documentTypes {
		labels := prometheus.Labels{"type": string(t)}
		for _, g := range []prometheus.Collector{
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lianbang_search_documents", Help: "Documents in the index, by type.", ConstLabels: labels},
				func() float64 { return float64(s.memory.counts()[t]) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lianbang_search_pending", Help: "Documents the service last said it has still to put.", ConstLabels: labels},
				func() float64 { return float64(s.puts.of(t).pending) }),
		} {
			if err := r.Register(g); err != nil {
				return err
			}
		}
	}
	return nil
}

// Backlog is what the index holds and what waits to enter it. An engine that is away is part of the answer, not a failure.
func (s *Service) Backlog(ctx context.Context) api.SearchBacklog {
	var b api.SearchBacklog
	if v, err := s.o.Engine.VersionWithContext(ctx); err == nil {
		b.Engine.Reachable, b.Engine.Version = true, v.PkgVersion
	}
	if stats, err := s.o.Engine.Index(liveIndex).GetStatsWithContext(ctx, nil); err == nil {
		b.Engine.Documents = stats.NumberOfDocuments
	}
	tasks, err := s.o.Engine.GetTasksWithContext(ctx, &meilisearch.TasksQuery{Limit: 1,
		Statuses: []meilisearch.TaskStatus{meilisearch.TaskStatusEnqueued, meilisearch.TaskStatusProcessing}})
	if err == nil {
		b.Engine.TasksWaiting = tasks.Total
	}
	counts := s.memory.counts()
	for _, t := range documentTypes {
		last := s.puts.of(t)
		b.Types = append(b.Types, struct {
			Indexed   int64            `json:"indexed"`
			LastPutAt time.Time        `json:"lastPutAt,omitempty,omitzero"`
			Pending   int64            `json:"pending,omitempty,omitzero"`
			Type      api.DocumentType `json:"type"`
		}{counts[t], last.at, last.pending, t})
	}
	b.Reindex = s.reindex.now()
	return b
}
