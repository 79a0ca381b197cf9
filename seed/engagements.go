package seed

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	engagementapi "lianbang/services/engagement/api"
	providerapi "lianbang/services/provider/api"
)

// This file tells of services: firms that ask, providers that quote and deliver, one dealing for every way it can stand.

// service is one dealing and how far it has come. Days are the story's; each step is taken a few days after the one before.
type service struct {
	key, client, category, subject, need string
	providers                            []string // the first is the one chosen
	wan                                  int64    // of the quote
	day                                  int
	steps                                []string // of those below, in order
	marks                                [3]int
	words                                string
}

// whole is a dealing from its first quote to its rating.
var whole = []string{"quote", "accept", "contract", "confirm", "start", "deliver", "take", "pay", "confirmPay", "rate"}

var services = []service{
	{"s1", "pengyu", "digital", "滚齿机联网采集与产线诊断", "三十台滚齿机需要联网采集，找出瓶颈工序，给出改造方案和投入测算。", []string{"shuzhi", "zhilian"}, 18, 4, append(slices.Clone(whole), "reply"), [3]int{5, 4, 5}, "诊断细致，联网方案考虑了老设备，车间能直接照着做。"},
	{"s2", "jietong", "ip", "视觉检测核心算法专利布局", "围绕三项核心算法做国内外布局，先做检索和风险排查。", []string{"zhichan", "zhongshi"}, 12, 6, whole, [3]int{5, 5, 4}, "检索报告很扎实，提前避开了两处风险。"},
	{"s3", "pengyu", "innovation", "齿轮疲劳寿命检测", "两种模数各六件，按国标做弯曲疲劳试验并出具报告。", []string{"jiance"}, 9, 32, append(slices.Clone(whole), "aside", "contest"), [3]int{1, 2, 1}, "没有按我们后来加的两种型号做，不满意。"},
	{"s4", "jietong", "digital", "质检数据上云与看板", "五条产线的检测数据统一上云，做一套质量看板。", []string{"zhilian", "shuzhi"}, 26, 36, whole[:7], [3]int{}, ""},
	{"s5", "pengyu", "innovation", "热处理变形控制中试", "渗碳淬火变形超差，需要小批量中试验证新工艺。", []string{"zhongshi"}, 32, 34, append(slices.Clone(whole[:6]), "dispute"), [3]int{}, ""},
	{"s6", "jietong", "ip", "商标海外注册", "三个商标在东南亚四国注册。", []string{"zhichan"}, 6, 46, whole[:6], [3]int{}, ""},
	{"s7", "pengyu", "digital", "设备能耗在线监测", "全厂主要设备能耗在线监测，接入现有系统。", []string{"shuzhi"}, 15, 46, append(slices.Clone(whole[:5]), "stage"), [3]int{}, ""},
	{"s8", "jietong", "innovation", "相机镜头环境可靠性试验", "高低温、湿热、振动三项，样品十套。", []string{"jiance"}, 7, 50, whole[:4], [3]int{}, ""},
	{"s9", "pengyu", "ip", "高价值专利培育", "围绕修形工艺培育两件高价值专利。", []string{"zhichan"}, 10, 52, whole[:2], [3]int{}, ""},
	{"s10", "jietong", "digital", "生产排程软件选型", "五条产线，多品种小批量，需要选型评测和试用。", []string{"shuzhi", "zhilian"}, 20, 46, []string{"quote", "askBack", "answerBack", "requote", "quoteAnew"}, [3]int{}, ""},
	{"s11", "pengyu", "innovation", "噪声测试与溯源", "减速机整机噪声偏大，需要测试定位并提出改进。", []string{"jiance", "zhongshi"}, 8, 57, nil, [3]int{}, ""},
	{"s12", "jietong", "innovation", "振动台租用", "临时租用振动台两天。", []string{"jiance"}, 2, 40, []string{"decline"}, [3]int{}, ""},
	{"s13", "pengyu", "digital", "旧系统数据迁移", "旧 MES 数据迁移到新平台。", []string{"shuzhi"}, 14, 38, append(slices.Clone(whole[:2]), "cancel"), [3]int{}, ""},
	{"s14", "jietong", "ip", "专利年费托管", "在册专利的年费监控与代缴。", []string{"zhichan"}, 1, 49, nil, [3]int{}, ""},
}

