package account

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// What is told of service: the firm of its liaison, the liaison of a day that comes near.
const (
	liaisonAssigned = "liaison.assigned"
	serviceDue      = "service.due"
)

func liaisonPage(orgID string) string { return "/work/liaison/" + orgID }

// Assignment says which firms get whom.
type Assignment struct {
	UserID      string
	OrgIDs      []string
	District    string // all verified firms of a district, instead of OrgIDs
	OnlyWithout bool   // leave firms that have one
}

// AssignLiaisons gives firms their liaison and says how many got a new one. Each firm is a write of its own: a request cut off is repeated.
// Errors: Forbidden outside the jurisdiction, Invalid for somebody who is not staff.
func (s *Service) AssignLiaisons(ctx context.Context, in Assignment) (int, error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return 0, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return 0, err
	}
	person, err := s.people.Get(ctx, in.UserID)
	if err != nil || !access.Desk(access.Actor{Staff: person.Body.Staff}) {
		return 0, fault.Bad(fault.Field{Path: "userId", Code: "not_a_choice", Detail: "not a member of staff"})
	}
	unit, err := s.office(ctx, access.Actor{Staff: person.Body.Staff, District: person.Body.District})
	if err != nil {
		return 0, err
	}
	var firms []OrgDoc
	if in.District != "" {
		if !a.Operates(in.District) {
			return 0, access.Forbid.Err()
		}
		if err := s.orgs.Each(ctx, docstore.Query{Index: "byDistrictState", Equal: []any{in.District, Verified}}, func(d OrgDoc) error {
			firms = append(firms, d)
			return nil
		}); err != nil {
			return 0, err
		}
	} else if firms, err = s.orgs.GetMany(ctx, in.OrgIDs); err != nil {
		return 0, err
	}
	assigned := 0
	for _, firm := range firms {
		if !a.Operates(firm.Body.District) {
			return assigned, access.Forbid.Err()
		}
		changed, err := s.assignLiaison(ctx, firm, person, unit, in.OnlyWithout, by)
		if err != nil {
			return assigned, err
		}
		if changed {
			assigned++
		}
	}
	return assigned, nil
}

func (s *Service) assignLiaison(ctx context.Context, firm OrgDoc, person PersonDoc, unit string, onlyWithout bool, by By) (changed bool, err error) {
	told := about(firm.ID, &firm.Body, ownPage, toOrg(firm.ID)).with("liaison", person.Body.Name).with("office", unit)
	l := Liaison{OrgID: firm.ID, OrgName: firm.Body.Profile.Name, District: firm.Body.District}
	l.appoint(person, unit, by, s.now())
	_, err = s.liaisons.Insert(ctx, firm.ID, l, docstore.Emit(liaisonAssigned, told))
	if fault.KindOf(err) != fault.Duplicate {
		return err == nil, err
	}
	_, err = s.liaisons.Update(ctx, firm.ID, func(tx *docstore.Tx[Liaison]) error {
		changed = !onlyWithout && tx.Body.UserID != person.ID
		if !changed {
			return nil
		}
		tx.Body.OrgName, tx.Body.District = firm.Body.Profile.Name, firm.Body.District
		tx.Body.appoint(person, unit, by, tx.Now)
		return tx.Emit(liaisonAssigned, told)
	})
	return changed, err
}

// LiaisonCandidates are the staff who may be a firm's liaison: a district's operator names the city's and its own.
func (s *Service) LiaisonCandidates(ctx context.Context) ([]PersonDoc, error) {
	a := access.From(ctx)
	all, err := s.ListStaff(ctx)
	return slices.DeleteFunc(all, func(p PersonDoc) bool {
		return p.Body.Staff == access.ExpertStaff || a.Staff == access.DistrictOperator && p.Body.Staff == access.DistrictOperator && p.Body.District != a.District
	}), err
}

// LiaisonRow is one firm with its liaison and what was done for it in a year.
type LiaisonRow struct {
	Liaison
	Visits, Solved, Open, Overdue int
	Short                         bool // less solved than the rules ask
	LastOn                        when.Day
}

// reach narrows what the caller asked for to what it oversees: a district's operator its district, platform staff the firms it is the liaison
// of.
func reach(a access.Actor, district, userID string) (string, string, error) {
	switch a.Staff {
	case access.CityOperator:
		return district, userID, nil
	case access.DistrictOperator:
		if a.District == "" || district != "" && district != a.District {
			return "", "", access.Forbid.Err()
		}
		return a.District, userID, nil
	}
	if userID != "" && userID != a.UserID {
		return "", "", access.Forbid.Err()
	}
	return district, a.UserID, nil
}

