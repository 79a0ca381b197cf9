package match

import (
	"cmp"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var nouns = []string{"数控机床", "主轴", "轴承", "锂离子电池", "隔膜", "涂层", "视觉检测", "机器人", "减速器", "注塑模具", "热处理", "激光焊接", "稀土永磁", "电机", "传感器", "碳纤维", "复合材料", "污水处理", "膜分离", "5G基站", "滤波器", "CBN单晶", "砂轮"}
var verbs = []string{"研发", "加工工艺", "制造", "维修服务", "检测技术", "回收利用", "智能控制系统", "关键技术研究"}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// some answers the zero value half of the time: much is unknown in practice.
func some[T any](r *rand.Rand, list []T) T {
	var none T
	if r.IntN(2) == 0 {
		return none
	}
	return pick(r, list)
}

func invent(r *rand.Rand, id string) Item {
	it := Item{
		ID: id, Kind: pick(r, []Kind{Demand, Organisation, Offering, Achievement}),
		Title: pick(r, nouns) + pick(r, nouns) + pick(r, verbs),
		City:  some(r, []string{"宁波", "杭州"}), District: some(r, []string{"鄞州区", "北仑区", "慈溪市"}),
		Tier: Tier(r.IntN(4)), Quantity: some(r, []float64{100, 500, 2000}), Unit: some(r, []string{"件", "吨"}),
		Delivered: some(r, []int{1, 4, 30}), Rating: some(r, []float64{1.5, 3, 4.8}), TRL: r.IntN(10), MoneyFen: some(r, []int64{100_000_00, 500_000_00}),
	}
	for range r.IntN(5) {
		it.Text += pick(r, nouns) + "的" + pick(r, verbs) + "，"
	}
	for range r.IntN(3) {
		it.Categories = append(it.Categories, pick(r, []string{"技术创新", "知识产权", "管理咨询"}))
		it.Chains = append(it.Chains, pick(r, []string{"稀土磁材", "新能源汽车", "智能装备"}))
		it.Industries = append(it.Industries, pick(r, []string{"C3425", "C3421", "3461", "C39", "I6510"}))
	}
	return it
}

func filled(n int) (*Index, []Item) {
	r := rand.New(rand.NewPCG(7, 7))
	x := New(DefaultWeights())
	items := make([]Item, n)
	for i := range items {
		items[i] = invent(r, "i"+strconv.Itoa(i))
		x.Upsert(items[i])
	}
	x.Refresh()
	return x, items
}

func TestScoreIsTheSumOfItsReasonsFromEitherSide(t *testing.T) {
	x, items := filled(200)
	for i := range items {
		for _, m := range x.Top(items[i], 10, nil) {
			other, _ := x.Get(m.ID)
			there, back := x.Pair(items[i], other), x.Pair(other, items[i])
			if math.Abs(sum(m.Reasons)-m.Score) > 1e-9 {
				t.Fatalf("%v add up to %v, not %v", m.Reasons, sum(m.Reasons), m.Score)
			}
			if m.Score != there.Score || there.Score != back.Score {
				t.Fatalf("%v found, %v there, %v back", m.Score, there.Score, back.Score)
			}
			if !reflect.DeepEqual(there.Reasons, back.Reasons) || !reflect.DeepEqual(m.Reasons, there.Reasons) {
				t.Fatalf("reasons differ:\n%v\n%v\n%v", m.Reasons, there.Reasons, back.Reasons)
			}
			for _, r := range m.Reasons {
				if r.Value == 0 || r.Detail == "" || m.Version != x.Version() {
					t.Fatalf("a reason says nothing: %+v", m)
				}
			}
		}
	}
}

// TestTopIsTheBestOfAll compares with scoring every pair.
func TestTopIsTheBestOfAll(t *testing.T) {
	x, items := filled(300)
	for i := range items[:30] {
		var all []Match
		for j := range items {
			if m := x.Pair(items[i], items[j]); j != i && m.Score != 0 {
				all = append(all, m)
			}
		}
		slices.SortFunc(all, func(a, b Match) int {
			return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
		})
		if got := x.Top(items[i], 7, nil); !reflect.DeepEqual(got, all[:7]) {
			t.Fatalf("item %d:\n%v\n%v", i, got, all[:7])
		}
	}
}

// TestTopEachIsTopOfEach: lists made together are those made one by one.
func TestTopEachIsTopOfEach(t *testing.T) {
	x, items := filled(300)
	even := func(it *Item) bool { return len(it.ID)%2 == 0 }
	wanted := []Wanted{{}, {Kind: Organisation}, {Allow: even}, {Kind: Demand, Allow: even}, {Kind: "nothing of ours"}}
	for i := range items[:50] {
		for n, got := range x.TopEach(Follows{Chains: []string{"智能装备"}}, items[i], 5, wanted...) {
			w := wanted[n]
			want := x.TopFor(Follows{Chains: []string{"智能装备"}}, items[i], 5, func(it *Item) bool {
				return (w.Kind == "" || it.Kind == w.Kind) && (w.Allow == nil || w.Allow(it))
			})
			if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
				t.Fatalf("%+v:\n%v\n%v", w, got, want)
			}
		}
	}
}

