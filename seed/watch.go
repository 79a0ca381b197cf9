package seed

import (
	"context"
	"net/http"

	providerapi "lianbang/services/provider/api"
)

// This file gives the operator's watch list and the queue of yearly self-reports something to show.

// watchDay is when the office watches two providers and the yearly reports come in.
const watchDay = confirmDay + 1

// planWatch has two providers watched, of which one answers, and four others hand their self-report in.
func (l *loader) planWatch() {
	var in []*pooled
	for _, p := range l.pool {
		if o := l.byKey[p.Key]; p.Outcome == "admitted" && len(p.Offers) > 0 && o != nil && !l.left(o) {
			in = append(in, p)
		}
	}
	if l.t.Few || len(in) < 6 {
		return
	}
	watched := []struct{ reason, answer string }{
		{"近两个月有三家企业反映询价后迟迟没有答复，请改进。", "原对接人离职，已换人并设了值班电话，此后当天答复。"},
		{"两次现场核查时，服务人员与合同所列不一致，持续关注。", ""},
	}
	for i, w := range watched {
		l.at(watchDay, 10+i, 0, func(ctx context.Context) error { return l.watch(ctx, in[i], w.reason, w.answer) })
	}
	reports := []string{"走访企业四十余家，完成诊断十二次，其中三次转为改造合同。", "开设免费咨询日，每月一次，全年接待企业六十余家。", "新增两名高级工程师，交付周期平均缩短五天。", "与两家链主企业共建公共服务点，服务下沉到园区。"}
	for i, highlights := range reports {
		l.at(watchDay, 14, i, func(ctx context.Context) error { return l.selfReport(ctx, in[2+i], highlights) })
	}
}

func (l *loader) watch(ctx context.Context, p *pooled, reason, answer string) error {
	var m providerapi.Membership
	if err := l.do(ctx, cityOperator, http.MethodGet, l.admissionPath(p), "", nil, &m); err != nil || m.State != "admitted" || !m.Watch.Since.IsZero() {
		return err
	}
	if err := l.do(ctx, cityOperator, http.MethodPost, l.admissionPath(p)+"/watch", "", providerapi.ReasonInput{Reason: reason}, nil); err != nil || answer == "" {
		return err
	}
	return l.do(ctx, l.byKey[p.Key].phone(), http.MethodPost, l.admissionPath(p)+"/watch/answer", "", providerapi.ReasonInput{Reason: answer}, nil)
}

// selfReport hands in what the record fills in, with the year's highlights.
func (l *loader) selfReport(ctx context.Context, p *pooled, highlights string) error {
	by, path := l.byKey[p.Key].phone(), l.admissionPath(p)
	var m providerapi.Membership
	if err := l.do(ctx, by, http.MethodGet, path, "", nil, &m); err != nil || m.State != "admitted" || len(m.SelfReports) > 0 {
		return err
	}
	var in providerapi.SelfReportInput
	year := l.time(watchDay, 0, 0).In(city).Format("2006")
	if err := l.do(ctx, by, http.MethodGet, path+"/self-report?year="+year, "", nil, &in); err != nil {
		return err
	}
	in.Highlights, in.RevenueFen = highlights, int64(len(highlights))*3_000_000
	return l.do(ctx, by, http.MethodPost, path+"/self-report", "", in, nil)
}
