package demand

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// CreateIssue opens the collection for a period; Duplicate when the period has an issue.
func (s *Service) CreateIssue(ctx context.Context, in api.IssueInput) (api.Issue, error) {
	a := access.From(ctx)
	issue, err := NewIssue(in.Period, strings.TrimSpace(in.Title), strings.TrimSpace(in.Note), a.UserID, s.now())
	if err != nil {
		return api.Issue{}, err
	}
	doc, err := s.issues.Insert(ctx, in.Period, issue)
	if fault.KindOf(err) == fault.Duplicate {
		return api.Issue{}, fault.New(fault.Duplicate, "issue.exists", "this period has its issue")
	}
	if err != nil {
		return api.Issue{}, err
	}
	return s.issueView(ctx, doc)
}

// changeIssue is the one way an issue is changed.
func (s *Service) changeIssue(ctx context.Context, period string, step func(tx *docstore.Tx[Issue]) error) (api.Issue, error) {
	doc, err := s.issues.Update(ctx, period, step)
	if err != nil {
		return api.Issue{}, err
	}
	return s.issueView(ctx, doc)
}

// EditIssue changes what an issue is called and says, and whom it is for.
func (s *Service) EditIssue(ctx context.Context, period string, in api.IssueEdit) (api.Issue, error) {
	rule := ruleOf(in.AudienceRule)
	if err := s.chooseAudience(ctx, &rule); err != nil {
		return api.Issue{}, err
	}
	return s.changeIssue(ctx, period, func(tx *docstore.Tx[Issue]) error {
		i := tx.Body
		e := IssueEdit{Title: strings.TrimSpace(in.Title), Note: strings.TrimSpace(in.Note), Limited: i.Limited, Audience: i.Audience, Rule: i.Rule}
		if in.Public != nil {
			e.Limited, e.Audience, e.Rule = !*in.Public, in.AudienceOrgIds, rule
		}
		return i.Edit(e, access.From(ctx).UserID, tx.Now)
	})
}

// AddIssueItems puts demands on an issue; refused as a whole when one of them does not fit.
func (s *Service) AddIssueItems(ctx context.Context, period string, ids []string) (api.Issue, error) {
	docs, err := s.demands.GetMany(ctx, ids)
	if err != nil {
		return api.Issue{}, err
	}
	var fields []fault.Field
	for n, id := range ids {
		i := slices.IndexFunc(docs, func(d docstore.Doc[Demand]) bool { return d.ID == id })
		if i < 0 || docs[i].Body.SubmittedAt == 0 {
			fields = append(fields, fault.Field{Path: "demandIds." + itoa(n), Code: "not_found"})
		} else if err := Fits(period, &docs[i].Body); err != nil {
			fields = append(fields, fault.Field{Path: "demandIds." + itoa(n), Code: fault.As(err).Code, Detail: fault.As(err).Detail})
		}
	}
	if len(fields) > 0 {
		return api.Issue{}, fault.Bad(fields...)
	}
	return s.changeIssue(ctx, period, func(tx *docstore.Tx[Issue]) error {
		return tx.Body.Add(AddIssueItems, ids, access.From(ctx).UserID, tx.Now)
	})
}

// CollectIssue puts every demand on the issue that fits it: what is approved and offered, and what was published in the period.
func (s *Service) CollectIssue(ctx context.Context, period string) (api.Issue, error) {
	from, to, ok := span(period)
	if !ok {
		return api.Issue{}, fault.New(fault.NotFound, "", "there is no such issue")
	}
	var ids []string
	take := func(doc docstore.Doc[Demand]) error {
		if Fits(period, &doc.Body) == nil {
			ids = append(ids, doc.ID)
		}
		return nil
	}
	if err := s.demands.Each(ctx, docstore.Query{Index: "review", Equal: []any{Approved}}, take); err != nil {
		return api.Issue{}, err
	}
	if err := s.demands.Each(ctx, docstore.Query{Index: "board", Equal: []any{"public"}, From: when.At(from), To: when.At(to)}, take); err != nil {
		return api.Issue{}, err
	}
	return s.changeIssue(ctx, period, func(tx *docstore.Tx[Issue]) error {
		return tx.Body.Add(CollectIssue, ids, access.From(ctx).UserID, tx.Now)
	})
}

// RemoveIssueItem takes a demand off an issue.
func (s *Service) RemoveIssueItem(ctx context.Context, period, demandID, reason string) (api.Issue, error) {
	return s.changeIssue(ctx, period, func(tx *docstore.Tx[Issue]) error {
		return tx.Body.Remove(demandID, strings.TrimSpace(reason), access.From(ctx).UserID, tx.Now)
	})
}

