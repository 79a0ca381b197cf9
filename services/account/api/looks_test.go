package api

import "testing"

func TestMask(t *testing.T) {
	for number, want := range map[string]string{"": "", "13800000001": "138****0001", "0574-12345678": "057****5678", "12345": "****"} {
		if got := MaskPhone(number); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
	for address, want := range map[string]string{"": "", "li@example.com": "l***@example.com", "李工@example.com": "李***@example.com", "@x": "", "none": ""} {
		if got := MaskEmail(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
