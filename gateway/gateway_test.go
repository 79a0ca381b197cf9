package gateway

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest"
)

const demandSpec = `{"openapi":"3.0.3","info":{"title":"d","version":"1"},"paths":{
 "/api/v1/demands":{"get":{"operationId":"listDemands","responses":{"200":{"description":"ok","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Page"}}}}}}},
 "/api/v1/notices":{"get":{"operationId":"listNotices","responses":{"200":{"description":"ok"}}}},
 "/api/v1/pool/feed":{"get":{"operationId":"getPoolFeed","responses":{"200":{"description":"ok"}}}},
 "/api/v1/providers":{"get":{"operationId":"listProviders","responses":{"200":{"description":"ok"}}}},
 "/api/v1/provider-categories":{"get":{"operationId":"getProviderCategories","responses":{"200":{"description":"ok"}}}},
 "/api/v1/engagement-ratings/{orgId}":{"get":{"operationId":"listProviderRatings","responses":{"200":{"description":"ok"}}}},
 "/api/v1/issues":{"get":{"operationId":"listIssues","responses":{"200":{"description":"ok"}}}},
 "/api/v1/demands/{id}":{"get":{"operationId":"getDemand","responses":{"200":{"description":"ok"}}}},
 "/internal/v1/secret":{"get":{"operationId":"secret","responses":{"200":{"description":"ok"}}}}},
 "components":{"schemas":{"Page":{"type":"object","properties":{"items":{"type":"array","items":{"$ref":"#/components/schemas/Item"}}}},"Item":{"type":"string"}}}}`

const accountSpec = `{"openapi":"3.0.3","info":{"title":"a","version":"1"},"paths":{
 "/api/v1/me":{"get":{"operationId":"getMe","responses":{"200":{"description":"ok"}}}}},
 "components":{"schemas":{"Item":{"type":"integer"}}}}`

var site = fstest.MapFS{
	"index.html":          {Data: []byte("<html><head><!--head--></head><body><div id=app><!--core--></div></body></html>")},
	"favicon.svg":         {Data: []byte("<svg/>")},
	"assets/main-abc.js":  {Data: []byte(strings.Repeat("let a = 1;\n", 200))},
	"assets/main-abc.css": {Data: []byte("a{}")},
	"preload.json":        {Data: []byte(`{"DemandPage":["/assets/DemandPage-1.js","/assets/DemandPage-1.css"]}`)},
}

// edge is a gateway in front of a stand-in for the demand service, which records what reaches it.
func edge(t *testing.T, o Options) (*fiber.App, *[]*http.Request) {
	t.Helper()
	network := rest.NewNetwork(nil)
	var reached []*http.Request
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached = append(reached, r)
		w.Header().Set("X-Content-Type-Options", "overwritten")
		switch r.URL.Path {
		case "/api/v1/demands":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"id":"d1","title":"高精度主轴<b>热误差</b>补偿"}],"next":""}`)
		case "/api/v1/issues":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"period":"2026Q4","title":"第四季度<目录>","itemCount":3,"publishedAt":"2026-11-20T01:00:00Z","deadline":"2027-03-25T09:00:00Z"}],"next":""}`)
		case "/api/v1/issues/2026Q4":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"period":"2026Q4","title":"第四季度<目录>","itemCount":1,"items":[{"demand":{"id":"d1","title":"主轴","code":"2026Q4-0001"}}]}`)
		case "/api/v1/notices":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"id":"demand:award:d1:1","type":"notice","state":"open","title":"主轴<定榜公示>","putUpAt":"2026-11-20T01:00:00Z","endsAt":"2026-11-27T16:00:00Z"}],"next":""}`)
		case "/api/v1/notices/demand:award:d1:1":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"demand:award:d1:1","type":"notice","state":"paused","title":"主轴<定榜公示>","lines":["明州精密"]}`)
		case "/api/v1/providers":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"orgId":"o1","name":"澜州<检测>","number":"ZY2026-0001"}]}`)
		case "/api/v1/providers/o1":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"orgId":"o1","name":"澜州<检测>","number":"ZY2026-0001","intro":"做检测","categories":["innovation"],"offers":[{"title":"首件检验","solves":"交期"}]}`)
		case "/api/v1/provider-categories":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"code":"innovation","name":"技术创新"}]}`)
		case "/api/v1/engagement-ratings/o1":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"reputation":{"count":3,"score":4.21}}`)
		case "/api/v1/pool/feed":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"items":[{"id":"ZY2026-0001","url":"/providers/o1","title":"澜州<检测>","summary":"ZY2026-0001 技术创新","date_published":"2026-11-20T01:00:00Z"}]}`)
		case "/api/v1/demands/d1":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"d1","title":"</script><script>alert(1)</script>主轴","state":"published","budgetFen":1234567800}`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"code":"not_found","status":404,"title":"x","type":"about:blank"}`)
		}
	})}
	listener := network.Listen("demand")
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	seed := make([]byte, 32)
	key, err := access.KeyFromSeed(seed)
	if err != nil {
		t.Fatal(err)
	}
	o.Specs = map[string][]byte{"demand": []byte(demandSpec), "account": []byte(accountSpec)}
	if o.Site.FS == nil {
		o.Site.FS = site
	}
	app, err := New(o, &host.Env{Name: "gateway", Clock: &host.Clock{}, Log: slog.New(slog.DiscardHandler), Network: network, Keys: host.Keys{Internal: key, Token: key}})
	if err != nil {
		t.Fatal(err)
	}
	return app, &reached
}

