package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// BenchmarkProduct measures the product over HTTP on loopback with some data, and again with ten times as much: what the gateway adds to
// a request, beside what nginx adds to the same one; how fast people sign in and write; and how long 50 of them at once wait for each
// step of the journey. One more b.N is one more round of requests; BENCHTIME=1x is one.
//
//	make bench, or: go test -run '^$' -bench Product -benchtime 1x ./services/cmd/lianbang
func BenchmarkProduct(b *testing.B) {
	w := newWorld(b, func(c *host.Config) { c.TrustProxy = true })
	w.client = &http.Client{Transport: &unhindered{kept(128)}}
	town := settle(w)
	for _, demands := range []int{someDemands, 10 * someDemands} {
		began := time.Now()
		town.grow(demands)
		town.calm()
		fmt.Printf("\n== %d published demands (%d more in %v)\n", demands, demands-town.before, time.Since(began).Round(100*time.Millisecond))
		town.edge(b, 1)
		town.edge(b, 8)
		town.signIns(b)
		town.writes(b)
		town.journeys(b)
	}
}

const (
	someDemands = 60 // small, so that ten times as many are there within a minute
	users       = 50
)

// unhindered is a client the gateway does not hold back: the product trusts what it says of its address, and what comes from the process
// itself is not counted.
type unhindered struct{ next http.RoundTripper }

func (u *unhindered) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Forwarded-For", "0.0.0.0")
	return u.next.RoundTrip(r)
}

// kept keeps connections, and lets idle ones go before the product does. It asks for no compression, which our gateway does for a client
// that takes it and a plain reverse proxy does not: all ways do the same work.
func kept(connections int) *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: connections, IdleConnTimeout: 20 * time.Second, DisableCompression: true}
}

// town is who takes part.
type town struct {
	w        *world
	operator *person
	firms    []*person
	one      string // path of a published demand
	n        int    // demands published
	before   int    // and at the last size
	fronts   []way
	orgs     map[*person]string // id of the firm
}

func settle(w *world) *town {
	t := &town{w: w, operator: w.operator(), orgs: map[*person]string{}}
	for i := range 8 {
		capacity := "sme" // every second one posts demands
		if i%2 == 0 {
			capacity = "chain_leader"
		}
		f := w.organisation(t.operator, fmt.Sprintf("企业%d", i), fmt.Sprintf("91330200MA2JXURN%02d", i), capacity)
		t.firms, t.orgs[f] = append(t.firms, f), f.get("/api/v1/me").obj("organisation").str("orgId")
	}
	return t
}

// grow publishes demands until there are so many.
func (t *town) grow(demands int) {
	t.before = t.n
	t.operator.get("/api/v1/me") // everybody has a token before they act side by side
	for _, f := range t.firms {
		f.get("/api/v1/me")
	}
	chain := t.w.guest().get("/api/v1/reference").list("chains")[0].str("name")
	words := []string{"高速电主轴", "热误差补偿", "极片毛刺", "视觉检测", "尼龙连接器", "翘曲控制", "一体化压铸", "在线测量", "伺服刀塔", "润滑脂寿命"}
	var next atomic.Int64
	next.Store(int64(t.n))
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			issuer := t.firms[worker%len(t.firms)/2*2] // chain leaders
			for i := int(next.Add(1)); i <= demands; i = int(next.Add(1)) {
				title := words[i%10] + "与" + words[i/10%10] + "关键技术攻关 " + fmt.Sprint(i)
				at := "/api/v1/demands/" + issuer.send("POST", "/api/v1/demands", wholeDemand(title, chain)).str("id")
				issuer.send("POST", at+"/submit", nil)
				t.operator.send("POST", at+"/approve", obj{"note": "同意"})
				issuer.send("POST", at+"/publish", obj{"deadline": t.w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)})
				if i == 1 {
					t.one = at
				}
			}
		})
	}
	all.Wait()
	t.n = demands
}

// calm waits until what the growth caused is delivered and indexed, for a minute at most.
func (t *town) calm() {
	waiting := regexp.MustCompile(`(?m)^lianbang_(?:outbox_documents|reconcile_backlog)\S* [1-9]`)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		answer := httptest.NewRecorder()
		t.w.host.MetricsHandler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if !waiting.Match(answer.Body.Bytes()) {
			return
		}
	}
	fmt.Println("not everything is delivered and indexed yet: what follows is measured beside that work")
}

// wholeDemand has everything that is asked before it may be submitted.
func wholeDemand(title, chain string) obj {
	return obj{"title": title, "kind": "rnd", "chain": chain, "background": title + "的背景：现有办法在连续生产中不稳定。", "difficulty": "需要新的原理或结构。",
		"targets": []string{"合格率不低于 99.5%"}, "budgetFen": 100_000_000, "timeLimitMonths": 12, "cooperationWays": []string{"joint"},
		"contact": obj{"name": "沈工", "phone": "0574-00000000"}}
}

// way is one way to the same answer of the same service.
type way struct {
	name, origin string
	client       *http.Client
	took         []time.Duration
}

