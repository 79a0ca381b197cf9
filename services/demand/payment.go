package demand

// SizeClass is how large an organisation is (工信部联企业〔2011〕300号), or that it is a public body; empty: not known.
type SizeClass string

// The classes. Regulation 802 (保障中小企业款项支付条例) binds public bodies and large enterprises that pay smaller ones, nobody else.
const (
	PublicBody SizeClass = "public"
	Large      SizeClass = "large"
	Medium     SizeClass = "medium"
	Small      SizeClass = "small"
	Micro      SizeClass = "micro"
)

// Payment is when the buyer pays: days from delivery (acceptance included), and whether it waits to be paid itself (背靠背).
type Payment struct {
	Days       int    `json:"days,omitempty"`
	BackToBack bool   `json:"backToBack,omitempty"`
	Note       string `json:"note,omitempty"`
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

// The terms of regulation 802, in days from delivery: a public body pays within 30, by contract within 60 at most; a large enterprise
// within 60 unless a reasonable contract says otherwise.
const (
	publicDays    = 30
	publicMaxDays = 60
	largeDays     = 60
)

// CheckPayment holds payment terms to regulation 802, for a payer of a class paying small and medium enterprises. A payer that the
// regulation does not bind has nothing to answer for.
func CheckPayment(p Payment, payer SizeClass) []PaymentFinding {
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
