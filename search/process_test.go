package search

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"lianbang/search/api"
	"lianbang/search/engine"
	"lianbang/search/match"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
)

// What makes this test binary a process that tests kill: an engine's directory, or a service's, and the engine's address.
const (
	engineDir  = "LIANBANG_TEST_ENGINE_DIR"
	serviceDir = "LIANBANG_TEST_SERVICE_DIR"
	engineAddr = "LIANBANG_TEST_ENGINE_ADDR"
)

func TestMain(m *testing.M) {
	var err error
	switch addr := os.Getenv(engineAddr); {
	case os.Getenv(engineDir) != "":
		err = serveEngine(os.Getenv(engineDir), addr)
	case os.Getenv(serviceDir) != "":
		err = writeForever(os.Getenv(serviceDir), addr)
	default:
		os.Exit(m.Run())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func serveEngine(dir, addr string) error {
	eng, err := engine.Open(dir, engine.Options{MasterKey: "key"})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return eng.App().Listener(listener)
}

// process is this binary running apart, so that it can be killed and started again.
type process struct {
	env  []string
	cmd  *exec.Cmd
	said chan string // the lines it printed; closed when it is dead
}

func (p *process) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), p.env...), os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1<<16)
	p.said = said
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said <- lines.Text()
		}
	}()
}

// kill is kill -9.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// startEngineApart starts an engine in a process of its own and says where it listens, which a restart keeps.
func startEngineApart(t *testing.T) (p *process, addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	p = &process{env: []string{engineDir + "=" + t.TempDir(), engineAddr + "=" + addr}}
	p.start(t)
	t.Cleanup(p.kill)
	return p, addr
}

// serviceAt is a fresh search service over the engine at an address, as after a restart.
func serviceAt(ctx context.Context, addr string) (*Service, error) {
	s := New(Options{Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Weights: match.DefaultWeights(),
		Engine: meilisearch.New("http://"+addr, meilisearch.WithAPIKey("key"), meilisearch.DisableRetries(),
			meilisearch.WithCustomClient(&http.Client{Timeout: 10 * time.Second}))})
	opening, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return s, s.Open(opening)
}

// note is what the killed service keeps: a document that comes and goes.
type note struct {
	Title   string `json:"title"`
	Removed bool   `json:"removed"`
}

// notes is a service's store, its search, and the reconciler between the two: what every service of the product is made of.
type notes struct {
	db     *docstore.DB
	all    *docstore.Collection[note]
	search *Service
	host.Reconciler[note]
}

func openNotes(ctx context.Context, dir, addr string) (*notes, error) {
	n := &notes{}
	var err error
	if n.db, err = docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(dir, "notes.db"), Sole: true}); err != nil {
		return nil, err
	}
	if n.all, err = docstore.NewCollection[note](ctx, n.db, docstore.Spec{Name: "notes", Version: 1, Searchable: true}); err != nil {
		return nil, err
	}
	if n.search, err = serviceAt(ctx, addr); err != nil {
		return nil, err
	}
	n.Reconciler = host.Reconciler[note]{Name: "notes", DB: n.db, Collection: n.all, Push: n.push, Log: slog.New(slog.DiscardHandler), Holder: "one"}
	return n, nil
}

func (n *notes) push(ctx context.Context, docs []docstore.Doc[note]) error {
	var batch api.DocumentBatch
	for _, d := range docs {
		if d.Body.Removed {
			batch.Remove = append(batch.Remove, d.ID)
		} else {
			batch.Documents = append(batch.Documents, api.SearchDocument{Id: d.ID, Rev: d.Rev, Title: d.Body.Title, Url: "/" + d.ID,
				Audience: []string{everybody}})
		}
	}
	var err error
	if batch.Pending, err = n.all.Backlog(ctx); err != nil {
		return err
	}
	return n.search.Put(ctx, api.DocumentTypeDemand, batch)
}

// write changes one of the notes, whatever its state, and says at which revision it is then.
func (n *notes) write(ctx context.Context, r *rand.Rand) (id string, rev int64, err error) {
	id = fmt.Sprintf("n%03d", r.IntN(400))
	fresh := note{Title: "需求" + strconv.FormatUint(r.Uint64(), 36), Removed: r.IntN(10) == 0}
	doc, err := n.all.Update(ctx, id, func(tx *docstore.Tx[note]) error { *tx.Body = fresh; return nil })
	if fault.KindOf(err) == fault.NotFound {
		doc, err = n.all.Insert(ctx, id, fresh)
	}
	return id, doc.Rev, err
}

// writeForever is the service that is killed: it writes at full speed, says what it has written, and reconciles meanwhile.
func writeForever(dir, addr string) error {
	ctx := context.Background()
	n, err := openNotes(ctx, dir, addr)
	if err != nil {
		return err
	}
	go func() { _ = n.Run(ctx) }()
	r := rand.New(rand.NewPCG(rand.Uint64(), 1))
	for {
		id, rev, err := n.write(ctx, r)
		if err != nil {
			return err
		}
		fmt.Println(id, rev)
	}
}

// acknowledged reads a line of writeForever.
func acknowledged(line string) (id string, rev int64, ok bool) {
	id, number, ok := strings.Cut(line, " ")
	rev, err := strconv.ParseInt(number, 10, 64)
	return id, rev, ok && err == nil
}