// DropIssue gives an issue up.
func (s *Service) DropIssue(ctx context.Context, period, reason string) (api.Issue, error) {
	return s.changeIssue(ctx, period, func(tx *docstore.Tx[Issue]) error {
		return tx.Body.Drop(strings.TrimSpace(reason), access.From(ctx).UserID, tx.Now)
	})
}

// PublishIssue numbers the items and publishes them with the period's deadline, or a later one. Each item is a write of its own;
// what a crash cuts short the clock carries on.
func (s *Service) PublishIssue(ctx context.Context, period string, deadline time.Time) (api.Issue, error) {
	doc, err := s.issues.Get(ctx, period)
	if err != nil {
		return api.Issue{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Issue{}, err
	}
	if deadline.IsZero() {
		deadline, _ = PeriodDeadline(period, settings)
	}
	trial := doc.Body
	trial.Items, trial.History = slices.Clone(trial.Items), slices.Clone(trial.History)
	user := access.From(ctx).UserID
	reach, err := s.reachIssue(ctx, &doc.Body)
	if err != nil {
		return api.Issue{}, err
	}
	// Tried without numbers first, so that a refused publication does not use any up.
	if err := trial.Begin(deadline, make([]string, len(trial.Items)), reach, user, s.now()); err != nil {
		return api.Issue{}, err
	}
	numbers, err := s.nextCodes(ctx, period, len(doc.Body.Items))
	if err != nil {
		return api.Issue{}, err
	}
	if _, err = s.issues.Update(ctx, period, func(tx *docstore.Tx[Issue]) error {
		return tx.Body.Begin(deadline, numbers, reach, user, tx.Now)
	}); err != nil {
		return api.Issue{}, err
	}
	if err := s.carryIssue(ctx, period); err != nil {
		s.o.Log.Warn("publishing an issue is left to the clock", "issue", period, "error", err)
	}
	if doc, err = s.issues.Get(ctx, period); err != nil {
		return api.Issue{}, err
	}
	return s.issueView(ctx, doc)
}

// carryIssue publishes what an issue under publication has left to publish. It may be repeated, and run in several replicas at once.
func (s *Service) carryIssue(ctx context.Context, period string) error {
	doc, err := s.issues.Get(ctx, period)
	if err != nil {
		return err
	}
	issue := doc.Body
	user := issue.History[len(issue.History)-1].UserID
	for _, item := range issue.Items {
		if item.Done {
			continue
		}
		issuer, left, err := s.publishItem(ctx, &issue, item, user)
		if err != nil {
			return err
		}
		if _, err := s.issues.Update(ctx, period, func(tx *docstore.Tx[Issue]) error {
			tx.Body.Settle(item.DemandID, issuer, left)
			return nil
		}); err != nil {
			return err
		}
	}
	_, err = s.issues.Update(ctx, period, func(tx *docstore.Tx[Issue]) error {
		if err := tx.Body.Conclude(tx.Now); err != nil {
			return err
		}
		if tx.Body.Limited { // nothing to announce in public; its audience is told
			return nil
		}
		return tx.Emit(issuePublished, message{Recipients: []recipient{}, Params: map[string]any{"title": tx.Body.Title, "note": tx.Body.Note},
			Link: "/issues/" + period})
	})
	if already(err) != nil {
		return err
	}
	return s.tellSubscribers(ctx, period)
}

// reachIssue finds and keeps the audience of a limited issue about to be published: whoever meets the rule, able to answer or not.
func (s *Service) reachIssue(ctx context.Context, i *Issue) (*Reach, error) {
	if !i.Limited {
		return nil, nil
	}
	all, err := s.resolve(ctx, "", &Terms{Audience: i.Audience, AudienceRule: i.Rule}, anyone, nil)
	if err != nil {
		return nil, err
	}
	return s.keepReach(ctx, i.Period, &Terms{Audience: i.Audience, AudienceRule: i.Rule}, all)
}

// publishItem publishes one approved demand as part of an issue: whose it is, and the code of why it could not be.
func (s *Service) publishItem(ctx context.Context, issue *Issue, item IssueItem, user string) (issuer, left string, err error) {
	doc, err := s.demands.Get(ctx, item.DemandID)
	if err != nil {
		return "", "", err
	}
	issuer = doc.Body.IssuerID
	if doc.Body.PublishedAt != 0 {
		return issuer, "", nil
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return "", "", err
	}
	invited, err := s.invited(ctx, &doc.Body)
	if err != nil {
		return "", "", err
	}
	terms := issue.terms(doc.Body.Terms)
	reach, err := s.reach(ctx, item.DemandID, &doc.Body, &terms)
	if err != nil {
		return "", "", err
	}
	if reach != nil && issue.Limited {
		reach.Issue = issue.Period
	}
	_, err = s.demands.Update(ctx, item.DemandID, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if d.PublishedAt != 0 {
			return nil
		}
		t := issue.terms(d.Terms)
		d.Reach, d.Terms.Public, d.Terms.Audience, d.Terms.AudienceRule = reach, t.Public, t.Audience, t.AudienceRule
		if err := d.PublishIn(By{Role: Operator, UserID: user}, tx.Now, issue.Deadline.Time(), item.Number, invited, settings); err != nil {
			return err
		}
		return tx.Emit(demandPublished, about(item.DemandID, d, publicPage(item.DemandID), toOrg(d.IssuerID)).with("deadline", at(d.Deadline)))
	})
	switch kind := fault.KindOf(err); {
	case err == nil:
		return issuer, "", nil
	case kind == fault.Conflict, kind == fault.Invalid: // withdrawn meanwhile, or the deadline is too near for it
		return issuer, fault.As(err).Code, nil
	}
	return "", "", err
}

