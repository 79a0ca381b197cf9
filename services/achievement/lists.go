package achievement

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is what became of achievements: a funnel whose every figure is the sum of rows that can be read.

// contracted are the deals that came to a contract.
var contracted = []DealState{Signed, Registered, Fulfilled}

// GetAchievementFigures is the funnel of deals by university, chain or district; with a key, the rows that group is the sum of. A university
// sees its own, an operator its jurisdiction's.
func (s *Service) GetAchievementFigures(ctx context.Context, by, key string) (api.AchievementFigures, error) {
	actor := access.From(ctx)
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AchievementFigures{}, err
	}
	f := api.AchievementFigures{Groups: []api.AchievementFunnel{}, Rows: []api.AchievementFigureRow{}, ServedTarget: settings.ServedTarget}
	q := docstore.Query{Index: "seller", Equal: []any{actor.OrgID}}
	switch actor.Staff {
	case access.CityOperator:
		q = docstore.Query{}
	case access.DistrictOperator:
		q = docstore.Query{Index: "jurisdiction", Equal: []any{actor.District}}
	default:
		if actor.OrgID == "" {
			return f, fault.New(fault.Forbidden, "", "a university's or the authority's figures")
		}
	}
	groups := map[string]*api.AchievementFunnel{}
	year := s.now().In(when.China).Year()
	err = s.deals.Each(ctx, q, func(doc docstore.Doc[Deal]) error {
		d := &doc.Body
		name := map[string]string{"university": d.Seller, "chain": d.Chain, "district": d.District}[by]
		g := groups[name]
		if g == nil {
			g = &api.AchievementFunnel{Key: name}
			groups[name] = g
		}
		row := api.AchievementFigureRow{DealId: doc.ID, Title: d.Title, State: api.DealState(d.State), ReceivedFen: d.Received()}
		g.Interests++
		if d.State != Interest {
			g.Talks++
		}
		if slices.Contains(contracted, d.State) {
			g.Contracts++
			g.AmountFen += d.Contract.PriceFen
			row.AmountFen = d.Contract.PriceFen
		}
		if d.State == Registered || d.State == Fulfilled {
			g.Registered++
		}
		if d.State == Fulfilled {
			g.Fulfilled++
		}
		g.ReceivedFen += d.Received()
		if d.BegunAt.Time().In(when.China).Year() == year && d.State != Interest {
			f.Served++
		}
		if key != "" && name == key {
			f.Rows = append(f.Rows, row)
		}
		return nil
	})
	for _, g := range groups {
		f.Groups = append(f.Groups, *g)
	}
	slices.SortFunc(f.Groups, func(a, b api.AchievementFunnel) int {
		return cmp.Or(b.Interests-a.Interests, strings.Compare(a.Key, b.Key))
	})
	return f, err
}
