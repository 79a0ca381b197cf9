package engagement

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The people of these tests.
var (
	client    = By{Role: Client, UserID: "u-client", OrgID: "client", Name: "甬江轴承"}
	provider  = By{Role: Provider, UserID: "u-provider", OrgID: "provider", Name: "求是检测"}
	authority = By{Role: Operator, UserID: "u-office", Name: "主管部门"}
	nobody    = By{Role: Stranger, UserID: "u-x", OrgID: "x"}
	theClock  = By{Role: Clock}

	day0  = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC) // a Monday, ten in the morning in China
	rules = DefaultSettings()
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func goodTerms() Terms {
	return Terms{Category: "innovation", Subject: "主轴轴承寿命检测", Need: "三种型号各五套，需要疲劳寿命报告", District: "d1", BudgetFen: 100_000_00}
}

func goodQuote(now time.Time) Quote {
	return Quote{Scope: "按国标做疲劳寿命试验并出具报告", PriceFen: 80_000_00, Days: 30, ValidUntil: when.DayOf(now.AddDate(0, 0, 10)),
		Milestones: []Milestone{{Name: "样件到位", DueDay: 5, AmountFen: 30_000_00}, {Name: "报告", DueDay: 30, AmountFen: 50_000_00}}}
}

func goodMarks(dimensions []string, n int) []Mark {
	var all []Mark
	for _, d := range dimensions {
		all = append(all, Mark{d, n})
	}
	return all
}

func paperOf(id string) []File {
	return []File{{ID: id, Name: id + ".pdf", Type: "application/pdf", Size: 1, SHA256: "sum-" + id, Purpose: ForInvoice}}
}

func fresh(t testing.TB) *Engagement {
	t.Helper()
	e, err := Open(client, day0, "enq", Party{"client", client.Name}, Party{"provider", provider.Name}, goodTerms(), rules)
	must(t, err)
	return &e
}

func (e *Engagement) clone() *Engagement {
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	var c Engagement
	if err := json.Unmarshal(b, &c); err != nil {
		panic(err)
	}
	return &c
}

// try takes a step with good content, whoever asks.
func (e *Engagement) try(a Action, by By, now time.Time) error {
	switch a {
	case PostMessage:
		return e.Say(by, now, nil, rules)
	case QuoteIt:
		return e.Quote(by, now, goodQuote(now))
	case AskRequote:
		return e.AskRequote(by, now, "能否便宜一些", rules)
	case Urge:
		return e.Urge(by, now, "请尽快答复")
	case Decline:
		return e.Decline(by, now, "近期排满")
	case AcceptQuote:
		version := 1
		if q := e.LastQuote(); q != nil {
			version = q.Version
		}
		return e.AcceptQuote(by, now, version, rules)
	case ProposeContract:
		return e.ProposeContract(by, now, ContractForm{AmountFen: 80_000_00, SignedOn: when.DayOf(now), PayDays: 20}, nil, Small, rules)
	case ConfirmContract:
		return e.ConfirmContract(by, now, Small, Small)
	case StartDelivery:
		return e.StartDelivery(by, now)
	case UpdateMilestone:
		return e.UpdateMilestone(by, now, 0, Done, "")
	case Deliver:
		return e.Deliver(by, now, "报告已出", nil, rules)
	case AcceptDelivery:
		return e.AcceptDelivery(by, now, "", rules)
	case ReturnDelivery:
		return e.ReturnDelivery(by, now, "缺一种型号", rules)
	case RecordPayment:
		return e.RecordPayment(by, now, 10_000_00, when.DayOf(now), "", nil)
	case ConfirmPayment:
		for _, p := range e.Payments {
			if p.ConfirmedAt == 0 {
				return e.ConfirmPayment(by, now, p.Number)
			}
		}
		return e.ConfirmPayment(by, now, 1)
	case Rate:
		d := ServiceDimensions
		if by.Role == Provider {
			d = CustomDimensions
		}
		return e.Rate(by, now, goodMarks(d, 5), "很好", rules)
	case ReplyToRating:
		return e.Reply(by, now, "谢谢")
	case Dispute:
		return e.Dispute(by, now, "对方不认可报告", "重新检测", rules)
	case SettleDispute:
		return e.Settle(by, now, "已谈妥", rules)
	case Mediate:
		return e.Mediate(by, now, Resume, "继续履行", rules)
	case Cancel:
		return e.Cancel(by, now, "计划有变")
	case RefuseCancel:
		return e.RefuseCancel(by, now, "已备料")
	case ConfirmOffline:
		return e.ConfirmOffline(by, now, rules)
	case RefuseOffline:
		return e.RefuseOffline(by, now, "没有这项服务")
	case SetAside:
		of := Client
		if !e.Service.Counts() {
			of = Provider
		}
		return e.SetAside(by, now, of, Related, "同一法定代表人")
	case ContestAside:
		of := Client
		if !e.Service.contestable() {
			of = Provider
		}
		return e.ContestAside(by, now, of, "已不是关联方")
	case DecideAside:
		of := Client
		if !e.Service.contested() {
			of = Provider
		}
		return e.DecideAside(by, now, of, true, "查明属实")
	}
	return fault.New(fault.Forbidden, "", "only the clock's")
}