// ListLiaisons is every firm with a liaison that the caller oversees, and its year; short leaves only those for whom nothing was solved.
func (s *Service) ListLiaisons(ctx context.Context, year int, district, userID string, short bool) ([]LiaisonRow, error) {
	district, userID, err := reach(access.From(ctx), district, userID)
	if err != nil {
		return nil, err
	}
	rows := map[string]*LiaisonRow{}
	q := docstore.Query{Index: "byName"}
	if userID != "" {
		q = docstore.Query{Index: "byUser", Equal: []any{userID}}
	} else if district != "" {
		q = docstore.Query{Index: "byDistrict", Equal: []any{district}}
	}
	if err := s.liaisons.Each(ctx, q, func(d docstore.Doc[Liaison]) error {
		if district == "" || d.Body.District == district {
			rows[d.ID] = &LiaisonRow{Liaison: d.Body}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	today := when.DayOf(s.now())
	if err := s.ledger(ctx, year, district, func(e *ServiceEntry) {
		r := rows[e.OrgID]
		if r == nil {
			return
		}
		r.LastOn = max(r.LastOn, e.On)
		switch {
		case e.Kind == Visit:
			r.Visits++
		case e.Kind == Difficulty && e.SolvedOn != "":
			r.Solved++
		case e.Open():
			r.Open++
		}
		if e.Overdue(today) {
			r.Overdue++
		}
	}); err != nil {
		return nil, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return nil, err
	}
	var all []LiaisonRow
	for _, r := range rows {
		if r.Short = r.Solved < city.Body.Rules.ServiceSolvedPerYear; !short || r.Short {
			all = append(all, *r)
		}
	}
	slices.SortFunc(all, func(x, y LiaisonRow) int {
		return cmp.Or(cmp.Compare(x.OrgName, y.OrgName), cmp.Compare(x.OrgID, y.OrgID))
	})
	return all, nil
}

// ledger reads a year's entries, of a district when one is named.
func (s *Service) ledger(ctx context.Context, year int, district string, each func(e *ServiceEntry)) error {
	q := docstore.Query{Index: "byYear", Equal: []any{year}}
	if district != "" {
		q = docstore.Query{Index: "byDistrictYear", Equal: []any{district, year}}
	}
	return s.services.Each(ctx, q, func(d docstore.Doc[ServiceEntry]) error { each(&d.Body); return nil })
}

// ServiceFigures are the year's figures by liaison and by district; each opens its rows in ListLiaisons.
func (s *Service) ServiceFigures(ctx context.Context, year int) (byLiaison, byDistrict []ServiceFigure, err error) {
	rows, err := s.ListLiaisons(ctx, year, "", "", false)
	if err != nil {
		return nil, nil, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return nil, nil, err
	}
	liaisons, districts := map[string]*ServiceFigure{}, map[string]*ServiceFigure{}
	count := func(into map[string]*ServiceFigure, key, name string, r LiaisonRow) {
		if into[key] == nil {
			into[key] = &ServiceFigure{Key: key, Name: name}
		}
		into[key].add(r)
	}
	for _, r := range rows {
		count(liaisons, r.UserID, r.Name, r)
		count(districts, r.District, nameIn(city.Body.Districts, r.District), r)
	}
	return figuresOf(liaisons), figuresOf(districts), nil
}

func figuresOf(all map[string]*ServiceFigure) []ServiceFigure {
	out := []ServiceFigure{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, *all[key])
	}
	return out
}

// FirmService is a firm's liaison, if it has one, and what the reader may see of its ledger, last first: the liaison and operators all, the
// firm what is marked visible to it.
func (s *Service) FirmService(ctx context.Context, orgID string) (l *Liaison, entries []docstore.Doc[ServiceEntry], serves bool, err error) {
	a := access.From(ctx)
	org, err := s.GetOrganisation(ctx, orgID)
	if err != nil {
		return nil, nil, false, err
	}
	doc, err := s.liaisons.Get(ctx, orgID)
	if fault.KindOf(err) == fault.NotFound {
		doc.Body.District = org.Body.District
	} else if err != nil {
		return nil, nil, false, err
	} else {
		l = &doc.Body
	}
	serves = doc.Body.MayServe(a)
	if !serves && org.Body.RoleOf(a.UserID) == "" {
		return nil, nil, false, access.Forbid.Err()
	}
	page, err := s.services.Find(ctx, docstore.Query{Index: "byOrg", Equal: []any{orgID}, Descending: true, Limit: docstore.MaxLimit})
	return l, slices.DeleteFunc(page.Items, func(d docstore.Doc[ServiceEntry]) bool { return !serves && !d.Body.Visible }), serves, err
}

// RecordService writes a new entry. Errors: NotFound for a firm without a liaison, Forbidden for whom MayServe leaves out, Invalid.
func (s *Service) RecordService(ctx context.Context, orgID string, w ServiceWords) (docstore.Doc[ServiceEntry], error) {
	a := access.From(ctx)
	l, err := s.liaisons.Get(ctx, orgID)
	if err == nil && !l.Body.MayServe(a) {
		err = access.Forbid.Err()
	}
	if err != nil {
		return docstore.Doc[ServiceEntry]{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return docstore.Doc[ServiceEntry]{}, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return docstore.Doc[ServiceEntry]{}, err
	}
	e := ServiceEntry{OrgID: orgID, OrgName: l.Body.OrgName, District: l.Body.District, UserID: l.Body.UserID, Name: l.Body.Name}
	if err := e.Write(w, "recordService", by, city.Body.Rules, s.now()); err != nil {
		return docstore.Doc[ServiceEntry]{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	return s.services.Insert(ctx, id, e, docstore.Fingerprint(fingerprint))
}

// EditService corrects an entry, or says what was solved. Errors: NotFound, Forbidden, Invalid.
func (s *Service) EditService(ctx context.Context, id string, w ServiceWords) (docstore.Doc[ServiceEntry], error) {
	a := access.From(ctx)
	before, err := s.services.Get(ctx, id)
	if err != nil {
		return before, err
	}
	l, err := s.liaisons.Get(ctx, before.Body.OrgID)
	if err == nil && !l.Body.MayServe(a) {
		err = access.Hide.Err()
	}
	if err != nil {
		return before, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return before, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return before, err
	}
	return s.services.Update(ctx, id, func(tx *docstore.Tx[ServiceEntry]) error {
		return tx.Body.Write(w, "editService", by, city.Body.Rules, tx.Now)
	})
}

var serviceKinds = map[ServiceKind]string{Visit: "走访", Difficulty: "诉求", OtherHelp: "其他服务"}

// ExportServiceLedger is a year's ledger as a workbook: the rows, and the firms for whom nothing was solved yet.
func (s *Service) ExportServiceLedger(ctx context.Context, year int) (*office.Book, error) {
	district, userID, err := reach(access.From(ctx), "", "")
	if err != nil {
		return nil, err
	}
	city, err := s.city(ctx)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	if err := s.ledger(ctx, year, district, func(e *ServiceEntry) {
		if userID == "" || e.UserID == userID {
			rows = append(rows, append(ledgerLine(e), nameIn(city.Body.Districts, e.District), e.Name))
		}
	}); err != nil {
		return nil, err
	}
	firms, err := s.ListLiaisons(ctx, year, "", "", false)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	if err := b.Sheet(strconv.Itoa(year)+"年服务台账", append(ledgerSheet(), office.Column{Title: "区县"}, office.Column{Title: "服务专员"}), slices.Values(rows)); err != nil {
		return nil, err
	}
	return b, b.Sheet("年度核对", []office.Column{{Title: "企业", Width: 30}, {Title: "区县"}, {Title: "服务专员"}, {Title: "走访次数"}, {Title: "解决诉求数"}, {Title: "未解决"}, {Title: "已逾期"}, {Title: "至少解决" + strconv.Itoa(city.Body.Rules.ServiceSolvedPerYear) + "件"}},
		func(yield func([]any) bool) {
			for _, r := range firms {
				met := "是"
				if r.Short {
					met = "否"
				}
				if !yield([]any{r.OrgName, nameIn(city.Body.Districts, r.District), r.Name, r.Visits, r.Solved, r.Open, r.Overdue, met}) {
					return
				}
			}
		})
}

// remindingServices tells liaisons, once per due day, of what should be solved soon. It is a job.
func (s *Service) remindingServices(ctx context.Context) error {
	for {
		page, err := s.services.Find(ctx, docstore.Query{Index: "byDue", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 50})
		if err != nil && ctx.Err() == nil {
			s.log.Warn("the service ledger could not be read", "error", err)
		}
		for _, d := range page.Items {
			_, err := s.services.Update(ctx, d.ID, func(tx *docstore.Tx[ServiceEntry]) error {
				e := tx.Body
				if e.DueAt == 0 || e.DueAt > when.At(tx.Now) {
					return nil
				}
				e.DueAt = 0
				return tx.Emit(serviceDue, message{OrgID: e.OrgID, Recipients: []recipient{toPerson(e.UserID)}, Link: liaisonPage(e.OrgID),
					Params: map[string]any{"orgName": e.OrgName, "dueOn": string(e.DueOn), "summary": cutRunes(e.Summary, 60)}})
			})
			if err != nil && ctx.Err() == nil {
				s.log.Warn("a liaison is not reminded yet", "entry", d.ID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
