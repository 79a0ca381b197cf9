package demand

import (
	"slices"
	"strings"

	"lianbang/services/platform/when"
)

// This file tells what ties an expert to a matter. It is a pure function of facts, so that the same facts always give the same reasons.

// ConflictKind is one way of being tied.
type ConflictKind string

// The ways. Employer covers the same legal person under a name of its own; dealings are those of the settings' months.
const (
	EmployedByIssuer ConflictKind = "employed_by_issuer"
	EmployedByBidder ConflictKind = "employed_by_bidder"
	MemberOfIssuer   ConflictKind = "member_of_issuer"
	MemberOfBidder   ConflictKind = "member_of_bidder"
	InConsortium     ConflictKind = "in_consortium"
	DealtWithIssuer  ConflictKind = "dealt_with_issuer"
	DealtWithBidder  ConflictKind = "dealt_with_bidder"
)

// ConflictReason is one tie, and with whom.
type ConflictReason struct {
	Kind  ConflictKind
	OrgID string
	With  string // the organisation's name
}

// Party is an organisation in a matter.
type Party struct {
	OrgID, Name string
	// Consortium marks a member of a bidding consortium, not its lead.
	Consortium bool
}

// Dealing is something two organisations did together: one won the other's demand, or both stood in one bid.
type Dealing struct {
	With string // organisation
	At   when.Instant
}

// Judge is what is known of an expert.
type Judge struct {
	PersonID, Name, Title   string
	Fields                  []string
	EmployerOrgID, Employer string
	OrgIDs                  []string // organisations it is a member of
	Active                  bool
}

// orgs are the organisations that are the expert's own: its employer and those it is a member of.
func (j *Judge) orgs() []string {
	all := slices.Clone(j.OrgIDs)
	if j.EmployerOrgID != "" && !slices.Contains(all, j.EmployerOrgID) {
		all = append(all, j.EmployerOrgID)
	}
	return all
}

// Conflicts lists every tie between an expert and the parties of a matter, none when nothing speaks against it. dealings are those of the
// expert's own organisations; older ones than since do not count.
func Conflicts(j Judge, issuer Party, bidders []Party, dealings []Dealing, since when.Instant) []ConflictReason {
	var all []ConflictReason
	add := func(k ConflictKind, p Party) {
		c := ConflictReason{k, p.OrgID, p.Name}
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	employed := func(p Party) bool {
		return j.EmployerOrgID != "" && j.EmployerOrgID == p.OrgID || sameName(j.Employer, p.Name)
	}
	dealt := func(p Party) bool {
		return slices.ContainsFunc(dealings, func(d Dealing) bool { return d.With == p.OrgID && d.At >= since })
	}
	switch {
	case employed(issuer):
		add(EmployedByIssuer, issuer)
	case slices.Contains(j.OrgIDs, issuer.OrgID):
		add(MemberOfIssuer, issuer)
	case dealt(issuer):
		add(DealtWithIssuer, issuer)
	}
	for _, p := range bidders {
		switch {
		case p.Consortium && (employed(p) || slices.Contains(j.OrgIDs, p.OrgID)):
			add(InConsortium, p)
		case employed(p):
			add(EmployedByBidder, p)
		case slices.Contains(j.OrgIDs, p.OrgID):
			add(MemberOfBidder, p)
		case dealt(p):
			add(DealtWithBidder, p)
		}
	}
	return all
}

// sameName compares names of legal persons as people type them: without spaces and brackets' widths.
func sameName(a, b string) bool {
	clean := strings.NewReplacer(" ", "", "　", "", "（", "(", "）", ")")
	a, b = clean.Replace(a), clean.Replace(b)
	return a != "" && strings.EqualFold(a, b)
}

// partiesOf are the organisations in a matter: the bids' leads and their members.
func partiesOf(bids []Bid) []Party {
	var all []Party
	for i := range bids {
		b := &bids[i]
		all = append(all, Party{OrgID: b.OrgID, Name: b.OrgName})
		for _, m := range b.Members {
			if m.OrgID != b.OrgID && m.State == SeatAccepted {
				all = append(all, Party{m.OrgID, m.OrgName, true})
			}
		}
	}
	return all
}

// masked hides in a text what would say who bids: the names of the bidders and of their members, with and without what a company's name
// ends in, and what the interest form says of the bidder.
func masked(text string, b *Bid) string {
	f := &b.Offer.Docking
	words := []string{f.CreditCode, f.LegalRepresentative, f.ContactName, f.ContactPhone, f.Email}
	names := []string{b.OrgName, f.OrganisationName}
	for _, m := range b.Members {
		names = append(names, m.OrgName)
	}
	for _, n := range names {
		words = append(words, n)
		short := n
		for _, end := range []string{"股份有限公司", "有限责任公司", "有限公司", "集团", "公司"} {
			short = strings.TrimSuffix(short, end)
		}
		if len([]rune(short)) >= 3 { // shorter ones are words of the language
			words = append(words, short)
		}
	}
	slices.SortFunc(words, func(x, y string) int { return len(y) - len(x) }) // the whole name before its part
	for _, w := range words {
		if len([]rune(w)) >= 2 {
			text = strings.ReplaceAll(text, w, "（已隐去）")
		}
	}
	return text
}
