package capability

import (
	"context"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"lianbang/services/capability/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

func termsOf(in api.CapabilityInput) Terms {
	t := Terms{ItemNumber: in.ItemNumber, Title: in.Title, Summary: in.Summary, Products: in.Products, Processes: in.Processes, Materials: in.Materials,
		Spare: in.SpareQuantity, Unit: in.Unit, Tolerance: in.ToleranceMicrometres, Precision: in.Precision, BatchMin: in.BatchMin, BatchMax: in.BatchMax,
		LeadTimeDays: in.LeadTimeDays, Customers: in.Customers, Industry: in.IndustryCode, Chain: in.Chain}
	for _, e := range in.Equipment {
		t.Equipment = append(t.Equipment, Equipment{Name: e.Name, Count: e.Count})
	}
	for _, c := range in.Certificates {
		t.Certificates = append(t.Certificates, Certificate{Name: c.Name, Number: c.Number, Issuer: c.Issuer, ValidFrom: dayOf(c.ValidFrom), ValidTo: dayOf(c.ValidTo)})
	}
	return t
}

// dayOf is a date of the API; it travels as midnight UTC.
func dayOf(d openapi_types.Date) when.Day {
	if d.IsZero() {
		return ""
	}
	return when.Day(d.Format("2006-01-02"))
}

func certificatesView(all []Certificate) []api.Certificate {
	out := []api.Certificate{}
	for _, c := range all {
		out = append(out, api.Certificate{Name: c.Name, Number: c.Number, Issuer: c.Issuer,
			ValidFrom: openapi_types.Date{Time: c.ValidFrom.Time()}, ValidTo: openapi_types.Date{Time: c.ValidTo.Time()}})
	}
	return out
}

// view is a capability as the reader may see it: its owner reads the own number, how complete it is and what can be done with it, and
// the reason of a withdrawal; everybody reads why it is paused.
func (s *Service) view(ctx context.Context, doc docstore.Doc[Capability]) api.Capability {
	c := &doc.Body
	t := &c.Terms
	v := api.Capability{Id: doc.ID, Rev: doc.Rev, State: api.CapabilityState(c.State), Version: c.Version, OrgId: c.OrgID, OrgName: c.OrgName, District: c.District,
		Title: t.Title, Summary: t.Summary, Products: some(t.Products), Processes: some(t.Processes), Materials: some(t.Materials), Equipment: []api.Equipment{},
		SpareQuantity: t.Spare, Unit: t.Unit, ToleranceMicrometres: t.Tolerance, Precision: t.Precision, BatchMin: t.BatchMin, BatchMax: t.BatchMax,
		LeadTimeDays: t.LeadTimeDays, Certificates: certificatesView(t.Certificates), Customers: some(t.Customers), IndustryCode: t.Industry, Chain: t.Chain,
		Files: []api.CapabilityFile{}, Reason: c.Reason, PublishedAt: c.PublishedAt.Time(), UpdatedAt: c.ChangedAt.Time()}
	for _, e := range t.Equipment {
		v.Equipment = append(v.Equipment, api.Equipment{Name: e.Name, Count: e.Count})
	}
	for _, f := range c.Files {
		v.Files = append(v.Files, api.CapabilityFile{Id: f.ID, Name: f.Name, Size: f.Size, ContentType: f.Type, Picture: f.Picture()})
	}
	if !owns(ctx, c) {
		return v
	}
	v.ItemNumber = t.ItemNumber
	var gaps []Gap
	v.Completeness, gaps = c.Completeness()
	for _, g := range gaps {
		v.Gaps = append(v.Gaps, api.Gap{Field: g.Field, Unlocks: api.GapUnlocks(g.Unlocks), Weight: g.Weight})
	}
	for _, a := range c.Allowed() {
		v.AllowedActions = append(v.AllowedActions, string(a))
	}
	return v
}

// some is the list, never absent.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
