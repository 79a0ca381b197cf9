package provider

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// Organisation is what this service asks account about an organisation.
type Organisation struct {
	ID, Name, CreditCode, District, Summary string
	Verified                                bool
	Employees                               int
	ContactName, ContactPhone               string
	Capacities                              []access.Capacity
	Members                                 []string // user ids
}

// Organisations answers who an organisation is. Errors: NotFound; Unavailable when account is away.
type Organisations interface {
	Get(ctx context.Context, id string) (Organisation, error)
}

// Experts is the authority's register of experts. Unknown and inactive ones are left out.
type Experts interface {
	Find(ctx context.Context, ids []string) ([]Candidate, error)
}

// NoticeAsk is a notice to be put up.
type NoticeAsk struct {
	ID, Kind, Subject, Title, Summary, Link, District string
	Lines                                             []string
	WorkingDays                                       int
	Parties                                           []string
}

// NoticeStanding is how a notice stands: open, paused, ended, stopped or withdrawn.
type NoticeStanding struct {
	State  string
	EndsAt time.Time
}

// Notices is the notice service. Put is idempotent by id. Errors: NotFound for a notice never put up; Unavailable when it is away.
type Notices interface {
	Put(ctx context.Context, n NoticeAsk) (NoticeStanding, error)
	Get(ctx context.Context, id string) (NoticeStanding, error)
	Withdraw(ctx context.Context, id, reason string) error
}

// Lists are the names of the city and its districts, by code.
type Lists interface {
	City(ctx context.Context) (string, error)
	Districts(ctx context.Context) (map[string]string, error)
	Calendar(ctx context.Context) (when.Calendar, error) // the city's working days
}

// Relay shows and retries events that could not be delivered.
type Relay interface {
	Parked(ctx context.Context, cursor string, limit int) (docstore.Page[docstore.Parked], error)
	Retry(ctx context.Context, id string) error
}

// Options are what a Service works with.
type Options struct {
	DB            *docstore.DB
	Organisations Organisations
	Experts       Experts
	Notices       Notices
	Lists         Lists
	Ratings       Ratings
	Ledgers       Ledgers
	Looks         *accountapi.Looks // nil: nobody is told who looked
	Files         blob.Store
	Relay         Relay
	Audit         *audit.Log
	Now           func() time.Time
	Log           *slog.Logger
	// Office names the desk that staff draft at. nil: no name.
	Office func(context.Context, access.Actor) (string, error)
}

// Service is the provider service: one method per operation.
type Service struct {
	*store
	o Options
}

// NewService opens the collections.
func NewService(ctx context.Context, o Options) (*Service, error) {
	st, err := openStore(ctx, o.DB)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{store: st, o: o}, nil
}

// inForce is the settings that apply at an instant, with the city's working days.
func (s *Service) inForce(ctx context.Context, at time.Time) (Settings, error) {
	settings, err := s.store.inForce(ctx, at)
	if err != nil {
		return settings, err
	}
	settings.Calendar, err = s.o.Lists.Calendar(ctx)
	return settings, err
}

func (s *Service) now() time.Time { return s.o.Now() }

// Download is a stored file on its way to a reader.
type Download struct {
	Ref     blob.Ref
	Content io.ReadCloser
}

// role is what an actor is to a membership.
func role(a access.Actor, m *Membership) Role {
	switch {
	case a.OrgID != "" && a.OrgID == m.OrgID:
		return Applicant
	case m.Drafted.By(a) && m.Drafted.Open():
		return Drafter
	case a.Staff == access.CityOperator:
		return City
	case a.Operates(m.Jurisdiction):
		return District
	case a.Staff == access.ExpertStaff && slices.ContainsFunc(m.Panel, func(p Panelist) bool { return p.PersonID == a.UserID }):
		return Expert
	}
	return Stranger
}

// by is the actor as the one who takes a step on the membership.
func by(a access.Actor, m *Membership) By {
	b := By{Role: role(a, m), UserID: a.UserID}
	if b.Role == Applicant {
		b.Name = m.OrgName
	}
	if b.Role == Drafter {
		b.Name = m.Drafted.Office
	}
	return b
}

// visible loads a membership the reader may know of; NotFound otherwise. A draft is its applicant's alone.
func (s *Service) visible(ctx context.Context, id string) (docstore.Doc[Membership], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.members.Get(ctx, id)
	if err != nil {
		return doc, a, err
	}
	r := role(a, &doc.Body)
	if r == Stranger || doc.Body.State == Draft && r != Applicant && r != Drafter && doc.Body.SubmittedAt == 0 {
		return doc, a, access.Hide.Err()
	}
	return doc, a, nil
}

