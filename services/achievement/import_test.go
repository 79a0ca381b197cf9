package achievement

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"lianbang/services/achievement/api"
	"lianbang/services/achievement/same/sametest"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// table writes a CSV as a spreadsheet program would save it.
func table(t testing.TB, rows ...[]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	must(t, w.WriteAll(rows))
	return b.Bytes()
}

// tableHTTP walks a table through the API: an error at its cell, mended; what is there already proposed, decided, entered.
func tableHTTP(t *testing.T, w *town) {
	c := w.http
	dept, uni := c.As("dept").For(t), c.As("uni").For(t)
	const imports = "/api/v1/achievement-imports"
	p := goodProfile()
	p.Name, p.Ways, p.SourceList = "风电齿轮箱在线油液磨粒监测", []Way{Licence}, ""
	p.IP = []IP{{"invention", "ZL202210000003.4", "granted"}}
	there, err := w.s.CreateAchievement(w.as("dept"), input(t, p))
	must(t, err)
	p.Name, p.IP = "五轴加工中心热误差在线补偿", nil
	public := w.published(p)

	gbk, err := simplifiedchinese.GBK.NewEncoder().Bytes(table(t,
		[]string{"东澜大学2026年可转化成果汇总"},
		[]string{"成果名称*", "学院", "领域", "TRL等级", "专利号", "转化方式", "介绍", "技术背景", "转让价格（万元）", "联系人", "手机", "备注"},
		[]string{"轴承套圈表面缺陷机器视觉检测", "测控学院", "智能检测", "12", "ZL2022 1000 0009", "转让、许可", "视觉检测", "靠人眼", "60", "成果处", "0570-1", ""},
		[]string{"风电齿轮箱油液磨粒监测新方法", "机械学院", "状态监测", "中试", "202210000003.4", "许可", "", "", "面议", "成果处", "0570-1", ""},
		[]string{"5轴加工中心热误差在线补偿技术", "", "", "", "", "许可", "", "", "", "", "", ""},
		[]string{"五轴加工中心热误差在线补偿", "", "", "", "", "", "", "", "", "", "", ""},
		[]string{"三轴加工中心热误差在线补偿", "机械学院", "先进制造", "6", "", "许可", "简介", "问题", "30", "成果处", "0570-1", ""},
		[]string{"轴承套圈表面缺陷的机器视觉检测技术", "", "", "", "", "许可", "", "", "", "", "", ""},
	))
	must(t, err)
	c.For(t).Upload(imports, "成果.csv", gbk, nil).Refused(401, "unauthenticated")
	c.As("firm1").For(t).Upload(imports, "成果.csv", gbk, nil).Refused(403, "forbidden")
	dept.Upload(imports, "成果.csv", []byte("a,b\n1,2\n"), nil).Refused(422, "import.no_header")
	dept.Upload(imports+"?listId=none", "成果.csv", gbk, nil).Refused(404, "not_found")
	var in api.AchievementImport
	dept.Upload(imports, "成果.csv", gbk, nil).Want(201).Into(&in)
	path := imports + "/" + in.Id
	if in.Rows != 6 || in.Counts["error"] != 1 || in.Counts["proposed"] != 4 || in.Counts["new"] != 1 || in.Exact != 1 {
		t.Fatalf("%d rows, %v, %d exact", in.Rows, in.Counts, in.Exact)
	}
	c.As("other").For(t).Get(path).Refused(404, "not_found")
	rows := func() map[int]api.AchievementImportRow {
		var page struct{ Items []api.AchievementImportRow }
		dept.Get(path + "/rows?limit=100").Want(200).Into(&page)
		all := map[int]api.AchievementImportRow{}
		for _, r := range page.Items {
			all[r.Row] = r
		}
		return all
	}
	all := rows()
	if e := all[3].Errors; len(e) != 1 || e[0].Path != "trl" || e[0].Code != "out_of_range" {
		t.Errorf("the level is wrong at its cell: %+v", e)
	}
	if r := all[4]; r.Proposals[0].Id != there.Id || r.Proposals[0].Reason != "same_number" || r.Proposals[0].Exact || len(r.Proposals[0].Changes) != 6 {
		t.Errorf("the same patent: %+v", r.Proposals)
	}
	if r := all[5]; r.Proposals[0].Id != public || r.Proposals[0].Reason != "near_title" || !r.Proposals[0].Versioned || r.Proposals[0].Locked {
		t.Errorf("a published one: %+v", r.Proposals)
	}
	if r := all[6]; !r.Proposals[0].Exact || r.Proposals[0].Id != public {
		t.Errorf("written alike: %+v", r.Proposals)
	}
	if r := all[7]; len(r.Proposals) != 0 {
		t.Errorf("three axes are not five: %+v", r.Proposals)
	}
	if r := all[8]; len(r.Proposals) != 1 || r.Proposals[0].Id != "row:3" {
		t.Errorf("the row above: %+v", r.Proposals)
	}
	dept.Post(path+"/commit", nil).Refused(409, "import.rows_have_errors")
	dept.Put(path+"/rows/3", map[string]any{"cells": map[string]string{"nonsense": "x"}}).Refused(422, "invalid")
	var row api.AchievementImportRow
	dept.Put(path+"/rows/3", map[string]any{"cells": map[string]string{"trl": "8级"}}).Want(200).Into(&row)
	if row.Outcome != "new" || len(row.Errors) != 0 {
		t.Errorf("%+v", row)
	}
	dept.Put(path+"/columns", map[string]any{"columns": []map[string]string{{"field": "department", "header": "学院"}}}).Refused(422, "invalid").Field("columns", "required")
	mapped := []map[string]string{{"field": "name", "header": "成果名称*"}, {"field": "department", "header": "学院"}, {"field": "field", "header": "领域"}, {"field": "trl", "header": "TRL等级"}, {"field": "ip", "header": "专利号"},
		{"field": "ways", "header": "转化方式"}, {"field": "problem", "header": "技术背景"}, {"field": "summary", "header": "介绍"}, {"field": "price", "header": "转让价格（万元）"}, {"field": "contactName", "header": "联系人"}, {"field": "contactPhone", "header": "手机"}}
	dept.Put(path+"/columns", map[string]any{"columns": mapped}).Want(200).Into(&in)
	if all = rows(); all[3].Cells["summary"] != "视觉检测" || all[3].Cells["trl"] != "8级" {
		t.Errorf("another column is read, what was mended stays: %v", all[3].Cells)
	}
	dept.Post(path+"/commit", nil).Refused(409, "import.rows_undecided")
	dept.Post(path+"/decide", map[string]any{"decision": "merge"}).Want(200).Into(&in)
	if in.Exact != 0 || in.Counts["merge"] != 1 || in.Counts["proposed"] != 3 {
		t.Errorf("%+v", in.Counts) // near ones are left to be looked at
	}
	dept.Put(path+"/rows/4", map[string]any{"decision": "merge", "target": "elsewhere"}).Refused(422, "invalid").Field("target", "not_in")
	dept.Put(path+"/rows/7", map[string]any{"decision": "merge"}).Refused(409, "import.nothing_to_merge")
	dept.Put(path+"/rows/4", map[string]any{"decision": "merge", "taken": []string{"trl", "ways"}}).Want(200)
	dept.Put(path+"/rows/5", map[string]any{"decision": "separate"}).Want(200)
	dept.Put(path+"/rows/8", map[string]any{"decision": "merge"}).Want(200)
	dept.Put(path+"/rows/7", map[string]any{"decision": "skip"}).Want(200)

	// What came to be there meanwhile is proposed before anything is entered.
	p.Name, p.IP = "轴承套圈表面缺陷机器视觉检测", nil
	late, err := w.s.CreateAchievement(w.as("uni"), input(t, p))
	must(t, err)
	dept.Post(path+"/commit", nil).Refused(409, "import.rows_undecided")
	_, err = w.s.WithdrawAchievement(w.as("uni"), late.Id, "重复录入")
	must(t, err)

	dept.Post(path+"/commit", nil).Want(202).Into(&in)
	if in.State != "entered" || in.Created != 2 || in.Merged != 3 || in.Entered != 6 {
		t.Fatalf("%+v", in)
	}
	dept.Post(path+"/commit", nil).Want(202) // again is nothing
	dept.Put(path+"/rows/3", map[string]any{"decision": "skip"}).Refused(409, "import.not_ready")
	dept.Post(path+"/discard", nil).Refused(409, "import.not_ready")
	all = rows()
	if all[8].AchievementId != all[3].AchievementId || all[5].AchievementId == public || all[6].AchievementId != public || all[7].AchievementId != "" {
		t.Errorf("%+v", all)
	}
	now, err := w.s.GetAchievement(w.as("dept"), there.Id)
	must(t, err)
	if now.Profile.Trl != 6 || now.Profile.Name != "风电齿轮箱在线油液磨粒监测" || now.Profile.PriceFen == 0 || len(now.Profile.Ip) != 1 {
		t.Errorf("only what was taken changes: %+v", now.Profile)
	}
	if made, err := w.s.GetAchievement(w.as("uni"), all[3].AchievementId); err != nil || made.State != "draft" || made.Profile.Trl != 8 || made.Profile.Ip[0].Kind != "invention" {
		t.Errorf("%+v %v", made, err)
	}
	uni.Get(imports).Want(200)
	uni.Get("/api/v1/achievement-import-template").Want(200)

	// The headings are remembered; the same file once more is all there already.
	uni.Upload(imports, "成果.csv", gbk, nil).Want(201).Into(&in)
	if in.Columns[12].Field != "problem" || in.Columns[12].FoundAs != "技术背景" || in.Counts["new"] != 1 || in.Counts["proposed"] != 4 {
		t.Errorf("%+v", in)
	}
	uni.Post(imports+"/"+in.Id+"/discard", nil).Want(200)
}

