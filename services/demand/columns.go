package demand

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// column is one column of the demand spreadsheet: how it is called, how a cell becomes part of a demand, and back.
type column struct {
	field    string
	header   string // of the template
	aliases  []string
	required bool   // even a draft needs it
	needed   bool   // not to be imported, but to be submitted
	kinds    []Kind // needed by these alone; nil: by all
	note     string
	choices  []string
	width    float64
	read     func(t *Terms, s string) *fault.Field // s is not empty; nil: fine
	write    func(t *Terms) any
	take     func(to, from *Terms) // puts what the column holds of one into the other
}

// Names people read for what is stored as a word of ours. The first is written, all are understood.
var (
	kindNames = map[Kind][]string{
		RND:         {"技术攻关", "技术攻关类", "关键技术攻关", "研发攻关", "技术需求"},
		Supply:      {"产品配套/采购", "采购需求", "采购需求类", "产品配套", "配套", "采购", "大宗物资采购"},
		Scenario:    {"场景验证", "场景验证类", "应用场景"},
		Project:     {"重点项目合作", "项目合作"},
		ServiceNeed: {"服务需求", "服务"},
	}
	modeNames = map[Mode][]string{
		Open:       {"竞争立项", "公开揭榜", "公开"},
		Directed:   {"定向委托", "定向"},
		Consortium: {"组阁揭榜", "组阁", "联合体揭榜"},
		Race:       {"赛马制", "赛马"},
	}
	wayNames = map[string][]string{
		"commissioned": {"委托研发", "委托开发"},
		"joint":        {"联合研发", "合作开发", "联合攻关", "合作研发"},
		"transfer":     {"技术转让", "转让"},
		"license":      {"技术许可", "许可"},
		"equity":       {"作价入股", "技术入股", "入股"},
		"platform":     {"共建平台", "平台共建"},
		"purchase":     {"订单采购", "采购"},
		"other":        {"其他", "其它"},
	}
	wayOrder = []string{"commissioned", "joint", "transfer", "license", "equity", "platform", "purchase", "other"}
)

