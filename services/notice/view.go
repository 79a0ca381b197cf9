package notice

import (
	"time"

	types "github.com/oapi-codegen/runtime/types"

	"lianbang/services/notice/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
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
	v.Objectable = n.Receivable(now) == nil
	for _, s := range n.History {
		v.History = append(v.History, api.NoticeStep{Action: api.NoticeStepAction(s.Action), At: at(s.At), EndsAt: at(s.EndsAt), ObjectionId: s.Objection, Reason: s.Reason})
	}
	return v
}

// outcomes are objections as the public sees them: what was decided and why, never who or what they wrote.
func outcomes(docs []docstore.Doc[Objection]) []api.ObjectionOutcome {
	all := make([]api.ObjectionOutcome, len(docs))
	for i, d := range docs {
		o := &d.Body
		all[i] = api.ObjectionOutcome{Number: i + 1, FiledOn: types.Date{Time: when.DayOf(at(o.FiledAt)).Time()}, Stage: api.ObjectionStage(o.Standing),
			DecidedAt: at(o.DecidedAt), AnsweredAt: at(o.AnsweredAt), Reason: o.Reason}
	}
	return all
}

// handling is an objection as its handler and its author see it. The contact is not in it.
func handling(doc docstore.Doc[Objection]) api.Objection {
	o := &doc.Body
	v := listed(doc)
	v.Text, v.Basis, v.Reason = o.Text, o.Basis, o.Reason
	for _, f := range o.Files {
		v.Files = append(v.Files, file(f))
	}
	for _, l := range o.Looks {
		v.Looks = append(v.Looks, api.ObjectionLook{At: at(l.At)})
	}
	return v
}

// listed is an objection in a list.
func listed(doc docstore.Doc[Objection]) api.Objection {
	o := &doc.Body
	return api.Objection{Id: doc.ID, NoticeId: o.NoticeID, NoticeTitle: o.NoticeTitle, District: o.District, Stage: api.ObjectionStage(o.Standing),
		FiledAt: at(o.FiledAt), DecideBy: at(o.DecideBy), DecidedAt: at(o.DecidedAt), AnswerBy: at(o.AnswerBy), AnsweredAt: at(o.AnsweredAt), Late: o.Late}
}

func file(f blob.Ref) api.ObjectionFile {
	return api.ObjectionFile{Id: f.ID, Name: f.Name, Size: f.Size}
}
