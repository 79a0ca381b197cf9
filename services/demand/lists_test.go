package demand

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest/resttest"
)

// TestEveryColumnIsTaken: a column whose cell is read is also put over a demand that is there.
func TestEveryColumnIsTaken(t *testing.T) {
	cells := map[string]string{}
	for _, c := range columns {
		switch {
		case len(c.choices) > 0:
			cells[c.field] = c.choices[len(c.choices)-1]
		case c.field == "budget":
			cells[c.field] = "300"
		case c.field == "plannedDeadline":
			cells[c.field] = "2026-12-31"
		default:
			cells[c.field] = "7"
		}
	}
	row, wrong, _ := readCells(cells)
	if len(wrong) > 0 {
		t.Fatalf("%v", wrong)
	}
	found := map[string]string{}
	for _, c := range columns {
		found[c.field] = c.header
	}
	merged, changes := merge(Terms{Kind: RND, Mode: Open, Public: true, IssuerPublic: true}, row, found)
	for _, c := range columns {
		if got, want := cellText(c.write(&merged)), cellText(c.write(&row)); got != want {
			t.Errorf("%s is %q, not %q", c.field, got, want)
		}
	}
	if again, left := merge(merged, row, found); len(left) > 0 || len(changes) < 10 {
		t.Errorf("%v of %+v", left, again)
	}
	delete(found, "title")
	if kept, _ := merge(Terms{Title: "原名", Kind: RND, Mode: Open}, row, found); kept.Title != "原名" {
		t.Error("a column the file has not was changed")
	}
}

