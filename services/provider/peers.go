package provider

import (
	"context"
	"net/http"
	"slices"
	"time"

	searchapi "lianbang/search/api"
	accountapi "lianbang/services/account/api"
	engagementapi "lianbang/services/engagement/api"
	noticeapi "lianbang/services/notice/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// peers are the other services as this one uses them. The city's lists are kept for a minute.
type peers struct {
	account    *accountapi.ClientWithResponses
	notice     *noticeapi.ClientWithResponses
	engagement *engagementapi.ClientWithResponses
	search     *searchapi.ClientWithResponses
	city       *accountapi.City
}

const (
	accountPeer    = "account"
	noticePeer     = "notice"
	engagementPeer = "engagement"
)

func newPeers(client *http.Client) (*peers, error) {
	p := &peers{}
	var err error
	if p.account, err = accountapi.NewClientWithResponses("http://"+accountPeer, accountapi.WithHTTPClient(client)); err != nil {
		return nil, err
	}
	p.city = accountapi.NewCity(p.account)
	if p.notice, err = noticeapi.NewClientWithResponses("http://"+noticePeer, noticeapi.WithHTTPClient(client)); err != nil {
		return nil, err
	}
	if p.engagement, err = engagementapi.NewClientWithResponses("http://"+engagementPeer, engagementapi.WithHTTPClient(client)); err != nil {
		return nil, err
	}
	p.search, err = searchapi.NewClientWithResponses("http://"+searchapi.Peer, searchapi.WithHTTPClient(client))
	return p, err
}

// Get asks who an organisation is.
func (p *peers) Get(ctx context.Context, id string) (Organisation, error) {
	answer, err := p.account.GetOrganisationsInternalWithResponse(ctx, accountapi.GetOrganisationsInternalJSONRequestBody{Ids: []string{id}})
	if err != nil {
		return Organisation{}, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return Organisation{}, err
	}
	if len(answer.JSON200.Items) != 1 {
		return Organisation{}, fault.New(fault.NotFound, "", "there is no such organisation")
	}
	o := answer.JSON200.Items[0]
	return Organisation{ID: o.Id, Name: o.Name, CreditCode: o.CreditCode, District: o.DistrictCode, Summary: o.Summary, Verified: o.Verified,
		Employees: o.Employees, ContactName: o.Contact.Name, ContactPhone: o.Contact.Phone, Members: o.MemberIds, Capacities: capacities(o.Capacities)}, nil
}

// Find reads experts from the register, the active ones.
func (p *peers) Find(ctx context.Context, ids []string) ([]Candidate, error) {
	answer, err := p.account.ListExpertsInternalWithResponse(ctx, accountapi.ListExpertsInternalJSONRequestBody{Ids: ids})
	if err != nil {
		return nil, rest.Away(accountPeer, err)
	}
	if err := rest.PeerError(accountPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	var found []Candidate
	for _, e := range answer.JSON200.Items {
		if !e.Active {
			continue
		}
		c := Candidate{PersonID: e.PersonId, Name: e.Name, Employer: e.Employer, Organisations: slices.Clone(e.OrganisationIds)}
		if e.EmployerOrgId != "" {
			c.Organisations = append(c.Organisations, e.EmployerOrgId)
		}
		found = append(found, c)
	}
	return found, nil
}

// City is the city's name.
func (p *peers) City(ctx context.Context) (string, error) {
	r, err := p.city.Data(ctx)
	return r.CityName, err
}

// Calendar is the city's working days.
func (p *peers) Calendar(ctx context.Context) (when.Calendar, error) { return p.city.Calendar(ctx) }

// Districts are the names of the city's districts, by code.
func (p *peers) Districts(ctx context.Context) (map[string]string, error) {
	r, err := p.city.Data(ctx)
	all := map[string]string{}
	for _, d := range r.Districts {
		all[d.Code] = d.Name
	}
	return all, err
}

// Rows reads the public rows of a provider's ratings. A provider nobody has dealt with has none.
func (p *peers) Rows(ctx context.Context, orgID string) ([]RatedRow, error) {
	answer, err := p.engagement.ListProviderRatingsWithResponse(ctx, orgID)
	if err != nil {
		return nil, rest.Away(engagementPeer, err)
	}
	if err := rest.PeerError(engagementPeer, answer.StatusCode(), answer.Body); fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var rows []RatedRow
	for _, r := range answer.JSON200.Rows {
		rows = append(rows, RatedRow{ID: r.Id, Client: r.Client, RatedOn: when.Day(r.RatedOn.Format(time.DateOnly)), Offline: r.Offline, Aside: r.Aside, Marks: marksOf(r.Marks)})
	}
	return rows, nil
}

// Year reads a year's ratings of many providers in one call.
func (p *peers) Year(ctx context.Context, orgIDs []string, year int) (map[string][]RatedRow, error) {
	answer, err := p.engagement.ListRatingsInternalWithResponse(ctx, engagementapi.RatingsInput{OrgIds: orgIDs, Year: year})
	if err != nil {
		return nil, rest.Away(engagementPeer, err)
	}
	if err := rest.PeerError(engagementPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	rows := map[string][]RatedRow{}
	for _, of := range answer.JSON200.Items {
		for _, r := range of.Rows {
			rows[of.OrgId] = append(rows[of.OrgId], RatedRow{ID: r.Id, Client: r.Client, RatedOn: when.Day(r.RatedOn.Format(time.DateOnly)), Offline: r.Offline, Aside: r.Aside,
				Marks: marksOf(r.Marks), Engagement: r.EngagementId})
		}
	}
	return rows, nil
}

// Months reads providers' dealings by month.
func (p *peers) Months(ctx context.Context, orgIDs []string, from, to string) (map[string][]MonthFacts, error) {
	answer, err := p.engagement.ListProviderLedgersInternalWithResponse(ctx, engagementapi.LedgerInput{OrgIds: orgIDs, From: from, To: to})
	if err != nil {
		return nil, rest.Away(engagementPeer, err)
	}
	if err := rest.PeerError(engagementPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	all := map[string][]MonthFacts{}
	for _, l := range answer.JSON200.Items {
		for _, m := range l.Months {
			c := m.Cell
			all[l.OrgId] = append(all[l.OrgId], MonthFacts{Month: m.Key, Enquiries: c.Enquiries, InTime: c.AnsweredInTime, Missed: c.AnsweredLate + c.Unanswered, Taken: c.Taken, Rated: c.Rated, Marks: c.Marks})
		}
	}
	return all, nil
}

// Behind reads the dealings behind one number of a provider's months.
func (p *peers) Behind(ctx context.Context, orgID, measure, from, to string) ([]api.WatchRow, error) {
	answer, err := p.engagement.ListLedgerRowsInternalWithResponse(ctx, engagementapi.LedgerRowsInput{OrgId: orgID, Measure: engagementapi.Measure(measure), From: from, To: to})
	if err != nil {
		return nil, rest.Away(engagementPeer, err)
	}
	if err := rest.PeerError(engagementPeer, answer.StatusCode(), answer.Body); err != nil {
		return nil, err
	}
	rows := []api.WatchRow{}
	for _, r := range answer.JSON200.Items {
		rows = append(rows, api.WatchRow{EngagementId: r.EngagementId, Subject: r.Subject, ClientName: r.ClientName, Month: r.Month, Value: r.Value})
	}
	return rows, nil
}

func marksOf(marks []engagementapi.Mark) map[string]int {
	all := map[string]int{}
	for _, m := range marks {
		all[string(m.Key)] = m.Score
	}
	return all
}

// noticeBoard is the notice service.
type noticeBoard struct{ *peers }

// Put puts a notice up for everybody to read.
func (b noticeBoard) Put(ctx context.Context, n NoticeAsk) (NoticeStanding, error) {
	answer, err := b.notice.PutNoticeInternalWithResponse(ctx, n.ID, noticeapi.NoticeInput{Service: "provider", Kind: n.Kind, SubjectId: n.Subject, Title: n.Title,
		Summary: n.Summary, Lines: n.Lines, Link: n.Link, WorkingDays: n.WorkingDays, Audience: noticeapi.NoticeAudience{Public: true}, District: n.District, PartyIds: n.Parties})
	if err != nil {
		return NoticeStanding{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeStanding{}, err
	}
	return NoticeStanding{State: string(answer.JSON200.State), EndsAt: answer.JSON200.EndsAt}, nil
}

// Get asks how a notice stands.
func (b noticeBoard) Get(ctx context.Context, id string) (NoticeStanding, error) {
	answer, err := b.notice.GetNoticeInternalWithResponse(ctx, id)
	if err != nil {
		return NoticeStanding{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeStanding{}, err
	}
	return NoticeStanding{State: string(answer.JSON200.State), EndsAt: answer.JSON200.EndsAt}, nil
}

// Withdraw takes a notice back.
func (b noticeBoard) Withdraw(ctx context.Context, id, reason string) error {
	answer, err := b.notice.WithdrawNoticeInternalWithResponse(ctx, id, noticeapi.WithdrawNoticeInternalJSONRequestBody{Reason: reason})
	if err != nil {
		return rest.Away(noticePeer, err)
	}
	return rest.PeerError(noticePeer, answer.StatusCode(), answer.Body)
}

func capacities(all []accountapi.Capacity) []access.Capacity {
	out := make([]access.Capacity, 0, len(all))
	for _, c := range all {
		out = append(out, access.Capacity(c))
	}
	return out
}
