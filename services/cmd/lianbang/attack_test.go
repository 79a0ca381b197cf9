package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/xuri/excelize/v2"

	"lianbang/services/platform/access"
	"lianbang/services/platform/host"
)

// siege is the product under attack: a city at work, somebody with an account who means no good, and everything the product logs.
type siege struct {
	*world
	log      *journal
	key      access.Key // what access tokens are signed with
	internal access.Key // what our services sign calls to each other with
	data     string
	operator *person
	leader   *person // a chain leader with something to hide
	stranger *person // a verified SME that has nothing to do with it
	doc      *openapi3.T
	asked    int
}

// journal is what the product logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes one line.
func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

func newSiege(t *testing.T) *siege {
	t.Helper()
	seed, internal := []byte("attack-test-attack-test-attack-1"), []byte("attack-test-attack-test-attack-2")
	s := &siege{log: &journal{}, data: filepath.Join(t.TempDir(), "data")}
	var err, other error
	s.key, err = access.KeyFromSeed(seed)
	if s.internal, other = access.KeyFromSeed(internal); err != nil || other != nil {
		t.Fatal(err, other)
	}
	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.world = newLoggedWorld(t, log, func(c *host.Config) {
		c.Data, c.PublicURL = s.data, "https://lianbang.example"
		c.TokenKey, c.InternalKey = base64.StdEncoding.EncodeToString(seed), base64.StdEncoding.EncodeToString(internal)
	})
	s.client = crowd()
	var spec strings.Builder
	if err := writeSpecs(&spec); err != nil {
		t.Fatal(err)
	}
	if s.doc, err = openapi3.NewLoader().LoadFromData([]byte(spec.String())); err != nil {
		t.Fatal(err)
	}
	s.operator = s.world.operator()
	s.leader = s.organisation(s.operator, "链主", "91330200MA2JXURN01", "chain_leader")
	s.stranger = s.organisation(s.operator, "外人", "91330200MA2JXURN02", "sme")
	s.leader.get("/api/v1/me") // with a token that says it is verified
	s.stranger.get("/api/v1/me")
	return s
}

// answer is what came back, with what differs from one asking to the next taken out.
type answer struct {
	status int
	header string
	body   string
	raw    *http.Response
}

var asking = regexp.MustCompile(`,"requestId":"[^"]*"`)

// from is a client at an address of its own.
func from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext}}
}

// crowd is a client whose every request comes from another address: what the edge allows one is not what is tested.
func crowd() *http.Client {
	var n atomic.Uint32
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		i := n.Add(1)
		return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250%90), byte(1+i%250))}}).DialContext(ctx, network, address)
	}}}
}

// ask sends a request as it is.
func (s *siege) ask(p *person, method, path, kind string, body []byte, headers ...string) answer {
	s.t.Helper()
	s.asked++
	for limit := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		r, err := http.NewRequestWithContext(s.t.Context(), method, s.origin+path, bytes.NewReader(body))
		if err != nil {
			s.t.Fatalf("%s %q: %v", method, path, err)
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if p.token != "" {
			r.Header.Set("Authorization", "Bearer "+p.token)
		}
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		got, err := s.client.Do(r)
		if err != nil {
			s.t.Fatalf("%s %q: %v", method, path, err)
		}
		content, err := io.ReadAll(got.Body)
		_ = got.Body.Close()
		if err != nil {
			s.t.Fatalf("%s %q: %v", method, path, err)
		}
		if got.StatusCode == http.StatusTooManyRequests && strings.Contains(string(content), "wait a moment") && time.Now().Before(limit) {
			continue
		}
		names := slices.Sorted(maps.Keys(got.Header))
		return answer{got.StatusCode, strings.Join(names, " "), asking.ReplaceAllString(string(content), ""), got}
	}
}

// attackOperation is an operation of the bundle with what it takes.
type attackOperation struct {
	id, method, path string
	item             *openapi3.PathItem
	op               *openapi3.Operation
}

// operations are all that the edge offers, but for streams, in a fixed order.
func (s *siege) operations() []attackOperation {
	var all []attackOperation
	for path, item := range s.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !strings.HasSuffix(path, "/stream") {
				all = append(all, attackOperation{strings.ToLower(op.OperationID[:1]) + op.OperationID[1:], method, path, item, op})
			}
		}
	}
	slices.SortFunc(all, func(a, b attackOperation) int { return strings.Compare(a.id, b.id) })
	return all
}

