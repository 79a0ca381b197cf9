package docstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

type item struct {
	Title  string          `json:"title"`
	Status status          `json:"status"`
	Code   string          `json:"code"`
	At     docstore.Millis `json:"at"`
	Amount int64           `json:"amount"`
	Public bool            `json:"public"`
	Owner  owner           `json:"owner"`
	Score  float64         `json:"score,omitempty"`
	Tags   []string        `json:"tags,omitempty"`
	Extra  map[string]any  `json:"extra,omitempty"`
}

type owner struct {
	OrgID string `json:"orgId"`
}

type status string

var itemSpec = docstore.Spec{Name: "items", Version: 1, Searchable: true, Indexes: []docstore.Index{
	{Name: "byStatus", Fields: []string{"status", "at"}},
	{Name: "byOwner", Fields: []string{"owner.orgId"}},
	{Name: "byPublic", Fields: []string{"public", "amount"}},
	{Name: "byCode", Fields: []string{"code"}, Unique: true},
	{Name: "byOwnerTitle", Fields: []string{"owner.orgId", "title"}, Unique: true},
}}

// newItem is valid under both unique indexes.
func newItem(code string) item { return item{Title: code, Code: code, Status: "open"} }

func items(t testing.TB, db *docstore.DB) *docstore.Collection[item] {
	t.Helper()
	c, err := docstore.NewCollection[item](t.Context(), db, itemSpec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The cases every engine must pass; broken names, per engine, a known fault that a case would trip over.
var cases = []struct {
	name   string
	broken map[string]string
	run    func(t *testing.T, p place)
}{
	{name: "increments of 32 writers are all there", run: incrementsAddUp},
	{name: "increments of two processes are all there", run: incrementsOfTwoHandles},
	{name: "a revision is won at most once", run: revisionWonOnce},
	{name: "a natural key is taken once", run: naturalKeyTakenOnce},
	{name: "a taken key is a duplicate and names its fields", run: takenKeyIsDuplicate},
	{name: "an update into a taken key is a duplicate", run: updateIntoTakenKey,
		broken: map[string]string{"ferretdb": "FerretDB 1.24 does not report an update into a unique conflict as a duplicate key (known silent fault)"}},
	{name: "a repeated insert gives the first result", run: repeatedInsert},
	{name: "update: stale, absent, refused, unchanged", run: updateRules},
	{name: "paging gives all, once, in order", run: pagingIsTotal},
	{name: "paging neither skips nor repeats while others insert", run: pagingWhileInserting},
	{name: "a cursor serves its own query only", run: cursorIsBound},
	{name: "bounds, equality and counts", run: boundsAndCounts},
	{name: "values that look like operators are text", run: operatorsAreText},
	{name: "many by id, in order", run: manyByID},
	{name: "any printable id", run: printableIDs},
	{name: "integers beyond 2^53 come back", run: bigIntegers},
	{name: "times and odd contents come back", run: oddContents},
	{name: "a body over 256 kB is refused", run: bigBodies},
	{name: "an older body is upgraded, a newer one refused", run: schemaVersions},
	{name: "events and the dirty mark are part of the write", run: oneWrite},
	{name: "the outbox is bounded", run: outboxIsBounded},
	{name: "the dirty mark goes with its revision", run: dirtyMark},
	{name: "a lease has one holder", run: leaseHasOneHolder},
	{name: "a lease survives death and no clock steals it", run: leaseOutlivesHolder},
	{name: "a sole document is made once and read by all", run: soleIsMadeOnceAndReadByAll},
	{name: "an upsert counts after it has read", run: upsertCountsAfterReading},
	{name: "the relay delivers all, in order per document", run: relayDelivers},
	{name: "the relay backs off, parks and retries", run: relayParks},
	{name: "a second relay takes over", run: relayTakesOver},
	{name: "acknowledged writes survive kill -9", run: surviveKill},
	{name: "every declared index is used", run: indexesAreUsed,
		broken: map[string]string{"ferretdb": "FerretDB 1.24 pushes down only _id and has no MongoDB plan to read"}},
}

func TestConformance(t *testing.T) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					p := e.at(t)
					if why := c.broken[p.engine]; why != "" {
						t.Skip(why)
					}
					c.run(t, p)
				})
			}
		})
	}
}

// wantKind fails unless err is of that kind.
func wantKind(t testing.TB, err error, kind fault.Kind, code string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %v", kind)
	}
	if f := fault.As(err); f.Kind != kind || (code != "" && f.Code != code) {
		t.Fatalf("%v (%v), want %v %s", err, f.Kind, kind, code)
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ok[V any](v V, err error) func(t testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		noError(t, err)
		return v
	}
}

// together runs n goroutines and waits; the first error of any is the test's.
func together(t testing.TB, n int, work func(i int) error) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		group.Go(func() { errs[i] = work(i) })
	}
	group.Wait()
	noError(t, errors.Join(errs...))
}

func increment(tx *docstore.Tx[item]) error {
	tx.Body.Amount++
	return nil
}

func incrementsAddUp(t *testing.T, p place) {
	const writers = 32
	each := 50
	if p.engine == "ferretdb" {
		each = 15 // it is slow
	}
	c := items(t, p.open(t))
	ok(c.Insert(t.Context(), "one", newItem("one")))(t)
	together(t, writers, func(int) error {
		for range each {
			if _, err := c.Update(t.Context(), "one", increment); err != nil {
				return err
			}
		}
		return nil
	})
	doc := ok(c.Get(t.Context(), "one"))(t)
	if want := int64(writers * each); doc.Body.Amount != want || doc.Rev != want+1 {
		t.Errorf("amount %d at revision %d, want %d at %d", doc.Body.Amount, doc.Rev, want, want+1)
	}
}

func incrementsOfTwoHandles(t *testing.T, p place) {
	a, b := items(t, p.open(t)), items(t, p.open(t))
	ok(a.Insert(t.Context(), "one", newItem("one")))(t)
	together(t, 8, func(i int) error {
		c := []*docstore.Collection[item]{a, b}[i%2]
		for range 25 {
			if _, err := c.Update(t.Context(), "one", increment); err != nil {
				return err
			}
		}
		return nil
	})
	if doc := ok(a.Get(t.Context(), "one"))(t); doc.Body.Amount != 200 || doc.Rev != 201 {
		t.Errorf("amount %d at revision %d, want 200 at 201", doc.Body.Amount, doc.Rev)
	}
}

