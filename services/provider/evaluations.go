package provider

import (
	"context"
	"fmt"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/provider/api"
)

// Ratings are the recorded engagements as their clients rated them: the engagement service's public rows. Errors: Unavailable.
type Ratings interface {
	Rows(ctx context.Context, orgID string) ([]RatedRow, error)
	// Year gives the rows of a year of many providers in one call, by organisation.
	Year(ctx context.Context, orgIDs []string, year int) (map[string][]RatedRow, error)
}

// frozenRows are the rows a provider's line of an evaluation follows from, id "<year>:<organisation>", as they were when it was drafted.
type frozenRows struct {
	Rows []RatedRow `json:"rows"`
}

func yearID(year int) string { return fmt.Sprint(year) }

// evaluationView is an evaluation as its reader sees it: the authority everything, others what is up for notice or published, and of it
// the awarded only.
func evaluationView(doc docstore.Doc[Evaluation], a access.Actor) api.Evaluation {
	e := &doc.Body
	v := api.Evaluation{Year: e.Year, Rev: doc.Rev, State: api.EvaluationState(e.State), Weights: like[api.EvaluationWeights](e.Weights), CapFen: e.CapFen, CapUnverified: e.Unverified,
		MaxWinners: e.MaxWinners, Entries: []api.EvaluationEntry{}, Digest: e.Digest, ComputedAt: e.ComputedAt.Time(), FrozenAt: e.FrozenAt.Time(), PublishedAt: e.PublishedAt.Time()}
	if e.Notice != nil {
		v.Notice = noticeView(e.Notice, evaluationNotice(e.Year, e.Notice.Round))
	}
	for _, x := range e.Entries {
		if a.Staff != access.CityOperator && x.Certificate == "" {
			continue
		}
		line := api.EvaluationEntry{OrgId: x.OrgID, OrgName: x.OrgName, Rank: x.Rank, Engagements: x.Engagements, Clients: x.Clients, Served: x.Served,
			Satisfaction: x.Satisfaction, Effect: x.Effect, Base: x.Base, Adjusted: x.Total - x.Base, Total: x.Total, AwardFen: x.AwardFen, Awarded: x.Certificate != ""}
		if e.State == EvaluationPublished {
			line.Certificate = x.Certificate
		}
		adjustments := []map[string]any{}
		for _, adj := range x.Adjustments {
			adjustments = append(adjustments, map[string]any{"points": adj.Points, "reason": adj.Reason, "at": adj.At.Time()})
		}
		line.Adjustments = like[api.EvaluationEntry](map[string]any{"adjustments": adjustments}).Adjustments
		v.Entries = append(v.Entries, line)
	}
	return v
}

func evaluationNotice(year, round int) string {
	return fmt.Sprintf("provider:evaluation:%d:%d", year, round)
}

// evaluation loads a year the reader may know of.
func (s *Service) evaluation(ctx context.Context, year int) (docstore.Doc[Evaluation], access.Actor, error) {
	a := access.From(ctx)
	doc, err := s.evaluations.Get(ctx, yearID(year))
	if err == nil && doc.Body.State == EvaluationDraft && a.Staff != access.CityOperator {
		err = access.Hide.Err()
	}
	return doc, a, err
}

// ListEvaluations are the years, the latest first.
func (s *Service) ListEvaluations(ctx context.Context) (api.ListEvaluations200JSONResponse, error) {
	out := api.ListEvaluations200JSONResponse{Items: []api.EvaluationHead{}}
	a := access.From(ctx)
	err := s.evaluations.Each(ctx, docstore.Query{Descending: true}, func(doc docstore.Doc[Evaluation]) error {
		e := &doc.Body
		if e.State != EvaluationDraft || a.Staff == access.CityOperator {
			out.Items = append(out.Items, api.EvaluationHead{Year: e.Year, State: api.EvaluationHeadState(e.State), Providers: len(e.Entries), Winners: len(e.winners()), PublishedAt: e.PublishedAt.Time()})
		}
		return nil
	})
	return out, err
}

// GetEvaluation is one year.
func (s *Service) GetEvaluation(ctx context.Context, year int) (api.Evaluation, error) {
	doc, a, err := s.evaluation(ctx, year)
	if err != nil {
		return api.Evaluation{}, err
	}
	return evaluationView(doc, a), nil
}