// edge asks the demand service for one demand: itself, through a gateway in a process of its own, through nginx, and through the gateway
// of the one process. The requests take turns, so that whatever slows the machine slows all ways.
func (t *town) edge(b *testing.B, together int) {
	if t.fronts == nil {
		t.fronts = t.ways(b)
	}
	ways := slices.Clone(t.fronts)
	for i := range ways {
		ways[i].client = &http.Client{Transport: kept(together)}
	}
	var asked atomic.Int64
	ask := func(way *way) time.Duration {
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, way.origin+t.one, nil)
		if err != nil {
			b.Error(err)
			return 0
		}
		n := asked.Add(1) / 200 // within one address's limit, which is part of what is measured
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255))
		began := time.Now()
		answer, err := way.client.Do(r)
		if err != nil {
			b.Error(err)
			return 0
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
			b.Errorf("%s answers %d, %v", way.name, answer.StatusCode, err)
		}
		return time.Since(began)
	}
	rounds := 1000 * max(1, min(b.N, 5))
	if together == 1 {
		for round := range rounds + 50 {
			for i := range ways {
				if took := ask(&ways[i]); round >= 50 { // the first ones warm up
					ways[i].took = append(ways[i].took, took)
				}
			}
		}
	} else {
		for range rounds / 330 {
			for i := range ways {
				ways[i].took = append(ways[i].took, atOnce(together, 400, func(int) time.Duration { return ask(&ways[i]) })...)
			}
		}
	}
	fmt.Printf("one demand by its id, %d at once, %d requests each; added: more than the service itself\n", together, len(ways[0].took))
	direct := figures(ways[0].took)
	for _, w := range ways {
		f := figures(w.took)
		fmt.Printf("  %-34s p50 %8v  p99 %8v   added p50 %8v  p99 %8v\n", w.name, f.p50, f.p99, f.p50-direct.p50, f.p99-direct.p99)
	}
	if len(ways) < 4 || together > 1 { // side by side they wait for the same cores: what each adds drowns in that
		return
	}
	ours, theirs := figures(ways[1].took).p50-direct.p50, figures(ways[3].took).p50-direct.p50
	fmt.Printf("  added p50, our gateway to nginx: %.2f\n", float64(ours)/float64(max(theirs, 1)))
}

// ways starts what stands in front of the service: nginx last, and only where it is installed.
func (t *town) ways(b *testing.B) []way {
	peers := ""
	addresses := map[string]string{}
	for _, name := range []string{"account", "achievement", "capability", "demand", "engagement", "notice", "notify", "provider", "search"} {
		l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		go func() { _ = t.w.host.Serve(name, l) }()
		addresses[name] = l.Addr().String()
		peers += name + "=" + l.Addr().String() + ","
	}
	key, err := os.ReadFile(filepath.Join(t.w.data, "internal.key"))
	if err != nil {
		b.Fatal(err)
	}
	gateway := launch(b, "gateway", 0, []string{"LIANBANG_TARGET=gateway", "LIANBANG_PEERS=" + peers, "LIANBANG_INTERNAL_KEY=" + strings.TrimSpace(string(key)),
		"LIANBANG_DATA=" + b.TempDir(), "LIANBANG_ADDR=127.0.0.1:0", "LIANBANG_TRUST_PROXY=true"})
	ready := "lianbang gateway is ready at "
	gateway.until(b, "it to be ready", func() bool { return strings.Contains(gateway.out.String(), ready) })
	_, after, _ := strings.Cut(gateway.out.String(), ready)
	ways := []way{{name: "the service itself", origin: "http://" + addresses["demand"]}, {name: "our gateway, its own process", origin: "http://" + strings.Fields(after)[0]},
		{name: "our gateway, in the one process", origin: t.w.origin}}
	program, err := exec.LookPath("nginx")
	if err != nil {
		fmt.Println("nginx is not installed (Debian: nginx-light): the gateway is measured without it")
		return ways
	}
	return append(ways, way{name: "nginx, a plain reverse proxy", origin: startNginx(b, program, addresses["demand"])})
}

// startNginx runs it in the foreground as a plain reverse proxy with connections kept alive, as one would set it up.
func startNginx(b *testing.B, program, upstream string) string {
	probe, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	address := probe.Addr().String()
	_ = probe.Close()
	dir := b.TempDir()
	temp := ""
	for _, name := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temp += name + "_temp_path " + filepath.Join(dir, name) + ";\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(`daemon off; pid `+dir+`/pid; error_log `+dir+`/error.log; worker_processes auto;
events { worker_connections 512; }
http { access_log off; `+temp+`
 upstream service { server `+upstream+`; keepalive 64; }
 server { listen `+address+`; location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr; } } }
