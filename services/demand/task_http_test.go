package demand

import (
	"bytes"
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/demand/reward"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Titles plays account.
func (w *town) Titles(_ context.Context, orgID string) ([]reward.Title, error) {
	if w.away {
		return nil, fault.New(fault.Unavailable, "", "away")
	}
	if orgID == "sme0" {
		return []reward.Title{{Kind: "specialised", From: "2024-05-01", To: "2027-04-30"}}, nil
	}
	return nil, nil
}

// awarded is a demand whose award to winner is final, and the winner's task.
func (w *town) awarded(winner, loser string) (demandID, taskID string) {
	w.t.Helper()
	id := w.published()
	a, b := w.bid(id, winner, true), w.bid(id, loser, true)
	w.pass(time.Hour + closeGrace)
	_, err := w.s.GetDemand(w.as("leader"), id)
	must(w.t, err)
	w.judged(map[string]int{a: 90, b: 80})
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{a}, Reason: "综合评分第一", Feedback: []api.LossReason{{BidId: b, Reason: "方案略逊"}}})
	must(w.t, err)
	_, err = w.s.PublishAward(w.as("leader"), id)
	must(w.t, err)
	d, err := w.s.GetDemand(w.as("leader"), id)
	must(w.t, err)
	if d.State == "award_notice" {
		w.pass(d.Notice.EndsAt.Sub(w.now()) + time.Second)
	}
	_, err = w.s.RunDue(context.Background())
	must(w.t, err)
	return id, a
}

func day(t time.Time) string { return string(when.DayOf(t)) }

