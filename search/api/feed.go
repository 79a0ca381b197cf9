package api

import (
	"context"
	"log/slog"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// Peer is the name under which services reach search.
const Peer = "search"

// Feed keeps what search holds of one type equal to the collection another service keeps it in. Push is a reconciler's; Comparing finds what
// no reconciler can know of: an index that was lost, restored from an old copy, or filled by an older projection.
type Feed[T any] struct {
	Search     *ClientWithResponses
	Type       DocumentType
	Collection *docstore.Collection[T]
	// Walk is what a comparison reads: every searchable document, at least. The zero Query is all.
	Walk       docstore.Query
	Searchable func(*T) bool
	// Project reads what all documents share, such as the city's names, and gives what search may know of one.
	Project func(context.Context) (func(docstore.Doc[T]) SearchDocument, error)
	// Projection rises when Project's documents change, so that the comparison finds the old ones.
	Projection int
	Log        *slog.Logger
}

// Push brings documents as they are now into the index, or out of it. It returns once search holds them durably.
func (f *Feed[T]) Push(ctx context.Context, docs []docstore.Doc[T]) error {
	project, err := f.Project(ctx)
	if err != nil {
		return err
	}
	var batch DocumentBatch
	for _, doc := range docs {
		if !f.Searchable(&doc.Body) {
			batch.Remove = append(batch.Remove, doc.ID)
			continue
		}
		d := project(doc)
		d.Id, d.Rev, d.Projection = doc.ID, doc.Rev, f.Projection
		batch.Documents = append(batch.Documents, d)
	}
	if batch.Pending, err = f.Collection.Backlog(ctx); err != nil {
		return err
	}
	return f.put(ctx, batch)
}

func (f *Feed[T]) put(ctx context.Context, batch DocumentBatch) error {
	answer, err := f.Search.PutSearchDocumentsWithResponse(ctx, f.Type, batch)
	if err != nil {
		return rest.Away(Peer, err)
	}
	return rest.PeerError(Peer, answer.StatusCode(), answer.Body)
}

// revisions are what search holds, by id.
func (f *Feed[T]) revisions(ctx context.Context) (map[string]DocumentRevision, error) {
	held := map[string]DocumentRevision{}
	for cursor, first := "", true; first || cursor != ""; first = false {
		answer, err := f.Search.ListSearchRevisionsWithResponse(ctx, f.Type, &ListSearchRevisionsParams{Limit: 1000, Cursor: cursor})
		if err != nil {
			return nil, rest.Away(Peer, err)
		}
		if err := rest.PeerError(Peer, answer.StatusCode(), answer.Body); err != nil {
			return nil, err
		}
		for _, r := range answer.JSON200.Items {
			held[r.Id] = r
		}
		cursor = answer.JSON200.Next
	}
	return held, nil
}

// maxStrays bounds how many unknown documents one comparison removes; the next goes on.
const maxStrays = 500

// Compare holds what search has to what the collection has: what differs is marked for the reconciler, which reads it again and decides;
// what the collection has never had is removed.
func (f *Feed[T]) Compare(ctx context.Context) (repaired int, err error) {
	held, err := f.revisions(ctx)
	if err != nil {
		return 0, err
	}
	err = f.Collection.Each(ctx, f.Walk, func(doc docstore.Doc[T]) error {
		r, there := held[doc.ID]
		delete(held, doc.ID)
		if there == f.Searchable(&doc.Body) && (!there || r.Rev == doc.Rev && r.Projection == f.Projection) {
			return nil
		}
		repaired++
		return f.Collection.MarkDirty(ctx, doc.ID)
	})
	if err != nil {
		return repaired, err
	}
	var strays DocumentBatch
	for id := range held {
		switch err := f.Collection.MarkDirty(ctx, id); {
		case err == nil:
		case fault.KindOf(err) == fault.NotFound:
			strays.Remove = append(strays.Remove, id)
		default:
			return repaired, err
		}
		if repaired++; len(strays.Remove) == maxStrays {
			break
		}
	}
	if len(strays.Remove) == 0 {
		return repaired, nil
	}
	return repaired, f.put(ctx, strays)
}

const (
	comparePause = time.Hour
	compareAgain = 30 * time.Second // after a failure
)

// Comparing compares at the start and then every hour, until the context ends. It is a job.
func (f *Feed[T]) Comparing(ctx context.Context) error {
	for {
		pause := comparePause
		repaired, err := f.Compare(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			f.Log.Warn("the index could not be compared", "type", f.Type, "error", err)
			pause = compareAgain
		case repaired > 0:
			f.Log.Info("the index differed from the store", "type", f.Type, "repaired", repaired)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
