package account

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	searchapi "lianbang/search/api"
	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

// testCost keeps tests quick; BenchmarkServerCost measures the real one.
var testCost = cost{memory: 64, time: 1}

// world is a running account service on an empty store, with the city's first operator, and peers that listen.
type world struct {
	t       *testing.T
	env     *host.Env
	guest   *resttest.Client
	peer    *resttest.Client
	city    *person
	random  *rand.Rand
	seq     int
	index   *fakeSearch
	service *Service
	texts   *fakeTexts
}

// person is somebody signed in.
type person struct {
	*resttest.Client
	t       testing.TB
	guest   *resttest.Client
	id      string
	phone   string
	orgID   string
	refresh string
}

const password = "correct horse battery"

func newWorld(t *testing.T) *world {
	t.Helper()
	if _, already := parallel.LoadOrStore(t, true); !already {
		t.Parallel()
	}
	e := resttest.Env(t, "account")
	w := &world{t: t, env: e, random: rand.New(rand.NewPCG(1, 1)), index: &fakeSearch{docs: map[string]searchapi.SearchDocument{}}, texts: &fakeTexts{}}
	resttest.Serve(t, e, "notify", w.texts.app())
	resttest.Serve(t, e, "search", w.index.app())
	r := resttest.Run(t, e, host.Module{Name: "account", Start: startInside(&w.service)})
	spec, err := readSpec()
	if err != nil {
		t.Fatal(err)
	}
	w.guest = resttest.New(t, r.App, spec)
	w.peer = w.guest.As(resttest.PeerToken(t, e, "demand"))
	if err := BootstrapOperator(t.Context(), e.Peers, "13900000000", "市局管理员", password); err != nil {
		t.Fatal(err)
	}
	w.city = w.signIn("13900000000")
	t.Cleanup(func() {
		left := w.guest.Unvisited()
		untestedMu.Lock()
		defer untestedMu.Unlock()
		untested = slices.DeleteFunc(untested, func(op string) bool { return !slices.Contains(left, op) })
	})
	return w
}

var readSpec = sync.OnceValues(api.GetSpec)

// parallel notes the tests that run beside others already; a test may make more than one world.
var parallel sync.Map

var untestedMu sync.Mutex

// untested lists the operations no test has called yet.
var untested = func() (ops []string) {
	spec, err := api.GetSpec()
	if err != nil {
		panic(err)
	}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			ops = append(ops, op.OperationID)
		}
	}
	return ops
}()

// TestMain fails a whole run that leaves an operation uncalled.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == ""
	if code == 0 && whole && flag.Lookup("test.list").Value.String() == "" && len(untested) > 0 {
		fmt.Println("no test calls", untested)
		code = 1
	}
	os.Exit(code)
}

// fakeSearch is search as account sees it: it holds what was put.
type fakeSearch struct {
	mu   sync.Mutex
	docs map[string]searchapi.SearchDocument
	gone []string // every id it was told to remove
}

func (f *fakeSearch) app() *fiber.App {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Put("/internal/v1/search/organisation/documents", func(c *fiber.Ctx) error {
		var batch searchapi.DocumentBatch
		if err := json.Unmarshal(c.Body(), &batch); err != nil {
			return err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, d := range batch.Documents {
			f.docs[d.Id] = d
		}
		for _, id := range batch.Remove {
			delete(f.docs, id)
			f.gone = append(f.gone, id)
		}
		return c.JSON(fiber.Map{"put": len(batch.Documents), "removed": len(batch.Remove)})
	})
	app.Get("/internal/v1/search/organisation/revisions", func(c *fiber.Ctx) error { // two a page
		f.mu.Lock()
		defer f.mu.Unlock()
		ids := slices.Sorted(maps.Keys(f.docs))
		at, _ := slices.BinarySearch(ids, c.Query("cursor"))
		items, next := []fiber.Map{}, ""
		for _, id := range ids[at:] {
			if len(items) == 2 {
				next = id
				break
			}
			items = append(items, fiber.Map{"id": id, "rev": f.docs[id].Rev, "projection": f.docs[id].Projection})
		}
		return c.JSON(fiber.Map{"items": items, "next": next})
	})
	return app
}

func (f *fakeSearch) removed(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.gone, id)
}

func (f *fakeSearch) get(id string) (searchapi.SearchDocument, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.docs[id]
	return d, ok
}

// phone is a number nobody has yet.
func (w *world) phone() string {
	w.seq++
	return fmt.Sprintf("139%08d", w.seq)
}

func (w *world) orgInput(name string) map[string]any {
	return map[string]any{"name": name, "creditCode": completeCode(w.random), "capacities": []string{"sme"}, "districtCode": "lanjiang"}
}

// signUp makes a person with an organisation.
func (w *world) signUp(name string) *person {
	w.t.Helper()
	phone := w.phone()
	return w.session(phone, w.guest.Post("/api/v1/auth/sign-up", map[string]any{"phone": phone, "name": name, "password": password, "organisation": w.orgInput(name + "有限公司")}).Want(201))
}

// loner makes a person without an organisation.
func (w *world) loner(name string) *person {
	w.t.Helper()
	phone := w.phone()
	return w.session(phone, w.guest.Post("/api/v1/auth/sign-up", map[string]any{"phone": phone, "name": name, "password": password}).Want(201))
}

