package same

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"lianbang/services/achievement/same/sametest"
)

// TestPlantedDuplicatesAreProposed holds the recogniser against lists whose duplicates are known. Found means proposed with the right one
// among those shown; false proposals are counted, on near-misses and on rows that are simply new, since each costs a person a look.
func TestPlantedDuplicatesAreProposed(t *testing.T) {
	rows, seeds := 500, []uint64{21}
	if os.Getenv("LIANBANG_PROVE") != "" {
		rows, seeds = 5000, []uint64{21, 22, 23}
	}
	planted, found, near, falseNear, fresh, falseFresh, bulk := 0, 0, 0, 0, 0, 0, 0
	missed, proposed := map[string]int{}, map[string]int{}
	for _, seed := range seeds {
		l := sametest.Plant(seed, rows)
		x := NewIndex()
		for i, h := range l.Had {
			x.Add(fmt.Sprint(i), Subject{h.Title, []string{h.Number}})
		}
		for _, r := range l.Rows {
			matches := x.Find(Subject{r.Title, []string{r.Number}})
			switch {
			case r.Of >= 0:
				planted++
				if slices.ContainsFunc(matches, func(m Match) bool { return m.ID == fmt.Sprint(r.Of) }) {
					found++
				} else if missed[r.How]++; missed[r.How] <= 3 {
					t.Logf("missed (%s): %q is %q", r.How, r.Title, l.Had[r.Of].Title)
				}
			case r.Near != "":
				near++
				if len(matches) > 0 {
					falseNear++
					if proposed[r.Near]++; proposed[r.Near] <= 2 {
						t.Logf("proposed (%s): %q for %+v", r.Near, r.Title, matches[0])
					}
				}
			default:
				fresh++
				if len(matches) > 0 {
					falseFresh++
				}
			}
			if len(matches) > 0 && matches[0].Exact && (r.Of < 0 || matches[0].ID != fmt.Sprint(r.Of)) {
				bulk++
				t.Logf("would be merged with others at one word: %q, %q, is not %s (%s %s)", r.Title, l.Had[max(0, r.Of)].Title, matches[0].ID, r.How, r.Near)
			}
		}
	}
	recall := float64(found) / float64(planted)
	t.Logf("recall %.4f of %d planted; false proposals: %d of %d near-misses, %d of %d new rows; missed %v; proposed near-misses %v", recall, planted, falseNear, near, falseFresh, fresh, missed, proposed)
	if recall < 0.98 {
		t.Errorf("recall %.4f", recall)
	}
	if bulk > 0 {
		t.Errorf("%d rows are called exact and are not", bulk)
	}
}

func TestNumber(t *testing.T) {
	for _, same := range [][]string{
		{"ZL202310000001.2", "202310000001.2", "ZL2023100000012", "CN202310000001.2", "zl 2023 1000 0001", "专利号：ＺＬ２０２３１０００００01．2", "ZL202310000001"},
		{"ZL02112345.6", "02112345.6", "CN02112345"},
		{"CN110234567A", "CN110234567B", "CN 110234567 B"},
		{"2023SR0123456", "登记号 2023SR0123456"},
		{"软著登字第1234567号", "软著登字第 1234567 号"},
		{"PCT/CN2023/012345", "PCTCN2023012345"},
	} {
		for _, n := range same[1:] {
			if Number(n) != Number(same[0]) || Number(n) == "" {
				t.Errorf("%q is %q, %q is %q", n, Number(n), same[0], Number(same[0]))
			}
		}
	}
	for _, nothing := range []string{"", "—", "技术秘密", "申请中", "A-12"} {
		if Number(nothing) != "" {
			t.Errorf("%q knows a right: %q", nothing, Number(nothing))
		}
	}
	if Number("ZL202310000001.2") == Number("ZL202310000002.0") || Number("202310000001") == Number("CN110000001A") {
		t.Error("two rights have one key")
	}
	fits := 0
	for _, digit := range "0123456789X" {
		if !Mistyped("ZL202310000001." + string(digit)) {
			fits++
		}
	}
	if fits != 1 || Mistyped("ZL202310000001") || Mistyped("2023SR0123456") {
		t.Errorf("%d check digits fit one number", fits)
	}
}

// TestTitles has the pairs a clerk would ask about.
func TestTitles(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"基于机器视觉的轴承套圈表面缺陷检测", "轴承套圈表面缺陷的机器视觉检测技术", true},
		{"激光熔覆修复大型轴颈磨损", "激光溶覆修复大型轴颈磨损", true},
		{"激光熔覆修复大型轴颈磨损", "《雷射》激光熔覆修復大型軸頸磨損", false}, // another word in it
		{"激光熔覆修复大型轴颈磨损", "激光熔覆修復大型軸頸磨損", true},
		{"五轴加工中心热误差在线补偿", "5轴加工中心热误差在线补偿技术", true},
		{"五轴加工中心热误差在线补偿", "三轴加工中心热误差在线补偿", false},
		{"第一代固态电池电解质制备", "第二代固态电池电解质制备", false},
		{"第二代固态电池电解质制备", "固态电池电解质制备（第2代）", true},
		{"ZK-706数控系统", "ZK706 数控系统", true},
		{"ZK-706数控系统", "ZK-760数控系统", false},
		{"齿轮渗碳层深度测量方法", "齿轮渗碳层深度测量装置", false},
		{"接触式齿轮轮廓测量", "非接触式齿轮轮廓测量", false},
		{"铝合金压铸件热处理工艺", "镁合金压铸件热处理工艺", false},
		{"高温环境下密封圈寿命预测", "低温环境下密封圈寿命预测", false},
		{"可再生能源电转气储能", "可再生能源气转电储能", false},
		{"催化剂", "催化剂载体", false},
		{"SiC功率模块封装", "SiC功率模块封装及其产业化应用", true},
	} {
		x := NewIndex()
		x.Add("a", Subject{Title: c.a})
		if got := len(x.Find(Subject{Title: c.b})) > 0; got != c.same {
			t.Errorf("%q and %q: proposed %v", c.a, c.b, got)
		}
	}
	x := NewIndex()
	x.Add("a", Subject{"一种齿轮测量方法", []string{"ZL202310000001.2"}})
	if m := x.Find(Subject{"完全另起的名字", []string{"2023100000012"}}); len(m) != 1 || m[0].Reason != SameNumber || m[0].Exact {
		t.Errorf("by the number alone: %+v", m)
	}
	if m := x.Find(Subject{"一种齿轮测量方法", []string{"ZL202310999999.9"}}); len(m) != 1 || m[0].Reason != SameTitle || m[0].Exact {
		t.Errorf("the same title under another number is for a person alone: %+v", m)
	}
}
