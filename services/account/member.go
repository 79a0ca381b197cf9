package account

import (
	"slices"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Member is a person's standing in an organisation.
type Member struct {
	UserID string       `json:"userId"`
	Role   access.Role  `json:"role"`
	Joined when.Instant `json:"joined"`
}

func adminRole(r access.Role) bool { return r == access.Owner || r == access.Admin }

// RoleOf is a person's role, "" for somebody who is no member.
func (o *Organisation) RoleOf(userID string) access.Role {
	if i := o.member(userID); i >= 0 {
		return o.Members[i].Role
	}
	return ""
}

func (o *Organisation) member(userID string) int {
	return slices.IndexFunc(o.Members, func(m Member) bool { return m.UserID == userID })
}

func (o *Organisation) owners() int {
	n := 0
	for _, m := range o.Members {
		if m.Role == access.Owner {
			n++
		}
	}
	return n
}

// MemberIDs lists the members' user ids; with adminsOnly just owners and admins.
func (o *Organisation) MemberIDs(adminsOnly bool) []string {
	ids := []string{}
	for _, m := range o.Members {
		if !adminsOnly || adminRole(m.Role) {
			ids = append(ids, m.UserID)
		}
	}
	return ids
}

// Join makes a person a member. Somebody who is one already keeps the role it has.
func (o *Organisation) Join(userID string, role access.Role, by By, now time.Time) error {
	if o.member(userID) >= 0 {
		return nil
	}
	if len(o.Members) >= MaxMembers {
		return fault.Newf(fault.Conflict, "member.full", "an organisation has at most %d members", MaxMembers)
	}
	o.Members = append(o.Members, Member{UserID: userID, Role: role, Joined: when.At(now)})
	o.record("acceptInvitation", by, string(role), now)
	return nil
}

// MayGrant refuses what a role cannot hand out: only owners make owners, and members hand out nothing.
func (o *Organisation) MayGrant(by string, role access.Role) error {
	mine := o.RoleOf(by)
	if mine == access.Owner || mine == access.Admin && role != access.Owner {
		return nil
	}
	return fault.New(fault.Forbidden, "member.owner_only", "only an owner does this")
}

// SetRole gives a member another role.
func (o *Organisation) SetRole(userID string, role access.Role, by By, now time.Time) error {
	i := o.member(userID)
	if i < 0 {
		return access.Hide.Err()
	}
	if err := o.MayGrant(by.UserID, role); err != nil {
		return err
	}
	if err := o.MayGrant(by.UserID, o.Members[i].Role); err != nil { // unmaking an owner takes one as well
		return err
	}
	if o.Members[i].Role == role {
		return nil
	}
	if o.Members[i].Role == access.Owner && o.owners() == 1 {
		return errLastOwner()
	}
	o.Members[i].Role = role
	o.record("changeMemberRole", by, string(role), now)
	return nil
}

// Remove ends a membership. Anybody may leave; removing somebody else takes an admin, and an owner for an owner.
func (o *Organisation) Remove(userID string, by By, now time.Time) error {
	i := o.member(userID)
	if i < 0 {
		return access.Hide.Err()
	}
	if userID != by.UserID {
		if err := o.MayGrant(by.UserID, o.Members[i].Role); err != nil {
			return err
		}
	}
	if o.Members[i].Role == access.Owner && o.owners() == 1 {
		return errLastOwner()
	}
	o.Members = slices.Delete(o.Members, i, i+1)
	o.record("removeMember", by, "", now)
	return nil
}

func errLastOwner() error {
	return fault.New(fault.Conflict, "member.last_owner", "an organisation always has an owner: make somebody else one first")
}

// Invitation asks a phone number's holder to join an organisation. It is used once: open → accepting (one person took it, and the
// joining may be taken up again after a crash) → joined; or withdrawn, or past its date.
type Invitation struct {
	OrgID    string       `json:"orgId"`
	OrgName  string       `json:"orgName"`
	Phone    string       `json:"phone"`
	Name     string       `json:"name,omitempty"`
	Role     access.Role  `json:"role"`
	CodeHash string       `json:"codeHash"` // unique
	State    string       `json:"state"`
	Created  when.Instant `json:"createdAt"`
	Expires  when.Instant `json:"expiresAt"`
	By       string       `json:"by"`
	TakenBy  string       `json:"takenBy,omitempty"`
}

// The states of an invitation.
const (
	inviteOpen      = "open"
	inviteAccepting = "accepting"
	inviteJoined    = "joined"
	inviteWithdrawn = "withdrawn"
)

// InvitationLife is how long an invitation can be accepted.
const InvitationLife = 7 * 24 * time.Hour

// Take reserves the invitation for one person. Everything that makes it unusable gets one answer.
func (i *Invitation) Take(userID string, now time.Time) error {
	again := i.State == inviteAccepting && i.TakenBy == userID
	if !again && (i.State != inviteOpen || when.At(now) >= i.Expires) {
		return errInvitation()
	}
	i.State, i.TakenBy = inviteAccepting, userID
	return nil
}

func errInvitation() error {
	return fault.New(fault.NotFound, "invitation.not_usable", "this invitation cannot be used")
}
