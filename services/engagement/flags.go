package engagement

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// FlagKind is what looks odd.
type FlagKind string

// The kinds.
const (
	RelatedParty      FlagKind = "related_party"      // the two sides share a legal person, an address, a phone or a member
	DuplicateEvidence FlagKind = "duplicate_evidence" // one paper proves several dealings
	RatingExchange    FlagKind = "rating_exchange"    // A praises B and B praises A
	OneClient         FlagKind = "one_client"         // nearly all ratings come from one client
)

// FlagState is how a flag stands.
type FlagState string

// The states. A flag has no effect by itself in any of them: what follows, a person decides elsewhere with a reason.
const (
	FlagOpen      FlagState = "open"
	FlagContested FlagState = "contested"
	FlagUpheld    FlagState = "upheld"
	FlagDismissed FlagState = "dismissed"
)

// Flag is one finding, id derived from what was found, so that it is raised once. First and Second are the organisations.
type Flag struct {
	Kind        FlagKind     `json:"kind"`
	State       FlagState    `json:"state"`
	First       string       `json:"first"`
	Second      string       `json:"second"`
	Names       []string     `json:"names"`
	District    string       `json:"district"`
	Engagements []string     `json:"engagements"`
	Detail      string       `json:"detail"`
	At          when.Instant `json:"at"`
	ContestBy   string       `json:"contestBy,omitempty"`
	Contest     string       `json:"contest,omitempty"`
	ContestedAt when.Instant `json:"contestedAt,omitempty"`
	Decision    string       `json:"decision,omitempty"`
	DecidedBy   string       `json:"decidedBy,omitempty"`
	DecidedAt   when.Instant `json:"decidedAt,omitempty"`
}

// Fact is an engagement as the checks see it.
type Fact struct {
	ID, ClientID, ProviderID string
	Deal                     bool // a contract was signed, or a delivery confirmed
	Rated                    bool // by the client, and counting
	Value                    float64
	Proofs                   []Proof
}

// Proof is a paper that figures rest on.
type Proof struct {
	SHA256  string
	Purpose Purpose
}

// Firm is what the checks compare of an organisation.
type Firm struct {
	LegalPerson, Address string
	Phones               []string
	Members              []string // user ids
}

// Finding is what the checks found: a kind, the two organisations (the second may be empty), the engagements, and what was equal.
type Finding struct {
	Kind          FlagKind
	First, Second string
	Key           string // what was found equal: with the kind, the finding's identity
	Engagements   []string
	Detail        string
}

// The thresholds of the checks: ours, chosen so that ordinary repeat business raises nothing.
const (
	praise      = 4.0 // of both ratings, for an exchange to be odd
	oneClientOf = 5   // ratings, before their coming from one client says anything
	oneClientBP = 8000
)

