package capability

import (
	"fmt"
	"regexp"
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

// column is one column of the capability spreadsheet: how it is called, how a cell becomes part of the terms, and back. It also is how
// a field reads in a history.
type column struct {
	field    string // as in the API
	header   string // of the template
	aliases  []string
	required bool
	note     string
	width    float64
	read     func(t *Terms, s string) *fault.Field // s is trimmed and not empty; nil: fine
	write    func(t *Terms) string
}

// columns is the spreadsheet, in the order of the template. No official template of a 配套能力清单 was seen: the names ship 待核.
var columns = []column{
	text("itemNumber", "序号", 64, func(t *Terms) *string { return &t.ItemNumber }, column{aliases: []string{"编号", "能力编号", "企业内部编号"}, note: "本单位自己的编号；再次导入时按编号更新"}),
	text("title", "配套能力名称", 128, func(t *Terms) *string { return &t.Title }, column{aliases: []string{"名称", "能力名称", "产品（工艺）名称", "配套产品名称"}, required: true, width: 32, note: "不超过128字，写清能供什么"}),
	text("chain", "所属产业链", 64, func(t *Terms) *string { return &t.Chain }, column{aliases: []string{"产业链", "配套产业链"}, note: "不填按本单位的第一条产业链"}),
	text("industryCode", "行业代码", 8, func(t *Terms) *string { return &t.Industry }, column{aliases: []string{"国民经济行业代码", "行业"}, note: "GB/T 4754，如 C3360"}),
	text("summary", "能力简介", 2000, func(t *Terms) *string { return &t.Summary }, column{aliases: []string{"简介", "说明", "能力描述"}, width: 48}),
	list("products", "主要产品", func(t *Terms) *[]string { return &t.Products }, column{aliases: []string{"产品", "可供产品"}, width: 28}),
	list("processes", "主要工艺", func(t *Terms) *[]string { return &t.Processes }, column{aliases: []string{"工艺", "加工工艺", "工艺能力"}, width: 28}),
	list("materials", "主要材料", func(t *Terms) *[]string { return &t.Materials }, column{aliases: []string{"材料", "加工材料", "可加工材料"}, width: 24}),
	{field: "equipment", header: "关键设备", aliases: []string{"设备", "主要设备", "关键设备及数量"}, width: 36, note: "用顿号或换行隔开，数量写在后面：五轴加工中心×48",
		read: readEquipment, write: writeEquipment},
	whole("spareQuantity", "月富余产能", 1_000_000_000_000, func(t *Terms) *int64 { return &t.Spare }, column{aliases: []string{"富余产能", "月空余产能", "可释放月产能"}}),
	text("unit", "计量单位", 16, func(t *Terms) *string { return &t.Unit }, column{aliases: []string{"单位（计量）", "产能单位"}, note: "件、套、吨等"}),
	small("toleranceMicrometres", "最高批量精度（微米）", 1_000_000, func(t *Terms) *int { return &t.Tolerance }, column{aliases: []string{"加工精度（微米）", "精度（微米）"}}),
	text("precision", "精度说明", 300, func(t *Terms) *string { return &t.Precision }, column{aliases: []string{"公差与粗糙度", "精度"}, width: 28}),
	whole("batchMin", "最小批量", 1_000_000_000_000, func(t *Terms) *int64 { return &t.BatchMin }, column{aliases: []string{"起订量", "最小起订量"}}),
	whole("batchMax", "最大批量", 1_000_000_000_000, func(t *Terms) *int64 { return &t.BatchMax }, column{aliases: []string{"单批最大"}}),
	small("leadTimeDays", "交付周期（天）", 1800, func(t *Terms) *int { return &t.LeadTimeDays }, column{aliases: []string{"交货期（天）", "交期（天）", "交货期"}, note: "自下单之日起的日历天数"}),
	{field: "certificates", header: "资质证书", aliases: []string{"证书", "体系认证", "资质"}, width: 44, note: "每行一张：名称｜编号｜发证机构｜起始日｜到期日；只写名称也可以",
		read: readCertificates, write: writeCertificates},
	list("customers", "已配套客户", func(t *Terms) *[]string { return &t.Customers }, column{aliases: []string{"主要客户", "配套客户", "已供客户"}, width: 28, note: "公开展示，写出客户名称前请取得对方同意"}),
}

// text is a column of plain text, at most most characters.
func text(field, header string, most int, of func(*Terms) *string, c column) column {
	c.field, c.header = field, header
	c.read = func(t *Terms, s string) *fault.Field {
		if utf8.RuneCountInString(s) > most {
			return &fault.Field{Code: "too_long", Detail: fmt.Sprintf("at most %d characters", most)}
		}
		*of(t) = s
		return nil
	}
	c.write = func(t *Terms) string { return *of(t) }
	return c
}

// list is a column of names, by lines or list commas.
func list(field, header string, of func(*Terms) *[]string, c column) column {
	c.field, c.header = field, header
	if c.note == "" {
		c.note = "可填多项，用顿号或换行隔开"
	}
	c.read = func(t *Terms, s string) *fault.Field {
		parts := split(s)
		if f := tooMany(parts, 30); f != nil {
			return f
		}
		for _, p := range parts {
			if utf8.RuneCountInString(p) > 80 {
				return &fault.Field{Code: "too_long", Detail: "at most 80 characters each"}
			}
		}
		*of(t) = parts
		return nil
	}
	c.write = func(t *Terms) string { return strings.Join(*of(t), "、") }
	return c
}

func tooMany(parts []string, most int) *fault.Field {
	if len(parts) > most {
		return &fault.Field{Code: "too_long", Detail: fmt.Sprintf("at most %d", most)}
	}
	return nil
}

// split takes a cell apart into its items.
func split(s string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return isSeparator(r) && r != '|' && r != '｜' }) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// whole is a column of a whole number from 1.
func whole(field, header string, most int64, of func(*Terms) *int64, c column) column {
	c.field, c.header = field, header
	c.read = func(t *Terms, s string) *fault.Field {
		n, f := readNumber(s, most)
		if f == nil {
			*of(t) = n
		}
		return f
	}
	c.write = func(t *Terms) string { return shownNumber(*of(t)) }
	return c
}

