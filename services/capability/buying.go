package capability

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"lianbang/services/capability/api"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// Demands is what this service asks of supply demands. Errors: NotFound; Unavailable when demand is away.
type Demands interface {
	// Supply is a supply demand with the quotes its buyer may read.
	Supply(ctx context.Context, id string) (demandapi.SupplyDemand, error)
	// Awards are the published awards of supply demands, of one issuer or, with an empty id, of everybody.
	Awards(ctx context.Context, issuerID string) ([]demandapi.SupplyAward, error)
}

// readable loads a supply demand the reader may know of; NotFound otherwise.
func (s *Service) readable(ctx context.Context, id string) (demandapi.SupplyDemand, error) {
	d, err := s.o.Demands.Supply(ctx, id)
	if err != nil {
		return d, err
	}
	a := access.From(ctx)
	if a.OrgID == d.IssuerId && a.OrgID != "" || a.Operates(d.Jurisdiction) {
		return d, nil
	}
	if !d.Published || !d.Public && (a.OrgID == "" || !slices.Contains(d.Audience, a.OrgID)) {
		return d, access.Hide.Err()
	}
	return d, nil
}

// GetSupplyRequirements is what a buyer asks of all its suppliers. Who is not verified is not there for others.
func (s *Service) GetSupplyRequirements(ctx context.Context, orgID string) (api.Requirements, error) {
	org, err := s.o.Organisations.Get(ctx, orgID)
	if err != nil {
		return api.Requirements{}, err
	}
	if !org.Verified && access.From(ctx).OrgID != orgID {
		return api.Requirements{}, access.Hide.Err()
	}
	doc, err := s.requirements.Get(ctx, requirementsOf(orgID))
	return requirementsView(doc, Requirements{OrgID: orgID}), absentIsFine(err)
}

// GetDemandRequirements is what one demand asks on top. A hidden issuer stays hidden.
func (s *Service) GetDemandRequirements(ctx context.Context, demandID string) (api.Requirements, error) {
	d, err := s.readable(ctx, demandID)
	if err != nil {
		return api.Requirements{}, err
	}
	doc, err := s.requirements.Get(ctx, requirementsOn(demandID))
	v := requirementsView(doc, Requirements{OrgID: d.IssuerId, DemandID: demandID})
	if !d.IssuerPublic && access.From(ctx).OrgID != d.IssuerId {
		v.OrgId = ""
	}
	return v, absentIsFine(err)
}

func absentIsFine(err error) error {
	if err != nil && fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// PutSupplyRequirements keeps those of the caller's organisation.
func (s *Service) PutSupplyRequirements(ctx context.Context, in api.RequirementsInput) (api.Requirements, error) {
	a := access.From(ctx)
	if _, err := s.mustStand(ctx, a.OrgID); err != nil {
		return api.Requirements{}, err
	}
	return s.putRequirements(ctx, requirementsOf(a.OrgID), Requirements{OrgID: a.OrgID}, in)
}

// PutDemandRequirements keeps those of one own demand.
func (s *Service) PutDemandRequirements(ctx context.Context, demandID string, in api.RequirementsInput) (api.Requirements, error) {
	d, err := s.readable(ctx, demandID)
	if err != nil {
		return api.Requirements{}, err
	}
	if access.From(ctx).OrgID != d.IssuerId {
		return api.Requirements{}, access.Forbid.Err()
	}
	return s.putRequirements(ctx, requirementsOn(demandID), Requirements{OrgID: d.IssuerId, DemandID: demandID}, in)
}

// putRequirements writes the first or the next version. The next one needs the revision it replaces.
func (s *Service) putRequirements(ctx context.Context, id string, first Requirements, in api.RequirementsInput) (api.Requirements, error) {
	items := []Requirement{}
	for _, q := range in.Items {
		items = append(items, Requirement{Kind: RequirementKind(q.Kind), Name: q.Name, Quantity: q.Quantity, Unit: q.Unit, Must: q.Must, Note: q.Note})
	}
	userID := access.From(ctx).UserID
	if _, err := s.requirements.Get(ctx, id); err != nil {
		if fault.KindOf(err) != fault.NotFound {
			return api.Requirements{}, err
		}
		if err := first.Set(userID, items, dayOf(in.DeliverBy), s.now()); err != nil {
			return api.Requirements{}, err
		}
		doc, err := s.requirements.Insert(ctx, id, first)
		return requirementsView(doc, first), err
	}
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.Requirements{}, err
	}
	doc, err := s.requirements.Update(ctx, id, func(tx *docstore.Tx[Requirements]) error {
		return tx.Body.Set(userID, items, dayOf(in.DeliverBy), tx.Now)
	}, docstore.IfRev(rev))
	return requirementsView(doc, first), err
}

