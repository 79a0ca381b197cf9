package notify

import (
	"context"
	"slices"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Topics in the order a settings page shows them.
var topics = []string{"match", "demand", "bid", "award", "achievement", "engagement", "organisation", "review"}

// The channels beside the inbox.
const (
	mail = "mail"
	sms  = "sms"
)

// byDefault is what a person gets who never chose: mail for what concerns the own dealings, nothing that would pile up.
var byDefault = map[string][]string{"match": {mail}, "demand": {mail}, "bid": {mail}, "engagement": {mail}, "organisation": {mail}}

// Subscriptions are one person's choices, id "<user>". A topic that is not there has its default.
type Subscriptions struct {
	Language string              `json:"language"`
	Topics   map[string][]string `json:"topics"` // topic → channels
}

// wanted are the channels of a topic, also being what a kind of event adds for who never chose.
func (s Subscriptions) wanted(topic string, also ...string) []string {
	if chosen, ok := s.Topics[topic]; ok {
		return chosen
	}
	channels := slices.Concat(byDefault[topic], also)
	slices.Sort(channels)
	return slices.Compact(channels)
}

// subscriptionsOf reads a person's choices; rev 0 means none were made.
func (s *Service) subscriptionsOf(ctx context.Context, userID string) (docstore.Doc[Subscriptions], error) {
	doc, err := s.subscriptions.Get(ctx, userID)
	if fault.KindOf(err) == fault.NotFound {
		return docstore.Doc[Subscriptions]{ID: userID, Body: Subscriptions{Language: chinese}}, nil
	}
	return doc, err
}

// GetSubscriptions reads the actor's choices.
func (s *Service) GetSubscriptions(ctx context.Context) (docstore.Doc[Subscriptions], error) {
	return s.subscriptionsOf(ctx, access.From(ctx).UserID)
}

// PutSubscriptions replaces the actor's choices, if they are still at rev. Errors: Stale.
func (s *Service) PutSubscriptions(ctx context.Context, rev int64, choice Subscriptions) (docstore.Doc[Subscriptions], error) {
	for topic, channels := range choice.Topics {
		slices.Sort(channels)
		choice.Topics[topic] = slices.Compact(channels)
	}
	userID := access.From(ctx).UserID
	if rev != 0 {
		return s.subscriptions.Update(ctx, userID, func(tx *docstore.Tx[Subscriptions]) error {
			*tx.Body = choice
			return nil
		}, docstore.IfRev(rev))
	}
	doc, err := s.subscriptions.Insert(ctx, userID, choice)
	if fault.KindOf(err) == fault.Duplicate {
		return doc, fault.New(fault.Stale, "", "somebody chose already")
	}
	return doc, err
}
