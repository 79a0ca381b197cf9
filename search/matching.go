package search

import (
	"slices"
	"strings"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
)

// usual is what a document of a type is matched with when nobody says.
var usual = map[api.DocumentType][]api.DocumentType{
	api.DocumentTypeDemand:       {api.DocumentTypeOrganisation, api.DocumentTypeProvider, api.DocumentTypeAchievement},
	api.DocumentTypeOrganisation: {api.DocumentTypeDemand, api.DocumentTypeProvider, api.DocumentTypeAchievement},
	api.DocumentTypeProvider:     {api.DocumentTypeDemand, api.DocumentTypeOrganisation},
	api.DocumentTypeAchievement:  {api.DocumentTypeDemand, api.DocumentTypeOrganisation},
	api.DocumentTypeCapability:   {api.DocumentTypeDemand},
}

// candidates says what may be found as a match.
type candidates struct {
	types    []api.DocumentType
	audience []string // nil: everybody's
	owner    string   // whose own things are left out
	verified bool
	only     []string      // keys, of things or of their owners; nil: all
	limit    int           // of each type
	follows  match.Follows // what counts for the person who asks; nothing while matches are not personal
}

// supply is the kind of demand that capabilities answer: parts, materials, purchases.
const supply = "supply"

// supplies keeps capabilities (配套能力) to supply demands, from either side: a capability offers what a firm makes, never its research.
// It keeps achievements to firms, of organisations. demandKind is the asking demand's.
func supplies(asking match.Kind, demandKind string, e *entry) bool {
	switch {
	case asking == match.Demand && e.kind == api.DocumentTypeCapability:
		return demandKind == supply
	case asking == match.Capability && e.kind == api.DocumentTypeDemand:
		return e.facts.Kind == supply
	case asking == match.Achievement && e.kind == api.DocumentTypeOrganisation: // who could use it: firms, not other universities
		return len(e.facts.Capacity) == 0 || slices.ContainsFunc(e.facts.Capacity, func(c string) bool { return c == "sme" || c == "chain_leader" })
	}
	return true
}

// matches finds the best matches of an item, best first within each type, in the order of the types; demandKind is the item's when it is
// a demand.
func (s *Service) matches(it match.Item, demandKind string, c candidates) []api.Match {
	out := []api.Match{}
	wanted := make([]match.Wanted, len(c.types))
	for i, t := range c.types {
		wanted[i] = match.Wanted{Kind: kinds[t], Allow: func(other *match.Item) bool {
			e := s.memory.get(other.ID)
			return e != nil && e.kind == t && s.worthwhile(e) && supplies(it.Kind, demandKind, e) && c.allow(e)
		}}
	}
	for _, top := range s.memory.match.TopEach(c.follows, it, c.limit, wanted...) {
		for _, m := range top {
			if e := s.memory.get(m.ID); e != nil {
				out = append(out, s.shownMatch(e, m))
			}
		}
	}
	return out
}

func (c *candidates) allow(e *entry) bool {
	return (c.owner == "" || e.owner != c.owner) && (!c.verified || e.verified) &&
		(c.audience == nil || e.visibleTo(c.audience)) && (c.only == nil || slices.Contains(c.only, e.key) || slices.Contains(c.only, key(api.DocumentTypeOrganisation, e.owner)))
}

// worthwhile leaves out what nobody can act on any more: a demand that takes no bids.
func (s *Service) worthwhile(e *entry) bool {
	if e.kind != api.DocumentTypeDemand {
		return true
	}
	return (e.facts.State == "" || e.facts.State == "published") && (e.facts.Deadline.IsZero() || e.facts.Deadline.After(s.o.Now()))
}

// pair scores two documents of the index; both have to be in it.
func (s *Service) pair(left, right string) (match.Match, bool) {
	a, ok := s.memory.match.Get(left)
	b, there := s.memory.match.Get(right)
	if !ok || !there || left == right {
		return match.Match{}, false
	}
	return s.memory.match.Pair(a, b), true
}

