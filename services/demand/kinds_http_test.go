package demand

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest/resttest"
)

// inputFor is what an author of a kind and mode writes.
func inputFor(kind api.DemandKind, mode api.AwardMode) api.DemandInput {
	in := goodInput()
	in.Kind, in.Mode, in.Content = kind, mode, "内容"
	in.Unit, in.Quantity, in.TrialDays, in.ServiceCategory, in.Payment = "套", 1000, 60, "数字化转型", api.Payment{Days: 60}
	return in
}

// openFor brings a demand of the leader's to its publishing; a zero deadline leaves it rolling.
func (w *town) openFor(t *testing.T, in api.DemandInput, deadline time.Time) string {
	t.Helper()
	leader, city := w.http.As("leader").For(t), w.http.As("city").For(t)
	var d api.Demand
	leader.Post("/api/v1/demands", in).Want(201).Into(&d)
	path := "/api/v1/demands/" + d.Id
	leader.Post(path+"/submit", nil).Want(200)
	city.Post(path+"/approve", nil).Want(200)
	body := map[string]any{}
	if !deadline.IsZero() {
		body["deadline"] = deadline
	}
	leader.Post(path+"/publish", body).Want(200)
	return path
}

func answerFor(kind api.DemandKind, validUntil time.Time) api.BidInput {
	in := goodBid(1_000_000)
	if kind != api.Rnd {
		in.Application = api.ApplicationForm{}
	}
	switch kind {
	case api.Supply, api.Service:
		in.Quote = api.QuoteForm{UnitPriceFen: 1250, Unit: "套", Quantity: 1000, LeadTimeDays: 30, MonthlyCapacity: 500, Note: "含税含运", ValidUntil: validUntil}
	case api.Scenario:
		in.Trial = api.TrialForm{Product: "巡检机器人", Plan: "两台试用", Days: 60}
	case api.Project:
		in.Interest = api.InterestForm{Intent: "提供中试线"}
	}
	return in
}

// put places and submits an answer, and gives its path.
func put(t *testing.T, who *resttest.Client, demand string, in api.BidInput) string {
	t.Helper()
	var b api.Bid
	who.For(t).Post(demand+"/bids", in).Want(201).Into(&b)
	who.For(t).Post("/api/v1/bids/"+b.Id+"/submit", nil).Want(200)
	return "/api/v1/bids/" + b.Id
}

func directedScenario(t *testing.T, w *town) {
	leader, invited, other, stranger, guest := w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("sme1").For(t), w.http.As("sme2").For(t), w.http.For(t)
	in := inputFor(api.Rnd, api.Directed)
	no := false
	in.DemandPublic = &no
	in.AudienceOrgIds = []string{"sme0", "sme1"}
	path := w.openFor(t, in, w.now().Add(time.Hour))
	guest.Get(path).Refused(404, "not_found")
	stranger.Get(path).Refused(404, "not_found")
	stranger.Post(path+"/invite/accept", nil).Refused(404, "not_found")
	w.deliver()
	if to := w.told(demandInvited); !slices.Equal(to, []string{"sme0", "sme1"}) {
		t.Errorf("invited are %v", to)
	}
	var mine api.InvitePage
	other.Get("/api/v1/my-invites").Want(200).Into(&mine)
	if len(mine.Items) != 1 || mine.Items[0].State != "invited" || !mine.Items[0].Open || mine.Items[0].To != "demand" {
		t.Errorf("%+v", mine.Items)
	}
	other.Post(path+"/invite/decline", map[string]any{"reason": ""}).Refused(422, "invalid")
	other.Post(path+"/invite/decline", map[string]any{"reason": "产能已满"}).Want(200)
	other.Post(path+"/bids", goodBid(1)).Refused(409, "demand.invite_declined")
	invited.Post(path+"/invite/accept", nil).Want(200)
	bid := put(t, invited, path, goodBid(2_000_000))
	invited.Post(path+"/invite/decline", map[string]any{"reason": "不做了"}).Refused(409, "bid.exists")
	var d api.Demand
	leader.Get(path).Want(200).Into(&d)
	if d.Sealed || len(d.Invites) != 2 || d.Invites[0].State != "accepted" || d.Invites[1].Reason != "产能已满" {
		t.Errorf("%+v", d.Invites)
	}
	invited.Get(path).Want(200).Into(&d)
	if len(d.Invites) != 1 || d.Invites[0].OrgId != "sme0" || d.AudienceOrgIds != nil {
		t.Errorf("an invited organisation sees the others: %+v", d.Invites)
	}
	var b api.Bid
	leader.Get(bid).Want(200).Into(&b)
	if b.Sealed || b.Application.PriceFen != 2_000_000 {
		t.Error("a directed demand is not sealed unless it says so")
	}
	// The public one is read by all and answered by the invited alone.
	in.DemandPublic = nil
	in.AudienceOrgIds = []string{"sme0"}
	open := w.openFor(t, in, w.now().Add(time.Hour))
	stranger.Get(open).Want(200)
	stranger.Post(open+"/bids", goodBid(1)).Refused(403, "demand.not_invited")
	stranger.Post(open+"/invite/accept", nil).Refused(403, "demand.not_invited")
	in.AudienceOrgIds = []string{"new"}
	var draft api.Demand
	leader.Post("/api/v1/demands", in).Want(201).Into(&draft)
	leader.Post("/api/v1/demands/"+draft.Id+"/submit", nil).Want(200)
	w.http.As("city").For(t).Post("/api/v1/demands/"+draft.Id+"/approve", nil).Want(200)
	leader.Post("/api/v1/demands/"+draft.Id+"/publish", map[string]any{"deadline": w.now().Add(time.Hour)}).Refused(422, "invalid").Field("audienceOrgIds", "not_eligible")
}

