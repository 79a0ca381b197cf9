package seed

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	accountapi "lianbang/services/account/api"
	providerapi "lianbang/services/provider/api"
)

// pooled is one institution's way into the provider pool, or out of it, and what it offers there. Those that are not among the
// organisations bring theirs along.
type pooled struct {
	Key          string        `json:"key"`
	Outcome      string        `json:"outcome"` // the state its membership ends in
	Categories   []string      `json:"categories"`
	Subservices  []string      `json:"subservices"`
	Served       int64         `json:"served"`
	Satisfaction int64         `json:"satisfaction"`
	Organisation *organisation `json:"organisation"`
	Offers       []struct {
		Title      string `json:"title"`
		Subservice string `json:"subservice"`
		Solves     string `json:"solves"`
		Days       int64  `json:"days"`
		Special    string `json:"special"`
		Price      struct {
			Model string `json:"model"`
			From  int64  `json:"from"` // yuan
			To    int64  `json:"to"`
			Unit  string `json:"unit"`
		} `json:"price"`
	} `json:"offers"`
}

// The days of the pool's story: the first round of admissions, with a notice long over by now, and those still under way.
const (
	poolApplies = 3
	poolAdmits  = 30
	poolLeaves  = 44
	poolNow     = today - 4
)

// poolExperts score the applications; their numbers are below 100, like those of all staff.
var poolExperts = []struct {
	number                int
	name, employer, title string
}{
	{11, "沈明远", "澜州大学机械学院", "教授"}, {12, "杜若兰", "澜州市标准化协会", "高级工程师"}, {13, "贺知秋", "澜州理工研究院", "研究员"},
}

// atOnce is how many providers take a step at the same time.
const atOnce = 8

// reached are the states a way that ends in an outcome goes through, in order.
func (p *pooled) reached(state string) bool {
	way := []string{"draft", "submitted", "initial_review", "expert_review", "public_notice", "admitted", "suspended"}
	ends := map[string]string{"returned": "submitted", "rejected": "initial_review", "removed": "suspended"}
	end := p.Outcome
	if at, ok := ends[end]; ok {
		end = at
	}
	return slices.Index(way, end) >= slices.Index(way, state)
}

// address is where the institution sits; two of those under review share an office, for the authority to look into.
func (p *pooled) address(o *organisation) string {
	if p.Outcome == "submitted" || p.Outcome == "initial_review" {
		return "演示地址 创智园 3 号楼 5 层"
	}
	return "演示地址 " + fmt.Sprint(o.number) + " 号"
}

// early reports whether the institution belongs to the first round.
func (p *pooled) early() bool { return p.reached("admitted") || p.Outcome == "rejected" }

// planPool writes the pool's story into the timetable.
func (l *loader) planPool() {
	var now, then []*pooled
	for _, p := range l.pool {
		if o := l.byKey[p.Key]; o == nil || l.left(o) {
			continue
		}
		if p.early() {
			then = append(then, p)
		} else {
			now = append(now, p)
		}
	}
	l.at(1, 9, 0, l.poolRegister)
	for day, some := range map[int][]*pooled{poolApplies: then, poolNow: now} {
		l.at(day, 9, 10, func(ctx context.Context) error { return l.poolTogether(ctx, some, l.apply) })
		l.at(day+1, 9, 20, func(ctx context.Context) error { return l.poolTogether(ctx, some, l.vet) })
		l.at(day+2, 9, 30, func(ctx context.Context) error { return l.poolTogether(ctx, some, l.judge) })
	}
	l.at(poolAdmits, 10, 0, func(ctx context.Context) error { return l.poolTogether(ctx, then, l.admit) })
	l.at(poolAdmits+1, 9, 0, func(ctx context.Context) error { return l.poolTogether(ctx, then, l.offer) })
	l.at(poolLeaves, 15, 0, func(ctx context.Context) error { return l.poolTogether(ctx, then, l.leave) })
}

