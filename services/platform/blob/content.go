package blob

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/jpeg" // image.DecodeConfig reads a JPEG's size through it
	"io"
	"strings"

	"github.com/richardlehane/mscfb"

	"lianbang/services/platform/fault"
)

// Limits on what a small file may unfold to in its reader's memory.
const (
	maxPixels    = 100 << 20 // of one image
	maxEntries   = 10_000    // of one Office document
	maxRelations = 4 << 20   // bytes of its list of content types
	tailWindow   = 64<<10 + 22
)

// maxInflated is how many bytes all entries of one Office document may have. A variable for its test alone.
var maxInflated int64 = 200 << 20

// kind is a type of file we take.
type kind struct {
	media      string
	extensions []string // the first is given to a file whose name has none of them
}

// name is the sanitised name, with an extension that tells the truth about the content.
func (k kind) name(given string) string {
	clean := CleanName(given)
	if hasExtension(clean, k.extensions) {
		return clean
	}
	return CleanName(shorten(clean, maxNameBytes-8, maxNameRunes-8) + k.extensions[0])
}

var (
	pdf  = kind{"application/pdf", []string{".pdf"}}
	png  = kind{"image/png", []string{".png"}}
	jpeg = kind{"image/jpeg", []string{".jpg", ".jpeg"}}
	webp = kind{"image/webp", []string{".webp"}}
	docx = kind{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", []string{".docx"}}
	xlsx = kind{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", []string{".xlsx"}}
	pptx = kind{"application/vnd.openxmlformats-officedocument.presentationml.presentation", []string{".pptx"}}
	doc  = kind{"application/msword", []string{".doc", ".wps"}}
	xls  = kind{"application/vnd.ms-excel", []string{".xls", ".et"}}
)

// detect reads the type from the content. Each format is held to its own structure from the first byte to the last, which is
// what keeps out a file that is two formats at once.
func detect(f io.ReaderAt, size int64) (kind, error) {
	head := make([]byte, min(size, 1024))
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return kind{}, fmt.Errorf("blob: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-1.")), bytes.HasPrefix(head, []byte("%PDF-2.")):
		return pdf, checkPDF(f, size, head)
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return png, checkPNG(f, size)
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return jpeg, checkJPEG(f, size, head)
	case len(head) >= 16 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return webp, checkWebP(size, head)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return checkOffice(f, size)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return checkLegacy(f, size, head)
	}
	return kind{}, errType()
}

func errType() error {
	return fault.New(fault.Unsupported, "file_type", "we take PDF, PNG, JPEG, WebP, Word, Excel and PowerPoint files")
}

func errDamaged(what string) error {
	return fault.New(fault.Unsupported, "file_damaged", "the file is damaged or holds more than it should: "+what)
}

func errActive(what string) error {
	return fault.New(fault.Unsupported, "file_active", "the file holds something that can run: "+what)
}

func errBomb(what string) error {
	return fault.New(fault.Unsupported, "file_bomb", "the file would unfold to too much: "+what)
}

// tail is the end of a file, long enough to hold any zip directory's closing record.
func tail(f io.ReaderAt, size int64) ([]byte, error) {
	n := min(size, tailWindow)
	b := make([]byte, n)
	if _, err := f.ReadAt(b, size-n); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return b, nil
}

// markup finds the beginnings of a page or a script that a careless reader might sniff out of a file's first bytes.
func markup(b []byte) bool {
	b = bytes.ToLower(b)
	for _, sign := range []string{"<script", "<html", "<svg", "<!doctype", "<?php", "<iframe", "<body"} {
		if bytes.Contains(b, []byte(sign)) {
			return true
		}
	}
	return false
}

// checkPDF wants the end mark at the end, no zip behind or within the last bytes, and no page markup in front.
func checkPDF(f io.ReaderAt, size int64, head []byte) error {
	end, err := tail(f, size)
	if err != nil {
		return err
	}
	i := bytes.LastIndex(end, []byte("%%EOF"))
	if i < 0 {
		return errDamaged("a PDF without an end")
	}
	if rest := bytes.Trim(end[i+len("%%EOF"):], "\x00\t\n\f\r "); len(rest) > 0 {
		return errDamaged("content after the end of the PDF")
	}
	if bytes.Contains(end, []byte("PK\x05\x06")) || markup(head) {
		return errActive("two formats in one file")
	}
	return nil
}