// address is the operation's path with a value in every place that the specification takes there, of nothing there is.
func (o attackOperation) address() string {
	return parameter.ReplaceAllStringFunc(o.path, func(place string) string {
		for _, ref := range append(slices.Clone(o.op.Parameters), o.item.Parameters...) {
			if schema := ref.Value.Schema.Value; "{"+ref.Value.Name+"}" == place && schema.Pattern != "" {
				return url.PathEscape(fmt.Sprint(sample(schema)))
			}
		}
		return "2"
	})
}

// schema is what an operation's JSON body must be; nil when it takes none.
func (o attackOperation) schema() *openapi3.Schema {
	if o.op.RequestBody == nil || o.op.RequestBody.Value.Content["application/json"] == nil {
		return nil
	}
	return o.op.RequestBody.Value.Content["application/json"].Schema.Value
}

// who is an identity that the policy lets call the operation.
func (s *siege) who(op string) *person {
	s.t.Helper()
	for _, name := range []string{"guest", "owner", "admin", "verified member", "city operator", "expert"} {
		actor := matrixIdentities[name]
		if access.Check(actor, op) == nil {
			return s.as(actor)
		}
	}
	s.t.Fatalf("nobody may call %s", op)
	return nil
}

// as is somebody with a token of our own making.
func (s *siege) as(actor access.Actor) *person {
	s.t.Helper()
	p := &person{w: s.world}
	if actor.UserID != "" {
		actor.UserID += fmt.Sprint(s.asked / 150) // what the edge allows one person is not what is tested either
		var err error
		if p.token, _, err = access.Sign(s.key, actor, s.clock.Now()); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}

// sample is a value that fits a schema. Every property is there.
func sample(schema *openapi3.Schema) any {
	switch {
	case len(schema.AllOf) > 0:
		return sample(schema.AllOf[0].Value)
	case len(schema.OneOf) > 0:
		return sample(schema.OneOf[0].Value)
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case schema.Type.Is("object"):
		o := obj{}
		for name, p := range schema.Properties {
			o[name] = sample(p.Value)
		}
		return o
	case schema.Type.Is("array"):
		return []any{sample(schema.Items.Value)}
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		if schema.Min != nil {
			return *schema.Min
		}
		return 1
	case schema.Type.Is("boolean"):
		return true
	}
	switch schema.Format {
	case "date-time":
		return "2026-06-01T00:00:00Z"
	case "date":
		return "2026-06-01"
	}
	for _, text := range []string{"试样文字", "team", "2026Q1", "2026-06-01", "13800009999", "A"} {
		if schema.Pattern != "" && !regexp.MustCompile(schema.Pattern).MatchString(text) {
			continue
		}
		for uint64(len([]rune(text))) < schema.MinLength {
			text += text
		}
		if runes := []rune(text); schema.MaxLength != nil && uint64(len(runes)) > *schema.MaxLength {
			text = string(runes[:*schema.MaxLength])
		}
		return text
	}
	panic("no sample for " + schema.Pattern)
}

// leaves calls each with every place of a sample body and a copy of the body that holds planted there.
func leaves(body any, planted any, each func(place string, body any)) {
	var walk func(at any, place string, whole func(any) any)
	walk = func(at any, place string, whole func(any) any) {
		switch v := at.(type) {
		case obj:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				walk(v[k], place+"."+k, func(n any) any {
					o := maps.Clone(v)
					o[k] = n
					return whole(o)
				})
			}
		case []any:
			if len(v) > 0 {
				walk(v[0], place+"[]", func(n any) any { return whole([]any{n}) })
			}
		default:
			each(strings.TrimPrefix(place, "."), whole(planted))
		}
	}
	walk(body, "", func(n any) any { return n })
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSiege holds the product, asked over TCP through the gateway, to what nobody may do to it.
func TestSiege(t *testing.T) {
	s := newSiege(t)
	for _, c := range []struct {
		name string
		run  func(*testing.T, *siege)
	}{
		{"fields nobody offers are refused", fieldsNobodyOffers},
		{"a query language in every field", queryLanguage},
		{"hostile addresses and parameters", hostileAddresses},
		{"another's things are not there", anothersThings},
		{"secrets leave no trace in lists", noTraceInLists},
		{"formulas in exports are text", formulasInExports},
		{"tokens", forgedTokens},
		{"the refresh cookie", refreshCookie},
		{"idempotency keys and cursors of others", keysAndCursors},
		{"files", hostileFiles},
		{"the wire", theWire},
		{"guessed passwords", guessedPasswords},
	} {
		t.Run(c.name, func(t *testing.T) {
			outer := s.t
			s.t = t
			defer func() { s.t = outer }()
			c.run(t, s)
		})
	}
	if panics := strings.Count(s.log.String(), `"msg":"panic"`); panics > 0 {
		t.Errorf("%d requests ended in a panic", panics)
	}
}

// fieldsNobodyOffers: mass assignment. Every body is closed: what decides (state, owner, role, revision …) cannot come along with what
// a form may say.
func fieldsNobodyOffers(t *testing.T, s *siege) {
	asked := 0
	for _, o := range s.operations() {
		schema := o.schema()
		if schema == nil {
			continue
		}
		body, ok := sample(schema).(obj)
		if !ok {
			t.Errorf("%s takes no object", o.id)
			continue
		}
		if closed := schema.AdditionalProperties.Has; closed == nil || *closed {
			t.Logf("%s ignores what it does not know", o.id) // the decoder keeps nothing that has no field
			continue
		}
		path := o.address() + queries[o.id]
		for _, extra := range []string{"state", "rev", "seq", "id", "_id", "owner", "orgId", "userId", "verified", "staff", "createdAt", "round", "__proto__", "$set"} {
			if schema.Properties[extra] != nil {
				continue
			}
			more := maps.Clone(body)
			more[extra] = "x"
			got := s.ask(s.who(o.id), o.method, path, "application/json", mustJSON(t, more), "If-Match", `"1"`)
			if asked++; got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "unknown_field") {
				t.Errorf("%s with %s: %d %s", o.id, extra, got.status, got.body)
			}
		}
	}
	if asked < 500 {
		t.Errorf("only %d bodies were tried", asked)
	}
}

