package achievement

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is who looks at achievements, as a university may know it: counts by kind, district, tier and trade, never who. There is no log
// of readings. So that a firm counts once a year, a short salted mark of it is kept for the year; it cannot be turned back into the firm.

// Views counts the readings of one achievement, or of a whole university (id "org:" and the university's). Total counts readings; all else
// counts organisations, each once in the calendar year.
type Views struct {
	OrgID      string         `json:"orgId"` // the university; empty on the university's own count, for the store's index
	Total      int            `json:"total"`
	Year       int            `json:"year"`
	Salt       string         `json:"salt,omitempty"` // of the year; it goes with the year's marks
	Marks      []string       `json:"marks,omitempty"`
	Firms      int            `json:"firms"`
	ByKind     map[string]int `json:"byKind"`
	ByDistrict map[string]int `json:"byDistrict"`
	ByTier     map[string]int `json:"byTier"`
	BySector   map[string]int `json:"bySector"` // division of GB/T 4754, two digits
	ByMonth    map[string]int `json:"byMonth"`  // readings, "2026-11"
}

// Bounds of one count. Beyond maxMarks organisations a year a returning one may count again.
const (
	maxMonths = 36
	maxMarks  = 5000
)

// orgViews is the id of a university's own count.
func orgViews(orgID string) string { return "org:" + orgID }

// add counts one reading, by an organisation or, with none, by a visitor. salt is used when a year begins.
func (v *Views) add(reader Organisation, at time.Time, salt string) {
	for _, m := range []*map[string]int{&v.ByKind, &v.ByDistrict, &v.ByTier, &v.BySector, &v.ByMonth} {
		if *m == nil {
			*m = map[string]int{}
		}
	}
	if v.Year != at.Year() {
		v.Year, v.Salt, v.Marks, v.Firms = at.Year(), salt, nil, 0
		v.ByKind, v.ByDistrict, v.ByTier, v.BySector = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	}
	v.Total++
	v.ByMonth[at.Format("2006-01")]++
	for len(v.ByMonth) > maxMonths {
		oldest := ""
		for m := range v.ByMonth {
			if oldest == "" || m < oldest {
				oldest = m
			}
		}
		delete(v.ByMonth, oldest)
	}
	if reader.ID == "" {
		return
	}
	sum := sha256.Sum256([]byte(v.Salt + reader.ID))
	mark := hex.EncodeToString(sum[:5])
	if slices.Contains(v.Marks, mark) {
		return
	}
	if len(v.Marks) < maxMarks {
		v.Marks = append(v.Marks, mark)
	}
	v.Firms++
	kind := "other"
	if len(reader.Capacities) > 0 {
		kind = string(reader.Capacities[0])
	}
	v.ByKind[kind]++
	for m, key := range map[*map[string]int]string{&v.ByDistrict: reader.District, &v.ByTier: reader.Tier, &v.BySector: sector(reader.Industry)} {
		if key != "" {
			(*m)[key]++
		}
	}
}

// sector is the division of a trade by GB/T 4754: "C3562" and "3562" are of 35.
func sector(industry string) string {
	digits := strings.TrimLeft(industry, "ABCDEFGHIJKLMNOPQRST")
	return digits[:min(len(digits), 2)]
}

// RecordAchievementView counts a reading of a public achievement; the university's own readings and the authority's do not count.
func (s *Service) RecordAchievementView(ctx context.Context, id string) error {
	doc, actor, err := s.visible(ctx, id)
	if err != nil || !doc.Body.Public() || actor.OrgID == doc.Body.OrgID || actor.Staff != "" {
		return err
	}
	reader := Organisation{}
	if actor.OrgID != "" {
		if reader, err = s.o.Organisations.Get(ctx, actor.OrgID); err != nil {
			return err
		}
	}
	if err := s.count(ctx, id, doc.Body.OrgID, reader); err != nil {
		return err
	}
	return s.count(ctx, orgViews(doc.Body.OrgID), "", reader)
}

func (s *Service) count(ctx context.Context, id, orgID string, reader Organisation) error {
	salt := rand.Text()
	add := func(tx *docstore.Tx[Views]) error {
		tx.Body.OrgID = orgID
		tx.Body.add(reader, tx.Now.In(when.China), salt)
		return nil
	}
	_, err := s.views.Update(ctx, id, add)
	if fault.KindOf(err) != fault.NotFound || err == nil {
		return err
	}
	if _, err := s.views.Insert(ctx, id, Views{OrgID: orgID}); err != nil && fault.KindOf(err) != fault.Duplicate {
		return err
	}
	_, err = s.views.Update(ctx, id, add)
	return err
}

// folded shows counts of organisations so that each figure stands for at least as many as the settings say. What is fewer is folded into
// one line without a name, and while that line is still too small the smallest shown one joins it, so that nothing can be worked out by
// taking the others from the sum. The largest come first, the folded line last.
func folded(counts map[string]int, least int) []api.ReaderGroup {
	shown, rest := []api.ReaderGroup{}, 0
	for key, n := range counts {
		if n < least {
			rest += n
		} else {
			shown = append(shown, api.ReaderGroup{Key: key, Count: n})
		}
	}
	slices.SortFunc(shown, func(a, b api.ReaderGroup) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Key, b.Key)) })
	for rest > 0 && rest < least && len(shown) > 0 {
		rest += shown[len(shown)-1].Count
		shown = shown[:len(shown)-1]
	}
	if rest >= least {
		shown = append(shown, api.ReaderGroup{Folded: true, Count: rest})
	}
	return shown
}

