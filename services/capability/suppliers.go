package capability

import (
	"cmp"
	"context"
	"io"
	"slices"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"lianbang/services/capability/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// entry loads an entry of a list for one of its parties; NotFound for anybody else.
func (s *Service) entry(ctx context.Context, id string) (docstore.Doc[QualifiedSupplier], Party, error) {
	doc, err := s.suppliers.Get(ctx, id)
	if err != nil {
		return doc, "", err
	}
	switch access.From(ctx).OrgID {
	case "":
	case doc.Body.BuyerID:
		return doc, Buyer, nil
	case doc.Body.SupplierID:
		return doc, Supplier, nil
	}
	return doc, "", access.Hide.Err()
}

// changeSupplier is the one way an entry is changed: by a party, by a pure step. kind is the event the other party hears of, if any.
func (s *Service) changeSupplier(ctx context.Context, id, kind string, step func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error) (api.Supplier, error) {
	_, party, err := s.entry(ctx, id)
	if err != nil {
		return api.Supplier{}, err
	}
	var opts []docstore.UpdateOption
	if rev, given, err := rest.OptionalRev(ctx); err != nil {
		return api.Supplier{}, err
	} else if given {
		opts = append(opts, docstore.IfRev(rev))
	}
	doc, err := s.suppliers.Update(ctx, id, func(tx *docstore.Tx[QualifiedSupplier]) error {
		if err := step(tx.Body, party, access.From(ctx).UserID, tx); err != nil || kind == "" {
			return err
		}
		return tx.Emit(kind, tx.Body.message(party))
	}, opts...)
	return supplierView(doc, party, when.DayOf(s.now())), err
}

// ProposeSupplier puts a supplier on the caller's list, out of an award or by hand.
func (s *Service) ProposeSupplier(ctx context.Context, in api.SupplierInput) (api.Supplier, error) {
	a := access.From(ctx)
	buyer, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.Supplier{}, err
	}
	supplier, err := s.o.Organisations.Get(ctx, in.SupplierId)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			err = fault.Bad(fault.Field{Path: "supplierId", Code: "not_in"})
		}
		return api.Supplier{}, err
	}
	q := QualifiedSupplier{BuyerID: buyer.ID, BuyerName: buyer.Name, SupplierID: supplier.ID, SupplierName: supplier.Name, District: supplier.District, Source: SupplierSource(in.Source),
		Terms: SupplierTerms{Scope: in.Scope, Chain: in.Chain, ValidUntil: dayOf(in.ValidUntil), Public: in.Public}}
	if q.Source == FromAward {
		if q.DemandID = in.DemandId; !s.won(ctx, buyer.ID, in.DemandId, supplier.ID) {
			return api.Supplier{}, fault.Bad(fault.Field{Path: "demandId", Code: "not_in"})
		}
	}
	id := supplierID(buyer.ID, supplier.ID)
	made, err := Propose(nil, q, a.UserID, s.now())
	if err != nil {
		return api.Supplier{}, err
	}
	doc, err := s.suppliers.Insert(ctx, id, made, docstore.Emit(supplierProposed, made.message(Buyer)))
	if err != nil && fault.KindOf(err) == fault.Duplicate {
		doc, err = s.suppliers.Update(ctx, id, func(tx *docstore.Tx[QualifiedSupplier]) error {
			again, err := Propose(tx.Body, q, a.UserID, tx.Now)
			if err != nil {
				return err
			}
			*tx.Body = again
			return tx.Emit(supplierProposed, again.message(Buyer))
		})
	}
	return supplierView(doc, Buyer, when.DayOf(s.now())), err
}

// won reports whether a supplier was taken in a published award of a buyer's demand.
func (s *Service) won(ctx context.Context, buyer, demandID, supplier string) bool {
	d, err := s.o.Demands.Supply(ctx, demandID)
	if err != nil || d.IssuerId != buyer {
		return false
	}
	for _, q := range d.Quotes {
		if q.OrgId == supplier && q.ShareBp > 0 && q.State == "won" {
			return true
		}
	}
	return false
}

