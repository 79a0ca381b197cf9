// Package office reads and writes the files offices send each other: tables as xlsx or CSV in, workbooks as xlsx out. It owns
// encodings, limits and what a spreadsheet program makes of a value. It refuses to know what a column means: the caller maps
// headers to fields and judges the values.
package office

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"lianbang/services/platform/fault"
)

// Limits bound what a table may cost to read. Zero fields take the defaults.
type Limits struct {
	Bytes    int64 // of the file; 10 MB
	Unpacked int64 // of everything in an xlsx; 200 MB
	Rows     int   // with content, the header included; 5,001
	Columns  int   // 100
	Cell     int   // characters of one cell; 10,000
	Text     int64 // bytes of all cells together; 64 MB
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def64 := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	def64(&l.Bytes, 10<<20)
	def64(&l.Unpacked, 200<<20)
	def64(&l.Text, 64<<20)
	def(&l.Rows, 5001)
	def(&l.Columns, 100)
	def(&l.Cell, 10_000)
	return l
}

// Row is one row with content, as the file has it.
type Row struct {
	Number   int      // as the spreadsheet program shows it, from 1
	Cells    []string // trimmed, trailing empty ones left out
	Problems []Problem
}

// Problem is what is wrong with one cell whatever it means: "cell_error" (a formula that failed, such as #REF!) or "cell_too_long".
type Problem struct {
	Column int // from 0
	Code   string
}

// ReadTable reads the first visible sheet of an xlsx, or a CSV in UTF-8, UTF-16 or GB18030, and hands each row with content to each,
// in order; an error of each ends the reading and is returned. What the file is follows from its content, never from its name.
// It returns the sheet's name, empty for CSV.
//
// Errors: TooLarge "file_too_large", "table_too_long", "table_too_wide"; Unsupported "file_xls" (the old binary format, or an
// encrypted workbook), "file_type", "file_active" (macros), "file_bomb"; Invalid "file_damaged", "file_encoding", "file_empty".
func ReadTable(r io.Reader, limits Limits, each func(Row) error) (sheet string, err error) {
	limits = limits.withDefaults()
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "file_unreadable", "the file did not arrive whole")
	}
	if int64(len(data)) > limits.Bytes {
		return "", fault.Newf(fault.TooLarge, "file_too_large", "a table may have at most %d MB", limits.Bytes>>20)
	}
	t := &table{limits: limits, each: each}
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return "", fault.New(fault.Invalid, "file_empty", "the file is empty")
	case bytes.HasPrefix(data, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return "", fault.New(fault.Unsupported, "file_xls", "an old .xls or an encrypted workbook; save it as .xlsx without a password")
	case bytes.HasPrefix(data, []byte("PK")):
		sheet, err = t.workbook(data)
	case bytes.HasPrefix(data, []byte("%PDF")), bytes.IndexByte(data, 0) >= 0 && !hasUTF16Mark(data):
		return "", fault.New(fault.Unsupported, "file_type", "neither an .xlsx nor a .csv")
	default:
		err = t.csv(data)
	}
	if err == nil && t.rows == 0 {
		err = fault.New(fault.Invalid, "file_empty", "the table has no row with content")
	}
	return sheet, err
}

// table is one reading.
type table struct {
	limits Limits
	each   func(Row) error
	rows   int
	text   int64
}

var cellErrors = []string{"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}

// row hands over one row, if it has content.
func (t *table) row(number int, cells []string) error {
	r := Row{Number: number, Cells: make([]string, 0, len(cells))}
	for i, c := range cells {
		c = clean(c)
		if utf8.RuneCountInString(c) > t.limits.Cell {
			c = string([]rune(c)[:t.limits.Cell])
			r.Problems = append(r.Problems, Problem{i, "cell_too_long"})
		}
		if slices.Contains(cellErrors, c) {
			r.Problems = append(r.Problems, Problem{i, "cell_error"})
		}
		t.text += int64(len(c))
		r.Cells = append(r.Cells, c)
	}
	for len(r.Cells) > 0 && r.Cells[len(r.Cells)-1] == "" {
		r.Cells = r.Cells[:len(r.Cells)-1]
	}
	if len(r.Cells) == 0 {
		return nil
	}
	if t.rows++; t.rows > t.limits.Rows {
		return fault.Newf(fault.TooLarge, "table_too_long", "at most %d rows below the header", t.limits.Rows-1)
	}
	if len(r.Cells) > t.limits.Columns {
		return fault.Newf(fault.TooLarge, "table_too_wide", "at most %d columns", t.limits.Columns)
	}
	if t.text > t.limits.Text {
		return fault.New(fault.TooLarge, "table_too_long", "the cells hold too much text")
	}
	return t.each(r)
}

// clean takes off what people cannot see: the spaces of both widths at the ends, byte-order marks, and control characters other
// than line breaks and tabs.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\ufeff' || r == '\u200b' || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	return strings.Trim(s, " \t\n\u00a0\u3000")
}

// blankRun is how many empty rows in a row end a sheet: formatting far below the data is no data.
const blankRun = 2000