func (w *world) signIn(phone string) *person {
	w.t.Helper()
	return w.session(phone, w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": phone, "password": password}).Want(200))
}

func (w *world) session(phone string, a *resttest.Answer) *person {
	w.t.Helper()
	var s api.Session
	a.Into(&s)
	cookie, ok := a.Cookie("lb_refresh")
	if !ok {
		w.t.Fatal("no refresh cookie")
	}
	return &person{Client: w.guest.As(s.AccessToken), t: w.t, guest: w.guest, id: s.Me.User.Id, phone: phone, orgID: s.Me.Organisation.OrgId, refresh: cookie}
}

// staff makes somebody with a post.
func (w *world) staff(post, district string) *person {
	w.t.Helper()
	phone := w.phone()
	w.city.Post("/api/v1/staff", map[string]any{"phone": phone, "name": "干部" + phone[8:], "password": password, "post": post, "districtCode": district}).Want(201)
	return w.signIn(phone)
}

// join brings a new colleague into somebody's organisation.
func (w *world) join(owner *person, role string) *person {
	w.t.Helper()
	p := w.loner("同事")
	var i api.Invitation
	owner.Post(owner.path("invitations"), map[string]any{"phone": p.phone, "role": role}).Want(201).Into(&i)
	var s api.Session
	p.Post("/api/v1/me/invitations/accept", map[string]any{"code": i.Code}).Want(200).Into(&s)
	p.Client, p.orgID = w.guest.As(s.AccessToken), s.Me.Organisation.OrgId
	return p
}

func (p *person) path(parts ...string) string {
	return strings.Join(append([]string{"/api/v1/organisations/" + p.orgID}, parts...), "/")
}

func (p *person) org() (o api.Organisation, etag string) {
	p.t.Helper()
	a := p.Get(p.path()).Want(200).Into(&o)
	return o, a.ETag()
}

var pdf = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

func (p *person) submit() {
	p.t.Helper()
	p.Upload(p.path("evidence"), "营业执照.pdf", pdf, nil).Want(201)
	p.Post(p.path("submit"), nil).Want(200)
}

func (w *world) verified(name string) *person {
	w.t.Helper()
	p := w.signUp(name)
	p.submit()
	w.city.Post(p.path("verify"), nil).Want(200)
	return w.signIn(p.phone)
}

// renew trades the refresh cookie.
func (p *person) renew() *resttest.Answer {
	p.t.Helper()
	return p.guest.With("Cookie", "lb_refresh="+p.refresh).Post("/api/v1/auth/refresh", nil)
}

func TestFromSignUpToVerified(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	o, _ := p.org()
	if o.State != api.OrganisationStateRegistered || o.Verified || o.MemberCount != 1 || len(o.History) != 1 {
		t.Fatalf("%+v", o)
	}
	w.guest.Get(p.path()).Refused(404, "not_found")
	p.Post(p.path("submit"), nil).Refused(409, "organisation.evidence_missing")
	a := p.Upload(p.path("evidence"), `..\..\营业执照<b>.pdf`, pdf, map[string]string{"kind": "authorisation"}).Want(201)
	var e api.Evidence
	a.Into(&e)
	if e.Kind != api.Authorisation || strings.ContainsAny(e.Name, `\/<>`) || e.ContentType != "application/pdf" || e.UploadedBy != p.id {
		t.Errorf("%+v", e)
	}
	p.IfMatch(`"1"`).Post(p.path("submit"), nil).Refused(412, "stale")
	p.IfMatch(a.ETag()).Post(p.path("submit"), nil).Want(200).Into(&o)
	if o.State != api.OrganisationStateSubmitted || o.SubmittedAt.IsZero() {
		t.Errorf("%+v", o)
	}
	w.env.Clock.Advance(3 * time.Hour)
	w.city = w.signIn(w.city.phone)
	var queue api.OrganisationPage
	w.city.Get("/api/v1/organisations?state=submitted").Want(200).Into(&queue)
	if queue.Total != 1 || queue.Items[0].Id != p.orgID || queue.Items[0].WaitingHours != 3 {
		t.Errorf("%+v", queue)
	}
	w.city.Post(p.path("return"), map[string]any{"reason": "执照照片不清楚"}).Want(200)
	p = w.signIn(p.phone)
	if o, _ = p.org(); o.State != api.OrganisationStateReturned || o.Reason != "执照照片不清楚" {
		t.Errorf("%+v", o)
	}
	p.Post(p.path("submit"), nil).Want(200)
	w.city.Post(p.path("verify"), map[string]any{"note": "与登记信息一致"}).Want(200).Into(&o)
	if o.State != api.OrganisationStateVerified || !o.Verified || o.Reason != "" || o.VerifiedAt.IsZero() {
		t.Errorf("%+v", o)
	}
	var actions []string
	for _, h := range o.History {
		if h.ByName == "" || h.At.IsZero() {
			t.Errorf("a trace without a name or time: %+v", h)
		}
		actions = append(actions, h.Action)
	}
	if want := []string{"createOrganisation", "uploadEvidence", "submitOrganisation", "returnOrganisation", "submitOrganisation", "verifyOrganisation"}; !slices.Equal(actions, want) {
		t.Errorf("the trace is %v", actions)
	}
	// The session learns it with its next access token.
	var s api.Session
	p.renew().Want(200).Into(&s)
	actor, err := w.env.Verifier().Verify(t.Context(), s.AccessToken)
	if err != nil || !actor.Verified || actor.OrgID != p.orgID || actor.Role != access.Owner || !actor.Has(access.SME) {
		t.Errorf("%+v %v", actor, err)
	}
	w.city.Post(p.path("suspend"), map[string]any{"reason": "列入异常名录"}).Want(200)
	w.guest.Get(p.path()).Refused(404, "not_found")
	w.city.Post(p.path("reinstate"), map[string]any{"reason": "已移出"}).Want(200)
	w.guest.Get(p.path()).Want(200)
}

func TestWhatThePublicSees(t *testing.T) {
	w := newWorld(t)
	p := w.verified("安娜")
	o, etag := p.org()
	p.IfMatch(etag).Put(p.path(), map[string]any{"name": o.Name, "creditCode": o.CreditCode, "capacities": []string{"sme"}, "districtCode": "xiwan", "summary": "做轴承",
		"chainCodes": []string{"key_parts"}, "industryCode": "C3451", "employees": 120, "revenueFen": 8000_0000_00, "assetsFen": 9000_0000_00, "foundedOn": "2008-05-01", "website": "https://example.com",
		"contact": map[string]any{"name": "安娜", "phone": "13900000001", "email": "anna@example.com"}, "facts": []map[string]any{{"key": "patents", "value": "12 项", "asOf": "2025-12-31"}, {"key": "rdSpend", "value": "四百一十万元"}}}).Want(200)
	secret := []string{"13900000001", "anna@example.com", "安娜\"", "800000000", "history", "evidenceCount", "四百一十万元", "recordedBy", p.phone}
	for name, c := range map[string]*resttest.Client{"guest": w.guest, "another firm": w.verified("别家").Client, "another district": w.staff("district_operator", "qingyu").Client} {
		body := string(c.Get(p.path()).Want(200).Body)
		for _, s := range secret {
			if strings.Contains(body, s) {
				t.Errorf("%s reads %s: %s", name, s, body)
			}
		}
		for _, s := range []string{"做轴承", `"sizeClassByFacts":"small"`, `"patents"`, "2008-05-01"} {
			if !strings.Contains(body, s) {
				t.Errorf("%s does not read %s: %s", name, s, body)
			}
		}
	}
	for name, c := range map[string]*resttest.Client{"owner": p.Client, "city": w.city.Client, "its district": w.staff("district_operator", "xiwan").Client} {
		body := string(c.Get(p.path()).Want(200).Body)
		if !strings.Contains(body, "anna@example.com") || !strings.Contains(body, "history") {
			t.Errorf("%s does not read what is not public: %s", name, body)
		}
	}
}

func TestEditing(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	o, etag := p.org()
	in := map[string]any{"name": "新名字有限公司", "creditCode": o.CreditCode, "capacities": []string{"sme", "chain_leader"}, "districtCode": "lanjiang"}
	p.Put(p.path(), in).Refused(428, "precondition_required")
	p.IfMatch(`"7"`).Put(p.path(), in).Refused(412, "stale")
	p.IfMatch(etag).Put(p.path(), with(in, "districtCode", "nowhere")).Refused(422, "invalid").Field("districtCode", "not_a_choice")
	p.IfMatch(etag).Put(p.path(), with(in, "chainCodes", []string{"nothing"})).Refused(422, "invalid").Field("chainCodes", "not_a_choice")
	p.IfMatch(etag).Put(p.path(), with(in, "industryCode", "Z9")).Refused(422, "invalid").Field("industryCode", "not_a_choice")
	p.IfMatch(etag).Put(p.path(), with(in, "creditCode", "123")).Refused(422, "invalid").Field("creditCode", "credit_code_length")
	p.IfMatch(etag).Put(p.path(), with(in, "state", "verified")).Refused(422, "invalid")
	a := p.IfMatch(etag).Put(p.path(), in).Want(200).Into(&o)
	if o.Name != "新名字有限公司" || len(o.Capacities) != 2 || a.ETag() == etag {
		t.Errorf("%+v %s", o, a.ETag())
	}
	p.submit()
	o, etag = p.org()
	p.IfMatch(etag).Put(p.path(), with(in, "name", "又一个名字")).Refused(409, "organisation.identity_locked")
	w.city.IfMatch(etag).Put(p.path(), with(in, "name", "更正后的名字")).Want(200).Into(&o)
	if o.Name != "更正后的名字" {
		t.Errorf("%+v", o)
	}
	other := w.signUp("本")
	ob, etag := other.org()
	other.IfMatch(etag).Put(other.path(), with(in, "creditCode", o.CreditCode)).Refused(409, "organisation.credit_code_taken")
	if again, _ := other.org(); again.CreditCode != ob.CreditCode {
		t.Error("a refused edit changed the code")
	}
}

func with(m map[string]any, key string, value any) map[string]any {
	n := maps.Clone(m)
	n[key] = value
	return n
}

// TestStrangersOrganisation walks every operation on an organisation as everybody who has no business with it: nothing happens.
func TestStrangersOrganisation(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	p.submit()
	shown := w.verified("公开")
	member := w.join(shown, "member")
	district := w.staff("district_operator", "qingyu")
	desk := w.staff("platform_staff", "")
	expert := w.staff("expert", "")
	in := w.orgInput("抢来的")
	before, _ := p.org()
	beforeShown, _ := shown.org()
	requests := []struct {
		method, path string
		body         any
	}{
		{"GET", "", nil}, {"PUT", "", in}, {"GET", "evidence", nil}, {"GET", "evidence/x", nil}, {"POST", "submit", nil}, {"POST", "verify", map[string]any{}},
		{"POST", "return", map[string]any{"reason": "因为"}}, {"POST", "reject", map[string]any{"reason": "因为"}}, {"POST", "suspend", map[string]any{"reason": "因为"}},
		{"POST", "reinstate", map[string]any{"reason": "因为"}}, {"POST", "titles", map[string]any{"kind": "specialised", "issuer": "省厅", "validFrom": "2026-01-01"}}, {"GET", "titles", nil},
		{"GET", "members", nil}, {"PUT", "members/" + p.id, map[string]any{"role": "member"}}, {"DELETE", "members/" + p.id, nil}, {"GET", "invitations", nil},
		{"POST", "invitations", map[string]any{"phone": "13711112222", "role": "owner"}}, {"DELETE", "invitations/x", nil},
	}
	for _, who := range []struct {
		name   string
		client *resttest.Client
	}{
		{"guest", w.guest}, {"loner", w.loner("独").Client}, {"another firm", w.verified("别家").Client}, {"member without a say", member.Client},
		{"another district's operator", district.Client}, {"platform desk", desk.Client}, {"expert", expert.Client},
	} {
		for _, target := range []struct {
			id     string
			public bool
		}{{p.orgID, false}, {shown.orgID, true}, {"0192f000-0000-7000-8000-000000000000", false}} {
			for _, r := range requests {
				path := strings.TrimSuffix("/api/v1/organisations/"+target.id+"/"+r.path, "/")
				a := who.client.IfMatch(`"1"`).Do(r.method, path, r.body)
				own := target.id == shown.orgID && who.name == "member without a say"
				reading := r.method == "GET" && (r.path == "" || r.path == "titles")
				if reading && target.public || own && r.method == "GET" && (r.path == "members" || r.path == "evidence") {
					a.Want(200)
					continue
				}
				if a.Status != 401 && a.Status != 403 && a.Status != 404 {
					t.Errorf("%s: %s %s answered %d: %s", who.name, r.method, path, a.Status, a.Body)
				}
				if !target.public && strings.Contains(string(a.Body), "安娜") {
					t.Errorf("%s: %s %s leaks: %s", who.name, r.method, path, a.Body)
				}
			}
			up := who.client.Upload("/api/v1/organisations/"+target.id+"/evidence", "x.pdf", pdf, nil)
			if up.Status != 401 && up.Status != 403 && up.Status != 404 {
				t.Errorf("%s uploaded to %s: %d", who.name, target.id, up.Status)
			}
		}
	}
	if after, _ := p.org(); after.Rev != before.Rev {
		t.Errorf("strangers changed the organisation: %+v", after)
	}
	if after, _ := shown.org(); after.Rev != beforeShown.Rev {
		t.Errorf("strangers changed the public one: %+v", after)
	}
}

func TestEvidence(t *testing.T) {
	w := newWorld(t)
	p, other := w.signUp("安娜"), w.verified("别家")
	var e api.Evidence
	p.Upload(p.path("evidence"), "执照.pdf", pdf, nil).Want(201).Into(&e)
	a := p.Get(p.path("evidence", e.Id)).Want(200)
	if string(a.Body) != string(pdf) || a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment;") ||
		!strings.Contains(a.Header.Get("Cache-Control"), "private") {
		t.Errorf("%v %s", a.Header, a.Body)
	}
	w.city.Get(p.path("evidence", e.Id)).Want(200)
	w.staff("district_operator", "lanjiang").Get(p.path("evidence", e.Id)).Want(200)
	other.Get(p.path("evidence", e.Id)).Refused(404, "not_found")
	other.Get(other.path("evidence", e.Id)).Refused(404, "not_found") // another's file under an own address
	w.guest.Get(p.path("evidence", e.Id)).Refused(401, "unauthenticated")
	p.Upload(p.path("evidence"), "run.pdf", []byte("MZ\x90\x00 this is a program"), nil).Want(415)
	p.Upload(p.path("evidence"), "x.pdf", pdf, map[string]string{"kind": "weapon"}).Refused(422, "invalid").Field("kind", "not_a_choice")
	p.Upload(p.path("evidence"), "empty.pdf", nil, nil).Want(422)
	p.With("Content-Type", "application/json").Post(p.path("evidence"), map[string]any{}).Want(422)
	for range MaxEvidence - 1 {
		p.Upload(p.path("evidence"), "x.pdf", pdf, nil).Want(201)
	}
	p.Upload(p.path("evidence"), "x.pdf", pdf, nil).Refused(409, "organisation.evidence_full")
	var list struct{ Items []api.Evidence }
	p.Get(p.path("evidence")).Want(200).Into(&list)
	if len(list.Items) != MaxEvidence || list.Items[0].Id != e.Id {
		t.Errorf("%d files", len(list.Items))
	}
}

func TestMembersComeAndGo(t *testing.T) {
	w := newWorld(t)
	owner := w.verified("安娜")
	admin := w.join(owner, "admin")
	mia := w.join(admin, "member")
	admin.Post(owner.path("invitations"), map[string]any{"phone": "13711112222", "role": "owner"}).Refused(403, "member.owner_only")
	mia.Post(owner.path("invitations"), map[string]any{"phone": "13711112222", "role": "member"}).Refused(403, "forbidden")
	owner.Post(owner.path("invitations"), map[string]any{"phone": mia.phone, "role": "member"}).Refused(409, "member.exists")
	owner.Post(owner.path("invitations"), map[string]any{"phone": "123456", "role": "member"}).Refused(422, "invalid").Field("phone", "bad_format")

	var members struct{ Items []api.Member }
	mia.Get(owner.path("members")).Want(200).Into(&members)
	if len(members.Items) != 3 || members.Items[0].Role != api.RoleOwner || !strings.Contains(members.Items[0].Phone, "****") {
		t.Errorf("%+v", members)
	}
	owner.Get(owner.path("members")).Want(200).Into(&members)
	if members.Items[2].Phone != mia.phone {
		t.Errorf("the owner does not see phones: %+v", members)
	}

	owner.Put(owner.path("members", owner.id), map[string]any{"role": "member"}).Refused(409, "member.last_owner")
	owner.Delete(owner.path("members", owner.id)).Refused(409, "member.last_owner")
	admin.Put(owner.path("members", owner.id), map[string]any{"role": "member"}).Refused(403, "member.owner_only")
	admin.Put(owner.path("members", mia.id), map[string]any{"role": "admin"}).Want(200)
	owner.Put(owner.path("members", "nobody"), map[string]any{"role": "admin"}).Refused(404, "not_found")

	mia = w.signIn(mia.phone)

	// Removed: the token still says admin for minutes, the organisation says no at once, and the session for it is over.
	owner.Delete(owner.path("members", mia.id)).Want(204)
	mia.Post(owner.path("invitations"), map[string]any{"phone": "13711112222", "role": "member"}).Want(401)
	mia.Upload(owner.path("evidence"), "x.pdf", pdf, nil).Refused(403, "forbidden")
	mia.renew().Refused(401, "auth.session_ended")
	again := w.signIn(mia.phone)
	if again.orgID != "" {
		t.Error("a removed member still acts for the organisation")
	}
	again.Post("/api/v1/me/organisation", map[string]any{"orgId": owner.orgID}).Refused(404, "not_found")

	// Handing over: a second owner, then the first leaves, and stays signed in.
	owner.Put(owner.path("members", admin.id), map[string]any{"role": "owner"}).Want(200)
	owner.Delete(owner.path("members", owner.id)).Want(204)
	var me api.Me
	owner.Get("/api/v1/me").Want(200).Into(&me)
	if me.Organisation.OrgId != "" || len(me.Memberships) != 0 {
		t.Errorf("%+v", me)
	}
	owner.renew().Want(200)
	admin = w.signIn(admin.phone)
	if o, _ := admin.org(); o.MemberCount != 1 {
		t.Errorf("%d members", o.MemberCount)
	}
}

func TestInvitations(t *testing.T) {
	w := newWorld(t)
	owner, p, thief := w.signUp("安娜"), w.loner("受邀人"), w.loner("小偷")
	invite := func() (i api.Invitation) {
		owner.Post(owner.path("invitations"), map[string]any{"phone": p.phone, "role": "member", "name": "受邀人"}).Want(201).Into(&i)
		return i
	}
	i := invite()
	owner.Post(owner.path("invitations"), map[string]any{"phone": p.phone, "role": "member"}).Refused(409, "invitation.exists")
	var list struct{ Items []api.Invitation }
	if body := string(owner.Get(owner.path("invitations")).Want(200).Into(&list).Body); len(list.Items) != 1 || strings.Contains(body, i.Code) {
		t.Errorf("%s", body)
	}
	var me api.Me
	p.Get("/api/v1/me").Want(200).Into(&me)
	if len(me.Invitations) != 1 || me.Invitations[0].Code != "" || me.Invitations[0].OrgName == "" {
		t.Errorf("%+v", me.Invitations)
	}
	accept := func(c *person, body map[string]any) *resttest.Answer {
		return c.Post("/api/v1/me/invitations/accept", body)
	}
	accept(thief, map[string]any{"invitationId": i.Id}).Refused(404, "invitation.not_usable")
	accept(thief, map[string]any{"code": "AAAAAAAAAAAAAAAAAAAA"}).Refused(404, "invitation.not_usable")
	accept(thief, map[string]any{}).Refused(404, "invitation.not_usable")
	owner.Delete(owner.path("invitations", i.Id)).Want(204)
	accept(p, map[string]any{"code": i.Code}).Refused(404, "invitation.not_usable")

	i = invite()
	w.env.Clock.Advance(InvitationLife)
	owner, p = w.signIn(owner.phone), w.signIn(p.phone)
	accept(p, map[string]any{"code": i.Code}).Refused(404, "invitation.not_usable")
	i = invite()
	accept(p, map[string]any{"invitationId": i.Id}).Want(200)
	accept(p, map[string]any{"code": i.Code}).Refused(404, "invitation.not_usable")

	// Two people with one code at once: one gets in.
	q := w.loner("另一人")
	owner.Post(owner.path("invitations"), map[string]any{"phone": q.phone, "role": "admin"}).Want(201).Into(&i)
	before, _ := owner.org()
	var group sync.WaitGroup
	for _, c := range []*person{q, w.loner("第三人"), w.loner("第四人")} {
		group.Go(func() { accept(c, map[string]any{"code": i.Code}) })
	}
	group.Wait()
	if after, _ := owner.org(); after.MemberCount != before.MemberCount+1 {
		t.Errorf("%d members, then %d", before.MemberCount, after.MemberCount)
	}
}

func TestSignUpRefuses(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	o, _ := p.org()
	body := map[string]any{"phone": w.phone(), "name": "本", "password": password, "organisation": w.orgInput("本家")}
	up := func(b map[string]any) *resttest.Answer { return w.guest.Post("/api/v1/auth/sign-up", b) }
	up(with(body, "phone", p.phone)).Refused(409, "auth.phone_taken").Field("phone", "auth.phone_taken")
	up(with(body, "password", "12345678")).Refused(422, "invalid").Field("password", "auth.password_weak")
	up(with(body, "password", "short")).Refused(422, "invalid").Field("password", "too_short")
	up(with(body, "phone", "12345678")).Refused(422, "invalid").Field("phone", "bad_format")
	up(with(body, "staff", "city_operator")).Refused(422, "invalid")
	up(with(body, "organisation", with(w.orgInput("本家"), "creditCode", o.CreditCode))).Refused(409, "organisation.credit_code_taken").Field("organisation.creditCode", "organisation.credit_code_taken")
	up(with(body, "organisation", with(w.orgInput("本家"), "districtCode", "x"))).Refused(422, "invalid").Field("organisation.districtCode", "not_a_choice")
	up(with(body, "organisation", with(w.orgInput("本家"), "state", "verified"))).Refused(422, "invalid")
	// None of the refusals took the phone.
	up(body).Want(201)
	mail := with(with(body, "phone", w.phone()), "email", "Ben@Example.com")
	mail["organisation"] = w.orgInput("本家二")
	up(mail).Want(201)
	mail["phone"], mail["organisation"], mail["email"] = w.phone(), w.orgInput("本家三"), "ben@example.COM"
	up(mail).Refused(409, "auth.email_taken").Field("email", "auth.email_taken")
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": "BEN@example.com", "password": password}).Want(200)
}

func TestSignUpIsRepeatable(t *testing.T) {
	w := newWorld(t)
	body := map[string]any{"phone": w.phone(), "name": "安娜", "password": password, "organisation": w.orgInput("安家")}
	c := w.guest.Key("sign-up-key-1")
	first := w.session("", c.Post("/api/v1/auth/sign-up", body).Want(201))
	again := w.session("", c.Post("/api/v1/auth/sign-up", body).Want(201))
	if first.id != again.id || first.orgID != again.orgID || first.orgID == "" {
		t.Errorf("%+v, then %+v", first, again)
	}
	c.Post("/api/v1/auth/sign-up", with(body, "password", "another good one")).Refused(409, "idempotency_key_reused")
	c.Post("/api/v1/auth/sign-up", with(body, "name", "本")).Refused(409, "idempotency_key_reused")
}

func TestCreateOrganisationIsRepeatable(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	in := w.orgInput("第二家")
	var a, b api.Organisation
	p.Key("second-org-1").Post("/api/v1/organisations", in).Want(201).Into(&a)
	p.Key("second-org-1").Post("/api/v1/organisations", in).Want(201).Into(&b)
	if a.Id != b.Id {
		t.Errorf("%s and %s", a.Id, b.Id)
	}
	p.Key("second-org-1").Post("/api/v1/organisations", with(in, "name", "改了")).Refused(409, "idempotency_key_reused")
	p.Post("/api/v1/organisations", in).Refused(409, "organisation.credit_code_taken")
	var s api.Session
	p.Post("/api/v1/me/organisation", map[string]any{"orgId": a.Id}).Want(200).Into(&s)
	if s.Me.Organisation.OrgId != a.Id || len(s.Me.Memberships) != 2 {
		t.Errorf("%+v", s.Me)
	}
	var again api.Session
	p.renew().Want(200).Into(&again)
	if again.Me.Organisation.OrgId != a.Id {
		t.Error("the session forgot which organisation it acts for")
	}
	var none api.Session
	p.Post("/api/v1/me/organisation", map[string]any{}).Want(200).Into(&none)
	if none.Me.Organisation.OrgId != "" {
		t.Errorf("%+v", none.Me)
	}
	p.Post("/api/v1/me/organisation", map[string]any{"orgId": w.signUp("别").orgID}).Refused(404, "not_found")
}

func TestSignInSaysNothing(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	in := func(login, pass string) *resttest.Answer {
		return w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": login, "password": pass})
	}
	var texts []string
	for _, login := range []string{p.phone, "13712345678", "nobody@example.com", "what is this", "' or 1=1 --"} {
		var problem api.Problem
		in(login, "wrong password").Refused(401, "auth.wrong_credentials").Into(&problem)
		texts = append(texts, problem.Detail)
	}
	if len(slices.Compact(texts)) != 1 {
		t.Errorf("the answers differ: %q", texts)
	}
	for range 100 { // known or not, guessing is slowed alike
		in(p.phone, "wrong password")
	}
	for range 100 {
		in("13712345679", "wrong password")
	}
	a, b := in(p.phone, "wrong password").Want(429), in("13712345679", "wrong password").Want(429)
	if a.Header.Get("Retry-After") == "" || b.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	in(p.phone, password).Want(429)
	w.env.Clock.Advance(16 * time.Minute)
	in(p.phone, password).Want(200)
}

func TestThousandsOfWrongPasswords(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	tried, all := 0, 500
	if os.Getenv("LIANBANG_PROVE") == "1" {
		all = 10000
	}
	for i := range all {
		a := w.guest.With("X-Lianbang-Client", fmt.Sprintf("10.0.%d.%d", i/250, i%250)).Post("/api/v1/auth/sign-in", map[string]any{"login": p.phone, "password": fmt.Sprintf("wrong %d", i)})
		if a.Status == 401 {
			tried++
		} else {
			a.Want(429)
		}
	}
	if tried > 30 {
		t.Errorf("%d of %d guesses at once were looked at", tried, all)
	}
}

func TestRefreshCookie(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	a := p.renew().Want(200)
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/api/v1/auth", "Max-Age="} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q is not %s", cookie, want)
		}
	}
	if strings.Contains(string(a.Body), strings.Split(p.refresh, ".")[3]) {
		t.Error("the body holds the refresh token")
	}
	successor, _ := a.Cookie("lb_refresh")
	if twin, _ := p.renew().Want(200).Cookie("lb_refresh"); twin != successor {
		t.Error("the second tab got another successor")
	}
	w.env.Clock.Advance(time.Minute)
	p.renew().Refused(401, "auth.session_ended")
	p.refresh = successor
	p.renew().Refused(401, "auth.session_ended") // the thief's or the owner's: both are out
	w.guest.Post("/api/v1/auth/refresh", nil).Refused(401, "auth.session_ended")
	w.guest.With("Cookie", "lb_refresh=nonsense").Post("/api/v1/auth/refresh", nil).Refused(401, "auth.session_ended")
}

