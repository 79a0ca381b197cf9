// Package sametest makes lists of achievements with duplicates planted among them, as offices write things down twice, and near-misses that
// look alike and are not. It knows nothing of how duplicates are found: its words and slips are its own.
package sametest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
)

// Row is one line of an incoming list. Of is the place in Had of what it repeats, or -1; Near is the near-miss's kind, empty for others.
type Row struct {
	Title  string
	Number string // of a right; may be empty
	Of     int
	How    string // what was done to a duplicate
	Near   string
}

// List is what a university already has and what comes in: Had first, then Rows in random order.
type List struct {
	Had  []Row
	Rows []Row
}

var (
	objects = strings.Fields("轴承套圈 精密齿轮 注塑模具 曲轴 涡轮叶片 阀体 铝合金压铸件 镁合金轮毂 钛合金薄壁件 高强钢板 碳纤维复合材料 光伏组件 锂电池极片 燃料电池双极板 永磁电机 伺服电机 减速器 液压缸 滚珠丝杠 机床主轴 工业机器人关节 输送带 焊缝 印制电路板 功率器件 芯片封装 传感器 " +
		"光纤 继电器 变压器 高压电缆 风机叶片 船用螺旋桨 桥梁拉索 混凝土构件 污泥 印染废水 焦化废水 烟气 挥发性有机物 秸秆 海水 茶叶 大黄鱼 对虾 柑橘 水稻 母猪 冷链食品 中药饮片 医用导管 骨科植入物 眼底图像 心电信号 车载电池包 制动盘 橡胶密封圈 服装面料 涤纶长丝 玻璃瓶 陶瓷基板 钕铁硼磁体 铸造砂型 紧固件 仪表 文具注塑件 小家电外壳")
	aspects   = strings.Fields("表面缺陷 尺寸误差 热变形 疲劳寿命 残余应力 振动噪声 密封性能 磨损状态 装配间隙 温度场 内部气孔 涂层厚度 含水率 能耗 泄漏 腐蚀 老化 批次质量 荷电状态 裂纹扩展")
	acts      = strings.Fields("检测 预测 补偿 修复 强化 控制 优化 监测 诊断 分选 回收 净化 成形 抛光 切削 磨削 焊接 清洗 干燥 提取 发酵 养殖 保鲜 灭菌 识别 追溯 调度 建模 仿真 改性 脱脂 镀膜")
	means     = strings.Fields("机器视觉 深度学习 数字孪生 激光熔覆 超声波 电化学 等离子体 有限元 红外热成像 声发射 微波 膜分离 光催化 强化学习 知识图谱 边缘计算 磁流变 增材制造 纳米改性 微弧氧化 区块链 相变材料 太赫兹 生物酶 低温等离子 联邦学习 高速相机 图神经网络 臭氧 离子注入")
	adjs      = strings.Fields("高效 快速 在线 智能 低成本 绿色 高精度 自适应 全自动 轻量化 高通量 柔性 无损 便携式 远程 原位 一体化 模块化")
	endings   = []string{"", "", "", "技术", "方法", "装置", "系统", "工艺", "关键技术", "平台", "设备", "软件", "生产线"}
	suffixes  = []string{"", "技术", "关键技术", "技术研究", "技术及应用", "技术与应用", "研究与应用", "及其应用", "的研究", "技术开发", "产业化技术", "技术研究与示范", "成套技术", "新技术", "技术成果", "技术的研发", "及产业化", "技术攻关", "技术推广"}
	homophone = map[rune]string{'检': "捡", '测': "侧", '补': "布", '偿': "尝", '缺': "却", '陷': "现", '修': "休", '复': "覆", '制': "治", '控': "空", '优': "尤", '精': "晶", '密': "蜜", '激': "击", '熔': "溶", '焊': "汗", '接': "借", '成': "城", '形': "型", '预': "予",
		'磨': "摩", '削': "消", '材': "才", '料': "廖", '振': "震", '动': "洞", '视': "示", '觉': "决", '学': "穴", '习': "席", '洗': "喜", '清': "青", '燥': "躁", '识': "实", '别': "蹩", '度': "渡", '轴': "抽", '承': "成", '齿': "尺", '轮': "伦", '机': "基", '器': "气", '电': "店", '池': "迟"}
	lookalike = map[rune]string{'己': "已", '未': "末", '钢': "刚", '侧': "测", '坯': "坏", '铸': "涛", '锻': "缎", '抛': "拋", '曲': "由", '微': "徵", '缸': "缶", '涡': "祸", '泵': "录", '阀': "阅", '模': "摸", '塑': "朔", '焊': "悍", '滚': "衮", '损': "捐", '应': "庆"}
	toOld     = strings.NewReplacer("轴", "軸", "轮", "輪", "检", "檢", "测", "測", "压", "壓", "铸", "鑄", "机", "機", "电", "電", "监", "監", "预", "預", "补", "補", "偿", "償", "复", "復", "材", "材", "料", "料", "应", "應", "热", "熱", "变", "變", "缺", "缺", "学", "學", "习", "習", "视", "視", "觉", "覺", "数", "數", "齿", "齒", "铝", "鋁", "镁", "鎂",
		"钛", "鈦", "纤", "纖", "维", "維", "识", "識", "别", "別", "净", "淨", "结", "結", "构", "構", "误", "誤", "强", "強", "质", "質", "面", "面", "装", "裝", "备", "備", "术", "術", "关", "關", "键", "鍵", "发", "發", "与", "與", "废", "廢", "气", "氣", "图", "圖", "车", "車", "载", "載")
	anyHan = []rune("的是在有中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严")
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// parts are what a title is said with.
type parts struct{ adj, mean, object, aspect, act, end, model string }

func newParts(r *rand.Rand) parts {
	p := parts{object: pick(r, objects), act: pick(r, acts), end: pick(r, endings)}
	if r.IntN(3) > 0 {
		p.mean = pick(r, means)
	}
	if r.IntN(2) == 0 {
		p.aspect = pick(r, aspects)
	}
	if r.IntN(3) == 0 {
		p.adj = pick(r, adjs)
	}
	switch r.IntN(8) {
	case 0:
		p.model = fmt.Sprintf("%s-%d", pick(r, []string{"ZK", "HX", "DL", "NB"}), 100+r.IntN(900))
	case 1:
		p.model = "第" + pick(r, []string{"一", "二", "三"}) + "代"
	case 2:
		p.model = pick(r, []string{"三轴", "五轴", "六轴", "双工位", "IV型", "II型", "5G", "GaN", "SiC", "LoRa"})
	}
	return p
}

// say writes the parts as a title, in one of the orders people use.
func (p parts) say(order int) string {
	subject := p.object + p.aspect
	switch {
	case p.mean == "":
		return p.model + p.adj + subject + p.act + p.end
	case order == 0:
		return "基于" + p.mean + "的" + p.model + p.adj + subject + p.act + p.end
	case order == 1:
		return p.model + subject + p.mean + p.adj + p.act + p.end
	case order == 2:
		return p.adj + p.mean + p.model + subject + p.act + p.end
	}
	return p.model + p.adj + subject + "的" + p.mean + p.act + p.end
}

func number(r *rand.Rand) string {
	body := fmt.Sprintf("20%02d%d0%06d", 8+r.IntN(17), 1+r.IntN(2), r.IntN(1_000_000))
	sum := 0
	for i, d := range body {
		sum += int(d-'0') * (2 + i%8)
	}
	return "ZL" + body + "." + string("0123456789X"[sum%11])
}

// retype writes a number as another clerk would.
func retype(r *rand.Rand, n string) string {
	switch r.IntN(6) {
	case 0:
		return strings.TrimPrefix(n, "ZL")
	case 1:
		return strings.ReplaceAll(n, ".", "")
	case 2:
		return n[:len(n)-2]
	case 3:
		return wide(n)
	case 4:
		return "专利号：" + strings.ToLower(n[:6]) + " " + n[6:]
	}
	return "CN" + strings.TrimPrefix(n, "ZL")
}

func wide(s string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 {
			return r + 0xFEE0
		}
		return r
	}, s)
}