// poolTogether lets several institutions take a step at once. Those who decide on all of them are signed in first, once each.
func (l *loader) poolTogether(ctx context.Context, all []*pooled, step func(context.Context, *pooled) error) error {
	deciders := []string{cityOperator, districtOperator}
	for _, e := range poolExperts {
		deciders = append(deciders, phone(e.number))
	}
	for _, one := range deciders {
		if _, err := l.session(ctx, one); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, p := range all {
		group.Go(func() error { return step(ctx, p) })
	}
	return group.Wait()
}

// poolRegister puts the experts on the authority's register.
func (l *loader) poolRegister(ctx context.Context) error {
	for _, e := range poolExperts {
		var made accountapi.ExpertRecord
		err := l.do(ctx, cityOperator, http.MethodPost, "/api/v1/experts", "", accountapi.NewExpert{Phone: phone(e.number), Name: e.name, Password: Password, Employer: e.employer,
			Fields: []string{"服务机构评审"}, Title: e.title}, &made)
		if err != nil && !isStatus(err, http.StatusConflict) {
			return err
		}
	}
	return nil
}

func (l *loader) admissionPath(p *pooled) string { return "/api/v1/admissions/" + l.orgIDs[p.Key] }

// poolStep does something to a membership that is in a state, and nothing to one that has gone on.
func (l *loader) poolStep(ctx context.Context, p *pooled, by, state, path string, in any) error {
	var m providerapi.Membership
	if err := l.do(ctx, l.byKey[p.Key].phone(), http.MethodGet, l.admissionPath(p), "", nil, &m); err != nil || string(m.State) != state {
		return err
	}
	return l.do(ctx, by, http.MethodPost, l.admissionPath(p)+path, "", in, nil)
}

// apply writes the application, and hands it in unless it stays a draft.
func (l *loader) apply(ctx context.Context, p *pooled) error {
	o := l.byKey[p.Key]
	var m providerapi.Membership
	if err := l.do(ctx, o.phone(), http.MethodPost, "/api/v1/admissions", "", nil, &m); err != nil || m.State != "draft" {
		return err
	}
	staff, share, assets := int64(max(o.Employees, 12)), int64(78), o.AssetsWan*1_000_000
	in := providerapi.AdmissionInput{Intro: o.Summary, FoundedOn: o.Founded, Staff: &staff, QualifiedShare: &share, AssetsFen: &assets, Served: &p.Served,
		Satisfaction: &p.Satisfaction, Subservices: p.Subservices, LegalPerson: o.Contact, Address: p.address(o),
		ContactName: o.Contact, ContactPhone: o.phone(), NoRedLine: p.Outcome != "draft"}
	for i, c := range p.Categories {
		in.Categories = append(in.Categories, providerapi.CategoryCode(c))
		in.Certificates = append(in.Certificates, providerapi.Certificate{Name: wordsOf[c].certificate, Number: fmt.Sprintf("DEMO-%s-%d", strings.ToUpper(p.Key), i+1)})
	}
	if _, err := l.send(ctx, o.phone(), http.MethodPut, l.admissionPath(p), "", "application/json", mustJSON(in), nil, fmt.Sprintf(`"%d"`, m.Rev)); err != nil {
		return err
	}
	if err := l.upload(ctx, o.phone(), l.admissionPath(p)+"/files?kind=served", "服务合同清单（演示）.pdf", evidence("Services "+p.Key), nil); err != nil || !p.reached("submitted") {
		return err
	}
	return l.do(ctx, o.phone(), http.MethodPost, l.admissionPath(p)+"/submit", "", nil, nil)
}

// vet is the initial review.
func (l *loader) vet(ctx context.Context, p *pooled) error {
	by := reviewer(l.byKey[p.Key].District)
	if p.Outcome == "returned" {
		return l.poolStep(ctx, p, by, "submitted", "/return", providerapi.ReasonInput{Reason: "服务业绩只有清单，请补充三份合同或发票。"})
	}
	if !p.reached("initial_review") {
		return nil
	}
	if err := l.poolStep(ctx, p, by, "submitted", "/accept", nil); err != nil {
		return err
	}
	if p.Outcome == "rejected" {
		return l.poolStep(ctx, p, by, "initial_review", "/reject", providerapi.RedLineReason{Reason: "经核查，所报服务业绩与税务记录不符。"})
	}
	if !p.reached("expert_review") {
		return nil
	}
	return l.poolStep(ctx, p, by, "initial_review", "/pass", providerapi.NoteInput{Note: "材料齐全；个别条件略低，服务业绩可核实。"})
}

// judge has the experts score, and the admission put up for notice.
func (l *loader) judge(ctx context.Context, p *pooled) error {
	if !p.reached("expert_review") {
		return nil
	}
	var ids []string
	for _, e := range poolExperts {
		s, err := l.session(ctx, phone(e.number))
		if err != nil {
			return err
		}
		ids = append(ids, s.me.User.Id)
	}
	if err := l.poolStep(ctx, p, cityOperator, "expert_review", "/experts", map[string]any{"personIds": ids}); err != nil || !p.reached("public_notice") {
		return err
	}
	for i, e := range poolExperts {
		n := 70 + (len(p.Key)*7+i*5+int(p.Served))%25
		sheet := providerapi.ScoreInput{Scores: map[string]int{"base": n, "skill": n + 3, "effect": n - 2}, Comment: "服务方法清楚，业绩可核实。", NoConflict: true}
		if err := l.poolStep(ctx, p, phone(e.number), "expert_review", "/scores", sheet); err != nil {
			return err
		}
	}
	return l.poolStep(ctx, p, cityOperator, "expert_review", "/notice", nil)
}

// admit decides once the notice has ended; the notice service says so by itself.
func (l *loader) admit(ctx context.Context, p *pooled) error {
	if !p.reached("admitted") {
		return nil
	}
	var m providerapi.Membership
	if err := l.eventually(ctx, 30*time.Second, func() (bool, error) {
		err := l.do(ctx, l.byKey[p.Key].phone(), http.MethodGet, l.admissionPath(p), "", nil, &m)
		return m.State != "public_notice" || m.Notice.State == "ended", err
	}); err != nil {
		return err
	}
	return l.poolStep(ctx, p, cityOperator, "public_notice", "/admit", providerapi.ReasonInput{Reason: "公示期满，无异议，准予入库。"})
}

// offer publishes what the institution offers.
func (l *loader) offer(ctx context.Context, p *pooled) error {
	by := l.byKey[p.Key].phone()
	for i, o := range p.Offers {
		category := p.Categories[slices.IndexFunc(p.Categories, func(c string) bool { return len(o.Subservice) > len(c) && o.Subservice[:len(c)+1] == c+"-" })]
		in := providerapi.OfferingInput{Title: o.Title, Category: providerapi.CategoryCode(category), Subservice: o.Subservice, Solves: o.Solves + "。", DurationDays: o.Days, Special: o.Special,
			Method: wordsOf[category].method, Deliverables: wordsOf[category].deliverables, Cases: wordsOf[category].cases[i%2 : i%2+1], Certificates: []string{wordsOf[category].certificate},
			Price: providerapi.Price{Model: providerapi.PriceModel(o.Price.Model), FromFen: o.Price.From * 100, ToFen: o.Price.To * 100, Unit: o.Price.Unit}, Capacity: int64(2 + i)}
		var made providerapi.Offering
		if err := l.do(ctx, by, http.MethodPost, "/api/v1/offerings", fmt.Sprintf("offering-%s-%d", p.Key, i), in, &made); err != nil {
			return err
		}
		if made.State != "draft" {
			continue
		}
		if err := l.do(ctx, by, http.MethodPost, "/api/v1/offerings/"+made.Id+"/publish", "", nil, nil); err != nil {
			return err
		}
	}
	return nil
}

// leave takes those out that do not stay.
func (l *loader) leave(ctx context.Context, p *pooled) error {
	switch p.Outcome {
	case "suspended":
		return l.poolStep(ctx, p, cityOperator, "admitted", "/suspend", providerapi.ReasonInput{Reason: "两家企业反映人员与合同不一致，核查期间暂停展示。"})
	case "removed":
		return l.poolStep(ctx, p, cityOperator, "admitted", "/remove", providerapi.RedLineReason{Reason: "年度评价不合格，服务对象反馈不实。"})
	}
	return nil
}
