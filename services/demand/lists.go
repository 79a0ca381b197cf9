package demand

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// This file is the named lists of a publisher: 产品配套, 技术协同研发, 采购 of a chain leader, 研发攻关需求清单 of an SME. A demand is on the
// list it names; the list's own document says what the list is for.

// List is one named list. Its id follows from its publisher and its first name. Called something else, it keeps the id, and with it its
// items, its address and its feed; the new name is a document of its own that leads to it, so that every name, present or former, is a
// publisher's once.
type List struct {
	OrgID  string       `json:"orgId"`
	Org    string       `json:"org"`
	Name   string       `json:"name"`
	Kind   ListKind     `json:"kind"`
	Chain  string       `json:"chain"`
	Note   string       `json:"note,omitempty"`
	Public bool         `json:"public"` // anyone finds the list; its items show as their own visibility says
	At     when.Instant `json:"at"`

	// CloneOf is the list whose items are being copied; DueAt is set until the last one is.
	CloneOf string       `json:"cloneOf,omitempty"`
	UserID  string       `json:"userId,omitempty"`
	DueAt   when.Instant `json:"dueAt"`
	// AliasOf makes this no list but another name of one. Renaming is set until every item names the list's new name; DueAt with it.
	AliasOf  string `json:"aliasOf,omitempty"`
	Renaming bool   `json:"renaming,omitempty"`
}

// ListKind is what a list is for.
type ListKind string

// The kinds of lists, as the policies name them.
const (
	MatchingList    ListKind = "matching"    // 产品配套
	JointRNDList    ListKind = "joint_rnd"   // 技术协同研发
	ProcurementList ListKind = "procurement" // 采购
	NeedsList       ListKind = "needs"       // 专精特新企业研发攻关需求清单
)

// listIDOf is the list a publisher's demand is on by the name it gives.
func listIDOf(orgID, name string) string {
	if name == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(orgID + "\x00" + name))
	return hex.EncodeToString(sum[:12])
}

// listKindFor is what a list is for that began with a demand of a kind.
func listKindFor(k Kind, leader bool) ListKind {
	switch {
	case k == Supply:
		return MatchingList
	case leader:
		return JointRNDList
	}
	return NeedsList
}

// findList looks up the list of a name, present or former: the terms then say its id and its present name. Without one they say the id the
// list will have. It reports whether there is one.
func (s *Service) findList(ctx context.Context, orgID string, t *Terms) (bool, error) {
	t.ListName = strings.TrimSpace(t.ListName)
	if t.ListID = listIDOf(orgID, t.ListName); t.ListID == "" {
		return false, nil
	}
	doc, err := s.listAt(ctx, t.ListID)
	if fault.KindOf(err) == fault.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	t.ListID, t.ListName = doc.ID, doc.Body.Name
	return true, nil
}

// listAt loads a list by the id of any of its names.
func (s *Service) listAt(ctx context.Context, id string) (docstore.Doc[List], error) {
	doc, err := s.lists.Get(ctx, id)
	if err == nil && doc.Body.AliasOf != "" {
		return s.lists.Get(ctx, doc.Body.AliasOf)
	}
	return doc, err
}

// ensureList makes the list a demand names, if there is none, and has the demand name it as it is called now.
func (s *Service) ensureList(ctx context.Context, org Organisation, t *Terms) error {
	if there, err := s.findList(ctx, org.ID, t); err != nil || there || t.ListName == "" {
		return err
	}
	l := List{OrgID: org.ID, Org: org.Name, Name: t.ListName, Chain: t.Chain, Public: true, At: when.At(s.now()),
		Kind: listKindFor(t.Kind, slices.Contains(org.Capacities, access.ChainLeader))}
	_, err := s.lists.Insert(ctx, t.ListID, l)
	if fault.KindOf(err) == fault.Duplicate {
		return nil
	}
	return err
}

// CreateDemandList makes a list of the caller's organisation. Errors: Duplicate list.exists.
func (s *Service) CreateDemandList(ctx context.Context, in api.DemandListInput) (api.DemandList, error) {
	return s.createList(ctx, in, "")
}

