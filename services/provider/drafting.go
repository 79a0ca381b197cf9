package provider

import (
	"context"
	"slices"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/provider/api"
)

// This file is 代办: staff write an application for an organisation that asked them to. Nobody but the two sees it, and nothing is handed
// in, until the organisation hands it in itself. Declined, the draft stays the organisation's own.

// writable is Forbidden or Conflict where the application is not for this one to change now. What staff change has to be asked anew.
func (m *Membership) writable(by By) error {
	if err := m.may(EditAdmission, by.Role); err != nil || by.Role != Drafter {
		return err
	}
	return m.Drafted.Rewritten(by.UserID)
}

// DraftAdmission starts an application for an organisation that has none. Its contact is left for the organisation to fill in.
func (s *Service) DraftAdmission(ctx context.Context, orgID string) (api.Membership, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, orgID)
	if err != nil {
		return api.Membership{}, err
	}
	if !slices.Contains(org.Capacities, access.Provider) {
		return api.Membership{}, fault.Bad(fault.Field{Path: "onBehalfOf", Code: "not_a_choice"})
	}
	office := ""
	if s.o.Office != nil {
		if office, err = s.o.Office(ctx, a); err != nil {
			return api.Membership{}, err
		}
	}
	drafted, err := access.DraftFor(a, org.ID, org.District, office, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	m, err := New(By{Role: Drafter, UserID: a.UserID, Name: office}, org.ID, org.Name, org.CreditCode, org.District, Application{Intro: org.Summary}, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	m.Drafted, m.DraftedBy = drafted, a.UserID
	doc, err := s.members.Insert(ctx, org.ID, m)
	if fault.KindOf(err) == fault.Duplicate {
		if doc, err = s.members.Get(ctx, org.ID); err == nil && role(a, &doc.Body) != Drafter {
			err = fault.New(fault.Conflict, "admission.exists", "the organisation has an application already")
		}
	}
	if err != nil {
		return api.Membership{}, err
	}
	return s.view(ctx, doc, a)
}

// AskAdmissionConfirmation asks the organisation to confirm what staff drafted for it.
func (s *Service) AskAdmissionConfirmation(ctx context.Context, id string) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		m := tx.Body
		if err := m.Drafted.Ask(by.UserID, tx.Now); err != nil {
			return err
		}
		return tx.Emit(draftAsked, about(m, admissionPage, toOrg(id)).with("office", m.Drafted.Office))
	})
}

// DeclineAdmissionDraft is the organisation's no, with its reason.
func (s *Service) DeclineAdmissionDraft(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		m := tx.Body
		if err := m.may(DeclineDraft, by.Role); err != nil {
			return err
		}
		if err := m.Drafted.Decline(m.OrgName, in.Reason, tx.Now); err != nil {
			return err
		}
		m.record(DeclineDraft, by, tx.Now, Draft, in.Reason)
		return tx.Emit(draftDeclined, about(m, draftsPage, toPerson(m.DraftedBy)).with("reason", in.Reason))
	})
}

// ListDraftedAdmissions is what the caller drafted for others.
func (s *Service) ListDraftedAdmissions(ctx context.Context, limit int, cursor string) (api.DraftedPage, error) {
	out := api.DraftedPage{Items: []api.DraftedItem{}}
	found, err := s.members.Find(ctx, docstore.Query{Index: "drafted", Equal: []any{access.From(ctx).UserID}, Descending: true,
		Limit: docstore.PageSize(limit), Cursor: cursor})
	for _, doc := range found.Items {
		m := &doc.Body
		out.Items = append(out.Items, api.DraftedItem{Id: doc.ID, Title: m.OrgName, OrgId: m.OrgID, OrgName: m.OrgName, State: api.DraftState(m.Drafted.State()),
			Reason: m.Drafted.Reason, AskedAt: m.Drafted.AskedAt.Time(), AnsweredAt: m.Drafted.AnsweredAt.Time(), ChangedAt: m.ChangedAt.Time()})
	}
	out.Next = found.Next
	return out, err
}

// draftedView is who drafted an application and what the organisation said.
func draftedView(m *Membership) api.Drafted {
	x := m.Drafted
	if x == nil {
		return api.Drafted{}
	}
	return api.Drafted{State: api.DraftState(x.State()), Office: x.Office, DraftedAt: x.At.Time(), AskedAt: x.AskedAt.Time(), AnsweredAt: x.AnsweredAt.Time(),
		AnsweredBy: x.AnsweredBy, Reason: x.Reason}
}
