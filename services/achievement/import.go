package achievement

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"lianbang/services/achievement/api"
	"lianbang/services/achievement/same"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is bringing a table of achievements in: read, checked at each cell, held against what the university already has and against its
// own rows above, mended and decided by a person, and only then entered. What may be one that is there is proposed to be merged; it is
// never doubled without a word, and never merged without one either.

// ImportState is where an import stands.
type ImportState string

// The states of an import.
const (
	ImportReady     ImportState = "ready"
	ImportEntering  ImportState = "entering"
	ImportEntered   ImportState = "entered"
	ImportDiscarded ImportState = "discarded"
)

// Import is one table on its way in. Its rows are documents of their own.
type Import struct {
	State     ImportState       `json:"state"`
	OrgID     string            `json:"orgId"`
	OrgName   string            `json:"orgName"`
	District  string            `json:"district"`
	UserID    string            `json:"userId"`
	Role      Role              `json:"role"`
	FileName  string            `json:"fileName"`
	SheetName string            `json:"sheetName,omitempty"`
	Headers   []string          `json:"headers"`
	Found     map[string]string `json:"found"` // field → header
	ListID    string            `json:"listId,omitempty"`
	Rows      int               `json:"rows"`
	Entered   int               `json:"entered"` // rows dealt with so far
	Created   int               `json:"created"`
	Merged    int               `json:"merged"`
	CreatedAt when.Instant      `json:"createdAt"`
	EnteredAt when.Instant      `json:"enteredAt,omitempty"`
	DueAt     when.Instant      `json:"dueAt"` // set while there are rows to enter
}

func (in *Import) by() By {
	return By{Role: in.Role, UserID: in.UserID, OrgID: in.OrgID, Name: in.OrgName}
}

// RowOutcome is what becomes of a row as things stand.
type RowOutcome string

// The outcomes. An error or an undecided proposal keeps the whole table from being entered.
const (
	RowError    RowOutcome = "error"
	RowProposed RowOutcome = "proposed"
	RowNew      RowOutcome = "new"
	RowMerge    RowOutcome = "merge"
	RowSeparate RowOutcome = "separate"
	RowSkip     RowOutcome = "skip"
)

// Proposal is one that is there which a row may be: an achievement, or an earlier row of the same table.
type Proposal struct {
	ID     string      `json:"id"` // of an achievement, or row:N
	Reason same.Reason `json:"reason"`
	Number string      `json:"number,omitempty"`
	Score  int         `json:"score"`
	Exact  bool        `json:"exact"`
}

// ImportRow is one row.
type ImportRow struct {
	ImportID      string            `json:"importId"`
	Row           int               `json:"row"`
	Cells         map[string]string `json:"cells"`
	Raw           []string          `json:"raw,omitempty"` // as it was, for another reading of its columns
	Errors        []fault.Field     `json:"errors,omitempty"`
	Warnings      []fault.Field     `json:"warnings,omitempty"`
	Proposals     []Proposal        `json:"proposals,omitempty"`
	Decision      RowOutcome        `json:"decision,omitempty"` // merge, separate or skip; empty: nobody decided
	Target        string            `json:"target,omitempty"`   // of a merge
	Taken         []string          `json:"taken,omitempty"`    // fields a merge takes; none: all that differ
	Outcome       RowOutcome        `json:"outcome"`
	Exact         bool              `json:"exact"` // proposed, undecided, and clear enough to be decided with others
	Locked        bool              `json:"locked,omitempty"`
	AchievementID string            `json:"achievementId,omitempty"`
	Refused       string            `json:"refused,omitempty"` // why a merge left the text of what is published as it was
}

// Headings is what a university calls its columns, by plain header; its id is the university's.
type Headings struct {
	Fields map[string]string `json:"fields"`
}

// maxHeadings keeps them within one document; beyond it they are begun anew.
const maxHeadings = 500

func rowID(importID string, row int) string { return fmt.Sprintf("%s:%07d", importID, row) }

const rowPrefix = "row:"

func rowRef(row int) string { return fmt.Sprintf("%s%d", rowPrefix, row) }

// settle says what becomes of the row as it is.
func (r *ImportRow) settle() {
	known := func(id string) bool {
		return slices.ContainsFunc(r.Proposals, func(p Proposal) bool { return p.ID == id })
	}
	if r.Decision == RowMerge && !known(r.Target) {
		r.Decision, r.Target, r.Taken = "", "", nil
	}
	switch {
	case r.Decision == RowSkip:
		r.Outcome = RowSkip
	case len(r.Errors) > 0:
		r.Outcome = RowError
	case len(r.Proposals) == 0:
		r.Decision, r.Outcome = "", RowNew
	case r.Decision == "":
		r.Outcome = RowProposed
	default:
		r.Outcome = r.Decision
	}
	r.Exact = r.Outcome == RowProposed && r.Proposals[0].Exact
}

// propose puts new proposals in place of the old. A decision stands only while nothing came up that was not there when it was taken.
func (r *ImportRow) propose(matches []same.Match) {
	before := r.Proposals
	r.Proposals = nil
	for _, m := range matches {
		r.Proposals = append(r.Proposals, Proposal{ID: m.ID, Reason: m.Reason, Number: m.Number, Score: m.Score, Exact: m.Exact})
		if r.Decision == RowSeparate && !slices.ContainsFunc(before, func(p Proposal) bool { return p.ID == m.ID }) {
			r.Decision = ""
		}
	}
	r.settle()
}

