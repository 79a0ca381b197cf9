package demand

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// openWorld is a published challenge, ten days from its deadline.
func openWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	must(t, w.d.Submit(leader, w.now, w.s))
	must(t, w.d.Approve(authority, w.now, ""))
	must(t, w.d.Publish(leader, w.now, w.now.AddDate(0, 0, 10), "2026Q4-0001", nil, w.s))
	return w
}

func questionIn(t testing.TB, w *world) Question {
	t.Helper()
	q, err := Ask(By{Role: Stranger, UserID: "u-x", OrgID: "x", Name: "甲公司"}, "d", &w.d, "能否用现有机床试验？", w.now, w.s)
	must(t, err)
	return q
}

// TestQuestionMatrix takes every action on a question, by the demand's state and the question's, as everybody.
func TestQuestionMatrix(t *testing.T) {
	var b strings.Builder
	fmt.Fprintf(&b, "What each may do about questions, by the demand's state; the question's stands in brackets.\n")
	operated := authority
	operated.OrgID = ""
	for _, a := range []Action{AskQuestion, AnswerQuestion, HideQuestion} {
		fmt.Fprintf(&b, "\n%s\n", a)
		for _, s := range []State{Draft, Approved, Published, BiddingClosed, Awarded, Terminated} {
			for _, kind := range []string{"open", "answered", "hidden"} {
				if a == AskQuestion && kind != "open" {
					continue
				}
				open := openWorld(t)
				w := inState(t, s)
				line := fmt.Sprintf("  %-15s%-11s", s, "("+kind+")")
				for _, by := range []By{leader, operated, bidder(1), stranger, clockBy} {
					q := questionIn(t, open)
					switch kind {
					case "answered":
						must(t, q.Answer(leader, open.now, &open.d, "可以"))
					case "hidden":
						must(t, q.Hide(authority, open.now, "与需求无关"))
					}
					var err error
					done := "→ answered"
					switch a {
					case AskQuestion:
						_, err = Ask(by, "d", &w.d, "问", w.now, w.s)
						done = "→ open"
					case AnswerQuestion:
						err = q.Answer(by, w.now, &w.d, "答")
					case HideQuestion:
						err, done = q.Hide(by, w.now, "与需求无关"), "→ hidden"
					}
					line += fmt.Sprintf("  %-9s %-16s", by.Role, outcome(err, strings.TrimPrefix(done, "→ ")))
				}
				b.WriteString(strings.TrimRight(line, " ") + "\n")
			}
		}
	}
	golden(t, "question_matrix.txt", b.String())
}

func TestQuestionClocks(t *testing.T) {
	w := openWorld(t)
	q := questionIn(t, w)
	if want := when.At(w.s.Calendar.After(w.now, 2)); q.DueAt != want {
		t.Errorf("the issuer's clock ends %v, not %v", q.DueAt.Time(), want.Time())
	}
	until := w.d.QuestionsUntil(w.s)
	if want := when.At(w.d.Deadline.Time().Add(-48 * time.Hour)); until != want {
		t.Errorf("asking ends %v, not %v", until.Time(), want.Time())
	}
	at := func(now time.Time) error {
		_, err := Ask(stranger, "d", &w.d, "问", now, w.s)
		return err
	}
	if at(until.Time().Add(-time.Millisecond)) != nil || fault.As(at(until.Time())).Code != "question.too_late" || fault.As(at(w.d.Deadline.Time())).Code != "demand.deadline_passed" {
		t.Error("asking does not end to the millisecond")
	}
	w.d.Deadline = when.At(w.now.Add(2 * time.Hour)) // half of a short period stays for asking
	if got := w.d.QuestionsUntil(w.s); got != when.At(w.now.Add(time.Hour)) {
		t.Errorf("asking in a short period ends %v", got.Time())
	}
	w.d.Deadline = 0
	if w.d.QuestionsUntil(w.s) != 0 || at(w.now.AddDate(1, 0, 0)) != nil {
		t.Error("a demand without a deadline takes questions while it is open")
	}
	for range maxAnswers {
		must(t, q.Answer(leader, w.now, &w.d, "答"))
	}
	if fault.As(q.Answer(leader, w.now, &w.d, "答")).Code != "question.answered_too_often" {
		t.Error("an answer may be mended without end")
	}
}