func (s *Service) shownMatch(e *entry, m match.Match) api.Match {
	return api.Match{Type: e.kind, Id: e.id, Title: e.title, OrgId: e.orgID, OrgName: e.orgName, District: e.facts.District, Url: e.url,
		Facts: e.facts, Score: m.Score, Reasons: s.reasons(m.Reasons)}
}

// reasons shows reasons to people: codes by their names.
func (s *Service) reasons(rs []match.Reason) []api.MatchReason {
	out := make([]api.MatchReason, len(rs))
	for i, r := range rs {
		out[i] = api.MatchReason{Kind: string(r.Kind), Points: r.Value, Detail: s.named(r.Kind, r.Detail, r.Terms), Gap: r.Gap}
		for _, t := range r.Terms {
			if coded[r.Kind] {
				t = s.memory.label(t)
			}
			out[i].Words = append(out[i].Words, t)
		}
	}
	return out
}

// coded are the reasons that rest on codes.
var coded = map[match.ReasonKind]bool{match.ReasonCategory: true, match.ReasonChain: true, match.ReasonNear: true, match.ReasonPersonal: true}

// named puts names for the codes in a sentence.
func (s *Service) named(kind match.ReasonKind, sentence string, codes []string) string {
	if !coded[kind] {
		return sentence
	}
	for _, c := range codes {
		if name := s.memory.label(c); name != c {
			sentence = strings.ReplaceAll(sentence, c, name)
		}
	}
	return sentence
}

func (e *entry) side() api.MatchSide {
	return api.MatchSide{Type: e.kind, Id: e.id, Title: e.title, OrgId: e.orgID, OrgName: e.orgName, Url: e.url}
}

// MatchText finds what fits a sentence, or the organisation of that name.
func (s *Service) MatchText(actor access.Actor, words string, types []api.DocumentType, chain, district string, limit int) api.MatchList {
	seen := audience(actor)
	list := api.MatchList{WeightsVersion: s.memory.match.Version()}
	it := match.Item{Kind: match.Organisation, Text: words, Chains: one(chain), District: district}
	c := candidates{types: types, audience: seen, limit: limit}
	if e := s.memory.organisation(words, seen); e != nil {
		list.Recognised = e.side()
		c.owner = e.owner
		if known, ok := s.memory.match.Get(e.key); ok {
			it = known
		}
	}
	if len(c.types) == 0 {
		c.types = usual[api.DocumentTypeOrganisation]
	}
	list.Items = s.matches(it, "", c)
	return list
}

// organisation is the visible organisation with exactly this name.
func (m *memory) organisation(name string, seen []string) *entry {
	wanted := compact(name)
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, e := range m.list {
		if e != nil && e.kind == api.DocumentTypeOrganisation && e.folded == wanted && e.visibleTo(seen) {
			return e
		}
	}
	return nil
}

// MatchDocument finds what fits a document of the index, for its owner and the operator.
func (s *Service) MatchDocument(actor access.Actor, kind api.DocumentType, id string, follows match.Follows,
	types []api.DocumentType, limit int) (api.MatchList, error) {
	list := api.MatchList{Items: []api.Match{}, WeightsVersion: s.memory.match.Version()}
	e := s.memory.get(key(kind, id))
	if e == nil && kind == api.DocumentTypeOrganisation && id == actor.OrgID {
		return list, nil // its own record is not published yet
	}
	if err := side(actor, e).Err(); err != nil {
		return list, err
	}
	it, ok := s.memory.match.Get(e.key)
	if !ok {
		return list, fault.New(fault.NotFound, "", "there is no such document")
	}
	if len(types) == 0 {
		types = usual[kind]
	}
	list.Items = s.matches(it, e.facts.Kind, candidates{types: types, audience: audience(actor), owner: e.owner, limit: limit, follows: follows})
	for _, code := range slices.Concat(follows.Chains, follows.Categories, follows.Districts) {
		list.Follows = append(list.Follows, s.memory.label(code))
	}
	return list, nil
}

