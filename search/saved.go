package search

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lianbang/search/api"
	"lianbang/search/match"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// SavedSearch is a search a person wants to be told about. It remembers how far the index was looked through for it and what
// waits to be told, so that a restart, a reindex or a lost index neither loses an item nor tells one twice.
type SavedSearch struct {
	UserID string `json:"userId"`
	State  string `json:"state"`
	Name   string `json:"name"`
	// Version rises with what its owner changes, and is what the owner's edits are conditional on: what it finds meanwhile is no conflict.
	Version int64 `json:"version"`
	// Criteria are by the names of the search's parameters.
	Criteria api.SearchCriteria `json:"criteria"`
	Every    string             `json:"every"`
	// For whom it looks: what only members of the organisation, or the district's operators, may see is told while the person is one.
	OrgID    string       `json:"orgId,omitempty"`
	Staff    access.Staff `json:"staff,omitempty"`
	District string       `json:"district,omitempty"`
	// Since is when it began, by the product's clock: what was published before is not told.
	Since docstore.Millis `json:"since"`
	// Seen is the stamp up to which what was put into the index has been looked through.
	Seen int64 `json:"seen"`
	// Waiting was found and is told at DueAt. Settling is in a message that was sent and is yet to be marked as told.
	Waiting  []FoundItem     `json:"waiting,omitempty"`
	Settling []string        `json:"settling,omitempty"`
	DueAt    docstore.Millis `json:"dueAt"`
	// Told counts the items told so far.
	Told       int64           `json:"told"`
	LastToldAt docstore.Millis `json:"lastToldAt,omitempty"`
}

// FoundItem is a document of the index that waits to be told.
type FoundItem struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// ToldItem says that an item was told to a saved search, id "<saved search>/<document key>".
type ToldItem struct {
	At docstore.Millis `json:"at"`
}

// The states of a saved search. A removed one keeps nothing of what it asked for.
const (
	savedActive  = "active"
	savedPaused  = "paused"
	savedRemoved = "removed"
)

// How often a saved search tells.
const (
	atOnce = string(api.AtOnce)
	daily  = string(api.Daily)
)

const (
	maxSaved   = 20 // of one person
	maxWaiting = 200
	titlesTold = 5 // named in a message; the rest are counted
)

// never is when nothing waits.
const never = docstore.Millis(1 << 53)

// Specs of what saved searches keep.
var (
	SavedSpec = docstore.Spec{Name: "saved_searches", Version: 1, Indexes: []docstore.Index{
		{Name: "byOwner", Fields: []string{"userId", "state"}},
		{Name: "byDue", Fields: []string{"state", "dueAt"}},
	}}
	ToldSpec = docstore.Spec{Name: "told_items", Version: 1}
)

// begin makes it look for what is published from now on.
func (b *SavedSearch) begin(now time.Time, stamp int64) {
	b.Since, b.Seen, b.Waiting, b.DueAt = docstore.MillisOf(now), stamp, nil, never
}

// find notes items that came up, told at once or the next morning; too many for one message are told right away.
func (b *SavedSearch) find(items []FoundItem, now time.Time) {
	b.Waiting = append(b.Waiting, items...)
	switch {
	case len(b.Waiting) == 0:
	case b.Every == atOnce, len(b.Waiting) >= maxWaiting:
		b.DueAt = docstore.MillisOf(now)
	case b.DueAt == never:
		b.DueAt = docstore.MillisOf(morningAfter(now))
	}
}

// digest is what a message says of the items that were waiting.
type digest struct {
	Recipients []digestRecipient `json:"recipients"`
	Params     digestParams      `json:"params"`
	Link       string            `json:"link"`
}

type digestRecipient struct {
	UserID string `json:"userId"`
}

type digestParams struct {
	Name   string   `json:"name"`
	Count  int      `json:"count"`
	Titles []string `json:"titles"`
	More   bool     `json:"more"`
}

