package capability

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"lianbang/services/capability/api"
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
	Capacities []access.Capacity
	District   string
	Chains     []string
}

// Organisations answers who an organisation is. Errors: NotFound; Unavailable when account is away.
type Organisations interface {
	Get(ctx context.Context, id string) (Organisation, error)
	// GetMany leaves out those that are not there.
	GetMany(ctx context.Context, ids []string) (map[string]Organisation, error)
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
	Demands       Demands
	Files         blob.Store
	Relay         Relay
	Audit         *audit.Log
	Now           func() time.Time
	Log           *slog.Logger
}

// Service is the capability service: one method per operation.
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

// mustStand asks account itself: what becomes public is not left to a token that may be five minutes old.
func (s *Service) mustStand(ctx context.Context, orgID string) (Organisation, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err == nil && !org.Verified {
		err = fault.New(fault.Forbidden, "org.not_verified", "the organisation is not verified yet")
	}
	return org, err
}

// chainCode turns the name of an industry chain into its code; empty gives the organisation's first.
func (s *Service) chainCode(ctx context.Context, chain string, org Organisation) (string, error) {
	if chain == "" {
		if len(org.Chains) > 0 {
			return org.Chains[0], nil
		}
		return "", nil
	}
	all, err := s.o.Lists.Chains(ctx)
	if err != nil {
		return "", err
	}
	bare := func(s string) string { return strings.TrimSuffix(s, "产业链") }
	i := slices.IndexFunc(all, func(c Choice) bool { return c.Code == chain || bare(c.Name) == bare(chain) })
	if i < 0 {
		return "", fault.Bad(fault.Field{Path: "chain", Code: "not_a_choice"})
	}
	return all[i].Code, nil
}

// visible loads a capability the reader may know of; NotFound otherwise.
func (s *Service) visible(ctx context.Context, id string) (docstore.Doc[Capability], error) {
	doc, err := s.capabilities.Get(ctx, id)
	if err == nil && !doc.Body.Public() && !owns(ctx, &doc.Body) {
		err = access.Hide.Err()
	}
	return doc, err
}

func owns(ctx context.Context, c *Capability) bool {
	a := access.From(ctx)
	return a.OrgID != "" && a.OrgID == c.OrgID
}

