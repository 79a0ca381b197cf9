package achievement

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
)

// This file is the achievement table: what its columns are called, how a cell becomes part of an achievement, and back. The set is a union
// of the lists and forms seen (domain-research §3.1); no single official template was, so the sheet ships 待核.

// column is one column of the table.
type column struct {
	field    string
	header   string // of the template
	aliases  []string
	required bool // even a draft needs it
	needed   bool // to be handed in
	// substance says that firms calculate with it: once published, a change of it is reviewed anew.
	substance bool
	note      string
	choices   []string
	width     float64
	read      func(p *Profile, s string) *fault.Field // s is not empty; nil: fine
	write     func(p *Profile) string
	take      func(to, from *Profile) // puts what the column holds of one into the other
}

// Names people read for what is stored as a word of ours. The first is written, all are understood.
var (
	wayWords = map[Way][]string{
		Transfer: {"转让", "技术转让", "专利转让"}, Licence: {"许可", "技术许可", "专利许可", "许可使用"}, Equity: {"作价入股", "技术入股", "作价投资", "入股"},
		Joint: {"合作开发", "联合开发", "联合研发", "合作研发"}, Commissioned: {"委托开发", "委托研发", "订单式研发"}, TrialFirst: {"先用后转"},
		PayLater: {"先使用后付费", "先用后付", "先用后付费"}, OpenLicence: {"开放许可", "专利开放许可"}, Consulting: {"技术咨询", "咨询"}, Services: {"技术服务", "服务"},
	}
	ipKinds = []word{{"invention", []string{"发明专利", "发明", "专利"}}, {"utility", []string{"实用新型", "实用新型专利"}}, {"design", []string{"外观设计", "外观专利"}},
		{"software", []string{"软件著作权", "软著", "著作权"}}, {"variety", []string{"植物新品种", "新品种"}}, {"layout", []string{"集成电路布图", "布图设计"}},
		{"secret", []string{"技术秘密", "专有技术", "know-how"}}, {"other", []string{"其他", "其它", "标准"}}}
	ipStates = []word{{"granted", []string{"已授权", "授权", "有效", "已登记"}}, {"published", []string{"已公开", "公开", "实质审查", "实审"}},
		{"applied", []string{"已申请", "申请中", "已受理", "受理"}}, {"planned", []string{"拟申请"}}, {"none", []string{"不申请", "无"}}}
)

// word is a stored word and how people write it.
type word struct {
	stored string
	said   []string
}

func stored(words []word, s string) string {
	i := slices.IndexFunc(words, func(w word) bool { return w.stored == s || slices.Contains(w.said, s) })
	if i < 0 {
		return ""
	}
	return words[i].stored
}

func said(words []word, stored string) string {
	if i := slices.IndexFunc(words, func(w word) bool { return w.stored == stored }); i >= 0 {
		return words[i].said[0]
	}
	return stored
}