// change is the one way a membership is changed by a person: visible, then a pure step, at the revision the caller saw if it said so.
func (s *Service) change(ctx context.Context, id string, step func(tx *docstore.Tx[Membership], by By) error) (api.Membership, error) {
	_, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Membership{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Membership{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
		who := by(a, tx.Body)
		if (who.Role == District || who.Role == City) && tx.Body.Drafted.By(a) { // nobody judges what it wrote
			return fault.New(fault.Forbidden, "draft.own", "who drafted the application does not decide on it")
		}
		return step(tx, who)
	}, opts...)
	if err != nil {
		return api.Membership{}, err
	}
	if doc.Body.DueAt != 0 && doc.Body.DueAt <= when.At(s.now()) {
		if s.carryOn(ctx, id); ctx.Err() == nil {
			if doc, err = s.members.Get(ctx, id); err != nil {
				return api.Membership{}, err
			}
		}
	}
	return s.view(ctx, doc, a)
}

// mustStand asks account itself: a decision is not left to a token that may be five minutes old.
func (s *Service) mustStand(ctx context.Context, orgID string) (Organisation, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err == nil && !org.Verified {
		err = fault.New(fault.Forbidden, "org.not_verified", "the organisation is not verified yet")
	}
	return org, err
}

// StartAdmission makes the draft of the caller's organisation, filled with what account knows. An organisation has one membership; a
// second start gives the first.
func (s *Service) StartAdmission(ctx context.Context) (api.Membership, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Membership{}, err
	}
	known := Application{Intro: org.Summary, ContactName: org.ContactName, ContactPhone: org.ContactPhone}
	if n := int64(org.Employees); n > 0 {
		known.Staff = &n
	}
	m, err := New(By{Role: Applicant, UserID: a.UserID, Name: org.Name}, a.OrgID, org.Name, org.CreditCode, org.District, known, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	doc, err := s.members.Insert(ctx, a.OrgID, m)
	if fault.KindOf(err) == fault.Duplicate {
		doc, err = s.members.Get(ctx, a.OrgID)
	}
	if err != nil {
		return api.Membership{}, err
	}
	return s.view(ctx, doc, a)
}

// GetAdmission is a membership as its reader may see it.
func (s *Service) GetAdmission(ctx context.Context, id string) (api.Membership, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Membership{}, err
	}
	return s.shown(ctx, doc, a)
}

// CheckAdmission holds what is filled in so far against the thresholds in force.
func (s *Service) CheckAdmission(ctx context.Context, in api.AdmissionInput) (out api.CheckAdmission200JSONResponse, err error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return out, err
	}
	application := like[Application](in)
	if err := application.check(); err != nil {
		return out, err
	}
	out.Items = like[[]api.Check](settings.Check(application, s.now()))
	return out, nil
}

// EditAdmission replaces what the applicant wrote.
func (s *Service) EditAdmission(ctx context.Context, id string, in api.AdmissionInput) (api.Membership, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Edit(by, tx.Now, like[Application](in)) })
}

// SubmitAdmission hands the application in.
func (s *Service) SubmitAdmission(ctx context.Context, id string) (api.Membership, error) {
	org, err := s.mustStand(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.Membership{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		m := tx.Body
		if by.Role == Applicant {
			m.OrgName, m.CreditCode, m.Jurisdiction = org.Name, org.CreditCode, org.District
		}
		waited := m.Drafted.Open()
		if err := m.Submit(by, tx.Now, settings); err != nil {
			return err
		}
		if waited {
			if err := tx.Emit(draftConfirmed, about(m, draftsPage, toPerson(m.DraftedBy))); err != nil {
				return err
			}
		}
		if err := tx.Emit(admissionSubmitted, about(m, admissionPage, toOrg(m.OrgID)).with("dueAt", at(m.ReviewDue))); err != nil {
			return err
		}
		return tx.Emit(admissionSubmitted, about(m, reviewPage(id), toStaff(m.Jurisdiction)).with("dueAt", at(m.ReviewDue)))
	})
}

// WithdrawAdmission takes a submitted application back.
func (s *Service) WithdrawAdmission(ctx context.Context, id string) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Withdraw(by, tx.Now) })
}

// AcceptAdmission takes an application up.
func (s *Service) AcceptAdmission(ctx context.Context, id string) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Accept(by, tx.Now) })
}