// slip puts one typing mistake into a title, past its first character.
func slip(r *rand.Rand, s string) (string, string) {
	runes := []rune(s)
	var han []int
	for i, c := range runes {
		if i > 0 && i+1 < len(runes) && unicode.Is(unicode.Han, c) && unicode.Is(unicode.Han, runes[i+1]) && !strings.ContainsRune("一二三四五六双第代轴型非无", c) {
			han = append(han, i)
		}
	}
	if len(han) == 0 {
		return s, "typo:none"
	}
	at := pick(r, han)
	kind := r.IntN(6)
	if kind < 2 { // a homophone, wherever there is one to be mistyped
		for range 20 {
			if other, ok := homophone[runes[at]]; ok {
				runes[at] = []rune(other)[0]
				return string(runes), "typo:homophone"
			}
			at = pick(r, han)
		}
		kind = 2
	}
	switch kind {
	case 2:
		runes[at], runes[at+1] = runes[at+1], runes[at]
		return string(runes), "typo:exchanged"
	case 3:
		return string(runes[:at]) + string(runes[at+1:]), "typo:dropped"
	case 4:
		return string(runes[:at+1]) + string(runes[at:]), "typo:doubled"
	}
	for range 20 {
		if other, ok := lookalike[runes[at]]; ok {
			runes[at] = []rune(other)[0]
			return string(runes), "typo:lookalike"
		}
		at = pick(r, han)
	}
	runes[at] = pick(r, anyHan)
	return string(runes), "typo:any"
}

