package demand

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is changing a published demand: each change is a version that stays, shown field by field to everybody who may read the
// demand, told to all who follow it, and, when it is one of substance, giving bidders more time.

// Change is one version of a published demand, a document of its own, id "<demand>:<round>:<number>". The first version, as it was
// published, is number 1; the first change is number 2.
type Change struct {
	DemandID string        `json:"demandId"`
	Round    int           `json:"round"`
	Number   int           `json:"number"`
	UserID   string        `json:"userId"`
	At       when.Instant  `json:"at"`
	Reason   string        `json:"reason"`
	Fields   []FieldChange `json:"fields,omitempty"`
	// Substance says that bidders have to look at their bid again.
	Substance bool         `json:"substance"`
	Before    Terms        `json:"before"`
	After     Terms        `json:"after"`
	Was       when.Instant `json:"was"` // the deadline before and after
	Deadline  when.Instant `json:"deadline"`
	Telling   Telling      `json:"telling"`
}

// FieldChange is one field before and after: a text, a number, or one entry a line.
type FieldChange struct {
	Path      string   `json:"path"`
	Before    []string `json:"before,omitempty"`
	After     []string `json:"after,omitempty"`
	Substance bool     `json:"substance"`
}

// The actions of changing, named as their operations.
const (
	ChangeDemand     Action = "changeDemand"
	ConfirmBidChange Action = "confirmBidChange"
)

// maxChanges of one demand in one round; what needs more should be ended and published anew.
const maxChanges = 20

// weight says what the change of a field means.
type weight int

const (
	minor     weight = iota // a better wording, another contact
	substance               // what bidders calculated with
	fixed                   // what bidders rely on; not changed once published
)

