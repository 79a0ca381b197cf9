package achievement

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	noticeapi "lianbang/services/notice/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file takes the steps that touch another document or service: they are recorded in the deal, taken at once after the request that
// caused them, and else by the clock until they are done. All of it may be repeated.

// NoticeState is how a public notice stands at the notice service.
type NoticeState struct {
	State  string // open, paused, ended, stopped, withdrawn
	Upheld bool
}

// Poster is a public notice to put up.
type Poster struct {
	ID, Kind, Subject, Title, Summary, Link, District string
	Lines                                             []string
	Days                                              int
	Parties                                           []string
}

// Notices is the notice service as this one uses it. Errors: Unavailable when it is away.
type Notices interface {
	Put(ctx context.Context, p Poster) (NoticeState, error)
	Get(ctx context.Context, id string) (NoticeState, error)
	Withdraw(ctx context.Context, id, reason string) error
}

// The kinds of our notices, as the notice service files them.
const (
	dealNotice    = "deal"
	licenceNotice = "licence"
)

func noticeID(kind, subject string, round int) string {
	return fmt.Sprintf("achievement:%s:%s:%d", kind, subject, round)
}

// tryFollow takes the steps that follow right after a request's own write; what fails is left to the clock.
func (s *Service) tryFollow(ctx context.Context, id string) {
	if err := s.follow(docstore.Unwitnessed(ctx), id); err != nil {
		s.o.Log.Warn("a follow-up is left to the clock", "deal", id, "error", err)
	}
}

// follow takes every step that is left of a deal, then looks after its notice.
func (s *Service) follow(ctx context.Context, id string) error {
	doc, err := s.deals.Get(ctx, id)
	if err != nil {
		return err
	}
	d := &doc.Body
	if d.Follow.Licence {
		if err := s.grant(ctx, id, d); err != nil {
			return err
		}
		if doc, err = s.deals.Get(ctx, id); err != nil {
			return err
		}
		d = &doc.Body
	}
	if d.Follow.Settle {
		if _, err := s.achievements.Update(ctx, d.AchievementID, func(tx *docstore.Tx[Achievement]) error { return tx.Body.Settle(tx.Now, id) }); err != nil {
			return err
		}
		if err := s.done(ctx, id, func(f *Follow) { f.Settle = false }); err != nil {
			return err
		}
	}
	if d.Follow.Tell {
		if err := s.tellOthers(ctx, id, d.AchievementID); err != nil {
			return err
		}
		if err := s.done(ctx, id, func(f *Follow) { f.Tell = false }); err != nil {
			return err
		}
	}
	if d.Follow.Withdraw {
		if err := s.o.Notices.Withdraw(ctx, noticeID(dealNotice, id, d.Notice.Round), d.Reason); err != nil && fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err := s.done(ctx, id, func(f *Follow) { f.Withdraw = false }); err != nil {
			return err
		}
	}
	if d.Follow.Release {
		if err := s.release(ctx, id, d); err != nil {
			return err
		}
		if err := s.done(ctx, id, func(f *Follow) { f.Release = false }); err != nil {
			return err
		}
	}
	if d.Follow.PutNotice {
		if _, err := s.o.Notices.Put(ctx, poster(id, d)); err != nil {
			return err
		}
		_, err := s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
			if tx.Body.Notice != nil {
				tx.Body.Notice.Put, tx.Body.Notice.ID = true, noticeID(dealNotice, id, tx.Body.Notice.Round)
			}
			tx.Body.Done(func(f *Follow) { f.PutNotice = false })
			return nil
		})
		return err
	}
	if d.State == PublicNotice && d.Notice.Put {
		return s.heedDealNotice(ctx, id, d)
	}
	if at := d.remindAt(); at != 0 && at != d.Reminded && at <= when.At(s.now()) {
		return s.remind(ctx, id)
	}
	return nil
}

