package engine

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// catalog is the durable truth about which indexes exist and which tasks were
// accepted. Every method that changes it returns after the change is synced.
type catalog struct {
	db *bbolt.DB
}

// indexMeta describes one index. Dir names its directory under indexes/;
// swapping and rebuilding change only what a uid points at.
type indexMeta struct {
	UID        string    `json:"uid"`
	Dir        string    `json:"dir"`
	PrimaryKey string    `json:"primaryKey,omitempty"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt"`
	Settings   settings  `json:"settings"`
}

var (
	bucketIndexes  = []byte("indexes")  // uid -> indexMeta
	bucketTasks    = []byte("tasks")    // big-endian task uid -> task
	bucketQueue    = []byte("queue")    // big-endian uids of the tasks that have not ended; its sequence counts batches
	bucketPayloads = []byte("payloads") // big-endian task uid -> request body, until the task ends
)

// maxTasks bounds the log: beyond it the oldest finished tasks are forgotten,
// a tenth at a time.
const maxTasks = 50_000

func openCatalog(path string) (*catalog, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second, FreelistType: bbolt.FreelistMapType})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, errors.New("another process has it open")
	}
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{bucketIndexes, bucketTasks, bucketQueue, bucketPayloads} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &catalog{db: db}, nil
}

func (c *catalog) close() error { return c.db.Close() }

func taskKey(uid uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, uid)
}

// indexes returns every index by uid.
func (c *catalog) indexes() (map[string]indexMeta, error) {
	metas := map[string]indexMeta{}
	err := c.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketIndexes).ForEach(func(k, v []byte) error {
			var meta indexMeta
			if err := json.Unmarshal(v, &meta); err != nil {
				return err
			}
			metas[string(k)] = meta
			return nil
		})
	})
	return metas, err
}

// enqueue accepts a task: it gives it the next uid and stores it with its
// payload.
func (c *catalog) enqueue(t *task, payload []byte) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		tasks := tx.Bucket(bucketTasks)
		// bbolt's sequence starts at 1; Meilisearch's task uids start at 0.
		next, err := tasks.NextSequence()
		if err != nil {
			return err
		}
		t.UID = next - 1
		if len(payload) > 0 {
			if err := tx.Bucket(bucketPayloads).Put(taskKey(t.UID), payload); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketQueue).Put(taskKey(t.UID), nil); err != nil {
			return err
		}
		return putJSON(tasks, taskKey(t.UID), t)
	})
}

// payload returns a copy of the body a task came with.
func (c *catalog) payload(uid uint64) ([]byte, error) {
	var body []byte
	err := c.db.View(func(tx *bbolt.Tx) error {
		body = append(body, tx.Bucket(bucketPayloads).Get(taskKey(uid))...)
		return nil
	})
	return body, err
}

// finish records ended tasks, drops their payloads and applies changes to the
// indexes' metadata, all in one transaction.
func (c *catalog) finish(done []*task, change func(metas *bbolt.Bucket) error) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		tasks, queue, payloads := tx.Bucket(bucketTasks), tx.Bucket(bucketQueue), tx.Bucket(bucketPayloads)
		for _, t := range done {
			if err := putJSON(tasks, taskKey(t.UID), t); err != nil {
				return err
			}
			if err := queue.Delete(taskKey(t.UID)); err != nil {
				return err
			}
			if err := payloads.Delete(taskKey(t.UID)); err != nil {
				return err
			}
			if t.BatchUID != nil && *t.BatchUID >= queue.Sequence() {
				if err := queue.SetSequence(*t.BatchUID + 1); err != nil {
					return err
				}
			}
		}
		if change != nil {
			if err := change(tx.Bucket(bucketIndexes)); err != nil {
				return err
			}
		}
		return nil
	})
}

// prune forgets the oldest finished tasks once the log exceeds maxTasks.
func (c *catalog) prune() error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		tasks := tx.Bucket(bucketTasks)
		if tasks.Stats().KeyN <= maxTasks {
			return nil
		}
		var old [][]byte
		cursor := tasks.Cursor()
		for k, v := cursor.First(); k != nil && len(old) < maxTasks/10; k, v = cursor.Next() {
			var t task
			if err := json.Unmarshal(v, &t); err != nil {
				return err
			}
			if t.ended() {
				old = append(old, append([]byte(nil), k...))
			}
		}
		for _, k := range old {
			if err := tasks.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// task returns one task, or nil when there is none.
func (c *catalog) task(uid uint64) (*task, error) {
	var found *task
	err := c.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bucketTasks).Get(taskKey(uid))
		if v == nil {
			return nil
		}
		found = new(task)
		return json.Unmarshal(v, found)
	})
	return found, err
}

// eachTask visits tasks from the newest to the oldest, or the other way when
// reverse, until visit returns false.
func (c *catalog) eachTask(reverse bool, visit func(*task) bool) error {
	return c.db.View(func(tx *bbolt.Tx) error {
		cursor := tx.Bucket(bucketTasks).Cursor()
		first, next := cursor.Last, cursor.Prev
		if reverse {
			first, next = cursor.First, cursor.Next
		}
		for k, v := first(); k != nil; k, v = next() {
			t := new(task)
			if err := json.Unmarshal(v, t); err != nil {
				return err
			}
			if !visit(t) {
				return nil
			}
		}
		return nil
	})
}

// forget deletes tasks from the log.
func (c *catalog) forget(uids []uint64) error {
	return c.db.Update(func(tx *bbolt.Tx) error {
		for _, uid := range uids {
			if err := tx.Bucket(bucketTasks).Delete(taskKey(uid)); err != nil {
				return err
			}
		}
		return nil
	})
}

// enqueued returns the tasks that were accepted and have not ended, oldest
// first, and how many batches ended before them.
func (c *catalog) enqueued() (waiting []*task, batches uint64, err error) {
	err = c.db.View(func(tx *bbolt.Tx) error {
		tasks := tx.Bucket(bucketTasks)
		batches = tx.Bucket(bucketQueue).Sequence()
		return tx.Bucket(bucketQueue).ForEach(func(uid, _ []byte) error {
			t := new(task)
			waiting = append(waiting, t)
			return json.Unmarshal(tasks.Get(uid), t)
		})
	})
	return waiting, batches, err
}

func putJSON(b *bbolt.Bucket, key []byte, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

// putMeta and dropMeta are the two changes finish can make to an index.
func putMeta(b *bbolt.Bucket, meta indexMeta) error {
	return putJSON(b, []byte(meta.UID), meta)
}

func dropMeta(b *bbolt.Bucket, uid string) error {
	return b.Delete([]byte(uid))
}
