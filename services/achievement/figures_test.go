package achievement

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

var everyState = []DealState{Interest, Talks, Pricing, OnTerms, InternalApproval, PublicNotice, Trial, ToContract, Signed, Registered, Fulfilled, Declined, Cancelled}

// randomDeals are deals in every state over two years, three universities, some chains and districts.
func randomDeals(t testing.TB, n int) []Deal {
	r := rand.New(rand.NewPCG(3, 5))
	ready := map[DealState]*Deal{}
	for _, state := range everyState {
		ready[state] = dealAt(t, state)
	}
	all := make([]Deal, n)
	for i := range all {
		d := *ready[everyState[r.IntN(len(everyState))]]
		d.SellerID, d.Jurisdiction = fmt.Sprint("u", r.IntN(3)), fmt.Sprint("d", 1+r.IntN(2))
		d.AchievementID, d.Seller = fmt.Sprint("a", i), "大学 "+d.SellerID
		d.Chain, d.District = []string{"", "c1", "c2"}[r.IntN(3)], fmt.Sprint("x", r.IntN(4))
		d.BegunAt = when.At(day0.AddDate(0, -r.IntN(20), 0))
		if slices.Contains(binding, d.State) && r.IntN(2) == 0 {
			d.Payments = []Payment{{Number: 1, AmountFen: 1 + r.Int64N(1_000_000_00), Confirmed: r.IntN(3) > 0}}
		}
		d.placed(fmt.Sprint(i))
		all[i] = d
	}
	return all
}

// placed gives a made-up deal what the store's indexes ask for.
func (d *Deal) placed(id string) {
	d.Slot, d.RegistrationKey = "slot:"+id, "deal:"+id
	d.Figure = figureOf(d.Jurisdiction, d.SellerID, d.BegunAt, d.Chain, d.District)
}

// loaded is a town with deals, each told of by an event when told is set.
func loaded(t testing.TB, all []Deal, told bool) *town {
	w := newTown(t)
	indexes := make([]int, len(all))
	for i := range indexes {
		indexes[i] = i
	}
	must(t, docstore.Together(indexes, func(i int) error {
		var opts []docstore.InsertOption
		if told {
			opts = append(opts, docstore.Emit(dealInterest, dealMessage(dealID(i), &all[i])))
		}
		_, err := w.s.deals.Insert(context.Background(), dealID(i), all[i], opts...)
		return err
	}))
	return w
}

func dealID(i int) string { return fmt.Sprintf("deal%06d", i) }

// heard lets the events of the store reach the figures, each of them twice, by a real relay.
func (w *town) heard() {
	w.t.Helper()
	relay := docstore.NewRelay(w.s.db, docstore.RelayOptions{Deliver: func(ctx context.Context, e docstore.Event) error {
		if err := w.s.Settled(ctx, e); err != nil {
			return err
		}
		return w.s.Settled(ctx, e)
	}})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- relay.Run(ctx) }()
	deadline := time.Now().Add(time.Minute)
	for {
		left, err := relay.Backlog(ctx)
		must(w.t, err)
		if left == 0 {
			break
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("%d documents have events that nobody took", left)
		}
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	must(w.t, <-done)
}

