package account

import "time"

// Instant is a point in time as stored: Unix milliseconds, UTC; 0 is never.
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

// Day is a calendar day in China, "2006-01-02"; "" is unknown. Days compare as text.
type Day string

var china = time.FixedZone("Asia/Shanghai", 8*60*60) // no daylight saving, so no time zone database is needed

// DayOf is the day an instant falls on in China.
func DayOf(t time.Time) Day {
	if t.IsZero() {
		return ""
	}
	return Day(t.In(china).Format(time.DateOnly))
}

// Time is the day as midnight UTC, the way dates travel in the API; the zero time for an unknown day.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}