func (s *Service) createList(ctx context.Context, in api.DemandListInput, cloneOf string) (api.DemandList, error) {
	a := access.From(ctx)
	org, err := s.mustStand(ctx, a.OrgID)
	if err != nil {
		return api.DemandList{}, err
	}
	l := List{OrgID: a.OrgID, Org: org.Name, Name: strings.TrimSpace(in.Name), Kind: ListKind(in.Kind), Chain: in.Chain, Note: strings.TrimSpace(in.Note),
		Public: in.Public == nil || *in.Public, At: when.At(s.now()), CloneOf: cloneOf, UserID: a.UserID}
	if l.Name == "" {
		return api.DemandList{}, fault.Bad(fault.Field{Path: "name", Code: "required"})
	}
	if err := s.choose(ctx, &Terms{Chain: l.Chain}); err != nil {
		return api.DemandList{}, err
	}
	if cloneOf != "" {
		l.DueAt = when.At(s.now().Add(patience))
	}
	doc, err := s.lists.Insert(ctx, listIDOf(a.OrgID, l.Name), l)
	if fault.KindOf(err) == fault.Duplicate {
		return api.DemandList{}, fault.New(fault.Duplicate, "list.exists", "the organisation has a list of this name")
	}
	if err != nil {
		return api.DemandList{}, err
	}
	return s.listView(ctx, doc)
}

// ownList loads a list of the caller's organisation.
func (s *Service) ownList(ctx context.Context, id string) (docstore.Doc[List], error) {
	doc, err := s.listAt(ctx, id)
	if err == nil && doc.Body.OrgID != access.From(ctx).OrgID {
		err = access.Hide.Err()
	}
	return doc, err
}

// EditDemandList changes what a list is called and for, its note, and whether anyone finds it. Errors: Duplicate list.exists; Conflict
// list.copying.
func (s *Service) EditDemandList(ctx context.Context, id string, in api.DemandListEdit) (api.DemandList, error) {
	rev, err := rest.Rev(ctx)
	if err != nil {
		return api.DemandList{}, err
	}
	had, err := s.ownList(ctx, id)
	if err != nil {
		return api.DemandList{}, err
	}
	name := cmp.Or(strings.TrimSpace(in.Name), had.Body.Name)
	renamed := name != had.Body.Name
	if renamed {
		if had.Body.DueAt != 0 {
			return api.DemandList{}, fault.New(fault.Conflict, "list.copying", "its items are still being copied or renamed")
		}
		if err := s.claimName(ctx, had, name); err != nil {
			return api.DemandList{}, err
		}
	}
	terms := Terms{Chain: in.Chain}
	if err := s.choose(ctx, &terms); err != nil {
		return api.DemandList{}, err
	}
	doc, err := s.lists.Update(ctx, had.ID, func(tx *docstore.Tx[List]) error {
		l := tx.Body
		if renamed {
			l.Name, l.Renaming, l.DueAt = name, true, when.At(tx.Now.Add(patience))
		}
		l.Kind, l.Chain, l.Note, l.Public = ListKind(in.Kind), terms.Chain, strings.TrimSpace(in.Note), in.Public
		return nil
	}, docstore.IfRev(rev))
	if err != nil {
		return api.DemandList{}, err
	}
	if renamed {
		if err := s.carryName(ctx, doc.ID); err != nil {
			s.o.Log.Warn("renaming a list's items is left to the clock", "list", doc.ID, "error", err)
		}
		if doc, err = s.lists.Get(ctx, doc.ID); err != nil {
			return api.DemandList{}, err
		}
	}
	return s.listView(ctx, doc)
}

// claimName makes a name lead to a list, for good. Cut short after it, the name is taken and the list called as before.
func (s *Service) claimName(ctx context.Context, list docstore.Doc[List], name string) error {
	id := listIDOf(list.Body.OrgID, name)
	if id == list.ID { // called as it was at first
		return nil
	}
	_, err := s.lists.Insert(ctx, id, List{Name: name, AliasOf: list.ID, At: when.At(s.now())})
	if fault.KindOf(err) != fault.Duplicate {
		return err
	}
	if had, err := s.lists.Get(ctx, id); err != nil || had.Body.AliasOf == list.ID {
		return err
	}
	return fault.New(fault.Duplicate, "list.exists", "the organisation has a list of this name")
}

