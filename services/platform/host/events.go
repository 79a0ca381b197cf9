package host

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// Deliver brings an event to every service that hears this one. It fails when any of them does not take it, and the relay then
// tries all of them again: hearers are idempotent by event id.
func (e *Env) Deliver(ctx context.Context, event docstore.Event) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	for _, hearer := range e.hearers {
		if err := e.call(ctx, http.MethodPost, hearer, "/internal/v1/events", body, nil); err != nil {
			return err
		}
	}
	return nil
}

// call asks a peer; out, when not nil, receives the JSON answer.
func (e *Env) call(ctx context.Context, method, peer, path string, body []byte, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://"+peer+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := e.Peers.Do(r)
	if err != nil {
		return rest.Away(peer, err)
	}
	defer func() { _ = answer.Body.Close() }()
	b, err := rest.Drain(answer.Body)
	if err != nil {
		return rest.Away(peer, err)
	}
	if err := rest.PeerError(peer, answer.StatusCode, b); err != nil || out == nil {
		return err
	}
	return json.Unmarshal(b, out)
}

// Standing asks account whether the session, the role and the post behind a token still stand; without a session, whether the person
// still is in the organisation and at the post. When account is away the answer
// is Unavailable: a decision waits rather than being made by somebody who may no longer.
func (e *Env) Standing(ctx context.Context, a access.Actor) error {
	if a.Service != "" {
		return nil
	}
	question, err := json.Marshal(struct {
		UserID    string       `json:"userId"`
		SessionID string       `json:"sessionId"`
		OrgID     string       `json:"orgId,omitempty"`
		Role      access.Role  `json:"role,omitempty"`
		Post      access.Staff `json:"post,omitempty"`
		District  string       `json:"district,omitempty"`
	}{a.UserID, a.SessionID, a.OrgID, a.Role, a.Staff, a.District})
	if err != nil {
		return err
	}
	var answer struct {
		Stands bool `json:"stands"`
	}
	if err := e.call(ctx, http.MethodPost, "account", "/internal/v1/standing", question, &answer); err != nil {
		return err
	}
	if !answer.Stands {
		return fault.New(fault.Unauthenticated, "auth.session_ended", "this session, or its place in the organisation, has ended")
	}
	return nil
}

func (e *Env) fetchKeys(ctx context.Context) (access.JWKS, error) {
	var set access.JWKS
	if e.Keys.Token.ID != "" { // this process signs, or shares the secret: no need to ask
		return access.Publish(append([]access.Key{e.Keys.Token}, e.Keys.Others...)...), nil
	}
	return set, e.call(ctx, http.MethodGet, "account", "/.well-known/jwks.json", nil, &set)
}