// ListIssues is the issues, newest period first: published ones for everybody, all for the operator.
func (s *Service) ListIssues(ctx context.Context, limit int, cursor string) (api.IssuePage, error) {
	out := api.IssuePage{Items: []api.Issue{}}
	q := docstore.Query{Index: "state", Equal: []any{IssuePublished}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	if access.From(ctx).Staff != "" {
		q.Index, q.Equal = "opened", nil
	}
	page, err := s.issues.Find(ctx, q)
	if err != nil {
		return out, err
	}
	for _, doc := range page.Items {
		if a := access.From(ctx); a.Staff == "" && !doc.Body.readable(a.OrgID) {
			continue
		}
		v := issueHead(doc)
		out.Items = append(out.Items, v)
	}
	out.Next = page.Next
	return out, nil
}

// issue loads an issue the reader may know of.
func (s *Service) issue(ctx context.Context, period string) (docstore.Doc[Issue], error) {
	doc, err := s.issues.Get(ctx, period)
	if a := access.From(ctx); err == nil && a.Staff == "" && (doc.Body.State != IssuePublished || !doc.Body.readable(a.OrgID)) {
		err = access.Hide.Err()
	}
	return doc, err
}

// GetIssue is an issue with the items its reader may see: those of a limited audience appear to that audience alone.
func (s *Service) GetIssue(ctx context.Context, period string) (api.Issue, error) {
	doc, err := s.issue(ctx, period)
	if err != nil {
		return api.Issue{}, err
	}
	return s.issueView(ctx, doc)
}

func issueHead(doc docstore.Doc[Issue]) api.Issue {
	i := doc.Body
	count := 0
	for _, item := range i.Items {
		if item.Left == "" {
			count++
		}
	}
	return api.Issue{Period: i.Period, Rev: doc.Rev, Title: i.Title, Note: i.Note, State: api.IssueState(i.State), Deadline: i.Deadline.Time(),
		PublishedAt: i.PublishedAt.Time(), OpenedAt: i.OpenedAt.Time(), ItemCount: count, Public: !i.Limited, HalfYear: HalfYear(i.Period)}
}

func (s *Service) issueView(ctx context.Context, doc docstore.Doc[Issue]) (api.Issue, error) {
	v, a := issueHead(doc), access.From(ctx)
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return v, err
	}
	if planned, ok := PeriodDeadline(doc.Body.Period, settings); ok {
		v.PlannedDeadline = planned
	}
	ids := make([]string, len(doc.Body.Items))
	for i, item := range doc.Body.Items {
		ids[i] = item.DemandID
	}
	var demands []docstore.Doc[Demand]
	for part := range slices.Chunk(ids, docstore.MaxLimit) {
		found, err := s.demands.GetMany(ctx, part)
		if err != nil {
			return v, err
		}
		demands = append(demands, found...)
	}
	near, err := s.beside(ctx, demands, a)
	if err != nil {
		return v, err
	}
	v.Items = []api.IssueItem{}
	for _, item := range doc.Body.Items {
		i := slices.IndexFunc(demands, func(d docstore.Doc[Demand]) bool { return d.ID == item.DemandID })
		if i < 0 || !demands[i].Body.Visible(role(a, &demands[i].Body), a.OrgID) || item.Left != "" && a.Staff == "" {
			continue
		}
		d, err := s.viewUnder(ctx, demands[i], a, settings, near)
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, api.IssueItem{Number: item.Number, Left: item.Left, Demand: brief(d)})
	}
	if a.Staff == "" {
		v.ItemCount = len(v.Items)
		return v, nil
	}
	v.AudienceOrgIds, v.AudienceRule = doc.Body.Audience, ruleView(doc.Body.Rule)
	if doc.Body.Reach != nil {
		v.AudienceCount = len(doc.Body.Reach.OrgIDs)
	}
	for _, step := range doc.Body.History {
		v.History = append(v.History, api.IssueStep{At: step.At.Time(), Action: string(step.Action), State: api.IssueState(step.To), Reason: step.Reason, Count: step.Count})
	}
	return v, nil
}

