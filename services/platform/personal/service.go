package personal

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// Holders are the services beside account that keep what people write, in the order they are asked in: notify last, since the others' events may
// still be on their way to it. Each answers Path; account knows who a person is, and asks.
var Holders = []string{"achievement", "capability", "demand", "engagement", "notice", "provider", "search", "notify"}

// Path is where every service answers its peers.
const Path = "/internal/v1/personal-data"

// Request asks a service for the next stretch of its documents.
type Request struct {
	Who   Who    `json:"who"`
	Erase bool   `json:"erase,omitempty"` // take it out; without, list it
	After string `json:"after,omitempty"` // Next of the stretch before
}

// Answer is what a stretch held.
type Answer struct {
	Items   []Found `json:"items,omitempty"` // without Erase
	Changed int     `json:"changed"`         // documents the person was taken out of
	Held    int     `json:"held"`            // those that keep it until a procedure has ended; asked again later
	Next    string  `json:"next,omitempty"`  // where to go on; empty at the end
}

// log is the collection of decisions.
const log = "audit_log"

// Sweep answers for one stretch of a service's documents. Erasing again changes nothing. More collections to leave out are those the service
// answers for itself.
func Sweep(ctx context.Context, db *docstore.DB, r Request, except ...string) (Answer, error) {
	var a Answer
	counted := map[string]bool{}
	next, err := db.Sweep(ctx, r.After, append(except, log), func(d docstore.Stored) (json.RawMessage, error) {
		if r.Erase {
			clean, err := Take(r.Who, d.Body)
			if key := d.Collection + "/" + d.ID; clean != nil && !counted[key] {
				counted[key] = true
				a.Changed++
			}
			return clean, err
		}
		found, err := Find(r.Who, d.Body)
		for _, f := range found {
			f.Collection, f.ID = d.Collection, d.ID
			a.Items = append(a.Items, f)
		}
		return nil, err
	})
	a.Next = next
	return a, err
}

// Ask puts the question to a peer.
func Ask(ctx context.Context, peers *http.Client, service string, r Request) (Answer, error) {
	var a Answer
	b, err := json.Marshal(r)
	if err != nil {
		return a, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+service+Path, bytes.NewReader(b))
	if err != nil {
		return a, err
	}
	q.Header.Set("Content-Type", "application/json")
	answer, err := peers.Do(q)
	if err != nil {
		return a, rest.Away(service, err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err = rest.Drain(answer.Body)
	if err != nil {
		return a, rest.Away(service, err)
	}
	if err := rest.PeerError(service, answer.StatusCode, b); err != nil {
		return a, err
	}
	return a, json.Unmarshal(b, &a)
}
