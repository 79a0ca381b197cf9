package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// This file is the watch list: the providers the office keeps an eye on. A rule, which is data, puts there who falls behind its own past,
// with the facts; the office adds and takes off with a reason; the provider reads both and can answer. Nothing follows from the list by
// itself: a suspension or removal is a decision of its own.

// WatchRule says who falls. Periods are whole calendar months before the present one: the latest Months are held against the PastMonths
// before them. Too few cases in either say nothing.
type WatchRule struct {
	Months           int `json:"months"`
	PastMonths       int `json:"pastMonths"`
	MinRatings       int `json:"minRatings"`       // in each period
	MinEnquiries     int `json:"minEnquiries"`     // in each period; for idleness, in the past one
	SatisfactionDrop int `json:"satisfactionDrop"` // hundredths of a mark, of 5
	InTimeDrop       int `json:"inTimeDrop"`       // percentage points of first answers within the clock
	RestMonths       int `json:"restMonths"`       // not picked again by the rule after the office took it off
}

// DefaultWatchRule is ours, to be confirmed by the city.
func DefaultWatchRule() WatchRule {
	return WatchRule{Months: 6, PastMonths: 12, MinRatings: 5, MinEnquiries: 8, SatisfactionDrop: 50, InTimeDrop: 20, RestMonths: 6}
}

// MonthFacts are a provider's dealings that began in a month, as the engagement service keeps them.
type MonthFacts struct {
	Month                     string // "2026-01"
	Enquiries, InTime, Missed int64  // first answers: within the clock; late or never. Those that still may come are neither
	Taken                     int64  // deliveries the client accepted, offline ones included
	Rated, Marks              int64  // ratings that count, and their marks added up, three of 1 to 5 each
}

// Part is one side of a comparison: Sum of Of over months from and to, both included.
type Part struct {
	From string `json:"from"`
	To   string `json:"to"`
	Sum  int64  `json:"sum"`
	Of   int64  `json:"of"`
}

// The kinds of fall.
const (
	FallSatisfaction = "satisfaction" // Sum marks of Of given
	FallInTime       = "in_time"      // Sum first answers within the clock of Of that were due
	FallIdle         = "idle"         // Sum dealings; Of is not used
)

// Fall is one finding of the rule: what it was, what it was before.
type Fall struct {
	Kind   string `json:"kind"`
	Recent Part   `json:"recent"`
	Past   Part   `json:"past"`
}

// Watch is a provider's entry on the list.
type Watch struct {
	Source      string       `json:"source"` // rule, office, review (of a self-report)
	Reason      string       `json:"reason,omitempty"`
	Since       when.Instant `json:"since"`
	Falls       []Fall       `json:"falls,omitempty"` // as the rule last found them
	LookedAt    when.Instant `json:"lookedAt,omitempty"`
	RecoveredAt when.Instant `json:"recoveredAt,omitempty"` // since when the rule finds nothing any more; taking off stays the office's
	Answer      string       `json:"answer,omitempty"`
	AnsweredAt  when.Instant `json:"answeredAt,omitempty"`
}

// window adds up the months from and to.
func window(all []MonthFacts, from, to string) MonthFacts {
	var sum MonthFacts
	for _, m := range all {
		if m.Month >= from && m.Month <= to {
			sum.Enquiries, sum.InTime, sum.Missed, sum.Taken = sum.Enquiries+m.Enquiries, sum.InTime+m.InTime, sum.Missed+m.Missed, sum.Taken+m.Taken
			sum.Rated, sum.Marks = sum.Rated+m.Rated, sum.Marks+m.Marks
		}
	}
	return sum
}

// month is the calendar month n months from an instant's, in China.
func month(at time.Time, n int) string {
	at = at.In(when.China)
	return time.Date(at.Year(), at.Month()+time.Month(n), 1, 0, 0, 0, 0, when.China).Format("2006-01")
}

