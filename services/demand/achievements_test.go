package demand

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// shelf plays the achievement service.
type shelf struct {
	named map[string]AchievementRef
	away  bool
	won   []WonBid
}

func (s *shelf) Named(_ context.Context, id string) (AchievementRef, error) {
	if s.away {
		return AchievementRef{}, fault.New(fault.Unavailable, "", "away")
	}
	if r, ok := s.named[id]; ok {
		return r, nil
	}
	return AchievementRef{}, fault.New(fault.NotFound, "", "no such achievement")
}

func (s *shelf) Won(_ context.Context, b WonBid) (string, error) {
	if s.away {
		return "", fault.New(fault.Unavailable, "", "away")
	}
	s.won = append(s.won, b)
	return "deal-of-" + b.Achievement.ID, nil
}

func withShelf(t *testing.T) (*town, *shelf) {
	w := newTown(t)
	s := &shelf{named: map[string]AchievementRef{"ach1": {ID: "ach1", Name: "油气润滑成果甲", OrgID: "sme0", OrgName: "甬江精密", TRL: 5},
		"foreign": {ID: "foreign", Name: "别人的成果", OrgID: "sme1", OrgName: "别家"}}}
	w.s.o.Achievements = s
	return w, s
}

func refused(t *testing.T, err error, path string) {
	t.Helper()
	if f := fault.As(err); err == nil || len(f.Fields) != 1 || f.Fields[0].Path != path {
		t.Errorf("refused as %v", err)
	}
}

// TestBidWithAnAchievement: sealed like the rest of the offer, told to nobody before the deadline, shown to the issuer after it, and once
// the award is final the deal of it begins without anything typed again.
func TestBidWithAnAchievement(t *testing.T) {
	w, shelf := withShelf(t)
	ctx := context.Background()
	id := w.published()
	in := goodBid(1_000_000)
	for _, wrong := range []string{"foreign", "nothing"} {
		in.AchievementId = wrong
		_, err := w.s.PlaceBid(w.as("sme0"), id, in)
		refused(t, err, "achievementId")
	}
	in.AchievementId = "ach1"
	bid, err := w.s.PlaceBid(w.as("sme0"), id, in)
	must(t, err)
	if bid.Achievement.Name != "油气润滑成果甲" || bid.Achievement.Trl != 5 {
		t.Errorf("the bidder reads %+v", bid.Achievement)
	}
	shelf.away = true // saved again, it is not asked for again
	w.http.As("sme0").For(t).IfMatch(rest.ETag(bid.Rev)).Put("/api/v1/bids/"+bid.Id, in).Want(200)
	shelf.away = false
	_, err = w.s.SubmitBid(w.as("sme0"), bid.Id)
	must(t, err)
	other := w.bid(id, "sme1", true)
	if v, err := w.s.GetBid(w.as("leader"), bid.Id); err != nil || v.Achievement.Id != "" {
		t.Errorf("before the deadline the issuer reads %+v, %v", v.Achievement, err)
	}
	leak := func(when string) {
		t.Helper()
		must(t, w.s.bids.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Bid]) error {
			b, err := json.Marshal(doc.Body)
			if bytes.Contains(b, []byte("ach1")) || bytes.Contains(b, []byte("油气润滑成果甲")) {
				t.Errorf("%s the store says which achievement a sealed bid names", when)
			}
			return err
		}))
	}
	leak("before the deadline")
	w.deliver()
	for _, e := range w.events {
		if strings.Contains(string(e.Data), "ach1") || strings.Contains(string(e.Data), "油气润滑成果甲") {
			t.Errorf("the event %s names it", e.Kind)
		}
	}
	if len(shelf.won) != 0 {
		t.Error("the achievement service was told of a bid before its award")
	}
	w.pass(time.Hour + closeGrace)
	_, err = w.s.GetDemand(w.as("leader"), id)
	must(t, err)
	if v, err := w.s.GetBid(w.as("leader"), bid.Id); err != nil || v.Achievement.Id != "ach1" || v.Digest != inManifest(t, w, id, bid.Id).Digest {
		t.Errorf("after the deadline the issuer reads %+v, %v", v.Achievement, err)
	}
	leak("after the deadline")

	w.judged(map[string]int{bid.Id: 90, other: 80})
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{bid.Id}, Reason: "综合评分第一", Feedback: []api.LossReason{{BidId: other, Reason: "方案略逊"}}})
	must(t, err)
	_, err = w.s.PublishAward(w.as("leader"), id)
	must(t, err)
	d, err := w.s.GetDemand(w.as("leader"), id)
	must(t, err)
	shelf.away = true // the award does not wait; the task does
	w.pass(d.Notice.EndsAt.Sub(w.now()) + time.Second)
	_, _ = w.s.RunDue(ctx)
	if _, err := w.s.GetTask(w.as("leader"), bid.Id); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a task without its deal: %v", err)
	}
	shelf.away = false
	for range 3 {
		w.pass(time.Minute)
		_, err = w.s.RunDue(ctx)
		must(t, err)
	}
	task, err := w.s.GetTask(w.as("leader"), bid.Id)
	must(t, err)
	if task.DealId != "deal-of-ach1" || task.Achievement.Name != "油气润滑成果甲" {
		t.Errorf("the task leads to %q of %+v", task.DealId, task.Achievement)
	}
	if len(shelf.won) != 1 || shelf.won[0].PriceFen != 1_000_000 || shelf.won[0].Months != 12 || shelf.won[0].FirmID != "leader" || shelf.won[0].ContactName != "王工" {
		t.Errorf("told %+v", shelf.won)
	}
}

