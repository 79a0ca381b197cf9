package demand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is 组阁揭榜: a lead whose bid others join. Who is in stands on the lead's bid. That nobody sits twice stands on the seats: every
// member holds a bid document under its own key, as a lone bidder does, so the store itself refuses a second one.

// SeatState is where a member stands.
type SeatState string

// The states of a member.
const (
	SeatInvited  SeatState = "invited"
	SeatAccepted SeatState = "accepted"
	SeatDeclined SeatState = "declined"
)

// LeadRole is the lead's part in the work as the list of members shows it.
const LeadRole = "牵头单位"

// ConsortiumMember is one organisation of a consortium. What it does is agreed before the bid is in.
type ConsortiumMember struct {
	OrgID   string       `json:"orgId"`
	OrgName string       `json:"orgName"`
	Role    string       `json:"role"` // what it contributes, in the lead's words
	State   SeatState    `json:"state"`
	Reason  string       `json:"reason,omitempty"` // of a decline
	At      when.Instant `json:"at"`
}

// MemberShare is a member's share of the work and of the money, in basis points: of all members each sums to 10,000.
type MemberShare struct {
	OrgID   string `json:"orgId"`
	WorkBP  int    `json:"workBp"`
	MoneyBP int    `json:"moneyBp"`
}

// whole is everything, in basis points.
const whole = 10_000

// maxMembers bounds a consortium; the largest known ones have a dozen.
const maxMembers = 20

func (b *Bid) member(orgID string) *ConsortiumMember {
	for i := range b.Members {
		if b.Members[i].OrgID == orgID {
			return &b.Members[i]
		}
	}
	return nil
}

// lists reports whether the bid still counts on a member, so that its seat is taken.
func (b *Bid) lists(orgID string) bool {
	m := b.member(orgID)
	return m != nil && m.State != SeatDeclined && b.LeadBid == "" && b.State != BidWithdrawn && b.State != SeatReleased
}

// inviteAgain is for a withdrawn bid that is taken up again: its members' seats were freed, so each is asked anew.
func (b *Bid) inviteAgain(now time.Time) {
	for i := range b.Members {
		if m := &b.Members[i]; i > 0 && m.State == SeatAccepted {
			m.State, m.At = SeatInvited, when.At(now)
		}
	}
}

// consortiumProblems holds the members to the rules of a consortium: all have answered, enough accepted, and the shares of work and of
// money are each whole.
func (b *Bid) consortiumProblems(d *Demand, need func(bool, string, string)) {
	if d.Terms.Mode != Consortium {
		return
	}
	in, work, money := 0, 0, 0
	for _, m := range b.Members {
		need(m.State != SeatInvited, "members", "unanswered")
		if m.State == SeatAccepted {
			in++
		}
	}
	seen := map[string]bool{}
	for i, s := range b.Offer.Application.Shares {
		m := b.member(s.OrgID)
		need(m != nil && m.State == SeatAccepted && !seen[s.OrgID], fmt.Sprintf("application.shares[%d]", i), "not_in")
		need(s.WorkBP >= 0 && s.MoneyBP >= 0, fmt.Sprintf("application.shares[%d]", i), "too_small")
		seen[s.OrgID] = true
		work, money = work+s.WorkBP, money+s.MoneyBP
	}
	need(in >= d.MinMembers, "members", "too_few")
	need(work == whole, "application.shares", "work_sum")
	need(money == whole, "application.shares", "money_sum")
	need(len(seen) == in, "application.shares", "incomplete")
}

