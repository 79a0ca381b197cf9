package provider

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// poolSums adds the figures up by district, over the reader's own jurisdiction, and counts the reviews whose clock has run out, which
// time alone brings about.
func (s *Service) poolSums(ctx context.Context) (sums map[string]tally, overdue int64, err error) {
	a, now := access.From(ctx), when.At(s.now())
	sums = map[string]tally{}
	err = s.eachSheet(ctx, func(sheet *tallySheet) {
		for district, t := range sheet.Sums {
			if a.Operates(district) {
				sum := sums[district]
				sum.plus(t)
				sums[district] = sum
			}
		}
		for _, l := range sheet.Lines {
			if l.late(now) && a.Operates(l.District) {
				overdue++
			}
		}
	})
	return sums, overdue, err
}

// GetPoolDashboard is the operator's figures, from the maintained sheets.
func (s *Service) GetPoolDashboard(ctx context.Context) (api.PoolDashboard, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.PoolDashboard{}, err
	}
	sums, overdue, err := s.poolSums(ctx)
	if err != nil {
		return api.PoolDashboard{}, err
	}
	var all tally
	districts := map[string]int64{}
	cells := []map[string]any{}
	for district, t := range sums {
		all.plus(t)
		if n := t.States[Admitted]; n > 0 {
			districts[district] = n
		}
		for category, n := range t.Categories {
			if n > 0 {
				cells = append(cells, map[string]any{"category": category, "district": district, "count": n})
			}
		}
	}
	v := api.PoolDashboard{Target: int64(settings.PoolTarget), Admitted: all.States[Admitted], States: []api.PoolCount{}, Categories: []api.PoolCount{}, Districts: counts(districts),
		Overdue: overdue, Watched: all.Watched, Reviewed: all.Reviewed, ReviewedInTime: all.InTime, Offerings: all.Offerings}
	for _, state := range States[1:] {
		v.States = append(v.States, api.PoolCount{Key: string(state), Count: all.States[state]})
	}
	for _, c := range CategoryCodes() {
		v.Categories = append(v.Categories, api.PoolCount{Key: c, Count: all.Categories[c]})
	}
	slices.SortFunc(cells, func(a, b map[string]any) int {
		return strings.Compare(a["category"].(string)+a["district"].(string), b["category"].(string)+b["district"].(string))
	})
	v.Cells = like[api.PoolDashboard](map[string]any{"cells": cells}).Cells
	return v, nil
}

// counted reports whether a figure of the dashboard counts a line.
func (l line) counted(p api.ListPoolRowsParams, now when.Instant) bool {
	if p.State != "" && string(l.State) != string(p.State) || p.District != "" && l.District != p.District || p.Category != "" && !slices.Contains(l.Categories, string(p.Category)) {
		return false
	}
	switch p.Figure {
	case api.PoolFigureOverdue:
		return l.late(now)
	case api.PoolFigureWatched:
		return l.Watched
	case api.PoolFigureReviewed:
		return l.Reviewed
	case api.PoolFigureReviewedInTime:
		return l.InTime
	case api.PoolFigureOfferings:
		return l.State == Admitted && l.Offers > 0
	}
	return true
}

// ListPoolRows are the memberships behind one figure: the very lines it was counted from, with what the memberships say today.
func (s *Service) ListPoolRows(ctx context.Context, p api.ListPoolRowsParams) (api.ListPoolRows200JSONResponse, error) {
	out := api.ListPoolRows200JSONResponse{Items: []api.PoolRow{}}
	a, now := access.From(ctx), when.At(s.now())
	lines := map[string]line{}
	if err := s.eachSheet(ctx, func(sheet *tallySheet) {
		for id, l := range sheet.Lines {
			if a.Operates(l.District) && l.counted(p, now) {
				lines[id] = l
			}
		}
	}); err != nil {
		return out, err
	}
	ids := make([]string, 0, len(lines))
	for id := range lines {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, docstore.MaxLimit) {
		docs, err := s.members.GetMany(ctx, some)
		if err != nil {
			return out, err
		}
		for i := range docs {
			m, l := &docs[i].Body, lines[docs[i].ID]
			out.Items = append(out.Items, api.PoolRow{OrgId: m.OrgID, Name: m.OrgName, State: api.MembershipState(l.State), District: l.District, Categories: list(l.Categories),
				Number: m.Number, Offerings: l.Offers, ReviewDue: m.ReviewDue.Time(), Watched: m.Watch.words(), AdmittedAt: m.AdmittedAt.Time(), Reviewed: l.Reviewed, InTime: l.InTime})
		}
	}
	slices.SortStableFunc(out.Items, func(x, y api.PoolRow) int { return strings.Compare(x.Number, y.Number) })
	return out, nil
}

