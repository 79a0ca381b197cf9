package docstore_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// surviveKill kills a child process in the middle of its writes, several times, and looks for every write that the child
// said was acknowledged: body, event and dirty mark.
func surviveKill(t *testing.T, p place) {
	rounds, writers := 3, 8
	if os.Getenv("LIANBANG_PROVE") != "" {
		rounds = 20
	}
	if p.engine == "ferretdb" {
		rounds, writers = 1, 4 // it is slow
	}
	items(t, p.open(t)) // make the tables first, so that the child's time goes into writes
	acknowledged, writes := map[string]int64{}, 0
	for round := range rounds {
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), "DOCSTORE_TEST_WRITER="+p.url, fmt.Sprint("DOCSTORE_TEST_ROUND=", round), fmt.Sprint("DOCSTORE_TEST_WRITERS=", writers))
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		noError(t, err)
		noError(t, child.Start())
		lines, enough := 0, 150+37*round // a different moment each time
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			var id string
			var amount int64
			if n, _ := fmt.Sscanf(scanner.Text(), "%s %d .", &id, &amount); n == 2 && strings.HasSuffix(scanner.Text(), ".") {
				acknowledged[id] = max(acknowledged[id], amount)
				writes++
			}
			if lines++; lines == enough {
				noError(t, child.Process.Kill()) // and read on: what is in the pipe was acknowledged as well
			}
		}
		_ = child.Wait()
		if lines < enough {
			t.Fatalf("the child ended by itself after %d writes", lines)
		}
	}
	db := p.open(t)
	c := items(t, db)
	dirty := int64(0)
	for id, amount := range acknowledged {
		doc, err := c.Get(t.Context(), id)
		if err != nil {
			t.Fatalf("%s, acknowledged at %d, is lost: %v", id, amount, err)
		}
		events := ok(docstore.Outbox(t.Context(), c, id))(t)
		if doc.Body.Amount < amount || doc.Rev != doc.Body.Amount+1 || int64(len(events)) != doc.Rev {
			t.Errorf("%s: acknowledged %d, stored %d at revision %d with %d events", id, amount, doc.Body.Amount, doc.Rev, len(events))
		}
		dirty++
	}
	if n := ok(c.Backlog(t.Context()))(t); n < dirty {
		t.Errorf("%d of %d are marked dirty", n, dirty)
	}
	t.Logf("%d acknowledged writes to %d documents, none lost over %d kills", writes, len(acknowledged), rounds)
}

// writeUntilKilled is the child: writers insert documents, update each a few times and print every acknowledgement.
func writeUntilKilled() {
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "writer:", err)
			os.Exit(1)
		}
	}
	db, err := docstore.Open(ctx, docstore.Options{URL: os.Getenv("DOCSTORE_TEST_WRITER")})
	fail(err)
	c, err := docstore.NewCollection[item](ctx, db, itemSpec)
	fail(err)
	var writers int
	_, err = fmt.Sscan(os.Getenv("DOCSTORE_TEST_WRITERS"), &writers)
	fail(err)
	var out sync.Mutex
	say := func(id string, amount int64) {
		out.Lock()
		defer out.Unlock()
		fmt.Printf("%s %d .\n", id, amount) // unbuffered: one write call per line
	}
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("r%s-w%d-%d", os.Getenv("DOCSTORE_TEST_ROUND"), w, i)
				_, err := c.Insert(ctx, id, newItem(id), docstore.Emit("made", nil))
				fail(err)
				say(id, 0)
				for range 4 {
					doc, err := c.Update(ctx, id, func(tx *docstore.Tx[item]) error {
						tx.Body.Amount++
						return tx.Emit("changed", nil)
					})
					fail(err)
					say(id, doc.Body.Amount)
				}
			}
		})
	}
	group.Wait()
}