// check reads the row's cells anew. The problems are of the cells themselves: a formula that failed.
func (s *Service) check(ctx context.Context, r *ImportRow, problems []fault.Field) error {
	p, wrong, warnings := readCells(r.Cells)
	if err := s.chainOf(ctx, &p); err != nil {
		if fault.KindOf(err) != fault.Invalid {
			return err
		}
		wrong = append(wrong, fault.As(err).Fields...)
	}
	for _, f := range problems {
		wrong = append(slices.DeleteFunc(wrong, func(w fault.Field) bool { return w.Path == f.Path }), f)
	}
	if p.Video != "" && (&Achievement{}).set(Profile{Name: "-", Video: p.Video}) != nil {
		wrong = append(wrong, fault.Field{Path: "video", Code: "not_https"})
	}
	for _, n := range p.numbers() {
		if same.Mistyped(n) {
			warnings = append(warnings, fault.Field{Path: "ip", Code: "check_digit", Detail: n})
		}
	}
	r.Errors, r.Warnings = wrong, warnings
	return nil
}

// subject is what a row is recognised by.
func (r *ImportRow) subject() same.Subject {
	p, _, _ := readCells(map[string]string{"name": r.Cells["name"], "ip": r.Cells["ip"]})
	return same.Subject{Title: r.Cells["name"], Numbers: p.numbers()}
}

// held is what a university already has, to hold rows against. What was withdrawn is not there any more.
func (s *Service) held(ctx context.Context, orgID string) (*same.Index, error) {
	x := same.NewIndex()
	err := s.achievements.Each(ctx, docstore.Query{Index: "mine", Equal: []any{orgID}}, func(doc docstore.Doc[Achievement]) error {
		if doc.Body.State != Withdrawn {
			x.Add(doc.ID, same.Subject{Title: doc.Body.Profile.Name, Numbers: doc.Body.Profile.numbers()})
		}
		return nil
	})
	return x, err
}

// recognise proposes what a row may be, and remembers the row for those below it.
func recognise(x *same.Index, r *ImportRow) []same.Match {
	subject := r.subject()
	matches := x.Find(subject)
	if r.Decision != RowSkip && r.Decision != RowMerge {
		x.Add(rowRef(r.Row), subject)
	}
	return matches
}

// ImportAchievements reads an uploaded table. Nothing is entered yet.
func (s *Service) ImportAchievements(ctx context.Context, file io.Reader, name, listID string) (api.AchievementImport, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.AchievementImport{}, err
	}
	if listID != "" {
		if _, err := s.ownList(ctx, listID); err != nil {
			return api.AchievementImport{}, err
		}
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	if runes := []rune(name); len(runes) > 200 {
		name = string(runes[:200])
	}
	in := Import{State: ImportReady, OrgID: org.ID, OrgName: org.Name, District: org.District, UserID: a.UserID, Role: role(a, &Achievement{OrgID: org.ID}),
		FileName: name, ListID: listID, CreatedAt: when.At(s.now())}
	own, err := s.headings.Get(ctx, org.ID)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return api.AchievementImport{}, err
	}
	var rows []ImportRow
	found, err := form(own.Body.Fields).Read(file, func(r office.FormRow) error {
		row := ImportRow{ImportID: id, Row: r.Number, Cells: r.Cells, Raw: r.Raw}
		if size := utf8.RuneCountInString(strings.Join(r.Raw, "")); size > maxRowText {
			return fault.Newf(fault.TooLarge, "import.row_too_long", "row %d holds %d characters, at most %d", r.Number, size, maxRowText)
		}
		if err := s.check(ctx, &row, r.Problems); err != nil {
			return err
		}
		rows = append(rows, row)
		return nil
	})
	if err != nil {
		return api.AchievementImport{}, err
	}
	x, err := s.held(ctx, org.ID)
	if err != nil {
		return api.AchievementImport{}, err
	}
	for i := range rows {
		rows[i].propose(recognise(x, &rows[i]))
	}
	in.SheetName, in.Headers, in.Found, in.Rows = found.Sheet, found.Headers, found.As, len(rows)
	err = docstore.Together(rows, func(r ImportRow) error { // the rows first: an import is never there without them
		_, err := s.rows.Insert(ctx, rowID(id, r.Row), r)
		if fault.KindOf(err) == fault.Duplicate {
			return nil
		}
		return err
	})
	if err != nil {
		return api.AchievementImport{}, err
	}
	doc, err := s.imports.Insert(ctx, id, in, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.AchievementImport{}, err
	}
	return s.importView(ctx, doc)
}

// maxRowText is how many characters a row may hold, twice over with what was mended, so that it fits its document.
const maxRowText = 30_000

func (s *Service) ownImport(ctx context.Context, id string) (docstore.Doc[Import], error) {
	doc, err := s.imports.Get(ctx, id)
	if err == nil && doc.Body.OrgID != access.From(ctx).OrgID {
		err = access.Hide.Err()
	}
	return doc, err
}

var errImportNotReady = fault.New(fault.Conflict, "import.not_ready", "the import is being entered, was entered, or was given up")

func (s *Service) readyImport(ctx context.Context, id string) (docstore.Doc[Import], error) {
	doc, err := s.ownImport(ctx, id)
	if err == nil && doc.Body.State != ImportReady {
		err = errImportNotReady
	}
	return doc, err
}