// termField is one field of the terms as changes see it.
type termField struct {
	path   string
	weight weight
	lines  func(t *Terms) []string
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func count(n int64) []string {
	if n == 0 {
		return nil
	}
	return []string{strconv.FormatInt(n, 10)}
}

func yes(b bool) []string { return []string{strconv.FormatBool(b)} }

// termFields are all fields of the terms, in the order of the page. A test holds that none is missing.
var termFields = []termField{
	{"title", minor, func(t *Terms) []string { return one(t.Title) }},
	{"kind", fixed, func(t *Terms) []string { return one(string(t.Kind)) }},
	{"mode", fixed, func(t *Terms) []string { return one(string(t.Mode)) }},
	{"nationalCode", minor, func(t *Terms) []string { return one(t.NationalCode) }},
	{"industryCode", minor, func(t *Terms) []string { return one(t.IndustryCode) }},
	{"chain", minor, func(t *Terms) []string { return one(t.Chain) }},
	{"district", minor, func(t *Terms) []string { return one(t.District) }},
	{"brief", minor, func(t *Terms) []string { return one(t.Brief) }},
	{"background", minor, func(t *Terms) []string { return one(t.Background) }},
	{"difficulty", substance, func(t *Terms) []string { return one(t.Difficulty) }},
	{"content", substance, func(t *Terms) []string { return one(t.Content) }},
	{"targets", substance, func(t *Terms) []string { return t.Targets }},
	{"budgetFen", substance, func(t *Terms) []string { return count(t.BudgetFen) }},
	{"budgetNegotiable", substance, func(t *Terms) []string { return yes(t.BudgetNegotiable) }},
	{"timeLimitMonths", substance, func(t *Terms) []string { return count(int64(t.TimeLimitMonths)) }},
	{"requiredTrl", substance, func(t *Terms) []string { return count(int64(t.RequiredTRL)) }},
	{"cooperationWays", substance, func(t *Terms) []string { return t.CooperationWays }},
	{"ipTerms", substance, func(t *Terms) []string { return one(t.IPTerms) }},
	{"bidConditions", substance, func(t *Terms) []string { return one(t.BidConditions) }},
	{"unit", substance, func(t *Terms) []string { return one(t.Unit) }},
	{"quantity", substance, func(t *Terms) []string { return count(t.Quantity) }},
	{"payment.days", substance, func(t *Terms) []string { return count(int64(t.Payment.Days)) }},
	{"payment.backToBack", substance, func(t *Terms) []string { return yes(t.Payment.BackToBack) }},
	{"payment.note", substance, func(t *Terms) []string { return one(t.Payment.Note) }},
	{"trialDays", substance, func(t *Terms) []string { return count(int64(t.TrialDays)) }},
	{"serviceCategory", substance, func(t *Terms) []string { return one(t.ServiceCategory) }},
	{"contact.name", minor, func(t *Terms) []string { return one(t.Contact.Name) }},
	{"contact.phone", minor, func(t *Terms) []string { return one(t.Contact.Phone) }},
	{"contact.email", minor, func(t *Terms) []string { return one(t.Contact.Email) }},
	{"criteria", fixed, func(t *Terms) []string {
		var all []string
		for _, c := range t.Criteria {
			all = append(all, fmt.Sprintf("%s %s %d %s", c.Key, c.Name, c.Weight, c.Guide))
		}
		return all
	}},
	{"maxWinners", fixed, func(t *Terms) []string { return count(int64(t.MaxWinners)) }},
	{"sealed", fixed, func(t *Terms) []string { return yes(t.sealed()) }},
	{"demandPublic", fixed, func(t *Terms) []string { return yes(t.Public) }},
	{"issuerPublic", fixed, func(t *Terms) []string { return yes(t.IssuerPublic) }},
	{"audienceOrgIds", minor, func(t *Terms) []string { return t.Audience }},
	{"audienceRule.tiers", minor, func(t *Terms) []string { return t.AudienceRule.Tiers }},
	{"audienceRule.chains", minor, func(t *Terms) []string { return t.AudienceRule.Chains }},
	{"audienceRule.districts", minor, func(t *Terms) []string { return t.AudienceRule.Districts }},
	{"audienceRule.words", minor, func(t *Terms) []string { return t.AudienceRule.Words }},
}

// differences are the fields in which two terms differ.
func differences(before, after *Terms) (changed []FieldChange, refused []fault.Field) {
	for _, f := range termFields {
		was, is := f.lines(before), f.lines(after)
		if slices.Equal(was, is) {
			continue
		}
		if f.weight == fixed || f.path == "audienceOrgIds" && !before.targeted() { // whom a directed demand invited stays
			refused = append(refused, fault.Field{Path: f.path, Code: "fixed_once_published"})
			continue
		}
		changed = append(changed, FieldChange{Path: f.path, Before: was, After: is, Substance: f.weight == substance})
	}
	return changed, refused
}

// laterBy adds whole working days to a deadline and keeps its time of day.
func laterBy(c when.Calendar, deadline time.Time, days int) time.Time {
	local := deadline.In(when.China)
	day := c.After(deadline, days).Add(-time.Second).In(when.China) // After ends at 24:00 of the day
	return time.Date(day.Year(), day.Month(), day.Day(), local.Hour(), local.Minute(), local.Second(), 0, when.China).UTC()
}

// Change puts new terms in the place of a published demand's, or a later deadline, or both. Kind, mode, criteria and what else
// bidders rely on stay; an audience only widens (see Widen). A change of substance moves the deadline by the settings' working days; no change shortens it. After the deadline
// nothing is changed any more.
func (d *Demand) Change(by By, now time.Time, t Terms, deadline time.Time, reason string, s Settings) (Change, error) {
	if err := d.review(ChangeDemand, by, reason); err != nil {
		return Change{}, err
	}
	if err := d.Accepting(now); err != nil {
		return Change{}, err
	}
	switch {
	case d.Changes >= maxChanges:
		return Change{}, fault.Newf(fault.Conflict, "demand.changed_too_often", "a published demand is changed at most %d times", maxChanges)
	case d.Changing != nil:
		return Change{}, fault.New(fault.Conflict, "demand.change_under_way", "the change before is still being recorded")
	}
	after := *d
	if len(t.Criteria) == 0 {
		t.Criteria = d.Terms.Criteria
	}
	// What the author writes for itself is no part of what was published.
	t.MaxWinners, t.Sealed = d.Terms.MaxWinners, d.Terms.Sealed
	t.ItemNumber, t.ListName, t.ListID, t.Catalogue, t.PlannedDeadline = d.Terms.ItemNumber, d.Terms.ListName, d.Terms.ListID, d.Terms.Catalogue, d.Terms.PlannedDeadline
	t.AchievementID, t.Achievement = d.Terms.AchievementID, d.Terms.Achievement
	if len(t.Audience) == 0 {
		t.Audience = d.Terms.Audience
	}
	if !t.AudienceRule.asks() {
		t.AudienceRule = d.Terms.AudienceRule
	}
	if err := after.setTerms(t); err != nil {
		return Change{}, err
	}
	fields, refused := differences(&d.Terms, &after.Terms)
	if len(refused) > 0 {
		return Change{}, fault.Bad(refused...)
	}
	if problems := after.Problems(s); len(problems) > 0 {
		return Change{}, fault.Bad(problems...)
	}
	c := Change{Round: d.Round, Number: d.Changes + 2, UserID: by.UserID, At: when.At(now), Reason: reason, Fields: fields, Before: d.Terms, After: after.Terms,
		Was: d.Deadline, Deadline: d.Deadline, Substance: slices.ContainsFunc(fields, func(f FieldChange) bool { return f.Substance })}
	wanted := when.At(deadline.Truncate(time.Second))
	switch {
	case wanted != 0 && d.Deadline == 0:
		return Change{}, fault.Bad(fault.Field{Path: "deadline", Code: "not_possible", Detail: "a demand without a deadline ends with endBidding"})
	case wanted != 0 && wanted < d.Deadline:
		return Change{}, fault.Bad(fault.Field{Path: "deadline", Code: "too_soon", Detail: "a deadline is never shortened"})
	case deadline.After(now.AddDate(2, 0, 0)):
		return Change{}, fault.Bad(fault.Field{Path: "deadline", Code: "too_late", Detail: "at most two years from now"})
	}
	if d.Deadline != 0 {
		if c.Substance {
			c.Deadline = when.At(laterBy(s.Calendar, d.Deadline.Time(), s.ChangeWorkingDays))
		}
		c.Deadline = max(c.Deadline, wanted)
	}
	if len(fields) == 0 && c.Deadline == d.Deadline {
		return Change{}, fault.New(fault.Conflict, "demand.nothing_changed", "nothing would change")
	}
	d.Terms, d.Deadline = after.Terms, c.Deadline
	d.Changes++
	if c.Substance {
		d.SubstanceAt = d.Changes
	}
	if at := d.Deadline.Time().Add(-remindBefore); d.Deadline != c.Was && at.After(now) {
		d.RemindAt = when.At(at)
	}
	d.Changing, d.Tasks.Change, d.Tasks.NextAt = &c, true, 0
	d.record(ChangeDemand, by, now, Published, reason)
	return c, nil
}

// Unconfirmed reports whether a submitted bid has not been looked at since the demand changed in substance. It is in all the same; the
// issuer sees that its bidder did not say whether it still stands.
func (b *Bid) Unconfirmed(d *Demand) bool {
	return b.State == BidSubmitted && b.SeenChanges < d.SubstanceAt
}

// ConfirmChange says that a submitted bid stands under the changed demand; a bidder who wants it otherwise edits or withdraws it.
func (b *Bid) ConfirmChange(by By, now time.Time, d *Demand) error {
	if err := b.may(ConfirmBidChange, by.Role); err != nil {
		return err
	}
	if err := d.Accepting(now); err != nil {
		return err
	}
	if b.SeenChanges < d.Changes {
		b.SeenChanges = d.Changes
		b.record(ConfirmBidChange, by, now, BidSubmitted, "")
	}
	return nil
}

func (c *Change) about() (string, *Telling) { return c.DemandID, &c.Telling }

func (c *Change) message(d *Demand) (string, message) {
	m := about(c.DemandID, d, changesOn(c.DemandID)).with("reason", c.Reason).with("substance", c.Substance)
	if c.Deadline != c.Was {
		m.with("deadline", at(c.Deadline))
	}
	return demandChanged, m
}

func changeID(demandID string, round, number int) string {
	return fmt.Sprintf("%s:%d:%03d", demandID, round, number)
}

// ChangeDemand changes a published demand. Its version is recorded and told as a follow-up of the demand's own write.
func (s *Service) ChangeDemand(ctx context.Context, id string, in api.ChangeInput) (api.Demand, error) {
	if _, err := s.mustStand(ctx, access.From(ctx).OrgID); err != nil {
		return api.Demand{}, err
	}
	terms, settings, err := s.changed(ctx, in)
	if err != nil {
		return api.Demand{}, err
	}
	reach, err := s.widened(ctx, id, terms)
	if err != nil {
		return api.Demand{}, err
	}
	v, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		c, err := tx.Body.Change(by, tx.Now, asPublished(terms, in, tx.Body), in.Deadline, in.Reason, settings)
		if err == nil && slices.ContainsFunc(c.Fields, FieldChange.private) {
			err = tx.Body.Widen(reach)
		}
		return err
	})
	if err == nil {
		s.tryTasks(ctx, id)
	}
	return v, err
}