func TestRefreshIsNotForOtherSites(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	c := p.guest.With("Cookie", "lb_refresh="+p.refresh)
	for header, values := range map[string][]string{"Sec-Fetch-Site": {"cross-site", "same-site"}, "Origin": {"https://evil.example", "null", "http://example.com.evil.example"}} {
		for _, v := range values {
			c.With(header, v).Post("/api/v1/auth/refresh", nil).Refused(403, "auth.cross_site")
			c.With(header, v).Post("/api/v1/auth/sign-out", nil).Refused(403, "auth.cross_site")
		}
	}
	c.With("Origin", "http://example.com").Post("/api/v1/auth/refresh", nil).Want(200) // the host httptest asks for
	c.With("Sec-Fetch-Site", "same-origin").With("Origin", "https://other.example").Post("/api/v1/auth/refresh", nil).Want(200)
}

func TestTwoHundredTabs(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	var mu sync.Mutex
	seen := map[string]int{}
	var group sync.WaitGroup
	for range 200 {
		group.Go(func() {
			cookie, _ := p.renew().Cookie("lb_refresh")
			mu.Lock()
			seen[cookie]++
			mu.Unlock()
		})
	}
	group.Wait()
	if len(seen) != 1 || seen[""] != 0 {
		t.Errorf("200 tabs at once got %d different cookies: %v", len(seen), seen)
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	phone := w.signIn(p.phone)
	tablet := w.signIn(p.phone)
	var list struct{ Items []api.SessionInfo }
	phone.With("User-Agent", "x").Get("/api/v1/me/sessions").Want(200).Into(&list)
	if len(list.Items) != 3 {
		t.Fatalf("%+v", list)
	}
	var current, tabletID string
	for _, s := range list.Items {
		if s.Current {
			current = s.Id
		}
		if strings.HasPrefix(tablet.refresh, s.Id) {
			tabletID = s.Id
		}
	}
	if !strings.HasPrefix(phone.refresh, current) || current == "" {
		t.Errorf("current is %q", current)
	}
	w.signUp("别人").Delete("/api/v1/me/sessions/"+tabletID).Refused(404, "not_found")
	tablet.renew().Want(200)
	phone.Delete("/api/v1/me/sessions/" + tabletID).Want(204)
	tablet.renew().Refused(401, "auth.session_ended")

	phone.Post("/api/v1/me/password", map[string]any{"currentPassword": "wrong", "newPassword": "another good one"}).Refused(422, "invalid").Field("currentPassword", "auth.wrong_credentials")
	phone.Post("/api/v1/me/password", map[string]any{"currentPassword": password, "newPassword": "12345678"}).Refused(422, "invalid").Field("newPassword", "auth.password_weak")
	phone.Post("/api/v1/me/password", map[string]any{"currentPassword": password, "newPassword": "another good one"}).Want(204)
	p.renew().Refused(401, "auth.session_ended")
	first, _ := phone.renew().Want(200).Cookie("lb_refresh")
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": p.phone, "password": password}).Want(401)
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": p.phone, "password": "another good one"}).Want(200)

	a := w.guest.With("Cookie", "lb_refresh="+first).Post("/api/v1/auth/sign-out", nil).Want(204)
	if v, ok := a.Cookie("lb_refresh"); !ok || v != "" || !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign-out leaves the cookie: %q", a.Header.Get("Set-Cookie"))
	}
	phone.refresh = first
	phone.renew().Refused(401, "auth.session_ended")
	w.guest.Post("/api/v1/auth/sign-out", nil).Want(204)
}

