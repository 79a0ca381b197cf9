package achievement

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// What a change of the settings does. A notice that stands keeps its days and a running trial its end, whatever the settings become: both
// sides and the public were told. What is not handed in yet is held to the new ones.

// GetAchievementSettings are the settings in force.
func (s *Service) GetAchievementSettings(ctx context.Context) (api.AchievementSettings, error) {
	book, err := s.settings.Doc(ctx)
	if err != nil {
		return api.AchievementSettings{}, err
	}
	return settingsView(book.Rev, book.Body.InForce(s.now())), nil
}

// ListAchievementSettings is every version of the settings, the newest first: who, when, why. A version may lie ahead.
func (s *Service) ListAchievementSettings(ctx context.Context) ([]api.AchievementSettings, error) {
	items := []api.AchievementSettings{}
	book, err := s.settings.Doc(ctx)
	for _, version := range slices.Backward(book.Body.Versions) {
		v := settingsView(book.Rev, version)
		v.By, v.Reason = version.By, version.Reason
		items = append(items, v)
	}
	return items, err
}

// EditAchievementSettings adds a version, in force from now or from a later day.
func (s *Service) EditAchievementSettings(ctx context.Context, in api.AchievementSettingsInput) (api.AchievementSettings, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.AchievementSettings{}, err
	}
	doc, err := s.settings.Update(ctx, func(tx *docstore.Tx[SettingsBook]) error {
		return tx.Body.Change(tx.Body.InForce(tx.Now).with(in), By{Role: Operator, UserID: access.From(ctx).UserID}, tx.Now, strings.TrimSpace(in.Reason))
	}, docstore.IfRev(rev))
	if err != nil {
		return api.AchievementSettings{}, err
	}
	return settingsView(doc.Rev, doc.Body.InForce(s.now())), nil
}

// with is the settings as an input changes them.
func (s Settings) with(in api.AchievementSettingsInput) Settings {
	s.EffectiveFrom = when.At(in.EffectiveFrom)
	s.AgreementNoticeDays, s.ListingNoticeDays, s.OpenNoticeDays = in.AgreementNoticeDays, in.ListingNoticeDays, in.OpenNoticeDays
	s.OpenFeeCapFen, s.OpenRoyaltyCapBP, s.TrialDays = in.OpenFeeCapFen, in.OpenRoyaltyCapBp, in.TrialDays
	s.InventorShareBP, s.ServedTarget, s.Unverified = in.InventorShareBp, in.ServedTarget, in.Unverified
	s.LeastReaders = cmp.Or(in.LeastReaders, s.LeastReaders, DefaultSettings().LeastReaders)
	return s
}

func settingsView(rev int64, s Settings) api.AchievementSettings {
	return api.AchievementSettings{Rev: rev, AgreementNoticeDays: s.AgreementNoticeDays, ListingNoticeDays: s.ListingNoticeDays, OpenNoticeDays: s.OpenNoticeDays,
		OpenFeeCapFen: s.OpenFeeCapFen, OpenRoyaltyCapBp: s.OpenRoyaltyCapBP, TrialDays: s.TrialDays, InventorShareBp: s.InventorShareBP, ServedTarget: s.ServedTarget,
		LeastReaders: cmp.Or(s.LeastReaders, DefaultSettings().LeastReaders), Unverified: append([]string{}, s.Unverified...), EffectiveFrom: s.EffectiveFrom.Time()}
}

// maxTouches is how many lines a preview lists; its counts are of all.
const maxTouches = 300

// PreviewAchievementSettings says whom a change would touch. It changes nothing.
func (s *Service) PreviewAchievementSettings(ctx context.Context, in api.AchievementSettingsInput) (api.RulePreview, error) {
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
	err = s.achievements.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Achievement]) error {
		v.Looked++
		touched = append(touched, doc.Body.touched(doc.ID, old, next)...)
		return nil
	})
	if err != nil {
		return v, err
	}
	err = s.deals.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Deal]) error {
		v.Looked++
		touched = append(touched, doc.Body.touched(doc.ID, old, next)...)
		return nil
	})
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
	return v, err
}

