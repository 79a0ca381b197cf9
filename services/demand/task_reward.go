package demand

import (
	"context"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/demand/reward"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file brings the reward's rules together with what is recorded of a task, as of any day.

// challengeReward is the reward the Ningbo draft promises the winner of a challenge.
const challengeReward = "challenge-reward"

// Titles answers which titles an organisation holds or held. Errors: Unavailable when account is away.
type Titles interface {
	Titles(ctx context.Context, orgID string) ([]reward.Title, error)
}

// titlesOf are a winner's titles, nil when account is away: unknown is not none.
func (s *Service) titlesOf(ctx context.Context, taskID, orgID string) []reward.Title {
	if s.o.Titles == nil {
		return nil
	}
	held, err := s.o.Titles.Titles(ctx, orgID)
	if err != nil {
		s.o.Log.Warn("a reward is computed without titles", "task", taskID, "error", err)
		return nil
	}
	return append([]reward.Title{}, held...) // none is known to be none
}

// rewardFacts are what was recorded of a task by the end of a day.
func (s *Service) rewardFacts(ctx context.Context, id string, k *Task, on when.Day, titles []reward.Title) (reward.Facts, error) {
	docs, err := s.ledger(ctx, id)
	if err != nil {
		return reward.Facts{}, err
	}
	code := ""
	if demand, err := s.demands.Get(ctx, k.DemandID); err == nil {
		code = demand.Body.Terms.NationalCode
	}
	return k.RewardFacts(on, code, titles, bodies(docs)), nil
}

// advice computes what a task may be rewarded with as of a day, from what was recorded by its end.
func (s *Service) advice(ctx context.Context, id string, k *Task, on when.Day) (reward.Rule, reward.Facts, reward.Result, error) {
	facts, err := s.rewardFacts(ctx, id, k, on, s.titlesOf(ctx, id, k.OrgID))
	if err != nil {
		return reward.Rule{}, facts, reward.Result{}, err
	}
	book, err := s.rewards.Doc(ctx)
	if err != nil {
		return reward.Rule{}, facts, reward.Result{}, err
	}
	rule, ok := reward.InForce(book.Body.Now().Rules, challengeReward, reward.Date(on))
	if !ok {
		return rule, facts, reward.Result{On: reward.Date(on)}, nil
	}
	return rule, facts, reward.Compute(rule, facts, reward.Date(on)), nil
}

// rewardDay is the day asked for, today when none is; a day to come is refused, since its records do not exist yet.
func (s *Service) rewardDay(on when.Day) (when.Day, error) {
	today := when.DayOf(s.now())
	if on == "" {
		return today, nil
	}
	if on > today {
		return "", fault.Bad(fault.Field{Path: "on", Code: "in_future"})
	}
	return on, nil
}

// GetTaskReward is what the rules come to on a day. It approves nothing.
func (s *Service) GetTaskReward(ctx context.Context, id string, on when.Day) (api.RewardAdvice, error) {
	doc, _, err := s.involved(ctx, id)
	if err != nil {
		return api.RewardAdvice{}, err
	}
	if on, err = s.rewardDay(on); err != nil {
		return api.RewardAdvice{}, err
	}
	rule, facts, res, err := s.advice(ctx, id, &doc.Body, on)
	if err != nil {
		return api.RewardAdvice{}, err
	}
	v := api.RewardAdvice{On: date(on), Found: res.RuleID != "", Verdict: api.VerdictUnmet, Criteria: []api.RewardCriterion{}, VerifiedCostFen: facts.VerifiedCostFen}
	if !v.Found {
		return v, nil
	}
	v.RuleId, v.Version, v.Pending, v.Clause, v.Verdict = res.RuleID, res.Version, res.Pending, res.Clause, api.RewardVerdict(res.Verdict)
	v.ShareBasisPoints, v.CapFen, v.TitlesAsOf, v.AmountFen, v.Capped = rule.ShareBasisPoints, rule.CapFen, string(rule.TitlesAsOf), res.AmountFen, res.Capped
	for _, c := range res.Criteria {
		v.Criteria = append(v.Criteria, api.RewardCriterion{Key: c.Key, Verdict: api.RewardVerdict(c.Verdict), Found: c.Found, Asked: append([]string{}, c.Asked...)})
	}
	return v, nil
}

// DecideTaskReward records the authority's decision beside what the rules compute on that day.
func (s *Service) DecideTaskReward(ctx context.Context, id string, in api.RewardDecisionInput) (api.Task, error) {
	doc, _, err := s.involved(ctx, id)
	if err != nil {
		return api.Task{}, err
	}
	on, err := s.rewardDay(dayOf(in.On))
	if err != nil {
		return api.Task{}, err
	}
	_, _, res, err := s.advice(ctx, id, &doc.Body, on)
	if err != nil {
		return api.Task{}, err
	}
	return s.changeTask(ctx, id, taskRewardDecided, func(k *Task, by By, now time.Time) error {
		return k.DecideReward(by, now, in.Approved, in.AmountFen, in.Reason, res)
	})
}

// RecordTaskProof hands in evidence of the award on the national platform.
func (s *Service) RecordTaskProof(ctx context.Context, id string, in api.ProofInput) (api.Task, error) {
	v, err := s.changeTask(ctx, id, taskProofRecorded, func(k *Task, by By, now time.Time) error {
		return k.RecordProof(by, now, TaskProof{Code: in.Code, Status: in.Status, FileID: in.FileId})
	})
	return v, err
}

// JudgeTaskProof accepts or refuses it.
func (s *Service) JudgeTaskProof(ctx context.Context, id string, in api.AnswerInput) (api.Task, error) {
	return s.changeTask(ctx, id, taskProofJudged, func(k *Task, by By, now time.Time) error { return k.JudgeProof(by, now, in.Accepted, in.Reason) })
}
