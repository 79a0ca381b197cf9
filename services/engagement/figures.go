package engagement

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// Cell is what engagements of one month, district and category come to. All are counts of engagements, but ContractFen and PaidFen
// (fen) and Marks (the marks of the ratings added up, three for each). Adding cells gives the cell of the whole.
type Cell struct {
	Enquiries      int64 `json:"enquiries"`
	AnsweredInTime int64 `json:"answeredInTime"`
	AnsweredLate   int64 `json:"answeredLate"`
	Waiting        int64 `json:"waiting"`
	Unanswered     int64 `json:"unanswered"`
	Quoted         int64 `json:"quoted"`
	Contracted     int64 `json:"contracted"` // and not called off
	ContractFen    int64 `json:"contractFen"`
	PaidFen        int64 `json:"paidFen"` // confirmed by the provider
	Taken          int64 `json:"taken"`
	Rated          int64 `json:"rated"` // by the client, and not set aside
	Marks          int64 `json:"marks"`
	Disputed       int64 `json:"disputed"`
	Cancelled      int64 `json:"cancelled"`
	Declined       int64 `json:"declined"`
	Offline        int64 `json:"offline"`
}

// parts lists the numbers of a cell by the measure that names each.
func (c *Cell) parts() iter.Seq2[api.Measure, *int64] {
	return func(yield func(api.Measure, *int64) bool) {
		for _, p := range []struct {
			m api.Measure
			n *int64
		}{{"enquiries", &c.Enquiries}, {"answeredInTime", &c.AnsweredInTime}, {"answeredLate", &c.AnsweredLate}, {"waiting", &c.Waiting},
			{"unanswered", &c.Unanswered}, {"quoted", &c.Quoted}, {"contracted", &c.Contracted}, {"contractFen", &c.ContractFen}, {"paidFen", &c.PaidFen},
			{"taken", &c.Taken}, {"rated", &c.Rated}, {"marks", &c.Marks}, {"disputed", &c.Disputed}, {"cancelled", &c.Cancelled},
			{"declined", &c.Declined}, {"offline", &c.Offline}} {
			if !yield(p.m, p.n) {
				return
			}
		}
	}
}

// Add adds another cell.
func (c *Cell) Add(o Cell) {
	next, stop := iter.Pull2(o.parts())
	defer stop()
	for _, n := range c.parts() {
		_, more, _ := next()
		*n += *more
	}
}

// Of is one of its numbers.
func (c Cell) Of(m api.Measure) int64 {
	for name, n := range c.parts() {
		if name == m {
			return *n
		}
	}
	return 0
}

// Cell is what one engagement adds to the figures. A record entered afterwards adds nothing before the client confirms it.
func (e *Engagement) Cell() Cell {
	var c Cell
	if e.Offline && e.TakenAt == 0 {
		return c
	}
	count := func(n *int64, when bool) {
		if when {
			*n = 1
		}
	}
	asked := e.FirstDue != 0
	count(&c.Enquiries, asked)
	count(&c.AnsweredInTime, asked && e.InTime())
	count(&c.AnsweredLate, asked && e.AnsweredAt != 0 && !e.InTime())
	count(&c.Unanswered, asked && e.AnsweredAt == 0 && e.Escalated)
	count(&c.Waiting, asked && e.AnsweredAt == 0 && !e.Escalated && e.State == Enquiry)
	count(&c.Quoted, len(e.Quotes) > 0)
	count(&c.Taken, e.TakenAt != 0)
	count(&c.Disputed, len(e.Quarrels) > 0)
	count(&c.Cancelled, e.State == Cancelled)
	count(&c.Declined, e.State == Declined)
	count(&c.Offline, e.Offline)
	if e.Contract != nil && e.Contract.ConfirmedAt != 0 && e.State != Cancelled {
		c.Contracted, c.ContractFen = 1, e.Contract.AmountFen
	}
	c.PaidFen = e.paid(true)
	if e.Service.Counts() {
		c.Rated = 1
		for _, m := range e.Service.Marks {
			c.Marks += int64(m.Score)
		}
	}
	return c
}