// again writes a title once more, one to three things changed.
func again(r *rand.Rand, p parts) (title, how string) {
	order := r.IntN(4)
	title = p.say(order)
	var done []string
	for n := 1 + r.IntN(2); n > 0; n-- {
		switch r.IntN(6) {
		case 0:
			if p.mean != "" && len(done) == 0 {
				title = p.say((order + 1 + r.IntN(3)) % 4)
				done = append(done, "reordered")
			}
		case 1:
			runes := []rune(title)
			at := 1 + r.IntN(len(runes)-1)
			title = string(runes[:at]) + pick(r, []string{" ", "　", "·", "-", "、", "“", "——", "\n"}) + string(runes[at:])
			if r.IntN(3) == 0 {
				title = "《" + title + "》"
			}
			done = append(done, "punctuation")
		case 2:
			title = wide(title)
			done = append(done, "width")
		case 3:
			title = toOld.Replace(title)
			done = append(done, "script")
		case 4:
			var kind string
			title, kind = slip(r, title)
			done = append(done, kind)
		case 5:
			if p.end == "" || p.end == "技术" || p.end == "关键技术" {
				title = strings.TrimSuffix(strings.TrimSuffix(title, "关键技术"), "技术") + pick(r, suffixes)
				done = append(done, "suffix")
			}
		}
	}
	return title, strings.Join(done, "+")
}

// miss makes another thing of the same parts that reads alike.
func miss(r *rand.Rand, p parts) (string, string) {
	other := func(from []string, not string) string {
		for {
			if x := pick(r, from); x != not {
				return x
			}
		}
	}
	switch r.IntN(9) {
	case 0:
		p.model = map[string]string{"第一代": "第二代", "第二代": "第三代", "第三代": "第一代"}[p.model]
		if p.model == "" {
			p.model = "第二代"
		}
		return p.say(1), "generation"
	case 1:
		p.model = fmt.Sprintf("%s-%d", pick(r, []string{"ZK", "HX", "DL", "NB"}), 100+r.IntN(900))
		return p.say(1), "model"
	case 2:
		p.end = map[string]string{"方法": "装置", "工艺": "设备", "装置": "方法", "系统": "软件", "设备": "工艺", "平台": "方法"}[p.end]
		if p.end == "" {
			p.end = "装置"
		}
		return p.say(0), "method or device"
	case 3:
		p.object = other(objects, p.object)
		return p.say(1), "object"
	case 4:
		p.act = other(acts, p.act)
		return p.say(1), "act"
	case 5:
		p.aspect = other(aspects, p.aspect)
		return p.say(2), "aspect"
	case 6:
		if p.mean == "" {
			p.mean = pick(r, means)
		} else {
			p.mean = other(means, p.mean)
		}
		return p.say(0), "means"
	case 7:
		p.object = pick(r, []string{"非", "无"}) + p.object
		return p.say(1), "negation"
	}
	p.adj = pick(r, []string{"高温", "低温", "大型", "微型", "离线", "湿法"})
	return p.say(1), "contrast"
}

// Plant makes a list of n incoming rows over n that are there: three in ten repeat one, one in ten only looks as if it did.
func Plant(seed uint64, n int) List {
	r := rand.New(rand.NewPCG(seed, 7))
	var l List
	seen := map[string]bool{}
	fresh := func() (parts, string) {
		for {
			p := newParts(r)
			if key := p.adj + "|" + p.mean + "|" + p.object + "|" + p.aspect + "|" + p.act + "|" + p.model; !seen[key] {
				seen[key] = true
				return p, p.say(r.IntN(4))
			}
		}
	}
	var had []parts
	for range n {
		p, title := fresh()
		row := Row{Title: title, Of: -1}
		if r.IntN(2) == 0 {
			row.Number = number(r)
		}
		had, l.Had = append(had, p), append(l.Had, row)
	}
	for i := range n {
		at := r.IntN(n)
		switch k := i % 10; {
		case k < 3:
			title, how := again(r, had[at])
			row := Row{Title: title, Of: at, How: how}
			if n := l.Had[at].Number; n != "" && r.IntN(3) > 0 {
				row.Number = retype(r, n)
				if r.IntN(6) == 0 { // named anew altogether; the number alone tells
					_, row.Title = fresh()
					row.How = "renamed"
				}
			}
			l.Rows = append(l.Rows, row)
		case k < 4:
			title, kind := miss(r, had[at])
			row := Row{Title: title, Of: -1, Near: kind}
			if r.IntN(2) == 0 {
				row.Number = number(r)
			}
			l.Rows = append(l.Rows, row)
		default:
			_, title := fresh()
			row := Row{Title: title, Of: -1}
			if r.IntN(2) == 0 {
				row.Number = number(r)
			}
			l.Rows = append(l.Rows, row)
		}
	}
	r.Shuffle(len(l.Rows), func(i, j int) { l.Rows[i], l.Rows[j] = l.Rows[j], l.Rows[i] })
	return l
}
