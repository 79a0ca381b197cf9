package achievement

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Message is one message of a deal's thread, a document of its own.
type Message struct {
	DealID       string       `json:"dealId"`
	Number       int          `json:"number"` // from 1
	OrgID        string       `json:"orgId"`
	OrgName      string       `json:"orgName"`
	UserID       string       `json:"userId"`
	Text         string       `json:"text"`
	Confidential bool         `json:"confidential,omitempty"`
	At           when.Instant `json:"at"`
}

// dealRole is what an actor is to a deal.
func dealRole(actor access.Actor, d *Deal) Role {
	switch {
	case actor.OrgID != "" && actor.OrgID == d.SellerID:
		if actor.Role == access.Owner || actor.Role == access.Admin {
			return Office
		}
		return Department
	case actor.OrgID != "" && actor.OrgID == d.FirmID:
		return Firm
	case actor.Operates(d.Jurisdiction):
		return Operator
	}
	return Stranger
}

func dealBy(actor access.Actor, d *Deal) By {
	b := By{Role: dealRole(actor, d), UserID: actor.UserID, OrgID: actor.OrgID, Name: d.Seller}
	if b.Role == Firm {
		b.Name = d.Firm
	}
	return b
}

// seenDeal loads a deal for one of its sides or the operator; NotFound for others.
func (s *Service) seenDeal(ctx context.Context, id string) (docstore.Doc[Deal], access.Actor, error) {
	actor := access.From(ctx)
	doc, err := s.deals.Get(ctx, id)
	if err == nil && dealRole(actor, &doc.Body) == Stranger {
		err = access.Hide.Err()
	}
	return doc, actor, err
}

