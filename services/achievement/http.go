package achievement

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// server is the generated interface in terms of the service: mechanical, one operation after the other.
type server struct{ s *Service }

var _ api.StrictServerInterface = server{}

// linkedData is a JSON-LD answer; the generated one calls itself plain JSON.
type linkedData api.GetAchievementJSONLD200ApplicationLdPlusJSONResponse

// VisitGetAchievementJSONLDResponse writes it.
func (v linkedData) VisitGetAchievementJSONLDResponse(c *fiber.Ctx) error {
	return c.JSON(map[string]any(v), "application/ld+json")
}

// jsonFeed is a feed; the generated answer calls itself plain JSON.
type jsonFeed map[string]any

// VisitGetAchievementListFeedResponse writes it.
func (v jsonFeed) VisitGetAchievementListFeedResponse(c *fiber.Ctx) error {
	return c.JSON(map[string]any(v), "application/feed+json")
}

func note(in *api.NoteInput) string {
	if in == nil {
		return ""
	}
	return in.Note
}

func achievementAnswer(a api.Achievement) api.AchievementJSONResponse {
	return api.AchievementJSONResponse{Body: a, Headers: api.AchievementResponseHeaders{ETag: rest.ETag(a.Rev)}}
}

func (h server) CreateAchievement(ctx context.Context, r api.CreateAchievementRequestObject) (api.CreateAchievementResponseObject, error) {
	v, err := h.s.CreateAchievement(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateAchievement201JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) GetAchievement(ctx context.Context, r api.GetAchievementRequestObject) (api.GetAchievementResponseObject, error) {
	v, err := h.s.GetAchievement(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) EditAchievement(ctx context.Context, r api.EditAchievementRequestObject) (api.EditAchievementResponseObject, error) {
	v, err := h.s.EditAchievement(ctx, r.AchievementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) SubmitAchievement(ctx context.Context, r api.SubmitAchievementRequestObject) (api.SubmitAchievementResponseObject, error) {
	v, err := h.s.SubmitAchievement(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.SubmitAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ForwardAchievement(ctx context.Context, r api.ForwardAchievementRequestObject) (api.ForwardAchievementResponseObject, error) {
	v, err := h.s.ForwardAchievement(ctx, r.AchievementId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.ForwardAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ReturnAchievement(ctx context.Context, r api.ReturnAchievementRequestObject) (api.ReturnAchievementResponseObject, error) {
	v, err := h.s.ReturnAchievement(ctx, r.AchievementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ReturnAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) PublishAchievement(ctx context.Context, r api.PublishAchievementRequestObject) (api.PublishAchievementResponseObject, error) {
	v, err := h.s.PublishAchievement(ctx, r.AchievementId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.PublishAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) WithdrawAchievement(ctx context.Context, r api.WithdrawAchievementRequestObject) (api.WithdrawAchievementResponseObject, error) {
	v, err := h.s.WithdrawAchievement(ctx, r.AchievementId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.WithdrawAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) RemoveAchievementAttachment(ctx context.Context, r api.RemoveAchievementAttachmentRequestObject) (api.RemoveAchievementAttachmentResponseObject, error) {
	v, err := h.s.RemoveAchievementAttachment(ctx, r.AchievementId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.RemoveAchievementAttachment200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ListAchievements(ctx context.Context, r api.ListAchievementsRequestObject) (api.ListAchievementsResponseObject, error) {
	v, err := h.s.ListAchievements(ctx, r.Params.OrgId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListAchievements200JSONResponse{AchievementPageJSONResponse: api.AchievementPageJSONResponse(v)}, nil
}

func (h server) ListMyAchievements(ctx context.Context, r api.ListMyAchievementsRequestObject) (api.ListMyAchievementsResponseObject, error) {
	v, err := h.s.ListMyAchievements(ctx, string(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListMyAchievements200JSONResponse{AchievementPageJSONResponse: api.AchievementPageJSONResponse(v)}, nil
}

func (h server) ListReviewAchievements(ctx context.Context, r api.ListReviewAchievementsRequestObject) (api.ListReviewAchievementsResponseObject, error) {
	v, err := h.s.ListReviewAchievements(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListReviewAchievements200JSONResponse{AchievementPageJSONResponse: api.AchievementPageJSONResponse(v)}, nil
}

func (h server) GetAchievementHistory(ctx context.Context, r api.GetAchievementHistoryRequestObject) (api.GetAchievementHistoryResponseObject, error) {
	v, err := h.s.GetAchievementHistory(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementHistory200JSONResponse{Items: v}, nil
}

func (h server) GetAchievementJSONLD(ctx context.Context, r api.GetAchievementJSONLDRequestObject) (api.GetAchievementJSONLDResponseObject, error) {
	v, err := h.s.GetAchievementJSONLD(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return linkedData(v), nil
}

func (h server) RecordAchievementView(ctx context.Context, r api.RecordAchievementViewRequestObject) (api.RecordAchievementViewResponseObject, error) {
	if err := h.s.RecordAchievementView(ctx, r.AchievementId); err != nil {
		return nil, err
	}
	return api.RecordAchievementView204Response{}, nil
}

func (h server) AddAchievementAttachment(ctx context.Context, r api.AddAchievementAttachmentRequestObject) (api.AddAchievementAttachmentResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.AddAchievementAttachment(ctx, r.AchievementId, content, name)
	if err != nil {
		return nil, err
	}
	return api.AddAchievementAttachment201JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) GetAchievementAttachment(ctx context.Context, r api.GetAchievementAttachmentRequestObject) (api.GetAchievementAttachmentResponseObject, error) {
	f, err := h.s.GetAchievementAttachment(ctx, r.AchievementId, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementAttachment200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: api.BinaryApplicationoctetStreamResponse{
		Body: f.Content, ContentLength: f.Ref.Size, Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(f.Ref.Name)}}}, nil
}

func (h server) AchievementListAudit(ctx context.Context, r api.AchievementListAuditRequestObject) (api.AchievementListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, docstore.PageSize(r.Params.Limit), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.AchievementListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
}

func (h server) AchievementListParkedEvents(ctx context.Context, r api.AchievementListParkedEventsRequestObject) (api.AchievementListParkedEventsResponseObject, error) {
	items, next, err := h.s.ListParkedEvents(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.AchievementListParkedEvents200JSONResponse{Items: items, Next: next}, nil
}

func (h server) AchievementRetryParkedEvent(ctx context.Context, r api.AchievementRetryParkedEventRequestObject) (api.AchievementRetryParkedEventResponseObject, error) {
	if err := h.s.o.Relay.Retry(ctx, r.EventId); err != nil {
		return nil, err
	}
	return api.AchievementRetryParkedEvent204Response{}, nil
}

func (h server) AskAchievementConfirmation(ctx context.Context, r api.AskAchievementConfirmationRequestObject) (api.AskAchievementConfirmationResponseObject, error) {
	v, err := h.s.AskAchievementConfirmation(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.AskAchievementConfirmation200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ListDraftedAchievements(ctx context.Context, r api.ListDraftedAchievementsRequestObject) (api.ListDraftedAchievementsResponseObject, error) {
	v, err := h.s.ListDraftedAchievements(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListDraftedAchievements200JSONResponse(v), nil
}

func (h server) DraftAchievement(ctx context.Context, r api.DraftAchievementRequestObject) (api.DraftAchievementResponseObject, error) {
	v, err := h.s.DraftAchievement(ctx, r.Params.OnBehalfOf, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.DraftAchievement201JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ListAchievementVersions(ctx context.Context, r api.ListAchievementVersionsRequestObject) (api.ListAchievementVersionsResponseObject, error) {
	v, err := h.s.ListAchievementVersions(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementVersions200JSONResponse{Items: v}, nil
}

func (h server) ChangeAchievement(ctx context.Context, r api.ChangeAchievementRequestObject) (api.ChangeAchievementResponseObject, error) {
	v, err := h.s.ChangeAchievement(ctx, r.AchievementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.ChangeAchievement200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) PreviewAchievementChange(ctx context.Context, r api.PreviewAchievementChangeRequestObject) (api.PreviewAchievementChangeResponseObject, error) {
	v, err := h.s.PreviewAchievementChange(ctx, r.AchievementId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewAchievementChange200JSONResponse(v), nil
}

func (h server) ApproveAchievementChange(ctx context.Context, r api.ApproveAchievementChangeRequestObject) (api.ApproveAchievementChangeResponseObject, error) {
	v, err := h.s.ApproveAchievementChange(ctx, r.AchievementId, r.VersionId, note(r.Body))
	if err != nil {
		return nil, err
	}
	return api.ApproveAchievementChange200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}

func (h server) ReturnAchievementChange(ctx context.Context, r api.ReturnAchievementChangeRequestObject) (api.ReturnAchievementChangeResponseObject, error) {
	v, err := h.s.ReturnAchievementChange(ctx, r.AchievementId, r.VersionId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.ReturnAchievementChange200JSONResponse{AchievementJSONResponse: achievementAnswer(v)}, nil
}