// columns are in the order of the template.
var columns = []column{
	text("name", "成果名称", 128, func(p *Profile) *string { return &p.Name }, column{substance: true, aliases: []string{"名称", "项目名称", "科技成果名称", "专利名称", "技术名称", "题目"}, required: true, width: 36, note: "写成“用什么+解决什么”，不超过128字"}),
	text("department", "所属院系", 128, func(p *Profile) *string { return &p.Department }, column{aliases: []string{"院系", "所属学院", "学院", "所属部门", "完成院系", "实验室"}}),
	{field: "team", header: "负责人及团队", aliases: []string{"负责人", "课题负责人", "团队", "团队成员", "项目负责人"}, note: "写角色和专长，不公开姓名；多个用分号隔开，如“课题负责人：激光加工方向”",
		read: func(p *Profile, s string) *fault.Field {
			p.Team = nil
			for _, part := range parts(s) {
				role, about, _ := strings.Cut(strings.ReplaceAll(part, ":", "："), "：")
				if utf8.RuneCountInString(role) > 60 || utf8.RuneCountInString(about) > 300 {
					return &fault.Field{Code: "too_long", Detail: "at most 60 characters a role, 300 about it"}
				}
				p.Team = append(p.Team, Member{Role: role, About: about})
			}
			return tooMany(len(p.Team), 20)
		},
		write: func(p *Profile) string {
			var all []string
			for _, m := range p.Team {
				all = append(all, strings.TrimSuffix(m.Role+"："+m.About, "："))
			}
			return strings.Join(all, "；")
		},
		take: func(to, from *Profile) { to.Team = from.Team }},
	text("field", "技术领域", 60, func(p *Profile) *string { return &p.Field }, column{aliases: []string{"所属领域", "领域", "应用领域", "行业领域"}, needed: true}),
	text("industryCode", "行业代码", 8, func(p *Profile) *string { return &p.IndustryCode }, column{aliases: []string{"国民经济行业代码", "标准行业代码"}, note: "GB/T 4754，如 C3562"}),
	text("chain", "所属产业链", 64, func(p *Profile) *string { return &p.Chain }, column{aliases: []string{"产业链"}, note: "按本市产业链名称填写"}),
	{field: "trl", substance: true, header: "成熟度（TRL 1–9）", aliases: []string{"成熟度", "技术成熟度", "TRL", "TRL等级", "成熟度（TRL）", "成熟度等级"}, needed: true, note: "1 到 9 级；也可写“实验室阶段、小试、中试、产业化”", choices: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"},
		read: readLevel, write: func(p *Profile) string { return orEmpty(p.TRL) }, take: func(to, from *Profile) { to.TRL = from.TRL }},
	text("trlEvidence", "成熟度证据", 2000, func(p *Profile) *string { return &p.TRLEvidence }, column{substance: true, aliases: []string{"证据", "验证材料"}, width: 36, note: "样机、检测报告、现场和运行时长"}),
	text("novelty", "先进程度", 500, func(p *Profile) *string { return &p.Novelty }, column{substance: true, aliases: []string{"技术水平", "创新点", "先进性"}, width: 24}),
	{field: "ip", substance: true, header: "知识产权", aliases: []string{"专利", "专利号", "知识产权（类型/号/状态）", "专利情况", "专利申请号", "知识产权情况"}, width: 36, note: "每行一项：类型 编号 状态，如“发明专利 ZL202310000001.2 已授权”",
		read: readRights,
		write: func(p *Profile) string {
			var all []string
			for _, ip := range p.IP {
				all = append(all, strings.Join(strings.Fields(said(ipKinds, ip.Kind)+" "+ip.Number+" "+said(ipStates, ip.Status)), " "))
			}
			return strings.Join(all, "\n")
		},
		take: func(to, from *Profile) { to.IP = from.IP }},
	{field: "ways", substance: true, header: "合作方式", aliases: []string{"拟合作方式", "转化方式", "拟转化方式"}, needed: true, width: 24, note: "可填多项，用顿号隔开", choices: wayChoices(),
		read: func(p *Profile, s string) *fault.Field {
			p.Ways = nil
			for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;/ \n", r) }) {
				way := Way("")
				for w, names := range wayWords {
					if slices.Contains(names, name) || string(w) == name {
						way = w
					}
				}
				if way == "" {
					return &fault.Field{Code: "not_a_choice", Detail: name}
				}
				if !slices.Contains(p.Ways, way) {
					p.Ways = append(p.Ways, way)
				}
			}
			return nil
		},
		write: func(p *Profile) string {
			var all []string
			for _, w := range p.Ways {
				all = append(all, w.name())
			}
			return strings.Join(all, "、")
		},
		take: func(to, from *Profile) { to.Ways = from.Ways }},
	text("summary", "成果简介", 4000, func(p *Profile) *string { return &p.Summary }, column{aliases: []string{"简介", "科技成果介绍", "成果介绍", "摘要", "成果描述", "项目简介"}, needed: true, width: 50}),
	text("problem", "解决的问题", 4000, func(p *Profile) *string { return &p.Problem }, column{aliases: []string{"拟解决的问题", "解决问题", "背景", "技术背景"}, needed: true, width: 50, note: "现在怎么做、卡在哪里、因此损失多少"}),
	text("audience", "适用对象", 1000, func(p *Profile) *string { return &p.Audience }, column{aliases: []string{"适合谁用", "目标客户", "适用企业"}, width: 24}),
	text("advantage", "相比现有做法的优势", 4000, func(p *Profile) *string { return &p.Advantage }, column{substance: true, aliases: []string{"优势", "技术优势", "竞争优势"}, width: 40}),
	{field: "economics", substance: true, header: "经济对比", aliases: []string{"经济效益对比", "效益对比"}, width: 36, note: "每行一项：项目 | 现在 | 采用后",
		read: func(p *Profile, s string) *fault.Field {
			p.Economics = nil
			for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '；' || r == ';' }) {
				cells := strings.Split(strings.ReplaceAll(line, "｜", "|"), "|")
				if len(cells) != 3 {
					return &fault.Field{Code: "not_three", Detail: line}
				}
				c := Comparison{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])}
				if c.Item == "" || c.Present == "" || c.Ours == "" {
					return &fault.Field{Code: "not_three", Detail: line}
				}
				if utf8.RuneCountInString(c.Item) > 80 || utf8.RuneCountInString(c.Present) > 160 || utf8.RuneCountInString(c.Ours) > 160 {
					return &fault.Field{Code: "too_long", Detail: "at most 80 characters an item, 160 a side"}
				}
				p.Economics = append(p.Economics, c)
			}
			return tooMany(len(p.Economics), 12)
		},
		write: func(p *Profile) string {
			var all []string
			for _, e := range p.Economics {
				all = append(all, e.Item+" | "+e.Present+" | "+e.Ours)
			}
			return strings.Join(all, "\n")
		},
		take: func(to, from *Profile) { to.Economics = from.Economics }},
	text("prospects", "应用前景", 4000, func(p *Profile) *string { return &p.Prospects }, column{aliases: []string{"市场前景", "前景"}, width: 40}),
	text("needs", "企业需具备的条件", 2000, func(p *Profile) *string { return &p.Needs }, column{substance: true, aliases: []string{"实施条件", "转化条件", "投产条件"}, width: 36}),
	{field: "cases", substance: true, header: "验证与应用案例", aliases: []string{"已有验证", "应用案例", "已有验证/应用案例", "应用情况"}, width: 40, note: "每行一个：在哪里 | 结果",
		read: func(p *Profile, s string) *fault.Field {
			p.Cases = nil
			for _, line := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '；' || r == ';' }) {
				title, result, _ := strings.Cut(strings.ReplaceAll(line, "｜", "|"), "|")
				if title = strings.TrimSpace(title); title == "" {
					continue
				}
				if utf8.RuneCountInString(title) > 120 || utf8.RuneCountInString(result) > 1000 {
					return &fault.Field{Code: "too_long", Detail: "at most 120 characters a case, 1,000 of its result"}
				}
				p.Cases = append(p.Cases, Case{Title: title, Result: strings.TrimSpace(result)})
			}
			return tooMany(len(p.Cases), 10)
		},
		write: func(p *Profile) string {
			var all []string
			for _, c := range p.Cases {
				all = append(all, strings.TrimSuffix(c.Title+" | "+c.Result, " | "))
			}
			return strings.Join(all, "\n")
		},
		take: func(to, from *Profile) { to.Cases = from.Cases }},
	{field: "price", substance: true, header: "意向价格（万元）", aliases: []string{"意向价格", "价格", "转让价格", "转让价格（万元）", "拟转让价格"}, needed: true, note: "单位万元，可填“面议”",
		read: func(p *Profile, s string) *fault.Field {
			fen, negotiable, code := office.ReadMoney(s)
			if code != "" {
				return &fault.Field{Code: code}
			}
			p.PriceFen, p.PriceNegotiable = fen, negotiable
			return nil
		},
		write: func(p *Profile) string {
			switch {
			case p.PriceNegotiable:
				return "面议"
			case p.PriceFen == 0:
				return ""
			}
			return office.Wan(p.PriceFen)
		},
		take: func(to, from *Profile) { to.PriceFen, to.PriceNegotiable = from.PriceFen, from.PriceNegotiable }},
	text("video", "视频链接", 500, func(p *Profile) *string { return &p.Video }, column{aliases: []string{"视频"}, note: "https 开头"}),
	text("contactName", "联系人", 40, func(p *Profile) *string { return &p.Contact.Name }, column{aliases: []string{"联系人姓名"}, needed: true}),
	text("contactPhone", "联系电话", 40, func(p *Profile) *string { return &p.Contact.Phone }, column{aliases: []string{"电话", "手机", "手机号", "联系方式"}, needed: true}),
	text("contactEmail", "电子邮箱", 120, func(p *Profile) *string { return &p.Contact.Email }, column{aliases: []string{"邮箱", "e-mail", "email"}}),
	text("sourceList", "来源清单", 128, func(p *Profile) *string { return &p.SourceList }, column{aliases: []string{"清单名称", "所属清单"}, width: 28}),
	text("sourceIssue", "期次", 60, func(p *Profile) *string { return &p.SourceIssue }, column{aliases: []string{"清单期次", "批次"}}),
}

