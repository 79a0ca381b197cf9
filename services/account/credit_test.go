package account

import (
	"math/rand/v2"
	"strings"
	"testing"

	"lianbang/services/platform/fault"
)

func TestReadCreditCode(t *testing.T) {
	for typed, want := range map[string]CreditCode{
		"91350100M000100Y43":     {Code: "91350100M000100Y43", Valid: true, Expected: "3"},
		"91350100m000100y43":     {Code: "91350100M000100Y43", Valid: true, Expected: "3"},
		" 9135 0100-M000100Y43 ": {Code: "91350100M000100Y43", Valid: true, Expected: "3"},
		"９１３５０１００Ｍ０００１００Ｙ４３": {Code: "91350100M000100Y43", Valid: true, Expected: "3"},
		"91350100M000100Y44": {Code: "91350100M000100Y44", Expected: "3"},
		"000000000000000000": {Code: "000000000000000000", Valid: true, Expected: "0"}, // remainder 0: the case others crash on
	} {
		got, err := ReadCreditCode(typed, "creditCode")
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", typed, got, err, want)
		}
		if got.NeedsProof() == got.Valid {
			t.Errorf("%q: needs proof %v", typed, got.NeedsProof())
		}
	}
	for typed, code := range map[string]string{
		"": "credit_code_length", "91350100M000100Y4": "credit_code_length", "91350100M000100Y433": "credit_code_length",
		"91350100MOOO100Y43": "credit_code_character", "91350100M000100Y4I": "credit_code_character", "９１３５０１００Ｍ０００１００": "credit_code_length",
	} {
		_, err := ReadCreditCode(typed, "at")
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0] != (fault.Field{Path: "at", Code: code, Detail: f.Fields[0].Detail}) {
			t.Errorf("%q: %v, want %s", typed, err, code)
		}
	}
}

// Every single wrong character and every swap of neighbours is caught: 31 is prime and no two weights are equal mod 31.
func TestCreditCodeCatchesSlips(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		code := []byte(completeCode(random))
		if c, err := ReadCreditCode(string(code), ""); err != nil || !c.Valid {
			t.Fatalf("%s is not valid: %v", code, err)
		}
		for i := range code {
			for _, other := range []byte(creditAlphabet) {
				if other == code[i] {
					continue
				}
				wrong := append([]byte{}, code...)
				wrong[i] = other
				if c, _ := ReadCreditCode(string(wrong), ""); c.Valid {
					t.Fatalf("%s passes for %s", wrong, code)
				}
			}
			if i > 0 && code[i] != code[i-1] {
				wrong := append([]byte{}, code...)
				wrong[i], wrong[i-1] = wrong[i-1], wrong[i]
				if c, _ := ReadCreditCode(string(wrong), ""); c.Valid {
					t.Fatalf("%s, swapped at %d, passes for %s", wrong, i, code)
				}
			}
		}
	}
}

// completeCode is a random valid code.
func completeCode(random *rand.Rand) string {
	var b strings.Builder
	for range 17 {
		b.WriteByte(creditAlphabet[random.IntN(len(creditAlphabet))])
	}
	c, _ := ReadCreditCode(b.String()+"0", "")
	return b.String() + c.Expected
}

func FuzzReadCreditCode(f *testing.F) {
	for _, s := range []string{"91350100M000100Y43", "", "９１", "91350100M000100Y4\xff", strings.Repeat("9", 4000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		c, err := ReadCreditCode(typed, "x")
		if err != nil {
			if c.Valid || c.NeedsProof() {
				t.Fatalf("%q is refused and accepted at once", typed)
			}
			return
		}
		again, err := ReadCreditCode(c.Code, "x")
		if err != nil || again != c {
			t.Fatalf("%q is not read back as itself: %+v, %+v, %v", typed, c, again, err)
		}
		if fixed, err := ReadCreditCode(c.Code[:17]+c.Expected, "x"); err != nil || !fixed.Valid {
			t.Fatalf("%q: the expected check character %s does not fit", typed, c.Expected)
		}
	})
}
