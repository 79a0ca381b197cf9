package demand

import (
	"context"
	"net/http"
	"slices"

	achievementapi "lianbang/services/achievement/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// This file is where demands meet what universities offer: a bid that builds on an achievement of the bidder's, the deal such a bid leads to
// once it has won, and a demand that starts from an achievement that almost fits (订单式研发). Which achievement a sealed bid names is sealed
// with it: the achievement service learns the bare id when a draft is saved, and of the bid only after the award is final.

// AchievementRef is an achievement as it was called when it was named. The zero value names none.
type AchievementRef struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	OrgID   string `json:"orgId,omitempty"`
	OrgName string `json:"orgName,omitempty"`
	TRL     int    `json:"trl,omitempty"`
}

func (r AchievementRef) view() api.AchievementRef {
	return api.AchievementRef{Id: r.ID, Name: r.Name, OrgId: r.OrgID, OrgName: r.OrgName, Trl: r.TRL}
}

// WonBid is a winning bid with an achievement, as the achievement service takes it.
type WonBid struct {
	ID, DemandID, Demand      string
	Achievement               AchievementRef
	FirmID, Way               string
	PriceFen                  int64
	Months, RequiredTRL       int
	ContactName, ContactPhone string
}

// Achievements is the achievement service as this one uses it. Errors: NotFound for one that is not public; Unavailable when it is away.
type Achievements interface {
	Named(ctx context.Context, id string) (AchievementRef, error)
	// Won begins the deal of a won bid and gives its id; told again, it is the same.
	Won(ctx context.Context, b WonBid) (dealID string, err error)
}

// named finds an achievement by its id; had is what was named before and is not asked for again.
func (s *Service) named(ctx context.Context, id string, had AchievementRef) (AchievementRef, error) {
	wrong := fault.Bad(fault.Field{Path: "achievementId", Code: "not_a_choice"})
	switch {
	case id == "" || id == had.ID && had.Name != "":
		return had, nil
	case s.o.Achievements == nil:
		return AchievementRef{}, wrong
	}
	ref, err := s.o.Achievements.Named(ctx, id)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		err = wrong
	}
	return ref, err
}

// attach resolves the achievement an offer names: a published one of the bidder's own.
func (s *Service) attach(ctx context.Context, o *Offer, orgID string, had AchievementRef) error {
	if o.Achievement.ID == "" {
		return nil
	}
	ref, err := s.named(ctx, o.Achievement.ID, had)
	if err == nil && ref.OrgID != orgID {
		err = fault.Bad(fault.Field{Path: "achievementId", Code: "not_a_choice"})
	}
	o.Achievement = ref
	return err
}

// attachAgain resolves it for an edit: one that the bid names already stays as it was called.
func (s *Service) attachAgain(ctx context.Context, o *Offer, bidID string) error {
	if o.Achievement.ID == "" {
		return nil
	}
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return err
	}
	if err := s.openFor(ctx, &bid.Body, &demand.Body, bidRole(a, &bid.Body, &demand.Body)); err != nil {
		return err
	}
	return s.attach(ctx, o, bid.Body.OrgID, bid.Body.Offer.Achievement)
}

// startFrom resolves the achievement a demand starts from.
func (s *Service) startFrom(ctx context.Context, t *Terms, had AchievementRef) error {
	if t.AchievementID == "" {
		return nil
	}
	ref, err := s.named(ctx, t.AchievementID, had)
	t.Achievement = ref
	return err
}

// startFromAgain resolves it for an edit.
func (s *Service) startFromAgain(ctx context.Context, t *Terms, demandID string) error {
	if t.AchievementID == "" {
		return nil
	}
	doc, a, err := s.visible(ctx, demandID)
	if err != nil {
		return err
	}
	had := doc.Body.Terms.Achievement
	if role(a, &doc.Body) == Stranger {
		had = AchievementRef{}
	}
	return s.startFrom(ctx, t, had)
}

// wonDeal begins the deal that a winning bid's achievement leads to, before its task is made, and gives the deal's id; "" where the bid
// names none, or one that was withdrawn since.
func (s *Service) wonDeal(ctx context.Context, demandID string, d *Demand, b *Bid) (string, error) {
	if b.Offer.Achievement.ID == "" || s.o.Achievements == nil {
		return "", nil
	}
	id, err := s.o.Achievements.Won(ctx, WonBid{ID: b.ID, DemandID: demandID, Demand: d.Terms.Title, Achievement: b.Offer.Achievement, FirmID: d.IssuerID,
		Way: b.Offer.Application.CooperationWay, PriceFen: b.priceFen(), Months: b.Offer.Application.ScheduleMonths, RequiredTRL: d.Terms.RequiredTRL,
		ContactName: d.Terms.Contact.Name, ContactPhone: d.Terms.Contact.Phone})
	if err != nil && slices.Contains([]fault.Kind{fault.NotFound, fault.Conflict, fault.Invalid}, fault.KindOf(err)) {
		s.o.Log.Warn("a won bid's achievement is not on offer any more", "bid", b.ID, "error", err)
		return "", nil
	}
	return id, err
}

// achievements is the achievement service.
type achievements struct {
	api *achievementapi.ClientWithResponses
}

const achievementPeer = "achievement"

func newAchievements(peers *http.Client) (achievements, error) {
	c, err := achievementapi.NewClientWithResponses("http://"+achievementPeer, achievementapi.WithHTTPClient(peers))
	return achievements{c}, err
}

// Named asks what an achievement is.
func (c achievements) Named(ctx context.Context, id string) (AchievementRef, error) {
	answer, err := c.api.GetAchievementInternalWithResponse(ctx, id)
	if err != nil {
		return AchievementRef{}, rest.Away(achievementPeer, err)
	}
	if err := rest.PeerError(achievementPeer, answer.StatusCode(), answer.Body); err != nil {
		return AchievementRef{}, err
	}
	a := answer.JSON200
	return AchievementRef{ID: a.Id, Name: a.Name, OrgID: a.OrgId, OrgName: a.OrgName, TRL: a.Trl}, nil
}

// Won begins the deal of a won bid.
func (c achievements) Won(ctx context.Context, b WonBid) (string, error) {
	answer, err := c.api.PutWonDealInternalWithResponse(ctx, b.ID, achievementapi.WonBidInput{AchievementId: b.Achievement.ID, SellerId: b.Achievement.OrgID, FirmId: b.FirmID,
		DemandId: b.DemandID, Demand: b.Demand, Way: b.Way, PriceFen: b.PriceFen, Months: b.Months, RequiredTrl: b.RequiredTRL, ContactName: b.ContactName,
		ContactPhone: b.ContactPhone})
	if err != nil {
		return "", rest.Away(achievementPeer, err)
	}
	if err := rest.PeerError(achievementPeer, answer.StatusCode(), answer.Body); err != nil {
		return "", err
	}
	return answer.JSON200.DealId, nil
}