func get(t *testing.T, app *fiber.App, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	return do(t, app, http.MethodGet, path, "", headers...)
}

func do(t *testing.T, app *fiber.App, method, path, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := app.Test(r, 5000)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(b)
}

func TestRoutesByFirstWord(t *testing.T) {
	app, reached := edge(t, Options{})
	answer, body := get(t, app, "/api/v1/demands?x=1", rest.HeaderClientAddr, "6.6.6.6", "Connection", "keep-alive")
	if answer.StatusCode != 200 || !strings.Contains(body, "d1") {
		t.Fatalf("%d %s", answer.StatusCode, body)
	}
	r := (*reached)[0]
	if got := r.Header.Get(rest.HeaderClientAddr); got == "6.6.6.6" || got == "" {
		t.Errorf("a caller chose its own address: %q", got)
	}
	if r.URL.RawQuery != "x=1" || r.Header.Get("X-Request-ID") == "" {
		t.Errorf("query %q, request id %q", r.URL.RawQuery, r.Header.Get("X-Request-ID"))
	}
	if got := answer.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("a service replaced a security header by %q", got)
	}
}

func TestNothingInternalIsReachable(t *testing.T) {
	app, reached := edge(t, Options{})
	for _, path := range []string{"/internal/v1/secret", "/api/v1/../../internal/v1/secret", "/api/v1/%2e%2e/%2e%2e/internal/v1/secret", "/api/v1/nothing", "//internal/v1/secret"} {
		if answer, _ := get(t, app, path); answer.StatusCode < 400 {
			t.Errorf("%s answered %d", path, answer.StatusCode)
		}
	}
	for _, r := range *reached {
		if strings.Contains(r.URL.Path, "internal") {
			t.Errorf("an internal path was forwarded: %s", r.URL.Path)
		}
	}
}

func TestAwayServiceIsUnavailable(t *testing.T) {
	app, _ := edge(t, Options{})
	done := make(chan struct{})
	go func() { // account listens nowhere, so its pipe is closed at once
		defer close(done)
		answer, body := get(t, app, "/api/v1/me")
		if answer.StatusCode != 503 || !strings.Contains(body, "unavailable") {
			t.Errorf("%d %s", answer.StatusCode, body)
		}
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("a request to a service that is away hangs")
	}
}

func TestFirstHTMLCarriesContent(t *testing.T) {
	app, _ := edge(t, Options{})
	answer, html := get(t, app, "/demands/d1")
	if answer.StatusCode != 200 || !strings.Contains(html, "<h1>&lt;/script&gt;") || !strings.Contains(html, "1234.5678 万元") || !strings.Contains(html, `application/ld+json`) {
		t.Errorf("%d %s", answer.StatusCode, html)
	}
	if strings.Contains(html, "<script>alert") {
		t.Error("a title ran as a script")
	}
	if answer, html := get(t, app, "/"); answer.StatusCode != 200 || !strings.Contains(html, "热误差") {
		t.Errorf("%d %s", answer.StatusCode, html)
	}
}

