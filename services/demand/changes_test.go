package demand

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest/resttest"
	"lianbang/services/platform/when"
)

// changeAtRandom changes a demand in words, in substance, or in what is fixed, and holds what no change may do.
func (w *world) changeAtRandom(t *testing.T, r *rand.Rand) error {
	d := &w.d
	terms, was := d.Terms, d.Deadline
	what := r.IntN(3)
	switch what {
	case 0:
		terms.Brief += "改"
	case 1:
		terms.BidConditions += "改"
	case 2:
		terms.Public = !terms.Public
	}
	c, err := d.Change(leader, w.now, terms, time.Time{}, "更正", w.s)
	d.Changing = nil // recorded
	d.Done(func(k *Tasks) { k.Change = false })
	if err == nil {
		switch {
		case what == 2:
			t.Error("what is fixed was changed")
		case d.Deadline < was, what == 0 && d.Deadline != was:
			t.Errorf("the deadline went from %v to %v", was.Time(), d.Deadline.Time())
		case what == 1 && was != 0 && d.Deadline <= was, c.Substance != (what == 1):
			t.Error("a change of substance gave no more time")
		case was != 0 && when.At(w.now) >= was:
			t.Error("a demand was changed after its deadline")
		}
	}
	return err
}

// TestEveryTermHasAWeight: a field added to the terms is a field somebody must decide about.
func TestEveryTermHasAWeight(t *testing.T) {
	own := []string{"itemNumber", "listName", "listId", "catalogue", "plannedDeadline", "achievementId", "achievement.id", "achievement.name", "achievement.orgId", "achievement.orgName", "achievement.trl"} // the author's own notes
	as := map[string]string{"public": "demandPublic", "audience": "audienceOrgIds"}
	var missing []string
	var look func(of reflect.Type, prefix string)
	look = func(of reflect.Type, prefix string) {
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			path := prefix + name
			if renamed, ok := as[path]; ok {
				path = renamed
			}
			if f.Type.Kind() == reflect.Struct && path != "criteria" {
				look(f.Type, path+".")
				continue
			}
			if !slices.Contains(own, path) && !slices.ContainsFunc(termFields, func(t termField) bool { return t.path == path }) {
				missing = append(missing, path)
			}
		}
	}
	look(reflect.TypeFor[Terms](), "")
	if len(missing) > 0 {
		t.Errorf("a change does not know of %v", missing)
	}
}

func TestChangeRules(t *testing.T) {
	w := openWorld(t)
	d := &w.d
	with := func(change func(*Terms)) Terms {
		terms := d.Terms
		terms.Targets = slices.Clone(terms.Targets)
		change(&terms)
		return terms
	}
	refused := func(terms Terms, deadline time.Time, code string) {
		t.Helper()
		_, err := d.Change(leader, w.now, terms, deadline, "更正", w.s)
		f := fault.As(err)
		if err == nil || f.Code != code && !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Code == code }) {
			t.Errorf("refused with %v, not %s", err, code)
		}
	}
	none := time.Time{}
	refused(d.Terms, none, "demand.nothing_changed")
	for _, change := range []func(*Terms){
		func(t *Terms) { t.Criteria = []Criterion{{Key: "price", Name: "价格", Weight: 100}} },
		func(t *Terms) { t.Kind = Supply },
		func(t *Terms) { t.Mode = Consortium },
		func(t *Terms) { t.Public = false },
		func(t *Terms) { t.Audience = []string{"sme9"} },
	} {
		refused(with(change), none, "fixed_once_published")
	}
	refused(with(func(t *Terms) { t.Targets = nil }), none, "required")
	refused(with(func(t *Terms) { t.Brief = "更清楚" }), d.Deadline.Time().Add(-time.Second), "too_soon")

	was := d.Deadline
	c, err := d.Change(leader, w.now, with(func(t *Terms) { t.Brief = "更清楚" }), none, "写清楚", w.s)
	must(t, err)
	if c.Substance || c.Number != 2 || d.Deadline != was || d.Changes != 1 || d.SubstanceAt != 0 {
		t.Errorf("a better wording is no change of substance: %+v", c)
	}
	refused(with(func(t *Terms) { t.Brief = "再改" }), none, "demand.change_under_way")
	d.Changing = nil

	// 10 days from Sunday 22 November is Wednesday 2 December, 10:00; five working days later is Wednesday the 9th, at the same hour.
	c, err = d.Change(leader, w.now, with(func(t *Terms) { t.BudgetFen *= 2 }), none, "追加预算", w.s)
	must(t, err)
	if want := time.Date(2026, 12, 9, 10, 0, 0, 0, when.China); !c.Substance || d.Deadline.Time().Compare(want) != 0 || d.SubstanceAt != 2 {
		t.Errorf("the deadline is %v, not %v", d.Deadline.Time().In(when.China), want)
	}
	if len(c.Fields) != 1 || c.Fields[0].Path != "budgetFen" || c.Fields[0].Before[0] != "30000000" || c.Fields[0].After[0] != "60000000" {
		t.Errorf("%+v", c.Fields)
	}
	d.Changing = nil
	later := d.Deadline.Time().AddDate(0, 0, 20)
	c, err = d.Change(leader, w.now, d.Terms, later, "应揭榜单位要求延期", w.s)
	must(t, err)
	if c.Substance || d.Deadline != when.At(later) || d.RemindAt != when.At(later.Add(-remindBefore)) {
		t.Errorf("the deadline alone was moved: %+v", c)
	}
	d.Changing, d.Changes = nil, maxChanges
	refused(with(func(t *Terms) { t.Brief = "太多" }), none, "demand.changed_too_often")
	d.Changes = 3
	w.now = d.Deadline.Time()
	refused(with(func(t *Terms) { t.Brief = "太晚" }), none, "demand.deadline_passed")
}

