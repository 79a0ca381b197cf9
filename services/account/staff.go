package account

import (
	"context"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

var posts = []access.Staff{access.CityOperator, access.DistrictOperator, access.PlatformStaff, access.ExpertStaff}

// ListStaff lists the authority's staff, city operators first.
func (s *Service) ListStaff(ctx context.Context) ([]PersonDoc, error) {
	var all []PersonDoc
	for _, post := range posts {
		err := s.people.Each(ctx, docstore.Query{Index: "byStaff", Equal: []any{post}}, func(p PersonDoc) error {
			all = append(all, p)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// AddStaff gives a person a post. The account is made when the phone is new, with name and password; an existing one keeps both. A
// city operator does it, or whoever runs the server, with the internal key: so comes the first one.
func (s *Service) AddStaff(ctx context.Context, phone, name, password string, post access.Staff, district string) (PersonDoc, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return PersonDoc{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return PersonDoc{}, err
	}
	if post != access.DistrictOperator {
		district = ""
	} else if !offered(city.Body.Districts, district) {
		return PersonDoc{}, fault.Bad(fault.Field{Path: "districtCode", Code: "not_a_choice", Detail: "not a district of this city"})
	}
	if phone, err = NormalisePhone(phone); err != nil {
		return PersonDoc{}, err
	}
	by := a.UserID
	if by == "" {
		by = "service:" + a.Service
	}
	appoint := func(p *Person) { p.Staff, p.District, p.StaffBy = post, district, by }
	known, found, err := one(ctx, s.people, "byPhone", phone)
	if err != nil {
		return PersonDoc{}, err
	}
	if found {
		if known.Body.Staff == access.CityOperator && post != access.CityOperator {
			if err := s.notTheLastCityOperator(ctx); err != nil {
				return PersonDoc{}, err
			}
		}
		return s.people.Update(ctx, known.ID, func(tx *docstore.Tx[Person]) error { appoint(tx.Body); return nil })
	}
	id := rest.NewID(s.now())
	p, err := NewPerson(id, name, phone, "")
	if err != nil {
		return PersonDoc{}, err
	}
	if err := CheckPassword(password, phone, "password"); err != nil {
		return PersonDoc{}, err
	}
	if p.PasswordHash, err = s.passwords.Hash(ctx, password); err != nil {
		return PersonDoc{}, err
	}
	p.Created = when.At(s.now())
	appoint(&p)
	doc, err := s.people.Insert(ctx, id, p)
	return doc, personTaken(err)
}

// RemoveStaff ends a person's post and sessions; the person stays.
func (s *Service) RemoveStaff(ctx context.Context, userID string) error {
	if err := s.stillStands(ctx, access.From(ctx)); err != nil {
		return err
	}
	p, err := s.people.Get(ctx, userID)
	if err != nil {
		return err
	}
	if p.Body.Staff == "" {
		return access.Hide.Err()
	}
	if p.Body.Staff == access.CityOperator {
		if err := s.notTheLastCityOperator(ctx); err != nil {
			return err
		}
	}
	if _, err := s.people.Update(ctx, userID, func(tx *docstore.Tx[Person]) error {
		tx.Body.Staff, tx.Body.District, tx.Body.StaffBy = "", "", access.From(ctx).UserID
		return nil
	}); err != nil {
		return err
	}
	return s.endSessions(ctx, userID, whyRevoked, func(docstore.Doc[Session]) bool { return true })
}

// notTheLastCityOperator guards a post that lies across documents, so two removals at the same moment could pass it; the server's own
// key makes a new one then.
func (s *Service) notTheLastCityOperator(ctx context.Context) error {
	n, err := s.people.Count(ctx, docstore.Query{Index: "byStaff", Equal: []any{access.CityOperator}})
	if err == nil && n <= 1 {
		err = fault.New(fault.Conflict, "staff.last_city_operator", "the city always has an operator: make somebody else one first")
	}
	return err
}

// Operators lists who decides for a district: the city's operators and, with a district, its own.
func (s *Service) Operators(ctx context.Context, district string) ([]string, error) {
	ids := []string{}
	for _, post := range []access.Staff{access.CityOperator, access.DistrictOperator} {
		err := s.people.Each(ctx, docstore.Query{Index: "byStaff", Equal: []any{post}}, func(p PersonDoc) error {
			if post == access.CityOperator || district != "" && p.Body.District == district {
				ids = append(ids, p.ID)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
