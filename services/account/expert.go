package account

import (
	"context"
	"slices"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Expert is what the city knows of somebody who scores bids or admissions, kept under the person's own id. The post itself is the
// person's (staff.go); what an expert scored belongs to the service whose thing was judged.
type Expert struct {
	Name          string       `json:"name"`                    // the person's, as it was when last written here
	EmployerOrgID string       `json:"employerOrgId,omitempty"` // when the employer is registered here
	Employer      string       `json:"employer"`                // its name
	Fields        []string     `json:"fields"`                  // what it judges, in the city's own words
	Title         string       `json:"title,omitempty"`         // 职称
	Active        bool         `json:"active"`                  // invited anew
	AddedAt       when.Instant `json:"addedAt"`
	AddedBy       string       `json:"addedBy"`
}

// ExpertDoc is a stored expert.
type ExpertDoc = docstore.Doc[Expert]

// ExpertProfile is what an operator writes about an expert.
type ExpertProfile struct {
	EmployerOrgID, Employer, Title string
	Fields                         []string
}

// maxExpertFields bounds what one expert may be listed under.
const maxExpertFields = 10

// Describe replaces what is known. Errors: Invalid, about employer and fields: a conflict of interest cannot be told of somebody whose
// employer is unknown, and nobody is invited who judges nothing.
func (e *Expert) Describe(p ExpertProfile) error {
	var bad []fault.Field
	var fields []string
	for _, f := range p.Fields {
		if f = strings.TrimSpace(f); f != "" && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
	}
	p.Employer = strings.TrimSpace(p.Employer)
	if p.Employer == "" {
		bad = append(bad, fault.Field{Path: "employer", Code: "required"})
	}
	switch {
	case len(fields) == 0:
		bad = append(bad, fault.Field{Path: "fields", Code: "required"})
	case len(fields) > maxExpertFields:
		bad = append(bad, fault.Field{Path: "fields", Code: "too_large", Detail: "at most 10"})
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	e.EmployerOrgID, e.Employer, e.Fields, e.Title = p.EmployerOrgID, p.Employer, fields, strings.TrimSpace(p.Title)
	return nil
}

// judges reports whether an expert is listed under one of the fields; no fields ask for nothing.
func (e *Expert) judges(fields []string) bool {
	return len(fields) == 0 || slices.ContainsFunc(fields, func(f string) bool {
		return slices.ContainsFunc(e.Fields, func(own string) bool { return strings.EqualFold(own, f) })
	})
}

// ExpertView is an expert with what its person and its memberships say now.
type ExpertView struct {
	ExpertDoc
	Phone  string
	Active bool     // listed as active, and the person still holds the post
	OrgIDs []string // those it is a member of
}

// named fills the employer's name in where it is an organisation of this city.
func (s *Service) named(ctx context.Context, p ExpertProfile) (ExpertProfile, error) {
	if p.EmployerOrgID == "" {
		return p, nil
	}
	org, err := s.orgs.Get(ctx, p.EmployerOrgID)
	if fault.KindOf(err) == fault.NotFound {
		return p, fault.Bad(fault.Field{Path: "employerOrgId", Code: "unknown", Detail: "no such organisation"})
	}
	if err == nil {
		p.Employer = org.Body.Profile.Name
	}
	return p, err
}

// AddExpert makes a person an expert. The account is made when the phone is new, with name and password; an existing one keeps both.
// Somebody with another post is refused (expert.other_post): who decides does not score. Repeated, it describes the expert anew.
func (s *Service) AddExpert(ctx context.Context, phone, name, password string, p ExpertProfile) (ExpertView, error) {
	var e Expert
	p, err := s.named(ctx, p)
	if err != nil {
		return ExpertView{}, err
	}
	if err := e.Describe(p); err != nil { // before a person gets a post
		return ExpertView{}, err
	}
	normal, err := NormalisePhone(phone)
	if err != nil {
		return ExpertView{}, err
	}
	known, found, err := one(ctx, s.people, "byPhone", normal)
	if err != nil {
		return ExpertView{}, err
	}
	if found && known.Body.Staff != "" && known.Body.Staff != access.ExpertStaff {
		return ExpertView{}, fault.New(fault.Conflict, "expert.other_post", "this person holds another post")
	}
	person, err := s.AddStaff(ctx, phone, name, password, access.ExpertStaff, "")
	if err != nil {
		return ExpertView{}, err
	}
	e.Name, e.Active, e.AddedAt, e.AddedBy = person.Body.Name, true, when.At(s.now()), access.From(ctx).UserID
	doc, err := s.experts.Insert(ctx, person.ID, e)
	if fault.KindOf(err) == fault.Duplicate {
		doc, err = s.experts.Update(ctx, person.ID, func(tx *docstore.Tx[Expert]) error {
			tx.Body.Name, tx.Body.Active = e.Name, true
			return tx.Body.Describe(p)
		})
	}
	if err != nil {
		return ExpertView{}, err
	}
	return s.expertView(ctx, doc)
}

// EditExpert describes an expert anew, and says whether it is invited any more. One who holds the post no longer is added again instead
// (expert.no_post).
func (s *Service) EditExpert(ctx context.Context, personID string, p ExpertProfile, active bool) (ExpertView, error) {
	if err := s.stillStands(ctx, access.From(ctx)); err != nil {
		return ExpertView{}, err
	}
	rev, err := rest.Rev(ctx)
	if err != nil {
		return ExpertView{}, err
	}
	person, err := s.people.Get(ctx, personID)
	if err != nil {
		return ExpertView{}, err
	}
	if active && person.Body.Staff != access.ExpertStaff {
		return ExpertView{}, fault.New(fault.Conflict, "expert.no_post", "this person is no expert any more: add it again")
	}
	if p, err = s.named(ctx, p); err != nil {
		return ExpertView{}, err
	}
	doc, err := s.experts.Update(ctx, personID, func(tx *docstore.Tx[Expert]) error {
		tx.Body.Name, tx.Body.Active = person.Body.Name, active
		return tx.Body.Describe(p)
	}, docstore.IfRev(rev))
	if err != nil {
		return ExpertView{}, err
	}
	return s.expertView(ctx, doc)
}

// ListExperts lists those who judge one of the fields (none: all), by the time they were added; with ids only those.
func (s *Service) ListExperts(ctx context.Context, ids, fields []string) ([]ExpertView, error) {
	var docs []ExpertDoc
	var err error
	if len(ids) > 0 {
		docs, err = s.experts.GetMany(ctx, ids)
	} else {
		err = s.experts.Each(ctx, docstore.Query{Index: "byTime"}, func(doc ExpertDoc) error {
			docs = append(docs, doc)
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	views := []ExpertView{}
	for _, doc := range docs {
		if !doc.Body.judges(fields) {
			continue
		}
		v, err := s.expertView(ctx, doc)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}

func (s *Service) expertView(ctx context.Context, doc ExpertDoc) (ExpertView, error) {
	person, err := s.people.Get(ctx, doc.ID)
	if err != nil {
		return ExpertView{}, err
	}
	v := ExpertView{ExpertDoc: doc, Phone: person.Body.Phone, Active: doc.Body.Active && person.Body.Staff == access.ExpertStaff, OrgIDs: []string{}}
	orgs, err := s.orgs.GetMany(ctx, person.Body.OrgIDs)
	for _, o := range orgs {
		if o.Body.RoleOf(doc.ID) != "" {
			v.OrgIDs = append(v.OrgIDs, o.ID)
		}
	}
	return v, err
}
