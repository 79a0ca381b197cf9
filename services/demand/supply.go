package demand

import (
	"context"
	"errors"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// What the capability service asks of supply demands: the terms a supplier is held to, the quotes its buyer may read, and who was taken.

// GetSupplyDemandInternal is a supply demand with its quotes, for a peer that decides itself who sees which part. Quotes behind the seal
// are not in it.
func (s *Service) GetSupplyDemandInternal(ctx context.Context, id string) (api.SupplyDemand, error) {
	doc, err := s.load(ctx, id)
	if err != nil {
		return api.SupplyDemand{}, err
	}
	d := &doc.Body
	if d.Terms.Kind != Supply {
		return api.SupplyDemand{}, fault.New(fault.NotFound, "", "it is no supply demand")
	}
	v := api.SupplyDemand{Id: doc.ID, Code: d.Code, Title: d.Terms.Title, State: api.DemandState(d.State), IssuerId: d.IssuerID, IssuerName: d.Issuer, IssuerPublic: d.Terms.IssuerPublic,
		Public: d.Terms.Public, Published: d.PublishedAt != 0, Audience: d.audience(), Jurisdiction: d.Jurisdiction, Chain: d.Terms.Chain,
		Quantity: d.Terms.Quantity, Unit: d.Terms.Unit, Deadline: d.Deadline.Time(), PaymentDays: d.Terms.Payment.Days, Quotes: []api.SupplyQuote{}}
	if d.PublishedAt == 0 || d.Sealed && d.ClosedAt == 0 {
		return v, nil
	}
	var bids []Bid
	if d.ClosedAt != 0 {
		bids, err = s.manifest(ctx, d)
	} else {
		bids, err = s.bidsIn(ctx, id, d.Round, d.flow().active...)
	}
	if err != nil {
		return v, err
	}
	for i := range bids {
		b := &bids[i]
		if err := s.bids.unseal(ctx, b); err != nil {
			if errors.Is(err, errSealLost) {
				continue
			}
			return v, err
		}
		q := &b.Offer.Quote
		quote := api.SupplyQuote{BidId: b.ID, OrgId: b.OrgID, OrgName: b.OrgName, State: api.BidState(b.State), UnitPriceFen: q.UnitPriceFen, Unit: q.Unit, Quantity: q.Quantity,
			LeadTimeDays: q.LeadTimeDays, MonthlyCapacity: q.MonthlyCapacity, Certificates: q.Certificates, PaymentDays: q.PaymentDays, Note: q.Note, ValidUntil: q.ValidUntil.Time()}
		if d.Award != nil {
			quote.ShareBp = d.Award.share(b.ID)
		}
		v.Quotes = append(v.Quotes, quote)
	}
	return v, nil
}

// ListSupplyAwardsInternal are the supply demands in a state whose award was published, of everybody or of one issuer, with who was taken
// for which share. A page may be short and still have a next one.
func (s *Service) ListSupplyAwardsInternal(ctx context.Context, state, issuerID, cursor string) (api.SupplyAwardPage, error) {
	page := api.SupplyAwardPage{Items: []api.SupplyAward{}}
	q := docstore.Query{Index: "review", Equal: []any{state}, Limit: docstore.MaxLimit, Cursor: cursor}
	if issuerID != "" {
		q.Index, q.Equal = "mineState", []any{issuerID, state}
	}
	found, err := s.demands.Find(ctx, q)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		d := &doc.Body
		if d.Terms.Kind != Supply || d.Award == nil || !d.Award.Published || len(d.Award.Winners) == 0 {
			continue
		}
		row := api.SupplyAward{DemandId: doc.ID, Code: d.Code, Title: d.Terms.Title, Chain: d.Terms.Chain, IssuerId: d.IssuerID, IssuerName: d.Issuer,
			District: d.Jurisdiction, AwardedAt: d.Award.DecidedAt.Time()}
		for _, id := range d.Award.Winners {
			bid, err := s.bids.Get(ctx, id)
			if err != nil {
				return page, err
			}
			row.Winners = append(row.Winners, api.SupplyWinner{BidId: id, OrgId: bid.Body.OrgID, OrgName: bid.Body.OrgName, ShareBp: d.Award.share(id)})
		}
		page.Items = append(page.Items, row)
	}
	return page, nil
}

// The two operations, as mechanical as those of http.go.

func (h server) GetSupplyDemandInternal(ctx context.Context, r api.GetSupplyDemandInternalRequestObject) (api.GetSupplyDemandInternalResponseObject, error) {
	v, err := h.s.GetSupplyDemandInternal(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.GetSupplyDemandInternal200JSONResponse(v), nil
}

func (h server) ListSupplyAwardsInternal(ctx context.Context, r api.ListSupplyAwardsInternalRequestObject) (api.ListSupplyAwardsInternalResponseObject, error) {
	v, err := h.s.ListSupplyAwardsInternal(ctx, string(r.Params.State), r.Params.IssuerId, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListSupplyAwardsInternal200JSONResponse(v), nil
}