// taskScenario walks a task from the award to a decided reward; every step begins with those who may not.
func taskScenario(t *testing.T, w *town) {
	for id, size := range map[string]SizeClass{"leader": Large, "sme0": Small} {
		o := w.orgs[id]
		o.Size = size
		w.orgs[id] = o
	}
	id, task := w.awarded("sme0", "sme1")
	path := "/api/v1/tasks/" + url.PathEscape(task)
	leader, winner, loser := w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("sme1").For(t)
	city, d1, d2, guest := w.http.As("city").For(t), w.http.As("d1").For(t), w.http.As("d2").For(t), w.http.For(t)
	state := func() string {
		var d api.Demand
		leader.Get("/api/v1/demands/" + id).Want(200).Into(&d)
		return string(d.State)
	}
	w.deliver()
	if to := w.told(taskBegun); !slices.Equal(to, []string{"leader", "sme0"}) {
		t.Errorf("of the task heard %v", to)
	}

	guest.Get(path).Refused(401, "unauthenticated")
	loser.Get(path).Refused(404, "not_found")
	d2.Get(path).Refused(404, "not_found")
	var k api.Task
	d1.Get(path).Want(200).Into(&k)
	if k.State != "contracting" || k.OrgName != "专精特新企业0" || k.OfferFen != 1_000_000 || k.Role != "operator" {
		t.Errorf("%+v", k)
	}
	var page api.TaskPage
	winner.Get("/api/v1/tasks?side=winner").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].TurnFor != "recordContract" {
		t.Errorf("%+v", page)
	}
	loser.Get("/api/v1/tasks").Want(200).Into(&page)
	if len(page.Items) != 0 {
		t.Error("a loser sees the winner's task")
	}

	// The contract: one side records it, the other confirms it.
	pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	loser.Upload(path+"/files", "a.pdf", pdf, nil).Refused(404, "not_found")
	var file api.Attachment
	leader.Upload(path+"/files", "合同.pdf", pdf, nil).Want(201).Into(&file)
	if got := winner.Get(path + "/files/" + file.Id).Want(200); !bytes.Equal(got.Body, pdf) {
		t.Error("another file")
	}
	loser.Get(path+"/files/"+file.Id).Refused(404, "not_found")
	contract := map[string]any{"signedOn": day(w.now()), "endsOn": day(w.now().AddDate(1, 0, 0)), "amountFen": 98_000_000, "fileId": file.Id,
		"milestones": []map[string]any{{"name": "方案评审", "dueOn": day(w.now().AddDate(0, 1, 0))}, {"name": "样机", "dueOn": day(w.now().AddDate(0, 6, 0))}}}
	city.Post(path+"/contract", contract).Refused(403, "forbidden")
	wrong := map[string]any{"signedOn": day(w.now().AddDate(0, 0, 3)), "endsOn": day(w.now()), "amountFen": 1}
	leader.Post(path+"/contract", wrong).Refused(422, "invalid").Field("signedOn", "in_future")
	leader.Post(path+"/contract", contract).Want(200)
	leader.Post(path+"/contract/confirm", nil).Refused(403, "task.own_proposal")
	winner.Post(path+"/contract/refuse", map[string]any{"reason": "金额写错了"}).Want(200)
	winner.Post(path+"/contract", contract).Want(200)
	leader.Post(path+"/contract/confirm", nil).Want(200).Into(&k)
	if k.State != "in_progress" || k.IssuerSize != "large" || len(k.Milestones) != 2 || state() != "in_progress" {
		t.Errorf("%s %s, demand %s", k.State, k.IssuerSize, state())
	}
	leader.Post(path+"/contract/confirm", nil).Refused(409, "task.wrong_state")

	// The work.
	winner.Post(path+"/milestones", map[string]any{"name": "台架试验", "dueOn": day(w.now().AddDate(0, 7, 0))}).Want(200)
	winner.Post(path+"/milestones/m3/move", map[string]any{"state": "cancelled", "note": "并入样机"}).Refused(403, "task.not_your_step")
	leader.Post(path+"/milestones/m3/move", map[string]any{"state": "cancelled", "note": "并入样机"}).Want(200)
	winner.Post(path+"/milestones/m1/move", map[string]any{"state": "delayed", "note": "专家出差"}).Refused(422, "invalid").Field("dueOn", "out_of_range")
	winner.Post(path+"/milestones/m1/move", map[string]any{"state": "done"}).Want(200)
	winner.Post(path+"/deliver", map[string]any{"note": "样机与报告"}).Refused(409, "task.milestones_open")
	winner.Post(path+"/milestones/m2/move", map[string]any{"state": "done"}).Want(200)
	winner.Post(path+"/changes", map[string]any{"reason": "加一轮试验", "amountFen": 100_000_000}).Want(200)
	winner.Post(path+"/changes/c1/answer", map[string]any{"accepted": true}).Refused(403, "task.own_proposal")
	leader.Post(path+"/changes/c1/answer", map[string]any{"accepted": true}).Want(200).Into(&k)
	if k.Contract.Version != 2 || k.Contract.AmountFen != 100_000_000 {
		t.Errorf("%+v", k.Contract)
	}

	// The ledger.
	cost := map[string]any{"category": "materials", "amountFen": 30_000_001, "spentOn": day(w.now()), "note": "轴承钢", "voucher": "记-0012"}
	leader.Post(path+"/costs", cost).Refused(403, "forbidden")
	winner.Post(path+"/costs", map[string]any{"category": "materials", "amountFen": 1, "spentOn": day(w.now()), "note": "x"}).Refused(422, "invalid").Field("voucher", "required")
	var line, again, second api.CostLine
	winner.Key("cost-0001").Post(path+"/costs", cost).Want(201).Into(&line)
	if winner.Key("cost-0001").Post(path+"/costs", cost).Want(201).Into(&again); again.Id != line.Id {
		t.Error("the same key made a second line")
	}
	cost["category"], cost["amountFen"] = "labour", 10_000_000
	winner.Post(path+"/costs", cost).Want(201).Into(&second)
	judge := path + "/costs/" + line.Id + "/judge"
	winner.Post(judge, map[string]any{"accepted": true}).Refused(403, "forbidden")
	leader.Post(judge, map[string]any{"accepted": true}).Want(200)
	d1.Post(judge, map[string]any{"accepted": false}).Refused(422, "invalid").Field("reason", "required")
	d1.Post(judge, map[string]any{"accepted": true}).Want(200)
	leader.Post(judge, map[string]any{"accepted": false, "reason": "不认"}).Refused(409, "task.cost_verified")
	winner.Post(path+"/costs/"+line.Id+"/withdraw", map[string]any{"reason": "重复"}).Refused(409, "task.cost_verified")
	winner.Post(path+"/costs/"+second.Id+"/withdraw", map[string]any{"reason": "记错了"}).Want(200)
	var ledger api.CostLedger
	leader.Get(path + "/costs").Want(200).Into(&ledger)
	if len(ledger.Items) != 2 || ledger.VerifiedFen != 30_000_001 || ledger.RecordedFen != 0 || len(ledger.Categories) != 1 {
		t.Errorf("%+v", ledger)
	}

	// Delivery, return, acceptance.
	winner.Post(path+"/termination-requests", map[string]any{"reason": "想退出"}).Want(200)
	leader.Post(path+"/termination-requests/decline", map[string]any{"reason": "继续做完"}).Want(200)
	winner.Post(path+"/deliver", map[string]any{"note": "样机与报告"}).Want(200)
	leader.Post(path+"/return", map[string]any{"reason": "缺测试报告"}).Want(200)
	winner.Post(path+"/deliver", map[string]any{"note": "补测试报告"}).Want(200).Into(&k)
	if day(k.PaymentDue.Time) != day(w.now().AddDate(0, 0, 60)) {
		t.Errorf("pays by %v", k.PaymentDue)
	}
	winner.Post(path+"/accept", map[string]any{"score": 99, "grade": "excellent", "comment": "自己验收"}).Refused(403, "forbidden")
	leader.Post(path+"/accept", map[string]any{"score": 91, "grade": "excellent", "comment": "指标全部达到"}).Want(200)
	if state() != "accepted" {
		t.Errorf("the demand is %s", state())
	}
	leader.Post(path+"/payments", map[string]any{"amountFen": 100_000_000, "paidOn": day(w.now())}).Want(200)
	winner.Post(path+"/payments/p1/confirm", nil).Want(200)
	winner.Post(path+"/payments/p1/confirm", nil).Refused(409, "task.payment_confirmed")
	leader.Post(path+"/ratings", map[string]any{"stars": 5, "text": "靠谱"}).Want(200)
	leader.Post(path+"/ratings", map[string]any{"stars": 1}).Refused(409, "task.rated")
	winner.Post(path+"/outcome", map[string]any{"orderFen": 500_000_000, "patentsFiled": 3, "patentsGranted": 1, "supplierListed": true}).Want(200)

	// The reward: advice as of any day, the decision apart from it.
	var advice api.RewardAdvice
	loser.Get(path+"/reward").Refused(404, "not_found")
	winner.Get(path+"/reward?on="+day(w.now().AddDate(0, 0, 1))).Refused(422, "invalid").Field("on", "in_future")
	verdicts := func(on string) map[string]string {
		d1.Get(path + "/reward" + on).Want(200).Into(&advice)
		all := map[string]string{}
		for _, c := range advice.Criteria {
			all[c.Key] = string(c.Verdict)
		}
		return all
	}
	if v := verdicts(""); v["kind"] != "met" || v["issuerSize"] != "met" || v["title"] != "met" || v["verifiedCost"] != "met" || v["nationalPlatform"] != "unknown" ||
		*advice.AmountFen != 9_000_000 || !advice.Pending || advice.Clause == "" {
		t.Errorf("%v %+v", v, advice)
	}
	city.Post(path+"/reward", map[string]any{"approved": true, "amountFen": 9_000_000, "reason": "先批了"}).Refused(409, "task.reward_not_met")
	winner.Post(path+"/proofs", map[string]any{"code": "Q4-0001", "status": "已揭榜", "fileId": "nothing"}).Refused(422, "invalid").Field("fileId", "not_in")
	winner.Post(path+"/proofs", map[string]any{"code": "Q4-0001", "status": "已揭榜", "fileId": file.Id}).Want(200)
	if v := verdicts(""); v["nationalPlatform"] != "manual" {
		t.Errorf("%v", v)
	}
	d1.Post(path+"/proofs/judge", map[string]any{"accepted": true}).Want(200)
	leader.Post(path+"/reward", map[string]any{"approved": true, "amountFen": 1, "reason": "不是主管"}).Refused(403, "forbidden")
	city.Post(path+"/reward", map[string]any{"approved": true, "amountFen": 9_000_001, "reason": "多一分"}).Refused(422, "invalid").Field("amountFen", "out_of_range")
	city.Post(path+"/reward", map[string]any{"approved": true, "amountFen": 9_000_000, "reason": "条件齐备"}).Want(200)
	if v := verdicts("?on=" + day(w.now().AddDate(0, 0, -1))); v["issuerSize"] != "unknown" || v["verifiedCost"] != "unknown" || advice.AmountFen != nil {
		t.Errorf("the day before anything was recorded: %v", v)
	}

	figureScenario(t, w, id, task)
	leader.Post(path+"/close", nil).Want(200).Into(&k)
	if state() != "closed" || len(k.Rewards) != 1 || k.Rewards[0].AmountFen != 9_000_000 {
		t.Errorf("%s %+v", state(), k.Rewards)
	}
	leader.Post(path+"/terminate", map[string]any{"reason": "太迟了"}).Refused(409, "task.wrong_state")
	w.deliver()
	for _, kind := range []string{taskContract, taskContractRefused, taskStarted, taskDelivered, taskReturned, taskAccepted, taskRewardDecided} {
		if len(w.told(kind)) == 0 {
			t.Errorf("nobody heard of %s", kind)
		}
	}
	if strings.Contains(strings.Join(w.told(taskCostJudged), ""), "sme1") {
		t.Error("a loser hears of the winner's costs")
	}
}

