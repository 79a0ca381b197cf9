package demand

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// ImportState is where an import session stands.
type ImportState string

// The states of an import: mended while ready, then all of it becomes drafts, or none.
const (
	ImportReady      ImportState = "ready"
	ImportCommitting ImportState = "committing"
	ImportCommitted  ImportState = "committed"
	ImportDiscarded  ImportState = "discarded"
)

// Import is one uploaded spreadsheet on its way to drafts. Its rows are documents of their own.
type Import struct {
	State          ImportState       `json:"state"`
	OrgID          string            `json:"orgId"`
	UserID         string            `json:"userId"`
	OrgName        string            `json:"orgName"`
	District       string            `json:"district"`
	FileName       string            `json:"fileName"`
	SheetName      string            `json:"sheetName,omitempty"`
	FoundAs        map[string]string `json:"foundAs"` // field → header in the file
	UnknownColumns []string          `json:"unknownColumns,omitempty"`
	Headers        []string          `json:"headers,omitempty"`
	ListName       string            `json:"listName,omitempty"` // the list the file was imported into
	Rows           int               `json:"rows"`
	Created        int               `json:"created"` // rows dealt with so far
	CreatedAt      when.Instant      `json:"createdAt"`
	CommittedAt    when.Instant      `json:"committedAt,omitempty"`
	DueAt          when.Instant      `json:"dueAt"` // set while there are drafts to make
}

// ImportRow is one row of the file.
type ImportRow struct {
	ImportID string            `json:"importId"`
	Row      int               `json:"row"`
	Cells    map[string]string `json:"cells"`
	Errors   []fault.Field     `json:"errors,omitempty"`
	Warnings []fault.Field     `json:"warnings,omitempty"`
	Wrong    bool              `json:"wrong"` // has errors and is not skipped
	Skipped  bool              `json:"skipped"`
	Locked   bool              `json:"locked,omitempty"` // its import is being committed or was given up
	DemandID string            `json:"demandId,omitempty"`
	Raw      []string          `json:"raw,omitempty"` // the row as it was, for another mapping of its columns
	Outcome  RowOutcome        `json:"outcome"`
	TargetID string            `json:"targetId,omitempty"` // the demand it is about
	Changes  []FieldChange     `json:"changes,omitempty"`
}

func rowID(importID string, row int) string { return fmt.Sprintf("%s:%07d", importID, row) }

// check judges the row's cells anew. cellErrors are what is wrong with the cells themselves (a formula that failed).
func (r *ImportRow) check(s *Service, ctx context.Context, in *Import, cellErrors []fault.Field) error {
	t, wrong, warnings := readCells(r.Cells)
	if err := s.choose(ctx, &t); err != nil {
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Invalid {
			return err
		}
		wrong = append(wrong, f.Fields...)
	}
	for _, f := range cellErrors {
		wrong = slices.DeleteFunc(wrong, func(w fault.Field) bool { return w.Path == f.Path })
		wrong = append(wrong, f)
	}
	r.Errors, r.Warnings = wrong, warnings
	if err := r.match(ctx, s, in, t); err != nil {
		return err
	}
	r.Wrong = len(r.Errors) > 0 && !r.Skipped
	return nil
}

