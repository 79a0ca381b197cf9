package notify

import (
	"context"
	"encoding/json"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// personErased is account's word that a person's data was erased.
const personErased = "person.erased"

// forget takes out of the person's own inbox what the messages said. Nobody can read them any more; neither shall anything be left to read. Told
// again it changes nothing.
func (s *Service) forget(ctx context.Context, e docstore.Event) error {
	var data struct {
		UserID string `json:"userId"`
	}
	if err := json.Unmarshal(e.Data, &data); err != nil || data.UserID == "" {
		return fault.New(fault.Invalid, "", "the event names no person")
	}
	var ids []string
	err := s.messages.Each(ctx, docstore.Query{Index: "byAudience", Equal: []any{person(data.UserID)}}, func(d docstore.Doc[Message]) error {
		ids = append(ids, d.ID)
		return nil
	})
	for _, id := range ids {
		if err == nil {
			_, err = s.messages.Update(ctx, id, func(tx *docstore.Tx[Message]) error { tx.Body.Params, tx.Body.Link = "{}", ""; return nil })
		}
	}
	return err
}