// ListAchievementImports are the caller's university's, newest first.
func (s *Service) ListAchievementImports(ctx context.Context, limit int, cursor string) ([]api.AchievementImport, string, error) {
	items := []api.AchievementImport{}
	page, err := s.imports.Find(ctx, docstore.Query{Index: "org", Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	for _, doc := range page.Items {
		v, err := s.importView(ctx, doc)
		if err != nil {
			return nil, "", err
		}
		items = append(items, v)
	}
	return items, page.Next, err
}

// GetAchievementImport is one import with its counts and progress.
func (s *Service) GetAchievementImport(ctx context.Context, id string) (api.AchievementImport, error) {
	doc, err := s.ownImport(ctx, id)
	if err != nil {
		return api.AchievementImport{}, err
	}
	return s.importView(ctx, doc)
}

func (s *Service) importView(ctx context.Context, doc docstore.Doc[Import]) (api.AchievementImport, error) {
	in := doc.Body
	v := api.AchievementImport{Id: doc.ID, Rev: doc.Rev, State: api.AchievementImportState(in.State), FileName: in.FileName, SheetName: in.SheetName, ListId: in.ListID, Headers: in.Headers,
		Rows: in.Rows, Counts: map[string]int{}, Entered: in.Entered, Created: in.Created, Merged: in.Merged, CreatedAt: in.CreatedAt.Time(), EnteredAt: in.EnteredAt.Time()}
	for _, c := range columns {
		v.Columns = append(v.Columns, api.AchievementColumn{Field: c.field, Header: c.header, FoundAs: in.Found[c.field], Required: c.required, Choices: c.choices})
	}
	if in.ListID != "" {
		list, err := s.lists.Get(ctx, in.ListID)
		if err != nil {
			return v, err
		}
		v.ListName = strings.TrimSpace(list.Body.Name + " " + list.Body.Issue)
	}
	for _, o := range []RowOutcome{RowError, RowProposed, RowNew, RowMerge, RowSeparate, RowSkip} {
		n, err := s.rows.Count(ctx, docstore.Query{Index: "outcome", Equal: []any{doc.ID, o}})
		if err != nil {
			return v, err
		}
		v.Counts[string(o)] = int(n)
	}
	exact, err := s.rows.Count(ctx, docstore.Query{Index: "exact", Equal: []any{doc.ID, true}})
	v.Exact = int(exact)
	return v, err
}

// ListAchievementImportRows are the rows of an outcome, or all, in file order.
func (s *Service) ListAchievementImportRows(ctx context.Context, id, outcome string, limit int, cursor string) ([]api.AchievementImportRow, string, error) {
	in, err := s.ownImport(ctx, id)
	if err != nil {
		return nil, "", err
	}
	q := docstore.Query{Index: "import", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor}
	if outcome != "" {
		q.Index, q.Equal = "outcome", []any{id, outcome}
	}
	page, err := s.rows.Find(ctx, q)
	items := []api.AchievementImportRow{}
	for _, doc := range page.Items {
		v, err := s.rowView(ctx, &in.Body, doc)
		if err != nil {
			return nil, "", err
		}
		items = append(items, v)
	}
	return items, page.Next, err
}

func (s *Service) rowView(ctx context.Context, in *Import, doc docstore.Doc[ImportRow]) (api.AchievementImportRow, error) {
	r := doc.Body
	v := api.AchievementImportRow{Row: r.Row, Rev: doc.Rev, Cells: r.Cells, Outcome: api.AchievementRowOutcome(r.Outcome), Errors: problemViews(r.Errors), Warnings: problemViews(r.Warnings),
		Proposals: []api.AchievementProposal{}, Target: r.Target, Taken: r.Taken, AchievementId: r.AchievementID, Refused: r.Refused}
	if r.Outcome == RowSkip {
		return v, nil
	}
	for _, p := range r.Proposals {
		had, state, err := s.proposed(ctx, doc.Body.ImportID, p.ID)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return v, err
		}
		one := api.AchievementProposal{Id: p.ID, Title: had.Name, State: api.AchievementState(state), Reason: api.AchievementProposalReason(p.Reason), Number: p.Number, Score: p.Score, Exact: p.Exact,
			Locked: slices.Contains([]State{Submitted, Transferred, Withdrawn}, state), Versioned: state == Published || state == Reserved, Changes: []api.AchievementRowChange{}}
		if len(r.Errors) == 0 {
			if one.Changes, err = s.differences(ctx, in, &r, had); err != nil {
				return v, err
			}
		}
		v.Proposals = append(v.Proposals, one)
	}
	return v, nil
}

func problemViews(fields []fault.Field) []api.FieldProblem {
	all := []api.FieldProblem{}
	for _, f := range fields {
		all = append(all, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
	}
	return all
}

// proposed is what a proposal points at; a row of the same table has no state yet.
func (s *Service) proposed(ctx context.Context, importID, id string) (Profile, State, error) {
	var row int
	if _, err := fmt.Sscanf(id, rowPrefix+"%d", &row); err != nil {
		doc, err := s.achievements.Get(ctx, id)
		return doc.Body.Profile, doc.Body.State, err
	}
	doc, err := s.rows.Get(ctx, rowID(importID, row))
	if err != nil {
		return Profile{}, "", err
	}
	p, _, _ := readCells(doc.Body.Cells)
	return p, "", s.chainOf(ctx, &p)
}

// mergeInto puts a row's cells over a profile: the fields taken, or all that differ. An empty cell takes nothing away, and rights are
// joined: a list that names one patent of three does not mean that the others are gone.
func (r *ImportRow) mergeInto(had, row Profile) (merged Profile, changed []column) {
	merged = had
	for _, c := range columns {
		if r.Cells[c.field] == "" || r.Taken != nil && !slices.Contains(r.Taken, c.field) {
			continue
		}
		from := row
		if c.field == "ip" {
			from.IP = joined(had.IP, row.IP)
		}
		if c.write(&from) != c.write(&had) {
			c.take(&merged, &from)
			changed = append(changed, c)
		}
	}
	return merged, changed
}

// joined are the rights of both, one of a number once, as the second says of it.
func joined(had, row []IP) []IP {
	all := slices.Clone(had)
	for _, ip := range row {
		i := slices.IndexFunc(all, func(x IP) bool {
			return x == ip || same.Number(ip.Number) != "" && same.Number(x.Number) == same.Number(ip.Number)
		})
		switch {
		case i < 0:
			all = append(all, ip)
		case same.Mistyped(ip.Number): // what was there is more likely right
		default:
			ip.Number = cmp.Or(all[i].Number, ip.Number) // as it was written first
			all[i] = ip
		}
	}
	return all
}

// differences are what a merge would change, field by field.
func (s *Service) differences(ctx context.Context, _ *Import, r *ImportRow, had Profile) ([]api.AchievementRowChange, error) {
	row, err := s.profileOf(ctx, r)
	if err != nil {
		return nil, err
	}
	n, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	all := *r
	all.Taken = nil
	merged, changed := all.mergeInto(had, row)
	out := []api.AchievementRowChange{}
	for _, p := range []*Profile{&had, &merged} {
		p.Chain = cmp.Or(n.chains[p.Chain], p.Chain)
	}
	for _, c := range changed {
		out = append(out, api.AchievementRowChange{Field: c.field, Header: c.header, Before: c.write(&had), After: c.write(&merged)})
	}
	return out, nil
}

// profileOf reads a row that has no errors.
func (s *Service) profileOf(ctx context.Context, r *ImportRow) (Profile, error) {
	p, _, _ := readCells(r.Cells)
	return p, s.chainOf(ctx, &p)
}

// EditAchievementImportRow mends a row's cells or decides what becomes of it, and holds it against what is there anew.
func (s *Service) EditAchievementImportRow(ctx context.Context, id string, number int, e api.AchievementImportRowInput) (api.AchievementImportRow, error) {
	in, err := s.readyImport(ctx, id)
	if err != nil {
		return api.AchievementImportRow{}, err
	}
	for field := range e.Cells {
		if !slices.ContainsFunc(columns, func(c column) bool { return c.field == field }) {
			return api.AchievementImportRow{}, fault.Bad(fault.Field{Path: "cells." + field, Code: "unknown_field"})
		}
	}
	before, err := s.rows.Get(ctx, rowID(id, number))
	if err != nil {
		return api.AchievementImportRow{}, err
	}
	r := before.Body
	if r.Locked {
		return api.AchievementImportRow{}, errImportNotReady
	}
	if err := s.mend(ctx, &r, e.Cells); err != nil {
		return api.AchievementImportRow{}, err
	}
	if r.Cells["name"] != before.Body.Cells["name"] || r.Cells["ip"] != before.Body.Cells["ip"] {
		matches, err := s.recogniseOne(ctx, in.Body.OrgID, &r)
		if err != nil {
			return api.AchievementImportRow{}, err
		}
		r.propose(matches)
	}
	if err := r.decide(e); err != nil {
		return api.AchievementImportRow{}, err
	}
	doc, err := s.rows.Update(ctx, before.ID, func(tx *docstore.Tx[ImportRow]) error {
		if tx.Body.Locked {
			return errImportNotReady
		}
		*tx.Body = r
		return nil
	}, docstore.IfRev(before.Rev))
	if err != nil {
		return api.AchievementImportRow{}, err
	}
	return s.rowView(ctx, &in.Body, doc)
}

// mend puts new cells into a row. A formula that failed stays wrong until its cell is mended.
func (s *Service) mend(ctx context.Context, r *ImportRow, cells map[string]string) error {
	var still []fault.Field
	for _, f := range r.Errors {
		if _, mended := cells[f.Path]; !mended && (f.Code == "cell_error" || f.Code == "cell_too_long") {
			still = append(still, f)
		}
	}
	r.Cells = maps.Clone(r.Cells)
	size := 0
	for field, text := range cells {
		if text = strings.TrimSpace(text); text == "" {
			delete(r.Cells, field)
		} else {
			r.Cells[field] = text
		}
	}
	for _, text := range r.Cells {
		size += utf8.RuneCountInString(text)
	}
	if size > maxRowText {
		return fault.Newf(fault.TooLarge, "import.row_too_long", "a row holds at most %d characters", maxRowText)
	}
	if err := s.check(ctx, r, still); err != nil {
		return err
	}
	r.settle()
	return nil
}

// decide takes a person's decision on the row.
func (r *ImportRow) decide(e api.AchievementImportRowInput) error {
	switch RowOutcome(e.Decision) {
	case "":
		return nil
	case "undecided":
		r.Decision, r.Target, r.Taken = "", "", nil
	case RowSkip, RowSeparate:
		r.Decision, r.Target, r.Taken = RowOutcome(e.Decision), "", nil
	case RowMerge:
		if len(r.Proposals) == 0 {
			return fault.New(fault.Conflict, "import.nothing_to_merge", "nothing that is there was found to be the same")
		}
		target := cmp.Or(e.Target, r.Proposals[0].ID)
		if !slices.ContainsFunc(r.Proposals, func(p Proposal) bool { return p.ID == target }) {
			return fault.Bad(fault.Field{Path: "target", Code: "not_in"})
		}
		r.Decision, r.Target, r.Taken = RowMerge, target, e.Taken
	}
	r.settle()
	return nil
}

// recogniseOne holds one row against what is there and against the rows above it.
func (s *Service) recogniseOne(ctx context.Context, orgID string, r *ImportRow) ([]same.Match, error) {
	x, err := s.held(ctx, orgID)
	if err != nil {
		return nil, err
	}
	err = s.rows.Each(ctx, docstore.Query{Index: "import", Equal: []any{r.ImportID}, To: r.Row}, func(doc docstore.Doc[ImportRow]) error {
		if d := doc.Body.Decision; doc.Body.Row < r.Row && d != RowSkip && d != RowMerge {
			x.Add(rowRef(doc.Body.Row), doc.Body.subject())
		}
		return nil
	})
	return x.Find(r.subject()), err
}

// DecideAchievementImport decides every proposal that is exact and undecided at once: merge, or leave out.
func (s *Service) DecideAchievementImport(ctx context.Context, id, decision string) (api.AchievementImport, error) {
	in, err := s.readyImport(ctx, id)
	if err != nil {
		return api.AchievementImport{}, err
	}
	for {
		page, err := s.rows.Find(ctx, docstore.Query{Index: "exact", Equal: []any{id, true}, Limit: docstore.MaxLimit})
		if err != nil {
			return api.AchievementImport{}, err
		}
		if len(page.Items) == 0 {
			return s.importView(ctx, in)
		}
		err = docstore.Together(page.Items, func(doc docstore.Doc[ImportRow]) error {
			_, err := s.rows.Update(ctx, doc.ID, func(tx *docstore.Tx[ImportRow]) error {
				if tx.Body.Locked {
					return errImportNotReady
				}
				if !tx.Body.Exact { // somebody decided it meanwhile
					return nil
				}
				return tx.Body.decide(api.AchievementImportRowInput{Decision: api.AchievementImportRowInputDecision(decision)})
			})
			return err
		})
		if err != nil {
			return api.AchievementImport{}, err
		}
	}
}

// MapAchievementImport says which column of the file is which field, and remembers it for the university's next file. Cells mended by hand
// stay, unless their column is read anew.
func (s *Service) MapAchievementImport(ctx context.Context, id string, chosen api.AchievementColumns) (api.AchievementImport, error) {
	doc, err := s.readyImport(ctx, id)
	if err != nil {
		return api.AchievementImport{}, err
	}
	found, bad := map[string]string{}, []fault.Field{}
	for i, m := range chosen.Columns {
		switch {
		case !slices.ContainsFunc(columns, func(c column) bool { return c.field == m.Field }):
			bad = append(bad, fault.Field{Path: fmt.Sprintf("columns[%d].field", i), Code: "unknown_field"})
		case !slices.Contains(doc.Body.Headers, m.Header):
			bad = append(bad, fault.Field{Path: fmt.Sprintf("columns[%d].header", i), Code: "not_in"})
		case found[m.Field] != "":
			bad = append(bad, fault.Field{Path: fmt.Sprintf("columns[%d].field", i), Code: "duplicate"})
		}
		found[m.Field] = m.Header
	}
	if found["name"] == "" {
		bad = append(bad, fault.Field{Path: "columns", Code: "required"})
	}
	if len(bad) > 0 {
		return api.AchievementImport{}, fault.Bad(bad...)
	}
	before := doc.Body.Found
	doc, err = s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		if tx.Body.State != ImportReady {
			return errImportNotReady
		}
		tx.Body.Found = found
		return nil
	})
	if err != nil {
		return api.AchievementImport{}, err
	}
	x, err := s.held(ctx, doc.Body.OrgID)
	if err != nil {
		return api.AchievementImport{}, err
	}
	err = s.eachRow(ctx, id, func(docs []docstore.Doc[ImportRow]) error {
		for i := range docs {
			r := &docs[i].Body
			cells := map[string]string{}
			for _, c := range columns {
				if found[c.field] == before[c.field] {
					continue
				}
				cells[c.field] = ""
				if at := slices.Index(doc.Body.Headers, found[c.field]); found[c.field] != "" && at < len(r.Raw) {
					cells[c.field] = r.Raw[at]
				}
			}
			if err := s.mend(ctx, r, cells); err != nil {
				return err
			}
			r.propose(recognise(x, r))
		}
		return s.keepRows(ctx, docs, false)
	})
	if err != nil {
		return api.AchievementImport{}, err
	}
	if err := s.remember(ctx, doc.Body.OrgID, doc.Body.Headers, found); err != nil {
		return api.AchievementImport{}, err
	}
	return s.importView(ctx, doc)
}

