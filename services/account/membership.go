package account

import (
	"context"
	"crypto/rand"
	"encoding/base64"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// MemberView is a member with the person behind it.
type MemberView struct {
	Member
	Name, Phone string
}

// ListMembers lists an organisation's members, owners first; phones are masked but for its admins and the operator.
func (s *Service) ListMembers(ctx context.Context, orgID string) ([]MemberView, error) {
	doc, err := s.insideOrganisation(ctx, orgID)
	if err != nil {
		return nil, err
	}
	if err := s.noteOfficial(ctx, doc); err != nil {
		return nil, err
	}
	a := access.From(ctx)
	return s.members(ctx, &doc.Body, adminRole(doc.Body.RoleOf(a.UserID)) || a.Operates(doc.Body.District))
}

func (s *Service) members(ctx context.Context, o *Organisation, phones bool) ([]MemberView, error) {
	people, err := s.people.GetMany(ctx, o.MemberIDs(false))
	if err != nil {
		return nil, err
	}
	byID := map[string]Person{}
	for _, p := range people {
		byID[p.ID] = p.Body
	}
	var views []MemberView
	for _, role := range []access.Role{access.Owner, access.Admin, access.Plain} {
		for _, m := range o.Members {
			if m.Role != role {
				continue
			}
			p := byID[m.UserID]
			if !phones {
				p.Phone = MaskPhone(p.Phone)
			}
			views = append(views, MemberView{Member: m, Name: p.Name, Phone: p.Phone})
		}
	}
	return views, nil
}

// ChangeMemberRole gives a member another role.
func (s *Service) ChangeMemberRole(ctx context.Context, orgID, userID string, role access.Role) (MemberView, error) {
	name, err := s.nameOf(ctx, userID)
	if err != nil {
		return MemberView{}, err
	}
	doc, err := s.changeMembers(ctx, orgID, func(tx *docstore.Tx[Organisation], by By) error {
		before := tx.Body.RoleOf(userID)
		if err := tx.Body.SetRole(userID, role, by, tx.Now); err != nil || before == role {
			return err
		}
		return tx.Emit(memberRoleSet, about(orgID, tx.Body, ownPage, toPerson(userID)).with("userName", name).with("role", roleNames[role]))
	})
	if err != nil {
		return MemberView{}, err
	}
	views, err := s.members(ctx, &doc.Body, true)
	for _, v := range views {
		if v.UserID == userID {
			return v, err
		}
	}
	return MemberView{}, err
}

// RemoveMember ends a membership; removed by somebody else, the person's sessions for the organisation end with it.
func (s *Service) RemoveMember(ctx context.Context, orgID, userID string) error {
	name, err := s.nameOf(ctx, userID)
	if err != nil {
		return err
	}
	_, err = s.changeMembers(ctx, orgID, func(tx *docstore.Tx[Organisation], by By) error {
		if err := tx.Body.Remove(userID, by, tx.Now); err != nil {
			return err
		}
		to := []recipient{toPerson(userID)}
		for _, id := range tx.Body.MemberIDs(true) {
			to = append(to, toPerson(id))
		}
		return tx.Emit(memberRemoved, about(orgID, tx.Body, ownPage, to...).with("userName", name))
	})
	if err != nil {
		return err
	}
	if userID == access.From(ctx).UserID { // leaving signs nobody out
		return s.leaveSessions(ctx, userID, orgID)
	}
	return s.endSessions(ctx, userID, whyRevoked, func(d docstore.Doc[Session]) bool { return d.Body.OrgID == orgID })
}

func (s *Service) leaveSessions(ctx context.Context, userID, orgID string) error {
	return s.sessions.Each(ctx, openSessionsOf(userID), func(d docstore.Doc[Session]) error {
		_, err := s.sessions.Update(ctx, d.ID, func(tx *docstore.Tx[Session]) error {
			if tx.Body.OrgID == orgID {
				tx.Body.OrgID = ""
			}
			return nil
		})
		return err
	})
}

// nameOf is a person's name, "" for an id nobody has: whether the person is a member is decided elsewhere.
func (s *Service) nameOf(ctx context.Context, userID string) (string, error) {
	p, err := s.people.Get(ctx, userID)
	if err != nil {
		return "", ignoreAbsent(err)
	}
	return p.Body.Name, nil
}

// changeMembers changes who is in the organisation the actor acts for. Which role may do what is the organisation's own rule.
func (s *Service) changeMembers(ctx context.Context, orgID string, fn func(*docstore.Tx[Organisation], By) error) (OrgDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return OrgDoc{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return OrgDoc{}, err
	}
	return s.orgs.Update(ctx, orgID, func(tx *docstore.Tx[Organisation]) error {
		if err := tx.Body.Readable(a).Err(); err != nil {
			return err
		}
		if a.OrgID != orgID || tx.Body.RoleOf(a.UserID) == "" {
			return access.Forbid.Err()
		}
		return fn(tx, by)
	})
}

// MaxInvitations is how many invitations of an organisation can be open at once.
const MaxInvitations = 50

// ownAdmin is the organisation the actor is an admin of and acts for.
func (s *Service) ownAdmin(ctx context.Context, orgID string) (OrgDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return OrgDoc{}, err
	}
	doc, err := s.GetOrganisation(ctx, orgID)
	if err == nil && (a.OrgID != orgID || !adminRole(doc.Body.RoleOf(a.UserID))) {
		err = access.Forbid.Err()
	}
	return doc, err
}

// ListInvitations lists the open ones, newest first.
func (s *Service) ListInvitations(ctx context.Context, orgID string) ([]docstore.Doc[Invitation], error) {
	if _, err := s.ownAdmin(ctx, orgID); err != nil {
		return nil, err
	}
	return s.openInvitations(ctx, orgID)
}

