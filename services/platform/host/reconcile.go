package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianbang/services/platform/docstore"
)

// Reconciler brings what a collection says into another system (a search index): every write marks the document dirty, the
// reconciler pushes its current state and clears the mark only when no newer write came meanwhile. A crash anywhere leaves
// the mark, so nothing is lost; a push may come twice, so pushing is idempotent.
type Reconciler[T any] struct {
	Name       string // of the lease and the metrics: one reconciler works per name, whatever the number of replicas
	DB         *docstore.DB
	Collection *docstore.Collection[T]
	// Push returns once the other system holds these states durably.
	Push func(ctx context.Context, docs []docstore.Doc[T]) error
	Log  *slog.Logger
	// Holder names this process among its replicas.
	Holder  string
	Metrics prometheus.Registerer
}

const (
	reconcileBatch = 200
	reconcileIdle  = 250 * time.Millisecond
	reconcileLease = 15 * time.Second
)

// Run works until the context ends. It is a Job.
func (r *Reconciler[T]) Run(ctx context.Context) error {
	backlog := prometheus.NewGauge(prometheus.GaugeOpts{Name: "lianbang_reconcile_backlog",
		Help: "Documents changed and not yet confirmed by the search index.", ConstLabels: prometheus.Labels{"name": r.Name}})
	if r.Metrics != nil {
		if err := r.Metrics.Register(backlog); err == nil {
			defer r.Metrics.Unregister(backlog)
		}
	}
	for ctx.Err() == nil {
		lease, held, err := r.DB.Lease(ctx, "reconcile:"+r.Name, r.Holder, reconcileLease)
		if err != nil {
			return err
		}
		if held {
			err = r.hold(ctx, lease, backlog)
			if err := errors.Join(err, lease.Release(context.WithoutCancel(ctx))); err != nil {
				return err
			}
		}
		wait(ctx, reconcileLease/3)
	}
	return nil
}

// hold reconciles for as long as the lease lasts.
func (r *Reconciler[T]) hold(ctx context.Context, lease *docstore.Lease, backlog prometheus.Gauge) error {
	pause, renewed := reconcileIdle, time.Now()
	for ctx.Err() == nil {
		if time.Since(renewed) > reconcileLease/3 {
			if err := lease.Renew(ctx); err != nil {
				return nil //nolint:nilerr // another replica holds it now; Run asks again later
			}
			renewed = time.Now()
		}
		n, err := r.Once(ctx, lease.Held)
		if left, countErr := r.Collection.Backlog(ctx); countErr == nil {
			backlog.Set(float64(left))
		}
		switch {
		case err != nil:
			r.Log.Warn("not reconciled, trying again", "name", r.Name, "error", err)
			pause = min(2*pause, 10*time.Second)
		case n == reconcileBatch:
			pause = reconcileIdle
			continue
		default:
			pause = reconcileIdle
		}
		wait(ctx, pause)
	}
	return nil
}

// Once pushes one batch and says how many documents it cleared or found. held is asked before a mark is cleared.
func (r *Reconciler[T]) Once(ctx context.Context, held func() bool) (int, error) {
	docs, err := r.Collection.Dirty(ctx, reconcileBatch)
	if err != nil || len(docs) == 0 {
		return 0, err
	}
	if err := r.Push(ctx, docs); err != nil {
		return 0, fmt.Errorf("push %d documents: %w", len(docs), err)
	}
	for _, d := range docs {
		if !held() {
			return 0, fmt.Errorf("the lease was lost")
		}
		if _, err := r.Collection.ClearDirty(ctx, d.ID, d.Rev); err != nil {
			return 0, err
		}
	}
	return len(docs), nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
