package demand

import (
	"archive/zip"
	"bytes"
	"io"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/demand/api"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// TestFunnelCountsWhatIsThere recounts random passages by hand.
func TestFunnelCountsWhatIsThere(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var all []passage
		for range r.IntN(40) {
			p := passage{id: "d"}
			at := when.At(day0)
			for i := range 1 + r.IntN(5) {
				p.at[i] = at
				at += when.Instant(r.IntN(40*24)) * 3_600_000
			}
			all = append(all, p)
		}
		for i, stage := range funnelOf(all).Stages {
			var days []float64
			count := 0
			for _, p := range all {
				if p.at[i] == 0 {
					continue
				}
				count++
				if i > 0 {
					days = append(days, p.at[i].Time().Sub(p.at[i-1].Time()).Hours()/24)
				}
			}
			if stage.Count != count || len(stage.DemandIds) != count || (stage.MedianDays != nil) != (len(days) > 0) {
				t.Fatalf("%s: %d, counted by hand %d", stage.Stage, stage.Count, count)
			}
			if len(days) == 0 {
				continue
			}
			slices.Sort(days)
			middle := (days[(len(days)-1)/2] + days[len(days)/2]) / 2
			if d := *stage.MedianDays - middle; d > 0.06 || d < -0.06 {
				t.Fatalf("%s: median %v, by hand %v", stage.Stage, *stage.MedianDays, middle)
			}
		}
	}
}

// figureScenario reads forms and figures after one task was accepted; everything is asked as those who may not, too.
func figureScenario(t *testing.T, w *town, demandID, task string) {
	leader, winner, loser := w.http.As("leader").For(t), w.http.As("sme0").For(t), w.http.As("sme1").For(t)
	d1, d2, guest := w.http.As("d1").For(t), w.http.As("d2").For(t), w.http.For(t)
	month := w.now().In(when.China).Format("2006-01")

	var form api.NationalForm
	guest.Get("/api/v1/demands/"+demandID+"/form").Refused(401, "unauthenticated")
	loser.Get("/api/v1/demands/"+demandID+"/form").Refused(403, "forbidden")
	leader.Get("/api/v1/demands/" + demandID + "/form").Want(200).Into(&form)
	if !slices.Contains(form.Missing, "行业（GB/T 4754）") || slices.Contains(form.Missing, "需求名称") {
		t.Errorf("missing %v", form.Missing)
	}
	if text := docx(t, leader.Get("/api/v1/demands/"+demandID+"/form/export").Want(200).Body); !strings.Contains(text, "高速主轴轴承润滑技术") || !strings.Contains(text, "技术攻关类") {
		t.Error("the document lacks what we know")
	}
	bid := "/api/v1/bids/" + url.PathEscape(task) + "/form"
	loser.Get(bid+"?part=docking").Refused(404, "not_found")
	winner.Get(bid + "?part=application").Want(200).Into(&form)
	if text := docx(t, leader.Get(bid+"/export?part=application").Want(200).Body); !strings.Contains(text, "SECRET-PLAN") {
		t.Error("the application's plan is not in the document")
	}

	var report api.CooperationReport
	leader.Get("/api/v1/task-reports/cooperation?month="+month).Refused(403, "forbidden")
	d1.Get("/api/v1/task-reports/cooperation?month=" + month).Want(200).Into(&report)
	if len(report.Kinds) != 7 || len(report.Rows) != 1 {
		t.Fatalf("%+v", report)
	}
	var signed, accepted int
	var amount, order int64
	for _, row := range report.Rows {
		signed, accepted, amount, order = signed+btoi(row.Signed), accepted+btoi(row.Accepted), amount+row.AmountFen, order+row.OrderFen
	}
	for _, f := range report.Kinds {
		signed, accepted, amount, order = signed-f.Signed, accepted-f.Accepted, amount-f.AmountFen, order-f.OrderFen
	}
	if signed != 0 || accepted != 0 || amount != 0 || order != 0 || report.Rows[0].OrderFen != 500_000_000 {
		t.Errorf("the figures are not the sum of their rows: %+v", report)
	}
	report = api.CooperationReport{}
	d2.Get("/api/v1/task-reports/cooperation?month=" + month).Want(200).Into(&report)
	if len(report.Rows) != 0 {
		t.Error("a district reads another's figures")
	}
	d1.Get("/api/v1/task-reports/cooperation/export?month=" + month).Want(200)

	var f api.Funnel
	d1.Get("/api/v1/task-reports/funnel").Want(200).Into(&f)
	var want [5]int // recounted from everything there is
	must(t, w.s.demands.Each(t.Context(), docstore.Query{}, func(doc docstore.Doc[Demand]) error {
		d := &doc.Body
		var states []Task
		err := w.s.work.Each(t.Context(), docstore.Query{}, func(k docstore.Doc[Task]) error {
			if k.Body.DemandID == doc.ID {
				states = append(states, k.Body)
			}
			return nil
		})
		want[0] += btoi(d.SubmittedAt != 0)
		want[1] += btoi(d.PublishedAt != 0)
		want[2] += btoi(len(d.Manifest) > 0)
		want[3] += btoi(slices.ContainsFunc(states, func(k Task) bool { return k.StartedAt != 0 }))
		want[4] += btoi(slices.ContainsFunc(states, func(k Task) bool { return k.AcceptedAt != 0 }))
		return err
	}))
	for i, stage := range f.Stages {
		if stage.Count != want[i] {
			t.Errorf("%s: %d, there are %d", stage.Stage, stage.Count, want[i])
		}
	}
	d1.Get("/api/v1/task-reports/funnel?chain=c2").Want(200).Into(&f)
	if f.Stages[0].Count != 0 {
		t.Error("another chain's demands are counted")
	}
	d1.Get("/api/v1/task-reports/funnel?to=" + day(w.now().Add(-100*24*time.Hour))).Want(200).Into(&f)
	if f.Stages[0].Count != 0 {
		t.Error("demands from after the period are counted")
	}
}

