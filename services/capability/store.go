package capability

import (
	"context"

	"lianbang/services/platform/docstore"
)

// store is this service's collections.
type store struct {
	db           *docstore.DB
	capabilities *docstore.Collection[Capability]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var err error
	s.capabilities, err = docstore.NewCollection[Capability](ctx, db, docstore.Spec{Name: "capabilities", Version: 1, Searchable: true, Indexes: []docstore.Index{
		{Name: "item", Fields: []string{"itemKey"}, Unique: true},
		{Name: "board", Fields: []string{"board", "publishedAt"}},
		{Name: "boardOrg", Fields: []string{"orgId", "board", "publishedAt"}},
		{Name: "mine", Fields: []string{"orgId", "changedAt"}},
	}})
	return s, err
}
