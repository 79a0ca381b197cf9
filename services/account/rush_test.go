package account

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/host"
	"lianbang/services/platform/rest/resttest"
)

// at once runs f n times at the same moment and counts the statuses it gives.
func atOnce(n int, f func(i int) int) map[int]int {
	var mu sync.Mutex
	var group sync.WaitGroup
	statuses := map[int]int{}
	for i := range n {
		group.Go(func() {
			s := f(i)
			mu.Lock()
			statuses[s]++
			mu.Unlock()
		})
	}
	group.Wait()
	return statuses
}

func TestOnePhoneOnce(t *testing.T) {
	w := newWorld(t)
	phone := w.phone()
	var bodies []map[string]any
	for i := range 20 {
		bodies = append(bodies, map[string]any{"phone": phone, "name": "安娜", "password": password, "organisation": w.orgInput(fmt.Sprint("企业", i))})
	}
	got := atOnce(20, func(i int) int { return w.guest.Post("/api/v1/auth/sign-up", bodies[i]).Status })
	if got[201] != 1 || got[409] != 19 {
		t.Errorf("20 sign-ups with one phone: %v", got)
	}
	var page api.OrganisationPage
	if w.city.Get("/api/v1/organisations").Want(200).Into(&page); page.Total != 1 {
		t.Errorf("%d organisations are left", page.Total)
	}
}

func TestOneCreditCodeOnce(t *testing.T) {
	w := newWorld(t)
	in := w.orgInput("抢注")
	var people []*person
	for i := range 10 {
		people = append(people, w.loner(fmt.Sprint("人", i)))
	}
	got := atOnce(10, func(i int) int { return people[i].Post("/api/v1/organisations", in).Status })
	if got[201] != 1 || got[409] != 9 {
		t.Errorf("10 registrations of one code: %v", got)
	}
	owners := 0
	for _, p := range people {
		var me api.Me
		p.Get("/api/v1/me").Want(200).Into(&me)
		owners += len(me.Memberships)
	}
	if owners != 1 {
		t.Errorf("%d of them are its owner", owners)
	}
}

func TestOneRequestTwiceAtOnce(t *testing.T) {
	w := newWorld(t)
	body := map[string]any{"phone": w.phone(), "name": "安娜", "password": password, "organisation": w.orgInput("安家")}
	var mu sync.Mutex
	ids := map[string]bool{}
	got := atOnce(10, func(int) int {
		a := w.guest.Key("one-sign-up").Post("/api/v1/auth/sign-up", body)
		var s api.Session
		if a.Status == 201 {
			a.Into(&s)
			mu.Lock()
			ids[s.Me.User.Id+" "+s.Me.Organisation.OrgId] = true
			mu.Unlock()
		}
		return a.Status
	})
	if got[201] != 10 || len(ids) != 1 {
		t.Errorf("one sign-up sent ten times: %v, %v", got, ids)
	}
}

func TestTwoOperatorsDecideAtOnce(t *testing.T) {
	w := newWorld(t)
	d := w.staff("district_operator", "lanjiang")
	for range 5 {
		p := w.signUp("安娜")
		p.submit()
		got := atOnce(2, func(i int) int {
			if i == 0 {
				return w.city.Post(p.path("verify"), nil).Status
			}
			return d.Post(p.path("reject"), map[string]any{"reason": "不符合条件"}).Status
		})
		if got[200] != 1 || got[409] != 1 {
			t.Errorf("two decisions at once: %v", got)
		}
		o, _ := p.org()
		if n := len(o.History); n != 4 {
			t.Errorf("%d entries in the trace: %+v", n, o.History)
		}
	}
}

