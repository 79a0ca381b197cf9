package demand

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is 定向发布: a demand that is not public and reaches the organisations its author named and those a rule finds. The rule is
// looked up once, when the demand is published, and what it found is kept with the reasons; later changes only widen it.

// AudienceRule says which verified organisations a demand is for. An empty list asks nothing; within one any entry will do, between
// them all must.
type AudienceRule struct {
	Tiers     []string `json:"tiers,omitempty"`
	Chains    []string `json:"chains,omitempty"`    // codes
	Districts []string `json:"districts,omitempty"` // codes
	Words     []string `json:"words,omitempty"`     // that published capabilities name
}

// asks reports whether the rule says anything; one that does not reaches nobody.
func (r AudienceRule) asks() bool {
	return len(r.Tiers)+len(r.Chains)+len(r.Districts)+len(r.Words) > 0
}

// tidy trims what was typed and drops what is there twice.
func (r AudienceRule) tidy() AudienceRule {
	var words []string
	for _, w := range r.Words {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	r.Words = words
	return r
}

// Firm is an organisation as the rule looks at it. Words are those of the rule that its published capabilities name.
type Firm struct {
	ID, Name, District string
	Chains, Tiers      []string // tiers lowest first
	Capacities         []access.Capacity
	Words              []string
}

// Firms finds the verified organisations a rule is about. Errors: Unavailable when account or capability is away.
type Firms interface {
	FindFirms(ctx context.Context, r AudienceRule) ([]Firm, error)
}

// Why is one reason an organisation is in an audience: a condition of the rule it meets, or that its name was chosen.
type Why struct {
	Kind  string `json:"kind"`
	Value string `json:"value,omitempty"`
}

// The kinds of reason.
const (
	whyNamed    = "named"
	whyTier     = "tier"
	whyChain    = "chain"
	whyDistrict = "district"
	whyWord     = "word"
)

// why says which conditions a firm meets, and whether that is all of them.
func (r AudienceRule) why(f Firm) (all []Why, in bool) {
	if !r.asks() {
		return nil, false
	}
	for _, c := range []struct {
		kind        string
		asked, held []string
	}{{whyTier, r.Tiers, f.Tiers}, {whyChain, r.Chains, f.Chains}, {whyDistrict, r.Districts, []string{f.District}}, {whyWord, r.Words, f.Words}} {
		met := len(c.asked) == 0
		for _, value := range c.asked {
			if slices.Contains(c.held, value) {
				all, met = append(all, Why{c.kind, value}), true
			}
		}
		if !met {
			return nil, false
		}
	}
	return all, true
}

// Addressee is one organisation of an audience.
type Addressee struct {
	OrgID    string `json:"orgId"`
	Name     string `json:"name"`
	District string `json:"district,omitempty"`
	Tier     string `json:"tier,omitempty"` // the highest
	Why      []Why  `json:"why"`
}

// Reach is the audience a published demand has. The names and reasons are in its parts, so that the demand stays small.
type Reach struct {
	Key    string       `json:"key"` // of the parts
	Parts  int          `json:"parts"`
	At     when.Instant `json:"at"`
	Rule   AudienceRule `json:"rule"` // it was found by
	Named  []string     `json:"named,omitempty"`
	OrgIDs []string     `json:"orgIds"`
	Issue  string       `json:"issue,omitempty"` // a limited issue published the demand: its audience is told of the issue
}

// reachPart is a piece of an audience, id "<key>:<number>".
type reachPart struct {
	DemandID string      `json:"demandId"`
	Firms    []Addressee `json:"firms"`
}

// The most organisations one audience holds, and one part of it, so that a document stays small. A wider audience is the public.
const (
	maxReach     = 2000
	maxReachPart = 500
)

// targeted reports whether the demand is for an audience: not public, and not directed at invited ones, who are told and asked.
func (t *Terms) targeted() bool { return !t.Public && t.Mode != Directed }

// audience are the organisations that may read the demand although it is not public.
func (d *Demand) audience() []string {
	if d.Reach == nil {
		return d.Terms.Audience
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.Terms.Audience, d.Reach.OrgIDs))))
}

