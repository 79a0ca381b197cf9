package achievement

import (
	"context"
	"slices"
	"strings"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file stores the versions of what is published, shows them, and tells the firms that asked. A version's text is written before the
// achievement names it; one that is never named was refused, and harms nobody.

// ChangeAchievement hands in another text of a published achievement.
func (s *Service) ChangeAchievement(ctx context.Context, id string, in api.AchievementVersionInput) (api.Achievement, error) {
	p, err := s.profileIn(ctx, in.Profile)
	if err != nil {
		return api.Achievement{}, err
	}
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return api.Achievement{}, err
	}
	version, fingerprint := rest.Creation(ctx, s.now())
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Achievement{}, err
	} else if given && rev != doc.Rev && !doc.Body.knows(version) {
		return api.Achievement{}, fault.New(fault.Stale, "", "it was changed meanwhile")
	}
	before := doc.Body.Profile
	if doc, err = s.propose(ctx, doc, version, by(actor, &doc.Body), in.Reason, p, docstore.Fingerprint(fingerprint)); err != nil {
		return api.Achievement{}, err
	}
	s.tellSoon(ctx, id)
	if err := s.relist(ctx, id, before, &doc.Body); err != nil {
		return api.Achievement{}, err
	}
	return s.GetAchievement(ctx, id)
}

// profileIn is a text as the API gives it, with its chain by code.
func (s *Service) profileIn(ctx context.Context, in api.AchievementInput) (Profile, error) {
	p, err := as[Profile](in)
	if err == nil {
		err = s.chainOf(ctx, &p)
	}
	return p, err
}

// propose stores a version and puts it on its way; asked again for the same one, it changes nothing.
func (s *Service) propose(ctx context.Context, doc docstore.Doc[Achievement], version string, who By, reason string, p Profile, opts ...docstore.InsertOption) (docstore.Doc[Achievement], error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil || doc.Body.knows(version) {
		return doc, err
	}
	trial := doc.Body
	if err := trial.Propose(who, s.now(), version, reason, p, settings); err != nil {
		return doc, err
	}
	if len(doc.Body.Versions) == 0 {
		if _, err := s.versions.Insert(ctx, firstVersion(doc.ID), Version{doc.ID, doc.Body.PublishedAt, doc.Body.Profile}); err != nil && fault.KindOf(err) != fault.Duplicate {
			return doc, err
		}
	}
	if _, err := s.versions.Insert(ctx, version, Version{doc.ID, when.At(s.now()), p}, opts...); err != nil && fault.KindOf(err) != fault.Duplicate {
		return doc, err
	}
	return s.achievements.Update(ctx, doc.ID, func(tx *docstore.Tx[Achievement]) error {
		if tx.Body.knows(version) {
			return nil
		}
		if err := tx.Body.Propose(who, tx.Now, version, reason, p, settings); err != nil {
			return err
		}
		return s.emitChange(tx)
	})
}

// emitChange tells whoever has the change on the desk now; what holds already is told to the firms by tell.
func (s *Service) emitChange(tx *docstore.Tx[Achievement]) error {
	a := tx.Body
	if a.Change == nil {
		return nil
	}
	m := about(a, authorPage(tx.ID), toOrg(a.OrgID))
	if a.Change.Desk == AtOperator {
		m = about(a, reviewPage(tx.ID), toStaff(a.District))
	}
	return tx.Emit(achievementChangeSubmitted, m.with("reason", a.Change.Reason))
}

// PreviewAchievementChange says what a change would do; nothing is written.
func (s *Service) PreviewAchievementChange(ctx context.Context, id string, in api.AchievementVersionInput) (api.AchievementVersion, error) {
	p, err := s.profileIn(ctx, in.Profile)
	if err != nil {
		return api.AchievementVersion{}, err
	}
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return api.AchievementVersion{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AchievementVersion{}, err
	}
	before := doc.Body.Profile
	if err := doc.Body.Propose(by(actor, &doc.Body), s.now(), "preview", in.Reason, p, settings); err != nil {
		return api.AchievementVersion{}, err
	}
	fields := differences(&before, &p)
	v := api.AchievementVersion{Id: "preview", Number: len(doc.Body.Versions) + 2, At: s.now(), Reason: in.Reason, Substance: ofSubstance(fields)}
	if c := doc.Body.Change; c != nil {
		v.Desk = api.AchievementDesk(c.Desk)
	} else {
		v.Number-- // it would hold at once
	}
	v.Fields, err = s.fieldViews(ctx, fields)
	return v, err
}

// ApproveAchievementChange sends a version on: to the operator, or into force.
func (s *Service) ApproveAchievementChange(ctx context.Context, id, version, note string) (api.Achievement, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Achievement{}, err
	}
	if _, _, err := s.visible(ctx, id); err != nil {
		return api.Achievement{}, err
	}
	text, err := s.versions.Get(ctx, version)
	if err == nil && text.Body.AchievementID != id {
		err = access.Hide.Err()
	}
	if err != nil {
		return api.Achievement{}, err
	}
	before := Profile{}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		before = tx.Body.Profile
		if err := tx.Body.Approve(by, tx.Now, version, note, text.Body.Profile, settings); err != nil {
			return err
		}
		return s.emitChange(tx)
	})
	if err != nil {
		return v, err
	}
	s.tellSoon(ctx, id)
	if v.Change.Id == "" {
		err = s.relist(ctx, id, before, &Achievement{OrgID: v.OrgId, OrgName: v.OrgName, Profile: text.Body.Profile})
	}
	return v, err
}