// A full disk is a clear fault, loses nothing acknowledged, and passes when there is room again.
func TestFullDisk(t *testing.T) {
	p := engines[0].at(t)
	db := p.open(t)
	c := items(t, db)
	ok(c.Insert(t.Context(), "before", newItem("before")))(t)
	noError(t, docstore.LimitPages(t.Context(), db, 30))
	var acknowledged []string
	var full error
	for i := 0; full == nil && i < 1000; i++ {
		id := fmt.Sprint("d", i)
		it := newItem(id)
		it.Tags = []string{strings.Repeat("x", 8000)}
		if _, full = c.Insert(t.Context(), id, it); full == nil {
			acknowledged = append(acknowledged, id)
		}
	}
	wantKind(t, full, fault.Unavailable, "storage_full")
	ok(c.Get(t.Context(), "before"))(t)
	noError(t, docstore.LimitPages(t.Context(), db, 10000))
	ok(c.Insert(t.Context(), "after", newItem("after")))(t)
	again := items(t, p.open(t))
	for _, id := range append(acknowledged, "before", "after") {
		ok(again.Get(t.Context(), id))(t)
	}
	if len(acknowledged) == 0 {
		t.Error("nothing fitted")
	}
}

// A place that cannot be written, and a file that is no database, are clear faults too.
func TestBadPlaces(t *testing.T) {
	dir := t.TempDir()
	open := func(path string) error {
		db, err := docstore.Open(t.Context(), docstore.Options{URL: "sqlite:" + path})
		if err == nil {
			_ = db.Close(t.Context())
		}
		return err
	}
	garbage := filepath.Join(dir, "garbage.db")
	noError(t, os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 1000)), 0o600))
	wantKind(t, open(garbage), fault.Internal, "storage_corrupt")
	locked := filepath.Join(dir, "locked")
	noError(t, os.Mkdir(locked, 0o500))
	if os.Geteuid() == 0 {
		t.Skip("root may write to a read-only directory, so that case cannot be made here")
	}
	wantKind(t, open(filepath.Join(locked, "a.db")), fault.Unavailable, "storage_read_only")
}

// A backup taken while others write is a whole database that opens, with everything acknowledged before it began.
func TestBackup(t *testing.T) {
	p := engines[0].at(t)
	db := p.open(t)
	c := items(t, db)
	before := fill(t, c, "b", 40)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	written := make(chan struct{}, 1)
	group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			id := fmt.Sprint("w", i)
			if _, err := c.Insert(context.Background(), id, newItem(id)); err != nil {
				t.Error(err)
				return
			}
			select {
			case written <- struct{}{}:
			default:
			}
		}
	})
	<-written
	target := filepath.Join(t.TempDir(), "copy.db")
	noError(t, db.Backup(t.Context(), target))
	stop()
	group.Wait()
	wantKind(t, db.Backup(t.Context(), target), fault.Conflict, "backup_exists")

	copied := items(t, place{url: "sqlite:" + target}.open(t))
	for _, id := range before {
		ok(copied.Get(t.Context(), id))(t)
	}
	if page := ok(copied.Find(t.Context(), docstore.Query{Index: "byCode", Equal: []any{"b0007"}}))(t); len(page.Items) != 1 {
		t.Error("the copy's indexes do not work")
	}
	raw := ok(sql.Open("sqlite", target))(t)
	var verdict string
	noError(t, raw.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	noError(t, raw.Close())
	if verdict != "ok" {
		t.Errorf("integrity: %s", verdict)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(target), "*.partial")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A write whose caller leaves is either there or was never begun; the store goes on.
func TestCancelledCallers(t *testing.T) {
	c := items(t, engines[0].at(t).open(t))
	ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	together(t, 8, func(int) error {
		for range 30 {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Microsecond)
			_, err := c.Update(ctx, "a", increment)
			cancel()
			if err != nil && fault.KindOf(err) != fault.Unavailable {
				return err
			}
		}
		return nil
	})
	doc := ok(c.Update(t.Context(), "a", increment))(t)
	if doc.Body.Amount != doc.Rev-1 {
		t.Errorf("amount %d at revision %d", doc.Body.Amount, doc.Rev)
	}
}
