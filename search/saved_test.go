package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/search/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/rest/resttest"
)

// looked is one round of the job that tells what is new.
func (h *house) looked(t *testing.T) {
	t.Helper()
	lease, held, err := h.db.Lease(t.Context(), "saved searches", h.o.Holder, time.Minute)
	if err != nil || !held {
		t.Fatalf("no lease: %v", err)
	}
	for _, step := range []func() error{func() error { return h.lookAll(t.Context(), lease) }, func() error { return h.tellDue(t.Context()) },
		func() error { return lease.Release(t.Context()) }} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// told waits until the messages that were sent name exactly these titles, each once, and says how many messages there are.
func (h *house) told(t *testing.T, want ...string) int {
	t.Helper()
	messages := 0
	resttest.Eventually(t, func() error {
		var got []string
		messages = 0
		h.sent.Range(func(_, v any) bool {
			messages++
			got = append(got, v.(digest).Params.Titles...)
			return true
		})
		slices.Sort(got)
		slices.Sort(want)
		if n, err := h.pendingMessages(t); err != nil || n > 0 || !slices.Equal(got, want) {
			return fmt.Errorf("told %v, not %v (%d on the way, %w)", got, want, n, err)
		}
		return nil
	})
	return messages
}

func (h *house) pendingMessages(t *testing.T) (int64, error) {
	return docstore.NewRelay(h.db, docstore.RelayOptions{}).Backlog(t.Context())
}

func (h *house) save(t *testing.T, who access.Actor, in api.SavedSearchInput) savedDoc {
	t.Helper()
	if in.Name == "" {
		in.Name = "我的搜索"
	}
	if in.Every == "" {
		in.Every = api.AtOnce
	}
	d, err := h.SaveSearch(access.With(t.Context(), who), rest.NewID(h.now()), "", in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (h *house) publish(t *testing.T, id, title string, change ...func(*api.SearchDocument)) {
	t.Helper()
	d := api.SearchDocument{Id: id, Rev: 1, Title: title, Audience: []string{everybody}, Url: "/demands/" + id,
		Facts: api.Facts{Kind: "rnd", State: "published", PublishedAt: h.now()}}
	for _, c := range change {
		c(&d)
	}
	h.put(t, api.DocumentTypeDemand, d)
}

func TestWhatIsNewIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	h := openStored(t, dir)
	h.publish(t, "old", "轴承寿命预测")
	h.clock.Add(int64(time.Minute))
	h.save(t, member("org1"), api.SavedSearchInput{Name: "轴承", Criteria: api.SearchCriteria{Q: "轴承", Kind: []string{"rnd"}}})
	h.looked(t)
	h.told(t)

	h.clock.Add(int64(time.Minute))
	h.publish(t, "new", "陶瓷轴承批量制造")
	h.publish(t, "other", "伺服电机")
	h.publish(t, "bought", "轴承采购", func(d *api.SearchDocument) { d.Facts.Kind = "supply" })
	h.publish(t, "late", "轴承座", func(d *api.SearchDocument) { d.Facts.PublishedAt = now }) // published before it was saved, indexed after
	h.looked(t)
	h.told(t, "《陶瓷轴承批量制造》")
	h.publish(t, "old", "轴承寿命预测（更正）", func(d *api.SearchDocument) { d.Rev, d.Facts.PublishedAt = 2, now })
	h.publish(t, "new", "陶瓷轴承批量制造，改了标题", func(d *api.SearchDocument) { d.Rev = 2 })
	h.looked(t)
	h.looked(t)
	h.told(t, "《陶瓷轴承批量制造》")
	h.sent.Range(func(_, v any) bool {
		if d := v.(digest); d.Link != "/demands/new" || d.Params.Name != "轴承" || d.Recipients[0].UserID != "u-org1" {
			t.Errorf("%+v", d)
		}
		return true
	})

	// A reindex, and an index that was lost and put again, bring nothing new.
	if err := h.rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.looked(t)
	if err := h.drop(t.Context(), liveIndex); err != nil {
		t.Fatal(err)
	}
	if err := h.define(t.Context(), liveIndex); err != nil {
		t.Fatal(err)
	}
	h.publish(t, "new", "陶瓷轴承批量制造", func(d *api.SearchDocument) { d.Rev = 2 })
	h.publish(t, "old", "轴承寿命预测", func(d *api.SearchDocument) { d.Facts.PublishedAt = now })
	h.looked(t)
	h.told(t, "《陶瓷轴承批量制造》")

	// More than one message names are still told, in one message, and none twice.
	many := make([]api.SearchDocument, 230)
	for i := range many {
		many[i] = api.SearchDocument{Id: fmt.Sprintf("many%03d", i), Rev: 1, Title: fmt.Sprintf("轴承第%03d项", i), Audience: []string{everybody}, Url: "/",
			Facts: api.Facts{Kind: "rnd", PublishedAt: h.now()}}
	}
	h.put(t, api.DocumentTypeDemand, many...)
	for range 3 {
		h.looked(t)
	}
	doc, err := h.ListSaved(access.With(t.Context(), member("org1")))
	if err != nil || len(doc) != 1 || doc[0].Body.Told != 231 || len(doc[0].Body.Settling)+len(doc[0].Body.Waiting) != 0 {
		t.Errorf("%+v %v", doc, err)
	}
}

// TestTellingSurvivesACrash leaves what a crash leaves: a message that was sent and not yet marked as told.
func TestTellingSurvivesACrash(t *testing.T) {
	h := openStored(t, t.TempDir())
	saved := h.save(t, member("org1"), api.SavedSearchInput{Criteria: api.SearchCriteria{Q: "轴承"}})
	h.publish(t, "a", "轴承甲")
	after, err := h.o.Saved.Update(t.Context(), saved.ID, func(tx *docstore.Tx[SavedSearch]) error {
		tx.Body.find([]FoundItem{{Key: "demand_a", Title: "轴承甲", URL: "/demands/a"}}, h.now())
		message, due := tx.Body.tell(h.now())
		if !due {
			t.Error("nothing is due")
		}
		return tx.Emit(searchFound, message)
	})
	if err != nil || len(after.Body.Settling) != 1 {
		t.Fatalf("%+v %v", after, err)
	}
	h.looked(t)
	h.publish(t, "b", "轴承乙")
	h.looked(t)
	if n := h.told(t, "《轴承甲》", "《轴承乙》"); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestADailyDigestComesInTheMorning(t *testing.T) {
	h := openStored(t, t.TempDir()) // noon in Shanghai
	h.save(t, member("org1"), api.SavedSearchInput{Name: "每日", Every: api.Daily, Criteria: api.SearchCriteria{Type: "demand"}})
	for i := range 7 {
		h.publish(t, fmt.Sprint(i), fmt.Sprintf("需求%d", i))
		h.looked(t)
	}
	h.told(t)
	h.clock.Store(int64(20 * time.Hour)) // eight in the morning
	h.looked(t)
	h.told(t)
	h.clock.Store(int64(20*time.Hour + 31*time.Minute))
	h.looked(t)
	if n := h.told(t, "《需求0》", "《需求1》", "《需求2》", "《需求3》", "《需求4》"); n != 1 {
		t.Errorf("%d messages", n)
	}
	h.sent.Range(func(_, v any) bool {
		if d := v.(digest); d.Params.Count != 7 || !d.Params.More || d.Link != "/search?type=demand" {
			t.Errorf("%+v", d)
		}
		return true
	})
}

// TestOnlyWhatThePersonMaySeeIsTold publishes a demand for two organisations.
func TestOnlyWhatThePersonMaySeeIsTold(t *testing.T) {
	h := openStored(t, t.TempDir())
	h.put(t, api.DocumentTypeOrganisation, api.SearchDocument{Id: "org1", Rev: 1, Title: "一号企业", Audience: []string{everybody}, Url: "/o", Match: api.MatchFacts{Verified: true},
		Facts: api.Facts{PublishedAt: now}})
	h.clock.Add(int64(time.Minute))
	for _, who := range []access.Actor{member("org1"), member("org2"), member("org3"), {UserID: "person"}} {
		h.save(t, who, api.SavedSearchInput{Criteria: api.SearchCriteria{Q: "陀螺"}})
	}
	h.publish(t, "secret", "量子陀螺仪", func(d *api.SearchDocument) { d.Audience = []string{"org1", "org2"} })
	h.publish(t, "verified", "光纤陀螺仪", func(d *api.SearchDocument) { d.Audience = []string{verifiedOrgs} })
	h.looked(t)
	h.told(t, "《光纤陀螺仪》", "《量子陀螺仪》", "《量子陀螺仪》") // org1, verified, both; org2, unknown to the index, its own
	// Who left the organisation meanwhile hears only of what is public.
	h.stands.Store(false)
	h.publish(t, "secret2", "激光陀螺仪", func(d *api.SearchDocument) { d.Audience = []string{"org1"} })
	h.publish(t, "open", "微型陀螺仪")
	h.looked(t)
	h.told(t, "《光纤陀螺仪》", "《量子陀螺仪》", "《量子陀螺仪》", "《微型陀螺仪》", "《微型陀螺仪》", "《微型陀螺仪》", "《微型陀螺仪》")
}

func TestSavedSearchesAreThePersonsOwn(t *testing.T) {
	h := openStored(t, t.TempDir())
	mine := access.With(t.Context(), member("org1"))
	theirs := access.With(t.Context(), member("org2"))
	in := api.SavedSearchInput{Name: " 轴承 ", Every: api.AtOnce, Criteria: api.SearchCriteria{Q: "轴承"}}
	saved := h.save(t, member("org1"), in)
	if saved.Body.Name != "轴承" {
		t.Errorf("%+v", saved.Body)
	}
	refused := func(err error, kind fault.Kind) {
		t.Helper()
		if fault.KindOf(err) != kind {
			t.Errorf("%v", err)
		}
	}
	_, err := h.SaveSearch(mine, "again", "", in)
	refused(err, fault.Conflict)
	for _, empty := range []api.SearchCriteria{{}, {Type: "all"}, {Q: "，。"}} {
		_, err = h.SaveSearch(mine, "empty", "", api.SavedSearchInput{Name: "x", Every: api.AtOnce, Criteria: empty})
		refused(err, fault.Invalid)
	}
	_, err = h.EditSaved(theirs, saved.ID, saved.Body.Version, in)
	refused(err, fault.NotFound)
	refused(h.RemoveSaved(theirs, saved.ID), fault.NotFound)

	// Paused it hears nothing, and nothing of that time when it goes on.
	in.Paused = true
	if saved, err = h.EditSaved(mine, saved.ID, saved.Body.Version, in); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(int64(time.Minute))
	h.publish(t, "meanwhile", "轴承甲")
	h.looked(t)
	h.clock.Add(int64(time.Minute))
	in.Paused, in.Every = false, api.Daily
	if saved, err = h.EditSaved(mine, saved.ID, saved.Body.Version, in); err != nil {
		t.Fatal(err)
	}
	h.publish(t, "after", "轴承乙")
	h.looked(t)
	h.told(t)
	// Going over to "at once" does not leave what waits behind.
	if saved, err = h.o.Saved.Get(t.Context(), saved.ID); err != nil || len(saved.Body.Waiting) != 1 {
		t.Fatalf("%+v %v", saved.Body, err)
	}
	in.Every = api.AtOnce
	if saved, err = h.EditSaved(mine, saved.ID, saved.Body.Version, in); err != nil {
		t.Fatal(err)
	}
	h.looked(t)
	h.told(t, "《轴承乙》")
	_, err = h.EditSaved(mine, saved.ID, 1, in)
	refused(err, fault.Stale)

	for i := range maxSaved - 1 {
		h.save(t, member("org1"), api.SavedSearchInput{Criteria: api.SearchCriteria{Q: fmt.Sprintf("轴承%d", i)}})
	}
	_, err = h.SaveSearch(mine, "onemore", "", api.SavedSearchInput{Name: "x", Every: api.AtOnce, Criteria: api.SearchCriteria{Q: "第二十一个"}})
	refused(err, fault.Conflict)

	if err := h.RemoveSaved(mine, saved.ID); err != nil {
		t.Fatal(err)
	}
	refused(h.RemoveSaved(mine, saved.ID), fault.NotFound)
	h.publish(t, "gone", "轴承丙")
	h.looked(t)
	h.told(t, "《轴承乙》")
	gone, err := h.o.Saved.Get(t.Context(), saved.ID)
	if err != nil || gone.Body.Name != "" || !sameCriteria(gone.Body.Criteria, api.SearchCriteria{}) {
		t.Errorf("a removed search keeps %+v", gone.Body)
	}
}

// TestPersonalMatchesSayWhy lets what a person's saved searches ask for count, and only then and only for that person.
func TestPersonalMatchesSayWhy(t *testing.T) {
	h := openStored(t, t.TempDir())
	h.put(t, api.DocumentTypeOrganisation, api.SearchDocument{Id: "org1", Rev: 1, Title: "一号企业", Summary: "做轴承", Audience: []string{everybody}, Url: "/o"})
	for _, chain := range []string{"nev", "robotics"} {
		h.publish(t, chain, "轴承"+chain, func(d *api.SearchDocument) {
			d.Facts.Chain, d.Labels = []string{chain}, map[string]string{"nev": "新能源汽车", "robotics": "机器人"}
		})
	}
	h.save(t, member("org1"), api.SavedSearchInput{Criteria: api.SearchCriteria{Chain: []string{"robotics"}}})
	lists := map[bool]api.MatchList{}
	for _, personal := range []bool{false, true} {
		f, err := h.follows(t.Context(), "u-org1")
		if err != nil {
			t.Fatal(err)
		}
		if !personal {
			f.Chains, f.Categories, f.Districts = nil, nil, nil
		}
		if lists[personal], err = h.MatchDocument(member("org1"), api.DocumentTypeOrganisation, "org1", f, nil, 5); err != nil {
			t.Fatal(err)
		}
	}
	why := func(l api.MatchList) (found []string) {
		for _, m := range l.Items {
			sum := 0.0
			for _, r := range m.Reasons {
				sum += r.Points
				if r.Kind == "personal" {
					found = append(found, m.Id+" "+r.Detail+" "+strings.Join(r.Words, "、"))
				}
			}
			if d := sum - m.Score; d > 1e-9 || d < -1e-9 {
				t.Errorf("%s: %v of %v", m.Id, sum, m.Score)
			}
		}
		return found
	}
	if got := why(lists[false]); got != nil {
		t.Errorf("without being asked: %v", got)
	}
	if got := why(lists[true]); !slices.Equal(got, []string{"robotics 您关注了机器人 机器人"}) || !slices.Equal(lists[true].Follows, []string{"机器人"}) {
		t.Errorf("%v, follows %v", got, lists[true].Follows)
	}
	if f, err := h.follows(context.Background(), "u-other"); err != nil || len(f.Chains) != 0 {
		t.Errorf("another person follows %v, %v", f, err)
	}
}
