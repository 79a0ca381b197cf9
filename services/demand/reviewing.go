package demand

import (
	"context"
	"slices"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// This file is the operations of the review's two stages, what its clock does, and the issuers the city trusts.

// Trust is whether an issuer's directed purchases go without a review. Its id is the organisation's.
type Trust struct {
	OrgID   string       `json:"orgId"`
	OrgName string       `json:"orgName"`
	Trusted bool         `json:"trusted"`
	Reason  string       `json:"reason"`
	By      string       `json:"by"` // user id
	At      when.Instant `json:"at"`
}

// trusts reports whether the city trusts an issuer.
func (s *Service) trusts(ctx context.Context, orgID string) (bool, error) {
	doc, err := s.trust.Get(ctx, orgID)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	return doc.Body.Trusted, err
}

// ListTrustedIssuers are the issuers the city decided on, newest first.
func (s *Service) ListTrustedIssuers(ctx context.Context) ([]api.TrustedIssuer, error) {
	page, err := s.trust.Find(ctx, docstore.Query{Index: "at", Descending: true, Limit: 200})
	if err != nil {
		return nil, err
	}
	items := []api.TrustedIssuer{}
	for _, doc := range page.Items {
		items = append(items, trustView(doc.Body))
	}
	return items, nil
}

func trustView(t Trust) api.TrustedIssuer {
	return api.TrustedIssuer{OrgId: t.OrgID, OrgName: t.OrgName, Trusted: t.Trusted, Reason: t.Reason, At: t.At.Time()}
}

// SetTrustedIssuer trusts a chain leader, or no more, with a reason. Errors: NotFound; Invalid for an organisation of another capacity.
func (s *Service) SetTrustedIssuer(ctx context.Context, orgID string, in api.TrustInput) (api.TrustedIssuer, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err != nil {
		return api.TrustedIssuer{}, err
	}
	if in.Trusted && (!org.Verified || !slices.Contains(org.Capacities, access.ChainLeader)) {
		return api.TrustedIssuer{}, fault.Bad(fault.Field{Path: "orgId", Code: "not_a_choice", Detail: "only a verified chain leader"})
	}
	t := Trust{OrgID: orgID, OrgName: org.Name, Trusted: in.Trusted, Reason: in.Reason, By: access.From(ctx).UserID, At: when.At(s.now())}
	doc, err := s.trust.Insert(ctx, orgID, t)
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		doc, err = s.trust.Update(ctx, orgID, func(tx *docstore.Tx[Trust]) error {
			*tx.Body = t
			return nil
		})
	}
	return trustView(doc.Body), err
}

// AskDemandOpinions asks experts of the city's register for a written opinion on a demand under review. The way for each to find it is
// written first; cut short in between, nobody is asked and it is said again.
func (s *Service) AskDemandOpinions(ctx context.Context, id string, in api.OpinionAsk) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	d := &doc.Body
	if err := d.may(AskOpinions, role(a, d)); err != nil {
		return api.Demand{}, err
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	var experts []Opinion
	for _, personID := range in.PersonIds {
		j, err := s.judge(ctx, personID)
		if err != nil {
			return api.Demand{}, err
		}
		ties, err := s.ties(ctx, j, d, nil)
		if err != nil {
			return api.Demand{}, err
		}
		if len(ties) > 0 {
			return api.Demand{}, tiedTo(ties)
		}
		experts = append(experts, Opinion{PersonID: j.PersonID, Name: j.Name, Employer: j.Employer})
	}
	for _, e := range experts {
		at := assignment{ExpertID: e.PersonID, DemandID: id, At: when.At(s.now())}
		if _, err := s.assignments.Insert(ctx, "opinion:"+id+":"+e.PersonID, at); err != nil && fault.KindOf(err) != fault.Duplicate {
			return api.Demand{}, err
		}
	}
	return s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
		if err := tx.Body.AskOpinions(by, tx.Now, in.Question, experts, in.DueAt, settings); err != nil {
			return err
		}
		var to []recipient
		for _, e := range experts {
			to = append(to, recipient{UserID: e.PersonID})
		}
		return tx.Emit(opinionAsked, about(id, tx.Body, opinionsPage, to...).with("dueAt", at(when.At(in.DueAt))))
	})
}

