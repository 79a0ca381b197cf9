package engagement

import (
	"context"
	"fmt"
	"slices"

	openapi_types "github.com/oapi-codegen/runtime/types"

	accountapi "lianbang/services/account/api"
	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

func dateView(d when.Day) openapi_types.Date { return openapi_types.Date{Time: d.Time()} }

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// view is an engagement as its reader may see it, with the contacts once both have agreed. While account is away they are missing.
func (s *Service) view(ctx context.Context, doc docstore.Doc[Engagement], a access.Actor) (api.Engagement, error) {
	st, err := s.inForce(ctx)
	if err != nil {
		return api.Engagement{}, err
	}
	v := s.viewOf(doc, a, st)
	if e := &doc.Body; e.opened() {
		for _, owner := range []string{e.ClientID, e.ProviderID} {
			if err := s.o.Looks.Record(ctx, accountapi.LookEngagement, doc.ID, owner); err != nil {
				return v, nil //nolint:nilerr // what cannot be noted is not shown
			}
		}
		if orgs, err := s.o.Organisations.Get(ctx, []string{e.ClientID, e.ProviderID}); err == nil {
			show := func(o Organisation) api.EngagementContact {
				return api.EngagementContact{Name: o.Contact.Name, Phone: o.Contact.Phone, Email: o.Contact.Email}
			}
			v.Client.Contact, v.Provider.Contact = show(orgs[e.ClientID]), show(orgs[e.ProviderID])
		}
	}
	return v, nil
}

// opened reports whether the two have come to a deal, so that each may know how to reach the other.
func (e *Engagement) opened() bool {
	return slices.ContainsFunc(e.History, func(s Step) bool { return s.To == Accepted || s.To == AcceptedByClient })
}

func (s *Service) viewOf(doc docstore.Doc[Engagement], a access.Actor, st Settings) api.Engagement {
	e, now, reader := &doc.Body, s.now(), role(a, &doc.Body)
	v := api.Engagement{Id: doc.ID, Rev: doc.Rev, Client: api.EngagementParty{OrgId: e.ClientID, Name: e.ClientName},
		Provider: api.EngagementParty{OrgId: e.ProviderID, Name: e.ProviderName}, OfferingId: e.OfferingID, OfferingName: e.OfferingName, DemandId: e.DemandID,
		Offline: e.Offline, Reader: api.EngagementRole(reader), Category: e.Terms.Category, Subject: e.Terms.Subject, Need: e.Terms.Need,
		BudgetFen: e.Terms.BudgetFen, WishedBy: dateView(e.Terms.WishedBy), District: e.Terms.District, State: api.EngagementState(e.State), Reason: e.Reason,
		Actions: []string{}, FirstDue: e.FirstDue.Time(), AnsweredAt: e.AnsweredAt.Time(), AnsweredInTime: e.InTime(), Escalated: e.Escalated,
		Requote: e.Requote, TakenAt: e.TakenAt.Time(), PaidFen: e.paid(true), Messages: e.Messages, CreatedAt: e.CreatedAt.Time(),
		ChangedAt: e.ChangedAt.Time(), CloseAt: e.CloseAt.Time(), Quotes: []api.EngagementQuote{}, Milestones: milestonesView(e.Milestones),
		Deliveries: []api.EngagementDelivery{}, Payments: []api.EngagementPayment{}, Disputes: []api.EngagementDispute{}, Files: []api.EngagementFile{},
		History: []api.EngagementStep{}}
	if reader == Client && !e.Offline && e.DemandID == "" {
		v.EnquiryId = e.EnquiryID
	}
	if t := e.Turn(now); t.Role != "" {
		v.Turn = api.EngagementTurn{Role: api.EngagementRole(t.Role), Action: string(t.Action), DueAt: t.Due.Time(), Mine: t.Role == reader}
		if t.Due != 0 {
			v.Turn.Overdue = when.At(now) >= t.Due
			v.Turn.WorkingDaysLeft = st.Calendar.Between(now, t.Due.Time())
		}
	}
	for _, action := range e.Allowed(reader, now) {
		v.Actions = append(v.Actions, string(action))
	}
	for _, q := range e.Quotes {
		v.Quotes = append(v.Quotes, api.EngagementQuote{Version: q.Version, Scope: q.Scope, PriceFen: q.PriceFen, Days: q.Days, PayDays: q.PayDays, Terms: q.Terms,
			ValidUntil: dateView(q.ValidUntil), Asked: q.Asked, At: q.At.Time(), Expired: q.ValidUntil != "" && when.At(now) >= endOf(q.ValidUntil), Milestones: milestonesView(q.Milestones)})
	}
	if c := e.Contract; c != nil {
		v.Contract = api.EngagementContract{AmountFen: c.AmountFen, SignedOn: dateView(c.SignedOn), DeliverBy: dateView(c.DeliverBy), PayDays: c.PayDays,
			BackToBack: c.BackToBack, Note: c.Note, FileIds: orEmpty(c.Files), ProposedBy: api.EngagementRole(c.ProposedBy), ConfirmedAt: c.ConfirmedAt.Time(),
			ClientClass: string(c.ClientClass), ProviderClass: string(c.ProviderClass), Bound: c.Bound(), PayBy: c.PayBy.Time(), Findings: []string{}}
		for _, f := range CheckPayment(PaymentTerms{c.PayDays, c.BackToBack}, c.ClientClass) {
			v.Contract.Findings = append(v.Contract.Findings, f.Code)
		}
	}
	for _, d := range e.Deliveries {
		v.Deliveries = append(v.Deliveries, api.EngagementDelivery{Note: d.Note, FileIds: orEmpty(d.Files), At: d.At.Time(), Returned: d.Returned})
	}
	for _, p := range e.Payments {
		v.Payments = append(v.Payments, api.EngagementPayment{Number: p.Number, AmountFen: p.AmountFen, PaidOn: dateView(p.PaidOn), Note: p.Note, FileIds: orEmpty(p.Files),
			By: api.EngagementRole(p.By), At: p.At.Time(), ConfirmedAt: p.ConfirmedAt.Time()})
	}
	v.Service = ratingView(e.Service)
	if reader != Client || e.Service != nil || e.State == Closed { // a client rates before it reads how it was rated
		v.Custom = ratingView(e.Custom)
	}
	if e.Asked != nil {
		v.Asked = api.CancelAsk{By: api.EngagementRole(e.Asked.By), Reason: e.Asked.Reason, At: e.Asked.At.Time()}
	}
	for _, q := range e.Quarrels {
		v.Disputes = append(v.Disputes, api.EngagementDispute{By: api.EngagementRole(q.By), Reason: q.Reason, Wants: q.Wants, From: api.EngagementState(q.From),
			At: q.At.Time(), Outcome: string(q.Outcome), Finding: q.Finding, EndedAt: q.EndedAt.Time()})
	}
	for _, f := range e.Files {
		v.Files = append(v.Files, fileView(f))
	}
	for _, h := range e.History {
		v.History = append(v.History, api.EngagementStep{At: h.At.Time(), Action: string(h.Action), From: string(h.From), To: string(h.To),
			Role: api.EngagementRole(h.Role), Name: h.Name, Reason: h.Reason})
	}
	return v
}

// brief is an engagement in a list: without what only its own page shows.
func brief(v api.Engagement) api.Engagement {
	v.Files, v.History, v.Deliveries, v.Payments = []api.EngagementFile{}, []api.EngagementStep{}, []api.EngagementDelivery{}, []api.EngagementPayment{}
	if len(v.Quotes) > 1 {
		v.Quotes = v.Quotes[len(v.Quotes)-1:]
	}
	return v
}

func milestonesView(in []Milestone) []api.EngagementMilestone {
	all := []api.EngagementMilestone{}
	for _, m := range in {
		all = append(all, api.EngagementMilestone{Name: m.Name, DueDay: m.DueDay, DueOn: dateView(m.DueOn), AmountFen: m.AmountFen, State: string(m.State), Note: m.Note, DoneAt: m.DoneAt.Time()})
	}
	return all
}

func ratingView(r *Rating) api.EngagementRating {
	if r == nil {
		return api.EngagementRating{}
	}
	v := api.EngagementRating{Marks: marksView(r.Marks), Text: r.Text, At: r.At.Time(), Reply: r.Reply, ReplyAt: r.ReplyAt.Time()}
	if a := r.Aside; a != nil {
		v.Aside = api.RatingAside{Ground: string(a.Ground), Reason: a.Reason, At: a.At.Time(), Contest: a.Contest, ContestBy: api.EngagementRole(a.ContestBy),
			ContestAt: a.ContestAt.Time(), Decision: a.Decision, DecidedAt: a.DecidedAt.Time(), Restored: a.Restored}
	}
	return v
}

func marksView(in []Mark) []api.Mark {
	all := []api.Mark{}
	for _, m := range in {
		all = append(all, api.Mark{Key: api.MarkKey(m.Key), Score: m.Score})
	}
	return all
}

func fileView(f File) api.EngagementFile {
	return api.EngagementFile{Id: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, Purpose: api.FilePurpose(f.Purpose), By: api.EngagementRole(f.By), At: f.At.Time()}
}

func messageID(engagement string, number int) string {
	return fmt.Sprintf("%s:%05d", engagement, number)
}

func messageView(d docstore.Doc[Message], reader Role) api.EngagementMessage {
	m := &d.Body
	return api.EngagementMessage{Id: d.ID, Role: api.EngagementRole(m.Role), Name: m.Name, Mine: m.Role == reader, Text: m.Text, FileIds: orEmpty(m.Files), At: m.At.Time()}
}

func settingsView(rev int64, s Settings) api.EngagementSettings {
	return api.EngagementSettings{Rev: rev, EffectiveFrom: s.EffectiveFrom.Time(), FirstAnswerWorkingDays: s.FirstAnswerWorkingDays,
		RequoteWorkingDays: s.RequoteWorkingDays, ContractWorkingDays: s.ContractWorkingDays, AcceptWorkingDays: s.AcceptWorkingDays,
		RedoWorkingDays: s.RedoWorkingDays, RateWorkingDays: s.RateWorkingDays, MediateWorkingDays: s.MediateWorkingDays, MaxProviders: s.MaxProviders,
		PriorMean: s.Reputation.PriorMean, PriorWeight: s.Reputation.PriorWeight, HalfLifeDays: s.Reputation.HalfLifeDays, Unverified: orEmpty(s.Unverified)}
}
