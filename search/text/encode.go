package text

import "strings"

// Tokens are written with lower-case ASCII letters only: analysers split at digits, at case changes, at punctuation
// and, for Chinese, wherever their dictionary says; none splits a stretch of lower-case letters. All begin with vq, as
// no Latin word does, so that neither the prefix nor the typo of a typed word can reach them. Characters are spelled
// with consonants: no compound-splitting analyser (German, Dutch) finds words inside. What follows vq tells the kinds
// apart:
//
//	4 consonants    one Han character
//	8 consonants    a pair of neighbouring characters
//	o + letters     a Latin word or a number
//	i + letters     one pinyin syllable
//	u + 2 letters   the initials of two neighbouring characters
//	a               the end of a run: phrases do not reach across it
const (
	mark       = "vq"
	breakToken = mark + "a"
	consonants = "bcdfghjklmnpqrstvwxyz" // 21⁴ = 194,481 > every code point that spell is given
)

// spell writes one character as four consonants, one to one. Supplementary Han of plane 3 is moved down to plane 1,
// whose characters classOf never lets through.
func spell(b *strings.Builder, r rune) {
	if r >= 0x30000 {
		r -= 0x20000
	}
	n := int(r)
	var out [4]byte
	for i := 3; i >= 0; i-- {
		out[i] = consonants[n%21]
		n /= 21
	}
	b.Write(out[:])
}

func hanToken(r rune) string {
	var b strings.Builder
	b.WriteString(mark)
	spell(&b, r)
	return b.String()
}

func pairToken(r, s rune) string {
	var b strings.Builder
	b.Grow(len(mark) + 8)
	b.WriteString(mark)
	spell(&b, r)
	spell(&b, s)
	return b.String()
}

// wordToken spells a Latin word or a number: letters stand for themselves, a digit is q and a letter from a to j,
// q is qq, any other letter is qx and its four consonants.
func wordToken(cs []char) string {
	var b strings.Builder
	b.WriteString(mark + "o")
	for _, c := range cs {
		switch {
		case c.r == 'q':
			b.WriteString("qq")
		case 'a' <= c.r && c.r <= 'z':
			b.WriteByte(byte(c.r))
		case '0' <= c.r && c.r <= '9':
			b.WriteByte('q')
			b.WriteByte('a' + byte(c.r-'0'))
		default:
			b.WriteString("qx")
			spell(&b, c.r)
		}
	}
	return b.String()
}

func unitToken(u []char) string {
	if u[0].class == han {
		return hanToken(u[0].r)
	}
	return wordToken(u)
}

func syllableToken(syllable string) string { return mark + "i" + syllable }

func initialsToken(first, second string) string { return mark + "u" + first[:1] + second[:1] }
