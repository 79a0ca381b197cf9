package seed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"
	"golang.org/x/sync/errgroup"

	searchapi "lianbang/search/api"
	accountapi "lianbang/services/account/api"
	demandapi "lianbang/services/demand/api"
	notifyapi "lianbang/services/notify/api"
)

// The authority's people of the demo.
var (
	cityOperator     = phone(1)
	districtOperator = phone(2)
)

// districtOfDemo is the district with an operator of its own; the city's operator reviews the others.
const districtOfDemo = "lanjiang"

// event is one thing that happens at an instant of the story.
type event struct {
	at time.Time
	do func(ctx context.Context) error
}

// loader tells the story.
type loader struct {
	*caller
	*content
	begin  time.Time
	now    time.Time
	orgIDs map[string]string // by key
	made   map[string]string // achievements' ids, by key
	events []event
}

// at plans something for a time of day of the story, never for later than now.
func (l *loader) at(day int, hour, minute int, do func(ctx context.Context) error) {
	when := l.time(day, hour, minute)
	if last := l.now.Add(-10 * time.Minute); when.After(last) {
		when = last
	}
	l.events = append(l.events, event{when, do})
}

// time is an instant of the story; the story begins at eight in the morning of day 0.
func (l *loader) time(day, hour, minute int) time.Time {
	return l.begin.Add(time.Duration(day)*24*time.Hour + time.Duration(hour-8)*time.Hour + time.Duration(minute)*time.Minute)
}

// run lets everything happen in its order.
func (l *loader) run(ctx context.Context) error {
	for len(l.events) > 0 {
		slices.SortStableFunc(l.events, func(a, b event) int { return a.at.Compare(b.at) }) // one may have planned another
		e := l.events[0]
		l.events = l.events[1:]
		if e.at.After(l.t.Clock.Now()) {
			l.t.Clock.Freeze(e.at)
		}
		if err := e.do(ctx); err != nil {
			return err
		}
	}
	if l.now.After(l.t.Clock.Now()) {
		l.t.Clock.Freeze(l.now)
	}
	return nil
}

// staff makes the authority's people: the first with the server's own key, the other as the first.
func (l *loader) staff(ctx context.Context) error {
	account, err := accountapi.NewClientWithResponses("http://account", accountapi.WithHTTPClient(l.t.Peers))
	if err != nil {
		return err
	}
	first, err := account.AddStaffInternalWithResponse(ctx, accountapi.StaffInput{Phone: cityOperator, Name: "周科长", Password: Password, Post: accountapi.CityOperator})
	if err != nil {
		return err
	}
	if first.JSON201 == nil {
		return fmt.Errorf("seed: the first operator: %s %s", first.Status(), first.Body)
	}
	return l.do(ctx, cityOperator, http.MethodPost, "/api/v1/staff", "", accountapi.StaffInput{Phone: districtOperator, Name: "江老师",
		Password: Password, Post: accountapi.DistrictOperator, DistrictCode: districtOfDemo}, nil)
}

// reviewer is who decides for a district.
func reviewer(district string) string {
	if district == districtOfDemo {
		return districtOperator
	}
	return cityOperator
}

// fewerPushes fits the number of organisations told of a new demand to a city with few of them; nothing else of the settings changes.
func (l *loader) fewerPushes(ctx context.Context) error {
	var now demandapi.DemandSettings
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/demand-settings", "", nil, &now); err != nil || now.PushLimit == pushLimit {
		return err
	}
	body := mustJSON(demandapi.DemandSettingsInput{NoticeWorkingDays: now.NoticeWorkingDays, MinPublishDays: now.MinPublishDays,
		ReviewWorkingDays: now.ReviewWorkingDays, CorrectionWorkingDays: now.CorrectionWorkingDays, PushLimit: pushLimit, MaxWinners: now.MaxWinners,
		Criteria: now.Criteria, Unverified: now.Unverified, Reason: "演示城市的机构较少，每项需求只推送给最合适的几家。"})
	_, err := l.send(ctx, cityOperator, http.MethodPut, "/api/v1/demand-settings", "", "application/json", body, nil, fmt.Sprintf(`"%d"`, now.Rev))
	return err
}

const pushLimit = 8

