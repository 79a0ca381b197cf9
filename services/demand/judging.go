package demand

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// Experts are those the city keeps. Errors: Unavailable when account is away.
type Experts interface {
	// FindExperts reads those of the ids; no ids ask for all.
	FindExperts(ctx context.Context, ids []string) ([]Judge, error)
}

// assignment leads an expert to a panel it was asked onto; where it stands is on the demand.
type assignment struct {
	ExpertID string       `json:"expertId"`
	DemandID string       `json:"demandId"`
	At       when.Instant `json:"at"`
}

func sheetID(bidID, expertID string) string { return bidID + ":" + expertID }

// convening loads a demand for those who convene its panel: the issuer, and the operator for it.
func (s *Service) convening(ctx context.Context, id string) (docstore.Doc[Demand], access.Actor, error) {
	doc, a, err := s.visible(ctx, id)
	if err == nil && role(a, &doc.Body) == Stranger {
		err = access.Forbid.Err()
	}
	return doc, a, err
}

// ties are what ties an expert to a demand, as things stand now.
func (s *Service) ties(ctx context.Context, j Judge, d *Demand, bids []Bid) ([]ConflictReason, error) {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return nil, err
	}
	since := when.At(s.now().AddDate(0, -settings.ConflictMonths, 0))
	dealings, err := s.dealings(ctx, j.orgs(), since)
	if err != nil {
		return nil, err
	}
	return Conflicts(j, Party{OrgID: d.IssuerID, Name: d.Issuer}, partiesOf(bids), dealings, since), nil
}

