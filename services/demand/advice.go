package demand

import (
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/demand/lint"
)

var lintRules = lint.Shipped()

// advice is what a capable small firm would miss in a demand that is not yet published.
func (d *Demand) advice(now time.Time) []lint.Finding {
	t := &d.Terms
	draft := lint.Draft{Kind: string(t.Kind), BudgetOpen: t.BudgetNegotiable,
		Texts: map[string]string{"title": t.Title, "background": t.Background, "difficulty": t.Difficulty, "content": t.Content, "ipTerms": t.IPTerms,
			"bidConditions": t.BidConditions, "contact.phone": t.Contact.Phone + t.Contact.Email},
		Lists: map[string][]string{"targets": t.Targets}}
	if t.PlannedDeadline != 0 {
		days := int(t.PlannedDeadline.Time().Sub(now).Hours() / 24)
		draft.DaysToDeadline = &days
	}
	return lint.Check(lintRules, draft)
}

func adviceView(found []lint.Finding) []api.Advice {
	var all []api.Advice
	for _, f := range found {
		all = append(all, api.Advice{Rule: f.Rule, Path: f.Field, Severity: api.AdviceSeverity(f.Severity), Zh: f.Zh, En: f.En, MendZh: f.MendZh, MendEn: f.MendEn})
	}
	return all
}
