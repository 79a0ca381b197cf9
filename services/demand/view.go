package demand

import (
	"cmp"
	"context"
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file shows things: one view for every reader, with what the reader may not see left out.

// place reads a cursor that is a position in a list held as a whole.
func place(cursor string, n int) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	at, err := strconv.Atoi(cursor)
	if err != nil || at < 0 {
		return 0, fault.Bad(fault.Field{Path: "cursor", Code: "bad_format"})
	}
	return min(at, n), nil
}

func termsOf(in api.DemandInput) Terms {
	t := Terms{Title: in.Title, Kind: Kind(in.Kind), Mode: Mode(in.Mode), ItemNumber: in.ItemNumber, ListName: in.ListName,
		NationalCode: in.NationalCode, IndustryCode: in.IndustryCode, Chain: in.Chain, District: in.District, Brief: in.Brief,
		Background: in.Background, Difficulty: in.Difficulty, Content: in.Content, Targets: in.Targets, BudgetFen: in.BudgetFen,
		BudgetNegotiable: in.BudgetNegotiable, TimeLimitMonths: in.TimeLimitMonths, RequiredTRL: in.RequiredTrl, IPTerms: in.IpTerms, BidConditions: in.BidConditions,
		Criteria: criteriaOf(in.Criteria), MaxWinners: in.MaxWinners, Public: true, IssuerPublic: true, Audience: in.AudienceOrgIds, AudienceRule: ruleOf(in.AudienceRule),
		Sealed: in.Sealed, Payment: Payment{Days: in.Payment.Days, BackToBack: in.Payment.BackToBack, Note: in.Payment.Note}, Unit: in.Unit,
		Quantity: in.Quantity, TrialDays: in.TrialDays, ServiceCategory: in.ServiceCategory, Catalogue: in.Catalogue, AchievementID: in.AchievementId,
		PlannedDeadline: when.At(in.PlannedDeadline), Contact: Contact{Name: in.Contact.Name, Phone: in.Contact.Phone, Email: in.Contact.Email}}
	for _, w := range in.CooperationWays {
		t.CooperationWays = append(t.CooperationWays, string(w))
	}
	if in.DemandPublic != nil {
		t.Public = *in.DemandPublic
	}
	if in.IssuerPublic != nil {
		t.IssuerPublic = *in.IssuerPublic
	}
	return t
}

func criteriaOf(in []api.Criterion) []Criterion {
	var all []Criterion
	for _, c := range in {
		all = append(all, Criterion{Key: c.Key, Name: c.Name, Weight: c.Weight, Guide: c.Guide})
	}
	return all
}

func criteriaView(criteria []Criterion) []api.Criterion {
	all := []api.Criterion{}
	for _, c := range criteria {
		all = append(all, api.Criterion{Key: c.Key, Name: c.Name, Weight: c.Weight, Guide: c.Guide})
	}
	return all
}

func offerOf(in api.BidInput) Offer {
	a, d := in.Application, in.Docking
	q, t, i := in.Quote, in.Trial, in.Interest
	var shares []MemberShare
	for _, s := range a.Shares {
		shares = append(shares, MemberShare{OrgID: s.OrgId, WorkBP: s.WorkBp, MoneyBP: s.MoneyBp})
	}
	return Offer{Prefilled: in.Prefilled, Achievement: AchievementRef{ID: in.AchievementId},
		Quote: QuoteForm{UnitPriceFen: q.UnitPriceFen, Unit: q.Unit, Quantity: q.Quantity, LeadTimeDays: q.LeadTimeDays, MonthlyCapacity: q.MonthlyCapacity,
			Certificates: q.Certificates, PaymentDays: q.PaymentDays, Note: q.Note, ValidUntil: when.At(q.ValidUntil)},
		Trial:    TrialForm{Product: t.Product, Maturity: t.Maturity, Plan: t.Plan, SiteNeeds: t.SiteNeeds, Days: t.Days, AfterPriceFen: t.AfterPriceFen},
		Interest: InterestForm{Intent: i.Intent, CooperationWay: string(i.CooperationWay), Experience: i.Experience},
		Docking: DockingForm{OrganisationName: d.OrganisationName, CreditCode: d.CreditCode, Province: d.Province, City: d.City,
			District: d.District, LegalRepresentative: d.LegalRepresentative, ContactName: d.ContactName, ContactPhone: d.ContactPhone,
			Email: d.Email, RegisteredCapitalFen: d.RegisteredCapitalFen, RevenueFen: d.RevenueFen, Employees: d.Employees, Brief: d.Brief},
		Application: ApplicationForm{Title: a.Title, Capability: a.Capability, Team: a.Team, Plan: a.Plan, PriceFen: a.PriceFen,
			ScheduleMonths: a.ScheduleMonths, Schedule: a.Schedule, CooperationWay: string(a.CooperationWay), Shares: shares}}
}

