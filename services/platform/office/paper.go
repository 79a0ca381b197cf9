package office

import "strings"

// Paper is a document to print or hand in: a title and blocks one below another. It is written as PDF or as docx from the same
// blocks, so that both say the same.
type Paper struct {
	Title string
	// Foot stands at the foot of every page, beside the page's number.
	Foot   string
	Blocks []Block
}

// Block is one part of a paper: Heading, Text or Table.
type Block interface{ block() }

// Heading begins a part of the paper.
type Heading string

// Text is a paragraph; line breaks in it are kept.
type Text string

// Table is rows of cells. Shares are the columns' widths in proportion to each other.
type Table struct {
	Shares []float64
	// Head rows come first and are repeated on every page the table runs on to.
	Head [][]Cell
	Rows [][]Cell
	// Whole keeps the table on one page where it fits on one: an entry read as a whole, not a list.
	Whole bool
}

// Cell is one cell of a table.
type Cell struct {
	Text string
	// Label marks a cell that names what stands beside or below it.
	Label bool
	// Span is how many columns the cell takes, one when zero.
	Span int
}

func (Heading) block() {}
func (Text) block()    {}
func (Table) block()   {}

// Labels are the cells of a heading row.
func Labels(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i] = Cell{Text: text, Label: true}
	}
	return cells
}

// Cells are the cells of a plain row.
func Cells(texts ...string) []Cell {
	cells := make([]Cell, len(texts))
	for i, text := range texts {
		cells[i] = Cell{Text: text}
	}
	return cells
}

func (c Cell) span() int { return max(c.Span, 1) }

// printable drops what no page can show and no XML may hold, line breaks and tabs excepted.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ', r == 0x7f, r == 0xfffe, r == 0xffff:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}
