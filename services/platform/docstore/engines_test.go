package docstore_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"lianbang/services/platform/docstore"
)

// place is where one case keeps its documents: a database of its own that several processes may open.
type place struct {
	url    string
	engine string
	// sequential is why concurrent cases are skipped, "" when they run.
	sequential string
}

// open opens the database; it is closed when the test ends.
func (p place) open(t testing.TB, change ...func(*docstore.Options)) *docstore.DB {
	t.Helper()
	o := docstore.Options{URL: p.url}
	for _, c := range change {
		c(&o)
	}
	db, err := docstore.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// engines are the stores that the suite runs on: SQLite always; MongoDB at LIANBANG_TEST_MONGODB_URI, or else the peer that
// speaks its protocol.
var engines = []struct {
	name string
	at   func(t *testing.T) place
}{
	{"sqlite", func(t *testing.T) place {
		return place{url: "sqlite:" + filepath.Join(t.TempDir(), "it's a test?.db"), engine: "sqlite"}
	}},
	{"mongodb", func(t *testing.T) place {
		server := os.Getenv("LIANBANG_TEST_MONGODB_URI")
		p := place{engine: "mongodb"}
		if server == "" {
			server = peerURL(t)
			p.engine = "ferretdb"
			p.sequential = "FerretDB 1.24 on SQLite loses updates under concurrency (known); set LIANBANG_TEST_MONGODB_URI to run this on MongoDB"
		}
		u, err := url.Parse(server)
		if err != nil {
			t.Fatal("LIANBANG_TEST_MONGODB_URI cannot be read")
		}
		u.Path = "/lianbang_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
		p.url = u.String()
		t.Cleanup(func() {
			db, err := docstore.Open(context.Background(), docstore.Options{URL: p.url})
			if err != nil {
				t.Errorf("dropping the test database: %v", err)
				return
			}
			if err := errors.Join(docstore.DropDatabase(context.Background(), db), db.Close(context.Background())); err != nil {
				t.Errorf("dropping the test database: %v", err)
			}
		})
		return p
	}},
}

// peer is the one FerretDB of a test run, started by the first case that needs it.
var peer struct {
	once sync.Once
	url  string
	skip string
	stop func()
}

func peerURL(t *testing.T) string {
	t.Helper()
	peer.once.Do(func() {
		program, err := buildPeer()
		if err != nil {
			peer.skip = "the FerretDB peer cannot be built here (its modules cannot be had?): " + err.Error()
			return
		}
		if peer.url, peer.stop, err = startPeer(program); err != nil {
			peer.skip = "the FerretDB peer does not start: " + err.Error()
		}
	})
	if peer.skip != "" {
		t.Skip(peer.skip)
	}
	return peer.url
}

// buildPeer builds the nested module once per content of its sources: a cold build takes about a minute.
func buildPeer() (program string, err error) {
	const source = "ferretpeer"
	sum := sha256.New()
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		sum.Write(data)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "lianbang")
	program = filepath.Join(dir, "ferretpeer-"+hex.EncodeToString(sum.Sum(nil)[:8]))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	fresh := program + "." + uuid.NewString()
	build := exec.Command("go", "build", "-trimpath", "-tags", "ferretdb_no_postgresql,ne", "-o", fresh, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New(strings.TrimSpace(string(out)))
	}
	return program, os.Rename(fresh, program)
}

func startPeer(program string) (address string, stop func(), err error) {
	state, err := os.MkdirTemp("", "ferretpeer")
	if err != nil {
		return "", nil, err
	}
	run := exec.Command(program, "-state", state)
	run.Stderr = os.Stderr
	hold, err := run.StdinPipe() // it ends when we do, however we do
	if err != nil {
		return "", nil, err
	}
	out, err := run.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := run.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = hold.Close()
		_ = run.Wait()
		_ = os.RemoveAll(state)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, errors.New("it ended at once")
	}
	return strings.TrimSpace(line), stop, nil
}

func TestMain(m *testing.M) {
	if os.Getenv("DOCSTORE_TEST_WRITER") != "" {
		writeUntilKilled()
		return
	}
	code := m.Run()
	if peer.stop != nil {
		peer.stop()
	}
	os.Exit(code)
}

// within polls until done says yes, and fails the test at the deadline.
func within(t testing.TB, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
