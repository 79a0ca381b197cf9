package engine

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"sort"
	"strconv"
	"strings"

	index "github.com/blevesearch/bleve_index_api"
)

// parseDocuments reads a request body into documents. Syntax errors are
// refused at once; what is wrong with a document fails its task later.
func parseDocuments(contentType string, body []byte, delimiter rune) ([]json.RawMessage, error) {
	mime, _, _ := strings.Cut(contentType, ";")
	mime = strings.TrimSpace(mime)
	switch mime {
	case "application/json", "application/x-ndjson", "text/csv":
	case "":
		return nil, newError("missing_content_type", "A Content-Type header is missing. Accepted values for the Content-Type header are: `application/json`, `application/x-ndjson`, `text/csv`")
	default:
		return nil, newError("invalid_content_type", "The Content-Type `%s` is invalid. Accepted values for the Content-Type header are: `application/json`, `application/x-ndjson`, `text/csv`", mime)
	}
	if delimiter != 0 && mime != "text/csv" {
		return nil, newError("invalid_content_type", "The Content-Type `%s` does not support the use of a csv delimiter. The csv delimiter can only be used with the Content-Type `text/csv`.", mime)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, newError("missing_payload", "A %s payload is missing.", payloadName[mime])
	}
	var docs []json.RawMessage
	var err error
	switch mime {
	case "application/json":
		if docs, err = parseJSONDocuments(body); err != nil {
			return nil, newError("malformed_payload", "The `json` payload provided is malformed. `%s`.", err)
		}
	case "application/x-ndjson":
		dec := json.NewDecoder(bytes.NewReader(body))
		for {
			var doc json.RawMessage
			if err = dec.Decode(&doc); errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = mustBeObject(doc)
			}
			if err != nil {
				return nil, newError("malformed_payload", "The `ndjson` payload provided is malformed. `%s`.", err)
			}
			docs = append(docs, doc)
		}
	case "text/csv":
		if docs, err = parseCSVDocuments(body, delimiter); err != nil {
			return nil, newError("malformed_payload", "The `csv` payload provided is malformed: `%s`.", err)
		}
	}
	return docs, nil
}

var payloadName = map[string]string{"application/json": "json", "application/x-ndjson": "ndjson", "text/csv": "csv"}

