package notify

import (
	"bufio"
	"context"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/notify/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// server is the generated interface over Service.
type server struct {
	s    *Service
	pace pace
}

var _ api.StrictServerInterface = (*server)(nil)

func (h *server) ListInbox(ctx context.Context, r api.ListInboxRequestObject) (api.ListInboxResponseObject, error) {
	box, err := h.s.ListInbox(ctx, Filter{Unread: r.Params.Unread, Topic: string(r.Params.Topic), Limit: r.Params.Limit, Cursor: r.Params.Cursor})
	if err != nil {
		return nil, err
	}
	page := api.ListInbox200JSONResponse{Items: make([]api.Message, 0, len(box.Entries)), Next: box.Next, Unread: box.Unread}
	for _, e := range box.Entries {
		page.Items = append(page.Items, message(e, r.Params.Lang))
	}
	return page, nil
}

func message(e Entry, language api.Language) api.Message {
	w := e.words(string(language))
	return api.Message{Id: e.ID, Kind: e.Kind, Topic: api.Topic(e.Topic), Audience: api.MessageAudience(e.Audience.class()), Title: w.title,
		Body: w.body, Reasons: w.reasons, Link: e.Link, At: e.At.Time(), Read: e.Read}
}

func (h *server) GetUnreadCount(ctx context.Context, _ api.GetUnreadCountRequestObject) (api.GetUnreadCountResponseObject, error) {
	n, err := h.s.GetUnreadCount(ctx)
	return api.GetUnreadCount200JSONResponse{Unread: n}, err
}

func (h *server) ReadMessage(ctx context.Context, r api.ReadMessageRequestObject) (api.ReadMessageResponseObject, error) {
	n, err := h.s.ReadMessage(ctx, r.MessageId)
	return api.ReadMessage200JSONResponse{Unread: n}, err
}

func (h *server) ReadAllMessages(ctx context.Context, r api.ReadAllMessagesRequestObject) (api.ReadAllMessagesResponseObject, error) {
	upTo := ""
	if r.Body != nil {
		upTo = r.Body.UpTo
	}
	n, err := h.s.ReadAllMessages(ctx, upTo)
	return api.ReadAllMessages200JSONResponse{Unread: n}, err
}

func (h *server) StreamInbox(ctx context.Context, r api.StreamInboxRequestObject) (api.StreamInboxResponseObject, error) {
	last := r.Params.LastEventID
	if last == "" {
		last = r.Params.Since
	}
	actor := access.From(ctx)
	f, err := h.s.follow(ctx, actor, last)
	return &stream{h: h, actor: actor, follower: f, language: r.Params.Lang}, err
}

// stream answers as it goes, which the generated answer (it copies a reader to its end first) would not.
type stream struct {
	h        *server
	actor    access.Actor
	follower *follower
	language api.Language
}

// VisitStreamInboxResponse hands the connection to the stream. What the writer needs is taken before this returns: the request is
// gone by the time it runs. Done closes when the app begins to shut down.
func (s *stream) VisitStreamInboxResponse(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no")
	ctx, done := context.WithoutCancel(c.UserContext()), c.Context().Done()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		err := s.h.s.Stream(ctx, s.actor, s.follower, s.h.pace, done, w, func(e Entry) any { return message(e, s.language) })
		if err != nil {
			s.h.s.log.Debug("inbox stream ended", "error", err)
		}
	})
	return nil
}

func (h *server) GetSubscriptions(ctx context.Context, _ api.GetSubscriptionsRequestObject) (api.GetSubscriptionsResponseObject, error) {
	doc, err := h.s.GetSubscriptions(ctx)
	return api.GetSubscriptions200JSONResponse{SubscriptionsJSONResponse: subscriptions(doc)}, err
}

func (h *server) PutSubscriptions(ctx context.Context, r api.PutSubscriptionsRequestObject) (api.PutSubscriptionsResponseObject, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return nil, err
	}
	choice := Subscriptions{Language: string(r.Body.Language), Topics: map[string][]string{}}
	if choice.Language == "" {
		choice.Language = chinese
	}
	for _, t := range r.Body.Topics {
		channels := []string{}
		for _, c := range t.Channels {
			channels = append(channels, string(c))
		}
		choice.Topics[string(t.Topic)] = channels
	}
	doc, err := h.s.PutSubscriptions(ctx, rev, choice)
	return api.PutSubscriptions200JSONResponse{SubscriptionsJSONResponse: subscriptions(doc)}, err
}

