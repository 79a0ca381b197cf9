package engagement

import (
	"context"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is the operations that move an engagement: each authorised by the table of rules, each with its event.

// QuoteEngagement writes a version of the quote, unless its provider can no longer be engaged.
func (s *Service) QuoteEngagement(ctx context.Context, id string, in api.QuoteInput) (api.Engagement, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	if err := s.stillEngageable(ctx, &doc.Body); err != nil {
		return api.Engagement{}, err
	}
	q := Quote{Scope: in.Scope, PriceFen: in.PriceFen, Days: in.Days, PayDays: in.PayDays, Terms: in.Terms, ValidUntil: when.DayOf(in.ValidUntil.Time)}
	for _, m := range in.Milestones {
		q.Milestones = append(q.Milestones, Milestone{Name: m.Name, DueDay: m.DueDay, AmountFen: m.AmountFen})
	}
	return s.step(ctx, id, quoted, map[string]any{"amountFen": in.PriceFen}, nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.Quote(by, now, q) })
}

// AskForRequote wants the quote otherwise.
func (s *Service) AskForRequote(ctx context.Context, id, wants string) (api.Engagement, error) {
	return s.step(ctx, id, requoteAsked, because(wants), nil, func(e *Engagement, by By, now time.Time, st Settings) error { return e.AskRequote(by, now, wants, st) })
}

// UrgeProvider presses a provider whose first answer is late.
func (s *Service) UrgeProvider(ctx context.Context, id, note string) (api.Engagement, error) {
	return s.step(ctx, id, urged, because(note), nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.Urge(by, now, note) })
}

// DeclineEngagement says no before there is a deal.
func (s *Service) DeclineEngagement(ctx context.Context, id, reason string) (api.Engagement, error) {
	return s.step(ctx, id, declined, because(reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.Decline(by, now, reason) })
}

// AcceptQuote takes the version the client read.
func (s *Service) AcceptQuote(ctx context.Context, id string, version int) (api.Engagement, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	if _, err := s.standing(ctx, access.From(ctx).OrgID); err != nil {
		return api.Engagement{}, err
	}
	if err := s.stillEngageable(ctx, &doc.Body); err != nil {
		return api.Engagement{}, err
	}
	return s.step(ctx, id, quoteAccepted, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.AcceptQuote(by, now, version, st)
	})
}

// ProposeContract puts a contract forward; its payment terms are held to the client's class.
func (s *Service) ProposeContract(ctx context.Context, id string, in api.ContractInput) (api.Engagement, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	files, err := s.files(ctx, in.FileIds, ForContract, "fileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	orgs, err := s.standing(ctx, doc.Body.ClientID, doc.Body.ProviderID)
	if err != nil {
		return api.Engagement{}, err
	}
	c := ContractForm{AmountFen: in.AmountFen, SignedOn: when.DayOf(in.SignedOn.Time), DeliverBy: when.DayOf(in.DeliverBy.Time), PayDays: in.PayDays, BackToBack: in.BackToBack, Note: in.Note}
	return s.step(ctx, id, contractProposed, map[string]any{"amountFen": in.AmountFen}, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.ProposeContract(by, now, c, files, orgs[e.ClientID].Size, st)
	})
}

// ConfirmContract is the other side's signature.
func (s *Service) ConfirmContract(ctx context.Context, id string) (api.Engagement, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	orgs, err := s.standing(ctx, doc.Body.ClientID, doc.Body.ProviderID)
	if err != nil {
		return api.Engagement{}, err
	}
	return s.step(ctx, id, contracted, nil, nil, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.ConfirmContract(by, now, orgs[e.ClientID].Size, orgs[e.ProviderID].Size)
	})
}

// StartDelivery begins the work.
func (s *Service) StartDelivery(ctx context.Context, id string) (api.Engagement, error) {
	return s.step(ctx, id, started, nil, nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.StartDelivery(by, now) })
}