// columns is the spreadsheet, in the order of the template. The names are a composite of the national 需求表 and the lists cities publish
// (domain-research §1.3–1.4); no single official template was seen, so the sheet ships 待核.
var columns = []column{
	text("itemNumber", "企业项目编号", 64, func(t *Terms) *string { return &t.ItemNumber }, column{aliases: []string{"序号", "编号", "需求编号", "项目编号", "企业内部编号"}, note: "本单位自己的编号；再次导入时据此更新原有草稿"}),
	text("title", "需求名称", 128, func(t *Terms) *string { return &t.Title }, column{aliases: []string{"榜单名称", "技术需求名称", "项目名称", "题目", "标题", "title"},
		required: true, width: 36, note: "不超过128字，写清对象和要解决的问题"}),
	{field: "kind", header: "需求类型", aliases: []string{"类型", "需求类别"}, note: "不填按技术攻关", choices: choicesOf(kindNames, RND, Supply, Scenario, Project, ServiceNeed),
		read: func(t *Terms, s string) *fault.Field {
			for kind, names := range kindNames {
				if slices.Contains(names, s) || string(kind) == s {
					t.Kind = kind
					return nil
				}
			}
			return &fault.Field{Code: "not_a_choice"}
		},
		write: func(t *Terms) any { return kindNames[t.Kind][0] },
		take:  func(to, from *Terms) { to.Kind = from.Kind }},
	{field: "mode", header: "揭榜方式", aliases: []string{"方式", "揭榜模式", "组织方式"}, note: "不填按竞争立项；受邀单位在平台上选择", choices: choicesOf(modeNames, Open, Directed, Consortium),
		read: func(t *Terms, s string) *fault.Field {
			for mode, names := range modeNames {
				if slices.Contains(names, s) || string(mode) == s {
					t.Mode = mode
					return nil
				}
			}
			return &fault.Field{Code: "not_a_choice"}
		},
		write: func(t *Terms) any { return modeNames[t.Mode][0] },
		take:  func(to, from *Terms) { to.Mode = from.Mode }},
	text("chain", "所属产业链", 64, func(t *Terms) *string { return &t.Chain }, column{aliases: []string{"产业链", "技术领域", "所属领域", "领域"}, needed: true, kinds: []Kind{RND, Supply, Scenario, Project}}),
	text("industryCode", "行业代码", 8, func(t *Terms) *string { return &t.IndustryCode }, column{aliases: []string{"行业", "国民经济行业代码"}, note: "GB/T 4754，如 C3562"}),
	text("district", "所在区县", 64, func(t *Terms) *string { return &t.District }, column{aliases: []string{"区县", "地区", "所属地区", "区（县、市）"}, note: "不填按本单位所在区县"}),
	text("brief", "需求简介", 500, func(t *Terms) *string { return &t.Brief }, column{aliases: []string{"简介", "摘要"}, width: 40}),
	text("background", "需求背景", 5000, func(t *Terms) *string { return &t.Background }, column{aliases: []string{"背景", "需求描述", "需求内容", "content", "企业现状"}, needed: true, width: 50}),
	text("difficulty", "主要技术难点", 5000, func(t *Terms) *string { return &t.Difficulty }, column{aliases: []string{"技术难点", "难点", "需解决的主要技术难题", "需解决的问题"}, needed: true, kinds: []Kind{RND}, width: 50}),
	text("content", "主要研究内容", 5000, func(t *Terms) *string { return &t.Content }, column{aliases: []string{"研究内容", "主要内容", "场景内容", "合作内容"}, needed: true, kinds: []Kind{Scenario, Project}, width: 50}),
	{field: "targets", header: "主要技术指标", aliases: []string{"技术指标", "考核指标", "期望实现的主要技术目标", "主要内容与指标", "指标", "规格要求", "质量要求"}, needed: true, kinds: []Kind{RND, Supply, Scenario}, width: 50, note: "每行一条，写出可测量的数值",
		read: func(t *Terms, s string) *fault.Field {
			t.Targets = lines(s)
			if len(t.Targets) > 30 {
				return &fault.Field{Code: "too_long", Detail: "at most 30 targets"}
			}
			for _, x := range t.Targets {
				if utf8.RuneCountInString(x) > 300 {
					return &fault.Field{Code: "too_long", Detail: "at most 300 characters a target"}
				}
			}
			return nil
		},
		write: func(t *Terms) any { return strings.Join(t.Targets, "\n") },
		take:  func(to, from *Terms) { to.Targets = from.Targets }},
	{field: "budget", header: "预期投入（万元）", aliases: []string{"预期投入", "榜金", "悬赏金额", "悬赏金额（万元）", "拟投资规模", "预算", "预算（万元）", "榜金（万元）"}, needed: true, kinds: []Kind{RND, ServiceNeed}, note: "单位万元，可填“面议”",
		read: readBudget,
		write: func(t *Terms) any {
			if t.BudgetNegotiable {
				return "面议"
			}
			if t.BudgetFen == 0 {
				return ""
			}
			return office.Wan(t.BudgetFen)
		},
		take: func(to, from *Terms) { to.BudgetFen, to.BudgetNegotiable = from.BudgetFen, from.BudgetNegotiable }},
	{field: "timeLimitMonths", header: "完成时限（月）", aliases: []string{"完成时限", "期望解决时限", "期望解决时限（月）", "期限", "时间要求"}, needed: true, kinds: []Kind{RND}, note: "1到120个月",
		read: func(t *Terms, s string) *fault.Field {
			s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "月"), "个"))
			years := strings.HasSuffix(s, "年")
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(s, "年")))
			if err != nil {
				return &fault.Field{Code: "not_a_number"}
			}
			if years {
				n *= 12
			}
			if n < 1 || n > 120 {
				return &fault.Field{Code: "out_of_range", Detail: "1 to 120 months"}
			}
			t.TimeLimitMonths = n
			return nil
		},
		write: func(t *Terms) any {
			if t.TimeLimitMonths == 0 {
				return ""
			}
			return t.TimeLimitMonths
		},
		take: func(to, from *Terms) { to.TimeLimitMonths = from.TimeLimitMonths }},
	{field: "cooperationWays", header: "合作方式", aliases: []string{"拟合作方式", "拟短期/长期合作方式"}, needed: true, kinds: []Kind{RND, Project}, note: "可填多项，用顿号隔开", choices: waysInOrder(),
		read: func(t *Terms, s string) *fault.Field {
			for _, name := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、，,；;/ \n", r) }) {
				way := ""
				for w, names := range wayNames {
					if slices.Contains(names, name) || w == name {
						way = w
					}
				}
				if way == "" {
					return &fault.Field{Code: "not_a_choice", Detail: name}
				}
				if !slices.Contains(t.CooperationWays, way) {
					t.CooperationWays = append(t.CooperationWays, way)
				}
			}
			return nil
		},
		write: func(t *Terms) any {
			var names []string
			for _, w := range t.CooperationWays {
				if known := wayNames[w]; len(known) > 0 {
					names = append(names, known[0])
				}
			}
			return strings.Join(names, "、")
		},
		take: func(to, from *Terms) { to.CooperationWays = from.CooperationWays }},
	text("ipTerms", "知识产权约定", 1000, func(t *Terms) *string { return &t.IPTerms }, column{aliases: []string{"知识产权归属", "知识产权"}, width: 30}),
	text("bidConditions", "揭榜条件", 2000, func(t *Terms) *string { return &t.BidConditions }, column{aliases: []string{"揭榜要求", "揭榜方条件"}, width: 40}),
	{field: "plannedDeadline", header: "揭榜截止日期", aliases: []string{"截止日期", "截止时间", "揭榜截止时间"}, note: "如 2026-12-31；发布时可再调整", width: 16,
		read: func(t *Terms, s string) *fault.Field {
			day, ok := parseDay(s)
			if !ok {
				return &fault.Field{Code: "bad_date"}
			}
			t.PlannedDeadline = when.At(day.Add(24 * time.Hour)) // 24:00 of that day in China
			return nil
		},
		write: func(t *Terms) any {
			if t.PlannedDeadline == 0 {
				return ""
			}
			return t.PlannedDeadline.Time().Add(-time.Second).In(when.China).Format(time.DateOnly) // 24:00 belongs to the day before
		},
		take: func(to, from *Terms) { to.PlannedDeadline = from.PlannedDeadline }},
	number("quantity", "采购数量", 1_000_000_000_000, func(t *Terms) *int64 { return &t.Quantity }, column{aliases: []string{"数量", "需求数量", "年需求量"}, kinds: []Kind{Supply}}),
	text("unit", "计量单位", 16, func(t *Terms) *string { return &t.Unit }, column{aliases: []string{"单位（计量）", "数量单位"}, needed: true, kinds: []Kind{Supply}, note: "件、套、吨等"}),
	days("paymentDays", "付款期限（天）", 720, func(t *Terms) *int { return &t.Payment.Days }, column{aliases: []string{"付款期限", "账期", "账期（天）"}, kinds: []Kind{Supply}, note: "自交付验收之日起；大型企业向中小企业采购一般不超过60天"}),
	days("trialDays", "试用期限（天）", 1800, func(t *Terms) *int { return &t.TrialDays }, column{aliases: []string{"试用期限", "验证周期（天）"}, kinds: []Kind{Scenario}}),
	text("serviceCategory", "服务类别", 40, func(t *Terms) *string { return &t.ServiceCategory }, column{aliases: []string{"所需服务"}, needed: true, kinds: []Kind{ServiceNeed}}),
	yesNo("demandPublic", "需求是否公开", []string{"是否公开", "是否公开需求"}, func(t *Terms) *bool { return &t.Public }),
	yesNo("issuerPublic", "企业名称是否公开", []string{"是否公开企业名称", "名称是否公开"}, func(t *Terms) *bool { return &t.IssuerPublic }),
	yesNo("catalogue", "是否列入目录统一发布", []string{"是否列入目录", "列入当期目录"}, func(t *Terms) *bool { return &t.Catalogue }),
	text("contactName", "联系人", 40, func(t *Terms) *string { return &t.Contact.Name }, column{aliases: []string{"联系人姓名"}, needed: true}),
	text("contactPhone", "联系电话", 40, func(t *Terms) *string { return &t.Contact.Phone }, column{aliases: []string{"电话", "手机", "手机号", "联系方式"}, needed: true}),
	text("contactEmail", "电子邮箱", 120, func(t *Terms) *string { return &t.Contact.Email }, column{aliases: []string{"邮箱", "E-mail", "email"}}),
	text("nationalCode", "公开码", 32, func(t *Terms) *string { return &t.NationalCode }, column{aliases: []string{"国家平台公开码"}, note: "已在国家平台发布的填写"}),
	text("listName", "清单名称", 64, func(t *Terms) *string { return &t.ListName }, column{aliases: []string{"所属清单"}}),
}

