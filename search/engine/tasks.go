package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// Task statuses and types, as Meilisearch names them.
const (
	statusEnqueued   = "enqueued"
	statusProcessing = "processing"
	statusSucceeded  = "succeeded"
	statusFailed     = "failed"
	statusCanceled   = "canceled"

	typeDocumentAddition = "documentAdditionOrUpdate"
	typeDocumentDeletion = "documentDeletion"
	typeIndexCreation    = "indexCreation"
	typeIndexUpdate      = "indexUpdate"
	typeIndexDeletion    = "indexDeletion"
	typeIndexSwap        = "indexSwap"
	typeIndexCompaction  = "indexCompaction"
	typeSettingsUpdate   = "settingsUpdate"
	typeTaskCancelation  = "taskCancelation"
	typeTaskDeletion     = "taskDeletion"
)

var (
	taskStatuses = []string{statusEnqueued, statusProcessing, statusSucceeded, statusFailed, statusCanceled}
	taskTypes    = []string{
		typeDocumentAddition, typeDocumentDeletion, typeIndexCreation, typeIndexUpdate, typeIndexDeletion,
		typeIndexSwap, typeIndexCompaction, typeSettingsUpdate, typeTaskCancelation, typeTaskDeletion,
	}
)

// task is one accepted write, as stored in the catalog. A task being applied
// is still "enqueued" there, so that a restart applies it again.
type task struct {
	UID            uint64         `json:"uid"`
	BatchUID       *uint64        `json:"batchUid,omitempty"` // none before it is applied
	IndexUID       string         `json:"indexUid,omitempty"`
	Status         string         `json:"status"`
	Type           string         `json:"type"`
	CanceledBy     *uint64        `json:"canceledBy,omitempty"`
	Details        map[string]any `json:"details,omitempty"`
	Error          *apiError      `json:"error,omitempty"`
	EnqueuedAt     time.Time      `json:"enqueuedAt"`
	StartedAt      *time.Time     `json:"startedAt,omitempty"`
	FinishedAt     *time.Time     `json:"finishedAt,omitempty"`
	CustomMetadata string         `json:"customMetadata,omitempty"`

	// What the worker must do, beside the payload; each type reads its own.
	PrimaryKey   string      `json:"primaryKey,omitempty"`   // additions, index creation and update
	Partial      bool        `json:"partial,omitempty"`      // additions: update fields instead of replacing documents
	SkipCreation bool        `json:"skipCreation,omitempty"` // additions: ignore documents that are not there
	Everything   bool        `json:"everything,omitempty"`   // deletions: all documents; settings: reset all
	ByFilter     bool        `json:"byFilter,omitempty"`     // deletions: the payload is a filter, not ids
	Rename       string      `json:"rename,omitempty"`       // index update: the new uid
	Swaps        []indexSwap `json:"swaps,omitempty"`
	Targets      []uint64    `json:"targets,omitempty"`      // task cancelation and deletion
	PayloadBytes int         `json:"payloadBytes,omitempty"` // size of the payload
}

func (t *task) ended() bool {
	return t.Status == statusSucceeded || t.Status == statusFailed || t.Status == statusCanceled
}

// mergeable tells whether the task may share a batch with its neighbours on
// the same index. A deletion by filter may not: what it deletes depends on
// everything before it being searchable. Nor may an addition that creates
// nothing: applied once more after a crash it would find what the tasks after
// it have created.
func (t *task) mergeable() bool {
	switch t.Type {
	case typeDocumentAddition:
		return !t.SkipCreation
	case typeDocumentDeletion:
		return !t.ByFilter && !t.Everything
	}
	return false
}

// global tells whether the task touches more than its own index, so that
// nothing may overtake it.
func (t *task) global() bool { return t.Type == typeIndexSwap || t.Rename != "" }

// urgent tasks act on the queue itself and go before what waits there.
func (t *task) urgent() bool { return t.Type == typeTaskCancelation || t.Type == typeTaskDeletion }

// fail ends the task with err; an error that is not meant for clients becomes
// "internal".
func (t *task) fail(err error) {
	t.Status = statusFailed
	if errors.As(err, &t.Error) {
		return
	}
	t.Error = newError("internal", "An internal error has occurred.")
}

// taskView is a task as clients see it.
type taskView struct {
	UID            uint64         `json:"uid"`
	BatchUID       *uint64        `json:"batchUid"`
	IndexUID       *string        `json:"indexUid"`
	Status         string         `json:"status"`
	Type           string         `json:"type"`
	CanceledBy     *uint64        `json:"canceledBy"`
	Details        map[string]any `json:"details"`
	Error          *apiError      `json:"error"`
	Duration       *string        `json:"duration"`
	EnqueuedAt     time.Time      `json:"enqueuedAt"`
	StartedAt      *time.Time     `json:"startedAt"`
	FinishedAt     *time.Time     `json:"finishedAt"`
	CustomMetadata string         `json:"customMetadata,omitempty"`
}

