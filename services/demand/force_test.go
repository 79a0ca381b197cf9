package demand

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"lianbang/services/demand/api"
)

// TestImportUnderForce imports a list as bad as lists get: what can be read is read, each wrong cell is named with its row, nothing is made
// while one is wrong, and then all that is left is made, once. LIANBANG_PROVE=1 takes 2,000 rows.
func TestImportUnderForce(t *testing.T) {
	n := 200
	if os.Getenv("LIANBANG_PROVE") == "1" {
		n = 2000
	}
	f := excelize.NewFile()
	put := func(row int, cells ...any) {
		must(t, f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", row), &cells))
	}
	put(1, "需求名称", "需求背景", "预期投入", "完成时限", "揭榜截止日期", "合作方式")
	wrong := map[int]string{} // row → the field to blame
	wanted := 0
	for row := 2; row < n+2; row++ {
		title := fmt.Sprintf("第%d项需求", row)
		wanted++
		switch row % 10 {
		case 0: // blank
			wanted--
		case 1:
			put(row, "同名的需求", "背景", "面议", 12, "2026-12-31")
		case 2: // a date as text, as offices write it, in full width
			put(row, title, "背景", "1,200.5万元", "2年", "２０２６年12月31日")
		case 3:
			put(row, title, "背景", "大约一百多", 12, "2026-12-31")
			wrong[row] = "budget"
		case 4:
			put(row, title, "背景", "面议", "很久", "2026-12-31")
			wrong[row] = "timeLimitMonths"
		case 5:
			put(row, title, "背景", "面议", 12, "2026年13月45日")
			wrong[row] = "plannedDeadline"
		case 6: // a formula whose value is text, and one that failed
			put(row, title, "背景", "面议", 12)
			must(t, f.SetCellFormula("Sheet1", fmt.Sprintf("B%d", row), `CONCATENATE("背","景")`))
			must(t, f.SetCellValue("Sheet1", fmt.Sprintf("F%d", row), "#REF!"))
			wrong[row] = "cooperationWays"
		case 7: // more text than a cell of ours holds
			put(row, title, strings.Repeat("长", 32_000), "面议", 12)
			wrong[row] = "background"
		case 8: // no title
			put(row, "", "背景", "面议", 12)
			wrong[row] = "title"
		case 9: // what a spreadsheet program would run
			put(row, "=1+1 "+title, "@SUM(1)", "面议", 12)
		}
	}
	var file bytes.Buffer
	_, err := f.WriteTo(&file)
	must(t, err)

	w := newTown(t)
	leader := w.http.As("leader")
	before := w.count()
	var s api.ImportSession
	leader.Upload("/api/v1/demand-imports", "清单.xlsx", file.Bytes(), nil).Want(201).Into(&s)
	if s.RowCount != wanted || s.ErrorRows != len(wrong) {
		t.Fatalf("%d rows with %d wrong, want %d with %d", s.RowCount, s.ErrorRows, wanted, len(wrong))
	}
	path := "/api/v1/demand-imports/" + s.Id
	leader.Post(path+"/commit", nil).Refused(409, "import.rows_have_errors")
	var page struct {
		Items []api.ImportRow
		Next  string
	}
	for next := "start"; next != ""; next = page.Next {
		leader.Get(path + "/rows?onlyErrors=true&limit=200&cursor=" + strings.TrimPrefix(next, "start")).Want(200).Into(&page)
		for _, r := range page.Items {
			if len(r.Errors) == 0 || r.Errors[0].Path != wrong[r.Row] {
				t.Errorf("row %d is blamed for %+v, want %s", r.Row, r.Errors, wrong[r.Row])
			}
		}
	}
	if w.count() != before {
		t.Errorf("%d drafts were made of a list with errors", w.count()-before)
	}
	for row := range wrong {
		leader.Put(fmt.Sprintf("%s/rows/%d", path, row), map[string]any{"skipped": true}).Want(200)
	}
	leader.Post(path+"/commit", nil).Want(202).Into(&s)
	leader.Post(path+"/commit", nil).Want(202)
	w.carried(leader, &s)
	if made := w.count() - before; made != wanted-len(wrong) || s.CreatedRows != made {
		t.Errorf("%d drafts of %d right rows: %+v", made, wanted-len(wrong), s)
	}
	t.Logf("%d rows, %d wrong, %d drafts", wanted, len(wrong), w.count()-before)
}

// TestHalfAnImportIsNone: a file that goes wrong at its end leaves no session and no row.
func TestHalfAnImportIsNone(t *testing.T) {
	w := newTown(t)
	leader := w.http.As("leader")
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("需求名称,需求背景\n高速电主轴,热误差\n")
	must(t, err)
	var s api.ImportSession
	leader.Upload("/api/v1/demand-imports", "国标.csv", []byte(gbk), nil).Want(201).Into(&s)
	if s.RowCount != 1 || s.ErrorRows != 0 {
		t.Errorf("GBK: %+v", s)
	}
	var lists struct{ Items []api.ImportSession }
	leader.Get("/api/v1/demand-imports").Want(200).Into(&lists)
	sessions, before := len(lists.Items), w.count()
	for name, c := range map[string]struct {
		file   string
		status int
		code   string
	}{
		"too many rows":       {"需求名称\n" + strings.Repeat("一项需求\n", 5001), 413, "table_too_long"},
		"another encoding":    {"需求名称\n一项\n\xff\xff\xff", 422, "file_encoding"},
		"no header":           {strings.Repeat("只是文字\n", 20), 422, "import.no_header"},
		"an old workbook":     {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), 415, "file_xls"},
		"half a workbook":     {"PK\x03\x04" + strings.Repeat("\x00", 600), 422, "file_damaged"},
		"a program":           {"MZ\x90\x00\x03", 415, "file_type"},
		"nothing":             {"", 422, "file_empty"},
		"a header and no row": {"需求名称\n", 422, "file_empty"},
	} {
		t.Run(name, func(t *testing.T) {
			leader.For(t).Upload("/api/v1/demand-imports", "需求.xlsx", []byte(c.file), nil).Refused(c.status, c.code)
		})
	}
	leader.Get("/api/v1/demand-imports").Want(200).Into(&lists)
	if len(lists.Items) != sessions || w.count() != before {
		t.Errorf("%d sessions and %d drafts, there were %d and %d", len(lists.Items), w.count(), sessions, before)
	}
}
