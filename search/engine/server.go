package engine

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"
)

// Version is the Meilisearch version whose API this engine answers to.
const Version = "1.15.0"

// routes builds the HTTP application: every route the engine serves.
func (e *Engine) routes() *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable:             true, // strings taken from a request outlive it
		BodyLimit:             e.opts.BodyLimit,
		ReadTimeout:           60 * time.Second,
		WriteTimeout:          60 * time.Second,
		IdleTimeout:           120 * time.Second,
		DisableStartupMessage: true,
		ErrorHandler:          e.handleError,
	})
	app.Use(encodeAnswer)
	app.Use(recover.New()) // the process serves others too: a fault in one request must not end it
	app.Get("/health", e.noQuery(e.getHealth))
	app.Use(e.authorise)
	app.Get("/version", e.noQuery(e.getVersion))
	app.Get("/stats", e.noQuery(e.getStats))
	app.Get("/keys", e.listKeys)
	app.Get("/keys/:key", e.noQuery(e.getKey))

	app.Get("/indexes", e.listIndexes)
	app.Post("/indexes", e.noQuery(e.postIndex))
	app.Get("/indexes/:uid", e.noQuery(e.getIndex))
	app.Patch("/indexes/:uid", e.noQuery(e.patchIndex))
	app.Delete("/indexes/:uid", e.noQuery(e.deleteIndex))
	app.Get("/indexes/:uid/stats", e.noQuery(e.getIndexStats))
	app.Post("/indexes/:uid/compact", e.noQuery(e.postCompact))
	app.Post("/swap-indexes", e.noQuery(e.postSwap))

	app.Get("/indexes/:uid/settings", e.noQuery(e.getSettings))
	app.Patch("/indexes/:uid/settings", e.noQuery(e.patchSettings))
	app.Delete("/indexes/:uid/settings", e.noQuery(e.deleteSettings))
	for name := range settingTable {
		path := "/indexes/:uid/settings/" + kebab(name)
		app.Get(path, e.noQuery(e.getSetting(name)))
		app.Add(settingMethod(name), path, e.noQuery(e.putSetting(name)))
		app.Delete(path, e.noQuery(e.resetSetting(name)))
	}

	app.Post("/indexes/:uid/documents", e.postDocuments(false))
	app.Put("/indexes/:uid/documents", e.postDocuments(true))
	app.Get("/indexes/:uid/documents", e.getDocuments)
	app.Delete("/indexes/:uid/documents", e.deleteAllDocuments)
	app.Post("/indexes/:uid/documents/fetch", e.noQuery(e.fetchDocuments))
	app.Post("/indexes/:uid/documents/delete-batch", e.deleteDocumentBatch)
	app.Post("/indexes/:uid/documents/delete", e.deleteDocumentsByFilter)
	app.Get("/indexes/:uid/documents/:id", e.getDocument)
	app.Delete("/indexes/:uid/documents/:id", e.deleteDocument)

	app.Post("/indexes/:uid/search", e.noQuery(e.postSearch))
	app.Get("/indexes/:uid/search", e.getSearch)
	app.Post("/indexes/:uid/facet-search", e.noQuery(e.postFacetSearch))
	app.Post("/multi-search", e.noQuery(e.postMultiSearch))

	app.Get("/tasks", e.listTasks)
	app.Get("/tasks/:uid", e.noQuery(e.getTask))
	app.Post("/tasks/cancel", e.cancelTasks)
	app.Delete("/tasks", e.deleteTasks)

	app.Use(func(c *fiber.Ctx) error {
		return newError("not_found", "The route `%s %s` is not served by this engine.", c.Method(), c.Path())
	})
	return app
}

// handleError is the one place an error becomes an answer.
func (e *Engine) handleError(c *fiber.Ctx, err error) error {
	var api *apiError
	var framework *fiber.Error
	switch {
	case errors.As(err, &api):
	case errors.As(err, &framework) && framework.Code == http.StatusRequestEntityTooLarge:
		api = newError("payload_too_large", "The provided payload reached the size limit. The maximum accepted payload size is %d bytes.", e.opts.BodyLimit)
	case errors.As(err, &framework) && framework.Code < 500:
		api = newError("bad_request", "%s", framework.Message)
	default:
		e.opts.Logger.Error("engine: request failed", "method", c.Method(), "path", c.Path(), "error", err)
		api = newError("internal", "An internal error has occurred.")
	}
	return c.Status(api.status()).JSON(api)
}

// noQuery refuses URL parameters where none are expected.
func (e *Engine) noQuery(next fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if err := decodeQuery(rawQuery(c), &struct{}{}); err != nil {
			return err
		}
		return next(c)
	}
}

func rawQuery(c *fiber.Ctx) string { return string(c.Request().URI().QueryString()) }

// accepted answers a write with the summary of its task.
func (e *Engine) accepted(c *fiber.Ctx, t *task, payload []byte) error {
	summary, err := e.accept(t, payload)
	if err != nil {
		return err
	}
	return c.Status(http.StatusAccepted).JSON(summary)
}

func (e *Engine) getHealth(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"status": "available"})
}

