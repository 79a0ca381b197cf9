package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// TitleListDoc is a stored list.
type TitleListDoc = docstore.Doc[TitleList]

// listLimits is what an official list may cost to read: 10,000 firms, with room.
var listLimits = office.Limits{Rows: 12_001, Cell: 200, Columns: 40}

var errListNotReady = fault.New(fault.Conflict, "title_list.not_ready", "the list was entered or given up")

// UploadTitleList reads an official list and says of every row what entering it would do. Nothing is entered yet. The same request again
// finds the same list.
func (s *Service) UploadTitleList(ctx context.Context, d TitleDefaults, name string, content io.Reader) (TitleListDoc, error) {
	by, err := s.by(ctx, access.From(ctx))
	if err != nil {
		return TitleListDoc{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	l := TitleList{State: ListReady, FileName: cutRunes(name, 200), Defaults: d, By: by.UserID, ByName: by.Name, CreatedAt: when.At(s.now())}
	rows, err := readList(content, &l)
	if err != nil {
		return TitleListDoc{}, err
	}
	if err := s.keepRows(ctx, id, &l, rows); err != nil {
		return TitleListDoc{}, err
	}
	return s.titleLists.Insert(ctx, id, l, docstore.Fingerprint(fingerprint))
}

// MapTitleList reads the list's rows again, with other columns or other defaults. What was mended by hand is read anew.
func (s *Service) MapTitleList(ctx context.Context, id string, mapping map[string]string, d TitleDefaults) (TitleListDoc, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return TitleListDoc{}, err
	}
	doc, err := s.readyList(ctx, id)
	if err != nil {
		return TitleListDoc{}, err
	}
	var bad []fault.Field
	for field, header := range mapping {
		if !slices.Contains(doc.Body.Headers, header) {
			bad = append(bad, fault.Field{Path: "mapping." + field, Code: "not_a_choice", Detail: header})
		}
	}
	if mapping["name"] == "" {
		bad = append(bad, fault.Field{Path: "mapping.name", Code: "required"})
	}
	if len(bad) > 0 {
		return TitleListDoc{}, fault.Bad(bad...)
	}
	var rows []TitleRow
	err = s.titleChunks.Each(ctx, docstore.Query{Index: "byList", Equal: []any{doc.Body.reading(id)}}, func(c docstore.Doc[TitleChunk]) error {
		for _, r := range c.Body.Rows {
			rows = append(rows, TitleRow{Row: r.Row, Cells: r.Cells})
		}
		return nil
	})
	if err != nil {
		return TitleListDoc{}, err
	}
	next := doc.Body
	next.Mapping, next.Defaults, next.Reading = mapping, d, next.Reading+1
	if err := s.keepRows(ctx, id, &next, rows); err != nil {
		return TitleListDoc{}, err
	}
	return s.titleLists.Update(ctx, id, func(tx *docstore.Tx[TitleList]) error {
		if tx.Body.State != ListReady {
			return errListNotReady
		}
		*tx.Body = next
		return nil
	}, docstore.IfRev(rev))
}

// entering counts the rows that give a firm its title.
func (l *TitleList) entering() int {
	all := 0
	for outcome, n := range l.Counts {
		if outcome.Enters() {
			all += n
		}
	}
	return all
}

// reading names the chunks of one reading of a list.
func (l *TitleList) reading(id string) string { return fmt.Sprintf("%s:%d", id, l.Reading) }

func chunkID(reading string, number int) string { return fmt.Sprintf("%s:%05d", reading, number) }

// readList takes a file's rows as they are. The header is the first row that names the firm's column; above it offices like to put a
// heading.
func readList(file io.Reader, l *TitleList) ([]TitleRow, error) {
	var rows []TitleRow
	above := 0
	noHeader := fault.New(fault.Invalid, "title_list.no_header", "no row names the firm's column, such as 企业名称")
	_, err := office.ReadTable(file, listLimits, func(r office.Row) error {
		if l.Headers == nil {
			if found, ok := mapColumns(r.Cells); ok {
				l.Headers, l.Mapping = r.Cells, found
			} else if above++; above > 10 {
				return noHeader
			}
			return nil
		}
		cells := r.Cells[:min(len(r.Cells), len(l.Headers))]
		for i, c := range cells {
			cells[i] = strings.TrimSpace(c)
		}
		rows = append(rows, TitleRow{Row: r.Number, Cells: cells})
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case l.Headers == nil:
		return nil, noHeader
	}
	return rows, nil
}

// keepRows reads the rows by the list's columns, judges them and keeps them in chunks. Rows without a name and a code are none: a total,
// a signature, an empty line.
func (s *Service) keepRows(ctx context.Context, id string, l *TitleList, rows []TitleRow) error {
	for i := range rows {
		for field, head := range l.Mapping {
			if at := slices.Index(l.Headers, head); at >= 0 && at < len(rows[i].Cells) {
				rows[i].set(field, rows[i].Cells[at])
			}
		}
	}
	named := slices.DeleteFunc(rows, func(r TitleRow) bool { return r.Name == "" && r.Code == "" })
	if len(named) == 0 {
		return fault.New(fault.Invalid, "file_empty", "there is no row below the header")
	}
	l.Rows = len(named)
	if err := s.judgeRows(ctx, l, named); err != nil {
		return err
	}
	var chunks []TitleChunk
	size := 0
	for _, r := range named {
		n := 400 + 2*len(strings.Join(r.Cells, ""))
		if last := len(chunks) - 1; last < 0 || len(chunks[last].Rows) == chunkRows || size+n > chunkBytes {
			chunks, size = append(chunks, TitleChunk{ListID: l.reading(id), Number: last + 1}), 0
		}
		last := len(chunks) - 1
		chunks[last].Rows, size = append(chunks[last].Rows, r), size+n
	}
	return docstore.Together(chunks, func(c TitleChunk) error {
		_, err := s.titleChunks.Insert(ctx, chunkID(c.ListID, c.Number), c)
		if fault.KindOf(err) == fault.Duplicate { // a reading that was cut off, or whose list was changed meanwhile
			_, err = s.titleChunks.Update(ctx, chunkID(c.ListID, c.Number), func(tx *docstore.Tx[TitleChunk]) error { *tx.Body = c; return nil })
		}
		return err
	})
}

// judgeRows judges all rows of a list, in file order, and counts the outcomes.
func (s *Service) judgeRows(ctx context.Context, l *TitleList, rows []TitleRow) error {
	city, err := s.city(ctx)
	if err != nil {
		return err
	}
	type found struct {
		known     *OrgDoc
		namesakes int
	}
	ins := make([]readable, len(rows))
	bads := make([][]fault.Field, len(rows))
	finds := make([]found, len(rows))
	numbers := make([]int, len(rows))
	for i := range rows {
		numbers[i] = i
		ins[i], bads[i] = rows[i].read(l.Defaults, &city.Body)
	}
	err = docstore.Together(numbers, func(i int) (err error) {
		if len(bads[i]) == 0 {
			finds[i].known, finds[i].namesakes, err = s.holder(ctx, ins[i])
		}
		return err
	})
	if err != nil {
		return err
	}
	today, twice := when.DayOf(s.now()), newJudgeTwice()
	l.Counts = map[Outcome]int{}
	for i := range rows {
		rows[i].judge(ins[i], bads[i], finds[i].known, finds[i].namesakes, today)
		twice.judge(&rows[i], ins[i])
		l.Counts[rows[i].Outcome]++
	}
	return nil
}

// holder finds the organisation a row is about: by its code, or without one by its exact name when a single firm bears it.
func (s *Service) holder(ctx context.Context, in readable) (*OrgDoc, int, error) {
	if in.valid.Code != "" {
		doc, ok, err := one(ctx, s.orgs, "byCreditCode", in.valid.Code)
		if err != nil || !ok {
			return nil, 0, err
		}
		return &doc, 1, nil
	}
	var all []OrgDoc
	for _, name := range spellings(in.profile.Name) {
		page, err := s.orgs.Find(ctx, docstore.Query{Index: "byName", Equal: []any{name}, Limit: 5})
		if err != nil {
			return nil, 0, err
		}
		for _, d := range page.Items {
			if d.Body.State != Rejected {
				all = append(all, d)
			}
		}
	}
	if len(all) != 1 {
		return nil, len(all), nil
	}
	return &all[0], 1, nil
}

// spellings are the ways a name's brackets are written.
func spellings(name string) []string {
	names := []string{name}
	for _, other := range []string{strings.NewReplacer("(", "（", ")", "）").Replace(name), strings.NewReplacer("（", "(", "）", ")").Replace(name)} {
		if !slices.Contains(names, other) {
			names = append(names, other)
		}
	}
	return names
}

// readyList reads a list that can still be changed.
func (s *Service) readyList(ctx context.Context, id string) (TitleListDoc, error) {
	doc, err := s.titleLists.Get(ctx, id)
	if err == nil && doc.Body.State != ListReady {
		err = errListNotReady
	}
	return doc, err
}

// GetTitleList is one list with its counts and progress.
func (s *Service) GetTitleList(ctx context.Context, id string) (TitleListDoc, error) {
	return s.titleLists.Get(ctx, id)
}

// ListTitleLists are all lists, newest first.
func (s *Service) ListTitleLists(ctx context.Context, limit int, cursor string) (docstore.Page[TitleList], error) {
	return s.titleLists.Find(ctx, docstore.Query{Index: "byTime", Descending: true, Limit: limit, Cursor: cursor})
}

// ListTitleRows are a list's rows of an outcome ("" is any), in file order, a chunk at a time: a page may hold fewer than there are, and
// its cursor leads on as long as there may be more.
func (s *Service) ListTitleRows(ctx context.Context, id string, outcome Outcome, limit int, cursor string) ([]TitleRow, string, error) {
	doc, err := s.titleLists.Get(ctx, id)
	if err != nil {
		return nil, "", err
	}
	rows := []TitleRow{}
	q := docstore.Query{Index: "byList", Equal: []any{doc.Body.reading(id)}, Limit: 1, Cursor: cursor}
	for {
		page, err := s.titleChunks.Find(ctx, q)
		if err != nil {
			return nil, "", err
		}
		for _, c := range page.Items {
			for _, r := range c.Body.Rows {
				if outcome == "" || r.Outcome == outcome {
					rows = append(rows, r)
				}
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" || len(rows) >= limit {
			return rows, q.Cursor, nil
		}
	}
}

// TitleRowEdit is what an operator mends in a row; nil leaves a field as it is.
type TitleRowEdit struct {
	Name, Code, District *string
	Skipped, Rename      *bool
}

// EditTitleRow mends one row and judges it anew.
func (s *Service) EditTitleRow(ctx context.Context, id string, number int, e TitleRowEdit) (TitleRow, error) {
	doc, err := s.readyList(ctx, id)
	if err != nil {
		return TitleRow{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return TitleRow{}, err
	}
	chunk, row, err := s.findRow(ctx, &doc.Body, id, number)
	if err != nil {
		return TitleRow{}, err
	}
	before := row.Outcome
	for _, set := range []struct {
		to   *string
		from *string
	}{{&row.Name, e.Name}, {&row.Code, e.Code}, {&row.District, e.District}} {
		if set.from != nil {
			*set.to = strings.TrimSpace(*set.from)
		}
	}
	if e.Skipped != nil {
		row.Skipped = *e.Skipped
	}
	if e.Rename != nil {
		row.Rename = *e.Rename
	}
	in, bad := row.read(doc.Body.Defaults, &city.Body)
	var known *OrgDoc
	namesakes := 0
	if len(bad) == 0 {
		if known, namesakes, err = s.holder(ctx, in); err != nil {
			return TitleRow{}, err
		}
	}
	row.judge(in, bad, known, namesakes, when.DayOf(s.now()))
	if _, err := s.titleChunks.Update(ctx, chunk, func(tx *docstore.Tx[TitleChunk]) error {
		for i := range tx.Body.Rows {
			if tx.Body.Rows[i].Row == number {
				tx.Body.Rows[i] = row
			}
		}
		return nil
	}); err != nil {
		return TitleRow{}, err
	}
	_, err = s.titleLists.Update(ctx, id, func(tx *docstore.Tx[TitleList]) error {
		if tx.Body.State != ListReady || tx.Body.Reading != doc.Body.Reading {
			return errListNotReady
		}
		tx.Body.Counts[before]--
		tx.Body.Counts[row.Outcome]++
		return nil
	})
	return row, err
}

func (s *Service) findRow(ctx context.Context, l *TitleList, id string, number int) (chunk string, row TitleRow, err error) {
	err = s.titleChunks.Each(ctx, docstore.Query{Index: "byList", Equal: []any{l.reading(id)}}, func(c docstore.Doc[TitleChunk]) error {
		i := slices.IndexFunc(c.Body.Rows, func(r TitleRow) bool { return r.Row == number })
		if i < 0 {
			return nil
		}
		chunk, row = c.ID, c.Body.Rows[i]
		return errEnough
	})
	if errors.Is(err, errEnough) {
		return chunk, row, nil
	}
	if err == nil {
		err = fault.New(fault.NotFound, "", "the list has no such row")
	}
	return "", row, err
}

// errEnough ends a walk over documents early.
var errEnough = errors.New("enough")

// CommitTitleList enters the list. Rows that cannot be entered must be mended or skipped first, so that nothing is left out silently
// (title_list.rows_open). The request returns when a few seconds' worth is entered; the job goes on with the rest.
func (s *Service) CommitTitleList(ctx context.Context, id string) (TitleListDoc, error) {
	doc, err := s.titleLists.Update(ctx, id, func(tx *docstore.Tx[TitleList]) error {
		l := tx.Body
		switch open := l.Counts[RowWrong] + l.Counts[RowConflict]; {
		case l.State == ListCommitting || l.State == ListCommitted:
			return nil
		case l.State != ListReady:
			return errListNotReady
		case open > 0:
			return fault.Newf(fault.Conflict, "title_list.rows_open", "%d rows cannot be entered as they are; mend or skip them", open)
		}
		l.State, l.DueAt = ListCommitting, when.At(tx.Now.Add(time.Minute)) // the job takes it up when this request is cut off
		return nil
	})
	if err != nil || doc.Body.State == ListCommitted {
		return doc, err
	}
	return s.enterList(ctx, id)
}

// DiscardTitleList gives a list up; nothing of it is entered.
func (s *Service) DiscardTitleList(ctx context.Context, id string) (TitleListDoc, error) {
	return s.titleLists.Update(ctx, id, func(tx *docstore.Tx[TitleList]) error {
		if tx.Body.State != ListReady && tx.Body.State != ListDiscarded {
			return errListNotReady
		}
		tx.Body.State = ListDiscarded
		return nil
	})
}

// listStint is how long one go at entering may last.
const listStint = 5 * time.Second

// enterList enters what is not in yet, for one stint. Every step is safe to repeat: a firm's id follows from its code, a title's from the
// firm and the award.
func (s *Service) enterList(ctx context.Context, id string) (TitleListDoc, error) {
	doc, err := s.titleLists.Get(ctx, id)
	if err != nil || doc.Body.State != ListCommitting {
		return doc, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return doc, err
	}
	l, began, entered := doc.Body, time.Now(), 0
	err = s.titleChunks.Each(ctx, docstore.Query{Index: "byList", Equal: []any{l.reading(id)}}, func(c docstore.Doc[TitleChunk]) error {
		if c.Body.Entered {
			entered += len(c.Body.Rows)
			return nil
		}
		if time.Since(began) > listStint {
			return errEnough
		}
		byFirm := map[string][]TitleRow{} // rows about one firm one after the other, firms side by side
		var firms []string
		for _, r := range c.Body.Rows {
			if !r.Outcome.Enters() {
				continue
			}
			key := orElseText(r.Code, r.Name)
			if byFirm[key] == nil {
				firms = append(firms, key)
			}
			byFirm[key] = append(byFirm[key], r)
		}
		if err := docstore.Together(firms, func(firm string) error {
			for _, r := range byFirm[firm] {
				if err := s.enterRow(ctx, &l, &city.Body, r); err != nil {
					return fmt.Errorf("row %d: %w", r.Row, err)
				}
			}
			return nil
		}); err != nil {
			return err
		}
		entered += len(c.Body.Rows)
		_, err := s.titleChunks.Update(ctx, c.ID, func(tx *docstore.Tx[TitleChunk]) error {
			tx.Body.Entered = true
			for i := range tx.Body.Rows {
				tx.Body.Rows[i].Done = tx.Body.Rows[i].Outcome.Enters()
			}
			return nil
		})
		return err
	})
	finished := err == nil
	if err != nil && !errors.Is(err, errEnough) {
		return doc, err
	}
	return s.titleLists.Update(ctx, id, func(tx *docstore.Tx[TitleList]) error {
		if tx.Body.State != ListCommitting {
			return nil
		}
		tx.Body.Entered, tx.Body.DueAt = max(tx.Body.Entered, entered), when.At(tx.Now)
		if !finished {
			return nil
		}
		tx.Body.State, tx.Body.CommittedAt, tx.Body.DueAt = ListCommitted, when.At(tx.Now), 0
		return tx.Emit(titleListEntered, message{Recipients: []recipient{toPerson(tx.Body.By)}, Link: titleListPage + id,
			Params: map[string]any{"fileName": tx.Body.FileName, "count": tx.Body.Rows, "new": tx.Body.Counts[RowNew], "kind": nameIn(city.Body.TitleKinds, tx.Body.Defaults.Kind),
				"batch": tx.Body.Defaults.Batch, "issuer": tx.Body.Defaults.Issuer, "titles": tx.Body.entering()}})
	})
}

// firmSpace is the namespace of ids that follow from credit codes.
var firmSpace = uuid.MustParse("0b0f6d0e-5f0c-5d1a-9b3e-0a4f1c6d2e01")

// enterRow gives a firm its title, making the firm when nobody knows it.
func (s *Service) enterRow(ctx context.Context, l *TitleList, city *Reference, r TitleRow) error {
	in, bad := r.read(l.Defaults, city)
	if len(bad) > 0 { // the city's lists changed since the row was judged
		return fault.Bad(bad...)
	}
	by := By{UserID: l.By, Name: l.ByName}
	known, _, err := s.holder(ctx, in)
	if err != nil {
		return err
	}
	in.title.ID = titleID(in)
	if known == nil {
		o, err := ListUnclaimed(in.profile, in.valid, by, s.now())
		if err != nil {
			return err
		}
		if err := o.AddTitle(in.title, by, s.now()); err != nil {
			return err
		}
		doc, err := s.orgs.Insert(ctx, uuid.NewSHA1(firmSpace, []byte(in.valid.Code)).String(), o)
		if err == nil {
			return nil
		}
		if fault.KindOf(err) != fault.Duplicate {
			return err
		}
		if known, _, err = s.holder(ctx, in); err != nil { // somebody registered it, or another list brought it, just now
			return err
		}
		if known == nil {
			return fault.Newf(fault.Conflict, "contended", "the organisation %s is being changed; try again", doc.ID)
		}
	}
	_, err = s.orgs.Update(ctx, known.ID, func(tx *docstore.Tx[Organisation]) error {
		o := tx.Body
		if r.Rename {
			o.Rename(in.profile.Name, "commitTitleList", by, tx.Now)
		}
		if slices.ContainsFunc(o.Titles, in.title.same) {
			return nil
		}
		if err := o.AddTitle(in.title, by, tx.Now); err != nil {
			return err
		}
		if o.State == Unclaimed { // there is nobody to tell
			return nil
		}
		return tx.Emit(orgTitleAdded, about(known.ID, o, ownPage, toOrg(known.ID)).with("title", nameIn(city.TitleKinds, in.title.Kind)).with("validTo", string(in.title.ValidTo)))
	})
	return err
}

// titleID is the same for the same award of a title to the same firm, whichever list it comes by.
func titleID(in readable) string {
	t := in.title
	sum := sha256.Sum256([]byte(strings.Join([]string{in.valid.Code, in.profile.Name, t.Kind, t.Batch, t.Issuer, string(t.ValidFrom)}, "\x00")))
	return "list-" + hex.EncodeToString(sum[:12])
}

// enteringLists takes up lists whose entering was cut off. It is a job.
func (s *Service) enteringLists(ctx context.Context) error {
	for {
		page, err := s.titleLists.Find(ctx, docstore.Query{Index: "byDue", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 10})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("title lists could not be read", "error", err)
		}
		for _, d := range page.Items {
			if _, err := s.enterList(ctx, d.ID); err != nil && ctx.Err() == nil {
				s.log.Warn("a title list is not entered yet", "list", d.ID, "error", err)
			}
		}
		pause := time.Second
		if len(page.Items) > 0 && err == nil {
			pause = 100 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}
