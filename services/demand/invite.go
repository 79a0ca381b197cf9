package demand

import (
	"context"
	"slices"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is 定向委托: only the invited answer, and each says whether it will.

// Invite is one organisation of a directed demand.
type Invite struct {
	OrgID   string       `json:"orgId"`
	OrgName string       `json:"orgName"`
	State   SeatState    `json:"state"`
	Reason  string       `json:"reason,omitempty"` // of a decline
	At      when.Instant `json:"at"`
}

// Invitation leads an organisation to where it is invited: to a demand, or, with BidID, into a consortium. What it says itself stands
// on the demand or bid; this is how it is found.
type Invitation struct {
	OrgID    string       `json:"orgId"`
	DemandID string       `json:"demandId"`
	Round    int          `json:"round"`
	BidID    string       `json:"bidId,omitempty"`
	At       when.Instant `json:"at"`
}

func (d *Demand) invite(orgID string) *Invite {
	for i := range d.Invites {
		if d.Invites[i].OrgID == orgID {
			return &d.Invites[i]
		}
	}
	return nil
}

// mayAnswer reports whether an organisation is among those who may answer at all: everybody, or the invited who did not decline.
func (d *Demand) mayAnswer(orgID string) error {
	if d.Terms.Mode != Directed {
		return nil
	}
	switch i := d.invite(orgID); {
	case i == nil:
		return fault.New(fault.Forbidden, "demand.not_invited", "only invited organisations answer this demand")
	case i.State == SeatDeclined:
		return fault.New(fault.Conflict, "demand.invite_declined", "the organisation declined; accept the invitation first")
	}
	return nil
}

// AnswerInvite is an invited organisation's yes, or its no with the reason. Until the deadline it may change its mind; one who has a bid in
// withdraws that instead.
func (d *Demand) AnswerInvite(by By, now time.Time, accept bool, reason string) error {
	action, state := DeclineInvite, SeatDeclined
	if accept {
		action, state, reason = AcceptInvite, SeatAccepted, ""
	}
	if err := d.may(action, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	i := d.invite(by.OrgID)
	if i == nil {
		return fault.New(fault.Forbidden, "demand.not_invited", "the organisation is not invited")
	}
	if !accept {
		if err := needReason(reason); err != nil {
			return err
		}
	}
	if i.State == state {
		return nil
	}
	i.State, i.Reason, i.At = state, reason, when.At(now)
	d.record(action, By{Role: Bidder, UserID: by.UserID, OrgID: by.OrgID, Name: i.OrgName}, now, d.State, reason)
	return nil
}

// invited names those a directed demand is for. One whom account no longer knows, or who is not verified, is named as a field to mend.
func (s *Service) invited(ctx context.Context, d *Demand) ([]Invite, error) {
	if d.Terms.Mode != Directed {
		return nil, nil
	}
	var all []Invite
	var fields []fault.Field
	for _, id := range d.Terms.Audience {
		org, err := s.o.Organisations.Get(ctx, id)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		if err != nil || !org.Verified || id == d.IssuerID || d.flow().answerable(org.Capacities) != nil {
			fields = append(fields, fault.Field{Path: "audienceOrgIds", Code: "not_eligible", Detail: org.Name})
			continue
		}
		if !slices.ContainsFunc(all, func(i Invite) bool { return i.OrgID == id }) {
			all = append(all, Invite{OrgID: id, OrgName: org.Name, State: SeatInvited, At: when.At(s.now())})
		}
	}
	if len(fields) > 0 {
		return nil, fault.Bad(fields...)
	}
	return all, nil
}

// list writes an invitation down where its organisation finds it. Again it finds it there.
func (s *Service) list(ctx context.Context, i Invitation, opts ...docstore.InsertOption) error {
	key := i.BidID
	if key == "" {
		key = i.DemandID
		if i.Round > 1 {
			key = roundID(key, i.Round)
		}
	}
	_, err := s.invitations.Insert(ctx, key+"/"+i.OrgID, i, opts...)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Duplicate || kind == fault.Conflict) {
		return nil
	}
	return err
}

// tellInvited is the follow-up of publishing a directed demand.
func (s *Service) tellInvited(ctx context.Context, id string, d *Demand) error {
	for _, i := range d.Invites {
		m := about(id, d, invitesPage, toOrg(i.OrgID)).with("deadline", at(d.Deadline))
		if err := s.list(ctx, Invitation{OrgID: i.OrgID, DemandID: id, Round: d.Round, At: when.At(s.now())}, docstore.Emit(demandInvited, m)); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.Invite = false })
}

// AnswerDemandInvite takes an invited organisation's answer and tells the issuer.
func (s *Service) AnswerDemandInvite(ctx context.Context, id string, accept bool, reason string) (api.Demand, error) {
	a := access.From(ctx)
	if _, err := s.mustStand(ctx, a.OrgID); err != nil {
		return api.Demand{}, err
	}
	if !accept {
		doc, _, err := s.visible(ctx, id)
		if err != nil {
			return api.Demand{}, err
		}
		bid, err := s.bids.Get(ctx, BidID(id, doc.Body.Round, a.OrgID))
		if err == nil && bid.Body.State == BidSubmitted {
			return api.Demand{}, fault.New(fault.Conflict, "bid.exists", "withdraw the bid first")
		} else if err != nil && fault.KindOf(err) != fault.NotFound {
			return api.Demand{}, err
		}
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		var before SeatState
		mine := d.invite(a.OrgID)
		if mine != nil {
			before = mine.State
		}
		if by.Role == Stranger {
			by.Role = Bidder
		}
		if err := d.AnswerInvite(by, tx.Now, accept, reason); err != nil || mine.State == before {
			return err
		}
		return tx.Emit(inviteAnswered, about(id, d, evaluatePage(id), toOrg(d.IssuerID)).with("orgName", mine.OrgName).with("accepted", accept).with("reason", reason))
	})
}

// ListMyInvites is where the caller's organisation is invited, newest first: to answer a directed demand, or into a consortium.
func (s *Service) ListMyInvites(ctx context.Context, limit int, cursor string) (api.InvitePage, error) {
	page := api.InvitePage{Items: []api.Invite{}}
	a := access.From(ctx)
	found, err := s.invitations.Find(ctx, docstore.Query{Index: "org", Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		i := &doc.Body
		demand, err := s.load(ctx, i.DemandID)
		if err != nil {
			return page, err
		}
		d := &demand.Body
		v := api.Invite{DemandId: i.DemandID, Title: d.Terms.Title, Code: d.Code, Kind: api.DemandKind(d.Terms.Kind), DemandState: api.DemandState(d.State),
			Deadline: d.Deadline.Time(), Issuer: issuerRef(d, Stranger), At: i.At.Time(), Open: d.Accepting(s.now()) == nil}
		if i.BidID == "" {
			mine := d.invite(a.OrgID)
			if mine == nil || i.Round != d.Round {
				continue // of a round that is over
			}
			v.To, v.State, v.Reason = api.InviteToDemand, api.SeatState(mine.State), mine.Reason
		} else {
			lead, err := s.bids.Get(ctx, i.BidID)
			if err != nil {
				return page, err
			}
			mine := lead.Body.member(a.OrgID)
			if mine == nil || lead.Body.State == BidWithdrawn {
				continue // no longer wanted
			}
			v.To, v.State, v.Reason, v.Role, v.BidId, v.LeadName = api.InviteToConsortium, api.SeatState(mine.State), mine.Reason, mine.Role, i.BidID, lead.Body.OrgName
			v.Open = v.Open && (lead.Body.State == BidDraft || lead.Body.State == BidSubmitted)
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}