func TestSignOutEverywhere(t *testing.T) {
	w := newWorld(t)
	p := w.verified("安娜")
	others := []*person{w.signIn(p.phone), w.signIn(p.phone), p}
	p.Post("/api/v1/auth/sign-out-everywhere", nil).Want(204)
	for _, o := range others {
		o.renew().Refused(401, "auth.session_ended")
	}
	p.Post(p.path("invitations"), map[string]any{"phone": "13711112222", "role": "member"}).Refused(401, "auth.session_ended") // at once
}

func TestEditMe(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	etag := p.Get("/api/v1/me").Want(200).ETag()
	p.Put("/api/v1/me", map[string]any{"name": "安"}).Refused(428, "precondition_required")
	a := p.IfMatch(etag).Put("/api/v1/me", map[string]any{"name": "安娜娜", "email": "Anna@Example.com"}).Want(200)
	var me api.Me
	a.Into(&me)
	if me.User.Name != "安娜娜" || me.User.Email != "anna@example.com" || a.ETag() == etag {
		t.Errorf("%+v", me)
	}
	p.IfMatch(etag).Put("/api/v1/me", map[string]any{"name": "安"}).Refused(412, "stale")
	p.IfMatch(a.ETag()).Put("/api/v1/me", map[string]any{"name": "安", "email": "no mail"}).Refused(422, "invalid").Field("email", "bad_format")
}

