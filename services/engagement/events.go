package engagement

import (
	"slices"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/when"
)

// What this service tells the others. Data is what notify takes: recipients, small parameters for the text, and a link; and for the
// provider service, whose figures count engagements, the ids of the two sides.
const (
	enquired         = "engagement.enquired"
	messaged         = "engagement.message"
	quoted           = "engagement.quoted"
	requoteAsked     = "engagement.requote_asked"
	urged            = "engagement.urged"
	declined         = "engagement.declined"
	quoteAccepted    = "engagement.quote_accepted"
	contractProposed = "engagement.contract_proposed"
	contracted       = "engagement.contracted"
	started          = "engagement.started"
	milestoned       = "engagement.milestone"
	delivered        = "engagement.delivered"
	taken            = "engagement.accepted"
	returned         = "engagement.returned"
	paymentRecorded  = "engagement.payment_recorded"
	paymentConfirmed = "engagement.payment_confirmed"
	rated            = "engagement.rated"
	replied          = "engagement.replied"
	disputed         = "engagement.disputed"
	settled          = "engagement.dispute_settled"
	mediated         = "engagement.mediated"
	cancelAsked      = "engagement.cancel_asked"
	cancelled        = "engagement.cancelled"
	cancelRefused    = "engagement.cancel_refused"
	offlineRecorded  = "engagement.offline_recorded"
	offlineConfirmed = "engagement.offline_confirmed"
	offlineRefused   = "engagement.offline_refused"
	handedOver       = "engagement.handed_over"
	setAside         = "engagement.rating_set_aside"
	asideContested   = "engagement.set_aside_contested"
	asideDecided     = "engagement.set_aside_decided"
	firstAnswerSoon  = "engagement.first_answer_soon"
	unanswered       = "engagement.unanswered"
	dueSoon          = "engagement.due_soon"
	overdue          = "engagement.overdue"
	paymentSoon      = "engagement.payment_soon"
	paymentLate      = "engagement.payment_late"
	closed           = "engagement.closed"
	flagRaised       = "engagement.flag_raised"
	flagContested    = "engagement.flag_contested"
	flagDecided      = "engagement.flag_decided"
)

// message is an event's data.
type message struct {
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
	ClientID   string         `json:"clientId,omitempty"`
	ProviderID string         `json:"providerId,omitempty"`
}

type recipient struct {
	OrgID    string       `json:"orgId,omitempty"`
	Staff    access.Staff `json:"staff,omitempty"`
	District string       `json:"district,omitempty"`
}

// about starts a message on an engagement to some of its roles.
func about(id string, e *Engagement, to ...Role) message {
	m := message{Link: page(id), ClientID: e.ClientID, ProviderID: e.ProviderID, Params: map[string]any{"engagementId": id, "subject": e.Terms.Subject,
		"clientName": e.ClientName, "providerName": e.ProviderName, "state": string(e.State)}}
	for _, r := range []Role{Client, Provider, Operator} {
		if !slices.Contains(to, r) {
			continue
		}
		switch r {
		case Client:
			m.Recipients = append(m.Recipients, recipient{OrgID: e.ClientID})
		case Provider:
			m.Recipients = append(m.Recipients, recipient{OrgID: e.ProviderID})
		default:
			m.Recipients = append(m.Recipients, recipient{Staff: access.DistrictOperator, District: e.Terms.District})
		}
	}
	return m
}

func (m message) with(name string, value any) message {
	m.Params[name] = value
	return m
}

// at gives an instant as notify's texts read it.
func at(i when.Instant) string {
	if i == 0 {
		return ""
	}
	return i.Time().Format(time.RFC3339)
}

func page(id string) string { return "/work/engagements/" + id }

// remind is the message of a reminder: to whoever's turn it is, and to the others where they should know.
func remind(id string, e *Engagement, r Reminder, now time.Time) message {
	to := []Role{e.Turn(now).Role}
	switch r.Kind {
	case firstAnswerSoon:
		to = []Role{Provider}
	case unanswered:
		to = []Role{Client, Provider, Operator}
	case paymentSoon:
		to = []Role{Client}
	case paymentLate, closed:
		to = []Role{Client, Provider}
	}
	m := about(id, e, to...).with("dueAt", at(r.Due))
	if a := e.Turn(now).Action; a != "" {
		m.with(string(a), true)
	}
	return m
}
