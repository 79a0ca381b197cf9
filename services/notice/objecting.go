package notice

import (
	"context"
	"crypto/subtle"
	"io"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Person is what this service asks account about an operator, to keep parties from handling.
type Person struct {
	OrgIDs []string
	Phone  string
	Email  string
}

// Receipt is what whoever filed an objection keeps. The code is shown this once.
type Receipt struct {
	ID, Code string
	DecideBy time.Time
}

// What keeps floods out: per address and hour, and per notice.
const (
	filingsPerHour  = 20
	guessesPerHour  = 30
	undecidedAtOnce = 100
)

// FileObjection takes an objection from anyone who may read the notice. Errors: NotFound; Conflict "notice.final", "objection.late";
// Invalid; TooMany.
func (s *Service) FileObjection(ctx context.Context, noticeID string, text, basis string, c Contact) (Receipt, error) {
	doc, _, err := s.visible(ctx, noticeID)
	if err != nil {
		return Receipt{}, err
	}
	if err := doc.Body.Receivable(s.now()); err != nil {
		return Receipt{}, err
	}
	if err := c.Check(); err != nil {
		return Receipt{}, err
	}
	if err := s.filings.Take(rest.RequestOf(ctx).RemoteAddr); err != nil {
		return Receipt{}, err
	}
	waiting, err := s.objections.Count(ctx, docstore.Query{Index: "notice", Equal: []any{noticeID, string(Filed)}})
	if err != nil {
		return Receipt{}, err
	}
	if waiting >= undecidedAtOnce {
		return Receipt{}, fault.New(fault.TooMany, "objection.notice_full", "many objections to this notice wait for a decision; try again later")
	}
	rules, cal, err := s.city(ctx)
	if err != nil {
		return Receipt{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	code := s.o.Secrets.Code(id)
	sealed, err := s.o.Secrets.Seal(id, c)
	if err != nil {
		return Receipt{}, err
	}
	o := File(Objection{NoticeID: noticeID, Text: text, Basis: basis, Sealed: sealed, CodeHash: hashOf(code)}, &doc.Body, s.now(), rules, cal)
	filed, err := s.objections.Insert(ctx, id, o, docstore.Fingerprint(fingerprint), docstore.Emit(objectionFiled,
		told(id, &o, recipient{Staff: access.DistrictOperator, District: o.District})))
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{ID: filed.ID, Code: code, DecideBy: at(filed.Body.DecideBy)}, nil
}

// AddObjectionFile adds evidence with the receipt's code. Errors: NotFound for another code, Conflict once decided or full, and those of
// blob.Store.
func (s *Service) AddObjectionFile(ctx context.Context, id, code, name string, content io.Reader) (blob.Ref, error) {
	doc, err := s.objections.Get(ctx, id)
	if err == nil && subtle.ConstantTimeCompare([]byte(hashOf(code)), []byte(doc.Body.CodeHash)) != 1 {
		err = access.Hide.Err()
	}
	if err == nil {
		err = doc.Body.Attachable()
	}
	if err != nil {
		return blob.Ref{}, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return ref, err
	}
	_, err = s.objections.Update(ctx, id, func(tx *docstore.Tx[Objection]) error { return tx.Body.Attach(ref) })
	return ref, err
}

// QueryObjection reads an objection by its receipt: the code, and the tail of the phone or the beginning of the mail address. A wrong one
// of either says the same. Errors: NotFound, TooMany.
func (s *Service) QueryObjection(ctx context.Context, code, tail string) (docstore.Doc[Objection], error) {
	address := rest.RequestOf(ctx).RemoteAddr
	if err := s.guesses.Take(address); err != nil {
		return docstore.Doc[Objection]{}, err
	}
	page, err := s.objections.Find(ctx, docstore.Query{Index: "code", Equal: []any{hashOf(code)}, Limit: 1})
	if err != nil {
		return docstore.Doc[Objection]{}, err
	}
	if len(page.Items) == 0 {
		return docstore.Doc[Objection]{}, access.Hide.Err()
	}
	doc := page.Items[0]
	c, err := s.o.Secrets.Open(doc.ID, doc.Body.Sealed)
	if err != nil {
		return docstore.Doc[Objection]{}, err
	}
	if subtle.ConstantTimeCompare([]byte(strings.ToLower(strings.TrimSpace(tail))), []byte(c.Tail())) != 1 {
		return docstore.Doc[Objection]{}, access.Hide.Err()
	}
	s.guesses.Forgive(address)
	return s.objection(ctx, doc.ID)
}

// objection reads an objection as it is now: a decision its notice holds is carried first, a deadline that passed is escalated.
func (s *Service) objection(ctx context.Context, id string) (docstore.Doc[Objection], error) {
	doc, err := s.objections.Get(ctx, id)
	if err != nil || doc.Body.Standing != Filed && doc.Body.Standing != WasAccepted {
		return doc, err
	}
	if err := s.carry(ctx, doc.Body.NoticeID); err != nil {
		return doc, err
	}
	if err := s.escalate(ctx, id); err != nil {
		return doc, err
	}
	return s.objections.Get(ctx, id)
}

// handled reads an objection for an operator who may handle it. Errors: NotFound for anybody else; Forbidden "objection.conflict" for one
// who belongs to a party or filed it.
func (s *Service) handled(ctx context.Context, id string) (docstore.Doc[Objection], error) {
	a := access.From(ctx)
	doc, err := s.objection(ctx, id)
	if err != nil {
		return doc, err
	}
	if !a.Operates(doc.Body.District) {
		return doc, access.Hide.Err()
	}
	return doc, s.unbiased(ctx, a, doc)
}

var conflictOfInterest = fault.New(fault.Forbidden, "objection.conflict", "a party to the notice, or the objector, cannot handle the objection")

func (s *Service) unbiased(ctx context.Context, a access.Actor, doc docstore.Doc[Objection]) error {
	n, err := s.notices.Get(ctx, doc.Body.NoticeID)
	if err != nil {
		return err
	}
	p, err := s.o.People.Person(ctx, a.UserID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(n.Body.Parties, func(id string) bool { return id == a.OrgID || slices.Contains(p.OrgIDs, id) }) {
		return conflictOfInterest
	}
	c, err := s.o.Secrets.Open(doc.ID, doc.Body.Sealed)
	if err != nil {
		return err
	}
	if c.Phone != "" && c.Phone == p.Phone || c.Email != "" && strings.EqualFold(c.Email, p.Email) {
		return conflictOfInterest
	}
	return nil
}

// GetObjection is one objection for its handler, without the contact. Errors: as handled.
func (s *Service) GetObjection(ctx context.Context, id string) (docstore.Doc[Objection], error) {
	return s.handled(ctx, id)
}

// ReadObjectionContact is who filed it, for its handler; the look is on record and shown to the objector. Errors: as handled.
func (s *Service) ReadObjectionContact(ctx context.Context, id string) (Contact, error) {
	doc, err := s.handled(ctx, id)
	if err != nil {
		return Contact{}, err
	}
	if _, err := s.objections.Update(ctx, id, func(tx *docstore.Tx[Objection]) error {
		tx.Body.Look(access.From(ctx).UserID, tx.Now)
		return nil
	}); err != nil {
		return Contact{}, err
	}
	return s.o.Secrets.Open(id, doc.Body.Sealed)
}

// GetObjectionFile opens a file for the handler. Errors: as handled, NotFound.
func (s *Service) GetObjectionFile(ctx context.Context, id, fileID string) (io.ReadSeekCloser, blob.Ref, error) {
	doc, err := s.handled(ctx, id)
	if err != nil {
		return nil, blob.Ref{}, err
	}
	if !slices.ContainsFunc(doc.Body.Files, func(f blob.Ref) bool { return f.ID == fileID }) {
		return nil, blob.Ref{}, access.Hide.Err()
	}
	return s.o.Files.Open(ctx, fileID)
}

// ListObjections is what an operator has to handle, oldest first; stage "" means all, newest first.
func (s *Service) ListObjections(ctx context.Context, stage Stage, cursor string, size int) (docstore.Page[Objection], error) {
	a := access.From(ctx)
	q := docstore.Query{Index: "stage", Equal: []any{string(stage)}, Cursor: cursor, Limit: size}
	switch {
	case a.Staff == access.CityOperator && stage == "":
		q.Index, q.Equal, q.Descending = "filed", nil, true
	case a.Staff == access.DistrictOperator && stage == "":
		q.Index, q.Equal, q.Descending = "district", []any{a.District}, true
	case a.Staff == access.DistrictOperator:
		q.Index, q.Equal = "districtStage", []any{a.District, string(stage)}
	}
	if a.Staff == access.DistrictOperator && a.District == "" {
		return docstore.Page[Objection]{}, nil
	}
	return s.objections.Find(ctx, q)
}

// DecideObjection accepts, refuses or answers for the operator of the notice's district. The decision and what it does to the notice's
// clock are one write; the objection's own document follows, at once or by the clock. Errors: as handled; Conflict; Invalid
// "names_person" for a reason that says who objected.
func (s *Service) DecideObjection(ctx context.Context, id string, v Verdict, reason string) (docstore.Doc[Objection], error) {
	doc, err := s.handled(ctx, id)
	if err != nil {
		return doc, err
	}
	if err := doc.Body.May(v); err != nil {
		return doc, err
	}
	c, err := s.o.Secrets.Open(id, doc.Body.Sealed)
	if err != nil {
		return doc, err
	}
	if c.Betrayed(reason) {
		return doc, fault.Bad(fault.Field{Path: "reason", Code: "names_person", Detail: "this is published and must not say who objected"})
	}
	_, cal, err := s.city(ctx)
	if err != nil {
		return doc, err
	}
	_, err = s.notices.Update(ctx, doc.Body.NoticeID, func(tx *docstore.Tx[Notice]) error {
		return decide(tx, id, v, Decision{Reason: reason, By: access.From(ctx).UserID}, cal)
	})
	if err != nil {
		return doc, err
	}
	if err := s.carry(ctx, doc.Body.NoticeID); err != nil {
		s.o.Log.Warn("a decision is carried to its objection by the clock", "objection", id, "error", err)
	}
	return s.objections.Get(ctx, id)
}

// decide takes a decision within a write and tells what it did to the notice.
func decide(tx *docstore.Tx[Notice], objection string, v Verdict, d Decision, cal when.Calendar) error {
	if err := conclude(tx); err != nil {
		return err
	}
	n := tx.Body
	before := n.State
	if err := n.Decide(objection, v, d, tx.Now, cal); err != nil {
		return err
	}
	m := about(tx.ID, n).toParties(n).because(objection, d.Reason)
	switch {
	case before == Open && n.State == Paused:
		return tx.Emit(noticePaused, m)
	case before == Paused && n.State == Open:
		return tx.Emit(noticeResumed, m)
	case before != n.State && n.State == Stopped:
		return tx.Emit(noticeStopped, m)
	case v == Upheld:
		m = about(tx.ID, n).because(objection, d.Reason)
		m.Recipients = append(m.Recipients, recipient{Staff: access.DistrictOperator, District: n.District})
		return tx.Emit(noticeUpheldLate, m)
	}
	return nil
}

// carry brings the decisions a notice holds to their objections.
func (s *Service) carry(ctx context.Context, noticeID string) error {
	doc, err := s.notices.Get(ctx, noticeID)
	if err != nil {
		return err
	}
	for _, c := range doc.Body.Cases {
		if c.Carried {
			continue
		}
		rules, cal, err := s.city(ctx)
		if err != nil {
			return err
		}
		if _, err := s.objections.Update(ctx, c.Objection, func(tx *docstore.Tx[Objection]) error { return tx.Body.Follow(c, rules, cal) }); err != nil {
			return err
		}
		if _, err := s.notices.Update(docstore.Unwitnessed(ctx), noticeID, func(tx *docstore.Tx[Notice]) error {
			tx.Body.carried(c.Objection, c.Verdict)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// escalate tells the city's operators, once, of a deadline that passed.
func (s *Service) escalate(ctx context.Context, id string) error {
	_, err := s.objections.Update(docstore.Unwitnessed(ctx), id, func(tx *docstore.Tx[Objection]) error {
		o := tx.Body
		if !o.Overdue(tx.Now) {
			return nil
		}
		m := told(id, o, recipient{Staff: access.CityOperator})
		m.Params["stage"] = string(o.Standing)
		m.Params["dueAt"] = rfc(o.DueAt)
		if err := o.Escalate(tx.Now); err != nil {
			return err
		}
		return tx.Emit(objectionOverdue, m)
	})
	return err
}

// Outcomes are the objections to a notice, oldest first, for its public page.
func (s *Service) Outcomes(ctx context.Context, noticeID string) ([]docstore.Doc[Objection], error) {
	var all []docstore.Doc[Objection]
	err := s.objections.Each(ctx, docstore.Query{Index: "ofNotice", Equal: []any{noticeID}}, func(d docstore.Doc[Objection]) error {
		if len(all) < maxCases {
			all = append(all, d)
		}
		return nil
	})
	return all, err
}
