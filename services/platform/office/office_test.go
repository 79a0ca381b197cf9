package office

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"lianbang/services/platform/fault"
)

func read(t *testing.T, data []byte, l Limits) ([]Row, string, error) {
	t.Helper()
	var rows []Row
	sheet, err := ReadTable(bytes.NewReader(data), l, func(r Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, sheet, err
}

// xlsx makes a workbook with the spreadsheet library directly, as other people's programs would.
func xlsx(t *testing.T, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t *testing.T, f *excelize.File, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue("Sheet1", cell, v); err != nil {
		t.Fatal(err)
	}
}

func TestReadsWhatPeopleSave(t *testing.T) {
	table := "需求名称,预期投入（万元）\r\n高速主轴润滑,30\r\n\r\n\"含,逗号\n和换行\",面议\r\n"
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(table, ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"utf-8": table, "utf-8 with mark": "\ufeff" + table, "gbk": gbk, "utf-16 with tabs": utf16,
		"semicolons": strings.NewReplacer("含,逗号", "含,逗号", ",预期", ";预期", ",30", ";30", ",面议", ";面议").Replace(table),
	} {
		rows, _, err := read(t, []byte(data), Limits{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(rows) != 3 || rows[0].Cells[0] != "需求名称" || rows[1].Cells[1] != "30" || !strings.HasSuffix(rows[2].Cells[0], "\n和换行") ||
			rows[1].Number != 2 || rows[2].Number != 4 { // as a spreadsheet program numbers them, the blank one counted
			t.Errorf("%s: %+v", name, rows)
		}
	}
}

func TestReadsAWorkbook(t *testing.T) {
	data := xlsx(t, func(f *excelize.File) {
		set(t, f, "A1", "  需求名称\u3000")
		set(t, f, "B1", "电话")
		set(t, f, "C1", "截止")
		set(t, f, "D1", "投入")
		set(t, f, "A2", "润滑")
		set(t, f, "B2", 913501000000043) // typed as a number
		set(t, f, "C2", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
		set(t, f, "D2", 30.5)
		set(t, f, "A5", "第五行")
		set(t, f, "B5", "#REF!")
		if err := f.SetCellFormula("Sheet1", "D5", "=D2*2"); err != nil {
			t.Fatal(err)
		}
		set(t, f, "A9000", "远处的格式") // past the run of blank rows
		if _, err := f.NewSheet("说明"); err != nil {
			t.Fatal(err)
		}
	})
	rows, sheet, err := read(t, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if sheet != "Sheet1" || len(rows) != 3 {
		t.Fatalf("%s: %+v", sheet, rows)
	}
	if got := rows[0].Cells; !slices.Equal(got, []string{"需求名称", "电话", "截止", "投入"}) {
		t.Errorf("header %q", got)
	}
	if got := rows[1].Cells; got[1] != "913501000000043" || !strings.HasPrefix(got[2], "2026-12-31") || got[3] != "30.5" {
		t.Errorf("row 2 is %q", got)
	}
	if rows[2].Number != 5 || len(rows[2].Problems) != 1 || rows[2].Problems[0] != (Problem{1, "cell_error"}) {
		t.Errorf("row 5 is %+v", rows[2])
	}
}

func TestRefuses(t *testing.T) {
	whole := xlsx(t, func(f *excelize.File) { set(t, f, "A1", "x") })
	zipped := func(entries map[string]string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for name, content := range entries {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, content); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, c := range []struct {
		name, code string
		data       []byte
		limits     Limits
	}{
		{"nothing", "file_empty", nil, Limits{}},
		{"blank", "file_empty", []byte(" \r\n,,\r\n"), Limits{}},
		{"an old workbook under a new name", "file_xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1...."), Limits{}},
		{"a PDF", "file_type", []byte("%PDF-1.7\n"), Limits{}},
		{"an executable", "file_type", []byte("MZ\x00\x00\x01"), Limits{}},
		{"another zip", "file_type", zipped(map[string]string{"a.txt": "x"}), Limits{}},
		{"macros", "file_active", zipped(map[string]string{"xl/workbook.xml": "x", "xl/vbaProject.bin": "x"}), Limits{}},
		{"a bomb", "file_bomb", zipped(map[string]string{"xl/workbook.xml": strings.Repeat("0", 1<<20)}), Limits{Unpacked: 1 << 16}},
		{"half a workbook", "file_damaged", whole[:len(whole)/2], Limits{}},
		{"a workbook of rubbish", "file_damaged", zipped(map[string]string{"xl/workbook.xml": "<a", "[Content_Types].xml": "<"}), Limits{}},
		{"too big", "file_too_large", whole, Limits{Bytes: 10}},
		{"too long", "table_too_long", []byte("a\nb\nc\nd\n"), Limits{Rows: 3}},
		{"too wide", "table_too_wide", []byte("a,b,c\n"), Limits{Columns: 2}},
		{"too much text", "table_too_long", []byte(strings.Repeat("x", 100)), Limits{Text: 50}},
		{"no known encoding", "file_encoding", []byte("\xff\xffa,b\n"), Limits{}},
	} {
		_, _, err := read(t, c.data, c.limits)
		if err == nil || fault.As(err).Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, err, c.code)
		}
	}
}

func TestStopsWhenTold(t *testing.T) {
	stop := errors.New("enough")
	_, err := ReadTable(strings.NewReader("a\nb\n"), Limits{}, func(Row) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestCutsLongCells(t *testing.T) {
	rows, _, err := read(t, []byte(strings.Repeat("长", 30)), Limits{Cell: 10})
	if err != nil || len([]rune(rows[0].Cells[0])) != 10 || rows[0].Problems[0].Code != "cell_too_long" {
		t.Errorf("%v %+v", err, rows)
	}
}

// TestRoundTrip writes what a formula injector would send and reads it back unchanged, as text.
func TestRoundTrip(t *testing.T) {
	nasty := []string{`=HYPERLINK("http://x","y")`, "+1+1", "-2", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "普通文字", "'引号", "a<b>&\"c\"", "多行\n文字"}
	b := NewBook()
	err := b.Sheet("需求", []Column{{Title: "需求名称", Required: true, Note: "不超过128字"}, {Title: "类型", Choices: []string{"技术攻关", "采购"}},
		{Title: "金额"}}, func(yield func([]any) bool) {
		for i, s := range nasty {
			if !yield([]any{s, "技术攻关", int64(i)}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Sheet("填写说明", []Column{{Title: "列"}}, func(func([]any) bool) {}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	rows, sheet, err := read(t, out.Bytes(), Limits{})
	if err != nil || sheet != "需求" || len(rows) != len(nasty)+1 {
		t.Fatalf("%v %s %d rows", err, sheet, len(rows))
	}
	for i, s := range nasty {
		if got := rows[i+1].Cells; got[0] != strings.Trim(s, "\t") || got[2] != fmt.Sprint(i) {
			t.Errorf("%q came back as %q", s, got)
		}
	}
	f, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for i := range nasty {
		if formula, _ := f.GetCellFormula("需求", fmt.Sprintf("A%d", i+2)); formula != "" {
			t.Errorf("%q became a formula", nasty[i])
		}
	}
}

// TestTwoThousandRows keeps a whole year's list quick to read.
func TestTwoThousandRows(t *testing.T) {
	b := NewBook()
	columns := make([]Column, 8)
	for i := range columns {
		columns[i].Title = fmt.Sprintf("列%d", i)
	}
	if err := b.Sheet("s", columns, func(yield func([]any) bool) {
		for i := range 2100 {
			row := make([]any, len(columns))
			for j := range row {
				row[j] = fmt.Sprintf("第%d行第%d列的一段不算太短的文字内容", i, j)
			}
			if !yield(row) {
				return
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := b.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	rows, _, err := read(t, out.Bytes(), Limits{})
	if err != nil || len(rows) != 2101 {
		t.Fatalf("%v, %d rows", err, len(rows))
	}
	t.Logf("2,101 rows of 8 cells (%d kB) read in %v", out.Len()>>10, time.Since(start))
}

func FuzzReadTable(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00"))
	book := NewBook()
	if err := book.Sheet("s", []Column{{Title: "甲"}}, func(yield func([]any) bool) { yield([]any{"乙"}) }); err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := book.WriteTo(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xb8\xdf\xcb\xd9,1\n"))
	limits := Limits{Bytes: 1 << 20, Unpacked: 8 << 20, Rows: 100, Columns: 50, Cell: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, start := 0, time.Now()
		defer func() {
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%d bytes took %v", len(data), took)
			}
		}()
		_, err := ReadTable(bytes.NewReader(data), limits, func(r Row) error {
			n++
			if len(r.Cells) == 0 || len(r.Cells) > limits.Columns || r.Number < n {
				t.Errorf("row %+v as number %d", r, n)
			}
			return nil
		})
		if err == nil && n == 0 {
			t.Error("no row and no error")
		}
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Errorf("an unclassified failure: %v", err)
		}
	})
}

// TestMoneyReadsOneWay: 万元 from one 万 on, 元 below, and never rounded.
func TestMoneyReadsOneWay(t *testing.T) {
	for fen, want := range map[int64]string{0: "0 元", 1: "0.01 元", 850_050: "8500.5 元", 999_999: "9999.99 元", 1_000_000: "1 万元", 90_000_000: "90 万元", 35_600_001: "35.600001 万元", -90_000_000: "-90 万元"} {
		if got := Money(fen); got != want {
			t.Errorf("%d fen is %q, not %q", fen, got, want)
		}
	}
}
