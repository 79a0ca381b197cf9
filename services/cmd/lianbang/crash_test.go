package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/platform/host"
)

// TestCrash kills the whole product, in one process, with kill -9 at a random moment while eight clients write through the API:
// drafts and their edits, submissions, the operator's decisions, publishing, bids, profiles. After each restart every write that was
// acknowledged is there and none happened that nobody asked for; every index agrees with its store within ten seconds; everything
// promised stands in the inbox exactly once and was mailed under one id; nothing half made is left in the data directory.
func TestCrash(t *testing.T) {
	rounds := 2
	if os.Getenv("LIANBANG_PROVE") != "" {
		rounds = 20
	}
	c := crashed{t: t, config: host.Config{Target: "all", Data: filepath.Join(t.TempDir(), "data"), TrustProxy: true}, shift: time.Until(journeyBegins).Round(time.Second)}
	c.populate()
	for round := range rounds {
		c.round(round)
	}
	t.Logf("%d kills under %d acknowledged writes of %d tried: none lost, indexes agreed after at most %v, %d messages once each, %d letters",
		rounds, c.acked.Load(), c.tried.Load(), c.slowest.Round(time.Millisecond), c.messages, c.letters)
}

// crashed is a product that is killed again and again, and what is known of it.
type crashed struct {
	t            *testing.T
	config       host.Config
	shift        time.Duration
	operator     person
	leader       person
	smes         []person
	codes        []string
	versions     []span // of each SME's profile
	acked, tried atomic.Int64
	slowest      time.Duration
	messages     int
	letters      int
}

// span is what may be after a crash: the last step that was acknowledged, and the last that was tried.
type span struct{ acked, tried int }

// The steps of a dealing, in order.
const (
	drafted = iota + 1
	edited
	submitted
	approved
	published
	bidDrafted
	bidSubmitted
)

// dealing is one demand with one bid on it.
type dealing struct {
	span
	id, bid string
	title   string
	sme     int
}

func (c *crashed) clock() *host.Clock {
	clock := &host.Clock{}
	clock.RunFrom(time.Now().Add(c.shift))
	return clock
}

// populate makes an operator, a chain leader and four SMEs.
func (c *crashed) populate() {
	w := openWorld(c.t, c.clock(), c.config, slog.New(slog.DiscardHandler))
	defer w.stop()
	c.operator = *w.operator()
	leader := w.organisation(&c.operator, "链主", "91330200MA2JXURN01", "chain_leader")
	c.leader = *leader
	for i, code := range []string{"91330200MA2JXURN02", "91330200MA2JXURN03", "91330200MA2JXURN04", "91330200MA2JXURN05"} {
		c.smes = append(c.smes, *w.organisation(&c.operator, fmt.Sprintf("揭榜%d号", i+1), code, "sme"))
		c.codes = append(c.codes, code)
	}
	c.versions = make([]span, len(c.smes))
}

// at is a person of an earlier world in this one, with the token of before while that is good.
func (c *crashed) at(w *world, p *person) *person {
	p.w = w
	p.get("/api/v1/me")
	here := *p
	return &here
}

// round runs the product as a process, writes until it is killed, and looks at what is left.
func (c *crashed) round(n int) {
	t := c.t
	p := launch(t, "lianbang", c.shift, []string{"LIANBANG_DATA=" + c.config.Data, "LIANBANG_ADDR=127.0.0.1:0", "LIANBANG_TRUST_PROXY=true", "LIANBANG_LOG_LEVEL=error"})
	address := regexp.MustCompile(`ready at (http://\S+)`)
	p.until(t, "its start", func() bool { return address.MatchString(p.out.String()) })
	w := &world{t: t, clock: &shifted{t: t, by: c.shift}, origin: address.FindStringSubmatch(p.out.String())[1], client: &http.Client{Transport: &http.Transport{}}}

	var writing sync.WaitGroup
	dealings := make([][]*dealing, len(c.smes))
	begun := c.acked.Load()
	leader, operator := c.at(w, &c.leader), c.at(w, &c.operator)
	reference := w.guest().get("/api/v1/reference")
	for i := range c.smes {
		sme := c.at(w, &c.smes[i])
		writing.Go(func() { // an issuer, with the operator who decides and the bidder
			client := client{c: c, address: fmt.Sprintf("198.51.100.%d", 2*i+1)}
			docking := obj{}
			for k := 0; !client.gone; k++ {
				d := &dealing{title: fmt.Sprintf("热误差补偿 %d-%d-%d", n, i, k), sme: i}
				dealings[i] = append(dealings[i], d)
				docking = client.deal(d, leader, operator, sme, reference, docking)
			}
		})
		profile := sme.profile(c.codes[i], "sme", "")
		writing.Go(func() {
			client := client{c: c, address: fmt.Sprintf("198.51.100.%d", 2*i+2)}
			client.edit(&c.versions[i], sme, profile)
		})
	}
	p.until(t, "the first writes", func() bool { return c.acked.Load() > begun+4 })
	time.Sleep(rand.N(1500 * time.Millisecond)) // the moment is what is random here
	p.kill(t)
	writing.Wait()
	if n%4 == 3 { // once more, in the middle of recovering
		again := launch(t, "lianbang again", c.shift, []string{"LIANBANG_DATA=" + c.config.Data, "LIANBANG_ADDR=127.0.0.1:0", "LIANBANG_LOG_LEVEL=error"})
		time.Sleep(rand.N(1500 * time.Millisecond))
		again.kill(t)
	}

	after := openWorld(t, c.clock(), c.config, slog.New(slog.DiscardHandler))
	defer after.stop()
	var all []*dealing
	for _, of := range dealings {
		all = append(all, of...)
	}
	c.check(after, all)
}

