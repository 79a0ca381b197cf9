package account

import (
	"strconv"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// CityRules are periods and thresholds of the city that are no other service's own.
type CityRules struct {
	ClaimReviewWorkingDays     int `json:"claimReviewWorkingDays"`     // decision on a claim
	DossierMonths              int `json:"dossierMonths"`              // so long a dossier is taken to be true (一企一档, 每年更新)
	ObjectionAnswerWorkingDays int `json:"objectionAnswerWorkingDays"` // answer to an accepted objection
	ObjectionDecideWorkingDays int `json:"objectionDecideWorkingDays"` // 受理 decision on an objection
	ServiceRemindDays          int `json:"serviceRemindDays"`          // so long before a due day the liaison is reminded
	ServiceSolvedPerYear       int `json:"serviceSolvedPerYear"`       // difficulties solved per firm and year (DOMAIN.md; the number of other provinces)
	TitleWarningDays           int `json:"titleWarningDays"`           // so long before its last day a firm is told that a title ends: time for a review (复核)
}

// cityRule is one of CityRules and its bounds. No official text fixes any of them for this city: the defaults are 待核.
type cityRule struct {
	name                  string
	of                    func(*CityRules) *int
	byDefault, from, upTo int
}

var cityRules = []cityRule{
	{"objectionDecideWorkingDays", func(r *CityRules) *int { return &r.ObjectionDecideWorkingDays }, 2, 1, 60},
	{"objectionAnswerWorkingDays", func(r *CityRules) *int { return &r.ObjectionAnswerWorkingDays }, 7, 1, 60},
	{"claimReviewWorkingDays", func(r *CityRules) *int { return &r.ClaimReviewWorkingDays }, 5, 1, 60},
	{"titleWarningDays", func(r *CityRules) *int { return &r.TitleWarningDays }, 90, 1, 365},
	{"dossierMonths", func(r *CityRules) *int { return &r.DossierMonths }, 12, 1, 60},
	{"serviceRemindDays", func(r *CityRules) *int { return &r.ServiceRemindDays }, 3, 1, 60},
	{"serviceSolvedPerYear", func(r *CityRules) *int { return &r.ServiceSolvedPerYear }, 1, 1, 20},
}

// defaultRules are what a city's data that does not say gets.
var defaultRules = CityRules{}.over(CityRules{})

// over is these rules where they say something, else those below, else the defaults.
func (r CityRules) over(below CityRules) CityRules {
	for _, rule := range cityRules {
		n := rule.of(&r)
		if *n == 0 {
			*n = *rule.of(&below)
		}
		if *n == 0 {
			*n = rule.byDefault
		}
	}
	return r
}

func (r CityRules) problems() (bad []fault.Field) {
	for _, rule := range cityRules {
		if n := *rule.of(&r); n < rule.from || n > rule.upTo {
			bad = append(bad, fault.Field{Path: "rules." + rule.name, Code: "out_of_range", Detail: strconv.Itoa(rule.from) + " to " + strconv.Itoa(rule.upTo)})
		}
	}
	return bad
}

// touches reports whether a changed rule, named "rules.…", says something else of an organisation at once. Clocks that run stay as they are.
func (o *Organisation) touches(rule string, before, next CityRules, now time.Time) bool {
	switch rule {
	case "rules.titleWarningDays":
		for _, t := range o.Titles {
			if t.Ending(now, before) != t.Ending(now, next) {
				return true
			}
		}
	case "rules.dossierMonths":
		return o.DossierDue(before) != o.DossierDue(next)
	}
	return false
}

// remindAt is when a liaison is reminded of a due day.
func (r CityRules) remindAt(due when.Day) when.Instant {
	return when.At(due.Time().AddDate(0, 0, -r.ServiceRemindDays))
}
