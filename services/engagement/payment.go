package engagement

import (
	"lianbang/services/platform/when"
)

// SizeClass is how large an organisation is (工信部联企业〔2011〕300号), or that it is a public body; empty: not known.
type SizeClass string

// The classes, spelled as account spells them.
const (
	PublicBody SizeClass = "public"
	Large      SizeClass = "large"
	Medium     SizeClass = "medium"
	Small      SizeClass = "small"
	Micro      SizeClass = "micro"
)

// PaymentTerms is when the client pays: days from delivery, and whether it waits to be paid itself (背靠背).
type PaymentTerms struct {
	Days       int
	BackToBack bool
}

// Severity says whether a finding forbids or only warns.
type Severity string

// The severities.
const (
	Warn  Severity = "warn"
	Block Severity = "block"
)

// PaymentFinding is what is wrong with payment terms: the field, a code to translate, and how grave it is.
type PaymentFinding struct {
	Path     string
	Code     string
	Severity Severity
}

// The terms of regulation 802 (保障中小企业款项支付条例), in days from delivery. The demand service holds demands to the same terms; a test
// over both keeps the two rules equal.
const (
	publicDays    = 30
	publicMaxDays = 60
	largeDays     = 60
)

// CheckPayment holds payment terms to regulation 802, for a payer of a class paying small and medium enterprises. A payer that the
// regulation does not bind has nothing to answer for.
func CheckPayment(p PaymentTerms, payer SizeClass) []PaymentFinding {
	if payer != PublicBody && payer != Large {
		return nil
	}
	var f []PaymentFinding
	if p.BackToBack {
		f = append(f, PaymentFinding{"payment.backToBack", "back_to_back", Block})
	}
	switch {
	case payer == PublicBody && p.Days > publicMaxDays:
		f = append(f, PaymentFinding{"payment.days", "over_60_days", Block})
	case payer == PublicBody && p.Days > publicDays:
		f = append(f, PaymentFinding{"payment.days", "over_30_days", Warn})
	case payer == Large && p.Days > largeDays:
		f = append(f, PaymentFinding{"payment.days", "over_60_days", Warn})
	}
	return f
}

// Bound reports whether regulation 802 binds this client towards this provider: a public body or a large enterprise that pays one
// that is neither. A provider of unknown class counts as protected.
func (c *Contract) Bound() bool {
	return (c.ClientClass == PublicBody || c.ClientClass == Large) && c.ProviderClass != PublicBody && c.ProviderClass != Large
}

// due is the last instant of the last day to pay, counted from delivery: the contract's days; where the contract names none and
// regulation 802 binds, its own; 0 when nothing says when.
func (c *Contract) due(delivered when.Instant) when.Instant {
	days := c.PayDays
	if days == 0 && c.Bound() {
		days = largeDays
		if c.ClientClass == PublicBody {
			days = publicDays
		}
	}
	if days == 0 || delivered == 0 {
		return 0
	}
	return endOf(when.DayOf(delivered.Time().AddDate(0, 0, days)))
}