// ReturnAchievementChange sends a version back with the reason.
func (s *Service) ReturnAchievementChange(ctx context.Context, id, version, reason string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		if err := tx.Body.ReturnChange(by, tx.Now, version, reason); err != nil {
			return err
		}
		return tx.Emit(achievementChangeReturned, about(tx.Body, changePage(id), toOrg(tx.Body.OrgID)).with("reason", reason))
	})
}

// ListAchievementVersions are the versions of what is published, newest first, each with what it changed. Whom to ask is not for
// everybody, so neither is who it was.
func (s *Service) ListAchievementVersions(ctx context.Context, id string) ([]api.AchievementVersion, error) {
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	all := []api.AchievementVersion{}
	if len(doc.Body.Versions) == 0 {
		return all, nil
	}
	lines := append([]VersionLine{{ID: firstVersion(id), At: doc.Body.PublishedAt}}, doc.Body.Versions...)
	texts, err := s.texts(ctx, lines)
	if err != nil {
		return nil, err
	}
	r := role(actor, &doc.Body)
	for i, line := range lines {
		v := api.AchievementVersion{Id: line.ID, Number: i + 1, At: line.At.Time(), Reason: line.Reason, Substance: line.Substance, Fields: []api.AchievementFieldChange{}}
		if i > 0 {
			before, after := texts[lines[i-1].ID], texts[line.ID]
			fields := differences(&before, &after)
			if r != Office && r != Department && r != Operator {
				fields = slices.DeleteFunc(fields, func(f FieldChange) bool { return strings.HasPrefix(f.Field, "contact") })
			}
			if v.Fields, err = s.fieldViews(ctx, fields); err != nil {
				return nil, err
			}
		}
		all = append(all, v)
	}
	slices.Reverse(all)
	return all, nil
}

// texts are the texts of some versions, by id.
func (s *Service) texts(ctx context.Context, lines []VersionLine) (map[string]Profile, error) {
	var ids []string
	for _, l := range lines {
		ids = append(ids, l.ID)
	}
	docs, err := s.versions.GetMany(ctx, ids)
	all := map[string]Profile{}
	for _, doc := range docs {
		all[doc.ID] = doc.Body.Profile
	}
	return all, err
}

// fieldViews shows changed fields, with the chain by its name.
func (s *Service) fieldViews(ctx context.Context, fields []FieldChange) ([]api.AchievementFieldChange, error) {
	out := []api.AchievementFieldChange{}
	for _, f := range fields {
		if f.Field == "chain" {
			n, err := s.names(ctx)
			if err != nil {
				return nil, err
			}
			f.Before, f.After = n.chains[f.Before], n.chains[f.After]
		}
		out = append(out, api.AchievementFieldChange{Field: f.Field, Header: f.Header, Before: f.Before, After: f.After, Substance: f.Substance})
	}
	return out, nil
}

// pending shows the version on its way to those whose business it is, with its text when whole is asked for.
func (s *Service) pending(ctx context.Context, doc docstore.Doc[Achievement], r Role, whole bool) (api.AchievementVersion, error) {
	c := doc.Body.Change
	if c == nil || r != Office && r != Department && (r != Operator || c.Desk != AtOperator) {
		return api.AchievementVersion{}, nil
	}
	v := api.AchievementVersion{Id: c.ID, Number: len(doc.Body.Versions) + 2, At: c.At.Time(), Reason: c.Reason, Substance: c.Substance, Desk: api.AchievementDesk(c.Desk), Returned: c.Returned, Fields: []api.AchievementFieldChange{}}
	if !whole {
		return v, nil
	}
	text, err := s.versions.Get(ctx, c.ID)
	if err != nil {
		return v, err
	}
	if v.Profile, err = as[api.AchievementInput](text.Body.Profile); err != nil {
		return v, err
	}
	v.Fields, err = s.fieldViews(ctx, differences(&doc.Body.Profile, &text.Body.Profile))
	return v, err
}

// tellSoon tells right after a request's own write; what fails is left to the clock.
func (s *Service) tellSoon(ctx context.Context, id string) {
	if err := s.tell(docstore.Unwitnessed(ctx), id); err != nil {
		s.o.Log.Warn("telling of a new version is left to the clock", "achievement", id, "error", err)
	}
}

// tell sends the new version to the firms that asked about the achievement and to its university, a page of deals in each write. It may be
// repeated, and run in several replicas at once: nobody is told twice of one version.
func (s *Service) tell(ctx context.Context, id string) error {
	for {
		doc, err := s.achievements.Get(ctx, id)
		if err != nil || doc.Body.Telling == nil {
			return err
		}
		t := *doc.Body.Telling
		to := []recipient{}
		if t.Cursor == "" {
			to = append(to, toOrg(doc.Body.OrgID))
		}
		page, err := s.deals.Find(ctx, docstore.Query{Index: "achievement", Equal: []any{id}, Limit: docstore.MaxLimit, Cursor: t.Cursor})
		if err != nil {
			return err
		}
		for _, d := range page.Items {
			if r := toOrg(d.Body.FirmID); d.Body.State != Declined && d.Body.State != Cancelled && !slices.Contains(to, r) {
				to = append(to, r)
			}
		}
		if _, err := s.achievements.Update(ctx, id, func(tx *docstore.Tx[Achievement]) error {
			a := tx.Body
			if a.Telling == nil || *a.Telling != t {
				return nil
			}
			if a.Telling.Cursor = page.Next; page.Next == "" {
				a.Telling, a.TellAt = nil, 0
			}
			if len(to) == 0 {
				return nil
			}
			return tx.Emit(achievementChanged, about(a, publicPage(id), to...).with("reason", a.Versions[len(a.Versions)-1].Reason))
		}); err != nil {
			return err
		}
	}
}