// deal is the one way a deal is changed by a person: a pure step, then whatever follows on other documents at once, else by the clock.
func (s *Service) deal(ctx context.Context, id, kind string, step func(d *Deal, by By, now time.Time) error) (api.Deal, error) {
	_, actor, err := s.seenDeal(ctx, id)
	if err != nil {
		return api.Deal{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Deal{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.deals.Update(ctx, id, func(tx *docstore.Tx[Deal]) error {
		by := dealBy(actor, tx.Body)
		if err := step(tx.Body, by, tx.Now); err != nil || kind == "" {
			return err
		}
		other := tx.Body.SellerID
		if by.Role != Firm {
			other = tx.Body.FirmID
		}
		return tx.Emit(kind, dealMessage(tx.ID, tx.Body, other).with("reason", tx.Body.Reason))
	}, opts...)
	if err != nil {
		return api.Deal{}, err
	}
	if doc.Body.Follow.any() {
		s.tryFollow(ctx, id)
		if doc, err = s.deals.Get(ctx, id); err != nil {
			return api.Deal{}, err
		}
	}
	return s.dealView(ctx, doc)
}

// ExpressInterest begins a deal.
func (s *Service) ExpressInterest(ctx context.Context, id string, in api.InterestInput) (api.Deal, error) {
	return s.begin(ctx, id, func(by By, dealID string, a *Achievement, district string) (Deal, error) {
		return NewDeal(by, s.now(), id, a, InterestForm{Need: in.Need, RequiredTRL: in.RequiredTrl, Way: Way(in.Way), ContactName: in.ContactName,
			ContactPhone: in.ContactPhone}, district)
	}, dealInterest)
}

// TakeOpenLicence takes the open licence on its public terms.
func (s *Service) TakeOpenLicence(ctx context.Context, id string, in api.LicenceInput) (api.Deal, error) {
	if !in.AcceptTerms {
		return api.Deal{}, fault.Bad(fault.Field{Path: "acceptTerms", Code: "required"})
	}
	return s.begin(ctx, id, func(by By, dealID string, a *Achievement, district string) (Deal, error) {
		return NewLicence(by, s.now(), dealID, id, a, InterestForm{Need: in.Need, ContactName: in.ContactName, ContactPhone: in.ContactPhone}, district)
	}, dealLicensed)
}

func (s *Service) begin(ctx context.Context, id string, make func(by By, dealID string, a *Achievement, district string) (Deal, error), kind string) (api.Deal, error) {
	doc, actor, err := s.visible(ctx, id)
	if err != nil {
		return api.Deal{}, err
	}
	org, err := s.mustStand(ctx, actor.OrgID)
	if err != nil {
		return api.Deal{}, err
	}
	dealID, fingerprint := rest.Creation(ctx, s.now())
	by := by(actor, &doc.Body)
	by.Name = org.Name
	d, err := make(by, dealID, &doc.Body, org.District)
	if err != nil {
		return api.Deal{}, err
	}
	d.RegistrationKey = "deal:" + dealID
	made, err := s.deals.Insert(ctx, dealID, d, docstore.Fingerprint(fingerprint), docstore.Emit(kind, dealMessage(dealID, &d, d.SellerID)))
	if fault.KindOf(err) == fault.Duplicate && err != nil {
		return api.Deal{}, fault.New(fault.Conflict, "deal.exists", "a deal over it is open already")
	}
	if err != nil {
		return api.Deal{}, err
	}
	if made.Body.Follow.any() {
		s.tryFollow(ctx, dealID)
		if made, err = s.deals.Get(ctx, dealID); err != nil {
			return api.Deal{}, err
		}
		if made.Body.State == Cancelled { // another firm was first; the record says so, and so does the answer
			return api.Deal{}, fault.New(fault.Conflict, "achievement.taken", made.Body.Reason)
		}
	}
	return s.dealView(ctx, made)
}

// GetAchievementDeal is one deal, for its sides and the operator.
func (s *Service) GetAchievementDeal(ctx context.Context, id string) (api.Deal, error) {
	doc, _, err := s.seenDeal(ctx, id)
	if err != nil {
		return api.Deal{}, err
	}
	if err := s.o.Looks.Record(ctx, accountapi.LookDeal, id, doc.Body.FirmID); err != nil {
		return api.Deal{}, err
	}
	v, err := s.dealView(ctx, doc)
	v.Interest.ContactPhone = doc.Body.Interest.ContactPhone
	return v, err
}

// ListAchievementDeals are the deals of the caller's organisation on one side; of an operator, those of its jurisdiction.
func (s *Service) ListAchievementDeals(ctx context.Context, side, state string, limit int, cursor string) (api.DealPage, error) {
	page := api.DealPage{Items: []api.Deal{}}
	actor := access.From(ctx)
	q := docstore.Query{Index: "seller", Equal: []any{actor.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	switch {
	case actor.Staff == access.DistrictOperator:
		q.Index, q.Equal = "jurisdiction", []any{actor.District}
	case actor.Staff == access.CityOperator:
		q.Index, q.Equal = "changed", nil
	case side == "firm":
		q.Index = "firm"
	}
	if state != "" {
		q.Index, q.Equal = q.Index+"State", append(slices.Clone(q.Equal), state)
	}
	found, err := s.deals.Find(ctx, q)
	if err != nil {
		return page, err
	}
	if page.Total, err = s.deals.Count(ctx, q); err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		v, err := s.dealView(ctx, doc)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// TakeUpAchievementDeal begins the talks.
func (s *Service) TakeUpAchievementDeal(ctx context.Context, id string) (api.Deal, error) {
	return s.deal(ctx, id, dealTaken, func(d *Deal, by By, now time.Time) error { return d.TakeUp(by, now) })
}

// DeclineAchievementDeal is the university's no.
func (s *Service) DeclineAchievementDeal(ctx context.Context, id, reason string) (api.Deal, error) {
	return s.deal(ctx, id, dealEnded, func(d *Deal, by By, now time.Time) error { return d.Decline(by, now, reason) })
}

// CancelAchievementDeal ends it before it is signed.
func (s *Service) CancelAchievementDeal(ctx context.Context, id, reason string) (api.Deal, error) {
	return s.deal(ctx, id, dealEnded, func(d *Deal, by By, now time.Time) error { return d.Cancel(by, now, reason) })
}

// SignDealNDA signs the confidentiality agreement.
func (s *Service) SignDealNDA(ctx context.Context, id string) (api.Deal, error) {
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.SignNDA(by, now) })
}

// ProposeDealTerms puts terms on the table.
func (s *Service) ProposeDealTerms(ctx context.Context, id string, in api.DealTermsInput) (api.Deal, error) {
	terms, err := as[DealTerms](in)
	if err != nil {
		return api.Deal{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Deal{}, err
	}
	doc, _, err := s.seenDeal(ctx, id)
	if err != nil {
		return api.Deal{}, err
	}
	a, err := s.achievements.Get(ctx, doc.Body.AchievementID)
	if err != nil {
		return api.Deal{}, err
	}
	return s.deal(ctx, id, dealTerms, func(d *Deal, by By, now time.Time) error {
		return d.Propose(by, now, a.Body.Profile.Ways, terms, settings)
	})
}

// AgreeDealTerms takes the hold in the achievement's document first, so that of two firms at once one succeeds and the other is told;
// a crash in between leaves a hold that the same firm's next try, or the end of its deal, takes up.
func (s *Service) AgreeDealTerms(ctx context.Context, id string, in api.AgreeInput) (api.Deal, error) {
	doc, actor, err := s.seenDeal(ctx, id)
	if err != nil {
		return api.Deal{}, err
	}
	d, by := &doc.Body, dealBy(actor, &doc.Body)
	if err := d.Agreeable(by, in.Version); err != nil {
		return api.Deal{}, err
	}
	if _, err := s.mustStand(ctx, actor.OrgID); err != nil {
		return api.Deal{}, err
	}
	hold, claims := d.Claim(id)
	if claims {
		if _, err := s.achievements.Update(docstore.Unwitnessed(ctx), d.AchievementID, func(tx *docstore.Tx[Achievement]) error { return tx.Body.Hold(by, tx.Now, hold) }); err != nil {
			return api.Deal{}, err
		}
	}
	v, err := s.deal(ctx, id, dealAgreed, func(d *Deal, by By, now time.Time) error {
		return d.Agree(by, now, in.Version, in.Related, in.RelatedNote)
	})
	if err != nil && claims { // other terms were put on the table in between: what was held for the old ones is given back
		if fresh, gone := s.deals.Get(ctx, id); gone == nil && fresh.Body.AgreedAt == 0 {
			if gone := s.release(ctx, id, &fresh.Body); gone != nil {
				s.o.Log.Warn("a hold was left to the deal's end", "deal", id, "error", gone)
			}
		}
	}
	return v, err
}

// ApproveDeal is the internal approval; the notice goes up.
func (s *Service) ApproveDeal(ctx context.Context, id, note string) (api.Deal, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Deal{}, err
	}
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.Approve(by, now, note, settings) })
}

// RefuseDeal refuses the internal approval.
func (s *Service) RefuseDeal(ctx context.Context, id, reason string) (api.Deal, error) {
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.Refuse(by, now, reason) })
}