// docx is the text of a Word document.
func docx(t *testing.T, body []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	f, err := z.Open("word/document.xml")
	must(t, err)
	text, err := io.ReadAll(f)
	must(t, err)
	return string(text)
}

// TestTheApplicationFormStaysSealed: before the deadline nobody but the bidder gets a form filled from the sealed part.
func TestTheApplicationFormStaysSealed(t *testing.T) {
	w := newTown(t)
	bid := "/api/v1/bids/" + url.PathEscape(w.bid(w.published(), "sme0", true)) + "/form"
	for _, who := range []string{"leader", "city", "d1"} {
		w.http.As(who).For(t).Get(bid+"?part=application").Refused(403, "bid.sealed")
		w.http.As(who).For(t).Get(bid+"/export?part=application").Refused(403, "bid.sealed")
		w.http.As(who).For(t).Get(bid + "?part=docking").Want(200)
	}
	var form api.NationalForm
	w.http.As("sme0").For(t).Get(bid + "?part=application").Want(200).Into(&form)
	if !slices.ContainsFunc(form.Lines, func(l api.FormLine) bool { return strings.Contains(l.Value, "SECRET-PLAN") }) {
		t.Error("the bidder's own form lacks its plan")
	}
}

// TestPrefillCoversTheDockingForm counts the fields of the national 对接表 that nobody has to type: at least four in five from the dossier
// alone, all of them once a bid was written.
func TestPrefillCoversTheDockingForm(t *testing.T) {
	const fields = 13
	w := newTown(t)
	o := w.orgs["sme0"]
	o.RevenueFen, o.Contact.Email = 80_000_000_00, "li@example.com"
	w.orgs["sme0"] = o
	id := w.published()
	var p api.BidPrefill
	w.http.As("sme0").For(t).Get("/api/v1/demands/" + id + "/bid-prefill").Want(200).Into(&p)
	if n := len(p.Prefilled); n*100 < 80*fields || n != len(p.Sources) {
		t.Errorf("%d of %d fields: %v", n, fields, p.Sources)
	}
	if p.Sources["docking.province"] != "register" || p.Sources["docking.revenueFen"] != "dossier" || p.Docking.Province != "福建省" {
		t.Errorf("%v", p.Sources)
	}
	in := goodBid(1)
	in.Docking.LegalRepresentative, in.Docking.RegisteredCapitalFen = "王法人", 10_000_000_00
	_, err := w.s.PlaceBid(w.as("sme0"), id, in)
	must(t, err)
	next := w.published()
	w.http.As("sme0").For(t).Get("/api/v1/demands/" + next + "/bid-prefill").Want(200).Into(&p)
	if len(p.Prefilled) != fields || p.Sources["docking.legalRepresentative"] != "earlier_bid" {
		t.Errorf("%v", p.Sources)
	}
}
