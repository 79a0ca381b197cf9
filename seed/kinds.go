package seed

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	demandapi "lianbang/services/demand/api"
)

// dealing is the story of one demand that is no open challenge: quotes, trials, talks, a directed or a consortium demand. Days count as in
// story; a demand without Closes is rolling.
type dealing struct {
	Key         string   `json:"key"`
	Issuer      string   `json:"issuer"`
	Kind        string   `json:"kind"`
	Mode        string   `json:"mode"`
	Chain       string   `json:"chain"`
	Title       string   `json:"title"`
	Brief       string   `json:"brief"`
	Background  string   `json:"background"`
	Difficulty  string   `json:"difficulty"`
	Content     string   `json:"content"`
	Targets     []string `json:"targets"`
	Conditions  string   `json:"conditions"`
	BudgetWan   int64    `json:"budgetWan"` // 0 is 面议
	Months      int      `json:"months"`
	Ways        []string `json:"ways"`
	Quantity    int64    `json:"quantity"`
	Unit        string   `json:"unit"`
	PaymentDays int      `json:"paymentDays"`
	TrialDays   int      `json:"trialDays"`
	Category    string   `json:"category"` // of the eight service categories
	Invited     []string `json:"invited"`
	Day         int      `json:"day"`
	Closes      int      `json:"closes"`
	Rolling     bool     `json:"rolling"`
	Outcome     string   `json:"outcome"` // "" is open; awarded, closed
	Reason      string   `json:"reason"`
	Answers     []reply  `json:"answers"`
}

// reply is one answer to a dealing, with what came of it.
type reply struct {
	Org          string   `json:"org"`
	Day          int      `json:"day"`
	UnitPriceFen int64    `json:"unitPriceFen"`
	LeadTimeDays int      `json:"leadTimeDays"`
	Capacity     int64    `json:"capacity"`
	Certificates []string `json:"certificates"`
	Note         string   `json:"note"`
	Product      string   `json:"product"`
	Plan         string   `json:"plan"`
	Days         int      `json:"days"`
	Intent       string   `json:"intent"`
	PriceWan     int64    `json:"priceWan"`
	Months       int      `json:"months"`
	Accept       bool     `json:"accept"` // of an invited one; without it the reason is why it declined
	Trial        string   `json:"trial"`  // the terms it was offered and took
	Report       string   `json:"report"`
	Bought       int64    `json:"bought"` // 万元 of the purchase after the trial
	Talks        []string `json:"talks"`  // the issuer's and its own, by turns
	Member       string   `json:"member"` // of its consortium
	Role         string   `json:"role"`
	Share        int      `json:"share"` // basis points: of the purchase, or the lead's of work and money
	Why          string   `json:"why"`
}

// planDealing writes a dealing into the timetable, unless somebody in it is left out of a short telling.
func (l *loader) planDealing(d *dealing, i int) {
	cast := append([]string{d.Issuer}, d.Invited...)
	for _, r := range d.Answers {
		cast = append(cast, r.Org)
		if r.Member != "" {
			cast = append(cast, r.Member)
		}
	}
	for _, key := range cast {
		if !slices.ContainsFunc(l.orgs, func(o *organisation) bool { return o.Key == key }) {
			return
		}
	}
	t := &told{story: &story{Key: d.Key}, bids: map[string]string{}, by: l.byKey[d.Issuer].phone()}
	minute := 5 + i*6%50
	l.at(d.Day, 9, minute, func(ctx context.Context) error { return l.openDealing(ctx, t, d) })
	for _, r := range d.Answers {
		l.at(r.Day, 10, minute, func(ctx context.Context) error { return l.reply(ctx, t, d, r) })
	}
	if d.Outcome == "" {
		return
	}
	l.at(d.Closes, 17, 1, func(ctx context.Context) error { return l.closed(ctx, t) })
	l.at(d.Closes+2, 10, minute, func(ctx context.Context) error { return l.endDealing(ctx, t, d) })
}

// once takes a step that a repeated telling finds taken: a conflict is no failure.
func (l *loader) once(ctx context.Context, as, path string, in any) error {
	if err := l.do(ctx, as, http.MethodPost, path, "", in, nil); err != nil && !isStatus(err, http.StatusConflict) {
		return err
	}
	return nil
}