var issueColumns = []office.Column{{Title: "编号"}, {Title: "需求名称", Width: 40}, {Title: "类型"}, {Title: "发榜单位", Width: 28}, {Title: "产业链"}, {Title: "区县"},
	{Title: "主要指标", Width: 60}, {Title: "预算（万元）"}, {Title: "截止时间"}, {Title: "状态"}}

// issueRows are an issue's items as the printed catalogue and the workbook show them.
func (s *Service) issueRows(ctx context.Context, v api.Issue) ([][]string, error) {
	n, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, item := range v.Items {
		d := item.Demand
		issuer, budget, deadline := d.Issuer.Name, "面议", "长期有效"
		if d.Issuer.Hidden {
			issuer = "不公开"
		}
		if !d.BudgetNegotiable {
			budget = office.Wan(d.BudgetFen)
		}
		if !d.Deadline.IsZero() {
			deadline = d.Deadline.In(when.China).Format("2006-01-02 15:04")
		}
		number := item.Number
		if d.Code != "" {
			number = d.Code
		}
		rows = append(rows, []string{number, d.Title, kindNames[Kind(d.Kind)][0], issuer, nameOr(n.chains, d.Chain), nameOr(n.districts, d.District),
			strings.Join(d.Targets, "；"), budget, deadline, stateNames[State(d.State)]})
	}
	return rows, nil
}

func nameOr(names map[string]string, code string) string {
	if name, ok := names[code]; ok {
		return name
	}
	return code
}

// IssueBook is the issue as a workbook.
func (s *Service) IssueBook(ctx context.Context, period string) (*office.Book, error) {
	v, err := s.GetIssue(ctx, period)
	if err != nil {
		return nil, err
	}
	rows, err := s.issueRows(ctx, v)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	return b, b.Sheet(v.Period, issueColumns, func(yield func([]any) bool) {
		for _, row := range rows {
			cells := make([]any, len(row))
			for i, text := range row {
				cells[i] = text
			}
			if !yield(cells) {
				return
			}
		}
	})
}

// IssuePaper is the issue to print: an overview, then each item's page entry.
func (s *Service) IssuePaper(ctx context.Context, period string) (office.Paper, error) {
	v, err := s.GetIssue(ctx, period)
	if err != nil {
		return office.Paper{}, err
	}
	rows, err := s.issueRows(ctx, v)
	if err != nil {
		return office.Paper{}, err
	}
	p := office.Paper{Title: v.Title, Foot: v.Title}
	intro := fmt.Sprintf("共 %d 项。", len(rows))
	if !v.Deadline.IsZero() {
		intro += "本期统一揭榜截止时间：" + v.Deadline.In(when.China).Format("2006年1月2日 15:04") + "。"
	}
	if v.Note != "" {
		intro = v.Note + "\n" + intro
	}
	p.Blocks = append(p.Blocks, office.Text(intro), office.Heading("目录"))
	overview := office.Table{Shares: []float64{1.8, 5, 1.6, 3, 1.9}, Head: [][]office.Cell{office.Labels("编号", "需求名称", "类型", "发榜单位", "预算（万元）")}}
	for _, row := range rows {
		overview.Rows = append(overview.Rows, office.Cells(row[0], row[1], row[2], row[3], row[7]))
	}
	p.Blocks = append(p.Blocks, overview, office.Heading("各项内容"))
	for i, row := range rows {
		label := func(text string) office.Cell { return office.Cell{Text: text, Label: true} }
		p.Blocks = append(p.Blocks, office.Table{Whole: true, Shares: []float64{1.2, 3, 1.2, 3}, Rows: [][]office.Cell{
			{label("编号"), {Text: row[0]}, label("类型"), {Text: row[2]}},
			{label("需求名称"), {Text: row[1], Span: 3}},
			{label("发榜单位"), {Text: row[3]}, label("产业链"), {Text: row[4]}},
			{label("预算（万元）"), {Text: row[7]}, label("截止时间"), {Text: row[8]}},
			{label("简介"), {Text: v.Items[i].Demand.Brief, Span: 3}},
			{label("主要指标"), {Text: strings.Join(v.Items[i].Demand.Targets, "\n"), Span: 3}},
		}})
	}
	return p, nil
}