// ConcludeDealTrial ends the free trial.
func (s *Service) ConcludeDealTrial(ctx context.Context, id string, in api.TrialReportInput) (api.Deal, error) {
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.ReportTrial(by, now, in.Satisfied, in.Report) })
}

// SignDeal signs for one side.
func (s *Service) SignDeal(ctx context.Context, id string, in api.SignInput) (api.Deal, error) {
	return s.deal(ctx, id, dealSigned, func(d *Deal, by By, now time.Time) error { return d.Sign(by, now, in.Number, in.PriceFen) })
}

// RegisterDeal records the registration number; a number that another deal has is refused.
func (s *Service) RegisterDeal(ctx context.Context, id, number string) (api.Deal, error) {
	v, err := s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.Register(by, now, number) })
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		err = fault.New(fault.Conflict, "deal.registered_elsewhere", "another contract has this registration number")
	}
	return v, err
}

// RecordDealPayment records a payment.
func (s *Service) RecordDealPayment(ctx context.Context, id string, in api.PaymentInput) (api.Deal, error) {
	p := Payment{Kind: string(in.Kind), AmountFen: in.AmountFen, PaidOn: when.Day(in.PaidOn.Format(time.DateOnly)), Basis: in.Basis}
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.Pay(by, now, p) })
}