// keptNotice is a notice that stands and would stand for other days by the next settings.
func (n *Stand) keptNotice(field string, days int) (api.RuleTouch, bool) {
	if n == nil || n.EndedAt != 0 || n.Days == days {
		return api.RuleTouch{}, false
	}
	ends := func(days int) string {
		return (n.OpenedAt + when.Instant(int64(days)*day+n.StoodFor)).Time().Format(time.RFC3339)
	}
	return api.RuleTouch{Field: field, Effect: api.Keeps, As: api.Day, Before: ends(n.Days), After: ends(days)}, true
}

// met says whether something is as the settings want it.
func met(ok bool) string {
	if ok {
		return "met"
	}
	return "unmet"
}

// touched are the lines of an achievement: the notice of its open licence, and terms above the caps, which are refused in what is not handed
// in yet and stay in what is published.
func (a *Achievement) touched(id string, old, next Settings) []api.RuleTouch {
	var all []api.RuleTouch
	add := func(t api.RuleTouch) {
		t.SubjectId, t.Name, t.State, t.Of = id, a.Profile.Name+" · "+a.OrgName, string(a.State), api.RuleTouchOfAchievement
		all = append(all, t)
	}
	if a.State == Withdrawn || a.State == Transferred || !slices.Contains(a.Profile.Ways, OpenLicence) {
		return nil
	}
	if old.OpenNoticeDays != next.OpenNoticeDays {
		if t, stands := a.OpenNotice.keptNotice("openNoticeDays", next.OpenNoticeDays); stands {
			add(t)
		}
	}
	effect := api.Changes
	if a.Public() {
		effect = api.Keeps
	}
	terms := a.Profile.OpenTerms
	for field, within := range map[string][2]bool{
		"openFeeCapFen":    {terms.UpfrontFen <= old.OpenFeeCapFen, terms.UpfrontFen <= next.OpenFeeCapFen},
		"openRoyaltyCapBp": {terms.RoyaltyBP <= old.OpenRoyaltyCapBP, terms.RoyaltyBP <= next.OpenRoyaltyCapBP},
	} {
		if within[0] != within[1] {
			add(api.RuleTouch{Field: field, Effect: effect, As: api.Check, Before: met(within[0]), After: met(within[1])})
		}
	}
	return all
}

// touched are the lines of a deal: its notice and trial keep their days; terms that are not approved yet are held to the next settings when
// they are put on the table again.
func (d *Deal) touched(id string, old, next Settings) []api.RuleTouch {
	var all []api.RuleTouch
	add := func(t api.RuleTouch) {
		t.SubjectId, t.Name, t.State, t.Of = id, d.Title+" · "+d.Firm, string(d.State), api.RuleTouchOfDeal
		all = append(all, t)
	}
	if d.State == PublicNotice && d.Terms != nil {
		field, was, days := "agreementNoticeDays", old.AgreementNoticeDays, next.AgreementNoticeDays
		if d.Terms.Method != Agreement {
			field, was, days = "listingNoticeDays", old.ListingNoticeDays, next.ListingNoticeDays
		}
		if t, stands := d.Notice.keptNotice(field, days); stands && was != days {
			add(t)
		}
	}
	if d.Terms == nil || !slices.Contains([]DealState{Talks, Pricing, InternalApproval, PublicNotice, Trial, ToContract}, d.State) {
		return all
	}
	effect := api.Keeps
	if d.State == Talks || d.State == Pricing {
		effect = api.Changes
	}
	if was, is := inventors(d.Terms.Split) >= old.InventorShareBP, inventors(d.Terms.Split) >= next.InventorShareBP; len(d.Terms.Split) > 0 && was != is {
		add(api.RuleTouch{Field: "inventorShareBp", Effect: effect, As: api.Check, Before: met(was), After: met(is)})
	}
	if was, is := d.Terms.TrialDays <= old.TrialDays, d.Terms.TrialDays <= next.TrialDays; d.Terms.Way == TrialFirst && was != is {
		add(api.RuleTouch{Field: "trialDays", Effect: effect, As: api.Check, Before: met(was), After: met(is)})
	}
	return all
}
