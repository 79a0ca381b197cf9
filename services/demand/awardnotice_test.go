package demand

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// decided is a demand of terms, judged and about to be published: the first of two bidders is to win.
func (w *town) decided(terms api.DemandInput) (id string) {
	w.t.Helper()
	d, err := w.s.CreateDemand(w.as("leader"), terms)
	must(w.t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(w.t, err)
	_, err = w.s.ApproveDemand(w.as("city"), d.Id, "")
	must(w.t, err)
	_, err = w.s.PublishDemand(w.as("leader"), d.Id, w.now().Add(time.Hour))
	must(w.t, err)
	first, second := w.bid(d.Id, "sme0", true), w.bid(d.Id, "sme1", true)
	w.pass(2 * time.Hour)
	w.judged(map[string]int{first: 80, second: 70})
	_, err = w.s.AwardDemand(w.as("leader"), d.Id, api.AwardInput{Winners: []string{first}, Reason: "综合得分第一", Feedback: []api.LossReason{{BidId: second, Reason: "周期太长"}}})
	must(w.t, err)
	return d.Id
}

// notice reads a demand's state and its notice, as anybody sees them.
func (w *town) notice(who, id string) (api.DemandState, api.Notice) {
	w.t.Helper()
	d, err := w.s.GetDemand(w.as(who), id)
	must(w.t, err)
	return d.State, d.Notice
}

func (w *town) due() {
	w.t.Helper()
	_, err := w.s.RunDue(context.Background())
	must(w.t, err)
}

// TestNoticeServiceAway publishes an award while the notice service is away, and again when its end comes: nothing is lost, nobody who reads
// waits, and what it says is asked for until it answers.
func TestNoticeServiceAway(t *testing.T) {
	w := newTown(t)
	id := w.decided(goodInput())
	w.silent = true
	_, err := w.s.PublishAward(w.as("leader"), id)
	must(t, err)
	w.pass(30 * 24 * time.Hour)
	w.due()
	if state, n := w.notice("", id); state != "award_notice" || n.State != api.NoticePlanned || n.Id != "" {
		t.Fatalf("%s with the notice %+v", state, n)
	}
	w.deliver()
	if to := w.told(awardNoticed); to != nil {
		t.Errorf("a notice nobody can read was told to %v", to)
	}
	if to := w.told(bidLost); !slices.Equal(to, []string{"sme1"}) {
		t.Errorf("lost was told to %v", to)
	}
	w.silent = false
	w.due() // not before its pause is over
	if _, n := w.notice("", id); n.State != api.NoticePlanned {
		t.Errorf("the notice service was not left in peace: %+v", n)
	}
	w.pass(askAway)
	w.due()
	if state, n := w.notice("", id); state != "award_notice" || n.State != api.NoticeOpen || !n.EndsAt.Equal(when.Default.After(w.now(), 5)) {
		t.Fatalf("%s with the notice %+v", state, n)
	}
	w.deliver()
	if to := w.told(awardNoticed); !slices.Equal(to, []string{"leader", "staff"}) {
		t.Errorf("noticed was told to %v", to)
	}

	w.pass(10 * 24 * time.Hour)
	w.silent = true
	w.due()
	if state, _ := w.notice("", id); state != "award_notice" {
		t.Errorf("%s on nobody's word", state)
	}
	w.silent = false
	w.pass(askAway)
	w.due()
	if state, n := w.notice("", id); state != "awarded" || n.State != api.NoticeEnded || len(w.asked) != 1 {
		t.Errorf("%s with the notice %+v, put up %d times", state, n, len(w.asked))
	}
	w.becomes(id, 1, NoticeStanding{State: "ended"}) // late, and again
	w.deliver()
	if n := len(slices.DeleteFunc(slices.Clone(w.events), func(e docstore.Event) bool { return e.Kind != awardPublished })); n != 1 {
		t.Errorf("published %d times", n)
	}
}

// TestNoticeShowsThePublicRecord holds the notice of a demand that is not public to its audience and bidders, and its lines to the public
// record: losers have pseudonyms and scores, no name, price, plan or reason.
func TestNoticeShowsThePublicRecord(t *testing.T) {
	w := newTown(t)
	in := goodInput()
	no := false
	in.DemandPublic, in.IssuerPublic, in.AudienceOrgIds = &no, &no, []string{"sme0", "sme1", "sme2"}
	id := w.decided(in)
	_, err := w.s.PublishAward(w.as("leader"), id)
	must(t, err)
	if len(w.asked) != 1 {
		t.Fatalf("%d notices", len(w.asked))
	}
	n := w.asked[0]
	if n.Public || !slices.Equal(n.Readers, []string{"sme0", "sme1", "sme2"}) || !slices.Equal(n.Parties, []string{"leader", "sme0"}) || n.District != "d1" || n.WorkingDays != 5 {
		t.Errorf("%+v", n)
	}
	text := strings.Join(append(n.Lines, n.Title, n.Summary), "\n")
	for _, want := range []string{"拟中榜单位：专精特新企业0，综合得分 80.00，第 1 名", "，综合得分 70.00，第 2 名", "定榜理由：综合得分第一"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %s:\n%s", want, text)
		}
	}
	for _, secret := range []string{"专精特新企业1", "sme1", "SECRET-PLAN", "10000", "周期太长", "海曙轴承集团"} {
		if strings.Contains(text, secret) {
			t.Errorf("it tells %s:\n%s", secret, text)
		}
	}
}

