package provider

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// This file is the read model of the pool's figures: what a dashboard asks is counted when a membership changes, not when somebody looks.
//
// A change of a membership marks it to be counted in the same write (Tasks.Count); the follow-up, which a crash cannot lose, puts its line
// into one of a fixed number of sheets, which holds the lines and their sums together: so a line put twice, late or out of order changes
// nothing, and the sums are always those of the lines. Recount makes the sheets anew from the memberships.

// line is what one membership adds to the figures.
type line struct {
	Rev        int64        `json:"rev"` // of the membership when it was counted; an older one never replaces a newer
	District   string       `json:"district"`
	State      State        `json:"state"`
	Categories []string     `json:"categories,omitempty"`
	Offers     int64        `json:"offers,omitempty"`
	Watched    bool         `json:"watched,omitempty"`
	Reviewed   bool         `json:"reviewed,omitempty"` // its initial review was decided
	InTime     bool         `json:"inTime,omitempty"`   // by the day that was promised
	Due        when.Instant `json:"due,omitempty"`      // of the review that is under way
}

// line is what the membership adds to the figures; false for a draft nobody handed in, which is not the authority's to see.
func (m *Membership) line(rev int64) (line, bool) {
	if m.SubmittedAt == 0 {
		return line{}, false
	}
	l := line{Rev: rev, District: m.Jurisdiction, State: m.State, Categories: m.Application.Categories, Offers: int64(len(m.Offers)), Watched: m.Watch != nil}
	if slices.Contains([]State{Submitted, InitialReview, ExpertReview}, m.State) {
		l.Due = m.ReviewDue
	}
	if decided, ok := m.firstReview(); ok {
		l.Reviewed, l.InTime = true, decided <= m.FirstDue
	}
	return l, true
}

// firstReview is when the initial review of what was last handed in was decided; false while it is not.
func (m *Membership) firstReview() (when.Instant, bool) {
	for _, step := range m.History {
		if step.At >= m.SubmittedAt && slices.Contains([]Action{PassInitial, ReturnAdmission, RejectAdmission}, step.Action) {
			return step.At, true
		}
	}
	return 0, false
}

// late reports whether its review's clock has run out.
func (l line) late(now when.Instant) bool { return l.Due != 0 && l.Due < now }

// tally is a number of lines added up. Offerings and Categories are of admitted providers.
type tally struct {
	States     map[State]int64  `json:"states,omitempty"`
	Categories map[string]int64 `json:"categories,omitempty"`
	Watched    int64            `json:"watched,omitempty"`
	Reviewed   int64            `json:"reviewed,omitempty"`
	InTime     int64            `json:"inTime,omitempty"`
	Offerings  int64            `json:"offerings,omitempty"`
}

// add counts a line n times: 1 puts it in, -1 takes it out.
func (t *tally) add(l line, n int64) {
	t.ready()
	count := func(to *int64, when bool) {
		if when {
			*to += n
		}
	}
	t.States[l.State] += n
	count(&t.Watched, l.Watched)
	count(&t.Reviewed, l.Reviewed)
	count(&t.InTime, l.InTime)
	if l.State == Admitted {
		t.Offerings += n * l.Offers
		for _, c := range l.Categories {
			t.Categories[c] += n
		}
	}
}

// ready makes the maps, which are not stored when they are empty.
func (t *tally) ready() {
	if t.States == nil {
		t.States = map[State]int64{}
	}
	if t.Categories == nil {
		t.Categories = map[string]int64{}
	}
}

// plus adds another tally.
func (t *tally) plus(o tally) {
	t.ready()
	for key, n := range o.States {
		t.States[key] += n
	}
	for key, n := range o.Categories {
		t.Categories[key] += n
	}
	t.Watched, t.Reviewed, t.InTime, t.Offerings = t.Watched+o.Watched, t.Reviewed+o.Reviewed, t.InTime+o.InTime, t.Offerings+o.Offerings
}

// tallySheet is a share of the pool's lines, by organisation, and their sums by district.
type tallySheet struct {
	Version int              `json:"version"`
	Lines   map[string]line  `json:"lines"`
	Sums    map[string]tally `json:"sums"`
}