// DraftEvaluation computes a year's ranking of the providers in the pool, and keeps the rows it follows from.
func (s *Service) DraftEvaluation(ctx context.Context, year int) (api.Evaluation, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Evaluation{}, err
	}
	rows, names, ids := map[string][]RatedRow{}, map[string]string{}, []string{}
	if err := s.inPoolNow(ctx, func(doc docstore.Doc[Membership]) error {
		ids, names[doc.ID] = append(ids, doc.ID), doc.Body.OrgName
		return nil
	}); err != nil {
		return api.Evaluation{}, err
	}
	known, err := s.o.Ratings.Year(ctx, ids, year)
	if err != nil {
		return api.Evaluation{}, err
	}
	for _, id := range ids {
		rows[id] = inYear(known[id], year)
	}
	fresh := Evaluation{Year: year, State: EvaluationDraft}
	if _, err := s.evaluations.Insert(ctx, yearID(year), fresh); err != nil && fault.KindOf(err) != fault.Duplicate {
		return api.Evaluation{}, err
	}
	doc, err := s.evaluations.Get(ctx, yearID(year))
	if err == nil {
		err = doc.Body.drafting()
	}
	if err != nil {
		return api.Evaluation{}, err
	}
	for id, some := range rows { // before the ranking, so that no line is without its rows
		key := yearID(year) + ":" + id
		_, err := s.rows.Insert(ctx, key, frozenRows{some})
		if fault.KindOf(err) == fault.Duplicate {
			_, err = s.rows.Update(ctx, key, func(tx *docstore.Tx[frozenRows]) error { tx.Body.Rows = some; return nil })
		}
		if err != nil {
			return api.Evaluation{}, err
		}
	}
	return s.changeEvaluation(ctx, year, func(tx *docstore.Tx[Evaluation]) error { return tx.Body.Draft(tx.Now, rows, names, settings) })
}

func (s *Service) changeEvaluation(ctx context.Context, year int, step func(tx *docstore.Tx[Evaluation]) error) (api.Evaluation, error) {
	doc, err := s.evaluations.Update(ctx, yearID(year), step)
	if err != nil {
		return api.Evaluation{}, err
	}
	return evaluationView(doc, access.From(ctx)), nil
}

// ListEvaluationRows are the engagements behind a provider's line.
func (s *Service) ListEvaluationRows(ctx context.Context, year int, p api.ListEvaluationRowsParams) (api.ListEvaluationRows200JSONResponse, error) {
	out := api.ListEvaluationRows200JSONResponse{Items: []api.EvaluationRow{}}
	_, a, err := s.evaluation(ctx, year)
	if err != nil {
		return out, err
	}
	doc, err := s.rows.Get(ctx, yearID(year)+":"+p.OrgId)
	if err != nil {
		return out, err
	}
	for _, r := range doc.Body.Rows {
		row := api.EvaluationRow{EngagementId: r.ID, Client: r.Client, RatedOn: api.Day(r.RatedOn), Offline: r.Offline, Quality: r.Marks[effectMark],
			Timeliness: r.Marks[timeMark], Value: r.Marks[valueMark]}
		if a.Staff == access.CityOperator {
			row.Dealing = r.Engagement
		}
		out.Items = append(out.Items, row)
	}
	return out, nil
}

// AdjustEvaluation moves a provider's score.
func (s *Service) AdjustEvaluation(ctx context.Context, year int, in api.AdjustEvaluationJSONRequestBody) (api.Evaluation, error) {
	return s.changeEvaluation(ctx, year, func(tx *docstore.Tx[Evaluation]) error {
		return tx.Body.Adjust(tx.Now, access.From(ctx).UserID, in.OrgId, in.Points, in.Reason)
	})
}

// SetEvaluationAwards says who is awarded and how much.
func (s *Service) SetEvaluationAwards(ctx context.Context, year int, in api.SetEvaluationAwardsJSONRequestBody) (api.Evaluation, error) {
	fen := map[string]int64{}
	for _, x := range in.Awards {
		fen[x.OrgId] = x.AmountFen
	}
	return s.changeEvaluation(ctx, year, func(tx *docstore.Tx[Evaluation]) error { return tx.Body.SetAwards(fen) })
}

// PublishEvaluationNotice freezes the ranking and puts the result up for notice.
func (s *Service) PublishEvaluationNotice(ctx context.Context, year int) (api.Evaluation, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Evaluation{}, err
	}
	v, err := s.changeEvaluation(ctx, year, func(tx *docstore.Tx[Evaluation]) error { return tx.Body.PutUp(tx.Now, settings) })
	if err != nil {
		return v, err
	}
	if err := s.carryEvaluation(ctx, year); err != nil {
		s.o.Log.Warn("the notice of an evaluation is left to the clock", "year", year, "error", err)
	}
	return s.GetEvaluation(ctx, year)
}