// TestAnAwardBeginsEachTaskOnce repeats the follow-up as a crash would, and ends all tasks badly.
func TestAnAwardBeginsEachTaskOnce(t *testing.T) {
	w := newTown(t)
	id, task := w.awarded("sme0", "sme1")
	ctx := context.Background()
	_, err := w.s.work.Update(ctx, task, func(tx *docstore.Tx[Task]) error {
		return tx.Body.Propose(leader, tx.Now, Contract{SignedOn: when.DayOf(tx.Now), EndsOn: "2027-12-31"}, nil)
	})
	must(t, err)
	_, err = w.s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		tx.Body.Tasks.Begin = true
		tx.Body.settle()
		return nil
	})
	must(t, err)
	w.open() // a restart
	must(t, w.s.adoptAwards(ctx))
	_, err = w.s.RunDue(ctx)
	must(t, err)
	docs, err := w.s.work.Find(ctx, docstore.Query{Index: "demand", Equal: []any{id, 1}})
	must(t, err)
	if len(docs.Items) != 1 || docs.Items[0].Body.Proposal == nil {
		t.Fatalf("%d tasks, or begun anew", len(docs.Items))
	}
	_, err = w.s.TerminateTask(w.as("leader"), task, "需求取消")
	must(t, err)
	d, err := w.s.GetDemand(w.as("leader"), id)
	must(t, err)
	if d.State != "terminated" || d.Reason == "" {
		t.Errorf("%s %q", d.State, d.Reason)
	}
}

