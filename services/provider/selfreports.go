package provider

import (
	"cmp"
	"context"
	"slices"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// ListSelfReports are the yearly self-reports that wait for their review, the longest waiting first.
func (s *Service) ListSelfReports(ctx context.Context, p api.ListSelfReportsParams) (api.WaitingReportPage, error) {
	out := api.WaitingReportPage{Items: []api.WaitingReport{}}
	a := access.From(ctx)
	page, err := s.members.Find(ctx, docstore.Query{Index: "reported", From: when.Instant(1), Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor})
	out.Next = page.Next
	for _, doc := range page.Items {
		m := &doc.Body
		if !a.Operates(m.Jurisdiction) || !slices.Contains(inPool, m.State) {
			continue
		}
		for _, r := range m.SelfReports {
			if r.Verdict == "" {
				out.Items = append(out.Items, api.WaitingReport{OrgId: m.OrgID, OrgName: m.OrgName, District: m.Jurisdiction, Number: m.Number, Report: reportView(r)})
			}
		}
	}
	slices.SortStableFunc(out.Items, func(x, y api.WaitingReport) int { return cmp.Compare(x.Report.At.UnixMilli(), y.Report.At.UnixMilli()) })
	return out, err
}

// ReviewSelfReports gives one verdict on the reports of a year of several providers, each on its own.
func (s *Service) ReviewSelfReports(ctx context.Context, in api.BulkReview) (api.ReviewSelfReports200JSONResponse, error) {
	out := api.ReviewSelfReports200JSONResponse{Done: []string{}, Failed: []api.BulkFailure{}}
	for _, id := range in.OrgIds {
		_, err := s.ReviewSelfReport(ctx, id, api.ReviewSelfReportJSONRequestBody{Year: in.Year, Verdict: api.ReviewSelfReportJSONBodyVerdict(in.Verdict), Answer: in.Answer})
		if f := fault.As(err); err != nil && (f.Kind == fault.Internal || f.Kind == fault.Unavailable) {
			return out, err
		}
		if err != nil {
			out.Failed = append(out.Failed, api.BulkFailure{OrgId: id, Code: fault.As(err).Code})
			continue
		}
		out.Done = append(out.Done, id)
	}
	return out, nil
}

func reportView(r SelfReport) api.SelfReport {
	return api.SelfReport{Year: r.Year, Served: r.Served, Satisfaction: r.Satisfaction, Staff: r.Staff, RevenueFen: r.RevenueFen, Highlights: r.Highlights, Changes: r.Changes,
		Recorded: r.Recorded, At: r.At.Time(), Verdict: api.SelfReportVerdict(r.Verdict), Answer: r.Answer, AnsweredAt: r.AnsweredAt.Time()}
}
