package engine

import (
	"errors"
	"strconv"

	index "github.com/blevesearch/bleve_index_api"
)

// rebuildBatch is how many documents a rebuild writes at a time.
const rebuildBatch = 1000

// applySettings changes settings. When they change what is written, the
// documents are written again beside the index, which keeps answering
// searches, and then take its place.
func (e *Engine) applySettings(t *task) error {
	ix := e.current(t.IndexUID)
	created := ix == nil
	if created {
		var err error
		if ix, err = e.createIndex(t.IndexUID, ""); err != nil {
			return err
		}
	}
	meta := ix.meta
	before := meta.Settings.shape()
	if t.Everything {
		meta.Settings = defaultSettings()
	} else {
		raw, err := e.catalog.payload(t.UID)
		if err == nil {
			err = meta.Settings.patch(raw)
		}
		if err != nil {
			if created {
				err = errors.Join(err, ix.discard())
			}
			return err
		}
	}
	meta.UpdatedAt = e.now()
	n, err := ix.count()
	if err != nil {
		return err
	}
	if n == 0 || meta.Settings.shape() == before {
		return e.commit([]*task{t}, newSearchIndex(meta, ix.shard))
	}
	meta.Dir = newDirName()
	fresh, err := e.rebuild(ix, meta)
	if err != nil {
		return err
	}
	if err := e.commit([]*task{t}, fresh); err != nil {
		return errors.Join(err, fresh.discard())
	}
	return ix.discard()
}

// rebuild writes every document of old into a new shard described by meta.
func (e *Engine) rebuild(old *searchIndex, meta indexMeta) (*searchIndex, error) {
	fresh, err := e.openIndex(meta)
	if err != nil {
		return nil, err
	}
	if err := copyDocuments(old, fresh, e.closing); err != nil {
		return nil, errors.Join(err, fresh.discard())
	}
	return fresh, nil
}

func copyDocuments(from, to *searchIndex, stop func() error) error {
	r, err := from.reader()
	if err != nil {
		return err
	}
	defer r.Close()
	next, err := from.nextOrder()
	if err != nil {
		return err
	}
	ids, err := r.DocIDReaderAll()
	if err != nil {
		return err
	}
	defer func() { _ = ids.Close() }()
	orders, err := r.DocValueReader([]string{orderField})
	if err != nil {
		return err
	}
	plan := newIndexPlan(to.meta.Settings)
	batch := index.NewBatch()
	batch.SetInternal(keyNextOrder, encodeUint64(next))
	for {
		internal, err := ids.Next()
		if err != nil {
			return err
		}
		if internal == nil {
			break
		}
		id, err := r.ExternalID(internal)
		if err != nil {
			return err
		}
		source, err := r.sourceOf(id)
		if err != nil {
			return err
		}
		var order uint64
		err = orders.VisitDocValues(internal, func(_ string, term []byte) {
			order, _ = strconv.ParseUint(string(term), 16, 64)
		})
		if err != nil {
			return err
		}
		doc, err := decodeDocument(source)
		if err != nil {
			return err
		}
		built := plan.build(id, order, source, doc)
		batch.Update(built)
		if len(batch.IndexOps) == rebuildBatch {
			if err := errors.Join(stop(), to.idx.Batch(batch)); err != nil {
				return err
			}
			batch = index.NewBatch()
		}
	}
	return to.idx.Batch(batch)
}
