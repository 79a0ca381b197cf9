package provider

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// What two applicants have in common that the office should know of: it is shown with its reason to the reviewer, the applicants can say
// how it comes, and nothing follows from it by itself in any state.

// FlagKind is what looks odd.
type FlagKind string

// The kinds.
const (
	RelatedApplicants FlagKind = "related_party"      // one legal person, address, phone or member behind two applicants
	SameEvidence      FlagKind = "duplicate_evidence" // the very same file proves what two applicants are
)

// FlagState is how a flag stands.
type FlagState string

// The states.
const (
	FlagOpen      FlagState = "open"
	FlagContested FlagState = "contested"
	FlagUpheld    FlagState = "upheld"
	FlagDismissed FlagState = "dismissed"
)

// AdmissionFlag is one finding about two applicants, id derived from the kind and the two, so that it is raised once. Same names what they
// share: legal_person, address, phone, member; of a file, its name.
type AdmissionFlag struct {
	Kind        FlagKind     `json:"kind"`
	State       FlagState    `json:"state"`
	First       string       `json:"first"` // who handed in later: it made the finding
	Second      string       `json:"second"`
	Names       []string     `json:"names"` // of the two, in this order
	Districts   []string     `json:"districts"`
	Same        []string     `json:"same"`
	At          when.Instant `json:"at"`
	ContestBy   string       `json:"contestBy,omitempty"`
	Contest     string       `json:"contest,omitempty"`
	ContestedAt when.Instant `json:"contestedAt,omitempty"`
	Decision    string       `json:"decision,omitempty"`
	DecidedBy   string       `json:"decidedBy,omitempty"`
	DecidedAt   when.Instant `json:"decidedAt,omitempty"`
}

// Explain takes an applicant's explanation, once.
func (f *AdmissionFlag) Explain(orgID, text string, now when.Instant) error {
	if f.State != FlagOpen {
		return fault.Newf(fault.Conflict, "flag.wrong_state", "the flag is %s already", f.State)
	}
	if err := needReason(text); err != nil {
		return err
	}
	f.State, f.ContestBy, f.Contest, f.ContestedAt = FlagContested, orgID, strings.TrimSpace(text), now
	return nil
}

// Decide upholds or dismisses it, once, with the reason.
func (f *AdmissionFlag) Decide(uphold bool, reason, userID string, now when.Instant) error {
	if f.State != FlagOpen && f.State != FlagContested {
		return fault.Newf(fault.Conflict, "flag.wrong_state", "the flag is %s already", f.State)
	}
	if err := needReason(reason); err != nil {
		return err
	}
	f.State, f.Decision, f.DecidedBy, f.DecidedAt = FlagDismissed, strings.TrimSpace(reason), userID, now
	if uphold {
		f.State = FlagUpheld
	}
	return nil
}

// trait is something two applicants could share: its kind, the value as it is compared, and what people read of it.
type trait struct{ kind, value, name string }

func (t trait) id() string {
	sum := sha256.Sum256([]byte(t.kind + "\x00" + t.value))
	return hex.EncodeToString(sum[:16])
}

// traits are what an applicant is compared by. Unknown things are none.
func traits(a Application, files []File, members []string) []trait {
	var all []trait
	add := func(kind, value, name string) {
		if value != "" && !slices.ContainsFunc(all, func(t trait) bool { return t.kind == kind && t.value == value }) {
			all = append(all, trait{kind, value, name})
		}
	}
	add("legal_person", folded(a.LegalPerson), "legal_person")
	add("address", folded(a.Address), "address")
	add("phone", folded(a.ContactPhone), "phone")
	for _, id := range members {
		add("member", id, "member")
	}
	for _, f := range files {
		add("file", f.SHA256, f.Name)
	}
	return all
}

// folded drops what people write differently: spaces, punctuation, case, full width.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r -= '！' - '!'
		}
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// inCommon is what the two share, by the kind of flag it makes.
func inCommon(a, b []trait) map[FlagKind][]string {
	found := map[FlagKind][]string{}
	for _, t := range a {
		if !slices.ContainsFunc(b, func(o trait) bool { return o.kind == t.kind && o.value == t.value }) {
			continue
		}
		kind := RelatedApplicants
		if t.kind == "file" {
			kind = SameEvidence
		}
		if !slices.Contains(found[kind], t.name) {
			found[kind] = append(found[kind], t.name)
		}
	}
	return found
}

