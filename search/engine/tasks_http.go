package engine

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
)

// taskFilter are the parameters that choose tasks.
type taskFilter struct {
	UIDs             []string   `json:"uids" code:"invalid_task_uids"`
	BatchUIDs        []string   `json:"batchUids" code:"invalid_batch_uids"`
	Statuses         []string   `json:"statuses" code:"invalid_task_statuses"`
	Types            []string   `json:"types" code:"invalid_task_types"`
	IndexUIDs        []string   `json:"indexUids" code:"invalid_index_uid"`
	CanceledBy       []string   `json:"canceledBy" code:"invalid_task_canceled_by"`
	BeforeEnqueuedAt *time.Time `json:"beforeEnqueuedAt" code:"invalid_task_before_enqueued_at"`
	AfterEnqueuedAt  *time.Time `json:"afterEnqueuedAt" code:"invalid_task_after_enqueued_at"`
	BeforeStartedAt  *time.Time `json:"beforeStartedAt" code:"invalid_task_before_started_at"`
	AfterStartedAt   *time.Time `json:"afterStartedAt" code:"invalid_task_after_started_at"`
	BeforeFinishedAt *time.Time `json:"beforeFinishedAt" code:"invalid_task_before_finished_at"`
	AfterFinishedAt  *time.Time `json:"afterFinishedAt" code:"invalid_task_after_finished_at"`
	Limit            *int       `json:"limit" code:"invalid_task_limit"`
	From             *int       `json:"from" code:"invalid_task_from"`
	Reverse          bool       `json:"reverse" code:"invalid_task_reverse"`

	uids, batchUIDs, canceledBy []uint64
}

