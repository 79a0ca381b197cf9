package demand

import (
	"context"
	"strings"

	accountapi "lianbang/services/account/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// This file fills the national platform's three forms from our records, so that filing upward needs no retyping: 需求表, 对接表 and 申请书.
// Their fields are those of the platform's own data model; the printed annexes of 工信厅企业函〔2023〕88号 were not at hand.

// formLine is one field of a form. Needed says that the platform asks for it.
type formLine struct {
	Name, Value string
	Needed      bool
}

// NationalForm is a form with what is still missing in it.
type NationalForm struct {
	Title   string
	Lines   []formLine
	Missing []string
}

func newForm(title string, lines ...formLine) NationalForm {
	f := NationalForm{Title: title, Lines: lines}
	for _, l := range lines {
		if l.Needed && strings.TrimSpace(l.Value) == "" {
			f.Missing = append(f.Missing, l.Name)
		}
	}
	return f
}

// Paper is the form to hand in, with the list of what is missing in front where something is.
func (f NationalForm) Paper() office.Paper {
	p := office.Paper{Title: f.Title, Foot: f.Title}
	if len(f.Missing) > 0 {
		p.Blocks = append(p.Blocks, office.Text("尚缺："+strings.Join(f.Missing, "、")+"。补齐后请删去本行。"))
	}
	t := office.Table{Shares: []float64{1, 3}}
	for _, l := range f.Lines {
		t.Rows = append(t.Rows, []office.Cell{{Text: l.Name, Label: true}, {Text: l.Value}})
	}
	p.Blocks = append(p.Blocks, t, office.Text("单位（盖章）：\n日期："))
	return p
}

// nationalKinds are the platform's three types; a project or a service has none.
var nationalKinds = map[Kind]string{Scenario: "场景验证类", Supply: "采购需求类", RND: "技术攻关类"}

func waysText(ways []string) string {
	var all []string
	for _, w := range ways {
		if known := wayNames[w]; len(known) > 0 {
			w = known[0]
		}
		all = append(all, w)
	}
	return strings.Join(all, "、")
}

// inWan shows fen in 万元, as the forms want it; nothing for nothing.
func inWan(fen int64) string {
	if fen == 0 {
		return ""
	}
	return office.Wan(fen)
}

func dayText(i when.Instant) string {
	if i == 0 {
		return ""
	}
	return string(when.DayOf(i.Time()))
}

func openness(b bool) string {
	if b {
		return "公开"
	}
	return "不公开"
}

// demandForm is the 需求表.
func demandForm(d *Demand, district string) NationalForm {
	t := &d.Terms
	limit := ""
	if t.TimeLimitMonths > 0 {
		limit = itoa(t.TimeLimitMonths) + "个月"
	}
	budget := inWan(t.BudgetFen)
	if t.BudgetNegotiable {
		budget = "面议"
	}
	return newForm("大企业技术创新需求表",
		formLine{"需求名称", t.Title, true}, formLine{"需求类型", nationalKinds[t.Kind], true}, formLine{"公开码", t.NationalCode, false},
		formLine{"需求方", d.Issuer, true}, formLine{"时间要求", limit, t.Kind == RND}, formLine{"合作方式", waysText(t.CooperationWays), true},
		formLine{"行业（GB/T 4754）", t.IndustryCode, true}, formLine{"地域", district, true}, formLine{"简介", t.Brief, true},
		formLine{"需求背景", t.Background, true}, formLine{"主要技术难点", t.Difficulty, t.Kind == RND}, formLine{"具体内容", t.Content, false},
		formLine{"主要技术指标", strings.Join(t.Targets, "\n"), true}, formLine{"预期投入（万元）", budget, false},
		formLine{"揭榜条件", t.BidConditions, false}, formLine{"发布日期", dayText(d.PublishedAt), false}, formLine{"揭榜截止日期", dayText(d.Deadline), true},
		formLine{"需求是否公开", openness(t.Public), true}, formLine{"企业名称是否公开", openness(t.IssuerPublic), true},
		formLine{"联系人", t.Contact.Name, true}, formLine{"联系电话", t.Contact.Phone, true}, formLine{"电子邮箱", t.Contact.Email, false})
}

// dockingPaper is the 对接表.
func dockingPaper(d *Demand, f DockingForm) NationalForm {
	people := ""
	if f.Employees > 0 {
		people = itoa(f.Employees)
	}
	return newForm("中小企业“揭榜”对接表",
		formLine{"需求名称", d.Terms.Title, true}, formLine{"公开码", d.Terms.NationalCode, false}, formLine{"企业名称", f.OrganisationName, true},
		formLine{"统一社会信用代码", f.CreditCode, true}, formLine{"注册省份", f.Province, true}, formLine{"注册城市", f.City, true},
		formLine{"法定代表人", f.LegalRepresentative, true}, formLine{"联系人", f.ContactName, true}, formLine{"联系电话", f.ContactPhone, true},
		formLine{"电子邮箱", f.Email, true}, formLine{"注册资本（万元）", inWan(f.RegisteredCapitalFen), true}, formLine{"上年度营业收入（万元）", inWan(f.RevenueFen), true},
		formLine{"从业人数", people, true}, formLine{"企业简介", f.Brief, true})
}

// applicationPaper is the 申请书.
func applicationPaper(d *Demand, o *Offer) NationalForm {
	a := &o.Application
	schedule := a.Schedule
	if a.ScheduleMonths > 0 {
		schedule = strings.TrimSpace(itoa(a.ScheduleMonths) + "个月\n" + schedule)
	}
	return newForm("中小企业“揭榜”申请书",
		formLine{"申请名称", cutTo(firstOf(a.Title, d.Terms.Title), 32), true}, formLine{"对应需求", d.Terms.Title, true}, formLine{"公开码", d.Terms.NationalCode, false},
		formLine{"中小企业基本情况简介", o.Docking.Brief, true}, formLine{"技术创新能力情况", a.Capability, true}, formLine{"研发团队", a.Team, false},
		formLine{"技术攻关及合作方案", a.Plan, true}, formLine{"进度安排", schedule, true}, formLine{"报价（万元）", inWan(a.PriceFen), true},
		formLine{"合作方式", waysText([]string{a.CooperationWay}), true})
}

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// DemandForm is the 需求表 of a demand, for its issuer and the operator.
func (s *Service) DemandForm(ctx context.Context, id string) (NationalForm, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return NationalForm{}, err
	}
	if role(a, &doc.Body) == Stranger {
		return NationalForm{}, access.Forbid.Err()
	}
	if err := s.o.Looks.Record(ctx, accountapi.LookDemand, id, doc.Body.IssuerID); err != nil {
		return NationalForm{}, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return NationalForm{}, err
	}
	return demandForm(&doc.Body, firstOf(names.districts[doc.Body.Terms.District], doc.Body.Terms.District)), nil
}

// BidForm is the 对接表 or 申请书 of a bid, for whoever may read that part of it now.
func (s *Service) BidForm(ctx context.Context, bidID string, part Part) (NationalForm, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return NationalForm{}, err
	}
	b, d := &bid.Body, &demand.Body
	r := bidRole(a, b, d)
	if !b.Readable(part, r, d) {
		return NationalForm{}, fault.New(fault.Forbidden, "bid.sealed", "this part is sealed until the deadline")
	}
	if err := s.o.Looks.Record(ctx, accountapi.LookBid, bidID, b.OrgID); err != nil {
		return NationalForm{}, err
	}
	if part == Docking {
		return dockingPaper(d, b.Offer.Docking), nil
	}
	if err := s.openFor(ctx, b, d, r); err != nil {
		return NationalForm{}, err
	}
	return applicationPaper(d, &b.Offer), nil
}

func formView(f NationalForm) api.NationalForm {
	v := api.NationalForm{Title: f.Title, Missing: append([]string{}, f.Missing...), Lines: []api.FormLine{}}
	for _, l := range f.Lines {
		v.Lines = append(v.Lines, api.FormLine{Name: l.Name, Value: l.Value, Needed: l.Needed})
	}
	return v
}
