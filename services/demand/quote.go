package demand

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// QuoteForm is a quote on a supply or service demand. Prices are fen for one Unit, taxes included.
type QuoteForm struct {
	UnitPriceFen    int64        `json:"unitPriceFen,omitempty"`
	Unit            string       `json:"unit,omitempty"`
	Quantity        int64        `json:"quantity,omitempty"`        // offered
	LeadTimeDays    int          `json:"leadTimeDays,omitempty"`    // calendar days from the order
	MonthlyCapacity int64        `json:"monthlyCapacity,omitempty"` // units a month
	Certificates    []string     `json:"certificates,omitempty"`
	PaymentDays     int          `json:"paymentDays,omitempty"` // what the bidder asks for
	Note            string       `json:"note,omitempty"`
	ValidUntil      when.Instant `json:"validUntil,omitempty"` // needed where the demand has no deadline
}

func (q *QuoteForm) problems(d *Demand, now time.Time, need func(bool, string, string)) {
	need(q.UnitPriceFen > 0, "quote.unitPriceFen", "required")
	need(q.LeadTimeDays > 0, "quote.leadTimeDays", "required")
	if d.Terms.Kind == Supply {
		need(q.Unit != "", "quote.unit", "required")
		need(q.Quantity > 0, "quote.quantity", "required")
		need(q.MonthlyCapacity > 0, "quote.monthlyCapacity", "required")
	} else {
		need(q.Note != "", "quote.note", "required")
	}
	need(!d.Rolling || q.ValidUntil != 0, "quote.validUntil", "required")
	need(q.ValidUntil == 0 || q.ValidUntil > when.At(now), "quote.validUntil", "too_soon")
}

// Expired reports whether a quote's validity has run out; its bidder may renew it while bidding is open.
func (b *Bid) Expired(now time.Time) bool {
	v := b.Offer.Quote.ValidUntil
	return v != 0 && when.At(now) >= v
}

// Share is a chosen quote's part of the whole, in basis points.
type Share struct {
	BidID string `json:"bidId"`
	BP    int    `json:"bp"`
}

// share is a winner's part of the whole; 0 when the kind knows no shares.
func (a *Award) share(bidID string) int {
	for _, s := range a.Shares {
		if s.BidID == bidID {
			return s.BP
		}
	}
	return 0
}

// percent shows basis points as people read them: "35%", "12.5%", nothing for none.
func percent(bp int) string {
	if bp == 0 {
		return ""
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%02d", bp/100, bp%100), "0"), ".") + "%"
}

// shares holds a decision's shares to: one for each winner, above zero, 10,000 in all. A single winner has the whole without saying; a
// challenge has no shares.
func (d *Demand) shares(c Decision) ([]Share, error) {
	if d.Terms.Kind != Supply {
		if len(c.Shares) > 0 {
			return nil, fault.Bad(fault.Field{Path: "shares", Code: "not_possible"})
		}
		return nil, nil
	}
	if len(c.Winners) == 1 && len(c.Shares) == 0 {
		return []Share{{c.Winners[0], whole}}, nil
	}
	sum, seen := 0, map[string]bool{}
	for i, s := range c.Shares {
		at := fmt.Sprintf("shares[%d]", i)
		switch {
		case !slices.Contains(c.Winners, s.BidID):
			return nil, fault.Bad(fault.Field{Path: at, Code: "not_in"})
		case seen[s.BidID]:
			return nil, fault.Bad(fault.Field{Path: at, Code: "duplicate"})
		case s.BP <= 0:
			return nil, fault.Bad(fault.Field{Path: at, Code: "too_small"})
		}
		seen[s.BidID] = true
		sum += s.BP
	}
	if sum != whole || len(seen) != len(c.Winners) {
		return nil, fault.Bad(fault.Field{Path: "shares", Code: "shares_sum", Detail: "one share for each winner, 100% in all"})
	}
	return slices.Clone(c.Shares), nil
}
