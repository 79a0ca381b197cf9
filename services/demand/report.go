package demand

import (
	"context"
	"slices"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is the authority's figures: the monthly report on cooperation (成效月报) and the funnel from collected to accepted. Every
// figure comes with the rows it is the sum of.

// monthSpan is a month in China's time.
func monthSpan(month string) (from, to time.Time, err error) {
	from, err = time.ParseInLocation("2006-01", month, when.China)
	if err != nil {
		return from, to, fault.Bad(fault.Field{Path: "month", Code: "bad_format"})
	}
	return from, from.AddDate(0, 1, 0), nil
}

func within(i when.Instant, from, to time.Time) bool {
	return i != 0 && i >= when.At(from) && i < when.At(to)
}

// eachTask walks the tasks an operator reports on: the city's, or the district's.
func (s *Service) eachTask(ctx context.Context, do func(id string, k *Task)) error {
	a := access.From(ctx)
	q := docstore.Query{Index: "changed"}
	if a.Staff == access.DistrictOperator {
		q.Index, q.Equal = "district", []any{a.District}
	}
	return s.work.Each(ctx, q, func(doc docstore.Doc[Task]) error {
		do(doc.ID, &doc.Body)
		return nil
	})
}

// CooperationReport is a month's figures. An order counts in the month in which it was reported.
func (s *Service) CooperationReport(ctx context.Context, month string) (api.CooperationReport, error) {
	v := api.CooperationReport{Month: month, Rows: []api.CooperationRow{}, Kinds: []api.CooperationFigure{}}
	from, to, err := monthSpan(month)
	if err != nil {
		return v, err
	}
	if err := s.eachTask(ctx, func(id string, k *Task) {
		row := api.CooperationRow{TaskId: id, Cooperation: api.Cooperation(k.Cooperation), Title: k.Title, Issuer: k.Issuer, OrgName: k.OrgName,
			Signed: within(k.StartedAt, from, to), Accepted: within(k.AcceptedAt, from, to)}
		if row.Signed {
			row.AmountFen = k.Contracts[0].AmountFen
		}
		if k.Outcome != nil && within(k.Outcome.At, from, to) {
			row.OrderFen = k.Outcome.OrderFen
		}
		if row.Signed || row.Accepted || row.OrderFen > 0 {
			v.Rows = append(v.Rows, row)
		}
	}); err != nil {
		return v, err
	}
	for _, c := range Cooperations {
		f := api.CooperationFigure{Cooperation: api.Cooperation(c)}
		for _, row := range v.Rows {
			if row.Cooperation != f.Cooperation {
				continue
			}
			f.Signed, f.Accepted = f.Signed+btoi(row.Signed), f.Accepted+btoi(row.Accepted)
			f.AmountFen, f.OrderFen = f.AmountFen+row.AmountFen, f.OrderFen+row.OrderFen
		}
		v.Kinds = append(v.Kinds, f)
	}
	return v, nil
}

var cooperationNames = map[api.Cooperation]string{"order": "订单采购", "innovation": "协作创新", "sharing": "资源共享", "finance": "产融合作", "empowerment": "产业赋能",
	"patent": "专利对接", "other": "其他"}

// CooperationBook is the report as a workbook: the figures, and the rows behind them.
func (s *Service) CooperationBook(ctx context.Context, month string) (*office.Book, error) {
	v, err := s.CooperationReport(ctx, month)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	if err := b.Sheet(month+" 成效", []office.Column{{Title: "合作类型"}, {Title: "新签（项）"}, {Title: "合同金额（元）"}, {Title: "完成验收（项）"}, {Title: "带来订单（元）"}},
		func(yield func([]any) bool) {
			for _, f := range v.Kinds {
				if !yield([]any{cooperationNames[f.Cooperation], f.Signed, float64(f.AmountFen) / 100, f.Accepted, float64(f.OrderFen) / 100}) {
					return
				}
			}
		}); err != nil {
		return nil, err
	}
	return b, b.Sheet("明细", []office.Column{{Title: "合作类型"}, {Title: "项目", Width: 40}, {Title: "发榜单位", Width: 28}, {Title: "揭榜单位", Width: 28}, {Title: "本月新签"},
		{Title: "合同金额（元）"}, {Title: "本月验收"}, {Title: "带来订单（元）"}}, func(yield func([]any) bool) {
		for _, r := range v.Rows {
			if !yield([]any{cooperationNames[r.Cooperation], r.Title, r.Issuer, r.OrgName, btoi(r.Signed), float64(r.AmountFen) / 100, btoi(r.Accepted), float64(r.OrderFen) / 100}) {
				return
			}
		}
	})
}

// passage is when one demand reached each stage of the funnel; 0 where it has not.
type passage struct {
	id string
	at [5]when.Instant // collected, published, bid, signed, accepted
}

var stages = []api.FunnelStageStage{api.StageCollected, api.StagePublished, api.StageBid, api.StageSigned, api.StageAccepted}

// funnelStates are where a demand that was ever submitted can stand.
var funnelStates = []State{Submitted, Returned, Approved, Published, BiddingClosed, Evaluating, AwardNotice, Awarded, InProgress, Accepted, Closed, Rejected,
	NoAward, Terminated, Withdrawn}

// DemandFunnel counts the demands last submitted in a period by how far they got. It reads the index of submissions, and the tasks once.
func (s *Service) DemandFunnel(ctx context.Context, p api.GetDemandFunnelParams) (api.Funnel, error) {
	a := access.From(ctx)
	signed, accepted := map[string]when.Instant{}, map[string]when.Instant{}
	earliest := func(m map[string]when.Instant, id string, at when.Instant) {
		if had := m[id]; at != 0 && (had == 0 || at < had) {
			m[id] = at
		}
	}
	if err := s.eachTask(ctx, func(_ string, k *Task) {
		earliest(signed, k.DemandID, k.StartedAt)
		earliest(accepted, k.DemandID, k.AcceptedAt)
	}); err != nil {
		return api.Funnel{}, err
	}
	var all []passage
	for _, state := range funnelStates {
		q := docstore.Query{Index: "review", Equal: []any{state}, From: when.Instant(1)}
		if d := dayOf(p.From); d != "" {
			q.From = when.At(dawn(d))
		}
		if d := dayOf(p.To); d != "" {
			q.To = when.At(dawn(d).AddDate(0, 0, 1))
		}
		if err := s.demands.Each(ctx, q, func(doc docstore.Doc[Demand]) error {
			d := &doc.Body
			if !a.Operates(d.Jurisdiction) || p.Chain != "" && d.Terms.Chain != p.Chain || p.District != "" && d.Terms.District != p.District {
				return nil
			}
			bid, err := s.firstBid(ctx, doc.ID, d)
			all = append(all, passage{doc.ID, [5]when.Instant{d.SubmittedAt, d.PublishedAt, bid, signed[doc.ID], accepted[doc.ID]}})
			return err
		}); err != nil {
			return api.Funnel{}, err
		}
	}
	return funnelOf(all), nil
}

// firstBid is when the first answer that is in came in.
func (s *Service) firstBid(ctx context.Context, id string, d *Demand) (when.Instant, error) {
	var first when.Instant
	for _, e := range d.Manifest {
		if first == 0 || e.At < first {
			first = e.At
		}
	}
	if first != 0 || d.PublishedAt == 0 || d.ClosedAt != 0 {
		return first, nil
	}
	for _, state := range d.flow().active {
		page, err := s.bids.Find(ctx, docstore.Query{Index: "demand", Equal: []any{id, d.Round, state}, Limit: 1})
		if err != nil {
			return 0, err
		}
		if len(page.Items) > 0 && (first == 0 || page.Items[0].Body.SubmittedAt < first) {
			first = page.Items[0].Body.SubmittedAt
		}
	}
	return first, nil
}

// maxDrill is how many demands a figure opens at once.
const maxDrill = 200

// funnelOf counts passages. A step's days are counted where both its ends are there.
func funnelOf(all []passage) api.Funnel {
	v := api.Funnel{}
	for i, stage := range stages {
		f := api.FunnelStage{Stage: stage, DemandIds: []string{}}
		var days []float64
		for _, p := range all {
			if p.at[i] == 0 {
				continue
			}
			f.Count++
			if len(f.DemandIds) < maxDrill {
				f.DemandIds = append(f.DemandIds, p.id)
			}
			if i > 0 && p.at[i-1] != 0 {
				days = append(days, float64(max(p.at[i]-p.at[i-1], 0))/float64((24*time.Hour).Milliseconds()))
			}
		}
		if len(days) > 0 {
			m := median(days)
			f.MedianDays = &m
		}
		v.Stages = append(v.Stages, f)
	}
	return v
}

// median of at least one number, to a tenth.
func median(all []float64) float64 {
	slices.Sort(all)
	n := len(all)
	m := all[n/2]
	if n%2 == 0 {
		m = (all[n/2-1] + m) / 2
	}
	return float64(int64(m*10+0.5)) / 10
}
