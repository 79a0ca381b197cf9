package demand

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// This file is reopening a demand that ended without a winner (流标, or terminated after its deadline) as a new round: with a deadline, bids,
// a panel and a notice of its own. The round before stays as it ended, a document of its own, and so do its bids.

// ReopenDemand is the issuer's.
const ReopenDemand Action = "reopenDemand"

// maxRounds keeps a demand from being tried for ever; what needs more is another demand.
const maxRounds = 9

// PastRound is a round that is over, as the demand stood then, id "<demand>:<round>".
type PastRound struct {
	DemandID string  `json:"demandId"`
	Round    int     `json:"round"`
	Demand   Demand  `json:"demand"`
	Reason   string  `json:"reason"` // of the reopening
	Begun    bool    `json:"begun"`  // those who followed it are being told, or have been
	Telling  Telling `json:"telling"`
}

func roundID(demandID string, round int) string { return demandID + ":" + strconv.Itoa(round) }

// Reopen begins a new round of a demand that ended without a winner, under its own code. What was decided stays in the round before.
func (d *Demand) Reopen(by By, now time.Time, deadline time.Time, reason string, invited []Invite, s Settings) error {
	if err := d.review(ReopenDemand, by, reason); err != nil {
		return err
	}
	if err := d.reopenable(); err != nil {
		return err
	}
	next := *d
	next.History = slices.Clone(d.History)
	next.Round++
	next.ClosedAt, next.EndedAt, next.AwardedAt, next.RemindAt, next.Reason = 0, 0, 0, 0, ""
	next.Invites, next.Panel, next.Manifest, next.Award, next.Notice, next.Contest, next.Tasks = nil, nil, nil, nil, nil, nil, Tasks{Reopened: true}
	next.Changes, next.SubstanceAt, next.Changing = 0, 0, nil
	if err := next.publishAs(ReopenDemand, by, now, deadline, d.Code, invited, s); err != nil {
		return err
	}
	next.History[len(next.History)-1].Reason = reason
	*d = next
	return nil
}

// reopenable reports whether the demand's end leaves room for another round.
func (d *Demand) reopenable() error {
	switch {
	case d.ClosedAt == 0:
		return fault.New(fault.Conflict, "demand.not_closed", "it ended before its deadline")
	case d.Tasks.any():
		return fault.New(fault.Conflict, "demand.settling", "its bidders are still being told")
	case d.Round >= maxRounds:
		return fault.Newf(fault.Conflict, "demand.rounds_full", "at most %d rounds", maxRounds)
	}
	return nil
}

// about and message tell those who bid in a round that is over, and who watch the demand, that there is another one.
func (r *PastRound) about() (string, *Telling) { return r.DemandID, &r.Telling }

func (r *PastRound) message(d *Demand) (string, message) {
	return demandReopened, about(r.DemandID, d, publicPage(r.DemandID)).with("reason", r.Reason).with("round", r.Round+1).with("deadline", at(d.Deadline))
}

// ReopenDemand begins a new round. The round before is kept first: cut short in between, it is kept and nothing else has happened.
func (s *Service) ReopenDemand(ctx context.Context, id string, deadline time.Time, reason string) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	if _, err := s.mustStandIfIssuer(ctx, a, &doc.Body); err != nil {
		return api.Demand{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	trial := doc.Body
	if err := trial.Reopen(by(a, &trial), s.now(), deadline, reason, nil, settings); err != nil {
		return api.Demand{}, err
	}
	invited, err := s.invited(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	past := PastRound{DemandID: id, Round: doc.Body.Round, Demand: doc.Body, Reason: reason}
	_, err = s.rounds.Insert(ctx, roundID(id, past.Round), past)
	if err != nil && fault.KindOf(err) == fault.Duplicate { // kept by a request that was cut short
		_, err = s.rounds.Update(ctx, roundID(id, past.Round), func(tx *docstore.Tx[PastRound]) error {
			if !tx.Body.Begun {
				*tx.Body = past
			}
			return nil
		})
	}
	if err != nil {
		return api.Demand{}, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		d := tx.Body
		if d.Round != past.Round {
			return fault.Newf(fault.Conflict, "demand.wrong_state", "round %d has begun already", d.Round)
		}
		if err := d.Reopen(by, tx.Now, deadline, reason, invited, settings); err != nil {
			return err
		}
		return tx.Emit(demandPublished, about(id, d, publicPage(id), toOrg(d.IssuerID)).with("deadline", at(d.Deadline)))
	})
	if err == nil {
		s.tryTasks(ctx, id)
	}
	return v, err
}

// tellReopened is the follow-up of a reopening: those who bid in the round before or watch the demand hear of the new one.
func (s *Service) tellReopened(ctx context.Context, id string, d *Demand) error {
	key := roundID(id, d.Round-1)
	if _, err := s.rounds.Update(ctx, key, func(tx *docstore.Tx[PastRound]) error {
		if tx.Body.Begun {
			return nil
		}
		tx.Body.Begun = true
		tx.Body.Telling.begin(tx.Now)
		tx.Body.Telling.Round = tx.Body.Round
		return nil
	}); err != nil {
		return err
	}
	if err := s.done(ctx, id, func(t *Tasks) { t.Reopened = false }); err != nil {
		return err
	}
	return tell(ctx, s, s.rounds, key)
}

// inRound is a demand as it stood in one of its rounds; 0 and the present one are the demand itself. Errors: NotFound.
func (s *Service) inRound(ctx context.Context, demand docstore.Doc[Demand], round int) (docstore.Doc[Demand], error) {
	if round == 0 || round == demand.Body.Round {
		return demand, nil
	}
	past, err := s.rounds.Get(ctx, roundID(demand.ID, round))
	if err != nil {
		return demand, err
	}
	if round > demand.Body.Round { // kept, and not begun
		return demand, fault.New(fault.NotFound, "", "there is no such round")
	}
	demand.Body = past.Body.Demand
	return demand, nil
}

// roundOf is the round in a bid's id.
func roundOf(bidID string) int {
	parts := strings.Split(bidID, ":")
	if len(parts) < 3 {
		return 0
	}
	n, err := strconv.Atoi(parts[len(parts)-2])
	if err != nil {
		return 0
	}
	return n
}

// ListDemandRounds are the rounds that are over, the newest first, for whoever may read the demand.
func (s *Service) ListDemandRounds(ctx context.Context, id string) ([]api.DemandRound, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	items := []api.DemandRound{}
	for round := doc.Body.Round - 1; round > 0; round-- {
		past, err := s.inRound(ctx, doc, round)
		if err != nil {
			return nil, err
		}
		d := &past.Body
		items = append(items, api.DemandRound{Round: round, State: api.DemandState(d.State), PublishedAt: d.PublishedAt.Time(), Deadline: d.Deadline.Time(),
			ClosedAt: d.ClosedAt.Time(), EndedAt: d.EndedAt.Time(), Reason: d.Reason, BidCount: len(d.Manifest)})
	}
	return items, nil
}