// ListSupplierCandidates are the firms taken in an award and not on the list.
func (s *Service) ListSupplierCandidates(ctx context.Context) ([]api.SupplierCandidate, error) {
	buyer := access.From(ctx).OrgID
	awards, err := s.o.Demands.Awards(ctx, buyer)
	if err != nil {
		return nil, err
	}
	all, seen := []api.SupplierCandidate{}, map[string]bool{}
	for _, award := range awards {
		for _, w := range award.Winners {
			listed, err := s.suppliers.Get(ctx, supplierID(buyer, w.OrgId))
			if err = absentIsFine(err); err != nil {
				return nil, err
			}
			if seen[w.OrgId] || listed.Rev != 0 && listed.Body.State != Removed && listed.Body.State != Declined {
				continue
			}
			seen[w.OrgId] = true
			all = append(all, api.SupplierCandidate{SupplierId: w.OrgId, SupplierName: w.OrgName, DemandId: award.DemandId, Title: award.Title, Chain: award.Chain,
				ShareBp: w.ShareBp, AwardedAt: award.AwardedAt})
		}
	}
	slices.SortStableFunc(all, func(a, b api.SupplierCandidate) int { return b.AwardedAt.Compare(a.AwardedAt) })
	return all, nil
}

// ListSuppliers is the caller's list, or the lists it is on.
func (s *Service) ListSuppliers(ctx context.Context, side Party, limit int, cursor string) (api.SupplierPage, error) {
	return s.supplierPage(ctx, cmp.Or(side, Buyer), docstore.Query{Index: string(cmp.Or(side, Buyer)), Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
}

// ListPublicSuppliers is what of a list both sides made public, while it is in force.
func (s *Service) ListPublicSuppliers(ctx context.Context, orgID string, limit int, cursor string) (api.SupplierPage, error) {
	page, err := s.supplierPage(ctx, "", docstore.Query{Index: "public", Equal: []any{orgID, publicBoard}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor})
	page.Items = slices.DeleteFunc(page.Items, func(v api.Supplier) bool { return !v.InForce })
	page.Total = 0
	return page, err
}

func (s *Service) supplierPage(ctx context.Context, p Party, q docstore.Query) (api.SupplierPage, error) {
	page := api.SupplierPage{Items: []api.Supplier{}}
	found, err := s.suppliers.Find(ctx, q)
	if err != nil {
		return page, err
	}
	if q.Cursor == "" {
		if page.Total, err = s.suppliers.Count(ctx, q); err != nil {
			return page, err
		}
	}
	for _, doc := range found.Items {
		v := supplierView(doc, p, when.DayOf(s.now()))
		v.History = nil
		page.Items = append(page.Items, v)
	}
	page.Next = found.Next
	return page, nil
}

// GetSupplier is one entry for a party.
func (s *Service) GetSupplier(ctx context.Context, id string) (api.Supplier, error) {
	doc, party, err := s.entry(ctx, id)
	if err != nil {
		return api.Supplier{}, err
	}
	return supplierView(doc, party, when.DayOf(s.now())), nil
}

// EditSupplier changes scope, validity and publicity.
func (s *Service) EditSupplier(ctx context.Context, id string, in api.SupplierTerms) (api.Supplier, error) {
	if _, err := rest.Rev(ctx); err != nil {
		return api.Supplier{}, err
	}
	t := SupplierTerms{Scope: in.Scope, Chain: in.Chain, ValidUntil: dayOf(in.ValidUntil), Public: in.Public}
	return s.changeSupplier(ctx, id, "", func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error {
		return q.Edit(p, userID, t, tx.Now)
	})
}

// ConsentSupplier is the supplier's yes.
func (s *Service) ConsentSupplier(ctx context.Context, id string, shown bool) (api.Supplier, error) {
	return s.changeSupplier(ctx, id, supplierConsented, func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error {
		return q.Consent(p, userID, shown, tx.Now)
	})
}

// DeclineSupplier is the supplier's no.
func (s *Service) DeclineSupplier(ctx context.Context, id, reason string) (api.Supplier, error) {
	return s.changeSupplier(ctx, id, supplierDeclined, func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error {
		return q.Decline(p, userID, reason, tx.Now)
	})
}

// RemoveSupplier takes the supplier off.
func (s *Service) RemoveSupplier(ctx context.Context, id, reason string) (api.Supplier, error) {
	return s.changeSupplier(ctx, id, supplierRemoved, func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error {
		return q.Remove(p, userID, reason, tx.Now)
	})
}

// AddSupplierEvidence keeps a paper the entry rests on.
func (s *Service) AddSupplierEvidence(ctx context.Context, id string, content io.Reader, name string) (api.Supplier, error) {
	doc, party, err := s.entry(ctx, id)
	if err != nil {
		return api.Supplier{}, err
	}
	trial := doc.Body
	if err := trial.AddEvidence(party, "", File{}, s.now()); err != nil { // before a large file is taken in
		return api.Supplier{}, err
	}
	ref, err := s.o.Files.Put(ctx, content, name)
	if err != nil {
		return api.Supplier{}, err
	}
	kept := File{ID: ref.ID, Name: ref.Name, Size: ref.Size, Type: ref.Type, At: when.At(s.now())}
	return s.changeSupplier(ctx, id, "", func(q *QualifiedSupplier, p Party, userID string, tx *docstore.Tx[QualifiedSupplier]) error {
		return q.AddEvidence(p, userID, kept, tx.Now)
	})
}

// GetSupplierEvidence is a paper, for both parties.
func (s *Service) GetSupplierEvidence(ctx context.Context, id, fileID string) (Download, error) {
	doc, _, err := s.entry(ctx, id)
	if err != nil {
		return Download{}, err
	}
	if !slices.ContainsFunc(doc.Body.Evidence, func(f File) bool { return f.ID == fileID }) {
		return Download{}, access.Hide.Err()
	}
	content, ref, err := s.o.Files.Open(ctx, fileID)
	return Download{Ref: ref, Content: content}, err
}

// supplierView is an entry as a party sees it; the public ("") sees neither papers nor history.
func supplierView(doc docstore.Doc[QualifiedSupplier], p Party, today when.Day) api.Supplier {
	q := &doc.Body
	v := api.Supplier{Id: doc.ID, Rev: doc.Rev, State: api.SupplierState(q.State), InForce: q.InForce(today), BuyerId: q.BuyerID, BuyerName: q.BuyerName, SupplierId: q.SupplierID,
		SupplierName: q.SupplierName, District: q.District, Scope: q.Terms.Scope, Chain: q.Terms.Chain, ValidUntil: openapi_types.Date{Time: q.Terms.ValidUntil.Time()}, Public: q.Terms.Public,
		Shown: q.Shown, Source: api.SupplierSource(q.Source), Evidence: []api.CapabilityFile{}, Since: q.Since.Time(), ChangedAt: q.ChangedAt.Time(), AllowedActions: []string{}}
	if p == "" {
		return v
	}
	v.DemandId, v.Reason = q.DemandID, q.Reason
	for _, f := range q.Evidence {
		v.Evidence = append(v.Evidence, api.CapabilityFile{Id: f.ID, Name: f.Name, Size: f.Size, ContentType: f.Type, Picture: f.Picture()})
	}
	for _, e := range q.History {
		v.History = append(v.History, api.SupplierEntry{At: e.At.Time(), Action: string(e.Action), By: api.SupplierEntryBy(e.By), Reason: e.Reason})
	}
	for _, a := range q.Allowed(p) {
		v.AllowedActions = append(v.AllowedActions, string(a))
	}
	return v
}

// GetSupplyFigures sums the awards the reader may see: the city's operators all, a district's those of its buyers, a member its own.
func (s *Service) GetSupplyFigures(ctx context.Context, chain, district string) (api.SupplyFigures, error) {
	a := access.From(ctx)
	issuer := a.OrgID
	if a.Staff == access.CityOperator || a.Staff == access.DistrictOperator {
		issuer = ""
	}
	v := api.SupplyFigures{Chains: []api.SupplyFigure{}, Districts: []api.SupplyFigure{}, Rows: []api.SupplyRow{}}
	names, err := s.names(ctx)
	if err != nil {
		return v, err
	}
	rows, err := s.supplyRows(ctx, issuer)
	if err != nil {
		return v, err
	}
	rows = slices.DeleteFunc(rows, func(r SupplyRow) bool {
		return chain != "" && r.Chain != chain || district != "" && r.BuyerDistrict != district || issuer == "" && !a.Operates(r.BuyerDistrict)
	})
	v.All = figureView(figureOf("", rows, names.districts))
	for _, f := range figuresBy(rows, names.districts, func(r *SupplyRow) string { return r.Chain }) {
		v.Chains = append(v.Chains, figureView(f))
	}
	for _, f := range figuresBy(rows, names.districts, func(r *SupplyRow) string { return r.BuyerDistrict }) {
		v.Districts = append(v.Districts, figureView(f))
	}
	for i := range rows {
		r := &rows[i]
		v.Rows = append(v.Rows, api.SupplyRow{DemandId: r.DemandID, Code: r.Code, Title: r.Title, Chain: r.Chain, BuyerId: r.BuyerID, BuyerName: r.BuyerName, BuyerDistrict: r.BuyerDistrict,
			SupplierId: r.SupplierID, SupplierName: r.SupplierName, SupplierDistrict: r.SupplierDistrict, ShareBp: r.ShareBP, Local: r.Local(names.districts), Near: r.Near(names.districts), At: r.At.Time()})
	}
	return v, s.countQualified(ctx, issuer, chain, district, names.districts, &v)
}

// countQualified counts the entries in force of the lists the reader may see.
func (s *Service) countQualified(ctx context.Context, issuer, chain, district string, districts map[string]string, v *api.SupplyFigures) error {
	today, buyers := when.DayOf(s.now()), map[string]string{}
	q := docstore.Query{}
	if issuer != "" {
		q = docstore.Query{Index: string(Buyer), Equal: []any{issuer}}
	}
	var all []QualifiedSupplier
	if err := s.suppliers.Each(ctx, q, func(doc docstore.Doc[QualifiedSupplier]) error {
		if e := doc.Body; e.InForce(today) && (chain == "" || e.Terms.Chain == chain) {
			all = append(all, e)
			buyers[e.BuyerID] = ""
		}
		return nil
	}); err != nil {
		return err
	}
	ids := make([]string, 0, len(buyers))
	for id := range buyers {
		ids = append(ids, id)
	}
	orgs, err := s.o.Organisations.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	a := access.From(ctx)
	for _, e := range all {
		home := orgs[e.BuyerID].District
		if district != "" && home != district || issuer == "" && !a.Operates(home) {
			continue
		}
		v.Qualified.Entries++
		if districts[e.District] != "" {
			v.Qualified.Local++
			if e.District == home {
				v.Qualified.Near++
			}
		}
	}
	return nil
}

// supplyRows are the rows of the published awards, with each supplier's present district.
func (s *Service) supplyRows(ctx context.Context, issuer string) ([]SupplyRow, error) {
	awards, err := s.o.Demands.Awards(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var rows []SupplyRow
	var ids []string
	for _, award := range awards {
		for _, w := range award.Winners {
			rows = append(rows, SupplyRow{DemandID: award.DemandId, Code: award.Code, Title: award.Title, Chain: award.Chain, BuyerID: award.IssuerId, BuyerName: award.IssuerName,
				BuyerDistrict: award.District, SupplierID: w.OrgId, SupplierName: w.OrgName, ShareBP: w.ShareBp, At: when.At(award.AwardedAt)})
			ids = append(ids, w.OrgId)
		}
	}
	slices.Sort(ids)
	orgs, err := s.o.Organisations.GetMany(ctx, slices.Compact(ids))
	for i := range rows {
		rows[i].SupplierDistrict = orgs[rows[i].SupplierID].District
	}
	slices.SortFunc(rows, func(a, b SupplyRow) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.DemandID, b.DemandID), cmp.Compare(b.ShareBP, a.ShareBP), cmp.Compare(a.SupplierID, b.SupplierID))
	})
	return rows, err
}

func figureView(f Figure) api.SupplyFigure {
	return api.SupplyFigure{Key: f.Key, Demands: f.Demands, Rows: f.Rows, AllBp: f.AllBP, LocalBp: f.LocalBP, NearBp: f.NearBP, Suppliers: f.Suppliers, LocalFirms: f.LocalFirms}
}