func (e *Engine) getVersion(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"commitSha": "embedded", "commitDate": "unknown", "pkgVersion": Version})
}

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

func (e *Engine) getSettings(c *fiber.Ctx) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	return c.JSON(ix.meta.Settings)
}

func (e *Engine) patchSettings(c *fiber.Ctx) error { return e.acceptSettings(c, c.Body()) }

// acceptSettings checks a patch against the defaults, so that what can never
// be right is refused at once, and queues it.
func (e *Engine) acceptSettings(c *fiber.Ctx, patch []byte) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	if !json.Valid(patch) {
		return newError("malformed_payload", "The json payload provided is malformed.")
	}
	trial := defaultSettings()
	if err := trial.patch(patch); err != nil {
		return err
	}
	t := &task{Type: typeSettingsUpdate, IndexUID: uid, Details: map[string]any{}}
	var shown map[string]json.RawMessage
	if err := json.Unmarshal(patch, &shown); err != nil {
		return err
	}
	for name, value := range shown {
		t.Details[name] = value
	}
	return e.accepted(c, t, patch)
}

func (e *Engine) deleteSettings(c *fiber.Ctx) error {
	uid := c.Params("uid")
	if err := checkIndexUID(uid); err != nil {
		return err
	}
	return e.accepted(c, &task{Type: typeSettingsUpdate, IndexUID: uid, Everything: true, Details: map[string]any{}}, nil)
}

// kebab turns a setting's name into its route, e.g. stopWords into stop-words.
func kebab(name string) string {
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('-')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// settingMethod is PATCH for the settings that are objects with fields of
// their own and PUT for the others.
func settingMethod(name string) string {
	switch name {
	case "typoTolerance", "faceting", "pagination", "embedders", "chat":
		return http.MethodPatch
	}
	return http.MethodPut
}

func (e *Engine) getSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ix, err := e.acquire(c.Params("uid"))
		if err != nil {
			return err
		}
		defer ix.release()
		return c.JSON(settingTable[name].get(&ix.meta.Settings))
	}
}

func (e *Engine) putSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !json.Valid(c.Body()) {
			return newError("malformed_payload", "The json payload provided is malformed.")
		}
		patch, err := json.Marshal(map[string]json.RawMessage{name: c.Body()})
		if err != nil {
			return err
		}
		return e.acceptSettings(c, patch)
	}
}

func (e *Engine) resetSetting(name string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		return e.acceptSettings(c, []byte(`{"`+name+`":null}`))
	}
}

func (e *Engine) postSearch(c *fiber.Ctx) error {
	var q searchRequest
	if err := decodeBody(c.Body(), &q); err != nil {
		return err
	}
	return e.answerSearch(c, &q)
}

func (e *Engine) getSearch(c *fiber.Ctx) error {
	var q searchRequest
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	return e.answerSearch(c, &q)
}

func (e *Engine) answerSearch(c *fiber.Ctx, q *searchRequest) error {
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	out, err := ix.search(c.UserContext(), q)
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (e *Engine) postFacetSearch(c *fiber.Ctx) error {
	var q facetSearchRequest
	if err := decodeBody(c.Body(), &q); err != nil {
		return err
	}
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	out, err := ix.facetSearch(c.UserContext(), &q)
	if err != nil {
		return err
	}
	return c.JSON(out)
}

func (e *Engine) postMultiSearch(c *fiber.Ctx) error {
	body := struct {
		Queries    []map[string]json.RawMessage `json:"queries" code:"bad_request"`
		Federation json.RawMessage              `json:"federation" refuse:"invalid_multi_search_federated"`
	}{}
	if err := decodeBody(c.Body(), &body); err != nil {
		return err
	}
	if body.Queries == nil {
		return newError("bad_request", "Missing field `queries`")
	}
	results := make([]*searchResponse, 0, len(body.Queries))
	for i, object := range body.Queries {
		out, err := e.oneOfMany(c, object)
		if err != nil {
			var api *apiError
			if errors.As(err, &api) {
				return newError(api.Code, "Inside `.queries[%d]`: %s", i, api.Message)
			}
			return err
		}
		results = append(results, out)
	}
	return c.JSON(fiber.Map{"results": results})
}

func (e *Engine) oneOfMany(c *fiber.Ctx, object map[string]json.RawMessage) (*searchResponse, error) {
	var uid string
	if raw, ok := object["indexUid"]; !ok || isNull(raw) {
		return nil, newError("missing_index_uid", "Missing field `indexUid`")
	} else if err := json.Unmarshal(raw, &uid); err != nil {
		return nil, newError("invalid_index_uid", "Invalid value type at `.indexUid`: expected a string")
	}
	delete(object, "indexUid")
	if raw, ok := object["federationOptions"]; ok && isNull(raw) {
		delete(object, "federationOptions")
	}
	var q searchRequest
	if err := decodeObject(object, &q); err != nil {
		return nil, err
	}
	ix, err := e.acquire(uid)
	if err != nil {
		return nil, err
	}
	defer ix.release()
	out, err := ix.search(c.UserContext(), &q)
	if err != nil {
		return nil, err
	}
	out.IndexUID = uid
	return out, nil
}
