// Package engine is an embedded search server that speaks the subset of the
// Meilisearch HTTP API which the meilisearch-go client needs: indexes,
// settings, documents, tasks, search with filters, sort and facets.
//
// It owns the HTTP contract, the durable task log and the index on disk (Bleve's
// scorch). It refuses to own any meaning: it knows nothing of what the
// documents are about and imports nothing of this product. What it does not
// serve it refuses with Meilisearch's error JSON; it never ignores a
// parameter.
//
// # How a write becomes durable
//
// A write is accepted (HTTP 202) only after its task, payload included, is in
// the catalog, a bbolt file synced to disk. One worker applies tasks in order.
// An index is a scorch directory whose batches are atomic and synced, and a
// task is closed in the catalog only after its batch is on disk. Applying a
// task twice gives the same index, so a process killed anywhere agrees with
// what it acknowledged once it has started again and drained its queue.
//
// # How a search reads
//
// A search takes a snapshot and holds it to its end, so that hits, counts and
// totals agree and writes never block it. Words are answered by Bleve's
// postings. Filters, facets and sort read columns (see column) that are built
// in memory per segment when first needed: four bytes for each document and
// value of an attribute asked about, and the distinct values.
//
// # How it differs from Meilisearch
//
// The ranking rules "words", "typo", "sort" and custom "attr:asc" order hits
// as Meilisearch does. The finer relevance rules (proximity, attribute, word
// position, exactness) are answered by one number, a BM25 score with earlier
// searchable attributes weighing more. Text in Han or kana script is indexed
// one character at a time and searched as adjacent characters.
package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	index "github.com/blevesearch/bleve_index_api"
	"github.com/gofiber/fiber/v2"
)

// Options configure an Engine. The zero value works: no authentication, the
// wall clock and no logging.
type Options struct {
	// MasterKey is the bearer token every route but /health asks for. Empty
	// means that no key is asked for, as in Meilisearch.
	MasterKey string
	// BodyLimit is the largest accepted request body in bytes; 0 means 100 MiB.
	BodyLimit int
	// Now is the clock that stamps tasks and indexes; nil means time.Now.
	Now func() time.Time
	// Logger receives what no client can be told; nil discards it.
	Logger *slog.Logger
}

// Engine is an open data directory and the worker that applies its tasks.
type Engine struct {
	dir     string
	opts    Options
	catalog *catalog
	queue   *taskQueue
	text    *index.AnalysisQueue
	app     *fiber.App
	keys    []apiKey

	mu      sync.RWMutex
	indexes map[string]*searchIndex // by uid; replaced, never edited

	stop    chan struct{}
	stopped sync.WaitGroup
	once    sync.Once
}

// Open opens or creates the data directory and starts applying whatever its
// task log still holds. It fails if another process has the directory open.
func Open(dir string, opts Options) (*Engine, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.BodyLimit == 0 {
		opts.BodyLimit = 100 << 20
	}
	if err := os.MkdirAll(filepath.Join(dir, "indexes"), 0o700); err != nil {
		return nil, fmt.Errorf("engine: data directory: %w", err)
	}
	cat, err := openCatalog(filepath.Join(dir, "catalog.db"))
	if err != nil {
		return nil, fmt.Errorf("engine: catalog of %s: %w", dir, err)
	}
	e := &Engine{
		dir:     dir,
		opts:    opts,
		catalog: cat,
		text:    index.NewAnalysisQueue(runtime.GOMAXPROCS(0)),
		indexes: map[string]*searchIndex{},
		stop:    make(chan struct{}),
		keys:    defaultKeys(opts.MasterKey, opts.Now().UTC()),
	}
	if err := e.openIndexes(); err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	waiting, batches, err := cat.enqueued()
	if err != nil {
		return nil, errors.Join(err, e.closeStores())
	}
	e.queue = newTaskQueue(waiting, batches)
	e.app = e.routes()
	e.stopped.Add(1)
	go e.work()
	return e, nil
}

// App is the HTTP application. The caller decides where it listens and shuts
// it down before Close.
func (e *Engine) App() *fiber.App { return e.app }

// Close stops the worker, at the latest after the write it is making, and
// closes the files. Tasks that have not ended are applied after the next Open.
func (e *Engine) Close() error {
	var err error
	e.once.Do(func() {
		close(e.stop)
		e.queue.wake()
		e.stopped.Wait()
		err = e.closeStores()
	})
	return err
}

// errClosing stops a task halfway because the engine closes. Nothing is lost:
// the task has not ended, and applying it again is harmless.
var errClosing = errors.New("engine: closing")

func (e *Engine) closing() error {
	select {
	case <-e.stop:
		return errClosing
	default:
		return nil
	}
}

func (e *Engine) closeStores() error {
	var errs []error
	e.mu.Lock()
	for _, ix := range e.indexes {
		errs = append(errs, ix.retire())
	}
	e.indexes = map[string]*searchIndex{}
	e.mu.Unlock()
	e.text.Close()
	errs = append(errs, e.catalog.close())
	return errors.Join(errs...)
}

// openIndexes opens every index of the catalog and removes directories no
// index owns: what an interrupted rebuild or deletion left behind.
func (e *Engine) openIndexes() error {
	metas, err := e.catalog.indexes()
	if err != nil {
		return err
	}
	owned := map[string]bool{}
	for uid, meta := range metas {
		ix, err := e.openIndex(meta)
		if err != nil {
			return fmt.Errorf("engine: open index %s: %w", uid, err)
		}
		e.indexes[uid] = ix
		owned[meta.Dir] = true
	}
	entries, err := os.ReadDir(filepath.Join(e.dir, "indexes"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !owned[entry.Name()] {
			if err := os.RemoveAll(filepath.Join(e.dir, "indexes", entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// acquire returns the index under uid, kept open until release is called, or
// index_not_found.
func (e *Engine) acquire(uid string) (*searchIndex, error) {
	if err := checkIndexUID(uid); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	ix, ok := e.indexes[uid]
	if !ok {
		return nil, errIndexNotFound(uid)
	}
	ix.hold()
	return ix, nil
}