// reaches reports whether an organisation is in the audience.
func (d *Demand) reaches(orgID string) bool {
	return slices.Contains(d.Terms.Audience, orgID) || d.Reach != nil && slices.Contains(d.Reach.OrgIDs, orgID)
}

// reachable refuses to publish for an audience that is nobody, too many, or not the rule's.
func (d *Demand) reachable() error {
	if !d.Terms.targeted() || !d.Terms.AudienceRule.asks() {
		return nil
	}
	switch {
	case d.Reach == nil || !reflect.DeepEqual(d.Reach.Rule, d.Terms.AudienceRule):
		return fault.New(fault.Conflict, "audience.changed", "the audience was changed meanwhile")
	case len(d.Reach.OrgIDs) == 0:
		return fault.New(fault.Conflict, "audience.empty", "the rule finds nobody who could answer")
	case len(d.Reach.OrgIDs) > maxReach:
		return fault.Newf(fault.Conflict, "audience.too_wide", "the rule finds %d organisations; at most %d", len(d.Reach.OrgIDs), maxReach)
	}
	return nil
}

// Widen gives a published demand the audience its changed terms found. Whom it reached it goes on reaching: they may be at work on a bid.
func (d *Demand) Widen(r *Reach) error {
	before := d.Reach
	d.Reach = r
	if err := d.reachable(); err != nil {
		d.Reach = before
		return err
	}
	if before != nil && (r == nil || slices.ContainsFunc(before.OrgIDs, func(id string) bool { return !slices.Contains(r.OrgIDs, id) })) {
		d.Reach = before
		return fault.New(fault.Conflict, "audience.changed", "the audience was changed meanwhile")
	}
	d.Tasks.Push, d.Tasks.NextAt = true, 0 // the new ones are told
	d.settle()
	return nil
}

// resolve finds an audience: those named first, then by name. may refuses whose capacities are none to reach; before are those reached
// already.
func (s *Service) resolve(ctx context.Context, issuerID string, t *Terms, may func([]access.Capacity) error, before []Addressee) ([]Addressee, error) {
	var all []Addressee
	for _, id := range t.Audience {
		org, err := s.o.Organisations.Get(ctx, id)
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, Addressee{OrgID: id, Name: org.Name, District: org.District, Tier: highest(org.Tiers), Why: []Why{{Kind: whyNamed}}})
	}
	var found []Firm
	if t.AudienceRule.asks() && s.o.Firms != nil {
		var err error
		if found, err = s.o.Firms.FindFirms(ctx, t.AudienceRule); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b Firm) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	has := func(id string) bool {
		return slices.ContainsFunc(all, func(r Addressee) bool { return r.OrgID == id })
	}
	for _, f := range found {
		why, in := t.AudienceRule.why(f)
		if !in || f.ID == issuerID || may(f.Capacities) != nil || has(f.ID) {
			continue
		}
		all = append(all, Addressee{OrgID: f.ID, Name: f.Name, District: f.District, Tier: highest(f.Tiers), Why: why})
	}
	for _, r := range before {
		if !has(r.OrgID) {
			all = append(all, r)
		}
	}
	return all, nil
}

func highest(tiers []string) string {
	if len(tiers) == 0 {
		return ""
	}
	return tiers[len(tiers)-1]
}

// reach finds and keeps the audience of terms about to be published or changed; nil where they are for no audience. What is kept counts
// once the demand names its key.
func (s *Service) reach(ctx context.Context, id string, d *Demand, t *Terms) (*Reach, error) {
	if !t.targeted() {
		return nil, nil
	}
	before, err := s.reached(ctx, d)
	if err != nil {
		return nil, err
	}
	all, err := s.resolve(ctx, d.IssuerID, t, flowOf(t.Kind).answerable, before)
	if err != nil {
		return nil, err
	}
	return s.keepReach(ctx, id, t, all)
}