func (t *task) view() taskView {
	v := taskView{
		UID: t.UID, BatchUID: t.BatchUID, Status: t.Status, Type: t.Type, CanceledBy: t.CanceledBy, Details: t.Details, Error: t.Error,
		EnqueuedAt: t.EnqueuedAt, StartedAt: t.StartedAt, FinishedAt: t.FinishedAt, CustomMetadata: t.CustomMetadata,
	}
	if uid := t.IndexUID; uid != "" {
		v.IndexUID = &uid
	}
	if t.StartedAt != nil && t.FinishedAt != nil {
		d := iso8601(t.FinishedAt.Sub(*t.StartedAt))
		v.Duration = &d
	}
	return v
}

// taskSummary is the answer to an accepted write.
type taskSummary struct {
	TaskUID        uint64    `json:"taskUid"`
	IndexUID       *string   `json:"indexUid"`
	Status         string    `json:"status"`
	Type           string    `json:"type"`
	EnqueuedAt     time.Time `json:"enqueuedAt"`
	CustomMetadata string    `json:"customMetadata,omitempty"`
}

// accept makes the task durable, queues it and returns what the client is
// told. This is the only way a write enters the engine. The task belongs to
// the worker from then on.
func (e *Engine) accept(t *task, payload []byte) (taskSummary, error) {
	t.Status = statusEnqueued
	t.EnqueuedAt = e.now()
	t.PayloadBytes = len(payload)
	var s taskSummary
	// The queue holds tasks in uid order, so storing and queueing are one step.
	err := e.queue.push(t, func() error {
		if err := e.catalog.enqueue(t, payload); err != nil {
			return err
		}
		s = t.summary()
		return nil
	})
	return s, err
}

func (t *task) summary() taskSummary {
	s := taskSummary{TaskUID: t.UID, Status: t.Status, Type: t.Type, EnqueuedAt: t.EnqueuedAt, CustomMetadata: t.CustomMetadata}
	if uid := t.IndexUID; uid != "" {
		s.IndexUID = &uid
	}
	return s
}

func (e *Engine) now() time.Time { return e.opts.Now().UTC() }

// taskQueue holds the tasks that have not ended, in the order of their uids.
type taskQueue struct {
	pushing sync.Mutex // serialises accepting, so that uids enter in order

	mu         sync.Mutex
	waiting    []*task
	batches    uint64             // how many there were: the uid of the next
	processing map[uint64]started // by task
	signal     chan struct{}
}

// started is the batch a task is in and when its processing began.
type started struct {
	batch uint64
	at    time.Time
}

func newTaskQueue(waiting []*task, batches uint64) *taskQueue {
	q := &taskQueue{waiting: waiting, batches: batches, processing: map[uint64]started{}, signal: make(chan struct{}, 1)}
	q.wake()
	return q
}

func (q *taskQueue) wake() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}

func (q *taskQueue) push(t *task, store func() error) error {
	q.pushing.Lock()
	defer q.pushing.Unlock()
	if err := store(); err != nil {
		return err
	}
	q.mu.Lock()
	q.waiting = append(q.waiting, t)
	q.mu.Unlock()
	q.wake()
	return nil
}

// maxBatchTasks and maxBatchBytes bound one batch, so that progress is visible
// and memory is bounded when a long queue is drained.
const (
	maxBatchTasks = 500
	maxBatchBytes = 8 << 20
)

// next takes the next batch: an urgent task, or the oldest task and, if that
// can be merged, the mergeable tasks of the same index that no other task of
// that index separates from it. It returns nil when nothing waits.
func (q *taskQueue) next(now time.Time) []*task {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil
	}
	var batch []*task
	for _, t := range q.waiting {
		if t.urgent() {
			batch = []*task{t}
			break
		}
	}
	if batch == nil {
		head := q.waiting[0]
		batch = []*task{head}
		if head.mergeable() {
			size := head.PayloadBytes
			for _, t := range q.waiting[1:] {
				if len(batch) == maxBatchTasks || t.global() {
					break
				}
				if t.IndexUID != head.IndexUID {
					continue
				}
				if size += t.PayloadBytes; !t.mergeable() || size > maxBatchBytes {
					break
				}
				batch = append(batch, t)
			}
		}
	}
	uid := q.batches
	q.batches++
	for _, t := range batch {
		q.processing[t.UID] = started{uid, now}
		t.BatchUID = &uid
	}
	q.remove(batch)
	return batch
}

func (q *taskQueue) remove(gone []*task) {
	drop := make(map[uint64]bool, len(gone))
	for _, t := range gone {
		drop[t.UID] = true
	}
	kept := q.waiting[:0]
	for _, t := range q.waiting {
		if !drop[t.UID] {
			kept = append(kept, t)
		}
	}
	clear(q.waiting[len(kept):])
	q.waiting = kept
}

