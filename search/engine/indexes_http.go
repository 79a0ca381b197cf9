package engine

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
)

// indexView is an index as clients see it.
type indexView struct {
	UID        string    `json:"uid"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
	PrimaryKey *string   `json:"primaryKey"`
}

func (m indexMeta) view() indexView {
	v := indexView{UID: m.UID, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
	if m.PrimaryKey != "" {
		v.PrimaryKey = &m.PrimaryKey
	}
	return v
}

func (e *Engine) listIndexes(c *fiber.Ctx) error {
	q := struct {
		Offset *int `json:"offset" code:"invalid_index_offset"`
		Limit  *int `json:"limit" code:"invalid_index_limit"`
	}{}
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	offset, limit := valueOr(q.Offset, 0), valueOr(q.Limit, defaultLimit)
	if offset < 0 {
		return newError("invalid_index_offset", "Invalid value in parameter `offset`: could not parse `%d` as a positive integer", offset)
	}
	if limit < 0 {
		return newError("invalid_index_limit", "Invalid value in parameter `limit`: could not parse `%d` as a positive integer", limit)
	}
	all := []indexView{}
	e.mu.RLock()
	for _, ix := range e.indexes {
		all = append(all, ix.meta.view())
	}
	e.mu.RUnlock()
	slices.SortFunc(all, func(a, b indexView) int { return strings.Compare(a.UID, b.UID) })
	total := len(all)
	from := min(offset, total)
	return c.JSON(fiber.Map{"results": all[from:min(from+limit, total)], "offset": offset, "limit": limit, "total": total})
}

// indexBody creates or changes an index.
type indexBody struct {
	UID        *string `json:"uid" code:"invalid_index_uid"`
	PrimaryKey *string `json:"primaryKey" code:"invalid_index_primary_key"`
}

func (e *Engine) postIndex(c *fiber.Ctx) error {
	var body indexBody
	if err := decodeBody(c.Body(), &body); err != nil {
		return err
	}
	if body.UID == nil {
		return newError("missing_index_uid", "Missing field `uid`")
	}
	if err := checkIndexUID(*body.UID); err != nil {
		return err
	}
	t := &task{Type: typeIndexCreation, IndexUID: *body.UID, PrimaryKey: valueOr(body.PrimaryKey, "")}
	t.Details = map[string]any{"primaryKey": body.PrimaryKey}
	return e.accepted(c, t, nil)
}

func (e *Engine) getIndex(c *fiber.Ctx) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	return c.JSON(ix.meta.view())
}

func (e *Engine) patchIndex(c *fiber.Ctx) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	var body indexBody
	if err := decodeBody(c.Body(), &body); err != nil {
		return err
	}
	t := &task{Type: typeIndexUpdate, IndexUID: uid, PrimaryKey: valueOr(body.PrimaryKey, ""), Rename: valueOr(body.UID, "")}
	t.Details = map[string]any{"primaryKey": body.PrimaryKey}
	if body.UID != nil {
		if err := checkIndexUID(*body.UID); err != nil {
			return err
		}
		t.Details["oldIndexUid"], t.Details["newIndexUid"] = uid, *body.UID
	}
	return e.accepted(c, t, nil)
}

func (e *Engine) deleteIndex(c *fiber.Ctx) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	return e.accepted(c, &task{Type: typeIndexDeletion, IndexUID: uid, Details: map[string]any{"deletedDocuments": nil}}, nil)
}

func (e *Engine) postCompact(c *fiber.Ctx) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	return e.accepted(c, &task{Type: typeIndexCompaction, IndexUID: ix.meta.UID, Details: map[string]any{}}, nil)
}

func (e *Engine) postSwap(c *fiber.Ctx) error {
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal(c.Body(), &raw); err != nil {
		return newError("malformed_payload", "The json payload provided is malformed. `%s`.", err)
	}
	t := &task{Type: typeIndexSwap, Swaps: []indexSwap{}}
	seen := map[string]bool{}
	for _, object := range raw {
		swap := struct {
			Indexes []string `json:"indexes" code:"invalid_swap_indexes"`
			Rename  bool     `json:"rename" code:"invalid_swap_rename"`
		}{}
		if err := decodeObject(object, &swap); err != nil {
			return err
		}
		if swap.Indexes == nil {
			return newError("missing_swap_indexes", "Missing field `indexes`")
		}
		if len(swap.Indexes) != 2 {
			return newError("invalid_swap_indexes", "Two indexes must be given for each swap. The list `%s` contains %d indexes.", strings.Join(swap.Indexes, ", "), len(swap.Indexes))
		}
		for _, uid := range swap.Indexes {
			if err := checkIndexUID(uid); err != nil {
				return err
			}
			if seen[uid] {
				return newError("invalid_swap_duplicate_index_found", "Indexes must be declared only once during a swap. `%s` was specified several times.", uid)
			}
			seen[uid] = true
		}
		t.Swaps = append(t.Swaps, indexSwap{swap.Indexes, swap.Rename})
	}
	t.Details = map[string]any{"swaps": t.Swaps}
	return e.accepted(c, t, nil)
}

// indexStats is what /stats says about an index.
type indexStats struct {
	NumberOfDocuments         uint64            `json:"numberOfDocuments"`
	RawDocumentDBSize         uint64            `json:"rawDocumentDbSize"`
	AvgDocumentSize           uint64            `json:"avgDocumentSize"`
	IsIndexing                bool              `json:"isIndexing"`
	NumberOfEmbeddings        int               `json:"numberOfEmbeddings"`
	NumberOfEmbeddedDocuments int               `json:"numberOfEmbeddedDocuments"`
	FieldDistribution         map[string]uint64 `json:"fieldDistribution"`
}

func (e *Engine) statsOf(ix *searchIndex) (indexStats, error) {
	stats := indexStats{FieldDistribution: map[string]uint64{}}
	r, err := ix.reader()
	if err != nil {
		return stats, err
	}
	defer r.Close()
	if stats.NumberOfDocuments, err = r.DocCount(); err != nil {
		return stats, err
	}
	marks, err := r.marks(markExists)
	if err != nil {
		return stats, err
	}
	for name, n := range marks {
		if !strings.Contains(name, ".") { // nested attributes are not counted
			stats.FieldDistribution[name] = n
		}
	}
	stats.RawDocumentDBSize = diskSize(ix.dir)
	if stats.NumberOfDocuments > 0 {
		stats.AvgDocumentSize = stats.RawDocumentDBSize / stats.NumberOfDocuments
	}
	for _, uid := range e.queue.busy() {
		t, err := e.catalog.task(uid)
		if err != nil {
			return stats, err
		}
		if t != nil && t.IndexUID == ix.meta.UID {
			stats.IsIndexing = true
		}
	}
	return stats, nil
}

func (e *Engine) getIndexStats(c *fiber.Ctx) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	stats, err := e.statsOf(ix)
	if err != nil {
		return err
	}
	return c.JSON(stats)
}

func (e *Engine) getStats(c *fiber.Ctx) error {
	e.mu.RLock()
	uids := make([]string, 0, len(e.indexes))
	for uid := range e.indexes {
		uids = append(uids, uid)
	}
	e.mu.RUnlock()
	out := struct {
		DatabaseSize     uint64                `json:"databaseSize"`
		UsedDatabaseSize uint64                `json:"usedDatabaseSize"`
		LastUpdate       *time.Time            `json:"lastUpdate"`
		Indexes          map[string]indexStats `json:"indexes"`
	}{Indexes: map[string]indexStats{}}
	for _, uid := range uids {
		ix, err := e.acquire(uid)
		if err != nil {
			continue // deleted meanwhile
		}
		stats, err := e.statsOf(ix)
		if err == nil {
			out.Indexes[uid] = stats
			if out.LastUpdate == nil || ix.meta.UpdatedAt.After(*out.LastUpdate) {
				out.LastUpdate = &ix.meta.UpdatedAt
			}
		}
		ix.release()
		if err != nil {
			return err
		}
	}
	out.DatabaseSize = diskSize(e.dir)
	out.UsedDatabaseSize = out.DatabaseSize
	return c.JSON(out)
}
