package capability

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"lianbang/services/capability/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
)

// maxRows bounds an import: every row is a write, and the request waits for them.
const maxRows = 500

// sheetRow is one row of the file, read.
type sheetRow struct {
	number int
	terms  Terms
	wrong  []fault.Field
}

// ImportCapabilities reads a spreadsheet. A row whose item number is known changes that item; any other makes a draft, whose id follows
// from the firm and the row's own words, so that the same file sent again finds it. With check nothing is written.
func (s *Service) ImportCapabilities(ctx context.Context, file io.Reader, check bool) (api.CapabilityImport, error) {
	a := access.From(ctx)
	report := api.CapabilityImport{}
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return report, err
	}
	rows, absent, err := s.readTable(ctx, file, org, &report)
	if err != nil {
		return report, err
	}
	for _, row := range rows {
		var outcome api.RowOutcome
		var id string
		if len(row.wrong) == 0 {
			outcome, id, err = s.carry(ctx, org, a.UserID, row.terms, absent, check)
			var f *fault.Error
			if errors.As(err, &f) && f.Kind == fault.Invalid {
				row.wrong, err = f.Fields, nil
			}
			if err != nil {
				return report, err
			}
		}
		if len(row.wrong) > 0 {
			outcome = api.Wrong
		}
		switch outcome {
		case api.Created:
			report.Created++
		case api.Changed:
			report.Changed++
		case api.Unchanged:
			report.Unchanged++
		case api.Wrong:
			report.Wrong++
		}
		report.Rows = append(report.Rows, api.CapabilityRow{Row: row.number, ItemNumber: row.terms.ItemNumber, Title: row.terms.Title, Outcome: outcome,
			CapabilityId: id, Errors: problems(row.wrong)})
	}
	return report, nil
}

func problems(fields []fault.Field) []api.FieldProblem {
	out := []api.FieldProblem{}
	for _, f := range fields {
		out = append(out, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
	}
	return out
}

// readTable turns a file into rows, and names the columns it has not. The header is the first row that names the title column, within
// the first ten.
func (s *Service) readTable(ctx context.Context, file io.Reader, org Organisation, report *api.CapabilityImport) (rows []sheetRow, absent []column, err error) {
	var places map[string]int
	foundAs, numbers, before := map[string]string{}, map[string]int{}, 0
	noHeader := fault.New(fault.Invalid, "import.no_title_column", "no row names the column 配套能力名称")
	_, err = office.ReadTable(file, office.Limits{Cell: 6000, Rows: maxRows + 1}, func(r office.Row) error {
		if places == nil {
			found, unknown := readHeader(r.Cells)
			if _, ok := found["title"]; ok {
				places, report.UnknownColumns = found, unknown
				for field, i := range found {
					foundAs[field] = r.Cells[i]
				}
			} else if before++; before > 10 {
				return noHeader
			}
			return nil
		}
		row, empty, err := s.readRow(ctx, r, places, org)
		if err != nil || empty {
			return err
		}
		if n := row.terms.ItemNumber; n != "" {
			if first, twice := numbers[n]; twice {
				row.wrong = append(row.wrong, fault.Field{Path: "itemNumber", Code: "duplicate", Detail: fmt.Sprintf("row %d", first)})
			}
			numbers[n] = cmp.Or(numbers[n], r.Number)
		}
		rows = append(rows, row)
		return nil
	})
	switch {
	case err != nil:
		return nil, nil, err
	case places == nil:
		return nil, nil, noHeader
	case len(rows) == 0:
		return nil, nil, fault.New(fault.Invalid, "file_empty", "there is no row below the header")
	}
	for _, c := range columns {
		report.Columns = append(report.Columns, api.CapabilityColumn{Field: c.field, Header: c.header, FoundAs: foundAs[c.field], Required: c.required})
		if _, there := places[c.field]; !there {
			absent = append(absent, c)
		}
	}
	return rows, absent, nil
}

func (s *Service) readRow(ctx context.Context, r office.Row, places map[string]int, org Organisation) (row sheetRow, empty bool, err error) {
	cells := map[string]string{}
	for field, i := range places {
		if i < len(r.Cells) && r.Cells[i] != "" {
			cells[field] = r.Cells[i]
		}
	}
	if len(cells) == 0 {
		return row, true, nil
	}
	row.number = r.Number
	row.terms, row.wrong = readCells(cells)
	for field, i := range places {
		for _, p := range r.Problems {
			if p.Column == i {
				row.wrong = append(row.wrong, fault.Field{Path: field, Code: p.Code})
			}
		}
	}
	row.terms.Chain, err = s.chainCode(ctx, row.terms.Chain, org)
	var f *fault.Error
	if errors.As(err, &f) && f.Kind == fault.Invalid {
		row.wrong, err = append(row.wrong, f.Fields...), nil
	}
	row.terms = row.terms.normal()
	return row, false, err
}

// carry brings one row into the list. What the file has no column for stays as it is.
func (s *Service) carry(ctx context.Context, org Organisation, userID string, t Terms, absent []column, check bool) (outcome api.RowOutcome, id string, err error) {
	digest := sha256.Sum256([]byte(cmp.Or(t.ItemNumber, "\x00"+t.Title)))
	id = org.ID + "-" + hex.EncodeToString(digest[:8])
	if t.ItemNumber != "" { // whatever its id is
		found, err := s.capabilities.Find(ctx, docstore.Query{Index: "item", Equal: []any{itemKey(org.ID, "", t.ItemNumber)}, Limit: 1})
		if err != nil {
			return "", "", err
		}
		if len(found.Items) > 0 {
			id = found.Items[0].ID
		}
	}
	doc, err := s.capabilities.Get(ctx, id)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		c, err := New(id, org.ID, org.Name, org.District, userID, t, s.now())
		if err != nil || check {
			return api.Created, "", err
		}
		if _, err = s.capabilities.Insert(ctx, id, c); err != nil {
			return "", "", numberTaken(err)
		}
		return api.Created, id, nil
	}
	if err != nil {
		return "", "", err
	}
	for _, c := range absent {
		if kept := c.write(&doc.Body.Terms); kept != "" {
			_ = c.read(&t, kept) // what was written by it can be read by it
		}
	}
	outcome = api.Unchanged
	if len(differences(&doc.Body.Terms, &t)) > 0 {
		outcome = api.Changed
	}
	trial := doc.Body
	if err = trial.Edit(id, userID, t, s.now()); err == nil && !check && outcome == api.Changed {
		_, err = s.capabilities.Update(ctx, id, func(tx *docstore.Tx[Capability]) error { return tx.Body.Edit(id, userID, t, tx.Now) })
	}
	return outcome, id, err
}

