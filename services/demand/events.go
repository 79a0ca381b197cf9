package demand

import (
	"net/url"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/when"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link. It never
// holds anything of a bid's sealed part.
const (
	demandSubmitted    = "demand.submitted"
	demandReturned     = "demand.returned"
	demandApproved     = "demand.approved"
	demandPassed       = "demand.first_passed"     // by its district; to its issuer and the city
	reviewNear         = "demand.review_near"      // to whose turn it is
	reviewEscalated    = "demand.review_escalated" // to its issuer and the reviewers
	reviewOverdue      = "demand.review_overdue"   // to the city
	opinionAsked       = "opinion.asked"           // to the experts
	opinionsIn         = "opinion.all_in"          // to the city
	demandRejected     = "demand.rejected"
	demandPublished    = "demand.published"
	demandMatched      = "demand.matched"      // pushed to one organisation
	demandTargeted     = "demand.targeted"     // to one organisation of its audience
	demandClosing      = "demand.closing_soon" // to bidders whose bid is still a draft
	demandClosed       = "demand.closed"
	demandNoAward      = "demand.no_award"
	demandTerminated   = "demand.terminated"
	demandReopened     = "demand.reopened" // to who bid in the round before, and to watchers
	listImported       = "demand.list_imported"
	demandChanged      = "demand.changed"    // to all who follow it
	questionAsked      = "question.asked"    // to the issuer
	questionAnswered   = "question.answered" // to the asker and all who follow the demand
	questionHidden     = "question.hidden"   // to the asker
	bidReceived        = "bid.received"      // to the issuer
	bidSubmitted       = "bid.submitted"     // the bidder's receipt
	bidWithdrawn       = "bid.withdrawn"
	bidCorrection      = "bid.correction_requested"
	bidCorrected       = "bid.corrected"
	bidFailed          = "bid.failed"
	bidWon             = "bid.won"
	bidLost            = "bid.lost"
	bidEnded           = "bid.ended" // its demand was terminated
	demandInvited      = "demand.invited"
	inviteAnswered     = "demand.invite_answered"
	demandConcluded    = "demand.concluded"
	consortiumInvited  = "consortium.invited"
	consortiumAnswered = "consortium.answered"
	consortiumRemoved  = "consortium.removed"
	trialOffered       = "trial.offered"
	trialAnswered      = "trial.answered"
	trialReported      = "trial.reported"
	trialDecided       = "trial.decided"
	talksOpened        = "talks.opened"
	talksMessage       = "talks.message"
	talksRecorded      = "talks.recorded"
	bidDeclined        = "bid.declined"
	quoteChosen        = "bid.chosen" // a quote was taken; a service's engagement begins with it
	quoteNotChosen     = "bid.not_chosen"
	issuePublished     = "issue.published" // to nobody in particular; announced in public
	issueForYou        = "issue.for_subscriber"
	issueTargeted      = "issue.targeted" // to the audience of a limited issue
	panelDue           = "panel.due"      // to the experts who have not handed in
	panelInvited       = "panel.invited"  // to the expert
	panelAnswered      = "panel.answered" // to the issuer
	panelClosed        = "panel.closed"   // to the issuer
	awardNoticed       = "award.noticed"
	awardPublished     = "award.published"
	awardRevoked       = "award.revoked"
)

// What is told of a winner's task.
const (
	taskBegun            = "task.begun"
	taskContract         = "task.contract_recorded"
	taskContractRefused  = "task.contract_refused"
	taskContractLate     = "task.contract_late"
	taskStarted          = "task.started"
	taskMilestoneDue     = "task.milestone_due"
	taskMilestoneOverdue = "task.milestone_overdue"
	taskMilestoneMoved   = "task.milestone_moved"
	taskCostJudged       = "task.cost_judged"
	taskChangeProposed   = "task.change_proposed"
	taskChangeAnswered   = "task.change_answered"
	taskDelivered        = "task.delivered"
	taskReturned         = "task.returned"
	taskAccepted         = "task.accepted"
	taskFailed           = "task.failed"
	taskRated            = "task.rated"
	taskPaymentRecorded  = "task.payment_recorded"
	taskPaymentDue       = "task.payment_due"
	taskPaymentOverdue   = "task.payment_overdue"
	taskClosed           = "task.closed"
	taskQuitAsked        = "task.termination_requested"
	taskQuitDeclined     = "task.termination_declined"
	taskTerminated       = "task.terminated"
	taskProofRecorded    = "task.proof_recorded"
	taskProofJudged      = "task.proof_judged"
	taskRewardDecided    = "task.reward_decided"
)

// message is an event's data.
type message struct {
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID    string         `json:"orgId,omitempty"`
	UserID   string         `json:"userId,omitempty"`
	Staff    access.Staff   `json:"staff,omitempty"`
	District string         `json:"district,omitempty"`
	Params   map[string]any `json:"params,omitempty"`

	of string // the organisation a person was met in; not sent
}

func toOrg(id string) recipient { return recipient{OrgID: id} }

// toStaff reaches everyone who decides for the district, the city's operators included.
func toStaff(district string) recipient {
	return recipient{Staff: access.DistrictOperator, District: district}
}

// toCity reaches the city's operators.
func toCity() recipient { return recipient{Staff: access.CityOperator} }

// about starts a message on a demand. Its title is known to everyone it is sent to.
func about(id string, d *Demand, link string, to ...recipient) message {
	m := message{Recipients: to, Link: link, Params: map[string]any{"demandId": id, "title": d.Terms.Title}}
	if d.Code != "" {
		m.Params["code"] = d.Code
	}
	if d.Terms.IssuerPublic {
		m.Params["issuerName"] = d.Issuer
	}
	return m
}

func (m message) with(name string, value any) message {
	m.Params[name] = value
	return m
}

// at gives an instant as notify's texts read it.
func at(i when.Instant) string {
	if i == 0 { // no deadline; the texts leave the part out
		return ""
	}
	return i.Time().Format(time.RFC3339)
}

// The pages events lead to.
const (
	invitesPage  = "/work/invites"
	opinionsPage = "/work/opinions"
)

func publicPage(id string) string   { return "/demands/" + id }
func changesOn(id string) string    { return "/demands/" + id + "#changes" }
func questionsOn(id string) string  { return "/demands/" + id + "#questions" }
func resultPage(id string) string   { return "/demands/" + id + "/result" }
func issuerPage(id string) string   { return "/work/demands/" + id }
func evaluatePage(id string) string { return "/work/demands/" + id + "/evaluation" }
func panelPage(id string) string    { return "/work/scoring/" + id }
func reviewPage(id string) string   { return "/work/review/demands?open=" + id }
func bidPage(demandID string) string {
	return "/work/demands/" + demandID + "/bid" // the bid's own id holds colons; its demand's page leads to it too
}
func taskPage(id string) string { return "/work/tasks/" + url.PathEscape(id) }

// handover is what a chosen service quote begins an engagement with: the two sides, the need and what was offered.
func handover(d *Demand, b *Bid) map[string]any {
	q := b.Offer.Quote
	need := d.Terms.Background
	if need == "" {
		need = d.Terms.Brief
	}
	return map[string]any{"clientId": d.IssuerID, "clientName": d.Issuer, "providerId": b.OrgID, "providerName": b.OrgName, "category": d.Terms.ServiceCategory,
		"district": d.Terms.District, "need": clip(need), "scope": clip(q.Note), "priceFen": q.UnitPriceFen * max(q.Quantity, 1), "days": q.LeadTimeDays,
		"payDays": q.PaymentDays}
}

// clip keeps an event small; the whole text stays with the demand.
func clip(text string) string {
	if r := []rune(text); len(r) > 1000 {
		return string(r[:1000]) + "…"
	}
	return text
}