func TestProvidersFirstHTML(t *testing.T) {
	app, _ := edge(t, Options{})
	for path, wants := range map[string][]string{
		"/providers":         {"<h1>找服务</h1>", `<a href="/providers/o1">澜州&lt;检测&gt;</a>`},
		"/pool":              {"<h1>服务机构资源池</h1>", "ZY2026-0001"},
		"/providers/o1":      {"<h1>澜州&lt;检测&gt;</h1>", "技术创新", "首件检验", "4.21 分，3 条", `"ratingCount":3`},
		"/providers/compare": {"机构对比"},
	} {
		answer, html := get(t, app, path)
		if answer.StatusCode != 200 {
			t.Errorf("%s answered %d", path, answer.StatusCode)
		}
		for _, want := range wants {
			if !strings.Contains(html, want) {
				t.Errorf("%s lacks %s: %s", path, want, html)
			}
		}
	}
}

func TestRealNotFound(t *testing.T) {
	app, _ := edge(t, Options{})
	for path, want := range map[string]int{"/demands/unknown": 404, "/providers/unknown": 404, "/pool/certificates/unknown": 404, "/evaluations/1999": 404, "/nowhere": 404, "/assets/gone.js": 404, "/about": 200, "/services": 200, "/organisations": 200, "/work/demands/new": 200, "/search": 200} {
		if answer, _ := get(t, app, path); answer.StatusCode != want {
			t.Errorf("%s answered %d, not %d", path, answer.StatusCode, want)
		}
	}
}

func TestAssetsAreCachedAndCompressed(t *testing.T) {
	app, _ := edge(t, Options{})
	answer, _ := get(t, app, "/assets/main-abc.js", "Accept-Encoding", "gzip, br")
	if answer.Header.Get("Content-Encoding") != "br" || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%v", answer.Header)
	}
	again, _ := get(t, app, "/assets/main-abc.js", "If-None-Match", answer.Header.Get("ETag"))
	if again.StatusCode != 304 {
		t.Errorf("a known file was sent again: %d", again.StatusCode)
	}
}

func TestSecurityHeaders(t *testing.T) {
	app, _ := edge(t, Options{})
	for _, path := range []string{"/", "/api/v1/demands", "/nowhere", "/api/v1/nothing"} {
		answer, _ := get(t, app, path)
		csp := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "unsafe") || answer.Header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, answer.Header)
		}
		if answer.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s allows another origin", path)
		}
	}
}

func TestSandboxClockOnlyInASandbox(t *testing.T) {
	app, _ := edge(t, Options{})
	if answer, _ := do(t, app, "POST", "/sandbox/clock", `{"advance":"1h"}`, "Content-Type", "application/json"); answer.StatusCode < 400 {
		t.Errorf("the clock of a real directory moved: %d", answer.StatusCode)
	}
	var moved time.Duration
	app, _ = edge(t, Options{Advance: func(d time.Duration) error { moved += d; return nil }})
	if answer, body := do(t, app, "POST", "/sandbox/clock", `{"advance":"72h"}`, "Content-Type", "application/json"); answer.StatusCode != 200 || moved != 72*time.Hour {
		t.Errorf("%d %s %v", answer.StatusCode, body, moved)
	}
	for _, bad := range []string{`{"advance":"-1h"}`, `{"advance":"soon"}`, `{`, `{"advance":"99999h"}`} {
		if answer, _ := do(t, app, "POST", "/sandbox/clock", bad, "Content-Type", "application/json"); answer.StatusCode != 422 {
			t.Errorf("%s answered %d", bad, answer.StatusCode)
		}
	}
}

func TestLimitRefusesAndRecovers(t *testing.T) {
	l, now := newLimits(), time.Unix(1_700_000_000, 0)
	for i := range 30 {
		if _, ok := l.take("a", perSignIn, now); !ok {
			t.Fatalf("refused after %d", i)
		}
	}
	wait, ok := l.take("a", perSignIn, now)
	if ok || wait < 1 {
		t.Fatalf("not refused; wait %d", wait)
	}
	if _, ok := l.take("b", perSignIn, now); !ok {
		t.Error("another address paid for it")
	}
	if _, ok := l.take("a", perSignIn, now.Add(time.Duration(wait)*time.Second)); !ok {
		t.Error("still refused after the wait it was told")
	}
	for i := range 2 { // forgetting happens in generations, and never gives a spender its burst back early
		l.turned = l.turned.Add(-time.Duration(i+1) * generation)
		l.take("c", perSignIn, now)
	}
	if len(l.young)+len(l.aged) > 4 {
		t.Errorf("%d buckets are kept", len(l.young)+len(l.aged))
	}
}