// dealings are what organisations did with others since then: demands one won from the other, bids they stood in together.
func (s *Service) dealings(ctx context.Context, orgs []string, since when.Instant) ([]Dealing, error) {
	var all []Dealing
	for _, org := range orgs {
		err := s.bids.Each(ctx, docstore.Query{Index: "org", Equal: []any{org}, From: since}, func(doc docstore.Doc[Bid]) error {
			b := &doc.Body
			if b.State == Won {
				demand, err := s.demands.Get(ctx, b.DemandID)
				if err != nil {
					return err
				}
				all = append(all, Dealing{demand.Body.IssuerID, b.ChangedAt})
			}
			if b.State == Seat {
				all = append(all, Dealing{orgOf(b.LeadBid), b.ChangedAt})
			}
			for _, m := range b.Members {
				if m.OrgID != org && m.State == SeatAccepted {
					all = append(all, Dealing{m.OrgID, b.ChangedAt})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		err = s.demands.Each(ctx, docstore.Query{Index: "mine", Equal: []any{org}, From: since}, func(doc docstore.Doc[Demand]) error {
			if a := doc.Body.Award; a != nil && a.Published {
				for _, w := range a.Winners {
					all = append(all, Dealing{orgOf(w), doc.Body.ChangedAt})
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ListPanelCandidates are the city's active experts, each with what ties it to the matter.
func (s *Service) ListPanelCandidates(ctx context.Context, id string) ([]api.PanelCandidate, error) {
	doc, _, err := s.convening(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &doc.Body
	if d.ClosedAt == 0 {
		return nil, fault.New(fault.Conflict, "demand.deadline_not_passed", "who bids is known after the deadline")
	}
	bids, err := s.manifest(ctx, d)
	if err != nil {
		return nil, err
	}
	judges, err := s.o.Experts.FindExperts(ctx, nil)
	if err != nil {
		return nil, err
	}
	all := []api.PanelCandidate{}
	for _, j := range judges {
		if !j.Active {
			continue
		}
		ties, err := s.ties(ctx, j, d, bids)
		if err != nil {
			return nil, err
		}
		c := api.PanelCandidate{PersonId: j.PersonID, Name: j.Name, Title: j.Title, Employer: j.Employer, Fields: j.Fields, Conflicts: tiesView(ties)}
		if e := d.Panel.expert(j.PersonID); e != nil {
			c.State = api.PanelExpertState(e.State)
		}
		all = append(all, c)
	}
	return all, nil
}

// judge reads one of the city's experts. Errors: Invalid on personId.
func (s *Service) judge(ctx context.Context, personID string) (Judge, error) {
	found, err := s.o.Experts.FindExperts(ctx, []string{personID})
	if err != nil {
		return Judge{}, err
	}
	if len(found) != 1 || !found[0].Active {
		return Judge{}, fault.Bad(fault.Field{Path: "personId", Code: "not_a_choice"})
	}
	return found[0], nil
}

// InvitePanelExpert asks an expert onto the panel and tells it. Repeated after a crash it is refused, and the expert finds the panel by
// its assignment, which is written first.
func (s *Service) InvitePanelExpert(ctx context.Context, id string, in api.PanelInvite) (api.Panel, error) {
	doc, a, err := s.convening(ctx, id)
	if err != nil {
		return api.Panel{}, err
	}
	if err := doc.Body.may(InvitePanelExpert, role(a, &doc.Body)); err != nil {
		return api.Panel{}, err
	}
	j, err := s.judge(ctx, in.PersonId)
	if err != nil {
		return api.Panel{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Panel{}, err
	}
	ties, err := s.ties(ctx, j, &doc.Body, bids)
	if err != nil {
		return api.Panel{}, err
	}
	if len(ties) == 0 {
		at := assignment{ExpertID: j.PersonID, DemandID: id, At: when.At(s.now())}
		if _, err := s.assignments.Insert(ctx, BidID(id, doc.Body.Round, j.PersonID), at); err != nil && fault.KindOf(err) != fault.Duplicate {
			return api.Panel{}, err
		}
	}
	doc, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		e := PanelExpert{PersonID: j.PersonID, Name: j.Name, Employer: j.Employer}
		if err := d.InviteExpert(by(a, d), tx.Now, e, ties, in.Blind, in.DueAt); err != nil {
			return err
		}
		return tx.Emit(panelInvited, about(id, d, panelPage(id), recipient{UserID: j.PersonID}).with("dueAt", at(d.Panel.DueAt)))
	})
	if err != nil {
		return api.Panel{}, err
	}
	return s.panelView(ctx, doc, a)
}

// ClosePanel ends the scoring early.
func (s *Service) ClosePanel(ctx context.Context, id, reason string) (api.Panel, error) {
	doc, a, err := s.convening(ctx, id)
	if err != nil {
		return api.Panel{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Panel{}, err
	}
	if doc, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		return tx.Body.ClosePanel(by(a, tx.Body), tx.Now, reason, bids)
	}); err != nil {
		return api.Panel{}, err
	}
	s.tryTasks(ctx, id)
	return s.panelView(ctx, doc, a)
}

// onPanel loads a demand for one of its experts; NotFound for anybody else.
func (s *Service) onPanel(ctx context.Context, id string) (docstore.Doc[Demand], By, error) {
	a := access.From(ctx)
	doc, err := s.load(ctx, id)
	if err == nil && doc.Body.Panel.expert(a.UserID) == nil {
		err = access.Hide.Err()
	}
	return doc, By{Role: Expert, UserID: a.UserID}, err
}

// GetPanel is the panel for those who convene it, and for its experts, each of whom sees of the others only how many there are.
func (s *Service) GetPanel(ctx context.Context, id string) (api.Panel, error) {
	doc, _, err := s.onPanel(ctx, id)
	if fault.KindOf(err) == fault.NotFound {
		if doc, _, err = s.convening(ctx, id); err == nil && doc.Body.Panel == nil {
			err = fault.New(fault.NotFound, "panel.none", "no expert is invited")
		}
	}
	if err != nil {
		return api.Panel{}, err
	}
	return s.panelView(ctx, doc, access.From(ctx))
}

// ListMyDemandPanels are the panels the caller was asked onto, newest first.
func (s *Service) ListMyDemandPanels(ctx context.Context, limit int, cursor string) (api.PanelPage, error) {
	a := access.From(ctx)
	page := api.PanelPage{Items: []api.Panel{}}
	found, err := s.assignments.Find(ctx, docstore.Query{Index: "expert", Equal: []any{a.UserID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, at := range found.Items {
		doc, err := s.load(ctx, at.Body.DemandID)
		if err != nil {
			return page, err
		}
		if doc.Body.Panel.expert(a.UserID) == nil { // the invitation was cut short
			continue
		}
		v, err := s.panelView(ctx, doc, a)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, v)
	}
	return page, nil
}

// AnswerPanel is an expert's declaration and yes, or its no.
func (s *Service) AnswerPanel(ctx context.Context, id string, in api.PanelAnswer) (api.Panel, error) {
	doc, by, err := s.onPanel(ctx, id)
	if err != nil {
		return api.Panel{}, err
	}
	var ties []ConflictReason
	if in.Answer == api.PanelAnswerAnswerAccepted { // something may have come up since it was asked
		j, err := s.judge(ctx, by.UserID)
		if err != nil {
			return api.Panel{}, err
		}
		bids, err := s.manifest(ctx, &doc.Body)
		if err != nil {
			return api.Panel{}, err
		}
		if ties, err = s.ties(ctx, j, &doc.Body, bids); err != nil {
			return api.Panel{}, err
		}
	}
	doc, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if err := d.AnswerPanel(by, tx.Now, ExpertState(in.Answer), in.Note, ties); err != nil {
			return err
		}
		return tx.Emit(panelAnswered, about(id, d, evaluatePage(id), toOrg(d.IssuerID)).with("accepted", in.Answer == api.PanelAnswerAnswerAccepted))
	})
	if err != nil {
		return api.Panel{}, err
	}
	s.tryTasks(ctx, id)
	return s.panelView(ctx, doc, access.From(ctx))
}

// panelBids are the bids a panel scores, by pseudonym: those that passed the formal check, opened.
func (s *Service) panelBids(ctx context.Context, d *Demand) (map[string]*Bid, []string, error) {
	bids, err := s.manifest(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	names := pseudonyms(d)
	all := map[string]*Bid{}
	var order []string
	for i := range bids {
		b := &bids[i]
		if !b.passed() {
			continue
		}
		if err := s.openFor(ctx, b, d, Expert); err != nil {
			return nil, nil, err
		}
		all[names[b.ID]] = b
		order = append(order, names[b.ID])
	}
	slices.SortFunc(order, func(x, y string) int { return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y)) })
	return all, order, nil
}

// ListPanelBids is what an expert scores: the bids, masked where the panel is blind, each with its own sheet.
func (s *Service) ListPanelBids(ctx context.Context, id string) ([]api.PanelBid, error) {
	doc, by, err := s.onPanel(ctx, id)
	if err != nil {
		return nil, err
	}
	d := &doc.Body
	if e := d.Panel.expert(by.UserID); e.State != ExpertAccepted && e.State != ExpertDone {
		return nil, fault.New(fault.Conflict, "panel.not_scoring", "declare first")
	}
	bids, order, err := s.panelBids(ctx, d)
	if err != nil {
		return nil, err
	}
	items := []api.PanelBid{}
	for _, label := range order {
		b := bids[label]
		v := panelBidView(label, b, d.Panel.Blind)
		sheet, err := s.sheets.Get(ctx, sheetID(b.ID, by.UserID))
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return nil, err
		}
		v.Scores, v.HandedIn = sheetScores(sheet.Body.Scores), sheet.Body.Frozen
		items = append(items, v)
	}
	return items, nil
}

// GetPanelFile serves a bid's file to an expert of a panel that is not blind.
func (s *Service) GetPanelFile(ctx context.Context, id, label, file string) (File, error) {
	doc, by, err := s.onPanel(ctx, id)
	if err != nil {
		return File{}, err
	}
	d := &doc.Body
	e := d.Panel.expert(by.UserID)
	bids, _, err := s.panelBids(ctx, d)
	if err != nil {
		return File{}, err
	}
	b, ok := bids[label]
	if !ok || d.Panel.Blind || e.State != ExpertAccepted && e.State != ExpertDone {
		return File{}, access.Hide.Err()
	}
	return s.openFile(ctx, b, b.Attachments, file)
}

// WriteSheet keeps an expert's scores of one bid; until it hands in, it may write them anew.
func (s *Service) WriteSheet(ctx context.Context, id, label string, in api.ScoreInput) (api.PanelBid, error) {
	doc, by, err := s.onPanel(ctx, id)
	if err != nil {
		return api.PanelBid{}, err
	}
	d := &doc.Body
	if _, err := d.Scoring(by); err != nil {
		return api.PanelBid{}, err
	}
	bids, _, err := s.panelBids(ctx, d)
	if err != nil {
		return api.PanelBid{}, err
	}
	b, ok := bids[label]
	if !ok {
		return api.PanelBid{}, access.Hide.Err()
	}
	var given []Score
	for _, g := range in.Scores {
		given = append(given, Score{Key: g.Key, Score: g.Score, Reason: g.Reason})
	}
	sheet := Sheet{DemandID: id, Round: d.Round, BidID: b.ID, ExpertID: by.UserID}
	if err := sheet.write(d, s.now(), given); err != nil {
		return api.PanelBid{}, err
	}
	_, err = s.sheets.Insert(ctx, sheetID(b.ID, by.UserID), sheet)
	if fault.KindOf(err) == fault.Duplicate {
		_, err = s.sheets.Update(ctx, sheetID(b.ID, by.UserID), func(tx *docstore.Tx[Sheet]) error { return tx.Body.write(d, tx.Now, given) })
	}
	if err != nil {
		return api.PanelBid{}, err
	}
	v := panelBidView(label, b, d.Panel.Blind)
	v.Scores = sheetScores(sheet.Scores)
	return v, nil
}

// SubmitSheets hands an expert's sheets in: first each is frozen, then the demand records it. Cut short in between, it is said again.
func (s *Service) SubmitSheets(ctx context.Context, id string) (api.Panel, error) {
	doc, by, err := s.onPanel(ctx, id)
	if err != nil {
		return api.Panel{}, err
	}
	bids, err := s.manifest(ctx, &doc.Body)
	if err != nil {
		return api.Panel{}, err
	}
	sheets, err := s.sheetsOf(ctx, id, doc.Body.Round, by.UserID)
	if err != nil {
		return api.Panel{}, err
	}
	trial := docstore.Doc[Demand]{Body: doc.Body}
	trial.Body.Panel = clonePanel(doc.Body.Panel)
	for i := range sheets {
		sheets[i].Frozen = true
	}
	if err := trial.Body.HandIn(by, s.now(), sheets, bids); err != nil { // before anything is frozen
		return api.Panel{}, err
	}
	for i := range sheets {
		if _, err := s.sheets.Update(ctx, sheetID(sheets[i].BidID, by.UserID), func(tx *docstore.Tx[Sheet]) error {
			tx.Body.Frozen = true
			return nil
		}); err != nil {
			return api.Panel{}, err
		}
	}
	doc, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if err := d.HandIn(by, tx.Now, sheets, bids); err != nil || d.Panel.ClosedAt == 0 {
			return err
		}
		return tx.Emit(panelClosed, about(id, d, evaluatePage(id), toOrg(d.IssuerID)).with("count", len(d.Panel.done())))
	})
	if err != nil {
		return api.Panel{}, err
	}
	s.tryTasks(ctx, id)
	return s.panelView(ctx, doc, access.From(ctx))
}

func clonePanel(p *Panel) *Panel {
	c := *p
	c.Experts = slices.Clone(p.Experts)
	return &c
}

// sheetsOf reads a demand's sheets; of one expert where one is named.
func (s *store) sheetsOf(ctx context.Context, demandID string, round int, expertID string) ([]Sheet, error) {
	q := docstore.Query{Index: "demand", Equal: []any{demandID, round}}
	if expertID != "" {
		q.Equal = append(q.Equal, expertID)
	}
	var all []Sheet
	err := s.sheets.Each(ctx, q, func(doc docstore.Doc[Sheet]) error {
		all = append(all, doc.Body)
		return nil
	})
	return all, err
}

// tallyBids writes a closed panel's scores on the bids.
func (s *Service) tallyBids(ctx context.Context, id string, d *Demand) error {
	sheets, err := s.sheetsOf(ctx, id, d.Round, "")
	if err != nil {
		return err
	}
	sheets = d.Panel.ordered(sheets)
	for _, e := range d.Manifest {
		var own []Sheet
		for _, sheet := range sheets {
			if sheet.BidID == e.BidID {
				own = append(own, sheet)
			}
		}
		if _, err := s.bids.Update(ctx, e.BidID, func(tx *docstore.Tx[Bid]) error {
			tx.Body.TakeScores(tx.Now, Tally(d.Terms.Criteria, own))
			return nil
		}); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.Tally = false })
}

// panelView is the panel as one reader may see it: conveners see who is on it and, once the scoring is closed, every sheet; an expert
// sees itself, how many there are, and every sheet once it handed its own in and the scoring is closed.
func (s *Service) panelView(ctx context.Context, doc docstore.Doc[Demand], a access.Actor) (api.Panel, error) {
	d := &doc.Body
	p := d.Panel
	v := api.Panel{DemandId: doc.ID, Title: d.Terms.Title, Code: d.Code, DemandState: api.DemandState(d.State), Criteria: criteriaView(d.Terms.Criteria),
		Blind: p.Blind, DueAt: p.DueAt.Time(), ClosedAt: p.ClosedAt.Time(), Reason: p.Reason, Experts: []api.PanelExpert{}, Sheets: []api.PanelSheet{}, Total: len(p.Experts),
		HandedIn: len(p.done())}
	own := p.expert(a.UserID)
	convener := role(a, d) != Stranger
	for _, e := range p.Experts {
		if convener || own != nil && e.PersonID == own.PersonID {
			v.Experts = append(v.Experts, api.PanelExpert{PersonId: e.PersonID, Name: e.Name, Employer: e.Employer, State: api.PanelExpertState(e.State), Note: e.Note, At: e.At.Time()})
		}
	}
	if own != nil {
		v.Mine = api.PanelExpertState(own.State)
	}
	if p.ClosedAt == 0 || !convener && own.State != ExpertDone {
		return v, nil
	}
	var err error
	v.Sheets, err = s.publicSheets(ctx, doc.ID, d, true)
	return v, err
}

// publicSheets are the sheets of a closed panel under pseudonyms, with the written reasons for those inside.
func (s *Service) publicSheets(ctx context.Context, id string, d *Demand, reasons bool) ([]api.PanelSheet, error) {
	all := []api.PanelSheet{}
	if d.Panel == nil || d.Panel.ClosedAt == 0 || !reasons && (d.Award == nil || !d.Award.Published) {
		return all, nil
	}
	sheets, err := s.sheetsOf(ctx, id, d.Round, "")
	if err != nil {
		return nil, err
	}
	names, done := pseudonyms(d), d.Panel.done()
	for _, sheet := range d.Panel.ordered(sheets) {
		v := api.PanelSheet{Expert: slices.Index(done, sheet.ExpertID) + 1, Bid: names[sheet.BidID], Scores: sheetScores(sheet.Scores)}
		for i := range v.Scores {
			if !reasons {
				v.Scores[i].Reason = ""
			}
		}
		all = append(all, v)
	}
	return all, nil
}

func sheetScores(scores []Score) []api.SheetScore {
	all := []api.SheetScore{}
	for _, s := range scores {
		all = append(all, api.SheetScore{Key: s.Key, Score: s.Score, Reason: s.Reason})
	}
	return all
}

func tiesView(ties []ConflictReason) []api.PanelConflict {
	all := []api.PanelConflict{}
	for _, c := range ties {
		all = append(all, api.PanelConflict{Kind: api.PanelConflictKind(c.Kind), With: c.With})
	}
	return all
}

// panelBidView is a bid as an expert reads it. Blind, it holds nothing of who bids: no names, no interest form, no files.
func panelBidView(label string, b *Bid, blind bool) api.PanelBid {
	hide := func(text string) string { return text }
	if blind {
		hide = func(text string) string { return masked(text, b) }
	}
	p := &b.Offer.Application
	v := api.PanelBid{Label: label, Title: hide(p.Title), Capability: hide(p.Capability), Team: hide(p.Team), Plan: hide(p.Plan), PriceFen: p.PriceFen,
		ScheduleMonths: p.ScheduleMonths, Schedule: hide(p.Schedule), CooperationWay: api.CooperationWay(p.CooperationWay), Scores: []api.SheetScore{}}
	if blind {
		return v
	}
	v.OrgName = b.OrgName
	for _, f := range b.Attachments {
		v.Files = append(v.Files, attachmentView(f))
	}
	return v
}