// remember keeps what a university calls its columns.
func (s *Service) remember(ctx context.Context, orgID string, headers []string, found map[string]string) error {
	add := func(h *Headings) {
		if h.Fields == nil || len(h.Fields) > maxHeadings {
			h.Fields = map[string]string{}
		}
		for _, header := range headers {
			if header != "" {
				h.Fields[office.PlainHeader(header)] = ""
			}
		}
		for field, header := range found {
			h.Fields[office.PlainHeader(header)] = field
		}
	}
	var fresh Headings
	add(&fresh)
	_, err := s.headings.Insert(ctx, orgID, fresh)
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.headings.Update(ctx, orgID, func(tx *docstore.Tx[Headings]) error {
			add(tx.Body)
			return nil
		})
	}
	return err
}

// eachRow calls fn for the rows of an import, a page at a time and in file order.
func (s *Service) eachRow(ctx context.Context, id string, fn func([]docstore.Doc[ImportRow]) error) error {
	q := docstore.Query{Index: "import", Equal: []any{id}, Limit: docstore.MaxLimit}
	for {
		page, err := s.rows.Find(ctx, q)
		if err != nil {
			return err
		}
		if err := fn(page.Items); err != nil {
			return err
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// keepRows writes rows back, locked or not. A row that somebody changed meanwhile is 409 import.rows_changed.
func (s *Service) keepRows(ctx context.Context, docs []docstore.Doc[ImportRow], locked bool) error {
	return docstore.Together(docs, func(doc docstore.Doc[ImportRow]) error {
		_, err := s.rows.Update(ctx, doc.ID, func(tx *docstore.Tx[ImportRow]) error {
			*tx.Body = doc.Body
			tx.Body.Locked = locked
			return nil
		}, docstore.IfRev(doc.Rev))
		if fault.KindOf(err) == fault.Stale {
			err = fault.New(fault.Conflict, "import.rows_changed", "rows were changed meanwhile; look again")
		}
		return err
	})
}

// DiscardAchievementImport gives an import up; nothing is entered.
func (s *Service) DiscardAchievementImport(ctx context.Context, id string) (api.AchievementImport, error) {
	if _, err := s.ownImport(ctx, id); err != nil {
		return api.AchievementImport{}, err
	}
	doc, err := s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		if tx.Body.State != ImportReady && tx.Body.State != ImportDiscarded {
			return errImportNotReady
		}
		tx.Body.State = ImportDiscarded
		return nil
	})
	if err != nil {
		return api.AchievementImport{}, err
	}
	return s.importView(ctx, doc)
}

// CommitAchievementImport enters the rows. All are held against what is there once more and locked before the first is entered; from then on
// the work goes on, over a crash too, until the last is in.
func (s *Service) CommitAchievementImport(ctx context.Context, id string) (api.AchievementImport, error) {
	in, err := s.ownImport(ctx, id)
	if err != nil {
		return api.AchievementImport{}, err
	}
	switch in.Body.State {
	case ImportDiscarded:
		return api.AchievementImport{}, errImportNotReady
	case ImportReady:
		if err := s.passGate(ctx, &in.Body, id); err != nil {
			return api.AchievementImport{}, err
		}
		if err := s.beginEntering(ctx, id); err != nil {
			return api.AchievementImport{}, err
		}
	}
	if err := s.enterRows(ctx, id); err != nil {
		return api.AchievementImport{}, err
	}
	return s.GetAchievementImport(ctx, id)
}

// Gate lets one table of a university in at a time, id the university's: what a table is held against must not change between the look and
// the last row. Turn tells one look from the next; Passed says that the look of this turn found nothing left to decide.
type Gate struct {
	ImportID string `json:"importId"`
	Turn     int    `json:"turn"`
	Passed   bool   `json:"passed"`
}

var errAnotherEntering = fault.New(fault.Conflict, "import.another_entering", "another table of the university is being entered; commit again once it is in")

// passGate takes the university's gate, locks the rows, and passes. Of two tables that come at once the later takes the turn over, and the
// earlier is told; a table that has passed keeps the gate until its last row is in.
func (s *Service) passGate(ctx context.Context, in *Import, id string) error {
	if _, err := s.gates.Insert(ctx, in.OrgID, Gate{}); err != nil && fault.KindOf(err) != fault.Duplicate {
		return err
	}
	gate, err := s.gates.Get(ctx, in.OrgID)
	if err != nil {
		return err
	}
	if gate.Body.Passed {
		if gate.Body.ImportID == id { // this table, by another request or before a crash
			return nil
		}
		before, err := s.imports.Get(ctx, gate.Body.ImportID)
		if err != nil {
			return err
		}
		switch before.Body.State {
		case ImportReady: // it passed and was cut short: see it in
			if err := s.beginEntering(ctx, before.ID); err != nil {
				return err
			}
			return errAnotherEntering
		case ImportEntering:
			return errAnotherEntering
		}
	}
	turn := gate.Body.Turn + 1
	if _, err := s.gates.Update(ctx, in.OrgID, func(tx *docstore.Tx[Gate]) error {
		if tx.Body.Turn != turn-1 || tx.Body.Passed != gate.Body.Passed {
			return errAnotherEntering
		}
		*tx.Body = Gate{ImportID: id, Turn: turn}
		return nil
	}); err != nil {
		return err
	}
	if err := s.lockRows(ctx, in, id); err != nil {
		return err
	}
	_, err = s.gates.Update(ctx, in.OrgID, func(tx *docstore.Tx[Gate]) error {
		if tx.Body.Turn != turn {
			return errAnotherEntering
		}
		tx.Body.Passed = true
		return nil
	})
	if err != nil {
		return errors.Join(err, s.unlockRows(ctx, id))
	}
	return nil
}

// beginEntering moves an import that passed the gate on.
func (s *Service) beginEntering(ctx context.Context, id string) error {
	_, err := s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		switch tx.Body.State {
		case ImportReady:
			tx.Body.State, tx.Body.DueAt = ImportEntering, when.At(tx.Now.Add(importPatience)) // then the clock takes it up
		case ImportDiscarded:
			return errImportNotReady
		}
		return nil
	})
	return err
}

// importPatience is how long a request may take before the clock goes on with its import; importStint how long one go at it lasts.
const (
	importPatience = 30 * time.Second
	importStint    = 3 * time.Second
)

// lockRows recognises all rows once more and locks them, so that what was decided is what is entered; it unlocks them again when something
// is left to mend or to decide.
func (s *Service) lockRows(ctx context.Context, in *Import, id string) error {
	x, err := s.held(ctx, in.OrgID)
	if err != nil {
		return err
	}
	err = s.eachRow(ctx, id, func(docs []docstore.Doc[ImportRow]) error {
		for i := range docs {
			docs[i].Body.propose(recognise(x, &docs[i].Body))
		}
		return s.keepRows(ctx, docs, true)
	})
	if err == nil {
		err = s.refuseUnready(ctx, id)
	}
	if err != nil {
		return errors.Join(err, s.unlockRows(ctx, id))
	}
	return nil
}

func (s *Service) unlockRows(ctx context.Context, id string) error {
	return s.eachRow(ctx, id, func(docs []docstore.Doc[ImportRow]) error { return s.keepRows(ctx, docs, false) })
}

// refuseUnready says what keeps a locked table from being entered.
func (s *Service) refuseUnready(ctx context.Context, id string) error {
	count := func(o RowOutcome) (int64, error) {
		return s.rows.Count(ctx, docstore.Query{Index: "outcome", Equal: []any{id, o}})
	}
	wrong, err := count(RowError)
	if err != nil {
		return err
	}
	open, err := count(RowProposed)
	if err != nil {
		return err
	}
	skipped, err := count(RowSkip)
	if err != nil {
		return err
	}
	all, err := s.rows.Count(ctx, docstore.Query{Index: "import", Equal: []any{id}})
	switch {
	case err != nil:
		return err
	case wrong > 0:
		return fault.Newf(fault.Conflict, "import.rows_have_errors", "%d rows have errors; mend or skip them", wrong)
	case open > 0:
		return fault.Newf(fault.Conflict, "import.rows_undecided", "%d rows may be what is already there; decide them", open)
	case skipped == all:
		return fault.New(fault.Conflict, "import.nothing_left", "every row is skipped")
	}
	return nil
}

