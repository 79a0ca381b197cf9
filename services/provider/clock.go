package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// patience is how long a follow-up that failed waits before it is tried again.
const patience = 15 * time.Second

// carryOn runs what is left to do for a membership; what fails is left to the clock.
func (s *Service) carryOn(ctx context.Context, id string) {
	ctx = docstore.Unwitnessed(ctx) // nobody's decision, even when somebody's request notices it
	err := s.tasks(ctx, id)
	if err == nil || ctx.Err() != nil {
		return
	}
	s.o.Log.Warn("a follow-up is left to the clock", "member", id, "error", err)
	_, err = s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
		if t := &tx.Body.Tasks; t.waiting() {
			t.NextAt = when.At(tx.Now.Add(patience))
			tx.Body.settle()
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.o.Log.Error("a follow-up could not be put off", "member", id, "error", err)
	}
}

// tasks takes every step that is due: the notice to put up, the comparison with other applicants, the offerings to show or hide, the notice that may have ended. All of it may
// be repeated and may run in several replicas at once.
func (s *Service) tasks(ctx context.Context, id string) error {
	doc, err := s.members.Get(ctx, id)
	if err != nil {
		return err
	}
	m := &doc.Body
	if m.Tasks.Notice && m.State == PublicNotice {
		if err := s.putUp(ctx, m); err != nil {
			return err
		}
	}
	if m.Tasks.Look {
		if err := s.inspect(ctx, m); err != nil {
			return err
		}
		if _, err := s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
			if tx.Body.SubmittedAt == m.SubmittedAt { // otherwise it was handed in again, and is looked at again
				tx.Body.Tasks.Look = false
				tx.Body.settle()
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if m.Tasks.Offers {
		if err := s.showOffers(ctx, id); err != nil {
			return err
		}
	}
	if n := m.Notice; m.State == PublicNotice && n != nil && n.State == "open" && n.EndsAt <= when.At(s.now()) {
		if err := s.askNotice(ctx, id, n.Round); err != nil {
			return err
		}
	}
	return s.tallied(ctx, id)
}

// tallied counts a membership that is marked to be counted, last of its tasks, since the others change what is counted.
func (s *Service) tallied(ctx context.Context, id string) error {
	doc, err := s.members.Get(ctx, id)
	if err != nil || !doc.Body.Tasks.Count {
		return err
	}
	if err := s.count(ctx, doc); err != nil {
		return err
	}
	_, err = s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
		if tx.Rev == doc.Rev { // otherwise it changed again, and is counted again
			tx.Body.Tasks.Count = false
			tx.Body.settle()
		}
		return nil
	})
	return err
}

// putUp puts the admission notice up.
func (s *Service) putUp(ctx context.Context, m *Membership) error {
	round := m.Notice.Round
	standing, err := s.o.Notices.Put(ctx, NoticeAsk{ID: noticeID(m.OrgID, round), Kind: "admission", Subject: m.OrgID,
		Title:   fmt.Sprintf("关于%s拟入专精特新服务机构资源池的公示", m.OrgName),
		Summary: "经初审与专家评审，拟将该机构纳入专精特新服务机构资源池，现予公示。",
		Lines:   []string{"机构名称：" + m.OrgName, "统一社会信用代码：" + m.CreditCode, "服务类别：" + names(m.Application.Categories), "服务事项：" + names(m.Application.Subservices)},
		Link:    poolPage, WorkingDays: m.Notice.WorkingDays, Parties: []string{m.OrgID}})
	if err != nil {
		return err
	}
	_, err = s.members.Update(ctx, m.OrgID, func(tx *docstore.Tx[Membership]) error {
		tx.Body.NoticeUp(round, standing.EndsAt)
		return nil
	})
	return err
}

// askNotice takes over how the notice stands, as the notice service says: what is concluded is concluded on its word alone.
func (s *Service) askNotice(ctx context.Context, id string, round int) error {
	standing, err := s.o.Notices.Get(ctx, noticeID(id, round))
	if err != nil {
		return err
	}
	return s.noticeIs(ctx, id, round, standing.State, standing.EndsAt, "")
}

// noticeIs moves the membership as its notice moved.
func (s *Service) noticeIs(ctx context.Context, id string, round int, state string, ends time.Time, reason string) error {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return err
	}
	_, err = s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
		m, before := tx.Body, ""
		if m.Notice == nil || m.Notice.Round != round || m.State != PublicNotice {
			return nil // of an earlier round, or decided meanwhile
		}
		before = m.Notice.State
		switch state {
		case "stopped", "withdrawn":
			if err := m.NoticeStopped(By{Role: Clock}, tx.Now, round, reason, settings); err != nil {
				return err
			}
			return tx.Emit(admissionStopped, about(m, admissionPage, toOrg(id), toCity()).with("reason", reason))
		default:
			if err := m.NoticeNow(By{Role: Clock}, tx.Now, round, state, ends, reason); err != nil {
				return err
			}
			if state == "ended" && before != "ended" {
				return tx.Emit(admissionDecidable, about(m, reviewPage(id), toCity()))
			}
			return nil
		}
	})
	return err
}

