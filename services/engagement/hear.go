package engagement

import (
	"context"
	"encoding/json"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// chosen is the part of demand's bid.chosen this service reads: what a service demand hands over.
type chosen struct {
	Params struct {
		DemandID string `json:"demandId"`
		Title    string `json:"title"`
		Handover *struct {
			ClientID     string `json:"clientId"`
			ClientName   string `json:"clientName"`
			ProviderID   string `json:"providerId"`
			ProviderName string `json:"providerName"`
			Category     string `json:"category"`
			District     string `json:"district"`
			Need         string `json:"need"`
			Scope        string `json:"scope"`
			PriceFen     int64  `json:"priceFen"`
			Days         int    `json:"days"`
			PayDays      int    `json:"payDays"`
		} `json:"handover"`
	} `json:"params"`
}

// Receive takes an event of another service: a quote chosen on a service demand opens an engagement. The same event again, and every
// other event, changes nothing.
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	if e.Kind != "bid.chosen" {
		return nil
	}
	var c chosen
	if err := json.Unmarshal(e.Data, &c); err != nil {
		return fault.Wrap(err, fault.Invalid, "event_malformed", "the event cannot be read")
	}
	h := c.Params.Handover
	if h == nil {
		return nil // of another kind of demand
	}
	st, err := s.inForce(ctx)
	if err != nil {
		return err
	}
	day := time.UnixMilli(e.At).UTC()
	need := h.Need
	if need == "" {
		need = c.Params.Title
	}
	q := Quote{Scope: h.Scope, PriceFen: h.PriceFen, Days: max(h.Days, 1), PayDays: h.PayDays, ValidUntil: when.DayOf(day)}
	made, err := HandOver(day, Party{h.ClientID, h.ClientName}, Party{h.ProviderID, h.ProviderName},
		Terms{Category: h.Category, Subject: c.Params.Title, Need: need, District: h.District}, c.Params.DemandID, e.DocumentID, q, st)
	if err != nil {
		return err
	}
	id := keyOf("handover", e.DocumentID)
	_, err = s.engagements.Insert(ctx, id, made, docstore.Emit(handedOver, about(id, &made, Client, Provider).with("dueAt", at(made.StepDue))))
	if fault.KindOf(err) == fault.Duplicate {
		return nil
	}
	return err
}