// recount brings one cell of the sheets up to date: counted anew from its engagements, so that doing it twice, or after a crash, is as good
// as once.
func (s *Service) recount(ctx context.Context, month, district, category string) error {
	_, err := s.sheets.Upsert(ctx, month+":"+district, func(sheet *Sheet) error {
		cell, err := s.counted(ctx, docstore.Query{Index: "cell", Equal: []any{month, district, category}})
		if sheet.Cells == nil {
			*sheet = Sheet{Month: month, District: district, Cells: map[string]Cell{}}
		}
		sheet.Cells[category] = cell
		return err
	})
	return err
}

// Slice is a part of the figures: months "2026-01" from and to, both included; district and category may be empty for all.
type Slice struct{ From, To, District, Category string }

// slice fills in what was not asked: a year to this month; and keeps a district operator to the district.
func (s *Service) slice(ctx context.Context, in Slice) (Slice, error) {
	now := s.now().In(when.China)
	if in.To == "" {
		in.To = now.Format("2006-01")
	}
	if in.From == "" {
		in.From = now.AddDate(0, -11, 1-now.Day()).Format("2006-01")
	}
	for _, m := range []string{in.From, in.To} {
		if _, err := time.Parse("2006-01", m); err != nil {
			return in, fault.Bad(fault.Field{Path: "from", Code: "bad_format"})
		}
	}
	if in.To < in.From || len(in.months()) > 60 {
		return in, fault.Bad(fault.Field{Path: "to", Code: "out_of_range", Detail: "up to 60 months"})
	}
	if a := access.From(ctx); a.Staff == access.DistrictOperator {
		if in.District != "" && in.District != a.District {
			return in, access.Forbid.Err()
		}
		in.District = a.District
	}
	return in, nil
}

func (p Slice) months() []string {
	var all []string
	t, err := time.Parse("2006-01", p.From)
	for ; err == nil && t.Format("2006-01") <= p.To && len(all) <= 60; t = t.AddDate(0, 1, 0) {
		all = append(all, t.Format("2006-01"))
	}
	return all
}

func (p Slice) wants(category string) bool { return p.Category == "" || p.Category == category }

// GetEngagementFigures sums the maintained sheets.
func (s *Service) GetEngagementFigures(ctx context.Context, in Slice) (api.Figures, error) {
	p, err := s.slice(ctx, in)
	if err != nil {
		return api.Figures{}, err
	}
	var total Cell
	months, districts, categories := map[string]Cell{}, map[string]Cell{}, map[string]Cell{}
	add := func(to map[string]Cell, key string, c Cell) {
		sum := to[key]
		sum.Add(c)
		to[key] = sum
	}
	for _, m := range p.months() {
		months[m] = Cell{} // a month without any shows as one
	}
	err = s.sheets.Each(ctx, docstore.Query{Index: "month", From: p.From, To: p.To + "~", Limit: docstore.MaxLimit}, func(d docstore.Doc[Sheet]) error {
		if p.District != "" && d.Body.District != p.District {
			return nil
		}
		for category, c := range d.Body.Cells {
			if !p.wants(category) {
				continue
			}
			total.Add(c)
			add(months, d.Body.Month, c)
			add(districts, d.Body.District, c)
			add(categories, category, c)
		}
		return nil
	})
	return api.Figures{From: p.From, To: p.To, Total: cellView(total), ByMonth: lines(months), ByDistrict: lines(districts), ByCategory: lines(categories)}, err
}

func lines(of map[string]Cell) []api.FigureLine {
	all := []api.FigureLine{}
	for key, c := range of {
		all = append(all, api.FigureLine{Key: key, Cell: cellView(c)})
	}
	slices.SortFunc(all, func(a, b api.FigureLine) int { return strings.Compare(a.Key, b.Key) })
	return all
}

func cellView(c Cell) api.FigureCell {
	return api.FigureCell{Enquiries: c.Enquiries, AnsweredInTime: c.AnsweredInTime, AnsweredLate: c.AnsweredLate, Waiting: c.Waiting, Unanswered: c.Unanswered,
		Quoted: c.Quoted, Contracted: c.Contracted, ContractFen: c.ContractFen, PaidFen: c.PaidFen, Taken: c.Taken, Rated: c.Rated, Marks: c.Marks,
		Disputed: c.Disputed, Cancelled: c.Cancelled, Declined: c.Declined, Offline: c.Offline}
}