// ConfirmDealPayment confirms one.
func (s *Service) ConfirmDealPayment(ctx context.Context, id string, number int) (api.Deal, error) {
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error { return d.Confirm(by, now, number) })
}

// SplitDealIncome records a division of income.
func (s *Service) SplitDealIncome(ctx context.Context, id string, in api.SplitInput) (api.Deal, error) {
	shares, err := as[[]Share](in.Shares)
	if err != nil {
		return api.Deal{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Deal{}, err
	}
	return s.deal(ctx, id, "", func(d *Deal, by By, now time.Time) error {
		return d.Divide(by, now, in.AmountFen, shares, in.Note, settings)
	})
}

// FulfilDeal ends it well.
func (s *Service) FulfilDeal(ctx context.Context, id string, in api.OutcomeInput) (api.Deal, error) {
	return s.deal(ctx, id, dealMoved, func(d *Deal, by By, now time.Time) error {
		return d.Fulfil(by, now, Outcome{Text: in.Text, SalesFen: in.SalesFen})
	})
}

// PostDealMessage adds a message. Its number is drawn on the deal first, with the event; the message follows under that number, so a
// crash in between leaves a gap, never two messages in one place.
func (s *Service) PostDealMessage(ctx context.Context, id string, in api.DealMessageInput) (api.DealMessage, error) {
	text := strings.TrimSpace(in.Text)
	if text == "" {
		return api.DealMessage{}, fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	m := Message{DealID: id, Text: text, Confidential: in.Confidential}
	if _, err := s.deal(ctx, id, dealWritten, func(d *Deal, by By, now time.Time) error {
		if err := d.Say(by, now, in.Confidential); err != nil {
			return err
		}
		m.Number, m.OrgID, m.OrgName, m.UserID, m.At = d.Messages, by.OrgID, by.Name, by.UserID, when.At(now)
		return nil
	}); err != nil {
		return api.DealMessage{}, err
	}
	doc, err := s.messages.Insert(ctx, fmt.Sprintf("%s:%05d", id, m.Number), m)
	if err != nil {
		return api.DealMessage{}, err
	}
	return messageView(doc, access.From(ctx).OrgID), nil
}

// ListDealMessages is the thread, oldest first, for the two sides.
func (s *Service) ListDealMessages(ctx context.Context, id string, limit int, cursor string) (api.DealMessagePage, error) {
	page := api.DealMessagePage{Items: []api.DealMessage{}}
	doc, actor, err := s.seenDeal(ctx, id)
	if err != nil {
		return page, err
	}
	if dealRole(actor, &doc.Body) == Operator {
		return page, access.Forbid.Err() // what two sides say to each other is theirs
	}
	found, err := s.messages.Find(ctx, docstore.Query{Index: "deal", Equal: []any{id}, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, m := range found.Items {
		page.Items = append(page.Items, messageView(m, actor.OrgID))
	}
	return page, nil
}

func messageView(doc docstore.Doc[Message], reader string) api.DealMessage {
	m := &doc.Body
	return api.DealMessage{Id: doc.ID, OrgName: m.OrgName, Mine: m.OrgID == reader, Text: m.Text, Confidential: m.Confidential, At: m.At.Time()}
}

// Certified reports whether the certificate of an open licence can be had: signed, and the fixed fee recorded as paid.
func (d *Deal) Certified() bool {
	return d.Certificate != "" && slices.Contains(binding, d.State) && d.Paid() >= d.Contract.PriceFen
}

// certificate is what a certificate says, on paper and when it is verified.
func certificate(d *Deal) api.LicenceCertificate {
	c := api.LicenceCertificate{Code: d.Certificate, Title: d.Title, Seller: d.Seller, Firm: d.Firm, SignedAt: d.Contract.SignedAt.Time(),
		UpfrontFen: d.Contract.PriceFen, RoyaltyBp: d.Contract.RoyaltyBP, PaidFen: d.Paid(), Scope: d.Terms.Scope}
	if d.Terms.Months > 0 {
		c.ValidUntil = c.SignedAt.AddDate(0, d.Terms.Months, 0)
	}
	return c
}

// GetLicenceCertificate is the certificate as PDF.
func (s *Service) GetLicenceCertificate(ctx context.Context, id string) (office.Paper, error) {
	doc, _, err := s.seenDeal(ctx, id)
	if err != nil {
		return office.Paper{}, err
	}
	d := &doc.Body
	if !d.Certified() {
		return office.Paper{}, fault.New(fault.Conflict, "deal.no_certificate", "there is a certificate once the open licence is signed and its fee recorded as paid")
	}
	c := certificate(d)
	china := func(t time.Time) string {
		if t.IsZero() {
			return "至权利到期"
		}
		return t.In(when.China).Format("2006年1月2日")
	}
	royalty := "不提成"
	if c.RoyaltyBp > 0 {
		royalty = fmt.Sprintf("净销售额的 %g%%", float64(c.RoyaltyBp)/100)
	}
	return office.Paper{Title: "专利开放许可凭证", Foot: "凭证编号 " + c.Code + "。任何人可在平台“验证凭证”页输入编号核对真伪。", Blocks: []office.Block{
		office.Text("依据公开的开放许可条件，双方就下列成果达成普通许可。"),
		office.Table{Shares: []float64{1, 3}, Rows: [][]office.Cell{
			{{Text: "成果名称", Label: true}, {Text: c.Title}}, {{Text: "许可方", Label: true}, {Text: c.Seller}}, {{Text: "被许可方", Label: true}, {Text: c.Firm}},
			{{Text: "许可费", Label: true}, {Text: office.Money(c.UpfrontFen) + "，" + royalty}}, {{Text: "已登记付款", Label: true}, {Text: office.Money(c.PaidFen)}},
			{{Text: "签订日期", Label: true}, {Text: china(c.SignedAt)}}, {{Text: "有效期至", Label: true}, {Text: china(c.ValidUntil)}},
			{{Text: "许可范围", Label: true}, {Text: cmp.Or(c.Scope, "中国境内，普通许可")}}, {{Text: "凭证编号", Label: true}, {Text: c.Code}},
		}}}}, nil
}

// VerifyLicenceCertificate tells anybody who has the code what the certificate says; NotFound for a code nobody was given.
func (s *Service) VerifyLicenceCertificate(ctx context.Context, code string) (api.LicenceCertificate, error) {
	found, err := s.deals.Find(ctx, docstore.Query{Index: "certificate", Equal: []any{strings.ToUpper(strings.TrimSpace(code))}, Limit: 1})
	if err != nil {
		return api.LicenceCertificate{}, err
	}
	if len(found.Items) == 0 || !found.Items[0].Body.Certified() {
		return api.LicenceCertificate{}, access.Hide.Err()
	}
	return certificate(&found.Items[0].Body), nil
}

// dealView shows a deal to one of its sides or the operator. Whom to call stands in the deal as it is read, where the look is noted.
func (s *Service) dealView(ctx context.Context, doc docstore.Doc[Deal]) (api.Deal, error) {
	d, actor := &doc.Body, access.From(ctx)
	r := dealRole(actor, d)
	v := api.Deal{Id: doc.ID, Rev: doc.Rev, State: api.DealState(d.State), Side: api.DealSide(r), AchievementId: d.AchievementID, Title: d.Title, Trl: d.TRL, Gap: d.Gap(),
		SellerId: d.SellerID, Seller: d.Seller, FirmId: d.FirmID, Firm: d.Firm, District: d.District, Chain: d.Chain, SourceList: d.SourceList,
		Interest: api.InterestInput{Need: d.Interest.Need, RequiredTrl: d.Interest.RequiredTRL, Way: api.AchievementWay(d.Interest.Way),
			ContactName: d.Interest.ContactName, ContactPhone: d.Interest.ContactPhone},
		Messages: d.Messages, NdaSellerAt: d.NDA.SellerAt.Time(), NdaFirmAt: d.NDA.FirmAt.Time(), FirmRelated: d.FirmRelated, FirmNote: d.FirmNote, AgreedAt: d.AgreedAt.Time(),
		Approval: d.Approval, Registration: d.Registration, ReceivedFen: d.Received(), DividedFen: d.Divided(), Certificate: d.Certificate, Reason: d.Reason,
		AllowedActions: []string{}, History: []api.AchievementStep{}, BegunAt: d.BegunAt.Time(), UpdatedAt: doc.UpdatedAt,
		OvertakenAt: d.Overtaken.Time(), PaymentDueAt: d.PaymentDue().Time()}
	if actor.OrgID != d.FirmID {
		v.Interest.ContactPhone = accountapi.MaskPhone(v.Interest.ContactPhone)
	}
	for _, state := range d.Steps() {
		v.Steps = append(v.Steps, api.DealState(state))
	}
	if w := d.Won; w != nil {
		v.Won = api.DealWon{BidId: w.BidID, DemandId: w.DemandID, Demand: w.Demand, Way: api.AchievementWay(w.Way), PriceFen: w.PriceFen, Months: w.Months}
	}
	if d.Terms != nil {
		terms, err := as[api.DealTerms](d.Terms)
		if err != nil {
			return v, err
		}
		v.Terms = terms
	}
	if d.Notice != nil {
		v.Notice = standView(d.Notice)
	}
	if t := d.Trial; t != nil {
		v.Trial = api.DealTrial{StartsAt: t.StartsAt.Time(), EndsAt: t.EndsAt.Time(), ReportedAt: t.At.Time(), Satisfied: t.Satisfied, Report: t.Report}
	}
	if c := d.Contract; c != nil {
		v.Contract = api.DealContract{Kind: api.DealContractKind(c.Kind), Number: c.Number, PriceFen: c.PriceFen, RoyaltyBp: c.RoyaltyBP, SellerAt: c.SellerAt.Time(),
			FirmAt: c.FirmAt.Time(), SignedAt: c.SignedAt.Time()}
	}
	for _, p := range d.Payments {
		one := api.DealPayment{Number: p.Number, Kind: p.Kind, AmountFen: p.AmountFen, Basis: p.Basis, By: api.DealPaymentBy(p.By), Confirmed: p.Confirmed}
		one.PaidOn.Time = p.PaidOn.Time()
		v.Payments = append(v.Payments, one)
	}
	if r == Office || r == Department || r == Operator { // how a university divides its income is not the firm's business
		for _, x := range d.Splits {
			split, err := as[api.DealSplit](map[string]any{"amountFen": x.AmountFen, "note": x.Note, "parts": x.Parts, "at": x.At.Time()})
			if err != nil {
				return v, err
			}
			v.Splits = append(v.Splits, split)
		}
	} else {
		v.DividedFen = 0
	}
	if d.Outcome != nil {
		v.Outcome = api.OutcomeInput{Text: d.Outcome.Text, SalesFen: d.Outcome.SalesFen}
	}
	for _, row := range dealRules {
		if d.May(row.Action, r) == nil && (row.Action != SignDeal || d.signable(r)) {
			v.AllowedActions = append(v.AllowedActions, string(row.Action))
		}
	}
	for _, x := range d.History {
		v.History = append(v.History, api.AchievementStep{At: x.At.Time(), Action: string(x.Action), To: x.To, Role: string(x.Role), Name: x.Name, Reason: x.Reason})
	}
	return v, nil
}

// signable reports whether it is this side's turn to sign.
func (d *Deal) signable(r Role) bool {
	c := d.Contract
	switch {
	case d.Follow.Licence:
		return false
	case r == Firm:
		return c != nil && c.SellerAt != 0 && c.FirmAt == 0
	}
	return c == nil || c.SellerAt == 0
}

func standView(n *Stand) api.DealNotice {
	v := api.DealNotice{Id: n.ID, Days: n.Days, OpenedAt: n.OpenedAt.Time(), PausedAt: n.PausedAt.Time(), EndedAt: n.EndedAt.Time()}
	if n.PausedAt == 0 && n.EndedAt == 0 {
		v.EndsAt = when.Instant(int64(n.OpenedAt) + int64(n.Days)*day + n.StoodFor).Time()
	}
	return v
}
