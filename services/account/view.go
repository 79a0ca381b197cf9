package account

import (
	"context"
	"math"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// What readers are shown. One shape for everybody: what a reader may not see is absent.

func date(d when.Day) types.Date { return types.Date{Time: d.Time()} }

func dayOf(d types.Date) when.Day {
	if d.IsZero() {
		return ""
	}
	return when.Day(d.Format(time.DateOnly))
}

// as converts a slice between two string kinds, never to null.
func as[To, From ~string](list []From) []To {
	out := make([]To, 0, len(list))
	for _, v := range list {
		out = append(out, To(v))
	}
	return out
}

// orEmpty makes a list show as [] and not as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func contactView(c Contact) api.Contact {
	return api.Contact{Name: c.Name, Phone: c.Phone, Email: c.Email}
}

// organisationView is an organisation as a reader sees it; brief leaves out the long lists.
func organisationView(doc OrgDoc, a access.Actor, now time.Time, brief bool) api.Organisation {
	o, p := &doc.Body, &doc.Body.Profile
	today := when.DayOf(now)
	v := api.Organisation{Id: doc.ID, Rev: doc.Rev, State: api.OrganisationState(o.State), Verified: o.State == Verified, Name: p.Name,
		CreditCode: p.CreditCode, CreditCodeNeedsProof: o.NeedsProof, Capacities: as[api.Capacity](p.Capacities), DistrictCode: p.District,
		ChainCodes: orEmpty(p.Chains), IndustryCode: p.Industry, SizeClass: api.SizeClass(p.SizeClass),
		SizeClassByFacts: api.SizeClass(SizeByFacts(p.Industry, p.Employees, p.RevenueFen, p.AssetsFen)), Employees: clampInt(p.Employees),
		SizeAsOf: date(p.SizeAsOf), FoundedOn: date(p.FoundedOn), Address: p.Address, Website: p.Website, Summary: p.Summary, Products: p.Products,
		Facts: []api.Fact{}, Titles: titleViews(o, today), Tier: api.Tier(o.Tier(today)), CreatedAt: o.Created.Time(), UpdatedAt: doc.UpdatedAt,
		FormerNames: o.FormerNames, SuccessorId: o.Successor, VerifiedAt: o.VerifiedAt.Time(), AllowedActions: actionViews(doc, a)}
	inside := o.Inside(a)
	if !brief {
		for _, f := range o.Facts {
			if !inside && !f.Public() {
				continue
			}
			fact := api.Fact{Key: f.Key, Value: f.Value, AsOf: date(f.AsOf), Source: api.FactSource(f.Source), RecordedAt: f.RecordedAt.Time()}
			if inside {
				fact.RecordedBy, fact.ByName, fact.Proof = f.RecordedBy, f.ByName, f.Proof
			}
			v.Facts = append(v.Facts, fact)
		}
	}
	if !inside {
		return v
	}
	v.RevenueFen, v.AssetsFen, v.Contact = p.RevenueFen, p.AssetsFen, contactView(p.Contact)
	if o.RoleOf(a.UserID) == "" { // the authority is given it in the organisation as it is read, where the look is noted
		v.Contact.Phone, v.Contact.Email = api.MaskPhone(v.Contact.Phone), api.MaskEmail(v.Contact.Email)
	}
	v.EvidenceCount, v.MemberCount, v.Reason, v.Proof = len(o.Evidence), len(o.Members), o.Reason, o.Proof
	v.SubmittedAt = o.Submitted.Time()
	if o.State == Submitted {
		v.WaitingHours = int(now.Sub(o.QueueAt.Time()) / time.Hour)
	}
	if !brief {
		for _, e := range o.History {
			v.History = append(v.History, api.HistoryEntry{At: e.At.Time(), Action: e.Action, ByUserId: e.By, ByName: e.Name, Reason: e.Reason})
		}
	}
	return v
}

func clampInt(n int64) int { return int(min(n, math.MaxInt32)) }

func titleViews(o *Organisation, today when.Day) []api.Title {
	views := []api.Title{}
	for i := len(o.Titles) - 1; i >= 0; i-- {
		t := o.Titles[i]
		views = append(views, api.Title{Id: t.ID, Kind: t.Kind, Batch: t.Batch, Issuer: t.Issuer, ValidFrom: date(t.ValidFrom), ValidTo: date(t.ValidTo),
			InForce: t.InForce(today), RecordedAt: t.RecordedAt.Time()})
	}
	return views
}

