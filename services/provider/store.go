package provider

import (
	"context"
	"fmt"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// serial counts the numbers of one year.
type serial struct {
	Last int `json:"last"`
}

// seat says that an expert was asked to score an application, id "<person>:<organisation>": what an expert's list is read from.
type seat struct {
	PersonID string       `json:"personId"`
	OrgID    string       `json:"orgId"`
	At       when.Instant `json:"at"`
}

// store is this service's collections and the few queries on them.
type store struct {
	db          *docstore.DB
	members     *docstore.Collection[Membership]
	offerings   *docstore.Collection[Offering]
	favourites  *docstore.Collection[favourite]
	reports     *docstore.Collection[RedLineReport]
	evaluations *docstore.Collection[Evaluation]
	rows        *docstore.Collection[frozenRows]
	seats       *docstore.Collection[seat]
	flags       *docstore.Collection[AdmissionFlag]
	traits      *docstore.Collection[bearer]
	tallies     *docstore.Collection[tallySheet]
	settings    *docstore.Sole[SettingsBook]
	serials     *docstore.Collection[serial]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var err error
	if s.members, err = docstore.NewCollection[Membership](ctx, db, docstore.Spec{Name: "members", Version: 1, Searchable: true, Indexes: []docstore.Index{
		{Name: "board", Fields: []string{"board", "admittedAt"}},
		{Name: "state", Fields: []string{"state", "submittedAt"}},
		{Name: "stateDistrict", Fields: []string{"jurisdiction", "state", "submittedAt"}},
		{Name: "certificate", Fields: []string{"certificate"}},
		{Name: "changed", Fields: []string{"changedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
		{Name: "watched", Fields: []string{"watchedAt"}},
		{Name: "reported", Fields: []string{"reportedAt"}},
		{Name: "drafted", Fields: []string{"draftedBy", "changedAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.offerings, err = docstore.NewCollection[Offering](ctx, db, docstore.Spec{Name: "offerings", Version: 1, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "changedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.favourites, err = docstore.NewCollection[favourite](ctx, db, docstore.Spec{Name: "favourites", Version: 1, Indexes: []docstore.Index{
		{Name: "person", Fields: []string{"userId", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.reports, err = docstore.NewCollection[RedLineReport](ctx, db, docstore.Spec{Name: "reports", Version: 1, Indexes: []docstore.Index{
		{Name: "state", Fields: []string{"state", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.evaluations, err = docstore.NewCollection[Evaluation](ctx, db, docstore.Spec{Name: "evaluations", Version: 1, Indexes: []docstore.Index{
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.rows, err = docstore.NewCollection[frozenRows](ctx, db, docstore.Spec{Name: "evaluation_rows", Version: 1}); err != nil {
		return nil, err
	}
	if s.seats, err = docstore.NewCollection[seat](ctx, db, docstore.Spec{Name: "seats", Version: 1, Indexes: []docstore.Index{
		{Name: "person", Fields: []string{"personId", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.flags, err = docstore.NewCollection[AdmissionFlag](ctx, db, docstore.Spec{Name: "flags", Version: 1, Indexes: []docstore.Index{
		{Name: "state", Fields: []string{"state", "at"}},
		{Name: "time", Fields: []string{"at"}},
		{Name: "first", Fields: []string{"first", "at"}},
		{Name: "second", Fields: []string{"second", "at"}},
	}}); err != nil {
		return nil, err
	}
	if s.traits, err = docstore.NewCollection[bearer](ctx, db, docstore.Spec{Name: "traits", Version: 1, Unwitnessed: true}); err != nil {
		return nil, err
	}
	if s.tallies, err = docstore.NewCollection[tallySheet](ctx, db, docstore.Spec{Name: "tallies", Version: 1, Unwitnessed: true}); err != nil {
		return nil, err
	}
	if s.settings, err = docstore.NewSole(ctx, db, docstore.Spec{Name: "settings", Version: 1}, firstSettings); err != nil {
		return nil, err
	}
	s.serials, err = docstore.NewCollection[serial](ctx, db, docstore.Spec{Name: "serials", Version: 1, Unwitnessed: true})
	return s, err
}

// nextNumber draws the next number of the pool in a year, "ZY2026-0001". One drawn for an admission that then fails is not used again.
func (s *store) nextNumber(ctx context.Context, now time.Time) (string, error) {
	year := now.In(when.China).Format("2006")
	doc, err := s.serials.Upsert(ctx, year, func(n *serial) error {
		n.Last++
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ZY%s-%04d", year, doc.Body.Last), nil
}

// inPoolNow calls fn for every provider on the public list, the newest first.
func (s *store) inPoolNow(ctx context.Context, fn func(docstore.Doc[Membership]) error) error {
	return s.members.Each(ctx, docstore.Query{Index: "board", Equal: []any{"public"}, Descending: true}, fn)
}

// firstSettings are the settings until the city changes them.
func firstSettings() SettingsBook { return SettingsBook{Versions: []Settings{DefaultSettings()}} }

func (s *store) inForce(ctx context.Context, at time.Time) (Settings, error) {
	book, err := s.settings.Read(ctx)
	if err != nil {
		return Settings{}, err
	}
	return book.InForce(at), nil
}