// bearer lists the applicants that were seen with a trait, id the trait's. They are candidates: each is compared as it is today.
type bearer struct {
	Orgs []string `json:"orgs"`
}

// maxBearers keeps a trait that everybody has (a form's sample file) within one document, and its comparisons few.
const maxBearers = 50

// inspect compares an applicant that handed in with those that share something with it. It may be repeated.
func (s *Service) inspect(ctx context.Context, m *Membership) error {
	org, err := s.o.Organisations.Get(ctx, m.OrgID)
	if err != nil {
		return err
	}
	own := traits(m.Application, m.Files, org.Members)
	var others []string
	for _, t := range own {
		doc, err := s.bears(ctx, t.id(), m.OrgID)
		if err != nil {
			return err
		}
		others = append(others, doc.Orgs...)
	}
	slices.Sort(others)
	for _, id := range slices.Compact(others) {
		if id == m.OrgID {
			continue
		}
		doc, err := s.members.Get(ctx, id)
		if err != nil {
			return err
		}
		other, err := s.o.Organisations.Get(ctx, id)
		if err != nil {
			return err
		}
		for kind, same := range inCommon(own, traits(doc.Body.Application, doc.Body.Files, other.Members)) {
			if err := s.raise(ctx, kind, m, &doc.Body, same); err != nil {
				return err
			}
		}
	}
	return nil
}

// bears notes that an applicant has a trait, and gives all that do.
func (s *Service) bears(ctx context.Context, id, orgID string) (bearer, error) {
	doc, err := s.traits.Upsert(ctx, id, func(b *bearer) error {
		if !slices.Contains(b.Orgs, orgID) && len(b.Orgs) < maxBearers {
			b.Orgs = append(b.Orgs, orgID)
		}
		return nil
	})
	return doc.Body, err
}

// raise writes a finding down, once; what else the two are found to share joins it while nobody has decided.
func (s *Service) raise(ctx context.Context, kind FlagKind, m, other *Membership, same []string) error {
	pair := []string{m.OrgID, other.OrgID}
	slices.Sort(pair)
	id := trait{kind: string(kind), value: strings.Join(pair, "\x00")}.id()
	flag := AdmissionFlag{Kind: kind, State: FlagOpen, First: m.OrgID, Second: other.OrgID, Names: []string{m.OrgName, other.OrgName},
		Districts: []string{m.Jurisdiction, other.Jurisdiction}, Same: same, At: when.At(s.now())}
	to := []recipient{toStaff(m.Jurisdiction)}
	if other.Jurisdiction != m.Jurisdiction {
		to = append(to, toStaff(other.Jurisdiction))
	}
	_, err := s.flags.Insert(ctx, id, flag, docstore.Emit(admissionFlagged, flag.message(m, reviewPage(m.OrgID), to...)))
	if err == nil || fault.KindOf(err) != fault.Duplicate {
		return err
	}
	_, err = s.flags.Update(ctx, id, func(tx *docstore.Tx[AdmissionFlag]) error {
		if tx.Body.State == FlagOpen || tx.Body.State == FlagContested {
			tx.Body.Same = same
		}
		return nil
	})
	return err
}

func (f *AdmissionFlag) message(m *Membership, link string, to ...recipient) message {
	return about(m, link, to...).with("names", strings.Join(f.Names, "、")).with("kind", string(f.Kind))
}

// operates reports whether an actor decides for one of the two.
func (f *AdmissionFlag) operates(a access.Actor) bool {
	return slices.ContainsFunc(f.Districts, a.Operates)
}

