package engine

import (
	"context"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	index "github.com/blevesearch/bleve_index_api"
	"github.com/gofiber/fiber/v2"
)

// additionQuery are the parameters of an addition or update of documents.
type additionQuery struct {
	PrimaryKey     *string `json:"primaryKey" code:"invalid_index_primary_key"`
	CsvDelimiter   *string `json:"csvDelimiter" code:"invalid_document_csv_delimiter"`
	SkipCreation   bool    `json:"skipCreation" code:"invalid_skip_creation"`
	CustomMetadata *string `json:"customMetadata" code:"bad_request"`
}

func (e *Engine) postDocuments(partial bool) fiber.Handler {
	return func(c *fiber.Ctx) error {
		var q additionQuery
		if err := decodeQuery(rawQuery(c), &q); err != nil {
			return err
		}
		uid := c.Params("uid")
		if err := checkIndexUID(uid); err != nil {
			return err
		}
		var delimiter rune
		if q.CsvDelimiter != nil {
			r, size := utf8.DecodeRuneInString(*q.CsvDelimiter)
			if size != 1 || len(*q.CsvDelimiter) != 1 {
				return newError("invalid_document_csv_delimiter", "Invalid value in parameter `csvDelimiter`: expected a string of one character, but found the following string of %d characters: `%s`", utf8.RuneCountInString(*q.CsvDelimiter), *q.CsvDelimiter)
			}
			delimiter = r
		}
		docs, err := parseDocuments(c.Get(fiber.HeaderContentType), c.Body(), delimiter)
		if err != nil {
			return err
		}
		if docs == nil {
			docs = []json.RawMessage{}
		}
		payload, err := json.Marshal(docs)
		if err != nil {
			return newError("malformed_payload", "The json payload provided is malformed. `%s`.", err)
		}
		return e.accepted(c, &task{
			Type: typeDocumentAddition, IndexUID: uid, PrimaryKey: valueOr(q.PrimaryKey, ""), Partial: partial,
			SkipCreation: q.SkipCreation, CustomMetadata: valueOr(q.CustomMetadata, ""),
			Details: map[string]any{"receivedDocuments": len(docs), "indexedDocuments": nil},
		}, payload)
	}
}

// documentQuery are the parameters of reading one document.
type documentQuery struct {
	Fields          []string        `json:"fields" code:"invalid_document_fields"`
	RetrieveVectors json.RawMessage `json:"retrieveVectors" refuse:"invalid_document_retrieve_vectors"`
}

func (e *Engine) getDocument(c *fiber.Ctx) error {
	var q documentQuery
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	r, err := ix.reader()
	if err != nil {
		return err
	}
	defer r.Close()
	id := c.Params("id")
	source, err := r.sourceOf(id)
	if err != nil {
		return err
	}
	if source == nil {
		return errDocumentNotFound(id)
	}
	shape := hitShape{keep: fieldsToShow(q.Fields)}
	shown, err := shape.render(source, 0)
	if err != nil {
		return err
	}
	return c.Type("json").Send(shown)
}

// fieldsToShow is the fields parameter as a list to keep; nil keeps all.
func fieldsToShow(fields []string) []string {
	for _, f := range fields {
		if f == "*" {
			return nil
		}
	}
	return fields
}

// documentsQuery are the parameters of listing documents.
type documentsQuery struct {
	Offset          *int            `json:"offset" code:"invalid_document_offset"`
	Limit           *int            `json:"limit" code:"invalid_document_limit"`
	Fields          []string        `json:"fields" code:"invalid_document_fields"`
	Filter          json.RawMessage `json:"filter" code:"invalid_document_filter"`
	IDs             []string        `json:"ids" code:"invalid_document_ids"`
	Sort            []string        `json:"sort" code:"invalid_document_sort"`
	RetrieveVectors json.RawMessage `json:"retrieveVectors" refuse:"invalid_document_retrieve_vectors"`
}

func (e *Engine) getDocuments(c *fiber.Ctx) error {
	var q documentsQuery
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	return e.answerDocuments(c, &q)
}

func (e *Engine) fetchDocuments(c *fiber.Ctx) error {
	var q documentsQuery
	if err := decodeBody(c.Body(), &q); err != nil {
		return err
	}
	return e.answerDocuments(c, &q)
}

func (e *Engine) answerDocuments(c *fiber.Ctx, q *documentsQuery) error {
	offset, limit := valueOr(q.Offset, 0), valueOr(q.Limit, defaultLimit)
	if offset < 0 || limit < 0 {
		return newError("invalid_document_limit", "Invalid value: `offset` and `limit` must be positive integers.")
	}
	ix, err := e.acquire(c.Params("uid"))
	if err != nil {
		return err
	}
	defer ix.release()
	filter, err := parseFilter(q.Filter, "invalid_document_filter")
	if err == nil {
		err = checkFilter(filter, &ix.meta.Settings, "invalid_document_filter")
	}
	if err != nil {
		return err
	}
	rules, err := parseSort(q.Sort, &ix.meta.Settings)
	if err != nil {
		return err
	}
	sources, total, err := ix.list(c.UserContext(), filter, q.IDs, rules, offset, limit)
	if err != nil {
		return err
	}
	shape := hitShape{keep: fieldsToShow(q.Fields)}
	results := make([]json.RawMessage, 0, len(sources))
	for _, source := range sources {
		shown, err := shape.render(source, 0)
		if err != nil {
			return err
		}
		results = append(results, shown)
	}
	return c.JSON(fiber.Map{"results": results, "offset": offset, "limit": limit, "total": total})
}