// Falls holds a provider's latest months against its own past. admitted is when it came into the pool: who has not been there for both
// periods is not called idle.
func (r WatchRule) Falls(all []MonthFacts, admitted, now time.Time) []Fall {
	recentFrom, recentTo := month(now, -r.Months), month(now, -1)
	pastFrom, pastTo := month(now, -r.Months-r.PastMonths), month(now, -r.Months-1)
	recent, past := window(all, recentFrom, recentTo), window(all, pastFrom, pastTo)
	var falls []Fall
	add := func(kind string, sum, of, pastSum, pastOf int64) {
		falls = append(falls, Fall{kind, Part{recentFrom, recentTo, sum, of}, Part{pastFrom, pastTo, pastSum, pastOf}})
	}
	// Two means differ by d hundredths: a/b - c/d' compared without dividing.
	fell := func(sum, of, pastSum, pastOf, drop int64) bool { return 100*(pastSum*of-sum*pastOf) >= drop*of*pastOf }
	enough := int64(r.MinRatings)
	if recent.Rated >= enough && past.Rated >= enough && fell(recent.Marks, 3*recent.Rated, past.Marks, 3*past.Rated, int64(r.SatisfactionDrop)) {
		add(FallSatisfaction, recent.Marks, 3*recent.Rated, past.Marks, 3*past.Rated)
	}
	enough = int64(r.MinEnquiries)
	due, pastDue := recent.InTime+recent.Missed, past.InTime+past.Missed
	if due >= enough && pastDue >= enough && fell(recent.InTime, due, past.InTime, pastDue, int64(r.InTimeDrop)) {
		add(FallInTime, recent.InTime, due, past.InTime, pastDue)
	}
	present := window(all, month(now, 0), month(now, 0))
	busy := recent.Enquiries + recent.Taken + present.Enquiries + present.Taken
	if busy == 0 && past.Enquiries >= enough && !admitted.IsZero() && month(admitted, 0) < recentFrom {
		add(FallIdle, 0, 0, past.Enquiries, 0)
	}
	return falls
}

// words say a fall for a list or a workbook.
func (f Fall) words() string {
	switch f.Kind {
	case FallSatisfaction:
		return fmt.Sprintf("满意度 %.2f，此前 %.2f", float64(f.Recent.Sum)/float64(f.Recent.Of), float64(f.Past.Sum)/float64(f.Past.Of))
	case FallInTime:
		return fmt.Sprintf("首答按期率 %d%%，此前 %d%%", 100*f.Recent.Sum/f.Recent.Of, 100*f.Past.Sum/f.Past.Of)
	}
	return fmt.Sprintf("%s 至 %s 没有新的往来，此前 %d 件", f.Recent.From, f.Recent.To, f.Past.Sum)
}

// words are why a provider is on the list, in one line; "" for one that is not.
func (w *Watch) words() string {
	if w == nil {
		return ""
	}
	all := []string{}
	if w.Reason != "" {
		all = append(all, w.Reason)
	}
	for _, f := range w.Falls {
		all = append(all, f.words())
	}
	return strings.Join(all, "；")
}

