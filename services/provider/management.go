package provider

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// What happens to a provider once it is in the pool: watched, suspended, removed, heard again, let back in; and its yearly report.

// Suspend takes a provider off the public list for the time being.
func (m *Membership) Suspend(by By, now time.Time, reason string) error {
	if err := m.may(SuspendProvider, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Reason, m.Appeal = reason, nil
	m.record(SuspendProvider, by, now, Suspended, reason)
	return nil
}

// Reinstate ends a suspension.
func (m *Membership) Reinstate(by By, now time.Time, reason string) error {
	if err := m.may(Reinstate, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Reason = ""
	m.record(Reinstate, by, now, Admitted, reason)
	return nil
}

// Remove takes a provider out of the pool (出库), with the reason, and bars it for the time the settings say; a red line bars for longer.
func (m *Membership) Remove(by By, now time.Time, reason string, redLine bool, s Settings) error {
	if err := m.may(RemoveProvider, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Reason, m.EndedAt, m.Watch, m.Appeal = reason, when.At(now), nil, nil
	m.BarUntil = when.At(now.AddDate(0, s.barMonths(redLine, s.RemovedBarMonths), 0))
	m.record(RemoveProvider, by, now, Removed, reason)
	return nil
}

// AppealAgainst asks the city to look at its decision again, once, within the settings' working days of it.
func (m *Membership) AppealAgainst(by By, now time.Time, text string, s Settings) error {
	if err := m.may(AppealDecision, by.Role); err != nil {
		return err
	}
	if err := needReason(text); err != nil {
		return err
	}
	if m.Appeal != nil {
		return fault.New(fault.Conflict, "admission.appealed", "this decision was appealed against already")
	}
	if decided := m.decidedAt(); now.After(s.Calendar.After(decided, s.AppealWorkingDays)) {
		return fault.New(fault.Conflict, "admission.appeal_late", "the time to appeal has passed")
	}
	m.Appeal = &Appeal{Text: strings.TrimSpace(text), At: when.At(now), Against: m.State, DueAt: when.At(s.Calendar.After(now, s.ReviewWorkingDays))}
	m.record(AppealDecision, by, now, m.State, "")
	return nil
}

// decidedAt is when the state the membership is in was decided.
func (m *Membership) decidedAt() time.Time {
	for _, step := range slices.Backward(m.History) {
		if step.From != step.To && step.To == m.State {
			return step.At.Time()
		}
	}
	return m.ChangedAt.Time()
}

// DecideAppeal answers an appeal. Upheld, a suspension or removal is taken back, and a rejected application is with the office again.
func (m *Membership) DecideAppeal(by By, now time.Time, upheld bool, answer string, s Settings) error {
	if err := m.may(DecideAppeal, by.Role); err != nil {
		return err
	}
	if m.Appeal == nil || m.Appeal.DecidedAt != 0 {
		return fault.New(fault.Conflict, "admission.no_appeal", "no appeal waits for an answer")
	}
	if err := needReason(answer); err != nil {
		return err
	}
	m.Appeal.Upheld, m.Appeal.Answer, m.Appeal.DecidedAt = upheld, answer, when.At(now)
	to := m.State
	if upheld {
		to = Admitted
		if m.State == Rejected {
			to = InitialReview
			m.ReviewDue = when.At(s.Calendar.After(now, s.ReviewWorkingDays))
		}
		m.Reason, m.EndedAt, m.BarUntil = "", 0, 0
	}
	m.record(DecideAppeal, by, now, to, answer)
	return nil
}

// Reapply begins a new application, with the old one as its draft, once the bar has passed.
func (m *Membership) Reapply(by By, now time.Time) error {
	if err := m.may(Reapply, by.Role); err != nil {
		return err
	}
	if m.BarUntil != 0 && when.At(now) < m.BarUntil {
		return fault.New(fault.Conflict, "admission.barred", "no new application before the bar has passed")
	}
	m.Round++
	m.Reason, m.EndedAt, m.BarUntil, m.Appeal, m.Checks, m.Panel, m.Visits, m.Notice = "", 0, 0, nil, nil, nil, nil, nil
	m.Application.NoRedLine = false
	m.record(Reapply, by, now, Draft, "")
	return nil
}

// Amend changes what the public page says of an admitted provider. What admission was decided on (categories, figures) stays.
func (m *Membership) Amend(by By, now time.Time, intro, website, contactName, contactPhone string, districts []string) error {
	if err := m.may(EditProfile, by.Role); err != nil {
		return err
	}
	if strings.TrimSpace(intro) == "" {
		return fault.Bad(fault.Field{Path: "intro", Code: "required"})
	}
	a := &m.Application
	a.Intro, a.Website, a.ContactName, a.ContactPhone, a.Districts = intro, website, contactName, contactPhone, districts
	m.ChangedAt = when.At(now)
	return nil
}

// SelfReport is a provider's yearly report on itself (年度自评), prefilled from the record, and what the office said to it.
type SelfReport struct {
	Year         int          `json:"year"`
	Served       int64        `json:"served"`
	Satisfaction int64        `json:"satisfaction"` // percent
	Staff        int64        `json:"staff"`
	RevenueFen   int64        `json:"revenueFen"`
	Highlights   string       `json:"highlights"`
	Changes      string       `json:"changes,omitempty"`
	Recorded     int64        `json:"recorded"` // enterprises served by the record, when it was handed in
	At           when.Instant `json:"at"`
	Verdict      string       `json:"verdict,omitempty"` // pass, mend, fail
	Answer       string       `json:"answer,omitempty"`
	AnsweredAt   when.Instant `json:"answeredAt,omitempty"`
}

// The verdicts of the yearly review (一年一评).
var verdicts = []string{"pass", "mend", "fail"}

// maxSelfReports are kept, the newest ones.
const maxSelfReports = 6

// Report hands in the self-report of a year that has ended, or replaces one the office has not answered or wants mended.
func (m *Membership) Report(by By, now time.Time, r SelfReport) error {
	if err := m.may(SubmitSelfReport, by.Role); err != nil {
		return err
	}
	if r.Year < m.AdmittedAt.Time().In(when.China).Year() || r.Year > now.In(when.China).Year() {
		return fault.Bad(fault.Field{Path: "year", Code: "out_of_range"})
	}
	if strings.TrimSpace(r.Highlights) == "" {
		return fault.Bad(fault.Field{Path: "highlights", Code: "required"})
	}
	r.At, r.Verdict, r.Answer, r.AnsweredAt = when.At(now), "", "", 0
	if i := slices.IndexFunc(m.SelfReports, func(o SelfReport) bool { return o.Year == r.Year }); i >= 0 {
		if v := m.SelfReports[i].Verdict; v != "" && v != "mend" {
			return fault.New(fault.Conflict, "admission.report_reviewed", "this year's report is reviewed")
		}
		m.SelfReports = slices.Delete(m.SelfReports, i, i+1)
	}
	m.SelfReports = append(m.SelfReports, r)
	slices.SortFunc(m.SelfReports, func(a, b SelfReport) int { return a.Year - b.Year })
	if extra := len(m.SelfReports) - maxSelfReports; extra > 0 {
		m.SelfReports = slices.Delete(m.SelfReports, 0, extra)
	}
	m.record(SubmitSelfReport, by, now, m.State, "")
	return nil
}

// Review answers a self-report. A failed one puts the provider on the watch list: removal stays a decision of its own, with its reason.
func (m *Membership) Review(by By, now time.Time, year int, verdict, answer string) error {
	if err := m.may(ReviewSelfReport, by.Role); err != nil {
		return err
	}
	i := slices.IndexFunc(m.SelfReports, func(o SelfReport) bool { return o.Year == year })
	if i < 0 {
		return fault.New(fault.NotFound, "", "there is no report for this year")
	}
	if !slices.Contains(verdicts, verdict) {
		return fault.Bad(fault.Field{Path: "verdict", Code: "not_a_choice"})
	}
	if verdict != "pass" {
		if err := needReason(answer); err != nil {
			return err
		}
	}
	r := &m.SelfReports[i]
	r.Verdict, r.Answer, r.AnsweredAt = verdict, answer, when.At(now)
	if verdict == "fail" {
		m.watch(now, "review", answer)
	}
	m.record(ReviewSelfReport, by, now, m.State, answer)
	return nil
}