// DownloadCapabilityTemplate is the empty sheet with one that explains each column.
func (s *Service) DownloadCapabilityTemplate(context.Context) (*office.Book, error) {
	b := office.NewBook()
	if err := b.Sheet(sheetName, sheetColumns(), func(func([]any) bool) {}); err != nil {
		return nil, err
	}
	return b, b.Sheet("填写说明", []office.Column{{Title: "列名", Width: 22}, {Title: "是否必填", Width: 12}, {Title: "说明", Width: 60}, {Title: "也认得的列名", Width: 50}},
		func(yield func([]any) bool) {
			for _, c := range columns {
				must := "选填"
				if c.required {
					must = "必填"
				}
				if !yield([]any{c.header, must, c.note, strings.Join(c.aliases, "、")}) {
					return
				}
			}
			yield([]any{"说明", "", "列名综合各地配套能力清单整理，待核；列的顺序可以调整，多余的列会被忽略。", ""})
		})
}

const sheetName = "配套能力清单"

// stateNames are the states as the spreadsheet writes them.
var stateNames = map[State]string{Draft: "草稿", Published: "已公开", Paused: "暂停接单", Withdrawn: "已下架"}

// errEnough ends a walk over documents early.
var errEnough = errors.New("enough")

// ExportMyCapabilities writes the caller's organisation's list with the template's columns, and a few more that are ours.
func (s *Service) ExportMyCapabilities(ctx context.Context) (*office.Book, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	var failed error
	err = b.Sheet(sheetName, append(sheetColumns(), office.Column{Title: "状态"}, office.Column{Title: "版本"}, office.Column{Title: "完整度（%）"}), func(yield func([]any) bool) {
		n := 0
		failed = s.capabilities.Each(ctx, docstore.Query{Index: "mine", Equal: []any{access.From(ctx).OrgID}}, func(doc docstore.Doc[Capability]) error {
			t := doc.Body.Terms
			t.Chain = cmp.Or(names.chains[t.Chain], t.Chain)
			var row []any
			for _, c := range columns {
				row = append(row, c.write(&t))
			}
			percent, _ := doc.Body.Completeness()
			if n++; !yield(append(row, stateNames[doc.Body.State], doc.Body.Version, percent)) || n >= maxRows {
				return errEnough
			}
			return nil
		})
	})
	if failed != nil && !errors.Is(failed, errEnough) {
		return nil, failed
	}
	return b, err
}