// ImportDemands reads an uploaded spreadsheet into a session. Nothing is created yet.
func (s *Service) ImportDemands(ctx context.Context, file io.Reader, name, listID string) (api.ImportSession, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.ImportSession{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	session := Import{State: ImportReady, OrgID: a.OrgID, UserID: a.UserID, OrgName: org.Name, District: org.District,
		FileName: cutTo(name, 200), FoundAs: map[string]string{}, CreatedAt: when.At(s.now())}
	if listID != "" {
		list, err := s.ownList(ctx, listID)
		if err != nil {
			return api.ImportSession{}, err
		}
		session.ListName = list.Body.Name
	}
	rows, err := s.readTable(ctx, file, id, &session)
	if err != nil {
		return api.ImportSession{}, err
	}
	err = docstore.Together(rows, func(row ImportRow) error { // the rows first: a session is never there without them
		_, err := s.rows.Insert(ctx, rowID(id, row.Row), row)
		if err != nil && fault.KindOf(err) == fault.Duplicate {
			return nil
		}
		return err
	})
	if err != nil {
		return api.ImportSession{}, err
	}
	session.Rows = len(rows)
	doc, err := s.imports.Insert(ctx, id, session, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.ImportSession{}, err
	}
	return s.importView(ctx, doc)
}

// readTable turns a file into checked rows.
func (s *Service) readTable(ctx context.Context, file io.Reader, importID string, session *Import) ([]ImportRow, error) {
	own, err := s.mappingOf(ctx, session.OrgID)
	if err != nil {
		return nil, err
	}
	var rows []ImportRow
	var problems [][]fault.Field
	found, err := form(own.Fields).Read(file, func(r office.FormRow) error {
		rows = append(rows, ImportRow{ImportID: importID, Row: r.Number, Cells: r.Cells, Raw: r.Raw})
		problems = append(problems, r.Problems)
		return nil
	})
	if err != nil {
		return nil, err
	}
	session.SheetName, session.Headers, session.FoundAs, session.UnknownColumns = found.Sheet, found.Headers, found.As, found.Unknown
	titles := map[string]int{}
	for i := range rows {
		row := &rows[i]
		if err := row.check(s, ctx, session, problems[i]); err != nil {
			return nil, err
		}
		if title := row.Cells["title"]; title != "" {
			if first, twice := titles[title]; twice {
				row.Warnings = append(row.Warnings, fault.Field{Path: "title", Code: "duplicate", Detail: fmt.Sprintf("row %d has the same title", first)})
			} else {
				titles[title] = row.Row
			}
		}
	}
	return rows, nil
}

// ownImport loads a session of the caller's organisation.
func (s *Service) ownImport(ctx context.Context, id string) (docstore.Doc[Import], error) {
	doc, err := s.imports.Get(ctx, id)
	if err == nil && doc.Body.OrgID != access.From(ctx).OrgID {
		err = access.Hide.Err()
	}
	return doc, err
}

// ListImports are the caller's organisation's sessions, newest first.
func (s *Service) ListImports(ctx context.Context, limit int, cursor string) ([]api.ImportSession, string, error) {
	found, err := s.imports.Find(ctx, docstore.Query{Index: "org", Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	items := []api.ImportSession{}
	for _, doc := range found.Items {
		v, err := s.importView(ctx, doc)
		if err != nil {
			return nil, "", err
		}
		items = append(items, v)
	}
	return items, found.Next, nil
}

// GetImport is one session with its counts and progress.
func (s *Service) GetImport(ctx context.Context, id string) (api.ImportSession, error) {
	doc, err := s.ownImport(ctx, id)
	if err != nil {
		return api.ImportSession{}, err
	}
	return s.importView(ctx, doc)
}

// ListImportRows are the rows, in file order.
func (s *Service) ListImportRows(ctx context.Context, id string, onlyErrors bool, limit int, cursor string) ([]api.ImportRow, string, error) {
	if _, err := s.ownImport(ctx, id); err != nil {
		return nil, "", err
	}
	q := docstore.Query{Index: "session", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor}
	if onlyErrors {
		q.Index, q.Equal = "errors", []any{id, true}
	}
	found, err := s.rows.Find(ctx, q)
	if err != nil {
		return nil, "", err
	}
	items := []api.ImportRow{}
	for _, doc := range found.Items {
		items = append(items, rowView(doc))
	}
	return items, found.Next, nil
}

// EditImportRow mends cells or skips the row.
func (s *Service) EditImportRow(ctx context.Context, id string, row int, in api.ImportRowInput) (api.ImportRow, error) {
	session, err := s.ownImport(ctx, id)
	if err != nil {
		return api.ImportRow{}, err
	}
	if session.Body.State != ImportReady {
		return api.ImportRow{}, notReady
	}
	for field := range in.Cells {
		if !slices.ContainsFunc(columns, func(c column) bool { return c.field == field }) {
			return api.ImportRow{}, fault.Bad(fault.Field{Path: "cells." + field, Code: "unknown_field"})
		}
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.ImportRow{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.rows.Update(ctx, rowID(id, row), func(tx *docstore.Tx[ImportRow]) error {
		r := tx.Body
		if r.Locked {
			return notReady
		}
		var still []fault.Field // a failed formula stays wrong until its cell is mended
		for _, f := range r.Errors {
			if _, mended := in.Cells[f.Path]; !mended && (f.Code == "cell_error" || f.Code == "cell_too_long") {
				still = append(still, f)
			}
		}
		cells := maps.Clone(r.Cells)
		for field, text := range in.Cells {
			if text = strings.TrimSpace(text); text == "" {
				delete(cells, field)
			} else {
				cells[field] = text
			}
		}
		r.Cells = cells
		if in.Skipped != nil {
			r.Skipped = *in.Skipped
		}
		return r.check(s, ctx, &session.Body, still)
	}, opts...)
	if err != nil {
		return api.ImportRow{}, err
	}
	return rowView(doc), nil
}

var notReady = fault.New(fault.Conflict, "import.not_ready", "the import was committed or given up")

// CommitImport makes a draft of every row that is not skipped. All rows are locked and found right before the first draft is made; from
// then on the work goes on, over a crash too, until the last one is there.
func (s *Service) CommitImport(ctx context.Context, id string) (api.ImportSession, error) {
	session, err := s.ownImport(ctx, id)
	if err != nil {
		return api.ImportSession{}, err
	}
	if session.Body.State == ImportDiscarded {
		return api.ImportSession{}, notReady
	}
	if session.Body.State == ImportReady {
		if err := s.lockRows(ctx, id); err != nil {
			return api.ImportSession{}, err
		}
		if _, err := s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
			switch tx.Body.State {
			case ImportReady:
				tx.Body.State, tx.Body.DueAt = ImportCommitting, when.At(tx.Now.Add(patience)) // then the clock takes it up
			case ImportDiscarded:
				return notReady
			}
			return nil
		}); err != nil {
			return api.ImportSession{}, err
		}
	}
	if err := s.carryImport(ctx, id); err != nil {
		return api.ImportSession{}, err
	}
	doc, err := s.imports.Get(ctx, id)
	if err != nil {
		return api.ImportSession{}, err
	}
	return s.importView(ctx, doc)
}

// lockRows freezes all rows, so that what was checked is what is created, and unlocks them again when one is wrong.
func (s *Service) lockRows(ctx context.Context, id string) error {
	setLock := func(locked bool) error {
		return s.eachRow(ctx, docstore.Query{Index: "session", Equal: []any{id}}, func(doc docstore.Doc[ImportRow]) error {
			_, err := s.rows.Update(ctx, doc.ID, func(tx *docstore.Tx[ImportRow]) error {
				tx.Body.Locked = locked
				return nil
			})
			return err
		})
	}
	if err := setLock(true); err != nil {
		return err
	}
	wrong, err := s.rows.Count(ctx, docstore.Query{Index: "errors", Equal: []any{id, true}})
	if err != nil {
		return err
	}
	skipped, err := s.rows.Count(ctx, docstore.Query{Index: "skipped", Equal: []any{id, true}})
	if err != nil {
		return err
	}
	all, err := s.rows.Count(ctx, docstore.Query{Index: "session", Equal: []any{id}})
	if err != nil {
		return err
	}
	switch {
	case wrong > 0:
		err = fault.Newf(fault.Conflict, "import.rows_have_errors", "%d rows have errors; mend or skip them", wrong)
	case skipped == all:
		err = fault.New(fault.Conflict, "import.nothing_left", "every row is skipped")
	}
	if err != nil {
		return errors.Join(err, setLock(false))
	}
	return nil
}

// importStint is how long one go at making drafts may last; the clock goes on with the rest.
const importStint = 3 * time.Second

// carryImport makes drafts that are still missing, for one stint. A draft's id follows from its row, so that none is made twice.
func (s *Service) carryImport(ctx context.Context, id string) error {
	session, err := s.imports.Get(ctx, id)
	if err != nil || session.Body.State != ImportCommitting {
		return err
	}
	in := session.Body
	who := By{Role: Issuer, UserID: in.UserID, OrgID: in.OrgID, Name: in.OrgName}
	began := time.Now()
	var created, made, changed atomic.Int64
	org, err := s.o.Organisations.Get(ctx, in.OrgID)
	if err != nil { // away; the lists say less of what they are for
		org = Organisation{ID: in.OrgID, Name: in.OrgName}
	}
	progress := func(finished bool) error {
		_, err := s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
			if tx.Body.State != ImportCommitting {
				return nil
			}
			tx.Body.Created = max(tx.Body.Created, int(created.Load()))
			if !finished {
				tx.Body.DueAt = 1 // at once
				return nil
			}
			tx.Body.State, tx.Body.CommittedAt, tx.Body.DueAt = ImportCommitted, when.At(tx.Now), 0
			return tx.Emit(listImported, message{Recipients: []recipient{toOrg(in.OrgID)}, Link: "/work/demands",
				Params: map[string]any{"importId": id, "fileName": in.FileName, "count": made.Load(), "changed": changed.Load(), "updated": changed.Load() > 0}})
		})
		return err
	}
	err = s.eachRow(ctx, docstore.Query{Index: "skipped", Equal: []any{id, false}}, func(doc docstore.Doc[ImportRow]) error {
		if time.Since(began) > importStint {
			return errEnough
		}
		if doc.Body.DemandID == "" {
			step := s.draftOf
			if doc.Body.TargetID != "" {
				step = s.updateFromRow
			}
			if err := step(ctx, doc, id, in, who, org); err != nil {
				return err
			}
		}
		switch doc.Body.Outcome {
		case RowChanged:
			changed.Add(1)
		case RowNew, "":
			made.Add(1)
		}
		created.Add(1)
		return nil
	})
	if errors.Is(err, errEnough) {
		return progress(false)
	}
	if err != nil {
		return err
	}
	return progress(true)
}

// draftOf makes the draft of one row.
func (s *Service) draftOf(ctx context.Context, row docstore.Doc[ImportRow], importID string, in Import, who By, org Organisation) error {
	terms, _, _ := readCells(row.Body.Cells)
	terms.ListName = orListName(terms.ListName, in.ListName)
	if err := s.choose(ctx, &terms); err != nil {
		return err
	}
	if err := s.ensureList(ctx, org, &terms); err != nil {
		return err
	}
	d, err := New(who, in.OrgName, in.District, terms, s.now())
	if err != nil {
		return err
	}
	d.ImportID, d.IssuerSize = importID, org.Size
	demandID := fmt.Sprintf("%s-%d", importID, row.Body.Row)
	if _, err := s.demands.Insert(ctx, demandID, d); err != nil && fault.KindOf(err) != fault.Duplicate {
		return err
	}
	_, err = s.rows.Update(ctx, row.ID, func(tx *docstore.Tx[ImportRow]) error {
		tx.Body.DemandID = demandID
		return nil
	})
	return err
}

// eachRow calls fn for every row of a query, a page at a time, several rows together: the store takes writes in groups. fn may change the
// row, but not what the query goes by.
func (s *Service) eachRow(ctx context.Context, q docstore.Query, fn func(docstore.Doc[ImportRow]) error) error {
	q.Limit = docstore.MaxLimit
	for {
		page, err := s.rows.Find(ctx, q)
		if err != nil {
			return err
		}
		if err := docstore.Together(page.Items, fn); err != nil || page.Next == "" {
			return err
		}
		q.Cursor = page.Next
	}
}

// DiscardImport gives a session up; nothing is created.
func (s *Service) DiscardImport(ctx context.Context, id string) (api.ImportSession, error) {
	if _, err := s.ownImport(ctx, id); err != nil {
		return api.ImportSession{}, err
	}
	doc, err := s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		if tx.Body.State != ImportReady && tx.Body.State != ImportDiscarded {
			return notReady
		}
		tx.Body.State = ImportDiscarded
		return nil
	})
	if err != nil {
		return api.ImportSession{}, err
	}
	return s.importView(ctx, doc)
}