// ListFigureRows lists the engagements behind one number; their values add up to it. A page may be short and still have a next one.
func (s *Service) ListFigureRows(ctx context.Context, in Slice, m api.Measure, limit int, cursor string) (api.FigureRowPage, error) {
	page := api.FigureRowPage{Items: []api.FigureRow{}}
	p, err := s.slice(ctx, in)
	if err != nil {
		return page, err
	}
	months := p.months()
	if cursor != "" {
		at, rest, _ := strings.Cut(cursor, "|")
		i := slices.Index(months, at)
		if i < 0 {
			return page, fault.Bad(fault.Field{Path: "cursor", Code: "invalid"})
		}
		months, cursor = months[i:], rest
	}
	for i, month := range months {
		q := docstore.Query{Index: "cell", Equal: []any{month}, Limit: docstore.PageSize(limit), Cursor: cursor}
		if p.District != "" {
			q.Equal = append(q.Equal, p.District)
			if p.Category != "" {
				q.Equal = append(q.Equal, p.Category)
			}
		}
		found, err := s.engagements.Find(ctx, q)
		if err != nil {
			return page, err
		}
		for _, d := range found.Items {
			e := &d.Body
			if v := e.Cell().Of(m); v != 0 && p.wants(e.Category) {
				page.Items = append(page.Items, figureRow(d, v))
			}
		}
		if cursor = ""; found.Next != "" {
			page.Next = month + "|" + found.Next
			return page, nil
		}
		if len(page.Items) >= docstore.PageSize(limit) && i+1 < len(months) {
			page.Next = months[i+1] + "|"
			return page, nil
		}
	}
	return page, nil
}

// figureRow is an engagement as what it adds to a number.
func figureRow(d docstore.Doc[Engagement], value int64) api.FigureRow {
	e := &d.Body
	return api.FigureRow{EngagementId: d.ID, Subject: e.Terms.Subject, ClientName: e.ClientName, ProviderName: e.ProviderName, State: api.EngagementState(e.State), Month: e.Month,
		District: e.District, Category: e.Category, Value: value}
}

// ExportEngagementFigures is the figures as a workbook, a sheet for each way to cut them.
func (s *Service) ExportEngagementFigures(ctx context.Context, in Slice) (*office.Book, error) {
	f, err := s.GetEngagementFigures(ctx, in)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	book := office.NewBook()
	columns := []office.Column{{Title: "分组"}, {Title: "询价"}, {Title: "按时首答"}, {Title: "超时首答"}, {Title: "等待首答"}, {Title: "超时未答"}, {Title: "已报价"},
		{Title: "签约"}, {Title: "合同额（元）"}, {Title: "已确认付款（元）"}, {Title: "验收"}, {Title: "评价"}, {Title: "评分合计"}, {Title: "发生争议"}, {Title: "取消"}, {Title: "未成交"}, {Title: "补录"}}
	for _, sheet := range []struct {
		name  string
		lines []api.FigureLine
	}{{"按月", f.ByMonth}, {"按区县", f.ByDistrict}, {"按类别", f.ByCategory}, {"合计", []api.FigureLine{{Key: "合计", Cell: f.Total}}}} {
		rows := func(yield func([]any) bool) {
			for _, l := range sheet.lines {
				c := l.Cell
				name := l.Key
				if n, ok := names[l.Key]; ok {
					name = n
				}
				if !yield([]any{name, c.Enquiries, c.AnsweredInTime, c.AnsweredLate, c.Waiting, c.Unanswered, c.Quoted, c.Contracted, float64(c.ContractFen) / 100,
					float64(c.PaidFen) / 100, c.Taken, c.Rated, c.Marks, c.Disputed, c.Cancelled, c.Declined, c.Offline}) {
					return
				}
			}
		}
		if err := book.Sheet(sheet.name, columns, rows); err != nil {
			return nil, err
		}
	}
	return book, nil
}
