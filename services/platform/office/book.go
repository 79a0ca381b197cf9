package office

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Column is one column of a sheet to write.
type Column struct {
	Title    string
	Width    float64 // characters; 0 means by the title
	Required bool    // marked in the header
	Choices  []string
	Note     string // shown when the cell is chosen
}

// Book is a workbook being written. Text is always written as text: a value that begins with =, +, - or @ stays what it is and is
// never run, neither at once nor after somebody edits the cell, since text columns carry the text format.
type Book struct {
	f      *excelize.File
	sheets int
}

// NewBook starts a workbook.
func NewBook() *Book { return &Book{f: excelize.NewFile()} }

// maxCell is how many characters a cell of a spreadsheet program holds.
const maxCell = 32767

// Sheet adds a sheet with a frozen header row. A cell is a string, an integer, a float64, a time.Time (written as a date in China), or
// nil.
func (b *Book) Sheet(name string, columns []Column, rows iter.Seq[[]any]) error {
	if b.sheets++; b.sheets == 1 {
		if err := b.f.SetSheetName(b.f.GetSheetName(0), name); err != nil {
			return err
		}
	} else if _, err := b.f.NewSheet(name); err != nil {
		return err
	}
	header, err := b.f.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"EEF3F8"}},
		Alignment: &excelize.Alignment{Vertical: "center", WrapText: true},
	})
	if err != nil {
		return err
	}
	const asText = 49 // the built-in number format "@"
	text, err := b.f.NewStyle(&excelize.Style{NumFmt: asText, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true}})
	if err != nil {
		return err
	}
	day := "yyyy-mm-dd hh:mm"
	date, err := b.f.NewStyle(&excelize.Style{CustomNumFmt: &day})
	if err != nil {
		return err
	}
	if err := b.choices(name, columns); err != nil {
		return err
	}
	w, err := b.f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	titles := make([]any, len(columns))
	for i, c := range columns {
		title := c.Title
		if c.Required {
			title += "*"
		}
		titles[i] = excelize.Cell{StyleID: header, Value: title}
		width := c.Width
		if width == 0 {
			width = min(60, 4+2*float64(utf8.RuneCountInString(title)))
		}
		if err := w.SetColStyle(i+1, i+1, text); err != nil {
			return err
		}
		if err := w.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := w.SetRow("A1", titles, excelize.RowOpts{Height: 24}); err != nil {
		return err
	}
	n := 1
	for row := range rows {
		n++
		cells := make([]any, len(row))
		for i, v := range row {
			cells[i] = cell(v, text, date)
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n), cells); err != nil {
			return err
		}
	}
	return w.Flush()
}

func cell(v any, text, date int) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if utf8.RuneCountInString(v) > maxCell {
			v = string([]rune(v)[:maxCell])
		}
		return excelize.Cell{StyleID: text, Value: v}
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return excelize.Cell{StyleID: date, Value: v.In(china)}
	case int, int64, float64:
		return v
	default:
		return excelize.Cell{StyleID: text, Value: fmt.Sprint(v)}
	}
}

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// choices gives columns their drop-down lists and notes. A list a spreadsheet program would refuse (over 255 characters) is left out.
func (b *Book) choices(sheet string, columns []Column) error {
	for i, c := range columns {
		if len(c.Choices) == 0 && c.Note == "" {
			continue
		}
		letter, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		v := excelize.NewDataValidation(true)
		v.SetSqref(letter + "2:" + letter + "5001")
		if list := strings.Join(c.Choices, ","); len(c.Choices) > 0 && utf8.RuneCountInString(list) <= 255 && !strings.Contains(list, "\"") {
			if err := v.SetDropList(c.Choices); err != nil {
				return err
			}
			v.ShowErrorMessage = false // a hint; several values in one cell are allowed
		}
		if c.Note != "" {
			v.SetInput(cut(c.Title, 32), cut(c.Note, 255))
		}
		if err := b.f.AddDataValidation(sheet, v); err != nil {
			return err
		}
	}
	return nil
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// WriteTo writes the workbook and closes it.
func (b *Book) WriteTo(w io.Writer) (int64, error) {
	n, err := b.f.WriteTo(w)
	if closeErr := b.f.Close(); err == nil {
		err = closeErr
	}
	return n, err
}
