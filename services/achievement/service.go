package achievement

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Organisation is what this service asks account about an organisation.
type Organisation struct {
	ID, Name   string
	Verified   bool
	District   string
	Chains     []string
	Capacities []access.Capacity
	Industry   string // GB/T 4754
	Tier       string
}

// Organisations answers who an organisation is. Errors: NotFound; Unavailable when account is away.
type Organisations interface {
	Get(ctx context.Context, id string) (Organisation, error)
}

// Choice is one entry of a list forms are filled from: what is stored and what people read.
type Choice struct{ Code, Name string }

// Lists are the city's name, districts and industry chains.
type Lists interface {
	City(ctx context.Context) (string, error)
	Districts(ctx context.Context) ([]Choice, error)
	Chains(ctx context.Context) ([]Choice, error)
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
	Lists         Lists
	Files         blob.Store
	Relay         Relay
	Notices       Notices
	Looks         *accountapi.Looks // nil: nobody is told who looked
	Audit         *audit.Log
	PublicURL     string // where people reach the product, for feeds
	Now           func() time.Time
	Log           *slog.Logger
	// Office names the desk that staff draft at. nil: no name.
	Office func(context.Context, access.Actor) (string, error)
}

// Service is the achievement service: one method per operation.
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
	return &Service{store: st, o: o}, nil
}

func (s *Service) now() time.Time { return s.o.Now() }

// role is what an actor is to an achievement.
func role(actor access.Actor, a *Achievement) Role {
	switch {
	case actor.OrgID != "" && actor.OrgID == a.OrgID && (actor.Role == access.Owner || actor.Role == access.Admin):
		return Office
	case actor.OrgID != "" && actor.OrgID == a.OrgID:
		return Department
	case a.Drafted.By(actor) && a.Drafted.Open():
		return Drafter
	case actor.Operates(a.District):
		return Operator
	case actor.OrgID != "":
		return Firm
	}
	return Stranger
}

func by(actor access.Actor, a *Achievement) By {
	b := By{Role: role(actor, a), UserID: actor.UserID, OrgID: actor.OrgID}
	if b.Role == Office || b.Role == Department {
		b.Name = a.OrgName
	}
	if b.Role == Drafter {
		b.Name = a.Drafted.Office
	}
	return b
}

// visible loads an achievement the reader may know of; NotFound otherwise.
func (s *Service) visible(ctx context.Context, id string) (docstore.Doc[Achievement], access.Actor, error) {
	actor := access.From(ctx)
	doc, err := s.achievements.Get(ctx, id)
	if err == nil && !doc.Body.Visible(role(actor, &doc.Body)) {
		err = access.Hide.Err()
	}
	return doc, actor, err
}

