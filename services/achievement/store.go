package achievement

import (
	"context"
	"time"

	"lianbang/services/platform/docstore"
)

// store is this service's collections and the few queries on them.
type store struct {
	db           *docstore.DB
	achievements *docstore.Collection[Achievement]
	deals        *docstore.Collection[Deal]
	sheets       *docstore.Collection[Sheet]
	tallies      *docstore.Collection[ListTally]
	messages     *docstore.Collection[Message]
	versions     *docstore.Collection[Version]
	views        *docstore.Collection[Views]
	settings     *docstore.Sole[SettingsBook]
	lists        *docstore.Collection[List]
	entries      *docstore.Collection[Entry]
	imports      *docstore.Collection[Import]
	gates        *docstore.Collection[Gate]
	rows         *docstore.Collection[ImportRow]
	headings     *docstore.Collection[Headings]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var err error
	if s.achievements, err = docstore.NewCollection[Achievement](ctx, db, docstore.Spec{Name: "achievements", Version: 1, Searchable: true, Indexes: []docstore.Index{
		{Name: "board", Fields: []string{"publicBoard", "publishedAt"}},
		{Name: "boardOrg", Fields: []string{"publicBoard", "orgId", "publishedAt"}},
		{Name: "mine", Fields: []string{"orgId", "changedAt"}},
		{Name: "mineState", Fields: []string{"orgId", "state", "changedAt"}},
		{Name: "review", Fields: []string{"reviewBoard", "submittedAt"}},
		{Name: "reviewDistrict", Fields: []string{"reviewBoard", "district", "submittedAt"}},
		{Name: "due", Fields: []string{"noticeTaskAt"}},
		{Name: "drafted", Fields: []string{"draftedBy", "changedAt"}},
		{Name: "telling", Fields: []string{"tellAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.deals, err = docstore.NewCollection[Deal](ctx, db, docstore.Spec{Name: "deals", Version: 2, Upgrade: upgradeDeal, Indexes: []docstore.Index{
		{Name: "slot", Fields: []string{"slot"}, Unique: true},
		{Name: "registration", Fields: []string{"registrationKey"}, Unique: true},
		{Name: "certificate", Fields: []string{"certificate"}},
		{Name: "achievement", Fields: []string{"achievementId", "changedAt"}},
		{Name: "seller", Fields: []string{"sellerId", "changedAt"}},
		{Name: "sellerState", Fields: []string{"sellerId", "state", "changedAt"}},
		{Name: "firm", Fields: []string{"firmId", "changedAt"}},
		{Name: "firmState", Fields: []string{"firmId", "state", "changedAt"}},
		{Name: "jurisdiction", Fields: []string{"jurisdiction", "changedAt"}},
		{Name: "jurisdictionState", Fields: []string{"jurisdiction", "state", "changedAt"}},
		{Name: "changed", Fields: []string{"changedAt"}},
		{Name: "changedState", Fields: []string{"state", "changedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
		{Name: "figure", Fields: []string{"figure"}},
	}}); err != nil {
		return nil, err
	}
	if s.sheets, err = docstore.NewCollection[Sheet](ctx, db, docstore.Spec{Name: "sheets", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "seller", Fields: []string{"sellerId", "month"}},
		{Name: "jurisdiction", Fields: []string{"jurisdiction", "month"}},
	}}); err != nil {
		return nil, err
	}
	if s.tallies, err = docstore.NewCollection[ListTally](ctx, db, docstore.Spec{Name: "list_tallies", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.messages, err = docstore.NewCollection[Message](ctx, db, docstore.Spec{Name: "messages", Version: 1, Indexes: []docstore.Index{
		{Name: "deal", Fields: []string{"dealId", "number"}},
	}}); err != nil {
		return nil, err
	}
	if s.versions, err = docstore.NewCollection[Version](ctx, db, docstore.Spec{Name: "versions", Version: 1}); err != nil {
		return nil, err
	}
	if s.views, err = docstore.NewCollection[Views](ctx, db, docstore.Spec{Name: "views", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "total"}},
	}}); err != nil {
		return nil, err
	}
	if err := s.openCatalogue(ctx); err != nil {
		return nil, err
	}
	s.settings, err = docstore.NewSole(ctx, db, docstore.Spec{Name: "settings", Version: 1}, firstSettings)
	return s, err
}

// openCatalogue opens what lists and imports are kept in.
func (s *store) openCatalogue(ctx context.Context) (err error) {
	if s.lists, err = docstore.NewCollection[List](ctx, s.db, docstore.Spec{Name: "lists", Version: 1, Indexes: []docstore.Index{
		{Name: "key", Fields: []string{"key"}, Unique: true},
		{Name: "org", Fields: []string{"orgId", "at"}},
	}}); err != nil {
		return err
	}
	if s.entries, err = docstore.NewCollection[Entry](ctx, s.db, docstore.Spec{Name: "entries", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "list", Fields: []string{"listId", "at"}},
		{Name: "state", Fields: []string{"listId", "state"}},
		{Name: "achievement", Fields: []string{"achievementId"}},
	}}); err != nil {
		return err
	}
	if s.imports, err = docstore.NewCollection[Import](ctx, s.db, docstore.Spec{Name: "imports", Version: 1, Indexes: []docstore.Index{
		{Name: "org", Fields: []string{"orgId", "createdAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}}); err != nil {
		return err
	}
	if s.gates, err = docstore.NewCollection[Gate](ctx, s.db, docstore.Spec{Name: "import_gates", Version: 1, Unwitnessed: true}); err != nil {
		return err
	}
	if s.rows, err = docstore.NewCollection[ImportRow](ctx, s.db, docstore.Spec{Name: "import_rows", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "import", Fields: []string{"importId", "row"}},
		{Name: "outcome", Fields: []string{"importId", "outcome", "row"}},
		{Name: "exact", Fields: []string{"importId", "exact", "row"}},
	}}); err != nil {
		return err
	}
	s.headings, err = docstore.NewCollection[Headings](ctx, s.db, docstore.Spec{Name: "headings", Version: 1, Unwitnessed: true})
	return err
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