// tellOthers tells everybody else who talks about an achievement that its exclusive right is gone; told again, nobody hears it twice.
func (s *Service) tellOthers(ctx context.Context, winner, achievement string) error {
	return s.deals.Each(ctx, docstore.Query{Index: "achievement", Equal: []any{achievement}}, func(doc docstore.Doc[Deal]) error {
		if doc.ID == winner || doc.Body.Ended() {
			return nil
		}
		_, err := s.deals.Update(ctx, doc.ID, func(tx *docstore.Tx[Deal]) error {
			if !tx.Body.Overtake(tx.Now) {
				return nil
			}
			return tx.Emit(dealOvertaken, dealMessage(doc.ID, tx.Body, tx.Body.SellerID, tx.Body.FirmID))
		})
		return err
	})
}

// remind tells both sides of a day that came: a trial's end, a payment's.
func (s *Service) remind(ctx context.Context, id string) error {
	_, err := s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
		d := tx.Body
		kind := dealTrialOver
		if d.State != Trial {
			kind = dealPaymentDue
		}
		if !d.Remind(tx.Now) {
			return nil
		}
		return tx.Emit(kind, dealMessage(id, d, d.SellerID, d.FirmID))
	})
	return err
}

func (s *Service) done(ctx context.Context, id string, clear func(*Follow)) error {
	_, err := s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
		tx.Body.Done(clear)
		return nil
	})
	return err
}

func (s *Service) release(ctx context.Context, id string, d *Deal) error {
	_, err := s.achievements.Update(docstore.Unwitnessed(ctx), d.AchievementID, func(tx *docstore.Tx[Achievement]) error { return tx.Body.Release(tx.Now, id) })
	return err
}

// grant takes an open licence's place in the achievement's record and signs it, or ends it when it came too late.
func (s *Service) grant(ctx context.Context, id string, d *Deal) error {
	hold, _ := d.Claim(id)
	_, held := s.achievements.Update(ctx, d.AchievementID, func(tx *docstore.Tx[Achievement]) error { return tx.Body.Hold(By{Role: Clock}, tx.Now, hold) })
	if held != nil && fault.KindOf(held) != fault.Conflict {
		return held
	}
	_, err := s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
		if !tx.Body.Follow.Licence {
			return nil
		}
		if held != nil {
			if err := tx.Body.Lapse(tx.Now, "另一家企业已先取得独占权"); err != nil {
				return err
			}
			return tx.Emit(dealEnded, dealMessage(id, tx.Body, tx.Body.FirmID).with("reason", tx.Body.Reason))
		}
		if err := tx.Body.Grant(tx.Now); err != nil {
			return err
		}
		return tx.Emit(dealSigned, dealMessage(id, tx.Body, tx.Body.FirmID))
	})
	return err
}

// poster is the public notice of a deal (协议定价公示: what, to whom, at which price, how it was found, how income is divided, and whether
// the sides are related).
func poster(id string, d *Deal) Poster {
	t := d.Terms
	method := map[Method]string{Agreement: "协议定价", Listing: "挂牌交易", Auction: "拍卖"}[t.Method]
	lines := []string{"转化方式：" + t.Way.name() + "（" + method + "）", "受让方：" + d.Firm, "拟交易价格：" + office.Money(t.PriceFen), "定价依据：" + t.Basis}
	if t.RoyaltyBP > 0 {
		lines = append(lines, fmt.Sprintf("提成：净销售额的 %g%%", float64(t.RoyaltyBP)/100))
	}
	shares := map[string]string{"inventors": "完成人", "department": "所在院系", "institution": "单位", "other": "其他"}
	for _, share := range t.Split {
		lines = append(lines, fmt.Sprintf("收益分配：%s %g%%", shares[share.Who], float64(share.BP)/100))
	}
	related := "双方声明：无关联关系"
	if t.Related || d.FirmRelated {
		related = "关联关系声明：" + t.RelatedNote + d.FirmNote
	}
	return Poster{ID: noticeID(dealNotice, id, d.Notice.Round), Kind: dealNotice, Subject: id, Title: "成果转化公示：" + d.Title, Days: d.Notice.Days,
		Summary: d.Seller + "拟将“" + d.Title + "”以" + t.Way.name() + "方式转化，现予公示。对公示内容有异议的，可在公示期内实名提出。",
		Lines:   append(lines, related, "校内审批："+d.Approval), Link: publicPage(d.AchievementID), District: d.Jurisdiction, Parties: []string{d.SellerID, d.FirmID}}
}

