package achievement

import (
	"bytes"
	"cmp"
	"context"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/rest"
)

// The operations on deals: mechanical, one after the other.

func dealAnswer(d api.Deal) api.DealJSONResponse {
	return api.DealJSONResponse{Body: d, Headers: api.DealResponseHeaders{ETag: rest.ETag(d.Rev)}}
}

func (h server) ExpressInterest(ctx context.Context, r api.ExpressInterestRequestObject) (api.ExpressInterestResponseObject, error) {
	v, err := h.s.ExpressInterest(ctx, r.AchievementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ExpressInterest201JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) TakeOpenLicence(ctx context.Context, r api.TakeOpenLicenceRequestObject) (api.TakeOpenLicenceResponseObject, error) {
	v, err := h.s.TakeOpenLicence(ctx, r.AchievementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.TakeOpenLicence201JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) GetAchievementDeal(ctx context.Context, r api.GetAchievementDealRequestObject) (api.GetAchievementDealResponseObject, error) {
	v, err := h.s.GetAchievementDeal(ctx, r.DealId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) TakeUpAchievementDeal(ctx context.Context, r api.TakeUpAchievementDealRequestObject) (api.TakeUpAchievementDealResponseObject, error) {
	v, err := h.s.TakeUpAchievementDeal(ctx, r.DealId)
	if err != nil {
		return nil, err
	}
	return api.TakeUpAchievementDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) DeclineAchievementDeal(ctx context.Context, r api.DeclineAchievementDealRequestObject) (api.DeclineAchievementDealResponseObject, error) {
	v, err := h.s.DeclineAchievementDeal(ctx, r.DealId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DeclineAchievementDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) CancelAchievementDeal(ctx context.Context, r api.CancelAchievementDealRequestObject) (api.CancelAchievementDealResponseObject, error) {
	v, err := h.s.CancelAchievementDeal(ctx, r.DealId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.CancelAchievementDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) SignDealNDA(ctx context.Context, r api.SignDealNDARequestObject) (api.SignDealNDAResponseObject, error) {
	v, err := h.s.SignDealNDA(ctx, r.DealId)
	if err != nil {
		return nil, err
	}
	return api.SignDealNDA200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) ProposeDealTerms(ctx context.Context, r api.ProposeDealTermsRequestObject) (api.ProposeDealTermsResponseObject, error) {
	v, err := h.s.ProposeDealTerms(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ProposeDealTerms200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) AgreeDealTerms(ctx context.Context, r api.AgreeDealTermsRequestObject) (api.AgreeDealTermsResponseObject, error) {
	v, err := h.s.AgreeDealTerms(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AgreeDealTerms200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) ApproveDeal(ctx context.Context, r api.ApproveDealRequestObject) (api.ApproveDealResponseObject, error) {
	v, err := h.s.ApproveDeal(ctx, r.DealId, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return api.ApproveDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) RefuseDeal(ctx context.Context, r api.RefuseDealRequestObject) (api.RefuseDealResponseObject, error) {
	v, err := h.s.RefuseDeal(ctx, r.DealId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) ConcludeDealTrial(ctx context.Context, r api.ConcludeDealTrialRequestObject) (api.ConcludeDealTrialResponseObject, error) {
	v, err := h.s.ConcludeDealTrial(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ConcludeDealTrial200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) SignDeal(ctx context.Context, r api.SignDealRequestObject) (api.SignDealResponseObject, error) {
	v, err := h.s.SignDeal(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SignDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) RegisterDeal(ctx context.Context, r api.RegisterDealRequestObject) (api.RegisterDealResponseObject, error) {
	v, err := h.s.RegisterDeal(ctx, r.DealId, r.Body.Number)
	if err != nil {
		return nil, err
	}
	return api.RegisterDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) RecordDealPayment(ctx context.Context, r api.RecordDealPaymentRequestObject) (api.RecordDealPaymentResponseObject, error) {
	v, err := h.s.RecordDealPayment(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.RecordDealPayment200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) ConfirmDealPayment(ctx context.Context, r api.ConfirmDealPaymentRequestObject) (api.ConfirmDealPaymentResponseObject, error) {
	v, err := h.s.ConfirmDealPayment(ctx, r.DealId, r.Number)
	if err != nil {
		return nil, err
	}
	return api.ConfirmDealPayment200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) SplitDealIncome(ctx context.Context, r api.SplitDealIncomeRequestObject) (api.SplitDealIncomeResponseObject, error) {
	v, err := h.s.SplitDealIncome(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SplitDealIncome200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) FulfilDeal(ctx context.Context, r api.FulfilDealRequestObject) (api.FulfilDealResponseObject, error) {
	v, err := h.s.FulfilDeal(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.FulfilDeal200JSONResponse{DealJSONResponse: dealAnswer(v)}, nil
}

func (h server) PostDealMessage(ctx context.Context, r api.PostDealMessageRequestObject) (api.PostDealMessageResponseObject, error) {
	v, err := h.s.PostDealMessage(ctx, r.DealId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PostDealMessage201JSONResponse(v), nil
}

func (h server) ListDealMessages(ctx context.Context, r api.ListDealMessagesRequestObject) (api.ListDealMessagesResponseObject, error) {
	v, err := h.s.ListDealMessages(ctx, r.DealId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDealMessages200JSONResponse(v), nil
}

func (h server) VerifyLicenceCertificate(ctx context.Context, r api.VerifyLicenceCertificateRequestObject) (api.VerifyLicenceCertificateResponseObject, error) {
	v, err := h.s.VerifyLicenceCertificate(ctx, r.Code)
	if err != nil {
		return nil, err
	}
	return api.VerifyLicenceCertificate200JSONResponse(v), nil
}

func (h server) ListAchievementDeals(ctx context.Context, r api.ListAchievementDealsRequestObject) (api.ListAchievementDealsResponseObject, error) {
	v, err := h.s.ListAchievementDeals(ctx, string(r.Params.Side), string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementDeals200JSONResponse(v), nil
}

func (h server) GetLicenceCertificate(ctx context.Context, r api.GetLicenceCertificateRequestObject) (api.GetLicenceCertificateResponseObject, error) {
	paper, err := h.s.GetLicenceCertificate(ctx, r.DealId)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := paper.WritePDF(&buf); err != nil {
		return nil, err
	}
	return api.GetLicenceCertificate200ApplicationpdfResponse{Body: &buf, ContentLength: int64(buf.Len()),
		Headers: api.GetLicenceCertificate200ResponseHeaders{ContentDisposition: blob.Disposition("开放许可凭证.pdf")}}, nil
}

func settingsAnswer(s api.AchievementSettings) api.AchievementSettingsJSONResponse {
	return api.AchievementSettingsJSONResponse{Body: s, Headers: api.AchievementSettingsResponseHeaders{ETag: rest.ETag(s.Rev)}}
}

func (h server) GetAchievementSettings(ctx context.Context, _ api.GetAchievementSettingsRequestObject) (api.GetAchievementSettingsResponseObject, error) {
	v, err := h.s.GetAchievementSettings(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementSettings200JSONResponse{AchievementSettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) EditAchievementSettings(ctx context.Context, r api.EditAchievementSettingsRequestObject) (api.EditAchievementSettingsResponseObject, error) {
	v, err := h.s.EditAchievementSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditAchievementSettings200JSONResponse{AchievementSettingsJSONResponse: settingsAnswer(v)}, nil
}

func (h server) AchievementReceiveEvent(ctx context.Context, r api.AchievementReceiveEventRequestObject) (api.AchievementReceiveEventResponseObject, error) {
	if err := h.s.ReceiveEvent(ctx, r.Body.Kind, r.Body.Data); err != nil {
		return nil, err
	}
	return api.AchievementReceiveEvent204Response{}, nil
}

func (h server) PutWonDealInternal(ctx context.Context, r api.PutWonDealInternalRequestObject) (api.PutWonDealInternalResponseObject, error) {
	id, err := h.s.PutWonDeal(ctx, r.BidId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PutWonDealInternal200JSONResponse{DealId: id}, nil
}

func (h server) GetAchievementInternal(ctx context.Context, r api.GetAchievementInternalRequestObject) (api.GetAchievementInternalResponseObject, error) {
	v, err := h.s.NamedAchievement(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementInternal200JSONResponse(v), nil
}

func (h server) GetAchievementFigures(ctx context.Context, r api.GetAchievementFiguresRequestObject) (api.GetAchievementFiguresResponseObject, error) {
	v, err := h.s.GetAchievementFigures(ctx, FigureAsk{By: cmp.Or(string(r.Params.By), "university"), Key: r.Params.Key, Measure: r.Params.Measure, Limit: r.Params.Limit,
		Cursor: r.Params.Cursor})
	if err != nil {
		return nil, err
	}
	return api.GetAchievementFigures200JSONResponse(v), nil
}
