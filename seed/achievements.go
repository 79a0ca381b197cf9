package seed

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	achievementapi "lianbang/services/achievement/api"
)

// achievement is one result an invented university offers. Price is in 万元.
type achievement struct {
	Key        string                          `json:"key"`
	Org        string                          `json:"org"`
	Department string                          `json:"department"`
	Name       string                          `json:"name"`
	Field      string                          `json:"field"`
	Chain      string                          `json:"chain"`
	TRL        int                             `json:"trl"`
	Problem    string                          `json:"problem"`
	Audience   string                          `json:"audience"`
	Item       string                          `json:"item"`
	Present    string                          `json:"present"`
	Ours       string                          `json:"ours"`
	Needs      string                          `json:"needs"`
	PriceWan   int64                           `json:"priceWan"`
	Ways       []achievementapi.AchievementWay `json:"ways"`
}

// transfer is one firm's dealing over an achievement, and how far it gets.
type transfer struct {
	Achievement string                        `json:"achievement"`
	Firm        string                        `json:"firm"`
	Way         achievementapi.AchievementWay `json:"way"`
	UpTo        string                        `json:"upto"` // a state of the deal; certificate; or dissatisfied, after a trial
	Need        string                        `json:"need"`
	TRL         int                           `json:"trl"`
	RoyaltyBP   int                           `json:"royaltyBp"`
	Early       bool                          `json:"early"` // begun with those that are over by now, though it is not
}

// The days of the achievements' story: published early, so that a notice of fifteen days has stood when deals are signed.
const (
	achievementsDay = 3
	transfersDay    = 22
	lateTransfers   = today - 8 // what is still under way now
)

// planAchievements writes the universities' lists and the deals into the timetable; a short telling keeps three achievements and their deals.
func (l *loader) planAchievements(a *achievements) {
	for i, one := range a.Achievements {
		o := l.byKey[one.Org]
		if l.left(o) || l.t.Few && i >= 3 {
			continue
		}
		l.at(achievementsDay, 8, i, func(ctx context.Context) error { return l.achievement(ctx, o, one) })
	}
	for i, d := range a.Deals {
		day := transfersDay
		if !d.Early && slices.Contains([]string{"interest", "talks", "pricing", "terms", "internal_approval", "public_notice", "trial", "contract"}, d.UpTo) {
			day = lateTransfers
		}
		if l.left(l.byKey[d.Firm]) || l.t.Few && !slices.ContainsFunc(a.Achievements[:3], func(x *achievement) bool { return x.Key == d.Achievement && !l.left(l.byKey[x.Org]) }) {
			continue
		}
		l.planTransfer(a, d, day, i)
	}
}

// achievements are what the file holds.
type achievements struct {
	Achievements []*achievement `json:"achievements"`
	Deals        []*transfer    `json:"deals"`
}

func (l *loader) achievement(ctx context.Context, o *organisation, a *achievement) error {
	in := achievementapi.AchievementInput{Name: a.Name, Department: a.Department, Field: a.Field, Chain: a.Chain, Trl: a.TRL, Problem: a.Problem, Audience: a.Audience,
		Summary: a.Name + "：" + a.Item + "由“" + a.Present + "”变为“" + a.Ours + "”。", Needs: a.Needs, Ways: a.Ways, PriceFen: a.PriceWan * 1_000_000,
		Advantage: fmt.Sprintf("%s：现在%s，采用后%s。", a.Item, a.Present, a.Ours), Economics: []achievementapi.AchievementComparison{{Item: a.Item, Present: a.Present, Ours: a.Ours}},
		Contact: achievementapi.AchievementContact{Name: o.Contact, Phone: o.phone()}, SourceList: o.Name + "创新成果清单", SourceIssue: l.now.Format("2006") + "年第1期",
		Ip:   []achievementapi.AchievementIP{{Kind: "invention", Number: "ZL2023DEMO" + a.Key[1:] + "." + a.Key[2:], Status: "granted"}},
		Team: []achievementapi.AchievementMember{{Role: "课题负责人", About: a.Field + "方向，十年以上工程化经验"}, {Role: "工艺工程师", About: "驻厂调试与培训"}}}
	if a.TRL >= 4 {
		in.TrlEvidence = map[bool]string{true: "已在企业产线连续运行半年以上，有验收单和第三方检测报告。", false: "实验室样机完成指标测试，检测报告可查。"}[a.TRL >= 7]
	}
	if a.TRL >= 7 {
		in.Cases = []achievementapi.AchievementCase{{Title: "本市一家" + a.Audience + "试用", Result: a.Item + "达到" + a.Ours}}
	}
	if slices.Contains(a.Ways, "open_licence") {
		in.OpenTerms = achievementapi.OpenLicenceTerms{UpfrontFen: max(a.PriceWan/4, 1) * 1_000_000, RoyaltyBp: 150, Months: 36, Scope: "中国境内，普通许可，自用"}
	}
	var made achievementapi.Achievement
	if err := l.do(ctx, o.phone(), http.MethodPost, "/api/v1/achievements", "achievement-"+a.Key, in, &made); err != nil {
		return err
	}
	l.made[a.Key] = made.Id
	if err := l.once(ctx, o.phone(), "/api/v1/achievements/"+made.Id+"/submit", nil); err != nil {
		return err
	}
	return l.once(ctx, reviewer(o.District), "/api/v1/achievements/"+made.Id+"/publish", nil)
}