func TestMeNamesOperations(t *testing.T) {
	w := newWorld(t)
	ops := func(p *person) []string {
		var me api.Me
		p.Get("/api/v1/me").Want(200).Into(&me)
		return me.AllowedOperations
	}
	owner := ops(w.signUp("安娜"))
	for op, want := range map[string]bool{"editOrganisation": true, "inviteMember": true, "verifyOrganisation": false, "addStaff": false, "getOrganisationsInternal": false} {
		if slices.Contains(owner, op) != want {
			t.Errorf("an owner and %s: %v", op, !want)
		}
	}
	if city := ops(w.city); !slices.Contains(city, "verifyOrganisation") || !slices.Contains(city, "putReference") || slices.Contains(city, "submitOrganisation") {
		t.Errorf("the city's operations: %v", city)
	}
}

func TestStaff(t *testing.T) {
	w := newWorld(t)
	d := w.staff("district_operator", "lanjiang")
	w.city.Post("/api/v1/staff", map[string]any{"phone": w.phone(), "name": "x", "password": password, "post": "district_operator"}).Refused(422, "invalid").Field("districtCode", "not_a_choice")
	w.city.Post("/api/v1/staff", map[string]any{"phone": w.phone(), "name": "x", "post": "expert"}).Refused(422, "invalid").Field("password", "auth.password_weak")
	p := w.signUp("安娜")
	for _, c := range []*resttest.Client{d.Client, p.Client} {
		c.Post("/api/v1/staff", map[string]any{"phone": p.phone, "post": "city_operator"}).Refused(403, "forbidden")
		c.Get("/api/v1/staff").Refused(403, "forbidden")
		c.Delete("/api/v1/staff/"+w.city.id).Refused(403, "forbidden")
	}
	w.guest.Post("/internal/v1/staff", map[string]any{"phone": p.phone, "post": "city_operator"}).Refused(401, "unauthenticated")
	w.city.Post("/internal/v1/staff", map[string]any{"phone": p.phone, "post": "city_operator"}).Refused(403, "forbidden")
	w.city.Delete("/api/v1/staff/"+w.city.id).Refused(409, "staff.last_city_operator")
	w.city.Post("/api/v1/staff", map[string]any{"phone": w.city.phone, "post": "expert"}).Refused(409, "staff.last_city_operator")
	var list struct{ Items []api.StaffMember }
	w.city.Get("/api/v1/staff").Want(200).Into(&list)
	if len(list.Items) != 2 || list.Items[0].Post != api.CityOperator || list.Items[1].DistrictCode != "lanjiang" {
		t.Errorf("%+v", list)
	}
	// An operator decides at home only, and no longer once the post is gone, whatever the token says.
	p.submit()
	other := w.staff("district_operator", "qingyu")
	other.Post(p.path("verify"), nil).Refused(404, "not_found")
	other.Get("/api/v1/organisations?district=lanjiang").Refused(403, "forbidden")
	var page api.OrganisationPage
	other.Get("/api/v1/organisations").Want(200).Into(&page)
	if page.Total != 0 || len(page.Items) != 0 {
		t.Errorf("another district's list: %+v", page)
	}
	d.Get("/api/v1/organisations?state=submitted").Want(200).Into(&page)
	if page.Total != 1 {
		t.Errorf("its own district's queue: %+v", page)
	}
	w.city.Delete("/api/v1/staff/" + d.id).Want(204)
	d.Post(p.path("verify"), nil).Refused(401, "auth.session_ended")
	d.renew().Refused(401, "auth.session_ended")
	w.city.Delete("/api/v1/staff/"+p.id).Refused(404, "not_found")
	// The firm's owner as an operator does not judge its own case.
	w.city.Post("/api/v1/staff", map[string]any{"phone": p.phone, "post": "city_operator"}).Want(201)
	p = w.signIn(p.phone)
	p.Post(p.path("verify"), nil).Refused(403, "forbidden")
	w.city.Post(p.path("verify"), nil).Want(200)
}

