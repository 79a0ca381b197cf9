package account

import (
	"context"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
)

// What staff write down for others, over HTTP.

func draftedView(x *access.Drafted) api.Drafted {
	if x == nil {
		return api.Drafted{}
	}
	return api.Drafted{State: api.DraftState(x.State()), Office: x.Office, DraftedAt: x.At.Time(), AskedAt: x.AskedAt.Time(), AnsweredAt: x.AnsweredAt.Time(),
		AnsweredBy: x.AnsweredBy, Reason: x.Reason}
}

func claimDraftView(d docstore.Doc[DraftedClaim]) api.ClaimDraft {
	b := &d.Body
	return api.ClaimDraft{Id: d.ID, OrgId: b.OrgID, OrgName: b.OrgName, Name: b.Name, Position: b.Position, NewName: b.NewName, Note: b.Note, Drafted: draftedView(b.Drafted)}
}

func (h *server) DraftClaim(ctx context.Context, r api.DraftClaimRequestObject) (api.DraftClaimResponseObject, error) {
	d, err := h.s.DraftClaim(ctx, r.OrgId, r.Body.Phone, r.Body.Name, NewClaim{Position: r.Body.Position, NewName: r.Body.NewName, Note: r.Body.Note})
	return api.DraftClaim201JSONResponse(claimDraftView(d)), err
}

func (h *server) ListDraftedClaims(ctx context.Context, r api.ListDraftedClaimsRequestObject) (api.ListDraftedClaimsResponseObject, error) {
	page, err := h.s.ListDraftedClaims(ctx, r.Params.Limit, r.Params.Cursor)
	v := api.ListDraftedClaims200JSONResponse{Items: []api.DraftedItem{}, Next: page.Next}
	for _, d := range page.Items {
		x := d.Body.Drafted
		v.Items = append(v.Items, api.DraftedItem{Id: d.ID, Title: d.Body.OrgName, OrgId: d.Body.OrgID, OrgName: d.Body.OrgName, State: api.DraftState(x.State()),
			Reason: x.Reason, AskedAt: x.AskedAt.Time(), AnsweredAt: x.AnsweredAt.Time(), ChangedAt: d.UpdatedAt})
	}
	return v, err
}

func (h *server) ListMyClaimDrafts(ctx context.Context, _ api.ListMyClaimDraftsRequestObject) (api.ListMyClaimDraftsResponseObject, error) {
	docs, err := h.s.ListMyClaimDrafts(ctx)
	v := api.ListMyClaimDrafts200JSONResponse{Items: []api.ClaimDraft{}}
	for _, d := range docs {
		v.Items = append(v.Items, claimDraftView(d))
	}
	return v, err
}

func (h *server) DeclineClaimDraft(ctx context.Context, r api.DeclineClaimDraftRequestObject) (api.DeclineClaimDraftResponseObject, error) {
	d, err := h.s.DeclineClaimDraft(ctx, r.ClaimDraftId, r.Body.Reason)
	return api.DeclineClaimDraft200JSONResponse(claimDraftView(d)), err
}