// heedDealNotice moves a deal by what became of its notice.
func (s *Service) heedDealNotice(ctx context.Context, id string, d *Deal) error {
	state, err := s.o.Notices.Get(ctx, noticeID(dealNotice, id, d.Notice.Round))
	if err != nil {
		return err
	}
	_, err = s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
		d := tx.Body
		if d.State != PublicNotice {
			return nil
		}
		switch {
		case state.State == "stopped" || state.State == "withdrawn" || state.State == "ended" && state.Upheld:
			if err := d.StopNotice(tx.Now, "公示期间的异议成立"); err != nil {
				return err
			}
			return tx.Emit(dealMoved, dealMessage(id, d, d.SellerID, d.FirmID).with("reason", d.Reason))
		case state.State == "ended":
			d.Notice.Resume(tx.Now)
			if err := d.EndNotice(tx.Now); err != nil {
				return err
			}
			return tx.Emit(dealMoved, dealMessage(id, d, d.SellerID, d.FirmID))
		case state.State == "paused":
			d.Notice.Pause(tx.Now, "", "")
		default:
			d.Notice.Resume(tx.Now)
		}
		d.settle()
		d.DueAt = max(d.DueAt, when.At(tx.Now.Add(noticePause))) // the notice service's clock may run a little longer than ours
		return nil
	})
	return err
}

// noticePause is how long until a notice that should be over, or is paused, is asked about again; its events come sooner.
const noticePause = time.Hour

// heedOpenNotice puts up the notice of an open licence's terms, or moves the achievement by what became of it.
func (s *Service) heedOpenNotice(ctx context.Context, id string) error {
	doc, err := s.achievements.Get(ctx, id)
	if err != nil {
		return err
	}
	a := &doc.Body
	if a.OpenNotice == nil || a.OpenNoticed || a.OpenNotice.EndedAt != 0 {
		return nil
	}
	key := noticeID(licenceNotice, id, a.OpenNotice.Round)
	var state NoticeState
	if a.OpenNotice.Put {
		state, err = s.o.Notices.Get(ctx, key)
	} else {
		t := a.Profile.OpenTerms
		state, err = s.o.Notices.Put(ctx, Poster{ID: key, Kind: licenceNotice, Subject: id, Title: "开放许可公示：" + a.Profile.Name, Days: a.OpenNotice.Days,
			Summary: a.OrgName + "拟对“" + a.Profile.Name + "”实行开放许可，公示期满后任何企业可按公开条件直接签约。",
			Lines:   []string{"许可费：" + office.Money(t.UpfrontFen), fmt.Sprintf("提成：净销售额的 %g%%", float64(t.RoyaltyBP)/100), fmt.Sprintf("许可期限：%d 个月", t.Months), "许可范围：" + t.Scope},
			Link:    publicPage(id), District: a.District, Parties: []string{a.OrgID}})
	}
	if err != nil {
		return err
	}
	_, err = s.achievements.Update(ctx, id, func(tx *docstore.Tx[Achievement]) error {
		a := tx.Body
		n := a.OpenNotice
		n.Put, n.ID = true, key
		switch {
		case state.State == "stopped" || state.State == "withdrawn" || state.State == "ended" && state.Upheld:
			a.StopOpenNotice(tx.Now, "公示期间的异议成立")
			return nil
		case state.State == "ended":
			n.Resume(tx.Now)
			return a.EndOpenNotice(tx.Now)
		case state.State == "paused":
			n.Pause(tx.Now, "", "")
		default:
			n.Resume(tx.Now)
		}
		ends := when.Instant(int64(n.OpenedAt) + int64(n.Days)*day + n.StoodFor)
		a.NoticeTaskAt = max(ends, when.At(tx.Now.Add(noticePause)))
		return nil
	})
	return err
}

