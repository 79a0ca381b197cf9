package seed

import (
	"context"
	"net/http"
	"net/url"

	noticeapi "lianbang/services/notice/api"
)

// objections are what citizens said against notices that are up today, one in each state a visitor can meet: waiting, accepted (the notice
// stands still), refused, and answered.
var objections = []struct {
	notice             int // which of the open notices, first put up first
	name, phone, text  string
	accept             bool
	refused, dismissed string
}{
	{0, "钱立", "13500000001", "公示的中榜单位去年有同类项目未验收，请核实其履约情况。", false, "所反映的项目不属于本次公示内容，且未说明项目名称和依据，无法核查。", ""},
	{0, "冯春", "13500000002", "公示的评分明细中两项得分之和与总分不一致，请复核后重新公布。", true, "", "经复核，总分按权重折算后相加，与公示一致；折算方法已在发榜时公布。"},
	{0, "许南", "13500000003", "请说明中榜单位联合体成员的分工比例，公示里没有写明。", false, "", ""},
	{1, "韩晓", "13500000004", "该机构近三年的服务案例与我单位了解的情况不符，附往来函件说明。", true, "", ""},
}

// objectTo has citizens object to today's notices, and the operator decide as far as each has got.
func (l *loader) objectTo(ctx context.Context) error {
	var open noticeapi.NoticePage
	if err := l.do(ctx, "", http.MethodGet, "/api/v1/notices?type=notice&state=open&limit=50", "", nil, &open); err != nil {
		return err
	}
	for _, o := range objections {
		if o.notice >= len(open.Items) {
			continue
		}
		n := open.Items[len(open.Items)-1-o.notice]
		var receipt noticeapi.ObjectionReceipt
		err := l.do(ctx, "", http.MethodPost, "/api/v1/notices/"+url.PathEscape(n.Id)+"/objections", "objection-"+o.phone,
			noticeapi.ObjectionInput{Text: o.text, Basis: "见公示内容与发榜文件。", Name: o.name, Phone: o.phone}, &receipt)
		if isStatus(err, http.StatusConflict) { // filed before
			continue
		}
		if err != nil {
			return err
		}
		at := "/api/v1/objections/" + receipt.Id
		for _, step := range []struct {
			due  bool
			path string
			body any
		}{
			{o.accept, "/accept", nil},
			{o.refused != "", "/refuse", map[string]any{"reason": o.refused}},
			{o.dismissed != "", "/answer", map[string]any{"verdict": "dismissed", "reason": o.dismissed}},
		} {
			if !step.due {
				continue
			}
			if err := l.do(ctx, cityOperator, http.MethodPost, at+step.path, "", step.body, nil); err != nil && !isStatus(err, http.StatusConflict) {
				return err
			}
		}
	}
	return nil
}
