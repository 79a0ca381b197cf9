package account

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// State is where an organisation stands with the authority.
type State string

// An organisation registers itself, submits itself with evidence, and is verified, returned for mending or rejected by the
// operator. A verified one can be suspended for a time. An official title list makes unclaimed ones, which a person claims (认领) with
// evidence. A firm that merged or was struck off is closed. Nothing is ever deleted.
const (
	Unclaimed  State = "unclaimed"
	Registered State = "registered"
	Submitted  State = "submitted"
	Returned   State = "returned"
	Verified   State = "verified"
	Rejected   State = "rejected"
	Suspended  State = "suspended"
	Closed     State = "closed"
)

// Organisation is a legal entity (企业/机构), keyed by its unified social credit code. Its members, evidence, titles and
// dossier live in it, because what they must obey (never without an owner, never verified without evidence) is decided in one
// write.
type Organisation struct {
	State      State        `json:"state"`
	Profile    Profile      `json:"profile"`
	District   string       `json:"district"`  // Profile.District, where indexes find it
	CreditKey  string       `json:"creditKey"` // unique; a rejected organisation gives its code free
	NeedsProof bool         `json:"needsProof,omitempty"`
	Proof      string       `json:"proof,omitempty"`  // what the operator accepted for a failing code
	Reason     string       `json:"reason,omitempty"` // of the last return, rejection or suspension
	QueueAt    when.Instant `json:"queueAt"`          // since when it waits, or when it last changed its state
	Submitted  when.Instant `json:"submittedAt,omitempty"`
	VerifiedAt when.Instant `json:"verifiedAt,omitempty"`
	Created    when.Instant `json:"createdAt"`
	Members    []Member     `json:"members"`
	Evidence   []Evidence   `json:"evidence,omitempty"`
	Titles     []Title      `json:"titles,omitempty"`
	Facts      []Fact       `json:"facts,omitempty"`
	History    []Entry      `json:"history"`

	// See dossier.go.
	PastFacts      []PastFact   `json:"pastFacts,omitempty"`
	DossierAt      when.Instant `json:"dossierAt,omitempty"`      // the firm last wrote or confirmed it
	DossierAskedAt when.Instant `json:"dossierAskedAt,omitempty"` // it was last asked to go through it

	FormerNames []string `json:"formerNames,omitempty"` // newest last
	Successor   string   `json:"successor,omitempty"`   // the organisation a closed one merged into
}

// Profile is what an organisation says of itself. Name, credit code and capacities are its identity, which evidence proves.
type Profile struct {
	Name       string            `json:"name"`
	CreditCode string            `json:"creditCode"`
	Capacities []access.Capacity `json:"capacities"`
	District   string            `json:"district"`
	Chains     []string          `json:"chains,omitempty"`
	Industry   string            `json:"industry,omitempty"` // GB/T 4754
	SizeClass  SizeClass         `json:"sizeClass,omitempty"`
	Employees  int64             `json:"employees,omitempty"`
	RevenueFen int64             `json:"revenueFen,omitempty"`
	AssetsFen  int64             `json:"assetsFen,omitempty"`
	SizeAsOf   when.Day          `json:"sizeAsOf,omitempty"`
	FoundedOn  when.Day          `json:"foundedOn,omitempty"`
	Address    string            `json:"address,omitempty"`
	Website    string            `json:"website,omitempty"`
	Summary    string            `json:"summary,omitempty"`
	Products   []string          `json:"products,omitempty"`
	Contact    Contact           `json:"contact,omitzero"`
}

// Contact is whom to reach; shown to the organisation itself, the operator and verified parties of a dealing.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// Evidence is an attached file that proves something.
type Evidence struct {
	ID         string       `json:"id"` // of the blob
	Name       string       `json:"name"`
	Type       string       `json:"type"`
	Size       int64        `json:"size"`
	Kind       string       `json:"kind"` // licence, authorisation, proof, other
	UploadedAt when.Instant `json:"uploadedAt"`
	UploadedBy string       `json:"uploadedBy"`
}

