package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/platform/audit"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
)

// TestBackupWhileClientsWrite backs the product up while four clients write, restores the copy elsewhere and starts it: every write that was
// acknowledged before the backup began is there, nothing is half there, the audit logs hold, and search finds what the store has.
func TestBackupWhileClientsWrite(t *testing.T) {
	w := newWorld(t)
	operator := w.operator()
	leader := w.organisation(operator, "链主", "91330200MA2JXURN01", "chain_leader")
	leader.get("/api/v1/me")

	chain := w.guest().get("/api/v1/reference").list("chains")[0].str("code")
	terms := func(title string) obj { // with everything a submission needs
		return obj{"title": title, "kind": "rnd", "chain": chain, "background": "主轴热伸长使孔距超差", "difficulty": "在线预测", "targets": []string{"合格率不低于 99.5%"},
			"budgetFen": 80_000_000, "timeLimitMonths": 12, "cooperationWays": []string{"joint"}, "contact": obj{"name": "沈工", "phone": "13800000001"}}
	}
	var mu sync.Mutex
	written := map[string]string{} // title and attachment by demand, as acknowledged
	halt := make(chan struct{})
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			// Each client signs in once; the clock stands, so its token lasts.
			client := &person{w: w, phone: leader.phone, org: leader.org}
			for n := 0; ; n++ {
				select {
				case <-halt:
					return
				default:
				}
				title := fmt.Sprintf("备份期间的技术需求 %d-%d", i, n)
				status, made := client.try("POST", "/api/v1/demands", terms(title))
				if status != http.StatusCreated {
					continue // the edge's own limit
				}
				path := "/api/v1/demands/" + made.str("id")
				if n%4 == 0 {
					client.upload(path+"/attachments", "说明.pdf", onePDF)
				}
				if status, _ := client.try("POST", path+"/submit", nil); status != http.StatusOK {
					continue
				}
				mu.Lock()
				written[made.str("id")] = title
				mu.Unlock()
			}
		})
	}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(written) }
	w.eventually("the first writes", func() bool { return count() > 20 })
	// One of them is public, so that search has something of the demands to say.
	mu.Lock()
	var public string
	for public = range written {
		break
	}
	acknowledged := map[string]string{}
	for id, title := range written {
		acknowledged[id] = title
	}
	mu.Unlock()
	operator.send("POST", "/api/v1/demands/"+public+"/approve", obj{"note": "同意"})
	leader.send("POST", "/api/v1/demands/"+public+"/publish", obj{"deadline": w.clock.Now().AddDate(0, 1, 0)})

	copied := filepath.Join(t.TempDir(), "copy")
	var out output
	if err := run(t.Context(), &host.Clock{}, []string{"backup", copied, "-data", w.data}, nil, &out); err != nil {
		t.Fatal(err)
	}
	before := count()
	w.eventually("writes after the backup", func() bool { return count() > before+5 })
	close(halt)
	writers.Wait()
	w.stop()
	t.Log(strings.TrimSpace(out.String()), "with", len(acknowledged), "demands acknowledged before it")

	fresh := filepath.Join(t.TempDir(), "restored")
	if err := run(t.Context(), &host.Clock{}, []string{"restore", copied, "-data", fresh}, nil, &output{}); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), &host.Clock{}, []string{"audit", "verify", "-data", fresh}, nil, &out); err != nil {
		t.Errorf("the restored audit logs: %v\n%s", err, out.String())
	}
	for _, absent := range []string{"token.key", "internal.key", "search-engine"} {
		if _, err := os.Stat(filepath.Join(copied, absent)); !os.IsNotExist(err) {
			t.Errorf("%s is in the backup (%v)", absent, err)
		}
	}

	again := newWorld(t, func(c *host.Config) { c.Data = fresh })
	owner := &person{w: again, phone: leader.phone, org: leader.org} // signs in with the password it had
	found := map[string]obj{}
	for cursor := ""; ; {
		page := owner.get("/api/v1/my-demands?limit=200&cursor=" + url.QueryEscape(cursor))
		for _, d := range page.list("items") {
			found[d.str("id")] = d
		}
		if cursor = page.str("next"); cursor == "" {
			break
		}
	}
	for id, title := range acknowledged {
		want := "submitted"
		if id == public {
			want = "published"
		}
		if d := found[id]; d.str("title") != title || d.str("state") != want {
			t.Errorf("%s was acknowledged before the backup and is %q, %q", title, d.str("title"), d.str("state"))
		}
	}
	files := 0
	for id, title := range written {
		if d := found[id]; d != nil && d.str("title") != title { // written meanwhile: there whole, or not at all
			t.Errorf("%s is half there: %v", title, d)
		}
	}
	for id := range found {
		for _, a := range owner.get("/api/v1/demands/" + id).list("attachments") {
			if status := again.download(owner, "/api/v1/demands/"+id+"/attachments/"+a.str("id")); status != http.StatusOK {
				t.Errorf("the file of %s: %d", id, status)
			}
			files++
		}
	}
	if files == 0 {
		t.Error("no attachment came back")
	}
	again.eventually("search to agree", func() bool {
		demands, orgs := again.guest().get("/api/v1/search?type=demand&pageSize=50"), again.guest().get("/api/v1/search?type=organisation&pageSize=50")
		return demands.num("total") == 1 && has(demands.list("hits"), "id", public) && orgs.num("total") == 1
	})
	// The restored product goes on where the copy was.
	owner.send("POST", "/api/v1/demands/"+public+"/terminate", obj{"reason": "计划调整"})
	city := &person{w: again, phone: operator.phone}
	again.eventually("the log to go on", func() bool {
		again.clock.Advance(time.Second) // what was delivered in vain while the services started waits by this clock
		return has(city.get("/api/v1/demand-audit?subject="+public).list("items"), "operation", "terminateDemand")
	})
	again.stop()
	db, err := docstore.Open(t.Context(), docstore.Options{URL: "sqlite:" + filepath.Join(fresh, "demand.db"), ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(t.Context()) }()
	if r, err := audit.Verify(t.Context(), db, "demand", nil); err != nil || !r.Intact() || r.Entries < int64(len(acknowledged)) {
		t.Errorf("%+v (%v)", r, err)
	}
}