func listScenario(t *testing.T, w *town) {
	c := w.http.For(t)
	leader, rival, guest := c.As("leader"), c.As("rival"), c
	in := map[string]any{"name": "2027年机床主轴配套清单", "kind": "matching", "chain": "c1", "note": "季度更新"}
	guest.Post("/api/v1/demand-lists", in).Refused(401, "unauthenticated")
	c.As("uni").Post("/api/v1/demand-lists", in).Refused(403, "forbidden")
	c.As("new").Post("/api/v1/demand-lists", in).Refused(403, "org.not_verified")
	var list api.DemandList
	made := leader.Post("/api/v1/demand-lists", in).Want(201)
	made.Into(&list)
	leader.Post("/api/v1/demand-lists", in).Refused(409, "list.exists")
	path := "/api/v1/demand-lists/" + list.Id
	rival.IfMatch(made.ETag()).Put(path, map[string]any{"kind": "matching", "public": false}).Refused(404, "not_found")
	leader.Put(path, map[string]any{"kind": "matching", "public": false}).Refused(428, "precondition_required")
	edited := leader.IfMatch(made.ETag()).Put(path, map[string]any{"kind": "procurement", "chain": "c1", "public": false}).Want(200)
	rival.Get(path).Refused(404, "not_found")
	leader.IfMatch(edited.ETag()).Put(path, map[string]any{"kind": "matching", "chain": "c1", "public": true}).Want(200)
	guest.Get(path).Want(200)

	// In by a spreadsheet with the firm's own words, which are told once and known from then on.
	header := []string{"物料号", "零件名", "所属产业链", "需求类型", "采购数量", "计量单位", "备注"}
	file := sheet(t, header, []any{"A-1", "主轴轴承座", "高端装备", "采购", "1200", "件", "x"}, []any{"A-2", "拉刀机构", "高端装备", "采购", "300", "套", ""})
	leader.Upload("/api/v1/demand-imports?listId=nothing", "a.xlsx", file, nil).Refused(404, "not_found")
	leader.Upload("/api/v1/demand-imports?listId="+list.Id, "a.xlsx", file, nil).Refused(422, "import.no_header")
	named := slices.Clone(header)
	named[1] = "需求名称"
	file = sheet(t, named, []any{"A-1", "主轴轴承座", "高端装备", "采购", "1200", "件", "x"}, []any{"A-2", "拉刀机构", "高端装备", "采购", "300", "套", ""})
	var s api.ImportSession
	leader.Upload("/api/v1/demand-imports?listId="+list.Id, "a.xlsx", file, nil).Want(201).Into(&s)
	if s.NewRows != 2 || !slices.Equal(s.UnknownColumns, []string{"物料号", "备注"}) || s.ListName != list.Name {
		t.Fatalf("%+v", s)
	}
	at := "/api/v1/demand-imports/" + s.Id
	mapping := map[string]any{"columns": []map[string]any{}}
	for _, col := range s.Columns {
		if col.FoundAs != "" {
			mapping["columns"] = append(mapping["columns"].([]map[string]any), map[string]any{"field": col.Field, "header": col.FoundAs})
		}
	}
	leader.Put(at+"/columns", map[string]any{"columns": []map[string]any{{"field": "itemNumber", "header": "物料号"}}}).Refused(422, "invalid").Field("columns", "required")
	mapping["columns"] = append(mapping["columns"].([]map[string]any), map[string]any{"field": "itemNumber", "header": "物料号"})
	rival.Put(at+"/columns", mapping).Refused(404, "not_found")
	s = api.ImportSession{}
	leader.Put(at+"/columns", mapping).Want(200).Into(&s)
	if !slices.Equal(s.UnknownColumns, []string{"备注"}) || s.NewRows != 2 {
		t.Fatalf("%+v", s)
	}
	leader.Post(at+"/commit", nil).Want(202).Into(&s)
	w.carried(leader, &s)
	leader.Put(at+"/columns", mapping).Refused(409, "import.not_ready")

	var items api.DemandPage
	leader.Get(path + "/demands").Want(200).Into(&items)
	if len(items.Items) != 2 {
		t.Fatalf("%d demands are on the list", len(items.Items))
	}
	first := items.Items[slices.IndexFunc(items.Items, func(d api.Demand) bool { return d.ItemNumber == "A-1" })]
	if first.Quantity != 1200 || first.ListId != list.Id {
		t.Errorf("%+v", first)
	}
	items = api.DemandPage{}
	guest.Get(path + "/demands").Want(200).Into(&items)
	if len(items.Items) != 0 {
		t.Error("a guest reads drafts on a list")
	}

	// Out and in again: no difference.
	export := leader.Get(path + "/export").Want(200)
	rival.Get(path+"/export").Refused(404, "not_found")
	var again api.ImportSession
	leader.Upload("/api/v1/demand-imports?listId="+list.Id, "b.xlsx", export.Body, nil).Want(201).Into(&again)
	if again.UnchangedRows != 2 || again.NewRows+again.ChangedRows+again.ConflictRows+again.ErrorRows != 0 {
		t.Errorf("the round trip shows a difference: %+v", again)
	}
	leader.Post("/api/v1/demand-imports/"+again.Id+"/discard", nil).Want(200)

	// The next quarter's file, in the firm's own words: one changed, one new, one that is published by now and differs.
	open := w.openOn(t, list.Name, "A-9")
	header[1] = "需求名称"
	file = sheet(t, header, []any{"A-1", "主轴轴承座", "高端装备", "采购", "1500", "件", ""}, []any{"A-2", "拉刀机构", "高端装备", "采购", "300", "套", ""},
		[]any{"A-3", "打刀缸", "高端装备", "采购", "80", "件", ""}, []any{"A-9", "已改的名称", "高端装备", "采购", "80", "件", ""})
	s = api.ImportSession{}
	leader.Upload("/api/v1/demand-imports?listId="+list.Id, "c.xlsx", file, nil).Want(201).Into(&s)
	if s.NewRows != 1 || s.ChangedRows != 1 || s.UnchangedRows != 1 || s.ConflictRows != 1 || s.ErrorRows != 1 {
		t.Fatalf("%+v", s)
	}
	at = "/api/v1/demand-imports/" + s.Id
	var rows struct{ Items []api.ImportRow }
	leader.Get(at + "/rows").Want(200).Into(&rows)
	for _, r := range rows.Items {
		if r.Cells["itemNumber"] == "A-1" && (len(r.Changes) != 1 || r.Changes[0].Path != "quantity" || r.Changes[0].Before[0] != "1200" || r.TargetId != first.Id) {
			t.Errorf("%+v", r)
		}
		if r.Cells["itemNumber"] == "A-9" {
			leader.Put(at+"/rows/"+itoa(r.Row), map[string]any{"skipped": true}).Want(200)
		}
	}
	leader.Post(at+"/commit", nil).Want(202).Into(&s)
	w.carried(leader, &s)
	var changed api.Demand
	leader.Get("/api/v1/demands/" + first.Id).Want(200).Into(&changed)
	leader.Get(path + "/demands").Want(200).Into(&items)
	if changed.Quantity != 1500 || len(items.Items) != 4 {
		t.Errorf("%d of %d items", changed.Quantity, len(items.Items))
	}

	// What is public on it is found by everybody, under its publisher's name.
	var lists api.DemandListPage
	guest.Get("/api/v1/demand-lists?chain=c1&kind=matching").Want(200).Into(&lists)
	if len(lists.Items) != 1 || lists.Items[0].PublicCount != 1 || lists.Items[0].Count != 0 {
		t.Errorf("%+v", lists.Items)
	}
	var shown api.DemandPage
	guest.Get(path + "/demands").Want(200).Into(&shown)
	if len(shown.Items) != 1 || shown.Items[0].Id != open {
		t.Errorf("%+v", shown.Items)
	}
	lists = api.DemandListPage{}
	leader.Get("/api/v1/my-demand-lists").Want(200).Into(&lists)
	if i := slices.IndexFunc(lists.Items, func(l api.DemandList) bool { return l.Id == list.Id }); i < 0 || lists.Items[i].Count != 4 {
		t.Errorf("%+v", lists.Items)
	}

	// Several at once, a copy of one, a copy of all.
	var done api.BulkEditResult
	bulk := map[string]any{"ids": []string{first.Id, open, "nothing"}, "set": map[string]any{"chain": "新材料", "contact": map[string]any{"name": "陈工", "phone": "1"}}}
	leader.Post("/api/v1/my-demands/bulk-edit", bulk).Want(200).Into(&done)
	leader.Get("/api/v1/demands/" + first.Id).Want(200).Into(&changed)
	if !slices.Equal(done.Changed, []string{first.Id}) || len(done.Refused) != 2 || changed.Chain != "c2" || changed.Contact.Name != "陈工" || changed.Quantity != 1500 {
		t.Errorf("%+v", done)
	}
	var copied api.Demand
	rival.Post("/api/v1/demands/"+open+"/clone", nil).Refused(403, "forbidden")
	leader.Post("/api/v1/demands/"+open+"/clone", nil).Want(201).Into(&copied)
	if copied.State != "draft" || copied.Code != "" || copied.ListId != list.Id {
		t.Errorf("%+v", copied)
	}
	var next api.DemandList
	rival.Post(path+"/clone", map[string]any{"name": "x"}).Refused(404, "not_found")
	leader.Post(path+"/clone", map[string]any{"name": "2027年二季度主轴配套清单"}).Want(201).Into(&next)
	if next.Count != 5 || next.PublicCount != 0 || next.Kind != list.Kind || next.Copying {
		t.Errorf("%+v", next)
	}
}

