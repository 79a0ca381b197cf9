package engagement

import (
	"context"
	"maps"
	"slices"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// Ledger is a provider's figures by the month a dealing began, id the provider's: a read model like the sheets, kept with them. It is what
// a provider is compared with its own past by.
type Ledger struct {
	Months map[string]Cell `json:"months"`
}

// follow brings every read model up to date with an engagement. Counted anew each time, so doing it twice is as good as once.
func (s *Service) follow(ctx context.Context, e *Engagement) error {
	if err := s.recount(ctx, e.Month, e.District, e.Category); err != nil {
		return err
	}
	return s.enter(ctx, e.ProviderID, e.Month)
}

// enter counts one month of a provider anew.
func (s *Service) enter(ctx context.Context, providerID, month string) error {
	_, err := s.ledgers.Upsert(ctx, providerID, func(l *Ledger) error {
		cell, err := s.counted(ctx, docstore.Query{Index: "providerMonth", Equal: []any{providerID, month}})
		if l.Months == nil {
			l.Months = map[string]Cell{}
		}
		l.Months[month] = cell
		return err
	})
	return err
}

// counted adds up the engagements of a query.
func (s *Service) counted(ctx context.Context, q docstore.Query) (Cell, error) {
	var cell Cell
	q.Limit = docstore.MaxLimit
	err := s.engagements.Each(ctx, q, func(d docstore.Doc[Engagement]) error {
		cell.Add(d.Body.Cell())
		return nil
	})
	return cell, err
}

// RecountAll makes every read model anew from the engagements and says how many it counted. What the read models hold beside is counted
// too, so that a figure nothing stands behind goes to nought. Changes meanwhile are not lost: each cell is counted as it then is.
func (s *Service) RecountAll(ctx context.Context) (int64, error) {
	ctx = docstore.Unwitnessed(ctx)
	type place struct{ month, district, category string }
	type page struct{ provider, month string }
	var n int64
	places, pages := map[place]bool{}, map[page]bool{}
	if err := s.engagements.Each(ctx, docstore.Query{Index: "cell", Limit: docstore.MaxLimit}, func(d docstore.Doc[Engagement]) error {
		e := &d.Body
		n++
		places[place{e.Month, e.District, e.Category}], pages[page{e.ProviderID, e.Month}] = true, true
		return nil
	}); err != nil {
		return n, err
	}
	if err := s.sheets.Each(ctx, docstore.Query{Index: "month", Limit: docstore.MaxLimit}, func(d docstore.Doc[Sheet]) error {
		for category := range d.Body.Cells {
			places[place{d.Body.Month, d.Body.District, category}] = true
		}
		return nil
	}); err != nil {
		return n, err
	}
	if err := s.ledgers.Each(ctx, docstore.Query{Limit: docstore.MaxLimit}, func(d docstore.Doc[Ledger]) error {
		for month := range d.Body.Months {
			pages[page{d.ID, month}] = true
		}
		return nil
	}); err != nil {
		return n, err
	}
	for p := range places {
		if err := s.recount(ctx, p.month, p.district, p.category); err != nil {
			return n, err
		}
	}
	for p := range pages {
		if err := s.enter(ctx, p.provider, p.month); err != nil {
			return n, err
		}
	}
	return n, nil
}

// keepLedgers makes the read models where an older program left engagements without them.
func (s *Service) keepLedgers(ctx context.Context) error {
	kept, err := s.ledgers.Find(ctx, docstore.Query{Limit: 1})
	if err != nil || len(kept.Items) > 0 {
		return err
	}
	some, err := s.engagements.Find(ctx, docstore.Query{Limit: 1})
	if err != nil || len(some.Items) == 0 {
		return err
	}
	_, err = s.RecountAll(ctx)
	return err
}

// ListProviderLedgersInternal is what providers' dealings come to by month, for a peer, in the order asked. Nobody's are none.
func (s *Service) ListProviderLedgersInternal(ctx context.Context, in api.LedgerInput) (api.LedgerList, error) {
	list := api.LedgerList{Items: []api.ProviderLedger{}}
	found := map[string]Ledger{}
	for some := range slices.Chunk(in.OrgIds, docstore.MaxLimit) {
		docs, err := s.ledgers.GetMany(ctx, some)
		if err != nil {
			return list, err
		}
		for _, d := range docs {
			found[d.ID] = d.Body
		}
	}
	for _, id := range in.OrgIds {
		v := api.ProviderLedger{OrgId: id, Months: []api.FigureLine{}}
		for _, month := range slices.Sorted(maps.Keys(found[id].Months)) {
			if month >= in.From && month <= in.To {
				v.Months = append(v.Months, api.FigureLine{Key: month, Cell: cellView(found[id].Months[month])})
			}
		}
		list.Items = append(list.Items, v)
	}
	return list, nil
}

// ListLedgerRowsInternal is the engagements behind one number of a ledger, for a peer that answers for who reads them. Their values add up
// to it.
func (s *Service) ListLedgerRowsInternal(ctx context.Context, in api.LedgerRowsInput) (api.FigureRowPage, error) {
	page := api.FigureRowPage{Items: []api.FigureRow{}}
	q := docstore.Query{Index: "providerMonth", Equal: []any{in.OrgId}, From: in.From, To: in.To + "~", Limit: docstore.MaxLimit}
	err := s.engagements.Each(ctx, q, func(d docstore.Doc[Engagement]) error {
		if v := d.Body.Cell().Of(in.Measure); v != 0 {
			page.Items = append(page.Items, figureRow(d, v))
		}
		return nil
	})
	return page, err
}

// ListRatingsInternal is the ratings of a year of many providers at once, for a peer's yearly evaluation, in the order asked.
func (s *Service) ListRatingsInternal(ctx context.Context, in api.RatingsInput) (api.RatingsList, error) {
	list := api.RatingsList{Items: []api.ProviderYear{}}
	from := when.At(time.Date(in.Year, 1, 1, 0, 0, 0, 0, when.China))
	to := when.At(time.Date(in.Year+1, 1, 1, 0, 0, 0, 0, when.China))
	for _, id := range in.OrgIds {
		v := api.ProviderYear{OrgId: id, Rows: []api.RatedEngagement{}}
		q := docstore.Query{Index: "rated", Equal: []any{id}, From: from, To: to, Limit: docstore.MaxLimit}
		err := s.engagements.Each(ctx, q, func(d docstore.Doc[Engagement]) error {
			r := d.Body.row(d.ID)
			v.Rows = append(v.Rows, api.RatedEngagement{Id: r.ID, EngagementId: d.ID, Client: r.Client, RatedOn: dateView(r.RatedOn), Marks: marksView(r.Marks), Offline: r.Offline, Aside: string(r.Aside)})
			return nil
		})
		if err != nil {
			return list, err
		}
		list.Items = append(list.Items, v)
	}
	return list, nil
}