func revisionWonOnce(t *testing.T, p place) {
	a, b := items(t, p.open(t)), items(t, p.open(t))
	ok(a.Insert(t.Context(), "one", newItem("one")))(t)
	for rev := int64(1); rev <= 20; rev++ {
		var won, stale atomic.Int32
		together(t, 16, func(i int) error {
			c := []*docstore.Collection[item]{a, b}[i%2]
			_, err := c.Update(t.Context(), "one", increment, docstore.IfRev(rev))
			switch {
			case err == nil:
				won.Add(1)
			case fault.KindOf(err) == fault.Stale:
				stale.Add(1)
			default:
				return err
			}
			return nil
		})
		if won.Load() != 1 || stale.Load() != 15 {
			t.Fatalf("revision %d: %d won, %d stale; want 1 and 15", rev, won.Load(), stale.Load())
		}
	}
}

func naturalKeyTakenOnce(t *testing.T, p place) {
	c := items(t, p.open(t))
	for round := range 5 {
		var byID, byCode atomic.Int32
		count := func(n *atomic.Int32, err error) error {
			if err == nil {
				n.Add(1)
			} else if fault.KindOf(err) != fault.Duplicate {
				return err
			}
			return nil
		}
		together(t, 16, func(i int) error {
			_, err := c.Insert(t.Context(), fmt.Sprint("same", round), newItem(fmt.Sprint("a", round, "-", i)))
			if err := count(&byID, err); err != nil {
				return err
			}
			_, err = c.Insert(t.Context(), fmt.Sprint("other", round, "-", i), item{Code: fmt.Sprint("code", round), Title: fmt.Sprint("t", round, i)})
			return count(&byCode, err)
		})
		if byID.Load() != 1 || byCode.Load() != 1 {
			t.Fatalf("round %d: the id was won %d times, the code %d times", round, byID.Load(), byCode.Load())
		}
	}
}

func takenKeyIsDuplicate(t *testing.T, p place) {
	c := items(t, p.open(t))
	ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	_, err := c.Insert(t.Context(), "a", newItem("b"))
	wantKind(t, err, fault.Duplicate, "")
	if fields := fault.As(err).Fields; len(fields) != 1 || fields[0].Path != "id" {
		t.Errorf("fields %v, want id", fields)
	}
	_, err = c.Insert(t.Context(), "b", item{Title: "b", Code: "a"})
	wantKind(t, err, fault.Duplicate, "")
	if fields := fault.As(err).Fields; p.engine != "ferretdb" && (len(fields) != 1 || fields[0].Path != "code") {
		t.Errorf("fields %v, want code", fields)
	}
	if _, err := c.Get(t.Context(), "b"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("the refused document is there: %v", err)
	}
	_, err = c.Insert(t.Context(), "c", item{Title: "a", Code: "c"}) // the compound key (owner.orgId, title)
	wantKind(t, err, fault.Duplicate, "")
}

func updateIntoTakenKey(t *testing.T, p place) {
	c := items(t, p.open(t))
	ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	ok(c.Insert(t.Context(), "b", newItem("b")))(t)
	_, err := c.Update(t.Context(), "b", func(tx *docstore.Tx[item]) error {
		tx.Body.Code = "a"
		return tx.Emit("taken", nil)
	})
	wantKind(t, err, fault.Duplicate, "")
	if fields := fault.As(err).Fields; len(fields) != 1 || fields[0].Path != "code" {
		t.Errorf("fields %v, want code", fields)
	}
	doc := ok(c.Get(t.Context(), "b"))(t)
	if doc.Rev != 1 || doc.Body.Code != "b" {
		t.Errorf("the refused update is there: %+v", doc)
	}
	if events := ok(docstore.Outbox(t.Context(), c, "b"))(t); len(events) != 0 {
		t.Errorf("the refused update left events: %v", events)
	}
	ok(c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error { tx.Body.Code = "z"; return nil }))(t)
	ok(c.Update(t.Context(), "b", func(tx *docstore.Tx[item]) error { tx.Body.Code = "a"; return nil }))(t) // free now
}

func repeatedInsert(t *testing.T, p place) {
	c := items(t, p.open(t))
	first := ok(c.Insert(t.Context(), "k", newItem("k"), docstore.Fingerprint("h1"), docstore.Emit("made", 1)))(t)
	ok(c.Update(t.Context(), "k", increment))(t)
	again := ok(c.Insert(t.Context(), "k", newItem("k"), docstore.Fingerprint("h1"), docstore.Emit("made", 1)))(t)
	if again.ID != first.ID || again.Rev != 2 || !again.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("the repeat gives %+v", again)
	}
	if events := ok(docstore.Outbox(t.Context(), c, "k"))(t); len(events) != 1 {
		t.Errorf("%d events, want the first one only", len(events))
	}
	_, err := c.Insert(t.Context(), "k", newItem("k2"), docstore.Fingerprint("h2"))
	wantKind(t, err, fault.Conflict, "idempotency_key_reused")
	_, err = c.Insert(t.Context(), "k", newItem("k"))
	wantKind(t, err, fault.Duplicate, "")
}