// text is a column whose cell is a text field, at most max characters.
func text(field, header string, max int, of func(*Terms) *string, c column) column {
	c.field, c.header = field, header
	c.read = func(t *Terms, s string) *fault.Field {
		if utf8.RuneCountInString(s) > max {
			return &fault.Field{Code: "too_long", Detail: fmt.Sprintf("at most %d characters", max)}
		}
		*of(t) = s
		return nil
	}
	c.write = func(t *Terms) any { return *of(t) }
	c.take = func(to, from *Terms) { *of(to) = *of(from) }
	return c
}

// number is a column of a whole number that those kinds need.
func number(field, header string, most int64, of func(*Terms) *int64, c column) column {
	c.field, c.header, c.needed = field, header, true
	c.read = func(t *Terms, s string) *fault.Field {
		n, err := strconv.ParseInt(office.PlainNumber(s), 10, 64)
		if err != nil {
			return &fault.Field{Code: "not_a_number"}
		}
		if n < 1 || n > most {
			return &fault.Field{Code: "out_of_range", Detail: fmt.Sprintf("1 to %d", most)}
		}
		*of(t) = n
		return nil
	}
	c.write = func(t *Terms) any {
		if *of(t) == 0 {
			return ""
		}
		return *of(t)
	}
	c.take = func(to, from *Terms) { *of(to) = *of(from) }
	return c
}

