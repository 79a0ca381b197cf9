package achievement

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file is what lists are published as, and what became of them: the columns of real lists (domain-research §3.1), and a funnel whose
// every figure is the sum of rows that can be read.

// contracted are the deals that came to a contract.
var contracted = []DealState{Signed, Registered, Fulfilled}

// listKey names a list: whose, which, and which issue of it.
type listKey struct{ org, list, issue string }

// ListAchievementLists are the published lists, each with what came of it, the largest first. Nothing in it names a firm.
func (s *Service) ListAchievementLists(ctx context.Context) ([]api.AchievementListFigures, error) {
	all := map[listKey]*api.AchievementListFigures{}
	where := map[string]listKey{} // achievement → its list
	err := s.achievements.Each(ctx, docstore.Query{Index: "board", Equal: []any{"public"}}, func(doc docstore.Doc[Achievement]) error {
		a := &doc.Body
		key := listKey{a.OrgID, a.Profile.SourceList, a.Profile.SourceIssue}
		if all[key] == nil {
			all[key] = &api.AchievementListFigures{OrgId: a.OrgID, OrgName: a.OrgName, List: key.list, Issue: key.issue}
		}
		all[key].Published++
		where[doc.ID] = key
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = s.deals.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Deal]) error {
		d := &doc.Body
		f := all[where[d.AchievementID]]
		if f == nil {
			return nil
		}
		f.Interests++
		if slices.Contains(contracted, d.State) {
			f.Contracts++
			f.AmountFen += d.Contract.PriceFen
		}
		return nil
	})
	lists := []api.AchievementListFigures{}
	for _, f := range all {
		lists = append(lists, *f)
	}
	slices.SortFunc(lists, func(a, b api.AchievementListFigures) int {
		return cmp.Or(b.Published-a.Published, strings.Compare(a.OrgName+a.List+a.Issue, b.OrgName+b.List+b.Issue))
	})
	return lists, err
}

// columns are those of a published list.
var columns = []office.Column{{Title: "成果名称", Width: 36}, {Title: "完成单位", Width: 24}, {Title: "院系", Width: 20}, {Title: "技术领域", Width: 14}, {Title: "行业代码"}, {Title: "成熟度（TRL）"},
	{Title: "先进程度", Width: 20}, {Title: "知识产权", Width: 36}, {Title: "合作方式", Width: 24}, {Title: "简介", Width: 50}, {Title: "解决的问题", Width: 50}, {Title: "应用前景", Width: 40}, {Title: "验证与应用案例", Width: 40},
	{Title: "意向价格（万元）"}, {Title: "来源清单", Width: 28}, {Title: "期次"}}

func (a *Achievement) row() []string {
	p := &a.Profile
	var rights, ways, cases []string
	for _, ip := range p.IP {
		rights = append(rights, strings.TrimSpace(ip.Kind+" "+ip.Number+" "+ip.Status))
	}
	for _, w := range p.Ways {
		ways = append(ways, w.name())
	}
	for _, c := range p.Cases {
		cases = append(cases, c.Title)
	}
	price := "面议"
	if p.PriceFen > 0 {
		price = strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%06d", p.PriceFen/1_000_000, p.PriceFen%1_000_000), "0"), ".")
	}
	return []string{p.Name, a.OrgName, p.Department, p.Field, p.IndustryCode, fmt.Sprint(p.TRL), p.Novelty, strings.Join(rights, "；"), strings.Join(ways, "、"), p.Summary, p.Problem,
		p.Prospects, strings.Join(cases, "；"), price, p.SourceList, p.SourceIssue}
}