func TestBundle(t *testing.T) {
	b, err := Bundle(map[string][]byte{"demand": []byte(demandSpec), "account": []byte(accountSpec)})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths      map[string]any                       `json:"paths"`
		Components map[string]map[string]map[string]any `json:"components"`
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	if _, leaked := doc.Paths["/internal/v1/secret"]; leaked || len(doc.Paths) != 9 {
		t.Errorf("paths %v", doc.Paths)
	}
	schemas := doc.Components["schemas"]
	if schemas["Item"]["type"] != "integer" || schemas["DemandItem"]["type"] != "string" {
		t.Errorf("two definitions of one name were mixed: %v", schemas)
	}
	if text := string(b); !strings.Contains(text, `"#/components/schemas/DemandItem"`) || strings.Contains(text, `"#/components/schemas/Item"`) {
		t.Error("a reference points at the wrong definition")
	}
}

func TestRoutesRefuseTwoOwners(t *testing.T) {
	_, err := routes(map[string][]byte{"a": []byte(`{"paths":{"/api/v1/x/1":{}}}`), "b": []byte(`{"paths":{"/api/v1/x/2":{}}}`)})
	if err == nil {
		t.Fatal("one word has two owners")
	}
}

func TestProblemsKeepTheirShape(t *testing.T) {
	app, _ := edge(t, Options{})
	answer, body := get(t, app, "/api/v1/nothing")
	var p fault.Problem
	if err := json.Unmarshal([]byte(body), &p); err != nil || p.Code != "not_found" || p.RequestID == "" || answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%v %s", err, body)
	}
}

func TestDemoPagesSaySo(t *testing.T) {
	app, _ := edge(t, Options{Demo: true})
	if _, html := get(t, app, "/"); !strings.Contains(html, `name="lianbang-demo"`) || !strings.Contains(html, "虚构") {
		t.Errorf("a demo page does not say that it is one: %s", html)
	}
	app, _ = edge(t, Options{})
	if _, html := get(t, app, "/"); strings.Contains(html, "lianbang-demo") {
		t.Error("a real page calls itself a demo")
	}
}

// TestBodiesOfGuestsAreSmall: what nobody has signed in for is not collected in memory, whatever it calls itself. The announcement of a
// large body is enough to be refused.
func TestBodiesOfGuestsAreSmall(t *testing.T) {
	app, reached := edge(t, Options{})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(listener) }()
	t.Cleanup(func() { _ = app.ShutdownWithTimeout(time.Second) })
	announce := func(length int, headers string) int {
		connection, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = connection.Close() }()
		_ = connection.SetDeadline(time.Now().Add(20 * time.Second))
		body := ""
		if length <= maxBody {
			body = strings.Repeat("x", length)
		}
		if _, err := fmt.Fprintf(connection, "POST /api/v1/demands HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n%s", length, headers, body); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	for _, headers := range []string{"", "Content-Type: multipart/form-data; boundary=x\r\n",
		"Content-Type: multipart/form-data; boundary=x\r\nAuthorization: Bearer eyJhbGciOiJub25lIn0.e30.\r\n"} {
		if status := announce(maxBody+1, headers); status != http.StatusRequestEntityTooLarge {
			t.Errorf("%q: %d", headers, status)
		}
	}
	if len(*reached) != 0 {
		t.Errorf("%d of them reached a service", len(*reached))
	}
	if status := announce(maxBody, ""); status != http.StatusOK { // the stand-in's answer
		t.Errorf("a body of the largest size: %d", status)
	}
}