// mark says of the city's authority that it is a demo, wherever it is named.
func (l *loader) mark(ctx context.Context) error {
	const demo = "（演示）"
	var now accountapi.Reference
	if err := l.do(ctx, "", http.MethodGet, "/api/v1/reference", "", nil, &now); err != nil || strings.HasSuffix(now.AuthorityName, demo) {
		return err
	}
	body := mustJSON(accountapi.ReferenceInput{CityCode: now.CityCode, CityName: now.CityName, CityNameEn: now.CityNameEn,
		AuthorityName: now.AuthorityName + demo, Districts: now.Districts, Chains: now.Chains, TitleKinds: now.TitleKinds})
	_, err := l.send(ctx, cityOperator, http.MethodPut, "/api/v1/reference", "", "application/json", body, nil, fmt.Sprintf(`"%d"`, now.Rev))
	return err
}

// keepSessions refreshes everybody's session, since one ends after two weeks without use and signing in costs a password hash.
func (l *loader) keepSessions(ctx context.Context) error {
	for phone := range l.users {
		if _, err := l.session(ctx, phone); err != nil {
			return err
		}
	}
	return nil
}

// together is how many sign up at the same time: what costs is hashing their passwords.
const together = 4

// signUps makes some organisations at once, those whose story begins on the first day.
func (l *loader) signUps(ctx context.Context, some []*organisation) error {
	var group errgroup.Group
	for _, o := range some {
		if o.State == "verified" {
			group.Go(func() error { return l.signUp(ctx, o) })
		}
	}
	return group.Wait()
}

// signUp makes an organisation with its owner, as far as its story goes.
func (l *loader) signUp(ctx context.Context, o *organisation) error {
	founded, err := time.Parse(time.DateOnly, o.Founded)
	if err != nil {
		return err
	}
	in := accountapi.OrganisationInput{
		Name: o.Name, CreditCode: o.creditCode(), DistrictCode: o.District, ChainCodes: o.Chains, IndustryCode: o.Industry,
		SizeClass: accountapi.SizeClass(o.Size), Employees: o.Employees, RevenueFen: o.RevenueWan * 1_000_000, AssetsFen: o.AssetsWan * 1_000_000,
		FoundedOn: openapi_types.Date{Time: founded}, Summary: o.Summary, Products: o.Products,
		Contact: accountapi.Contact{Name: o.Contact, Phone: o.phone()},
	}
	for _, k := range o.Capacities {
		in.Capacities = append(in.Capacities, accountapi.Capacity(k))
	}
	for _, k := range []string{"equipment", "certificates", "spareCapacity", "customers"} {
		if v := o.Facts[k]; v != "" {
			in.Facts = append(in.Facts, accountapi.FactInput{Key: k, Value: v})
		}
	}
	person := accountapi.SignUpInput{Phone: o.phone(), Name: o.Contact, Password: Password, Organisation: in}
	if slices.ContainsFunc(accounts, func(a demoAccount) bool { return a.org == o.Key }) {
		person.Email = o.Key + "@demo.lianbang.invalid"
	}
	var started accountapi.Session
	cookies, err := l.send(ctx, "", http.MethodPost, "/api/v1/auth/sign-up", "org-"+o.Key, "application/json", mustJSON(person), &started)
	if err != nil {
		return err
	}
	mine := l.opened(o.phone(), started, cookies).me.Organisation
	l.mu.Lock()
	l.orgIDs[o.Key] = mine.OrgId
	l.mu.Unlock()
	if o.State == "registered" || mine.State != accountapi.OrganisationStateRegistered {
		return nil
	}
	path := "/api/v1/organisations/" + mine.OrgId
	if err := l.upload(ctx, o.phone(), path+"/evidence", "营业执照（演示）.pdf", evidence("Business licence "+o.creditCode()), map[string]string{"kind": "licence"}); err != nil {
		return err
	}
	return l.do(ctx, o.phone(), http.MethodPost, path+"/submit", "", nil, nil)
}

