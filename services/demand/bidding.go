package demand

import (
	"cmp"
	"context"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	accountapi "lianbang/services/account/api"
	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
)

// bidRole is what an actor is to a bid.
func bidRole(a access.Actor, b *Bid, d *Demand) Role {
	if a.OrgID != "" && a.OrgID == b.OrgID {
		return Bidder
	}
	if m := b.member(a.OrgID); m != nil && a.OrgID != "" {
		switch m.State {
		case SeatAccepted:
			return Member
		case SeatInvited:
			return Invitee
		}
	}
	return role(a, d)
}

// seen loads a bid the reader may know of, with its demand; NotFound otherwise.
func (s *Service) seen(ctx context.Context, bidID string) (docstore.Doc[Bid], docstore.Doc[Demand], access.Actor, error) {
	a := access.From(ctx)
	bid, err := s.bids.Get(ctx, bidID)
	if err != nil {
		return bid, docstore.Doc[Demand]{}, a, err
	}
	demand, err := s.load(ctx, bid.Body.DemandID)
	if err != nil {
		return bid, demand, a, err
	}
	if demand.Body.ClosedAt != 0 { // loading may have closed it and opened the bid
		if bid, err = s.bids.Get(ctx, bidID); err != nil {
			return bid, demand, a, err
		}
	}
	if demand, err = s.inRound(ctx, demand, bid.Body.Round); err != nil {
		return bid, demand, a, err
	}
	if bid.Body.seat() || !bid.Body.Visible(bidRole(a, &bid.Body, &demand.Body)) {
		err = access.Hide.Err()
	}
	return bid, demand, a, err
}

// own is the demand of a bid of the caller's own organisation, whose id says so, to be read alone: one read less than seen, where 200
// bidders submit in two seconds. Somebody else's bid is seen's business.
func (s *Service) own(ctx context.Context, bidID string) (docstore.Doc[Demand], access.Actor, error) {
	a := access.From(ctx)
	demandID, _, ok := strings.Cut(bidID, ":")
	if !ok || a.OrgID == "" || orgOf(bidID) != a.OrgID {
		_, demand, a, err := s.seen(ctx, bidID)
		return demand, a, err
	}
	demand, err := s.readDemand(ctx, demandID)
	if err == nil && s.closeDue(&demand.Body) {
		demand, err = s.load(ctx, demandID)
	}
	if err == nil {
		demand, err = s.inRound(ctx, demand, roundOf(bidID))
	}
	return demand, a, err
}

// changeBid is the one way a bid is changed by a person.
func (s *Service) changeBid(ctx context.Context, bidID string, demand docstore.Doc[Demand], a access.Actor, step func(tx *docstore.Tx[Bid], by By) error) (api.Bid, error) {
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Bid{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	bid, err := s.bids.Update(ctx, bidID, func(tx *docstore.Tx[Bid]) error {
		b := By{Role: bidRole(a, tx.Body, &demand.Body), UserID: a.UserID, OrgID: a.OrgID}
		if err := s.openFor(ctx, tx.Body, &demand.Body, b.Role); err != nil {
			return err
		}
		return step(tx, b)
	}, opts...)
	if err != nil {
		return api.Bid{}, err
	}
	v, err := s.show(ctx, bid, &demand.Body, a)
	return inList(v, a), err
}

// bidding makes a step of the bidder's own that must be written before the deadline is recorded: its time is bounded by the grace.
func (s *Service) bidding(ctx context.Context, bidID string, step func(tx *docstore.Tx[Bid], by By, d *Demand) error) (api.Bid, error) {
	return s.biddingIf(ctx, bidID, func(context.Context, *Demand) error { return nil }, step)
}

// biddingIf is bidding where ready, which may read other documents, has no objection.
func (s *Service) biddingIf(ctx context.Context, bidID string, ready func(context.Context, *Demand) error, step func(tx *docstore.Tx[Bid], by By, d *Demand) error) (api.Bid, error) {
	if s.o.CloseGrace > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, max(s.o.CloseGrace*3/4, time.Second))
		defer cancel()
	}
	demand, a, err := s.own(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	if err := ready(ctx, &demand.Body); err != nil {
		return api.Bid{}, err
	}
	v, err := s.changeBid(ctx, bidID, demand, a, func(tx *docstore.Tx[Bid], by By) error { return step(tx, by, &demand.Body) })
	if err != nil {
		return v, err
	}
	// The demand may have been terminated between reading it and writing the bid, and its bids ended before this one was there.
	if rev, err := s.demands.Rev(ctx, demand.ID); err != nil || rev == demand.Rev {
		return v, err
	}
	after, err := s.demands.Get(ctx, demand.ID)
	if err == nil && after.Body.State == Terminated {
		err = cmp.Or(s.endBid(ctx, bidID, &after.Body), after.Body.Accepting(s.now()))
	}
	return v, err
}

