package capability

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link.
const (
	supplierProposed  = "supplier.proposed"  // to the supplier: it may consent
	supplierConsented = "supplier.consented" // to the buyer
	supplierDeclined  = "supplier.declined"  // to the buyer
	supplierRemoved   = "supplier.removed"   // to the supplier, with the reason
)

// message is an event's data.
type message struct {
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID string `json:"orgId"`
}

// The pages events lead to.
const (
	suppliersPage = "/work/suppliers"
	listedPage    = "/work/listed"
)

// message tells the other party what one of them did.
func (q *QualifiedSupplier) message(by Party) message {
	to, link := q.SupplierID, listedPage
	if by == Supplier {
		to, link = q.BuyerID, suppliersPage
	}
	m := message{Recipients: []recipient{{to}}, Link: link, Params: map[string]any{"buyerName": q.BuyerName, "supplierName": q.SupplierName, "scope": q.Terms.Scope}}
	if q.Reason != "" {
		m.Params["reason"] = q.Reason
	}
	if q.State == Proposed && q.Source == FromAward {
		m.Params["consent"] = true
	}
	return m
}