var everyAction = func() []Action {
	var all []Action
	for _, r := range slices.Concat(online, offline) {
		if !slices.Contains(all, r.Action) {
			all = append(all, r.Action)
		}
	}
	slices.Sort(all)
	return all
}()

// stages are an engagement in every state, and in those that differ within one.
func stages(t testing.TB) map[string]*Engagement {
	all := map[string]*Engagement{}
	e := fresh(t)
	keep := func(name string) { all[name] = e.clone() }
	step := func(name string, a Action, by By) {
		must(t, e.try(a, by, day0))
		keep(name)
	}
	keep("enquiry")
	e.Tick(e.FirstDue.Time())
	keep("enquiry, unanswered in time")
	e = fresh(t)
	step("quoted", QuoteIt, provider)
	step("enquiry, changes wanted", AskRequote, client)
	must(t, e.try(QuoteIt, provider, day0))
	step("accepted", AcceptQuote, client)
	step("accepted, contract by provider", ProposeContract, provider)
	step("contracted", ConfirmContract, client)
	step("delivering", StartDelivery, provider)
	asked := e.clone()
	step("delivering, cancel asked by client", Cancel, client)
	e = asked
	step("delivered", Deliver, provider)
	fought := e.clone()
	step("disputed by client", Dispute, client)
	e = fought
	must(t, e.try(AcceptDelivery, client, day0))
	must(t, e.try(RecordPayment, client, day0))
	keep("accepted_by_client, payment unconfirmed")
	step("rated", Rate, client)
	step("rated, replied, set aside", ReplyToRating, provider)
	must(t, e.try(SetAside, authority, day0))
	keep("rated, replied, set aside")
	step("rated, set aside contested", ContestAside, client)
	e.Tick(e.CloseAt.Time())
	keep("closed, set aside contested")
	e = fresh(t)
	step("declined", Decline, provider)
	e = all["accepted"].clone()
	step("cancelled", Cancel, client)
	off, err := OpenOffline(provider, day0, Party{"client", client.Name}, Party{"provider", provider.Name}, goodTerms(), OfflineRecord{"2026-05-01", "2026-06-01", 5_000_00, "完成"}, paperOf("f"), rules)
	must(t, err)
	e = &off
	keep("offline: delivered")
	step("offline: accepted_by_client", ConfirmOffline, client)
	return all
}

// TestMatrix shows, for every stage, action and actor, whether it is allowed and where it leads; and that what Allowed says is what
// the steps do.
func TestMatrix(t *testing.T) {
	var b strings.Builder
	all := stages(t)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		e := all[name].clone()
		for _, a := range everyAction {
			for _, who := range []By{client, provider, authority, nobody, theClock} {
				allowed := slices.Contains(e.Allowed(who.Role, day0), a)
				err := e.try(a, who, day0)
				switch {
				case err == nil && !allowed:
					t.Errorf("%s: %s by %s worked and was not offered", name, a, who.Role)
				case err != nil && allowed && a != CloseIt: // which the clock does in Tick
					t.Errorf("%s: %s by %s was offered and refused: %v", name, a, who.Role, err)
				}
				if err != nil {
					continue
				}
				if bad := e.Check(); bad != nil {
					t.Errorf("%s: after %s: %v", name, a, bad)
				}
				fmt.Fprintf(&b, "%s | %s | %s → %s\n", name, a, who.Role, e.State)
				e = all[name].clone()
			}
		}
		if e.State != all[name].State || len(e.History) != len(all[name].History) {
			t.Errorf("%s: a refused step changed something", name)
		}
	}
	golden(t, "engagement_matrix.txt", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if string(want) != got {
		t.Errorf("%s differs; run with -update and read the diff", path)
	}
}