// ReceiveEvent hears what became of a notice of ours. Anything else is passed over.
func (s *Service) ReceiveEvent(ctx context.Context, kind string, data map[string]any) error {
	ours, _ := data["service"].(string)
	if ours != "achievement" {
		return nil
	}
	subject, _ := data["subjectId"].(string)
	var err error
	switch about, _ := data["kind"].(string); about {
	case dealNotice:
		err = s.follow(docstore.Unwitnessed(ctx), subject)
	case licenceNotice:
		err = s.heedOpenNotice(docstore.Unwitnessed(ctx), subject)
	}
	if code := fault.As(err); err != nil && (fault.KindOf(err) == fault.NotFound || code.Code == "achievement.notice_too_early") {
		return nil // the clock asks again
	}
	return err
}

// RunDue takes what is due now.
func (s *Service) RunDue(ctx context.Context) error {
	ctx = docstore.Unwitnessed(ctx)
	now := when.At(s.now())
	deals, err := s.deals.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return err
	}
	var failed error
	for _, doc := range deals.Items {
		failed = errors.Join(failed, s.follow(ctx, doc.ID))
	}
	open, err := s.achievements.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return err
	}
	for _, doc := range open.Items {
		failed = errors.Join(failed, s.heedOpenNotice(ctx, doc.ID))
	}
	untold, err := s.achievements.Find(ctx, docstore.Query{Index: "telling", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, doc := range untold.Items {
		failed = errors.Join(failed, s.tell(ctx, doc.ID))
	}
	lists, err := s.tallies.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, doc := range lists.Items {
		failed = errors.Join(failed, s.tally(ctx, doc.ID))
	}
	tables, err := s.imports.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 20})
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, doc := range tables.Items {
		failed = errors.Join(failed, s.enterRows(ctx, doc.ID))
	}
	return failed
}

// Run is the clock's job.
func (s *Service) Run(ctx context.Context, moved <-chan struct{}) error {
	if err := s.adoptLists(docstore.Unwitnessed(ctx)); err != nil && ctx.Err() == nil {
		s.o.Log.Warn("some achievements are not on the lists they name yet", "error", err)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := s.RunDue(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("some of the clock's work is put off", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-moved:
		}
	}
}

// noticeClient is the notice service.
type noticeClient struct {
	api *noticeapi.ClientWithResponses
}

const noticePeer = "notice"

func newNotices(peers *http.Client) (noticeClient, error) {
	c, err := noticeapi.NewClientWithResponses("http://"+noticePeer, noticeapi.WithHTTPClient(peers))
	return noticeClient{c}, err
}

// Put puts a notice up; put up again, it is the same.
func (c noticeClient) Put(ctx context.Context, p Poster) (NoticeState, error) {
	answer, err := c.api.PutNoticeInternalWithResponse(ctx, p.ID, noticeapi.NoticeInput{Service: "achievement", Kind: p.Kind, SubjectId: p.Subject, Title: p.Title,
		Summary: p.Summary, Lines: p.Lines, Link: p.Link, Days: p.Days, District: p.District, PartyIds: p.Parties, Audience: noticeapi.NoticeAudience{Public: true}})
	if err != nil {
		return NoticeState{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeState{}, err
	}
	return NoticeState{string(answer.JSON200.State), answer.JSON200.Upheld}, nil
}

// Get asks how a notice stands.
func (c noticeClient) Get(ctx context.Context, id string) (NoticeState, error) {
	answer, err := c.api.GetNoticeInternalWithResponse(ctx, id)
	if err != nil {
		return NoticeState{}, rest.Away(noticePeer, err)
	}
	if err := rest.PeerError(noticePeer, answer.StatusCode(), answer.Body); err != nil {
		return NoticeState{}, err
	}
	return NoticeState{string(answer.JSON200.State), answer.JSON200.Upheld}, nil
}

// Withdraw takes a notice back.
func (c noticeClient) Withdraw(ctx context.Context, id, reason string) error {
	answer, err := c.api.WithdrawNoticeInternalWithResponse(ctx, id, noticeapi.WithdrawNoticeInternalJSONRequestBody{Reason: reason})
	if err != nil {
		return rest.Away(noticePeer, err)
	}
	return rest.PeerError(noticePeer, answer.StatusCode(), answer.Body)
}
