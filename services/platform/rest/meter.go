package rest

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type meter struct {
	requests *prometheus.HistogramVec
	failures *prometheus.CounterVec
}

func newMeter(service string, r prometheus.Registerer) *meter {
	m := &meter{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lianbang_http_request_seconds", Help: "Time to answer a request, by operation and status.",
		ConstLabels: prometheus.Labels{"service": service},
		Buckets:     []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"operation", "status"}), failures: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lianbang_http_failures_total", Help: "Failed requests, by operation and by the code that the caller was told.",
		ConstLabels: prometheus.Labels{"service": service},
	}, []string{"operation", "code"})}
	if r != nil {
		r.MustRegister(m.requests, m.failures)
	}
	return m
}

// observe counts one answer. Requests that met no operation share one series, so that a scanner cannot make thousands.
func (m *meter) observe(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(met(operation), strconv.Itoa(status)).Observe(took.Seconds())
}

// failed counts one failure by its code. Codes are words of our own programs; what is no such word is not repeated in a label.
func (m *meter) failed(operation, code string) {
	if len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789_.") != "" {
		code = "other"
	}
	m.failures.WithLabelValues(met(operation), code).Inc()
}

func met(operation string) string {
	if operation == "" {
		return "none"
	}
	return operation
}
