package demand

import (
	"context"
	"errors"
	"strconv"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

func itoa(i int) string { return strconv.Itoa(i) }

// closeDue reports whether the deadline and its grace have passed and bidding is not recorded closed yet.
func (s *Service) closeDue(d *Demand) bool {
	return d.State == Published && d.Deadline != 0 && when.At(s.now()) >= when.At(d.Deadline.Time().Add(s.o.CloseGrace))
}

// advance takes every step of a demand that is due: what time moves, then the follow-up tasks. All of it may be repeated and may run
// in several replicas at once.
func (s *Service) advance(ctx context.Context, id string) error {
	ctx = docstore.Unwitnessed(ctx) // nobody's decision, even when somebody's request notices it
	doc, err := s.demands.Get(ctx, id)
	if err != nil {
		return err
	}
	if s.closeDue(&doc.Body) {
		if err := s.closeBidding(ctx, id, &doc.Body); err != nil {
			return err
		}
		if doc, err = s.demands.Get(ctx, id); err != nil {
			return err
		}
	}
	if doc.Body.reviewDue(when.At(s.now())) {
		if err := s.reviewTime(ctx, id); err != nil {
			return err
		}
		if doc, err = s.demands.Get(ctx, id); err != nil {
			return err
		}
	}
	return s.tasks(ctx, id, &doc.Body)
}

// already swallows the conflict of a step that another replica or request took first.
func already(err error) error {
	if err != nil && fault.KindOf(err) == fault.Conflict {
		return nil
	}
	return err
}

// closeBidding records the deadline with the manifest of the bids that are in.
func (s *Service) closeBidding(ctx context.Context, id string, d *Demand) error {
	bids, err := s.bidsIn(ctx, id, d.Round, d.flow().active...)
	if err != nil {
		return err
	}
	in := make([]Entry, len(bids))
	for i := range bids {
		if err := s.bids.unseal(ctx, &bids[i]); err != nil && !errors.Is(err, errSealLost) {
			return err
		}
		in[i] = Entry{BidID: bids[i].ID, Digest: bids[i].Digest(), At: bids[i].SubmittedAt}
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		if err := tx.Body.Close(By{Role: Clock}, tx.Now, in); err != nil {
			return err
		}
		return tx.Emit(demandClosed, about(id, tx.Body, evaluatePage(id), toOrg(tx.Body.IssuerID)).with("count", len(in)))
	})
	return already(err)
}

// tryTasks runs the follow-up tasks right after a request's own write; what fails is left to the clock.
func (s *Service) tryTasks(ctx context.Context, id string) {
	ctx = docstore.Unwitnessed(ctx)
	doc, err := s.demands.Get(ctx, id)
	if err == nil {
		err = s.tasks(ctx, id, &doc.Body)
	}
	if err != nil {
		s.o.Log.Warn("a follow-up is left to the clock", "demand", id, "error", err)
	}
}

