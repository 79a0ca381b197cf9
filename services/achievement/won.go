package achievement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// This file is what the demand service asks: what an achievement is that somebody names in a bid or a demand, and the deal that a bid
// with an achievement leads to once it has won.

// Won is the 揭榜 a deal comes of: what was asked and offered there is not typed again.
type Won struct {
	BidID    string `json:"bidId"`
	DemandID string `json:"demandId"`
	Demand   string `json:"demand"` // its title
	Way      Way    `json:"way"`    // joint or commissioned
	PriceFen int64  `json:"priceFen,omitempty"`
	Months   int    `json:"months,omitempty"`
}

// NewWonDeal is the dealing a won bid leads to: the talks have been held in the bidding, so it begins there, and goes on by contract
// (委托开发, 合作开发: no pricing, no notice). The firm is the demand's issuer. Errors: Conflict achievement.wrong_state for one that is not
// public any more.
func NewWonDeal(now time.Time, id string, a *Achievement, firm Organisation, form InterestForm, won Won) (Deal, error) {
	if !a.Public() {
		return Deal{}, fault.New(fault.Conflict, "achievement.wrong_state", "the achievement is not public any more")
	}
	if won.Way != Joint {
		won.Way = Commissioned
	}
	by := By{Role: Clock, OrgID: firm.ID, Name: firm.Name}
	d := begin(by, now, id, a, firm.District)
	d.Interest, d.Won = form, &won
	d.Interest.Way = won.Way
	d.record(WinDeal, by, now, Talks, "")
	return d, nil
}

// wonDealID follows from the bid, so that a repeat finds the deal there.
func wonDealID(bidID string) string {
	sum := sha256.Sum256([]byte("won bid\x00" + bidID))
	return "w" + hex.EncodeToString(sum[:12])
}

// PutWonDeal begins the deal of a won bid and gives its id; asked again, it is the same. Where university and firm talk about the
// achievement already, the bid is noted on that deal.
func (s *Service) PutWonDeal(ctx context.Context, bidID string, in api.WonBidInput) (string, error) {
	ctx = docstore.Unwitnessed(ctx)
	id := wonDealID(bidID)
	if _, err := s.deals.Get(ctx, id); err == nil || fault.KindOf(err) != fault.NotFound {
		return id, err
	}
	a, err := s.achievements.Get(ctx, in.AchievementId)
	if err != nil {
		return "", err
	}
	if a.Body.OrgID != in.SellerId {
		return "", fault.Bad(fault.Field{Path: "achievementId", Code: "not_a_choice"})
	}
	firm, err := s.o.Organisations.Get(ctx, in.FirmId)
	if err != nil {
		return "", err
	}
	won := Won{BidID: bidID, DemandID: in.DemandId, Demand: in.Demand, Way: Way(in.Way), PriceFen: in.PriceFen, Months: in.Months}
	d, err := NewWonDeal(s.now(), in.AchievementId, &a.Body, firm, InterestForm{Need: in.Demand, RequiredTRL: in.RequiredTrl, ContactName: in.ContactName,
		ContactPhone: in.ContactPhone}, won)
	if err != nil {
		return "", err
	}
	d.RegistrationKey = "deal:" + id
	_, err = s.deals.Insert(ctx, id, d, docstore.Emit(dealWon, dealMessage(id, &d, d.SellerID, d.FirmID).with("demand", in.Demand)))
	if err == nil || fault.KindOf(err) != fault.Duplicate {
		return id, err
	}
	open, err := s.deals.Find(ctx, docstore.Query{Index: "slot", Equal: []any{d.Slot}, Limit: 1})
	if err != nil || len(open.Items) == 0 { // it was there under this id, or ended in between
		return id, err
	}
	_, err = s.deals.Update(ctx, open.Items[0].ID, func(tx *docstore.Tx[Deal]) error {
		if tx.Body.Won == nil {
			tx.Body.Won = &won
		}
		return nil
	})
	return open.Items[0].ID, err
}

// NamedAchievement is what another service may know of an achievement it was told the id of. Errors: NotFound for one that is not public.
func (s *Service) NamedAchievement(ctx context.Context, id string) (api.NamedAchievement, error) {
	doc, err := s.achievements.Get(ctx, id)
	if err == nil && !doc.Body.Public() {
		err = fault.New(fault.NotFound, "", "there is no such public achievement")
	}
	a := &doc.Body
	return api.NamedAchievement{Id: id, Name: a.Profile.Name, OrgId: a.OrgID, OrgName: a.OrgName, Trl: a.Profile.TRL}, err
}
