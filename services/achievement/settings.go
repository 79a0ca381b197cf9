package achievement

import (
	"cmp"
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Settings is what varies by city: data with an effective date, edited by the operator. Unverified names the fields whose official
// source is not confirmed: 待核.
type Settings struct {
	EffectiveFrom when.Instant `json:"effectiveFrom"`
	// AgreementNoticeDays is how long a price by agreement stands in public: 15 days at least (促进科技成果转化法 §18 and the rules made under it).
	AgreementNoticeDays int   `json:"agreementNoticeDays"`
	ListingNoticeDays   int   `json:"listingNoticeDays"` // 挂牌 and 拍卖
	OpenNoticeDays      int   `json:"openNoticeDays"`    // before an open licence is on offer
	OpenFeeCapFen       int64 `json:"openFeeCapFen"`     // fixed fee of an open licence at most
	OpenRoyaltyCapBP    int   `json:"openRoyaltyCapBp"`  // royalty on net sales at most
	TrialDays           int   `json:"trialDays"`         // longest free trial
	InventorShareBP     int   `json:"inventorShareBp"`   // least share of those who made it
	ServedTarget        int   `json:"servedTarget"`      // 服务企业家次 a year
	// LeastReaders is how many firms a figure of who looks stands for at least; what is fewer is folded together, so that nobody is known by it.
	LeastReaders int      `json:"leastReaders"`
	Unverified   []string `json:"unverified,omitempty"`
	By           string   `json:"by,omitempty"`
	Reason       string   `json:"reason,omitempty"`
}

// lawfulNotice is the least a price by agreement must stand in public, in days; a city may only lengthen it.
const lawfulNotice = 15

// DefaultSettings are what a new city starts with (domain-research §3.2; 宁波 科技大市场3.0: at least 1,000 services to firms a year).
func DefaultSettings() Settings {
	return Settings{EffectiveFrom: when.At(time.Date(2026, 1, 1, 0, 0, 0, 0, when.China)), AgreementNoticeDays: lawfulNotice, ListingNoticeDays: 20, OpenNoticeDays: 15,
		OpenFeeCapFen: 20_000_000_00, OpenRoyaltyCapBP: 2000, TrialDays: 365, InventorShareBP: 7000, ServedTarget: 1000, LeastReaders: 3,
		Unverified: []string{"listingNoticeDays", "openNoticeDays", "openFeeCapFen", "openRoyaltyCapBp", "trialDays", "inventorShareBp", "leastReaders"}}
}

// Check refuses settings no deal could live with.
func (s Settings) Check() error {
	var f []fault.Field
	within := func(ok bool, path string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: "out_of_range"})
		}
	}
	within(s.AgreementNoticeDays >= lawfulNotice && s.AgreementNoticeDays <= 120, "agreementNoticeDays")
	within(s.ListingNoticeDays >= 1 && s.ListingNoticeDays <= 120, "listingNoticeDays")
	within(s.OpenNoticeDays >= 1 && s.OpenNoticeDays <= 120, "openNoticeDays")
	within(s.OpenFeeCapFen > 0, "openFeeCapFen")
	within(s.OpenRoyaltyCapBP > 0 && s.OpenRoyaltyCapBP <= whole, "openRoyaltyCapBp")
	within(s.TrialDays >= 1 && s.TrialDays <= 1100, "trialDays")
	within(s.InventorShareBP >= 0 && s.InventorShareBP <= whole, "inventorShareBp")
	within(s.ServedTarget >= 0, "servedTarget")
	within(s.LeastReaders >= 2 && s.LeastReaders <= 50, "leastReaders")
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	return nil
}

// whole is all of something in basis points.
const whole = 10_000

// SettingsBook holds every version that was ever in force, oldest first, so that a past decision can be explained.
type SettingsBook struct {
	Versions []Settings `json:"versions"`
}

// InForce is the version that applies at an instant.
func (b *SettingsBook) InForce(at time.Time) Settings {
	for _, s := range slices.Backward(b.Versions) {
		if s.EffectiveFrom <= when.At(at) {
			return s
		}
	}
	return DefaultSettings()
}

// maxVersions keeps the book within one document; the oldest go first.
const maxVersions = 100

// Change adds a version. It is in force from its day on, which may lie ahead but not behind; the versions stay in the order of their days.
func (b *SettingsBook) Change(s Settings, by By, now time.Time, reason string) error {
	if by.Role != Operator {
		return fault.New(fault.Forbidden, "", "the operator keeps the settings")
	}
	if err := needReason(reason); err != nil {
		return err
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