func updateRules(t *testing.T, p place) {
	now := time.Date(2026, 3, 1, 8, 0, 0, 123456789, time.UTC)
	db := p.open(t, func(o *docstore.Options) { o.Now = func() time.Time { return now } })
	c := items(t, db)
	_, err := c.Update(t.Context(), "absent", increment)
	wantKind(t, err, fault.NotFound, "")
	inserted := ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	now = now.Add(time.Hour)

	refused := fault.New(fault.Conflict, "item.closed", "closed")
	_, err = c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error {
		tx.Body.Title = "changed"
		noError(t, tx.Emit("changed", nil))
		return refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("fn's error came back as %v", err)
	}
	unchanged := ok(c.Update(t.Context(), "a", func(*docstore.Tx[item]) error { return nil }))(t)
	if seq := ok(docstore.Seq(t.Context(), c, "a"))(t); seq != 1 || !reflect.DeepEqual(unchanged, inserted) {
		t.Errorf("refused and unchanged updates wrote: seq %d, %+v", seq, unchanged)
	}
	changed := ok(c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error {
		if tx.ID != "a" || tx.Rev != 1 || tx.Now.UnixMilli() != now.UnixMilli() {
			t.Errorf("tx is %+v", tx)
		}
		tx.Body.Title = "changed"
		return nil
	}, docstore.IfRev(1)))(t)
	if changed.Rev != 2 || changed.UpdatedAt.UnixMilli() != now.UnixMilli() || !changed.CreatedAt.Equal(inserted.CreatedAt) {
		t.Errorf("changed document %+v", changed)
	}
	_, err = c.Update(t.Context(), "a", increment, docstore.IfRev(1))
	wantKind(t, err, fault.Stale, "")
	_, err = c.Update(t.Context(), "a", func(*docstore.Tx[item]) error { return nil }, docstore.IfRev(1))
	wantKind(t, err, fault.Stale, "") // also when nothing would change

	told := ok(c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error { return tx.Emit("looked", map[string]int{"n": 1}) }))(t)
	events := ok(docstore.Outbox(t.Context(), c, "a"))(t)
	if told.Rev != 2 || len(events) != 1 || events[0].Rev != 2 || events[0].Kind != "looked" || string(events[0].Data) != `{"n":1}` ||
		events[0].At != now.UnixMilli() || events[0].Source != "items" || events[0].DocumentID != "a" || events[0].ID == "" {
		t.Errorf("an event without a change: revision %d, events %+v", told.Rev, events)
	}
	if read := ok(c.Get(t.Context(), "a"))(t); !reflect.DeepEqual(read, told) {
		t.Errorf("Get gives %+v, Update gave %+v", read, told)
	}
	if rev := ok(c.Rev(t.Context(), "a"))(t); rev != told.Rev {
		t.Errorf("Rev gives %d, Update gave %d", rev, told.Rev)
	}
	_, err = c.Rev(t.Context(), "absent")
	wantKind(t, err, fault.NotFound, "")
}

