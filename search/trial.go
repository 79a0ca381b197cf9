package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
	"lianbang/search/text"
	"lianbang/services/platform/rest"
)

// Trial is the service over documents of somebody's own, apart from the product: for measuring it. What it finds has gone
// the product's whole way: put into a search server, read back from there, matched from memory.
type Trial struct {
	*Service
	stop []func() error
}

// trialBatch is how many documents are put at a time.
const trialBatch = 500

// NewTrial opens a trial over the search server at an address, or, when that is empty, over an embedded one in a temporary
// directory. A server whose index already holds documents is refused: they may be a product's.
func NewTrial(ctx context.Context, address, key string, w match.Weights) (*Trial, error) {
	t := &Trial{}
	client, err := t.connect(address, key)
	if err == nil {
		err = t.open(ctx, client, w)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *Trial) connect(address, key string) (meilisearch.ServiceManager, error) {
	if address != "" {
		return meilisearch.New(address, meilisearch.WithAPIKey(key)), nil
	}
	dir, err := os.MkdirTemp("", "lianbang-trial-")
	if err != nil {
		return nil, err
	}
	t.stop = append(t.stop, func() error { return os.RemoveAll(dir) })
	const name, embedded = "engine", "trial"
	server, err := engine.Open(dir, engine.Options{MasterKey: embedded})
	if err != nil {
		return nil, err
	}
	t.stop = append(t.stop, server.Close)
	network := rest.NewNetwork(nil)
	listener := network.Listen(name)
	go func() { _ = server.App().Listener(listener) }() // ends with Close
	return meilisearch.New("http://"+name, meilisearch.WithAPIKey(embedded), meilisearch.WithCustomClient(network.Client(nil))), nil
}

func (t *Trial) open(ctx context.Context, client meilisearch.ServiceManager, w match.Weights) error {
	if stats, err := client.Index(liveIndex).GetStatsWithContext(ctx, nil); err == nil && stats.NumberOfDocuments > 0 {
		return fmt.Errorf("the index %s of that server holds %d documents; a trial needs a server of its own", liveIndex, stats.NumberOfDocuments)
	} else if err != nil && !isMissing(err) {
		return engineFault(err)
	}
	same, err := text.ReadSynonyms(strings.NewReader(synonyms))
	if err != nil {
		return err
	}
	t.Service = New(Options{Engine: client, Now: time.Now, Log: slog.New(slog.DiscardHandler), Weights: w, Synonyms: same})
	t.stop = append(t.stop, func() error {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return t.drop(ending, liveIndex)
	})
	return t.Open(ctx)
}

// Load puts documents of a type and then begins again from what the search server holds, as after a start.
func (t *Trial) Load(ctx context.Context, kind api.DocumentType, docs []api.SearchDocument) error {
	for len(docs) > 0 {
		n := min(len(docs), trialBatch)
		if err := t.Put(ctx, kind, api.DocumentBatch{Documents: docs[:n]}); err != nil {
			return err
		}
		docs = docs[n:]
	}
	t.Service = New(t.o)
	return t.Open(ctx)
}

// Close takes the trial's documents off the server, and an embedded server with them.
func (t *Trial) Close() error {
	var all error
	for i := len(t.stop) - 1; i >= 0; i-- {
		all = errors.Join(all, t.stop[i]())
	}
	t.stop = nil
	return all
}
