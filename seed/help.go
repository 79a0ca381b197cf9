package seed

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	accountapi "lianbang/services/account/api"
	achievementapi "lianbang/services/achievement/api"
	demandapi "lianbang/services/demand/api"
)

// This file is the help of staff: liaisons with their ledger, and what is drafted for firms that called and waits for their word.

// platformStaff works at the operating unit (平台运营单位), without decisions.
const platformStaff = "19900000003"

// The days of the story: liaisons are assigned, and later firms call.
const (
	liaisonDay = 5
	callDay    = today - 2
)

// served is what the ledger of one firm holds, by the day of the story; due counts days from now.
type served struct {
	day           int
	kind, summary string
	due           int
	outcome       string
	hidden        bool
}

// ledger is told of the verified firms in turn: the last has nothing solved yet.
var ledger = [][]served{
	{{8, "visit", "走访车间，了解排产和用工情况。", 0, "", false}, {8, "difficulty", "扩产后用电容量不足，申请增容进度慢。", 0, "会同供电部门现场勘查，已增容 400 千伏安。", false}, {40, "help", "讲解梯度培育和技改补助申报要点。", 0, "", false}},
	{{12, "visit", "上门对接融资需求。", 0, "", false}, {12, "difficulty", "订单增长，流动资金周转紧张。", 0, "对接园区信用贷产品，授信 300 万元。", false}, {50, "difficulty", "缺少数控加工技能人才。", 12, "", false}},
	{{20, "visit", "走访并核对一企一档。", 0, "", false}, {44, "difficulty", "厂区危废暂存间整改没有方案。", 2, "", false}, {45, "help", "内部研判：企业搬迁意向，暂不公开。", 0, "", true}},
	{{30, "visit", "走访，企业反映物流成本偏高。", 0, "", false}, {30, "difficulty", "零担物流成本偏高，希望拼车配送。", -6, "", false}},
}

// liaisons gives the verified firms their liaison: one district's its own operator, the others the operating unit.
func (l *loader) liaisons(ctx context.Context) error {
	err := l.do(ctx, cityOperator, http.MethodPost, "/api/v1/staff", "", accountapi.StaffInput{Phone: platformStaff, Name: "许专员", Password: Password, Post: accountapi.PlatformStaff}, nil)
	if err != nil && !isStatus(err, http.StatusConflict) {
		return err
	}
	var people struct{ Items []accountapi.LiaisonCandidate }
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/liaisons/candidates", "", nil, &people); err != nil {
		return err
	}
	for _, p := range people.Items {
		in := accountapi.AssignLiaisonsJSONRequestBody{UserId: p.UserId, OnlyWithout: true}
		switch p.Post {
		case accountapi.DistrictOperator:
			in.DistrictCode = districtOfDemo
		case accountapi.PlatformStaff:
			for _, o := range l.helped() {
				in.OrgIds = append(in.OrgIds, l.orgIDs[o.Key])
			}
		default:
			continue
		}
		if err := l.do(ctx, cityOperator, http.MethodPost, "/api/v1/liaisons", "", in, nil); err != nil {
			return err
		}
	}
	return nil
}

// helped are the firms of the other districts that the operating unit looks after.
func (l *loader) helped() []*organisation {
	var all []*organisation
	for _, o := range l.orgs {
		if o.State == "verified" && !l.left(o) && o.District != districtOfDemo && slices.Contains(o.Capacities, "sme") && l.orgIDs[o.Key] != "" {
			all = append(all, o)
		}
	}
	return all[:min(len(all), 12)]
}

// planLedger writes each line on its day.
func (l *loader) planLedger() {
	l.at(liaisonDay, 9, 0, l.liaisons)
	for i, lines := range ledger {
		for j, line := range lines {
			l.at(line.day, 16, 10*i+j, func(ctx context.Context) error {
				firms := l.helped()
				if i >= len(firms) {
					return nil
				}
				in := accountapi.ServiceInput{Kind: accountapi.ServiceKind(line.kind), Summary: line.summary, Outcome: line.outcome, Visible: !line.hidden}
				// Said rather than left to the day it is told on: told again, it is the same entry.
				if in.On.Time = l.time(line.day, 12, 0).In(city); in.On.After(l.now) {
					in.On.Time = l.now.In(city)
				}
				if line.due != 0 {
					in.DueOn.Time = l.now.AddDate(0, 0, line.due)
				}
				return l.do(ctx, platformStaff, http.MethodPost, "/api/v1/organisations/"+l.orgIDs[firms[i].Key]+"/services", fmt.Sprintf("service-entry-%d-%d", i, j), in, nil)
			})
		}
	}
	l.at(callDay, 10, 0, l.calls)
}

// calls are three that were made lately: a demand and an achievement wait for the firm's word, a claim for the caller's.
func (l *loader) calls(ctx context.Context) error {
	const asks = "/confirmation"
	if o := l.byKey["jietong"]; !l.left(o) {
		var d demandapi.Demand
		in := demandapi.DemandInput{Title: "反光金属件表面划伤在线检测的打光方案", Kind: demandapi.Rnd, Mode: demandapi.Open, Chain: "instruments", District: o.District,
			Background: "来电说明：精密金属件抛光后反光强，现有打光方式漏检细划伤，靠人工复检。", Difficulty: "高反光曲面上 20 微米划伤的稳定成像。",
			Targets: []string{"划伤宽度 20 微米以上检出率不低于 99%", "单件检测时间不超过 2 秒"}, BudgetNegotiable: true, TimeLimitMonths: 8,
			CooperationWays: []demandapi.CooperationWay{demandapi.Joint}}
		if err := l.do(ctx, platformStaff, http.MethodPost, "/api/v1/drafted-demands?onBehalfOf="+l.orgIDs[o.Key], "drafted-demand", in, &d); err != nil {
			return err
		}
		if err := l.asked(ctx, "/api/v1/demands/"+d.Id+asks); err != nil {
			return err
		}
	}
	if o := l.byKey["lanzhou-tech"]; !l.left(o) {
		var a achievementapi.Achievement
		in := achievementapi.AchievementInput{Name: "海洋环境用耐蚀铝合金焊丝", Field: "新材料", Chain: "advanced_materials", Summary: "来电说明：面向海工铝结构焊接，接头耐蚀性优于现用焊丝，已有小批试制。"}
		if err := l.do(ctx, platformStaff, http.MethodPost, "/api/v1/drafted-achievements?onBehalfOf="+l.orgIDs[o.Key], "drafted-achievement", in, &a); err != nil {
			return err
		}
		if err := l.asked(ctx, "/api/v1/achievements/"+a.Id+asks); err != nil {
			return err
		}
	}
	var found struct{ Items []accountapi.Organisation }
	if err := l.do(ctx, "", http.MethodGet, "/api/v1/unclaimed-organisations?q="+url.QueryEscape(listed[1].name), "", nil, &found); err != nil || len(found.Items) == 0 {
		return err
	}
	return l.do(ctx, platformStaff, http.MethodPost, "/api/v1/organisations/"+found.Items[0].Id+"/claim-drafts", "", accountapi.DraftClaimJSONRequestBody{Phone: "19900000092", Name: "虞经理",
		Position: "总经理", Note: "来电说明：名单上的企业由其负责，执照和授权书随后上传。"}, nil)
}

// asked asks the firm to confirm, unless it was asked before.
func (l *loader) asked(ctx context.Context, path string) error {
	err := l.do(ctx, platformStaff, http.MethodPost, path, "", nil, nil)
	if isStatus(err, http.StatusConflict) {
		return nil
	}
	return err
}
