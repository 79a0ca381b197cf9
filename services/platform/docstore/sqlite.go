package docstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lianbang/services/platform/fault"
)

// sqliteEngine keeps one file: one connection writes, several read. A table has the envelope as columns and the body as JSON
// text; declared indexes are expression indexes on it.
type sqliteEngine struct {
	path     string
	readers  *sql.DB
	reads    sync.Map // text to *sql.Stmt; as many as there are kinds of reads, so it is never emptied
	writerDB *sql.DB
	writer   *sql.Conn
	written  map[string]*sql.Stmt // the writer's own, by text
	writes   chan write
	closing  chan struct{}
	closed   chan struct{}
	once     sync.Once
}

// write is one statement that waits for the writer.
type write struct {
	ctx  context.Context
	text string
	args []any
	done chan outcome
}

type outcome struct {
	rows int64
	err  error
}

// maxBatch bounds how many waiting writes share one commit; the disk's flush is what a write costs, so sharing it is what
// makes concurrent writers cheap.
const maxBatch = 128

func openSQLite(ctx context.Context, path string) (*sqliteEngine, error) {
	if path == "" || path == ":memory:" {
		return nil, errors.New("docstore: sqlite needs a file, as in sqlite:/var/lib/lianbang/demand.db")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, sqliteFault(err)
	}
	// Made by us rather than by SQLite, so that nobody else can read it whatever the umask is.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, sqliteFault(err)
	}
	// The new file's name must be on the disk too, before anything in it is acknowledged.
	if err := errors.Join(file.Close(), flush(filepath.Dir(path))); err != nil {
		return nil, sqliteFault(err)
	}

	e := &sqliteEngine{path: path, written: map[string]*sql.Stmt{}, writes: make(chan write), closing: make(chan struct{}), closed: make(chan struct{})}
	// synchronous(full): a commit is on the disk when it returns, also after a power cut. journal_size_limit cuts the log
	// back after a burst. busy_timeout covers a backup tool or a shell that holds the file for a moment.
	e.writerDB, err = sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "journal_mode(wal)", "synchronous(full)",
		"journal_size_limit(67108864)", "cache_size(-16384)"))
	if err != nil {
		return nil, sqliteFault(err)
	}
	if e.writer, err = e.writerDB.Conn(ctx); err != nil {
		return nil, errors.Join(sqliteFault(err), e.writerDB.Close())
	}
	if e.readers, err = sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "query_only(1)", "cache_size(-8192)")); err != nil {
		return nil, errors.Join(sqliteFault(err), e.writer.Close(), e.writerDB.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	e.readers.SetMaxOpenConns(readers)
	e.readers.SetMaxIdleConns(readers)
	go e.writeLoop()
	return e, nil
}

// readSQLite opens a file for reading alone: no writer, no table made. It sees every commit that was made before a read.
func readSQLite(ctx context.Context, path string) (*sqliteEngine, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("docstore: %w", err)
	}
	readers, err := sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "query_only(1)"))
	if err != nil {
		return nil, sqliteFault(err)
	}
	e := &sqliteEngine{path: path, readers: readers, writes: make(chan write), closing: make(chan struct{}), closed: make(chan struct{})}
	close(e.closing)
	return e, e.ping(ctx)
}

func dsn(path string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return u.String()
}

// writeLoop is the one writer. It takes whatever waits, runs it in one transaction and answers after the commit.
func (e *sqliteEngine) writeLoop() {
	defer close(e.closed)
	batch := make([]write, 0, maxBatch)
	for {
		batch = batch[:0]
		select {
		case w := <-e.writes:
			batch = append(batch, w)
		case <-e.closing:
			return
		}
		runtime.Gosched() // let writers that are about to ask join this commit
	fill:
		for len(batch) < maxBatch {
			select {
			case w := <-e.writes:
				batch = append(batch, w)
			default:
				break fill
			}
		}
		outcomes, err := e.commit(batch)
		for i, w := range batch {
			if err != nil {
				outcomes[i] = outcome{err: err}
			}
			w.done <- outcomes[i]
		}
	}
}

