package lint

import (
	"slices"
	"strings"
	"testing"
)

func days(n int) *int { return &n }

// good is a draft a capable firm misses nothing in.
func good() Draft {
	return Draft{
		Kind: "rnd",
		Texts: map[string]string{
			"title": "薄壁齿轮热处理变形量控制", "background": "目前渗碳淬火后齿圈跳动超差，需要逐件校正。",
			"difficulty": "炉内气流与装夹方式共同影响，单独调整任何一项都会使另一项恶化，返修率长期在百分之六上下，每月因此多花四十个工时，交付也常常推迟三到五天，客户已经两次书面催促。",
			"ipTerms":    "成果归双方共有，各自可自行使用。", "contact.phone": "0574-00000000", "bidConditions": "有同类渗碳设备与三坐标检测能力",
		},
		Lists:          map[string][]string{"targets": {"跳动 ≤0.03 mm", "返修率低于 2%"}},
		DaysToDeadline: days(30),
	}
}

func TestEveryRuleSpeaksWhenItShouldAndOnlyThen(t *testing.T) {
	if found := Check(Shipped(), good()); len(found) != 0 {
		t.Fatalf("a good draft is faulted: %+v", found)
	}
	cases := map[string]func(*Draft){
		"title_short":         func(d *Draft) { d.Texts["title"] = "齿轮研究" },
		"problem_unexplained": func(d *Draft) { d.Texts["difficulty"] = "变形大。" },
		"target_unmeasurable": func(d *Draft) { d.Lists["targets"][1] = "返修率低" },
		"words_vague":         func(d *Draft) { d.Lists["targets"][0] = "跳动显著小于 0.03 mm" },
		"budget_open":         func(d *Draft) { d.BudgetOpen = true },
		"ip_silent":           func(d *Draft) { d.Texts["ipTerms"] = "  " },
		"deadline_short":      func(d *Draft) { d.DaysToDeadline = days(19) },
		"contact_missing":     func(d *Draft) { delete(d.Texts, "contact.phone") },
		"conditions_exclude":  func(d *Draft) { d.Texts["bidConditions"] = "注册资本 1000 万元以上" },
	}
	for _, r := range Shipped() {
		change, ok := cases[r.ID]
		if !ok {
			t.Errorf("rule %s has no case", r.ID)
			continue
		}
		d := good()
		change(&d)
		found := Check(Shipped(), d)
		if len(found) != 1 || found[0].Rule != r.ID {
			t.Errorf("%s: found %+v", r.ID, found)
			continue
		}
		for _, text := range []string{found[0].Zh, found[0].En, found[0].MendZh, found[0].MendEn} {
			if strings.ContainsAny(text, "{}") {
				t.Errorf("%s: a place was not filled in: %s", r.ID, text)
			}
		}
	}
}

func TestBoundsBelongToTheGoodSide(t *testing.T) {
	d := good()
	d.DaysToDeadline = days(20)
	if found := Check(Shipped(), d); len(found) != 0 {
		t.Fatalf("%+v", found)
	}
}

func TestAnUnknownIsNoFault(t *testing.T) {
	d := good()
	d.DaysToDeadline = nil
	if found := Check(Shipped(), d); len(found) != 0 {
		t.Fatalf("%+v", found)
	}
}

func TestARuleKeepsToItsKinds(t *testing.T) {
	d := good()
	d.Kind = "supply"
	delete(d.Texts, "ipTerms")
	if found := Check(Shipped(), d); len(found) != 0 {
		t.Fatalf("a procurement item needs no clause on results: %+v", found)
	}
}

func TestTheGravestComesFirst(t *testing.T) {
	d := good()
	d.Texts["title"], d.Texts["ipTerms"] = "齿轮", ""
	var got []Severity
	for _, f := range Check(Shipped(), d) {
		got = append(got, f.Severity)
	}
	if !slices.Equal(got, []Severity{Warning, Advice}) {
		t.Fatal(got)
	}
}

func TestRulesThatCannotHoldAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"unknown test":   `[{"id":"a","field":"title","severity":"advice","test":"guess","zh":"a","en":"a","mendZh":"a","mendEn":"a"}]`,
		"no way to mend": `[{"id":"a","field":"title","severity":"advice","test":"empty","zh":"a","en":"a"}]`,
		"twice the id":   `[{"id":"a","field":"title","severity":"advice","test":"empty","zh":"a","en":"a","mendZh":"a","mendEn":"a"},{"id":"a","field":"title","severity":"advice","test":"empty","zh":"a","en":"a","mendZh":"a","mendEn":"a"}]`,
		"no words":       `[{"id":"a","field":"title","severity":"advice","test":"holds_word","zh":"a","en":"a","mendZh":"a","mendEn":"a"}]`,
		"not a list":     `7`,
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
