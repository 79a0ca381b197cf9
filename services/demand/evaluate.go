package demand

import (
	"context"
	"slices"
	"strings"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// evaluating makes a step on a bid of the caller's own demand. The first one takes the demand from bidding_closed to evaluating.
func (s *Service) evaluating(ctx context.Context, bidID string, step func(tx *docstore.Tx[Bid], by By, d *Demand) error) (api.Bid, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	d := &demand.Body
	if role(a, d) != Issuer {
		return api.Bid{}, access.Forbid.Err()
	}
	if d.Tasks.OpenBids { // closed a moment ago: the bids are still being opened
		if err := s.advance(ctx, demand.ID); err != nil {
			return api.Bid{}, err
		}
	}
	if d.State == BiddingClosed {
		trial := bid.Body
		probe := docstore.Tx[Bid]{ID: bid.ID, Rev: bid.Rev, Now: s.now(), Body: &trial}
		if trial.State == BidSubmitted {
			if err := trial.Open(probe.Now); err != nil {
				return api.Bid{}, err
			}
		}
		if err := step(&probe, by(a, d), d); err != nil {
			return api.Bid{}, err
		}
		demand, err = s.demands.Update(ctx, demand.ID, func(tx *docstore.Tx[Demand]) error {
			if tx.Body.State == Evaluating { // somebody else was first
				return nil
			}
			return tx.Body.StartEvaluation(by(a, tx.Body), tx.Now)
		})
		if err != nil {
			return api.Bid{}, err
		}
		d = &demand.Body
	}
	return s.changeBid(ctx, bid.ID, demand, a, func(tx *docstore.Tx[Bid], b By) error { return step(tx, by(a, d), d) })
}

// FormalCheckBid records the formal check.
func (s *Service) FormalCheckBid(ctx context.Context, bidID string, in api.FormalCheckInput) (api.Bid, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Bid{}, err
	}
	check := Check{Outcome: string(in.Outcome), Reason: strings.TrimSpace(in.Reason), Missing: in.Missing}
	return s.evaluating(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		if err := b.Checked(by, tx.Now, d, check, settings); err != nil {
			return err
		}
		if check.Outcome != NeedsPapers {
			return nil // a failed bid is told with the award, like every loser
		}
		return tx.Emit(bidCorrection, about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).
			with("missing", check.Missing).with("dueAt", at(b.Check.CorrectBy)).with("reason", check.Reason))
	})
}

// ScoreBid scores a bid against every criterion.
func (s *Service) ScoreBid(ctx context.Context, bidID string, in api.ScoreInput) (api.Bid, error) {
	var scores []Score
	for _, g := range in.Scores {
		scores = append(scores, Score{Key: g.Key, Score: g.Score, Reason: g.Reason})
	}
	return s.evaluating(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		return tx.Body.ScoreCriteria(by, tx.Now, d, scores)
	})
}

// ShortlistBid puts a scored bid on the shortlist, or takes it off.
func (s *Service) ShortlistBid(ctx context.Context, bidID string, on bool, note string) (api.Bid, error) {
	return s.evaluating(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		return tx.Body.Shortlist(by, tx.Now, d, on, note)
	})
}

// giveReasons writes what losers will be told, each on its own bid, before the decision that needs them.
func (s *Service) giveReasons(ctx context.Context, id string, feedback []api.LossReason) error {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return err
	}
	d := &doc.Body
	for i, f := range feedback {
		if !d.In(f.BidId) {
			return fault.Bad(fault.Field{Path: "feedback[" + itoa(i) + "].bidId", Code: "not_in", Detail: "the bid is not in the closing manifest"})
		}
		_, err := s.bids.Update(ctx, f.BidId, func(tx *docstore.Tx[Bid]) error {
			if tx.Body.State == Won || tx.Body.State == Lost { // a publication under way; it froze the reasons
				return nil
			}
			return tx.Body.GiveReason(by(a, d), tx.Now, d, f.Reason)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// AwardDemand decides the winners and writes the reasons for the others.
func (s *Service) AwardDemand(ctx context.Context, id string, in api.AwardInput) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	if err := doc.Body.may(AwardDemand, role(a, &doc.Body)); err != nil {
		return api.Demand{}, err
	}
	if doc.Body.Tasks.OpenBids { // closed a moment ago
		if err := s.advance(ctx, id); err != nil {
			return api.Demand{}, err
		}
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	for i := range bids { // a quote's validity is in its sealed part
		if err := s.openFor(ctx, &bids[i], &doc.Body, role(a, &doc.Body)); err != nil {
			return api.Demand{}, err
		}
	}
	decision := Decision{Winners: in.Winners, Reason: in.Reason, Deviation: in.DeviationReason}
	for _, share := range in.Shares {
		decision.Shares = append(decision.Shares, Share{BidID: share.BidId, BP: share.Bp})
	}
	// The decision first: of two officials at once, the one who comes too late has not written on any bid. Cut short in between, the
	// feedback is missing, and nothing is published without it.
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		return tx.Body.Decide(by, tx.Now, decision, bids)
	})
	if err != nil {
		return v, err
	}
	return v, s.giveReasons(ctx, id, in.Feedback)
}

// PublishAward freezes the decision, gives every bid its outcome and starts the notice. A crash in between is taken up by the clock.
func (s *Service) PublishAward(ctx context.Context, id string) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	if _, err := s.mustStandIfIssuer(ctx, a, &doc.Body); err != nil {
		return api.Demand{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	if _, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		return tx.Body.BeginPublishing(by, tx.Now, bids)
	}); err != nil {
		return api.Demand{}, err
	}
	return s.finish(ctx, id)
}