// readersView shows a count. With fewer organisations than the settings say it shows none, only that there are fewer.
func readersView(v *Views, now time.Time, least int) api.AchievementReaders {
	out := api.AchievementReaders{Readings: v.Total, Least: least, Kinds: []api.ReaderGroup{}, Districts: []api.ReaderGroup{}, Tiers: []api.ReaderGroup{}, Sectors: []api.ReaderGroup{}, Months: []api.ReaderMonth{}}
	for m, n := range v.ByMonth {
		out.Months = append(out.Months, api.ReaderMonth{Month: m, Readings: n})
	}
	slices.SortFunc(out.Months, func(a, b api.ReaderMonth) int { return strings.Compare(a.Month, b.Month) })
	out.Months = out.Months[max(0, len(out.Months)-12):]
	if v.Year != now.In(when.China).Year() {
		return out
	}
	if v.Firms < least {
		out.Few = v.Firms > 0
		return out
	}
	out.Firms = v.Firms
	out.Kinds, out.Districts, out.Tiers, out.Sectors = folded(v.ByKind, least), folded(v.ByDistrict, least), folded(v.ByTier, least), folded(v.BySector, least)
	return out
}

// GetAchievementReaders is who looked at one achievement this year; for its university.
func (s *Service) GetAchievementReaders(ctx context.Context, id string) (api.AchievementReaders, error) {
	doc, actor, err := s.visible(ctx, id)
	if err == nil && doc.Body.OrgID != actor.OrgID {
		err = fault.New(fault.Forbidden, "", "who looks is for the achievement's university")
	}
	if err != nil {
		return api.AchievementReaders{}, err
	}
	return s.readersOf(ctx, id)
}

func (s *Service) readersOf(ctx context.Context, id string) (api.AchievementReaders, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AchievementReaders{}, err
	}
	doc, err := s.views.Get(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return api.AchievementReaders{}, err
	}
	n, err := s.names(ctx)
	if err != nil {
		return api.AchievementReaders{}, err
	}
	out := readersView(&doc.Body, s.now(), cmp.Or(settings.LeastReaders, DefaultSettings().LeastReaders))
	for i := range out.Districts {
		out.Districts[i].Name = n.districts[out.Districts[i].Key]
	}
	return out, nil
}

// mostRead is how many achievements the workbench lists for their readings alone.
const mostRead = 50

// GetAchievementWorkbench is a university's own sight of its achievements: which are asked for, who looks, what came in.
func (s *Service) GetAchievementWorkbench(ctx context.Context) (api.AchievementWorkbench, error) {
	orgID := access.From(ctx).OrgID
	out := api.AchievementWorkbench{States: map[string]int{}, Items: []api.AchievementAsked{}, Income: []api.AchievementIncome{}}
	rows := map[string]*api.AchievementAsked{}
	row := func(id string) *api.AchievementAsked {
		if rows[id] == nil {
			rows[id] = &api.AchievementAsked{Id: id}
		}
		return rows[id]
	}
	months := map[string]*api.AchievementIncome{}
	month := func(m string) *api.AchievementIncome {
		if months[m] == nil {
			months[m] = &api.AchievementIncome{Month: m}
		}
		return months[m]
	}
	err := s.deals.Each(ctx, docstore.Query{Index: "seller", Equal: []any{orgID}}, func(doc docstore.Doc[Deal]) error {
		d := &doc.Body
		r := row(d.AchievementID)
		r.Interests++
		if d.State != Interest {
			r.Talks++
		}
		if slices.Contains(contracted, d.State) {
			r.Contracts++
			r.AmountFen += d.Contract.PriceFen
			out.AmountFen += d.Contract.PriceFen
		}
		for _, p := range d.Payments {
			if p.Confirmed {
				r.ReceivedFen += p.AmountFen
				out.ReceivedFen += p.AmountFen
				month(string(p.PaidOn[:min(len(p.PaidOn), 7)])).ReceivedFen += p.AmountFen
			}
		}
		for _, split := range d.Splits {
			out.SplitFen += split.AmountFen
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	read, err := s.views.Find(ctx, docstore.Query{Index: "org", Equal: []any{orgID}, Descending: true, Limit: mostRead})
	if err != nil {
		return out, err
	}
	for _, v := range read.Items {
		row(v.ID)
	}
	if err := s.nameAsked(ctx, rows, &out); err != nil {
		return out, err
	}
	for _, m := range months {
		out.Income = append(out.Income, *m)
	}
	slices.SortFunc(out.Income, func(a, b api.AchievementIncome) int { return strings.Compare(a.Month, b.Month) })
	for _, state := range append([]State{Draft, Submitted, Returned, Withdrawn}, publicStates...) {
		n, err := s.achievements.Count(ctx, docstore.Query{Index: "mineState", Equal: []any{orgID, state}})
		if err != nil {
			return out, err
		}
		if n > 0 {
			out.States[string(state)] = int(n)
		}
	}
	out.Readers, err = s.readersOf(ctx, orgViews(orgID))
	return out, err
}

// nameAsked fills the rows in and puts them in the order of what was asked for, then of what was read.
func (s *Service) nameAsked(ctx context.Context, rows map[string]*api.AchievementAsked, out *api.AchievementWorkbench) error {
	var ids []string
	for id := range rows {
		ids = append(ids, id)
	}
	docs, err := s.achievements.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	views, err := s.views.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, v := range views {
		rows[v.ID].Readings = v.Body.Total
	}
	for _, doc := range docs {
		r := rows[doc.ID]
		r.Name, r.State = doc.Body.Profile.Name, api.AchievementState(doc.Body.State)
		out.Items = append(out.Items, *r)
	}
	slices.SortFunc(out.Items, func(a, b api.AchievementAsked) int {
		return cmp.Or(b.Interests-a.Interests, b.Readings-a.Readings, strings.Compare(a.Id, b.Id))
	})
	return nil
}