// TestAPurchaseBeginsATask: after a trial that ends in a purchase there is a task, also when the crash came right after the purchase.
func TestAPurchaseBeginsATask(t *testing.T) {
	w := newTown(t)
	path := w.openFor(t, inputFor(api.Scenario, api.Open), time.Time{})
	bid := put(t, w.http.As("sme0"), path, answerFor(api.Scenario, time.Time{}))
	id := strings.TrimPrefix(bid, "/api/v1/bids/")
	leader, sme := w.http.As("leader").For(t), w.http.As("sme0").For(t)
	leader.Post(bid+"/trial", map[string]any{"from": w.now(), "to": w.now().AddDate(0, 1, 0), "terms": "两台试用一个月"}).Want(200)
	sme.Post(bid+"/trial/accept", nil).Want(200)
	sme.Post(bid+"/trial/report", map[string]any{"report": "达到指标", "metTargets": []int{0}}).Want(200)
	sme.Post(bid+"/trial/decision", map[string]any{"buys": true, "amountFen": 1, "reason": "自己决定"}).Refused(403, "forbidden")
	buy := func(b *Bid, by By, now time.Time, d *Demand) error {
		return b.DecidePurchase(by, now, d, true, 88_000_00, "采购两台")
	}
	_, err := w.s.promiseTask(w.as("leader"), id, buy)
	must(t, err)
	_, err = w.s.deal(w.as("leader"), id, trialDecided, buy)
	must(t, err)
	w.open() // it was killed before the promise was kept
	w.pass(patience)
	_, err = w.s.RunDue(context.Background())
	must(t, err)
	k, err := w.s.GetTask(w.as("sme0"), id)
	must(t, err)
	if k.Cooperation != "order" || k.OfferFen != 88_000_00 || k.State != "contracting" {
		t.Errorf("%+v", k)
	}
	d, err := w.s.GetDemand(w.as("leader"), strings.TrimPrefix(path, "/api/v1/demands/"))
	must(t, err)
	if d.State != "published" {
		t.Errorf("one purchase closed the demand: %s", d.State)
	}
}
