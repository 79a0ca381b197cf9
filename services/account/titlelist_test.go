package account

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

func TestDaysAsListsWriteThem(t *testing.T) {
	for said, want := range map[string][2]when.Day{
		"2025-12-31":          {"2025-12-31", "2025-12-31"},
		"2025/3/1":            {"2025-03-01", "2025-03-01"},
		"2025年3月1日":           {"2025-03-01", "2025-03-01"},
		"20250301":            {"2025-03-01", "2025-03-01"},
		"2025.02":             {"2025-02-01", "2025-02-28"},
		"2024年2月":             {"2024-02-01", "2024-02-29"},
		"2025年":               {"2025-01-01", "2025-12-31"},
		"2025-12-31 00:00:00": {"2025-12-31", "2025-12-31"},
	} {
		for i, end := range []bool{false, true} {
			if day, ok := dayIn(said, "", end); !ok || day != want[i] {
				t.Errorf("%q (end %v) is %q", said, end, day)
			}
		}
	}
	for _, said := range []string{"长期", "2025-13-01", "31/12/2025x", "1899"} {
		if day, ok := dayIn(said, "", false); ok {
			t.Errorf("%q is read as %s", said, day)
		}
	}
	if day, ok := dayIn("", "2025-01-01", false); !ok || day != "2025-01-01" {
		t.Error("an empty cell takes what holds for the list")
	}
}

func TestColumnsAreFoundByTheirUsualNames(t *testing.T) {
	found, ok := mapColumns([]string{"序号", "企业名称 ", "统一社会信用代码", "所属区（县、市）", "区县", "有效期至"})
	if !ok || found["name"] != "企业名称 " || found["code"] != "统一社会信用代码" || found["to"] != "有效期至" || found["district"] != "区县" {
		t.Errorf("found %v", found)
	}
	if _, ok := mapColumns([]string{"序号", "称号"}); ok {
		t.Error("a row without a firm's column is no header")
	}
}

// codeOf makes the n-th credit code with a right check character.
func codeOf(n int) string {
	code := fmt.Sprintf("91330200MA%07d", n)
	sum := 0
	for i, w := range creditWeights {
		sum += strings.IndexByte(creditAlphabet, code[i]) * w
	}
	return code + string(creditAlphabet[(31-sum%31)%31])
}

func csvList(rows ...string) string {
	return "2026年度认定名单\n企业名称,统一社会信用代码,区县,有效期起,有效期止\n" + strings.Join(rows, "\n") + "\n"
}

// bring uploads a list as the city's operator.
func (w *world) bring(text string) api.TitleList {
	w.t.Helper()
	var l api.TitleList
	w.city.Upload("/api/v1/title-lists", "名单.csv", []byte(text), map[string]string{"kind": "specialised", "batch": "2026年第一批", "issuer": "澜州市经信局"}).Want(201).Into(&l)
	return l
}

// enter commits a list and waits for its end, which the job carries it to.
func (w *world) enter(id string) (l api.TitleList) {
	w.t.Helper()
	w.city.Post("/api/v1/title-lists/"+id+"/commit", nil).Want(200).Into(&l)
	for deadline := time.Now().Add(2 * time.Minute); l.State != api.Committed; {
		if time.Now().After(deadline) {
			w.t.Fatalf("the list is still %s, %d of %d rows are in", l.State, l.Entered, l.Rows)
		}
		time.Sleep(20 * time.Millisecond)
		w.city.Get("/api/v1/title-lists/" + id).Want(200).Into(&l)
	}
	return l
}

