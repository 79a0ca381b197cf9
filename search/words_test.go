package search

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mozillazg/go-pinyin"

	"lianbang/search/api"
	"lianbang/search/text"
)

// soundAlikes are the characters of the main block by the syllable they are read as, those with no fellow left out.
func soundAlikes() [][]rune {
	bySound := map[string][]rune{}
	for r := rune(0x4E00); r <= 0x9FA5; r++ {
		if readings := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(readings) == 1 && text.Fold(string(r)) == string(r) {
			bySound[readings[0]] = append(bySound[readings[0]], r)
		}
	}
	var out [][]rune
	for _, sound := range slices.Sorted(maps.Keys(bySound)) {
		if len(bySound[sound]) > 1 {
			out = append(out, bySound[sound])
		}
	}
	return out
}

// TestHomophonesAreNotHits: 500 words stand in 500 documents; none is found by a word that only sounds like it.
func TestHomophonesAreNotHits(t *testing.T) {
	const pairs = 500
	h := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(5, 5))
	sounds := soundAlikes()
	docs := make([]api.SearchDocument, pairs)
	homophones := make([]string, pairs)
	for i := range docs {
		var written, heard []rune
		for range 2 {
			alike := sounds[r.IntN(len(sounds))]
			at := r.IntN(len(alike))
			written = append(written, alike[at])
			heard = append(heard, alike[(at+1+r.IntN(len(alike)-1))%len(alike)])
		}
		homophones[i] = string(heard)
		docs[i] = api.SearchDocument{Id: fmt.Sprint("h", i), Rev: 1, Title: "供应" + string(written) + "样品", Audience: []string{everybody}, Url: "/h"}
	}
	h.put(t, api.DocumentTypeDemand, docs...)
	for i, typed := range homophones {
		page := h.find(t, Ask{Query: typed})
		for _, hit := range page.Hits {
			if !strings.Contains(hit.Title.Text, typed) {
				t.Errorf("%q finds %q", typed, hit.Title.Text)
			}
		}
		word := strings.TrimSuffix(strings.TrimPrefix(docs[i].Title, "供应"), "样品")
		if page := h.find(t, Ask{Query: word}); !slices.Contains(ids(page), docs[i].Id) {
			t.Errorf("%q does not find the document that holds it", word)
		}
	}
}

// TestUniqueSubstringsAreOnTheFirstPage draws substrings of two to eight characters from documents: each is found exactly as often as it
// stands somewhere, and one that stands in a single document is on the first page.
func TestUniqueSubstringsAreOnTheFirstPage(t *testing.T) {
	draws, n := 200, 150
	if os.Getenv("LIANBANG_PROVE") == "1" {
		draws, n = 2000, 1500
	}
	h := open(t, t.TempDir())
	r := rand.New(rand.NewPCG(6, 6))
	const common = "工业产品制造加工设备技术材料系统控制检测精密机械电子信息传感激光焊接注塑模具轴承齿轮液压气动电机驱动储能光伏风力环保净化涂层热处理复合纤维合金粉末陶瓷薄膜芯片封装软件平台数据网络安全医疗食品农业水质土壤运输仓储包装印刷纺织服装家具建筑桥梁隧道铁路船舶航空"
	chars := []rune(common)
	prose := func(length int) string {
		var b strings.Builder
		for i := range length {
			b.WriteRune(chars[r.IntN(len(chars))])
			if i%17 == 16 {
				b.WriteString("，")
			}
		}
		return b.String()
	}
	docs := make([]api.SearchDocument, n)
	for i := range docs {
		docs[i] = api.SearchDocument{Id: fmt.Sprint("s", i), Rev: 1, Title: prose(14), Summary: prose(30), Body: prose(120), Audience: []string{everybody}, Url: "/s"}
	}
	h.put(t, api.DocumentTypeDemand, docs...)
	unique, first := 0, 0
	for range draws {
		d := docs[r.IntN(n)]
		source := []rune([]string{d.Title, d.Summary, d.Body}[r.IntN(3)])
		size := 2 + r.IntN(7)
		at := r.IntN(len(source) - size)
		wanted := string(source[at : at+size])
		if strings.Contains(wanted, "，") || len(h.o.Synonyms.Variants(wanted, 1)) > 0 { // a synonym finds more than is written
			continue
		}
		total := int64(0)
		for _, d := range docs {
			if strings.Contains(d.Title+"\n"+d.Summary+"\n"+d.Body, wanted) {
				total++
			}
		}
		page := h.find(t, Ask{Query: wanted})
		if page.Total != total || page.Relaxed != api.None {
			t.Errorf("%s: %d found (%s), %d hold it", wanted, page.Total, page.Relaxed, total)
		}
		if total == 1 {
			unique++
			if slices.Contains(ids(page), d.Id) {
				first++
			}
		}
	}
	if unique < draws/4 || float64(first) < 0.995*float64(unique) {
		t.Errorf("%d of %d unique ones are on the first page", first, unique)
	}
	t.Logf("%d of %d unique ones on the first page", first, unique)
}
