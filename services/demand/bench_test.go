package demand

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// BenchmarkBoard reads pages of the public board with 10,000 demands on it, some with bids, alone and beside others, and reports the slowest
// of a hundred.
func BenchmarkBoard(b *testing.B) {
	w := newTown(b)
	ctx := context.Background()
	for i := range 10_000 {
		t := goodTerms()
		t.Title, t.Chain, t.District = fmt.Sprintf("%s %d", t.Title, i), fmt.Sprintf("c%d", i%12), fmt.Sprintf("d%d", i%7)
		d, err := New(leader, leader.Name, "d1", t, w.at)
		must(b, err)
		must(b, d.Submit(leader, w.at, DefaultSettings()))
		must(b, d.Approve(authority, w.at, ""))
		must(b, d.Publish(leader, w.at, w.at.Add(time.Duration(1+i%90)*24*time.Hour), fmt.Sprintf("2026Q4-%04d", i), nil, DefaultSettings()))
		d.PublishedAt += when.Instant(i)
		id := fmt.Sprintf("demand-%05d", i)
		_, err = w.s.demands.Insert(ctx, id, d)
		must(b, err)
		for n := range i % 400 / 380 * 20 { // a page in twenty has demands with twenty bids each
			bid, err := Place(By{Role: Bidder, OrgID: "bidder"}, "bidder", id, &d, offerOf(goodBid(1)), w.now())
			must(b, err)
			bid.State, bid.ID = BidSubmitted, BidID(id, d.Round, fmt.Sprint("bidder", n))
			_, err = w.s.bids.Insert(ctx, bid.ID, bid)
			must(b, err)
		}
	}
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("clients-%d", clients), func(b *testing.B) {
			took := make([][]time.Duration, clients)
			var left atomic.Int64
			left.Store(int64(max(b.N, 10*clients)))
			var all sync.WaitGroup
			for i := range clients {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						begin := time.Now()
						if _, err := w.s.ListDemands(ctx, api.ListDemandsParams{}); err != nil {
							b.Error(err)
						}
						took[i] = append(took[i], time.Since(begin))
					}
				})
			}
			all.Wait()
			sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
			b.ReportMetric(float64(sorted[len(sorted)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
	for name, p := range map[string]api.ListDemandsParams{
		"newest": {}, "deadline": {Sort: api.Deadline}, "chain": {Chain: "c3"}, "chain-and-district": {Chain: "c3", District: "d3"}, "state-and-chain": {Chain: "c3", State: "published"}, "none": {Chain: "c3", State: "awarded"},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				if _, err := w.s.ListDemands(ctx, p); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

// BenchmarkSubmitBid puts bids in from many connections, beside the rate at which the store takes the same documents with nothing done
// to them.
func BenchmarkSubmitBid(b *testing.B) {
	w := newTown(b)
	id := w.published()
	ctx := context.Background()
	d, err := w.s.demands.Get(ctx, id)
	must(b, err)
	var next atomic.Int64
	place := func(b *testing.B) (string, access.Actor) {
		n := next.Add(1)
		a := access.Actor{UserID: "u", OrgID: fmt.Sprintf("bidder%d", n), Capacities: []access.Capacity{access.SME}, Verified: true}
		bid, err := Place(By{Role: Bidder, OrgID: a.OrgID}, a.OrgID, id, &d.Body, offerOf(goodBid(n)), w.now())
		if err == nil {
			_, err = w.s.bids.Insert(ctx, bid.ID, bid)
		}
		must(b, err)
		return bid.ID, a
	}
	run := func(b *testing.B, submit func(bidID string, a access.Actor) error) {
		type seat struct {
			id string
			a  access.Actor
		}
		seats := make(chan seat, b.N)
		for range b.N {
			id, a := place(b)
			seats <- seat{id, a}
		}
		b.ResetTimer()
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				s := <-seats
				if err := submit(s.id, s.a); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "bids/s")
	}
	b.Run("service", func(b *testing.B) {
		run(b, func(bidID string, a access.Actor) error {
			_, err := w.s.SubmitBid(access.With(ctx, a), bidID)
			return err
		})
	})
	b.Run("bare-store", func(b *testing.B) {
		run(b, func(bidID string, _ access.Actor) error {
			_, err := w.s.bids.Update(ctx, bidID, func(tx *docstore.Tx[Bid]) error {
				tx.Body.State, tx.Body.SubmittedAt = BidSubmitted, when.At(tx.Now)
				return nil
			})
			return err
		})
	})
}