func (w *world) rows(id string) map[int]api.TitleRow {
	w.t.Helper()
	all := map[int]api.TitleRow{}
	for cursor := ""; ; {
		var page struct {
			Items []api.TitleRow
			Next  string
		}
		w.city.Get("/api/v1/title-lists/" + id + "/rows?limit=200&cursor=" + url.QueryEscape(cursor)).Want(200).Into(&page)
		for _, r := range page.Items {
			all[r.Row] = r
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// firm reads the organisation that has a credit code.
func (w *world) firm(code string) OrgDoc {
	w.t.Helper()
	doc, ok, err := one(w.t.Context(), w.service.orgs, "byCreditCode", code)
	if err != nil || !ok {
		w.t.Fatalf("no organisation has the code %s (%v)", code, err)
	}
	return doc
}

// TestAListIsJudgedEnteredAndChangesNothingTwice walks one list with every kind of row in it.
func TestAListIsJudgedEnteredAndChangesNothingTwice(t *testing.T) {
	w := newWorld(t)
	known := w.verified("澜州旧名机械有限公司")
	o, _ := known.org()
	failing := codeOf(7)
	failing = failing[:17] + map[bool]string{true: "1", false: "0"}[failing[17] == '0']
	rows := []string{
		"澜州一新科技有限公司," + codeOf(1) + ",澜江区,2026-01-01,2028-12-31",   // 3: new
		"澜州新名机械有限公司," + o.CreditCode + ",汐湾,2026-01-01,2028-12-31", // 4: renamed
		"澜州三旧有限公司," + codeOf(3) + ",澜江区,2019-01-01,2021-12-31",     // 5: expired
		"澜州一新科技有限公司," + codeOf(1) + ",澜江区,2026-01-01,2028-12-31",   // 6: the same again
		"澜州另名有限公司," + codeOf(1) + ",澜江区,2026-01-01,2028-12-31",     // 7: one code, two names
		"澜州无码有限公司,,澜江区,2026-01-01,2028-12-31",                      // 8: no code, and nobody of that name
		"澜州坏码有限公司,12345,澜江区,2026-01-01,2028-12-31",                 // 9: no code can look like that
		"澜州查码有限公司," + failing + ",澜江区,2026-01-01,2028-12-31",       // 10: a failing check character is entered, with a remark
		"澜州外区有限公司," + codeOf(11) + ",南极区,2026-01-01,2028-12-31",    // 11: no such district
	}
	l := w.bring(csvList(rows...))
	got := w.rows(l.Id)
	for row, outcome := range map[int]Outcome{3: RowNew, 4: RowRenamed, 5: RowExpired, 6: RowUnchanged, 7: RowConflict, 8: RowConflict, 9: RowWrong, 10: RowNew, 11: RowWrong} {
		if got[row].Outcome != api.TitleOutcome(outcome) {
			t.Errorf("row %d is %s, not %s: %v", row, got[row].Outcome, outcome, got[row].Problems)
		}
	}
	if len(got[10].Problems) != 1 || got[4].HeldName != o.Name {
		t.Errorf("remarks are missing: %+v %+v", got[10], got[4])
	}
	path := "/api/v1/title-lists/" + l.Id
	w.city.Post(path+"/commit", nil).Refused(409, "title_list.rows_open")
	for row, e := range map[int]map[string]any{7: {"skipped": true}, 8: {"skipped": true}, 9: {"code": codeOf(12)}, 11: {"district": "澜江区"}, 4: {"rename": true}} {
		w.city.Put(fmt.Sprintf("%s/rows/%d", path, row), e).Want(200)
	}
	w.city.Put(path+"/rows/4000", map[string]any{"skipped": true}).Want(404)
	if l = w.enter(l.Id); l.Entered != len(rows) {
		t.Errorf("%d rows are entered", l.Entered)
	}
	w.city.Put(path+"/rows/3", map[string]any{"skipped": true}).Refused(409, "title_list.not_ready")
	w.city.Post(path+"/discard", nil).Refused(409, "title_list.not_ready")

	fresh := w.firm(codeOf(1))
	if fresh.Body.State != Unclaimed || len(fresh.Body.Titles) != 1 || len(fresh.Body.Members) != 0 {
		t.Errorf("a new firm is %+v", fresh.Body)
	}
	w.guest.Get("/api/v1/organisations/" + fresh.ID).Want(200)
	renamed := w.firm(o.CreditCode)
	if renamed.Body.Profile.Name != "澜州新名机械有限公司" || renamed.Body.FormerNames[0] != o.Name || len(renamed.Body.Titles) != 1 {
		t.Errorf("the renamed firm is %+v", renamed.Body)
	}
	if !w.firm(failing).Body.NeedsProof {
		t.Error("a failing check character asks for proof when the firm is claimed")
	}
	if old := w.firm(codeOf(3)); old.Body.Tier(when.DayOf(w.env.Now())) != "" || len(old.Body.Titles) != 1 {
		t.Error("an ended title is history")
	}

	// The same rows again: nothing is new, and entering them writes no organisation.
	before := []int64{fresh.Rev, renamed.Rev}
	again := w.bring(csvList(rows[0], rows[1], rows[2]))
	for row, r := range w.rows(again.Id) {
		if r.Outcome != api.TitleOutcome(RowUnchanged) {
			t.Errorf("row %d of the repeated list is %s", row, r.Outcome)
		}
	}
	w.enter(again.Id)
	if after := []int64{w.firm(codeOf(1)).Rev, w.firm(o.CreditCode).Rev}; !slices.Equal(before, after) {
		t.Errorf("entering the list again changed organisations: %v → %v", before, after)
	}
	var lists struct{ Items []api.TitleList }
	if w.city.Get("/api/v1/title-lists").Want(200).Into(&lists); len(lists.Items) != 2 {
		t.Errorf("%d lists are listed", len(lists.Items))
	}
	given := w.bring(csvList(rows[0]))
	w.city.Post("/api/v1/title-lists/"+given.Id+"/discard", nil).Want(200)
	w.city.Post("/api/v1/title-lists/"+given.Id+"/commit", nil).Refused(409, "title_list.not_ready")
	w.city.Upload("/api/v1/title-lists", "x.csv", []byte("没有表头\n甲,乙\n"), nil).Refused(422, "title_list.no_header")
}

// TestColumnsAreMappedAnew reads a list whose firm's column has a name nobody foresaw.
func TestColumnsAreMappedAnew(t *testing.T) {
	w := newWorld(t)
	l := w.bring("企业名称,申报主体,代码,属地\n备注,澜州映射有限公司," + codeOf(21) + ",澜江区\n")
	if got := w.rows(l.Id); got[2].Name != "备注" {
		t.Fatalf("by the wrong column the row is %+v", got[2])
	}
	path := "/api/v1/title-lists/" + l.Id + "/mapping"
	in := map[string]any{"mapping": map[string]string{"name": "申报主体", "code": "代码", "district": "属地"}, "defaults": map[string]any{"kind": "innovative", "validFrom": "2026-01-01"}}
	w.city.Put(path, in).Want(428)
	w.city.IfMatch(`"`+strconv.FormatInt(l.Rev, 10)+`"`).Put(path, map[string]any{"mapping": map[string]string{"code": "没有的列"}, "defaults": map[string]any{}}).Refused(422, "invalid").Field("mapping.code", "not_a_choice")
	w.city.IfMatch(`"`+strconv.FormatInt(l.Rev, 10)+`"`).Put(path, in).Want(200)
	if got := w.rows(l.Id); len(got) != 1 || got[2].Outcome != api.TitleOutcome(RowNew) {
		t.Errorf("by the right one it is %+v", got)
	}
}

// TestABigList enters a big list with planted duplicates, bad check characters and expired titles, cut off in the middle and taken up
// again. With LIANBANG_PROVE=1 it has 10,000 rows.
func TestABigList(t *testing.T) {
	n := 400
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 10_000
	}
	w := newWorld(t)
	r := rand.New(rand.NewPCG(8, 8))
	rows, firms := []string{}, map[string]bool{}
	for i := range n {
		name, code, from, to := fmt.Sprintf("澜州第%d精密有限公司", i), codeOf(1000+i), "2026-01-01", "2028-12-31"
		switch r.IntN(20) {
		case 0: // a duplicate of an earlier row
			if len(rows) > 0 {
				rows = append(rows, rows[r.IntN(len(rows))])
				continue
			}
		case 1:
			from, to = "2018-01-01", "2020-12-31"
		case 2:
			code = code[:17] + map[bool]string{true: "1", false: "0"}[code[17] == '0']
		}
		firms[code] = true
		rows = append(rows, strings.Join([]string{name, code, "澜江区", from, to}, ","))
	}
	began := time.Now()
	l := w.bring(csvList(rows...))
	read := time.Since(began)
	if l.Counts[string(RowWrong)]+l.Counts[string(RowConflict)] != 0 || l.Rows != len(rows) {
		t.Fatalf("of %d rows %v", l.Rows, l.Counts)
	}
	began = time.Now()
	if _, err := w.service.titleLists.Update(t.Context(), l.Id, func(tx *docstore.Tx[TitleList]) error { tx.Body.State = ListCommitting; return nil }); err != nil {
		t.Fatal(err)
	}
	cut, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond) // the first go is cut off
	_, _ = w.service.enterList(cut, l.Id)
	cancel()
	if _, err := w.service.enterList(t.Context(), l.Id); err != nil { // the job's next one goes on
		t.Fatal(err)
	}
	l = w.enter(l.Id)
	t.Logf("%d rows read and judged in %v, entered in %v", len(rows), read, time.Since(began))
	if l.Entered != len(rows) {
		t.Errorf("%d of %d rows are entered", l.Entered, len(rows))
	}
	found := 0
	if err := w.service.orgs.Each(t.Context(), docstore.Query{Index: "byState", Equal: []any{Unclaimed}}, func(d OrgDoc) error {
		if found++; len(d.Body.Titles) != 1 || !firms[d.Body.Profile.CreditCode] {
			t.Errorf("%s has %d titles", d.Body.Profile.CreditCode, len(d.Body.Titles))
		}
		return nil
	}); err != nil || found != len(firms) {
		t.Errorf("%d unclaimed firms for %d codes (%v)", found, len(firms), err)
	}
}
