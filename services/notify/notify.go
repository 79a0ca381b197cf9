// Package notify tells people what happened to their things: an inbox that is kept, counted and live, and mail and text messages
// for those who want them. It owns the texts, who gets which message, and what each person has read. It refuses to know why
// anything happened, and it never decides who may see a thing: the service that sends an event names its recipients.
//
// A message is stored once per audience, not per person: an organisation's message belongs to whoever acts for the organisation
// when reading. So a member who joins finds it, one who leaves no longer does, and nothing is copied when members change.
package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// Message is one thing told to one audience. Its document id is "<event id>:<audience>", which is what makes receiving an event
// again harmless.
type Message struct {
	Audience Audience `json:"audience"`
	// Order sorts an audience's messages by when they came, and is what pages and streams resume from.
	Order   string          `json:"order"`
	EventID string          `json:"eventId"`
	Kind    string          `json:"kind"`
	Topic   string          `json:"topic"`
	Params  string          `json:"params"` // JSON object of the values the texts name
	Link    string          `json:"link,omitempty"`
	At      docstore.Millis `json:"at"` // of the event
}

// Audience is whom a message is for: "u:<user>", "o:<organisation>", "s:<post>" or "s:<post>:<district>".
type Audience string

func person(userID string) Audience      { return Audience("u:" + userID) }
func organisation(orgID string) Audience { return Audience("o:" + orgID) }

func post(p access.Staff, district string) Audience {
	if district == "" {
		return Audience("s:" + string(p))
	}
	return Audience("s:" + string(p) + ":" + district)
}

// class is what the API calls the audience.
func (a Audience) class() string {
	switch {
	case strings.HasPrefix(string(a), "o:"):
		return "organisation"
	case strings.HasPrefix(string(a), "s:"):
		return "staff"
	}
	return "person"
}

// audiencesOf are all the audiences an actor belongs to right now.
func audiencesOf(a access.Actor) []Audience {
	all := []Audience{person(a.UserID)}
	if a.OrgID != "" {
		all = append(all, organisation(a.OrgID))
	}
	if a.Staff != "" {
		all = append(all, post(a.Staff, ""))
		if a.District != "" {
			all = append(all, post(a.Staff, a.District))
		}
	}
	return all
}

// orderOf is a message's place in time. Milliseconds have as many digits until the year 2286.
func orderOf(at time.Time, eventID string) string {
	return fmt.Sprintf("%013d-%s", at.UnixMilli(), eventID)
}

// after is the first place behind an order; no order lies between.
func after(order string) string { return order + "!" }

// payload is what an event's data must be.
type payload struct {
	Recipients []recipient    `json:"recipients"`
	Params     map[string]any `json:"params"`
	Link       string         `json:"link"`
}

type recipient struct {
	OrgID    string         `json:"orgId"`
	UserID   string         `json:"userId"`
	Staff    access.Staff   `json:"staff"`
	District string         `json:"district"`
	Params   map[string]any `json:"params"` // laid over the event's
}

// audiences are whom a recipient means. Operators with a district, of either post, are all who decide for that district: its own
// and the city's.
func (r recipient) audiences() ([]Audience, error) {
	switch {
	case r.OrgID != "" && r.UserID == "" && r.Staff == "":
		return []Audience{organisation(r.OrgID)}, nil
	case r.UserID != "" && r.OrgID == "" && r.Staff == "":
		return []Audience{person(r.UserID)}, nil
	case (r.Staff == access.CityOperator || r.Staff == access.DistrictOperator) && r.District != "" && r.OrgID == "" && r.UserID == "":
		return []Audience{post(access.CityOperator, ""), post(access.DistrictOperator, r.District)}, nil
	case r.Staff != "" && r.OrgID == "" && r.UserID == "":
		return []Audience{post(r.Staff, r.District)}, nil
	}
	return nil, errEvent("a recipient is one of orgId, userId and staff")
}

// messages reads an event into the messages it makes, by id. now is when it came.
func messages(e docstore.Event, now time.Time) (map[string]Message, error) {
	var p payload
	if err := decodeNumbers(e.Data, &p); err != nil {
		return nil, errEvent(err.Error())
	}
	if p.Link != "" && (!strings.HasPrefix(p.Link, "/") || strings.HasPrefix(p.Link, "//")) {
		return nil, errEvent("a link is a path of the front end")
	}
	made := map[string]Message{}
	for _, r := range p.Recipients {
		audiences, err := r.audiences()
		if err != nil {
			return nil, err
		}
		params := map[string]any{}
		for _, layer := range []map[string]any{p.Params, r.Params} {
			for k, v := range layer {
				params[k] = v
			}
		}
		encoded, err := json.Marshal(params)
		if err != nil {
			return nil, errEvent(err.Error())
		}
		for _, a := range audiences {
			t, told := textFor(e.Kind, a.class())
			if !told {
				continue
			}
			made[e.ID+":"+string(a)] = Message{Audience: a, Order: orderOf(now, e.ID), EventID: e.ID, Kind: e.Kind, Topic: t.Topic,
				Params: string(encoded), Link: p.Link, At: docstore.Millis(e.At)}
		}
	}
	return made, nil
}

func errEvent(detail string) error { return fault.New(fault.Invalid, "event_malformed", detail) }

// decodeNumbers decodes JSON without passing integers through a float.
func decodeNumbers(b []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	return d.Decode(into)
}
