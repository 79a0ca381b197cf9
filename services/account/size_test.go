package account

import "testing"

func TestSizeByFacts(t *testing.T) {
	const wan = 100 * 10000
	for _, c := range []struct {
		industry                   string
		employees, revenue, assets int64 // money in 万元
		want                       SizeClass
	}{
		{"C3562", 1000, 40000, 0, Large},
		{"3562", 1000, 39999, 0, Medium}, // every bound must be reached
		{"C", 300, 2000, 0, Medium},
		{"C3562", 299, 2000000, 0, Small},
		{"C3562", 19, 2000000, 0, Micro},
		{"C3562", 0, 40000, 0, ""}, // unknown, not micro
		{"A0111", 0, 500, 0, Medium},
		{"I6510", 10, 50, 0, Small},
		{"I6510", 300, 10000, 0, Large},
		{"E4790", 1, 6000, 5000, Medium},
		{"F5100", 5, 1000, 0, Small},
		{"K7010", 1, 1000, 5000, Medium},
		{"K70", 1000, 1000, 5000, ""}, // development or property management: the code does not tell
		{"L72", 100, 0, 8000, Medium},
		{"M7320", 99, 0, 0, Small},
		{"G5300", 5000, 99999, 0, ""}, // rail
		{"J66", 5000, 99999, 99999, ""},
		{"", 10, 10, 10, ""}, {"?", 10, 10, 10, ""},
	} {
		if got := SizeByFacts(c.industry, c.employees, c.revenue*wan, c.assets*wan); got != c.want {
			t.Errorf("%s with %d people, %d and %d: %q, want %q", c.industry, c.employees, c.revenue, c.assets, got, c.want)
		}
	}
}