// change is the one way a capability is changed: its owner's, by a pure step, at the revision the caller saw if it said so.
func (s *Service) change(ctx context.Context, id string, step func(tx *docstore.Tx[Capability], userID string) error) (api.Capability, error) {
	doc, err := s.visible(ctx, id)
	if err != nil {
		return api.Capability{}, err
	}
	if !owns(ctx, &doc.Body) {
		return api.Capability{}, access.Forbid.Err()
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Capability{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err = s.capabilities.Update(ctx, id, func(tx *docstore.Tx[Capability]) error { return step(tx, access.From(ctx).UserID) }, opts...)
	if err != nil {
		return api.Capability{}, numberTaken(err)
	}
	return s.view(ctx, doc), nil
}

// numberTaken names the one thing that can be taken: the firm's own number.
func numberTaken(err error) error {
	if fault.KindOf(err) == fault.Duplicate {
		return fault.Bad(fault.Field{Path: "itemNumber", Code: "duplicate"})
	}
	return err
}

// CreateCapability makes a draft of the caller's organisation.
func (s *Service) CreateCapability(ctx context.Context, in api.CapabilityInput) (api.Capability, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Capability{}, err
	}
	terms := termsOf(in)
	if terms.Chain, err = s.chainCode(ctx, terms.Chain, org); err != nil {
		return api.Capability{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	c, err := New(id, org.ID, org.Name, org.District, a.UserID, terms, s.now())
	if err != nil {
		return api.Capability{}, err
	}
	doc, err := s.capabilities.Insert(ctx, id, c, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Capability{}, numberTaken(err)
	}
	return s.view(ctx, doc), nil
}

// EditCapability replaces the terms.
func (s *Service) EditCapability(ctx context.Context, id string, in api.CapabilityInput) (api.Capability, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Capability{}, err
	}
	org, err := s.mustStand(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.Capability{}, err
	}
	terms := termsOf(in)
	if terms.Chain, err = s.chainCode(ctx, terms.Chain, org); err != nil {
		return api.Capability{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error {
		tx.Body.OrgName, tx.Body.District = org.Name, org.District // as they are now
		return tx.Body.Edit(id, userID, terms, tx.Now)
	})
}

// PublishCapability makes it public, under the organisation's present name.
func (s *Service) PublishCapability(ctx context.Context, id string) (api.Capability, error) {
	org, err := s.mustStand(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.Capability{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error {
		tx.Body.OrgName, tx.Body.District = org.Name, org.District
		return tx.Body.Publish(userID, tx.Now)
	})
}

// PauseCapability takes no orders for now.
func (s *Service) PauseCapability(ctx context.Context, id, reason string) (api.Capability, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error { return tx.Body.Pause(userID, reason, tx.Now) })
}

// ResumeCapability takes orders again.
func (s *Service) ResumeCapability(ctx context.Context, id string) (api.Capability, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error { return tx.Body.Resume(userID, tx.Now) })
}

// WithdrawCapability takes it off.
func (s *Service) WithdrawCapability(ctx context.Context, id, reason string) (api.Capability, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error {
		return tx.Body.Withdraw(userID, reason, tx.Now)
	})
}

// GetCapability is one capability as the reader may see it.
func (s *Service) GetCapability(ctx context.Context, id string) (api.Capability, error) {
	doc, err := s.visible(ctx, id)
	if err != nil {
		return api.Capability{}, err
	}
	return s.view(ctx, doc), nil
}

// publicSteps are the lines of the history anybody may read.
var publicSteps = []Action{Edit, Publish, Pause, Resume, AddFile, RemoveFile}

// GetCapabilityHistory is what each version changed. Others than its owner read what was public, without names and reasons.
func (s *Service) GetCapabilityHistory(ctx context.Context, id string) ([]api.CapabilityEntry, error) {
	doc, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	inside := owns(ctx, &doc.Body)
	entries := []api.CapabilityEntry{}
	for _, e := range doc.Body.History {
		if !inside && (e.Version == 0 || !slices.Contains(publicSteps, e.Action)) {
			continue
		}
		v := api.CapabilityEntry{At: e.At.Time(), Action: string(e.Action), Version: e.Version}
		if inside {
			v.Reason = e.Reason
		}
		for _, c := range e.Changes {
			if inside || c.Field != "itemNumber" {
				v.Changes = append(v.Changes, api.CapabilityChange{Field: c.Field, Before: c.Before, After: c.After})
			}
		}
		entries = append(entries, v)
	}
	return entries, nil
}

// ListCapabilities is the public board, newest first.
func (s *Service) ListCapabilities(ctx context.Context, orgID string, limit int, cursor string) (api.CapabilityPage, error) {
	q := docstore.Query{Index: "board", Equal: []any{publicBoard}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if orgID != "" {
		q.Index, q.Equal = "boardOrg", []any{orgID, publicBoard}
	}
	return s.page(ctx, q)
}

// ListMyCapabilities are the caller's organisation's.
func (s *Service) ListMyCapabilities(ctx context.Context, limit int, cursor string) (api.CapabilityPage, error) {
	return s.page(ctx, docstore.Query{Index: "mine", Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
}

func (s *Service) page(ctx context.Context, q docstore.Query) (api.CapabilityPage, error) {
	page := api.CapabilityPage{Items: []api.Capability{}}
	found, err := s.capabilities.Find(ctx, q)
	if err != nil {
		return page, err
	}
	if q.Cursor == "" {
		if page.Total, err = s.capabilities.Count(ctx, q); err != nil {
			return page, err
		}
	}
	for _, doc := range found.Items {
		page.Items = append(page.Items, s.view(ctx, doc))
	}
	page.Next = found.Next
	return page, nil
}

// AddCapabilityFile keeps a file with a capability.
func (s *Service) AddCapabilityFile(ctx context.Context, id string, content io.Reader, name string) (api.Capability, error) {
	doc, err := s.visible(ctx, id)
	if err != nil {
		return api.Capability{}, err
	}
	if !owns(ctx, &doc.Body) {
		return api.Capability{}, access.Forbid.Err()
	}
	trial := doc.Body
	if err := trial.AddFile("", File{}, s.now()); err != nil { // before a large file is taken in
		return api.Capability{}, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.Capability{}, err
	}
	kept := File{ID: ref.ID, Name: ref.Name, Size: ref.Size, Type: ref.Type, At: when.At(s.now())}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error { return tx.Body.AddFile(userID, kept, tx.Now) })
	if err != nil {
		err = errors.Join(err, s.o.Files.Delete(context.WithoutCancel(ctx), ref.ID))
	}
	return v, err
}

// RemoveCapabilityFile shows it no longer. The file itself stays: an earlier version showed it.
func (s *Service) RemoveCapabilityFile(ctx context.Context, id, fileID string) (api.Capability, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Capability], userID string) error {
		return tx.Body.RemoveFile(userID, fileID, tx.Now)
	})
}

// Download is a file on its way out.
type Download struct {
	Ref     blob.Ref
	Content io.ReadCloser
}

// GetCapabilityFile is for whoever may read the capability.
func (s *Service) GetCapabilityFile(ctx context.Context, id, fileID string) (Download, error) {
	doc, err := s.visible(ctx, id)
	if err != nil {
		return Download{}, err
	}
	if !slices.ContainsFunc(doc.Body.Files, func(f File) bool { return f.ID == fileID }) {
		return Download{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, fileID)
	return Download{Ref: ref, Content: content}, err
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

// RetryParkedEvent puts a parked event back in the queue.
func (s *Service) RetryParkedEvent(ctx context.Context, id string) error {
	return s.o.Relay.Retry(ctx, id)
}