// list returns a page of documents in the given order and the number of all
// that the filter and the ids (when given) keep.
func (ix *searchIndex) list(ctx context.Context, f filter, only []string, rules []rankRule, offset, limit int) ([][]byte, int, error) {
	r, err := ix.reader()
	if err != nil {
		return nil, 0, err
	}
	defer r.Close()
	if only != nil {
		f = withIDs(f, only)
	}
	ids, total, err := ix.pageOf(ctx, r, f, rules, offset, limit)
	if err != nil {
		return nil, 0, err
	}
	sources := make([][]byte, 0, len(ids))
	for _, id := range ids {
		source, err := r.source(id)
		if err != nil {
			return nil, 0, err
		}
		sources = append(sources, source)
	}
	return sources, total, nil
}

func (ix *searchIndex) pageOf(ctx context.Context, r *snapshot, f filter, rules []rankRule, offset, limit int) ([]index.IndexInternalID, int, error) {
	text := textQuery{filter: f, settings: &ix.meta.Settings, tokens: ix.tokens}
	if len(rules) == 0 {
		l, err := r.ladder(ctx, text)
		if err != nil {
			return nil, 0, err
		}
		defer l.close()
		return inOrder(r, l, offset, limit)
	}
	c := &collector{rules: rules, keep: offset + limit}
	if limit == 0 {
		c.keep = 0
	}
	hits, err := ix.run(ctx, r, text, c, offset)
	ids := make([]index.IndexInternalID, len(hits))
	for i, h := range hits {
		ids[i] = h.id()
	}
	return ids, c.total, err
}

// deletionQuery are the parameters of the deletions.
type deletionQuery struct {
	CustomMetadata *string `json:"customMetadata" code:"bad_request"`
}

// acceptDeletion queues a deletion with the parameters all of them share.
func (e *Engine) acceptDeletion(c *fiber.Ctx, t *task, payload []byte) error {
	var q deletionQuery
	if err := decodeQuery(rawQuery(c), &q); err != nil {
		return err
	}
	t.Type, t.IndexUID, t.CustomMetadata = typeDocumentDeletion, c.Params("uid"), valueOr(q.CustomMetadata, "")
	if err := checkIndexUID(t.IndexUID); err != nil {
		return err
	}
	t.Details["deletedDocuments"] = nil
	if _, ok := t.Details["originalFilter"]; !ok {
		t.Details["originalFilter"] = nil
	}
	return e.accepted(c, t, payload)
}

func (e *Engine) deleteAllDocuments(c *fiber.Ctx) error {
	return e.acceptDeletion(c, &task{Everything: true, Details: map[string]any{"providedIds": 0}}, nil)
}

func (e *Engine) deleteDocument(c *fiber.Ctx) error {
	payload, err := json.Marshal([]string{c.Params("id")})
	if err != nil {
		return err
	}
	return e.acceptDeletion(c, &task{Details: map[string]any{"providedIds": 1}}, payload)
}

func (e *Engine) deleteDocumentBatch(c *fiber.Ctx) error {
	var raw []json.RawMessage
	if err := json.Unmarshal(c.Body(), &raw); err != nil {
		return newError("malformed_payload", "The json payload provided is malformed. `%s`.", err)
	}
	ids := make([]string, 0, len(raw))
	for _, r := range raw {
		id := strings.TrimSpace(string(r))
		if strings.HasPrefix(id, `"`) {
			if err := json.Unmarshal(r, &id); err != nil {
				return newError("invalid_document_id", "Document identifier `%s` is invalid.", r)
			}
		}
		ids = append(ids, id)
	}
	payload, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	return e.acceptDeletion(c, &task{Details: map[string]any{"providedIds": len(ids)}}, payload)
}

func (e *Engine) deleteDocumentsByFilter(c *fiber.Ctx) error {
	var body struct {
		Filter json.RawMessage `json:"filter" code:"invalid_document_filter"`
	}
	if err := decodeBody(c.Body(), &body); err != nil {
		return err
	}
	if isNull(body.Filter) {
		return newError("missing_document_filter", "Missing field `filter`")
	}
	f, err := parseFilter(body.Filter, "invalid_document_filter")
	if err != nil {
		return err
	}
	if f == nil {
		return newError("invalid_document_filter", "Sending an empty filter is forbidden.")
	}
	details := map[string]any{"providedIds": 0, "originalFilter": string(body.Filter)}
	var text string
	if json.Unmarshal(body.Filter, &text) == nil {
		details["originalFilter"] = `"` + text + `"`
	}
	return e.acceptDeletion(c, &task{ByFilter: true, Details: details}, body.Filter)
}

// diskSize adds up the files under a directory.
func diskSize(dir string) uint64 {
	var total uint64
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil //nolint:nilerr // a file that is gone has no size
		}
		if info, err := entry.Info(); err == nil {
			total += uint64(info.Size())
		}
		return nil
	})
	return total
}
