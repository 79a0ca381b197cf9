package office

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

func sample(rows int) Paper {
	table := Table{Shares: []float64{1, 4, 2}, Head: [][]Cell{Labels("序号", "需求名称", "预算（万元）")}}
	for i := range rows {
		table.Rows = append(table.Rows, Cells(strconv.Itoa(i+1), fmt.Sprintf("第%d项 薄壁齿轮热处理变形量控制，要求跳动不超过 0.03 mm（三坐标抽检）", i+1), "120"))
	}
	return Paper{Title: "二〇二六年第二季度供需目录", Foot: "演示数据", Blocks: []Block{
		Heading("一、技术攻关"), Text("本期目录由主管部门汇总。\n揭榜截止 2026-09-25 17:00。"), table,
		Table{Shares: []float64{1, 2, 1, 2}, Rows: [][]Cell{{{Text: "单位", Label: true}, {Text: "甲(乙)\\公司"}, {Text: "电话", Label: true}, {Text: "=1+1"}}, {{Text: "简介", Label: true}, {Text: strings.Repeat("很长的简介。", 40), Span: 3}}}},
	}}
}

// pdfText reads a PDF of ours back: the text of each page in drawing order, with the file's own structure checked on the way.
func pdfText(t *testing.T, file []byte) []string {
	t.Helper()
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(file)
	if start == nil {
		t.Fatal("no startxref at the end")
	}
	at, _ := strconv.Atoi(string(start[1]))
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n`).FindAllSubmatch(file[at:], -1) {
		offset, _ := strconv.Atoi(string(entry[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(file[offset:], []byte(want)) {
			t.Fatalf("object %d is not where the table says", i+1)
		}
	}
	var pages []string
	for _, stream := range regexp.MustCompile(`(?s)/Length (\d+) /Filter /FlateDecode >>\nstream\n`).FindAllSubmatchIndex(file, -1) {
		length, _ := strconv.Atoi(string(file[stream[2]:stream[3]]))
		z, err := zlib.NewReader(bytes.NewReader(file[stream[1] : stream[1]+length]))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, m := range regexp.MustCompile(`<([0-9A-F]*)> Tj|\(((?:[^()\\]|\\.)*)\) Tj|ET`).FindAllSubmatch(content, -1) {
			switch {
			case string(m[0]) == "ET":
				text.WriteByte('\n')
			case m[1] != nil:
				raw, _ := hex.DecodeString(string(m[1]))
				units := make([]uint16, len(raw)/2)
				for i := range units {
					units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
				}
				text.WriteString(string(utf16.Decode(units)))
			default:
				text.WriteString(regexp.MustCompile(`\\(.)`).ReplaceAllString(string(m[2]), "$1"))
			}
		}
		pages = append(pages, text.String())
	}
	return pages
}

func TestAPDFSaysWhatThePaperSays(t *testing.T) {
	var out bytes.Buffer
	if err := sample(3).WritePDF(&out); err != nil {
		t.Fatal(err)
	}
	pages := pdfText(t, out.Bytes())
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	flat := strings.ReplaceAll(pages[0], "\n", "")
	for _, want := range []string{"二〇二六年第二季度供需目录", "一、技术攻关", "揭榜截止 2026-09-25 17:00。", "第3项 薄壁齿轮热处理变形量控制", "甲(乙)\\公司", "=1+1", strings.Repeat("很长的简介。", 40), "演示数据", "第 1 页，共 1 页"} {
		if !strings.Contains(flat, strings.ReplaceAll(want, "\n", "")) {
			t.Errorf("%q is not in the page", want)
		}
	}
}

func TestALongTableRunsOnWithItsHead(t *testing.T) {
	var out bytes.Buffer
	if err := sample(200).WritePDF(&out); err != nil {
		t.Fatal(err)
	}
	pages := pdfText(t, out.Bytes())
	if len(pages) < 5 {
		t.Fatalf("%d pages", len(pages))
	}
	for i, page := range pages[:len(pages)-1] {
		if !strings.Contains(page, "需求名称") {
			t.Errorf("page %d has no table head", i+1)
		}
		if want := fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(pages)); !strings.Contains(page, want) {
			t.Errorf("page %d does not say %s", i+1, want)
		}
	}
	whole := strings.Join(pages, "")
	for i := range 200 {
		if strings.Count(whole, fmt.Sprintf("第%d项 ", i+1)) != 1 {
			t.Errorf("row %d is not there once", i+1)
		}
	}
}

func TestACellTallerThanAPageLosesNothing(t *testing.T) {
	long := strings.Repeat("甲乙丙丁戊己庚辛", 2000)
	var out bytes.Buffer
	if err := (Paper{Title: "长", Blocks: []Block{Table{Shares: []float64{1, 3}, Rows: [][]Cell{{{Text: "方案", Label: true}, {Text: long}}}}}}).WritePDF(&out); err != nil {
		t.Fatal(err)
	}
	all := strings.Join(pdfText(t, out.Bytes()), "")
	if got := strings.Count(all, "甲"); got != 2000 {
		t.Fatalf("%d of 2000 are there", got)
	}
}

func TestLinesKeepToTheWidthAndToTheRules(t *testing.T) {
	const wide = 120.0
	text := "用户要求：跳动≤0.03 mm（三坐标抽检），返修率低于2%；每批 distortion control 报告、检测记录。ISO 14001 与 averyveryverylongwordthatneverends 也在内。"
	lines := breakLines(text, bodySize, wide)
	for i, line := range lines {
		if width(line, bodySize) > wide {
			t.Errorf("line %d is too wide: %s", i, line)
		}
		if first := []rune(line)[0]; i > 0 && strings.ContainsRune(neverFirst, first) {
			t.Errorf("line %d begins with %c", i, first)
		}
		if runes := []rune(line); i < len(lines)-1 && strings.ContainsRune(neverLast, runes[len(runes)-1]) {
			t.Errorf("line %d ends with %c", i, runes[len(runes)-1])
		}
	}
	squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
	if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
		t.Errorf("text was lost: %s", got)
	}
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "distortion") }) {
		t.Errorf("a word was broken that fits on a line: %q", lines)
	}
	if got := breakLines("一\n\n二", bodySize, wide); !slices.Equal(got, []string{"一", "", "二"}) {
		t.Errorf("%q", got)
	}
}

func TestWhatNoPageCanShowIsDropped(t *testing.T) {
	paper := Paper{Title: "甲\x00乙\x1b[31m\xff丙", Blocks: []Block{Text("一\t二\r\n三")}}
	var pdf, docx bytes.Buffer
	if err := errors.Join(paper.WritePDF(&pdf), paper.WriteDOCX(&docx)); err != nil {
		t.Fatal(err)
	}
	if got := pdfText(t, pdf.Bytes())[0]; !strings.HasPrefix(got, "甲乙[31m�丙\n一 二\n三\n") {
		t.Errorf("%q", got)
	}
	if got := docxText(t, docx.Bytes()); !strings.HasPrefix(got, "甲乙[31m�丙") {
		t.Errorf("%q", got)
	}
}

func docxText(t *testing.T, file []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(r)
		inText := false
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				inText = token.Name.Local == "t"
			case xml.EndElement:
				inText = false
			case xml.CharData:
				if inText {
					text.Write(token)
				}
			}
		}
	}
	return text.String()
}

func TestADocxSaysWhatThePaperSays(t *testing.T) {
	var out bytes.Buffer
	paper := sample(3)
	paper.Title += "<b>&"
	if err := paper.WriteDOCX(&out); err != nil {
		t.Fatal(err)
	}
	text := docxText(t, out.Bytes())
	for _, want := range []string{"二〇二六年第二季度供需目录<b>&", "一、技术攻关", "第3项", "甲(乙)\\公司", strings.Repeat("很长的简介。", 40)} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the document", want)
		}
	}
}

// TestAnEntryStaysWhole sets entries that do not fill pages evenly: each begins and ends on one page, and one longer than a page is not lost.
func TestAnEntryStaysWhole(t *testing.T) {
	p := Paper{Title: "目录", Foot: "目录"}
	entry := func(n int, text string) Table {
		return Table{Whole: true, Shares: []float64{1, 3}, Rows: [][]Cell{Cells("BEGIN", strconv.Itoa(n)), Cells("text", text), Cells("END", strconv.Itoa(n))}}
	}
	for n := range 20 {
		p.Blocks = append(p.Blocks, entry(n, strings.Repeat("简介。", 60)))
	}
	p.Blocks = append(p.Blocks, entry(20, strings.Repeat("很长。", 2000)))
	var out bytes.Buffer
	if err := p.WritePDF(&out); err != nil {
		t.Fatal(err)
	}
	pages := pdfText(t, out.Bytes())
	begun := 0
	for i, page := range pages {
		n, ends := strings.Count(page, "BEGIN"), strings.Count(page, "END")
		if begun += n; n != ends && begun <= 20 {
			t.Errorf("page %d begins %d entries and ends %d", i+1, n, ends)
		}
	}
	if begun != 21 || len(pages) < 4 {
		t.Errorf("%d entries on %d pages", begun, len(pages))
	}
}
