package demand

import (
	"context"
	"slices"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is 先试首用: an applicant tries its product on the issuer's site, reports, and the issuer buys or says why not.

// TrialForm is an application for a trial.
type TrialForm struct {
	Product       string `json:"product,omitempty"`
	Maturity      string `json:"maturity,omitempty"` // how far it is: prototype, small batch, …
	Plan          string `json:"plan,omitempty"`
	SiteNeeds     string `json:"siteNeeds,omitempty"` // what the issuer has to provide
	Days          int    `json:"days,omitempty"`
	AfterPriceFen int64  `json:"afterPriceFen,omitempty"` // the price it would be sold at
}

func (f *TrialForm) problems(need func(bool, string, string)) {
	need(f.Product != "", "trial.product", "required")
	need(f.Plan != "", "trial.plan", "required")
	need(f.Days > 0, "trial.days", "required")
}

// Trial is what both sides agreed on and what came of it.
type Trial struct {
	From       when.Instant `json:"from"`
	To         when.Instant `json:"to"`
	Terms      string       `json:"terms"`
	AgreedAt   when.Instant `json:"agreedAt,omitempty"`
	Refused    string       `json:"refused,omitempty"` // why the applicant did not take the terms last offered
	Report     string       `json:"report,omitempty"`
	MetTargets []int        `json:"metTargets,omitempty"` // places in the demand's targets, from 0
	ReportedAt when.Instant `json:"reportedAt,omitempty"`
	Bought     bool         `json:"bought,omitempty"`
	AmountFen  int64        `json:"amountFen,omitempty"` // of the purchase
	DecidedAt  when.Instant `json:"decidedAt,omitempty"`
}

// OfferTrial names a trial's period and terms; until the applicant answers they may be replaced.
func (b *Bid) OfferTrial(by By, now time.Time, d *Demand, from, to when.Instant, terms string) error {
	if err := b.dealt(OfferTrial, by, d, terms); err != nil {
		return fieldNamed(err, "terms")
	}
	if from == 0 || to <= from || to <= when.At(now) {
		return fault.Bad(fault.Field{Path: "to", Code: "before_start"})
	}
	b.Deal = &Trial{From: from, To: to, Terms: terms}
	b.record(OfferTrial, by, now, TrialOffered, "")
	return nil
}

// AcceptTrial agrees to the terms: the trial begins.
func (b *Bid) AcceptTrial(by By, now time.Time, d *Demand) error {
	if err := b.dealt(AcceptTrial, by, d, "-"); err != nil {
		return err
	}
	b.Deal.AgreedAt = when.At(now)
	b.record(AcceptTrial, by, now, Trialling, "")
	return nil
}

// RefuseTrial does not take the terms; the issuer may offer others.
func (b *Bid) RefuseTrial(by By, now time.Time, d *Demand, reason string) error {
	if err := b.dealt(RefuseTrial, by, d, reason); err != nil {
		return err
	}
	b.Deal.Refused = reason
	b.record(RefuseTrial, by, now, BidSubmitted, reason)
	return nil
}

// ReportTrial hands in what the trial showed, target by target.
func (b *Bid) ReportTrial(by By, now time.Time, d *Demand, report string, met []int) error {
	if err := b.dealt(ReportTrial, by, d, report); err != nil {
		return fieldNamed(err, "report")
	}
	for _, i := range met {
		if i < 0 || i >= len(d.Terms.Targets) {
			return fault.Bad(fault.Field{Path: "metTargets", Code: "not_in"})
		}
	}
	slices.Sort(met)
	b.Deal.Report, b.Deal.MetTargets, b.Deal.ReportedAt = report, slices.Compact(met), when.At(now)
	b.record(ReportTrial, by, now, Reported, "")
	return nil
}

// DecidePurchase ends a trial: bought, with the amount if there is one, or not. The applicant reads the reason either way.
func (b *Bid) DecidePurchase(by By, now time.Time, d *Demand, buys bool, amountFen int64, reason string) error {
	if err := b.dealt(DecidePurchase, by, d, reason); err != nil {
		return err
	}
	to := Lost
	if buys {
		to = Won
	}
	b.Deal.Bought, b.Deal.AmountFen, b.Deal.DecidedAt = buys, amountFen, when.At(now)
	b.Reason, b.Announced = reason, true
	b.record(DecidePurchase, by, now, to, reason)
	return nil
}

// fieldNamed says which field a missing reason was, where a step calls it something else.
func fieldNamed(err error, path string) error {
	if e := fault.As(err); e.Kind == fault.Invalid {
		return fault.Bad(fault.Field{Path: path, Code: "required"})
	}
	return err
}

// deal takes a step on one answer of a demand whose answers are dealt with one by one, and tells the other side.
func (s *Service) deal(ctx context.Context, bidID, event string, step func(b *Bid, by By, now time.Time, d *Demand) error) (api.Bid, error) {
	_, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	return s.changeBid(ctx, bidID, demand, a, func(tx *docstore.Tx[Bid], by By) error {
		b, d := tx.Body, &demand.Body
		if err := step(b, by, tx.Now, d); err != nil {
			return err
		}
		m := about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).with("orgName", d.Issuer)
		if by.Role == Bidder {
			m = about(b.DemandID, d, evaluatePage(b.DemandID), toOrg(d.IssuerID)).with("orgName", b.OrgName)
		}
		if b.Deal != nil {
			m.with("from", at(b.Deal.From)).with("until", at(b.Deal.To))
		}
		return tx.Emit(event, m.with("reason", b.Reason).with("won", b.State == Won).with("lost", b.State == Lost).with("accepted", b.State == Trialling))
	})
}

