package same

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lianbang/search/text"
)

// title is one title as it is compared.
type title struct {
	flat    []rune   // letters, digits and characters alone, folded
	content []rune   // the Han that says what it is, without the words every title has
	models  []string // Latin words, numbers and counted things, sorted: 5轴, SiC, 第2代
	deny    string   // the words that turn a title into its opposite, sorted
	kind    string   // method, device, matter or software, where its last word says so
	grams   []uint64 // pairs of neighbours in content
}

// fillers are words that come and go when a title is written again, and what follows them counts for nothing: the longest first.
var fillers = strings.Fields("及其产业化应用 及产业化应用 及其示范应用 与示范应用 的研究与应用 研究与应用 研究及应用 关键技术研究 及其应用 关键技术 成套技术 产业化 推广应用 一种 一类 基于 用于 面向 针对 应用 推广 攻关 关键 成套 技术 研究 研发 研制 开发 示范 项目 成果 课题 的 之 及 其 与 和 对 在 中")

type kindWords struct {
	kind  string
	words []string
}

// kinds are the last words that make another thing of the same subject: a claim on a method is not one on the device.
var kinds = []kindWords{
	{"method", strings.Fields("方法 工艺 流程 制备方法 制造方法 检测方法 加工方法")},
	{"device", strings.Fields("装置 设备 装备 系统 平台 生产线 产线 机组 仪器 传感器 机器人 夹具 模具 刀具 仪 机 器 车 泵 阀 炉 台")},
	{"matter", strings.Fields("材料 组合物 涂料 合金 催化剂 胶粘剂 树脂 薄膜 涂层 陶瓷 钢 剂 膜 液 油 粉")},
	{"software", strings.Fields("软件 算法 模型 程序 数据库 软件著作权")},
}

// denials are characters that turn a title around.
const denials = "非无不未免勿没"

// counted are what a Chinese numeral counts in a title; elsewhere (一体化, 四川, 千斤顶) it is only a word.
const counted = "代型号期级阶轴相维轮步层段次辊缸缝孔极度端路频档元重波联腔工自"

var numerals = map[rune]string{'零': "0", '一': "1", '二': "2", '两': "2", '双': "2", '三': "3", '四': "4", '五': "5", '六': "6", '七': "7", '八': "8", '九': "9", '十': "10", '单': "1"}

