package account

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"time"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// The HTTP side of claims and of official title lists.

var claimActions = []string{"claimOrganisation", "uploadClaimEvidence", "fileClaim", "withdrawClaim", "approveClaim", "refuseClaim"}

func claimView(d ClaimDoc, a access.Actor, now time.Time) api.Claim {
	c := &d.Body
	v := api.Claim{Id: d.ID, Rev: d.Rev, State: api.ClaimState(c.State), OrgId: c.OrgID, OrgName: c.OrgName, DistrictCode: c.District, UserName: c.UserName,
		Position: c.Position, NewName: c.NewName, Note: c.Note, Evidence: []api.Evidence{}, Reason: c.Reason, FiledAt: c.FiledAt.Time(), DueAt: c.DueAt.Time(),
		Drafted: draftedView(c.Drafted),
		Overdue: c.State == ClaimFiled && when.At(now) > c.DueAt, History: []api.HistoryEntry{}, AllowedActions: []api.Action{}}
	for _, e := range c.Evidence {
		v.Evidence = append(v.Evidence, evidenceView(e))
	}
	for _, e := range c.History {
		v.History = append(v.History, api.HistoryEntry{At: e.At.Time(), Action: e.Action, ByUserId: e.By, ByName: e.Name, Reason: e.Reason})
	}
	for _, action := range claimActions {
		if c.May(a, action) != access.Allow {
			continue
		}
		err := c.Refusal(a, action)
		code := ""
		if err != nil {
			code = fault.As(err).Code
		}
		primary := err == nil && (action == "approveClaim" || action == "fileClaim" || action == "uploadClaimEvidence" && len(c.Evidence) == 0)
		v.AllowedActions = append(v.AllowedActions, api.Action{Operation: action, Allowed: err == nil, Primary: primary, Code: code})
	}
	return v
}

func (h *server) claim(ctx context.Context, d ClaimDoc, err error) (api.ClaimJSONResponse, error) {
	if err != nil {
		return api.ClaimJSONResponse{}, err
	}
	a := access.From(ctx)
	v := claimView(d, a, h.s.now())
	if a.Operates(d.Body.District) {
		if v.Rivals, err = h.s.Rivals(ctx, d); err != nil {
			return api.ClaimJSONResponse{}, err
		}
	}
	return api.ClaimJSONResponse{Body: v, Headers: api.ClaimResponseHeaders{ETag: rest.ETag(d.Rev)}}, nil
}

func (h *server) claims(ctx context.Context, docs []ClaimDoc, next string) (api.ClaimPage, error) {
	page := api.ClaimPage{Items: []api.Claim{}, Next: next}
	for _, d := range docs {
		v, err := h.claim(ctx, d, nil)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v.Body)
	}
	return page, nil
}

func (h *server) FindUnclaimed(ctx context.Context, r api.FindUnclaimedRequestObject) (api.FindUnclaimedResponseObject, error) {
	docs, err := h.s.FindUnclaimed(ctx, r.Params.Q)
	if err != nil {
		return nil, err
	}
	answer := api.FindUnclaimed200JSONResponse{Items: []api.Organisation{}}
	for _, d := range docs {
		answer.Items = append(answer.Items, organisationView(d, access.From(ctx), h.s.now(), true))
	}
	return answer, nil
}

