package achievement

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is the named lists of a university (高校院所创新成果清单) and their issues: which achievements are on them, and what anybody may
// take away of them. A list holds no achievement, it names them: one may be on several, so that the next issue doubles nothing.

// List is one issue of a named list.
type List struct {
	OrgID     string       `json:"orgId"`
	OrgName   string       `json:"orgName"`
	Name      string       `json:"name"`
	Issue     string       `json:"issue,omitempty"`  // as it is called: 2026年第1期
	Period    string       `json:"period,omitempty"` // what it covers
	Note      string       `json:"note,omitempty"`
	Key       string       `json:"key"`              // university, name and issue: once
	Former    []string     `json:"former,omitempty"` // keys it had before; what names it by one is still on it
	Withdrawn bool         `json:"withdrawn,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	At        when.Instant `json:"at"`
}

// Entry is an achievement on a list. Its id is the list's and the achievement's.
type Entry struct {
	ListID        string       `json:"listId"` // empty once it was taken off
	AchievementID string       `json:"achievementId"`
	At            when.Instant `json:"at"`
	State         State        `json:"state"` // the achievement's, kept for the list's counts
}

func entryID(list, achievement string) string { return list + ":" + achievement }

func listKeyOf(orgID, name, issue string) string {
	sum := sha256.Sum256([]byte(orgID + "\x00" + name + "\x00" + issue))
	return hex.EncodeToString(sum[:12])
}

// maxFormer is how many names a list may have had.
const maxFormer = 20

// set gives a list its name and issue.
func (l *List) set(in api.AchievementListInput) error {
	name, issue := strings.TrimSpace(in.Name), strings.TrimSpace(in.Issue)
	if name == "" {
		return fault.Bad(fault.Field{Path: "name", Code: "required"})
	}
	key := listKeyOf(l.OrgID, name, issue)
	if l.Key != "" && l.Key != key && !slices.Contains(l.Former, l.Key) {
		l.Former = append(l.Former, l.Key)
		l.Former = l.Former[max(0, len(l.Former)-maxFormer):]
	}
	l.Name, l.Issue, l.Key, l.Period, l.Note = name, issue, key, strings.TrimSpace(in.Period), strings.TrimSpace(in.Note)
	return nil
}

var errListExists = fault.New(fault.Duplicate, "list.exists", "the university has a list of this name and issue")

// CreateAchievementList begins a list of the caller's university.
func (s *Service) CreateAchievementList(ctx context.Context, in api.AchievementListInput) (api.AchievementList, error) {
	org, err := s.mustStand(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.AchievementList{}, err
	}
	l := List{OrgID: org.ID, OrgName: org.Name, At: when.At(s.now())}
	if err := l.set(in); err != nil {
		return api.AchievementList{}, err
	}
	id, fingerprint := rest.Creation(ctx, s.now())
	doc, err := s.lists.Insert(ctx, id, l, docstore.Fingerprint(fingerprint))
	if fault.KindOf(err) == fault.Duplicate {
		err = errListExists
	}
	if err != nil {
		return api.AchievementList{}, err
	}
	return s.listView(ctx, doc)
}

// ensureList answers the list an achievement names, making it when there is none. A list that was renamed is found by its former name,
// unless another bears it now.
func (s *Service) ensureList(ctx context.Context, orgID, orgName, name, issue string) (string, error) {
	l := List{OrgID: orgID, OrgName: orgName, At: when.At(s.now())}
	if err := l.set(api.AchievementListInput{Name: name, Issue: issue}); err != nil {
		return "", err
	}
	current, former := "", ""
	err := s.lists.Each(ctx, docstore.Query{Index: "org", Equal: []any{orgID}}, func(doc docstore.Doc[List]) error {
		if doc.Body.Key == l.Key {
			current = doc.ID
		}
		if slices.Contains(doc.Body.Former, l.Key) {
			former = doc.ID
		}
		return nil
	})
	if known := cmp.Or(current, former); err != nil || known != "" {
		return known, err
	}
	doc, err := s.lists.Insert(ctx, l.Key, l)
	if fault.KindOf(err) == fault.Duplicate { // another request was first
		return l.Key, nil
	}
	return doc.ID, err
}

// enlist puts an achievement on the list it names, if it names one.
func (s *Service) enlist(ctx context.Context, id string, a *Achievement) error {
	if a.Profile.SourceList == "" {
		return nil
	}
	list, err := s.ensureList(ctx, a.OrgID, a.OrgName, a.Profile.SourceList, a.Profile.SourceIssue)
	if err != nil {
		return err
	}
	return s.putOn(ctx, list, id, a.State, when.At(s.now()))
}

// adoptLists puts achievements on the lists they name that are on none: from before lists were kept, or made just before a crash.
func (s *Service) adoptLists(ctx context.Context) error {
	return s.achievements.Each(ctx, docstore.Query{}, func(doc docstore.Doc[Achievement]) error {
		if doc.Body.Profile.SourceList == "" {
			return nil
		}
		on, err := s.entries.Count(ctx, docstore.Query{Index: "achievement", Equal: []any{doc.ID}})
		if err != nil {
			return err
		}
		if on > 0 {
			return s.keepEntries(ctx, doc)
		}
		return s.enlist(ctx, doc.ID, &doc.Body)
	})
}

// keepEntries puts an achievement's state on its lines of lists, from which lists are counted. A step that a request takes keeps them at
// once; for every other, and after a crash, the index's reconciler does.
func (s *Service) keepEntries(ctx context.Context, a docstore.Doc[Achievement]) error {
	return s.entries.Each(ctx, docstore.Query{Index: "achievement", Equal: []any{a.ID}}, func(doc docstore.Doc[Entry]) error {
		if doc.Body.State == a.Body.State {
			return nil
		}
		_, err := s.entries.Update(ctx, doc.ID, func(tx *docstore.Tx[Entry]) error {
			tx.Body.State = a.Body.State
			return nil
		})
		return err
	})
}

// putOn puts an achievement on a list, which is in order of at; put on again, it is there once.
func (s *Service) putOn(ctx context.Context, list, id string, state State, at when.Instant) error {
	_, err := s.entries.Insert(ctx, entryID(list, id), Entry{ListID: list, AchievementID: id, At: at, State: state})
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.entries.Update(ctx, entryID(list, id), func(tx *docstore.Tx[Entry]) error {
			tx.Body.ListID, tx.Body.State = list, state
			return nil
		})
	}
	if err != nil {
		return err
	}
	return s.mark(ctx, list)
}

// takeOff takes an achievement off a list it may be on. The line stays on record.
func (s *Service) takeOff(ctx context.Context, list, id string) error {
	_, err := s.entries.Update(ctx, entryID(list, id), func(tx *docstore.Tx[Entry]) error {
		tx.Body.ListID = ""
		return nil
	})
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	return s.mark(ctx, list)
}

// relist follows an achievement that names another list than before.
func (s *Service) relist(ctx context.Context, id string, before Profile, a *Achievement) error {
	if before.SourceList == a.Profile.SourceList && before.SourceIssue == a.Profile.SourceIssue {
		return nil
	}
	if before.SourceList != "" {
		list, err := s.ensureList(ctx, a.OrgID, a.OrgName, before.SourceList, before.SourceIssue)
		if err == nil {
			err = s.takeOff(ctx, list, id)
		}
		if err != nil {
			return err
		}
	}
	return s.enlist(ctx, id, a)
}

// listsOf are the lists an achievement is on that the reader may know of.
func (s *Service) listsOf(ctx context.Context, id string) ([]api.AchievementListName, error) {
	var ids []string
	err := s.entries.Each(ctx, docstore.Query{Index: "achievement", Equal: []any{id}}, func(doc docstore.Doc[Entry]) error {
		if doc.Body.ListID != "" {
			ids = append(ids, doc.Body.ListID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	docs, err := s.lists.GetMany(ctx, ids)
	var names []api.AchievementListName
	for _, doc := range docs {
		if l := &doc.Body; !l.Withdrawn || l.ofReader(ctx) {
			names = append(names, api.AchievementListName{Id: doc.ID, Name: l.Name, Issue: l.Issue})
		}
	}
	return names, err
}

// ownList loads a list of the caller's university.
func (s *Service) ownList(ctx context.Context, id string) (docstore.Doc[List], error) {
	doc, err := s.lists.Get(ctx, id)
	if err == nil && doc.Body.OrgID != access.From(ctx).OrgID {
		err = access.Hide.Err()
	}
	return doc, err
}

// EditAchievementList renames a list, or changes its issue, period and note.
func (s *Service) EditAchievementList(ctx context.Context, id string, in api.AchievementListInput) (api.AchievementList, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.AchievementList{}, err
	}
	if _, err := s.ownList(ctx, id); err != nil {
		return api.AchievementList{}, err
	}
	doc, err := s.lists.Update(ctx, id, func(tx *docstore.Tx[List]) error { return tx.Body.set(in) }, docstore.IfRev(rev))
	if fault.KindOf(err) == fault.Duplicate {
		err = errListExists
	}
	if err != nil {
		return api.AchievementList{}, err
	}
	return s.listView(ctx, doc)
}

// CloneAchievementList makes a list, or the next issue, with the same achievements but for those withdrawn or transferred.
func (s *Service) CloneAchievementList(ctx context.Context, id string, in api.AchievementListInput) (api.AchievementList, error) {
	if _, err := s.ownList(ctx, id); err != nil {
		return api.AchievementList{}, err
	}
	made, err := s.CreateAchievementList(ctx, in)
	if err != nil {
		return made, err
	}
	at := when.At(s.now())
	err = s.eachListed(ctx, id, func(doc docstore.Doc[Achievement]) error {
		if doc.Body.State == Withdrawn || doc.Body.State == Transferred {
			return nil
		}
		at++ // a millisecond each keeps the order
		return s.putOn(ctx, made.Id, doc.ID, doc.Body.State, at)
	})
	if err != nil {
		return made, err
	}
	doc, err := s.lists.Get(ctx, made.Id)
	if err != nil {
		return made, err
	}
	return s.listView(ctx, doc)
}

// WithdrawAchievementList takes the list's page back, with the reason; its achievements stay as they are.
func (s *Service) WithdrawAchievementList(ctx context.Context, id, reason string) (api.AchievementList, error) {
	if _, err := s.ownList(ctx, id); err != nil {
		return api.AchievementList{}, err
	}
	if err := needReason(reason); err != nil {
		return api.AchievementList{}, err
	}
	doc, err := s.lists.Update(ctx, id, func(tx *docstore.Tx[List]) error {
		if !tx.Body.Withdrawn {
			tx.Body.Withdrawn, tx.Body.Reason = true, reason
		}
		return nil
	})
	if err != nil {
		return api.AchievementList{}, err
	}
	return s.listView(ctx, doc)
}

// AddAchievementListItems puts achievements of the caller's university on its list.
func (s *Service) AddAchievementListItems(ctx context.Context, id string, ids []string) (api.AchievementList, error) {
	doc, err := s.ownList(ctx, id)
	if err != nil {
		return api.AchievementList{}, err
	}
	found, err := s.achievements.GetMany(ctx, ids)
	if err != nil {
		return api.AchievementList{}, err
	}
	own := map[string]State{}
	for _, a := range found {
		if a.Body.OrgID == doc.Body.OrgID {
			own[a.ID] = a.Body.State
		}
	}
	for i, one := range ids {
		if own[one] == "" {
			return api.AchievementList{}, fault.Bad(fault.Field{Path: fmt.Sprintf("ids[%d]", i), Code: "not_in"})
		}
	}
	for i, one := range ids {
		if err := s.putOn(ctx, id, one, own[one], when.At(s.now())+when.Instant(i)); err != nil {
			return api.AchievementList{}, err
		}
	}
	return s.listView(ctx, doc)
}

// RemoveAchievementListItem takes an achievement off the list. The line stays on record as taken off.
func (s *Service) RemoveAchievementListItem(ctx context.Context, id, achievement string) (api.AchievementList, error) {
	doc, err := s.ownList(ctx, id)
	if err != nil {
		return api.AchievementList{}, err
	}
	if err := s.takeOff(ctx, id, achievement); err != nil {
		return api.AchievementList{}, err
	}
	return s.listView(ctx, doc)
}

// ListMyAchievementLists are the caller's university's, newest first.
func (s *Service) ListMyAchievementLists(ctx context.Context) ([]api.AchievementList, error) {
	items := []api.AchievementList{}
	err := s.lists.Each(ctx, docstore.Query{Index: "org", Equal: []any{access.From(ctx).OrgID}, Descending: true}, func(doc docstore.Doc[List]) error {
		v, err := s.listView(ctx, doc)
		items = append(items, v)
		return err
	})
	return items, err
}

// GetAchievementList is one list: its university's at any time, anybody's once something on it is published.
func (s *Service) GetAchievementList(ctx context.Context, id string) (api.AchievementList, error) {
	doc, err := s.lists.Get(ctx, id)
	if err != nil {
		return api.AchievementList{}, err
	}
	v, err := s.listView(ctx, doc)
	if err == nil && !doc.Body.ofReader(ctx) && (doc.Body.Withdrawn || v.Published == 0) {
		err = access.Hide.Err()
	}
	return v, err
}

// ofReader reports whether the context speaks for the list's university.
func (l *List) ofReader(ctx context.Context) bool { return access.From(ctx).OrgID == l.OrgID }

func (s *Service) listView(ctx context.Context, doc docstore.Doc[List]) (api.AchievementList, error) {
	l := &doc.Body
	v := api.AchievementList{Id: doc.ID, Rev: doc.Rev, OrgId: l.OrgID, OrgName: l.OrgName, Name: l.Name, Issue: l.Issue, Period: l.Period, Note: l.Note, Withdrawn: l.Withdrawn, At: l.At.Time()}
	states, err := s.listStates(ctx, doc.ID)
	for _, state := range publicStates {
		v.Published += states[string(state)]
	}
	if l.ofReader(ctx) {
		v.Reason, v.States = l.Reason, states
		for _, n := range states {
			v.Count += n
		}
	}
	return v, err
}

// publicStates are those in which anybody may read an achievement.
var publicStates = []State{Published, Reserved, Transferred}

// listStates counts a list's achievements by state.
func (s *Service) listStates(ctx context.Context, list string) (map[string]int, error) {
	states := map[string]int{}
	for _, state := range append([]State{Draft, Submitted, Returned, Withdrawn}, publicStates...) {
		n, err := s.entries.Count(ctx, docstore.Query{Index: "state", Equal: []any{list, state}})
		if err != nil {
			return nil, err
		}
		if n > 0 {
			states[string(state)] = int(n)
		}
	}
	return states, nil
}

// eachListed calls fn for every achievement on a list, in the list's order, a page at a time.
func (s *Service) eachListed(ctx context.Context, list string, fn func(docstore.Doc[Achievement]) error) error {
	q := docstore.Query{Index: "list", Equal: []any{list}, Limit: docstore.MaxLimit}
	for {
		page, err := s.entries.Find(ctx, q)
		if err != nil {
			return err
		}
		docs, err := s.listed(ctx, page.Items)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			if err := fn(doc); err != nil {
				return err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// listed loads the achievements of some lines of a list, in their order.
func (s *Service) listed(ctx context.Context, entries []docstore.Doc[Entry]) ([]docstore.Doc[Achievement], error) {
	var ids []string
	for _, e := range entries {
		ids = append(ids, e.Body.AchievementID)
	}
	docs, err := s.achievements.GetMany(ctx, ids)
	slices.SortStableFunc(docs, func(a, b docstore.Doc[Achievement]) int {
		return slices.Index(ids, a.ID) - slices.Index(ids, b.ID)
	})
	return docs, err
}

// ListAchievementListItems are a list's achievements as its reader may see them.
func (s *Service) ListAchievementListItems(ctx context.Context, id string, limit int, cursor string) (api.AchievementPage, error) {
	page := api.AchievementPage{Items: []api.Achievement{}}
	l, err := s.GetAchievementList(ctx, id)
	if err != nil {
		return page, err
	}
	page.Total = int64(max(l.Published, l.Count))
	found, err := s.entries.Find(ctx, docstore.Query{Index: "list", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	docs, err := s.listed(ctx, found.Items)
	if err != nil {
		return page, err
	}
	own := access.From(ctx).OrgID == l.OrgId
	for _, doc := range docs {
		if !own && !doc.Body.Public() {
			continue
		}
		v, err := s.view(ctx, doc)
		if err != nil {
			return page, err
		}
		brief(&v)
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// ExportAchievementList is what the reader sees of a list as xlsx or CSV, with the columns of the template: a university's own file, brought
// in again, changes nothing. Whom to ask is for signed-in readers, not for files that go from hand to hand.
func (s *Service) ExportAchievementList(ctx context.Context, id, format string) (content []byte, name string, err error) {
	l, err := s.GetAchievementList(ctx, id)
	if err != nil {
		return nil, "", err
	}
	own := access.From(ctx).OrgID == l.OrgId
	n, err := s.names(ctx)
	if err != nil {
		return nil, "", err
	}
	all := append(sheetColumns(), office.Column{Title: "完成单位", Width: 24})
	if own {
		all = append(all, office.Column{Title: "代拟", Width: 24})
	}
	var failed error
	rows := func(yield func([]string) bool) {
		failed = s.eachListed(ctx, id, func(doc docstore.Doc[Achievement]) error {
			if !own && !doc.Body.Public() {
				return nil
			}
			p := doc.Body.Profile
			p.Chain = cmp.Or(n.chains[p.Chain], p.Chain)
			if !own {
				p.Contact = Contact{}
			}
			var row []string
			for _, c := range columns {
				row = append(row, c.write(&p))
			}
			if row = append(row, doc.Body.OrgName); own {
				row = append(row, doc.Body.Drafted.Line())
			}
			if !yield(row) {
				return errEnough
			}
			return nil
		})
	}
	var buf bytes.Buffer
	name = strings.TrimSpace(l.Name+" "+l.Issue) + "." + format
	if format == "csv" {
		err = office.WriteCSV(&buf, all, rows)
		return buf.Bytes(), name, errors.Join(err, failed)
	}
	book := office.NewBook()
	err = book.Sheet("成果清单", all, func(yield func([]any) bool) {
		rows(func(row []string) bool {
			cells := make([]any, len(row))
			for i := range row {
				cells[i] = row[i]
			}
			return yield(cells)
		})
	})
	if err = errors.Join(err, failed); err == nil {
		_, err = book.WriteTo(&buf)
	}
	return buf.Bytes(), name, err
}

// errEnough ends a walk over documents early.
var errEnough = errors.New("enough")

// maxFeed is how many items a feed holds.
const maxFeed = 50

// feedItem is one achievement of a feed.
type feedItem struct {
	id, title, text string
	at              time.Time
}

// listFeed are a list's newest published achievements.
func (s *Service) listFeed(ctx context.Context, id string) (api.AchievementList, []feedItem, error) {
	l, err := s.GetAchievementList(ctx, id)
	if err != nil {
		return l, nil, err
	}
	var items []feedItem
	err = s.eachListed(ctx, id, func(doc docstore.Doc[Achievement]) error {
		if doc.Body.Public() {
			items = append(items, feedItem{doc.ID, doc.Body.Profile.Name, cmp.Or(doc.Body.Profile.Problem, doc.Body.Profile.Summary), doc.Body.PublishedAt.Time()})
		}
		return nil
	})
	slices.SortStableFunc(items, func(a, b feedItem) int { return b.at.Compare(a.at) })
	return l, items[:min(len(items), maxFeed)], err
}

// FeedJSON is a list as a JSON Feed 1.1.
func (s *Service) FeedJSON(ctx context.Context, id string) (map[string]any, error) {
	l, all, err := s.listFeed(ctx, id)
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, i := range all {
		items = append(items, map[string]any{"id": i.id, "url": s.o.PublicURL + publicPage(i.id), "title": i.title, "content_text": i.text, "date_published": i.at.Format(time.RFC3339)})
	}
	return map[string]any{"version": "https://jsonfeed.org/version/1.1", "title": strings.TrimSpace(l.Name + " " + l.Issue), "language": "zh-CN",
		"home_page_url": s.o.PublicURL + listPage(id), "feed_url": s.o.PublicURL + "/api/v1/achievement-lists/" + id + "/feed", "authors": []any{map[string]any{"name": l.OrgName}}, "items": items}, nil
}

type rss struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string    `xml:"title"`
	Link        string    `xml:"link"`
	Description string    `xml:"description"`
	Language    string    `xml:"language"`
	Items       []rssItem `xml:"item"`
}

type rssItem struct {
	Title       string `xml:"title"`
	Link        string `xml:"link"`
	GUID        string `xml:"guid"`
	Description string `xml:"description"`
	PubDate     string `xml:"pubDate"`
}

// FeedRSS is a list as RSS 2.0.
func (s *Service) FeedRSS(ctx context.Context, id string) ([]byte, error) {
	l, all, err := s.listFeed(ctx, id)
	if err != nil {
		return nil, err
	}
	feed := rss{Version: "2.0", Channel: rssChannel{Title: strings.TrimSpace(l.Name + " " + l.Issue), Link: s.o.PublicURL + listPage(id), Description: cmp.Or(l.Note, l.OrgName), Language: "zh-CN"}}
	for _, i := range all {
		link := s.o.PublicURL + publicPage(i.id)
		feed.Channel.Items = append(feed.Channel.Items, rssItem{i.title, link, link, i.text, i.at.Format(time.RFC1123Z)})
	}
	out, err := xml.MarshalIndent(feed, "", " ")
	return append([]byte(xml.Header), out...), err
}

// MoveAchievements takes one step with many achievements, each a write of its own: what cannot be moved is named with the reason, the
// others are moved. Whoever may not take the step with one may not with many.
func (s *Service) MoveAchievements(ctx context.Context, in api.AchievementMove) (api.AchievementMoved, error) {
	out := api.AchievementMoved{Moved: []string{}, Refused: []api.AchievementRefusal{}}
	if err := access.Check(access.From(ctx), string(in.Action)); err != nil {
		return out, err
	}
	steps := map[Action]func(id string) (api.Achievement, error){
		SubmitAchievement:   func(id string) (api.Achievement, error) { return s.SubmitAchievement(ctx, id) },
		ForwardAchievement:  func(id string) (api.Achievement, error) { return s.ForwardAchievement(ctx, id, in.Reason) },
		ReturnAchievement:   func(id string) (api.Achievement, error) { return s.ReturnAchievement(ctx, id, in.Reason) },
		PublishAchievement:  func(id string) (api.Achievement, error) { return s.PublishAchievement(ctx, id, in.Reason) },
		WithdrawAchievement: func(id string) (api.Achievement, error) { return s.WithdrawAchievement(ctx, id, in.Reason) },
	}
	if a := Action(in.Action); a == ReturnAchievement || a == WithdrawAchievement {
		if err := needReason(in.Reason); err != nil {
			return out, err
		}
	}
	for _, id := range in.Ids {
		_, err := steps[Action(in.Action)](id)
		switch kind := fault.KindOf(err); {
		case err == nil:
			out.Moved = append(out.Moved, id)
		case kind == fault.NotFound, kind == fault.Conflict, kind == fault.Forbidden, kind == fault.Invalid:
			refusal := api.AchievementRefusal{Id: id, Code: fault.As(err).Code}
			for _, f := range fault.As(err).Fields {
				refusal.Fields = append(refusal.Fields, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
			}
			if doc, _, seen := s.visible(ctx, id); seen == nil {
				refusal.Title = doc.Body.Profile.Name
			}
			out.Refused = append(out.Refused, refusal)
		default:
			return out, err
		}
	}
	return out, nil
}