// tell takes what waits into a message, when it is due.
func (b *SavedSearch) tell(now time.Time) (digest, bool) {
	if len(b.Waiting) == 0 || b.State != savedActive || docstore.MillisOf(now) < b.DueAt {
		return digest{}, false
	}
	d := digest{Recipients: []digestRecipient{{b.UserID}}, Link: b.url(),
		Params: digestParams{Name: b.Name, Count: len(b.Waiting), More: len(b.Waiting) > titlesTold}}
	for _, f := range b.Waiting[:min(titlesTold, len(b.Waiting))] {
		d.Params.Titles = append(d.Params.Titles, "《"+f.Title+"》")
	}
	if len(b.Waiting) == 1 && strings.HasPrefix(b.Waiting[0].URL, "/") {
		d.Link = b.Waiting[0].URL
	}
	for _, f := range b.Waiting {
		b.Settling = append(b.Settling, f.Key)
	}
	b.Told += int64(len(b.Waiting))
	b.LastToldAt, b.Waiting, b.DueAt = docstore.MillisOf(now), nil, never
	return d, true
}

// morningAfter is the next half past eight in Shanghai.
func morningAfter(t time.Time) time.Time {
	local := t.In(shanghai)
	at := time.Date(local.Year(), local.Month(), local.Day(), 8, 30, 0, 0, shanghai)
	if !at.After(t) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// chosen are the values of criteria by filter.
func chosen(c *api.SearchCriteria) map[string][]string {
	return map[string][]string{"category": c.Category, "subservice": c.Subservice, "kind": c.Kind, "mode": c.Mode, "industry": c.Industry,
		"chain": c.Chain, "district": c.District, "tier": c.Tier, "state": c.State, "capacity": c.Capacity, "cooperation": c.Cooperation, "process": c.Process, "certificate": c.Certificate,
		"trl": c.Trl, "budget": c.Budget}
}

// url is the results page that shows the search, the newest first.
func (b *SavedSearch) url() string {
	c, v := &b.Criteria, url.Values{}
	for name, values := range chosen(c) {
		if len(values) > 0 {
			v[name] = values
		}
	}
	for name, n := range map[string]int64{"budgetMin": c.BudgetMin, "budgetMax": c.BudgetMax, closesFacet: int64(c.Closes)} {
		if n > 0 {
			v.Set(name, strconv.FormatInt(n, 10))
		}
	}
	if c.Type != "" && c.Type != everyType {
		v.Set("type", string(c.Type))
	}
	if c.Q != "" {
		v.Set("q", c.Q)
		v.Set("sort", "newest")
	}
	if len(v) == 0 {
		return "/search"
	}
	return "/search?" + v.Encode()
}

// ask is the search as it is asked for the person.
func (b *SavedSearch) ask(verified bool) Ask {
	c := &b.Criteria
	return Ask{Actor: access.Actor{UserID: b.UserID, OrgID: b.OrgID, Verified: verified, Staff: b.Staff, District: b.District}, Query: c.Q, Type: string(c.Type),
		Chosen: chosen(c), BudgetMin: c.BudgetMin, BudgetMax: c.BudgetMax, Closes: int(c.Closes)}
}

// savedDoc is a saved search with its envelope.
type savedDoc = docstore.Doc[SavedSearch]

// savedOf are a person's saved searches, the newest first.
func (s *Service) savedOf(ctx context.Context, userID string, states ...string) ([]savedDoc, error) {
	var all []savedDoc
	for _, state := range states {
		page, err := s.o.Saved.Find(ctx, docstore.Query{Index: "byOwner", Equal: []any{userID, state}, Limit: docstore.MaxLimit})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
	}
	slices.SortFunc(all, func(a, b savedDoc) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), strings.Compare(b.ID, a.ID)) })
	return all, nil
}

// ListSaved lists the actor's saved searches.
func (s *Service) ListSaved(ctx context.Context) ([]savedDoc, error) {
	return s.savedOf(ctx, access.From(ctx).UserID, savedActive, savedPaused)
}

// checkSaved refuses criteria that ask for nothing.
func checkSaved(in *api.SavedSearchInput) error {
	c := in.Criteria
	if c.Type == everyType {
		c.Type = ""
	}
	if strings.TrimSpace(in.Name) == "" {
		return fault.Bad(fault.Field{Path: "name", Code: "required"})
	}
	if sameCriteria(c, api.SearchCriteria{}) || utf8.RuneCountInString(c.Q) > 0 && compact(c.Q) == "" {
		return fault.Bad(fault.Field{Path: "criteria", Code: "required", Detail: "a search for everything is none"})
	}
	return nil
}