func (s *Service) openInvitations(ctx context.Context, orgID string) ([]docstore.Doc[Invitation], error) {
	page, err := s.invitations.Find(ctx, docstore.Query{Index: "byOrg", Equal: []any{orgID, inviteOpen}, Descending: true, Limit: docstore.MaxLimit})
	var open []docstore.Doc[Invitation]
	for _, i := range page.Items {
		if when.At(s.now()) < i.Body.Expires {
			open = append(open, i)
		}
	}
	return open, err
}

// InviteMember makes an invitation and its code, which is shown this once. Somebody who has the phone already is told in the inbox.
func (s *Service) InviteMember(ctx context.Context, orgID, phone, name string, role access.Role) (doc docstore.Doc[Invitation], code string, err error) {
	org, err := s.ownAdmin(ctx, orgID)
	if err != nil {
		return doc, "", err
	}
	a := access.From(ctx)
	if err := org.Body.Refusal(a, orgID, "inviteMember"); err != nil {
		return doc, "", err
	}
	if err := org.Body.MayGrant(a.UserID, role); err != nil {
		return doc, "", err
	}
	if phone, err = NormalisePhone(phone); err != nil {
		return doc, "", err
	}
	open, err := s.openInvitations(ctx, orgID)
	if err != nil {
		return doc, "", err
	}
	for _, i := range open {
		if i.Body.Phone == phone {
			return doc, "", fault.New(fault.Conflict, "invitation.exists", "this phone is invited already; withdraw that invitation for a new code")
		}
	}
	if len(open) >= MaxInvitations {
		return doc, "", fault.Newf(fault.Conflict, "invitation.full", "at most %d open invitations", MaxInvitations)
	}
	invited, known, err := one(ctx, s.people, "byPhone", phone)
	if err != nil {
		return doc, "", err
	}
	if known && org.Body.RoleOf(invited.ID) != "" {
		return doc, "", fault.New(fault.Conflict, "member.exists", "this person is a member already")
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return doc, "", err
	}
	secret := make([]byte, 15)
	if _, err := rand.Read(secret); err != nil {
		return doc, "", err
	}
	code = base64.RawURLEncoding.EncodeToString(secret)
	now := s.now()
	i := Invitation{OrgID: orgID, OrgName: org.Body.Profile.Name, Phone: phone, Name: trimmed(name), Role: role, CodeHash: hashOf([]byte(code)),
		State: inviteOpen, Created: when.At(now), Expires: when.At(now.Add(InvitationLife)), By: a.UserID}
	var opts []docstore.InsertOption
	if known {
		opts = append(opts, docstore.Emit(memberInvited, about(orgID, &org.Body, accountPage, toPerson(invited.ID)).
			with("byName", by.Name).with("expiresAt", instant(i.Expires))))
	}
	doc, err = s.invitations.Insert(ctx, rest.NewID(now), i, opts...)
	return doc, code, err
}

// WithdrawInvitation takes an open invitation back.
func (s *Service) WithdrawInvitation(ctx context.Context, orgID, id string) error {
	if _, err := s.ownAdmin(ctx, orgID); err != nil {
		return err
	}
	_, err := s.invitations.Update(ctx, id, func(tx *docstore.Tx[Invitation]) error {
		if tx.Body.OrgID != orgID {
			return access.Hide.Err()
		}
		if tx.Body.State != inviteOpen {
			return errInvitation()
		}
		tx.Body.State = inviteWithdrawn
		return nil
	})
	return err
}

// AcceptInvitation makes the actor a member, by code or, when the invitation names its phone, by id, and acts for the organisation from
// then on. Cut short, it can be repeated.
func (s *Service) AcceptInvitation(ctx context.Context, code, id string) (Started, error) {
	a := access.From(ctx)
	begun, err := s.throttle.Begin(map[pace]string{pairPace: "invitation " + a.UserID})
	if err != nil {
		return Started{}, err
	}
	p, err := s.person(ctx, a)
	if err != nil {
		return Started{}, err
	}
	if code != "" {
		found, ok, err := one(ctx, s.invitations, "byCode", hashOf([]byte(code)))
		if err != nil || !ok {
			return Started{}, orElse(err, errInvitation())
		}
		id = found.ID
	}
	i, err := s.invitations.Update(ctx, id, func(tx *docstore.Tx[Invitation]) error {
		if code == "" && tx.Body.Phone != p.Body.Phone {
			return errInvitation()
		}
		return tx.Body.Take(a.UserID, tx.Now)
	})
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.NotFound || kind == fault.Invalid {
			err = errInvitation()
		}
		return Started{}, err
	}
	begun.Forgive()
	orgID := i.Body.OrgID
	p, err = s.people.Update(ctx, a.UserID, func(tx *docstore.Tx[Person]) error { tx.Body.SeeksIn(orgID); return nil })
	if err != nil {
		return Started{}, err
	}
	by := By{UserID: p.ID, Name: p.Body.Name}
	_, err = s.orgs.Update(ctx, orgID, func(tx *docstore.Tx[Organisation]) error {
		if tx.Body.RoleOf(p.ID) != "" {
			return nil
		}
		if err := tx.Body.Join(p.ID, i.Body.Role, by, tx.Now); err != nil {
			return err
		}
		return tx.Emit(memberJoined, about(orgID, tx.Body, ownPage, toOrg(orgID)).with("userName", by.Name))
	})
	if err != nil {
		return Started{}, err
	}
	_, err = s.invitations.Update(ctx, id, func(tx *docstore.Tx[Invitation]) error { tx.Body.State = inviteJoined; return nil })
	if err != nil {
		return Started{}, err
	}
	return s.SwitchOrganisation(ctx, orgID)
}
