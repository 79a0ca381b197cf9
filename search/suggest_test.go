package search

import (
	"context"
	"slices"
	"testing"

	"lianbang/search/api"
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