// FactSource says who vouches for a fact.
type FactSource string

// A firm reports about itself, an operator vouches, a list is imported.
const (
	SelfReported FactSource = "self_reported"
	Imported     FactSource = "imported"
	Vouched      FactSource = "verified"
)

// Fact is one entry of the dossier (一企一档), with its source and date.
type Fact struct {
	Key        string       `json:"key"`
	Value      string       `json:"value"`
	AsOf       when.Day     `json:"asOf,omitempty"`
	Source     FactSource   `json:"source"`
	RecordedAt when.Instant `json:"recordedAt"`
	RecordedBy string       `json:"recordedBy"`
	ByName     string       `json:"byName,omitempty"`
	Proof      string       `json:"proof,omitempty"` // what the authority saw when it vouched
}

// publicFacts are what an organisation can do (配套能力): meant to be found by. Every other fact of the dossier, figures above all, is for
// the organisation itself and the operator.
var publicFacts = []string{"mainProducts", "processes", "equipment", "spareCapacity", "certificates", "customers", "patents", "standards", "honours", "cases"}

// Public reports whether anybody may read the fact.
func (f Fact) Public() bool { return slices.Contains(publicFacts, f.Key) }

// Entry is one line of the trace: who did what, when and why.
type Entry struct {
	At     when.Instant `json:"at"`
	Action string       `json:"action"` // operation id
	By     string       `json:"by"`     // user id
	Name   string       `json:"name,omitempty"`
	Reason string       `json:"reason,omitempty"`
}

// By is who acts, as the trace records it.
type By struct{ UserID, Name string }

// Limits that keep one organisation one document.
const (
	MaxMembers  = 200
	MaxEvidence = 20
	MaxTitles   = 100
)

// Register makes an organisation whose first owner is the person who registers it.
func Register(p Profile, by By, now time.Time) (Organisation, error) {
	code, err := ReadCreditCode(p.CreditCode, "creditCode")
	if err != nil {
		return Organisation{}, err
	}
	p.CreditCode = code.Code
	if err := p.check(); err != nil {
		return Organisation{}, err
	}
	o := Organisation{State: Registered, Profile: p, District: p.District, CreditKey: code.Code, NeedsProof: code.NeedsProof(),
		QueueAt: when.At(now), Created: when.At(now), Members: []Member{{UserID: by.UserID, Role: access.Owner, Joined: when.At(now)}}}
	o.record("createOrganisation", by, "", now)
	return o, nil
}

// ListUnclaimed makes an organisation out of a line of an official list: nobody's until it is claimed.
func ListUnclaimed(p Profile, code CreditCode, by By, now time.Time) (Organisation, error) {
	p.CreditCode, p.Capacities = code.Code, []access.Capacity{access.SME}
	if err := p.check(); err != nil {
		return Organisation{}, err
	}
	o := Organisation{State: Unclaimed, Profile: p, District: p.District, CreditKey: code.Code, NeedsProof: code.NeedsProof(), QueueAt: when.At(now), Created: when.At(now)}
	o.record("commitTitleList", by, "", now)
	return o, nil
}

// GiveTo makes the person whose claim was found right the owner of an unclaimed organisation, which is verified thereby. For the same person
// again it changes nothing; an organisation that has members already is nobody else's to take (claim.taken). So a firm never has two
// owners by claims, however many are decided at once.
func (o *Organisation) GiveTo(userID, proof string, by By, now time.Time) error {
	if o.RoleOf(userID) == access.Owner {
		return nil
	}
	if o.State != Unclaimed || len(o.Members) > 0 {
		return fault.New(fault.Conflict, "claim.taken", "the organisation is claimed already, or closed")
	}
	if o.NeedsProof && strings.TrimSpace(proof) == "" {
		return fault.New(fault.Conflict, "organisation.proof_missing", "the credit code fails its check character: say what proves it")
	}
	if o.NeedsProof {
		o.Proof = proof
	}
	o.Members = []Member{{UserID: userID, Role: access.Owner, Joined: when.At(now)}}
	o.State, o.QueueAt, o.Submitted, o.VerifiedAt = Verified, when.At(now), when.At(now), when.At(now)
	o.record("approveClaim", by, "", now)
	return nil
}