func TestQueueOrderAndPaging(t *testing.T) {
	w := newWorld(t)
	var want []string
	for i := range 7 {
		p := w.signUp(fmt.Sprint("企业", i))
		p.submit()
		want = append(want, p.orgID)
		w.env.Clock.Advance(10 * time.Second)
	}
	w.city = w.signIn(w.city.phone)
	var got []string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		var page api.OrganisationPage
		w.city.Get("/api/v1/organisations?state=submitted&limit=3&cursor=" + cursor).Want(200).Into(&page)
		if page.Total != 7 {
			t.Errorf("total %d", page.Total)
		}
		for _, o := range page.Items {
			got = append(got, o.Id)
		}
		cursor = page.Next
	}
	if !slices.Equal(got, want) {
		t.Errorf("the queue is not longest waiting first: %v, want %v", got, want)
	}
	for _, query := range []string{"", "?state=verified", "?district=lanjiang", "?state=submitted&district=lanjiang"} {
		w.city.Get("/api/v1/organisations" + query).Want(200)
	}
	w.city.Get("/api/v1/organisations?state=nonsense").Want(422)
	w.city.Get("/api/v1/organisations?cursor=nonsense").Want(422)
}

func TestTitles(t *testing.T) {
	w := newWorld(t)
	p := w.verified("安娜")
	title := map[string]any{"kind": "specialised", "issuer": "省经济和信息化厅", "batch": "2025年度", "validFrom": "2025-06-01", "validTo": "2026-03-02"}
	var o api.Organisation
	w.city.Key("title-key-1").Post(p.path("titles"), title).Want(201)
	w.city.Key("title-key-1").Post(p.path("titles"), title).Want(201).Into(&o)
	if len(o.Titles) != 1 || o.Tier != api.Specialised || !o.Titles[0].InForce {
		t.Errorf("%+v", o.Titles)
	}
	w.city.Post(p.path("titles"), title).Refused(409, "title.exists")
	w.city.Post(p.path("titles"), with(title, "kind", "champion of all")).Refused(422, "invalid").Field("kind", "not_a_choice")
	w.city.Post(p.path("titles"), with(title, "validTo", "2024-01-01")).Refused(422, "invalid").Field("validTo", "before_start")
	p.Post(p.path("titles"), title).Refused(403, "forbidden")
	resttest.Eventually(t, func() error {
		if d, ok := w.index.get(p.orgID); !ok || !slices.Equal(d.Facts.Tier, []string{"specialised"}) {
			return fmt.Errorf("the index says %+v", d)
		}
		return nil
	})
	w.env.Clock.Advance(24 * time.Hour) // the title's last day is over
	var list struct {
		Items []api.Title
		Tier  api.Tier
	}
	w.guest.Get(p.path("titles")).Want(200).Into(&list)
	if len(list.Items) != 1 || list.Items[0].InForce || list.Tier != "" {
		t.Errorf("%+v", list)
	}
}

func TestReferenceLists(t *testing.T) {
	w := newWorld(t)
	var r api.Reference
	a := w.guest.Get("/api/v1/reference").Want(200).Into(&r)
	if len(r.Districts) < 6 || len(r.Chains) < 10 || len(r.ServiceCategories) != 8 || r.ServiceCategories[0].Name != "技术创新" || r.CityName == "" {
		t.Errorf("%+v", r)
	}
	in := map[string]any{"cityCode": r.CityCode, "cityName": r.CityName, "districts": append(r.Districts, api.Choice{Code: "newtown", Name: "新城区"}), "chains": r.Chains, "titleKinds": r.TitleKinds}
	w.signUp("安娜").IfMatch(a.ETag()).Put("/api/v1/reference", in).Refused(403, "forbidden")
	w.staff("district_operator", "lanjiang").IfMatch(a.ETag()).Put("/api/v1/reference", in).Refused(403, "forbidden")
	w.city.Put("/api/v1/reference", in).Refused(428, "precondition_required")
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", with(in, "districts", r.Districts[1:])).Refused(409, "reference.code_removed")
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Want(200)
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Refused(412, "stale")
	org := with(w.orgInput("新城企业"), "districtCode", "newtown")
	w.loner("新").Post("/api/v1/organisations", org).Want(201)
}

func TestCheckCreditCode(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	o, _ := p.org()
	for code, want := range map[string]api.CreditCodeCheck{
		"91350100M000100Y43":     {CreditCode: "91350100M000100Y43", Valid: true},
		"91350100m000100y44":     {CreditCode: "91350100M000100Y44", NeedsProof: true, Expected: "3"},
		"9135%200100%20M000100Y": {CreditCode: "91350100M000100Y", Problem: api.FieldProblem{Path: "creditCode", Code: "credit_code_length", Detail: "a unified social credit code has 18 characters"}},
		o.CreditCode:             {CreditCode: o.CreditCode, Valid: true, Taken: true},
	} {
		var got api.CreditCodeCheck
		w.guest.Get("/api/v1/credit-codes/" + code).Want(200).Into(&got)
		if got != want {
			t.Errorf("%s: %+v, want %+v", code, got, want)
		}
	}
}

