package account

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Liaison is a firm's 服务专员: the one member of staff it turns to. Id: the organisation's. Operators assign; every liaison keeps a ledger
// (服务台账) of what it did for its firms.
type Liaison struct {
	OrgID    string       `json:"orgId"`
	OrgName  string       `json:"orgName"`
	District string       `json:"district"`
	UserID   string       `json:"userId"`
	Name     string       `json:"name"`
	Office   string       `json:"office"`
	At       when.Instant `json:"at"`
	History  []Entry      `json:"history"`
}

// maxLiaisonHistory keeps a liaison one document; the audit log keeps all.
const maxLiaisonHistory = 50

func (l *Liaison) appoint(person PersonDoc, office string, by By, now time.Time) {
	l.UserID, l.Name, l.Office, l.At = person.ID, person.Body.Name, office, when.At(now)
	l.History = append(l.History, Entry{At: l.At, Action: "assignLiaisons", By: by.UserID, Name: by.Name, Reason: person.Body.Name})
	if extra := len(l.History) - maxLiaisonHistory; extra > 0 {
		l.History = slices.Delete(l.History, 0, extra)
	}
}

// ServiceKind is what an entry of the ledger is about.
type ServiceKind string

// A visit (走访), a difficulty the firm told of (诉求), and what else was done for it: a policy explained, a contact made.
const (
	Visit      ServiceKind = "visit"
	Difficulty ServiceKind = "difficulty"
	OtherHelp  ServiceKind = "help"
)

// ServiceEntry is one line of the ledger. A difficulty is open until it says what was solved and how; a visit and other help are done when
// written. Entries are corrected, never removed.
type ServiceEntry struct {
	OrgID    string      `json:"orgId"`
	OrgName  string      `json:"orgName"`
	District string      `json:"district"`
	UserID   string      `json:"userId"` // the liaison it counts for
	Name     string      `json:"name"`
	Kind     ServiceKind `json:"kind"`
	On       when.Day    `json:"on"`
	Year     int         `json:"year"` // of On
	Summary  string      `json:"summary"`
	DueOn    when.Day    `json:"dueOn,omitempty"` // by when it should be solved
	SolvedOn when.Day    `json:"solvedOn,omitempty"`
	Outcome  string      `json:"outcome,omitempty"`
	// Visible lets the firm read it.
	Visible bool    `json:"visible,omitempty"`
	History []Entry `json:"history"`
	// DueAt is when the liaison is reminded, once; 0 when there is nothing to remind of.
	DueAt when.Instant `json:"dueAt"`
}

// ServiceWords is what the liaison writes.
type ServiceWords struct {
	Kind    ServiceKind
	On      when.Day
	Summary string
	DueOn   when.Day
	Outcome string
	// SolvedOn is the day of the outcome, where a table says it; the day of writing otherwise.
	SolvedOn when.Day
	Visible  bool
}

// Write records what the liaison wrote, the first time or corrected. An outcome solves a difficulty on the day it is written. Errors: Invalid.
func (e *ServiceEntry) Write(w ServiceWords, action string, by By, r CityRules, now time.Time) error {
	w.Summary, w.Outcome = strings.TrimSpace(w.Summary), strings.TrimSpace(w.Outcome)
	var bad []fault.Field
	if !slices.Contains([]ServiceKind{Visit, Difficulty, OtherHelp}, w.Kind) {
		bad = append(bad, fault.Field{Path: "kind", Code: "not_a_choice"})
	}
	if w.On == "" {
		w.On = when.DayOf(now)
	}
	if w.On > when.DayOf(now) {
		bad = append(bad, fault.Field{Path: "on", Code: "too_late", Detail: "the ledger holds what was done"})
	}
	if w.Summary == "" {
		bad = append(bad, fault.Field{Path: "summary", Code: "required"})
	}
	if w.Kind != Difficulty && (w.DueOn != "" || w.Outcome != "") {
		bad = append(bad, fault.Field{Path: "kind", Code: "not_a_choice", Detail: "only a difficulty has a due day and an outcome"})
	}
	if w.DueOn != "" && w.DueOn < w.On {
		bad = append(bad, fault.Field{Path: "dueOn", Code: "too_soon"})
	}
	if w.SolvedOn != "" && (w.Outcome == "" || w.SolvedOn < w.On || w.SolvedOn > when.DayOf(now)) {
		bad = append(bad, fault.Field{Path: "solvedOn", Code: "out_of_range", Detail: "with an outcome, between the day and today"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	if e.DueOn != w.DueOn && w.DueOn != "" {
		e.DueAt = r.remindAt(w.DueOn)
	}
	e.Kind, e.On, e.Year, e.Summary, e.DueOn, e.Visible = w.Kind, w.On, w.On.Time().Year(), w.Summary, w.DueOn, w.Visible
	switch {
	case w.Outcome == "":
		e.SolvedOn = ""
	case w.SolvedOn != "":
		e.SolvedOn = w.SolvedOn
	case e.SolvedOn == "":
		e.SolvedOn = when.DayOf(now)
	}
	if e.Outcome = w.Outcome; e.SolvedOn != "" || e.DueOn == "" {
		e.DueAt = 0
	}
	e.History = append(e.History, Entry{At: when.At(now), Action: action, By: by.UserID, Name: by.Name})
	if extra := len(e.History) - maxLiaisonHistory; extra > 0 {
		e.History = slices.Delete(e.History, 1, 1+extra)
	}
	return nil
}

// Open reports whether it waits to be solved.
func (e *ServiceEntry) Open() bool { return e.Kind == Difficulty && e.SolvedOn == "" }

// Overdue reports whether it should have been solved.
func (e *ServiceEntry) Overdue(today when.Day) bool {
	return e.Open() && e.DueOn != "" && e.DueOn < today
}

// MayServe is who writes in the ledger of a firm and reads all of it: its liaison, while its post lasts, and the operators of its district.
func (l *Liaison) MayServe(a access.Actor) bool {
	return a.Operates(l.District) || access.Desk(a) && a.UserID == l.UserID
}

// ServiceFigure is one liaison's or one district's year: the check is the rules' number of difficulties solved per firm.
type ServiceFigure struct {
	Key, Name                             string
	Firms, Visited, Solved, Open, Overdue int
	// Short is how many firms have less solved this year than the rules ask.
	Short int
}

// add counts one firm.
func (f *ServiceFigure) add(r LiaisonRow) {
	f.Firms++
	f.Solved += r.Solved
	f.Open += r.Open
	f.Overdue += r.Overdue
	if r.Visits > 0 {
		f.Visited++
	}
	if r.Short {
		f.Short++
	}
}
