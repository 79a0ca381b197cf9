package docstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
)

// What the conformance suite needs to see or to step from outside the package.

// StepMonotonic puts the clock by which leases are judged under the test's control and gives the function that advances it.
func StepMonotonic(db *DB) (advance func(time.Duration)) {
	var now time.Duration
	db.mono = func() time.Duration { return now }
	return func(d time.Duration) { now += d }
}

// Seq is the document's physical revision.
func Seq[T any](ctx context.Context, c *Collection[T], id string) (int64, error) {
	rec, err := c.db.engine.get(ctx, c.table, id)
	return rec.seq, err
}

// Outbox is the ids of a document's undelivered events.
func Outbox[T any](ctx context.Context, c *Collection[T], id string) ([]Event, error) {
	rec, err := c.db.engine.get(ctx, c.table, id)
	if err != nil {
		return nil, err
	}
	outbox, err := outboxOf(rec)
	events := make([]Event, len(outbox))
	for i, q := range outbox {
		events[i] = event(c.table, id, q)
	}
	return events, err
}

// Plans explains every read that a page of q makes, its continuation after the cursor included.
func Plans[T any](ctx context.Context, c *Collection[T], q Query) ([]string, error) {
	q.Limit = max(q.Limit, 1)
	s, err := c.scanOf(q)
	if err != nil {
		return nil, err
	}
	parts := []scan{s}
	if q.Cursor != "" {
		place, err := placeOf(c.table, s, q.Cursor)
		if err != nil {
			return nil, err
		}
		parts = s.continued(place)
	}
	return explain(ctx, c.db, c.table, parts)
}

// WaitingPlans explains the reads of the relay and the reconciler.
func WaitingPlans[T any](ctx context.Context, c *Collection[T]) ([]string, error) {
	now := value{kind: isNumber, number: 5}
	return explain(ctx, c.db, c.table, []scan{{index: indexDirty, limit: 5}, {index: indexPending, to: &now, limit: 5},
		{index: indexPending, from: &now, limit: 5}})
}

func explain(ctx context.Context, db *DB, t *table, parts []scan) (plans []string, err error) {
	for _, part := range parts {
		var plan string
		switch e := db.engine.(type) {
		case *sqliteEngine:
			plan, err = e.explain(ctx, t, part)
		case *mongoEngine:
			plan, err = e.explain(ctx, t, part)
		}
		if err != nil {
			return nil, err
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

func (e *sqliteEngine) explain(ctx context.Context, t *table, s scan) (string, error) {
	text, args := sqliteScan(t, s)
	rows, err := e.readers.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		var a, b, c int
		var line string
		if err := rows.Scan(&a, &b, &c, &line); err != nil {
			return "", err
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; "), errors.Join(rows.Err(), rows.Close())
}

func (e *mongoEngine) explain(ctx context.Context, t *table, s scan) (string, error) {
	order := bson.D{}
	for _, f := range s.rest() {
		order = append(order, bson.E{Key: mongoField(f), Value: 1})
	}
	var plan bson.M
	err := e.database.RunCommand(ctx, bson.D{{Key: "explain", Value: bson.D{{Key: "find", Value: t.name}, {Key: "filter", Value: mongoFilter(s)},
		{Key: "sort", Value: order}, {Key: "hint", Value: mongoHint(s.index)}}}}).Decode(&plan)
	if err != nil {
		return "", err
	}
	text, err := bson.MarshalExtJSON(plan["queryPlanner"], false, false)
	return string(text), err
}

// LimitPages makes SQLite believe that the disk holds no more than it holds now, plus the given pages.
func LimitPages(ctx context.Context, db *DB, more int) error {
	e := db.engine.(*sqliteEngine)
	var pages int
	if err := e.readers.QueryRowContext(ctx, "PRAGMA page_count").Scan(&pages); err != nil {
		return err
	}
	_, err := e.writer.ExecContext(ctx, "PRAGMA max_page_count = "+strconv.Itoa(pages+more))
	return err
}
