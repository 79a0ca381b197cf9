package demand

import (
	"context"

	"lianbang/services/demand/api"
)

// panelAnswer answers with a panel.
func panelAnswer(v api.Panel) api.PanelJSONResponse { return api.PanelJSONResponse(v) }

func (h server) GetPanel(ctx context.Context, r api.GetPanelRequestObject) (api.GetPanelResponseObject, error) {
	v, err := h.s.GetPanel(ctx, r.DemandId)
	return api.GetPanel200JSONResponse{PanelJSONResponse: panelAnswer(v)}, err
}

func (h server) ListPanelCandidates(ctx context.Context, r api.ListPanelCandidatesRequestObject) (api.ListPanelCandidatesResponseObject, error) {
	all, err := h.s.ListPanelCandidates(ctx, r.DemandId)
	return api.ListPanelCandidates200JSONResponse{Items: all}, err
}

func (h server) InvitePanelExpert(ctx context.Context, r api.InvitePanelExpertRequestObject) (api.InvitePanelExpertResponseObject, error) {
	v, err := h.s.InvitePanelExpert(ctx, r.DemandId, *r.Body)
	return api.InvitePanelExpert201JSONResponse{PanelJSONResponse: panelAnswer(v)}, err
}

func (h server) ClosePanel(ctx context.Context, r api.ClosePanelRequestObject) (api.ClosePanelResponseObject, error) {
	v, err := h.s.ClosePanel(ctx, r.DemandId, r.Body.Reason)
	return api.ClosePanel200JSONResponse{PanelJSONResponse: panelAnswer(v)}, err
}

func (h server) AnswerPanel(ctx context.Context, r api.AnswerPanelRequestObject) (api.AnswerPanelResponseObject, error) {
	v, err := h.s.AnswerPanel(ctx, r.DemandId, *r.Body)
	return api.AnswerPanel200JSONResponse{PanelJSONResponse: panelAnswer(v)}, err
}

func (h server) ListPanelBids(ctx context.Context, r api.ListPanelBidsRequestObject) (api.ListPanelBidsResponseObject, error) {
	all, err := h.s.ListPanelBids(ctx, r.DemandId)
	return api.ListPanelBids200JSONResponse{Items: all}, err
}

func (h server) WriteSheet(ctx context.Context, r api.WriteSheetRequestObject) (api.WriteSheetResponseObject, error) {
	v, err := h.s.WriteSheet(ctx, r.DemandId, r.Label, *r.Body)
	return api.WriteSheet200JSONResponse(v), err
}

func (h server) GetPanelFile(ctx context.Context, r api.GetPanelFileRequestObject) (api.GetPanelFileResponseObject, error) {
	f, err := h.s.GetPanelFile(ctx, r.DemandId, r.Label, r.AttachmentId)
	if err != nil {
		return nil, err
	}
	return api.GetPanelFile200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: fileAnswer(f)}, nil
}

func (h server) SubmitSheets(ctx context.Context, r api.SubmitSheetsRequestObject) (api.SubmitSheetsResponseObject, error) {
	v, err := h.s.SubmitSheets(ctx, r.DemandId)
	return api.SubmitSheets200JSONResponse{PanelJSONResponse: panelAnswer(v)}, err
}

func (h server) ListMyDemandPanels(ctx context.Context, r api.ListMyDemandPanelsRequestObject) (api.ListMyDemandPanelsResponseObject, error) {
	page, err := h.s.ListMyDemandPanels(ctx, r.Params.Limit, r.Params.Cursor)
	return api.ListMyDemandPanels200JSONResponse(page), err
}
