package achievement

import (
	"lianbang/services/platform/access"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link.
const (
	achievementSubmitted = "achievement.submitted" // to the office, or to the operator
	achievementReturned  = "achievement.returned"
	achievementPublished = "achievement.published"
)

// message is an event's data.
type message struct {
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID    string       `json:"orgId,omitempty"`
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

// The pages events lead to.
func publicPage(id string) string { return "/achievements/" + id }
func authorPage(id string) string { return "/work/achievements/" + id }
func reviewPage(id string) string { return "/work/review/achievements?open=" + id }