// openOn publishes a supply demand of the leader's on a list, under a number of its own.
func (w *town) openOn(t *testing.T, list, number string) string {
	in := inputFor(api.Supply, api.Open)
	in.ListName, in.ItemNumber = list, number
	path := w.openFor(t, in, w.now().Add(10*24*time.Hour))
	return path[len("/api/v1/demands/"):]
}

// TestRoundTrip writes demands with everything an author can say into a workbook and reads them back: nothing differs.
func TestRoundTrip(t *testing.T) {
	w := newTown(t)
	ctx := w.as("leader")
	for _, kind := range []api.DemandKind{api.Rnd, api.Supply, api.Scenario, api.Project, api.Service} {
		in := inputFor(kind, api.Open)
		in.ItemNumber, in.ListName = "N-"+string(kind), "全部字段"
		in.Brief, in.Content, in.IpTerms, in.BidConditions = "一句话，带“引号”", "第一行\n第二行", "归双方", "=须有资质"
		in.Targets, in.BudgetFen = append(in.Targets, "节拍≤30s"), 123_456_789
		in.PlannedDeadline = time.Date(2027, 3, 1, 9, 30, 0, 0, time.UTC)
		in.Contact.Email = "a@b.cn"
		_, err := w.s.CreateDemand(ctx, in)
		must(t, err)
	}
	id := listIDOf("leader", "全部字段")
	for range 2 {
		book, _, err := w.s.ExportDemandList(ctx, id)
		must(t, err)
		var file bytes.Buffer
		_, err = book.WriteTo(&file)
		must(t, err)
		s, err := w.s.ImportDemands(ctx, &file, "a.xlsx", id)
		must(t, err)
		if s.UnchangedRows != 5 || s.RowCount != 5 || s.ErrorRows != 0 {
			rows, _, err := w.s.ListImportRows(ctx, s.Id, false, 10, "")
			must(t, err)
			for _, r := range rows {
				t.Logf("%s %s %+v %+v", r.Cells["itemNumber"], r.Outcome, r.Changes, r.Errors)
			}
			t.Fatalf("%+v", s)
		}
		_, err = w.s.CommitImport(ctx, s.Id)
		must(t, err)
	}
	if n, err := w.s.demands.Count(context.Background(), docstore.Query{Index: "list", Equal: []any{id}}); err != nil || n != 5 {
		t.Errorf("%d demands, %v", n, err)
	}
}

