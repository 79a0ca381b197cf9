package office

import (
	"encoding/csv"
	"io"
	"iter"
	"math/big"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"lianbang/services/platform/fault"
)

// This file is tables that people fill in: which column of a file is which field, whatever it is headed and in whatever order, and cells
// written as offices write them.

// Head is how the column of a field may be headed. The first is ours, the aliases are understood.
type Head struct {
	Field   string
	Header  string
	Aliases []string
}

// Form is what a table is read by: its header is the first row, within ten, that names the column of Key; above it offices like to put a
// heading. Own are an organisation's own headings, by PlainHeader; a heading it maps to "" is passed over.
type Form struct {
	Headings []Head
	Key      string
	Own      map[string]string
	Limits   Limits
}

// Found is how a table's header was read.
type Found struct {
	Sheet   string
	Headers []string          // as they stand
	As      map[string]string // field → header
	Unknown []string          // headers nobody reads
}

// FormRow is one row by field, with the row as it stands.
type FormRow struct {
	Number   int
	Cells    map[string]string // those that hold something
	Raw      []string
	Problems []fault.Field // of cells whatever they mean
}

// headerWithin is how many rows may stand above the header.
const headerWithin = 10

// Read hands each row below the header to each. Errors: those of ReadTable, Invalid "import.no_header" and "file_empty".
func (f Form) Read(r io.Reader, each func(FormRow) error) (Found, error) {
	var found Found
	var places map[string]int
	above, rows := 0, 0
	noHeader := fault.New(fault.Invalid, "import.no_header", "no row names the column "+f.header(f.Key))
	sheet, err := ReadTable(r, f.Limits, func(r Row) error {
		if places == nil {
			at, unknown := f.places(r.Cells)
			if _, ok := at[f.Key]; !ok {
				if above++; above > headerWithin {
					return noHeader
				}
				return nil
			}
			places, found.Headers, found.Unknown, found.As = at, slices.Clone(r.Cells), unknown, map[string]string{}
			for field, i := range at {
				found.As[field] = r.Cells[i]
			}
			return nil
		}
		row := FormRow{Number: r.Number, Cells: map[string]string{}, Raw: slices.Clone(r.Cells)}
		for field, i := range places {
			if i < len(r.Cells) && r.Cells[i] != "" {
				row.Cells[field] = r.Cells[i]
			}
			for _, p := range r.Problems {
				if p.Column == i {
					row.Problems = append(row.Problems, fault.Field{Path: field, Code: p.Code})
				}
			}
		}
		if len(row.Cells) == 0 {
			return nil
		}
		rows++
		return each(row)
	})
	switch {
	case err != nil:
		return found, err
	case places == nil:
		return found, noHeader
	case rows == 0:
		return found, fault.New(fault.Invalid, "file_empty", "there is no row below the header")
	}
	found.Sheet = sheet
	return found, nil
}

func (f Form) header(field string) string {
	if i := slices.IndexFunc(f.Headings, func(h Head) bool { return h.Field == field }); i >= 0 {
		return f.Headings[i].Header
	}
	return field
}

// places finds the fields' columns in a header row, and the headers nobody reads.
func (f Form) places(cells []string) (places map[string]int, unknown []string) {
	places = map[string]int{}
	for i, cell := range cells {
		plain := PlainHeader(cell)
		said, known := f.Own[plain]
		k := slices.IndexFunc(f.Headings, func(h Head) bool {
			if known {
				return h.Field == said
			}
			return PlainHeader(h.Header) == plain || slices.ContainsFunc(h.Aliases, func(a string) bool { return PlainHeader(a) == plain })
		})
		if k >= 0 {
			if _, twice := places[f.Headings[k].Field]; !twice {
				places[f.Headings[k].Field] = i
				continue
			}
		}
		if cell != "" {
			unknown = append(unknown, cell)
		}
	}
	return places, unknown
}

// PlainHeader is a header without what people decorate it with: width variants, case, spaces, the star of a required column, brackets.
func PlainHeader(s string) string {
	s = strings.ToLower(norm.NFKC.String(s))
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" *\t\n:()、", r) {
			return -1
		}
		return r
	}, s)
}

// PlainNumber is a number without width variants, spaces and thousands separators.
func PlainNumber(s string) string {
	return strings.NewReplacer(",", "", " ", "").Replace(norm.NFKC.String(s))
}

// ReadMoney takes 万元 as offices write it: "300", "300.5万元", "1,200", "5000元", "2亿", "面议". The code of what is wrong is not_a_number or
// out_of_range (below zero, above 10^8 万元, or finer than a fen); empty when nothing is.
func ReadMoney(s string) (fen int64, negotiable bool, code string) {
	s = strings.NewReplacer("人民币", "", "￥", "", "¥", "", "约", "").Replace(PlainNumber(s))
	if slices.Contains([]string{"面议", "面谈", "协商", "待定", "双方协商"}, s) {
		return 0, true, ""
	}
	unit := int64(1_000_000) // fen in 万元
	switch {
	case strings.HasSuffix(s, "亿元"), strings.HasSuffix(s, "亿"):
		unit = 10_000_000_000
	case strings.HasSuffix(s, "元") && !strings.HasSuffix(s, "万元"):
		unit = 100
	}
	s = strings.TrimRight(s, "万亿元")
	amount, ok := new(big.Rat).SetString(s)
	if !ok || strings.ContainsAny(s, "/eE") {
		return 0, false, "not_a_number"
	}
	exact := amount.Mul(amount, new(big.Rat).SetInt64(unit))
	if !exact.IsInt() || exact.Sign() < 0 || exact.Num().Cmp(big.NewInt(100_000_000_000_000)) > 0 {
		return 0, false, "out_of_range"
	}
	return exact.Num().Int64(), false, ""
}

// Wan writes fen in 万元, exactly.
func Wan(fen int64) string {
	s := new(big.Rat).SetFrac64(fen, 1_000_000).FloatString(6)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// Money writes fen as people read them, exactly: "90 万元", and below 一万 "8000.5 元".
func Money(fen int64) string {
	if fen > -1_000_000 && fen < 1_000_000 {
		s := new(big.Rat).SetFrac64(fen, 100).FloatString(2)
		return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + " 元"
	}
	return Wan(fen) + " 万元"
}

// WriteCSV writes a table as text that spreadsheet programs read as it is: with the mark that keeps them from taking it for GBK, and with
// cells they would run as formulas kept as text.
func WriteCSV(w io.Writer, columns []Column, rows iter.Seq[[]string]) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	var head []string
	for _, c := range columns {
		head = append(head, c.Title)
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for row := range rows {
		safe := slices.Clone(row)
		for i, cell := range safe {
			if cell != "" && strings.ContainsRune("=+-@\t", rune(cell[0])) {
				safe[i] = "'" + cell
			}
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