// checkPNG walks the chunks: each with a right checksum, IHDR first, IEND last and nothing after it.
func checkPNG(f io.ReaderAt, size int64) error {
	var header [8]byte
	for at := int64(8); ; {
		if _, err := f.ReadAt(header[:], at); err != nil {
			return errDamaged("a PNG without an end")
		}
		n, name := int64(binary.BigEndian.Uint32(header[:4])), string(header[4:])
		if at+12+n > size {
			return errDamaged("a PNG cut short")
		}
		body := make([]byte, n+4)
		if _, err := f.ReadAt(body, at+8); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("blob: %w", err)
		}
		sum := crc32.Update(crc32.ChecksumIEEE([]byte(name)), crc32.IEEETable, body[:n])
		if sum != binary.BigEndian.Uint32(body[n:]) {
			return errDamaged("a PNG with a wrong checksum")
		}
		if (at == 8) != (name == "IHDR") {
			return errDamaged("a PNG in disorder")
		}
		if name == "IHDR" {
			if n != 13 || !fits(binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])) {
				return errBomb("the image's size")
			}
		}
		at += 12 + n
		if name == "IEND" {
			if at != size {
				return errDamaged("content after the end of the PNG")
			}
			return nil
		}
	}
}

// checkJPEG reads the frame's size and looks for another format around it. Phones append data of their own (a second image, a
// short film) after the end, so content there is no damage in itself.
func checkJPEG(f io.ReaderAt, size int64, head []byte) error {
	c, format, err := image.DecodeConfig(io.NewSectionReader(f, 0, size))
	if err != nil || format != "jpeg" {
		return errDamaged("a JPEG without a readable frame")
	}
	if !fits(uint32(c.Width), uint32(c.Height)) {
		return errBomb("the image's size")
	}
	end, err := tail(f, size)
	if err != nil {
		return err
	}
	if markup(head) || markup(end) || bytes.Contains(end, []byte("PK\x05\x06")) || bytes.Contains(head, []byte("%PDF-")) ||
		bytes.Contains(end, []byte("%PDF-")) {
		return errActive("two formats in one file")
	}
	return nil
}