// actionOrder is how actions are listed: the way an organisation goes.
var actionOrder = []string{"editOrganisation", "uploadEvidence", "submitOrganisation", "inviteMember", "verifyOrganisation", "returnOrganisation",
	"rejectOrganisation", "suspendOrganisation", "reinstateOrganisation", "addTitle", "closeOrganisation"}

// actionViews is what the reader could do here, and why not.
func actionViews(doc OrgDoc, a access.Actor) []api.Action {
	actions := []api.Action{}
	primary := primaryAction(&doc.Body)
	for _, action := range actionOrder {
		if doc.Body.May(a, doc.ID, action) != access.Allow {
			continue
		}
		v := api.Action{Operation: action, Allowed: true, Primary: action == primary}
		if err := doc.Body.Refusal(a, doc.ID, action); err != nil {
			v.Allowed, v.Primary, v.Code = false, false, fault.As(err).Code
		}
		actions = append(actions, v)
	}
	return actions
}

func primaryAction(o *Organisation) string {
	switch {
	case o.State == Submitted:
		return "verifyOrganisation"
	case o.State != Registered && o.State != Returned:
		return ""
	case len(o.Evidence) == 0:
		return "uploadEvidence"
	case o.State == Returned:
		return "editOrganisation"
	}
	return "submitOrganisation"
}

func evidenceView(e Evidence) api.Evidence {
	return api.Evidence{Id: e.ID, Name: e.Name, Size: e.Size, ContentType: e.Type, Kind: api.EvidenceKind(e.Kind), UploadedAt: e.UploadedAt.Time(), UploadedBy: e.UploadedBy}
}

func memberView(m MemberView) api.Member {
	return api.Member{UserId: m.UserID, Name: m.Name, Phone: m.Phone, Role: api.Role(m.Role), JoinedAt: m.Joined.Time()}
}

func invitationView(d docstore.Doc[Invitation]) api.Invitation {
	i := d.Body
	return api.Invitation{Id: d.ID, OrgId: i.OrgID, OrgName: i.OrgName, Phone: i.Phone, Name: i.Name, Role: api.Role(i.Role), CreatedAt: i.Created.Time(), ExpiresAt: i.Expires.Time()}
}

func meView(m Me) api.Me {
	p := m.Person
	v := api.Me{User: api.User{Id: p.ID, Rev: p.Rev, Name: p.Body.Name, Phone: p.Body.Phone, Email: p.Body.Email,
		HasPassword: p.Body.PasswordHash != ""},
		Memberships: []api.Membership{}, Invitations: []api.Invitation{}, AllowedOperations: access.Allowed(m.Actor), Staff: postView(p.Body)}
	for _, o := range m.Memberships {
		b := o.Body
		membership := api.Membership{OrgId: o.ID, Name: b.Profile.Name, Role: api.Role(b.RoleOf(p.ID)), State: api.OrganisationState(b.State),
			Capacities: as[api.Capacity](b.Profile.Capacities), Verified: b.State == Verified, DistrictCode: b.District, Reason: b.Reason}
		v.Memberships = append(v.Memberships, membership)
		if o.ID == m.Actor.OrgID {
			v.Organisation = membership
		}
	}
	for _, i := range m.Invitations {
		v.Invitations = append(v.Invitations, invitationView(i))
	}
	if r := m.Recovery; r.ID != "" {
		v.Recovery = recoveryView(r)
	}
	return v
}

func postView(p Person) api.StaffPost {
	return api.StaffPost{Post: api.Post(p.Staff), DistrictCode: p.District}
}

func staffView(p PersonDoc) api.StaffMember {
	return api.StaffMember{UserId: p.ID, Name: p.Body.Name, Phone: p.Body.Phone, Post: api.Post(p.Body.Staff), DistrictCode: p.Body.District}
}

func expertView(e ExpertView) api.ExpertRecord {
	return api.ExpertRecord{PersonId: e.ID, Rev: e.Rev, Name: e.Body.Name, Phone: e.Phone, EmployerOrgId: e.Body.EmployerOrgID, Employer: e.Body.Employer,
		Fields: orEmpty(e.Body.Fields), Title: e.Body.Title, Active: e.Active, OrganisationIds: e.OrgIDs}
}

func sessionView(s Started) api.Session {
	return api.Session{AccessToken: s.Access, ExpiresAt: s.Expires.UTC(), Me: meView(s.Me)}
}

func choiceViews(list []Choice) []api.Choice {
	views := make([]api.Choice, 0, len(list))
	for _, c := range list {
		views = append(views, api.Choice(c))
	}
	return views
}

func choicesOf(list []api.Choice) []Choice {
	choices := make([]Choice, 0, len(list))
	for _, c := range list {
		choices = append(choices, Choice(c))
	}
	return choices
}

