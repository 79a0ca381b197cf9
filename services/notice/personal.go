package notice

import (
	"context"

	"lianbang/services/notice/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/personal"
)

// NoticePersonalDataInternal lists, or takes out, what says who a person is in everything kept here.
func (h server) NoticePersonalDataInternal(ctx context.Context, r api.NoticePersonalDataInternalRequestObject) (api.NoticePersonalDataInternalResponseObject, error) {
	a, err := h.s.PersonalData(ctx, *r.Body)
	return api.NoticePersonalDataInternal200JSONResponse(a), err
}

// PersonalData adds to what every service finds what is sealed here: who filed an objection, known by the number or the address it left. One
// that is not answered yet keeps its contact: it was filed with a real name, and its handler must be able to reach whoever filed it.
func (s *Service) PersonalData(ctx context.Context, r personal.Request) (personal.Answer, error) {
	a, err := personal.Sweep(ctx, s.db, r)
	if err != nil || a.Next != "" {
		return a, err
	}
	var ids []string
	err = s.objections.Each(ctx, docstore.Query{Index: "filed"}, func(d docstore.Doc[Objection]) error {
		c, err := s.o.Secrets.Open(d.ID, d.Body.Sealed)
		switch {
		case err != nil:
			return err
		case !r.Who.Is(c.Phone) && !r.Who.Is(c.Email):
		case !r.Erase:
			a.Items = append(a.Items, personal.Found{Collection: "objections", ID: d.ID, Path: "contact", Value: c.Name + " " + c.Phone + " " + c.Email + " " + c.IDNumber},
				personal.Found{Collection: "objections", ID: d.ID, Path: "text", Value: d.Body.Text})
		case d.Body.Standing == Filed || d.Body.Standing == WasAccepted:
			a.Held++
		default:
			ids = append(ids, d.ID)
		}
		return nil
	})
	for _, id := range ids {
		if err != nil {
			return a, err
		}
		var sealed string
		if sealed, err = s.o.Secrets.Seal(id, Contact{Name: personal.Erased}); err == nil {
			_, err = s.objections.Update(ctx, id, func(tx *docstore.Tx[Objection]) error { tx.Body.Sealed = sealed; return nil })
			a.Changed++
		}
	}
	return a, err
}
