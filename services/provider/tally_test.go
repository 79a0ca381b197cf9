package provider

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// inventedPool puts n memberships in every state, of several districts and categories, into a town.
func inventedPool(t testing.TB, w *town, n int) {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	districts := []string{"hightech", "songlan", "lanjiang"}
	for i := range n {
		m := Membership{OrgID: fmt.Sprintf("org%05d", i), OrgName: fmt.Sprintf("机构%d", i), Round: 1, SubmittedAt: when.At(day0), ChangedAt: when.At(day0), DraftedBy: "",
			Jurisdiction: districts[r.IntN(len(districts))], State: States[r.IntN(len(States))], FirstDue: when.At(day0.AddDate(0, 0, 7))}
		for _, c := range CategoryCodes() {
			if r.IntN(3) == 0 {
				m.Application.Categories = append(m.Application.Categories, c)
			}
		}
		if m.State == Submitted || m.State == InitialReview || m.State == ExpertReview {
			m.ReviewDue = when.At(day0.AddDate(0, 0, r.IntN(20)))
		} else if m.State != Draft {
			m.History = []Step{{At: when.At(day0.AddDate(0, 0, r.IntN(14))), Action: PassInitial, From: InitialReview, To: ExpertReview}}
		}
		for range r.IntN(4) {
			m.Offers = append(m.Offers, Offer{ID: fmt.Sprint(i)})
		}
		if m.State == Admitted && r.IntN(2) == 0 {
			m.Watch = &Watch{Source: "office", Reason: "评价下滑", Since: when.At(day0)}
		}
		if _, err := w.s.members.Insert(context.Background(), m.OrgID, m); err != nil {
			t.Fatal(err)
		}
	}
}

// scanned is the brute force: the dashboard's figures from every membership. The last figure is those overdue.
func scanned(t testing.TB, w *town, operates func(string) bool) (sums map[string]tally, overdue int64) {
	sums = map[string]tally{}
	must(t, w.s.members.Each(context.Background(), docstore.Query{Index: "changed", Limit: docstore.MaxLimit}, func(doc docstore.Doc[Membership]) error {
		l, counts := doc.Body.line(doc.Rev)
		if !counts || !operates(l.District) {
			return nil
		}
		sum := sums[l.District]
		sum.add(l, 1)
		sums[l.District] = sum
		if l.late(when.At(w.now())) {
			overdue++
		}
		return nil
	}))
	return sums, overdue
}

// TestPoolFiguresEqualARecount: the maintained figures are what counting every membership gives, for the city and a district; again after
// changes, told late, twice and out of order; and after they were lost and made anew. Each figure's rows sum to it.
func TestPoolFiguresEqualARecount(t *testing.T) {
	n := 150
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 5_000
	}
	w := newTown(t)
	inventedPool(t, w, n)
	_, err := w.s.Recount(context.Background())
	must(t, err)
	w.pass(10 * 24 * time.Hour)
	compare := func(stage string) {
		t.Helper()
		for _, who := range []string{"city", "district"} {
			a := w.people[who]
			got, late, err := w.s.poolSums(w.as(who))
			must(t, err)
			want, overdue := scanned(t, w, a.Operates)
			if late != overdue {
				t.Errorf("%s, %s: %d overdue, counted %d", stage, who, late, overdue)
			}
			for district, sum := range want {
				have := got[district]
				clean(&have)
				clean(&sum)
				if fmt.Sprint(have) != fmt.Sprint(sum) {
					t.Errorf("%s, %s: %s\n%v, counted\n%v", stage, who, district, have, sum)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s, %s: %d districts, counted %d", stage, who, len(got), len(want))
			}
		}
	}
	compare("at first")

	r := rand.New(rand.NewPCG(3, 3))
	var old []docstore.Doc[Membership]
	for range min(n/3, 200) {
		id := fmt.Sprintf("org%05d", r.IntN(n))
		before, err := w.s.members.Get(context.Background(), id)
		must(t, err)
		old = append(old, before)
		_, err = w.s.members.Update(context.Background(), id, func(tx *docstore.Tx[Membership]) error {
			tx.Body.Jurisdiction = "hightech"
			tx.Body.record(WatchProvider, By{Role: City}, tx.Now, States[1+r.IntN(len(States)-1)], "核查")
			return nil
		})
		must(t, err)
	}
	for range 40 {
		done, err := w.s.RunDue(context.Background())
		must(t, err)
		if done == 0 {
			break
		}
	}
	for _, doc := range slices.Backward(old) { // what was true before comes once more
		must(t, w.s.count(context.Background(), doc))
		must(t, w.s.count(context.Background(), doc))
	}
	compare("after changes")

	for id := range tallySheets {
		must(t, w.s.changeSheet(context.Background(), sheetID(id), func(s *tallySheet) {
			*s = tallySheet{Version: 99, Lines: map[string]line{"lost": {District: "hightech", Rev: 99}}}
		}))
	}
	must(t, w.s.keepTallies(context.Background()))
	compare("made anew")

	v, err := w.s.GetPoolDashboard(w.as("city"))
	must(t, err)
	rowsOf := func(p api.ListPoolRowsParams) (n, offerings int64) {
		rows, err := w.s.ListPoolRows(w.as("city"), p)
		must(t, err)
		for _, r := range rows.Items {
			offerings += r.Offerings
		}
		return int64(len(rows.Items)), offerings
	}
	for name, c := range map[string]struct {
		figure int64
		p      api.ListPoolRowsParams
	}{"admitted": {v.Admitted, api.ListPoolRowsParams{State: "admitted"}}, "overdue": {v.Overdue, api.ListPoolRowsParams{Figure: "overdue"}}, "watched": {v.Watched, api.ListPoolRowsParams{Figure: "watched"}},
		"reviewed": {v.Reviewed, api.ListPoolRowsParams{Figure: "reviewed"}}, "in time": {v.ReviewedInTime, api.ListPoolRowsParams{Figure: "reviewedInTime"}}} {
		if got, _ := rowsOf(c.p); got != c.figure || got == 0 {
			t.Errorf("%s is %d and has %d rows", name, c.figure, got)
		}
	}
	if _, offerings := rowsOf(api.ListPoolRowsParams{Figure: "offerings"}); offerings != v.Offerings {
		t.Errorf("%d offerings, their rows sum to %d", v.Offerings, offerings)
	}
	for _, c := range v.Cells {
		if got, _ := rowsOf(api.ListPoolRowsParams{State: "admitted", Category: api.CategoryCode(c.Category), District: c.District}); got != c.Count {
			t.Errorf("%+v has %d rows", c, got)
		}
	}
}

// clean drops noughts, which a difference of two counts may leave behind.
func clean(t *tally) {
	maps.DeleteFunc(t.States, func(_ State, n int64) bool { return n == 0 })
	maps.DeleteFunc(t.Categories, func(_ string, n int64) bool { return n == 0 })
}

// BenchmarkPoolDashboard answers from the sheets and by counting every membership, side by side, over a pool of 2,000.
func BenchmarkPoolDashboard(b *testing.B) {
	w := newTown(b)
	inventedPool(b, w, 2_000)
	_, err := w.s.Recount(context.Background())
	must(b, err)
	b.Run("sheets", func(b *testing.B) {
		for b.Loop() {
			_, err := w.s.GetPoolDashboard(w.as("city"))
			must(b, err)
		}
	})
	b.Run("scan", func(b *testing.B) {
		for b.Loop() {
			scanned(b, w, func(string) bool { return true })
		}
	})
}