// eligible asks whether an organisation may bid at all: verified, of a capacity the kind asks for, invited where that is needed, never on
// its own demand.
func eligible(a access.Actor, d *Demand) error {
	switch {
	case a.Guest():
		return fault.New(fault.Unauthenticated, "auth.sign_in", "sign in to bid")
	case a.OrgID == "":
		return fault.New(fault.Forbidden, "org.none", "only an organisation bids")
	case a.OrgID == d.IssuerID:
		return fault.New(fault.Forbidden, "demand.own_demand", "an organisation does not bid on its own demand")
	case d.flow().answerable(a.Capacities) != nil:
		return d.flow().answerable(a.Capacities)
	case !a.Verified:
		return notVerified
	}
	return d.mayAnswer(a.OrgID)
}

// maxSeats keeps the manifest and the standings of a demand within its document, ten times what a challenge is known to draw.
const maxSeats = 300

// PlaceBid takes the organisation's seat with a draft.
func (s *Service) PlaceBid(ctx context.Context, demandID string, in api.BidInput) (api.Bid, error) {
	demand, a, err := s.visible(ctx, demandID)
	if err != nil {
		return api.Bid{}, err
	}
	d := &demand.Body
	if err := eligible(a, d); err != nil {
		return api.Bid{}, err
	}
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Bid{}, err
	}
	offer := offerOf(in)
	if err := s.attach(ctx, &offer, a.OrgID, AchievementRef{}); err != nil {
		return api.Bid{}, err
	}
	b, err := Place(By{Role: Bidder, UserID: a.UserID, OrgID: a.OrgID}, org.Name, demandID, d, offer, s.now())
	if err != nil {
		return api.Bid{}, err
	}
	seats, err := s.bids.Count(ctx, docstore.Query{Index: "demand", Equal: []any{demandID, d.Round}})
	if err != nil {
		return api.Bid{}, err
	}
	if seats >= maxSeats {
		return api.Bid{}, fault.Newf(fault.Conflict, "demand.seats_full", "at most %d organisations bid on one demand", maxSeats)
	}
	fingerprint, err := s.bids.creation(ctx, &b)
	if err != nil {
		return api.Bid{}, err
	}
	bid, err := s.bids.Insert(ctx, b.ID, b, docstore.Fingerprint(fingerprint))
	if kind := fault.KindOf(err); err != nil && (kind == fault.Duplicate || kind == fault.Conflict) {
		// A seat in a consortium that no longer counts on the organisation is free for a bid of its own.
		if err = s.takeOver(ctx, b.ID, func(had *Bid) { *had = b }, ""); err == nil {
			bid, err = s.bids.Get(ctx, b.ID)
		}
	}
	if err != nil {
		return api.Bid{}, err
	}
	return s.show(ctx, bid, d, a)
}

// PrefillBid is the 对接表 as far as it is known: from the dossier, from what the credit code and the city say, and, for the rest, from the
// organisation's latest earlier bid. Typed once, never again; sources says where each field comes from.
func (s *Service) PrefillBid(ctx context.Context, demandID string) (api.BidPrefill, error) {
	_, a, err := s.visible(ctx, demandID)
	if err != nil {
		return api.BidPrefill{}, err
	}
	org, err := s.o.Organisations.Get(ctx, a.OrgID)
	if err != nil {
		return api.BidPrefill{}, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return api.BidPrefill{}, err
	}
	earlier, earlierAt, err := s.lastDocking(ctx, a.OrgID)
	if err != nil {
		return api.BidPrefill{}, err
	}
	known := DockingForm{OrganisationName: org.Name, CreditCode: org.CreditCode, District: cmp.Or(names.districts[org.District], org.District),
		ContactName: org.Contact.Name, ContactPhone: org.Contact.Phone, Email: org.Contact.Email, Employees: org.Employees, RevenueFen: org.RevenueFen, Brief: cutTo(org.Summary, 2000)}
	f, sources := prefilled(known, DockingForm{Province: provinceOf(org.CreditCode), City: names.city}, earlier)
	p := api.BidPrefill{Docking: dockingView(f), Prefilled: slices.Sorted(maps.Keys(sources)), Sources: sources, Dates: map[string]time.Time{}}
	for source, at := range map[string]time.Time{fromDossier: org.UpdatedAt, fromEarlier: earlierAt} {
		if !at.IsZero() {
			p.Dates[source] = at
		}
	}
	return p, nil
}