// review decides on an organisation that waits, and enters its titles.
func (l *loader) review(ctx context.Context, o *organisation) error {
	path, by := "/api/v1/organisations/"+l.orgIDs[o.Key], reviewer(o.District)
	var org accountapi.Organisation
	if err := l.do(ctx, by, http.MethodGet, path, "", nil, &org); err != nil {
		return err
	}
	if org.State == accountapi.OrganisationStateSubmitted {
		switch o.State {
		case "returned":
			return l.do(ctx, by, http.MethodPost, path+"/return", "", accountapi.ReasonInput{Reason: "营业执照扫描件不清楚，统一社会信用代码看不全；请重新上传彩色扫描件。"}, nil)
		case "verified":
			if err := l.do(ctx, by, http.MethodPost, path+"/verify", "", accountapi.VerifyInput{Note: "证照与登记信息一致。"}, nil); err != nil {
				return err
			}
		}
	}
	if o.State != "verified" || len(org.Titles) >= len(o.Titles) {
		return nil
	}
	year := l.begin.Year()
	for i, kind := range o.Titles {
		from := time.Date(year-2+i%2, time.Month(3+2*(o.number%4)), 1, 0, 0, 0, 0, time.UTC)
		err := l.do(ctx, by, http.MethodPost, path+"/titles", "title-"+o.Key+"-"+kind, accountapi.TitleInput{Kind: kind, Issuer: "演示认定机关",
			Batch: fmt.Sprintf("%d年度", from.Year()), ValidFrom: openapi_types.Date{Time: from}, ValidTo: openapi_types.Date{Time: from.AddDate(3, 0, -1)}}, nil)
		if err != nil && !isStatus(err, http.StatusConflict) { // entered before
			return err
		}
	}
	return nil
}

// indexed waits until search knows the verified organisations, so that the first demands are pushed to those they fit. A search
// service that is away only makes the demo poorer.
func (l *loader) indexed(ctx context.Context) error {
	want := 0
	for _, o := range l.orgs {
		if o.State == "verified" {
			want++
		}
	}
	return l.eventually(ctx, 15*time.Second, func() (bool, error) {
		var page searchapi.SearchPage
		err := l.do(ctx, "", http.MethodGet, "/api/v1/search?type=organisation&pageSize=1", "", nil, &page)
		return err == nil && int(page.Total) >= want, nil
	})
}

