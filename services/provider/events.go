package provider

import (
	"fmt"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/when"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link.
const (
	draftAsked             = "admission.draft_asked"     // to the organisation: confirm what staff wrote
	draftConfirmed         = "admission.draft_confirmed" // to who wrote it
	draftDeclined          = "admission.draft_declined"
	admissionSubmitted     = "admission.submitted"
	admissionReturned      = "admission.returned"
	admissionRejected      = "admission.rejected"
	admissionPassed        = "admission.passed"
	admissionAssigned      = "admission.assigned" // to each expert
	admissionNoticed       = "admission.noticed"
	admissionStopped       = "admission.stopped"
	admissionDecidable     = "admission.decidable" // its notice has ended
	providerAdmitted       = "provider.admitted"
	providerSuspended      = "provider.suspended"
	providerReinstated     = "provider.reinstated"
	providerRemoved        = "provider.removed"
	providerAppealed       = "provider.appealed"
	providerAnswered       = "provider.appeal_decided"
	providerReported       = "provider.reported"
	selfReported           = "provider.self_reported"
	selfReportReviewed     = "provider.self_report_reviewed"
	providerWatched        = "provider.watched"
	providerUnwatched      = "provider.unwatched"
	watchAnswered          = "provider.watch_answered"
	evaluationAwarded      = "evaluation.awarded"
	admissionFlagged       = "admission.flagged"
	admissionFlagContested = "admission.flag_contested"
	admissionFlagDecided   = "admission.flag_decided"
)

// message is an event's data.
type message struct {
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

// toStaff reaches everyone who decides for the district, the city's operators included.
func toStaff(district string) recipient {
	return recipient{Staff: access.DistrictOperator, District: district}
}

// toCity reaches the city's operators.
func toCity() recipient { return recipient{Staff: access.CityOperator} }

func about(m *Membership, link string, to ...recipient) message {
	return message{Recipients: to, Link: link, Params: map[string]any{"orgId": m.OrgID, "orgName": m.OrgName}}
}

func (m message) with(name string, value any) message {
	if value != "" {
		m.Params[name] = value
	}
	return m
}

// at gives an instant as notify's texts read it.
func at(i when.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339)
}

// The pages events lead to.
const (
	admissionPage = "/work/admission"
	panelPage     = "/work/panels"
	poolPage      = "/pool"
	draftsPage    = "/work/drafts"
	watchPage     = "/work/review/watch"
)

func reviewPage(id string) string   { return "/work/review/admissions?open=" + id }
func providerPage(id string) string { return "/providers/" + id }

// noticeID names the notice of a membership's round.
func noticeID(orgID string, round int) string {
	return fmt.Sprintf("provider:admission:%s:%d", orgID, round)
}
