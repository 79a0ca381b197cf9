package capability

import (
	"context"

	"lianbang/services/platform/docstore"
)

// store is this service's collections.
type store struct {
	db           *docstore.DB
	capabilities *docstore.Collection[Capability]
	requirements *docstore.Collection[Requirements]
	suppliers    *docstore.Collection[QualifiedSupplier]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var err error
	if s.capabilities, err = docstore.NewCollection[Capability](ctx, db, docstore.Spec{Name: "capabilities", Version: 1, Searchable: true, Indexes: []docstore.Index{
		{Name: "item", Fields: []string{"itemKey"}, Unique: true},
		{Name: "board", Fields: []string{"board", "publishedAt"}},
		{Name: "boardOrg", Fields: []string{"orgId", "board", "publishedAt"}},
		{Name: "mine", Fields: []string{"orgId", "changedAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.requirements, err = docstore.NewCollection[Requirements](ctx, db, docstore.Spec{Name: "requirements", Version: 1}); err != nil {
		return nil, err
	}
	s.suppliers, err = docstore.NewCollection[QualifiedSupplier](ctx, db, docstore.Spec{Name: "suppliers", Version: 1, Indexes: []docstore.Index{
		{Name: "buyer", Fields: []string{"buyerId", "changedAt"}},
		{Name: "supplier", Fields: []string{"supplierId", "changedAt"}},
		{Name: "public", Fields: []string{"buyerId", "board", "changedAt"}},
	}})
	return s, err
}
