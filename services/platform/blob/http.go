package blob

import (
	"errors"
	"io"
	"mime/multipart"
	"net/url"
	"strings"

	"lianbang/services/platform/fault"
)

// Part finds the file a form sends under the field name and returns its name and its content, to be read once and before
// anything else of the form. Small text fields before it are skipped; the parts after it are never looked at, so the caller
// need not drain them. The file's size is the Store's business, or LimitRead's.
func Part(form *multipart.Reader, field string) (name string, content io.Reader, err error) {
	missing := fault.Bad(fault.Field{Path: field, Code: "required", Detail: "send one file as multipart/form-data"})
	if form == nil {
		return "", nil, missing
	}
	for range 16 { // a form has few fields; more is not one of ours
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return "", nil, missing
		}
		if err != nil {
			return "", nil, fault.Wrap(err, fault.Invalid, "malformed", "the form cannot be read")
		}
		if part.FormName() != field {
			continue
		}
		if part.FileName() == "" {
			return "", nil, missing
		}
		return part.FileName(), part, nil
	}
	return "", nil, missing
}

// LimitRead reads a whole file that is not stored (a spreadsheet to import) into memory; a TooLarge fault past max bytes.
func LimitRead(r io.Reader, max int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "file_unreadable", "the file did not arrive whole")
	}
	if int64(len(b)) > max {
		return nil, fault.Newf(fault.TooLarge, "file_too_large", "a file may have at most %d MB", max>>20)
	}
	return b, nil
}

// Disposition is the Content-Disposition header that saves a file under its name, never shows it in the page: an ASCII
// fallback, and the real name as RFC 6266 and RFC 8187 (5987) encode it.
func Disposition(name string) string {
	name = CleanName(name)
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`"\%;`, r) {
			return '_'
		}
		return r
	}, name)
	// QueryEscape leaves exactly the unreserved characters, which RFC 8187 allows too, and writes a space as "+".
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return `attachment; filename="` + ascii + `"; filename*=UTF-8''` + strings.ReplaceAll(escaped, "~", "%7E")
}

// Headers are all the headers a file is served with. Even opened by hand it runs nothing, loads nothing and is not kept by a
// shared cache, since who may see it can change.
func Headers(ref Ref) map[string]string {
	return map[string]string{
		"Content-Type":            ref.Type,
		"Content-Disposition":     Disposition(ref.Name),
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'",
		"Cache-Control":           "private, no-cache",
	}
}