// commit runs a batch. A unique key that is taken fails its own statement only; any other error (a full disk) may have
// ended SQLite's transaction, so it fails the whole batch.
func (e *sqliteEngine) commit(batch []write) ([]outcome, error) {
	ctx := context.Background() // a caller that leaves must not interrupt the others
	outcomes := make([]outcome, len(batch))
	if _, err := e.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return outcomes, sqliteFault(err)
	}
	for i, w := range batch {
		if err := w.ctx.Err(); err != nil {
			outcomes[i].err = err
			continue
		}
		result, err := e.run(ctx, w.text, w.args...)
		if taken := asTaken(err); taken != nil {
			outcomes[i].err = taken
			continue
		}
		if err != nil {
			return outcomes, e.rollback(err)
		}
		if outcomes[i].rows, err = result.RowsAffected(); err != nil {
			return outcomes, e.rollback(err)
		}
	}
	if _, err := e.run(ctx, "COMMIT"); err != nil {
		return outcomes, e.rollback(err)
	}
	return outcomes, nil
}

// run executes a statement on the writer's connection. It is parsed and planned once: for a point write that is half the work.
func (e *sqliteEngine) run(ctx context.Context, text string, args ...any) (sql.Result, error) {
	kept := e.written[text]
	if kept == nil {
		var err error
		if kept, err = e.writer.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
		e.written[text] = kept
	}
	return kept.ExecContext(ctx, args...)
}

func (e *sqliteEngine) rollback(cause error) error {
	// SQLite may already have rolled back by itself; then this fails, and that is fine.
	_, _ = e.writer.ExecContext(context.Background(), "ROLLBACK")
	return sqliteFault(cause)
}

// do hands a statement to the writer and waits for its commit. Once the writer has it the outcome is waited for even if ctx
// ends, so that no caller is told of a failure for a write that is then found to have happened.
func (e *sqliteEngine) do(ctx context.Context, text string, args ...any) (int64, error) {
	w := write{ctx: ctx, text: text, args: args, done: make(chan outcome, 1)}
	select {
	case e.writes <- w:
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-e.closing:
		return 0, errClosed
	}
	o := <-w.done
	return o.rows, o.err
}

// prepared is a read that is parsed and planned once on each connection; database/sql sees to the connections.
func (e *sqliteEngine) prepared(text string) (*sql.Stmt, error) {
	if kept, ok := e.reads.Load(text); ok {
		return kept.(*sql.Stmt), nil
	}
	stmt, err := e.readers.Prepare(text)
	if err != nil {
		return nil, sqliteFault(err)
	}
	if kept, raced := e.reads.LoadOrStore(text, stmt); raced {
		return kept.(*sql.Stmt), stmt.Close()
	}
	return stmt, nil
}

// query reads. A caller's cancellation is looked at before and not handed to the driver: at v1.40 a query interrupted after
// its first row leaked its statement, and the connection then read one old snapshot for ever. Reads here are short.
func (e *sqliteEngine) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stmt, err := e.prepared(text)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(context.WithoutCancel(ctx), args...)
	return rows, sqliteFault(err)
}

// queryOne reads one row; sql.ErrNoRows when there is none.
func (e *sqliteEngine) queryOne(ctx context.Context, text string, args []any, into ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	stmt, err := e.prepared(text)
	if err != nil {
		return err
	}
	return sqliteFault(stmt.QueryRowContext(context.WithoutCancel(ctx), args...).Scan(into...))
}

const sqliteColumns = `id, rev, seq, version, created, updated, dirty, pending_at, fingerprint, outbox, body`

