package demand

import (
	"context"
	"slices"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is subscribing to the periodic catalogue: one message for each published issue that holds something of what a person chose.

// IssueSubscription is one person's, id its user id. Empty lists choose everything.
type IssueSubscription struct {
	UserID string       `json:"userId"`
	OrgID  string       `json:"orgId"` // acted for when it was chosen; "" for none
	Active bool         `json:"active"`
	Chains []string     `json:"chains,omitempty"` // codes
	Kinds  []Kind       `json:"kinds,omitempty"`
	At     when.Instant `json:"at"`
}

// wants reports whether a demand is of what was chosen, and for this reader at all.
func (s *IssueSubscription) wants(d *Demand) bool {
	return (len(s.Chains) == 0 || slices.Contains(s.Chains, d.Terms.Chain)) && (len(s.Kinds) == 0 || slices.Contains(s.Kinds, d.Terms.Kind)) &&
		d.Visible(Stranger, s.OrgID)
}

// SubscribeIssues sets what the caller hears of published issues.
func (s *Service) SubscribeIssues(ctx context.Context, in api.IssueSubscription) (api.IssueSubscription, error) {
	a := access.From(ctx)
	rule := AudienceRule{Chains: in.Chains}
	if err := s.chooseAudience(ctx, &rule); err != nil {
		return in, err
	}
	sub := IssueSubscription{UserID: a.UserID, OrgID: a.OrgID, Active: in.Active, Chains: rule.Chains, At: when.At(s.now())}
	for _, k := range in.Kinds {
		sub.Kinds = append(sub.Kinds, Kind(k))
	}
	_, err := s.subscriptions.Insert(ctx, a.UserID, sub)
	if kind := fault.KindOf(err); err != nil && (kind == fault.Duplicate || kind == fault.Conflict) {
		_, err = s.subscriptions.Update(ctx, a.UserID, func(tx *docstore.Tx[IssueSubscription]) error {
			*tx.Body = sub
			return nil
		})
	}
	return subscriptionView(&sub), err
}

// GetIssueSubscription is what the caller chose; inactive when it chose nothing.
func (s *Service) GetIssueSubscription(ctx context.Context) (api.IssueSubscription, error) {
	doc, err := s.subscriptions.Get(ctx, access.From(ctx).UserID)
	if fault.KindOf(err) == fault.NotFound {
		return api.IssueSubscription{}, nil
	}
	return subscriptionView(&doc.Body), err
}

func subscriptionView(s *IssueSubscription) api.IssueSubscription {
	v := api.IssueSubscription{Active: s.Active, Chains: s.Chains}
	for _, k := range s.Kinds {
		v.Kinds = append(v.Kinds, api.DemandKind(k))
	}
	return v
}

// tellSubscribers tells those who subscribed of a published issue, a page of them at a time. It may be repeated, and run in several
// replicas at once: a page goes out in the write that moves the cursor past it.
func (s *Service) tellSubscribers(ctx context.Context, period string) error {
	for {
		doc, err := s.issues.Get(ctx, period)
		if err != nil || !doc.Body.Telling {
			return err
		}
		issue := doc.Body
		if issue.Limited {
			if err := s.tellReached(ctx, &issue); err != nil {
				return err
			}
			continue
		}
		var ids []string
		for _, item := range issue.Items {
			if item.Left == "" {
				ids = append(ids, item.DemandID)
			}
		}
		var demands []docstore.Doc[Demand]
		for part := range slices.Chunk(ids, docstore.MaxLimit) {
			found, err := s.demands.GetMany(ctx, part)
			if err != nil {
				return err
			}
			demands = append(demands, found...)
		}
		page, err := s.subscriptions.Find(ctx, docstore.Query{Index: "active", Equal: []any{true}, Limit: docstore.MaxLimit, Cursor: issue.ToldTo})
		if err != nil {
			return err
		}
		to := []recipient{}
		for _, sub := range page.Items {
			count := 0
			for i := range demands {
				if sub.Body.wants(&demands[i].Body) {
					count++
				}
			}
			if count > 0 {
				to = append(to, recipient{UserID: sub.Body.UserID, Params: map[string]any{"count": count}})
			}
		}
		if _, err := s.issues.Update(ctx, period, func(tx *docstore.Tx[Issue]) error {
			if !tx.Body.Telling || tx.Body.ToldTo != issue.ToldTo { // another replica was first
				return nil
			}
			tx.Body.Told(page.Next)
			if len(to) == 0 {
				return nil
			}
			return tx.Emit(issueForYou, message{Recipients: to, Params: map[string]any{"title": issue.Title}, Link: "/issues/" + period})
		}); err != nil {
			return err
		}
	}
}

// tellReached tells the next part of a limited issue's audience, in the write that moves the cursor past it.
func (s *Service) tellReached(ctx context.Context, issue *Issue) error {
	from, err := place(issue.ToldTo, len(issue.Reach.OrgIDs))
	if err != nil {
		return err
	}
	until, next := min(from+docstore.MaxLimit, len(issue.Reach.OrgIDs)), ""
	to := []recipient{}
	for _, orgID := range issue.Reach.OrgIDs[from:until] {
		to = append(to, toOrg(orgID))
	}
	if until < len(issue.Reach.OrgIDs) {
		next = itoa(until)
	}
	_, err = s.issues.Update(ctx, issue.Period, func(tx *docstore.Tx[Issue]) error {
		if !tx.Body.Telling || tx.Body.ToldTo != issue.ToldTo { // another replica was first
			return nil
		}
		tx.Body.Told(next)
		return tx.Emit(issueTargeted, message{Recipients: to, Params: map[string]any{"title": issue.Title}, Link: "/issues/" + issue.Period})
	})
	return err
}

func (h server) GetIssueSubscription(ctx context.Context, _ api.GetIssueSubscriptionRequestObject) (api.GetIssueSubscriptionResponseObject, error) {
	v, err := h.s.GetIssueSubscription(ctx)
	if err != nil {
		return nil, err
	}
	return api.GetIssueSubscription200JSONResponse(v), nil
}

func (h server) SubscribeIssues(ctx context.Context, r api.SubscribeIssuesRequestObject) (api.SubscribeIssuesResponseObject, error) {
	v, err := h.s.SubscribeIssues(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	return api.SubscribeIssues200JSONResponse(v), nil
}
