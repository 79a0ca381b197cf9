package engagement

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Contact is whom to reach at an organisation.
type Contact struct{ Name, Phone, Email string }

// Organisation is what this service asks account about an organisation.
type Organisation struct {
	ID, Name, CreditCode string
	Verified             bool
	Provider             bool // holds the capacity
	Size                 SizeClass
	District             string
	Contact              Contact
}

// Organisations answers who organisations are. Errors: Unavailable when account is away.
type Organisations interface {
	// Get reads organisations by id; those there are not are left out.
	Get(ctx context.Context, ids []string) (map[string]Organisation, error)
	// Firms reads what the checks compare.
	Firms(ctx context.Context, ids []string) (map[string]Firm, error)
	// Names reads the city's districts and service categories: code → name.
	Names(ctx context.Context) (districts, categories map[string]string, err error)
	// Calendar is the city's working days.
	Calendar(ctx context.Context) (when.Calendar, error)
}

// PoolStanding is where a provider stands in the pool: its membership's state and number, the categories it was admitted for, and how many
// engagements at a time each of its published offerings takes (0: not said).
type PoolStanding struct {
	Number, State string
	Categories    []string
	Capacity      map[string]int64
	// What it applied with, which the checks compare: account keeps no legal person.
	LegalPerson, Address, Phone string
}

// Pool answers where providers stand. Errors: Unavailable when the provider service is away.
type Pool interface {
	Standing(ctx context.Context, ids []string) (map[string]PoolStanding, error)
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
	Pool          Pool
	Looks         *accountapi.Looks // nil: nobody is told who looked
	Files         blob.Store
	Relay         Relay
	Audit         *audit.Log
	Now           func() time.Time
	Log           *slog.Logger
}

// Service is the engagement service: one method per operation.
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

func (s *Service) now() time.Time { return s.o.Now() }

// role is what an actor is to an engagement.
func role(a access.Actor, e *Engagement) Role {
	switch {
	case a.OrgID != "" && a.OrgID == e.ClientID:
		return Client
	case a.OrgID != "" && a.OrgID == e.ProviderID:
		return Provider
	case a.Operates(e.Terms.District):
		return Operator
	}
	return Stranger
}

// by is the actor as the one who takes a step.
func by(a access.Actor, e *Engagement) By {
	b := By{Role: role(a, e), UserID: a.UserID, OrgID: a.OrgID}
	switch b.Role {
	case Client:
		b.Name = e.ClientName
	case Provider:
		b.Name = e.ProviderName
	case Operator:
		b.Name = "主管部门"
	}
	return b
}

// load reads an engagement as it is now, for its sides and the operator: what the clock has to do is done first, so that what is read
// is right after a restart or a clock jump too. NotFound for everybody else.
func (s *Service) load(ctx context.Context, id string) (docstore.Doc[Engagement], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.engagements.Get(ctx, id)
	if err == nil && role(a, &doc.Body) == Stranger {
		err = access.Hide.Err()
	}
	if err == nil && doc.Body.DueAt != 0 && doc.Body.DueAt <= when.At(s.now()) {
		if err = s.tick(ctx, id); err == nil {
			doc, err = s.engagements.Get(ctx, id)
		}
	}
	return doc, a, err
}

// inForce is the settings that apply now, with the city's working days.
func (s *Service) inForce(ctx context.Context) (Settings, error) {
	book, err := s.settings.Read(ctx)
	if err != nil {
		return Settings{}, err
	}
	settings := book.InForce(s.now())
	settings.Calendar, err = s.o.Organisations.Calendar(ctx)
	return settings, err
}

