package notice

import (
	"context"

	"lianbang/services/notice/api"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/rest"
)

// server is the generated interface in terms of the service: mechanical, one operation after the other.
type server struct{ s *Service }

var _ api.StrictServerInterface = server{}

func (h server) ListNotices(ctx context.Context, r api.ListNoticesRequestObject) (api.ListNoticesResponseObject, error) {
	p := r.Params
	page, err := h.s.ListNotices(ctx, Filter{Type: Type(p.Type), State: State(p.State), Kind: p.Kind, District: p.District, Words: p.Q, Limit: p.Limit, Cursor: p.Cursor})
	if err != nil {
		return nil, err
	}
	answer := api.ListNotices200JSONResponse{Items: make([]api.Notice, 0, len(page.Items)), Next: page.Next}
	for _, d := range page.Items {
		v := view(d, h.s.now())
		v.Lines, v.History = nil, nil
		answer.Items = append(answer.Items, v)
	}
	return answer, nil
}

func (h server) GetNotice(ctx context.Context, r api.GetNoticeRequestObject) (api.GetNoticeResponseObject, error) {
	doc, err := h.s.GetNotice(ctx, r.NoticeId)
	if err != nil {
		return nil, err
	}
	filed, err := h.s.Outcomes(ctx, doc.ID)
	if err != nil {
		return nil, err
	}
	v := view(doc, h.s.now())
	v.Objections = outcomes(filed)
	return api.GetNotice200JSONResponse{Body: v, Headers: api.GetNotice200ResponseHeaders{ETag: rest.ETag(doc.Rev)}}, nil
}

func (h server) FileObjection(ctx context.Context, r api.FileObjectionRequestObject) (api.FileObjectionResponseObject, error) {
	b := r.Body
	receipt, err := h.s.FileObjection(ctx, r.NoticeId, b.Text, b.Basis, Contact{Name: b.Name, Phone: b.Phone, Email: b.Email, IDNumber: b.IdNumber})
	if err != nil {
		return nil, err
	}
	return api.FileObjection201JSONResponse{Id: receipt.ID, Code: receipt.Code, DecideBy: receipt.DecideBy}, nil
}

func (h server) AddObjectionFile(ctx context.Context, r api.AddObjectionFileRequestObject) (api.AddObjectionFileResponseObject, error) {
	name, content, err := blob.Part(r.Body, "file")
	if err != nil {
		return nil, err
	}
	ref, err := h.s.AddObjectionFile(ctx, r.ObjectionId, r.Params.ObjectionCode, name, content)
	if err != nil {
		return nil, err
	}
	return api.AddObjectionFile201JSONResponse(file(ref)), nil
}

func (h server) QueryObjection(ctx context.Context, r api.QueryObjectionRequestObject) (api.QueryObjectionResponseObject, error) {
	doc, err := h.s.QueryObjection(ctx, r.Body.Code, r.Body.Tail)
	if err != nil {
		return nil, err
	}
	return api.QueryObjection200JSONResponse(handling(doc)), nil
}