// client writes from an address of its own until nobody answers any more.
type client struct {
	c       *crashed
	address string
	gone    bool
}

// write tries until it is acknowledged. It gives false when the product has gone, or answers what it should not.
func (cl *client) write(s *span, step int, p *person, method, path string, body obj, headers map[string]string) (obj, http.Header, bool) {
	var b []byte
	if body != nil {
		b = encoded(cl.c.t, body)
	}
	all := map[string]string{"X-Forwarded-For": cl.address}
	for k, v := range headers {
		all[k] = v
	}
	for {
		s.tried = step
		cl.c.tried.Add(1)
		status, header, answer, err := p.attempt(method, path, "application/json", b, all)
		switch {
		case err != nil:
			cl.gone = true
			return nil, nil, false
		case status < 300:
			s.acked = step
			cl.c.acked.Add(1)
			return answer, header, true
		case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusPreconditionFailed && method == "PUT":
			if status == http.StatusPreconditionFailed {
				return nil, header, true // the caller reads it anew
			}
			time.Sleep(20 * time.Millisecond)
		default:
			cl.c.t.Errorf("%s %s: %d %v", method, path, status, answer)
			cl.gone = true
			return nil, nil, false
		}
	}
}

// deal takes a dealing through its steps as far as it comes. It gives the interest form, which stays the same.
func (cl *client) deal(d *dealing, leader, operator, sme *person, reference, docking obj) obj {
	terms := obj{"title": d.title, "kind": "rnd", "mode": "open", "chain": reference.list("chains")[0].str("code"), "district": reference.list("districts")[0].str("code"),
		"background": "主轴热伸长使孔距超差", "difficulty": "在线预测", "targets": []string{"合格率不低于 99.5%"}, "budgetFen": 80_000_000, "timeLimitMonths": 12,
		"cooperationWays": []string{"joint"}, "contact": obj{"name": "沈工", "phone": "13800000001"}}
	demand, header, ok := cl.write(&d.span, drafted, leader, "POST", "/api/v1/demands", terms, map[string]string{"Idempotency-Key": "crash-" + strings.ReplaceAll(d.title, " ", "-")[len("热误差补偿"):] + "-key"})
	if !ok {
		return docking
	}
	d.id = demand.str("id")
	path := "/api/v1/demands/" + d.id
	terms["title"] = d.title + " 修订"
	if _, _, ok = cl.write(&d.span, edited, leader, "PUT", path, terms, map[string]string{"If-Match": header.Get("ETag")}); !ok {
		return docking
	}
	if _, _, ok = cl.write(&d.span, submitted, leader, "POST", path+"/submit", nil, nil); !ok {
		return docking
	}
	if _, _, ok = cl.write(&d.span, approved, operator, "POST", path+"/approve", obj{"note": "同意"}, nil); !ok {
		return docking
	}
	deadline := leader.w.clock.Now().Add(30 * 24 * time.Hour).Truncate(time.Second)
	if _, _, ok = cl.write(&d.span, published, leader, "POST", path+"/publish", obj{"deadline": deadline}, nil); !ok {
		return docking
	}
	if len(docking) == 0 {
		_, _, answer, err := sme.attempt("GET", path+"/bid-prefill", "", nil, map[string]string{"X-Forwarded-For": cl.address})
		if err != nil {
			cl.gone = true
			return docking
		}
		docking = answer.obj("docking")
	}
	bid, _, ok := cl.write(&d.span, bidDrafted, sme, "POST", path+"/bids", obj{"docking": docking, "application": obj{"title": "方案", "capability": "十年经验", "team": "五人",
		"plan": "双丝杠对称预紧", "priceFen": 96_000_000, "scheduleMonths": 10, "schedule": "分三个阶段", "cooperationWay": "joint"}}, nil)
	if !ok {
		return docking
	}
	d.bid = bid.str("id")
	cl.write(&d.span, bidSubmitted, sme, "POST", "/api/v1/bids/"+url.PathEscape(d.bid)+"/submit", nil, nil)
	return docking
}

