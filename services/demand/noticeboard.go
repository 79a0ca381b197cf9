package demand

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	noticeapi "lianbang/services/notice/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file has award notices put up by the notice service and hears what becomes of them.

// NoticeAsk is an award notice to put up.
type NoticeAsk struct {
	ID, DemandID, Title, Summary, Link, District string
	Lines                                        []string
	WorkingDays                                  int
	Public                                       bool     // anyone may read it
	Readers                                      []string // organisations that may, where not everybody may
	Parties                                      []string // organisations it is about
}

// NoticeStanding is how a notice stands at the notice service.
type NoticeStanding struct {
	State  string // open, paused, ended, stopped, withdrawn
	EndsAt time.Time
	Upheld bool // an objection was upheld, if only after the end
	Reason string
}

// Notices is the notice service as this one uses it. Errors: Unavailable when it is away.
type Notices interface {
	// Put puts a notice up; put up again, it is the same.
	Put(ctx context.Context, n NoticeAsk) (NoticeStanding, error)
	Get(ctx context.Context, id string) (NoticeStanding, error)
}

// followNotice has a planned notice put up, or asks how one stands once its time has come. A notice service that is away is asked again;
// the demand's other work does not wait for it.
func (s *Service) followNotice(ctx context.Context, id string, d *Demand) error {
	if !d.noticeDue(when.At(s.now())) {
		return nil
	}
	var err error
	if d.Notice.State == NoticePlanned {
		err = s.putUpNotice(ctx, id, d)
	} else {
		err = s.askNotice(ctx, id, d.Notice.Number)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	s.o.Log.Warn("the award notice waits for the notice service", "demand", id, "error", err)
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		tx.Body.AskNoticeLater(tx.Now, askAway)
		return nil
	})
	return err
}

func (s *Service) putUpNotice(ctx context.Context, id string, d *Demand) error {
	bids, err := s.manifest(ctx, d)
	if err != nil {
		return err
	}
	ask := NoticeAsk{ID: noticeID(id, d.Notice.Number), DemandID: id, Title: "关于“" + cutTo(d.Terms.Title, 200) + "”定榜结果的公示", Link: resultPage(id), District: d.Jurisdiction,
		Summary: "经评审，拟按以下结果定榜，现予公示。对结果有异议的，可在公示期内实名提出。", Lines: d.noticeLines(), WorkingDays: d.Notice.WorkingDays,
		Public: d.Terms.Public, Parties: []string{d.IssuerID}}
	for i := range bids {
		if !d.Terms.Public {
			ask.Readers = append(ask.Readers, bids[i].OrgID)
		}
		if bids[i].State != Won {
			continue
		}
		ask.Parties = append(ask.Parties, bids[i].OrgID)
		for _, m := range bids[i].Members {
			if m.State == SeatAccepted && m.OrgID != bids[i].OrgID {
				ask.Parties = append(ask.Parties, m.OrgID)
			}
		}
	}
	if !d.Terms.Public { // after the bidders, who are to read it in any case
		ask.Readers = append(ask.Readers, d.audience()...)
	}
	ask.Readers, ask.Parties = atMost(maxReaders, ask.Readers), atMost(maxParties, ask.Parties)
	standing, err := s.o.Notices.Put(ctx, ask)
	if err != nil {
		return err
	}
	number := d.Notice.Number
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if !d.NoticeUp(tx.Now, number, standing.EndsAt) {
			return nil
		}
		return tx.Emit(awardNoticed, about(id, d, resultPage(id), toOrg(d.IssuerID), toStaff(d.Jurisdiction)).with("noticeEndsAt", at(d.Notice.EndsAt)))
	})
	return err
}

// What the notice service takes.
const (
	maxReaders = 2500
	maxParties = 100
)

