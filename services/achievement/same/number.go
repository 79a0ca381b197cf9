// Package same tells whether two achievements of one university may be one: by the number of a right they share, or by titles that differ
// only in how they were written down. It proposes, with the reason, and never decides: what it finds a person merges, keeps apart or
// leaves out. It owns no storage and knows no states.
package same

import (
	"regexp"
	"strings"
	"unicode"

	"lianbang/search/text"
)

var (
	// chinese is a Chinese application number: eight digits until October 2003, twelve since, and a check digit that many leave out.
	chinese = regexp.MustCompile(`^(?:ZL|CN)?(\d{12}|\d{8})([0-9X])?$`)
	// gazette is a Chinese publication number: its letter says which publication, not which invention.
	gazette = regexp.MustCompile(`^CN(\d{7,9})[A-Z]\d?$`)
)

// Number is the key of a right's number, however it was typed: width and case, ZL or CN in front, spaces, dots and dashes, with or without
// its check digit, with or without what it is. Empty when too little is left to know a right by.
func Number(s string) string {
	s = strings.ToUpper(text.Fold(s))
	for _, word := range []string{"专利号", "申请号", "登记号", "公开号", "授权号", "公告号", "证书号"} {
		s = strings.ReplaceAll(s, word, "")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	if m := chinese.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	if m := gazette.FindStringSubmatch(s); m != nil {
		return "CN" + m[1]
	}
	if digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s); len(digits) < 5 {
		return ""
	}
	return s
}

// checkWeights are those of a Chinese application number's check digit (国知局: weights 2 to 9 repeating, sum mod 11, X for 10).
var checkWeights = [8]int{2, 3, 4, 5, 6, 7, 8, 9}

// Mistyped reports whether a Chinese application number carries a check digit that does not fit: somebody hit a wrong key. Numbers without
// one, and other kinds of numbers, cannot be told.
func Mistyped(s string) bool {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, text.Fold(s))
	m := chinese.FindStringSubmatch(s)
	if m == nil || m[2] == "" {
		return false
	}
	sum := 0
	for i, d := range m[1] {
		sum += int(d-'0') * checkWeights[i%8]
	}
	return "0123456789X"[sum%11] != m[2][0]
}
