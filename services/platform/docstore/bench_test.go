package docstore_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"lianbang/services/platform/docstore"
)

// Each benchmark runs the same work twice, through the store and in SQL written by hand against a table of the same shape:
// read or change one document of ten thousand, list twenty in index order. Both decode the body and commit durably.
//
//	go test -run '^$' -bench . ./services/platform/docstore

const documents = 10_000

// grown is ten times that, to see what growth costs; make prove fills it.
const grown = 10 * documents

func benchItem(i int) item {
	return item{Title: fmt.Sprintf("面向新能源汽车的高可靠性电驱动系统关键技术攻关 %d", i), Code: fmt.Sprintf("2026Q2-%06d", i),
		Status: status([]string{"draft", "open", "shut"}[i%3]), At: docstore.Millis(1_760_000_000_000 + int64(i)*1000), Amount: int64(i),
		Public: i%2 == 0, Owner: owner{OrgID: fmt.Sprint("org", i%100)}, Tags: []string{"新材料", strings.Repeat("技术指标", 100)}}
}

func benchID(i int) string { return fmt.Sprintf("0192f0c1-0000-7000-8000-%012d", i) }

func filled(b *testing.B, documents int) *docstore.Collection[item] {
	b.Helper()
	c := items(b, place{url: "sqlite:" + filepath.Join(b.TempDir(), "bench.db")}.open(b))
	together(b, 64, func(w int) error {
		for i := w; i < documents; i += 64 {
			if _, err := c.Insert(b.Context(), benchID(i), benchItem(i)); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// rawTable is what a careful programmer would write without the store.
type rawTable struct{ write, read *sql.DB }

func raw(b *testing.B) rawTable {
	b.Helper()
	path := filepath.Join(b.TempDir(), "raw.db")
	open := func(conns int) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+path+"?"+url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)", "cache_size(-16384)"}}.Encode())
		noError(b, err)
		db.SetMaxOpenConns(conns)
		db.SetMaxIdleConns(conns)
		b.Cleanup(func() { noError(b, db.Close()) })
		return db
	}
	r := rawTable{write: open(1), read: open(max(4, runtime.GOMAXPROCS(0)))}
	for _, text := range []string{
		`CREATE TABLE items (id TEXT PRIMARY KEY, rev INTEGER NOT NULL, seq INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, dirty INTEGER NOT NULL, body TEXT NOT NULL) STRICT`,
		`CREATE INDEX by_status ON items (json_extract(body,'$.status'), json_extract(body,'$.at'), id)`,
		`CREATE INDEX by_owner ON items (json_extract(body,'$.owner.orgId'), id)`,
		`CREATE INDEX by_public ON items (json_extract(body,'$.public'), json_extract(body,'$.amount'), id)`,
		`CREATE UNIQUE INDEX by_code ON items (json_extract(body,'$.code'))`,
		`CREATE UNIQUE INDEX by_owner_title ON items (json_extract(body,'$.owner.orgId'), json_extract(body,'$.title'))`,
		`CREATE INDEX by_dirty ON items (dirty) WHERE dirty > 0`,
	} {
		_, err := r.write.Exec(text)
		noError(b, err)
	}
	tx, err := r.write.Begin()
	noError(b, err)
	for i := range documents {
		body, err := json.Marshal(benchItem(i))
		noError(b, err)
		_, err = tx.Exec(`INSERT INTO items VALUES (?,1,1,0,0,1,?)`, benchID(i), string(body))
		noError(b, err)
	}
	noError(b, tx.Commit())
	return r
}

// sizes runs a benchmark of the store at 10,000 documents and, with LIANBANG_PROVE, at ten times as many.
func sizes(b *testing.B, run func(b *testing.B, c *docstore.Collection[item], documents int)) {
	b.Run("docstore", func(b *testing.B) { run(b, filled(b, documents), documents) })
	if os.Getenv("LIANBANG_PROVE") != "" {
		b.Run("docstore-10x", func(b *testing.B) { run(b, filled(b, grown), grown) })
	}
}

func BenchmarkGet(b *testing.B) {
	sizes(b, func(b *testing.B, c *docstore.Collection[item], documents int) {
		i := 0
		for b.Loop() {
			ok(c.Get(b.Context(), benchID(i*7919%documents)))(b)
			i++
		}
	})
	b.Run("sql", func(b *testing.B) {
		r := raw(b)
		stmt, err := r.read.Prepare(`SELECT rev, seq, created, updated, body FROM items WHERE id = ?`)
		noError(b, err)
		i := 0
		for b.Loop() {
			var rev, seq, created, updated int64
			var body []byte
			noError(b, stmt.QueryRow(benchID(i*7919%documents)).Scan(&rev, &seq, &created, &updated, &body))
			var it item
			noError(b, json.Unmarshal(body, &it))
			i++
		}
	})
}

func BenchmarkUpdate(b *testing.B) {
	sizes(b, func(b *testing.B, c *docstore.Collection[item], documents int) {
		i := 0
		for b.Loop() {
			ok(c.Update(b.Context(), benchID(i*7919%documents), increment))(b)
			i++
		}
	})
	b.Run("sql", func(b *testing.B) {
		r := raw(b)
		update := r.updater(b)
		i := 0
		for b.Loop() {
			update(b, benchID(i*7919%documents))
			i++
		}
	})
}

// BenchmarkUpdateTogether is 64 writers on different documents: where the store shares commits.
func BenchmarkUpdateTogether(b *testing.B) {
	together := func(b *testing.B, update func(b testing.TB, id string)) {
		var n atomic.Int64
		b.SetParallelism(64 / runtime.GOMAXPROCS(0))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				update(b, benchID(int(n.Add(1))*7919%documents))
			}
		})
	}
	b.Run("docstore", func(b *testing.B) {
		c := filled(b, documents)
		b.ResetTimer()
		together(b, func(b testing.TB, id string) { ok(c.Update(b.Context(), id, increment))(b) })
	})
	b.Run("sql", func(b *testing.B) {
		r := raw(b)
		update := r.updater(b)
		b.ResetTimer()
		together(b, update)
	})
}