func TestUnknownIsNeutral(t *testing.T) {
	x, _ := filled(100)
	d := Item{ID: "d", Kind: Demand, Title: "数控机床主轴", City: "宁波", District: "鄞州区", TRL: 7, MoneyFen: 100, Quantity: 5, Unit: "件", Categories: []string{"技术创新"}, Chains: []string{"智能装备"}, Industries: []string{"C3425"}}
	newcomer := Item{ID: "o", Kind: Organisation, Title: "主轴厂"}
	m := x.Pair(d, newcomer)
	for _, r := range m.Reasons {
		if slices.Contains(factKinds[:], r.Kind) {
			t.Errorf("nothing is known, yet %+v", r)
		}
	}
	// A newcomer stands between a firm with a good record and one with a bad record.
	good, bad := newcomer, newcomer
	good.Delivered, good.Rating = 10, 4.9
	bad.Delivered, bad.Rating = 10, 1.2
	if g, b := x.Pair(d, good).Score, x.Pair(d, bad).Score; g <= m.Score || b >= m.Score {
		t.Errorf("good %v, newcomer %v, bad %v", g, m.Score, b)
	}
}

// TestReadiness: a demand's own word on readiness goes before what its kind usually needs; what is unknown counts nothing; a gap is told
// in levels, and above two of them with the bridges.
func TestReadiness(t *testing.T) {
	x, _ := filled(100)
	w := DefaultWeights()
	for _, c := range []struct {
		name           string
		wanted         int
		need           string
		reached        int
		value          float64
		gap            int
		detail, absent string
	}{
		{"as ready as stated", 6, "rnd", 6, w.TRLFit, 0, "满足所需的 6 级", "差"},
		{"one level short", 7, "rnd", 6, w.TRLFit, 1, "满足所需", "差"},
		{"two levels short", 7, "", 5, w.TRLGap, 2, "差 2 级", "中试"},
		{"three levels short", 7, "rnd", 4, 2 * w.TRLGap, 3, "所需的 7 级差 3 级，可考虑先使用后付费、中试服务或联合研发", "同类"},
		{"nothing stated", 0, "scenario", 3, 3 * w.TRLGap, 4, "同类需求通常要求的 7 级差 4 级", "所需"},
		{"a kind that asks for none", 0, "supply", 3, 0, 0, "", ""},
		{"readiness unknown", 7, "rnd", 0, 0, 0, "", ""},
	} {
		d := Item{ID: "d", Kind: Demand, Title: "数控机床主轴", TRL: c.wanted, Need: c.need}
		a := Item{ID: "a", Kind: Achievement, Title: "数控机床主轴热误差补偿", TRL: c.reached}
		there, back := x.Pair(d, a), x.Pair(a, d)
		if !reflect.DeepEqual(there.Reasons, back.Reasons) || math.Abs(sum(there.Reasons)-there.Score) > 1e-9 {
			t.Errorf("%s: %v from one side, %v from the other", c.name, there, back)
		}
		i := slices.IndexFunc(there.Reasons, func(r Reason) bool { return r.Kind == ReasonTRL })
		if c.value == 0 {
			if i >= 0 {
				t.Errorf("%s: %+v", c.name, there.Reasons[i])
			}
			continue
		}
		if i < 0 {
			t.Errorf("%s: no reason in %+v", c.name, there.Reasons)
			continue
		}
		if r := there.Reasons[i]; r.Value != c.value || r.Gap != c.gap || !strings.Contains(r.Detail, c.detail) || strings.Contains(r.Detail, c.absent) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

func TestTopObeysItsFilterAndForgetsTheRemoved(t *testing.T) {
	x, items := filled(200)
	only := func(it *Item) bool { return it.Kind == Achievement }
	for _, m := range x.Top(items[0], 50, only) {
		if it, _ := x.Get(m.ID); it.Kind != Achievement {
			t.Fatalf("%s is a %s", m.ID, it.Kind)
		}
	}
	version := x.Version()
	best := x.Top(items[0], 1, nil)[0].ID
	x.Remove(best)
	x.Remove("nobody")
	if got := x.Top(items[0], 200, nil); slices.ContainsFunc(got, func(m Match) bool { return m.ID == best }) || x.Len() != 199 {
		t.Error("a removed item is found")
	}
	if x.Version() != version {
		t.Error("a change of one item must not change the scores of others")
	}
	x.Refresh()
	if x.Version() == version {
		t.Error("other statistics under the same version")
	}
}

func TestChangesWhileAsking(t *testing.T) {
	x, items := filled(300)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 1))
			for range 200 {
				switch r.IntN(6) {
				case 0:
					x.Upsert(invent(r, "i"+strconv.Itoa(r.IntN(400))))
				case 1:
					x.Remove("i" + strconv.Itoa(r.IntN(400)))
				case 2:
					x.Refresh()
				default:
					x.Top(pick(r, items), 5, nil)
				}
			}
		})
	}
	wg.Wait()
	// However it came about, it equals an index that was filled at once.
	fresh := New(DefaultWeights())
	for i := range 400 {
		if it, ok := x.Get("i" + strconv.Itoa(i)); ok {
			fresh.Upsert(it)
		}
	}
	x.Refresh()
	fresh.Refresh()
	if x.Version() != fresh.Version() {
		t.Fatalf("%s, filled at once %s", x.Version(), fresh.Version())
	}
	if got, want := x.Top(items[0], 20, nil), fresh.Top(items[0], 20, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%v", got, want)
	}
}