// enterRows enters what is not in yet, for one stint. A row becomes the achievement whose id follows from it, so that none is made twice. Rows
// that merge into a row above wait until that one is in, which file order sees to: they come after all others of their page.
func (s *Service) enterRows(ctx context.Context, id string) error {
	doc, err := s.imports.Get(ctx, id)
	if err != nil || doc.Body.State != ImportEntering {
		return err
	}
	in := doc.Body
	e := entering{s: s, in: &in, id: id, lists: map[string]string{}}
	began, entered, created, merged := time.Now(), 0, 0, 0
	err = s.eachRow(ctx, id, func(docs []docstore.Doc[ImportRow]) error {
		if time.Since(began) > importStint {
			return errEnough
		}
		var first, then []docstore.Doc[ImportRow]
		for _, d := range docs {
			switch d.Body.Outcome {
			case RowSkip:
			case RowMerge:
				merged++
			default:
				created++
			}
			switch {
			case d.Body.AchievementID != "" || d.Body.Outcome == RowSkip:
			case strings.HasPrefix(d.Body.Target, rowPrefix):
				then = append(then, d)
			default:
				first = append(first, d)
			}
		}
		if err := e.prepare(ctx, docs); err != nil {
			return err
		}
		if err := docstore.Together(first, func(d docstore.Doc[ImportRow]) error { return e.row(ctx, d) }); err != nil {
			return err
		}
		for _, d := range then {
			if err := e.row(ctx, d); err != nil {
				return err
			}
		}
		entered += len(docs)
		return nil
	})
	finished := err == nil
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	_, err = s.imports.Update(ctx, id, func(tx *docstore.Tx[Import]) error {
		if tx.Body.State != ImportEntering {
			return nil
		}
		tx.Body.Entered, tx.Body.DueAt = max(tx.Body.Entered, entered), 1 // the clock goes on at once
		if !finished {
			return nil
		}
		tx.Body.State, tx.Body.EnteredAt, tx.Body.DueAt, tx.Body.Created, tx.Body.Merged = ImportEntered, when.At(tx.Now), 0, created, merged
		return tx.Emit(achievementsImported, message{Recipients: []recipient{toOrg(in.OrgID)}, Link: importPage(id),
			Params: map[string]any{"fileName": in.FileName, "count": created, "merged": merged}})
	})
	return err
}