// change is the one way an achievement is changed by a person: visible, then a pure step, at the revision the caller saw if it said so.
func (s *Service) change(ctx context.Context, id string, step func(tx *docstore.Tx[Achievement], by By) error) (api.Achievement, error) {
	_, actor, err := s.visible(ctx, id)
	if err != nil {
		return api.Achievement{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Achievement{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	var was State
	doc, err := s.achievements.Update(ctx, id, func(tx *docstore.Tx[Achievement]) error {
		was = tx.Body.State
		who := by(actor, tx.Body)
		if who.Role == Operator && tx.Body.Drafted.By(actor) { // nobody judges what it wrote
			return fault.New(fault.Forbidden, "draft.own", "who drafted it for the university does not decide on it")
		}
		return step(tx, who)
	}, opts...)
	if err == nil && doc.Body.State != was {
		err = s.keepEntries(ctx, doc)
	}
	if err != nil {
		return api.Achievement{}, err
	}
	v, err := s.view(ctx, doc)
	if actor.OrgID != doc.Body.OrgID { // whom to call stands in the achievement as it is read, where the look is noted
		v.Profile.Contact.Phone, v.Profile.Contact.Email = accountapi.MaskPhone(v.Profile.Contact.Phone), accountapi.MaskEmail(v.Profile.Contact.Email)
	}
	return v, err
}

// mustStand asks account itself: what binds an organisation is not left to a token that may be five minutes old.
func (s *Service) mustStand(ctx context.Context, orgID string) (Organisation, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err == nil && !org.Verified {
		err = fault.New(fault.Forbidden, "org.not_verified", "the organisation is not verified yet")
	}
	return org, err
}

// chainOf turns the chain's name into its code and refuses what is not on the city's list.
func (s *Service) chainOf(ctx context.Context, p *Profile) error {
	if p.Chain == "" {
		return nil
	}
	list, err := s.o.Lists.Chains(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(c Choice) bool {
		return c.Code == p.Chain || strings.TrimSuffix(c.Name, "产业链") == strings.TrimSuffix(p.Chain, "产业链")
	})
	if i < 0 {
		return fault.Bad(fault.Field{Path: "chain", Code: "not_a_choice"})
	}
	p.Chain = list[i].Code
	return nil
}

// as turns a value into another type with the same JSON: the domain's Profile is the API's AchievementInput field by field, which a test
// holds them to.
func as[To any](from any) (To, error) {
	var to To
	b, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(b, &to)
	}
	return to, err
}

// CreateAchievement makes a draft of the caller's university.
func (s *Service) CreateAchievement(ctx context.Context, in api.AchievementInput) (api.Achievement, error) {
	actor := access.From(ctx)
	org, err := s.mustStand(ctx, actor.OrgID)
	if err != nil {
		return api.Achievement{}, err
	}
	p, err := s.profileIn(ctx, in)
	if err != nil {
		return api.Achievement{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	a, err := New(by(actor, &Achievement{OrgID: actor.OrgID, OrgName: org.Name}), org.Name, org.District, p, s.now())
	if err != nil {
		return api.Achievement{}, err
	}
	doc, err := s.achievements.Insert(ctx, id, a, docstore.Fingerprint(fingerprint))
	if err == nil {
		err = s.enlist(ctx, doc.ID, &doc.Body)
	}
	if err != nil {
		return api.Achievement{}, err
	}
	return s.view(ctx, doc)
}

// EditAchievement replaces the profile of a draft or returned achievement.
func (s *Service) EditAchievement(ctx context.Context, id string, in api.AchievementInput) (api.Achievement, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Achievement{}, err
	}
	p, err := s.profileIn(ctx, in)
	if err != nil {
		return api.Achievement{}, err
	}
	var before Profile
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		before = tx.Body.Profile
		return tx.Body.Edit(by, tx.Now, p)
	})
	if err != nil {
		return v, err
	}
	return v, s.relist(ctx, id, before, &Achievement{OrgID: v.OrgId, OrgName: v.OrgName, Profile: p})
}

// GetAchievement is one achievement as the reader may see it.
func (s *Service) GetAchievement(ctx context.Context, id string) (api.Achievement, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return api.Achievement{}, err
	}
	v, err := s.view(ctx, doc)
	if err != nil {
		return v, err
	}
	full, err := s.dealing(ctx, doc)
	switch {
	case err != nil:
	case !full:
		v.Profile.Contact.Phone, v.Profile.Contact.Email = accountapi.MaskPhone(v.Profile.Contact.Phone), accountapi.MaskEmail(v.Profile.Contact.Email)
	case v.Profile.Contact != (api.AchievementContact{}):
		err = s.o.Looks.Record(ctx, accountapi.LookAchievement, id, doc.Body.OrgID)
	}
	if err != nil {
		return api.Achievement{}, err // a look that cannot be noted shows nothing
	}
	if v.Lists, err = s.listsOf(ctx, id); err == nil {
		v.Change, err = s.pending(ctx, doc, role(access.From(ctx), &doc.Body), true)
	}
	return v, err
}