// workbook reads an xlsx.
func (t *table) workbook(data []byte) (name string, err error) {
	if err := checkPackage(data, t.limits.Unpacked); err != nil {
		return "", err
	}
	defer func() { // the library is used on files from anywhere
		if p := recover(); p != nil {
			err = fault.Newf(fault.Invalid, "file_damaged", "the workbook cannot be read")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: t.limits.Unpacked, UnzipXMLSizeLimit: min(t.limits.Unpacked, 64<<20),
		ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", CultureInfo: excelize.CultureNameZhCN,
	})
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "file_damaged", "the workbook cannot be read")
	}
	defer func() { _ = f.Close() }()
	for _, s := range f.GetSheetList() {
		if visible, err := f.GetSheetVisible(s); err == nil && visible {
			name = s
			break
		}
	}
	if name == "" {
		return "", fault.New(fault.Invalid, "file_empty", "the workbook has no visible sheet")
	}
	return name, t.sheet(f, name)
}

// sheet walks a sheet twice at once: the shown values, and the stored ones for what the shown value spoils.
func (t *table) sheet(f *excelize.File, name string) error {
	damaged := func(err error) error {
		return fault.Wrap(err, fault.Invalid, "file_damaged", "the sheet cannot be read")
	}
	shown, err := f.Rows(name)
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = shown.Close() }()
	stored, err := f.Rows(name)
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = stored.Close() }()
	blank := 0
	for number := 1; shown.Next() && stored.Next(); number++ {
		cells, err := shown.Columns()
		if err != nil {
			return damaged(err)
		}
		raw, err := stored.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return damaged(err)
		}
		if len(cells) > 16384 {
			return fault.New(fault.Invalid, "file_damaged", "a row has more cells than a sheet can have")
		}
		for i := range cells {
			if i < len(raw) && scientific.MatchString(cells[i]) && digits.MatchString(raw[i]) {
				cells[i] = raw[i] // a phone number or code typed as a number: 1.38E+10 is not what was typed
			}
		}
		before := t.rows
		if err := t.row(number, cells); err != nil {
			return err
		}
		if t.rows > before {
			blank = 0
		} else if blank++; blank > blankRun {
			break
		}
	}
	if err := shown.Error(); err != nil {
		return damaged(err)
	}
	return nil
}

var (
	scientific = regexp.MustCompile(`^-?\d(\.\d+)?E\+\d+$`)
	digits     = regexp.MustCompile(`^\d{1,20}$`)
)

// checkPackage looks at the directory of an xlsx before anything is unpacked. The sizes it names are binding: the zip reader fails
// when an entry turns out longer.
func checkPackage(data []byte, limit int64) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "file_damaged", "the workbook is not a whole zip file")
	}
	var sum uint64
	workbook := false
	for _, e := range z.File {
		lower := strings.ToLower(e.Name)
		workbook = workbook || lower == "xl/workbook.xml"
		if strings.HasSuffix(lower, "vbaproject.bin") {
			return fault.New(fault.Unsupported, "file_active", "a workbook with macros; save it as .xlsx")
		}
		sum += e.UncompressedSize64
		if sum > uint64(limit) || len(z.File) > 5000 {
			return fault.New(fault.Unsupported, "file_bomb", "the workbook unpacks to far too much")
		}
	}
	if !workbook {
		return fault.New(fault.Unsupported, "file_type", "a zip file, but no .xlsx")
	}
	return nil
}

func hasUTF16Mark(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xFF, 0xFE}) || bytes.HasPrefix(data, []byte{0xFE, 0xFF})
}

// decode gives a text file as UTF-8. Excel on a Chinese Windows writes CSV in GBK, whose superset GB18030 is tried when the bytes
// are no UTF-8.
func decode(data []byte) ([]byte, error) {
	switch {
	case hasUTF16Mark(data):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		if err != nil {
			return nil, fault.Wrap(err, fault.Invalid, "file_encoding", "the text is damaged UTF-16")
		}
		return out, nil
	case utf8.Valid(data):
		return bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return nil, fault.New(fault.Invalid, "file_encoding", "the text is neither UTF-8 nor GB18030; save it as .xlsx")
	}
	return out, nil
}

// csv reads a text table; the separator is the one of comma, tab and semicolon that the first line has most of.
func (t *table) csv(data []byte) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	separator := ','
	for _, c := range "\t;" {
		if bytes.Count(first, []byte(string(c))) > bytes.Count(first, []byte(string(separator))) {
			separator = c
		}
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = separator, -1, true, true
	// The reader passes over blank lines without a word, and one row may take several: what a spreadsheet program shows as the number of a row
	// is found from the lines between the end of the last and the beginning of this one.
	for number, last := 0, 0; ; {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Wrap(err, fault.Invalid, "file_damaged", fmt.Sprintf("row %d cannot be read", number+1))
		}
		begin, _ := r.FieldPos(0)
		number += begin - last
		last, _ = r.FieldPos(len(cells) - 1)
		last += strings.Count(cells[len(cells)-1], "\n")
		if err := t.row(number, cells); err != nil {
			return err
		}
	}
}
