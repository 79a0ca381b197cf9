package demand

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

func TestPeriodDeadline(t *testing.T) {
	s := DefaultSettings()
	for period, want := range map[string]string{
		"2026Q1": "2026-06-25 17:00", "2026Q2": "2026-09-25 17:00", "2026Q3": "2026-12-25 17:00", "2026Q4": "2027-03-25 17:00", // the national platform's own examples
		"2026H1": "2026-09-25 17:00", "2026H2": "2027-03-25 17:00",
	} {
		got, ok := PeriodDeadline(period, s)
		if text := got.In(when.China).Format("2006-01-02 15:04"); !ok || text != want {
			t.Errorf("%s: %s, want %s", period, text, want)
		}
	}
	s.IssueDeadlineDay = 20
	if got, _ := PeriodDeadline("2026Q1", s); got.In(when.China).Day() != 20 {
		t.Errorf("the settings' day is not followed: %v", got)
	}
	for _, bad := range []string{"", "2026", "2026Q5", "2026H3", "1926Q1", "2026q1", "2026Q1 "} {
		if _, ok := PeriodDeadline(bad, s); ok {
			t.Errorf("%q is a period", bad)
		}
	}
}

func TestFits(t *testing.T) {
	at := func(day string) when.Instant {
		d, err := time.ParseInLocation(time.DateOnly, day, when.China)
		must(t, err)
		return when.At(d)
	}
	for name, c := range map[string]struct {
		period string
		d      Demand
		code   string
	}{
		"approved and offered":         {"2026Q2", Demand{State: Approved, Terms: Terms{Kind: Supply, Catalogue: true}}, ""},
		"approved, not offered":        {"2026Q2", Demand{State: Approved, Terms: Terms{Kind: RND}}, "issue.not_offered"},
		"still reviewed":               {"2026Q2", Demand{State: Submitted, Terms: Terms{Kind: RND, Catalogue: true}}, "issue.not_approved"},
		"procurement in a half-year":   {"2026H1", Demand{State: Approved, Terms: Terms{Kind: Supply, Catalogue: true}}, "issue.research_only"},
		"published in the period":      {"2026Q2", Demand{State: Published, PublishedAt: at("2026-06-30"), Terms: Terms{Kind: RND}}, ""},
		"published on its first day":   {"2026Q2", Demand{State: Awarded, PublishedAt: at("2026-04-01"), Terms: Terms{Kind: RND}}, ""},
		"published the day before":     {"2026Q2", Demand{State: Published, PublishedAt: at("2026-03-31"), Terms: Terms{Kind: RND}}, "issue.other_period"},
		"published the day after":      {"2026Q2", Demand{State: Published, PublishedAt: at("2026-07-01"), Terms: Terms{Kind: RND}}, "issue.other_period"},
		"published in the half of two": {"2026H1", Demand{State: Published, PublishedAt: at("2026-03-31"), Terms: Terms{Kind: RND}}, ""},
	} {
		got := ""
		if err := Fits(c.period, &c.d); err != nil {
			got = fault.As(err).Code
		}
		if got != c.code {
			t.Errorf("%s: %q, want %q", name, got, c.code)
		}
	}
}

// TestIssueStates tries every action in every state.
func TestIssueStates(t *testing.T) {
	now := day0
	in := func(state IssueState) *Issue {
		i, err := NewIssue("2026Q4", "", "", "u", now)
		must(t, err)
		must(t, i.Add(AddIssueItems, []string{"a", "b"}, "u", now))
		if state == IssueDropped {
			must(t, i.Drop("不办", "u", now))
		}
		if state == Publishing || state == IssuePublished {
			must(t, i.Begin(now.Add(time.Hour), []string{"2026Q4-0001", "2026Q4-0002"}, nil, "u", now))
		}
		if state == IssuePublished {
			i.Settle("a", "leader", "")
			i.Settle("b", "leader", "demand.wrong_state")
			must(t, i.Conclude(now))
		}
		return &i
	}
	actions := map[Action]func(i *Issue) error{
		EditIssue:       func(i *Issue) error { return i.Edit(IssueEdit{Title: "新"}, "u", now) },
		AddIssueItems:   func(i *Issue) error { return i.Add(AddIssueItems, []string{"c"}, "u", now) },
		RemoveIssueItem: func(i *Issue) error { return i.Remove("a", "重复", "u", now) },
		DropIssue:       func(i *Issue) error { return i.Drop("不办", "u", now) },
		PublishIssue:    func(i *Issue) error { return i.Begin(now.Add(time.Hour), []string{"1", "2"}, nil, "u", now) },
	}
	for name, act := range actions {
		for _, state := range []IssueState{Collecting, Publishing, IssuePublished, IssueDropped} {
			err := act(in(state))
			if allowed := err == nil; allowed != (state == Collecting) {
				t.Errorf("%s while %s: %v", name, state, err)
			}
		}
	}
	if err := in(Publishing).Conclude(now); fault.KindOf(err) != fault.Conflict {
		t.Errorf("an issue ends with items undone: %v", err)
	}
	i := in(Collecting)
	must(t, i.Add(AddIssueItems, []string{"a"}, "u", now))
	if len(i.Items) != 2 {
		t.Error("an item is on the issue twice")
	}
	if err := i.Begin(now.Add(time.Hour), []string{"1"}, nil, "u", now); fault.As(err).Code != "issue.changed" {
		t.Errorf("numbers that do not match the items: %v", err)
	}
	if err := i.Begin(now, []string{"1", "2"}, nil, "u", now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a deadline that is past: %v", err)
	}
	if err := i.Remove("a", "", "u", now); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an item is taken off without a reason: %v", err)
	}
	told := in(IssuePublished)
	telling := told.DueAt != 0
	told.Told("next")
	telling = telling && told.DueAt != 0
	told.Told("")
	if i.DueAt != 0 || in(Publishing).DueAt == 0 || !telling || told.DueAt != 0 {
		t.Error("the clock looks at an issue exactly while it is being published and told of")
	}
}

