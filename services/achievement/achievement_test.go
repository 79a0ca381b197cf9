package achievement

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/achievement/lint"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

var update = flag.Bool("update", false, "write the golden files anew")

var day0 = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// The people of these tests.
var (
	dept       = By{Role: Department, UserID: "u-dept", OrgID: "uni", Name: "东澜大学"}
	techOffice = By{Role: Office, UserID: "u-office", OrgID: "uni", Name: "东澜大学"}
	authority  = By{Role: Operator, UserID: "u-op"}
	stranger   = By{Role: Stranger}
)

func firm(i int) By {
	return By{Role: Firm, UserID: fmt.Sprintf("u-%d", i), OrgID: fmt.Sprintf("firm%d", i), Name: fmt.Sprintf("企业%d", i)}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func codeOf(err error) string {
	if err == nil {
		return "ok"
	}
	return fault.As(err).Code
}

func goodProfile() Profile {
	return Profile{Name: "激光熔覆修复大型轴颈磨损", Department: "机械工程学院", Field: "先进制造", TRL: 7, TRLEvidence: "两条产线连续运行六个月，有第三方检测报告",
		Ways: []Way{Transfer, Licence, Commissioned, TrialFirst, OpenLicence}, Summary: "用激光在磨损面熔覆一层合金，恢复尺寸。", Problem: "大型轴颈磨损后只能整根更换，交期三个月，单根损失二十万元，停机一天还要再损失五万元。",
		Audience: "有大型轴类件的水泥、矿山、钢铁企业", Advantage: "修复成本为新件的三成", PriceFen: 80_000_00, Needs: "一台 3 kW 光纤激光器和两名操作工",
		Economics: []Comparison{{"单根费用", "20 万元", "6 万元"}}, IP: []IP{{"invention", "ZL202310000001.2", "granted"}}, Cases: []Case{{Title: "某水泥厂立磨"}}, Team: []Member{{Role: "工艺负责人"}},
		OpenTerms: OpenTerms{UpfrontFen: 20_000_00, RoyaltyBP: 200, Months: 36}, Contact: Contact{Name: "成果处", Phone: "0570-0000"}}
}

// dearer is the good one with another price: a change of substance.
func dearer() Profile {
	p := goodProfile()
	p.PriceFen += 10_000_00
	return p
}

// at makes an achievement stand in a state, by the steps people take. A desk of a published one is where a change of it lies.
func at(t testing.TB, state State, desk Desk) *Achievement {
	t.Helper()
	a, err := New(dept, "东澜大学", "d1", goodProfile(), day0)
	must(t, err)
	s := DefaultSettings()
	switch state {
	case Submitted, Returned, Published, Reserved, Transferred:
		must(t, a.Submit(dept, day0, s))
		if desk == AtOffice && state == Submitted {
			break
		}
		must(t, a.Forward(techOffice, day0, ""))
		if state == Returned {
			must(t, a.Return(authority, day0, "缺证据"))
		}
		if state == Submitted || state == Returned {
			break
		}
		must(t, a.Publish(authority, day0, "", s))
		if state == Published {
			if writer := map[Desk]By{AtOffice: dept, AtOperator: techOffice}[desk]; desk != "" {
				must(t, a.Propose(writer, day0, "v1", "价格下调", dearer(), s))
			}
			break
		}
		must(t, a.Hold(firm(1), day0, Hold{DealID: "d1", OrgID: "firm1", Way: Transfer, Exclusive: true}))
		if state == Transferred {
			must(t, a.Settle(day0, "d1"))
		}
	case Withdrawn:
		must(t, a.Withdraw(techOffice, day0, "不再转化"))
	}
	if a.State != state {
		t.Fatalf("%s is not reached, it is %s", state, a.State)
	}
	return &a
}

// TestAchievementMatrix tries every action as everybody in every state; what comes of each is reviewed like code.
func TestAchievementMatrix(t *testing.T) {
	s := DefaultSettings()
	actions := []struct {
		name Action
		do   func(a *Achievement, by By) error
	}{
		{EditAchievement, func(a *Achievement, by By) error { return a.Edit(by, day0, goodProfile()) }},
		{SubmitAchievement, func(a *Achievement, by By) error { return a.Submit(by, day0, s) }},
		{ForwardAchievement, func(a *Achievement, by By) error { return a.Forward(by, day0, "") }},
		{ReturnAchievement, func(a *Achievement, by By) error { return a.Return(by, day0, "缺证据") }},
		{PublishAchievement, func(a *Achievement, by By) error { return a.Publish(by, day0, "", s) }},
		{WithdrawAchievement, func(a *Achievement, by By) error { return a.Withdraw(by, day0, "不再转化") }},
		{HoldAchievement, func(a *Achievement, by By) error {
			return a.Hold(by, day0, Hold{DealID: "new", OrgID: by.OrgID, Way: Transfer, Exclusive: true})
		}},
		{ChangeAchievement, func(a *Achievement, by By) error { return a.Propose(by, day0, "v2", "补充检测结果", dearer(), s) }},
		{ApproveAchievementChange, func(a *Achievement, by By) error { return a.Approve(by, day0, "v1", "", dearer(), s) }},
		{ReturnAchievementChange, func(a *Achievement, by By) error { return a.ReturnChange(by, day0, "v1", "缺证据") }},
		{ReleaseAchievement, func(a *Achievement, _ By) error { return a.Release(day0, "d1") }},
		{SettleAchievement, func(a *Achievement, _ By) error { return a.Settle(day0, "d1") }},
	}
	var b strings.Builder
	fmt.Fprintln(&b, "# state, action, actor: what comes of it. Written by TestAchievementMatrix -update.")
	for _, stand := range []struct {
		state State
		desk  Desk
	}{{Draft, ""}, {Submitted, AtOffice}, {Submitted, AtOperator}, {Returned, ""}, {Published, ""}, {Published, AtOffice}, {Published, AtOperator}, {Reserved, ""}, {Transferred, ""}, {Withdrawn, ""}} {
		for _, act := range actions {
			for _, who := range []By{dept, techOffice, authority, firm(2), stranger} {
				if (act.name == ReleaseAchievement || act.name == SettleAchievement) && who.Role != Stranger {
					continue // nobody takes them; the service does, for a deal
				}
				a := at(t, stand.state, stand.desk)
				err := act.do(a, who)
				fmt.Fprintf(&b, "%s%s %s %s: %s", stand.state, strings.TrimSuffix("/"+string(stand.desk), "/"), act.name, who.Role, codeOf(err))
				if err == nil {
					fmt.Fprintf(&b, " → %s%s", a.State, strings.TrimSuffix("/"+string(a.Desk), "/"))
				}
				if err == nil && a.Change != nil {
					fmt.Fprintf(&b, ", a change %s", cmp.Or(string(a.Change.Desk), "returned"))
				}
				fmt.Fprintln(&b)
			}
		}
	}
	golden(t, "achievement_matrix.txt", b.String())
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o755))
		must(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s does not say what is; if the change is meant, run with -update and read the difference", path)
	}
}