// ReturnAdmission sends an application back for mending.
func (s *Service) ReturnAdmission(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Return(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(admissionReturned, about(tx.Body, admissionPage, toOrg(id)).with("reason", in.Reason))
	})
}

// RejectAdmission refuses an application.
func (s *Service) RejectAdmission(ctx context.Context, id string, in api.RedLineReason) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	var running string
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		running = ""
		if n := tx.Body.Notice; tx.Body.State == PublicNotice && n != nil && n.State != "ended" {
			running = noticeID(id, n.Round)
		}
		if err := tx.Body.Reject(by, tx.Now, in.Reason, in.RedLine, settings); err != nil {
			return err
		}
		return tx.Emit(admissionRejected, about(tx.Body, admissionPage, toOrg(id)).with("reason", in.Reason).with("until", at(tx.Body.BarUntil)))
	})
	if err == nil && running != "" {
		if err := s.o.Notices.Withdraw(ctx, running, in.Reason); err != nil {
			s.o.Log.Warn("a notice of a refused application was not taken down", "notice", running, "error", err)
		}
	}
	return v, err
}

// PassInitialReview ends the initial review in favour.
func (s *Service) PassInitialReview(ctx context.Context, id, note string) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.PassInitial(by, tx.Now, note, settings); err != nil {
			return err
		}
		return tx.Emit(admissionPassed, about(tx.Body, admissionPage, toOrg(id)).with("dueAt", at(tx.Body.ReviewDue)))
	})
}

// AssignAdmissionExperts names the panel.
func (s *Service) AssignAdmissionExperts(ctx context.Context, id string, in api.AssignAdmissionExpertsJSONRequestBody) (api.Membership, error) {
	found, err := s.o.Experts.Find(ctx, in.PersonIds)
	if err != nil {
		return api.Membership{}, err
	}
	if len(found) != len(in.PersonIds) {
		return api.Membership{}, fault.Bad(fault.Field{Path: "personIds", Code: "not_found", Detail: "an expert is not on the register, or not active"})
	}
	for _, e := range found {
		if _, err := s.seats.Insert(ctx, e.PersonID+":"+id, seat{PersonID: e.PersonID, OrgID: id, At: when.At(s.now())}); err != nil && fault.KindOf(err) != fault.Duplicate {
			return api.Membership{}, err
		}
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		before := slices.Clone(tx.Body.Panel)
		if err := tx.Body.Assign(by, tx.Now, found); err != nil {
			return err
		}
		var to []recipient
		for _, p := range tx.Body.Panel {
			if !slices.ContainsFunc(before, func(b Panelist) bool { return b.PersonID == p.PersonID }) {
				to = append(to, toPerson(p.PersonID))
			}
		}
		if len(to) == 0 {
			return nil
		}
		return tx.Emit(admissionAssigned, about(tx.Body, panelPage, to...).with("dueAt", at(tx.Body.ReviewDue)))
	})
}

// ScoreAdmission is the signed-in expert's sheet.
func (s *Service) ScoreAdmission(ctx context.Context, id string, in api.ScoreInput) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		return tx.Body.Score(by, tx.Now, in.Scores, in.Comment, in.Recuse, in.NoConflict, settings)
	})
}

// RecordSiteVisit notes an inspection.
func (s *Service) RecordSiteVisit(ctx context.Context, id string, in api.RecordSiteVisitJSONRequestBody) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		return tx.Body.Visit(by, tx.Now, when.Day(in.On), in.Note)
	})
}

// PublishAdmissionNotice puts the admission up for public notice.
func (s *Service) PublishAdmissionNotice(ctx context.Context, id string) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.PublishNotice(by, tx.Now, settings); err != nil {
			return err
		}
		return tx.Emit(admissionNoticed, about(tx.Body, admissionPage, toOrg(id)).with("days", tx.Body.Notice.WorkingDays))
	})
}

// AdmitProvider takes the applicant into the pool, with the next number of the year and a code to verify the certificate with.
func (s *Service) AdmitProvider(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Membership{}, err
	}
	trial := doc.Body
	trial.History = slices.Clone(trial.History)
	if err := trial.Admit(by(a, &trial), s.now(), in.Reason, "-", "-"); err != nil { // before a number is drawn
		return api.Membership{}, err
	}
	number := ""
	if doc.Body.Number == "" {
		if number, err = s.nextNumber(ctx, s.now()); err != nil {
			return api.Membership{}, err
		}
	}
	code := newCode()
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Admit(by, tx.Now, in.Reason, number, code); err != nil {
			return err
		}
		return tx.Emit(providerAdmitted, about(tx.Body, providerPage(id), toOrg(id)).with("number", tx.Body.Number))
	})
}

