package text

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"
)

// phrases gives the reading of words whose characters are read otherwise by themselves. It is consulted, longest
// first, before the reading of single characters: 重庆 is chong qing although 重 alone is zhong.
var phrases = func() map[string][]string {
	m := map[string][]string{}
	for line := range strings.Lines(phraseReadings) {
		if word, reading, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			m[word] = strings.Fields(reading)
		}
	}
	return m
}()

const phraseReadings = `
重庆 chong qing
重组 chong zu
重复 chong fu
重构 chong gou
重新 chong xin
重塑 chong su
重熔 chong rong
银行 yin hang
行业 hang ye
行长 hang zhang
行情 hang qing
央行 yang hang
同行 tong hang
商行 shang hang
厦门 xia men
乐清 yue qing
音乐 yin yue
六安 lu an
蚌埠 beng bu
东阿 dong e
番禺 pan yu
大埔 da bu
黄陂 huang pi
铅山 yan shan
浚县 xun xian
蔚县 yu xian
单县 shan xian
尉犁 yu li
都匀 du yun
成都 cheng du
首都 shou du
都市 du shi
会计 kuai ji
财会 cai kuai
长春 chang chun
长沙 chang sha
长江 chang jiang
长城 chang cheng
长兴 chang xing
长三角 chang san jiao
长度 chang du
长期 chang qi
长效 chang xiao
长途 chang tu
长寿 chang shou
长安 chang an
长距离 chang ju li
超长 chao chang
波长 bo chang
延长 yan chang
特长 te chang
调试 tiao shi
调节 tiao jie
调控 tiao kong
调整 tiao zheng
调频 tiao pin
可调 ke tiao
空调 kong tiao
协调 xie tiao
调味 tiao wei
调质 tiao zhi
调制 tiao zhi
传记 zhuan ji
人参 ren shen
参差 cen ci
角色 jue se
给水 ji shui
给排水 ji pai shui
供给 gong ji
给料 ji liao
给药 ji yao
便宜 pian yi
率先 shuai xian
表率 biao shuai
统率 tong shuai
沉没 chen mo
埋没 mai mo
淹没 yan mo
盛器 cheng qi
弹簧 tan huang
弹性 tan xing
弹力 tan li
薄荷 bo he
出差 chu chai
藏族 zang zu
西藏 xi zang
切削 qie xiao
校准 jiao zhun
校验 jiao yan
校正 jiao zheng
检校 jian jiao
模具 mu ju
模板 mu ban
模样 mu yang
压模 ya mu
开模 kai mu
结扎 jie za
扎带 za dai
投降 tou xiang
粘结 nian jie
粘合 nian he
粘接 nian jie
粘度 nian du
似乎 si hu
甲壳素 jia qiao su
地壳 di qiao
关卡 guan qia
轧钢 zha gang
轧制 zha zhi
冷轧 leng zha
热轧 re zha
轧机 zha ji
轧辊 zha gun
吸着 xi zhuo
着色 zhuo se
着陆 zhuo lu
着火 zhao huo
附着 fu zhuo
茄子 qie zi
反省 fan xing
柏林 bo lin
蛤蜊 ge li
`

// plain strips the tone marks of one reading; ü is written v, as it is typed.
func plain(reading string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ReplaceAll(norm.NFC.String(reading), "ü", "v")) {
		switch {
		case r == '\u0308': // ǖ and its kin decompose to u, diaeresis, tone
			s := b.String()
			b.Reset()
			b.WriteString(s[:len(s)-1] + "v")
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Readings answers every reading of one character, the usual one first, without tones; none if it has none.
func Readings(r rune) []string {
	var out []string
	for part := range strings.SplitSeq(pinyin.PinyinDict[int(simplify(r))], ",") {
		if p := plain(part); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func readable(r rune) bool { return pinyin.PinyinDict[int(r)] != "" }

// usual caches the usual reading of every character of the pinyin table: a lookup must not strip tones each time.
var usual = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, len(pinyin.PinyinDict))
	for r, all := range pinyin.PinyinDict {
		first, _, _ := strings.Cut(all, ",")
		m[rune(r)] = plain(first)
	}
	return m
})

// readings spells a stretch of simplified Han in pinyin, one syllable a character, phrases first. Every character must
// be readable.
func readings(part []rune) []string {
	out := make([]string, 0, len(part))
	for i := 0; i < len(part); {
		n := 0
		for l := min(4, len(part)-i); l >= 2; l-- {
			if p, ok := phrases[string(part[i:i+l])]; ok {
				out = append(out, p...)
				n = l
				break
			}
		}
		if n == 0 {
			out = append(out, usual()[part[i]])
			n = 1
		}
		i += n
	}
	return out
}

// Pinyin spells the Han of a text, one syllable a character, without tones; everything else is left out.
func Pinyin(s string) []string {
	var out []string
	for _, run := range runs(fold(s)) {
		for _, part := range hanParts(run) {
			out = append(out, readings(part)...)
		}
	}
	return out
}

// syllables is every syllable a reader of the pinyin table can type.
var syllables = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for r := range pinyin.PinyinDict {
		if r < 0x4E00 || r > 0x9FA5 {
			continue
		}
		for _, p := range Readings(rune(r)) {
			if strings.ContainsAny(p, "aeiouv") { // hm, n and ng are interjections; they would cut Latin words up
				m[p] = true
			}
		}
	}
	return m
})

// Syllables answers the ways a typed Latin word can be read as whole pinyin syllables, the way with the fewest first,
// at most max of them: xian is xian, and xi an. None if it is not pinyin.
func Syllables(word string, max int) [][]string {
	known := syllables()
	var out [][]string
	var walk func(rest string, path []string)
	walk = func(rest string, path []string) {
		if len(out) >= 64 || len(path) > 12 {
			return
		}
		if rest == "" {
			out = append(out, slices.Clone(path))
			return
		}
		for l := min(6, len(rest)); l >= 1; l-- {
			if known[rest[:l]] {
				walk(rest[l:], append(path, rest[:l]))
			}
		}
	}
	walk(word, nil)
	slices.SortStableFunc(out, func(a, b []string) int { return len(a) - len(b) })
	return out[:min(max, len(out))]
}
