package search

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"lianbang/search/api"
)

func TestSearchFindsWhatIsPut(t *testing.T) {
	h := open(t, t.TempDir())
	h.put(t, api.DocumentTypeDemand,
		api.SearchDocument{Id: "d1", Rev: 1, Title: "高速数控机床主轴热变形补偿", Summary: "本装置安装简单，维护方便。", Audience: []string{everybody}, Url: "/demands/d1"},
		api.SearchDocument{Id: "d2", Rev: 1, Title: "城市景点导览系统", Audience: []string{everybody}, Url: "/demands/d2"})
	for _, c := range []struct {
		query, want string
		relaxed     api.SearchPageRelaxed
	}{
		{"床主轴", "d1", api.None}, {"简单", "d1", api.None}, {"热", "d1", api.None}, {"CNC机床", "d1", api.None},
		{"zhuzhou", "d1", api.Pinyin}, {"谁能解决超高速主轴误差", "d1", api.Some},
		{strings.Repeat("我们有一台机床，主轴热变形补偿做不好。", 12), "d1", api.Some}, {"我们想找一家能做主轴热变形补偿的单位", "d1", api.Some}, {"景点", "d2", api.None},
	} {
		page := h.find(t, Ask{Query: c.query})
		if !slices.Equal(ids(page), []string{c.want}) || page.Relaxed != c.relaxed {
			t.Errorf("%s finds %v (%s), not %s (%s)", c.query, ids(page), page.Relaxed, c.want, c.relaxed)
		}
	}
	for query, want := range map[string]string{"shukong jichuang": "数控机床", "skjc": "数控机床", "数控机床": "", "主周": "主轴", "Sevro": "", "景点": ""} {
		if page := h.find(t, Ask{Query: query}); page.DidYouMean != want {
			t.Errorf("%s: did you mean %q, not %q", query, page.DidYouMean, want)
		}
	}
	// What filters hide is not misspelt.
	page := h.find(t, Ask{Query: "主轴", Chosen: map[string][]string{"district": {"nowhere"}, "kind": {"none"}}})
	if page.DidYouMean != "" || !slices.Equal(page.Without, []api.FilterCount{{Name: everyFilter, Count: 1}}) {
		t.Errorf("hidden by filters: did you mean %q, without %v", page.DidYouMean, page.Without)
	}
	page = h.find(t, Ask{Query: "经典"})
	if page.Total != 0 || page.DidYouMean != "景点" {
		t.Errorf("经典 finds %v, did you mean %q", ids(page), page.DidYouMean)
	}
	page = h.find(t, Ask{Query: "简单"})
	if s := page.Hits[0].Snippet; len(s.Marks) != 1 || string([]rune(s.Text)[s.Marks[0].Start:s.Marks[0].Start+s.Marks[0].Length]) != "简单" {
		t.Errorf("the snippet shows %+v", s)
	}
}

// TestMisspeltLatinIsOffered asks for words a slip away from those documents use: a better spelling is offered, what was typed
// is what is answered.
func TestMisspeltLatinIsOffered(t *testing.T) {
	h := open(t, t.TempDir())
	h.put(t, api.DocumentTypeDemand,
		api.SearchDocument{Id: "servo", Rev: 1, Title: "EtherCAT 总线 Servo 驱动器", Keywords: []string{"IGBT"}, Audience: []string{everybody}, Url: "/"},
		api.SearchDocument{Id: "secret", Rev: 1, Title: "Quantum 陀螺仪", Audience: []string{"org900"}, Url: "/"})
	for query, want := range map[string]string{
		"Sevro": "Servo", "servo": "", "Ethercta": "EtherCAT", "ehtercta 驱动器": "EtherCAT 驱动器", "IGTB": "IGBT", "IGBT": "", "Ether": "",
		"Quantom": "", "CNN": "", "zzzzzzz": "",
	} {
		if page := h.find(t, Ask{Query: query}); page.DidYouMean != want || page.Query != query {
			t.Errorf("%s: did you mean %q, not %q", query, page.DidYouMean, want)
		}
	}
}

// TestNearestGoesOutwards asks from one district: its own things first, then those of the districts around it.
func TestNearestGoesOutwards(t *testing.T) {
	for a, neighbours := range cityMap {
		for _, b := range neighbours {
			if !slices.Contains(cityMap[b], a) || a == b {
				t.Errorf("%s borders %s one way only", a, b)
			}
		}
	}
	h := open(t, t.TempDir())
	for _, d := range []string{"songlan", "qingyu", "", "lanjiang", "yunxiu", "heting", "elsewhere"} {
		h.put(t, api.DocumentTypeProvider, api.SearchDocument{Id: "in-" + d, Rev: 1, Title: "检测服务", Audience: []string{everybody}, Url: "/",
			Facts: api.Facts{District: d, PublishedAt: now.Add(-time.Duration(len(d)) * time.Hour)}})
	}
	h.put(t, api.DocumentTypeOrganisation, api.SearchDocument{Id: "mine", Rev: 1, Title: "我方", Audience: []string{everybody}, Url: "/", Facts: api.Facts{District: "heting"}})
	want := []string{"in-heting", "in-lanjiang", "in-songlan", "in-yunxiu", "in-qingyu"} // itself, what borders it, what borders that
	for _, a := range []Ask{{Query: "检测", Near: "heting"}, {Query: "检测", Actor: member("mine")}, {Near: "heting", Type: "provider"}} {
		a.Sort = "nearest"
		got := ids(h.find(t, a))
		slices.Sort(got[1:4])
		if len(got) != 7 || !slices.Equal(got[:5], want) {
			t.Errorf("%+v: %v", a, got)
		}
	}
}