// atMost is the first n different ids.
func atMost(n int, ids []string) []string {
	var all []string
	for _, id := range ids {
		if len(all) < n && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// askNotice moves the demand as its notice of a number stands.
func (s *Service) askNotice(ctx context.Context, id string, number int) error {
	standing, err := s.o.Notices.Get(ctx, noticeID(id, number))
	if err != nil {
		return err
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d, clock := tx.Body, By{Role: Clock}
		if standing.Upheld && d.Contested(tx.Now, number, standing.Reason) {
			return nil // the award was final already: what follows is in contest.go
		}
		if d.State != AwardNotice || d.Notice.Number != number || d.Notice.State == NoticePlanned {
			return nil // over meanwhile, or of an earlier decision
		}
		switch {
		case standing.State == "stopped", standing.State == "withdrawn", standing.State == "ended" && standing.Upheld:
			to := s.noticed(d)
			if err := d.Revoke(clock, tx.Now, standing.Reason); err != nil {
				return err
			}
			return tx.Emit(awardRevoked, about(id, d, publicPage(id), to...).with("reason", d.History[len(d.History)-1].Reason))
		case standing.State == "paused":
			return d.Pause(clock, tx.Now)
		}
		if err := d.Resume(clock, tx.Now, standing.EndsAt); err != nil || standing.State != "ended" {
			return err
		}
		if err := d.Conclude(clock, tx.Now); err != nil {
			return err
		}
		var names []string
		for _, r := range d.Award.Standings {
			if r.Won {
				names = append(names, r.OrgName)
			}
		}
		return tx.Emit(awardPublished, about(id, d, resultPage(id), s.noticed(d)...).with("winners", names).with("round", number))
	})
	if err != nil {
		return err
	}
	s.tryTasks(ctx, id)
	return nil
}

// heard is what this service reads of a notice's event.
type heard struct {
	Service   string `json:"service"`
	Kind      string `json:"kind"`
	SubjectID string `json:"subjectId"`
	Round     int    `json:"round"`
}

// Receive takes an event of the notice service: what it is about is asked about. The same event again changes nothing, and one that is
// not about an award notice is passed over. Errors: Invalid "event_malformed"; Unavailable.
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	if !strings.HasPrefix(e.Kind, "notice.") {
		return nil
	}
	var h heard
	if err := json.Unmarshal(e.Data, &h); err != nil {
		return fault.Wrap(err, fault.Invalid, "event_malformed", "the event's data cannot be read")
	}
	if h.Service != "demand" || h.Kind != "award" {
		return nil
	}
	err := s.askNotice(docstore.Unwitnessed(ctx), h.SubjectID, h.Round)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// adoptNotices takes up the award notices of demands written when this service kept their clock itself: they are put up anew, in full.
func (s *Service) adoptNotices(ctx context.Context) error {
	ctx = docstore.Unwitnessed(ctx)
	var ids []string
	err := s.demands.Each(ctx, docstore.Query{Index: "review", Equal: []any{AwardNotice}}, func(doc docstore.Doc[Demand]) error {
		if doc.Body.Notice.State == NoticePlanned {
			ids = append(ids, doc.ID)
		}
		return nil
	})
	for _, id := range ids {
		if err != nil {
			break
		}
		_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
			tx.Body.settle()
			return nil
		})
	}
	return err
}

// upgradeDemand lifts a stored demand one version up. Version 1 kept the award notice's clock itself: one that still ran is planned anew,
// one that is over has ended.
func upgradeDemand(_ int, body map[string]any) (map[string]any, error) {
	notice, ok := body["notice"].(map[string]any)
	if !ok {
		return body, nil
	}
	notice["number"], body["notices"] = 1, 1
	delete(notice, "objection")
	if body["state"] != string(AwardNotice) {
		notice["state"] = string(NoticeEnded)
		return body, nil
	}
	delete(notice, "pausedAt")
	notice["state"] = string(NoticePlanned)
	return body, nil
}

// noticeBoard is the notice service.
type noticeBoard struct {
	api *noticeapi.ClientWithResponses
}

const noticePeer = "notice"

func newNoticeBoard(peers *http.Client) (noticeBoard, error) {
	c, err := noticeapi.NewClientWithResponses("http://"+noticePeer, noticeapi.WithHTTPClient(peers))
	return noticeBoard{c}, err
}

// Put puts a notice up for those who may read the demand.
func (b noticeBoard) Put(ctx context.Context, n NoticeAsk) (NoticeStanding, error) {
	answer, err := b.api.PutNoticeInternalWithResponse(ctx, n.ID, noticeapi.NoticeInput{Service: "demand", Kind: "award", SubjectId: n.DemandID, Title: n.Title,
		Summary: n.Summary, Lines: n.Lines, Link: n.Link, WorkingDays: n.WorkingDays, District: n.District, PartyIds: n.Parties,
		Audience: noticeapi.NoticeAudience{Public: n.Public, OrganisationIds: n.Readers}})
	if err != nil {
		return NoticeStanding{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeStanding{}, err
	}
	return noticeStanding(answer.JSON200), nil
}

// Get asks how a notice stands.
func (b noticeBoard) Get(ctx context.Context, id string) (NoticeStanding, error) {
	answer, err := b.api.GetNoticeInternalWithResponse(ctx, id)
	if err != nil {
		return NoticeStanding{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeStanding{}, err
	}
	return noticeStanding(answer.JSON200), nil
}

func noticeStanding(a *noticeapi.Standing) NoticeStanding {
	return NoticeStanding{State: string(a.State), EndsAt: a.EndsAt, Upheld: a.Upheld, Reason: a.Reason}
}