func requirementsView(doc docstore.Doc[Requirements], otherwise Requirements) api.Requirements {
	r := doc.Body
	if doc.Rev == 0 {
		r = otherwise
	}
	v := api.Requirements{OrgId: r.OrgID, DemandId: r.DemandID, Rev: doc.Rev, Items: []api.Requirement{}, ChangedAt: r.ChangedAt.Time(), DeliverBy: openapi_types.Date{Time: r.DeliverBy.Time()}}
	for _, q := range r.Items {
		v.Items = append(v.Items, requirementView(q))
	}
	return v
}

func requirementView(q Requirement) api.Requirement {
	return api.Requirement{Kind: api.RequirementKind(q.Kind), Name: q.Name, Quantity: q.Quantity, Unit: q.Unit, Must: q.Must, Note: q.Note}
}

// asked are all requirements of a demand and the day certificates have to hold to.
func (s *Service) asked(ctx context.Context, d *demandapi.SupplyDemand) (items []Requirement, deliverBy when.Day, err error) {
	leader, err := s.requirements.Get(ctx, requirementsOf(d.IssuerId))
	if err = absentIsFine(err); err != nil {
		return nil, "", err
	}
	own, err := s.requirements.Get(ctx, requirementsOn(d.Id))
	if err = absentIsFine(err); err != nil {
		return nil, "", err
	}
	return together(leader.Body.Items, own.Body.Items), own.Body.DeliverBy, nil
}

// firm is what an organisation states in public.
func (s *Service) firm(ctx context.Context, orgID string) ([]stated, error) {
	var all []stated
	err := s.capabilities.Each(ctx, docstore.Query{Index: "boardOrg", Equal: []any{orgID, publicBoard}}, func(doc docstore.Doc[Capability]) error {
		all = append(all, stated{doc.ID, &doc.Body.Terms})
		return nil
	})
	return all, err
}

// deliveryOf is the day a firm would deliver: the demand's, or from now on the days it needs.
func (s *Service) deliveryOf(deliverBy when.Day, leadTimeDays int) when.Day {
	return cmp.Or(deliverBy, when.DayOf(s.now().AddDate(0, 0, leadTimeDays)))
}

// shortestLead is the least a firm says it needs; 0 when it says nothing.
func shortestLead(firm []stated) int {
	best := 0
	for _, f := range firm {
		if n := f.terms.LeadTimeDays; n > 0 && (best == 0 || n < best) {
			best = n
		}
	}
	return best
}

// GetSupplyGap is how the caller's organisation stands to a demand before it quotes.
func (s *Service) GetSupplyGap(ctx context.Context, demandID string) (api.SupplyGap, error) {
	d, err := s.readable(ctx, demandID)
	if err != nil {
		return api.SupplyGap{}, err
	}
	items, deliverBy, err := s.asked(ctx, &d)
	if err != nil {
		return api.SupplyGap{}, err
	}
	firm, err := s.firm(ctx, access.From(ctx).OrgID)
	if err != nil {
		return api.SupplyGap{}, err
	}
	delivery := s.deliveryOf(deliverBy, shortestLead(firm))
	rows := gap(items, firm, when.DayOf(s.now()), delivery)
	return api.SupplyGap{DemandId: demandID, Rows: gapView(rows), Counts: counts(rows), Ready: ready(rows), Capabilities: len(firm), Delivery: openapi_types.Date{Time: delivery.Time()}}, nil
}

