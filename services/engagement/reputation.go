package engagement

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/when"
)

// This file is a provider's reputation: a pure function of the public rows of its ratings, so that anybody can compute it again.
//
// A row is one client's rating of one recorded engagement. Its value is the mean of its three marks, 1 to 5. Then:
//
//   - Recency. A row's weight is 2^(-age in days / half-life): a rating loses half its weight with every half-life.
//   - One client, one voice. The rows of one client are averaged by their weights, and together weigh as much as the newest of them.
//     Splitting one job into ten, or one friend who orders ten times, therefore changes nothing but the count.
//   - Small samples are shrunk. The score is the mean over clients together with PriorWeight imagined clients who all gave PriorMean.
//     One delighted client does not make a five; one angry one does not make a one.
//   - Uncertainty is shown. Low and High are the score ± 1.96 standard errors, with the imagined clients spread by one mark.
//   - Silence is neutral. An engagement without a rating is no row. A row set aside by the operator does not count, and is still listed.
//
// Nothing else enters: no payment, no size, no response time, no text.

// Weighting are the settings of the reputation.
type Weighting struct {
	PriorMean    float64 `json:"priorMean"`
	PriorWeight  float64 `json:"priorWeight"`
	HalfLifeDays int     `json:"halfLifeDays"`
}

// DefaultWeighting is ours, to be confirmed by the city.
var DefaultWeighting = Weighting{PriorMean: 3.8, PriorWeight: 5, HalfLifeDays: 365}

// RatingRow is a rating as the public reads it. Client is a pseudonym that is the same on all rows of one client with one provider, and
// nowhere else.
type RatingRow struct {
	ID      string
	Client  string
	RatedOn when.Day
	Marks   []Mark
	Offline bool
	Aside   Ground // set aside for this; "" counts
}

// Value is the mean of the marks.
func (r RatingRow) Value() float64 {
	sum := 0
	for _, m := range r.Marks {
		sum += m.Score
	}
	return float64(sum) / float64(max(len(r.Marks), 1))
}

// Reputation is what the rows come to on a day. With Count 0 it is the prior, from 1 to 5: unknown is neither good nor bad.
type Reputation struct {
	Count    int // ratings that count
	Clients  int
	SetAside int
	Score    float64 // 1 to 5, two decimals
	Low      float64
	High     float64
}

// Reputed computes a reputation on a day.
func Reputed(rows []RatingRow, on when.Day, w Weighting) Reputation {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b RatingRow) int { // so that the order they came in does not show in the last bit
		return cmp.Or(strings.Compare(a.Client, b.Client), strings.Compare(string(a.RatedOn), string(b.RatedOn)), cmp.Compare(a.Value(), b.Value()))
	})
	type voice struct{ weight, sum, total float64 }
	var rep Reputation
	var voices []voice
	last := ""
	for _, r := range rows {
		if r.Aside != "" {
			rep.SetAside++
			continue
		}
		if rep.Count == 0 || r.Client != last {
			voices, last = append(voices, voice{}), r.Client
		}
		rep.Count++
		age := max(on.Time().Sub(r.RatedOn.Time()), 0) / (24 * time.Hour)
		weight := math.Exp2(-float64(age) / float64(w.HalfLifeDays))
		v := &voices[len(voices)-1]
		v.weight, v.sum, v.total = max(v.weight, weight), v.sum+weight*r.Value(), v.total+weight
	}
	rep.Clients = len(voices)
	weight, sum := w.PriorWeight, w.PriorWeight*w.PriorMean
	for _, v := range voices {
		weight, sum = weight+v.weight, sum+v.weight*v.sum/v.total
	}
	mean := sum / weight
	if rep.Count == 0 {
		rep.Score, rep.Low, rep.High = round(mean), 1, 5
		return rep
	}
	spread := w.PriorWeight // of imagined clients: one mark
	for _, v := range voices {
		off := v.sum/v.total - mean
		spread += v.weight * off * off
	}
	half := 1.96 * math.Sqrt(spread/weight/weight)
	rep.Score, rep.Low, rep.High = round(mean), round(max(mean-half, 1)), round(min(mean+half, 5))
	return rep
}

func round(x float64) float64 { return math.Round(x*100) / 100 }
