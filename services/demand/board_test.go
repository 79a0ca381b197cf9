package demand

import (
	"fmt"
	"math"
	"testing"
	"time"

	"lianbang/services/demand/api"
)

// TestBoardCountsBids: the public reads on the board how many answers are in, which is what is in, whatever became of each of them since;
// and a page costs equally many reads however many demands are on it, whoever reads it.
func TestBoardCountsBids(t *testing.T) {
	w := newTown(t)
	soon := w.now().Add(240 * time.Hour)
	want := map[string]int{}
	counts := func(when string) {
		t.Helper()
		for _, who := range []string{"", "leader", "sme0", "city"} {
			as := w.http.For(t)
			if who != "" {
				as = w.http.As(who).For(t)
			}
			var page api.DemandPage
			as.Get("/api/v1/demands?limit=100").Want(200).Into(&page)
			if len(page.Items) != len(want) {
				t.Fatalf("%s: %d demands on the board, want %d", when, len(page.Items), len(want))
			}
			for _, d := range page.Items {
				path := "/api/v1/demands/" + d.Id
				if d.BidCount != want[path] {
					t.Errorf("%s: %q reads %d answers to a %s demand, %d are in", when, who, d.BidCount, d.Kind, want[path])
				}
			}
		}
	}
	published := func(kind api.DemandKind, mode api.AwardMode) string {
		path := w.openFor(t, inputFor(kind, mode), soon)
		want[path] = 0
		return path
	}
	answered := map[api.DemandKind][]string{}
	for _, kind := range []api.DemandKind{api.Rnd, api.Supply, api.Scenario, api.Project} {
		path := published(kind, api.Open)
		for _, who := range []string{"sme0", "sme1"} {
			answered[kind] = append(answered[kind], put(t, w.http.As(who), path, answerFor(kind, soon)))
			want[path]++
		}
		w.http.As("sme2").For(t).Post(path+"/bids", answerFor(kind, soon)).Want(201) // a draft is not in
		counts("a draft beside two")
		back := answered[kind][1]
		w.http.As("sme1").For(t).Post(back+"/withdraw", nil).Want(200)
		want[path]--
		counts("one withdrawn")
		w.http.As("sme1").For(t).IfMatch(w.http.As("sme1").For(t).Get(back).Want(200).ETag()).Put(back, answerFor(kind, soon)).Want(200)
		w.http.As("sme1").For(t).Post(back+"/submit", nil).Want(200)
		want[path]++
		first := w.http.As("sme0").For(t)
		first.IfMatch(first.Get(answered[kind][0]).Want(200).ETag()).Put(answered[kind][0], answerFor(kind, soon)).Want(200) // replaced
		counts("one put in anew, one replaced")
	}
	leader := w.http.As("leader").For(t)
	leader.Post(answered[api.Scenario][0]+"/trial", map[string]any{"from": w.now(), "to": soon, "terms": "两台，免费"}).Want(200)
	leader.Post(answered[api.Scenario][1]+"/decline", map[string]any{"reason": "与产线不兼容"}).Want(200)
	leader.Post(answered[api.Project][0]+"/talks", nil).Want(200)
	counts("dealt with one by one")

	reads := func(who string) int64 {
		fewest := int64(math.MaxInt64)
		for range 3 { // now and then a reader of the settings asks the store for them
			before := w.operations.Load()
			w.http.As(who).For(t).Get("/api/v1/demands?limit=100").Want(200)
			fewest = min(fewest, w.operations.Load()-before)
		}
		return fewest
	}
	few := map[string]int64{"leader": reads("leader"), "sme0": reads("sme0")}
	for range 6 {
		path := published(api.Rnd, api.Open)
		put(t, w.http.As("sme0"), path, answerFor(api.Rnd, soon))
		want[path]++
	}
	counts(fmt.Sprintf("%d demands", len(want)))
	for who, n := range few {
		if now := reads(who); now != n {
			t.Errorf("a page of %d demands takes %s %d reads, one of four took %d", len(want), who, now, n)
		}
	}
	w.pass(241 * time.Hour)
	for path := range want {
		w.http.For(t).Get(path).Want(200) // whoever looks closes it
	}
	counts("after the closing")
}
