package achievement

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// due lets the clock do its work.
func (w *town) due() {
	w.t.Helper()
	must(w.t, w.s.RunDue(context.Background()))
}

func (w *town) interest(org, id string) string {
	w.t.Helper()
	d, err := w.s.ExpressInterest(w.as(org), id, api.InterestInput{Need: "修复轴颈", ContactName: "李工", ContactPhone: "1", RequiredTrl: 9})
	must(w.t, err)
	return d.Id
}

// offered is an achievement whose open licence is on offer.
func (w *town) offered() string {
	w.t.Helper()
	id := w.published(goodProfile())
	w.due()
	w.pass(15 * 24 * time.Hour)
	w.stand("achievement:licence:"+id+":1", NoticeState{State: "ended"})
	w.due()
	return id
}

// onTable is a deal with terms of a way on the table.
func (w *town) onTable(org, id string, way Way) string {
	w.t.Helper()
	deal := w.interest(org, id)
	_, err := w.s.TakeUpAchievementDeal(w.as("dept"), deal)
	must(w.t, err)
	in, err := as[api.DealTermsInput](goodTerms(way))
	must(w.t, err)
	_, err = w.s.ProposeDealTerms(w.as("uni"), deal, in)
	must(w.t, err)
	return deal
}

// dealHTTP walks deals through the API, beginning with those who may not.
func dealHTTP(t *testing.T, w *town) {
	c := w.http
	guest, uni, dept, firm, rival, city, d2 := c, c.As("uni"), c.As("dept"), c.As("firm1"), c.As("firm2"), c.As("city"), c.As("d2")
	id := w.published(goodProfile())
	ask := map[string]any{"need": "轴颈修复", "contactName": "李工", "contactPhone": "0570-1", "requiredTrl": 9, "way": "transfer"}
	path := "/api/v1/achievements/" + id + "/deals"
	guest.For(t).Post(path, ask).Refused(401, "unauthenticated")
	uni.For(t).Post(path, ask).Refused(403, "forbidden") // not to itself
	c.As("new").For(t).Post(path, ask).Refused(403, "org.not_verified")
	var d api.Deal
	firm.For(t).Key("interest-01").Post(path, ask).Want(201).Into(&d)
	if d.State != "interest" || d.Side != "firm" || d.Gap != 2 {
		t.Errorf("%+v", d)
	}
	firm.For(t).Post(path, ask).Refused(409, "deal.exists")
	deal := "/api/v1/achievement-deals/" + d.Id
	guest.For(t).Get(deal).Refused(401, "unauthenticated")
	rival.For(t).Get(deal).Refused(404, "not_found")
	d2.For(t).Get(deal).Refused(404, "not_found")
	city.For(t).Get(deal).Want(200).Into(&d)
	if d.Side != "operator" || len(d.AllowedActions) != 0 {
		t.Errorf("the operator is %s and may %v", d.Side, d.AllowedActions)
	}
	var page api.DealPage
	for _, q := range []string{"?side=seller", "?side=seller&state=interest"} {
		uni.For(t).Get("/api/v1/achievement-deals" + q).Want(200).Into(&page)
		if len(page.Items) != 1 {
			t.Errorf("%s: %d", q, len(page.Items))
		}
	}
	firm.For(t).Get("/api/v1/achievement-deals?side=firm").Want(200).Into(&page)
	city.For(t).Get("/api/v1/achievement-deals?state=interest").Want(200).Into(&page)
	if len(page.Items) != 1 {
		t.Error("the operator does not see it")
	}

	dept.For(t).Post(deal+"/take-up", nil).Want(200)
	firm.For(t).Post(deal+"/messages", map[string]any{"text": "图纸见附件", "confidential": true}).Refused(409, "deal.nda_missing")
	firm.For(t).Post(deal+"/nda", nil).Want(200)
	uni.For(t).Post(deal+"/nda", nil).Want(200)
	firm.For(t).Post(deal+"/messages", map[string]any{"text": "轴径 800 毫米", "confidential": true}).Want(201)
	var thread api.DealMessagePage
	dept.For(t).Get(deal + "/messages").Want(200).Into(&thread)
	if len(thread.Items) != 1 || thread.Items[0].Mine || !thread.Items[0].Confidential {
		t.Errorf("%+v", thread)
	}
	rival.For(t).Get(deal+"/messages").Refused(404, "not_found")
	city.For(t).Get(deal+"/messages").Refused(403, "forbidden")

	terms, err := as[map[string]any](goodTerms(Transfer))
	must(t, err)
	delete(terms, "version")
	dept.For(t).Post(deal+"/terms", terms).Refused(403, "forbidden")
	uni.For(t).Post(deal+"/terms", terms).Want(200)
	firm.For(t).Post(deal+"/agree", map[string]any{"version": 2, "related": false}).Refused(409, "deal.terms_changed")
	firm.For(t).Post(deal+"/agree", map[string]any{"version": 1, "related": false}).Want(200).Into(&d)
	if d.State != "internal_approval" {
		t.Errorf("it is %s", d.State)
	}
	uni.For(t).Post(deal+"/refuse", map[string]any{"reason": "价格依据不足"}).Want(200)
	uni.For(t).Post(deal+"/terms", terms).Want(200)
	firm.For(t).Post(deal+"/agree", map[string]any{"version": 2, "related": false}).Want(200)
	w.away = true // the notice service is; the clock puts it up later
	uni.For(t).Post(deal+"/approve", map[string]any{"note": "校长办公会〔2026〕12 号"}).Want(200).Into(&d)
	w.away = false
	w.due()
	if _, up := w.notices["achievement:deal:"+d.Id+":1"]; !up {
		t.Fatal("no notice was put up")
	}
	event := func(kind string) map[string]any {
		return map[string]any{"id": "e", "kind": "notice." + kind, "data": map[string]any{"service": "achievement", "kind": "deal", "subjectId": d.Id, "round": 1}}
	}
	hear := func(kind string) { c.As("peer").For(t).Post("/internal/v1/events", event(kind)).Want(204) }
	notice := "achievement:deal:" + d.Id + ":1"
	w.pass(3 * 24 * time.Hour)
	w.stand(notice, NoticeState{State: "paused"})
	hear("paused")
	w.pass(5 * 24 * time.Hour)
	w.stand(notice, NoticeState{State: "open"})
	hear("resumed")
	w.pass(7 * 24 * time.Hour)
	w.stand(notice, NoticeState{State: "ended"}) // fifteen days, five of them it stood still: whoever says so, it is too early
	hear("ended")
	firm.For(t).Get(deal).Want(200).Into(&d)
	if d.State != "public_notice" {
		t.Errorf("after ten days it is %s", d.State)
	}
	w.pass(5*24*time.Hour + time.Minute)
	hear("ended")
	firm.For(t).Get(deal).Want(200).Into(&d)
	if d.State != "contract" {
		t.Fatalf("it is %s", d.State)
	}
	firm.For(t).Post(deal+"/sign", map[string]any{}).Refused(409, "deal.seller_first")
	uni.For(t).Post(deal+"/sign", map[string]any{"number": "ZH-2026-01"}).Want(200)
	firm.For(t).Post(deal+"/sign", map[string]any{}).Want(200).Into(&d)
	var a api.Achievement
	guest.For(t).Get("/api/v1/achievements/" + id).Want(200).Into(&a)
	if d.State != "signed" || d.Contract.Kind != "transfer" || a.State != "transferred" {
		t.Errorf("%s %s %s", d.State, d.Contract.Kind, a.State)
	}
	uni.For(t).Post(deal+"/register", map[string]any{"number": "2026330200000018"}).Want(200)
	firm.For(t).Post(deal+"/payments", map[string]any{"kind": "upfront", "amountFen": 400_000_01, "paidOn": "2026-12-01"}).Want(200)
	uni.For(t).Post(deal+"/splits", map[string]any{"amountFen": 400_000_01, "shares": goodSplit}).Refused(422, "invalid").Field("amountFen", "out_of_range")
	uni.For(t).Post(deal+"/payments/1/confirm", nil).Want(200)
	uni.For(t).Post(deal+"/splits", map[string]any{"amountFen": 400_000_01, "shares": goodSplit}).Want(200).Into(&d)
	var sum int64
	for _, p := range d.Splits[0].Parts {
		sum += p.AmountFen
	}
	if sum != 400_000_01 || d.DividedFen != sum {
		t.Errorf("split into %d", sum)
	}
	firm.For(t).Get(deal).Want(200).Into(&d)
	if len(d.Splits) != 0 {
		t.Error("the firm reads how the university divides its income")
	}
	firm.For(t).Post(deal+"/fulfil", map[string]any{"text": "年修复 40 根", "salesFen": 1_000_000_00}).Want(200)
	firm.For(t).Get(deal+"/certificate").Refused(409, "deal.no_certificate")

	other := w.onTable("firm1", w.published(goodProfile()), TrialFirst)
	trial := "/api/v1/achievement-deals/" + other
	firm.For(t).Post(trial+"/agree", map[string]any{"version": 1, "related": true, "relatedNote": "完成人为本公司顾问"}).Want(200).Into(&d)
	if d.State != "trial" || d.Trial.EndsAt.Sub(d.Trial.StartsAt) != 90*24*time.Hour {
		t.Errorf("%s %+v", d.State, d.Trial)
	}
	firm.For(t).Post(trial+"/trial-report", map[string]any{"satisfied": true, "report": "连续运行三个月无故障"}).Want(200)
	firm.For(t).Post(trial+"/cancel", map[string]any{"reason": "资金计划有变"}).Want(200)
	third := "/api/v1/achievement-deals/" + w.interest("firm2", w.published(goodProfile()))
	dept.For(t).Post(third+"/decline", map[string]any{"reason": "已自用"}).Refused(403, "forbidden")
	uni.For(t).Post(third+"/decline", map[string]any{"reason": "已自用"}).Want(200)

	// An open licence: from the page to the certificate.
	open := w.offered()
	licence := "/api/v1/achievements/" + open + "/licences"
	in := map[string]any{"need": "本厂自用", "contactName": "李工", "contactPhone": "1", "acceptTerms": true}
	guest.For(t).Post(licence, in).Refused(401, "unauthenticated")
	firm.For(t).Post(licence, map[string]any{"need": "x", "contactName": "x", "contactPhone": "1", "acceptTerms": false}).Refused(422, "invalid").Field("acceptTerms", "required")
	firm.For(t).Key("licence-01").Post(licence, in).Want(201).Into(&d)
	if d.State != "signed" || !strings.HasPrefix(d.Certificate, "KF-") {
		t.Fatalf("%s %s", d.State, d.Certificate)
	}
	deal = "/api/v1/achievement-deals/" + d.Id
	firm.For(t).Get(deal+"/certificate").Refused(409, "deal.no_certificate") // not before it is paid
	guest.For(t).Get("/api/v1/achievement-certificates/"+d.Certificate).Refused(404, "not_found")
	paid := w.now().In(time.FixedZone("", 8*3600)).Format(time.DateOnly)
	firm.For(t).Post(deal+"/payments", map[string]any{"kind": "upfront", "amountFen": 20_000_00, "paidOn": paid}).Want(200)
	if pdf := firm.For(t).Get(deal + "/certificate").Want(200); !bytes.HasPrefix(pdf.Body, []byte("%PDF")) {
		t.Error("no PDF")
	}
	var says api.LicenceCertificate
	guest.For(t).Get("/api/v1/achievement-certificates/" + strings.ToLower(d.Certificate)).Want(200).Into(&says)
	if says.Firm != "甬江精密" || says.PaidFen != 20_000_00 || says.ValidUntil.Sub(says.SignedAt) < 1000*24*time.Hour {
		t.Errorf("%+v", says)
	}
	guest.For(t).Get("/api/v1/achievement-certificates/KF-AAAAAAAAAAAAAAAA").Refused(404, "not_found")
	firm.For(t).Post("/api/v1/achievements/"+id+"/licences", in).Refused(409, "achievement.wrong_state")

	var settings api.AchievementSettings
	tag := guest.For(t).Get("/api/v1/achievement-settings").Want(200).Into(&settings).ETag()
	change := map[string]any{"agreementNoticeDays": 14, "listingNoticeDays": 20, "openNoticeDays": 15, "openFeeCapFen": 1, "openRoyaltyCapBp": 2000, "trialDays": 90, "inventorShareBp": 7000,
		"servedTarget": 1000, "reason": "本市规定"}
	uni.For(t).IfMatch(tag).Put("/api/v1/achievement-settings", change).Refused(403, "forbidden")
	city.For(t).IfMatch(tag).Put("/api/v1/achievement-settings", change).Refused(422, "invalid").Field("agreementNoticeDays", "out_of_range") // the law's 15 days
	change["agreementNoticeDays"] = 20
	city.For(t).Get("/api/v1/achievement-settings/versions").Want(200)
	uni.For(t).Post("/api/v1/achievement-settings/preview", change).Refused(403, "forbidden")
	var touched api.RulePreview
	city.For(t).Post("/api/v1/achievement-settings/preview", change).Want(200).Into(&touched)
	if touched.Looked == 0 || touched.Changes+touched.Keeps != len(touched.Items) {
		t.Errorf("%+v", touched)
	}
	city.For(t).IfMatch(tag).Put("/api/v1/achievement-settings", change).Want(200).Into(&settings)
	if settings.AgreementNoticeDays != 20 || len(settings.Unverified) != 0 {
		t.Errorf("%+v", settings)
	}
}