// listsHTTP keeps a list: named, filled, published together, cloned, renamed, taken away as files and feeds, taken back.
func listsHTTP(t *testing.T, w *town) {
	c := w.http
	guest, dept, uni, other := c.For(t), c.As("dept").For(t), c.As("uni").For(t), c.As("other").For(t)
	var l api.AchievementList
	other.Post("/api/v1/achievement-lists", map[string]any{"name": "西澜研究院清单"}).Want(201)
	made := dept.Post("/api/v1/achievement-lists", map[string]any{"name": "可转化成果清单", "issue": "2026年第2期", "period": "2026年下半年"}).Want(201)
	made.Into(&l)
	uni.Post("/api/v1/achievement-lists", map[string]any{"name": "可转化成果清单", "issue": "2026年第2期"}).Refused(409, "list.exists")
	path := "/api/v1/achievement-lists/" + l.Id
	guest.Get(path).Refused(404, "not_found") // nothing on it yet
	var ids []string
	p := goodProfile()
	p.Ways = []Way{Licence}
	for _, name := range []string{"污泥微波干化减量", "茶叶膜分离提取工艺", "没有写完的成果"} {
		p.Name = name
		if name == "没有写完的成果" {
			p.Problem = ""
		}
		a, err := w.s.CreateAchievement(w.as("dept"), input(t, p))
		must(t, err)
		ids = append(ids, a.Id)
	}
	foreign := w.foreign(p)
	dept.Post(path+"/items", map[string]any{"ids": append(ids, foreign)}).Refused(422, "invalid").Field("ids[3]", "not_in")
	dept.Post(path+"/items", map[string]any{"ids": ids}).Want(200).Into(&l)
	dept.Post(path+"/items", map[string]any{"ids": ids[:1]}).Want(200).Into(&l)
	if l.Count != 3 || l.States["draft"] != 3 {
		t.Errorf("%+v", l)
	}

	var moved api.AchievementMoved
	move := func(who string, action string, ids []string) api.AchievementMoved {
		moved = api.AchievementMoved{}
		c.As(who).For(t).Post("/api/v1/achievement-moves", map[string]any{"action": action, "ids": ids, "reason": "批量办理"}).Want(200).Into(&moved)
		return moved
	}
	move("dept", "submitAchievement", append(ids, foreign))
	if len(moved.Moved) != 2 || len(moved.Refused) != 2 || moved.Refused[0].Title != "没有写完的成果" || moved.Refused[0].Fields[0].Path != "problem" || moved.Refused[1].Code != "not_found" || moved.Refused[1].Title != "" {
		t.Errorf("%+v", moved)
	}
	for who, action := range map[string]string{"dept": "forwardAchievement", "firm1": "submitAchievement", "uni": "publishAchievement"} {
		if who == "firm1" {
			if move(who, action, ids); len(moved.Moved) != 0 {
				t.Errorf("a firm moved %v", moved.Moved)
			}
			continue
		}
		c.As(who).For(t).Post("/api/v1/achievement-moves", map[string]any{"action": action, "ids": ids}).Refused(403, "forbidden")
	}
	if move("uni", "forwardAchievement", ids[:2]); len(moved.Moved) != 2 {
		t.Errorf("%+v", moved)
	}
	if move("d2", "publishAchievement", ids[:2]); len(moved.Moved) != 0 {
		t.Error("another district publishes")
	}
	if move("d1", "publishAchievement", ids[:2]); len(moved.Moved) != 2 {
		t.Errorf("%+v", moved)
	}

	var page api.AchievementPage
	guest.Get(path).Want(200).Into(&l)
	guest.Get(path + "/items").Want(200).Into(&page)
	if l.Published != 2 || l.Count != 0 || len(page.Items) != 2 || page.Items[0].Profile.Name != "污泥微波干化减量" {
		t.Errorf("%+v %d", l, len(page.Items))
	}
	dept.Get(path + "/items").Want(200).Into(&page)
	if len(page.Items) != 3 {
		t.Errorf("its university sees %d", len(page.Items))
	}
	if feed := string(guest.Get(path + "/feed").Want(200).Body); !strings.Contains(feed, "jsonfeed.org/version/1.1") || !strings.Contains(feed, "茶叶膜分离提取工艺") || strings.Contains(feed, "没有写完") {
		t.Errorf("%s", feed)
	}
	var feed rss
	if err := xml.Unmarshal(guest.Get(path+"/feed?format=rss").Want(200).Body, &feed); err != nil || len(feed.Channel.Items) != 2 || feed.Version != "2.0" {
		t.Errorf("%+v %v", feed, err)
	}

	// The university's own file, brought in again, changes nothing: everything is exact and nothing differs.
	file := dept.Get(path + "/export").Want(200).Body
	var in api.AchievementImport
	dept.Upload("/api/v1/achievement-imports?listId="+l.Id, "again.xlsx", file, nil).Want(201).Into(&in)
	if in.Rows != 3 || in.Exact != 3 || in.Counts["error"] != 0 || in.ListName != "可转化成果清单 2026年第2期" {
		t.Fatalf("%+v", in)
	}
	var rows struct{ Items []api.AchievementImportRow }
	dept.Get("/api/v1/achievement-imports/" + in.Id + "/rows?outcome=proposed").Want(200).Into(&rows)
	for _, r := range rows.Items {
		if len(r.Proposals) == 0 || len(r.Proposals[0].Changes) != 0 {
			t.Errorf("row %d differs: %+v", r.Row, r.Proposals)
		}
	}
	dept.Post("/api/v1/achievement-imports/"+in.Id+"/decide", map[string]any{"decision": "skip"}).Want(200)
	dept.Post("/api/v1/achievement-imports/"+in.Id+"/commit", nil).Refused(409, "import.nothing_left")
	dept.Post("/api/v1/achievement-imports/"+in.Id+"/discard", nil).Want(200)

	// The next issue names the same achievements; a renamed list is still found by what names it.
	var next api.AchievementList
	dept.Post(path+"/clone", map[string]any{"name": "可转化成果清单", "issue": "2027年第1期"}).Want(201).Into(&next)
	if next.Count != 3 || next.Published != 2 {
		t.Errorf("%+v", next)
	}
	other.Post(path+"/clone", map[string]any{"name": "抄来的清单"}).Refused(404, "not_found")
	tag := dept.Get(path).Want(200).ETag()
	dept.Put(path, map[string]any{"name": "新名字清单"}).Refused(428, "precondition_required")
	dept.IfMatch(tag).Put(path, map[string]any{"name": "可转化成果清单", "issue": "2027年第1期"}).Refused(409, "list.exists")
	dept.IfMatch(tag).Put(path, map[string]any{"name": "新名字清单", "issue": "2026年第2期"}).Want(200)
	p = goodProfile()
	p.Name, p.SourceList, p.SourceIssue = "按旧名字归到清单的成果", "可转化成果清单", "2026年第2期"
	named, err := w.s.CreateAchievement(w.as("dept"), input(t, p))
	must(t, err)
	if got, err := w.s.GetAchievement(w.as("dept"), named.Id); err != nil || len(got.Lists) != 1 || got.Lists[0].Id != l.Id {
		t.Errorf("%+v %v", got.Lists, err)
	}
	dept.Delete(path + "/items/" + ids[0]).Want(200).Into(&l)
	if l.Count != 3 || l.Published != 1 {
		t.Errorf("%+v", l)
	}
	var mine struct{ Items []api.AchievementList }
	uni.Get("/api/v1/my-achievement-lists").Want(200).Into(&mine)
	if len(mine.Items) < 3 {
		t.Errorf("%d lists", len(mine.Items))
	}
	if move("uni", "withdrawAchievement", ids[1:2]); len(moved.Moved) != 1 {
		t.Errorf("%+v", moved)
	}
	c.As("uni").For(t).Post("/api/v1/achievement-moves", map[string]any{"action": "withdrawAchievement", "ids": ids}).Refused(422, "invalid").Field("reason", "required")
	dept.Post(path+"/withdraw", map[string]any{"reason": "改由下一期发布"}).Refused(403, "forbidden")
	uni.Post("/api/v1/achievement-lists/"+next.Id+"/withdraw", map[string]any{"reason": "改由下一期发布"}).Want(200)
	guest.Get("/api/v1/achievement-lists/"+next.Id).Refused(404, "not_found")
}

