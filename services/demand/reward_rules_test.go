package demand

import (
	"testing"

	"lianbang/services/demand/api"
	"lianbang/services/demand/reward"
)

// rewardRulesScenario comes after a task whose reward was decided: the city previews, changes and undoes the rules, and nothing reaches back.
func rewardRulesScenario(t *testing.T, w *town) {
	const path = "/api/v1/reward-rules"
	city, leader := w.http.As("city").For(t), w.http.As("leader").For(t)
	var now api.RewardRules
	etag := w.http.For(t).Get(path).Want(200)
	etag.Into(&now)
	if len(now.Rules) != 1 || now.InForce != 1 || !now.Rules[0].Pending {
		t.Fatalf("%+v", now)
	}
	next := now.Rules[0]
	next.Version, next.Clause, next.ShareBasisPoints, next.From = 0, "新条款", 2000, now.Today
	next.Until = now.Rules[0].Until
	in := api.RewardRulesInput{Rules: append(now.Rules, next), Reason: "按新政策"}
	leader.Post(path+"/preview", api.RewardPreviewInput{Rules: in.Rules}).Refused(403, "forbidden")
	leader.Get(path+"/sets").Refused(403, "forbidden")
	leader.IfMatch(etag.ETag()).Put(path, in).Refused(403, "forbidden")
	leader.Post(path+"/undo", map[string]any{"number": 1, "reason": "不是主管"}).Refused(403, "forbidden")

	var preview api.RewardPreview
	city.Post(path+"/preview", api.RewardPreviewInput{Rules: in.Rules}).Want(200).Into(&preview)
	if !preview.Changes || !preview.From.Equal(now.Today.Time) || preview.Tasks == 0 || preview.Decided != 1 || preview.Touched != len(preview.Items) {
		t.Errorf("%+v", preview)
	}
	var same api.RewardPreview
	city.Post(path+"/preview", api.RewardPreviewInput{Rules: now.Rules}).Want(200).Into(&same)
	if same.Changes || len(same.Items) != 0 {
		t.Errorf("no change changes %+v", same)
	}
	back := append([]api.RewardRule{}, now.Rules...)
	back[0].CapFen = 1
	city.Post(path+"/preview", api.RewardPreviewInput{Rules: back}).Refused(409, "reward.past_fixed")
	city.Put(path, in).Refused(428, "precondition_required")
	city.IfMatch(etag.ETag()).Put(path, in).Want(200).Into(&now)
	city.IfMatch(etag.ETag()).Put(path, in).Refused(412, "stale")
	if now.Number != 2 || now.InForce != 2 {
		t.Errorf("%+v", now)
	}
	var sets struct{ Items []api.RewardRuleSet }
	city.Post(path+"/preview", api.RewardPreviewInput{UndoNumber: 1}).Want(200).Into(&same)
	if !same.Changes || same.After[0].ShareBasisPoints != 3000 {
		t.Errorf("undoing would do %+v", same)
	}
	city.Post(path+"/undo", map[string]any{"number": 1, "reason": "撤回"}).Want(200).Into(&now)
	city.Get(path + "/sets").Want(200).Into(&sets)
	if len(sets.Items) != 3 || sets.Items[0].UndoOf != 1 || sets.Items[0].UserId != "u-city" || sets.Items[0].Reason != "撤回" || !sets.Items[0].Current || !sets.Items[2].At.IsZero() {
		t.Errorf("%+v", sets.Items)
	}
	city.Post(path+"/undo", map[string]any{"number": 1, "reason": "再撤回"}).Refused(409, "reward.same")
}

// TestWhatAChangeTouchesIsCountedInFen: a criterion that fails or a rule that is not there gives nothing; else it is the share, to the fen.
func TestWhatAChangeTouchesIsCountedInFen(t *testing.T) {
	cost := int64(30_000_001)
	facts := reward.Facts{Kind: "rnd", IssuerSize: "large", Titles: []reward.Title{{Kind: "specialised", From: "2024-01-01"}}, AwardOn: "2026-06-01", NationalCode: "X",
		NationalAwardProof: reward.ProofRecorded, VerifiedCostFen: &cost}
	rule := reward.Shipped()[0]
	if got := judged(rule, facts, "2026-11-22"); got.AmountFen != 9_000_000 || got.Verdict != api.VerdictManual || !got.Found {
		t.Errorf("%+v", got)
	}
	rule.ShareBasisPoints = 3333
	if got := judged(rule, facts, "2026-11-22"); got.AmountFen != 9_999_000 {
		t.Errorf("%+v", got)
	}
	facts.Kind = "supply"
	if got := judged(rule, facts, "2026-11-22"); got.AmountFen != 0 || got.Verdict != api.VerdictUnmet {
		t.Errorf("%+v", got)
	}
	if got := judged(reward.Rule{}, facts, "2026-11-22"); got.Found || got.AmountFen != 0 {
		t.Errorf("%+v", got)
	}
}
