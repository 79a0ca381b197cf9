package demand

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
)

// This file is importing a list again: rows find their demand by the firm's own item number, and say before anything is written what each
// would do. And it is the mapping of a firm's own column names, remembered for its next file.

// RowOutcome is what a row of an import would do.
type RowOutcome string

// The outcomes. A conflict is a row whose demand is no longer a draft and differs: it is skipped, or the demand is changed in public.
const (
	RowNew       RowOutcome = "new"
	RowChanged   RowOutcome = "changed"
	RowUnchanged RowOutcome = "unchanged"
	RowConflict  RowOutcome = "conflict"
)

// Mapping is how an organisation names its columns: header without decoration → field, "" for a column to pass over. Its id is the
// organisation's.
type Mapping struct {
	Fields map[string]string `json:"fields"`
}

// serialHeader is a running number in most files; it names an item only within a list.
const serialHeader = "序号"

// match finds the demand a row is about and says what the row would do to it.
func (r *ImportRow) match(ctx context.Context, s *Service, in *Import, t Terms) error {
	r.Outcome, r.TargetID, r.Changes = RowNew, "", nil
	t.ListName = orListName(t.ListName, in.ListName)
	if _, err := s.findList(ctx, in.OrgID, &t); err != nil {
		return err
	}
	if t.ItemNumber == "" || office.PlainHeader(in.FoundAs["itemNumber"]) == serialHeader && t.ListName == "" {
		return nil
	}
	var had *docstore.Doc[Demand]
	err := s.demands.Each(ctx, docstore.Query{Index: "item", Equal: []any{in.OrgID, t.ItemNumber}}, func(doc docstore.Doc[Demand]) error {
		if doc.Body.Terms.ListID == t.ListID && doc.Body.State != Withdrawn && doc.Body.State != Rejected && (had == nil || had.Body.ChangedAt < doc.Body.ChangedAt) {
			had = &doc
		}
		return nil
	})
	if err != nil || had == nil {
		return err
	}
	r.TargetID, r.Outcome = had.ID, RowUnchanged
	merged, changes := merge(had.Body.Terms, t, in.FoundAs)
	r.Changes = changes
	if len(changes) == 0 {
		return nil
	}
	r.Outcome = RowChanged
	trial := had.Body
	if err := trial.Edit(By{Role: Issuer, OrgID: in.OrgID}, s.now(), merged); err != nil {
		r.Outcome = RowConflict
		r.Errors = append(r.Errors, fault.Field{Path: "itemNumber", Code: "not_a_draft"})
	}
	return nil
}

func orListName(own, session string) string {
	if own == "" {
		return session
	}
	return own
}

// merge puts a row's cells over a demand's terms: a column the file has replaces, one it has not leaves as it was.
func merge(had, row Terms, found map[string]string) (Terms, []FieldChange) {
	merged, changes := had, []FieldChange{}
	for _, c := range columns {
		if _, there := found[c.field]; !there {
			continue
		}
		was, is := cellText(c.write(&had)), cellText(c.write(&row))
		if was == is {
			continue
		}
		c.take(&merged, &row)
		changes = append(changes, FieldChange{Path: c.field, Before: one(was), After: one(is)})
	}
	if len(changes) == 0 {
		changes = nil
	}
	return merged, changes
}

// cellText is a cell as its reader would see it: what differs in spaces or line ends does not differ.
func cellText(v any) string {
	if v == nil {
		return ""
	}
	return strings.TrimSpace(strings.ReplaceAll(fmt.Sprint(v), "\r\n", "\n"))
}

// updateFromRow changes the draft a row is about. One that meanwhile is no draft any more stays as it is, and the row says so.
func (s *Service) updateFromRow(ctx context.Context, row docstore.Doc[ImportRow], _ string, in Import, who By, _ Organisation) error {
	terms, _, _ := readCells(row.Body.Cells)
	if err := s.choose(ctx, &terms); err != nil {
		return err
	}
	terms.ListName = orListName(terms.ListName, in.ListName)
	if _, err := s.findList(ctx, in.OrgID, &terms); err != nil {
		return err
	}
	_, err := s.demands.Update(ctx, row.Body.TargetID, func(tx *docstore.Tx[Demand]) error {
		merged, changes := merge(tx.Body.Terms, terms, in.FoundAs)
		if merged.ListName == terms.ListName {
			merged.ListID = terms.ListID
		}
		if len(changes) == 0 {
			return nil
		}
		return tx.Body.Edit(who, tx.Now, merged)
	})
	left := fault.KindOf(err) == fault.Conflict
	if err != nil && !left {
		return err
	}
	_, err = s.rows.Update(ctx, row.ID, func(tx *docstore.Tx[ImportRow]) error {
		tx.Body.DemandID = tx.Body.TargetID
		if left {
			tx.Body.Outcome = RowConflict
		}
		return nil
	})
	return err
}