// queryLanguage: what a document database would take for an operator is no value of ours.
func queryLanguage(t *testing.T, s *siege) {
	asked := 0
	for _, o := range s.operations() {
		schema := o.schema()
		if schema == nil {
			continue
		}
		path := o.address()
		for _, planted := range []any{obj{"$gt": ""}, []any{obj{"$ne": nil}}} {
			leaves(sample(schema), planted, func(place string, body any) {
				got := s.ask(s.who(o.id), o.method, path, "application/json", mustJSON(t, body), "If-Match", `"1"`)
				if asked++; got.status != http.StatusUnprocessableEntity {
					t.Errorf("%s with %v as %s: %d %s", o.id, planted, place, got.status, got.body)
				}
			})
		}
	}
	if asked < 300 {
		t.Errorf("only %d fields were tried", asked)
	}
}

// hostileAddresses: no identifier and no parameter brings a service to its knees, and none finds anything.
func hostileAddresses(t *testing.T, s *siege) {
	values := []string{`{"$gt":""}`, `' OR '1'='1`, "../../../internal/v1/operators", "..", "a\x00b", "\xff\xfe", "a\r\nSet-Cookie: x=1", strings.Repeat("长", 200),
		"${jndi:ldap://x}", "-1", "1e309", "\u202e\ufeff", ":::", "%2e%2e%2f", "NaN"}
	for _, o := range s.operations() {
		var query []string
		for _, ref := range append(slices.Clone(o.op.Parameters), o.item.Parameters...) {
			if ref.Value.In == "query" {
				query = append(query, ref.Value.Name)
			}
		}
		closed := parameter.MatchString(o.path)
		if !closed && len(query) == 0 {
			continue
		}
		var body []byte
		kind := ""
		if schema := o.schema(); schema != nil {
			body, kind = mustJSON(t, sample(schema)), "application/json"
		}
		for _, v := range values {
			address := parameter.ReplaceAllLiteralString(o.path, url.PathEscape(v))
			q := url.Values{}
			for _, name := range query {
				if len(q.Encode()) < 4000 { // longer ones the edge refuses as such
					q.Set(name, v)
					q.Set(name+"[$ne]", v)
				}
			}
			got := s.ask(s.who(o.id), o.method, address+"?"+q.Encode(), kind, body, "If-Match", `"1"`)
			if got.raw.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s with %.30q sets a cookie", o.id, v)
			}
			if got.status >= 500 || closed && got.status < 300 && o.id != "checkCreditCode" {
				t.Errorf("%s with %.30q: %d %.300s", o.id, v, got.status, got.body)
			}
		}
	}
	for _, path := range []string{"/internal/v1/operators", "/api/v1/demands/../../../internal/v1/operators", "/api/v1/demands/..%2f..%2f..%2finternal/v1/operators", "//internal/v1/operators",
		"/api/v1/../../internal/v1/operators", "/API/V1/../internal/v1/operators", "/api/v1/internal/v1/operators", "/api/v1/demands/%2e%2e/%2e%2e/%2e%2e/internal/v1/operators",
		"/assets/../../../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/.git/config", "/data/keys.json", "/account.db"} {
		got := s.ask(s.as(matrixIdentities["city operator"]), "GET", path, "", nil)
		if strings.Contains(got.body, "city_operator") || strings.Contains(got.body, "root:") || strings.Contains(got.raw.Header.Get("Content-Type"), "json") && got.status < 300 {
			t.Errorf("%s: %d %.200s", path, got.status, got.body)
		}
	}
}