// importView counts the rows as they are now.
func (s *Service) importView(ctx context.Context, doc docstore.Doc[Import]) (api.ImportSession, error) {
	in := doc.Body
	v := api.ImportSession{Id: doc.ID, Rev: doc.Rev, State: api.ImportState(in.State), FileName: in.FileName, SheetName: in.SheetName,
		UnknownColumns: in.UnknownColumns, Headers: in.Headers, ListName: in.ListName, RowCount: in.Rows, CreatedRows: in.Created, CreatedAt: in.CreatedAt.Time(), CommittedAt: in.CommittedAt.Time()}
	for _, c := range columns {
		v.Columns = append(v.Columns, api.ImportColumn{Field: c.field, Header: c.header, FoundAs: in.FoundAs[c.field], Required: c.required})
	}
	wrong, err := s.rows.Count(ctx, docstore.Query{Index: "errors", Equal: []any{doc.ID, true}})
	if err != nil {
		return v, err
	}
	skipped, err := s.rows.Count(ctx, docstore.Query{Index: "skipped", Equal: []any{doc.ID, true}})
	if err != nil {
		return v, err
	}
	v.ErrorRows, v.SkippedRows = int(wrong), int(skipped)
	for outcome, n := range map[RowOutcome]*int{RowNew: &v.NewRows, RowChanged: &v.ChangedRows, RowUnchanged: &v.UnchangedRows, RowConflict: &v.ConflictRows} {
		rows, err := s.rows.Count(ctx, docstore.Query{Index: "outcome", Equal: []any{doc.ID, outcome}})
		if err != nil {
			return v, err
		}
		*n = int(rows)
	}
	return v, nil
}

