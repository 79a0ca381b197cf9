package demand

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Settings is what varies by city: data with an effective date, edited by the operator, never constants in code.
type Settings struct {
	EffectiveFrom         when.Instant  `json:"effectiveFrom"`
	NoticeWorkingDays     int           `json:"noticeWorkingDays"`          // award notice (公示)
	MinPublishDays        int           `json:"minPublishDays"`             // calendar days from publishing to the deadline
	NoDistrictReview      bool          `json:"noDistrictReview,omitempty"` // demands go to the city at once, without a first review
	DistrictReviewDays    int           `json:"districtReviewDays"`         // working days of the first review (初审)
	ReviewWorkingDays     int           `json:"reviewWorkingDays"`          // of the city's (复审)
	ReviewRemindDays      int           `json:"reviewRemindDays"`           // a reviewer is reminded so many working days before
	CorrectionWorkingDays int           `json:"correctionWorkingDays"`
	PushLimit             int           `json:"pushLimit"`           // organisations notified of a new demand
	MaxWinners            int           `json:"maxWinners"`          // open mode: 1–3 (工信厅企业函〔2023〕88号)
	MaxSuppliers          int           `json:"maxSuppliers"`        // quotes one demand may take
	MaxInvites            int           `json:"maxInvites"`          // of a directed demand
	IssueDeadlineDay      int           `json:"issueDeadlineDay"`    // of the last month of the quarter after a catalogue's period
	MinMembers            int           `json:"minMembers"`          // of a consortium, the lead included
	QuestionCutoffHours   int           `json:"questionCutoffHours"` // asking ends so long before the deadline
	ChangeWorkingDays     int           `json:"changeWorkingDays"`   // a change of substance moves the deadline by
	AnswerWorkingDays     int           `json:"answerWorkingDays"`   // the issuer's clock on a question
	ConflictMonths        int           `json:"conflictMonths"`      // dealings so recent tie an expert to an organisation
	Criteria              []Criterion   `json:"criteria"`
	Unverified            []string      `json:"unverified,omitempty"` // fields whose official source is not confirmed: 待核
	Calendar              when.Calendar `json:"calendar"`
	By                    string        `json:"by,omitempty"`
	Reason                string        `json:"reason,omitempty"`
}

// DefaultSettings are what a new city starts with. The four criteria are those of 工信厅企业函〔2023〕88号, step 6; their weights and
// every period are ours, to be confirmed by the city.
func DefaultSettings() Settings {
	return Settings{
		EffectiveFrom:     when.At(time.Date(2026, 1, 1, 0, 0, 0, 0, when.China)),
		NoticeWorkingDays: 5, MinPublishDays: 0, DistrictReviewDays: 3, ReviewWorkingDays: 5, ReviewRemindDays: 1, CorrectionWorkingDays: 3, PushLimit: 20, MaxWinners: 3,
		MaxSuppliers: 5, MaxInvites: 50, MinMembers: 2, IssueDeadlineDay: 25,
		QuestionCutoffHours: 48, AnswerWorkingDays: 2, ChangeWorkingDays: 5, ConflictMonths: 36,
		Criteria: []Criterion{
			{Key: "team", Name: "团队水平", Weight: 30, Guide: "负责人与骨干的专业背景、相关业绩、投入时间"},
			{Key: "rnd", Name: "研发能力", Weight: 25, Guide: "研发条件、知识产权、同类项目经验"},
			{Key: "plan", Name: "攻关方案", Weight: 25, Guide: "技术路线可行、指标可达、进度与风险清楚"},
			{Key: "fit", Name: "需求匹配度", Weight: 20, Guide: "对需求的理解、指标逐条响应、报价与周期合理"},
		},
		Unverified: []string{"noticeWorkingDays", "minPublishDays", "districtReviewDays", "reviewWorkingDays", "reviewRemindDays", "correctionWorkingDays", "maxSuppliers", "maxInvites", "minMembers",
			"criteria", "calendar", "questionCutoffHours", "answerWorkingDays", "changeWorkingDays", "conflictMonths"},
		Calendar: when.Default,
	}
}