// UpdateMilestone notes how a milestone stands.
func (s *Service) UpdateMilestone(ctx context.Context, id string, index int, in api.MilestoneInput) (api.Engagement, error) {
	return s.step(ctx, id, milestoned, nil, nil, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.UpdateMilestone(by, now, index, MilestoneState(in.State), in.Note)
	})
}

// DeliverEngagement hands the work over.
func (s *Service) DeliverEngagement(ctx context.Context, id string, in api.DeliveryInput) (api.Engagement, error) {
	files, err := s.files(ctx, in.FileIds, ForDeliverable, "fileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	invoices, err := s.files(ctx, in.InvoiceFileIds, ForInvoice, "invoiceFileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	return s.step(ctx, id, delivered, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.Deliver(by, now, in.Note, append(files, invoices...), st)
	})
}

// AcceptDelivery takes the work.
func (s *Service) AcceptDelivery(ctx context.Context, id, note string) (api.Engagement, error) {
	return s.step(ctx, id, taken, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.AcceptDelivery(by, now, note, st)
	})
}

// ReturnDelivery sends it back.
func (s *Service) ReturnDelivery(ctx context.Context, id, reason string) (api.Engagement, error) {
	return s.step(ctx, id, returned, because(reason), nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.ReturnDelivery(by, now, reason, st)
	})
}

// RecordPayment notes money paid or received.
func (s *Service) RecordPayment(ctx context.Context, id string, in api.PaymentInput) (api.Engagement, error) {
	files, err := s.files(ctx, in.FileIds, ForPayment, "fileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	return s.step(ctx, id, paymentRecorded, map[string]any{"amountFen": in.AmountFen}, nil, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.RecordPayment(by, now, in.AmountFen, when.DayOf(in.PaidOn.Time), in.Note, files)
	})
}

// ConfirmPayment is the provider's word that money came.
func (s *Service) ConfirmPayment(ctx context.Context, id string, number int) (api.Engagement, error) {
	return s.step(ctx, id, paymentConfirmed, nil, nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.ConfirmPayment(by, now, number) })
}

func marksOf(in []api.Mark) []Mark {
	var all []Mark
	for _, m := range in {
		all = append(all, Mark{string(m.Key), m.Score})
	}
	return all
}

// RateEngagement rates the other side.
func (s *Service) RateEngagement(ctx context.Context, id string, in api.RatingInput) (api.Engagement, error) {
	return s.step(ctx, id, rated, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.Rate(by, now, marksOf(in.Marks), in.Text, st)
	})
}

// ReplyToRating is the provider's reply.
func (s *Service) ReplyToRating(ctx context.Context, id, text string) (api.Engagement, error) {
	return s.step(ctx, id, replied, nil, nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.Reply(by, now, text) })
}

// DisputeEngagement asks the operator to mediate.
func (s *Service) DisputeEngagement(ctx context.Context, id string, in api.DisputeInput) (api.Engagement, error) {
	return s.step(ctx, id, disputed, because(in.Reason), []Role{Operator}, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.Dispute(by, now, in.Reason, in.Wants, st)
	})
}

// SettleDispute takes one's own dispute back.
func (s *Service) SettleDispute(ctx context.Context, id, note string) (api.Engagement, error) {
	return s.step(ctx, id, settled, because(note), []Role{Operator}, func(e *Engagement, by By, now time.Time, st Settings) error { return e.Settle(by, now, note, st) })
}

// MediateDispute ends a dispute by a finding.
func (s *Service) MediateDispute(ctx context.Context, id string, in api.MediationInput) (api.Engagement, error) {
	return s.step(ctx, id, mediated, because(in.Finding), nil, func(e *Engagement, by By, now time.Time, st Settings) error {
		return e.Mediate(by, now, Outcome(in.Outcome), in.Finding, st)
	})
}

// CancelEngagement calls a deal off, or asks to.
func (s *Service) CancelEngagement(ctx context.Context, id, reason string) (api.Engagement, error) {
	doc, _, err := s.load(ctx, id)
	if err != nil {
		return api.Engagement{}, err
	}
	kind := cancelled
	if e := &doc.Body; (e.State == Contracted || e.State == Delivering) && e.Asked == nil {
		kind = cancelAsked
	}
	return s.step(ctx, id, kind, because(reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.Cancel(by, now, reason) })
}