// step is how a person changes an engagement: visible, then a pure step, at the revision the caller saw if it said so; and the event,
// to the other side (both, when the operator acts) and to those in also.
func (s *Service) step(ctx context.Context, id, kind string, params map[string]any, also []Role, fn func(e *Engagement, by By, now time.Time, st Settings) error) (api.Engagement, error) {
	_, a, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	st, err := s.inForce(ctx)
	if err != nil {
		return api.Engagement{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Engagement{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.engagements.Update(ctx, id, func(tx *docstore.Tx[Engagement]) error {
		e, who := tx.Body, by(a, tx.Body)
		if err := fn(e, who, tx.Now, st); err != nil {
			return err
		}
		to := []Role{who.Role.Other()}
		if who.Role == Operator {
			to = []Role{Client, Provider}
		}
		m := about(id, e, append(to, also...)...).with("by", who.Name).with("dueAt", at(e.Turn(tx.Now).Due))
		for name, value := range params {
			m.Params[name] = value
		}
		return tx.Emit(cmp.Or(kind, messaged), m)
	}, opts...)
	if err != nil {
		return api.Engagement{}, err
	}
	return s.view(ctx, doc, a)
}

func because(reason string) map[string]any { return map[string]any{"reason": reason} }

// standing asks account itself who organisations are: a decision is not left to a token that may be five minutes old.
func (s *Service) standing(ctx context.Context, ids ...string) (map[string]Organisation, error) {
	orgs, err := s.o.Organisations.Get(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if o, ok := orgs[id]; !ok {
			return nil, fault.New(fault.NotFound, "", "there is no such organisation")
		} else if !o.Verified {
			return nil, fault.New(fault.Forbidden, "org.not_verified", "the organisation is not verified yet")
		}
	}
	return orgs, nil
}

// choose turns names of districts and categories into their codes and refuses what is not on the city's lists.
func (s *Service) choose(ctx context.Context, t *Terms) error {
	districts, categories, err := s.o.Organisations.Names(ctx)
	if err != nil {
		return err
	}
	var f []fault.Field
	for _, c := range []struct {
		path  string
		value *string
		list  map[string]string
	}{{"district", &t.District, districts}, {"category", &t.Category, categories}} {
		if _, ok := c.list[*c.value]; ok || *c.value == "" {
			continue
		}
		code := ""
		for k, name := range c.list {
			if name == *c.value {
				code = k
			}
		}
		if code == "" {
			f = append(f, fault.Field{Path: c.path, Code: "not_a_choice"})
		}
		*c.value = code
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// names are the names of districts and categories by code.
func (s *Service) names(ctx context.Context) (map[string]string, error) {
	districts, categories, err := s.o.Organisations.Names(ctx)
	all := map[string]string{}
	for _, list := range []map[string]string{districts, categories} {
		for k, v := range list {
			all[k] = v
		}
	}
	return all, err
}

// UploadEngagementFile keeps a file for a step to name.
func (s *Service) UploadEngagementFile(ctx context.Context, content io.Reader, name string) (api.EngagementFile, error) {
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.EngagementFile{}, err
	}
	f := File{ID: ref.ID, Name: ref.Name, Type: ref.Type, Size: ref.Size, SHA256: ref.SHA256, At: when.At(s.now())}
	if _, err := s.uploads.Insert(ctx, ref.ID, Upload{OrgID: access.From(ctx).OrgID, File: f, At: f.At}); err != nil {
		if gone := s.o.Files.Delete(context.WithoutCancel(ctx), ref.ID); gone != nil {
			s.o.Log.Warn("a file that nothing names was left", "file", ref.ID, "error", gone)
		}
		return api.EngagementFile{}, err
	}
	return fileView(f), nil
}

// files reads the caller's uploads for a purpose. Errors: Invalid for an id that is not one of the caller's.
func (s *Service) files(ctx context.Context, ids []string, p Purpose, path string) ([]File, error) {
	docs, err := s.uploads.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	org := access.From(ctx).OrgID
	var all []File
	for _, d := range docs {
		if d.Body.OrgID == org {
			d.Body.File.Purpose = p
			all = append(all, d.Body.File)
		}
	}
	if len(all) != len(ids) {
		return nil, fault.Bad(fault.Field{Path: path, Code: "not_in"})
	}
	return all, nil
}

// Download is a file on its way out.
type Download struct {
	Ref     blob.Ref
	Content io.ReadCloser
}

// GetEngagementFile opens a file the dealing names.
func (s *Service) GetEngagementFile(ctx context.Context, id, file string) (Download, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return Download{}, err
	}
	if !slices.ContainsFunc(doc.Body.Files, func(f File) bool { return f.ID == file }) {
		return Download{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, file)
	return Download{ref, content}, err
}

// CreateEnquiry asks one to five providers at once. The enquiry is written first, whole; its engagements follow, and the clock makes
// those that a crash left out.
func (s *Service) CreateEnquiry(ctx context.Context, in api.EnquiryInput) (api.Enquiry, error) {
	a := access.From(ctx)
	st, err := s.inForce(ctx)
	if err != nil {
		return api.Enquiry{}, err
	}
	if len(in.ProviderOrgIds) > st.MaxProviders {
		return api.Enquiry{}, fault.Bad(fault.Field{Path: "providerOrgIds", Code: "too_large"})
	}
	orgs, err := s.standing(ctx, append([]string{a.OrgID}, in.ProviderOrgIds...)...)
	if err != nil {
		return api.Enquiry{}, err
	}
	pool, err := s.o.Pool.Standing(ctx, in.ProviderOrgIds)
	if err != nil {
		return api.Enquiry{}, err
	}
	client := orgs[a.OrgID]
	t := Terms{Category: in.Category, Subject: strings.TrimSpace(in.Subject), Need: strings.TrimSpace(in.Need), BudgetFen: in.BudgetFen, WishedBy: when.DayOf(in.WishedBy.Time), District: in.District}
	if err := s.choose(ctx, &t); err != nil {
		return api.Enquiry{}, err
	}
	files, err := s.files(ctx, in.FileIds, ForEnquiry, "fileIds")
	if err != nil {
		return api.Enquiry{}, err
	}
	q := Asked{ClientID: a.OrgID, ClientName: client.Name, UserID: a.UserID, Terms: t, OfferingID: in.OfferingId, OfferingName: in.OfferingName, Files: files,
		At: when.At(s.now()), DueAt: when.At(s.now())}
	id, fingerprint := rest.Creation(ctx, s.now())
	for _, p := range in.ProviderOrgIds {
		if !orgs[p].Provider {
			return api.Enquiry{}, fault.Bad(fault.Field{Path: "providerOrgIds", Code: "not_a_provider"})
		}
		party := Party{p, orgs[p].Name}
		if err := s.takesEnquiries(ctx, party, pool[p], t.Category, in.OfferingId); err != nil {
			return api.Enquiry{}, err
		}
		if _, err := Open(By{Role: Client}, s.now(), id, Party{a.OrgID, client.Name}, party, t, st); err != nil {
			return api.Enquiry{}, err // before anything is written
		}
		q.Providers = append(q.Providers, party)
	}
	doc, err := s.enquiries.Insert(ctx, id, q, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Enquiry{}, err
	}
	if err := s.spread(ctx, doc); err != nil {
		s.o.Log.Warn("an enquiry's engagements are left to the clock", "enquiry", id, "error", err)
	}
	return s.GetEnquiry(ctx, id)
}

// spread makes an enquiry's engagements, those that are there already left alone.
func (s *Service) spread(ctx context.Context, doc docstore.Doc[Asked]) error {
	q := &doc.Body
	st, err := s.inForce(ctx)
	if err != nil || q.DueAt == 0 {
		return err
	}
	for _, p := range q.Providers {
		who := By{Role: Client, UserID: q.UserID, OrgID: q.ClientID, Name: q.ClientName}
		e, err := Open(who, q.At.Time(), doc.ID, Party{q.ClientID, q.ClientName}, p, q.Terms, st)
		if err != nil {
			return err
		}
		e.OfferingID, e.OfferingName = q.OfferingID, q.OfferingName
		if err := e.attach(q.Files, ForEnquiry, who, q.At.Time()); err != nil {
			return err
		}
		id := keyOf("engagement", doc.ID, p.ID)
		_, err = s.engagements.Insert(ctx, id, e, docstore.Emit(enquired, about(id, &e, Provider).with("dueAt", at(e.FirstDue))))
		if err != nil && fault.KindOf(err) != fault.Duplicate {
			return err
		}
	}
	_, err = s.enquiries.Update(ctx, doc.ID, func(tx *docstore.Tx[Asked]) error {
		tx.Body.DueAt = 0
		return nil
	})
	return err
}

// GetEnquiry is one's own enquiry with its engagements.
func (s *Service) GetEnquiry(ctx context.Context, id string) (api.Enquiry, error) {
	a := access.From(ctx)
	doc, err := s.enquiries.Get(ctx, id)
	if err != nil {
		return api.Enquiry{}, err
	}
	q := &doc.Body
	if a.OrgID == "" || a.OrgID != q.ClientID {
		return api.Enquiry{}, access.Hide.Err()
	}
	v := api.Enquiry{Id: id, Subject: q.Terms.Subject, Category: q.Terms.Category, At: q.At.Time(), Engagements: []api.Engagement{}}
	err = s.engagements.Each(ctx, docstore.Query{Index: "enquiry", Equal: []any{id}}, func(d docstore.Doc[Engagement]) error {
		v.Engagements = append(v.Engagements, brief(s.viewOf(d, a, DefaultSettings())))
		return nil
	})
	return v, err
}

// ListMyEngagements is the caller's organisation's engagements on one side, last changed first.
func (s *Service) ListMyEngagements(ctx context.Context, side, state string, limit int, cursor string) (api.EngagementPage, error) {
	a := access.From(ctx)
	page := api.EngagementPage{Items: []api.Engagement{}}
	st, err := s.inForce(ctx)
	if err != nil {
		return page, err
	}
	q := docstore.Query{Index: cmp.Or(side, "client"), Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if state != "" {
		q.Index, q.Equal = q.Index+"State", []any{a.OrgID, state}
	}
	found, err := s.engagements.Find(ctx, q)
	page.Next = found.Next
	for _, d := range found.Items {
		page.Items = append(page.Items, brief(s.viewOf(d, a, st)))
	}
	return page, err
}

// GetEngagement is one engagement as its reader may see it.
func (s *Service) GetEngagement(ctx context.Context, id string) (api.Engagement, error) {
	doc, a, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	return s.view(ctx, doc, a)
}

// PostEngagementMessage adds a message. Its number is drawn on the engagement first, with the event; the message itself follows under
// that number, so a crash in between leaves a gap, never two messages in one place.
func (s *Service) PostEngagementMessage(ctx context.Context, id string, in api.MessageInput) (api.EngagementMessage, error) {
	text := strings.TrimSpace(in.Text)
	if text == "" {
		return api.EngagementMessage{}, fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	files, err := s.files(ctx, in.FileIds, ForMessage, "fileIds")
	if err != nil {
		return api.EngagementMessage{}, err
	}
	m := Message{EngagementID: id, Text: text, Files: ids(files)}
	_, err = s.step(ctx, id, messaged, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		if err := e.Say(by, now, files, st); err != nil {
			return err
		}
		m.Number, m.Role, m.Name, m.UserID, m.At = e.Messages, by.Role, by.Name, by.UserID, when.At(now)
		return nil
	})
	if err != nil {
		return api.EngagementMessage{}, err
	}
	doc, err := s.messages.Insert(ctx, messageID(id, m.Number), m)
	if err != nil {
		return api.EngagementMessage{}, err
	}
	return messageView(doc, m.Role), nil
}

// ListEngagementMessages is the thread, oldest first.
func (s *Service) ListEngagementMessages(ctx context.Context, id string, limit int, cursor string) (api.EngagementMessagePage, error) {
	page := api.EngagementMessagePage{Items: []api.EngagementMessage{}}
	doc, a, err := s.load(ctx, id)
	if err != nil {
		return page, err
	}
	found, err := s.messages.Find(ctx, docstore.Query{Index: "thread", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor})
	page.Next = found.Next
	for _, d := range found.Items {
		page.Items = append(page.Items, messageView(d, role(a, &doc.Body)))
	}
	return page, err
}
