package audit_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/docstore/docstoretest"
	"lianbang/services/platform/rest"
)

// thing is a document that is decided on.
type thing struct {
	State string `json:"state"`
	N     int    `json:"n"`
}

// bench is one replica of a service: its database, its log, its relay.
type bench struct {
	t      *testing.T
	db     *docstore.DB
	log    *audit.Log
	things *docstore.Collection[thing]
	idle   *docstore.Collection[thing]
}

const service = "demand"

func open(t *testing.T, url string) *bench {
	t.Helper()
	db, err := docstore.Open(t.Context(), docstore.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, db: db}
	if b.log, err = audit.Open(t.Context(), db, service); err != nil {
		t.Fatal(err)
	}
	if b.things, err = docstore.NewCollection[thing](t.Context(), db, docstore.Spec{Name: "things", Version: 1}); err != nil {
		t.Fatal(err)
	}
	if b.idle, err = docstore.NewCollection[thing](t.Context(), db, docstore.Spec{Name: "idle", Version: 1, Unwitnessed: true}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) close() {
	b.t.Helper()
	if err := b.db.Close(context.WithoutCancel(b.t.Context())); err != nil {
		b.t.Error(err)
	}
}

// as is a request of an operator that calls an operation.
func as(ctx context.Context, operation, reason string) context.Context {
	ctx = access.With(ctx, access.Actor{UserID: "u-zhou", Staff: access.CityOperator})
	return rest.WithRequest(ctx, &rest.Request{ID: "request-1", Operation: operation, Reason: reason})
}

// decide makes n decisions on documents of their own.
func (b *bench) decide(n int) {
	b.t.Helper()
	for i := range n {
		id := fmt.Sprintf("d%d:1:o%d", i%3, i)
		if _, err := b.things.Insert(as(b.t.Context(), "approveDemand", fmt.Sprintf("第 %d 项\n符合规则", i+1)), id, thing{State: "approved"}); err != nil {
			b.t.Fatal(err)
		}
	}
}

// relay delivers until the log has n entries, or until stopped when n is 0.
func (b *bench) relay(n int64) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	r := docstore.NewRelay(b.db, docstore.RelayOptions{LeaseTTL: time.Second, Poll: 20 * time.Millisecond, MinPause: 5 * time.Millisecond,
		Deliver: func(context.Context, docstore.Event) error { return nil }})
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	within(b.t, "the log to have its entries and the outboxes to be empty", func() bool {
		waiting, err := r.Backlog(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		return b.head().Seq >= n && waiting == 0
	})
	stop()
	if err := <-ended; err != nil {
		b.t.Error(err)
	}
}

func (b *bench) head() audit.Head {
	b.t.Helper()
	h, err := b.log.Head(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func fileIn(dir string) string { return filepath.Join(dir, service+".db") }

// verify checks a closed database as `lianbang audit verify` does.
func verify(t *testing.T, path string, heads ...audit.Head) audit.Report {
	t.Helper()
	db, err := docstore.Open(t.Context(), docstore.Options{URL: "sqlite:" + path, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }()
	report, err := audit.Verify(t.Context(), db, service, heads)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestADecisionIsRecordedWithItsWrite(t *testing.T) {
	path := fileIn(t.TempDir())
	b := open(t, "sqlite:"+path)
	ctx := t.Context()
	if _, err := b.things.Insert(ctx, "d1", thing{State: "draft"}); err != nil { // no request
		t.Fatal(err)
	}
	if _, err := b.things.Insert(as(ctx, "createDemand", ""), "d2", thing{State: "draft"}); err != nil { // decides nothing
		t.Fatal(err)
	}
	if _, err := b.idle.Insert(as(ctx, "approveDemand", ""), "counter", thing{}); err != nil {
		t.Fatal(err)
	}
	change := func(ctx context.Context, id, state string) {
		t.Helper()
		if _, err := b.things.Update(ctx, id, func(tx *docstore.Tx[thing]) error { tx.Body.State = state; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	change(as(ctx, "approveDemand", "符合规则"), "d1", "approved")
	change(as(ctx, "approveDemand", "没有改变"), "d1", "approved") // and so decides nothing
	change(docstore.Unwitnessed(as(ctx, "approveDemand", "")), "d1", "published")
	change(as(ctx, "rejectDemand", strings.Repeat("长", 3000)), "d2", "rejected")
	b.relay(2)

	page, err := b.log.List(ctx, audit.Filter{}, 10, "")
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%d entries (%v)", len(page.Items), err)
	}
	entries := map[string]audit.Entry{} // those of two documents come in any order
	for _, d := range page.Items {
		entries[d.Body.Subject] = d.Body
	}
	e := entries["d1"]
	if e.Operation != "approveDemand" || e.Subject != "d1" || e.Collection != "things" || e.Rev != 2 || e.Outcome != "approved" ||
		e.Reason != "符合规则" || e.RequestID != "request-1" || e.Actor != (audit.Actor{UserID: "u-zhou", Staff: access.CityOperator}) || time.Since(e.At.Time()) > time.Minute {
		t.Errorf("recorded %+v", e)
	}
	if long := entries["d2"].Reason; len([]rune(long)) != 1000 {
		t.Errorf("a reason of %d characters was kept", len([]rune(long)))
	}
	b.close()
	if r := verify(t, path); !r.Intact() || r.Entries != 2 {
		t.Errorf("%+v", r)
	}
}

func TestListBySubjectAndPerson(t *testing.T) {
	b := open(t, "sqlite:"+fileIn(t.TempDir()))
	defer b.close()
	b.decide(9)
	b.relay(9)
	count := func(f audit.Filter) (n int) {
		t.Helper()
		for cursor := ""; ; {
			page, err := b.log.List(t.Context(), f, 2, cursor)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Items {
				if f.Subject != "" && d.Body.Root != f.Subject && d.Body.Subject != f.Subject {
					t.Errorf("%v found %s", f, d.Body.Subject)
				}
			}
			n += len(page.Items)
			if cursor = page.Next; cursor == "" {
				return n
			}
		}
	}
	for f, want := range map[audit.Filter]int{{}: 9, {Subject: "d1"}: 3, {Subject: "d1:1:o4"}: 1, {Subject: "d"}: 0, {UserID: "u-zhou"}: 9, {UserID: "u"}: 0} {
		if got := count(f); got != want {
			t.Errorf("%+v finds %d, not %d", f, got, want)
		}
	}
	if _, err := b.log.List(t.Context(), audit.Filter{Subject: "d1", UserID: "u"}, 2, ""); err == nil {
		t.Error("both filters at once were taken")
	}
}

// TestTamperingIsNamed changes a finished log in every way a database administrator can, and reads what Verify says.
func TestTamperingIsNamed(t *testing.T) {
	original := fileIn(t.TempDir())
	b := open(t, "sqlite:"+original)
	b.decide(6)
	b.relay(6)
	early := b.head()
	for i := range 4 {
		if _, err := b.things.Insert(as(t.Context(), "rejectDemand", "不符合"), fmt.Sprint("late", i), thing{State: "rejected"}); err != nil {
			t.Fatal(err)
		}
	}
	b.relay(10)
	late := b.head()
	b.close()
	content, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}

	const at = ` WHERE id = '0000000000000005'`
	for name, c := range map[string]struct {
		sql  []string
		want audit.Damage
		seq  int64
	}{
		"nothing":          {},
		"a reason edited":  {[]string{`UPDATE audit_log SET body = json_set(body, '$.reason', 'x')` + at}, audit.Edited, 5},
		"an actor edited":  {[]string{`UPDATE audit_log SET body = json_set(body, '$.actor.userId', 'u-li')` + at}, audit.Edited, 5},
		"a time edited":    {[]string{`UPDATE audit_log SET body = json_set(body, '$.at', 1)` + at}, audit.Edited, 5},
		"a hash edited":    {[]string{`UPDATE audit_log SET body = json_set(body, '$.hash', 'abc')` + at}, audit.Edited, 5},
		"one removed":      {[]string{`DELETE FROM audit_log` + at}, audit.Removed, 5},
		"the first gone":   {[]string{`DELETE FROM audit_log WHERE id < '0000000000000003'`}, audit.Removed, 1},
		"the end cut off":  {[]string{`DELETE FROM audit_log WHERE id > '0000000000000007'`}, audit.Truncated, 8},
		"all gone":         {[]string{`DELETE FROM audit_log`}, audit.Truncated, 1},
		"two swapped":      {swap("0000000000000005", "0000000000000007"), audit.Reordered, 5},
		"one put under 3a": {[]string{`UPDATE audit_log SET id = '0000000000000003a'` + at}, audit.Reordered, 4},
		"removed, the later moved up": {[]string{`DELETE FROM audit_log` + at,
			`UPDATE audit_log SET id = printf('%016d', CAST(id AS INTEGER) - 1) WHERE id > '0000000000000005'`}, audit.Reordered, 5},
	} {
		t.Run(name, func(t *testing.T) {
			path := fileIn(t.TempDir())
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			tamper(t, path, c.sql...)
			r := verify(t, path, early, late)
			if c.want == "" {
				if !r.Intact() || r.Entries != 10 || r.Head != late {
					t.Errorf("an untouched log: %+v", r)
				}
				return
			}
			if r.Intact() || r.Findings[0].Damage != c.want || r.Findings[0].Seq != c.seq {
				t.Errorf("found %+v, not %s at %d", r.Findings, c.want, c.seq)
			}
		})
	}

	t.Run("the end cut off and a new one written", func(t *testing.T) {
		path := fileIn(t.TempDir())
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tamper(t, path, `DELETE FROM audit_log WHERE id > '0000000000000007'`)
		b := open(t, "sqlite:"+path)
		for i := range 4 {
			if _, err := b.things.Insert(as(t.Context(), "approveDemand", "同意"), fmt.Sprint("new", i), thing{State: "approved"}); err != nil {
				t.Fatal(err)
			}
		}
		b.relay(11)
		b.close()
		if r := verify(t, path); !r.Intact() {
			t.Errorf("the chain alone should hold together: %+v", r.Findings)
		}
		if r := verify(t, path, early, late); len(r.Findings) != 1 || r.Findings[0].Damage != audit.Rewritten || r.Findings[0].Seq != 10 {
			t.Errorf("found %+v", r.Findings)
		}
	})
	t.Run("one edited and its hash made right", func(t *testing.T) {
		path := fileIn(t.TempDir())
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		// A chain that differs from the fifth entry on: that entry with its own right hash is put into the first chain.
		other := fileIn(t.TempDir())
		b := open(t, "sqlite:"+other)
		b.decide(6)
		b.relay(6)
		b.close()
		body := read(t, other, `SELECT body FROM audit_log`+at)
		tamper(t, path, `UPDATE audit_log SET body = '`+strings.ReplaceAll(body, "'", "''")+`'`+at)
		if r := verify(t, path); r.Intact() || r.Findings[0].Damage != audit.Edited {
			t.Errorf("found %+v", r.Findings)
		}
	})
}

func swap(a, b string) []string {
	return []string{`UPDATE audit_log SET body = json_set(body, '$.eventId', 'held') WHERE id = '` + a + `'`,
		`CREATE TEMP TABLE held AS SELECT id, body FROM audit_log WHERE id IN ('` + a + `','` + b + `')`,
		`UPDATE audit_log SET body = '{"eventId":"free"}' WHERE id = '` + b + `'`,
		`UPDATE audit_log SET body = (SELECT body FROM held WHERE id = '` + b + `') WHERE id = '` + a + `'`,
		`UPDATE audit_log SET body = (SELECT body FROM held WHERE id = '` + a + `') WHERE id = '` + b + `'`}
}

// tamper runs SQL beside the product; the driver is the one docstore brings.
func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func read(t *testing.T, path, query string) (value string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestACrashLosesAndDoublesNothing: the process ends between the decision and the log, and between the log and the outbox.
func TestACrashLosesAndDoublesNothing(t *testing.T) {
	path := fileIn(t.TempDir())
	b := open(t, "sqlite:"+path)
	b.decide(3)
	b.close() // no relay ran: the decisions are written, the log does not know of them
	if r := verify(t, path); r.Entries != 0 {
		t.Fatalf("%d entries before the relay ran", r.Entries)
	}
	const table = `CREATE TABLE before AS SELECT id, outbox, pending_at FROM things`
	tamper(t, path, table)

	b = open(t, "sqlite:"+path)
	b.relay(3)
	b.close()
	if r := verify(t, path); !r.Intact() || r.Entries != 3 {
		t.Fatalf("after the restart: %+v", r)
	}

	// As if it had ended after appending: the outboxes still hold what the log has.
	tamper(t, path, `UPDATE things SET outbox = (SELECT outbox FROM before WHERE before.id = things.id), pending_at = 1, seq = seq + 1`, `DROP TABLE before`)
	b = open(t, "sqlite:"+path)
	b.relay(3)
	b.close()
	if r := verify(t, path); !r.Intact() || r.Entries != 3 {
		t.Errorf("after the second restart: %+v", r)
	}
}

// TestReplicasKeepOneChain: two replicas append at once, the same events among them, as when a lease changes hands too early.
func TestReplicasKeepOneChain(t *testing.T) {
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":  func(t *testing.T) string { return "sqlite:" + fileIn(t.TempDir()) },
		"mongodb": func(t *testing.T) string { return docstoretest.Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			at := url(t)
			replicas := []*bench{open(t, at), open(t, at)}
			const events = 16
			var wg sync.WaitGroup
			for _, b := range replicas {
				for worker := range 2 {
					wg.Go(func() {
						for i := range events {
							n := (i + worker*events/2) % events
							e := docstore.Event{ID: fmt.Sprint("event", n), At: 1, Data: []byte(fmt.Sprintf(`{"operation":"approveDemand","subject":"d%d"}`, n))}
							if err := b.log.Take(t.Context(), e); err != nil {
								t.Error(err)
							}
						}
					})
				}
			}
			wg.Wait()
			for _, b := range replicas {
				b.close()
			}
			db, err := docstore.Open(t.Context(), docstore.Options{URL: at})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close(context.WithoutCancel(t.Context())) }()
			r, err := audit.Verify(t.Context(), db, service, nil)
			if err != nil || !r.Intact() || r.Entries != events {
				t.Errorf("%+v (%v)", r, err)
			}
		})
	}
}

// TestReplicasTakeTurns: two replicas decide and relay at once, under the relay's lease.
func TestReplicasTakeTurns(t *testing.T) {
	path := fileIn(t.TempDir())
	const each = 40
	var wg sync.WaitGroup
	for i := range 2 {
		b := open(t, "sqlite:"+path)
		defer b.close()
		wg.Go(func() {
			for n := range each {
				if _, err := b.things.Insert(as(t.Context(), "approveDemand", ""), fmt.Sprintf("r%d-%d", i, n), thing{State: "approved"}); err != nil {
					t.Error(err)
					return
				}
			}
		})
		wg.Go(func() { b.relay(2 * each) })
	}
	wg.Wait()
	if r := verify(t, path); !r.Intact() || r.Entries != 2*each {
		t.Errorf("%+v", r)
	}
}

func TestHeadsAreWrittenDownOnceADay(t *testing.T) {
	data := t.TempDir()
	b := open(t, "sqlite:"+fileIn(data))
	defer b.close()
	var logged bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&logged, nil))
	day := time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
	keep := func(now time.Time) {
		t.Helper()
		if err := b.log.WriteHead(t.Context(), data, now, log, false); err != nil {
			t.Fatal(err)
		}
	}
	keep(day)
	path := audit.HeadsFile(data, service)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("an empty log wrote a head: %v", err)
	}
	b.decide(2)
	b.relay(2)
	for _, now := range []time.Time{day, day.Add(time.Hour), day.Add(14 * time.Hour), day.Add(16 * time.Hour)} { // the last is the next day in China
		keep(now)
	}
	heads, err := audit.ReadHeads(path, service)
	if err != nil || len(heads) != 2 || heads[0] != b.head() {
		t.Errorf("heads %v (%v)", heads, err)
	}
	for range 2 { // at the end one more, when something came since
		if err := b.log.WriteHead(t.Context(), data, day.Add(16*time.Hour), log, true); err != nil {
			t.Fatal(err)
		}
	}
	if heads, err = audit.ReadHeads(path, service); err != nil || len(heads) != 2 {
		t.Errorf("an end at which nothing was new: %v (%v)", heads, err)
	}
	if !strings.Contains(logged.String(), `"msg":"audit head"`) || !strings.Contains(logged.String(), b.head().Hash) {
		t.Errorf("logged %s", logged.String())
	}
	// A line that a crash cut is written anew.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"at":"2026-`); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if heads, err = audit.ReadHeads(path, service); err != nil || len(heads) != 2 {
		t.Errorf("with a cut line: %v (%v)", heads, err)
	}
	keep(day.Add(48 * time.Hour))
	if heads, err = audit.ReadHeads(path, service); err != nil || len(heads) != 3 {
		t.Errorf("after a cut line: %v (%v)", heads, err)
	}
}