// held compares every figure with a count of all the deals, and every number with the rows behind it.
func (w *town) held(stage string, all []Deal) {
	w.t.Helper()
	city := access.With(context.Background(), access.Actor{UserID: "u", Staff: access.CityOperator})
	for by, of := range map[string]func(*Deal) string{"university": func(d *Deal) string { return d.SellerID }, "chain": func(d *Deal) string { return d.Chain },
		"district": func(d *Deal) string { return d.District }} {
		want, served := map[string]Cell{}, 0
		for i := range all {
			key := cmp.Or(of(&all[i]), notSaid)
			c := want[key]
			c.Add(all[i].Cell())
			want[key] = c
			if strings.HasPrefix(all[i].Month(), "2026-") && all[i].takenUp() {
				served++
			}
		}
		f, err := w.s.GetAchievementFigures(city, FigureAsk{By: by})
		must(w.t, err)
		if len(f.Groups) != len(want) || f.Served != served {
			w.t.Fatalf("%s: by %s there are %d groups, counted %d; served %d, counted %d", stage, by, len(f.Groups), len(want), f.Served, served)
		}
		for _, g := range f.Groups {
			got := Cell{Interests: int64(g.Interests), Talks: int64(g.Talks), Contracts: int64(g.Contracts), Registered: int64(g.Registered), Fulfilled: int64(g.Fulfilled),
				AmountFen: g.AmountFen, ReceivedFen: g.ReceivedFen}
			if got != want[g.Key] {
				w.t.Fatalf("%s: by %s %q is %+v, counted %+v", stage, by, g.Key, got, want[g.Key])
			}
			if by == "district" && g.Key == "x1" {
				for m, n := range got.parts() {
					if len(all) < 1000 && m != api.AchievementMeasureContracts && m != api.AchievementMeasureReceived {
						continue // all of them at full size
					}
					if sum := w.rows(city, FigureAsk{By: by, Key: g.Key, Measure: m, Limit: 7}); sum != *n {
						w.t.Fatalf("%s: the rows of %s in %s add up to %d, shown is %d", stage, m, g.Key, sum, *n)
					}
				}
			}
		}
		if sum := w.rows(city, FigureAsk{By: by, Measure: api.AchievementMeasureServed, Limit: 50}); sum != int64(served) {
			w.t.Fatalf("%s: the rows of served firms add up to %d, shown is %d", stage, sum, served)
		}
	}
}

// rows adds up the values of all pages of rows.
func (w *town) rows(ctx context.Context, ask FigureAsk) (sum int64) {
	w.t.Helper()
	for {
		f, err := w.s.GetAchievementFigures(ctx, ask)
		must(w.t, err)
		for _, r := range f.Rows {
			sum += r.Value
		}
		if ask.Cursor = f.Next; ask.Cursor == "" {
			return sum
		}
	}
}

// TestFiguresEqualARecount: what is kept is what counting everything gives, in every cut and behind every number: told by events, each of
// them twice and out of order; after changes; and made from nothing, as after a store was brought back.
func TestFiguresEqualARecount(t *testing.T) {
	n := 50
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 20_000
	}
	all := randomDeals(t, n)
	w := loaded(t, all, true)
	w.heard()
	w.held("at first", all)

	for _, i := range rand.New(rand.NewPCG(4, 4)).Perm(n)[:n/5] {
		doc, err := w.s.deals.Update(context.Background(), dealID(i), func(tx *docstore.Tx[Deal]) error {
			d := tx.Body
			switch {
			case d.State == Interest:
				must(t, d.TakeUp(techOffice, tx.Now))
			case d.State == Signed:
				must(t, d.Register(techOffice, tx.Now, fmt.Sprint("R", i)))
			case slices.Contains(open, d.State):
				must(t, d.Cancel(firm(1), tx.Now, "不需要了"))
			}
			return tx.Emit(dealMoved, dealMessage(tx.ID, d))
		})
		must(t, err)
		all[i] = doc.Body
	}
	w.heard()
	w.held("after changes", all)
	if mended, err := w.s.compareFigures(context.Background()); err != nil || mended != 0 {
		t.Errorf("compared with the deals, %d cells were wrong: %v", mended, err)
	}

	bare := loaded(t, all, false)
	if mended, err := bare.s.compareFigures(context.Background()); err != nil || mended == 0 {
		t.Fatalf("%d cells made: %v", mended, err)
	}
	bare.held("made from nothing", all)
	sheet, _ := cutFigure(all[0].Figure)
	_, err := bare.s.sheets.Update(context.Background(), sheet, func(tx *docstore.Tx[Sheet]) error {
		clear(tx.Body.Cells)
		return nil
	})
	must(t, err)
	if mended, err := bare.s.compareFigures(context.Background()); err != nil || mended == 0 {
		t.Fatalf("%d cells mended: %v", mended, err)
	}
	bare.held("mended", all)

	mine, err := w.s.GetAchievementFigures(w.as("other"), FigureAsk{By: "university"})
	if err != nil || len(mine.Groups) != 0 {
		t.Errorf("a university sees another's deals: %+v %v", mine.Groups, err)
	}
	theirs, err := w.s.GetAchievementFigures(w.as("d1"), FigureAsk{By: "university"})
	must(t, err)
	of := 0
	for i := range all {
		if all[i].Jurisdiction == "d1" {
			of++
		}
	}
	sum := 0
	for _, g := range theirs.Groups {
		sum += g.Interests
	}
	if sum != of {
		t.Errorf("a district sees %d of its %d deals", sum, of)
	}
}

