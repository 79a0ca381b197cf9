package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/mozillazg/go-pinyin"
)

// matches is the engine in small: every term of the query must match one attribute; a quoted phrase matches tokens that
// stand side by side, a plain word matches whole, begun, or with one typo.
func matches(doc Tokens, query string) bool {
	if query == "" {
		return false
	}
	attributes := [][]string{
		strings.Fields(doc.Units), strings.Fields(doc.Pairs), strings.Fields(doc.Words),
		strings.Fields(doc.Syllables), strings.Fields(doc.Initials),
	}
	for query != "" {
		var term []string
		plainWord := query[0] != '"'
		if plainWord {
			word, rest, _ := strings.Cut(query, " ")
			term, query = []string{word}, rest
		} else {
			inside, rest, _ := strings.Cut(query[1:], `"`)
			term, query = strings.Fields(inside), strings.TrimPrefix(rest, " ")
		}
		if !slices.ContainsFunc(attributes, func(tokens []string) bool {
			for i := 0; i+len(term) <= len(tokens); i++ {
				if slices.Equal(tokens[i:i+len(term)], term) {
					return true
				}
				if plainWord && (strings.HasPrefix(tokens[i], term[0]) || len(term[0]) >= 5 && oneTypo(tokens[i], term[0])) {
					return true
				}
			}
			return false
		}) {
			return false
		}
	}
	return true
}

func TestQueryFindsWhatAPersonMeans(t *testing.T) {
	for _, c := range []struct {
		doc, query string
		want       bool
	}{
		{"旅游景点介绍", "经典", false}, // a homophone
		{"安装简单", "简单", true},    // inside another word
		{"安装简单", "装简", true},
		{"安装，简单", "装简", false},  // not across punctuation
		{"钢板、板材", "钢板材", false}, // pairs that only seem to join
		{"支持5G基站", "5G", true},
		{"支持５Ｇ基站", "5g基站", true},
		{"支持15G内存", "5G", false},
		{"通过 ISO 14001 认证", "ISO14001", true},
		{"通过ISO14001认证", "iso 14001", true},
		{"通过ISO 14001认证", "ISO14001认证", true},
		{"通过ISO 14000认证", "ISO 14001", false}, // a number has no typos
		{"粒度100/120 目", "120目", true},
		{"粒度100/120目", "100/120 目", true},
		{"CBN单晶", "BN单晶", true},
		{"CBN单晶", "cbn", true},
		{"CBN 单晶磨料", "CBN单晶", true},
		{"數控機床維修", "数控机床维修", true},
		{"数控机床维修", "數控機床", true},
		{"Siemens 840D 系统", "siemans", true}, // a Latin typo
		{"Siemens 840D 系统", "siem", true},    // unfinished
		{"main board", "ai", false},
		{"面积30㎡", "30m2", true},
		{"稀土", "土", true},
		{"", "稀土", false},
		{"稀土", "，。", false},
		{"3D打印服务", "3d打印", true},
		{"café", "cafe", true},
	} {
		if got := matches(IndexNamed(c.doc), Query(c.query).Exact); got != c.want {
			t.Errorf("%q in %q: %v, want %v (asked %s)", c.query, c.doc, got, c.want, Query(c.query).Exact)
		}
	}
}

// TestHomophonesAreNotHits draws 500 pairs of two-character words that sound alike and share no character pair: the
// document with one must not answer for the other, in any of the ways we ask for typed Chinese.
func TestHomophonesAreNotHits(t *testing.T) {
	bySound := map[string][]rune{}
	for r := range pinyin.PinyinDict {
		if r >= 0x4E00 && r <= 0x9FA5 && simplify(rune(r)) == rune(r) {
			s := usual()[rune(r)]
			bySound[s] = append(bySound[s], rune(r))
		}
	}
	var sounds []string
	for s, rs := range bySound {
		slices.Sort(rs)
		if len(rs) >= 2 {
			sounds = append(sounds, s)
		}
	}
	slices.Sort(sounds)
	rng := rand.New(rand.NewPCG(1, 2))
	two := func(s string) (rune, rune) {
		rs := bySound[s]
		i := rng.IntN(len(rs))
		j := (i + 1 + rng.IntN(len(rs)-1)) % len(rs)
		return rs[i], rs[j]
	}
	for range 500 {
		a1, b1 := two(sounds[rng.IntN(len(sounds))])
		a2, b2 := two(sounds[rng.IntN(len(sounds))])
		doc, word := "新型"+string(a1)+string(a2)+"装置", string(b1)+string(b2)
		q := Query(word)
		if matches(IndexNamed(doc), q.Exact) || matches(IndexNamed(doc), q.Loose) || len(q.Pinyin) > 0 {
			t.Errorf("%s answers for %s", doc, word)
		}
		if !matches(IndexNamed(doc), Query(string(a1)+string(a2)).Exact) {
			t.Errorf("%s does not answer for itself", doc)
		}
	}
}

