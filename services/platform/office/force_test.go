package office

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lianbang/services/platform/fault"
)

// TestMain is also the child that reads one hostile file, so that what it costs can be measured.
func TestMain(m *testing.M) {
	if path := os.Getenv("OFFICE_TEST_FILE"); path != "" {
		said := readAlone(path)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Println(m.Sys>>20, said)
		return
	}
	os.Exit(m.Run())
}

// readAlone says how the reading of a file ended: the code of the refusal, or "ok" and how many rows there were.
func readAlone(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	rows := 0
	if _, err := ReadTable(f, Limits{}, func(Row) error { rows++; return nil }); err != nil {
		return fault.As(err).Code
	}
	return fmt.Sprint("ok ", rows)
}

// parts is a workbook put together by hand, as no spreadsheet program would save it.
type parts map[string]content

// content is one part: before, n times again, after.
type content struct {
	before, again string
	n             int
	after         string
}

func text(s string) content { return content{after: s} }

func repeated(before, again string, n int, after string) content {
	return content{before, again, n, after}
}

// packed is the content deflated. What comes again is packed once, however often it comes: a bomb must not cost its maker what it costs.
func (c content) packed(t *testing.T) (data []byte, sum uint32, size uint64) {
	t.Helper()
	const together = 1000
	pack := func(s string, last bool) []byte {
		var b bytes.Buffer
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		if err == nil {
			_, err = io.WriteString(w, s)
		}
		if err == nil && last {
			err = w.Close()
		} else if err == nil {
			err = w.Flush() // to a whole byte, so that the next begins anew
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	add := func(packed []byte, plain string) {
		data, sum, size = append(data, packed...), crc32.Update(sum, crc32.IEEETable, []byte(plain)), size+uint64(len(plain))
	}
	add(pack(c.before, false), c.before)
	if c.n >= together {
		block := strings.Repeat(c.again, together)
		again := pack(block, false)
		for range c.n / together {
			add(again, block)
		}
	}
	rest := strings.Repeat(c.again, c.n%together) + c.after
	add(pack(rest, true), rest)
	return data, sum, size
}

const (
	head  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	space = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	sheet = head + `<worksheet ` + space + `><sheetData>`
	ended = `</sheetData></worksheet>`
	first = `<row r="1"><c r="A1" t="inlineStr"><is><t>需求名称</t></is></c></row>`
)

func (p parts) write(t *testing.T) []byte {
	t.Helper()
	whole := parts{
		"[Content_Types].xml": text(head + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`),
		"_rels/.rels": text(head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		"xl/workbook.xml": text(head + `<workbook ` + space + ` xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": text(head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ` +
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`),
		"xl/worksheets/sheet1.xml": text(sheet + first + ended),
	}
	for name, content := range p {
		whole[name] = content
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, c := range whole {
		data, sum, size := c.packed(t)
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CRC32: sum, CompressedSize64: uint64(len(data)), UncompressedSize64: size})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lying makes the zip's directory say that every part is small.
func lying(data []byte) []byte {
	data = bytes.Clone(data)
	for at := 0; ; at += 4 {
		next := bytes.Index(data[at:], []byte("PK\x01\x02"))
		if next < 0 {
			return data
		}
		at += next
		binary.LittleEndian.PutUint32(data[at+24:], 100)
	}
}

// mostMemory, in MB, is what a process may have had from the system in the end.
const mostMemory = 700

// TestImportUnderForce: whatever calls itself a table is read or refused with a word a person understands, at a bounded price.
func TestImportUnderForce(t *testing.T) {
	const billion = `<!DOCTYPE l [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>`
	cell := func(ref, value string) string {
		return `<c r="` + ref + `" t="inlineStr"><is><t>` + value + `</t></is></c>`
	}
	const part = "xl/worksheets/sheet1.xml"
	for name, c := range map[string]struct {
		data []byte
		want string // codes, any of which will do
	}{
		"a plain one":             {parts{part: text(sheet + first + `<row r="2">` + cell("A2", "x") + `</row>` + ended)}.write(t), "ok 2"},
		"a bomb of blanks":        {parts{part: repeated(sheet+first, "          ", 30_000_000, ended)}.write(t), "file_bomb"},
		"a bomb whose zip lies":   {lying(parts{part: repeated(sheet+first, "          ", 30_000_000, ended)}.write(t)), "file_damaged"},
		"a bomb in another part":  {parts{"xl/media/image1.png": repeated("", "0123456789", 30_000_000, "")}.write(t), "file_bomb"},
		"a billion laughs":        {parts{part: text(head + billion + `<worksheet ` + space + `><sheetData>` + `<row r="1">` + cell("A1", "&d;&d;&d;") + `</row>` + ended)}.write(t), "file_damaged, file_empty"},
		"an entity of the disk":   {parts{part: text(head + `<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet ` + space + `><sheetData><row r="1">` + cell("A1", "&x;") + `</row>` + ended)}.write(t), "file_damaged, file_empty"},
		"a million rows":          {parts{part: repeated(sheet+first, `<row><c t="inlineStr"><is><t>x</t></is></c></row>`, 1_000_000, ended)}.write(t), "table_too_long"},
		"a million blank rows":    {parts{part: repeated(sheet+first, `<row/>`, 1_000_000, ended)}.write(t), "ok 1"},
		"a row at the very end":   {parts{part: text(sheet + first + `<row r="1048576">` + cell("A1048576", "x") + `</row>` + ended)}.write(t), "ok 1, file_damaged"},
		"a row beyond the end":    {parts{part: text(sheet + first + `<row r="2000000000">` + cell("A2000000000", "x") + `</row>` + ended)}.write(t), "ok 1, file_damaged"},
		"a column at the end":     {parts{part: text(sheet + first + `<row r="2">` + cell("XFD2", "x") + `</row>` + ended)}.write(t), "table_too_wide"},
		"a column beyond the end": {parts{part: text(sheet + first + `<row r="2">` + cell("ZZZZZZ2", "x") + `</row>` + ended)}.write(t), "file_damaged, table_too_wide"},
		"a row of 30,000 cells":   {parts{part: repeated(sheet+first+`<row r="2">`, `<c t="inlineStr"><is><t>x</t></is></c>`, 30_000, `</row>`+ended)}.write(t), "file_damaged, table_too_wide"},
		"cells of a megabyte":     {parts{part: repeated(sheet+first+`<row r="2">`, cell("", strings.Repeat("长", 350_000)), 4, `</row>`+ended)}.write(t), "ok 2"},
		"a text shared by all":    {parts{"xl/sharedStrings.xml": repeated(head+`<sst `+space+`>`, `<si><t>x</t></si>`, 60_000, `</sst>`), part: text(sheet + `<row r="1"><c r="A1" t="s"><v>1999999999</v></c></row>` + ended)}.write(t), "ok 1, file_damaged, file_empty"},
		"nested past all reason":  {parts{part: repeated(sheet, `<row>`, 100_000, ended)}.write(t), "file_damaged, file_empty"},
		"a sheet that is absent":  {parts{"xl/_rels/workbook.xml.rels": text(head + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>`)}.write(t), "file_damaged, file_empty"},
		"a part outside":          {parts{"../../../../tmp/evil.xml": text("x")}.write(t), "ok 1, file_damaged"},
		"an old workbook renamed": {append([]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), make([]byte, 4096)...), "file_xls"},
		"a macro workbook":        {parts{"xl/vbaProject.bin": text("x")}.write(t), "file_active"},
		"lines without end":       {bytes.Repeat([]byte("x,"), 1<<20), "table_too_wide"},
		"a quote never closed":    {append([]byte("需求名称\n\""), bytes.Repeat([]byte("x\n"), 1<<20)...), "ok 2, file_damaged"},
		"half of UTF-16":          {[]byte("\xff\xfe\x00\xd8\x00"), "ok 1, file_encoding, file_empty"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "table")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			child := exec.Command(os.Args[0])
			temp := t.TempDir()
			child.Env = append(os.Environ(), "OFFICE_TEST_FILE="+path, "TMPDIR="+temp, "GORACE=atexit_sleep_ms=0")
			out, err := child.Output()
			peak, said, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
			if err != nil || said == "" || !slices.Contains(strings.Split(c.want, ", "), said) {
				t.Errorf("%d kB: %q %v, want %s", len(c.data)>>10, out, err, c.want)
			}
			if mb, err := strconv.Atoi(peak); err != nil || mb > mostMemory {
				t.Errorf("it took %s MB", peak)
			}
			t.Logf("%d kB in, %s MB, %v: %s", len(c.data)>>10, peak, child.ProcessState.UserTime(), said)
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}