func consortiumScenario(t *testing.T, w *town) {
	lead, member, second, rival := w.http.As("sme0").For(t), w.http.As("uni").For(t), w.http.As("sme1").For(t), w.http.As("sme2").For(t)
	path := w.openFor(t, inputFor(api.Rnd, api.Consortium), w.now().Add(time.Hour))
	var b, other api.Bid
	lead.Post(path+"/bids", goodBid(3_000_000)).Want(201).Into(&b)
	bid := "/api/v1/bids/" + b.Id
	lead.Post(bid+"/submit", nil).Refused(422, "invalid").Field("members", "too_few")
	rival.Post(bid+"/members", map[string]any{"orgId": "uni", "role": "仿真"}).Refused(404, "not_found")
	for org, code := range map[string]string{"leader": "own_demand", "new": "not_verified", "rival": "not_eligible", "sme0": "duplicate", "nobody": "not_a_choice"} {
		lead.Post(bid+"/members", map[string]any{"orgId": org, "role": "仿真"}).Refused(422, "invalid").Field("orgId", code)
	}
	lead.Post(bid+"/members", map[string]any{"orgId": "uni", "role": "仿真与试验"}).Want(200)
	lead.Post(bid+"/members", map[string]any{"orgId": "sme1", "role": "试制"}).Want(200)
	lead.Post(bid+"/submit", nil).Refused(422, "invalid").Field("members", "unanswered")

	// The invited reads who asks, not the plan; a member reads it all.
	var seen api.Bid
	member.Get(bid).Want(200).Into(&seen)
	if seen.Reader != "invitee" || seen.Application.Plan != "" || seen.Docking.OrganisationName == "" {
		t.Errorf("%+v", seen)
	}
	var mine api.InvitePage
	member.Get("/api/v1/my-invites").Want(200).Into(&mine)
	if len(mine.Items) != 1 || mine.Items[0].To != "consortium" || mine.Items[0].BidId != b.Id || mine.Items[0].Role != "仿真与试验" {
		t.Errorf("%+v", mine.Items)
	}
	rival.Post(bid+"/seat/accept", nil).Refused(404, "not_found")
	member.Post(bid+"/seat/accept", nil).Want(200)
	member.Post(bid+"/seat/accept", nil).Want(200) // said twice
	member.Get(path + "/my-bid").Want(200).Into(&seen)
	if seen.Id != b.Id || seen.Reader != "member" || seen.Application.Plan == "" {
		t.Errorf("%+v", seen)
	}
	member.IfMatch(fmt.Sprintf("%q", "1")).Put(bid, goodBid(1)).Refused(403, "forbidden") // the lead edits
	member.Post(path+"/bids", goodBid(1)).Refused(409, "consortium.elsewhere")

	// Nobody sits twice: not in another consortium, nor with a bid of its own.
	rival.Post(path+"/bids", goodBid(1)).Want(201).Into(&other)
	rival.Post("/api/v1/bids/"+other.Id+"/members", map[string]any{"orgId": "uni", "role": "仿真"}).Want(200)
	member.Post("/api/v1/bids/"+other.Id+"/seat/accept", nil).Refused(409, "consortium.elsewhere")
	lead.Post(bid+"/members", map[string]any{"orgId": "sme2", "role": "检测"}).Want(200)
	rival.Post(bid+"/seat/accept", nil).Refused(409, "bid.exists")
	rival.Post(bid+"/seat/decline", map[string]any{"reason": "自己牵头"}).Want(204)

	second.Post(bid+"/seat/decline", map[string]any{"reason": "产能已满"}).Want(204)
	in := goodBid(3_000_000)
	in.Application.Shares = []api.MemberShare{{OrgId: "sme0", WorkBp: 6000, MoneyBp: 7000}, {OrgId: "uni", WorkBp: 4000, MoneyBp: 2999}}
	rev := lead.Get(bid).Want(200).ETag()
	lead.IfMatch(rev).Put(bid, in).Want(200)
	lead.Post(bid+"/submit", nil).Refused(422, "invalid").Field("application.shares", "money_sum")
	in.Application.Shares[1].MoneyBp = 3000
	lead.IfMatch(lead.Get(bid).Want(200).ETag()).Put(bid, in).Want(200)
	lead.Post(bid+"/submit", nil).Want(200)
	lead.Post(bid+"/members", map[string]any{"orgId": "sme3", "role": "检测"}).Refused(409, "bid.wrong_state")
	w.http.As("leader").For(t).Get(bid).Want(200).Into(&seen)
	if !seen.Sealed || seen.Application.Shares != nil || len(seen.Members) != 2 {
		t.Errorf("before the deadline the issuer sees who, not who takes how much: %+v", seen)
	}

	// Withdrawing frees the seats; taken up again, the members are asked anew.
	lead.Post(bid+"/withdraw", nil).Want(200)
	member.Get(path+"/my-bid").Refused(404, "bid.not_placed")
	member.Post("/api/v1/bids/"+other.Id+"/seat/accept", nil).Want(200)
	lead.IfMatch(lead.Get(bid).Want(200).ETag()).Put(bid, in).Want(200).Into(&seen)
	if seen.Members[1].State != "invited" {
		t.Errorf("%+v", seen.Members)
	}
	member.Post(bid+"/seat/accept", nil).Refused(409, "consortium.elsewhere")
	rival.Delete("/api/v1/bids/" + other.Id + "/members/uni").Want(200)
	member.Post(bid+"/seat/accept", nil).Want(200)
	member.Post(bid+"/seat/decline", map[string]any{"reason": "人员变动"}).Want(204)
	var own api.Bid
	member.Post(path+"/bids", goodBid(1)).Want(201).Into(&own)
	member.Post("/api/v1/bids/"+own.Id+"/submit", nil).Refused(422, "invalid").Field("members", "too_few")
}