// DeclareNoAward ends without a winner, under the same rule as an award: nobody loses without feedback.
func (s *Service) DeclareNoAward(ctx context.Context, id string, in api.NoAwardInput) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	if err := doc.Body.may(DeclareNoAward, role(a, &doc.Body)); err != nil {
		return api.Demand{}, err
	}
	if doc.Body.Tasks.OpenBids {
		if err := s.advance(ctx, id); err != nil {
			return api.Demand{}, err
		}
	}
	if err := s.giveReasons(ctx, id, in.Feedback); err != nil {
		return api.Demand{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Demand{}, err
	}
	if _, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		return tx.Body.BeginNoAward(by, tx.Now, in.Reason, bids)
	}); err != nil {
		return api.Demand{}, err
	}
	return s.finish(ctx, id)
}

// mustStandIfIssuer asks account whether the issuer still stands; anybody else is refused by the step itself.
func (s *Service) mustStandIfIssuer(ctx context.Context, a access.Actor, d *Demand) (Organisation, error) {
	if role(a, d) != Issuer {
		return Organisation{}, nil
	}
	return s.mustStand(ctx, a.OrgID)
}

// finish carries a decision through and shows the demand.
func (s *Service) finish(ctx context.Context, id string) (api.Demand, error) {
	if err := s.decide(ctx, id); err != nil {
		return api.Demand{}, err
	}
	s.tryTasks(ctx, id)
	doc, err := s.demands.Get(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	return s.view(ctx, doc, access.From(ctx))
}

// decide gives every bid of the manifest its outcome, then publishes. Every step may be repeated. When a bid cannot be told (its
// feedback went missing between the check and the freezing), everything is taken back.
func (s *Service) decide(ctx context.Context, id string) error {
	doc, err := s.demands.Get(ctx, id)
	if err != nil {
		return err
	}
	d := &doc.Body
	if !d.Tasks.Deciding {
		return nil // another one was first
	}
	who := By{Role: Issuer, UserID: d.Award.UserID, OrgID: d.IssuerID, Name: d.Issuer}
	for _, e := range d.Manifest {
		_, err := s.bids.Update(docstore.Unwitnessed(ctx), e.BidID, func(tx *docstore.Tx[Bid]) error { // what the decision on the demand means for it
			won := slices.Contains(d.Award.Winners, e.BidID)
			switch {
			case tx.Body.State == Won && won, tx.Body.State == Lost && !won:
				return nil
			case won:
				return tx.Body.Win(who, tx.Now)
			default:
				return tx.Body.Lose(who, tx.Now)
			}
		})
		if err == nil {
			continue
		}
		return s.undecide(ctx, id, err)
	}
	bids, err := s.manifest(ctx, d)
	if err != nil {
		return err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return err
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if !d.Tasks.Deciding {
			return nil
		}
		if len(d.Award.Winners) == 0 {
			if err := d.FinishNoAward(who, tx.Now, bids); err != nil {
				return err
			}
			return tx.Emit(demandNoAward, about(id, d, resultPage(id), toOrg(d.IssuerID)).with("reason", d.Reason))
		}
		return d.FinishPublishing(who, tx.Now, settings, bids) // its bidders are told one by one
	})
	return s.undecide(ctx, id, err)
}

// undecide takes a publication back that broke a rule on its way. A failure of the store is no such thing: the clock tries again.
func (s *Service) undecide(ctx context.Context, id string, cause error) error {
	if cause == nil || fault.KindOf(cause) != fault.Conflict {
		return cause
	}
	if _, err := s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		if tx.Body.Tasks.Deciding {
			tx.Body.CancelPublishing()
		}
		return nil
	}); err != nil {
		return err
	}
	s.tryTasks(ctx, id)
	return cause
}
