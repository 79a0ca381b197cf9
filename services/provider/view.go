package provider

import (
	"context"
	"slices"

	accountapi "lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
	"lianbang/services/provider/api"
)

// shown is a membership as it is read: the authority is given the applicant's number, and the applicant told that it was.
func (s *Service) shown(ctx context.Context, doc docstore.Doc[Membership], a access.Actor) (api.Membership, error) {
	v, err := s.view(ctx, doc, a)
	r, phone := role(a, &doc.Body), doc.Body.Application.ContactPhone
	if err != nil || phone == "" || r != City && r != District && r != Drafter {
		return v, err
	}
	if err := s.o.Looks.Record(ctx, accountapi.LookProvider, doc.ID, doc.Body.OrgID); err != nil {
		return api.Membership{}, err
	}
	v.Application.ContactPhone = phone
	return v, nil
}

// view is a membership as one reader sees it, the contact masked to all but those who write it.
func (s *Service) view(ctx context.Context, doc docstore.Doc[Membership], a access.Actor) (api.Membership, error) {
	m, now := &doc.Body, s.now()
	settings, err := s.inForce(ctx, now)
	if err != nil {
		return api.Membership{}, err
	}
	r := role(a, m)
	v := api.Membership{OrgId: m.OrgID, OrgName: m.OrgName, CreditCode: m.CreditCode, Rev: doc.Rev, State: api.MembershipState(m.State), Round: m.Round,
		District: m.Jurisdiction, Application: like[api.AdmissionInput](m.Application), Files: []api.StoredFile{}, SubmittedAt: m.SubmittedAt.Time(),
		ReviewDue: m.ReviewDue.Time(), Reason: m.Reason, Number: m.Number, Certificate: m.Certificate, AdmittedAt: m.AdmittedAt.Time(),
		EndedAt: m.EndedAt.Time(), BarUntil: m.BarUntil.Time(), ChangedAt: m.ChangedAt.Time(), MinSheets: settings.MinExperts,
		Criteria: like[[]api.Criterion](settings.Criteria), AllowedActions: []api.Action{}}
	if r != Applicant && r != Drafter {
		v.Application.ContactPhone = accountapi.MaskPhone(v.Application.ContactPhone)
	}
	for _, f := range m.Files {
		v.Files = append(v.Files, fileView(f, r == City || r == District))
	}
	checks := m.Checks
	if m.State == Draft || m.State == Returned {
		checks = settings.Check(m.Application, now)
	}
	v.Checks = like[[]api.Check](append([]Check{}, checks...))
	v.Panel = panelView(m, r, a.UserID)
	if r == City || r == District {
		v.Mean, v.Sheets = m.Mean(settings.Criteria)
		v.Watched = m.Watch.words()
		for _, visit := range m.Visits {
			v.Visits = append(v.Visits, api.Visit{On: api.Day(visit.On), Note: visit.Note, At: visit.At.Time()})
		}
	}
	if r == City || r == District || r == Applicant {
		v.Watch = watchView(m.Watch)
	}
	v.Notice = noticeView(m.Notice, noticeIDOf(m))
	if ap := m.Appeal; ap != nil {
		v.Appeal = api.Appeal{Text: ap.Text, At: ap.At.Time(), DueAt: ap.DueAt.Time(), Against: api.MembershipState(ap.Against), Upheld: ap.Upheld,
			Answer: ap.Answer, DecidedAt: ap.DecidedAt.Time()}
	}
	for _, report := range m.SelfReports {
		v.SelfReports = append(v.SelfReports, reportView(report))
	}
	v.Drafted = draftedView(m)
	for _, step := range m.History {
		line := api.MembershipStep{At: step.At.Time(), Action: string(step.Action), From: api.MembershipState(step.From), To: api.MembershipState(step.To),
			Role: string(step.Role), Name: step.Name, Reason: step.Reason}
		if r == Applicant && step.Action == PassInitial {
			line.Reason = "" // the office's own note
		}
		v.History = append(v.History, line)
	}
	for _, rule := range rules {
		if !slices.Contains(rule.By, r) || r == Clock || rule.Action == DeclineDraft && !m.Drafted.Open() {
			continue
		}
		action := api.Action{Operation: string(rule.Action), Allowed: true}
		if err := m.open(rule.Action, r, settings, when.At(now)); err != nil {
			action.Allowed, action.Code = false, fault.As(err).Code
		}
		v.AllowedActions = append(v.AllowedActions, action)
	}
	return v, nil
}

