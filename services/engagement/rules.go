package engagement

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// What a change of the settings does. A clock that runs keeps its date, whatever the settings become: both sides were told it. A
// reputation is a function of the settings in force, so it moves at once.

// GetEngagementSettings are the settings in force.
func (s *Service) GetEngagementSettings(ctx context.Context) (api.EngagementSettings, error) {
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return api.EngagementSettings{}, err
	}
	return settingsView(book.Rev, book.Body.InForce(s.now())), nil
}

// ListEngagementSettings is every version of the settings, the newest first: who, when, why. A version may lie ahead.
func (s *Service) ListEngagementSettings(ctx context.Context) (api.ListEngagementSettings200JSONResponse, error) {
	out := api.ListEngagementSettings200JSONResponse{Items: []api.EngagementSettings{}}
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return out, err
	}
	for _, version := range slices.Backward(book.Body.Versions) {
		v := settingsView(book.Rev, version)
		v.By, v.Reason = version.By, version.Reason
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// EditEngagementSettings adds a version, in force from now or from a later day. A change is undone by adding the version before it again.
func (s *Service) EditEngagementSettings(ctx context.Context, in api.SettingsInput) (api.EngagementSettings, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.EngagementSettings{}, err
	}
	a := access.From(ctx)
	doc, err := s.settings.Update(ctx, func(tx *docstore.Tx[SettingsBook]) error {
		return tx.Body.Change(tx.Body.InForce(tx.Now).with(in), By{Role: Operator, UserID: a.UserID}, tx.Now, strings.TrimSpace(in.Reason))
	}, docstore.IfRev(rev))
	if err != nil {
		return api.EngagementSettings{}, err
	}
	return settingsView(doc.Rev, doc.Body.InForce(s.now())), nil
}

// with is the settings as an input changes them.
func (s Settings) with(in api.SettingsInput) Settings {
	s.EffectiveFrom = when.At(in.EffectiveFrom)
	s.FirstAnswerWorkingDays, s.RequoteWorkingDays, s.ContractWorkingDays = in.FirstAnswerWorkingDays, in.RequoteWorkingDays, in.ContractWorkingDays
	s.AcceptWorkingDays, s.RedoWorkingDays, s.RateWorkingDays = in.AcceptWorkingDays, in.RedoWorkingDays, in.RateWorkingDays
	s.MediateWorkingDays, s.MaxProviders, s.Unverified = in.MediateWorkingDays, in.MaxProviders, in.Unverified
	s.Reputation = Weighting{PriorMean: in.PriorMean, PriorWeight: in.PriorWeight, HalfLifeDays: in.HalfLifeDays}
	return s
}

// promised is the setting a running clock was counted with, and where it would stand had it been counted with other settings; "" when no
// setting's clock runs. The clock's own date says which step it was counted from.
func (e *Engagement) promised(old, next Settings) (field string, instead when.Instant) {
	if e.State == Enquiry && e.AnsweredAt == 0 {
		return "firstAnswerWorkingDays", when.At(next.Calendar.After(e.CreatedAt.Time(), next.FirstAnswerWorkingDays))
	}
	days, known := map[State]struct {
		field     string
		old, next int
	}{
		Enquiry:          {"requoteWorkingDays", old.RequoteWorkingDays, next.RequoteWorkingDays},
		Accepted:         {"contractWorkingDays", old.ContractWorkingDays, next.ContractWorkingDays},
		Delivered:        {"acceptWorkingDays", old.AcceptWorkingDays, next.AcceptWorkingDays},
		Delivering:       {"redoWorkingDays", old.RedoWorkingDays, next.RedoWorkingDays},
		AcceptedByClient: {"rateWorkingDays", old.RateWorkingDays, next.RateWorkingDays},
		Disputed:         {"mediateWorkingDays", old.MediateWorkingDays, next.MediateWorkingDays},
	}[e.State]
	if !known || e.StepDue == 0 {
		return "", 0
	}
	for _, step := range slices.Backward(e.History) {
		if when.At(old.Calendar.After(step.At.Time(), days.old)) == e.StepDue {
			return days.field, when.At(next.Calendar.After(step.At.Time(), days.next))
		}
	}
	return "", 0
}

// maxTouches is how many lines a preview lists; its counts are of all.
const maxTouches = 300

// PreviewEngagementSettings says whom a change would touch. It changes nothing.
func (s *Service) PreviewEngagementSettings(ctx context.Context, in api.SettingsInput) (api.RulePreview, error) {
	v := api.RulePreview{Items: []api.RuleTouch{}}
	old, err := s.inForce(ctx)
	if err != nil {
		return v, err
	}
	next := old.with(in)
	if err := next.Check(); err != nil {
		return v, err
	}
	var touched []api.RuleTouch
	err = s.engagements.Each(ctx, docstore.Query{Index: "due", From: when.Instant(1)}, func(d docstore.Doc[Engagement]) error {
		e := &d.Body
		v.Looked++
		if field, instead := e.promised(old, next); field != "" && instead != e.StepDue {
			touched = append(touched, api.RuleTouch{Field: field, SubjectId: d.ID, Name: e.Terms.Subject + " · " + e.ProviderName, State: string(e.State), Effect: api.Keeps,
				As: api.Day, Before: at(e.StepDue), After: at(instead)})
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	if old.Reputation != next.Reputation {
		scores, err := s.scoresTouched(ctx, old.Reputation, next.Reputation)
		if err != nil {
			return v, err
		}
		v.Looked += scores.looked
		touched = append(touched, scores.items...)
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

type scoresTouched struct {
	looked int
	items  []api.RuleTouch
}

// scoresTouched computes the reputation of everybody rated with both weightings.
func (s *Service) scoresTouched(ctx context.Context, old, next Weighting) (scoresTouched, error) {
	var all scoresTouched
	rows, names := map[string][]RatingRow{}, map[string]string{}
	err := s.engagements.Each(ctx, docstore.Query{Index: "rated", From: "!"}, func(d docstore.Doc[Engagement]) error {
		rows[d.Body.ProviderID], names[d.Body.ProviderID] = append(rows[d.Body.ProviderID], d.Body.row(d.ID)), d.Body.ProviderName
		return nil
	})
	today := when.DayOf(s.now())
	for id, some := range rows {
		all.looked++
		before, after := Reputed(some, today, old).Score, Reputed(some, today, next).Score
		if before != after {
			text := func(score float64) string { return strconv.FormatFloat(score, 'f', 2, 64) }
			all.items = append(all.items, api.RuleTouch{Field: "reputation", SubjectId: id, Name: names[id], Effect: api.Changes, As: api.Number, Before: text(before), After: text(after)})
		}
	}
	slices.SortFunc(all.items, func(a, b api.RuleTouch) int { return cmp.Compare(a.SubjectId, b.SubjectId) })
	return all, err
}
