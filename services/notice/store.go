package notice

import (
	"context"

	"lianbang/services/platform/docstore"
)

// store is everything this service keeps, each in a collection of its own.
type store struct {
	db      *docstore.DB
	notices *docstore.Collection[Notice]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var err error
	s.notices, err = docstore.NewCollection[Notice](ctx, db, docstore.Spec{Name: "notices", Version: 1, Indexes: []docstore.Index{
		{Name: "board", Fields: []string{"board", "putUpAt"}},
		{Name: "boardState", Fields: []string{"board", "state", "putUpAt"}},
		{Name: "boardType", Fields: []string{"board", "type", "putUpAt"}},
		{Name: "boardKind", Fields: []string{"board", "kind", "putUpAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}})
	return s, err
}