// Watching puts a provider on the watch list with the office's reason.
func (m *Membership) Watching(by By, now time.Time, reason string) error {
	if err := m.may(WatchProvider, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.watch(now, "office", strings.TrimSpace(reason))
	m.record(WatchProvider, by, now, m.State, m.Watch.Reason)
	return nil
}

// watch makes or renames the entry; an answer to what was said before does not answer this.
func (m *Membership) watch(now time.Time, source, reason string) {
	entry := Watch{Source: source, Reason: reason, Since: when.At(now)}
	if m.Watch != nil {
		entry.Falls, entry.LookedAt = m.Watch.Falls, m.Watch.LookedAt
	}
	m.Watch, m.WatchRest = &entry, 0
}

// Unwatch takes a provider off the list, with the reason. The rule lets it rest for a while.
func (m *Membership) Unwatch(by By, now time.Time, reason string, r WatchRule) error {
	if err := m.may(UnwatchProvider, by.Role); err != nil {
		return err
	}
	if m.Watch == nil {
		return fault.New(fault.Conflict, "watch.none", "the provider is not on the watch list")
	}
	if err := needReason(reason); err != nil {
		return err
	}
	m.Watch, m.WatchRest = nil, when.At(now.AddDate(0, r.RestMonths, 0))
	m.record(UnwatchProvider, by, now, m.State, strings.TrimSpace(reason))
	return nil
}

// AnswerWatch is the provider's word on why it is watched; it may write it anew while it is.
func (m *Membership) AnswerWatch(by By, now time.Time, text string) error {
	if err := m.may(AnswerWatch, by.Role); err != nil {
		return err
	}
	if m.Watch == nil {
		return fault.New(fault.Conflict, "watch.none", "the provider is not on the watch list")
	}
	if err := needReason(text); err != nil {
		return err
	}
	m.Watch.Answer, m.Watch.AnsweredAt = strings.TrimSpace(text), when.At(now)
	m.record(AnswerWatch, by, now, m.State, "")
	return nil
}

// Looked takes over what the rule found: it picks a provider that falls, and keeps the facts of one that is watched up to date. It says
// whether the provider was picked. The same findings again change nothing.
func (m *Membership) Looked(now time.Time, falls []Fall) (picked bool) {
	switch {
	case m.State != Admitted:
		return false
	case m.Watch == nil && len(falls) > 0 && when.At(now) >= m.WatchRest:
		m.watch(now, "rule", "")
		m.Watch.Falls, m.Watch.LookedAt = falls, when.At(now)
		m.record(WatchProvider, By{Role: Clock}, now, m.State, m.Watch.words())
		return true
	case m.Watch == nil || slices.Equal(m.Watch.Falls, falls):
		return false
	case len(falls) == 0: // the facts stay: they are why
		if m.Watch.RecoveredAt == 0 && m.Watch.Source == "rule" {
			m.Watch.RecoveredAt, m.Watch.LookedAt = when.At(now), when.At(now)
		}
	default:
		m.Watch.Falls, m.Watch.LookedAt, m.Watch.RecoveredAt = falls, when.At(now), 0
	}
	return false
}

// Ledgers are providers' dealings by month: the engagement service's. Errors: Unavailable.
type Ledgers interface {
	Months(ctx context.Context, orgIDs []string, from, to string) (map[string][]MonthFacts, error)
	// Behind gives the dealings behind one number of them.
	Behind(ctx context.Context, orgID, measure, from, to string) ([]api.WatchRow, error)
}

// LookForFalling runs the rule over everybody in the pool. It may be repeated.
func (s *Service) LookForFalling(ctx context.Context) (out api.WatchLook, err error) {
	ctx = docstore.Unwitnessed(ctx)
	now := s.now()
	settings, err := s.inForce(ctx, now)
	if err != nil {
		return out, err
	}
	rule := settings.Watch
	admitted, ids := map[string]time.Time{}, []string{}
	if err := s.inPoolNow(ctx, func(doc docstore.Doc[Membership]) error {
		admitted[doc.ID], ids = doc.Body.AdmittedAt.Time(), append(ids, doc.ID)
		return nil
	}); err != nil {
		return out, err
	}
	facts, err := s.o.Ledgers.Months(ctx, ids, month(now, -rule.Months-rule.PastMonths), month(now, 0))
	if err != nil {
		return out, err
	}
	for _, id := range ids {
		falls, picked := rule.Falls(facts[id], admitted[id], now), false
		_, err := s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
			if picked = tx.Body.Looked(tx.Now, falls); picked {
				return tx.Emit(providerWatched, about(tx.Body, admissionPage, toOrg(id)).with("reason", tx.Body.Watch.words()))
			}
			return nil
		})
		if err != nil {
			return out, err
		}
		out.Looked++
		if picked {
			out.Picked++
			s.carryOn(ctx, id)
		}
	}
	return out, nil
}

// watchSerial names the count that says for which month the rule was last run, as 202601.
const watchSerial = "watch"