// widened is the audience of a published demand under new terms; nil where they leave it as it is.
func (s *Service) widened(ctx context.Context, id string, t Terms) (*Reach, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	d := doc.Body
	if err := d.may(ChangeDemand, role(a, &d)); err != nil || !d.Terms.targeted() {
		return nil, err
	}
	after := d.Terms
	if len(t.Audience) > 0 {
		after.Audience = t.Audience
	}
	if t.AudienceRule.asks() {
		after.AudienceRule = t.AudienceRule
	}
	if fields, _ := differences(&d.Terms, &after); len(fields) == 0 {
		return nil, nil
	}
	return s.reach(ctx, id, &d, &after)
}

// private reports whether the field says whom the demand is for, which its issuer and the operator alone may read.
func (f FieldChange) private() bool { return strings.HasPrefix(f.Path, "audience") }

// PreviewDemandChange shows what a change would be, and changes nothing.
func (s *Service) PreviewDemandChange(ctx context.Context, id string, in api.ChangeInput) (api.DemandChange, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.DemandChange{}, err
	}
	terms, settings, err := s.changed(ctx, in)
	if err != nil {
		return api.DemandChange{}, err
	}
	d := doc.Body
	d.History = slices.Clone(d.History)
	c, err := d.Change(by(a, &d), s.now(), asPublished(terms, in, &d), in.Deadline, in.Reason, settings)
	if err != nil {
		return api.DemandChange{}, err
	}
	return changeView(&c), nil
}

