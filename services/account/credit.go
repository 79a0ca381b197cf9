package account

import (
	"strings"

	"lianbang/services/platform/fault"
)

// The alphabet and weights of GB 32100-2015: 31 characters (no I, O, S, V, Z), weights 3^(i-1) mod 31.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

// CreditCode is a unified social credit code as it was judged.
type CreditCode struct {
	Code     string // upper case, without spaces
	Valid    bool   // 18 characters of the alphabet and the right check character
	Expected string // the check character that fits the first 17, when they are of the alphabet
}

// NeedsProof reports whether only the check character fails. Some old real codes do, so such an organisation is taken and
// asked for manual proof.
func (c CreditCode) NeedsProof() bool { return !c.Valid && c.Expected != "" }

// ReadCreditCode judges a code as typed: spaces, hyphens and full-width forms are forgiven. Its error is an Invalid fault about the
// field path for what cannot be a code at all: a wrong length or a character GB 32100 does not use.
func ReadCreditCode(typed, path string) (CreditCode, error) {
	code := normaliseCreditCode(typed)
	if len(code) != 18 {
		return CreditCode{Code: code}, fault.Bad(fault.Field{Path: path, Code: "credit_code_length", Detail: "a unified social credit code has 18 characters"})
	}
	sum := 0
	for i, w := range creditWeights {
		v := strings.IndexByte(creditAlphabet, code[i])
		if v < 0 {
			return CreditCode{Code: code}, badCreditCharacter(path)
		}
		sum += v * w
	}
	if strings.IndexByte(creditAlphabet, code[17]) < 0 {
		return CreditCode{Code: code}, badCreditCharacter(path)
	}
	check := creditAlphabet[(31-sum%31)%31] // a remainder of 0 gives 0
	return CreditCode{Code: code, Valid: code[17] == check, Expected: string(check)}, nil
}

func badCreditCharacter(path string) error {
	return fault.Bad(fault.Field{Path: path, Code: "credit_code_character",
		Detail: "a unified social credit code has digits and capital letters other than I, O, S, V and Z"})
}

func normaliseCreditCode(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' { // full-width forms, as Chinese input methods type them
			r -= '！' - '!'
		}
		switch {
		case strings.ContainsRune(" -\t\u3000\u00a0\u200b", r):
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, s)
}
