package seed

import (
	"context"
	"net/http"

	demandapi "lianbang/services/demand/api"
)

// followed is the chain leader whose open demand is asked about, changed and watched in the demo.
const followed = "hengyue"

// listOf is the named list a demand of a kind is on.
func listOf(kind demandapi.DemandKind) string {
	switch kind {
	case demandapi.Supply:
		return "年度产品配套需求清单"
	case demandapi.Rnd:
		return "技术协同研发需求清单"
	}
	return ""
}

// following tells of an open demand: one question answered, one waiting, and a better wording that everybody can compare.
func (l *loader) following(ctx context.Context) error {
	issuer := l.byKey[followed].phone()
	var open demandapi.DemandPage
	if err := l.do(ctx, issuer, http.MethodGet, "/api/v1/my-demands?state=published&limit=50", "", nil, &open); err != nil {
		return err
	}
	for _, d := range open.Items {
		if d.Kind == demandapi.Rnd && d.Mode == demandapi.Open && d.DemandPublic {
			return l.askAndChange(ctx, issuer, "/api/v1/demands/"+d.Id)
		}
	}
	return nil // a short telling may have none
}

func (l *loader) askAndChange(ctx context.Context, issuer, path string) error {
	asked := []string{"样机和试验台架能否由发榜单位提供？", "指标中的寿命是台架加速寿命，还是实际工况寿命？"}
	var first demandapi.Question
	for i, by := range []string{"jietong", "pengyu"} {
		var q demandapi.Question
		err := l.do(ctx, l.byKey[by].phone(), http.MethodPost, path+"/questions", "question-"+by, demandapi.QuestionInput{Text: asked[i]}, &q)
		if isStatus(err, http.StatusConflict) { // too near its deadline
			return nil
		}
		if err != nil {
			return err
		}
		if i == 0 {
			first = q
		}
	}
	if first.Answer == "" {
		answer := demandapi.QuestionInput{Text: "可以。本单位提供两台样机和一套台架，试验排期由双方商定。"}
		if err := l.do(ctx, issuer, http.MethodPost, path+"/questions/"+first.Id+"/answer", "", answer, nil); err != nil {
			return err
		}
	}
	if err := l.do(ctx, l.byKey["jietong"].phone(), http.MethodPut, path+"/watch", "", nil, nil); err != nil {
		return err
	}
	var d demandapi.Demand
	if err := l.do(ctx, issuer, http.MethodGet, path, "", nil, &d); err != nil || d.ChangeCount > 0 {
		return err
	}
	terms := demandapi.DemandInput{Title: d.Title, Kind: d.Kind, Mode: d.Mode, NationalCode: d.NationalCode, IndustryCode: d.IndustryCode, Chain: d.Chain, District: d.District,
		Brief: d.Brief + "（样机与试验台架由发榜单位提供）", Background: d.Background, Difficulty: d.Difficulty, Content: d.Content, Targets: d.Targets, BudgetFen: d.BudgetFen,
		BudgetNegotiable: d.BudgetNegotiable, TimeLimitMonths: d.TimeLimitMonths, CooperationWays: d.CooperationWays, IpTerms: d.IpTerms, BidConditions: d.BidConditions,
		Unit: d.Unit, Quantity: d.Quantity, Payment: d.Payment, TrialDays: d.TrialDays, ServiceCategory: d.ServiceCategory, DemandPublic: &d.DemandPublic, Contact: d.Contact}
	return l.do(ctx, issuer, http.MethodPost, path+"/changes", "", demandapi.ChangeInput{Terms: terms, Reason: "根据答疑补充试验条件，不影响已提交的揭榜书。"}, nil)
}
