package achievement

import (
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is the one thing two firms can quarrel about: who has the achievement. It is decided inside the achievement's own document,
// so that of two who take the last exclusive slot at once one succeeds and the other is told.

// Hold is a deal's claim on an achievement, from the agreed terms on. A final one is signed and stays.
type Hold struct {
	DealID    string       `json:"dealId"`
	OrgID     string       `json:"orgId"` // the firm
	Way       Way          `json:"way"`
	Exclusive bool         `json:"exclusive,omitempty"`
	Final     bool         `json:"final,omitempty"`
	At        when.Instant `json:"at"`
}

// maxHolds bounds the licensees of one achievement.
const maxHolds = 500

// taken answers Conflict achievement.taken when a hold cannot stand beside those there are: an exclusive one beside another exclusive
// one, an exclusive licence beside any licence, anything beside an exclusive one. A transfer may follow plain licences: they go on.
func (a *Achievement) taken(h Hold) error {
	for _, other := range a.Holds {
		if other.DealID == h.DealID {
			continue
		}
		if other.Exclusive || h.Exclusive && !h.Way.owns() {
			return fault.New(fault.Conflict, "achievement.taken", "another firm was first to the exclusive right")
		}
	}
	return nil
}

// Hold takes the achievement for a deal. Taken again by the same deal, it is the same.
func (a *Achievement) Hold(by By, now time.Time, h Hold) error {
	if err := a.May(HoldAchievement, by.Role); err != nil {
		if a.State == Transferred {
			return fault.New(fault.Conflict, "achievement.taken", "it is transferred")
		}
		return err
	}
	if err := a.taken(h); err != nil {
		return err
	}
	if slices.ContainsFunc(a.Holds, func(other Hold) bool { return other.DealID == h.DealID }) {
		return nil
	}
	if len(a.Holds) >= maxHolds {
		return fault.New(fault.Conflict, "achievement.full", "it has as many licensees as one record can keep")
	}
	h.At, h.Final = when.At(now), false
	a.Holds = append(a.Holds, h)
	if h.Exclusive {
		a.record(HoldAchievement, by, now, Reserved, "")
	}
	return nil
}

// Release gives a hold back that was not signed. Released again, nothing happens.
func (a *Achievement) Release(now time.Time, dealID string) error {
	i := slices.IndexFunc(a.Holds, func(h Hold) bool { return h.DealID == dealID })
	if i < 0 {
		return nil
	}
	if a.Holds[i].Final {
		return fault.New(fault.Conflict, "achievement.signed", "what is signed is not released")
	}
	exclusive := a.Holds[i].Exclusive
	a.Holds = slices.Delete(a.Holds, i, i+1)
	if exclusive && a.State == Reserved {
		a.record(ReleaseAchievement, By{Role: Clock}, now, Published, "")
	}
	return nil
}

// Settle makes a signed deal's hold final: a transfer or a stake ends the offer, an exclusive licence keeps it reserved.
func (a *Achievement) Settle(now time.Time, dealID string) error {
	i := slices.IndexFunc(a.Holds, func(h Hold) bool { return h.DealID == dealID })
	if i < 0 {
		return fault.New(fault.Conflict, "achievement.not_held", "the deal does not hold it")
	}
	if a.Holds[i].Final {
		return nil
	}
	a.Holds[i].Final = true
	to := a.State
	if a.Holds[i].Way.owns() {
		to = Transferred
	}
	a.record(SettleAchievement, By{Role: Clock}, now, to, "")
	return nil
}

// Stand is a public notice as the one who put it up keeps it: when it began, how many days it must stand, and how long it stood still.
type Stand struct {
	ID        string       `json:"id"` // the notice service's
	Days      int          `json:"days"`
	OpenedAt  when.Instant `json:"openedAt"`
	PausedAt  when.Instant `json:"pausedAt,omitempty"`
	StoodFor  int64        `json:"stoodFor,omitempty"` // milliseconds it stood still in all
	EndedAt   when.Instant `json:"endedAt,omitempty"`
	Objection string       `json:"objection,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Put       bool         `json:"put,omitempty"` // the notice service has it
	Round     int          `json:"round"`
}

// Pause stops the clock for an accepted objection.
func (n *Stand) Pause(now time.Time, objection, reason string) {
	if n.PausedAt == 0 && n.EndedAt == 0 {
		n.PausedAt, n.Objection, n.Reason = when.At(now), objection, reason
	}
}

// Resume lets it run on; the time it stood still does not count.
func (n *Stand) Resume(now time.Time) {
	if n.PausedAt != 0 {
		n.StoodFor += int64(when.At(now) - n.PausedAt)
		n.PausedAt = 0
	}
}

// End closes it. It refuses Conflict achievement.notice_too_early before its days have stood, net of pauses, whatever another service says.
func (n *Stand) End(now time.Time) error {
	if n.PausedAt != 0 {
		return fault.New(fault.Conflict, "achievement.notice_paused", "an accepted objection is not settled")
	}
	if stood := int64(when.At(now)-n.OpenedAt) - n.StoodFor; stood < int64(n.Days)*day {
		return fault.New(fault.Conflict, "achievement.notice_too_early", "the notice has not stood its days")
	}
	n.EndedAt = when.At(now)
	return nil
}

const day = int64(24 * time.Hour / time.Millisecond)
