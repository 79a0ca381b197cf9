package engine

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	s := defaultSettings()
	s.NonSeparatorTokens = []string{"#", "+"}
	s.SeparatorTokens = []string{"<br>", "乐"}
	s.Dictionary = []string{"J. R. R."}
	s.StopWords = []string{"the", "的"}
	custom := newTokenizer(s)
	plain := newTokenizer(defaultSettings())
	for _, c := range []struct {
		tk   *tokenizer
		text string
		want []string // word@position
	}{
		{plain, "", nil},
		{plain, "Hello, wörld_2", []string{"hello@1", "world@2", "2@3"}},
		{plain, "ＩＳＯ１４００１ ⅷ", []string{"iso14001@1", "viii@2"}},
		{plain, "5G网络 abc", []string{"5g@1", "网@2", "络@3", "abc@4"}},
		{plain, "が ガ", []string{"が@1", "ガ@2"}},
		{plain, "한국어 텍스트", []string{"한국어@1", "텍스트@2"}},
		{plain, "x\xffy", []string{"x@1", "y@2"}},
		{plain, strings.Repeat("a", 251) + " b", []string{"b@2"}},
		{custom, "c++ the #1<br>音乐会", []string{"c++@1", "#1@3", "音@4", "会@5"}},
		{custom, "J. R. R. Tolkien的书", []string{"j. r. r.@1", "tolkien@2", "书@4"}},
	} {
		var got []string
		for _, w := range c.tk.tokens(c.text) {
			got = append(got, w.Term+"@"+string(rune('0'+w.Position)))
			if w.Start >= w.End || w.End > len(c.text) {
				t.Errorf("%q: %+v", c.text, w)
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

func TestParseQuery(t *testing.T) {
	t.Parallel()
	tk := newTokenizer(defaultSettings())
	for q, want := range map[string]string{
		``:                        ``,
		`one`:                     `one*`,
		`one two`:                 `one two*`,
		`one two `:                `one two`,
		`"one two" three`:         `"one two" three*`,
		`"one two`:                `"one two"`,
		`one"two three"four`:      `one "two three" four*`,
		`a -b c`:                  `a -b c*`,
		`a -"b c" d`:              `a -"b c" d*`,
		`a-b - c`:                 `a b c*`,
		`-a`:                      `-a`,
		`简单 安装abc`:                `[简 单] [安 装] abc*`,
		`""  "" x`:                `x*`,
		`1 2 3 4 5 6 7 8 9 10 11`: `1 2 3 4 5 6 7 8 9 10`,
	} {
		var parts []string
		for _, term := range parseQuery(q, tk) {
			var words []string
			for _, w := range term.words {
				words = append(words, w.Term)
			}
			part := strings.Join(words, " ")
			switch {
			case term.phrase:
				part = `"` + part + `"`
			case term.adjacent:
				part = "[" + part + "]"
			}
			if term.prefix {
				part += "*"
			}
			if term.negative {
				part = "-" + part
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, " "); got != want {
			t.Errorf("%q: %s, want %s", q, got, want)
		}
	}
}

// TestNumberTermsOrderAsNumbers is what sorting, ranges and facets stand on.
func TestNumberTermsOrderAsNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	numbers := []float64{0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1, 1e15, 123456789}
	for range 1000 {
		numbers = append(numbers, (r.Float64()-0.5)*math.Pow(10, float64(r.IntN(40)-20)))
	}
	slices.Sort(numbers)
	for i, n := range numbers {
		if got := parseNumberTerm(numberTerm(n)); got != n {
			t.Fatalf("%v comes back as %v", n, got)
		}
		if i > 0 && (numbers[i-1] < n) != (numberTerm(numbers[i-1]) < numberTerm(n)) {
			t.Fatalf("%v and %v order otherwise as terms", numbers[i-1], n)
		}
	}
}

func TestWithinEdits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		n    int
		want bool
	}{
		{"word", "word", 0, true}, {"word", "ward", 0, false}, {"word", "ward", 1, true}, {"word", "words", 1, true},
		{"word", "wrd", 1, true}, {"word", "wrod", 1, false}, {"word", "wrod", 2, true}, {"词语", "词", 1, true}, {"", "ab", 1, false},
	} {
		if got := withinEdits(c.a, c.b, c.n); got != c.want {
			t.Errorf("%s %s within %d: %v", c.a, c.b, c.n, got)
		}
	}
}
