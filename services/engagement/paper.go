package engagement

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	accountapi "lianbang/services/account/api"
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
	for _, owner := range []string{e.ClientID, e.ProviderID} { // the contract names whom to call
		if err := s.o.Looks.Record(ctx, accountapi.LookEngagement, id, owner); err != nil {
			return office.Paper{}, "", err
		}
	}
	orgs, err := s.o.Organisations.Get(access.With(ctx, a), []string{e.ClientID, e.ProviderID})
	if err != nil {
		return office.Paper{}, "", err
	}
	return e.paper(orgs[e.ClientID], orgs[e.ProviderID]), "服务合同-" + e.Terms.Subject, nil
}

func (e *Engagement) paper(client, provider Organisation) office.Paper {
	q := e.LastQuote()
	amount, payDays, deliverBy, signed := q.PriceFen, q.PayDays, when.Day(""), "        年    月    日"
	if c := e.Contract; c != nil {
		amount, payDays, deliverBy, signed = c.AmountFen, c.PayDays, c.DeliverBy, inWords(c.SignedOn)
	}
	term := fmt.Sprintf("乙方自本合同签订之日起 %d 日内完成全部服务并交付。", q.Days)
	if deliverBy != "" {
		term = "乙方于 " + inWords(deliverBy) + "前完成全部服务并交付。"
	}
	draft := Contract{PayDays: payDays, ClientClass: client.Size, ProviderClass: provider.Size}
	pay := "甲方按双方约定的期限付款。"
	switch {
	case payDays > 0:
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清。", payDays)
	case draft.Bound() && client.Size == PublicBody:
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清（《保障中小企业款项支付条例》）。", publicDays)
	case draft.Bound():
		pay = fmt.Sprintf("甲方自乙方交付之日起 %d 日内付清（《保障中小企业款项支付条例》）。", largeDays)
	}
	party := func(o Organisation) string {
		lines := o.Name + "\n统一社会信用代码：" + o.CreditCode
		if o.Contact.Name != "" {
			lines += "\n联系人：" + strings.TrimSpace(o.Contact.Name+"  "+o.Contact.Phone)
		}
		return lines
	}
	paper := office.Paper{Title: "服务合同", Foot: "本合同文本为平台提供的参考文本，双方可另行约定", Blocks: []office.Block{
		office.Table{Shares: []float64{1, 3}, Rows: [][]office.Cell{
			{{Text: "项目名称", Label: true}, {Text: e.Terms.Subject}},
			{{Text: "甲方（委托方）", Label: true}, {Text: party(client)}},
			{{Text: "乙方（服务方）", Label: true}, {Text: party(provider)}},
			{{Text: "签订日期", Label: true}, {Text: signed}},
		}},
		office.Text("甲乙双方在平等自愿的基础上，就甲方委托乙方提供上述服务，依据《中华人民共和国民法典》订立本合同。"),
	}}
	clauses := 0
	clause := func(title string, blocks ...office.Block) {
		paper.Blocks = append(append(paper.Blocks, office.Heading(ordinals[clauses]+"、"+title)), blocks...)
		clauses++
	}
	clause("服务内容与要求", office.Text("甲方需求："+e.Terms.Need+"\n服务内容："+q.Scope))
	clause("服务期限", office.Text(term))
	clause("价款与支付", office.Text("合同总价（含税）为人民币"+chineseYuan(amount)+"（¥"+yuan(amount)+"）。\n"+pay+"\n甲方不得以收到第三方付款作为向乙方付款的条件，也不得按第三方付款进度比例付款。"))
	if len(q.Milestones) > 0 {
		t := office.Table{Shares: []float64{3, 1, 1}, Head: [][]office.Cell{office.Labels("阶段", "签订后（日）", "金额（元）")}}
		for _, m := range q.Milestones {
			t.Rows = append(t.Rows, office.Cells(m.Name, fmt.Sprint(m.DueDay), yuan(m.AmountFen)))
		}
		clause("阶段安排", t)
	}
	clause("交付与验收", office.Text("乙方交付后，甲方应在平台提示的期限内验收；不符合约定的，应书面写明哪里不符，退回乙方修改。修改后重新交付、重新验收。"))
	clause("成果与保密", office.Text("乙方为甲方完成的交付成果归甲方使用；各自原有的知识产权仍归各自所有。双方对在合作中知悉的对方技术、经营信息负有保密义务，未经书面同意不得向第三方披露。"))
	clause("变更、解除与违约", office.Text("变更内容、期限或价款的，应由双方书面确认。签订后任何一方要求解除的，须对方同意。一方违约给对方造成损失的，应当赔偿。"))
	if q.Terms != "" {
		clause("其他约定", office.Text(q.Terms))
	}
	clause("争议解决", office.Text("发生争议，双方协商解决；协商不成，可请主管部门调解，也可依法向有管辖权的人民法院起诉。"))
	paper.Blocks = append(paper.Blocks, office.Text("本合同一式两份，双方各执一份，自双方盖章之日起生效。"),
		office.Table{Shares: []float64{1, 1}, Rows: [][]office.Cell{office.Cells("甲方（盖章）：\n\n\n日期：", "乙方（盖章）：\n\n\n日期：")}})
	return paper
}

// ordinals number the clauses.
var ordinals = []string{"一", "二", "三", "四", "五", "六", "七", "八", "九"}

// inWords is a day as a contract writes it.
func inWords(d when.Day) string { return d.Time().Format("2006年1月2日") }

// yuan shows fen as yuan with two decimals and its thousands apart.
func yuan(fen int64) string {
	whole := strconv.FormatInt(fen/100, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s.%02d", whole, fen%100)
}

// chineseYuan writes an amount as a contract must carry it beside the figures: 壹拾万元整, 壹仟零伍元贰角叁分 (the rules for filling in
// bills, 正确填写票据和结算凭证的基本规定). For amounts below 10^16 fen.
func chineseYuan(fen int64) string {
	digits := []string{"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"}
	group := func(n int64) string { // below ten thousand
		out, zero := "", false
		for i, unit := range []string{"仟", "佰", "拾", ""} {
			d := n / []int64{1000, 100, 10, 1}[i] % 10
			switch {
			case d == 0:
				zero = out != ""
				continue
			case zero:
				out += "零"
			}
			out, zero = out+digits[d]+unit, false
		}
		return out
	}
	whole, out := fen/100, ""
	for i, unit := range []string{"万亿", "亿", "万", ""} {
		n := whole / []int64{1e12, 1e8, 1e4, 1}[i] % 1e4
		if n == 0 {
			continue
		}
		if out != "" && n < 1000 {
			out += "零"
		}
		out += group(n) + unit
	}
	if out == "" {
		out = "零"
	}
	out += "元"
	jiao, cent := fen/10%10, fen%10
	switch {
	case jiao == 0 && cent == 0:
		return out + "整"
	case cent == 0:
		return out + digits[jiao] + "角整"
	case jiao == 0:
		return out + "零" + digits[cent] + "分"
	}
	return out + digits[jiao] + "角" + digits[cent] + "分"
}