func gapView(rows []GapRow) []api.GapRow {
	out := []api.GapRow{}
	for _, r := range rows {
		out = append(out, api.GapRow{Requirement: requirementView(r.Requirement), Standing: api.GapRowStanding(r.Standing), Have: r.Have, CapabilityId: r.CapabilityID,
			Until: openapi_types.Date{Time: r.Until.Time()}, Todo: api.GapRowTodo(r.Todo)})
	}
	return out
}

func counts(rows []GapRow) api.GapCounts {
	var n api.GapCounts
	for _, r := range rows {
		switch r.Standing {
		case Met:
			n.Met++
		case Unmet:
			n.Unmet++
		case Unknown:
			n.Unknown++
		case Expires:
			n.Expires++
		}
	}
	return n
}

// GetSupplyComparison is the quotes side by side, for issuer and operator, the lowest price first.
func (s *Service) GetSupplyComparison(ctx context.Context, demandID string) (api.SupplyComparison, error) {
	d, err := s.readable(ctx, demandID)
	if err != nil {
		return api.SupplyComparison{}, err
	}
	if a := access.From(ctx); a.OrgID != d.IssuerId && !a.Operates(d.Jurisdiction) {
		return api.SupplyComparison{}, access.Forbid.Err()
	}
	items, deliverBy, err := s.asked(ctx, &d)
	if err != nil {
		return api.SupplyComparison{}, err
	}
	today := when.DayOf(s.now())
	v := api.SupplyComparison{DemandId: d.Id, Code: d.Code, Title: d.Title, State: string(d.State), Quantity: d.Quantity, Unit: d.Unit, Quotes: []api.QuoteColumn{},
		Delivery: openapi_types.Date{Time: s.deliveryOf(deliverBy, 0).Time()}}
	ids := make([]string, len(d.Quotes))
	for i, q := range d.Quotes {
		ids[i] = q.OrgId
	}
	orgs, err := s.o.Organisations.GetMany(ctx, ids)
	if err != nil {
		return v, err
	}
	for _, q := range d.Quotes {
		firm, err := s.firm(ctx, q.OrgId)
		if err != nil {
			return v, err
		}
		rows := gap(items, firm, today, s.deliveryOf(deliverBy, q.LeadTimeDays))
		column := api.QuoteColumn{BidId: q.BidId, OrgId: q.OrgId, OrgName: q.OrgName, District: orgs[q.OrgId].District, State: string(q.State), UnitPriceFen: q.UnitPriceFen, Unit: q.Unit,
			Quantity: q.Quantity, LeadTimeDays: q.LeadTimeDays, MonthlyCapacity: q.MonthlyCapacity, Certificates: q.Certificates, PaymentDays: q.PaymentDays, Note: q.Note,
			ValidUntil: q.ValidUntil, Expired: !q.ValidUntil.IsZero() && !s.now().Before(q.ValidUntil), ShareBp: q.ShareBp, Gap: gapView(rows), Counts: counts(rows), Ready: ready(rows)}
		for _, f := range firm {
			if f.terms.Unit == d.Unit {
				column.SpareQuantity = max(column.SpareQuantity, f.terms.Spare)
			}
		}
		listed, err := s.suppliers.Get(ctx, supplierID(d.IssuerId, q.OrgId))
		if err = absentIsFine(err); err != nil {
			return v, err
		}
		column.Qualified = listed.Body.InForce(today)
		v.Quotes = append(v.Quotes, column)
	}
	slices.SortStableFunc(v.Quotes, func(a, b api.QuoteColumn) int {
		return cmp.Or(cmp.Compare(a.UnitPriceFen, b.UnitPriceFen), cmp.Compare(a.LeadTimeDays, b.LeadTimeDays), cmp.Compare(a.BidId, b.BidId))
	})
	best(v.Quotes)
	return v, nil
}

