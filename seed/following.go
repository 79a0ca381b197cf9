package seed

import (
	"context"
	"net/http"

	demandapi "lianbang/services/demand/api"
)

// lister is the chain leader whose demands are on named lists in the demo.
const lister = "hengyue"

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

// following tells of the open challenge with the longest time left: one question answered, one waiting, and a better wording that
// everybody can compare.
func (l *loader) following(ctx context.Context) error {
	var board demandapi.DemandPage
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/demands?state=published&kind=rnd&limit=200", "", nil, &board); err != nil {
		return err
	}
	var chosen demandapi.Demand
	issuer := ""
	for _, d := range board.Items {
		for _, o := range l.orgs {
			if l.orgIDs[o.Key] == d.Issuer.OrgId && o.Key != "jietong" && o.Key != "pengyu" && d.Mode == demandapi.Open && d.Deadline.After(chosen.Deadline) {
				chosen, issuer = d, o.phone()
			}
		}
	}
	if issuer == "" { // a short telling may have none
		return nil
	}
	return l.askAndChange(ctx, issuer, "/api/v1/demands/"+chosen.Id)
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