// cancel takes the targets that still wait out of the queue.
func (q *taskQueue) cancel(targets []uint64) []*task {
	wanted := make(map[uint64]bool, len(targets))
	for _, uid := range targets {
		wanted[uid] = true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	var taken []*task
	for _, t := range q.waiting {
		if wanted[t.UID] {
			taken = append(taken, t)
		}
	}
	q.remove(taken)
	return taken
}

// done forgets that the batch is being processed.
func (q *taskQueue) done(batch []*task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, t := range batch {
		delete(q.processing, t.UID)
	}
}

// show marks a stored task as processing if it is. A task counts as processing
// until its effect can be seen by searches, even when the catalog already has
// its end: who waits for a task must then find what it did.
func (q *taskQueue) show(t *task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if begun, ok := q.processing[t.UID]; ok {
		t.Status, t.Error, t.BatchUID = statusProcessing, nil, &begun.batch
		t.StartedAt, t.FinishedAt = &begun.at, nil
	}
}

// busy tells which tasks are being processed.
func (q *taskQueue) busy() []uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	uids := make([]uint64, 0, len(q.processing))
	for uid := range q.processing {
		uids = append(uids, uid)
	}
	return uids
}

// work applies batches until the engine closes.
func (e *Engine) work() {
	defer e.stopped.Done()
	for finished := 0; ; {
		select {
		case <-e.stop:
			return
		case <-e.queue.signal:
		}
		for {
			if e.closing() != nil {
				return
			}
			batch := e.queue.next(e.now())
			if batch == nil {
				break
			}
			e.process(batch)
			e.queue.done(batch)
			if finished += len(batch); finished > maxTasks/10 {
				finished = 0
				if err := e.catalog.prune(); err != nil {
					e.opts.Logger.Error("engine: prune task log", "error", err)
				}
			}
		}
	}
}

// process applies one batch and ends its tasks. If even the failure cannot be
// recorded (a full disk), the tasks stay enqueued in the catalog and are
// applied again at the next start.
func (e *Engine) process(batch []*task) {
	started := e.now()
	for _, t := range batch {
		t.StartedAt = &started
	}
	err := e.apply(batch)
	if err == nil || errors.Is(err, errClosing) {
		return
	}
	if refused := new(apiError); !errors.As(err, &refused) {
		e.opts.Logger.Error("engine: task failed", "task", batch[0].UID, "type", batch[0].Type, "index", batch[0].IndexUID, "error", err)
	}
	for _, t := range batch {
		if !t.ended() {
			t.fail(err)
		}
	}
	if err := e.finish(batch, nil); err != nil {
		e.opts.Logger.Error("engine: task could not be closed", "task", batch[0].UID, "error", err)
	}
}

// apply runs a batch. On success it has called finish itself, in the same
// transaction as the metadata change the batch makes.
func (e *Engine) apply(batch []*task) (err error) {
	// A fault in one task must not end the process, nor stop the tasks after it.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	t := batch[0]
	switch t.Type {
	case typeDocumentAddition, typeDocumentDeletion:
		return e.applyDocuments(batch)
	case typeIndexCreation:
		return e.applyIndexCreation(t)
	case typeIndexUpdate:
		return e.applyIndexUpdate(t)
	case typeIndexDeletion:
		return e.applyIndexDeletion(t)
	case typeIndexSwap:
		return e.applyIndexSwap(t)
	case typeIndexCompaction:
		return e.applyIndexCompaction(t)
	case typeSettingsUpdate:
		return e.applySettings(t)
	case typeTaskCancelation:
		return e.applyTaskCancelation(t)
	case typeTaskDeletion:
		return e.applyTaskDeletion(t)
	}
	return newError("internal", "Unknown task type `%s`.", t.Type)
}

// applyTaskCancelation ends the targets that have not started.
func (e *Engine) applyTaskCancelation(t *task) error {
	canceled := e.queue.cancel(t.Targets)
	for _, c := range canceled {
		c.Status = statusCanceled
		c.CanceledBy = &t.UID
	}
	t.Details["canceledTasks"] = len(canceled)
	return e.finish(append(canceled, t), nil)
}

// applyTaskDeletion forgets the targets that have ended.
func (e *Engine) applyTaskDeletion(t *task) error {
	var gone []uint64
	for _, uid := range t.Targets {
		found, err := e.catalog.task(uid)
		if err != nil {
			return err
		}
		if found != nil && found.ended() {
			gone = append(gone, uid)
		}
	}
	if err := e.catalog.forget(gone); err != nil {
		return err
	}
	t.Details["deletedTasks"] = len(gone)
	return e.finish([]*task{t}, nil)
}

// iso8601 renders a duration as Meilisearch does, e.g. PT0.042S.
func iso8601(d time.Duration) string {
	seconds, _ := json.Marshal(d.Seconds())
	return "PT" + string(seconds) + "S"
}
