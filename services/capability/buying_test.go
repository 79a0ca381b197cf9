package capability

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"lianbang/services/capability/api"
	demandapi "lianbang/services/demand/api"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/office"
	"lianbang/services/platform/when"
)

// TestGap is the whole table: what a firm states, what is asked, how it stands and what it can do.
func TestGap(t *testing.T) {
	const today, delivery = when.Day("2026-11-01"), when.Day("2027-01-15")
	firm := func(ts ...Terms) []stated {
		var all []stated
		for i := range ts {
			all = append(all, stated{fmt.Sprint("c", i), &ts[i]})
		}
		return all
	}
	cert := func(name string, to when.Day) Terms {
		return Terms{Certificates: []Certificate{{Name: name, ValidTo: to}}}
	}
	for _, c := range []struct {
		name     string
		ask      Requirement
		firm     []stated
		standing Standing
		todo     Todo
	}{
		{"a certificate beyond the delivery", Requirement{Kind: NeedCertificate, Name: "IATF16949"}, firm(cert("IATF 16949:2016", "2027-01-15")), Met, ""},
		{"without an end", Requirement{Kind: NeedCertificate, Name: "ISO 9001"}, firm(cert("ISO 9001 质量管理体系认证", "")), Met, ""},
		{"ends before the delivery", Requirement{Kind: NeedCertificate, Name: "IATF 16949"}, firm(cert("IATF 16949", "2027-01-14")), Expires, RenewCertificate},
		{"ran out", Requirement{Kind: NeedCertificate, Name: "IATF 16949"}, firm(cert("IATF 16949", "2026-10-31")), Unmet, RenewCertificate},
		{"the better of two", Requirement{Kind: NeedCertificate, Name: "IATF 16949"}, firm(cert("IATF 16949", "2026-10-31"), cert("IATF 16949", "2028-01-01")), Met, ""},
		{"another certificate", Requirement{Kind: NeedCertificate, Name: "ISO 14001"}, firm(cert("ISO 9001", "")), Unmet, GetCertificate},
		{"a longer number is another", Requirement{Kind: NeedCertificate, Name: "ISO 900"}, firm(cert("ISO 9001", "")), Unmet, GetCertificate},
		{"no certificates stated", Requirement{Kind: NeedCertificate, Name: "ISO 9001"}, firm(Terms{}), Unknown, StateCertificate},
		{"nothing stated at all", Requirement{Kind: NeedCertificate, Name: "ISO 9001"}, nil, Unknown, StateCertificate},
		{"a process", Requirement{Kind: NeedProcess, Name: "成形磨齿"}, firm(Terms{Processes: []string{"滚齿", "成形磨齿（四级）"}}), Met, ""},
		{"a process not stated", Requirement{Kind: NeedProcess, Name: "渗碳"}, firm(Terms{Processes: []string{"滚齿"}}), Unknown, StateProcess},
		{"capacity", Requirement{Kind: NeedCapacity, Name: "产能", Quantity: 1000, Unit: "件"}, firm(Terms{Spare: 400, Unit: "件"}, Terms{Spare: 1000, Unit: "件"}), Met, ""},
		{"too little", Requirement{Kind: NeedCapacity, Name: "产能", Quantity: 1001, Unit: "件"}, firm(Terms{Spare: 1000, Unit: "件"}), Unmet, ShareCapacity},
		{"in another unit", Requirement{Kind: NeedCapacity, Name: "产能", Quantity: 1, Unit: "件"}, firm(Terms{Spare: 1000, Unit: "吨"}), Unknown, StateCapacity},
		{"lead time", Requirement{Kind: NeedLeadTime, Name: "交期", Quantity: 30}, firm(Terms{LeadTimeDays: 45}, Terms{LeadTimeDays: 30}), Met, ""},
		{"too long", Requirement{Kind: NeedLeadTime, Name: "交期", Quantity: 29}, firm(Terms{LeadTimeDays: 30}), Unmet, ShortenLeadTime},
		{"not stated", Requirement{Kind: NeedLeadTime, Name: "交期", Quantity: 29}, firm(Terms{}), Unknown, StateLeadTime},
		{"tolerance", Requirement{Kind: NeedTolerance, Name: "精度", Quantity: 5}, firm(Terms{Tolerance: 5}), Met, ""},
		{"too coarse", Requirement{Kind: NeedTolerance, Name: "精度", Quantity: 4}, firm(Terms{Tolerance: 5}), Unmet, ImproveTolerance},
		{"something else", Requirement{Kind: NeedOther, Name: "PPAP 三级"}, firm(cert("PPAP 三级", "")), Unknown, ProveInQuote},
	} {
		rows := gap([]Requirement{c.ask}, c.firm, today, delivery)
		if rows[0].Standing != c.standing || rows[0].Todo != c.todo || (rows[0].Standing == Met) != (rows[0].CapabilityID != "" && rows[0].Todo == "") {
			t.Errorf("%s: %+v", c.name, rows[0])
		}
		c.ask.Must = true
		if ready(gap([]Requirement{c.ask}, c.firm, today, delivery)) != (c.standing == Met) || !ready(rows) {
			t.Errorf("%s: ready wrongly", c.name)
		}
	}
}

