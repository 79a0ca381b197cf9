package account

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lianbang/services/account/api"
)

// TestTheCitysDataHasAHistory changes the city's data, looks at whom it touches first, and undoes it.
func TestTheCitysDataHasAHistory(t *testing.T) {
	w := newWorld(t)
	var r api.Reference
	a := w.guest.Get("/api/v1/reference").Want(200).Into(&r)
	if r.Rules.ObjectionDecideWorkingDays != 2 || len(r.Calendar.Holidays) == 0 {
		t.Fatalf("the city begins with %+v and %d holidays", r.Rules, len(r.Calendar.Holidays))
	}
	in := map[string]any{"cityCode": r.CityCode, "cityName": r.CityName, "authorityName": r.AuthorityName, "districts": append([]api.Choice{{Code: "new", Name: "滨海新区"}}, r.Districts...), "chains": r.Chains,
		"titleKinds": r.TitleKinds, "rules": map[string]any{"objectionDecideWorkingDays": 3, "objectionAnswerWorkingDays": 7}, "reason": "新设功能区"}
	renamed := slices.Clone(r.Districts)
	renamed[0].Name = "改名区"
	in["districts"] = append([]api.Choice{{Code: "new", Name: "滨海新区"}}, renamed...)

	var seen struct{ Items []api.ReferenceDifference }
	w.city.Post("/api/v1/reference/preview", in).Want(200).Into(&seen)
	if len(seen.Items) != 3 || seen.Items[0].Kind != "added" || seen.Items[1].Kind != "renamed" || seen.Items[2].List != "rules.objectionDecideWorkingDays" {
		t.Fatalf("the preview says %+v", seen.Items)
	}
	w.staff("district_operator", "lanjiang").Post("/api/v1/reference/preview", in).Refused(403, "forbidden")
	in["rules"] = map[string]any{"objectionDecideWorkingDays": 0, "objectionAnswerWorkingDays": 7}
	w.city.Post("/api/v1/reference/preview", in).Refused(422, "invalid")
	in["rules"] = map[string]any{"objectionDecideWorkingDays": 3, "objectionAnswerWorkingDays": 7}

	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Want(200)
	w.guest.Get("/api/v1/reference").Want(200).Into(&r)
	if r.Rules.ObjectionDecideWorkingDays != 3 {
		t.Fatalf("in force: %+v", r.Rules)
	}
	var list struct{ Items []api.ReferenceVersion }
	w.city.Get("/api/v1/reference/versions").Want(200).Into(&list)
	if len(list.Items) != 2 || !list.Items[0].Current || list.Items[0].Reason != "新设功能区" || list.Items[0].By == "" || len(list.Items[0].Changes) != 3 {
		t.Fatalf("the versions are %+v", list.Items)
	}
	w.city.Post("/api/v1/reference/undo", map[string]any{"number": 999, "reason": "撤回"}).Refused(404, "not_found")
	w.city.Post("/api/v1/reference/undo", map[string]any{"number": list.Items[1].Number, "reason": "尚未批复"}).Want(200).Into(&r)
	i := slices.IndexFunc(r.Districts, func(c api.Choice) bool { return c.Code == "new" })
	if r.Rules.ObjectionDecideWorkingDays != 2 || i < 0 || !r.Districts[i].Retired || r.Districts[0].Name == "改名区" {
		t.Errorf("undone: %+v, %+v", r.Rules, r.Districts)
	}
	w.city.Get("/api/v1/reference/versions").Want(200).Into(&list)
	if len(list.Items) != 3 || list.Items[0].Reason != "尚未批复" {
		t.Errorf("an undo is a version: %+v", list.Items)
	}
}

func TestPreviewCountsWhoIsTouched(t *testing.T) {
	before, next := PilotCity.complete(), PilotCity.complete()
	next.Chains = slices.Clone(next.Chains)
	next.Chains[0].Retired = true
	next.Calendar.Holidays = append(slices.Clone(next.Calendar.Holidays), "2027-10-08")
	all := before.differences(&next)
	if len(all) != 2 || all[0].Kind != "retired" || all[0].Code != next.Chains[0].Code || all[1].List != "calendar.holidays" || all[1].After != "2027-10-08" {
		t.Errorf("%+v", all)
	}
}

func TestACityIsReadFromAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.json")
	write := func(r Reference) {
		t.Helper()
		b, err := json.Marshal(r)
		if err == nil {
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write(Reference{CityCode: "390100", CityName: "青屿市", Districts: []Choice{{Code: "d", Name: "东港区"}}, Chains: []Choice{{Code: "c", Name: "海工装备"}}, TitleKinds: []Choice{{Code: "k", Name: "创新型中小企业"}}})
	if r, err := readCity(path); err != nil || r.CityName != "青屿市" || r.Rules != defaultRules || len(r.Calendar.Holidays) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	write(Reference{CityCode: "390100", CityName: "青屿市"})
	if _, err := readCity(path); err == nil || !strings.Contains(err.Error(), "LIANBANG_CITY") {
		t.Errorf("a city without districts: %v", err)
	}
	if _, err := readCity(path + "x"); err == nil {
		t.Error("a file that is not there")
	}
}