func supplyScenario(t *testing.T, w *town) {
	leader, guest := w.http.As("leader").For(t), w.http.For(t)
	first, second, third := w.http.As("sme0"), w.http.As("sme1"), w.http.As("sme2")
	back := inputFor(api.Supply, api.Open)
	o := w.orgs["leader"]
	o.Size = Large
	w.orgs["leader"] = o
	back.Payment.BackToBack = true
	var d api.Demand
	leader.Post("/api/v1/demands", back).Want(201).Into(&d)
	leader.Post("/api/v1/demands/"+d.Id+"/submit", nil).Refused(422, "invalid").Field("payment.backToBack", "back_to_back")
	in := inputFor(api.Supply, api.Open)
	in.Payment.Days = 90
	path := w.openFor(t, in, time.Time{})
	leader.Get(path).Want(200).Into(&d)
	if !d.Rolling || d.Sealed || len(d.Warnings) != 1 || d.Warnings[0].Code != "over_60_days" || d.MaxWinners != 5 {
		t.Errorf("%+v", d)
	}
	w.http.As("uni").For(t).Post(path+"/bids", goodBid(1)).Refused(403, "org.not_eligible")
	valid := w.now().Add(240 * time.Hour)
	a, b := put(t, first, path, answerFor(api.Supply, valid)), put(t, second, path, answerFor(api.Supply, valid))
	c := put(t, third, path, answerFor(api.Supply, w.now().Add(time.Hour)))
	var seen api.Bid
	leader.Get(a).Want(200).Into(&seen)
	if seen.Quote.UnitPriceFen != 1250 || seen.Sealed {
		t.Errorf("a quote is not sealed: %+v", seen.Quote)
	}
	better := answerFor(api.Supply, valid)
	better.Quote.UnitPriceFen = 1199
	first.For(t).IfMatch(first.For(t).Get(a).Want(200).ETag()).Put(a, better).Want(200)
	first.For(t).Post(path+"/end-bidding", nil).Refused(403, "forbidden")
	w.pass(48 * time.Hour)
	leader.Post(path+"/end-bidding", nil).Want(200)
	leader.Post(path+"/end-bidding", nil).Refused(409, "demand.has_deadline")
	w.pass(time.Minute)
	var page api.BidPage
	leader.Get(path + "/bids").Want(200).Into(&page)
	if len(page.Items) != 3 || page.Items[0].State != "comparing" {
		t.Errorf("%+v", page.Items)
	}
	id := func(path string) string { return path[len("/api/v1/bids/"):] }
	award := map[string]any{"winners": []string{id(a), id(b)}, "reason": "价格与交期", "shares": []map[string]any{{"bidId": id(a), "bp": 6500}, {"bidId": id(b), "bp": 3500}}}
	leader.Put(path+"/award", map[string]any{"winners": []string{id(a), id(c)}, "reason": "价格"}).Refused(422, "invalid").Field("winners[1]", "quote_expired")
	leader.Put(path+"/award", map[string]any{"winners": []string{id(a), id(b)}, "reason": "价格"}).Refused(422, "invalid").Field("shares", "shares_sum")
	leader.Put(path+"/award", award).Want(200)
	leader.Post(path+"/award/publish", nil).Refused(409, "award.feedback_missing")
	award["feedback"] = []map[string]any{{"bidId": id(c), "reason": "报价已过有效期"}}
	leader.Put(path+"/award", award).Want(200)
	leader.Post(path+"/award/publish", nil).Want(200).Into(&d)
	if d.State != "awarded" || d.Award.Winners[0].ShareBp != 6500 {
		t.Errorf("%s %+v", d.State, d.Award)
	}
	w.deliver()
	if to := w.told(quoteChosen); !slices.Equal(to, []string{"sme0", "sme1"}) {
		t.Errorf("chosen: %v", to)
	}
	if to := w.told(quoteNotChosen); !slices.Equal(to, []string{"sme2"}) {
		t.Errorf("not chosen: %v", to)
	}
	var why api.BidFeedback
	third.For(t).Get(c + "/feedback").Want(200).Into(&why)
	if why.Outcome != "lost" || why.Reason != "报价已过有效期" {
		t.Errorf("%+v", why)
	}
	var result api.Result
	guest.Get(path + "/result").Want(200).Into(&result)
	guest.Get(path).Want(200).Into(&d)
	if len(result.Bids) != 0 || result.BidCount != 3 || d.Award.Winners != nil {
		t.Errorf("the public learns whom a buyer buys from: %+v", result.Bids)
	}
}

