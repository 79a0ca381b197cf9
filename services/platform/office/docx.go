package office

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// WriteDOCX writes the paper as an Office Open XML document (ECMA-376) that can be filled in further by hand. It fails only
// when w does.
func (p Paper) WriteDOCX(w io.Writer) error {
	var body strings.Builder
	body.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`)
	body.WriteString(docxLine(p.Title, `<w:pPr><w:jc w:val="center"/><w:spacing w:after="240"/></w:pPr>`, `<w:b/><w:sz w:val="36"/>`))
	for _, b := range p.Blocks {
		switch b := b.(type) {
		case Heading:
			body.WriteString(docxLine(string(b), `<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="120"/><w:outlineLvl w:val="0"/></w:pPr>`, `<w:b/><w:sz w:val="26"/>`))
		case Text:
			body.WriteString(docxLine(string(b), `<w:pPr><w:spacing w:after="120"/></w:pPr>`, ""))
		case Table:
			b.docx(&body)
		}
	}
	body.WriteString(docxLine(p.Foot, `<w:pPr><w:spacing w:before="240"/></w:pPr>`, `<w:color w:val="4A5866"/><w:sz w:val="18"/>`))
	body.WriteString(`<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`)

	parts := []struct{ name, text string }{
		{"[Content_Types].xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>`},
		{"_rels/.rels", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`},
		{"word/_rels/document.xml.rels", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
		{"word/styles.xml", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="宋体" w:cs="Times New Roman"/><w:sz w:val="21"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>`},
		{"word/document.xml", body.String()},
	}
	z := zip.NewWriter(w)
	for _, part := range parts {
		f, err := z.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, part.text); err != nil {
			return err
		}
	}
	return z.Close()
}

// docxLine is one paragraph; line breaks in the text stay breaks.
func docxLine(text, paragraph, run string) string {
	var out strings.Builder
	out.WriteString("<w:p>" + paragraph)
	for i, line := range strings.Split(printable(text), "\n") {
		out.WriteString("<w:r>")
		if run != "" {
			out.WriteString("<w:rPr>" + run + "</w:rPr>")
		}
		if i > 0 {
			out.WriteString("<w:br/>")
		}
		out.WriteString(`<w:t xml:space="preserve">`)
		_ = xml.EscapeText(&out, []byte(line)) // a builder takes everything
		out.WriteString("</w:t></w:r>")
	}
	out.WriteString("</w:p>")
	return out.String()
}

func (t Table) docx(out *strings.Builder) {
	const wide = 9638 // twentieths of a point between the margins
	total := 0.0
	for _, share := range t.Shares {
		total += share
	}
	out.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(out, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="808080"/>`, side)
	}
	out.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, share := range t.Shares {
		fmt.Fprintf(out, `<w:gridCol w:w="%d"/>`, int(share/total*wide))
	}
	out.WriteString("</w:tblGrid>")
	for i, cells := range append(append([][]Cell{}, t.Head...), t.Rows...) {
		out.WriteString("<w:tr>")
		if i < len(t.Head) {
			out.WriteString("<w:trPr><w:tblHeader/></w:trPr>")
		}
		for _, c := range cells {
			out.WriteString("<w:tc><w:tcPr>")
			if c.span() > 1 {
				fmt.Fprintf(out, `<w:gridSpan w:val="%d"/>`, c.span())
			}
			run := ""
			if c.Label {
				out.WriteString(`<w:shd w:val="clear" w:color="auto" w:fill="F0F2F5"/>`)
				run = "<w:b/>"
			}
			out.WriteString("</w:tcPr>" + docxLine(c.Text, "", run) + "</w:tc>")
		}
		out.WriteString("</w:tr>")
	}
	out.WriteString("</w:tbl>")
	out.WriteString(docxLine("", "", ""))
}