// The sources a prefilled field can have.
const (
	fromDossier  = "dossier"
	fromRegister = "register" // the credit code and the city
	fromEarlier  = "earlier_bid"
)

// prefilled takes each field from the first form that has it.
func prefilled(dossier, register, earlier DockingForm) (DockingForm, map[string]string) {
	f, sources := DockingForm{}, map[string]string{}
	for _, from := range []struct {
		form DockingForm
		name string
	}{{dossier, fromDossier}, {register, fromRegister}, {earlier, fromEarlier}} {
		g := from.form
		text := func(path string, into *string, v string) {
			if *into == "" && v != "" {
				*into, sources["docking."+path] = v, from.name
			}
		}
		text("organisationName", &f.OrganisationName, g.OrganisationName)
		text("creditCode", &f.CreditCode, g.CreditCode)
		text("province", &f.Province, g.Province)
		text("city", &f.City, g.City)
		text("district", &f.District, g.District)
		text("legalRepresentative", &f.LegalRepresentative, g.LegalRepresentative)
		text("contactName", &f.ContactName, g.ContactName)
		text("contactPhone", &f.ContactPhone, g.ContactPhone)
		text("email", &f.Email, g.Email)
		text("brief", &f.Brief, g.Brief)
		number := func(path string, into *int64, v int64) {
			if *into == 0 && v != 0 {
				*into, sources["docking."+path] = v, from.name
			}
		}
		number("registeredCapitalFen", &f.RegisteredCapitalFen, g.RegisteredCapitalFen)
		number("revenueFen", &f.RevenueFen, g.RevenueFen)
		people := int64(f.Employees)
		number("employees", &people, int64(g.Employees))
		f.Employees = int(people)
	}
	return f, sources
}

// lastDocking is the 对接表 of the organisation's latest bid that has one. It is the open part; nothing sealed is read.
func (s *Service) lastDocking(ctx context.Context, orgID string) (f DockingForm, at time.Time, err error) {
	page, err := s.bids.Find(ctx, docstore.Query{Index: "org", Equal: []any{orgID}, Descending: true, Limit: 10})
	if err != nil {
		return f, at, err
	}
	for _, doc := range page.Items {
		if f = doc.Body.Offer.Docking; f.OrganisationName != "" {
			return f, doc.UpdatedAt, nil
		}
	}
	return DockingForm{}, at, nil
}

// provinces are the first two digits of an administrative division (GB/T 2260), which stand third and fourth in a credit code.
var provinces = map[string]string{"11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区", "21": "辽宁省", "22": "吉林省", "23": "黑龙江省",
	"31": "上海市", "32": "江苏省", "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省", "41": "河南省", "42": "湖北省", "43": "湖南省",
	"44": "广东省", "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省", "54": "西藏自治区", "61": "陕西省",
	"62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区", "65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区"}

// provinceOf is where a credit code was registered; "" for a code of the central register or of no form we know.
func provinceOf(code string) string {
	if len(code) != 18 {
		return ""
	}
	return provinces[code[2:4]]
}

func cutTo(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// GetMyBid is the caller's organisation's bid on a demand, in its present round.
func (s *Service) GetMyBid(ctx context.Context, demandID string) (api.Bid, error) {
	demand, a, err := s.visible(ctx, demandID)
	if err != nil {
		return api.Bid{}, err
	}
	bid, err := s.standing(ctx, BidID(demandID, demand.Body.Round, a.OrgID))
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			err = fault.New(fault.NotFound, "bid.not_placed", "the organisation has no bid on this demand")
		}
		return api.Bid{}, err
	}
	return s.show(ctx, bid, &demand.Body, a)
}