`), 0o600); err != nil {
		b.Fatal(err)
	}
	command := exec.CommandContext(b.Context(), program, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"), "-e", filepath.Join(dir, "error.log"))
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 5 * time.Second
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = command.Process.Signal(os.Interrupt); _ = command.Wait() })
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := (&net.Dialer{}).DialContext(b.Context(), "tcp", address)
		if err == nil {
			_ = c.Close()
			return "http://" + address
		}
		if time.Now().After(deadline) {
			b.Fatal("nginx does not start")
		}
	}
}

// signIns counts how many people a second sign in. The password's hash is slow on purpose: this is what a guesser pays, too.
func (t *town) signIns(b *testing.B) {
	rate(b, "sign-ins", 4, 16*max(1, min(b.N, 5)), func(i int) {
		f := t.firms[i%len(t.firms)]
		if status, body := t.w.guest().try("POST", "/api/v1/auth/sign-in", obj{"login": f.phone, "password": "a-good-password"}); status != http.StatusOK {
			b.Errorf("signing in: %d %v", status, body)
		}
	})
}

// writes counts how many drafts a second are stored, durably, one document and its commit each.
func (t *town) writes(b *testing.B) {
	rate(b, "drafts written", 8, 200*max(1, min(b.N, 5)), func(i int) {
		f := t.firms[i%len(t.firms)]
		if status, body := f.try("POST", "/api/v1/demands", wholeDemand("写入测量", "工业母机")); status != http.StatusCreated {
			b.Errorf("writing: %d %v", status, body)
		}
	})
}

// journeys lets 50 people at once go through what the main job asks of the product, and prints how long each step takes.
func (t *town) journeys(b *testing.B) {
	type step struct {
		name, method, path string
		body               func() any
	}
	draft := func() any { return wholeDemand("并发旅程", "工业母机") }
	steps := []step{
		{"search, a Chinese phrase", "GET", "/api/v1/search?type=demand&q=" + url.QueryEscape("热误差补偿"), nil},
		{"suggestions while typing", "GET", "/api/v1/suggest?q=" + url.QueryEscape("电主"), nil},
		{"the public board", "GET", "/api/v1/demands?limit=20", nil},
		{"one demand", "GET", t.one, nil},
		{"what fits my firm", "GET", "/api/v1/matches/organisation/", nil},
		{"who am I", "GET", "/api/v1/me", nil},
		{"my demands", "GET", "/api/v1/my-demands?limit=20", nil},
		{"what was pushed to me", "GET", "/api/v1/my-pushes", nil},
		{"the inbox", "GET", "/api/v1/inbox", nil},
		{"a draft written", "POST", "/api/v1/demands", draft},
	}
	for _, f := range t.firms {
		f.get("/api/v1/me") // a token each
	}
	took := make([][]time.Duration, len(steps))
	var mu sync.Mutex
	began := time.Now()
	loops := 2 * max(1, min(b.N, 5))
	atOnce(users, users*loops, func(n int) time.Duration {
		f := t.firms[n%len(t.firms)]
		for i, s := range steps {
			var body []byte
			if s.body != nil {
				var err error
				if body, err = json.Marshal(s.body()); err != nil {
					b.Error(err)
				}
			}
			path := s.path
			if strings.HasSuffix(path, "/organisation/") {
				path += t.orgs[f]
			}
			began := time.Now()
			status := t.ask(b, f, s.method, path, body)
			mu.Lock()
			took[i] = append(took[i], time.Since(began))
			mu.Unlock()
			if status >= 300 {
				b.Errorf("%s %s: %d", s.method, s.path, status)
			}
		}
		return 0
	})
	all := time.Since(began)
	fmt.Printf("%d people at once, %d journeys each, %.0f requests/s; per step:\n", users, loops, float64(users*loops*len(steps))/all.Seconds())
	for i, s := range steps {
		f := figures(took[i])
		fmt.Printf("  %-34s p50 %8v  p99 %8v\n", s.name, f.p50, f.p99)
	}
}

// ask sends one request and reads the answer without taking it apart.
func (t *town) ask(b *testing.B, p *person, method, path string, body []byte) int {
	r, err := http.NewRequestWithContext(b.Context(), method, t.w.origin+path, bytes.NewReader(body))
	if err != nil {
		b.Error(err)
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := t.w.client.Do(r)
	if err != nil {
		b.Error(err)
		return 0
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		b.Error(err)
	}
	return answer.StatusCode
}

// atOnce runs n calls, so many side by side, and gives what each returned.
func atOnce(together, n int, do func(i int) time.Duration) []time.Duration {
	took := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	for range together {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				took[i] = do(i)
			}
		})
	}
	all.Wait()
	return took
}

func rate(b *testing.B, what string, together, n int, do func(i int)) {
	began := time.Now()
	took := atOnce(together, n, func(i int) time.Duration {
		began := time.Now()
		do(i)
		return time.Since(began)
	})
	f := figures(took)
	fmt.Printf("%s: %.0f a second, %d at once   p50 %v  p99 %v\n", what, float64(n)/time.Since(began).Seconds(), together, f.p50, f.p99)
	if b.Failed() {
		b.FailNow()
	}
}

// measured are the figures of many requests.
type measured struct{ p50, p99 time.Duration }

func figures(took []time.Duration) measured {
	sorted := slices.Clone(took)
	slices.Sort(sorted)
	return measured{sorted[len(sorted)/2].Round(time.Microsecond), sorted[len(sorted)*99/100].Round(time.Microsecond)}
}
