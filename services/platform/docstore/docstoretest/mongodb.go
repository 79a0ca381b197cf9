// Package docstoretest gives tests a MongoDB to talk to: the server at LIANBANG_TEST_MONGODB_URI when that is set, and
// otherwise FerretDB, built from the module beside it, behind a proxy that lets one write at a time into a collection. It
// owns no document and is imported by tests only.
package docstoretest

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
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// Variable names the environment variable that holds the URL of a real server (a replica set, as in production).
const Variable = "LIANBANG_TEST_MONGODB_URI"

// IsPeer says whether Server gives FerretDB instead of MongoDB. What FerretDB 1.24 on SQLite gets wrong without an error, and
// a test must therefore skip: an update into a unique conflict is no duplicate-key error, and there are no query plans.
func IsPeer() bool { return os.Getenv(Variable) == "" }

// Server is the URL of a server without a database name. The test is skipped, saying why, when there is none and FerretDB
// cannot be built, which takes a minute the first time on a machine and needs its Go modules.
func Server(t testing.TB) string {
	t.Helper()
	if !IsPeer() {
		return os.Getenv(Variable)
	}
	address, err := peer()
	if err != nil {
		t.Skipf("no MongoDB at %s, and FerretDB cannot be had in its place: %v", Variable, err)
	}
	return address
}

// Database is the URL of a new database, dropped when the test ends.
func Database(t testing.TB) string {
	t.Helper()
	address, name := named(t)
	dropAtEnd(t, address, name)
	return address
}

// Databases is the URL that a product may take for its store: it names a product of its own, whose services' databases are dropped
// when the test ends.
func Databases(t testing.TB, services ...string) string {
	t.Helper()
	address, product := named(t)
	for _, s := range services {
		dropAtEnd(t, address, product+"_"+s)
	}
	return address
}

// named is the server's URL with a name no other test has.
func named(t testing.TB) (address, name string) {
	t.Helper()
	name = "lianbang_test_" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	base, query, asked := strings.Cut(Server(t), "?")
	scheme, rest, _ := strings.Cut(base, "://")
	hosts, _, _ := strings.Cut(rest, "/")
	address = scheme + "://" + hosts + "/" + name // put together by hand: it may list several hosts, which is no URL to net/url
	if asked {
		address += "?" + query
	}
	return address, name
}

func dropAtEnd(t testing.TB, address, name string) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		client, err := mongo.Connect(ctx, options.Client().ApplyURI(address))
		if err == nil {
			err = errors.Join(client.Database(name).Drop(ctx), client.Disconnect(ctx))
		}
		if err != nil {
			t.Errorf("the test database was not dropped: %v", err)
		}
	})
}

// peer is the one FerretDB of a test process. Its standard input ends with that process, and so it ends too.
var peer = sync.OnceValues(func() (address string, err error) {
	program, err := build()
	if err != nil {
		return "", err
	}
	run := exec.Command(program)
	run.Stderr = os.Stderr
	if _, err := run.StdinPipe(); err != nil {
		return "", err
	}
	out, err := run.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := run.Start(); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", errors.Join(errors.New("it ended at once"), run.Wait())
	}
	go func() { _ = run.Wait() }() // also keeps the pipe from the garbage collector, which would close it
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		return "", err
	}
	if u.Host, err = serialise(u.Host); err != nil {
		return "", err
	}
	return u.String(), nil
})

// build makes the program once per content of its sources and keeps it in the user's cache directory.
func build() (program string, err error) {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "lianbang/services/platform/docstore").Output()
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(string(dir)), "ferretpeer")
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
	program = filepath.Join(cache, "lianbang", "ferretpeer-"+hex.EncodeToString(sum.Sum(nil)[:8]))
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", err
	}
	fresh := program + "." + uuid.NewString() // renamed at the end: test processes may build at the same time
	command := exec.Command("go", "build", "-trimpath", "-tags", "ferretdb_no_postgresql,ne", "-o", fresh, ".")
	command.Dir = source
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", errors.New(strings.TrimSpace(string(out)))
	}
	return program, os.Rename(fresh, program)
}
