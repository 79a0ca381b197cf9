package notice

import (
	"context"
	"errors"

	"lianbang/services/platform/docstore"
)

// store is everything this service keeps, each in a collection of its own.
type store struct {
	db         *docstore.DB
	notices    *docstore.Collection[Notice]
	objections *docstore.Collection[Objection]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var errs [2]error
	s.notices, errs[0] = docstore.NewCollection[Notice](ctx, db, docstore.Spec{Name: "notices", Version: 1, Indexes: []docstore.Index{
		{Name: "board", Fields: []string{"board", "putUpAt"}},
		{Name: "boardState", Fields: []string{"board", "state", "putUpAt"}},
		{Name: "boardType", Fields: []string{"board", "type", "putUpAt"}},
		{Name: "boardKind", Fields: []string{"board", "kind", "putUpAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}})
	s.objections, errs[1] = docstore.NewCollection[Objection](ctx, db, docstore.Spec{Name: "objections", Version: 1, Indexes: []docstore.Index{
		{Name: "code", Fields: []string{"codeHash"}, Unique: true},
		{Name: "notice", Fields: []string{"noticeId", "state", "filedAt"}},
		{Name: "ofNotice", Fields: []string{"noticeId", "filedAt"}},
		{Name: "filed", Fields: []string{"filedAt"}},
		{Name: "stage", Fields: []string{"state", "filedAt"}},
		{Name: "district", Fields: []string{"district", "filedAt"}},
		{Name: "districtStage", Fields: []string{"district", "state", "filedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}})
	return s, errors.Join(errs[:]...)
}
