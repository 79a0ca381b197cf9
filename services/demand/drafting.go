package demand

import (
	"context"
	"slices"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// This file is 代发: staff write a demand for a firm that asked them to, by phone as a rule. Nobody but the two sees it, and nothing is
// submitted, until the firm submits it itself.

// DraftFor is a draft that staff write for an issuer. Errors: those of access.DraftFor and New.
func DraftFor(a access.Actor, issuer Organisation, office string, t Terms, now time.Time) (Demand, error) {
	drafted, err := access.DraftFor(a, issuer.ID, issuer.District, office, now)
	if err != nil {
		return Demand{}, err
	}
	t.ListName = "" // a list is the issuer's to make
	d, err := New(By{Role: Drafter, UserID: a.UserID, OrgID: issuer.ID, Name: office}, issuer.Name, issuer.District, t, now)
	d.Drafted, d.DraftedBy, d.IssuerSize = drafted, a.UserID, issuer.Size
	return d, err
}

// writable is Forbidden or Conflict where the terms and files are not for this one to change now. What staff change has to be asked anew.
func (d *Demand) writable(by By) error {
	if err := d.may(EditDemand, by.Role); err != nil || by.Role != Drafter {
		return err
	}
	return d.Drafted.Rewritten(by.UserID)
}

// DraftDemand is staff's writing one for the organisation.
func (s *Service) DraftDemand(ctx context.Context, orgID string, in api.DemandInput) (api.Demand, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, orgID)
	if err != nil {
		return api.Demand{}, err
	}
	if !slices.Contains(org.Capacities, access.ChainLeader) && !slices.Contains(org.Capacities, access.SME) {
		return api.Demand{}, fault.Bad(fault.Field{Path: "onBehalfOf", Code: "not_a_choice"})
	}
	terms := termsOf(in)
	if err := s.choose(ctx, &terms); err != nil {
		return api.Demand{}, err
	}
	office, err := s.office(ctx, a)
	if err != nil {
		return api.Demand{}, err
	}
	d, err := DraftFor(a, org, office, terms, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	doc, err := s.demands.Insert(ctx, id, d, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Demand{}, err
	}
	return s.view(ctx, doc, a)
}

func (s *Service) office(ctx context.Context, a access.Actor) (string, error) {
	if s.o.Office == nil {
		return "", nil
	}
	return s.o.Office(ctx, a)
}

// AskDemandConfirmation asks the issuer to confirm what staff drafted for it.
func (s *Service) AskDemandConfirmation(ctx context.Context, id string) (api.Demand, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if err := d.Drafted.Ask(by.UserID, tx.Now); err != nil {
			return err
		}
		return tx.Emit(demandDraftAsked, about(id, d, issuerPage(id), toOrg(d.IssuerID)).with("office", d.Drafted.Office))
	})
}

// ListDraftedDemands is what the caller drafted for others. After the answer it shows the title alone: the rest is the issuer's.
func (s *Service) ListDraftedDemands(ctx context.Context, limit int, cursor string) (api.DraftedPage, error) {
	out := api.DraftedPage{Items: []api.DraftedItem{}}
	found, err := s.demands.Find(ctx, docstore.Query{Index: "drafted", Equal: []any{access.From(ctx).UserID}, Descending: true,
		Limit: docstore.PageSize(limit), Cursor: cursor})
	for _, doc := range found.Items {
		d := &doc.Body
		out.Items = append(out.Items, api.DraftedItem{Id: doc.ID, Title: d.Terms.Title, OrgId: d.IssuerID, OrgName: d.Issuer, State: api.DraftState(d.Drafted.State()),
			Reason: d.Drafted.Reason, AskedAt: d.Drafted.AskedAt.Time(), AnsweredAt: d.Drafted.AnsweredAt.Time(), ChangedAt: d.ChangedAt.Time()})
	}
	out.Next = found.Next
	return out, err
}

// aboutDraft tells who drafted a demand how the issuer answered.
func aboutDraft(d *Demand) message {
	return message{Recipients: []recipient{{UserID: d.DraftedBy}}, Link: draftsPage, Params: map[string]any{"title": d.Terms.Title, "orgName": d.Issuer}}
}

// What the others are told: the issuer is asked to confirm, who drafted hears the answer.
const (
	demandDraftAsked     = "demand.draft_asked"
	demandDraftConfirmed = "demand.draft_confirmed"
	demandDraftDeclined  = "demand.draft_declined"
	draftsPage           = "/work/drafts"
)

// draftedView is who drafted a demand and what its issuer said: to everybody, since the public record names the office too. A hidden issuer
// stays hidden.
func draftedView(d *Demand, r Role) api.Drafted {
	if d.Drafted == nil {
		return api.Drafted{}
	}
	x := d.Drafted
	v := api.Drafted{State: api.DraftState(x.State()), Office: x.Office, DraftedAt: x.At.Time(), AskedAt: x.AskedAt.Time(), AnsweredAt: x.AnsweredAt.Time()}
	if r != Stranger || d.Terms.IssuerPublic {
		v.AnsweredBy = x.AnsweredBy
	}
	if r == Issuer || r == Drafter {
		v.Reason = x.Reason
	}
	return v
}
