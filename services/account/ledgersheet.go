package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is the service ledger as a table: what liaisons keep in a spreadsheet comes in row by row, each held to the same rules as an entry
// written by hand, and the ledger goes out with the same columns, so that what was exported can come back.

// ledgerColumns are the table's columns. The words are those of the ledgers cities keep; no official form was seen: 待核.
var ledgerColumns = []struct {
	field, header string
	aliases       []string
	required      bool
	width         float64
	choices       []string
	note          string
}{
	{"firm", "企业", []string{"企业名称", "单位名称", "统一社会信用代码"}, true, 30, nil, "名称与平台一致，或填统一社会信用代码；须是你服务的企业"},
	{"kind", "类型", []string{"服务类型", "事项类型"}, true, 12, []string{"走访", "诉求", "其他服务"}, "走访、诉求或其他服务"},
	{"on", "日期", []string{"服务日期", "走访日期", "受理日期"}, true, 14, nil, "如 2026-11-02；不晚于今天"},
	{"summary", "内容", []string{"服务内容", "诉求内容", "走访内容", "问题"}, true, 50, nil, "一件事一行"},
	{"dueOn", "办结期限", []string{"期限", "应办结日期"}, false, 14, nil, "只有诉求填"},
	{"solvedOn", "解决日期", []string{"办结日期"}, false, 14, nil, "填了解决情况而不填日期，记为导入当天"},
	{"outcome", "解决情况", []string{"办理结果", "办理情况"}, false, 40, nil, "只有诉求填；填了就算解决"},
	{"visible", "企业可见", []string{"是否公开", "对企业可见"}, false, 12, []string{"是", "否"}, "不填为“否”"},
}

// maxLedgerRows bounds an import: every row is a write, and the request waits for them.
const maxLedgerRows = 500

// LedgerRow is one row of a table and what became, or would become, of it.
type LedgerRow struct {
	Number  int
	Firm    string
	Summary string
	Outcome string // created, changed, unchanged, wrong
	Errors  []fault.Field
}

// LedgerReport is a whole table.
type LedgerReport struct {
	Rows    []LedgerRow
	Unknown []string
}

// Count is how many rows have an outcome.
func (r *LedgerReport) Count(outcome string) (n int) {
	for _, row := range r.Rows {
		if row.Outcome == outcome {
			n++
		}
	}
	return n
}

