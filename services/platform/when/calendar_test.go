package when

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"
)

// TestCalendarData: a day worked in exchange is a weekend's, a day is not both, and each year has the working days it is known for.
func TestCalendarData(t *testing.T) {
	c := Default
	for _, day := range c.Workdays {
		if weekday := Day(day).Time().Weekday(); weekday != time.Saturday && weekday != time.Sunday || slices.Contains(c.Holidays, day) {
			t.Errorf("%s is worked in exchange: a %s", day, weekday)
		}
	}
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248, 2027: 260} {
		n := 0
		for day := time.Date(year, 1, 1, 12, 0, 0, 0, China); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if c.Working(day) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d has %d working days, not %d", year, n, want)
		}
	}
}

// TestClocksOverFourYears holds After and Between to a count day by day, from any instant of 2024 to 2027: a clock of n working days ends
// at midnight after a working day, n of them lie between, it never ends earlier when the clock starts later, and a clock that a pause cut in
// two ends when its rest does.
func TestClocksOverFourYears(t *testing.T) {
	c := Default
	n := 300
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 100_000
	}
	r := rand.New(rand.NewPCG(2024, 2027))
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, China)
	span := int64(time.Date(2027, 11, 1, 0, 0, 0, 0, China).Sub(from))
	for range n {
		at := from.Add(time.Duration(r.Int64N(span)))
		days := 1 + r.IntN(30)
		end := c.After(at, days)
		if clock := end.In(China); clock.Hour()+clock.Minute()+clock.Second() != 0 || !c.Working(end.Add(-time.Second)) {
			t.Fatalf("%d working days from %s end at %s", days, at, clock)
		}
		y, m, d := at.In(China).Date()
		counted := 0
		for day := time.Date(y, m, d+1, 0, 0, 0, 0, China); day.Before(end); day = day.AddDate(0, 0, 1) {
			if c.Working(day) {
				counted++
			}
		}
		if counted != days || c.Between(at, end) != days {
			t.Fatalf("%d working days from %s: %d counted, %d between", days, at, counted, c.Between(at, end))
		}
		later := at.Add(time.Duration(r.Int64N(int64(60 * 24 * time.Hour))))
		if c.After(later, days).Before(end) {
			t.Fatalf("a clock that starts at %s ends before one that starts at %s", later, at)
		}
		if done := r.IntN(days + 1); !c.After(c.After(at, done).Add(-time.Second), days-done).Equal(end) && done > 0 { // cut in two
			t.Fatalf("%d and %d working days from %s are not %d", done, days-done, at, days)
		}
	}
}
