package account

import (
	"context"
	"slices"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// HandOver moves what is in a member's name to a colleague, who gets the higher role of the two, and ends the membership: so the last owner
// can leave. The organisation's contact, if it is the leaver's own number, becomes the colleague's. Errors: Hide when either is no member,
// Conflict for handing over to oneself; Forbidden as in Remove and MayGrant.
func (o *Organisation) HandOver(from, to string, leaver, colleague Person, by By, now time.Time) error {
	i, j := o.member(from), o.member(to)
	if i < 0 || j < 0 {
		return access.Hide.Err()
	}
	if from == to {
		return fault.New(fault.Conflict, "member.same", "hand over to somebody else")
	}
	role := o.Members[i].Role
	if from != by.UserID {
		if err := o.MayGrant(by.UserID, role); err != nil {
			return err
		}
	}
	if rank(role) > rank(o.Members[j].Role) {
		o.Members[j].Role = role
	}
	if c := &o.Profile.Contact; c.Phone != "" && c.Phone == leaver.Phone {
		c.Name, c.Phone, c.Email = colleague.Name, colleague.Phone, colleague.Email
	}
	o.Members = slices.Delete(o.Members, i, i+1)
	o.record("handOverMember", by, leaver.Name+" → "+colleague.Name, now)
	return nil
}

func rank(r access.Role) int {
	return slices.Index([]access.Role{access.Plain, access.Admin, access.Owner}, r)
}

// HandOverMember is one colleague taking over from another who leaves. Somebody without an admin's role hands over only for itself.
func (s *Service) HandOverMember(ctx context.Context, orgID, from, to string) error {
	leaver, err := s.people.Get(ctx, from)
	if err != nil {
		return err
	}
	colleague, err := s.people.Get(ctx, to)
	if err != nil {
		return err
	}
	_, err = s.changeMembers(ctx, orgID, func(tx *docstore.Tx[Organisation], by By) error {
		if err := tx.Body.HandOver(from, to, leaver.Body, colleague.Body, by, tx.Now); err != nil {
			return err
		}
		m := about(orgID, tx.Body, ownPage, toOrg(orgID), toPerson(from)).with("userName", leaver.Body.Name).with("toName", colleague.Body.Name)
		return tx.Emit(memberHandedOver, m)
	})
	if err != nil {
		return err
	}
	if from == access.From(ctx).UserID {
		return s.leaveSessions(ctx, from, orgID)
	}
	return s.endSessions(ctx, from, whyRevoked, func(d docstore.Doc[Session]) bool { return d.Body.OrgID == orgID })
}
