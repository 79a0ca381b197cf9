package achievement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is changing what is published: a new text is a version that stays, shown field by field to anybody and told to the firms that
// asked about it. A better wording holds at once when the office gives it; what firms calculate with goes over the desks anew, and until
// the operator agrees the text before it stands.

// Version is one whole text of a published achievement. It never changes after it was handed in; which versions held, the achievement says.
type Version struct {
	AchievementID string       `json:"achievementId"`
	At            when.Instant `json:"at"`
	Profile       Profile      `json:"profile"`
}

// VersionLine is a version that holds or held, from the second on: the first is the text as it was published.
type VersionLine struct {
	ID        string       `json:"id"`
	At        when.Instant `json:"at"`
	Reason    string       `json:"reason,omitempty"`
	Substance bool         `json:"substance,omitempty"`
}

// Change is a version on its way. Desk is where it lies; empty once it was returned, for Returned's reason.
type Change struct {
	VersionLine
	Desk     Desk   `json:"desk,omitempty"`
	UserID   string `json:"userId"`
	Returned string `json:"returned,omitempty"`
}

// Telling is what is left to tell the firms that asked about it, a page of their deals at a time.
type Telling struct {
	Version string `json:"version"`
	Cursor  string `json:"cursor,omitempty"`
}

// The actions of changing what is published.
const (
	ChangeAchievement        Action = "changeAchievement"
	ApproveAchievementChange Action = "approveAchievementChange"
	ReturnAchievementChange  Action = "returnAchievementChange"
)

// maxTexts is how often one achievement is changed; what needs more is another achievement.
const maxTexts = 50

// firstVersion is the id of the text as it was first published.
func firstVersion(id string) string { return id + ":first" }

// FieldChange is one field before and after, as people read it.
type FieldChange struct {
	Field, Header, Before, After string
	Substance                    bool
}

// versionFields are the fields a version may differ in: the columns of the table, and the terms of an open licence, which no table has.
var versionFields = append(slices.Clone(columns), column{field: "openTerms", header: "开放许可条件", substance: true, write: func(p *Profile) string {
	if t := p.OpenTerms; t != (OpenTerms{}) {
		return strings.TrimSpace(fmt.Sprintf("许可费 %s，提成 %g%%，%d 个月 %s", office.Money(t.UpfrontFen), float64(t.RoyaltyBP)/100, t.Months, t.Scope))
	}
	return ""
}})

// differences are the fields in which two texts differ.
func differences(before, after *Profile) []FieldChange {
	var all []FieldChange
	for _, c := range versionFields {
		if was, is := c.write(before), c.write(after); was != is {
			all = append(all, FieldChange{c.field, c.header, was, is, c.substance})
		}
	}
	return all
}

func ofSubstance(fields []FieldChange) bool {
	return slices.ContainsFunc(fields, func(f FieldChange) bool { return f.Substance })
}

