package demand

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// What a change of the settings does. A clock that runs keeps its date, whatever the settings become, and what a demand was handed in with
// stays; what is still to be handed in, published or asked goes by the settings of its day.

// ListDemandSettings is every version of the settings, the newest first: who, when, why. A version may lie ahead.
func (s *Service) ListDemandSettings(ctx context.Context) (api.ListDemandSettings200JSONResponse, error) {
	out := api.ListDemandSettings200JSONResponse{Items: []api.DemandSettings{}}
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return out, err
	}
	for _, version := range slices.Backward(book.Body.Versions) {
		v := settingsView(book.Rev, version.complete())
		v.By, v.Reason = version.By, version.Reason
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// EditDemandSettings adds a version, in force from now or from a later day. A change is undone by adding the version before it again.
func (s *Service) EditDemandSettings(ctx context.Context, in api.DemandSettingsInput) (api.DemandSettings, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.DemandSettings{}, err
	}
	a := access.From(ctx)
	doc, err := s.settings.Update(ctx, func(tx *docstore.Tx[SettingsBook]) error {
		return tx.Body.Change(tx.Body.InForce(tx.Now).with(in), By{Role: Operator, UserID: a.UserID}, tx.Now, strings.TrimSpace(in.Reason))
	}, docstore.IfRev(rev))
	if err != nil {
		return api.DemandSettings{}, err
	}
	return settingsView(doc.Rev, doc.Body.InForce(s.now())), nil
}

// with is the settings as an input changes them; what it leaves out stays.
func (s Settings) with(in api.DemandSettingsInput) Settings {
	s.EffectiveFrom = when.At(in.EffectiveFrom)
	s.NoticeWorkingDays, s.MinPublishDays = in.NoticeWorkingDays, in.MinPublishDays
	s.ReviewWorkingDays, s.CorrectionWorkingDays = in.ReviewWorkingDays, in.CorrectionWorkingDays
	if in.DistrictReview != nil {
		s.NoDistrictReview = !*in.DistrictReview
	}
	s.DistrictReviewDays, s.ReviewRemindDays = cmp.Or(in.DistrictReviewDays, s.DistrictReviewDays), cmp.Or(in.ReviewRemindDays, s.ReviewRemindDays)
	s.PushLimit, s.MaxWinners = in.PushLimit, in.MaxWinners
	s.MaxSuppliers, s.MaxInvites = cmp.Or(in.MaxSuppliers, s.MaxSuppliers), cmp.Or(in.MaxInvites, s.MaxInvites)
	s.MinMembers, s.IssueDeadlineDay = cmp.Or(in.MinMembers, s.MinMembers), cmp.Or(in.IssueDeadlineDay, s.IssueDeadlineDay)
	s.QuestionCutoffHours, s.AnswerWorkingDays = cmp.Or(in.QuestionCutoffHours, s.QuestionCutoffHours), cmp.Or(in.AnswerWorkingDays, s.AnswerWorkingDays)
	s.ChangeWorkingDays, s.ConflictMonths = cmp.Or(in.ChangeWorkingDays, s.ChangeWorkingDays), cmp.Or(in.ConflictMonths, s.ConflictMonths)
	s.Criteria, s.Unverified = criteriaOf(in.Criteria), in.Unverified
	return s
}

