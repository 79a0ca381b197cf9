package seed

import (
	"context"
	"net/http"

	providerapi "lianbang/services/provider/api"
)

// redLines are what people reported of providers in the pool: two still to be answered, one looked into.
var redLines = []struct {
	provider, line, text, name, contact string
	dismissed                           string // the answer; "" when it still waits
}{
	{"yingxiao", "false_advertising", "宣传页写“保证三个月询盘翻倍”，合同里没有这一条，签约后又说只是参考，疑似虚假宣传。", "罗敏", "13500000021", ""},
	{"caishui", "forced", "办理补贴申报时要求必须同时购买其代账服务，不买就不受理，附聊天记录截图说明。", "邵强", "13500000022", ""},
	{"peixun", "overcharging", "两天培训收费比公示价格高出一倍，收据只写培训费三个字，没有明细。", "施琴", "13500000023", "经核对合同与发票，差额为报名单位另订的场地与食宿，价目已在报名表列明；请机构今后分项开具。"},
}

// reportRedLines has people report providers, and the operator answer one of them.
func (l *loader) reportRedLines(ctx context.Context) error {
	for _, r := range redLines {
		id, there := l.orgIDs[r.provider]
		if !there {
			continue // left out of a short telling
		}
		var receipt providerapi.ReportReceipt
		in := providerapi.ReportInput{Line: providerapi.ReportInputLine(r.line), Text: r.text, Name: r.name, Contact: r.contact}
		if err := l.do(ctx, "", http.MethodPost, "/api/v1/providers/"+id+"/reports", "report-"+r.contact, in, &receipt); err != nil {
			return err
		}
		if r.dismissed == "" || receipt.State != "open" {
			continue
		}
		if err := l.do(ctx, cityOperator, http.MethodPost, "/api/v1/provider-reports/"+receipt.Id+"/decide", "", map[string]any{"upheld": false, "answer": r.dismissed}, nil); err != nil {
			return err
		}
	}
	return nil
}