// entering is one go at entering a table.
type entering struct {
	s     *Service
	in    *Import
	id    string
	lists map[string]string // list and issue as rows name them → the list
}

func listName(r *ImportRow) string { return r.Cells["sourceList"] + "\x00" + r.Cells["sourceIssue"] }

// prepare finds or makes the lists a page's rows name, before they are entered side by side.
func (e *entering) prepare(ctx context.Context, docs []docstore.Doc[ImportRow]) error {
	for _, d := range docs {
		r := &d.Body
		if _, known := e.lists[listName(r)]; known || r.Outcome == RowSkip || r.Cells["sourceList"] == "" {
			continue
		}
		list, err := e.s.ensureList(ctx, e.in.OrgID, e.in.OrgName, r.Cells["sourceList"], r.Cells["sourceIssue"])
		if err != nil {
			return err
		}
		e.lists[listName(r)] = list
	}
	return nil
}

// row enters one row: as a new draft, or into what it was decided to be.
func (e *entering) row(ctx context.Context, doc docstore.Doc[ImportRow]) error {
	r, s := &doc.Body, e.s
	p, err := s.profileOf(ctx, r)
	if err != nil {
		return err
	}
	became, state := fmt.Sprintf("%s-%d", e.id, r.Row), Draft
	if r.Outcome == RowMerge {
		if became, err = e.merge(ctx, r, p); err != nil {
			return err
		}
		had, err := s.achievements.Get(ctx, became)
		if err != nil {
			return err
		}
		state = had.Body.State
	} else {
		a, err := New(e.in.by(), e.in.OrgName, e.in.District, p, s.now())
		if err != nil {
			return err
		}
		a.ImportID = e.id
		if _, err := s.achievements.Insert(ctx, became, a); err != nil && fault.KindOf(err) != fault.Duplicate {
			return err
		}
	}
	if list := cmp.Or(e.lists[listName(r)], e.in.ListID); list != "" {
		if err := s.putOn(ctx, list, became, state, e.in.CreatedAt+when.Instant(r.Row)); err != nil {
			return err
		}
	}
	_, err = s.rows.Update(ctx, doc.ID, func(tx *docstore.Tx[ImportRow]) error {
		tx.Body.AchievementID = became
		return nil
	})
	return err
}