func changeScenario(t *testing.T, w *town) {
	w.events = nil
	in := inputFor(api.Rnd, api.Open)
	path := w.openFor(t, in, w.now().Add(10*24*time.Hour))
	leader, guest, bidder, draft := w.http.As("leader").For(t), w.http.For(t), w.http.As("sme0").For(t), w.http.As("sme1").For(t)
	bid := put(t, bidder, path, goodBid(1))
	draft.Post(path+"/bids", goodBid(2)).Want(201)
	w.http.As("uni").For(t).Put(path+"/watch", nil).Want(200)

	in.BudgetFen = 45_000_000
	in.Targets = append(in.Targets, "噪声不超过70dB")
	in.Contact.Phone = "0574-11111111"
	changed := map[string]any{"terms": in, "reason": "预算追加，补充噪声指标"}
	guest.Post(path+"/changes", changed).Refused(401, "unauthenticated")
	bidder.Post(path+"/changes", changed).Refused(403, "forbidden")
	w.http.As("city").For(t).Post(path+"/changes", changed).Refused(403, "forbidden")
	var before, d api.Demand
	leader.Get(path).Want(200).Into(&before)
	var preview api.DemandChange
	leader.Post(path+"/changes/preview", changed).Want(200).Into(&preview)
	leader.Get(path).Want(200).Into(&d)
	if !preview.Substance || len(preview.Fields) != 3 || d.Rev != before.Rev {
		t.Errorf("a preview shows %+v and changed the demand from %d to %d", preview, before.Rev, d.Rev)
	}
	leader.IfMatch(`"1"`).Post(path+"/changes", changed).Refused(412, "stale")
	leader.Post(path+"/changes", changed).Want(200).Into(&d)
	if d.BudgetFen != 45_000_000 || !d.Deadline.After(before.Deadline) || !d.Deadline.Equal(preview.DeadlineAfter) {
		t.Errorf("the deadline went from %v to %v", before.Deadline, d.Deadline)
	}
	var page api.ChangePage
	leader.Get(path + "/changes").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].Number != 2 || len(page.Items[0].Fields) != 3 {
		t.Errorf("%+v", page.Items)
	}
	// Whom to call stands in the demand, where the look is noted.
	for who, reader := range map[string]*resttest.Client{"a guest": guest, "a bidder": bidder} {
		page = api.ChangePage{}
		reader.Get(path + "/changes").Want(200).Into(&page)
		if len(page.Items[0].Fields) != 2 {
			t.Errorf("%s reads a contact in %+v", who, page.Items[0].Fields)
		}
	}
	w.deliver()
	if to := w.heard(demandChanged); !slices.Equal(to, []string{"o:sme0", "o:sme1", "u:u-uni"}) {
		t.Errorf("told %v", to)
	}
	w.http.As("uni").For(t).Delete(path + "/watch").Want(200)

	var b api.Bid
	leader.Get(bid).Want(200).Into(&b)
	if !b.Unconfirmed {
		t.Error("the issuer does not see that the bid is from before the change")
	}
	w.http.As("sme1").For(t).Post(bid+"/confirm-change", nil).Refused(404, "not_found")
	leader.Post(bid+"/confirm-change", nil).Refused(403, "forbidden")
	b = api.Bid{}
	bidder.Post(bid+"/confirm-change", nil).Want(200).Into(&b)
	if b.Unconfirmed || b.State != "submitted" {
		t.Errorf("%s, unconfirmed %v", b.State, b.Unconfirmed)
	}
}

// TestAChangeIsRecordedAfterACrash: the program died between the demand's own write and its version; the clock records it, once.
func TestAChangeIsRecordedAfterACrash(t *testing.T) {
	w := newTown(t)
	ctx := context.Background()
	path := w.openFor(t, inputFor(api.Rnd, api.Open), w.now().Add(10*24*time.Hour))
	id := strings.TrimPrefix(path, "/api/v1/demands/")
	w.bid(id, "sme1", true)
	settings, err := w.s.inForce(ctx, w.now())
	must(t, err)
	_, err = w.s.demands.Update(ctx, id, func(tx *docstore.Tx[Demand]) error {
		terms := tx.Body.Terms
		terms.Brief = "写清楚"
		_, err := tx.Body.Change(leader, tx.Now, terms, time.Time{}, "写清楚", settings)
		return err
	})
	must(t, err)
	for range 3 {
		w.pass(patience)
		_, err = w.s.RunDue(ctx)
		must(t, err)
	}
	page, err := w.s.ListDemandChanges(w.as(""), id, 10, "")
	must(t, err)
	w.deliver()
	if to := w.heard(demandChanged); len(page.Items) != 1 || !slices.Equal(to, []string{"o:sme1"}) {
		t.Errorf("%d versions, told %v", len(page.Items), to)
	}
	doc, err := w.s.demands.Get(ctx, id)
	must(t, err)
	if doc.Body.Changing != nil || doc.Body.Tasks.any() {
		t.Errorf("%+v", doc.Body.Tasks)
	}
}