// showOffers writes the published offerings of a provider into its membership, which is what lists and search read.
func (s *Service) showOffers(ctx context.Context, id string) error {
	var offers []Offer
	var told []docstore.Doc[Offering]
	err := s.offerings.Each(ctx, docstore.Query{Index: "org", Equal: []any{id}}, func(doc docstore.Doc[Offering]) error {
		if doc.Body.State == OfferingPublished && len(offers) < maxOffers {
			offers = append(offers, doc.Body.brief(doc.ID))
		}
		if doc.Body.Tell {
			told = append(told, doc)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(offers, func(a, b Offer) int { return strings.Compare(a.ID, b.ID) })
	if _, err = s.members.Update(ctx, id, func(tx *docstore.Tx[Membership]) error {
		tx.Body.Offers, tx.Body.Tasks.Offers, tx.Body.Tasks.Count = offers, false, true
		tx.Body.settle()
		return nil
	}); err != nil {
		return err
	}
	for _, doc := range told {
		if _, err := s.offerings.Update(ctx, doc.ID, func(tx *docstore.Tx[Offering]) error {
			if tx.Rev == doc.Rev { // otherwise it changed again, and is told again
				tx.Body.Told()
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// maxOffers is how many offerings of one provider lists and search show: its membership carries them.
const maxOffers = 60

// heard is what this service reads of a notice's event.
type heard struct {
	NoticeID  string    `json:"noticeId"`
	Service   string    `json:"service"`
	Kind      string    `json:"kind"`
	SubjectID string    `json:"subjectId"`
	Round     int       `json:"round"`
	EndsAt    time.Time `json:"endsAt"`
	Reason    string    `json:"reason"`
}

// Receive takes an event of another service; the same event again changes nothing, and one that is not about this service's things is
// passed over. Errors: Invalid "event_malformed".
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	word, isNotice := strings.CutPrefix(e.Kind, "notice.")
	if !isNotice {
		return nil
	}
	var h heard
	if err := json.Unmarshal(e.Data, &h); err != nil {
		return fault.New(fault.Invalid, "event_malformed", err.Error())
	}
	if h.Service != "provider" {
		return nil
	}
	state, known := map[string]string{"paused": "paused", "resumed": "open", "ended": "ended", "stopped": "stopped"}[word]
	if !known {
		return nil
	}
	ctx = docstore.Unwitnessed(ctx)
	var err error
	if h.Kind == "evaluation" {
		year, invalid := strconv.Atoi(h.SubjectID)
		if invalid != nil {
			return fault.New(fault.Invalid, "event_malformed", "the subject of an evaluation's notice is a year")
		}
		err = s.evaluationNoticeIs(ctx, year, h.Round, state, h.EndsAt, h.Reason)
	} else {
		err = s.noticeIs(ctx, h.SubjectID, h.Round, state, h.EndsAt, h.Reason)
	}
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil
	}
	return err
}

// RunDue takes up everything whose time has come and says how much.
func (s *Service) RunDue(ctx context.Context) (int, error) {
	now := when.At(s.now())
	page, err := s.members.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		s.carryOn(ctx, doc.ID)
	}
	untold, err := s.offerings.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 100})
	if err != nil {
		return len(page.Items), err
	}
	for _, doc := range untold.Items {
		if err := s.showOffers(ctx, doc.Body.OrgID); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("an offering is left to the clock", "offering", doc.ID, "error", err)
		}
	}
	years, err := s.evaluations.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: now + 1, Limit: 20})
	if err != nil {
		return len(page.Items) + len(untold.Items), err
	}
	for _, doc := range years.Items {
		if err := s.carryEvaluation(ctx, doc.Body.Year); err != nil && ctx.Err() == nil {
			s.o.Log.Warn("an evaluation is left to the clock", "year", doc.Body.Year, "error", err)
		}
	}
	return len(page.Items) + len(untold.Items) + len(years.Items), nil
}

// overdue counts memberships whose time came before an instant and that the job has not taken up.
func (s *Service) overdue(ctx context.Context, before time.Time) (int64, error) {
	return s.members.Count(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: when.At(before)})
}

// Run is the job that takes the steps time brings. A moved clock wakes it.
func (s *Service) Run(ctx context.Context, moved <-chan struct{}) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	kept := false
	var rest time.Time // the watch list is not looked after before
	for {
		if !kept {
			err := s.keepTallies(docstore.Unwitnessed(ctx))
			if kept = err == nil; !kept && ctx.Err() == nil {
				s.o.Log.Error("the figures of the pool could not be made", "error", err)
			}
		}
		if looked := s.now(); !looked.Before(rest) {
			if err := s.lookMonthly(docstore.Unwitnessed(ctx)); err != nil && ctx.Err() == nil {
				s.o.Log.Warn("the watch list is left to the clock", "error", err)
				rest = looked.Add(patience)
			}
		}
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
