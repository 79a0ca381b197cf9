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

func upsertCountsAfterReading(t *testing.T, p place) {
	open := func() *docstore.Collection[pageOfRules] {
		c, err := docstore.NewCollection[pageOfRules](t.Context(), p.open(t), docstore.Spec{Name: "counts", Version: 1})
		noError(t, err)
		return c
	}
	here, elsewhere := open(), open()
	for _, there := range []bool{false, true} {
		id := map[bool]string{false: "new", true: "there"}[there]
		if there {
			_, err := here.Upsert(t.Context(), id, func(b *pageOfRules) error { b.Days = 7; return nil })
			noError(t, err)
		}
		// Another process counts and writes while this one has counted and not written yet.
		truth, meanwhile := 1, true
		doc, err := here.Upsert(t.Context(), id, func(b *pageOfRules) error {
			b.Days = truth
			if meanwhile {
				truth, meanwhile = 2, false
				_, err := elsewhere.Upsert(t.Context(), id, func(b *pageOfRules) error { b.Days = truth; return nil })
				return err
			}
			return nil
		})
		noError(t, err)
		kept, err := elsewhere.Get(t.Context(), id)
		if err != nil || kept.Body.Days != 2 || doc.Body.Days != 2 {
			t.Errorf("%s: the older count was written last: %+v, %v", id, kept.Body, err)
		}
	}
}