// planTransfer takes a deal as far as it gets, a day for each step; a notice stands its days in between.
func (l *loader) planTransfer(a *achievements, d *transfer, day, minute int) {
	at := a.Achievements[slices.IndexFunc(a.Achievements, func(x *achievement) bool { return x.Key == d.Achievement })]
	firm, uni := l.byKey[d.Firm], l.byKey[at.Org]
	var id string
	step := func(after int, who *organisation, path string, in any) {
		l.at(day+after, 9, minute, func(ctx context.Context) error {
			return l.once(ctx, who.phone(), "/api/v1/achievement-deals/"+id+path, in)
		})
	}
	reason := map[string]string{"reason": "双方对价格和进度的预期差距较大，先不往下谈。"}
	open := d.Way == "open_licence"
	l.at(day, 9, minute, func(ctx context.Context) error {
		in := map[string]any{"need": d.Need, "contactName": firm.Contact, "contactPhone": firm.phone()}
		path := "/deals"
		if open {
			in["acceptTerms"], path = true, "/licences"
		} else {
			in["requiredTrl"] = d.TRL
			if slices.Contains(at.Ways, d.Way) {
				in["way"] = d.Way
			}
		}
		var made achievementapi.Deal
		err := l.do(ctx, firm.phone(), http.MethodPost, "/api/v1/achievements/"+l.made[d.Achievement]+path, "transfer-"+d.Achievement+"-"+d.Firm, in, &made)
		id = made.Id
		return err
	})
	order := []string{"interest", "talks", "pricing", "internal_approval", "public_notice", "contract", "signed", "registered", "fulfilled"}
	far := slices.Index(order, d.UpTo)
	priced := slices.Contains([]achievementapi.AchievementWay{"transfer", "licence", "equity"}, d.Way)
	paid := func(after int) openapi_types.Date {
		return openapi_types.Date{Time: l.time(day+after-1, 0, 0).Truncate(24 * time.Hour)}
	}
	switch {
	case d.UpTo == "declined":
		step(1, uni, "/decline", reason)
		return
	case open:
		if d.UpTo == "certificate" {
			step(1, firm, "/payments", map[string]any{"kind": "upfront", "amountFen": max(at.PriceWan/4, 1) * 1_000_000, "paidOn": paid(1)})
			step(3, uni, "/payments/1/confirm", nil)
		}
		return
	case d.UpTo == "terms": // what is put on the table without being priced
		far = slices.Index(order, "pricing")
	case d.UpTo == "trial", d.UpTo == "dissatisfied":
		far = slices.Index(order, "pricing") + 1
	case d.UpTo == "cancelled":
		far = slices.Index(order, "talks")
	}
	shares := []map[string]any{{"who": "inventors", "bp": 7000}, {"who": "department", "bp": 1500}, {"who": "institution", "bp": 1500}}
	trialDays := 90
	if d.UpTo != "trial" {
		trialDays = 20
	}
	if far >= 1 {
		step(1, uni, "/take-up", nil)
		step(1, uni, "/messages", map[string]any{"text": "您好，已收到意向。方便的话先说说现在的设备和产量，我们好判断能不能直接用。"})
	}
	if d.UpTo == "cancelled" {
		step(2, firm, "/cancel", reason)
	}
	if far >= 2 {
		step(2, uni, "/terms", map[string]any{"way": d.Way, "related": false, "priceFen": at.PriceWan * 1_000_000, "basis": "市场询价与成本核算，校内定价报告", "royaltyBp": d.RoyaltyBP, "months": 60, "trialDays": trialDays, "payAfterDays": 365, "split": shares})
	}
	if far >= 3 {
		step(3, firm, "/agree", map[string]any{"version": 1, "related": false})
	}
	notice := 0 // days the way keeps it waiting for its contract
	if d.Way == "trial_first" && d.UpTo != "trial" && far >= 3 {
		notice = trialDays + 2
		report := "连续试用二十天，运行稳定，指标达到约定，按条款受让。"
		if d.UpTo == "dissatisfied" {
			report = "试用二十天，现场网络条件下答复太慢，达不到班组要求。"
		}
		step(3+trialDays+1, firm, "/trial-report", map[string]any{"satisfied": d.UpTo != "dissatisfied", "report": report})
	}
	if priced && far >= 4 {
		step(4, uni, "/approve", map[string]any{"note": "校长办公会纪要（演示）第 12 号，同意按协议定价转化并公示。"})
		notice = 18
	}
	if far >= 6 {
		contract := 5 + notice
		l.at(day+contract, 8, minute, func(ctx context.Context) error { // the notice's end is recorded by the product itself
			return l.eventually(ctx, 20*time.Second, func() (bool, error) {
				var now achievementapi.Deal
				err := l.do(ctx, uni.phone(), http.MethodGet, "/api/v1/achievement-deals/"+id, "", nil, &now)
				return now.State != "public_notice", err
			})
		})
		step(contract, uni, "/sign", map[string]any{"number": "YS-" + d.Achievement})
		step(contract+1, firm, "/sign", map[string]any{})
	}
	if far >= 7 {
		step(6+notice+1, uni, "/register", map[string]any{"number": "DEMO-JSHT-" + d.Achievement})
	}
	if far >= 7 && d.Way != "pay_later" { // that is paid when it has paid off
		step(6+notice+2, firm, "/payments", map[string]any{"kind": "upfront", "amountFen": at.PriceWan * 1_000_000, "paidOn": paid(6 + notice + 2)})
		step(6+notice+3, uni, "/payments/1/confirm", nil)
	}
	if far >= 8 {
		step(6+notice+4, uni, "/splits", map[string]any{"amountFen": at.PriceWan * 1_000_000, "shares": shares, "note": "首付款分配"})
		step(6+notice+5, firm, "/fulfil", map[string]any{"text": "已在产线投用，" + at.Item + "达到" + at.Ours + "。", "salesFen": 3_600_000_00})
	}
	if far >= 8 && d.RoyaltyBP > 0 {
		step(6+notice+6, firm, "/payments", map[string]any{"kind": "royalty", "amountFen": 3_600_000_00 / 10_000 * d.RoyaltyBP, "paidOn": paid(6 + notice + 6), "basis": "首季净销售额 360 万元"})
	}
}

// wonDeals takes the deals that won bids with an achievement began to the contract: what the bid said is what the terms say.
func (l *loader) wonDeals(ctx context.Context) error {
	speaks := map[string]string{}
	for _, o := range l.orgs {
		speaks[l.orgIDs[o.Key]] = o.phone()
	}
	var page achievementapi.DealPage
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/achievement-deals?state=talks&limit=200", "", nil, &page); err != nil {
		return err
	}
	for _, d := range page.Items {
		uni, firm, path := speaks[d.SellerId], speaks[d.FirmId], "/api/v1/achievement-deals/"+d.Id
		if d.Won.BidId == "" || uni == "" || firm == "" {
			continue
		}
		for _, s := range []struct {
			who, path string
			in        any
		}{{uni, "/terms", map[string]any{"way": d.Won.Way, "related": false, "priceFen": d.Won.PriceFen, "months": d.Won.Months}},
			{firm, "/agree", map[string]any{"version": 1, "related": false}}, {uni, "/sign", map[string]any{"number": "JB-DEMO-01"}}, {firm, "/sign", map[string]any{}}} {
			if err := l.once(ctx, s.who, path+s.path, s.in); err != nil {
				return err
			}
		}
	}
	return nil
}