// foreign is a draft of the other university.
func (w *town) foreign(p Profile) string {
	a, err := w.s.CreateAchievement(w.as("other"), input(w.t, p))
	must(w.t, err)
	return a.Id
}

// TestAnImportGoesOn cuts the entering of a table off after some rows and lets the clock go on: each row is entered once.
func TestAnImportGoesOn(t *testing.T) {
	w := newTown(t)
	rows := [][]string{{"成果名称"}}
	for i := range 40 {
		rows = append(rows, []string{fmt.Sprintf("%s第%d号样机的制备", strings.Repeat("氟", i%3+1), i+100)})
	}
	in, err := w.s.ImportAchievements(w.as("dept"), bytes.NewReader(table(t, rows...)), "a.csv", "")
	must(t, err)
	must(t, w.s.lockRows(w.as("dept"), &Import{OrgID: "uni"}, in.Id))
	_, err = w.s.imports.Update(w.as("dept"), in.Id, func(tx *docstore.Tx[Import]) error {
		tx.Body.State, tx.Body.DueAt = ImportEntering, 1
		return nil
	})
	must(t, err)
	doc, err := w.s.imports.Get(w.as("dept"), in.Id)
	must(t, err)
	e := entering{s: w.s, in: &doc.Body, id: in.Id, lists: map[string]string{}}
	cut := errors.New("cut off")
	n := 0
	err = w.s.eachRow(w.as("dept"), in.Id, func(docs []docstore.Doc[ImportRow]) error {
		for _, d := range docs {
			if n++; n > 15 {
				return cut
			}
			must(t, e.row(w.as("dept"), d))
		}
		return nil
	})
	if !errors.Is(err, cut) {
		t.Fatal(err)
	}
	must(t, w.s.RunDue(w.as("dept")))
	after, err := w.s.GetAchievementImport(w.as("dept"), in.Id)
	must(t, err)
	count, err := w.s.achievements.Count(w.as("dept"), docstore.Query{Index: "mine", Equal: []any{"uni"}})
	must(t, err)
	if after.State != "entered" || after.Created != 40 || count != 40 {
		t.Errorf("%+v, %d achievements", after, count)
	}
}