// eventually polls what the product does by itself, in real time. Not within the limit is no error.
func (l *loader) eventually(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

// readOld marks what the demo accounts got more than three days ago as read, so that a visitor meets an inbox somebody uses.
func (l *loader) readOld(ctx context.Context) error {
	for _, a := range Accounts() {
		var page notifyapi.MessagePage
		if err := l.do(ctx, a.Phone, http.MethodGet, "/api/v1/inbox?limit=200", "", nil, &page); err != nil {
			return err
		}
		for _, m := range page.Items {
			if m.At.After(l.now.Add(-72 * time.Hour)) {
				continue
			}
			if err := l.do(ctx, a.Phone, http.MethodPost, "/api/v1/inbox/read-all", "", map[string]string{"upTo": m.Id}, nil); err != nil {
				return err
			}
			break
		}
	}
	return nil
}

// told is a demand as far as it has been told.
type told struct {
	*story
	id    string
	state demandapi.DemandState
	bids  map[string]string // bid ids by the bidder's key
	by    string            // the issuer's phone
}

func (t *told) path() string { return "/api/v1/demands/" + t.id }

// plan writes a story into the timetable. i tells stories of one day apart.
func (l *loader) plan(s *story, i int) {
	t := &told{story: s, bids: map[string]string{}, by: l.byKey[s.Issuer].phone()}
	minute := i * 7 % 50
	l.at(s.Day, 9, minute, func(ctx context.Context) error { return l.create(ctx, t) })
	review := func(day int, decide string, in any) {
		l.at(day, 14, minute, func(ctx context.Context) error {
			return l.step(ctx, t, reviewer(l.byKey[s.Issuer].District), demandapi.DemandStateSubmitted, decide, in)
		})
	}
	if s.Outcome == "draft" {
		return
	}
	if s.Outcome == "withdrawn" {
		l.at(s.Day+3, 10, minute, func(ctx context.Context) error {
			return l.step(ctx, t, t.by, demandapi.DemandStateDraft, "/withdraw", demandapi.ReasonInput{Reason: s.Reason})
		})
		return
	}
	l.at(s.Day, 11, minute, func(ctx context.Context) error {
		return l.step(ctx, t, t.by, demandapi.DemandStateDraft, "/submit", nil)
	})
	switch s.Outcome {
	case "submitted":
		return
	case "returned":
		review(s.Day+2, "/return", demandapi.ReasonInput{Reason: s.Reason})
		return
	case "rejected":
		review(s.Day+2, "/reject", demandapi.ReasonInput{Reason: s.Reason})
		return
	}
	review(s.Day+1, "/approve", demandapi.NoteInput{Note: "背景、难点和指标对应清楚，同意发布。"})
	l.at(s.Day+1, 15, minute, func(ctx context.Context) error { // what its district passed is the city's to approve
		return l.step(ctx, t, cityOperator, demandapi.DemandStateSubmitted, "/approve", demandapi.NoteInput{Note: "同意发布。"})
	})
	if s.Outcome == "approved" {
		return
	}
	t.publish(l, minute, i)
}

// publish plans what follows an approval: publishing, bids, and for most the end of it.
func (t *told) publish(l *loader, minute, i int) {
	published, closes := t.Day+2, t.Day+22
	switch t.Outcome {
	case "open":
		published, closes = t.Day+1, today+t.Left
	case "evaluating":
		closes = today - 6 + i%3
	case "award_notice":
		closes = today - 10 + i%2
	case "terminated":
		closes = t.Day + 32
	}
	deadline := l.time(closes, 17, 0)
	l.at(published, 16, minute, func(ctx context.Context) error {
		return l.step(ctx, t, t.by, demandapi.DemandStateApproved, "/publish", demandapi.PublishInput{Deadline: deadline})
	})
	if t.Outcome != "open" && t.Outcome != "terminated" {
		l.at(closes, 17, 1, func(ctx context.Context) error { return l.closed(ctx, t) }) // on time, not whenever the story goes on
	}
	last := min(closes, today)
	for k, o := range t.Bids {
		day := published + 1 + (last-published-2)*(k+1)/(len(t.Bids)+1)
		if t.Outcome == "terminated" {
			day = published + 3 + 4*k
		}
		draft := t.Outcome == "open" && k == 2 // a third bidder is still writing
		hour := 9 + (3*k+i)%8
		if day <= published {
			day, hour = published, 17
		}
		l.at(day, hour, (17*k+11*i)%60, func(ctx context.Context) error { return l.bid(ctx, t, o, draft) })
	}
	switch t.Outcome {
	case "terminated":
		l.at(t.Day+16, 10, minute, func(ctx context.Context) error {
			return l.step(ctx, t, t.by, demandapi.DemandStatePublished, "/terminate", demandapi.ReasonInput{Reason: t.Reason})
		})
	case "evaluating":
		l.at(closes+1, 10, minute, func(ctx context.Context) error { return l.evaluate(ctx, t, 2) })
	case "award_notice", "awarded", "no_award":
		l.at(closes+1, 9, minute, func(ctx context.Context) error { return l.askForPapers(ctx, t) })
		l.at(closes+3, 10, minute, func(ctx context.Context) error { return l.evaluate(ctx, t, len(t.Bids)) })
		decided := closes + 6
		if t.Outcome == "award_notice" {
			decided = today - 3 + i%3
		}
		l.at(decided, 15, minute, func(ctx context.Context) error { return l.decide(ctx, t) })
	}
}

// create makes the draft; again it finds it.
func (l *loader) create(ctx context.Context, t *told) error {
	o := l.byKey[t.Issuer]
	yes, no := true, false
	in := demandapi.DemandInput{Title: t.Title, Kind: demandapi.DemandKind(t.Kind), Mode: demandapi.Open, Chain: t.Chain, District: o.District, IndustryCode: t.Industry,
		Brief: t.Brief, Background: t.Background, Difficulty: t.Difficulty, Content: t.Content, Targets: t.Targets, BudgetFen: t.BudgetWan * 1_000_000,
		BudgetNegotiable: t.BudgetWan == 0, TimeLimitMonths: t.Months, IpTerms: t.IP, BidConditions: t.Conditions, ItemNumber: "DEMO-" + t.Key,
		DemandPublic: &yes, IssuerPublic: &yes, AchievementId: l.made[t.Achievement], Contact: demandapi.Contact{Name: o.Contact, Phone: o.phone()}}
	if t.Issuer == lister {
		in.ListName = listOf(in.Kind)
	}
	for _, w := range t.Ways {
		in.CooperationWays = append(in.CooperationWays, demandapi.CooperationWay(w))
	}
	if t.HiddenIssuer {
		in.IssuerPublic = &no
	}
	if len(t.Audience) > 0 {
		in.DemandPublic = &no
		for _, key := range t.Audience {
			in.AudienceOrgIds = append(in.AudienceOrgIds, l.orgIDs[key])
		}
	}
	var d demandapi.Demand
	err := l.do(ctx, t.by, http.MethodPost, "/api/v1/demands", "demand-"+t.Key, in, &d)
	t.id, t.state = d.Id, d.State
	if err != nil || t.state != demandapi.DemandStateDraft || len(d.Attachments) > 0 || len(t.Key)%4 != 0 {
		return err
	}
	return l.upload(ctx, t.by, t.path()+"/attachments", "技术需求说明（演示）.pdf", evidence("Technical annex "+t.Key), nil) // some have an annex
}

// step moves a demand on, unless it is no longer where the step begins: then the step was taken before.
func (l *loader) step(ctx context.Context, t *told, as string, from demandapi.DemandState, path string, in any) error {
	if t.state != from {
		return nil
	}
	var d demandapi.Demand
	err := l.do(ctx, as, http.MethodPost, t.path()+path, "", in, &d)
	t.state = d.State
	return err
}

// bid places a bid and, unless it stays a draft, submits it.
func (l *loader) bid(ctx context.Context, t *told, o offer, draft bool) error {
	org := l.byKey[o.Org]
	var placed demandapi.Bid
	err := l.do(ctx, org.phone(), http.MethodGet, t.path()+"/my-bid", "", nil, &placed)
	if err != nil && !isStatus(err, http.StatusNotFound) {
		return err
	}
	if err != nil {
		var filled demandapi.BidPrefill
		if err := l.do(ctx, org.phone(), http.MethodGet, t.path()+"/bid-prefill", "", nil, &filled); err != nil {
			return err
		}
		in := demandapi.BidInput{Docking: filled.Docking, Prefilled: filled.Prefilled, Application: demandapi.ApplicationForm{
			Title: "关于“" + short(t.Title, 40) + "”的申请", Capability: org.Summary, Team: l.team(t.story, o), Plan: o.Plan,
			PriceFen: o.PriceWan * 1_000_000, ScheduleMonths: o.Months, Schedule: o.schedule(), CooperationWay: demandapi.CooperationWay(t.Ways[0])}, AchievementId: l.made[o.Achievement]}
		if err := l.do(ctx, org.phone(), http.MethodPost, t.path()+"/bids", "bid-"+t.Key+"-"+o.Org, in, &placed); err != nil {
			return err
		}
	}
	t.bids[o.Org] = placed.Id
	if draft || placed.State != demandapi.BidStateDraft {
		return nil
	}
	return l.do(ctx, org.phone(), http.MethodPost, bidPath(placed.Id)+"/submit", "", nil, nil)
}

func bidPath(id string) string { return "/api/v1/bids/" + id }

func short(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}

// closed waits until the product itself has ended the bidding.
func (l *loader) closed(ctx context.Context, t *told) error {
	var d demandapi.Demand
	err := l.eventually(ctx, 20*time.Second, func() (bool, error) {
		err := l.do(ctx, t.by, http.MethodGet, t.path(), "", nil, &d)
		return d.State != demandapi.DemandStatePublished, err
	})
	if err == nil && d.State == demandapi.DemandStatePublished {
		err = errors.New("seed: " + t.Key + " does not close")
	}
	t.state = d.State
	return err
}

// evaluable reports whether the demand is still before its decision.
func (t *told) evaluable() bool {
	return t.state == demandapi.DemandStateBiddingClosed || t.state == demandapi.DemandStateEvaluating
}

// askForPapers is the formal check of the bids that lack papers; one that has them by the story's end hands them in the same day.
func (l *loader) askForPapers(ctx context.Context, t *told) error {
	if err := l.closed(ctx, t); err != nil || !t.evaluable() {
		return err
	}
	for _, o := range t.Bids {
		if o.Formal != "corrected" {
			continue
		}
		var b demandapi.Bid
		if err := l.do(ctx, t.by, http.MethodGet, bidPath(t.bids[o.Org]), "", nil, &b); err != nil {
			return err
		}
		if b.Formal.Outcome != "" {
			continue
		}
		if err := l.check(ctx, t, o, "correction"); err != nil {
			return err
		}
		by, path := l.byKey[o.Org].phone(), bidPath(t.bids[o.Org])
		if err := l.upload(ctx, by, path+"/attachments?part=formal", o.Missing[0]+"（演示）.pdf", evidence("Formal paper"), nil); err != nil {
			return err
		}
		if err := l.do(ctx, by, http.MethodPost, path+"/correction", "", demandapi.NoteInput{Note: "已补齐，请查收。"}, nil); err != nil {
			return err
		}
	}
	return nil
}

// check records a formal check.
func (l *loader) check(ctx context.Context, t *told, o offer, outcome demandapi.FormalCheckInputOutcome) error {
	in := demandapi.FormalCheckInput{Outcome: outcome}
	switch outcome {
	case "fail":
		in.Reason = o.Why
	case "correction":
		in.Missing, in.Reason = o.Missing, "材料不全，请在期限内补齐；方案和报价不能修改。"
	}
	return l.do(ctx, t.by, http.MethodPost, bidPath(t.bids[o.Org])+"/check", "", in, nil)
}

// evaluate checks every bid and scores the first few.
func (l *loader) evaluate(ctx context.Context, t *told, scored int) error {
	if err := l.closed(ctx, t); err != nil || !t.evaluable() {
		return err
	}
	for k, o := range t.Bids {
		outcome := demandapi.FormalCheckInputOutcome("pass")
		if o.Formal == "fail" || o.Formal == "correction" {
			outcome = demandapi.FormalCheckInputOutcome(o.Formal)
		}
		var b demandapi.Bid
		if err := l.do(ctx, t.by, http.MethodGet, bidPath(t.bids[o.Org]), "", nil, &b); err != nil {
			return err
		}
		if b.Formal.Outcome == "" || b.Formal.Outcome == "correction" && o.Formal == "corrected" {
			if err := l.check(ctx, t, o, outcome); err != nil {
				return err
			}
		}
		if outcome != "pass" || k >= scored || len(b.Scores) > 0 {
			continue
		}
		var in demandapi.ScoreInput
		for i, key := range criteria {
			in.Scores = append(in.Scores, struct {
				Key    string `json:"key"`
				Reason string `json:"reason"`
				Score  int    `json:"score"`
			}{key, l.scoreReason(t.story, o, i), o.Scores[i]})
		}
		if err := l.do(ctx, t.by, http.MethodPut, bidPath(t.bids[o.Org])+"/scores", "", in, nil); err != nil {
			return err
		}
		if k == 0 && t.Outcome != "no_award" || o.Scores[2] >= 80 {
			err := l.do(ctx, t.by, http.MethodPost, bidPath(t.bids[o.Org])+"/shortlist", "", map[string]any{"shortlisted": true}, nil)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// decide awards the first bid, or nobody, and publishes it with a reason for each loser.
func (l *loader) decide(ctx context.Context, t *told) error {
	var d demandapi.Demand
	if err := l.do(ctx, t.by, http.MethodGet, t.path(), "", nil, &d); err != nil {
		return err
	}
	if d.State != demandapi.DemandStateEvaluating {
		return nil
	}
	var feedback []demandapi.LossReason
	for k, o := range t.Bids {
		if k > 0 || t.Outcome == "no_award" {
			feedback = append(feedback, demandapi.LossReason{BidId: t.bids[o.Org], Reason: o.Why})
		}
	}
	if t.Outcome == "no_award" {
		return l.do(ctx, t.by, http.MethodPost, t.path()+"/no-award", "", demandapi.NoAwardInput{Reason: t.Reason, Feedback: feedback}, nil)
	}
	winner := t.Bids[0]
	if err := l.do(ctx, t.by, http.MethodPut, t.path()+"/award", "", demandapi.AwardInput{Winners: []string{t.bids[winner.Org]}, Reason: winner.Why, Feedback: feedback}, nil); err != nil {
		return err
	}
	if err := l.do(ctx, t.by, http.MethodPost, t.path()+"/award/publish", "", nil, &d); err != nil {
		return err
	}
	if err := l.eventually(ctx, 20*time.Second, func() (bool, error) { // the notice is put up beside the answer
		err := l.do(ctx, t.by, http.MethodGet, t.path(), "", nil, &d)
		return d.Notice.State != demandapi.NoticePlanned, err
	}); err != nil {
		return err
	}
	if ends := d.Notice.EndsAt.Add(time.Minute); ends.Before(l.now) {
		l.events = append(l.events, event{ends, func(ctx context.Context) error { return l.concluded(ctx, t) }})
	}
	return nil
}

// concluded waits until the product itself has ended the award notice.
func (l *loader) concluded(ctx context.Context, t *told) error {
	var d demandapi.Demand
	err := l.eventually(ctx, 20*time.Second, func() (bool, error) {
		err := l.do(ctx, t.by, http.MethodGet, t.path(), "", nil, &d)
		return d.State != demandapi.DemandStateAwardNotice, err
	})
	if err == nil && d.AwardedAt.IsZero() { // a repeated telling finds it further on
		err = fmt.Errorf("seed: %s is %s after its notice", t.Key, d.State)
	}
	return err
}

// mustJSON encodes one of our own inputs.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs encode
	}
	return b
}
