package provider

import (
	"context"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// RedLineReport is somebody's word that a provider crossed a red line. Who said it is never shown to the provider; what follows for the
// provider is a decision of its own, with its own reason.
type RedLineReport struct {
	OrgID        string       `json:"orgId"`
	OrgName      string       `json:"orgName"`
	Jurisdiction string       `json:"jurisdiction"`
	Line         string       `json:"line"`
	Text         string       `json:"text"`
	Name         string       `json:"name"`
	Contact      string       `json:"contact"`
	State        string       `json:"state"` // open, upheld, dismissed
	At           when.Instant `json:"at"`
	DueAt        when.Instant `json:"dueAt"`
	Answer       string       `json:"answer,omitempty"`
	AnsweredAt   when.Instant `json:"answeredAt,omitempty"`
}

// Decide answers an open report, once.
func (r *RedLineReport) Decide(upheld bool, answer string, now when.Instant) error {
	if r.State != "open" {
		return fault.New(fault.Conflict, "report.answered", "the report is answered")
	}
	if err := needReason(answer); err != nil {
		return err
	}
	r.State, r.Answer, r.AnsweredAt = "dismissed", answer, now
	if upheld {
		r.State = "upheld"
	}
	return nil
}

func (r *RedLineReport) receipt(id string) api.ReportReceipt {
	return api.ReportReceipt{Id: id, OrgName: r.OrgName, State: api.ReportReceiptState(r.State), At: r.At.Time(), DueAt: r.DueAt.Time(), Answer: r.Answer, AnsweredAt: r.AnsweredAt.Time()}
}

func (r *RedLineReport) view(id string) api.Report {
	return api.Report{Id: id, OrgId: r.OrgID, OrgName: r.OrgName, Line: r.Line, Text: r.Text, Name: r.Name, Contact: r.Contact, State: api.ReportState(r.State),
		At: r.At.Time(), DueAt: r.DueAt.Time(), Answer: r.Answer, AnsweredAt: r.AnsweredAt.Time()}
}

// ReportProvider files a report; its id is the code its sender asks with.
func (s *Service) ReportProvider(ctx context.Context, orgID string, in api.ReportInput) (api.ReportReceipt, error) {
	member, err := s.members.Get(ctx, orgID)
	if err == nil && !member.Body.listed() {
		err = access.Hide.Err()
	}
	if err != nil {
		return api.ReportReceipt{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.ReportReceipt{}, err
	}
	_, fingerprint := rest.Creation(ctx, s.now())
	id := newCode()
	r := RedLineReport{OrgID: orgID, OrgName: member.Body.OrgName, Jurisdiction: member.Body.Jurisdiction, Line: string(in.Line), Text: strings.TrimSpace(in.Text),
		Name: in.Name, Contact: in.Contact, State: "open", At: when.At(s.now()), DueAt: when.At(settings.Calendar.After(s.now(), settings.ReviewWorkingDays))}
	data := about(&member.Body, "/work/review/reports", toStaff(member.Body.Jurisdiction)).with("dueAt", at(r.DueAt))
	doc, err := s.reports.Insert(ctx, id, r, docstore.Fingerprint(fingerprint), docstore.Emit(providerReported, data))
	return doc.Body.receipt(id), err
}

// GetProviderReport is how a report stands, for who holds its code.
func (s *Service) GetProviderReport(ctx context.Context, id string) (api.ReportReceipt, error) {
	doc, err := s.reports.Get(ctx, strings.ToUpper(id))
	return doc.Body.receipt(doc.ID), err
}

// ListProviderReports is the operator's list, the oldest first.
func (s *Service) ListProviderReports(ctx context.Context, p api.ListProviderReportsParams) (api.ListProviderReports200JSONResponse, error) {
	out := api.ListProviderReports200JSONResponse{Items: []api.Report{}}
	state := string(p.State)
	if state == "" {
		state = "open"
	}
	page, err := s.reports.Find(ctx, docstore.Query{Index: "state", Equal: []any{state}, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor})
	if err != nil {
		return out, err
	}
	a := access.From(ctx)
	for _, doc := range page.Items {
		if a.Operates(doc.Body.Jurisdiction) {
			out.Items = append(out.Items, doc.Body.view(doc.ID))
		}
	}
	out.Next = page.Next
	return out, nil
}

// DecideProviderReport answers a report.
func (s *Service) DecideProviderReport(ctx context.Context, id string, in api.DecideProviderReportJSONRequestBody) (api.Report, error) {
	a := access.From(ctx)
	doc, err := s.reports.Update(ctx, id, func(tx *docstore.Tx[RedLineReport]) error {
		if !a.Operates(tx.Body.Jurisdiction) {
			return access.Hide.Err()
		}
		return tx.Body.Decide(in.Upheld, in.Answer, when.At(tx.Now))
	})
	return doc.Body.view(doc.ID), err
}
