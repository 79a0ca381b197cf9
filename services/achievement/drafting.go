package achievement

import (
	"context"
	"slices"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// This file is 代办: staff write an achievement for a university that asked them to. Nobody but the two sees it, and nothing is handed in,
// until the university hands it in itself.

// DraftFor is a draft that staff write for a university. Errors: those of access.DraftFor and New.
func DraftFor(actor access.Actor, org Organisation, office string, p Profile, now time.Time) (Achievement, error) {
	drafted, err := access.DraftFor(actor, org.ID, org.District, office, now)
	if err != nil {
		return Achievement{}, err
	}
	a, err := New(By{Role: Drafter, UserID: actor.UserID, OrgID: org.ID, Name: office}, org.Name, org.District, p, now)
	a.Drafted, a.DraftedBy = drafted, actor.UserID
	return a, err
}

// writable is Forbidden or Conflict where the profile and files are not for this one to change now. What staff change has to be asked anew.
func (a *Achievement) writable(by By) error {
	if err := a.May(EditAchievement, by.Role); err != nil || by.Role != Drafter {
		return err
	}
	return a.Drafted.Rewritten(by.UserID)
}

// DraftAchievement is staff's writing one for the organisation.
func (s *Service) DraftAchievement(ctx context.Context, orgID string, in api.AchievementInput) (api.Achievement, error) {
	actor := access.From(ctx)
	org, err := s.mustStand(ctx, orgID)
	if err != nil {
		return api.Achievement{}, err
	}
	if !slices.Contains(org.Capacities, access.University) {
		return api.Achievement{}, fault.Bad(fault.Field{Path: "onBehalfOf", Code: "not_a_choice"})
	}
	p, err := as[Profile](in)
	if err == nil {
		err = s.chainOf(ctx, &p)
	}
	if err != nil {
		return api.Achievement{}, err
	}
	office := ""
	if s.o.Office != nil {
		if office, err = s.o.Office(ctx, actor); err != nil {
			return api.Achievement{}, err
		}
	}
	a, err := DraftFor(actor, org, office, p, s.now())
	if err != nil {
		return api.Achievement{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	doc, err := s.achievements.Insert(ctx, id, a, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Achievement{}, err
	}
	return s.view(ctx, doc)
}

// AskAchievementConfirmation asks the university to confirm what staff drafted for it.
func (s *Service) AskAchievementConfirmation(ctx context.Context, id string) (api.Achievement, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Achievement], by By) error {
		a := tx.Body
		if err := a.Drafted.Ask(by.UserID, tx.Now); err != nil {
			return err
		}
		return tx.Emit(draftAsked, about(a, authorPage(id)+"/edit", toOrg(a.OrgID)).with("office", a.Drafted.Office))
	})
}

// ListDraftedAchievements is what the caller drafted for others. After the answer it shows the name alone: the rest is the university's.
func (s *Service) ListDraftedAchievements(ctx context.Context, limit int, cursor string) (api.DraftedPage, error) {
	out := api.DraftedPage{Items: []api.DraftedItem{}}
	found, err := s.achievements.Find(ctx, docstore.Query{Index: "drafted", Equal: []any{access.From(ctx).UserID}, Descending: true,
		Limit: docstore.PageSize(limit), Cursor: cursor})
	for _, doc := range found.Items {
		a := &doc.Body
		out.Items = append(out.Items, api.DraftedItem{Id: doc.ID, Title: a.Profile.Name, OrgId: a.OrgID, OrgName: a.OrgName, State: api.DraftState(a.Drafted.State()),
			Reason: a.Drafted.Reason, AskedAt: a.Drafted.AskedAt.Time(), AnsweredAt: a.Drafted.AnsweredAt.Time(), ChangedAt: a.ChangedAt.Time()})
	}
	out.Next = found.Next
	return out, err
}

// aboutDraft tells who drafted it how the university answered.
func aboutDraft(a *Achievement) message {
	return about(a, draftsPage, recipient{UserID: a.DraftedBy})
}

const draftsPage = "/work/drafts"

// draftedView is who drafted an achievement and what the university said, to everybody; why it declined is for the two.
func draftedView(a *Achievement, inside bool) api.Drafted {
	x := a.Drafted
	if x == nil {
		return api.Drafted{}
	}
	v := api.Drafted{State: api.DraftState(x.State()), Office: x.Office, DraftedAt: x.At.Time(), AskedAt: x.AskedAt.Time(), AnsweredAt: x.AnsweredAt.Time(), AnsweredBy: x.AnsweredBy}
	if inside {
		v.Reason = x.Reason
	}
	return v
}