func (e *sqliteEngine) define(ctx context.Context, t *table, beforeIndexing func() error) error {
	if e.writer == nil { // read as it is
		var there int
		err := e.queryOne(ctx, `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?`, []any{t.name}, &there)
		if errors.Is(err, sql.ErrNoRows) {
			return errAbsent
		}
		return err
	}
	if _, err := e.do(ctx, `CREATE TABLE IF NOT EXISTS `+quoted(t.name)+` (
		id          TEXT PRIMARY KEY,
		rev         INTEGER NOT NULL,
		seq         INTEGER NOT NULL,
		version     INTEGER NOT NULL,
		created     INTEGER NOT NULL,
		updated     INTEGER NOT NULL,
		dirty       INTEGER NOT NULL,
		pending_at  INTEGER NOT NULL,
		fingerprint TEXT NOT NULL,
		outbox      TEXT NOT NULL,
		body        TEXT NOT NULL
	) STRICT`); err != nil {
		return err
	}
	have := map[string]string{}
	rows, err := e.query(ctx, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`, t.name)
	if err != nil {
		return err
	}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return errors.Join(sqliteFault(err), rows.Close())
		}
		have[name] = text
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return sqliteFault(err)
	}
	want := map[string]string{}
	for _, ix := range append([]*index{indexDirty, indexPending}, t.indexes...) {
		want[sqliteIndexName(t, ix)] = sqliteIndex(t, ix)
	}
	for name, text := range have { // dropped from the program, or about to be made anew
		if want[name] != text {
			if _, err := e.do(ctx, `DROP INDEX `+quoted(name)); err != nil {
				return err
			}
		}
	}
	prepared := false
	for name, text := range want {
		if have[name] == text {
			continue
		}
		if !prepared {
			if err := beforeIndexing(); err != nil {
				return err
			}
			prepared = true
		}
		if _, err := e.do(ctx, text); err != nil {
			return fmt.Errorf("docstore: making index %s: %w", name, err)
		}
	}
	return nil
}

func (e *sqliteEngine) get(ctx context.Context, t *table, id string) (record, error) {
	var rec record
	err := e.queryOne(ctx, `SELECT `+sqliteColumns+` FROM `+quoted(t.name)+` WHERE id = ?`, []any{id}, rec.columns()...)
	if errors.Is(err, sql.ErrNoRows) {
		return record{}, errAbsent
	}
	return rec, err
}

func (e *sqliteEngine) rev(ctx context.Context, t *table, id string) (rev int64, err error) {
	err = e.queryOne(ctx, `SELECT rev FROM `+quoted(t.name)+` WHERE id = ?`, []any{id}, &rev)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, errAbsent
	}
	return rev, err
}

func (e *sqliteEngine) getMany(ctx context.Context, t *table, ids []string) ([]record, error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return e.read(ctx, len(ids), `SELECT `+sqliteColumns+` FROM `+quoted(t.name)+` WHERE id IN (SELECT value FROM json_each(?))`, string(list))
}

func (e *sqliteEngine) insert(ctx context.Context, t *table, rec record) error {
	_, err := e.do(ctx, `INSERT INTO `+quoted(t.name)+` (`+sqliteColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?)`,
		rec.id, rec.rev, rec.seq, rec.version, rec.created, rec.updated, rec.dirty, rec.pendingAt, rec.fingerprint,
		string(rec.outbox), string(rec.body))
	return err
}

func (e *sqliteEngine) swap(ctx context.Context, t *table, rec record, bodyChanged bool) (bool, error) {
	if !bodyChanged { // leaves the expression indexes alone
		rows, err := e.do(ctx, `UPDATE `+quoted(t.name)+` SET seq = ?, dirty = ?, pending_at = ?, outbox = ? WHERE id = ? AND seq = ?`,
			rec.seq, rec.dirty, rec.pendingAt, string(rec.outbox), rec.id, rec.seq-1)
		return rows == 1, err
	}
	rows, err := e.do(ctx, `UPDATE `+quoted(t.name)+` SET rev = ?, seq = ?, version = ?, updated = ?, dirty = ?, pending_at = ?, outbox = ?, body = ?
		WHERE id = ? AND seq = ?`,
		rec.rev, rec.seq, rec.version, rec.updated, rec.dirty, rec.pendingAt, string(rec.outbox), string(rec.body), rec.id, rec.seq-1)
	return rows == 1, err
}

func (e *sqliteEngine) remove(ctx context.Context, t *table, id string, seq int64) (bool, error) {
	rows, err := e.do(ctx, `DELETE FROM `+quoted(t.name)+` WHERE id = ? AND seq = ?`, id, seq)
	return rows == 1, err
}

func (e *sqliteEngine) scan(ctx context.Context, t *table, s scan) ([]record, error) {
	text, args := sqliteScan(t, s)
	return e.read(ctx, s.limit, text, args...)
}

func sqliteScan(t *table, s scan) (text string, args []any) {
	where, args := sqliteWhere(t, s)
	direction := ""
	if s.descending {
		direction = " DESC"
	}
	var order []string
	for _, field := range s.rest() {
		order = append(order, sqliteField(field)+direction)
	}
	text = `SELECT ` + sqliteColumns + where
	if len(order) > 0 {
		text += ` ORDER BY ` + strings.Join(order, ", ")
	}
	// No LIMIT: SQLite would plan again for every number bound to it. The index gives the order, so read stops when it has enough.
	return text, args
}

func (e *sqliteEngine) count(ctx context.Context, t *table, s scan) (n int64, err error) {
	where, args := sqliteWhere(t, s)
	err = e.queryOne(ctx, `SELECT count(*)`+where, args, &n)
	return n, err
}

func (e *sqliteEngine) tally(ctx context.Context, t *table, ix *index, ranges [][]value) (sums map[string]int64, err error) {
	plain := make([][]any, len(ranges))
	var terms []string
	for i, r := range ranges {
		for j, v := range r {
			if v.kind == isText {
				plain[i] = append(plain[i], v.text)
			} else {
				plain[i] = append(plain[i], v.number)
			}
			if i == 0 {
				terms = append(terms, fmt.Sprintf("%s = json_extract(wanted.value, '$[%d]')", sqliteField(ix.fields[j]), j))
			}
		}
	}
	list, err := json.Marshal(plain)
	if err != nil {
		return nil, err
	}
	rows, err := e.query(ctx, `SELECT json_extract(wanted.value, '$[0]'), (SELECT count(*) FROM `+quoted(t.name)+` INDEXED BY `+
		quoted(sqliteIndexName(t, ix))+` WHERE `+strings.Join(terms, " AND ")+`) FROM json_each(?) wanted`, string(list))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sqliteFault(rows.Close())) }()
	sums = map[string]int64{}
	for rows.Next() {
		var first string
		var n int64
		if err := rows.Scan(&first, &n); err != nil {
			return nil, sqliteFault(err)
		}
		if n > 0 {
			sums[first] += n
		}
	}
	return sums, sqliteFault(rows.Err())
}