// Two owners throw each other out at the same moment: one of them stays.
func TestOwnersAgainstEachOther(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		a := w.signUp("甲")
		b := w.join(a, "member")
		a.Put(a.path("members", b.id), map[string]any{"role": "owner"}).Want(200)
		b = w.signIn(b.phone)
		got := atOnce(2, func(i int) int {
			if i == 0 {
				return a.Delete(a.path("members", b.id)).Status
			}
			return b.Delete(a.path("members", a.id)).Status
		})
		if got[204] != 1 {
			t.Errorf("%v", got)
		}
		var page struct{ Items []api.Member }
		w.city.Get(a.path("members")).Want(200).Into(&page)
		if len(page.Items) != 1 || page.Items[0].Role != api.RoleOwner {
			t.Errorf("left: %+v", page.Items)
		}
	}
}

// TestAcceptanceIsTakenUpAgain cuts an acceptance short after each of its steps.
func TestAcceptanceIsTakenUpAgain(t *testing.T) {
	for cut := range 3 {
		w := newWorld(t)
		owner, p := w.signUp("安娜"), w.loner("受邀人")
		var i api.Invitation
		owner.Post(owner.path("invitations"), map[string]any{"phone": p.phone, "role": "admin"}).Want(201).Into(&i)
		ctx := t.Context()
		steps := []func() error{
			func() error {
				_, err := w.service.invitations.Update(ctx, i.Id, func(tx *docstore.Tx[Invitation]) error { return tx.Body.Take(p.id, tx.Now) })
				return err
			},
			func() error {
				_, err := w.service.people.Update(ctx, p.id, func(tx *docstore.Tx[Person]) error { tx.Body.SeeksIn(owner.orgID); return nil })
				return err
			},
			func() error {
				_, err := w.service.orgs.Update(ctx, owner.orgID, func(tx *docstore.Tx[Organisation]) error {
					return tx.Body.Join(p.id, access.Admin, By{UserID: p.id}, tx.Now)
				})
				return err
			},
		}
		for _, step := range steps[:cut+1] {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
		w.loner("另一人").Post("/api/v1/me/invitations/accept", map[string]any{"code": i.Code}).Refused(404, "invitation.not_usable")
		var s api.Session
		p.Post("/api/v1/me/invitations/accept", map[string]any{"code": i.Code}).Want(200).Into(&s)
		if s.Me.Organisation.OrgId != owner.orgID || s.Me.Organisation.Role != api.RoleAdmin {
			t.Errorf("cut after step %d: %+v", cut, s.Me)
		}
		p.Post("/api/v1/me/invitations/accept", map[string]any{"code": i.Code}).Refused(404, "invitation.not_usable")
	}
}

// A sign-up cut off between the person and the organisation is taken up again by its key.
func TestSignUpIsTakenUpAgain(t *testing.T) {
	w := newWorld(t)
	body := map[string]any{"phone": w.phone(), "name": "安娜", "password": password, "organisation": w.orgInput("安家")}
	c := w.guest.Key("cut-sign-up-1")
	var s api.Session
	c.Post("/api/v1/auth/sign-up", body).Want(201).Into(&s)
	// A twin without its organisation: as if the process had died there.
	twin := newWorld(t)
	p, err := w.service.people.Get(t.Context(), s.Me.User.Id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := twin.service.people.Insert(t.Context(), p.ID, p.Body, docstore.Fingerprint(signUpFingerprint(p.Body, "安家", body["organisation"].(map[string]any)["creditCode"].(string)))); err != nil {
		t.Fatal(err)
	}
	var again api.Session
	twin.guest.Key("cut-sign-up-1").Post("/api/v1/auth/sign-up", body).Want(201).Into(&again)
	if again.Me.User.Id != s.Me.User.Id || again.Me.Organisation.OrgId != s.Me.Organisation.OrgId || again.Me.Organisation.Role != api.RoleOwner {
		t.Errorf("%+v", again.Me)
	}
}

// TestNothingBreaksTheService sends every operation, as a guest, an owner, the city and a peer, bodies that nearly fit: values of another type,
// Mongo operators, huge and negative numbers, control characters, scripts. Whatever comes back fits the specification and is no 5xx.
func TestNothingBreaksTheService(t *testing.T) {
	w := newWorld(t)
	p := w.verified("安娜")
	spec, err := api.GetSpec()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 5))
	nasty := []any{nil, "", " ", "'; drop table people; --", map[string]any{"$ne": nil}, map[string]any{"$where": "sleep(1000)"}, []any{}, []any{nil}, -1, 1e300, "\x00\u202e", "<script>alert(1)</script>",
		"=cmd|' /C calc'!A0", strings.Repeat("长", 5000), true, "2026-13-45", "../../etc/passwd", map[string]any{"__proto__": map[string]any{"staff": "city_operator"}}}
	var value func(s *openapi3.SchemaRef, depth int) any
	value = func(s *openapi3.SchemaRef, depth int) any {
		if random.IntN(8) == 0 || s == nil || depth > 5 {
			return nasty[random.IntN(len(nasty))]
		}
		v := s.Value
		switch {
		case len(v.Enum) > 0:
			return v.Enum[random.IntN(len(v.Enum))]
		case v.Type.Is("object"):
			o := map[string]any{}
			for name, prop := range v.Properties {
				if slices.Contains(v.Required, name) || random.IntN(2) == 0 {
					o[name] = value(prop, depth+1)
				}
			}
			if random.IntN(20) == 0 {
				o["staff"] = "city_operator"
			}
			return o
		case v.Type.Is("array"):
			a := []any{}
			for range random.IntN(4) {
				a = append(a, value(v.Items, depth+1))
			}
			return a
		case v.Type.Is("integer"):
			return random.Int64N(1 << 40)
		case v.Type.Is("boolean"):
			return random.IntN(2) == 0
		}
		return []any{"13800138000", "lanjiang", "91350100M000100Y43", "2026-03-02", "specialised", p.orgID, p.id, "合理的文字"}[random.IntN(8)]
	}
	callers := []*resttest.Client{w.guest, p.Client, w.city.Client, w.peer}
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			for round := range 12 {
				at := strings.NewReplacer("{orgId}", p.orgID, "{userId}", p.id, "{sessionId}", "x", "{creditCode}", "91350100M000100Y43", "{evidenceId}", "x", "{invitationId}", "x", "{eventId}", "x").Replace(path)
				if op.OperationID == "removeStaff" || op.OperationID == "signOutEverywhere" || op.OperationID == "endSession" {
					continue // they would sign the test's people out
				}
				var body any
				if op.RequestBody != nil {
					if json := op.RequestBody.Value.Content.Get("application/json"); json != nil {
						body = value(json.Schema, 0)
					}
				}
				a := callers[round%len(callers)].IfMatch([]string{`"1"`, "", "nonsense", `"9999999999999999999"`}[random.IntN(4)]).Do(method, at, body)
				if a.Status >= 500 {
					text, _ := json.Marshal(body)
					t.Errorf("%s answered %d to %.300s: %s", op.OperationID, a.Status, text, a.Body)
				}
			}
		}
	}
	for _, broken := range []string{"", "{", "null", "[]", `"x"`, `{"phone":`, strings.Repeat("[", 100000), strings.Repeat(`{"a":`, 20000)} {
		if a := w.guest.Post("/api/v1/auth/sign-in", broken); a.Status < 400 || a.Status >= 500 {
			t.Errorf("%.20q answered %d", broken, a.Status)
		}
	}
}

// startInside starts the module and keeps its service for tests that look past HTTP.
func startInside(into **Service) func(ctx context.Context, e *host.Env) (*host.Running, error) {
	return func(ctx context.Context, e *host.Env) (*host.Running, error) {
		db, err := e.Store(ctx)
		if err != nil {
			return nil, err
		}
		r, s, err := startOn(ctx, e, db, testCost)
		*into = s
		return r, err
	}
}