// MatchPublic finds what fits a document that the reader may read, among what it may read: for achievements, where both sides show
// themselves to be found. Errors: NotFound for what is not in the index or not the reader's to see.
func (s *Service) MatchPublic(actor access.Actor, kind api.DocumentType, id string, types []api.DocumentType, limit int) (api.MatchList, error) {
	list := api.MatchList{Items: []api.Match{}, WeightsVersion: s.memory.match.Version()}
	e := s.memory.get(key(kind, id))
	if e == nil || !e.visibleTo(audience(actor)) {
		return list, access.Hide.Err()
	}
	it, ok := s.memory.match.Get(e.key)
	if !ok {
		return list, access.Hide.Err()
	}
	list.Items = s.matches(it, e.facts.Kind, candidates{types: types, audience: audience(actor), owner: e.owner, limit: limit})
	return list, nil
}

// side says whether the actor is the owner of a thing or its operator.
func side(actor access.Actor, e *entry) access.Decision {
	switch {
	case e == nil:
		return access.Hide
	case actor.OrgID != "" && e.owner == actor.OrgID, actor.Operates(e.facts.District):
		return access.Allow
	case e.visibleTo(audience(actor)):
		return access.Forbid
	}
	return access.Hide
}

// Explanation is why a pair matches.
type Explanation struct {
	Left, Right    api.MatchSide
	Match          match.Match
	Changes        []api.MatchChange
	WeightsVersion string
}

const maxChanges = 5

// Explain says why two documents match and what would change it, for a member of either side and the operator.
func (s *Service) Explain(actor access.Actor, left, right string) (Explanation, error) {
	a, b := s.memory.get(left), s.memory.get(right)
	for _, e := range []*entry{a, b} {
		if e == nil || !e.visibleTo(audience(actor)) && side(actor, e) != access.Allow {
			return Explanation{}, access.Hide.Err()
		}
	}
	if side(actor, a) != access.Allow && side(actor, b) != access.Allow {
		return Explanation{}, access.Forbid.Err()
	}
	m, ok := s.pair(left, right)
	if !ok {
		return Explanation{}, access.Hide.Err()
	}
	asks, _ := s.memory.match.Get(left)
	answers, _ := s.memory.match.Get(right)
	if slices.Index(askingOrder, a.kind) > slices.Index(askingOrder, b.kind) {
		asks, answers = answers, asks
	}
	x := Explanation{Left: a.side(), Right: b.side(), Match: m, Changes: []api.MatchChange{}, WeightsVersion: m.Version}
	for _, c := range s.memory.match.WhatIf(asks, answers, maxChanges) {
		codes := slices.Concat(asks.Chains, asks.Categories, one(asks.District))
		x.Changes = append(x.Changes, api.MatchChange{Kind: string(c.Kind), Points: c.Gain, Detail: s.named(c.Kind, c.Detail, codes)})
	}
	return x, nil
}

// askingOrder: of a pair, the earlier type asks and the later answers.
var askingOrder = []api.DocumentType{api.DocumentTypeDemand, api.DocumentTypeOrganisation, api.DocumentTypeProvider, api.DocumentTypeAchievement, api.DocumentTypeCapability}

// MatchFor finds what fits a document a peer holds, in the index or not. The caller decides who sees the answer.
func (s *Service) MatchFor(r api.MatchInternalJSONRequestBody) api.MatchList {
	c := candidates{types: r.Types, owner: r.Document.OrgId, verified: r.VerifiedOnly, limit: r.Limit}
	if len(c.types) == 0 {
		c.types = []api.DocumentType{api.DocumentTypeOrganisation}
	}
	if r.Document.Match.OwnerOrgId != "" {
		c.owner = r.Document.Match.OwnerOrgId
	}
	if r.Type == api.DocumentTypeOrganisation {
		c.owner = r.Document.Id
	}
	for _, id := range r.OnlyIds {
		for _, t := range c.types {
			c.only = append(c.only, key(t, id))
		}
	}
	return api.MatchList{Items: s.matches(itemOf(r.Type, &r.Document), r.Document.Facts.Kind, c), WeightsVersion: s.memory.match.Version()}
}