func TestWeightsAreChecked(t *testing.T) {
	for _, bad := range []string{
		`{}`, `[`, `{"version":"1","nonsense":2}`, `{"version":"1"}`,
		`{"version":"1","tier":[1,0,0,0],"text":{}}`,
		`{"version":"1","trlGap":1,"text":{}}`,
	} {
		if _, err := ReadWeights([]byte(bad)); err == nil {
			t.Error(bad)
		}
	}
}

// TestCounterfactualsHold tries each promised change again: the pair then scores what was promised, and more than now.
func TestCounterfactualsHold(t *testing.T) {
	x, items := filled(300)
	tried := 0
	for i := 0; tried < 1000; i++ {
		a, b := items[i%len(items)], items[(i*7+1)%len(items)]
		for _, c := range x.WhatIf(a, b, 20) {
			tried++
			if got := x.Pair(a, c.After).Score; got != c.Score || got <= x.Pair(a, b).Score || c.Gain <= 0 {
				t.Fatalf("%+v scores %v", c, got)
			}
		}
	}
}

func TestPersonalReasonsOnlyForThePerson(t *testing.T) {
	x, items := filled(300)
	person := Follows{Chains: []string{"稀土磁材"}, Districts: []string{"鄞州区"}}
	personal := 0
	for i := range items[:50] {
		if got, want := x.TopFor(Follows{}, items[i], 20, nil), x.Top(items[i], 20, nil); !reflect.DeepEqual(got, want) {
			t.Fatal("two people who follow nothing see different lists")
		}
		for _, m := range x.TopFor(person, items[i], 20, nil) {
			it, _ := x.Get(m.ID)
			follows := slices.Contains(it.Chains, "稀土磁材") || it.District == "鄞州区"
			has := slices.ContainsFunc(m.Reasons, func(r Reason) bool { return r.Kind == ReasonPersonal })
			if has != follows || math.Abs(sum(m.Reasons)-m.Score) > 1e-9 {
				t.Fatalf("%+v of %+v", m, it)
			}
			if has {
				personal++
			}
		}
	}
	if personal == 0 {
		t.Error("the case shows nothing")
	}
}

// TestOutlineIsNeverTooLow compares the bound with the facts themselves.
func TestOutlineIsNeverTooLow(t *testing.T) {
	x, items := filled(300)
	w := &x.weights
	for i := range items[:100] {
		l := w.limits(&items[i])
		for j := range items {
			total := 0.0
			for _, v := range w.facts(&items[i], &items[j]) {
				total += v
			}
			o := w.outline(&items[j])
			if most := l.most(&o); total > most+1e-9 {
				t.Fatalf("facts are worth %v, at most %v was promised: %+v %+v", total, most, items[i], items[j])
			}
		}
	}
}
