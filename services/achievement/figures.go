package achievement

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is what became of achievements: a funnel by university, chain and district, read from sheets that are kept beside the deals and
// recounted whenever one of them changes. Every figure is the sum of rows that can be read.

// Cell is what deals come to. All are counts of deals but AmountFen and ReceivedFen (fen). Adding cells gives the cell of the whole.
type Cell struct {
	Interests   int64 `json:"interests"`
	Talks       int64 `json:"talks"` // taken up by the university: a service to a firm (服务企业家次)
	Contracts   int64 `json:"contracts"`
	Registered  int64 `json:"registered"`
	Fulfilled   int64 `json:"fulfilled"`
	AmountFen   int64 `json:"amountFen"`   // of the contracts
	ReceivedFen int64 `json:"receivedFen"` // confirmed by the university
}

// parts lists the numbers of a cell by the measure that names each.
func (c *Cell) parts() iter.Seq2[api.AchievementMeasure, *int64] {
	return func(yield func(api.AchievementMeasure, *int64) bool) {
		for _, p := range []struct {
			m api.AchievementMeasure
			n *int64
		}{{api.AchievementMeasureInterests, &c.Interests}, {api.AchievementMeasureTalks, &c.Talks}, {api.AchievementMeasureContracts, &c.Contracts},
			{api.AchievementMeasureRegistered, &c.Registered}, {api.AchievementMeasureFulfilled, &c.Fulfilled}, {api.AchievementMeasureAmount, &c.AmountFen},
			{api.AchievementMeasureReceived, &c.ReceivedFen}} {
			if !yield(p.m, p.n) {
				return
			}
		}
	}
}

// Add adds another cell.
func (c *Cell) Add(o Cell) {
	next, stop := iter.Pull2(o.parts())
	defer stop()
	for _, n := range c.parts() {
		_, more, _ := next()
		*n += *more
	}
}

// Of is one of its numbers; of served firms, the talks.
func (c Cell) Of(m api.AchievementMeasure) int64 {
	if m == api.AchievementMeasureServed {
		return c.Talks
	}
	for name, n := range c.parts() {
		if name == m {
			return *n
		}
	}
	return 0
}

// contracted are the deals that came to a contract.
var contracted = []DealState{Signed, Registered, Fulfilled}

// Cell is what one deal adds to the figures.
func (d *Deal) Cell() Cell {
	c := Cell{Interests: 1, ReceivedFen: d.Received()}
	if d.takenUp() {
		c.Talks = 1
	}
	if slices.Contains(contracted, d.State) {
		c.Contracts, c.AmountFen = 1, d.Contract.PriceFen
	}
	if d.State == Registered || d.State == Fulfilled {
		c.Registered = 1
	}
	if d.State == Fulfilled {
		c.Fulfilled = 1
	}
	return c
}

// takenUp reports whether the university ever answered the firm: what was declined, or called off, before that served nobody.
func (d *Deal) takenUp() bool {
	switch d.State {
	case Interest:
		return false
	case Declined, Cancelled:
		return len(d.History) >= maxHistory || slices.ContainsFunc(d.History, func(s Step) bool { return slices.Contains([]Action{TakeUpDeal, WinDeal}, s.Action) })
	}
	return true
}

// figureOf names the cell a deal counts in: the university's district, the university, the month it began in, its chain and the firm's district.
// None of it ever changes.
func figureOf(jurisdiction, seller string, begun when.Instant, chain, district string) string {
	return strings.Join([]string{jurisdiction, seller, begun.Time().In(when.China).Format("2006-01"), chain, district}, "|")
}

// upgradeDeal gives deals from before the figures were kept the cell they count in.
func upgradeDeal(_ int, body map[string]any) (map[string]any, error) {
	text := func(name string) string { s, _ := body[name].(string); return s }
	var begun int64
	if n, ok := body["begunAt"].(json.Number); ok {
		var err error
		if begun, err = strconv.ParseInt(n.String(), 10, 64); err != nil {
			return body, err
		}
	}
	body["figure"] = figureOf(text("jurisdiction"), text("sellerId"), when.Instant(begun), text("chain"), text("district"))
	return body, nil
}

// Sheet is what became of one university's deals of one month, by chain and the firm's district: a read model. Its id is the first three
// parts of its deals' figure, the keys of its cells are the last two.
type Sheet struct {
	Jurisdiction string          `json:"jurisdiction"`
	SellerID     string          `json:"sellerId"`
	Seller       string          `json:"seller"`
	Month        string          `json:"month"` // "2026-11"
	Cells        map[string]Cell `json:"cells"`
}

