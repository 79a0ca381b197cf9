package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
)

func TestSuggestions(t *testing.T) {
	h := open(t, t.TempDir())
	for _, title := range []string{"澜州鹏煜齿轮传动有限公司", "重庆银行精密齿轮厂", "齿轮修形研究所", "ABB机器人服务站", "数控机床研究院"} {
		h.put(t, api.DocumentTypeOrganisation, api.SearchDocument{Id: compact(title), Rev: 1, Title: title, Audience: []string{everybody}, Url: "/"})
	}
	h.put(t, api.DocumentTypeDemand, api.SearchDocument{Id: "d", Rev: 1, Title: "谐波减速器寿命提升", Audience: []string{everybody}, Url: "/",
		Facts: api.Facts{Chain: []string{"robotics"}}, Labels: map[string]string{"robotics": "机器人产业"}})
	for _, c := range []struct {
		typed, kind string
		want        []string
	}{
		{"齿轮", "all", []string{"齿轮修形研究所", "重庆银行精密齿轮厂", "澜州鹏煜齿轮传动有限公司"}},
		{"齿轮传", "all", []string{"澜州鹏煜齿轮传动有限公司"}},
		{"chilunc", "all", []string{"重庆银行精密齿轮厂", "澜州鹏煜齿轮传动有限公司"}}, // 齿轮厂, 齿轮传: typing goes on
		{"ilun", "all", nil}, // not where a syllable begins
		{"chongqing", "all", []string{"重庆银行精密齿轮厂"}},
		{"cqyh", "all", []string{"重庆银行精密齿轮厂"}},
		{"abb机", "all", []string{"ABB机器人服务站"}},
		{"机器人", "all", []string{"机器人产业", "ABB机器人服务站"}},
		{"机器人", "demand", nil},
		{"减速器", "demand", []string{"谐波减速器寿命提升"}},
		{"robotics", "all", nil}, // a code is nobody's word
		{"  ，。", "all", nil},
	} {
		var got []string
		for _, s := range h.Suggest(context.Background(), access.Actor{}, c.typed, c.kind, 8) {
			got = append(got, s.Text)
			if len(s.Marks) == 0 {
				t.Errorf("%s: nothing is marked in %s", c.typed, s.Text)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s (%s): %v, not %v", c.typed, c.kind, got, c.want)
		}
	}
	if got := h.Suggest(context.Background(), access.Actor{}, "研究", "all", 1); len(got) != 1 {
		t.Errorf("limit 1 gives %v", got)
	}
}

// TestSuggestionsLookAtEveryTitle holds the index of names to a look at every title, through changes and removals enough for it
// to be made again.
func TestSuggestionsLookAtEveryTitle(t *testing.T) {
	m := newMemory(match.DefaultWeights())
	r := rand.New(rand.NewPCG(6, 6))
	title := func() string {
		return some(r, things) + []string{"", "ABB", "5G", "·"}[r.IntN(4)] + some(r, doings) + []string{"", "厂", "重庆银行"}[r.IntN(3)]
	}
	for i := range 4_000 {
		id := fmt.Sprintf("o%d", r.IntN(300))
		if r.IntN(5) == 0 {
			m.remove(key(api.DocumentTypeOrganisation, id), int64(i))
			continue
		}
		m.put(api.DocumentTypeOrganisation, &api.SearchDocument{Id: id, Title: title(), Audience: []string{everybody}}, int64(i))
	}
	if m.names.stale > 1000+len(m.list)/2 {
		t.Errorf("%d of %d names are stale", m.names.stale, len(m.list))
	}
	everything := func(*entry) bool { return true }
	for _, typed := range []string{"数", "控机", "机床", "abb", "b", "5g", "s", "sk", "shuk", "jichuang", "skj", "cq", "chongqingyin", "zhongqing", "厂", "没有", "x"} {
		want := 0
		for _, e := range m.entries {
			if e.sound.find(e.folded, typed, latin(typed)).how != notAtAll {
				want++
			}
		}
		_, found := m.holding(typed, 10_000, nil, everything)
		if len(found) != want {
			t.Errorf("%s: %d titles found, %d hold it", typed, len(found), want)
		}
		if _, best := m.holding(typed, 8, nil, everything); !slices.Equal(best, found[:min(8, len(found))]) {
			t.Errorf("%s: the best eight are not the first eight of all", typed)
		}
	}
}