// terms are a demand with everything that is asked before it may be submitted.
func (s *siege) terms(title string) obj {
	chain := s.guest().get("/api/v1/reference").list("chains")[0].str("code")
	return obj{"title": title, "kind": "rnd", "chain": chain, "background": title + "的背景", "difficulty": "难点", "targets": []string{"指标不低于 99%"}, "budgetFen": 100_000_000,
		"timeLimitMonths": 12, "cooperationWays": []string{"joint"}, "contact": obj{"name": "沈工", "phone": "13800000001"}}
}

// publish takes a demand from a draft to the public.
func (s *siege) publish(terms obj) (path string) {
	s.t.Helper()
	path = "/api/v1/demands/" + s.leader.send("POST", "/api/v1/demands", terms).str("id")
	s.leader.send("POST", path+"/submit", nil)
	s.operator.send("POST", path+"/approve", nil)
	s.leader.send("POST", path+"/publish", obj{"deadline": s.clock.Now().Add(60 * 24 * time.Hour)})
	return path
}

var onePDF = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

// anothersThings: the id of a thing one may not know of gets the very answer that an id of nothing gets, whatever is asked of it.
func anothersThings(t *testing.T, s *siege) {
	bidder := s.organisation(s.operator, "揭榜方", "91330200MA2JXURN03", "sme")
	open := s.publish(s.terms("公开的需求"))
	bid := s.bid(bidder, open, "方案", 1_000_000)
	paper := bidder.upload("/api/v1/bids/"+url.PathEscape(bid)+"/attachments", "附件.pdf", onePDF)
	draft := s.leader.send("POST", "/api/v1/demands", s.terms("未公开的需求"))
	sheet := s.leader.upload("/api/v1/demands/"+draft.str("id")+"/attachments", "图纸.pdf", onePDF)
	session := s.leader.upload("/api/v1/demand-imports", "需求.xlsx", spreadsheet(t, []demandText{{"一条需求", "内容"}, {"二条需求", "内容"}}))
	unverified := &person{w: s.world, phone: s.phone()}
	signedUp := s.guest().send("POST", "/api/v1/auth/sign-up", obj{"phone": unverified.phone, "name": "新来者", "password": "a-good-password", "organisation": obj{"name": "尚未核验公司",
		"creditCode": "91330200MA2JXURN04", "capacities": []string{"sme"}, "districtCode": s.guest().get("/api/v1/reference").list("districts")[0].str("code")}})
	unverified.token, unverified.expires = signedUp.str("accessToken"), s.clock.Now().Add(4*time.Minute)
	hidden := signedUp.obj("me").obj("organisation").str("orgId")
	evidence := unverified.upload("/api/v1/organisations/"+hidden+"/evidence", "执照.pdf", onePDF)
	invitation := unverified.send("POST", "/api/v1/organisations/"+hidden+"/invitations", obj{"phone": s.phone(), "role": "member"})
	s.eventually("a message", func() bool { return len(s.leader.get("/api/v1/inbox").list("items")) > 0 })

	theirs := map[string]string{
		"demandId": draft.str("id"), "bidId": bid, "importId": session.str("id"), "row": "3", "orgId": hidden, "organisationId": hidden, "evidenceId": evidence.str("id"),
		"userId": signedUp.obj("me").obj("user").str("id"), "invitationId": invitation.str("id"), "messageId": s.leader.get("/api/v1/inbox").list("items")[0].str("id"),
		"savedSearchId": s.leader.send("POST", "/api/v1/saved-searches", obj{"name": "我的检索", "criteria": obj{"q": "电主轴"}, "every": "daily"}).str("id"),
		"sessionId":     s.leader.get("/api/v1/me/sessions").list("items")[0].str("id"),
	}
	absent := map[string]string{"row": "3"}
	for name, id := range theirs {
		if name != "row" { // of the same make, of nothing
			absent[name] = strings.Repeat("0", 8) + id[8:]
		}
	}
	compared := 0
	var untried []string
	for _, o := range s.operations() {
		named := parameter.FindAllString(o.path, -1)
		known := slices.IndexFunc(named, func(name string) bool { return theirs[strings.Trim(name, "{}")] == "" && name != "{attachmentId}" }) < 0
		if len(named) == 0 && o.id != "explainMatch" || strings.Contains(o.path, "/staff/") {
			continue
		}
		if !known {
			untried = append(untried, o.id)
			continue
		}
		theirs["attachmentId"], absent["attachmentId"] = sheet.str("id"), sheet.str("id")
		if strings.Contains(o.path, "{bidId}") {
			theirs["attachmentId"], absent["attachmentId"] = paper.str("id"), paper.str("id")
		}
		at := func(ids map[string]string) string {
			path := parameter.ReplaceAllStringFunc(o.path, func(name string) string {
				return url.PathEscape(ids[strings.Trim(name, "{}")])
			})
			if o.id == "explainMatch" {
				path += "?leftType=demand&leftId=" + ids["demandId"] + "&rightType=organisation&rightId=" + s.orgID(s.stranger)
			}
			return path
		}
		var body []byte
		kind := ""
		switch {
		case o.schema() != nil:
			body, kind = mustJSON(t, sample(o.schema())), "application/json"
		case o.op.RequestBody != nil:
			body, kind = []byte("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n"+string(onePDF)+"\r\n--x--\r\n"), "multipart/form-data; boundary=x"
		}
		for who, p := range map[string]*person{"a stranger": s.stranger, "a guest": s.guest()} {
			real, none := s.ask(p, o.method, at(theirs), kind, body, "If-Match", `"1"`), s.ask(p, o.method, at(absent), kind, body, "If-Match", `"1"`)
			for name, id := range theirs {
				real.body = strings.ReplaceAll(real.body, id, name)
				none.body = strings.ReplaceAll(none.body, absent[name], name)
			}
			if compared++; real.status != none.status || real.body != none.body || real.header != none.header {
				t.Errorf("%s as %s tells another's thing from nothing:\n%d %s %s\n%d %s %s", o.id, who, real.status, real.header, real.body, none.status, none.header, none.body)
			}
			if real.status < 300 && !strings.Contains(real.body, `"items":[]`) {
				t.Errorf("%s as %s: %d %.200s", o.id, who, real.status, real.body)
			}
		}
	}
	t.Logf("%d pairs compared; nothing of its kind to try with: %s", compared, strings.Join(untried, " "))
	if compared < 80 {
		t.Errorf("only %d pairs were compared", compared)
	}
	// A file belongs to its parent: another's file is not to be had under an address of one's own.
	own := s.stranger.send("POST", "/api/v1/demands", s.terms("自己的需求"))
	for _, id := range []string{sheet.str("id"), paper.str("id")} {
		if got := s.ask(s.stranger, "GET", "/api/v1/demands/"+own.str("id")+"/attachments/"+id, "", nil); got.status != http.StatusNotFound {
			t.Errorf("another's file under an own address: %d", got.status)
		}
	}
}

