package engagement

import (
	"cmp"
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Settings is what varies by city: data with an effective date, edited by the operator.
type Settings struct {
	EffectiveFrom          when.Instant  `json:"effectiveFrom"`
	FirstAnswerWorkingDays int           `json:"firstAnswerWorkingDays"`
	RequoteWorkingDays     int           `json:"requoteWorkingDays"`
	ContractWorkingDays    int           `json:"contractWorkingDays"`
	AcceptWorkingDays      int           `json:"acceptWorkingDays"`
	RedoWorkingDays        int           `json:"redoWorkingDays"`
	RateWorkingDays        int           `json:"rateWorkingDays"` // to rate; and from the rating until the engagement is closed
	MediateWorkingDays     int           `json:"mediateWorkingDays"`
	MaxProviders           int           `json:"maxProviders"` // asked in one enquiry
	Reputation             Weighting     `json:"reputation"`
	Unverified             []string      `json:"unverified,omitempty"` // 待核
	Calendar               when.Calendar `json:"calendar"`
	By                     string        `json:"by,omitempty"`
	Reason                 string        `json:"reason,omitempty"`
}

// DefaultSettings are what a new city starts with: the first answer within two working days and up to five providers are the product's
// own rules (DOMAIN.md), the other periods and the weighting are ours, to be confirmed by the city.
func DefaultSettings() Settings {
	return Settings{
		EffectiveFrom: when.At(time.Date(2024, 1, 1, 0, 0, 0, 0, when.China)), FirstAnswerWorkingDays: 2, RequoteWorkingDays: 3, ContractWorkingDays: 10,
		AcceptWorkingDays: 10, RedoWorkingDays: 5, RateWorkingDays: 10, MediateWorkingDays: 10, MaxProviders: 5, Reputation: DefaultWeighting,
		Unverified: []string{"requoteWorkingDays", "contractWorkingDays", "acceptWorkingDays", "redoWorkingDays", "rateWorkingDays", "mediateWorkingDays", "reputation"},
		Calendar:   when.Default,
	}
}

// Check refuses settings no dealing could live with.
func (s Settings) Check() error {
	var f []fault.Field
	for _, p := range []struct {
		n, most int
		path    string
	}{{s.FirstAnswerWorkingDays, 30, "firstAnswerWorkingDays"}, {s.RequoteWorkingDays, 30, "requoteWorkingDays"}, {s.ContractWorkingDays, 90, "contractWorkingDays"},
		{s.AcceptWorkingDays, 60, "acceptWorkingDays"}, {s.RedoWorkingDays, 60, "redoWorkingDays"}, {s.RateWorkingDays, 60, "rateWorkingDays"},
		{s.MediateWorkingDays, 60, "mediateWorkingDays"}, {s.MaxProviders, 5, "maxProviders"}} {
		if p.n < 1 || p.n > p.most {
			f = append(f, fault.Field{Path: p.path, Code: "out_of_range"})
		}
	}
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// SettingsBook holds every version that was ever in force, oldest first.
type SettingsBook struct {
	Versions []Settings `json:"versions"`
}

const maxVersions = 60

// InForce is the version that applies at an instant.
func (b *SettingsBook) InForce(at time.Time) Settings {
	for _, s := range slices.Backward(b.Versions) {
		if s.EffectiveFrom <= when.At(at) {
			return s
		}
	}
	return DefaultSettings()
}

// Change adds a version. It is in force from its day on, which may lie ahead but not behind; the versions stay in the order of their days.
func (b *SettingsBook) Change(s Settings, by By, now time.Time, reason string) error {
	if reason == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	if err := s.Check(); err != nil {
		return err
	}
	s.EffectiveFrom, s.By, s.Reason = max(s.EffectiveFrom, when.At(now)), by.UserID, reason
	b.Versions = append(b.Versions, s)
	slices.SortStableFunc(b.Versions, func(x, y Settings) int { return cmp.Compare(x.EffectiveFrom, y.EffectiveFrom) })
	if extra := len(b.Versions) - maxVersions; extra > 0 {
		b.Versions = slices.Delete(b.Versions, 0, extra)
	}
	return nil
}