// Invite asks an organisation into the consortium, or asks one that declined again. Members are fixed while the bid is in.
func (b *Bid) Invite(by By, now time.Time, d *Demand, org Organisation, part string) error {
	if err := b.may(InviteMember, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if len(b.Members) == 0 {
		return fault.New(fault.Conflict, "bid.no_consortium", "only consortia bid with members, and only where the demand asks for them")
	}
	bad := func(code string) error { return fault.Bad(fault.Field{Path: "orgId", Code: code}) }
	had := b.member(org.ID)
	switch {
	case org.ID == d.IssuerID:
		return bad("own_demand")
	case !org.Verified:
		return bad("not_verified")
	case d.flow().answerable(org.Capacities) != nil:
		return bad("not_eligible")
	case !d.Visible(Stranger, org.ID):
		return bad("not_in")
	case had != nil && had.State != SeatDeclined:
		return bad("duplicate")
	case had == nil && len(b.Members) >= maxMembers:
		return fault.Newf(fault.Conflict, "bid.members_full", "at most %d members", maxMembers)
	}
	m := ConsortiumMember{OrgID: org.ID, OrgName: org.Name, Role: strings.TrimSpace(part), State: SeatInvited, At: when.At(now)}
	if had != nil {
		*had = m
	} else {
		b.Members = append(b.Members, m)
	}
	b.record(InviteMember, by, now, b.State, org.ID)
	return nil
}

// Remove takes a member off; its seat is freed afterwards.
func (b *Bid) Remove(by By, now time.Time, d *Demand, orgID string) error {
	if err := b.may(RemoveMember, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if orgID == b.OrgID || b.member(orgID) == nil {
		return fault.New(fault.NotFound, "", "there is no such member")
	}
	b.Members = slices.DeleteFunc(b.Members, func(m ConsortiumMember) bool { return m.OrgID == orgID })
	b.dropShare(orgID)
	b.record(RemoveMember, by, now, b.State, orgID)
	return nil
}

func (b *Bid) dropShare(orgID string) {
	b.Offer.Application.Shares = slices.DeleteFunc(b.Offer.Application.Shares, func(s MemberShare) bool { return s.OrgID == orgID })
}

// Sit is the invited organisation's yes. Its seat is claimed before.
func (b *Bid) Sit(by By, now time.Time, d *Demand) error {
	m := b.member(by.OrgID)
	if m != nil && m.State == SeatAccepted {
		return nil // said before
	}
	if err := b.may(AcceptSeat, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if m == nil || m.State != SeatInvited {
		return notInvited
	}
	m.State, m.Reason, m.At = SeatAccepted, "", when.At(now)
	b.record(AcceptSeat, by, now, b.State, "")
	return nil
}

var notInvited = fault.New(fault.Conflict, "consortium.not_invited", "the organisation is not asked into this consortium")

// Leave is a no, or the leaving of one who had said yes: a bid that is in becomes a draft again, since what it promises no longer holds.
func (b *Bid) Leave(by By, now time.Time, d *Demand, reason string) error {
	if err := b.may(DeclineSeat, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m := b.member(by.OrgID)
	if m == nil || m.State == SeatDeclined || by.OrgID == b.OrgID {
		return notInvited
	}
	left := m.State == SeatAccepted
	m.State, m.Reason, m.At = SeatDeclined, reason, when.At(now)
	b.dropShare(by.OrgID)
	to := b.State
	if left {
		to = BidDraft
	}
	b.record(DeclineSeat, by, now, to, reason)
	return nil
}

// seatOf is a member's own document: nothing but the key it occupies and the bid it sits in.
func seatOf(lead *Bid, by By, name string, now time.Time) Bid {
	return Bid{ID: BidID(lead.DemandID, lead.Round, by.OrgID), DemandID: lead.DemandID, Kind: lead.Kind, Round: lead.Round, OrgID: by.OrgID, OrgName: name,
		State: Seat, LeadBid: lead.ID, ChangedAt: when.At(now)}
}

// claim takes the organisation's seat for a consortium, or finds that it holds it already: Conflict bid.exists when it bids alone,
// consortium.elsewhere when it sits in another one.
func (s *Service) claim(ctx context.Context, lead *Bid, by By, name string) error {
	seat := seatOf(lead, by, name, s.now())
	_, err := s.bids.Insert(ctx, seat.ID, seat)
	if kind := fault.KindOf(err); err == nil || kind != fault.Duplicate && kind != fault.Conflict {
		return err
	}
	return s.takeOver(ctx, seat.ID, func(had *Bid) { // a withdrawn bid of its own stays on record below the seat
		had.State, had.LeadBid, had.ChangedAt = Seat, lead.ID, seat.ChangedAt
	}, lead.ID)
}

// vacant reports whether a seat that is taken may be given away: lead is the bid it was claimed for; as a member's, or for a bid of its own.
func (b *Bid) vacant(lead *Bid, asMember bool) error {
	switch {
	case b.State == Seat && lead.lists(b.OrgID):
		return fault.New(fault.Conflict, "consortium.elsewhere", "the organisation sits in another consortium on this demand")
	case b.State == Seat, b.State == SeatReleased, b.State == BidWithdrawn && asMember:
		return nil
	}
	return fault.New(fault.Conflict, "bid.exists", "the organisation has a bid on this demand already")
}

// takeOver gives a seat that is taken but no longer used to somebody else. A seat is in use while a bid of its own stands on it, or
// while the consortium it was claimed for still lists the organisation; own is the consortium that may have it in any case.
func (s *Service) takeOver(ctx context.Context, id string, give func(*Bid), own string) error {
	for range 3 {
		had, err := s.bids.Get(ctx, id)
		if err != nil {
			return err
		}
		var lead docstore.Doc[Bid]
		if had.Body.State == Seat {
			if had.Body.LeadBid == own {
				return nil // claimed before
			}
			if lead, err = s.bids.Get(ctx, had.Body.LeadBid); err != nil {
				return err
			}
		}
		if err := had.Body.vacant(&lead.Body, own != ""); err != nil {
			return err
		}
		_, err = s.bids.Update(ctx, id, func(tx *docstore.Tx[Bid]) error {
			give(tx.Body)
			return nil
		}, docstore.IfRev(had.Rev))
		if err == nil || fault.KindOf(err) != fault.Stale {
			return err
		}
	}
	return fault.New(fault.Unavailable, "contended", "the seat keeps changing; try again")
}

// release frees a member's seat. It may be repeated; a seat nobody released is free anyhow once the consortium no longer lists its holder.
func (s *Service) release(ctx context.Context, leadBid, orgID string) error {
	_, err := s.bids.Update(ctx, leadBid[:strings.LastIndexByte(leadBid, ':')+1]+orgID, func(tx *docstore.Tx[Bid]) error {
		if tx.Body.State == Seat && tx.Body.LeadBid == leadBid {
			tx.Body.State, tx.Body.LeadBid, tx.Body.ChangedAt = SeatReleased, "", when.At(tx.Now)
		}
		return nil
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// releaseAll frees the seats of a bid that was withdrawn.
func (s *Service) releaseAll(ctx context.Context, b *Bid) {
	for _, m := range b.Members {
		if m.OrgID == b.OrgID {
			continue
		}
		if err := s.release(ctx, b.ID, m.OrgID); err != nil {
			s.o.Log.Warn("a seat is freed when it is asked for", "bid", b.ID, "org", m.OrgID, "error", err)
		}
	}
}

// seated makes sure, before a consortium's bid goes in, that each accepted member holds its seat for this bid and no other.
func (s *Service) seated(ctx context.Context, b *Bid) error {
	for _, m := range b.Members {
		if m.OrgID == b.OrgID || m.State != SeatAccepted {
			continue
		}
		seat, err := s.bids.Get(ctx, BidID(b.DemandID, b.Round, m.OrgID))
		if err != nil {
			return err
		}
		if seat.Body.State != Seat || seat.Body.LeadBid != b.ID {
			return fault.Newf(fault.Conflict, "consortium.elsewhere", "%s does not sit in this consortium", m.OrgName)
		}
	}
	return nil
}

// InviteConsortiumMember asks an organisation into the caller's consortium and tells it.
func (s *Service) InviteConsortiumMember(ctx context.Context, bidID string, in api.MemberInput) (api.Bid, error) {
	org, err := s.o.Organisations.Get(ctx, in.OrgId)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			err = fault.Bad(fault.Field{Path: "orgId", Code: "not_a_choice"})
		}
		return api.Bid{}, err
	}
	v, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		if err := b.Invite(by, tx.Now, d, org, in.Role); err != nil {
			return err
		}
		return tx.Emit(consortiumInvited, about(b.DemandID, d, invitesPage, toOrg(org.ID)).with("orgName", b.OrgName).with("role", in.Role).
			with("deadline", at(d.Deadline)))
	})
	if err != nil {
		return v, err
	}
	return v, s.list(ctx, Invitation{OrgID: org.ID, DemandID: v.DemandId, Round: v.Round, BidID: bidID, At: when.At(s.now())})
}

// RemoveConsortiumMember takes a member off the caller's consortium, tells it, and frees its seat.
func (s *Service) RemoveConsortiumMember(ctx context.Context, bidID, orgID string) (api.Bid, error) {
	v, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		if err := b.Remove(by, tx.Now, d, orgID); err != nil {
			return err
		}
		return tx.Emit(consortiumRemoved, about(b.DemandID, d, publicPage(b.DemandID), toOrg(orgID)).with("orgName", b.OrgName))
	})
	if err != nil {
		return v, err
	}
	return v, s.release(ctx, bidID, orgID)
}

// AcceptConsortiumSeat joins: first the seat, then the name on the lead's list. Cut short in between, it can be said again.
func (s *Service) AcceptConsortiumSeat(ctx context.Context, bidID string) (api.Bid, error) {
	lead, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Bid{}, err
	}
	by := By{Role: bidRole(a, &lead.Body, &demand.Body), UserID: a.UserID, OrgID: a.OrgID}
	trial := lead.Body
	trial.Members = slices.Clone(trial.Members)
	if err := trial.Sit(by, s.now(), &demand.Body); err != nil {
		return api.Bid{}, err
	}
	if err := s.claim(ctx, &lead.Body, by, org.Name); err != nil {
		return api.Bid{}, err
	}
	v, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		if err := b.Sit(by, tx.Now, d); err != nil {
			return err
		}
		return tx.Emit(consortiumAnswered, about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).with("orgName", org.Name).with("accepted", true))
	})
	if err != nil && fault.KindOf(err) != fault.Unavailable { // the lead no longer wants it, or the deadline passed meanwhile
		if freed := s.release(ctx, bidID, a.OrgID); freed != nil {
			s.o.Log.Warn("a seat is freed when it is asked for", "bid", bidID, "org", a.OrgID, "error", freed)
		}
	}
	return v, err
}

// DeclineConsortiumSeat says no, or leaves, and frees the seat.
func (s *Service) DeclineConsortiumSeat(ctx context.Context, bidID, reason string) error {
	a := access.From(ctx)
	_, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		name := ""
		if m := b.member(by.OrgID); m != nil {
			name = m.OrgName
		}
		if err := b.Leave(by, tx.Now, d, reason); err != nil {
			return err
		}
		return tx.Emit(consortiumAnswered, about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).with("orgName", name).with("reason", reason))
	})
	if err != nil {
		return err
	}
	return s.release(ctx, bidID, a.OrgID)
}
