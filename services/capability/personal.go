package capability

import (
	"context"

	"lianbang/services/capability/api"
	"lianbang/services/platform/personal"
)

// CapabilityPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) CapabilityPersonalDataInternal(ctx context.Context, r api.CapabilityPersonalDataInternalRequestObject) (api.CapabilityPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.CapabilityPersonalDataInternal200JSONResponse(a), err
}
