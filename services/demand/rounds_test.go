package demand

import (
	"context"
	"slices"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/fault"
)

// TestReopenRules holds reopening to what has ended after its deadline, and to a number of rounds.
func TestReopenRules(t *testing.T) {
	w := inState(t, NoAward)
	if err := w.d.Reopen(leader, w.now, w.now.Add(time.Hour), "再次征集", nil, w.s); fault.As(err).Code != "demand.settling" {
		t.Errorf("while its bidders are still being told: %v", err)
	}
	w.settled()
	before := w.clone()
	if err := w.d.Reopen(leader, w.now, w.now.Add(-time.Hour), "再次征集", nil, w.s); fault.As(err).Fields[0].Path != "deadline" || !same(before.d, w.d) {
		t.Errorf("with a deadline that is over: %v", err)
	}
	must(t, w.d.Reopen(leader, w.now, w.now.Add(time.Hour), "再次征集", nil, w.s))
	d := &w.d
	if d.Round != 2 || d.State != Published || d.Code != before.d.Code || d.ClosedAt != 0 || d.Manifest != nil || d.Award != nil || d.Panel != nil || d.Reason != "" {
		t.Errorf("%+v", d)
	}
	if last := d.History[len(d.History)-1]; last.Action != ReopenDemand || last.Reason != "再次征集" {
		t.Errorf("%+v", last)
	}
	b, err := Place(bidder(0), "企业0", "d1", d, goodOffer(), w.now)
	if err != nil || b.ID == before.bids[0].ID {
		t.Errorf("a former bidder's new bid is %s, %v", b.ID, err)
	}

	early := inState(t, Published)
	must(t, early.d.Terminate(leader, early.now, "取消"))
	early.settled()
	if err := early.d.Reopen(leader, early.now, early.now.Add(time.Hour), "再次征集", nil, early.s); fault.As(err).Code != "demand.not_closed" {
		t.Errorf("ended before its deadline: %v", err)
	}
	d.State, d.ClosedAt, d.Round, d.Tasks = NoAward, 1, maxRounds, Tasks{}
	if err := d.Reopen(leader, w.now, w.now.Add(time.Hour), "再次征集", nil, w.s); fault.As(err).Code != "demand.rounds_full" {
		t.Errorf("one round too many: %v", err)
	}
}