// merge puts a row into what is there and answers its id. What is published gets it as a version, over the desks when it is of substance;
// what lies on a desk, or may not be changed now, keeps its text and is only put on the list.
func (e *entering) merge(ctx context.Context, r *ImportRow, p Profile) (string, error) {
	target := r.Target
	if strings.HasPrefix(target, rowPrefix) {
		var above int
		if _, err := fmt.Sscanf(target, rowPrefix+"%d", &above); err != nil {
			return "", err
		}
		doc, err := e.s.rows.Get(ctx, rowID(e.id, above))
		if err != nil {
			return "", err
		}
		target = doc.Body.AchievementID
	}
	doc, err := e.s.achievements.Get(ctx, target)
	if err != nil {
		return "", err
	}
	if doc.Body.May(ChangeAchievement, e.in.Role) == nil {
		return target, e.version(ctx, doc, r, p)
	}
	_, err = e.s.achievements.Update(ctx, target, func(tx *docstore.Tx[Achievement]) error {
		merged, changed := r.mergeInto(tx.Body.Profile, p)
		if len(changed) == 0 || tx.Body.May(EditAchievement, e.in.Role) != nil {
			return nil
		}
		return tx.Body.Edit(e.in.by(), tx.Now, merged)
	})
	return target, err
}

// version hands a row in as a version of what is published. One that is refused, since another change lies with the operator or a firm
// holds it, leaves the text as it is, and the row says so.
func (e *entering) version(ctx context.Context, doc docstore.Doc[Achievement], r *ImportRow, p Profile) error {
	merged, changed := r.mergeInto(doc.Body.Profile, p)
	if len(changed) == 0 {
		return nil
	}
	before, id := doc.Body.Profile, fmt.Sprintf("%s-%d", e.id, r.Row)
	var err error
	if c := doc.Body.Change; c != nil && c.Desk != "" && c.ID != id {
		err = fault.New(fault.Conflict, "achievement.change_waits", "another change waits for a decision")
	} else {
		doc, err = e.s.propose(ctx, doc, id, e.in.by(), "表格导入："+e.in.FileName, merged)
	}
	if kind := fault.KindOf(err); kind == fault.Conflict || kind == fault.Invalid {
		refused := fault.As(err)
		_, err = e.s.rows.Update(ctx, rowID(e.id, r.Row), func(tx *docstore.Tx[ImportRow]) error {
			tx.Body.Refused = cmp.Or(refused.Code, "invalid")
			return nil
		})
		return err
	}
	if err != nil {
		return err
	}
	return e.s.relist(ctx, doc.ID, before, &doc.Body)
}

// DownloadAchievementTemplate is the empty table with a sheet that explains each column.
func (s *Service) DownloadAchievementTemplate(context.Context) (*office.Book, error) {
	b := office.NewBook()
	if err := b.Sheet("成果清单", sheetColumns(), func(func([]any) bool) {}); err != nil {
		return nil, err
	}
	return b, b.Sheet("填写说明", []office.Column{{Title: "列名", Width: 24}, {Title: "是否必填", Width: 16}, {Title: "说明", Width: 60}, {Title: "可选内容", Width: 50}},
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
			yield([]any{"说明", "", "列名综合各地成果清单整理，待核；列的顺序可以调整，多余的列会被忽略；同一专利号或名称相近的成果会先提示合并，由您逐条决定。", ""})
		})
}
