package account

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// CityRules are periods and thresholds of the city that several services go by.
type CityRules struct {
	ObjectionDecideWorkingDays int `json:"objectionDecideWorkingDays"` // 受理 decision on an objection
	ObjectionAnswerWorkingDays int `json:"objectionAnswerWorkingDays"` // answer to an accepted objection
}

// defaultRules fill in what a city's data does not say. No official text fixes them for these notices: 待核.
var defaultRules = CityRules{ObjectionDecideWorkingDays: 2, ObjectionAnswerWorkingDays: 7}

// Change says who put the lists into force as they are, when and why.
type Change struct {
	At     docstore.Millis `json:"at"`
	UserID string          `json:"userId"`
	Name   string          `json:"name"`
	Reason string          `json:"reason"`
}

// PastReference is a version of the city's data that was in force, id "<revision>".
type PastReference struct {
	Number    int64     `json:"number"`
	Reference Reference `json:"reference"`
}

// readCity is the data a new directory starts with: a file of the operator's, or the invented pilot city. The file has the shape of
// reference.json; a second city is only data.
func readCity(path string) (Reference, error) {
	if path == "" {
		return PilotCity.complete(), nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Reference{}, fmt.Errorf("LIANBANG_CITY: %w", err)
	}
	var r Reference
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("LIANBANG_CITY: %s: %w", path, err)
	}
	r = r.complete()
	if err := r.valid(); err != nil {
		return r, fmt.Errorf("LIANBANG_CITY: %s: %w", path, err)
	}
	return r, nil
}

// complete fills in what data written before these fields existed, or a short file, does not say.
func (r Reference) complete() Reference {
	if r.Calendar.Source == "" && len(r.Calendar.Holidays) == 0 {
		r.Calendar = when.Default
	}
	if r.Rules.ObjectionDecideWorkingDays == 0 {
		r.Rules.ObjectionDecideWorkingDays = defaultRules.ObjectionDecideWorkingDays
	}
	if r.Rules.ObjectionAnswerWorkingDays == 0 {
		r.Rules.ObjectionAnswerWorkingDays = defaultRules.ObjectionAnswerWorkingDays
	}
	return r
}

// valid refuses data no service could work with. Errors: Invalid.
func (r *Reference) valid() error {
	var bad []fault.Field
	for path, n := range map[string]int{"districts": len(r.Districts), "chains": len(r.Chains), "titleKinds": len(r.TitleKinds), "cityName": len(r.CityName), "cityCode": len(r.CityCode)} {
		if n == 0 {
			bad = append(bad, fault.Field{Path: path, Code: "required"})
		}
	}
	for path, days := range map[string][]string{"calendar.holidays": r.Calendar.Holidays, "calendar.workdays": r.Calendar.Workdays} {
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d); err != nil {
				bad = append(bad, fault.Field{Path: path, Code: "bad_format", Detail: d + " is no day"})
			}
		}
	}
	for path, n := range map[string]int{"rules.objectionDecideWorkingDays": r.Rules.ObjectionDecideWorkingDays, "rules.objectionAnswerWorkingDays": r.Rules.ObjectionAnswerWorkingDays} {
		if n < 1 || n > 60 {
			bad = append(bad, fault.Field{Path: path, Code: "out_of_range", Detail: "1 to 60 working days"})
		}
	}
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// Difference is one thing that two versions of the city's data say differently. Organisations is how many have what it is about.
type Difference struct {
	List          string // districts, chains, titleKinds, or the path of a single value
	Code          string
	Kind          string // added, renamed, retired, offered, removed, changed
	Before, After string
	Organisations int
}

// differences lists what next says differently.
func (r *Reference) differences(next *Reference) []Difference {
	all := []Difference{}
	for _, l := range []struct {
		name         string
		before, then []Choice
	}{{"districts", r.Districts, next.Districts}, {"chains", r.Chains, next.Chains}, {"titleKinds", r.TitleKinds, next.TitleKinds}} {
		for _, c := range l.then {
			was, known := find(l.before, c.Code)
			d := Difference{List: l.name, Code: c.Code, Before: was.Name, After: c.Name}
			switch {
			case !known:
				d.Kind = "added"
			case !was.Retired && c.Retired:
				d.Kind = "retired"
			case was.Retired && !c.Retired:
				d.Kind = "offered"
			case was.Name != c.Name:
				d.Kind = "renamed"
			default:
				continue
			}
			all = append(all, d)
		}
		for _, c := range l.before {
			if _, still := find(l.then, c.Code); !still {
				all = append(all, Difference{List: l.name, Code: c.Code, Kind: "removed", Before: c.Name})
			}
		}
	}
	single := func(path, before, after string) {
		if before != after {
			all = append(all, Difference{List: path, Kind: "changed", Before: before, After: after})
		}
	}
	single("cityName", r.CityName, next.CityName)
	single("authorityName", r.AuthorityName, next.AuthorityName)
	single("rules.objectionDecideWorkingDays", fmt.Sprint(r.Rules.ObjectionDecideWorkingDays), fmt.Sprint(next.Rules.ObjectionDecideWorkingDays))
	single("rules.objectionAnswerWorkingDays", fmt.Sprint(r.Rules.ObjectionAnswerWorkingDays), fmt.Sprint(next.Rules.ObjectionAnswerWorkingDays))
	for _, l := range []struct {
		path         string
		before, then []string
	}{{"calendar.holidays", r.Calendar.Holidays, next.Calendar.Holidays}, {"calendar.workdays", r.Calendar.Workdays, next.Calendar.Workdays}} {
		for _, d := range l.then {
			if !slices.Contains(l.before, d) {
				all = append(all, Difference{List: l.path, Kind: "added", After: d})
			}
		}
		for _, d := range l.before {
			if !slices.Contains(l.then, d) {
				all = append(all, Difference{List: l.path, Kind: "removed", Before: d})
			}
		}
	}
	return all
}

