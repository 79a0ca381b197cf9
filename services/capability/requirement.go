package capability

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// RequirementKind is what a requirement is about.
type RequirementKind string

// The kinds there are. What is not a fact of a capability is "other": it is shown with evidence in the quote.
const (
	NeedCertificate RequirementKind = "certificate"
	NeedProcess     RequirementKind = "process"
	NeedCapacity    RequirementKind = "capacity"  // at least Quantity Unit to spare a month
	NeedLeadTime    RequirementKind = "lead_time" // at most Quantity calendar days
	NeedTolerance   RequirementKind = "tolerance" // at most Quantity micrometres
	NeedOther       RequirementKind = "other"
)

// Requirement is one thing a buyer asks of its suppliers (准入要求). Must tells what keeps a supplier out from what is an advantage.
type Requirement struct {
	Kind     RequirementKind `json:"kind"`
	Name     string          `json:"name"`
	Quantity int64           `json:"quantity,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Must     bool            `json:"must"`
	Note     string          `json:"note,omitempty"`
}

// Requirements are those of a chain leader, kept once, or of one of its demands, which come on top.
type Requirements struct {
	OrgID     string        `json:"orgId"`
	DemandID  string        `json:"demandId,omitempty"`
	DeliverBy when.Day      `json:"deliverBy,omitempty"` // of a demand: until when certificates have to hold
	Items     []Requirement `json:"items"`
	UserID    string        `json:"userId"`
	ChangedAt when.Instant  `json:"changedAt"`
}

func requirementsOf(orgID string) string    { return "org:" + orgID }
func requirementsOn(demandID string) string { return "demand:" + demandID }

const maxRequirements = 60

// Set replaces the requirements.
func (r *Requirements) Set(userID string, items []Requirement, deliverBy when.Day, now time.Time) error {
	var wrong []fault.Field
	for i := range items {
		it := &items[i]
		it.Name, it.Unit, it.Note = strings.TrimSpace(it.Name), strings.TrimSpace(it.Unit), strings.TrimSpace(it.Note)
		at := fmt.Sprintf("items[%d].", i)
		switch {
		case it.Name == "":
			wrong = append(wrong, fault.Field{Path: at + "name", Code: "required"})
		case slices.Contains([]RequirementKind{NeedCapacity, NeedLeadTime, NeedTolerance}, it.Kind) && it.Quantity <= 0:
			wrong = append(wrong, fault.Field{Path: at + "quantity", Code: "required"})
		case it.Kind == NeedCapacity && it.Unit == "":
			wrong = append(wrong, fault.Field{Path: at + "unit", Code: "required"})
		case slices.ContainsFunc(items[:i], func(o Requirement) bool { return o.same(*it) }):
			wrong = append(wrong, fault.Field{Path: at + "name", Code: "duplicate"})
		}
	}
	if len(items) > maxRequirements {
		wrong = append(wrong, fault.Field{Path: "items", Code: "too_large"})
	}
	if len(wrong) > 0 {
		return fault.Bad(wrong...)
	}
	r.Items, r.DeliverBy, r.UserID, r.ChangedAt = items, deliverBy, userID, when.At(now)
	return nil
}

// same reports whether two requirements ask for the same thing, whatever the amount.
func (q Requirement) same(o Requirement) bool {
	if q.Kind != o.Kind {
		return false
	}
	switch q.Kind {
	case NeedLeadTime, NeedTolerance:
		return true
	case NeedCapacity:
		return q.Unit == o.Unit
	}
	return plainName(q.Name) == plainName(o.Name)
}

// together are a chain leader's requirements with those of the demand: what both ask for is asked as the demand does.
func together(leader, demand []Requirement) []Requirement {
	all := slices.Clone(demand)
	for _, q := range leader {
		if !slices.ContainsFunc(demand, q.same) {
			all = append(all, q)
		}
	}
	slices.SortStableFunc(all, func(a, b Requirement) int { // what must be first
		return cmp.Compare(map[bool]int{true: 0, false: 1}[a.Must], map[bool]int{true: 0, false: 1}[b.Must])
	})
	return all
}

// Standing is how a firm stands to one requirement.
type Standing string

// Unknown is what the firm has not stated, which is neither good nor bad; Expires is a certificate that ends before the delivery.
const (
	Met     Standing = "met"
	Unmet   Standing = "unmet"
	Unknown Standing = "unknown"
	Expires Standing = "expires"
)

// Todo is what a firm can do to close a gap; pages have the words.
type Todo string

// What there is to do.
const (
	GetCertificate   Todo = "get_certificate"
	RenewCertificate Todo = "renew_certificate"
	StateCertificate Todo = "state_certificate"
	StateProcess     Todo = "state_process"
	StateCapacity    Todo = "state_capacity"
	ShareCapacity    Todo = "share_capacity" // quote a part, or free capacity
	StateLeadTime    Todo = "state_lead_time"
	ShortenLeadTime  Todo = "shorten_lead_time"
	StateTolerance   Todo = "state_tolerance"
	ImproveTolerance Todo = "improve_tolerance"
	ProveInQuote     Todo = "prove_in_quote"
)

// GapRow is one requirement and how a firm stands to it. Have is what the firm states, CapabilityID where.
type GapRow struct {
	Requirement
	Standing     Standing
	Have         string
	Until        when.Day // of a certificate
	CapabilityID string
	Todo         Todo
}

// stated is a published capability with its id.
type stated struct {
	id    string
	terms *Terms
}

// gap holds what a firm states in all its capabilities to the requirements, on the day it would deliver.
func gap(items []Requirement, firm []stated, today, delivery when.Day) []GapRow {
	rows := make([]GapRow, len(items))
	for i, q := range items {
		rows[i] = GapRow{Requirement: q, Standing: Unknown}
		r := &rows[i]
		switch q.Kind {
		case NeedCertificate:
			r.certificate(firm, today, delivery)
		case NeedProcess:
			r.Todo = StateProcess
			for _, s := range firm {
				if k := slices.IndexFunc(slices.Concat(s.terms.Processes, s.terms.Products), func(p string) bool { return sameName(p, q.Name) }); k >= 0 {
					r.Standing, r.Have, r.CapabilityID, r.Todo = Met, slices.Concat(s.terms.Processes, s.terms.Products)[k], s.id, ""
				}
			}
		case NeedCapacity:
			r.most(firm, StateCapacity, ShareCapacity, func(t *Terms) (int64, bool) { return t.Spare, t.Unit == q.Unit && t.Spare > 0 })
		case NeedLeadTime:
			r.least(firm, StateLeadTime, ShortenLeadTime, func(t *Terms) int64 { return int64(t.LeadTimeDays) })
		case NeedTolerance:
			r.least(firm, StateTolerance, ImproveTolerance, func(t *Terms) int64 { return int64(t.Tolerance) })
		default:
			r.Todo = ProveInQuote
		}
	}
	return rows
}

// certificate takes the firm's best certificate of that name: one that holds beyond the delivery, one that still holds, one that ran out.
func (r *GapRow) certificate(firm []stated, today, delivery when.Day) {
	best, some := -1, false
	for _, s := range firm {
		for _, c := range s.terms.Certificates {
			some = true
			if !sameName(c.Name, r.Name) {
				continue
			}
			rank := 0
			switch {
			case c.ValidOn(today) && c.ValidOn(max(today, delivery)):
				rank = 2
			case c.ValidOn(today):
				rank = 1
			}
			if rank > best {
				best, r.Have, r.Until, r.CapabilityID = rank, c.Name, c.ValidTo, s.id
			}
		}
	}
	switch best {
	case 2:
		r.Standing = Met
	case 1:
		r.Standing, r.Todo = Expires, RenewCertificate
	case 0:
		r.Standing, r.Todo = Unmet, RenewCertificate
	default:
		r.Todo = StateCertificate
		if some { // the firm lists its certificates, and this is not among them
			r.Standing, r.Todo = Unmet, GetCertificate
		}
	}
}

// most takes the greatest of what is stated and asks for at least the quantity.
func (r *GapRow) most(firm []stated, state, improve Todo, of func(*Terms) (int64, bool)) {
	r.Todo = state
	var best int64
	for _, s := range firm {
		if n, ok := of(s.terms); ok && n > best {
			best, r.CapabilityID = n, s.id
		}
	}
	r.amount(best, best >= r.Quantity, improve)
}

// least takes the smallest of what is stated and asks for at most the quantity.
func (r *GapRow) least(firm []stated, state, improve Todo, of func(*Terms) int64) {
	r.Todo = state
	var best int64
	for _, s := range firm {
		if n := of(s.terms); n > 0 && (best == 0 || n < best) {
			best, r.CapabilityID = n, s.id
		}
	}
	r.amount(best, best <= r.Quantity, improve)
}

func (r *GapRow) amount(best int64, enough bool, improve Todo) {
	if best == 0 {
		return
	}
	r.Have, r.Standing, r.Todo = fmt.Sprint(best), Met, ""
	if !enough {
		r.Standing, r.Todo = Unmet, improve
	}
}

// ready reports whether nothing that must be is missing or unknown.
func ready(rows []GapRow) bool {
	return !slices.ContainsFunc(rows, func(r GapRow) bool { return r.Must && r.Standing != Met })
}

// plainName is a name without what people write differently: width, case, spaces, hyphens, and the year of a standard's edition.
func plainName(s string) string {
	s, _, _ = strings.Cut(norm.NFKC.String(s), ":")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -–—_()（）《》", r) {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// sameName forgives what one name says beyond the other ("IATF 16949 认证"); a short one has to be the same.
func sameName(have, want string) bool {
	a, b := plainName(have), plainName(want)
	if a == b {
		return a != ""
	}
	if min(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) < 2 || len(a) < 4 || len(b) < 4 {
		return false
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	_, rest, found := strings.Cut(long, short)
	return found && (rest == "" || !isDigit(rest[0])) // "ISO 900" is not "ISO 9001"
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }
