package demand

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Issue is the operator's periodic catalogue (期次): the quarterly 供需目录 "2026Q2" or the half-yearly 攻关目录 "2026H1". Its id is its
// period, so a period has one. It names demands and gives those not yet published a number and the period's deadline; a
// demand stays its issuer's.
type Issue struct {
	Period string      `json:"period"`
	Title  string      `json:"title"`
	Note   string      `json:"note,omitempty"`
	State  IssueState  `json:"state"`
	Items  []IssueItem `json:"items,omitempty"`
	// Limited is 定向发布: the issue, and what it publishes, reach the organisations named and those the rule finds. Reach is whom it reached.
	Limited     bool         `json:"limited,omitempty"`
	Audience    []string     `json:"audience,omitempty"`
	Rule        AudienceRule `json:"audienceRule,omitzero"`
	Reach       *Reach       `json:"reach,omitempty"`
	Deadline    when.Instant `json:"deadline,omitempty"` // of what the issue publishes; fixed when publishing begins
	PublishedAt when.Instant `json:"publishedAt,omitempty"`
	OpenedAt    when.Instant `json:"openedAt"`
	History     []IssueStep  `json:"history"`
	// Telling those who subscribed is under way; ToldTo is how far.
	Telling bool   `json:"telling,omitempty"`
	ToldTo  string `json:"toldTo,omitempty"`
	// DueAt is set while publishing or telling is under way, so that a crash is carried on.
	DueAt when.Instant `json:"dueAt"`
}

// IssueState is where an issue stands.
type IssueState string

// The states of an issue.
const (
	Collecting     IssueState = "collecting"
	Publishing     IssueState = "publishing"
	IssuePublished IssueState = "published"
	IssueDropped   IssueState = "dropped"
)

// IssueItem is one line of an issue.
type IssueItem struct {
	DemandID string `json:"demandId"`
	IssuerID string `json:"issuerId,omitempty"` // once publishing has dealt with it
	// Number is the item's in this issue, "2026Q2-0001"; the demand's public code when the issue published it.
	Number string `json:"number,omitempty"`
	// Done says that publishing has dealt with it; Left why it could not be published and is no longer part of the issue.
	Done bool   `json:"done,omitempty"`
	Left string `json:"left,omitempty"`
}

// IssueStep is one line of an issue's history.
type IssueStep struct {
	At     when.Instant `json:"at"`
	Action Action       `json:"action"`
	To     IssueState   `json:"to"`
	UserID string       `json:"userId"`
	Reason string       `json:"reason,omitempty"`
	Count  int          `json:"count,omitempty"`
}

// The actions on an issue, named as their operations.
const (
	CreateIssue     Action = "createIssue"
	EditIssue       Action = "editIssue"
	AddIssueItems   Action = "addIssueItems"
	CollectIssue    Action = "collectIssue"
	RemoveIssueItem Action = "removeIssueItem"
	PublishIssue    Action = "publishIssue"
	DropIssue       Action = "dropIssue"
	concludeIssue   Action = "concludeIssue"
)

// maxIssueItems keeps an issue within one document.
const maxIssueItems = 500

var periodForm = regexp.MustCompile(`^(20\d{2})(Q[1-4]|H[12])$`)

// span is a period's first instant and the first after it.
func span(period string) (from, to time.Time, ok bool) {
	m := periodForm.FindStringSubmatch(period)
	if m == nil {
		return from, to, false
	}
	year, _ := strconv.Atoi(m[1]) // four digits
	part := int(m[2][1] - '0')
	months := 3
	if m[2][0] == 'H' {
		months = 6
	}
	from = time.Date(year, time.Month((part-1)*months+1), 1, 0, 0, 0, 0, when.China)
	return from, from.AddDate(0, months, 0), true
}

// HalfYear reports whether the period is a half-year's 攻关目录, which takes research demands only.
func HalfYear(period string) bool { return len(period) == 6 && period[4] == 'H' }

// PeriodDeadline is when bidding ends for what a period publishes: the settings' day of the last month of the quarter after it, at
// 17:00. With the 25th this is the national platform's rule: Q1 to 25 June, Q4 to 25 March of the next year.
func PeriodDeadline(period string, s Settings) (time.Time, bool) {
	_, to, ok := span(period)
	if !ok {
		return time.Time{}, false
	}
	last := to.AddDate(0, 2, 0) // the first of the last month of the quarter after
	return time.Date(last.Year(), last.Month(), s.IssueDeadlineDay, 17, 0, 0, 0, when.China), true
}

// NewIssue opens the collection for a period.
func NewIssue(period, title, note, userID string, now time.Time) (Issue, error) {
	if !periodForm.MatchString(period) {
		return Issue{}, fault.Bad(fault.Field{Path: "period", Code: "invalid", Detail: "a quarter such as 2026Q2 or a half-year such as 2026H1"})
	}
	if title == "" {
		title = periodTitle(period)
	}
	i := Issue{Period: period, Title: title, Note: note, State: Collecting, OpenedAt: when.At(now)}
	i.record(CreateIssue, Collecting, userID, "", 0, now)
	return i, nil
}

func periodTitle(period string) string {
	part := period[5:]
	if HalfYear(period) {
		return period[:4] + "年" + map[string]string{"1": "上", "2": "下"}[part] + "半年攻关目录"
	}
	return period[:4] + "年第" + map[string]string{"1": "一", "2": "二", "3": "三", "4": "四"}[part] + "季度供需目录"
}

func (i *Issue) record(a Action, to IssueState, userID, reason string, count int, now time.Time) {
	i.State = to
	i.History = append(i.History, IssueStep{At: when.At(now), Action: a, To: to, UserID: userID, Reason: reason, Count: count})
	i.DueAt = 0
	if to == Publishing {
		i.DueAt = when.At(now)
	}
}

// collecting refuses a change once publishing has begun.
func (i *Issue) collecting() error {
	if i.State != Collecting {
		return fault.Newf(fault.Conflict, "issue.wrong_state", "the issue is %s; it is changed while it collects", i.State)
	}
	return nil
}

// IssueEdit is what an issue is called and says, and whom it is for.
type IssueEdit struct {
	Title, Note string
	Limited     bool
	Audience    []string
	Rule        AudienceRule
}

// Edit changes what the issue is called and says, and whom it is for.
func (i *Issue) Edit(e IssueEdit, userID string, now time.Time) error {
	if err := i.collecting(); err != nil {
		return err
	}
	if e.Title == "" {
		return fault.Bad(fault.Field{Path: "title", Code: "required"})
	}
	if !e.Limited {
		e.Audience, e.Rule = nil, AudienceRule{}
	}
	if !reflect.DeepEqual(e, IssueEdit{i.Title, i.Note, i.Limited, i.Audience, i.Rule}) {
		i.Title, i.Note, i.Limited, i.Audience, i.Rule = e.Title, e.Note, e.Limited, e.Audience, e.Rule
		i.record(EditIssue, Collecting, userID, "", 0, now)
	}
	return nil
}

// terms are those a demand is published under by this issue: a limited one publishes to its audience what was for everybody. What its
// issuer kept to an audience, or to the invited, stays so.
func (i *Issue) terms(t Terms) Terms {
	if i.Limited && t.Public && t.Mode != Directed {
		t.Public, t.Audience, t.AudienceRule = false, i.Audience, i.Rule
	}
	return t
}

// readable reports whether an organisation reads the published issue: everybody a public one; its audience, and those whose demands are on
// it, a limited one.
func (i *Issue) readable(orgID string) bool {
	return !i.Limited || orgID != "" && (i.Reach != nil && slices.Contains(i.Reach.OrgIDs, orgID) ||
		slices.ContainsFunc(i.Items, func(it IssueItem) bool { return it.IssuerID == orgID && it.Left == "" }))
}

// Has reports whether a demand is part of the issue.
func (i *Issue) Has(demandID string) bool {
	return slices.ContainsFunc(i.Items, func(it IssueItem) bool { return it.DemandID == demandID && it.Left == "" })
}

// Fits says why a demand cannot be part of a period's issue: nil when it can. What its issuer published is a public fact and may be
// listed; what is approved needs the issuer's word that the catalogue may publish it.
func Fits(period string, d *Demand) error {
	conflict := func(code, detail string) error { return fault.New(fault.Conflict, code, detail) }
	switch {
	case HalfYear(period) && d.Terms.Kind != RND:
		return conflict("issue.research_only", "a half-year's catalogue takes research demands only")
	case d.State == Approved && !d.Terms.Catalogue:
		return conflict("issue.not_offered", "its issuer has not offered it for a catalogue")
	case d.State != Approved && d.PublishedAt == 0:
		return conflict("issue.not_approved", "it is not approved")
	case d.PublishedAt != 0:
		from, to, _ := span(period)
		if d.PublishedAt < when.At(from) || d.PublishedAt >= when.At(to) {
			return conflict("issue.other_period", "it was published in another period")
		}
	}
	return nil
}