// openDealing brings the demand from its draft to its publishing, all on one day.
func (l *loader) openDealing(ctx context.Context, t *told, d *dealing) error {
	o := l.byKey[d.Issuer]
	in := demandapi.DemandInput{Title: d.Title, Kind: demandapi.DemandKind(d.Kind), Mode: demandapi.AwardMode(d.Mode), Chain: d.Chain, District: o.District,
		Brief: d.Brief, Background: d.Background, Difficulty: d.Difficulty, Content: d.Content, Targets: d.Targets, BidConditions: d.Conditions,
		BudgetFen: d.BudgetWan * 1_000_000, BudgetNegotiable: d.BudgetWan == 0, TimeLimitMonths: d.Months, Quantity: d.Quantity, Unit: d.Unit,
		Payment: demandapi.Payment{Days: d.PaymentDays}, TrialDays: d.TrialDays, ServiceCategory: d.Category, ItemNumber: "DEMO-" + d.Key,
		Contact: demandapi.Contact{Name: o.Contact, Phone: o.phone()}}
	for _, w := range d.Ways {
		in.CooperationWays = append(in.CooperationWays, demandapi.CooperationWay(w))
	}
	if d.Issuer == lister {
		in.ListName = listOf(in.Kind)
	}
	for _, key := range d.Invited {
		in.AudienceOrgIds = append(in.AudienceOrgIds, l.orgIDs[key])
	}
	var made demandapi.Demand
	if err := l.do(ctx, t.by, http.MethodPost, "/api/v1/demands", "demand-"+d.Key, in, &made); err != nil {
		return err
	}
	t.id, t.state = made.Id, made.State
	if err := l.step(ctx, t, t.by, demandapi.DemandStateDraft, "/submit", nil); err != nil {
		return err
	}
	if err := l.step(ctx, t, reviewer(o.District), demandapi.DemandStateSubmitted, "/approve", demandapi.NoteInput{Note: "内容齐全，同意发布。"}); err != nil {
		return err
	}
	if err := l.step(ctx, t, cityOperator, demandapi.DemandStateSubmitted, "/approve", demandapi.NoteInput{Note: "同意发布。"}); err != nil {
		return err
	}
	publish := demandapi.PublishInput{}
	if !d.Rolling {
		publish.Deadline = l.time(d.Closes, 17, 0)
	}
	return l.step(ctx, t, t.by, demandapi.DemandStateApproved, "/publish", publish)
}

// reply answers a demand and takes what the story says follows at once.
func (l *loader) reply(ctx context.Context, t *told, d *dealing, r reply) error {
	by := l.byKey[r.Org].phone()
	if len(d.Invited) > 0 {
		if !r.Accept {
			return l.once(ctx, by, t.path()+"/invite/decline", demandapi.ReasonInput{Reason: r.Why})
		}
		if err := l.once(ctx, by, t.path()+"/invite/accept", nil); err != nil {
			return err
		}
	}
	var filled demandapi.BidPrefill
	if err := l.do(ctx, by, http.MethodGet, t.path()+"/bid-prefill", "", nil, &filled); err != nil {
		return err
	}
	in := demandapi.BidInput{Docking: filled.Docking, Prefilled: filled.Prefilled}
	switch d.Kind {
	case "supply", "service":
		in.Quote = demandapi.QuoteForm{UnitPriceFen: r.UnitPriceFen, Unit: d.Unit, Quantity: d.Quantity, LeadTimeDays: r.LeadTimeDays, MonthlyCapacity: r.Capacity,
			Certificates: r.Certificates, PaymentDays: d.PaymentDays, Note: r.Note, ValidUntil: l.now.Add(60 * 24 * time.Hour).Truncate(24 * time.Hour)}
	case "scenario":
		in.Trial = demandapi.TrialForm{Product: r.Product, Plan: r.Plan, Days: r.Days, Maturity: "小批量"}
	case "project":
		in.Interest = demandapi.InterestForm{Intent: r.Intent, CooperationWay: demandapi.Joint}
	default:
		in.Application = demandapi.ApplicationForm{Title: short(d.Title, 40), Capability: l.byKey[r.Org].Summary, Plan: r.Plan, PriceFen: r.PriceWan * 1_000_000, ScheduleMonths: r.Months}
	}
	var bid demandapi.Bid
	err := l.do(ctx, by, http.MethodGet, t.path()+"/my-bid", "", nil, &bid)
	if isStatus(err, http.StatusNotFound) {
		err = l.do(ctx, by, http.MethodPost, t.path()+"/bids", "bid-"+d.Key+"-"+r.Org, in, &bid)
	}
	if err != nil {
		return err
	}
	t.bids[r.Org] = bid.Id
	path := bidPath(bid.Id)
	if r.Member != "" && bid.State == demandapi.BidStateDraft {
		if err := l.join(ctx, t, r, by, path, in); err != nil {
			return err
		}
	}
	if err := l.once(ctx, by, path+"/submit", nil); err != nil {
		return err
	}
	return l.treat(ctx, t, d, r, path, bid.Talks)
}

