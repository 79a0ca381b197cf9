package achievement

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"lianbang/services/achievement/api"
	"lianbang/services/achievement/lint"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// This file shows things: one view for every reader, with what the reader may not see left out.

var lintRules = lint.Shipped()

// advice is what a factory owner would miss.
func (p *Profile) advice() []lint.Finding {
	d := lint.Draft{TRL: p.TRL, PriceOpen: p.PriceNegotiable, Rows: map[string][]string{},
		Texts: map[string]string{"name": p.Name, "summary": p.Summary, "problem": p.Problem, "audience": p.Audience, "advantage": p.Advantage,
			"novelty": p.Novelty, "trlEvidence": p.TRLEvidence, "needs": p.Needs}}
	for _, e := range p.Economics {
		d.Rows["economics"] = append(d.Rows["economics"], e.Present+e.Ours)
	}
	for _, ip := range p.IP {
		d.Rows["ip"], d.Rows["ip.status"] = append(d.Rows["ip"], ip.Kind), append(d.Rows["ip.status"], ip.Status)
	}
	for _, m := range p.Team {
		d.Rows["team"] = append(d.Rows["team"], m.Role)
	}
	d.Bridged = slices.ContainsFunc(p.Ways, func(w Way) bool { return slices.Contains([]Way{PayLater, TrialFirst, Joint, Commissioned}, w) })
	for _, c := range p.Cases {
		d.Rows["cases"] = append(d.Rows["cases"], c.Title)
	}
	return lint.Check(lintRules, d)
}

// view shows an achievement to whoever the context speaks for.
func (s *Service) view(ctx context.Context, doc docstore.Doc[Achievement]) (api.Achievement, error) {
	actor, a := access.From(ctx), &doc.Body
	r := role(actor, a)
	inside := r == Office || r == Department || r == Drafter
	profile := a.Profile
	hidden := profile.Contact != Contact{} && !inside && r != Operator && !actor.Verified
	if hidden {
		profile.Contact = Contact{}
	}
	in, err := as[api.AchievementInput](profile)
	if err != nil {
		return api.Achievement{}, err
	}
	v := api.Achievement{Id: doc.ID, Rev: doc.Rev, State: api.AchievementState(a.State), Desk: api.AchievementDesk(a.Desk), OrgId: a.OrgID, OrgName: a.OrgName,
		District: a.District, Profile: in, ContactHidden: hidden, AllowedActions: []string{}, PublishedAt: a.PublishedAt.Time(), UpdatedAt: doc.UpdatedAt}
	v.OpenOnOffer = a.OpenOnOffer()
	if a.OpenNotice != nil {
		v.OpenNotice = standView(a.OpenNotice)
	}
	for _, f := range a.Attachments {
		v.Attachments = append(v.Attachments, api.AchievementAttachment{Id: f.ID, Name: f.Name, Size: f.Size, ContentType: f.ContentType})
	}
	if v.DistrictName, v.ChainName, err = s.named(ctx, a.District, a.Profile.Chain); err != nil {
		return v, err
	}
	for _, row := range rules {
		if row.Action != EditAchievement && access.Check(actor, string(row.Action)) != nil {
			continue
		}
		if row.Action == ApproveAchievementChange || row.Action == ReturnAchievementChange {
			if a.Change == nil || a.decides(row.Action, By{Role: r}, a.Change.ID) != nil {
				continue
			}
		}
		if a.May(row.Action, r) == nil && row.Action != HoldAchievement {
			v.AllowedActions = append(v.AllowedActions, string(row.Action))
		}
	}
	v.Drafted = draftedView(a, inside)
	if a.PublishedAt != 0 {
		v.Version = len(a.Versions) + 1
	}
	if v.Change, err = s.pending(ctx, doc, r, false); err != nil {
		return v, err
	}
	if inside || r == Operator {
		v.Reason, v.SubmittedAt = a.Reason, a.SubmittedAt.Time()
		for _, f := range a.Profile.advice() {
			v.Advice = append(v.Advice, api.AchievementAdvice{Rule: f.Rule, Path: f.Field, Severity: api.AchievementAdviceSeverity(f.Severity),
				Zh: f.Zh, En: f.En, MendZh: f.MendZh, MendEn: f.MendEn})
		}
	}
	if inside && (a.State == Draft || a.State == Returned) {
		settings, err := s.inForce(ctx, s.now())
		if err != nil {
			return v, err
		}
		for _, f := range a.Profile.Problems(settings) {
			v.Problems = append(v.Problems, api.FieldProblem{Path: f.Path, Code: f.Code, Detail: f.Detail})
		}
	}
	return v, nil
}