// edit replaces a profile again and again, each time with the next number in it.
func (cl *client) edit(s *span, sme *person, profile obj) {
	path, rev := "/api/v1/organisations/"+sme.orgID, ""
	for !cl.gone {
		if rev == "" {
			_, header, _, err := sme.attempt("GET", path, "", nil, map[string]string{"X-Forwarded-For": cl.address})
			if err != nil {
				return
			}
			rev = header.Get("ETag")
		}
		profile["summary"] = fmt.Sprintf("第%d版", s.tried+1)
		_, header, ok := cl.write(s, s.tried+1, sme, "PUT", path, profile, map[string]string{"If-Match": rev})
		if !ok {
			return
		}
		rev = header.Get("ETag") // none when it was no longer the revision
	}
}

// check holds what is left after a crash to what was acknowledged and tried.
func (c *crashed) check(w *world, dealings []*dealing) {
	t := c.t
	t.Helper()
	leader, operator := c.at(w, &c.leader), c.at(w, &c.operator)
	var smes []*person
	for i := range c.smes {
		smes = append(smes, c.at(w, &c.smes[i]))
		var version int
		summary := smes[i].get("/api/v1/organisations/" + smes[i].orgID).str("summary")
		if _, err := fmt.Sscanf(summary, "第%d版", &version); err != nil && c.versions[i].acked > 0 {
			t.Errorf("a profile reads %q", summary)
		}
		if version < c.versions[i].acked || version > c.versions[i].tried {
			t.Errorf("a profile is at version %d; %d was acknowledged, %d tried", version, c.versions[i].acked, c.versions[i].tried)
		}
		c.versions[i] = span{version, version}
	}
	promised := map[string][]string{} // whose inbox → "kind link"
	public, hidden := map[string]bool{}, map[string]bool{}
	for _, d := range dealings {
		if d.id == "" {
			continue // nobody was told that it exists
		}
		step := c.step(d, leader, smes[d.sme])
		if step < d.acked || step > d.tried {
			t.Errorf("%s is at step %d; %d was acknowledged, %d tried", d.title, step, d.acked, d.tried)
		}
		if step >= submitted {
			promised["leader"] = append(promised["leader"], "demand.submitted /work/demands/"+d.id)
			promised["operator"] = append(promised["operator"], "demand.submitted /work/review/demands?open="+d.id)
		}
		if step >= approved {
			promised["leader"] = append(promised["leader"], "demand.approved /work/demands/"+d.id)
		}
		if step >= published {
			promised["leader"] = append(promised["leader"], "demand.published /demands/"+d.id)
			public[d.id] = true
		} else {
			hidden[d.id] = true
		}
		if step >= bidSubmitted {
			promised["leader"] = append(promised["leader"], "bid.received /work/demands/"+d.id+"/evaluation")
			promised["sme"+fmt.Sprint(d.sme)] = append(promised["sme"+fmt.Sprint(d.sme)], "bid.submitted /work/demands/"+d.id+"/bid")
		}
	}

	began := time.Now()
	w.eventually("the indexes to agree with the stores", func() bool { return c.indexed(w, leader, public, hidden) })
	if took := time.Since(began); took > c.slowest {
		c.slowest = took
	}
	if c.slowest > 10*time.Second && os.Getenv("LIANBANG_PROVE") != "" {
		t.Errorf("the indexes agreed after %v", c.slowest)
	}
	mailboxes := map[string]*person{"leader": leader, "operator": operator}
	for i, sme := range smes {
		mailboxes["sme"+fmt.Sprint(i)] = sme
	}
	for name, p := range mailboxes {
		w.pause = 300 * time.Millisecond
		var found map[string][]string
		w.eventually("the messages of "+name, func() bool {
			found = inbox(p)
			for _, message := range promised[name] {
				if len(found[message]) == 0 {
					return false
				}
			}
			return true
		})
		for message, ids := range found {
			if len(ids) != 1 {
				t.Errorf("%s was told %q %d times", name, message, len(ids))
			}
		}
		c.messages += len(promised[name])
		if name == "operator" { // reviews are not mailed unless asked for
			continue
		}
		for _, message := range promised[name] {
			event, _, _ := strings.Cut(found[message][0], ":")
			var letters []string
			w.eventually("the letter of "+message, func() bool {
				letters, _ = filepath.Glob(filepath.Join(c.config.Data, "outgoing", "mail", event+"_*"))
				return len(letters) > 0
			})
			if len(letters) != 1 {
				t.Errorf("%q was mailed as %v", message, letters)
			}
			c.letters++
		}
	}
	w.eventually("nothing half made to be left", func() bool { return c.halfMade() == "" })
}

