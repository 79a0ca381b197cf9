package text

import (
	_ "embed"
	"strings"
)

// Dictionary holds the domain's words that a general dictionary breaks or does not know; one a line, # comments.
//
//go:embed dictionary.txt
var dictionary string

// fillers are what people type around the thing they want; they are taken out of a question before it is asked.
var fillers = strings.Fields(`
我们公司 我公司 我们想要 我们需要 我们想 我们要 我想要 我想找 我要找 我想 我要 请帮我 帮我 帮忙 请问 谁能 谁有 谁会 哪里有 哪里能 哪里可以 哪里 哪些 哪个 哪家 有哪些 有没有 有什么 是什么 什么是
什么 怎么样 怎么办 怎么 怎样 如何 能不能 可不可以 可以 能够 会不会 是否 想找 要找 寻找 找一家 找一个 找一下 求购 求助 寻求 急需 急求 急找 需要 想要 希望 一家 一个 一些 一下 关于 有关 相关的 相关
以及 或者 还有 并且 进行 做好 比较好的 比较 靠谱的 靠谱 推荐 附近的 最好 能做 会做 可做 专门做 专业做 专做 提供`)

// Single characters are fillers only at the beginning or the end of what is left.
const (
	leading  = "请找求做要有"
	trailing = "吗呢吧啊呀嘛"
)

// weak are words so common among organisations and projects that they say little beside any other word. They are
// asked for only when nothing else is.
var weak = toSet(strings.Fields(`
公司 企业 厂家 工厂 厂商 单位 机构 服务商 供应商 供应 服务 产品 技术 项目 方案 解决方案 研究 研发 开发 应用 系统 设备 方法 装置 关键技术 平台 有限公司 团队 专家 生产 制造 加工 合作 需求`))

func toSet(words []string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// known holds the dictionary's words folded, by first character, longest first.
var known = func() map[rune][][]rune {
	m := map[rune][][]rune{}
	for line := range strings.Lines(dictionary) {
		line, _, _ = strings.Cut(line, "#")
		for _, w := range strings.Fields(line) {
			r := []rune(compact(w))
			list := m[r[0]]
			at := len(list)
			for at > 0 && len(list[at-1]) < len(r) {
				at--
			}
			m[r[0]] = append(list[:at], append([][]rune{r}, list[at:]...)...)
		}
	}
	return m
}()

// Words answers the words of the domain dictionary.
func Words() []string {
	var out []string
	for line := range strings.Lines(dictionary) {
		line, _, _ = strings.Cut(line, "#")
		out = append(out, strings.Fields(line)...)
	}
	return out
}