// mappingOf is what an organisation's columns were called the last time.
func (s *Service) mappingOf(ctx context.Context, orgID string) (Mapping, error) {
	doc, err := s.mappings.Get(ctx, orgID)
	if fault.KindOf(err) == fault.NotFound {
		return Mapping{}, nil
	}
	return doc.Body, err
}

// MapImportColumns says which column of the file is which field, and remembers it for the organisation's next file. Cells that were mended by
// hand stay, unless their column is mapped anew.
func (s *Service) MapImportColumns(ctx context.Context, id string, in api.ColumnMapping) (api.ImportSession, error) {
	doc, err := s.ownImport(ctx, id)
	if err != nil {
		return api.ImportSession{}, err
	}
	session := doc.Body
	if session.State != ImportReady {
		return api.ImportSession{}, notReady
	}
	found, fields := map[string]string{}, []fault.Field{}
	for i, m := range in.Columns {
		switch {
		case !slices.ContainsFunc(columns, func(c column) bool { return c.field == m.Field }):
			fields = append(fields, fault.Field{Path: fmt.Sprintf("columns[%d].field", i), Code: "unknown_field"})
		case !slices.Contains(session.Headers, m.Header):
			fields = append(fields, fault.Field{Path: fmt.Sprintf("columns[%d].header", i), Code: "not_in"})
		case found[m.Field] != "":
			fields = append(fields, fault.Field{Path: fmt.Sprintf("columns[%d].field", i), Code: "duplicate"})
		}
		found[m.Field] = m.Header
	}
	if found["title"] == "" {
		fields = append(fields, fault.Field{Path: "columns", Code: "required"})
	}
	if len(fields) > 0 {
		return api.ImportSession{}, fault.Bad(fields...)
	}
	before := session.FoundAs
	doc, err = s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		if tx.Body.State != ImportReady {
			return notReady
		}
		tx.Body.FoundAs, tx.Body.UnknownColumns = found, nil
		for _, h := range tx.Body.Headers {
			if h != "" && !slices.Contains(slices.Collect(maps.Values(found)), h) {
				tx.Body.UnknownColumns = append(tx.Body.UnknownColumns, h)
			}
		}
		return nil
	})
	if err != nil {
		return api.ImportSession{}, err
	}
	session = doc.Body
	err = s.eachRow(ctx, docstore.Query{Index: "session", Equal: []any{id}}, func(row docstore.Doc[ImportRow]) error {
		_, err := s.rows.Update(ctx, row.ID, func(tx *docstore.Tx[ImportRow]) error {
			r := tx.Body
			cells := maps.Clone(r.Cells)
			for _, c := range columns {
				if found[c.field] == before[c.field] {
					continue
				}
				delete(cells, c.field)
				at := slices.Index(session.Headers, found[c.field])
				if found[c.field] != "" && at < len(r.Raw) && r.Raw[at] != "" {
					cells[c.field] = r.Raw[at]
				}
			}
			r.Cells = cells
			return r.check(s, ctx, &session, nil)
		})
		return err
	})
	if err != nil {
		return api.ImportSession{}, err
	}
	if err := s.remember(ctx, access.From(ctx).OrgID, session.Headers, found); err != nil {
		return api.ImportSession{}, err
	}
	return s.importView(ctx, doc)
}

// remember keeps how an organisation names its columns, beside what it named in other files.
func (s *Service) remember(ctx context.Context, orgID string, headers []string, found map[string]string) error {
	add := func(m *Mapping) {
		if m.Fields == nil {
			m.Fields = map[string]string{}
		}
		for _, h := range headers {
			if h != "" {
				m.Fields[office.PlainHeader(h)] = ""
			}
		}
		for field, h := range found {
			m.Fields[office.PlainHeader(h)] = field
		}
	}
	var fresh Mapping
	add(&fresh)
	_, err := s.mappings.Insert(ctx, orgID, fresh)
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.mappings.Update(ctx, orgID, func(tx *docstore.Tx[Mapping]) error {
			if len(tx.Body.Fields) > maxMapped { // names of many files; begin anew
				tx.Body.Fields = nil
			}
			add(tx.Body)
			return nil
		})
	}
	return err
}

// maxMapped is how many column names of one organisation are kept.
const maxMapped = 500
