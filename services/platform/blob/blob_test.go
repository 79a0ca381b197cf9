package blob

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"lianbang/services/platform/fault"
)

func open(t *testing.T, max int64) *Dir {
	t.Helper()
	d, err := OpenDir(t.TempDir(), max)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// stores runs a test on every kind of store. left counts what is kept, half-written files included.
func stores(t *testing.T, max int64, run func(t *testing.T, s Store, left func() int)) {
	t.Run("directory", func(t *testing.T) {
		d := open(t, max)
		run(t, d, func() int {
			nothingHalfWritten(t, d)
			all, err := filepath.Glob(filepath.Join(d.root, "*", "*"))
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		})
	})
	t.Run("s3", func(t *testing.T) {
		b := openBucket(t)
		s, err := OpenS3(t.Context(), b.options(max))
		if err != nil {
			t.Fatal(err)
		}
		run(t, s, func() int { return len(b.objects(t)) })
	})
}

func TestPutOpenDelete(t *testing.T) {
	stores(t, 0, func(t *testing.T, s Store, left func() int) {
		ctx := t.Context()
		content := samplePDF()
		ref, err := s.Put(ctx, bytes.NewReader(content), `C:\temp\..\检测报告（终稿）.pdf`)
		if err != nil {
			t.Fatal(err)
		}
		if ref.Name != "检测报告（终稿）.pdf" || ref.Type != "application/pdf" || ref.Size != int64(len(content)) || len(ref.SHA256) != 64 {
			t.Errorf("ref is %+v", ref)
		}
		other, err := s.Put(ctx, bytes.NewReader(content), "同一内容.pdf")
		if err != nil || other.ID == ref.ID || left() != 2 {
			t.Fatalf("the same content again: %+v, %v, %d kept", other, err, left())
		}
		f, again, err := s.Open(ctx, ref.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, content) || again != ref {
			t.Errorf("read %d bytes of %d, %+v, %v", len(got), len(content), again, err)
		}
		if _, err := f.Seek(5, io.SeekStart); err != nil {
			t.Error(err)
		}
		got, err = io.ReadAll(f)
		if cerr := f.Close(); err != nil || cerr != nil || !bytes.Equal(got, content[5:]) {
			t.Errorf("from byte 5: %d bytes, %v, %v", len(got), err, cerr)
		}
		for range 2 { // the second finds nothing and is content
			if err := s.Delete(ctx, ref.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := s.Open(ctx, ref.ID); fault.KindOf(err) != fault.NotFound {
			t.Errorf("a deleted file opens: %v", err)
		}
		if left() != 1 {
			t.Errorf("%d files are kept", left())
		}
	})
}

func TestManyAtOnce(t *testing.T) {
	stores(t, 0, func(t *testing.T, s Store, left func() int) {
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				name := fmt.Sprintf("%d.pdf", i)
				ref, err := s.Put(t.Context(), bytes.NewReader(samplePDF()), name)
				if err != nil {
					t.Error(err)
					return
				}
				f, got, err := s.Open(t.Context(), ref.ID)
				if err != nil || got.Name != name {
					t.Errorf("%s opens as %+v, %v", name, got, err)
					return
				}
				_ = f.Close()
			})
		}
		all.Wait()
		if left() != 16 {
			t.Errorf("%d files are kept", left())
		}
	})
}

func TestIdsCannotLeaveTheStore(t *testing.T) {
	stores(t, 0, func(t *testing.T, s Store, _ func() int) {
		for _, id := range []string{"", ".", "../x", "../../etc/passwd", "new-1", "00000000-0000-0000-0000-00000000000A", "{00000000-0000-0000-0000-000000000000}"} {
			if _, _, err := s.Open(t.Context(), id); fault.KindOf(err) != fault.NotFound {
				t.Errorf("Open(%q): %v", id, err)
			}
			if err := s.Delete(t.Context(), id); err != nil {
				t.Errorf("Delete(%q): %v", id, err)
			}
		}
	})
}

