package capability

import (
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// SupplierState is where an entry of a list of qualified suppliers stands.
type SupplierState string

// An entry out of an award waits for the supplier's consent; one added by hand waits for the buyer's evidence. Removed is for a reason,
// and can be followed by a new proposal.
const (
	Proposed SupplierState = "proposed"
	Active   SupplierState = "active"
	Declined SupplierState = "declined"
	Removed  SupplierState = "removed"
)

// SupplierSource is what an entry rests on.
type SupplierSource string

// The sources.
const (
	FromAward SupplierSource = "award"
	ByHand    SupplierSource = "manual"
)

// SupplierAction is a step of an entry, named by its operation.
type SupplierAction string

// The steps there are.
const (
	ProposeSupplier SupplierAction = "proposeSupplier"
	AddEvidence     SupplierAction = "addSupplierEvidence"
	ConsentSupplier SupplierAction = "consentSupplier"
	DeclineSupplier SupplierAction = "declineSupplier"
	EditSupplier    SupplierAction = "editSupplier"
	RemoveSupplier  SupplierAction = "removeSupplier"
)

// Party is what an organisation is to an entry.
type Party string

// The two parties; everybody else is neither.
const (
	Buyer    Party = "buyer"
	Supplier Party = "supplier"
)

// supplierSteps says who takes a step in which states.
var supplierSteps = map[SupplierAction]struct {
	by    Party
	from  []SupplierState
	order int
}{
	ProposeSupplier: {Buyer, []SupplierState{Declined, Removed}, 0},
	AddEvidence:     {Buyer, []SupplierState{Proposed, Active}, 1},
	ConsentSupplier: {Supplier, []SupplierState{Proposed, Active}, 2},
	DeclineSupplier: {Supplier, []SupplierState{Proposed}, 3},
	EditSupplier:    {Buyer, []SupplierState{Proposed, Active}, 4},
	RemoveSupplier:  {Buyer, []SupplierState{Proposed, Active}, 5},
}

// SupplierTerms are what an entry says.
type SupplierTerms struct {
	Scope      string   `json:"scope"`
	Chain      string   `json:"chain,omitempty"`
	ValidUntil when.Day `json:"validUntil,omitempty"` // the last day; empty is open
	Public     bool     `json:"public"`               // the buyer's half of being shown to everybody
}

// QualifiedSupplier is one supplier on a chain leader's list (合格供应商名录).
type QualifiedSupplier struct {
	State        SupplierState   `json:"state"`
	BuyerID      string          `json:"buyerId"`
	BuyerName    string          `json:"buyerName"`
	SupplierID   string          `json:"supplierId"`
	SupplierName string          `json:"supplierName"`
	District     string          `json:"district"` // the supplier's
	Terms        SupplierTerms   `json:"terms"`
	Source       SupplierSource  `json:"source"`
	DemandID     string          `json:"demandId,omitempty"` // of an award
	Evidence     []File          `json:"evidence,omitempty"`
	Shown        bool            `json:"shown"` // the supplier's half of being shown to everybody
	Board        string          `json:"board"` // public while everybody may read it
	Reason       string          `json:"reason,omitempty"`
	Since        when.Instant    `json:"since"` // active; 0 before
	ChangedAt    when.Instant    `json:"changedAt"`
	History      []SupplierEntry `json:"history"`
}

// SupplierEntry is one line of an entry's history.
type SupplierEntry struct {
	At     when.Instant   `json:"at"`
	Action SupplierAction `json:"action"`
	UserID string         `json:"userId"`
	By     Party          `json:"by"`
	Reason string         `json:"reason,omitempty"`
}

// supplierID names the one entry of a buyer and a supplier.
func supplierID(buyer, supplier string) string { return buyer + "." + supplier }

// Propose makes an entry, or makes one anew that was declined or removed.
func Propose(old *QualifiedSupplier, q QualifiedSupplier, userID string, now time.Time) (QualifiedSupplier, error) {
	if q.BuyerID == q.SupplierID {
		return q, fault.Bad(fault.Field{Path: "supplierId", Code: "not_possible"})
	}
	if q.Terms.Scope == "" {
		return q, fault.Bad(fault.Field{Path: "scope", Code: "required"})
	}
	if old != nil {
		if err := old.may(ProposeSupplier, Buyer); err != nil {
			return q, err
		}
		q.History, q.Evidence = old.History, nil
	}
	q.State, q.Board, q.Shown, q.Reason, q.Since = Proposed, "", false, "", 0
	q.note(ProposeSupplier, Buyer, userID, "", now)
	return q, nil
}

func (q *QualifiedSupplier) may(a SupplierAction, p Party) error {
	step := supplierSteps[a]
	switch {
	case step.by != p:
		return fault.New(fault.Forbidden, "supplier.other_party", "the other party does this")
	case !slices.Contains(step.from, q.State):
		return fault.New(fault.Conflict, "supplier.wrong_state", "the entry is "+string(q.State))
	}
	return nil
}

// Allowed are the steps a party can take now, in the order pages offer them.
func (q *QualifiedSupplier) Allowed(p Party) []SupplierAction {
	var all []SupplierAction
	for a := range supplierSteps {
		if q.may(a, p) == nil {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b SupplierAction) int { return supplierSteps[a].order - supplierSteps[b].order })
	return all
}

// AddEvidence keeps a paper that the entry rests on; the first one makes an entry added by hand active.
func (q *QualifiedSupplier) AddEvidence(p Party, userID string, f File, now time.Time) error {
	if err := q.may(AddEvidence, p); err != nil {
		return err
	}
	if len(q.Evidence) >= maxFiles {
		return fault.Newf(fault.Conflict, "capability.too_many_files", "at most %d files", maxFiles)
	}
	q.Evidence = append(slices.Clone(q.Evidence), f)
	if q.State == Proposed && q.Source == ByHand {
		q.State, q.Since = Active, when.At(now)
	}
	q.note(AddEvidence, p, userID, "", now)
	return nil
}

// Consent is the supplier's: it makes an entry out of an award active, and says whether everybody may see it.
func (q *QualifiedSupplier) Consent(p Party, userID string, shown bool, now time.Time) error {
	if err := q.may(ConsentSupplier, p); err != nil {
		return err
	}
	q.Shown = shown
	if q.State == Proposed && q.Source == FromAward {
		q.State, q.Since = Active, when.At(now)
	}
	q.note(ConsentSupplier, p, userID, "", now)
	return nil
}

// Decline is the supplier's no.
func (q *QualifiedSupplier) Decline(p Party, userID, reason string, now time.Time) error {
	if err := q.may(DeclineSupplier, p); err != nil {
		return err
	}
	q.State, q.Reason = Declined, reason
	q.note(DeclineSupplier, p, userID, reason, now)
	return nil
}

// Edit changes scope, validity and publicity.
func (q *QualifiedSupplier) Edit(p Party, userID string, t SupplierTerms, now time.Time) error {
	if err := q.may(EditSupplier, p); err != nil {
		return err
	}
	if t.Scope == "" {
		return fault.Bad(fault.Field{Path: "scope", Code: "required"})
	}
	q.Terms = t
	q.note(EditSupplier, p, userID, "", now)
	return nil
}

// Remove takes the supplier off, with the reason, which it reads.
func (q *QualifiedSupplier) Remove(p Party, userID, reason string, now time.Time) error {
	if err := q.may(RemoveSupplier, p); err != nil {
		return err
	}
	q.State, q.Reason = Removed, reason
	q.note(RemoveSupplier, p, userID, reason, now)
	return nil
}

// InForce reports whether the supplier is qualified on a day.
func (q *QualifiedSupplier) InForce(today when.Day) bool {
	return q.State == Active && (q.Terms.ValidUntil == "" || q.Terms.ValidUntil >= today)
}

// note writes a line of the history and puts the entry on the public board or off it: only with both halves, and only while active.
func (q *QualifiedSupplier) note(a SupplierAction, p Party, userID, reason string, now time.Time) {
	q.Board = ""
	if q.State == Active && q.Terms.Public && q.Shown {
		q.Board = publicBoard
	}
	q.ChangedAt = when.At(now)
	q.History = append(slices.Clone(q.History), SupplierEntry{At: q.ChangedAt, Action: a, UserID: userID, By: p, Reason: reason})
	if len(q.History) > maxHistory {
		q.History = q.History[len(q.History)-maxHistory:]
	}
}