var passages = []string{
	"本项目面向数控机床高速电主轴，研究CBN单晶砂轮精密磨削工艺，转速达到24000r/min，通过ISO 9001与ISO14001双体系认证。",
	"需要粒度100/120 目、纯度≥99.9%的氧化铝粉体；預算30万元，希望与高校联合开发，支持5G+工业互联网平台接入。",
	"宁波某专精特新“小巨人”企业：新能源汽车电驱动系统用耐高温（180℃）漆包线，寻求绝缘涂层配方，可作价入股。",
	"基于YOLOv5的缺陷检测：表面划痕、气孔、缩松识别率98%，GPU服务器部署，3D打印夹具。",
}

// TestAnyInnerSubstringMatches draws 2,000 substrings of 2 to 8 characters from passages: each finds its passage. Parts
// of a Latin word or number by themselves are not asked for: 14 does not mean 14001.
func TestAnyInnerSubstringMatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	tried := 0
	for tried < 2000 {
		p := passages[rng.IntN(len(passages))]
		rs := []rune(p)
		n := 2 + rng.IntN(7)
		at := rng.IntN(len(rs) - n)
		sub := string(rs[at : at+n])
		asked := runs(fold(sub))
		if len(asked) != 1 || !hasHan(asked[0]) {
			continue
		}
		tried++
		if q := Query(sub); !matches(Index(p), q.Exact) {
			t.Fatalf("%q is in %q but is not found: %s", sub, p, q.Exact)
		}
		if len(Highlight(p, sub, nil)) == 0 {
			t.Fatalf("%q is in %q but is not marked", sub, p)
		}
	}
}

func TestTokensSurviveAnyAnalyser(t *testing.T) {
	tokens := Index("Ｑ235钢ΩΣ 𠮷野家, ISO-14001；ｶﾀｶﾅ quartz2")
	for _, stream := range []string{tokens.Units, tokens.Pairs, tokens.Words} {
		for _, r := range stream {
			if r != ' ' && (r < 'a' || r > 'z') {
				t.Fatalf("%q in %q", r, stream)
			}
		}
	}
	seen := map[string]rune{}
	for r := rune(0x3400); r <= 0x323AF; r++ {
		if r == 0xD800 {
			r = 0x20000
		}
		tok := hanToken(r)
		if o, ok := seen[tok]; ok {
			t.Fatalf("%q and %q share the token %s", o, r, tok)
		}
		seen[tok] = r
	}
	if wordToken(fold("q1")) == wordToken(fold("qqb")) || wordToken(fold("5g")) == wordToken(fold("qfg")) {
		t.Error("two words share a token")
	}
}

func TestLooseAsksForTheContent(t *testing.T) {
	for _, c := range []struct{ query, doc string }{
		{"我想找做数控机床主轴维修的厂家", "专业提供主轴维修、数控机床大修"},
		{"有没有能做锂离子电池回收的公司", "废旧锂离子电池梯次利用与回收"},
		{"请问宁波哪里有5G基站滤波器供应商", "5G通信基站用陶瓷滤波器，宁波制造"},
	} {
		if matches(Index(c.doc), Query(c.query).Exact) {
			t.Errorf("%q matches as it is; the case shows nothing", c.query)
		}
		if q := Query(c.query); !matches(Index(c.doc), q.Loose) {
			t.Errorf("%q does not find %q: %v", c.query, c.doc, content(runs(fold(c.query))))
		}
	}
	if q := Query("平台"); q.Loose == "" {
		t.Error("a query of weak words only must still ask")
	}
	if q := Query(strings.Repeat("锂电池 5G, a b c d e f g h i j k ", 3)); strings.Count(q.Exact, mark+"o") != 9 || q.Dropped != 3 {
		t.Errorf("%d dropped: %s", q.Dropped, q.Exact)
	}
}