func parseJSONDocuments(body []byte) ([]json.RawMessage, error) {
	body = bytes.TrimSpace(body)
	if body[0] == '{' { // a single document
		body = append(append([]byte{'['}, body...), ']')
	}
	var docs []json.RawMessage
	if err := json.Unmarshal(body, &docs); err != nil {
		return nil, err
	}
	for _, doc := range docs {
		if err := mustBeObject(doc); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

func mustBeObject(doc json.RawMessage) error {
	if trimmed := bytes.TrimSpace(doc); len(trimmed) == 0 || trimmed[0] != '{' {
		return errors.New("data are neither an object nor a list of objects")
	}
	return nil
}

// parseCSVDocuments reads a header row whose names may end in :string,
// :number or :boolean, and one document per row. Empty cells are null.
func parseCSVDocuments(body []byte, delimiter rune) ([]json.RawMessage, error) {
	r := csv.NewReader(bytes.NewReader(body))
	if delimiter != 0 {
		r.Comma = delimiter
	}
	header, err := r.Read()
	if err != nil {
		return nil, err
	}
	kinds := make([]string, len(header))
	for i, name := range header {
		kinds[i] = "string"
		if base, kind, ok := strings.Cut(name, ":"); ok && (kind == "number" || kind == "boolean" || kind == "string") {
			header[i], kinds[i] = base, kind
		}
	}
	var docs []json.RawMessage
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		doc := make(map[string]any, len(row))
		for i, cell := range row {
			switch {
			case cell == "" && kinds[i] != "string":
				doc[header[i]] = nil
			case cell == "":
				doc[header[i]] = nil
			case kinds[i] == "number":
				f, err := strconv.ParseFloat(cell, 64)
				if err != nil {
					return nil, err
				}
				doc[header[i]] = f
			case kinds[i] == "boolean":
				b, err := strconv.ParseBool(cell)
				if err != nil {
					return nil, err
				}
				doc[header[i]] = b
			default:
				doc[header[i]] = cell
			}
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			return nil, err
		}
		docs = append(docs, raw)
	}
}

// writeBatch is how many documents go to the index at a time. More would use
// more memory for little speed.
const writeBatch = 4000

// changes collects what a batch of tasks does to one index: the final state of
// every document it touches.
type changes struct {
	before *snapshot
	orders index.DocValueReader
	next   uint64

	final map[string]change
	ids   []string // of final, in the order first touched
}

// change is the final state of one document; a nil source means deleted.
type change struct {
	source []byte
	doc    map[string]any
	order  uint64
}

func (c *changes) set(id string, ch change) {
	if _, seen := c.final[id]; !seen {
		c.ids = append(c.ids, id)
	}
	c.final[id] = ch
}

// source is the document as it stands after the changes so far, or nil.
func (c *changes) source(id string) ([]byte, error) {
	if ch, ok := c.final[id]; ok {
		return ch.source, nil
	}
	return c.before.sourceOf(id)
}

func (c *changes) exists(id string) (bool, error) {
	if ch, ok := c.final[id]; ok {
		return ch.source != nil, nil
	}
	return c.before.has(id)
}

// order keeps the place of a document that is already there.
func (c *changes) order(id string) (uint64, error) {
	if ch, ok := c.final[id]; ok && ch.source != nil {
		return ch.order, nil
	}
	internal, err := c.before.InternalID(id)
	if err != nil {
		return 0, err
	}
	if len(internal) > 0 {
		var order uint64
		err := c.orders.VisitDocValues(internal, func(_ string, term []byte) {
			order, _ = strconv.ParseUint(string(term), 16, 64)
		})
		return order, err
	}
	c.next++
	return c.next - 1, nil
}

// applyDocuments applies additions and deletions on one index as one change.
// A task that is wrong in itself fails alone.
func (e *Engine) applyDocuments(batch []*task) error {
	uid := batch[0].IndexUID
	ix := e.current(uid)
	created := ix == nil
	if created {
		var err error
		if ix, err = e.createIndex(uid, ""); err != nil {
			return err
		}
	}
	meta := ix.meta
	wrote, err := e.applyTo(ix, &meta, batch, created)
	if err == nil && created && !wrote {
		return errors.Join(e.finish(batch, nil), ix.discard())
	}
	if err != nil {
		if created {
			err = errors.Join(err, ix.discard())
		}
		return err
	}
	meta.UpdatedAt = e.now()
	return e.commit(batch, newSearchIndex(meta, ix.shard))
}

// applyTo writes the batch to ix and reports whether any task succeeded. In a
// created index there is nothing to delete before the first addition: to
// clients it is not there yet.
func (e *Engine) applyTo(ix *searchIndex, meta *indexMeta, batch []*task, created bool) (bool, error) {
	before, err := ix.reader()
	if err != nil {
		return false, err
	}
	defer before.Close()
	c := &changes{before: before, final: map[string]change{}}
	if c.orders, err = before.DocValueReader([]string{orderField}); err != nil {
		return false, err
	}
	if c.next, err = ix.nextOrder(); err != nil {
		return false, err
	}
	wrote := false
	for _, t := range batch {
		var err error
		switch {
		case t.Type == typeDocumentAddition:
			err = e.add(c, meta, t)
		case created && !wrote:
			err = errIndexNotFound(t.IndexUID)
		default:
			err = e.remove(c, ix, t)
		}
		var refused *apiError
		if errors.As(err, &refused) {
			t.fail(refused)
			if t.Type == typeDocumentAddition {
				t.Details["indexedDocuments"] = 0
			} else {
				t.Details["deletedDocuments"] = 0
			}
			continue
		}
		if err != nil {
			return false, err
		}
		wrote = true
	}
	return wrote, c.write(ix, e.closing)
}

// write sends the changes to the index, a part at a time; stop is asked
// between the parts.
func (c *changes) write(ix *searchIndex, stop func() error) error {
	plan := newIndexPlan(ix.meta.Settings)
	batch := index.NewBatch()
	for _, id := range c.ids {
		if ch := c.final[id]; ch.source == nil {
			batch.Delete(id)
		} else {
			batch.Update(plan.build(id, ch.order, ch.source, ch.doc))
		}
		if len(batch.IndexOps) == writeBatch {
			batch.SetInternal(keyNextOrder, encodeUint64(c.next))
			if err := errors.Join(stop(), ix.idx.Batch(batch)); err != nil {
				return err
			}
			batch = index.NewBatch()
		}
	}
	if len(batch.IndexOps) == 0 {
		return nil
	}
	batch.SetInternal(keyNextOrder, encodeUint64(c.next))
	return ix.idx.Batch(batch)
}

// add takes the documents of one addition into the changes, all or none. The
// payload has no space between its elements: encoding it has left that out.
func (e *Engine) add(c *changes, meta *indexMeta, t *task) error {
	body, err := e.catalog.payload(t.UID)
	if err != nil {
		return err
	}
	var raws []json.RawMessage
	if len(body) > 0 {
		if err := json.Unmarshal(body, &raws); err != nil {
			return err
		}
	}
	primaryKey := meta.PrimaryKey
	if t.PrimaryKey != "" {
		if primaryKey != "" && primaryKey != t.PrimaryKey {
			return newError("index_primary_key_already_exists", "Index `%s`: Index already has a primary key: `%s`.", t.IndexUID, primaryKey)
		}
		primaryKey = t.PrimaryKey
	}
	type addition struct {
		id  string
		raw []byte
		doc map[string]any
	}
	additions := make([]addition, 0, len(raws))
	for _, raw := range raws {
		doc, err := decodeDocument(raw)
		if err != nil {
			return newError("malformed_payload", "The document is malformed. `%s`.", err)
		}
		if primaryKey == "" {
			if primaryKey, err = inferPrimaryKey(t.IndexUID, doc); err != nil {
				return err
			}
		}
		id, err := documentID(doc, primaryKey)
		if err != nil {
			return err
		}
		additions = append(additions, addition{id, raw, doc})
	}
	indexed := 0
	for _, a := range additions {
		if t.SkipCreation || t.Partial {
			present, err := c.source(a.id)
			if err != nil {
				return err
			}
			if present == nil && t.SkipCreation {
				continue
			}
			if present != nil && t.Partial {
				if a.raw, a.doc, err = mergeDocuments(present, a.doc); err != nil {
					return err
				}
			}
		}
		order, err := c.order(a.id)
		if err != nil {
			return err
		}
		c.set(a.id, change{source: a.raw, doc: a.doc, order: order})
		indexed++
	}
	meta.PrimaryKey = primaryKey
	t.Details["indexedDocuments"] = indexed
	return nil
}

// mergeDocuments lays the fields of update over the present document.
func mergeDocuments(present []byte, update map[string]any) ([]byte, map[string]any, error) {
	doc, err := decodeDocument(present)
	if err != nil {
		return nil, nil, err
	}
	for name, value := range update {
		doc[name] = value
	}
	raw, err := json.Marshal(doc)
	return raw, doc, err
}

// inferPrimaryKey finds the one attribute whose name ends in "id".
func inferPrimaryKey(uid string, doc map[string]any) (string, error) {
	var candidates []string
	for name := range doc {
		if strings.HasSuffix(strings.ToLower(name), "id") {
			candidates = append(candidates, name)
		}
	}
	sort.Strings(candidates)
	switch len(candidates) {
	case 0:
		return "", newError("index_primary_key_no_candidate_found", "Index `%s`: The primary key inference failed as the engine did not find any field ending with `id` in its name. Please specify the primary key manually using the `primaryKey` query parameter.", uid)
	case 1:
		return candidates[0], nil
	}
	return "", newError("index_primary_key_multiple_candidates_found", "Index `%s`: The primary key inference failed as the engine found %d fields ending with `id` in their names: '%s' and '%s'. Please specify the primary key manually using the `primaryKey` query parameter.", uid, len(candidates), candidates[0], candidates[1])
}

var validDocumentID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,511}$`)

// documentID reads the primary key: an integer, or a string of letters,
// digits, hyphens and underscores.
func documentID(doc map[string]any, primaryKey string) (string, error) {
	value, ok := lookup(doc, primaryKey)
	if !ok {
		shown, _ := json.Marshal(doc)
		return "", newError("missing_document_id", "Document doesn't have a `%s` attribute: `%s`.", primaryKey, shown)
	}
	var id string
	switch v := value.(type) {
	case string:
		id = strings.TrimSpace(v)
	case json.Number:
		if !strings.ContainsAny(v.String(), ".eE") {
			id = v.String()
		}
	}
	if !validDocumentID.MatchString(id) {
		shown, _ := json.Marshal(value)
		return "", newError("invalid_document_id", "Document identifier `%s` is invalid. A document identifier can be of type integer or string, only composed of alphanumeric characters (a-z A-Z 0-9), hyphens (-) and underscores (_), and can not be more than 511 bytes.", shown)
	}
	return id, nil
}

// lookup reads a dotted path.
func lookup(doc map[string]any, path string) (any, bool) {
	if v, ok := doc[path]; ok {
		return v, true
	}
	head, rest, nested := strings.Cut(path, ".")
	if !nested {
		return nil, false
	}
	inner, ok := doc[head].(map[string]any)
	if !ok {
		return nil, false
	}
	return lookup(inner, rest)
}

// remove takes one deletion into the changes.
func (e *Engine) remove(c *changes, ix *searchIndex, t *task) error {
	ids, err := e.deletionTargets(c, ix, t)
	if err != nil {
		return err
	}
	deleted := 0
	for _, id := range ids {
		there, err := c.exists(id)
		if err != nil {
			return err
		}
		if there {
			c.set(id, change{})
			deleted++
		}
	}
	t.Details["deletedDocuments"] = deleted
	return nil
}

func (e *Engine) deletionTargets(c *changes, ix *searchIndex, t *task) ([]string, error) {
	if t.Everything {
		return c.before.matching(nil, ix)
	}
	body, err := e.catalog.payload(t.UID)
	if err != nil {
		return nil, err
	}
	if !t.ByFilter {
		var ids []string
		return ids, json.Unmarshal(body, &ids)
	}
	filter, err := parseFilter(body, "invalid_document_filter")
	if err != nil {
		return nil, err
	}
	return c.before.matching(filter, ix)
}
