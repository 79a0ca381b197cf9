package achievement

import (
	"bytes"
	"cmp"
	"context"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/rest"
)

// The operations on lists and imports, as mechanical as those of http.go.

func listAnswer(v api.AchievementList) api.AchievementListJSONResponse {
	return api.AchievementListJSONResponse{Body: v, Headers: api.AchievementListResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func importAnswer(v api.AchievementImport) api.AchievementImportJSONResponse {
	return api.AchievementImportJSONResponse{Body: v, Headers: api.AchievementImportResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func binary(content []byte, name string) api.BinaryApplicationoctetStreamResponse {
	return api.BinaryApplicationoctetStreamResponse{Body: bytes.NewReader(content), ContentLength: int64(len(content)), Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition(name)}}
}

func (h server) ListAchievementLists(ctx context.Context, _ api.ListAchievementListsRequestObject) (api.ListAchievementListsResponseObject, error) {
	v, err := h.s.ListAchievementLists(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementLists200JSONResponse{Items: v}, nil
}

func (h server) ListMyAchievementLists(ctx context.Context, _ api.ListMyAchievementListsRequestObject) (api.ListMyAchievementListsResponseObject, error) {
	v, err := h.s.ListMyAchievementLists(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListMyAchievementLists200JSONResponse{Items: v}, nil
}

func (h server) CreateAchievementList(ctx context.Context, r api.CreateAchievementListRequestObject) (api.CreateAchievementListResponseObject, error) {
	v, err := h.s.CreateAchievementList(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateAchievementList201JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) GetAchievementList(ctx context.Context, r api.GetAchievementListRequestObject) (api.GetAchievementListResponseObject, error) {
	v, err := h.s.GetAchievementList(ctx, r.ListId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementList200JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) EditAchievementList(ctx context.Context, r api.EditAchievementListRequestObject) (api.EditAchievementListResponseObject, error) {
	v, err := h.s.EditAchievementList(ctx, r.ListId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditAchievementList200JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) CloneAchievementList(ctx context.Context, r api.CloneAchievementListRequestObject) (api.CloneAchievementListResponseObject, error) {
	v, err := h.s.CloneAchievementList(ctx, r.ListId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CloneAchievementList201JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) WithdrawAchievementList(ctx context.Context, r api.WithdrawAchievementListRequestObject) (api.WithdrawAchievementListResponseObject, error) {
	v, err := h.s.WithdrawAchievementList(ctx, r.ListId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.WithdrawAchievementList200JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) ListAchievementListItems(ctx context.Context, r api.ListAchievementListItemsRequestObject) (api.ListAchievementListItemsResponseObject, error) {
	v, err := h.s.ListAchievementListItems(ctx, r.ListId, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementListItems200JSONResponse{AchievementPageJSONResponse: api.AchievementPageJSONResponse(v)}, nil
}

func (h server) AddAchievementListItems(ctx context.Context, r api.AddAchievementListItemsRequestObject) (api.AddAchievementListItemsResponseObject, error) {
	v, err := h.s.AddAchievementListItems(ctx, r.ListId, r.Body.Ids)
	if err != nil {
		return nil, err
	}
	return api.AddAchievementListItems200JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) RemoveAchievementListItem(ctx context.Context, r api.RemoveAchievementListItemRequestObject) (api.RemoveAchievementListItemResponseObject, error) {
	v, err := h.s.RemoveAchievementListItem(ctx, r.ListId, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.RemoveAchievementListItem200JSONResponse{AchievementListJSONResponse: listAnswer(v)}, nil
}

func (h server) ExportAchievementList(ctx context.Context, r api.ExportAchievementListRequestObject) (api.ExportAchievementListResponseObject, error) {
	v, name, err := h.s.ExportAchievementList(ctx, r.ListId, cmp.Or(string(r.Params.Format), "xlsx"))
	if err != nil {
		return nil, err
	}
	return api.ExportAchievementList200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: binary(v, name)}, nil
}

func (h server) GetAchievementListFeed(ctx context.Context, r api.GetAchievementListFeedRequestObject) (api.GetAchievementListFeedResponseObject, error) {
	if r.Params.Format == "rss" {
		v, err := h.s.FeedRSS(ctx, r.ListId)
		if err != nil {
			return nil, err
		}
		return api.GetAchievementListFeed200ApplicationrssXmlResponse{Body: bytes.NewReader(v), ContentLength: int64(len(v))}, nil
	}
	v, err := h.s.FeedJSON(ctx, r.ListId)
	if err != nil {
		return nil, err
	}
	return jsonFeed(v), nil
}

func (h server) MoveAchievements(ctx context.Context, r api.MoveAchievementsRequestObject) (api.MoveAchievementsResponseObject, error) {
	v, err := h.s.MoveAchievements(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.MoveAchievements200JSONResponse(v), nil
}

func (h server) DownloadAchievementTemplate(ctx context.Context, _ api.DownloadAchievementTemplateRequestObject) (api.DownloadAchievementTemplateResponseObject, error) {
	book, err := h.s.DownloadAchievementTemplate(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		return nil, err
	}
	return api.DownloadAchievementTemplate200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: binary(out.Bytes(), "成果清单模板.xlsx")}, nil
}

func (h server) ListAchievementImports(ctx context.Context, r api.ListAchievementImportsRequestObject) (api.ListAchievementImportsResponseObject, error) {
	items, next, err := h.s.ListAchievementImports(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementImports200JSONResponse{Items: items, Next: next}, nil
}

func (h server) ImportAchievements(ctx context.Context, r api.ImportAchievementsRequestObject) (api.ImportAchievementsResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	v, err := h.s.ImportAchievements(ctx, content, name, r.Params.ListId)
	if err != nil {
		return nil, err
	}
	return api.ImportAchievements201JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) GetAchievementImport(ctx context.Context, r api.GetAchievementImportRequestObject) (api.GetAchievementImportResponseObject, error) {
	v, err := h.s.GetAchievementImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementImport200JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) MapAchievementImport(ctx context.Context, r api.MapAchievementImportRequestObject) (api.MapAchievementImportResponseObject, error) {
	v, err := h.s.MapAchievementImport(ctx, r.ImportId, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.MapAchievementImport200JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) ListAchievementImportRows(ctx context.Context, r api.ListAchievementImportRowsRequestObject) (api.ListAchievementImportRowsResponseObject, error) {
	items, next, err := h.s.ListAchievementImportRows(ctx, r.ImportId, string(r.Params.Outcome), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementImportRows200JSONResponse{Items: items, Next: next}, nil
}

func (h server) EditAchievementImportRow(ctx context.Context, r api.EditAchievementImportRowRequestObject) (api.EditAchievementImportRowResponseObject, error) {
	v, err := h.s.EditAchievementImportRow(ctx, r.ImportId, r.Row, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditAchievementImportRow200JSONResponse(v), nil
}

func (h server) DecideAchievementImport(ctx context.Context, r api.DecideAchievementImportRequestObject) (api.DecideAchievementImportResponseObject, error) {
	v, err := h.s.DecideAchievementImport(ctx, r.ImportId, string(r.Body.Decision))
	if err != nil {
		return nil, err
	}
	return api.DecideAchievementImport200JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) CommitAchievementImport(ctx context.Context, r api.CommitAchievementImportRequestObject) (api.CommitAchievementImportResponseObject, error) {
	v, err := h.s.CommitAchievementImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.CommitAchievementImport202JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) DiscardAchievementImport(ctx context.Context, r api.DiscardAchievementImportRequestObject) (api.DiscardAchievementImportResponseObject, error) {
	v, err := h.s.DiscardAchievementImport(ctx, r.ImportId)
	if err != nil {
		return nil, err
	}
	return api.DiscardAchievementImport200JSONResponse{AchievementImportJSONResponse: importAnswer(v)}, nil
}

func (h server) GetAchievementWorkbench(ctx context.Context, _ api.GetAchievementWorkbenchRequestObject) (api.GetAchievementWorkbenchResponseObject, error) {
	v, err := h.s.GetAchievementWorkbench(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementWorkbench200JSONResponse(v), nil
}

func (h server) GetAchievementReaders(ctx context.Context, r api.GetAchievementReadersRequestObject) (api.GetAchievementReadersResponseObject, error) {
	v, err := h.s.GetAchievementReaders(ctx, r.AchievementId)
	if err != nil {
		return nil, err
	}
	return api.GetAchievementReaders200JSONResponse(v), nil
}

func (h server) ListAchievementSettings(ctx context.Context, _ api.ListAchievementSettingsRequestObject) (api.ListAchievementSettingsResponseObject, error) {
	v, err := h.s.ListAchievementSettings(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListAchievementSettings200JSONResponse{Items: v}, nil
}

func (h server) PreviewAchievementSettings(ctx context.Context, r api.PreviewAchievementSettingsRequestObject) (api.PreviewAchievementSettingsResponseObject, error) {
	v, err := h.s.PreviewAchievementSettings(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewAchievementSettings200JSONResponse(v), nil
}