// Add puts demands on the issue; one already there stays where it is.
func (i *Issue) Add(a Action, ids []string, userID string, now time.Time) error {
	if err := i.collecting(); err != nil {
		return err
	}
	added := 0
	for _, id := range ids {
		if !i.Has(id) {
			i.Items = append(i.Items, IssueItem{DemandID: id})
			added++
		}
	}
	if len(i.Items) > maxIssueItems {
		return fault.Bad(fault.Field{Path: "demandIds", Code: "too_many", Detail: fmt.Sprintf("an issue holds at most %d items", maxIssueItems)})
	}
	if added > 0 {
		i.record(a, Collecting, userID, "", added, now)
	}
	return nil
}

// Remove takes a demand off the issue, with the reason.
func (i *Issue) Remove(id, reason, userID string, now time.Time) error {
	if err := i.collecting(); err != nil {
		return err
	}
	if reason == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	if !i.Has(id) {
		return fault.New(fault.NotFound, "", "the demand is not on this issue")
	}
	i.Items = slices.DeleteFunc(i.Items, func(it IssueItem) bool { return it.DemandID == id })
	i.record(RemoveIssueItem, Collecting, userID, reason, 1, now)
	return nil
}

// Drop gives the issue up before it is published.
func (i *Issue) Drop(reason, userID string, now time.Time) error {
	if err := i.collecting(); err != nil {
		return err
	}
	if reason == "" {
		return fault.Bad(fault.Field{Path: "reason", Code: "required"})
	}
	i.record(DropIssue, IssueDropped, userID, reason, 0, now)
	return nil
}

// Begin fixes the deadline, every item's number and, of a limited issue, the audience, and starts publishing. numbers are as many as items.
func (i *Issue) Begin(deadline time.Time, numbers []string, reach *Reach, userID string, now time.Time) error {
	if err := i.collecting(); err != nil {
		return err
	}
	switch {
	case i.Limited && (reach == nil || !reflect.DeepEqual(reach.Rule, i.Rule) || !slices.Equal(reach.Named, i.Audience)):
		return fault.New(fault.Conflict, "audience.changed", "the audience was changed meanwhile")
	case i.Limited && len(reach.OrgIDs) == 0:
		return fault.New(fault.Conflict, "audience.empty", "the rule finds nobody")
	case i.Limited && len(reach.OrgIDs) > maxReach:
		return fault.Newf(fault.Conflict, "audience.too_wide", "the rule finds %d organisations; at most %d", len(reach.OrgIDs), maxReach)
	case len(i.Items) == 0:
		return fault.New(fault.Conflict, "issue.empty", "there is nothing on the issue")
	case len(numbers) != len(i.Items):
		return fault.New(fault.Conflict, "issue.changed", "the issue was changed meanwhile; look at it again")
	case !deadline.After(now):
		return fault.Bad(fault.Field{Path: "deadline", Code: "too_soon"})
	}
	for n := range i.Items {
		i.Items[n].Number = numbers[n]
	}
	i.Deadline, i.Reach = when.At(deadline.Truncate(time.Second)), reach
	i.record(PublishIssue, Publishing, userID, "", len(i.Items), now)
	return nil
}

// Settle records that publishing has dealt with one item: left says why it could not be published.
func (i *Issue) Settle(demandID, issuerID, left string) {
	for n := range i.Items {
		if i.Items[n].DemandID == demandID && !i.Items[n].Done {
			i.Items[n].Done, i.Items[n].IssuerID, i.Items[n].Left = true, issuerID, left
		}
	}
}

// Conclude ends publishing once every item is dealt with.
func (i *Issue) Conclude(now time.Time) error {
	if i.State != Publishing || slices.ContainsFunc(i.Items, func(it IssueItem) bool { return !it.Done }) {
		return fault.New(fault.Conflict, "issue.wrong_state", "publishing is not at its end")
	}
	i.PublishedAt = when.At(now)
	i.record(concludeIssue, IssuePublished, "", "", len(i.Items), now)
	i.Telling, i.DueAt = true, when.At(now)
	return nil
}

// Told records how far the subscribers have been told; without a next cursor they all have.
func (i *Issue) Told(next string) {
	i.ToldTo, i.Telling = next, next != ""
	if !i.Telling {
		i.DueAt = 0
	}
}