// lookMonthly runs the rule once in every month: it judges whole months.
func (s *Service) lookMonthly(ctx context.Context) error {
	now := s.now().In(when.China)
	current := 100*now.Year() + int(now.Month())
	doc, err := s.serials.Get(ctx, watchSerial)
	if err == nil && doc.Body.Last >= current {
		return nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if _, err := s.LookForFalling(ctx); err != nil {
		return err
	}
	if _, err := s.serials.Insert(ctx, watchSerial, serial{Last: current}); err == nil || fault.KindOf(err) != fault.Duplicate {
		return err
	}
	_, err = s.serials.Update(ctx, watchSerial, func(tx *docstore.Tx[serial]) error {
		tx.Body.Last = max(tx.Body.Last, current)
		return nil
	})
	return err
}

func watchView(w *Watch) api.Watch {
	if w == nil {
		return api.Watch{}
	}
	v := api.Watch{Source: api.WatchSource(w.Source), Reason: w.Reason, Since: w.Since.Time(), LookedAt: w.LookedAt.Time(), RecoveredAt: w.RecoveredAt.Time(), Answer: w.Answer,
		AnsweredAt: w.AnsweredAt.Time(), Falls: []api.WatchFall{}}
	for _, f := range w.Falls {
		v.Falls = append(v.Falls, like[api.WatchFall](f))
	}
	return v
}

// ListWatched is the watch list, the longest there first.
func (s *Service) ListWatched(ctx context.Context, p api.ListWatchedParams) (api.WatchPage, error) {
	out := api.WatchPage{Items: []api.WatchedProvider{}}
	a := access.From(ctx)
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return out, err
	}
	out.Rule, out.RuleUnverified = like[api.WatchRule](settings.Watch), slices.Contains(settings.Unverified, "watch")
	page, err := s.members.Find(ctx, docstore.Query{Index: "watched", From: when.Instant(1), Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor})
	out.Next = page.Next
	for _, doc := range page.Items {
		m := &doc.Body
		if a.Operates(m.Jurisdiction) && m.Watch != nil {
			out.Items = append(out.Items, api.WatchedProvider{OrgId: m.OrgID, Name: m.OrgName, Number: m.Number, District: m.Jurisdiction, State: api.MembershipState(m.State), Watch: watchView(m.Watch)})
		}
	}
	return out, err
}

// ListWatchRows are the dealings behind one number of a provider's record, for its operators and itself.
func (s *Service) ListWatchRows(ctx context.Context, id string, p api.ListWatchRowsParams) (api.ListWatchRows200JSONResponse, error) {
	out := api.ListWatchRows200JSONResponse{Items: []api.WatchRow{}}
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return out, err
	}
	if r := role(a, &doc.Body); r != Applicant && r != City && r != District {
		return out, access.Forbid.Err()
	}
	rows, err := s.o.Ledgers.Behind(ctx, id, string(p.Measure), p.From, p.To)
	out.Items = append(out.Items, rows...)
	slices.SortStableFunc(out.Items, func(x, y api.WatchRow) int { return cmp.Compare(x.Month, y.Month) })
	return out, err
}

// WatchProvider puts a provider on the watch list.
func (s *Service) WatchProvider(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Watching(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(providerWatched, about(tx.Body, admissionPage, toOrg(id)).with("reason", tx.Body.Watch.words()))
	})
}

// UnwatchProvider takes a provider off the watch list.
func (s *Service) UnwatchProvider(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Membership{}, err
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.Unwatch(by, tx.Now, in.Reason, settings.Watch); err != nil {
			return err
		}
		return tx.Emit(providerUnwatched, about(tx.Body, admissionPage, toOrg(id)).with("reason", in.Reason))
	})
}

// AnswerWatch is the provider's word on why it is watched.
func (s *Service) AnswerWatch(ctx context.Context, id string, in api.ReasonInput) (api.Membership, error) {
	return s.change(ctx, id, func(tx *docstore.Tx[Membership], by By) error {
		if err := tx.Body.AnswerWatch(by, tx.Now, in.Reason); err != nil {
			return err
		}
		return tx.Emit(watchAnswered, about(tx.Body, watchPage, toStaff(tx.Body.Jurisdiction)).with("answer", tx.Body.Watch.Answer))
	})
}