// fill inserts n documents with many ties and gives their ids.
func fill(t testing.TB, c *docstore.Collection[item], prefix string, n int) (ids []string) {
	t.Helper()
	together(t, 4, func(w int) error { // several writers, so that the disk is shared
		for i := w; i < n; i += 4 {
			id := fmt.Sprintf("%s%04d", prefix, i)
			doc := item{Title: id, Code: id, Status: status([]string{"open", "shut"}[i%2]), At: docstore.Millis(i / 7 % 5),
				Amount: int64(i%3) - 1, Public: i%4 == 0, Owner: owner{OrgID: fmt.Sprint("org", i%3)}}
			if _, err := c.Insert(t.Context(), id, doc); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s%04d", prefix, i))
	}
	return ids
}

var walks = []docstore.Query{
	{}, {Descending: true},
	{Index: "byStatus"}, {Index: "byStatus", Descending: true},
	{Index: "byStatus", Equal: []any{"open"}}, {Index: "byStatus", Equal: []any{status("shut")}, Descending: true},
	{Index: "byStatus", Equal: []any{"open", 2}}, {Index: "byStatus", Equal: []any{"open", docstore.Millis(2)}, Descending: true},
	{Index: "byStatus", Equal: []any{"open"}, From: 1, To: 4}, {Index: "byStatus", Equal: []any{"open"}, From: 1, To: 4, Descending: true},
	{Index: "byPublic", From: false}, {Index: "byPublic", Equal: []any{true}, From: int64(0)},
	{Index: "byPublic", Equal: []any{false}, To: 1, Descending: true},
	{Index: "byOwner", Equal: []any{"org1"}}, {Index: "byOwner", From: "org1"},
	{Index: "byCode"}, {Index: "byCode", Descending: true, From: "d", To: "e"}, {Index: "byOwnerTitle", Equal: []any{"org2"}},
	{Index: "byOwnerTitle"}, {Index: "byOwnerTitle", Descending: true},
}

// matches is what a query should give, computed the slow way.
func matches(doc docstore.Doc[item], q docstore.Query) bool {
	var fields []any
	switch q.Index {
	case "":
		fields = []any{doc.ID}
	case "byStatus":
		fields = []any{string(doc.Body.Status), int64(doc.Body.At), doc.ID}
	case "byPublic":
		fields = []any{doc.Body.Public, doc.Body.Amount, doc.ID}
	case "byOwner":
		fields = []any{doc.Body.Owner.OrgID, doc.ID}
	case "byCode":
		fields = []any{doc.Body.Code}
	case "byOwnerTitle":
		fields = []any{doc.Body.Owner.OrgID, doc.Body.Title}
	}
	for i, v := range q.Equal {
		if compare(fields[i], v) != 0 {
			return false
		}
	}
	next := fields[len(q.Equal):]
	return (q.From == nil || compare(next[0], q.From) >= 0) && (q.To == nil || compare(next[0], q.To) < 0)
}

func compare(a, b any) int {
	switch x := reflect.ValueOf(a); x.Kind() {
	case reflect.String:
		return strings.Compare(x.String(), reflect.ValueOf(b).String())
	case reflect.Bool:
		return map[bool]int{true: 1}[x.Bool()] - map[bool]int{true: 1}[reflect.ValueOf(b).Bool()]
	default:
		return int(x.Int() - reflect.ValueOf(b).Int())
	}
}

// inOrder says whether two neighbours of a page follow the query's index.
func inOrder(a, b docstore.Doc[item], q docstore.Query) bool {
	key := func(d docstore.Doc[item]) []any {
		switch q.Index {
		case "byStatus":
			return []any{string(d.Body.Status), int64(d.Body.At), d.ID}
		case "byPublic":
			return []any{d.Body.Public, d.Body.Amount, d.ID}
		case "byOwner":
			return []any{d.Body.Owner.OrgID, d.ID}
		case "byCode":
			return []any{d.Body.Code}
		case "byOwnerTitle":
			return []any{d.Body.Owner.OrgID, d.Body.Title}
		}
		return []any{d.ID}
	}
	ka, kb := key(a), key(b)
	for i := range ka {
		if c := compare(ka[i], kb[i]); c != 0 {
			return (c < 0) != q.Descending
		}
	}
	return false
}

func pagingIsTotal(t *testing.T, p place) {
	n, limits := 45, []int{2, 7, 200}
	if p.engine == "ferretdb" { // every read scans the whole collection there
		n, limits = 30, []int{4, 200}
	}
	c := items(t, p.open(t))
	fill(t, c, "d", n)
	var all []docstore.Doc[item]
	noError(t, c.Each(t.Context(), docstore.Query{}, func(d docstore.Doc[item]) error { all = append(all, d); return nil }))
	if len(all) != n {
		t.Fatalf("%d of %d documents", len(all), n)
	}
	for _, q := range walks {
		want := map[string]bool{}
		for _, d := range all {
			if matches(d, q) {
				want[d.ID] = true
			}
		}
		for _, limit := range limits {
			q := q
			q.Limit = limit
			seen := map[string]bool{}
			var last *docstore.Doc[item]
			noError(t, c.Each(t.Context(), q, func(d docstore.Doc[item]) error {
				if seen[d.ID] || !want[d.ID] || (last != nil && !inOrder(*last, d, q)) {
					t.Errorf("%+v: %s is repeated, not asked for or out of order", q, d.ID)
				}
				seen[d.ID], last = true, &d
				return nil
			}))
			if len(seen) != len(want) {
				t.Errorf("%+v: %d of %d documents", q, len(seen), len(want))
			}
		}
		if counted := ok(c.Count(t.Context(), q))(t); counted != int64(len(want)) {
			t.Errorf("%+v: counted %d of %d", q, counted, len(want))
		}
	}
	_, err := c.Find(t.Context(), docstore.Query{Limit: 201})
	wantKind(t, err, fault.Invalid, "")
	_, err = c.Find(t.Context(), docstore.Query{Limit: -1})
	wantKind(t, err, fault.Invalid, "")
}

func pagingWhileInserting(t *testing.T, p place) {
	c := items(t, p.open(t))
	before := fill(t, c, "m", 60)
	ctx, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var inserted atomic.Int64
	group.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			id := fmt.Sprintf("%c%06d", 'a'+rune(rand.IntN(26)), i) // before, among and after the others
			doc := item{Title: id, Code: id, Status: "open", At: docstore.Millis(i % 5), Owner: owner{OrgID: fmt.Sprint("org", i%3)}}
			if _, err := c.Insert(t.Context(), id, doc); err != nil {
				t.Errorf("insert: %v", err)
				return
			}
			inserted.Add(1)
			if p.engine == "ferretdb" && i == 40 {
				return // every read there scans all of it
			}
		}
	})
	for _, q := range []docstore.Query{{}, {Descending: true}, {Index: "byStatus"}, {Index: "byOwner", Descending: true}, {Index: "byCode"}} {
		q.Limit = 4
		seen := map[string]int{}
		pages := 0
		for q.Cursor != "" || pages == 0 {
			mark := inserted.Load()
			page := ok(c.Find(t.Context(), q))(t)
			for _, d := range page.Items {
				seen[d.ID]++
			}
			pages++
			if q.Cursor = page.Next; q.Cursor == "" || pages > 60 { // others may insert faster than we read
				break
			}
			if pages%5 == 0 && p.engine != "ferretdb" {
				within(t, 5*time.Second, "another insert", func() bool { return inserted.Load() > mark })
			}
		}
		if q.Cursor != "" { // walk the rest with the same cursor, without the writer's head start
			q.Limit = 200
			noError(t, c.Each(t.Context(), q, func(d docstore.Doc[item]) error { seen[d.ID]++; return nil }))
		}
		for _, id := range before {
			if seen[id] != 1 {
				t.Errorf("%s %v: %s came %d times", q.Index, q.Descending, id, seen[id])
			}
		}
		for id, n := range seen {
			if n > 1 {
				t.Errorf("%s came %d times", id, n)
			}
		}
	}
	stop()
	group.Wait()
	if inserted.Load() == 0 {
		t.Error("nothing was inserted meanwhile")
	}
}

func cursorIsBound(t *testing.T, p place) {
	db := p.open(t)
	c := items(t, db)
	fill(t, c, "d", 20)
	q := docstore.Query{Index: "byStatus", Equal: []any{"open"}, From: 0, To: 9, Limit: 3}
	cursor := ok(c.Find(t.Context(), q))(t).Next
	if cursor == "" {
		t.Fatal("no cursor")
	}
	refused := func(what string, c *docstore.Collection[item], q docstore.Query) {
		t.Helper()
		_, err := c.Find(t.Context(), q)
		if err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", what, err)
		}
	}
	for i := range cursor {
		for _, r := range []byte{'A', 'z', '0', '%'} {
			if cursor[i] == r {
				continue
			}
			tampered := q
			tampered.Cursor = cursor[:i] + string(r) + cursor[i+1:]
			refused("tampered at "+fmt.Sprint(i), c, tampered)
		}
	}
	q.Cursor = cursor
	for what, change := range map[string]func(*docstore.Query){
		"another value": func(q *docstore.Query) { q.Equal = []any{"shut"} }, "another index": func(q *docstore.Query) { q.Index, q.Equal, q.From, q.To = "byOwner", []any{"org1"}, nil, nil },
		"another order": func(q *docstore.Query) { q.Descending = true }, "another bound": func(q *docstore.Query) { q.To = 8 },
		"cut": func(q *docstore.Query) { q.Cursor = cursor[:len(cursor)-4] }, "longer": func(q *docstore.Query) { q.Cursor += "AAAA" },
		"not base64": func(q *docstore.Query) { q.Cursor = "{}" }, "empty object": func(q *docstore.Query) { q.Cursor = "e30" },
	} {
		changed := q
		change(&changed)
		refused(what, c, changed)
	}
	otherSpec := itemSpec
	otherSpec.Name = "others"
	other := ok(docstore.NewCollection[item](t.Context(), db, otherSpec))(t)
	refused("another collection", other, q)
	q.Limit = 5 // the page size may change
	ok(c.Find(t.Context(), q))(t)
}