// GiveDemandOpinion records the caller's opinion.
func (s *Service) GiveDemandOpinion(ctx context.Context, id string, in api.OpinionInput) (api.AskedOpinion, error) {
	a := access.From(ctx)
	doc, err := s.load(ctx, id)
	if err != nil {
		return api.AskedOpinion{}, err
	}
	if _, o := doc.Body.asked(a.UserID); o == nil {
		return api.AskedOpinion{}, access.Hide.Err()
	}
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return api.AskedOpinion{}, err
	}
	doc, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		if err := d.GiveOpinion(By{Role: Expert, UserID: a.UserID}, tx.Now, Verdict(in.Verdict), in.Text, settings); err != nil {
			return err
		}
		if d.Review.open() != nil {
			return nil
		}
		return tx.Emit(opinionsIn, about(id, d, reviewPage(id), toCity()).with("dueAt", at(d.ReviewDue)))
	})
	if err != nil {
		return api.AskedOpinion{}, err
	}
	return askedView(id, &doc.Body, a.UserID), nil
}

// ListMyDemandOpinions is what the caller was asked to write, newest first.
func (s *Service) ListMyDemandOpinions(ctx context.Context, limit int, cursor string) (api.AskedOpinionPage, error) {
	a := access.From(ctx)
	page := api.AskedOpinionPage{Items: []api.AskedOpinion{}}
	found, err := s.assignments.Find(ctx, docstore.Query{Index: "expert", Equal: []any{a.UserID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, at := range found.Items {
		if at.ID != "opinion:"+at.Body.DemandID+":"+a.UserID {
			continue // a panel's
		}
		doc, err := s.load(ctx, at.Body.DemandID)
		if err != nil {
			return page, err
		}
		if _, o := doc.Body.asked(a.UserID); o != nil { // else the asking was cut short
			page.Items = append(page.Items, askedView(doc.ID, &doc.Body, a.UserID))
		}
	}
	return page, nil
}

func askedView(id string, d *Demand, personID string) api.AskedOpinion {
	a, o := d.asked(personID)
	return api.AskedOpinion{DemandId: id, Title: d.Terms.Title, Question: a.Question, AskedAt: a.AskedAt.Time(), DueAt: a.DueAt.Time(),
		Open: d.State == Submitted && o.GivenAt == 0, Verdict: api.OpinionVerdict(o.Verdict), Text: o.Text, GivenAt: o.GivenAt.Time()}
}

// reviewView is the review as its reader may see it: whose turn it is and by when for the author, the opinions for operators.
func reviewView(d *Demand, r Role) api.DemandReview {
	if d.Review == nil {
		return api.DemandReview{Stage: api.ReviewStage(d.stage())}
	}
	v := api.DemandReview{Stage: api.ReviewStage(d.Review.Stage), PassedAt: d.Review.PassedAt.Time(), EscalatedAt: d.Review.EscalatedAt.Time(), Skipped: d.Review.Skipped}
	if a := d.Review.open(); a != nil && d.State == Submitted {
		v.StandsStill, v.OpinionsDueAt = true, a.DueAt.Time()
	}
	if r != Operator {
		return v
	}
	for _, a := range d.Review.Arguments {
		arg := api.DemandArgument{Question: a.Question, AskedAt: a.AskedAt.Time(), DueAt: a.DueAt.Time(), EndedAt: a.EndedAt.Time(), Opinions: []api.ExpertOpinion{}}
		for _, o := range a.Opinions {
			arg.Opinions = append(arg.Opinions, api.ExpertOpinion{PersonId: o.PersonID, Name: o.Name, Employer: o.Employer, Verdict: api.OpinionVerdict(o.Verdict),
				Text: o.Text, GivenAt: o.GivenAt.Time()})
		}
		v.Arguments = append(v.Arguments, arg)
	}
	return v
}

// reviewTime takes the step the review's clock is due for and tells whom it concerns.
func (s *Service) reviewTime(ctx context.Context, id string) error {
	settings, err := s.inForce(ctx, s.now())
	if err != nil {
		return err
	}
	_, err = s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		d := tx.Body
		turn := toCity()
		if d.stage() == DistrictStage {
			turn = toStaff(d.Jurisdiction)
		}
		m := func(to ...recipient) message {
			return about(id, d, reviewPage(id), to...).with("dueAt", at(d.ReviewDue))
		}
		switch d.ReviewTime(tx.Now, settings) {
		case RemindReview:
			return tx.Emit(reviewNear, m(turn))
		case EscalateReview:
			if err := tx.Emit(reviewEscalated, about(id, d, issuerPage(id), toOrg(d.IssuerID)).with("dueAt", at(d.ReviewDue))); err != nil {
				return err
			}
			return tx.Emit(reviewEscalated, m(turn))
		case ReviewLate:
			return tx.Emit(reviewOverdue, m(turn))
		case ResumeReview:
			return tx.Emit(opinionsIn, m(turn))
		}
		return nil
	})
	return err
}