// ListAdmissionFlags is the authority's list, the newest first: of one applicant, or all. A page may be short and still have a next one.
func (s *Service) ListAdmissionFlags(ctx context.Context, p api.ListAdmissionFlagsParams) (api.ListAdmissionFlags200JSONResponse, error) {
	a := access.From(ctx)
	out := api.ListAdmissionFlags200JSONResponse{Items: []api.AdmissionFlag{}}
	q := docstore.Query{Index: "time", Descending: true, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	if p.State != "" {
		q.Index, q.Equal = "state", []any{string(p.State)}
	}
	page, err := s.flags.Find(ctx, q)
	out.Next = page.Next
	for _, d := range page.Items {
		if d.Body.operates(a) {
			out.Items = append(out.Items, flagView(d, a))
		}
	}
	return out, err
}

// GetAdmissionFlags are the flags of one applicant, for the authority and, without the other's name, for the applicant itself.
func (s *Service) GetAdmissionFlags(ctx context.Context, id string) (api.GetAdmissionFlags200JSONResponse, error) {
	out := api.GetAdmissionFlags200JSONResponse{Items: []api.AdmissionFlag{}}
	_, a, err := s.visible(ctx, id)
	if err != nil {
		return out, err
	}
	if a.Staff == access.ExpertStaff {
		return out, access.Forbid.Err()
	}
	for _, index := range []string{"first", "second"} {
		page, err := s.flags.Find(ctx, docstore.Query{Index: index, Equal: []any{id}, Descending: true, Limit: docstore.MaxLimit})
		if err != nil {
			return out, err
		}
		for _, d := range page.Items {
			out.Items = append(out.Items, flagView(d, a))
		}
	}
	slices.SortStableFunc(out.Items, func(x, y api.AdmissionFlag) int { return cmp.Compare(y.At.UnixMilli(), x.At.UnixMilli()) })
	return out, nil
}

// ContestAdmissionFlag is a flagged applicant's explanation.
func (s *Service) ContestAdmissionFlag(ctx context.Context, id, reason string) (api.AdmissionFlag, error) {
	a := access.From(ctx)
	doc, err := s.flags.Update(ctx, id, func(tx *docstore.Tx[AdmissionFlag]) error {
		f := tx.Body
		if a.OrgID == "" || a.OrgID != f.First && a.OrgID != f.Second {
			return access.Hide.Err()
		}
		if err := f.Explain(a.OrgID, reason, when.At(tx.Now)); err != nil {
			return err
		}
		var to []recipient
		for _, district := range f.Districts {
			to = append(to, toStaff(district))
		}
		own := slices.Index([]string{f.First, f.Second}, a.OrgID)
		return tx.Emit(admissionFlagContested, f.message(&Membership{OrgID: a.OrgID, OrgName: f.Names[own]}, reviewPage(a.OrgID), to...).with("reason", f.Contest))
	})
	if err != nil {
		return api.AdmissionFlag{}, err
	}
	return flagView(doc, a), nil
}

// DecideAdmissionFlag upholds or dismisses a flag, with the reason, and tells both applicants. Nothing else happens by itself.
func (s *Service) DecideAdmissionFlag(ctx context.Context, id string, uphold bool, reason string) (api.AdmissionFlag, error) {
	a := access.From(ctx)
	doc, err := s.flags.Update(ctx, id, func(tx *docstore.Tx[AdmissionFlag]) error {
		f := tx.Body
		if !f.operates(a) {
			return access.Hide.Err()
		}
		if err := f.Decide(uphold, reason, a.UserID, when.At(tx.Now)); err != nil {
			return err
		}
		return tx.Emit(admissionFlagDecided, message{Link: admissionPage, Recipients: []recipient{toOrg(f.First), toOrg(f.Second)},
			Params: map[string]any{"reason": f.Decision, "upheld": uphold}})
	})
	if err != nil {
		return api.AdmissionFlag{}, err
	}
	return flagView(doc, a), nil
}

// flagView is a flag as one reader sees it: an applicant learns what it shares, not with whom.
func flagView(d docstore.Doc[AdmissionFlag], a access.Actor) api.AdmissionFlag {
	f := &d.Body
	v := api.AdmissionFlag{Id: d.ID, Kind: api.AdmissionFlagKind(f.Kind), State: api.AdmissionFlagState(f.State), Same: list(f.Same), At: f.At.Time(), Contest: f.Contest,
		ContestedAt: f.ContestedAt.Time(), Decision: f.Decision, DecidedAt: f.DecidedAt.Time(), OrgIds: []string{f.First, f.Second}, OrgNames: list(f.Names),
		MayContest: f.State == FlagOpen && a.OrgID != ""}
	if a.OrgID != "" {
		own := slices.Index(v.OrgIds, a.OrgID)
		v.OrgIds, v.OrgNames = v.OrgIds[own:own+1], v.OrgNames[own:own+1]
		if f.ContestBy != a.OrgID {
			v.Contest = ""
		}
	}
	return v
}