// text is a column whose cell is a text field of at most longest characters.
func text(field, header string, longest int, of func(*Profile) *string, c column) column {
	c.field, c.header = field, header
	c.read = func(p *Profile, s string) *fault.Field {
		if utf8.RuneCountInString(s) > longest {
			return &fault.Field{Code: "too_long", Detail: fmt.Sprintf("at most %d characters", longest)}
		}
		*of(p) = s
		return nil
	}
	c.write = func(p *Profile) string { return *of(p) }
	c.take = func(to, from *Profile) { *of(to) = *of(from) }
	return c
}

// parts are what stands between semicolons and line breaks.
func parts(s string) []string {
	var all []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("；;\n", r) }) {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

func tooMany(n, most int) *fault.Field {
	if n > most {
		return &fault.Field{Code: "too_long", Detail: fmt.Sprintf("at most %d", most)}
	}
	return nil
}

func orEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// stages are what offices write in place of a level, and the level each begins with.
var stages = []struct {
	word  string
	level int
}{{"产业化", 9}, {"量产", 9}, {"批量", 9}, {"定型", 8}, {"中试", 6}, {"小试", 4}, {"样机", 5}, {"实验室", 4}, {"研究", 3}, {"概念", 2}}

// readLevel reads a readiness level: "6", "TRL 6", "６级", "6级（系统样机）", or the stage it stands for.
func readLevel(p *Profile, s string) *fault.Field {
	plain := office.PlainHeader(s)
	digits := strings.TrimPrefix(plain, "trl")
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i > 0 {
		digits = digits[:i]
	}
	if n, err := strconv.Atoi(digits); err == nil {
		if n < 1 || n > 9 {
			return &fault.Field{Code: "out_of_range", Detail: "1 to 9"}
		}
		p.TRL = n
		return nil
	}
	for _, stage := range stages {
		if strings.Contains(plain, stage.word) {
			p.TRL = stage.level
			return nil
		}
	}
	return &fault.Field{Code: "not_a_number"}
}

// readRights reads intellectual property as offices write it: a right a line, kind, number and status in any order, of which the number
// alone is enough. A bare number is a patent's; whether it is granted its ZL says.
func readRights(p *Profile, s string) *fault.Field {
	p.IP = nil
	for _, line := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("；;\n、", r) }) {
		ip := IP{}
		for _, cell := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t|｜，,/（）()：:", r) }) {
			switch kind, status := stored(ipKinds, cell), stored(ipStates, cell); {
			case kind != "" && ip.Kind == "":
				ip.Kind = kind
			case status != "":
				ip.Status = status
			case slices.Contains([]string{"专利号", "申请号", "登记号", "证书号"}, cell):
			default:
				ip.Number += cell
			}
		}
		if ip == (IP{}) {
			continue
		}
		if utf8.RuneCountInString(ip.Number) > 60 {
			return &fault.Field{Code: "too_long", Detail: "a number of at most 60 characters; one right a line"}
		}
		upper := strings.ToUpper(ip.Number)
		if ip.Kind == "" {
			ip.Kind = "invention"
			if strings.Contains(upper, "SR") || strings.Contains(upper, "软著") {
				ip.Kind = "software"
			}
		}
		if ip.Status == "" {
			ip.Status = "applied"
			if strings.HasPrefix(upper, "ZL") || ip.Kind == "software" {
				ip.Status = "granted"
			} else if ip.Kind == "secret" {
				ip.Status = "none"
			}
		}
		p.IP = append(p.IP, ip)
	}
	return tooMany(len(p.IP), 30)
}