func trialScenario(t *testing.T, w *town) {
	leader, first, second := w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("uni").For(t)
	path := w.openFor(t, inputFor(api.Scenario, api.Open), w.now().Add(24*time.Hour))
	a, b := put(t, first, path, answerFor(api.Scenario, time.Time{})), put(t, second, path, answerFor(api.Scenario, time.Time{}))
	offer := map[string]any{"from": w.now().Add(time.Hour), "to": w.now().Add(720 * time.Hour), "terms": "两台设备，免费试用一个月"}
	first.Post(a+"/trial", offer).Refused(403, "forbidden")
	leader.Post(a+"/trial", map[string]any{"from": w.now(), "to": w.now(), "terms": "x2"}).Refused(422, "invalid").Field("to", "before_start")
	leader.Post(a+"/trial", offer).Want(200)
	first.Post(a+"/trial/refuse", map[string]any{"reason": "时间太短"}).Want(200)
	leader.Post(a+"/trial", offer).Want(200)
	second.Post(a+"/trial/accept", nil).Refused(404, "not_found")
	first.Post(a+"/trial/accept", nil).Want(200)
	leader.Post(b+"/decline", map[string]any{"reason": "与产线不兼容"}).Want(200)
	w.pass(48 * time.Hour)
	leader.Post(path+"/conclude", map[string]any{"reason": "都办完了"}).Refused(409, "demand.answers_open")
	pdf := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
	first.Upload(a+"/attachments?part=dealings", "试用数据.pdf", pdf, nil).Want(201)
	first.Post(a+"/trial/report", map[string]any{"report": "x2", "metTargets": []int{7}}).Refused(422, "invalid").Field("metTargets", "not_in")
	first.Post(a+"/trial/report", map[string]any{"report": "连续运行30天，达到指标", "metTargets": []int{0}}).Want(200)
	leader.Post(a+"/trial/decision", map[string]any{"buys": true, "amountFen": 88_000_00, "reason": "指标达到，采购两台"}).Want(200)
	var bid api.Bid
	first.Get(a).Want(200).Into(&bid)
	if bid.State != "won" || !bid.Agreed.Bought || bid.Reason != "指标达到，采购两台" {
		t.Errorf("%+v", bid)
	}
	second.Get(b).Want(200).Into(&bid)
	if bid.State != "lost" || bid.Reason != "与产线不兼容" {
		t.Errorf("the other is left without a word: %+v", bid)
	}
	var d api.Demand
	leader.Post(path+"/conclude", map[string]any{"reason": "采购一家，一家不兼容"}).Want(200).Into(&d)
	if d.State != "closed" || d.BidCount != 2 {
		t.Errorf("%s with %d", d.State, d.BidCount)
	}
	w.http.For(t).Get(path + "/result").Want(200)
}