func TestRejectedCodeCanBeRegisteredAgain(t *testing.T) {
	w := newWorld(t)
	squatter := w.signUp("占名者")
	squatter.submit()
	o, _ := squatter.org()
	in := with(w.orgInput("真身"), "creditCode", o.CreditCode)
	real := w.loner("真人")
	real.Post("/api/v1/organisations", in).Refused(409, "organisation.credit_code_taken")
	w.city.Post(squatter.path("reject"), map[string]any{"reason": "冒用他人代码"}).Want(200)
	real.Post("/api/v1/organisations", in).Want(201)
	w.city.Post(squatter.path("reinstate"), map[string]any{"reason": "复核"}).Refused(409, "organisation.credit_code_taken")
}

func TestInternal(t *testing.T) {
	w := newWorld(t)
	p := w.verified("安娜")
	mia := w.join(p, "member")
	d := w.staff("district_operator", "lanjiang")
	var orgs struct{ Items []api.OrganisationInternal }
	w.peer.Post("/internal/v1/organisations/batch", map[string]any{"ids": []string{"unknown", p.orgID}}).Want(200).Into(&orgs)
	if len(orgs.Items) != 1 || !orgs.Items[0].Verified || !slices.Equal(orgs.Items[0].MemberIds, []string{p.id, mia.id}) || !slices.Equal(orgs.Items[0].AdminIds, []string{p.id}) {
		t.Errorf("%+v", orgs)
	}
	w.city.Post(p.path("titles"), map[string]any{"kind": "specialised", "issuer": "省经信厅", "validFrom": "2026-01-01"}).Want(201)
	w.signUp("未核验") // nobody verified it
	find := func(asked map[string]any) (ids []string) {
		var found struct{ Items []api.OrganisationFound }
		w.peer.Post("/internal/v1/organisations/find", asked).Want(200).Into(&found)
		for _, f := range found.Items {
			ids = append(ids, f.Id)
		}
		return ids
	}
	for what, asked := range map[string]map[string]any{
		"nothing":             {},
		"its district":        {"districts": []string{"nowhere", "lanjiang"}},
		"its tier, its place": {"tiers": []string{"specialised"}, "districts": []string{"lanjiang"}},
	} {
		if got := find(asked); !slices.Equal(got, []string{p.orgID}) {
			t.Errorf("asked for %s: %v", what, got)
		}
	}
	for what, asked := range map[string]map[string]any{
		"another district": {"districts": []string{"nowhere"}},
		"another chain":    {"chains": []string{"nowhere"}, "districts": []string{"lanjiang"}},
		"a tier":           {"tiers": []string{"little_giant"}},
	} {
		if got := find(asked); len(got) != 0 {
			t.Errorf("asked for %s: %v", what, got)
		}
	}
	var people struct{ Items []api.PersonInternal }
	w.peer.Post("/internal/v1/people/batch", map[string]any{"ids": []string{mia.id, "unknown", d.id}}).Want(200).Into(&people)
	if len(people.Items) != 2 || people.Items[0].Phone != mia.phone || !slices.Equal(people.Items[0].OrgIds, []string{p.orgID}) || people.Items[1].Staff.DistrictCode != "lanjiang" {
		t.Errorf("%+v", people)
	}
	var ops struct{ UserIds []string }
	w.peer.Get("/internal/v1/operators?district=lanjiang").Want(200).Into(&ops)
	if !slices.Equal(ops.UserIds, []string{w.city.id, d.id}) {
		t.Errorf("%+v", ops)
	}
	w.peer.Get("/internal/v1/operators?district=qingyu").Want(200).Into(&ops)
	if !slices.Equal(ops.UserIds, []string{w.city.id}) {
		t.Errorf("%+v", ops)
	}
	standing := func(p *person, more map[string]any) bool {
		var s struct{ Stands bool }
		body := map[string]any{"userId": p.id, "sessionId": strings.Split(p.refresh, ".")[0]}
		maps.Copy(body, more)
		w.peer.Post("/internal/v1/standing", body).Want(200).Into(&s)
		return s.Stands
	}
	for i, c := range []struct {
		who  *person
		more map[string]any
		want bool
	}{
		{p, nil, true}, {p, map[string]any{"orgId": p.orgID, "role": "owner"}, true}, {mia, map[string]any{"orgId": p.orgID, "role": "owner"}, false},
		{d, map[string]any{"orgId": p.orgID}, false}, {d, map[string]any{"post": "district_operator"}, true}, {d, map[string]any{"post": "city_operator"}, false},
		{p, map[string]any{"userId": mia.id}, false}, {p, map[string]any{"sessionId": "nothing"}, false},
	} {
		if got := standing(c.who, c.more); got != c.want {
			t.Errorf("standing %d: %v", i, got)
		}
	}
	for _, c := range []*resttest.Client{w.guest, p.Client, w.city.Client} {
		for _, path := range []string{"organisations/batch", "people/batch", "organisations/find"} {
			if a := c.Post("/internal/v1/"+path, map[string]any{"ids": []string{p.orgID}}); a.Status != 401 && a.Status != 403 {
				t.Errorf("%s is open: %d", path, a.Status)
			}
		}
	}
	for _, path := range []string{"/api/v1/me", "/api/v1/organisations", "/api/v1/staff"} { // a peer is nobody's member and no operator
		w.peer.Get(path).Refused(403, "forbidden")
	}
}

func TestSearchHoldsTheVerified(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	p.submit()
	resttest.Eventually(t, func() error {
		if !w.index.removed(p.orgID) {
			return fmt.Errorf("not reconciled yet")
		}
		return nil
	})
	if _, there := w.index.get(p.orgID); there {
		t.Error("search has an organisation nobody verified")
	}
	w.city.Post(p.path("verify"), nil).Want(200)
	o, _ := p.org()
	resttest.Eventually(t, func() error {
		d, there := w.index.get(p.orgID)
		if !there || d.Rev != o.Rev || d.Title != o.Name || !d.Match.Verified || d.Facts.District != "lanjiang" || !slices.Equal(d.Audience, []string{"public"}) {
			return fmt.Errorf("the index says %+v", d)
		}
		return nil
	})
	w.city.Post(p.path("suspend"), map[string]any{"reason": "异常"}).Want(200)
	resttest.Eventually(t, func() error {
		if _, there := w.index.get(p.orgID); there {
			return fmt.Errorf("a suspended organisation is still found")
		}
		return nil
	})
}

// TestLostIndexIsRepaired spoils the index in every way and compares.
func TestLostIndexIsRepaired(t *testing.T) {
	w := newWorld(t)
	var orgs []*person
	for i := range 5 {
		orgs = append(orgs, w.verified(fmt.Sprint("企业", i)))
	}
	hidden := w.signUp("未核验")
	whole := func() error {
		for _, p := range orgs {
			o, _ := p.org()
			if d, ok := w.index.get(p.orgID); !ok || d.Rev != o.Rev || d.Projection != 1 {
				return fmt.Errorf("%s: %v %+v", p.orgID, ok, d)
			}
		}
		for _, id := range []string{hidden.orgID, "stray"} {
			if _, ok := w.index.get(id); ok {
				return fmt.Errorf("%s is found", id)
			}
		}
		return nil
	}
	resttest.Eventually(t, whole)
	search, err := searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(w.env.Peers))
	if err != nil {
		t.Fatal(err)
	}
	feed := w.service.feed(search)
	if n, err := feed.Compare(t.Context()); n != 0 || err != nil {
		t.Errorf("nothing differs, yet %d, %v", n, err)
	}
	w.index.mu.Lock()
	delete(w.index.docs, orgs[0].orgID)
	for i, spoil := range []func(*searchapi.SearchDocument){func(d *searchapi.SearchDocument) { d.Rev-- }, func(d *searchapi.SearchDocument) { d.Projection = 0 }} {
		d := w.index.docs[orgs[i+1].orgID]
		spoil(&d)
		w.index.docs[d.Id] = d
	}
	for _, id := range []string{hidden.orgID, "stray"} {
		w.index.docs[id] = searchapi.SearchDocument{Id: id, Rev: 1, Projection: 1}
	}
	w.index.mu.Unlock()
	if n, err := feed.Compare(t.Context()); n != 5 || err != nil {
		t.Errorf("5 differ, %d repaired, %v", n, err)
	}
	resttest.Eventually(t, whole)
}

