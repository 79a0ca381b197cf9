package search

import (
	"context"

	"lianbang/search/api"
	"lianbang/services/platform/personal"
)

// SearchPersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h *server) SearchPersonalDataInternal(ctx context.Context, r api.SearchPersonalDataInternalRequestObject) (api.SearchPersonalDataInternalResponseObject, error) {
	a, err := personal.Sweep(ctx, h.s.o.DB, *r.Body)
	return api.SearchPersonalDataInternal200JSONResponse(a), err
}