// tasks runs what is left to do on other documents. Each task stays set until its last document is done.
func (s *Service) tasks(ctx context.Context, id string, d *Demand) error {
	t := d.Tasks
	if d.panelRemindable(s.now()) {
		if err := s.remindPanel(ctx, id); err != nil {
			return err
		}
	}
	if d.Remindable(s.now()) {
		if err := s.remind(ctx, id, d); err != nil {
			return err
		}
	}
	if t.OpenBids {
		if err := s.openBids(ctx, id, d); err != nil {
			return err
		}
	}
	if t.EndBids {
		if err := s.endBids(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Reopen {
		if err := s.reopenBids(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Deciding && when.At(s.now()) >= t.NextAt {
		if err := already(s.decide(ctx, id)); err != nil {
			return err
		}
		doc, err := s.demands.Get(ctx, id) // it has new tasks now
		if err != nil {
			return err
		}
		d, t = &doc.Body, doc.Body.Tasks
	}
	if t.Tally {
		if err := s.tallyBids(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Announce {
		if err := s.announce(ctx, id, d); err != nil {
			return err
		}
	}
	if err := s.followNotice(ctx, id, d); err != nil {
		return err
	}
	if t.Begin && when.At(s.now()) >= t.NextAt {
		if err := s.beginTasks(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Contest {
		if err := s.contest(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Annul {
		if err := s.annulWithdrawn(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Reopened {
		if err := s.tellReopened(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Invite {
		if err := s.tellInvited(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Change {
		if err := s.recordChange(ctx, id, d); err != nil {
			return err
		}
	}
	if t.Push && when.At(s.now()) >= t.NextAt {
		return s.push(ctx, id)
	}
	return nil
}

func (s *Service) done(ctx context.Context, id string, clear func(*Tasks)) error {
	_, err := s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		tx.Body.Done(clear)
		return nil
	})
	return err
}

// openBids moves the manifest's bids into the formal check and ends the drafts.
func (s *Service) openBids(ctx context.Context, id string, d *Demand) error {
	for _, e := range d.Manifest {
		if d.flow().opened == "" {
			break
		}
		if _, err := s.bids.Update(ctx, e.BidID, func(tx *docstore.Tx[Bid]) error {
			if tx.Body.State != BidSubmitted {
				return nil
			}
			return tx.Body.Open(tx.Now)
		}); err != nil {
			return err
		}
	}
	drafts, err := s.bidsIn(ctx, id, d.Round, BidDraft)
	if err != nil {
		return err
	}
	for _, b := range drafts {
		if _, err := s.bids.Update(ctx, b.ID, func(tx *docstore.Tx[Bid]) error {
			if tx.Body.State != BidDraft {
				return nil
			}
			return tx.Body.Lapse(tx.Now)
		}); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.OpenBids = false })
}

// remindPanel tells the experts who have not handed in that their sheets are due, once: the mark goes in the same write.
func (s *Service) remindPanel(ctx context.Context, id string) error {
	_, err := s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		to := []recipient{}
		for _, person := range tx.Body.RemindPanel(tx.Now) {
			to = append(to, recipient{UserID: person})
		}
		if len(to) == 0 {
			return nil
		}
		return tx.Emit(panelDue, about(id, tx.Body, panelPage(id), to...).with("dueAt", at(tx.Body.Panel.DueAt)))
	})
	return err
}

// remind tells bidders whose bid is still a draft that the deadline is near, once.
func (s *Service) remind(ctx context.Context, id string, d *Demand) error {
	drafts, err := s.bidsIn(ctx, id, d.Round, BidDraft)
	if err != nil {
		return err
	}
	for _, b := range drafts {
		if _, err := s.bids.Update(ctx, b.ID, func(tx *docstore.Tx[Bid]) error {
			if tx.Body.State != BidDraft || tx.Body.Reminded {
				return nil
			}
			tx.Body.Reminded = true
			return tx.Emit(demandClosing, about(id, d, bidPage(id), toOrg(b.OrgID)).with("deadline", at(d.Deadline)))
		}); err != nil {
			return err
		}
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		tx.Body.RemindedAll()
		return nil
	})
	return err
}

// endBids ends what is left of a terminated demand's bids and tells their bidders.
func (s *Service) endBids(ctx context.Context, id string, d *Demand) error {
	bids, err := s.bidsIn(ctx, id, d.Round, BidDraft, BidSubmitted, FormalCheck, Correction, Shortlisted, Comparing, TrialOffered, Trialling,
		Reported, Talking)
	if err != nil {
		return err
	}
	for _, b := range bids {
		if err := s.endBid(ctx, b.ID, d); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.EndBids = false })
}

func (s *Service) endBid(ctx context.Context, bidID string, d *Demand) error {
	_, err := s.bids.Update(docstore.Unwitnessed(ctx), bidID, func(tx *docstore.Tx[Bid]) error {
		b := tx.Body
		if err := b.End(tx.Now, d.Reason); err != nil {
			return err
		}
		return tx.Emit(bidEnded, about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID)).with("reason", d.Reason))
	})
	return already(err)
}

// reopenBids takes outcomes back after a stopped notice or a failed publication.
func (s *Service) reopenBids(ctx context.Context, id string, d *Demand) error {
	for _, e := range d.Manifest {
		if _, err := s.bids.Update(ctx, e.BidID, func(tx *docstore.Tx[Bid]) error {
			if tx.Body.State != Won && tx.Body.State != Lost {
				return nil
			}
			return tx.Body.Reopen(tx.Now)
		}); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.Reopen = false })
}

// announce tells every bidder its outcome, once.
func (s *Service) announce(ctx context.Context, id string, d *Demand) error {
	for _, r := range d.Award.Standings {
		if _, err := s.bids.Update(ctx, r.BidID, func(tx *docstore.Tx[Bid]) error {
			b := tx.Body
			if b.Announced || b.State != Won && b.State != Lost {
				return nil
			}
			if err := b.Announce(tx.Now); err != nil {
				return err
			}
			m := about(b.DemandID, d, bidPage(b.DemandID), toOrg(b.OrgID))
			switch {
			case !b.flow().scored && b.State == Won:
				if b.Kind == ServiceNeed {
					m.with("handover", handover(d, b))
				}
				return tx.Emit(quoteChosen, m.with("reason", d.Award.Reason).with("share", percent(d.Award.share(b.ID))).with("kind", string(b.Kind)))
			case !b.flow().scored:
				return tx.Emit(quoteNotChosen, m.with("reason", b.Reason))
			case b.State == Won:
				m.with("orgName", b.OrgName)
				if d.Notice != nil {
					m.with("noticeEndsAt", at(d.Notice.EndsAt))
				}
				return tx.Emit(bidWon, m)
			case b.failed():
				return tx.Emit(bidFailed, m.with("reason", b.Reason))
			default:
				return tx.Emit(bidLost, m.with("reason", b.Reason).with("rank", r.Rank).with("ofBids", len(d.Award.Standings)))
			}
		}); err != nil {
			return err
		}
	}
	return s.done(ctx, id, func(t *Tasks) { t.Announce = false })
}

// push tells the best-fitting organisations of a demand that was published. While search is away it comes again, ever more slowly,
// until the deadline.
func (s *Service) push(ctx context.Context, id string) error {
	doc, err := s.demands.Get(ctx, id)
	if err != nil || !doc.Body.Tasks.Push {
		return err
	}
	d := &doc.Body
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return err
	}
	if d.Accepting(s.now()) != nil || (s.o.Matcher == nil || settings.PushLimit == 0) && !d.Terms.targeted() {
		return s.done(ctx, id, func(t *Tasks) { t.Push, t.Tries = false, 0 })
	}
	var matches []Match
	var version string
	if s.o.Matcher != nil && settings.PushLimit > 0 {
		matches, version, err = s.o.Matcher.Match(ctx, id, doc.Rev, d, settings.PushLimit)
	}
	if err != nil {
		s.o.Log.Warn("the push waits for search", "demand", id, "error", err)
		return s.done(ctx, id, func(t *Tasks) {
			t.Tries++
			t.NextAt = when.At(s.now().Add(min(5*time.Second<<min(t.Tries, 10), 10*time.Minute)))
		})
	}
	rank := 0
	for _, m := range matches {
		if org, err := s.o.Organisations.Get(ctx, m.OrgID); err != nil || d.flow().answerable(org.Capacities) != nil {
			continue // it could not answer
		}
		if m.OrgID == d.IssuerID || !d.Terms.Public && !d.Visible(Stranger, m.OrgID) {
			continue
		}
		rank++
		p := Push{DemandID: id, Round: d.Round, OrgID: m.OrgID, OrgName: m.Name, Score: m.Score, Rank: rank, Reasons: m.Reasons,
			WeightsVersion: version, At: when.At(s.now())}
		var reasons []string
		for _, r := range m.Reasons {
			if r.Detail != "" && r.Points > 0 {
				reasons = append(reasons, r.Detail)
			}
		}
		data := about(id, d, publicPage(id), toOrg(m.OrgID)).with("deadline", at(d.Deadline)).with("reasons", reasons)
		_, err := s.pushes.Insert(ctx, BidID(id, d.Round, m.OrgID), p, docstore.Emit(demandMatched, data))
		if err != nil && fault.KindOf(err) != fault.Duplicate { // a duplicate was pushed before a crash
			return err
		}
	}
	if err := s.tellAudience(ctx, doc, rank, version); err != nil {
		return err
	}
	return s.done(ctx, id, func(t *Tasks) { t.Push, t.Tries = false, 0 })
}

// RunDue takes up, once, everything whose time has come, and says how many demands and imports it touched.
func (s *Service) RunDue(ctx context.Context) (int, error) {
	n := 0
	now := when.At(s.now())
	page, err := s.demands.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		d := &doc.Body
		if !s.closeDue(d) && !d.reviewDue(now) && !d.noticeDue(now) && !d.Remindable(s.now()) && !d.panelRemindable(s.now()) && (!d.Tasks.any() || now < d.Tasks.NextAt) {
			continue // within the grace
		}
		n++
		if err := s.advance(ctx, doc.ID); err != nil {
			if ctx.Err() != nil {
				return n, ctx.Err()
			}
			s.o.Log.Error("a demand could not be moved on", "demand", doc.ID, "error", err)
		}
	}
	sessions, err := s.imports.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 20})
	if err != nil {
		return n, err
	}
	for _, doc := range sessions.Items {
		n++
		if err := s.carryImport(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("an import could not be carried on", "import", doc.ID, "error", err)
		}
	}
	issues, err := s.issues.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 20})
	if err != nil {
		return n, err
	}
	for _, doc := range issues.Items {
		n++
		if err := s.carryIssue(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("an issue could not be carried on", "issue", doc.ID, "error", err)
		}
	}
	for _, due := range []func() (int, error){
		func() (int, error) { return s.listsDue(ctx) },
		func() (int, error) { return tellDue(ctx, s, s.questions) },
		func() (int, error) { return tellDue(ctx, s, s.changes) },
		func() (int, error) { return tellDue(ctx, s, s.rounds) },
		func() (int, error) { return s.runTasks(ctx) },
	} {
		told, err := due()
		if n += told; err != nil {
			return n, err
		}
	}
	return n, nil
}

// overdue counts demands, imports, issues and tasks whose time came before an instant and that the job has not taken up.
func (s *Service) overdue(ctx context.Context, before time.Time) (int64, error) {
	q := docstore.Query{Index: "due", From: when.Instant(1), To: when.At(before)}
	demands, err := s.demands.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	imports, err := s.imports.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	issues, err := s.issues.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	questions, err := s.questions.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	changes, err := s.changes.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	tasks, err := s.work.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	rounds, err := s.rounds.Count(ctx, q)
	if err != nil {
		return 0, err
	}
	lists, err := s.lists.Count(ctx, q)
	return rounds + demands + imports + issues + questions + changes + tasks + lists, err
}

// Run is the job: it looks once a second, and at once when moved says that the clock jumped.
func (s *Service) Run(ctx context.Context, moved <-chan struct{}) error {
	if err := s.adoptAwards(ctx); err != nil && ctx.Err() == nil {
		s.o.Log.Error("awards from before there were tasks could not be taken up", "error", err)
	}
	if err := s.adoptNotices(ctx); err != nil && ctx.Err() == nil {
		s.o.Log.Error("award notices from before they were put up in public could not be taken up", "error", err)
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := s.RunDue(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("the clock's work failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-moved:
		}
	}
}
