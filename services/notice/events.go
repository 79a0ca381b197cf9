package notice

import (
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
)

// What this service tells the others. The services that put notices up hear the first four and move their own thing; whoever has
// nothing to do with a notice passes over it. The same data is what notify takes: recipients, parameters of the text, a link.
const (
	noticePaused  = "notice.paused"
	noticeResumed = "notice.resumed"
	noticeEnded   = "notice.ended"
	noticeStopped = "notice.stopped"

	noticeUpheldLate = "notice.upheld_late" // filed in time, upheld after the notice was over
	objectionFiled   = "objection.filed"    // to who handles it
	objectionOverdue = "objection.overdue"  // to the city: a deadline passed
)

// message is an event's data. It never holds anything of who objected.
type message struct {
	NoticeID    string `json:"noticeId"`
	Service     string `json:"service"`
	Kind        string `json:"kind"`
	SubjectID   string `json:"subjectId"`
	Round       int    `json:"round"`
	EndsAt      string `json:"endsAt,omitempty"` // RFC 3339
	ObjectionID string `json:"objectionId,omitempty"`
	Reason      string `json:"reason,omitempty"`

	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID    string       `json:"orgId,omitempty"`
	Staff    access.Staff `json:"staff,omitempty"`
	District string       `json:"district,omitempty"`
}

func about(id string, n *Notice) message {
	m := message{NoticeID: id, Service: n.Key.Service, Kind: n.Key.Kind, SubjectID: n.Key.SubjectID, Round: n.Key.Round, EndsAt: rfc(n.EndsAt),
		Recipients: []recipient{}, Params: map[string]any{"title": n.Title, "endsAt": rfc(n.EndsAt)}, Link: noticePage(id)}
	return m
}

// toParties adds the organisations the notice is about.
func (m message) toParties(n *Notice) message {
	for _, id := range n.Parties {
		m.Recipients = append(m.Recipients, recipient{OrgID: id})
	}
	return m
}

func (m message) because(objection, reason string) message {
	m.ObjectionID, m.Reason = objection, reason
	if reason != "" {
		m.Params["reason"] = reason
	}
	return m
}

// told starts a message on an objection, to who handles it.
func told(id string, o *Objection, to recipient) message {
	return message{NoticeID: o.NoticeID, ObjectionID: id, Recipients: []recipient{to}, Link: handlePage(id),
		Params: map[string]any{"title": o.NoticeTitle, "dueAt": rfc(o.DueAt)}}
}

func rfc(ms int64) string {
	if ms == 0 {
		return ""
	}
	return at(ms).Format(time.RFC3339)
}

// The pages events lead to.
func noticePage(id string) string { return "/notices/" + id }
func handlePage(id string) string { return "/work/review/objections?open=" + id }

// conclude records a due end within a write.
func conclude(tx *docstore.Tx[Notice]) error {
	if !tx.Body.Due(tx.Now) {
		return nil
	}
	if err := tx.Body.Conclude(tx.Now); err != nil {
		return err
	}
	return tx.Emit(noticeEnded, about(tx.ID, tx.Body))
}