func (h *server) ClaimOrganisation(ctx context.Context, r api.ClaimOrganisationRequestObject) (api.ClaimOrganisationResponseObject, error) {
	d, err := h.s.ClaimOrganisation(ctx, r.OrgId, NewClaim{Position: r.Body.Position, NewName: r.Body.NewName, Note: r.Body.Note})
	v, err := h.claim(ctx, d, err)
	return api.ClaimOrganisation201JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) ListClaims(ctx context.Context, r api.ListClaimsRequestObject) (api.ListClaimsResponseObject, error) {
	page, err := h.s.ListClaims(ctx, ClaimState(r.Params.State), r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	v, err := h.claims(ctx, page.Items, page.Next)
	return api.ListClaims200JSONResponse(v), err
}

func (h *server) ListMyClaims(ctx context.Context, _ api.ListMyClaimsRequestObject) (api.ListMyClaimsResponseObject, error) {
	docs, err := h.s.ListMyClaims(ctx)
	if err != nil {
		return nil, err
	}
	v, err := h.claims(ctx, docs, "")
	return api.ListMyClaims200JSONResponse(v), err
}

func (h *server) GetClaim(ctx context.Context, r api.GetClaimRequestObject) (api.GetClaimResponseObject, error) {
	d, err := h.s.GetClaim(ctx, r.ClaimId)
	v, err := h.claim(ctx, d, err)
	return api.GetClaim200JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) UploadClaimEvidence(ctx context.Context, r api.UploadClaimEvidenceRequestObject) (api.UploadClaimEvidenceResponseObject, error) {
	kind, name, content, err := readEvidenceForm(r.Body)
	if err != nil {
		return nil, err
	}
	_, d, err := h.s.UploadClaimEvidence(ctx, r.ClaimId, kind, name, content)
	v, err := h.claim(ctx, d, err)
	return api.UploadClaimEvidence201JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) DownloadClaimEvidence(ctx context.Context, r api.DownloadClaimEvidenceRequestObject) (api.DownloadClaimEvidenceResponseObject, error) {
	file, ref, err := h.s.DownloadClaimEvidence(ctx, r.ClaimId, r.EvidenceId)
	if err != nil {
		return nil, err
	}
	return evidenceFile{file, ref}, nil
}

func (h *server) FileClaim(ctx context.Context, r api.FileClaimRequestObject) (api.FileClaimResponseObject, error) {
	d, err := h.s.FileClaim(ctx, r.ClaimId)
	v, err := h.claim(ctx, d, err)
	return api.FileClaim200JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) WithdrawClaim(ctx context.Context, r api.WithdrawClaimRequestObject) (api.WithdrawClaimResponseObject, error) {
	d, err := h.s.WithdrawClaim(ctx, r.ClaimId)
	v, err := h.claim(ctx, d, err)
	return api.WithdrawClaim200JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) ApproveClaim(ctx context.Context, r api.ApproveClaimRequestObject) (api.ApproveClaimResponseObject, error) {
	proof := ""
	if r.Body != nil {
		proof = r.Body.Proof
	}
	d, err := h.s.ApproveClaim(ctx, r.ClaimId, proof)
	v, err := h.claim(ctx, d, err)
	return api.ApproveClaim200JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) RefuseClaim(ctx context.Context, r api.RefuseClaimRequestObject) (api.RefuseClaimResponseObject, error) {
	d, err := h.s.RefuseClaim(ctx, r.ClaimId, r.Body.Reason)
	v, err := h.claim(ctx, d, err)
	return api.RefuseClaim200JSONResponse{ClaimJSONResponse: v}, err
}

func (h *server) CloseOrganisation(ctx context.Context, r api.CloseOrganisationRequestObject) (api.CloseOrganisationResponseObject, error) {
	doc, err := h.s.CloseOrganisation(ctx, r.OrgId, r.Body.SuccessorId, r.Body.Reason)
	v, err := h.organisation(ctx, doc, err)
	return api.CloseOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func defaultsView(d TitleDefaults) api.TitleDefaults {
	return api.TitleDefaults{Kind: d.Kind, Batch: d.Batch, Issuer: d.Issuer, ValidFrom: date(d.ValidFrom), ValidTo: date(d.ValidTo)}
}

func readDefaults(d api.TitleDefaults) TitleDefaults {
	return TitleDefaults{Kind: d.Kind, Batch: d.Batch, Issuer: d.Issuer, ValidFrom: dayOf(d.ValidFrom), ValidTo: dayOf(d.ValidTo)}
}

func titleListView(d TitleListDoc) api.TitleList {
	l := &d.Body
	v := api.TitleList{Id: d.ID, Rev: d.Rev, State: api.TitleListState(l.State), FileName: l.FileName, Headers: orEmpty(l.Headers), Mapping: l.Mapping,
		Defaults: defaultsView(l.Defaults), Rows: l.Rows, Counts: map[string]int{}, Entered: l.Entered, CreatedAt: l.CreatedAt.Time(), CommittedAt: l.CommittedAt.Time(), ByName: l.ByName}
	for outcome, n := range l.Counts {
		v.Counts[string(outcome)] = n
	}
	return v
}

func (h *server) titleList(d TitleListDoc, err error) (api.TitleListJSONResponse, error) {
	if err != nil {
		return api.TitleListJSONResponse{}, err
	}
	return api.TitleListJSONResponse{Body: titleListView(d), Headers: api.TitleListResponseHeaders{ETag: rest.ETag(d.Rev)}}, nil
}

func titleRowView(r TitleRow) api.TitleRow {
	v := api.TitleRow{Row: r.Row, Name: r.Name, Code: r.Code, District: r.District, Kind: r.Kind, Batch: r.Batch, Issuer: r.Issuer, From: r.From, To: r.To,
		Outcome: api.TitleOutcome(r.Outcome), Problems: []api.FieldProblem{}, OrgId: r.OrgID, HeldName: r.HeldName, Skipped: r.Skipped, Rename: r.Rename, Done: r.Done}
	for _, f := range r.Problems {
		v.Problems = append(v.Problems, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
	}
	return v
}

func (h *server) ListTitleLists(ctx context.Context, r api.ListTitleListsRequestObject) (api.ListTitleListsResponseObject, error) {
	page, err := h.s.ListTitleLists(ctx, r.Params.Limit, r.Params.Cursor)
	answer := api.ListTitleLists200JSONResponse{Items: []api.TitleList{}, Next: page.Next}
	for _, d := range page.Items {
		answer.Items = append(answer.Items, titleListView(d))
	}
	return answer, err
}

// UploadTitleList reads the form as a stream: the fields that hold for every row first, then the file.
func (h *server) UploadTitleList(ctx context.Context, r api.UploadTitleListRequestObject) (api.UploadTitleListResponseObject, error) {
	defaults, name, content, err := readListForm(r.Body)
	if err != nil {
		return nil, err
	}
	d, err := h.s.UploadTitleList(ctx, defaults, name, content)
	v, err := h.titleList(d, err)
	return api.UploadTitleList201JSONResponse{TitleListJSONResponse: v}, err
}

func readListForm(form *multipart.Reader) (d TitleDefaults, name string, content io.Reader, err error) {
	missing := fault.Bad(fault.Field{Path: "file", Code: "required", Detail: "send one file as multipart/form-data"})
	if form == nil {
		return d, "", nil, missing
	}
	for range 16 {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return d, "", nil, fault.Wrap(err, fault.Invalid, "malformed", "the form cannot be read")
		}
		if part.FormName() == "file" && part.FileName() != "" {
			return d, part.FileName(), part, nil
		}
		b, err := io.ReadAll(io.LimitReader(part, 400))
		if err != nil {
			return d, "", nil, fault.Wrap(err, fault.Invalid, "malformed", "the form cannot be read")
		}
		said, ok := string(b), true
		switch part.FormName() {
		case "kind":
			d.Kind = said
		case "batch":
			d.Batch = cutRunes(said, 60)
		case "issuer":
			d.Issuer = cutRunes(said, 100)
		case "validFrom":
			d.ValidFrom, ok = dayIn(said, "", false)
		case "validTo":
			d.ValidTo, ok = dayIn(said, "", true)
		}
		if !ok {
			return d, "", nil, fault.Bad(fault.Field{Path: part.FormName(), Code: "bad_date"})
		}
	}
	return d, "", nil, missing
}

func (h *server) GetTitleList(ctx context.Context, r api.GetTitleListRequestObject) (api.GetTitleListResponseObject, error) {
	d, err := h.s.GetTitleList(ctx, r.ListId)
	v, err := h.titleList(d, err)
	return api.GetTitleList200JSONResponse{TitleListJSONResponse: v}, err
}

func (h *server) MapTitleList(ctx context.Context, r api.MapTitleListRequestObject) (api.MapTitleListResponseObject, error) {
	d, err := h.s.MapTitleList(ctx, r.ListId, r.Body.Mapping, readDefaults(r.Body.Defaults))
	v, err := h.titleList(d, err)
	return api.MapTitleList200JSONResponse{TitleListJSONResponse: v}, err
}

func (h *server) ListTitleRows(ctx context.Context, r api.ListTitleRowsRequestObject) (api.ListTitleRowsResponseObject, error) {
	rows, next, err := h.s.ListTitleRows(ctx, r.ListId, Outcome(r.Params.Outcome), r.Params.Limit, r.Params.Cursor)
	answer := api.ListTitleRows200JSONResponse{Items: []api.TitleRow{}, Next: next}
	for _, row := range rows {
		answer.Items = append(answer.Items, titleRowView(row))
	}
	return answer, err
}

func (h *server) EditTitleRow(ctx context.Context, r api.EditTitleRowRequestObject) (api.EditTitleRowResponseObject, error) {
	b := r.Body
	row, err := h.s.EditTitleRow(ctx, r.ListId, r.Row, TitleRowEdit{Name: b.Name, Code: b.Code, District: b.District, Skipped: b.Skipped, Rename: b.Rename})
	return api.EditTitleRow200JSONResponse(titleRowView(row)), err
}

func (h *server) CommitTitleList(ctx context.Context, r api.CommitTitleListRequestObject) (api.CommitTitleListResponseObject, error) {
	d, err := h.s.CommitTitleList(ctx, r.ListId)
	v, err := h.titleList(d, err)
	return api.CommitTitleList200JSONResponse{TitleListJSONResponse: v}, err
}

func (h *server) DiscardTitleList(ctx context.Context, r api.DiscardTitleListRequestObject) (api.DiscardTitleListResponseObject, error) {
	d, err := h.s.DiscardTitleList(ctx, r.ListId)
	v, err := h.titleList(d, err)
	return api.DiscardTitleList200JSONResponse{TitleListJSONResponse: v}, err
}
