package capability

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/capability/api"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// town is a capability service on a real store, with everybody else played.
type town struct {
	t      testing.TB
	s      *Service
	db     *docstore.DB
	mu     sync.Mutex
	at     time.Time
	orgs   map[string]Organisation
	people map[string]access.Actor // by token
	http   *resttest.Client
	// what demand has
	demands map[string]demandapi.SupplyDemand
	awards  []demandapi.SupplyAward
}

func (w *town) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// Get plays account.
func (w *town) Get(_ context.Context, id string) (Organisation, error) {
	if o, ok := w.orgs[id]; ok {
		return o, nil
	}
	return Organisation{}, fault.New(fault.NotFound, "", "no such organisation")
}

// GetMany plays account.
func (w *town) GetMany(_ context.Context, ids []string) (map[string]Organisation, error) {
	all := map[string]Organisation{}
	for _, id := range ids {
		if o, ok := w.orgs[id]; ok {
			all[id] = o
		}
	}
	return all, nil
}

func (w *town) City(context.Context) (string, error) { return "澜州市", nil }

func (w *town) Districts(context.Context) ([]Choice, error) {
	return []Choice{{"d1", "海曙区"}, {"d2", "鄞州区"}}, nil
}

func (w *town) Chains(context.Context) ([]Choice, error) {
	return []Choice{{"c1", "高端装备产业链"}, {"c2", "新材料"}}, nil
}

// Parked and Retry play the relay.
func (w *town) Parked(context.Context, string, int) (docstore.Page[docstore.Parked], error) {
	return docstore.Page[docstore.Parked]{Items: []docstore.Doc[docstore.Parked]{{ID: "e1", Body: docstore.Parked{Tries: 12, Event: docstore.Event{ID: "e1"}}}}}, nil
}