// planServices writes the dealings into the timetable, unless somebody in them is left out of a short telling.
func (l *loader) planServices() {
	for i := range services {
		s := &services[i]
		cast := append([]string{s.client}, s.providers...)
		if slices.ContainsFunc(cast, func(key string) bool {
			return !slices.ContainsFunc(l.orgs, func(o *organisation) bool { return o.Key == key })
		}) {
			continue
		}
		ids := map[string]string{}
		l.at(s.day, 9, 20+i, func(ctx context.Context) error { return l.enquire(ctx, s, ids) })
		for n, step := range s.steps {
			l.at(s.day+1+2*n, 11, 10+i, func(ctx context.Context) error { return l.serve(ctx, s, step, ids[s.providers[0]]) })
		}
	}
}

// enquire asks the providers, and lets each that is not chosen quote a little more.
func (l *loader) enquire(ctx context.Context, s *service, ids map[string]string) error {
	in := engagementapi.EnquiryInput{Category: s.category, Subject: s.subject, Need: s.need, District: l.byKey[s.client].District, BudgetFen: s.wan * 1_200_000}
	for _, p := range s.providers {
		in.ProviderOrgIds = append(in.ProviderOrgIds, l.orgIDs[p])
	}
	if err := l.fromOffering(ctx, s, &in); err != nil {
		return err
	}
	var made engagementapi.Enquiry
	if err := l.do(ctx, l.byKey[s.client].phone(), http.MethodPost, "/api/v1/engagements", "service-"+s.key, in, &made); err != nil {
		return err
	}
	for _, e := range made.Engagements {
		for _, p := range s.providers {
			if e.Provider.OrgId == l.orgIDs[p] {
				ids[p] = e.Id
			}
		}
	}
	return nil
}

// fromOffering lets an enquiry to one provider alone begin from what it offers, where it offers something of the kind by then.
func (l *loader) fromOffering(ctx context.Context, s *service, in *engagementapi.EnquiryInput) error {
	if len(s.providers) > 1 || s.day <= poolAdmits+1 {
		return nil
	}
	var p providerapi.Provider
	if err := l.do(ctx, l.byKey[s.client].phone(), http.MethodGet, "/api/v1/providers/"+l.orgIDs[s.providers[0]], "", nil, &p); err != nil {
		return err
	}
	for _, o := range p.Offers {
		if o.Category == s.category {
			in.OfferingId, in.OfferingName = o.Id, o.Title
			break
		}
	}
	return nil
}