func (w *town) approved(change func(*api.DemandInput)) string {
	w.t.Helper()
	in := goodInput()
	in.Catalogue = true
	if change != nil {
		change(&in)
	}
	d, err := w.s.CreateDemand(w.as("leader"), in)
	must(w.t, err)
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(w.t, err)
	_, err = w.s.ApproveDemand(w.as("city"), d.Id, "")
	must(w.t, err)
	return d.Id
}

// issueScenario takes an issue from its collection to print.
func issueScenario(t *testing.T, w *town) {
	city, guest := w.http.As("city"), w.http
	period := quarter(w.now())
	path := "/api/v1/issues/" + period
	offered, mine := w.approved(nil), w.approved(func(in *api.DemandInput) { in.Catalogue = false })
	limited := w.approved(func(in *api.DemandInput) {
		no := false
		in.Title, in.DemandPublic, in.AudienceOrgIds = "定向的高温合金", &no, []string{"sme1"}
	})
	already := w.published()

	for _, who := range []string{"", "leader", "sme0", "d1"} {
		c := guest
		if who != "" {
			c = guest.As(who)
		}
		if got := c.For(t).Post("/api/v1/issues", map[string]any{"period": period}); got.Status != 401 && got.Status != 403 {
			t.Errorf("%q opens an issue: %d", who, got.Status)
		}
	}
	c := city.For(t)
	c.Post("/api/v1/issues", map[string]any{"period": "2026Q9"}).Refused(422, "invalid")
	c.Post("/api/v1/issues", map[string]any{"period": period, "note": "本期目录"}).Want(201)
	c.Post("/api/v1/issues", map[string]any{"period": period}).Refused(409, "issue.exists")
	guest.For(t).Get(path).Refused(404, "not_found")
	c.Post(path+"/publish", map[string]any{}).Refused(409, "issue.empty")
	c.Post(path+"/items", map[string]any{"demandIds": []string{offered, mine}}).Refused(422, "invalid").Field("demandIds.1", "issue.not_offered")
	c.Post(path+"/items", map[string]any{"demandIds": []string{"absent"}}).Refused(422, "invalid").Field("demandIds.0", "not_found")

	var v api.Issue
	c.Post(path+"/collect", nil).Want(200).Into(&v)
	if got := issueIDs(v); !slices.Equal(got, sorted(offered, limited, already)) {
		t.Fatalf("collected %v", got)
	}
	c.Post(path+"/items/"+already+"/remove", map[string]any{"reason": ""}).Refused(422, "invalid")
	c.Post(path+"/items/"+already+"/remove", map[string]any{"reason": "已单独发布"}).Want(200)
	c.Post(path+"/items", map[string]any{"demandIds": []string{already}}).Want(200)

	c.Post(path+"/publish", map[string]any{}).Want(200).Into(&v)
	planned, _ := PeriodDeadline(period, DefaultSettings())
	if v.State != api.IssueStatePublished || !v.Deadline.Equal(planned) {
		t.Fatalf("%+v", v)
	}
	for _, id := range []string{offered, limited} {
		d, err := w.s.GetDemand(w.as("leader"), id)
		must(t, err)
		if d.State != api.DemandStatePublished || !d.Deadline.Equal(planned) || !strings.HasPrefix(d.Code, period+"-") {
			t.Errorf("%s: %s %v %q", d.Title, d.State, d.Deadline, d.Code)
		}
	}
	if d, err := w.s.GetDemand(w.as("leader"), mine); err != nil || d.State != api.DemandStateApproved {
		t.Errorf("what was not offered was published: %v %v", d.State, err)
	}
	c.Post(path+"/drop", map[string]any{"reason": "不办"}).Refused(409, "issue.wrong_state")

	c.Put(path, map[string]any{"title": "改名"}).Refused(409, "issue.wrong_state")
	guest.For(t).Get("/api/v1/issues").Want(200)
	guest.For(t).Get(path).Want(200).Into(&v)
	if got := issueIDs(v); !slices.Equal(got, sorted(offered, already)) || v.ItemCount != 2 || len(v.History) != 0 {
		t.Errorf("a guest sees %v, count %d", got, v.ItemCount)
	}
	guest.As("sme1").For(t).Get(path).Want(200).Into(&v)
	if got := issueIDs(v); !slices.Contains(got, limited) {
		t.Error("the audience does not see its item")
	}
	w.deliver()
	if told := w.told(demandPublished); !slices.Contains(told, "leader") {
		t.Errorf("told: %v", told)
	}

	for format, head := range map[string]string{"pdf": "%PDF-", "xlsx": "PK"} {
		file := guest.For(t).Get(path + "/export?format=" + format).Want(200)
		if !bytes.HasPrefix(file.Body, []byte(head)) {
			t.Errorf("%s begins with %q", format, file.Body[:8])
		}
	}
	paper, err := w.s.IssuePaper(w.as(""), period)
	must(t, err)
	var text bytes.Buffer
	must(t, paper.WriteDOCX(&text))
	rows, err := w.s.issueRows(w.as(""), v)
	must(t, err)
	if rows[0][3] != "海曙轴承集团" || rows[0][4] != "高端装备" || rows[0][7] != "30" {
		t.Errorf("%q", rows[0])
	}
}