// roundScenario ends a demand without a winner and opens it anew: the old round stays, the new one is its own, and all are told.
func roundScenario(t *testing.T, w *town) {
	guest, leader, sme0, rival := w.http.For(t), w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("rival").For(t)
	id := w.published()
	path := "/api/v1/demands/" + id
	must(t, watch(w, "uni", id))
	first, withdrawn := w.bid(id, "sme0", true), w.bid(id, "sme1", true)
	_, err := w.s.WithdrawBid(w.as("sme1"), withdrawn, "")
	must(t, err)
	w.pass(2 * time.Hour)
	guest.Get(path + "/outcome").Want(200)
	settle := map[string]any{"outcome": "stands", "reason": "不影响结果"}
	rival.Post(path+"/award/objection", settle).Refused(403, "forbidden")
	w.http.As("city").For(t).Post(path+"/award/objection", settle).Refused(409, "demand.wrong_state")
	reopen := map[string]any{"deadline": w.now().Add(72 * time.Hour), "reason": "放宽寿命指标后再次征集"}
	leader.Post(path+"/reopen", reopen).Refused(409, "demand.wrong_state")
	w.judged(map[string]int{first: 40})
	leader.Post(path+"/no-award", map[string]any{"reason": "指标均未达到", "feedback": []any{map[string]any{"bidId": first, "reason": "指标未达"}}}).Want(200)
	guest.Post(path+"/reopen", reopen).Refused(401, "unauthenticated")
	rival.Post(path+"/reopen", reopen).Refused(403, "forbidden")
	leader.Post(path+"/reopen", map[string]any{"deadline": w.now().Add(-time.Hour), "reason": "再来"}).Refused(422, "invalid").Field("deadline", "too_soon")
	var d api.Demand
	leader.Post(path+"/reopen", reopen).Want(200).Into(&d)
	if d.State != "published" || d.Round != 2 || d.BidCount != 0 {
		t.Errorf("%s in round %d with %d bids", d.State, d.Round, d.BidCount)
	}
	leader.Post(path+"/reopen", reopen).Refused(409, "demand.wrong_state")
	w.deliver()
	if to := w.told(demandReopened); !slices.Equal(to, []string{"sme0"}) { // sme1 withdrew; the watcher is a person
		t.Errorf("reopened was told to %v", to)
	}
	people := 0
	for _, e := range w.events {
		if e.Kind == demandReopened {
			people++
		}
	}
	if people != 2 {
		t.Errorf("told in %d messages, want the bidder's and the watcher's", people)
	}

	// Whom the new round was pushed to, each once; those of the old one are not listed with them.
	pushed := leader.Get(path + "/pushes").Want(200)
	var told api.PushPage
	pushed.Into(&told)
	for i, p := range told.Items {
		if slices.ContainsFunc(told.Items[:i], func(q api.Push) bool { return q.OrgId == p.OrgId }) {
			t.Errorf("%s is listed twice", p.OrgId)
		}
	}
	if len(told.Items) == 0 {
		t.Error("the new round was pushed to nobody")
	}

	// The old round stands as it ended.
	var rounds struct{ Items []api.DemandRound }
	guest.Get(path + "/rounds").Want(200).Into(&rounds)
	if len(rounds.Items) != 1 || rounds.Items[0].State != "no_award" || rounds.Items[0].BidCount != 1 || rounds.Items[0].Reason != "指标均未达到" {
		t.Errorf("%+v", rounds)
	}
	guest.Get(path+"/result").Refused(404, "result.not_published")
	var r api.Result
	guest.Get(path + "/result?round=1").Want(200).Into(&r)
	if r.State != "no_award" || len(r.Bids) != 1 {
		t.Errorf("%+v", r)
	}
	guest.Get(path+"/result?round=3").Refused(404, "not_found")
	var f api.BidFeedback
	sme0.Get("/api/v1/bids/" + first + "/feedback").Want(200).Into(&f)
	if f.Reason != "指标未达" || f.Total != 40 {
		t.Errorf("%+v", f)
	}
	var old, now api.BidPage
	leader.Get(path + "/bids?round=1").Want(200).Into(&old)
	leader.Get(path + "/bids").Want(200).Into(&now)
	if len(old.Items) != 1 || old.Items[0].Id != first || len(now.Items) != 0 {
		t.Errorf("%d bids in round 1, %d now", len(old.Items), len(now.Items))
	}
	var mine api.BidPage
	sme0.Get("/api/v1/my-bids").Want(200).Into(&mine)
	if k := slices.IndexFunc(mine.Items, func(b api.Bid) bool { return b.Id == first }); k < 0 || mine.Items[k].DemandState != "no_award" || mine.Items[k].State != "lost" {
		t.Errorf("the former bidder reads %+v", mine.Items)
	}

	// What was withdrawn in the old round does not come back into the new one.
	if _, err := w.s.SubmitBid(w.as("sme1"), withdrawn); fault.As(err).Code != "demand.deadline_passed" {
		t.Errorf("a bid of the old round was submitted: %v", err)
	}
	second := w.bid(id, "sme0", true)
	if second == first {
		t.Error("the new round has the old bid")
	}
	w.pass(73 * time.Hour)
	w.judged(map[string]int{second: 90})
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{second}, Reason: "达到指标"})
	must(t, err)
	v, err := w.s.PublishAward(w.as("leader"), id)
	if err != nil || v.Notice.Id != noticeID(id, 1) || v.Award.Winners[0].BidId != second {
		t.Errorf("%+v, %v", v.Notice, err)
	}
}

func watch(w *town, who, id string) error {
	_, err := w.s.WatchDemand(w.as(who), id, true)
	return err
}

// TestReopeningCutShort dies after the old round was kept, and again before anybody was told.
func TestReopeningCutShort(t *testing.T) {
	w := newTown(t)
	id := w.published()
	bid := w.bid(id, "sme0", true)
	w.pass(2 * time.Hour)
	w.judged(map[string]int{bid: 40})
	_, err := w.s.DeclareNoAward(w.as("leader"), id, api.NoAwardInput{Reason: "未达", Feedback: []api.LossReason{{BidId: bid, Reason: "未达"}}})
	must(t, err)
	doc, err := w.s.load(context.Background(), id)
	must(t, err)
	_, err = w.s.rounds.Insert(context.Background(), roundID(id, 1), PastRound{DemandID: id, Round: 1, Demand: doc.Body, Reason: "被打断的"})
	must(t, err)
	if items, err := w.s.ListDemandRounds(w.as(""), id); err != nil || len(items) != 0 {
		t.Errorf("a round that never ended: %+v, %v", items, err)
	}
	_, err = w.s.ReopenDemand(w.as("leader"), id, w.now().Add(48*time.Hour), "再次征集")
	must(t, err)
	past, err := w.s.rounds.Get(context.Background(), roundID(id, 1))
	if err != nil || past.Body.Reason != "再次征集" || past.Body.Telling.To != "" || past.Body.Telling.DueAt != 0 {
		t.Errorf("%q still to be told from %+v, %v", past.Body.Reason, past.Body.Telling, err)
	}
	w.due()
	w.due()
	w.deliver()
	if to := w.told(demandReopened); !slices.Equal(to, []string{"sme0"}) {
		t.Errorf("told %v", to)
	}
}