func sameCriteria(a, b api.SearchCriteria) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// SaveSearch saves a search of the actor's. Conflict "search.already_saved", "search.too_many_saved".
func (s *Service) SaveSearch(ctx context.Context, id, fingerprint string, in api.SavedSearchInput) (savedDoc, error) {
	if err := checkSaved(&in); err != nil {
		return savedDoc{}, err
	}
	actor := access.From(ctx)
	mine, err := s.savedOf(ctx, actor.UserID, savedActive, savedPaused)
	if err != nil {
		return savedDoc{}, err
	}
	for _, other := range mine {
		if other.ID != id && sameCriteria(other.Body.Criteria, in.Criteria) {
			return savedDoc{}, fault.New(fault.Conflict, "search.already_saved", "this search is saved as “"+other.Body.Name+"”")
		}
	}
	if len(mine) >= maxSaved {
		return savedDoc{}, fault.New(fault.Conflict, "search.too_many_saved", "at most "+strconv.Itoa(maxSaved)+" searches can be saved")
	}
	b := SavedSearch{UserID: actor.UserID, OrgID: actor.OrgID, Staff: actor.Staff, District: actor.District}
	b.begin(s.o.Now(), s.puts.next().UnixMilli())
	b.input(&in)
	return s.o.Saved.Insert(ctx, id, b, docstore.Fingerprint(fingerprint))
}

// input takes what the person chose.
func (b *SavedSearch) input(in *api.SavedSearchInput) {
	b.Version++
	b.Name, b.Criteria, b.Every, b.State = strings.TrimSpace(in.Name), in.Criteria, string(in.Every), savedActive
	if in.Paused {
		b.State = savedPaused
	}
}

// EditSaved changes a saved search of the actor's, if it is still at a version. What it has not looked through when its criteria change
// or it is resumed is not told.
func (s *Service) EditSaved(ctx context.Context, id string, version int64, in api.SavedSearchInput) (savedDoc, error) {
	if err := checkSaved(&in); err != nil {
		return savedDoc{}, err
	}
	stamp := s.puts.next().UnixMilli()
	return s.o.Saved.Update(ctx, id, func(tx *docstore.Tx[SavedSearch]) error {
		b := tx.Body
		if err := b.visibleTo(access.From(ctx)); err != nil {
			return err
		}
		if b.Version != version {
			return fault.Newf(fault.Stale, "", "the saved search is at version %d, not %d", b.Version, version)
		}
		anew := b.State == savedPaused || !sameCriteria(b.Criteria, in.Criteria)
		b.input(&in)
		if anew || b.State == savedPaused {
			b.begin(s.o.Now(), stamp)
		}
		b.find(nil, s.o.Now()) // at once instead of daily: what waits is due
		return nil
	})
}

func (b *SavedSearch) visibleTo(actor access.Actor) error {
	if b.UserID != actor.UserID || b.State == savedRemoved {
		return access.Hide.Err()
	}
	return nil
}

// RemoveSaved gives a saved search of the actor's up and forgets what it asked for.
func (s *Service) RemoveSaved(ctx context.Context, id string) error {
	_, err := s.o.Saved.Update(ctx, id, func(tx *docstore.Tx[SavedSearch]) error {
		if err := tx.Body.visibleTo(access.From(ctx)); err != nil {
			return err
		}
		*tx.Body = SavedSearch{UserID: tx.Body.UserID, State: savedRemoved, Settling: tx.Body.Settling, DueAt: never}
		return nil
	})
	return err
}

// follows is what a person's active saved searches ask for: what counts for the person when matches are personal.
func (s *Service) follows(ctx context.Context, userID string) (match.Follows, error) {
	var f match.Follows
	if s.o.Saved == nil {
		return f, nil
	}
	saved, err := s.savedOf(ctx, userID, savedActive)
	for _, doc := range saved {
		c := &doc.Body.Criteria
		f.Chains, f.Categories, f.Districts = append(f.Chains, c.Chain...), append(f.Categories, c.Category...), append(f.Districts, c.District...)
	}
	for _, list := range []*[]string{&f.Chains, &f.Categories, &f.Districts} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return f, err
}
