package provider

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Subservice is a kind of service within a category.
type Subservice struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Category is one of the eight areas of the pool.
type Category struct {
	Code        string       `json:"code"`
	Name        string       `json:"name"`
	NameEn      string       `json:"nameEn"`
	Subservices []Subservice `json:"subservices"`
}

//go:embed categories.json
var categoriesFile []byte

// Categories are the eight of the policy, in its order; the grouping of the sub-services is ours.
var Categories = func() []Category {
	var all []Category
	if err := json.Unmarshal(categoriesFile, &all); err != nil {
		panic("provider: categories.json: " + err.Error())
	}
	return all
}()

// CategoryCodes are the codes of the eight, in the policy's order.
func CategoryCodes() []string {
	codes := make([]string, len(Categories))
	for i, c := range Categories {
		codes[i] = c.Code
	}
	return codes
}

// categoryOf is the category a sub-service belongs to; "" for one nobody knows.
func categoryOf(subservice string) string {
	for _, c := range Categories {
		if slices.ContainsFunc(c.Subservices, func(s Subservice) bool { return s.Code == subservice }) {
			return c.Code
		}
	}
	return ""
}

// nameOfCode is what people read for a category or sub-service.
func nameOfCode(code string) string {
	for _, c := range Categories {
		if c.Code == code {
			return c.Name
		}
		for _, s := range c.Subservices {
			if s.Code == code {
				return s.Name
			}
		}
	}
	return code
}

// Thresholds are what an applicant should have. 0 asks nothing.
type Thresholds struct {
	Years          int64    `json:"years,omitempty"`
	Staff          int64    `json:"staff,omitempty"`
	QualifiedShare int64    `json:"qualifiedShare,omitempty"` // percent
	AssetsFen      int64    `json:"assetsFen,omitempty"`
	Served         int64    `json:"served,omitempty"`       // enterprises a year
	Satisfaction   int64    `json:"satisfaction,omitempty"` // percent
	Certificates   []string `json:"certificates,omitempty"` // each must be named among the applicant's, valid
}

// Criterion is one weighted question experts score. The weights sum to 100.
type Criterion struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	Weight int    `json:"weight"`
	Guide  string `json:"guide,omitempty"`
}

// Weights are how the yearly evaluation counts its three factors, in percent; they sum to 100.
type Weights struct {
	Served       int `json:"served"`
	Satisfaction int `json:"satisfaction"`
	Effect       int `json:"effect"`
}

// Settings is what varies by city: data with an effective date, edited by the operator, never constants in code.
type Settings struct {
	EffectiveFrom     when.Instant          `json:"effectiveFrom"`
	Base              Thresholds            `json:"base"`
	ByCategory        map[string]Thresholds `json:"byCategory,omitempty"` // what differs for a category
	ReviewWorkingDays int                   `json:"reviewWorkingDays"`    // the office's clock for the initial review
	ExpertWorkingDays int                   `json:"expertWorkingDays"`
	NoticeWorkingDays int                   `json:"noticeWorkingDays"`
	AppealWorkingDays int                   `json:"appealWorkingDays"`
	MinExperts        int                   `json:"minExperts"`
	PassMark          int                   `json:"passMark"` // of the panel's mean, 0–100
	Criteria          []Criterion           `json:"criteria"`
	RejectedBarMonths int                   `json:"rejectedBarMonths"`
	RemovedBarMonths  int                   `json:"removedBarMonths"`
	RedLineBarMonths  int                   `json:"redLineBarMonths"`
	PoolTarget        int                   `json:"poolTarget"`
	Weights           Weights               `json:"weights"`     // 优质服务机构评选
	AwardCapFen       int64                 `json:"awardCapFen"` // of one provider and year
	Winners           int                   `json:"winners"`     // at most so many a year
	Watch             WatchRule             `json:"watch"`
	Unverified        []string              `json:"unverified,omitempty"`
	Calendar          when.Calendar         `json:"calendar"`
	By                string                `json:"by,omitempty"`
	Reason            string                `json:"reason,omitempty"`
}

// maxAwardFen is the policy's cap: 500,000 yuan for one provider (the source is a draft, so a city's own cap ships 待核).
const maxAwardFen = 500_000_00

