package rest

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type meter struct {
	requests *prometheus.HistogramVec
}

func newMeter(service string, r prometheus.Registerer) *meter {
	m := &meter{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lianbang_http_request_seconds", Help: "Time to answer a request, by operation and status.",
		ConstLabels: prometheus.Labels{"service": service},
		Buckets:     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"operation", "status"})}
	if r != nil {
		r.MustRegister(m.requests)
	}
	return m
}

// observe counts one answer. Requests that met no operation share one series, so that a scanner cannot make thousands.
func (m *meter) observe(operation string, status int, took time.Duration) {
	if operation == "" {
		operation = "none"
	}
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}