func boundsAndCounts(t *testing.T, p place) {
	c := items(t, p.open(t))
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.FixedZone("CST", 8*3600))
	for i := range 5 {
		it := newItem(fmt.Sprint("c", i))
		it.At = docstore.MillisOf(at.Add(time.Duration(i) * time.Hour))
		ok(c.Insert(t.Context(), fmt.Sprint("c", i), it))(t)
	}
	ids := func(q docstore.Query) (ids string) {
		for _, d := range ok(c.Find(t.Context(), q))(t).Items {
			ids += d.ID
		}
		return ids
	}
	q := docstore.Query{Index: "byStatus", Equal: []any{"open"}, From: at.Add(time.Hour), To: at.Add(3 * time.Hour)}
	if got := ids(q); got != "c1c2" {
		t.Errorf("from inclusive, to exclusive: %s", got)
	}
	q.Descending = true
	if got := ids(q); got != "c2c1" {
		t.Errorf("descending: %s", got)
	}
	if n := ok(c.Count(t.Context(), q))(t); n != 2 {
		t.Errorf("count %d", n)
	}
	for what, want := range map[string]struct {
		index  string
		ranges [][]any
		sums   map[string]int64
	}{
		"several ranges of one value add up": {"byStatus", [][]any{{"open", at}, {"open", at.Add(time.Hour)}, {"shut", at}}, map[string]int64{"open": 2}},
		"one field alone":                    {"byStatus", [][]any{{"open"}, {"shut"}}, map[string]int64{"open": 5}},
		"values of two":                      {"byOwnerTitle", [][]any{{"c1", "c1"}, {"c2", "c2"}, {"c3", "c1"}}, map[string]int64{}},
		"nothing asked":                      {"byStatus", nil, map[string]int64{}},
	} {
		if sums := ok(c.Tally(t.Context(), want.index, want.ranges))(t); !maps.Equal(sums, want.sums) {
			t.Errorf("%s: %v, want %v", what, sums, want.sums)
		}
	}
	for _, wrong := range [][][]any{{{}}, {{"open"}, {"open", at}}, {{at}}} {
		_, err := c.Tally(t.Context(), "byStatus", wrong)
		wantKind(t, err, fault.Internal, "")
	}
	if got := ids(docstore.Query{Index: "byCode", Equal: []any{"c3"}}); got != "c3" {
		t.Errorf("by unique key: %s", got)
	}
	if page := ok(c.Find(t.Context(), docstore.Query{Index: "byStatus", Equal: []any{"shut"}}))(t); len(page.Items) != 0 || page.Items == nil || page.Next != "" {
		t.Errorf("an empty page is %+v", page)
	}
	for _, wrong := range []docstore.Query{{Index: "byNothing"}, {Index: "byCode", Equal: []any{"a", "b"}}, {Index: "byCode", Equal: []any{"a"}, From: "b"},
		{Index: "byCode", Equal: []any{1.5}}, {Index: "byCode", Equal: []any{[]string{"a"}}}, {Index: "byCode", Equal: []any{nil}}} {
		_, err := c.Find(t.Context(), wrong)
		wantKind(t, err, fault.Internal, "")
	}
}

func operatorsAreText(t *testing.T, p place) {
	c := items(t, p.open(t))
	ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	for _, s := range []string{`{"$ne":""}`, `{"$gt":""}`, `' OR 1=1 --`, `a' OR 'a'='a`, `$where`, "a\x00b", `%`, `*`} {
		for _, q := range []docstore.Query{{Index: "byCode", Equal: []any{s}}, {Index: "byStatus", Equal: []any{s}}, {Equal: []any{s}}} {
			if page := ok(c.Find(t.Context(), q))(t); len(page.Items) != 0 {
				t.Errorf("%q finds %d documents", s, len(page.Items))
			}
		}
		if _, err := c.Get(t.Context(), s); fault.KindOf(err) != fault.NotFound {
			t.Errorf("Get %q: %v", s, err)
		}
	}
	odd := newItem("odd")
	odd.Title = `{"$ne":1}`
	odd.Extra = map[string]any{"$set": "x", "a.b": "y", "": "z"}
	if p.engine == "ferretdb" {
		odd.Extra = nil // FerretDB refuses such keys, MongoDB since 5.0 takes them
	}
	ok(c.Insert(t.Context(), "odd", odd))(t)
	if doc := ok(c.Get(t.Context(), "odd"))(t); !reflect.DeepEqual(doc.Body, odd) {
		t.Errorf("%+v", doc.Body)
	}
}

func manyByID(t *testing.T, p place) {
	c := items(t, p.open(t))
	fill(t, c, "d", 10)
	docs := ok(c.GetMany(t.Context(), []string{"d0003", "absent", "d0001", "d0003"}))(t)
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
	}
	if !slices.Equal(ids, []string{"d0003", "d0001", "d0003"}) {
		t.Errorf("%v", ids)
	}
	if docs := ok(c.GetMany(t.Context(), nil))(t); len(docs) != 0 {
		t.Errorf("%v", docs)
	}
	stop := errors.New("stop")
	n := 0
	if err := c.Each(t.Context(), docstore.Query{Limit: 2}, func(docstore.Doc[item]) error {
		if n++; n == 5 {
			return stop
		}
		return nil
	}); !errors.Is(err, stop) || n != 5 {
		t.Errorf("Each ended with %v after %d", err, n)
	}
}

