package seed

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	demandapi "lianbang/services/demand/api"
)

// workDay is the day of the story on which what was awarded goes on: contracts in the morning, the work in the evening, so that both find
// the same tasks and the demo has one in every state.
const workDay = 56

// tale is how far one task comes; tasks take them by turns, the oldest award first.
type tale int

const (
	untouched tale = iota // waits for its contract
	working               // at work, with a ledger half checked
	accepted              // accepted and rated, the reward still to decide
	delivered             // waits for acceptance
	recorded              // the contract waits for the other side
	closed                // closed and paid, with figures and a decided proof
	ended                 // ended by the issuer
	failed                // assessed as not good enough
)

// tales is the order in which tasks take them: what a visitor wants to see first comes first.
var tales = []tale{working, accepted, delivered, closed, recorded, untouched, ended, failed}

// told by one task: its address and who speaks for whom.
type work struct {
	path           string
	issuer, winner string
	now            demandapi.Task
}

// everyTask calls do for each task, the first begun first.
func (l *loader) everyTask(ctx context.Context, do func(ctx context.Context, w *work, t tale) error) error {
	var page demandapi.TaskPage
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/tasks?limit=200", "", nil, &page); err != nil {
		return err
	}
	speaks := map[string]string{}
	for _, o := range l.orgs {
		speaks[l.orgIDs[o.Key]] = o.phone()
	}
	slices.SortFunc(page.Items, func(a, b demandapi.TaskBrief) int { // a bid's id begins with its demand's, which is ordered by time
		switch {
		case a.Id < b.Id:
			return -1
		case a.Id > b.Id:
			return 1
		}
		return 0
	})
	for i, k := range page.Items {
		w := &work{path: "/api/v1/tasks/" + url.PathEscape(k.Id), issuer: speaks[k.IssuerId], winner: speaks[k.OrgId]}
		if w.issuer == "" || w.winner == "" {
			continue
		}
		if err := l.do(ctx, cityOperator, http.MethodGet, w.path, "", nil, &w.now); err != nil {
			return err
		}
		if err := do(ctx, w, tales[i%len(tales)]); err != nil {
			return err
		}
	}
	return nil
}

// take takes a step from a state; a task that is further on took it before.
func (l *loader) take(ctx context.Context, w *work, as string, from demandapi.TaskState, step string, in any) error {
	if w.now.State != from {
		return nil
	}
	return l.do(ctx, as, http.MethodPost, w.path+"/"+step, "", in, &w.now)
}

func (l *loader) day(n int) string { return l.time(n, 12, 0).In(city).Format(time.DateOnly) }

// contracts signs what the tales say is signed.
func (l *loader) contracts(ctx context.Context) error {
	return l.everyTask(ctx, func(ctx context.Context, w *work, t tale) error {
		if t == untouched || w.now.State != demandapi.TaskStateContracting || w.now.Proposal.By != "" {
			return nil
		}
		if err := l.upload(ctx, w.issuer, w.path+"/files", "合同（演示）.pdf", evidence("Contract"), nil); err != nil {
			return err
		}
		if err := l.do(ctx, cityOperator, http.MethodGet, w.path, "", nil, &w.now); err != nil {
			return err
		}
		contract := map[string]any{"number": "HT-DEMO-01", "signedOn": l.day(workDay), "endsOn": l.day(workDay + 360), "fileId": w.now.Files[0].Id,
			"amountFen": max(w.now.OfferFen, 10_000_000), "scope": "按揭榜申请书所列指标完成攻关，交付样机、试验报告和技术资料。",
			"milestones": []map[string]any{{"name": "方案评审", "dueOn": l.day(workDay + 1)}, {"name": "样机试制", "dueOn": l.day(workDay + 4)}, {"name": "台架验证与资料移交", "dueOn": l.day(workDay + 120)}}}
		if err := l.take(ctx, w, w.issuer, demandapi.TaskStateContracting, "contract", contract); err != nil || t == recorded {
			return err
		}
		return l.take(ctx, w, w.winner, demandapi.TaskStateContracting, "contract/confirm", nil)
	})
}