// cutFigure tells a sheet's id from the key of a cell in it.
func cutFigure(figure string) (sheet, cell string) {
	parts := strings.SplitN(figure, "|", 4)
	return strings.Join(parts[:3], "|"), parts[3]
}

// cutCell tells the chain from the district of a cell's key.
func cutCell(key string) (chain, district string) {
	i := strings.LastIndex(key, "|")
	return key[:i], key[i+1:]
}

// Settled is called with every event of this service before others hear it: the figures follow the deal it is about. Called again with the
// same event, it changes nothing.
func (s *Service) Settled(ctx context.Context, e docstore.Event) error {
	if e.Source != "deals" {
		return nil
	}
	doc, err := s.deals.Get(ctx, e.DocumentID)
	if err != nil {
		return err
	}
	if err := s.recount(ctx, &doc.Body); err != nil {
		return err
	}
	return s.markListsOf(ctx, doc.Body.AchievementID)
}

// recount counts the cell of a deal anew from its deals, so that doing it twice, or after a crash, is as good as once.
func (s *Service) recount(ctx context.Context, d *Deal) error {
	id, key := cutFigure(d.Figure)
	_, err := s.sheets.Upsert(ctx, id, func(sheet *Sheet) error {
		if sheet.Cells == nil {
			*sheet = Sheet{Jurisdiction: d.Jurisdiction, SellerID: d.SellerID, Month: d.Month(), Cells: map[string]Cell{}}
		}
		var cell Cell
		err := s.deals.Each(ctx, docstore.Query{Index: "figure", Equal: []any{d.Figure}, Limit: docstore.MaxLimit}, func(doc docstore.Doc[Deal]) error {
			cell.Add(doc.Body.Cell())
			return nil
		})
		sheet.Seller, sheet.Cells[key] = d.Seller, cell
		return err
	})
	return err
}

// Month is the month a deal began in, China's.
func (d *Deal) Month() string { return d.BegunAt.Time().In(when.China).Format("2006-01") }