// download asks for a file.
func (w *world) download(p *person, path string) int {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.origin+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode
}

func TestBackupAndRestoreRefuse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	p := start(t, "LIANBANG_DATA="+data, "LIANBANG_ADDR=127.0.0.1:0")
	copied := filepath.Join(t.TempDir(), "copy")
	command := func(args ...string) error { return run(t.Context(), &host.Clock{}, args, nil, &output{}) }
	refused := func(want string, args ...string) {
		t.Helper()
		if err := command(args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, not %q", args, err, want)
		}
	}
	refused("usage", "backup")
	refused("mongodump", "backup", copied, "-data", data, "-store", "mongodb://host")
	refused("mongorestore", "restore", copied, "-data", data, "-store", "mongodb://host")
	refused("no database", "backup", filepath.Join(t.TempDir(), "x"), "-data", t.TempDir())
	refused("does not go into", "backup", filepath.Join(data, "copy"), "-data", data)
	if err := command("backup", copied, "-data", data); err != nil {
		t.Fatal(err)
	}
	refused("not empty", "backup", copied, "-data", data)
	refused("not empty", "restore", copied, "-data", data)
	p.end(t)
	refused("no finished backup", "restore", t.TempDir(), "-data", filepath.Join(t.TempDir(), "d"))

	// A damaged file is found before anything is written.
	account, err := os.OpenFile(filepath.Join(copied, "account.db"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := account.WriteAt([]byte("x"), 5000); err != nil {
		t.Fatal(err)
	}
	_ = account.Close()
	fresh := filepath.Join(t.TempDir(), "fresh")
	refused("account.db is not what was written", "restore", copied, "-data", fresh)
	if _, err := os.Stat(fresh); !os.IsNotExist(err) {
		t.Errorf("a refused restore left %s (%v)", fresh, err)
	}
	// A restore that was cut short cannot be started on.
	if err := os.MkdirAll(fresh, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fresh, "restoring"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("did not finish", "-data", fresh, "-addr", "127.0.0.1:0")
}
