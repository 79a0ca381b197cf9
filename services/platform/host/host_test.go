package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/blob"
)

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig([]string{"-addr", "127.0.0.1:9"}, []string{"LIANBANG_DATA=/d", "LIANBANG_ADDR=127.0.0.1:1", "PATH=x", "LIANBANG_DEMO=true"})
	if err != nil || c.Addr != "127.0.0.1:9" || c.Data != "/d" || !c.Demo || c.Target != "all" {
		t.Fatalf("%+v %v", c, err)
	}
	for _, bad := range [][]string{{"LIANBANG_DATTA=x"}, {"LIANBANG_DEMO=maybe"}, {"LIANBANG_PEERS=account"}, {"LIANBANG_PEERS=account=host:99999"},
		{"LIANBANG_INTERNAL_KEY=short"}, {"LIANBANG_TRACES=http://c:4318", "LIANBANG_TRACE_SHARE=NaN"}, {"LIANBANG_TRACES=http://c:4318", "LIANBANG_TRACE_SHARE=2"}, {"LIANBANG_LOG_LEVEL=loud"}, {"LIANBANG_TARGET=demand"},
		{"LIANBANG_TARGET=account", "LIANBANG_INTERNAL_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, {"LIANBANG_TARGET=search", "LIANBANG_INTERNAL_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
		{"LIANBANG_TARGET=engine"}} {
		if _, err := ParseConfig(nil, bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if _, err := ParseConfig([]string{"stray"}, nil); err == nil {
		t.Error("a stray argument was ignored")
	}
}

func TestPeersMayHaveReplicas(t *testing.T) {
	c, err := ParseConfig(nil, []string{"LIANBANG_PEERS=account=a:1,demand=d:2, account=b:1"})
	if err != nil {
		t.Fatal(err)
	}
	peers, err := c.PeerAddresses()
	if err != nil || !slices.Equal(peers["account"], []string{"a:1", "b:1"}) || !slices.Equal(peers["demand"], []string{"d:2"}) {
		t.Errorf("%v %v", peers, err)
	}
}

func TestEachServiceHasItsDatabase(t *testing.T) {
	for store, want := range map[string]string{
		"mongodb://mongo:27017/?replicaSet=lianbang":  "mongodb://mongo:27017/lianbang_demand?replicaSet=lianbang",
		"mongodb://mongo:27017":                       "mongodb://mongo:27017/lianbang_demand",
		"mongodb://u:p@a:1,b:2/staging?w=majority":    "mongodb://u:p@a:1,b:2/staging_demand?w=majority",
		"mongodb+srv://cluster.example.org/lianbang2": "mongodb+srv://cluster.example.org/lianbang2_demand",
	} {
		if got := databaseOf(store, "demand"); got != want {
			t.Errorf("%s: %s", store, got)
		}
	}
}

// Replicas of a service whose documents are on a server share a volume of attachments; nobody shares databases in files.
func TestReplicasShareADirectoryWithoutDatabases(t *testing.T) {
	key := "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	c := Config{Target: "demand", Data: t.TempDir(), Store: "mongodb://mongo", InternalKey: key}
	one, err := New(c, &Clock{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	two, err := New(c, &Clock{}, quiet())
	if err != nil {
		t.Fatalf("a replica was refused: %v", err)
	}
	embedded := c
	embedded.Store = ""
	if _, err := New(embedded, &Clock{}, quiet()); err == nil {
		t.Error("a process with databases in files joined them")
	}
	if err := errors.Join(one.Close(), two.Close()); err != nil {
		t.Error(err)
	}
}

func TestDescribeListsEverySetting(t *testing.T) {
	table := Describe()
	for _, s := range new(Config).settings() {
		if !strings.Contains(table, s.env()) || s.help == "" {
			t.Errorf("%s is not explained", s.env())
		}
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestDataDirectoryHasOneProcess(t *testing.T) {
	c := Config{Target: "all", Data: t.TempDir()}
	h, err := New(c, &Clock{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(c, &Clock{}, quiet()); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Fatalf("a second process was not refused clearly: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(c, &Clock{}, quiet())
	if err != nil {
		t.Fatalf("the directory was not let go: %v", err)
	}
	if again.keys.Token.ID != h.keys.Token.ID || again.keys.Internal.ID == again.keys.Token.ID {
		t.Error("the generated secrets changed, or are one")
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(c.Data, "token.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the token key is readable by others: %v %v", info.Mode(), err)
	}
}

func TestStartsInOrderOfNeed(t *testing.T) {
	var started []string
	module := func(name string, needs ...string) Module {
		return Module{Name: name, Needs: needs, Start: func(context.Context, *Env) (*Running, error) {
			started = append(started, name)
			return &Running{}, nil
		}}
	}
	h, err := New(Config{Target: "all", Data: t.TempDir()}, &Clock{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	modules := []Module{module("demand", "account", "search"), module("account"), module("search", "elsewhere")}
	if err := h.Start(t.Context(), modules, modules); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(started, []string{"account", "search", "demand"}) {
		t.Errorf("started %v", started)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := inOrder([]Module{module("a", "b"), module("b", "a")}); err == nil {
		t.Error("a circle was not found")
	}
}

func TestJobsAreStartedAgainAndStopped(t *testing.T) {
	var runs atomic.Int32
	stopped := make(chan struct{})
	m := Module{Name: "m", Start: func(context.Context, *Env) (*Running, error) {
		return &Running{Jobs: []Job{{Name: "fails once", Run: func(ctx context.Context) error {
			if runs.Add(1) == 1 {
				return errors.New("no")
			}
			<-ctx.Done()
			close(stopped)
			return nil
		}}}}, nil
	}}
	h, err := New(Config{Target: "all", Data: t.TempDir()}, &Clock{}, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(t.Context(), []Module{m}, []Module{m}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); runs.Load() < 2; {
		if time.Now().After(deadline) {
			t.Fatal("the job was not started again")
		}
		time.Sleep(time.Millisecond)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stopped:
	default:
		t.Error("Close did not wait for the job")
	}
}

func TestClock(t *testing.T) {
	var c Clock
	moves := 0
	c.OnMove(func() { moves++ })
	before := c.Now()
	c.Advance(time.Hour)
	if d := c.Now().Sub(before); d < time.Hour || d > time.Hour+time.Minute {
		t.Errorf("moved %v", d)
	}
	c.Advance(-time.Hour)
	if c.Now().Before(before.Add(time.Hour)) {
		t.Error("the clock went back")
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.Freeze(at)
	c.Advance(time.Minute)
	if !c.Now().Equal(at.Add(time.Minute)) || moves != 3 {
		t.Errorf("%v after %d moves", c.Now(), moves)
	}
}

// TestFilesAreWhereTheConfigurationSays: in a bucket, each module in its own folder, or in the data directory.
func TestFilesAreWhereTheConfigurationSays(t *testing.T) {
	var asked atomic.Value
	storage := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Store(r.Method + " " + r.URL.Path) }))
	defer storage.Close()
	e := &Env{Name: "demand", Config: Config{Data: t.TempDir()}}
	if files, err := e.Files(t.Context()); err != nil {
		t.Fatal(err)
	} else if _, ok := files.(*blob.Dir); !ok {
		t.Errorf("without a setting: %T", files)
	}
	e.Config.S3, e.Config.S3KeyID, e.Config.S3Secret = storage.URL+"/bucket", "id", "secret"
	if files, err := e.Files(t.Context()); err != nil {
		t.Fatal(err)
	} else if _, ok := files.(*blob.S3); !ok || asked.Load() != "HEAD /bucket/" {
		t.Errorf("with the setting: %T, asked %v", files, asked.Load())
	}
	e.Config.S3Secret = ""
	if _, err := e.Files(t.Context()); err == nil || !strings.Contains(err.Error(), "LIANBANG_S3") {
		t.Errorf("without the secret: %v", err)
	}
}
