package demand

import (
	"context"

	"lianbang/services/demand/api"
)

// The operations of modes and kinds, as mechanical as those of http.go.

func (h server) EndBidding(ctx context.Context, r api.EndBiddingRequestObject) (api.EndBiddingResponseObject, error) {
	v, err := h.s.EndBidding(ctx, r.DemandId)
	if err != nil {
		return nil, err
	}
	return api.EndBidding200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) ConcludeDemand(ctx context.Context, r api.ConcludeDemandRequestObject) (api.ConcludeDemandResponseObject, error) {
	v, err := h.s.ConcludeDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ConcludeDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) AcceptDemandInvite(ctx context.Context, r api.AcceptDemandInviteRequestObject) (api.AcceptDemandInviteResponseObject, error) {
	v, err := h.s.AnswerDemandInvite(ctx, r.DemandId, true, "")
	if err != nil {
		return nil, err
	}
	return api.AcceptDemandInvite200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) DeclineDemandInvite(ctx context.Context, r api.DeclineDemandInviteRequestObject) (api.DeclineDemandInviteResponseObject, error) {
	v, err := h.s.AnswerDemandInvite(ctx, r.DemandId, false, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineDemandInvite200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) InviteConsortiumMember(ctx context.Context, r api.InviteConsortiumMemberRequestObject) (api.InviteConsortiumMemberResponseObject, error) {
	v, err := h.s.InviteConsortiumMember(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.InviteConsortiumMember200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) RemoveConsortiumMember(ctx context.Context, r api.RemoveConsortiumMemberRequestObject) (api.RemoveConsortiumMemberResponseObject, error) {
	v, err := h.s.RemoveConsortiumMember(ctx, r.BidId, r.OrgId)
	if err != nil {
		return nil, err
	}
	return api.RemoveConsortiumMember200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) AcceptConsortiumSeat(ctx context.Context, r api.AcceptConsortiumSeatRequestObject) (api.AcceptConsortiumSeatResponseObject, error) {
	v, err := h.s.AcceptConsortiumSeat(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.AcceptConsortiumSeat200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) DeclineConsortiumSeat(ctx context.Context, r api.DeclineConsortiumSeatRequestObject) (api.DeclineConsortiumSeatResponseObject, error) {
	if err := h.s.DeclineConsortiumSeat(ctx, r.BidId, r.Body.Reason); err != nil {
		return nil, err
	}
	return api.DeclineConsortiumSeat204Response{}, nil
}

func (h server) DeclineBid(ctx context.Context, r api.DeclineBidRequestObject) (api.DeclineBidResponseObject, error) {
	v, err := h.s.DeclineBid(ctx, r.BidId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineBid200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) OfferTrial(ctx context.Context, r api.OfferTrialRequestObject) (api.OfferTrialResponseObject, error) {
	v, err := h.s.OfferTrial(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.OfferTrial200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) AcceptTrial(ctx context.Context, r api.AcceptTrialRequestObject) (api.AcceptTrialResponseObject, error) {
	v, err := h.s.AcceptTrial(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.AcceptTrial200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) RefuseTrial(ctx context.Context, r api.RefuseTrialRequestObject) (api.RefuseTrialResponseObject, error) {
	v, err := h.s.RefuseTrial(ctx, r.BidId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseTrial200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) ReportTrial(ctx context.Context, r api.ReportTrialRequestObject) (api.ReportTrialResponseObject, error) {
	v, err := h.s.ReportTrial(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ReportTrial200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) DecidePurchase(ctx context.Context, r api.DecidePurchaseRequestObject) (api.DecidePurchaseResponseObject, error) {
	v, err := h.s.DecidePurchase(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DecidePurchase200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) OpenTalks(ctx context.Context, r api.OpenTalksRequestObject) (api.OpenTalksResponseObject, error) {
	v, err := h.s.OpenTalks(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.OpenTalks200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) RecordTalks(ctx context.Context, r api.RecordTalksRequestObject) (api.RecordTalksResponseObject, error) {
	v, err := h.s.RecordTalks(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordTalks200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}

func (h server) ListMyInvites(ctx context.Context, r api.ListMyInvitesRequestObject) (api.ListMyInvitesResponseObject, error) {
	v, err := h.s.ListMyInvites(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyInvites200JSONResponse(v), nil
}

func (h server) ListTalks(ctx context.Context, r api.ListTalksRequestObject) (api.ListTalksResponseObject, error) {
	v, err := h.s.ListTalks(ctx, r.BidId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListTalks200JSONResponse(v), nil
}

func (h server) PostTalk(ctx context.Context, r api.PostTalkRequestObject) (api.PostTalkResponseObject, error) {
	v, err := h.s.PostTalk(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PostTalk201JSONResponse(v), nil
}