// TestFiguresOfOlderDeals: a deal from before the figures gets the cell it would have been made in.
func TestFiguresOfOlderDeals(t *testing.T) {
	d := randomDeals(t, 5)[4]
	b, err := json.Marshal(d)
	must(t, err)
	var body map[string]any
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.UseNumber()
	must(t, dec.Decode(&body))
	delete(body, "figure")
	body, err = upgradeDeal(1, body)
	if err != nil || body["figure"] != d.Figure {
		t.Errorf("%v, it would be %s: %v", body["figure"], d.Figure, err)
	}
}

// TestListTallies: what anybody reads of a list follows what is put on it, published, dealt over and taken off; what changes while it is
// counted has it counted again.
func TestListTallies(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	p := goodProfile()
	p.SourceList, p.SourceIssue = "东澜大学成果清单", "2026年第1期"
	id := w.published(p)
	pause := func() { w.pass(tallyPause + time.Second); w.due() }
	read := func() api.AchievementListFigures {
		t.Helper()
		lists, err := w.s.ListAchievementLists(ctx)
		must(t, err)
		if len(lists) != 1 {
			return api.AchievementListFigures{}
		}
		return lists[0]
	}
	pause()
	one := read()
	if one.Published != 1 || one.Interests != 0 {
		t.Fatalf("%+v", one)
	}
	deal := w.onTable("firm1", id, Commissioned)
	step := func(_ api.Deal, err error) { t.Helper(); must(t, err) }
	step(w.s.AgreeDealTerms(w.as("firm1"), deal, api.AgreeInput{Version: 1}))
	step(w.s.SignDeal(w.as("uni"), deal, api.SignInput{Number: "HT-1"}))
	step(w.s.SignDeal(w.as("firm1"), deal, api.SignInput{}))
	w.heard()
	pause()
	if one = read(); one.Interests != 1 || one.Contracts != 1 || one.AmountFen != goodTerms(Transfer).PriceFen || one.Fulfilled != 0 {
		t.Errorf("%+v", one)
	}

	// Marked while it is counted: the count is dropped, and made again.
	claim, err := w.s.tallies.Update(ctx, one.Id, func(tx *docstore.Tx[ListTally]) error {
		tx.Body.Counting, tx.Body.DueAt = true, when.At(tx.Now.Add(tallyLease))
		return nil
	})
	must(t, err)
	must(t, w.s.mark(ctx, one.Id))
	if now, err := w.s.tallies.Get(ctx, one.Id); err != nil || now.Rev == claim.Rev || now.Body.Counting {
		t.Errorf("a count under way goes on as if nothing had changed: %+v %v", now.Body, err)
	}

	_, err = w.s.WithdrawAchievement(w.as("uni"), id, "不再转化")
	must(t, err)
	must(t, w.s.markListsOf(ctx, id)) // as the index's reconciler does, at every write
	pause()
	if one = read(); one.Published != 0 {
		t.Errorf("withdrawn, the list shows %+v", one)
	}
}

// BenchmarkFigures is the funnel over 50,000 deals (5,000 in a short run).
func BenchmarkFigures(b *testing.B) {
	n := 5_000
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 50_000
	}
	w := loaded(b, randomDeals(b, n), false)
	_, err := w.s.compareFigures(context.Background())
	must(b, err)
	city := access.With(context.Background(), access.Actor{UserID: "u", Staff: access.CityOperator})
	var took []time.Duration
	for b.Loop() {
		begin := time.Now()
		if _, err := w.s.GetAchievementFigures(city, FigureAsk{By: "chain"}); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
