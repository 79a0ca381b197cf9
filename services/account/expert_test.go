package account

import (
	"net/http"
	"slices"
	"testing"

	"lianbang/services/account/api"
)

func TestExpertIsDescribedFully(t *testing.T) {
	whole := ExpertProfile{Employer: "某大学", Fields: []string{"工业机器人", " 工业机器人 ", "", "力控"}, Title: " 教授 "}
	var e Expert
	if err := e.Describe(whole); err != nil || !slices.Equal(e.Fields, []string{"工业机器人", "力控"}) || e.Title != "教授" {
		t.Errorf("%+v %v", e, err)
	}
	if !e.judges(nil) || !e.judges([]string{"力控"}) || e.judges([]string{"模具"}) {
		t.Error("fields do not tell who judges what")
	}
	for name, break_ := range map[string]func(*ExpertProfile){
		"no employer":     func(p *ExpertProfile) { p.Employer = " " },
		"no field":        func(p *ExpertProfile) { p.Fields = []string{" "} },
		"too many fields": func(p *ExpertProfile) { p.Fields = []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"} },
	} {
		p := whole
		break_(&p)
		if err := e.Describe(p); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestExperts(t *testing.T) {
	w := newWorld(t)
	firm := w.verified("安娜")
	in := map[string]any{"phone": w.phone(), "name": "陈教授", "password": password, "employer": "不用这个", "employerOrgId": firm.orgID,
		"fields": []string{"工业机器人"}, "title": "教授"}
	for _, c := range []*person{w.signIn(w.staff("district_operator", "qingyu").phone), firm} {
		c.Post("/api/v1/experts", in).Refused(403, "forbidden")
	}
	firm.Get("/api/v1/experts").Refused(403, "forbidden")
	var e api.ExpertRecord
	w.city.Post("/api/v1/experts", in).Want(201).Into(&e)
	if e.Employer != "安娜有限公司" || !e.Active || e.Phone != in["phone"] || len(e.OrganisationIds) != 0 {
		t.Errorf("%+v", e)
	}
	w.city.Post("/api/v1/experts", with(in, "employerOrgId", "nobody")).Refused(422, "invalid").Field("employerOrgId", "unknown")
	w.city.Post("/api/v1/experts", map[string]any{"phone": w.city.phone, "employer": "x", "fields": []string{"y"}}).Refused(409, "expert.other_post")

	// A member of a firm becomes an expert: peers learn where it belongs.
	w.city.Post("/api/v1/experts", map[string]any{"phone": firm.phone, "employer": "某研究院", "fields": []string{"模具"}}).Want(201)
	var found struct{ Items []api.ExpertInternal }
	ask := func(body map[string]any) {
		t.Helper()
		found.Items = nil
		w.peer.Post("/internal/v1/experts/find", body).Want(200).Into(&found)
	}
	if ask(map[string]any{"fields": []string{"模具"}}); len(found.Items) != 1 || !slices.Equal(found.Items[0].OrganisationIds, []string{firm.orgID}) {
		t.Errorf("%+v", found)
	}
	if ask(map[string]any{"ids": []string{e.PersonId, "nobody"}}); len(found.Items) != 1 || found.Items[0].EmployerOrgId != firm.orgID {
		t.Errorf("%+v", found)
	}

	// One is invited no more; another lost the post.
	edit := map[string]any{"employer": "某研究院", "fields": []string{"力控"}, "active": false}
	w.city.Put("/api/v1/experts/"+e.PersonId, edit).Want(http.StatusPreconditionRequired)
	w.city.IfMatch(`"1"`).Put("/api/v1/experts/"+e.PersonId, edit).Want(200).Into(&e)
	if e.Active || e.EmployerOrgId != "" || e.Employer != "某研究院" || !slices.Equal(e.Fields, []string{"力控"}) {
		t.Errorf("%+v", e)
	}
	w.city.Delete("/api/v1/staff/" + firm.id).Want(204)
	if ask(map[string]any{}); len(found.Items) != 2 || found.Items[0].Active || found.Items[1].Active {
		t.Errorf("%+v", found)
	}
	w.city.IfMatch(`"1"`).Put("/api/v1/experts/"+firm.id, with(edit, "active", true)).Refused(409, "expert.no_post")
}
