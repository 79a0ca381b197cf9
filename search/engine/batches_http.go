package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
)

// batchView is tasks that were applied together, as clients see them. There is
// no progress to show: a batch is seen by searches as a whole or not at all.
type batchView struct {
	UID        uint64         `json:"uid"`
	Progress   any            `json:"progress"`
	Details    map[string]any `json:"details"`
	Stats      batchStats     `json:"stats"`
	Duration   *string        `json:"duration"`
	StartedAt  *time.Time     `json:"startedAt"`
	FinishedAt *time.Time     `json:"finishedAt"`
	Strategy   string         `json:"batchStrategy"`
}

type batchStats struct {
	Total    int            `json:"totalNbTasks"`
	Statuses map[string]int `json:"status"`
	Types    map[string]int `json:"types"`
	Indexes  map[string]int `json:"indexUids"`
}

// add takes one of the batch's tasks in. Numbers in the details add up.
func (b *batchView) add(t *task) {
	b.Stats.Total++
	b.Stats.Statuses[t.Status]++
	b.Stats.Types[t.Type]++
	if t.IndexUID != "" {
		b.Stats.Indexes[t.IndexUID]++
	}
	for name, value := range t.Details {
		have, isNumber := b.Details[name].(float64)
		if more, ok := value.(float64); ok && isNumber {
			b.Details[name] = have + more
		} else if b.Details[name] == nil {
			b.Details[name] = value
		}
	}
	b.StartedAt, b.FinishedAt = t.StartedAt, t.FinishedAt
	if t.StartedAt != nil && t.FinishedAt != nil {
		d := iso8601(t.FinishedAt.Sub(*t.StartedAt))
		b.Duration = &d
	}
	b.Strategy = "batched the enqueued tasks that could be applied together"
	if b.Stats.Total == 1 && !t.mergeable() {
		b.Strategy = fmt.Sprintf("created batch containing only task with id %d of type `%s` that cannot be batched with any other task.", t.UID, t.Type)
	}
}

// batches lists the batches that hold a task the filter keeps, newest first.
func (e *Engine) batches(f *taskFilter) ([]*batchView, error) {
	all, kept := map[uint64]*batchView{}, map[uint64]bool{}
	err := e.catalog.eachTask(true, func(t *task) bool {
		e.queue.show(t)
		if t.BatchUID == nil {
			return true
		}
		uid := *t.BatchUID
		if all[uid] == nil {
			all[uid] = &batchView{UID: uid, Details: map[string]any{},
				Stats: batchStats{Statuses: map[string]int{}, Types: map[string]int{}, Indexes: map[string]int{}}}
		}
		all[uid].add(t)
		kept[uid] = kept[uid] || f.keeps(t)
		return true
	})
	list := make([]*batchView, 0, len(kept))
	for uid, b := range all {
		if kept[uid] {
			list = append(list, b)
		}
	}
	slices.SortFunc(list, func(a, b *batchView) int { return cmp.Compare(b.UID, a.UID) })
	return list, err
}

func (e *Engine) listBatches(c *fiber.Ctx) error {
	f, err := readTaskFilter(c)
	if err != nil {
		return err
	}
	list, err := e.batches(f)
	if err != nil {
		return err
	}
	total, limit := len(list), valueOr(f.Limit, defaultLimit)
	if limit < 0 {
		return newError("invalid_batch_limit", "Invalid value in parameter `limit`: could not parse `%d` as a positive integer", limit)
	}
	if f.Reverse {
		slices.Reverse(list)
	}
	if f.From != nil {
		list = slices.DeleteFunc(list, func(b *batchView) bool {
			return !f.Reverse && b.UID > uint64(*f.From) || f.Reverse && b.UID < uint64(*f.From)
		})
	}
	var from, next *uint64
	if len(list) > limit {
		next = &list[limit].UID
		list = list[:limit]
	}
	if len(list) > 0 {
		from = &list[0].UID
	}
	return c.JSON(fiber.Map{"results": list, "total": total, "limit": limit, "from": from, "next": next})
}

func (e *Engine) getBatch(c *fiber.Ctx) error {
	uid, err := strconv.ParseUint(c.Params("uid"), 10, 64)
	if err != nil {
		return newError("invalid_batch_uids", "Batch uid `%s` is invalid. It should only contain numeric characters.", c.Params("uid"))
	}
	list, err := e.batches(&taskFilter{batchUIDs: []uint64{uid}})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return newError("batch_not_found", "Batch `%d` not found.", uid)
	}
	return c.JSON(list[0])
}