// TestQuestionHistories takes random steps and holds that what is hidden stays hidden, an answer is never lost, and nothing is answered
// after the deadline.
func TestQuestionHistories(t *testing.T) {
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 5))
		w := openWorld(t)
		w.bids = nil
		now := w.now
		var all []Question
		for range 30 {
			now = now.Add(time.Duration(r.IntN(12)) * time.Hour)
			by := []By{leader, authority, stranger, bidder(r.IntN(3))}[r.IntN(4)]
			if len(all) == 0 || r.IntN(3) == 0 {
				if q, err := Ask(by, "d", &w.d, "问", now, w.s); err == nil {
					if when.At(now) >= w.d.QuestionsUntil(w.s) || by.Role == Issuer || by.Role == Operator {
						t.Fatalf("seed %d: %s asked at %v", seed, by.Role, now)
					}
					all = append(all, q)
				}
				continue
			}
			q := &all[r.IntN(len(all))]
			before := len(q.Answers)
			hidden := q.Hidden != nil
			if r.IntN(4) == 0 {
				_ = q.Hide(by, now, "与需求无关")
			} else if err := q.Answer(by, now, &w.d, "答"); err == nil && (by.Role != Issuer || hidden || when.At(now) >= w.d.Deadline) {
				t.Fatalf("seed %d: %s answered at %v", seed, by.Role, now)
			}
			if len(q.Answers) < before || hidden && q.Hidden == nil {
				t.Fatalf("seed %d: something was lost", seed)
			}
		}
	}
}

func questionScenario(t *testing.T, w *town) {
	w.events = nil
	path := w.openFor(t, inputFor(api.Rnd, api.Open), w.now().Add(10*24*time.Hour))
	id := strings.TrimPrefix(path, "/api/v1/demands/")
	leader, guest, city := w.http.As("leader").For(t), w.http.For(t), w.http.As("city").For(t)
	one, two, uni, fresh := w.http.As("sme0").For(t), w.http.As("sme1").For(t), w.http.As("uni").For(t), w.http.As("new").For(t)
	said := map[string]any{"text": "能否用现有机床做试验？"}
	guest.Post(path+"/questions", said).Refused(401, "unauthenticated")
	leader.Post(path+"/questions", said).Refused(403, "question.own_demand")
	fresh.Post(path+"/questions", said).Refused(403, "org.not_verified")
	guest.Put(path+"/watch", nil).Refused(401, "unauthenticated")

	put(t, two, path, goodBid(1))
	var watch api.WatchState
	uni.Put(path+"/watch", nil).Want(200).Into(&watch)
	two.Put(path+"/watch", nil).Want(200)
	var mine api.DemandPage
	uni.Get("/api/v1/my-watches").Want(200).Into(&mine)
	if !watch.Watching || len(mine.Items) != 1 || mine.Items[0].Id != id {
		t.Errorf("%+v", mine.Items)
	}
	var d api.Demand
	uni.Get(path).Want(200).Into(&d)
	if !d.Watching {
		t.Error("the demand does not say that it is watched")
	}

	var q api.Question
	one.Post(path+"/questions", said).Want(201).Into(&q)
	if !q.Mine || q.OrgName == "" {
		t.Errorf("the asker does not find its own: %+v", q)
	}
	var page api.QuestionPage
	for _, reader := range []string{"", "leader", "sme1"} {
		page = api.QuestionPage{}
		w.http.As(reader).For(t).Get(path + "/questions").Want(200).Into(&page)
		if len(page.Items) != 1 || page.Items[0].OrgName != "" || page.Items[0].Mine || page.Items[0].DueAt.IsZero() {
			t.Errorf("%q reads %+v", reader, page.Items)
		}
	}
	city.Get(path + "/questions").Want(200).Into(&page)
	if page.Items[0].OrgName != "专精特新企业0" {
		t.Error("the operator does not see who asks")
	}
	on := path + "/questions/" + q.Id
	one.Post(on+"/answer", said).Refused(403, "forbidden")
	w.http.As("rival").For(t).Post(on+"/answer", said).Refused(403, "forbidden")
	leader.Post(path+"/questions/nothing/answer", said).Refused(404, "not_found")
	leader.Post(on+"/answer", map[string]any{"text": "可以，场地由我方提供。"}).Want(200).Into(&q)
	if q.Answer == "" || q.Mended {
		t.Errorf("%+v", q)
	}
	w.deliver()
	if to := w.told(questionAsked); !slices.Equal(to, []string{"leader"}) {
		t.Errorf("asked: %v", to)
	}
	// The asker and the bidder as organisations, the university's person as a watcher; who bids and watches hears it once.
	if to := w.heard(questionAnswered); !slices.Equal(to, []string{"o:sme0", "o:sme1", "u:u-uni"}) {
		t.Errorf("answered: %v", to)
	}
	for _, e := range w.events {
		if strings.HasPrefix(e.Kind, "question.") && strings.Contains(string(e.Data), "专精特新企业0") {
			t.Errorf("%s names the asker", e.Kind)
		}
	}

	uni.Delete(path + "/watch").Want(200).Into(&watch)
	var gone api.DemandPage
	uni.Get("/api/v1/my-watches").Want(200).Into(&gone)
	if watch.Watching || len(gone.Items) != 0 {
		t.Error("still watching")
	}

	leader.Post(on+"/hide", map[string]any{"reason": "不相干"}).Refused(403, "forbidden")
	city.Post(on+"/hide", map[string]any{"reason": "含有广告"}).Want(200)
	city.Post(on+"/hide", map[string]any{"reason": "含有广告"}).Refused(409, "question.hidden")
	leader.Post(on+"/answer", said).Refused(409, "question.hidden")
	for reader, n := range map[string]int{"": 0, "sme1": 0, "sme0": 1, "leader": 1, "city": 1} {
		page = api.QuestionPage{}
		w.http.As(reader).For(t).Get(path + "/questions").Want(200).Into(&page)
		if len(page.Items) != n {
			t.Errorf("%q sees %d hidden questions, not %d", reader, len(page.Items), n)
		}
	}
	for range maxQuestions - 1 {
		one.Post(path+"/questions", said).Want(201)
	}
	one.Post(path+"/questions", said).Refused(409, "question.too_many")
}