// Propose hands in another text of a published achievement, stored as the version id. The office's better wording holds at once; a
// department's goes to the office, and what is of substance to the operator. A version on its way is replaced, but by a department only
// while the office has it. Errors: Invalid for a text that could not be handed in; Conflict achievement.nothing_changed,
// achievement.change_waits, achievement.held_as_agreed while a firm holds it on the agreed terms, achievement.notice_stands while the terms of its
// open licence are in public notice, achievement.changed_too_often.
func (a *Achievement) Propose(by By, now time.Time, id, reason string, p Profile, s Settings) error {
	if err := a.May(ChangeAchievement, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	after := *a
	if err := after.set(p); err != nil {
		return err
	}
	if f := after.Profile.Problems(s); len(f) > 0 {
		return fault.Bad(f...)
	}
	fields := differences(&a.Profile, &after.Profile)
	switch {
	case len(fields) == 0:
		return fault.New(fault.Conflict, "achievement.nothing_changed", "the text is as it was")
	case a.Change != nil && a.Change.Desk == AtOperator && by.Role == Department:
		return fault.New(fault.Conflict, "achievement.change_waits", "a change lies with the operator")
	case len(a.Versions) >= maxTexts:
		return fault.Newf(fault.Conflict, "achievement.changed_too_often", "a published achievement is changed at most %d times", maxTexts)
	}
	c := Change{VersionLine: VersionLine{ID: id, At: when.At(now), Reason: strings.TrimSpace(reason), Substance: ofSubstance(fields)}, UserID: by.UserID}
	if err := a.changeable(c.Substance, &after.Profile); err != nil {
		return err
	}
	switch {
	case by.Role == Department:
		c.Desk = AtOffice
	case c.Substance:
		c.Desk, a.SubmittedAt = AtOperator, when.At(now)
	}
	a.Change = &c
	if c.Desk == "" {
		a.apply(now, after.Profile, s)
	}
	a.record(ChangeAchievement, by, now, a.State, reason)
	return nil
}

// changeable refuses what would take from under a firm's or the public's feet what it relies on.
func (a *Achievement) changeable(substance bool, p *Profile) error {
	if substance && slices.ContainsFunc(a.Holds, func(h Hold) bool { return !h.Final }) {
		return fault.New(fault.Conflict, "achievement.held_as_agreed", "a firm holds it on the agreed terms; meanwhile only the wording changes")
	}
	if a.OpenNotice != nil && a.OpenNotice.EndedAt == 0 && a.opens(p) {
		return fault.New(fault.Conflict, "achievement.notice_stands", "the terms of its open licence are in public notice")
	}
	return nil
}

// opens reports whether a text offers an open licence otherwise than the present one does, so that its terms have to stand in notice.
func (a *Achievement) opens(p *Profile) bool {
	had, has := slices.Contains(a.Profile.Ways, OpenLicence), slices.Contains(p.Ways, OpenLicence)
	return had != has || has && a.Profile.OpenTerms != p.OpenTerms
}

// apply puts the version on its way in force, and has the firms told.
func (a *Achievement) apply(now time.Time, p Profile, s Settings) {
	if a.opens(&p) {
		a.putOpenNotice(now, p.Ways, s)
	}
	line := a.Change.VersionLine
	line.At = when.At(now)
	a.Profile, a.Change = p, nil
	a.Versions = append(a.Versions, line)
	a.Telling, a.TellAt = &Telling{Version: line.ID}, 1
}

// Approve sends a version on: the office's to the operator when it is of substance, and else into force. It refuses Conflict
// achievement.no_change when another version lies there meanwhile.
func (a *Achievement) Approve(by By, now time.Time, id, note string, p Profile, s Settings) error {
	if err := a.decides(ApproveAchievementChange, by, id); err != nil {
		return err
	}
	if err := a.changeable(a.Change.Substance, &p); err != nil {
		return err
	}
	if by.Role == Office && a.Change.Substance {
		a.Change.Desk, a.SubmittedAt = AtOperator, when.At(now)
	} else {
		a.apply(now, p, s)
	}
	a.record(ApproveAchievementChange, by, now, a.State, note)
	return nil
}

// ReturnChange sends a version back with the reason; the text before it stands.
func (a *Achievement) ReturnChange(by By, now time.Time, id, reason string) error {
	if err := a.decides(ReturnAchievementChange, by, id); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	a.Change.Desk, a.Change.Returned = "", reason
	a.record(ReturnAchievementChange, by, now, a.State, reason)
	return nil
}

// decides answers whether by may decide on the version now.
func (a *Achievement) decides(act Action, by By, id string) error {
	if err := a.May(act, by.Role); err != nil {
		return err
	}
	switch {
	case a.Change == nil || a.Change.Desk == "" || a.Change.ID != id:
		return fault.New(fault.Conflict, "achievement.no_change", "this version does not wait for a decision")
	case (a.Change.Desk == AtOperator) != (by.Role == Operator):
		return fault.New(fault.Conflict, "achievement.other_desk", "it lies on another desk")
	}
	return nil
}

// knows reports whether a version is in force, was, or is on its way.
func (a *Achievement) knows(version string) bool {
	return a.Change != nil && a.Change.ID == version || slices.ContainsFunc(a.Versions, func(l VersionLine) bool { return l.ID == version })
}