// serve takes one step of a dealing, unless it was taken already.
func (l *loader) serve(ctx context.Context, s *service, step, id string) error {
	client, provider := l.byKey[s.client].phone(), l.byKey[s.providers[0]].phone()
	day := openapi_types.Date{Time: l.t.Clock.Now().In(city).Truncate(24 * time.Hour)}
	fen := s.wan * 1_000_000
	type call struct {
		action, phone, path string
		body                any
	}
	steps := map[string]call{
		"quote": {"quoteEngagement", provider, "/quote", engagementapi.QuoteInput{Scope: "按需求分两阶段实施：现场调研与方案、实施与交付；含一次回访。", PriceFen: fen, Days: 30, PayDays: 30,
			ValidUntil: openapi_types.Date{Time: day.AddDate(0, 1, 0)}, Milestones: []engagementapi.MilestoneTerms{{Name: "调研与方案", DueDay: 10, AmountFen: fen / 2}, {Name: "实施与交付", DueDay: 30, AmountFen: fen - fen/2}}}},
		"accept":     {"acceptQuote", client, "/accept", engagementapi.AcceptInput{Version: 1}},
		"contract":   {"proposeContract", provider, "/contract", engagementapi.ContractInput{AmountFen: fen, SignedOn: day, PayDays: 30}},
		"confirm":    {"confirmContract", client, "/contract/confirm", nil},
		"start":      {"startDelivery", provider, "/start", nil},
		"deliver":    {"deliverEngagement", provider, "/deliver", engagementapi.DeliveryInput{Note: "成果已按约定交付，附说明。"}},
		"take":       {"acceptDelivery", client, "/delivery/accept", engagementapi.NoteInput{Note: "符合约定。"}},
		"pay":        {"recordPayment", client, "/payments", engagementapi.PaymentInput{AmountFen: fen, PaidOn: day}},
		"confirmPay": {"confirmPayment", provider, "/payments/1/confirm", nil},
		"rate": {"rateEngagement", client, "/rating", engagementapi.RatingInput{Text: s.words, Marks: []engagementapi.Mark{{Key: "quality", Score: s.marks[0]},
			{Key: "timeliness", Score: s.marks[1]}, {Key: "value", Score: s.marks[2]}}}},
		"askBack":    {"postEngagementMessage", provider, "/messages", engagementapi.MessageInput{Text: "五条产线里有几条已经接了数据采集？排程要不要考虑模具更换时间？"}},
		"answerBack": {"postEngagementMessage", client, "/messages", engagementapi.MessageInput{Text: "两条已经接了。模具更换每次约四十分钟，要算进去。"}},
		"requote":    {"askForRequote", client, "/requote", engagementapi.ReasonInput{Reason: "试用希望延到一个月，总价控制在十八万以内。"}},
		"quoteAnew": {"quoteEngagement", provider, "/quote", engagementapi.QuoteInput{Scope: "按需求分两阶段实施：现场调研与方案、实施与交付；含一次回访。试用一个月，满意后再付第二笔。", PriceFen: fen * 9 / 10, Days: 40, PayDays: 30,
			ValidUntil: openapi_types.Date{Time: day.AddDate(0, 1, 0)}, Milestones: []engagementapi.MilestoneTerms{{Name: "调研与方案", DueDay: 10, AmountFen: fen * 4 / 10}, {Name: "实施与试用", DueDay: 40, AmountFen: fen * 5 / 10}}}},
		"stage":   {"updateMilestone", provider, "/milestones/0", engagementapi.MilestoneInput{State: "delayed", Note: "样品晚到三天，方案顺延到周五。"}},
		"aside":   {"setAsideRating", cityOperator, "/rating/set-aside", engagementapi.AsideInput{Of: "client", Ground: "retaliation", Reason: "合同外的加试要求被婉拒后给出低分，往来消息可证。"}},
		"contest": {"contestSetAside", client, "/rating/set-aside/contest", engagementapi.AsideContestInput{Of: "client", Reason: "加试是电话里说好的，请再核实。"}},
		"reply":   {"replyToRating", provider, "/rating/reply", engagementapi.TextInput{Text: "感谢信任，后续联网问题随时联系。"}},
		"dispute": {"disputeEngagement", client, "/dispute", engagementapi.DisputeInput{Reason: "中试件变形量仍超差，对方认为已达到约定。", Wants: "补做一轮并说明原因"}},
		"decline": {"declineEngagement", provider, "/decline", engagementapi.ReasonInput{Reason: "设备检修，本月排不出档期。"}},
		"cancel":  {"cancelEngagement", client, "/cancel", engagementapi.ReasonInput{Reason: "新平台上线推迟，迁移先不做。"}},
	}
	c, ok := steps[step]
	if !ok {
		return fmt.Errorf("seed: a service has no step %q", step)
	}
	path := "/api/v1/engagements/" + id
	var now engagementapi.Engagement
	if err := l.do(ctx, c.phone, http.MethodGet, path, "", nil, &now); err != nil || !slices.Contains(now.Actions, c.action) {
		return err
	}
	said := map[string]int{"askBack": 0, "answerBack": 1} // messages there are before; what was said is not said again
	if n, message := said[step]; message && now.Messages != n {
		return nil
	}
	method := http.MethodPost
	if step == "stage" {
		method = http.MethodPut
	}
	return l.do(ctx, c.phone, method, path+c.path, "", c.body, nil)
}