// standing is the bid an organisation takes part in from its seat: its own, or that of the consortium it sits in. Errors: NotFound.
func (s *Service) standing(ctx context.Context, seatID string) (docstore.Doc[Bid], error) {
	bid, err := s.bids.Get(ctx, seatID)
	switch {
	case err != nil:
	case bid.Body.State == Seat:
		var lead docstore.Doc[Bid]
		if lead, err = s.bids.Get(ctx, bid.Body.LeadBid); err == nil && lead.Body.lists(bid.Body.OrgID) {
			return lead, nil
		}
		fallthrough
	case bid.Body.State == SeatReleased:
		if err == nil {
			err = fault.New(fault.NotFound, "bid.not_placed", "the seat is empty")
		}
	}
	return bid, err
}

// seat reports whether the document is but a member's seat.
func (b *Bid) seat() bool { return b.State == Seat || b.State == SeatReleased }

// GetBid is one bid, behind the seal.
func (s *Service) GetBid(ctx context.Context, bidID string) (api.Bid, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	if err := s.o.Looks.Record(ctx, accountapi.LookBid, bidID, bid.Body.OrgID); err != nil {
		return api.Bid{}, err
	}
	return s.show(ctx, bid, &demand.Body, a)
}

// inList is a bid among others, or as what a step by somebody else than the bidder made of it: whom to call stands in the bid as it is read,
// where the look is noted.
func inList(v api.Bid, a access.Actor) api.Bid {
	if a.OrgID != v.OrgId {
		v.Docking.ContactPhone, v.Docking.Email = accountapi.MaskPhone(v.Docking.ContactPhone), accountapi.MaskEmail(v.Docking.Email)
	}
	return v
}

// EditBid replaces what is offered, until the deadline.
func (s *Service) EditBid(ctx context.Context, bidID string, in api.BidInput) (api.Bid, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Bid{}, err
	}
	offer := offerOf(in)
	if err := s.attachAgain(ctx, &offer, bidID); err != nil {
		return api.Bid{}, err
	}
	return s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error { return tx.Body.Edit(by, tx.Now, d, offer) })
}

// SubmitBid puts the bid in.
func (s *Service) SubmitBid(ctx context.Context, bidID string) (api.Bid, error) {
	if !access.From(ctx).Verified {
		return api.Bid{}, notVerified
	}
	ready := func(ctx context.Context, d *Demand) error {
		if d.Terms.Mode != Consortium {
			return nil
		}
		lead, err := s.bids.Get(ctx, bidID)
		if err != nil {
			return err
		}
		return s.seated(ctx, &lead.Body)
	}
	return s.biddingIf(ctx, bidID, ready, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b := tx.Body
		if err := b.Submit(by, tx.Now, d); err != nil {
			return err
		}
		receipt := about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).with("deadline", at(d.Deadline))
		if err := tx.Emit(bidSubmitted, receipt); err != nil {
			return err
		}
		told := about(b.DemandID, d, evaluatePage(b.DemandID), toOrg(d.IssuerID)).with("orgName", b.OrgName).with("sealed", d.Sealed)
		return tx.Emit(bidReceived, told)
	})
}

// WithdrawBid takes the bid back, until the deadline.
func (s *Service) WithdrawBid(ctx context.Context, bidID, note string) (api.Bid, error) {
	var gone Bid
	v, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error {
		b, was := tx.Body, tx.Body.State
		if err := b.Withdraw(by, tx.Now, d, note); err != nil || was == BidDraft {
			gone = *b
			return err
		}
		gone = *b
		return tx.Emit(bidWithdrawn, about(b.DemandID, d, evaluatePage(b.DemandID), toOrg(d.IssuerID)).with("orgName", b.OrgName))
	})
	if err == nil {
		s.releaseAll(ctx, &gone)
	}
	return v, err
}

// CorrectBid hands in the missing formal papers.
func (s *Service) CorrectBid(ctx context.Context, bidID, note string) (api.Bid, error) {
	_, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Bid{}, err
	}
	return s.changeBid(ctx, bidID, demand, a, func(tx *docstore.Tx[Bid], by By) error {
		b := tx.Body
		if err := b.Correct(by, tx.Now, note); err != nil {
			return err
		}
		return tx.Emit(bidCorrected, about(b.DemandID, &demand.Body, evaluatePage(b.DemandID), toOrg(demand.Body.IssuerID)).with("orgName", b.OrgName))
	})
}