// carryEvaluation puts the notice of an evaluation up, or asks how it stands once its time has come. It may be repeated.
func (s *Service) carryEvaluation(ctx context.Context, year int) error {
	ctx = docstore.Unwitnessed(ctx)
	doc, err := s.evaluations.Get(ctx, yearID(year))
	if err != nil {
		return err
	}
	e := &doc.Body
	if e.State != EvaluationNotice {
		return nil
	}
	id := evaluationNotice(year, e.Notice.Round)
	var standing NoticeStanding
	if e.Notice.State == "planned" {
		ask := NoticeAsk{ID: id, Kind: "evaluation", Subject: yearID(year), Title: fmt.Sprintf("关于%d年度优质服务机构评选结果的公示", year), WorkingDays: e.Notice.WorkingDays,
			Summary: "按服务企业数、满意度、成效综合评选，现将拟奖励的服务机构予以公示。", Link: fmt.Sprintf("/evaluations/%d", year)}
		for _, x := range e.winners() {
			ask.Lines = append(ask.Lines, fmt.Sprintf("第 %d 名 %s：综合得分 %d.%02d，拟奖励 %s 万元", x.Rank, x.OrgName, x.Total/100, x.Total%100, wan(x.AwardFen)))
			ask.Parties = append(ask.Parties, x.OrgID)
		}
		standing, err = s.o.Notices.Put(ctx, ask)
	} else {
		standing, err = s.o.Notices.Get(ctx, id)
	}
	if err != nil {
		return err
	}
	return s.evaluationNoticeIs(ctx, year, e.Notice.Round, standing.State, standing.EndsAt, "")
}

func (s *Service) evaluationNoticeIs(ctx context.Context, year, round int, state string, ends time.Time, reason string) error {
	_, err := s.evaluations.Update(ctx, yearID(year), func(tx *docstore.Tx[Evaluation]) error {
		tx.Body.NoticeIs(round, state, ends, reason)
		return nil
	})
	return err
}

// wan writes fen as 万元, without trailing noughts.
func wan(fen int64) string { return fmt.Sprintf("%g", float64(fen)/1_000_000) }

// ConcludeEvaluation publishes the result once the notice has ended.
func (s *Service) ConcludeEvaluation(ctx context.Context, year int) (api.Evaluation, error) {
	return s.changeEvaluation(ctx, year, func(tx *docstore.Tx[Evaluation]) error {
		if err := tx.Body.Conclude(tx.Now, func(rank int) string { return fmt.Sprintf("PX%d-%03d", year, rank) }); err != nil {
			return err
		}
		m := message{Recipients: []recipient{}, Link: fmt.Sprintf("/evaluations/%d", year), Params: map[string]any{"year": year, "round": tx.Body.Notice.Round}}
		var names []string
		for _, x := range tx.Body.winners() {
			m.Recipients, names = append(m.Recipients, toOrg(x.OrgID)), append(names, x.OrgName)
		}
		m.Params["winners"] = names
		return tx.Emit(evaluationAwarded, m)
	})
}

var evaluationColumns = []office.Column{{Title: "名次"}, {Title: "机构名称", Width: 34}, {Title: "服务企业数"}, {Title: "服务项数"}, {Title: "服务企业得分"}, {Title: "满意度得分"}, {Title: "成效得分"},
	{Title: "综合得分"}, {Title: "专家调整"}, {Title: "最终得分"}, {Title: "拟奖励（万元）"}}

// EvaluationBook is the ranking as a workbook, as far as the reader may see it.
func (s *Service) EvaluationBook(ctx context.Context, year int) (*office.Book, error) {
	v, err := s.GetEvaluation(ctx, year)
	if err != nil {
		return nil, err
	}
	points := func(n int) string { return fmt.Sprintf("%.2f", float64(n)/100) }
	var rows [][]string
	for _, x := range v.Entries {
		rows = append(rows, []string{fmt.Sprint(x.Rank), x.OrgName, fmt.Sprint(x.Clients), fmt.Sprint(x.Engagements), points(x.Served), points(x.Satisfaction), points(x.Effect), points(x.Base),
			points(x.Adjusted), points(x.Total), wan(x.AwardFen)})
	}
	b := office.NewBook()
	return b, b.Sheet(yearID(year), evaluationColumns, cellsOf(rows))
}
