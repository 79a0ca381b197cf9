package account

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Title is an official title (称号) an organisation holds for a time.
type Title struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind"`
	Batch       string       `json:"batch,omitempty"`
	Issuer      string       `json:"issuer"`
	ValidFrom   when.Day     `json:"validFrom"`
	ValidTo     when.Day     `json:"validTo,omitempty"` // the last day; "" has no end
	RuleVersion string       `json:"ruleVersion,omitempty"`
	RecordedAt  when.Instant `json:"recordedAt"`
	RecordedBy  string       `json:"recordedBy"`
	Warned      bool         `json:"warned,omitempty"` // the firm was told that it ends
}

// Ending reports whether the title is in force, ends within the rules' warning and nobody was told.
func (t Title) Ending(today time.Time, r CityRules) bool {
	return !t.Warned && t.ValidTo != "" && t.InForce(when.DayOf(today)) && t.ValidTo <= when.DayOf(today.AddDate(0, 0, r.TitleWarningDays))
}

// InForce reports whether the title counts on a day.
func (t Title) InForce(on when.Day) bool {
	return t.ValidFrom <= on && (t.ValidTo == "" || on <= t.ValidTo)
}

// Tier is a step of the 专精特新 ladder (梯队), derived from the titles in force.
type Tier string

// The tiers, lowest first, each given by the title of the same code.
const (
	Innovative  Tier = "innovative"   // 创新型中小企业, from 2026-04-01 科技和创新型中小企业
	Specialised Tier = "specialised"  // 省级专精特新中小企业
	LittleGiant Tier = "little_giant" // 国家级专精特新“小巨人”企业
)

// Tiers lists what the titles in force on a day give, lowest first.
func (o *Organisation) Tiers(on when.Day) []Tier {
	tiers := []Tier{}
	for _, tier := range []Tier{Innovative, Specialised, LittleGiant} {
		if slices.ContainsFunc(o.Titles, func(t Title) bool { return t.Kind == string(tier) && t.InForce(on) }) {
			tiers = append(tiers, tier)
		}
	}
	return tiers
}

// Tier is the highest of Tiers, "" when there is none.
func (o *Organisation) Tier(on when.Day) Tier {
	if tiers := o.Tiers(on); len(tiers) > 0 {
		return tiers[len(tiers)-1]
	}
	return ""
}

// AddTitle enters a title. The same id again changes nothing (a repeated request); the same title again is refused.
func (o *Organisation) AddTitle(t Title, by By, now time.Time) error {
	if slices.ContainsFunc(o.Titles, func(u Title) bool { return u.ID == t.ID }) {
		return nil
	}
	if t.ValidTo != "" && t.ValidTo < t.ValidFrom {
		return fault.Bad(fault.Field{Path: "validTo", Code: "before_start", Detail: "the title ends before it begins"})
	}
	t.Issuer = strings.TrimSpace(t.Issuer)
	if slices.ContainsFunc(o.Titles, func(u Title) bool {
		return u.Kind == t.Kind && u.Batch == t.Batch && u.Issuer == t.Issuer && u.ValidFrom == t.ValidFrom
	}) {
		return fault.New(fault.Conflict, "title.exists", "this title is entered already")
	}
	if len(o.Titles) >= MaxTitles {
		return fault.Newf(fault.Conflict, "title.full", "at most %d titles", MaxTitles)
	}
	t.RecordedAt, t.RecordedBy = when.At(now), by.UserID
	o.Titles = append(o.Titles, t)
	o.record("addTitle", by, t.Kind, now)
	return nil
}