// AddBidAttachment keeps a file with a bid.
func (s *Service) AddBidAttachment(ctx context.Context, bidID string, part Part, content io.Reader, name string) (api.Attachment, int64, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	part = cmp.Or(part, Application)
	trial := bid.Body
	who := By{Role: bidRole(a, &trial, &demand.Body), UserID: a.UserID, OrgID: a.OrgID}
	if err := trial.Attach(who, s.now(), &demand.Body, Attachment{Part: part}); err != nil { // before a large file is taken in
		return api.Attachment{}, 0, err
	}
	kept, err := s.putFile(ctx, &bid.Body, part, content, name)
	if err != nil {
		return api.Attachment{}, 0, err
	}
	v, err := s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error { return tx.Body.Attach(by, tx.Now, d, kept) })
	if err != nil {
		s.drop(ctx, kept.ID)
		return api.Attachment{}, 0, err
	}
	return attachmentView(kept), v.Rev, nil
}

// RemoveBidAttachment detaches a file, until the deadline.
func (s *Service) RemoveBidAttachment(ctx context.Context, bidID, attachment string) (api.Bid, error) {
	return s.bidding(ctx, bidID, func(tx *docstore.Tx[Bid], by By, d *Demand) error { return tx.Body.Detach(by, tx.Now, d, attachment) })
}

// GetBidAttachment serves a file behind the same seal as the part it belongs to.
func (s *Service) GetBidAttachment(ctx context.Context, bidID, attachment string) (File, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return File{}, err
	}
	b := &bid.Body
	who := bidRole(a, b, &demand.Body)
	if err := s.openFor(ctx, b, &demand.Body, who); err != nil {
		return File{}, err
	}
	readable := slices.DeleteFunc(slices.Clone(b.Attachments), func(f Attachment) bool { return !b.Readable(f.Part, who, &demand.Body) })
	return s.openFile(ctx, b, readable, attachment)
}

// GetBidFeedback is what a bidder learns of its own bid, from the day the award is published.
func (s *Service) GetBidFeedback(ctx context.Context, bidID string) (api.BidFeedback, error) {
	bid, demand, a, err := s.seen(ctx, bidID)
	if err != nil {
		return api.BidFeedback{}, err
	}
	if bidRole(a, &bid.Body, &demand.Body) != Bidder {
		return api.BidFeedback{}, access.Forbid.Err()
	}
	if !outcomeKnown(&bid.Body, &demand.Body) {
		return api.BidFeedback{}, fault.New(fault.Conflict, "award.not_published", "the result is not published yet")
	}
	return feedbackView(&bid.Body, &demand.Body), nil
}

// ListBids is for issuer and operator. Before the deadline submitted interest forms only; afterwards the manifest's bids, best first once
// scored.
func (s *Service) ListBids(ctx context.Context, demandID, state string, round, limit int, cursor string) (api.BidPage, error) {
	demand, a, err := s.visible(ctx, demandID)
	if err != nil {
		return api.BidPage{}, err
	}
	if demand, err = s.inRound(ctx, demand, round); err != nil {
		return api.BidPage{}, err
	}
	d := &demand.Body
	if role(a, d) == Stranger {
		return api.BidPage{}, access.Forbid.Err()
	}
	if d.Tasks.OpenBids {
		if err := s.advance(ctx, demandID); err != nil {
			return api.BidPage{}, err
		}
	}
	page := api.BidPage{Items: []api.Bid{}}
	if d.ClosedAt == 0 {
		if !d.flow().chooses() {
			return s.listDealings(ctx, demand, a, state, limit, cursor)
		}
		q := docstore.Query{Index: "demand", Equal: []any{demandID, d.Round, BidSubmitted}, Limit: docstore.PageSize(limit), Cursor: cursor}
		if d.State == Terminated {
			q.Equal[2] = Lost
		}
		found, err := s.bids.Find(ctx, q)
		if err != nil {
			return page, err
		}
		if cursor == "" {
			if page.Total, err = s.bids.Count(ctx, q); err != nil {
				return page, err
			}
		}
		for _, bid := range found.Items {
			if state == "" || string(bid.Body.State) == state {
				v, err := s.show(ctx, bid, d, a)
				if err != nil {
					return page, err
				}
				page.Items = append(page.Items, inList(v, a))
			}
		}
		page.Next = found.Next
		return page, nil
	}
	// The manifest is bounded; its bids are ranked as a whole and cut into pages by place.
	ids := make([]string, len(d.Manifest))
	for i, e := range d.Manifest {
		ids[i] = e.BidID
	}
	docs, err := s.bids.GetMany(ctx, ids)
	if err != nil {
		return page, err
	}
	return s.cutPage(ctx, docs, d, a, state, limit, cursor)
}