func (h server) ListObjections(ctx context.Context, r api.ListObjectionsRequestObject) (api.ListObjectionsResponseObject, error) {
	page, err := h.s.ListObjections(ctx, Stage(r.Params.Stage), r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	answer := api.ListObjections200JSONResponse{Items: make([]api.Objection, 0, len(page.Items)), Next: page.Next}
	for _, d := range page.Items {
		answer.Items = append(answer.Items, listed(d))
	}
	return answer, nil
}

func (h server) GetObjection(ctx context.Context, r api.GetObjectionRequestObject) (api.GetObjectionResponseObject, error) {
	doc, err := h.s.GetObjection(ctx, r.ObjectionId)
	if err != nil {
		return nil, err
	}
	return api.GetObjection200JSONResponse(handling(doc)), nil
}

func (h server) ReadObjectionContact(ctx context.Context, r api.ReadObjectionContactRequestObject) (api.ReadObjectionContactResponseObject, error) {
	c, err := h.s.ReadObjectionContact(ctx, r.ObjectionId)
	if err != nil {
		return nil, err
	}
	return api.ReadObjectionContact200JSONResponse{Name: c.Name, Phone: c.Phone, Email: c.Email, IdNumber: c.IDNumber}, nil
}

func (h server) GetObjectionFile(ctx context.Context, r api.GetObjectionFileRequestObject) (api.GetObjectionFileResponseObject, error) {
	content, ref, err := h.s.GetObjectionFile(ctx, r.ObjectionId, r.FileId)
	if err != nil {
		return nil, err
	}
	return api.GetObjectionFile200ApplicationoctetStreamResponse{Body: content, ContentLength: ref.Size,
		Headers: api.GetObjectionFile200ResponseHeaders{ContentDisposition: blob.Disposition(ref.Name)}}, nil
}

func (h server) AcceptObjection(ctx context.Context, r api.AcceptObjectionRequestObject) (api.AcceptObjectionResponseObject, error) {
	doc, err := h.s.DecideObjection(ctx, r.ObjectionId, Accepted, "")
	if err != nil {
		return nil, err
	}
	return api.AcceptObjection200JSONResponse{ObjectionJSONResponse: api.ObjectionJSONResponse(handling(doc))}, nil
}

func (h server) RefuseObjection(ctx context.Context, r api.RefuseObjectionRequestObject) (api.RefuseObjectionResponseObject, error) {
	doc, err := h.s.DecideObjection(ctx, r.ObjectionId, Refused, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.RefuseObjection200JSONResponse{ObjectionJSONResponse: api.ObjectionJSONResponse(handling(doc))}, nil
}

func (h server) AnswerObjection(ctx context.Context, r api.AnswerObjectionRequestObject) (api.AnswerObjectionResponseObject, error) {
	doc, err := h.s.DecideObjection(ctx, r.ObjectionId, Verdict(r.Body.Verdict), r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.AnswerObjection200JSONResponse{ObjectionJSONResponse: api.ObjectionJSONResponse(handling(doc))}, nil
}

func (h server) PutNoticeInternal(ctx context.Context, r api.PutNoticeInternalRequestObject) (api.PutNoticeInternalResponseObject, error) {
	b := r.Body
	key, err := KeyOf(r.NoticeId)
	if err != nil {
		return nil, err
	}
	doc, err := h.s.PutNotice(ctx, r.NoticeId, Notice{Key: Key{Service: b.Service, Kind: b.Kind, SubjectID: b.SubjectId, Round: key.Round}, Title: b.Title,
		Summary: b.Summary, Lines: b.Lines, Link: b.Link, Audience: Audience{Public: b.Audience.Public, Organisations: b.Audience.OrganisationIds},
		District: b.District, Parties: b.PartyIds, Term: Term{WorkingDays: b.WorkingDays, Days: b.Days}})
	if err != nil {
		return nil, err
	}
	return api.PutNoticeInternal200JSONResponse{StandingJSONResponse: standing(doc)}, nil
}

func (h server) PutAnnouncementInternal(ctx context.Context, r api.PutAnnouncementInternalRequestObject) (api.PutAnnouncementInternalResponseObject, error) {
	b := r.Body
	key, err := KeyOf(r.NoticeId)
	if err != nil {
		return nil, err
	}
	doc, err := h.s.PutAnnouncement(ctx, r.NoticeId, Notice{Key: Key{Service: b.Service, Kind: b.Kind, SubjectID: b.SubjectId, Round: key.Round}, Title: b.Title,
		Summary: b.Summary, Lines: b.Lines, Link: b.Link, Audience: Audience{Public: b.Audience.Public, Organisations: b.Audience.OrganisationIds}, District: b.District})
	if err != nil {
		return nil, err
	}
	return api.PutAnnouncementInternal200JSONResponse{StandingJSONResponse: standing(doc)}, nil
}

func (h server) GetNoticeInternal(ctx context.Context, r api.GetNoticeInternalRequestObject) (api.GetNoticeInternalResponseObject, error) {
	doc, err := h.s.NoticeStanding(ctx, r.NoticeId)
	if err != nil {
		return nil, err
	}
	return api.GetNoticeInternal200JSONResponse{StandingJSONResponse: standing(doc)}, nil
}

func (h server) WithdrawNoticeInternal(ctx context.Context, r api.WithdrawNoticeInternalRequestObject) (api.WithdrawNoticeInternalResponseObject, error) {
	doc, err := h.s.WithdrawNotice(ctx, r.NoticeId, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return api.WithdrawNoticeInternal200JSONResponse{StandingJSONResponse: standing(doc)}, nil
}

func standing(doc docstore.Doc[Notice]) api.StandingJSONResponse {
	n := &doc.Body
	return api.StandingJSONResponse{Id: doc.ID, State: api.NoticeState(n.State), EndsAt: at(n.EndsAt), Upheld: n.Upheld, Reason: n.Reason}
}

func (h server) NoticeListAudit(ctx context.Context, r api.NoticeListAuditRequestObject) (api.NoticeListAuditResponseObject, error) {
	page, err := h.s.o.Audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	answer := api.NoticeListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, nil
}

func (h server) NoticeListParkedEvents(ctx context.Context, r api.NoticeListParkedEventsRequestObject) (api.NoticeListParkedEventsResponseObject, error) {
	page, err := h.s.ListParkedEvents(ctx, r.Params.Cursor, r.Params.Limit)
	if err != nil {
		return nil, err
	}
	answer := api.NoticeListParkedEvents200JSONResponse{Items: make([]api.ParkedEvent, 0, len(page.Items)), Next: page.Next}
	for _, d := range page.Items {
		p := d.Body
		answer.Items = append(answer.Items, api.ParkedEvent{Id: d.ID, Kind: p.Event.Kind, DocumentId: p.Event.DocumentID,
			At: docstore.Millis(p.Event.At).Time(), Tries: p.Tries, LastError: p.Error})
	}
	return answer, nil
}

func (h server) NoticeRetryParkedEvent(ctx context.Context, r api.NoticeRetryParkedEventRequestObject) (api.NoticeRetryParkedEventResponseObject, error) {
	return api.NoticeRetryParkedEvent204Response{}, h.s.RetryParkedEvent(ctx, r.EventId)
}

func (h server) NoticeReceiveEvent(ctx context.Context, r api.NoticeReceiveEventRequestObject) (api.NoticeReceiveEventResponseObject, error) {
	e := docstore.Event{ID: r.Body.Id, Kind: r.Body.Kind, Source: r.Body.Source, DocumentID: r.Body.DocumentId, Rev: r.Body.Rev, At: r.Body.At, Data: r.Body.Data}
	return api.NoticeReceiveEvent204Response{}, h.s.Receive(ctx, e)
}