func readTaskFilter(c *fiber.Ctx) (*taskFilter, error) {
	f := &taskFilter{}
	if err := decodeQuery(rawQuery(c), f); err != nil {
		return nil, err
	}
	var err error
	if f.uids, err = parseUIDs(f.UIDs, "invalid_task_uids", "uids"); err != nil {
		return nil, err
	}
	if f.batchUIDs, err = parseUIDs(f.BatchUIDs, "invalid_batch_uids", "batchUids"); err != nil {
		return nil, err
	}
	if f.canceledBy, err = parseUIDs(f.CanceledBy, "invalid_task_canceled_by", "canceledBy"); err != nil {
		return nil, err
	}
	for _, s := range f.Statuses {
		if s != "*" && !slices.Contains(taskStatuses, s) {
			return nil, newError("invalid_task_statuses", "Invalid value in parameter `statuses`: `%s` is not a valid task status. Available statuses are %s.", s, quotedList(taskStatuses))
		}
	}
	for _, s := range f.Types {
		if s != "*" && !slices.Contains(taskTypes, s) {
			return nil, newError("invalid_task_types", "Invalid value in parameter `types`: `%s` is not a valid task type. Available types are %s.", s, quotedList(taskTypes))
		}
	}
	for _, uid := range f.IndexUIDs {
		if uid != "*" {
			if err := checkIndexUID(uid); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func parseUIDs(list []string, code, name string) ([]uint64, error) {
	var uids []uint64
	for _, s := range list {
		if s == "*" {
			continue
		}
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return nil, newError(code, "Invalid value in parameter `%s`: could not parse `%s` as a positive integer", name, s)
		}
		uids = append(uids, n)
	}
	return uids, nil
}

// empty tells whether nothing chooses; "*" is a choice.
func (f *taskFilter) empty() bool {
	return f.UIDs == nil && f.BatchUIDs == nil && f.Statuses == nil && f.Types == nil && f.IndexUIDs == nil && f.CanceledBy == nil &&
		f.BeforeEnqueuedAt == nil && f.AfterEnqueuedAt == nil && f.BeforeStartedAt == nil && f.AfterStartedAt == nil &&
		f.BeforeFinishedAt == nil && f.AfterFinishedAt == nil
}

func (f *taskFilter) keeps(t *task) bool {
	return (len(f.uids) == 0 || slices.Contains(f.uids, t.UID)) &&
		(len(f.batchUIDs) == 0 || t.BatchUID != nil && slices.Contains(f.batchUIDs, *t.BatchUID)) &&
		(len(f.canceledBy) == 0 || t.CanceledBy != nil && slices.Contains(f.canceledBy, *t.CanceledBy)) &&
		chosen(f.Statuses, t.Status) && chosen(f.Types, t.Type) && chosen(f.IndexUIDs, t.IndexUID) &&
		within(&t.EnqueuedAt, f.AfterEnqueuedAt, f.BeforeEnqueuedAt) &&
		within(t.StartedAt, f.AfterStartedAt, f.BeforeStartedAt) &&
		within(t.FinishedAt, f.AfterFinishedAt, f.BeforeFinishedAt)
}

func chosen(list []string, value string) bool {
	return len(list) == 0 || slices.Contains(list, "*") || slices.Contains(list, value)
}

func within(at, after, before *time.Time) bool {
	if after == nil && before == nil {
		return true
	}
	return at != nil && (after == nil || at.After(*after)) && (before == nil || at.Before(*before))
}

func (e *Engine) listTasks(c *fiber.Ctx) error {
	f, err := readTaskFilter(c)
	if err != nil {
		return err
	}
	limit := valueOr(f.Limit, defaultLimit)
	if limit < 0 {
		return newError("invalid_task_limit", "Invalid value in parameter `limit`: could not parse `%d` as a positive integer", limit)
	}
	results := []taskView{}
	var next *uint64
	total := 0
	err = e.catalog.eachTask(f.Reverse, func(t *task) bool {
		e.queue.show(t)
		if !f.keeps(t) {
			return true
		}
		total++
		if f.From != nil && (!f.Reverse && t.UID > uint64(*f.From) || f.Reverse && t.UID < uint64(*f.From)) {
			return true
		}
		switch {
		case len(results) < limit:
			results = append(results, t.view())
		case next == nil:
			next = &t.UID
		}
		return true
	})
	if err != nil {
		return err
	}
	var from *uint64
	if len(results) > 0 {
		from = &results[0].UID
	}
	return c.JSON(fiber.Map{"results": results, "total": total, "limit": limit, "from": from, "next": next})
}

func (e *Engine) getTask(c *fiber.Ctx) error {
	uid, err := strconv.ParseUint(c.Params("uid"), 10, 64)
	if err != nil {
		return newError("invalid_task_uids", "Task uid `%s` is invalid. It should only contain numeric characters.", c.Params("uid"))
	}
	t, err := e.catalog.task(uid)
	if err != nil {
		return err
	}
	if t == nil {
		return newError("task_not_found", "Task `%d` not found.", uid)
	}
	e.queue.show(t)
	return c.JSON(t.view())
}

func (e *Engine) cancelTasks(c *fiber.Ctx) error {
	return e.acceptOnTasks(c, typeTaskCancelation, "canceledTasks", func(t *task) bool { return !t.ended() })
}

func (e *Engine) deleteTasks(c *fiber.Ctx) error {
	return e.acceptOnTasks(c, typeTaskDeletion, "deletedTasks", (*task).ended)
}

// acceptOnTasks queues a task about other tasks. Its targets are fixed now.
func (e *Engine) acceptOnTasks(c *fiber.Ctx, kind, detail string, applies func(*task) bool) error {
	f, err := readTaskFilter(c)
	if err != nil {
		return err
	}
	if f.empty() {
		return newError("missing_task_filters", "Query parameters to filter the tasks to %s are missing. Available query parameters are: `uids`, `batchUids`, `indexUids`, `statuses`, `types`, `canceledBy`, `beforeEnqueuedAt`, `afterEnqueuedAt`, `beforeStartedAt`, `afterStartedAt`, `beforeFinishedAt`, `afterFinishedAt`.", kind)
	}
	t := &task{Type: kind, Targets: []uint64{}}
	matched := 0
	err = e.catalog.eachTask(true, func(other *task) bool {
		e.queue.show(other)
		if f.keeps(other) {
			matched++
			if applies(other) {
				t.Targets = append(t.Targets, other.UID)
			}
		}
		return true
	})
	if err != nil {
		return err
	}
	t.Details = map[string]any{"matchedTasks": matched, detail: nil, "originalFilter": "?" + rawQuery(c)}
	summary, err := e.accept(t, nil)
	if err != nil {
		return err
	}
	return c.Status(http.StatusOK).JSON(summary)
}