func (s *Service) changed(ctx context.Context, in api.ChangeInput) (Terms, Settings, error) {
	terms := termsOf(in.Terms)
	if err := s.choose(ctx, &terms); err != nil {
		return terms, Settings{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	return terms, settings, err
}

// asPublished leaves out of a change what its request does not mention and nobody may change anyhow.
func asPublished(t Terms, in api.ChangeInput, d *Demand) Terms {
	if in.Terms.DemandPublic == nil {
		t.Public = d.Terms.Public
	}
	if in.Terms.IssuerPublic == nil {
		t.IssuerPublic = d.Terms.IssuerPublic
	}
	return t
}

// recordChange is the follow-up of a change: its version becomes a document, and all who follow the demand are told.
func (s *Service) recordChange(ctx context.Context, id string, d *Demand) error {
	if d.Changing == nil {
		return s.done(ctx, id, func(t *Tasks) { t.Change = false })
	}
	c := *d.Changing
	c.DemandID = id
	if c.Deadline != c.Was || slices.ContainsFunc(c.Fields, func(f FieldChange) bool { return !f.private() }) {
		c.Telling.begin(s.now()) // that others may read it too is no news to those who do
	}
	version := changeID(id, c.Round, c.Number)
	if _, err := s.changes.Insert(ctx, version, c); err != nil && fault.KindOf(err) != fault.Duplicate {
		return err
	}
	if _, err := s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		if now := tx.Body.Changing; now == nil || now.Number != c.Number { // another replica was first
			return nil
		}
		tx.Body.Changing = nil
		tx.Body.Done(func(t *Tasks) { t.Change = false })
		return nil
	}); err != nil {
		return err
	}
	return tell(ctx, s, s.changes, version)
}

// ListDemandChanges are the versions since publishing, newest first, for whoever may read the demand.
func (s *Service) ListDemandChanges(ctx context.Context, id string, limit int, cursor string) (api.ChangePage, error) {
	page := api.ChangePage{Items: []api.DemandChange{}}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return page, err
	}
	found, err := s.changes.Find(ctx, docstore.Query{Index: "demand", Equal: []any{id}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	stranger := role(a, &doc.Body) == Stranger
	hidden := stranger && (!a.Verified || !doc.Body.Terms.IssuerPublic)
	for _, c := range found.Items {
		if stranger {
			c.Body.Fields = slices.DeleteFunc(slices.Clone(c.Body.Fields), FieldChange.private)
			if len(c.Body.Fields) == 0 && c.Body.Deadline == c.Body.Was {
				continue
			}
		}
		v := changeView(&c.Body)
		if a.OrgID != doc.Body.IssuerID { // whom to call stands in the demand as it is read, where the look is noted
			v.Fields = slices.DeleteFunc(v.Fields, func(f api.FieldChange) bool {
				return f.Path == "contact.phone" || f.Path == "contact.email" || hidden && f.Path == "contact.name"
			})
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// ConfirmBidChange says that the caller's bid stands under the changed demand.
func (s *Service) ConfirmBidChange(ctx context.Context, bidID string) (api.Bid, error) {
	return s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error { return tx.Body.ConfirmChange(by, tx.Now, d) })
}

func changeView(c *Change) api.DemandChange {
	v := api.DemandChange{Number: c.Number, At: c.At.Time(), Reason: c.Reason, Substance: c.Substance, Fields: []api.FieldChange{}}
	if c.Deadline != c.Was {
		v.DeadlineBefore, v.DeadlineAfter = c.Was.Time(), c.Deadline.Time()
	}
	for _, f := range c.Fields {
		v.Fields = append(v.Fields, api.FieldChange{Path: f.Path, Before: f.Before, After: f.After, Substance: f.Substance})
	}
	return v
}