func TestAPagesFilesAreAskedForAtOnce(t *testing.T) {
	app, _ := edge(t, Options{})
	_, body := get(t, app, "/demands/d1")
	for _, want := range []string{`<link rel="modulepreload" crossorigin href="/assets/DemandPage-1.js">`, `<link rel="preload" as="style" crossorigin href="/assets/DemandPage-1.css">`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if _, body := get(t, app, "/about"); strings.Contains(body, "DemandPage") {
		t.Error("a page asks for another page's files")
	}
	if answer, _ := get(t, app, "/preload.json"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("preload.json is served: %d", answer.StatusCode)
	}
}

// The names are the front end's; a renamed page would silently lose its preloading.
func TestThePagesNamedHereExist(t *testing.T) {
	source, err := os.ReadFile("content.go")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`Component: "(\w+)"`).FindAllStringSubmatch(string(source), -1)
	if len(names) == 0 {
		t.Fatal("no page is named")
	}
	for _, name := range names {
		if found, _ := filepath.Glob("../frontend/src/modules/*/" + name[1] + ".vue"); len(found) != 1 {
			t.Errorf("%s: %d such pages in the front end", name[1], len(found))
		}
	}
}

func TestIssuesAreReadWithoutABrowser(t *testing.T) {
	app, _ := edge(t, Options{})
	_, body := get(t, app, "/issues/2026Q4")
	for _, want := range []string{"第四季度&lt;目录&gt;", `<a href="/demands/d1">主轴</a>`, "2026Q4-0001"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if answer, _ := get(t, app, "/issues/2026Q1"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("an issue that is not there: %d", answer.StatusCode)
	}
	answer, body := get(t, app, "/issues/feed.xml")
	var rss struct {
		Items []struct {
			Title string `xml:"title"`
			Link  string `xml:"link"`
			Date  string `xml:"pubDate"`
		} `xml:"channel>item"`
	}
	if err := xml.Unmarshal([]byte(body), &rss); err != nil || len(rss.Items) != 1 || rss.Items[0].Title != "第四季度<目录>" || !strings.HasSuffix(rss.Items[0].Link, "/issues/2026Q4") {
		t.Errorf("%d %v %s", answer.StatusCode, err, body)
	}
	if _, err := time.Parse(time.RFC1123Z, rss.Items[0].Date); err != nil {
		t.Error(err)
	}
	_, body = get(t, app, "/issues/feed.json")
	var feed struct {
		Version string `json:"version"`
		Items   []struct {
			Text string `json:"content_text"`
		} `json:"items"`
	}
	if err := json.Unmarshal([]byte(body), &feed); err != nil || len(feed.Items) != 1 || !strings.Contains(feed.Items[0].Text, "2027年3月25日 17:00") {
		t.Errorf("%v %s", err, body)
	}
}

func TestNoticesAreReadableBeforeTheProgram(t *testing.T) {
	app, _ := edge(t, Options{})
	_, list := get(t, app, "/notices")
	_, one := get(t, app, "/notices/demand:award:d1:1")
	_, feed := get(t, app, "/notices/feed.xml")
	_, jsonFeed := get(t, app, "/notices/feed.json")
	_, sitemap := get(t, app, "/sitemap.xml")
	_, pool := get(t, app, "/pool/feed.xml")
	_, poolJSON := get(t, app, "/pool/feed.json")
	for name, c := range map[string][2]string{
		"the list says until when": {list, "公示中，至 2026年11月28日 00:00 止"},
		"a notice says it stands":  {one, "公示暂停，正在处理异议"},
		"and what it says":         {one, "<li>明州精密</li>"},
		"the feed":                 {feed, "/notices/demand:award:d1:1</link>"},
		"escapes":                  {feed, "主轴&lt;定榜公示&gt;"},
		"the pool's feed":          {pool, "/providers/o1</link>"},
		"its names":                {pool, "澜州&lt;检测&gt;"},
		"its JSON feed":            {poolJSON, "ZY2026-0001 技术创新"},
		"the JSON feed":            {jsonFeed, "公示中，至 2026年11月28日"},
		"the sitemap":              {sitemap, "/notices/demand:award:d1:1</loc>"},
	} {
		if !strings.Contains(c[0], c[1]) {
			t.Errorf("%s: no %q in %s", name, c[1], c[0])
		}
	}
	if answer, _ := get(t, app, "/notices/demand:award:d9:1"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a notice that is not there: %d", answer.StatusCode)
	}
}
