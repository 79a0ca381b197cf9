package engine

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"
)

// searchIndex is one index as searches see it: its metadata and an open scorch
// directory. It is immutable; a change of metadata makes a new searchIndex on
// the same shard, a rebuild makes a new shard.
type searchIndex struct {
	meta   indexMeta
	tokens *tokenizer
	*shard
}

// shard is an open scorch directory, counted by its users and closed by the
// last one.
type shard struct {
	dir     string
	idx     *scorch.Scorch
	columns *columns

	mu      sync.Mutex
	users   int
	retired bool
	remove  bool
}

// hold and release bracket a use; a retired shard closes after the last one.
func (s *shard) hold() {
	s.mu.Lock()
	s.users++
	s.mu.Unlock()
}

func (s *shard) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	_ = s.closeIfUnused()
}

// retire closes the shard once nobody uses it.
func (s *shard) retire() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retired = true
	return s.closeIfUnused()
}

// discard retires the shard and deletes its directory.
func (s *shard) discard() error {
	s.mu.Lock()
	s.remove = true
	s.mu.Unlock()
	return s.retire()
}

func (s *shard) closeIfUnused() error {
	if !s.retired || s.users > 0 || s.idx == nil {
		return nil
	}
	err := s.idx.Close()
	s.idx = nil
	if s.remove {
		err = errors.Join(err, os.RemoveAll(s.dir))
	}
	return err
}

// openShard opens or creates a scorch directory. Batches return only when they
// are on disk.
func (e *Engine) openShard(name string) (*shard, error) {
	dir := filepath.Join(e.dir, "indexes", name)
	opened, err := scorch.NewScorch(scorch.Name, map[string]any{
		"path": dir,
		// Without it a second opener waits forever for the lock.
		"bolt_timeout":             "1s",
		"numSnapshotsToKeep":       1,
		"rollbackSamplingInterval": "0s",
	}, e.text)
	if err != nil {
		return nil, err
	}
	if err := opened.Open(); err != nil {
		return nil, err
	}
	return &shard{dir: dir, idx: opened.(*scorch.Scorch), columns: &columns{segments: map[uint64]map[string]*columnSlot{}}}, nil
}

func newDirName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

func (e *Engine) openIndex(meta indexMeta) (*searchIndex, error) {
	sh, err := e.openShard(meta.Dir)
	if err != nil {
		return nil, err
	}
	return newSearchIndex(meta, sh), nil
}

func newSearchIndex(meta indexMeta, sh *shard) *searchIndex {
	return &searchIndex{meta: meta, tokens: newTokenizer(meta.Settings), shard: sh}
}

// publish makes searches see ix under its uid.
func (e *Engine) publish(ix *searchIndex) {
	e.mu.Lock()
	e.indexes[ix.meta.UID] = ix
	e.mu.Unlock()
}

// current returns the index a task works on, or nil. Only the worker may call
// it: nothing else replaces or retires an index.
func (e *Engine) current(uid string) *searchIndex {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.indexes[uid]
}

var keyNextOrder = []byte("nextOrder")

// nextOrder is the insertion order the next new document gets.
func (s *shard) nextOrder() (uint64, error) {
	r, err := s.reader()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	v, err := r.GetInternal(keyNextOrder)
	if err != nil || len(v) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(v), nil
}

// snapshot is a consistent view of a shard, for one request.
type snapshot struct {
	index.IndexReader
	segments []*scorch.SegmentSnapshot
	starts   []uint64 // the number of each segment's first document
	columns  *columns
}

func (s *shard) reader() (*snapshot, error) {
	r, err := s.idx.Reader()
	if err != nil {
		return nil, err
	}
	out := &snapshot{IndexReader: r, segments: r.(*scorch.IndexSnapshot).Segments(), columns: s.columns}
	start := uint64(0)
	for _, segment := range out.segments {
		out.starts = append(out.starts, start)
		start += uint64(segment.FullSize())
	}
	return out, nil
}

func (r *snapshot) Close() { _ = r.IndexReader.Close() }

// source returns the document stored under an internal id.
func (r *snapshot) source(id index.IndexInternalID) ([]byte, error) {
	external, err := r.ExternalID(id)
	if err != nil {
		return nil, err
	}
	return r.sourceOf(external)
}

// sourceOf returns the document stored under its own id, or nil.
func (r *snapshot) sourceOf(id string) ([]byte, error) {
	doc, err := r.Document(id)
	if err != nil || doc == nil {
		return nil, err
	}
	var source []byte
	doc.VisitFields(func(f index.Field) {
		if f.Name() == sourceField {
			source = f.Value()
		}
	})
	return source, nil
}

// has tells whether a document is there.
func (r *snapshot) has(id string) (bool, error) {
	internal, err := r.InternalID(id)
	return len(internal) > 0, err
}

// marks counts the documents that carry each mark of a kind, by attribute.
func (r *snapshot) marks(kind string) (map[string]uint64, error) {
	dict, err := r.FieldDictPrefix(marksField, []byte(kind))
	if err != nil {
		return nil, err
	}
	defer func() { _ = dict.Close() }()
	counts := map[string]uint64{}
	for entry, err := dict.Next(); entry != nil || err != nil; entry, err = dict.Next() {
		if err != nil {
			return nil, err
		}
		// The dictionary counts deleted documents too; the postings do not.
		postings, err := searcher.NewTermSearcher(context.Background(), r.IndexReader, entry.Term, marksField, 1, unscored)
		if err != nil {
			return nil, err
		}
		if n := postings.Count(); n > 0 {
			counts[strings.TrimPrefix(entry.Term, kind)] = n
		}
		if err := postings.Close(); err != nil {
			return nil, err
		}
	}
	return counts, nil
}

// attributes lists the attributes that have a field of the kind ("t." or "v.").
func (r *snapshot) attributes(kind string) ([]string, error) {
	fields, err := r.Fields()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, f := range fields {
		if strings.HasPrefix(f, kind) {
			found = append(found, strings.TrimPrefix(f, kind))
		}
	}
	return found, nil
}

func encodeUint64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