func printableIDs(t *testing.T, p place) {
	c := items(t, p.open(t))
	ids := []string{"0192f:1:91350100M000100Y43", "空格 与'引号\"", "a/b?c=d&e#f", "-1", "{}", strings.Repeat("长", 170)}
	for _, id := range ids {
		ok(c.Insert(t.Context(), id, newItem(id)))(t)
		if doc := ok(c.Get(t.Context(), id))(t); doc.ID != id || doc.Body.Code != id {
			t.Errorf("%q came back as %q", id, doc.ID)
		}
	}
	sort.Strings(ids)
	var seen []string
	noError(t, c.Each(t.Context(), docstore.Query{Limit: 2}, func(d docstore.Doc[item]) error { seen = append(seen, d.ID); return nil }))
	if !slices.Equal(seen, ids) {
		t.Errorf("%q, want bytewise order %q", seen, ids)
	}
	for _, id := range []string{"", "a\x00b", "a\nb", "\xff", strings.Repeat("x", 513)} {
		_, err := c.Insert(t.Context(), id, newItem("x"))
		wantKind(t, err, fault.Invalid, "")
		_, err = c.Get(t.Context(), id)
		wantKind(t, err, fault.NotFound, "")
		_, err = c.Update(t.Context(), id, increment)
		wantKind(t, err, fault.NotFound, "")
	}
}

func bigIntegers(t *testing.T, p place) {
	c := items(t, p.open(t))
	numbers := []int64{math.MaxInt64, math.MinInt64, 1<<53 + 1, -(1<<53 + 1), 1 << 53, 0}
	for i, n := range numbers {
		it := newItem(fmt.Sprint(i))
		it.Amount, it.Public = n, true
		it.Extra = map[string]any{"n": json.Number(fmt.Sprint(n)), "deep": []any{json.Number(fmt.Sprint(n))}}
		ok(c.Insert(t.Context(), fmt.Sprint(i), it))(t)
		doc := ok(c.Get(t.Context(), fmt.Sprint(i)))(t)
		if doc.Body.Amount != n || !reflect.DeepEqual(doc.Body.Extra, it.Extra) {
			t.Errorf("%d came back as %d, %v", n, doc.Body.Amount, doc.Body.Extra)
		}
		page := ok(c.Find(t.Context(), docstore.Query{Index: "byPublic", Equal: []any{true, n}}))(t)
		if len(page.Items) != 1 || page.Items[0].Body.Amount != n {
			t.Errorf("%d is found %d times", n, len(page.Items))
		}
	}
	slices.Sort(numbers)
	var seen []int64
	noError(t, c.Each(t.Context(), docstore.Query{Index: "byPublic", Equal: []any{true}, Limit: 1}, func(d docstore.Doc[item]) error {
		seen = append(seen, d.Body.Amount)
		return nil
	}))
	if !slices.Equal(seen, numbers) {
		t.Errorf("order %v", seen)
	}
}

func oddContents(t *testing.T, p place) {
	at := time.Date(2026, 12, 31, 23, 59, 59, 987654321, time.FixedZone("CST", 8*3600))
	db := p.open(t, func(o *docstore.Options) { o.Now = func() time.Time { return at } })
	c := items(t, db)
	it := newItem("odd")
	it.At = docstore.MillisOf(at)
	it.Title = "专精特新 <b>&\u2028 \" \\ 😀 \t\n"
	it.Score = 0.1
	it.Tags = []string{"", "a", strings.Repeat("b", 1000)}
	it.Extra = map[string]any{"null": nil, "list": []any{}, "object": map[string]any{}, "float": json.Number("1e+30"), "half": json.Number("2.5"),
		"deep": map[string]any{"b": true, "a": []any{map[string]any{"x": "y"}, nil}}}
	inserted := ok(c.Insert(t.Context(), "odd", it))(t)
	read := ok(c.Get(t.Context(), "odd"))(t)
	if !reflect.DeepEqual(inserted, read) {
		t.Errorf("Insert gives\n%+v\nGet gives\n%+v", inserted, read)
	}
	if !reflect.DeepEqual(read.Body, it) {
		t.Errorf("body\n%+v\nwant\n%+v", read.Body, it)
	}
	if want := at.Truncate(time.Millisecond); !read.CreatedAt.Equal(want) || !read.Body.At.Time().Equal(want) || read.CreatedAt.Location() != time.UTC {
		t.Errorf("created %v, at %v, want %v", read.CreatedAt, read.Body.At.Time(), want)
	}
	if seqBefore := ok(docstore.Seq(t.Context(), c, "odd"))(t); seqBefore != 1 {
		t.Errorf("seq %d", seqBefore)
	}
	ok(c.Update(t.Context(), "odd", func(*docstore.Tx[item]) error { return nil }))(t)
	if seq := ok(docstore.Seq(t.Context(), c, "odd"))(t); seq != 1 {
		t.Error("an untouched body was taken for changed")
	}
	if docstore.MillisOf(time.Time{}) != 0 || !docstore.Millis(0).Time().IsZero() {
		t.Error("the zero time does not round-trip")
	}
}

func bigBodies(t *testing.T, p place) {
	c := items(t, p.open(t))
	fits := newItem("fits")
	fits.Tags = []string{strings.Repeat("x", 250<<10)}
	ok(c.Insert(t.Context(), "fits", fits))(t)
	if doc := ok(c.Get(t.Context(), "fits"))(t); len(doc.Body.Tags[0]) != 250<<10 {
		t.Errorf("%d bytes came back", len(doc.Body.Tags[0]))
	}
	big := newItem("big")
	big.Tags = []string{strings.Repeat("x", docstore.MaxBody)}
	_, err := c.Insert(t.Context(), "big", big)
	wantKind(t, err, fault.TooLarge, "document_too_large")
	_, err = c.Update(t.Context(), "fits", func(tx *docstore.Tx[item]) error { tx.Body.Tags = big.Tags; return nil })
	wantKind(t, err, fault.TooLarge, "document_too_large")
	if doc := ok(c.Get(t.Context(), "fits"))(t); doc.Rev != 1 {
		t.Error("the refused update is there")
	}
}

type itemV1 struct {
	Name string `json:"name"`
	N    int64  `json:"n"`
}

type itemV3 struct {
	Title string `json:"title"` // was name
	N     int64  `json:"n"`
	Size  string `json:"size"` // new, indexed
}