// Suspicions finds what looks odd in a set of facts. It judges nobody: family firms, a group's shared office or a framework contract can
// all be honest, and those flagged can say so.
func Suspicions(facts []Fact, firms map[string]Firm) []Finding {
	found := map[string]*Finding{}
	add := func(kind FlagKind, key, first, second, detail string, ids ...string) {
		f, ok := found[string(kind)+key]
		if !ok {
			f = &Finding{Kind: kind, First: first, Second: second, Key: key, Detail: detail}
			found[string(kind)+key] = f
		}
		for _, id := range ids {
			if !slices.Contains(f.Engagements, id) {
				f.Engagements = append(f.Engagements, id)
			}
		}
	}
	type pair struct{ provider, client string }
	praised := map[pair][]string{}
	papers := map[string][]*Fact{}
	ratings := map[string][]*Fact{}
	for i := range facts {
		f := &facts[i]
		if f.Deal {
			if same := shared(firms[f.ClientID], firms[f.ProviderID]); len(same) > 0 {
				add(RelatedParty, f.ProviderID+"|"+f.ClientID, f.ProviderID, f.ClientID, strings.Join(same, ","), f.ID)
			}
		}
		if f.Rated {
			ratings[f.ProviderID] = append(ratings[f.ProviderID], f)
			if f.Value >= praise {
				praised[pair{f.ProviderID, f.ClientID}] = append(praised[pair{f.ProviderID, f.ClientID}], f.ID)
			}
		}
		for _, p := range f.Proofs {
			papers[p.SHA256] = append(papers[p.SHA256], f)
			for _, other := range papers[p.SHA256] {
				same := other.ProviderID == f.ProviderID && other.ClientID == f.ClientID
				if other.ID != f.ID && (!same || p.Purpose != ForContract) { // a framework contract covers many orders of one pair
					add(DuplicateEvidence, p.SHA256, f.ProviderID, otherOf(other.ProviderID, f.ProviderID), string(p.Purpose), other.ID, f.ID)
				}
			}
		}
	}
	for p, ids := range praised {
		if back := praised[pair{p.client, p.provider}]; len(back) > 0 && p.provider < p.client {
			add(RatingExchange, p.provider+"|"+p.client, p.provider, p.client, fmt.Sprintf("%d/%d", len(ids), len(back)), slices.Concat(ids, back)...)
		}
	}
	for provider, all := range ratings {
		by := map[string][]string{}
		for _, f := range all {
			by[f.ClientID] = append(by[f.ClientID], f.ID)
		}
		for client, ids := range by {
			if len(all) >= oneClientOf && len(ids)*10000 >= oneClientBP*len(all) {
				add(OneClient, provider+"|"+client, provider, client, fmt.Sprintf("%d/%d", len(ids), len(all)), ids...)
			}
		}
	}
	var all []Finding
	for _, f := range found {
		slices.Sort(f.Engagements)
		all = append(all, *f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		return strings.Compare(string(a.Kind)+a.Key, string(b.Kind)+b.Key)
	})
	return all
}

