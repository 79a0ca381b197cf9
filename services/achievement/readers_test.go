package achievement

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"lianbang/services/achievement/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/docstore"
)

// readersHTTP has firms look at an achievement: its university reads how many of which kind, and never of fewer than the settings say.
func readersHTTP(t *testing.T, w *town, id string) {
	c := w.http
	path := "/api/v1/achievements/" + id
	var r api.AchievementReaders
	c.For(t).Get(path+"/readers").Refused(401, "unauthenticated")
	for _, who := range []string{"firm1", "city", "other"} { // another university too
		c.As(who).For(t).Get(path+"/readers").Refused(403, "forbidden")
	}
	c.As("dept").For(t).Get(path + "/readers").Want(200).Into(&r)
	if !r.Few || r.Firms != 0 || len(r.Kinds)+len(r.Districts)+len(r.Tiers)+len(r.Sectors) != 0 {
		t.Errorf("one firm looked, and its university knows %+v", r)
	}
	for i := range 4 {
		name := fmt.Sprintf("reader%d", i)
		w.org(name, "读者"+name, access.SME)
		o := w.orgs[name]
		o.Industry, o.Tier = "C3562", "specialised"
		w.orgs[name] = o
		for range 2 { // twice is once
			c.As(name).For(t).Post(path+"/views", nil).Want(204)
		}
	}
	c.As("dept").For(t).Get(path + "/readers").Want(200).Into(&r)
	if r.Few || r.Firms != 5 || r.Readings != 10 || len(r.Sectors) != 1 || r.Sectors[0].Key != "35" || r.Sectors[0].Count != 4 || r.Districts[0].Name != "澜江区" {
		t.Errorf("five firms looked: %+v", r)
	}
	doc, err := w.s.views.Get(w.as(""), id)
	must(t, err)
	if doc.Body.Firms != 5 || bytes.Contains(fmt.Append(nil, doc.Body), []byte("reader1")) {
		t.Errorf("what is stored names a reader, or counts %d firms", doc.Body.Firms)
	}
	var bench api.AchievementWorkbench
	c.As("firm1").For(t).Get("/api/v1/achievement-workbench").Refused(403, "forbidden")
	c.As("uni").For(t).Get("/api/v1/achievement-workbench").Want(200).Into(&bench)
	if len(bench.Items) == 0 || bench.Items[0].Id != id || bench.Items[0].Readings != 10 || bench.Readers.Firms != 5 || bench.States["published"] == 0 {
		t.Errorf("%+v", bench)
	}
	c.As("other").For(t).Get("/api/v1/achievement-workbench").Want(200).Into(&bench)
	if len(bench.Items) != 0 || bench.Readers.Readings != 0 {
		t.Error("a university reads another's counts")
	}
}

// TestFolded holds that no figure, and nothing that follows from a figure and the others, stands for fewer than the least.
func TestFolded(t *testing.T) {
	for _, c := range []struct {
		counts map[string]int
		want   string
	}{
		{map[string]int{}, ""},
		{map[string]int{"a": 5, "b": 3}, "a5 b3"},
		{map[string]int{"a": 5, "b": 2, "c": 1}, "a5 +3"},
		{map[string]int{"a": 5, "b": 4, "c": 1}, "a5 +5"}, // one alone would be known from the sum
		{map[string]int{"a": 2}, ""},
		{map[string]int{"a": 4, "b": 1}, "+5"},
	} {
		got := ""
		for _, g := range folded(c.counts, 3) {
			if got != "" {
				got += " "
			}
			if g.Folded {
				got += "+"
			}
			got += fmt.Sprint(g.Key, g.Count)
		}
		if got != c.want {
			t.Errorf("%v is shown as %q, not %q", slices.Sorted(maps.Keys(c.counts)), got, c.want)
		}
	}
}

// TestAYearOfReaders counts an organisation once a year and forgets the year's marks with the year.
func TestAYearOfReaders(t *testing.T) {
	v, o := Views{}, Organisation{ID: "firm", District: "d1", Industry: "C3562", Capacities: []access.Capacity{access.SME}}
	at := time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)
	v.add(o, at, "salt")
	v.add(o, at, "other salt")
	v.add(Organisation{}, at, "salt")
	if v.Firms != 1 || v.Total != 3 || v.BySector["35"] != 1 {
		t.Errorf("%+v", v)
	}
	marks := v.Marks
	v.add(o, at.AddDate(0, 0, 1), "next salt")
	if v.Firms != 1 || v.Total != 4 || len(v.Marks) != 1 || v.Marks[0] == marks[0] {
		t.Errorf("the next year keeps what it should forget: %+v", v)
	}
}

// TestSettingsTouch previews a change: what stands in notice keeps its days, what is not handed in is held to the new cap.
func TestSettingsTouch(t *testing.T) {
	w := newTown(t)
	w.published(goodProfile()) // with its open licence in notice
	_, err := w.s.CreateAchievement(w.as("uni"), input(t, goodProfile()))
	must(t, err)
	s := DefaultSettings()
	preview, err := w.s.PreviewAchievementSettings(w.as("city"), api.AchievementSettingsInput{AgreementNoticeDays: 15, ListingNoticeDays: 20, OpenNoticeDays: 30, OpenFeeCapFen: 10_000_00,
		OpenRoyaltyCapBp: s.OpenRoyaltyCapBP, TrialDays: s.TrialDays, InventorShareBp: s.InventorShareBP, ServedTarget: 1, Reason: "看影响"})
	must(t, err)
	if preview.Looked != 2 || preview.Changes != 1 || preview.Keeps != 2 {
		t.Fatalf("%+v", preview)
	}
	if t0 := preview.Items[0]; t0.Field != "openFeeCapFen" || t0.Before != "met" || t0.After != "unmet" || t0.State != "draft" {
		t.Errorf("%+v", t0)
	}
	book, err := w.s.settings.Doc(w.as("city"))
	must(t, err)
	if len(book.Body.Versions) != 1 {
		t.Error("a preview changed the settings")
	}
}

// TestListsCountThemselves keeps a list's counts while its achievements move, also by steps that no request takes.
func TestListsCountThemselves(t *testing.T) {
	w := newTown(t)
	p := goodProfile()
	p.SourceList = "走动的清单"
	id := w.published(p)
	lists, err := w.s.ListMyAchievementLists(w.as("uni"))
	must(t, err)
	if l := lists[0]; l.Published != 1 || l.Count != 1 || l.States["published"] != 1 {
		t.Fatalf("%+v", l)
	}
	_, err = w.s.achievements.Update(w.as("uni"), id, func(tx *docstore.Tx[Achievement]) error {
		must(t, tx.Body.Hold(firm(1), tx.Now, Hold{DealID: "d", OrgID: "firm1", Way: Transfer, Exclusive: true}))
		return tx.Body.Settle(tx.Now, "d")
	})
	must(t, err)
	doc, err := w.s.achievements.Get(w.as("uni"), id)
	must(t, err)
	must(t, w.s.keepEntries(w.as("uni"), doc))
	lists, err = w.s.ListMyAchievementLists(w.as("uni"))
	must(t, err)
	if l := lists[0]; l.Published != 1 || l.States["transferred"] != 1 || l.States["published"] != 0 {
		t.Errorf("%+v", l)
	}
}