func schemaVersions(t *testing.T, p place) {
	old := ok(docstore.NewCollection[itemV1](t.Context(), p.open(t), docstore.Spec{Name: "versioned", Version: 1}))(t)
	ok(old.Insert(t.Context(), "a", itemV1{Name: "甲", N: 1<<53 + 1}))(t)
	ok(old.Insert(t.Context(), "b", itemV1{Name: "乙", N: 2}))(t)

	upgrade := func(from int, body map[string]any) (map[string]any, error) {
		switch from {
		case 1:
			body["title"] = body["name"]
			delete(body, "name")
		case 2:
			body["size"] = "small"
			if n, err := body["n"].(json.Number).Int64(); err != nil || n > 100 {
				body["size"] = "big"
			}
		}
		return body, nil
	}
	// First without an index: the bodies stay as they are until they are written.
	v3 := docstore.Spec{Name: "versioned", Version: 3, Upgrade: upgrade}
	fresh := ok(docstore.NewCollection[itemV3](t.Context(), p.open(t), v3))(t)
	doc := ok(fresh.Get(t.Context(), "a"))(t)
	if doc.Body != (itemV3{Title: "甲", N: 1<<53 + 1, Size: "big"}) || doc.Rev != 1 {
		t.Errorf("upgraded on read: %+v", doc)
	}
	ok(fresh.Update(t.Context(), "a", func(*docstore.Tx[itemV3]) error { return nil }))(t)
	if seq := ok(docstore.Seq(t.Context(), fresh, "a"))(t); seq != 1 {
		t.Error("reading wrote")
	}
	ok(fresh.Update(t.Context(), "a", func(tx *docstore.Tx[itemV3]) error { tx.Body.Title = "丙"; return nil }))(t)
	_, err := old.Get(t.Context(), "a")
	wantKind(t, err, fault.Unavailable, "newer_schema") // an older program must not write what it does not know
	_, err = old.Update(t.Context(), "a", func(tx *docstore.Tx[itemV1]) error { tx.Body.N++; return nil })
	wantKind(t, err, fault.Unavailable, "newer_schema")

	// Then with one on the new field: the older bodies are rewritten, so that they are found.
	v3.Indexes = []docstore.Index{{Name: "bySize", Fields: []string{"size"}}}
	indexed := ok(docstore.NewCollection[itemV3](t.Context(), p.open(t), v3))(t)
	page := ok(indexed.Find(t.Context(), docstore.Query{Index: "bySize", Equal: []any{"small"}}))(t)
	if len(page.Items) != 1 || page.Items[0].ID != "b" || page.Items[0].Rev != 1 {
		t.Errorf("an older body is not in the new index: %+v", page.Items)
	}
	if n := ok(indexed.Count(t.Context(), docstore.Query{Index: "bySize"}))(t); n != 2 {
		t.Errorf("%d of 2 in the index", n)
	}
	// And with another field under the same name.
	v3.Indexes = []docstore.Index{{Name: "bySize", Fields: []string{"n"}}}
	changed := ok(docstore.NewCollection[itemV3](t.Context(), p.open(t), v3))(t)
	if page := ok(changed.Find(t.Context(), docstore.Query{Index: "bySize", Equal: []any{2}}))(t); len(page.Items) != 1 {
		t.Errorf("a changed index finds %d", len(page.Items))
	}
}

func oneWrite(t *testing.T, p place) {
	db := p.open(t)
	c := items(t, db)
	state := func(id string) (rev, seq int64, events, dirty int) {
		doc := ok(c.Get(t.Context(), id))(t)
		for _, d := range ok(c.Dirty(t.Context(), 10))(t) {
			if d.ID == id {
				dirty++
			}
		}
		return doc.Rev, ok(docstore.Seq(t.Context(), c, id))(t), len(ok(docstore.Outbox(t.Context(), c, id))(t)), dirty
	}
	ok(c.Insert(t.Context(), "a", newItem("a"), docstore.Emit("made", 1), docstore.Emit("told", 2)))(t)
	if rev, seq, events, dirty := state("a"); rev != 1 || seq != 1 || events != 2 || dirty != 1 {
		t.Errorf("insert: rev %d seq %d events %d dirty %d", rev, seq, events, dirty)
	}
	ok(c.ClearDirty(t.Context(), "a", 1))(t)
	ok(c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error { tx.Body.Amount++; return tx.Emit("changed", 3) }))(t)
	if rev, seq, events, dirty := state("a"); rev != 2 || seq != 3 || events != 3 || dirty != 1 {
		t.Errorf("update: rev %d seq %d events %d dirty %d", rev, seq, events, dirty) // seq 2 cleared the mark
	}
	_, err := c.Insert(t.Context(), "b", newItem("a"), docstore.Emit("made", 1))
	wantKind(t, err, fault.Duplicate, "")
	if n := ok(c.Backlog(t.Context()))(t); n != 1 {
		t.Errorf("a refused insert is dirty: %d", n)
	}
	if n := ok(docstore.NewRelay(db, docstore.RelayOptions{}).Backlog(t.Context()))(t); n != 1 {
		t.Errorf("a refused insert has events: %d", n)
	}
	plain := itemSpec
	plain.Name, plain.Searchable = "plain", false
	quiet := ok(docstore.NewCollection[item](t.Context(), p.open(t), plain))(t)
	ok(quiet.Insert(t.Context(), "a", newItem("a")))(t)
	if n := ok(quiet.Backlog(t.Context()))(t); n != 0 {
		t.Errorf("a collection that is not searchable has %d dirty", n)
	}
}

