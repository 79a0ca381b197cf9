package search

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/services/platform/fault"
)

// lastPut is what is known of a type's puts.
type lastPut struct {
	at      time.Time // of the last that succeeded
	pending int64     // what the service has still to put, as it last said
}

// putLog keeps puts of one type in order, and remembers the last of each.
type putLog struct {
	mu    sync.Mutex
	last  map[api.DocumentType]lastPut
	lanes map[api.DocumentType]*sync.Mutex
	stamp int64
}

func newPutLog() putLog {
	return putLog{last: map[api.DocumentType]lastPut{}, lanes: map[api.DocumentType]*sync.Mutex{}}
}

// lane is the queue of one type: two puts of one document reach the engine in the order of their stamps.
func (p *putLog) lane(kind api.DocumentType) *sync.Mutex {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lanes[kind] == nil {
		p.lanes[kind] = &sync.Mutex{}
	}
	return p.lanes[kind]
}

// next is a stamp: the system's time in milliseconds, rising with every put of this process. The product's clock will not do:
// it may stand still.
func (p *putLog) next() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stamp = max(p.stamp+1, time.Now().UnixMilli())
	return time.UnixMilli(p.stamp)
}

// waiting notes what a service says it has still to put. It is noted before the put: while the engine is away no put succeeds,
// and that is when the number matters.
func (p *putLog) waiting(kind api.DocumentType, pending int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[kind] = lastPut{at: p.last[kind].at, pending: pending}
}

// done notes a put that succeeded, and what the service has left after it.
func (p *putLog) done(kind api.DocumentType, left int64, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[kind] = lastPut{at: at, pending: max(0, left)}
}

func (p *putLog) of(kind api.DocumentType) lastPut {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last[kind]
}

// Put brings documents of a type into the index and takes others out. It returns nil once the engine holds all of it durably.
// An id that stands in the batch twice is Invalid.
func (s *Service) Put(ctx context.Context, kind api.DocumentType, batch api.DocumentBatch) error {
	seen := map[string]bool{}
	for i, d := range batch.Documents {
		if seen[d.Id] {
			return fault.Bad(fault.Field{Path: "documents[" + strconv.Itoa(i) + "].id", Code: "repeated"})
		}
		seen[d.Id] = true
	}
	for i, id := range batch.Remove {
		if seen[id] {
			return fault.Bad(fault.Field{Path: "remove[" + strconv.Itoa(i) + "]", Code: "repeated"})
		}
		seen[id] = true
	}
	s.puts.waiting(kind, batch.Pending)
	if len(seen) == 0 {
		return nil
	}
	s.gate.RLock()
	defer s.gate.RUnlock()
	lane := s.puts.lane(kind)
	lane.Lock()
	defer lane.Unlock()

	at := s.puts.next()
	batch.Documents = slices.Clone(batch.Documents)
	for i := range batch.Documents {
		if d := &batch.Documents[i]; d.Facts.PublishedAt.IsZero() { // what nobody dates is as old as its place here
			d.Facts.PublishedAt = s.memory.publishedAt(key(kind, d.Id), s.o.Now())
		}
	}
	records := make([]record, 0, len(seen))
	for i := range batch.Documents {
		r, err := newRecord(kind, &batch.Documents[i], at, s.table().same)
		if err != nil {
			return err
		}
		records = append(records, r)
	}
	for _, id := range batch.Remove {
		records = append(records, newTombstone(kind, id, at))
	}
	if err := s.write(ctx, liveIndex, records); err != nil {
		return err
	}
	for i := range batch.Documents {
		s.memory.put(kind, &batch.Documents[i], at.UnixMilli())
	}
	for _, id := range batch.Remove {
		s.memory.remove(key(kind, id), at.UnixMilli())
	}
	s.puts.done(kind, batch.Pending-int64(len(seen)), s.o.Now())
	return nil
}

func (s *Service) write(ctx context.Context, uid string, records []record) error {
	primary := "key"
	info, err := s.o.Engine.Index(uid).AddDocumentsWithContext(ctx, records, &meilisearch.DocumentOptions{PrimaryKey: &primary})
	return s.wait(ctx, info, err)
}

// stored is the part of a record that is read back.
type stored struct {
	Key        string           `json:"key"`
	Type       api.DocumentType `json:"type"`
	ID         string           `json:"id"`
	Rev        int64            `json:"rev"`
	Projection int              `json:"projection"`
	Analysis   int              `json:"analysis"`
	PutAt      int64            `json:"putAt"`
	Source     string           `json:"source"` // empty for a tombstone
}

func (r *stored) document() (*api.SearchDocument, error) {
	if r.Source == "" {
		return nil, nil
	}
	var d api.SearchDocument
	return &d, json.Unmarshal([]byte(r.Source), &d)
}

var (
	stampFields  = []string{"key", "putAt"}
	revFields    = []string{"id", "rev", "projection"}
	sourceFields = []string{"key", "type", "id", "rev", "projection", "analysis", "putAt", "source"}
)

