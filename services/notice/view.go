package notice

import (
	"time"

	"lianbang/services/notice/api"
	"lianbang/services/platform/docstore"
)

// view is a notice as anybody who may read it sees it. An end that is due but not recorded yet shows as ended.
func view(doc docstore.Doc[Notice], now time.Time) api.Notice {
	n := &doc.Body
	v := api.Notice{Id: doc.ID, Type: api.NoticeType(n.Type), Service: n.Key.Service, Kind: n.Key.Kind, State: api.NoticeState(n.State), Title: n.Title,
		Summary: n.Summary, Lines: n.Lines, Link: n.Link, Public: n.Audience.Public, District: n.District, WorkingDays: n.Term.WorkingDays,
		Days: n.Term.Days, PutUpAt: at(n.PutUpAt), EndsAt: at(n.EndsAt), FinishedAt: at(n.FinishedAt), DaysLeft: n.Left, Upheld: n.Upheld, Reason: n.Reason}
	if n.Due(now) {
		v.State, v.FinishedAt = api.NoticeState(Ended), at(n.EndsAt)
	}
	if n.State == Paused {
		v.PausedAt = at(n.Pauses[len(n.Pauses)-1].From)
	}
	for _, s := range n.History {
		v.History = append(v.History, api.NoticeStep{Action: api.NoticeStepAction(s.Action), At: at(s.At), EndsAt: at(s.EndsAt), ObjectionId: s.Objection, Reason: s.Reason})
	}
	return v
}