// newCode is a verification code: 60 random bits, in letters that are not mistaken for each other on paper.
func newCode() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return base32.NewEncoding("ABCDEFGHJKLMNPQRSTUVWXYZ23456789").WithPadding(base32.NoPadding).EncodeToString(b)[:12]
}

// ReapplyAdmission begins a new application.
func (s *Service) ReapplyAdmission(ctx context.Context, id string) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Reapply(by, tx.Now) })
}

// AppealMembership asks the city to look again.
func (s *Service) AppealMembership(ctx context.Context, id string, in api.AppealMembershipJSONRequestBody) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.AppealAgainst(by, tx.Now, in.Text, settings); err != nil {
			return err
		}
		return tx.Emit(providerAppealed, about(tx.Body, reviewPage(id), toCity()).with("dueAt", at(tx.Body.Appeal.DueAt)))
	})
}

// DecideMembershipAppeal answers an appeal.
func (s *Service) DecideMembershipAppeal(ctx context.Context, id string, in api.DecideMembershipAppealJSONRequestBody) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.DecideAppeal(by, tx.Now, in.Upheld, in.Answer, settings); err != nil {
			return err
		}
		return tx.Emit(providerAnswered, about(tx.Body, admissionPage, toOrg(id)).with("answer", in.Answer).with("upheld", in.Upheld).
			with("number", tx.Body.Number).with("restored", in.Upheld && tx.Body.State == Admitted))
	})
}

// SuspendProvider takes a provider off the public list.
func (s *Service) SuspendProvider(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Suspend(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(providerSuspended, about(tx.Body, admissionPage, toOrg(id)).with("reason", in.Reason).with("number", tx.Body.Number))
	})
}

// ReinstateProvider ends a suspension.
func (s *Service) ReinstateProvider(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Reinstate(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(providerReinstated, about(tx.Body, providerPage(id), toOrg(id)).with("reason", in.Reason).with("number", tx.Body.Number))
	})
}

// RemoveProvider takes a provider out of the pool.
func (s *Service) RemoveProvider(ctx context.Context, id string, in api.RedLineReason) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Remove(by, tx.Now, in.Reason, in.RedLine, settings); err != nil {
			return err
		}
		return tx.Emit(providerRemoved, about(tx.Body, admissionPage, toOrg(id)).with("reason", in.Reason).with("until", at(tx.Body.BarUntil)).
			with("number", tx.Body.Number))
	})
}

// EditProviderProfile changes what the public page says.
func (s *Service) EditProviderProfile(ctx context.Context, id string, in api.ProfileInput) (api.Membership, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		return tx.Body.Amend(by, tx.Now, in.Intro, in.Website, in.ContactName, in.ContactPhone, in.Districts)
	})
}

// DecideAdmissions takes one decision on several applications, each on its own.
func (s *Service) DecideAdmissions(ctx context.Context, in api.BulkDecision) (api.DecideAdmissions200JSONResponse, error) {
	out := api.DecideAdmissions200JSONResponse{Done: []string{}, Failed: []api.BulkFailure{}}
	for _, id := range in.OrgIds {
		var err error
		switch in.Decision {
		case api.BulkDecisionDecisionAccept:
			_, err = s.AcceptAdmission(ctx, id)
		case api.BulkDecisionDecisionPass:
			_, err = s.PassInitialReview(ctx, id, in.Reason)
		case api.BulkDecisionDecisionReturn:
			_, err = s.ReturnAdmission(ctx, id, api.ReasonInput{Reason: in.Reason})
		case api.BulkDecisionDecisionNotice:
			_, err = s.PublishAdmissionNotice(ctx, id)
		case api.BulkDecisionDecisionUnwatch:
			_, err = s.UnwatchProvider(ctx, id, api.ReasonInput{Reason: in.Reason})
		case api.BulkDecisionDecisionAdmit:
			_, err = s.AdmitProvider(ctx, id, api.ReasonInput{Reason: in.Reason})
		}
		if f := fault.As(err); err != nil && (f.Kind == fault.Internal || f.Kind == fault.Unavailable) {
			return out, err
		}
		if err != nil {
			out.Failed = append(out.Failed, api.BulkFailure{OrgId: id, Code: fault.As(err).Code})
			continue
		}
		out.Done = append(out.Done, id)
	}
	return out, nil
}