// TestRenamingAList keeps id, address and items; a name, present or former, leads to it and to nothing else.
func TestRenamingAList(t *testing.T) {
	w := newTown(t)
	leader, c := w.as("leader"), w.http.As("leader").For(t)
	in := goodInput()
	in.ListName, in.ItemNumber = "2026年配套清单", "A-1"
	d, err := w.s.CreateDemand(leader, in)
	must(t, err)
	path := "/api/v1/demand-lists/" + d.ListId
	rename := func(name string) *resttest.Answer {
		return c.IfMatch(c.Get(path).Want(200).ETag()).Put(path, map[string]any{"name": name, "kind": "matching", "public": true})
	}
	other, err := w.s.CreateDemandList(leader, api.DemandListInput{Name: "另一份清单", Kind: api.Matching})
	must(t, err)
	rename("另一份清单").Refused(409, "list.exists")
	var list api.DemandList
	rename(" 2027年配套清单 ").Want(200).Into(&list)
	if list.Id != d.ListId || list.Name != "2027年配套清单" || list.Copying || list.Count != 1 {
		t.Fatalf("%+v", list)
	}
	if d, err = w.s.GetDemand(leader, d.Id); err != nil || d.ListName != list.Name || d.ListId != list.Id {
		t.Errorf("its item is on %q, %v", d.ListName, err)
	}
	for _, name := range []string{"2026年配套清单", "2027年配套清单"} { // what a file still calls it
		in.ListName, in.ItemNumber = name, ""
		more, err := w.s.CreateDemand(leader, in)
		must(t, err)
		if more.ListId != list.Id || more.ListName != list.Name {
			t.Errorf("under %q it is on %q", name, more.ListName)
		}
		in.ListName = "另一份清单"
		at := "/api/v1/demands/" + more.Id
		c.IfMatch(c.Get(at).Want(200).ETag()).Put(at, in).Want(200).Into(&more)
		if more.ListId != other.Id {
			t.Errorf("moved to %q", more.ListName)
		}
		if _, err := w.s.CreateDemandList(leader, api.DemandListInput{Name: name, Kind: api.Matching}); fault.As(err).Code != "list.exists" {
			t.Errorf("%q is another list's: %v", name, err)
		}
		alias, err := w.s.GetDemandList(w.as(""), listIDOf("leader", name))
		if err != nil || alias.Id != list.Id {
			t.Errorf("the address of %q: %v", name, err)
		}
	}
	if mine, err := w.s.ListMyDemandLists(leader, 10, ""); err != nil || len(mine.Items) != 2 {
		t.Errorf("%d lists, %v", len(mine.Items), err)
	}
	rename("2026年配套清单").Want(200) // back

	// Cut short after the list's own write: the clock renames the items.
	_, err = w.s.lists.Update(leader, list.Id, func(tx *docstore.Tx[List]) error {
		tx.Body.Name, tx.Body.Renaming, tx.Body.DueAt = "2027年配套清单", true, 1
		return nil
	})
	must(t, err)
	w.open()
	w.due()
	if d, err = w.s.GetDemand(leader, d.Id); err != nil || d.ListName != "2027年配套清单" {
		t.Errorf("carried on: %q, %v", d.ListName, err)
	}
}