// TestCounterDemand: it names the achievement it starts from, is found by it once published, and keeps it through edits and changes.
func TestCounterDemand(t *testing.T) {
	w, shelf := withShelf(t)
	in := goodInput()
	in.AchievementId = "nothing"
	_, err := w.s.CreateDemand(w.as("leader"), in)
	refused(t, err, "achievementId")
	in.AchievementId = "ach1"
	d, err := w.s.CreateDemand(w.as("leader"), in)
	must(t, err)
	shelf.away = true
	in.Brief = "要能在本厂节拍下用"
	w.http.As("leader").For(t).IfMatch(rest.ETag(d.Rev)).Put("/api/v1/demands/"+d.Id, in).Want(200).Into(&d)
	if d.Achievement.Name != "油气润滑成果甲" {
		t.Errorf("it starts from %+v", d.Achievement)
	}
	found := func() []string {
		page, err := w.s.ListDemands(w.as("sme1"), api.ListDemandsParams{Achievement: "ach1"})
		must(t, err)
		var ids []string
		for _, one := range page.Items {
			ids = append(ids, one.Id)
		}
		return ids
	}
	if got := found(); len(got) != 0 {
		t.Errorf("a draft is found by its achievement: %v", got)
	}
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(t, err)
	for _, reviewer := range []string{"d1", "city"} {
		_, err = w.s.ApproveDemand(w.as(reviewer), d.Id, "")
		must(t, err)
	}
	_, err = w.s.PublishDemand(w.as("leader"), d.Id, w.now().Add(30*24*time.Hour))
	must(t, err)
	w.published() // another, that starts from nothing
	if got := found(); !slices.Equal(got, []string{d.Id}) {
		t.Errorf("found by its achievement: %v", got)
	}
	in.AchievementId, in.Brief = "", "改了说明"
	terms := in
	_, err = w.s.ChangeDemand(w.as("leader"), d.Id, api.ChangeInput{Terms: terms, Reason: "说明更清楚"})
	must(t, err)
	if v, err := w.s.GetDemand(w.as("sme1"), d.Id); err != nil || v.Achievement.Id != "ach1" || v.Brief != "改了说明" {
		t.Errorf("changed, it starts from %+v: %v", v.Achievement, err)
	}
}
