package office

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// A page is A4 in points; text is set in a Song face that every reader of Chinese documents brings along (Adobe-GB1, not
// embedded: a Chinese font weighs more than all our documents), Latin text in Helvetica, one of the format's own fonts.
const (
	pageWidth, pageHeight = 595.28, 841.89
	margin                = 50.0
	bodySize              = 9.5
	titleSize             = 17.0
	headingSize           = 12.0
	footSize              = 8.0
	lineGap               = 1.5 // of the size
	cellPad               = 4.0
)

// WritePDF writes the paper as PDF 1.5 on A4. It fails only when w does.
func (p Paper) WritePDF(w io.Writer) error {
	set := setter{}
	set.newPage()
	for _, line := range breakLines(printable(p.Title), titleSize, pageWidth-2*margin) {
		set.y -= titleSize * lineGap
		set.draw(line, (pageWidth-width(line, titleSize))/2, set.y, titleSize, true)
	}
	set.y -= bodySize
	for _, b := range p.Blocks {
		switch b := b.(type) {
		case Heading:
			set.paragraph(string(b), headingSize, true)
		case Text:
			set.paragraph(string(b), bodySize, false)
		case Table:
			set.table(b)
		}
	}
	return set.write(w, printable(p.Title), printable(p.Foot))
}

// setter fills pages from the top down; y is the baseline last used.
type setter struct {
	pages []*bytes.Buffer
	y     float64
}

func (s *setter) page() *bytes.Buffer { return s.pages[len(s.pages)-1] }

func (s *setter) newPage() {
	s.pages = append(s.pages, &bytes.Buffer{})
	s.y = pageHeight - margin
}

// floor is the lowest a line may stand; the foot is below it.
const floor = margin + footSize*lineGap

func (s *setter) paragraph(text string, size float64, bold bool) {
	lines := breakLines(printable(text), size, pageWidth-2*margin)
	// A heading alone at the foot of a page belongs on the next.
	if bold && s.y-size*lineGap*3 < floor {
		s.newPage()
	}
	for _, line := range lines {
		if s.y -= size * lineGap; s.y < floor {
			s.newPage()
			s.y -= size * lineGap
		}
		s.draw(line, margin, s.y, size, bold)
	}
	s.y -= size * 0.6
}

// row is a table row broken into lines.
type row struct {
	cells  []Cell
	lines  [][]string
	x      []float64
	widths []float64
	most   int
}

// high is how much of a page the row takes, all its lines together.
func (r row) high() float64 { return float64(max(r.most, 1))*bodySize*lineGap + 2*cellPad }

func (t Table) layout(cells []Cell) row {
	total := 0.0
	for _, share := range t.Shares {
		total += share
	}
	r := row{cells: cells}
	x, column := margin, 0
	for _, c := range cells {
		share := 0.0
		for range c.span() {
			if column < len(t.Shares) {
				share += t.Shares[column]
				column++
			}
		}
		wide := share / total * (pageWidth - 2*margin)
		lines := breakLines(printable(c.Text), bodySize, wide-2*cellPad)
		r.lines, r.x, r.widths = append(r.lines, lines), append(r.x, x), append(r.widths, wide)
		r.most = max(r.most, len(lines))
		x += wide
	}
	return r
}

func (s *setter) table(t Table) {
	var head []row
	for _, cells := range t.Head {
		head = append(head, t.layout(cells))
	}
	var rows []row
	high := 0.0
	for _, cells := range t.Rows {
		rows = append(rows, t.layout(cells))
	}
	for _, r := range slices.Concat(head, rows) {
		high += r.high()
	}
	if t.Whole && s.y-high < floor && high <= pageHeight-margin-floor {
		s.newPage()
	}
	for _, h := range head {
		s.row(h, nil)
	}
	for _, r := range rows {
		s.row(r, head)
	}
	s.y -= bodySize
}

// row sets one row. A row taller than what is left begins on a new page, one taller than a page runs on over several.
func (s *setter) row(r row, head []row) {
	const line = bodySize * lineGap
	room := func(from float64) int { return int((from - floor - 2*cellPad) / line) }
	tallest := room(pageHeight - margin)
	turn := func() {
		s.newPage()
		for _, h := range head {
			s.row(h, nil)
		}
	}
	if r.most > room(s.y) && r.most <= tallest {
		turn()
	}
	for from := 0; from == 0 || from < r.most; {
		fits := room(s.y)
		if fits < 1 {
			turn()
			fits = max(room(s.y), 1)
		}
		to := min(from+fits, r.most)
		high := float64(max(to-from, 1))*line + 2*cellPad
		for i, lines := range r.lines {
			if r.cells[i].Label {
				fmt.Fprintf(s.page(), "0.94 g %.2f %.2f %.2f %.2f re f 0 g\n", r.x[i], s.y-high, r.widths[i], high)
			}
			fmt.Fprintf(s.page(), "0.6 w 0.72 G %.2f %.2f %.2f %.2f re S 0 G\n", r.x[i], s.y-high, r.widths[i], high)
			for n := from; n < min(to, len(lines)); n++ {
				s.draw(lines[n], r.x[i]+cellPad, s.y-cellPad-float64(n-from)*line-bodySize*1.05, bodySize, r.cells[i].Label)
			}
		}
		s.y -= high
		from = max(to, 1)
	}
}