func projectScenario(t *testing.T, w *town) {
	leader, first, second := w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("uni").For(t)
	path := w.openFor(t, inputFor(api.Project, api.Open), time.Time{})
	a, b := put(t, first, path, answerFor(api.Project, time.Time{})), put(t, second, path, answerFor(api.Project, time.Time{}))
	leader.Post(a+"/messages", map[string]any{"text": "您好"}).Refused(409, "bid.wrong_state")
	leader.Post(a+"/talks", nil).Want(200)
	leader.Post(a+"/messages", map[string]any{"text": "请先介绍中试线产能"}).Want(201)
	var file api.Attachment
	first.Upload(a+"/attachments?part=dealings", "产能.pdf", []byte("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), nil).Want(201).Into(&file)
	first.Post(a+"/messages", map[string]any{"text": "见附件", "files": []string{"nothing"}}).Refused(422, "invalid").Field("files[0]", "not_in")
	first.Post(a+"/messages", map[string]any{"text": "见附件", "files": []string{file.Id}}).Want(201)
	second.Get(a+"/messages").Refused(404, "not_found")
	w.http.For(t).Get(a+"/messages").Refused(401, "unauthenticated")
	var talks api.TalkPage
	leader.Get(a + "/messages").Want(200).Into(&talks)
	if len(talks.Items) != 2 || !talks.Items[0].Mine || talks.Items[1].Mine || talks.Items[1].Files[0] != file.Id {
		t.Errorf("%+v", talks.Items)
	}
	leader.Post(a+"/talks/result", map[string]any{"agreed": true, "summary": "签署联合开发意向", "amountFen": 500_000_00}).Want(200)
	first.Post(a+"/messages", map[string]any{"text": "谢谢"}).Refused(409, "bid.wrong_state")
	leader.Post(b+"/decline", map[string]any{"reason": "方向不一致"}).Want(200)
	leader.Post(path+"/end-bidding", nil).Want(200)
	w.pass(time.Minute)
	leader.Post(path+"/conclude", map[string]any{"reason": "达成一项合作"}).Want(200)
}

// TestSeatRace lets an organisation say yes to two consortia and bid alone, all at once: it sits once.
func TestSeatRace(t *testing.T) {
	w := newTown(t)
	for round := range 6 {
		path := w.openFor(t, inputFor(api.Rnd, api.Consortium), w.now().Add(time.Hour))
		id := path[len("/api/v1/demands/"):]
		var leads []string
		for _, org := range []string{"sme0", "sme1"} {
			b, err := w.s.PlaceBid(w.as(org), id, goodBid(1))
			must(t, err)
			_, err = w.s.InviteConsortiumMember(w.as(org), b.Id, api.MemberInput{OrgId: "uni", Role: "仿真"})
			must(t, err)
			leads = append(leads, b.Id)
		}
		var all sync.WaitGroup
		var yes atomic.Int32
		try := func(do func() error) {
			all.Go(func() {
				switch err := do(); {
				case err == nil:
					yes.Add(1)
				case fault.KindOf(err) != fault.Conflict:
					t.Error(err)
				}
			})
		}
		for _, lead := range leads {
			try(func() error { _, err := w.s.AcceptConsortiumSeat(w.as("uni"), lead); return err })
		}
		try(func() error { _, err := w.s.PlaceBid(w.as("uni"), id, goodBid(1)); return err })
		all.Wait()
		if yes.Load() != 1 {
			t.Errorf("round %d: it sits %d times", round, yes.Load())
		}
	}
}

// TestSeatsAfterACrash takes up seats that were claimed or left when the process died in between.
func TestSeatsAfterACrash(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	path := w.openFor(t, inputFor(api.Rnd, api.Consortium), w.now().Add(time.Hour))
	id := path[len("/api/v1/demands/"):]
	lead, err := w.s.PlaceBid(w.as("sme0"), id, goodBid(1))
	must(t, err)
	_, err = w.s.InviteConsortiumMember(w.as("sme0"), lead.Id, api.MemberInput{OrgId: "uni", Role: "仿真"})
	must(t, err)
	doc, err := w.s.bids.Get(ctx, lead.Id)
	must(t, err)
	// Died after the seat was claimed, before the lead's list said so: it says yes again.
	must(t, w.s.claim(ctx, &doc.Body, By{Role: Invitee, OrgID: "uni"}, "甬江大学"))
	if _, err := w.s.PlaceBid(w.as("uni"), id, goodBid(1)); fault.As(err).Code != "consortium.elsewhere" {
		t.Errorf("a claimed seat was taken: %v", err)
	}
	_, err = w.s.AcceptConsortiumSeat(w.as("uni"), lead.Id)
	must(t, err)
	// Died after the lead took it off, before its seat was freed: the seat is free all the same.
	_, err = w.s.bids.Update(ctx, lead.Id, func(tx *docstore.Tx[Bid]) error {
		d, err := w.s.demands.Get(ctx, id)
		must(t, err)
		return tx.Body.Remove(By{Role: Bidder, OrgID: "sme0"}, tx.Now, &d.Body, "uni")
	})
	must(t, err)
	if _, err := w.s.GetMyBid(w.as("uni"), id); fault.As(err).Code != "bid.not_placed" {
		t.Errorf("it still sits: %v", err)
	}
	if _, err := w.s.PlaceBid(w.as("uni"), id, goodBid(1)); err != nil {
		t.Errorf("the seat is not free: %v", err)
	}
	mine, err := w.s.ListMyBids(w.as("uni"), "", 10, "")
	must(t, err)
	if len(mine.Items) != 1 || mine.Items[0].OrgId != "uni" {
		t.Errorf("%+v", mine.Items)
	}
}