func TestRequirementsOfBoth(t *testing.T) {
	leader := []Requirement{{Kind: NeedCertificate, Name: "ISO 9001"}, {Kind: NeedLeadTime, Name: "交期", Quantity: 60, Must: true}, {Kind: NeedCapacity, Name: "产能", Quantity: 5, Unit: "吨"}}
	demand := []Requirement{{Kind: NeedLeadTime, Name: "交货", Quantity: 30, Must: true}, {Kind: NeedCertificate, Name: "iso-9001:2015", Must: true}, {Kind: NeedCapacity, Name: "产能", Quantity: 9, Unit: "件"}}
	got := together(leader, demand)
	if len(got) != 4 || got[0].Quantity != 30 || !got[1].Must || got[3].Unit != "吨" {
		t.Errorf("%+v", got)
	}
	var r Requirements
	for path, bad := range map[string][]Requirement{
		"items[0].name":     {{Kind: NeedOther, Name: " "}},
		"items[0].quantity": {{Kind: NeedLeadTime, Name: "交期"}},
		"items[0].unit":     {{Kind: NeedCapacity, Name: "产能", Quantity: 1}},
		"items[1].name":     {{Kind: NeedTolerance, Name: "a", Quantity: 1}, {Kind: NeedTolerance, Name: "b", Quantity: 2}},
	} {
		if err := r.Set("u", bad, "", day0); err == nil || fault.As(err).Fields[0].Path != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func newEntry(t *testing.T, source SupplierSource) *QualifiedSupplier {
	t.Helper()
	q, err := Propose(nil, QualifiedSupplier{BuyerID: "b", SupplierID: "s", Source: source, Terms: SupplierTerms{Scope: "齿轮", Public: true}}, "u", day0)
	if err != nil {
		t.Fatal(err)
	}
	return &q
}

var supplierActions = []SupplierAction{ProposeSupplier, AddEvidence, ConsentSupplier, DeclineSupplier, EditSupplier, RemoveSupplier}

func (q *QualifiedSupplier) take(a SupplierAction, p Party, now time.Time) error {
	switch a {
	case ProposeSupplier:
		if p != Buyer {
			return q.may(a, p)
		}
		next, err := Propose(q, *q, "u", now)
		if err == nil {
			*q = next
		}
		return err
	case AddEvidence:
		return q.AddEvidence(p, "u", File{ID: "f"}, now)
	case ConsentSupplier:
		return q.Consent(p, "u", true, now)
	case DeclineSupplier:
		return q.Decline(p, "u", "不合适", now)
	case EditSupplier:
		return q.Edit(p, "u", SupplierTerms{Scope: "齿轮、轴", Public: true}, now)
	case RemoveSupplier:
		return q.Remove(p, "u", "质量事故", now)
	}
	panic(a)
}

// TestEverySupplierStep is the whole table of an entry: by whom, in which state, where to; by source where they differ.
func TestEverySupplierStep(t *testing.T) {
	want := `
state    party    | proposeSupplier addSupplierEvidence consentSupplier declineSupplier editSupplier removeSupplier
proposed buyer    | -               active/manual       -               -               proposed     removed
proposed supplier | -               -                   active/award    declined        -            -
active   buyer    | -               active              -               -               active       removed
active   supplier | -               -                   active          -               -            -
declined buyer    | proposed        -                   -               -               -            -
declined supplier | -               -                   -               -               -            -
removed  buyer    | proposed        -                   -               -               -            -
removed  supplier | -               -                   -               -               -            -
`
	for _, row := range strings.Split(strings.TrimSpace(want), "\n")[1:] {
		cells := strings.Fields(row)
		for i, a := range supplierActions {
			for _, source := range []SupplierSource{FromAward, ByHand} {
				to, only, _ := strings.Cut(cells[3+i], "/")
				if only != "" && only != string(source) {
					to = cells[0] // the other source waits for the other party
				}
				q := newEntry(t, source)
				q.State = SupplierState(cells[0])
				offered := slices.Contains(q.Allowed(Party(cells[1])), a)
				err := q.take(a, Party(cells[1]), day0)
				if to == "-" && (err == nil || offered) || to != "-" && (err != nil || !offered || string(q.State) != to) {
					t.Errorf("%s by %s in %s (%s) leads to %s, offered %v: %v", a, cells[1], cells[0], source, q.State, offered, err)
				}
			}
		}
	}
}

// TestRandomSuppliers walks long lives of entries: public only while active and with both halves; active only with consent or a paper;
// off the list only with a reason.
func TestRandomSuppliers(t *testing.T) {
	runs := 1000
	if os.Getenv("LIANBANG_PROVE") != "" {
		runs = 100_000
	}
	for seed := range runs {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		q, now := newEntry(t, []SupplierSource{FromAward, ByHand}[r.IntN(2)]), day0
		consented := false
		for range r.IntN(30) {
			now = now.Add(time.Hour)
			a, p := supplierActions[r.IntN(len(supplierActions))], []Party{Buyer, Supplier}[r.IntN(2)]
			if q.take(a, p, now) != nil {
				continue
			}
			switch a {
			case ConsentSupplier:
				consented = true
			case ProposeSupplier:
				consented = false
			}
			if (q.Board == publicBoard) != (q.State == Active && q.Terms.Public && q.Shown) {
				t.Fatalf("seed %d: board %q in %s", seed, q.Board, q.State)
			}
			if q.State == Active && q.Source == FromAward && !consented || q.State == Active && q.Source == ByHand && len(q.Evidence) == 0 {
				t.Fatalf("seed %d: active on nothing", seed)
			}
			if (q.State == Removed || q.State == Declined) && q.Reason == "" {
				t.Fatalf("seed %d: off without a reason", seed)
			}
			if len(q.Allowed(Buyer))+len(q.Allowed(Supplier)) == 0 {
				t.Fatalf("seed %d: no way on from %s", seed, q.State)
			}
		}
	}
	q := newEntry(t, ByHand)
	q.State, q.Terms.ValidUntil = Active, "2026-12-31"
	if !q.InForce("2026-12-31") || q.InForce("2027-01-01") {
		t.Error("its last day")
	}
}

// TestFiguresRecount holds the figures to a plain recount of random rows, group by group, and every group to the rows it is drilled to.
func TestFiguresRecount(t *testing.T) {
	districts := map[string]string{"d1": "甲区", "d2": "乙区", "d3": "丙区"}
	for seed := range 200 {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		var rows []SupplyRow
		for demand := range r.IntN(30) {
			chain, home, left := fmt.Sprint("c", r.IntN(3)), fmt.Sprint("d", 1+r.IntN(3)), 10_000
			for k := 0; left > 0; k++ {
				share := left
				if k < 3 {
					share = 1 + r.IntN(left)
				}
				left -= share
				rows = append(rows, SupplyRow{DemandID: fmt.Sprint(demand), Chain: chain, BuyerDistrict: home, SupplierID: fmt.Sprint("s", r.IntN(9)), SupplierDistrict: []string{"d1", "d2", "d3", "elsewhere", ""}[r.IntN(5)], ShareBP: share})
			}
		}
		for name, key := range map[string]func(*SupplyRow) string{"chain": func(r *SupplyRow) string { return r.Chain }, "district": func(r *SupplyRow) string { return r.BuyerDistrict }, "all": func(*SupplyRow) string { return "" }} {
			sum := 0
			for _, f := range figuresBy(rows, districts, key) {
				var again Figure
				again.Key = f.Key
				demands, firms, local := map[string]int{}, map[string]int{}, map[string]int{}
				for _, row := range rows {
					if key(&row) != f.Key {
						continue
					}
					again.Rows++
					demands[row.DemandID]++
					firms[row.SupplierID]++
					again.AllBP += row.ShareBP
					if row.SupplierDistrict == "d1" || row.SupplierDistrict == "d2" || row.SupplierDistrict == "d3" {
						again.LocalBP += row.ShareBP
						local[row.SupplierID]++
						if row.SupplierDistrict == row.BuyerDistrict {
							again.NearBP += row.ShareBP
						}
					}
				}
				again.Demands, again.Suppliers, again.LocalFirms = len(demands), len(firms), len(local)
				if f != again || f.AllBP != 10_000*f.Demands {
					t.Fatalf("seed %d, %s %q: %+v, recounted %+v", seed, name, f.Key, f, again)
				}
				sum += f.AllBP
			}
			if sum != figureOf("", rows, districts).AllBP {
				t.Fatalf("seed %d: the groups by %s do not sum to all", seed, name)
			}
		}
	}
}

// Supply and Awards play demand.
func (w *town) Supply(_ context.Context, id string) (demandapi.SupplyDemand, error) {
	if d, ok := w.demands[id]; ok {
		return d, nil
	}
	return demandapi.SupplyDemand{}, fault.New(fault.NotFound, "", "no such demand")
}

// Awards plays demand.
func (w *town) Awards(_ context.Context, issuerID string) ([]demandapi.SupplyAward, error) {
	return slices.DeleteFunc(slices.Clone(w.awards), func(a demandapi.SupplyAward) bool { return issuerID != "" && a.IssuerId != issuerID }), nil
}

// buyingScenario: requirements kept once, the gap before a quote, the quotes side by side.
func buyingScenario(t *testing.T, w *town) {
	leader, rival, sme, other, guest, city := w.http.As("leader"), w.http.As("rival"), w.http.As("sme"), w.http.As("other"), w.http, w.http.As("city")
	w.demands["x1"] = demandapi.SupplyDemand{Id: "x1", Title: "壳体配套", State: "bidding_closed", IssuerId: "leader", IssuerName: "企业leader", IssuerPublic: true, Public: true, Published: true, Jurisdiction: "d1",
		Chain: "c1", Quantity: 5000, Unit: "件", Quotes: []demandapi.SupplyQuote{
			{BidId: "b1", OrgId: "sme", OrgName: "企业sme", State: "comparing", UnitPriceFen: 1300, Unit: "件", LeadTimeDays: 20, MonthlyCapacity: 900, ValidUntil: day0.Add(time.Hour)},
			{BidId: "b2", OrgId: "other", OrgName: "企业other", State: "comparing", UnitPriceFen: 1250, Unit: "件", LeadTimeDays: 30, MonthlyCapacity: 900},
		}}
	w.demands["x2"] = demandapi.SupplyDemand{Id: "x2", IssuerId: "leader", Published: true, Audience: []string{"other"}, Jurisdiction: "d1"}
	w.pass(2 * time.Hour)

	const mine = "/api/v1/my-supply-requirements"
	asked := map[string]any{"items": []map[string]any{{"kind": "certificate", "name": "IATF 16949", "must": true}, {"kind": "lead_time", "name": "交期", "quantity": 60, "must": false}}}
	guest.For(t).Put(mine, asked).Refused(401, "unauthenticated")
	w.http.As("uni").For(t).Put(mine, asked).Refused(403, "forbidden")
	leader.For(t).Put(mine, map[string]any{"items": []map[string]any{{"kind": "capacity", "name": "产能", "must": true}}}).Refused(422, "invalid").Field("items[0].quantity", "required")
	var kept api.Requirements
	leader.For(t).Put(mine, asked).Want(200).Into(&kept)
	leader.For(t).Put(mine, asked).Refused(428, "precondition_required")
	leader.For(t).IfMatch(fmt.Sprintf("%q", fmt.Sprint(kept.Rev))).Put(mine, asked).Want(200)
	guest.For(t).Get("/api/v1/supply-requirements/leader").Want(200).Into(&kept)
	if len(kept.Items) != 2 {
		t.Errorf("%+v", kept)
	}
	guest.For(t).Get("/api/v1/supply-requirements/rival").Want(200).Into(&kept)
	if len(kept.Items) != 0 || kept.Rev != 0 {
		t.Errorf("%+v", kept)
	}
	guest.For(t).Get("/api/v1/supply-requirements/nobody").Refused(404, "not_found")
	guest.For(t).Get("/api/v1/supply-requirements/new").Refused(404, "not_found")
	const onX1 = "/api/v1/demand-requirements/x1"
	own := map[string]any{"deliverBy": "2027-06-30", "items": []map[string]any{{"kind": "lead_time", "name": "交期", "quantity": 27, "must": true}, {"kind": "other", "name": "PPAP 三级", "must": false}}}
	rival.For(t).Put(onX1, own).Refused(403, "forbidden")
	leader.For(t).Put(onX1, own).Want(200)
	guest.For(t).Get(onX1).Want(200)
	for _, path := range []string{"/api/v1/demand-requirements/x2", "/api/v1/demand-requirements/none"} {
		guest.For(t).Get(path).Refused(404, "not_found")
		sme.For(t).Get(path).Refused(404, "not_found")
	}
	other.For(t).Get("/api/v1/demand-requirements/x2").Want(200)

	var g api.SupplyGap
	guest.For(t).Get("/api/v1/supply-gaps/x1").Refused(401, "unauthenticated")
	sme.For(t).Get("/api/v1/supply-gaps/x2").Refused(404, "not_found")
	sme.For(t).Get("/api/v1/supply-gaps/x1").Want(200).Into(&g) // its published item has IATF 16949 without an end, 25 days
	if g.Counts != (api.GapCounts{Met: 2, Unknown: 1}) || !g.Ready || g.Capabilities != 1 || g.Delivery.Format(time.DateOnly) != "2027-06-30" {
		t.Errorf("%+v", g)
	}
	other.For(t).Get("/api/v1/supply-gaps/x1").Want(200).Into(&g)
	if g.Counts != (api.GapCounts{Unknown: 3}) || g.Ready || g.Rows[0].Todo == "" {
		t.Errorf("%+v", g)
	}

	const compared = "/api/v1/supply-comparisons/x1"
	for _, who := range []string{"rival", "sme"} {
		w.http.As(who).For(t).Get(compared).Refused(403, "forbidden") // a bidder never reads another's quote
		w.http.As(who).For(t).Get(compared+"/export").Refused(403, "forbidden")
	}
	guest.For(t).Get(compared).Refused(401, "unauthenticated")
	city.For(t).Get(compared).Want(200)
	var c api.SupplyComparison
	leader.For(t).Get(compared).Want(200).Into(&c)
	if len(c.Quotes) != 2 || c.Quotes[0].OrgId != "other" || !slices.Equal(c.Quotes[0].Best, []string{"price", "capacity"}) || !slices.Equal(c.Quotes[1].Best, []string{"lead", "capacity", "gap"}) ||
		!c.Quotes[1].Ready || c.Quotes[0].Ready || c.Quotes[1].SpareQuantity != 3000 || !c.Quotes[1].Expired || c.Quotes[0].Expired {
		t.Errorf("%+v", c)
	}
	sheet := leader.For(t).Get(compared + "/export").Want(200).Body
	rows := 0
	if _, err := office.ReadTable(bytes.NewReader(sheet), office.Limits{}, func(r office.Row) error {
		if rows++; rows == 2 && (r.Cells[0] != "企业other" || r.Cells[2] != "12.50") {
			t.Errorf("%q", r.Cells)
		}
		return nil
	}); err != nil || rows != 3 {
		t.Errorf("%d rows: %v", rows, err)
	}
}

// supplierScenario: out of an award with consent, by hand with a paper, in public with both halves, off with a reason; and the figures.
func supplierScenario(t *testing.T, w *town) {
	leader, rival, sme, other, guest, city := w.http.As("leader"), w.http.As("rival"), w.http.As("sme"), w.http.As("other"), w.http, w.http.As("city")
	d := w.demands["x1"]
	d.Quotes[0].State, d.Quotes[0].ShareBp = "won", 10_000
	w.demands["x1"] = d
	w.awards = []demandapi.SupplyAward{
		{DemandId: "x1", Title: "壳体配套", Chain: "c1", IssuerId: "leader", IssuerName: "企业leader", District: "d1", AwardedAt: day0, Winners: []demandapi.SupplyWinner{{BidId: "b1", OrgId: "sme", OrgName: "企业sme", ShareBp: 10_000}}},
		{DemandId: "x9", Title: "弹簧", Chain: "c2", IssuerId: "rival", IssuerName: "企业rival", District: "d2", AwardedAt: day0, Winners: []demandapi.SupplyWinner{{OrgId: "sme", OrgName: "企业sme", ShareBp: 6000}, {OrgId: "far", OrgName: "外地企业", ShareBp: 4000}}},
	}
	const all = "/api/v1/qualified-suppliers"
	var candidates struct{ Items []api.SupplierCandidate }
	leader.For(t).Get("/api/v1/supplier-candidates").Want(200).Into(&candidates)
	if len(candidates.Items) != 1 || candidates.Items[0].SupplierId != "sme" {
		t.Errorf("%+v", candidates)
	}
	from := func(supplier, source string) map[string]any {
		return map[string]any{"supplierId": supplier, "source": source, "demandId": "x1", "scope": "壳体", "public": true, "chain": "c1"}
	}
	guest.For(t).Post(all, from("sme", "award")).Refused(401, "unauthenticated")
	leader.For(t).Post(all, from("other", "award")).Refused(422, "invalid").Field("demandId", "not_in")
	rival.For(t).Post(all, from("sme", "award")).Refused(422, "invalid").Field("demandId", "not_in")
	leader.For(t).Post(all, from("leader", "manual")).Refused(422, "invalid").Field("supplierId", "not_possible")
	leader.For(t).Post(all, from("nobody", "manual")).Refused(422, "invalid").Field("supplierId", "not_in")
	var q api.Supplier
	leader.For(t).Post(all, from("sme", "award")).Want(200).Into(&q)
	leader.For(t).Post(all, from("sme", "award")).Refused(409, "supplier.wrong_state")
	path := all + "/" + q.Id
	rival.For(t).Get(path).Refused(404, "not_found")
	leader.For(t).Post(path+"/consent", map[string]any{"public": true}).Refused(403, "supplier.other_party")
	sme.For(t).Post(path+"/consent", map[string]any{"public": false}).Want(200).Into(&q)
	var page api.SupplierPage
	guest.For(t).Get(all + "/of/leader").Want(200).Into(&page)
	if q.State != "active" || !q.InForce || len(page.Items) != 0 {
		t.Errorf("%+v in public %d", q, len(page.Items))
	}
	sme.For(t).Post(path+"/consent", map[string]any{"public": true}).Want(200)
	guest.For(t).Get(all + "/of/leader").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].History != nil || page.Items[0].DemandId != "" {
		t.Errorf("%+v", page)
	}

	leader.For(t).Post(all, from("other", "manual")).Want(200).Into(&q)
	byHand := all + "/" + q.Id
	other.For(t).Post(byHand+"/consent", map[string]any{"public": true}).Want(200).Into(&q)
	if q.State != "proposed" {
		t.Error("active without a paper")
	}
	other.For(t).Upload(byHand+"/evidence", "a.png", png, nil).Refused(403, "supplier.other_party")
	leader.For(t).Upload(byHand+"/evidence", "审核报告.png", png, nil).Want(200).Into(&q)
	if q.State != "active" || len(q.Evidence) != 1 {
		t.Errorf("%+v", q)
	}
	other.For(t).Get(byHand + "/evidence/" + q.Evidence[0].Id).Want(200)
	rival.For(t).Get(byHand+"/evidence/"+q.Evidence[0].Id).Refused(404, "not_found")
	terms := map[string]any{"scope": "壳体、端盖", "public": false, "validUntil": "2026-11-30"}
	leader.For(t).Put(byHand, terms).Refused(428, "precondition_required")
	leader.For(t).IfMatch(leader.For(t).Get(byHand).Want(200).ETag()).Put(byHand, terms).Want(200)

	var f api.SupplyFigures
	leader.For(t).Get("/api/v1/supply-figures").Want(200).Into(&f)
	if f.All.AllBp != 10_000 || f.All.NearBp != 10_000 || f.Qualified.Entries != 2 || f.Qualified.Near != 2 {
		t.Errorf("its own: %+v", f)
	}
	city.For(t).Get("/api/v1/supply-figures").Want(200).Into(&f)
	if f.All.AllBp != 20_000 || f.All.LocalBp != 16_000 || f.All.NearBp != 10_000 || len(f.Rows) != 3 || f.All.Suppliers != 2 || f.All.LocalFirms != 1 {
		t.Errorf("the city's: %+v", f.All)
	}
	w.http.As("d1").For(t).Get("/api/v1/supply-figures").Want(200).Into(&f)
	if f.All.AllBp != 10_000 {
		t.Errorf("the district's: %+v", f.All)
	}
	city.For(t).Get("/api/v1/supply-figures?chain=c2&district=d2").Want(200).Into(&f)
	if f.All.Demands != 1 || f.All.Rows != 2 {
		t.Errorf("%+v", f.All)
	}
	guest.For(t).Get("/api/v1/supply-figures").Refused(401, "unauthenticated")

	sme.For(t).Post(path+"/remove", map[string]any{"reason": "不要了"}).Refused(403, "supplier.other_party")
	leader.For(t).Post(path+"/remove", map[string]any{"reason": "质量事故"}).Want(200)
	sme.For(t).Get(all + "?side=supplier").Want(200).Into(&page)
	if len(page.Items) != 1 || page.Items[0].Reason != "质量事故" {
		t.Errorf("the supplier does not read why: %+v", page)
	}
	leader.For(t).Post(all, from("sme", "award")).Want(200)
	sme.For(t).Post(path+"/decline", map[string]any{"reason": "产能已满"}).Want(200)
	leader.For(t).Get(all).Want(200).Into(&page)
	if len(page.Items) != 2 {
		t.Errorf("%+v", page)
	}
}