// dealing reports whether the reader may know whom to call: the unit itself, the authority, and whoever has a deal about the achievement.
func (s *Service) dealing(ctx context.Context, doc docstore.Doc[Achievement]) (bool, error) {
	a := access.From(ctx)
	if r := role(a, &doc.Body); r == Office || r == Department || r == Operator {
		return true, nil
	}
	if a.OrgID == "" {
		return false, nil
	}
	deals, err := s.deals.Find(ctx, docstore.Query{Index: "slot", Equal: []any{doc.ID + ":" + a.OrgID}, Limit: 1})
	return len(deals.Items) > 0, err
}

// SubmitAchievement hands a complete draft in.
func (s *Service) SubmitAchievement(ctx context.Context, id string) (api.Achievement, error) {
	if _, err := s.mustStand(ctx, access.From(ctx).OrgID); err != nil {
		return api.Achievement{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Achievement{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		waited := tx.Body.Drafted.Open()
		if err := tx.Body.Submit(by, tx.Now, settings); err != nil {
			return err
		}
		if waited {
			if err := tx.Emit(draftConfirmed, aboutDraft(tx.Body)); err != nil {
				return err
			}
		}
		return tx.Emit(achievementSubmitted, handedIn(id, tx.Body))
	})
}

// handedIn tells whoever has it on the desk now.
func handedIn(id string, a *Achievement) message {
	if a.Desk == AtOffice {
		return about(a, authorPage(id), toOrg(a.OrgID))
	}
	return about(a, reviewPage(id), toStaff(a.District))
}

// ForwardAchievement is the office's approval.
func (s *Service) ForwardAchievement(ctx context.Context, id, note string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		if err := tx.Body.Forward(by, tx.Now, note); err != nil {
			return err
		}
		return tx.Emit(achievementSubmitted, handedIn(id, tx.Body))
	})
}

// ReturnAchievement sends it back with the reason.
func (s *Service) ReturnAchievement(ctx context.Context, id, reason string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		if err := tx.Body.Return(by, tx.Now, reason); err != nil {
			return err
		}
		return tx.Emit(achievementReturned, about(tx.Body, authorPage(id), toOrg(tx.Body.OrgID)).with("reason", reason))
	})
}

// PublishAchievement makes it public.
func (s *Service) PublishAchievement(ctx context.Context, id, note string) (api.Achievement, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Achievement{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		if err := tx.Body.Publish(by, tx.Now, note, settings); err != nil {
			return err
		}
		return tx.Emit(achievementPublished, about(tx.Body, publicPage(id), toOrg(tx.Body.OrgID)))
	})
}

// WithdrawAchievement takes it back.
func (s *Service) WithdrawAchievement(ctx context.Context, id, reason string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		waited := tx.Body.Drafted.Open()
		if err := tx.Body.Withdraw(by, tx.Now, reason); err != nil || !waited {
			return err
		}
		return tx.Emit(draftDeclined, aboutDraft(tx.Body).with("reason", reason))
	})
}

// publicSteps are the lines of the timeline anybody may read.
var publicSteps = []Action{PublishAchievement, OpenLicenceOffered, HoldAchievement, ReleaseAchievement, SettleAchievement}

