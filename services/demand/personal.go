package demand

import (
	"context"

	"lianbang/services/demand/api"
	"lianbang/services/platform/personal"
)

// DemandPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) DemandPersonalDataInternal(ctx context.Context, r api.DemandPersonalDataInternalRequestObject) (api.DemandPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.DemandPersonalDataInternal200JSONResponse(a), err
}