func otherOf(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

// shared names what two firms have in common. Nothing in common with an unknown.
func shared(a, b Firm) []string {
	var same []string
	equal := func(name, x, y string) {
		if x = folded(x); x != "" && x == folded(y) {
			same = append(same, name)
		}
	}
	meet := func(name string, xs, ys []string) {
		for _, x := range xs {
			if x = folded(x); x != "" && slices.ContainsFunc(ys, func(y string) bool { return folded(y) == x }) {
				same = append(same, name)
				return
			}
		}
	}
	equal("legal_person", a.LegalPerson, b.LegalPerson)
	equal("address", a.Address, b.Address)
	meet("phone", a.Phones, b.Phones)
	meet("member", a.Members, b.Members)
	return same
}

// folded drops what people write differently: spaces, hyphens, case, full width.
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

// fact is what the checks see of an engagement.
func (e *Engagement) fact(id string) Fact {
	f := Fact{ID: id, ClientID: e.ClientID, ProviderID: e.ProviderID, Deal: e.Contract != nil && e.Contract.ConfirmedAt != 0 || e.Offline}
	if e.Service.Counts() {
		f.Rated, f.Value = true, RatingRow{Marks: e.Service.Marks}.Value()
	}
	for _, file := range e.Files {
		if file.Purpose.Proof() {
			f.Proofs = append(f.Proofs, Proof{file.SHA256, file.Purpose})
		}
	}
	return f
}

// neighbours is how many of a provider's latest engagements one check looks at.
const neighbours = 200

// inspect looks for what is odd about one engagement, among its provider's others, those the other way round, and those that show the
// same papers.
func (s *Service) inspect(ctx context.Context, id string, e *Engagement) error {
	facts := map[string]Fact{id: e.fact(id)}
	docs := map[string]*Engagement{id: e}
	gather := func(q docstore.Query) error {
		q.Limit, q.Descending = neighbours, true
		page, err := s.engagements.Find(ctx, q)
		for _, d := range page.Items {
			facts[d.ID], docs[d.ID] = d.Body.fact(d.ID), &d.Body
		}
		return err
	}
	if err := gather(docstore.Query{Index: "provider", Equal: []any{e.ProviderID}}); err != nil {
		return err
	}
	if err := gather(docstore.Query{Index: "pair", Equal: []any{e.ClientID, e.ProviderID}}); err != nil {
		return err
	}
	for _, p := range facts[id].Proofs {
		others, err := s.proves(ctx, p.SHA256, id)
		if err != nil {
			return err
		}
		found, err := s.engagements.GetMany(ctx, others)
		if err != nil {
			return err
		}
		for _, d := range found {
			facts[d.ID], docs[d.ID] = d.Body.fact(d.ID), &d.Body
		}
	}
	firms, err := s.firms(ctx, e.ProviderID, e.ClientID)
	if err != nil {
		return err
	}
	var all []Fact
	for _, f := range facts {
		all = append(all, f)
	}
	for _, f := range Suspicions(all, firms) {
		if slices.Contains(f.Engagements, id) {
			if err := s.raise(ctx, f, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// firms is what account knows of organisations, and what those applied with that ever sought the pool.
func (s *Service) firms(ctx context.Context, ids ...string) (map[string]Firm, error) {
	known, err := s.o.Organisations.Firms(ctx, ids)
	if err != nil {
		return nil, err
	}
	applied, err := s.o.Pool.Standing(ctx, ids)
	if err != nil {
		return nil, err
	}
	firms := map[string]Firm{}
	maps.Copy(firms, known)
	for id, a := range applied {
		f := firms[id]
		f.LegalPerson, f.Phones = a.LegalPerson, append(slices.Clone(f.Phones), a.Phone)
		if f.Address == "" {
			f.Address = a.Address
		}
		firms[id] = f
	}
	return firms, nil
}

// proves notes that a paper proves an engagement, and gives the others it proves.
func (s *Service) proves(ctx context.Context, sum, id string) ([]string, error) {
	doc, err := s.evidence.Upsert(ctx, sum, func(e *Evidence) error {
		if !slices.Contains(e.Engagements, id) && len(e.Engagements) < docstore.MaxLimit {
			e.Engagements = append(e.Engagements, id)
		}
		return nil
	})
	return doc.Body.Engagements, err
}

// raise writes a finding down, once; more engagements of the same kind join it while nobody has decided.
func (s *Service) raise(ctx context.Context, f Finding, e *Engagement) error {
	id := keyOf("flag", string(f.Kind), f.Key)
	names := []string{e.ProviderName, e.ClientName}
	if f.First != e.ProviderID {
		slices.Reverse(names)
	}
	flag := Flag{Kind: f.Kind, State: FlagOpen, First: f.First, Second: f.Second, Names: names, District: e.District, Engagements: f.Engagements, Detail: f.Detail,
		At: when.At(s.now())}
	m := message{Link: "/work/review/engagements?tab=flags", Params: map[string]any{"names": names, "kind": string(f.Kind)},
		Recipients: []recipient{{Staff: access.DistrictOperator, District: e.District}}}
	_, err := s.flags.Insert(ctx, id, flag, docstore.Emit(flagRaised, m))
	if fault.KindOf(err) != fault.Duplicate {
		return err
	}
	_, err = s.flags.Update(ctx, id, func(tx *docstore.Tx[Flag]) error {
		if tx.Body.State == FlagOpen || tx.Body.State == FlagContested {
			tx.Body.Engagements = merged(tx.Body.Engagements, f.Engagements)
			tx.Body.Detail = f.Detail
		}
		return nil
	})
	return err
}

func merged(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), neighbours)]
}

// ListEngagementFlags is the operator's list, newest first.
func (s *Service) ListEngagementFlags(ctx context.Context, state string, limit int, cursor string) (api.FlagPage, error) {
	page := api.FlagPage{Items: []api.Flag{}}
	a := access.From(ctx)
	q := docstore.Query{Index: "time", Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if state != "" {
		q.Index, q.Equal = "state", []any{state}
	}
	found, err := s.flags.Find(ctx, q)
	page.Next = found.Next
	for _, d := range found.Items {
		if a.Operates(d.Body.District) {
			page.Items = append(page.Items, flagView(d, a))
		}
	}
	return page, err
}

// flagOf reads a flag for its organisations and the operator.
func (s *Service) flagOf(ctx context.Context, id string) (docstore.Doc[Flag], error) {
	a := access.From(ctx)
	d, err := s.flags.Get(ctx, id)
	if err == nil && !a.Operates(d.Body.District) && (a.OrgID == "" || a.OrgID != d.Body.First && a.OrgID != d.Body.Second) {
		err = access.Hide.Err()
	}
	return d, err
}

// ContestEngagementFlag is a flagged organisation's explanation.
func (s *Service) ContestEngagementFlag(ctx context.Context, id, reason string) (api.Flag, error) {
	if _, err := s.flagOf(ctx, id); err != nil {
		return api.Flag{}, err
	}
	a := access.From(ctx)
	doc, err := s.flags.Update(ctx, id, func(tx *docstore.Tx[Flag]) error {
		f := tx.Body
		if a.OrgID != f.First && a.OrgID != f.Second {
			return access.Forbid.Err()
		}
		if f.State != FlagOpen {
			return fault.Newf(fault.Conflict, "flag.wrong_state", "a flag that is %s cannot be contested", f.State)
		}
		f.State, f.ContestBy, f.Contest, f.ContestedAt = FlagContested, a.OrgID, reason, when.At(tx.Now)
		return tx.Emit(flagContested, message{Link: "/work/review/engagements?tab=flags", Params: map[string]any{"names": f.Names, "reason": reason},
			Recipients: []recipient{{Staff: access.DistrictOperator, District: f.District}}})
	})
	return flagView(doc, a), err
}

// DecideEngagementFlag upholds or dismisses a flag, with the reason, and tells the organisations. Nothing else happens by itself.
func (s *Service) DecideEngagementFlag(ctx context.Context, id string, uphold bool, reason string) (api.Flag, error) {
	d, err := s.flagOf(ctx, id)
	if err != nil {
		return api.Flag{}, err
	}
	a := access.From(ctx)
	if !a.Operates(d.Body.District) {
		return api.Flag{}, access.Forbid.Err()
	}
	doc, err := s.flags.Update(ctx, id, func(tx *docstore.Tx[Flag]) error {
		f := tx.Body
		if f.State != FlagOpen && f.State != FlagContested {
			return fault.Newf(fault.Conflict, "flag.wrong_state", "the flag is %s already", f.State)
		}
		if f.State = FlagDismissed; uphold {
			f.State = FlagUpheld
		}
		f.Decision, f.DecidedBy, f.DecidedAt = reason, a.UserID, when.At(tx.Now)
		m := message{Link: "/work/service-desk", Params: map[string]any{"reason": reason, "upheld": uphold}}
		for _, org := range []string{f.First, f.Second} {
			if org != "" {
				m.Recipients = append(m.Recipients, recipient{OrgID: org})
			}
		}
		return tx.Emit(flagDecided, m)
	})
	return flagView(doc, a), err
}

func flagView(d docstore.Doc[Flag], a access.Actor) api.Flag {
	f := &d.Body
	orgs := []string{f.First}
	if f.Second != "" {
		orgs = append(orgs, f.Second)
	}
	return api.Flag{Id: d.ID, Kind: api.FlagKind(f.Kind), State: api.FlagState(f.State), OrgIds: orgs, OrgNames: f.Names, EngagementIds: f.Engagements, Detail: f.Detail,
		At: f.At.Time(), Contest: f.Contest, ContestedAt: f.ContestedAt.Time(), Decision: f.Decision, DecidedAt: f.DecidedAt.Time(),
		MayContest: f.State == FlagOpen && a.OrgID != "" && slices.Contains(orgs, a.OrgID)}
}
