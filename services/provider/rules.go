package provider

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// What a change of the settings does to those who are under way: computed by the same functions that will judge them, so that what the
// operator is shown before saving is what happens after.

// Effect says whether a change reaches somebody.
type Effect string

// The effects. What was promised stays: a clock that runs keeps its date, and an application handed in is judged by the thresholds of
// its day. Such cases are shown too, so that nobody has to guess.
const (
	Changes Effect = "changes"
	Keeps   Effect = "keeps"
)

// Touch is one thing a change does, or leaves as it is, for one organisation. Field is the setting; As says how Before and After read:
// a "check" (met, unmet, unknown), the "day" something ends (RFC 3339), a "number", a "code" that stands in the way ("" when nothing does), or
// "text".
type Touch struct {
	Field         string
	OrgID, Name   string // empty for a draft nobody handed in: it is its writer's alone
	State         State
	Effect        Effect
	As            string
	Before, After string
}

// touches compares what two versions of the settings mean for a membership.
func (m *Membership) touches(old, next Settings, now time.Time) []Touch {
	var all []Touch
	add := func(field, as string, effect Effect, before, after string) {
		if before == after {
			return
		}
		t := Touch{Field: field, OrgID: m.OrgID, Name: m.OrgName, State: m.State, Effect: effect, As: as, Before: before, After: after}
		if m.SubmittedAt == 0 {
			t.OrgID, t.Name = "", ""
		}
		all = append(all, t)
	}
	m.checksTouched(old, next, now, add)
	ends := func(from time.Time, days int) string { return at(when.At(next.Calendar.After(from, days))) }
	submitted, passed := m.SubmittedAt.Time(), m.lastStep(PassInitial)
	switch m.State {
	case Submitted, InitialReview:
		add("reviewWorkingDays", "day", Keeps, ends(submitted, old.ReviewWorkingDays), ends(submitted, next.ReviewWorkingDays))
	case ExpertReview:
		add("expertWorkingDays", "day", Keeps, ends(passed, old.ExpertWorkingDays), ends(passed, next.ExpertWorkingDays))
		add("noticeWorkingDays", "number", Changes, strconv.Itoa(old.NoticeWorkingDays), strconv.Itoa(next.NoticeWorkingDays))
		add("passMark", "code", Changes, obstacle(m.open(PublishNotice, City, old, when.At(now))), obstacle(m.open(PublishNotice, City, next, when.At(now))))
	case PublicNotice:
		if m.Notice != nil && m.Notice.State != "ended" {
			add("noticeWorkingDays", "number", Keeps, strconv.Itoa(m.Notice.WorkingDays), strconv.Itoa(next.NoticeWorkingDays))
		}
	case Suspended, Removed, Rejected:
		before, after := old.Calendar.After(m.decidedAt(), old.AppealWorkingDays), next.Calendar.After(m.decidedAt(), next.AppealWorkingDays)
		if m.Appeal == nil && (now.Before(before) || now.Before(after)) {
			add("appealWorkingDays", "day", Changes, at(when.At(before)), at(when.At(after)))
		}
	}
	return all
}

// checksTouched compares the thresholds. Who has not handed in yet, or mends, will be held to the new ones; who has is judged by those
// of its day; who is in the pool is not vetted again for it.
func (m *Membership) checksTouched(old, next Settings, now time.Time, add func(field, as string, effect Effect, before, after string)) {
	effect := Keeps
	switch m.State {
	case Draft, Returned:
		effect = Changes
	case Rejected, Removed:
		return // a new application begins with the rules of its day
	}
	was := map[string]CheckState{}
	before := old.Check(m.Application, now)
	if effect == Keeps && m.State != Admitted && m.State != Suspended {
		before = m.Checks
	}
	for _, c := range before {
		was[c.Key+c.Text] = c.State
	}
	for _, c := range next.Check(m.Application, now) {
		add("thresholds."+c.Key, "check", effect, string(cmp.Or(was[c.Key+c.Text], Met)), string(c.State)) // what was not asked for was met
		delete(was, c.Key+c.Text)
	}
	for _, c := range before {
		if state, dropped := was[c.Key+c.Text]; dropped && state != Met {
			add("thresholds."+c.Key, "check", effect, string(state), string(Met))
		}
	}
}

