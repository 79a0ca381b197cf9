package account

import (
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// TitleListState is where an official title list stands on its way into the directory.
type TitleListState string

// A list is looked at while ready, then all of it is entered, or none. Entering goes on over a crash until the last row is in.
const (
	ListReady      TitleListState = "ready"
	ListCommitting TitleListState = "committing"
	ListCommitted  TitleListState = "committed"
	ListDiscarded  TitleListState = "discarded"
)

// Outcome says what entering a row does, or why it does nothing.
type Outcome string

// The outcomes of a row. New, Held, Renamed and Expired are entered; the others are not.
const (
	RowNew       Outcome = "new"       // a firm nobody knew: an unclaimed organisation with the title
	RowHeld      Outcome = "title"     // a known firm gets the title
	RowRenamed   Outcome = "renamed"   // a known code under another name; the title is entered, the name only when that is chosen
	RowExpired   Outcome = "expired"   // the title has ended already; it is entered as history
	RowUnchanged Outcome = "unchanged" // the firm holds this very title already
	RowConflict  Outcome = "conflict"  // somebody has to decide: mend the row or skip it
	RowWrong     Outcome = "wrong"     // the row cannot be read
	RowSkipped   Outcome = "skipped"
)

// Enters reports whether rows of this outcome are entered when the list is.
func (o Outcome) Enters() bool {
	return o == RowNew || o == RowHeld || o == RowRenamed || o == RowExpired
}

// TitleList is one official list (名单) that an operator brings in: what stands in the file for every row, how its columns are read, and
// how far it got. Its rows are in chunks of their own.
type TitleList struct {
	State       TitleListState    `json:"state"`
	FileName    string            `json:"fileName"`
	Defaults    TitleDefaults     `json:"defaults"`
	Headers     []string          `json:"headers"`
	Mapping     map[string]string `json:"mapping"` // field → header in the file
	Rows        int               `json:"rows"`
	Counts      map[Outcome]int   `json:"counts"`
	Entered     int               `json:"entered"` // rows done so far, while and after committing
	Reading     int               `json:"reading"` // rises when the columns are mapped anew: chunks of an older reading are dead
	By          string            `json:"by"`
	ByName      string            `json:"byName"`
	CreatedAt   when.Instant      `json:"createdAt"`
	CommittedAt when.Instant      `json:"committedAt,omitempty"`
	DueAt       when.Instant      `json:"dueAt"` // set while there are rows to enter
}

// TitleDefaults is what holds for every row that does not say otherwise.
type TitleDefaults struct {
	Kind      string   `json:"kind,omitempty"`
	Batch     string   `json:"batch,omitempty"`
	Issuer    string   `json:"issuer,omitempty"`
	ValidFrom when.Day `json:"validFrom,omitempty"`
	ValidTo   when.Day `json:"validTo,omitempty"`
}

// TitleRow is one line of a list.
type TitleRow struct {
	Row      int           `json:"row"`
	Cells    []string      `json:"cells"` // as the file has them
	Name     string        `json:"name"`
	Code     string        `json:"code,omitempty"`
	District string        `json:"district,omitempty"` // as the file has it, a name or a code
	Kind     string        `json:"kind,omitempty"`
	Batch    string        `json:"batch,omitempty"`
	Issuer   string        `json:"issuer,omitempty"`
	From     string        `json:"from,omitempty"`
	To       string        `json:"to,omitempty"`
	Outcome  Outcome       `json:"outcome"`
	Problems []fault.Field `json:"problems,omitempty"` // errors of a wrong or conflicting row, remarks on the others
	OrgID    string        `json:"orgId,omitempty"`
	HeldName string        `json:"heldName,omitempty"` // the known firm's name where it differs
	Rename   bool          `json:"rename,omitempty"`   // take the list's name
	Skipped  bool          `json:"skipped,omitempty"`
	Done     bool          `json:"done,omitempty"`
}

// TitleChunk is some of a list's rows, so that 10,000 rows are a hundred documents and not 10,000.
type TitleChunk struct {
	ListID  string     `json:"listId"`
	Number  int        `json:"number"`
	Rows    []TitleRow `json:"rows"`
	Entered bool       `json:"entered"`
}

// A chunk has at most so many rows, and so many bytes, which keeps the document well under what a document may be.
const (
	chunkRows  = 100
	chunkBytes = 120_000
)

// titleColumns are the fields of a list with the headers official lists use for them (待核: lists differ from batch to batch, which is
// why the mapping can be changed).
var titleColumns = []struct {
	field   string
	headers []string
}{
	{"name", []string{"企业名称", "单位名称", "公司名称", "申报企业名称", "企业"}},
	{"code", []string{"统一社会信用代码", "社会信用代码", "信用代码", "统一信用代码"}},
	{"district", []string{"所属区县", "所属地区", "区县市", "区（县、市）", "区县", "县市区", "所在地", "属地", "地区"}},
	{"kind", []string{"称号", "称号类型", "认定类型", "类别", "企业类型"}},
	{"batch", []string{"批次", "认定批次", "年度", "认定年度"}},
	{"issuer", []string{"认定机构", "认定单位", "发文单位", "发文机关", "认定部门"}},
	{"from", []string{"有效期起", "有效期自", "认定时间", "认定日期", "发证日期", "生效日期", "开始日期"}},
	{"to", []string{"有效期止", "有效期至", "有效期到", "到期日期", "到期时间", "截止日期"}},
}

// mapColumns finds the fields in a header row; it is one when it names the firm.
func mapColumns(cells []string) (map[string]string, bool) {
	found := map[string]string{}
	for _, c := range titleColumns {
		for _, h := range c.headers {
			i := slices.IndexFunc(cells, func(cell string) bool { return plainText(cell) == plainText(h) })
			if i >= 0 {
				found[c.field] = cells[i]
				break
			}
		}
	}
	return found, found["name"] != ""
}

// plainText is a text without what people vary: spaces and brackets of either width.
func plainText(s string) string {
	return strings.NewReplacer(" ", "", "　", "", "\n", "", "（", "(", "）", ")", "*", "", "：", "", ":", "").Replace(strings.TrimSpace(s))
}

// set puts one cell where its field says.
func (r *TitleRow) set(field, value string) {
	switch field {
	case "name":
		r.Name = value
	case "code":
		r.Code = value
	case "district":
		r.District = value
	case "kind":
		r.Kind = value
	case "batch":
		r.Batch = value
	case "issuer":
		r.Issuer = value
	case "from":
		r.From = value
	case "to":
		r.To = value
	}
}

// readable is a row with its words turned into codes and days.
type readable struct {
	profile Profile
	title   Title
	valid   CreditCode
}

// read turns a row's words into a firm and a title. Problems name the row's fields.
func (r *TitleRow) read(d TitleDefaults, city *Reference) (readable, []fault.Field) {
	var out readable
	var bad []fault.Field
	name := strings.TrimSpace(r.Name)
	if name == "" {
		bad = append(bad, fault.Field{Path: "name", Code: "required"})
	} else if len([]rune(name)) > 100 {
		bad = append(bad, fault.Field{Path: "name", Code: "too_long"})
	}
	if r.Code != "" {
		code, err := ReadCreditCode(r.Code, "code")
		if err != nil {
			bad = append(bad, fault.As(err).Fields...)
		}
		out.valid = code
	}
	district, ok := chosen(city.Districts, r.District)
	if r.District != "" && !ok {
		bad = append(bad, fault.Field{Path: "district", Code: "not_a_choice", Detail: r.District})
	}
	kind, ok := chosen(city.TitleKinds, orElseText(r.Kind, d.Kind))
	if !ok {
		bad = append(bad, fault.Field{Path: "kind", Code: "not_a_choice", Detail: orElseText(r.Kind, d.Kind)})
	}
	from, ok := dayIn(r.From, d.ValidFrom, false)
	if !ok || from == "" {
		bad = append(bad, fault.Field{Path: "from", Code: "bad_date", Detail: r.From})
	}
	to, ok := dayIn(r.To, d.ValidTo, true)
	if !ok {
		bad = append(bad, fault.Field{Path: "to", Code: "bad_date", Detail: r.To})
	}
	if to != "" && from != "" && to < from {
		bad = append(bad, fault.Field{Path: "to", Code: "before_start"})
	}
	out.profile = Profile{Name: name, CreditCode: out.valid.Code, District: district}
	out.title = Title{Kind: kind, Batch: cutRunes(orElseText(r.Batch, d.Batch), 60), Issuer: cutRunes(orElseText(r.Issuer, d.Issuer), 100), ValidFrom: from, ValidTo: to}
	return out, bad
}

// chosen finds a list's entry by code or by name, the way people shorten it ("澜江" for 澜江区). Retired entries are still understood.
func chosen(list []Choice, said string) (code string, ok bool) {
	said = plainText(said)
	if said == "" {
		return "", false
	}
	for _, c := range list {
		if c.Code == said || plainText(c.Name) == said {
			return c.Code, true
		}
	}
	for _, c := range list {
		name := plainText(c.Name)
		if len([]rune(said)) >= 2 && (strings.HasPrefix(name, said) || strings.HasPrefix(said, name)) {
			return c.Code, true
		}
	}
	return "", false
}

// dayIn reads a day as lists write it: 2025-12-31, 2025/12/31, 2025年12月31日, 2025.12, 2025年12月, 2025. A month or a year means its
// first day, or its last where end says so.
func dayIn(said string, otherwise when.Day, end bool) (when.Day, bool) {
	said = strings.TrimSpace(said)
	if said == "" {
		return otherwise, true
	}
	plain := strings.TrimRight(strings.NewReplacer("年", "-", "月", "-", "日", "", "/", "-", ".", "-").Replace(said), "-")
	if i := strings.IndexAny(plain, " T"); i > 0 {
		plain = plain[:i]
	}
	for _, layout := range []string{"2006-1-2", "20060102", "2006-1", "2006"} {
		t, err := time.Parse(layout, plain)
		if err != nil || t.Year() < 1990 || t.Year() > 2100 {
			continue
		}
		if end && layout == "2006-1" {
			t = t.AddDate(0, 1, -1)
		}
		if end && layout == "2006" {
			t = t.AddDate(1, 0, -1)
		}
		return when.Day(t.Format(time.DateOnly)), true
	}
	return "", false
}

func orElseText(s, otherwise string) string {
	if s = strings.TrimSpace(s); s != "" {
		return s
	}
	return otherwise
}

func cutRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// judge says what entering the row would do. known is the organisation of its code or name, nil when there is none; namesakes is how many
// organisations bear the row's name when it has no code. today is the day in China.
func (r *TitleRow) judge(in readable, bad []fault.Field, known *OrgDoc, namesakes int, today when.Day) {
	r.Problems, r.OrgID, r.HeldName = bad, "", ""
	switch {
	case r.Skipped:
		r.Outcome = RowSkipped
		return
	case len(bad) > 0:
		r.Outcome = RowWrong
		return
	case r.Code == "" && namesakes != 1:
		r.Outcome = RowConflict
		code := "code_missing"
		if namesakes > 1 {
			code = "several_namesakes"
		}
		r.Problems = []fault.Field{{Path: "code", Code: code}}
		return
	case known == nil && in.profile.District == "":
		r.Outcome = RowWrong
		r.Problems = []fault.Field{{Path: "district", Code: "required"}}
		return
	}
	if in.valid.Code != "" && in.valid.NeedsProof() {
		r.Problems = append(r.Problems, fault.Field{Path: "code", Code: "check_character"}) // a remark: some old real codes fail it
	}
	r.Outcome = RowNew
	if known != nil {
		o := &known.Body
		r.OrgID, r.Outcome = known.ID, RowHeld
		if o.State == Closed {
			r.Outcome = RowConflict
			r.Problems = append(r.Problems, fault.Field{Path: "name", Code: "closed"})
			return
		}
		if r.Code != "" && plainText(o.Profile.Name) != plainText(in.profile.Name) {
			r.Outcome, r.HeldName = RowRenamed, o.Profile.Name
		}
		for _, t := range o.Titles {
			if t.same(in.title) {
				if r.Outcome != RowRenamed || !r.Rename {
					r.Outcome = RowUnchanged
				}
				return
			}
			if t.Kind == in.title.Kind && t.overlaps(in.title) {
				r.Problems = append(r.Problems, fault.Field{Path: "from", Code: "overlaps", Detail: string(t.ValidFrom) + "…" + string(t.ValidTo)}) // a remark: a review (复核) renews early
			}
		}
	}
	if r.Outcome != RowRenamed && in.title.ValidTo != "" && in.title.ValidTo < today {
		r.Outcome = RowExpired
	}
}

// same reports whether two entries are the same award of a title.
func (t Title) same(u Title) bool {
	return t.Kind == u.Kind && t.Batch == u.Batch && t.Issuer == u.Issuer && t.ValidFrom == u.ValidFrom
}

// overlaps reports whether two titles are in force on one day.
func (t Title) overlaps(u Title) bool {
	return (t.ValidTo == "" || u.ValidFrom <= t.ValidTo) && (u.ValidTo == "" || t.ValidFrom <= u.ValidTo)
}

// judgeTwice marks rows of one file that contradict or repeat an earlier one: the same code under two names, the same title twice.
type judgeTwice struct {
	names  map[string]string
	titles map[string]int
}

func newJudgeTwice() *judgeTwice { return &judgeTwice{map[string]string{}, map[string]int{}} }

func (j *judgeTwice) judge(r *TitleRow, in readable) {
	if !r.Outcome.Enters() && r.Outcome != RowUnchanged {
		return
	}
	who := in.valid.Code
	if who == "" {
		who = r.OrgID
	}
	if first, ok := j.names[who]; ok && first != plainText(in.profile.Name) {
		r.Outcome = RowConflict
		r.Problems = append(r.Problems, fault.Field{Path: "name", Code: "two_names", Detail: first})
		return
	}
	j.names[who] = plainText(in.profile.Name)
	key := strings.Join([]string{who, in.title.Kind, in.title.Batch, in.title.Issuer, string(in.title.ValidFrom)}, "\x00")
	if _, ok := j.titles[key]; ok {
		r.Outcome = RowUnchanged
		r.Problems = append(r.Problems, fault.Field{Path: "name", Code: "duplicate", Detail: r.Name})
		return
	}
	j.titles[key] = r.Row
}