// TestTablesAtOnce enters two tables that hold the same achievement at the same time: one is entered, the other is told what is there now.
func TestTablesAtOnce(t *testing.T) {
	w := newTown(t)
	for i := range 12 {
		file := table(t, []string{"成果名称"}, []string{fmt.Sprintf("第%d代%s涂层的制备", i, strings.Repeat("氟", i%3+1))})
		var ids [2]string
		for n := range ids {
			in, err := w.s.ImportAchievements(w.as("dept"), bytes.NewReader(file), "a.csv", "")
			must(t, err)
			ids[n] = in.Id
		}
		var together sync.WaitGroup
		for _, id := range ids {
			together.Go(func() {
				for {
					_, err := w.s.CommitAchievementImport(w.as("dept"), id)
					if err == nil || codeOf(err) == "import.rows_undecided" {
						return
					}
					if codeOf(err) != "import.another_entering" {
						t.Error(err)
						return
					}
				}
			})
		}
		together.Wait()
		count, err := w.s.achievements.Count(w.as("dept"), docstore.Query{Index: "mine", Equal: []any{"uni"}})
		must(t, err)
		if int(count) != i+1 {
			t.Fatalf("%d achievements after %d pairs of the same table", count, i+1)
		}
	}
}

// TestACutShortTableIsSeenIn passes the gate with a table and stops there: the next one waits until the first is in.
func TestACutShortTableIsSeenIn(t *testing.T) {
	w := newTown(t)
	ctx := w.as("dept")
	first, err := w.s.ImportAchievements(ctx, bytes.NewReader(table(t, []string{"成果名称"}, []string{"深冷处理刀具"})), "a.csv", "")
	must(t, err)
	then, err := w.s.ImportAchievements(ctx, bytes.NewReader(table(t, []string{"成果名称"}, []string{"深冷处理刀具"})), "b.csv", "")
	must(t, err)
	doc, err := w.s.imports.Get(ctx, first.Id)
	must(t, err)
	must(t, w.s.passGate(ctx, &doc.Body, first.Id))
	if _, err := w.s.CommitAchievementImport(ctx, then.Id); codeOf(err) != "import.another_entering" {
		t.Fatal(err)
	}
	w.pass(importPatience + time.Second)
	must(t, w.s.RunDue(ctx))
	if in, err := w.s.GetAchievementImport(ctx, first.Id); err != nil || in.State != "entered" {
		t.Fatalf("%v %v", in.State, err)
	}
	if _, err := w.s.CommitAchievementImport(ctx, then.Id); codeOf(err) != "import.rows_undecided" {
		t.Fatal(err)
	}
}