// TestTheLastSlot lets two firms agree to an exclusive right at once, many times: one succeeds, the other is told.
func TestTheLastSlot(t *testing.T) {
	w := newTown(t)
	for range 8 {
		id := w.published(goodProfile())
		deals := []string{w.onTable("firm1", id, Transfer), w.onTable("firm2", id, Transfer)}
		answers := make([]error, 2)
		var both sync.WaitGroup
		for i, deal := range deals {
			both.Go(func() {
				_, answers[i] = w.s.AgreeDealTerms(w.as([]string{"firm1", "firm2"}[i]), deal, api.AgreeInput{Version: 1})
			})
		}
		both.Wait()
		won := 0
		for _, err := range answers {
			if err == nil {
				won++
			} else if fault.As(err).Code != "achievement.taken" {
				t.Errorf("the other is told %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d have the exclusive right", won)
		}
		a, err := w.s.achievements.Get(context.Background(), id)
		must(t, err)
		if a.Body.State != Reserved || len(a.Body.Holds) != 1 {
			t.Errorf("%s with %d holds", a.Body.State, len(a.Body.Holds))
		}
	}
}

// TestExclusiveBesideOpen lets one firm agree to an exclusive licence while another takes the open one, many times: never both, and who came
// too late is told.
func TestExclusiveBesideOpen(t *testing.T) {
	w := newTown(t)
	for round := range 3 {
		id := w.offered()
		deal := w.interest("firm1", id)
		_, err := w.s.TakeUpAchievementDeal(w.as("uni"), deal)
		must(t, err)
		terms := goodTerms(Licence)
		terms.Exclusive = true
		in, err := as[api.DealTermsInput](terms)
		must(t, err)
		_, err = w.s.ProposeDealTerms(w.as("uni"), deal, in)
		must(t, err)
		answers := make([]error, 2)
		var both sync.WaitGroup
		both.Go(func() { _, answers[0] = w.s.AgreeDealTerms(w.as("firm1"), deal, api.AgreeInput{Version: 1}) })
		both.Go(func() {
			_, answers[1] = w.s.TakeOpenLicence(w.as("firm2"), id, api.LicenceInput{Need: "自用", ContactName: "李工", ContactPhone: "1", AcceptTerms: true})
		})
		both.Wait()
		told := 0
		for _, err := range answers {
			if err != nil {
				told++
				if code := fault.As(err).Code; !slices.Contains([]string{"achievement.taken", "deal.not_open"}, code) {
					t.Errorf("round %d: who came too late is told %v", round, err)
				}
			}
		}
		if told != 1 {
			t.Errorf("round %d: %v", round, answers)
		}
	}
}

// TestTheOthersAreTold: once a firm has signed for the exclusive right, every other that talks about the achievement is told, once, and no
// right to it is put on the table any more; commissioned work still is.
func TestTheOthersAreTold(t *testing.T) {
	w := newTown(t)
	id := w.published(goodProfile())
	other, deal := w.onTable("firm2", id, Licence), w.onTable("firm1", id, TrialFirst)
	step := func(_ api.Deal, err error) { t.Helper(); must(t, err) }
	step(w.s.AgreeDealTerms(w.as("firm1"), deal, api.AgreeInput{Version: 1}))
	w.pass(91 * 24 * time.Hour)
	w.due() // the trial's days are over: both sides are reminded
	d, err := w.s.deals.Get(context.Background(), deal)
	must(t, err)
	if d.Body.Reminded != d.Body.Trial.EndsAt || d.Body.DueAt != 0 {
		t.Errorf("the trial ended at %d, reminded of %d", d.Body.Trial.EndsAt, d.Body.Reminded)
	}
	step(w.s.ConcludeDealTrial(w.as("firm1"), deal, api.TrialReportInput{Satisfied: true, Report: "运行良好"}))
	step(w.s.SignDeal(w.as("uni"), deal, api.SignInput{Number: "HT-1"}))
	if v, err := w.s.GetAchievementDeal(w.as("firm2"), other); err != nil || !v.OvertakenAt.IsZero() {
		t.Fatalf("told before it was signed: %v %v", v.OvertakenAt, err)
	}
	step(w.s.SignDeal(w.as("firm1"), deal, api.SignInput{}))
	v, err := w.s.GetAchievementDeal(w.as("firm2"), other)
	must(t, err)
	if told := len(v.History); v.OvertakenAt.IsZero() || v.History[told-1].Action != string(DealOvertaken) {
		t.Errorf("nobody told the other: %+v", v.History)
	}
	must(t, w.s.tellOthers(context.Background(), deal, id))
	if again, err := w.s.GetAchievementDeal(w.as("firm2"), other); err != nil || len(again.History) != len(v.History) {
		t.Errorf("told twice: %v", err)
	}
	propose := func(way Way) error {
		in, err := as[api.DealTermsInput](goodTerms(way))
		must(t, err)
		_, err = w.s.ProposeDealTerms(w.as("uni"), other, in)
		return err
	}
	if err := propose(Licence); err == nil || fault.As(err).Fields[0].Code != "right_taken" {
		t.Errorf("what is gone is offered again: %v", err)
	}
	must(t, propose(Commissioned))
}

// TestCrash cuts each chain of steps where it could be cut, and lets the clock finish it.
func TestCrash(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	id := w.published(goodProfile())
	deal := w.onTable("firm1", id, Transfer)
	// Held, then the process died before the deal said so: the same firm agrees again.
	_, err := w.s.achievements.Update(ctx, id, func(tx *docstore.Tx[Achievement]) error {
		return tx.Body.Hold(firm(1), tx.Now, Hold{DealID: deal, OrgID: "firm1", Way: Transfer, Exclusive: true})
	})
	must(t, err)
	_, err = w.s.AgreeDealTerms(w.as("firm1"), deal, api.AgreeInput{Version: 1})
	must(t, err)
	// Ended, then the process died before the achievement was free: the clock frees it.
	_, err = w.s.deals.Update(ctx, deal, func(tx *docstore.Tx[Deal]) error { return tx.Body.Cancel(firm(1), tx.Now, "不需要了") })
	must(t, err)
	w.due()
	a, err := w.s.achievements.Get(ctx, id)
	must(t, err)
	if a.Body.State != Published || len(a.Body.Holds) != 0 {
		t.Errorf("%s, %v", a.Body.State, a.Body.Holds)
	}
	// An open licence recorded and not yet granted: the clock grants it.
	open := w.offered()
	doc, err := w.s.achievements.Get(ctx, open)
	must(t, err)
	d, err := NewLicence(firm(1), w.now(), "L1", open, &doc.Body, InterestForm{Need: "x"}, "d1")
	must(t, err)
	d.RegistrationKey = "deal:L1"
	_, err = w.s.deals.Insert(ctx, "L1", d)
	must(t, err)
	w.due()
	after, err := w.s.deals.Get(ctx, "L1")
	must(t, err)
	if after.Body.State != Signed || after.Body.Follow.any() {
		t.Errorf("%s %+v", after.Body.State, after.Body.Follow)
	}
	// One that came too late ends with the reason.
	late, err := NewLicence(firm(2), w.now(), "L2", open, &doc.Body, InterestForm{Need: "x"}, "d1")
	must(t, err)
	late.RegistrationKey = "deal:L2"
	_, err = w.s.achievements.Update(ctx, open, func(tx *docstore.Tx[Achievement]) error {
		return tx.Body.Hold(firm(3), tx.Now, Hold{DealID: "X", OrgID: "firm3", Way: Transfer, Exclusive: true})
	})
	must(t, err)
	_, err = w.s.deals.Insert(ctx, "L2", late)
	must(t, err)
	w.due()
	if after, err = w.s.deals.Get(ctx, "L2"); err != nil || after.Body.State != Cancelled || after.Body.Reason == "" {
		t.Errorf("%s %v", after.Body.State, err)
	}
}