// open says what stands in the way of an action besides what the caller would send with it; nil when nothing does.
func (m *Membership) open(a Action, by Role, s Settings, now when.Instant) error {
	if err := m.may(a, by); err != nil {
		return err
	}
	conflict := func(when bool, code string) error {
		if when {
			return fault.New(fault.Conflict, code, "")
		}
		return nil
	}
	switch a {
	case PublishNotice:
		mean, sheets := m.Mean(s.Criteria)
		if err := conflict(sheets < s.MinExperts, "admission.scores_missing"); err != nil {
			return err
		}
		return conflict(mean < s.PassMark*100, "admission.below_pass_mark")
	case AdmitProvider:
		return conflict(m.Notice == nil || m.Notice.State != "ended", "admission.notice_running")
	case Reapply:
		return conflict(m.BarUntil > now, "admission.barred")
	case AppealDecision:
		if err := conflict(m.Appeal != nil, "admission.appealed"); err != nil {
			return err
		}
		return conflict(now.Time().After(s.Calendar.After(m.decidedAt(), s.AppealWorkingDays)), "admission.appeal_late")
	case UnwatchProvider, AnswerWatch:
		return conflict(m.Watch == nil, "watch.none")
	case DecideAppeal:
		return conflict(m.Appeal == nil || m.Appeal.DecidedAt != 0, "admission.no_appeal")
	case PassInitial:
		return conflict(!m.Application.NoRedLine, "admission.red_line")
	}
	return nil
}

// panelView shows operators every sheet and an expert its own; the applicant reads the comments, without names, once it is decided.
func panelView(m *Membership, r Role, userID string) []api.Panelist {
	var all []api.Panelist
	for _, p := range m.Panel {
		v := api.Panelist{PersonId: p.PersonID, Name: p.Name, Employer: p.Employer, Scores: p.Scores, Comment: p.Comment, ScoredAt: p.ScoredAt.Time(), Recused: p.Recused}
		decided := slices.Contains([]State{Admitted, Suspended, Removed, Rejected}, m.State)
		switch {
		case r == City, r == District, r == Expert && p.PersonID == userID:
		case r == Applicant && decided && p.ScoredAt != 0 && p.Comment != "":
			v = api.Panelist{Name: "评审专家", Comment: p.Comment}
		default:
			continue
		}
		all = append(all, v)
	}
	return all
}

func noticeIDOf(m *Membership) string {
	if m.Notice == nil {
		return ""
	}
	return noticeID(m.OrgID, m.Notice.Round)
}

func noticeView(n *Notice, id string) api.NoticeFacts {
	if n == nil {
		return api.NoticeFacts{}
	}
	return api.NoticeFacts{Id: id, Round: n.Round, State: api.NoticeFactsState(n.State), WorkingDays: n.WorkingDays, StartsAt: n.StartsAt.Time(),
		EndsAt: n.EndsAt.Time(), Reason: n.Reason}
}

func fileView(f File, digest bool) api.StoredFile {
	v := api.StoredFile{Id: f.ID, Kind: f.Kind, Name: f.Name, Size: f.Size, Type: f.Type, At: f.At.Time()}
	if digest {
		v.Sha256 = f.SHA256
	}
	return v
}

func settingsView(rev int64, s Settings) api.ProviderSettings {
	effective := s.EffectiveFrom.Time()
	v := api.ProviderSettings{Rev: rev, EffectiveFrom: effective, Base: like[api.Thresholds](s.Base), ByCategory: like[map[string]api.Thresholds](s.ByCategory),
		ReviewWorkingDays: s.ReviewWorkingDays, ExpertWorkingDays: s.ExpertWorkingDays, NoticeWorkingDays: s.NoticeWorkingDays,
		AppealWorkingDays: s.AppealWorkingDays, MinExperts: s.MinExperts, PassMark: s.PassMark, Criteria: like[[]api.Criterion](s.Criteria),
		RejectedBarMonths: s.RejectedBarMonths, RemovedBarMonths: s.RemovedBarMonths, RedLineBarMonths: s.RedLineBarMonths, PoolTarget: s.PoolTarget,
		Weights: like[api.EvaluationWeights](s.Weights), AwardCapFen: s.AwardCapFen, Winners: s.Winners, Watch: like[api.WatchRule](s.Watch), Unverified: append([]string{}, s.Unverified...), Reason: s.Reason}
	if v.ByCategory == nil {
		v.ByCategory = map[string]api.Thresholds{}
	}
	return v
}