// obstacle names what stands in the way; "" when nothing does.
func obstacle(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

// lastStep is when an action was last taken; the zero time for one that never was.
func (m *Membership) lastStep(a Action) time.Time {
	for _, step := range slices.Backward(m.History) {
		if step.Action == a {
			return step.At.Time()
		}
	}
	return time.Time{}
}

// maxTouches is how many lines a preview lists; its counts are of all.
const maxTouches = 300

// PreviewProviderSettings says whom a change would touch. It changes nothing.
func (s *Service) PreviewProviderSettings(ctx context.Context, in api.SettingsInput) (api.RulePreview, error) {
	old, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.RulePreview{}, err
	}
	next := settingsOf(in)
	next.Calendar = old.Calendar
	if err := next.Valid(); err != nil {
		return api.RulePreview{}, err
	}
	v := api.RulePreview{Items: []api.RuleTouch{}}
	var touched []Touch
	err = s.members.Each(ctx, docstore.Query{Index: "changed", Descending: true, Limit: docstore.MaxLimit}, func(doc docstore.Doc[Membership]) error {
		v.Looked++
		touched = append(touched, doc.Body.touches(old, next, s.now())...)
		return nil
	})
	if err != nil {
		return v, err
	}
	err = s.evaluations.Each(ctx, docstore.Query{Index: "due"}, func(doc docstore.Doc[Evaluation]) error {
		touched = append(touched, doc.Body.touches(next)...)
		return nil
	})
	slices.SortStableFunc(touched, func(a, b Touch) int { return cmp.Or(cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Field, b.Field)) })
	for _, t := range touched {
		if t.Effect == Changes {
			v.Changes++
		} else {
			v.Keeps++
		}
		if len(v.Items) < maxTouches {
			v.Items = append(v.Items, api.RuleTouch{Field: t.Field, SubjectId: t.OrgID, Name: t.Name, State: string(t.State), Effect: api.RuleTouchEffect(t.Effect),
				As: api.RuleTouchAs(t.As), Before: t.Before, After: t.After})
		}
	}
	return v, err
}

// touches compares what a draft ranking was computed with to new settings. It is computed with the new ones when somebody drafts it again;
// one that is up for notice or published is frozen.
func (e *Evaluation) touches(next Settings) []Touch {
	var all []Touch
	effect := Keeps
	if e.State == EvaluationDraft {
		effect = Changes
	}
	add := func(field, before, after string) {
		if before != after {
			all = append(all, Touch{Field: field, Name: strconv.Itoa(e.Year), Effect: effect, As: "text", Before: before, After: after})
		}
	}
	mix := func(w Weights) string {
		return strconv.Itoa(w.Served) + "/" + strconv.Itoa(w.Satisfaction) + "/" + strconv.Itoa(w.Effect)
	}
	add("weights", mix(e.Weights), mix(next.Weights))
	add("awardCapFen", strconv.FormatInt(e.CapFen/100, 10), strconv.FormatInt(next.AwardCapFen/100, 10))
	add("winners", strconv.Itoa(e.MaxWinners), strconv.Itoa(next.Winners))
	return all
}

// ListProviderSettings is every version of the settings, the newest first: who, when, why. A version may lie ahead.
func (s *Service) ListProviderSettings(ctx context.Context) (api.ListProviderSettings200JSONResponse, error) {
	out := api.ListProviderSettings200JSONResponse{Items: []api.ProviderSettings{}}
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return out, err
	}
	for _, version := range slices.Backward(book.Body.Versions) {
		v := settingsView(book.Rev, version)
		v.By = version.By
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// EditProviderSettings adds a version, in force from now or from a later day. A change is undone by adding the version before it again.
func (s *Service) EditProviderSettings(ctx context.Context, in api.SettingsInput) (api.ProviderSettings, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.ProviderSettings{}, err
	}
	a := access.From(ctx)
	doc, err := s.settings.Update(ctx, func(tx *docstore.Tx[SettingsBook]) error {
		next := settingsOf(in)
		next.Calendar = tx.Body.InForce(tx.Now).Calendar
		return tx.Body.Change(next, By{Role: City, UserID: a.UserID}, tx.Now, strings.TrimSpace(in.Reason))
	}, docstore.IfRev(rev))
	if err != nil {
		return api.ProviderSettings{}, err
	}
	return settingsView(doc.Rev, doc.Body.InForce(s.now())), nil
}

func settingsOf(in api.SettingsInput) Settings {
	effective := in.EffectiveFrom
	in.EffectiveFrom = time.Time{}
	next := like[Settings](in)
	next.EffectiveFrom = when.At(effective)
	return next
}