// stateNames are what a workbook's reader reads for the states.
var stateNames = map[State]string{Draft: "草稿", Submitted: "待受理", InitialReview: "初审中", ExpertReview: "专家评审", PublicNotice: "公示中", Admitted: "在库", Suspended: "暂停",
	Removed: "已出库", Returned: "退回补正", Rejected: "不予入库"}

var (
	poolFigureColumns = []office.Column{{Title: "指标", Width: 26}, {Title: "数量"}}
	poolRowColumns    = []office.Column{{Title: "编号"}, {Title: "机构名称", Width: 34}, {Title: "状态"}, {Title: "区县"}, {Title: "服务类别", Width: 40}, {Title: "在供服务"}, {Title: "初审已办结"},
		{Title: "初审按期"}, {Title: "重点关注", Width: 40}, {Title: "入库日期"}}
)

// tables are the dashboard's figures, their cells, and every row they were counted from.
type tables struct {
	figures, cells, rows [][]any
	districts            []string // the columns of the cells between the first and the last
}

func (s *Service) dashboardTables(ctx context.Context) (tables, error) {
	var t tables
	v, err := s.GetPoolDashboard(ctx)
	if err != nil {
		return t, err
	}
	known, err := s.o.Lists.Districts(ctx)
	if err != nil {
		return t, err
	}
	all, err := s.ListPoolRows(ctx, api.ListPoolRowsParams{})
	if err != nil {
		return t, err
	}
	figure := func(name string, n int64) { t.figures = append(t.figures, []any{name, n}) }
	figure("在库机构", v.Admitted)
	figure("建设目标", v.Target)
	for _, c := range v.States {
		figure("状态："+stateNames[State(c.Key)], c.Count)
	}
	figure("初审已办结", v.Reviewed)
	figure("其中按期办结", v.ReviewedInTime)
	figure("超期未办", v.Overdue)
	figure("重点关注", v.Watched)
	figure("在供服务", v.Offerings)
	at := map[[2]string]int64{}
	for _, c := range v.Cells {
		at[[2]string{c.Category, c.District}] = c.Count
	}
	for _, d := range v.Districts {
		t.districts = append(t.districts, nameOr(known, d.Key))
	}
	for _, c := range v.Categories {
		row := []any{nameOfCode(c.Key)}
		for _, d := range v.Districts {
			row = append(row, at[[2]string{c.Key, d.Key}])
		}
		t.cells = append(t.cells, append(row, c.Count))
	}
	yes := map[bool]string{true: "是"}
	for _, r := range all.Items {
		admitted := ""
		if !r.AdmittedAt.IsZero() {
			admitted = string(when.DayOf(r.AdmittedAt))
		}
		t.rows = append(t.rows, []any{r.Number, r.Name, stateNames[State(r.State)], nameOr(known, r.District), names(r.Categories), r.Offerings, yes[r.Reviewed], yes[r.InTime], r.Watched, admitted})
	}
	return t, nil
}

// DashboardBook is the dashboard as a workbook: figures, cells, and the rows they were counted from.
func (s *Service) DashboardBook(ctx context.Context) (*office.Book, error) {
	t, err := s.dashboardTables(ctx)
	if err != nil {
		return nil, err
	}
	head := []office.Column{{Title: "服务类别", Width: 16}}
	for _, d := range t.districts {
		head = append(head, office.Column{Title: d})
	}
	b := office.NewBook()
	for _, sheet := range []struct {
		name    string
		columns []office.Column
		rows    [][]any
	}{{"指标", poolFigureColumns, t.figures}, {"类别与区县", append(head, office.Column{Title: "合计"}), t.cells}, {"明细", poolRowColumns, t.rows}} {
		if err := b.Sheet(sheet.name, sheet.columns, slices.Values(sheet.rows)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// WriteDashboardRows writes the rows behind the dashboard as CSV.
func (s *Service) WriteDashboardRows(ctx context.Context, w io.Writer) error {
	t, err := s.dashboardTables(ctx)
	if err != nil {
		return err
	}
	return office.WriteCSV(w, poolRowColumns, func(yield func([]string) bool) {
		for _, row := range t.rows {
			text := make([]string, len(row))
			for i, cell := range row {
				text[i] = fmt.Sprint(cell)
			}
			if !yield(text) {
				return
			}
		}
	})
}
