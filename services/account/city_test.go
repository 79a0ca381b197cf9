package account

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
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

// input is the city's data as a form sends it.
func input(r api.Reference) map[string]any {
	return map[string]any{"cityCode": r.CityCode, "cityName": r.CityName, "authorityName": r.AuthorityName, "districts": r.Districts, "chains": r.Chains, "titleKinds": r.TitleKinds, "reason": "市里文件"}
}

// TestTheCitysDataIsPlanned: a change with a day ahead comes into force on it, once, and till then nothing else changes; it can be withdrawn.
func TestTheCitysDataIsPlanned(t *testing.T) {
	w := newWorld(t)
	var r api.Reference
	a := w.guest.Get("/api/v1/reference").Want(200).Into(&r)
	from := w.env.Clock.Now().Add(48 * time.Hour)
	in := input(r)
	in["rules"] = map[string]any{"objectionDecideWorkingDays": 4, "objectionAnswerWorkingDays": 7}
	in["effectiveFrom"] = from
	w.city.Post("/api/v1/reference/plan/withdraw", nil).Refused(404, "not_found")
	w.city.IfMatch(`"99"`).Put("/api/v1/reference", in).Refused(412, "stale")
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Want(200).Into(&r)
	if r.Rules.ObjectionDecideWorkingDays != 2 {
		t.Fatal("what is planned is in force")
	}
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Refused(409, "reference.planned")
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", input(r)).Refused(409, "reference.planned")
	var list struct{ Items []api.ReferenceVersion }
	if w.city.Get("/api/v1/reference/versions").Want(200).Into(&list); len(list.Items) != 2 || !list.Items[0].Ahead || !list.Items[0].At.Equal(from) || len(list.Items[0].Changes) != 1 || !list.Items[1].Current {
		t.Fatalf("the versions are %+v", list.Items)
	}
	w.staff("district_operator", "lanjiang").Post("/api/v1/reference/plan/withdraw", nil).Refused(403, "forbidden")
	w.city.Post("/api/v1/reference/plan/withdraw", nil).Want(204)
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Want(200)

	w.env.Clock.Advance(49 * time.Hour)
	resttest.Eventually(t, func() error {
		w.guest.Get("/api/v1/reference").Want(200).Into(&r)
		if plan, err := w.service.plan(t.Context()); err != nil || plan.From != 0 || r.Rules.ObjectionDecideWorkingDays != 4 {
			return fmt.Errorf("in force: %+v, planned for %v: %w", r.Rules, plan.From.Time(), err)
		}
		return nil
	})
	// A crash between the two writes: what is in force already is not put into force again.
	if _, err := w.service.plannedCity.Update(t.Context(), planDoc, func(tx *docstore.Tx[PlannedReference]) error { tx.Body.From = when.At(from); return nil }); err != nil {
		t.Fatal(err)
	}
	resttest.Eventually(t, func() error {
		if plan, err := w.service.plan(t.Context()); err != nil || plan.From != 0 {
			return fmt.Errorf("still planned: %w", err)
		}
		return nil
	})
	w.city = w.signIn(w.city.phone)
	if w.city.Get("/api/v1/reference/versions").Want(200).Into(&list); len(list.Items) != 2 || list.Items[0].Ahead || list.Items[0].By == "" || list.Items[0].Reason != "市里文件" {
		t.Errorf("the versions are %+v", list.Items)
	}
}

// TestTheCityKeepsItsClassificationsAndReasons: divisions and the reasons of decisions are lists like the others, and every rule says of whom
// it is.
func TestTheCityKeepsItsClassificationsAndReasons(t *testing.T) {
	w := newWorld(t)
	firm := w.verified("行业厂")
	var r api.Reference
	a := w.guest.Get("/api/v1/reference").Want(200).Into(&r)
	if len(r.IndustryDivisions) < 90 || len(r.Reasons) == 0 || r.Rules.DossierMonths != 12 || r.Rules.ServiceSolvedPerYear != 1 {
		t.Fatalf("the city begins with %d divisions, %d reasons, %+v", len(r.IndustryDivisions), len(r.Reasons), r.Rules)
	}
	o, tag := firm.org()
	own := w.orgInput(o.Name)
	own["creditCode"], own["industryCode"] = o.CreditCode, "C98"
	firm.IfMatch(tag).Put(firm.path(), own).Refused(422, "invalid").Field("industryCode", "not_a_choice")
	in := input(r)
	in["industryDivisions"] = append([]api.Choice{{Code: "98", Name: "低空制造", Parent: "Z"}}, r.IndustryDivisions...)
	w.city.Post("/api/v1/reference/preview", in).Refused(422, "invalid").Field("industryDivisions", "bad_format")
	in["industryDivisions"] = append([]api.Choice{{Code: "98", Name: "低空制造", Parent: "C"}}, r.IndustryDivisions...)
	in["reasons"] = append([]api.Choice{{Code: "late", Name: "材料过期", Parent: "baking"}}, r.Reasons...)
	w.city.Post("/api/v1/reference/preview", in).Refused(422, "invalid").Field("reasons", "not_a_choice")
	in["reasons"] = append([]api.Choice{{Code: "late", Name: "材料过期", Parent: "refuseClaim"}}, r.Reasons...)
	in["rules"] = map[string]any{"objectionDecideWorkingDays": 2, "objectionAnswerWorkingDays": 7, "dossierMonths": 6}
	var seen struct{ Items []api.ReferenceDifference }
	w.city.Post("/api/v1/reference/preview", in).Want(200).Into(&seen)
	if len(seen.Items) != 3 || seen.Items[0].List != "industryDivisions" || seen.Items[1].List != "reasons" || seen.Items[2].List != "rules.dossierMonths" || seen.Items[2].Organisations != 1 {
		t.Errorf("the preview says %+v", seen.Items)
	}
	w.city.IfMatch(a.ETag()).Put("/api/v1/reference", in).Want(200).Into(&r)
	if r.Rules.DossierMonths != 6 || r.Rules.ClaimReviewWorkingDays != 5 {
		t.Errorf("in force: %+v", r.Rules)
	}
	firm.IfMatch(tag).Put(firm.path(), own).Want(200)
}