// touches is what another version of the settings would do to the demand, and what it would leave as it was promised.
func (d *Demand) touches(id string, old, next Settings) []api.RuleTouch {
	var all []api.RuleTouch
	touch := func(effect api.RuleTouchEffect, field string, as api.RuleTouchAs, before, after string) {
		if before != after {
			all = append(all, api.RuleTouch{Field: field, SubjectId: id, Name: d.Terms.Title, State: string(d.State), Effect: effect, As: as, Before: before, After: after})
		}
	}
	number := func(field string, before, after int) {
		touch(api.Changes, field, api.Number, strconv.Itoa(before), strconv.Itoa(after))
	}
	switch d.State {
	case Draft, Returned: // nobody but its issuer reads it: its name is not said
		if most := d.Terms.MaxWinners; most == 0 {
			field := "maxWinners"
			if d.Terms.Kind == Supply || d.Terms.Kind == ServiceNeed {
				field = "maxSuppliers"
			}
			number(field, old.maxWinners(d.Terms.Kind), next.maxWinners(d.Terms.Kind))
		}
		if d.firstStage(old) != d.firstStage(next) {
			touch(api.Changes, "districtReview", api.Text, stageNames[d.firstStage(old)], stageNames[d.firstStage(next)])
		}
		for i := range all {
			all[i].SubjectId, all[i].Name = "", ""
		}
	case Submitted:
		if d.Review == nil || d.ReviewDue == 0 {
			break
		}
		field, days := "reviewWorkingDays", next.ReviewWorkingDays
		if d.Review.Stage == DistrictStage {
			field, days = "districtReviewDays", next.DistrictReviewDays
		}
		if old.days(field) != next.days(field) {
			touch(api.Keeps, field, api.Day, instant(d.ReviewDue), instant(when.At(next.Calendar.After(d.Review.StartedAt.Time(), days))))
		}
	case Approved:
		number("minPublishDays", old.MinPublishDays, next.MinPublishDays)
	case Published:
		touch(api.Changes, "questionCutoffHours", api.Day, instant(d.QuestionsUntil(old)), instant(d.QuestionsUntil(next)))
	case AwardNotice:
		if d.Notice != nil && d.Notice.EndsAt != 0 && d.Notice.WorkingDays != next.NoticeWorkingDays && old.NoticeWorkingDays != next.NoticeWorkingDays {
			touch(api.Keeps, "noticeWorkingDays", api.Day, instant(d.Notice.EndsAt), instant(when.At(next.Calendar.After(d.Notice.StartsAt.Time(), next.NoticeWorkingDays))))
		}
	}
	return all
}

// days is a review's period by the name of its setting.
func (s Settings) days(field string) int {
	if field == "districtReviewDays" {
		return s.DistrictReviewDays
	}
	return s.ReviewWorkingDays
}

// instant is how an instant is said in a preview; "" for none.
func instant(at when.Instant) string {
	if at == 0 {
		return ""
	}
	return at.Time().UTC().Format("2006-01-02T15:04:05Z")
}

// maxTouches is how many lines a preview lists; its counts are of all.
const maxTouches = 300

// PreviewDemandSettings says whom a change would touch. It changes nothing.
func (s *Service) PreviewDemandSettings(ctx context.Context, in api.DemandSettingsInput) (api.RulePreview, error) {
	v := api.RulePreview{Items: []api.RuleTouch{}}
	old, err := s.inForce(ctx, s.now())
	if err != nil {
		return v, err
	}
	next := old.with(in)
	if err := next.Check(); err != nil {
		return v, err
	}
	var touched []api.RuleTouch
	for _, state := range []State{Draft, Returned, Submitted, Approved, Published, AwardNotice} {
		err := s.demands.Each(ctx, docstore.Query{Index: "review", Equal: []any{state}}, func(doc docstore.Doc[Demand]) error {
			v.Looked++
			touched = append(touched, doc.Body.touches(doc.ID, old, next)...)
			return nil
		})
		if err != nil {
			return v, err
		}
	}
	if old.AnswerWorkingDays != next.AnswerWorkingDays {
		err := s.questions.Each(ctx, docstore.Query{Index: "demand"}, func(doc docstore.Doc[Question]) error {
			q := &doc.Body
			if len(q.Answers) > 0 || q.Hidden != nil || q.DueAt <= when.At(s.now()) {
				return nil
			}
			v.Looked++
			touched = append(touched, api.RuleTouch{Field: "answerWorkingDays", SubjectId: q.DemandID, Name: cutTo(q.Text, 40), Effect: api.Keeps, As: api.Day,
				Before: instant(q.DueAt), After: instant(when.At(next.Calendar.After(q.At.Time(), next.AnswerWorkingDays)))})
			return nil
		})
		if err != nil {
			return v, err
		}
	}
	slices.SortStableFunc(touched, func(a, b api.RuleTouch) int {
		return cmp.Or(cmp.Compare(a.Effect, b.Effect), cmp.Compare(a.Field, b.Field))
	})
	for _, t := range touched {
		if t.Effect == api.Changes {
			v.Changes++
		} else {
			v.Keeps++
		}
	}
	v.Items = append(v.Items, touched[:min(len(touched), maxTouches)]...)
	return v, nil
}