func subscriptions(doc docstore.Doc[Subscriptions]) api.SubscriptionsJSONResponse {
	body := api.Subscriptions{Rev: doc.Rev, Language: api.Language(doc.Body.Language), Topics: []api.TopicChannels{}}
	for _, topic := range topics {
		channels := []api.Channel{}
		for _, c := range doc.Body.wanted(topic) {
			channels = append(channels, api.Channel(c))
		}
		body.Topics = append(body.Topics, api.TopicChannels{Topic: api.Topic(topic), Channels: channels})
	}
	return api.SubscriptionsJSONResponse{Body: body, Headers: api.SubscriptionsResponseHeaders{ETag: rest.ETag(doc.Rev)}}
}

func (h *server) ListOutgoing(ctx context.Context, r api.ListOutgoingRequestObject) (api.ListOutgoingResponseObject, error) {
	page, err := h.s.ListOutgoing(ctx, string(r.Params.State), r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	answer := api.ListOutgoing200JSONResponse{Items: make([]api.Outgoing, 0, len(page.Items)), Next: page.Next}
	for _, d := range page.Items {
		o := d.Body
		answer.Items = append(answer.Items, api.Outgoing{Id: d.ID, MessageId: o.MessageID, Kind: o.Kind, Channel: api.Channel(o.Channel),
			UserId: o.UserID, Address: o.Address, State: api.OutgoingState(o.State), Reason: o.Reason, At: o.At.Time(), SentAt: o.SentAt.Time()})
	}
	return answer, nil
}

func (h *server) NotifyListParkedEvents(ctx context.Context, r api.NotifyListParkedEventsRequestObject) (api.NotifyListParkedEventsResponseObject, error) {
	page, err := h.s.ListParkedEvents(ctx, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	answer := api.NotifyListParkedEvents200JSONResponse{Items: make([]api.ParkedEvent, 0, len(page.Items)), Next: page.Next}
	for _, d := range page.Items {
		p := d.Body
		answer.Items = append(answer.Items, api.ParkedEvent{Id: d.ID, Kind: p.Event.Kind, DocumentId: p.Event.DocumentID,
			At: docstore.Millis(p.Event.At).Time(), Tries: p.Tries, LastError: p.Error})
	}
	return answer, nil
}

func (h *server) NotifyRetryParkedEvent(ctx context.Context, r api.NotifyRetryParkedEventRequestObject) (api.NotifyRetryParkedEventResponseObject, error) {
	return api.NotifyRetryParkedEvent204Response{}, h.s.RetryParkedEvent(ctx, r.EventId)
}

func (h *server) NotifyListIgnoredKinds(ctx context.Context, _ api.NotifyListIgnoredKindsRequestObject) (api.NotifyListIgnoredKindsResponseObject, error) {
	docs, err := h.s.ListIgnoredKinds(ctx)
	if err != nil {
		return nil, err
	}
	answer := api.NotifyListIgnoredKinds200JSONResponse{Items: make([]api.IgnoredKind, 0, len(docs))}
	for _, d := range docs {
		answer.Items = append(answer.Items, api.IgnoredKind{Kind: d.ID, Count: d.Body.Count, LastEventId: d.Body.LastEventID, LastAt: d.Body.LastAt.Time()})
	}
	return answer, nil
}

func (h *server) NotifyReceiveEvent(ctx context.Context, r api.NotifyReceiveEventRequestObject) (api.NotifyReceiveEventResponseObject, error) {
	e := docstore.Event{ID: r.Body.Id, Kind: r.Body.Kind, Source: r.Body.Source, DocumentID: r.Body.DocumentId, Rev: r.Body.Rev, At: r.Body.At, Data: r.Body.Data}
	return api.NotifyReceiveEvent204Response{}, h.s.Receive(ctx, e)
}

func (h *server) SendTextInternal(ctx context.Context, r api.SendTextInternalRequestObject) (api.SendTextInternalResponseObject, error) {
	return api.SendTextInternal204Response{}, h.s.SendText(ctx, Letter{ID: r.Body.Id, To: r.Body.Phone, Subject: r.Body.Subject, Text: r.Body.Text, Link: r.Body.Link, At: h.s.now()})
}