// Check refuses settings no demand could live with.
func (s Settings) Check() error {
	fields := checkCriteria(s.Criteria)
	positive := func(n int, path string) {
		if n < 1 {
			fields = append(fields, fault.Field{Path: path, Code: "too_small"})
		}
	}
	positive(s.NoticeWorkingDays, "noticeWorkingDays")
	positive(s.ReviewWorkingDays, "reviewWorkingDays")
	positive(s.CorrectionWorkingDays, "correctionWorkingDays")
	if s.MaxWinners < 1 || s.MaxWinners > 3 {
		fields = append(fields, fault.Field{Path: "maxWinners", Code: "out_of_range", Detail: "1 to 3"})
	}
	within := func(n, from, to int, path string) {
		if n < from || n > to {
			fields = append(fields, fault.Field{Path: path, Code: "out_of_range", Detail: fmt.Sprintf("%d to %d", from, to)})
		}
	}
	within(s.DistrictReviewDays, 1, 60, "districtReviewDays")
	within(s.ReviewRemindDays, 1, 30, "reviewRemindDays")
	within(s.MaxSuppliers, 1, 20, "maxSuppliers")
	within(s.MaxInvites, 1, 200, "maxInvites")
	within(s.MinMembers, 2, maxMembers, "minMembers")
	within(s.IssueDeadlineDay, 1, 28, "issueDeadlineDay")
	within(s.QuestionCutoffHours, 1, 720, "questionCutoffHours")
	within(s.ChangeWorkingDays, 1, 60, "changeWorkingDays")
	within(s.AnswerWorkingDays, 1, 30, "answerWorkingDays")
	within(s.ConflictMonths, 1, 120, "conflictMonths")
	if len(fields) > 0 {
		return fault.Bad(fields...)
	}
	return nil
}

// maxWinners is how many answers to a demand of a kind may be chosen; where each is dealt with on its own the question does not arise.
func (s Settings) maxWinners(k Kind) int {
	switch k {
	case Supply, ServiceNeed:
		return s.MaxSuppliers
	case Scenario, Project:
		return maxSeats
	}
	return s.MaxWinners
}

// complete fills in what a version written before these settings existed does not say.
func (s Settings) complete() Settings {
	d := DefaultSettings()
	s.MaxSuppliers, s.MaxInvites, s.MinMembers = cmp.Or(s.MaxSuppliers, d.MaxSuppliers), cmp.Or(s.MaxInvites, d.MaxInvites), cmp.Or(s.MinMembers, d.MinMembers)
	s.DistrictReviewDays, s.ReviewRemindDays = cmp.Or(s.DistrictReviewDays, d.DistrictReviewDays), cmp.Or(s.ReviewRemindDays, d.ReviewRemindDays)
	s.IssueDeadlineDay = cmp.Or(s.IssueDeadlineDay, d.IssueDeadlineDay)
	s.QuestionCutoffHours, s.AnswerWorkingDays = cmp.Or(s.QuestionCutoffHours, d.QuestionCutoffHours), cmp.Or(s.AnswerWorkingDays, d.AnswerWorkingDays)
	s.ChangeWorkingDays, s.ConflictMonths = cmp.Or(s.ChangeWorkingDays, d.ChangeWorkingDays), cmp.Or(s.ConflictMonths, d.ConflictMonths)
	return s
}

// SettingsBook holds every version that was ever in force, oldest first, so that a past decision can be explained.
type SettingsBook struct {
	Versions []Settings `json:"versions"`
}

// maxVersions keeps the book within one document; the oldest go first.
const maxVersions = 60

// InForce is the version that applies at an instant.
func (b *SettingsBook) InForce(at time.Time) Settings {
	for _, s := range slices.Backward(b.Versions) {
		if s.EffectiveFrom <= when.At(at) {
			return s.complete()
		}
	}
	return DefaultSettings()
}

// Change adds a version. It is in force from its day on, which may lie ahead but not behind; the versions stay in the order of their days.
func (b *SettingsBook) Change(s Settings, by By, now time.Time, reason string) error {
	if by.Role != Operator {
		return fault.New(fault.Forbidden, "", "the operator keeps the settings")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	s.EffectiveFrom, s.By, s.Reason = max(s.EffectiveFrom, when.At(now)), by.UserID, reason
	b.Versions = append(b.Versions, s)
	slices.SortStableFunc(b.Versions, func(x, y Settings) int { return cmp.Compare(x.EffectiveFrom, y.EffectiveFrom) })
	if extra := len(b.Versions) - maxVersions; extra > 0 {
		b.Versions = slices.Delete(b.Versions, 0, extra)
	}
	return nil
}

// quarter is the period of a public code, "2026Q4", in China's time.
func quarter(now time.Time) string {
	t := now.In(when.China)
	return fmt.Sprintf("%dQ%d", t.Year(), (int(t.Month())+2)/3)
}