// DefaultSettings are what a new city starts with. No city's own rule was found; the thresholds follow the family of 中小企业公共服务示范平台
// rules (工信部企业〔2017〕156号 and the provinces' versions of it), lowered to a city's pool, and are to be confirmed like every period here.
func DefaultSettings() Settings {
	return Settings{
		EffectiveFrom: when.At(time.Date(2024, 1, 1, 0, 0, 0, 0, when.China)),
		Base:          Thresholds{Years: 2, Staff: 10, QualifiedShare: 60, AssetsFen: 1_000_000_00, Served: 30, Satisfaction: 80},
		ByCategory: map[string]Thresholds{
			"innovation": {AssetsFen: 3_000_000_00, Served: 20},
			"ip":         {Staff: 8, AssetsFen: 500_000_00},
			"finance":    {AssetsFen: 2_000_000_00},
			"docking":    {Staff: 5, AssetsFen: 500_000_00, Served: 20},
		},
		ReviewWorkingDays: 5, ExpertWorkingDays: 10, NoticeWorkingDays: 5, AppealWorkingDays: 15, MinExperts: 3, PassMark: 60,
		Criteria: []Criterion{
			{Key: "base", Name: "服务基础与管理", Weight: 30, Guide: "人员、场地、制度、收费公示"},
			{Key: "skill", Name: "专业服务能力", Weight: 40, Guide: "方法、工具、资质、同类案例"},
			{Key: "effect", Name: "服务绩效与口碑", Weight: 30, Guide: "服务企业数、满意度、可核实的成效"},
		},
		RejectedBarMonths: 3, RemovedBarMonths: 12, RedLineBarMonths: 36, PoolTarget: 100,
		Weights: Weights{Served: 30, Satisfaction: 35, Effect: 35}, AwardCapFen: maxAwardFen, Winners: 10, Watch: DefaultWatchRule(),
		Unverified: []string{"base", "byCategory", "reviewWorkingDays", "expertWorkingDays", "noticeWorkingDays", "appealWorkingDays", "minExperts", "passMark",
			"criteria", "rejectedBarMonths", "removedBarMonths", "redLineBarMonths", "weights", "awardCapFen", "winners", "watch", "calendar"},
		Calendar: when.Default,
	}
}

func (s Settings) barMonths(redLine bool, otherwise int) int {
	if redLine {
		return s.RedLineBarMonths
	}
	return otherwise
}

// Valid refuses settings no pool could live with.
func (s Settings) Valid() error {
	var fields []fault.Field
	within := func(n, from, to int, path string) {
		if n < from || n > to {
			fields = append(fields, fault.Field{Path: path, Code: "out_of_range", Detail: fmt.Sprintf("%d to %d", from, to)})
		}
	}
	for path, n := range map[string]int{"reviewWorkingDays": s.ReviewWorkingDays, "expertWorkingDays": s.ExpertWorkingDays,
		"noticeWorkingDays": s.NoticeWorkingDays, "appealWorkingDays": s.AppealWorkingDays} {
		within(n, 1, 60, path)
	}
	for path, n := range map[string]int{"rejectedBarMonths": s.RejectedBarMonths, "removedBarMonths": s.RemovedBarMonths, "redLineBarMonths": s.RedLineBarMonths} {
		within(n, 0, 120, path)
	}
	within(s.MinExperts, 1, 9, "minExperts")
	within(s.PassMark, 0, 100, "passMark")
	within(s.PoolTarget, 1, 10_000, "poolTarget")
	within(s.Winners, 1, 200, "winners")
	w := s.Watch
	for path, n := range map[string]int{"watch.months": w.Months, "watch.pastMonths": w.PastMonths} {
		within(n, 1, 24, path)
	}
	for path, n := range map[string]int{"watch.minRatings": w.MinRatings, "watch.minEnquiries": w.MinEnquiries, "watch.inTimeDrop": w.InTimeDrop} {
		within(n, 1, 100, path)
	}
	within(w.SatisfactionDrop, 10, 400, "watch.satisfactionDrop")
	within(w.RestMonths, 0, 24, "watch.restMonths")
	sum := 0
	for i, c := range s.Criteria {
		if c.Key == "" || c.Weight < 1 || slices.ContainsFunc(s.Criteria[:i], func(o Criterion) bool { return o.Key == c.Key }) {
			fields = append(fields, fault.Field{Path: fmt.Sprintf("criteria[%d]", i), Code: "invalid"})
		}
		sum += c.Weight
	}
	if sum != 100 {
		fields = append(fields, fault.Field{Path: "criteria", Code: "weights_sum"})
	}
	if w := s.Weights; w.Served < 0 || w.Satisfaction < 0 || w.Effect < 0 || w.Served+w.Satisfaction+w.Effect != 100 {
		fields = append(fields, fault.Field{Path: "weights", Code: "weights_sum"})
	}
	if s.AwardCapFen < 0 || s.AwardCapFen > maxAwardFen {
		fields = append(fields, fault.Field{Path: "awardCapFen", Code: "out_of_range", Detail: "at most 500,000 yuan"})
	}
	for code := range s.ByCategory {
		if !slices.Contains(CategoryCodes(), code) {
			fields = append(fields, fault.Field{Path: "byCategory." + code, Code: "not_a_choice"})
		}
	}
	if len(fields) > 0 {
		slices.SortFunc(fields, func(a, b fault.Field) int { return cmp.Compare(a.Path, b.Path) })
		return fault.Bad(fields...)
	}
	return nil
}

// SettingsBook holds every version that was ever in force, oldest first, so that a past decision can be explained.
type SettingsBook struct {
	Versions []Settings `json:"versions"`
}

// maxVersions keeps the book within one document; the oldest go first.
const maxVersions = 40

// InForce is the version that applies at an instant.
func (b *SettingsBook) InForce(at time.Time) Settings {
	for _, s := range slices.Backward(b.Versions) {
		if s.EffectiveFrom <= when.At(at) {
			if s.Watch == (WatchRule{}) { // of a version from before there was a rule
				s.Watch = DefaultWatchRule()
			}
			return s
		}
	}
	return DefaultSettings()
}