// heard are the organisations and persons an event of a kind reached; one that was reached twice stands twice.
func (w *town) heard(kind string) []string {
	var to []string
	for _, e := range w.events {
		if e.Kind != kind {
			continue
		}
		var m message
		if err := json.Unmarshal(e.Data, &m); err != nil {
			w.t.Fatal(err)
		}
		for _, r := range m.Recipients {
			if r.OrgID != "" {
				to = append(to, "o:"+r.OrgID)
			} else if r.UserID != "" {
				to = append(to, "u:"+r.UserID)
			}
		}
	}
	slices.Sort(to)
	return to
}

// TestTellingIsCarriedOn: the request that answered died before it told anybody; the clock tells everybody, once.
func TestTellingIsCarriedOn(t *testing.T) {
	w := newTown(t)
	path := w.openFor(t, inputFor(api.Rnd, api.Open), w.now().Add(10*24*time.Hour))
	id := strings.TrimPrefix(path, "/api/v1/demands/")
	w.bid(id, "sme1", true)
	_, err := w.s.WatchDemand(w.as("uni"), id, true)
	must(t, err)
	q, err := w.s.AskDemandQuestion(w.as("sme0"), id, api.QuestionInput{Text: "能否试验？"})
	must(t, err)
	_, err = w.s.questions.Update(context.Background(), q.Id, func(tx *docstore.Tx[Question]) error {
		return tx.Body.Answer(leader, tx.Now, &Demand{State: Published}, "可以")
	})
	must(t, err)
	for range 3 {
		w.pass(patience)
		_, err = w.s.RunDue(context.Background())
		must(t, err)
	}
	w.deliver()
	if to := w.heard(questionAnswered); !slices.Equal(to, []string{"o:sme1", "u:u-uni"}) {
		t.Errorf("told %v", to)
	}
}
