package demand

import (
	"context"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/demand/reward"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file keeps the reward's rules: the city's operator adds the next one, ends one, puts an earlier state back, and sees before which
// tasks it touches and by how much. What the rules say and how they are judged is the package reward's.

// GetRewardRules are the rules in force, with the ones to come and the ones that ended.
func (s *Service) GetRewardRules(ctx context.Context) (api.RewardRules, error) {
	doc, err := s.rewards.Doc(ctx)
	return rulesView(doc.Rev, doc.Body.Now(), s.today()), err
}

func (s *Service) today() reward.Date { return reward.Date(when.DayOf(s.now())) }

// PutRewardRules brings a new set into force. Errors: Stale; those of reward.Book.Next.
func (s *Service) PutRewardRules(ctx context.Context, in api.RewardRulesInput) (api.RewardRules, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.RewardRules{}, err
	}
	return s.putRules(ctx, in.Reason, func(b *reward.Book, today reward.Date) (reward.Set, error) {
		return b.Next(challengeReward, rulesOf(in.Rules), today)
	}, docstore.IfRev(rev))
}

// UndoRewardRules puts an earlier set into force again from today on, as a new one. Errors: NotFound; Conflict reward.same.
func (s *Service) UndoRewardRules(ctx context.Context, number int, reason string) (api.RewardRules, error) {
	return s.putRules(ctx, reason, func(b *reward.Book, today reward.Date) (reward.Set, error) {
		return b.Back(challengeReward, number, today)
	})
}

func (s *Service) putRules(ctx context.Context, reason string, make func(*reward.Book, reward.Date) (reward.Set, error), opts ...docstore.UpdateOption) (api.RewardRules, error) {
	if err := needReason(reason); err != nil {
		return api.RewardRules{}, err
	}
	doc, err := s.rewards.Update(ctx, func(tx *docstore.Tx[reward.Book]) error {
		next, err := make(tx.Body, reward.Date(when.DayOf(tx.Now)))
		if err != nil {
			return err
		}
		tx.Body.Put(next, access.From(ctx).UserID, reason, tx.Now)
		return nil
	}, opts...)
	if err != nil {
		return api.RewardRules{}, err
	}
	return rulesView(doc.Rev, doc.Body.Now(), s.today()), nil
}

// PreviewRewardRules says from which day on the rules given would come to something else than those in force, and for each task by how
// much on that day, by what is recorded now. It changes nothing. With a number it is about putting that earlier set back.
func (s *Service) PreviewRewardRules(ctx context.Context, in api.RewardPreviewInput) (api.RewardPreview, error) {
	v := api.RewardPreview{Items: []api.RewardTouched{}}
	doc, err := s.rewards.Doc(ctx)
	if err != nil {
		return v, err
	}
	now := doc.Body.Now()
	var next reward.Set
	if in.UndoNumber != 0 {
		next, err = doc.Body.Back(challengeReward, in.UndoNumber, s.today())
	} else {
		next, err = doc.Body.Next(challengeReward, rulesOf(in.Rules), s.today())
	}
	if err != nil {
		return v, err
	}
	day, differs := reward.Differ(now.Rules, next.Rules, challengeReward, s.today(), "")
	if !differs {
		return v, nil
	}
	v.Changes, v.From = true, date(when.Day(day))
	before, _ := reward.InForce(now.Rules, challengeReward, day)
	after, _ := reward.InForce(next.Rules, challengeReward, day)
	v.Before, v.After = ruleViews(before), ruleViews(after)
	held := map[string][]reward.Title{} // a winner's, read once
	err = s.work.Each(ctx, docstore.Query{Index: "changed"}, func(doc docstore.Doc[Task]) error {
		k := &doc.Body
		if k.Kind != RND {
			return nil
		}
		v.Tasks++
		if k.rewarded() {
			v.Decided++ // stays as it was decided
			return nil
		}
		titles, read := held[k.OrgID]
		if !read {
			titles = s.titlesOf(ctx, doc.ID, k.OrgID)
			held[k.OrgID] = titles
		}
		facts, err := s.rewardFacts(ctx, doc.ID, k, when.Day(day), titles)
		if err != nil {
			return err
		}
		was, is := judged(before, facts, day), judged(after, facts, day)
		if was == is {
			return nil
		}
		v.Touched++
		v.DifferenceFen += is.AmountFen - was.AmountFen
		if len(v.Items) < docstore.MaxLimit {
			v.Items = append(v.Items, api.RewardTouched{TaskId: doc.ID, Title: k.Title, OrgName: k.OrgName, Before: was, After: is, DifferenceFen: is.AmountFen - was.AmountFen})
		}
		return nil
	})
	return v, err
}

// rewarded reports whether a reward was approved: what was decided stays.
func (k *Task) rewarded() bool {
	return len(k.Rewards) > 0 && k.Rewards[len(k.Rewards)-1].Approved
}

// judged is what a rule comes to; without one nothing is given. What a criterion stands in the way of is not counted as money.
func judged(r reward.Rule, f reward.Facts, on reward.Date) api.RewardOutcome {
	if r.Version == 0 {
		return api.RewardOutcome{Verdict: api.VerdictUnmet}
	}
	res := reward.Compute(r, f, on)
	v := api.RewardOutcome{Found: true, Verdict: api.RewardVerdict(res.Verdict)}
	if res.AmountFen != nil && res.Verdict != reward.Unmet {
		v.AmountFen = *res.AmountFen
	}
	return v
}