// page reads a page of an index's records.
func (s *Service) page(ctx context.Context, uid string, q meilisearch.DocumentsQuery) ([]stored, int64, error) {
	var result meilisearch.DocumentsResult
	if err := s.o.Engine.Index(uid).GetDocumentsWithContext(ctx, &q, &result); err != nil {
		return nil, 0, engineFault(err)
	}
	records := make([]stored, len(result.Results))
	for i, hit := range result.Results {
		if err := hit.DecodeInto(&records[i]); err != nil {
			return nil, 0, err
		}
	}
	return records, result.Total, nil
}

// each walks an index's records. A document that changes meanwhile may come in either state.
func (s *Service) each(ctx context.Context, uid, filter string, fields []string, visit func([]stored) error) error {
	const size = 500
	for offset := int64(0); ; offset += size {
		q := meilisearch.DocumentsQuery{Offset: offset, Limit: size, Fields: fields}
		if filter != "" {
			q.Filter = filter
		}
		records, total, err := s.page(ctx, uid, q)
		if err != nil {
			return err
		}
		if err := visit(records); err != nil {
			return err
		}
		if offset+size >= total {
			return nil
		}
	}
}

// remember takes a record into memory.
func (s *Service) remember(r *stored) error {
	d, err := r.document()
	if err != nil {
		return err
	}
	if d == nil {
		s.memory.remove(r.Key, r.PutAt)
	} else {
		s.memory.put(r.Type, d, r.PutAt)
	}
	return nil
}

// fill reads the whole index into memory.
func (s *Service) fill(ctx context.Context) error {
	stale := false
	err := s.each(ctx, liveIndex, "", sourceFields, func(records []stored) error {
		for i := range records {
			stale = stale || records[i].Analysis != analysis
			if err := s.remember(&records[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.memory.match.Refresh()
	s.reindex.needed = stale
	return nil
}

const (
	followEvery   = 2 * time.Second
	followOverlap = 30 * time.Second // a put may become visible this long after its stamp
	refreshEvery  = 10 * time.Minute // term statistics of matching
	tombstoneLife = time.Hour
)

// Follow keeps the memory up with what other processes put, and cleans up. It is a job: it runs until the context ends.
func (s *Service) Follow(ctx context.Context) error {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	refreshed, cleaned, seen := time.Now(), time.Now(), s.memory.changes()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := s.catchUp(ctx); err != nil {
			return err
		}
		if now := s.memory.changes(); now != seen && time.Since(refreshed) > refreshEvery {
			s.memory.match.Refresh()
			refreshed, seen = time.Now(), now
		}
		if err := s.popular.save(ctx); err != nil {
			s.o.Log.Warn("popular searches not saved", "error", err)
		}
		if time.Since(cleaned) > tombstoneLife/4 {
			if err := s.clean(ctx); err != nil {
				return err
			}
			cleaned = time.Now()
		}
	}
}

// catchUp takes in what was put lately and is not known here.
func (s *Service) catchUp(ctx context.Context) error {
	since := time.Now().Add(-followOverlap).UnixMilli()
	var unknown []string
	err := s.each(ctx, liveIndex, "putAt >= "+strconv.FormatInt(since, 10), stampFields, func(records []stored) error {
		for _, r := range records {
			if at, ok := s.memory.stamp(r.Key); !ok || at < r.PutAt {
				unknown = append(unknown, r.Key)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for keys := range slices.Chunk(unknown, 200) {
		records, _, err := s.page(ctx, liveIndex, meilisearch.DocumentsQuery{Ids: keys, Limit: int64(len(keys)), Fields: sourceFields})
		if err != nil {
			return err
		}
		for i := range records {
			if err := s.remember(&records[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// clean drops tombstones everybody has seen.
func (s *Service) clean(ctx context.Context) error {
	before := time.Now().Add(-tombstoneLife).UnixMilli()
	filter := "audience IS EMPTY AND putAt < " + strconv.FormatInt(before, 10)
	info, err := s.o.Engine.Index(liveIndex).DeleteDocumentsByFilterWithContext(ctx, filter, nil)
	if err := s.wait(ctx, info, err); err != nil {
		return err
	}
	s.memory.prune(before)
	return nil
}

// Revisions lists which revision of which document of a type the index holds. next is empty on the last page.
func (s *Service) Revisions(ctx context.Context, kind api.DocumentType, limit int, cursor string) (items []api.DocumentRevision, next string, err error) {
	var offset int64
	if cursor != "" {
		if offset, err = strconv.ParseInt(cursor, 10, 64); err != nil || offset < 0 {
			return nil, "", fault.Bad(fault.Field{Path: "cursor", Code: "bad_format"})
		}
	}
	records, total, err := s.page(ctx, liveIndex, meilisearch.DocumentsQuery{Offset: offset, Limit: int64(limit), Fields: revFields,
		Filter: "type = " + quoted(string(kind)) + " AND audience IS NOT EMPTY"})
	if err != nil {
		return nil, "", err
	}
	items = make([]api.DocumentRevision, len(records))
	for i, r := range records {
		items[i] = api.DocumentRevision{Id: r.ID, Rev: r.Rev, Projection: r.Projection}
	}
	if offset += int64(limit); offset < total {
		next = strconv.FormatInt(offset, 10)
	}
	return items, next, nil
}

func (m *memory) changes() uint64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.changed
}
