package achievement

import (
	"context"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/personal"
)

// AchievementPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) AchievementPersonalDataInternal(ctx context.Context, r api.AchievementPersonalDataInternalRequestObject) (api.AchievementPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.AchievementPersonalDataInternal200JSONResponse(a), err
}
