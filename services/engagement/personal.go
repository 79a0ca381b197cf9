package engagement

import (
	"context"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/personal"
)

// EngagementPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) EngagementPersonalDataInternal(ctx context.Context, r api.EngagementPersonalDataInternalRequestObject) (api.EngagementPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.EngagementPersonalDataInternal200JSONResponse(a), err
}
