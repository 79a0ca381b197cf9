package seed

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"
	"golang.org/x/sync/errgroup"

	engagementapi "lianbang/services/engagement/api"
)

// This file gives the providers their last year: services done before the product was there, entered afterwards (补录) with a contract, and
// confirmed and rated by their clients, so that figures and evaluations have a year to show.

// The day the providers enter their records, and the days their clients answer.
const (
	recordDay  = poolAdmits + 2
	confirmDay = recordDay + 3
)

// recordMonths is how many months before the records are entered the first of them ended, and recordsEach how many ended in each.
const (
	recordMonths = 11
	recordsEach  = 4
)

// record is one service done elsewhere.
type record struct {
	number           int
	provider, client *organisation
	offer            int
	pool             *pooled
	from, to         time.Time
	marks            [3]int
	words            string
}

// recordWords are what clients say, with the marks they give.
var recordWords = []struct {
	marks [3]int
	words string
}{
	{[3]int{5, 5, 4}, "方案贴合我们车间的实际，交付按约定，后续问题也有人管。"},
	{[3]int{4, 4, 4}, "成果达到约定，沟通顺畅。"},
	{[3]int{5, 4, 5}, "专业，收费明白，帮我们少走了弯路。"},
	{[3]int{4, 3, 4}, "成果可靠，排期比约定晚了几天。"},
	{[3]int{3, 4, 3}, "基本解决问题，现场人员经验一般。"},
	{[3]int{5, 5, 5}, "一次做成，数据和资料都交得清楚。"},
}

// planRecords spreads services over the last year, a provider and a client at a time.
func (l *loader) planRecords() {
	var providers []*pooled
	for _, p := range l.pool {
		if o := l.byKey[p.Key]; p.Outcome == "admitted" && len(p.Offers) > 0 && o != nil && !l.left(o) {
			providers = append(providers, p)
		}
	}
	var clients []*organisation
	for _, o := range l.orgs {
		if o.State == "verified" && slices.Contains(o.Capacities, "sme") && !slices.Contains(o.Capacities, "provider") {
			clients = append(clients, o)
		}
	}
	if l.t.Few || len(providers) == 0 || len(clients) == 0 {
		return
	}
	var all []*record
	for i := range recordMonths * recordsEach {
		p, said := providers[i%len(providers)], recordWords[i%len(recordWords)]
		to := l.time(recordDay, 0, 0).AddDate(0, -1-i/recordsEach, -(i%recordsEach)*6)
		all = append(all, &record{number: i, pool: p, provider: l.byKey[p.Key], client: clients[(i*5+i/len(clients))%len(clients)], offer: i % len(p.Offers), from: to.AddDate(0, 0, -20-i%15), to: to,
			marks: said.marks, words: said.words})
	}
	l.at(recordDay, 14, 0, func(ctx context.Context) error { return l.recordsTogether(ctx, all, l.enter) })
	l.at(confirmDay, 14, 0, func(ctx context.Context) error { return l.recordsTogether(ctx, all, l.confirmRecord) })
}

func (l *loader) recordsTogether(ctx context.Context, all []*record, step func(context.Context, *record) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, r := range all {
		group.Go(func() error { return step(ctx, r) })
	}
	return group.Wait()
}

func (r *record) subject() string {
	return fmt.Sprintf("%s（%s）", r.pool.Offers[r.offer].Title, r.to.In(city).Format("2006年1月"))
}

// twice is a record proved by the paper of another one of its provider's, for the checks to find.
const twice, twiceOf = 40, 5

// paper is the number of the contract that proves the record.
func (r *record) paper() int {
	if r.number == twice {
		return twiceOf
	}
	return r.number
}

// entered finds a record among its provider's; nil when it is not entered yet.
func (l *loader) entered(ctx context.Context, r *record) (*engagementapi.Engagement, error) {
	var page engagementapi.EngagementPage
	if err := l.do(ctx, r.provider.phone(), http.MethodGet, "/api/v1/engagements?side=provider&limit=100", "", nil, &page); err != nil {
		return nil, err
	}
	for i, e := range page.Items {
		if e.Subject == r.subject() && e.Client.OrgId == l.orgIDs[r.client.Key] {
			return &page.Items[i], nil
		}
	}
	return nil, nil
}

// enter is the provider's part: the contract and what was done.
func (l *loader) enter(ctx context.Context, r *record) error {
	if there, err := l.entered(ctx, r); err != nil || there != nil {
		return err
	}
	by, offer := r.provider.phone(), r.pool.Offers[r.offer]
	var paper engagementapi.EngagementFile
	if err := l.uploadFor(ctx, by, "/api/v1/engagement-files", "服务合同（演示）.pdf", evidence(fmt.Sprint("Contract ", r.paper())), nil, &paper); err != nil {
		return err
	}
	category := r.pool.Categories[slices.IndexFunc(r.pool.Categories, func(c string) bool { return len(offer.Subservice) > len(c) && offer.Subservice[:len(c)+1] == c+"-" })]
	in := engagementapi.OfflineInput{ClientOrgId: l.orgIDs[r.client.Key], Category: category, Subject: r.subject(), Need: offer.Solves + "。", District: r.client.District,
		From: openapi_types.Date{Time: r.from}, To: openapi_types.Date{Time: r.to}, AmountFen: int64(2+r.number*7%19) * 1_000_000, Result: "成果已按约定交付并验收。", ContractFileIds: []string{paper.Id}}
	return l.do(ctx, by, http.MethodPost, "/api/v1/engagement-records", fmt.Sprint("record-", r.number), in, nil)
}

// confirmRecord is the client's part. The last record still waits for its client, and the one before it is not remembered by the client.
func (l *loader) confirmRecord(ctx context.Context, r *record) error {
	e, err := l.entered(ctx, r)
	if err != nil || e == nil || e.State != "delivered" || r.number == recordMonths*recordsEach-1 {
		return err
	}
	by, path := r.client.phone(), "/api/v1/engagements/"+e.Id
	if r.number == recordMonths*recordsEach-2 {
		return l.do(ctx, by, http.MethodPost, path+"/offline/refuse", "", engagementapi.ReasonInput{Reason: "合同由关联公司签订，不是本单位的服务。"}, nil)
	}
	if err := l.do(ctx, by, http.MethodPost, path+"/offline/confirm", "", nil, nil); err != nil {
		return err
	}
	return l.do(ctx, by, http.MethodPost, path+"/rating", "", engagementapi.RatingInput{Text: r.words, Marks: []engagementapi.Mark{{Key: "quality", Score: r.marks[0]},
		{Key: "timeliness", Score: r.marks[1]}, {Key: "value", Score: r.marks[2]}}}, nil)
}
