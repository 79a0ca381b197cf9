package account

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Change says who put the lists into force as they are, when and why.
type Change struct {
	At     docstore.Millis `json:"at"`
	UserID string          `json:"userId"`
	Name   string          `json:"name"`
	Reason string          `json:"reason"`
	// Planned is when it was to come into force, where that was planned; 0 when it came with the writing.
	Planned when.Instant `json:"planned,omitempty"`
}

// PlannedReference is the one version that comes into force on a day ahead, id planDoc. From is 0 when nothing is planned.
type PlannedReference struct {
	From      when.Instant `json:"from"`
	Reference Reference    `json:"reference"`
	By        By           `json:"by"`
	Reason    string       `json:"reason"`
	At        when.Instant `json:"at"` // written
}

const planDoc = "next"

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
	if r.IndustryDivisions == nil {
		r.IndustryDivisions = Standards.IndustryDivisions
	}
	if r.Reasons == nil {
		r.Reasons = Standards.Reasons
	}
	r.Rules = r.Rules.over(CityRules{})
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
	for _, c := range r.IndustryDivisions {
		if _, ok := find(Standards.IndustrySections, c.Parent); !ok || len(c.Code) != 2 || strings.Trim(c.Code, "0123456789") != "" {
			bad = append(bad, fault.Field{Path: "industryDivisions", Code: "bad_format", Detail: c.Code + ": two digits, below a section A to T"})
		}
	}
	for _, c := range r.Reasons {
		if !slices.Contains(reasonUses, c.Parent) {
			bad = append(bad, fault.Field{Path: "reasons", Code: "not_a_choice", Detail: c.Code + " is for no decision: " + c.Parent})
		}
	}
	bad = append(bad, r.Rules.problems()...)
	if len(bad) > 0 {
		return fault.Bad(bad...)
	}
	return nil
}

// Difference is one thing that two versions of the city's data say differently. Organisations is how many have what it is about.
type Difference struct {
	List          string // one of lists, or the path of a single value
	Code          string
	Kind          string // added, renamed, retired, offered, removed, changed
	Before, After string
	Organisations int
}