func outboxIsBounded(t *testing.T, p place) {
	c := items(t, p.open(t))
	ok(c.Insert(t.Context(), "a", newItem("a")))(t)
	tell := func(n int) error {
		_, err := c.Update(t.Context(), "a", func(tx *docstore.Tx[item]) error {
			tx.Body.Amount++
			for range n {
				if err := tx.Emit("told", nil); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	}
	noError(t, tell(60))
	for range 4 {
		noError(t, tell(1))
	}
	wantKind(t, tell(1), fault.Unavailable, "outbox_full")
	noError(t, tell(0)) // a write without events goes on
	doc := ok(c.Get(t.Context(), "a"))(t)
	if events := ok(docstore.Outbox(t.Context(), c, "a"))(t); len(events) != docstore.MaxOutbox || doc.Rev != 7 {
		t.Errorf("%d events at revision %d", len(events), doc.Rev)
	}
	_, err := c.Insert(t.Context(), "b", newItem("b"), docstore.Emit("big", strings.Repeat("x", docstore.MaxEvent)))
	wantKind(t, err, fault.TooLarge, "event_too_large")
}

func dirtyMark(t *testing.T, p place) {
	now := time.UnixMilli(1_000_000)
	c := items(t, p.open(t, func(o *docstore.Options) { o.Now = func() time.Time { now = now.Add(time.Millisecond); return now } }))
	for _, id := range []string{"c", "a", "b"} {
		ok(c.Insert(t.Context(), id, newItem(id)))(t)
	}
	dirty := func() (ids string) {
		for _, d := range ok(c.Dirty(t.Context(), 2))(t) {
			ids += d.ID
		}
		return ids
	}
	if got := dirty(); got != "ca" {
		t.Errorf("oldest first: %s", got)
	}
	noError(t, c.MarkDirty(t.Context(), "c")) // one that cannot be indexed moves to the end
	if got := dirty(); got != "ab" {
		t.Errorf("after MarkDirty: %s", got)
	}
	ok(c.Update(t.Context(), "a", increment))(t)
	if cleared := ok(c.ClearDirty(t.Context(), "a", 1))(t); cleared {
		t.Error("the mark of a later revision was taken off")
	}
	if cleared := ok(c.ClearDirty(t.Context(), "a", 2))(t); !cleared {
		t.Error("the mark was not taken off")
	}
	if cleared := ok(c.ClearDirty(t.Context(), "a", 2))(t); cleared {
		t.Error("the mark was taken off twice")
	}
	if doc := ok(c.Get(t.Context(), "a"))(t); doc.Rev != 2 {
		t.Errorf("the mark changed the revision to %d", doc.Rev)
	}
	if n := ok(c.Backlog(t.Context()))(t); n != 2 {
		t.Errorf("backlog %d", n)
	}
	wantKind(t, c.MarkDirty(t.Context(), "absent"), fault.NotFound, "")
	_, err := c.ClearDirty(t.Context(), "absent", 1)
	wantKind(t, err, fault.NotFound, "")
}

func indexesAreUsed(t *testing.T, p place) {
	c := items(t, p.open(t))
	fill(t, c, "d", 60)
	check := func(what string, plans []string) {
		t.Helper()
		for _, plan := range plans {
			switch p.engine {
			case "sqlite":
				used := strings.Contains(plan, "USING INDEX items__") || strings.Contains(plan, "sqlite_autoindex_items_1")
				if !used || strings.Contains(plan, "TEMP B-TREE") {
					t.Errorf("%s: %s", what, plan)
				}
			default:
				if !strings.Contains(plan, `"IXSCAN"`) || strings.Contains(plan, `"COLLSCAN"`) || strings.Contains(plan, `"SORT"`) {
					t.Errorf("%s: %s", what, plan)
				}
			}
		}
	}
	for _, q := range walks {
		q.Limit = 5
		check(fmt.Sprintf("%+v", q), ok(docstore.Plans(t.Context(), c, q))(t))
		page := ok(c.Find(t.Context(), q))(t)
		if q.Cursor = page.Next; q.Cursor != "" {
			check(fmt.Sprintf("next page of %+v", q), ok(docstore.Plans(t.Context(), c, q))(t))
		}
	}
	check("waiting", ok(docstore.WaitingPlans(t.Context(), c))(t))
}

func TestSpecIsChecked(t *testing.T) {
	db := place{url: "sqlite:" + filepath.Join(t.TempDir(), "a.db")}.open(t)
	type withTime struct {
		At struct{ On time.Time }
	}
	type withUint struct {
		N []uint64
	}
	type optional struct {
		A string  `json:"a,omitempty"`
		B *string `json:"b"`
		C float64 `json:"c"`
		D string  `json:"d"`
	}
	index := func(field string) docstore.Spec {
		return docstore.Spec{Name: "x", Version: 1, Indexes: []docstore.Index{{Name: "by", Fields: []string{field}}}}
	}
	plain := docstore.Spec{Name: "x", Version: 1}
	for what, err := range map[string]error{
		"time":        second(docstore.NewCollection[withTime](t.Context(), db, plain)),
		"uint64":      second(docstore.NewCollection[withUint](t.Context(), db, plain)),
		"not struct":  second(docstore.NewCollection[map[string]any](t.Context(), db, plain)),
		"omitempty":   second(docstore.NewCollection[optional](t.Context(), db, index("a"))),
		"pointer":     second(docstore.NewCollection[optional](t.Context(), db, index("b"))),
		"float":       second(docstore.NewCollection[optional](t.Context(), db, index("c"))),
		"absent":      second(docstore.NewCollection[optional](t.Context(), db, index("e"))),
		"through":     second(docstore.NewCollection[optional](t.Context(), db, index("d.e"))),
		"injection":   second(docstore.NewCollection[optional](t.Context(), db, index("d') --"))),
		"name":        second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: `x"y`, Version: 1})),
		"own name":    second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: "docstore_x", Version: 1})),
		"version":     second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: "x"})),
		"no upgrade":  second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: "x", Version: 2})),
		"reserved":    second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: "x", Version: 1, Indexes: []docstore.Index{{Name: "dirty", Fields: []string{"d"}}}})),
		"no fields":   second(docstore.NewCollection[optional](t.Context(), db, docstore.Spec{Name: "x", Version: 1, Indexes: []docstore.Index{{Name: "by"}}})),
		"bad address": second(docstore.Open(t.Context(), docstore.Options{URL: "postgres://u:secret@h/d"})),
	} {
		if err == nil {
			t.Errorf("%s is accepted", what)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells a password: %v", what, err)
		}
	}
	ok(docstore.NewCollection[optional](t.Context(), db, index("d")))(t)
	if _, err := docstore.NewCollection[optional](t.Context(), db, index("d")); err == nil {
		t.Error("a collection can be declared twice")
	}
}

func second[V any](_ V, err error) error { return err }