var roman = map[string]string{"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}

// written is a text without what only sets it: punctuation, spaces, line breaks. A dot between digits and signs that measure stay.
func written(s string) []rune {
	folded := []rune(text.Fold(s))
	var kept []rune
	for i, r := range folded {
		decimal := r == '.' && i > 0 && i+1 < len(folded) && unicode.IsDigit(folded[i-1]) && unicode.IsDigit(folded[i+1])
		if unicode.IsLetter(r) || unicode.IsDigit(r) || decimal || strings.ContainsRune(signs, r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// signs are part of what a title says.
const signs = "+%℃°±"

func read(s string) title {
	var t title
	runes := written(s)
	var han []rune // with a blank where a number or a model stood
	for i := 0; i < len(runes); {
		r := runes[i]
		if !unicode.Is(unicode.Han, r) {
			j := i
			for j < len(runes) && !unicode.Is(unicode.Han, runes[j]) {
				j++
			}
			word := string(runes[i:j])
			if n, ok := roman[word]; ok && j < len(runes) && strings.ContainsRune(counted, runes[j]) {
				word = n
			}
			if j < len(runes) && strings.ContainsRune(counted, runes[j]) && strings.Trim(word, "0123456789") == "" {
				word += string(runes[j])
				j++
			}
			t.models, t.flat, han = append(t.models, word), append(t.flat, []rune(word)...), append(han, ' ')
			i = j
			continue
		}
		n, numeral := numerals[r]
		if next := i + 1; numeral && next < len(runes) && (strings.ContainsRune(counted, runes[next]) || i > 0 && runes[i-1] == '第') {
			word := n + string(runes[next])
			t.models, t.flat, han = append(t.models, word), append(t.flat, []rune(word)...), append(han, ' ')
			i += 2
			continue
		}
		if r != '第' {
			han = append(han, r)
			t.flat = append(t.flat, r)
		}
		i++
	}
	slices.Sort(t.models)
	plain := string(han)
	if i := strings.LastIndex(plain, "技术"); i > 0 && utf8.RuneCountInString(plain[i:]) <= longestTail { // 技术攻关, 技术推广, 技术研究与示范
		plain = plain[:i]
	}
	t.kind = kindOf(plain)
	for _, f := range fillers {
		plain = strings.ReplaceAll(plain, f, "")
	}
	for _, r := range plain {
		if r != ' ' {
			t.content = append(t.content, r)
		}
		if strings.ContainsRune(denials, r) {
			t.deny += string(r)
		}
	}
	deny := []rune(t.deny)
	slices.Sort(deny)
	t.deny = string(deny)
	for i := 1; i < len(t.content); i++ {
		t.grams = append(t.grams, uint64(t.content[i-1])<<32|uint64(t.content[i]))
	}
	slices.Sort(t.grams)
	t.grams = slices.Compact(t.grams)
	return t
}

// longestTail is how many characters from the last 技术 on are only how people end a title.
const longestTail = 8

// kindOf is what the last word makes of a title, once the fillers behind it are taken off.
func kindOf(han string) string {
	for again := true; again; {
		again = false
		for _, f := range fillers {
			if rest, cut := strings.CutSuffix(strings.TrimSpace(han), f); cut && rest != "" {
				han, again = rest, true
			}
		}
	}
	han = strings.TrimSpace(han)
	for _, k := range kinds {
		if slices.ContainsFunc(k.words, func(w string) bool { return strings.HasSuffix(han, w) }) {
			return k.kind
		}
	}
	return ""
}

// contrasts are characters that never stand for one another by a slip: a title with one in the place of another is of another thing.
var contrasts = func() map[rune][]int {
	of := map[rune][]int{}
	for i, group := range strings.Fields("上下 前后 左右 内外 高低 大小微 正负 正反逆 干湿 冷热温 单双多 静动 交直 横纵竖 升降 增减 开闭关 串并 主被 同异 阴阳 酸碱 粗精 轻重 长短 厚薄 " +
		"快慢 软硬 充放 发收 进出 输受 固液气汽 男女 深浅 宽窄 强弱 常低高 离在 有无 老幼 海陆 水油 光电磁声热 推拉 拆装 加去除 铁铜铝镁钛锌镍铬锰钨钼钒钴锂钠钾钙硅锡铅银金铂钯铱锆铌钽锗镓铟稀硼碳氮氧氟磷硫氯碘氢氦钢 " +
		"车铣刨磨钻镗铰 铸锻焊轧冲 猪牛羊鸡鸭鱼虾蟹 麦稻米豆薯茶桑棉麻 春夏秋冬 东西南北") {
		for _, r := range group {
			of[r] = append(of[r], i)
		}
	}
	return of
}()

func contrast(a, b rune) bool {
	return slices.ContainsFunc(contrasts[a], func(g int) bool { return slices.Contains(contrasts[b], g) })
}

// sounds reports whether two characters are typed alike: what an input method mixes up.
func sounds(a, b rune) bool {
	return slices.ContainsFunc(text.Readings(a), func(s string) bool { return slices.Contains(text.Readings(b), s) })
}

// near says how alike two titles are, from 1 to 100 (written alike but for width, case, punctuation and the script), or 0 when they are of
// two things as far as words can tell.
func near(a, b *title) int {
	if slices.Equal(a.flat, b.flat) {
		return 100
	}
	short, long := min(len(a.content), len(b.content)), max(len(a.content), len(b.content))
	if a.deny != b.deny || !modelsAlike(a.models, b.models) || a.kind != b.kind && a.kind != "" && b.kind != "" || short < 3 {
		return 0
	}
	onlyA, onlyB := leftovers(a.content, b.content), leftovers(b.content, a.content)
	if a.kind != b.kind && makes(onlyA, onlyB) {
		return 0
	}
	if strayed(onlyA, onlyB, short) || turned(a.content, b.content) {
		return 0
	}
	shared := 0
	for _, g := range a.grams {
		if _, ok := slices.BinarySearch(b.grams, g); ok {
			shared++
		}
	}
	dice := 2 * shared * 100 / max(1, len(a.grams)+len(b.grams))
	if least := 40; dice < least && (dice < least/2 || len(onlyA)+len(onlyB) > 0) {
		return 0
	}
	return max(50, min(99, 99-30*(len(onlyA)+len(onlyB))/long-(100-dice)/5))
}

// makes reports whether what one title has more than the other is a word that makes it another thing: 仪, 装置.
func makes(onlyA, onlyB []rune) bool {
	more := onlyA
	if len(onlyB) > len(onlyA) {
		more = onlyB
	}
	switch len(onlyA) - len(onlyB) {
	case 0:
		return false
	case 1, -1:
		return slices.ContainsFunc(kinds, func(k kindWords) bool {
			return slices.ContainsFunc(more, func(r rune) bool { return slices.Contains(k.words, string(r)) })
		})
	}
	return true
}

// leftovers are the characters of one text that another has not, each as often as it is left over.
func leftovers(from, of []rune) []rune {
	have := map[rune]int{}
	for _, r := range of {
		have[r]++
	}
	var left []rune
	for _, r := range from {
		if have[r]--; have[r] < 0 {
			left = append(left, r)
		}
	}
	return left
}

// strayed reports whether what two titles have for themselves is more than slips of the keyboard: at most one character in six, one of
// them in the place of another that neither sounds alike nor is its opposite, and no word more that sets things apart (高温, 微型).
func strayed(onlyA, onlyB []rune, short int) bool {
	more := max(len(onlyA), len(onlyB))
	extra := more - min(len(onlyA), len(onlyB))
	if more > max(1, short/6) || extra > 1 && (short < 14 || slices.ContainsFunc(append(onlyA, onlyB...), func(r rune) bool { return contrasts[r] != nil })) {
		return true
	}
	strange, left := 0, slices.Clone(onlyB)
	for _, x := range onlyA {
		i := slices.IndexFunc(left, func(y rune) bool { return sounds(x, y) && !contrast(x, y) })
		if i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		if slices.ContainsFunc(onlyB, func(y rune) bool { return contrast(x, y) }) {
			return true
		}
		strange++
	}
	return min(strange, len(left)) > min(1, short/6)
}

// turned reports whether a title says the opposite by its order alone: 气转电 and 电转气.
func turned(a, b []rune) bool {
	for i := 1; i+1 < len(a); i++ {
		if !strings.ContainsRune("转变制代换到至", a[i]) {
			continue
		}
		for j := 1; j+1 < len(b); j++ {
			if b[j] == a[i] && b[j-1] == a[i+1] && b[j+1] == a[i-1] && a[i-1] != a[i+1] {
				return true
			}
		}
	}
	return false
}

// modelsAlike holds numbers and models to being the same; one longer Latin word may have one letter wrong.
func modelsAlike(a, b []string) bool {
	if slices.Equal(a, b) {
		return true
	}
	if len(a) != len(b) {
		return false
	}
	wrong := 0
	for i := range a { // sorted; a wrong letter behind the first rarely moves a word
		if a[i] == b[i] {
			continue
		}
		if wrong++; wrong > 1 || !slip(a[i], b[i]) {
			return false
		}
	}
	return true
}

// slip reports whether two Latin words of five letters or more, digits in neither, differ by one wrong, missing or exchanged letter.
func slip(a, b string) bool {
	if min(len(a), len(b)) < 5 || strings.ContainsAny(a+b, "0123456789") {
		return false
	}
	x, y := []rune(a), []rune(b)
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	return len(x) <= 1 && len(y) <= 1 || len(x) == 2 && len(y) == 2 && x[0] == y[1] && x[1] == y[0]
}