func (s *siege) orgID(p *person) string {
	return p.get("/api/v1/me").obj("organisation").str("orgId")
}

// noTraceInLists: a draft and a demand for a chosen few change no list, no count, no facet, no suggestion and no message of anybody else.
func noTraceInLists(t *testing.T, s *siege) {
	places := []string{"/api/v1/demands", "/api/v1/search?q=", "/api/v1/search?type=demand&q=" + url.QueryEscape("绝密材料"), "/api/v1/suggest?q=" + url.QueryEscape("绝密"), "/api/v1/suggest?q=juemi",
		"/api/v1/popular-searches", "/api/v1/my-demands", "/api/v1/my-bids", "/api/v1/my-pushes", "/api/v1/inbox", "/api/v1/inbox/unread", "/api/v1/demand-imports", "/sitemap.xml", "/demands", "/api/v1/demands?state=published"}
	took := regexp.MustCompile(`"tookMs":[0-9.e-]+`)
	look := func() map[string]string {
		seen := map[string]string{}
		for who, p := range map[string]*person{"stranger": s.stranger, "guest": s.guest()} {
			for _, place := range places {
				got := s.ask(p, "GET", place, "", nil)
				seen[who+" at "+place] = took.ReplaceAllString(got.body, "")
			}
			seen[who+" matching"] = took.ReplaceAllString(s.ask(p, "POST", "/api/v1/match", "application/json", mustJSON(t, obj{"text": "绝密材料的连接"})).body, "")
		}
		return seen
	}
	look() // searches are counted: the second look changes nothing more
	counts := func() map[string]int {
		n := map[string]int{}
		for _, p := range []*person{s.stranger, s.guest()} {
			for _, place := range []string{"/api/v1/demands", "/api/v1/search?type=demand&q="} {
				var list obj // asked politely: the edge has a limit of its own
				if err := json.Unmarshal([]byte(s.ask(p, "GET", place, "", nil).body), &list); err != nil {
					t.Error(err)
				}
				n[p.phone+" at "+place] = list.num("total")
			}
		}
		return n
	}
	before, counted := look(), counts()
	s.leader.send("POST", "/api/v1/demands", s.terms("绝密材料连接草稿"))
	few := s.terms("绝密材料连接定向")
	few["demandPublic"], few["audienceOrgIds"] = false, []string{s.orgID(s.leader)}
	path := s.publish(few)
	shown := s.publish(s.terms("可以公开的标记需求")) // when this one is found, so would the others be
	s.eventually("the marker to be found", func() bool {
		return has(s.guest().get("/api/v1/search?type=demand&q="+url.QueryEscape("可以公开的标记需求")).list("hits"), "id", strings.TrimPrefix(shown, "/api/v1/demands/"))
	})
	sees := regexp.MustCompile(" matching$|at (/api/v1/inbox|/api/v1/my-pushes|/api/v1/demands|/api/v1/search.*q=$|/demands|/sitemap)") // the marker, rightly
	for place, now := range look() {
		if strings.Contains(now, "绝密材料连接") || strings.Contains(now, strings.TrimPrefix(path, "/api/v1/demands/")) {
			t.Errorf("%s tells of it: %s", place, now)
		}
		if now != before[place] && !sees.MatchString(place) {
			t.Errorf("%s is not what it was:\n%.600s\n%.600s", place, before[place], now)
		}
	}
	for place, n := range counts() {
		if n != counted[place]+1 {
			t.Errorf("%s counts %d after %d, and one is new", place, n, counted[place])
		}
	}
}