func TestPinyinOnlyWhenTyped(t *testing.T) {
	doc := IndexNamed("重庆数控机床")
	for _, typed := range []string{"chongqing", "chong qing", "shukong", "skjc", "jichuang", "CQ"} {
		q := Query(typed)
		if matches(doc, q.Exact) || !slices.ContainsFunc(q.Pinyin, func(p string) bool { return matches(doc, p) }) {
			t.Errorf("%s: %+v", typed, q)
		}
	}
	for _, typed := range []string{"zhongqing", "重庆", "cnc5", "robot"} {
		if q := Query(typed); slices.ContainsFunc(q.Pinyin, func(p string) bool { return matches(doc, p) }) {
			t.Errorf("%s: %+v", typed, q)
		}
	}
	if got := strings.Join(Pinyin("重庆銀行 厦门"), " "); got != "chong qing yin hang xia men" {
		t.Error(got)
	}
	if got := Syllables("xian", 3); len(got) != 2 || len(got[0]) != 1 || len(got[1]) != 2 {
		t.Error(got)
	}
}

// TestPhraseReadings holds the table to its purpose: one syllable a character, all of them known, and every word read
// otherwise than its characters are by themselves.
func TestPhraseReadings(t *testing.T) {
	for word, reading := range phrases {
		var single []string
		for _, r := range word {
			single = append(single, usual()[r])
			if simplify(r) != r {
				t.Errorf("%s is not simplified", word)
			}
		}
		if len(single) != len(reading) || slices.Equal(single, reading) {
			t.Errorf("%s: %v", word, reading)
		}
		for _, s := range reading {
			if !syllables()[s] {
				t.Errorf("%s: %s is no syllable", word, s)
			}
		}
	}
}

// TestSimplifiedIsOneStep holds the table to one written form: no character folds to one that folds on.
func TestSimplifiedIsOneStep(t *testing.T) {
	if len([]rune(strings.ReplaceAll(traditional, "\n", "")))%2 != 0 {
		t.Fatal("the table is not made of pairs")
	}
	for from := rune(0x4E00); from < 0xA000; from++ {
		if to := simplify(from); simplify(to) != to {
			t.Errorf("%c → %c → %c", from, to, simplify(to))
		}
	}
}

