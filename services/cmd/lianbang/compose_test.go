package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"lianbang/services/platform/docstore/docstoretest"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

// composition is docker-compose.yml as far as it says how our processes run.
type composition struct {
	Services map[string]container
	Volumes  map[string]any
	Networks map[string]struct{ Internal bool }
}

type container struct {
	Image       string
	User        string
	Restart     string
	Command     []string
	ReadOnly    bool `yaml:"read_only"`
	Tmpfs       []string
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	EnvFile     []string `yaml:"env_file"`
	Environment map[string]string
	Ports       []string
	Networks    []string
	Volumes     []string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck struct{ Test []string }
	Deploy      struct {
		Resources struct {
			Limits struct{ Cpus, Memory string }
		}
	}
}

func readComposition(t *testing.T) composition {
	t.Helper()
	b, err := os.ReadFile("../../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var c composition
	if err := yaml.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// ours are the services of the composition that run this program.
func (c composition) ours() []string {
	var names []string
	for name, s := range c.Services {
		if s.Image == "lianbang" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestComposition holds docker-compose.yml to what production asks: every module once, nobody root, nothing writable but volumes,
// limits and health checks, secrets from files only and each only where it is needed, databases out of reach of the edge.
func TestComposition(t *testing.T) {
	c := readComposition(t)
	var modules []string
	for _, m := range everything(host.Config{}, edge{}) {
		modules = append(modules, m.Name)
	}
	slices.Sort(modules)
	if !slices.Equal(c.ours(), modules) {
		t.Errorf("the services are %v, the modules %v", c.ours(), modules)
	}
	secret := regexp.MustCompile(`(?i)key|secret|password|token`)
	for name, s := range c.Services {
		if s.User == "" || strings.HasPrefix(s.User, "0") || strings.HasPrefix(s.User, "root") {
			t.Errorf("%s runs as root", name)
		}
		if !s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s may write its file system, or gain privileges", name)
		}
		if s.Deploy.Resources.Limits.Cpus == "" || s.Deploy.Resources.Limits.Memory == "" || len(s.Healthcheck.Test) == 0 || s.Restart != "unless-stopped" {
			t.Errorf("%s has no limits, no health check, or stays down", name)
		}
		for variable, value := range s.Environment {
			if secret.MatchString(variable) && value != "" {
				t.Errorf("%s: %s stands in the file", name, variable)
			}
		}
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, declared := c.Volumes[volume]; !declared {
				t.Errorf("%s: the volume %s is not declared", name, volume)
			}
		}
		if len(s.Ports) > 0 && name != "gateway" {
			t.Errorf("%s is open to the outside", name)
		}
		for _, n := range s.Networks {
			if network, declared := c.Networks[n]; !declared || !network.Internal && name != "gateway" {
				t.Errorf("%s is on the network %s, which is not inside", name, n)
			}
		}
	}
	for _, store := range []string{"mongo", "meilisearch"} {
		for _, n := range c.Services[store].Networks {
			if slices.Contains(c.Services["gateway"].Networks, n) {
				t.Errorf("the gateway can reach %s", store)
			}
		}
	}
	for file, only := range map[string][]string{"account.env": {"account"}, "demand.env": {"demand"}, "search.env": {"search"}, "meilisearch.env": {"meilisearch"}} {
		for name, s := range c.Services {
			if slices.Contains(s.EnvFile, file) != slices.Contains(only, name) {
				t.Errorf("%s and %s: a secret where it is not needed, or not where it is", name, file)
			}
		}
	}
}

// fleet is the composition running: every service of ours as its own processes, with the command and environment the file gives
// them. Host names become loopback addresses, volumes directories of the test.
type fleet struct {
	t         *testing.T
	c         composition
	replicas  int
	store     string              // in MongoDB's place; "" for SQLite in each service's volume
	addresses map[string][]string // by host name, one a replica
	files     map[string][]string // the env files, by name
	volumes   string
	clock     *shifted
	processes map[string][]*process
}

func newFleet(t *testing.T, replicas int, store string) *fleet {
	f := &fleet{t: t, c: readComposition(t), replicas: replicas, store: store, volumes: t.TempDir(), addresses: map[string][]string{}, processes: map[string][]*process{},
		clock: &shifted{t: t, by: time.Until(journeyBegins).Round(time.Second)}}
	searchKey := fresh()
	f.files = map[string][]string{
		"lianbang.env":    {"LIANBANG_INTERNAL_KEY=" + fresh()},
		"account.env":     {"LIANBANG_TOKEN_KEY=" + fresh()},
		"demand.env":      {"LIANBANG_SEAL_KEY=" + fresh()},
		"search.env":      {"LIANBANG_SEARCH_KEY=" + searchKey},
		"meilisearch.env": {"MEILI_MASTER_KEY=" + searchKey},
	}
	for _, name := range append(f.c.ours(), "meilisearch") {
		for range f.replicas {
			f.addresses[name] = append(f.addresses[name], f.address())
		}
	}
	return f
}

func fresh() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}

// address is a free one below the ports that the system gives to outgoing connections, so that it stays free until it is used.
func (f *fleet) address() string {
	f.t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+mathrand.IntN(12000))
		for _, taken := range f.addresses {
			if slices.Contains(taken, address) {
				address = ""
			}
		}
		if address == "" {
			continue
		}
		if l, err := (&net.ListenConfig{}).Listen(f.t.Context(), "tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	f.t.Fatal("no free port")
	return ""
}

// environ is what the file gives a replica of a service, at home here.
func (f *fleet) environ(name string, replica int) []string {
	f.t.Helper()
	s := f.c.Services[name]
	var environ []string
	for _, file := range s.EnvFile {
		lines, ok := f.files[file]
		if !ok {
			f.t.Fatalf("%s takes %s, of which the head of docker-compose.yml says nothing", name, file)
		}
		environ = append(environ, lines...)
	}
	for variable, value := range s.Environment {
		switch variable {
		case "LIANBANG_ADDR":
			value = f.addresses[name][replica]
		case "LIANBANG_STORE":
			value = f.store
		case "LIANBANG_PEERS":
			var parts []string
			for part := range strings.SplitSeq(value, ",") {
				peer, address, _ := strings.Cut(part, "=")
				for _, here := range f.at(address) {
					parts = append(parts, peer+"="+here)
				}
			}
			value = strings.Join(parts, ",")
		case "LIANBANG_SEARCH_URL":
			value = "http://" + f.at(strings.TrimPrefix(value, "http://"))[0]
		case "LIANBANG_DATA":
			value = f.volume(name, value)
		}
		environ = append(environ, variable+"="+value)
	}
	return append(environ, "LIANBANG_LOG_LEVEL=warn")
}

// at is where the host of an address runs here. Every service listens on the port that the others look for it on.
func (f *fleet) at(address string) []string {
	f.t.Helper()
	name, port, _ := strings.Cut(address, ":")
	if s, ok := f.c.Services[name]; ok && s.Image == "lianbang" {
		if _, listens, _ := strings.Cut(s.Environment["LIANBANG_ADDR"], ":"); listens != port {
			f.t.Fatalf("%s is looked for on port %s and listens on %s", name, port, listens)
		}
	}
	here, ok := f.addresses[name]
	if !ok {
		f.t.Fatalf("no service is named %s", name)
	}
	return here
}

// volume is the directory that stands for the volume mounted at a path, shared by the replicas of a service as the volume is.
func (f *fleet) volume(name, path string) string {
	f.t.Helper()
	for _, v := range f.c.Services[name].Volumes {
		if volume, at, _ := strings.Cut(v, ":"); at == path {
			return filepath.Join(f.volumes, volume)
		}
	}
	for _, at := range f.c.Services[name].Tmpfs {
		if at, _, _ := strings.Cut(at, ":"); at == path {
			return f.t.TempDir()
		}
	}
	f.t.Fatalf("%s has nothing writable at %s", name, path)
	return ""
}

// start starts everything in the order the file asks for and waits until every health check passes.
func (f *fleet) start() {
	f.t.Helper()
	key := strings.TrimPrefix(f.files["meilisearch.env"][0], "MEILI_MASTER_KEY=")
	f.launch("meilisearch", []string{"LIANBANG_TARGET=engine", "LIANBANG_ADDR=" + f.addresses["meilisearch"][0], "LIANBANG_SEARCH_KEY=" + key,
		"LIANBANG_DATA=" + filepath.Join(f.volumes, "meilisearch"), "LIANBANG_LOG_LEVEL=warn"})
	f.processes["meilisearch"][0].until(f.t, "its health", func() bool {
		answer, err := http.Get("http://" + f.addresses["meilisearch"][0] + "/health")
		if err != nil {
			return false
		}
		return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
	for i := range f.replicas {
		// The first replicas first: FerretDB, in MongoDB's place, panics when two processes make the same index at once.
		for _, name := range f.c.ours() {
			for dependency, d := range f.c.Services[name].DependsOn {
				if dependency != "mongo" && dependency != "meilisearch" || d.Condition != "service_healthy" {
					f.t.Fatalf("%s waits for %s: this test starts only the two servers before the services", name, dependency)
				}
			}
			f.launch(name, f.environ(name, i))
		}
		for _, name := range f.c.ours() {
			check := f.c.Services[name].Healthcheck.Test
			if len(check) < 2 || check[0] != "CMD" || check[1] != "/lianbang" {
				f.t.Fatalf("%s: the health check %v is not our program", name, check)
			}
			f.healthy(name, i, check[2:], f.environ(name, i))
		}
	}
}

func (f *fleet) launch(name string, environ []string) {
	f.t.Helper()
	p := launch(f.t, name, f.clock.by, environ)
	f.processes[name] = append(f.processes[name], p)
	f.clock.processes = append(f.clock.processes, p)
}

// healthy waits for a health check, with a process that does not start named.
func (f *fleet) healthy(name string, replica int, check, environ []string) {
	f.t.Helper()
	f.processes[name][replica].until(f.t, "its health", func() bool {
		return run(f.t.Context(), &host.Clock{}, check, environ, &output{}) == nil
	})
}

// kill kills one replica of every service of ours.
func (f *fleet) kill(replica int) {
	f.t.Helper()
	for _, name := range f.c.ours() {
		f.processes[name][replica].kill(f.t)
	}
}

// world is the fleet as its users see it: they come in through the gateways.
func (f *fleet) world() *world {
	f.t.Helper()
	return &world{t: f.t, clock: f.clock, origin: "http://gateway", pause: 200 * time.Millisecond, few: true,
		client: rest.NewNetwork(map[string][]string{"gateway": f.addresses["gateway"]}).Client(nil),
		staff: func(phone, name string) {
			// As an operator of the installation would, with what the gateway's container is given.
			err := addOperator(f.t.Context(), []string{phone, name}, f.environ("gateway", 0), strings.NewReader("a-good-password\n"), &output{})
			if err != nil {
				f.t.Fatal(err)
			}
		}}
}

// keepReading reads public pages without a break until stop is called: with a replica left of every service, no reader may notice
// that the others die.
func (f *fleet) keepReading() (stop func()) {
	f.t.Helper()
	w := f.world()
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			path := []string{"/api/v1/reference", "/api/v1/search?type=demand", "/", "/api/v1/demands"}[n%4]
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.origin+path, nil)
			if err != nil {
				f.t.Error(err)
				return
			}
			answer, err := w.client.Do(r)
			if ctx.Err() != nil {
				f.t.Logf("a reader read %d pages", n)
				return
			}
			if err != nil {
				f.t.Errorf("a reader of %s: %v", path, err)
				continue
			}
			if _ = answer.Body.Close(); answer.StatusCode >= 500 {
				f.t.Errorf("a reader of %s: %s", path, answer.Status)
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// TestJourneyOverProcesses is the main job with every service of docker-compose.yml as its own process, with embedded engines in
// the place of the two servers.
func TestJourneyOverProcesses(t *testing.T) {
	f := newFleet(t, 1, "")
	f.start()
	journey(f.world(), func() {})
}

// TestJourneyOverReplicas is the main job over two replicas of every service, on a MongoDB and one search engine, with one replica
// of each service killed half-way. Whoever held a lease is among the killed.
func TestJourneyOverReplicas(t *testing.T) {
	f := newFleet(t, 2, docstoretest.Databases(t, "account", "achievement", "capability", "demand", "engagement", "notice", "notify", "provider", "search"))
	f.start()
	stop := f.keepReading()
	defer stop()
	journey(f.world(), func() { f.kill(0) })
}

// TestJourneyOnMongoDB is the main job in one process on the MongoDB engine.
func TestJourneyOnMongoDB(t *testing.T) {
	w := newWorld(t, func(c *host.Config) {
		c.Store = docstoretest.Databases(t, "account", "achievement", "capability", "demand", "engagement", "notice", "notify", "provider", "search")
	})
	w.pause, w.few = 100*time.Millisecond, true
	journey(w, func() {})
}