func (r rawTable) updater(b *testing.B) func(b testing.TB, id string) {
	get, err := r.read.Prepare(`SELECT rev, seq, body FROM items WHERE id = ?`)
	noError(b, err)
	put, err := r.write.Prepare(`UPDATE items SET rev = ?, seq = ?, updated = ?, dirty = 1, body = ? WHERE id = ? AND seq = ?`)
	noError(b, err)
	return func(b testing.TB, id string) {
		var rev, seq int64
		var body []byte
		noError(b, get.QueryRow(id).Scan(&rev, &seq, &body))
		var it item
		noError(b, json.Unmarshal(body, &it))
		it.Amount++
		body, err := json.Marshal(it)
		noError(b, err)
		result, err := put.Exec(rev+1, seq+1, 1, string(body), id, seq)
		noError(b, err)
		if n, err := result.RowsAffected(); err != nil || n > 1 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkList20(b *testing.B) {
	sizes(b, func(b *testing.B, c *docstore.Collection[item], documents int) {
		i := 0
		for b.Loop() {
			q := docstore.Query{Index: "byStatus", Equal: []any{"open"}, To: docstore.Millis(1_760_000_000_000 + int64(i*7919%documents+100)*1000), Descending: true}
			ok(c.Find(b.Context(), q))(b)
			i++
		}
	})
	b.Run("sql", func(b *testing.B) {
		r := raw(b)
		stmt, err := r.read.Prepare(`SELECT id, rev, seq, created, updated, body FROM items WHERE json_extract(body,'$.status') = ? AND json_extract(body,'$.at') < ?
			ORDER BY json_extract(body,'$.at') DESC, id DESC LIMIT 21`)
		noError(b, err)
		i := 0
		for b.Loop() {
			rows, err := stmt.Query("open", 1_760_000_000_000+int64(i*7919%documents+100)*1000)
			noError(b, err)
			var list []item
			for rows.Next() {
				var id string
				var rev, seq, created, updated int64
				var body []byte
				noError(b, rows.Scan(&id, &rev, &seq, &created, &updated, &body))
				var it item
				noError(b, json.Unmarshal(body, &it))
				list = append(list, it)
			}
			noError(b, rows.Close())
			if len(list) == 0 {
				b.Fatal("an empty list")
			}
			i++
		}
	})
}

// BenchmarkDeliver is from an update with an event to its delivery, one at a time: how long a consumer waits.
func BenchmarkDeliver(b *testing.B) {
	db := place{url: "sqlite:" + filepath.Join(b.TempDir(), "bench.db")}.open(b, quiet)
	c := items(b, db)
	ok(c.Insert(b.Context(), "a", newItem("a")))(b)
	delivered := make(chan struct{}, 64)
	r := docstore.NewRelay(db, docstore.RelayOptions{Deliver: func(context.Context, docstore.Event) error {
		delivered <- struct{}{}
		return nil
	}})
	stop := running(b, r)
	for b.Loop() {
		ok(c.Update(b.Context(), "a", func(tx *docstore.Tx[item]) error { tx.Body.Amount++; return tx.Emit("changed", nil) }))(b)
		<-delivered
	}
	stop()
}
