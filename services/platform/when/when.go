// Package when is time as every service keeps it: points in time, days in China, and the working days that deadlines count.
package when

import (
	_ "embed"
	"encoding/json"
	"time"
)

// Instant is a point in time as the services store it: Unix milliseconds, UTC; 0 is never.
type Instant int64

// At converts a time; the zero time gives 0.
func At(t time.Time) Instant {
	if t.IsZero() {
		return 0
	}
	return Instant(t.UnixMilli())
}

// Time converts back; 0 gives the zero time.
func (i Instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(i)).UTC()
}

// China is where days begin and end. China has no daylight saving, so a fixed zone needs no time zone database.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

// Day is a calendar day in China, "2006-01-02"; "" is unknown. Days compare as text.
type Day string

// DayOf is the day an instant falls on in China.
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return ""
	}
	return Day(t.In(China).Format(time.DateOnly))
}

// Time is the day as midnight UTC, the way dates travel in the API; the zero time for an unknown day.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Calendar is the Chinese working-day calendar: weekends are off, except days worked in exchange; holidays are off. Days are
// "2006-01-02". A year the calendar does not name has weekends only, and its clocks are then a little early, never late.
type Calendar struct {
	Holidays []string `json:"holidays"`
	Workdays []string `json:"workdays"`
	Source   string   `json:"source"`
	Verified bool     `json:"verified"` // false: 待核
}

//go:embed calendar.json
var calendarFile []byte

// Default is the calendar the program ships with.
var Default = func() Calendar {
	var c Calendar
	if err := json.Unmarshal(calendarFile, &c); err != nil {
		panic("when: calendar.json: " + err.Error())
	}
	return c
}()

// Working reports whether the day that t falls on in China is a working day.
func (c Calendar) Working(t time.Time) bool {
	t = t.In(China)
	day := t.Format(time.DateOnly)
	for _, d := range c.Workdays {
		if d == day {
			return true
		}
	}
	for _, d := range c.Holidays {
		if d == day {
			return false
		}
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// After is the end (24:00, China) of the n-th whole working day after the day of from: a five-day notice put up on a Monday runs to
// 24:00 of the next Monday. n below 1 gives the end of from's own day.
func (c Calendar) After(from time.Time, n int) time.Time {
	y, m, d := from.In(China).Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, China)
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if c.Working(day) {
			n--
		}
	}
	return day.AddDate(0, 0, 1).UTC()
}

// Between counts the whole working days that begin after from and end by to, where 23:59:59 is as good as 24:00; negative when to lies
// before from.
func (c Calendar) Between(from, to time.Time) int {
	if to.Before(from) {
		return -c.Between(to, from)
	}
	y, m, d := from.In(China).Date()
	n := 0
	for day := time.Date(y, m, d+1, 0, 0, 0, 0, China); !day.AddDate(0, 0, 1).Add(-time.Second).After(to) && n < 1000; day = day.AddDate(0, 0, 1) {
		if c.Working(day) {
			n++
		}
	}
	return n
}