// TestHistories lives random lives: whatever anybody tries, whenever the clock looks, the invariants hold, no reminder comes twice, the
// figures of an engagement stay what its story says, and an ended one stays ended.
func TestHistories(t *testing.T) {
	n := 2000
	if os.Getenv("LIANBANG_PROVE") != "" {
		n = 100_000
	}
	who := []By{client, provider, client, provider, authority, nobody}
	reached := map[State]int{}
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		now := day0
		e := fresh(t)
		told := map[string]bool{}
		for range 60 {
			now = now.Add(time.Duration(r.IntN(40)) * time.Hour)
			if r.IntN(25) == 0 {
				now = now.AddDate(0, 1, 0) // a standstill
			}
			at := e.State
			for _, m := range e.Tick(now) {
				key := fmt.Sprint(m, at)
				if told[key] {
					t.Fatalf("seed %d: %s came twice", seed, key)
				}
				told[key] = true
			}
			if again := e.Tick(now); len(again) > 0 {
				t.Fatalf("seed %d: looking twice tells %v", seed, again)
			}
			by := who[r.IntN(len(who))]
			offered := e.Allowed(by.Role, now)
			a := everyAction[r.IntN(len(everyAction))]
			if len(offered) > 0 && r.IntN(30) > 0 {
				a = offered[r.IntN(len(offered))]
				if (a == Decline || a == Cancel) && r.IntN(4) > 0 {
					a = offered[0]
				}
			}
			ended, before := e.State, e
			if !slices.Contains(offered, a) {
				before = e.clone()
			}
			err := e.try(a, by, now)
			if err != nil && slices.Contains(offered, a) {
				t.Fatalf("seed %d: %s by %s while %s was offered and refused: %v", seed, a, by.Role, ended, err)
			}
			if err != nil {
				e = before // the store would not have written it
			}
			if (ended == Declined || ended == Cancelled) && e.State != ended || ended == Closed && e.State != Closed {
				t.Fatalf("seed %d: %s moved on to %s", seed, ended, e.State)
			}
			if bad := e.Check(); bad != nil {
				t.Fatalf("seed %d: after %s by %s: %v", seed, a, by.Role, bad)
			}
			if c := e.Cell(); c.AnsweredInTime+c.AnsweredLate+c.Waiting+c.Unanswered > c.Enquiries || c.Rated > c.Taken || c.PaidFen > 80_000_00 {
				t.Fatalf("seed %d: figures %+v of %s", seed, c, e.State)
			}
			if reached[e.State]++; e.State.Ended() && r.IntN(4) == 0 {
				break
			}
		}
	}
	for _, s := range States {
		if reached[s] == 0 {
			t.Errorf("no life came to %s", s)
		}
	}
}

// TestClocks: working days, weekends, standstills.
func TestClocks(t *testing.T) {
	friday := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	e, err := Open(client, friday, "q", Party{"client", "甲"}, Party{"provider", "乙"}, goodTerms(), rules)
	must(t, err)
	if due := e.FirstDue.Time().In(when.China).Format("01-02 15:04"); due != "12-02 00:00" {
		t.Errorf("two working days from a Friday end at %s", due)
	}
	kinds := func(now time.Time) string {
		var all []string
		for _, r := range e.Tick(now) {
			all = append(all, r.Kind)
		}
		return strings.Join(all, " ")
	}
	if got := kinds(friday.Add(48 * time.Hour)); got != "" {
		t.Errorf("on Sunday: %s", got)
	}
	jumped := e.clone()
	if got := kinds(e.FirstDue.Time().Add(-10 * time.Hour)); got != firstAnswerSoon {
		t.Errorf("on the last day: %s", got)
	}
	if got := kinds(e.FirstDue.Time()); got != unanswered || !e.Escalated || e.Queue != "unanswered" {
		t.Errorf("at the end: %s, escalated %v", got, e.Escalated)
	}
	e = *jumped
	if got := kinds(friday.AddDate(0, 2, 0)); got != unanswered {
		t.Errorf("after a standstill: %s", got)
	}
	if got := kinds(friday); got != "" {
		t.Errorf("after the clock went back: %s", got)
	}
	must(t, e.try(QuoteIt, provider, friday.AddDate(0, 2, 0)))
	if e.InTime() || e.Queue != "" || !e.Escalated {
		t.Error("a late answer is late, and no longer waited for")
	}
}

// TestPayment: whom regulation 802 binds, from when, and that nothing else is imposed.
func TestPayment(t *testing.T) {
	delivered := when.At(time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		c    Contract
		want string
	}{
		{Contract{ClientClass: PublicBody, ProviderClass: Small}, "2026-04-01"},
		{Contract{ClientClass: PublicBody, ProviderClass: Small, PayDays: 60}, "2026-05-01"},
		{Contract{ClientClass: Large, ProviderClass: Micro}, "2026-05-01"},
		{Contract{ClientClass: Large, ProviderClass: Micro, PayDays: 90}, "2026-05-31"},
		{Contract{ClientClass: Large, ProviderClass: Large}, ""},
		{Contract{ClientClass: Small, ProviderClass: Small}, ""},
		{Contract{ClientClass: Small, ProviderClass: Small, PayDays: 10}, "2026-03-12"},
	} {
		got := ""
		if due := c.c.due(delivered); due != 0 {
			got = string(when.DayOf(due.Time().Add(-time.Second)))
		}
		if got != c.want {
			t.Errorf("%s pays %s after %d days: by %q, want %q", c.c.ClientClass, c.c.ProviderClass, c.c.PayDays, got, c.want)
		}
	}
	e := stages(t)["accepted"]
	form := ContractForm{AmountFen: 1, SignedOn: "2026-11-23", BackToBack: true}
	if err := e.ProposeContract(provider, day0, form, nil, Large, rules); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a large client's back-to-back terms: %v", err)
	}
	must(t, e.ProposeContract(provider, day0, form, nil, Small, rules))
	if err := e.ConfirmContract(client, day0, Large, Small); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a client that grew large before signing: %v", err)
	}
	// The class is fixed at signing: growing later changes nothing.
	e = stages(t)["accepted_by_client, payment unconfirmed"]
	if e.Contract.ClientClass != Small || e.Contract.PayBy == 0 {
		t.Errorf("%+v", e.Contract)
	}
}
