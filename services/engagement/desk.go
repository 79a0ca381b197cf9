package engagement

import (
	"context"
	"slices"
	"time"

	"lianbang/services/engagement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// ratings are the public rows of a provider's ratings, newest first.
func (s *Service) ratings(ctx context.Context, orgID string) ([]RatingRow, []api.RatingRow, error) {
	var rows []RatingRow
	views := []api.RatingRow{}
	err := s.engagements.Each(ctx, docstore.Query{Index: "rated", Equal: []any{orgID}, Descending: true, Limit: docstore.MaxLimit}, func(d docstore.Doc[Engagement]) error {
		r := d.Body.row(d.ID)
		rows = append(rows, r)
		v := api.RatingRow{Id: r.ID, Client: r.Client, RatedOn: dateView(r.RatedOn), Marks: marksView(r.Marks), Text: d.Body.Service.Text, Reply: d.Body.Service.Reply,
			Category: d.Body.Category, Offline: r.Offline, Aside: string(r.Aside)}
		if r.Aside != "" {
			v.AsideReason, v.Text = d.Body.Service.Aside.Reason, ""
		}
		views = append(views, v)
		return nil
	})
	return rows, views, err
}

// row is the public row of the client's rating. The engagement's and the client's ids do not show; the client's name stands for one
// voice with this provider only.
func (e *Engagement) row(id string) RatingRow {
	r := RatingRow{ID: keyOf("rating", id)[:12], Client: keyOf("voice", e.ProviderID, e.ClientID)[:8], RatedOn: when.DayOf(e.Service.At.Time()), Marks: e.Service.Marks, Offline: e.Offline}
	if !e.Service.Counts() {
		r.Aside = e.Service.Aside.Ground
	}
	return r
}

// ListProviderRatings is the public rows and what they come to today. Errors: NotFound for an organisation that provides nothing.
func (s *Service) ListProviderRatings(ctx context.Context, orgID string) (api.ProviderRatings, error) {
	st, err := s.inForce(ctx)
	if err != nil {
		return api.ProviderRatings{}, err
	}
	orgs, err := s.o.Organisations.Get(ctx, []string{orgID})
	if err != nil {
		return api.ProviderRatings{}, err
	}
	if !orgs[orgID].Provider {
		return api.ProviderRatings{}, access.Hide.Err()
	}
	rows, views, err := s.ratings(ctx, orgID)
	today, w := when.DayOf(s.now()), st.Reputation
	return api.ProviderRatings{Reputation: reputationView(orgID, Reputed(rows, today, w)), On: dateView(today), PriorMean: w.PriorMean, PriorWeight: w.PriorWeight,
		HalfLifeDays: w.HalfLifeDays, Rows: views}, err
}

// GetReputationInternal answers peers, in the order asked.
func (s *Service) GetReputationInternal(ctx context.Context, orgIDs []string) (api.ReputationList, error) {
	list := api.ReputationList{Items: []api.Reputation{}}
	st, err := s.inForce(ctx)
	if err != nil {
		return list, err
	}
	for _, id := range orgIDs {
		rows, _, err := s.ratings(ctx, id)
		if err != nil {
			return list, err
		}
		list.Items = append(list.Items, reputationView(id, Reputed(rows, when.DayOf(s.now()), st.Reputation)))
	}
	return list, nil
}

func reputationView(orgID string, r Reputation) api.Reputation {
	return api.Reputation{OrgId: orgID, Count: r.Count, Clients: r.Clients, SetAside: r.SetAside, Score: r.Score, Low: r.Low, High: r.High}
}

// ListEngagementQueue is what the operator should look at, soonest first.
func (s *Service) ListEngagementQueue(ctx context.Context, queue string, limit int, cursor string) (api.EngagementPage, error) {
	a := access.From(ctx)
	page := api.EngagementPage{Items: []api.Engagement{}}
	st, err := s.inForce(ctx)
	if err != nil {
		return page, err
	}
	q := docstore.Query{Index: "queue", Equal: []any{queue}, Limit: docstore.PageSize(limit), Cursor: cursor}
	if a.Staff == access.DistrictOperator {
		q.Index, q.Equal = "queueDistrict", []any{a.District, queue}
	}
	found, err := s.engagements.Find(ctx, q)
	page.Next = found.Next
	for _, d := range found.Items {
		page.Items = append(page.Items, brief(s.viewOf(d, a, st)))
	}
	return page, err
}

// recent is how far back the desk's facts look.
const recent = 365 * 24 * time.Hour

// GetServiceDesk is a provider's workbench. Facts are counts over the last year, "value of of": what to improve, not a verdict.
func (s *Service) GetServiceDesk(ctx context.Context) (api.ServiceDesk, error) {
	a := access.From(ctx)
	v := api.ServiceDesk{Turns: []api.Engagement{}, Pipeline: []api.StateCount{}, Dates: []api.DeskDate{}, Flags: []api.Flag{}}
	st, err := s.inForce(ctx)
	if err != nil {
		return v, err
	}
	now := s.now()
	var inTime, asked, accepted, quotes, returns, deliveries, onTime, dated, ratedN, takenN int64
	for _, state := range States {
		n, err := s.engagements.Count(ctx, docstore.Query{Index: "providerState", Equal: []any{a.OrgID, string(state)}})
		if err != nil {
			return v, err
		}
		v.Pipeline = append(v.Pipeline, api.StateCount{State: api.EngagementState(state), Count: int(n)})
	}
	err = s.engagements.Each(ctx, docstore.Query{Index: "provider", Equal: []any{a.OrgID}, From: when.At(now.Add(-recent)), Descending: true, Limit: docstore.MaxLimit}, func(d docstore.Doc[Engagement]) error {
		e := &d.Body
		c := e.Cell()
		asked, inTime = asked+c.AnsweredInTime+c.AnsweredLate+c.Unanswered, inTime+c.AnsweredInTime
		quotes, takenN, ratedN = quotes+c.Quoted, takenN+c.Taken, ratedN+c.Rated
		if e.opened() && !e.Offline {
			accepted++
		}
		if !e.Offline {
			for i, h := range e.Deliveries {
				deliveries++
				if h.Returned != "" {
					returns++
				}
				if due := e.deliverBy(); i == 0 && due != 0 {
					dated++
					if h.At < due {
						onTime++
					}
				}
			}
		}
		if !e.State.Ended() {
			if t := e.Turn(now); t.Role == Provider && len(v.Turns) < 50 {
				v.Turns = append(v.Turns, brief(s.viewOf(d, a, st)))
			}
			v.Dates = append(v.Dates, e.dates(d.ID, now)...)
		}
		return nil
	})
	if err != nil {
		return v, err
	}
	slices.SortFunc(v.Dates, func(a, b api.DeskDate) int { return a.On.Compare(b.On) })
	slices.SortStableFunc(v.Turns, func(a, b api.Engagement) int {
		if a.Turn.DueAt.IsZero() != b.Turn.DueAt.IsZero() {
			if a.Turn.DueAt.IsZero() {
				return 1
			}
			return -1
		}
		return a.Turn.DueAt.Compare(b.Turn.DueAt)
	})
	v.Facts = []api.DeskFact{{Key: "answeredInTime", Value: inTime, Of: asked}, {Key: "quoteAccepted", Value: accepted, Of: quotes},
		{Key: "deliveredOnTime", Value: onTime, Of: dated}, {Key: "returned", Value: returns, Of: deliveries}, {Key: "rated", Value: ratedN, Of: takenN}}
	rep, err := s.GetReputationInternal(ctx, []string{a.OrgID})
	if err != nil {
		return v, err
	}
	v.Reputation = rep.Items[0]
	for _, index := range []string{"first", "second"} {
		found, err := s.flags.Find(ctx, docstore.Query{Index: index, Equal: []any{a.OrgID}, Descending: true, Limit: 20})
		if err != nil {
			return v, err
		}
		for _, d := range found.Items {
			v.Flags = append(v.Flags, flagView(d, a))
		}
	}
	return v, nil
}

// dates are the days that matter to the provider in one engagement.
func (e *Engagement) dates(id string, now time.Time) []api.DeskDate {
	var all []api.DeskDate
	add := func(what string, on when.Instant) {
		if on != 0 {
			all = append(all, api.DeskDate{EngagementId: id, Subject: e.Terms.Subject, ClientName: e.ClientName, What: what, On: on.Time(), Overdue: when.At(now) >= on})
		}
	}
	if t := e.Turn(now); t.Due != 0 {
		add(string(t.Action), t.Due)
	}
	if e.State == Contracted || e.State == Delivering {
		for _, m := range e.Milestones {
			if m.State == Pending || m.State == InProgress || m.State == Delayed {
				add("milestone:"+m.Name, endOf(m.DueOn))
			}
		}
	}
	if c := e.Contract; c != nil && c.PayBy != 0 && e.paid(true) < c.AmountFen {
		add("payment", c.PayBy)
	}
	return all
}