// TestPlantedImport brings a table with planted duplicates in through the service: what is planted is proposed, nothing is merged or doubled
// without a word. LIANBANG_PROVE=1 takes 5,000 rows over 5,000 that are there, and prints the time and the memory it takes.
func TestPlantedImport(t *testing.T) {
	n, least := 300, 0.96 // of so few, four missed are too many
	if os.Getenv("LIANBANG_PROVE") != "" {
		n, least = 5000, 0.98
	}
	w := newTown(t)
	l := sametest.Plant(31, n)
	ids := make([]string, n)
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	must(t, docstore.Together(places, func(i int) error {
		p := Profile{Name: l.Had[i].Title}
		if l.Had[i].Number != "" {
			p.IP = []IP{{"invention", l.Had[i].Number, "granted"}}
		}
		a, err := New(By{Role: Department, OrgID: "uni"}, "东澜大学", "d1", p, w.now())
		if err == nil {
			ids[i] = fmt.Sprintf("had-%d", i)
			_, err = w.s.achievements.Insert(w.as("uni"), ids[i], a)
		}
		return err
	}))
	rows := [][]string{{"成果名称", "专利号", "成果简介", "解决的问题"}}
	for _, r := range l.Rows {
		rows = append(rows, []string{r.Title, r.Number, strings.Repeat("简介", 60), strings.Repeat("问题", 60)})
	}
	file := table(t, rows...)
	peak := watchHeap(t)
	began := time.Now()
	in, err := w.s.ImportAchievements(w.as("dept"), bytes.NewReader(file), "planted.csv", "")
	must(t, err)
	read := time.Since(began)
	planted, found, wrong, near := 0, 0, 0, 0
	stored := map[int]ImportRow{}
	must(t, w.s.eachRow(w.as("dept"), in.Id, func(docs []docstore.Doc[ImportRow]) error {
		for _, d := range docs {
			stored[d.Body.Row] = d.Body
		}
		return nil
	}))
	byTitle := map[string]int{} // multi-line titles move row numbers; the title finds its row
	for at, r := range stored {
		byTitle[r.Cells["name"]] = at
	}
	for _, r := range l.Rows {
		row := stored[byTitle[r.Title]]
		if row.Decision != "" {
			t.Errorf("row %d was decided by nobody: %s", row.Row, row.Decision)
		}
		switch {
		case r.Of >= 0:
			planted++
			for _, p := range row.Proposals {
				if p.ID == ids[r.Of] {
					found++
				}
			}
		case len(row.Proposals) > 0:
			wrong++
			if r.Near != "" {
				near++
			}
		}
	}
	recall := float64(found) / float64(planted)
	if recall < least {
		t.Errorf("recall %.4f of %d", recall, planted)
	}
	if _, err := w.s.CommitAchievementImport(w.as("dept"), in.Id); fault.KindOf(err) != fault.Conflict {
		t.Errorf("entered with proposals that nobody decided: %v", err)
	}
	before, err := w.s.achievements.Count(w.as("uni"), docstore.Query{Index: "mine", Equal: []any{"uni"}})
	must(t, err)
	if int(before) != n {
		t.Errorf("%d achievements, %d were there", before, n)
	}

	// Decided as a person who knows would, it is entered: as many drafts as there are new things, no more.
	_, err = w.s.DecideAchievementImport(w.as("dept"), in.Id, "merge")
	must(t, err)
	must(t, w.s.eachRow(w.as("dept"), in.Id, func(docs []docstore.Doc[ImportRow]) error {
		for i := range docs {
			if r := &docs[i].Body; r.Outcome == RowProposed {
				r.Decision = RowSeparate
				r.settle()
			}
		}
		return w.s.keepRows(w.as("dept"), docs, false)
	}))
	began = time.Now()
	done, err := w.s.CommitAchievementImport(w.as("dept"), in.Id)
	must(t, err)
	for deadline := time.Now().Add(5 * time.Minute); done.State != "entered"; {
		if time.Now().After(deadline) {
			t.Fatalf("still %d of %d", done.Entered, done.Rows)
		}
		last := done.Entered
		must(t, w.s.RunDue(w.as("dept")))
		done, err = w.s.GetAchievementImport(w.as("dept"), in.Id)
		must(t, err)
		if done.Entered < last {
			t.Errorf("progress went back from %d to %d", last, done.Entered)
		}
	}
	if done.Created+done.Merged != n {
		t.Errorf("%d created and %d merged of %d", done.Created, done.Merged, n)
	}
	t.Logf("%d rows over %d: recall %.4f of %d planted, false proposals %d (of them near-misses %d), false merges 0; read and recognised in %v, entered in %v, heap at most %d MB above before",
		n, n, recall, planted, wrong, near, read.Round(time.Millisecond), time.Since(began).Round(time.Millisecond), peak()>>20)
}

// watchHeap samples the heap until asked for its peak above the beginning.
func watchHeap(t testing.TB) func() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	start := m.HeapAlloc
	var most atomic.Uint64
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				if m.HeapAlloc > start && m.HeapAlloc-start > most.Load() {
					most.Store(m.HeapAlloc - start)
				}
			}
		}
	}()
	return most.Load
}
