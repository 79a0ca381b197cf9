// Package search answers what people look for and what fits them: one search over everything that is published, suggestions
// while typing, and matching with reasons.
//
// It owns the definition of the index, the way documents get in (services put projections of their documents, see api), the
// query and its counts, and who may see what in every answer. It refuses to own the language (package text), the ranking of
// matches (package match), the truth (each service keeps its own documents and repairs the index from them) and the engine:
// the address is a Meilisearch server or our embedded one (package engine), and only this package talks to it.
//
// # How a document gets in
//
// A service's reconciler puts the documents it has marked dirty. A put answers when the engine's task has succeeded, and only
// then does the service clear its mark; a crash anywhere leaves the mark. The engine keeps each document whole, so the memory
// this process suggests and matches from is filled from the engine at the start, by its own puts, and by looking every other
// second for what other processes have put. A removed document leaves a tombstone nobody may see, so that they learn of it.
package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/match"
	"lianbang/search/text"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Options make a Service.
type Options struct {
	Engine  meilisearch.ServiceManager
	Now     func() time.Time // the product's clock: it says which deadlines have passed
	Log     *slog.Logger
	Popular *docstore.Collection[PopularDay] // nil: popular searches live as long as the process
	Weights match.Weights
	// Synonyms are the words that mean the same, as they come with the program; Groups, when there is a store, the operator's.
	Synonyms *text.Synonyms
	Groups   *docstore.Collection[SynonymGroup]
	// Saved searches and what was told to them; nil: nothing can be saved.
	Saved *docstore.Collection[SavedSearch]
	Told  *docstore.Collection[ToldItem]
	// DB and Holder are for leases. Standing asks whether a person still is who they were; nil: nobody is, beyond the public.
	DB       *docstore.DB
	Holder   string
	Standing func(ctx context.Context, a access.Actor) error
	Audit    *audit.Log

	// How often the operator's words are read and how long a change waits for the other replicas; tests wait less.
	wordsEvery, settleAfter time.Duration
}

// Service is search.
type Service struct {
	o       Options
	words   atomic.Pointer[vocabulary]
	memory  *memory
	popular *popular
	reindex reindexing
	// gate lets many puts in at once and closes for the moment of a swap.
	gate sync.RWMutex
	puts putLog
}

// New makes the service; Open makes it usable.
func New(o Options) *Service {
	o.wordsEvery, o.settleAfter = cmp.Or(o.wordsEvery, followEvery), cmp.Or(o.settleAfter, settleAfter)
	s := &Service{o: o, memory: newMemory(o.Weights), popular: newPopular(o.Popular, o.Now), puts: newPutLog(),
		reindex: reindexing{asked: make(chan struct{}, 1)}}
	s.words.Store(&vocabulary{synonyms: o.Synonyms, same: newSameness(o.Synonyms)})
	return s
}

// Open prepares the engine's index and fills the memory from it. It waits for the engine, up to the context's end.
func (s *Service) Open(ctx context.Context) error {
	for {
		err := s.define(ctx, liveIndex)
		if err == nil {
			break
		}
		if fault.KindOf(err) != fault.Unavailable {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
	if err := s.loadWords(ctx); err != nil {
		return err
	}
	if err := s.popular.load(ctx); err != nil {
		return err
	}
	return s.fill(ctx)
}

// wait ends when the engine's task has: nil only when it succeeded.
func (s *Service) wait(ctx context.Context, info *meilisearch.TaskInfo, err error) error {
	if err != nil {
		return engineFault(err)
	}
	task, err := s.o.Engine.WaitForTaskWithContext(ctx, info.TaskUID, pollTask)
	if err != nil {
		return engineFault(err)
	}
	if task.Status != meilisearch.TaskStatusSucceeded {
		return taskError{task.Error.Code, task.Error.Message}
	}
	return nil
}

const pollTask = 5 * time.Millisecond

// taskError is a task the engine accepted and then could not do.
type taskError struct{ code, message string }

func (e taskError) Error() string {
	return fmt.Sprintf("search engine task: %s: %s", e.code, e.message)
}

// engineFault tells an engine that is away or busy (try again) from one that refuses what we ask (our fault).
func engineFault(err error) error {
	var e *meilisearch.Error
	if errors.As(err, &e) && e.StatusCode >= 400 && e.StatusCode < 500 {
		return fmt.Errorf("search engine: %w", err)
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	f := fault.Wrap(err, fault.Unavailable, "search.engine_away", "the search engine cannot be asked right now")
	f.RetryAfter = 1
	return f
}

// isMissing tells the engine's answer that an index is not there.
func isMissing(err error) bool {
	var e *meilisearch.Error
	return errors.As(err, &e) && e.MeilisearchApiError.Code == "index_not_found"
}