// compareFigures counts every deal and mends the sheets that say otherwise: from before there were any, or after a store was brought back.
// It answers how many cells it mended.
func (s *Service) compareFigures(ctx context.Context) (int, error) {
	counted, one := map[string]Cell{}, map[string]Deal{}
	if err := s.deals.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[Deal]) error {
		c := counted[doc.Body.Figure]
		c.Add(doc.Body.Cell())
		counted[doc.Body.Figure], one[doc.Body.Figure] = c, doc.Body
		return nil
	}); err != nil {
		return 0, err
	}
	if err := s.sheets.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[Sheet]) error {
		for key, cell := range doc.Body.Cells {
			if figure := doc.ID + "|" + key; counted[figure] == cell {
				delete(counted, figure)
			}
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for figure := range counted {
		d := one[figure]
		if err := s.recount(ctx, &d); err != nil {
			return 0, err
		}
	}
	return len(counted), s.markAllLists(ctx)
}

// recountPause is how long until sheets are compared with the deals again.
const recountPause = 6 * time.Hour

// Comparing is the job that holds the figures to the deals, at the start and now and then.
func (s *Service) Comparing(ctx context.Context) error {
	for {
		mended, err := s.compareFigures(docstore.Unwitnessed(ctx))
		if err != nil && ctx.Err() == nil {
			s.o.Log.Warn("the figures of deals could not be compared", "error", err)
		}
		if mended > 0 {
			s.o.Log.Info("figures of deals were counted anew", "cells", mended)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(recountPause):
		}
	}
}

// figureScope is what of the sheets the reader may see: a university its own, an operator its jurisdiction's.
func figureScope(actor access.Actor) (docstore.Query, error) {
	switch {
	case actor.Staff == access.CityOperator:
		return docstore.Query{Limit: docstore.MaxLimit}, nil
	case actor.Staff == access.DistrictOperator:
		return docstore.Query{Index: "jurisdiction", Equal: []any{actor.District}, Limit: docstore.MaxLimit}, nil
	case actor.OrgID == "":
		return docstore.Query{}, fault.New(fault.Forbidden, "", "a university's or the authority's figures")
	}
	return docstore.Query{Index: "seller", Equal: []any{actor.OrgID}, Limit: docstore.MaxLimit}, nil
}

// notSaid is the key of the group of deals whose chain or district nobody said.
const notSaid = "-"

// FigureAsk is what of the figures is asked for: groups by university (id), chain or district; with a key or a measure, the rows behind one
// number. Served is of this year and needs no key.
type FigureAsk struct {
	By, Key string
	Measure api.AchievementMeasure
	Limit   int
	Cursor  string
}

// GetAchievementFigures is the funnel of deals, and the rows behind one of its numbers: their values add up to it.
func (s *Service) GetAchievementFigures(ctx context.Context, ask FigureAsk) (api.AchievementFigures, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AchievementFigures{}, err
	}
	f := api.AchievementFigures{Groups: []api.AchievementFunnel{}, Rows: []api.AchievementFigureRow{}, ServedTarget: settings.ServedTarget}
	q, err := figureScope(access.From(ctx))
	if err != nil {
		return f, err
	}
	asked := ask.Key != "" || ask.Measure != ""
	ask.Measure = cmp.Or(ask.Measure, api.AchievementMeasureInterests)
	groups, names, behind := map[string]Cell{}, map[string]string{}, []string{}
	year := s.now().In(when.China).Format("2006-")
	err = s.sheets.Each(ctx, q, func(doc docstore.Doc[Sheet]) error {
		sheet := &doc.Body
		for key, cell := range sheet.Cells {
			chain, district := cutCell(key)
			group := cmp.Or(map[string]string{"university": sheet.SellerID, "chain": chain, "district": district}[ask.By], notSaid)
			sum := groups[group]
			sum.Add(cell)
			groups[group], names[group] = sum, sheet.Seller
			thisYear := strings.HasPrefix(sheet.Month, year)
			if thisYear {
				f.Served += int(cell.Talks)
			}
			if ask.Measure == api.AchievementMeasureServed && !thisYear || ask.Key != "" && group != ask.Key || cell.Of(ask.Measure) == 0 {
				continue
			}
			behind = append(behind, doc.ID+"|"+key)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	for key, c := range groups {
		g := api.AchievementFunnel{Key: key, Interests: int(c.Interests), Talks: int(c.Talks), Contracts: int(c.Contracts), Registered: int(c.Registered), Fulfilled: int(c.Fulfilled),
			AmountFen: c.AmountFen, ReceivedFen: c.ReceivedFen}
		if ask.By == "university" {
			g.Name = names[key]
		}
		f.Groups = append(f.Groups, g)
	}
	slices.SortFunc(f.Groups, func(a, b api.AchievementFunnel) int {
		return cmp.Or(b.Interests-a.Interests, strings.Compare(a.Key, b.Key))
	})
	if !asked {
		return f, nil
	}
	slices.Sort(behind)
	f.Rows, f.Next, err = s.figureRows(ctx, behind, ask)
	return f, err
}

// figureRows are the deals of some cells that have a measure, a page of them. The cursor is the cell and where in it the page ended.
func (s *Service) figureRows(ctx context.Context, figures []string, ask FigureAsk) (rows []api.AchievementFigureRow, next string, err error) {
	rows = []api.AchievementFigureRow{}
	inner, limit := "", docstore.PageSize(ask.Limit)
	if ask.Cursor != "" {
		at, after, found := strings.Cut(ask.Cursor, "~")
		i, there := slices.BinarySearch(figures, at)
		if !found || !there {
			return rows, "", fault.Bad(fault.Field{Path: "cursor", Code: "invalid"})
		}
		figures, inner = figures[i:], after
	}
	for i, figure := range figures {
		page, err := s.deals.Find(ctx, docstore.Query{Index: "figure", Equal: []any{figure}, Limit: limit, Cursor: inner})
		if err != nil {
			return rows, "", err
		}
		for _, doc := range page.Items {
			c := doc.Body.Cell()
			if c.Of(ask.Measure) == 0 {
				continue
			}
			rows = append(rows, api.AchievementFigureRow{DealId: doc.ID, Title: doc.Body.Title, Firm: doc.Body.Firm, Seller: doc.Body.Seller, State: api.DealState(doc.Body.State),
				AmountFen: c.AmountFen, ReceivedFen: c.ReceivedFen, Value: c.Of(ask.Measure)})
		}
		if inner = page.Next; inner != "" {
			return rows, figure + "~" + inner, nil
		}
		if len(rows) >= limit && i+1 < len(figures) {
			return rows, figures[i+1] + "~", nil
		}
	}
	return rows, "", nil
}

// ListTally is what became of one list, for anybody to read: a read model, id the list's. Nothing in it names a firm.
type ListTally struct {
	Published int64        `json:"published"` // achievements on it that are public
	Came      Cell         `json:"came"`      // of the deals over those
	Counting  bool         `json:"counting,omitempty"`
	DueAt     when.Instant `json:"dueAt"` // when it is counted anew; 0: it is as it should be
}

// tallyPause lets the many changes of one list, as a table brings in, be counted once; tallyLease is how long a count may take before another
// begins.
const (
	tallyPause = 2 * time.Second
	tallyLease = time.Minute
)

// mark has a list counted anew. A count under way is made again: its revision is not the one it began with.
func (s *Service) mark(ctx context.Context, list string) error {
	due := when.At(s.now().Add(tallyPause))
	_, err := s.tallies.Upsert(ctx, list, func(t *ListTally) error {
		if t.DueAt == 0 || t.Counting {
			t.DueAt, t.Counting = due, false
		}
		return nil
	})
	return err
}

// markListsOf has the lists an achievement is on counted anew.
func (s *Service) markListsOf(ctx context.Context, achievement string) error {
	return s.entries.Each(ctx, docstore.Query{Index: "achievement", Equal: []any{achievement}}, func(doc docstore.Doc[Entry]) error {
		if doc.Body.ListID == "" {
			return nil
		}
		return s.mark(ctx, doc.Body.ListID)
	})
}

func (s *Service) markAllLists(ctx context.Context) error {
	return s.lists.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[List]) error { return s.mark(ctx, doc.ID) })
}

// tally counts a list anew. What changes meanwhile marks it again, and this count is dropped.
func (s *Service) tally(ctx context.Context, id string) error {
	claim, err := s.tallies.Update(ctx, id, func(tx *docstore.Tx[ListTally]) error {
		tx.Body.Counting, tx.Body.DueAt = true, when.At(tx.Now.Add(tallyLease))
		return nil
	})
	if err != nil {
		return err
	}
	list, err := s.lists.Get(ctx, id)
	if err != nil {
		return err
	}
	came := map[string]Cell{} // by achievement
	if err := s.deals.Each(ctx, docstore.Query{Index: "seller", Equal: []any{list.Body.OrgID}, Limit: docstore.MaxLimit}, func(doc docstore.Doc[Deal]) error {
		c := came[doc.Body.AchievementID]
		c.Add(doc.Body.Cell())
		came[doc.Body.AchievementID] = c
		return nil
	}); err != nil {
		return err
	}
	var t ListTally
	if err := s.eachListed(ctx, id, func(doc docstore.Doc[Achievement]) error {
		if doc.Body.Public() {
			t.Published++
			t.Came.Add(came[doc.ID])
		}
		return nil
	}); err != nil {
		return err
	}
	_, err = s.tallies.Update(ctx, id, func(tx *docstore.Tx[ListTally]) error {
		*tx.Body = t
		return nil
	}, docstore.IfRev(claim.Rev))
	if err != nil && fault.KindOf(err) == fault.Stale {
		return nil // marked meanwhile: it is due again
	}
	return err
}

// ListAchievementLists are the published lists, each with what came of it, the largest first.
func (s *Service) ListAchievementLists(ctx context.Context) ([]api.AchievementListFigures, error) {
	tallies := map[string]ListTally{}
	if err := s.tallies.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[ListTally]) error {
		tallies[doc.ID] = doc.Body
		return nil
	}); err != nil {
		return nil, err
	}
	lists := []api.AchievementListFigures{}
	err := s.lists.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(doc docstore.Doc[List]) error {
		t, l := tallies[doc.ID], &doc.Body
		if t.Published == 0 || l.Withdrawn {
			return nil
		}
		lists = append(lists, api.AchievementListFigures{Id: doc.ID, OrgId: l.OrgID, OrgName: l.OrgName, List: l.Name, Issue: l.Issue, Published: int(t.Published),
			Interests: int(t.Came.Interests), Contracts: int(t.Came.Contracts), Fulfilled: int(t.Came.Fulfilled), AmountFen: t.Came.AmountFen})
		return nil
	})
	slices.SortFunc(lists, func(a, b api.AchievementListFigures) int {
		return cmp.Or(b.Published-a.Published, strings.Compare(a.OrgName+a.List+a.Issue, b.OrgName+b.List+b.Issue))
	})
	return lists, err
}