func (w *town) Retry(_ context.Context, id string) error {
	if id != "e1" {
		return fault.New(fault.NotFound, "", "not parked")
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newTown(t testing.TB) *town {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	w := &town{t: t, at: day0, orgs: map[string]Organisation{}, people: map[string]access.Actor{}, demands: map[string]demandapi.SupplyDemand{}}
	for id, capacity := range map[string]access.Capacity{"sme": access.SME, "other": access.SME, "leader": access.ChainLeader, "rival": access.ChainLeader, "uni": access.University, "new": access.SME} {
		w.orgs[id] = Organisation{ID: id, Name: "企业" + id, Verified: id != "new", Capacities: []access.Capacity{capacity}, District: "d1", Chains: []string{"c1"}}
		w.people[id] = access.Actor{UserID: "u-" + id, OrgID: id, Capacities: []access.Capacity{capacity}, Verified: id != "new", Role: access.Owner}
	}
	w.people["city"] = access.Actor{UserID: "u-city", Staff: access.CityOperator}
	w.people["d1"] = access.Actor{UserID: "u-d1", Staff: access.DistrictOperator, District: "d1"}
	db, err := docstore.Open(ctx, docstore.Options{URL: "sqlite:" + filepath.Join(dir, "capability.db"), Now: w.now, Sole: true})
	must(t, err)
	w.db = db
	t.Cleanup(func() { _ = db.Close(ctx) })
	files, err := blob.OpenDir(filepath.Join(dir, "files"), 1<<20)
	must(t, err)
	decisions, err := audit.Open(ctx, db, "capability")
	must(t, err)
	quiet := slog.New(slog.DiscardHandler)
	w.s, err = NewService(ctx, Options{DB: db, Organisations: w, Lists: w, Demands: w, Files: files, Relay: w, Audit: decisions, Now: w.now, Log: quiet})
	must(t, err)
	app, err := newApp(w.s, rest.Options{Name: "capability", Now: w.now, Log: quiet, BodyLimit: bodyLimit, Verify: func(_ context.Context, token string) (access.Actor, error) {
		if a, ok := w.people[token]; ok {
			return a, nil
		}
		return access.Actor{}, fault.New(fault.Unauthenticated, "token_invalid", "unknown")
	}})
	must(t, err)
	spec, err := api.GetSpec()
	must(t, err)
	w.http = resttest.New(t, app.Fiber, spec)
	return w
}

func goodInput() api.CapabilityInput {
	return api.CapabilityInput{ItemNumber: "PT-01", Title: "齿轮精密磨削", Products: []string{"精密齿轮"}, Processes: []string{"成形磨齿", "渗碳淬火"}, Chain: "高端装备",
		SpareQuantity: 3000, Unit: "件", LeadTimeDays: 30, Equipment: []api.Equipment{{Name: "成形磨齿机", Count: 16}},
		Certificates: []api.Certificate{{Name: "IATF 16949", Number: "No.1"}}}
}

var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82")

// TestHTTP walks the life of capabilities through the API, beginning with those who may not. It visits every operation.
func TestHTTP(t *testing.T) {
	w := newTown(t)
	c := w.http
	guest, sme, other, city := c, c.As("sme"), c.As("other"), c.As("city")
	const all = "/api/v1/capabilities"
	var item api.Capability

	t.Run("write", func(t *testing.T) {
		guest.For(t).Post(all, goodInput()).Refused(401, "unauthenticated")
		for _, who := range []string{"uni", "city"} {
			c.As(who).For(t).Post(all, goodInput()).Refused(403, "forbidden")
		}
		c.As("new").For(t).Post(all, goodInput()).Refused(403, "org.not_verified")
		bad := goodInput()
		bad.Chain = "没有的链"
		sme.For(t).Post(all, bad).Refused(422, "invalid").Field("chain", "not_a_choice")
		made := sme.For(t).Key("create-01").Post(all, goodInput()).Want(201)
		made.Into(&item)
		if item.State != api.Draft || item.Chain != "c1" || item.Completeness != 12+2*0+12+14+8+14+10 || len(item.Gaps) == 0 {
			t.Errorf("%s", made.Body)
		}
		sme.For(t).Key("create-01").Post(all, goodInput()).Want(201)
		sme.For(t).Post(all, goodInput()).Refused(422, "invalid").Field("itemNumber", "duplicate")
		path := all + "/" + item.Id
		for _, who := range []*resttest.Client{guest, other, city} { // an unpublished one is nobody's business
			who.For(t).Get(path).Refused(404, "not_found")
		}
		in := goodInput()
		in.Materials = []string{"20CrMnTi、18CrNiMo7-6"}
		sme.For(t).Put(path, in).Refused(428, "precondition_required")
		other.For(t).IfMatch(made.ETag()).Put(path, in).Refused(404, "not_found")
		sme.For(t).IfMatch(made.ETag()).Put(path, in).Want(200).Into(&item)
		if len(item.Materials) != 2 || item.Version != 0 {
			t.Errorf("%+v", item)
		}
		sme.For(t).IfMatch(made.ETag()).Put(path, goodInput()).Refused(412, "stale")
	})

	path := all + "/" + item.Id
	t.Run("publish and keep", func(t *testing.T) {
		other.For(t).Post(path+"/publish", nil).Refused(404, "not_found")
		sme.For(t).Post(path+"/publish", nil).Want(200)
		sme.For(t).Post(path+"/publish", nil).Refused(409, "capability.wrong_state")
		var seen api.Capability
		guest.For(t).Get(path).Want(200).Into(&seen)
		if seen.Version != 1 || seen.ItemNumber != "" || seen.AllowedActions != nil || seen.Gaps != nil || seen.OrgName != "企业sme" {
			t.Errorf("a guest reads %+v", seen)
		}
		other.For(t).Post(path+"/pause", map[string]any{"reason": "检修"}).Refused(403, "forbidden")
		sme.For(t).Post(path+"/pause", map[string]any{"reason": "检修"}).Want(200)
		guest.For(t).Get(path).Want(200).Into(&seen)
		if seen.State != api.Paused || seen.Reason != "检修" {
			t.Errorf("%+v", seen)
		}
		sme.For(t).Post(path+"/resume", nil).Want(200)

		other.For(t).Upload(path+"/files", "a.png", png, nil).Refused(403, "forbidden")
		sme.For(t).Upload(path+"/files", "车间.png", png, nil).Want(201).Into(&seen)
		if len(seen.Files) != 1 || !seen.Files[0].Picture || seen.Version != 2 {
			t.Fatalf("%+v", seen)
		}
		file := path + "/files/" + seen.Files[0].Id
		if got := guest.For(t).Get(file).Want(200); !bytes.Equal(got.Body, png) {
			t.Error("another picture")
		}
		guest.For(t).Get(path+"/files/none").Refused(404, "not_found")
		sme.For(t).Delete(file).Want(200)

		var page api.CapabilityPage
		for query, n := range map[string]int{"": 1, "?orgId=sme": 1, "?orgId=other": 0} {
			page = api.CapabilityPage{}
			guest.For(t).Get(all + query).Want(200).Into(&page)
			if len(page.Items) != n || page.Total != int64(n) {
				t.Errorf("%s: %+v", query, page)
			}
		}
		var history struct{ Items []api.CapabilityEntry }
		guest.For(t).Get(path + "/history").Want(200).Into(&history)
		if len(history.Items) != 5 || history.Items[1].Reason != "" {
			t.Errorf("a guest reads %+v", history.Items)
		}
		sme.For(t).Get(path + "/history").Want(200).Into(&history)
		if len(history.Items) != 7 || history.Items[1].Changes[0].Field != "materials" {
			t.Errorf("%+v", history.Items)
		}
		sme.For(t).Post(path+"/withdraw", map[string]any{"reason": "停产"}).Want(200)
		guest.For(t).Get(path).Refused(404, "not_found")
		sme.For(t).Post(path+"/publish", nil).Want(200)
	})

	t.Run("sheets", func(t *testing.T) {
		guest.For(t).Get("/api/v1/my-capabilities/export").Refused(401, "unauthenticated")
		guest.For(t).Get("/api/v1/my-capabilities/template").Want(200)
		exported := sme.For(t).Get("/api/v1/my-capabilities/export").Want(200).Body
		const importing = "/api/v1/my-capabilities/import"
		c.As("new").For(t).Upload(importing, "a.xlsx", exported, nil).Refused(403, "org.not_verified")
		var report api.CapabilityImport
		sme.For(t).Upload(importing, "a.xlsx", exported, nil).Want(200).Into(&report)
		if report.Unchanged != 1 || len(report.Rows) != 1 || !slices.Equal(report.UnknownColumns, []string{"状态", "版本", "完整度（%）"}) {
			t.Errorf("its own export changes something: %+v", report)
		}
		sheet := func(rows ...[]any) []byte {
			b := office.NewBook()
			must(t, b.Sheet("x", []office.Column{{Title: "序号"}, {Title: "配套能力名称*"}, {Title: "工艺"}, {Title: "交期（天）"}, {Title: "产业链"}}, slices.Values(rows)))
			var buf bytes.Buffer
			_, err := b.WriteTo(&buf)
			must(t, err)
			return buf.Bytes()
		}
		file := sheet([]any{"PT-01", "齿轮精密磨削", "磨齿", "25", ""}, []any{"PT-02", "壳体压铸", "压铸", "不一定", ""}, []any{"PT-03", "箱体加工", "铣削、镗削", 40, "新材料"}, []any{"PT-03", "又一个", "", "", ""}, []any{"", "弹簧", "卷制", "", "没有的链"})
		for _, check := range []string{"?check=true", ""} { // what is announced is what is done
			report = api.CapabilityImport{}
			sme.For(t).Upload(importing+check, "a.xlsx", file, nil).Want(200).Into(&report)
			if report.Changed != 1 || report.Created != 1 || report.Wrong != 3 || report.Rows[1].Errors[0].Path != "leadTimeDays" || report.Rows[3].Errors[0].Code != "duplicate" || report.Rows[4].Errors[0].Path != "chain" {
				t.Errorf("%s: %+v", check, report)
			}
			var page api.CapabilityPage
			sme.For(t).Get("/api/v1/my-capabilities").Want(200).Into(&page)
			if want := map[string]int{"?check=true": 1, "": 2}[check]; len(page.Items) != want {
				t.Errorf("%s: %d items", check, len(page.Items))
			}
		}
		sme.For(t).Upload(importing, "a.xlsx", file, nil).Want(200).Into(&report)
		if report.Unchanged != 2 {
			t.Errorf("the same file again: %+v", report)
		}
		other.For(t).Upload(importing, "a.xlsx", sheet([]any{"PT-01", "别家的一号", "", "", ""}), nil).Want(200).Into(&report)
		var mine api.Capability
		sme.For(t).Get(path).Want(200).Into(&mine)
		if mine.Title != "齿轮精密磨削" || mine.LeadTimeDays != 25 {
			t.Errorf("another firm's number reached it: %+v", mine)
		}
		sme.For(t).Upload(importing, "a.csv", []byte("别的,表\n1,2\n"), nil).Refused(422, "import.no_title_column")
	})

	t.Run("buying", func(t *testing.T) { buyingScenario(t, w) })
	t.Run("suppliers", func(t *testing.T) { supplierScenario(t, w) })

	t.Run("found by words", func(t *testing.T) {
		w.people["peer"] = access.Actor{Service: "demand"}
		find := func(words ...string) string {
			var found struct{ Items []api.SupplierFound }
			c.As("peer").For(t).Post("/internal/v1/suppliers/find", map[string]any{"words": words}).Want(200).Into(&found)
			said := ""
			for _, s := range found.Items {
				said += s.OrgId + " " + strings.Join(s.Words, "+") + ";"
			}
			return said
		}
		spare := goodInput()
		spare.ItemNumber, spare.Title, spare.Equipment = "PT-99", "Laser 切割", nil
		sme.For(t).Post(all, spare).Want(201).Into(&item)
		if got := find("laser", "没有人做"); got != "" {
			t.Errorf("a draft is found: %s", got)
		}
		sme.For(t).Post(all+"/"+item.Id+"/publish", nil).Want(200)
		if got := find("laser", "没有人做"); got != "sme laser;" {
			t.Errorf("found %q", got)
		}
		sme.For(t).Post("/internal/v1/suppliers/find", map[string]any{"words": []string{"laser"}}).Refused(403, "forbidden")
	})

	t.Run("operations", func(t *testing.T) {
		sme.For(t).Get("/api/v1/capability-audit").Refused(403, "forbidden")
		city.For(t).Get("/api/v1/capability-audit?subject=" + item.Id).Want(200)
		city.For(t).Get("/api/v1/capability-events/parked").Want(200)
		city.For(t).Post("/api/v1/capability-events/parked/e1/retry", nil).Want(204)
		who := map[string]any{"who": map[string]any{"userId": "u-sme", "phones": []string{"13800000000"}}}
		city.For(t).Post("/internal/v1/personal-data", who).Refused(403, "forbidden")
		w.people["account"] = access.Actor{Service: "account"}
		c.As("account").For(t).Post("/internal/v1/personal-data", who).Want(200)
	})

	if left := c.Unvisited(); len(left) > 0 {
		t.Errorf("nobody asked for %s", strings.Join(left, ", "))
	}
}
