package achievement

import (
	"lianbang/services/platform/access"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link.
const (
	draftAsked           = "achievement.draft_asked"     // to the university: confirm what staff wrote
	draftConfirmed       = "achievement.draft_confirmed" // to who wrote it
	draftDeclined        = "achievement.draft_declined"
	achievementSubmitted = "achievement.submitted" // to the office, or to the operator
	achievementReturned  = "achievement.returned"
	achievementPublished = "achievement.published"
	// A version of what is published: to the desk it lies on, back to the university, and once it holds to the firms that asked.
	achievementChangeSubmitted = "achievement.change_submitted"
	achievementChangeReturned  = "achievement.change_returned"
	achievementChanged         = "achievement.changed"

	dealWon              = "deal.won"             // a bid with the achievement won; to both sides
	achievementsImported = "achievement.imported" // to the university whose table is entered
	dealInterest         = "deal.interest"        // to the university
	dealTaken            = "deal.taken_up"
	dealEnded            = "deal.ended"
	dealTerms            = "deal.terms"
	dealAgreed           = "deal.agreed"
	dealMoved            = "deal.moved"
	dealSigned           = "deal.signed"
	dealLicensed         = "deal.licensed"
	dealWritten          = "deal.message"
	dealOvertaken        = "deal.overtaken"   // another firm has the exclusive right; to both sides, as the two below
	dealTrialOver        = "deal.trial_over"  // the free trial's days are over
	dealPaymentDue       = "deal.payment_due" // 先使用后付费: the first payment falls due
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

func toOrg(id string) recipient { return recipient{OrgID: id} }

// toStaff reaches everyone who decides for the district, the city's operators included.
func toStaff(district string) recipient {
	return recipient{Staff: access.DistrictOperator, District: district}
}

// about starts a message on an achievement.
func about(a *Achievement, link string, to ...recipient) message {
	return message{Recipients: to, Link: link, Params: map[string]any{"title": a.Profile.Name, "orgName": a.OrgName}}
}

func (m message) with(name string, value any) message {
	m.Params[name] = value
	return m
}

// dealMessage starts a message on a deal, to organisations that are sides of it.
func dealMessage(id string, d *Deal, to ...string) message {
	m := message{Link: dealPage(id), Params: map[string]any{"title": d.Title, "seller": d.Seller, "firm": d.Firm, "step": stepNames[d.State]}}
	for _, org := range to {
		m.Recipients = append(m.Recipients, toOrg(org))
	}
	return m
}

// stepNames say where a deal stands, in a sentence.
var stepNames = map[DealState]string{Interest: "等待高校回应", Talks: "洽谈中", Pricing: "等待企业确认价格与条款", OnTerms: "等待企业确认条款", InternalApproval: "高校校内审批", PublicNotice: "公示中", Trial: "免费试用中",
	ToContract: "待签合同", Signed: "合同已签", Registered: "合同已登记", Fulfilled: "已履约", Declined: "高校婉拒", Cancelled: "已终止"}

// The pages events lead to.
func publicPage(id string) string { return "/achievements/" + id }
func listPage(id string) string   { return "/achievement-lists/" + id }
func importPage(id string) string { return "/work/achievements/import/" + id }
func authorPage(id string) string { return "/work/achievements/" + id }
func changePage(id string) string { return "/work/achievements/" + id + "/change" }
func dealPage(id string) string   { return "/work/achievement-deals/" + id }
func reviewPage(id string) string { return "/work/review/achievements?open=" + id }