// step reads how far a dealing has come.
func (c *crashed) step(d *dealing, leader, sme *person) int {
	c.t.Helper()
	status, demand := leader.try("GET", "/api/v1/demands/"+d.id, nil)
	if status != http.StatusOK {
		c.t.Errorf("%s was acknowledged and is gone: %d", d.title, status)
		return 0
	}
	switch demand.str("state") {
	case "draft":
		if strings.HasSuffix(demand.str("title"), "修订") {
			return edited
		}
		return drafted
	case "submitted":
		return submitted
	case "approved":
		return approved
	}
	if d.bid == "" {
		return published
	}
	status, bid := sme.try("GET", "/api/v1/bids/"+url.PathEscape(d.bid), nil)
	switch {
	case status != http.StatusOK:
		return published
	case bid.str("state") == "draft":
		return bidDrafted
	}
	return bidSubmitted
}

// indexed says whether search holds exactly the revisions that the stores do.
func (c *crashed) indexed(w *world, leader *person, public, hidden map[string]bool) bool {
	c.t.Helper()
	demands, organisations := c.revisions(w, "demand"), c.revisions(w, "organisation")
	for id := range hidden {
		if _, found := demands[id]; found {
			return false
		}
	}
	same := func(index map[string]int, id, path string) bool {
		_, header, _, err := leader.attempt("GET", path, "", nil, nil)
		return err == nil && header.Get("ETag") == fmt.Sprintf("%q", fmt.Sprint(index[id]))
	}
	for id := range public {
		if !same(demands, id, "/api/v1/demands/"+id) {
			return false
		}
	}
	for _, p := range append([]person{c.leader}, c.smes...) {
		if !same(organisations, p.orgID, "/api/v1/organisations/"+p.orgID) {
			return false
		}
	}
	return true
}

func (c *crashed) revisions(w *world, kind string) map[string]int {
	c.t.Helper()
	all := map[string]int{}
	for cursor := ""; ; {
		answer, err := w.host.Peers("test").Get("http://search/internal/v1/search/" + kind + "/revisions?limit=1000&cursor=" + url.QueryEscape(cursor))
		if err != nil {
			c.t.Fatal(err)
		}
		var page obj
		err = json.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			c.t.Fatal(answer.Status, err)
		}
		for _, item := range page.list("items") {
			all[item.str("id")] = item.num("rev")
		}
		if cursor = page.str("next"); cursor == "" {
			return all
		}
	}
}

// inbox is all messages of a person: their ids by kind and link.
func inbox(p *person) map[string][]string {
	p.w.t.Helper()
	all := map[string][]string{}
	for cursor := ""; ; {
		page := p.get("/api/v1/inbox?limit=200&cursor=" + url.QueryEscape(cursor))
		for _, m := range page.list("items") {
			key := m.str("kind") + " " + m.str("link")
			all[key] = append(all[key], m.str("id"))
		}
		if cursor = page.str("next"); cursor == "" {
			return all
		}
	}
}

// halfMade is a file or folder that is only there while something is being made.
func (c *crashed) halfMade() (found string) {
	c.t.Helper()
	temporary := regexp.MustCompile(`^\.?new-|\.partial$|\.te?mp|\.new$|~$`)
	err := filepath.WalkDir(c.config.Data, func(path string, _ fs.DirEntry, err error) error {
		if os.IsNotExist(err) { // the engine merges its files
			return nil
		}
		if err == nil && temporary.MatchString(filepath.Base(path)) {
			found = path
		}
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}
