package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Delivery runs on this service's own outbox, in two steps that can each be repeated: a recorded message becomes one Outgoing a
// person and channel, under an id that the event, the person and the channel fix; and an Outgoing is sent once it is due.
const (
	eventRecorded = "message.recorded"
	eventQueued   = "outgoing.queued"
)

// The states of an Outgoing.
const (
	queued  = "queued"
	sent    = "sent"
	dropped = "dropped"
	// failed is an outcome for the metrics alone: the letter stays queued.
	failed = "failed"
)

// Outgoing is one mail or text message to one person, id "<event id>:<user>:<channel>": a person who hears of an event both
// for an organisation and in person gets one mail. It holds no content; that is written from the message when it is sent.
type Outgoing struct {
	MessageID string          `json:"messageId"`
	Kind      string          `json:"kind"`
	Channel   string          `json:"channel"`
	UserID    string          `json:"userId"`
	Address   string          `json:"address,omitempty"` // masked, of the last try
	State     string          `json:"state"`
	Reason    string          `json:"reason,omitempty"`
	At        docstore.Millis `json:"at"`
	SentAt    docstore.Millis `json:"sentAt,omitempty"`
}

// deliver is the relay's hand.
func (s *Service) deliver(ctx context.Context, e docstore.Event) error {
	switch e.Kind {
	case eventRecorded:
		return s.spread(ctx, e.DocumentID)
	case eventQueued:
		return s.send(ctx, e.DocumentID)
	}
	return fmt.Errorf("notify: no step for %s", e.Kind)
}

// spread finds who a message reaches by mail or text message, as members stand now.
func (s *Service) spread(ctx context.Context, messageID string) error {
	doc, err := s.messages.Get(ctx, messageID)
	if err != nil {
		return err
	}
	m := doc.Body
	t, _ := textFor(m.Kind, m.Audience.class())
	people, err := s.people.members(ctx, m.Audience)
	if err != nil {
		return err
	}
	for _, p := range people {
		choice, err := s.subscriptionsOf(ctx, p.ID)
		if err != nil {
			return err
		}
		for _, channel := range choice.Body.wanted(m.Topic, t.Also...) {
			if p.address(channel) == "" {
				continue
			}
			_, err := s.outgoing.Insert(ctx, m.EventID+":"+p.ID+":"+channel, Outgoing{MessageID: messageID, Kind: m.Kind, Channel: channel,
				UserID: p.ID, Address: mask(p.address(channel)), State: queued, At: docstore.MillisOf(s.now())}, docstore.Emit(eventQueued, nil))
			if err != nil && fault.KindOf(err) != fault.Duplicate {
				return err
			}
		}
	}
	return nil
}

// send writes and sends one Outgoing. It may run twice for one when the process dies between sending and noting it; the channel
// then sees the same id again.
func (s *Service) send(ctx context.Context, id string) error {
	out, err := s.outgoing.Get(ctx, id)
	if err != nil || out.Body.State != queued {
		return err
	}
	message, err := s.messages.Get(ctx, out.Body.MessageID)
	if err != nil {
		return err
	}
	people, err := s.people.byID(ctx, out.Body.UserID)
	if err != nil {
		return err
	}
	to := ""
	if len(people) == 1 {
		to = people[0].address(out.Body.Channel)
	}
	if to == "" {
		return s.settle(ctx, id, dropped, "", "no address")
	}
	choice, err := s.subscriptionsOf(ctx, out.Body.UserID)
	if err != nil {
		return err
	}
	w := message.Body.words(choice.Body.Language)
	letter := Letter{ID: id, To: to, Name: people[0].Name, Subject: w.title, Text: w.body, Link: message.Body.Link, At: s.now()}
	err = s.channels[out.Body.Channel].Send(ctx, letter)
	if errors.Is(err, errRefused) {
		return s.settle(ctx, id, dropped, mask(to), "address refused")
	}
	if err != nil {
		s.lettersN.WithLabelValues(out.Body.Channel, failed).Inc()
		return err
	}
	return s.settle(ctx, id, sent, mask(to), "")
}

func (s *Service) settle(ctx context.Context, id, state, address, reason string) error {
	doc, err := s.outgoing.Update(ctx, id, func(tx *docstore.Tx[Outgoing]) error {
		tx.Body.State, tx.Body.Reason = state, reason
		if address != "" {
			tx.Body.Address = address
		}
		if state == sent {
			tx.Body.SentAt = docstore.MillisOf(tx.Now)
		}
		return nil
	})
	if err == nil {
		s.lettersN.WithLabelValues(doc.Body.Channel, state).Inc()
	}
	return err
}

// mask shows enough of an address to recognise it and too little to use it.
func mask(address string) string {
	if name, domain, ok := strings.Cut(address, "@"); ok {
		r := []rune(name)
		return string(r[:min(1, len(r))]) + "***@" + domain
	}
	if len(address) < 8 {
		return "***"
	}
	return address[:3] + "****" + address[len(address)-4:]
}

// SendText sends a text message at once, past the outbox: it holds what must not be stored. Errors: Conflict "text.refused" for a number
// that will never do, Unavailable for everything else.
func (s *Service) SendText(ctx context.Context, l Letter) error {
	err := s.channels[sms].Send(ctx, l)
	outcome := sent
	switch {
	case errors.Is(err, errRefused):
		outcome, err = dropped, fault.New(fault.Conflict, "text.refused", "this number takes no messages")
	case err != nil:
		s.log.Warn("a text message did not go out", "error", err)
		outcome, err = failed, fault.Wrap(err, fault.Unavailable, "", "the message could not be handed over")
	}
	s.lettersN.WithLabelValues(sms, outcome).Inc()
	return err
}
