package engagement

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// ContractPaper is the standard contract, filled in from the accepted quote, for the two to print, sign and upload, or to confirm as it
// stands. Errors: Conflict before a quote is accepted.
func (s *Service) ContractPaper(ctx context.Context, id string) (office.Paper, string, error) {
	doc, a, err := s.load(ctx, id)
	if err != nil {
		return office.Paper{}, "", err
	}
	e := &doc.Body
	if !e.opened() || e.LastQuote() == nil {
		return office.Paper{}, "", fault.New(fault.Conflict, "contract.too_early", "a quote must be accepted first")
	}
	orgs, err := s.o.Organisations.Get(access.With(ctx, a), []string{e.ClientID, e.ProviderID})
	if err != nil {
		return office.Paper{}, "", err
	}
	return e.paper(orgs[e.ClientID], orgs[e.ProviderID], s.now()), "服务合同-" + e.Terms.Subject, nil
}

func (e *Engagement) paper(client, provider Organisation, now time.Time) office.Paper {
	q := e.LastQuote()
	amount, payDays, deliverBy, signed := q.PriceFen, q.PayDays, when.Day(""), when.DayOf(now)
	if c := e.Contract; c != nil {
		amount, payDays, deliverBy, signed = c.AmountFen, c.PayDays, c.DeliverBy, c.SignedOn
	}
	term := fmt.Sprintf("自签订之日起 %d 日内交付。", q.Days)
	if deliverBy != "" {
		term = "于 " + string(deliverBy) + " 前交付。"
	}
	draft := Contract{PayDays: payDays, ClientClass: client.Size, ProviderClass: provider.Size}
	pay := "甲方按双方约定付款。"
	switch {
	case payDays > 0:
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清。", payDays)
	case draft.Bound() && client.Size == PublicBody:
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清（《保障中小企业款项支付条例》）。", publicDays)
	case draft.Bound():
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清（《保障中小企业款项支付条例》）。", largeDays)
	}
	blocks := []office.Block{
		office.Table{Shares: []float64{1, 3}, Rows: [][]office.Cell{
			{{Text: "甲方（委托方）", Label: true}, {Text: client.Name + "\n统一社会信用代码：" + client.CreditCode}},
			{{Text: "乙方（服务方）", Label: true}, {Text: provider.Name + "\n统一社会信用代码：" + provider.CreditCode}},
			{{Text: "签订日期", Label: true}, {Text: string(signed)}},
		}},
		office.Heading("一、服务内容"), office.Text(e.Terms.Subject + "\n" + q.Scope),
		office.Heading("二、期限"), office.Text(term),
		office.Heading("三、价款与支付"), office.Text("合同总价（含税）：人民币 " + yuan(amount) + " 元。\n" + pay + "\n甲方不得以第三方付款为支付条件（背靠背）。"),
	}
	if len(q.Milestones) > 0 {
		t := office.Table{Shares: []float64{3, 1, 1}, Head: [][]office.Cell{office.Labels("阶段", "签订后（日）", "金额（元）")}}
		for _, m := range q.Milestones {
			t.Rows = append(t.Rows, office.Cells(m.Name, fmt.Sprint(m.DueDay), yuan(m.AmountFen)))
		}
		blocks = append(blocks, office.Heading("四、阶段安排"), t)
	}
	if q.Terms != "" {
		blocks = append(blocks, office.Heading("五、其他约定"), office.Text(q.Terms))
	}
	blocks = append(blocks,
		office.Heading("六、验收与争议"), office.Text("乙方交付后，甲方应在约定期限内验收；不符合约定的，应书面说明理由并退回修改。发生争议，双方协商解决；协商不成，可请主管部门调解，也可依法向有管辖权的人民法院起诉。"),
		office.Table{Shares: []float64{1, 1}, Rows: [][]office.Cell{office.Cells("甲方（盖章）：\n\n\n日期：", "乙方（盖章）：\n\n\n日期：")}})
	return office.Paper{Title: "服务合同", Foot: "本合同文本为平台提供的参考文本，双方可另行约定", Blocks: blocks}
}

// yuan shows fen as yuan with two decimals.
func yuan(fen int64) string { return new(big.Rat).SetFrac64(fen, 100).FloatString(2) }