// listDealings are the answers to a demand that deals with each on its own, while they still come in.
func (s *Service) listDealings(ctx context.Context, demand docstore.Doc[Demand], a access.Actor, state string, limit int, cursor string) (api.BidPage, error) {
	var docs []docstore.Doc[Bid]
	for _, in := range demand.Body.flow().active {
		err := s.bids.Each(ctx, docstore.Query{Index: "demand", Equal: []any{demand.ID, demand.Body.Round, in}}, func(doc docstore.Doc[Bid]) error {
			docs = append(docs, doc)
			return nil
		})
		if err != nil {
			return api.BidPage{}, err
		}
	}
	return s.cutPage(ctx, docs, &demand.Body, a, state, limit, cursor)
}

// cutPage ranks bids, the best first, and cuts a page out of them by place.
func (s *Service) cutPage(ctx context.Context, docs []docstore.Doc[Bid], d *Demand, a access.Actor, state string, limit int, cursor string) (api.BidPage, error) {
	page := api.BidPage{Items: []api.Bid{}}
	slices.SortStableFunc(docs, func(x, y docstore.Doc[Bid]) int {
		return cmp.Or(-cmp.Compare(btoi(x.Body.Scored()), btoi(y.Body.Scored())), -cmp.Compare(x.Body.Points(), y.Body.Points()),
			cmp.Compare(x.Body.SubmittedAt, y.Body.SubmittedAt))
	})
	rank := 0
	for i, doc := range docs {
		if i == 0 || doc.Body.Points() != docs[i-1].Body.Points() {
			rank = i + 1
		}
		v, err := s.show(ctx, doc, d, a)
		if err != nil {
			return page, err
		}
		v = inList(v, a)
		if doc.Body.Scored() {
			v.Rank = rank
		}
		if state == "" || string(doc.Body.State) == state {
			page.Items = append(page.Items, v)
		}
	}
	page.Total = int64(len(page.Items))
	from, err := place(cursor, len(page.Items))
	if err != nil {
		return page, err
	}
	to := min(from+docstore.PageSize(limit), len(page.Items))
	if to < len(page.Items) {
		page.Next = itoa(to)
	}
	page.Items = page.Items[from:to]
	return page, nil
}

// ListMyBids is the caller's organisation's bids, last changed first. A state is filtered as the bidder sees it: a bid on the shortlist
// still is in the formal check for it.
func (s *Service) ListMyBids(ctx context.Context, state string, limit int, cursor string) (api.BidPage, error) {
	a := access.From(ctx)
	q := docstore.Query{Index: "org", Equal: []any{a.OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	page := api.BidPage{Items: []api.Bid{}}
	if cursor == "" && state == "" {
		n, err := s.bids.Count(ctx, q)
		if err != nil {
			return page, err
		}
		page.Total = n
	}
	demands := map[string]docstore.Doc[Demand]{}
	for want, seen := q.Limit, 0; ; {
		found, err := s.bids.Find(ctx, q)
		if err != nil {
			return page, err
		}
		for _, bid := range found.Items {
			if bid.Body.seat() { // shown as the consortium it sits in
				lead, err := s.standing(ctx, bid.ID)
				if fault.KindOf(err) == fault.NotFound {
					continue
				} else if err != nil {
					return page, err
				}
				bid = lead
			}
			key := roundID(bid.Body.DemandID, bid.Body.Round)
			demand, ok := demands[key]
			if !ok {
				if demand, err = s.demands.Get(ctx, bid.Body.DemandID); err == nil {
					demand, err = s.inRound(ctx, demand, bid.Body.Round)
				}
				if err != nil {
					return page, err
				}
				demands[key] = demand
			}
			v, err := s.show(ctx, bid, &demand.Body, a)
			if err != nil {
				return page, err
			}
			if state == "" || string(v.State) == state {
				page.Items = append(page.Items, v)
			}
		}
		seen += len(found.Items)
		if page.Next = found.Next; page.Next == "" || len(page.Items) >= want || seen >= stretch {
			return page, nil
		}
		q.Cursor, q.Limit = found.Next, want-len(page.Items)
	}
}