// ListRewardRuleSets is every set there was, newest first.
func (s *Service) ListRewardRuleSets(ctx context.Context) ([]api.RewardRuleSet, error) {
	doc, err := s.rewards.Doc(ctx)
	all := []api.RewardRuleSet{}
	for i := len(doc.Body.Sets) - 1; i >= 0; i-- {
		set := doc.Body.Sets[i]
		v := api.RewardRuleSet{Number: set.Number, UserId: set.UserID, Reason: set.Reason, UndoOf: set.UndoOf, Current: i == len(doc.Body.Sets)-1, Rules: rulesOut(set.Rules)}
		if set.AtMs != 0 {
			v.At = time.UnixMilli(set.AtMs).UTC()
		}
		all = append(all, v)
	}
	return all, err
}

func rulesOf(in []api.RewardRule) []reward.Rule {
	rules := []reward.Rule{}
	for _, r := range in {
		rule := reward.Rule{Version: r.Version, Pending: r.Pending, Clause: r.Clause, From: reward.Date(dayOf(r.From)), Until: reward.Date(dayOf(r.Until)), ShareBasisPoints: r.ShareBasisPoints,
			CapFen: r.CapFen, Kinds: []string{string(RND)}, IssuerSizes: []string{}, Titles: r.Titles, TitlesAsOf: reward.AsOf(r.TitlesAsOf), NationalPlatform: r.NationalPlatform}
		for _, size := range r.IssuerSizes {
			rule.IssuerSizes = append(rule.IssuerSizes, string(size))
		}
		if rule.Titles == nil {
			rule.Titles = []string{}
		}
		rules = append(rules, rule)
	}
	return rules
}

func rulesOut(rules []reward.Rule) []api.RewardRule {
	all := []api.RewardRule{}
	for _, r := range rules {
		all = append(all, ruleViews(r)...)
	}
	return all
}

// ruleViews is a rule as a list of one, or of none where none is in force.
func ruleViews(r reward.Rule) []api.RewardRule {
	if r.Version == 0 {
		return []api.RewardRule{}
	}
	v := api.RewardRule{Version: r.Version, Pending: r.Pending, Clause: r.Clause, From: date(when.Day(r.From)), Until: date(when.Day(r.Until)), ShareBasisPoints: r.ShareBasisPoints, CapFen: r.CapFen,
		Titles: append([]string{}, r.Titles...), TitlesAsOf: api.RewardRuleTitlesAsOf(r.TitlesAsOf), NationalPlatform: r.NationalPlatform, IssuerSizes: []api.RewardIssuerSize{}}
	for _, size := range r.IssuerSizes {
		v.IssuerSizes = append(v.IssuerSizes, api.RewardIssuerSize(size))
	}
	return []api.RewardRule{v}
}

func rulesView(rev int64, set reward.Set, today reward.Date) api.RewardRules {
	v := api.RewardRules{Rev: rev, Number: set.Number, Rules: rulesOut(set.Rules), Today: date(when.Day(today))}
	if r, ok := reward.InForce(set.Rules, challengeReward, today); ok {
		v.InForce = r.Version
	}
	return v
}

// The operations, as mechanical as those of http.go.

func rulesAnswer(v api.RewardRules) api.RewardRulesJSONResponse {
	return api.RewardRulesJSONResponse{Body: v, Headers: api.RewardRulesResponseHeaders{ETag: rest.ETag(v.Rev)}}
}

func (h server) GetRewardRules(ctx context.Context, _ api.GetRewardRulesRequestObject) (api.GetRewardRulesResponseObject, error) {
	v, err := h.s.GetRewardRules(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetRewardRules200JSONResponse{RewardRulesJSONResponse: rulesAnswer(v)}, nil
}

func (h server) PutRewardRules(ctx context.Context, r api.PutRewardRulesRequestObject) (api.PutRewardRulesResponseObject, error) {
	v, err := h.s.PutRewardRules(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PutRewardRules200JSONResponse{RewardRulesJSONResponse: rulesAnswer(v)}, nil
}

func (h server) UndoRewardRules(ctx context.Context, r api.UndoRewardRulesRequestObject) (api.UndoRewardRulesResponseObject, error) {
	v, err := h.s.UndoRewardRules(ctx, r.Body.Number, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.UndoRewardRules200JSONResponse{RewardRulesJSONResponse: rulesAnswer(v)}, nil
}

func (h server) PreviewRewardRules(ctx context.Context, r api.PreviewRewardRulesRequestObject) (api.PreviewRewardRulesResponseObject, error) {
	v, err := h.s.PreviewRewardRules(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.PreviewRewardRules200JSONResponse(v), nil
}

func (h server) ListRewardRuleSets(ctx context.Context, _ api.ListRewardRuleSetsRequestObject) (api.ListRewardRuleSetsResponseObject, error) {
	all, err := h.s.ListRewardRuleSets(ctx)
	if err != nil {
		return nil, err
	}
	return api.ListRewardRuleSets200JSONResponse{Items: all}, nil
}
