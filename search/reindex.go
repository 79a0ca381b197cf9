package search

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/services/platform/fault"
)

// reindexing is the state of the reindex of this process, running or last.
type reindexing struct {
	mu     sync.Mutex
	state  api.Reindex
	needed bool // documents made by another analysis are in the index
	asked  chan struct{}
}

func (r *reindexing) begin(now time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.State == api.Running {
		return fault.New(fault.Conflict, "search.reindex_running", "a reindex is under way")
	}
	r.state = api.Reindex{State: api.Running, StartedAt: now}
	return nil
}

func (r *reindexing) progress(done, total int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Done, r.state.Total = done, total
}

func (r *reindexing) end(now time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.FinishedAt = now
	r.state.State = api.Finished
	if err != nil {
		r.state.State = api.Failed
	}
}

func (r *reindexing) now() api.Reindex {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.State == "" {
		return api.Reindex{State: api.Never}
	}
	return r.state
}

// StartReindex asks for a reindex that outlives the request. Conflict while one is under way here.
func (s *Service) StartReindex() error {
	if err := s.reindex.begin(s.o.Now()); err != nil {
		return err
	}
	s.reindex.asked <- struct{}{} // never full: begin lets one through at a time
	return nil
}

// Reindexing does the reindexes asked for. It is a job: it runs until the context ends.
func (s *Service) Reindexing(ctx context.Context) error {
	if s.reindex.needed {
		if err := s.StartReindex(); err != nil {
			return err
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.reindex.asked:
		}
		err := s.rebuild(ctx)
		s.reindex.end(s.o.Now(), err)
		if err != nil && ctx.Err() == nil {
			s.o.Log.Error("reindex failed; the index in use is as it was", "error", err)
		}
	}
}

// rebuild makes every record again in an index beside the one in use and swaps the two, so that searches always find the
// whole. It works from the documents the index holds; what the services hold is theirs to compare (Revisions).
func (s *Service) rebuild(ctx context.Context) error {
	if err := s.drop(ctx, buildIndex); err != nil { // what a crash left behind
		return err
	}
	if err := s.define(ctx, buildIndex); err != nil {
		return err
	}
	began := s.settled()
	if err := s.copy(ctx, liveIndex, buildIndex, 0); err != nil {
		return err
	}
	// What was put meanwhile, once while puts go on, then the rest while they wait: that part is short.
	lately := s.settled()
	if err := s.copy(ctx, liveIndex, buildIndex, began.UnixMilli()); err != nil {
		return err
	}
	s.gate.Lock()
	defer s.gate.Unlock()
	if err := s.copy(ctx, liveIndex, buildIndex, lately.UnixMilli()); err != nil {
		return err
	}
	info, err := s.o.Engine.SwapIndexesWithContext(ctx, []*meilisearch.SwapIndexesParams{{Indexes: []string{liveIndex, buildIndex}}})
	if err := s.wait(ctx, info, err); err != nil {
		return err
	}
	// Other processes do not know of our gate: what they put into the old index during the swap is there still.
	if err := s.copyNewer(ctx, lately.Add(-followOverlap).UnixMilli()); err != nil {
		return err
	}
	return s.drop(ctx, buildIndex)
}

// settled waits until every put under way is in the index, and is a stamp that all later ones reach.
func (s *Service) settled() time.Time {
	s.gate.Lock()
	defer s.gate.Unlock()
	return s.puts.next()
}

// copy makes the records put since an instant again, in another index.
func (s *Service) copy(ctx context.Context, from, to string, since int64) error {
	filter, done := "", int64(0)
	if since > 0 {
		filter = "putAt >= " + strconv.FormatInt(since, 10)
	}
	return s.each(ctx, from, filter, sourceFields, func(old []stored) error {
		records := make([]record, 0, len(old))
		for i := range old {
			r, err := s.again(&old[i])
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		if len(records) == 0 {
			return nil
		}
		if err := s.write(ctx, to, records); err != nil {
			return err
		}
		if since == 0 {
			done += int64(len(records))
			s.reindex.progress(done, s.memory.len())
		}
		return nil
	})
}

// copyNewer brings over from the old index what is newer there than in the one in use.
func (s *Service) copyNewer(ctx context.Context, since int64) error {
	return s.each(ctx, buildIndex, "putAt >= "+strconv.FormatInt(since, 10), sourceFields, func(old []stored) error {
		keys := make([]string, len(old))
		for i, r := range old {
			keys[i] = r.Key
		}
		if len(keys) == 0 {
			return nil
		}
		live, _, err := s.page(ctx, liveIndex, meilisearch.DocumentsQuery{Ids: keys, Limit: int64(len(keys)), Fields: stampFields})
		if err != nil {
			return err
		}
		at := map[string]int64{}
		for _, r := range live {
			at[r.Key] = r.PutAt
		}
		var records []record
		for i := range old {
			if at[old[i].Key] >= old[i].PutAt {
				continue
			}
			r, err := s.again(&old[i])
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		if len(records) == 0 {
			return nil
		}
		return s.write(ctx, liveIndex, records)
	})
}

// again makes a record from what is stored of it.
func (s *Service) again(r *stored) (record, error) {
	at := time.UnixMilli(r.PutAt)
	d, err := r.document()
	if err != nil {
		return nil, err
	}
	if d == nil {
		return newTombstone(r.Type, r.ID, at), nil
	}
	return newRecord(r.Type, d, at, s.table().same)
}

// drop deletes an index, if it is there. A deletion that waited in the engine when it was killed may come first.
func (s *Service) drop(ctx context.Context, uid string) error {
	if _, err := s.o.Engine.GetIndexWithContext(ctx, uid); err != nil {
		if isMissing(err) {
			return nil
		}
		return engineFault(err)
	}
	info, err := s.o.Engine.DeleteIndexWithContext(ctx, uid)
	err = s.wait(ctx, info, err)
	var refused taskError
	if errors.As(err, &refused) && refused.code == "index_not_found" {
		return nil
	}
	return err
}