// DeclineBid turns one answer down, with the reason.
func (s *Service) DeclineBid(ctx context.Context, bidID, reason string) (api.Bid, error) {
	return s.deal(ctx, bidID, bidDeclined, func(b *Bid, by By, now time.Time, d *Demand) error { return b.Decline(by, now, d, reason) })
}

// OfferTrial names period and terms of a trial.
func (s *Service) OfferTrial(ctx context.Context, bidID string, in api.TrialOffer) (api.Bid, error) {
	return s.deal(ctx, bidID, trialOffered, func(b *Bid, by By, now time.Time, d *Demand) error {
		return b.OfferTrial(by, now, d, when.At(in.From), when.At(in.To), in.Terms)
	})
}

// AcceptTrial agrees to a trial.
func (s *Service) AcceptTrial(ctx context.Context, bidID string) (api.Bid, error) {
	return s.deal(ctx, bidID, trialAnswered, func(b *Bid, by By, now time.Time, d *Demand) error { return b.AcceptTrial(by, now, d) })
}

// RefuseTrial does not take the terms.
func (s *Service) RefuseTrial(ctx context.Context, bidID, reason string) (api.Bid, error) {
	return s.deal(ctx, bidID, trialAnswered, func(b *Bid, by By, now time.Time, d *Demand) error { return b.RefuseTrial(by, now, d, reason) })
}

// ReportTrial hands in the report.
func (s *Service) ReportTrial(ctx context.Context, bidID string, in api.TrialReport) (api.Bid, error) {
	return s.deal(ctx, bidID, trialReported, func(b *Bid, by By, now time.Time, d *Demand) error {
		return b.ReportTrial(by, now, d, in.Report, slices.Clone(in.MetTargets))
	})
}

// DecidePurchase ends a trial.
func (s *Service) DecidePurchase(ctx context.Context, bidID string, in api.PurchaseDecision) (api.Bid, error) {
	step := func(b *Bid, by By, now time.Time, d *Demand) error {
		return b.DecidePurchase(by, now, d, in.Buys, in.AmountFen, in.Reason)
	}
	if !in.Buys {
		return s.deal(ctx, bidID, trialDecided, step)
	}
	// The purchase's task is promised before the purchase is written, so that no crash can come in between.
	demandID, err := s.promiseTask(ctx, bidID, step)
	if err != nil {
		return api.Bid{}, err
	}
	v, err := s.deal(ctx, bidID, trialDecided, step)
	s.keepPromise(ctx, demandID)
	return v, err
}
