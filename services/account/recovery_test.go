package account

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/rest/resttest"
)

// bycode signs somebody in with a fresh code.
func (w *world) byCode(phone string) *person {
	w.t.Helper()
	id, code := w.code(phone)
	return w.session(phone, w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, id, code)).Want(200))
}

func TestRecovery(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	district := w.staff("district_operator", "lanjiang")
	next := w.phone()
	in := map[string]any{"phone": p.phone, "name": "安娜", "newPhone": next, "reason": "本人持身份证和营业执照到窗口办理"}
	with := func(key, value string) map[string]any {
		m := map[string]any{}
		for k, v := range in {
			m[k] = v
		}
		m[key] = value
		return m
	}
	p.Post("/api/v1/recoveries", in).Refused(403, "forbidden")
	district.Post("/api/v1/recoveries", with("name", "别人")).Want(422).Field("phone", "recovery.nobody")
	district.Post("/api/v1/recoveries", with("newPhone", w.city.phone)).Want(422).Field("newPhone", "auth.phone_taken")
	district.Post("/api/v1/recoveries", with("phone", w.city.phone)).Want(422)
	var r api.Recovery
	district.Post("/api/v1/recoveries", in).Want(201).Into(&r)
	district.Post("/api/v1/recoveries", in).Refused(409, "recovery.open")
	if strings.Contains(r.NewPhone+r.OldPhone, p.phone) || r.NewPhone == next || !strings.Contains(w.texts.last(p.phone).Text, MaskPhone(next)) {
		t.Errorf("%+v, told %q", r, w.texts.last(p.phone).Text)
	}
	var me api.Me
	if p.Get("/api/v1/me").Want(200).Into(&me); me.Recovery.Id != r.Id {
		t.Errorf("the person does not see it: %+v", me.Recovery)
	}
	yes := map[string]any{"reason": "材料核对无误"}
	approve := "/api/v1/recoveries/" + r.Id + "/approve"
	w.city.Post(approve, yes).Refused(409, "recovery.too_early")
	district.Post(approve, yes).Refused(403, "forbidden") // a district operator opens, the city approves
	// The person says no from where it is signed in; a second one goes through.
	p.Post("/api/v1/me/recovery/stop", nil).Want(204)
	p.Post("/api/v1/me/recovery/stop", nil).Refused(404, "not_found")
	w.env.Clock.Advance(RecoveryWait)
	w.city, district, p = w.signIn(w.city.phone), w.signIn(district.phone), w.signIn(p.phone)
	w.city.Post(approve, yes).Refused(409, "recovery.over")
	w.city.Post("/api/v1/recoveries", in).Want(201).Into(&r)
	w.env.Clock.Advance(RecoveryWait)
	w.city, district = w.signIn(w.city.phone), w.signIn(district.phone)
	approve = "/api/v1/recoveries/" + r.Id + "/approve"
	w.city.Post(approve, yes).Refused(403, "recovery.second_person")
	second := w.staff("city_operator", "")
	second.Post(approve, yes).Want(200).Into(&r)
	if r.State != api.RecoveryStateDone || r.DecidedBy == r.OpenedBy {
		t.Errorf("%+v", r)
	}
	// Old number, old password and old sessions are of no use; the new number's code is.
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": p.phone, "password": password}).Refused(401, "auth.wrong_credentials")
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": next, "password": password}).Refused(401, "auth.wrong_credentials")
	p.renew().Refused(401, "auth.session_ended")
	if again := w.byCode(next); again.id != p.id || again.orgID != p.orgID {
		t.Errorf("%+v", again)
	}
	for _, phone := range []string{p.phone, next} {
		if !strings.Contains(w.texts.last(phone).Subject+w.texts.last(phone).Text, "换绑") && phone == p.phone {
			t.Errorf("%s was told %+v", phone, w.texts.last(phone))
		}
	}
	var list struct{ Items []api.Recovery }
	district.Get("/api/v1/recoveries").Want(200).Into(&list)
	if len(list.Items) != 2 || list.Items[0].State != api.RecoveryStateDone || list.Items[1].State != api.RecoveryStateStopped {
		t.Errorf("%+v", list.Items)
	}
	district.Post("/api/v1/recoveries/"+r.Id+"/refuse", yes).Refused(409, "recovery.over")
}

func TestHandOver(t *testing.T) {
	w := newWorld(t)
	p := w.signUp("安娜")
	o, etag := p.org()
	p.IfMatch(etag).Put(p.path(), map[string]any{"name": o.Name, "creditCode": o.CreditCode, "capacities": []string{"sme"}, "districtCode": "lanjiang",
		"contact": map[string]any{"name": "安娜", "phone": p.phone}}).Want(200)
	colleague, plain := w.join(p, "member"), w.join(p, "member")
	to := map[string]any{"toUserId": colleague.id}
	p.Delete(p.path("members", p.id)).Refused(409, "member.last_owner")
	plain.Post(p.path("members", p.id, "hand-over"), to).Refused(403, "member.owner_only")
	p.Post(p.path("members", p.id, "hand-over"), map[string]any{"toUserId": p.id}).Refused(409, "member.same")
	p.Post(p.path("members", p.id, "hand-over"), map[string]any{"toUserId": w.city.id}).Refused(404, "not_found")
	p.Post(p.path("members", p.id, "hand-over"), to).Want(204)
	colleague = w.signIn(colleague.phone)
	o, _ = colleague.org()
	if o.MemberCount != 2 || o.Contact.Phone != colleague.phone || o.History[len(o.History)-1].Action != "handOverMember" {
		t.Errorf("%+v", o)
	}
	var me api.Me
	if colleague.Get("/api/v1/me").Want(200).Into(&me); me.Organisation.Role != api.Role("owner") {
		t.Errorf("%+v", me.Organisation)
	}
	if s := w.signIn(p.phone); s.orgID != "" {
		t.Error("who left still acts for the organisation")
	}
	// An admin hands over for somebody else, who is out at once.
	colleague.Post(p.path("members", plain.id, "hand-over"), to).Want(204)
	plain.renew().Refused(401, "auth.session_ended")
}