func referenceView(doc docstore.Doc[Reference]) api.ReferenceJSONResponse {
	r := doc.Body
	return api.ReferenceJSONResponse{Headers: api.ReferenceResponseHeaders{ETag: rest.ETag(doc.Rev)}, Body: api.Reference{Rev: doc.Rev,
		CityCode: r.CityCode, CityName: r.CityName, CityNameEn: r.CityNameEn, AuthorityName: r.AuthorityName,
		Districts: choiceViews(r.Districts), Chains: choiceViews(r.Chains), TitleKinds: choiceViews(r.TitleKinds),
		Capacities: choiceViews(Standards.Capacities), IndustrySections: choiceViews(Standards.IndustrySections),
		IndustryDivisions: choiceViews(r.IndustryDivisions), Reasons: choiceViews(r.Reasons), SizeClasses: choiceViews(Standards.SizeClasses),
		ServiceCategories: choiceViews(Standards.ServiceCategories),
		Calendar:          api.WorkingCalendar{Holidays: orEmpty(r.Calendar.Holidays), Workdays: orEmpty(r.Calendar.Workdays), Source: r.Calendar.Source, Verified: r.Calendar.Verified},
		Rules:             api.CityRules(r.Rules)}}
}

// cityOf reads a form; the calendar, divisions, reasons and rules stay as they are when it does not say them.
func (s *Service) cityOf(ctx context.Context, in api.ReferenceInput) (Reference, error) {
	now, err := s.city(ctx)
	r := Reference{CityCode: in.CityCode, CityName: in.CityName, CityNameEn: in.CityNameEn, AuthorityName: in.AuthorityName,
		Districts: choicesOf(in.Districts), Chains: choicesOf(in.Chains), TitleKinds: choicesOf(in.TitleKinds), IndustryDivisions: now.Body.IndustryDivisions, Reasons: now.Body.Reasons, Calendar: now.Body.Calendar, Rules: now.Body.Rules}
	if c := in.Calendar; c != nil {
		r.Calendar = when.Calendar{Holidays: c.Holidays, Workdays: c.Workdays, Source: c.Source, Verified: c.Verified}
	}
	if in.Rules != nil {
		r.Rules = CityRules(*in.Rules).over(r.Rules)
	}
	if in.IndustryDivisions != nil {
		r.IndustryDivisions = choicesOf(in.IndustryDivisions)
	}
	if in.Reasons != nil {
		r.Reasons = choicesOf(in.Reasons)
	}
	return r, err
}

func differenceViews(all []Difference) []api.ReferenceDifference {
	views := make([]api.ReferenceDifference, 0, len(all))
	for _, d := range all {
		views = append(views, api.ReferenceDifference{List: d.List, Code: d.Code, Kind: api.ReferenceDifferenceKind(d.Kind), Before: d.Before, After: d.After,
			Organisations: d.Organisations})
	}
	return views
}

// profileOf reads a form.
func profileOf(in api.OrganisationInput) (Profile, []Fact) {
	p := Profile{Name: in.Name, CreditCode: in.CreditCode, Capacities: as[access.Capacity](in.Capacities), District: in.DistrictCode, Chains: in.ChainCodes,
		Industry: in.IndustryCode, SizeClass: SizeClass(in.SizeClass), Employees: int64(in.Employees), RevenueFen: in.RevenueFen, AssetsFen: in.AssetsFen,
		SizeAsOf: dayOf(in.SizeAsOf), FoundedOn: dayOf(in.FoundedOn), Address: in.Address, Website: in.Website, Summary: in.Summary, Products: in.Products,
		Contact: Contact{Name: in.Contact.Name, Phone: in.Contact.Phone, Email: in.Contact.Email}}
	var facts []Fact
	for _, f := range in.Facts {
		facts = append(facts, Fact{Key: f.Key, Value: f.Value, AsOf: dayOf(f.AsOf)})
	}
	return p, facts
}

func internalView(doc OrgDoc, today when.Day) api.OrganisationInternal {
	o, p := &doc.Body, &doc.Body.Profile
	return api.OrganisationInternal{Id: doc.ID, Rev: doc.Rev, UpdatedAt: doc.UpdatedAt, Name: p.Name, CreditCode: p.CreditCode, State: api.OrganisationState(o.State), Verified: o.State == Verified,
		Capacities: as[api.Capacity](p.Capacities), DistrictCode: p.District, Address: p.Address, ChainCodes: orEmpty(p.Chains), IndustryCode: p.Industry, SizeClass: api.SizeClass(p.SizeClass),
		Tiers: as[api.Tier](o.Tiers(today)), Tier: api.Tier(o.Tier(today)), Summary: p.Summary, Products: p.Products, Employees: clampInt(p.Employees), RevenueFen: p.RevenueFen,
		MemberIds: o.MemberIDs(false), AdminIds: o.MemberIDs(true), Contact: contactView(p.Contact)}
}