func TestTurnedTitlesAreProjectedAgain(t *testing.T) {
	w := newWorld(t)
	p, still := w.verified("到期"), w.verified("不变")
	w.city.Post(p.path("titles"), map[string]any{"kind": "specialised", "issuer": "省厅", "validFrom": "2023-01-01", "validTo": "2026-03-02"}).Want(201)
	w.city.Post(still.path("titles"), map[string]any{"kind": "specialised", "issuer": "省厅", "validFrom": "2023-01-01", "validTo": "2028-03-02"}).Want(201)
	dirty := func() []string {
		var ids []string
		docs, err := w.service.orgs.Dirty(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range docs {
			ids = append(ids, d.ID)
		}
		return ids
	}
	resttest.Eventually(t, func() error {
		if ids := dirty(); len(ids) != 0 {
			return fmt.Errorf("%v wait", ids)
		}
		return nil
	})
	w.index.mu.Lock() // the reconciler cannot push while we look
	defer w.index.mu.Unlock()
	if err := w.service.markTurned(t.Context(), "2026-03-01", "2026-03-02"); err != nil || len(dirty()) != 0 {
		t.Errorf("on the last day: %v, %v", dirty(), err)
	}
	if err := w.service.markTurned(t.Context(), "2026-03-02", "2026-03-03"); err != nil || !slices.Equal(dirty(), []string{p.orgID}) {
		t.Errorf("on the day after: %v, %v", dirty(), err)
	}
}

func TestProjectionHoldsNothingPrivate(t *testing.T) {
	o := in(t, Verified)
	o.Profile.Contact = Contact{Name: "安娜", Phone: "13900000001", Email: "anna@example.com"}
	o.Profile.RevenueFen, o.Reason, o.Proof = 123456789, "不公开的理由", "不公开的证明"
	o.Facts = []Fact{{Key: "patents", Value: "12 项发明专利", RecordedBy: "anna"}, {Key: "rdSpend", Value: "不公开的研发费用"}}
	o.Profile.Chains, o.Profile.Industry, o.Profile.Products = []string{"key_parts"}, "C3451", []string{"深沟球轴承"}
	b, err := json.Marshal(project("o1", &o, &PilotCity, "2026-03-02"))
	if err != nil {
		t.Fatal(err)
	}
	for _, private := range []string{"13900000001", "anna", "123456789", "不公开"} {
		if strings.Contains(string(b), private) {
			t.Errorf("the projection holds %s: %s", private, b)
		}
	}
	for _, public := range []string{"深沟球轴承", "12 项发明专利", "关键基础件", "C3451", "澜州市", `"key_parts"`, "中小企业"} {
		if !strings.Contains(string(b), public) {
			t.Errorf("the projection lacks %s: %s", public, b)
		}
	}
}

// TestUnknownTakesAsLong measures that a wrong password and an unknown person take the same time. Only in the long run: on a busy machine
// a short measurement says little.
func TestUnknownTakesAsLong(t *testing.T) {
	if os.Getenv("LIANBANG_PROVE") != "1" {
		t.Skip("measures time; runs with LIANBANG_PROVE=1")
	}
	p := newPasswords(serverCost)
	hash, err := p.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	took := map[string][]time.Duration{}
	for range 25 { // in turns, so that a busy moment meets both
		for _, h := range []string{hash, ""} {
			began := time.Now()
			if _, err := p.Check(t.Context(), "wrong", h); err != nil {
				t.Fatal(err)
			}
			took[h] = append(took[h], time.Since(began))
		}
	}
	slices.Sort(took[hash])
	slices.Sort(took[""])
	known, unknown := took[hash][12], took[""][12]
	t.Logf("known %s, unknown %s", known, unknown)
	if ratio := float64(known) / float64(unknown); ratio < 0.6 || ratio > 1.6 {
		t.Errorf("a wrong password takes %s, an unknown person %s", known, unknown)
	}
}

// TestEventsReachTheirHearers delivers real events over the network to a peer that hears account.
func TestEventsReachTheirHearers(t *testing.T) {
	dir := t.TempDir()
	clock := &host.Clock{}
	h, err := host.New(host.Config{Target: "all", Data: dir}, clock, resttest.Env(t, "x").Log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	var mu sync.Mutex
	var heard []docstore.Event
	ear := fiber.New(fiber.Config{DisableStartupMessage: true})
	ear.Post("/internal/v1/events", func(c *fiber.Ctx) error {
		var e docstore.Event
		if err := json.Unmarshal(c.Body(), &e); err != nil {
			return err
		}
		mu.Lock()
		heard = append(heard, e)
		mu.Unlock()
		return c.SendStatus(204)
	})
	index := &fakeSearch{docs: map[string]searchapi.SearchDocument{}}
	serve := func(app *fiber.App) func(context.Context, *host.Env) (*host.Running, error) {
		return func(context.Context, *host.Env) (*host.Running, error) { return &host.Running{App: app}, nil }
	}
	modules := []host.Module{{Name: "search", Start: serve(index.app())}, {Name: "account", Start: func(ctx context.Context, e *host.Env) (*host.Running, error) { return start(ctx, e, testCost) }},
		{Name: "notify", Hears: []string{"account"}, Start: serve(ear)}}
	if err := h.Start(t.Context(), modules, modules); err != nil {
		t.Fatal(err)
	}
	if err := BootstrapOperator(t.Context(), h.Peers("seed"), "13900000000", "市局", password); err != nil {
		t.Fatal(err)
	}
	if err := BootstrapOperator(t.Context(), h.Peers("seed"), "13900000000", "市局", password); err != nil {
		t.Errorf("asked again: %v", err)
	}
	client := h.Network().Client(nil)
	body := `{"phone":"13800138000","name":"安娜","password":"` + password + `","organisation":{"name":"安家","creditCode":"91350100M000100Y43","capacities":["sme"],"districtCode":"lanjiang"}}`
	answer, err := client.Post("http://account/api/v1/auth/sign-up", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", answer.StatusCode, text)
	}
	resttest.Eventually(t, func() error {
		mu.Lock()
		defer mu.Unlock()
		if len(heard) == 0 || heard[0].Kind != orgRegistered {
			return fmt.Errorf("heard %+v", heard)
		}
		if data := string(heard[0].Data); !strings.Contains(data, `"recipients":[{"orgId":"`) || strings.Contains(data, "13800138000") {
			return fmt.Errorf("the event says %s", data)
		}
		return nil
	})
}

func TestParkedEventsAreTheCitysToSee(t *testing.T) {
	w := newWorld(t)
	w.city.Get("/api/v1/account-audit").Want(200)
	w.signUp("汪芳").Get("/api/v1/account-audit").Refused(403, "forbidden")
	w.city.Get("/api/v1/account-events/parked").Want(200)
	w.city.Post("/api/v1/account-events/parked/unknown/retry", nil).Refused(404, "not_found")
	w.signUp("安娜").Get("/api/v1/account-events/parked").Refused(403, "forbidden")
	var keys api.JWKS
	w.guest.Get("/.well-known/jwks.json").Want(200).Into(&keys)
	if len(keys.Keys) != 1 || keys.Keys[0].Kid != w.env.Keys.Token.ID {
		t.Errorf("%+v", keys)
	}
}