// formulasInExports: a spreadsheet program that opens an export runs nothing that somebody typed.
func formulasInExports(t *testing.T, s *siege) {
	formulas := []string{"=1+1", `=cmd|'/C calc'!A0`, "+1+1", "-2+3", "@SUM(1,1)", `=HYPERLINK("http://x.example","看")`, "＝1+1", ";=1", "%0a=1", "'=1", "<b>&amp;]]>"}
	for _, f := range formulas {
		terms := s.terms(f)
		terms["background"], terms["brief"] = f, "\t"+f
		s.leader.send("POST", "/api/v1/demands", terms)
	}
	s.leader.send("POST", "/api/v1/demands", s.terms("控制\u0000字\u0001符\u000b\ufffe")) // must not make the file unreadable
	got := s.ask(s.leader, "GET", "/api/v1/my-demands/export", "", nil)
	book, err := excelize.OpenReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows("需求清单")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for i, row := range rows {
		for j, text := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			found[text] = true
			formula, err := book.GetCellFormula("需求清单", cell)
			if err != nil || formula != "" {
				t.Errorf("%s is a formula: %q %v", cell, formula, err)
			}
			if kind, err := book.GetCellType("需求清单", cell); err != nil || slices.Contains(formulas, text) && kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
				t.Errorf("%s is no text: %v %v", cell, kind, err)
			}
		}
	}
	for _, f := range formulas {
		if !found[f] {
			t.Errorf("%q did not come out as it went in", f)
		}
	}
}
