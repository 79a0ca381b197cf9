package engagement

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// generated makes engagements at random stages over a year, districts and categories.
func generated(t testing.TB, n int) []Engagement {
	r := rand.New(rand.NewPCG(1, 2))
	ready := stages(t)
	names := make([]string, 0, len(ready))
	for name := range ready {
		names = append(names, name)
	}
	slices.Sort(names)
	all := make([]Engagement, n)
	for i := range all {
		e := *ready[names[r.IntN(len(names))]]
		e.Terms.District, e.Terms.Category = fmt.Sprint("d", 1+r.IntN(2)), []string{"innovation", "ip"}[r.IntN(2)]
		e.CreatedAt = when.At(day0.AddDate(0, -r.IntN(12), 0))
		e.ProviderID = fmt.Sprint("p", r.IntN(50))
		e.settle()
		all[i] = e
	}
	return all
}

// recounted is the brute force: every number from the engagements themselves.
func recounted(all []Engagement, keep func(*Engagement) bool) Cell {
	var c Cell
	for i := range all {
		if keep(&all[i]) {
			c.Add(all[i].Cell())
		}
	}
	return c
}

// loaded is a town with engagements and figures that followed them.
func loaded(t testing.TB, all []Engagement) *town {
	w := newTown(t)
	ctx := context.Background()
	var wg sync.WaitGroup
	for part := range 16 { // together, so that the store can commit several at once
		wg.Go(func() {
			for i := part; i < len(all); i += 16 {
				if _, err := w.s.engagements.Insert(ctx, fmt.Sprintf("e%06d", i), all[i]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	n, err := w.s.RecountAll(ctx)
	must(t, err)
	if n != int64(len(all)) {
		t.Fatalf("%d of %d engagements are counted", n, len(all))
	}
	return w
}

// TestFiguresEqualARecount: the maintained figures are what counting everything gives, whole and in every cut, and again after changes
// whose events came late, twice and out of order.
func TestFiguresEqualARecount(t *testing.T) {
	n := 120
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 50_000
	}
	all := generated(t, n)
	w := loaded(t, all)
	city := access.With(context.Background(), access.Actor{UserID: "u", Staff: access.CityOperator})
	compare := func(stage string) {
		t.Helper()
		f, err := w.s.GetEngagementFigures(city, Slice{})
		must(t, err)
		if want := cellView(recounted(all, func(*Engagement) bool { return true })); f.Total != want {
			t.Fatalf("%s: total %+v, counted %+v", stage, f.Total, want)
		}
		for _, l := range f.ByMonth {
			if want := cellView(recounted(all, func(e *Engagement) bool { return e.Month == l.Key })); l.Cell != want {
				t.Fatalf("%s: %s %+v, counted %+v", stage, l.Key, l.Cell, want)
			}
		}
		for _, l := range f.ByCategory {
			if want := cellView(recounted(all, func(e *Engagement) bool { return e.Category == l.Key })); l.Cell != want {
				t.Fatalf("%s: %s %+v, counted %+v", stage, l.Key, l.Cell, want)
			}
		}
		var ids []string
		for i := range 50 {
			ids = append(ids, fmt.Sprint("p", i))
		}
		ledgers, err := w.s.ListProviderLedgersInternal(city, api.LedgerInput{OrgIds: ids, From: "2000-01", To: "2100-01"})
		must(t, err)
		counted := map[string]Cell{} // by provider and month
		for i := range all {
			key := all[i].ProviderID + all[i].Month
			sum := counted[key]
			sum.Add(all[i].Cell())
			counted[key] = sum
		}
		for _, l := range ledgers.Items {
			for _, m := range l.Months {
				if want := cellView(counted[l.OrgId+m.Key]); m.Cell != want {
					t.Fatalf("%s: %s in %s %+v, counted %+v", stage, l.OrgId, m.Key, m.Cell, want)
				}
				delete(counted, l.OrgId+m.Key)
			}
		}
		if len(counted) > 0 {
			t.Fatalf("%s: no ledger has %d months of providers", stage, len(counted))
		}
		var took []time.Duration
		for range 5 {
			begin := time.Now()
			_, err := w.s.GetEngagementFigures(city, Slice{District: "d1", Category: "ip"})
			must(t, err)
			took = append(took, time.Since(begin))
		}
		slices.Sort(took)
		t.Logf("%s: %d engagements, the dashboard answers in %v (median of 5)", stage, n, took[2])
	}
	compare("at first")
	ids := rand.New(rand.NewPCG(4, 4)).Perm(n)[:min(n/20, 100)]
	for _, i := range ids {
		doc, err := w.s.engagements.Update(city, fmt.Sprintf("e%06d", i), func(tx *docstore.Tx[Engagement]) error {
			if tx.Body.State == Enquiry {
				return tx.Body.Decline(provider, tx.Now, "近期排满")
			}
			return nil
		})
		must(t, err)
		all[i] = doc.Body
	}
	for _, i := range append(ids, ids[:len(ids)/2]...) {
		must(t, w.s.Settled(city, docstore.Event{Kind: declined, Source: "engagements", DocumentID: fmt.Sprintf("e%06d", i)}))
	}
	compare("after changes")

	// Wrong figures, and figures nothing stands behind, are gone once everything is made anew.
	_, err := w.s.sheets.Insert(city, "1999-01:nowhere", Sheet{Month: "1999-01", District: "nowhere", Cells: map[string]Cell{"ip": {Enquiries: 7}}})
	must(t, err)
	_, err = w.s.sheets.Update(city, all[0].Month+":"+all[0].District, func(tx *docstore.Tx[Sheet]) error {
		tx.Body.Cells[all[0].Category] = Cell{Enquiries: 1_000_000}
		return nil
	})
	must(t, err)
	_, err = w.s.RecountAll(city)
	must(t, err)
	compare("made anew")
	if nowhere, err := w.s.sheets.Get(city, "1999-01:nowhere"); err != nil || nowhere.Body.Cells["ip"] != (Cell{}) {
		t.Errorf("a figure nothing stands behind is %+v %v", nowhere.Body.Cells, err)
	}

	few := []api.Measure{"enquiries", "contractFen", "marks", "offline"}
	for m := range (&Cell{}).parts() {
		if n < 1000 && !slices.Contains(few, m) {
			continue // all of them at full size
		}
		rows, err := w.s.ListLedgerRowsInternal(city, api.LedgerRowsInput{OrgId: "p7", From: "2000-01", To: "2100-01", Measure: m})
		must(t, err)
		var of7 int64
		for _, r := range rows.Items {
			of7 += r.Value
		}
		if want := recounted(all, func(e *Engagement) bool { return e.ProviderID == "p7" }).Of(m); of7 != want {
			t.Errorf("one provider's rows of %s add up to %d, counted %d", m, of7, want)
		}
		var sum int64
		for cursor := ""; ; {
			page, err := w.s.ListFigureRows(city, Slice{Category: "ip"}, m, 200, cursor)
			must(t, err)
			for _, r := range page.Items {
				sum += r.Value
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if want := recounted(all, func(e *Engagement) bool { return e.Category == "ip" }).Of(m); sum != want {
			t.Errorf("the rows of %s add up to %d, counted %d", m, sum, want)
		}
	}
}

// BenchmarkFigures is the dashboard over 50,000 engagements, side by side: from the sheets, and by counting every engagement. Without
// LIANBANG_PROVE it is 2,000 of them.
func BenchmarkFigures(b *testing.B) {
	n := 2_000
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 50_000
	}
	w := loaded(b, generated(b, n))
	city := access.With(context.Background(), access.Actor{UserID: "u", Staff: access.CityOperator})
	for _, way := range []struct {
		name   string
		answer func() error
	}{
		{"sheets", func() error { _, err := w.s.GetEngagementFigures(city, Slice{}); return err }},
		{"scan", func() error { _, err := w.s.counted(city, docstore.Query{Index: "cell"}); return err }},
	} {
		b.Run(fmt.Sprintf("%s/%d", way.name, n), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				must(b, way.answer())
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
