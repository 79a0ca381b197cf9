package main

import (
	"testing"

	"lianbang/services/demand"
	"lianbang/services/engagement"
)

// TestOnePaymentRule: demands and engagements hold payment terms to regulation 802 alike, though neither service knows the other.
func TestOnePaymentRule(t *testing.T) {
	for _, class := range []string{"", "public", "large", "medium", "small", "micro"} {
		for _, backToBack := range []bool{false, true} {
			for _, days := range []int{0, 1, 29, 30, 31, 59, 60, 61, 90, 365} {
				a := demand.CheckPayment(demand.Payment{Days: days, BackToBack: backToBack}, demand.SizeClass(class))
				b := engagement.CheckPayment(engagement.PaymentTerms{Days: days, BackToBack: backToBack}, engagement.SizeClass(class))
				same := len(a) == len(b)
				for i := 0; same && i < len(a); i++ {
					same = a[i].Path == b[i].Path && a[i].Code == b[i].Code && string(a[i].Severity) == string(b[i].Severity)
				}
				if !same {
					t.Errorf("%q, %d days, back to back %v: a demand finds %+v, an engagement %+v", class, days, backToBack, a, b)
				}
			}
		}
	}
}