// sqliteWhere is the FROM and WHERE of a range. INDEXED BY makes SQLite fail rather than scan the table.
func sqliteWhere(t *table, s scan) (text string, args []any) {
	text = ` FROM ` + quoted(t.name)
	if s.index != indexID {
		text += ` INDEXED BY ` + quoted(sqliteIndexName(t, s.index))
	}
	var terms []string
	add := func(field, operator string, v value) {
		terms = append(terms, sqliteField(field)+" "+operator+" ?")
		if v.kind == isText {
			args = append(args, v.text)
		} else {
			args = append(args, v.number) // json_extract gives 0 and 1 for booleans
		}
	}
	for i, v := range s.equal {
		add(s.index.fields[i], "=", v)
	}
	if s.from != nil {
		operator := ">="
		if s.after {
			operator = ">"
		}
		add(s.rest()[0], operator, *s.from)
	}
	if s.to != nil {
		add(s.rest()[0], "<", *s.to)
	}
	switch s.index { // said literally, so that SQLite may use a partial index
	case indexDirty:
		terms = append(terms, "dirty > 0")
	case indexPending:
		terms = append(terms, "pending_at > 0")
	}
	if len(terms) > 0 {
		text += ` WHERE ` + strings.Join(terms, " AND ")
	}
	return text, args
}

// sqliteField is the expression of an index field; an index is used only where its text is the same.
func sqliteField(field string) string {
	switch field {
	case keyID:
		return "id"
	case keyDirty:
		return "dirty"
	case keyPending:
		return "pending_at"
	}
	return `json_extract(body, '$.` + field + `')` // Spec allows letters, digits, underscores and dots only
}

func sqliteIndexName(t *table, ix *index) string {
	return t.name + "__" + strings.TrimPrefix(ix.name, "@")
}