// ListAdmissions is the queue. Without a state it is everything, the latest change first.
func (s *Service) ListAdmissions(ctx context.Context, p api.ListAdmissionsParams) (api.MembershipPage, error) {
	a := access.From(ctx)
	q := docstore.Query{Index: "state", Equal: []any{p.State}, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	switch {
	case a.Staff == access.DistrictOperator && p.State == "":
		q = docstore.Query{Index: "stateDistrict", Equal: []any{a.District}, Limit: q.Limit, Cursor: p.Cursor}
	case a.Staff == access.DistrictOperator:
		q.Index, q.Equal = "stateDistrict", []any{a.District, p.State}
	case p.State == "":
		q = docstore.Query{Index: "changed", Descending: true, Limit: q.Limit, Cursor: p.Cursor}
	}
	page, err := s.members.Find(ctx, q)
	if err != nil {
		return api.MembershipPage{}, err
	}
	out := api.MembershipPage{Items: []api.Membership{}, Next: page.Next}
	for _, doc := range page.Items {
		if doc.Body.SubmittedAt == 0 || p.Overdue && (doc.Body.ReviewDue == 0 || doc.Body.ReviewDue > when.At(s.now())) {
			continue
		}
		v, err := s.view(ctx, doc, a)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// ListMyPanels is what the signed-in expert was asked to score, the latest first.
func (s *Service) ListMyPanels(ctx context.Context) (api.MembershipPage, error) {
	a := access.From(ctx)
	out := api.MembershipPage{Items: []api.Membership{}}
	page, err := s.seats.Find(ctx, docstore.Query{Index: "person", Equal: []any{a.UserID}, Descending: true, Limit: docstore.MaxLimit})
	if err != nil {
		return out, err
	}
	for _, seat := range page.Items {
		doc, err := s.members.Get(ctx, seat.Body.OrgID)
		if err != nil {
			return out, err
		}
		if role(a, &doc.Body) != Expert {
			continue // no longer on the panel
		}
		v, err := s.view(ctx, doc, a)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// AddAdmissionFile keeps evidence.
func (s *Service) AddAdmissionFile(ctx context.Context, id, kind string, content io.Reader, name string) (api.StoredFile, int64, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.StoredFile{}, 0, err
	}
	trial := doc.Body
	if err := trial.Attach(by(a, &trial), s.now(), File{Kind: kind}); err != nil { // before a large file is taken in
		return api.StoredFile{}, 0, err
	}
	f, err := s.keep(ctx, kind, content, name)
	if err != nil {
		return api.StoredFile{}, 0, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Attach(by, tx.Now, f) })
	if err != nil {
		s.drop(ctx, f.ID)
		return api.StoredFile{}, 0, err
	}
	return fileView(f, true), v.Rev, nil
}

// keep stores a file's content.
func (s *Service) keep(ctx context.Context, kind string, content io.Reader, name string) (File, error) {
	ref, err := s.o.Files.Put(ctx, content, name)
	return File{ID: ref.ID, Kind: kind, Name: ref.Name, Size: ref.Size, Type: ref.Type, SHA256: ref.SHA256, At: when.At(s.now())}, err
}

// drop deletes a file nobody refers to.
func (s *Service) drop(ctx context.Context, id string) {
	if err := s.o.Files.Delete(context.WithoutCancel(ctx), id); err != nil {
		s.o.Log.Warn("a file was left behind", "file", id, "error", err)
	}
}

// RemoveAdmissionFile detaches evidence. The file itself stays: an earlier application showed it.
func (s *Service) RemoveAdmissionFile(ctx context.Context, id, file string) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error { return tx.Body.Detach(by, tx.Now, file) })
}

// GetAdmissionFile is for whoever may read the application.
func (s *Service) GetAdmissionFile(ctx context.Context, id, file string) (Download, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return Download{}, err
	}
	return s.open(ctx, doc.Body.Files, file)
}

func (s *Service) open(ctx context.Context, all []File, id string) (Download, error) {
	if !slices.ContainsFunc(all, func(f File) bool { return f.ID == id }) {
		return Download{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, id)
	return Download{Ref: ref, Content: content}, err
}

// GetProviderSettings are the settings in force.
func (s *Service) GetProviderSettings(ctx context.Context) (api.ProviderSettings, error) {
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return api.ProviderSettings{}, err
	}
	return settingsView(book.Rev, book.Body.InForce(s.now())), nil
}

// like turns plain values into a type whose fields have the same names in JSON: the application, the terms and the settings are the same
// words in the domain and in the API, and a test holds the two to each other.
func like[T any](v any) T {
	var out T
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil {
		panic("provider: two shapes of one thing differ: " + err.Error())
	}
	return out
}