// join asks the member in, lets it accept, and writes the shares.
func (l *loader) join(ctx context.Context, t *told, r reply, by, path string, in demandapi.BidInput) error {
	member := l.orgIDs[r.Member]
	var bid demandapi.Bid
	if err := l.do(ctx, by, http.MethodGet, path, "", nil, &bid); err != nil {
		return err
	}
	if len(bid.Members) < 2 {
		if err := l.do(ctx, by, http.MethodPost, path+"/members", "", demandapi.MemberInput{OrgId: member, Role: r.Role}, nil); err != nil {
			return err
		}
	}
	if err := l.once(ctx, l.byKey[r.Member].phone(), path+"/seat/accept", nil); err != nil {
		return err
	}
	in.Application.Shares = []demandapi.MemberShare{{OrgId: l.orgIDs[r.Org], WorkBp: r.Share, MoneyBp: r.Share}, {OrgId: member, WorkBp: 10_000 - r.Share, MoneyBp: 10_000 - r.Share}}
	answer, err := l.rev(ctx, by, path)
	if err != nil {
		return err
	}
	_, err = l.send(ctx, by, http.MethodPut, path, "", "application/json", mustJSON(in), nil, answer)
	return err
}

// rev is the revision of a bid, as If-Match wants it.
func (l *loader) rev(ctx context.Context, by, path string) (string, error) {
	var bid demandapi.Bid
	err := l.do(ctx, by, http.MethodGet, path, "", nil, &bid)
	return fmt.Sprintf(`"%d"`, bid.Rev), err
}

// treat is what the issuer does with one answer where each is dealt with on its own.
func (l *loader) treat(ctx context.Context, t *told, d *dealing, r reply, path string, said int) error {
	by := l.byKey[r.Org].phone()
	type step struct {
		as, path string
		in       any
	}
	var steps []step
	switch {
	case d.Kind == "scenario" && r.Trial != "":
		from := l.t.Clock.Now()
		steps = append(steps, step{t.by, "/trial", demandapi.TrialOffer{From: from, To: from.AddDate(0, 0, r.Days), Terms: r.Trial}}, step{by, "/trial/accept", nil})
		if r.Report != "" {
			steps = append(steps, step{by, "/trial/report", demandapi.TrialReport{Report: r.Report, MetTargets: []int{0, 1}}},
				step{t.by, "/trial/decision", demandapi.PurchaseDecision{Buys: true, AmountFen: r.Bought * 1_000_000, Reason: r.Why}})
		}
	case d.Kind == "scenario":
		steps = append(steps, step{t.by, "/decline", demandapi.ReasonInput{Reason: r.Why}})
	case d.Kind == "project" && said == 0:
		steps = append(steps, step{t.by, "/talks", nil})
		for i, text := range r.Talks {
			steps = append(steps, step{[]string{t.by, by}[i%2], "/messages", demandapi.TalkInput{Text: text}})
		}
	}
	for _, s := range steps {
		if err := l.once(ctx, s.as, path+s.path, s.in); err != nil {
			return err
		}
	}
	return nil
}

// endDealing chooses among the quotes, or concludes a demand whose answers are all dealt with.
func (l *loader) endDealing(ctx context.Context, t *told, d *dealing) error {
	if err := l.closed(ctx, t); err != nil {
		return err
	}
	if d.Outcome == "closed" {
		return l.once(ctx, t.by, t.path()+"/conclude", demandapi.ReasonInput{Reason: d.Reason})
	}
	if !t.evaluable() {
		return nil
	}
	in := demandapi.AwardInput{Reason: d.Reason}
	for _, r := range d.Answers {
		if id := t.bids[r.Org]; r.Share > 0 {
			in.Winners = append(in.Winners, id)
			in.Shares = append(in.Shares, demandapi.AwardShare{BidId: id, Bp: r.Share})
		} else {
			in.Feedback = append(in.Feedback, demandapi.LossReason{BidId: id, Reason: r.Why})
		}
	}
	if err := l.do(ctx, t.by, http.MethodPut, t.path()+"/award", "", in, nil); err != nil {
		return err
	}
	return l.once(ctx, t.by, t.path()+"/award/publish", nil)
}
