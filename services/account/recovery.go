package account

import (
	"context"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Recovery (找回账号) gives a person who lost its number a new one: an operator opens it on evidence, the person is told on the old number
// and can stop it, and after a day another operator, of the city, approves. Both steps are in the audit log.
type Recovery struct {
	State    RecoveryState `json:"state"`
	UserID   string        `json:"userId"`
	Name     string        `json:"name"`
	OldPhone string        `json:"oldPhone"` // masked
	NewPhone string        `json:"newPhone"` // masked once it is over
	Evidence string        `json:"evidence"` // what the operator saw
	Opened   By            `json:"openedBy"`
	Decided  By            `json:"decidedBy,omitzero"`
	Reason   string        `json:"reason,omitempty"`
	OpenedAt when.Instant  `json:"openedAt"`
	EndedAt  when.Instant  `json:"endedAt,omitempty"`
}

// RecoveryState is where a recovery stands.
type RecoveryState string

// approved is done once the new number is the person's; cut short between the two, approving goes on.
const (
	RecoveryOpen     RecoveryState = "open"
	RecoveryApproved RecoveryState = "approved"
	RecoveryDone     RecoveryState = "done"
	RecoveryRefused  RecoveryState = "refused"
	RecoveryStopped  RecoveryState = "stopped" // by the person
)

// RecoveryDoc is a stored recovery.
type RecoveryDoc = docstore.Doc[Recovery]

// RecoveryWait is how long the person, told on the old number, has to stop it.
const RecoveryWait = 24 * time.Hour

// Approve takes the second operator's word. Errors: Forbidden for the one who opened it, Conflict too early or over.
func (r *Recovery) Approve(by By, reason string, now time.Time) error {
	switch {
	case r.State == RecoveryApproved:
		return nil
	case r.State != RecoveryOpen:
		return errRecoveryOver()
	case by.UserID == r.Opened.UserID:
		return fault.New(fault.Forbidden, "recovery.second_person", "another operator approves what this one opened")
	case now.Sub(r.OpenedAt.Time()) < RecoveryWait:
		return fault.New(fault.Conflict, "recovery.too_early", "the person has a day to stop it")
	}
	r.State, r.Decided, r.Reason = RecoveryApproved, by, reason
	return nil
}

// End closes it: refused by an operator, stopped by the person, or done.
func (r *Recovery) End(state RecoveryState, by By, reason string, now time.Time) error {
	if from := r.State; state == RecoveryDone && from != RecoveryApproved || state != RecoveryDone && from != RecoveryOpen {
		return errRecoveryOver()
	}
	if state != RecoveryDone {
		r.Decided, r.Reason = by, reason
	}
	r.State, r.EndedAt, r.NewPhone = state, when.At(now), MaskPhone(r.NewPhone)
	return nil
}

func errRecoveryOver() error {
	return fault.New(fault.Conflict, "recovery.over", "this recovery is over")
}

// OpenRecovery opens one for whoever has phone. The name must be the person's, so that a slip in the number finds nobody.
func (s *Service) OpenRecovery(ctx context.Context, phone, name, newPhone, evidence string) (RecoveryDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return RecoveryDoc{}, err
	}
	old, err := NormalisePhone(phone)
	if err != nil {
		return RecoveryDoc{}, err
	}
	next, err := NormalisePhone(newPhone)
	if err != nil {
		return RecoveryDoc{}, prefixedPhone(err, "newPhone")
	}
	p, found, err := one(ctx, s.people, "byPhone", old)
	if err != nil {
		return RecoveryDoc{}, err
	}
	if !found || p.Body.Name != trimmed(name) {
		return RecoveryDoc{}, fault.Bad(fault.Field{Path: "phone", Code: "recovery.nobody", Detail: "nobody of this name has this number"})
	}
	if _, taken, err := one(ctx, s.people, "byPhone", next); err != nil || taken {
		return RecoveryDoc{}, orElse(err, fault.Bad(fault.Field{Path: "newPhone", Code: "auth.phone_taken", Detail: "there is an account with this number already"}))
	}
	if p.Body.Staff != "" && a.Staff != access.CityOperator { // who has a post is the city's to look after
		return RecoveryDoc{}, access.Forbid.Err()
	}
	open, err := s.openRecoveryOf(ctx, p.ID)
	if err != nil || open.ID != "" {
		return RecoveryDoc{}, orElse(err, fault.New(fault.Conflict, "recovery.open", "a recovery of this account is open already"))
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return RecoveryDoc{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	doc, err := s.recoveries.Insert(ctx, id, Recovery{State: RecoveryOpen, UserID: p.ID, Name: p.Body.Name, OldPhone: MaskPhone(old), NewPhone: next,
		Evidence: trimmed(evidence), Opened: by, OpenedAt: when.At(s.now())}, docstore.Fingerprint(fingerprint),
		docstore.Emit(recoveryOpened, message{Recipients: []recipient{toPerson(p.ID)}, Link: accountPage, Params: map[string]any{"newPhone": MaskPhone(next)}}))
	if err != nil {
		return doc, err
	}
	s.tell(ctx, "recovery-"+id, old, "账号换绑提醒", "有人经主管部门申请把您的账号换绑到 "+MaskPhone(next)+"。如非本人，请在 24 小时内登录“账号”页停止，或联系主管部门。")
	return doc, nil
}

// tell sends a text message that no step waits for: what it says is in the inbox too.
func (s *Service) tell(ctx context.Context, id, phone, subject, text string) {
	if err := s.texts.Text(ctx, id, phone, subject, text); err != nil {
		s.log.Warn("a text message could not be sent", "id", id, "error", err)
	}
}

func prefixedPhone(err error, path string) error {
	f := fault.As(err)
	if f == nil || len(f.Fields) == 0 {
		return err
	}
	moved := *f
	moved.Fields = []fault.Field{{Path: path, Code: f.Fields[0].Code, Detail: f.Fields[0].Detail}}
	return &moved
}

// openRecoveryOf is a person's open one; the zero document when there is none.
func (s *Service) openRecoveryOf(ctx context.Context, userID string) (RecoveryDoc, error) {
	for _, state := range []RecoveryState{RecoveryOpen, RecoveryApproved} {
		page, err := s.recoveries.Find(ctx, docstore.Query{Index: "byPerson", Equal: []any{userID, state}, Limit: 1})
		if err != nil || len(page.Items) > 0 {
			return first(page.Items), err
		}
	}
	return RecoveryDoc{}, nil
}

func first[T any](list []docstore.Doc[T]) (d docstore.Doc[T]) {
	if len(list) > 0 {
		d = list[0]
	}
	return d
}

// ListRecoveries lists them, the newest first.
func (s *Service) ListRecoveries(ctx context.Context, limit int, cursor string) (docstore.Page[Recovery], error) {
	return s.recoveries.Find(ctx, docstore.Query{Index: "byTime", Descending: true, Limit: limit, Cursor: cursor})
}

// ApproveRecovery gives the person its new number: the password and every session end with the old one, so that only who holds the new number
// gets in, by a code. Cut short, it can be repeated.
func (s *Service) ApproveRecovery(ctx context.Context, id, reason string) (RecoveryDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return RecoveryDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return RecoveryDoc{}, err
	}
	doc, err := s.recoveries.Update(ctx, id, func(tx *docstore.Tx[Recovery]) error { return tx.Body.Approve(by, trimmed(reason), tx.Now) })
	if err != nil {
		return doc, err
	}
	r, old := doc.Body, ""
	_, err = s.people.Update(ctx, r.UserID, func(tx *docstore.Tx[Person]) error {
		if tx.Body.Phone == r.NewPhone {
			return nil
		}
		tx.Body.Was.Phones = keep(tx.Body.Was.Phones, tx.Body.Phone, r.NewPhone)
		old, tx.Body.Phone, tx.Body.PhoneProved, tx.Body.PasswordHash = tx.Body.Phone, r.NewPhone, 0, ""
		return tx.Emit(recoveryDone, message{Recipients: []recipient{toPerson(tx.ID)}, Link: accountPage, Params: map[string]any{"newPhone": MaskPhone(r.NewPhone)}})
	})
	if err != nil {
		return doc, personTaken(err)
	}
	if err := s.endSessions(ctx, r.UserID, whyRecovered, func(docstore.Doc[Session]) bool { return true }); err != nil {
		return doc, err
	}
	if old != "" {
		s.tell(ctx, "recovered-old-"+id, old, "账号已换绑", "您的账号已换绑到 "+MaskPhone(r.NewPhone)+"，原有登录均已退出。如非本人，请立即联系主管部门。")
		s.tell(ctx, "recovered-new-"+id, r.NewPhone, "账号已换绑", "您的账号已换绑到本号码，请用验证码登录并重新设置密码。")
	}
	return s.recoveries.Update(ctx, id, func(tx *docstore.Tx[Recovery]) error {
		if tx.Body.State == RecoveryDone {
			return nil
		}
		return tx.Body.End(RecoveryDone, by, "", tx.Now)
	})
}

// RefuseRecovery ends one that was opened wrongly.
func (s *Service) RefuseRecovery(ctx context.Context, id, reason string) (RecoveryDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return RecoveryDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return RecoveryDoc{}, err
	}
	return s.recoveries.Update(ctx, id, func(tx *docstore.Tx[Recovery]) error {
		return tx.Body.End(RecoveryRefused, by, trimmed(reason), tx.Now)
	})
}

// StopRecovery is the person's own no, from where it is still signed in.
func (s *Service) StopRecovery(ctx context.Context) error {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return err
	}
	open, err := s.openRecoveryOf(ctx, a.UserID)
	if err != nil || open.ID == "" {
		return orElse(err, access.Hide.Err())
	}
	_, err = s.recoveries.Update(ctx, open.ID, func(tx *docstore.Tx[Recovery]) error {
		if err := tx.Body.End(RecoveryStopped, by, "", tx.Now); err != nil {
			return err
		}
		return tx.Emit(recoveryStopped, message{Recipients: []recipient{toPerson(tx.Body.Opened.UserID)}, Link: recoveriesPage, Params: map[string]any{"userName": strings.TrimSpace(tx.Body.Name)}})
	})
	return err
}
