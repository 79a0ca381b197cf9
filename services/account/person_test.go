package account

import (
	"testing"

	"lianbang/services/platform/fault"
)

func TestNormalisePhone(t *testing.T) {
	for typed, want := range map[string]string{"13800138000": "13800138000", "+86 138-0013-8000": "13800138000", "0086 13800138000": "13800138000",
		"１３８００１３８０００": "13800138000", "8613800138000": "13800138000"} {
		if got, err := NormalisePhone(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "12800138000", "1380013800", "138001380000", "057487654321", "+1 202 555 0143", "1380013800x", "8613800138"} {
		if got, err := NormalisePhone(typed); fault.KindOf(err) != fault.Invalid || got != "" {
			t.Errorf("%q passes as %q", typed, got)
		}
	}
}

func TestNormaliseEmail(t *testing.T) {
	for typed, want := range map[string]string{"Zhang@Example.COM": "zhang@example.com", " a.b@c.cn ": "a.b@c.cn"} {
		if got, err := NormaliseEmail(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"", "a", "a@b", "Zhang <a@b.cn>", "a@b.cn, c@d.cn", "a b@c.cn", "a@b.cn\r\nBcc: x@y.cn"} {
		if got, err := NormaliseEmail(typed); err == nil {
			t.Errorf("%q passes as %q", typed, got)
		}
	}
}

func TestCheckPassword(t *testing.T) {
	for _, weak := range []string{"", "short7!", "12345678", "87654321", "password", "Password123", "P@ssw0rd!", "aaaaaaaa", "abababab", "20260302", "abcdefghij", "x13800138000", "admin888", "中中中中中中中中"} {
		if err := CheckPassword(weak, "13800138000", "password"); err == nil {
			t.Errorf("%q passes", weak)
		}
	}
	for _, good := range []string{"correct horse", "lianbang-demo", "澜州人民欢迎你来", "tr0ub4dor&3", "qwerty keyboard cat"} {
		if err := CheckPassword(good, "13800138000", "password"); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
}

func TestMaskPhone(t *testing.T) {
	for phone, want := range map[string]string{"13800138000": "138****8000", "": "****", "12345": "****"} {
		if got := MaskPhone(phone); got != want {
			t.Errorf("%q: %q", phone, got)
		}
	}
}

func TestReference(t *testing.T) {
	city := PilotCity.complete()
	if len(Standards.IndustrySections) != 20 || len(Standards.IndustryDivisions) != 97 || len(Standards.ServiceCategories) != 8 { // GB/T 4754-2017; the policy's eight
		t.Errorf("%d sections, %d divisions, %d categories", len(Standards.IndustrySections), len(Standards.IndustryDivisions), len(Standards.ServiceCategories))
	}
	for _, d := range Standards.IndustryDivisions {
		if !city.knownIndustry(d.Parent + d.Code) {
			t.Errorf("%s%s is not known", d.Parent, d.Code)
		}
	}
	for code, want := range map[string]bool{"C": true, "C35": true, "C3562": true, "3562": true, "C356": true, "B35": false, "C99": false, "C3": false, "c35": false,
		"C35621": false, "X": false, "3": false, "C35 2": false, "中": false} {
		if got := city.knownIndustry(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
	next := PilotCity
	next.Chains = next.Chains[1:]
	if err := PilotCity.succeed(next); fault.As(err).Code != "reference.code_removed" {
		t.Errorf("a chain vanished: %v", err)
	}
	next.Chains = append([]Choice{{Code: PilotCity.Chains[0].Code, Name: "改名", Retired: true}}, next.Chains...)
	if err := PilotCity.succeed(next); err != nil {
		t.Errorf("retired: %v", err)
	}
	next.Chains = append(next.Chains, next.Chains[3])
	if err := PilotCity.succeed(next); fault.KindOf(err) != fault.Invalid {
		t.Errorf("twice: %v", err)
	}
	old := testProfile()
	old.Chains = []string{PilotCity.Chains[0].Code}
	next.Chains = next.Chains[:len(next.Chains)-1]
	if err := next.check(old, Profile{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a retired chain was chosen: %v", err)
	}
	if err := next.check(old, old); err != nil {
		t.Errorf("a retired chain chosen before: %v", err)
	}
}