func TestHighlightAndSnippet(t *testing.T) {
	syn, err := NewSynonyms([]string{"数控机床", "CNC"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, query, want string }{
		{"高速數控機床主轴", "数控机床", "高速[數控機床]主轴"},
		{"CNC加工中心", "数控机床", "[CNC]加工中心"},
		{"通过ISO 14001认证", "iso14001", "通过[ISO 14001]认证"},
		{"重庆机床", "chongqing", "[重庆]机床"},
		{"重庆机床", "cqjc", "[重庆机床]"},
		{"旅游景点", "经典", "旅游景点"},
		{"机床主轴的维修", "主轴维修", "机床[主轴]的[维修]"},
		{"５Ｇ基站", "5g", "[５Ｇ]基站"},
		{"Siemens系统", "siemans", "[Siemens]系统"},
	} {
		var b strings.Builder
		for _, p := range Mark(c.text, Highlight(c.text, c.query, syn)) {
			if p.Hit {
				b.WriteString("[" + p.Text + "]")
			} else {
				b.WriteString(p.Text)
			}
		}
		if b.String() != c.want {
			t.Errorf("%s in %s: %s, want %s", c.query, c.text, b.String(), c.want)
		}
	}
	long := strings.Repeat("前面是很长的一段背景介绍，", 20) + "关键是锂离子电池隔膜涂覆工艺。" + strings.Repeat("后面还有许多，", 20)
	got, spans := Snippet(long, "隔膜涂覆", 40, nil)
	if n := len([]rune(got)); n > 40 || len(spans) != 1 || got[spans[0].Start:spans[0].End] != "隔膜涂覆" || !strings.HasPrefix(got, "…") {
		t.Errorf("%d %q %v", n, got, spans)
	}
	if got, spans := Snippet("短文", "没有", 40, nil); got != "短文" || spans != nil {
		t.Errorf("%q %v", got, spans)
	}
}

func TestSynonymsAreData(t *testing.T) {
	s, err := ReadSynonyms(strings.NewReader(`{"groups":[["数控机床","CNC"],["锂电池","锂离子电池"]]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Others("高速數控機床与锂离子电池"); !slices.Equal(got, []string{"CNC", "锂电池"}) {
		t.Error(got)
	}
	if got := s.Others("数控机床（CNC）"); got != nil {
		t.Error(got)
	}
	if got := s.Variants("CNC 维修", 4); !slices.Equal(got, []string{"数控机床 维修"}) {
		t.Error(got)
	}
	var none *Synonyms
	if none.Others("CNC") != nil || none.Variants("CNC", 3) != nil || none.Groups() != nil {
		t.Error("no table must know no synonyms")
	}
	for _, bad := range []string{`{"groups":[["一个词"]]}`, `{"groups":[["词","长词"]]}`, `{"groups":[["甲乙","甲乙"]]}`, `{"other":1}`, `[`} {
		if _, err := ReadSynonyms(strings.NewReader(bad)); err == nil {
			t.Error(bad)
		}
	}
}

func TestSuggestions(t *testing.T) {
	s := NewSuggester([]Suggestion{
		{"数控机床", 10}, {"数控系统", 30}, {"数字化转型", 20}, {"重庆机床集团", 5}, {"CNC加工", 8}, {"數控機床", 2},
	})
	for _, c := range []struct {
		typed string
		want  []string
	}{
		{"数控", []string{"数控系统", "数控机床"}},
		{"數", []string{"数控系统", "数字化转型", "数控机床"}},
		{"shuk", []string{"数控系统", "数控机床"}},
		{"sk", []string{"数控系统", "数控机床"}},
		{"chongq", []string{"重庆机床集团"}},
		{"zhongq", nil},
		{"cn", []string{"CNC加工"}},
		{"cncjia", []string{"CNC加工"}},
		{"", nil},
		{"经典", nil},
	} {
		var got []string
		for _, x := range s.Complete(c.typed, 3, nil) {
			got = append(got, x.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.typed, got, c.want)
		}
	}
	if got := s.Complete("数控", 3, func(x Suggestion) bool { return x.Text != "数控系统" }); len(got) != 1 {
		t.Error(got)
	}
}

func FuzzAnalysis(f *testing.F) {
	for _, p := range passages {
		f.Add(p, "数控机床 5G")
	}
	f.Add("\xff\xfe钢", "\xff")
	f.Fuzz(func(t *testing.T, doc, query string) {
		IndexNamed(doc)
		Query(query)
		var joined strings.Builder
		for _, p := range Mark(doc, Highlight(doc, query, nil)) {
			joined.WriteString(p.Text)
		}
		if joined.String() != doc {
			t.Fatalf("the pieces of %q are %q", doc, joined.String())
		}
		Snippet(doc, query, 20, nil)
		if Fold(Fold(doc)) != Fold(doc) {
			t.Fatalf("%q folds to %q, which folds to %q", doc, Fold(doc), Fold(Fold(doc)))
		}
	})
}

func TestSharedAndRelatedWords(t *testing.T) {
	a, b := Read("印染废水膜分离处理，用于5G工厂"), Read("污水处理用超滤膜分离组件 5g")
	if got := a.Common(b); !slices.Equal(got, []string{"膜分离", "处理"}) {
		t.Error(got)
	}
	if got := Read("印染废水5G").Missing(b); !slices.Equal(got, []string{"印染废水"}) {
		t.Error(got)
	}
	if got := a.Related(b); !slices.Contains(got, [2]string{"废水", "污水"}) {
		t.Error(got)
	}
}

// TestTermsWeighWhatStandsWhere compares what a word counts in different phrases.
func TestTermsWeighWhatStandsWhere(t *testing.T) {
	e := Emphasis{Vague: 0.3, Plain: 0.7, Bracket: 0.4, Exclusion: 0.1, Means: 0.5, List: 0.6}
	weight := func(s, pair string) float64 {
		r := []rune(pair)
		found := -1.0
		Terms(s, e, func(t Term) {
			if t.Key == pairKey(r[0], r[1]) {
				found = t.Weight
			}
		})
		return found
	}
	for _, c := range []struct {
		text, pair string
		want       float64
	}{
		{"轴承", "轴承", 1},
		{"关键技术", "技术", 0.3},
		{"制造轴承", "制造", 0.7},
		{"紧固件（轴承）", "轴承", 0.4},
		{"不包括轴承", "轴承", 0.1},
		{"除轴承以外的零件", "轴承", 0.1},
		{"以轴承为原料", "轴承", 0.5},
		{"可以轴承为材料", "轴承", 1},
		{"齿轮、轴承、弹簧", "轴承", 0.6},
		{"齿轮、轴承", "轴承", 1},
	} {
		if got := weight(c.text, c.pair); got != c.want {
			t.Errorf("%s in %s counts %v, want %v", c.pair, c.text, got, c.want)
		}
	}
}

func BenchmarkTerms(b *testing.B) {
	whole := strings.Join(passages, "\n")
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		Terms(whole, Even, func(Term) {})
	}
}

func BenchmarkIndexNamed(b *testing.B) {
	whole := strings.Join(passages, "\n")
	b.SetBytes(int64(len(whole)))
	for b.Loop() {
		IndexNamed(whole)
	}
}
