package demand

import (
	"bytes"
	"context"
	"io"

	"lianbang/services/demand/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/rest"
)

// The operations on issues, as mechanical as those of http.go.

func issueAnswer(v api.Issue) api.IssueJSONResponse {
	return api.IssueJSONResponse{Body: v, Headers: api.IssueResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func (h server) ListIssues(ctx context.Context, r api.ListIssuesRequestObject) (api.ListIssuesResponseObject, error) {
	v, err := h.s.ListIssues(ctx, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	return api.ListIssues200JSONResponse(v), nil
}

func (h server) CreateIssue(ctx context.Context, r api.CreateIssueRequestObject) (api.CreateIssueResponseObject, error) {
	v, err := h.s.CreateIssue(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.CreateIssue201JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) GetIssue(ctx context.Context, r api.GetIssueRequestObject) (api.GetIssueResponseObject, error) {
	v, err := h.s.GetIssue(ctx, r.Period)
	if err != nil {
		return nil, err
	}
	return api.GetIssue200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) EditIssue(ctx context.Context, r api.EditIssueRequestObject) (api.EditIssueResponseObject, error) {
	v, err := h.s.EditIssue(ctx, r.Period, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.EditIssue200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) AddIssueItems(ctx context.Context, r api.AddIssueItemsRequestObject) (api.AddIssueItemsResponseObject, error) {
	v, err := h.s.AddIssueItems(ctx, r.Period, r.Body.DemandIds)
	if err != nil {
		return nil, err
	}
	return api.AddIssueItems200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) RemoveIssueItem(ctx context.Context, r api.RemoveIssueItemRequestObject) (api.RemoveIssueItemResponseObject, error) {
	v, err := h.s.RemoveIssueItem(ctx, r.Period, r.DemandId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RemoveIssueItem200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) CollectIssue(ctx context.Context, r api.CollectIssueRequestObject) (api.CollectIssueResponseObject, error) {
	v, err := h.s.CollectIssue(ctx, r.Period)
	if err != nil {
		return nil, err
	}
	return api.CollectIssue200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) PublishIssue(ctx context.Context, r api.PublishIssueRequestObject) (api.PublishIssueResponseObject, error) {
	v, err := h.s.PublishIssue(ctx, r.Period, r.Body.Deadline)
	if err != nil {
		return nil, err
	}
	return api.PublishIssue200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) DropIssue(ctx context.Context, r api.DropIssueRequestObject) (api.DropIssueResponseObject, error) {
	v, err := h.s.DropIssue(ctx, r.Period, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.DropIssue200JSONResponse{IssueJSONResponse: issueAnswer(v)}, nil
}

func (h server) ExportIssue(ctx context.Context, r api.ExportIssueRequestObject) (api.ExportIssueResponseObject, error) {
	var out bytes.Buffer
	if r.Params.Format == api.Pdf {
		paper, err := h.s.IssuePaper(ctx, r.Period)
		if err == nil {
			err = paper.WritePDF(&out)
		}
		if err != nil {
			return nil, err
		}
	} else {
		book, err := h.s.IssueBook(ctx, r.Period)
		if err == nil {
			_, err = book.WriteTo(&out)
		}
		if err != nil {
			return nil, err
		}
	}
	return api.ExportIssue200ApplicationoctetStreamResponse{BinaryApplicationoctetStreamResponse: api.BinaryApplicationoctetStreamResponse{
		Body: io.Reader(&out), ContentLength: int64(out.Len()),
		Headers: api.BinaryResponseHeaders{ContentDisposition: blob.Disposition("需求目录 " + r.Period + "." + string(r.Params.Format))}}}, nil
}
