package demand

import (
	"context"

	"lianbang/services/demand/api"
	"lianbang/services/platform/rest"
)

// The operations on watches, questions and changes, as mechanical as those of http.go.

func questionAnswer(q api.Question) api.QuestionJSONResponse {
	return api.QuestionJSONResponse{Body: q, Headers: api.QuestionResponseHeaders{ETag: rest.ETag(q.Rev)}}
}

func (h server) WatchDemand(ctx context.Context, r api.WatchDemandRequestObject) (api.WatchDemandResponseObject, error) {
	v, err := h.s.WatchDemand(ctx, r.DemandId, true)
	if err != nil {
		return nil, err
	}
	return api.WatchDemand200JSONResponse{WatchJSONResponse: api.WatchJSONResponse(v)}, nil
}

func (h server) UnwatchDemand(ctx context.Context, r api.UnwatchDemandRequestObject) (api.UnwatchDemandResponseObject, error) {
	v, err := h.s.WatchDemand(ctx, r.DemandId, false)
	if err != nil {
		return nil, err
	}
	return api.UnwatchDemand200JSONResponse{WatchJSONResponse: api.WatchJSONResponse(v)}, nil
}

func (h server) ListMyWatches(ctx context.Context, r api.ListMyWatchesRequestObject) (api.ListMyWatchesResponseObject, error) {
	v, err := h.s.ListMyWatches(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyWatches200JSONResponse{DemandPageJSONResponse: api.DemandPageJSONResponse(v)}, nil
}

func (h server) ListDemandQuestions(ctx context.Context, r api.ListDemandQuestionsRequestObject) (api.ListDemandQuestionsResponseObject, error) {
	v, err := h.s.ListDemandQuestions(ctx, r.DemandId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDemandQuestions200JSONResponse(v), nil
}

func (h server) AskDemandQuestion(ctx context.Context, r api.AskDemandQuestionRequestObject) (api.AskDemandQuestionResponseObject, error) {
	v, err := h.s.AskDemandQuestion(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AskDemandQuestion201JSONResponse{Body: v, Headers: api.AskDemandQuestion201ResponseHeaders{ETag: rest.ETag(v.Rev)}}, nil
}

func (h server) AnswerDemandQuestion(ctx context.Context, r api.AnswerDemandQuestionRequestObject) (api.AnswerDemandQuestionResponseObject, error) {
	v, err := h.s.AnswerDemandQuestion(ctx, r.DemandId, r.QuestionId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.AnswerDemandQuestion200JSONResponse{QuestionJSONResponse: questionAnswer(v)}, nil
}

func (h server) HideDemandQuestion(ctx context.Context, r api.HideDemandQuestionRequestObject) (api.HideDemandQuestionResponseObject, error) {
	v, err := h.s.HideDemandQuestion(ctx, r.DemandId, r.QuestionId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.HideDemandQuestion200JSONResponse{QuestionJSONResponse: questionAnswer(v)}, nil
}

func (h server) ListDemandChanges(ctx context.Context, r api.ListDemandChangesRequestObject) (api.ListDemandChangesResponseObject, error) {
	v, err := h.s.ListDemandChanges(ctx, r.DemandId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDemandChanges200JSONResponse(v), nil
}

func (h server) ChangeDemand(ctx context.Context, r api.ChangeDemandRequestObject) (api.ChangeDemandResponseObject, error) {
	v, err := h.s.ChangeDemand(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ChangeDemand200JSONResponse{DemandJSONResponse: demandAnswer(v)}, nil
}

func (h server) PreviewDemandChange(ctx context.Context, r api.PreviewDemandChangeRequestObject) (api.PreviewDemandChangeResponseObject, error) {
	v, err := h.s.PreviewDemandChange(ctx, r.DemandId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewDemandChange200JSONResponse(v), nil
}

func (h server) ConfirmBidChange(ctx context.Context, r api.ConfirmBidChangeRequestObject) (api.ConfirmBidChangeResponseObject, error) {
	v, err := h.s.ConfirmBidChange(ctx, r.BidId)
	if err != nil {
		return nil, err
	}
	return api.ConfirmBidChange200JSONResponse{BidJSONResponse: bidAnswer(v)}, nil
}
