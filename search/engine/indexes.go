package engine

import (
	"context"
	"regexp"

	"go.etcd.io/bbolt"
)

// indexSwap exchanges what two uids point at, or with Rename moves the first
// to the second.
type indexSwap struct {
	Indexes []string `json:"indexes"`
	Rename  bool     `json:"rename"`
}

var validIndexUID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,400}$`)

func checkIndexUID(uid string) error {
	if !validIndexUID.MatchString(uid) {
		return newError("invalid_index_uid", "`%s` is not a valid index uid. Index uid can be an integer or a string containing only alphanumeric characters, hyphens (-) and underscores (_), and can not be more than 400 bytes.", uid)
	}
	return nil
}

// finish ends the tasks that apply left open and records them, together with
// a change of metadata, in one transaction.
func (e *Engine) finish(batch []*task, change func(*bbolt.Bucket) error) error {
	now := e.now()
	for _, t := range batch {
		if !t.ended() {
			t.Status = statusSucceeded
		}
		t.FinishedAt = &now
	}
	return e.catalog.finish(batch, change)
}

// createIndex makes an empty index that is not yet in the catalog.
func (e *Engine) createIndex(uid, primaryKey string) (*searchIndex, error) {
	now := e.now()
	return e.openIndex(indexMeta{
		UID: uid, Dir: newDirName(), PrimaryKey: primaryKey, CreatedAt: now, UpdatedAt: now, Settings: defaultSettings(),
	})
}

func (e *Engine) applyIndexCreation(t *task) error {
	if e.current(t.IndexUID) != nil {
		return errIndexExists(t.IndexUID)
	}
	ix, err := e.createIndex(t.IndexUID, t.PrimaryKey)
	if err != nil {
		return err
	}
	return e.commit([]*task{t}, ix)
}

// commit records an index's metadata with the ended tasks and then lets
// searches see it. Nothing is shown that a crash could take back.
func (e *Engine) commit(batch []*task, ix *searchIndex) error {
	err := e.finish(batch, func(b *bbolt.Bucket) error { return putMeta(b, ix.meta) })
	if err != nil {
		return err
	}
	e.publish(ix)
	return nil
}

func (e *Engine) applyIndexUpdate(t *task) error {
	ix := e.current(t.IndexUID)
	if ix == nil {
		return errIndexNotFound(t.IndexUID)
	}
	meta := ix.meta
	if t.PrimaryKey != "" && t.PrimaryKey != meta.PrimaryKey {
		n, err := ix.count()
		if err != nil {
			return err
		}
		if n > 0 && meta.PrimaryKey != "" {
			return newError("index_primary_key_already_exists", "Index `%s`: Index already has a primary key: `%s`.", t.IndexUID, meta.PrimaryKey)
		}
		meta.PrimaryKey = t.PrimaryKey
	}
	meta.UpdatedAt = e.now()
	if t.Rename == "" || t.Rename == t.IndexUID {
		return e.commit([]*task{t}, newSearchIndex(meta, ix.shard))
	}
	if e.current(t.Rename) != nil {
		return errIndexExists(t.Rename)
	}
	meta.UID = t.Rename
	err := e.finish([]*task{t}, func(b *bbolt.Bucket) error {
		if err := dropMeta(b, t.IndexUID); err != nil {
			return err
		}
		return putMeta(b, meta)
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	delete(e.indexes, t.IndexUID)
	e.indexes[meta.UID] = newSearchIndex(meta, ix.shard)
	e.mu.Unlock()
	return nil
}

func (e *Engine) applyIndexDeletion(t *task) error {
	ix := e.current(t.IndexUID)
	if ix == nil {
		return errIndexNotFound(t.IndexUID)
	}
	n, err := ix.count()
	if err != nil {
		return err
	}
	t.Details["deletedDocuments"] = n
	err = e.finish([]*task{t}, func(b *bbolt.Bucket) error { return dropMeta(b, t.IndexUID) })
	if err != nil {
		return err
	}
	e.mu.Lock()
	delete(e.indexes, t.IndexUID)
	e.mu.Unlock()
	return ix.discard()
}

func (e *Engine) applyIndexSwap(t *task) error {
	e.mu.RLock()
	after := make(map[string]*searchIndex, len(e.indexes))
	for uid, ix := range e.indexes {
		after[uid] = ix
	}
	e.mu.RUnlock()
	touched := map[string]bool{}
	for _, swap := range t.Swaps {
		left, right := swap.Indexes[0], swap.Indexes[1]
		a, b := after[left], after[right]
		if a == nil {
			return errIndexNotFound(left)
		}
		touched[left], touched[right] = true, true
		if swap.Rename {
			if b != nil {
				return errIndexExists(right)
			}
			delete(after, left)
			after[right] = renamed(a, right)
			continue
		}
		if b == nil {
			return errIndexNotFound(right)
		}
		after[left], after[right] = renamed(b, left), renamed(a, right)
	}
	err := e.finish([]*task{t}, func(b *bbolt.Bucket) error {
		for uid := range touched {
			if ix := after[uid]; ix != nil {
				if err := putMeta(b, ix.meta); err != nil {
					return err
				}
			} else if err := dropMeta(b, uid); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.indexes = after
	e.mu.Unlock()
	return nil
}

// applyIndexCompaction merges the segments of an index into one, which makes
// searches faster after many writes and frees what deleted documents hold.
func (e *Engine) applyIndexCompaction(t *task) error {
	ix := e.current(t.IndexUID)
	if ix == nil {
		return errIndexNotFound(t.IndexUID)
	}
	t.Details["preCompactionSize"] = diskSize(ix.dir)
	if err := ix.idx.ForceMerge(context.Background(), nil); err != nil {
		return err
	}
	t.Details["postCompactionSize"] = diskSize(ix.dir)
	return e.finish([]*task{t}, nil)
}

func renamed(ix *searchIndex, uid string) *searchIndex {
	meta := ix.meta
	meta.UID = uid
	return newSearchIndex(meta, ix.shard)
}

// count is the number of documents.
func (s *shard) count() (uint64, error) {
	r, err := s.reader()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return r.DocCount()
}
