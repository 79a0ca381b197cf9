package engagement

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/when"
)

const today when.Day = "2026-11-23"

func row(client string, on when.Day, n int) RatingRow {
	return RatingRow{ID: fmt.Sprint(client, on, n), Client: client, RatedOn: on, Marks: goodMarks(ServiceDimensions, n)}
}

func manyRows(r *rand.Rand) []RatingRow {
	rows := make([]RatingRow, 1+r.IntN(30))
	for i := range rows {
		rows[i] = row(fmt.Sprint("c", r.IntN(12)), when.DayOf(day0.AddDate(0, 0, -r.IntN(900))), 1+r.IntN(5))
	}
	return rows
}

// TestReputation holds the reputation to what its documentation says, on random rows.
func TestReputation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	w := DefaultWeighting
	near := func(a, b Reputation) bool {
		return math.Abs(a.Score-b.Score) < 0.011 && math.Abs(a.Low-b.Low) < 0.011 && math.Abs(a.High-b.High) < 0.011
	}
	for range 500 {
		rows := manyRows(r)
		rep := Reputed(rows, today, w)
		if rep.Low < 1 || rep.High > 5 || rep.Low > rep.Score || rep.Score > rep.High {
			t.Fatalf("%+v", rep)
		}
		mixed := slices.Clone(rows)
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if Reputed(mixed, today, w) != rep {
			t.Fatal("the order of the rows matters")
		}
		split := slices.Clone(rows) // one job billed as ten
		for range 9 {
			split = append(split, rows[0])
		}
		only := !slices.ContainsFunc(rows[1:], func(x RatingRow) bool { return x.Client == rows[0].Client })
		if s := Reputed(split, today, w); only && !near(s, rep) || s.Clients != rep.Clients {
			t.Fatalf("splitting moves %+v to %+v", rep, s)
		}
		if only { // hiding a voice moves the score away from it, never beyond
			hidden := Reputed(rows[1:], today, w)
			if v := rows[0].Value(); v > rep.Score && hidden.Score > rep.Score || v < rep.Score && hidden.Score < rep.Score {
				t.Fatalf("hiding a %.1f moves %+v to %+v", v, rep, hidden)
			}
		}
		aside := slices.Clone(rows)
		aside[0].Aside = Related
		want := Reputed(rows[1:], today, w)
		if got := Reputed(aside, today, w); got.Score != want.Score || got.SetAside != 1 {
			t.Fatalf("set aside: %+v, without %+v", got, want)
		}
	}
	none := Reputed(nil, today, w)
	if none.Count != 0 || none.Score != w.PriorMean || none.Low != 1 || none.High != 5 {
		t.Errorf("silence: %+v", none)
	}
	one := Reputed([]RatingRow{row("a", today, 5)}, today, w)
	if one.Score >= 4.2 || one.High-one.Low < 1 {
		t.Errorf("one delighted client makes %+v", one)
	}
	var rows []RatingRow
	last := one
	for i := range 40 { // more voices of the same opinion: nearer to it, and surer
		rows = append(rows, row(fmt.Sprint("c", i), today, 5))
		rep := Reputed(rows, today, w)
		if rep.Score < last.Score || rep.High-rep.Low > last.High-last.Low+0.02 {
			t.Fatalf("%d voices: %+v after %+v", i+1, rep, last)
		}
		last = rep
	}
	old := Reputed([]RatingRow{row("a", "2022-11-23", 1)}, today, w)
	fresh := Reputed([]RatingRow{row("a", today, 1)}, today, w)
	if old.Score <= fresh.Score {
		t.Errorf("an old one weighs as much as a new one: %+v, %+v", old, fresh)
	}
}

// TestRecompute computes a provider's reputation again from nothing but the public answer.
func TestRecompute(t *testing.T) {
	w := newTown(t)
	for i, client := range []string{"client", "other", "client"} {
		path := w.dealing(client, "p0")
		w.http.As("p0").Post(path+"/deliver", obj{"note": "报告"}).Want(200)
		w.http.As(client).Post(path+"/delivery/accept", nil).Want(200)
		w.http.As(client).Post(path+"/rating", obj{"marks": []obj{{"key": "quality", "score": 5 - i}, {"key": "timeliness", "score": 4}, {"key": "value", "score": 3}}, "text": "如实评价"}).Want(200)
	}
	var v api.ProviderRatings
	must(t, json.Unmarshal(w.http.Get("/api/v1/engagement-ratings/p0").Want(200).Body, &v))
	var rows []RatingRow
	for _, r := range v.Rows {
		rows = append(rows, RatingRow{ID: r.Id, Client: r.Client, RatedOn: when.DayOf(r.RatedOn.Time), Marks: marksOf(r.Marks), Aside: Ground(r.Aside)})
	}
	got := Reputed(rows, when.DayOf(v.On.Time), Weighting{v.PriorMean, v.PriorWeight, v.HalfLifeDays})
	if got.Count != 3 || got.Clients != 2 || got.Score != v.Reputation.Score || got.Low != v.Reputation.Low || got.High != v.Reputation.High {
		t.Errorf("recomputed %+v, published %+v", got, v.Reputation)
	}
}