func TestWhatFailsLeavesNothing(t *testing.T) {
	stores(t, 1000, func(t *testing.T, s Store, left func() int) {
		long := append(samplePDF(), bytes.Repeat([]byte("\n"), 1000)...)
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		for name, c := range map[string]struct {
			ctx  context.Context
			r    io.Reader
			kind fault.Kind
			code string
		}{
			"too long":   {t.Context(), bytes.NewReader(long), fault.TooLarge, "file_too_large"},
			"empty":      {t.Context(), strings.NewReader(""), fault.Invalid, "file_empty"},
			"torn":       {t.Context(), io.MultiReader(bytes.NewReader(samplePDF()), iotest.ErrReader(errors.New("gone"))), fault.Invalid, "file_unreadable"},
			"called off": {cancelled, bytes.NewReader(samplePDF()), fault.Invalid, "file_unreadable"},
			"a script":   {t.Context(), strings.NewReader("#!/bin/sh\nrm -rf /\n"), fault.Unsupported, "file_type"},
		} {
			_, err := s.Put(c.ctx, c.r, "x.pdf")
			if f := fault.As(err); f == nil || f.Kind != c.kind || f.Code != c.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if left() != 0 {
			t.Errorf("%d files are kept", left())
		}
	})
}

func TestOpeningSweepsWhatACrashLeft(t *testing.T) {
	root := t.TempDir()
	torn := filepath.Join(root, building+"123")
	if err := os.Mkdir(torn, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(torn, contentFile), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := OpenDir(root, 0)
	if err != nil {
		t.Fatal(err)
	}
	nothingHalfWritten(t, d)
}

func nothingHalfWritten(t *testing.T, d *Dir) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(d.root, building+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestContentDecidesTheType(t *testing.T) {
	maxInflated = 1 << 20
	t.Cleanup(func() { maxInflated = 200 << 20 })
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	var pngBytes, jpegBytes bytes.Buffer
	if err := errors.Join(stdpng.Encode(&pngBytes, picture), stdjpeg.Encode(&jpegBytes, picture, nil)); err != nil {
		t.Fatal(err)
	}
	docxBytes := office(docx, "word/document.xml", nil)
	for _, c := range []struct {
		name, given string
		content     []byte
		stored      string // the name it gets; empty when it is refused
		code        string
	}{
		{"PDF", "a.pdf", samplePDF(), "a.pdf", ""},
		{"PDF called a program", "setup.exe", samplePDF(), "setup.exe.pdf", ""},
		{"PNG", "截图.PNG", pngBytes.Bytes(), "截图.PNG", ""},
		{"JPEG", "IMG_0001.jpeg", jpegBytes.Bytes(), "IMG_0001.jpeg", ""},
		{"JPEG with a phone's own trailer", "a.jpg", append(bytes.Clone(jpegBytes.Bytes()), "MotionPhoto_Data"...), "a.jpg", ""},
		{"WebP lossless", "a.webp", sampleWebP(100, 80), "a.webp", ""},
		{"docx", "申请书", docxBytes, "申请书.docx", ""},
		{"xlsx", "a.xlsx", office(xlsx, "xl/workbook.xml", nil), "a.xlsx", ""},
		{"pptx", "a.pptx", office(pptx, "ppt/presentation.xml", nil), "a.pptx", ""},
		{"doc", "a.doc", compound("WordDocument"), "a.doc", ""},
		{"xls under a wrong name", "a.xlsx", compound("Workbook"), "a.xlsx.xls", ""},

		{"text", "a.pdf", []byte("just text"), "", "file_type"},
		{"HTML", "a.pdf", []byte("<!doctype html><script>alert(1)</script>"), "", "file_type"},
		{"SVG", "a.png", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "", "file_type"},
		{"Windows program", "a.pdf", []byte("MZ\x90\x00"), "", "file_type"},
		{"ELF program", "a.png", []byte("\x7fELF\x02\x01\x01"), "", "file_type"},
		{"GIF", "a.gif", []byte("GIF89a\x01\x00\x01\x00"), "", "file_type"},
		{"PDF not at the start", "a.pdf", append([]byte("<script>"), samplePDF()...), "", "file_type"},
		{"PDF without an end", "a.pdf", []byte("%PDF-1.7\n1 0 obj"), "", "file_damaged"},
		{"PDF with a zip behind", "a.pdf", append(samplePDF(), docxBytes...), "", "file_damaged"},
		{"PDF with a zip inside", "a.pdf", append(append([]byte("%PDF-1.7\n"), docxBytes...), "%%EOF"...), "", "file_active"},
		{"PDF with a page in front", "a.pdf", append([]byte("%PDF-1.7\n<script>alert(1)</script>\n"), "%%EOF"...), "", "file_active"},
		{"PNG with a zip behind", "a.png", append(bytes.Clone(pngBytes.Bytes()), docxBytes...), "", "file_damaged"},
		{"PNG cut short", "a.png", pngBytes.Bytes()[:pngBytes.Len()-6], "", "file_damaged"},
		{"PNG of a billion pixels", "a.png", hugePNG(), "", "file_bomb"},
		{"JPEG with a zip behind", "a.jpg", append(bytes.Clone(jpegBytes.Bytes()), docxBytes...), "", "file_active"},
		{"JPEG with a script behind", "a.jpg", append(bytes.Clone(jpegBytes.Bytes()), "<script>"...), "", "file_active"},
		{"JPEG header alone", "a.jpg", []byte("\xff\xd8\xff\xe0"), "", "file_damaged"},
		{"WebP longer than it says", "a.webp", append(sampleWebP(100, 80), 0), "", "file_damaged"},
		{"WebP of 200 megapixels", "a.webp", sampleWebP(16000, 16000), "", "file_bomb"},
		{"a plain zip", "a.docx", zipped(map[string]string{"readme.txt": "hello"}), "", "file_type"},
		{"a zip bomb in a document", "a.docx", office(docx, "word/document.xml", map[string]string{"word/media/a.xml": strings.Repeat("0", 1<<20+1)}), "", "file_bomb"},
		{"macros in a docx", "a.docx", office(docx, "word/document.xml", map[string]string{"word/vbaProject.bin": "x"}), "", "file_active"},
		{"macro-enabled types", "a.docm", zipped(map[string]string{"[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml"}), "", "file_active"},
		{"a program in a docx", "a.docx", office(docx, "word/document.xml", map[string]string{"word/embeddings/setup.EXE": "MZ"}), "", "file_active"},
		{"a part outside", "a.docx", office(docx, "word/document.xml", map[string]string{"../../evil": "x"}), "", "file_active"},
		{"a document with a tail", "a.docx", append(bytes.Clone(docxBytes), "<script>"...), "", "file_damaged"},
		{"compound without a main stream", "a.msi", compound("SummaryInformation"), "", "file_type"},
		{"doc with macros", "a.doc", compound("WordDocument", "Macros"), "", "file_active"},
		{"compound header alone", "a.doc", compound("WordDocument")[:600], "", "file_damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, 0)
			ref, err := d.Put(t.Context(), bytes.NewReader(c.content), c.given)
			if c.code == "" && (err != nil || ref.Name != c.stored) {
				t.Errorf("want %q, have %+v, %v", c.stored, ref, err)
			}
			if c.code != "" && (err == nil || fault.As(err).Code != c.code) {
				t.Errorf("want %s, have %+v, %v", c.code, ref, err)
			}
		})
	}
}

func TestPart(t *testing.T) {
	form := func(write func(w *multipart.Writer)) *multipart.Reader {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		write(w)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return multipart.NewReader(&b, w.Boundary())
	}
	name, r, err := Part(form(func(w *multipart.Writer) {
		_ = w.WriteField("note", "x")
		f, _ := w.CreateFormFile("file", "清单.xlsx")
		_, _ = f.Write([]byte("hello"))
	}), "file")
	if err != nil || name != "清单.xlsx" {
		t.Fatalf("%q, %v", name, err)
	}
	if b, err := LimitRead(r, 5); err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := LimitRead(strings.NewReader("hello!"), 5); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("six bytes of five: %v", err)
	}
	for what, f := range map[string]*multipart.Reader{
		"no form":       nil,
		"no file":       form(func(w *multipart.Writer) { _ = w.WriteField("note", "x") }),
		"a text field":  form(func(w *multipart.Writer) { _ = w.WriteField("file", "x") }),
		"endless parts": form(func(w *multipart.Writer) { _ = manyFields(w); _, _ = w.CreateFormFile("file", "a.pdf") }),
	} {
		if _, _, err := Part(f, "file"); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func manyFields(w *multipart.Writer) error {
	for range 20 {
		if err := w.WriteField("x", "y"); err != nil {
			return err
		}
	}
	return nil
}

func TestDisposition(t *testing.T) {
	for name, want := range map[string]string{
		"a b.pdf":              `attachment; filename="a b.pdf"; filename*=UTF-8''a%20b.pdf`,
		"报价单(终).xlsx":          `attachment; filename="___(_).xlsx"; filename*=UTF-8''%E6%8A%A5%E4%BB%B7%E5%8D%95%28%E7%BB%88%29.xlsx`,
		"a\"\r\nSet-Cookie: x": `attachment; filename="a_ Set-Cookie_ x"; filename*=UTF-8''a_%20Set-Cookie_%20x`,
	} {
		if got := Disposition(name); got != want {
			t.Errorf("%q gives\n%s, want\n%s", name, got, want)
		}
		if _, params, err := mime.ParseMediaType(Disposition(name)); err != nil || params["filename"] != CleanName(name) {
			t.Errorf("%q does not come back: %v, %v", name, params, err)
		}
	}
	h := Headers(Ref{Name: "a.pdf", Type: "application/pdf"})
	if h["X-Content-Type-Options"] != "nosniff" || !strings.HasPrefix(h["Content-Security-Policy"], "sandbox") || h["Content-Type"] != "application/pdf" {
		t.Errorf("headers are %v", h)
	}
}

func TestCleanName(t *testing.T) {
	for given, want := range map[string]string{
		"../../etc/passwd":         "passwd",
		`..\..\windows\win.ini`:    "win.ini",
		"":                         "附件",
		"...":                      "附件",
		"a/":                       "附件",
		"报告\u202Efdp.exe":          "报告fdp.exe",
		"a\x00b\x1f.pdf":           "ab.pdf",
		"zero\u200bwidth\ufeff.md": "zerowidth.md",
		"  many   spaces .pdf ":    "many spaces .pdf",
		`<b>:"|?*.txt`:             "_b______.txt",
		"CON":                      "_CON",
		"nul.txt":                  "_nul.txt",
		"com1.pdf":                 "_com1.pdf",
		"COMPANY.pdf":              "COMPANY.pdf",
		"bad\xff\xfeutf.pdf":       "badutf.pdf",
		"e\u0301.pdf":              "é.pdf",
	} {
		if got := CleanName(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
	long := CleanName(strings.Repeat("长", 500) + ".docx")
	if !strings.HasSuffix(long, ".docx") || len(long) > maxNameBytes || utf8.RuneCountInString(long) > maxNameRunes {
		t.Errorf("a long name becomes %d bytes, %q", len(long), long)
	}
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"", "a.pdf", "../x", "\u202e", "CON.", strings.Repeat("长", 300) + ".tar.gz", ". . .", "a.\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := CleanName(given)
		if name == "" || len(name) > maxNameBytes+1 || !utf8.ValidString(name) || name == "." || name == ".." {
			t.Fatalf("%q becomes %q", given, name)
		}
		for _, r := range name {
			if strings.ContainsRune(`/\<>:"|?*`, r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q becomes %q", given, name)
			}
		}
		if again := CleanName(name); again != name {
			t.Fatalf("%q becomes %q and then %q", given, name, again)
		}
		if _, _, err := mime.ParseMediaType(Disposition(given)); err != nil {
			t.Fatalf("%q: %v", given, err)
		}
	})
}

// FuzzDetect holds the readers of foreign formats to failing politely.
func FuzzDetect(f *testing.F) {
	f.Add(samplePDF())
	f.Add(hugePNG())
	f.Add(sampleWebP(3, 4))
	f.Add(office(docx, "word/document.xml", nil))
	f.Add(compound("WordDocument"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return
		}
		k, err := detect(bytes.NewReader(b), int64(len(b)))
		if err == nil && k.media == "" {
			t.Fatal("taken without a type")
		}
		if err != nil && fault.KindOf(err) != fault.Unsupported {
			t.Fatalf("refused as %v", err)
		}
	})
}

func samplePDF() []byte {
	return []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

// hugePNG says to be 40,000 × 40,000, which would be gigabytes once decoded.
func hugePNG() []byte {
	header := make([]byte, 13)
	binary.BigEndian.PutUint32(header, 40_000)
	binary.BigEndian.PutUint32(header[4:], 40_000)
	header[8] = 8
	b := []byte("\x89PNG\r\n\x1a\n")
	for name, body := range map[string][]byte{"IHDR": header} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
		chunk := append([]byte(name), body...)
		b = binary.BigEndian.AppendUint32(append(b, chunk...), crc32.ChecksumIEEE(chunk))
	}
	return b
}

// sampleWebP is a lossless WebP's container and header.
func sampleWebP(w, h uint32) []byte {
	frame := binary.LittleEndian.AppendUint32([]byte{0x2f}, (w-1)|(h-1)<<14)
	frame = append(frame, make([]byte, 5)...)
	body := binary.LittleEndian.AppendUint32([]byte("WEBPVP8L"), uint32(len(frame)))
	body = append(body, frame...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func office(k kind, main string, more map[string]string) []byte {
	parts := map[string]string{
		"[Content_Types].xml": `<Types><Override PartName="/` + main + `" ContentType="` + k.media + `.main+xml"/></Types>`,
		main:                  "<x/>",
	}
	for name, content := range more {
		parts[name] = content
	}
	return zipped(parts)
}

func zipped(parts map[string]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// compound is the smallest compound file with the named streams: a header, one sector of allocation table, one of directory.
func compound(streams ...string) []byte {
	const none, end, isFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
	header := make([]byte, 512)
	copy(header, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	binary.LittleEndian.PutUint16(header[24:], 0x3e)
	binary.LittleEndian.PutUint16(header[26:], 3)
	binary.LittleEndian.PutUint16(header[28:], 0xfffe)
	binary.LittleEndian.PutUint16(header[30:], 9)
	binary.LittleEndian.PutUint16(header[32:], 6)
	put := func(b []byte, at int, v uint32) { binary.LittleEndian.PutUint32(b[at:], v) }
	put(header, 44, 1)
	put(header, 48, 1)
	put(header, 56, 4096)
	put(header, 60, end)
	put(header, 68, end)
	for at := 80; at < 512; at += 4 {
		put(header, at, none)
	}
	put(header, 76, 0)
	fat := bytes.Repeat([]byte{0xff}, 512)
	put(fat, 0, isFAT)
	put(fat, 4, end)
	directory := make([]byte, 512)
	for i, name := range append([]string{"Root Entry"}, streams...) {
		e := directory[i*128:]
		for j, u := range utf16.Encode([]rune(name)) {
			binary.LittleEndian.PutUint16(e[2*j:], u)
		}
		binary.LittleEndian.PutUint16(e[64:], uint16(2*len(name)+2))
		e[66] = 2
		put(e, 68, none)
		put(e, 72, none)
		put(e, 76, none)
		put(e, 116, end)
		if i == 0 {
			e[66] = 5
			put(e, 76, 1)
		}
		if i > 0 && i < len(streams) {
			put(e, 72, uint32(i+1))
		}
	}
	return bytes.Join([][]byte{header, fat, directory}, nil)
}
