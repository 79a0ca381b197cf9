package account

import (
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/when"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link. It holds no
// phone number, no secret and nothing of the evidence.
const (
	orgRegistered    = "organisation.registered"
	orgSubmitted     = "organisation.submitted"
	orgVerified      = "organisation.verified"
	orgReturned      = "organisation.returned"
	orgRejected      = "organisation.rejected"
	orgSuspended     = "organisation.suspended"
	orgReinstated    = "organisation.reinstated"
	orgTitleAdded    = "organisation.title_added"
	orgClosed        = "organisation.closed"
	claimFiled       = "claim.filed" // to the operators
	claimApproved    = "claim.approved"
	claimRefused     = "claim.refused"
	claimOvertaken   = "claim.overtaken"
	claimOverdue     = "claim.overdue"      // to the city: a deadline passed
	titleListEntered = "title_list.entered" // to who brought it
	titleExpiring    = "title.expiring"
	memberInvited    = "member.invited"
	memberJoined     = "member.joined"
	memberRoleSet    = "member.role_changed"
	memberRemoved    = "member.removed"
	memberHandedOver = "member.handed_over"
	passwordCleared  = "person.password_cleared"
	personErased     = "person.erased" // {"userId"}: notify takes out what it holds of the person
	recoveryOpened   = "recovery.opened"
	recoveryDone     = "recovery.done"
	recoveryStopped  = "recovery.stopped" // to the operator who opened it
	recoveriesPage   = "/work/review/recoveries"
	ownPage          = "/work/organisation"
	accountPage      = "/work/account"
	reviewClaims     = "/work/review/claims"
	titleListPage    = "/work/review/title-lists/"
	reviewPageOpen   = "/work/review/organisations?open="
)

// claimPage is where a person claims an organisation.
func claimPage(orgID string) string { return "/work/claim/" + orgID }

// decisions names the event of each decision of the operator.
var decisions = map[string]string{
	"verifyOrganisation": orgVerified, "returnOrganisation": orgReturned, "rejectOrganisation": orgRejected,
	"suspendOrganisation": orgSuspended, "reinstateOrganisation": orgReinstated,
}

// message is an event's data.
type message struct {
	OrgID      string         `json:"orgId"`
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID    string       `json:"orgId,omitempty"`
	UserID   string       `json:"userId,omitempty"`
	Staff    access.Staff `json:"staff,omitempty"`
	District string       `json:"district,omitempty"`
}

func toOrg(id string) recipient    { return recipient{OrgID: id} }
func toPerson(id string) recipient { return recipient{UserID: id} }

// toOperators reaches the city's operators and the district's own.
func toOperators(district string) recipient {
	return recipient{Staff: access.CityOperator, District: district}
}

func about(id string, o *Organisation, link string, to ...recipient) message {
	return message{OrgID: id, Recipients: to, Link: link, Params: map[string]any{"name": o.Profile.Name, "orgName": o.Profile.Name}}
}

func (m message) with(name string, value any) message {
	if value != "" {
		m.Params[name] = value
	}
	return m
}

// instant gives a time as notify's texts read it.
func instant(i when.Instant) string { return i.Time().Format(time.RFC3339) }

var roleNames = map[access.Role]string{access.Owner: "所有者", access.Admin: "管理员", access.Plain: "成员"}
