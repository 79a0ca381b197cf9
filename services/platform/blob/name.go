package blob

import (
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Names are kept short enough for every file system, in bytes and in characters.
const (
	maxNameBytes = 200
	maxNameRunes = 100
	unnamed      = "附件"
)

// CleanName makes a file name safe to store, to show and to save under on any system: no path, no control or invisible
// characters, no direction overrides (which make "cod.exe" read as "exe.doc"), no reserved device names, and a bounded length
// that keeps the extension. An empty result becomes 附件. Cleaning a clean name changes nothing.
func CleanName(name string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case !unicode.IsGraphic(r) || r == utf8.RuneError || unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, name)
	name = trim(norm.NFC.String(strings.Join(strings.Fields(name), " ")))
	ext := filepath.Ext(name)
	if len(ext) > 16 {
		ext = ""
	}
	name = trim(shorten(strings.TrimSuffix(name, ext), maxNameBytes-len(ext), maxNameRunes-utf8.RuneCountInString(ext)) + ext)
	if name == "" || strings.Trim(name, "._ ") == "" {
		return unnamed
	}
	if reserved(name) {
		name = "_" + name
	}
	return name
}

// trim drops what file systems ignore or hide at either end.
func trim(name string) string { return strings.Trim(name, ". ") }

func shorten(s string, bytes, runes int) string {
	for i := range s {
		if runes--; runes < 0 || i > bytes-utf8.UTFMax {
			return s[:i]
		}
	}
	return s
}

// reserved reports a name Windows gives to a device, with any extension.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimSpace(stem)
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}
