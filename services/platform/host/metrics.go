package host

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/platform/docstore"
)

// Metrics are for a person who has to decide whether to act; dashboard.json beside this file shows them all, each with a hint when to.
// Every series also carries the module it is of. Labels are words of ours (operations, codes, leases), never a value out of a request or
// a document, so their number is bounded and they tell nothing of anybody.

// scrapeTimeout is for what is counted when somebody asks for the metrics.
const scrapeTimeout = 2 * time.Second

// storeVitals publishes how a module's database and its outboxes do.
type storeVitals struct {
	db                                *docstore.DB
	undelivered, late, parked, leases *prometheus.Desc
}

func newStoreVitals(db *docstore.DB) *storeVitals {
	return &storeVitals{db: db,
		undelivered: prometheus.NewDesc("lianbang_outbox_documents", "Documents with events that are not delivered yet.", nil, nil),
		late:        prometheus.NewDesc("lianbang_outbox_late_seconds", "How long the first undelivered event has been due.", nil, nil),
		parked:      prometheus.NewDesc("lianbang_outbox_parked", "Events whose delivery was given up and waits for an operator.", nil, nil),
		leases:      prometheus.NewDesc("lianbang_lease_held", "1 where this process holds a lease, 0 where it would like to.", []string{"lease"}, nil)}
}

// Describe lists the metrics.
func (s *storeVitals) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.undelivered, s.late, s.parked, s.leases} {
		to <- d
	}
}

// Collect reads them now. A store that does not answer is an error of the scrape, not a zero.
func (s *storeVitals) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	v, err := s.db.Vitals(ctx)
	if err != nil {
		for _, d := range []*prometheus.Desc{s.undelivered, s.late, s.parked} {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, math.NaN())
		}
		return
	}
	to <- prometheus.MustNewConstMetric(s.undelivered, prometheus.GaugeValue, float64(v.Undelivered))
	to <- prometheus.MustNewConstMetric(s.late, prometheus.GaugeValue, v.Late.Seconds())
	to <- prometheus.MustNewConstMetric(s.parked, prometheus.GaugeValue, float64(v.Parked))
	for name, held := range v.Leases {
		to <- prometheus.MustNewConstMetric(s.leases, prometheus.GaugeValue, asNumber(held), name)
	}
}

// newStoreTimes measures a module's database, by operation.
func newStoreTimes() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lianbang_store_seconds", Help: "Time of one operation of the store.",
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 2.5}}, []string{"operation"})
}

// Overdue publishes, for a module with clocks, how many documents time should have moved on more than a minute ago and has not. count
// counts those due before an instant of the product's clock.
func (e *Env) Overdue(clock string, count func(ctx context.Context, before time.Time) (int64, error)) error {
	return e.Metrics.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lianbang_clock_overdue",
		Help: "Documents that time should have moved on more than a minute ago.", ConstLabels: prometheus.Labels{"clock": clock}},
		func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
			defer cancel()
			n, err := count(ctx, e.Now().Add(-time.Minute))
			if err != nil {
				return math.NaN()
			}
			return float64(n)
		}))
}

// ready publishes whether a module can do its work.
func ready(r *Running) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lianbang_ready", Help: "1 where a module can do its work."}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		return asNumber(r.Ready == nil || r.Ready(ctx) == nil)
	})
}

func newJobFailures() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lianbang_job_failures_total",
		Help: "Times a background job ended and was started again."}, []string{"job"})
}

func asNumber(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