// works brings every task as far as its tale goes.
func (l *loader) works(ctx context.Context) error {
	return l.everyTask(ctx, func(ctx context.Context, w *work, t tale) error {
		const inProgress = demandapi.TaskStateInProgress
		if t == untouched || t == recorded || w.now.State != inProgress {
			return nil
		}
		if t == ended {
			return l.take(ctx, w, w.issuer, inProgress, "terminate", demandapi.ReasonInput{Reason: "产品平台更换，原指标不再需要，已与揭榜方结清前期费用。"})
		}
		if w.now.Kind == demandapi.Rnd {
			if err := l.spend(ctx, w, t != working); err != nil {
				return err
			}
		}
		moves := []string{"m1", "m2", "m3"}
		if t == working {
			moves = moves[:1]
		}
		for _, m := range moves {
			if err := l.once(ctx, w.winner, w.path+"/milestones/"+m+"/move", map[string]any{"state": "done", "note": "已完成，资料已交发榜方"}); err != nil {
				return err
			}
		}
		if t == working {
			return nil
		}
		if err := l.take(ctx, w, w.winner, inProgress, "deliver", map[string]any{"note": "样机、第三方试验报告和全套图纸已移交。"}); err != nil || t == delivered {
			return err
		}
		verdict := map[string]any{"score": 92, "grade": "excellent", "comment": "全部指标达到，台架数据优于约定。"}
		if t == failed {
			verdict = map[string]any{"score": 48, "grade": "fail", "comment": "寿命指标两次复测均未达到约定值。"}
		}
		if err := l.take(ctx, w, w.issuer, demandapi.TaskStateDelivered, "accept", verdict); err != nil || t == failed {
			return err
		}
		if err := l.once(ctx, w.winner, w.path+"/ratings", map[string]any{"stars": 5, "text": "需求清楚，现场配合及时。"}); err != nil || t == accepted {
			return err
		}
		return l.finish(ctx, w)
	})
}

// spend writes a ledger; checked says that the issuer and the authority have looked at it.
func (l *loader) spend(ctx context.Context, w *work, checked bool) error {
	for i, c := range []map[string]any{
		{"category": "materials", "amountFen": 18_650_000, "note": "试制用特种钢材与润滑介质", "voucher": "记-0107"},
		{"category": "labour", "amountFen": 23_400_000, "note": "项目组研发人员工资", "voucher": "记-0121"},
		{"category": "testing", "amountFen": 6_800_000, "note": "第三方台架试验", "voucher": "记-0133"},
	} {
		c["spentOn"] = l.day(workDay)
		var line demandapi.CostLine
		if err := l.do(ctx, w.winner, http.MethodPost, w.path+"/costs", "cost-"+w.now.Id+c["voucher"].(string), c, &line); err != nil {
			return err
		}
		if !checked && i > 0 {
			continue
		}
		if err := l.once(ctx, cityOperator, w.path+"/costs/"+line.Id+"/judge", map[string]any{"accepted": true}); err != nil {
			return err
		}
	}
	return nil
}

// finish pays, says what came of it, proves the award on the national platform and closes.
func (l *loader) finish(ctx context.Context, w *work) error {
	for _, step := range []struct {
		as, path string
		in       any
	}{
		{w.issuer, "/ratings", map[string]any{"stars": 5, "text": "技术扎实，进度可靠。"}},
		{w.winner, "/outcome", map[string]any{"orderFen": 320_000_000, "patentsFiled": 3, "patentsGranted": 1, "supplierListed": true, "note": "已转入批量供货"}},
		{w.winner, "/proofs", map[string]any{"code": "Q4-0012", "status": "已揭榜", "fileId": w.now.Files[0].Id}},
		{cityOperator, "/proofs/judge", map[string]any{"accepted": true}},
		{w.winner, "/payments", map[string]any{"amountFen": max(w.now.OfferFen, 10_000_000), "paidOn": l.day(workDay), "note": "一次付清"}},
		{w.issuer, "/close", nil},
	} {
		if err := l.once(ctx, step.as, w.path+step.path, step.in); err != nil {
			return err
		}
	}
	return nil
}