// Change adds a version. It is in force from its day on, which may lie ahead but not behind; the versions stay in the order of their days.
func (b *SettingsBook) Change(s Settings, by By, now time.Time, reason string) error {
	if by.Role != City {
		return fault.New(fault.Forbidden, "", "the city keeps the settings")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	if err := s.Valid(); err != nil {
		return err
	}
	s.EffectiveFrom = max(s.EffectiveFrom, when.At(now))
	s.By, s.Reason = by.UserID, reason
	b.Versions = append(b.Versions, s)
	slices.SortStableFunc(b.Versions, func(x, y Settings) int { return cmp.Compare(x.EffectiveFrom, y.EffectiveFrom) })
	if extra := len(b.Versions) - maxVersions; extra > 0 {
		b.Versions = slices.Delete(b.Versions, 0, extra)
	}
	return nil
}

// CheckState is how a threshold stands. What was not filled in is Unknown, which is neither good nor bad.
type CheckState string

// The states of a check.
const (
	Met     CheckState = "met"
	Unmet   CheckState = "unmet"
	Unknown CheckState = "unknown"
)

// Check is one threshold held against an application. Need and Have are in the key's unit: years, persons, percent, fen, enterprises; for a
// certificate, Text names it.
type Check struct {
	Key      string     `json:"key"` // years, staff, qualifiedShare, assetsFen, served, satisfaction, certificate, redLine
	State    CheckState `json:"state"`
	Need     int64      `json:"need,omitempty"`
	Have     *int64     `json:"have,omitempty"`
	Category string     `json:"category,omitempty"` // whose threshold it is; "" for the one that holds for all
	Text     string     `json:"text,omitempty"`
}

// Check holds an application against the thresholds: of each, the highest that one of its categories asks for.
func (s Settings) Check(a Application, now time.Time) []Check {
	var years *int64
	if t := a.FoundedOn.Time(); !t.IsZero() {
		n := wholeYears(t, when.DayOf(now).Time())
		years = &n
	}
	var checks []Check
	for _, c := range []struct {
		key  string
		have *int64
		of   func(Thresholds) int64
	}{
		{"years", years, func(t Thresholds) int64 { return t.Years }},
		{"staff", a.Staff, func(t Thresholds) int64 { return t.Staff }},
		{"qualifiedShare", a.QualifiedShare, func(t Thresholds) int64 { return t.QualifiedShare }},
		{"assetsFen", a.AssetsFen, func(t Thresholds) int64 { return t.AssetsFen }},
		{"served", a.Served, func(t Thresholds) int64 { return t.Served }},
		{"satisfaction", a.Satisfaction, func(t Thresholds) int64 { return t.Satisfaction }},
	} {
		need, category := s.strictest(a.Categories, c.of)
		if need == 0 {
			continue
		}
		check := Check{Key: c.key, Need: need, Have: c.have, Category: category, State: Unknown}
		if c.have != nil {
			check.State = Unmet
			if *c.have >= need {
				check.State = Met
			}
		}
		checks = append(checks, check)
	}
	for name, category := range s.certificates(a.Categories) {
		check := Check{Key: "certificate", Text: name, Category: category, State: Unknown}
		for _, have := range a.Certificates {
			if !strings.Contains(have.Name, name) {
				continue
			}
			if check.State == Unknown {
				check.State = Unmet // held, but run out
			}
			if have.ValidTo == "" || have.ValidTo >= when.DayOf(now) {
				check.State = Met
			}
		}
		checks = append(checks, check)
	}
	redLine := Check{Key: "redLine", State: Unknown}
	if a.NoRedLine {
		redLine.State = Met
	}
	return append(checks, redLine)
}

// strictest is the highest value the chosen categories ask for, and whose it is. A category without a value of its own asks what all do.
func (s Settings) strictest(categories []string, of func(Thresholds) int64) (need int64, category string) {
	if len(categories) == 0 {
		return of(s.Base), ""
	}
	for i, c := range categories {
		value, own := of(s.Base), ""
		if v := of(s.ByCategory[c]); v != 0 {
			value, own = v, c
		}
		if i == 0 || value > need {
			need, category = value, own
		}
	}
	return need, category
}

// certificates yields the qualifications the chosen categories ask for, in a fixed order.
func (s Settings) certificates(categories []string) func(yield func(string, string) bool) {
	asked := map[string]string{}
	for _, name := range s.Base.Certificates {
		asked[name] = ""
	}
	for _, c := range categories {
		for _, name := range s.ByCategory[c].Certificates {
			asked[name] = c
		}
	}
	return func(yield func(string, string) bool) {
		for _, name := range slices.Sorted(maps.Keys(asked)) {
			if !yield(name, asked[name]) {
				return
			}
		}
	}
}

// wholeYears counts the years from one day to another that are over.
func wholeYears(from, to time.Time) int64 {
	n := to.Year() - from.Year()
	if from.AddDate(n, 0, 0).After(to) {
		n--
	}
	return int64(n)
}