// RefuseCancellation goes on with the deal.
func (s *Service) RefuseCancellation(ctx context.Context, id, reason string) (api.Engagement, error) {
	return s.step(ctx, id, cancelRefused, because(reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.RefuseCancel(by, now, reason) })
}

// ConfirmOfflineEngagement is the client's word that it was so.
func (s *Service) ConfirmOfflineEngagement(ctx context.Context, id string) (api.Engagement, error) {
	return s.step(ctx, id, offlineConfirmed, nil, nil, func(e *Engagement, by By, now time.Time, st Settings) error { return e.ConfirmOffline(by, now, st) })
}

// RefuseOfflineEngagement is the client's word that it was not so.
func (s *Service) RefuseOfflineEngagement(ctx context.Context, id, reason string) (api.Engagement, error) {
	return s.step(ctx, id, offlineRefused, because(reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error { return e.RefuseOffline(by, now, reason) })
}

// RecordOfflineEngagement enters a dealing done elsewhere, by its provider.
func (s *Service) RecordOfflineEngagement(ctx context.Context, in api.OfflineInput) (api.Engagement, error) {
	a := access.From(ctx)
	orgs, err := s.standing(ctx, a.OrgID, in.ClientOrgId)
	if err != nil {
		return api.Engagement{}, err
	}
	st, err := s.inForce(ctx)
	if err != nil {
		return api.Engagement{}, err
	}
	t := Terms{Category: in.Category, Subject: in.Subject, Need: in.Need, District: in.District}
	if err := s.choose(ctx, &t); err != nil {
		return api.Engagement{}, err
	}
	files, err := s.files(ctx, in.ContractFileIds, ForContract, "contractFileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	invoices, err := s.files(ctx, in.InvoiceFileIds, ForInvoice, "invoiceFileIds")
	if err != nil {
		return api.Engagement{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	who := By{Role: Provider, UserID: a.UserID, OrgID: a.OrgID, Name: orgs[a.OrgID].Name}
	r := OfflineRecord{From: when.DayOf(in.From.Time), To: when.DayOf(in.To.Time), AmountFen: in.AmountFen, Result: in.Result}
	e, err := OpenOffline(who, s.now(), Party{in.ClientOrgId, orgs[in.ClientOrgId].Name}, Party{a.OrgID, who.Name}, t, r, append(files, invoices...), st)
	if err != nil {
		return api.Engagement{}, err
	}
	doc, err := s.engagements.Insert(ctx, id, e, docstore.Fingerprint(fingerprint), docstore.Emit(offlineRecorded, about(id, &e, Client).with("dueAt", at(e.StepDue))))
	if err != nil {
		return api.Engagement{}, err
	}
	return s.view(ctx, doc, a)
}

// SetAsideRating takes the rating a side gave out of the reputation.
func (s *Service) SetAsideRating(ctx context.Context, id string, in api.AsideInput) (api.Engagement, error) {
	return s.step(ctx, id, setAside, because(in.Reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.SetAside(by, now, Role(in.Of), Ground(in.Ground), in.Reason)
	})
}

// ContestSetAside objects to it.
func (s *Service) ContestSetAside(ctx context.Context, id string, in api.AsideContestInput) (api.Engagement, error) {
	return s.step(ctx, id, asideContested, because(in.Reason), []Role{Operator}, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.ContestAside(by, now, Role(in.Of), in.Reason)
	})
}

// DecideSetAside answers the objection.
func (s *Service) DecideSetAside(ctx context.Context, id string, in api.AsideDecisionInput) (api.Engagement, error) {
	return s.step(ctx, id, asideDecided, because(in.Reason), nil, func(e *Engagement, by By, now time.Time, _ Settings) error {
		return e.DecideAside(by, now, Role(in.Of), in.Restore, in.Reason)
	})
}