// After an erasure nothing says who it was: no answer of the service, and nothing it stores in the open.
func TestErasure(t *testing.T) {
	w := newWorld(t)
	owner := w.verified("老板")
	p := w.join(owner, "admin")
	name, phone := "同事", p.phone
	p.Post("/api/v1/me/password", map[string]any{"currentPassword": password, "newPassword": password + "!"}).Want(204)
	var data api.PersonalData
	p.Get("/api/v1/me/data").Want(200).Into(&data)
	if data.Phone != phone || data.Name != name || len(data.Memberships) != 1 || len(data.Memberships[0].Actions) == 0 || len(data.Sessions) == 0 || data.Sessions[0].CreatedAt.IsZero() {
		t.Errorf("%+v", data)
	}
	id, code := w.code(phone)
	erase := map[string]any{"codeId": id, "code": "000001"}
	if code == "000001" {
		erase["code"] = "000002"
	}
	p.Post("/api/v1/me/erasure", erase).Want(422).Field("code", "auth.wrong_code")
	erase["code"] = code
	owner = w.signIn(owner.phone)
	owner.Post("/api/v1/me/erasure", erase).Refused(409, "member.last_owner")
	w.city.Post("/api/v1/me/erasure", erase).Refused(409, "person.has_post")
	var begun api.Erasure
	p.Post("/api/v1/me/erasure", erase).Want(200).Into(&begun)
	p.renew().Refused(401, "auth.session_ended")
	w.guest.Post("/api/v1/auth/sign-in", map[string]any{"login": phone, "password": password + "!"}).Refused(401, "auth.wrong_credentials")
	for path, who := range map[string]*resttest.Client{p.path(): owner.Client, p.path("members"): owner.Client, "/api/v1/organisations": w.city.Client, "/api/v1/account-audit": w.city.Client,
		"/api/v1/claims": w.city.Client, "/api/v1/recoveries": w.city.Client, "/api/v1/staff": w.city.Client} {
		if a := who.Get(path).Want(200); strings.Contains(string(a.Body), phone) || strings.Contains(string(a.Body), name) {
			t.Errorf("%s still says who it was: %s", path, a.Body)
		}
	}
	var found struct{ Items []api.PersonInternal }
	w.peer.Post("/internal/v1/people/batch", map[string]any{"ids": []string{p.id}}).Want(200).Into(&found)
	if len(found.Items) != 1 || found.Items[0].Name != erasedName || strings.Contains(found.Items[0].Phone, phone) || len(found.Items[0].OrgIds) != 0 {
		t.Errorf("%+v", found)
	}
	// Whoever has the receipt sees how far it is, signed in or not; the others are asked again until they have answered.
	w.guest.Get("/api/v1/erasures/" + begun.Id).Want(200).Into(&begun)
	if len(begun.Parts) != 9 || begun.UserId != p.id || !begun.DoneAt.IsZero() {
		t.Errorf("%+v", begun)
	}
	w.guest.Get("/api/v1/erasures").Refused(401, "unauthenticated")
	owner.Get("/api/v1/erasures").Refused(403, "forbidden")
	if a := w.city.Get("/api/v1/erasures").Want(200); !strings.Contains(string(a.Body), begun.Id) || strings.Contains(string(a.Body), phone) {
		t.Errorf("%s", a.Body)
	}
	// The number is free for somebody new.
	w.env.Clock.Advance(CodeGap)
	id, code = w.code(phone)
	w.guest.Post("/api/v1/auth/sign-in-by-code", bring(phone, id, code)).Refused(409, "auth.sign_up_first")
}

// Who looked at a contact is for its owner alone, once a day for the same person and page.
func TestContactLooks(t *testing.T) {
	w := newWorld(t)
	owner, viewer := w.verified("甲"), w.verified("乙")
	look := map[string]any{"ownerOrgId": owner.orgID, "userId": viewer.id, "orgId": viewer.orgID, "kind": "demand", "subjectId": "d1"}
	official := map[string]any{"ownerOrgId": owner.orgID, "userId": w.city.id, "staff": "city_operator", "kind": "bid", "subjectId": "d1:1:x"}
	for range 2 {
		w.peer.Post("/internal/v1/contact-looks", map[string]any{"items": []any{look, official}}).Want(204)
	}
	w.env.Clock.Advance(24 * time.Hour)
	w.peer.Post("/internal/v1/contact-looks", map[string]any{"items": []any{look}}).Want(204)
	owner, viewer, w.city = w.signIn(owner.phone), w.signIn(viewer.phone), w.signIn(w.city.phone)
	var page struct{ Items []api.ContactLook }
	owner.Get(owner.path("contact-looks")).Want(200).Into(&page)
	kinds := []string{}
	for _, l := range page.Items {
		kinds = append(kinds, string(l.Kind))
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"bid", "demand", "demand"}) || page.Items[0].OrgName != "乙有限公司" || page.Items[0].UserName != "乙" {
		t.Errorf("%+v", page.Items)
	}
	viewer.Get(owner.path("contact-looks")).Refused(404, "not_found")
	w.city.Get(owner.path("contact-looks")).Refused(403, "forbidden")
}