// GetAchievementHistory is the timeline, as far as the reader may see it.
func (s *Service) GetAchievementHistory(ctx context.Context, id string) ([]api.AchievementStep, error) {
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	r := role(actor, &doc.Body)
	inside := r == Office || r == Department || r == Operator
	steps := []api.AchievementStep{}
	for _, x := range doc.Body.History {
		if !inside && !slices.Contains(publicSteps, x.Action) {
			continue
		}
		step := api.AchievementStep{At: x.At.Time(), Action: string(x.Action), To: x.To}
		if inside {
			step.Role, step.Name, step.Reason = string(x.Role), x.Name, x.Reason
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// AddAchievementAttachment keeps a file with a draft or returned achievement.
func (s *Service) AddAchievementAttachment(ctx context.Context, id string, content io.Reader, name string) (api.Achievement, error) {
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return api.Achievement{}, err
	}
	if err := doc.Body.Attach(by(actor, &doc.Body), Attachment{}); err != nil { // before a large file is taken in
		return api.Achievement{}, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.Achievement{}, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		tx.Body.ChangedAt = when.At(tx.Now)
		return tx.Body.Attach(by, Attachment{ID: ref.ID, Name: ref.Name, Size: ref.Size, ContentType: ref.Type})
	})
	if err != nil {
		if gone := s.o.Files.Delete(context.WithoutCancel(ctx), ref.ID); gone != nil {
			s.o.Log.Warn("a file that nothing names was left", "file", ref.ID, "error", gone)
		}
	}
	return v, err
}

// RemoveAchievementAttachment detaches a file. The file itself stays: an earlier submission showed it.
func (s *Service) RemoveAchievementAttachment(ctx context.Context, id, attachment string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		tx.Body.ChangedAt = when.At(tx.Now)
		return tx.Body.Detach(by, attachment)
	})
}

// File is a download.
type File struct {
	Ref     blob.Ref
	Content io.ReadCloser
}

// GetAchievementAttachment is for whoever may read the achievement.
func (s *Service) GetAchievementAttachment(ctx context.Context, id, attachment string) (File, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return File{}, err
	}
	if !slices.ContainsFunc(doc.Body.Attachments, func(a Attachment) bool { return a.ID == attachment }) {
		return File{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, attachment)
	return File{Ref: ref, Content: content}, err
}

// ListAchievements are the published ones, newest first.
func (s *Service) ListAchievements(ctx context.Context, orgID string, limit int, cursor string) (api.AchievementPage, error) {
	q := docstore.Query{Index: "board", Equal: []any{"public"}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if orgID != "" {
		q.Index, q.Equal = "boardOrg", []any{"public", orgID}
	}
	return s.page(ctx, q)
}

// ListMyAchievements are the caller's university's.
func (s *Service) ListMyAchievements(ctx context.Context, state string, limit int, cursor string) (api.AchievementPage, error) {
	q := docstore.Query{Index: "mine", Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if state != "" {
		q.Index, q.Equal = "mineState", []any{access.From(ctx).OrgID, state}
	}
	return s.page(ctx, q)
}

// ListReviewAchievements is the operator's queue; a district's operator sees its own.
func (s *Service) ListReviewAchievements(ctx context.Context, limit int, cursor string) (api.AchievementPage, error) {
	actor := access.From(ctx)
	q := docstore.Query{Index: "review", Equal: []any{"operator"}, Limit: docstore.PageSize(limit), Cursor: cursor}
	if actor.Staff == access.DistrictOperator {
		q.Index, q.Equal = "reviewDistrict", []any{"operator", actor.District}
	}
	return s.page(ctx, q)
}

func (s *Service) page(ctx context.Context, q docstore.Query) (api.AchievementPage, error) {
	page := api.AchievementPage{Items: []api.Achievement{}}
	found, err := s.achievements.Find(ctx, q)
	if err != nil {
		return page, err
	}
	if page.Total, err = s.achievements.Count(ctx, q); err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		v, err := s.view(ctx, doc)
		if err != nil {
			return page, err
		}
		brief(&v)
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// ListParkedEvents shows events whose delivery was given up.
func (s *Service) ListParkedEvents(ctx context.Context, limit int, cursor string) ([]api.ParkedEvent, string, error) {
	page, err := s.o.Relay.Parked(ctx, cursor, docstore.PageSize(limit))
	if err != nil {
		return nil, "", err
	}
	items := []api.ParkedEvent{}
	for _, doc := range page.Items {
		p := doc.Body
		items = append(items, api.ParkedEvent{Id: doc.ID, Kind: p.Event.Kind, DocumentId: p.Event.DocumentID,
			At: docstore.Millis(p.Event.At).Time(), Tries: p.Tries, LastError: p.Error})
	}
	return items, page.Next, nil
}