// named are the names of a district and a chain.
func (s *Service) named(ctx context.Context, district, chain string) (string, string, error) {
	districts, err := s.o.Lists.Districts(ctx)
	if err != nil {
		return "", "", err
	}
	chains, err := s.o.Lists.Chains(ctx)
	if err != nil {
		return "", "", err
	}
	return nameOf(districts, district), nameOf(chains, chain), nil
}

func nameOf(list []Choice, code string) string {
	if i := slices.IndexFunc(list, func(c Choice) bool { return c.Code == code }); i >= 0 {
		return list[i].Name
	}
	return code
}

// brief leaves the long texts out, for lists.
func brief(v *api.Achievement) {
	p := &v.Profile
	p.TrlEvidence, p.Advantage, p.Prospects, p.Needs, p.Novelty = "", "", "", "", ""
	p.Team, p.Economics, p.Cases, p.Contact = nil, nil, nil, api.AchievementContact{}
	v.Advice = nil
}

// wayNames are the ways as people read them, in the order of the forms.
var wayNames = []struct {
	Way  Way
	Name string
}{{Transfer, "转让"}, {Licence, "许可"}, {Equity, "作价入股"}, {Joint, "合作开发"}, {Commissioned, "委托开发"}, {TrialFirst, "先用后转"}, {PayLater, "先使用后付费"},
	{OpenLicence, "开放许可"}, {Consulting, "技术咨询"}, {Services, "技术服务"}}

func (w Way) name() string {
	for _, n := range wayNames {
		if n.Way == w {
			return n.Name
		}
	}
	return string(w)
}

// GetAchievementJSONLD is the public record in schema.org's words, for search engines and other platforms.
func (s *Service) GetAchievementJSONLD(ctx context.Context, id string) (map[string]any, error) {
	doc, _, err := s.visible(ctx, id)
	if err != nil {
		return nil, err
	}
	a := &doc.Body
	if !a.Public() {
		return nil, access.Hide.Err()
	}
	p := &a.Profile
	property := func(name string, value any) map[string]any {
		return map[string]any{"@type": "PropertyValue", "name": name, "value": value}
	}
	properties := []any{}
	if p.TRL > 0 {
		properties = append(properties, property("technologyReadinessLevel", strconv.Itoa(p.TRL)))
	}
	for _, w := range p.Ways {
		properties = append(properties, property("cooperation", w.name()))
	}
	offer := map[string]any{"@type": "Offer", "availability": "https://schema.org/InStock", "priceCurrency": "CNY"}
	if a.State == Transferred {
		offer["availability"] = "https://schema.org/SoldOut"
	}
	if p.PriceFen > 0 {
		offer["price"] = fmt.Sprintf("%d.%02d", p.PriceFen/100, p.PriceFen%100)
	}
	page := s.o.PublicURL + publicPage(id) // absolute: the record leaves the page it was taken from
	ld := map[string]any{"@context": "https://schema.org", "@type": "CreativeWork", "@id": page, "url": page, "identifier": id,
		"name": p.Name, "inLanguage": "zh-CN", "datePublished": string(when.DayOf(a.PublishedAt.Time())), "version": strconv.Itoa(len(a.Versions) + 1),
		"creator": map[string]any{"@type": "CollegeOrUniversity", "name": a.OrgName, "url": s.o.PublicURL + "/organisations/" + a.OrgID}, "offers": offer}
	if n := len(a.Versions); n > 0 {
		ld["dateModified"] = string(when.DayOf(a.Versions[n-1].At.Time()))
	}
	for name, text := range map[string]string{"description": p.Summary, "abstract": p.Problem, "about": p.Field, "audience": p.Audience} {
		if text != "" {
			ld[name] = text
		}
	}
	if audience, ok := ld["audience"]; ok {
		ld["audience"] = map[string]any{"@type": "Audience", "audienceType": audience}
	}
	if len(properties) > 0 {
		ld["additionalProperty"] = properties
	}
	var rights []any
	for _, ip := range p.IP {
		if ip.Number != "" {
			rights = append(rights, map[string]any{"@type": "CreativeWork", "additionalType": ip.Kind, "identifier": ip.Number, "creativeWorkStatus": ip.Status})
		}
	}
	if len(rights) > 0 {
		ld["hasPart"] = rights
	}
	return ld, nil
}
