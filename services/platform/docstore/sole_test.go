package docstore_test

import (
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
)

type pageOfRules struct {
	Days int `json:"days"`
}

func soleIsMadeOnceAndReadByAll(t *testing.T, p place) {
	var made atomic.Int32
	open := func() *docstore.Sole[pageOfRules] {
		s, err := docstore.NewSole(t.Context(), p.open(t), docstore.Spec{Name: "rules", Version: 1}, func() pageOfRules {
			return pageOfRules{Days: int(made.Add(1))}
		})
		noError(t, err)
		return s
	}
	here, there := open(), open()
	together(t, 16, func(i int) error {
		_, err := []*docstore.Sole[pageOfRules]{here, there}[i%2].Read(t.Context())
		return err
	})
	first, err := here.Doc(t.Context())
	noError(t, err)
	if other, err := there.Read(t.Context()); err != nil || other != first.Body || first.Rev != 1 {
		t.Fatalf("two processes made %+v and %+v: %v", first, other, err)
	}

	changed, err := here.Update(t.Context(), func(tx *docstore.Tx[pageOfRules]) error { tx.Body.Days = 90; return nil }, docstore.IfRev(first.Rev))
	noError(t, err)
	if now, err := here.Read(t.Context()); err != nil || now != changed.Body || now.Days != 90 {
		t.Errorf("who changed it reads %+v: %v", now, err)
	}
	within(t, 20*time.Second, "the other process reads the change", func() bool {
		now, err := there.Read(t.Context())
		return err == nil && now.Days == 90
	})
	if _, err := there.Update(t.Context(), func(tx *docstore.Tx[pageOfRules]) error { tx.Body.Days = 1; return nil }, docstore.IfRev(first.Rev)); err == nil {
		t.Error("a change on an old revision was taken")
	}
}