func sqliteIndex(t *table, ix *index) string {
	fields := make([]string, len(ix.fields))
	for i, f := range ix.fields {
		fields[i] = sqliteField(f)
	}
	text := "CREATE "
	if ix.unique {
		text += "UNIQUE "
	}
	text += "INDEX " + quoted(sqliteIndexName(t, ix)) + " ON " + quoted(t.name) + " (" + strings.Join(fields, ", ") + ")"
	switch ix {
	case indexDirty:
		text += " WHERE dirty > 0"
	case indexPending:
		text += " WHERE pending_at > 0"
	}
	return text
}

// read gives at most limit rows.
func (e *sqliteEngine) read(ctx context.Context, limit int, text string, args ...any) (records []record, err error) {
	rows, err := e.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, sqliteFault(rows.Close())) }()
	for len(records) < limit && rows.Next() {
		var rec record
		if err := rows.Scan(rec.columns()...); err != nil {
			return nil, sqliteFault(err)
		}
		records = append(records, rec)
	}
	return records, sqliteFault(rows.Err())
}

// columns is where a row of sqliteColumns is read into.
func (rec *record) columns() []any {
	return []any{&rec.id, &rec.rev, &rec.seq, &rec.version, &rec.created, &rec.updated, &rec.dirty, &rec.pendingAt,
		&rec.fingerprint, (*[]byte)(&rec.outbox), (*[]byte)(&rec.body)}
}

// backup copies through VACUUM INTO: a consistent snapshot while others read and write, compact, and checked by SQLite. It
// becomes visible under its name only when it is complete and on the disk.
func (e *sqliteEngine) backup(ctx context.Context, path string) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fault.Newf(fault.Conflict, "backup_exists", "%s is there already", filepath.Base(path))
	}
	partial := path + ".partial"
	if err := os.Remove(partial); err != nil && !errors.Is(err, os.ErrNotExist) {
		return sqliteFault(err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial)
		}
	}()
	db, err := sql.Open("sqlite", dsn(e.path, "busy_timeout(5000)"))
	if err != nil {
		return sqliteFault(err)
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, partial)
	if err = errors.Join(err, db.Close()); err != nil {
		return sqliteFault(err)
	}
	if err := os.Chmod(partial, 0o600); err != nil {
		return sqliteFault(err)
	}
	if err := flush(partial); err != nil {
		return sqliteFault(err)
	}
	if err := os.Rename(partial, path); err != nil {
		return sqliteFault(err)
	}
	return sqliteFault(flush(filepath.Dir(path)))
}

// flush puts a file or directory on the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (e *sqliteEngine) ping(ctx context.Context) error {
	var one int
	return e.queryOne(ctx, "SELECT 1", nil, &one)
}

func (e *sqliteEngine) close(context.Context) error {
	var err error
	e.once.Do(func() {
		if e.writer == nil {
			err = e.readers.Close()
			return
		}
		close(e.closing)
		<-e.closed
		err = e.readers.Close()
		// With the readers gone the log can be folded into the file, so that a stopped database is one file.
		_, checkpoint := e.writer.ExecContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
		err = errors.Join(err, checkpoint, e.writer.Close(), e.writerDB.Close())
	})
	return err
}

func quoted(name string) string { return `"` + name + `"` } // names are checked when a Spec is

// asTaken recognises a violated unique key; SQLite names the index of an expression but the column of a primary key.
func asTaken(err error) *takenError {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return &takenError{}
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE:
		_, name, _ := strings.Cut(e.Error(), "index '")
		name, _, _ = strings.Cut(name, "'")
		_, name, _ = strings.Cut(name, "__")
		return &takenError{index: name}
	}
	return nil
}

// sqliteFault says in our words what an operator can act on; the rest stays an internal error.
func sqliteFault(err error) error {
	if err == nil || errors.Is(err, sql.ErrNoRows) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, os.ErrPermission) {
		return fault.Wrap(err, fault.Unavailable, "storage_read_only", "the data directory cannot be written")
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fault.Wrap(err, fault.Unavailable, "storage_full", "the disk is full; nothing was written")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fault.Wrap(err, fault.Unavailable, "storage_read_only", "the data directory cannot be written")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Wrap(err, fault.Unavailable, "storage_busy", "the database is held by another process")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Wrap(err, fault.Internal, "storage_corrupt", "the database file is damaged; restore a backup")
	}
	return err
}