// carryName has every item of a renamed list name it as it is called now. It may be repeated.
func (s *Service) carryName(ctx context.Context, id string) error {
	ctx = docstore.Unwitnessed(ctx) // the decision was on the list
	doc, err := s.lists.Get(ctx, id)
	if err != nil || !doc.Body.Renaming {
		return err
	}
	var items []string
	err = s.demands.Each(ctx, docstore.Query{Index: "list", Equal: []any{id}}, func(d docstore.Doc[Demand]) error {
		if d.Body.Terms.ListName != doc.Body.Name {
			items = append(items, d.ID)
		}
		return nil
	})
	for _, item := range items {
		if err != nil {
			return err
		}
		_, err = s.demands.Update(ctx, item, func(tx *docstore.Tx[Demand]) error {
			if tx.Body.Terms.ListID == id {
				tx.Body.Terms.ListName = doc.Body.Name
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	_, err = s.lists.Update(ctx, id, func(tx *docstore.Tx[List]) error {
		if tx.Body.Name == doc.Body.Name {
			tx.Body.Renaming, tx.Body.DueAt = false, 0
		}
		return nil
	})
	return err
}

// ListDemandLists are the lists with something public on them, newest first.
func (s *Service) ListDemandLists(ctx context.Context, p api.ListDemandListsParams) (api.DemandListPage, error) {
	q := docstore.Query{Index: "public", Equal: []any{true}, Descending: true, Limit: docstore.PageSize(p.Limit), Cursor: p.Cursor}
	if p.OrgId != "" {
		q.Index, q.Equal = "org", []any{p.OrgId}
	}
	return s.listPage(ctx, q, func(v *api.DemandList, l *List) bool {
		return l.Public && v.PublicCount > 0 && (p.Chain == "" || l.Chain == p.Chain) && (p.Kind == "" || string(l.Kind) == string(p.Kind))
	})
}

// ListMyDemandLists are the caller's organisation's, newest first.
func (s *Service) ListMyDemandLists(ctx context.Context, limit int, cursor string) (api.DemandListPage, error) {
	q := docstore.Query{Index: "org", Equal: []any{access.From(ctx).OrgID}, Descending: true, Limit: docstore.PageSize(limit), Cursor: cursor}
	return s.listPage(ctx, q, func(*api.DemandList, *List) bool { return true })
}

func (s *Service) listPage(ctx context.Context, q docstore.Query, keep func(*api.DemandList, *List) bool) (api.DemandListPage, error) {
	page := api.DemandListPage{Items: []api.DemandList{}}
	found, err := s.lists.Find(ctx, q)
	if err != nil {
		return page, err
	}
	page.Next = found.Next
	for _, doc := range found.Items {
		v, err := s.listView(ctx, doc)
		if err != nil {
			return page, err
		}
		if keep(&v, &doc.Body) {
			page.Items = append(page.Items, v)
		}
	}
	return page, nil
}

// GetDemandList is one list: its publisher's at any time, everybody's when it is public.
func (s *Service) GetDemandList(ctx context.Context, id string) (api.DemandList, error) {
	doc, err := s.listAt(ctx, id)
	if err == nil && !doc.Body.Public && doc.Body.OrgID != access.From(ctx).OrgID {
		err = access.Hide.Err()
	}
	if err != nil {
		return api.DemandList{}, err
	}
	return s.listView(ctx, doc)
}

// ListDemandsOfList are a list's demands as their reader may see them. One whose issuer's name is not public shows to its issuer alone:
// the list would give the name away.
func (s *Service) ListDemandsOfList(ctx context.Context, id string, limit int, cursor string) (api.DemandPage, error) {
	list, err := s.GetDemandList(ctx, id)
	if err != nil {
		return api.DemandPage{}, err
	}
	a := access.From(ctx)
	q := docstore.Query{Index: "list", Equal: []any{list.Id}, Limit: docstore.PageSize(limit), Cursor: cursor}
	return s.page(ctx, q, s.demands, false, func(d *Demand) bool {
		r := role(a, d)
		return r == Issuer || d.Terms.IssuerPublic && d.Visible(r, a.OrgID)
	})
}

func (s *Service) listView(ctx context.Context, doc docstore.Doc[List]) (api.DemandList, error) {
	l := &doc.Body
	v := api.DemandList{Id: doc.ID, Rev: doc.Rev, OrgId: l.OrgID, OrgName: l.Org, Name: l.Name, Kind: api.DemandListKind(l.Kind), Chain: l.Chain, Note: l.Note, Public: l.Public,
		At: l.At.Time(), Copying: l.DueAt != 0 && !l.Renaming}
	public, err := s.demands.Count(ctx, docstore.Query{Index: "listBoard", Equal: []any{doc.ID, "public"}})
	if err != nil {
		return v, err
	}
	v.PublicCount = int(public)
	if access.From(ctx).OrgID == l.OrgID {
		all, err := s.demands.Count(ctx, docstore.Query{Index: "list", Equal: []any{doc.ID}})
		if err != nil {
			return v, err
		}
		v.Count = int(all)
	}
	return v, nil
}

// CloneDemandList copies a list of the caller's organisation under another name, every item as a new draft. What a crash cuts short the
// clock carries on.
func (s *Service) CloneDemandList(ctx context.Context, id, name string) (api.DemandList, error) {
	doc, err := s.ownList(ctx, id)
	if err != nil {
		return api.DemandList{}, err
	}
	l := doc.Body
	v, err := s.createList(ctx, api.DemandListInput{Name: name, Kind: api.DemandListKind(l.Kind), Chain: l.Chain, Note: l.Note, Public: &l.Public}, doc.ID)
	if err != nil {
		return v, err
	}
	if err := s.carryClone(ctx, v.Id); err != nil {
		s.o.Log.Warn("copying a list is left to the clock", "list", v.Id, "error", err)
	}
	if doc, err = s.lists.Get(ctx, v.Id); err != nil {
		return v, err
	}
	return s.listView(ctx, doc)
}

// carryClone copies what is left to copy. A copy's id follows from its original, so that none is made twice.
func (s *Service) carryClone(ctx context.Context, id string) error {
	doc, err := s.lists.Get(ctx, id)
	if err != nil || doc.Body.DueAt == 0 || doc.Body.Renaming {
		return err
	}
	l := doc.Body
	err = s.demands.Each(ctx, docstore.Query{Index: "list", Equal: []any{l.CloneOf}}, func(d docstore.Doc[Demand]) error {
		copied, err := d.Body.Clone(By{Role: Issuer, UserID: l.UserID, OrgID: l.OrgID, Name: l.Org}, id, l.Name, s.now())
		if err != nil {
			return err
		}
		_, err = s.demands.Insert(ctx, id[:12]+"-"+d.ID, copied)
		if fault.KindOf(err) == fault.Duplicate {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = s.lists.Update(ctx, id, func(tx *docstore.Tx[List]) error {
		tx.Body.DueAt = 0
		return nil
	})
	return err
}

// listsDue takes up copying and renaming that were cut short.
func (s *Service) listsDue(ctx context.Context) (int, error) {
	page, err := s.lists.Find(ctx, docstore.Query{Index: "due", From: when.Instant(1), To: when.At(s.now()) + 1, Limit: 20})
	if err != nil {
		return 0, err
	}
	for _, doc := range page.Items {
		carry, what := s.carryClone, "copied"
		if doc.Body.Renaming {
			carry, what = s.carryName, "renamed"
		}
		if err := carry(ctx, doc.ID); err != nil && ctx.Err() == nil {
			s.o.Log.Error("a list could not be "+what, "list", doc.ID, "error", err)
		}
	}
	return len(page.Items), nil
}

// Clone is a new draft with a demand's terms. Deadline, public codes and files stay with the original.
func (d *Demand) Clone(by By, listID, listName string, now time.Time) (Demand, error) {
	if by.Role != Issuer || by.OrgID != d.IssuerID {
		return Demand{}, fault.New(fault.Forbidden, "", "an organisation copies its own demands")
	}
	t := d.Terms
	t.ListID, t.ListName, t.PlannedDeadline, t.NationalCode = listID, listName, 0, ""
	t.Targets, t.CooperationWays, t.Audience, t.Criteria = slices.Clone(t.Targets), slices.Clone(t.CooperationWays), slices.Clone(t.Audience), slices.Clone(t.Criteria)
	copied, err := New(by, d.Issuer, d.Jurisdiction, t, now)
	copied.IssuerSize = d.IssuerSize
	return copied, err
}

// CloneDemand makes a new draft of one of the caller's demands.
func (s *Service) CloneDemand(ctx context.Context, id string) (api.Demand, error) {
	doc, a, err := s.visible(ctx, id)
	if err != nil {
		return api.Demand{}, err
	}
	copied, err := doc.Body.Clone(by(a, &doc.Body), doc.Body.Terms.ListID, doc.Body.Terms.ListName, s.now())
	if err != nil {
		return api.Demand{}, err
	}
	key, fingerprint := rest.Creation(ctx, s.now())
	made, err := s.demands.Insert(ctx, key, copied, docstore.Fingerprint(fingerprint))
	if err != nil {
		return api.Demand{}, err
	}
	return s.view(ctx, made, a)
}

// BulkEditDemands sets the same values on several drafts of the caller's organisation. Each is a write of its own: what cannot be changed is
// named with the reason, the others are done.
func (s *Service) BulkEditDemands(ctx context.Context, in api.BulkEdit) (api.BulkEditResult, error) {
	out := api.BulkEditResult{Changed: []string{}, Refused: []api.BulkRefusal{}}
	trial := Terms{Chain: in.Set.Chain, District: in.Set.District}
	if err := s.choose(ctx, &trial); err != nil {
		return out, err
	}
	a := access.From(ctx)
	list := Terms{ListName: in.Set.ListName, Chain: trial.Chain}
	if list.ListName != "" {
		org, err := s.o.Organisations.Get(ctx, a.OrgID)
		if err != nil {
			return out, err
		}
		if err := s.ensureList(ctx, org, &list); err != nil {
			return out, err
		}
	}
	for _, id := range in.Ids {
		_, err := s.change(ctx, id, func(tx *docstore.Tx[Demand], by By) error {
			t := tx.Body.Terms
			t.Chain, t.District = cmp.Or(trial.Chain, t.Chain), cmp.Or(trial.District, t.District)
			if list.ListName != "" {
				t.ListID, t.ListName = list.ListID, list.ListName
			}
			t.PlannedDeadline = cmp.Or(when.At(in.Set.PlannedDeadline), t.PlannedDeadline)
			if c := in.Set.Contact; c.Name != "" || c.Phone != "" || c.Email != "" {
				t.Contact = Contact{Name: c.Name, Phone: c.Phone, Email: c.Email}
			}
			if in.Set.Catalogue != nil {
				t.Catalogue = *in.Set.Catalogue
			}
			return tx.Body.Edit(by, tx.Now, t)
		})
		switch kind := fault.KindOf(err); {
		case err == nil:
			out.Changed = append(out.Changed, id)
		case kind == fault.NotFound, kind == fault.Conflict, kind == fault.Forbidden, kind == fault.Invalid:
			out.Refused = append(out.Refused, api.BulkRefusal{Id: id, Code: fault.As(err).Code})
		default:
			return out, err
		}
	}
	return out, nil
}

// ExportDemandList writes a list of the caller's organisation with the template's columns; imported again it changes nothing.
func (s *Service) ExportDemandList(ctx context.Context, id string) (*office.Book, string, error) {
	doc, err := s.ownList(ctx, id)
	if err != nil {
		return nil, "", err
	}
	book, err := s.demandBook(ctx, docstore.Query{Index: "list", Equal: []any{doc.ID}})
	return book, doc.Body.Name, err
}

// demandBook writes demands with the template's columns, so that the file can be imported again, and a few more that are ours.
func (s *Service) demandBook(ctx context.Context, q docstore.Query) (*office.Book, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	all := append(sheetColumns(), office.Column{Title: "本平台编号"}, office.Column{Title: "状态"}, office.Column{Title: "揭榜截止时间"}, office.Column{Title: "代拟", Width: 24})
	var failed error
	b := office.NewBook()
	err = b.Sheet("需求清单", all, func(yield func([]any) bool) {
		n := 0
		failed = s.demands.Each(ctx, q, func(doc docstore.Doc[Demand]) error {
			t := doc.Body.Terms
			t.District, t.Chain = cmp.Or(names.districts[t.District], t.District), cmp.Or(names.chains[t.Chain], t.Chain)
			var row []any
			for _, c := range columns {
				row = append(row, c.write(&t))
			}
			row = append(row, doc.Body.Code, stateNames[doc.Body.State], doc.Body.Deadline.Time(), doc.Body.Drafted.Line())
			if n++; !yield(row) || n >= exportRows {
				return errEnough
			}
			return nil
		})
	})
	if failed != nil && !errors.Is(failed, errEnough) {
		return nil, failed
	}
	return b, err
}
