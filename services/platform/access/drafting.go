package access

import (
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Drafted says that staff wrote a thing for an organisation, at its word (代发/代办). It counts for nothing until the organisation hands
// it in itself, which is the confirmation; staff never confirm. A nil Drafted is the organisation's own writing, with nothing to confirm.
type Drafted struct {
	UserID     string       `json:"userId"` // who wrote it: the one told of the answer, shown to nobody
	Office     string       `json:"office"` // whose desk that was, shown to everyone who reads the record
	At         when.Instant `json:"at"`
	AskedAt    when.Instant `json:"askedAt,omitempty"`    // the organisation was asked to confirm
	AnsweredAt when.Instant `json:"answeredAt,omitempty"` // it confirmed, or declined
	AnsweredBy string       `json:"answeredBy,omitempty"` // the organisation's name then
	Reason     string       `json:"reason,omitempty"`     // why it declined; "" when it confirmed
}

// DraftState is where a draft of staff's stands.
type DraftState string

// Staff write, then ask; the organisation confirms or declines. What staff change after asking has to be asked again.
const (
	NotDrafted     DraftState = ""
	Drafting       DraftState = "drafting"
	DraftWaiting   DraftState = "waiting"
	DraftConfirmed DraftState = "confirmed"
	DraftDeclined  DraftState = "declined"
)

// Desk is the staff who may write for organisations; every one of them for what it oversees: see DraftFor.
func Desk(a Actor) bool {
	return a.Staff == PlatformStaff || a.Staff == CityOperator || a.Staff == DistrictOperator
}

// DraftFor begins a draft for an organisation of the district: platform staff and the city's operators for anyone, a district's for its
// own. Nobody drafts for an organisation that it acts for. Errors: Forbidden.
func DraftFor(a Actor, orgID, district, office string, now time.Time) (*Drafted, error) {
	if !Desk(a) || a.Staff != PlatformStaff && !a.Operates(district) || a.OrgID == orgID {
		return nil, Forbid.Err()
	}
	return &Drafted{UserID: a.UserID, Office: office, At: when.At(now)}, nil
}

// State is where it stands.
func (d *Drafted) State() DraftState {
	switch {
	case d == nil:
		return NotDrafted
	case d.Reason != "":
		return DraftDeclined
	case d.AnsweredAt != 0:
		return DraftConfirmed
	case d.AskedAt != 0:
		return DraftWaiting
	}
	return Drafting
}

// Line says in a file whose desk drafted it, and on which day; "" for the organisation's own writing.
func (d *Drafted) Line() string {
	if d == nil {
		return ""
	}
	return d.Office + " " + string(when.DayOf(d.At.Time())) + " 代拟"
}

// By reports whether the actor wrote it.
func (d *Drafted) By(a Actor) bool { return d != nil && a.UserID != "" && a.UserID == d.UserID }

// Open reports whether the organisation has not answered yet: so long its writer may read and change it.
func (d *Drafted) Open() bool { s := d.State(); return s == Drafting || s == DraftWaiting }

// Rewritten records that staff changed it: what was asked before counts no more. Errors: Forbidden for anybody but its writer, Conflict
// draft.answered.
func (d *Drafted) Rewritten(userID string) error {
	if d == nil || userID != d.UserID {
		return Forbid.Err()
	}
	if !d.Open() {
		return errAnswered
	}
	d.AskedAt = 0
	return nil
}

// Ask asks the organisation to confirm. Errors: Forbidden for anybody but its writer; Conflict draft.answered, draft.asked.
func (d *Drafted) Ask(userID string, now time.Time) error {
	if d == nil || userID != d.UserID {
		return Forbid.Err()
	}
	switch d.State() {
	case Drafting:
		d.AskedAt = when.At(now)
		return nil
	case DraftWaiting:
		return fault.New(fault.Conflict, "draft.asked", "the organisation was asked already")
	}
	return errAnswered
}

// Confirm is the organisation's handing it in, by one of its members under its name. What is the organisation's own, or confirmed before,
// is left as it is. Errors: Forbidden draft.own for who wrote it, Conflict draft.not_asked while staff still write.
func (d *Drafted) Confirm(userID, org string, now time.Time) error {
	switch d.State() {
	case NotDrafted, DraftConfirmed:
		return nil
	case Drafting:
		return fault.New(fault.Conflict, "draft.not_asked", "staff are still writing this")
	case DraftDeclined:
		return errAnswered
	}
	if userID == d.UserID {
		return fault.New(fault.Forbidden, "draft.own", "who wrote it for an organisation does not confirm it")
	}
	d.AnsweredAt, d.AnsweredBy = when.At(now), org
	return nil
}

// Decline is the organisation's no. Errors: Invalid without a reason; Conflict draft.not_drafted, draft.answered.
func (d *Drafted) Decline(org, reason string, now time.Time) error {
	if d == nil {
		return fault.New(fault.Conflict, "draft.not_drafted", "the organisation wrote this itself")
	}
	if !d.Open() {
		return errAnswered
	}
	if strings.TrimSpace(reason) == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	d.AnsweredAt, d.AnsweredBy, d.Reason = when.At(now), org, strings.TrimSpace(reason)
	return nil
}

var errAnswered = fault.New(fault.Conflict, "draft.answered", "the organisation has answered already")