// tallyVersion rises when a line comes to hold something else: sheets of an older version are made anew at the start.
const tallyVersion = 1

// tallyBegun is the version of a sheet that lines were put into before it was made of all of them.
const tallyBegun = -tallyVersion

// tallySheets is how many sheets there are: enough that a pool of ten thousand fits their documents.
const tallySheets = 16

func sheetOf(orgID string) string {
	sum := sha256.Sum256([]byte(orgID))
	return sheetID(int(sum[0]) % tallySheets)
}

func sheetID(n int) string { return fmt.Sprintf("%02d", n) }

// put takes a line over, unless it has a newer one.
func (t *tallySheet) put(orgID string, l line) {
	if t.Version != tallyVersion && t.Version != tallyBegun {
		*t = tallySheet{Version: tallyBegun}
	}
	if t.Lines == nil {
		t.Lines, t.Sums = map[string]line{}, map[string]tally{}
	}
	old, had := t.Lines[orgID]
	if had && old.Rev >= l.Rev {
		return
	}
	if had {
		t.sum(old, -1)
	}
	t.Lines[orgID] = l
	t.sum(l, 1)
}

func (t *tallySheet) sum(l line, n int64) {
	of := t.Sums[l.District]
	of.add(l, n)
	t.Sums[l.District] = of
}

// renew takes lines over and makes the sums anew from all lines.
func (t *tallySheet) renew(lines map[string]line) {
	if t.Version != tallyVersion && t.Version != tallyBegun { // its lines mean something else
		t.Lines = nil
	}
	for id, l := range t.Lines {
		if newer, ok := lines[id]; !ok || newer.Rev < l.Rev { // it changed while the memberships were read
			lines[id] = l
		}
	}
	t.Version, t.Lines, t.Sums = tallyVersion, lines, map[string]tally{}
	for _, l := range lines {
		t.sum(l, 1)
	}
}

// count brings the figures up to date with a membership. It may be repeated.
func (s *Service) count(ctx context.Context, doc docstore.Doc[Membership]) error {
	l, counts := doc.Body.line(doc.Rev)
	if !counts {
		return nil
	}
	return s.changeSheet(ctx, sheetOf(doc.ID), func(t *tallySheet) { t.put(doc.ID, l) })
}

func (s *Service) changeSheet(ctx context.Context, id string, change func(*tallySheet)) error {
	_, err := s.tallies.Upsert(ctx, id, func(t *tallySheet) error {
		change(t)
		return nil
	})
	return err
}

// Recount makes the figures of the pool anew from the memberships and says how many it counted. Changes meanwhile are not lost.
func (s *Service) Recount(ctx context.Context) (int64, error) {
	ctx = docstore.Unwitnessed(ctx)
	shares := map[string]map[string]line{}
	for n := range tallySheets {
		shares[sheetID(n)] = map[string]line{}
	}
	var all int64
	if err := s.members.Each(ctx, docstore.Query{Index: "changed", Limit: docstore.MaxLimit}, func(doc docstore.Doc[Membership]) error {
		if l, counts := doc.Body.line(doc.Rev); counts {
			shares[sheetOf(doc.ID)][doc.ID] = l
			all++
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for id, lines := range shares {
		if err := s.changeSheet(ctx, id, func(t *tallySheet) { t.renew(maps.Clone(lines)) }); err != nil {
			return 0, err
		}
	}
	return all, nil
}

// keepTallies makes the figures when there are none, or only those of an older program.
func (s *Service) keepTallies(ctx context.Context) error {
	good := 0
	if err := s.tallies.Each(ctx, docstore.Query{}, func(doc docstore.Doc[tallySheet]) error {
		if doc.Body.Version == tallyVersion {
			good++
		}
		return nil
	}); err != nil {
		return err
	}
	if good == tallySheets {
		return nil
	}
	_, err := s.Recount(ctx)
	return err
}

// eachSheet calls fn for every sheet.
func (s *Service) eachSheet(ctx context.Context, fn func(*tallySheet)) error {
	return s.tallies.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[tallySheet]) error {
		fn(&doc.Body)
		return nil
	})
}