// differences lists what next says differently.
func (r *Reference) differences(next *Reference) []Difference {
	all := []Difference{}
	lists, nexts := r.lists(), next.lists()
	for i, l := range lists {
		before, then := *l.of, *nexts[i].of
		for _, c := range then {
			was, known := find(before, c.Code)
			d := Difference{List: l.name, Code: c.Code, Before: was.Name, After: c.Name}
			switch {
			case !known:
				d.Kind = "added"
			case !was.Retired && c.Retired:
				d.Kind = "retired"
			case was.Retired && !c.Retired:
				d.Kind = "offered"
			case was.Name != c.Name || was.Parent != c.Parent:
				d.Kind = "renamed"
			default:
				continue
			}
			all = append(all, d)
		}
		for _, c := range before {
			if _, still := find(then, c.Code); !still {
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
	for _, rule := range cityRules {
		single("rules."+rule.name, strconv.Itoa(*rule.of(&r.Rules)), strconv.Itoa(*rule.of(&next.Rules)))
	}
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
	to = to.complete()
	lists := r.lists()
	for i, l := range to.lists() {
		*l.of = slices.Clone(*l.of)
		for _, c := range *lists[i].of {
			if _, known := find(*l.of, c.Code); !known {
				c.Retired = true
				*l.of = append(*l.of, c)
			}
		}
	}
	return to
}

// PutReference puts the city's data into force as given, with the reason. What was in force is kept first, so that no version is lost
// between the two writes. Names are in the search index, so every organisation is marked to be projected again. Errors: Invalid,
// Conflict "reference.code_removed", Stale.
//
// With a day ahead it is kept as the plan instead, and what is in force stays until then; while something is planned nothing else is changed,
// since the plan would undo it: Conflict "reference.planned".
func (s *Service) PutReference(ctx context.Context, next Reference, from when.Instant, reason string) (docstore.Doc[Reference], error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	if from > when.At(s.now()) {
		return s.planCity(ctx, rev, next, from, reason)
	}
	return s.replaceCity(ctx, rev, reason, func(Reference) Reference { return next })
}

func (s *Service) planCity(ctx context.Context, rev int64, next Reference, from when.Instant, reason string) (docstore.Doc[Reference], error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return docstore.Doc[Reference]{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	now, err := s.city(ctx)
	if err != nil {
		return now, err
	}
	if now.Rev != rev {
		return now, fault.New(fault.Stale, "", "the city's data was changed meanwhile")
	}
	next = next.complete()
	if err := next.valid(); err != nil {
		return now, err
	}
	if err := now.Body.succeed(next); err != nil {
		return now, err
	}
	plan := PlannedReference{From: from, Reference: next, By: by, Reason: reason, At: when.At(s.now())}
	_, err = s.plannedCity.Insert(ctx, planDoc, plan)
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.plannedCity.Update(ctx, planDoc, func(tx *docstore.Tx[PlannedReference]) error {
			if tx.Body.From != 0 {
				return errPlanned
			}
			*tx.Body = plan
			return nil
		})
	}
	return now, err
}

var errPlanned = fault.New(fault.Conflict, "reference.planned", "a change is planned already; withdraw it first")

// plan is what is planned; From is 0 when nothing is.
func (s *Service) plan(ctx context.Context) (PlannedReference, error) {
	doc, err := s.plannedCity.Get(ctx, planDoc)
	if fault.KindOf(err) == fault.NotFound {
		return PlannedReference{}, nil
	}
	return doc.Body, err
}

// WithdrawPlannedReference takes the plan back. Errors: NotFound when nothing is planned.
func (s *Service) WithdrawPlannedReference(ctx context.Context) error {
	if err := s.stillStands(ctx, access.From(ctx)); err != nil {
		return err
	}
	_, err := s.plannedCity.Update(ctx, planDoc, func(tx *docstore.Tx[PlannedReference]) error {
		if tx.Body.From == 0 {
			return fault.New(fault.NotFound, "", "nothing is planned")
		}
		tx.Body.From = 0
		return nil
	})
	return err
}

// enactingCity puts the plan into force when its time has come, once. It is a job.
func (s *Service) enactingCity(ctx context.Context) error {
	for {
		if err := s.enactCity(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the city's planned data is not in force yet", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func (s *Service) enactCity(ctx context.Context) error {
	plan, err := s.plan(ctx)
	if err != nil || plan.From == 0 || plan.From > when.At(s.now()) {
		return err
	}
	now, err := s.city(ctx)
	if err != nil {
		return err
	}
	if c := now.Body.Change; c == nil || c.Planned != plan.From { // else a crash came between the two writes
		_, err := s.putIntoForce(ctx, now.Rev, Change{At: docstore.MillisOf(s.now()), UserID: plan.By.UserID, Name: plan.By.Name, Reason: plan.Reason, Planned: plan.From},
			func(Reference) Reference { return plan.Reference })
		if err != nil {
			return err
		}
	}
	_, err = s.plannedCity.Update(ctx, planDoc, func(tx *docstore.Tx[PlannedReference]) error {
		if tx.Body.From == plan.From {
			tx.Body.From = 0
		}
		return nil
	})
	return err
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

// replaceCity puts the city's data into force at once, as the actor's.
func (s *Service) replaceCity(ctx context.Context, rev int64, reason string, with func(Reference) Reference) (docstore.Doc[Reference], error) {
	a := access.From(ctx)
	if err := s.stillStands(ctx, a); err != nil {
		return docstore.Doc[Reference]{}, err
	}
	by, err := s.by(ctx, a)
	if err != nil {
		return docstore.Doc[Reference]{}, err
	}
	if plan, err := s.plan(ctx); err != nil || plan.From != 0 {
		return docstore.Doc[Reference]{}, orElse(err, errPlanned)
	}
	return s.putIntoForce(ctx, rev, Change{At: docstore.MillisOf(s.now()), UserID: by.UserID, Name: by.Name, Reason: reason}, with)
}

func (s *Service) putIntoForce(ctx context.Context, rev int64, change Change, with func(Reference) Reference) (docstore.Doc[Reference], error) {
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
		present := tx.Body.complete()
		if err := present.succeed(next); err != nil {
			return err
		}
		next.Change = &change
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
			case "industryDivisions":
				has = strings.HasPrefix(strings.TrimLeft(p.Industry, "ABCDEFGHIJKLMNOPQRST"), d.Code)
			default:
				has = o.Body.touches(d.List, now.Body.Rules, next.Rules, s.now())
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
	Ahead   bool // planned: in force from Change.At on
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
			before, then := all[i-1].Reference.complete(), all[i].Reference.complete()
			v.Changes = before.differences(&then)
		}
		versions[len(all)-1-i] = v
	}
	plan, err := s.plan(ctx)
	if err == nil && plan.From != 0 {
		planned := Version{Number: now.Rev + 1, Ahead: true, Changes: now.Body.differences(&plan.Reference),
			Change: &Change{At: docstore.MillisOf(plan.From.Time()), UserID: plan.By.UserID, Name: plan.By.Name, Reason: plan.Reason}}
		versions = append([]Version{planned}, versions...)
	}
	return versions, err
}