func personInternalView(p PersonDoc) api.PersonInternal {
	return api.PersonInternal{Id: p.ID, Name: p.Body.Name, Phone: p.Body.Phone, Email: p.Body.Email, OrgIds: orEmpty(p.Body.OrgIDs), Staff: postView(p.Body)}
}

func recoveryView(d RecoveryDoc) api.Recovery {
	r := d.Body
	return api.Recovery{Id: d.ID, State: api.RecoveryState(r.State), UserId: r.UserID, Name: r.Name, OldPhone: r.OldPhone, NewPhone: MaskPhone(r.NewPhone), Evidence: r.Evidence,
		OpenedBy: r.Opened.Name, OpenedById: r.Opened.UserID, DecidedBy: r.Decided.Name, Reason: r.Reason, OpenedAt: r.OpenedAt.Time(),
		ApprovableAt: r.OpenedAt.Time().Add(RecoveryWait), EndedAt: r.EndedAt.Time()}
}

func personalDataView(d PersonalData, now time.Time) api.PersonalData {
	p := d.Person.Body
	v := api.PersonalData{GeneratedAt: now, Id: d.Person.ID, Name: p.Name, Phone: p.Phone, Email: p.Email, CreatedAt: p.Created.Time(), PhoneProvedAt: p.PhoneProved.Time(),
		HasPassword: p.PasswordHash != "", IdentityLinked: d.Identity, Post: string(p.Staff), Memberships: []api.PersonalMembership{}, Sessions: []api.PersonalSession{},
		Claims: []api.PersonalClaim{}, Recoveries: []api.Recovery{}, Invitations: []api.Invitation{}}
	for _, o := range d.Memberships {
		m := api.PersonalMembership{OrgId: o.ID, Name: o.Body.Profile.Name, Role: api.Role(o.Body.RoleOf(d.Person.ID)), Actions: []api.PersonalAction{}}
		for _, e := range o.Body.History {
			if e.By == d.Person.ID {
				m.Actions = append(m.Actions, api.PersonalAction{At: e.At.Time(), Action: e.Action, Reason: e.Reason})
			}
		}
		v.Memberships = append(v.Memberships, m)
	}
	for _, s := range d.Sessions {
		v.Sessions = append(v.Sessions, api.PersonalSession{CreatedAt: s.Body.Created.Time(), LastUsedAt: s.Body.LastUsed.Time(), EndedAt: s.Body.Ended.Time(),
			Address: s.Body.Address, UserAgent: s.Body.UserAgent})
	}
	for _, c := range d.Claims {
		v.Claims = append(v.Claims, api.PersonalClaim{OrgName: c.Body.OrgName, State: string(c.Body.State), Position: c.Body.Position, Note: c.Body.Note})
	}
	for _, r := range d.Recoveries {
		v.Recoveries = append(v.Recoveries, recoveryView(r))
	}
	for _, i := range d.Invitations {
		v.Invitations = append(v.Invitations, invitationView(i))
	}
	for _, e := range d.Elsewhere {
		v.Elsewhere = append(v.Elsewhere, elsewhereView(e))
	}
	return v
}

func elsewhereView(e Elsewhere) api.PersonalElsewhere {
	v := api.PersonalElsewhere{Service: e.Service, Away: e.Away, More: e.More, Items: []api.PersonalFound{}}
	for _, f := range e.Items {
		v.Items = append(v.Items, api.PersonalFound{Collection: f.Collection, Id: f.ID, Path: f.Path, Value: f.Value})
	}
	return v
}

func erasureView(d ErasureDoc) api.Erasure {
	e := &d.Body
	v := api.Erasure{Id: d.ID, UserId: e.UserID, RequestedAt: e.At.Time(), DoneAt: e.DoneAt.Time(), Parts: []api.ErasurePart{}}
	for _, p := range e.Parts {
		state := api.Pending
		switch {
		case p.DoneAt != 0:
			state = api.Erased
		case p.Held > 0:
			state = api.Held
		}
		v.Parts = append(v.Parts, api.ErasurePart{Service: p.Service, State: state, Changed: p.Changed, Held: p.Held, DoneAt: p.DoneAt.Time()})
	}
	return v
}
