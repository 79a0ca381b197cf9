package provider

import (
	"context"
	"slices"

	"lianbang/services/platform/docstore"
	"lianbang/services/provider/api"
)

// PrefillSelfReport is the yearly self-report as far as the record fills it.
func (s *Service) PrefillSelfReport(ctx context.Context, id string, p api.PrefillSelfReportParams) (api.SelfReportInput, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return api.SelfReportInput{}, err
	}
	m := &doc.Body
	v := api.SelfReportInput{Year: p.Year}
	if i := slices.IndexFunc(m.SelfReports, func(r SelfReport) bool { return r.Year == p.Year }); i >= 0 {
		r := m.SelfReports[i]
		v.Served, v.Satisfaction, v.Staff, v.RevenueFen, v.Highlights, v.Changes = r.Served, r.Satisfaction, r.Staff, r.RevenueFen, r.Highlights, r.Changes
	} else if m.Application.Staff != nil {
		v.Staff = *m.Application.Staff
	}
	rows, err := s.o.Ratings.Rows(ctx, id)
	if err != nil {
		s.o.Log.Warn("a self-report is filled without the record", "member", id, "error", err)
		return v, nil
	}
	f := sumOf(inYear(rows, p.Year))
	v.Recorded = int64(f.clients)
	if v.Served == 0 {
		v.Served = v.Recorded
	}
	if v.Satisfaction == 0 && f.rows > 0 {
		v.Satisfaction = int64(10 * f.satisfaction / f.rows) // two marks of 5 are 100 percent
	}
	return v, nil
}

// SubmitSelfReport hands the yearly report in, with what the record says of that year.
func (s *Service) SubmitSelfReport(ctx context.Context, id string, in api.SelfReportInput) (api.Membership, error) {
	known, err := s.PrefillSelfReport(ctx, id, api.PrefillSelfReportParams{Year: in.Year})
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Report(by, tx.Now, SelfReport{Year: in.Year, Served: in.Served, Satisfaction: in.Satisfaction, Staff: in.Staff, RevenueFen: in.RevenueFen,
			Highlights: in.Highlights, Changes: in.Changes, Recorded: known.Recorded}); err != nil {
			return err
		}
		return tx.Emit(selfReported, about(tx.Body, reviewPage(id), toStaff(tx.Body.Jurisdiction)).with("year", in.Year))
	})
}

// ReviewSelfReport answers a self-report.
func (s *Service) ReviewSelfReport(ctx context.Context, id string, in api.ReviewSelfReportJSONRequestBody) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Review(by, tx.Now, in.Year, string(in.Verdict), in.Answer); err != nil {
			return err
		}
		return tx.Emit(selfReportReviewed, about(tx.Body, admissionPage, toOrg(id)).with("year", in.Year).with("answer", in.Answer))
	})
}
