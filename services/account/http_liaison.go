package account

import (
	"bytes"
	"context"
	"io"
	"strconv"

	"lianbang/services/account/api"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// Liaisons, their ledger and the dossier as a whole, over HTTP.

// yearOf is the year asked for, this one when none is.
func (h *server) yearOf(asked int) int {
	if asked != 0 {
		return asked
	}
	return h.s.now().In(when.China).Year()
}

func (h *server) ListLiaisons(ctx context.Context, r api.ListLiaisonsRequestObject) (api.ListLiaisonsResponseObject, error) {
	year := h.yearOf(r.Params.Year)
	rows, err := h.s.ListLiaisons(ctx, year, r.Params.DistrictCode, r.Params.UserId, r.Params.Short)
	v := api.ListLiaisons200JSONResponse{Year: year, Items: []api.LiaisonRow{}}
	for _, x := range rows {
		v.Items = append(v.Items, api.LiaisonRow{OrgId: x.OrgID, OrgName: x.OrgName, DistrictCode: x.District, UserId: x.UserID, Name: x.Name, Visits: x.Visits, Solved: x.Solved, Open: x.Open,
			Overdue: x.Overdue, LastOn: date(x.LastOn)})
	}
	return v, err
}

func (h *server) AssignLiaisons(ctx context.Context, r api.AssignLiaisonsRequestObject) (api.AssignLiaisonsResponseObject, error) {
	n, err := h.s.AssignLiaisons(ctx, Assignment{UserID: r.Body.UserId, OrgIDs: r.Body.OrgIds, District: r.Body.DistrictCode, OnlyWithout: r.Body.OnlyWithout})
	return api.AssignLiaisons200JSONResponse{Assigned: n}, err
}

func (h *server) ListLiaisonCandidates(ctx context.Context, _ api.ListLiaisonCandidatesRequestObject) (api.ListLiaisonCandidatesResponseObject, error) {
	people, err := h.s.LiaisonCandidates(ctx)
	v := api.ListLiaisonCandidates200JSONResponse{Items: []api.LiaisonCandidate{}}
	for _, p := range people {
		v.Items = append(v.Items, api.LiaisonCandidate{UserId: p.ID, Name: p.Body.Name, Post: api.Post(p.Body.Staff), DistrictCode: p.Body.District})
	}
	return v, err
}

func serviceFigureViews(all []ServiceFigure) []api.ServiceFigure {
	views := []api.ServiceFigure{}
	for _, f := range all {
		views = append(views, api.ServiceFigure{Key: f.Key, Name: f.Name, Firms: f.Firms, Visited: f.Visited, Solved: f.Solved, Open: f.Open, Overdue: f.Overdue, Short: f.Short})
	}
	return views
}

func (h *server) GetServiceFigures(ctx context.Context, r api.GetServiceFiguresRequestObject) (api.GetServiceFiguresResponseObject, error) {
	year := h.yearOf(r.Params.Year)
	byLiaison, byDistrict, err := h.s.ServiceFigures(ctx, year)
	return api.GetServiceFigures200JSONResponse{Year: year, ByLiaison: serviceFigureViews(byLiaison), ByDistrict: serviceFigureViews(byDistrict)}, err
}

func (h *server) ExportServiceLedger(ctx context.Context, r api.ExportServiceLedgerRequestObject) (api.ExportServiceLedgerResponseObject, error) {
	year := h.yearOf(r.Params.Year)
	book, err := h.s.ExportServiceLedger(ctx, year)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	n, err := book.WriteTo(&buf)
	return api.ExportServiceLedger200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: io.Reader(&buf), ContentLength: n,
		Headers: api.ExportServiceLedger200ResponseHeaders{ContentDisposition: blob.Disposition(strconv.Itoa(year) + "年服务台账.xlsx")}}, err
}

func (h *server) DownloadServiceTemplate(ctx context.Context, _ api.DownloadServiceTemplateRequestObject) (api.DownloadServiceTemplateResponseObject, error) {
	book, err := h.s.DownloadServiceTemplate(ctx)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	n, err := book.WriteTo(&buf)
	return api.DownloadServiceTemplate200ApplicationvndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: io.Reader(&buf), ContentLength: n,
		Headers: api.DownloadServiceTemplate200ResponseHeaders{ContentDisposition: blob.Disposition("服务台账模板.xlsx")}}, err
}