// back is an earlier version made anew: what came since stays understood, but is no longer offered.
func (r *Reference) back(to Reference) Reference {
	for _, l := range []struct {
		now  []Choice
		then *[]Choice
	}{{r.Districts, &to.Districts}, {r.Chains, &to.Chains}, {r.TitleKinds, &to.TitleKinds}} {
		*l.then = slices.Clone(*l.then)
		for _, c := range l.now {
			if _, known := find(*l.then, c.Code); !known {
				c.Retired = true
				*l.then = append(*l.then, c)
			}
		}
	}
	return to
}

// PutReference puts the city's data into force as given, with the reason. What was in force is kept first, so that no version is lost
// between the two writes. Names are in the search index, so every organisation is marked to be projected again. Errors: Invalid,
// Conflict "reference.code_removed", Stale.
func (s *Service) PutReference(ctx context.Context, next Reference, reason string) (docstore.Doc[Reference], error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	return s.replaceCity(ctx, rev, reason, func(Reference) Reference { return next })
}

// UndoReference puts an earlier version into force again, as a new one. Errors: NotFound; those of PutReference.
func (s *Service) UndoReference(ctx context.Context, number int64, reason string) (docstore.Doc[Reference], error) {
	past, err := s.pastCity.Get(ctx, pastID(number))
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	now, err := s.city(ctx)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	return s.replaceCity(ctx, now.Rev, reason, func(current Reference) Reference { return current.back(past.Body.Reference) })
}

func (s *Service) replaceCity(ctx context.Context, rev int64, reason string, with func(Reference) Reference) (docstore.Doc[Reference], error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return docstore.Doc[Reference]{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	before, err := s.city(ctx)
	if err != nil {
		return before, err
	}
	next := with(before.Body).complete()
	if err := next.valid(); err != nil {
		return before, err
	}
	if before.Rev == rev {
		_, err := s.pastCity.Insert(ctx, pastID(before.Rev), PastReference{Number: before.Rev, Reference: before.Body})
		if err != nil && fault.KindOf(err) != fault.Duplicate {
			return before, err
		}
	}
	doc, err := s.reference.Update(ctx, cityDoc, func(tx *docstore.Tx[Reference]) error {
		if err := tx.Body.succeed(next); err != nil {
			return err
		}
		next.Change = &Change{At: docstore.MillisOf(tx.Now), UserID: by.UserID, Name: by.Name, Reason: reason}
		*tx.Body = next
		return nil
	}, docstore.IfRev(rev))
	if err != nil {
		return doc, err
	}
	return doc, s.orgs.Each(ctx, docstore.Query{Index: "byState", Equal: []any{Verified}}, func(o OrgDoc) error {
		return s.orgs.MarkDirty(ctx, o.ID)
	})
}

func pastID(number int64) string { return fmt.Sprintf("%09d", number) }

// PreviewReference says what would change and how many organisations have what it is about, and changes nothing. Errors: as PutReference.
func (s *Service) PreviewReference(ctx context.Context, next Reference) ([]Difference, error) {
	now, err := s.city(ctx)
	if err != nil {
		return nil, err
	}
	next = next.complete()
	if err := next.valid(); err != nil {
		return nil, err
	}
	if err := now.Body.succeed(next); err != nil {
		return nil, err
	}
	all := now.Body.differences(&next)
	err = s.orgs.Each(ctx, docstore.Query{Index: "byTime"}, func(o OrgDoc) error {
		p := &o.Body.Profile
		for i := range all {
			d := &all[i]
			has := false
			switch d.List {
			case "districts":
				has = p.District == d.Code
			case "chains":
				has = slices.Contains(p.Chains, d.Code)
			case "titleKinds":
				has = slices.ContainsFunc(o.Body.Titles, func(t Title) bool { return t.Kind == d.Code })
			}
			if has {
				d.Organisations++
			}
		}
		return nil
	})
	return all, err
}

// Version is one version of the city's data and what it changed.
type Version struct {
	Number  int64
	Change  *Change // nil for what the city began with
	Current bool
	Changes []Difference
}

// ListReferenceVersions is every version there was, newest first.
func (s *Service) ListReferenceVersions(ctx context.Context) ([]Version, error) {
	now, err := s.city(ctx)
	if err != nil {
		return nil, err
	}
	var past []PastReference
	if err := s.pastCity.Each(ctx, docstore.Query{}, func(d docstore.Doc[PastReference]) error {
		if d.Body.Number < now.Rev { // one kept for a change that then failed is the current one still
			past = append(past, d.Body)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	all := append(past, PastReference{Number: now.Rev, Reference: now.Body})
	versions := make([]Version, len(all))
	for i := range all {
		v := Version{Number: all[i].Number, Change: all[i].Reference.Change, Current: i == len(all)-1, Changes: []Difference{}}
		if i > 0 {
			v.Changes = all[i-1].Reference.differences(&all[i].Reference)
		}
		versions[len(all)-1-i] = v
	}
	return versions, nil
}