// days is a number of days; the unit may be written behind it.
func days(field, header string, most int64, of func(*Terms) *int, c column) column {
	c = number(field, header, most, func(*Terms) *int64 { return new(int64) }, c)
	parse := c.read
	c.read = func(t *Terms, s string) *fault.Field {
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "天"), "日"))
		if f := parse(t, s); f != nil {
			return f
		}
		*of(t), _ = strconv.Atoi(office.PlainNumber(s)) // parsed above
		return nil
	}
	c.write = func(t *Terms) any {
		if *of(t) == 0 {
			return ""
		}
		return *of(t)
	}
	c.take = func(to, from *Terms) { *of(to) = *of(from) }
	return c
}

// yesNo is a column of 是 or 否; empty means 是.
func yesNo(field, header string, aliases []string, of func(*Terms) *bool) column {
	return column{field: field, header: header, aliases: aliases, note: "是或否，不填按“是”", choices: []string{"是", "否"},
		read: func(t *Terms, s string) *fault.Field {
			switch strings.ToLower(s) {
			case "是", "公开", "y", "yes", "1", "true":
				*of(t) = true
			case "否", "不公开", "n", "no", "0", "false":
				*of(t) = false
			default:
				return &fault.Field{Code: "not_a_choice"}
			}
			return nil
		},
		write: func(t *Terms) any {
			if *of(t) {
				return "是"
			}
			return "否"
		},
		take: func(to, from *Terms) { *of(to) = *of(from) }}
}

func choicesOf[K comparable](names map[K][]string, order ...K) []string {
	var all []string
	for _, k := range order {
		all = append(all, names[k][0])
	}
	return all
}

func waysInOrder() []string { return choicesOf(wayNames, wayOrder...) }

// lines splits targets: one a line, or numbered or separated by semicolons on one.
func lines(s string) []string {
	var all []string
	for _, l := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '；' || r == ';' }) {
		if l = strings.TrimSpace(l); l != "" {
			all = append(all, l)
		}
	}
	return all
}

// readBudget takes 万元 as offices write it.
func readBudget(t *Terms, s string) *fault.Field {
	fen, negotiable, code := office.ReadMoney(s)
	if code != "" {
		return &fault.Field{Code: code}
	}
	t.BudgetFen, t.BudgetNegotiable = fen, negotiable
	return nil
}

// parseDay reads a day however offices write it.
func parseDay(s string) (time.Time, bool) {
	s, _, _ = strings.Cut(norm.NFKC.String(strings.TrimSpace(s)), " ")
	s = strings.TrimSuffix(strings.NewReplacer("年", "-", "月", "-", "/", "-", ".", "-").Replace(s), "日")
	for _, layout := range []string{"2006-1-2", "20060102"} {
		if day, err := time.ParseInLocation(layout, s, when.China); err == nil && day.Year() > 2000 && day.Year() < 2100 {
			return day, true
		}
	}
	return time.Time{}, false
}

// form is how an organisation's file is read.
func form(own map[string]string) office.Form {
	f := office.Form{Key: "title", Own: own, Limits: office.Limits{Cell: 6000}}
	for _, c := range columns {
		f.Headings = append(f.Headings, office.Head{Field: c.field, Header: c.header, Aliases: c.aliases})
	}
	return f
}

// readCells makes a row's cells into terms. Errors keep the row from being imported; warnings name what will be needed to submit it.
func readCells(cells map[string]string) (t Terms, wrong, warnings []fault.Field) {
	t = Terms{Kind: RND, Mode: Open, Public: true, IssuerPublic: true}
	var empty []column
	for _, c := range columns {
		s := strings.TrimSpace(cells[c.field])
		switch {
		case s != "":
			if f := c.read(&t, s); f != nil {
				f.Path = c.field
				wrong = append(wrong, *f)
			}
		case c.required:
			wrong = append(wrong, fault.Field{Path: c.field, Code: "required"})
		case c.needed:
			empty = append(empty, c)
		}
	}
	for _, c := range empty { // now that the kind is known
		if c.kinds == nil || slices.Contains(c.kinds, t.Kind) {
			warnings = append(warnings, fault.Field{Path: c.field, Code: "needed_to_submit"})
		}
	}
	return t, wrong, warnings
}

// sheetColumns is the table as office writes it.
func sheetColumns() []office.Column {
	var all []office.Column
	for _, c := range columns {
		all = append(all, office.Column{Title: c.header, Width: c.width, Required: c.required, Choices: c.choices, Note: c.note})
	}
	return all
}