// TestProblems holds the gate before handing in to what every firm asks first.
func TestProblems(t *testing.T) {
	s := DefaultSettings()
	good := goodProfile()
	if f := good.Problems(s); len(f) > 0 {
		t.Fatalf("a good one has problems: %v", f)
	}
	for name, c := range map[string]struct {
		spoil func(p *Profile)
		path  string
	}{
		"no level":                {func(p *Profile) { p.TRL = 0 }, "trl"},
		"no problem":              {func(p *Profile) { p.Problem = "" }, "problem"},
		"no way":                  {func(p *Profile) { p.Ways = nil }, "ways"},
		"no contact":              {func(p *Profile) { p.Contact = Contact{} }, "contact.name"},
		"no price":                {func(p *Profile) { p.PriceFen, p.Ways = 0, []Way{Transfer} }, "priceFen"},
		"a right without number":  {func(p *Profile) { p.IP[0].Number = "" }, "ip[0].number"},
		"open, nothing granted":   {func(p *Profile) { p.IP[0].Status = "applied" }, "ip"},
		"open, without a term":    {func(p *Profile) { p.OpenTerms.Months = 0 }, "openTerms.months"},
		"open, above the fee cap": {func(p *Profile) { p.OpenTerms.UpfrontFen = s.OpenFeeCapFen + 1 }, "openTerms.upfrontFen"},
		"open, above the royalty": {func(p *Profile) { p.OpenTerms.RoyaltyBP = s.OpenRoyaltyCapBP + 1 }, "openTerms.royaltyBp"},
	} {
		p := goodProfile()
		c.spoil(&p)
		if f := p.Problems(s); len(f) == 0 || f[0].Path != c.path {
			t.Errorf("%s: %v", name, f)
		}
	}
	a := at(t, Draft, "")
	for path, p := range map[string]Profile{"name": {}, "trl": {Name: "x", TRL: 10}, "video": {Name: "x", Video: "http://a/b"}, "ways[1]": {Name: "x", Ways: []Way{Transfer, Transfer}}} {
		if err := a.Edit(dept, day0, p); err == nil || fault.As(err).Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestHolds is the quarrel over one achievement, case by case.
func TestHolds(t *testing.T) {
	plain := func(deal string) Hold { return Hold{DealID: deal, OrgID: deal, Way: Licence} }
	only := func(deal string, w Way) Hold { return Hold{DealID: deal, OrgID: deal, Way: w, Exclusive: true} }
	for name, c := range map[string]struct {
		first, second Hold
		want          string
	}{
		"two transfers":                       {only("a", Transfer), only("b", Transfer), "achievement.taken"},
		"a licence beside a transfer":         {only("a", Transfer), plain("b"), "achievement.taken"},
		"an exclusive licence beside a plain": {plain("a"), only("b", Licence), "achievement.taken"},
		"a transfer after a plain licence":    {plain("a"), only("b", Transfer), "ok"},
		"two plain licences":                  {plain("a"), plain("b"), "ok"},
		"the same deal again":                 {only("a", Transfer), only("a", Transfer), "ok"},
	} {
		a := at(t, Published, "")
		must(t, a.Hold(firm(1), day0, c.first))
		if err := a.Hold(firm(2), day0, c.second); codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := at(t, Reserved, "")
	if err := a.Withdraw(techOffice, day0, "不再转化"); codeOf(err) != "achievement.wrong_state" {
		t.Errorf("a held one was withdrawn: %v", err)
	}
	must(t, a.Release(day0, "d1"))
	must(t, a.Release(day0, "d1"))
	if a.State != Published || len(a.Holds) != 0 {
		t.Errorf("%s, %v", a.State, a.Holds)
	}
	a = at(t, Transferred, "")
	if err := a.Release(day0, "d1"); codeOf(err) != "achievement.signed" {
		t.Error("a signed deal was released")
	}
	if err := a.Hold(firm(2), day0, only("b", Transfer)); codeOf(err) != "achievement.taken" {
		t.Error(err)
	}
}

// TestStand holds a notice to its days, net of the time it stood still.
func TestStand(t *testing.T) {
	n := Stand{Days: 15, OpenedAt: when.At(day0)}
	pass := func(d float64) time.Time { return day0.Add(time.Duration(d * 24 * float64(time.Hour))) }
	if err := n.End(pass(14.9)); codeOf(err) != "achievement.notice_too_early" {
		t.Error(err)
	}
	n.Pause(pass(3), "YY-1", "核实权属")
	if err := n.End(pass(30)); codeOf(err) != "achievement.notice_paused" {
		t.Error(err)
	}
	n.Resume(pass(10))
	if err := n.End(pass(21.9)); codeOf(err) != "achievement.notice_too_early" {
		t.Error("seven days it stood still were counted")
	}
	must(t, n.End(pass(22)))
}

// TestProfileIsTheInput holds the domain's profile to the API's, field by field: what as() carries over is all there is.
func TestProfileIsTheInput(t *testing.T) {
	fields := func(v any) map[string]bool {
		all := map[string]bool{}
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			all[name] = true
		}
		return all
	}
	for _, pair := range [][2]any{{Profile{}, api.AchievementInput{}}, {IP{}, api.AchievementIP{}}, {Member{}, api.AchievementMember{}}, {Comparison{}, api.AchievementComparison{}},
		{Case{}, api.AchievementCase{}}, {Contact{}, api.AchievementContact{}}, {OpenTerms{}, api.OpenLicenceTerms{}}} {
		if a, b := fields(pair[0]), fields(pair[1]); !reflect.DeepEqual(a, b) {
			t.Errorf("%T has %v, %T has %v", pair[0], a, pair[1], b)
		}
	}
	in, err := as[api.AchievementInput](goodProfile())
	must(t, err)
	back, err := as[Profile](in)
	must(t, err)
	if !reflect.DeepEqual(back, goodProfile()) {
		t.Errorf("%+v", back)
	}
}

// TestLint reads every rule once speaking and once silent.
func TestLint(t *testing.T) {
	found := func(p Profile) map[string]bool {
		all := map[string]bool{}
		for _, f := range p.advice() {
			all[f.Rule] = true
			if strings.ContainsAny(f.Zh+f.MendZh+f.En+f.MendEn, "{}") {
				t.Errorf("%s is not filled: %s", f.Rule, f.Zh)
			}
		}
		return all
	}
	if f := found(goodProfile()); len(f) != 0 {
		t.Errorf("a good one is advised %v", f)
	}
	bad := Profile{Name: "新材料", TRL: 6, Summary: "本构机理研究，国际领先", Economics: []Comparison{{"成本", "高", "低"}}, PriceNegotiable: true, IP: []IP{{"invention", "", "planned"}}}
	f := found(bad)
	early := bad
	early.TRL = 4
	for id := range found(early) {
		f[id] = true
	}
	early.Ways = []Way{PayLater}
	if found(early)["trl_far"] {
		t.Error("a way across is offered, and its absence is found")
	}
	empty := found(Profile{Name: "新材料"})
	for _, r := range lint.Shipped() {
		if !f[r.ID] && !empty[r.ID] {
			t.Errorf("%s never speaks", r.ID)
		}
	}
	var rules []lint.Rule
	must(t, json.Unmarshal([]byte(`[{"id":"x","field":"name","severity":"loud","test":"no_rows","zh":"x","en":"x","mendZh":"x","mendEn":"x"}]`), &rules))
	b, err := json.Marshal(rules)
	must(t, err)
	if _, err := lint.Parse(b); err == nil {
		t.Error("a severity nobody knows was taken")
	}
}