func wayChoices() []string {
	var all []string
	for _, w := range wayNames {
		all = append(all, w.Name)
	}
	return all
}

// form is how a university's file is read.
func form(own map[string]string) office.Form {
	f := office.Form{Key: "name", Own: own, Limits: office.Limits{Cell: 6000}}
	for _, c := range columns {
		f.Headings = append(f.Headings, office.Head{Field: c.field, Header: c.header, Aliases: c.aliases})
	}
	return f
}

// sheetColumns is the table as office writes it.
func sheetColumns() []office.Column {
	var all []office.Column
	for _, c := range columns {
		all = append(all, office.Column{Title: c.header, Width: c.width, Required: c.required, Choices: c.choices, Note: c.note})
	}
	return all
}

// readCells makes a row's cells into a profile. Errors keep the row from being entered; warnings name what will be needed to hand it in.
func readCells(cells map[string]string) (p Profile, wrong, warnings []fault.Field) {
	for _, c := range columns {
		s := strings.TrimSpace(cells[c.field])
		switch {
		case s != "":
			if f := c.read(&p, s); f != nil {
				f.Path = c.field
				wrong = append(wrong, *f)
			}
		case c.required:
			wrong = append(wrong, fault.Field{Path: c.field, Code: "required"})
		case c.needed:
			warnings = append(warnings, fault.Field{Path: c.field, Code: "needed_to_submit"})
		}
	}
	return p, wrong, warnings
}

// numbers are those of its rights.
func (p *Profile) numbers() []string {
	var all []string
	for _, ip := range p.IP {
		all = append(all, ip.Number)
	}
	return all
}