// TestOldNotices reads demands as the first version stored them.
func TestOldNotices(t *testing.T) {
	read := func(state, notice string) Demand {
		var body map[string]any
		must(t, json.Unmarshal([]byte(`{"state":"`+state+`","tasks":{},"notice":`+notice+`}`), &body))
		body, err := upgradeDemand(1, body)
		must(t, err)
		lifted, err := json.Marshal(body)
		must(t, err)
		var d Demand
		must(t, json.Unmarshal(lifted, &d))
		return d
	}
	if d := read("award_notice", `{"startsAt":1,"endsAt":5,"workingDays":5,"pausedAt":3,"objection":"YY-1"}`); d.Notice.State != NoticePlanned || d.Notice.Number != 1 ||
		d.Notices != 1 || !d.noticeDue(1) || d.Notice.PausedAt != 0 {
		t.Errorf("one that stood still: %+v", d.Notice)
	}
	if d := read("awarded", `{"startsAt":1,"endsAt":5,"workingDays":5,"endedAt":5}`); d.Notice.State != NoticeEnded || d.noticeDue(9) {
		t.Errorf("one that is over: %+v", d.Notice)
	}
	body, err := upgradeDemand(1, map[string]any{"state": "draft"})
	if err != nil || len(body) != 1 {
		t.Errorf("none: %v, %v", body, err)
	}
}

// TestUpheldObjection takes an award back after an upheld objection, and decides anew, under a notice of its own.
func TestUpheldObjection(t *testing.T) {
	w := newTown(t)
	id := w.published()
	a, b := w.bid(id, "sme0", true), w.bid(id, "sme1", true)
	w.pass(2 * time.Hour)
	w.judged(map[string]int{a: 80, b: 70})
	award := api.AwardInput{Winners: []string{a}, Reason: "第一", Feedback: []api.LossReason{{BidId: b, Reason: "略低"}}}
	_, err := w.s.AwardDemand(w.as("leader"), id, award)
	must(t, err)
	_, err = w.s.PublishAward(w.as("leader"), id)
	must(t, err)
	w.becomes(id, 1, NoticeStanding{State: "paused"})
	w.pass(30 * 24 * time.Hour)
	d, err := w.s.GetDemand(w.as(""), id)
	if err != nil || d.State != "award_notice" || !d.Notice.Paused {
		t.Fatalf("%s, %v", d.State, err)
	}
	w.becomes(id, 1, NoticeStanding{State: "stopped", Upheld: true, Reason: "业绩不实"})
	if _, err := w.s.GetResult(w.as(""), id, 0); fault.As(err).Code != "result.not_published" {
		t.Errorf("a revoked result can be read: %v", err)
	}
	_, err = w.s.ScoreBid(w.as("leader"), a, scores(10))
	must(t, err)
	_, err = w.s.AwardDemand(w.as("leader"), id, api.AwardInput{Winners: []string{b}, Reason: "复评第一", Feedback: []api.LossReason{{BidId: a, Reason: "业绩不实"}}})
	must(t, err)
	d, err = w.s.PublishAward(w.as("leader"), id)
	if err != nil || len(d.Award.Winners) != 1 || d.Award.Winners[0].OrgId != "sme1" {
		t.Errorf("%+v, %v", d.Award, err)
	}
	if d.Notice.Id != noticeID(id, 2) {
		t.Errorf("the second notice is %s", d.Notice.Id)
	}
	w.deliver()
	if to := w.told(bidWon); !slices.Equal(to, []string{"sme0", "sme1"}) {
		t.Errorf("won was told to %v", to)
	}
}

// TestNoticeReachesAWholeAudience: everyone a demand that is not public was shown to may read its award notice, bidders and all.
func TestNoticeReachesAWholeAudience(t *testing.T) {
	var ids []string
	for i := range maxReach + 200 {
		ids = append(ids, fmt.Sprint("firm-", i))
	}
	if got := atMost(maxReaders, append(ids, ids...)); len(got) != len(ids) {
		t.Errorf("%d of %d may read the notice", len(got), len(ids))
	}
}