func rowView(doc docstore.Doc[ImportRow]) api.ImportRow {
	r := doc.Body
	v := api.ImportRow{Row: r.Row, Rev: doc.Rev, Cells: r.Cells, Errors: fieldsView(r.Errors), Warnings: fieldsView(r.Warnings), Skipped: r.Skipped, DemandId: r.DemandID, Outcome: api.ImportOutcome(r.Outcome), TargetId: r.TargetID}
	for _, c := range r.Changes {
		v.Changes = append(v.Changes, api.FieldChange{Path: c.Path, Before: c.Before, After: c.After})
	}
	if v.Errors == nil {
		v.Errors = []api.FieldProblem{}
	}
	return v
}

// DownloadImportTemplate is the empty sheet with a sheet that explains each column.
func (s *Service) DownloadImportTemplate(context.Context) (*office.Book, error) {
	b := office.NewBook()
	if err := b.Sheet("需求清单", sheetColumns(), func(func([]any) bool) {}); err != nil {
		return nil, err
	}
	err := b.Sheet("填写说明", []office.Column{{Title: "列名", Width: 22}, {Title: "是否必填", Width: 16}, {Title: "说明", Width: 60}, {Title: "可选内容", Width: 50}},
		func(yield func([]any) bool) {
			for _, c := range columns {
				must := "选填"
				if c.required {
					must = "必填"
				} else if c.needed {
					must = "提交审核前必填"
				}
				if !yield([]any{c.header, must, c.note, strings.Join(c.choices, "、")}) {
					return
				}
			}
			yield([]any{"说明", "", "列名综合各地需求表整理，待核；列的顺序可以调整，多余的列会被忽略。", ""})
		})
	return b, err
}

// ExportMyDemands writes the caller's organisation's demands.
func (s *Service) ExportMyDemands(ctx context.Context, state string) (*office.Book, error) {
	q := docstore.Query{Index: "mine", Equal: []any{access.From(ctx).OrgID}, Descending: true}
	if state != "" {
		q.Index, q.Equal = "mineState", []any{access.From(ctx).OrgID, state}
	}
	return s.demandBook(ctx, q)
}

// exportRows bounds an export to what an import takes.
const exportRows = 5000

// errEnough ends a walk over documents early.
var errEnough = errors.New("enough")

var stateNames = map[State]string{Draft: "草稿", Submitted: "待审核", Returned: "退回修改", Approved: "待发布", Published: "揭榜中",
	BiddingClosed: "揭榜截止", Evaluating: "评审中", AwardNotice: "中榜公示", Awarded: "已定榜", InProgress: "实施中", Accepted: "已验收",
	Closed: "已结束", Rejected: "不予通过", NoAward: "流标", Terminated: "已终止", Withdrawn: "已撤回"}