func sorted(ids ...string) []string { slices.Sort(ids); return ids }

func issueIDs(v api.Issue) []string {
	var ids []string
	for _, item := range v.Items {
		ids = append(ids, item.Demand.Id)
	}
	return sorted(ids...)
}

// TestAnIssueCutShort publishes an issue whose publication a crash cut short: begun, nothing done yet, one item withdrawn meanwhile.
func TestAnIssueCutShort(t *testing.T) {
	w := newTown(t)
	period := quarter(w.now())
	first, gone := w.approved(nil), w.approved(nil)
	_, err := w.s.CreateIssue(w.as("city"), api.IssueInput{Period: period})
	must(t, err)
	_, err = w.s.AddIssueItems(w.as("city"), period, []string{first, gone})
	must(t, err)
	doc, err := w.s.issues.Get(w.as("city"), period)
	must(t, err)
	must(t, doc.Body.Begin(w.now().AddDate(0, 1, 0), []string{period + "-0001", period + "-0002"}, nil, "u-city", w.now()))
	_, err = w.s.issues.Update(w.as("city"), period, func(tx *docstore.Tx[Issue]) error { *tx.Body = doc.Body; return nil })
	must(t, err)
	_, err = w.s.WithdrawDemand(w.as("leader"), gone, api.ReasonInput{Reason: "不做了"})
	must(t, err)

	w.open() // a restart
	_, err = w.s.RunDue(w.as("city"))
	must(t, err)
	v, err := w.s.GetIssue(w.as("city"), period)
	must(t, err)
	if v.State != api.IssueStatePublished || v.ItemCount != 1 {
		t.Fatalf("%s, %d items", v.State, v.ItemCount)
	}
	d, err := w.s.GetDemand(w.as("leader"), first)
	must(t, err)
	if d.State != api.DemandStatePublished || d.Code != period+"-0001" {
		t.Errorf("%s %q", d.State, d.Code)
	}
	if v, err := w.s.GetIssue(w.as(""), period); err != nil || len(v.Items) != 1 {
		t.Errorf("a guest sees %d items, %v", len(v.Items), err)
	}
}