// ImportServices reads a table of entries. A row that says of a firm, kind and day what an entry says is that entry, and changes the rest of
// it; any other is written, under an id that follows from its words, so that the same table sent again finds it. Rows with errors are left
// out. With check nothing is written. Errors: those of office.Form.
func (s *Service) ImportServices(ctx context.Context, file io.Reader, check bool) (LedgerReport, error) {
	by, err := s.by(ctx, access.From(ctx))
	if err != nil {
		return LedgerReport{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return LedgerReport{}, err
	}
	form := office.Form{Key: "summary", Limits: office.Limits{Cell: 2000, Rows: maxLedgerRows + 1}}
	for _, c := range ledgerColumns {
		form.Headings = append(form.Headings, office.Head{Field: c.field, Header: c.header, Aliases: c.aliases})
	}
	var rows []office.FormRow
	found, err := form.Read(file, func(r office.FormRow) error { rows = append(rows, r); return nil })
	if err != nil {
		return LedgerReport{}, err
	}
	report, seen := LedgerReport{Unknown: found.Unknown}, map[string]int{}
	for _, r := range rows {
		row := LedgerRow{Number: r.Number, Firm: r.Cells["firm"], Summary: r.Cells["summary"]}
		w, wrong := ledgerWords(r)
		l, err := s.servedFirm(ctx, row.Firm)
		if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
			wrong = append(wrong, f.Fields...)
		} else if err != nil {
			return report, err
		}
		if len(wrong) == 0 {
			row.Outcome, err = s.carryService(ctx, l, w, by, city.Body.Rules, check, seen, r.Number)
			if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
				wrong = f.Fields
			} else if err != nil {
				return report, err
			}
		}
		if row.Errors = wrong; len(wrong) > 0 {
			row.Outcome = "wrong"
		}
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

// ledgerWords reads a row's cells.
func ledgerWords(r office.FormRow) (w ServiceWords, wrong []fault.Field) {
	bad := func(path, code string) { wrong = append(wrong, fault.Field{Path: path, Code: code}) }
	wrong = append(wrong, r.Problems...)
	for _, c := range ledgerColumns {
		if c.required && strings.TrimSpace(r.Cells[c.field]) == "" {
			bad(c.field, "required")
		}
	}
	day := func(field string) when.Day {
		d, ok := dayIn(r.Cells[field], "", false)
		if !ok {
			bad(field, "bad_format")
		}
		return d
	}
	w = ServiceWords{On: day("on"), Summary: strings.TrimSpace(r.Cells["summary"]), DueOn: day("dueOn"), SolvedOn: day("solvedOn"), Outcome: strings.TrimSpace(r.Cells["outcome"]), Visible: r.Cells["visible"] == "是"}
	for kind, name := range serviceKinds {
		if strings.TrimSpace(r.Cells["kind"]) == name {
			w.Kind = kind
		}
	}
	if w.Kind == "" && strings.TrimSpace(r.Cells["kind"]) != "" {
		bad("kind", "not_a_choice")
	}
	return w, wrong
}

// servedFirm finds the firm of a row among those the caller writes for. Errors: Invalid for any other, and for a name two firms have.
func (s *Service) servedFirm(ctx context.Context, said string) (Liaison, error) {
	other := fault.Bad(fault.Field{Path: "firm", Code: "not_a_choice", Detail: "not a firm you are the liaison of, or oversee"})
	said = strings.TrimSpace(said)
	if said == "" {
		return Liaison{}, nil // that it is missing is said already
	}
	var l Liaison
	if code, err := ReadCreditCode(said, "firm"); err == nil {
		org, ok, err := one(ctx, s.orgs, "byCreditCode", code.Code)
		if err != nil || !ok {
			return l, orElse(err, other)
		}
		doc, err := s.liaisons.Get(ctx, org.ID)
		if fault.KindOf(err) == fault.NotFound {
			return l, other
		} else if err != nil {
			return l, err
		}
		l = doc.Body
	} else {
		page, err := s.liaisons.Find(ctx, docstore.Query{Index: "byName", Equal: []any{said}, Limit: 2})
		if err != nil || len(page.Items) != 1 {
			return l, orElse(err, other)
		}
		l = page.Items[0].Body
	}
	if !l.MayServe(access.From(ctx)) {
		return l, other
	}
	return l, nil
}

// carryService brings one row into the ledger. seen are the rows above, by id.
func (s *Service) carryService(ctx context.Context, l Liaison, w ServiceWords, by By, r CityRules, check bool, seen map[string]int, number int) (string, error) {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.OrgID, string(w.Kind), string(w.On), w.Summary}, "\x00")))
	id := "sheet-" + hex.EncodeToString(sum[:12])
	if first, twice := seen[id]; twice {
		return "", fault.Bad(fault.Field{Path: "summary", Code: "duplicate", Detail: strconv.Itoa(first)})
	}
	seen[id] = number
	e := ServiceEntry{OrgID: l.OrgID, OrgName: l.OrgName, District: l.District, UserID: l.UserID, Name: l.Name}
	before, known, err := s.sameService(ctx, l.OrgID, w)
	if err != nil {
		return "", err
	}
	if known {
		e = before.Body
		e.History = slices.Clone(e.History)
	}
	if err := e.Write(w, "importServices", by, r, s.now()); err != nil {
		return "", err
	}
	was := &before.Body
	switch {
	case known && was.DueOn == e.DueOn && was.SolvedOn == e.SolvedOn && was.Outcome == e.Outcome && was.Visible == e.Visible:
		return "unchanged", nil
	case check && known:
		return "changed", nil
	case check:
		return "created", nil
	case known:
		_, err = s.services.Update(ctx, before.ID, func(tx *docstore.Tx[ServiceEntry]) error { return tx.Body.Write(w, "importServices", by, r, tx.Now) })
		return "changed", err
	}
	_, err = s.services.Insert(ctx, id, e)
	if fault.KindOf(err) == fault.Duplicate { // another request carried the same table
		err = nil
	}
	return "created", err
}

// sameService finds the entry that says the same of a firm, kind and day.
func (s *Service) sameService(ctx context.Context, orgID string, w ServiceWords) (found docstore.Doc[ServiceEntry], known bool, err error) {
	err = s.services.Each(ctx, docstore.Query{Index: "byOrg", Equal: []any{orgID, w.On}}, func(d docstore.Doc[ServiceEntry]) error {
		if d.Body.Kind == w.Kind && d.Body.Summary == w.Summary {
			found, known = d, true
		}
		return nil
	})
	return found, known, err
}

// ledgerSheet is the table's columns as office writes them.
func ledgerSheet() []office.Column {
	var all []office.Column
	for _, c := range ledgerColumns {
		all = append(all, office.Column{Title: c.header, Width: c.width, Required: c.required, Choices: c.choices, Note: c.note})
	}
	return all
}

// ledgerLine is an entry as a row of the table.
func ledgerLine(e *ServiceEntry) []any {
	visible := "否"
	if e.Visible {
		visible = "是"
	}
	return []any{e.OrgName, serviceKinds[e.Kind], string(e.On), e.Summary, string(e.DueOn), string(e.SolvedOn), e.Outcome, visible}
}

// DownloadServiceTemplate is the empty table.
func (s *Service) DownloadServiceTemplate(context.Context) (*office.Book, error) {
	b := office.NewBook()
	return b, b.Sheet("服务台账", ledgerSheet(), func(func([]any) bool) {})
}