// small is whole for an int.
func small(field, header string, most int64, of func(*Terms) *int, c column) column {
	c = whole(field, header, most, func(*Terms) *int64 { return new(int64) }, c)
	c.read = func(t *Terms, s string) *fault.Field {
		n, f := readNumber(s, most)
		if f == nil {
			*of(t) = int(n)
		}
		return f
	}
	c.write = func(t *Terms) string { return shownNumber(int64(*of(t))) }
	return c
}

func readNumber(s string, most int64) (int64, *fault.Field) {
	s = strings.NewReplacer(",", "", " ", "").Replace(norm.NFKC.String(s))
	n, err := strconv.ParseInt(strings.TrimRight(s, "天日微米µmμ"), 10, 64)
	if err != nil {
		return 0, &fault.Field{Code: "not_a_number"}
	}
	if n < 1 || n > most {
		return 0, &fault.Field{Code: "out_of_range", Detail: fmt.Sprintf("1 to %d", most)}
	}
	return n, nil
}

func shownNumber(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// counted is a machine with its number behind it: "五轴加工中心×48", "工业CT 2台".
var counted = regexp.MustCompile(`^(.*?)\s*(?:[×xX*]\s*(\d{1,5})\s*(?:台|套|条|个|间|座)?|\s(\d{1,5})\s*(?:台|套|条|个|间|座)|(\d{1,5})(?:台|套|条|个|间|座))$`)

func readEquipment(t *Terms, s string) *fault.Field {
	parts := split(s)
	if f := tooMany(parts, 40); f != nil {
		return f
	}
	for _, p := range parts {
		e := Equipment{Name: p}
		if m := counted.FindStringSubmatch(p); m != nil && m[1] != "" {
			e.Name = m[1]
			e.Count, _ = strconv.Atoi(m[2] + m[3] + m[4]) // one of them, and digits
		}
		if utf8.RuneCountInString(e.Name) > 100 {
			return &fault.Field{Code: "too_long", Detail: "at most 100 characters each"}
		}
		t.Equipment = append(t.Equipment, e)
	}
	return nil
}

func writeEquipment(t *Terms) string {
	var parts []string
	for _, e := range t.Equipment {
		if e.Count > 0 {
			e.Name += "×" + strconv.Itoa(e.Count)
		}
		parts = append(parts, e.Name)
	}
	return strings.Join(parts, "、")
}

func readCertificates(t *Terms, s string) *fault.Field {
	parts := split(s)
	if f := tooMany(parts, 30); f != nil {
		return f
	}
	for _, p := range parts {
		fields := strings.Split(strings.ReplaceAll(p, "|", "｜"), "｜")
		fields = append(fields, "", "", "", "")
		c := Certificate{Name: strings.TrimSpace(fields[0]), Number: strings.TrimSpace(fields[1]), Issuer: strings.TrimSpace(fields[2])}
		for i, into := range []*when.Day{&c.ValidFrom, &c.ValidTo} {
			if cell := strings.TrimSpace(fields[3+i]); cell != "" {
				day, ok := parseDay(cell)
				if !ok {
					return &fault.Field{Code: "bad_date", Detail: cell}
				}
				*into = day
			}
		}
		switch {
		case c.Name == "":
			return &fault.Field{Code: "required", Detail: p}
		case c.ValidFrom != "" && c.ValidTo != "" && c.ValidFrom > c.ValidTo:
			return &fault.Field{Code: "ends_before_it_begins", Detail: c.Name}
		case utf8.RuneCountInString(c.Name) > 80 || utf8.RuneCountInString(c.Number) > 80 || utf8.RuneCountInString(c.Issuer) > 120:
			return &fault.Field{Code: "too_long"}
		}
		t.Certificates = append(t.Certificates, c)
	}
	return nil
}

func writeCertificates(t *Terms) string {
	var lines []string
	for _, c := range t.Certificates {
		lines = append(lines, strings.TrimRight(strings.Join([]string{c.Name, c.Number, c.Issuer, string(c.ValidFrom), string(c.ValidTo)}, "｜"), "｜"))
	}
	return strings.Join(lines, "\n")
}

// parseDay reads a day however offices write it.
func parseDay(s string) (when.Day, bool) {
	s = strings.TrimSuffix(strings.NewReplacer("年", "-", "月", "-", "/", "-", ".", "-", " ", "").Replace(norm.NFKC.String(s)), "日")
	for _, layout := range []string{"2006-1-2", "20060102"} {
		if day, err := time.Parse(layout, s); err == nil && day.Year() > 1980 && day.Year() < 2100 {
			return when.Day(day.Format(time.DateOnly)), true
		}
	}
	return "", false
}

// plainHeader is a header without what people decorate it with.
func plainHeader(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" *\t\n:()、", r) {
			return -1
		}
		return r
	}, strings.ToLower(norm.NFKC.String(s)))
}

// readHeader finds our columns in a header row: the place of each by field, and the headers nobody reads.
func readHeader(cells []string) (places map[string]int, unknown []string) {
	places = map[string]int{}
	for i, cell := range cells {
		plain := plainHeader(cell)
		k := slices.IndexFunc(columns, func(c column) bool {
			return plainHeader(c.header) == plain || slices.ContainsFunc(c.aliases, func(a string) bool { return plainHeader(a) == plain })
		})
		if k >= 0 {
			if _, twice := places[columns[k].field]; !twice {
				places[columns[k].field] = i
				continue
			}
		}
		if cell != "" {
			unknown = append(unknown, cell)
		}
	}
	return places, unknown
}

// readCells makes a row's cells into terms, and says what is wrong with which.
func readCells(cells map[string]string) (t Terms, wrong []fault.Field) {
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
		}
	}
	return t, wrong
}

func sheetColumns() []office.Column {
	var all []office.Column
	for _, c := range columns {
		all = append(all, office.Column{Title: c.header, Width: c.width, Required: c.required, Note: c.note})
	}
	return all
}