func dockingView(d DockingForm) api.DockingForm {
	return api.DockingForm{OrganisationName: d.OrganisationName, CreditCode: d.CreditCode, Province: d.Province, City: d.City,
		District: d.District, LegalRepresentative: d.LegalRepresentative, ContactName: d.ContactName, ContactPhone: d.ContactPhone,
		Email: d.Email, RegisteredCapitalFen: d.RegisteredCapitalFen, RevenueFen: d.RevenueFen, Employees: d.Employees, Brief: d.Brief}
}

func attachmentView(a Attachment) api.Attachment {
	return api.Attachment{Id: a.ID, Name: a.Name, Size: a.Size, ContentType: a.ContentType, Part: api.BidPart(a.Part), UploadedAt: a.At.Time()}
}

func fieldsView(fields []fault.Field) []api.FieldProblem {
	var all []api.FieldProblem
	for _, f := range fields {
		all = append(all, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
	}
	return all
}

// issuerRef names the issuer to whoever may know it.
func issuerRef(d *Demand, r Role) api.IssuerRef {
	if !d.Terms.IssuerPublic && r == Stranger {
		return api.IssuerRef{Hidden: true, District: d.Jurisdiction}
	}
	return api.IssuerRef{OrgId: d.IssuerID, Name: d.Issuer, District: d.Jurisdiction}
}

func noticeView(id string, n *Notice) api.Notice {
	if n == nil {
		return api.Notice{}
	}
	v := api.Notice{State: api.NoticeState(n.State), StartsAt: n.StartsAt.Time(), EndsAt: n.EndsAt.Time(), WorkingDays: n.WorkingDays, Paused: n.State == NoticePaused,
		PausedAt: n.PausedAt.Time(), EndedAt: n.EndedAt.Time()}
	if n.State != NoticePlanned {
		v.Id = noticeID(id, n.Number)
	}
	return v
}

// view is a demand as one reader may see it.
func (s *Service) view(ctx context.Context, doc docstore.Doc[Demand], a access.Actor) (api.Demand, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	near, err := s.beside(ctx, []docstore.Doc[Demand]{doc}, a)
	if err != nil {
		return api.Demand{}, err
	}
	return s.viewUnder(ctx, doc, a, settings, near)
}

// beside is what the views of some demands show of their bids, read at once however many demands there are.
type beside struct {
	counts map[string]int64             // the bids that are in, of demands still open
	bids   map[string]docstore.Doc[Bid] // the winners, and the reader's own or the seat it sits in
}

func (s *Service) beside(ctx context.Context, docs []docstore.Doc[Demand], a access.Actor) (beside, error) {
	near := beside{bids: map[string]docstore.Doc[Bid]{}}
	var ids []string
	for i := range docs {
		d := &docs[i].Body
		if d.Award != nil {
			ids = append(ids, d.Award.Winners...)
		}
		if a.OrgID != "" && a.OrgID != d.IssuerID && d.PublishedAt != 0 {
			ids = append(ids, BidID(docs[i].ID, d.Round, a.OrgID))
		}
	}
	found, err := s.bids.GetMany(ctx, ids)
	for _, bid := range found {
		near.bids[bid.ID] = bid
	}
	if err == nil {
		near.counts, err = s.bidCounts(ctx, docs)
	}
	return near, err
}

func (s *Service) viewUnder(ctx context.Context, doc docstore.Doc[Demand], a access.Actor, settings Settings, near beside) (api.Demand, error) {
	d, now := &doc.Body, s.now()
	r := role(a, d)
	count := len(d.Manifest)
	if d.open() {
		count = int(near.counts[doc.ID])
	}
	t := &d.Terms
	v := api.Demand{Id: doc.ID, Rev: doc.Rev, Code: d.Code, NationalCode: t.NationalCode, Title: t.Title, Kind: api.DemandKind(t.Kind),
		Mode: api.AwardMode(t.Mode), State: api.DemandState(d.State), Round: d.Round, Issuer: issuerRef(d, r), ListName: t.ListName,
		IndustryCode: t.IndustryCode, Chain: t.Chain, District: t.District, Brief: t.Brief, Background: t.Background,
		Difficulty: t.Difficulty, Content: t.Content, Targets: t.Targets, BudgetFen: t.BudgetFen, BudgetNegotiable: t.BudgetNegotiable,
		TimeLimitMonths: t.TimeLimitMonths, RequiredTrl: t.RequiredTRL, IpTerms: t.IPTerms, BidConditions: t.BidConditions, Criteria: criteriaView(t.Criteria),
		MaxWinners: cmp.Or(t.MaxWinners, settings.maxWinners(t.Kind)), DemandPublic: t.Public, IssuerPublic: t.IssuerPublic, Sealed: d.Sealed,
		Rolling: d.Rolling && d.ClosedAt == 0, Payment: api.Payment{Days: t.Payment.Days, BackToBack: t.Payment.BackToBack, Note: t.Payment.Note},
		Unit: t.Unit, Quantity: t.Quantity, TrialDays: t.TrialDays, ServiceCategory: t.ServiceCategory, MinMembers: d.MinMembers,
		Deadline: d.Deadline.Time(), BidCount: count, CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt, PublishedAt: d.PublishedAt.Time(),
		ClosedAt: d.ClosedAt.Time(), AwardedAt: d.AwardedAt.Time(), ChangeCount: d.Changes, Achievement: t.Achievement.view()}
	switch {
	case !d.flow().scored:
		v.Criteria = nil
	case len(t.Criteria) == 0:
		v.Criteria = criteriaView(settings.Criteria)
	}
	if d.SubmittedAt == 0 {
		v.Sealed = t.sealed()
	}
	if t.Mode == Consortium && v.MinMembers == 0 {
		v.MinMembers = settings.MinMembers
	}
	for _, w := range t.CooperationWays {
		v.CooperationWays = append(v.CooperationWays, api.CooperationWay(w))
	}
	for _, f := range d.Attachments {
		v.Attachments = append(v.Attachments, attachmentView(f))
	}
	for _, i := range d.Invites {
		if r != Stranger || i.OrgID == a.OrgID {
			v.Invites = append(v.Invites, api.DemandInvite{OrgId: i.OrgID, OrgName: i.OrgName, State: api.SeatState(i.State), Reason: i.Reason, At: i.At.Time()})
		}
	}
	if d.State == Published && d.Deadline != 0 {
		v.WorkingDaysLeft = max(0, settings.Calendar.Between(now, d.Deadline.Time()))
	}
	if r != Stranger || a.Verified {
		v.Contact = api.Contact{Name: t.Contact.Name, Phone: t.Contact.Phone, Email: t.Contact.Email}
	}
	if !t.IssuerPublic && r == Stranger {
		v.Contact = api.Contact{}
	}
	if d.PublishedAt != 0 || r != Stranger {
		v.Reason = d.Reason
	}
	if r == Issuer || t.IssuerPublic {
		v.ListId = t.ListID
	}
	if d.Notice != nil {
		v.Notice = noticeView(doc.ID, d.Notice)
	}
	v.Contest = contestView(d.Contest)
	if d.Award != nil && len(d.Award.Winners) > 0 && (r != Stranger || d.Award.Published && d.flow().scored) { // whom a buyer buys from is not public
		v.Award = awardView(d, near)
	}
	if r != Stranger {
		v.ItemNumber, v.AudienceOrgIds, v.ImportId, v.SubmittedAt = t.ItemNumber, t.Audience, d.ImportID, d.SubmittedAt.Time()
		v.AudienceRule = ruleView(t.AudienceRule)
		if d.Reach != nil {
			v.AudienceCount = len(d.audience())
		}
		v.PlannedDeadline, v.Catalogue = t.PlannedDeadline.Time(), t.Catalogue
		for _, w := range CheckPayment(t.Payment, d.IssuerSize) {
			if w.Severity == Warn {
				v.Warnings = append(v.Warnings, api.FieldProblem{Path: w.Path, Code: w.Code})
			}
		}
		if d.PublishedAt == 0 {
			v.Problems = fieldsView(d.Problems(settings))
			v.Advice = adviceView(d.advice(now))
		}
		if d.SubmittedAt != 0 {
			v.Review = reviewView(d, r)
		}
		if d.State == Submitted {
			v.ReviewClock = api.Clock{StartedAt: d.SubmittedAt.Time(), DueAt: d.ReviewDue.Time(), Overdue: when.At(now) > d.ReviewDue && d.Review.open() == nil,
				WorkingDaysLeft: settings.Calendar.Between(now, d.ReviewDue.Time())}
			if d.Review != nil {
				v.ReviewClock.StartedAt = d.Review.StartedAt.Time()
			}
		}
	}
	var mine *Bid
	if a.OrgID != "" && r != Issuer && d.PublishedAt != 0 {
		bid, placed := near.bids[BidID(doc.ID, d.Round, a.OrgID)]
		if placed && bid.Body.seat() {
			var err error
			if bid, err = s.standing(ctx, bid.ID); err != nil && fault.KindOf(err) != fault.NotFound {
				return v, err
			}
			placed = err == nil
		}
		if placed {
			mine, v.MyBidId = &bid.Body, bid.ID
		}
	}
	v.Drafted = draftedView(d, r)
	if r == Stranger && (mine == nil || mine.State == BidDraft) { // no side of a dealing yet
		v.Contact.Phone, v.Contact.Email = accountapi.MaskPhone(v.Contact.Phone), accountapi.MaskEmail(v.Contact.Email)
	}
	v.AllowedActions = d.actions(a, now, settings, mine)
	return v, nil
}

func awardView(d *Demand, near beside) api.Award {
	v := api.Award{Reason: d.Award.Reason, DeviationReason: d.Award.Deviation, DecidedAt: d.Award.DecidedAt.Time(), Published: d.Award.Published}
	for _, id := range d.Award.Winners {
		w := struct {
			BidId   string  `json:"bidId"`
			OrgId   string  `json:"orgId"`
			OrgName string  `json:"orgName"`
			ShareBp int     `json:"shareBp,omitempty,omitzero"`
			Total   float64 `json:"total,omitempty,omitzero"`
		}{BidId: id, OrgId: orgOf(id), ShareBp: d.Award.share(id)}
		if bid, there := near.bids[id]; there {
			w.OrgName, w.Total = bid.Body.OrgName, total(bid.Body.Points())
		}
		v.Winners = append(v.Winners, w)
	}
	return v
}

// total shows points as the score people read.
func total(points int) float64 { return float64(points) / 100 }

// brief is a demand in a list: without the long texts.
func brief(v api.Demand) api.Demand {
	v.Background, v.Difficulty, v.Content, v.BidConditions, v.IpTerms = "", "", "", "", ""
	v.Advice, v.Review.Arguments = nil, nil
	v.Attachments, v.Contact, v.Criteria, v.AudienceOrgIds, v.Invites = nil, api.Contact{}, nil, nil, nil
	return v
}

// refusal is the code a closed action shows.
func refusal(err error) string {
	if err == nil {
		return ""
	}
	return fault.As(err).Code
}

// actions are what a reader could do with the demand, with the reason where it is closed.
func (d *Demand) actions(a access.Actor, now time.Time, s Settings, mine *Bid) []api.Action {
	all := []api.Action{}
	r := role(a, d)
	add := func(action Action, err error, primary bool, until when.Instant) {
		v := api.Action{Operation: string(action), Allowed: err == nil, Primary: primary, Code: refusal(err)}
		if until != 0 {
			v.Until = until.Time()
		}
		all = append(all, v)
	}
	if r == Stranger {
		err := eligible(a, d)
		if err == nil && mine != nil {
			err = fault.New(fault.Conflict, "bid.exists", "")
		}
		if err == nil {
			err = d.Accepting(now)
		}
		if d.Accepting(now) != nil && mine == nil && !a.Guest() {
			err = d.Accepting(now)
		}
		add(PlaceBid, err, mine == nil && d.State == Published, d.Deadline)
		if mine != nil {
			add("getMyBid", nil, true, 0)
		}
		if i := d.invite(a.OrgID); i != nil && a.OrgID != "" {
			open := d.Accepting(now)
			if i.State != SeatAccepted {
				add(AcceptInvite, open, mine == nil && i.State == SeatInvited && open == nil, d.Deadline)
			}
			if i.State != SeatDeclined && (mine == nil || mine.State != BidSubmitted) {
				add(DeclineInvite, open, false, d.Deadline)
			}
		}
		return all
	}
	next := map[State]Action{Draft: SubmitDemand, Returned: SubmitDemand, Approved: PublishDemand, Submitted: ApproveDemand}[d.State]
	switch {
	case r == Issuer && d.State == BiddingClosed && d.flow().chooses(), r == Issuer && d.State == Evaluating && d.Award == nil,
		r == Issuer && !d.flow().chooses() && d.Dealing() == nil, r == Issuer && d.State == Published && !d.Sealed: // what is not sealed is read as it comes in
		next = "listBids"
	case r == Issuer && d.State == Evaluating:
		next = PublishAward
	}
	for _, rule := range d.flow().rules {
		if !slices.Contains(rule.By, r) || rule.Action == StartEvaluation || rule.Action == PublishInIssue || rule.Action == InvitePanelExpert || rule.Action == ClosePanel {
			continue
		}
		err := d.may(rule.Action, r)
		if err == nil {
			err = d.turn(rule.Action, by(a, d))
		}
		if err == nil {
			err = d.closed(rule.Action, s)
		}
		if err == nil && r == Issuer && !a.Verified && (rule.Action == SubmitDemand || rule.Action == PublishDemand) {
			err = notVerified
		}
		add(rule.Action, err, rule.Action == next, 0)
	}
	if d.PublishedAt != 0 {
		add("listBids", nil, next == "listBids", 0)
	}
	if r == Issuer {
		add("listDemandMatches", nil, false, 0)
	}
	return all
}

// closed is why an action that the state allows is still refused.
func (d *Demand) closed(a Action, s Settings) error {
	conflict := func(code string) error { return fault.New(fault.Conflict, code, "") }
	busy := d.Tasks.Deciding || d.Tasks.Reopen
	switch {
	case a == SubmitDemand && len(d.Problems(s)) > 0:
		return conflict("demand.incomplete")
	case a == ReopenDemand:
		return d.reopenable()
	case a == EndBidding && d.Deadline != 0:
		return conflict("demand.has_deadline")
	case a == SettleContest && (d.Contest == nil || !d.Contest.Signed):
		return conflict("award.not_contested")
	case a == SettleContest && d.Contest.Outcome != "":
		return conflict("award.settled")
	case a == PublishAward && d.Award == nil:
		return conflict("award.not_decided")
	case busy && (a == PublishAward || a == AwardDemand || a == DeclareNoAward || a == TerminateDemand):
		return conflict("award.publishing")
	}
	return nil
}

// outcomeKnown reports whether the bidder may know how its bid ended.
func outcomeKnown(b *Bid, d *Demand) bool {
	if b.State != Won && b.State != Lost {
		return false
	}
	return b.Ended || !b.flow().chooses() || d.Award != nil && d.Award.Published
}

// bidView is a bid as one reader may see it.
func bidView(doc docstore.Doc[Bid], d *Demand, a access.Actor, now time.Time) api.Bid {
	b := &doc.Body
	r := bidRole(a, b, d)
	v := api.Bid{Id: doc.ID, Rev: doc.Rev, DemandId: b.DemandID, Kind: api.DemandKind(d.Terms.Kind), Mode: api.AwardMode(d.Terms.Mode),
		Reader: api.BidReader(r), Rolling: d.Rolling && d.ClosedAt == 0, Expired: b.Expired(now), Talks: b.Talks, MinMembers: d.MinMembers, Round: b.Round, DemandTitle: d.Terms.Title, DemandCode: d.Code,
		DemandState: api.DemandState(d.State), Deadline: d.Deadline.Time(), OrgId: b.OrgID, OrgName: b.OrgName, State: api.BidState(b.State),
		Sealed: !b.Readable(Application, r, d) || b.Closed != nil, Docking: dockingView(b.Offer.Docking), CreatedAt: doc.CreatedAt, UpdatedAt: doc.UpdatedAt,
		SubmittedAt: b.SubmittedAt.Time(), Unconfirmed: b.Unconfirmed(d)}
	for _, f := range b.Attachments {
		if b.Readable(f.Part, r, d) {
			v.Attachments = append(v.Attachments, attachmentView(f))
		}
	}
	if !v.Sealed {
		v.Achievement = b.Offer.Achievement.view()
		p := b.Offer.Application
		v.Application = api.ApplicationForm{Title: p.Title, Capability: p.Capability, Team: p.Team, Plan: p.Plan, PriceFen: p.PriceFen,
			ScheduleMonths: p.ScheduleMonths, Schedule: p.Schedule, CooperationWay: api.CooperationWay(p.CooperationWay), Shares: sharesView(p.Shares)}
		kindView(&v, b)
	}
	if r == Stranger { // an expert judges the bid, and need not call
		v.Docking.ContactPhone, v.Docking.Email = accountapi.MaskPhone(v.Docking.ContactPhone), accountapi.MaskEmail(v.Docking.Email)
	}
	if r == Invitee { // what it is asked to take on, not the plan
		v.Application.Shares = sharesView(b.Offer.Application.Shares)
	}
	for i, m := range b.Members {
		if m.State == SeatDeclined && r != Bidder { // whoever said no, and why, is the lead's to know
			continue
		}
		v.Members = append(v.Members, api.ConsortiumMember{OrgId: m.OrgID, OrgName: m.OrgName, Role: m.Role, Lead: i == 0, State: api.SeatState(m.State), Reason: m.Reason})
	}
	known := outcomeKnown(b, d)
	if (b.State == Won || b.State == Lost) && !known { // being decided: nobody learns it before it is published
		v.State = api.BidState(Shortlisted)
		if r == Bidder || r == Member {
			v.State = api.BidState(FormalCheck)
		}
		if !b.flow().scored {
			v.State = api.BidState(Comparing)
		}
	}
	if (r == Bidder || r == Member) && b.State == Shortlisted {
		v.State = api.BidState(FormalCheck) // the shortlist is the issuer's, until the award
	}
	if d.In(b.ID) {
		v.Digest = b.Digest()
	}
	own := r == Bidder || r == Member || r == Invitee
	if b.Check != nil && (!own || known || b.Check.Outcome == NeedsPapers) {
		c := b.Check
		v.Formal = api.FormalCheck{Outcome: api.FormalCheckOutcome(c.Outcome), Reason: c.Reason, Missing: c.Missing, CorrectBy: c.CorrectBy.Time(),
			CorrectedAt: c.CorrectedAt.Time(), At: c.At.Time()}
	}
	if r == Bidder {
		v.Prefilled = b.Offer.Prefilled
		if b.State == BidDraft || b.State == BidSubmitted || b.State == BidWithdrawn {
			v.Problems = fieldsView(b.Problems(d, now))
		}
	}
	if !own || known && r != Invitee {
		v.Scores = scoresView(b, d)
		if b.Scored() {
			v.Total = total(b.Points())
		}
		v.Reason = b.Reason // before the award: the draft of the reason, for the issuer who writes it
		v.Rank = rankOf(b.ID, d)
	}
	if r == Bidder && b.State == BidWithdrawn {
		v.Reason = b.Reason
	}
	v.AllowedActions = b.actions(r, d, a, now)
	return v
}

func rankOf(bidID string, d *Demand) int {
	if d.Award != nil {
		for _, r := range d.Award.Standings {
			if r.BidID == bidID {
				return r.Rank
			}
		}
	}
	return 0
}

// scoresView is criterion by criterion; a bid that failed the formal check, or whose demand was terminated, says that nothing was
// assessed and why.
func scoresView(b *Bid, d *Demand) []api.CriterionScore {
	var all []api.CriterionScore
	if !b.Scored() && !b.failed() && !b.Ended {
		return nil
	}
	for _, c := range d.Terms.Criteria {
		v := api.CriterionScore{Key: c.Key, Name: c.Name, Weight: c.Weight}
		i := slices.IndexFunc(b.Scores, func(s Score) bool { return s.Key == c.Key })
		switch {
		case i >= 0:
			v.Assessed, v.Score, v.Reason = true, float64(b.Scores[i].hundredths())/100, b.Scores[i].Reason
		case b.failed():
			v.Reason = b.Check.Reason
		default:
			v.Reason = b.Reason
		}
		all = append(all, v)
	}
	return all
}

func feedbackView(b *Bid, d *Demand) api.BidFeedback {
	v := api.BidFeedback{BidId: b.ID, Outcome: api.BidFeedbackOutcomeLost, Scores: scoresView(b, d), Reason: b.Reason,
		Rank: rankOf(b.ID, d), OfBids: len(d.Manifest)}
	if v.Scores == nil {
		v.Scores = []api.CriterionScore{}
	}
	if b.State == Won {
		v.Outcome, v.Reason = api.BidFeedbackOutcomeWon, d.Award.Reason
	}
	if b.Scored() {
		v.Total = total(b.Points())
	}
	if d.Notice != nil {
		v.At = d.Notice.StartsAt.Time()
	} else {
		v.At = d.EndedAt.Time()
	}
	return v
}

// actions are what a reader could do with the bid.
func (b *Bid) actions(r Role, d *Demand, a access.Actor, now time.Time) []api.Action {
	all := []api.Action{}
	for _, rule := range b.flow().bids {
		if !slices.Contains(rule.By, r) || rule.Action == WinBid || rule.Action == LoseBid {
			continue
		}
		err := b.may(rule.Action, r)
		var until when.Instant
		switch rule.Action {
		case InviteMember, RemoveMember, AcceptSeat, DeclineSeat:
			if len(b.Members) == 0 {
				continue
			}
			until = d.Deadline
			if err == nil {
				err = d.Accepting(now)
			}
		case OfferTrial, AcceptTrial, RefuseTrial, ReportTrial, DecidePurchase, DeclineBid, OpenTalks, PostTalk, RecordTalks:
			if err == nil {
				err = d.Dealing()
			}
		case WithdrawBid:
			if closed := b.withdrawable(d, now); closed != nil {
				err = closed
			}
			if d.flow().chooses() {
				until = d.Deadline
			}
		case EditBid, SubmitBid, ConfirmBidChange:
			until = d.Deadline
			if closed := d.Accepting(now); closed != nil {
				err = closed
			} else if err == nil && rule.Action == SubmitBid {
				if !a.Verified {
					err = notVerified
				} else if len(b.Problems(d, now)) > 0 {
					err = fault.New(fault.Conflict, "bid.incomplete", "")
				}
			}
		case CorrectBid:
			if err == nil {
				until = b.Check.CorrectBy
				if when.At(now) >= until {
					err = fault.New(fault.Conflict, "bid.correction_over", "")
				}
			}
		default: // the issuer's
			if closed := d.Evaluable(r); closed != nil {
				err = closed
			} else if err == nil && rule.Action == ScoreBid && !b.passed() {
				err = fault.New(fault.Conflict, "bid.not_checked", "")
			} else if err == nil && rule.Action == ScoreBid && d.Panel != nil {
				err = expertsScore
			} else if err == nil && rule.Action == ShortlistBid && !b.Scored() {
				err = fault.New(fault.Conflict, "bid.not_scored", "")
			}
		}
		v := api.Action{Operation: string(rule.Action), Allowed: err == nil, Code: refusal(err), Primary: rule.Action == b.next(r)}
		if until != 0 && err == nil {
			v.Until = until.Time()
		}
		all = append(all, v)
	}
	if r == Bidder && outcomeKnown(b, d) {
		all = append(all, api.Action{Operation: "getBidFeedback", Allowed: true, Primary: true})
	}
	return all
}

// next is the one next action on a bid.
func (b *Bid) next(r Role) Action {
	switch {
	case r == Bidder && (b.State == BidDraft || b.State == BidWithdrawn):
		return SubmitBid
	case r == Bidder && b.State == Correction:
		return CorrectBid
	case r == Invitee:
		return AcceptSeat
	case r == Bidder && b.State == TrialOffered:
		return AcceptTrial
	case r == Bidder && b.State == Trialling:
		return ReportTrial
	case r == Issuer && b.State == BidSubmitted && b.Kind == Scenario:
		return OfferTrial
	case r == Issuer && b.State == Reported:
		return DecidePurchase
	case r == Issuer && b.State == BidSubmitted && b.Kind == Project:
		return OpenTalks
	case b.State == Talking:
		return PostTalk
	case r == Issuer && b.State == FormalCheck && b.Check == nil, r == Issuer && b.State == FormalCheck && b.Check.Outcome == NeedsPapers:
		return FormalCheckBid
	case r == Issuer && b.State == FormalCheck && b.passed() && !b.Scored():
		return ScoreBid
	case r == Issuer && b.State == FormalCheck && b.Scored():
		return ShortlistBid
	}
	return ""
}

// resultView is the public record: winners by name, losers by pseudonym and scores alone.
func resultView(id string, d *Demand, r Role) (api.Result, error) {
	over := d.State == Terminated && d.PublishedAt != 0 || d.State == Closed
	if !over && (d.Award == nil || !d.Award.Published) {
		return api.Result{}, fault.New(fault.NotFound, "result.not_published", "the result is not published yet")
	}
	v := api.Result{DemandId: id, Code: d.Code, Title: d.Terms.Title, State: api.DemandState(d.State), Issuer: issuerRef(d, r),
		PublishedAt: d.PublishedAt.Time(), ClosedAt: d.ClosedAt.Time(), Deadline: d.Deadline.Time(), BidCount: len(d.Manifest),
		Criteria: criteriaView(d.Terms.Criteria), Bids: []api.ResultBid{}, Reason: d.Reason, Notice: noticeView(id, d.Notice), AwardedAt: d.AwardedAt.Time()}
	if d.Award == nil {
		return v, nil
	}
	v.Reason, v.DeviationReason = d.Award.Reason, d.Award.Deviation
	if !d.flow().scored && r == Stranger {
		return v, nil // quotes are a matter between buyer and bidders
	}
	names := pseudonyms(d)
	for _, s := range d.Award.Standings {
		b := api.ResultBid{Pseudonym: names[s.BidID], Winner: s.Won, FormalPass: s.Passed, Rank: s.Rank, Total: total(s.Points)}
		if s.Won {
			b.OrgId, b.OrgName = orgOf(s.BidID), s.OrgName
		}
		for _, c := range d.Terms.Criteria {
			if score, ok := s.Scores[c.Key]; ok {
				b.Scores = append(b.Scores, struct {
					Key   string  `json:"key"`
					Score float64 `json:"score"`
				}{c.Key, float64(score) / 100})
			}
		}
		v.Bids = append(v.Bids, b)
	}
	return v, nil
}

// pseudonyms names bids A, B, … in the order of a digest over what they offered, so that the name says nothing of bidder, time or rank,
// cannot be computed by somebody who only guesses who bid, and stays the same each time.
func pseudonyms(d *Demand) map[string]string {
	order := slices.Clone(d.Manifest)
	key := func(e Entry) [sha256.Size]byte { return sha256.Sum256([]byte(e.BidID + "\x00" + e.Digest)) }
	slices.SortFunc(order, func(a, b Entry) int {
		x, y := key(a), key(b)
		return slices.Compare(x[:], y[:])
	})
	names := map[string]string{}
	for i, e := range order {
		name := ""
		for n := i; n >= 0; n = n/26 - 1 {
			name = string(rune('A'+n%26)) + name
		}
		names[e.BidID] = name
	}
	return names
}

func settingsView(rev int64, s Settings) api.DemandSettings {
	v := api.DemandSettings{Rev: rev, EffectiveFrom: s.EffectiveFrom.Time(), NoticeWorkingDays: s.NoticeWorkingDays, MinPublishDays: s.MinPublishDays,
		DistrictReview: !s.NoDistrictReview, DistrictReviewDays: s.DistrictReviewDays, ReviewWorkingDays: s.ReviewWorkingDays, ReviewRemindDays: s.ReviewRemindDays, CorrectionWorkingDays: s.CorrectionWorkingDays, PushLimit: s.PushLimit, MaxWinners: s.MaxWinners, MaxSuppliers: s.MaxSuppliers, MaxInvites: s.MaxInvites, MinMembers: s.MinMembers, IssueDeadlineDay: s.IssueDeadlineDay,
		QuestionCutoffHours: s.QuestionCutoffHours, AnswerWorkingDays: s.AnswerWorkingDays, ChangeWorkingDays: s.ChangeWorkingDays, ConflictMonths: s.ConflictMonths,
		Criteria: criteriaView(s.Criteria), Unverified: s.Unverified}
	if v.Unverified == nil {
		v.Unverified = []string{}
	}
	return v
}

func sharesView(shares []MemberShare) []api.MemberShare {
	var all []api.MemberShare
	for _, s := range shares {
		all = append(all, api.MemberShare{OrgId: s.OrgID, WorkBp: s.WorkBP, MoneyBp: s.MoneyBP})
	}
	return all
}

// kindView shows what only one kind of bid has.
func kindView(v *api.Bid, b *Bid) {
	q, t, i := &b.Offer.Quote, &b.Offer.Trial, &b.Offer.Interest
	v.Quote = api.QuoteForm{UnitPriceFen: q.UnitPriceFen, Unit: q.Unit, Quantity: q.Quantity, LeadTimeDays: q.LeadTimeDays, MonthlyCapacity: q.MonthlyCapacity,
		Certificates: q.Certificates, PaymentDays: q.PaymentDays, Note: q.Note, ValidUntil: q.ValidUntil.Time()}
	v.Trial = api.TrialForm{Product: t.Product, Maturity: t.Maturity, Plan: t.Plan, SiteNeeds: t.SiteNeeds, Days: t.Days, AfterPriceFen: t.AfterPriceFen}
	v.Interest = api.InterestForm{Intent: i.Intent, CooperationWay: api.CooperationWay(i.CooperationWay), Experience: i.Experience}
	if d := b.Deal; d != nil {
		v.Agreed = api.Trial{From: d.From.Time(), To: d.To.Time(), Terms: d.Terms, AgreedAt: d.AgreedAt.Time(), Refused: d.Refused, Report: d.Report,
			MetTargets: d.MetTargets, ReportedAt: d.ReportedAt.Time(), Bought: d.Bought, AmountFen: d.AmountFen, DecidedAt: d.DecidedAt.Time()}
	}
	if r := b.Result; r != nil {
		v.TalksResult = api.TalksResult{Agreed: r.Agreed, Summary: r.Summary, AmountFen: r.AmountFen}
	}
}