// best marks the quotes that lead in price, lead time, capacity and gap; nobody leads alone.
func best(quotes []api.QuoteColumn) {
	if len(quotes) < 2 {
		return
	}
	for _, m := range []struct {
		name string
		of   func(*api.QuoteColumn) int64 // the least leads; below zero is not said
	}{
		{"price", func(q *api.QuoteColumn) int64 { return q.UnitPriceFen }},
		{"lead", func(q *api.QuoteColumn) int64 { return int64(q.LeadTimeDays) }},
		{"capacity", func(q *api.QuoteColumn) int64 { return -q.MonthlyCapacity }},
		{"gap", func(q *api.QuoteColumn) int64 { return int64(len(q.Gap) - q.Counts.Met) }},
	} {
		lead := m.of(&quotes[0])
		for i := range quotes {
			lead = min(lead, m.of(&quotes[i]))
		}
		for i := range quotes {
			if len(quotes[i].Gap) == 0 && m.name == "gap" {
				continue
			}
			if m.of(&quotes[i]) == lead {
				quotes[i].Best = append(quotes[i].Best, m.name)
			}
		}
	}
}

// Words of the workbook.
var (
	standingNames = map[api.GapRowStanding]string{api.Met: "符合", api.Unmet: "不符合", api.Unknown: "未说明", api.Expires: "交付前到期"}
	kindNames     = map[api.RequirementKind]string{api.RequirementKindCertificate: "证书", api.RequirementKindProcess: "工艺", api.RequirementKindCapacity: "月产能", api.RequirementKindLeadTime: "交付周期",
		api.RequirementKindTolerance: "精度", api.RequirementKindOther: "其他"}
)

// ExportSupplyComparison is the comparison as a workbook: a row for each quote, and a sheet with every requirement of every bidder.
func (s *Service) ExportSupplyComparison(ctx context.Context, demandID string) (*office.Book, error) {
	v, err := s.GetSupplyComparison(ctx, demandID)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	b := office.NewBook()
	head := []office.Column{{Title: "报价单位", Width: 30}, {Title: "所在区县"}, {Title: "单价（元）"}, {Title: "计量单位"}, {Title: "可供数量"}, {Title: "交货期（天）"}, {Title: "月产能"}, {Title: "公开的月富余产能"},
		{Title: "付款期限（天）"}, {Title: "证书", Width: 30}, {Title: "准入符合项"}, {Title: "准入不符合项"}, {Title: "准入未说明项"}, {Title: "交付前到期"}, {Title: "合格供应商"}, {Title: "报价有效期至"}, {Title: "选定份额（%）"}, {Title: "说明", Width: 40}}
	if err := b.Sheet("报价比较", head, func(yield func([]any) bool) {
		for _, q := range v.Quotes {
			listed, share := "否", any("")
			if q.Qualified {
				listed = "是"
			}
			if q.ShareBp > 0 {
				share = float64(q.ShareBp) / 100
			}
			if !yield([]any{q.OrgName, cmp.Or(names.districts[q.District], q.District), fmt.Sprintf("%d.%02d", q.UnitPriceFen/100, q.UnitPriceFen%100), q.Unit, q.Quantity, q.LeadTimeDays,
				q.MonthlyCapacity, q.SpareQuantity, q.PaymentDays, joined(q.Certificates), q.Counts.Met, q.Counts.Unmet, q.Counts.Unknown, q.Counts.Expires, listed, q.ValidUntil, share, q.Note}) {
				return
			}
		}
	}); err != nil {
		return nil, err
	}
	return b, b.Sheet("准入逐项", []office.Column{{Title: "报价单位", Width: 30}, {Title: "类型"}, {Title: "要求", Width: 30}, {Title: "要求值"}, {Title: "是否必须"}, {Title: "对照"}, {Title: "企业情况", Width: 30}, {Title: "证书到期日"}}, func(yield func([]any) bool) {
		for _, q := range v.Quotes {
			for _, r := range q.Gap {
				must, value := "优先", ""
				if r.Requirement.Must {
					must = "必须"
				}
				if r.Requirement.Quantity > 0 {
					value = fmt.Sprint(r.Requirement.Quantity, r.Requirement.Unit)
				}
				until := ""
				if !r.Until.IsZero() {
					until = r.Until.Format("2006-01-02")
				}
				if !yield([]any{q.OrgName, kindNames[r.Requirement.Kind], r.Requirement.Name, value, must, standingNames[r.Standing], r.Have, until}) {
					return
				}
			}
		}
	})
}

func joined(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += "、"
		}
		out += s
	}
	return out
}
