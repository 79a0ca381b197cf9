package notify

import (
	"context"

	"lianbang/services/notify/api"
	"lianbang/services/platform/personal"
)

// NotifyPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h *server) NotifyPersonalDataInternal(ctx context.Context, r api.NotifyPersonalDataInternalRequestObject) (api.NotifyPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.NotifyPersonalDataInternal200JSONResponse(a), err
}