func TestInnerSubstrings(t *testing.T) {
	h := open(t, t.TempDir())
	docs := invent(api.DocumentTypeDemand, 150, 1)
	h.put(t, api.DocumentTypeDemand, docs...)
	r := rand.New(rand.NewPCG(7, 7))
	for range 100 {
		d := docs[r.IntN(len(docs))]
		source := []rune([]string{d.Title, d.Summary, d.Body}[r.IntN(3)])
		n := 2 + r.IntN(7)
		at := r.IntN(len(source) - n)
		wanted := string(source[at : at+n])
		if strings.ContainsFunc(wanted, func(r rune) bool { return !unicode.Is(unicode.Han, r) }) {
			continue
		}
		total := int64(0)
		for _, o := range docs {
			if slices.ContainsFunc(append([]string{o.Title, o.Summary, o.Body, o.OrgName, o.Facts.Chain[0]}, o.Keywords...), func(s string) bool { return strings.Contains(s, wanted) }) {
				total++
			}
		}
		page := h.find(t, Ask{Query: wanted, PageSize: 100})
		if page.Total != total || page.Relaxed != api.None {
			t.Errorf("%s: %d found, %d hold it (%s)", wanted, page.Total, total, page.Relaxed)
		}
		if total <= 100 && !slices.Contains(ids(page), d.Id) {
			t.Errorf("%s: %s is not among the hits", wanted, d.Id)
		}
		for _, hit := range page.Hits {
			if len(hit.Title.Marks)+len(hit.Snippet.Marks)+len(hit.OrgName.Marks) == 0 {
				t.Errorf("%s: nothing is marked in %s", wanted, hit.Id)
			}
		}
	}
}

func TestPutReplacesAndRemoves(t *testing.T) {
	h := open(t, t.TempDir())
	docs := invent(api.DocumentTypeDemand, 3, 1)
	h.put(t, api.DocumentTypeDemand, docs...)
	docs[0].Title, docs[0].Rev = "换了名字的需求", 99
	h.put(t, api.DocumentTypeDemand, docs[0])
	if err := h.Put(context.Background(), api.DocumentTypeDemand, api.DocumentBatch{Remove: []string{docs[1].Id, "never-there"}}); err != nil {
		t.Fatal(err)
	}
	if got := ids(h.find(t, Ask{Query: "换了名字"})); !slices.Equal(got, []string{docs[0].Id}) {
		t.Errorf("the new title finds %v", got)
	}
	if got := h.find(t, Ask{}); got.Total != 2 {
		t.Errorf("%d documents after one of three was removed", got.Total)
	}
	if got := h.find(t, Ask{Actor: city}); got.Total != 2 {
		t.Errorf("the operator sees %d documents: tombstones are nobody's", got.Total)
	}
	revs, next, err := h.Revisions(context.Background(), api.DocumentTypeDemand, 10, "")
	if err != nil || next != "" || len(revs) != 2 {
		t.Fatalf("revisions %v, next %q, %v", revs, next, err)
	}
	if !slices.Contains(revs, api.DocumentRevision{Id: docs[0].Id, Rev: 99}) {
		t.Errorf("revisions %v do not have the new one", revs)
	}
}

func TestSynonymsFindEachOtherAndNothingElse(t *testing.T) {
	h := open(t, t.TempDir())
	h.put(t, api.DocumentTypeDemand,
		api.SearchDocument{Id: "long", Rev: 1, Title: "锂离子电池隔膜", Audience: []string{everybody}, Url: "/"},
		api.SearchDocument{Id: "short", Rev: 1, Title: "锂电池回收", Audience: []string{everybody}, Url: "/"},
		api.SearchDocument{Id: "vision", Rev: 1, Title: "视觉检测设备", Audience: []string{everybody}, Url: "/"},
		api.SearchDocument{Id: "pcb", Rev: 1, Title: "高频 PCB 板材", Audience: []string{everybody}, Url: "/"})
	for query, want := range map[string][]string{
		"锂电池": {"long", "short"}, "锂离子电池": {"long", "short"}, "机器视觉": {"vision"}, "机器": {}, "离子": {"long"}, "印制电路板": {"pcb"}, "pcb": {"pcb"},
	} {
		got := ids(h.find(t, Ask{Query: query}))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %v, not %v", query, got, want)
		}
	}
	if hit := h.find(t, Ask{Query: "锂电池"}).Hits; len(hit[0].Title.Marks) == 0 || len(hit[1].Title.Marks) == 0 {
		t.Errorf("a synonym is not marked: %+v", hit)
	}
}

func TestTheTitleCountsMost(t *testing.T) {
	h := open(t, t.TempDir())
	doc := func(id string, change func(*api.SearchDocument)) api.SearchDocument {
		d := api.SearchDocument{Id: id, Rev: 1, Title: "一般设备改造需求" + id, Summary: "提高产线效率。", Body: "详见附件说明。", Audience: []string{everybody}, Url: "/"}
		change(&d)
		return d
	}
	h.put(t, api.DocumentTypeDemand,
		doc("body", func(d *api.SearchDocument) { d.Body = "需要陶瓷轴承，陶瓷轴承寿命要长。" }),
		doc("summary", func(d *api.SearchDocument) { d.Summary = "采购陶瓷轴承。" }),
		doc("keyword", func(d *api.SearchDocument) { d.Keywords = []string{"陶瓷轴承"} }),
		doc("title", func(d *api.SearchDocument) { d.Title = "陶瓷轴承国产化改造需求" }))
	if got := ids(h.find(t, Ask{Query: "陶瓷轴承"})); len(got) != 4 || got[0] != "title" || got[3] != "body" {
		t.Errorf("the order is %v", got)
	}
}