// anyone is the audience of what is to be read, not answered.
func anyone([]access.Capacity) error { return nil }

// keepReach keeps an audience with its reasons, of a demand or an issue by id.
func (s *Service) keepReach(ctx context.Context, id string, t *Terms, all []Addressee) (*Reach, error) {
	r := &Reach{Key: rest.NewID(s.now()), At: when.At(s.now()), Rule: t.AudienceRule, Named: t.Audience, OrgIDs: []string{}}
	for _, one := range all {
		r.OrgIDs = append(r.OrgIDs, one.OrgID)
	}
	if len(all) > maxReach {
		return r, nil // refused by reachable
	}
	for part := range slices.Chunk(all, maxReachPart) {
		if _, err := s.reaches.Insert(ctx, partID(r.Key, r.Parts), reachPart{DemandID: id, Firms: part}); err != nil {
			return nil, err
		}
		r.Parts++
	}
	return r, nil
}

func partID(key string, n int) string { return fmt.Sprintf("%s:%02d", key, n) }

// reached is the audience that was kept, with its reasons.
func (s *Service) reached(ctx context.Context, d *Demand) ([]Addressee, error) {
	if d.Reach == nil {
		return nil, nil
	}
	var ids []string
	for n := range d.Reach.Parts {
		ids = append(ids, partID(d.Reach.Key, n))
	}
	parts, err := s.reaches.GetMany(ctx, ids)
	if err != nil {
		return nil, err
	}
	var all []Addressee
	for _, p := range parts {
		all = append(all, p.Body.Firms...)
	}
	return all, nil
}

// tellAudience tells those of a targeted demand's audience whom matching has not told already. They stand behind those that fit best.
func (s *Service) tellAudience(ctx context.Context, doc docstore.Doc[Demand], rank int, version string) error {
	d := &doc.Body
	if !d.Terms.targeted() {
		return nil
	}
	all, err := s.reached(ctx, d)
	if err != nil {
		return err
	}
	for _, r := range all {
		rank++
		p := Push{DemandID: doc.ID, Round: d.Round, OrgID: r.OrgID, OrgName: r.Name, Rank: rank, Reasons: []MatchReason{{Kind: "audience", Detail: "发榜单位定向发布给本单位"}}, WeightsVersion: version, At: when.At(s.now())}
		var told []docstore.InsertOption
		if d.Reach == nil || d.Reach.Issue == "" { // an issue's audience hears of the issue, once
			told = append(told, docstore.Emit(demandTargeted, about(doc.ID, d, publicPage(doc.ID), toOrg(r.OrgID)).with("deadline", at(d.Deadline))))
		}
		_, err := s.pushes.Insert(ctx, BidID(doc.ID, d.Round, r.OrgID), p, told...)
		if err != nil && fault.KindOf(err) != fault.Duplicate { // told before
			return err
		}
	}
	return nil
}

// PreviewAudience is whom an audience would reach now, by the caller's own organisation.
func (s *Service) PreviewAudience(ctx context.Context, in api.AudienceInput) (api.Audience, error) {
	t := Terms{Kind: Kind(in.Kind), Audience: in.AudienceOrgIds, AudienceRule: ruleOf(in.AudienceRule)}
	if err := s.chooseAudience(ctx, &t.AudienceRule); err != nil {
		return api.Audience{}, err
	}
	may := anyone
	if t.Kind != "" {
		may = flowOf(t.Kind).answerable
	}
	all, err := s.resolve(ctx, access.From(ctx).OrgID, &t, may, nil)
	if err != nil {
		return api.Audience{}, err
	}
	return audienceView(all, 0, 20), nil
}

