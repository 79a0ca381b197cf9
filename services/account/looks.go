package account

import (
	"context"
	"slices"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Look is one time somebody was shown an organisation's contact: one a day for the same person and the same page. It holds ids; names are
// looked up when the owner reads it.
type Look struct {
	OwnerOrgID string       `json:"ownerOrgId"`
	UserID     string       `json:"userId"`
	OrgID      string       `json:"orgId,omitempty"` // acted for
	Staff      access.Staff `json:"staff,omitempty"`
	Kind       string       `json:"kind"` // demand, achievement, provider, engagement, bid, deal, organisation
	SubjectID  string       `json:"subjectId"`
	At         when.Instant `json:"at"`
}

// LookView is a look with the names behind it.
type LookView struct {
	Look
	OrgName, UserName string
}

// RecordLooks keeps what services showed. The same again on the same day is the same look.
func (s *Service) RecordLooks(ctx context.Context, looks []Look) error {
	return docstore.Together(looks, func(l Look) error {
		l.At = when.At(s.now())
		id := l.OwnerOrgID + ":" + string(when.DayOf(s.now())) + ":" + l.UserID + ":" + l.Kind + ":" + l.SubjectID
		_, err := s.looks.Insert(ctx, id, l)
		if err != nil && fault.KindOf(err) == fault.Duplicate {
			return nil
		}
		return err
	})
}

// noteOfficial keeps that the context's actor is about to be shown whom to call at an organisation, unless it is a member.
func (s *Service) noteOfficial(ctx context.Context, org OrgDoc) error {
	a := access.From(ctx)
	if org.Body.RoleOf(a.UserID) != "" {
		return nil
	}
	return s.RecordLooks(ctx, []Look{{OwnerOrgID: org.ID, UserID: a.UserID, Staff: a.Staff, Kind: string(api.LookOrganisation), SubjectID: org.ID}})
}

// ListLooks shows an organisation who looked at its contacts, the newest first.
func (s *Service) ListLooks(ctx context.Context, orgID string, limit int, cursor string) (views []LookView, next string, err error) {
	a := access.From(ctx)
	if a.OrgID != orgID { // the authority has no business in it: it is shown here itself
		return nil, "", access.Hide.Err()
	}
	page, err := s.looks.Find(ctx, docstore.Query{Index: "byOwner", Equal: []any{orgID}, Descending: true, Limit: limit, Cursor: cursor})
	if err != nil {
		return nil, "", err
	}
	var users, firms []string
	for _, d := range page.Items {
		users, firms = append(users, d.Body.UserID), append(firms, d.Body.OrgID)
	}
	people, err := s.people.GetMany(ctx, distinct(users))
	if err != nil {
		return nil, "", err
	}
	orgs, err := s.orgs.GetMany(ctx, distinct(firms))
	if err != nil {
		return nil, "", err
	}
	names := map[string]string{}
	for _, p := range people {
		names[p.ID] = p.Body.Name
	}
	for _, o := range orgs {
		names[o.ID] = o.Body.Profile.Name
	}
	for _, d := range page.Items {
		views = append(views, LookView{Look: d.Body, OrgName: names[d.Body.OrgID], UserName: names[d.Body.UserID]})
	}
	return views, page.Next, nil
}

func distinct(ids []string) []string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
	slices.Sort(ids)
	return slices.Compact(ids)
}