// draw sets one line of text, Latin and Chinese runs each in their font. Bold is the same face with its edges drawn.
func (s *setter) draw(text string, x, y, size float64, bold bool) {
	out := s.page()
	fmt.Fprintf(out, "BT %.2f %.2f Td ", x, y)
	if bold {
		fmt.Fprintf(out, "2 Tr %.2f w ", size/38)
	} else {
		out.WriteString("0 Tr ")
	}
	for text != "" {
		latin := isLatin(rune(text[0]))
		end := strings.IndexFunc(text, func(r rune) bool { return isLatin(r) != latin })
		if end < 0 {
			end = len(text)
		}
		if latin {
			fmt.Fprintf(out, "/L %.1f Tf (%s) Tj ", size, strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(text[:end]))
		} else {
			fmt.Fprintf(out, "/S %.1f Tf <", size)
			for _, unit := range utf16.Encode([]rune(text[:end])) {
				fmt.Fprintf(out, "%04X", unit)
			}
			out.WriteString("> Tj ")
		}
		text = text[end:]
	}
	out.WriteString("ET\n")
}

func isLatin(r rune) bool { return r >= ' ' && r <= '~' }

// advance is how wide a character is, in thousandths of the size.
func advance(r rune) float64 {
	if isLatin(r) {
		return float64(helvetica[r-' '])
	}
	return 1000
}

func width(text string, size float64) float64 {
	sum := 0.0
	for _, r := range text {
		sum += advance(r)
	}
	return sum * size / 1000
}

// helvetica is the advance of each character from space to tilde, as the format defines its standard font.
var helvetica = [...]int{278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
	556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
	1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
	333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584}

// neverFirst may not begin a line of Chinese.
const neverFirst = "，。、；：！？）》」』】〉”’…·%,.;:!?)]}"

// neverLast may not end one.
const neverLast = "（《「『【〈“‘([{"

// breakLines breaks text to the width: between any two Chinese characters, Latin words whole unless one alone is too wide, and
// no line beginning with a closing mark or ending with an opening one.
func breakLines(text string, size, wide float64) []string {
	lines := []string{}
	for part := range strings.SplitSeq(text, "\n") {
		runes := []rune(part)
		for len(runes) > 0 {
			used, n := 0.0, 0
			for n < len(runes) && used+advance(runes[n])*size/1000 <= wide {
				used += advance(runes[n]) * size / 1000
				n++
			}
			n = max(n, 1)
			if n < len(runes) {
				n = breakAt(runes, n)
			}
			lines = append(lines, strings.TrimRight(string(runes[:n]), " "))
			runes = runes[n:]
			for len(runes) > 0 && runes[0] == ' ' {
				runes = runes[1:]
			}
		}
		if part == "" {
			lines = append(lines, "")
		}
	}
	return lines
}

// breakAt moves a break at n back to where one is allowed; when there is none, it stays.
func breakAt(runes []rune, n int) int {
	for at := n; at > 0 && at > n-40; at-- {
		inWord := isLatin(runes[at]) && runes[at] != ' ' && isLatin(runes[at-1]) && runes[at-1] != ' '
		if !inWord && !strings.ContainsRune(neverFirst, runes[at]) && !strings.ContainsRune(neverLast, runes[at-1]) {
			return at
		}
	}
	return n
}

func (s *setter) write(w io.Writer, title, foot string) error {
	var out bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	out.WriteString("%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")
	const firstPage = 7
	kids := make([]string, len(s.pages))
	for i := range s.pages {
		kids[i] = fmt.Sprintf("%d 0 R", firstPage+2*i)
	}
	object("<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >> >>")
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(s.pages), strings.Join(kids, " ")))
	object("<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light-UniGB-UTF16-H /Encoding /UniGB-UTF16-H /DescendantFonts [4 0 R] >>")
	object("<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 5 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >> >>")
	object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
	object("<< /Title " + textString(title) + " /Producer (Lianbang) >>")
	for i, page := range s.pages {
		number := fmt.Sprintf("第 %d 页，共 %d 页", i+1, len(s.pages))
		last := &setter{pages: []*bytes.Buffer{page}}
		if lines := breakLines(foot, footSize, pageWidth-2*margin-80); len(lines) > 0 {
			last.draw(lines[0], margin, margin-footSize, footSize, false)
		}
		last.draw(number, pageWidth-margin-width(number, footSize), margin-footSize, footSize, false)
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		_, _ = z.Write(page.Bytes()) // a buffer takes everything
		_ = z.Close()
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.2f %.2f] /Resources << /Font << /S 3 0 R /L 5 0 R >> >> /Contents %d 0 R >>", pageWidth, pageHeight, firstPage+2*i+1))
		object(fmt.Sprintf("<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream", packed.Len(), packed.String()))
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	_, err := w.Write(out.Bytes())
	return err
}

// textString is a text of the document's properties, in UTF-16 with its mark.
func textString(s string) string {
	var out strings.Builder
	out.WriteString("<FEFF")
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&out, "%04X", unit)
	}
	return out.String() + ">"
}