// The author and the operator see the same advice; a stranger, and everybody once it is published, sees none.
func TestAdviceWhileWriting(t *testing.T) {
	w := newTown(t)
	in := goodInput()
	in.Targets = []string{"温升低"}
	d, err := w.s.CreateDemand(w.as("leader"), in)
	must(t, err)
	rules := func(d api.Demand) (all []string) {
		for _, a := range d.Advice {
			all = append(all, a.Rule)
		}
		return all
	}
	if got := rules(d); !slices.Contains(got, "target_unmeasurable") || !slices.Contains(got, "ip_silent") || slices.Contains(got, "contact_missing") {
		t.Fatalf("%v", got)
	}
	_, err = w.s.SubmitDemand(w.as("leader"), d.Id)
	must(t, err)
	review, err := w.s.GetDemand(w.as("d1"), d.Id)
	must(t, err)
	if !slices.Equal(rules(review), rules(d)) {
		t.Errorf("the operator sees %v, the author %v", rules(review), rules(d))
	}
	open, err := w.s.GetDemand(w.as("leader"), w.published())
	must(t, err)
	if len(open.Advice) != 0 {
		t.Error("a published demand is still advised on")
	}
}

// TestALimitedIssue publishes a whole issue to an audience: what was for everybody goes to it alone, who meets the rule reads the issue and is
// told of it once, and nobody else hears of it.
func TestALimitedIssue(t *testing.T) {
	w := newTown(t)
	w.firms = lathes()
	period := quarter(w.now())
	open, kept := w.approved(nil), w.approved(func(in *api.DemandInput) {
		no := false
		in.Title, in.DemandPublic, in.AudienceOrgIds = "另有范围的高温合金", &no, []string{"sme0"}
	})
	city, no := w.as("city"), false
	_, err := w.s.CreateIssue(city, api.IssueInput{Period: period})
	must(t, err)
	_, err = w.s.CollectIssue(city, period)
	must(t, err)
	edit := api.IssueEdit{Title: "本季度定向目录", Public: &no, AudienceRule: api.AudienceRule{Tiers: []api.Tier{api.TierLittleGiant}, Districts: []string{"鄞州区"}, Words: []string{"焊接"}}}
	_, err = w.s.EditIssue(city, period, edit)
	must(t, err)
	if _, err := w.s.PublishIssue(city, period, time.Time{}); fault.As(err).Code != "audience.empty" {
		t.Errorf("published for nobody: %v", err)
	}
	edit.AudienceRule = api.AudienceRule{Words: []string{"车削"}, Tiers: []api.Tier{api.TierSpecialised}}
	preview, err := w.s.PreviewAudience(city, api.AudienceInput{AudienceRule: edit.AudienceRule})
	must(t, err)
	if preview.Count != 4 { // readers, able to answer or not
		t.Errorf("the preview finds %d", preview.Count)
	}
	_, err = w.s.EditIssue(city, period, edit)
	must(t, err)
	_, err = w.s.EditIssue(city, period, api.IssueEdit{Title: edit.Title, Note: "不改范围"})
	must(t, err)
	v, err := w.s.PublishIssue(city, period, time.Time{})
	must(t, err)
	if v.State != api.IssueStatePublished || v.Public || v.AudienceCount != 4 || len(v.AudienceRule.Words) != 1 {
		t.Fatalf("%+v", v)
	}
	w.due()
	for who, sees := range map[string]int{"": -1, "sme0": -1, "sme3": -1, "sme1": 1, "sme2": 1, "leader": 2, "city": 2} {
		got, err := w.s.GetIssue(w.as(who), period)
		switch {
		case sees < 0 && fault.KindOf(err) != fault.NotFound:
			t.Errorf("%q reads it: %v", who, err)
		case sees >= 0 && (err != nil || len(got.Items) != sees):
			t.Errorf("%q sees %d items, %v", who, len(got.Items), err)
		}
		page, err := w.s.ListIssues(w.as(who), 10, "")
		if err != nil || (len(page.Items) > 0) != (sees >= 0) {
			t.Errorf("%q finds %d issues, %v", who, len(page.Items), err)
		}
	}
	d, err := w.s.GetDemand(w.as("leader"), open)
	must(t, err)
	if d.DemandPublic || d.AudienceCount != 2 { // those of it that may answer
		t.Errorf("what was for everybody: public %t, reaches %d", d.DemandPublic, d.AudienceCount)
	}
	if _, err := w.s.GetDemand(w.as(""), open); fault.KindOf(err) != fault.NotFound {
		t.Errorf("everybody reads it: %v", err)
	}
	if d, err = w.s.GetDemand(w.as("sme0"), kept); err != nil || d.State != api.DemandStatePublished {
		t.Errorf("its own audience: %v", err)
	}
	w.deliver()
	if to := w.told(issueTargeted); !slices.Equal(to, []string{"broker", "leader", "sme1", "sme2"}) {
		t.Errorf("told of the issue: %v", to)
	}
	if to := w.told(demandTargeted); slices.Contains(to, "sme1") {
		t.Errorf("told of each demand too: %v", to)
	}
	if to := w.told(issuePublished); to != nil {
		t.Errorf("announced in public: %v", to)
	}
}
