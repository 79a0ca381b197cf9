package provider

import (
	"context"

	"lianbang/services/platform/personal"
	"lianbang/services/provider/api"
)

// ProviderPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) ProviderPersonalDataInternal(ctx context.Context, r api.ProviderPersonalDataInternalRequestObject) (api.ProviderPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.db, *r.Body)
	return api.ProviderPersonalDataInternal200JSONResponse(a), err
}
