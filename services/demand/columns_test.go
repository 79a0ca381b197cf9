package demand

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// TestCells reads amounts, days, spans and choices however offices write them.
func TestCells(t *testing.T) {
	for cell, want := range map[string]int64{"300": 300_000_000, "300万": 300_000_000, "300万元": 300_000_000, "1,200.5": 1_200_500_000, "３０": 30_000_000,
		"5000000元": 500_000_000, "1.2亿元": 12_000_000_000, "约50": 50_000_000, "0.000001": 1, "0": 0} {
		var terms Terms
		if f := readBudget(&terms, cell); f != nil || terms.BudgetFen != want || terms.BudgetNegotiable {
			t.Errorf("%s is %d fen, %v, want %d", cell, terms.BudgetFen, f, want)
		}
	}
	for _, cell := range []string{"很多", "-5", "0.0000001", "1e9", "1/3", "999999999999", "万元", "30~50"} {
		var terms Terms
		if f := readBudget(&terms, cell); f == nil {
			t.Errorf("%s was taken for %d fen", cell, terms.BudgetFen)
		}
	}
	var terms Terms
	if f := readBudget(&terms, "面 议"); f != nil || !terms.BudgetNegotiable {
		t.Errorf("面议: %v", f)
	}
	if office.Wan(1_200_500_000) != "1200.5" || office.Wan(1) != "0.000001" || office.Wan(100_000_000) != "100" {
		t.Error("万元 is written wrong")
	}

	want := time.Date(2026, 12, 31, 0, 0, 0, 0, when.China)
	for _, cell := range []string{"2026-12-31", "2026/12/31", "2026.12.31", "2026年12月31日", "20261231", "2026-12-31 00:00:00", " ２０２６-12-31"} {
		if day, ok := parseDay(cell); !ok || !day.Equal(want) {
			t.Errorf("%q is %v", cell, day)
		}
	}
	for _, cell := range []string{"12/31", "年底", "2026-13-01", "46387"} {
		if day, ok := parseDay(cell); ok {
			t.Errorf("%q was taken for %v", cell, day)
		}
	}

	for cell, want := range map[string]int{"18": 18, "18个月": 18, "2年": 24} {
		got, wrong, _ := readCells(map[string]string{"title": "x", "timeLimitMonths": cell})
		if len(wrong) > 0 || got.TimeLimitMonths != want {
			t.Errorf("%s is %d months, %v", cell, got.TimeLimitMonths, wrong)
		}
	}
	got, wrong, warnings := readCells(map[string]string{"title": "x", "cooperationWays": "联合研发、委托开发；联合研发", "targets": "a；b\nc", "plannedDeadline": "2026-12-31", "demandPublic": "否"})
	if len(wrong) > 0 || !slices.Equal(got.CooperationWays, []string{"joint", "commissioned"}) || len(got.Targets) != 3 || got.Public || !got.IssuerPublic {
		t.Errorf("%+v %v", got, wrong)
	}
	if len(warnings) == 0 || warnings[0].Code != "needed_to_submit" {
		t.Errorf("%v", warnings)
	}
}

// TestHeaders finds columns under the names cities use, in any order, once each; every column is written and read back.
func TestHeaders(t *testing.T) {
	table := "备注,榜金（万元）,＊需求名称 ,联系方式,技术领域,需求名称\na,b,c,d,e,f"
	found, err := form(nil).Read(strings.NewReader(table), func(r office.FormRow) error {
		if r.Cells["title"] != "c" || r.Cells["budget"] != "b" || r.Cells["contactPhone"] != "d" || r.Cells["chain"] != "e" {
			t.Errorf("%v", r.Cells)
		}
		return nil
	})
	if err != nil || !slices.Equal(found.Unknown, []string{"备注", "需求名称"}) {
		t.Errorf("unknown %v, %v", found.Unknown, err)
	}
	seen := map[string]string{}
	for _, c := range columns {
		for _, name := range append([]string{c.header}, c.aliases...) {
			if other, twice := seen[office.PlainHeader(name)]; twice && other != c.field {
				t.Errorf("%s names both %s and %s", name, other, c.field)
			}
			seen[office.PlainHeader(name)] = c.field
		}
	}
	terms := goodTerms()
	terms.Mode = Open
	terms.PlannedDeadline, terms.Public, terms.NationalCode = when.At(time.Date(2027, 1, 1, 0, 0, 0, 0, when.China)), false, "Q2-0001"
	cells := map[string]string{}
	for _, c := range columns {
		switch v := c.write(&terms).(type) {
		case string:
			cells[c.field] = v
		case int:
			cells[c.field] = itoa(v)
		}
	}
	// A supply demand needs other columns than a challenge.
	supply, wrong, warnings := readCells(map[string]string{"title": "轴承座", "kind": "采购需求", "mode": "定向", "quantity": "1，200", "unit": "套", "paymentDays": "60天"})
	if len(wrong) > 0 || supply.Kind != Supply || supply.Mode != Directed || supply.Quantity != 1200 || supply.Payment.Days != 60 {
		t.Errorf("%+v %v", supply, wrong)
	}
	for _, f := range warnings {
		if slices.Contains([]string{"difficulty", "timeLimitMonths", "cooperationWays", "trialDays", "serviceCategory"}, f.Path) {
			t.Errorf("a supply demand is asked for %s", f.Path)
		}
	}
	back, wrong, warnings := readCells(cells)
	if len(wrong)+len(warnings) > 0 || !same(Demand{Terms: terms}, Demand{Terms: back}) {
		t.Errorf("%+v\ncame back as\n%+v\n%v %v", terms, back, wrong, warnings)
	}
}