// GetDemandAudience is whom a demand reaches, for its issuer and the operator: what was kept when it was published, before that whom it
// would reach now.
func (s *Service) GetDemandAudience(ctx context.Context, id string, limit int, cursor string) (api.Audience, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Audience{}, err
	}
	d := &doc.Body
	if role(a, d) == Stranger {
		return api.Audience{}, access.Forbid.Err()
	}
	var all []Addressee
	switch {
	case !d.Terms.targeted():
	case d.Reach != nil:
		all, err = s.reached(ctx, d)
	default:
		all, err = s.resolve(ctx, d.IssuerID, &d.Terms, d.flow().answerable, nil)
	}
	if err != nil {
		return api.Audience{}, err
	}
	from, err := place(cursor, len(all))
	if err != nil {
		return api.Audience{}, err
	}
	v := audienceView(all, from, docstore.PageSize(limit))
	if d.Reach != nil {
		v.ResolvedAt = d.Reach.At.Time()
	}
	return v, nil
}

// chooseAudience turns names of districts and chains into their codes and refuses what is not on the city's lists.
func (s *Service) chooseAudience(ctx context.Context, r *AudienceRule) error {
	if s.o.Lists == nil {
		return nil
	}
	var fields []fault.Field
	for _, f := range []struct {
		path   string
		values *[]string
		list   func(context.Context) ([]Choice, error)
	}{{"audienceRule.districts", &r.Districts, s.o.Lists.Districts}, {"audienceRule.chains", &r.Chains, s.o.Lists.Chains}} {
		if len(*f.values) == 0 {
			continue
		}
		list, err := f.list(ctx)
		if err != nil {
			return err
		}
		codes := make([]string, len(*f.values))
		for i, value := range *f.values {
			code, ok := codeOf(list, value)
			if !ok {
				fields = append(fields, fault.Field{Path: f.path, Code: "not_a_choice", Detail: value})
			}
			codes[i] = code
		}
		*f.values = codes
	}
	if len(fields) > 0 {
		return fault.Bad(fields...)
	}
	return nil
}

func ruleOf(in api.AudienceRule) AudienceRule {
	r := AudienceRule{Chains: in.Chains, Districts: in.Districts, Words: in.Words}
	for _, t := range in.Tiers {
		r.Tiers = append(r.Tiers, string(t))
	}
	return r.tidy()
}

func ruleView(r AudienceRule) api.AudienceRule {
	v := api.AudienceRule{Chains: r.Chains, Districts: r.Districts, Words: r.Words}
	for _, t := range r.Tiers {
		v.Tiers = append(v.Tiers, api.Tier(t))
	}
	return v
}

func audienceView(all []Addressee, from, limit int) api.Audience {
	v := api.Audience{Count: len(all), Most: maxReach, Items: []api.AudienceFirm{},
		ByTier:     countBy(all, func(r Addressee) string { return r.Tier }),
		ByDistrict: countBy(all, func(r Addressee) string { return r.District })}
	until := min(from+limit, len(all))
	for _, r := range all[from:until] {
		firm := api.AudienceFirm{OrgId: r.OrgID, Name: r.Name, District: r.District, Tier: r.Tier, Why: []api.AudienceReason{}}
		for _, w := range r.Why {
			firm.Why = append(firm.Why, api.AudienceReason{Kind: api.AudienceReasonKind(w.Kind), Value: w.Value})
		}
		v.Items = append(v.Items, firm)
	}
	if until < len(all) {
		v.Next = itoa(until)
	}
	return v
}

// countBy counts by a key, the largest first.
func countBy(all []Addressee, key func(Addressee) string) []api.AudienceCount {
	counts := []api.AudienceCount{}
	for _, r := range all {
		i := slices.IndexFunc(counts, func(c api.AudienceCount) bool { return c.Key == key(r) })
		if i < 0 {
			counts, i = append(counts, api.AudienceCount{Key: key(r)}), len(counts)
		}
		counts[i].Count++
	}
	slices.SortFunc(counts, func(a, b api.AudienceCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	return counts
}