func (h *server) ImportServices(ctx context.Context, r api.ImportServicesRequestObject) (api.ImportServicesResponseObject, error) {
	_, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	report, err := h.s.ImportServices(ctx, content, r.Params.Check)
	if err != nil {
		return nil, err
	}
	v := api.ServiceImport{Created: report.Count("created"), Changed: report.Count("changed"), Unchanged: report.Count("unchanged"), Wrong: report.Count("wrong"), UnknownColumns: report.Unknown}
	for _, row := range report.Rows {
		errs := []api.FieldProblem{}
		for _, f := range row.Errors {
			errs = append(errs, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
		}
		v.Rows = append(v.Rows, api.ServiceImportRow{Row: row.Number, ItemNumber: row.Firm, Title: row.Summary, Outcome: api.ServiceImportRowOutcome(row.Outcome), Errors: errs})
	}
	return api.ImportServices200JSONResponse(v), nil
}

func (h *server) serviceView(d docstore.Doc[ServiceEntry]) api.ServiceEntry {
	e := &d.Body
	return api.ServiceEntry{Id: d.ID, Kind: api.ServiceKind(e.Kind), Name: e.Name, On: date(e.On), Summary: e.Summary, DueOn: date(e.DueOn), SolvedOn: date(e.SolvedOn), Outcome: e.Outcome,
		Visible: e.Visible, Overdue: e.Overdue(when.DayOf(h.s.now()))}
}

func serviceWords(in *api.ServiceInput) ServiceWords {
	return ServiceWords{Kind: ServiceKind(in.Kind), On: dayOf(in.On), Summary: in.Summary, DueOn: dayOf(in.DueOn), Outcome: in.Outcome, Visible: in.Visible}
}

func (h *server) GetFirmService(ctx context.Context, r api.GetFirmServiceRequestObject) (api.GetFirmServiceResponseObject, error) {
	l, entries, serves, err := h.s.FirmService(ctx, r.OrgId)
	v := api.GetFirmService200JSONResponse{Serves: serves, Entries: []api.ServiceEntry{}}
	if l != nil {
		v.Liaison = api.Liaison{UserId: l.UserID, Name: l.Name, Office: l.Office, Since: l.At.Time()}
	}
	for _, e := range entries {
		v.Entries = append(v.Entries, h.serviceView(e))
	}
	return v, err
}

func (h *server) RecordService(ctx context.Context, r api.RecordServiceRequestObject) (api.RecordServiceResponseObject, error) {
	d, err := h.s.RecordService(ctx, r.OrgId, serviceWords(r.Body))
	return api.RecordService201JSONResponse(h.serviceView(d)), err
}

func (h *server) EditService(ctx context.Context, r api.EditServiceRequestObject) (api.EditServiceResponseObject, error) {
	d, err := h.s.EditService(ctx, r.EntryId, serviceWords(r.Body))
	return api.EditService200JSONResponse(h.serviceView(d)), err
}

func (h *server) dossierView(ctx context.Context, doc OrgDoc) (api.Dossier, error) {
	city, err := h.s.city(ctx)
	if err != nil {
		return api.Dossier{}, err
	}
	o := &doc.Body
	due := o.DossierDue(city.Body.Rules)
	v := api.Dossier{Past: []api.PastFact{}, ConfirmedAt: o.confirmedAt().Time(), DueAt: due.Time(), Overdue: due != 0 && due < when.At(h.s.now())}
	there := 0
	gaps := o.Gaps()
	for _, g := range gaps {
		if g.There {
			there++
		}
		v.Gaps = append(v.Gaps, api.DossierGap{Key: g.Key, There: g.There, Unlocks: g.Unlocks})
	}
	v.Percent = there * 100 / len(gaps)
	for i := len(o.PastFacts) - 1; i >= 0; i-- {
		p := o.PastFacts[i]
		v.Past = append(v.Past, api.PastFact{Fact: api.Fact{Key: p.Key, Value: p.Value, AsOf: date(p.AsOf), Source: api.FactSource(p.Source), RecordedAt: p.RecordedAt.Time(), RecordedBy: p.RecordedBy,
			ByName: p.ByName, Proof: p.Proof}, EndedAt: p.EndedAt.Time(), EndedBy: p.EndedBy})
	}
	return v, nil
}

func (h *server) GetDossier(ctx context.Context, r api.GetDossierRequestObject) (api.GetDossierResponseObject, error) {
	doc, err := h.s.GetDossier(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	v, err := h.dossierView(ctx, doc)
	return api.GetDossier200JSONResponse(v), err
}

func (h *server) ConfirmDossier(ctx context.Context, r api.ConfirmDossierRequestObject) (api.ConfirmDossierResponseObject, error) {
	doc, err := h.s.ConfirmDossier(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	v, err := h.dossierView(ctx, doc)
	return api.ConfirmDossier200JSONResponse(v), err
}

func (h *server) VouchFact(ctx context.Context, r api.VouchFactRequestObject) (api.VouchFactResponseObject, error) {
	doc, err := h.s.VouchFact(ctx, r.OrgId, r.Body.Key, r.Body.Value, r.Body.Proof)
	if err != nil {
		return nil, err
	}
	v, err := h.dossierView(ctx, doc)
	return api.VouchFact200JSONResponse(v), err
}