// ExportAchievementList is a published list as xlsx or CSV. A list that is not there is NotFound.
func (s *Service) ExportAchievementList(ctx context.Context, orgID, list, issue, format string) ([]byte, error) {
	var rows [][]string
	err := s.achievements.Each(ctx, docstore.Query{Index: "boardOrg", Equal: []any{"public", orgID}}, func(doc docstore.Doc[Achievement]) error {
		if p := &doc.Body.Profile; p.SourceList == list && p.SourceIssue == issue {
			rows = append(rows, doc.Body.row())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, access.Hide.Err()
	}
	var buf bytes.Buffer
	if format == "csv" {
		buf.WriteString("\ufeff") // a spreadsheet program on Windows takes a file without the mark for GBK
		w := csv.NewWriter(&buf)
		var head []string
		for _, c := range columns {
			head = append(head, c.Title)
		}
		for _, row := range append([][]string{head}, rows...) {
			for i, cell := range row { // text that a spreadsheet program would run stays text
				if cell != "" && strings.ContainsRune("=+-@\t", rune(cell[0])) {
					row[i] = "'" + cell
				}
			}
			if err := w.Write(row); err != nil {
				return nil, err
			}
		}
		w.Flush()
		return buf.Bytes(), w.Error()
	}
	book := office.NewBook()
	err = book.Sheet("成果清单", columns, func(yield func([]any) bool) {
		for _, row := range rows {
			cells := make([]any, len(row))
			for i := range row {
				cells[i] = row[i]
			}
			if !yield(cells) {
				return
			}
		}
	})
	if err == nil {
		_, err = book.WriteTo(&buf)
	}
	return buf.Bytes(), err
}

// GetAchievementFigures is the funnel of deals by university, chain or district; with a key, the rows that group is the sum of. A university
// sees its own, an operator its jurisdiction's.
func (s *Service) GetAchievementFigures(ctx context.Context, by, key string) (api.AchievementFigures, error) {
	actor := access.From(ctx)
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AchievementFigures{}, err
	}
	f := api.AchievementFigures{Groups: []api.AchievementFunnel{}, Rows: []api.AchievementFigureRow{}, ServedTarget: settings.ServedTarget}
	q := docstore.Query{Index: "seller", Equal: []any{actor.OrgID}}
	switch actor.Staff {
	case access.CityOperator:
		q = docstore.Query{}
	case access.DistrictOperator:
		q = docstore.Query{Index: "jurisdiction", Equal: []any{actor.District}}
	default:
		if actor.OrgID == "" {
			return f, fault.New(fault.Forbidden, "", "a university's or the authority's figures")
		}
	}
	groups := map[string]*api.AchievementFunnel{}
	year := s.now().In(when.China).Year()
	err = s.deals.Each(ctx, q, func(doc docstore.Doc[Deal]) error {
		d := &doc.Body
		name := map[string]string{"university": d.Seller, "chain": d.Chain, "district": d.District}[by]
		g := groups[name]
		if g == nil {
			g = &api.AchievementFunnel{Key: name}
			groups[name] = g
		}
		row := api.AchievementFigureRow{DealId: doc.ID, Title: d.Title, State: api.DealState(d.State), ReceivedFen: d.Received()}
		g.Interests++
		if d.State != Interest {
			g.Talks++
		}
		if slices.Contains(contracted, d.State) {
			g.Contracts++
			g.AmountFen += d.Contract.PriceFen
			row.AmountFen = d.Contract.PriceFen
		}
		if d.State == Registered || d.State == Fulfilled {
			g.Registered++
		}
		if d.State == Fulfilled {
			g.Fulfilled++
		}
		g.ReceivedFen += d.Received()
		if d.BegunAt.Time().In(when.China).Year() == year && d.State != Interest {
			f.Served++
		}
		if key != "" && name == key {
			f.Rows = append(f.Rows, row)
		}
		return nil
	})
	for _, g := range groups {
		f.Groups = append(f.Groups, *g)
	}
	slices.SortFunc(f.Groups, func(a, b api.AchievementFunnel) int {
		return cmp.Or(b.Interests-a.Interests, strings.Compare(a.Key, b.Key))
	})
	return f, err
}
