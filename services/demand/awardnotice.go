package demand

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is the award notice (公示) as the demand keeps it. Its clock, and the objections anyone may file against it, are the notice
// service's: here it is planned, and then moves as that service says, on its word alone.

// NoticeState is where an award notice stands.
type NoticeState string

// The states of an award notice. One that an upheld objection stopped is gone: the bids are judged anew.
const (
	NoticePlanned NoticeState = "planned" // decided, and not put up yet
	NoticeOpen    NoticeState = "open"
	NoticePaused  NoticeState = "paused" // an accepted objection
	NoticeEnded   NoticeState = "ended"
)

// Notice is the award notice.
type Notice struct {
	Number      int          `json:"number"` // among the demand's notices, from 1; the last part of its id
	State       NoticeState  `json:"state"`
	StartsAt    when.Instant `json:"startsAt"`
	EndsAt      when.Instant `json:"endsAt"` // our own reckoning while it is planned
	WorkingDays int          `json:"workingDays"`
	PausedAt    when.Instant `json:"pausedAt,omitempty"`
	EndedAt     when.Instant `json:"endedAt,omitempty"`
	AskAt       when.Instant `json:"askAt,omitempty"` // when the notice service is next asked; its events come sooner
}

// askAgain is how long until a notice that stands still, or whose service did not answer, is asked about again.
const (
	askPaused = time.Hour
	askAway   = 15 * time.Second
)

// noticeID is the notice's id at the notice service.
func noticeID(demandID string, number int) string {
	return fmt.Sprintf("demand:award:%s:%d", demandID, number)
}

// planNotice has the decided award put up.
func (d *Demand) planNotice(now time.Time, s Settings) {
	d.Notices++
	d.Notice = &Notice{Number: d.Notices, State: NoticePlanned, StartsAt: when.At(now), EndsAt: when.At(s.Calendar.After(now, s.NoticeWorkingDays)),
		WorkingDays: s.NoticeWorkingDays}
}

// noticeDue reports whether the notice service should be asked: to put the notice up, or how it stands.
func (d *Demand) noticeDue(now when.Instant) bool {
	return d.State == AwardNotice && now >= d.Notice.AskAt
}

// NoticeUp records that the notice of a number stands. Said again, it changes nothing and answers false.
func (d *Demand) NoticeUp(now time.Time, number int, ends time.Time) bool {
	if d.State != AwardNotice || d.Notice.Number != number || d.Notice.State != NoticePlanned {
		return false
	}
	d.Notice.State, d.Notice.StartsAt, d.Notice.EndsAt, d.Notice.AskAt = NoticeOpen, when.At(now), when.At(ends), when.At(ends)
	d.settle()
	return true
}

// AskNoticeLater puts the next question to the notice service off.
func (d *Demand) AskNoticeLater(now time.Time, pause time.Duration) {
	if d.State == AwardNotice {
		d.Notice.AskAt = when.At(now.Add(pause))
		d.settle()
	}
}

// Pause records that an accepted objection made the notice stand still.
func (d *Demand) Pause(by By, now time.Time) error {
	if err := d.may(PauseAwardNotice, by.Role); err != nil {
		return err
	}
	d.Notice.AskAt = when.At(now.Add(askPaused))
	if d.Notice.State == NoticePaused {
		d.settle()
		return nil
	}
	d.Notice.State, d.Notice.PausedAt = NoticePaused, when.At(now)
	d.record(PauseAwardNotice, by, now, AwardNotice, "")
	return nil
}

// Resume records that the notice goes on until ends: no objection stands in its way. Of one that never stood still, it takes the end over.
func (d *Demand) Resume(by By, now time.Time, ends time.Time) error {
	if err := d.may(ResumeAwardNotice, by.Role); err != nil {
		return err
	}
	was := d.Notice.State
	d.Notice.State, d.Notice.EndsAt, d.Notice.PausedAt = NoticeOpen, when.At(ends), 0
	d.Notice.AskAt = max(when.At(ends), when.At(now.Add(askAway)))
	if was != NoticePaused {
		d.settle()
		return nil
	}
	d.record(ResumeAwardNotice, by, now, AwardNotice, "")
	return nil
}

// Revoke sends an award back to evaluation, because an objection was upheld: within its notice, or later while no contract stands.
func (d *Demand) Revoke(by By, now time.Time, reason string) error {
	if err := d.may(RevokeAward, by.Role); err != nil {
		return err
	}
	if d.State == Awarded && !d.Tasks.Contest {
		return fault.New(fault.Conflict, "award.not_contested", "no objection against it was upheld")
	}
	d.Award, d.Notice, d.Contest, d.AwardedAt = nil, nil, nil, 0
	d.Tasks.Announce, d.Tasks.Contest, d.Tasks.Reopen, d.Tasks.NextAt = false, false, true, 0
	d.record(RevokeAward, by, now, Evaluating, upheldReason(reason))
	return nil
}

// upheldReason is what the handler of the objection wrote, or that there was one.
func upheldReason(reason string) string {
	return cmp.Or(strings.TrimSpace(reason), "公示期间的异议成立")
}

// Conclude makes the award final, once the notice service says that the notice has ended. It refuses Conflict notice.running before the
// end it was last told of, whatever that service says now.
func (d *Demand) Conclude(by By, now time.Time) error {
	if err := d.may(ConcludeNotice, by.Role); err != nil {
		return err
	}
	if d.Notice.State != NoticeOpen || when.At(now) < d.Notice.EndsAt {
		return fault.New(fault.Conflict, "notice.running", "the notice is still running")
	}
	d.Notice.State, d.Notice.EndedAt, d.Notice.AskAt, d.AwardedAt = NoticeEnded, when.At(now), 0, when.At(now)
	d.Tasks.Begin, d.Tasks.NextAt = true, 0
	d.record(ConcludeNotice, by, now, Awarded, "")
	return nil
}

// noticeLines are what the notice says of the decision: the public record, line by line. Losers have pseudonyms and scores alone.
func (d *Demand) noticeLines() []string {
	lines := []string{"需求：" + strings.TrimSpace(d.Code+" "+d.Terms.Title)}
	if d.Terms.IssuerPublic {
		lines = append(lines, "发榜单位："+d.Issuer)
	}
	names := pseudonyms(d)
	for _, r := range d.Award.Standings {
		who, what := "参评方案 "+names[r.BidID], "形式审查未通过"
		if r.Won {
			who = "拟中榜单位：" + r.OrgName
		}
		if r.Scores != nil {
			what = fmt.Sprintf("综合得分 %.2f，第 %d 名", total(r.Points), r.Rank)
		}
		lines = append(lines, who+"，"+what)
	}
	lines = append(lines, "定榜理由："+d.Award.Reason)
	if d.Award.Deviation != "" {
		lines = append(lines, "未按得分先后定榜的说明："+d.Award.Deviation)
	}
	for i := range lines {
		lines[i] = cutTo(lines[i], maxNoticeLine)
	}
	return lines[:min(len(lines), maxNoticeLines)]
}

// What the notice service takes.
const (
	maxNoticeLine  = 500
	maxNoticeLines = 500
)