// checkWebP holds the container's length to the file's and reads the canvas or frame size.
func checkWebP(size int64, head []byte) error {
	if int64(binary.LittleEndian.Uint32(head[4:]))+8 != size || len(head) < 30 {
		return errDamaged("a WebP of another length than it says")
	}
	var w, h uint32
	switch string(head[12:16]) {
	case "VP8X":
		w, h = 1+uint24(head[24:]), 1+uint24(head[27:])
	case "VP8 ":
		if !bytes.Equal(head[23:26], []byte{0x9d, 0x01, 0x2a}) {
			return errDamaged("a WebP without a frame")
		}
		w, h = uint32(binary.LittleEndian.Uint16(head[26:])&0x3fff), uint32(binary.LittleEndian.Uint16(head[28:])&0x3fff)
	case "VP8L":
		if head[20] != 0x2f {
			return errDamaged("a WebP without a frame")
		}
		bits := binary.LittleEndian.Uint32(head[21:])
		w, h = 1+bits&0x3fff, 1+bits>>14&0x3fff
	default:
		return errDamaged("a WebP in disorder")
	}
	if !fits(w, h) {
		return errBomb("the image's size")
	}
	if markup(head) {
		return errActive("two formats in one file")
	}
	return nil
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

func fits(w, h uint32) bool { return w > 0 && h > 0 && uint64(w)*uint64(h) <= maxPixels }

// checkOffice reads an Office document: a zip from the first byte to the last whose list of content types names exactly one of
// the three main parts, without macros or embedded programs. Every entry is inflated once and counted, since a zip's directory
// may lie.
func checkOffice(f io.ReaderAt, size int64) (kind, error) {
	end, err := tail(f, size)
	if err != nil {
		return kind{}, err
	}
	// The closing record must be the last 22 bytes: no comment, nothing hidden behind it.
	if i := bytes.LastIndex(end, []byte("PK\x05\x06")); i < 0 || len(end)-i != 22 {
		return kind{}, errDamaged("content after the end of the document")
	}
	z, err := zip.NewReader(f, size)
	if err != nil {
		return kind{}, errDamaged("an unreadable document")
	}
	if len(z.File) > maxEntries {
		return kind{}, errBomb("its number of parts")
	}
	var types []byte
	var packed, total int64
	for _, part := range z.File {
		name := strings.ToLower(part.Name)
		if strings.Contains(name, "..") || strings.HasPrefix(name, "/") || strings.Contains(name, `\`) {
			return kind{}, errActive("a part named outside the document")
		}
		if strings.Contains(name, "vbaproject") || strings.Contains(name, "/activex/") || hasExtension(name, programs) {
			return kind{}, errActive("macros or programs")
		}
		if packed += int64(part.CompressedSize64); packed > size {
			return kind{}, errBomb("parts that overlap")
		}
		b, n, err := inflate(part, maxInflated-total, name == "[content_types].xml")
		if err != nil {
			return kind{}, err
		}
		if b != nil {
			types = b
		}
		total += n
	}
	return officeKind(types)
}

var programs = []string{".exe", ".dll", ".js", ".vbs", ".bat", ".cmd", ".ps1", ".jar", ".scr", ".hta", ".msi", ".lnk"}

// inflate counts a part's bytes, keeping them when asked.
func inflate(part *zip.File, most int64, keep bool) ([]byte, int64, error) {
	r, err := part.Open()
	if err != nil {
		return nil, 0, errDamaged("an unreadable part")
	}
	defer func() { _ = r.Close() }()
	if keep {
		most = min(most, maxRelations)
	}
	var kept bytes.Buffer
	to := io.Discard
	if keep {
		to = &kept
	}
	n, err := io.Copy(to, io.LimitReader(r, most+1))
	switch {
	case n > most:
		return nil, n, errBomb("its parts")
	case err != nil:
		return nil, n, errDamaged("an unreadable part")
	case keep:
		return kept.Bytes(), n, nil
	}
	return nil, n, nil
}

func officeKind(types []byte) (kind, error) {
	if bytes.Contains(bytes.ToLower(types), []byte("macroenabled")) {
		return kind{}, errActive("macros")
	}
	for _, k := range []kind{docx, xlsx, pptx} {
		if bytes.Contains(types, []byte(k.media+".main+xml")) {
			return k, nil
		}
	}
	return kind{}, errType()
}

// checkLegacy reads the directory of an old Office file (a compound file) for its main stream; macros live in storages of
// known names.
func checkLegacy(f io.ReaderAt, size int64, head []byte) (found kind, err error) {
	if len(head) < 512 {
		return kind{}, errDamaged("an unreadable document")
	}
	for _, count := range []int{44, 64, 72} { // sectors the header claims; the reader allocates by them
		if int64(binary.LittleEndian.Uint32(head[count:])) > size/512 {
			return kind{}, errDamaged("a document longer than its file")
		}
	}
	defer func() {
		if recover() != nil { // the reader is not hardened against hostile sector chains
			found, err = kind{}, errDamaged("an unreadable document")
		}
	}()
	r, err := mscfb.New(f)
	if err != nil {
		return kind{}, errDamaged("an unreadable document")
	}
	for entries := 0; ; entries++ {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || entries > maxEntries {
			return kind{}, errDamaged("an unreadable document")
		}
		switch e.Name {
		case "Macros", "_VBA_PROJECT_CUR", "VBA", "_VBA_PROJECT":
			return kind{}, errActive("macros")
		case "WordDocument":
			found = doc
		case "Workbook", "Book":
			if found.media == "" {
				found = xls
			}
		}
	}
	if found.media == "" {
		return kind{}, errType()
	}
	return found, nil
}