// Rename takes a new official name; the one before stays findable.
func (o *Organisation) Rename(name string, action string, by By, now time.Time) {
	name = strings.TrimSpace(name)
	if name == "" || name == o.Profile.Name {
		return
	}
	o.FormerNames = append(slices.DeleteFunc(o.FormerNames, func(n string) bool { return n == name }), o.Profile.Name)
	o.Profile.Name = name
	o.record(action, by, name, now)
}

// Close ends an organisation that was struck off (注销, 吊销) or merged into successor. Its page stays and says so.
func (o *Organisation) Close(successor, reason string, by By, now time.Time) error {
	if err := o.at("closeOrganisation"); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	o.Reason, o.Successor = reason, successor
	o.move("closeOrganisation", by, reason, now)
	return nil
}

// check holds a profile to the rules that need no list of the city's.
func (p *Profile) check() error {
	var bad []fault.Field
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" {
		bad = append(bad, fault.Field{Path: "name", Code: "required"})
	}
	slices.Sort(p.Capacities)
	p.Capacities = slices.Compact(p.Capacities)
	if len(p.Capacities) == 0 {
		bad = append(bad, fault.Field{Path: "capacities", Code: "required"})
	}
	if p.Website != "" {
		u, err := url.Parse(p.Website)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			bad = append(bad, fault.Field{Path: "website", Code: "bad_format", Detail: "an http or https address"})
		}
	}
	if p.Contact.Email != "" {
		if _, err := NormaliseEmail(p.Contact.Email); err != nil {
			bad = append(bad, fault.Field{Path: "contact.email", Code: "bad_format"})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// sameIdentity reports whether what the evidence proves is unchanged.
func (p Profile) sameIdentity(q Profile) bool {
	return p.Name == q.Name && p.CreditCode == q.CreditCode && slices.Equal(p.Capacities, q.Capacities)
}

// Edit replaces the profile and the facts the editor may replace: a firm its own reports, an operator what the authority vouches
// for. A firm's identity is fixed from submission on.
func (o *Organisation) Edit(p Profile, facts []Fact, asOperator bool, by By, now time.Time) error {
	code, err := ReadCreditCode(p.CreditCode, "creditCode")
	if err != nil {
		return err
	}
	p.CreditCode = code.Code
	if err := p.check(); err != nil {
		return err
	}
	if !asOperator && o.State != Registered && o.State != Returned && !p.sameIdentity(o.Profile) {
		return fault.New(fault.Conflict, "organisation.identity_locked",
			"name, credit code and capacities were submitted with evidence; the operator changes them")
	}
	if code.Code != o.Profile.CreditCode {
		o.CreditKey, o.NeedsProof, o.Proof = code.Code, code.NeedsProof(), ""
	}
	o.Profile, o.District = p, p.District
	source := SelfReported
	if asOperator {
		source = Vouched
	}
	o.mergeFacts(facts, source, by, now)
	if !asOperator {
		o.DossierAt = when.At(now)
	}
	o.record("editOrganisation", by, "", now)
	return nil
}

// mergeFacts replaces the facts of one source by those given. A given fact that already stands from any source is left as it is, so
// that reading the dossier and sending it back changes nothing.
func (o *Organisation) mergeFacts(given []Fact, source FactSource, by By, now time.Time) {
	var merged []Fact
	stands := func(f Fact) bool {
		return slices.ContainsFunc(o.Facts, func(g Fact) bool { return g.Key == f.Key && g.Value == f.Value && g.AsOf == f.AsOf })
	}
	wanted := func(f Fact) bool {
		return slices.ContainsFunc(given, func(g Fact) bool { return g.Key == f.Key && g.Value == f.Value && g.AsOf == f.AsOf })
	}
	for _, f := range o.Facts {
		if f.Source != source || wanted(f) {
			merged = append(merged, f)
		} else {
			o.retire(f, by, now)
		}
	}
	for _, f := range given {
		if !stands(f) {
			f.Source, f.RecordedAt, f.RecordedBy, f.ByName = source, when.At(now), by.UserID, by.Name
			merged = append(merged, f)
		}
	}
	o.Facts = merged
}

// Attach adds an evidence file.
func (o *Organisation) Attach(e Evidence, by By, now time.Time) error {
	if len(o.Evidence) >= MaxEvidence {
		return fault.Newf(fault.Conflict, "organisation.evidence_full", "at most %d evidence files", MaxEvidence)
	}
	e.UploadedAt, e.UploadedBy = when.At(now), by.UserID
	o.Evidence = append(o.Evidence, e)
	o.record("uploadEvidence", by, "", now)
	return nil
}

// FindEvidence is the evidence file of an id.
func (o *Organisation) FindEvidence(id string) (Evidence, bool) {
	i := slices.IndexFunc(o.Evidence, func(e Evidence) bool { return e.ID == id })
	if i < 0 {
		return Evidence{}, false
	}
	return o.Evidence[i], true
}

// Submit asks the operator to verify; without evidence there is nothing to verify.
func (o *Organisation) Submit(by By, now time.Time) error {
	if err := o.at("submitOrganisation"); err != nil {
		return err
	}
	if len(o.Evidence) == 0 {
		return fault.New(fault.Conflict, "organisation.evidence_missing", "attach the business licence or another proof first")
	}
	o.Submitted, o.Reason = when.At(now), ""
	o.move("submitOrganisation", by, "", now)
	return nil
}

// Verify confirms the organisation. proof says what was seen for a credit code that fails its check character.
func (o *Organisation) Verify(note, proof string, by By, now time.Time) error {
	if err := o.at("verifyOrganisation"); err != nil {
		return err
	}
	if o.NeedsProof && strings.TrimSpace(proof) == "" {
		return fault.New(fault.Conflict, "organisation.proof_missing", "the credit code fails its check character: say what proves it")
	}
	if o.NeedsProof {
		o.Proof = proof
	}
	o.VerifiedAt, o.Reason = when.At(now), ""
	o.move("verifyOrganisation", by, note, now)
	return nil
}

// Decide is every other decision of the operator: returnOrganisation, rejectOrganisation, suspendOrganisation,
// reinstateOrganisation. Each carries a reason.
func (o *Organisation) Decide(action, reason string, by By, now time.Time) error {
	if err := o.at(action); err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	switch action {
	case "rejectOrganisation": // another registration may hold the code now
		o.CreditKey = o.CreditKey + " rejected " + o.Created.Time().Format(time.RFC3339Nano)
	case "reinstateOrganisation":
		o.CreditKey = o.Profile.CreditCode
	}
	o.Reason = reason
	if action == "reinstateOrganisation" {
		o.Reason = ""
	}
	o.move(action, by, reason, now)
	return nil
}

// step is one row of the state table: whose it is, from which states, and to which one ("" stays).
type step struct {
	side party
	from []State
	to   State
}

// party is who may take a step.
type party uint8

const (
	owning    party = 1 << iota // an owner or admin of the organisation
	operating                   // an operator of its district
)

// steps is the state table. reinstateOrganisation leads back to where the state came from: see target.
var steps = map[string]step{
	"editOrganisation":      {side: owning | operating, from: []State{Unclaimed, Registered, Submitted, Returned, Verified}},
	"uploadEvidence":        {side: owning, from: []State{Registered, Submitted, Returned, Verified, Suspended}},
	"submitOrganisation":    {side: owning, from: []State{Registered, Returned}, to: Submitted},
	"inviteMember":          {side: owning, from: []State{Registered, Submitted, Returned, Verified}},
	"verifyOrganisation":    {side: operating, from: []State{Submitted}, to: Verified},
	"returnOrganisation":    {side: operating, from: []State{Submitted}, to: Returned},
	"rejectOrganisation":    {side: operating, from: []State{Submitted}, to: Rejected},
	"suspendOrganisation":   {side: operating, from: []State{Verified}, to: Suspended},
	"reinstateOrganisation": {side: operating, from: []State{Suspended, Rejected}, to: Verified},
	"confirmDossier":        {side: owning, from: []State{Verified}},
	"vouchFact":             {side: operating, from: []State{Unclaimed, Registered, Submitted, Returned, Verified}},
	"addTitle":              {side: operating, from: []State{Unclaimed, Registered, Submitted, Returned, Verified, Suspended}},
	"closeOrganisation":     {side: operating, from: []State{Unclaimed, Registered, Submitted, Returned, Verified, Suspended}, to: Closed},
}

// at refuses a step the state does not allow.
func (o *Organisation) at(action string) error {
	if !slices.Contains(steps[action].from, o.State) {
		return fault.Newf(fault.Conflict, "organisation.wrong_state", "%s is not possible while the organisation is %s", action, o.State)
	}
	return nil
}

// move goes where the table says and writes the trace.
func (o *Organisation) move(action string, by By, reason string, now time.Time) {
	to := steps[action].to
	if action == "reinstateOrganisation" && o.State == Rejected { // it was never verified
		to = Registered
	}
	o.State, o.QueueAt = to, when.At(now)
	o.record(action, by, reason, now)
}

// record writes the trace. Edits by one person in a row are one entry, so that a diligent editor does not fill the document.
func (o *Organisation) record(action string, by By, reason string, now time.Time) {
	e := Entry{At: when.At(now), Action: action, By: by.UserID, Name: by.Name, Reason: reason}
	if n := len(o.History); n > 0 && action == "editOrganisation" && o.History[n-1].Action == action && o.History[n-1].By == by.UserID {
		o.History[n-1] = e
		return
	}
	o.History = append(o.History, e)
}

// Readable is the instance rule of reading: verified organisations, unclaimed ones (they stand on an official list) and closed ones that
// were either are public; others show to their members and to operators.
func (o *Organisation) Readable(a access.Actor) access.Decision {
	public := o.State == Verified || o.State == Unclaimed || o.State == Closed && (o.VerifiedAt != 0 || len(o.Members) == 0)
	if public || o.Inside(a) || a.Service != "" {
		return access.Allow
	}
	return access.Hide
}

// Inside reports whether the actor sees what is not public: a member, or an operator of the district.
func (o *Organisation) Inside(a access.Actor) bool {
	return a.Operates(o.District) || a.UserID != "" && o.RoleOf(a.UserID) != ""
}

// May is the instance rule of a step, apart from the state. A member's role is read from the organisation, not from the token, so
// that a revocation bites at once.
func (o *Organisation) May(a access.Actor, id, action string) access.Decision {
	s, known := steps[action]
	switch {
	case !known || o.Readable(a) != access.Allow:
		return access.Hide
	case s.side&operating != 0 && a.Operates(o.District) && o.RoleOf(a.UserID) == "": // nobody judges its own case
		return access.Allow
	case s.side&owning != 0 && a.OrgID == id && adminRole(o.RoleOf(a.UserID)):
		return access.Allow
	}
	return access.Forbid
}

// Refusal is why the actor cannot take the step now, nil when it can.
func (o *Organisation) Refusal(a access.Actor, id, action string) error {
	if err := o.May(a, id, action).Err(); err != nil {
		return err
	}
	if err := o.at(action); err != nil {
		return err
	}
	if action == "submitOrganisation" && len(o.Evidence) == 0 {
		return fault.New(fault.Conflict, "organisation.evidence_missing", "attach the business licence or another proof first")
	}
	return nil
}
